"""Desks whose customers give up: Erlang A, and patience of any distribution.

Poisson arrivals, exponential service, ``servers`` people, one queue, first come first served. A customer who
has waited as long as the own patience leaves unserved. Such a desk is always stable. Rates are per hour
and times in hours where a name says so; any other unit works if used throughout.

References
----------
.. [1] C. Palm, "Research on telephone traffic carried by full availability groups", *Tele* 1:1-107, 1957.
.. [2] A. Mandelbaum, S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue, with applications
   to call centers", in *Advances in Services Innovations*, Springer, 2007, 17-45.
.. [3] F. Baccelli, G. Hebuterne, "On queues with impatient customers", *Performance '81*, 1981, 159-179.
.. [4] S. Zeltyn, A. Mandelbaum, "Call centers with impatient customers: many-server asymptotics of the
   M/M/n + G queue", *Queueing Systems* 51:361-402, 2005.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csm_sim.theory.queues import erlang_b, mmc_load
from csm_sim.theory.spans import Span

__all__ = ["ImpatientQueue", "erlang_a", "mmc_general_patience"]

Floats = NDArray[np.float64]

# Terms and densities below exp(-45) of the largest do not change a double.
_NEGLIGIBLE_LOG = 45.0
_PANELS, _NODES = 128, 16


class ImpatientQueue(NamedTuple):
    """What a desk with customers who give up does in the long run.

    ``nan`` stands for a mean over nobody.
    """

    p_wait: float
    """Share of customers who find everybody busy, whether they are served later or give up."""
    p_abandon: float
    """Share of customers who give up."""
    lq: float
    """Mean number waiting."""
    mean_wait_all: float
    """Mean hours in queue of all customers; of those who give up, until they do."""
    mean_wait_served: float
    """Mean hours in queue of those who are served."""
    mean_offered_wait: float
    """Mean hours that a customer of endless patience would wait."""
    occupancy: float
    """Share of their time the people are busy."""


def erlang_a(
    arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int, abandon_rate_per_hour: float
) -> ImpatientQueue:
    """The Erlang A desk, M/M/c+M: exponential patience [1]_, [2]_.

    The number in the system is a birth-death process with death rate ``min(n, c) mu + (n - c)^+ theta``;
    ``p_wait``, ``lq`` and ``occupancy`` are sums over it and ``p_abandon = theta Lq / lambda``. The means
    over those served are the integrals of :func:`mmc_general_patience`.

    Parameters
    ----------
    arrival_rate_per_hour
        Arrival rate, > 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers
        Number of people, >= 1.
    abandon_rate_per_hour
        One over the mean patience, > 0.

    Raises
    ------
    ValueError
        If a rate is not positive or there is nobody.

    Examples
    --------
    >>> desk = erlang_a(48, 1, 50, 0.5)
    >>> round(desk.p_wait, 6), round(desk.p_abandon, 6)
    (0.467774, 0.030912)
    """
    load = _checked_load(arrival_rate_per_hour, service_rate_per_hour, servers)
    if not abandon_rate_per_hour > 0:
        raise ValueError("the abandonment rate must be greater than 0")
    capacity = servers * service_rate_per_hour
    # Logarithms of the chances of 0, 1, 2, ... waiting, relative to that of c in the system: they rise
    # to a single peak, and are wanted until they have become negligible.
    count = 256
    while True:
        waiting = np.arange(1, count)
        steps = np.log(arrival_rate_per_hour / (capacity + waiting * abandon_rate_per_hour))
        logs = np.concatenate(([0.0], np.cumsum(steps)))
        if steps[-1] < 0 and logs[-1] < logs.max() - _NEGLIGIBLE_LOG + math.log(-steps[-1]):
            break
        count *= 2
    peak = float(logs.max())
    chances = np.exp(logs - peak)
    # Fewer than c in the system: 1 / B(c) counts c as well, which the sum over the waiting counts again.
    fewer = math.exp(-peak) * (1.0 / erlang_b(load, servers) - 1.0)
    total = fewer + float(chances.sum())
    p_wait = float(chances.sum()) / total
    lq = float(np.dot(np.arange(count), chances)) / total
    p_abandon = abandon_rate_per_hour * lq / arrival_rate_per_hour
    patience = Span("exponential", 1.0 / abandon_rate_per_hour)
    by_integrals = mmc_general_patience(arrival_rate_per_hour, service_rate_per_hour, servers, patience)
    return by_integrals._replace(
        p_wait=p_wait,
        p_abandon=p_abandon,
        lq=lq,
        mean_wait_all=lq / arrival_rate_per_hour,
        occupancy=load * (1.0 - p_abandon) / servers,
    )


def mmc_general_patience(
    arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int, patience: Span
) -> ImpatientQueue:
    """M/M/c+G: customers whose patience has any distribution [3]_, by the integrals of [4]_.

    The offered wait has the density ``lambda p_{c-1} exp(lambda H(x) - c mu x)`` for ``x > 0``, where
    ``H(x)`` is the mean of the shorter of patience and ``x``. Its exponent is concave, so the mass is in
    one place; Gauss-Legendre panels there, split at the kinks of ``H``, give about nine digits.

    Parameters
    ----------
    arrival_rate_per_hour, service_rate_per_hour, servers
        As in :func:`erlang_a`.
    patience
        Distribution of patience. Deterministic patience serves those who would wait exactly that long.

    Examples
    --------
    >>> desk = mmc_general_patience(12, 1, 10, Span("deterministic", 2.0))
    >>> round(desk.p_abandon, 6)
    0.168046
    """
    load = _checked_load(arrival_rate_per_hour, service_rate_per_hour, servers)
    capacity = servers * service_rate_per_hour

    def exponent(hours: Floats) -> Floats:
        return arrival_rate_per_hour * patience.limited_mean(hours) - capacity * hours

    nodes, weights = _panels(exponent, arrival_rate_per_hour * patience.mean_hours, capacity, patience)
    exponents = exponent(nodes)
    peak = max(0.0, float(exponents.max()))
    density = np.exp(exponents - peak) * weights * arrival_rate_per_hour
    mass = float(density.sum())
    total = math.exp(-peak) / erlang_b(load, servers - 1) + mass
    stays = patience.survival(nodes)
    p_abandon = float(np.dot(1.0 - stays, density)) / total
    served = 1.0 - p_abandon
    mean_wait_all = float(np.dot(patience.limited_mean(nodes), density)) / total
    return ImpatientQueue(
        p_wait=mass / total,
        p_abandon=p_abandon,
        lq=arrival_rate_per_hour * mean_wait_all,
        mean_wait_all=mean_wait_all,
        mean_wait_served=float(np.dot(nodes * stays, density)) / total / served if served > 0 else math.nan,
        mean_offered_wait=float(np.dot(nodes, density)) / total,
        occupancy=load * served / servers,
    )


def _panels(
    exponent: Callable[[Floats], Floats], patient_load: float, capacity: float, patience: Span
) -> tuple[Floats, Floats]:
    """Nodes and weights of an integral over the offered wait, from 0 to where its density is negligible."""
    # The exponent is at least 0 somewhere (at 0), and at most this far up it is below minus the margin.
    high = (patient_load + _NEGLIGIBLE_LOG) / capacity
    grid = np.linspace(0.0, high, 4097)
    values = exponent(grid)
    wanted = grid[values > values.max() - _NEGLIGIBLE_LOG]
    spacing = float(grid[1])
    # The mass may be a small part of the first guess: look again with the range that is left.
    for _ in range(60):
        low_end, high_end = max(0.0, float(wanted[0]) - spacing), float(wanted[-1]) + spacing
        if wanted.size > 1000:
            break
        grid = np.linspace(low_end, high_end, 4097)
        values = exponent(grid)
        wanted = grid[values > values.max() - _NEGLIGIBLE_LOG]
        spacing = float(grid[1] - grid[0])
    inner = [kink for kink in patience.kinks_hours if low_end < kink < high_end]
    edges = np.unique(np.concatenate((np.linspace(low_end, high_end, _PANELS + 1), inner)))
    points, point_weights = np.polynomial.legendre.leggauss(_NODES)
    middles, halves = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / 2.0
    nodes = (middles[:, None] + halves[:, None] * points).ravel()
    return nodes, (halves[:, None] * point_weights).ravel()


def _checked_load(arrival_rate_per_hour: float, service_rate_per_hour: float, servers: int) -> float:
    if servers < 1:
        raise ValueError("needs at least one server")
    load = mmc_load(arrival_rate_per_hour, service_rate_per_hour)
    if not load > 0:
        raise ValueError("the arrival rate must be greater than 0")
    return load
