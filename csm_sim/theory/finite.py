"""Desks with a finite number of customers, a finite waiting room, or people who share their time.

Exponential times throughout, so that the number in the system is a birth-death process. Rates are per hour,
times in hours.

References
----------
.. [1] D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, *Fundamentals of Queueing Theory*, 4th ed.,
   Wiley, 2008, ch. 2.
.. [2] F. P. Kelly, *Reversibility and Stochastic Networks*, Wiley, 1979, ch. 3.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csm_sim.theory.queues import erlang_b, erlang_c, mmc_load

__all__ = ["FiniteSource", "finite_source", "mmc_number_probability", "mmck_reject_probability"]

Floats = NDArray[np.float64]


class FiniteSource(NamedTuple):
    """Long-run results of a desk that serves a fixed number of customers."""

    throughput_per_hour: float
    utilisation: float
    """Share of their time the people are busy."""
    wq: float
    """Mean wait in hours of a request before it is taken up."""
    number: float
    """Mean number of customers waiting or in service."""


def finite_source(
    customers: int, request_rate_each_per_hour: float, service_rate_per_hour: float, servers: int
) -> FiniteSource:
    """M/M/c//N, the machine-repair queue: each of N customers has at most one request open [1]_.

    A customer asks again an exponential time after the last request was answered. The chance of ``n``
    open requests is proportional to the product of ``(N - k) lambda / (min(k + 1, c) mu)``, ``k < n``;
    the wait follows by Little's law.

    Parameters
    ----------
    customers
        Their number N, >= 1.
    request_rate_each_per_hour
        Rate at which a customer without an open request asks, > 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, >= 1.

    Raises
    ------
    ValueError
        If a rate is not positive or there are no customers or no people.

    Examples
    --------
    >>> desk = finite_source(30, 0.05, 1, 2)
    >>> round(desk.throughput_per_hour, 6), round(desk.wq, 6)
    (1.384032, 0.675805)
    """
    if customers < 1 or servers < 1 or not min(request_rate_each_per_hour, service_rate_per_hour) > 0:
        raise ValueError("rates must be greater than 0, and customers and servers at least one")
    number = np.arange(customers + 1)
    busy = np.minimum(number, servers)
    ratios = (customers - number[:-1]) * request_rate_each_per_hour / (busy[1:] * service_rate_per_hour)
    # Relative to the largest, in logarithms: the products of a large book leave the range of a double.
    logs = np.concatenate(([0.0], np.cumsum(np.log(ratios))))
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    mean_busy, mean_number = float(chances @ busy), float(chances @ number)
    throughput = mean_busy * service_rate_per_hour
    return FiniteSource(throughput, mean_busy / servers, (mean_number - mean_busy) / throughput, mean_number)


def mmc_number_probability(
    arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int, number: int
) -> float:
    """Chance that ``number`` customers are in an M/M/c system, waiting or in service [1]_.

    The same chances hold for *limited processor sharing*: one person who works on up to ``servers`` tasks
    at once, each at full speed, as in a chat desk [2]_. They are 0 for a queue that cannot keep up.

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, >= 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, or of tasks worked on at once, >= 1.
    number
        How many are in the system, >= 0.

    Examples
    --------
    >>> round(mmc_number_probability(10, 12, 3, 0), 6)
    0.432133
    """
    load = mmc_load(arrival_rate_per_hour, service_rate_per_hour)
    if servers < 1 or number < 0:
        raise ValueError("needs at least one server and a number that is not negative")
    if load >= servers:
        return 0.0
    if load == 0:
        return float(number == 0)
    # By the chance that all are busy, which does not overflow: P(c) = (1 - a/c) C(c, a).
    all_busy = (1.0 - load / servers) * erlang_c(load, servers)
    if number >= servers:
        return all_busy * math.exp((number - servers) * math.log(load / servers))
    log_ratio = math.lgamma(servers + 1) - math.lgamma(number + 1) - (servers - number) * math.log(load)
    return math.exp(math.log(all_busy) + log_ratio)


def mmck_reject_probability(
    arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int, capacity: int
) -> float:
    """Share of arrivals that find the desk full and leave, in M/M/c/K [1]_.

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, >= 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, >= 1.
    capacity
        Largest number waiting or in service, K >= ``servers``. With K = c it is Erlang B.

    Examples
    --------
    >>> round(mmck_reject_probability(3, 4, 2, 3), 6)
    0.04936
    """
    load = mmc_load(arrival_rate_per_hour, service_rate_per_hour)
    if servers < 1 or capacity < servers:
        raise ValueError("needs at least one server and a capacity not below the number of servers")
    # The recursion of Erlang B, with one more place for each step beyond c.
    blocking = erlang_b(load, servers)
    for _ in range(capacity - servers):
        blocking = load * blocking / (servers + load * blocking)
    return blocking
