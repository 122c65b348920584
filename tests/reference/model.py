"""One replication by the rules of ``docs/explanation/model.md``, in plain SimPy.

This is the second, independent program that follows the rules; ``csm_sim.engine`` is the first.
It looks at everything at every instant and is as slow as it is plain. It shares with the engine
only the world and the keyed draws, so the two must give the same events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import simpy
from numpy.typing import NDArray

from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from reference.acts import Acts
from reference.book import Account, Book
from reference.books import Books
from reference.counting import Counting
from reference.customers import Customers
from reference.health import Health
from reference.instants import NEVER, Draws, Hours, Moment, Phase, absorb
from reference.leave import Leave
from reference.moves import Moves
from reference.pace import Pace, Resigning
from reference.people import Desk
from reference.renewals import Renewals
from reference.routes import Efforts, Routes
from reference.seats import Person, Seats
from reference.supply import Supply
from reference.tickets import Tickets
from reference.work import Playbooks, Steps, Stream, Task

Event = tuple[float, int, int, int, int, int, int, float]


@dataclass(frozen=True)
class ReferenceRun:
    """What one replication left behind."""

    events: list[Event]
    """As ``events.EVENT``, in the order in which they happened."""
    health: NDArray[np.float64]
    """(account, 4): adoption, engagement, support, onboarding at the end."""
    alive: NDArray[np.bool_]
    months: NDArray[np.void]
    """``counts.MONTH``, (months, segments)."""
    cohorts: NDArray[np.float64]
    """(months + 1, months, 4): see ``counting``."""
    served: NDArray[np.int64]
    """(months, segments): accounts at the end of the month by the segment as which they are served."""
    busy: NDArray[np.float64]
    """(weeks, persons, 3) minutes: proactive, reactive, switching."""
    owner: list[int]
    """Person of each account that is alive, else -1."""
    hours: NDArray[np.float64]
    """(weeks, seats, ``counts.HOURS_FIELDS``) minutes."""
    temporary: NDArray[np.float64]
    """(months, roles) minutes of people whose contract has an end, here or not."""
    moves: NDArray[np.float64]
    """(months, roles, ``records.MOVES_FIELDS``)."""
    satisfaction: NDArray[np.float64]
    """Of the person in each seat at the end, nan without burnout or without a person."""
    counts: dict[str, NDArray[np.float64]]
    """What is counted of tickets, and cancelled of all work, by the names of ``counts.TALLY``: (month, step,
    segment), people's own work after all segments."""


def simulate_reference(world: World, seed: int, replication: int, unlimited: bool = False) -> ReferenceRun:
    """The events of one replication; of its fully-staffed twin if ``unlimited``."""
    return Run(world, seed, replication, unlimited).result()


class Run:
    """A replication while it runs."""

    def __init__(self, world: World, seed: int, replication: int, unlimited: bool) -> None:
        self.world, self.unlimited = world, unlimited
        self.env = simpy.Environment()
        self.end = world.days * r.DAY
        self.calendars = [Hours(world, number) for number in range(len(world.calendars))]
        self.hours, self.keyed = self.calendars[0], Draws(world, seed, replication)
        self.absorb = absorb
        self.book = Book(world, self.keyed)
        self.supply, self.seats, self.routes, self.efforts = (
            Supply(self), Seats(self), Routes(self), Efforts(self),
        )  # fmt: skip
        self.books, self.acts, self.leave = Books(self), Acts(self), Leave(self)
        self.pace, self.resigning = Pace(self), Resigning(self)
        self.playbooks, self.desk, self.tickets = Playbooks(self), Desk(self), Tickets(self)
        self.counting, self.renewals = Counting(self), Renewals(self)
        self.customers, self.moves, self.health = Customers(self), Moves(self), Health(self)
        self.events: list[Event] = []

    def result(self) -> ReferenceRun:
        self.seats.begin()
        self.playbooks.begin_segment_work()
        self._first_owners()
        for account in self.book.accounts:
            if account.alive:
                self.playbooks.begin_account_work(account)
        for process in (
            self.counting.month_starts, self.supply.people_come_and_go, self.customers.midnights,
            self.supply.absences, self.supply.learning, self.renewals.renewals, self._starts,
        ):  # fmt: skip
            self.env.process(process())
        for hours in self.calendars:
            self.env.process(self._mornings(hours))
        self.env.process(self.tickets.replay())
        self.env.process(self.tickets.backlog())
        self.env.run(until=self.end)
        self.desk.count_busy_at_the_end()
        self.books.count_orphans_at_the_end()
        self.tickets.count_held_at_the_end()
        self.counting.close()
        for account in self.book.accounts:
            if account.alive:
                self.health.up_to_the_end(account)
        return ReferenceRun(
            events=self.events,
            health=np.array([account.health for account in self.book.accounts]).reshape(-1, 4),
            alive=np.array([account.alive for account in self.book.accounts], dtype=np.bool_),
            months=self.counting.months,
            cohorts=self.counting.cohorts,
            served=self.counting.served,
            busy=self.desk.busy,
            owner=[account.owner if account.alive else -1 for account in self.book.accounts],
            hours=self.supply.hours,
            temporary=self.supply.temporary,
            moves=self.supply.moves,
            satisfaction=np.array(self.supply.satisfaction()),
            counts=self.tickets.counts,
        )

    def hours_of(self, role: int) -> Hours:
        """When the people of a role work."""
        return self.calendars[int(self.world.roles[role]["calendar"])]

    def working_day(self, day: int) -> int:
        """The day itself, or the next working day after it; beyond the run no day is moved."""
        return int(self.world.working.next_working_day[day]) if day < self.world.days else day

    # the log

    def log(
        self,
        what: int,
        stream: Stream,
        occurrence: int,
        step: int,
        *,
        value: float,
        person: int = -1,
        opened: bool = False,
    ) -> None:
        if opened and stream.stay is not None:
            person = stream.stay.seat.index
        number = stream.account_number
        self.events.append((self.env.now, what, number, person, stream.kind, occurrence, step, value))

    def log_account(
        self,
        what: int,
        account: Account,
        *,
        person: int = -1,
        kind: int = -1,
        occurrence: int = -1,
        value: float = 0.0,
    ) -> None:
        self.events.append((self.env.now, what, account.index, person, kind, occurrence, -1, float(value)))

    def log_person(
        self, what: int, person: Person, *, occurrence: int | None = None, value: float = 0.0
    ) -> None:
        assert person.stay is not None
        number = person.stay.number if occurrence is None else occurrence
        self.events.append((self.env.now, what, -1, person.index, -1, number, -1, float(value)))

    # midnight

    def _first_owners(self) -> None:
        for segment in range(len(self.world.segments)):
            older = [a for a in self.book.accounts if a.segment == segment and a.alive]
            if segment in self.world.listed:
                older.sort(key=lambda account: (not self.books.has_named_owner(account), account.shuffle))
            for account in older:
                self.books.give_owner(account)

    def _starts(self) -> Steps:
        for account in sorted(self.book.accounts, key=lambda a: (a.start_day, a.shuffle)):
            if not account.starts_in_run or account.start_day >= self.world.days:
                continue
            yield Moment(self.env, account.origin, Phase.STARTS)
            account.status = r.ALIVE
            self.books.give_owner(account)
            self.log_account(ev.STARTED, account, person=account.owner)
            self.playbooks.begin_account_work(account)
            self.counting.add(
                account,
                new=1,
                arr_new=account.arr,
                onboardings=account.first_value_at == NEVER,
                bad_fit=bool(account.traits & r.BAD_FIT),
                poor_handover=bool(account.traits & r.POOR_HANDOVER),
            )

    def _mornings(self, hours: Hours) -> Steps:
        """Waiting work is looked at whenever a window opens."""
        for start, _ in hours.windows:
            yield Moment(self.env, start, Phase.OPENING)
            self.desk.choose_soon()

    # outcomes

    def score_done(self, task: Task) -> None:
        stream, account = task.stream, task.stream.account
        if task.case is not None:
            self.health.ticket(account, self.tickets.score(task))
        if self.world.kinds[stream.kind]["reactive"] or stream.over:
            return
        score = self.health.late_score(task.due)
        self.health.step_done(stream, task.occurrence, task.step, score)
        self.customers.step_done(task, score)
        if account is not None and self.world.steps[task.step]["first_value"]:
            self._first_value(account, task)

    def _first_value(self, account: Account, task: Task) -> None:
        if account.first_value_at != NEVER:
            return
        account.first_value_at, account.first_value_is_news = self.env.now, True
        self.counting.add(account, first_values=1, first_value_days=(self.env.now - account.origin) / r.DAY)
        kind, occurrence = task.stream.kind, task.occurrence
        self.events.append(
            (self.env.now, ev.FIRST_VALUE, account.index, -1, kind, occurrence, task.step, 0.0)
        )
