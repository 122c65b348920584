"""Days off: planned leave, sickness and long absences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csm_sim.world import events as ev
from csm_sim.world import supply as s
from reference.instants import LEAVE, SICK_GAP, SICK_LENGTH, Hours

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Person


class Leave:
    """Who is away on which day, and why."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self._planned: dict[tuple[int, int, Hours], set[int]] = {}
        self._sick: dict[tuple[int, int, Hours], set[int]] = {}

    def morning(self, day: int) -> None:
        """Who is away puts down what is in hand; who is back is idle."""
        for person in self.run.seats.people():
            was, person.away = person.away, self.code(person, day)
            if person.away and not was:
                if person.stint is not None:
                    self.run.desk.interrupt(person)
                self.run.log_person(ev.AWAY, person, occurrence=-1, value=person.away)
            if was and not person.away:
                person.idle_since = self.env.now
                self.run.log_person(ev.BACK, person, occurrence=-1)
        self.run.desk.choose_soon()

    def code(self, person: Person, day: int) -> int:
        """What a day is for a person; one without working time is what the last working day was."""
        while day >= 0 and person.hours.of_day(day) == 0:
            day -= 1
        if day < 0 or self.run.unlimited:
            return s.HERE
        if any(begin <= day < end for begin, end in person.absences):
            return s.LONG
        key = (person.uid, person.role, person.hours)
        if key not in self._planned:
            self._planned[key] = self.planned(person)
            self._sick[key] = self.sick(person)
        if day in self._planned[key]:
            return s.PLANNED
        return s.SICK if day in self._sick[key] else s.HERE

    def planned(self, person: Person) -> set[int]:
        """The days of planned leave, by the rule of the person's role."""
        supply, rule = self.world.supply, self.world.supply.rules[person.role]
        taken: set[int] = set()
        for place in range(supply.leave_weeks.shape[1]):
            weights = supply.leave_weights[person.role, place].tolist()
            if max(weights) == 0:
                continue
            left, block = int(rule["planned_days"]), 0
            while left > 0:
                size = min(left, int(rule["block_days"]))
                u = self.run.keyed.u(LEAVE, person.uid, 64 * (supply.first_year + place) + block)
                week = next(w for w, cumulative in enumerate(weights) if cumulative > u)
                day = int(supply.leave_weeks[person.role, place, week])
                if day >= 0:
                    taken |= self._next_working_days(person, day, size, taken)
                left, block = left - size, block + 1
        return taken

    def sick(self, person: Person) -> set[int]:
        """The days of sickness, likewise."""
        rule = self.world.supply.rules[person.role]
        a_year, mean = float(rule["sick_days"]), float(rule["sick_spell"])
        found: set[int] = set()
        begins, number = 0.0, 0
        while a_year > 0:
            u = self.run.keyed.u(SICK_GAP, person.uid, number)
            begins += -math.log(u) * 365.25 * mean / a_year
            if begins >= self.world.days:
                break
            length = 1
            if mean > 1:
                u = self.run.keyed.u(SICK_LENGTH, person.uid, number)
                length = 1 + math.floor(math.log(u) / math.log(1 - 1 / mean))
            found |= self._next_working_days(person, math.floor(begins), length, set())
            number += 1
        return found

    def _next_working_days(self, person: Person, day: int, count: int, but: set[int]) -> set[int]:
        found: set[int] = set()
        while len(found) < count and day < self.world.days:
            if day not in but and person.hours.of_day(day) > 0:
                found.add(day)
            day += 1
        return found
