"""The roster: for each seat and day whether it is contracted, who is there, and at what speed.

It is written as people come and go, from the day of the change to the end of the run, and added up
once, at the end.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from csm_sim.engine.arrays import Floats, Ints
from csm_sim.engine.beginning import Counted, beginning_of
from csm_sim.world import counts as ct
from csm_sim.world.build import World
from csm_sim.world.supply import HERE, LONG, PLANNED, SICK

TEMPORARY: Final = ct.CAPACITY_FIELDS.index("temporary")


class Roster:
    """Who holds which seat on which day; all arrays are (seat, day)."""

    def __init__(self, world: World) -> None:
        self.beginning = beginning_of(world)
        self.contracted = self.beginning.employed.copy()
        self.employed = self.beginning.employed.copy()
        self.temporary = self.beginning.temporary.copy()
        """Whether the contract of who sits there has an end."""
        self.calendar = self.beginning.calendar.copy()
        self.lengths = self.beginning.lengths
        """(calendar, day): working time."""
        self.paces: list[tuple[int, Floats, Floats]] = []
        """Day, and from then on the speed and the ramp of each seat."""
        self._has_changed = False

    def contract(self, seat: int, day: int, contracted: bool) -> None:
        """A seat is under contract from a day on, or is so no more."""
        self.contracted[seat, day:] = contracted
        self._has_changed = True

    def sits(self, seat: int, day: int, calendar: int, *, temporary: bool) -> None:
        """Somebody sits in a seat from a day on, for good or until a contract ends."""
        self.employed[seat, day:] = True
        self.temporary[seat, day:] = temporary
        self.calendar[seat, day:] = calendar
        self._has_changed = True

    def rises(self, seat: int, day: int, calendar: int) -> None:
        """Nobody does; the calendar is the role's again."""
        self.employed[seat, day:] = self.temporary[seat, day:] = False
        self.calendar[seat, day:] = calendar
        self._has_changed = True

    def pace(self, day: int, speed: Floats, ramp: Floats) -> None:
        """Note speeds and ramps from a day on."""
        if self.paces and self.paces[-1][0] == day:
            self.paces.pop()
        self.paces.append((day, speed, ramp))

    def hours(self, world: World, away: Ints) -> tuple[Floats, Floats]:
        """Minutes by (week, seat, HOURS_FIELDS) and by (month, role, CAPACITY_FIELDS) of the horizon.

        ``away`` has no rows in the fully-staffed twin.
        """
        first = self.beginning
        if self._has_changed or away.any():
            by_week, by_month, here = self._count(world, away)
            return by_week, self._capacity(world, by_month, here)
        if first.counted is None:
            first.counted = self._count(world, away)
        by_week, by_month, here = first.counted
        if len(self.paces) > 1:
            return by_week.copy(), self._capacity(world, by_month.copy(), here)
        key = b"".join(pace.tobytes() for pace in self.paces[0][1:])
        if first.capacity is None or first.capacity[0] != key:
            first.capacity = key, self._capacity(world, by_month.copy(), here)
        return by_week.copy(), first.capacity[1].copy()

    def _capacity(self, world: World, by_month: Floats, here: Floats) -> Floats:
        """By role, with the speeds of those who are here."""
        months = np.array(self.beginning.month_days)
        until = [*(day for day, _, _ in self.paces[1:]), world.days]
        lasted = [end - day for end, (day, _, _) in zip(until, self.paces, strict=True)]
        _, speeds, ramps = zip(*self.paces, strict=True)
        for number, paces in ((-1, speeds), (-2, ramps)):
            pace = np.stack(paces, axis=1)
            if len(paces) > 1:
                pace = np.repeat(pace, lasted, axis=1)
            by_month[..., number] = np.add.reduceat(here * pace, months, axis=1).T
        return np.asarray(np.einsum("msf,sr->mrf", by_month, self.beginning.of_role))

    def _count(self, world: World, away: Ints) -> Counted:
        minutes = np.asarray(self.lengths[self.calendar, np.arange(world.days)[None, :]])
        code = away if len(away) else np.zeros((1, 1), np.int8)
        masks = [self.contracted, self.employed & (code == HERE)]
        masks += [self.employed & (code == what) for what in (PLANNED, SICK, LONG)]
        masks.append(self.contracted & ~self.employed)
        weeks = world.warm_days + 7 * np.arange(world.weeks)
        months = np.array(self.beginning.month_days)
        seats = len(minutes)
        by_week = np.zeros((world.weeks, seats, len(ct.HOURS_FIELDS)))
        by_month = np.zeros((world.months, seats, len(ct.CAPACITY_FIELDS)))
        here = np.where(masks[1], minutes, 0.0)
        for number, mask in enumerate(masks):
            if mask.any():  # most teams have nobody away and no vacant seat
                part = here if number == 1 else np.where(mask, minutes, 0.0)
                by_week[..., number] = np.add.reduceat(part, weeks, axis=1).T
                by_month[..., number] = np.add.reduceat(part, months, axis=1).T
        if self.temporary.any():
            part = np.where(self.temporary, minutes, 0.0)
            by_month[..., TEMPORARY] = np.add.reduceat(part, months, axis=1).T
        return by_week, by_month, here
