"""One figure of many replications, and how much it differs from that of other worlds on the same luck.

As in :mod:`csm_sim.analysis.intervals`, the replication is the only unit of inference. Differences are
paired: the replication of a number is compared with that of the same number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.analysis.estimates import Estimates
from csm_sim.analysis.intervals import CONFIDENCE

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval."""

    mean: float
    low: float
    """nan when there is no interval."""
    high: float
    n: int
    """Replications that it rests on."""

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2

    @property
    def resolved(self) -> bool:
        """Whether a difference can be told from nothing: the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def nothing(self) -> bool:
        """Whether a difference is exactly nothing, in every replication."""
        return self.mean == self.low == self.high == 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A figure of each replication: a number, or two whose sums over replications are divided."""

    above: Floats
    """(n,): the number, or the numerator."""
    below: Floats | None = None
    """(n,): the denominator; None: the figure is a mean."""
    bounded: bool = False
    """A share that cannot lie outside 0 to 1: its interval is cut there."""

    def __len__(self) -> int:
        return len(self.above)

    @property
    def each(self) -> Floats:
        """(n,): the figure of each replication by itself; nan where it has none."""
        if self.below is None:
            return self.above
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.below != 0, self.above / self.below, np.nan)

    @property
    def mean(self) -> float:
        """The figure: a mean over replications, or total over total."""
        if self.below is None:
            counted = self.above[~np.isnan(self.above)]
            return float(counted.sum() / len(counted)) if len(counted) else math.nan
        below = float(self.below.sum())
        return float(self.above.sum()) / below if below else math.nan

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """The figure with its interval: Student's t for a mean, by the delta method for a ratio."""
        found = _interval(self.mean, self.linear(), confidence)
        if not self.bounded:
            return found
        return Interval(found.mean, max(found.low, 0.0), min(found.high, 1.0), found.n)

    def minus(self, other: Values, confidence: float = CONFIDENCE) -> Interval:
        """How much larger this is than another figure of the same replications, with its paired interval.

        For ratios of sums the delta method holds for the difference as well: each replication counts
        with ``(x - r y) / mean(y)`` of the one less that of the other (Law, Simulation Modeling and
        Analysis, sections 9.5.3 and 10.2.1).

        Raises
        ------
        ValueError
            If the numbers of replications differ.
        """
        if len(self) != len(other):
            raise ValueError("only figures of the same replications can be compared")
        apart = self.linear() - other.linear()
        if self.below is None and other.below is None:
            known = apart[~np.isnan(apart)]  # a pair counts when both have a value
            mean = float(known.sum() / len(known)) if len(known) else math.nan
        else:
            mean = self.mean - other.mean
        return _interval(mean, apart, confidence)

    def excess(self, target: float) -> Floats:
        """(n,): how far each replication lies above a target; its mean is that of the figure.

        For a ratio ``(x - q y) / mean(y)``: the mean is positive exactly when total over total exceeds q.
        """
        if self.below is None:
            return self.above - target
        return np.asarray((self.above - target * self.below) / self.below.mean())

    def linear(self) -> Floats:
        """(n,): numbers whose mean is the figure, and whose spread that of the figure; nan: no interval.

        The number itself, or of a ratio each replication's part in the delta method.
        """
        if self.below is None:
            return self.above
        # a single replication would agree with itself exactly: that is no interval
        if (self.below != 0).sum() < 2:
            return np.full(len(self.above), np.nan)
        ratio = self.mean
        return np.asarray(ratio + (self.above - ratio * self.below) / self.below.mean())


def _interval(mean: float, each: Floats, confidence: float) -> Interval:
    known = each[~np.isnan(each)]
    n = len(known)
    if n < 2:
        return Interval(mean, math.nan, math.nan, n)
    error = math.sqrt(float(((known - known.mean()) ** 2).sum()) / (n - 1) / n)
    half = float(special.stdtrit(n - 1, 0.5 + confidence / 2)) * error
    return Interval(mean, mean - half, mean + half, n)


class Recorder(Estimates):
    """Keeps the values of each replication of everything that results hold, not only the estimates.

    Give it to the functions that fill :class:`csm_sim.analysis.estimates.Estimates`.
    """

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.values: dict[tuple[str, str], Values] = {}

    def means(self, metric: str, scopes: Sequence[str], values: Any, *, single_runs: bool = True) -> None:
        """Keep what means are made of."""
        self._keep(metric, scopes, values, None)

    def ratios(self, metric: str, scopes: Sequence[str], above: Any, below: Any) -> None:
        """Keep what ratios are made of."""
        self._keep(metric, scopes, above, below)

    def products(
        self, metric: str, scopes: Sequence[str], values: Sequence[Any], powers: Sequence[float]
    ) -> None:
        """Keep what products of powers of means are made of: each replication's part in the delta method."""
        columns = [np.asarray(one, dtype=np.float64) for one in values]
        columns = [one.reshape(len(one), len(scopes)) for one in columns]
        means = [one.mean(axis=0) for one in columns]
        there = np.all([mean > 0 for mean in means], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            product = np.prod([mean**power for mean, power in zip(means, powers, strict=True)], axis=0)
            terms = zip(columns, means, powers, strict=True)
            moves = np.sum([power * (one / mean - 1.0) for one, mean, power in terms], axis=0)
        self._keep(metric, scopes, np.where(there, product * (1.0 + moves), np.nan), None)

    def quantile(self, metric: str, of: str, values: Floats, share: float) -> None:
        """Leave out quantiles of single futures: two of them have no paired difference."""

    def _keep(self, metric: str, scopes: Sequence[str], above: Any, below: Any) -> None:
        over = np.asarray(above, dtype=np.float64)
        over = over.reshape(len(over), len(scopes))
        under = None if below is None else np.asarray(below, dtype=np.float64).reshape(over.shape)
        bounded = CATALOGUE[metric].bounded
        for column, of in enumerate(scopes):
            found = Values(over[:, column], None if under is None else under[:, column], bounded)
            if not math.isnan(found.mean):
                self.values[metric, of] = found
