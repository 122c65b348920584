"""Midnight: renewals and accounts that start; and what is noted at the start, month ends and the end."""

from __future__ import annotations

from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.clock import work_clock
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.hands import count_busy
from csm_sim.engine.log import log_event
from csm_sim.engine.ownership import enter, give_owner
from csm_sim.engine.renewals import renew
from csm_sim.world import events as ev
from csm_sim.world import records as r


@kernel
def learn(steps: Records) -> None:
    """What is left of the effort of each step that is learnt by doing it."""
    for s in range(steps.shape[0]):
        step = steps[s]
        if step.learn_power < 0.0:
            times = (step.learn_experience + step.times_done) / step.learn_experience
            step.effort_factor = step.automated * max(step.learn_floor, times**step.learn_power)


@kernel
def midnight(
    day: int, month: int, accounts: Records, life: Records, life_days: Ints, segments: Records,
    roles: Records, people: Records, nodes: Records, node_days: Ints, places: Records, start_days: Ints,
    renewal_days: Ints, account_next: Ints, tasks: Records, cases: Records, kinds: Records, steps: Records,
    care: Records, health: Records, indicators: Records, terms: Records, tickets: Records, rules: Records,
    hours_weights: Floats, renewing: Ints, tallies: Records, failures: Ints, months: Records,
    cohorts: Floats, prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """Renewals, then accounts that start, in the order of their list."""
    days = renewal_days.shape[0]
    a = renewal_days[day]
    while a >= 0:
        following = account_next[a]
        if accounts[a].status == r.ALIVE:  # it may have churned before
            renew(
                a, day, month, accounts, life, life_days, segments, people, nodes, node_days, places, tasks,
                cases, kinds, steps, care, health, indicators, terms, tickets, rules, hours_weights,
                renewing, tallies, failures, months, cohorts, prefixes, log, control,
            )  # fmt: skip
        if accounts[a].status == r.ALIVE and accounts[a].renewal_day < days:
            account_next[a] = renewal_days[accounts[a].renewal_day]
            renewal_days[accounts[a].renewal_day] = a
        a = following
    a = start_days[day]
    while a >= 0:
        following = account_next[a]
        account = accounts[a]
        account.status = r.ALIVE
        role = segments[account.segment].owner_role
        named = account.owner  # by the list
        if named >= 0 and people[named].employed and people[named].role == role:
            enter(
                a, account.owner, 1, accounts, segments, people, rules, hours_weights, renewing
            )  # fmt: skip
        elif role >= 0:
            give_owner(
                a, role, accounts, segments, roles, people, rules, hours_weights, renewing
            )  # fmt: skip
        cell = months[month, account.segment]
        cell.new += 1
        cell.arr_new += account.arr
        cell.onboardings += account.first_value_at >= r.NEVER
        cell.bad_fit += (account.traits & r.BAD_FIT) != 0
        cell.poor_handover += (account.traits & r.POOR_HANDOVER) != 0
        if log.shape[0]:
            log_event(log, control, day * r.DAY, ev.STARTED, a, account.owner, -1, -1, -1, 0.0)
        if account.renewal_day < days:
            account_next[a] = renewal_days[account.renewal_day]
            renewal_days[account.renewal_day] = a
        a = following


@kernel
def note_start(
    tasks: Records, accounts: Records, tallies: Records, months: Records, control: Records
) -> None:
    """At the scenario's start: what is open, who is there. What opens at this midnight counts as opened."""
    for t in range(tasks.shape[0]):
        if is_live(t, tasks) and tasks[t].opened < control[0].start_minute:
            tallies[1, tasks[t].cell].open_at_start += 1
    for a in range(accounts.shape[0]):
        if accounts[a].status == r.ALIVE:
            months[1, accounts[a].segment].accounts_start += 1
            months[1, accounts[a].segment].arr_start += accounts[a].arr


@inlined
def is_live(t: int, tasks: Records) -> bool:
    """Whether a task record stands for something that is open."""
    status = tasks[t].status
    return bool(status == r.WAITING or status == r.IN_HAND or status == r.HELD)


@kernel
def note_left(
    tasks: Records, people: Records, cases: Records, steps: Records, roles: Records, unlimited: int,
    windows: Floats, open_before: Floats, day: int, left: Floats,
) -> None:  # fmt: skip
    """Effort minutes left of each task at a midnight, work in hand counted as far as it has come.

    ``left`` has an entry for each task.
    """
    for t in range(tasks.shape[0]):
        left[t] = tasks[t].left_minutes
        if unlimited and tasks[t].status == r.IN_HAND:
            role = roles[tasks[t].role]
            since = tasks[t].started
            if cases.shape[0] and steps[tasks[t].step].ticket:
                since = cases[t].taken_at
            before = work_clock(windows, open_before, role.calendar, int(since / r.DAY), since)
            worked = open_before[role.calendar, day] - before
            left[t] = max(0.0, left[t] - worked * role.speed)
    for p in range(people.shape[0]):
        t = people[p].task
        if t >= 0:
            clock = open_before[people[p].calendar, day]
            worked = max(0.0, clock - people[p].took_up_clock - people[p].switch_minutes)
            left[t] = max(0.0, left[t] - worked * people[p].pace)


@kernel
def look(
    tasks: Records, accounts: Records, steps: Records, time: float, left: Floats, found: Floats,
) -> None:  # fmt: skip
    """What is open by role: ``found[role]`` gets ``counts.BACKLOG_FIELDS``."""
    for t in range(tasks.shape[0]):
        task = tasks[t]
        if not is_live(t, tasks) or is_cancelled(t, tasks, accounts, steps):
            continue
        of_role = found[task.role]
        if task.status == r.HELD:
            of_role[2] += 1
            continue
        of_role[0] += 1
        of_role[1] += left[t]
        if steps[task.step].ticket:
            of_role[3] += 1
            of_role[4] += time - task.opened
            of_role[5] = max(of_role[5], time - task.opened)


@kernel
def look_back(
    day: int, unlimited: int, tasks: Records, cases: Records, accounts: Records, people: Records,
    steps: Records, roles: Records, windows: Floats, open_before: Floats, left: Floats, found: Floats,
) -> None:  # fmt: skip
    """What is open by role at a midnight: ``left`` as in ``note_left``, ``found`` as in ``look``."""
    note_left(tasks, people, cases, steps, roles, unlimited, windows, open_before, day, left)
    look(tasks, accounts, steps, day * r.DAY, left, found)


@kernel
def is_cancelled(t: int, tasks: Records, accounts: Records, steps: Records) -> bool:
    """Whether a task that nobody works on has died with its account, though it still lies in a list."""
    task = tasks[t]
    return bool(
        (task.status == r.WAITING or task.status == r.HELD)
        and task.account >= 0
        and accounts[task.account].status == r.CHURNED
        and not steps[task.step].replay
    )


@kernel
def note_end(
    tasks: Records, cases: Records, accounts: Records, steps: Records, people: Records, tallies: Records,
    left: Floats, busy: Floats, windows: Floats, open_before: Floats, control: Records,
) -> None:  # fmt: skip
    """At the end: what is open, what died with its account, and the work done so far on work in hand."""
    end = control[0].end_minute
    control[0].day = windows.shape[1]
    for t in range(tasks.shape[0]):
        task = tasks[t]
        if not is_live(t, tasks):
            continue
        tally = tallies[tallies.shape[0] - 1, task.cell]
        if is_cancelled(t, tasks, accounts, steps):
            tally.cancelled += 1
            continue
        tally.open_at_end += 1
        tally.open_at_end_minutes += left[t]
        # with the customer the clock stands still
        if task.due < (cases[t].held_at if task.status == r.HELD else end):
            tally.overdue_at_end += 1
        if task.started >= r.NEVER:
            step = steps[task.step]
            waited = end - task.opened if step.elapsed else control[0].clock - task.opened_clock
            tally.unanswered_at_end += waited > step.response_minutes
    for p in range(people.shape[0]):
        if people[p].task >= 0:
            nature = steps[tasks[people[p].task].step].reactive
            count_busy(p, nature, end, people, busy, windows, open_before, control)
