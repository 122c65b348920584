"""Each midnight: people come and go, in the order of the rules; and what is counted of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from reference.instants import Moment, Phase
from reference.seats import Person, Requisition
from reference.work import Steps

if TYPE_CHECKING:
    from reference.model import Run


class Supply:
    """The midnights of people's coming and going."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.rules = run.world.supply.rules
        self.role_speed = [float(speed) for speed in self.world.roles["speed"]]
        """1 - shrinkage, as of now."""
        self.changed = False
        """Whether a seat, a book, a route or a skill has changed at this midnight."""
        self.hours = np.zeros((self.world.weeks, len(self.world.supply.seats), len(ct.HOURS_FIELDS)))
        self.temporary = np.zeros((self.world.months, len(self.world.roles)))
        self.moves = np.zeros((self.world.months, len(self.world.roles), len(ct.MOVES_FIELDS)))

    def people_come_and_go(self) -> Steps:
        for day in range(self.world.days):
            yield Moment(self.env, day * r.DAY, Phase.PEOPLE)
            self.changed = False
            self._leave(day)
            self.run.seats.join_due(day)
            self.run.acts.midnight(day)
            self.run.books.orphan_time_is_over(day)
            self.run.books.come_back(day)
            self._notices(day)
            self.run.pace.set_speeds(day)
            if self.changed:
                self.run.desk.sort_into_queues()

    def absences(self) -> Steps:
        for day in range(self.world.days):
            yield Moment(self.env, day * r.DAY, Phase.ABSENCES)
            self.run.leave.morning(day)
            if day >= self.world.warm_days:
                self._count_hours(day)

    def learning(self) -> Steps:
        for day in range(self.world.days):
            yield Moment(self.env, day * r.DAY, Phase.LEARNING)
            self.run.efforts.learn()

    def _leave(self, day: int) -> None:
        """Notices that are over, and contracts that end."""
        for person in self.run.seats.people():
            if person.leaves_on <= day:
                self.run.seats.leave(person, "resigned")
            elif person.until_day <= day:
                self.run.seats.leave(person, "ended")
        self.run.books.place_loose()

    def _notices(self, day: int) -> None:
        resign = [] if self.run.unlimited else self.run.resigning.who_resigns(day)
        for person in self.run.seats.people():
            notice_days = int(self.rules[person.role]["notice_days"])
            if person in resign:
                person.leaves_on = day + notice_days
                self.run.log_person(ev.NOTICE, person, value=person.leaves_on)
                self.count("notices", person.role)
                self._is_on_notice(person, person.leaves_on)
                if self.rules[person.role]["backfill"]:
                    self.run.seats.ask(self._backfill(person), day)
            elif person.until_day - notice_days == day and not person.on_notice:
                self._is_on_notice(person, person.until_day)

    def _is_on_notice(self, person: Person, leaves_on: int) -> None:
        person.on_notice = True
        for account in self.run.books.of_seat(person.seat):
            self.run.books.gives(account, person, leaves_on)

    def _backfill(self, person: Person) -> Requisition:
        """Somebody new with the same skills; hours and pace were the other's own."""
        return Requisition(
            person.seat,
            rebalance=True,
            until_day=s.FOREVER,
            calendar=-1,
            skills=person.skills,
            own_factor=1.0,
            seat_is_free=person.leaves_on,
        )

    # counts

    def count(self, what: str, role: int, amount: int = 1) -> None:
        """In the month of now; what is counted at the end belongs to the last one."""
        month = self.world.months - 1 if self.env.now >= self.run.end else self.run.counting.month()
        if month >= 0:
            self.moves[month, role, ct.MOVES_FIELDS.index(what)] += amount

    def _count_hours(self, day: int) -> None:
        week = (day - self.world.warm_days) // 7
        for seat in self.run.seats.seats:
            person = seat.person
            if person is not None:
                minutes = person.hours.of_day(day)
                what = {s.HERE: "here", s.PLANNED: "planned", s.SICK: "sick", s.LONG: "long"}[person.away]
                if person.until_day < s.FOREVER:
                    self.temporary[int(self.world.month_of_day[day]), seat.role] += minutes
                if what == "here":
                    person.here[week] = person.here.get(week, 0.0) + minutes
            elif seat.contracted:
                minutes, what = self.run.hours_of(seat.role).of_day(day), "vacant"
            else:
                continue
            self.hours[week, seat.index, ct.HOURS_FIELDS.index("contracted")] += minutes
            self.hours[week, seat.index, ct.HOURS_FIELDS.index(what)] += minutes

    def satisfaction(self) -> list[float]:
        """Of who sits in each seat, nan without burnout or without anybody."""
        return [
            self.run.resigning.satisfaction(seat.person)
            if seat.person is not None and self.run.resigning.burns(seat.role)
            else math.nan
            for seat in self.run.seats.seats
        ]
