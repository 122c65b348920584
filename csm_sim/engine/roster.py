"""The roster: for each seat and day whether it is contracted, who is there, and at what speed.

It is written as people come and go, from the day of the change to the end of the run, and added up
once, at the end.
"""

from __future__ import annotations

import numpy as np

from csm_sim.engine.arrays import Floats, Ints
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.supply import HERE, LONG, PLANNED, SICK


class Roster:
    """Who holds which seat on which day; all arrays are (seat, day)."""

    def __init__(self, world: World) -> None:
        seats, days = len(world.supply.seats), world.days
        self.contracted = np.zeros((seats, days), np.bool_)
        self.employed = np.zeros((seats, days), np.bool_)
        self.calendar = np.repeat(world.roles["calendar"][world.supply.seats["role"]][:, None], days, axis=1)
        self.paces: list[tuple[int, Floats, Floats]] = []
        """Day, and from then on the speed and the ramp of each seat."""
        self.lengths = np.diff(world.open_before, axis=1)
        """(calendar, day): working time."""

    def pace(self, day: int, speed: Floats, ramp: Floats) -> None:
        """Note speeds and ramps from a day on."""
        if self.paces and self.paces[-1][0] == day:
            self.paces.pop()
        self.paces.append((day, speed, ramp))

    def minutes(self, world: World) -> Floats:
        """Working time of each seat's day, by the calendar of who sits there, else of the role."""
        return np.asarray(self.lengths[self.calendar, np.arange(world.days)[None, :]])

    def hours(self, world: World, away: Ints) -> tuple[Floats, Floats]:
        """Minutes by (week, seat, HOURS_FIELDS) and by (month, role, CAPACITY_FIELDS) of the horizon.

        ``away`` has no rows in the fully-staffed twin.
        """
        minutes = self.minutes(world)
        code = away if len(away) else np.zeros((1, 1), np.int8)
        masks = [self.contracted, self.employed & (code == HERE)]
        masks += [self.employed & (code == what) for what in (PLANNED, SICK, LONG)]
        masks.append(self.contracted & ~self.employed)
        weeks = world.warm_days + 7 * np.arange(world.weeks)
        months = np.array([(first - world.first_day).days for first in world.month_starts])
        seats = len(minutes)
        by_week = np.zeros((world.weeks, seats, len(r.HOURS_FIELDS)))
        by_month = np.zeros((world.months, seats, len(r.CAPACITY_FIELDS)))
        here = np.where(masks[1], minutes, 0.0)
        for number, mask in enumerate(masks):
            if mask.any():  # most teams have nobody away and no vacant seat
                part = here if number == 1 else np.where(mask, minutes, 0.0)
                by_week[..., number] = np.add.reduceat(part, weeks, axis=1).T
                by_month[..., number] = np.add.reduceat(part, months, axis=1).T
        until = [*(day for day, _, _ in self.paces[1:]), world.days]
        lasted = [end - day for end, (day, _, _) in zip(until, self.paces, strict=True)]
        for number, which in ((-1, 1), (-2, 2)):
            pace = np.repeat(np.stack([entry[which] for entry in self.paces], axis=1), lasted, axis=1)
            by_month[..., number] = np.add.reduceat(here * pace, months, axis=1).T
        of_role = np.eye(len(world.roles))[world.supply.seats["role"]]
        return by_week, np.einsum("msf,sr->mrf", by_month, of_role)
