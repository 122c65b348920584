"""People who come and go: heads, vacancies and ramp of a seat, without simulation.

Time is counted in whole days. An array "by day" holds what is true on day 0, 1, ... after that midnight's
leaving, joining and notices; day 0 is the first on which the resignation clock runs. The rules:

* A person gives notice ``N`` days after joining (someone there from the beginning: after day 0), ``N`` the
  exponential time to resign rounded up, so ``P(N > k) = q^k`` with ``q = exp(-lambda)`` and ``N >= 1``;
  works the notice of ``m`` days and is gone on day ``N + m``.
* With backfill, a requisition opens on the day of the notice. The next person joins ``J`` days after it
  opens, ``J`` the time to hire rounded up, but not before the seat is free: after ``max(m, J)`` days.
* A person who joins works at ``ramp[k]`` of full speed in month ``k`` of tenure; those there from the
  beginning are past it.

Persons are independent, and the hazard is constant: no burnout, which would tie the people of a team
together.

References
----------
.. [1] D. J. Bartholomew, A. F. Forbes, S. I. McClean, *Statistical Techniques for Manpower Planning*,
   2nd ed., Wiley, 1991.
.. [2] D. R. Cox, *Renewal Theory*, Methuen, 1962.
.. [3] R. E. Barlow, F. Proschan, *Mathematical Theory of Reliability*, Wiley, 1965, ch. 3.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SeatByDay",
    "SeatInTheLongRun",
    "SeatRules",
    "expected_heads",
    "joining_chances",
    "ramp_days",
    "ramp_factors",
    "resignation_hazard_per_day",
    "seat_by_day",
    "seat_in_the_long_run",
]

Floats = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

ROUNDING = 1e-12
"""By which sums of chances may miss the chance they stand for."""


# one person --------------------------------------------------------------------------------------


def resignation_hazard_per_day(share_per_year: float) -> float:
    """Constant hazard of giving notice with which a share of the people does so within a year [1]_.

    ``lambda = -ln(1 - a) / 365.25``.

    Parameters
    ----------
    share_per_year
        Share ``a`` of those there at the beginning who have given notice a year later, >= 0 and < 1.

    Raises
    ------
    ValueError
        If the share is outside that range.

    Examples
    --------
    >>> round(resignation_hazard_per_day(0.15), 8)
    0.00044495
    """
    if not 0 <= share_per_year < 1:
        raise ValueError("the share that resigns in a year must be from 0 to under 1")
    return -math.log1p(-share_per_year) / DAYS_PER_YEAR


def expected_heads(heads: float, days: ArrayLike, hazard_per_day: float, notice_days: int) -> Floats:
    """Expected number of people left of a team that is not backfilled [1]_.

    ``n exp(-lambda (t - m))`` from the first notice period on, ``n`` before: who resigns works the notice.
    On whole days it is exact. With ``heads = 1`` it is the chance that a person is still there.

    Parameters
    ----------
    heads
        People on day 0, >= 0.
    days
        Days since then, element by element.
    hazard_per_day
        Of giving notice, >= 0.
    notice_days
        Length of the notice in whole days, >= 1.

    Raises
    ------
    ValueError
        If the hazard is negative, or the notice shorter than a day.

    Examples
    --------
    >>> hazard = resignation_hazard_per_day(0.15)
    >>> expected_heads(8, [30, 365, 730], hazard, 30).round(3).tolist()
    [8.0, 6.892, 5.859]
    """
    _check_leaving(hazard_per_day, notice_days)
    at_risk = np.maximum(np.asarray(days, dtype=np.float64) - notice_days, 0.0)
    return np.asarray(heads * np.exp(-hazard_per_day * at_risk), dtype=np.float64)


def ramp_factors(ramp: Sequence[float], days: int) -> Floats:
    """Speed by day of tenure, as a share of full speed: ``ramp[k]`` in month ``k``, 1 after the last.

    Month ``k`` is ``[30.4375 k, 30.4375 (k + 1))`` days after joining.

    Parameters
    ----------
    ramp
        Share of full speed in month 0, 1, ... of tenure, > 0.
    days
        How many days, from the day of joining.

    Examples
    --------
    >>> ramp_factors([0.4, 0.7], 92)[[0, 30, 31, 60, 61]].tolist()
    [0.4, 0.4, 0.7, 0.7, 1.0]
    """
    month = (np.arange(days) / DAYS_PER_MONTH).astype(np.int64)
    return np.append(np.asarray(ramp, dtype=np.float64), 1.0)[np.minimum(month, len(ramp))]


def ramp_days(ramp: Sequence[float]) -> int:
    """Days of tenure from which on a person is *ramped*: never again below full speed.

    Months at the end of ``ramp`` that are at full speed already are no ramp.

    Parameters
    ----------
    ramp
        As in :func:`ramp_factors`.

    Examples
    --------
    >>> ramp_days([0.4, 0.7, 0.9]), ramp_days([0.7, 1.0]), ramp_days([])
    (92, 31, 0)
    """
    months = max((month + 1 for month, factor in enumerate(ramp) if factor < 1), default=0)
    return math.ceil(months * DAYS_PER_MONTH)


def joining_chances(at_most: Callable[[Floats], Floats], longest_days: int) -> Floats:
    """Chance that a person joins 0, 1, ... whole days after the requisition opens.

    A time to hire of ``x`` days is rounded up: ``P(J = k) = F(k) - F(k - 1)``. What is missing to 1 takes
    longer than ``longest_days``.

    Parameters
    ----------
    at_most
        Distribution function ``F`` of the time to hire in days, for an array of days >= 0.
    longest_days
        Last day looked at, >= 0.

    Raises
    ------
    ValueError
        If what ``at_most`` gives is no distribution function.

    Examples
    --------
    >>> joining_chances(lambda x: np.minimum(x / 2.5, 1.0), 4).round(6).tolist()
    [0.0, 0.4, 0.4, 0.2, 0.0]
    """
    below = np.asarray(at_most(np.arange(longest_days + 1, dtype=np.float64)), dtype=np.float64)
    chances = np.diff(below, prepend=0.0)
    if not (chances >= -ROUNDING).all() or below[-1] > 1 + ROUNDING:
        raise ValueError("a distribution function rises from 0 to at most 1")
    return np.maximum(chances, 0.0)


# a seat ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SeatRules:
    """How the people of one seat come and go.

    Attributes
    ----------
    hazard_per_day
        Of giving notice, >= 0.
    notice_days
        Whole days from the notice to the first day not worked, >= 1.
    joining
        Chance that a person joins 0, 1, ... days after the requisition opens, from :func:`joining_chances`.
        The default joins at once. Where it ends, it has to reach as many days as are asked about.
    backfill
        Whether a notice opens a requisition for the same seat.
    ramp
        As in :func:`ramp_factors`.
    freezes
        ``(first day, first day after)`` of times in which no requisition opens; those that should have
        opened do so on the first day after.

    Raises
    ------
    ValueError
        If the hazard is negative, the notice shorter than a day, a chance negative, their sum above 1, a
        factor of the ramp not above 0, or a freeze ends before it begins.
    """

    hazard_per_day: float
    notice_days: int
    joining: Floats = field(default_factory=lambda: np.ones(1))
    backfill: bool = True
    ramp: tuple[float, ...] = ()
    freezes: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        _check_leaving(self.hazard_per_day, self.notice_days)
        if not (self.joining >= 0).all() or self.joining.sum() > 1 + ROUNDING:
            raise ValueError("chances of joining must not be negative, nor add up to more than 1")
        if any(not factor > 0 for factor in self.ramp):
            raise ValueError("speed during the ramp must be greater than 0")
        if any(first > after for first, after in self.freezes):
            raise ValueError("a freeze must not end before it begins")

    def opens(self, day: int) -> int:
        """The day on which a requisition opens that is wanted on ``day``.

        One that has waited opens before another freeze that begins on that day.
        """
        opens = day
        for first, after in sorted(self.freezes):
            if (first <= day and opens == day < after) or first < opens < after:
                opens = after
        return opens

    def backfilled(self, notice_day: int, days: int) -> tuple[int, Floats]:
        """The first day on which the backfill may join, and its chances from then to day ``days``."""
        opens, free = self.opens(notice_day), notice_day + self.notice_days
        first = max(opens, free)
        if first > days:
            return days + 1, np.zeros(0)
        chances = self.joining[first - opens : days + 1 - opens].copy()
        at_once = float(self.joining[: first - opens].sum())
        if len(chances) == 0:
            return first, np.array([at_once])
        chances[0] += at_once
        return first, chances

    def stay_or_resign(self) -> tuple[float, float]:
        """The chances ``q`` and ``1 - q`` to stay and to give notice, a day."""
        return math.exp(-self.hazard_per_day), -math.expm1(-self.hazard_per_day)

    def still_there(self, days: int) -> Floats:
        """Chance to be employed still, by day of tenure up to ``days``."""
        return expected_heads(1.0, np.arange(days + 1), self.hazard_per_day, self.notice_days)


class SeatByDay(NamedTuple):
    """Expectations of one seat, (day,)."""

    employed: Floats
    """Chance that somebody is employed in it."""
    ramped: Floats
    """Chance that somebody is employed in it who is ramped."""
    fte: Floats
    """Expected speed in the seat as a share of full speed, 0 while it is vacant."""
    joins: Floats
    """Expected number of people who join on the day; those there from the beginning count on day 0."""


def seat_by_day(rules: SeatRules, days: int, opened_day: int | None = None) -> SeatByDay:
    """What to expect of a seat day by day, from the renewal equation [2]_.

    The joining days are the renewals: with ``h`` their expected number by day, the seat is employed on day
    ``t`` with the chance ``sum_s h(s) P(N + m > t - s)``. As ``N`` has no memory, ``h`` follows from the
    notices before in one pass. No approximation: days are whole as in the rules at the top of this module.

    Parameters
    ----------
    rules
        Of the seat.
    days
        Last day wanted, >= 0.
    opened_day
        Day on which a requisition opens for an empty seat; None: a ramped person sits in it on day 0.

    Raises
    ------
    ValueError
        If ``days`` or ``opened_day`` is negative.

    Examples
    --------
    >>> hired = joining_chances(lambda x: (x >= 70.0) * 1.0, 800)
    >>> rules = SeatRules(resignation_hazard_per_day(0.15), 30, hired, ramp=(0.4, 0.7, 0.9))
    >>> [round(float(x[730]), 4) for x in seat_by_day(rules, 730)[:3]]
    [0.9827, 0.9434, 0.9696]
    """
    if days < 0 or (opened_day is not None and opened_day < 0):
        raise ValueError("days must not be negative")
    stay, resign = rules.stay_or_resign()
    joins = np.zeros(days + 1)
    if opened_day is None:
        joins[0] = 1.0
    else:
        first = rules.opens(opened_day)
        chances = rules.joining[: max(days + 1 - first, 0)]
        joins[first : first + len(chances)] = chances
    employed, here = np.zeros(days + 1), 0.0
    for day in range(days + 1):
        notices = resign * here
        here = stay * here + joins[day]
        # on notice until the day of leaving
        employed[day] += here
        employed[day : day + rules.notice_days] += notices
        if rules.backfill and notices > 0:
            first, chances = rules.backfilled(day, days)
            joins[first : first + len(chances)] += notices * chances
    there, speed, from_day = (
        rules.still_there(days),
        ramp_factors(rules.ramp, days + 1),
        ramp_days(rules.ramp),
    )
    of_later, of_first = joins.copy(), np.zeros(days + 1)
    if opened_day is None:
        of_later[0], of_first = 0.0, there  # past the ramp from the beginning
    fte = of_first + np.convolve(of_later, there * speed)[: days + 1]
    ramped = of_first + np.convolve(of_later, there * (np.arange(days + 1) >= from_day))[: days + 1]
    return SeatByDay(np.minimum(employed, 1.0), np.minimum(ramped, 1.0), fte, joins)


class SeatInTheLongRun(NamedTuple):
    """Means of a seat that is backfilled for ever."""

    employed: float
    """Share of days on which somebody is employed."""
    fte: float
    """Mean speed in the seat as a share of full speed."""
    employed_days: float
    """Mean length of an employment."""
    vacant_days: float
    """Mean length of the vacancy after it."""


def seat_in_the_long_run(rules: SeatRules) -> SeatInTheLongRun:
    """Limit of :func:`seat_by_day`: mean time up over mean time of a cycle [3]_.

    Up ``E[N] + m`` with ``E[N] = 1 / (1 - q)``, the cycle ``E[N] + E max(m, J)``. The time lost to the
    ramp is ``sum_a (1 - ramp(a)) P(N + m > a)`` a cycle.

    Parameters
    ----------
    rules
        Of the seat. ``freezes`` are over in the long run and do not count.

    Raises
    ------
    ValueError
        If nobody resigns or is backfilled, or ``joining`` does not add up to 1.

    Examples
    --------
    >>> hired = joining_chances(lambda x: (x >= 70.0) * 1.0, 70)
    >>> seat = seat_in_the_long_run(SeatRules(resignation_hazard_per_day(0.15), 30, hired))
    >>> round(seat.employed, 6), round(seat.employed_days, 1), seat.vacant_days
    (0.982743, 2277.9, 40.0)
    """
    if not rules.hazard_per_day > 0 or not rules.backfill:
        raise ValueError("a seat has a long run only where people resign and are backfilled")
    if abs(rules.joining.sum() - 1.0) > 1e-9:
        raise ValueError("chances of joining must add up to 1")
    wait = np.arange(len(rules.joining))
    vacant = float(rules.joining @ np.maximum(wait - rules.notice_days, 0))
    up = 1.0 / rules.stay_or_resign()[1] + rules.notice_days
    ramping = math.ceil(len(rules.ramp) * DAYS_PER_MONTH)
    lost = float((1.0 - ramp_factors(rules.ramp, ramping)) @ rules.still_there(ramping)[:ramping])
    return SeatInTheLongRun(up / (up + vacant), (up - lost) / (up + vacant), up, vacant)


def _check_leaving(hazard_per_day: float, notice_days: int) -> None:
    if not 0 <= hazard_per_day < math.inf:
        raise ValueError("the hazard of resigning must not be negative")
    if notice_days < 1:
        raise ValueError("the notice must be at least a day")
