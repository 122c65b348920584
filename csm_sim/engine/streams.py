"""Streams of work: occurrences of playbooks and tickets, which open tasks when their time comes."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import set_begin
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.health import in_phase, miss
from csm_sim.engine.log import log_event, logged_account
from csm_sim.engine.openwork import list_open, unlist
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.customers import PHASES_ALL


@inlined
def free_task(tasks: Records, t: int, control: Records) -> None:
    """Give a task record back."""
    tasks[t].status = r.FREE
    tasks[t].child = control[0].free
    control[0].free = t
    control[0].free_count += 1


@inlined
def queue_for(
    role: int, skill: int, account: int, accounts: Records, people: Records, control: Records
) -> int:
    """The queue for a role's work for an account: its owner's book, or a pool of the role.

    Work that needs a skill which the owner does not have goes to the role's pool for it.
    """
    if account >= 0 and accounts[account].status != r.NOT_YET:
        owner = accounts[account].owner
        if owner >= 0 and people[owner].role == role and (
            skill == r.NO_SKILL or (people[owner].skills >> np.uint64(skill - 1)) & np.uint64(1)
        ):  # fmt: skip
            return int(owner)
    if skill == r.NO_SKILL:
        return int(people.shape[0] + role)
    return int(people.shape[0] + skill * control[0].roles + role)


@inlined
def queue_of(
    nodes: Records, n: int, accounts: Records, people: Records, route: Ints, control: Records
) -> int:
    """A queue of the component that a stream's work goes to: a book, or the role's pool."""
    node = nodes[n]
    if node.person >= 0:
        return int(node.person)
    return queue_for(route[node.kind, node.segment], r.NO_SKILL, node.account, accounts, people, control)


@inlined
def note_failure(what: int, kind: int, account: int, month: int, accounts: Records, failures: Ints) -> None:
    """Count planned work that is late or missed against the book that the account is in."""
    if month > 0 and account >= 0:
        owner = accounts[account].owner
        failures[what, owner if owner >= 0 else failures.shape[1] - 1, kind] += 1


@kernel
def end_occurrence(
    n: int, time: float, nodes: Records, tasks: Records, kinds: Records, steps: Records,
    accounts: Records, month: int, tallies: Records, failures: Ints, health: Records, care: Records,
    life: Records, prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """End an unfinished occurrence: drop what nobody has started, open nothing more."""
    node = nodes[n]
    if node.running < 0:
        return
    first_missed = node.step
    last = kinds[node.kind].step0 + kinds[node.kind].steps
    alive = node.account >= 0 and accounts[node.account].status == r.ALIVE
    if node.task >= 0:
        first_missed += 1
        task = tasks[node.task]
        if task.status == r.WAITING and task.started >= r.NEVER:
            task.status = r.DEAD
            unlist(node.task, tasks, accounts)
            tallies[month, task.cell].dropped += 1
            note_failure(ct.MISSED, node.kind, node.account, month, accounts, failures)
            if alive:
                miss(
                    node.account, time, node.step, node.uid, node.running, accounts, kinds, steps, care,
                    life, health, prefixes,
                )  # fmt: skip
            if log.shape[0]:
                log_event(log, control, time, ev.DROPPED, logged_account(nodes, n), -1, node.kind,
                          node.running, node.step, 0.0)  # fmt: skip
    for step in range(first_missed, last):
        tallies[month, cell_of(step, node.segment, control)].never_opened += 1
        note_failure(ct.MISSED, node.kind, node.account, month, accounts, failures)
        if alive:
            miss(
                node.account, time, step, node.uid, node.running, accounts, kinds, steps, care, life, health,
                prefixes,
            )  # fmt: skip
        if log.shape[0]:
            log_event(log, control, time, ev.NEVER_OPENED, logged_account(nodes, n), -1, node.kind,
                      node.running, step, 0.0)  # fmt: skip
    node.running = -1
    node.task = -1
    node.until = r.NEVER


@inlined
def tie_of(prefixes: Uids, entity: np.uint64, index: np.uint64) -> np.uint64:
    """The number that decides between tasks that are alike otherwise."""
    return dr.absorb(dr.absorb(prefixes[dr.TIE], entity), index)


@inlined
def cell_of(step: int, segment: int, control: Records) -> int:
    """Where a step of a segment is counted."""
    return int(step * control[0].across + segment)


@inlined
def key_of(priority: int, due: float) -> float:
    """Priority and due time as one number, see PRIORITY_STEP."""
    return float(priority * r.PRIORITY_STEP + min(due, r.NO_DUE))


@inlined
def new_task(
    n: int, account: int, cell: int, step: int, number: int, tie: np.uint64, time: float, due: float,
    effort: float, role: int, queue: int, nodes: Records, tasks: Records, steps: Records, month: int,
    tallies: Records, log: Records, control: Records,
) -> int:  # fmt: skip
    """Open a task: fill a free record, count it, and return its number. It is not queued yet.

    What the stream could tell is handed over: its record may be far away.
    """
    t = control[0].free
    control[0].free = tasks[t].child
    control[0].free_count -= 1
    task = tasks[t]
    task.key = key_of(steps[step].priority, due)
    task.opened, task.due, task.started = time, due, r.NEVER
    task.opened_clock = control[0].clock
    task.tie = tie
    task.left_minutes = task.effort_minutes = effort
    task.account, task.node, task.step, task.occurrence = account, n, step, number
    task.cell, task.queue, task.role = cell, queue, role
    task.earlier = r.NOT_LISTED
    task.status = r.WAITING
    tally = tallies[month, cell]
    tally.opened += 1
    tally.opened_effort_minutes += effort
    if log.shape[0]:
        log_event(log, control, time, ev.OPENED, logged_account(nodes, n), nodes[n].person,
                  steps[step].kind, number, step, effort)  # fmt: skip
    return int(t)


@kernel
def trait_effort(a: int, accounts: Records, segments: Records) -> float:
    """What an account's traits make of the effort of work on new accounts."""
    factor, account = 1.0, accounts[a]
    if account.traits & r.BAD_FIT:
        factor *= segments[account.segment].trait_effort[0]
    if account.traits & r.POOR_HANDOVER:
        factor *= segments[account.segment].trait_effort[1]
    return factor


@inlined
def open_step(
    n: int, time: float, nodes: Records, tasks: Records, steps: Records, kinds: Records, dists: Records,
    values: Floats, segments: Records, accounts: Records, people: Records, route: Ints, prefixes: Uids,
    month: int, tallies: Records, failures: Ints, health: Records, care: Records, life: Records,
    log: Records, control: Records,
) -> int:  # fmt: skip
    """Open the step a stream has come to; -1 if it was too late for it from the beginning."""
    node = nodes[n]
    step = steps[node.step]
    index = np.uint64(64 * node.running + node.step - kinds[node.kind].step0)
    due = r.NEVER if math.isnan(step.due_minutes) else node.anchor + step.due_minutes
    u = dr.draw(prefixes[dr.EFFORT], node.uid, index)
    effort = dr.quantile(dists, values, step.effort_dist, u) * step.effort_factor
    if care.shape[0]:
        effort *= care[node.step, node.segment].effort_left
    if kinds[node.kind].trigger == r.ON_NEW_ACCOUNT and accounts[node.account].traits:
        effort *= trait_effort(node.account, accounts, segments)
    if node.person >= 0:
        queue = int(node.person)
        role = people[node.person].role
    else:
        role = route[node.kind, node.segment]
        queue = queue_for(role, step.skill, node.account, accounts, people, control)
    t = new_task(
        n, node.account, cell_of(node.step, node.segment, control), node.step, node.running,
        tie_of(prefixes, node.uid, index), time, due, effort, role, queue, nodes, tasks, steps, month,
        tallies, log, control,
    )  # fmt: skip
    node.task = t
    node.until = r.NEVER
    if not math.isnan(step.drop_minutes):
        node.until = due + step.drop_minutes
        if node.until <= time:
            end_occurrence(
                n, time, nodes, tasks, kinds, steps, accounts, month, tallies, failures, health, care, life,
                prefixes, log, control,
            )  # fmt: skip
            free_task(tasks, t, control)
            return -1
    list_open(t, tasks, steps, accounts, control)
    return t


@kernel
def leave_out(
    n: int, time: float, nodes: Records, kinds: Records, next_working_day: Ints, accounts: Records,
    life: Records, health: Records, control: Records,
) -> None:  # fmt: skip
    """Pass over an occurrence that would begin now, if the account is in none of its phases."""
    node = nodes[n]
    kind = kinds[node.kind]
    if node.account < 0 or in_phase(node.account, kind.phases, control[0].day, accounts, life, health):
        return
    if kind.trigger == r.EVERY:
        set_begin(nodes, kinds, next_working_day, n, node.occurrence + 1, 0.0)
    else:
        node.begins = r.NEVER


@inlined
def wake(
    n: int, time: float, nodes: Records, tasks: Records, steps: Records, kinds: Records, dists: Records,
    values: Floats, segments: Records, accounts: Records, people: Records, route: Ints,
    next_working_day: Ints, prefixes: Uids, month: int, tallies: Records, failures: Ints, health: Records,
    care: Records, life: Records, log: Records, control: Records,
) -> int:  # fmt: skip
    """What a stream of planned work does when its time has come; returns the task it opened, or -1.

    Sets the time of the next wake, but does not put the stream into any list.
    """
    node = nodes[n]
    kind = kinds[node.kind]
    opens = False
    if kind.phases != PHASES_ALL and node.begins <= time:
        leave_out(n, time, nodes, kinds, next_working_day, accounts, life, health, control)
    if node.begins <= time:
        end_occurrence(
            n, time, nodes, tasks, kinds, steps, accounts, month, tallies, failures, health, care, life,
            prefixes, log, control,
        )  # fmt: skip
        node.running = node.occurrence
        node.anchor = node.begins - kind.begins_minutes
        node.step = kind.step0
        if kind.trigger == r.EVERY:
            set_begin(nodes, kinds, next_working_day, n, node.occurrence + 1, 0.0)
        else:
            node.begins = r.NEVER
            if kind.trigger == r.ON_EVENT:  # they are numbered as they begin
                node.occurrence += 1
                node.phase_days = node.anchor / r.DAY
        opens = True
    elif node.until <= time:
        if node.task < 0:
            opens = True
        else:
            task = tasks[node.task]
            if task.status == r.WAITING and task.started >= r.NEVER:
                end_occurrence(
                    n, time, nodes, tasks, kinds, steps, accounts, month, tallies, failures, health, care,
                    life, prefixes, log, control,
                )  # fmt: skip
            node.until = r.NEVER
    opened = -1
    if opens:
        opened = open_step(
            n, time, nodes, tasks, steps, kinds, dists, values, segments, accounts, people, route, prefixes,
            month, tallies, failures, health, care, life, log, control,
        )  # fmt: skip
    node.wake = min(node.begins, node.until)
    return opened
