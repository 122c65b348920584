"""The dated acts of the timeline, and what ends or begins to hold some time after them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csm_sim.world import records as r
from csm_sim.world import supply as s
from csm_sim.world.identity import name_uid
from reference.instants import ABSENT, WHO_LEAVES, absorb
from reference.seats import Requisition

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Person


class Acts:
    """What leaders do."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.acts = run.world.supply.acts
        self._trained: list[tuple[s.Act, list[Person]]] = []

    def midnight(self, day: int) -> None:
        for act in list(self.run.seats.freezes):
            if act.day + act.days <= day:
                self.run.seats.freezes.remove(act)
                self.run.seats.open_after_freeze(day)
                self.run.seats.join_due(day)
        for act, people in list(self._trained):
            if act.day + act.days <= day:
                self._trained.remove((act, people))
                self._have_learnt(act, people)
        for act in self.acts:
            if act.what == s.AUTOMATE and act.days > 0 and act.day + act.days == day:
                self.run.efforts.comes_into_force(act)
        of_random_absence = [0] * len(self.world.roles)
        for number, act in enumerate(self.acts):
            if act.day == day:
                self._act(act, number, day, of_random_absence)

    def _act(self, act: s.Act, number: int, day: int, of_random_absence: list[int]) -> None:
        if act.what == s.HIRE:
            self._hire(act, day)
        elif act.what == s.CUT:
            self._cut(act)
        elif act.what == s.ABSENCE and not self.run.unlimited:
            self._absence(act, day, of_random_absence)
        elif act.what == s.FREEZE:
            self.run.seats.freezes.append(act)
        elif act.what == s.SHRINKAGE:
            self.run.supply.role_speed[act.role] = 1.0 - act.share
        elif act.what == s.TRAIN and not self.run.unlimited:
            self._train(act)
        elif act.what == s.AUTOMATE:
            self._automate(act, number, day)
        elif act.what == s.REORGANISE:
            self._reorganise(act, day)

    def _who_joined_last(self, role: int) -> list[Person]:
        team = self.run.seats.team(role)
        return sorted(team, key=lambda p: (p.joined_day, p.index), reverse=True)

    def _hire(self, act: s.Act, day: int) -> None:
        for _ in range(act.count):
            seat = self.run.seats.free_seat(act.role)
            asked = Requisition(
                seat, act.rebalance, act.until_day, act.calendar, act.skills, float(act.own_factor)
            )
            self.run.seats.ask(asked, day)
        self.run.seats.join_due(day)

    def _cut(self, act: s.Act) -> None:
        team = self.run.seats.team(act.role) if act.role >= 0 else []
        count = act.count if math.isnan(act.share) else max(1, math.floor(act.share * len(team) + 0.5))
        if act.who == s.NAMED:
            leaving = self.run.seats.named(act.seats)
        elif act.who == s.RANDOM:
            leaving = sorted(team, key=lambda p: self.run.keyed.u(WHO_LEAVES, p.uid, 0))[:count]
        else:
            leaving = self._who_joined_last(act.role)[:count]
        for person in sorted(leaving, key=lambda p: p.index):
            self.run.seats.leave(person, "cut")
        self.run.books.place_loose()

    def _absence(self, act: s.Act, day: int, of_random_absence: list[int]) -> None:
        if act.seats:
            people = self.run.seats.named(act.seats)
        else:
            team = self.run.seats.team(act.role)
            index = 64 * (self.world.supply.date_ordinal + day) + of_random_absence[act.role]
            of_random_absence[act.role] += 1
            u = self.run.keyed.u(ABSENT, int(self.world.roles[act.role]["uid"]), index)
            people = [team[math.floor(u * len(team))]] if team else []
        for person in people:
            rule = self.world.supply.rules[person.role]
            person.absences.append((day, day + act.days))
            if rule["hands_over"] and act.days >= rule["cover_days"]:
                self.run.books.cover(person, day + act.days)

    def _train(self, act: s.Act) -> None:
        if act.seats:
            people = self.run.seats.named(act.seats)
        else:
            skill = act.skills.bit_length()
            team = [person for person in self.run.seats.team(act.role) if not person.has(skill)]
            people = sorted(team, key=lambda p: (p.joined_day, p.index))[: act.count]
        for person in people:
            person.trainings.append(act)
        self._trained.append((act, people))

    def _have_learnt(self, act: s.Act, people: list[Person]) -> None:
        for person in people:
            person.trainings.remove(act)
            person.skills |= act.skills
            self.run.supply.changed = self.run.supply.changed or person.employed

    def _automate(self, act: s.Act, number: int, day: int) -> None:
        if act.days == 0:
            self.run.efforts.comes_into_force(act)
        team = self.run.seats.team(act.role) if act.step >= 0 else []
        for person in team:
            kind = int(self.world.supply.rules[act.role]["projects_kind"])
            entity = absorb(person.uid, name_uid("projects"))
            effort, due = act.effort_minutes / len(team), (day + act.days) * r.DAY
            self.run.books.open_own_work(person, kind, act.step, entity, number, effort, due)

    def _reorganise(self, act: s.Act, day: int) -> None:
        everyone = act.count == 0 and not act.seats
        if act.seats:
            moving = [person for person in self.run.seats.named(act.seats) if person.role == act.role]
        elif everyone:
            moving = self.run.seats.team(act.role)
        else:
            moving = self._who_joined_last(act.role)[: act.count]
        self.run.routes.hand(act.role, act.to_role, set(act.kinds))
        if everyone:
            self.run.routes.hand_segments(act.role, act.to_role)
        self.run.supply.changed = True
        for person in sorted(moving, key=lambda p: p.index):
            self.run.seats.move(person, act.to_role, day)
        self.run.books.place_loose()
        self.run.books.after_joining(moving)
