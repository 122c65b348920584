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

from csm_sim.world import records as r
from csm_sim.world.build import World
from reference.acts import Acts
from reference.book import ENGAGEMENT, ONBOARDING, SUPPORT, Account, Book
from reference.books import Books
from reference.instants import NEVER, Draws, Hours, Moment, Phase, absorb
from reference.leave import Leave
from reference.pace import Pace, Resigning
from reference.people import Desk
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
    """As ``records.EVENT``, in the order in which they happened."""
    health: NDArray[np.float64]
    """(account, 4): adoption, engagement, support, onboarding at the end."""
    alive: NDArray[np.bool_]
    months: NDArray[np.void]
    """``records.MONTH``, (months, segments)."""
    busy: NDArray[np.float64]
    """(weeks, persons, 3) minutes: proactive, reactive, switching."""
    owner: list[int]
    """Person of each account that is alive, else -1."""
    hours: NDArray[np.float64]
    """(weeks, seats, ``records.HOURS_FIELDS``) minutes."""
    moves: NDArray[np.float64]
    """(months, roles, ``records.MOVES_FIELDS``)."""
    satisfaction: NDArray[np.float64]
    """Of the person in each seat at the end, nan without burnout or without a person."""
    counts: dict[str, NDArray[np.float64]]
    """What is counted of tickets alone, by the names of ``records.TALLY``: (month, step, segment)."""


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
        self.events: list[Event] = []
        self.months = np.zeros((world.months, len(world.segments)), r.MONTH)

    def result(self) -> ReferenceRun:
        self.seats.begin()
        self.playbooks.begin_segment_work()
        self._first_owners()
        for account in self.book.accounts:
            if account.alive:
                self.playbooks.begin_account_work(account)
        for process in (
            self._month_starts, self.supply.people_come_and_go, self.supply.absences, self.supply.learning,
            self._renewals, self._starts,
        ):  # fmt: skip
            self.env.process(process())
        for hours in self.calendars:
            self.env.process(self._mornings(hours))
        self.env.process(self.tickets.replay())
        self.env.process(self.tickets.backlog())
        self.env.run(until=self.end)
        self.desk.count_busy_at_the_end()
        self.books.count_orphans_at_the_end()
        self._close_months()
        for account in self.book.accounts:
            if account.alive:
                self.book.observe_usage(account, self.world.days)
        return ReferenceRun(
            events=self.events,
            health=np.array([account.health for account in self.book.accounts]).reshape(-1, 4),
            alive=np.array([account.alive for account in self.book.accounts], dtype=np.bool_),
            months=self.months,
            busy=self.desk.busy,
            owner=[account.owner if account.alive else -1 for account in self.book.accounts],
            hours=self.supply.hours,
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
        self, what: int, account: Account, *, person: int = -1, occurrence: int = -1, value: float = 0.0
    ) -> None:
        self.events.append((self.env.now, what, account.index, person, -1, occurrence, -1, value))

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

    def month(self) -> int:
        """Number of the month, -1 in the warm-up."""
        return int(self.world.month_of_day[int(self.env.now // r.DAY)])

    def _month_starts(self) -> Steps:
        for month, day in enumerate(self.world.month_starts):
            yield Moment(self.env, (day - self.world.first_day).days * r.DAY, Phase.MONTH)
            for account in self.book.accounts:
                if account.alive:
                    self.months[month, account.segment]["accounts_start"] += 1
                    self.months[month, account.segment]["arr_start"] += account.arr

    def _close_months(self) -> None:
        for month in range(self.world.months - 1):
            self.months[month]["accounts_end"] = self.months[month + 1]["accounts_start"]
            self.months[month]["arr_end"] = self.months[month + 1]["arr_start"]
        for account in self.book.accounts:
            if account.alive:
                self.months[-1, account.segment]["accounts_end"] += 1
                self.months[-1, account.segment]["arr_end"] += account.arr

    def _renewals(self) -> Steps:
        for day in range(self.world.days):
            yield Moment(self.env, day * r.DAY, Phase.RENEWALS)
            for account in self.book.accounts:
                term_days = float(self.world.segments[account.segment]["term_days"])
                if account.alive and account.renewal_day(account.renewals, term_days) == day:
                    self._renew(account, day)

    def _renew(self, account: Account, day: int) -> None:
        self.playbooks.end_before_renewal(account)
        number = account.renewals
        account.renewals += 1
        month = self.month()
        if month < 0:
            return
        p = self.book.churn_probability(account, day)
        row = self.months[month, account.segment]
        row["renewals"] += 1
        row["arr_renewable"] += account.arr
        row["arr_churn_expected"] += account.arr * p
        row["churn_expected"] += p
        if self.keyed.u(12, account.uid, number) < p:
            row["churned"] += 1
            row["arr_churned"] += account.arr
            account.status = r.CHURNED
            self.log_account(r.CHURN, account, occurrence=number, value=p)
            self.desk.cancel_over()
        else:
            self.log_account(r.RENEWED, account, occurrence=number, value=p)

    def _starts(self) -> Steps:
        for account in sorted(self.book.accounts, key=lambda a: (a.start_day, a.shuffle)):
            if not account.starts_in_run or account.start_day >= self.world.days:
                continue
            yield Moment(self.env, account.origin, Phase.STARTS)
            account.status = r.ALIVE
            self.books.give_owner(account)
            self.log_account(r.STARTED, account, person=account.owner)
            self.playbooks.begin_account_work(account)
            if self.month() >= 0:
                row = self.months[self.month(), account.segment]
                row["new"] += 1
                row["arr_new"] += account.arr

    def _mornings(self, hours: Hours) -> Steps:
        """Waiting work is looked at whenever a window opens."""
        for start, _ in hours.windows:
            yield Moment(self.env, start, Phase.OPENING)
            self.desk.choose_soon()

    # outcomes

    def _late_score(self, task: Task) -> float:
        late = self.env.now - task.due
        half_life = float(self.world.health[0]["late_half_life_minutes"])
        return 100.0 if late <= 0 else 100.0 * 2.0 ** (-late / half_life)

    def score_step(self, stream: Stream, step: int, score: float) -> None:
        """The outcome of a step of planned work."""
        account, of_step = stream.account, self.world.steps[step]
        if account is None or not account.alive:
            return
        if of_step["first_value"]:
            self.book.learn(account, ONBOARDING, score)
        elif of_step["touch"]:
            self.book.learn(account, ENGAGEMENT, score)

    def score_done(self, task: Task) -> None:
        stream, of_step = task.stream, self.world.steps[task.step]
        account = stream.account
        if task.case is not None:
            self.score_ticket(task, self.tickets.score(task))
        if account is None or not account.alive:
            return
        if self.world.kinds[stream.kind]["reactive"]:
            return
        self.score_step(stream, task.step, self._late_score(task))
        if of_step["first_value"] and account.first_value_at == NEVER:
            account.first_value_at = self.env.now
            event = (
                self.env.now,
                r.FIRST_VALUE,
                account.index,
                -1,
                stream.kind,
                task.occurrence,
                task.step,
                0.0,
            )
            self.events.append(event)
            if self.month() >= 0:
                row = self.months[self.month(), account.segment]
                row["first_values"] += 1
                row["first_value_days"] += (self.env.now - account.origin) / r.DAY

    def score_ticket(self, task: Task, score: float) -> None:
        """The outcome of a ticket, resolved or given up by the customer."""
        account = task.stream.account
        if account is not None and account.alive:
            self.book.learn(account, SUPPORT, score)
