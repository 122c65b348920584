"""What is asked when a team is sized: which roles within which bounds, for which targets, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis import sums
from csm_sim.analysis.digest import severities_of
from csm_sim.analysis.feasibility import Aim, Measured
from csm_sim.analysis.targets import GOALS, Goal, reached
from csm_sim.analysis.workload_heads import heads_needed
from csm_sim.errors import Problem, ScenarioError, UsageError
from csm_sim.language import N_, Message
from csm_sim.scenario.staffing import there_at_start

if TYPE_CHECKING:
    from csm_sim.analysis.measures import Measures
    from csm_sim.analysis.variants import Variants
    from csm_sim.analysis.workload_heads import Heads
    from csm_sim.scenario.model import Scenario
    from csm_sim.world.build import World

_FAR: Final = 10.0
"""What never happened is taken to take so many times as long as is wanted."""


@dataclass(frozen=True, slots=True)
class SizedRole:
    """A role whose headcount is looked for."""

    name: str
    low: int
    high: int
    estimate: int
    """Where the search begins."""
    needed: float
    """People that the work takes at full use of their time, on average over the horizon."""
    now: int
    """Headcount in the scenario."""
    cost: float
    """Of one person in a year; 1 for each where no role has a cost."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target as the search sees it."""

    key: str
    goal: Goal
    level: float
    chance: float | None
    tolerance: float
    """Of the level; of the chance where there is one."""

    @property
    def aim(self) -> Aim:
        """For the sequential test."""
        if self.chance is None:
            return Aim(self.key, self.level, self.goal.at_least, self.tolerance)
        spread = self.chance * (1 - self.chance)
        return Aim(self.key, self.chance, True, self.tolerance, least_variance=spread)

    def measured(self, measures: Measures, n: int) -> Measured:
        """What it is about in ``n`` replications.

        Where no account has had its first value a replication counts as one that misses the target by far.
        """
        if self.goal.measure not in measures:
            return Measured(np.full(n, 0.0 if self.chance is not None else _FAR * self.level), np.ones(n))
        values = measures[self.goal.measure]
        if self.chance is not None:
            return Measured(reached(values, self.goal, self.level), np.ones(n))
        if values.below is None:
            known = ~np.isnan(values.above)
            return Measured(np.where(known, values.above, 0.0), known.astype(np.float64))
        above = values.above
        if self.goal.unit == "days":
            above = np.where(values.below > 0, above, _FAR * self.level)
        return Measured(above, values.below)


@dataclass(frozen=True, slots=True)
class Question:
    """All that the answer depends on, beside the scenario and the seed."""

    roles: tuple[SizedRole, ...]
    targets: tuple[Wanted, ...]
    most_cost: float | None
    """Target of cost: money a year."""
    confidence: float
    margin: float
    has_costs: bool
    all_roles: bool
    """Whether every role of the scenario is sized."""
    notes: tuple[str, ...]
    """What a reader must know about the question."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the roles."""
        return tuple(role.name for role in self.roles)

    @property
    def costs(self) -> list[float]:
        """Of one person of each role in a year."""
        return [role.cost for role in self.roles]


@dataclass(frozen=True, slots=True)
class Asked:
    """What options say, over what the scenario says."""

    roles: Mapping[str, tuple[int | None, int | None]] | None = None
    """Least and most by role; None: those of the scenario."""
    confidence: float | None = None
    margin: float | None = None


def settings_of(names: Sequence[str], point: Sequence[int]) -> tuple[str, ...]:
    """The settings of a point, as after ``--set``."""
    return tuple(f"staff.{name}.headcount={number}" for name, number in zip(names, point, strict=True))


def question_of(variants: Variants, asked: Asked) -> Question:
    """The question that a scenario and options ask.

    The estimate is counted bottom up, without simulating (:mod:`csm_sim.analysis.workload_heads`): it decides
    where the search begins and how wide bounds are that nobody has written, and no more.

    Raises
    ------
    UsageError
        If there is nothing to size, or nothing to meet.
    """
    base = variants.base
    scenario, sizing = base.scenario, base.scenario.sizing
    bounds = asked.roles
    if bounds is None:
        bounds = {name: (role.min, role.max) for name, role in sizing.roles.items()}
    heads = heads_needed(base.world)
    if not bounds:
        bounds = {
            name: (None, None)
            for name, role in scenario.staff.items()
            if role.headcount > 0 or heads[name].people > 0
        }
    if not bounds:
        raise UsageError(
            str(Problem("sizing.roles", "", "no role has people or work", "name a role with  --role csm"))
        )
    wanted, notes = _wanted(scenario, base.world)
    given = {name: role.cost.per_year for name, role in scenario.staff.items() if role.cost is not None}
    costs = _costs(given, list(bounds), notes)
    roles = [_role(variants, name, heads[name], bounds[name], costs[name], notes) for name in bounds]
    notes += _limits(scenario, [role.name for role in roles])
    return Question(
        roles=tuple(roles),
        targets=tuple(wanted),
        most_cost=None if scenario.targets.cost is None else scenario.targets.cost.per_year,
        confidence=sizing.confidence if asked.confidence is None else asked.confidence,
        margin=scenario.money.gross_margin if asked.margin is None else asked.margin,
        has_costs=bool(given),
        all_roles=set(bounds) == set(scenario.staff),
        notes=tuple(notes),
    )


def needs_twin(scenario: Scenario) -> bool:
    """Whether a target is about ARR lost, which takes the fully staffed twin."""
    return scenario.targets.arr_lost is not None


def _wanted(scenario: Scenario, world: World) -> tuple[list[Wanted], list[str]]:
    tolerance = scenario.sizing.tolerance
    notes: list[str] = []
    there = {
        "on_time": bool(sums.planned_steps(world).any()),
        "sla": bool(len(severities_of(world))),
        "first_value": bool(world.segments["awaits_first_value"].any()),
        "arr_lost": bool(world.segments["churns"].any()),
    }
    found = []
    for key, goal in GOALS.items():
        level = getattr(scenario.targets, key)
        if level is None:
            continue
        if not there.get(key, True):
            notes.append(
                Message("the target {key} is left out: the scenario has nothing that it is about", key=key)
            )
            continue
        near = tolerance.chance if level.chance is not None else getattr(tolerance, key)
        size = near if isinstance(near, float) else near.days
        found.append(Wanted(key, goal, float(level), level.chance, size))
    if not found:
        raise UsageError(
            str(
                Problem(
                    "targets", "", "there is no target that people help to meet",
                    "write one, e.g.  --set targets.on_time=95%",
                )
            )
        )  # fmt: skip
    return found, notes


def _costs(given: Mapping[str, float], roles: Sequence[str], notes: list[str]) -> dict[str, float]:
    if not given:
        notes.append(Message("no role has a cost: the fewest people are looked for, whatever their role"))
        return dict.fromkeys(roles, 1.0)
    usual = sum(given.values()) / len(given)
    for name in roles:
        if name not in given:
            notes.append(
                Message("{role} has no cost: taken to cost what the others do on average", role=name)
            )
    return {name: given.get(name, usual) for name in roles}


def _role(
    variants: Variants,
    name: str,
    heads: Heads,
    bounds: tuple[int | None, int | None],
    cost: float,
    notes: list[str],
) -> SizedRole:
    scenario, needed = variants.base.scenario, heads.people
    now = scenario.staff[name].headcount
    estimate = heads.seed
    written_low, written_high = bounds
    low = (1 if now > 0 or needed > 0 else 0) if written_low is None else written_low
    low = max(low, len(there_at_start(scenario, name)))
    high = max(low, 2 * estimate + 3) if written_high is None else written_high
    if low > high:
        raise UsageError(
            str(
                Problem(
                    f"sizing.roles.{name}", "", f"at least {low} and at most {high} people contradict",
                    f"write  max: {low}  or more",
                )
            )
        )  # fmt: skip
    low, high = _possible(variants, name, low, high, now, notes)
    return SizedRole(name, low, high, min(max(estimate, low), high), needed, now, cost)


def _possible(
    variants: Variants, name: str, low: int, high: int, now: int, notes: list[str]
) -> tuple[int, int]:
    """The part of the bounds in which the scenario is free of contradictions."""

    def works(number: int) -> bool:
        try:
            variants.variant(*settings_of([name], [number]))
        except ScenarioError:
            return False
        return True

    inside = min(max(now, low), high)
    if not works(inside):
        variants.variant(*settings_of([name], [inside]))  # says what is wrong
    least, most = low, high
    while not works(least):
        least += 1
    while not works(most):
        most -= 1
    if least > low:
        notes.append(
            Message(
                "{role}: the scenario contradicts itself with fewer than {n} at the start", role=name, n=least
            )
        )
    if most < high:
        notes.append(
            Message(
                "{role}: the scenario contradicts itself with more than {n} at the start", role=name, n=most
            )
        )
    return least, most


def _limits(scenario: Scenario, roles: Sequence[str]) -> list[str]:
    """What stands between the headcount that is looked for and how many people there are."""
    notes: list[str] = []
    for name in roles:
        named = [person.name for person in there_at_start(scenario, name)]
        if named:
            one, many = (
                N_("{role}: {n} has a name and stay; the others are like anybody"),
                N_("{role}: {n} have names and stay; the others are like anybody"),
            )
            notes.append(Message(one if len(named) == 1 else many, role=name, n=len(named)))
        days = [str(act.on) for act in scenario.acts if name in _moved(act)]
        if days:
            notes.append(
                Message(
                    "{role}: the headcount is that of the start; the timeline changes it on {days}",
                    role=name, days=", ".join(days),
                )
            )  # fmt: skip
    if scenario.policies:
        notes.append(
            Message("policies may hire or cut while the futures run: the headcount is that of the start")
        )
    return notes


def _moved(act: object) -> set[str]:
    """The roles whose number of people an act changes."""
    hire, cut, move = (getattr(act, kind) for kind in ("hire", "cut", "reorganise"))
    found = {hire.role} if hire is not None else set()
    found |= {cut.role} if cut is not None and cut.role is not None else set()
    return found | ({move.from_, move.to} if move is not None else set())
