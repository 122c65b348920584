"""What planned work is worth: each playbook taken away, and never late, against the same futures as they are.

Each is simulated by itself on the same luck as the base: the same customers, tickets, efforts and coins.
Differences are paired, so what is left in them is the playbook, and what colleagues do with the time that
it no longer takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.expected import net_arr_lost, played
from csm_sim.analysis.grouping import Groups, groups_of
from csm_sim.analysis.intervals import Intervals, mean_interval, ratio_interval, times_as_wide
from csm_sim.analysis.key_people import resolved
from csm_sim.analysis.workers import Workers
from csm_sim.world import counts as ct
from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.engine.simulate import Outcome
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

Per = Literal["account", "segment", "person"]
Change = Literal["base", "removed", "never late"]
Verdict = Literal["cut first", "costs more", "never cut", "not resolved", "no work"]

_PER: Final[dict[int, Per]] = {r.PER_ACCOUNT: "account", r.PER_SEGMENT: "segment", r.PER_PERSON: "person"}
_COUNTED: Final = ("hours", "cost", "on_time", "late", "missed", "overdue")
"""Numbers of a playbook in the base."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What one playbook takes and brings: means over the replications, with paired 95 % intervals."""

    name: str
    per: Per
    """Whom it is done for."""
    roles: tuple[str, ...]
    """Whose work it is."""
    hours: Estimate
    """Effort of what is done over the horizon."""
    cost: Estimate | None
    """Of these hours; None where the scenario does not say what its people cost."""
    on_time: Estimate
    late: Estimate
    """Tasks done, likewise below."""
    missed: Estimate
    """Dropped or never opened."""
    overdue: Estimate
    """Open at the end and past due."""
    protects: Estimate
    """Net ARR more that is expected to be lost without it."""
    per_hour: Estimate | None
    """ARR that it protects by the hour; None if it takes none."""
    roi: Estimate | None
    """ARR that it protects, of its cost; None without one."""
    net: Estimate
    """ARR that it protects less its cost, or without a cost just what it protects."""
    never_late: Estimate
    """Net ARR less that is expected to be lost if its tasks counted as done on time."""
    brings_first_value: bool
    """Without it first value never comes where no other playbook brings it."""
    takes_along: tuple[str, ...]
    """Playbooks that come after it, and so never without it."""


@dataclass(frozen=True, slots=True)
class WorkValue:
    """The answer: what to cut first comes first."""

    works: tuple[Worth, ...]
    by_cost: bool
    """Whether the order is that of ARR by cost; else of ARR by the hour."""
    lost: Estimate
    """Net ARR that is expected to be lost as things are."""
    n: int
    seed: int
    days: int
    """Of the horizon."""
    silence: bool
    """Whether an account that nobody touches loses engagement."""
    left_out: int
    """Playbooks that were not looked at."""

    @property
    def wider(self) -> float:
        """How many times as wide the intervals are that hold for all playbooks together (Bonferroni)."""
        return times_as_wide(self.n, len(self.works))

    def verdict(self, work: Worth) -> Verdict:
        """What can be said of a playbook by the intervals that hold for all together.

        ``cut first``: it costs more than it protects, if that is anything at all; ``costs more``: it does
        protect something; ``never cut``: it protects more than it costs.
        """
        if work.hours.mean == 0 and work.protects.mean == 0:
            return "no work"
        if not resolved(work.net, self.wider):
            # exactly nothing, in every replication, is no uncertainty
            return "cut first" if work.net.mean == work.net.half_width == 0 else "not resolved"
        if work.net.mean > 0:
            return "never cut"
        return "costs more" if work.protects.mean > 0 and resolved(work.protects, self.wider) else "cut first"


# ---------------------------------------------------------------- what is looked at


def playbooks_of(world: World) -> dict[str, int]:
    """Kinds of planned work by name, in the order of the file."""
    planned = (world.kinds["reactive"] == 0) & (world.kinds["trigger"] != r.INTERNAL)
    return {world.names.kinds[kind]: int(kind) for kind in np.flatnonzero(planned)}


def without(world: World, kind: int) -> World:
    """The world in which nobody gets a playbook; nothing else is different."""
    route = world.route_role.copy()
    route[kind] = -1
    return replace(world, route_role=route)


def never_late(world: World, kind: int) -> World:
    """The world in which a playbook's tasks count as done on time; the work stays, and whatever waits."""
    steps = world.steps.copy()
    steps["flawless"][steps["kind"] == kind] = 1
    segments = world.segments.copy()
    if world.kinds[kind]["brings_first_value"]:  # nor does first value count while it is still to come
        segments["first_value_due"][world.route_role[kind] >= 0] = np.nan
    return replace(world, steps=steps, segments=segments)


def reaches_customers(world: World, kind: int) -> bool:
    """Whether it can matter to any customer how a playbook's tasks are done."""
    of_kind = world.steps[world.steps["kind"] == kind]
    play = world.customers.plays[kind]
    effect = (play["lift"] != 0).any() or play["saves"] > 0 or (play["lead"] > 0).any() or play["programme"]
    return bool((of_kind["touch"] == 1).any() or (of_kind["first_value"] == 1).any() or effect)


def followers(world: World, kind: int) -> list[int]:
    """Kinds of work that come after a playbook, directly or after one another."""
    after = world.customers.plays["after"]
    found: list[int] = []
    ahead = [kind]
    while ahead:
        new = [int(other) for other in np.flatnonzero(after == ahead.pop()) if other not in (kind, *found)]
        found += new
        ahead += new
    return found


# ---------------------------------------------------------------- the answer


def value_of_work(
    world: World,
    names: Sequence[str],
    *,
    seed: int,
    replications: int,
    jobs: int | None = None,
    left_out: int = 0,
    progress: Callable[[int, int], None] = lambda done, expected: None,
    compiling: Callable[[], None] = lambda: None,
) -> WorkValue:
    """What each of some playbooks is worth.

    Parameters
    ----------
    world
        From :func:`csm_sim.world.build.build_world`.
    names
        Of playbooks, from :func:`playbooks_of`.
    seed, replications
        The futures: 0, 1, ... of the seed.
    jobs
        Processes; None: as many as are useful. Results do not depend on it.
    left_out
        Told in the answer.
    progress
        Told after each simulation.
    compiling
        Called before the first simulation when that has to compile first.
    """
    known = playbooks_of(world)
    kinds = [known[name] for name in names]
    variants: list[tuple[Change, int]] = [("base", -1), *_variants(world, kinds)]
    units = [(number, variant) for number in range(replications) for variant in variants]
    lost = {variant: np.zeros(replications) for variant in variants}
    counted = np.empty((replications, len(_COUNTED), len(world.kinds)))
    with Workers(jobs, compiling) as workers:
        for done, ((number, variant), row) in enumerate(
            zip(units, workers.results(partial(measure, world, seed), units), strict=True), start=1
        ):
            lost[variant][number] = row[0]
            if variant[0] == "base":
                counted[number] = row[1:].reshape(len(_COUNTED), -1)
            progress(done, len(units))
    base = lost["base", -1]
    works = [
        _worth(
            world,
            kind,
            dict(zip(_COUNTED, counted[:, :, kind].T, strict=True)),
            lost.get(("removed", kind), base) - base,
            base - lost.get(("never late", kind), base),
        )
        for kind in kinds
    ]
    by_cost = all(work.cost is not None for work in works)
    works.sort(key=lambda work: _rank(work, by_cost=by_cost))
    return WorkValue(
        works=tuple(works),
        by_cost=by_cost,
        lost=_mean(world.names.currency, base),
        n=replications,
        seed=seed,
        days=world.horizon_days,
        silence=not np.isnan(world.customers.rules["silence_after"][0]),
        left_out=left_out,
    )


def _variants(world: World, kinds: Sequence[int]) -> Iterator[tuple[Change, int]]:
    """What is simulated beside the base; what can make no difference is not."""
    there = played(world)
    for kind in kinds:
        if there[kind]:
            yield "removed", kind
            if reaches_customers(world, kind):
                yield "never late", kind


def _rank(work: Worth, *, by_cost: bool) -> tuple[float, float]:
    rate = work.roi if by_cost else work.per_hour
    return (rate.mean if rate is not None else 0.0, work.protects.mean)


def _worth(world: World, kind: int, counted: dict[str, Floats], protects: Floats, adds: Floats) -> Worth:
    money = world.names.currency
    hours, cost = counted["hours"], counted["cost"]
    n = len(hours)
    roles = sorted({int(role) for role in world.route_role[kind] if role >= 0})
    # work that is never done costs nothing, but only where its people have a cost
    has_cost = not (np.isnan(cost).any() or np.isnan(world.supply.costs[roles]).any())
    return Worth(
        name=world.names.kinds[kind],
        per=_PER[int(world.kinds[kind]["per"])],
        roles=tuple(world.names.roles[role] for role in roles),
        hours=_mean("hours", hours),
        cost=_mean(money, cost) if has_cost else None,
        on_time=_mean("tasks", counted["on_time"]),
        late=_mean("tasks", counted["late"]),
        missed=_mean("tasks", counted["missed"]),
        overdue=_mean("tasks", counted["overdue"]),
        protects=_mean(money, protects),
        per_hour=_estimate(money, ratio_interval(protects, hours), n) if hours.any() else None,
        roi=_estimate("ratio", ratio_interval(protects, cost), n) if has_cost and cost.any() else None,
        net=_mean(money, protects - cost if has_cost else protects),
        never_late=_mean(money, adds),
        brings_first_value=bool((world.steps["first_value"][world.steps["kind"] == kind] == 1).any()),
        takes_along=tuple(world.names.kinds[other] for other in followers(world, kind)),
    )


def _mean(unit: str, values: Floats) -> Estimate:
    return _estimate(unit, mean_interval(values), len(values))


def _estimate(unit: str, found: Intervals, n: int) -> Estimate:
    return Estimate("", unit, "", float(found.mean), float(found.low), float(found.high), n)


# ---------------------------------------------------------------- simulations


def measure(world: World, seed: int, unit: tuple[int, tuple[Change, int]]) -> Floats:
    """Net ARR expected to be lost in one simulation; of the base followed by _COUNTED for each kind of work.

    Parameters
    ----------
    world
        The base.
    seed
        Of all futures.
    unit
        Number of the replication; what is changed, and the kind of work.
    """
    from csm_sim.engine.simulate import simulate

    number, (change, kind) = unit
    if change == "removed":
        world = without(world, kind)
    elif change == "never late":
        world = never_late(world, kind)
    outcome = simulate(world, seed=seed, replication=number)
    lost = np.array([net_arr_lost(outcome.months)])
    return np.concatenate([lost, _counted(world, outcome).ravel()]) if change == "base" else lost


def _counted(world: World, outcome: Outcome) -> Floats:
    """(len(_COUNTED), kind)."""
    groups = groups_of(world)
    of_step = world.steps["kind"]
    minutes = np.einsum("msc,sk->mkc", outcome.effort[1], groups.steps_to_kinds)
    hours = np.einsum("mkc,mkcr->kr", minutes, groups.month_role_shares) / 60.0
    found = np.zeros((len(_COUNTED), len(world.kinds)))
    found[0] = hours.sum(axis=1)
    # a role that does nothing of it need not have a cost
    found[1] = np.where(hours > 0, hours * hourly_costs(world, groups, outcome), 0.0).sum(axis=1)
    tallies = outcome.tallies
    missed = tallies["dropped"] + tallies["never_opened"]
    for row, counts in enumerate((tallies["on_time"], tallies["late"], missed, tallies["overdue_at_end"]), 2):
        found[row] = np.bincount(of_step, counts.sum(axis=1), minlength=len(world.kinds))
    return found


def hourly_costs(world: World, groups: Groups, outcome: Outcome) -> Floats:
    """(role,): what an hour of effort costs, with all that is paid for the hours in which none is done.

    The pay of who is under contract and not vacant, leave and sickness included, over the effort that those
    who are here can do; nan for a role without a cost, or in which nobody is here.
    """
    minutes = {name: outcome.capacity[:, :, place] for place, name in enumerate(ct.CAPACITY_FIELDS)}
    full_time = groups.month_open_minutes
    days = np.bincount(world.month_of_day[world.warm_days :], minlength=world.months)
    paid = minutes["contracted"] - minutes["vacant"]
    people = np.divide(paid, full_time, out=np.zeros_like(paid), where=full_time > 0)
    person_years = days @ people / 365.25
    productive = minutes["productive"].sum(axis=0) / 60.0
    pay = world.supply.costs * person_years
    return np.asarray(np.divide(pay, productive, out=np.full(len(pay), np.nan), where=productive > 0))
