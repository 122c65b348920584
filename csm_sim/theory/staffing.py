"""How many people, by rules of thumb for large desks, and what it is worth to put teams together.

References
----------
.. [1] S. Halfin, W. Whitt, "Heavy-traffic limits for queues with many exponential servers",
   *Operations Research* 29(3):567-588, 1981.
.. [2] O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers",
   *Manufacturing & Service Operations Management* 4(3):208-227, 2002.
.. [3] D. R. Smith, W. Whitt, "Resource sharing for efficiency in traffic systems", *Bell System Technical
   Journal* 60(1):39-55, 1981.
"""

import math
from typing import NamedTuple

from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from csm_sim.theory.queues import erlang_c, mmc_wait_mean

__all__ = [
    "PooledTeams",
    "garnett_delay_probability",
    "halfin_whitt_delay_probability",
    "halfin_whitt_safety",
    "pooled_teams",
    "servers_for_delay_probability",
    "square_root_servers",
]


def halfin_whitt_delay_probability(beta: float) -> float:
    """Limit of the probability of waiting in M/M/c with ``c = a + beta sqrt(a)`` people [1]_.

    ``1 / (1 + beta Phi(beta) / phi(beta))`` as the load ``a`` grows.

    Parameters
    ----------
    beta
        People beyond the load, in square roots of the load, > 0.

    Raises
    ------
    ValueError
        If ``beta`` is not positive.

    Examples
    --------
    >>> round(halfin_whitt_delay_probability(0.5), 6)
    0.504539
    """
    if not beta > 0:
        raise ValueError("beta must be greater than 0: without spare people everybody waits")
    return 1.0 / (1.0 + beta * float(ndtr(beta)) / _density(beta))


def halfin_whitt_safety(delay_probability: float) -> float:
    """The ``beta`` of :func:`halfin_whitt_delay_probability` for a wanted probability of waiting [1]_.

    Parameters
    ----------
    delay_probability
        Strictly between 0 and 1.

    Examples
    --------
    >>> round(halfin_whitt_safety(0.2), 6)
    1.061516
    """
    if not 0 < delay_probability < 1:
        raise ValueError("the probability of waiting must be between 0 and 1")
    beta = brentq(
        lambda x: halfin_whitt_delay_probability(x) - delay_probability, 1e-12, 37.0, xtol=1e-14, rtol=1e-14
    )
    return float(beta)


def garnett_delay_probability(beta: float, patience_ratio: float) -> float:
    """Limit of the probability of waiting in Erlang A with ``c = a + beta sqrt(a)`` people [2]_.

    ``1 / (1 + sqrt(r) h(beta / sqrt(r)) / h(-beta))`` with ``r = theta / mu`` and ``h`` the hazard of the
    standard normal. As customers give up, ``beta`` may be negative.

    Parameters
    ----------
    beta
        People beyond the load, in square roots of the load; any number.
    patience_ratio
        Abandonment rate over service rate, > 0.

    Examples
    --------
    >>> garnett_delay_probability(0.0, 1.0)
    0.5
    """
    if not patience_ratio > 0:
        raise ValueError("the ratio of the rates must be greater than 0")
    root = math.sqrt(patience_ratio)
    return 1.0 / (1.0 + root * _hazard(beta / root) / _hazard(-beta))


def square_root_servers(offered_load_erlangs: float, delay_probability: float) -> int:
    """People by the square-root rule: the load plus ``beta`` square roots of it, rounded up [1]_.

    Parameters
    ----------
    offered_load_erlangs
        Arrival rate times mean service time, > 0.
    delay_probability
        Wanted probability of waiting, strictly between 0 and 1.

    Examples
    --------
    >>> square_root_servers(100, 0.2)
    111
    """
    if not offered_load_erlangs > 0:
        raise ValueError("the load must be greater than 0")
    safety = halfin_whitt_safety(delay_probability) * math.sqrt(offered_load_erlangs)
    return math.ceil(offered_load_erlangs + safety)


def servers_for_delay_probability(offered_load_erlangs: float, delay_probability: float) -> int:
    """Fewest people with which at most the given share of arrivals waits, by Erlang C.

    Parameters
    ----------
    offered_load_erlangs, delay_probability
        As in :func:`square_root_servers`.

    Examples
    --------
    >>> servers_for_delay_probability(10, 0.2)
    14
    """
    servers = square_root_servers(offered_load_erlangs, delay_probability)
    while servers > 1 and erlang_c(offered_load_erlangs, servers - 1) <= delay_probability:
        servers -= 1
    while erlang_c(offered_load_erlangs, servers) > delay_probability:
        servers += 1
    return servers


class PooledTeams(NamedTuple):
    """Mean waits in hours of the same work, done by separate teams or by one."""

    wq_separate_teams: float
    wq_pooled: float


def pooled_teams(
    arrival_rate_per_team_per_hour: float, service_rate_per_hour: float, servers_per_team: int, teams: int
) -> PooledTeams:
    """Equal M/M/c teams, each for itself, and the same people in one team for all [3]_.

    Parameters
    ----------
    arrival_rate_per_team_per_hour
        Arrivals an hour of each team, >= 0.
    service_rate_per_hour
        Completions an hour of one busy person, > 0.
    servers_per_team
        People of each team, >= 1.
    teams
        Number of teams, >= 1.

    Examples
    --------
    >>> [round(wait, 4) for wait in pooled_teams(4, 1, 5, 4)]
    [0.5541, 0.064]
    """
    if teams < 1 or servers_per_team < 1:
        raise ValueError("needs at least one team of at least one server")
    rate = arrival_rate_per_team_per_hour
    return PooledTeams(
        mmc_wait_mean(rate, service_rate_per_hour, servers_per_team),
        mmc_wait_mean(teams * rate, service_rate_per_hour, teams * servers_per_team),
    )


def _density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _hazard(x: float) -> float:
    # Through logarithms: far in the tail both parts of the ratio vanish.
    return math.exp(-0.5 * x * x - 0.5 * math.log(2.0 * math.pi) - float(log_ndtr(-x)))
