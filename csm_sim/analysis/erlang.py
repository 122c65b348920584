"""The textbook beside the simulation: what Erlang says of the load and the people of each pool.

Planners know Erlang C, and Erlang A where customers give up. Both stand on assumptions that a support desk
with opening hours and other work breaks, so each comparison says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.analysis import sums
from csm_sim.analysis.digest import Sample, severities_of
from csm_sim.analysis.estimates import Estimate, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up, by_role
from csm_sim.analysis.turnover import PeopleRules
from csm_sim.language import N_, Message
from csm_sim.theory.abandonment import erlang_a
from csm_sim.theory.desk import DeskTheory, erlang_comparison
from csm_sim.world import records as r
from csm_sim.world.distributions import TABLE_POINTS, TABLE_REACH
from csm_sim.world.supply import AUTOMATE, SHRINKAGE

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_MINUTES: Final = 60.0

AGREES: Final = N_("Round the clock, one pool, even arrivals, no other work: the two should agree.")
"""What is said where nothing speaks against Erlang."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What about a pool Erlang does not know; all False where its assumptions hold."""

    closes: bool = False
    """There are hours without anybody."""
    other_calendar: bool = False
    """Waits are counted in another working time than the people's."""
    other_work: bool = False
    """The same people do planned work."""
    owned: bool = False
    """Some tickets wait for the owner of their account."""
    uneven_hours: bool = False
    """Tickets come at some hours or weekdays more than at others."""
    uneven_months: bool = False
    """Season, growth, holidays, surges or deflection change the rate from day to day."""
    chance_days: bool = False
    """Days differ by a common factor of chance."""
    batches: bool = False
    """Tickets come several at once."""
    replayed: bool = False
    """Tickets come from a record."""
    changing_book: bool = False
    """Accounts come and go, or raise more tickets when they are new."""
    people_change: bool = False
    """Somebody joins or leaves as planned, or by a policy."""
    resigns: bool = False
    """People resign."""
    away: bool = False
    """People are on leave, sick or absent."""
    ramps: bool = False
    """New colleagues are slower at first, and may take time of others."""
    unlike_people: bool = False
    """People have hours or a speed of their own, or lead others."""
    shrinkage_changes: bool = False
    """The share of time that is left for work changes."""
    skills: bool = False
    """Some tickets wait for somebody with a skill."""
    efforts_change: bool = False
    """Learning or automation shortens efforts."""
    helped: bool = False
    """People of other roles work from this pool."""
    helps: bool = False
    """Its people work from other pools."""
    overflow: bool = False
    """Tickets move between pools."""
    escalations: bool = False
    """Its people do the escalations as well."""
    backlog: bool = False
    """Tickets are open at the start."""
    touches: bool = False
    """Tickets come back."""
    hand_overs: bool = False
    """A change of hands costs effort."""
    spread: bool = False
    """Efforts are not exponential, or not alike."""
    priorities: bool = False
    """Severities of different effort have different priorities."""
    preempts: bool = False
    """Work in hand is interrupted."""
    patience: bool = False
    """Patience is not exponential, or not the same for all."""
    patience_at_night: bool = False
    """Customers grow impatient while nobody is there."""


_REASONS: Final = (
    ("closes", N_("the desk closes, and what waits is carried over")),
    ("other_work", N_("the same people do planned work")),
    ("owned", N_("tickets of owned accounts wait for one person each")),
    ("uneven_hours", N_("tickets come unevenly over the week")),
    ("uneven_months", N_("their rate changes in the course of time")),
    ("changing_book", N_("the book of accounts changes")),
    ("chance_days", N_("busy days share a factor")),
    ("batches", N_("tickets come several at once")),
    ("replayed", N_("tickets come as recorded")),
    ("people_change", N_("people join or leave")),
    ("resigns", N_("people resign")),
    ("away", N_("people are on leave, sick or absent")),
    ("ramps", N_("new colleagues ramp up")),
    ("unlike_people", N_("people differ in hours or speed")),
    ("shrinkage_changes", N_("shrinkage changes")),
    ("skills", N_("some tickets need a skill")),
    ("efforts_change", N_("learning or automation shortens efforts")),
    ("helped", N_("people of other pools help")),
    ("helps", N_("its people help in other pools")),
    ("overflow", N_("tickets move between pools")),
    ("escalations", N_("escalations come on top")),
    ("backlog", N_("there is a backlog at the start")),
    ("touches", N_("tickets come back for further touches, and then go before newer ones")),
    ("hand_overs", N_("hand-overs cost effort")),
    ("spread", N_("efforts are not exponential")),
    ("priorities", N_("severities with unlike efforts have unlike priorities")),
    ("preempts", N_("urgent tickets interrupt others")),
    ("patience", N_("patience is not exponential or not alike")),
    ("patience_at_night", N_("patience runs on while the desk is closed")),
    ("other_calendar", N_("waits count the scenario's working time, not the role's")),
)
"""In order of how much they usually matter."""


def reasons(pool: Pool) -> tuple[str, ...]:
    """Why the simulation of a pool may differ from Erlang; nothing where the assumptions hold.

    >>> reasons(Pool(closes=True, preempts=True))
    ('the desk closes, and what waits is carried over', 'urgent tickets interrupt others')
    """
    return tuple(text for field, text in _REASONS if getattr(pool, field))


def why(pool: Pool, most: int | None = None) -> Message:
    """One sentence about whether a pool and Erlang should agree.

    Parameters
    ----------
    pool
        What Erlang does not know.
    most
        How many reasons are named; None: all of them.

    Examples
    --------
    >>> why(Pool())
    'Round the clock, one pool, even arrivals, no other work: the two should agree.'
    >>> why(Pool(closes=True))
    'Not what Erlang assumes: the desk closes, and what waits is carried over.'
    >>> why(Pool(closes=True, other_work=True, preempts=True), most=1)
    'Not what Erlang assumes: the desk closes, and what waits is carried over; 2 more in --json.'
    """
    found = reasons(pool)
    if not found:
        return Message(AGREES)
    rest = 0 if most is None else max(0, len(found) - most)
    parts = [Message(reason) for reason in found[: len(found) - rest]]
    if rest:
        parts.append(Message(N_("{n} more in --json"), n=rest))
    said_of = parts[0]
    for part in parts[1:]:
        said_of = Message(N_("{first}; {second}"), first=said_of, second=part)
    return Message(N_("Not what Erlang assumes: {reasons}."), reasons=said_of)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pool as simulated, and what Erlang says of the same load and people."""

    role: str
    people: int
    """People here, on average, rounded; at least 1."""
    jobs_per_hour: float
    """Tickets and further touches (and escalations) that come in an hour of the role's working time."""
    effort_hours: float
    """Mean working time that one of them takes a person here: shrinkage, ramp and own speed included."""
    patience_hours: float | None
    """Mean patience of one of them, elapsed; None where nobody gives up."""
    occupancy: Estimate
    """Simulated: share of the people's working time that goes to tickets and escalations."""
    wait: Estimate
    """Simulated: mean working time until a ticket is taken up."""
    abandoned: Estimate | None
    theory: DeskTheory
    theory_wait_hours: float
    """Mean wait of those who are answered; ``inf`` where the people cannot keep up."""
    theory_abandoned: float
    """Share of tickets given up."""
    pool: Pool

    @property
    def formula(self) -> str:
        """Name of the formula."""
        return "Erlang C" if self.patience_hours is None else "Erlang A"


def compare(world: World, groups: Groups, sample: Sample, found: Estimates) -> tuple[Comparison, ...]:
    """The comparison of each role that tickets go to; roles without people or tickets are left out.

    The load is the mean over the replications: what comes and what effort it takes. Further touches count
    as arrivals of their own, as in a network of queues, where each station is a textbook queue at its
    total rate (Jackson 1957, Operations Research 5(4)).
    """
    if not len(severities_of(world)):
        return ()
    tally = sums.tickets_of(world, sample)
    shares = groups.role_shares[int(world.steps["kind"][severities_of(world)[0]]), :-1]
    came = sums.arrived(tally).mean(axis=0)  # (severity, segment)
    tickets = added_up(came.sum(axis=0), shares)
    jobs = tickets + added_up(tally("returned").mean(axis=0).sum(axis=0), shares)
    jobs = jobs + _escalations(world, groups, sample)
    reactive = world.kinds["reactive"] == 1
    effort = sample["effort"][:, 0].mean(axis=0) * reactive[:, None]
    minutes = by_role(groups, effort[None])[0].sum(axis=0) / _speed(world, sample)
    impatience = np.array([_impatience(world, added_up(came, shares)[:, role]) for role in range(len(jobs))])
    there = sample.load("open_minutes")[:, :-1].mean(axis=0)
    comparisons = []
    for role in groups.ticket_roles:
        hours = groups.open_minutes[role] / _MINUTES
        of = scope(role=world.names.roles[role])
        wait, occupancy = found.get("first_response_mean_hours", of), found.get("reactive_mean_share", of)
        if wait is None or occupancy is None or jobs[role] <= 0 or minutes[role] <= 0 or not hours:
            continue
        rate, each = jobs[role] / hours, minutes[role] / jobs[role] / _MINUTES
        people = max(1, round(there[role] / groups.open_minutes[role]))
        patience = None
        if impatience[role] > 0:
            patience = float(jobs[role] / tickets[role] / impatience[role])
        theory = erlang_comparison(rate, each, people, patience)
        served = theory.mean_wait_hours
        if patience is not None:
            served = erlang_a(rate, 1.0 / each, people, 1.0 / patience).mean_wait_served
        comparisons.append(
            Comparison(
                role=world.names.roles[role],
                people=people,
                jobs_per_hour=float(rate),
                effort_hours=float(each),
                patience_hours=patience,
                occupancy=occupancy,
                wait=wait,
                abandoned=found.get("abandoned_mean_share", of),
                theory=theory,
                theory_wait_hours=served,
                # only unanswered tickets are given up, and the formula counts all that comes
                theory_abandoned=min(1.0, theory.abandonment * float(jobs[role] / tickets[role])),
                pool=pool_of(world, groups, role),
            )
        )
    return tuple(comparisons)


def _speed(world: World, sample: Sample) -> Floats:
    """(role,): effort minutes that those here do in a minute of working time, on average."""
    here, productive = (sample.capacity(field).sum(axis=(0, 1)) for field in ("here", "productive"))
    return np.asarray(np.where(here > 0, productive / np.where(here > 0, here, 1.0), world.roles["speed"]))


def _escalations(world: World, groups: Groups, sample: Sample) -> Floats:
    """(role,): mean number of escalations."""
    step = int(world.desk.common[0]["escalation_step"])
    if step < 0:
        return np.zeros(len(world.roles))
    opened = sample.tally("opened")[:, step].mean(axis=0)
    return added_up(opened, groups.role_shares[int(world.steps["kind"][step])])


def _impatience(world: World, came: Floats) -> float:
    """Rate per hour at which a waiting ticket is given up: the mean over severities that ``came``."""
    steps = world.steps[severities_of(world)]
    if came.sum() <= 0:
        return 0.0
    rates = [
        0.0 if dist < 0 else _MINUTES / max(mean_of(world, int(dist)), 1e-9)
        for dist in steps["patience_dist"]
    ]
    return float(np.dot(came, rates) / came.sum())


def mean_of(world: World, dist: int) -> float:
    """The mean of a distribution of a world, in its unit."""
    row = world.dists[dist]
    numbers = world.values[row["offset"] : row["offset"] + row["length"]]
    if row["form"] == r.LOGNORMAL:
        return math.exp(row["a"] + row["b"] ** 2 / 2)
    if row["form"] == r.EMPIRICAL:
        return float(numbers.mean())
    if row["form"] == r.TABLE:
        weights = np.diff(special.ndtr(np.linspace(-TABLE_REACH, TABLE_REACH, TABLE_POINTS)))
        return float(np.dot(weights, (numbers[1:] + numbers[:-1]) / 2))
    return float(row["a"])


def pool_of(world: World, groups: Groups, role: int) -> Pool:
    """What about the pool of a role Erlang does not know."""
    steps, desk, common = world.steps[severities_of(world)], world.desk, world.desk.common[0]
    tickets = int(steps["kind"][0])
    sends = (groups.role_shares[tickets, :-1, role] > 0) & (world.segments["accounts"] != 0)
    planned = world.kinds["reactive"] == 0
    efforts = {int(dist) for dist in steps["effort_dist"]}
    wakes = [int(dist) for dist in steps["patience_dist"]]
    closes = bool(groups.open_minutes[role] < world.horizon_days * r.DAY)
    others = np.arange(len(world.roles)) != role
    pools = list(groups.ticket_roles)
    lengths = desk.day_lengths[world.warm_days :]
    people, acts = PeopleRules(world, role), world.supply.acts
    severities = set(severities_of(world).tolist())
    return Pool(
        closes=closes,
        other_calendar=bool(world.roles["calendar"][role] != 0),
        other_work=bool((groups.role_shares[planned, :, role] > 0).any()),
        owned=bool((world.segments["owner_role"][sends] == role).any()),
        uneven_hours=_uneven_hours(world),
        uneven_months=bool(np.ptp(_weekly(lengths)) > 1e-6 * max(lengths.mean(), 1.0))
        or bool(
            desk.deflection.size and (np.ptp(desk.deflection[:, world.warm_days :], axis=1) > 1e-9).any()
        ),
        chance_days=bool(common["busyness_dist"] >= 0),
        batches=bool(common["batch"] > 1),
        replayed=world.replay is not None,
        changing_book=bool(
            (world.segments["new_per_minute"][sends] > 0).any()
            or world.segments["churns"][sends].any()
            or (~np.isnan(world.segments["early_logit"][sends])).any()
            or len(world.customers.moves)
        )
        or bool(common["ramp_days"] > 0),
        people_change=people.planned_changes,
        resigns=people.resigns,
        away=people.away,
        ramps=people.ramps,
        unlike_people=people.own_hours or people.own_speed or people.leads or people.trains,
        shrinkage_changes=any(act.what == SHRINKAGE and act.role == role for act in acts),
        skills=bool((steps["skill"] != r.NO_SKILL).any()),
        efforts_change=bool((steps["learn_power"] < 0).any())
        or any(act.what == AUTOMATE and severities & set(act.steps) for act in acts),
        helped=bool(world.covers[others, role].any()),
        helps=any(world.covers[role, pool] for pool in pools if pool != role),
        overflow=not np.isnan(common["overflow_minutes"]),
        escalations=bool(common["escalation_step"] >= 0 and common["escalation_role"] == role),
        backlog=len(desk.backlog) > 0,
        touches=bool((steps["more"] > 0).any() or (steps["reopen"] > 0).any()),
        hand_overs=bool(common["hand_over_minutes"] > 0),
        spread=_not_exponential(world, steps),
        priorities=len(set(steps["priority"].tolist())) > 1 and len(efforts) > 1,
        preempts=bool(steps["preempts"].any()),
        patience=max(wakes) >= 0 and (len(set(wakes)) > 1 or world.dists["form"][wakes[0]] != r.EXPONENTIAL),
        patience_at_night=max(wakes) >= 0 and closes,
    )


def _weekly(lengths: Floats) -> Floats:
    """Sums over whole weeks, so that weekdays that differ alone are no change in the course of time."""
    weeks = len(lengths) // 7
    return lengths[: 7 * weeks].reshape(weeks, 7).sum(axis=1) if weeks else lengths[:1]


def _uneven_hours(world: World) -> bool:
    """Whether some hours or weekdays have more tickets than others."""
    used = np.unique(world.desk.day_shape[world.desk.day_shape >= 0])
    week = world.desk.day_lengths[:7]
    return bool(len(used)) and not (
        np.allclose(world.desk.shapes[used], np.linspace(0, 1, 25)) and np.allclose(week, week[0], rtol=1e-3)
    )


def _not_exponential(world: World, steps: NDArray[np.void]) -> bool:
    """Whether efforts are not all exponential with one mean."""
    return len(set(_all_efforts(steps))) > 1 or any(
        world.dists["form"][dist] != r.EXPONENTIAL for dist in _all_efforts(steps)
    )


def _all_efforts(steps: NDArray[np.void]) -> Iterator[int]:
    for step in steps:
        yield int(step["effort_dist"])
        if step["more"] > 0:
            yield int(step["more_effort_dist"])
        if step["reopen"] > 0:
            yield int(step["reopen_effort_dist"])
