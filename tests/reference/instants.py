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
from csm_sim.world import records as r
from csm_sim.world.build import World

NEVER = math.inf

# purposes of the draws of people's coming and going, and of customers
TIME_TO_HIRE, RESIGN, LEAVE, SICK_GAP, SICK_LENGTH, ABSENT, WHO_LEAVES, HANDOVER = range(26, 34)
(
    FIT, SALES, PULSE, DETECT, FALSE_ALARM, DECISION, CHANGE, EARLY, REACH, LEAD, CONVERT, COMMUNITY,
    ROLL_OUT, LEVEL,
) = range(34, 48)  # fmt: skip


class Phase(enum.IntEnum):
    """What comes first at one instant. SimPy's own housekeeping has the priorities 0 and 1."""

    MONTH = 2
    PEOPLE = 3  # come and go, by themselves and by acts
    CUSTOMERS = 4  # news of the day before, moves, decisions, pulses
    ABSENCES = 5
    LEARNING = 6
    RENEWALS = 7
    STARTS = 8
    COMPLETION = 9
    BEGIN = 10  # an occurrence begins, and ends the one before
    OPENING = 11
    TIMER = 12  # a task is dropped, its customer gives up, or it goes to another role
    CHOICE = 13


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
        lengths = (end - start for start, end in self.windows)
        self._before = list(itertools.accumulate(lengths, initial=0.0))
        """Window time before each window, and of all."""

    def _from(self, time: float) -> Iterator[tuple[float, float]]:
        """The windows, or what is left of them, after an instant."""
        for place in range(bisect.bisect_right(self._ends, time), len(self.windows)):
            start, end = self.windows[place]
            yield max(start, time), end

    def is_open(self, time: float) -> bool:
        return any(start <= time < end for start, end in itertools.islice(self._from(time), 1))

    def business(self, since: float, until: float) -> float:
        """Window time between two instants."""
        return self._until(until) - self._until(since) if since < until else 0.0

    def _until(self, time: float) -> float:
        """Window time before an instant. Instants are whole ticks, so that the sums have no rounding."""
        place = bisect.bisect_right(self._ends, time)
        now = max(0.0, time - self.windows[place][0]) if place < len(self.windows) else 0.0
        return self._before[place] + now

    def of_day(self, day: int) -> float:
        """Minutes of working time of a day."""
        return self.business(day * r.DAY, (day + 1) * r.DAY)

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
        self._of_run = absorb(int(draws.root_seed(seed)), replication)

    def u(self, purpose: int, entity: int, index: int) -> float:
        prefix = absorb(self._of_run, purpose)
        return float(draws.draw(np.uint64(prefix), np.uint64(entity), np.uint64(index)))

    def tie(self, entity: int, index: int) -> int:
        prefix = absorb(self._of_run, draws.TIE)
        return absorb(absorb(prefix, entity), index)

    def quantile(self, distribution: int, u: float) -> float:
        return float(draws.quantile(self._world.dists, self._world.values, distribution, u))


def absorb(uid: int, word: int) -> int:
    """The number of part ``word`` of ``uid``."""
    return int(draws.absorb(np.uint64(uid), np.uint64(word)))
