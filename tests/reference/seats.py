"""Seats, who sits in them, and the requisitions that fill them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from reference.instants import TIME_TO_HIRE, Hours, absorb

if TYPE_CHECKING:
    from reference.model import Run
    from reference.people import Stint


@dataclass(eq=False)
class Seat:
    index: int
    role: int
    uid: int
    kept: bool
    """For somebody whom ``people`` names: nobody else sits here first."""
    person: Person | None = None
    first: Person | None = None
    """Who sat here first: the one whom lists and acts mean by this seat."""
    sat: int = 0
    """How many people have sat down here so far."""
    reserved: bool = False
    """Somebody sits here, has sat here or is to sit here."""
    contracted: bool = False
    requisition: Requisition | None = None


@dataclass(eq=False)
class Requisition:
    """Somebody is to sit in a seat."""

    seat: Seat
    rebalance: bool
    until_day: int
    calendar: int
    skills: int
    own_factor: float
    seat_is_free: int = 0
    """Day from which on the seat is free."""
    opened: int = -1
    """Day, -1: waits for the end of a freeze, or was never needed."""
    joins_day: int = -1
    """-1: not known yet."""


@dataclass(eq=False)
class Stay:
    """A person in a seat. Whoever moves to another seat begins another stay."""

    person: Person
    seat: Seat
    number: int
    """How many people sat in the seat before."""
    over: bool = False


@dataclass(eq=False)
class Person:
    uid: int
    joined_day: int
    hours: Hours
    skills: int
    own_factor: float
    until_day: int
    ramp_role: int
    """Whose ramp it is, -1: past it."""
    stay: Stay | None = None
    speed: float = 1.0
    idle_since: float = 0.0
    last_nature: int | None = None
    stint: Stint | None = None
    away: int = s.HERE
    """What today is."""
    on_notice: bool = False
    leaves_on: int = s.FOREVER
    """Day of leaving of somebody who has resigned."""
    absences: list[tuple[int, int]] = field(default_factory=list)
    """By act: first day, and the day after the last."""
    covered_until: int | None = None
    """Colleagues have the book until that midnight's step 4; None: nobody covers."""
    trainings: list[s.Act] = field(default_factory=list)
    coach: Person | None = None
    hazard: float = 0.0
    """Of resigning, added up so far."""
    hazard_today: float = 0.0
    strain: float | None = None
    """Running average of utilisation, None where nobody looks."""
    multiple: float = 1.0
    """Of the hazard, by burnout."""
    worked: list[tuple[Stint, float]] = field(default_factory=list)
    """What has been in hand, and until when."""
    here: dict[int, float] = field(default_factory=dict)
    """Minutes of working time in each week of the horizon."""

    @property
    def employed(self) -> bool:
        return self.stay is not None

    @property
    def seat(self) -> Seat:
        assert self.stay is not None
        return self.stay.seat

    @property
    def index(self) -> int:
        """Number of the seat."""
        return self.seat.index

    @property
    def role(self) -> int:
        return self.seat.role

    def has(self, skill: int) -> bool:
        return skill == r.NO_SKILL or bool(self.skills >> (skill - 1) & 1)


class Seats:
    """All seats, and the requisitions for them."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.rules = run.world.supply.rules
        self.seats: list[Seat] = []
        self.freezes: list[s.Act] = []
        """In force, in the order of the file."""
        for role in range(len(self.world.roles)):
            first, end = (int(n) for n in self.world.supply.first_seat[role : role + 2])
            for index in range(first, end):
                uid = absorb(int(self.world.roles[role]["uid"]), index - first)
                self.seats.append(Seat(index, role, uid, bool(self.world.supply.seats[index]["kept"])))

    def team(self, role: int) -> list[Person]:
        """The employed people of a role, by seat."""
        return [person for person in self.people() if person.role == role]

    def people(self) -> list[Person]:
        """Everybody employed, by seat."""
        return [seat.person for seat in self.seats if seat.person is not None]

    def named(self, seats: tuple[int, ...]) -> list[Person]:
        """Those of the people meant by an act who are employed, by seat."""
        found = [self.seats[index].first for index in seats]
        return sorted((p for p in found if p is not None and p.employed), key=lambda p: p.index)

    # sitting down and getting up

    def begin(self) -> None:
        """Those who are there at minute 0; those who are known to come later."""
        for seat in self.seats:
            of_seat = self.world.supply.seats[seat.index]
            if of_seat["joins_day"] < 0:
                continue
            seat.reserved = True
            seat.requisition = Requisition(
                seat,
                rebalance=False,
                until_day=int(of_seat["until_day"]),
                calendar=int(of_seat["calendar"]),
                skills=int(of_seat["skills"]),
                own_factor=float(of_seat["own_factor"]),
                joins_day=int(of_seat["joins_day"]),
            )
            if of_seat["joins_day"] == 0:
                person = self._somebody(seat.requisition, 0)
                person.ramp_role = -1
                self.sit(person, seat, 0, is_there=True)

    def _somebody(self, requisition: Requisition, day: int) -> Person:
        seat = requisition.seat
        calendar = requisition.calendar
        if calendar < 0:
            calendar = int(self.world.roles[seat.role]["calendar"])
        return Person(
            uid=seat.uid if seat.sat == 0 else absorb(seat.uid, seat.sat),
            joined_day=day,
            hours=self.run.calendars[calendar],
            skills=requisition.skills,
            own_factor=requisition.own_factor,
            until_day=requisition.until_day,
            ramp_role=seat.role,
        )

    def sit(self, person: Person, seat: Seat, day: int, *, is_there: bool = False) -> None:
        """Somebody sits down, by joining or by moving from another role."""
        assert seat.person is None
        person.stay = Stay(person, seat, seat.sat)
        person.away, person.idle_since = s.HERE, self.env.now
        seat.person, seat.requisition = person, None
        seat.first = seat.first or person
        seat.sat += 1
        seat.reserved = seat.contracted = True
        if not is_there:
            self.run.log_person(ev.JOINED, person)
        self.run.playbooks.begin_person_work(person.stay, day)
        self.run.supply.changed = True

    def get_up(self, person: Person) -> Seat:
        """Somebody leaves a seat, for good or for another; what was in hand is put down."""
        stay = person.stay
        assert stay is not None
        self.run.log_person(ev.LEFT, person)
        stay.over = True
        if person.stint is not None:
            self.run.desk.interrupt(person)
        person.stay, stay.seat.person = None, None
        self.run.supply.changed = True
        return stay.seat

    def leave(self, person: Person, why: str) -> None:
        """For good. The seat is given up unless somebody is to come after."""
        self.run.supply.count(why, person.role)
        seat = self.get_up(person)
        if why != "resigned" or seat.requisition is None:
            self._give_up(seat)
        self.run.books.let_go(seat)

    def move(self, person: Person, to_role: int, day: int) -> None:
        """To a seat of another role, with the accounts that the other role owns, too."""
        self.run.supply.count("moved_out", person.role)
        before = self.get_up(person)
        self._give_up(before)
        seat = self.free_seat(to_role)
        self.sit(person, seat, day)
        self.run.supply.count("moved_in", to_role)
        self.run.books.take_along(before, seat)
        self.run.books.let_go(before, orphans=False)

    def _give_up(self, seat: Seat) -> None:
        """A seat that nobody is to sit in any more."""
        seat.contracted, seat.requisition = False, None

    # requisitions

    def free_seat(self, role: int) -> Seat:
        """The lowest one never taken, else the lowest one given up."""
        seats = [seat for seat in self.seats if seat.role == role]
        fresh = [seat for seat in seats if not seat.reserved and not seat.kept]
        given_up = [q for q in seats if q.reserved and not q.contracted and q.requisition is None]
        return (fresh + given_up)[0]

    def is_frozen(self, role: int) -> bool:
        return any(freeze.role in (-1, role) for freeze in self.freezes)

    def ask(self, requisition: Requisition, day: int) -> None:
        """A requisition that opens today unless there is a freeze."""
        seat = requisition.seat
        seat.reserved, seat.requisition = True, requisition
        if not self.is_frozen(seat.role):
            self.open(requisition, day)

    def open(self, requisition: Requisition, day: int) -> None:
        seat = requisition.seat
        self.run.supply.count("requisitions", seat.role)
        seat.contracted = True
        requisition.opened = day
        days, dist = 0, int(self.rules[seat.role]["hire_dist"])
        if dist >= 0:
            days = math.ceil(
                self.run.keyed.quantile(dist, self.run.keyed.u(TIME_TO_HIRE, seat.uid, seat.sat))
            )
        requisition.joins_day = max(day + days, requisition.seat_is_free)

    def open_after_freeze(self, day: int) -> None:
        """The requisitions that have waited, by seat."""
        for seat in self.seats:
            asked = seat.requisition
            if asked is not None and asked.joins_day < 0 and not self.is_frozen(seat.role):
                self.open(asked, day)

    def join_due(self, day: int) -> None:
        """All who should join by now, by seat; when they all sit, the books are dealt with."""
        due = [q for seat in self.seats if (q := seat.requisition) is not None and 0 <= q.joins_day <= day]
        due = [requisition for requisition in due if requisition.seat.person is None]
        joined: list[tuple[Requisition, Person]] = []
        for requisition in due:
            if requisition.until_day <= day:  # the contract is over before it has begun
                self._give_up(requisition.seat)
                continue
            person = self._somebody(requisition, day)
            self.run.supply.count("joined", requisition.seat.role)
            self.sit(person, requisition.seat, day)
            joined.append((requisition, person))
        self.run.books.after_joining([person for _, person in joined])
        for role in sorted({q.seat.role for q, _ in joined if q.rebalance}):
            self.run.books.rebalance(role)
