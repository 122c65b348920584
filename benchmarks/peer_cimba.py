"""Models A and B in cimba, compiled: a process per stream of work and per person, a PriorityStore per inbox.

A task is one integer whose size is the order of work, so it is its own priority and nothing is allocated.
The packing also makes the order unique: a PriorityStore does not promise first in, first out among equals.
"""

# cimba compiles these bodies from their source; its decorators and numba's wrappers carry no types.
# mypy: ignore-errors

import cimba as cb
import models as m
import numba
import numpy as np
from cimba import random

NAME = "cimba"
full_desk = None

working_minutes = numba.njit(m.working_minutes)
calendar_minute = numba.njit(m.calendar_minute)
open_from = numba.njit(m.open_from)
working_day = numba.njit(m.working_day)

# A task of Model A: due day (0 for a ticket), milliseconds at opening, kind and steps left.
TICKET, CHECK_IN, QBR = 0, 1, 2
DUE_UNIT, OPENED_UNIT, KIND_UNIT = 1 << 41, 1 << 4, 1 << 2
MS_PER_MINUTE = 60_000.0


@numba.njit
def packed(due_day: int, opened_minute: float, kind: int, steps: int) -> int:
    return due_day * DUE_UNIT + int(opened_minute * MS_PER_MINUTE) * OPENED_UNIT + kind * KIND_UNIT + steps


class Csm(cb.Model):
    """One person with a book of accounts, on a clock of calendar minutes."""

    inbox: cb.PriorityStore[int]
    done: cb.Output[int]
    busy_minutes: cb.Output[float]
    started: cb.Array[int] = cb.Array(3)
    wait_minutes: cb.Array[float] = cb.Array(3)
    ticket_wait_minutes: cb.Output[float]
    check_in_wait_minutes: cb.Output[float]
    qbr_wait_minutes: cb.Output[float]
    tickets_started: cb.Output[int]
    check_ins_started: cb.Output[int]
    qbr_steps_started: cb.Output[int]

    @cb.process(copies=m.ACCOUNTS_PER_CSM)
    def tickets(self) -> None:
        while True:
            cb.hold(random.exponential(m.TICKET_GAP_DAYS * m.DAY_MINUTES))
            task = packed(0, cb.now(), TICKET, 1)
            self.inbox.put(task, -task)

    @cb.process(copies=m.ACCOUNTS_PER_CSM)
    def check_ins(self) -> None:
        anchor_day = int(random.uniform(0.0, m.CHECK_IN_PERIOD_DAYS))
        while True:
            day = working_day(anchor_day)
            cb.hold(day * m.DAY_MINUTES - cb.now())
            task = packed(day + m.CHECK_IN_DUE_DAYS, cb.now(), CHECK_IN, 1)
            self.inbox.put(task, -task)
            anchor_day += m.CHECK_IN_PERIOD_DAYS

    @cb.process(copies=m.ACCOUNTS_PER_CSM)
    def qbrs(self) -> None:
        anchor_day = int(random.uniform(0.0, m.QBR_PERIOD_DAYS))
        while True:
            day = working_day(anchor_day)
            cb.hold(day * m.DAY_MINUTES - cb.now())
            task = packed(day + m.QBR_DUE_DAYS, cb.now(), QBR, m.QBR_STEPS)
            self.inbox.put(task, -task)
            anchor_day += m.QBR_PERIOD_DAYS

    @cb.process
    def work(self) -> None:
        while True:
            task = self.inbox.get()
            opening = open_from(cb.now())
            if opening > cb.now():
                # Something came while the office is closed: choose at the opening, among all there is then.
                self.inbox.put(task, -task)
                cb.hold(opening - cb.now())
                task = self.inbox.get()
            kind = (task // KIND_UNIT) % 4
            now_worked = working_minutes(cb.now())
            opened_minute = (task // OPENED_UNIT) % (DUE_UNIT // OPENED_UNIT) / MS_PER_MINUTE
            self.started[kind] += 1
            self.wait_minutes[kind] += now_worked - working_minutes(opened_minute)
            if kind == TICKET:
                effort = random.lognormal(m.TICKET_MU, m.TICKET_SIGMA)
            elif kind == CHECK_IN:
                effort = random.lognormal(m.CHECK_IN_MU, m.CHECK_IN_SIGMA)
            else:
                effort = random.lognormal(m.QBR_MU, m.QBR_SIGMA)
            self.busy_minutes += min(effort, m.TEAM_OPEN_MINUTES - now_worked)
            cb.hold(calendar_minute(now_worked + effort) - cb.now())
            self.done += 1
            # The next step joins the inbox before the next task is chosen: it cannot pass a waiting ticket.
            if task % KIND_UNIT > 1:
                step = packed(task // DUE_UNIT, cb.now(), QBR, task % KIND_UNIT - 1)
                self.inbox.put(step, -step)

    @cb.on_start
    def begin(self) -> None:
        self.busy_minutes = 0.0

    @cb.on_end
    def measure(self) -> None:
        self.ticket_wait_minutes = self.wait_minutes[TICKET]
        self.check_in_wait_minutes = self.wait_minutes[CHECK_IN]
        self.qbr_wait_minutes = self.wait_minutes[QBR]
        self.tickets_started = self.started[TICKET]
        self.check_ins_started = self.started[CHECK_IN]
        self.qbr_steps_started = self.started[QBR]


CSM_OUTPUTS = (
    "done",
    "busy_minutes",
    "tickets_started",
    "check_ins_started",
    "qbr_steps_started",
    "ticket_wait_minutes",
    "check_in_wait_minutes",
    "qbr_wait_minutes",
)


class Team(cb.Model):
    """Ten people who share nothing but the clock."""

    csms: list[Csm]


def csm_team(seeds: list[int]) -> list[m.TeamOutcome]:
    """Run Model A once per seed, on one core."""
    team = Team()
    team.csms = [Csm() for _ in range(m.CSM_COUNT)]
    window = cb.Window(duration=m.TEAM_MINUTES)
    experiment = cb.Experiment(team, replications=len(seeds), window=window, seeds=np.array(seeds))
    results = experiment.run(workers=1)
    assert not results.failed.any(), results.failure_reasons
    done, busy, *columns = (
        np.sum([np.asarray(getattr(results[csm], name))[0] for csm in team.csms], axis=0)
        for name in CSM_OUTPUTS
    )
    started, waits = np.array(columns[:3]), np.array(columns[3:])
    return [m.team_outcome(done[i], started[:, i], waits[:, i], busy[i]) for i in range(len(seeds))]


# A ticket of Model B: class, then microhours at opening.
CLASS_UNIT = 1 << 40
MICROHOURS = 1e6


class Desk(cb.Model):
    """One pool of people and one inbox, on a clock of hours."""

    exponential: cb.Param[bool]
    inbox: cb.PriorityStore[int]
    done: cb.Output[int]
    class_1_started: cb.Output[int]
    class_2_started: cb.Output[int]
    class_1_wait_hours: cb.Output[float]
    class_2_wait_hours: cb.Output[float]
    busy_hours: cb.Output[float]

    @cb.on_start
    def begin(self) -> None:
        self.class_1_wait_hours = 0.0
        self.class_2_wait_hours = 0.0
        self.busy_hours = 0.0

    @cb.process
    def tickets(self) -> None:
        while True:
            cb.hold(random.exponential(1.0 / m.DESK_RATE_PER_HOUR))
            task = int(cb.now() * MICROHOURS)
            if random.uniform(0.0, 1.0) >= m.DESK_SHARE_CLASS_1:
                task += CLASS_UNIT
            self.inbox.put(task, -task)

    @cb.process(copies=m.DESK_PEOPLE)
    def work(self) -> None:
        while True:
            task = self.inbox.get()
            wait = cb.now() - (task % CLASS_UNIT) / MICROHOURS
            if task < CLASS_UNIT:
                self.class_1_started += 1
                self.class_1_wait_hours += wait
            else:
                self.class_2_started += 1
                self.class_2_wait_hours += wait
            if self.exponential:
                effort = random.exponential(m.DESK_EFFORT_HOURS)
            else:
                effort = random.lognormal(m.DESK_MU, m.DESK_SIGMA)
            self.busy_hours += min(effort, m.DESK_DAYS * 24.0 - cb.now())
            cb.hold(effort)
            self.done += 1


DESK_OUTPUTS = (
    "done",
    "class_1_started",
    "class_2_started",
    "class_1_wait_hours",
    "class_2_wait_hours",
    "busy_hours",
)


def pooled_desk(seeds: list[int], exponential: bool = False) -> list[m.DeskOutcome]:
    """Run Model B once per seed on one core, optionally with exponential efforts of the same mean."""
    desk = Desk()
    desk.exponential = exponential
    window = cb.Window(duration=m.DESK_DAYS * 24.0)
    results = cb.Experiment(desk, replications=len(seeds), window=window, seeds=np.array(seeds)).run(
        workers=1
    )
    assert not results.failed.any(), results.failure_reasons
    found = {name: np.asarray(getattr(results[desk], name))[0] for name in DESK_OUTPUTS}
    waits_1 = found["class_1_wait_hours"] / found["class_1_started"]
    waits_2 = found["class_2_wait_hours"] / found["class_2_started"]
    utilisation = found["busy_hours"] / (m.DESK_PEOPLE * m.DESK_DAYS * 24.0)
    columns = (found["done"], waits_1, waits_2, utilisation)
    return [m.DeskOutcome(*map(float, row)) for row in zip(*columns, strict=True)]


if __name__ == "__main__":
    print(*csm_team([1]), *pooled_desk([1]), sep="\n")
