"""Completions to come, and streams that wake again today.

The completions of a component stand in its part of one array for all. Where its people are few, each has a
place, that of an idle person being infinite, and there is a note which is the first: looking through all
makes no decision that a processor could guess wrong. Else they form a binary heap.
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.world import records as r


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
def look_for_first(component: Records, times: Floats, ties: Uids) -> None:
    """Find a component's first completion among few."""
    base, soonest = component.crew0, r.NEVER
    first = last = base  # of those that come at the same time
    for place in range(base, base + component.crew_size):
        time = times[place]
        first = place if time < soonest else first
        last = place if time <= soonest else last
        soonest = min(time, soonest)
    if first != last:
        for place in range(first + 1, last + 1):
            if times[place] == soonest and ties[place] < ties[first]:
                first = place
    component.first, component.next_finish = first, soonest


@inlined
def add_finish(
    component: Records, times: Floats, what: Ints, ties: Uids, time: float, entry: int, place: int,
    tie: np.uint64,
) -> None:  # fmt: skip
    """Note a completion to come, of whose person the place is ``place`` where they are few."""
    base, size = component.crew0, component.finishing
    component.finishing = size + 1
    if component.heaped:
        heap_push(times, what, ties, base, size, time, entry, tie)
        component.next_finish = times[base]
        return
    times[place], ties[place] = time, tie
    if time < component.next_finish or (time == component.next_finish and tie < ties[component.first]):
        component.first, component.next_finish = place, time


@inlined
def take_first_finish(component: Records, times: Floats, what: Ints, ties: Uids) -> None:
    """Take a component's first completion out."""
    base, size = component.crew0, component.finishing
    component.finishing = size - 1
    if component.heaped:
        heap_pop(times, what, ties, base, size)
        component.next_finish = times[base] if size > 1 else r.NEVER
        return
    times[component.first] = math.inf
    look_for_first(component, times, ties)


@kernel
def remove_finish(component: Records, times: Floats, what: Ints, ties: Uids, entry: int, place: int) -> None:
    """Take the completion of one person out, wherever it is (rare: interruptions only)."""
    base, size = component.crew0, component.finishing
    if not component.heaped:
        times[place] = math.inf
        component.finishing = size - 1
        look_for_first(component, times, ties)
        return
    component.finishing, component.next_finish = 0, r.NEVER
    for at in range(base, base + size):
        if what[at] != entry:
            add_finish(component, times, what, ties, times[at], what[at], place, ties[at])


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
