"""The order of a day's events: runs sorted by insertion, then merged, without making an array."""

from __future__ import annotations

from csm_sim.engine.arrays import Floats, Ints
from csm_sim.engine.compiled import kernel

SHORT_RUN = 16
"""Events that are sorted by insertion."""


@kernel
def sort_events(times: Floats, which: Ints, low: int, high: int, spare_times: Floats, spare: Ints) -> None:
    """Sort a component's events of the day by time: runs by insertion, then merged, through spare room."""
    sorted_to = low + 1
    while sorted_to < high and times[sorted_to - 1] <= times[sorted_to]:
        sorted_to += 1
    if sorted_to >= high:  # those of one stream, for instance
        return
    for begin in range(low, high, SHORT_RUN):
        for i in range(begin + 1, min(begin + SHORT_RUN, high)):
            time, n = times[i], which[i]
            j = i - 1
            while j >= begin and times[j] > time:
                times[j + 1], which[j + 1] = times[j], which[j]
                j -= 1
            times[j + 1], which[j + 1] = time, n
    width = SHORT_RUN
    while width < high - low:
        for begin in range(low, high - width, 2 * width):
            middle, end = begin + width, min(begin + 2 * width, high)
            if times[middle - 1] <= times[middle]:
                continue
            for i in range(begin, middle):
                spare_times[i], spare[i] = times[i], which[i]
            i, j, to = begin, middle, begin
            while i < middle:
                if j < end and times[j] < spare_times[i]:
                    times[to], which[to] = times[j], which[j]
                    j += 1
                else:
                    times[to], which[to] = spare_times[i], spare[i]
                    i += 1
                to += 1
        width *= 2
