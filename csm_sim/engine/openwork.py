"""Open work of an account: its touches and tickets in a list, so that a reading of health finds them.

The lists are kept only where health is read. That of a churned account is dead: nobody reads it.
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.world import records as r


@inlined
def list_open(t: int, tasks: Records, steps: Records, accounts: Records, control: Records) -> None:
    """A task has opened."""
    task = tasks[t]
    if not control[0].watches or task.account < 0:
        return
    step, account = steps[task.step], accounts[task.account]
    if (step.touch or step.ticket) and account.status != r.CHURNED:
        first = account.open_task
        task.earlier, task.later = -1, first
        if first >= 0:
            tasks[first].earlier = t
        account.open_task = t


@inlined
def unlist(t: int, tasks: Records, accounts: Records) -> None:
    """A task is done, dropped, given up or cancelled."""
    task = tasks[t]
    if task.earlier == r.NOT_LISTED or accounts[task.account].status == r.CHURNED:
        return
    if task.earlier >= 0:
        tasks[task.earlier].later = task.later
    else:
        accounts[task.account].open_task = task.later
    if task.later >= 0:
        tasks[task.later].earlier = task.earlier
    task.earlier = r.NOT_LISTED


@kernel
def relist(t: int, to: int, tasks: Records, accounts: Records) -> None:
    """A task goes on as another record, a copy."""
    if tasks[t].earlier == r.NOT_LISTED or accounts[tasks[t].account].status == r.CHURNED:
        return
    if tasks[to].earlier >= 0:
        tasks[tasks[to].earlier].later = to
    else:
        accounts[tasks[to].account].open_task = to
    if tasks[to].later >= 0:
        tasks[tasks[to].later].earlier = to
    tasks[t].earlier = r.NOT_LISTED


@inlined
def reaches(
    a: int, step: int, uid: np.uint64, occurrence: int, accounts: Records, kinds: Records, steps: Records,
    care: Records, prefixes: Uids,
) -> bool:  # fmt: skip
    """Whether a touch reaches the account through its channel."""
    if care.shape[0] == 0:
        return True
    share = care[step, accounts[a].tier].reach
    if share >= 1.0:
        return True
    index = np.uint64(64 * occurrence + step - kinds[steps[step].kind].step0)
    return bool(dr.draw(prefixes[dr.REACH], uid, index) < share)


@inlined
def late_score(health: Records, late_minutes: float) -> float:
    """What a touch is worth: 100 on time, half as much after each half life of lateness."""
    if late_minutes <= 0.0:
        return 100.0
    return 100.0 * 2.0 ** (-late_minutes / health[0].late_half_life_minutes)


@kernel
def worst_touch(
    a: int, time: float, accounts: Records, nodes: Records, tasks: Records, kinds: Records, steps: Records,
    care: Records, health: Records, prefixes: Uids,
) -> tuple[float, float]:  # fmt: skip
    """Score, if it were done now, and weight of the overdue touch that would score least; weight 0: none.

    Of several with the same score the one that counts most.
    """
    worst, counts = math.inf, 0.0
    t = accounts[a].open_task
    while t >= 0:
        task = tasks[t]
        step = steps[task.step]
        if step.touch and task.due < time:
            score = 100.0 if step.flawless else late_score(health, time - task.due)
            if (score < worst or (score == worst and step.counts > counts)) and reaches(
                a, task.step, nodes[task.node].uid, task.occurrence, accounts, kinds, steps, care, prefixes
            ):
                worst, counts = score, step.counts
        t = task.later
    return worst, counts


@kernel
def worst_ticket(
    a: int, time: float, accounts: Records, tasks: Records, steps: Records, cases: Records, tickets: Records,
    health: Records, control: Records,
) -> float:  # fmt: skip
    """Score of the ticket past a target that would score least if it were resolved now; inf: none."""
    worst = math.inf
    t = accounts[a].open_task
    while t >= 0:
        task = tasks[t]
        step = steps[task.step]
        if step.ticket and task.status != r.HELD:
            held, held_clock, further, reopens = 0.0, 0.0, 0, 0
            if cases.shape[0]:
                case = cases[t]
                held, held_clock, reopens = case.held, case.held_clock, case.reopens
                further = case.touches - reopens
            if step.elapsed:
                used = time - task.opened - held
                response = min(task.started, time) - task.opened
            else:
                used = control[0].clock - task.opened_clock - held_clock
                response = task.response_clock
                if task.started >= r.NEVER:
                    response = control[0].clock - task.opened_clock
            ratio = 0.0
            if not math.isnan(step.resolve_minutes):
                ratio = used / step.resolve_minutes
            if not math.isnan(step.response_minutes):
                ratio = max(ratio, response / step.response_minutes)
            if ratio > 1.0:
                score = ticket_score(ratio, further, reopens, tickets, health)
                worst = min(worst, score)
        t = task.later
    return worst


@inlined
def ticket_score(ratio: float, further: int, reopens: int, tickets: Records, health: Records) -> float:
    """What a ticket is worth that took ``ratio`` times what its targets allow."""
    score = 100.0
    if ratio > 1.0:
        score = 100.0 * 2.0 ** (-(ratio - 1.0) / health[0].slow_half)
    common = tickets[0]
    return float(score * ((1.0 - common.touch_loss) ** further * (1.0 - common.reopen_loss) ** reopens))
