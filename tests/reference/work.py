"""Work: tasks, the queues they wait in, the streams of occurrences that make them."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import simpy

from csm_sim.engine import draws
from csm_sim.world import customers as c
from csm_sim.world import events as ev
from csm_sim.world import records as r
from reference.book import Account
from reference.instants import Moment, Phase, absorb

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Seat, Stay
    from reference.tickets import Case

Steps = Generator[simpy.Event, None, None]

MADE_HERE = (r.EVERY, r.ON_NEW_ACCOUNT, r.BEFORE_RENEWAL, r.TICKETS, r.ON_EVENT)
"""Triggers of work that each account has a stream of."""


@dataclass(eq=False)
class Queue:
    """The book of a seat, or the pool of a role, or of a role and a skill."""

    role: int
    skill: int = r.NO_SKILL
    seat: Seat | None = None
    tasks: list[Task] = field(default_factory=list)
    """The best first."""

    def add(self, task: Task) -> None:
        bisect.insort(self.tasks, task, key=lambda task: task.key)

    def best(self) -> Task | None:
        return self.tasks[0] if self.tasks else None


@dataclass(eq=False)
class Task:
    stream: Stream
    step: int
    occurrence: int
    role: int
    """Whose work it is."""
    priority: int
    due: float
    opened: float
    tie: int
    effort: float
    left: float
    finished: simpy.Event
    segment: int = -1
    """As which the account was served when it opened; -1 (after all others) for people's own work."""
    preempts: bool = False
    queue: Queue | None = None
    """Where it waits, or where it would wait if it were interrupted."""
    status: int = r.WAITING
    started: float | None = None
    case: Case | None = None
    """What a ticket has beyond a task."""

    @property
    def key(self) -> tuple[int, float, float, int]:
        return (self.priority, self.due, self.opened, self.tie)


@dataclass(eq=False)
class Stream:
    """The work of one kind for one account, or segment, or person."""

    uid: int
    kind: int
    segment: int
    origin_day: int = 0
    account: Account | None = None
    stay: Stay | None = None
    """Whose own work it is."""
    running: Occurrence | None = None
    replayed: bool = False
    withdrawn: bool = False
    """Nothing begins any more."""
    number: int = 0
    """On events: how many occurrences have begun."""
    last_anchor_day: float = -math.inf
    """On events: of the last one."""
    about_to_begin: bool = False
    """On events: an occurrence."""

    @property
    def served_as(self) -> int:
        """The segment whose work it is today; -1 for people's own work."""
        if self.account is not None:
            return self.account.served_as
        return -1 if self.stay is not None else self.segment

    @property
    def over(self) -> bool:
        """Whether nobody wants the work any more. Work on record is done whatever became of the account."""
        if self.account is not None:
            return self.account.status == r.CHURNED and not self.replayed
        return self.stay is not None and self.stay.over

    @property
    def account_number(self) -> int:
        """As the log shows it."""
        if self.account is not None:
            return self.account.index
        return -1 if self.stay is not None else -(self.segment + 2)


@dataclass(eq=False)
class Occurrence:
    stream: Stream
    number: int
    anchor: float
    opened_steps: int = 0
    task: Task | None = None
    ended: bool = False


class Playbooks:
    """Makes occurrences, opens their steps, and ends them."""

    def __init__(self, run: Run) -> None:
        self.run, self.world, self.env = run, run.world, run.env
        self.streams: list[Stream] = []

    # which work there is

    def begin_segment_work(self) -> None:
        for kind, of_kind in enumerate(self.world.kinds):
            if of_kind["per"] == r.PER_SEGMENT:
                for segment in range(len(self.world.segments)):
                    if self.run.routes.of_kind[kind][segment] >= 0:
                        uid = absorb(int(self.world.segments[segment]["uid"]), int(of_kind["uid"]))
                        self._begin(Stream(uid, kind, segment))

    def begin_person_work(self, stay: Stay, day: int) -> None:
        for kind, of_kind in enumerate(self.world.kinds):
            if of_kind["per"] != r.PER_PERSON or of_kind["trigger"] not in MADE_HERE:
                continue
            if self.run.routes.of_kind[kind][0] == stay.seat.role:
                uid = absorb(stay.person.uid, int(of_kind["uid"]))
                self._begin(Stream(uid, kind, 0, origin_day=day, stay=stay))

    def begin_account_work(self, account: Account) -> None:
        for kind in self._kinds_of(account.segment):
            of_kind = self.world.kinds[kind]
            if of_kind["trigger"] == r.ON_NEW_ACCOUNT and not account.starts_in_run:
                continue
            if self._begin_for(account, kind, account.start_day) and of_kind["trigger"] == r.ON_NEW_ACCOUNT:
                account.churn_shift += float(self.world.customers.plays[kind]["standard_shift"])

    def _kinds_of(self, segment: int) -> list[int]:
        """The work that accounts served as a segment have."""
        return [
            kind
            for kind, of_kind in enumerate(self.world.kinds)
            if of_kind["per"] == r.PER_ACCOUNT
            and of_kind["trigger"] in MADE_HERE
            and self.run.routes.of_kind[kind][segment] >= 0
        ]

    def _begin_for(self, account: Account, kind: int, day: int) -> bool:
        """Whether the account takes part."""
        of_kind = self.world.kinds[kind]
        uid = absorb(account.uid, int(of_kind["uid"]))
        if not self.run.keyed.u(draws.SHARE, uid, 0) < float(of_kind["share"]):
            return False
        stream = Stream(uid, kind, account.segment, origin_day=day, account=account)
        for before in self.streams:
            if before.uid == uid:  # it was served with this work once before
                stream.number, stream.last_anchor_day = before.number, before.last_anchor_day
        self._begin(stream)
        return True

    # accounts that come to be served as another segment, and onboarding that is given up

    def account_moves(self, account: Account, before: int, to: int, day: int) -> None:
        tickets = (r.TICKETS, r.REPLAY)
        old, new = (
            [kind for kind in self._kinds_of(segment) if self.world.kinds[kind]["trigger"] not in tickets]
            for segment in (before, to)
        )
        for stream in self._of(account):
            if stream.kind in old and stream.kind not in new:
                self._withdraw(stream)
        for kind in new:
            of_kind = self.world.kinds[kind]
            stopped = account.onboarding_stopped and of_kind["brings_first_value"]
            if kind not in old and of_kind["trigger"] != r.ON_NEW_ACCOUNT and not stopped:
                self._begin_for(account, kind, day)

    def _of(self, account: Account) -> list[Stream]:
        return [stream for stream in self.streams if stream.account is account and not stream.withdrawn]

    def _withdraw(self, stream: Stream) -> None:
        """What has been started is finished."""
        stream.withdrawn = True
        occurrence = stream.running
        if occurrence is None or occurrence.ended:
            return
        occurrence.ended = True
        task = occurrence.task
        if task is not None and task.status == r.WAITING and task.started is None:
            self.run.desk.cancel(task)

    def stop_onboarding(self, account: Account) -> None:
        for stream in self._of(account):
            if self.world.kinds[stream.kind]["brings_first_value"]:
                self.end(stream.running)
                stream.withdrawn = True

    # events

    def note(self, account: Account, event: int, anchor_day: int, *, after: int = -1) -> None:
        """Something has happened to the account; ``after``: the work that was completed."""
        today = self.env.now / r.DAY
        for stream in self._of(account):
            of_kind, play = self.world.kinds[stream.kind], self.world.customers.plays[stream.kind]
            if of_kind["trigger"] != r.ON_EVENT or of_kind["event"] != event:
                continue
            if event == c.AFTER and int(play["after"]) != after:
                continue
            is_open = stream.running is not None and not stream.running.ended
            if is_open or stream.about_to_begin:
                continue
            if today >= stream.last_anchor_day + float(play["again_days"]):
                stream.about_to_begin = True
                self.env.process(self._on_event(stream, anchor_day))

    def _on_event(self, stream: Stream, anchor_day: int) -> Steps:
        begins = anchor_day * r.DAY + float(self.world.kinds[stream.kind]["begins_minutes"])
        if begins >= self.run.end:
            return
        yield Moment(self.env, begins, Phase.BEGIN)
        stream.about_to_begin = False
        if self._may_begin(stream):
            stream.last_anchor_day = anchor_day
            self._occur(stream, stream.number, anchor_day * r.DAY)
            stream.number += 1

    def _may_begin(self, stream: Stream) -> bool:
        """Whether an occurrence begins, or is left out because the account is in another phase."""
        if stream.over or stream.withdrawn:
            return False
        if stream.account is None:
            return True
        return bool(int(self.world.kinds[stream.kind]["phases"]) & self.run.customers.phase(stream.account))

    def _begin(self, stream: Stream) -> None:
        self.streams.append(stream)
        if self.world.kinds[stream.kind]["trigger"] == r.ON_EVENT:
            return
        makers = {
            r.EVERY: self._every,
            r.ON_NEW_ACCOUNT: self._on_new_account,
            r.BEFORE_RENEWAL: self._before_renewal,
            r.TICKETS: self.run.tickets.of_account,
        }
        self.env.process(makers[int(self.world.kinds[stream.kind]["trigger"])](stream))

    # streams of occurrences, one for each trigger

    def _every(self, stream: Stream) -> Steps:
        of_kind = self.world.kinds[stream.kind]
        period = float(of_kind["period_days"])
        phase = self.run.keyed.u(draws.PHASE, stream.uid, 0) * period
        for number in itertools.count():
            day, following = (
                self.run.working_day(math.floor(stream.origin_day + phase + o * period))
                for o in (number, number + 1)
            )
            begins = day * r.DAY + float(of_kind["begins_minutes"])
            if begins >= self.run.end:
                return
            if begins < stream.origin_day * r.DAY or day == following:
                continue
            yield Moment(self.env, begins, Phase.BEGIN)
            if stream.over or stream.withdrawn:
                return
            if self._may_begin(stream):
                self.end(stream.running)
                self._occur(stream, number, day * r.DAY)

    def _on_new_account(self, stream: Stream) -> Steps:
        anchor = stream.origin_day * r.DAY
        begins = anchor + float(self.world.kinds[stream.kind]["begins_minutes"])
        if begins < self.run.end:
            yield Moment(self.env, begins, Phase.BEGIN)
            if self._may_begin(stream):
                self._occur(stream, 0, anchor)

    def _before_renewal(self, stream: Stream) -> Steps:
        account, of_kind = stream.account, self.world.kinds[stream.kind]
        assert account is not None
        term_days = float(self.world.segments[stream.segment]["term_days"])
        number = 0
        while True:
            anchor = account.renewal_day(number, term_days) * r.DAY
            begins = anchor + float(of_kind["begins_minutes"])
            if begins >= self.run.end:
                return
            if begins >= stream.origin_day * r.DAY:
                yield Moment(self.env, begins, Phase.BEGIN)
                if stream.over or stream.withdrawn:
                    return
                if self._may_begin(stream):
                    self._occur(stream, number, anchor)
            number += 1

    # one occurrence

    def _occur(self, stream: Stream, number: int, anchor: float) -> None:
        stream.running = Occurrence(stream, number, anchor)
        self.env.process(self._steps_of(stream.running))

    def _steps_of(self, occurrence: Occurrence) -> Steps:
        """The steps of an occurrence, one after the other."""
        stream, anchor = occurrence.stream, occurrence.anchor
        of_kind = self.world.kinds[stream.kind]
        opens = anchor + float(of_kind["begins_minutes"])
        for place in range(int(of_kind["steps"])):
            step = int(of_kind["step0"]) + place
            of_step = self.world.steps[step]
            if place > 0 and not math.isnan(of_step["opens_minutes"]):
                opens = max(opens, anchor + float(of_step["opens_minutes"]))
            if opens >= self.run.end:
                return
            yield Moment(self.env, opens, Phase.OPENING)
            if occurrence.ended or stream.over:
                return
            index = 64 * occurrence.number + place
            due = anchor + float(of_step["due_minutes"])
            due = math.inf if math.isnan(due) else due
            task = self._task(stream, step, occurrence.number, index, due)
            occurrence.task, occurrence.opened_steps = task, place + 1
            drop_at = due + float(of_step["drop_minutes"])
            if drop_at <= self.env.now:
                self.run.log(ev.OPENED, stream, occurrence.number, step, value=task.effort, opened=True)
                self.end(occurrence)
                return
            self.run.desk.open(task)
            if drop_at < self.run.end:
                self.env.process(self._drop(occurrence, task, drop_at))
            yield task.finished
            if occurrence.ended or stream.over:
                return
            opens = self.env.now
            if of_step["wait_dist"] >= 0:
                u = self.run.keyed.u(draws.CUSTOMER_WAIT, stream.uid, index)
                opens += r.tick(self.run.keyed.quantile(int(of_step["wait_dist"]), u))
        occurrence.ended = True

    def _drop(self, occurrence: Occurrence, task: Task, drop_at: float) -> Steps:
        yield Moment(self.env, drop_at, Phase.TIMER)
        if task.status == r.WAITING and task.started is None and not occurrence.ended:
            self.end(occurrence)

    def end(self, occurrence: Occurrence | None) -> None:
        """Drop what nobody has started, and open nothing more."""
        if occurrence is None or occurrence.ended or occurrence.stream.over:
            return
        occurrence.ended = True
        stream, task = occurrence.stream, occurrence.task
        if task is not None and task.status == r.WAITING and task.started is None:
            self.run.desk.withdraw(task)
            self.run.log(ev.DROPPED, stream, occurrence.number, task.step, value=0.0)
            self.run.health.step_missed(stream, occurrence.number, task.step)
        of_kind = self.world.kinds[stream.kind]
        for place in range(occurrence.opened_steps, int(of_kind["steps"])):
            step = int(of_kind["step0"]) + place
            self.run.log(ev.NEVER_OPENED, stream, occurrence.number, step, value=0.0)
            self.run.health.step_missed(stream, occurrence.number, step)

    def end_before_renewal(self, account: Account) -> None:
        for stream in self.streams:
            of_kind = self.world.kinds[stream.kind]
            if stream.account is account and of_kind["trigger"] == r.BEFORE_RENEWAL:
                self.end(stream.running)

    # tasks

    def _task(self, stream: Stream, step: int, occurrence: int, index: int, due: float) -> Task:
        of_step = self.world.steps[step]
        u = self.run.keyed.u(draws.EFFORT, stream.uid, index)
        effort = self.run.keyed.quantile(int(of_step["effort_dist"]), u) * self.run.efforts.left(step)
        effort = self.run.efforts.of_account(effort, stream)
        return Task(
            stream=stream,
            step=step,
            occurrence=occurrence,
            role=self.run.routes.of_kind[stream.kind][stream.served_as],
            priority=int(of_step["priority"]),
            due=due,
            opened=self.env.now,
            tie=self.run.keyed.tie(stream.uid, index),
            effort=effort,
            left=effort,
            finished=self.env.event(),
            segment=stream.served_as,
            preempts=bool(of_step["preempts"]),
        )
