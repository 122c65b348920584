"""Random lengths of time: what formulas need to know of a service time or of a customer's patience.

A :class:`Span` knows its mean, the chance to last longer than ``x``, and its *limited mean*
``E[min(X, x)]``, the integral of that chance. The latter is all that the number at work under a varying
arrival rate, and a queue whose customers give up, depend on. Time is in hours where a name says so.

References
----------
.. [1] S. A. Klugman, H. H. Panjer, G. E. Willmot, *Loss Models*, 3rd ed., Wiley, 2008, appendix A
   (limited expected values).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["Span"]

Floats = NDArray[np.float64]
Family = Literal["deterministic", "exponential", "gamma", "lognormal", "uniform"]


@dataclass(frozen=True)
class Span:
    """A positive random length of time.

    Attributes
    ----------
    family
        Shape. ``uniform`` is uniform from 0 to twice the mean; it, ``deterministic`` and ``exponential``
        ignore ``cv``.
    mean_hours
        Mean, > 0 and finite.
    cv
        Standard deviation over mean, > 0, of ``gamma`` and ``lognormal``.

    Raises
    ------
    ValueError
        If the mean or the cv is not positive, or the family has no name here.

    Examples
    --------
    >>> Span("exponential", 2.0).limited_mean(2.0).round(6).tolist()
    1.264241
    """

    family: Family
    mean_hours: float
    cv: float = 1.0

    def __post_init__(self) -> None:
        if self.family not in ("deterministic", "exponential", "gamma", "lognormal", "uniform"):
            raise ValueError(f"a span must not be {self.family!r}")
        if not (0 < self.mean_hours < math.inf and 0 < self.cv < math.inf):
            raise ValueError("the mean and the cv of a span must be greater than 0")

    @property
    def kinks_hours(self) -> tuple[float, ...]:
        """Where the survival function is not smooth, so that integrals stop there."""
        return {"deterministic": (self.mean_hours,), "uniform": (2.0 * self.mean_hours,)}.get(self.family, ())

    def survival(self, hours: ArrayLike) -> Floats:
        """Chance to last longer than ``hours``, element by element; 1 for negative ones."""
        x = np.maximum(np.asarray(hours, dtype=np.float64), 0.0)
        mean = self.mean_hours
        if self.family == "deterministic":
            return np.asarray(x < mean, dtype=np.float64)
        if self.family == "exponential":
            return np.exp(-x / mean)
        if self.family == "uniform":
            return np.maximum(0.0, 1.0 - x / (2.0 * mean))
        if self.family == "gamma":
            shape = 1.0 / self.cv**2
            return np.asarray(special.gammaincc(shape, x * shape / mean), dtype=np.float64)
        scores, _ = self._lognormal_scores(x)
        return np.asarray(special.ndtr(-scores), dtype=np.float64)

    def limited_mean(self, hours: ArrayLike) -> Floats:
        """Mean of the shorter of the span and ``hours`` [1]_, element by element; 0 for negative ones.

        It is the integral of :meth:`survival` from 0, concave, and tends to the mean.
        """
        x = np.maximum(np.asarray(hours, dtype=np.float64), 0.0)
        mean = self.mean_hours
        if self.family == "deterministic":
            return np.minimum(x, mean)
        if self.family == "exponential":
            return -mean * np.expm1(-x / mean)
        if self.family == "uniform":
            within = np.minimum(x, 2.0 * mean)
            return within - within**2 / (4.0 * mean)
        if self.family == "gamma":
            shape = 1.0 / self.cv**2
            below = special.gammainc(shape + 1.0, x * shape / mean)
        else:
            scores, sd = self._lognormal_scores(x)
            below = special.ndtr(scores - sd)
        return np.asarray(mean * below + x * self.survival(x), dtype=np.float64)

    def _lognormal_scores(self, x: Floats) -> tuple[Floats, float]:
        sd = math.sqrt(math.log1p(self.cv**2))
        with np.errstate(divide="ignore"):
            return (np.log(x / self.mean_hours) + 0.5 * sd**2) / sd, sd
