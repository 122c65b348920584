"""Queues in which some classes of work go first: mean waits of each class.

Classes are listed with the highest priority first; inside a class, first come first served. Units as in
:mod:`csm_sim.theory.queues`. A class that cannot keep up waits for ever, and so do those below it.

References
----------
.. [1] A. Cobham, "Priority assignment in waiting line problems", *Operations Research* 2(1):70-76, 1954.
.. [2] L. Kleinrock, *Queueing Systems, Volume 2: Computer Applications*, Wiley, 1976.
.. [3] O. Kella, U. Yechiali, "Waiting times in the non-preemptive priority M/M/c queue",
   *Stochastic Models* 1(2):257-262, 1985.
.. [4] D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, *Fundamentals of Queueing Theory*, 4th ed.,
   Wiley, 2008.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csm_sim.theory.queues import erlang_c, mmc_load, mmc_queue_length_mean

__all__ = [
    "mg1_accumulating_priority_wait_means",
    "mg1_priority_sojourn_means_preemptive",
    "mg1_priority_wait_means",
    "mmc_priority_wait_means",
    "mmc_priority_wait_means_preemptive",
]

Floats = NDArray[np.float64]


def mg1_priority_wait_means(
    arrival_rates_per_hour: Sequence[float],
    service_means_hours: Sequence[float],
    service_second_moments_hours2: Sequence[float],
) -> Floats:
    """Mean wait in hours of each class of an M/G/1 queue with non-preemptive priorities.

    Cobham ([1]_; [2]_, ch. 3): class 1 goes first, first come first served inside a class, work begun is
    finished. ``W_k = R / ((1 - s_{k-1}) (1 - s_k))`` with ``R`` the mean work left in the task in hand and
    ``s_k`` the load of the classes 1 to k. Where ``s_k >= 1`` the wait is ``inf``; the classes above stay
    finite, and ``R`` then counts of the lower classes only what the person still gets round to.

    Parameters
    ----------
    arrival_rates_per_hour
        Arrival rate of each class, highest priority first.
    service_means_hours, service_second_moments_hours2
        Mean and raw second moment of each class's service time, same order.

    Raises
    ------
    ValueError
        If the sequences differ in length, a rate is negative or a moment is not positive.

    Examples
    --------
    >>> mg1_priority_wait_means([0.3, 0.5], [1, 1], [2, 2]).round(6).tolist()
    [1.142857, 5.714286]
    """
    rates, means, seconds = _class_arrays(
        arrival_rates_per_hour, service_means_hours, service_second_moments_hours2
    )
    load = np.cumsum(rates * means)
    load_above = np.concatenate(([0.0], load[:-1]))
    # The share of time spent on a class cannot exceed what the classes above it leave.
    share = np.minimum(rates * means, np.maximum(0.0, 1.0 - load_above))
    residual_hours = float(np.sum(share * seconds / (2.0 * means)))
    return _finite_below_capacity(load, residual_hours, (1.0 - load_above) * (1.0 - load))


def mg1_priority_sojourn_means_preemptive(
    arrival_rates_per_hour: Sequence[float],
    service_means_hours: Sequence[float],
    service_second_moments_hours2: Sequence[float],
) -> Floats:
    """Mean hours from arrival to completion by class, in M/G/1 with preemptive-resume priorities.

    A higher class interrupts the work in hand, which later goes on where it stopped ([2]_, ch. 3):
    ``T_k = m_k / (1 - s_{k-1}) + R_k / ((1 - s_{k-1}) (1 - s_k))`` with ``R_k`` the residual work of the
    classes 1 to k. Lower classes do not exist for higher ones. Where ``s_k >= 1`` the result is ``inf``.

    Parameters
    ----------
    arrival_rates_per_hour, service_means_hours, service_second_moments_hours2
        As in :func:`mg1_priority_wait_means`.

    Examples
    --------
    >>> mg1_priority_sojourn_means_preemptive([0.3, 0.5], [1, 1], [2, 2]).round(6).tolist()
    [1.428571, 7.142857]
    """
    rates, means, seconds = _class_arrays(
        arrival_rates_per_hour, service_means_hours, service_second_moments_hours2
    )
    load = np.cumsum(rates * means)
    load_above = np.concatenate(([0.0], load[:-1]))
    residual_hours = np.cumsum(rates * seconds) / 2.0
    waits = _finite_below_capacity(load, residual_hours, (1.0 - load_above) * (1.0 - load))
    with np.errstate(divide="ignore"):
        stretched_service = np.where(load_above < 1.0, means / (1.0 - load_above), np.inf)
    return waits + stretched_service


def mg1_accumulating_priority_wait_means(
    arrival_rates_per_hour: Sequence[float],
    service_means_hours: Sequence[float],
    service_second_moments_hours2: Sequence[float],
    accumulation_rates: Sequence[float],
) -> Floats:
    """Mean wait in hours of each class of M/G/1 when priority grows with the time waited.

    Kleinrock's delay-dependent priorities ([2]_, ch. 3.7): a task of class ``k`` that has waited ``t`` has
    the priority ``b_k t``; work begun is finished. From the slowest class up,
    ``W_k (1 - sum_{i faster} rho_i (1 - b_k / b_i)) =
    R / (1 - rho) - sum_{i slower} rho_i W_i (1 - b_i / b_k)`` with ``R`` as in the other formulas here.
    Equal ``b`` is first come, first served. A queue that cannot keep up waits for ever in every class.

    Parameters
    ----------
    arrival_rates_per_hour, service_means_hours, service_second_moments_hours2
        As in :func:`mg1_priority_wait_means`.
    accumulation_rates
        ``b`` of each class, > 0, not increasing.

    Examples
    --------
    >>> mg1_accumulating_priority_wait_means([0.3, 0.5], [1, 1], [2, 2], [2, 1]).round(6).tolist()
    [2.823529, 4.705882]
    """
    rates, means, seconds = _class_arrays(
        arrival_rates_per_hour, service_means_hours, service_second_moments_hours2
    )
    grows = np.asarray(accumulation_rates, dtype=np.float64)
    if grows.shape != rates.shape or not (np.all(grows > 0) and np.all(np.diff(grows) <= 0)):
        raise ValueError("each class needs a positive accumulation rate, not above that of the class before")
    load = rates * means
    if load.sum() >= 1.0:
        return np.full(rates.size, np.inf)
    residual_hours = float(rates @ seconds) / 2.0
    waits = np.zeros(rates.size)
    for k in range(rates.size - 1, -1, -1):
        slower = float((load[k + 1 :] * waits[k + 1 :]) @ (1.0 - grows[k + 1 :] / grows[k]))
        faster = float(load[:k] @ (1.0 - grows[k] / grows[:k]))
        waits[k] = (residual_hours / (1.0 - load.sum()) - slower) / (1.0 - faster)
    return waits


def mmc_priority_wait_means(
    arrival_rates_per_hour: Sequence[float], service_rate_per_hour: float, servers: int
) -> Floats:
    """Mean wait in hours of each class of an M/M/c queue with non-preemptive priorities.

    All classes have the same exponential service ([3]_; [4]_, ch. 3):
    ``W_k = C / (c mu (1 - s_{k-1}) (1 - s_k))`` with ``C`` the Erlang C probability of the whole load and
    ``s_k`` the load per server of the classes 1 to k. Where ``s_k >= 1`` the wait is ``inf``.

    Parameters
    ----------
    arrival_rates_per_hour
        Arrival rate of each class, highest priority first.
    service_rate_per_hour
        Completions an hour of one busy person.
    servers
        Number of people, >= 1.

    Examples
    --------
    >>> mmc_priority_wait_means([6, 6, 4], 10, 2).round(6).tolist()
    [0.050794, 0.126984, 0.444444]
    """
    rates = _rates(arrival_rates_per_hour)
    load_erlangs = mmc_load(float(rates.sum()), service_rate_per_hour)
    capacity_per_hour = servers * service_rate_per_hour
    load = np.cumsum(rates) / capacity_per_hour
    load_above = np.concatenate(([0.0], load[:-1]))
    delay_hours = erlang_c(load_erlangs, servers) / capacity_per_hour
    return _finite_below_capacity(load, delay_hours, (1.0 - load_above) * (1.0 - load))


def mmc_priority_wait_means_preemptive(
    arrival_rates_per_hour: Sequence[float], service_rate_per_hour: float, servers: int
) -> Floats:
    """Mean hours not in service of each class of an M/M/c queue with preemptive-resume priorities.

    With equal exponential service the classes 1 to k together are an M/M/c queue of their own, so a class's
    queue is the difference between two such queues and its wait follows by Little's law ([4]_, ch. 3).
    The hours include interruptions after the first start. Add ``1 / mu`` for the sojourn.
    Where the classes 1 to k exceed capacity it is ``inf``; for a class without arrivals it is ``nan``.

    Parameters
    ----------
    arrival_rates_per_hour, service_rate_per_hour, servers
        As in :func:`mmc_priority_wait_means`.

    Examples
    --------
    >>> mmc_priority_wait_means_preemptive([6, 6, 4], 10, 2).round(6).tolist()
    [0.00989, 0.10261, 0.542361]
    """
    rates = _rates(arrival_rates_per_hour)
    merged_per_hour = np.cumsum(rates)
    waits = np.full(rates.size, np.inf)
    queue_above = 0.0
    for k, rate in enumerate(rates):
        queue = mmc_queue_length_mean(float(merged_per_hour[k]), service_rate_per_hour, servers)
        if math.isinf(queue):
            break
        waits[k] = (queue - queue_above) / rate if rate > 0 else math.nan
        queue_above = queue
    return waits


def _rates(arrival_rates_per_hour: Sequence[float]) -> Floats:
    rates = np.asarray(arrival_rates_per_hour, dtype=np.float64)
    if rates.ndim != 1 or rates.size == 0 or not np.all(rates >= 0):
        raise ValueError("arrival rates must be a non-empty list of numbers that are not negative")
    return rates


def _class_arrays(
    arrival_rates_per_hour: Sequence[float], means_hours: Sequence[float], seconds_hours2: Sequence[float]
) -> tuple[Floats, Floats, Floats]:
    rates = _rates(arrival_rates_per_hour)
    means = np.asarray(means_hours, dtype=np.float64)
    seconds = np.asarray(seconds_hours2, dtype=np.float64)
    if means.shape != rates.shape or seconds.shape != rates.shape:
        raise ValueError("each class needs a rate, a mean and a second moment")
    if not (np.all(means > 0) and np.all(seconds >= means**2 * (1 - 1e-9))):
        raise ValueError("means must be positive and second moments at least the squared means")
    return rates, means, seconds


def _finite_below_capacity(load: Floats, numerator: float | Floats, denominator: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(load < 1.0, numerator / denominator, np.inf)
