"""Tickets: how they come, who answers them, how often they come back, and what the customer thinks of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.engine import draws
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.identity import name_uid
from reference.book import Account
from reference.clock import TicketClock
from reference.instants import NEVER, Moment, Phase, absorb
from reference.work import Steps, Stream, Task

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Person

MORE, REOPENED = 0, 1
"""Why the customer has a ticket: to answer, or because it is thought to be resolved."""

ESCALATION_TIE = 2**32


@dataclass(eq=False)
class Case:
    """What a ticket has beyond a task."""

    uid: int
    """The entity of the draws of its later touches."""
    number: int
    """Of the ticket in its stream."""
    touches: int = 0
    """Done so far."""
    reopens: int = 0
    person: Person | None = None
    """Who has worked on it last."""
    held_business: float = 0.0
    held_elapsed: float = 0.0
    returned: float | None = None
    """When it came back, until it is taken up."""


class Tickets:
    """Makes tickets and follows each to its end."""

    def __init__(self, run: Run) -> None:
        self.run, self.world, self.env = run, run.world, run.env
        self.of = self.world.desk.common[0]
        self.clock = TicketClock(self.world, run.keyed)
        triggers = self.world.kinds["trigger"].tolist()
        self.replayed = r.REPLAY in triggers
        self.kind = next((k for k, t in enumerate(triggers) if t in (r.TICKETS, r.REPLAY)), -1)
        self.escalations = triggers.index(r.ESCALATION) if r.ESCALATION in triggers else -1
        shape = (self.world.months + 1, len(self.world.steps), len(self.world.segments) + 1)
        self.held: list[Task] = []
        """Those that the customer has."""
        self.counts = {name: np.zeros(shape) for name in COUNTED}

    def count(self, name: str, task: Task, amount: float = 1.0) -> None:
        """In the month of now; what is counted at the end belongs to the last one."""
        at_the_end = self.run.env.now >= self.run.end
        month = self.world.months - 1 if at_the_end else self.run.counting.month()
        self.counts[name][month + 1, task.step, task.segment] += amount

    # where they come from

    def of_account(self, stream: Stream) -> Steps:
        """The tickets that an account raises."""
        account, of_kind = stream.account, self.world.kinds[stream.kind]
        assert account is not None
        rate = float(self.world.segments[stream.segment]["tickets_per_minute"])
        if of_kind["frailty_dist"] >= 0:
            frailty = self.run.keyed.u(draws.FRAILTY, account.uid, 0)
            rate *= self.run.keyed.quantile(int(of_kind["frailty_dist"]), frailty)
        for multiple in self.run.book.by_trait(account, "trait_tickets"):
            rate *= multiple
        rate /= float(self.of["batch"])
        reading, number = self.clock.beginning(account.start_day), 0
        while rate > 0:
            reading += -math.log(self.run.keyed.u(draws.TICKET_GAP, stream.uid, number)) / rate
            time = self.clock.instant(account.start_day, reading)
            if time >= self.run.end:
                return
            yield Moment(self.env, time, Phase.OPENING)
            if stream.over:
                return
            for _ in range(self._batch(stream, number)):
                self._arrive(stream, number)
                number += 1

    def _batch(self, stream: Stream, number: int) -> int:
        """How many tickets come together."""
        mean = float(self.of["batch"])
        if mean <= 1:
            return 1
        u = self.run.keyed.u(draws.BATCH, stream.uid, number)
        return 1 + math.floor(math.log(u) / math.log(1 - 1 / mean))

    def _arrive(self, stream: Stream, number: int) -> None:
        """A ticket that may be answered before it reaches anybody."""
        severity = self._severity(stream, number)
        if self.run.keyed.u(draws.DEFLECT, stream.uid, number) < self._deflected(stream):
            self.run.log(ev.DEFLECTED, stream, number, severity, value=0.0)
            self.counts["deflected"][self.run.counting.month() + 1, severity, stream.served_as] += 1
            return
        due = self._deadline(severity)
        self._open(self._ticket(stream, number, severity, math.nan, self.env.now, due))

    def _deflected(self, stream: Stream) -> float:
        """Share of the tickets that are answered before they reach anybody."""
        day, account = int(self.env.now // r.DAY), stream.account
        left = 1.0
        if self.world.desk.deflection.size:
            left -= float(self.world.desk.deflection[stream.served_as, day])
        if account is not None and self.run.health.is_member(account, day):
            left *= 1.0 - float(self.world.customers.rules[0]["community_deflects"])
        return 1.0 - left

    def replay(self) -> Steps:
        """The recorded tickets."""
        trace = self.world.replay
        if trace is None:
            return
        for row in range(len(trace.time)):
            first = self.run.book.first_of_segment[int(trace.segment[row])]
            stream = self._stream_of(self.run.book.accounts[first + int(trace.row[row])])
            yield Moment(self.env, float(trace.time[row]), Phase.OPENING)
            number, severity = int(trace.ordinal[row]), int(trace.step[row])
            if severity < 0:
                severity = self._severity(stream, number)
            effort = float(trace.effort_minutes[row])
            due = self._deadline(severity)
            self._open(self._ticket(stream, number, severity, effort, self.env.now, due))

    def _stream_of(self, account: Account) -> Stream:
        uid = absorb(account.uid, int(self.world.kinds[self.kind]["uid"]))
        return Stream(uid, self.kind, account.segment, account=account, replayed=self.replayed)

    def backlog(self) -> Steps:
        """The tickets that are open at the start."""
        start, waited = self.world.start_minute, float(self.of["backlog_waited"])
        if not len(self.world.desk.backlog):
            return
        yield Moment(self.env, start, Phase.OPENING)
        there = sorted(
            (
                account
                for account in self.run.book.accounts
                if account.start_day <= self.world.warm_days
                and self.world.segments[account.segment]["raises_tickets"]
            ),
            key=lambda account: absorb(account.uid, 0),
        )
        for place, severity in enumerate(self.world.desk.backlog.tolist() if there else []):
            uid = absorb(name_uid("backlog"), place)
            account = there[math.floor(self.run.keyed.u(draws.BACKLOG, uid, 0) * len(there))]
            stream = Stream(uid, self.kind, account.segment, account=account, replayed=self.replayed)
            if stream.over:
                continue
            opened, due = start - waited, NEVER
            of_step = self.world.steps[severity]
            target = float(of_step["resolve_minutes"])
            if of_step["elapsed"] and target > 0:
                due = opened + target
            elif target > 0:
                used = self.run.hours.business(opened, start)
                due = self.run.hours.finish(start, target - used) if used < target else start
            self._open(self._ticket(stream, 0, severity, math.nan, opened, due))

    # one ticket

    def _severity(self, stream: Stream, number: int) -> int:
        of_kind = self.world.kinds[stream.kind]
        u = self.run.keyed.u(draws.SEVERITY, stream.uid, number)
        steps = range(int(of_kind["step0"]), int(of_kind["step0"] + of_kind["steps"]))
        return next(s for s in steps if self.world.steps[s]["cumulative_share"] > u)

    def _role(self, stream: Stream, number: int) -> int:
        """Who handles it, by topic or by chance."""
        entry = 0
        if len(self.world.desk.shares) > 1:
            u = self.run.keyed.u(draws.ROUTE, stream.uid, number)
            entry = next(e for e, share in enumerate(self.world.desk.shares) if share > u)
        return self.run.routes.of_tickets[stream.served_as][entry]

    def _deadline(self, severity: int) -> float:
        """When a ticket that opens now should be resolved."""
        of_step = self.world.steps[severity]
        target = float(of_step["resolve_minutes"])
        if math.isnan(target):
            return NEVER
        return self.env.now + target if of_step["elapsed"] else self.run.hours.finish(self.env.now, target)

    def _ticket(
        self, stream: Stream, number: int, severity: int, effort: float, opened: float, due: float
    ) -> Task:
        of_step = self.world.steps[severity]
        if math.isnan(effort):
            effort = self._effort(severity, "effort_dist", draws.EFFORT, stream.uid, number)
        return Task(
            stream=stream,
            step=severity,
            occurrence=number,
            role=self._role(stream, number),
            priority=int(of_step["priority"]),
            due=due,
            opened=opened,
            tie=self.run.keyed.tie(stream.uid, number),
            effort=effort,
            left=effort,
            finished=self.env.event(),
            segment=stream.served_as,
            preempts=bool(of_step["preempts"]),
            case=Case(absorb(stream.uid, number), number),
        )

    def _drawn(self, step: int, what: str, purpose: int, entity: int, index: int) -> float:
        distribution = int(self.world.steps[step][what])
        return self.run.keyed.quantile(distribution, self.run.keyed.u(purpose, entity, index))

    def _effort(self, step: int, what: str, purpose: int, entity: int, index: int) -> float:
        """What automation and learning have left of it."""
        return self._drawn(step, what, purpose, entity, index) * self.run.efforts.left(step)

    def _open(self, task: Task) -> None:
        self.run.desk.open(task)
        if self.run.unlimited:
            return
        if self.world.steps[task.step]["patience_dist"] >= 0:
            self.env.process(self._give_up(task))
        overflows = not math.isnan(self.of["overflow_minutes"])
        if overflows and task.role != self.run.routes.overflow_role:
            self.env.process(self._overflow(task))

    # while nobody has taken it up

    def _give_up(self, task: Task) -> Steps:
        patience = self._drawn(task.step, "patience_dist", draws.PATIENCE, task.stream.uid, task.occurrence)
        time = self.env.now + r.tick(patience)
        if time >= self.run.end:
            return
        yield Moment(self.env, time, Phase.TIMER, 0)
        if task.status != r.WAITING or task.started is not None:
            return
        self.run.desk.withdraw(task)
        self.run.log(ev.ABANDONED, task.stream, task.occurrence, task.step, value=0.0)
        self.count("abandoned", task)
        self.count("ces_sum", task, 1.0)
        self.count("detractors", task)
        self.run.health.ticket(task.stream.account, 0.0)

    def _overflow(self, task: Task) -> Steps:
        time = self.run.hours.finish(self.env.now, float(self.of["overflow_minutes"]))
        if time >= self.run.end:
            return
        yield Moment(self.env, time, Phase.TIMER, 1)  # whoever gives up at this instant has given up
        if task.status != r.WAITING or task.started is not None:
            return
        self.run.log(ev.OVERFLOWED, task.stream, task.occurrence, task.step, value=0.0)
        self.count("overflowed", task)
        self.run.desk.move(task, self.run.routes.overflow_role)

    # in hand

    def hand_over(self, task: Task, person: Person) -> None:
        """Somebody takes up what somebody else has worked on."""
        case = task.case
        if case is None:
            return
        minutes = float(self.of["hand_over_minutes"])
        if case.person not in (None, person) and minutes > 0:
            task.left += minutes
            task.effort += minutes
            self.count("hand_overs", task)
            self.count("hand_over_minutes", task, minutes)
        case.person = person

    def taken_up(self, task: Task) -> None:
        """Count how long a touch after the first has waited."""
        case = task.case
        if case is not None and case.returned is not None:
            self.count("touch_taken_up", task)
            self.count("touch_wait_minutes", task, self.run.hours.business(case.returned, self.env.now))
            case.returned = None

    # after a touch

    def goes_on(self, task: Task, taker: int) -> bool:
        """A touch is done: whether the customer has the ticket now, so that it will come back."""
        case, of_step = task.case, self.world.steps[task.step]
        assert case is not None
        touch = case.touches
        case.touches += 1
        self.count("touches", task)
        u = self.run.keyed.u
        if touch == 0 and u(draws.ESCALATE, task.stream.uid, case.number) < float(of_step["escalate"]):
            self._escalate(task)
        if u(draws.MORE, case.uid, touch) < float(of_step["more"]):
            self.env.process(self._hold(task, taker, touch, MORE))
            return True
        if u(draws.REOPEN, case.uid, touch) < float(of_step["reopen"]):
            self.env.process(self._hold(task, taker, touch, REOPENED))
            return True
        return False

    def _hold(self, task: Task, taker: int, touch: int, why: int) -> Steps:
        """The customer has the ticket, and the clocks stand still."""
        case, name = task.case, "more" if why == MORE else "reopen"
        assert case is not None
        self.run.log(ev.TO_CUSTOMER, task.stream, task.occurrence, task.step, value=float(why), person=taker)
        held = r.tick(self._drawn(task.step, f"{name}_wait_dist", draws.TOUCH_WAIT, case.uid, touch))
        since, until = self.env.now, self.env.now + max(1.0 / r.TICKS, held)
        task.left = 0.0
        self.held.append(task)
        if until >= self.run.end:
            return
        yield Moment(self.env, until, Phase.OPENING)
        self.held.remove(task)
        if task.stream.over:
            task.status = r.DEAD
            self.count("cancelled", task)
            return
        case.reopens += why == REOPENED
        case.held_business += self.run.hours.business(since, until)
        case.held_elapsed += until - since
        self.count("returned", task)
        self.count("reopened", task, float(why == REOPENED))
        self.count("held_elapsed_minutes", task, until - since)
        target = float(self.world.steps[task.step]["resolve_minutes"])
        used = self._used(task, until)
        if used < target:  # nan: no target
            elapsed = self.world.steps[task.step]["elapsed"]
            task.due = until + target - used if elapsed else self.run.hours.finish(until, target - used)
        task.effort = self._effort(task.step, f"{name}_effort_dist", draws.TOUCH_EFFORT, case.uid, touch + 1)
        task.left = task.effort
        case.returned = until
        self.run.log(ev.RETURNED, task.stream, task.occurrence, task.step, value=task.effort)
        self.run.desk.put(task)

    def count_held_at_the_end(self) -> None:
        """A ticket that would come back after the end, for an account that has churned, is open no more."""
        for task in self.held:
            if task.stream.over:
                self.count("cancelled", task)

    def _used(self, task: Task, until: float) -> float:
        """How much of its target a ticket has used, on the clock of the target."""
        case = task.case
        assert case is not None
        if self.world.steps[task.step]["elapsed"]:
            return until - task.opened - case.held_elapsed
        return self.run.hours.business(task.opened, until) - case.held_business

    def _escalate(self, task: Task) -> None:
        """Somebody else has to look after what has happened, unless the customer has left."""
        case = task.case
        assert case is not None
        if task.stream.over:
            return
        self.count("escalated", task)
        step = int(self.of["escalation_step"])
        of_step = self.world.steps[step]
        ticket = task.stream
        stream = Stream(
            ticket.uid, self.escalations, ticket.segment, account=ticket.account, replayed=ticket.replayed
        )
        effort = self._effort(step, "effort_dist", draws.ESCALATION, ticket.uid, case.number)
        span = float(of_step["resolve_minutes"])
        escalation = Task(
            stream=stream,
            step=step,
            occurrence=case.number,
            role=self.run.routes.escalation_role,
            priority=int(of_step["priority"]),
            due=NEVER if math.isnan(span) else self.run.hours.finish(self.env.now, span),
            opened=self.env.now,
            tie=self.run.keyed.tie(case.uid, ESCALATION_TIE),
            effort=effort,
            left=effort,
            finished=self.env.event(),
            segment=stream.served_as,
            preempts=bool(of_step["preempts"]),
        )
        self.run.desk.open(escalation)

    # what the customer thinks of it

    def score(self, task: Task) -> float:
        """Satisfaction with a ticket that is resolved now, 0 to 100."""
        case = task.case
        assert case is not None
        late, more = max(0.0, self._ratio(task) - 1), case.touches - 1 - case.reopens
        score = self._score(late, more, case.reopens)
        trouble = late + more + 2 * case.reopens
        self.count("score_sum", task, score)
        self.count("ces_sum", task, 1 + 6 * 2 ** (-trouble / float(self.of["ces_half"])))
        self.count("promoters", task, float(score >= float(self.of["promoter"])))
        self.count("detractors", task, float(score < float(self.of["detractor"])))
        return score

    def score_as_of_now(self, task: Task) -> float | None:
        """What it would be if an open ticket were resolved now; None if it is not past any target."""
        case, ratio = task.case, self._ratio(task)
        assert case is not None
        return self._score(ratio - 1, case.touches - case.reopens, case.reopens) if ratio > 1 else None

    def _score(self, late: float, more: int, reopens: int) -> float:
        score = 100.0 * 2.0 ** (-late / float(self.world.health[0]["slow_half"]))
        score *= (1 - float(self.of["touch_loss"])) ** more
        return float(score * (1 - float(self.of["reopen_loss"])) ** reopens)

    def _ratio(self, task: Task) -> float:
        """The larger one of what has been used of the targets for response and resolution."""
        of_step, ratio = self.world.steps[task.step], 0.0
        answered = self.env.now if task.started is None else task.started
        if of_step["elapsed"]:
            response = answered - task.opened
        else:
            response = self.run.hours.business(task.opened, answered)
        for minutes, name in (
            (response, "response_minutes"),
            (self._used(task, self.env.now), "resolve_minutes"),
        ):
            if float(of_step[name]) > 0:  # nan: no target
                ratio = max(ratio, minutes / float(of_step[name]))
        return ratio


COUNTED = (
    "deflected", "abandoned", "overflowed", "returned", "reopened", "touches", "escalated", "hand_overs",
    "hand_over_minutes", "score_sum", "ces_sum", "promoters", "detractors", "touch_taken_up",
    "touch_wait_minutes", "held_elapsed_minutes", "cancelled",
)  # fmt: skip
