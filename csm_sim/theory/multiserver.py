"""Several people whose service is not exponential: the exact waits that can be computed.

M/G/c has no general formula. Two cases have one: constant service (Crommelin), and service that is made of
exponential phases, by the matrix-geometric method. Two phases cover hyperexponential work (two kinds of
tasks in one queue) and Erlang-2 work (two steps, cv 0.71). Poisson arrivals, one queue, first come first
served. Rates are per hour, times in hours; queues that cannot keep up wait for ever.

References
----------
.. [1] C. D. Crommelin, "Delay probability formulae when the holding times are constant", *Post Office
   Electrical Engineers' Journal* 25:41-50, 1932.
.. [2] A. J. E. M. Janssen, J. S. H. van Leeuwaarden, "Back to the roots of the M/D/s queue and the works
   of Erlang, Crommelin and Pollaczek", *Statistica Neerlandica* 62(3):299-313, 2008.
.. [3] M. F. Neuts, *Matrix-Geometric Solutions in Stochastic Models*, Johns Hopkins, 1981.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["TwoPhases", "WaitInPhases", "mdc_wait_mean", "mphc_wait"]

Floats = NDArray[np.float64]


def mdc_wait_mean(arrival_rate_per_hour: float, service_hours: float, servers: int) -> float:
    """Mean wait in hours in M/D/c: constant service [1]_.

    With load ``a = lambda D`` and ``z_1 .. z_{c-1}`` the roots inside the unit circle of
    ``z^c = exp(a (z - 1))``, the mean number waiting is ``sum 1/(1 - z_j) - (c (c-1) - a^2) / (2 (c - a))``
    (from the generating function of [2]_).

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, >= 0.
    service_hours
        Length of every service, > 0.
    servers
        Number of people, >= 1.

    Raises
    ------
    ValueError
        If the rate is negative, the service not positive or there is nobody.

    Examples
    --------
    >>> round(mdc_wait_mean(1.6, 1, 2), 9)
    0.903283879
    """
    if not arrival_rate_per_hour >= 0 or not service_hours > 0 or servers < 1:
        raise ValueError("needs a rate that is not negative, a positive service and at least one server")
    load = arrival_rate_per_hour * service_hours
    if load == 0:
        return 0.0
    if load >= servers:
        return math.inf
    turns = np.exp(2j * np.pi * np.arange(1, servers) / servers)
    roots = turns * 0.5
    # The fixed point z = w exp(a (z - 1) / c) contracts inside the unit circle; Newton makes it quick.
    for _ in range(100):
        image = turns * np.exp(load / servers * (roots - 1.0))
        step = (roots - image) / (1.0 - load / servers * image)
        roots = roots - step
        if np.all(np.abs(step) < 1e-15):
            break
    queue = float(np.sum(1.0 / (1.0 - roots)).real)
    queue -= (servers * (servers - 1) - load**2) / (2.0 * (servers - load))
    return queue / arrival_rate_per_hour


@dataclass(frozen=True)
class TwoPhases:
    """A service time of at most two exponential phases.

    Attributes
    ----------
    start_in_first
        Chance to begin with phase 1 rather than phase 2, in [0, 1].
    rates_per_hour
        Rates of the two phases, > 0.
    goes_on
        Chance that phase 2 follows phase 1, in [0, 1].

    Raises
    ------
    ValueError
        If a chance or a rate is out of range.
    """

    start_in_first: float
    rates_per_hour: tuple[float, float]
    goes_on: float

    def __post_init__(self) -> None:
        if not (0 <= self.start_in_first <= 1 and 0 <= self.goes_on <= 1 and min(self.rates_per_hour) > 0):
            raise ValueError("chances must be between 0 and 1 and rates greater than 0")

    @classmethod
    def erlang2(cls, mean_hours: float) -> "TwoPhases":
        """Two phases of the same rate, one after the other: a gamma with cv 0.7071."""
        if not mean_hours > 0:
            raise ValueError("the mean must be greater than 0")
        return cls(1.0, (2.0 / mean_hours, 2.0 / mean_hours), 1.0)

    @classmethod
    def hyperexponential(cls, share_of_first: float, rates_per_hour: tuple[float, float]) -> "TwoPhases":
        """One of two exponentials: two kinds of tasks of which nothing else is known."""
        return cls(share_of_first, rates_per_hour, 0.0)

    @property
    def mean_hours(self) -> float:
        """Mean service time."""
        in_second = 1.0 - self.start_in_first * (1.0 - self.goes_on)
        return self.start_in_first / self.rates_per_hour[0] + in_second / self.rates_per_hour[1]


class WaitInPhases(NamedTuple):
    """Long-run waits of M/PH/c."""

    p_wait: float
    wq: float
    """Mean wait in hours of all customers."""


def mphc_wait(arrival_rate_per_hour: float, service: TwoPhases, servers: int) -> WaitInPhases:
    """Waits of M/PH/c with two phases, by the matrix-geometric method [3]_.

    The level is the number in the system and the phase the number of busy people in phase 1. Above
    ``servers`` the levels are geometric with a matrix ``R``, which the natural iteration finds; below, the
    same recursion runs down to the empty desk.

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, > 0.
    service
        Service time.
    servers
        Number of people, >= 1; the time taken grows with its cube.

    Raises
    ------
    ValueError
        If the rate is not positive or there is nobody.

    Examples
    --------
    >>> desk = mphc_wait(1.6, TwoPhases.erlang2(1.0), 2)
    >>> round(desk.p_wait, 6), round(desk.wq, 6)
    (0.708696, 1.342391)
    """
    if not arrival_rate_per_hour > 0 or servers < 1:
        raise ValueError("the arrival rate must be greater than 0 and there must be at least one server")
    if arrival_rate_per_hour * service.mean_hours >= servers:
        return WaitInPhases(1.0, math.inf)
    up, within, down = _blocks(arrival_rate_per_hour, service, servers, servers, waiting=True)
    ratio = np.zeros_like(within)
    for _ in range(1_000_000):
        following = -up @ np.linalg.inv(within + ratio @ down)
        change = float(np.abs(following - ratio).max())
        ratio = following
        if change < 1e-15:
            break
    # levels[n] = levels[n - 1] @ ratios[n]
    ratios, upper, upper_down = {}, ratio, down
    for level in range(servers, 0, -1):
        into, _, _ = _blocks(arrival_rate_per_hour, service, level - 1, servers)
        _, own, own_down = _blocks(arrival_rate_per_hour, service, level, servers)
        upper = -into @ np.linalg.inv(own + upper @ upper_down)
        ratios[level], upper_down = upper, own_down
    chances = np.ones(1)
    total = 1.0
    for level in range(1, servers + 1):
        chances = chances @ ratios[level]
        total += float(chances.sum()) if level < servers else 0.0
    beyond = np.linalg.inv(np.eye(servers + 1) - ratio)
    all_busy = float((chances @ beyond).sum())
    queue = float((chances @ beyond @ beyond @ ratio).sum())
    total += all_busy
    return WaitInPhases(all_busy / total, queue / total / arrival_rate_per_hour)


def _blocks(
    arrival_rate: float, service: TwoPhases, level: int, servers: int, waiting: bool = False
) -> tuple[Floats, Floats, Floats]:
    """Rates from a level to the next, within it (with the diagonal) and to the one before.

    Up to ``servers`` a completion leaves a person idle; with ``waiting`` the next customer begins at once.
    """
    first, (rate1, rate2) = service.start_in_first, service.rates_per_hour
    busy = level
    width_up = busy + 1 if level == servers else busy + 2
    up, within = np.zeros((busy + 1, width_up)), np.zeros((busy + 1, busy + 1))
    down = np.zeros((busy + 1, busy + 1 if waiting else max(busy, 1)))
    for one in range(busy + 1):
        two = busy - one
        done1, done2 = one * rate1 * (1.0 - service.goes_on), two * rate2
        within[one, one] = -(arrival_rate + one * rate1 + two * rate2)
        if one:
            within[one, one - 1] = one * rate1 * service.goes_on
        if level == servers:
            up[one, one] = arrival_rate
        else:
            up[one, one + 1], up[one, one] = arrival_rate * first, arrival_rate * (1.0 - first)
        if waiting:
            down[one, one] = done1 * first + done2 * (1.0 - first)
            if one:
                down[one, one - 1] = done1 * (1.0 - first)
            if two:
                down[one, one + 1] = done2 * first
        elif busy:
            if one:
                down[one, one - 1] = done1
            if two:
                down[one, one] = done2
    return up, within, down
