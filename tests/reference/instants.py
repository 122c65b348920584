"""Instants: the order of things within one, working time, and the keyed draws.

SimPy orders its events by (time, priority, order of scheduling). The rules order what happens at
one instant by phase, and completions by their tie number, so the priority here is the phase in
the high digits and the tie in the low ones: the event list of SimPy itself then is the rule.
"""

from __future__ import annotations

import bisect
import enum
import itertools
import math
from collections.abc import Iterator
from typing import cast

import numpy as np
import simpy
from simpy.events import EventPriority

from csm_sim.engine import draws
from csm_sim.world.build import World

NEVER = math.inf


class Phase(enum.IntEnum):
    """What comes first at one instant. SimPy's own housekeeping has the priorities 0 and 1."""

    MONTH = 2
    ACTS = 3
    RENEWALS = 4
    STARTS = 5
    COMPLETION = 6
    BEGIN = 7  # an occurrence begins, and ends the one before
    OPENING = 8
    TIMER = 9  # a task is dropped, its customer gives up, or it goes to another role
    CHOICE = 10


class Moment(simpy.Event):
    """Happens at ``time``, in its phase of that instant."""

    def __init__(self, env: simpy.Environment, time: float, phase: Phase, order: int = 0) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=cast(EventPriority, (int(phase) << 64) + order), delay=time - env.now)


class Hours:
    """The working time of one calendar as one list of windows."""

    def __init__(self, world: World, calendar: int) -> None:
        pairs = sorted(world.windows[calendar].reshape(-1, 2).tolist())
        self.windows = [(start, end) for start, end in pairs if end > start]
        self._ends = [end for _, end in self.windows]

    def _from(self, time: float) -> Iterator[tuple[float, float]]:
        """The windows, or what is left of them, after an instant."""
        for start, end in self.windows[bisect.bisect_right(self._ends, time) :]:
            yield max(start, time), end

    def is_open(self, time: float) -> bool:
        return any(start <= time < end for start, end in itertools.islice(self._from(time), 1))

    def business(self, since: float, until: float) -> float:
        """Window time between two instants."""
        minutes = 0.0
        for start, end in self._from(since):
            if start >= until:
                break
            minutes += min(end, until) - start
        return minutes

    def finish(self, time: float, minutes: float) -> float:
        """The instant at which so many minutes of window time have passed."""
        for start, end in self._from(time):
            if minutes <= end - start:
                return start + minutes
            minutes -= end - start
        return NEVER


class Draws:
    """``u(purpose, entity, index)`` of one replication."""

    def __init__(self, world: World, seed: int, replication: int) -> None:
        self._world = world
        self._prefixes = draws.purpose_prefixes(draws.root_seed(seed), np.uint64(replication))

    def u(self, purpose: int, entity: int, index: int) -> float:
        return float(draws.draw(self._prefixes[purpose], np.uint64(entity), np.uint64(index)))

    def tie(self, entity: int, index: int) -> int:
        prefix = self._prefixes[draws.TIE]
        return absorb(absorb(int(prefix), entity), index)

    def quantile(self, distribution: int, u: float) -> float:
        return float(draws.quantile(self._world.dists, self._world.values, distribution, u))


def absorb(uid: int, word: int) -> int:
    """The number of part ``word`` of ``uid``."""
    return int(draws.absorb(np.uint64(uid), np.uint64(word)))
