"""Confidence intervals with the replication as the only unit of inference.

Tasks and weeks within a replication depend on each other, so no function here takes them: each takes
one number (or a numerator and a denominator) per replication.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
"""Of each interval by itself; several together hold with less."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Estimates and their bounds; each array has one entry per column of what was estimated."""

    mean: Floats
    low: Floats
    high: Floats


def t_quantile(n: int) -> float:
    """Half-width of a 95 % interval in standard errors, for ``n`` replications; nan below 2.

    >>> round(t_quantile(20), 3)
    2.093
    """
    return float(special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) if n > 1 else math.nan


def times_as_wide(n: int, comparisons: int) -> float:
    """How many times as wide as usual the intervals are that hold for all comparisons together (Bonferroni).

    It stays valid though all comparisons share their luck. nan below 2 replications.

    >>> times_as_wide(20, 1), round(times_as_wide(20, 10), 2)
    (1.0, 1.52)
    """
    tail = (1.0 - CONFIDENCE) / 2 / max(1, comparisons)
    return float(special.stdtrit(n - 1, 1.0 - tail)) / t_quantile(n) if n > 1 else math.nan


def mean_interval(values: Floats) -> Intervals:
    """The mean over replications with its Student t interval.

    Use it for sums, and for statistics (a quantile, a maximum) that were computed within each replication.

    Parameters
    ----------
    values
        (n, ...): one row per replication. A column with a nan in some replication uses the others.
    """
    values = np.asarray(values, dtype=np.float64)
    counted = ~np.isnan(values)
    n = counted.sum(axis=0)
    total = np.where(counted, values, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, total / n, np.nan)
        squares = (np.where(counted, values - mean, 0.0) ** 2).sum(axis=0)
        half = _t(n) * np.sqrt(squares / (n - 1) / n)
    return Intervals(mean, mean - half, mean + half)


def ratio_interval(numerator: Floats, denominator: Floats) -> Intervals:
    """The ratio of sums over replications with its interval by the delta method.

    The estimand is total over total (all tasks on time of all tasks), not the mean of the replications'
    ratios. With ``r = sum(x) / sum(y)`` the standard error is that of the mean of ``x - r y``, divided by
    the mean of ``y`` (Law, Simulation Modeling and Analysis, section 9.5.3 on regenerative ratios).

    Parameters
    ----------
    numerator, denominator
        (n, ...): one row per replication.
    """
    x, y = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    n = len(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        below = y.sum(axis=0)
        ratio = np.where(below != 0, x.sum(axis=0) / below, np.nan)
        residual = x - ratio * y
        squares = (residual**2).sum(axis=0)
        error = np.sqrt(squares / (n - 1) / n) / np.abs(below / n) if n > 1 else np.full_like(ratio, np.nan)
    # one replication alone would agree with itself exactly: that is no interval
    half = np.where((y != 0).sum(axis=0) > 1, t_quantile(n) * error, np.nan)
    return Intervals(ratio, ratio - half, ratio + half)


def product_interval(values: Sequence[Floats], powers: Sequence[float]) -> Intervals:
    """A product of powers of means over replications, with its interval by the delta method.

    With ``g`` the product of ``mean(x_k) ** p_k``, the standard error is that of the mean of
    ``g * sum(p_k * x_k / mean(x_k))``: the first term of Taylor's series. A ratio of sums is the case of the
    powers 1 and -1.

    Parameters
    ----------
    values
        Of each factor (n, ...): one row per replication.
    powers
        Of each factor. A column in which the mean of some factor is not above 0 has no product: nan.
    """
    n = len(values[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [np.asarray(one, dtype=np.float64).mean(axis=0) for one in values]
        there = np.logical_and.reduce([mean > 0 for mean in means])
        each = zip(means, powers, strict=True)
        product = np.where(there, np.prod([mean**power for mean, power in each], axis=0), np.nan)
        terms = zip(values, means, powers, strict=True)
        slopes = np.sum([power * one / mean for one, mean, power in terms], axis=0) * product
        squares = ((slopes - slopes.mean(axis=0)) ** 2).sum(axis=0)
        half = t_quantile(n) * np.sqrt(squares / (n - 1) / n) if n > 1 else np.full_like(product, np.nan)
    return Intervals(product, product - half, product + half)


def quantile_interval(values: Floats, share: float) -> tuple[float, float, float]:
    """A quantile of single runs with its distribution-free interval from order statistics.

    Parameters
    ----------
    values
        (n,): one number per replication.
    share
        Which quantile, e.g. 0.9.

    Returns
    -------
    tuple
        Quantile, low, high. The bounds are nan when ``n`` is too small for them: for the 0.9 quantile
        below 36 replications.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if not n:
        return math.nan, math.nan, math.nan
    point = float(np.quantile(ordered, share))
    tail = (1 - CONFIDENCE) / 2
    # with B the number of runs below the quantile, P(B <= low - 1) <= tail and P(B >= high) <= tail
    below = special.bdtr(np.arange(n), n, share)
    low = int(np.searchsorted(below, tail, side="right"))
    above = 1.0 - below
    fits = np.flatnonzero(above <= tail)
    high = int(fits[0]) + 1 if len(fits) else n + 1
    if low < 1 or high > n:
        return point, math.nan, math.nan
    return point, float(ordered[low - 1]), float(ordered[high - 1])


def smallest_n(share: float) -> int:
    """Replications from which :func:`quantile_interval` has both bounds.

    >>> smallest_n(0.9), smallest_n(0.95)
    (36, 72)
    """
    tail = (1 - CONFIDENCE) / 2
    return math.ceil(math.log(tail) / math.log(max(share, 1 - share)))


def single_run_range(values: Floats) -> tuple[Floats, Floats]:
    """P10 and P90 over replications: where a single future lies four times out of five.

    It does not shrink with more replications, which a confidence interval does.
    Below 10 replications it is nan.

    Parameters
    ----------
    values
        (n, ...): one row per replication.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) < 10:
        empty = np.full(values.shape[1:], np.nan)
        return empty, empty
    low, high = np.quantile(values, [0.1, 0.9], axis=0)
    return low, high


def _t(n: NDArray[np.int64]) -> Floats:
    return np.where(n > 1, special.stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIDENCE / 2), np.nan)
