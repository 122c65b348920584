"""How strained people are: the running average of each one's own utilisation."""

from __future__ import annotations

from csm_sim.engine.arrays import Floats, Ints
from csm_sim.engine.attendance import is_working
from csm_sim.engine.compiled import kernel
from csm_sim.world.supply import HERE

WEEK = 7


@kernel
def here_minutes(
    p: int, first_day: int, end_day: int, calendar: int, away: Ints, open_before: Floats
) -> float:
    """Working time of the days on which somebody was not away."""
    minutes = 0.0
    for day in range(first_day, end_day):
        if away[p, day] == HERE and is_working(calendar, day, open_before):
            minutes += open_before[calendar, day + 1] - open_before[calendar, day]
    return minutes


@kernel
def note_strain(
    strain: Floats, weight: Floats, since: Ints, offset: Floats, calendars: Ints, warm_days: int,
    first_week: int, end_week: int, busy: Floats, away: Ints, open_before: Floats,
) -> None:  # fmt: skip
    """Let the weeks gone by into the average of everyone with a weight above 0.

    ``since`` is the day from which somebody sits in the seat, ``offset`` how long others had been busy
    there in that week.
    """
    for p in range(strain.shape[0]):
        if weight[p] <= 0.0:
            continue
        for week in range(first_week, end_week):
            begin = warm_days + WEEK * week
            if since[p] >= begin + WEEK:
                continue
            done = busy[week, p, 0] + busy[week, p, 1] + busy[week, p, 2]
            if since[p] > begin:
                done -= offset[p]
            here = here_minutes(p, max(begin, since[p]), begin + WEEK, calendars[p], away, open_before)
            if here > 0.0:
                strain[p] += weight[p] * (done / here - strain[p])
