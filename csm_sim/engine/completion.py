"""What follows when a task is done: counts, health, and the next step of its stream."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.clock import to_tick
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.health import onboarded, touched
from csm_sim.engine.log import log_event, logged_account
from csm_sim.engine.openwork import late_score, reaches, unlist
from csm_sim.engine.streams import free_task, note_failure
from csm_sim.engine.tickets import resolved
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.customers import COMPLETED, REACHED_VALUE


@kernel
def tell(
    what: int, t: int, score: float, tasks: Records, nodes: Records, news: Records, control: Records
) -> None:
    """Note what has consequences at the next midnight."""
    line = news[control[0].news]
    control[0].news += 1
    node = nodes[tasks[t].node]
    line.what, line.node, line.account, line.kind = what, tasks[t].node, node.account, node.kind
    line.occurrence, line.score = tasks[t].occurrence, score


@kernel
def reach_value(
    t: int, time: float, month: int, tasks: Records, nodes: Records, steps: Records, accounts: Records,
    months: Records, news: Records, log: Records, control: Records,
) -> None:  # fmt: skip
    """Note when the account of a task first saw value."""
    task = tasks[t]
    account = accounts[task.account]
    account.first_value_at = time
    cell = months[month, account.segment]
    cell.first_values += 1
    cell.first_value_days += time / r.DAY - account.start_day
    if news.shape[0]:
        tell(REACHED_VALUE, t, 100.0, tasks, nodes, news, control)
    if log.shape[0]:
        log_event(log, control, time, ev.FIRST_VALUE, task.account, -1, steps[task.step].kind,
                  task.occurrence, task.step, 0.0)  # fmt: skip


@inlined
def complete(
    t: int, p: int, time: float, month: int, tasks: Records, nodes: Records, steps: Records,
    kinds: Records, dists: Records, values: Floats, accounts: Records, people: Records, cases: Records,
    tickets: Records, tallies: Records, failures: Ints, desk: Records, histogram: Ints, months: Records,
    health: Records, care: Records, life: Records, news: Records, prefixes: Uids, log: Records,
    control: Records,
) -> bool:  # fmt: skip
    """Finish a task: count it, let health know, and move its stream on.

    Returns whether the stream's next step opens at this very instant. A step that opens later is
    noted in the stream's ``until``; putting the stream into a list is the caller's.
    """
    task = tasks[t]
    step = steps[task.step]
    node = nodes[task.node]
    a = task.account
    on_time = time <= task.due
    control[0].done += 1
    tally = tallies[month, task.cell]
    if on_time:
        tally.on_time += 1
    else:
        tally.late += 1
        tally.late_minutes += time - task.due
        if not step.reactive:
            note_failure(ct.LATE, step.kind, a, month, accounts, failures)
    if step.learn_power < 0.0:
        step.times_done += 1
    tally.done_effort_minutes += task.effort_minutes
    if log.shape[0]:
        log_event(log, control, time, ev.DONE, logged_account(nodes, task.node), p, step.kind,
                  task.occurrence, task.step, 1.0 if on_time else 0.0)  # fmt: skip
    unlist(t, tasks, accounts)
    alive = a >= 0 and accounts[a].status == r.ALIVE
    if step.ticket:
        resolved(
            t, task, step, tally, time, month, alive, accounts, cases, tickets, desk, histogram, health,
            control,
        )  # fmt: skip
    elif alive and not step.reactive:
        if step.first_value:
            score = 100.0 if step.flawless else late_score(health, time - task.due)
            onboarded(a, score, accounts, health)
            if accounts[a].first_value_at >= r.NEVER:
                reach_value(t, time, month, tasks, nodes, steps, accounts, months, news, log, control)
        elif step.touch and reaches(
            a, task.step, node.uid, task.occurrence, accounts, kinds, steps, care, prefixes
        ):
            score = 100.0 if step.flawless else late_score(health, time - task.due)
            touched(a, time, step.counts, score, True, accounts, life, health)
    if step.reactive:
        free_task(tasks, t, control)
        return False
    of_kind = kinds[step.kind]
    if of_kind.news and task.step == of_kind.step0 + of_kind.steps - 1:
        # the next occurrence may have begun: what was done has its effect all the same
        score = 100.0 if step.flawless else late_score(health, time - task.due)
        tell(COMPLETED, t, score, tasks, nodes, news, control)
    opens_now = False
    if node.task == t:
        node.task = -1
        node.until = r.NEVER
        last = kinds[node.kind].step0 + kinds[node.kind].steps - 1
        if node.step == last or not (alive or a < 0):
            node.running = -1
        else:
            opens = time
            if step.wait_dist >= 0:
                index = np.uint64(64 * node.running + node.step - kinds[node.kind].step0)
                u = dr.draw(prefixes[dr.CUSTOMER_WAIT], node.uid, index)
                opens += to_tick(dr.quantile(dists, values, step.wait_dist, u))
            node.step += 1
            own_opening = steps[node.step].opens_minutes
            if not math.isnan(own_opening):
                opens = max(opens, node.anchor + own_opening)
            opens_now = opens <= time
            if not opens_now:
                node.until = opens
    free_task(tasks, t, control)
    return opens_now
