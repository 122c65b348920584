"""The timeline: a SimPy environment of dated events, between which the desk works.

The two clocks agree at every event: before the environment fires one, the desk has worked through
all days up to it. The unit is the day; an event inside a day takes effect at that day's midnight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from enum import IntEnum
from typing import Any

import simpy
from simpy.events import NORMAL, EventPriority, Initialize

from csm_sim.errors import EngineError

MOST_EVENTS_A_DAY = 1_000_000
"""With more than these at one instant a process goes round in a circle."""


class Phase(IntEnum):
    """What comes first at a midnight; policies, which are ordinary events, come after all of these."""

    LEAVING = 0
    GIVING_AWAY = 1
    JOINING = 2
    SETTLING_IN = 3
    ENDS = 4
    ACTS = 5
    BOOKS = 6
    NOTICES = 7


class Timeline(simpy.Environment):
    """A SimPy environment (unit: days) that lets the desk work up to each of its events.

    Parameters
    ----------
    work_until
        Called with a day before an event of that day fires; works through all days before it.
    """

    def __init__(self, work_until: Callable[[int], None]) -> None:
        super().__init__()
        self._work_until = work_until
        self._fired, self._instant = 0, -1.0

    def schedule(self, event: simpy.Event, priority: EventPriority = NORMAL, delay: float = 0) -> None:
        """As SimPy's own, but a process begins before all else of its instant.

        So the first moment that it waits for has its place in the order even on the day it is started.
        """
        super().schedule(event, _FIRST if isinstance(event, Initialize) else priority, delay)

    def step(self) -> None:
        """Let the desk work up to the next event, then fire it.

        Raises
        ------
        EngineError
            If events of one instant do not end.
        """
        following = self.peek()
        if not math.isinf(following):
            self._work_until(math.floor(following))
        if following > self._instant:
            self._fired, self._instant = 0, following
        self._fired += 1
        if self._fired > MOST_EVENTS_A_DAY:
            raise EngineError(f"on day {following:g} of the run events go on without end")
        super().step()

    def close(self) -> None:
        """Let go of what is still to come, and of the desk.

        All that a run has made is then free as soon as the run is, not when Python next looks for
        things that refer to each other in a circle: that is slow, and there is much to free.
        """
        self._queue.clear()
        self._work_until = _at_rest


def _at_rest(day: int) -> None:
    """No desk works any more."""


_PHASES = len(Phase)
_FIRST: Any = -(_PHASES + 1) * 2**32
"""Rank before every moment's."""


class Moment(simpy.Event):
    """A place in the order of a midnight: day, phase, number within the phase."""

    def __init__(self, env: simpy.Environment, day: int, phase: Phase, number: int = 0) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        # an event's rank is its priority; all of these are before SimPy's own, 0 and 1
        rank: Any = (phase - _PHASES) * 2**32 + number
        env.schedule(self, priority=rank, delay=day - env.now)


Process = Generator[Any, Any, None]


def act_at(env: Timeline, day: int, phase: Phase, number: int, act: Callable[[], None]) -> None:
    """Act once, at a place of a midnight: less than a process."""
    moment = Moment(env, day, phase, number)
    assert moment.callbacks is not None
    moment.callbacks.append(lambda _: act())
