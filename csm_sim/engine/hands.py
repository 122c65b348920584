"""Hands: people idle and at work, the choice of the next task, and interruption."""

from __future__ import annotations

from csm_sim.engine.agenda import stop_timer
from csm_sim.engine.ahead import LARGE, fetch
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.clock import clock_of, finish_at, to_tick
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.heaps import add_finish, remove_finish
from csm_sim.engine.histogram import count_wait
from csm_sim.engine.log import log_event, logged_account
from csm_sim.engine.queues import before, pop, push
from csm_sim.engine.streams import free_task, queue_for
from csm_sim.world import events as ev
from csm_sim.world import records as r


@inlined
def join_idle(p: int, time: float, people: Records, groups: Records) -> None:
    """A person has nothing to do from now on. The list runs from the longest idle on."""
    people[p].is_idle = 1
    people[p].idle_since = time
    group = groups[people[p].group]
    if not group.listed:
        return
    after, last = -1, group.idle_last
    while last >= 0 and people[last].idle_since == time and last > p:
        after, last = last, people[last].idle_before
    people[p].idle_before, people[p].idle_after = last, after
    if last >= 0:
        people[last].idle_after = p
    else:
        group.idle_first = p
    if after >= 0:
        people[after].idle_before = p
    else:
        group.idle_last = p


@inlined
def leave_idle(p: int, people: Records, groups: Records) -> None:
    """A person is not idle any more."""
    people[p].is_idle = 0
    group = groups[people[p].group]
    if not group.listed:
        return
    earlier, later = people[p].idle_before, people[p].idle_after
    if earlier >= 0:
        people[earlier].idle_after = later
    else:
        group.idle_first = later
    if later >= 0:
        people[later].idle_before = earlier
    else:
        group.idle_last = earlier


@inlined
def count_busy(
    p: int, nature: int, time: float, people: Records, busy: Floats, windows: Floats, open_before: Floats,
    control: Records,
) -> None:  # fmt: skip
    """Add the working time of the work in hand to its person's weeks, until ``time``."""
    person = people[p]
    week = control[0].week
    if person.took_up_week == week:
        if week >= 0:
            clock = clock_of(person.calendar, windows, open_before, time, control)
            length = clock - person.took_up_clock
            if person.switch_minutes > 0.0:
                switching = min(length, person.switch_minutes)
                busy[week, p, 2] += switching
                length -= switching
            busy[week, p, nature] += length
    else:
        spread_busy(p, nature, time, people, busy, windows, control)


@kernel
def spread_busy(
    p: int, nature: int, ended: float, people: Records, busy: Floats, windows: Floats, control: Records
) -> None:
    """As ``count_busy`` for work that runs over a week's end: switching first, then the work itself."""
    began, switch_minutes = people[p].took_up, people[p].switch_minutes
    calendar = people[p].calendar
    day = int(began / r.DAY)
    start_day = int(control[0].start_minute / r.DAY)
    while day < windows.shape[1] and day * r.DAY < ended:
        for window in range(2):
            begin = max(windows[calendar, day, 2 * window], began)
            length = min(windows[calendar, day, 2 * window + 1], ended) - begin
            if length > 0.0:
                switching = min(length, switch_minutes)
                switch_minutes -= switching
                if day >= start_day:
                    week = (day - start_day) // 7
                    busy[week, p, 2] += switching
                    busy[week, p, nature] += length - switching
        day += 1


@kernel
def add_in_hand(
    ended: float, tasks: Records, people: Records, steps: Records, busy: Floats, windows: Floats,
    control: Records,
) -> None:  # fmt: skip
    """Add the working time of all work in hand so far to ``busy``, without counting it as done."""
    for p in range(people.shape[0]):
        if people[p].task >= 0:
            spread_busy(p, steps[tasks[people[p].task].step].reactive, ended, people, busy, windows, control)


@inlined
def first_waiting(
    q: int, month: int, tasks: Records, queues: Records, accounts: Records, steps: Records,
    component: Records, cases: Records, case_days: Ints, tallies: Records, control: Records,
) -> int:  # fmt: skip
    """The best task of a queue, -1 if it is empty; clears away what has died in it."""
    while True:
        t = queues[q].first
        if t < 0:
            return -1
        task = tasks[t]
        if task.status == r.WAITING:
            a = task.account
            if a < 0 or accounts[a].status != r.CHURNED or steps[task.step].replay:
                return int(t)
            tallies[month, task.cell].cancelled += 1
            if cases.shape[0] and steps[task.step].ticket:
                stop_timer(t, cases, case_days)
        take_out(q, tasks, queues, steps, component, control)
        free_task(tasks, t, control)


@inlined
def take_out(
    q: int, tasks: Records, queues: Records, steps: Records, component: Records, control: Records
) -> int:
    """Take the first task out of a queue, keeping the component's counts."""
    t = pop(tasks, queues, q)
    component.waiting -= 1
    if control[0].preempts:
        component.preempting -= steps[tasks[t].step].preempts
    return t


@inlined
def put_in(
    t: int, tasks: Records, queues: Records, steps: Records, component: Records, control: Records
) -> None:
    """Put a task into its queue, keeping the component's counts."""
    push(tasks, queues, tasks[t].queue, t)
    component.waiting += 1
    if control[0].preempts:
        component.preempting += steps[tasks[t].step].preempts


@kernel
def put_back(
    t: int, tasks: Records, queues: Records, steps: Records, accounts: Records, people: Records,
    component: Records, control: Records,
) -> None:  # fmt: skip
    """Put a task that has been interrupted where it would go if it opened now: its account may have moved."""
    task = tasks[t]
    if task.account >= 0:
        task.queue = queue_for(task.role, steps[task.step].skill, task.account, accounts, people, control)
    put_in(t, tasks, queues, steps, component, control)


@inlined
def count_response(
    task: Records, step: Records, time: float, month: int, tickets: Records, tallies: Records,
    desk: Records, histogram: Ints, control: Records,
) -> None:  # fmt: skip
    """Note and count the first time that somebody takes a task up."""
    wait = control[0].clock - task.opened_clock
    task.started, task.response_clock = time, wait
    tally = tallies[month, task.cell]
    tally.taken_up += 1
    tally.wait_minutes += wait
    tally.wait_elapsed_minutes += time - task.opened
    in_time = not (time - task.opened if step.elapsed else wait) > step.response_minutes
    tally.in_response += in_time
    if step.ticket:
        count_wait(histogram, 0, task.cell - tickets[0].cell0, task.role, month, wait)
        if desk.shape[0]:
            of_role = desk[month, task.role]
            of_role.taken_up += 1
            of_role.wait_minutes += wait
            of_role.in_response += in_time


@kernel
def take_up_case(
    p: int, t: int, time: float, first: bool, month: int, tasks: Records, steps: Records, tickets: Records,
    cases: Records, case_days: Ints, tallies: Records, control: Records,
) -> None:  # fmt: skip
    """What taking up a ticket means for its case: timer, wait, hand-over. ``p`` is -1 in the twin."""
    task, case = tasks[t], cases[t]
    tally = tallies[month, task.cell]
    if first:
        stop_timer(t, cases, case_days)
    elif case.returned_clock >= 0.0:
        tally.touch_taken_up += 1
        tally.touch_wait_minutes += control[0].clock - case.returned_clock
    case.returned_clock, case.taken_at = -1.0, time
    if p >= 0 and case.person >= 0 and case.person != p and tickets[0].hand_over_minutes > 0.0:
        extra = tickets[0].hand_over_minutes
        task.left_minutes += extra
        task.effort_minutes += extra
        tally.hand_overs += 1
        tally.hand_over_minutes += extra
        tally.opened_effort_minutes += extra
    case.person = p


@inlined
def take_up(
    p: int, t: int, time: float, month: int, tasks: Records, people: Records, steps: Records,
    nodes: Records, accounts: Records, component: Records, cases: Records, case_days: Ints,
    tickets: Records, tallies: Records, desk: Records, histogram: Ints, windows: Floats, open_before: Floats,
    times: Floats, what: Ints, ties: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """A person begins, or goes on with, a task that has just left its queue."""
    person, task, step = people[p], tasks[t], steps[tasks[t].step]
    nature = step.reactive
    switch = person.switch_cost if person.last_nature >= 0 and person.last_nature != nature else 0.0
    person.last_nature = nature
    person.task, person.took_up, person.switch_minutes = t, time, switch
    person.pace = person.speed
    person.took_up_clock = clock_of(person.calendar, windows, open_before, time, control)
    person.took_up_week = control[0].week
    first = task.started >= r.NEVER
    if first:
        count_response(task, step, time, month, tickets, tallies, desk, histogram, control)
    if cases.shape[0] and step.ticket:
        take_up_case(p, t, time, first, month, tasks, steps, tickets, cases, case_days, tallies, control)
    need = to_tick(max(task.left_minutes / person.speed, 1.0 / r.TICKS))
    person.finish = finish_at(windows, person.calendar, control[0].day, time, switch + need)
    task.status = r.IN_HAND
    add_finish(component, times, what, ties, person.finish, p, person.place, task.tie)
    if accounts.shape[0] > LARGE and task.account >= 0:
        fetch(accounts, task.account)  # for when it is done
    if log.shape[0]:
        log_event(log, control, time, ev.TAKEN_UP, logged_account(nodes, task.node), p, steps[task.step].kind,
                  task.occurrence, task.step, task.left_minutes)  # fmt: skip


@kernel
def take_up_alone(
    t: int, time: float, month: int, tasks: Records, steps: Records, nodes: Records, roles: Records,
    component: Records, cases: Records, case_days: Ints, tickets: Records, tallies: Records,
    desk: Records, histogram: Ints, windows: Floats, times: Floats, what: Ints, ties: Uids, log: Records,
    control: Records,
) -> None:  # fmt: skip
    """In the fully-staffed twin a task has a person of its own from the instant it opens."""
    task, step = tasks[t], steps[tasks[t].step]
    role = roles[task.role]
    need = to_tick(max(task.left_minutes / role.speed, 1.0 / r.TICKS))
    task.status = r.IN_HAND
    first = task.started >= r.NEVER
    if first:
        count_response(task, step, time, month, tickets, tallies, desk, histogram, control)
    if cases.shape[0] and step.ticket:
        take_up_case(-1, t, time, first, month, tasks, steps, tickets, cases, case_days, tallies, control)
    finish = finish_at(windows, role.calendar, control[0].day, time, need)
    add_finish(component, times, what, ties, finish, t, 0, task.tie)
    if log.shape[0]:
        log_event(log, control, time, ev.TAKEN_UP, logged_account(nodes, task.node), -1,
                  steps[task.step].kind, task.occurrence, task.step, task.left_minutes)  # fmt: skip


@kernel
def interrupt(
    p: int, time: float, tasks: Records, people: Records, steps: Records, nodes: Records,
    component: Records, busy: Floats, windows: Floats, open_before: Floats, times: Floats, what: Ints,
    ties: Uids, log: Records, control: Records,
) -> int:  # fmt: skip
    """Take the work out of a person's hands; it waits with the effort that is left (not queued yet)."""
    remove_finish(component, times, what, ties, p, people[p].place)
    return put_down(p, time, tasks, people, steps, nodes, busy, windows, open_before, log, control)


@kernel
def put_down(
    p: int, time: float, tasks: Records, people: Records, steps: Records, nodes: Records, busy: Floats,
    windows: Floats, open_before: Floats, log: Records, control: Records,
) -> int:  # fmt: skip
    """Note what has been done of the work in hand, and free the person of it."""
    person = people[p]
    t = person.task
    task = tasks[t]
    spent = clock_of(person.calendar, windows, open_before, time, control) - person.took_up_clock
    done = max(0.0, spent - person.switch_minutes) * person.pace
    task.left_minutes = max(0.0, task.left_minutes - done)
    task.status = r.WAITING
    count_busy(p, steps[task.step].reactive, time, people, busy, windows, open_before, control)
    person.task, person.finish = -1, r.NEVER
    if log.shape[0]:
        log_event(log, control, time, ev.INTERRUPTED, logged_account(nodes, task.node), p,
                  steps[task.step].kind, task.occurrence, task.step, task.left_minutes)  # fmt: skip
    return int(t)


@inlined
def touch(touched: Ints, count: int, p: int) -> int:
    """Note a person whose own book may hold something new; a full list stands for everyone."""
    if count < touched.shape[0]:
        touched[count] = p
        count += 1
    return count


@inlined
def longest_idle(q: int, opened: int, servers: Ints, people: Records, pools: Records, groups: Records) -> int:
    """Of the idle people at work who take from a pool, the one idle longest; -1 if none."""
    pool, found = pools[q], -1
    for place in range(pool.servers0, pool.servers0 + pool.servers_size):
        group = groups[servers[place]]
        p = group.idle_first
        if p >= 0 and (opened >> group.calendar) & 1 and (
            found < 0
            or people[p].idle_since < people[found].idle_since
            or (people[p].idle_since == people[found].idle_since and p < found)
        ):  # fmt: skip
            found = p
    return found


@inlined
def choose(
    time: float, month: int, opened: int, touched: Ints, touched_count: int, crew_pools: Ints,
    servers: Ints, tasks: Records, queues: Records, accounts: Records, people: Records, pools: Records,
    groups: Records, steps: Records, nodes: Records, component: Records, cases: Records, case_days: Ints,
    tickets: Records, tallies: Records, desk: Records, histogram: Ints, windows: Floats,
    open_before: Floats, times: Floats, what: Ints, ties: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """As long as an idle person has work, give the best such task to the one idle longest.

    ``touched`` are the people whose own book may hold something new for them, ``opened`` the
    calendars that are open (one bit each).
    """
    count = people.shape[0]
    while True:
        best, chosen, from_queue = -1, -1, -1
        if touched_count == 0 and component.pools == 1:  # one queue alone can have work for anybody
            from_queue = count + crew_pools[component.pools0]
            if queues[from_queue].first < 0:
                return
            chosen = longest_idle(from_queue - count, opened, servers, people, pools, groups)
            if chosen < 0:
                return
            best = first_waiting(
                from_queue, month, tasks, queues, accounts, steps, component, cases, case_days, tallies,
                control,
            )  # fmt: skip
        else:
            place = 0
            while place < touched_count:
                p = touched[place]
                t = -1
                if people[p].is_idle and (opened >> people[p].calendar) & 1:
                    t = first_waiting(
                        p, month, tasks, queues, accounts, steps, component, cases, case_days, tallies,
                        control,
                    )  # fmt: skip
                if t < 0:
                    touched_count -= 1
                    touched[place] = touched[touched_count]
                    continue
                if best < 0 or before(tasks, t, best):
                    best, chosen, from_queue = t, p, p
                place += 1
            for place in range(component.pools0, component.pools0 + component.pools):
                pool = crew_pools[place]
                if queues[count + pool].first < 0:
                    continue
                p = longest_idle(pool, opened, servers, people, pools, groups)
                if p >= 0:
                    t = first_waiting(
                        count + pool, month, tasks, queues, accounts, steps, component, cases, case_days,
                        tallies, control,
                    )  # fmt: skip
                    if t >= 0 and (best < 0 or before(tasks, t, best)):
                        best, chosen, from_queue = t, p, count + pool
        if best < 0:
            return
        take_out(from_queue, tasks, queues, steps, component, control)
        leave_idle(chosen, people, groups)
        take_up(
            chosen, best, time, month, tasks, people, steps, nodes, accounts, component, cases, case_days,
            tickets, tallies, desk, histogram, windows, open_before, times, what, ties, log, control,
        )  # fmt: skip
        if component.waiting == 0 or component.finishing == component.crew_size:
            return


@kernel
def latest_of(
    q: int, t: int, opened: int, servers: Ints, members: Ints, tasks: Records, people: Records,
    pools: Records, groups: Records, steps: Records,
) -> int:  # fmt: skip
    """Who works, for a pool, on the last task that gives way to task ``t``; -1 if nobody."""
    worst, pool = -1, pools[q]
    for place in range(pool.servers0, pool.servers0 + pool.servers_size):
        group = groups[servers[place]]
        if not (opened >> group.calendar) & 1:
            continue
        for member in range(group.members0, group.members0 + group.members_size):
            p = members[member]
            if (
                people[p].task >= 0
                and steps[tasks[t].step].priority < steps[tasks[people[p].task].step].priority
                and (worst < 0 or before(tasks, people[worst].task, people[p].task))
            ):
                worst = p
    return worst


@kernel
def preempt(
    time: float, month: int, opened: int, crew: Ints, crew_pools: Ints, servers: Ints, members: Ints,
    tasks: Records, queues: Records, accounts: Records, people: Records, pools: Records, groups: Records,
    steps: Records, nodes: Records, component: Records, cases: Records, case_days: Ints, tickets: Records,
    tallies: Records, desk: Records, histogram: Ints, busy: Floats, windows: Floats, open_before: Floats,
    times: Floats, what: Ints, ties: Uids, log: Records, control: Records,
) -> bool:  # fmt: skip
    """Let the best preempting task at the head of a queue interrupt work of a larger priority number.

    False if there is none; after one, the choice is to be made again.
    """
    count = people.shape[0]
    best, victim, from_queue = -1, -1, -1
    for place in range(component.crew0, component.crew0 + component.crew_size):
        p = crew[place]
        if people[p].task >= 0 and (opened >> people[p].calendar) & 1:
            t = first_waiting(
                p, month, tasks, queues, accounts, steps, component, cases, case_days, tallies, control
            )
            if (
                t >= 0
                and steps[tasks[t].step].preempts
                and steps[tasks[t].step].priority < steps[tasks[people[p].task].step].priority
                and (best < 0 or before(tasks, t, best))
            ):
                best, victim, from_queue = t, p, p
    for place in range(component.pools0, component.pools0 + component.pools):
        pool = crew_pools[place]
        t = first_waiting(
            count + pool, month, tasks, queues, accounts, steps, component, cases, case_days, tallies,
            control,
        )  # fmt: skip
        if t < 0 or not steps[tasks[t].step].preempts or (best >= 0 and before(tasks, best, t)):
            continue
        worst = latest_of(pool, t, opened, servers, members, tasks, people, pools, groups, steps)
        if worst >= 0:
            best, victim, from_queue = t, worst, count + pool
    if best < 0:
        return False
    take_out(from_queue, tasks, queues, steps, component, control)
    out = interrupt(
        victim, time, tasks, people, steps, nodes, component, busy, windows, open_before, times, what,
        ties, log, control,
    )  # fmt: skip
    take_up(
        victim, best, time, month, tasks, people, steps, nodes, accounts, component, cases, case_days,
        tickets, tallies, desk, histogram, windows, open_before, times, what, ties, log, control,
    )  # fmt: skip
    put_back(out, tasks, queues, steps, accounts, people, component, control)
    return True
