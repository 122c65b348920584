"""Completions to come, and streams that wake again today.

The completions of a component stand in its part of one array for all: in falling order where its people
are few, so that the first is the last and taking it costs nothing, else as a binary heap.
"""

from __future__ import annotations

import numpy as np

from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import inlined, kernel


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


@inlined
def first_finish(component: Records) -> int:
    """The place of a component's first completion, if it has any."""
    if component.heaped:
        return int(component.crew0)
    return int(component.crew0 + component.finishing - 1)


@inlined
def add_finish(
    component: Records, times: Floats, what: Ints, ties: Uids, time: float, entry: int, tie: np.uint64
) -> None:
    """Note a completion to come."""
    base, size = component.crew0, component.finishing
    component.finishing = size + 1
    if component.heaped:
        heap_push(times, what, ties, base, size, time, entry, tie)
        return
    place = base + size
    while place > base:
        before = place - 1
        if times[before] > time or (times[before] == time and ties[before] > tie):
            break
        times[place], what[place], ties[place] = times[before], what[before], ties[before]
        place = before
    times[place], what[place], ties[place] = time, entry, tie


@inlined
def take_first_finish(component: Records, times: Floats, what: Ints, ties: Uids) -> None:
    """Take a component's first completion out."""
    if component.heaped:
        heap_pop(times, what, ties, component.crew0, component.finishing)
    component.finishing -= 1


@kernel
def remove_finish(component: Records, times: Floats, what: Ints, ties: Uids, entry: int) -> None:
    """Take the completion of one person out, wherever it is (rare: interruptions only)."""
    base, size = component.crew0, component.finishing
    component.finishing = 0
    for place in range(base, base + size):
        if what[place] != entry:
            add_finish(component, times, what, ties, times[place], what[place], ties[place])


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
