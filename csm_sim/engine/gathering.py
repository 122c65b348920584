"""The events of a day, gathered at its midnight: streams, timers, and the tickets that are drawn then."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import gap_of, link, next_ticket
from csm_sim.engine.ahead import LARGE, fetch
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.clock import to_tick
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.streams import cell_of, queue_for, queue_of
from csm_sim.engine.tickets import role_of, severity_of
from csm_sim.world import records as r

AHEAD = 6
"""So many streams ahead records of accounts are asked for, as many more ahead those of streams."""

MOST = 32
"""So many events and people of a component are looked at ahead."""


@inlined
def ahead_of(n: int, places: Records) -> int:
    """The stream that comes ``AHEAD`` streams after another in the list of a day; -1 if there is none."""
    for _ in range(AHEAD):
        if n >= 0:
            n = places[n].next
    return n


@kernel
def gather(
    day: int, kinds: Records, steps: Records, route: Ints, accounts: Records, nodes: Records, people: Records,
    queues: Records, tasks: Records, cases: Records, node_days: Ints, places: Records, case_days: Ints,
    tickets: Records, lengths: Floats, begins: Floats, day_shape: Ints, shapes: Floats, deflection: Floats,
    ticket_shares: Floats, ticket_roles: Ints, terms: Records, health: Records, prefixes: Uids, woken: Ints,
    woken_times: Floats, of_component: Ints, event_begins: Ints, drawn: Records, control: Records,
) -> bool:  # fmt: skip
    """Take the day's streams and timers out of their lists: ``control.events`` events, tickets drawn.

    How many of them component ``c`` has is counted in ``event_begins[c + 1]``. Returns False when there
    is no room for another; call it again when there is.
    """
    several = event_begins.shape[0] > 2
    day_end = (day + 1) * r.DAY
    n = node_days[day]
    near = ahead_of(n, places) if nodes.shape[0] > LARGE else -1
    far = ahead_of(near, places)
    while n >= 0:
        following = places[n].next
        if far >= 0:
            fetch(nodes, far)
            far = places[far].next
        if near >= 0:
            if nodes[near].account >= 0:
                fetch(accounts, nodes[near].account)
            near = places[near].next
        a, trigger = nodes[n].account, kinds[nodes[n].kind].trigger
        if a < 0 or accounts[a].status != r.CHURNED or trigger == r.REPLAY:
            c = 0
            if several:
                c = queues[queue_of(nodes, n, accounts, people, route, control)].component
            if trigger == r.TICKETS and nodes[n].running != r.OF_BACKLOG:
                if not draw_tickets(
                    n, c, day_end, nodes, kinds, steps, accounts, people, tickets, lengths, begins, day_shape,
                    shapes, deflection, ticket_shares, ticket_roles, terms, health, prefixes, woken,
                    woken_times, of_component, event_begins, drawn, control,
                ):  # fmt: skip
                    node_days[day] = n
                    return False
                link(nodes, node_days, places, n)
            else:
                size = control[0].events
                if size >= woken.shape[0]:
                    node_days[day] = n
                    return False
                places[n].day = -1
                woken[size], woken_times[size], of_component[size] = n, nodes[n].wake, c
                event_begins[c + 1] += 1
                control[0].events = size + 1
        else:
            places[n].day = -1
        n = following
    node_days[day] = -1
    t = case_days[day] if cases.shape[0] else -1
    while t >= 0:
        size = control[0].events
        if size >= woken.shape[0]:
            case_days[day] = t
            return False
        queue = queue_for(tasks[t].role, r.NO_SKILL, tasks[t].account, accounts, people, control)
        c = queues[queue].component
        cases[t].day = -1
        woken[size], woken_times[size], of_component[size] = nodes.shape[0] + t, cases[t].wake, c
        event_begins[c + 1] += 1
        control[0].events = size + 1
        t = cases[t].next
    case_days[day] = -1
    return True


@kernel
def lay_out(
    count: int, size: int, woken: Ints, woken_times: Floats, of_component: Ints, event_nodes: Ints,
    event_times: Floats, event_begins: Ints,
) -> None:  # fmt: skip
    """Lay the events of each component side by side.

    Those of component ``c`` are events ``event_begins[c]`` to ``event_begins[c + 1] - 1``.
    """
    for c in range(count):
        event_begins[c + 1] += event_begins[c]
    for place in range(size):
        c = of_component[place]
        event_nodes[event_begins[c]], event_times[event_begins[c]] = woken[place], woken_times[place]
        event_begins[c] += 1
    for c in range(count, 0, -1):
        event_begins[c] = event_begins[c - 1]
    event_begins[0] = 0


@inlined
def fetch_ahead(
    c: int, components: Records, crew: Ints, event_begins: Ints, event_nodes: Ints, nodes: Records,
    places: Records, accounts: Records, people: Records, queues: Records, tasks: Records,
) -> None:  # fmt: skip
    """Before component ``c`` works: ask for what the next ones need, each after what leads to it."""
    if c + 2 < components.shape[0]:
        begin = event_begins[c + 2]
        for place in range(begin, min(event_begins[c + 3], begin + MOST)):
            n = event_nodes[place]
            if n < nodes.shape[0]:
                fetch(nodes, n)
                fetch(places, n)
        first = components[c + 2].crew0
        for place in range(first, first + min(components[c + 2].crew_size, MOST)):
            fetch(people, crew[place])
    if c + 1 < components.shape[0]:
        begin = event_begins[c + 1]
        for place in range(begin, min(event_begins[c + 2], begin + MOST)):
            n = event_nodes[place]
            if n < nodes.shape[0] and nodes[n].account >= 0:
                fetch(accounts, nodes[n].account)
        first = components[c + 1].crew0
        for place in range(first, first + min(components[c + 1].crew_size, MOST)):
            p = crew[place]
            if people[p].task >= 0:
                fetch(tasks, people[p].task)
            if queues[p].first >= 0:
                fetch(tasks, queues[p].first)


@inlined
def deflected_share(
    n: int, nodes: Records, accounts: Records, deflection: Floats, health: Records, terms: Records,
    prefixes: Uids, control: Records,
) -> float:  # fmt: skip
    """The chance that a ticket of a stream is answered today before anybody has to."""
    node, share = nodes[n], 0.0
    if deflection.shape[0] > 0:
        share = deflection[node.segment, control[0].day]
    if health[0].has_community and (
        dr.draw(prefixes[dr.COMMUNITY], accounts[node.account].uid, np.uint64(0))
        < terms[0, control[0].day].members
    ):
        share = 1.0 - (1.0 - share) * (1.0 - health[0].community_deflects)
    return share


@inlined
def draw_tickets(
    n: int, c: int, day_end: float, nodes: Records, kinds: Records, steps: Records, accounts: Records,
    people: Records, tickets: Records, lengths: Floats, begins: Floats, day_shape: Ints, shapes: Floats,
    deflection: Floats, ticket_shares: Floats, ticket_roles: Ints, terms: Records, health: Records,
    prefixes: Uids, woken: Ints, woken_times: Floats, of_component: Ints, event_begins: Ints,
    drawn: Records, control: Records,
) -> bool:  # fmt: skip
    """Draw the tickets that a stream has before ``day_end``, as events of component ``c``.

    Nothing that happens within a day changes what is drawn. Returns False when there is no room for
    another; call it again when there is.
    """
    node = nodes[n]
    kind = kinds[node.kind]
    share = deflected_share(n, nodes, accounts, deflection, health, terms, prefixes, control)
    # keys as far as they are the same for all tickets of the stream
    severity, effort = dr.absorb(prefixes[dr.SEVERITY], node.uid), dr.absorb(prefixes[dr.EFFORT], node.uid)
    routed, tied = dr.absorb(prefixes[dr.ROUTE], node.uid), dr.absorb(prefixes[dr.TIE], node.uid)
    gaps = dr.absorb(prefixes[dr.TICKET_GAP], node.uid)
    first, k = control[0].events, control[0].drawn
    size = first
    common = tickets[0]
    plain = common.plain_clock and common.ramp_days <= 0.0 and common.batch <= 1.0
    wake, number, anchor, rate = node.wake, node.occurrence, node.anchor, node.phase_days
    while wake < day_end:
        if k >= drawn.shape[0] or size >= woken.shape[0]:
            break
        woken[size], woken_times[size], of_component[size] = r.ARRIVAL + k, wake, c
        drawn[k].node, drawn[k].number = n, number
        size, k, number = size + 1, k + 1, number + 1
        if plain and rate > 0.0:  # the record need not be written for each
            anchor += gap_of(gaps, number, rate)
            wake = to_tick(anchor)
        else:
            node.occurrence = number
            next_ticket(nodes, n, accounts, tickets, lengths, begins, day_shape, shapes, gaps, prefixes)
            wake, anchor = node.wake, node.anchor
    node.wake, node.occurrence, node.anchor = wake, number, anchor
    for at in range(control[0].drawn, k):
        line, index = drawn[at], np.uint64(drawn[at].number)
        line.step = severity_of(kind, steps, severity, index)
        line.account, line.cell = node.account, cell_of(line.step, node.segment, control)
        if share > 0.0 and dr.draw(prefixes[dr.DEFLECT], node.uid, index) < share:
            line.role = -1
        else:
            line.effort = dr.uniform(dr.absorb(effort, index))  # of efforts it is the quantile
            line.role = role_of(node.segment, ticket_shares, ticket_roles, routed, index)
            line.tie = dr.absorb(tied, index)
            skill = steps[line.step].skill
            line.queue = queue_for(line.role, skill, node.account, accounts, people, control)
    control[0].events, control[0].drawn = size, k
    event_begins[c + 1] += size - first
    return bool(wake >= day_end)


@kernel
def take_quantiles(count: int, drawn: Records, steps: Records, dists: Records, values: Floats) -> None:
    """Turn what was drawn for the efforts of the day's first ``count`` tickets into minutes.

    It takes long chains of operations, each of which waits for the one before: a processor works at
    several at once where nothing else stands between them (measured: a tenth of a ticket's whole cost).
    """
    for k in range(count):
        line = drawn[k]
        if line.role >= 0:
            number = steps[line.step].effort_dist
            if dists[number].form == r.LOGNORMAL:
                line.effort = dr.normal_quantile(line.effort)
            else:
                line.effort = dr.quantile(dists, values, number, line.effort)
    for k in range(count):
        line = drawn[k]
        if line.role >= 0:
            d = dists[steps[line.step].effort_dist]
            if d.form == r.LOGNORMAL:
                line.effort = math.exp(d.a + d.b * line.effort)
            line.effort *= steps[line.step].effort_factor
