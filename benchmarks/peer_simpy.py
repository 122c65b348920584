"""The models in lean SimPy: one process per stream of work, one process per person, a heap as inbox.

Tuned by hand: no process and no resource for a single piece of work, and waits are added up, not listed.
"""

import random
from collections.abc import Generator
from heapq import heappop, heappush
from itertools import count

import models as m
import numpy as np
import simpy

NAME = "lean SimPy"
TICKET, CHECK_IN, QBR = 0, 1, 2
EFFORT_MINUTES = ((m.TICKET_MU, m.TICKET_SIGMA), (m.CHECK_IN_MU, m.CHECK_IN_SIGMA), (m.QBR_MU, m.QBR_SIGMA))

Process = Generator[simpy.Event, object, None]
# (class, due, opened, serial, kind, steps left): the tuple order is the order of work.
TeamTask = tuple[int, float, float, int, int, int]


class Csm:
    """One person with a book of accounts, on a clock of calendar minutes."""

    def __init__(self, env: simpy.Environment, rng: random.Random) -> None:
        self.env, self.rng = env, rng
        self.inbox: list[TeamTask] = []
        self.wake: simpy.Event | None = None
        self.serial = count()
        self.done, self.busy_minutes = 0, 0.0
        self.started, self.wait_minutes = [0, 0, 0], [0.0, 0.0, 0.0]
        env.process(self.work())
        for _ in range(m.ACCOUNTS_PER_CSM):
            env.process(self.tickets())
            env.process(self.planned(CHECK_IN, m.CHECK_IN_PERIOD_DAYS, m.CHECK_IN_DUE_DAYS, 1))
            env.process(self.planned(QBR, m.QBR_PERIOD_DAYS, m.QBR_DUE_DAYS, m.QBR_STEPS))

    def open_task(self, priority_class: int, due: float, kind: int, steps: int) -> None:
        heappush(self.inbox, (priority_class, due, self.env.now, next(self.serial), kind, steps))
        if self.wake is not None:
            self.wake.succeed()
            self.wake = None

    def tickets(self) -> Process:
        rate_per_minute = 1.0 / (m.TICKET_GAP_DAYS * m.DAY_MINUTES)
        while True:
            yield self.env.timeout(self.rng.expovariate(rate_per_minute))
            self.open_task(0, 0.0, TICKET, 1)

    def planned(self, kind: int, period_days: int, due_days: int, steps: int) -> Process:
        anchor_day = int(self.rng.random() * period_days)
        while True:
            day = m.working_day(anchor_day)
            yield self.env.timeout(day * m.DAY_MINUTES - self.env.now)
            self.open_task(1, (day + due_days) * m.DAY_MINUTES, kind, steps)
            anchor_day += period_days

    def work(self) -> Process:
        env, inbox = self.env, self.inbox
        while True:
            if not inbox:
                self.wake = env.event()
                yield self.wake
                opening = m.open_from(env.now)
                if opening > env.now:
                    yield env.timeout(opening - env.now)
            _, due, opened, _, kind, steps = heappop(inbox)
            now_worked = m.working_minutes(env.now)
            self.started[kind] += 1
            self.wait_minutes[kind] += now_worked - m.working_minutes(opened)
            effort = self.rng.lognormvariate(*EFFORT_MINUTES[kind])
            self.busy_minutes += min(effort, m.TEAM_OPEN_MINUTES - now_worked)
            yield env.timeout(m.calendar_minute(now_worked + effort) - env.now)
            self.done += 1
            # The next step joins the inbox before the next task is chosen: it cannot pass a waiting ticket.
            if steps > 1:
                self.open_task(1, due, kind, steps - 1)


def csm_team(seeds: list[int]) -> list[m.TeamOutcome]:
    """Run Model A once per seed."""
    outcomes = []
    for seed in seeds:
        env, rng = simpy.Environment(), random.Random(seed)
        team = [Csm(env, rng) for _ in range(m.CSM_COUNT)]
        env.run(until=m.TEAM_MINUTES)
        started = np.sum([csm.started for csm in team], axis=0)
        waits = np.sum([csm.wait_minutes for csm in team], axis=0)
        busy = sum(csm.busy_minutes for csm in team)
        outcomes.append(m.team_outcome(sum(csm.done for csm in team), started, waits, busy))
    return outcomes


class Desk:
    """One pool of people and one inbox, on a clock of hours."""

    def __init__(self, env: simpy.Environment, rng: random.Random, exponential: bool) -> None:
        self.env, self.rng, self.exponential = env, rng, exponential
        self.inbox: list[tuple[int, float]] = []
        self.idle: list[simpy.Event] = []
        self.done, self.busy_hours = 0, 0.0
        self.started, self.wait_hours = [0, 0], [0.0, 0.0]
        env.process(self.tickets())
        for _ in range(m.DESK_PEOPLE):
            env.process(self.work())

    def tickets(self) -> Process:
        while True:
            yield self.env.timeout(self.rng.expovariate(m.DESK_RATE_PER_HOUR))
            priority_class = 0 if self.rng.random() < m.DESK_SHARE_CLASS_1 else 1
            heappush(self.inbox, (priority_class, self.env.now))
            if self.idle:
                self.idle.pop().succeed()

    def work(self) -> Process:
        env, inbox, rng = self.env, self.inbox, self.rng
        while True:
            while not inbox:
                wake = env.event()
                self.idle.append(wake)
                yield wake
            priority_class, opened = heappop(inbox)
            self.started[priority_class] += 1
            self.wait_hours[priority_class] += env.now - opened
            if self.exponential:
                effort = rng.expovariate(1.0 / m.DESK_EFFORT_HOURS)
            else:
                effort = rng.lognormvariate(m.DESK_MU, m.DESK_SIGMA)
            self.busy_hours += min(effort, m.DESK_DAYS * 24.0 - env.now)
            yield env.timeout(effort)
            self.done += 1


def pooled_desk(seeds: list[int], exponential: bool = False) -> list[m.DeskOutcome]:
    """Run Model B once per seed, optionally with exponential efforts of the same mean."""
    outcomes = []
    for seed in seeds:
        env = simpy.Environment()
        desk = Desk(env, random.Random(seed), exponential)
        env.run(until=m.DESK_DAYS * 24.0)
        wait_1, wait_2 = (total / n for total, n in zip(desk.wait_hours, desk.started, strict=True))
        utilisation = desk.busy_hours / (m.DESK_PEOPLE * m.DESK_DAYS * 24.0)
        outcomes.append(m.DeskOutcome(desk.done, wait_1, wait_2, utilisation))
    return outcomes


# (severity, opened, effort of this touch, whether it is the first)
Ticket = tuple[int, float, tuple[float, float], bool]


class FullDeskRole:
    """One of the pools of Model C, on a clock of hours.

    Whether a customer has given up is asked when the ticket is about to be taken up: it needs no event.
    What comes back from a customer is a callback, not a process.
    """

    def __init__(self, env: simpy.Environment, rng: random.Random, people: int) -> None:
        self.env, self.rng = env, rng
        self.inbox: list[Ticket] = []
        self.idle: list[simpy.Event] = []
        self.resolved, self.abandoned, self.touches, self.busy_hours = 0, 0, 0, 0.0
        self.started, self.wait_hours, self.in_target = [0, 0, 0], [0.0, 0.0, 0.0], [0, 0, 0]
        for _ in range(people):
            env.process(self.work())

    def put(self, ticket: Ticket) -> None:
        heappush(self.inbox, ticket)
        if self.idle:
            self.idle.pop().succeed()

    def comes_back(self, event: simpy.Event) -> None:
        self.put(event.value)  # type: ignore[arg-type]  # the ticket that its timeout was made with

    def has_given_up(self, severity: m.Severity, opened: float) -> bool:
        return self.env.now - opened > self.rng.lognormvariate(*severity.patience)

    def work(self) -> Process:
        env, inbox, rng = self.env, self.inbox, self.rng
        while True:
            while not inbox:
                wake = env.event()
                self.idle.append(wake)
                yield wake
            number, opened, effort_parameters, is_first = heappop(inbox)
            severity = m.SEVERITIES[number]
            if is_first:
                if self.has_given_up(severity, opened):
                    self.abandoned += 1
                    continue
                wait = env.now - opened
                self.started[number] += 1
                self.wait_hours[number] += wait
                self.in_target[number] += wait <= severity.target
            effort = rng.lognormvariate(*effort_parameters)
            self.busy_hours += min(effort, m.FULL_DESK_HOURS - env.now)
            yield env.timeout(effort)
            self.touches += 1
            if rng.random() < severity.more:
                next_wait, next_effort = severity.more_wait, severity.more_effort
            elif rng.random() < severity.reopen:
                next_wait, next_effort = severity.reopen_wait, severity.reopen_effort
            else:
                self.resolved += 1
                continue
            # Back with its old opening: it is not put last.
            back = env.timeout(rng.expovariate(1.0 / next_wait), (number, opened, next_effort, False))
            back.callbacks.append(self.comes_back)

    def close(self) -> None:
        """Count who has given up among those still waiting."""
        for number, opened, _, is_first in self.inbox:
            if is_first:
                self.abandoned += self.has_given_up(m.SEVERITIES[number], opened)


class FullDesk:
    """What brings the tickets of Model C, and whom it brings them to."""

    def __init__(self, seed: int) -> None:
        self.env, self.rng, self.opened = simpy.Environment(), random.Random(seed), 0
        self.roles = [FullDeskRole(self.env, self.rng, people) for people in m.FULL_DESK_PEOPLE]
        self.env.process(self.tickets())

    def tickets(self) -> Process:
        env, rng, (support, csm) = self.env, self.rng, self.roles
        urgent, normal = m.SEVERITIES[0].cumulative_share, m.SEVERITIES[1].cumulative_share
        reading = 0.0
        while True:
            reading += rng.expovariate(m.FULL_DESK_RATE_PER_HOUR)
            yield env.timeout(m.hour_of_reading(reading) - env.now)
            u = rng.random()
            number = 0 if u < urgent else 1 if u < normal else 2
            role = support if rng.random() < m.FULL_DESK_SHARE_SUPPORT else csm
            self.opened += 1
            role.put((number, env.now, m.SEVERITIES[number].effort, True))


def full_desk(seeds: list[int]) -> list[m.FullDeskOutcome]:
    """Run Model C once per seed."""
    outcomes = []
    for seed in seeds:
        desk = FullDesk(seed)
        desk.env.run(until=m.FULL_DESK_HOURS)
        roles = desk.roles
        for role in roles:
            role.close()
        outcomes.append(
            m.full_desk_outcome(
                desk.opened,
                sum(role.resolved for role in roles),
                sum(role.abandoned for role in roles),
                sum(role.touches for role in roles),
                np.sum([role.started for role in roles], axis=0).tolist(),
                np.sum([role.wait_hours for role in roles], axis=0).tolist(),
                np.sum([role.in_target for role in roles], axis=0).tolist(),
                [role.busy_hours for role in roles],
            )
        )
    return outcomes


if __name__ == "__main__":
    print(*csm_team([1]), *pooled_desk([1]), *full_desk([1]), sep="\n")
