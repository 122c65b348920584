"""The agenda: a list for each day of the streams that wake on it, and when a stream wakes next.

Putting a stream into a day's list and taking it out again costs the same whatever is in the list,
so time is spent on what happens, not on accounts times days.
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.clock import ticket_time, to_tick, young_ticket_time
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.world import records as r


@inlined
def next_anchor(
    kinds: Records, next_working_day: Ints, kind: int, phase_days: float, number: int
) -> tuple[int, int]:
    """Day and number of the first occurrence from ``number`` on that is not left out.

    An occurrence that moves to the same working day as the one after it is left out.
    """
    days = next_working_day.shape[0] - 1
    period = kinds[kind].period_days
    day = math.floor(phase_days + number * period)
    day = int(next_working_day[day]) if day < days else day
    while True:  # a day beyond the run is not moved, so this ends
        following = math.floor(phase_days + (number + 1) * period)
        following = int(next_working_day[following]) if following < days else following
        if following != day:
            break
        number += 1
    return day, number


@inlined
def set_begin(
    nodes: Records, kinds: Records, next_working_day: Ints, node: int, number: int, earliest: float
) -> None:
    """Set when the next occurrence of an ``every`` stream begins: number ``number`` or a later one."""
    kind = nodes[node].kind
    while True:
        day, number = next_anchor(kinds, next_working_day, kind, nodes[node].phase_days, number)
        begins = day * r.DAY + kinds[kind].begins_minutes
        if begins >= earliest:
            break
        number += 1
    nodes[node].occurrence = number
    nodes[node].begins = begins


@inlined
def link(nodes: Records, node_days: Ints, places: Records, node: int) -> None:
    """Put a node into the list of the day it wakes on, if that is within the run."""
    places[node].day = -1
    if nodes[node].wake >= node_days.shape[0] * r.DAY:
        return
    day = int(nodes[node].wake / r.DAY)
    head = node_days[day]
    places[node].day = day
    places[node].previous = -1
    places[node].next = head
    if head >= 0:
        places[head].previous = node
    node_days[day] = node


@inlined
def unlink(node_days: Ints, places: Records, node: int) -> None:
    """Take a node out of the list it is in."""
    before, after = places[node].previous, places[node].next
    if before >= 0:
        places[before].next = after
    else:
        node_days[places[node].day] = after
    if after >= 0:
        places[after].previous = before
    places[node].day = -1


@kernel
def set_renewal_begin(
    nodes: Records, kinds: Records, accounts: Records, segments: Records, node: int, origin_day: int
) -> None:
    """Set when the work before the next renewal begins that is not left out, being before the origin."""
    n = nodes[node]
    a = accounts[n.account]
    number = a.renewals
    while True:
        day = math.floor(a.first_renewal_day + number * segments[a.segment].term_days)
        begins = day * r.DAY + kinds[n.kind].begins_minutes
        if begins >= origin_day * r.DAY:
            break
        number += 1
    n.occurrence = number
    n.begins = begins


@kernel
def begin_stream(
    nodes: Records,
    node: int,
    kinds: Records,
    next_working_day: Ints,
    phase_prefix: np.uint64,
    origin_day: int,
) -> None:
    """First occurrence of an ``every`` stream that starts on a day."""
    n = nodes[node]
    period = kinds[n.kind].period_days
    n.phase_days = origin_day + dr.draw(phase_prefix, n.uid, np.uint64(0)) * period
    set_begin(nodes, kinds, next_working_day, node, 0, origin_day * r.DAY)
    n.wake = n.begins


@inlined
def gap_of(gaps: np.uint64, number: int, rate: float) -> float:
    """Time on the ticket clock that passes before ticket ``number``, of a stream with a rate per minute."""
    return -math.log(dr.uniform(dr.absorb(gaps, np.uint64(number)))) / rate


@inlined
def next_ticket(
    nodes: Records, node: int, accounts: Records, tickets: Records, lengths: Floats, begins: Floats,
    day_shape: Ints, shapes: Floats, gaps: np.uint64, prefixes: Uids,
) -> None:  # fmt: skip
    """Set when the stream's next ticket (number ``occurrence``) comes: at once within a batch.

    ``gaps`` is the key of the gaps between its tickets.
    """
    n = nodes[node]
    if n.running > 0:  # more of this batch
        n.running -= 1
        return
    if n.phase_days <= 0.0:
        n.wake = r.NEVER
        return
    n.anchor += gap_of(gaps, n.occurrence, n.phase_days)
    if tickets[0].plain_clock and tickets[0].ramp_days <= 0.0:
        n.wake = to_tick(n.anchor)
    elif tickets[0].ramp_days > 0.0 and accounts[n.account].start_day > 0:
        n.wake = young_ticket_time(
            lengths, day_shape, shapes, accounts[n.account].start_day, tickets[0].ramp_from,
            tickets[0].ramp_days, n.anchor,
        )  # fmt: skip
    else:
        n.wake = ticket_time(lengths, begins, day_shape, shapes, n.anchor)
    if tickets[0].batch > 1.0:
        u = dr.draw(prefixes[dr.BATCH], n.uid, np.uint64(n.occurrence))
        n.running = int(min(math.log(u) / math.log(1.0 - 1.0 / tickets[0].batch), 1.0e6))


@inlined
def set_timer(t: int, cases: Records, case_days: Ints) -> None:
    """Put a ticket into the list of the day of its timer, if that is within the run."""
    case = cases[t]
    case.day = -1
    if case.wake >= case_days.shape[0] * r.DAY:
        return
    day = int(case.wake / r.DAY)
    head = case_days[day]
    case.day, case.previous, case.next = day, -1, head
    if head >= 0:
        cases[head].previous = t
    case_days[day] = t


@inlined
def stop_timer(t: int, cases: Records, case_days: Ints) -> None:
    """No timer any more: out of its list, and what a list of today still holds is out of date."""
    case = cases[t]
    case.wake = r.NEVER
    if case.day < 0:
        return
    before, after = case.previous, case.next
    if before >= 0:
        cases[before].next = after
    else:
        case_days[case.day] = after
    if after >= 0:
        cases[after].previous = before
    case.day = -1


@inlined
def set_wake(n: int, nodes: Records, node_days: Ints, places: Records, day_end: float) -> bool:
    """Give a planned stream the earlier of its two next times; whether it wakes again today."""
    node = nodes[n]
    following = min(node.begins, node.until)
    if following == node.wake:
        return False
    if places[n].day >= 0:
        unlink(node_days, places, n)
    node.wake = following
    if following < day_end:
        return True
    link(nodes, node_days, places, n)
    return False
