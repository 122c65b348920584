"""Burnout: how busy people have been, how strained that makes them, and the hazard that they resign."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.hands import add_in_hand
from csm_sim.engine.people import NEVER, Rule, Stay
from csm_sim.engine.strain import here_minutes, note_strain
from csm_sim.engine.team import Team
from csm_sim.engine.timeline import Moment, Phase, Process, Timeline
from csm_sim.world import records as r
from csm_sim.world.supply import FOREVER, HERE

LOOK_WEEKS = 4
"""Weeks between two looks at how strained people are."""


class Burnout:
    """The looks of one replication."""

    def __init__(self, env: Timeline, team: Team) -> None:
        self.env, self.team = env, team
        self.world, self.state = team.world, team.state

    def hazard(self, stay: Stay) -> float:
        """Of resigning, a day."""
        rule = self.team.rules[stay.role]
        return rule.hazard * stay.multiple if rule.burnout_effect != 1.0 else rule.hazard

    def next_look(self, day: int) -> int:
        """The day of the next one after a day."""
        since = day - self.world.warm_days
        period = 7 * LOOK_WEEKS
        return self.world.warm_days + period * (since // period + 1)

    def bring(self, stay: Stay) -> None:
        """Note what somebody has done in a seat who is about to leave it for another."""
        week = (self.team.day - self.world.warm_days) // 7
        busy = self._busy_so_far()[:, stay.seat].sum(axis=1)
        for number in range(max(0, week - LOOK_WEEKS), min(week + 1, self.world.weeks)):
            stay.brought[number] = self._own_part(stay, number, float(busy[number]))

    def looks(self, watch: Callable[[Stay], None]) -> Process:
        """Every fourth week: how strained people are; ``watch`` finds who resigns before the next look."""
        world = self.world
        first = world.warm_days + 7 * LOOK_WEEKS
        for day in range(first, world.days, 7 * LOOK_WEEKS):
            yield Moment(self.env, day, Phase.NOTICES, -1)
            self._look(day, watch)

    def week_minutes(self, day: int, weeks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(week, seat): minutes busy and minutes here in the weeks before a day, work in hand included.

        The day is a whole number of weeks after the start, and not after today.
        """
        roster = self.team.roster
        begin = day - 7 * weeks
        those = slice(begin, day)
        minutes = roster.lengths[roster.calendar[:, those], np.arange(begin, day)[None, :]]
        minutes[~roster.employed[:, those] | (self.state.away[:, those] != HERE)] = 0.0
        first = (begin - self.world.warm_days) // 7
        busy = self._busy_so_far()[first : first + weeks]
        return busy.sum(axis=2), minutes.reshape(len(minutes), weeks, 7).sum(axis=2).T

    def _busy_so_far(self) -> NDArray[np.float64]:
        """(week, seat, 3): minutes busy, work in hand included."""
        state, busy = self.state, self.team.ledger.busy.copy()
        add_in_hand(
            self.team.day * r.DAY, state.tasks, state.people, state.steps, busy, self.world.windows,
            state.control,
        )  # fmt: skip
        return busy

    def _look(self, day: int, watch: Callable[[Stay], None]) -> None:
        rules, world, busy = self.team.rules, self.world, self._busy_so_far()
        end = (day - world.warm_days) // 7
        seats = len(self.team.stays)
        strain, weight = np.zeros(seats), np.zeros(seats)
        since, offset = np.zeros(seats, np.int64), np.zeros(seats)
        watched: list[Stay] = []
        for stay in self.team.stays:
            if stay is None:
                continue
            rule = rules[stay.role]
            if day > stay.hazard_day:
                stay.hazard += self.hazard(stay) * (day - stay.hazard_day)
                stay.hazard_day = day
            if rule.burnout_effect == 1.0:
                stay.multiple = 1.0
                continue
            watched.append(stay)
            strain[stay.seat] = rule.burnout_above if math.isnan(stay.strain) else stay.strain
            if stay.brought:
                self._look_back(stay, strain, busy, range(end - LOOK_WEEKS, end))
            else:
                weight[stay.seat] = rule.burnout_weight
                since[stay.seat], offset[stay.seat] = stay.since, stay.offset
        note_strain(
            strain, weight, since, offset, self.state.people["calendar"], world.warm_days, end - LOOK_WEEKS,
            end, busy, self.state.away, world.open_before,
        )  # fmt: skip
        values = strain.tolist()
        for stay in watched:
            rule, stay.strain = rules[stay.role], values[stay.seat]
            burnt = 1.0 - satisfaction(stay, rule) / 100.0
            stay.multiple = 1.0 + (rule.burnout_effect - 1.0) * burnt
            if stay.resigns > day:  # as found when they moved, earlier at this midnight
                stay.resigns = NEVER
            if stay.resigns == NEVER and stay.until >= FOREVER:
                watch(stay)

    def _look_back(
        self, stay: Stay, strain: NDArray[np.float64], busy: NDArray[np.float64], weeks: Iterable[int]
    ) -> None:
        """As ``note_strain``, for somebody who sat in another seat before."""
        weight = self.team.rules[stay.role].burnout_weight
        for week in weeks:
            done, here = self._own_part(stay, week, float(busy[week, stay.seat].sum()))
            if here > 0.0:
                strain[stay.seat] += weight * (done / here - strain[stay.seat])

    def _own_part(self, stay: Stay, week: int, of_seat: float) -> tuple[float, float]:
        """Minutes busy and here of one person in a week, in whatever seat."""
        busy, here = stay.brought.get(week, (0.0, 0.0))
        begin = self.world.warm_days + 7 * week
        if stay.since >= begin + 7:
            return busy, here
        if stay.since > begin:
            of_seat -= stay.offset
        calendar = int(self.state.people[stay.seat]["calendar"])
        here += here_minutes(
            stay.seat, max(begin, stay.since), min(begin + 7, self.team.day), calendar, self.state.away,
            self.world.open_before,
        )  # fmt: skip
        return busy + of_seat, here


def satisfaction(stay: Stay, rule: Rule) -> float:
    """How content a person is, 0 to 100: full marks up to the strain from which burnout counts."""
    above = rule.burnout_above
    if math.isnan(stay.strain) or above >= 1.0:
        return 100.0
    excess = (stay.strain - above) / (1.0 - above)
    return 100.0 * (1.0 - min(1.0, max(0.0, excess)))
