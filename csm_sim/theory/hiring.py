"""Until when to open requisitions, so that enough ramped people are there on a date.

Rules, days and assumptions are those of :mod:`csm_sim.theory.supply`. Without attrition the answer is the
largest of the times to hire; with it, the number on the date is a sum of independent seats, each of which
holds a ramped person or does not.

References
----------
.. [1] H. A. David, H. N. Nagaraja, *Order Statistics*, 3rd ed., Wiley, 2003, ch. 2.
.. [2] D. R. Cox, *Renewal Theory*, Methuen, 1962.
.. [3] Y. Hong, "On computing the distribution function for the Poisson binomial distribution",
   *Computational Statistics & Data Analysis* 59:41-51, 2013.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from csm_sim.theory.supply import ROUNDING, SeatRules, ramp_days

__all__ = [
    "RampedOn",
    "all_ramped_chances",
    "chance_of_enough",
    "lead_days",
    "number_chances",
    "ramped_on",
    "requisitions_needed",
]

Floats = NDArray[np.float64]

_NEGLIGIBLE = 1e-16
"""Weight below which a case does not change a chance."""


def all_ramped_chances(opened_days: Sequence[int], joining: Floats, ramping_days: int, days: int) -> Floats:
    """Chance by day that all of some requisitions have become ramped people, if nobody resigns [1]_.

    ``prod_i F(t - o_i - R)``: the last of independent hires. With all opened on day 0 it is the
    distribution function of the day on which the last one is ramped.

    Parameters
    ----------
    opened_days
        Day on which each requisition opens.
    joining
        As in :class:`~csm_sim.theory.supply.SeatRules`.
    ramping_days
        Days ``R`` from joining until ramped, from :func:`~csm_sim.theory.supply.ramp_days`.
    days
        Last day wanted, >= 0.

    Examples
    --------
    >>> from csm_sim.theory.supply import joining_chances
    >>> hired = joining_chances(lambda x: 1.0 - np.exp(-x / 60.0), 400)
    >>> all_ramped_chances([0, 0, 14], hired, 92, 365)[[92, 182, 272, 365]].round(4).tolist()
    [0.0, 0.4335, 0.8461, 0.9659]
    """
    at_most = np.minimum(np.cumsum(joining), 1.0)
    day = np.arange(days + 1)
    chances = np.ones(days + 1)
    for opened in opened_days:
        since = day - opened - ramping_days
        chances *= np.where(since >= 0, at_most[np.clip(since, 0, len(at_most) - 1)], 0.0)
    return chances


def lead_days(hires: int, joining: Floats, ramping_days: int, chance: float) -> int | None:
    """Fewest days before a date on which requisitions must open so that all are ramped on it [1]_.

    The smallest ``l`` with ``F(l - R)^k >= chance``, if nobody resigns.

    Parameters
    ----------
    hires
        Number ``k`` of requisitions, >= 1.
    joining, ramping_days
        As in :func:`all_ramped_chances`.
    chance
        That all are ramped in time, above 0 and at most 1; 1 less the chance of being late.

    Returns
    -------
    int or None
        None where ``joining`` ends before the chance is reached.

    Raises
    ------
    ValueError
        If the chance is outside that range or there are no hires.

    Examples
    --------
    >>> from csm_sim.theory.supply import joining_chances
    >>> hired = joining_chances(lambda x: 1.0 - np.exp(-x / 60.0), 800)
    >>> [lead_days(4, hired, 92, chance) for chance in (0.5, 0.8, 0.9, 0.95)]
    [203, 267, 311, 354]
    """
    if not (0 < chance <= 1 and hires >= 1):
        raise ValueError("needs a chance above 0 and up to 1, and at least one hire")
    enough = np.flatnonzero(np.cumsum(joining) ** hires >= chance - ROUNDING)
    return int(enough[0]) + ramping_days if len(enough) else None


class RampedOn(NamedTuple):
    """Chances that a seat holds a ramped person on a date, by how the seat began."""

    there: float
    """A ramped person sat in it on day 0."""
    by_joining_day: Floats
    """(day,): its first person joins on that day."""
    by_opening_day: Floats
    """(day,): its first requisition is wanted on that day."""


def ramped_on(rules: SeatRules, date_day: int) -> RampedOn:
    """Chances that a seat holds a ramped person on one date, whenever it begins.

    The renewal equation of :func:`~csm_sim.theory.supply.seat_by_day` solved backwards from the date [2]_:
    who joins on day ``s`` is the one with chance ``P(N + m > T - s)`` if ``T - s >= R``; and if not, someone
    who joins later may be.

    Parameters
    ----------
    rules
        Of the seat. ``joining`` has to reach ``date_day`` days, or what comes later counts as too late.
    date_day
        The date ``T``, >= 0.

    Raises
    ------
    ValueError
        If the date is before day 0.

    Examples
    --------
    >>> from csm_sim.theory.supply import joining_chances, resignation_hazard_per_day
    >>> hired = joining_chances(lambda x: 1.0 - np.exp(-x / 60.0), 400)
    >>> chances = ramped_on(SeatRules(resignation_hazard_per_day(0.15), 30, hired, ramp=(0.5, 0.8)), 365)
    >>> round(chances.there, 4), chances.by_opening_day[[0, 120, 240]].round(4).tolist()
    (0.958, [0.9526, 0.9169, 0.638])
    """
    if date_day < 0:
        raise ValueError("the date must not be before day 0")
    stay, resign = rules.stay_or_resign()
    there, from_day = rules.still_there(date_day), ramp_days(rules.ramp)
    by_joining = np.where(np.arange(date_day + 1) >= from_day, there, 0.0)[::-1].copy()
    later = 0.0  # chance that a successor is the one, given someone not on notice on the day in hand
    for day in range(date_day - 1, -1, -1):
        after_notice = 0.0
        if rules.backfill and resign > 0:
            first, chances = rules.backfilled(day + 1, date_day)
            after_notice = float(chances @ by_joining[first : first + len(chances)])
        later = stay * later + resign * after_notice
        by_joining[day] += later
    by_opening = np.zeros(date_day + 1)
    for day in range(date_day + 1):
        first = rules.opens(day)
        of_opening = by_joining[first : first + len(rules.joining)]
        by_opening[day] = rules.joining[: len(of_opening)] @ of_opening
    return RampedOn(float(there[-1]) + later, by_joining, by_opening)


# how many are there ------------------------------------------------------------------------------


def number_chances(chances: Sequence[float]) -> Floats:
    """Chance that 0, 1, ... of some independent things are true, each with a chance of its own [3]_.

    The Poisson binomial distribution, by convolution of the binomial ones of equal chances; exact.

    Parameters
    ----------
    chances
        Of each one, in [0, 1]; may be none at all.

    Raises
    ------
    ValueError
        If one is outside that range.

    Examples
    --------
    >>> number_chances([0.9, 0.5]).round(6).tolist()
    [0.05, 0.5, 0.45]
    """
    each = np.asarray(chances, dtype=np.float64)
    if not ((each >= -ROUNDING) & (each <= 1 + ROUNDING)).all():
        raise ValueError("a chance must be from 0 to 1")
    found = np.ones(1)
    for chance, number in zip(*np.unique(np.clip(each, 0.0, 1.0), return_counts=True), strict=True):
        found = np.convolve(found, _binomial(int(number), float(chance)))
    return np.clip(found, 0.0, 1.0)


def _binomial(number: int, chance: float) -> Floats:
    """Chance of 0, 1, ... among equal ones; from the distribution function, which is stable for many."""
    below = special.bdtr(np.arange(number + 1), number, chance)
    return np.diff(np.asarray(below, dtype=np.float64), prepend=0.0)


def chance_of_enough(there: Floats, people: int, requisitions: int, chance_each: ArrayLike) -> Floats:
    """Chance that at least ``people`` are there, with some requisitions beside those counted already.

    ``sum_j P(j there) P(Binomial(r, p) >= n - j)``, for each ``p``.

    Parameters
    ----------
    there
        Chance that 0, 1, ... are there without the requisitions, from :func:`number_chances`.
    people
        How many are wanted, ``n`` >= 0.
    requisitions
        Their number ``r``, >= 0.
    chance_each
        Chance ``p`` that one of them has become one of those wanted, element by element.

    Examples
    --------
    >>> chance_of_enough(number_chances([0.9] * 8), 10, 3, [0.5, 0.9]).round(4).tolist()
    [0.2631, 0.6974]
    """
    each = np.clip(np.asarray(chance_each, dtype=np.float64), 0.0, 1.0)
    missing = people - np.arange(len(there))
    found = np.full(each.shape, float(there[missing <= 0].sum()))
    for short, weight in zip(missing.tolist(), there.tolist(), strict=True):
        if 0 < short <= requisitions and weight > _NEGLIGIBLE:
            found += weight * special.bdtrc(short - 1, requisitions, each)
    return np.asarray(np.minimum(found, 1.0), dtype=np.float64)


def requisitions_needed(
    there: Floats, people: int, chance_each: float, chance: float, most: int
) -> int | None:
    """Fewest requisitions with which at least ``people`` are there with a wanted chance.

    Parameters
    ----------
    there, people, chance_each
        As in :func:`chance_of_enough`.
    chance
        Wanted, at most 1.
    most
        Largest number tried, >= 0.

    Returns
    -------
    int or None
        None if even ``most`` do not reach the chance.

    Examples
    --------
    >>> there = number_chances([0.9] * 8)
    >>> [requisitions_needed(there, 10, 0.8, chance, 50) for chance in (0.5, 0.8, 0.9, 0.95)]
    [3, 5, 5, 6]
    >>> requisitions_needed(there, 10, 0.0, 0.9, 50) is None
    True
    """

    def enough(requisitions: int) -> bool:
        return bool(chance_of_enough(there, people, requisitions, chance_each) >= chance - ROUNDING)

    if not enough(most):
        return None
    low, high = -1, most  # more requisitions never lower the chance
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
