"""Binary heaps: completions to come (one array for all components), and streams that wake again today."""

from __future__ import annotations

import numpy as np

from csm_sim.engine.arrays import Floats, Ints, Uids
from csm_sim.engine.compiled import allocating, inlined, kernel


@inlined
def heap_push(
    times: Floats, what: Ints, ties: Uids, base: int, size: int, time: float, entry: int, tie: np.uint64
) -> None:
    """Add a completion to the heap that begins at ``base`` and has ``size`` entries."""
    place = size
    while place > 0:
        up = (place - 1) >> 1
        at = base + up
        if times[at] < time or (times[at] == time and ties[at] <= tie):
            break
        times[base + place], what[base + place], ties[base + place] = times[at], what[at], ties[at]
        place = up
    times[base + place], what[base + place], ties[base + place] = time, entry, tie


@inlined
def heap_pop(times: Floats, what: Ints, ties: Uids, base: int, size: int) -> None:
    """Remove the first completion of the heap that begins at ``base`` and has ``size`` entries."""
    last = base + size - 1
    time, entry, tie = times[last], what[last], ties[last]
    size -= 1
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        at = base + child
        if child + 1 < size and (
            times[at + 1] < times[at] or (times[at + 1] == times[at] and ties[at + 1] < ties[at])
        ):
            child, at = child + 1, at + 1
        if time < times[at] or (time == times[at] and tie <= ties[at]):
            break
        times[base + place], what[base + place], ties[base + place] = times[at], what[at], ties[at]
        place = child
    times[base + place], what[base + place], ties[base + place] = time, entry, tie


@kernel
def heap_remove(times: Floats, what: Ints, ties: Uids, base: int, size: int, entry: int) -> None:
    """Remove the completion of one person, wherever it is (rare: interruptions only)."""
    kept = 0
    for place in range(size):
        if what[base + place] != entry:
            time, other, tie = times[base + place], what[base + place], ties[base + place]
            heap_push(times, what, ties, base, kept, time, other, tie)
            kept += 1


@inlined
def wake_push(times: Floats, which: Ints, size: int, time: float, n: int) -> None:
    """Add a stream to the heap of those that wake again today."""
    place = size
    while place > 0:
        up = (place - 1) >> 1
        if times[up] <= time:
            break
        times[place], which[place] = times[up], which[up]
        place = up
    times[place], which[place] = time, n


@inlined
def wake_pop(times: Floats, which: Ints, size: int) -> None:
    """Remove the first of the heap of streams that wake again today."""
    size -= 1
    time, n = times[size], which[size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and times[child + 1] < times[child]:
            child += 1
        if time <= times[child]:
            break
        times[place], which[place] = times[child], which[child]
        place = child
    times[place], which[place] = time, n


@allocating
def longer_heap(times: Floats, what: Ints, ties: Uids) -> tuple[Floats, Ints, Uids]:
    """Room for twice as many completions."""
    size = times.shape[0]
    longer_times, longer_what = np.empty(2 * size + 8), np.empty(2 * size + 8, np.uint32)
    longer_ties = np.empty(2 * size + 8, np.uint64)
    longer_times[:size], longer_what[:size], longer_ties[:size] = times, what, ties
    return longer_times, longer_what, longer_ties


@allocating
def longer_again(times: Floats, which: Ints) -> tuple[Floats, Ints]:
    """Room for twice as many streams that wake again today."""
    size = times.shape[0]
    longer_times, longer_which = np.empty(2 * size + 8), np.empty(2 * size + 8, np.uint32)
    longer_times[:size], longer_which[:size] = times, which
    return longer_times, longer_which
