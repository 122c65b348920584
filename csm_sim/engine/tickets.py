"""Tickets: how they open, and what may happen to one until it is resolved.

A ticket is one task for its whole life. What it needs beyond a task (timers, touches, time with the
customer) is a record of its own with the same number, a *case*; without rules that need it there are none.
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.clock import finish_at, to_tick, work_clock
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.health import supported
from csm_sim.engine.histogram import count_wait
from csm_sim.engine.log import log_event, logged_account
from csm_sim.engine.openwork import list_open, relist, ticket_score, unlist
from csm_sim.engine.streams import cell_of, free_task, key_of, new_task, queue_for, tie_of
from csm_sim.world import events as ev
from csm_sim.world import records as r

ESCALATION_TIE = np.uint64(1 << 32)


@inlined
def first_above(shares: Floats, u: float) -> int:
    """The first entry of cumulative shares that exceeds ``u``."""
    entry = 0
    while shares[entry] <= u:
        entry += 1
    return entry


@inlined
def severity_of(kind: Records, steps: Records, of_stream: np.uint64, index: np.uint64) -> int:
    """The severity that a stream's ticket is drawn to have, as a step."""
    step = kind.step0
    if kind.steps > 1:
        u = dr.uniform(dr.absorb(of_stream, index))
        for before in range(kind.step0, kind.step0 + kind.steps - 1):
            step += u >= steps[before].cumulative_share
    return int(step)


@inlined
def effort_of(step: Records, dists: Records, values: Floats, of_stream: np.uint64, index: np.uint64) -> float:
    """Effort minutes of a stream's ticket, or of the first touch of it."""
    u = dr.uniform(dr.absorb(of_stream, index))
    return float(dr.quantile(dists, values, step.effort_dist, u) * step.effort_factor)


@inlined
def role_of(
    segment: int, ticket_shares: Floats, ticket_roles: Ints, of_stream: np.uint64, index: np.uint64
) -> int:
    """The role that gets a stream's ticket."""
    entry = 0
    if ticket_shares.shape[0] > 1:
        entry = first_above(ticket_shares, dr.uniform(dr.absorb(of_stream, index)))
    return int(ticket_roles[segment, entry])


@inlined
def open_ticket(
    n: int, account: int, cell: int, step: int, number: int, tie: np.uint64, time: float, effort: float,
    role: int, queue: int, nodes: Records, tasks: Records, steps: Records, accounts: Records,
    windows: Floats, month: int, tallies: Records, desk: Records, log: Records, control: Records,
) -> int:  # fmt: skip
    """Open a ticket that comes to a role; returns the task."""
    due = r.NEVER
    if not math.isnan(steps[step].resolve_minutes):
        if steps[step].elapsed:
            due = time + steps[step].resolve_minutes
        else:
            due = finish_at(windows, 0, control[0].day, time, steps[step].resolve_minutes)
    opened = new_task(
        n, account, cell, step, number, tie, time, due, effort, role, queue, nodes, tasks, steps, month,
        tallies, log, control,
    )  # fmt: skip
    list_open(opened, tasks, steps, accounts, control)
    if desk.shape[0]:
        desk[month, role].opened += 1
    return opened


@inlined
def arrive(
    k: int, time: float, drawn: Records, nodes: Records, tasks: Records, steps: Records, dists: Records,
    values: Floats, accounts: Records, windows: Floats, tickets: Records, cases: Records, prefixes: Uids,
    month: int, tallies: Records, desk: Records, log: Records, control: Records,
) -> int:  # fmt: skip
    """Open a ticket that was drawn at midnight; returns the task, -1 if it was deflected."""
    line = drawn[k]
    step = line.step
    if line.role < 0:
        tally = tallies[month, line.cell]
        tally.opened += 1
        tally.deflected += 1
        if log.shape[0]:
            log_event(log, control, time, ev.DEFLECTED, logged_account(nodes, line.node), -1,
                      steps[step].kind, line.number, step, 0.0)  # fmt: skip
        return -1
    opened = open_ticket(
        line.node, line.account, line.cell, step, line.number, line.tie, time, line.effort, line.role,
        line.queue, nodes, tasks, steps, accounts, windows, month, tallies, desk, log, control,
    )  # fmt: skip
    if cases.shape[0]:
        open_case(
            opened, time, np.uint64(line.number), nodes, tasks, steps, dists, values, tickets, windows,
            cases, prefixes, control,
        )  # fmt: skip
    return opened


@kernel
def wake_tickets(
    n: int, time: float, nodes: Records, tasks: Records, steps: Records, kinds: Records, dists: Records,
    values: Floats, accounts: Records, people: Records, windows: Floats, open_before: Floats,
    replay_steps: Ints, replay_efforts: Floats, tickets: Records, ticket_shares: Floats,
    ticket_roles: Ints, cases: Records, prefixes: Uids, month: int, tallies: Records, desk: Records,
    log: Records, control: Records,
) -> int:  # fmt: skip
    """Open a ticket of the backlog at the start, or one that is replayed; returns the task."""
    node = nodes[n]
    kind = kinds[node.kind]
    index = np.uint64(node.occurrence)
    step, effort = -1, math.nan
    of_backlog = node.running == r.OF_BACKLOG
    if of_backlog:
        step = node.step
    elif kind.trigger == r.REPLAY:
        step, effort = replay_steps[node.step], replay_efforts[node.step]
    if step < 0:
        step = severity_of(kind, steps, dr.absorb(prefixes[dr.SEVERITY], node.uid), index)
    if node.account >= 0 and ticket_roles[accounts[node.account].tier, 0] >= 0:
        node.segment = accounts[node.account].tier
    if math.isnan(effort):
        effort = effort_of(steps[step], dists, values, dr.absorb(prefixes[dr.EFFORT], node.uid), index)
    of_stream = dr.absorb(prefixes[dr.ROUTE], node.uid)
    role = role_of(node.segment, ticket_shares, ticket_roles, of_stream, index)
    queue = queue_for(role, steps[step].skill, node.account, accounts, people, control)
    opened = open_ticket(
        n, node.account, cell_of(step, node.segment, control), step, node.occurrence,
        tie_of(prefixes, node.uid, index), time, effort, role, queue, nodes, tasks, steps, accounts, windows,
        month, tallies, desk, log, control,
    )  # fmt: skip
    if of_backlog:
        has_waited(opened, time, tasks, steps, tickets, windows, open_before, control)
    if cases.shape[0]:
        open_case(
            opened, time, index, nodes, tasks, steps, dists, values, tickets, windows, cases, prefixes,
            control,
        )  # fmt: skip
    node.wake = r.NEVER
    return opened


@kernel
def has_waited(
    t: int, time: float, tasks: Records, steps: Records, tickets: Records, windows: Floats,
    open_before: Floats, control: Records,
) -> None:  # fmt: skip
    """A ticket of the backlog at the start: it was opened before it appears."""
    task, waited = tasks[t], tickets[0].backlog_waited
    step = steps[task.step]
    task.opened = time - waited
    since = max(task.opened, 0.0)
    used = control[0].clock - work_clock(windows, open_before, 0, int(since / r.DAY), since)
    task.opened_clock = control[0].clock - used
    if not math.isnan(step.resolve_minutes):
        left = step.resolve_minutes - (waited if step.elapsed else used)
        if step.elapsed:
            task.due = time + left
        else:
            task.due = finish_at(windows, 0, control[0].day, time, left) if left > 0.0 else time
        task.key = key_of(step.priority, task.due)


@kernel
def open_case(
    t: int, time: float, index: np.uint64, nodes: Records, tasks: Records, steps: Records,
    dists: Records, values: Floats, tickets: Records, windows: Floats, cases: Records, prefixes: Uids,
    control: Records,
) -> None:  # fmt: skip
    """A new ticket's case: nobody has touched it, and its first timer is set (but in no list)."""
    case, task = cases[t], tasks[t]
    step = steps[task.step]
    case.person, case.day = -1, -1
    case.touches, case.reopens, case.reopening = 0, 0, 0
    case.held, case.held_clock, case.returned_clock = 0.0, 0.0, -1.0
    case.patience_at, case.overflow_at = r.NEVER, r.NEVER
    if not control[0].unlimited:
        if step.patience_dist >= 0:
            u = dr.draw(prefixes[dr.PATIENCE], nodes[task.node].uid, index)
            case.patience_at = time + to_tick(dr.quantile(dists, values, step.patience_dist, u))
        if not math.isnan(tickets[0].overflow_minutes) and task.role != tickets[0].overflow_role:
            case.overflow_at = finish_at(windows, 0, control[0].day, time, tickets[0].overflow_minutes)
    case.wake = min(case.patience_at, case.overflow_at)


@kernel
def case_of(t: int, nodes: Records, tasks: Records) -> np.uint64:
    """The entity of a ticket's draws after its opening."""
    return dr.absorb(nodes[tasks[t].node].uid, np.uint64(tasks[t].occurrence))


@kernel
def timer(
    t: int, time: float, month: int, nodes: Records, tasks: Records, steps: Records, dists: Records,
    values: Floats, accounts: Records, people: Records, health: Records, tickets: Records, windows: Floats,
    cases: Records, prefixes: Uids, tallies: Records, desk: Records, log: Records, control: Records,
) -> int:  # fmt: skip
    """A ticket's timer has come: it returns, is given up, or moves. The task to queue now, or -1."""
    task, case = tasks[t], cases[t]
    tally = tallies[month, task.cell]
    a = task.account
    gone = a >= 0 and accounts[a].status == r.CHURNED and not steps[task.step].replay
    case.wake = r.NEVER
    if gone:
        tally.cancelled += 1
        if task.status == r.HELD:
            free_task(tasks, t, control)
        else:
            task.status = r.DEAD
        return -1
    if task.status == r.HELD:
        come_back(
            t, time, month, nodes, tasks, steps, dists, values, accounts, people, windows, cases,
            prefixes, tallies, log, control,
        )  # fmt: skip
        return t
    if case.patience_at <= time:
        task.status = r.DEAD
        unlist(t, tasks, accounts)
        tally.abandoned += 1
        tally.ces_sum += 1.0
        tally.detractors += 1
        if desk.shape[0]:
            desk[month, task.role].abandoned += 1
        if a >= 0 and accounts[a].status == r.ALIVE:
            supported(a, 0.0, accounts, health)
        if log.shape[0]:
            log_event(log, control, time, ev.ABANDONED, logged_account(nodes, task.node), -1,
                      steps[task.step].kind, task.occurrence, task.step, 0.0)  # fmt: skip
        return -1
    # it moves: the record stays in its old queue, dead, and a copy goes to the new one
    to = control[0].free
    control[0].free = tasks[to].child
    control[0].free_count -= 1
    tasks[to] = tasks[t]
    cases[to] = cases[t]
    task.status = r.DEAD
    relist(t, to, tasks, accounts)
    moved, its_case = tasks[to], cases[to]
    moved.role = tickets[0].overflow_role
    moved.queue = queue_for(moved.role, steps[moved.step].skill, a, accounts, people, control)
    its_case.overflow_at = r.NEVER
    its_case.wake = its_case.patience_at
    tally.overflowed += 1
    if log.shape[0]:
        log_event(log, control, time, ev.OVERFLOWED, logged_account(nodes, moved.node), -1,
                  steps[moved.step].kind, moved.occurrence, moved.step, 0.0)  # fmt: skip
    return int(to)


@kernel
def come_back(
    t: int, time: float, month: int, nodes: Records, tasks: Records, steps: Records, dists: Records,
    values: Floats, accounts: Records, people: Records, windows: Floats, cases: Records, prefixes: Uids,
    tallies: Records, log: Records, control: Records,
) -> None:  # fmt: skip
    """The customer is done with a ticket: its clocks run on, and its next touch waits."""
    task, case = tasks[t], cases[t]
    step = steps[task.step]
    tally = tallies[month, task.cell]
    case.held += time - case.held_at
    case.held_clock += control[0].clock - case.held_clock_at
    tally.held_elapsed_minutes += time - case.held_at
    tally.returned += 1
    tally.reopened += case.reopening
    case.reopens += case.reopening
    if not math.isnan(step.resolve_minutes):
        if step.elapsed:
            left = step.resolve_minutes - (time - task.opened - case.held)
            if left > 0.0:
                task.due = time + left
        else:
            left = step.resolve_minutes - (control[0].clock - task.opened_clock - case.held_clock)
            if left > 0.0:
                task.due = finish_at(windows, 0, control[0].day, time, left)
        task.key = key_of(step.priority, task.due)
    dist = step.reopen_effort_dist if case.reopening else step.more_effort_dist
    u = dr.draw(prefixes[dr.TOUCH_EFFORT], case_of(t, nodes, tasks), np.uint64(case.touches))
    effort = dr.quantile(dists, values, dist, u) * step.effort_factor
    task.left_minutes = task.effort_minutes = effort
    tally.opened_effort_minutes += effort
    case.returned_clock = control[0].clock
    task.status = r.WAITING
    task.queue = queue_for(task.role, step.skill, task.account, accounts, people, control)
    if log.shape[0]:
        log_event(log, control, time, ev.RETURNED, logged_account(nodes, task.node), -1, step.kind,
                  task.occurrence, task.step, effort)  # fmt: skip


@kernel
def goes_on(
    t: int, p: int, time: float, month: int, nodes: Records, tasks: Records, steps: Records, dists: Records,
    values: Floats, cases: Records, prefixes: Uids, tallies: Records, log: Records, control: Records,
) -> bool:  # fmt: skip
    """Whether a ticket whose touch is done goes back to the customer; then its return is set."""
    task, case = tasks[t], cases[t]
    step = steps[task.step]
    touch = np.uint64(case.touches)
    case.touches += 1
    if step.more <= 0.0 and step.reopen <= 0.0:
        return False
    entity = case_of(t, nodes, tasks)
    reopens = False
    if not (step.more > 0.0 and dr.draw(prefixes[dr.MORE], entity, touch) < step.more):
        reopens = step.reopen > 0.0 and dr.draw(prefixes[dr.REOPEN], entity, touch) < step.reopen
        if not reopens:
            return False
    tally = tallies[month, task.cell]
    tally.done_effort_minutes += task.effort_minutes
    tally.touches += 1
    case.reopening = reopens
    dist = step.reopen_wait_dist if reopens else step.more_wait_dist
    u = dr.draw(prefixes[dr.TOUCH_WAIT], entity, touch)
    task.status = r.HELD
    task.left_minutes = task.effort_minutes = 0.0
    case.held_at, case.held_clock_at = time, control[0].clock
    case.wake = time + max(to_tick(dr.quantile(dists, values, dist, u)), 1.0 / r.TICKS)
    control[0].done += 1
    if log.shape[0]:
        log_event(log, control, time, ev.TO_CUSTOMER, logged_account(nodes, task.node), p, step.kind,
                  task.occurrence, task.step, 1.0 if reopens else 0.0)  # fmt: skip
    return True


@kernel
def escalate(
    t: int, time: float, month: int, nodes: Records, tasks: Records, steps: Records, dists: Records,
    values: Floats, accounts: Records, people: Records, tickets: Records, windows: Floats, prefixes: Uids,
    tallies: Records, log: Records, control: Records,
) -> int:  # fmt: skip
    """After a ticket's first touch: the task it puts on the account's own person, -1 if none."""
    task = tasks[t]
    a = task.account
    if a >= 0 and accounts[a].status == r.CHURNED and not steps[task.step].replay:
        return -1
    index = np.uint64(task.occurrence)
    uid = nodes[task.node].uid
    if not dr.draw(prefixes[dr.ESCALATE], uid, index) < steps[task.step].escalate:
        return -1
    tallies[month, task.cell].escalated += 1
    step, role = tickets[0].escalation_step, tickets[0].escalation_role
    effort = dr.quantile(dists, values, steps[step].effort_dist, dr.draw(prefixes[dr.ESCALATION], uid, index))
    due = r.NEVER
    if not math.isnan(steps[step].resolve_minutes):
        due = finish_at(windows, 0, control[0].day, time, steps[step].resolve_minutes)
    return new_task(
        task.node, task.account, cell_of(step, nodes[task.node].segment, control), step, task.occurrence,
        tie_of(prefixes, case_of(t, nodes, tasks), ESCALATION_TIE), time, due, effort, role,
        queue_for(role, r.NO_SKILL, task.account, accounts, people, control), nodes, tasks, steps, month,
        tallies, log, control,
    )  # fmt: skip


@inlined
def resolved(
    t: int, task: Records, step: Records, tally: Records, time: float, month: int, alive: bool,
    accounts: Records, cases: Records, tickets: Records, desk: Records, histogram: Ints, health: Records,
    control: Records,
) -> None:  # fmt: skip
    """Count a ticket's resolution, what the customer thinks of it, and what that does to health."""
    taken, elapsed = control[0].clock - task.opened_clock, time - task.opened
    response = task.response_clock
    further, reopens = 0, 0
    tally.touches += 1
    tally.resolution_elapsed_minutes += elapsed
    if cases.shape[0]:
        case = cases[t]
        taken -= case.held_clock
        elapsed -= case.held
        reopens = case.reopens
        further = case.touches - 1 - reopens
    if step.elapsed:
        used, response = elapsed, task.started - task.opened
    else:
        used = taken
    tally.resolution_minutes += taken
    in_time = time <= task.due
    in_both = in_time & (not response > step.response_minutes)
    tally.in_resolution += in_time
    tally.in_targets += in_both
    role = task.role
    if desk.shape[0]:
        of_role = desk[month, role]
        of_role.resolved += 1
        of_role.resolution_minutes += taken
        of_role.in_targets += in_both
    count_wait(histogram, 1, task.cell - tickets[0].cell0, role, month, taken)
    ratio = 0.0
    if not math.isnan(step.resolve_minutes):
        ratio = used / step.resolve_minutes
    if not math.isnan(step.response_minutes):
        ratio = max(ratio, response / step.response_minutes)
    score = 100.0
    if ratio <= 1.0 and further + reopens == 0:
        tally.faultless += 1
    else:
        common = tickets[0]
        trouble = further + 2.0 * reopens
        if ratio > 1.0:
            trouble += ratio - 1.0
        score = ticket_score(ratio, further, reopens, tickets, health)
        tally.score_sum += score
        tally.ces_sum += 1.0 + 6.0 * 2.0 ** (-trouble / common.ces_half)
        tally.promoters += score >= common.promoter
        tally.detractors += score < common.detractor
    if alive:
        supported(task.account, score, accounts, health)
