"""One scenario at many points of a grid: each with its figures, and what differs from the base.

All points are simulated on the same futures, so that differences are paired by replication.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.analysis.estimates import ALL, Estimate
from csm_sim.analysis.intervals import CONFIDENCE
from csm_sim.analysis.paired import Interval, Values
from csm_sim.analysis.sweep_grid import Grid
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variant
from csm_sim.errors import Problem, UsageError
from csm_sim.language import N_

Verdict = Literal["met", "missed", "not resolved"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that is shown of each point."""

    name: str
    """A measure of :mod:`csm_sim.analysis.measures`, or a metric of the catalogue."""
    scope: str
    title: str
    """For a column of a table."""
    label: str
    """For an axis."""
    unit: str
    """As in the catalogue: share, money, people, ..."""


MEASURES: Final = (
    Shown("on_time", ALL, N_("on time"), N_("planned work on time"), "share"),
    Shown("sla", ALL, N_("SLA"), N_("tickets that meet all targets"), "share"),
    Shown("utilisation_p90", ALL, N_("busy P90"), N_("utilisation of people, P90"), "share"),
    Shown("needed", ALL, N_("needed"), N_("people that the work takes"), "people"),
    Shown("arr_lost", ALL, N_("ARR lost"), N_("ARR lost to under-staffing"), "money"),
    Shown("payroll", ALL, N_("payroll"), N_("payroll over the horizon"), "money"),
)
"""What is shown unless something else is asked for; as far as the scenario has it."""

_OTHERS: Final = {
    "first_value_days": ("days", N_("first value days")),
    "arr_lost_share": ("share", N_("arr lost share")),
    "arr_churn": ("money", N_("arr churn")),
    "arr_change": ("money", N_("arr change")),
    "arr_end": ("money", N_("arr end")),
    "utilisation": ("share", N_("utilisation")),
    "people": ("people", N_("people")),
    "demand_hours": ("hours", N_("demand hours")),
    "done_hours": ("hours", N_("done hours")),
    "cost": ("money", N_("cost")),
    "net": ("money", N_("net")),
    "npv": ("money", N_("npv")),
    "npv_counted": ("money", N_("npv counted")),
}
"""Units and titles of the measures that are not shown by themselves."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure at a point."""

    estimate: Estimate
    difference: Estimate | None
    """To the base, paired; None where the base has no such figure."""
    sure: bool
    """Whether the interval of the difference leaves out 0."""
    sure_together: bool
    """Whether it still does when it has to hold for all points together (Bonferroni)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A target, and whether a point meets it."""

    key: str
    target: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the grid, or the base."""

    settings: tuple[str, ...]
    values: tuple[str, ...]
    """One for each axis; empty for a base that is no point of the grid."""
    is_base: bool
    """Whether it is the same world as the base."""
    cells: dict[str, Cell]
    """By name and scope as :func:`cell_key` has it."""
    targets: tuple[Judgement, ...]

    @property
    def verdict(self) -> Verdict | None:
        """Whether all targets are met; None without any."""
        found = {one.verdict for one in self.targets}
        if not found:
            return None
        return "missed" if "missed" in found else "met" if found == {"met"} else "not resolved"


@dataclass(frozen=True, slots=True)
class Sweep:
    """The answer."""

    name: str
    grid: Grid
    base: Point
    base_label: str
    points: tuple[Point, ...]
    """Of the grid, in its order."""
    shown: tuple[Shown, ...]
    n: int
    seed: int
    twin: bool
    currency: str
    horizon: str
    targets: dict[str, float]

    @property
    def compared(self) -> int:
        """Points that are compared with the base: those that differ from it."""
        return sum(not point.is_base for point in self.points)


def cell_key(shown: Shown) -> str:
    """What a figure is called in :attr:`Point.cells`."""
    return shown.name if shown.scope == ALL else f"{shown.name}:{shown.scope}"


def read_metric(text: str, trials: Trials, base: Variant, numbers: Sequence[int]) -> Shown:
    """The figure that ``--metric`` names: ``METRIC`` or ``METRIC:SCOPE`` as in metrics.csv, or a measure.

    Raises
    ------
    UsageError
        If the base has no such figure.
    """
    name, _, of = text.partition(":")
    measures = trials.measures(base, numbers)
    if not of and name in measures:
        return _measure(name)
    if name not in CATALOGUE:
        near = get_close_matches(name, [*CATALOGUE, *measures.names], 1)
        fix = f"did you mean  --metric {near[0]} ?" if near else "take one of the metrics.csv of  csm-sim run"
        raise UsageError(str(Problem(f"--metric {text}", "", "there is no such metric", fix)))
    scopes = [of_ for metric, of_ in trials.metrics(base, numbers) if metric == name]
    if not scopes:
        fix = "choose another metric" if trials.twin else "choose another metric, or leave out --no-twin"
        raise UsageError(str(Problem(f"--metric {text}", "", f"{name} {_why_not(name)}", fix)))
    chosen = of or (ALL if ALL in scopes else scopes[0])
    if (not of and ALL not in scopes) or chosen not in scopes:
        near = get_close_matches(of, scopes, 3) or scopes[:3]
        choices = "  or  ".join(f"--metric '{name}:{one}'" for one in near)
        problem = f"there is no {of!r} of {name}" if of else f"{name} is not one figure but several"
        raise UsageError(str(Problem(f"--metric {text}", "", problem, f"write  {choices}")))
    title = name if chosen == ALL else f"{name} {chosen}"
    return Shown(name, chosen, title, title, CATALOGUE[name].unit)


def _why_not(name: str) -> str:
    if name == "arr_lost_p90_money":
        return "is a quantile over futures: two of them have no paired difference"
    return "is not among the results of this scenario"


def _measure(name: str) -> Shown:
    whole, _, role = name.partition("@")
    known = next((one for one in MEASURES if one.name == whole), None)
    if known is None:
        unit, words = _OTHERS[whole]
        known = Shown(whole, ALL, words, words, unit)
    if not role:
        return known
    return Shown(name, ALL, f"{known.title} {role}", f"{known.label}, {role}", known.unit)


def sweep(
    grid: Grid,
    variants: Sequence[Variant],
    base: Variant,
    trials: Trials,
    *,
    replications: int,
    metrics: Sequence[str] = (),
    base_label: str = "the file itself",
) -> Sweep:
    """The figures at all points of a grid.

    Parameters
    ----------
    grid
        What is varied.
    variants
        One for each point, in the order of the grid.
    base
        What all points are compared with.
    trials
        Open.
    replications
        Futures 0, 1, ... of each point.
    metrics
        What to show instead of the headline figures, see :func:`read_metric`.
    base_label
        How to call the base.

    Raises
    ------
    UsageError
        If the base has none of these metrics.
    """
    numbers = range(replications)
    if metrics:  # they can be wrong: that is said before all the others are run
        trials.ensure([(base, numbers)])
    shown = [read_metric(text, trials, base, numbers) for text in metrics]
    trials.ensure([(one, numbers) for one in (base, *variants)])
    if not shown:
        measures = [trials.measures(one, numbers) for one in (base, *variants)]
        shown = [one for one in MEASURES if any(one.name in found for found in measures)]
        if all(found["payroll"].mean == 0 for found in measures):
            shown = [one for one in shown if one.name != "payroll"]
        if not any(one.world.segments["churns"].any() for one in (base, *variants)):
            shown = [one for one in shown if one.name != "arr_lost"]
    compared = sum(one.world_sha256 != base.world_sha256 for one in variants)
    at_base = _values(trials, base, shown, numbers)

    def point(variant: Variant, values: tuple[str, ...]) -> Point:
        found = _values(trials, variant, shown, numbers)
        cells = {
            cell_key(one): _cell(one, found[cell_key(one)], at_base.get(cell_key(one)), variant, compared)
            for one in shown
            if cell_key(one) in found
        }
        same = variant.world_sha256 == base.world_sha256
        return Point(variant.sets, values, same, cells, tuple(_judged(trials, variant, numbers)))

    targets = {key: value for key, value in base.scenario.targets if value is not None}
    return Sweep(
        name=base.scenario.name,
        grid=grid,
        base=point(base, ()),
        base_label=base_label,
        points=tuple(point(one, values) for one, values in zip(variants, grid, strict=True)),
        shown=tuple(shown),
        n=replications,
        seed=trials.seed,
        twin=trials.twin,
        currency=base.world.names.currency,
        horizon=str(base.scenario.horizon),
        targets={key: float(value) for key, value in targets.items()},
    )


def _values(
    trials: Trials, variant: Variant, shown: Sequence[Shown], numbers: Sequence[int]
) -> dict[str, Values]:
    measures = trials.measures(variant, numbers)
    found = {cell_key(one): measures[one.name] for one in shown if one.name in measures}
    if any(one.name in CATALOGUE for one in shown):
        metrics = trials.metrics(variant, numbers)
        for one in shown:
            if (one.name, one.scope) in metrics:
                found[cell_key(one)] = metrics[one.name, one.scope]
    return found


def _cell(shown: Shown, values: Values, at_base: Values | None, variant: Variant, compared: int) -> Cell:
    unit = variant.world.names.currency if shown.unit == "money" else shown.unit
    estimate = _estimate(shown.name, unit, shown.scope, values.interval())
    if at_base is None:
        return Cell(estimate, None, False, False)
    apart = values.minus(at_base)
    together = values.minus(at_base, together_confidence(compared))
    return Cell(
        estimate,
        _estimate(shown.name, unit, shown.scope, apart),
        apart.resolved and _more_than_rounding(apart, values.mean),
        together.resolved and _more_than_rounding(together, values.mean),
    )


def together_confidence(compared: int) -> float:
    """Of each interval, so that all of them hold together with 95 % (Bonferroni).

    >>> round(together_confidence(5), 3)
    0.99
    """
    return 1.0 - (1.0 - CONFIDENCE) / max(1, compared)


def _more_than_rounding(apart: Interval, value: float) -> bool:
    return abs(apart.mean) > 1e-9 * abs(value)


def _estimate(name: str, unit: str, of: str, found: Interval) -> Estimate:
    return Estimate(name, unit, of, found.mean, found.low, found.high, found.n)


_TARGETS: Final = (
    ("on_time", "on_time", True),
    ("sla", "sla", True),
    ("utilisation_p90", "utilisation_p90", False),
    ("arr_lost", "arr_lost_share", False),
)
"""Key of the target, its measure, and whether it has to be at least the target."""


def _judged(trials: Trials, variant: Variant, numbers: Sequence[int]) -> Iterator[Judgement]:
    measures = trials.measures(variant, numbers)
    for key, name, at_least in _TARGETS:
        target = getattr(variant.scenario.targets, key)
        if target is None or name not in measures:
            continue
        found = measures[name].interval()
        good = found.low >= target if at_least else found.high <= target
        bad = found.high < target if at_least else found.low > target
        yield Judgement(key, float(target), "met" if good else "missed" if bad else "not resolved")


def all_metrics(
    sweep_: Sweep, variants: Sequence[Variant], base: Variant, trials: Trials
) -> Iterator[tuple[Point, str, str, Interval, Interval | None]]:
    """Point, metric, scope, estimate and difference of everything that a run reports, point by point."""
    numbers = range(sweep_.n)
    at_base = trials.metrics(base, numbers)
    for point, variant in zip((sweep_.base, *sweep_.points), (base, *variants), strict=True):
        for (metric, of), values in trials.metrics(variant, numbers).items():
            other = at_base.get((metric, of))
            yield point, metric, of, values.interval(), None if other is None else values.minus(other)
