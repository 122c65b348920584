"""The desk: the compiled loop that moves accounts, tasks and people through the days.

The public door is :func:`work`. A day has a midnight (renewals, accounts that start, the draws of the
day's tickets), then each connected component of people and queues works through its day alone: only
what shares people shares a clock. The rules are those of ``docs/explanation/model.md``, in the order
written there.

The arrays are the records of ``world/records.py``; functions here change them in place.
"""

from __future__ import annotations

import math

from csm_sim.engine.agenda import link, set_timer, set_wake
from csm_sim.engine.ahead import LARGE
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.attendance import attend
from csm_sim.engine.clock import next_change, next_opening, open_calendars, work_clock
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.completion import complete
from csm_sim.engine.gathering import fetch_ahead, gather, lay_out, take_quantiles
from csm_sim.engine.hands import choose, count_busy, join_idle, preempt, put_in, take_up_alone, touch
from csm_sim.engine.heaps import add_finish, take_first_finish, wake_pop, wake_push
from csm_sim.engine.midnight import learn, midnight, note_start
from csm_sim.engine.sorting import sort_events
from csm_sim.engine.streams import free_task, open_step, wake
from csm_sim.engine.tickets import arrive, escalate, goes_on, timer, wake_tickets
from csm_sim.world import records as r

SPARE = 4
"""Room that one completion or opening can take, and some more."""


@inlined
def fitting(
    unlimited: bool, again: int, again_times: Floats, times: Floats, component: Records, news: Records,
    control: Records,
) -> int:  # fmt: skip
    """How many completions and openings there is room for."""
    room = min(control[0].free_count, again_times.shape[0] - again)
    if unlimited:
        room = min(room, times.shape[0] - component.finishing)
    if news.shape[0] > 0:
        room = min(room, news.shape[0] - control[0].news)
    return int(room // SPARE)


@inlined
def next_of(low: int, high: int, again: int, event_times: Floats, again_times: Floats) -> float:
    """When the next event of the day comes."""
    time = event_times[low] if low < high else r.NEVER
    return float(min(time, again_times[0]) if again > 0 else time)


@inlined
def component_day(
    c: int, day: int, month: int, event_times: Floats, event_nodes: Ints, low: int, high: int, crew: Ints,
    crew_pools: Ints, touched: Ints, again_times: Floats, again_nodes: Ints, roles: Records,
    kinds: Records, steps: Records, dists: Records, values: Floats, health: Records, route: Ints,
    windows: Floats, open_before: Floats, next_working_day: Ints, replay_steps: Ints,
    replay_efforts: Floats, tickets: Records, ticket_shares: Floats, ticket_roles: Ints, servers: Ints,
    members: Ints, prefixes: Uids, accounts: Records, nodes: Records, people: Records, queues: Records,
    pools: Records, groups: Records, components: Records, tasks: Records, cases: Records,
    node_days: Ints, places: Records, case_days: Ints, times: Floats, what: Ints, ties: Uids,
    tallies: Records, failures: Ints, desk: Records, histogram: Ints, months: Records, busy: Floats,
    segments: Records, care: Records, life: Records, news: Records, drawn: Records, log: Records,
    control: Records,
) -> bool:  # fmt: skip
    """One component works through one day, instant by instant.

    An event is a stream or, from ``len(nodes)`` on, a ticket whose timer has come, or, from ``ARRIVAL``
    on, a ticket of the day.
    Returns False when it needs more room (``control.need`` task records, heap entries and wakes)
    before it can go on; call it again when there is. Its place is kept in ``control``.
    """
    component = components[c]
    unlimited = control[0].unlimited
    has_cases = cases.shape[0] > 0
    streams = nodes.shape[0]
    day_end = (day + 1) * r.DAY
    low, again, next_open = control[0].low, control[0].again, control[0].next_open
    room, full = 0, False
    everybody = touched.shape[0] if control[0].touches_all else 0
    next_event = next_of(low, high, again, event_times, again_times)
    # until the next time that people come or leave: who is at work, and what the working clock shows
    change, calendars, running, clock, since = -1.0, 0, 0.0, 0.0, 0.0
    while True:
        time = min(component.next_finish, next_event)
        if component.waiting > 0 and next_open < time:
            time = next_open
        if time >= day_end:
            break
        coming = False
        if time >= change:
            coming = time == next_open
            while next_open <= time:
                next_open = next_opening(windows, day, next_open)
            change, since = next_change(windows, day, time), time
            calendars = open_calendars(windows, day, time)
            running, clock = float(calendars & 1), work_clock(windows, open_before, 0, day, time)
        control[0].clock = clock + running * (time - since)
        touched_count, everybody = everybody, 0
        # completions
        while component.next_finish == time:
            if room == 0:
                room = fitting(unlimited, again, again_times, times, component, news, control)
                if room == 0:
                    full = True
                    break
            room -= 1
            entry = what[component.first]
            take_first_finish(component, times, what, ties)
            if unlimited:
                p, t = -1, entry
            else:
                p, t = entry, people[entry].task
            n, reactive = tasks[t].node, steps[tasks[t].step].reactive
            if p >= 0:
                count_busy(p, reactive, time, people, busy, windows, open_before, control)
                people[p].task, people[p].finish = -1, r.NEVER
                join_idle(p, time, people, groups)
                if queues[p].first >= 0:
                    touched_count = touch(touched, touched_count, p)
            opened = -1
            if has_cases and steps[tasks[t].step].ticket:
                if cases[t].touches == 0 and steps[tasks[t].step].escalate > 0.0:
                    opened = escalate(
                        t, time, month, nodes, tasks, steps, dists, values, accounts, people, tickets,
                        windows, prefixes, tallies, log, control,
                    )  # fmt: skip
                if goes_on(
                    t, p, time, month, nodes, tasks, steps, dists, values, cases, prefixes, tallies, log,
                    control,
                ):  # fmt: skip
                    if cases[t].wake < day_end:
                        wake_push(again_times, again_nodes, again, cases[t].wake, streams + t)
                        again += 1
                        next_event = min(next_event, again_times[0])
                    else:
                        set_timer(t, cases, case_days)
                    t = -1
            if t >= 0 and complete(
                t, p, time, month, tasks, nodes, steps, kinds, dists, values, accounts, people, cases,
                tickets, tallies, failures, desk, histogram, months, health, care, life, news, prefixes, log,
                control,
            ):  # fmt: skip
                following = steps[nodes[n].step]
                drop_at = nodes[n].anchor + following.due_minutes + following.drop_minutes
                # the next occurrence ends this one before it goes on, or the step is dropped as it
                # opens: outcomes of openings and drops come after those of all completions
                if nodes[n].begins <= time or drop_at <= time:
                    nodes[n].until = time
                else:
                    opened = open_step(
                        n, time, nodes, tasks, steps, kinds, dists, values, segments, accounts, people,
                        route, prefixes, month, tallies, failures, health, care, life, log, control,
                    )  # fmt: skip
            if opened >= 0:
                q = tasks[opened].queue
                if unlimited:
                    take_up_alone(
                        opened, time, month, tasks, steps, nodes, roles, component, cases, case_days,
                        tickets, tallies, desk, histogram, windows, times, what, ties, log, control,
                    )  # fmt: skip
                else:
                    put_in(opened, tasks, queues, steps, component, control)
                    if q < people.shape[0] and people[q].is_idle:
                        touched_count = touch(touched, touched_count, q)
            if not reactive and set_wake(n, nodes, node_days, places, day_end):
                wake_push(again_times, again_nodes, again, nodes[n].wake, n)
                again += 1
                next_event = min(next_event, again_times[0])
        # openings, drops and endings
        while next_event == time:
            if room == 0:
                room = fitting(unlimited, again, again_times, times, component, news, control)
                if room == 0:
                    full = True
                    break
            room -= 1
            if low < high and event_times[low] == time:
                n = event_nodes[low]
                low += 1
            else:
                n = again_nodes[0]
                wake_pop(again_times, again_nodes, again)
                again -= 1
            next_event = next_of(low, high, again, event_times, again_times)
            if n >= r.ARRIVAL:
                opened = arrive(
                    n & (r.ARRIVAL - 1), time, drawn, nodes, tasks, steps, dists, values, accounts, windows,
                    tickets, cases, prefixes, month, tallies, desk, log, control,
                )  # fmt: skip
            elif n >= streams:
                if cases[n - streams].wake != time or cases[n - streams].day >= 0:
                    continue
                opened = timer(
                    n - streams, time, month, nodes, tasks, steps, dists, values, accounts, people, health,
                    tickets, windows, cases, prefixes, tallies, desk, log, control,
                )  # fmt: skip
            else:
                node = nodes[n]
                if node.wake != time or places[n].day >= 0:  # it has been given another time since
                    continue
                kind = kinds[node.kind]
                gone = node.account >= 0 and accounts[node.account].status == r.CHURNED
                if gone and kind.trigger != r.REPLAY:
                    node.wake = r.NEVER
                    continue
                if node.person >= 0 and not people[node.person].employed:
                    node.wake = r.NEVER
                    continue
                if kind.reactive:
                    opened = wake_tickets(
                        n, time, nodes, tasks, steps, kinds, dists, values, accounts, people, windows,
                        open_before, replay_steps, replay_efforts, tickets, ticket_shares, ticket_roles,
                        cases, prefixes, month, tallies, desk, log, control,
                    )  # fmt: skip
                else:
                    opened = wake(
                        n, time, nodes, tasks, steps, kinds, dists, values, segments, accounts, people,
                        route, next_working_day, prefixes, month, tallies, failures, health, care, life,
                        log, control,
                    )  # fmt: skip
                if node.wake < day_end:
                    wake_push(again_times, again_nodes, again, node.wake, n)
                    again += 1
                    next_event = min(next_event, again_times[0])
                else:
                    link(nodes, node_days, places, n)
            if opened < 0:
                continue
            if has_cases and steps[tasks[opened].step].ticket and cases[opened].wake < r.NEVER:
                if cases[opened].wake < day_end:
                    wake_push(again_times, again_nodes, again, cases[opened].wake, streams + opened)
                    again += 1
                    next_event = min(next_event, again_times[0])
                else:
                    set_timer(opened, cases, case_days)
            if unlimited:
                take_up_alone(
                    opened, time, month, tasks, steps, nodes, roles, component, cases, case_days,
                    tickets, tallies, desk, histogram, windows, times, what, ties, log, control,
                )  # fmt: skip
            else:
                q = tasks[opened].queue
                put_in(opened, tasks, queues, steps, component, control)
                if q < people.shape[0] and people[q].is_idle:
                    touched_count = touch(touched, touched_count, q)
        if full:
            break
        # choice of work: nobody is idle where as many are at work as there are people
        if (
            component.waiting > 0
            and (component.finishing < component.crew_size or component.preempting > 0)
            and calendars
        ):
            if coming or touched_count == touched.shape[0]:
                touched_count = 0
                for place in range(component.crew0, component.crew0 + component.crew_size):
                    if people[crew[place]].is_idle:
                        touched[touched_count] = crew[place]
                        touched_count += 1
            while True:
                choose(
                    time, month, calendars, touched, touched_count, crew_pools, servers, tasks, queues,
                    accounts, people, pools, groups, steps, nodes, component, cases, case_days, tickets,
                    tallies, desk, histogram, windows, open_before, times, what, ties, log, control,
                )  # fmt: skip
                touched_count = 0
                if component.preempting == 0 or not preempt(
                    time, month, calendars, crew, crew_pools, servers, members, tasks, queues, accounts,
                    people, pools, groups, steps, nodes, component, cases, case_days, tickets, tallies, desk,
                    histogram, busy, windows, open_before, times, what, ties, log, control,
                ):  # fmt: skip
                    break
    if full:  # it goes on at this very instant, with everybody's work
        control[0].need = 2 * ((high - low) + control[0].free_count + again + component.finishing + SPARE)
        control[0].low, control[0].again, control[0].next_open = low, again, next_open
    control[0].touches_all = full
    return not full


@kernel
def refill(
    tasks: Records, queues: Records, steps: Records, people: Records, components: Records, times: Floats,
    what: Ints, ties: Uids, control: Records,
) -> None:  # fmt: skip
    """Queue every waiting task and note every completion to come, after people or books changed.

    What has died in a queue is given back.
    """
    for q in range(queues.shape[0]):
        queue = queues[q]
        queue.first = queue.head = queue.tail = queue.root = -1
    for c in range(components.shape[0]):
        components[c].waiting = components[c].preempting = components[c].finishing = 0
        components[c].first, components[c].next_finish = components[c].crew0, r.NEVER
    for t in range(tasks.shape[0]):
        if tasks[t].status == r.WAITING:
            put_in(t, tasks, queues, steps, components[queues[tasks[t].queue].component], control)
        elif tasks[t].status == r.DEAD:
            free_task(tasks, t, control)
    for p in range(people.shape[0]):
        place = people[p].place
        component = components[people[p].component]
        if not component.heaped:
            times[place], what[place] = math.inf, p
        if people[p].task >= 0:
            add_finish(component, times, what, ties, people[p].finish, p, place, tasks[people[p].task].tie)


@kernel
def take_all_alone(
    time: float, month: int, tasks: Records, steps: Records, nodes: Records, roles: Records,
    components: Records, cases: Records, case_days: Ints, tickets: Records, tallies: Records,
    desk: Records, histogram: Ints, windows: Floats, times: Floats, what: Ints, ties: Uids, log: Records,
    control: Records,
) -> None:  # fmt: skip
    """In the fully-staffed twin: what has opened at a midnight is taken up."""
    for t in range(tasks.shape[0]):
        if tasks[t].status == r.WAITING:
            take_up_alone(
                t, time, month, tasks, steps, nodes, roles, components[0], cases, case_days, tickets, tallies,
                desk, histogram, windows, times, what, ties, log, control,
            )  # fmt: skip


@kernel
def work(
    end_day: int, warm_days: int, month_of_day: Ints, crew: Ints, crew_pools: Ints, segments: Records,
    roles: Records, kinds: Records, steps: Records, dists: Records, values: Floats, health: Records,
    route: Ints, windows: Floats, open_before: Floats, next_working_day: Ints, replay_steps: Ints,
    replay_efforts: Floats, tickets: Records, lengths: Floats, begins: Floats, day_shape: Ints,
    shapes: Floats, deflection: Floats, ticket_shares: Floats, ticket_roles: Ints, servers: Ints,
    members: Ints, rules: Records, hours_weights: Floats, away: Ints, prefixes: Uids, accounts: Records,
    nodes: Records, people: Records, renewing: Ints, queues: Records, pools: Records, groups: Records,
    components: Records, tasks: Records, cases: Records, node_days: Ints, places: Records,
    case_days: Ints, start_days: Ints, renewal_days: Ints, account_next: Ints, times: Floats, what: Ints,
    ties: Uids, tallies: Records, failures: Ints, desk: Records, histogram: Ints, months: Records,
    busy: Floats, care: Records, life: Records, life_days: Ints, indicators: Records, terms: Records,
    news: Records, cohorts: Floats, log: Records, control: Records, woken: Ints, woken_times: Floats,
    of_component: Ints, event_nodes: Ints, event_times: Floats, event_begins: Ints, touched: Ints,
    again_times: Floats, again_nodes: Ints, drawn: Records,
) -> bool:  # fmt: skip
    """Work from ``control.day``, which has not begun yet, to the end of ``end_day - 1``.

    Overwrites every array from ``accounts`` on. Returns False when it needs more room (see
    :mod:`csm_sim.engine.rooms`) before it can go on: for a day's events, or as ``component_day`` says.
    Call it again when there is.
    """
    count = components.shape[0]
    while control[0].day < end_day:
        day = control[0].day
        day_end = (day + 1) * r.DAY
        month = month_of_day[day] + 1
        if control[0].component < 0 and not control[0].gathered:  # the day has not begun
            if woken.shape[0] < nodes.shape[0] + cases.shape[0]:
                return False
            if day == warm_days and not control[0].noted:
                note_start(tasks, accounts, tallies, months, control)
            control[0].week = (day - warm_days) // 7 if day >= warm_days else -1
            control[0].clock = open_before[0, day]
            if away.shape[0] > 0:
                attend(
                    day, away, tasks, queues, steps, accounts, people, groups, components, nodes, busy,
                    windows, open_before, times, what, ties, log, control,
                )  # fmt: skip
            learn(steps)
            midnight(
                day, month, accounts, life, life_days, segments, roles, people, nodes, node_days, places,
                start_days, renewal_days, account_next, tasks, cases, kinds, steps, care, health,
                indicators, terms, tickets, rules, hours_weights, renewing, tallies, failures, months,
                cohorts, prefixes, log, control,
            )  # fmt: skip
            event_begins[:] = 0
            control[0].events, control[0].drawn, control[0].gathered = 0, 0, 1
        if control[0].component < 0:
            if not gather(
                day, kinds, steps, route, accounts, nodes, people, queues, tasks, cases, node_days, places,
                case_days, tickets, lengths, begins, day_shape, shapes, deflection, ticket_shares,
                ticket_roles, terms, health, prefixes, woken, woken_times, of_component, event_begins, drawn,
                control,
            ):  # fmt: skip
                return False
            take_quantiles(control[0].drawn, drawn, steps, dists, values)
            if count > 1:
                lay_out(
                    count, control[0].events, woken, woken_times, of_component, event_nodes, event_times,
                    event_begins,
                )  # fmt: skip
            control[0].gathered, control[0].component, control[0].resumes = 0, 0, 0
        # events of one component alone are used as they were found
        these_times, these_nodes = event_times, event_nodes
        other_times, other_nodes = woken_times, woken
        if count == 1:
            these_times, these_nodes, other_times, other_nodes = woken_times, woken, event_times, event_nodes
        opening = next_opening(windows, day, -1.0)
        while control[0].component < count:
            c = control[0].component
            low, high = event_begins[c], event_begins[c + 1]
            part = components[c]
            if low < high or part.waiting > 0 or part.next_finish < day_end:
                if not control[0].resumes:
                    if count > 1 and nodes.shape[0] > LARGE:
                        fetch_ahead(
                            c, components, crew, event_begins, event_nodes, nodes, places, accounts, people,
                            queues, tasks,
                        )  # fmt: skip
                    sort_events(these_times, these_nodes, low, high, other_times, other_nodes)
                    control[0].low, control[0].again = low, 0
                    control[0].next_open = opening
                if not component_day(
                    c, day, month, these_times, these_nodes, low, high, crew, crew_pools, touched,
                    again_times, again_nodes, roles, kinds, steps, dists, values, health, route, windows,
                    open_before, next_working_day, replay_steps, replay_efforts, tickets, ticket_shares,
                    ticket_roles, servers, members, prefixes, accounts, nodes, people, queues, pools, groups,
                    components, tasks, cases, node_days, places, case_days, times, what, ties, tallies,
                    failures, desk, histogram, months, busy, segments, care, life, news, drawn, log, control,
                ):  # fmt: skip
                    control[0].resumes = 1
                    return False
                control[0].resumes = 0
            control[0].component = c + 1
        control[0].component = -1
        control[0].day = day + 1
    return True
