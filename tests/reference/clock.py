"""The ticket clock: how much of it each day has, and at which instant it reads what."""

from __future__ import annotations

import math

from csm_sim.engine import draws
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.identity import name_uid
from reference.instants import NEVER, Draws


class TicketClock:
    """Runs at an even pace within an hour; days and hours have different lengths on it."""

    def __init__(self, world: World, keyed: Draws) -> None:
        self.world, self.of = world, world.desk.common[0]
        self.lengths = [
            float(length) * self._busyness(keyed, day) for day, length in enumerate(world.desk.day_lengths)
        ]
        self.at_midnight = [0.0]
        self.is_plain = (
            set(self.lengths) == {r.DAY}
            and self.of["busyness_dist"] < 0
            and self.of["ramp_days"] == 0
            and all(shape < 0 for shape in world.desk.day_shape)
        )
        for length in self.lengths:
            self.at_midnight.append(self.at_midnight[-1] + length)

    def _busyness(self, keyed: Draws, day: int) -> float:
        """The factor of a day, the same for all accounts."""
        if self.of["busyness_dist"] < 0:
            return 1.0
        u = keyed.u(draws.BUSYNESS, name_uid("tickets"), self.world.first_day.toordinal() + day)
        return keyed.quantile(int(self.of["busyness_dist"]), u)

    def has_own(self, start_day: int) -> bool:
        """Whether an account has a clock of its own, that begins with it."""
        return start_day > 0 and float(self.of["ramp_days"]) > 0

    def beginning(self, start_day: int) -> float:
        """The reading of an account's clock when it begins."""
        return 0.0 if self.has_own(start_day) else self.at_midnight[start_day]

    def instant(self, start_day: int, reading: float) -> float:
        """When the clock of an account that starts on a day has a reading."""
        if self.is_plain:
            return r.tick(reading) if reading < self.at_midnight[-1] else NEVER
        if self.has_own(start_day):
            return self._instant_since(start_day, reading)
        for day in range(self.world.days):
            if self.at_midnight[day] <= reading < self.at_midnight[day + 1]:
                return self._within(day, (reading - self.at_midnight[day]) / self.lengths[day])
        return NEVER

    def _instant_since(self, start_day: int, reading: float) -> float:
        left = reading
        for day in range(start_day, self.world.days):
            length = self.lengths[day] * self._newness(day - start_day)
            if left < length:
                return self._within(day, left / length)
            left -= length
        return NEVER

    def _newness(self, age: int) -> float:
        """The multiple for an account that started so many days ago."""
        ramp_days = float(self.of["ramp_days"])
        if age >= math.ceil(ramp_days):
            return 1.0
        return 1.0 + (float(self.of["ramp_from"]) - 1.0) * max(0.0, 1.0 - (age + 0.5) / ramp_days)

    def _within(self, day: int, part: float) -> float:
        """The instant at which a part of a day's tickets has come."""
        shape = int(self.world.desk.day_shape[day])
        if part >= 1.0:
            minute = r.DAY
        elif shape < 0:
            minute = r.DAY * part
        else:
            parts = self.world.desk.shapes[shape].tolist()
            hour = next(h for h in range(24) if parts[h] <= part < parts[h + 1])
            minute = 60.0 * (hour + (part - parts[hour]) / (parts[hour + 1] - parts[hour]))
        return r.tick(r.DAY * day + minute)
