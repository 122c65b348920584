"""Estimates with their intervals, and the collection of them that reports read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.analysis.intervals import (
    Intervals,
    mean_interval,
    product_interval,
    quantile_interval,
    ratio_interval,
    single_run_range,
)

Floats = NDArray[np.float64]

ALL = "all"


def scope(**parts: str) -> str:
    """The scope that names its parts: ``playbook=qbr;tier=high``.

    Names of people are free texts: a semicolon in one becomes the full-width one.
    """
    return ";".join(f"{kind}={name.replace(';', '；')}" for kind, name in parts.items())


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure."""

    metric: str
    unit: str
    """As in the catalogue, but money is the code of the currency."""
    scope: str
    mean: float
    low: float
    """Lower end of the 95 % confidence interval of the mean; nan when there is none."""
    high: float
    n: int
    """Replications."""
    run_low: float = float("nan")
    """P10 over replications: where a single future may lie; nan for expectations."""
    run_high: float = float("nan")
    """P90 over replications."""

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


class Estimates:
    """Estimates in the order in which they were made, by metric and scope."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._found: dict[tuple[str, str], Estimate] = {}

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def get(self, metric: str, of: str = ALL) -> Estimate | None:
        """An estimate; None when there is none."""
        if metric not in CATALOGUE:
            raise KeyError(f"there is no metric {metric!r}")
        return self._found.get((metric, of))

    def means(self, metric: str, scopes: Sequence[str], values: Any, *, single_runs: bool = True) -> None:
        """Add means over replications.

        Parameters
        ----------
        metric
            Name in the catalogue.
        scopes
            One for each column.
        values
            (n, columns), or (n,) with a single scope.
        single_runs
            Whether a replication's value is something that one future would show.
        """
        columns = _columns(values, len(scopes))
        runs = single_run_range(columns) if single_runs else None
        self._add(metric, scopes, mean_interval(columns), len(columns), runs)

    def ratios(self, metric: str, scopes: Sequence[str], above: Any, below: Any) -> None:
        """Add ratios of sums over replications; parameters as for :meth:`means`."""
        numerator, denominator = _columns(above, len(scopes)), _columns(below, len(scopes))
        with np.errstate(invalid="ignore", divide="ignore"):
            each = np.where(denominator != 0, numerator / denominator, np.nan)
        runs = single_run_range(each)
        self._add(metric, scopes, ratio_interval(numerator, denominator), len(numerator), runs)

    def products(
        self, metric: str, scopes: Sequence[str], values: Sequence[Any], powers: Sequence[float]
    ) -> None:
        """Add products of powers of means over replications, one array of ``values`` for each factor."""
        columns = [_columns(one, len(scopes)) for one in values]
        self._add(metric, scopes, product_interval(columns, powers), len(columns[0]), None)

    def quantile(self, metric: str, of: str, values: Floats, share: float) -> None:
        """Add a quantile of single futures, with its interval from order statistics."""
        point, low, high = quantile_interval(values, share)
        self._add(metric, [of], Intervals(*(np.array([x]) for x in (point, low, high))), len(values), None)

    def _add(
        self, metric: str, scopes: Sequence[str], found: Intervals, n: int, runs: tuple[Floats, Floats] | None
    ) -> None:
        known = CATALOGUE[metric]
        unit = self._currency if known.unit == "money" else known.unit
        mean, low, high = found.mean, found.low, found.high
        if known.bounded:
            low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        for column, of in enumerate(scopes):
            if np.isnan(mean[column]):
                continue
            some = (float(runs[0][column]), float(runs[1][column])) if runs is not None else ()
            self._found[metric, of] = Estimate(
                metric, unit, of, float(mean[column]), float(low[column]), float(high[column]), n, *some
            )


def _columns(values: Any, count: int) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(len(array), count)
