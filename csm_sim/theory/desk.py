"""The textbook desk beside a simulated one: what Erlang would say of the same load and people.

References
----------
.. [1] R. B. Cooper, *Introduction to Queueing Theory*, 2nd ed., North Holland, 1981.
.. [2] A. Mandelbaum, S. Zeltyn, "Service engineering in action: the Palm/Erlang-A queue, with applications
   to call centers", in *Advances in Services Innovations*, Springer, 2007, 17-45.
"""

import math
from dataclasses import dataclass

from csm_sim.theory.abandonment import erlang_a
from csm_sim.theory.queues import erlang_c, mmc_load, mmc_occupancy, mmc_wait_mean

__all__ = ["DeskTheory", "erlang_comparison"]


@dataclass(frozen=True)
class DeskTheory:
    """What a textbook says of a desk."""

    offered_load_erlangs: float
    """People that the work would keep busy all the time."""
    occupancy: float
    """Share of their time the people are busy, at most 1."""
    wait_probability: float
    """Share of tickets that find everybody busy."""
    mean_wait_hours: float
    """Mean hours to first response, or until the customer gives up; ``inf`` if it cannot keep up."""
    abandonment: float
    """Share of tickets whose customer gives up; 0 without patience."""

    @property
    def stable(self) -> bool:
        """Whether the queue stops growing."""
        return math.isfinite(self.mean_wait_hours)


def erlang_comparison(
    arrival_rate_per_hour: float, effort_hours: float, people: int, patience_hours: float | None
) -> DeskTheory:
    """Erlang C [1]_, or Erlang A [2]_ if customers give up, for a desk's load and people.

    Both suppose arrivals at random at one rate, exponential efforts, people who are all there all the time
    and do nothing else, and one queue. A desk with opening hours, priorities or other work differs, and by
    how much is what the simulation is for.

    Parameters
    ----------
    arrival_rate_per_hour
        Tickets in an hour of working time, >= 0.
    effort_hours
        Mean working time a ticket takes a person, > 0: effort over ``1 - shrinkage``.
    people
        Number of people, >= 0. Nobody serves nobody: every ticket waits for ever, or until it gives up.
    patience_hours
        Mean patience, > 0, in the same hours; None if nobody gives up.

    Raises
    ------
    ValueError
        If the rate or the people are negative, or the effort or the patience is not positive.

    Examples
    --------
    >>> desk = erlang_comparison(20, 0.5, 12, None)
    >>> round(desk.wait_probability, 3), round(desk.mean_wait_hours * 60, 1)
    (0.449, 6.7)
    >>> round(erlang_comparison(20, 0.5, 12, 2.0).abandonment, 4)
    0.027
    """
    if people < 0:
        raise ValueError("people must not be negative")
    if patience_hours is not None and not 0 < patience_hours < math.inf:
        raise ValueError("patience must be greater than 0 and finite")
    if not 0 < effort_hours < math.inf:
        raise ValueError("the effort must be greater than 0 and finite")
    rate = 1.0 / effort_hours
    load = mmc_load(arrival_rate_per_hour, rate)
    if load == 0:
        return DeskTheory(0.0, 0.0, 0.0 if people else 1.0, 0.0, 0.0)
    if people == 0:
        wait = math.inf if patience_hours is None else patience_hours
        return DeskTheory(load, 0.0, 1.0, wait, 0.0 if patience_hours is None else 1.0)
    if patience_hours is None:
        wait = mmc_wait_mean(arrival_rate_per_hour, rate, people)
        occupancy = mmc_occupancy(arrival_rate_per_hour, rate, people)
        return DeskTheory(load, occupancy, erlang_c(load, people), wait, 0.0)
    desk = erlang_a(arrival_rate_per_hour, rate, people, 1.0 / patience_hours)
    return DeskTheory(load, desk.occupancy, desk.p_wait, desk.mean_wait_all, desk.p_abandon)
