"""How fast people work: ramp, coaching, leading, training. And when they have had enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csm_sim.world import records as r
from csm_sim.world import supply as s
from reference.instants import RESIGN

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Person

LOOK_WEEKS = 4
"""How often people's satisfaction is looked at."""


class Pace:
    """Speeds, set at each midnight."""

    def __init__(self, run: Run) -> None:
        self.run, self.supply = run, run.world.supply

    def _month(self, person: Person, day: int) -> int:
        """Of tenure."""
        return math.floor((day - person.joined_day) / r.MONTH_DAYS)

    def ramps(self, person: Person, day: int) -> bool:
        role = person.ramp_role
        return role >= 0 and self._month(person, day) < int(self.supply.ramp_months[role])

    def set_speeds(self, day: int) -> None:
        self._end_pairs(day)
        for role in range(len(self.supply.rules)):
            team = self.run.seats.team(role)
            self._find_coaches(team, day)
            for person in team:
                person.speed = self._speed(person, team, day)

    def _end_pairs(self, day: int) -> None:
        """The ramp is over, or one of the two has left or moved without the other."""
        for person in self.run.seats.people():
            coach = person.coach
            together = coach is not None and coach.employed and coach.role == person.role
            if not together or not self.ramps(person, day):
                person.coach = None

    def _find_coaches(self, team: list[Person], day: int) -> None:
        able = [person for person in team if not self.ramps(person, day) and not person.on_notice]
        for person in sorted(team, key=lambda p: (p.joined_day, p.index)):
            if able and self.ramps(person, day) and person.coach is None:
                person.coach = min(able, key=lambda p: (coached(p, team), p.joined_day, p.index))

    def _speed(self, person: Person, team: list[Person], day: int) -> float:
        rule, speed = self.supply.rules[person.role], self.run.supply.role_speed[person.role]
        if self.ramps(person, day):
            speed *= float(self.supply.ramp[person.ramp_role, self._month(person, day)])
        speed *= (1.0 - float(rule["coaching"])) ** coached(person, team)
        if rule["span_people"] > 0:
            leads = sorted(team, key=lambda p: (p.joined_day, p.index))
            if person in leads[: len(team) // int(rule["span_people"])]:
                speed *= 1.0 - float(rule["span_share"])
        for training in person.trainings:
            speed *= 1.0 - training.share
        return speed * person.own_factor


def coached(person: Person, team: list[Person]) -> int:
    """How many somebody coaches."""
    return sum(other.coach is person for other in team)


class Resigning:
    """The hazard of resigning, and the burnout that raises it."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.rules = run.world.supply.rules

    def burns(self, role: int) -> bool:
        """Whether overwork makes people of a role leave."""
        return float(self.rules[role]["burnout_effect"]) != 1.0

    def who_resigns(self, day: int) -> list[Person]:
        """Those who give notice today, by seat."""
        weeks, rest = divmod(day - self.world.warm_days, 7)
        if weeks > 0 and rest == 0 and weeks % LOOK_WEEKS == 0:
            for person in self.run.seats.people():
                if self.burns(person.role):
                    self._look(person, weeks)
                else:
                    person.multiple = 1.0
        found = []
        for person in self.run.seats.people():
            person.hazard += person.hazard_today
            if person.until_day < s.FOREVER or day < self.world.warm_days:
                continue
            if not person.on_notice and person.hazard >= -math.log(self.run.keyed.u(RESIGN, person.uid, 0)):
                found.append(person)
            multiple = person.multiple if self.burns(person.role) else 1.0
            person.hazard_today = float(self.rules[person.role]["hazard"]) * multiple
        return found

    def _look(self, person: Person, weeks: int) -> None:
        """At the end of four weeks."""
        rule = self.rules[person.role]
        strain = float(rule["burnout_above"]) if person.strain is None else person.strain
        for week in range(weeks - LOOK_WEEKS, weeks):
            if person.here.get(week, 0.0) > 0:
                utilisation = self._busy(person, week) / person.here[week]
                strain += float(rule["burnout_weight"]) * (utilisation - strain)
        person.strain = strain
        person.multiple = 1.0 + (float(rule["burnout_effect"]) - 1.0) * (
            1.0 - self.satisfaction(person) / 100
        )

    def _busy(self, person: Person, week: int) -> float:
        """Minutes of a week in which something was in hand, up to now."""
        worked = list(person.worked)
        if person.stint is not None:
            worked.append((person.stint, self.env.now))
        return math.fsum(
            minutes
            for stint, until in worked
            for minutes in self.run.desk.minutes(stint, person.hours, until, week)
        )

    def satisfaction(self, person: Person) -> float:
        """0 to 100."""
        above = float(self.rules[person.role]["burnout_above"])
        strain = above if person.strain is None else person.strain
        return 100.0 * (1.0 - min(1.0, max(0.0, (strain - above) / (1.0 - above))))
