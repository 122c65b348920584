"""Points of a sizing or a sweep that differ in headcounts only: what each team costs, and what it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.customers import DAYS_A_YEAR
from csm_sim.analysis.feasibility import FIRST
from csm_sim.analysis.metric import Better
from csm_sim.analysis.paired import Interval, Values
from csm_sim.analysis.targets import Verdict

if TYPE_CHECKING:
    from csm_sim.analysis.lattice import Point
    from csm_sim.analysis.measures import Measures
    from csm_sim.analysis.sizing import Sized, Team
    from csm_sim.analysis.sweep import Sweep
    from csm_sim.analysis.sweep_grid import Grid
    from csm_sim.analysis.trials import Trials
    from csm_sim.analysis.variants import Variant

HEADCOUNT: Final = re.compile(r"staff\.([^.\[\]]+)\.headcount")
"""Key of the headcount of a role."""

MEASURES: Final[tuple[tuple[str, str, Better], ...]] = (
    ("cost", "money", "down"),
    ("on_time", "share", "up"),
    ("sla", "share", "up"),
    ("utilisation_p90", "share", "down"),
    ("arr_kept", "money", "up"),
)
"""Name, unit, and which way is better: pay of a year; planned work on time; tickets that meet their targets;
utilisation that 9 of 10 people stay under; expected ARR at the end beyond that of the base, paired."""


@dataclass(frozen=True, slots=True)
class TeamPoint:
    """A team that was simulated."""

    people: tuple[int, ...]
    """Headcounts, in the order of the roles."""
    n: int
    """Futures."""
    measures: dict[str, Interval]
    """By name, those of :data:`MEASURES` that the scenario has."""
    targets: Verdict | None = None
    """Whether all targets are met; None where there are none, or it was not asked."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Teams that a reader may move through; nothing is interpolated between them."""

    name: str
    """Of the scenario."""
    source: str
    """``size`` or ``sweep``."""
    currency: str
    seed: int
    horizon: str
    roles: tuple[str, ...]
    points: tuple[TeamPoint, ...]
    """In the order of their headcounts."""
    base: int | None
    """Place of the point with which ARR is compared; None where it is none of them."""
    headline: Mapping[str, tuple[str, ...]]
    """What the sizing or the sweep says in each language, the most important first; empty: nothing."""

    @property
    def measures(self) -> list[tuple[str, str, Better]]:
        """Those of :data:`MEASURES` that some point has."""
        return [one for one in MEASURES if any(one[0] in point.measures for point in self.points)]


def what_if_of_size(team: Team, sized: Sized, headline: Mapping[str, tuple[str, ...]]) -> WhatIf:
    """The teams that a sizing tried, on the futures that it looked at first."""
    question, trials = team.question, team.trials
    points: list[Point] = sorted({*(one.point for one in sized.tried), sized.answer})
    trials.ensure([(team.variant(point), range(FIRST)) for point in points])
    at_base = trials.measures(team.variant(sized.answer), range(FIRST))
    verdicts: dict[Point, Verdict] = {
        one.point: "not resolved" if not one.resolved else "met" if one.holds else "missed"
        for one in sized.tried
        if not one.left_out
    }

    def measured(point: Point) -> TeamPoint:
        variant = team.variant(point)
        measures = trials.measures(variant, range(FIRST))
        found = _measured(measures, at_base, variant, costs=question.has_costs)
        return TeamPoint(point, FIRST, found, verdicts.get(point))

    base = team.variant(sized.answer)
    return WhatIf(
        name=base.scenario.name, source="size", currency=base.world.names.currency, seed=trials.seed,
        horizon=str(base.scenario.horizon), roles=tuple(question.names),
        points=tuple(measured(point) for point in points),
        base=points.index(sized.answer), headline=headline,
    )  # fmt: skip


def what_if_of_sweep(
    sweep: Sweep,
    variants: Sequence[Variant],
    base: Variant,
    trials: Trials,
    headline: Mapping[str, tuple[str, ...]],
) -> WhatIf | None:
    """The points of a sweep; None where something else than headcounts is varied.

    Parameters
    ----------
    sweep
        Its answer.
    variants
        One for each point, in the order of the grid.
    base
        What they are compared with.
    trials
        Open; the replications of the sweep are there.
    headline
        What the sweep says, by language.
    """
    roles, n = tuple(_roles(sweep.grid)), sweep.n
    if len(roles) != len(sweep.grid.axes) or n < 2:
        return None
    at_base = trials.measures(base, range(n))
    paid = [role.cost is not None for variant in variants for role in variant.scenario.staff.values()]
    found: list[tuple[tuple[int, ...], bool, TeamPoint]] = []
    for variant, point in zip(variants, sweep.points, strict=True):
        people = tuple(int(variant.scenario.staff[role].headcount) for role in roles)
        measures = _measured(trials.measures(variant, range(n)), at_base, variant, costs=any(paid))
        found.append((people, point.is_base, TeamPoint(people, n, measures, point.verdict)))
    found.sort(key=lambda one: one[0])
    places = [place for place, (_people, same, _point) in enumerate(found) if same]
    return WhatIf(
        name=base.scenario.name, source="sweep", currency=base.world.names.currency, seed=trials.seed,
        horizon=str(base.scenario.horizon), roles=roles, points=tuple(point for *_rest, point in found),
        base=places[0] if places else None, headline=headline,
    )  # fmt: skip


def _roles(grid: Grid) -> Iterator[str]:
    for axis in grid.axes:
        found = HEADCOUNT.fullmatch(axis.key)
        if found is not None and all(value.strip().isdigit() for value in axis.values):
            yield found[1]


def _measured(found: Measures, at_base: Measures, variant: Variant, *, costs: bool) -> dict[str, Interval]:
    measures = {}
    if costs:
        years = variant.world.horizon_days / DAYS_A_YEAR
        measures["cost"] = Values(found["payroll"].above / years).interval()
    for name in ("on_time", "sla", "utilisation_p90"):
        if name in found:
            measures[name] = found[name].interval()
    if variant.world.segments["churns"].any() and "arr_change" in found and "arr_change" in at_base:
        measures["arr_kept"] = found["arr_change"].minus(at_base["arr_change"])
    return measures
