"""Working time: which minutes of which days a team is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.world.records import DAY, TICKS

if TYPE_CHECKING:
    from csm_sim.scenario.hours import Calendar


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The windows of working time of every day of a run.

    ``windows[d]`` holds two windows ``open, close, open, close`` in minutes of the run; a window
    that does not exist has no length. ``open_before[d]`` is the working time before day ``d``.
    ``next_working_day[d]`` is the first day from ``d`` on that has working time (or the number of
    days, if none is left).
    """

    windows: NDArray[np.float64]
    open_before: NDArray[np.float64]
    next_working_day: NDArray[np.int32]

    def minutes(self, first_day: int, end_day: int) -> float:
        """Working minutes of the days ``first_day`` to ``end_day - 1``."""
        return float(self.open_before[end_day] - self.open_before[first_day])


def holidays_of(country: str | None, subdivision: str | None, years: range) -> frozenset[date]:
    """The public holidays of a country, from the ``holidays`` package; none without a country."""
    if country is None:
        return frozenset()
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=years))


def shift_days(calendar: Calendar, first: date, days: int) -> NDArray[np.bool_]:
    """Whether a shift begins on each of ``days`` days from the date ``first``."""
    off = free_days(calendar, first, days)
    week = frozenset(calendar.week)
    return np.array(
        [
            (day := first + timedelta(days=number)).weekday() in week and day not in off
            for number in range(days)
        ],
        dtype=np.bool_,
    )


def free_days(calendar: Calendar, first: date, days: int) -> frozenset[date]:
    """Public holidays and other closed days of the years around ``days`` days from ``first``."""
    years = range(first.year, first.year + days // 365 + 2)
    return holidays_of(calendar.country, calendar.subdivision, years) | frozenset(calendar.closed)


def working_time(calendar: Calendar, first: date, days: int, share: float = 1.0) -> WorkingTime:
    """The working time of ``days`` days from the date ``first``.

    Parameters
    ----------
    calendar
        The scenario's calendar, or one of a role or person.
    first
        Date of day 0.
    days
        Number of days, at least 1.
    share
        Share of each window that is worked, from its beginning: part-time.
    """
    begins = shift_days(calendar, first - timedelta(days=1), days + 1)
    of_a_day = [*calendar.windows, (0.0, 0.0), (0.0, 0.0)][:2]
    if of_a_day[0][1] > DAY:  # a shift that ends the day after: its second part stands before its first
        opens, closes = of_a_day[0]
        early, late = (0.0, closes - DAY), (opens, DAY)
        parts = ((begins[:-1], early), (begins[1:], late))
    else:
        if of_a_day[1][0] == of_a_day[1][1]:  # no second window: an empty one at the close of the first
            of_a_day[1] = (of_a_day[0][1], of_a_day[0][1])
        parts = ((begins[1:], of_a_day[0]), (begins[1:], of_a_day[1]))
    midnight = np.arange(days, dtype=np.float64)[:, None] * DAY
    windows = np.hstack(
        [np.where(is_open[:, None], midnight + np.array(window), midnight) for is_open, window in parts]
    )
    if share != 1.0:
        for begin, close in ((0, 1), (2, 3)):
            end = windows[:, begin] + share * (windows[:, close] - windows[:, begin])
            windows[:, close] = np.floor(end * TICKS + 0.5) / TICKS
    length = (windows[:, 1] - windows[:, 0]) + (windows[:, 3] - windows[:, 2])
    next_working = np.full(days + 1, days, dtype=np.int32)
    for number in range(days - 1, -1, -1):
        next_working[number] = number if length[number] > 0 else next_working[number + 1]
    return WorkingTime(windows, np.concatenate([[0.0], np.cumsum(length)]), next_working)


class CalendarTable:
    """Collects the calendars of a world; equal ones are one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Calendar, float], int] = {}

    def add(self, calendar: Calendar, share: float = 1.0) -> int:
        """The number of a calendar of which a share of the hours is worked."""
        return self._numbers.setdefault((calendar, share), len(self._numbers))

    def finish(self, first: date, days: int) -> tuple[WorkingTime, ...]:
        """The working time of each, in order of number."""
        return tuple(working_time(calendar, first, days, share) for calendar, share in self._numbers)
