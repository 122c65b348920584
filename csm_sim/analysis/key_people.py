"""Who would be missed: an absence of each person, and of all who have a skill, against none.

Each absence is simulated by itself on the same luck as the base: the same customers, tickets, efforts and
coins. Differences are paired, so what is left in them is the absence. The expected ARR lost is counted by
the compensator, which has the mean of what churns and much less noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.digest import roles_of_people, severities_of
from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.intervals import mean_interval, times_as_wide
from csm_sim.analysis.workers import Workers
from csm_sim.world.counts import HOURS_FIELDS
from csm_sim.world.supply import ABSENCE, Act

if TYPE_CHECKING:
    from csm_sim.engine.simulate import Outcome
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

Covered = Literal["colleagues", "nobody", "pool"]

MOST_PEOPLE: Final = 20
"""How many people are compared unless they are named."""

MOST_HOLDERS: Final = 3
"""People with a skill from which on it is not looked at."""

ENOUGH_DAYS: Final = 28
"""The default absence begins on the first Monday at least so many days after the start."""

LONG: Final = HOURS_FIELDS.index("long")

_MEASURES: Final = ("failed", "tickets", "arr", "accounts", "absent")
"""Numbers of a replication that are compared: planned work for customers that is late or missed, tickets that
miss a target, ARR expected to be lost (churn, contraction, growth not made), accounts expected to churn,
minutes on an absence of the timeline."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody, or everybody with a skill, whose absence is tried."""

    kind: Literal["person", "skill"]
    name: str
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Risk:
    """What an absence does: means over the replications, with paired 95 % intervals."""

    candidate: Candidate
    people: tuple[str, ...]
    """Who is away."""
    roles: tuple[str, ...]
    """Whose they are, in the order of the people."""
    covered: Covered
    """Who takes over the accounts: colleagues, nobody (the book waits); pool: there is no book."""
    happens: float
    """Share of the replications in which somebody of them is still there to be away."""
    book_accounts: Estimate | None
    """In the book at the beginning; None without one."""
    book_arr: Estimate | None
    work: Estimate
    """Working hours a week: of a person, what the person works on in these weeks; of a skill, what asks for
    it takes over the whole time."""
    failed: Estimate
    """Planned tasks for customers that are late or missed, more than without the absence."""
    tickets: Estimate
    """Tickets that miss a target, likewise."""
    arr: Estimate
    """ARR expected to be lost, likewise."""
    accounts: Estimate
    """Accounts expected to be lost, likewise."""


@dataclass(frozen=True, slots=True)
class KeyPeople:
    """The answer: whose absence costs most, first."""

    risks: tuple[Risk, ...]
    first: date
    """First day of the absence."""
    weeks: int
    n: int
    seed: int
    churns: bool
    """Whether any ARR can be lost; without, the order is that of late and missed work."""
    has_tickets: bool
    left_out: int
    """People with a book, or a name, who were not compared."""
    common_skills: tuple[str, ...]
    """Skills that more than MOST_HOLDERS people have: not looked at."""
    months_after: float
    """From the end of the absence to the end of the horizon; negative when that ends first."""

    @property
    def wider(self) -> float:
        """How many times as wide the intervals are that hold for all comparisons together (Bonferroni)."""
        return times_as_wide(self.n, len(self.risks))


def resolved(one: Estimate, wider: float = 1.0) -> bool:
    """Whether a difference can be told from nothing: its interval, so many times as wide, leaves out 0.

    >>> estimate = Estimate("x", "tasks", "all", 3.0, 1.0, 5.0, 20)
    >>> resolved(estimate), resolved(estimate, 2.0)
    (True, False)
    """
    return abs(one.mean) > wider * one.half_width if one.half_width == one.half_width else False


# ---------------------------------------------------------------- who


def default_day(world: World) -> int:
    """Day of the run on which an absence begins if nothing else is said."""
    day = world.warm_days + ENOUGH_DAYS
    return day + -(world.first_day + timedelta(days=day)).weekday() % 7


def is_there(world: World, seat: int, day: int) -> bool:
    """Whether somebody whom the scenario itself puts in a seat is there on a day, if nobody resigns."""
    row = world.supply.seats[seat]
    return 0 <= int(row["joins_day"]) <= day < int(row["until_day"])


def people_of(world: World) -> dict[str, list[int]]:
    """Seats by the name of their first person, of all who are there from the beginning or have a start."""
    found: dict[str, list[int]] = {}
    for seat, row in enumerate(world.supply.seats):
        if row["joins_day"] >= 0:
            found.setdefault(world.names.people[seat], []).append(seat)
    return found


def candidates_of(world: World, seed: int, day: int) -> tuple[list[Candidate], int]:
    """The people with the largest books, by ARR, and those with a name, who are there on a day.

    At most MOST_PEOPLE; the number of others comes with them. Without any book or name, everybody.
    """
    there = [seat for seat in range(len(world.supply.seats)) if is_there(world, seat, day)]
    _, arr = _books(world, seed, 0)
    roles = roles_of_people(world)
    first = world.roles["first_slot"]
    chosen = [
        seat
        for seat in there
        if arr[seat] > 0
        or world.names.people[seat] != f"{world.names.roles[roles[seat]]} {seat - first[roles[seat]] + 1}"
    ]
    chosen = sorted(chosen or there, key=lambda seat: -arr[seat])
    found = [Candidate("person", world.names.people[seat], (seat,)) for seat in chosen[:MOST_PEOPLE]]
    return found, len(chosen) - len(found)


def skills_of(world: World, day: int) -> tuple[list[Candidate], tuple[str, ...]]:
    """Skills that few people have who are there on a day, and the names of those that many have."""
    few, many = [], []
    for number, skill in enumerate(world.supply.skills):
        bits = world.supply.seats["skills"] >> np.uint64(number)
        seats = [int(seat) for seat in np.flatnonzero(bits & np.uint64(1)) if is_there(world, int(seat), day)]
        if len(seats) > MOST_HOLDERS:
            many.append(skill)
        elif seats:
            few.append(Candidate("skill", skill, tuple(seats)))
    return few, tuple(many)


def with_absence(world: World, candidate: Candidate, day: int, days: int) -> World:
    """The world in which these people are away from a day on; nothing else is different."""
    acts = tuple(Act(day, ABSENCE, seats=(seat,), days=days) for seat in candidate.seats)
    # behind the others: an act is known by its place
    return replace(world, supply=replace(world.supply, acts=(*world.supply.acts, *acts)))


# ---------------------------------------------------------------- what it does


def key_people(
    world: World,
    candidates: Sequence[Candidate],
    *,
    seed: int,
    replications: int,
    day: int,
    weeks: int,
    jobs: int | None = None,
    left_out: int = 0,
    common_skills: tuple[str, ...] = (),
    progress: Callable[[int, int], None] = lambda done, expected: None,
    compiling: Callable[[], None] = lambda: None,
) -> KeyPeople:
    """What the absence of each of the candidates does.

    Parameters
    ----------
    world
        From :func:`csm_sim.world.build.build_world`.
    candidates
        Whose absences are tried, each by itself.
    seed, replications
        The futures: 0, 1, ... of the seed.
    day
        Day of the run on which the absences begin.
    weeks
        How long they last.
    jobs
        Processes; None: as many as are useful. Results do not depend on it.
    left_out, common_skills
        Told in the answer.
    progress
        Told after each simulation.
    compiling
        Called before the first simulation when that has to compile first.
    """
    days = 7 * weeks
    acts = [world.supply.acts, *(with_absence(world, one, day, days).supply.acts for one in candidates)]
    simulate = partial(measure, world, acts, seed, _weeks_of(world, day, days))
    units = [(number, variant) for number in range(replications) for variant in range(len(acts))]
    found = np.empty((len(acts), replications, len(_MEASURES)))
    base = np.empty((replications, _BASE_PARTS * len(world.supply.seats) + len(world.supply.skills)))
    with Workers(jobs, compiling) as workers:
        for done, ((number, variant), row) in enumerate(
            zip(units, workers.results(simulate, units), strict=True), start=1
        ):
            found[variant, number] = row[: len(_MEASURES)]
            if variant == 0:
                base[number] = row[len(_MEASURES) :]
            progress(done, len(units))
    seats = len(world.supply.seats)
    busy, accounts, arr = (base[:, part * seats : (part + 1) * seats] for part in range(_BASE_PARTS))
    of_skill = base[:, _BASE_PARTS * seats :]
    risks = [
        _risk(world, candidate, found[0], found[1 + place], days, _About(busy, accounts, arr, of_skill))
        for place, candidate in enumerate(candidates)
    ]
    churns = CustomerRules(world).revenue
    risks.sort(key=lambda risk: (-risk.arr.mean if churns else 0.0, -risk.failed.mean, -risk.tickets.mean))
    return KeyPeople(
        risks=tuple(risks),
        first=world.first_day + timedelta(days=day),
        weeks=weeks,
        n=replications,
        seed=seed,
        churns=churns,
        has_tickets=bool(len(severities_of(world))),
        left_out=left_out,
        common_skills=common_skills,
        months_after=(world.days - day - days) / 30.4375,
    )


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of the base: (n, seat) and, of skills, (n, skill)."""

    busy_hours: Floats
    accounts: Floats
    arr: Floats
    skill_hours: Floats


_BASE_PARTS: Final = 3
"""Parts of _About with a number for each seat."""


def _risk(world: World, candidate: Candidate, base: Floats, away: Floats, days: int, about: _About) -> Risk:
    seats = list(candidate.seats)
    difference = away - base
    money = world.names.currency
    columns = dict(zip(_MEASURES, difference.T, strict=True))
    roles = roles_of_people(world)[seats]
    accounts, arr = about.accounts[:, seats].sum(axis=1), about.arr[:, seats].sum(axis=1)
    work = about.busy_hours[:, seats].sum(axis=1)
    if candidate.kind == "skill":
        # in working time, as that of people is: effort by the speed of those who have the skill
        speed = float((world.roles["speed"][roles] * world.supply.seats["own_factor"][seats]).mean())
        work = about.skill_hours[:, world.supply.skills.index(candidate.name)] / speed
    owned = bool(accounts.any())
    return Risk(
        candidate=candidate,
        people=tuple(world.names.people[seat] for seat in seats),
        roles=tuple(world.names.roles[role] for role in roles),
        covered=_covered(world, roles, days, owned=owned),
        happens=float((columns["absent"] > 0).mean()),
        book_accounts=_estimate("accounts", accounts) if owned else None,
        book_arr=_estimate(money, arr) if owned else None,
        work=_estimate("hours", work),
        failed=_estimate("tasks", columns["failed"]),
        tickets=_estimate("tickets", columns["tickets"]),
        arr=_estimate(money, columns["arr"]),
        accounts=_estimate("accounts", columns["accounts"]),
    )


def _covered(world: World, roles: NDArray[np.intp], days: int, *, owned: bool) -> Covered:
    if not owned:
        return "pool"
    rules = world.supply.rules[roles]
    return (
        "colleagues" if bool(((rules["hands_over"] == 1) & (rules["cover_days"] <= days)).all()) else "nobody"
    )


def _estimate(unit: str, values: Floats) -> Estimate:
    found = mean_interval(values)
    return Estimate("", unit, "", float(found.mean), float(found.low), float(found.high), len(values))


def _weeks_of(world: World, day: int, days: int) -> tuple[int, int]:
    """Weeks of the horizon in which most of the absence lies: the first and one past the last."""
    first = min(round((day - world.warm_days) / 7), world.weeks - 1)
    return first, max(first + 1, min(first + days // 7, world.weeks))


# ---------------------------------------------------------------- simulations


def measure(
    world: World,
    acts: Sequence[tuple[Act, ...]],
    seed: int,
    window: tuple[int, int],
    unit: tuple[int, int],
) -> Floats:
    """The numbers of one replication: those of _MEASURES, and of the base those of _About.

    Parameters
    ----------
    world
        The base.
    acts
        The acts of each variant; those of the base come first.
    seed
        Of all futures.
    window
        Weeks of the absence: the first, and one past the last.
    unit
        Number of the replication, and of the variant.
    """
    from csm_sim.engine.simulate import simulate

    number, variant = unit
    varied = replace(world, supply=replace(world.supply, acts=acts[variant]))
    outcome = simulate(varied, seed=seed, replication=number)
    compared = np.array(_compared(world, outcome))
    if variant:
        return compared
    weeks = slice(*window)
    busy = outcome.busy[weeks].sum(axis=(0, 2)) / 60.0 / (window[1] - window[0])
    accounts, arr = _books(world, seed, number)
    return np.concatenate([compared, busy, accounts, arr, _skill_hours(world, outcome)])


def _compared(world: World, outcome: Outcome) -> tuple[float, ...]:
    tallies = outcome.tallies
    planned = sums.planned_steps(world)
    customers = tallies[planned][:, :-1]
    failed = sum(customers[name].sum() for name in ("late", "dropped", "never_opened", "overdue_at_end"))
    severities = severities_of(world)
    late: Any = 0.0
    if len(severities):
        within, judged = sums.target_counts(world, lambda field: tallies[field][severities][:, :-1])
        late = (judged - within).sum()
    months = outcome.months
    return (
        float(failed),
        float(late),
        float(sums.arr_given_up(lambda field: months[field], expected=True).sum()),
        float(months["churn_expected"].sum()),
        float(outcome.hours[..., LONG].sum()),
    )


def _books(world: World, seed: int, number: int) -> tuple[Floats, Floats]:
    """(seat,): accounts and ARR in the book at the beginning of a replication."""
    from csm_sim.engine.draws import root_seed
    from csm_sim.engine.populate import populate

    accounts = populate(world, root_seed(seed), number, unlimited=False).accounts
    owned = accounts[(accounts["owner"] >= 0) & (accounts["start_day"] == 0)]
    seats = len(world.supply.seats)
    count = np.bincount(owned["owner"], minlength=seats)
    arr = np.bincount(owned["owner"], owned["arr"], minlength=seats)
    return np.asarray(count, dtype=np.float64), np.asarray(arr, dtype=np.float64)


def _skill_hours(world: World, outcome: Outcome) -> Floats:
    """(skill,): hands-on hours a week of work that asks for each skill."""
    effort = outcome.tallies["opened_effort_minutes"].sum(axis=1)
    found = np.bincount(world.steps["skill"], effort, minlength=len(world.supply.skills) + 1)
    return np.asarray(found[1:] / 60.0 / (world.horizon_days / 7))
