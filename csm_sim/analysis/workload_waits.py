"""Instant estimates of waiting and lateness: per named book M/G/1 with priorities, per pool Erlang."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import severities_of
from csm_sim.analysis.erlang import mean_of, pool_of, reasons
from csm_sim.analysis.grouping import Groups
from csm_sim.language import N_
from csm_sim.theory.desk import erlang_comparison
from csm_sim.theory.priorities import mg1_priority_wait_means
from csm_sim.theory.validity import Validity, book_validity, pool_validity
from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.analysis.workload_hours import Hours
    from csm_sim.analysis.workload_supply import Supply
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

PLANNED: Final = N_("planned work comes on a plan, not at random")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The work of one priority class in a book or pool."""

    priority: int
    """1 is the most urgent; 0: all classes together."""
    load: float
    """Share of the people's time that it takes."""
    wait_hours: float
    """Mean working time until somebody takes it up; ``inf`` where there is no time for it."""
    late: float
    """Share that is late, by an exponential tail of the wait; nan where nothing has a due time."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """What formulas say of waiting in a role."""

    role: str
    formula: str
    people: int
    """Who share the queue: 1 for a book of one's own."""
    load: float
    busiest: float
    """Load in the busiest month."""
    planned: float
    """Share of the work that comes on a plan."""
    classes: tuple[Waiting, ...]
    abandoned: float
    """Share of tickets given up; 0 where customers wait."""
    undone: float
    """Share of the work that there is no time for, in whatever order: ``1 - 1 / load``, 0 below full load."""
    validity: Validity


def lateness_of(world: World, groups: Groups, hours: Hours, supply: Supply) -> tuple[Lateness, ...]:
    """The estimate for each role that has work and people."""
    found = []
    for role in range(len(world.roles)):
        work = _RoleWork(world, groups, hours, supply, role)
        if work.people > 0 and work.minutes.sum() > 0:
            owns = bool((groups.owner_shares[:, :, role] > 0).any())
            found.append(_book(world, work) if owns else _pool(world, groups, work))
    return tuple(found)


class _RoleWork:
    """The work of one role, step by step, against the time of its people."""

    def __init__(self, world: World, groups: Groups, hours: Hours, supply: Supply, role: int) -> None:
        kind = world.steps["kind"].astype(np.int64)
        shares = groups.month_role_shares[..., role][:, kind]
        self.role, self.name = role, world.names.roles[role]
        self.tasks = (hours.tasks * shares).sum(axis=(0, 2))
        self.minutes = (hours.minutes * shares).sum(axis=(0, 2))
        by_month = (hours.minutes * shares).sum(axis=(1, 2)) / 60.0
        available = supply.available[:, role]
        one = groups.month_speed[:, role] * supply.one[:, role]
        self.people = float(available.sum() / one.sum()) if one.sum() > 0 else 0.0
        self.working_hours = float(supply.one[:, role].sum())
        self.speed = float(one.sum() / max(supply.one[:, role].sum(), 1e-12))
        self.load = float(by_month.sum() / available.sum()) if available.sum() > 0 else math.inf
        there = available > 0
        self.busiest = float((by_month[there] / available[there]).max()) if there.any() else math.inf
        reactive = world.kinds["reactive"][kind] == 1 if len(kind) else np.zeros(0, dtype=bool)
        self.planned = float(self.minutes[~reactive].sum() / max(self.minutes.sum(), 1e-12))
        self.used = np.flatnonzero((self.tasks > 0) & (self.minutes > 0))
        self.rate = self.tasks / max(self.working_hours, 1e-12)
        """Tasks in an hour of working time."""
        self.each = self.minutes / np.maximum(self.tasks, 1e-12) / 60.0 / max(self.speed, 1e-12)
        """Hours of a person's time that one takes."""


def _book(world: World, work: _RoleWork) -> Lateness:
    priorities = world.steps["priority"][work.used]
    levels = sorted(set(priorities.tolist()))
    rates, means, seconds = [], [], []
    for level in levels:
        steps = work.used[priorities == level]
        rate = work.rate[steps] / work.people
        mean = work.each[steps]
        square = np.array([mean[i] ** 2 * (1 + _cv2(world, int(s))) for i, s in enumerate(steps)])
        rates.append(float(rate.sum()))
        means.append(float(rate @ mean / rate.sum()))
        seconds.append(float(rate @ square / rate.sum()))
    waits = mg1_priority_wait_means(rates, means, seconds)
    load, classes = 0.0, []
    for level, rate, mean, wait in zip(levels, rates, means, waits.tolist(), strict=True):
        load += rate * mean
        late = _late(world, work, work.used[priorities == level], load, wait)
        classes.append(Waiting(level, rate * mean, wait, late))
    return Lateness(
        work.name, "M/G/1 with priorities", 1, work.load, work.busiest, work.planned, tuple(classes), 0.0,
        _undone(work.load), book_validity(work.load, work.busiest, work.planned),
    )  # fmt: skip


def _pool(world: World, groups: Groups, work: _RoleWork) -> Lateness:
    people = max(1, round(work.people))
    each = float(work.rate[work.used] @ work.each[work.used] / work.rate[work.used].sum())
    rate = float(work.rate[work.used].sum()) * people / work.people  # whole people, at the same load
    against = []
    patience = None
    if len(severities_of(world)) and work.role in groups.ticket_roles:
        against = list(reasons(pool_of(world, groups, work.role)))
        patience = _patience_hours(world, work)
    elif work.planned > 0:
        against = [PLANNED]
    desk = erlang_comparison(rate, each, people, patience)
    wait = desk.mean_wait_hours
    late = _late(world, work, work.used, desk.wait_probability, wait)
    name = "Erlang C" if patience is None else "Erlang A"
    return Lateness(
        work.name, name, people, work.load, work.busiest, work.planned,
        (Waiting(0, work.load, wait, late),), desk.abandonment, _undone(work.load),
        pool_validity(work.load, work.busiest, people, against),
    )  # fmt: skip


def _undone(load: float) -> float:
    return max(0.0, 1.0 - 1.0 / load) if load > 0 else 0.0


def _late(world: World, work: _RoleWork, steps: NDArray[np.intp], waits: float, mean_hours: float) -> float:
    """Share of the tasks of some steps that are done after their due time.

    ``P(W > t) = p exp(-p t / E W)``, exact for M/M/1 with ``p`` the load; ``t`` is the time between opening
    and due time less the work itself.
    """
    slack = np.array([_slack_hours(world, work, int(step)) for step in steps])
    known = ~np.isnan(slack)
    weights = work.tasks[steps][known]
    if not weights.sum() > 0:
        return math.nan
    if not math.isfinite(mean_hours):
        return 1.0
    if mean_hours <= 0:
        return 0.0
    chance = min(1.0, waits)
    spare = np.maximum(slack[known] - work.each[steps][known], 0.0)
    return float(weights @ (chance * np.exp(-chance * spare / mean_hours)) / weights.sum())


def _slack_hours(world: World, work: _RoleWork, step: int) -> float:
    """Working hours from opening to due time; nan without a due time."""
    row = world.steps[step]
    a_day = work.working_hours / world.horizon_days
    if row["reactive"]:
        minutes = float(row["resolve_minutes"])
        return minutes / r.DAY * a_day if row["elapsed"] else minutes / 60.0
    due, opens = float(row["due_minutes"]), float(row["opens_minutes"])
    if math.isnan(opens):  # with the step before it, which nothing holds up
        opens = float(world.kinds["begins_minutes"][int(row["kind"])])
    return max(0.0, due - opens) / r.DAY * a_day


def _patience_hours(world: World, work: _RoleWork) -> float | None:
    """Mean patience of the pool's tickets in elapsed hours: rates averaged; None where nobody gives up."""
    rows = [int(step) for step in severities_of(world) if work.tasks[step] > 0]
    weights = np.array([work.tasks[step] for step in rows])
    rates = np.array(
        [
            0.0 if world.steps["patience_dist"][step] < 0
            else 60.0 / max(mean_of(world, int(world.steps["patience_dist"][step])), 1e-9)
            for step in rows
        ]
    )  # fmt: skip
    rate = float(weights @ rates / weights.sum()) if len(rows) else 0.0
    return 1.0 / rate if rate > 0 else None


def _cv2(world: World, step: int) -> float:
    """Squared coefficient of variation of a step's effort."""
    dist = int(world.steps["effort_dist"][step])
    if dist < 0:
        return 0.0
    row = world.dists[dist]
    if row["form"] == r.LOGNORMAL:
        return math.expm1(float(row["b"]) ** 2)
    if row["form"] == r.EXPONENTIAL:
        return 1.0
    if row["form"] == r.CONSTANT:
        return 0.0
    numbers = world.values[row["offset"] : row["offset"] + row["length"]]
    mean = mean_of(world, dist)
    if row["form"] == r.EMPIRICAL:
        return float(np.var(numbers)) / max(mean, 1e-12) ** 2
    from scipy import special

    from csm_sim.world.distributions import TABLE_POINTS, TABLE_REACH

    weights = np.diff(special.ndtr(np.linspace(-TABLE_REACH, TABLE_REACH, TABLE_POINTS)))
    middles = (numbers[1:] + numbers[:-1]) / 2
    return max(0.0, float(np.dot(weights, middles**2)) / max(mean, 1e-12) ** 2 - 1.0)
