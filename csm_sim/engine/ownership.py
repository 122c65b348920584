"""Whose account is whose: books, who has most room, and what goes from one person to another."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.health import settle_silence
from csm_sim.engine.log import log_event
from csm_sim.engine.streams import cell_of, new_task, tie_of
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.supply import BY_ARR, BY_HOURS, BY_RENEWALS

PARTS_OF_TERM = 12
GIVING, RECEIVING = 0, 1


@inlined
def part_of_term(a: int, accounts: Records, segments: Records) -> int:
    """The twelfth of the term in which an account renews."""
    term = segments[accounts[a].segment].term_days
    first = accounts[a].first_renewal_day
    return min(int(PARTS_OF_TERM * ((first - term * math.floor(first / term)) / term)), PARTS_OF_TERM - 1)


@inlined
def counts_as(a: int, balance: int, accounts: Records, hours_weights: Floats) -> float:
    """What an account adds to the load of a book."""
    if balance == BY_ARR:
        return float(accounts[a].arr)
    if balance == BY_HOURS:
        return float(hours_weights[accounts[a].tier])
    return 1.0


@kernel
def enter(
    a: int, p: int, sign: int, accounts: Records, segments: Records, people: Records, rules: Records,
    hours_weights: Floats, renewing: Ints,
) -> None:  # fmt: skip
    """Put an account into a person's book (``sign`` 1), or take it out (-1); the owner stays as it is."""
    person = people[p]
    person.accounts += sign
    person.book_load += sign * counts_as(a, rules[person.role].balance, accounts, hours_weights)
    renewing[p, part_of_term(a, accounts, segments)] += sign


@kernel
def most_room(
    a: int, role: int, accounts: Records, segments: Records, roles: Records, people: Records,
    rules: Records, renewing: Ints,
) -> int:  # fmt: skip
    """The person of a role whose book has most room for an account; -1 if none is open."""
    best, rule = -1, rules[role]
    part = part_of_term(a, accounts, segments) if rule.balance == BY_RENEWALS else 0
    for p in range(roles[role].first_slot, roles[role].first_slot + roles[role].slots):
        if not people[p].open_book or people[p].accounts >= rule.most:
            continue
        if best < 0:
            best = p
        elif rule.balance == BY_RENEWALS:
            if renewing[p, part] < renewing[best, part] or (
                renewing[p, part] == renewing[best, part] and people[p].accounts < people[best].accounts
            ):
                best = p
        elif people[p].book_load < people[best].book_load:
            best = p
    return best


@kernel
def give_owner(
    a: int, role: int, accounts: Records, segments: Records, roles: Records, people: Records,
    rules: Records, hours_weights: Floats, renewing: Ints,
) -> None:  # fmt: skip
    """Give an account without an owner to the person with most room, if any book is open."""
    best = most_room(a, role, accounts, segments, roles, people, rules, renewing)
    accounts[a].owner = best
    if best >= 0:
        enter(a, best, 1, accounts, segments, people, rules, hours_weights, renewing)


@kernel
def assign(
    order: NDArray[np.int64], role: int, accounts: Records, segments: Records, roles: Records,
    people: Records, rules: Records, hours_weights: Floats, renewing: Ints,
) -> None:  # fmt: skip
    """Give owners to the accounts that have none, in the order given."""
    for place in range(order.shape[0]):
        if accounts[order[place]].owner < 0:
            give_owner(order[place], role, accounts, segments, roles, people, rules, hours_weights, renewing)


@kernel
def open_internal(
    p: int, step: int, entity: np.uint64, number: int, effort: float, due: float, day: int, month: int,
    carriers: Ints, nodes: Records, tasks: Records, steps: Records, people: Records, prefixes: Uids,
    tallies: Records, log: Records, control: Records,
) -> None:  # fmt: skip
    """Open a piece of a person's own work that is in no stream; it is not queued yet."""
    n = carriers[p]
    new_task(
        n, nodes[n].account, cell_of(step, nodes[n].segment, control), step, number,
        tie_of(prefixes, entity, np.uint64(number)), day * r.DAY, due, effort, people[p].role, p, nodes,
        tasks, steps, month, tallies, log, control,
    )  # fmt: skip


@kernel
def open_handover(
    side: int, a: int, p: int, due: float, day: int, month: int, uid: np.uint64, accounts: Records,
    rules: Records, kinds: Records, carriers: Ints, nodes: Records, tasks: Records, steps: Records,
    dists: Records, values: Floats, people: Records, prefixes: Uids, tallies: Records, log: Records,
    control: Records,
) -> None:  # fmt: skip
    """Open the work of one side of a handover, if it takes any; ``uid`` is that of the name handover."""
    rule = rules[people[p].role]
    dist = rule.giving_dist if side == GIVING else rule.receiving_dist
    if dist < 0:
        return
    entity = dr.absorb(accounts[a].uid, uid)
    number = 2 * day + side
    step = kinds[rule.handover_kind].step0 + side
    u = dr.draw(prefixes[dr.HANDOVER], entity, np.uint64(number))
    effort = dr.quantile(dists, values, dist, u) * steps[step].effort_factor
    open_internal(
        p, step, entity, number, effort, due, day, month, carriers, nodes, tasks, steps, people, prefixes,
        tallies, log, control,
    )  # fmt: skip


@kernel
def open_giving(
    order: NDArray[np.int64], p: int, due: float, day: int, month: int, uid: np.uint64, accounts: Records,
    rules: Records, kinds: Records, carriers: Ints, nodes: Records, tasks: Records, steps: Records,
    dists: Records, values: Floats, people: Records, prefixes: Uids, tallies: Records, log: Records,
    control: Records,
) -> None:  # fmt: skip
    """Someone will leave: handing over each of these accounts is work."""
    for place in range(order.shape[0]):
        open_handover(
            GIVING, order[place], p, due, day, month, uid, accounts, rules, kinds, carriers, nodes, tasks,
            steps, dists, values, people, prefixes, tallies, log, control,
        )  # fmt: skip


@kernel
def change_owner(
    a: int, to: int, handed: bool, day: int, month: int, uid: np.uint64, accounts: Records,
    segments: Records, people: Records, rules: Records, hours_weights: Floats, renewing: Ints,
    kinds: Records, carriers: Ints, nodes: Records, tasks: Records, steps: Records, dists: Records,
    values: Floats, prefixes: Uids, life: Records, health: Records, tallies: Records, moves: Ints,
    log: Records, control: Records,
) -> None:  # fmt: skip
    """An account goes to another owner, or to nobody; ``handed``: by the rules of handover."""
    owner = accounts[a].owner
    if owner >= 0:
        enter(a, owner, -1, accounts, segments, people, rules, hours_weights, renewing)
    accounts[a].owner = to
    if to < 0:
        return
    enter(a, to, 1, accounts, segments, people, rules, hours_weights, renewing)
    if log.shape[0]:
        log_event(log, control, day * r.DAY, ev.OWNED, a, to, -1, -1, -1, 0.0)
    role = people[to].role
    if not handed or not rules[role].hands_over or control[0].unlimited:
        return
    moves[month, role, ct.HANDED_OVER] += 1
    if health[0].effects & r.EFFECT_HANDOVER:
        if life.shape[0]:
            settle_silence(a, day * r.DAY, accounts, life, health)
        accounts[a].engagement = max(0.0, accounts[a].engagement - rules[role].handover_points)
    due = (day + rules[role].within_days + 1) * r.DAY
    open_handover(
        RECEIVING, a, to, due, day, month, uid, accounts, rules, kinds, carriers, nodes, tasks, steps, dists,
        values, people, prefixes, tallies, log, control,
    )  # fmt: skip


@kernel
def give_away(
    order: NDArray[np.int64], role: int, handed: bool, to: int, day: int, month: int, uid: np.uint64,
    accounts: Records, segments: Records, roles: Records, people: Records, rules: Records,
    hours_weights: Floats, renewing: Ints, kinds: Records, carriers: Ints, nodes: Records, tasks: Records,
    steps: Records, dists: Records, values: Floats, prefixes: Uids, life: Records, health: Records,
    tallies: Records, moves: Ints, log: Records, control: Records,
) -> None:  # fmt: skip
    """Accounts, in the order given, go to the person with most room of a role, or all to ``to``."""
    for place in range(order.shape[0]):
        a = order[place]
        whom = to
        if whom < 0:
            whom = most_room(a, role, accounts, segments, roles, people, rules, renewing)
        change_owner(
            a, whom, handed and accounts[a].owner >= 0, day, month, uid, accounts, segments, people, rules,
            hours_weights, renewing, kinds, carriers, nodes, tasks, steps, dists, values, prefixes, life,
            health, tallies, moves, log, control,
        )  # fmt: skip


@kernel
def even_out(
    books: NDArray[np.int64], begins: NDArray[np.int64], role: int, day: int, month: int, uid: np.uint64,
    accounts: Records, segments: Records, roles: Records, people: Records, rules: Records,
    hours_weights: Floats, renewing: Ints, kinds: Records, carriers: Ints, nodes: Records, tasks: Records,
    steps: Records, dists: Records, values: Floats, prefixes: Uids, life: Records, health: Records,
    tallies: Records, moves: Ints, log: Records, control: Records,
) -> None:  # fmt: skip
    """Move accounts one by one from the fullest to the emptiest book of a role until they are even.

    ``books`` are the role's accounts in order of their keyed number, the largest first; ``begins``, all 0,
    has for each person the place in it before which none is in that person's book.
    """
    first, last = roles[role].first_slot, roles[role].first_slot + roles[role].slots
    while True:
        fullest, emptiest = -1, -1
        for p in range(first, last):
            if not people[p].open_book:
                continue
            if fullest < 0 or people[p].book_load >= people[fullest].book_load:
                fullest = p
            if emptiest < 0 or people[p].book_load < people[emptiest].book_load:
                emptiest = p
        if fullest < 0 or fullest == emptiest or people[emptiest].accounts >= rules[role].most:
            return
        place = begins[fullest]
        while place < books.shape[0] and accounts[books[place]].owner != fullest:
            place += 1
        begins[fullest] = place
        if place == books.shape[0]:
            return
        a = books[place]
        weight = counts_as(a, rules[role].balance, accounts, hours_weights)
        if not people[fullest].book_load - people[emptiest].book_load > weight:
            return
        if rules[role].hands_over and not control[0].unlimited:
            open_handover(
                GIVING, a, fullest, (day + rules[role].within_days + 1) * r.DAY, day, month, uid, accounts,
                rules, kinds, carriers, nodes, tasks, steps, dists, values, people, prefixes, tallies, log,
                control,
            )  # fmt: skip
        change_owner(
            a, emptiest, True, day, month, uid, accounts, segments, people, rules, hours_weights, renewing,
            kinds, carriers, nodes, tasks, steps, dists, values, prefixes, life, health, tallies, moves, log,
            control,
        )  # fmt: skip
        begins[emptiest] = min(begins[emptiest], place)
