"""Working time inside the kernel: when a piece of work ends, and how long something took."""

from __future__ import annotations

import numpy as np

from csm_sim.engine.arrays import Floats
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.world.records import NEVER, TICKS


@inlined
def to_tick(minutes: float) -> float:
    """The nearest whole number of ticks."""
    return float(np.floor(minutes * TICKS + 0.5) / TICKS)


@inlined
def finish_at(windows: Floats, day: int, start: float, minutes: float) -> float:
    """When ``minutes`` (> 0) of working time have passed since ``start``, an instant of ``day``.

    NEVER if that is after the run's end.
    """
    while day < windows.shape[0]:
        for window in range(2):
            close = windows[day, 2 * window + 1]
            begin = max(windows[day, 2 * window], start)
            if close > begin:
                if minutes <= close - begin:
                    return begin + minutes
                minutes -= close - begin
        day += 1
    return NEVER


@inlined
def work_clock(windows: Floats, open_before: Floats, day: int, time: float) -> float:
    """Working minutes from the beginning of the run to ``time``, an instant of ``day``."""
    passed = open_before[day]
    for window in range(2):
        begin = windows[day, 2 * window]
        if time > begin:
            passed += min(time, windows[day, 2 * window + 1]) - begin
    return float(passed)


@inlined
def is_open(windows: Floats, day: int, time: float) -> bool:
    """Whether people are at work at an instant of a day."""
    return bool((windows[day, 0] <= time < windows[day, 1]) or (windows[day, 2] <= time < windows[day, 3]))


@inlined
def ticket_time(pieces: Floats, reading: float) -> float:
    """The instant at which the ticket clock shows ``reading``; NEVER if it stands still before."""
    piece = pieces.shape[0] - 1
    while piece > 0 and pieces[piece, 1] >= reading:
        piece -= 1
    if pieces[piece, 2] <= 0.0:
        return NEVER
    return to_tick(pieces[piece, 0] + (reading - pieces[piece, 1]) / pieces[piece, 2])


@kernel
def ticket_clock(pieces: Floats, time: float) -> float:
    """What the ticket clock shows at an instant."""
    piece = pieces.shape[0] - 1
    while piece > 0 and pieces[piece, 0] > time:
        piece -= 1
    return float(pieces[piece, 1] + (time - pieces[piece, 0]) * pieces[piece, 2])
