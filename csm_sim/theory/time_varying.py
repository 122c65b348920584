"""Desks whose arrival rate changes with the hour, and desks that have only just opened.

With people enough for everybody (M_t/G/∞), and with customers who give up at the rate at which they would be
served, the number in the system is Poisson at every instant and its mean is an integral. Otherwise the
forward equations of a Markov chain are solved in small steps. Rates are per hour, times in hours.

References
----------
.. [1] S. G. Eick, W. A. Massey, W. Whitt, "The physics of the M_t/G/∞ queue", *Operations Research*
   41(4):731-742, 1993, and "M_t/G/∞ queues with sinusoidal arrival rates", *Management Science*
   39(2):241-252, 1993.
.. [2] L. Green, P. Kolesar, "The pointwise stationary approximation for queues with nonstationary
   arrivals", *Management Science* 37(1):84-97, 1991.
.. [3] Z. Feldman, A. Mandelbaum, W. A. Massey, W. Whitt, "Staffing of time-varying queues to achieve
   time-stable performance", *Management Science* 54(2):324-338, 2008.
.. [4] D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, *Fundamentals of Queueing Theory*, 4th ed.,
   Wiley, 2008, ch. 2 (transient M/M/1).
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.theory.queues import erlang_c
from csm_sim.theory.spans import Span

__all__ = [
    "PeriodicDesk",
    "PoissonDesk",
    "mmc_transient_number_mean",
    "mtginf_busy_mean_by_hour",
    "mtginf_sinusoid_busy_mean",
    "mtginf_sinusoid_lag",
    "mtmc_periodic",
    "mtmc_pointwise_delay_probability",
    "mtmcm_equal_rates",
]

Floats = NDArray[np.float64]


def mtginf_sinusoid_busy_mean(
    rate_mean_per_hour: float, rate_amplitude_per_hour: float, period_hours: float, service: Span, hour: float
) -> float:
    """Mean number at work in M_t/G/∞ under ``a + b sin(2 pi t / T)`` [1]_.

    ``m(t)`` is the integral of ``lambda(t - u) P(S > u)``: the load follows the rate with a lag and a
    smaller swing. It is the load of the fully-staffed twin.

    Parameters
    ----------
    rate_mean_per_hour, rate_amplitude_per_hour
        ``a`` and ``b``, with ``|b| <= a``.
    period_hours
        ``T``, > 0.
    service
        Service time.
    hour
        ``t``, any number.

    Raises
    ------
    ValueError
        If the rate would be negative somewhere or the period is not positive.

    Examples
    --------
    >>> round(mtginf_sinusoid_busy_mean(10, 6, 24, Span("deterministic", 2.0), 18.0), 6)
    8.540844
    """
    if not abs(rate_amplitude_per_hour) <= rate_mean_per_hour:
        raise ValueError("the rate must not become negative")
    cosine, sine = _waves(period_hours, service)
    turn = 2.0 * math.pi * hour / period_hours
    wave = math.sin(turn) * cosine - math.cos(turn) * sine
    return rate_mean_per_hour * service.mean_hours + rate_amplitude_per_hour * wave


def mtginf_sinusoid_lag(period_hours: float, service: Span) -> float:
    """Hours by which the peak of the number at work follows that of a sinusoidal rate [1]_.

    Examples
    --------
    >>> round(mtginf_sinusoid_lag(24, Span("exponential", 4.0)), 6)
    3.088047
    """
    cosine, sine = _waves(period_hours, service)
    return math.atan2(sine, cosine) * period_hours / (2.0 * math.pi)


def mtginf_busy_mean_by_hour(rates_per_hour: Sequence[float], service: Span, hour: float) -> float:
    """Mean number at work in M_t/G/∞ under rates that are constant within an hour and repeat.

    The integral of [1]_ over a step function: each past hour counts with the increase of the service's
    limited mean over its age. What is older than the service ever lasts makes no difference.

    Parameters
    ----------
    rates_per_hour
        Rates of the hours of a period (24 for a day), >= 0.
    service
        Service time.
    hour
        Time since the beginning of a period, any number.

    Examples
    --------
    >>> round(mtginf_busy_mean_by_hour([3.0, 1.0], Span("deterministic", 1.0), 1.5), 6)
    2.0
    """
    rates = np.asarray(rates_per_hour, dtype=np.float64)
    if rates.ndim != 1 or rates.size == 0 or not np.all(rates >= 0):
        raise ValueError("rates must be a non-empty list of numbers that are not negative")
    now = hour % rates.size
    total, start = 0.0, float(math.floor(now))
    while float(service.survival(now - start - 1.0)) > 1e-13:
        # ages of the beginnings of the period's hours, latest first
        starts = start - np.arange(rates.size)
        lasts = service.limited_mean(now - starts) - service.limited_mean(now - starts - 1.0)
        total += float(rates[np.mod(starts, rates.size).astype(np.int64)] @ lasts)
        start -= rates.size
    return total


class PoissonDesk(NamedTuple):
    """A desk whose number in the system is Poisson."""

    p_delay: float
    """Chance that an arrival now finds everybody busy."""
    lq: float
    """Mean number waiting."""


def mtmcm_equal_rates(number_mean: float, servers: int) -> PoissonDesk:
    """M_t/M/s_t+M at an instant, if customers give up at the rate at which they are served [3]_.

    Each customer then leaves at the same rate, waiting or served, so the number in the system is that of
    M_t/M/∞ under any staffing: Poisson with the mean of :func:`mtginf_sinusoid_busy_mean`.

    Parameters
    ----------
    number_mean
        Mean number in the system at the instant, >= 0.
    servers
        People at the instant, >= 0.

    Examples
    --------
    >>> round(mtmcm_equal_rates(90.0, 90).p_delay, 6)
    0.514018
    """
    if not number_mean >= 0 or servers < 0:
        raise ValueError("the mean number and the servers must not be negative")
    if servers == 0:
        return PoissonDesk(1.0, number_mean)
    p_delay = float(special.gammainc(servers, number_mean)) if number_mean > 0 else 0.0
    more = float(special.gammainc(servers + 1, number_mean)) if number_mean > 0 else 0.0
    # E(N - s)^+ = m P(N >= s) - s P(N >= s + 1) for a Poisson N.
    return PoissonDesk(p_delay, number_mean * p_delay - servers * more)


class PeriodicDesk(NamedTuple):
    """A period of M_t/M/c in the long run."""

    arrival_average_p_delay: float
    """Share of customers who find everybody busy."""
    mean_wait: float
    """Mean hours in queue of all customers."""
    max_lq: float
    """Largest mean number waiting at any time of the period."""
    time_of_max_lq: float
    """When that is, in hours from the beginning of the period."""


def mtmc_periodic(
    rate_per_hour: Callable[[float], float], period_hours: float, service_rate_per_hour: float, servers: int
) -> PeriodicDesk:
    """M_t/M/c under a rate that repeats: forward equations solved until a period repeats, too [2]_.

    Runge-Kutta of the fourth order over numbers in the system, cut off where they have become negligible.
    The rate may jump, if it does so at whole multiples of a step; hours are.

    Parameters
    ----------
    rate_per_hour
        Arrival rate at a time of the period, >= 0.
    period_hours
        Length of the period, > 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, >= 1.

    Raises
    ------
    ValueError
        If an argument is out of range, or the desk cannot keep up over a period.

    Examples
    --------
    >>> desk = mtmc_periodic(lambda t: 0.5, 1.0, 1.0, 1)
    >>> round(desk.mean_wait, 6)
    1.0
    """
    if not (period_hours > 0 and service_rate_per_hour > 0 and servers >= 1):
        raise ValueError("the period and the service rate must be greater than 0, with at least one server")
    capacity = servers * service_rate_per_hour
    # Steps short beside the fastest change, and a whole number of them in each hour.
    sample = [rate_per_hour(period_hours * part / 997) for part in range(997)]
    if not min(sample) >= 0:
        raise ValueError("the rate must not be negative")
    largest = max(sample)
    per_hour = math.ceil(2.0 * (largest + capacity))
    steps = math.ceil(per_hour * period_hours)
    step = period_hours / steps
    inside = step * 1e-9  # so that a jump counts for the step that follows it
    moments = np.array([(k * step + inside, (k + 0.5) * step, (k + 1) * step - inside) for k in range(steps)])
    rates = np.array([[rate_per_hour(moment) for moment in three] for three in moments])
    arrivals = float((rates @ [1.0, 4.0, 1.0]).sum()) / 6.0 * step
    if arrivals >= capacity * period_hours:
        raise ValueError("the arrivals of a period must not exceed what the people can do in it")
    size = servers + 64
    while True:
        chances, delayed, waiting = _long_run(rates, step, service_rate_per_hour, servers, size)
        if chances < 1e-10:
            break
        size *= 2
    # Both ends of a step, with the rate that holds inside it.
    seen = (rates[:, 0] * delayed[:-1] + rates[:, 2] * delayed[1:]).sum() / 2.0 * step
    total_waiting = (waiting[:-1] + waiting[1:]).sum() / 2.0 * step
    peak = int(np.argmax(waiting[:-1]))
    return PeriodicDesk(
        float(seen) / arrivals, float(total_waiting) / arrivals, float(waiting[peak]), peak * step
    )


def mtmc_pointwise_delay_probability(
    rate_per_hour: Callable[[float], float], period_hours: float, service_rate_per_hour: float, servers: int
) -> float:
    """Share of time everybody is busy if each instant were a desk in balance at its rate [2]_.

    The pointwise stationary approximation, which knows neither lag nor what the morning leaves for the
    afternoon: for contrast with :func:`mtmc_periodic`, whose arguments it has.
    """
    hours = (np.arange(20_000) + 0.5) * period_hours / 20_000
    loads = [rate_per_hour(hour) / service_rate_per_hour for hour in hours.tolist()]
    return float(np.mean([erlang_c(load, servers) for load in loads]))


def mmc_transient_number_mean(
    arrival_rate_per_hour: float,
    service_rate_per_hour: float,
    servers: int,
    hours: float,
    *,
    at_first: int = 0,
) -> float:
    """Mean number in an M/M/c system some time after it began [4]_.

    By uniformisation: the chain jumps at the times of a Poisson process, so that the distribution after
    ``t`` hours is a Poisson mixture of powers of one matrix. It need not be stable.

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, >= 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, >= 1.
    hours
        Time since the beginning, >= 0.
    at_first
        Number in the system at the beginning, >= 0.

    Examples
    --------
    >>> round(mmc_transient_number_mean(0.9, 1.0, 1, 1.0), 6)
    0.626143
    """
    if not (arrival_rate_per_hour >= 0 and service_rate_per_hour > 0 and hours >= 0):
        raise ValueError("rates and times must not be negative, and the service rate greater than 0")
    if servers < 1 or at_first < 0:
        raise ValueError("needs at least one server and a number at first that is not negative")
    pace = arrival_rate_per_hour + servers * service_rate_per_hour
    jumps = pace * hours
    last = math.ceil(jumps + 10.0 * math.sqrt(jumps) + 30.0)
    numbers = np.arange(at_first + last + 2)
    up = arrival_rate_per_hour / pace
    down = np.minimum(numbers, servers) * service_rate_per_hour / pace
    chances = np.zeros(numbers.size)
    chances[at_first] = 1.0
    mean, log_weight = 0.0, -jumps
    for jump in range(last + 1):
        mean += math.exp(log_weight) * float(chances @ numbers)
        log_weight += math.log(jumps / (jump + 1)) if jumps > 0 else -math.inf
        moved = (1.0 - up - down) * chances
        moved[1:] += up * chances[:-1]
        moved[:-1] += (down * chances)[1:]
        chances = moved
    return mean


def _waves(period_hours: float, service: Span) -> tuple[float, float]:
    """Integrals of the survival function times cosine and sine of the period's angle."""
    if not period_hours > 0:
        raise ValueError("the period must be greater than 0")
    omega = 2.0 * math.pi / period_hours
    mean = service.mean_hours
    if service.family == "deterministic":
        return math.sin(omega * mean) / omega, (1.0 - math.cos(omega * mean)) / omega
    if service.family == "exponential":
        return mean / (1.0 + (omega * mean) ** 2), omega * mean**2 / (1.0 + (omega * mean) ** 2)
    # Panels that grow with the age and are short beside the period, to where hardly any service lasts.
    edges = [0.0, *service.kinks_hours, mean * 1e-6]
    while float(service.survival(edges[-1])) > 1e-14:
        edges.append(edges[-1] + min(edges[-1], period_hours / 8.0))
    ends = np.unique(edges)
    points, weights = np.polynomial.legendre.leggauss(20)
    middles, halves = (ends[1:] + ends[:-1]) / 2.0, np.diff(ends) / 2.0
    ages = (middles[:, None] + halves[:, None] * points).ravel()
    lasting = service.survival(ages) * (halves[:, None] * weights).ravel()
    return float(np.cos(omega * ages) @ lasting), float(np.sin(omega * ages) @ lasting)


def _long_run(
    rates: Floats, step: float, service_rate: float, servers: int, size: int
) -> tuple[float, Floats, Floats]:
    """The largest chance of the last number kept; delay and queue at the ends of each step."""
    numbers = np.arange(size)
    deaths = np.minimum(numbers, servers) * service_rate
    all_busy, queue = (numbers >= servers).astype(float), np.maximum(numbers - servers, 0).astype(float)

    def slope(chances: Floats, rate: float) -> Floats:
        flow = rate * chances[:-1] - deaths[1:] * chances[1:]  # net, from each number to the next
        change = np.empty(size)
        change[0], change[-1] = -flow[0], flow[-1]
        change[1:-1] = flow[:-1] - flow[1:]
        return change

    chances = np.zeros(size)
    chances[0] = 1.0
    delayed, waiting = np.empty(len(rates) + 1), np.empty(len(rates) + 1)
    for _ in range(1000):
        before, overflow = chances, 0.0
        for k, (left, middle, right) in enumerate(rates.tolist()):
            delayed[k], waiting[k] = chances @ all_busy, chances @ queue
            one = slope(chances, left)
            two = slope(chances + step / 2.0 * one, middle)
            three = slope(chances + step / 2.0 * two, middle)
            four = slope(chances + step * three, right)
            chances = chances + step / 6.0 * (one + 2.0 * two + 2.0 * three + four)
            overflow = max(overflow, float(chances[-1]))
        delayed[-1], waiting[-1] = chances @ all_busy, chances @ queue
        if overflow > 1e-10 or float(np.abs(chances - before).sum()) < 1e-11:
            return overflow, delayed, waiting
    raise ValueError("the desk must not be so close to its capacity: no period repeats another")
