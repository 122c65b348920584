"""Two classes of customers who give up, of which one goes first.

M/M/c with two classes, class 1 before class 2, the same exponential service for both, exponential patience
that may differ. First come first served inside a class. Mean waits of such desks have no simple closed form;
they are read off the stationary distribution of the numbers of each class, a Markov chain cut off where its
states have become negligible. Rates are per hour, times in hours.

References
----------
.. [1] F. Iravani, B. Balcıoğlu, "On priority queues with impatient customers", *Queueing Systems*
   58:239-260, 2008.
.. [2] A. Mandelbaum, S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue, with applications
   to call centers", in *Advances in Services Innovations*, Springer, 2007, 17-45.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csm_sim.theory.abandonment import erlang_a

__all__ = [
    "ClassesOfTheImpatient",
    "mmc_priority_abandonment",
    "mmc_priority_abandonment_before_service",
    "mmc_priority_abandonment_preemptive",
]

Floats = NDArray[np.float64]
Pair = tuple[float, float]
State = tuple[int, ...]


class ClassesOfTheImpatient(NamedTuple):
    """What becomes of the two classes, class 1 (first) and class 2."""

    lq: Pair
    """Mean number waiting; under preemption interrupted ones included."""
    p_abandon: Pair
    """Share that gives up."""


def mmc_priority_abandonment(
    arrival_rates_per_hour: Pair,
    service_rate_per_hour: float,
    servers: int,
    abandon_rates_per_hour: Pair,
    *,
    most_waiting: int = 60,
) -> ClassesOfTheImpatient:
    """Non-preemptive priorities with abandonment: work begun is finished [1]_.

    As service is the same for both classes, the state is the number busy while somebody is idle, and the
    numbers waiting of each class otherwise. Exact up to the cut.

    Parameters
    ----------
    arrival_rates_per_hour
        Of class 1 and class 2, > 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, >= 1.
    abandon_rates_per_hour
        One over the mean patience of each class, > 0.
    most_waiting
        Largest number waiting of each class that is looked at.

    Raises
    ------
    ValueError
        If a rate is not positive or there is nobody.

    Examples
    --------
    >>> desk = mmc_priority_abandonment((1.2, 1.5), 1, 3, (0.4, 0.4))
    >>> [round(share, 6) for share in desk.p_abandon]
    [0.092863, 0.179723]
    """
    _check(arrival_rates_per_hour, service_rate_per_hour, servers, abandon_rates_per_hour)
    (in1, in2), (out1, out2) = arrival_rates_per_hour, abandon_rates_per_hour
    rate, total_rate = service_rate_per_hour, servers * service_rate_per_hour

    def moves(state: State) -> Iterable[tuple[State, float]]:
        busy, first, second = state
        if busy < servers:
            yield (busy + 1, 0, 0), in1 + in2
            if busy:
                yield (busy - 1, 0, 0), busy * rate
            return
        if first < most_waiting:
            yield (busy, first + 1, second), in1
        if second < most_waiting:
            yield (busy, first, second + 1), in2
        if first:
            yield (busy, first - 1, second), total_rate + first * out1
            if second:
                yield (busy, first, second - 1), second * out2
        elif second:
            yield (busy, 0, second - 1), total_rate + second * out2
        else:
            yield (busy - 1, 0, 0), total_rate

    states, chances = _stationary((0, 0, 0), moves)
    lq = (float(chances @ states[:, 1]), float(chances @ states[:, 2]))
    return ClassesOfTheImpatient(lq, (lq[0] * out1 / in1, lq[1] * out2 / in2))


def mmc_priority_abandonment_preemptive(
    arrival_rates_per_hour: Pair, service_rate_per_hour: float, servers: int, abandon_rate_per_hour: float
) -> ClassesOfTheImpatient:
    """Preemptive-resume priorities with abandonment at one rate, also of those interrupted.

    Class 1 does not notice class 2, so it is an Erlang A desk of its own; and with the same service and
    abandonment for all, the total number is that of an Erlang A desk for both. Class 2 is the difference
    (the argument of Kella and Yechiali for M/M/c applied to [2]_).

    Parameters
    ----------
    arrival_rates_per_hour, service_rate_per_hour, servers
        As in :func:`mmc_priority_abandonment`.
    abandon_rate_per_hour
        One over the mean patience of either class, > 0.

    Examples
    --------
    >>> desk = mmc_priority_abandonment_preemptive((1.2, 1.5), 1, 3, 0.4)
    >>> [round(share, 6) for share in desk.p_abandon]
    [0.020552, 0.237572]
    """
    _check(
        arrival_rates_per_hour, service_rate_per_hour, servers, (abandon_rate_per_hour, abandon_rate_per_hour)
    )
    first_rate, second_rate = arrival_rates_per_hour
    first = erlang_a(first_rate, service_rate_per_hour, servers, abandon_rate_per_hour).lq
    both = erlang_a(first_rate + second_rate, service_rate_per_hour, servers, abandon_rate_per_hour).lq
    lq = (first, both - first)
    return ClassesOfTheImpatient(
        lq, (lq[0] * abandon_rate_per_hour / first_rate, lq[1] * abandon_rate_per_hour / second_rate)
    )


def mmc_priority_abandonment_before_service(
    arrival_rates_per_hour: Pair,
    service_rate_per_hour: float,
    servers: int,
    abandon_rates_per_hour: Pair,
    *,
    most_waiting: int = 40,
) -> ClassesOfTheImpatient:
    """Preemptive-resume priorities with abandonment of those only whose service has not begun.

    A customer who has been answered and is then interrupted stays, and goes on before the others of
    class 2 (who came later). The state is the number of class 1 in the system, the number of class 2
    whose service has begun, never more than ``servers``, and the number of class 2 that wait afresh.
    Class 1 is an Erlang A desk of its own.

    Parameters
    ----------
    arrival_rates_per_hour, service_rate_per_hour, servers, abandon_rates_per_hour, most_waiting
        As in :func:`mmc_priority_abandonment`.

    Examples
    --------
    >>> desk = mmc_priority_abandonment_before_service((1.2, 1.5), 1, 3, (0.4, 0.4))
    >>> round(desk.p_abandon[0], 6)
    0.020552
    """
    _check(arrival_rates_per_hour, service_rate_per_hour, servers, abandon_rates_per_hour)
    (in1, in2), (out1, out2) = arrival_rates_per_hour, abandon_rates_per_hour
    rate = service_rate_per_hour

    def settled(first: int, begun: int, fresh: int) -> State:
        """Whoever is idle takes up those of class 2 who wait afresh."""
        taken = min(fresh, max(0, servers - first - begun))
        return first, begun + taken, fresh - taken

    def moves(state: State) -> Iterable[tuple[State, float]]:
        first, begun, fresh = state
        served1 = min(first, servers)
        served2 = min(begun, servers - served1)
        if first < servers + most_waiting:
            yield (first + 1, begun, fresh), in1
        if fresh < most_waiting:
            yield settled(first, begun, fresh + 1), in2
        if first:
            yield settled(first - 1, begun, fresh), served1 * rate + (first - served1) * out1
        if served2:
            yield settled(first, begun - 1, fresh), served2 * rate
        if fresh:
            yield (first, begun, fresh - 1), fresh * out2

    states, chances = _stationary((0, 0, 0), moves)
    first, begun, fresh = (states[:, column] for column in range(3))
    served = np.minimum(first, servers)
    interrupted = begun - np.minimum(begun, servers - served)
    queue1, fresh2 = float(chances @ (first - served)), float(chances @ fresh)
    lq = (queue1, fresh2 + float(chances @ interrupted))
    return ClassesOfTheImpatient(lq, (queue1 * out1 / in1, fresh2 * out2 / in2))


def _stationary(
    start: State, moves: Callable[[State], Iterable[tuple[State, float]]]
) -> tuple[NDArray[np.int64], Floats]:
    """States that can be reached from ``start``, and the long-run share of time in each."""
    # only these functions need sparse matrices: loading them is a good part of a command's start
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import spsolve

    numbers, queue = {start: 0}, [start]
    rows: list[int] = []
    columns: list[int] = []
    rates: list[float] = []
    for state in queue:
        here = numbers[state]
        for target, rate in moves(state):
            if target not in numbers:
                numbers[target] = len(queue)
                queue.append(target)
            rows += [numbers[target], here]
            columns += [here, here]
            rates += [rate, -rate]
    size = len(queue)
    # One balance equation follows from the others: the start's is dropped, with its chance set to 1.
    balance = csc_matrix((rates, (rows, columns)), shape=(size, size))
    chances = np.concatenate(([1.0], spsolve(balance[1:, 1:], -balance[1:, 0].toarray().ravel())))
    return np.array(queue), chances / chances.sum()


def _check(arrivals: Pair, service_rate: float, servers: int, abandon_rates: Pair) -> None:
    if servers < 1 or not all(rate > 0 for rate in (*arrivals, service_rate, *abandon_rates)):
        raise ValueError("rates must be greater than 0 and there must be at least one server")
