"""Time inside the kernel: working time of a calendar, and the clock on which tickets come.

``windows`` has the shape (calendar, day, 4) and ``open_before`` (calendar, day + 1); the scenario's
calendar is number 0.
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.world.records import DAY, NEVER, TICKS


@inlined
def to_tick(minutes: float) -> float:
    """The nearest whole number of ticks."""
    return float(np.floor(minutes * TICKS + 0.5) / TICKS)


@inlined
def finish_at(windows: Floats, calendar: int, day: int, start: float, minutes: float) -> float:
    """When ``minutes`` (> 0) of working time have passed since ``start``, an instant of ``day``.

    NEVER if that is after the run's end.
    """
    while day < windows.shape[1]:
        for window in range(2):
            close = windows[calendar, day, 2 * window + 1]
            begin = max(windows[calendar, day, 2 * window], start)
            if close > begin:
                if minutes <= close - begin:
                    return begin + minutes
                minutes -= close - begin
        day += 1
    return NEVER


@inlined
def work_clock(windows: Floats, open_before: Floats, calendar: int, day: int, time: float) -> float:
    """Working minutes from the beginning of the run to ``time``, an instant of ``day``."""
    passed = open_before[calendar, day]
    if day < windows.shape[1]:
        for window in range(2):
            begin = windows[calendar, day, 2 * window]
            if time > begin:
                passed += min(time, windows[calendar, day, 2 * window + 1]) - begin
    return float(passed)


@inlined
def clock_of(calendar: int, windows: Floats, open_before: Floats, time: float, control: Records) -> float:
    """``work_clock`` at the instant being worked; the scenario's calendar has it ready."""
    if calendar == 0:
        return float(control[0].clock)
    return work_clock(windows, open_before, calendar, control[0].day, time)


@inlined
def is_open(windows: Floats, calendar: int, day: int, time: float) -> bool:
    """Whether people of a calendar are at work at an instant of a day."""
    return bool(
        (windows[calendar, day, 0] <= time < windows[calendar, day, 1])
        or (windows[calendar, day, 2] <= time < windows[calendar, day, 3])
    )


@inlined
def open_calendars(windows: Floats, day: int, time: float) -> int:
    """The calendars that are open at an instant, one bit for each."""
    if windows.shape[0] == 1:
        return int(is_open(windows, 0, day, time))
    found = 0
    for calendar in range(windows.shape[0]):
        if is_open(windows, calendar, day, time):
            found |= 1 << calendar
    return found


@inlined
def next_change(windows: Floats, day: int, after: float) -> float:
    """When people of some calendar next come to work or leave it on a day, later than ``after``."""
    found = NEVER
    for calendar in range(windows.shape[0]):
        for edge in range(4):
            if after < windows[calendar, day, edge] < found:
                found = windows[calendar, day, edge]
    return float(found)


@inlined
def next_opening(windows: Floats, day: int, after: float) -> float:
    """When people of some calendar next come to work on a day, later than ``after``; else NEVER."""
    found = NEVER
    for calendar in range(windows.shape[0]):
        for window in range(2):
            begin = windows[calendar, day, 2 * window]
            if windows[calendar, day, 2 * window + 1] > begin and after < begin < found:
                found = begin
    return float(found)


@kernel
def fill_ticket_clock(
    ordinary: Floats, dists: Records, values: Floats, number: int, prefix: np.uint64, entity: np.uint64,
    first_ordinal: int, lengths: Floats, begins: Floats,
) -> None:  # fmt: skip
    """The ticket clock of a replication: each day's length on it, and its reading at each midnight.

    A day's length is its ordinary one times the day's busyness, distribution ``number`` (-1: none).
    """
    begins[0] = 0.0
    for day in range(lengths.shape[0]):
        lengths[day] = ordinary[day]
        if number >= 0:
            u = dr.draw(prefix, entity, np.uint64(first_ordinal + day))
            lengths[day] *= dr.quantile(dists, values, number, u)
        begins[day + 1] = begins[day] + lengths[day]


@inlined
def within_day(day: int, part: float, day_shape: Ints, shapes: Floats) -> float:
    """The instant at which ``part`` of a day's tickets have come."""
    shape = day_shape[day]
    minute = DAY * part
    if shape >= 0:
        minute = DAY
        if part < 1.0:
            low, high = 0, 24  # the hour: shapes[low] <= part < shapes[high]
            while high - low > 1:
                middle = (low + high) >> 1
                if shapes[shape, middle] <= part:
                    low = middle
                else:
                    high = middle
            begin = shapes[shape, low]
            minute = 60.0 * (low + (part - begin) / (shapes[shape, low + 1] - begin))
    return to_tick(DAY * day + min(minute, DAY))


@inlined
def ticket_time(lengths: Floats, begins: Floats, day_shape: Ints, shapes: Floats, reading: float) -> float:
    """The instant at which the ticket clock shows ``reading``; NEVER if that is after the run."""
    days = lengths.shape[0]
    if reading >= begins[days]:
        return NEVER
    day = min(int(reading * (days / begins[days])), days - 1)
    while begins[day] > reading:
        day -= 1
    while begins[day + 1] <= reading:
        day += 1
    return within_day(day, (reading - begins[day]) / lengths[day], day_shape, shapes)


@kernel
def young_ticket_time(
    lengths: Floats, day_shape: Ints, shapes: Floats, start_day: int, ramp_from: float, ramp_days: float,
    reading: float,
) -> float:  # fmt: skip
    """As ``ticket_time``, on the own clock of an account that started in the run, 0 at its start."""
    for day in range(start_day, lengths.shape[0]):
        age = day - start_day
        length = lengths[day]
        if age < math.ceil(ramp_days):
            length *= 1.0 + (ramp_from - 1.0) * max(0.0, 1.0 - (age + 0.5) / ramp_days)
        if reading < length:
            return within_day(day, reading / length, day_shape, shapes)
        reading -= length
    return NEVER
