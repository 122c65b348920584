"""One person whose work does not come one by one at random: batches, and regular arrivals.

Exponential service, first come first served. Rates are per hour, times in hours; a queue that cannot keep up
has infinite means.

References
----------
.. [1] D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, *Fundamentals of Queueing Theory*, 4th ed.,
   Wiley, 2008, ch. 3 (bulk input) and ch. 5 (GI/M/1).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from scipy.optimize import brentq

__all__ = ["Batches", "RegularArrivals", "batch_mm1_geometric", "gim1_wait"]


class Batches(NamedTuple):
    """Long-run means of M^X/M/1."""

    number: float
    """Mean number in the system."""
    sojourn: float
    """Mean hours from arrival to completion."""
    wq: float
    """Mean hours from arrival to the start of service."""


def batch_mm1_geometric(
    batch_rate_per_hour: float, batch_mean: float, service_rate_per_hour: float
) -> Batches:
    """M^X/M/1 with geometric batches of 1, 2, ...: ``L = rho b / (1 - rho)`` [1]_.

    Of the general ``L = rho (1 + E[X^2]/E[X]) / (2 (1 - rho))`` with ``E[X^2] = 2 b^2 - b``. With a mean
    of 1 it is M/M/1.

    Parameters
    ----------
    batch_rate_per_hour
        Rate of batches, > 0.
    batch_mean
        Mean number in a batch ``b``, >= 1.
    service_rate_per_hour
        Completions an hour of the busy person, > 0.

    Raises
    ------
    ValueError
        If a rate is not positive or the mean is below 1.

    Examples
    --------
    >>> round(batch_mm1_geometric(0.4, 2, 1).number, 9)
    8.0
    """
    if not min(batch_rate_per_hour, service_rate_per_hour) > 0 or not batch_mean >= 1:
        raise ValueError("rates must be greater than 0 and the mean of a batch not below 1")
    rate = batch_rate_per_hour * batch_mean
    load = rate / service_rate_per_hour
    if load >= 1:
        return Batches(math.inf, math.inf, math.inf)
    number = batch_mean * rate / (service_rate_per_hour - rate)
    sojourn = number / rate
    return Batches(number, sojourn, sojourn - 1.0 / service_rate_per_hour)


class RegularArrivals(NamedTuple):
    """Long-run waits of GI/M/1."""

    sigma: float
    """Chance that an arrival has to wait."""
    wq: float
    """Mean hours from arrival to the start of service."""


def gim1_wait(
    arrival_rate_per_hour: float,
    service_rate_per_hour: float,
    transform: Callable[[float], float] | None = None,
) -> RegularArrivals:
    """GI/M/1: the times between arrivals have any distribution [1]_.

    ``sigma`` is the root in (0, 1) of ``A(mu (1 - sigma)) = sigma`` with ``A(s) = E[exp(-s T)]`` of the time
    ``T`` between arrivals, and ``Wq = sigma / (mu (1 - sigma))``.

    Parameters
    ----------
    arrival_rate_per_hour
        One over the mean of ``T``, > 0.
    service_rate_per_hour
        Completions an hour of the busy person, > 0.
    transform
        ``A``, of ``s`` per hour. Default: arrivals like clockwork, ``exp(-s / lambda)``.

    Examples
    --------
    >>> desk = gim1_wait(0.8, 1.0)
    >>> round(desk.sigma, 6), round(desk.wq, 6)
    (0.62863, 1.692731)
    """
    if not min(arrival_rate_per_hour, service_rate_per_hour) > 0:
        raise ValueError("rates must be greater than 0")
    if arrival_rate_per_hour >= service_rate_per_hour:
        return RegularArrivals(1.0, math.inf)

    def surplus(sigma: float) -> float:
        rate = service_rate_per_hour * (1.0 - sigma)
        return (transform(rate) if transform else math.exp(-rate / arrival_rate_per_hour)) - sigma

    # Convex, above 0 at 0 and 0 at 1: the wanted root lies left of the least value, at which it is negative.
    high = 1.0 - 1e-9
    while surplus(high) >= 0 and high > 0.5:
        high = 1.0 - 2.0 * (1.0 - high)
    sigma = float(brentq(surplus, 0.0, high, xtol=1e-14, rtol=1e-14))
    return RegularArrivals(sigma, sigma / (service_rate_per_hour * (1.0 - sigma)))
