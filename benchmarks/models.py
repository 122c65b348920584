"""The three benchmark models in numbers, and the calendar and result records that every peer shares.

Times are minutes since the midnight that starts the run; a working minute counts only open time.
The calendar functions are plain arithmetic so that numba peers can compile them as they are.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY_MINUTES = 1440.0

# Model A: a team in which every account belongs to one person.
CSM_COUNT = 10
ACCOUNTS_PER_CSM = 40
TEAM_DAYS = 730
FIRST_WEEKDAY = 3  # Thursday 2027-04-01, Monday is 0
OPEN_MINUTE, CLOSE_MINUTE = 540.0, 885.0  # 09:00-14:45
SHIFT_MINUTES = CLOSE_MINUTE - OPEN_MINUTE
QBR_PERIOD_DAYS, QBR_STEPS, QBR_EFFORT_MINUTES, QBR_CV, QBR_DUE_DAYS = 90, 3, 60.0, 0.5, 15
CHECK_IN_PERIOD_DAYS, CHECK_IN_EFFORT_MINUTES, CHECK_IN_CV, CHECK_IN_DUE_DAYS = 7, 20.0, 0.5, 7
TICKET_GAP_DAYS, TICKET_EFFORT_MINUTES, TICKET_CV = 365.25 / 6.0, 30.0, 1.0

# Model B: a desk open round the clock on which everybody takes everything.
DESK_PEOPLE = 10
DESK_DAYS = 365
DESK_RATE_PER_HOUR = 17.0
DESK_SHARE_CLASS_1 = 0.3
DESK_EFFORT_HOURS, DESK_CV = 0.5, 1.0

# Model C: a desk with all that happens to tickets. Office hours bring them, two roles work round the clock.
FULL_DESK_DAYS = 365
FULL_DESK_HOURS = FULL_DESK_DAYS * 24.0
FULL_DESK_FIRST_WEEKDAY = 4  # Friday 2027-01-01
FULL_DESK_PEOPLE = (7, 3)  # support, CSMs
FULL_DESK_SHARE_SUPPORT = 0.7
FULL_DESK_RATE_PER_HOUR = 500 * 0.63 / 24.0  # of all accounts, on average over the week
# Percent of the tickets by hour of the day and by weekday, as in the profile "office".
OFFICE_HOURS = (
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 8.4, 12.0, 11.7, 12.8, 6.7,
    6.5, 10.1, 10.9, 12.4, 7.1, 1.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
)  # fmt: skip
OFFICE_WEEK = (19.0, 22.1, 21.0, 19.9, 18.0, 0.0, 0.0)


class TeamOutcome(NamedTuple):
    """One replication of Model A. Waits run from opening to start of work, in working hours."""

    tasks_done: float
    ticket_wait_hours: float
    check_in_wait_hours: float
    qbr_step_wait_hours: float
    utilisation: float


class DeskOutcome(NamedTuple):
    """One replication of Model B."""

    tasks_done: float
    class_1_wait_hours: float
    class_2_wait_hours: float
    utilisation: float


class FullDeskOutcome(NamedTuple):
    """One replication of Model C, by severity from urgent to low where it says so.

    A finished touch is a task. Waits run from opening to the first touch, of tickets that had one.
    """

    tasks_done: float
    opened: float
    resolved: float
    abandoned_share: float
    touches_per_ticket: float
    urgent_wait_hours: float
    normal_wait_hours: float
    low_wait_hours: float
    urgent_in_target: float
    normal_in_target: float
    low_in_target: float
    utilisation_support: float
    utilisation_csm: float


def lognormal_parameters(mean: float, cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm."""
    variance = math.log(1.0 + cv * cv)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)


QBR_MU, QBR_SIGMA = lognormal_parameters(QBR_EFFORT_MINUTES, QBR_CV)
CHECK_IN_MU, CHECK_IN_SIGMA = lognormal_parameters(CHECK_IN_EFFORT_MINUTES, CHECK_IN_CV)
TICKET_MU, TICKET_SIGMA = lognormal_parameters(TICKET_EFFORT_MINUTES, TICKET_CV)
DESK_MU, DESK_SIGMA = lognormal_parameters(DESK_EFFORT_HOURS, DESK_CV)


class Severity(NamedTuple):
    """A class of tickets of Model C: hours, and pairs of ``lognormal_parameters`` of hours."""

    cumulative_share: float
    target: float
    effort: tuple[float, float]
    patience: tuple[float, float]
    more: float
    more_effort: tuple[float, float]
    more_wait: float
    reopen: float
    reopen_effort: tuple[float, float]
    reopen_wait: float


# Their order is that of their priorities.
SEVERITIES = (
    Severity(
        0.15, 1.0, lognormal_parameters(45.0 / 60.0, 1.5), lognormal_parameters(24.0, 1.0),
        0.40, lognormal_parameters(20.0 / 60.0, 1.0), 4.0,
        0.08, lognormal_parameters(30.0 / 60.0, 1.0), 48.0,
    ),
    Severity(
        0.70, 4.0, lognormal_parameters(30.0 / 60.0, 1.2), lognormal_parameters(72.0, 1.0),
        0.30, lognormal_parameters(15.0 / 60.0, 1.0), 8.0,
        0.06, lognormal_parameters(20.0 / 60.0, 1.0), 72.0,
    ),
    Severity(
        1.00, 24.0, lognormal_parameters(20.0 / 60.0, 1.0), lognormal_parameters(120.0, 1.0),
        0.20, lognormal_parameters(10.0 / 60.0, 1.0), 12.0,
        0.04, lognormal_parameters(15.0 / 60.0, 1.0), 96.0,
    ),
)  # fmt: skip
_week = np.roll(np.outer(OFFICE_WEEK, OFFICE_HOURS), -FULL_DESK_FIRST_WEEKDAY, axis=0).ravel()
# 168 times the share of a week's tickets before each hour of the run's first week, and at its end.
TICKET_CLOCK: list[float] = [0.0, *(168.0 * (_week.cumsum() / _week.cumsum()[-1])).tolist()]


def hour_of_reading(reading: float) -> float:
    """Hour of the run at which the clock on which tickets come at an even rate shows so many hours."""
    weeks, rest = divmod(reading, 168.0)
    hour = bisect_right(TICKET_CLOCK, rest) - 1
    before, after = TICKET_CLOCK[hour], TICKET_CLOCK[hour + 1]
    return weeks * 168.0 + hour + (rest - before) / (after - before)


def working_minutes(minute: float) -> float:
    """Open minutes before a calendar minute."""
    day = math.floor(minute / 1440.0)
    weeks, weekday = divmod(day + FIRST_WEEKDAY, 7)
    full_days = weeks * 5 + min(weekday, 5) - FIRST_WEEKDAY
    if weekday >= 5:
        return full_days * SHIFT_MINUTES
    return full_days * SHIFT_MINUTES + min(max(minute - day * 1440.0 - OPEN_MINUTE, 0.0), SHIFT_MINUTES)


def calendar_minute(worked_minutes: float) -> float:
    """Calendar minute at which so many open minutes have passed; the closing rather than the next opening."""
    shifts = max(0, math.ceil(worked_minutes / SHIFT_MINUTES) - 1)
    weeks, weekday = divmod(shifts + FIRST_WEEKDAY, 5)
    day = weeks * 7 + weekday - FIRST_WEEKDAY
    return day * 1440.0 + OPEN_MINUTE + (worked_minutes - shifts * SHIFT_MINUTES)


def open_from(minute: float) -> float:
    """The minute itself if people are at work then, otherwise the next opening."""
    day = math.floor(minute / 1440.0)
    weekday = (day + FIRST_WEEKDAY) % 7
    minute_of_day = minute - day * 1440.0
    if weekday < 5 and minute_of_day < CLOSE_MINUTE:
        return day * 1440.0 + max(minute_of_day, OPEN_MINUTE)
    next_day = day + (7 - weekday if weekday >= 4 else 1)
    return next_day * 1440.0 + OPEN_MINUTE


def working_day(day: int) -> int:
    """The day itself if it is a working day, otherwise the next one."""
    weekday = (day + FIRST_WEEKDAY) % 7
    return day + (7 - weekday if weekday >= 5 else 0)


TEAM_MINUTES = TEAM_DAYS * DAY_MINUTES
TEAM_OPEN_MINUTES = working_minutes(TEAM_MINUTES)


def team_outcome(
    done: float, started: NDArray[np.float64], wait_minutes: NDArray[np.float64], busy_minutes: float
) -> TeamOutcome:
    """Outcome from totals over all people; the arrays count started tasks: ticket, check-in, QBR step."""
    ticket, check_in, qbr = (float(hours) for hours in wait_minutes / started / 60.0)
    return TeamOutcome(
        float(done), ticket, check_in, qbr, float(busy_minutes) / (CSM_COUNT * TEAM_OPEN_MINUTES)
    )


def expected_team_utilisation() -> float:
    """Offered work over open time of Model A, without the boundary effects of the first and last week."""
    per_day = (
        QBR_STEPS * QBR_EFFORT_MINUTES / QBR_PERIOD_DAYS
        + CHECK_IN_EFFORT_MINUTES / CHECK_IN_PERIOD_DAYS
        + TICKET_EFFORT_MINUTES / TICKET_GAP_DAYS
    )
    return ACCOUNTS_PER_CSM * per_day * TEAM_DAYS / TEAM_OPEN_MINUTES


def full_desk_outcome(
    opened: int,
    resolved: int,
    abandoned: int,
    touches: int,
    taken_up: Sequence[int],
    wait_hours: Sequence[float],
    in_target: Sequence[int],
    busy_hours: Sequence[float],
) -> FullDeskOutcome:
    """Outcome from totals, the last four by severity and by role."""
    waits = [total / n for total, n in zip(wait_hours, taken_up, strict=True)]
    answered = [in_time / n for in_time, n in zip(in_target, taken_up, strict=True)]
    used = [busy / (n * FULL_DESK_HOURS) for busy, n in zip(busy_hours, FULL_DESK_PEOPLE, strict=True)]
    return FullDeskOutcome(
        touches, opened, resolved, abandoned / opened, touches / opened, *waits, *answered, *used
    )
