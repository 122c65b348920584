"""The team: who sits in which seat, and what their joining, leaving and moving does.

A :class:`~csm_sim.engine.people.Stay` is one person from joining to leaving; it keeps its identity
when it moves to another seat. What happens when is decided by :mod:`csm_sim.engine.supply`; here is
what it does. The rules are those of ``docs/explanation/model.md``, section 9.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine import hands
from csm_sim.engine.attendance import note_long, plan_away
from csm_sim.engine.beginning import beginning_of
from csm_sim.engine.books import Books
from csm_sim.engine.ledger import Ledger
from csm_sim.engine.log import log_event
from csm_sim.engine.people import BEFORE, NEVER, Rule, Stay, Vacancy
from csm_sim.engine.populate import State
from csm_sim.engine.roster import Roster
from csm_sim.errors import EngineError, PolicyError, Problem
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.identity import absorb_uid
from csm_sim.world.supply import FOREVER, NEWEST, RANDOM


class Team:
    """The people of one replication."""

    def __init__(self, world: World, state: State, ledger: Ledger, roster: Roster, unlimited: bool) -> None:
        self.world, self.state, self.ledger, self.roster = world, state, ledger, roster
        self.unlimited = unlimited
        self.books = Books(world, state, ledger)
        self.beginning = beginning = beginning_of(world)
        self.rules, self.role_of_seat = beginning.rules, beginning.role_of_seat
        self.stays: list[Stay | None] = [None] * len(self.role_of_seat)
        self.named: dict[int, Stay] = {}
        """The first person of each seat, who may have moved or left: acts name people by it."""
        self.sat = [0] * len(self.role_of_seat)
        """How many people have sat in each seat."""
        self.claimed = list(beginning.is_there)
        """Seats that are contracted, or that somebody is meant to get."""
        self.fresh: list[bool] = [not claimed for claimed in self.claimed]
        """Seats that nobody has ever been meant to get."""
        self.orphaned: dict[int, int] = {}
        """Day since when accounts belong to an empty seat."""
        self.lent: dict[int, Stay] = {}
        """Accounts that colleagues have for somebody who is away, and for whom."""
        self.day = 0
        self.acts = 0
        """How often somebody joined or left: what has been read before is out of date."""
        self.changed = self.opened = self.regrouped = self.speeds_changed = True
        """What has to be found anew before the desk works on; ``opened``: work has opened, no more."""
        self.rerouted = False
        """Likewise whether work goes to other roles."""

    # who is there

    def employed(self, role: int) -> list[Stay]:
        """The people of a role, by seat."""
        return [stay for stay in self.stays[self.beginning.seats_of_role[role]] if stay is not None]

    def longest(self, role: int) -> list[Stay]:
        """The people of a role, those first who joined first."""
        return sorted(self.employed(role), key=lambda stay: (stay.joined, stay.seat))

    def newest(self, role: int) -> list[Stay]:
        """The people of a role, those first who joined last."""
        return sorted(self.employed(role), key=lambda stay: (-stay.joined, -stay.seat))

    def those_named(self, seats: Sequence[int]) -> list[Stay]:
        """People by the seat that they sat in first, those who are still there."""
        found = [self.named[seat] for seat in seats if seat in self.named]
        return [stay for stay in found if stay.seat >= 0]

    def ramping(self, stay: Stay, day: int) -> bool:
        """Whether somebody has not reached full speed."""
        if stay.ramp_role < 0:
            return False
        return day - stay.joined < self.rules[stay.ramp_role].ramp_months * r.MONTH_DAYS

    def count(self, what: int, role: int, number: int = 1) -> None:
        """Count something that happened to a role's people."""
        self.ledger.moves[self.books.month(self.day), role, what] += number

    def log(self, what: int, seat: int, occurrence: int, value: float = 0.0) -> None:
        """Write a line about a person."""
        if len(self.ledger.log):
            log_event(
                self.ledger.log, self.state.control, self.day * r.DAY, what, -1, seat, -1, occurrence, -1,
                value,
            )  # fmt: skip

    # seats

    def free_seat(self, role: int) -> int:
        """The seat that the next one of a role gets; it is claimed.

        Raises
        ------
        PolicyError
            If the role has no more seats, as policies have filled them.
        EngineError
            If it has no more seats without that: the scenario has too few.
        """
        seats = range(len(self.stays))[self.beginning.seats_of_role[role]]
        free = [seat for seat in seats if not self.claimed[seat]]
        never = [seat for seat in free if self.fresh[seat] and not self.world.supply.seats[seat]["kept"]]
        given_up = [seat for seat in free if not self.fresh[seat]]
        if not never and not given_up:
            name = self.world.names.roles[role]
            problem = f"{name} has no seat left: all {len(seats)} are taken"
            if self.world.supply.policies:  # they have hired into the seats of the timeline
                fix = "write a larger number, or let the policies stop earlier"
                raise PolicyError(str(Problem(f"staff.{name}.seats", "", f"{problem}, by policies too", fix)))
            raise EngineError(f"{problem}. Raise  staff.{name}.seats")
        seat = (never or given_up)[0]
        self.claim(seat)
        return seat

    def claim(self, seat: int) -> None:
        """Somebody is meant to get the seat."""
        self.claimed[seat], self.fresh[seat] = True, False

    def contract(self, seat: int, day: int) -> None:
        """A requisition for the seat has opened."""
        self.roster.contract(seat, day, True)

    def give_up(self, seat: int, day: int) -> None:
        """The seat is not filled any more."""
        self.claimed[seat] = False
        self.roster.contract(seat, day, False)

    # joining

    def begin(self) -> list[Stay]:
        """Those who are there from the beginning sit down, all at once: who they are, by seat."""
        there: list[Stay] = []
        for vacancy, uid in self.beginning.there:
            seat = vacancy.seat
            role = self.role_of_seat[seat]
            stay = Stay(seat, role, uid, BEFORE, vacancy.until, vacancy.own_factor, 0)
            self.stays[seat] = self.named[seat] = stay
            self.sat[seat] = 1
            if self.rules[role].takes_leave and not self.unlimited:
                self._plan(stay, 0)
            there.append(stay)
        return there

    def sit(self, vacancy: Vacancy, day: int) -> Stay:
        """Somebody takes a seat; what follows for others is :meth:`settle_in`'s."""
        seat = vacancy.seat
        before = self.sat[seat]
        role = self.role_of_seat[seat]
        uid = self.seat_uid(seat)
        if before:
            uid = absorb_uid(uid, before)
        stay = Stay(seat, role, uid, day, vacancy.until, vacancy.own_factor, before)
        stay.ramp_role = role
        self.named.setdefault(seat, stay)
        self._take(stay, vacancy.calendar, vacancy.skills, day)
        if not self.unlimited:
            self._plan(stay, day)
        return stay

    def threshold(self, stay: Stay) -> float:
        """The hazard at which somebody resigns."""
        if math.isnan(stay.threshold):
            u = dr.draw(self.state.prefixes[dr.RESIGN], np.uint64(stay.uid), np.uint64(0))
            stay.threshold = -math.log(u)
        return stay.threshold

    def seat_uid(self, seat: int) -> int:
        """The identity of a seat, which its first person has, too."""
        role = self.world.roles[self.role_of_seat[seat]]
        return absorb_uid(int(role["uid"]), seat - int(role["first_slot"]))

    def _plan(self, stay: Stay, day: int) -> None:
        """Set the days off of somebody who sits down, by the rules of the role."""
        supply = self.world.supply
        calendar = int(self.state.people[stay.seat]["calendar"])
        plan = np.zeros(self.world.days, np.int8)
        if self.rules[stay.role].takes_leave:
            plan_away(
                plan, stay.role, calendar, np.uint64(stay.uid), supply.rules, supply.first_year,
                supply.leave_weeks, supply.leave_weights, self.world.open_before, self.state.prefixes,
            )  # fmt: skip
        for begin, end in stay.absences:
            note_long(plan, begin, end, calendar, self.world.open_before)
        self.state.away[stay.seat, day:] = plan[day:]

    def _take(self, stay: Stay, calendar: int, skills: int, day: int) -> None:
        """Sit down, as somebody new or from another seat."""
        seat, person = stay.seat, self.state.people[stay.seat]
        person["uid"], person["calendar"], person["skills"] = stay.uid, calendar, skills
        person["employed"], person["is_idle"], person["idle_since"] = 1, 1, day * r.DAY
        person["is_away"], person["task"], person["finish"] = 0, -1, r.NEVER
        person["last_nature"] = -1
        stay.since = day
        week = int(self.state.control["week"][0])
        stay.offset = float(self.ledger.busy[week, seat].sum()) if 0 <= week < self.world.weeks else 0.0
        self.stays[seat] = stay
        self.sat[seat] += 1
        self.roster.sits(seat, day, calendar, temporary=stay.until < FOREVER)
        self.acts += 1
        self.contract(seat, day)
        self.open_book(stay)
        self.log(ev.JOINED, seat, stay.occurrence)
        self.books.begin_own_work(seat, day)
        self.changed = self.regrouped = self.speeds_changed = True

    def settle_in(self, those: Sequence[Stay], day: int) -> None:
        """What the joining of people does to books: accounts of their seats, then accounts of nobody."""
        for stay in those:
            if stay.seat in self.orphaned:
                self.release(stay.seat, day, to=stay.seat)
        for role in sorted({stay.role for stay in those}):
            self.books.adopt(role, day)

    def open_book(self, stay: Stay) -> None:
        """Whether somebody may be given accounts."""
        is_open = stay.notice == NEVER and stay.covered_until == NEVER
        self.state.people[stay.seat]["open_book"] = is_open

    # leaving

    def rise(self, stay: Stay, day: int) -> None:
        """Somebody leaves the seat: work in hand waits again, own work ends. Accounts stay for now."""
        seat, person = stay.seat, self.state.people[stay.seat]
        if person["task"] >= 0:
            hands.put_down(
                seat, day * r.DAY, self.state.tasks, self.state.people, self.state.steps, self.state.nodes,
                self.ledger.busy, self.world.windows, self.world.open_before, self.ledger.log,
                self.state.control,
            )  # fmt: skip
        person["employed"] = person["is_idle"] = person["is_away"] = person["open_book"] = 0
        person["skills"] = 0
        self.books.end_own_work(seat, day)
        self.stays[seat] = None
        self.acts += 1
        self.roster.rises(seat, day, int(self.world.roles[int(person["role"])]["calendar"]))
        self.log(ev.LEFT, seat, stay.occurrence)
        self.changed = self.regrouped = self.speeds_changed = True

    def leave(self, stay: Stay, day: int) -> None:
        """Somebody leaves the team."""
        seat = stay.seat
        self.rise(stay, day)
        self.books.forget(seat)
        stay.seat = -1

    def release(self, seat: int, day: int, *, to: int = -1) -> None:
        """The accounts of an empty seat go to whom they can."""
        since = self.orphaned.pop(seat)
        self.books.forget(seat)
        accounts = self.books.of_seat(seat)
        role = self.role_of_seat[seat]
        self.count(ct.ORPHAN_DAYS, role, (day - since) * len(accounts))
        owner_role = self.state.segments["owner_role"][self.state.accounts["tier"][accounts]]
        for new_role in np.unique(
            owner_role
        ).tolist():  # another one's, if the role has been merged meanwhile
            theirs = accounts[owner_role == new_role]
            self.books.give_away(theirs, new_role, day, to=to if new_role == role else -1)
        self.changed = True

    def orphan(self, seats: Iterable[int], day: int) -> list[tuple[int, int]]:
        """The accounts of those who have just left; seat and day of those that have to wait."""
        waiting: list[tuple[int, int]] = []
        at_once: dict[int, list[NDArray[np.int64]]] = {}
        for seat in seats:
            role = self.role_of_seat[seat]
            rule = self.rules[role]
            if rule.hands_over and rule.orphan_days > 0 and not self.unlimited:
                self.orphaned[seat] = day
                waiting.append((seat, day + rule.orphan_days))
            else:
                at_once.setdefault(role, []).append(self.books.of_seat(seat))
        for role, accounts in at_once.items():
            self.books.give_away(self.books.in_order(np.concatenate(accounts)), role, day)
        return waiting

    def chosen_to_leave(self, role: int, count: int, share: float, who: int) -> list[Stay]:
        """Those whom a cut of a role hits, by seat."""
        there = self.employed(role)
        if not math.isnan(share):
            count = max(1, math.floor(share * len(there) + 0.5)) if there else 0
        if who == RANDOM:
            prefix = self.state.prefixes[dr.WHO_LEAVES]
            there.sort(key=lambda stay: dr.draw(prefix, np.uint64(stay.uid), np.uint64(0)))
        elif who == NEWEST:
            there = self.newest(role)
        return sorted(there[:count], key=lambda stay: stay.seat)

    # moving

    def move(self, stay: Stay, to_role: int, day: int) -> tuple[int, int]:
        """Somebody goes to a seat of another role; returns both seats. Accounts stay for now."""
        old, person = stay.seat, self.state.people[stay.seat]
        calendar, skills, nature = int(person["calendar"]), int(person["skills"]), int(person["last_nature"])
        self.rise(stay, day)
        self.give_up(old, day)
        stay.seat, stay.role = self.free_seat(to_role), to_role
        stay.occurrence = self.sat[stay.seat]
        self._take(stay, calendar, skills, day)
        self.state.people[stay.seat]["last_nature"] = nature
        self.books.moved(old, stay.seat)
        if not self.unlimited:
            self._plan(stay, day)
        return old, stay.seat

    # absence

    def take_leave(self, stay: Stay, day: int, end: int) -> None:
        """A long absence from ``day`` to the day before ``end``."""
        stay.absences.append((day, end))
        calendar = int(self.state.people[stay.seat]["calendar"])
        note_long(self.state.away[stay.seat], day, end, calendar, self.world.open_before)

    def cover(self, stay: Stay, day: int, end: int) -> None:
        """Colleagues take the accounts of somebody who is away until ``end``."""
        stay.covered_until = max(stay.covered_until, end)
        self.open_book(stay)
        accounts = self.books.of_seat(stay.seat)
        for a in accounts.tolist():  # whoever covers for one who covers has nothing to get back
            if a not in self.lent or self.lent[a].seat < 0:
                self.lent[a] = stay
        self.books.give_away(accounts, stay.role, day)
        self.changed = True

    def come_back(self, stay: Stay, day: int) -> None:
        """Somebody is back from a covered absence, or was to be."""
        if stay.covered_until > day:
            return
        stay.covered_until = NEVER
        accounts = [a for a, whose in self.lent.items() if whose is stay]
        for a in accounts:
            del self.lent[a]
        if stay.seat < 0:
            return
        self.open_book(stay)
        theirs = self.books.in_order(np.array(accounts, dtype=np.int64))
        segments = self.state.accounts["tier"][theirs]
        theirs = theirs[self.state.segments["owner_role"][segments] == stay.role]
        self.books.give_away(theirs, stay.role, day, handed=False, to=stay.seat)
        self.changed = True

    def lose_account(self, account: int, seat: int, day: int) -> None:
        """An account of a seat is served in another tier, by others."""
        self.lent.pop(account, None)
        if seat in self.orphaned:
            self.count(ct.ORPHAN_DAYS, self.role_of_seat[seat], day - self.orphaned[seat])

    # speed

    def set_speeds(self, day: int) -> None:
        """Speeds of everyone: shrinkage, ramp, coaching, leading, training, own factor."""
        supply, people = self.world.supply, self.state.people
        speed = np.zeros(len(people))
        ramp = np.ones(len(people))
        for role, rule in enumerate(self.rules):
            there = self.employed(role)
            if not there:
                continue
            shrunk = float(self.state.roles[role]["speed"])
            leads = self._leads(role, rule)
            trainees = {} if self.unlimited else self._coaches(role, day)
            for stay in there:
                factor = shrunk
                if self.unlimited:
                    speed[stay.seat] = factor
                    continue
                if self.ramping(stay, day):
                    month = int((day - stay.joined) / r.MONTH_DAYS)
                    ramp[stay.seat] = supply.ramp[stay.ramp_role, month]
                    factor *= ramp[stay.seat]
                if stay in trainees:
                    factor *= (1.0 - rule.coaching) ** trainees[stay]
                if stay in leads:
                    factor *= 1.0 - rule.span_share
                for time in stay.trainings:
                    factor *= 1.0 - time
                speed[stay.seat] = factor * stay.own_factor
        people["speed"] = speed
        self.roster.pace(day, speed, ramp)
        self.speeds_changed = False

    def _leads(self, role: int, rule: Rule) -> Sequence[Stay]:
        if not rule.span_people or self.unlimited:
            return ()
        there = self.longest(role)
        return there[: len(there) // rule.span_people]

    def _coaches(self, role: int, day: int) -> dict[Stay, int]:
        """How many each coach of a role has, once everyone who ramps has one if there is anybody."""
        there = self.longest(role)
        learning = [stay for stay in there if self.ramping(stay, day)]
        if not learning:
            return {}
        able = [stay for stay in there if not self.ramping(stay, day) and stay.notice == NEVER]
        trainees: dict[Stay, int] = {}
        for stay in learning:
            if stay.coach is not None and stay.coach not in there:
                stay.coach = None
            if stay.coach is not None:
                trainees[stay.coach] = trainees.get(stay.coach, 0) + 1
        for stay in learning:
            if stay.coach is None and able:
                stay.coach = min(able, key=lambda coach: trainees.get(coach, 0))
                trainees[stay.coach] = trainees.get(stay.coach, 0) + 1
        return trainees
