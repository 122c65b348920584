"""Supply: the SimPy processes by which people come, go and are away, and what leaders do.

Each waits for a day and a place in the order of that midnight, and then has the team do what follows.
A process that waits for somebody who has left meanwhile does nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.burnout import Burnout
from csm_sim.engine.people import BEFORE, NEVER, Stay, Vacancy, vacancy_of
from csm_sim.engine.team import Team
from csm_sim.engine.timeline import Moment, Phase, Process, Timeline, act_at
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s


class Supply:
    """The coming and going of one replication."""

    def __init__(self, env: Timeline, team: Team) -> None:
        self.env, self.team = env, team
        self.world, self.state = team.world, team.state
        self.unlimited = team.unlimited
        self.frozen_until = [0] * len(self.world.roles)
        self.waiting: list[Vacancy] = []
        """Requisitions that a freeze holds back."""
        self.hiring: dict[int, Vacancy] = {}
        """Open requisitions, by seat."""
        self._leaving: dict[int, list[int]] = {}
        self._joining: dict[int, list[Vacancy]] = {}
        self.burnout = Burnout(env, team)

    @property
    def day(self) -> int:
        """Today."""
        return self.team.day

    def begin(self) -> None:
        """Seat those who are there, and start all processes."""
        team, env, joins = self.team, self.env, self.world.supply.seats["joins_day"]
        for stay in team.begin():
            self._stays(stay, self.world.warm_days)
        for seat in np.flatnonzero(joins > 0).tolist():
            self.hiring[seat] = vacancy_of(self.world, seat)
            team.claim(seat)
            env.process(self._joins(self.hiring[seat], int(joins[seat])))
        if team.beginning.burnout and not self.unlimited:
            env.process(self.burnout.looks(self._watch))

    # processes of a person

    def _stays(self, stay: Stay, hazard_from: int) -> None:
        """Start what a stay brings with it."""
        rule, env = self.team.rules[stay.role], self.env
        stay.hazard_day = hazard_from
        for month in range(1, rule.ramp_months + 1 if stay.joined != BEFORE else 0):
            env.process(self._ramps(stay, math.ceil(month * r.MONTH_DAYS)))
        if stay.until < s.FOREVER:
            if stay.until < self.world.days:
                env.process(self._ends(stay))
            self._will_end(stay)
        if rule.hazard > 0 and stay.until >= s.FOREVER and not self.unlimited:
            self._watch(stay)

    def _ramps(self, stay: Stay, after: int) -> Process:
        day = stay.joined + after
        if day < self.world.days:
            yield Moment(self.env, day, Phase.NOTICES, stay.seat)
            self.team.speeds_changed = True

    def _ends(self, stay: Stay) -> Process:
        """The end of a contract; nobody follows."""
        yield Moment(self.env, stay.until, Phase.LEAVING, stay.seat)
        if stay.seat >= 0:
            self._leave(stay, ct.ENDED)

    def _will_end(self, stay: Stay) -> None:
        """Set the day from which the end of a contract is near, by the notice of the role."""
        day = stay.until - self.team.rules[stay.role].notice_days
        if self.day <= day < self.world.days:
            self.env.process(self._is_near(stay, stay.role, day))

    def _is_near(self, stay: Stay, role: int, day: int) -> Process:
        yield Moment(self.env, day, Phase.NOTICES, stay.seat)
        if stay.seat < 0 or stay.role != role or stay.notice != NEVER:
            return
        stay.notice = stay.until
        self.team.open_book(stay)
        if not self.unlimited:
            self.team.books.open_giving(stay.seat, self.day, stay.until)
        self.team.opened = True

    def _watch(self, stay: Stay) -> None:
        """Set the day on which somebody resigns, if that is before the next look."""
        rule, days = self.team.rules[stay.role], self.world.days
        hazard = self.burnout.hazard(stay)
        if hazard <= 0.0 or stay.notice != NEVER:
            return
        day = stay.hazard_day + max(0, math.ceil((self.team.threshold(stay) - stay.hazard) / hazard))
        last = self.burnout.next_look(stay.hazard_day) if rule.burnout_effect != 1.0 else days
        if day <= min(last, days - 1):
            stay.resigns = day
            self.env.process(self._resigns(stay, day))

    def _resigns(self, stay: Stay, day: int) -> Process:
        yield Moment(self.env, day, Phase.NOTICES, stay.seat)
        if stay.seat < 0 or stay.resigns != day or stay.notice != NEVER:
            return
        team, seat, rule = self.team, stay.seat, self.team.rules[stay.role]
        role = stay.role
        stay.notice = day + rule.notice_days
        team.open_book(stay)
        team.count(ct.NOTICES, role)
        team.log(ev.NOTICE, seat, stay.occurrence, float(stay.notice))
        team.books.open_giving(seat, day, stay.notice)
        team.opened = True
        if rule.backfill:
            self._replace(stay)
        yield Moment(self.env, stay.notice, Phase.LEAVING, seat)
        if stay.seat >= 0:
            self._leave(stay, ct.RESIGNED)

    def _replace(self, stay: Stay) -> None:
        """Look for somebody to follow one who is on notice: with the same skills, in ordinary hours."""
        calendar = int(self.world.roles[stay.role]["calendar"])
        skills = int(self.state.people[stay.seat]["skills"])
        self.require(Vacancy(stay.seat, s.FOREVER, calendar, skills, 1.0, True, stay.notice))

    def _leave(self, stay: Stay, why: int) -> None:
        """Somebody leaves in the step of the day; accounts are given away at its end."""
        team, seat = self.team, stay.seat
        team.count(why, stay.role)
        team.leave(stay, self.day)
        if why == ct.ENDED or not self._is_wanted(seat):
            team.give_up(seat, self.day)
        if self.day not in self._leaving:
            self._leaving[self.day] = []
            act_at(self.env, self.day, Phase.GIVING_AWAY, 0, self._give_away)
        self._leaving[self.day].append(seat)

    def _is_wanted(self, seat: int) -> bool:
        """Whether a requisition for a seat is open, or waits for the end of a freeze."""
        return seat in self.hiring or any(vacancy.seat == seat for vacancy in self.waiting)

    def _give_away(self) -> None:
        self._orphan(self._leaving.pop(self.day))

    def _orphan(self, seats: Iterable[int]) -> None:
        for seat, until in self.team.orphan(seats, self.day):
            if until < self.world.days:
                self.env.process(self._releases(seat, self.day, until))

    def _releases(self, seat: int, since: int, day: int) -> Process:
        yield Moment(self.env, day, Phase.BOOKS, seat)
        if self.team.orphaned.get(seat) == since:
            self.team.release(seat, day)

    # requisitions

    def require(self, vacancy: Vacancy) -> bool:
        """A seat is to be filled: the requisition opens today, or when a freeze ends.

        Returns whether the person joins this very midnight: then :meth:`_join` is the caller's.
        """
        role = self.team.role_of_seat[vacancy.seat]
        if self.day < self.frozen_until[role]:
            self.waiting.append(vacancy)
            return False
        team = self.team
        dist, days = team.rules[role].hire_dist, 0
        team.count(ct.REQUISITIONS, role)
        team.contract(vacancy.seat, self.day)
        if dist >= 0:
            uid = np.uint64(team.seat_uid(vacancy.seat))
            u = dr.draw(self.state.prefixes[dr.TIME_TO_HIRE], uid, np.uint64(team.sat[vacancy.seat]))
            days = math.ceil(dr.quantile(self.world.dists, self.world.values, dist, u))
        joins = max(self.day + days, vacancy.not_before)
        self.hiring[vacancy.seat] = vacancy
        if joins <= self.day:
            return True
        if joins < self.world.days:
            self.env.process(self._joins(vacancy, joins))
        return False

    def _joins(self, vacancy: Vacancy, day: int) -> Process:
        """Somebody who is on the way; all who join in this step sit before books are dealt with."""
        yield Moment(self.env, day, Phase.JOINING, vacancy.seat)
        if self.hiring.get(vacancy.seat) is vacancy:
            if day not in self._joining:
                self._joining[day] = []
                act_at(self.env, day, Phase.SETTLING_IN, 0, self._settle_in)
            self._joining[day].append(vacancy)

    def _settle_in(self) -> None:
        self.join(self._joining.pop(self.day))

    def join(self, vacancies: Iterable[Vacancy]) -> None:
        """People join: when they all sit, the books are dealt with."""
        team, day = self.team, self.day
        joined: list[Stay] = []
        evened: set[int] = set()
        for vacancy in sorted(vacancies, key=lambda vacancy: vacancy.seat):
            role = team.role_of_seat[vacancy.seat]
            self.hiring.pop(vacancy.seat, None)
            if vacancy.until <= day:  # the contract is over before it has begun
                team.give_up(vacancy.seat, day)
                continue
            team.count(ct.JOINS, role)
            stay = team.sit(vacancy, day)
            self._stays(stay, max(day, self.world.warm_days))
            joined.append(stay)
            if vacancy.rebalance:
                evened.add(role)
        team.settle_in(joined, day)
        for role in sorted(evened):
            team.books.even_out(role, day)

    def give_up(self, seat: int) -> None:
        """A seat and what is open for it."""
        self.team.give_up(seat, self.day)
        self.hiring.pop(seat, None)
        self.waiting = [vacancy for vacancy in self.waiting if vacancy.seat != seat]

    # what leaders do

    def hire(
        self, role: int, count: int, *, until: int, calendar: int, skills: int, own_factor: float,
        rebalance: bool,
    ) -> None:  # fmt: skip
        """Requisitions, each for a seat."""
        seats = [self.team.free_seat(role) for _ in range(count)]
        asked = [Vacancy(seat, until, calendar, skills, own_factor, rebalance, 0) for seat in seats]
        self.join([vacancy for vacancy in asked if self.require(vacancy)])

    def cut(self, leaving: list[Stay]) -> None:
        """People leave at once; their seats are given up."""
        seats = sorted(stay.seat for stay in leaving)
        for stay in sorted(leaving, key=lambda stay: stay.seat):
            seat = stay.seat
            self.team.count(ct.CUTS, stay.role)
            self.team.leave(stay, self.day)
            self.give_up(seat)
        self._orphan(seats)

    def freeze(self, roles: Iterable[int], days: int) -> None:
        """No requisition of these roles opens for so many days."""
        end = self.day + days
        for role in roles:
            self.frozen_until[role] = max(self.frozen_until[role], end)
        if end < self.world.days:
            self.env.process(self._thaws(end))

    def _thaws(self, day: int) -> Process:
        yield Moment(self.env, day, Phase.ENDS)
        held, self.waiting = self.waiting, []
        held.sort(key=lambda vacancy: vacancy.seat)
        # waits again where another freeze still holds
        self.join([vacancy for vacancy in held if self.require(vacancy)])

    def set_shrinkage(self, role: int, share: float) -> None:
        """The shrinkage of a role from now on."""
        self.state.roles[role]["speed"] = 1.0 - share
        self.team.speeds_changed = True

    def automate(self, steps: Iterable[int], share: float) -> None:
        """Steps need a part less of their effort from now on; what is learnt is added at midnight."""
        chosen = list(steps)
        self.state.steps["automated"][chosen] *= 1.0 - share
        self.state.steps["effort_factor"][chosen] = self.state.steps["automated"][chosen]

    def move(self, stay: Stay, to_role: int) -> tuple[int, int]:
        """Somebody goes to another role, with what is still to come."""
        team = self.team
        team.count(ct.MOVED_OUT, stay.role)
        if not self.unlimited:
            self.burnout.bring(stay)
        stay.hazard += self.burnout.hazard(stay) * max(0, self.day - stay.hazard_day)
        stay.hazard_day = max(self.day, stay.hazard_day)
        old, new = team.move(stay, to_role, self.day)
        self.give_up(old)
        team.count(ct.MOVED_IN, to_role)
        self._will_end(stay)
        stay.resigns = NEVER
        if stay.until >= s.FOREVER and not self.unlimited:
            self._watch(stay)
        return old, new
