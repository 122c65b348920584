"""The models in SimPy as a textbook writes them: a process per piece of work that asks for its people.

A person, or the desk, is a ``PriorityResource``; a piece of work requests it, holds it, releases it and
appends its wait to a list. Two points make Model A right without any change to SimPy:

* A resource is handed on when its release is *processed*, which is after the releasing process has gone on
  to its next ``yield``. A QBR that asks for its next step at once is therefore in the queue when the next
  task is chosen, and the choice is by rank: it cannot pass a waiting ticket.
* At night the person is held by a process of the highest rank, so that in the morning the choice is among
  all that came in. A task in hand at closing keeps the person (its hold is computed over the night); the
  night's request is then served when that task ends, by day, and gives the person back at once.
"""

import random
from collections.abc import Generator

import models as m
import numpy as np
import simpy

NAME = "textbook SimPy"
TICKET, CHECK_IN, QBR = 0, 1, 2
EFFORT_MINUTES = ((m.TICKET_MU, m.TICKET_SIGMA), (m.CHECK_IN_MU, m.CHECK_IN_SIGMA), (m.QBR_MU, m.QBR_SIGMA))
NIGHT_RANK = (-1, 0.0)  # SimPy compares priorities, so pairs work; its type says int

Process = Generator[simpy.Event, object, None]


class Team:
    """Ten people with their books, on a clock of calendar minutes."""

    def __init__(self, seed: int) -> None:
        self.env, self.rng = simpy.Environment(), random.Random(seed)
        self.done, self.busy_minutes = 0, 0.0
        self.waits: tuple[list[float], ...] = ([], [], [])
        for _ in range(m.CSM_COUNT):
            person = simpy.PriorityResource(self.env)
            self.env.process(self.nights(person))
            for _ in range(m.ACCOUNTS_PER_CSM):
                self.env.process(self.tickets(person))
                self.env.process(
                    self.planned(person, CHECK_IN, m.CHECK_IN_PERIOD_DAYS, m.CHECK_IN_DUE_DAYS, 1)
                )
                self.env.process(self.planned(person, QBR, m.QBR_PERIOD_DAYS, m.QBR_DUE_DAYS, m.QBR_STEPS))

    def nights(self, person: simpy.PriorityResource) -> Process:
        env = self.env
        while True:
            with person.request(priority=NIGHT_RANK) as request:  # type: ignore[arg-type]  # a pair
                yield request
                yield env.timeout(m.open_from(env.now) - env.now)
            # The next closing, of this day or of the one that has just begun.
            yield env.timeout(m.DAY_MINUTES - (env.now - m.CLOSE_MINUTE) % m.DAY_MINUTES)

    def tickets(self, person: simpy.PriorityResource) -> Process:
        rate_per_minute = 1.0 / (m.TICKET_GAP_DAYS * m.DAY_MINUTES)
        while True:
            yield self.env.timeout(self.rng.expovariate(rate_per_minute))
            self.env.process(self.work(person, TICKET, (0, 0.0), 1))

    def planned(
        self, person: simpy.PriorityResource, kind: int, period_days: int, due_days: int, steps: int
    ) -> Process:
        anchor_day = int(self.rng.random() * period_days)
        while True:
            day = m.working_day(anchor_day)
            yield self.env.timeout(day * m.DAY_MINUTES - self.env.now)
            self.env.process(self.work(person, kind, (1, (day + due_days) * m.DAY_MINUTES), steps))
            anchor_day += period_days

    def work(self, person: simpy.PriorityResource, kind: int, rank: tuple[int, float], steps: int) -> Process:
        env = self.env
        for _ in range(steps):
            opened = env.now
            with person.request(priority=rank) as request:  # type: ignore[arg-type]  # a pair
                yield request
                now_worked = m.working_minutes(env.now)
                self.waits[kind].append(now_worked - m.working_minutes(opened))
                effort = self.rng.lognormvariate(*EFFORT_MINUTES[kind])
                self.busy_minutes += min(effort, m.TEAM_OPEN_MINUTES - now_worked)
                yield env.timeout(m.calendar_minute(now_worked + effort) - env.now)
            self.done += 1


def csm_team(seeds: list[int]) -> list[m.TeamOutcome]:
    """Run Model A once per seed."""
    outcomes = []
    for seed in seeds:
        team = Team(seed)
        team.env.run(until=m.TEAM_MINUTES)
        started = np.array([len(waits) for waits in team.waits], dtype=np.float64)
        waits = np.array([sum(waits) for waits in team.waits])
        outcomes.append(m.team_outcome(team.done, started, waits, team.busy_minutes))
    return outcomes


class Desk:
    """One pool of people, on a clock of hours."""

    def __init__(self, seed: int, exponential: bool) -> None:
        self.env, self.rng, self.exponential = simpy.Environment(), random.Random(seed), exponential
        self.people = simpy.PriorityResource(self.env, capacity=m.DESK_PEOPLE)
        self.done, self.busy_hours = 0, 0.0
        self.waits: tuple[list[float], list[float]] = ([], [])
        self.env.process(self.tickets())

    def tickets(self) -> Process:
        while True:
            yield self.env.timeout(self.rng.expovariate(m.DESK_RATE_PER_HOUR))
            self.env.process(self.ticket(0 if self.rng.random() < m.DESK_SHARE_CLASS_1 else 1))

    def ticket(self, priority_class: int) -> Process:
        env, rng = self.env, self.rng
        opened = env.now
        with self.people.request(priority=priority_class) as request:
            yield request
            self.waits[priority_class].append(env.now - opened)
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
        desk = Desk(seed, exponential)
        desk.env.run(until=m.DESK_DAYS * 24.0)
        wait_1, wait_2 = (sum(waits) / len(waits) for waits in desk.waits)
        utilisation = desk.busy_hours / (m.DESK_PEOPLE * m.DESK_DAYS * 24.0)
        outcomes.append(m.DeskOutcome(desk.done, wait_1, wait_2, utilisation))
    return outcomes


class FullDesk:
    """Two pools of people and tickets that come back, on a clock of hours."""

    def __init__(self, seed: int) -> None:
        self.env, self.rng = simpy.Environment(), random.Random(seed)
        self.roles = [simpy.PriorityResource(self.env, capacity=people) for people in m.FULL_DESK_PEOPLE]
        self.opened, self.resolved, self.abandoned, self.touches = 0, 0, 0, 0
        self.waits: tuple[list[float], ...] = ([], [], [])
        self.busy_hours = [0.0, 0.0]
        self.env.process(self.tickets())

    def tickets(self) -> Process:
        env, rng = self.env, self.rng
        reading = 0.0
        while True:
            reading += rng.expovariate(m.FULL_DESK_RATE_PER_HOUR)
            yield env.timeout(m.hour_of_reading(reading) - env.now)
            u = rng.random()
            number = next(n for n, severity in enumerate(m.SEVERITIES) if u < severity.cumulative_share)
            role = 0 if rng.random() < m.FULL_DESK_SHARE_SUPPORT else 1
            self.opened += 1
            env.process(self.ticket(number, role))

    def ticket(self, number: int, role: int) -> Process:
        env, rng, people = self.env, self.rng, self.roles[role]
        severity, opened = m.SEVERITIES[number], env.now
        rank = (number, opened)  # kept for all touches: a ticket that comes back is not put last
        with people.request(priority=rank) as request:  # type: ignore[arg-type]  # a pair
            yield request | env.timeout(rng.lognormvariate(*severity.patience))
            if not request.triggered:
                self.abandoned += 1
                return
            self.waits[number].append(env.now - opened)
            yield from self.touch(role, severity.effort)
        while True:
            if rng.random() < severity.more:
                wait, effort = severity.more_wait, severity.more_effort
            elif rng.random() < severity.reopen:
                wait, effort = severity.reopen_wait, severity.reopen_effort
            else:
                break
            yield env.timeout(rng.expovariate(1.0 / wait))
            with people.request(priority=rank) as request:  # type: ignore[arg-type]  # a pair
                yield request
                yield from self.touch(role, effort)
        self.resolved += 1

    def touch(self, role: int, parameters: tuple[float, float]) -> Process:
        effort = self.rng.lognormvariate(*parameters)
        self.busy_hours[role] += min(effort, m.FULL_DESK_HOURS - self.env.now)
        yield self.env.timeout(effort)
        self.touches += 1


def full_desk(seeds: list[int]) -> list[m.FullDeskOutcome]:
    """Run Model C once per seed."""
    outcomes = []
    for seed in seeds:
        desk = FullDesk(seed)
        desk.env.run(until=m.FULL_DESK_HOURS)
        in_target = [
            sum(wait <= severity.target for wait in waits)
            for waits, severity in zip(desk.waits, m.SEVERITIES, strict=True)
        ]
        outcomes.append(
            m.full_desk_outcome(
                desk.opened,
                desk.resolved,
                desk.abandoned,
                desk.touches,
                [len(waits) for waits in desk.waits],
                [sum(waits) for waits in desk.waits],
                in_target,
                desk.busy_hours,
            )
        )
    return outcomes


if __name__ == "__main__":
    print(*csm_team([1]), *pooled_desk([1]), *full_desk([1]), sep="\n")
