"""The two benchmark models in numbers, and the calendar and result records that every peer shares.

Times are minutes since the midnight that starts the run; a working minute counts only open time.
The calendar functions are plain arithmetic so that numba peers can compile them as they are.
"""

import math
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


def lognormal_parameters(mean: float, cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm."""
    variance = math.log(1.0 + cv * cv)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)


QBR_MU, QBR_SIGMA = lognormal_parameters(QBR_EFFORT_MINUTES, QBR_CV)
CHECK_IN_MU, CHECK_IN_SIGMA = lognormal_parameters(CHECK_IN_EFFORT_MINUTES, CHECK_IN_CV)
TICKET_MU, TICKET_SIGMA = lognormal_parameters(TICKET_EFFORT_MINUTES, TICKET_CV)
DESK_MU, DESK_SIGMA = lognormal_parameters(DESK_EFFORT_HOURS, DESK_CV)


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
