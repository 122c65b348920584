"""Where a curve crosses a line, with an interval from resampled replications.

A curve has one value per book size and replication. Its replications are whole futures: the same number
means the same luck at every book size, so they are resampled as whole curves (Efron and Tibshirani, An
Introduction to the Bootstrap, chapter 8), and everything that is read off the curves together, as the
difference of two breaks, keeps its pairing.

Breaks outside the range that was looked at are ``inf`` (beyond it) and ``-inf`` (before it): they have an
order, so that quantiles of resampled breaks stay right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.optimize import isotonic_regression

from csm_sim.analysis.intervals import t_quantile

Floats = NDArray[np.float64]

RESAMPLES: Final = 500
"""Resampled sets of replications."""


@dataclass(frozen=True, slots=True)
class Break:
    """Accounts per person at which something gives way, with its 95 % interval."""

    at: float
    """inf: not within the range; -inf: before it."""
    low: float
    """nan when there is no interval."""
    high: float

    @property
    def inside(self) -> bool:
        """Whether it lies within the range that was looked at."""
        return math.isfinite(self.at)

    def __sub__(self, size: float) -> Break:
        """As seen from a book size: the headroom."""
        return Break(self.at - size, self.low - size, self.high - size)


def resampling(n: int, seed: int, resamples: int = RESAMPLES) -> Floats:
    """(resample, replication): how often each replication is drawn; rows add up to ``n``.

    The same for the same ``n`` and ``seed``, so that what is read off several curves is paired.
    """
    generator = np.random.Generator(np.random.Philox(key=seed % 2**64))
    return generator.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(np.float64)


def percentiles(values: Floats, n: int) -> tuple[float, float]:
    """The interval that resampled values give for ``n`` replications.

    The plain percentile interval is too short by a factor of the normal to the t quantile and of
    ``sqrt((n - 1) / n)``; the shares at which the quantiles are taken are moved outwards by that (Hesterberg,
    What Teachers Should Know About the Bootstrap, The American Statistician 2015, section 4.3).

    Parameters
    ----------
    values
        (resample,); may hold ``inf`` and ``-inf``.
    n
        Replications that were resampled; nan below 2.
    """
    if n < 2 or np.isnan(values).any():
        return math.nan, math.nan
    tail = float(special.ndtr(-math.sqrt(n / (n - 1)) * t_quantile(n)))
    ordered = np.sort(values)
    return _quantile(ordered, tail), _quantile(ordered, 1.0 - tail)


def _quantile(ordered: Floats, share: float) -> float:
    """Between neighbours as usual, but from ``inf`` to a number there is nothing to interpolate."""
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    if math.isfinite(below) and math.isfinite(above):
        return float(below + (place - math.floor(place)) * (above - below))
    return float(below if share < 0.5 else above)


def falls_below(sizes: Floats, values: Floats, weights: Floats, line: float) -> float:
    """The largest size at which a curve that can only fall is not below a line.

    The curve is the isotonic regression of the values, linear between the sizes.

    Parameters
    ----------
    sizes
        (size,), rising.
    values
        (size,): estimates; nan where there is none.
    weights
        (size,): how many were counted.
    line
        The target.

    Examples
    --------
    >>> sizes = np.array([10.0, 20.0, 30.0])
    >>> falls_below(sizes, np.array([1.0, 0.95, 0.75]), np.ones(3), 0.9)
    22.5
    """
    there = ~np.isnan(values) & (weights > 0)
    if not there.any():
        return math.nan
    x, y = sizes[there], isotonic_regression(values[there], weights=weights[there], increasing=False).x
    y = np.where(np.abs(y - line) < 1e-12, line, y)  # pooling rounds
    if y[0] < line:
        return -math.inf
    if y[-1] >= line:
        return math.inf
    last = int(np.flatnonzero(y >= line)[-1])
    return float(x[last] + (y[last] - line) / (y[last] - y[last + 1]) * (x[last + 1] - x[last]))


def marginals(sizes: Floats, window: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of sizes whose difference quotient stands for one account more: each with one a window on.

    The quotient over a window is the mean of the accounts' own contributions in it.
    """
    first, second = [], []
    for place, size in enumerate(sizes):
        later = np.flatnonzero(sizes >= size + window * (1 - 1e-9))
        if len(later):
            first.append(place)
            second.append(int(later[0]))
    return np.array(first, dtype=np.intp), np.array(second, dtype=np.intp)


def stops_paying(sizes: Floats, totals: Floats, window: float, line: float = 0.0) -> float:
    """The first size at which one account more no longer adds more than ``line``.

    Only the first crossing counts: far beyond, where everybody is neglected, another account loses nothing
    any more, and adds again.

    Parameters
    ----------
    sizes
        (size,), rising.
    totals
        (size,): what all accounts bring.
    window
        Least distance of the sizes that are compared.
    line
        What one more has to bring.
    """
    first, second = marginals(sizes, window)
    if not len(first):
        return math.nan
    gain = (totals[second] - totals[first]) / (sizes[second] - sizes[first]) - line
    middle = (sizes[first] + sizes[second]) / 2
    stops = np.flatnonzero(gain <= 0)
    if not len(stops):
        return math.inf
    at = int(stops[0])
    if at == 0:
        return -math.inf
    step = gain[at - 1] / (gain[at - 1] - gain[at])
    return float(middle[at - 1] + step * (middle[at] - middle[at - 1]))


def break_of_ratio(
    sizes: Floats, above: Floats, below: Floats, line: float, draws: Floats
) -> tuple[Break, Floats]:
    """Where a share falls below a line, and the resampled breaks.

    Parameters
    ----------
    sizes
        (size,).
    above, below
        (size, replication): numerator and denominator; the share is total over total.
    line
        The target.
    draws
        From :func:`resampling`.
    """

    def one(over: Floats, under: Floats) -> float:
        with np.errstate(invalid="ignore", divide="ignore"):
            return falls_below(sizes, np.where(under > 0, over / under, np.nan), under, line)

    at = one(above.sum(axis=1), below.sum(axis=1))
    overs, unders = draws @ above.T, draws @ below.T
    found = np.array([one(over, under) for over, under in zip(overs, unders, strict=True)])
    return Break(at, *percentiles(found, above.shape[1])), found


def break_of_total(
    sizes: Floats, totals: Floats, window: float, line: float, draws: Floats
) -> tuple[Break, Floats]:
    """Where one account more stops paying, and the resampled breaks; ``totals`` is (size, replication)."""
    n = totals.shape[1]
    at = stops_paying(sizes, totals.mean(axis=1), window, line)
    found = np.array([stops_paying(sizes, row, window, line) for row in draws @ totals.T / n])
    return Break(at, *percentiles(found, n)), found


def band_of_ratio(above: Floats, below: Floats, draws: Floats) -> tuple[Floats, Floats, Floats]:
    """(size,) each: a share, and the lower and upper end of its interval; resampled like the breaks."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = above.sum(axis=1) / below.sum(axis=1)
        found = (draws @ above.T) / (draws @ below.T)
    ends = np.array([percentiles(column, above.shape[1]) for column in found.T])
    return share, ends[:, 0], ends[:, 1]


def band_of_mean(values: Floats, draws: Floats) -> tuple[Floats, Floats, Floats]:
    """(row,) each: means over replications, and the lower and upper ends of their intervals."""
    n = values.shape[1]
    found = draws @ values.T / n
    ends = np.array([percentiles(column, n) for column in found.T])
    return values.mean(axis=1), ends[:, 0], ends[:, 1]
