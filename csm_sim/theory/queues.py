"""Textbook queues: what a desk does when its arrivals are Poisson and nothing else happens.

Used by the tests, which hold the simulation against these formulas, and by the reports, which print them.
Rates are per hour and times in hours where a name says so; any other unit works if used throughout.
A queue that cannot keep up has an infinite mean wait: these functions return ``inf`` for it and raise
``ValueError`` only for arguments that have no meaning.

References
----------
.. [1] R. B. Cooper, *Introduction to Queueing Theory*, 2nd ed., North Holland, 1981.
.. [2] D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, *Fundamentals of Queueing Theory*, 4th ed.,
   Wiley, 2008.
"""

import math
from typing import Literal, NamedTuple

__all__ = [
    "ServiceMoments",
    "erlang_b",
    "erlang_b_offered_load",
    "erlang_c",
    "mg1_wait_mean",
    "mg1_wait_sd",
    "mginf_busy_mean",
    "mmc_delayed_wait_mean",
    "mmc_load",
    "mmc_occupancy",
    "mmc_queue_length_mean",
    "mmc_service_level",
    "mmc_sojourn_mean",
    "mmc_wait_mean",
    "mmc_wait_probability",
    "service_moments",
]

Family = Literal["deterministic", "exponential", "gamma", "lognormal"]


class ServiceMoments(NamedTuple):
    """First three raw moments of a service time: hours, hours², hours³."""

    mean: float
    second: float
    third: float


def service_moments(family: Family, mean_hours: float, cv: float = 1.0) -> ServiceMoments:
    """Raw moments of a service time given by its mean and coefficient of variation.

    Use it to feed the M/G/1 formulas from an effort as a scenario states it.

    Parameters
    ----------
    family
        Shape of the distribution. ``deterministic`` and ``exponential`` have a fixed cv and ignore ``cv``.
    mean_hours
        Mean service time, > 0.
    cv
        Standard deviation over mean, > 0 for ``gamma`` and ``lognormal``.

    Raises
    ------
    ValueError
        If the mean or the cv is not positive.

    Examples
    --------
    >>> service_moments("exponential", 0.5)
    ServiceMoments(mean=0.5, second=0.5, third=0.75)
    """
    _require_positive(mean_hours=mean_hours)
    if family == "deterministic":
        spread, skew_factor = 1.0, 1.0
    elif family == "exponential":
        spread, skew_factor = 2.0, 6.0
    else:
        _require_positive(cv=cv)
        spread = 1.0 + cv**2
        # E[S^3]/m^3: the gamma with shape 1/cv^2 gives (1+cv^2)(1+2cv^2), the lognormal (1+cv^2)^3.
        skew_factor = spread * (1.0 + 2.0 * cv**2) if family == "gamma" else spread**3
    return ServiceMoments(mean_hours, spread * mean_hours**2, skew_factor * mean_hours**3)


def erlang_b(offered_load_erlangs: float, servers: int) -> float:
    """Probability that an arrival finds all servers busy and is lost.

    M/G/c/c: Poisson arrivals, any service distribution, no waiting room ([1]_, ch. 3).
    Computed by the recursion on the inverse blocking probability, which neither overflows nor cancels.

    Parameters
    ----------
    offered_load_erlangs
        Arrival rate times mean service time, >= 0.
    servers
        Number of people, >= 0.

    Examples
    --------
    >>> erlang_b(1.0, 2)
    0.2
    """
    if offered_load_erlangs < 0 or servers < 0:
        raise ValueError("erlang_b: offered load and servers must not be negative")
    if offered_load_erlangs == 0:
        return 0.0 if servers else 1.0
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + inverse * n / offered_load_erlangs
    return 1.0 / inverse


def erlang_b_offered_load(blocking_probability: float, servers: int) -> float:
    """Largest load in erlangs that ``servers`` people carry while losing at most the given share.

    The inverse of :func:`erlang_b` in its first argument, found by bracketing; same assumptions ([1]_).

    Parameters
    ----------
    blocking_probability
        Share of arrivals lost, strictly between 0 and 1.
    servers
        Number of people, >= 1.

    Examples
    --------
    >>> round(erlang_b_offered_load(0.01, 20), 6)
    12.030615
    """
    if not 0 < blocking_probability < 1 or servers < 1:
        raise ValueError("erlang_b_offered_load: needs a probability between 0 and 1 and at least one server")
    from scipy.optimize import brentq  # half a second that the other formulas need not pay

    # What is carried never exceeds the servers, so the load cannot exceed servers / (1 - blocking).
    high_erlangs = servers / (1.0 - blocking_probability)
    load = brentq(
        lambda load_erlangs: erlang_b(load_erlangs, servers) - blocking_probability,
        0.0,
        high_erlangs,
        xtol=1e-13,
        rtol=1e-14,
    )
    return float(load)


def erlang_c(offered_load_erlangs: float, servers: int) -> float:
    """Probability that an arrival has to wait, when nobody leaves the queue.

    M/M/c ([1]_, ch. 3), through Erlang B: ``C = B / (1 - rho * (1 - B))``.
    It is 1 for a queue that cannot keep up.

    Parameters
    ----------
    offered_load_erlangs
        Arrival rate times mean service time, >= 0.
    servers
        Number of people, >= 1.

    Examples
    --------
    >>> round(erlang_c(2.0, 3), 6)
    0.444444
    """
    if servers < 1:
        raise ValueError("erlang_c: needs at least one server")
    if offered_load_erlangs >= servers:
        return 1.0
    blocking = erlang_b(offered_load_erlangs, servers)
    return blocking / (1.0 - offered_load_erlangs / servers * (1.0 - blocking))


def mmc_wait_probability(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    """Probability of having to wait in M/M/c.

    Poisson arrivals, exponential service, one queue, nobody leaves: :func:`erlang_c` ([2]_, ch. 2).

    Examples
    --------
    >>> round(mmc_wait_probability(20, 25, 1), 12)
    0.8
    """
    return erlang_c(mmc_load(arrival_rate_per_hour, service_rate_per_hour), servers)


def mmc_delayed_wait_mean(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    """Mean wait in hours of those who do wait, in M/M/c: ``1 / (c mu - lambda)`` ([2]_, ch. 2).

    The wait of a delayed customer is exponential, so this is also its standard deviation.

    Examples
    --------
    >>> mmc_delayed_wait_mean(9, 1, 10)
    1.0
    """
    mmc_load(arrival_rate_per_hour, service_rate_per_hour)
    spare_per_hour = servers * service_rate_per_hour - arrival_rate_per_hour
    return 1.0 / spare_per_hour if spare_per_hour > 0 else math.inf


def mmc_wait_mean(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    """Mean wait in hours from arrival to the start of service in M/M/c ([2]_, ch. 2).

    Any order of service that does not look at service times gives the same mean.

    Examples
    --------
    >>> round(mmc_wait_mean(20, 25, 1), 12)
    0.16
    """
    delayed_hours = mmc_delayed_wait_mean(arrival_rate_per_hour, service_rate_per_hour, servers)
    return mmc_wait_probability(arrival_rate_per_hour, service_rate_per_hour, servers) * delayed_hours


def mmc_sojourn_mean(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    """Mean hours from arrival to completion in M/M/c ([2]_, ch. 2).

    Examples
    --------
    >>> round(mmc_sojourn_mean(20, 25, 1), 12)
    0.2
    """
    return mmc_wait_mean(arrival_rate_per_hour, service_rate_per_hour, servers) + 1.0 / service_rate_per_hour


def mmc_queue_length_mean(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    """Mean number waiting (not in service) in M/M/c, by Little's law ([2]_, ch. 2).

    Examples
    --------
    >>> round(mmc_queue_length_mean(20, 25, 1), 12)
    3.2
    """
    if arrival_rate_per_hour == 0:
        return 0.0
    return arrival_rate_per_hour * mmc_wait_mean(arrival_rate_per_hour, service_rate_per_hour, servers)


def mmc_service_level(
    arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int, threshold_hours: float
) -> float:
    """Share of arrivals that start service within a threshold, in M/M/c served first come, first served.

    ``1 - C exp(-(c mu - lambda) t)`` ([1]_, ch. 3). It is 0 for a queue that cannot keep up.

    Parameters
    ----------
    arrival_rate_per_hour, service_rate_per_hour
        Rates of arrival and of one person's service.
    servers
        Number of people, >= 1.
    threshold_hours
        Longest wait that still counts as met, >= 0.

    Examples
    --------
    >>> round(mmc_service_level(8, 1, 10, 0.5), 6)
    0.849471
    """
    if threshold_hours < 0:
        raise ValueError("mmc_service_level: the threshold must not be negative")
    spare_per_hour = servers * service_rate_per_hour - arrival_rate_per_hour
    wait_probability = mmc_wait_probability(arrival_rate_per_hour, service_rate_per_hour, servers)
    if spare_per_hour <= 0:
        return 0.0
    return 1.0 - wait_probability * math.exp(-spare_per_hour * threshold_hours)


def mmc_occupancy(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    """Share of paid time the people of an M/M/c desk are busy, at most 1.

    Little's law applied to the servers: true of any G/G/c that keeps up ([2]_, ch. 1).

    Examples
    --------
    >>> mmc_occupancy(9, 1, 10)
    0.9
    """
    if servers < 1:
        raise ValueError("mmc_occupancy: needs at least one server")
    return min(1.0, mmc_load(arrival_rate_per_hour, service_rate_per_hour) / servers)


def mg1_wait_mean(arrival_rate_per_hour: float, service: ServiceMoments) -> float:
    """Mean wait in hours in M/G/1: the Pollaczek-Khinchine formula ([2]_, ch. 5).

    Poisson arrivals, one person, independent service times of any distribution, nobody leaves.

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, >= 0.
    service
        Moments of the service time; see :func:`service_moments`.

    Examples
    --------
    >>> round(mg1_wait_mean(0.9, service_moments("lognormal", 1.0, cv=1.0)), 9)
    9.0
    """
    idle_share = 1.0 - arrival_rate_per_hour * service.mean
    if idle_share <= 0:
        return math.inf
    return arrival_rate_per_hour * service.second / (2.0 * idle_share)


def mg1_wait_sd(arrival_rate_per_hour: float, service: ServiceMoments) -> float:
    """Standard deviation in hours of the wait in M/G/1 served first come, first served.

    Takács: ``E[W^2] = 2 E[W]^2 + lambda E[S^3] / (3 (1 - rho))`` ([1]_, ch. 5).
    Unlike the mean it depends on the order of service.

    Examples
    --------
    >>> round(mg1_wait_sd(0.5, service_moments("gamma", 1.0, cv=0.5**0.5)), 9)
    1.25
    """
    mean_hours = mg1_wait_mean(arrival_rate_per_hour, service)
    if math.isinf(mean_hours):
        return math.inf
    idle_share = 1.0 - arrival_rate_per_hour * service.mean
    return math.sqrt(mean_hours**2 + arrival_rate_per_hour * service.third / (3.0 * idle_share))


def mginf_busy_mean(arrival_rate_per_hour: float, service_mean_hours: float) -> float:
    """Mean number of people at work when there are always enough of them: M/G/∞.

    Poisson arrivals, any service distribution; the number busy is Poisson with this mean ([1]_, ch. 3).
    It is the load of the fully-staffed twin.

    Examples
    --------
    >>> mginf_busy_mean(17, 0.5)
    8.5
    """
    if arrival_rate_per_hour < 0 or service_mean_hours < 0:
        raise ValueError("mginf_busy_mean: the rate and the mean must not be negative")
    return arrival_rate_per_hour * service_mean_hours


def mmc_load(arrival_rate_per_hour: float, service_rate_per_hour: float) -> float:
    """Offered load in erlangs: the arrival rate times the mean service time, for any number of people.

    Raises
    ------
    ValueError
        If the arrival rate is negative or the service rate is not positive.

    Examples
    --------
    >>> mmc_load(17, 2)
    8.5
    """
    _require_positive(service_rate_per_hour=service_rate_per_hour)
    if not arrival_rate_per_hour >= 0:
        raise ValueError(f"arrival_rate_per_hour must not be negative, got {arrival_rate_per_hour}")
    return arrival_rate_per_hour / service_rate_per_hour


def _require_positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be greater than 0, got {value}")
