"""Distributions as records: closed quantiles where they exist, tables of quantiles elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.scenario.distributions import Distribution

TABLE_POINTS = 4097
TABLE_REACH = 8.5
"""Tables run over the normal score from -TABLE_REACH to +TABLE_REACH, evenly."""

Z90 = 1.2815515655446004


class DistributionTable:
    """Collects the distributions of a world; equal ones share a record."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float, int, int]] = []
        self._values: list[NDArray[np.float64]] = []
        self._length = 0
        self._seen: dict[object, int] = {}

    def add(self, distribution: Distribution, samples: NDArray[np.float64] | None = None) -> int:
        """The index of the distribution's record.

        ``samples`` are the values behind an empirical distribution, in its base unit.
        """
        known = (distribution.kind, distribution.params, distribution.file, distribution.column)
        if known not in self._seen:
            self._seen[known] = self._new(distribution, samples)
        return self._seen[known]

    def frailty(self, shape: float) -> int:
        """The index of the gamma distribution with mean 1 and the given shape."""
        known = ("frailty", shape)
        if known not in self._seen:
            self._seen[known] = self._table(gamma_quantiles(1.0, 1.0 / math.sqrt(shape)))
        return self._seen[known]

    def finish(self) -> tuple[NDArray[np.void], NDArray[np.float64]]:
        """All records, and the numbers that tables and samples point to."""
        rows = np.array(self._rows, dtype=r.DIST) if self._rows else np.zeros(1, r.DIST)
        return rows, np.concatenate([*self._values, np.zeros(1)])

    def _append(self, form: int, a: float = 0.0, b: float = 0.0, offset: int = 0, length: int = 0) -> int:
        self._rows.append((form, a, b, offset, length))
        return len(self._rows) - 1

    def _store(self, form: int, numbers: NDArray[np.float64]) -> int:
        self._values.append(numbers)
        self._length += len(numbers)
        return self._append(form, offset=self._length - len(numbers), length=len(numbers))

    def _table(self, quantiles: NDArray[np.float64]) -> int:
        return self._store(r.TABLE, quantiles)

    def _new(self, distribution: Distribution, samples: NDArray[np.float64] | None) -> int:
        kind, params = distribution.kind, distribution.params
        if kind == "constant" or (kind in ("lognormal", "gamma") and params[1] == 0):
            return self._append(r.CONSTANT, params[0])
        if kind == "lognormal":
            variance = math.log1p(params[1] ** 2)
            return self._append(r.LOGNORMAL, math.log(params[0]) - variance / 2, math.sqrt(variance))
        if kind == "lognormal_quantiles":
            return self._append(r.LOGNORMAL, math.log(params[0]), math.log(params[1] / params[0]) / Z90)
        if kind == "exponential":
            return self._append(r.EXPONENTIAL, params[0])
        if kind == "gamma":
            return self._table(gamma_quantiles(params[0], params[1]))
        if kind == "triangular":
            return self._table(triangular_quantiles(*params))
        if kind == "pert":
            return self._table(pert_quantiles(*params))
        if kind == "empirical" and samples is not None and len(samples):
            return self._store(r.EMPIRICAL, np.sort(np.asarray(samples, dtype=np.float64)))
        raise ValueError(f"no quantiles for a distribution of kind {kind!r}")


def mean_of(distribution: Distribution, samples: NDArray[np.float64] | None = None) -> float:
    """The mean of a distribution, in its base unit; ``samples`` are the values behind an empirical one.

    >>> from csm_sim.scenario.distributions import Distribution
    >>> mean_of(Distribution("pert", (10.0, 20.0, 60.0)))
    25.0
    """
    kind, params = distribution.kind, distribution.params
    if kind == "lognormal_quantiles":
        sd = math.log(params[1] / params[0]) / Z90
        return float(params[0] * math.exp(sd * sd / 2))
    if kind == "triangular":
        return sum(params) / 3
    if kind == "pert":
        return (params[0] + 4 * params[1] + params[2]) / 6
    if kind == "empirical":
        return 0.0 if samples is None or len(samples) == 0 else float(np.mean(samples))
    return params[0]  # constant, lognormal, gamma, exponential


def _tails() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    z = np.linspace(-TABLE_REACH, TABLE_REACH, TABLE_POINTS)
    return special.ndtr(z), special.ndtr(-z), z > 0


def gamma_quantiles(mean: float, cv: float) -> NDArray[np.float64]:
    """Quantiles of the gamma distribution at the table's normal scores."""
    lower, upper, right = _tails()
    shape = 1.0 / cv**2
    quantiles = np.where(right, special.gammainccinv(shape, upper), special.gammaincinv(shape, lower))
    return np.asarray(quantiles * mean / shape)


def triangular_quantiles(low: float, mode: float, high: float) -> NDArray[np.float64]:
    """Quantiles of the triangular distribution at the table's normal scores."""
    lower, upper, _ = _tails()
    width = high - low
    if width == 0:
        return np.full(TABLE_POINTS, low)
    split = (mode - low) / width
    return np.where(
        lower < split,
        low + np.sqrt(lower * width * (mode - low)),
        high - np.sqrt(upper * width * (high - mode)),
    )


def pert_quantiles(low: float, mode: float, high: float) -> NDArray[np.float64]:
    """Quantiles of the PERT distribution: a beta on [low, high] with mean (low + 4 mode + high) / 6.

    Malcolm, Roseboom, Clark, Fazar (1959), Operations Research 7(5), with the usual weight of 4.
    """
    lower, upper, right = _tails()
    width = high - low
    if width == 0:
        return np.full(TABLE_POINTS, low)
    a = 1 + 4 * (mode - low) / width
    b = 1 + 4 * (high - mode) / width
    return low + width * np.where(right, 1 - special.betaincinv(b, a, upper), special.betaincinv(a, b, lower))
