"""Supply: the SimPy processes by which people come, go, and are away, and the acts of the timeline.

Each waits for a day and a place in the order of that midnight, and then has the :class:`Team` do what
follows. A process that waits for somebody who has left meanwhile does nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.hands import add_in_hand
from csm_sim.engine.strain import here_minutes, note_strain
from csm_sim.engine.team import BEFORE, NEVER, Rule, Stay, Team, Vacancy, vacancy_of
from csm_sim.engine.timeline import Moment, Phase, Process, Timeline, later_today
from csm_sim.world import records as r
from csm_sim.world import supply as s

LOOK_WEEKS = 4
"""Weeks between two looks at how strained people are."""


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
        self._absences: dict[tuple[int, int], int] = {}

    @property
    def day(self) -> int:
        """Today."""
        return self.team.day

    def begin(self) -> None:
        """Seat those who are there, and start all processes."""
        team, env = self.team, self.env
        for seat, row in enumerate(self.world.supply.seats):
            if row["joins_day"] == 0:
                stay = team.sit(vacancy_of(self.world, seat), 0)
                stay.joined, stay.ramp_role = BEFORE, -1
                self._stays(stay, self.world.warm_days)
            elif row["joins_day"] > 0:
                self.hiring[seat] = vacancy_of(self.world, seat)
                team.claim(seat)
                env.process(self._joins(self.hiring[seat], int(row["joins_day"])))
        team.began = True
        for number, act in enumerate(self.world.supply.acts):
            env.process(self._acts(act, number))
        if np.any(self.world.supply.rules["burnout_effect"] != 1.0) and not self.unlimited:
            env.process(self._looks())

    # processes of a person

    def _stays(self, stay: Stay, hazard_from: int) -> None:
        """Start what a stay brings with it."""
        rule, env = self.team.rules[stay.role], self.env
        for month in range(1, rule.ramp_months + 1):
            if stay.joined != BEFORE:
                env.process(self._ramps(stay, math.ceil(month * r.MONTH_DAYS)))
        if stay.until < self.world.days:
            env.process(self._ends(stay))
        self._will_end(stay)
        stay.hazard_day = hazard_from
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
            self._leave(stay, r.ENDED)

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
        hazard = rule.hazard * stay.multiple
        if hazard <= 0.0 or stay.notice != NEVER:
            return
        day = stay.hazard_day + max(0, math.ceil((stay.threshold - stay.hazard) / hazard))
        last = self._next_look(stay.hazard_day) if rule.burnout_effect != 1.0 else days
        if day <= min(last, days - 1):
            stay.resigns = day
            self.env.process(self._resigns(stay, day))

    def _next_look(self, day: int) -> int:
        since = day - self.world.warm_days
        period = 7 * LOOK_WEEKS
        return self.world.warm_days + period * (since // period + 1)

    def _resigns(self, stay: Stay, day: int) -> Process:
        yield Moment(self.env, day, Phase.NOTICES, stay.seat)
        if stay.seat < 0 or stay.resigns != day or stay.notice != NEVER:
            return
        team, seat, rule = self.team, stay.seat, self.team.rules[stay.role]
        role = stay.role
        stay.notice = day + rule.notice_days
        team.open_book(stay)
        team.count(r.NOTICES, role)
        team.log(r.NOTICE, seat, stay.occurrence, float(stay.notice))
        team.books.open_giving(seat, day, stay.notice)
        team.opened = True
        if rule.backfill:
            self._replace(stay)
        yield Moment(self.env, stay.notice, Phase.LEAVING, seat)
        if stay.seat >= 0:
            self._leave(stay, r.RESIGNED)

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
        if why == r.ENDED or not self._is_wanted(seat):
            team.give_up(seat, self.day)
        if self.day not in self._leaving:
            self._leaving[self.day] = []
            later_today(self.env, self.day, Phase.GIVING_AWAY, 0, self._give_away)
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
        team.count(r.REQUISITIONS, role)
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
                later_today(self.env, day, Phase.SETTLING_IN, 0, self._settle_in)
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
            team.count(r.JOINS, role)
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

    # burnout

    def _looks(self) -> Process:
        """Every fourth week: how strained people are, and who will resign before the next look."""
        world = self.world
        first = world.warm_days + 7 * LOOK_WEEKS
        for day in range(first, world.days, 7 * LOOK_WEEKS):
            yield Moment(self.env, day, Phase.NOTICES, -1)
            self._look(day)

    def week_minutes(self, day: int, weeks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(week, seat): minutes busy and minutes here in the weeks before a day, work in hand included.

        The day is a whole number of weeks after the start, and not after today.
        """
        roster = self.team.roster
        begin = day - 7 * weeks
        those = slice(begin, day)
        minutes = roster.lengths[roster.calendar[:, those], np.arange(begin, day)[None, :]]
        minutes[~roster.employed[:, those] | (self.state.away[:, those] != s.HERE)] = 0.0
        first = (begin - self.world.warm_days) // 7
        busy = self._busy_so_far()[first : first + weeks]
        return busy.sum(axis=2), minutes.reshape(len(minutes), weeks, 7).sum(axis=2).T

    def _busy_so_far(self) -> NDArray[np.float64]:
        """(week, seat, 3): minutes busy, work in hand included."""
        state, busy = self.state, self.team.ledger.busy.copy()
        add_in_hand(
            self.day * r.DAY, state.tasks, state.people, state.steps, busy, self.world.windows, state.control
        )
        return busy

    def _look(self, day: int) -> None:
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
                stay.hazard += rule.hazard * stay.multiple * (day - stay.hazard_day)
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
            if stay.resigns == NEVER and stay.until >= s.FOREVER:
                self._watch(stay)

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
            stay.seat, max(begin, stay.since), min(begin + 7, self.day), calendar, self.state.away,
            self.world.open_before,
        )  # fmt: skip
        return busy + of_seat, here

    # acts of the timeline

    def _acts(self, act: s.Act, number: int) -> Process:
        yield Moment(self.env, act.day, Phase.ACTS, number)
        do = {
            s.HIRE: self._hire,
            s.CUT: self._cut,
            s.ABSENCE: self._absence,
            s.FREEZE: self._freeze,
            s.SHRINKAGE: self._shrinkage,
            s.TRAIN: self._train,
            s.AUTOMATE: self._automate,
            s.REORGANISE: self._reorganise,
        }[act.what]
        do(act, number)

    def _hire(self, act: s.Act, number: int) -> None:
        calendar = act.calendar if act.calendar >= 0 else int(self.world.roles[act.role]["calendar"])
        self.hire(
            act.role, act.count, until=act.until_day, calendar=calendar, skills=act.skills,
            own_factor=act.own_factor, rebalance=act.rebalance,
        )  # fmt: skip

    def hire(
        self, role: int, count: int, *, until: int, calendar: int, skills: int, own_factor: float,
        rebalance: bool,
    ) -> None:  # fmt: skip
        """Requisitions, each for a seat."""
        seats = [self.team.free_seat(role) for _ in range(count)]
        asked = [Vacancy(seat, until, calendar, skills, own_factor, rebalance, 0) for seat in seats]
        self.join([vacancy for vacancy in asked if self.require(vacancy)])

    def _cut(self, act: s.Act, number: int) -> None:
        if act.who == s.NAMED:
            self.cut(self.team.those_named(act.seats))
        else:
            self.cut(self.team.chosen_to_leave(act.role, act.count, act.share, act.who))

    def cut(self, leaving: list[Stay]) -> None:
        """People leave at once; their seats are given up."""
        seats = sorted(stay.seat for stay in leaving)
        for stay in sorted(leaving, key=lambda stay: stay.seat):
            seat = stay.seat
            self.team.count(r.CUTS, stay.role)
            self.team.leave(stay, self.day)
            self.give_up(seat)
        self._orphan(seats)

    def _absence(self, act: s.Act, number: int) -> None:
        if self.unlimited:
            return
        if act.seats:
            stay = next(iter(self.team.those_named(act.seats)), None)
        else:
            key = (act.role, self.day)
            n = self._absences.get(key, 0)
            self._absences[key] = n + 1
            there = self.team.employed(act.role)
            index = np.uint64(64 * (self.world.supply.date_ordinal + self.day) + n)
            uid = np.uint64(self.world.roles[act.role]["uid"])
            u = dr.draw(self.state.prefixes[dr.ABSENT], uid, index)
            stay = there[int(u * len(there))] if there else None
        if stay is None:
            return
        end = self.day + act.days
        self.team.take_leave(stay, self.day, end)
        rule = self.team.rules[stay.role]
        if rule.hands_over and act.days >= rule.cover_days:
            self.team.cover(stay, self.day, end)
            if end < self.world.days:
                self.env.process(self._returns(stay, end))

    def _returns(self, stay: Stay, day: int) -> Process:
        yield Moment(self.env, day, Phase.BOOKS, 2**20 + stay.seat)
        self.team.come_back(stay, day)

    def _freeze(self, act: s.Act, number: int) -> None:
        self.freeze(range(len(self.world.roles)) if act.role < 0 else (act.role,), act.days)

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

    def _shrinkage(self, act: s.Act, number: int) -> None:
        self.set_shrinkage(act.role, act.share)

    def set_shrinkage(self, role: int, share: float) -> None:
        """The shrinkage of a role from now on."""
        self.state.roles[role]["speed"] = 1.0 - share
        self.team.speeds_changed = True

    def _train(self, act: s.Act, number: int) -> None:
        if self.unlimited:
            return
        team, bit = self.team, np.uint64(act.skills)
        if act.seats:
            found = team.those_named(act.seats)
        else:
            without = [
                stay
                for stay in team.longest(act.role)
                if not np.uint64(self.state.people[stay.seat]["skills"]) & bit
            ]
            found = without[: act.count]
        for stay in found:
            stay.trainings.append(act.share)
        team.speeds_changed = True
        if self.day + act.days < self.world.days:
            self.env.process(self._trained(found, act, number))

    def _trained(self, those: list[Stay], act: s.Act, number: int) -> Process:
        yield Moment(self.env, act.day + act.days, Phase.ENDS, 2**20 + number)
        for stay in those:
            if stay.seat >= 0:
                stay.trainings.remove(act.share)
                self.state.people[stay.seat]["skills"] |= np.uint64(act.skills)
        self.team.changed = self.team.regrouped = self.team.speeds_changed = True

    def _automate(self, act: s.Act, number: int) -> None:
        in_force = self.day + act.days
        if act.step >= 0 and act.effort_minutes > 0:
            there = self.team.employed(act.role)
            for stay in there:
                self.team.books.open_project(
                    stay.seat, act.step, number, act.effort_minutes / len(there), in_force, self.day
                )
            self.team.opened = True
        if act.days == 0:
            self.automate(act.steps, act.share)
        elif in_force < self.world.days:
            self.env.process(self._comes_into_force(act, number))

    def _comes_into_force(self, act: s.Act, number: int) -> Process:
        yield Moment(self.env, act.day + act.days, Phase.ENDS, 2**21 + number)
        self.automate(act.steps, act.share)

    def automate(self, steps: Iterable[int], share: float) -> None:
        """Steps need a part less of their effort from now on; what is learnt is added at midnight."""
        chosen = list(steps)
        self.state.steps["automated"][chosen] *= 1.0 - share
        self.state.steps["effort_factor"][chosen] = self.state.steps["automated"][chosen]

    def _reorganise(self, act: s.Act, number: int) -> None:
        team = self.team
        if act.seats:
            movers = [stay for stay in team.those_named(act.seats) if stay.role == act.role]
        else:
            movers = team.newest(act.role)[: act.count or None]
        movers.sort(key=lambda stay: stay.seat)
        everyone = not act.seats and not act.count
        self._reroute(act, everyone)
        left: list[NDArray[np.int64]] = []
        for stay in movers:
            old, new = self._move(stay, act.to_role)
            accounts = team.books.of_seat(old)
            owner_role = self.state.segments["owner_role"][self.state.accounts["segment"][accounts]]
            theirs = owner_role == act.to_role
            team.books.give_away(accounts[theirs], act.to_role, self.day, handed=False, to=new)
            left.append(accounts[~theirs])
        if left:
            team.books.give_away(team.books.in_order(np.concatenate(left)), act.role, self.day)
        team.settle_in(movers, self.day)
        team.changed = True

    def _move(self, stay: Stay, to_role: int) -> tuple[int, int]:
        """Somebody goes to another role, with what is still to come."""
        team = self.team
        team.count(r.MOVED_OUT, stay.role)
        week = (self.day - self.world.warm_days) // 7
        if not self.unlimited:
            busy = self._busy_so_far()[:, stay.seat].sum(axis=1)
            for number in range(max(0, week - LOOK_WEEKS), min(week + 1, self.world.weeks)):
                stay.brought[number] = self._own_part(stay, number, float(busy[number]))
        gone = max(0, self.day - stay.hazard_day)
        stay.hazard += team.rules[stay.role].hazard * stay.multiple * gone
        stay.hazard_day = max(self.day, stay.hazard_day)
        old, new = team.move(stay, to_role, self.day)
        self.give_up(old)
        team.count(r.MOVED_IN, to_role)
        if team.rules[to_role].burnout_effect == 1.0:
            stay.multiple = 1.0
        self._will_end(stay)
        stay.resigns = NEVER
        if stay.until >= s.FOREVER and not self.unlimited:
            self._watch(stay)
        return old, new

    def _reroute(self, act: s.Act, everyone: bool) -> None:
        """The work named, and the waiting part of it, is another role's from now on."""
        state, kinds = self.state, [k for k in act.kinds if self.world.kinds[k]["per"] != r.PER_PERSON]
        route = state.route[kinds]
        state.route[kinds] = np.where(route == act.role, act.to_role, route)
        triggers = self.world.kinds["trigger"][kinds]
        if np.isin(triggers, (r.TICKETS, r.REPLAY)).any():
            state.ticket_roles[state.ticket_roles == act.role] = act.to_role
            if state.common["overflow_role"][0] == act.role:
                state.common["overflow_role"] = act.to_role
        if np.any(triggers == r.ESCALATION) and state.common["escalation_role"][0] == act.role:
            state.common["escalation_role"] = act.to_role
        if everyone:
            owned = state.segments["owner_role"] == act.role
            state.segments["owner_role"][owned] = act.to_role
        tasks = state.tasks
        live = np.isin(tasks["status"], (r.WAITING, r.IN_HAND, r.HELD)) & (tasks["role"] == act.role)
        ours = live & np.isin(state.steps["kind"][np.where(live, tasks["step"], 0)], kinds) \
            if len(state.steps) else live  # fmt: skip
        tasks["role"][ours] = act.to_role
        self.team.rerouted = True


def satisfaction(stay: Stay, rule: Rule) -> float:
    """How content a person is, 0 to 100: full marks up to the strain from which burnout counts."""
    above = rule.burnout_above
    if math.isnan(stay.strain) or above >= 1.0:
        return 100.0
    excess = (stay.strain - above) / (1.0 - above)
    return 100.0 * (1.0 - min(1.0, max(0.0, excess)))


__all__ = ["LOOK_WEEKS", "NEVER", "Supply", "satisfaction"]
