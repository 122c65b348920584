"""The figures of a comparison: those of a plan beside those of the base, paired by replication."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.analysis import sums
from csm_sim.analysis.compared import Difference, Series, Verdict
from csm_sim.analysis.money import KINDS, Flows
from csm_sim.analysis.paired import Interval, Values

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.measures import Measures
    from csm_sim.world.build import World

Floats = NDArray[np.float64]
Better = Literal["up", "down", "neither"]

MONEY: Final = "money"

FIGURES: Final[Mapping[str, tuple[str, Better]]] = {
    "net_present_value": (MONEY, "up"),
    "cost": (MONEY, "down"),
    "margin": (MONEY, "up"),
    "net": (MONEY, "up"),
    "arr_expected": (MONEY, "up"),
    "arr_end": (MONEY, "up"),
    "arr_lost": (MONEY, "down"),
    "grr": ("share", "up"),
    "nrr": ("share", "up"),
    "on_time": ("share", "up"),
    "sla": ("share", "up"),
    "first_value_days": ("days", "down"),
    "utilisation": ("share", "neither"),
    "utilisation_p90": ("share", "down"),
    "people": ("people", "neither"),
    **dict.fromkeys(KINDS, (MONEY, "down")),
}
"""Unit, and which way is better, of each figure in the order in which they are shown; that of a role is
``NAME@ROLE``."""

BY_ROLE: Final = ("utilisation", "people", "payroll")
"""Figures that are shown of each role as well."""

ABSENT_IS_NONE: Final = frozenset({"people", *KINDS})
"""Figures that are 0 where a plan has no such role."""

MONTHLY: Final = ("arr_end", "cost", "margin", "net")
CUMULATIVE: Final = ("saved", "margin_lost", "gained")
"""Series: by month, and added up from the start."""

ROUNDING: Final = 1e-12
"""Differences below this part of the figures are what adding up in another order leaves."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A figure of a plan."""

    values: Values
    """By replication; an expectation where there is one."""
    counted: Floats | None
    """(n,): what single futures show; None: they show no such thing."""


def figures_of(
    world: World, sample: Sample, measures: Measures, flows: Flows, *, costs: bool
) -> dict[str, Figure]:
    """The figures of a plan, in the order in which they are shown.

    Parameters
    ----------
    world, sample, measures, flows
        Of the same replications.
    costs
        Whether people have a cost: without one there is no money beyond ARR.
    """
    found = dict(_money(sample, flows, costs=costs))
    for name in ("on_time", "sla", "first_value_days", "utilisation", "utilisation_p90", "people"):
        for key in (name, *(f"{name}@{role}" for role in world.names.roles if name in BY_ROLE)):
            if key in measures:
                found[key] = Figure(measures[key], measures[key].each)
    if costs:
        for kind in KINDS:
            found[kind] = _counted(flows.cost_of(kind).sum(axis=1))
        for role, name in enumerate(world.names.roles):
            found[f"payroll@{name}"] = _counted(flows.payroll[:, :, role].sum(axis=1))
    order = list(FIGURES)
    return dict(sorted(found.items(), key=lambda item: ("@" in item[0], _place(item[0], order))))


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name.partition("@")[0])


def _money(sample: Sample, flows: Flows, *, costs: bool) -> Iterator[tuple[str, Figure]]:
    if costs:
        yield "net_present_value", Figure(Values(flows.npv), flows.npv_counted)
        yield "cost", _counted(flows.cost.sum(axis=1))
        yield "margin", Figure(Values(flows.margin.sum(axis=1)), flows.margin_counted.sum(axis=1))
        yield "net", Figure(Values(flows.net.sum(axis=1)), flows.net_counted.sum(axis=1))
    yield "arr_expected", Figure(Values(flows.arr[:, -1]), None)
    yield "arr_end", _counted(flows.arr_counted[:, -1])
    if sample.twin:
        yield "arr_lost", Figure(Values(sums.arr_lost_expected(sample)), sums.arr_lost_counted(sample))
    renewable = sample.month("arr_renewable").sum(axis=(1, 2))
    if renewable.any():
        for name, kept, bounded in (("grr", sums.gross_retained, True), ("nrr", sums.net_retained, False)):
            values = Values(kept(sample.month).sum(axis=(1, 2)), renewable, bounded)
            yield name, Figure(values, values.each)


def _counted(values: Floats) -> Figure:
    return Figure(Values(values), values)


# ---------------------------------------------------------------- differences


def differences_of(
    base: Mapping[str, Figure], plan: Mapping[str, Figure], currency: str, confidence: float
) -> tuple[Difference, ...]:
    """Every figure that both have, in the order of the base and then of what only the plan has.

    A role that only one of them has counts as nobody, and nothing paid, in the other. Kinds of cost that
    neither has are left out.
    """
    n = len(next(iter(base.values())).values)
    nothing = _counted(np.zeros(n))
    found = []
    for name in dict.fromkeys([*base, *plan]):
        kind = name.partition("@")[0]
        missing = nothing if kind in ABSENT_IS_NONE and "@" in name else None
        one, other = base.get(name, missing), plan.get(name, missing)
        if one is None or other is None:
            continue
        if kind in KINDS and kind != "payroll" and not (one.values.above.any() or other.values.above.any()):
            continue
        found.append(difference_of(name, one, other, currency, confidence))
    return tuple(found)


def difference_of(name: str, base: Figure, plan: Figure, currency: str, confidence: float) -> Difference:
    """One figure of a plan beside that of the base."""
    unit, better = FIGURES[name.partition("@")[0]]
    apart = plan.values.minus(base.values, confidence)
    one, other = base.values.interval(), plan.values.interval()
    if max(abs(apart.low), abs(apart.high)) <= ROUNDING * max(abs(one.mean), abs(other.mean)):
        apart = Interval(0.0, 0.0, 0.0, apart.n)
    correlation, saved = pairing(base.values, plan.values)
    chance = None
    if better != "neither" and base.counted is not None and plan.counted is not None:
        chance = chance_of(base.counted, plan.counted, better, confidence)
    return Difference(
        name=name,
        unit=currency if unit == MONEY else unit,
        better=better,
        base=one,
        other=other,
        apart=apart,
        verdict=verdict_of(apart, better),
        chance=chance,
        correlation=correlation,
        saved=saved,
    )


def verdict_of(apart: Interval, better: Better) -> Verdict:
    """What a difference with its interval says."""
    if apart.nothing:
        return "same"
    if not apart.resolved:
        return "not resolved"
    if better == "neither":
        return "differs"
    return "better" if (apart.mean > 0) == (better == "up") else "worse"


def chance_of(base: Floats, plan: Floats, better: Better, confidence: float) -> Interval:
    """The share of futures in which the plan is better, half of those in which both are equal.

    With Wilson's interval (Wilson 1927, Journal of the American Statistical Association 22), which stays
    within 0 to 1 and has a width also where one of them always wins.

    Parameters
    ----------
    base, plan
        (n,): of the same futures; those in which one has no value count for neither.
    better
        Whether more (``up``) or less (``down``) is better.
    confidence
        Of the interval.
    """
    apart = plan - base if better == "up" else base - plan
    apart = apart[~np.isnan(apart)]
    n = len(apart)
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0)
    share = (float((apart > 0).sum()) + 0.5 * float((apart == 0).sum())) / n
    z = float(special.ndtri(0.5 + confidence / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half), n)


def pairing(base: Values, plan: Values) -> tuple[float, int | None]:
    """How much the same luck helps: the correlation, and replications saved.

    With independent futures the variance of a difference is the sum of both; as many of them as give the
    same interval, less those that were run, are saved: ``n (var_a + var_b) / var_d - n``.

    Returns
    -------
    tuple
        Correlation over replications, nan where one of them does not vary. Replications saved, None where
        the difference does not vary.
    """
    one, other = base.linear(), plan.linear()
    there = ~(np.isnan(one) | np.isnan(other))
    one, other = one[there], other[there]
    n = len(one)
    if n < 2:
        return math.nan, None
    first, second, apart = (float(np.var(x, ddof=1)) for x in (one, other, other - one))
    level = ROUNDING * max(float(np.abs(one).max()), float(np.abs(other).max()))
    noise = level * level
    correlation = math.nan
    if first > noise and second > noise:
        correlation = float(np.clip(np.cov(one, other)[0, 1] / math.sqrt(first * second), -1.0, 1.0))
    return correlation, None if apart <= noise else round(n * (first + second) / apart) - n


# ---------------------------------------------------------------- by month


def series_of(
    base: Flows, plan: Flows, currency: str, confidence: float, *, costs: bool
) -> tuple[Series, ...]:
    """The figures by month, and with costs what a plan saves and loses, added up from the start."""
    found = []
    for name in MONTHLY if costs else MONTHLY[:1]:
        one, other = (_monthly(flows, name) for flows in (base, plan))
        found.append(
            Series(name, currency, _intervals(one), _intervals(other), _apart(one, other, confidence))
        )
    if costs:
        saved, lost = saved_and_lost(base, plan)
        for name, values in zip(CUMULATIVE, (saved, lost, saved - lost), strict=True):
            found.append(Series(name, currency, (), (), _apart(np.zeros_like(values), values, confidence)))
    return tuple(found)


def saved_and_lost(base: Flows, plan: Flows) -> tuple[Floats, Floats]:
    """(n, month) each: cost not spent, and margin lost, by the end of each month since the start."""
    return (
        np.cumsum(base.cost - plan.cost, axis=1),
        np.cumsum(base.margin - plan.margin, axis=1),
    )


def _monthly(flows: Flows, name: str) -> Floats:
    found: Floats = flows.arr if name == "arr_end" else getattr(flows, name)
    return found


def _intervals(values: Floats) -> tuple[Interval, ...]:
    return tuple(Values(column).interval() for column in values.T)


def _apart(base: Floats, plan: Floats, confidence: float) -> tuple[Interval, ...]:
    return tuple(
        Values(other).minus(Values(one), confidence) for one, other in zip(base.T, plan.T, strict=True)
    )
