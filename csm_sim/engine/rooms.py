"""Room for the desk: arrays that it works with beside the state, and how they grow.

Compiled functions make no arrays. When one needs more room it says so and comes back, makes no
step in between, and is called again once there is room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.world import records as r

BUSY_DAY = 512
"""Tickets of a day and other events that there is room for from the beginning."""


def longer(array: NDArray[Any], size: int) -> NDArray[Any]:
    """An array of ``size`` entries that begins as the one given; what is new is zero."""
    found = np.zeros(size, array.dtype)
    found[: len(array)] = array
    return found


def longer_tasks(tasks: Records, control: Records) -> Records:
    """Twice as many task records, the new ones free."""
    size = len(tasks)
    found = longer(tasks, 2 * size)
    found["child"][size:] = np.arange(size + 1, 2 * size + 1)
    found["child"][-1] = control["free"][0]
    control["free"] = size
    control["free_count"] += size
    return found


def _indices(size: int) -> Ints:
    return np.empty(size, np.uint32)


@dataclass(slots=True)
class Room:
    """What the desk works with that is nobody's state."""

    times: Floats
    """Completions to come, a heap for each component: when."""
    what: Ints = field(init=False)
    """Whose, or in the twin which task."""
    ties: Uids = field(init=False)
    touched: Ints = field(init=False)
    """People whose own book may hold something new."""
    again_times: Floats = field(default_factory=lambda: np.empty(64))
    """What comes again on the day, a heap."""
    again_nodes: Ints = field(default_factory=lambda: _indices(64))
    woken: Ints = field(default_factory=lambda: _indices(0))
    """Events of the day as they are found; room for all streams and timers, and the day's tickets."""
    woken_times: Floats = field(default_factory=lambda: np.empty(0))
    of_component: Ints = field(default_factory=lambda: _indices(0))
    event_nodes: Ints = field(default_factory=lambda: _indices(0))
    """The same, those of each component side by side."""
    event_times: Floats = field(default_factory=lambda: np.empty(0))
    event_begins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    drawn: Records = field(default_factory=lambda: np.zeros(BUSY_DAY, r.DRAWN))
    """The day's tickets."""

    def __post_init__(self) -> None:
        size = len(self.times)
        self.what, self.ties = _indices(size), np.empty(size, np.uint64)

    def for_people(self, people: int, components: int) -> None:
        """Make room for the people and components there are."""
        self.touched = _indices(people + 1)
        if len(self.event_begins) != components + 1:
            self.event_begins = np.zeros(components + 1, np.int64)

    def for_completions(self, size: int) -> None:
        """Make room for that many completions."""
        while len(self.times) < size:
            longest = 2 * len(self.times) + 8
            self.times, self.what = longer(self.times, longest), longer(self.what, longest)
            self.ties = longer(self.ties, longest)

    def for_returns(self, size: int) -> None:
        """Make room for as much that comes again on the day."""
        while len(self.again_times) < size:
            longest = 2 * len(self.again_times) + 8
            self.again_times = longer(self.again_times, longest)
            self.again_nodes = longer(self.again_nodes, longest)

    def for_events(self, events: int, drawn: int) -> None:
        """Make room for as many events and drawn tickets of a day."""
        if len(self.woken) < events:
            self.woken, self.woken_times = longer(self.woken, events), longer(self.woken_times, events)
            self.of_component = longer(self.of_component, events)
            self.event_nodes, self.event_times = _indices(events), np.empty(events)
        if len(self.drawn) < drawn:
            self.drawn = longer(self.drawn, max(drawn, 2 * len(self.drawn)))
