"""The timeline: a SimPy environment of dated events, between which the desk works.

The two clocks agree at every event: before the environment fires one, the desk has worked through
all days up to it. The unit is the day; an event inside a day takes effect at that day's midnight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any

import simpy


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

    def step(self) -> None:
        """Let the desk work up to the next event, then fire it."""
        following = self.peek()
        if not math.isinf(following):
            self._work_until(math.floor(following))
        super().step()


Process = Generator[Any, Any, None]


def dated(env: Timeline, day: int, act: Callable[[], None]) -> Process:
    """A process that acts once, on a day."""
    yield env.timeout(day - env.now)
    act()
