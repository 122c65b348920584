"""The book of accounts of one replication, and the streams of work that hang on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.allotment import count_nodes, nodes_of, others_of
from csm_sim.engine.arrays import Floats, Ints, Records, Uids, copied, words_of
from csm_sim.engine.beginning import beginning_of
from csm_sim.engine.clock import fill_ticket_clock
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.lives import fill_standards, fill_traits, lives_of, news_of, rulebook_of
from csm_sim.engine.order import uid_order
from csm_sim.engine.ownership import PARTS_OF_TERM, assign, enter
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.identity import NEW_BUSINESS_OFFSET, name_uid

TICKETS = np.uint64(name_uid("tickets"))


@dataclass(slots=True)
class State:
    """Everything that changes while one replication runs."""

    prefixes: Uids
    accounts: Records
    nodes: Records
    people: Records
    queues: Records
    pools: Records
    tasks: Records
    node_days: Ints
    """First node of each day's list."""
    places: Records
    """Where each node stands in these lists."""
    start_days: Ints
    """First account of each day's list of those that start."""
    renewal_days: Ints
    """First account of each day's list of those that renew."""
    account_next: Ints
    """The account after each one in the list it is in: apart from the records, to stay in cache."""
    cases: Records
    """CASE, as many as tasks; none where no ticket needs one."""
    case_days: Ints
    """First case of each day's list of timers."""
    lengths: Floats
    """(day,): length of each day on the ticket clock."""
    begins: Floats
    """(day + 1,): the ticket clock's reading at each midnight."""
    control: Records
    segments: Records
    """As in the world; roles may come to own other segments."""
    roles: Records
    """As in the world; shrinkage may change."""
    steps: Records
    """As in the world; automation and learning change what effort is left."""
    route: Ints
    """(kind, segment): role that does the work now."""
    ticket_roles: Ints
    """(segment, route): likewise of tickets."""
    common: Records
    """TICKET_RULES, as in the world; roles may change."""
    renewing: Ints
    """(person, twelfth of the term): accounts in the book that renew then."""
    away: Ints
    """(person, day): HERE, PLANNED, SICK or LONG; of no people in the fully-staffed twin."""
    carriers: Ints
    """(person,): the node that stands for own work without a stream, -1 where there is none."""
    groups: Records
    """As many as people, in use as many as there are kinds of people now."""
    members: Ints
    """People, group after group."""
    servers: Ints
    """Groups that work from each pool, pool after pool."""
    health: Records
    """HEALTH_RULES, one record."""
    care: Records
    """(step, segment + own work), CARE; no steps where tiers do nothing to planned work."""
    terms: Records
    """(segment, day), TERMS; no days where there is no community and no price changes."""
    life: Records
    """LIFE of each account; none where no rule for customers needs it."""
    life_days: Ints
    """(2, day): first account of each day's lists of pulses and of decisions."""
    news: Records
    """NEWS for the next midnight; ``control.news`` says how many."""
    opening_arr: Floats
    """(account,): ARR before anything changed it; empty where nothing can."""


def arrival_days(
    prefix: np.uint64, segment_uid: np.uint64, per_minute: float, days: int, multiples: Floats
) -> Ints:
    """Start days of a segment's new accounts within the run, in order of arrival.

    An account starts at the midnight after its arrival, so never on day 0. ``multiples`` says for each
    day how much more comes than on an ordinary one; empty if that is always 1.
    """
    size = 64
    while True:
        found = np.empty(size, np.int32)
        count = fill_arrivals(prefix, segment_uid, per_minute, days, multiples, found)
        if count < size:
            return found[:count]
        size *= 4


@kernel
def fill_arrivals(
    prefix: np.uint64, segment_uid: np.uint64, per_minute: float, days: int, multiples: Floats, found: Ints
) -> int:
    """Write the start days of new accounts, as many as there is room for; returns how many."""
    count, time = 0, 0.0
    day, begin = 0, 0.0  # of the clock on which the gaps run
    while per_minute > 0.0 and count < found.shape[0]:
        time -= math.log(dr.draw(prefix, segment_uid, np.uint64(count))) / per_minute
        if multiples.shape[0] == 0:
            if time >= (days - 1) * r.DAY:
                break
            day = int(time / r.DAY)
        while day < multiples.shape[0] - 1 and time >= begin + r.DAY * multiples[day]:
            begin += r.DAY * multiples[day]
            day += 1
        if day >= days - 1:
            break
        found[count] = day + 1
        count += 1
    return count


@inlined
def drawn_renewal(uid: np.uint64, segment: int, edges: Floats, weights: Floats, prefixes: Uids) -> float:
    """Days from the scenario's start to an account's first renewal, by the weights of the months."""
    u = dr.draw(prefixes[dr.RENEWAL_DATE], uid, np.uint64(0))
    cell = 0
    while cell < edges.shape[1] - 2 and weights[segment, cell + 1] <= u:
        cell += 1
    width = weights[segment, cell + 1] - weights[segment, cell]
    part = (u - weights[segment, cell]) / width if width > 0.0 else 0.0
    return float(edges[segment, cell] + part * (edges[segment, cell + 1] - edges[segment, cell]))


@kernel
def fill_generated(
    accounts: Records,
    first: int,
    number: int,
    older: int,
    skipped: int,
    arrivals: Ints,
    segments: Records,
    edges: Floats,
    weights: Floats,
    prefixes: Uids,
    warm_days: int,
    new_offset: np.uint64,
) -> None:
    """Identity, ARR and dates of a generated segment's accounts: ``older`` ones, then new business."""
    segment = segments[number]
    count = older + arrivals.shape[0] - skipped
    for k in range(count):
        a = accounts[first + k]
        if k < older:
            a.uid = dr.absorb(segment.uid, np.uint64(k))
            a.first_renewal_day = warm_days + drawn_renewal(a.uid, number, edges, weights, prefixes)
        else:
            arrival = k - older + skipped
            a.uid = dr.absorb(segment.uid, new_offset + np.uint64(arrival))
            a.start_day = arrivals[arrival]
            a.first_renewal_day = a.start_day + segment.term_days
            a.status = r.NOT_YET
        a.arr = math.nan if segment.arr_dist >= 0 else 0.0


@kernel
def fill_common(
    accounts: Records, segments: Records, dists: Records, values: Floats, health: Records,
    renewal_days: Ints, account_next: Ints, edges: Floats, weights: Floats, prefixes: Uids,
    warm_days: int, month_of_day: Ints,
) -> None:  # fmt: skip
    """What listed and generated accounts have in common: health, first value, the next date."""
    days = renewal_days.shape[0]
    for i in range(accounts.shape[0] - 1, -1, -1):
        a = accounts[i]
        segment = segments[a.segment]
        if math.isnan(a.first_renewal_day):  # a listed account without dates
            a.first_renewal_day = warm_days + drawn_renewal(a.uid, a.segment, edges, weights, prefixes)
        if math.isnan(a.arr):  # a listed account whose ARR is drawn
            u = dr.draw(prefixes[dr.ARR], a.uid, np.uint64(0))
            a.arr = np.floor(dr.quantile(dists, values, segment.arr_dist, u) + 0.5)
        a.adoption = health[0].start[0]
        # what has no effect is at its best throughout
        effects = health[0].effects
        a.engagement = health[0].start[1] if effects & r.EFFECT_TOUCHES else 100.0
        a.support = health[0].start[2] if effects & r.EFFECT_TICKETS else 100.0
        a.onboarding = health[0].start[3] if effects & r.EFFECT_ONBOARDING else 100.0
        a.owner = a.open_task = -1
        a.tier = a.segment
        if a.start_day > 0 and a.start_day >= warm_days:
            a.cohort = month_of_day[min(a.start_day, days - 1)] + 1
        a.status = r.NOT_YET if a.start_day > 0 else r.ALIVE
        a.first_value_at = r.NEVER if (a.start_day > 0 and segment.awaits_first_value) else -1.0
        a.renewal_day = int(min(math.floor(a.first_renewal_day), 2.0e9))
        if a.start_day == 0 and a.renewal_day < days:
            account_next[i] = renewal_days[a.renewal_day]
            renewal_days[a.renewal_day] = i


@kernel
def list_starts(accounts: Records, order: NDArray[np.int64], start_days: Ints, account_next: Ints) -> None:
    """Put accounts into the lists of the days on which they start, so that each list has the order given."""
    for place in range(order.shape[0] - 1, -1, -1):
        a = order[place]
        day = accounts[a].start_day
        if day < start_days.shape[0]:
            account_next[a] = start_days[day]
            start_days[day] = a


def populate(world: World, root: np.uint64, replication: int, unlimited: bool) -> State:
    """The state at the beginning of a replication: everyone in place, nothing done yet."""
    prefixes = dr.purpose_prefixes(root, np.uint64(replication))
    accounts, older = _accounts(world, prefixes)
    start_days, renewal_days = np.full(world.days, -1, np.int32), np.full(world.days, -1, np.int32)
    account_next = np.full(len(accounts), -1, np.int32)
    node_days = np.full(world.days, -1, np.int32)
    tables = (world.renewal_edges, world.renewal_weights)
    fill_common(
        accounts, world.segments, world.dists, world.values, world.health, renewal_days, account_next,
        *tables, prefixes, world.warm_days, world.month_of_day,
    )  # fmt: skip
    rulebook = rulebook_of(world)
    health, segments = rulebook.health, copied(rulebook.segments)
    if rulebook.has_traits:
        fill_traits(accounts, segments, world.customers.trait_shares, prefixes)
    young = np.flatnonzero(accounts["start_day"])
    if len(young):
        list_starts(accounts, uid_order(accounts, young), start_days, account_next)
    beginning = beginning_of(world)
    people = copied(beginning.people)
    renewing = np.zeros((len(people), PARTS_OF_TERM), np.int32)
    _own(world, accounts, people, older, renewing)
    pools = np.zeros(len(world.roles) * (len(world.supply.skills) + 1), r.POOL)
    queues = np.zeros(len(people) + len(pools), r.QUEUE)
    for name in ("first", "head", "tail", "root"):
        queues[name] = -1
    desk = world.desk
    lengths, begins = np.empty(world.days), np.empty(world.days + 1)
    fill_ticket_clock(
        desk.day_lengths, world.dists, world.values, int(desk.common["busyness_dist"][0]),
        prefixes[dr.BUSYNESS], TICKETS, desk.first_ordinal, lengths, begins,
    )  # fmt: skip
    of_accounts = count_nodes(accounts, world.segments, world.kinds, rulebook.served, prefixes)
    if beginning.others is None:
        beginning.others = others_of(world, people)
    nodes, places, carriers = nodes_of(
        world, of_accounts, beginning.others, rulebook.served, accounts, people, prefixes, node_days,
        lengths, begins,
    )  # fmt: skip
    if len(rulebook.shifts):
        fill_standards(accounts, nodes, of_accounts, rulebook.shifts)
    life, life_days = lives_of(world, accounts, segments, health, prefixes)
    tasks = np.zeros(max(1024, len(accounts) // 64), r.TASK)
    tasks["child"] = np.arange(1, len(tasks) + 1)
    tasks["child"][-1] = -1
    control = np.zeros(1, r.CONTROL)
    control["free_count"] = len(tasks)
    control["start_minute"], control["end_minute"] = world.start_minute, world.days * r.DAY
    control["roles"], control["across"] = len(world.roles), len(world.segments) + 1
    control["preempts"] = np.any(world.steps["preempts"])
    control["watches"] = rulebook.reads
    return State(
        prefixes,
        accounts,
        nodes,
        people,
        queues,
        pools,
        tasks,
        node_days,
        places,
        start_days,
        renewal_days,
        account_next,
        np.zeros(len(tasks) if desk.common["has_cases"][0] else 0, r.CASE),
        np.full(world.days, -1, np.int32),
        lengths,
        begins,
        control,
        segments=segments,
        roles=copied(world.roles),
        steps=copied(world.steps),
        route=world.route_role.copy(),
        ticket_roles=desk.roles.copy(),
        common=copied(desk.common),
        renewing=renewing,
        away=np.zeros((0 if unlimited else len(people), world.days), np.int8),
        carriers=carriers,
        groups=np.zeros(max(1, len(people)), r.GROUP),
        members=np.zeros(max(1, len(people)), np.uint32),
        servers=np.zeros(1, np.uint32),
        health=health,
        care=rulebook.care,
        terms=rulebook.terms,
        life=life,
        life_days=life_days,
        news=news_of(world),
        opening_arr=accounts["arr"].copy() if rulebook.changes_arr else np.zeros(0),
    )


def _accounts(world: World, prefixes: Uids) -> tuple[Records, list[int]]:
    """All accounts of the replication, and how many of each segment are older than the run."""
    plans: list[tuple[int, int, Ints]] = []
    for number, segment in enumerate(world.segments):
        arrivals = arrival_days(
            prefixes[dr.NEW_BUSINESS], segment["uid"], segment["new_per_minute"], world.days,
            world.customers.sales[number],
        )  # fmt: skip
        if number in world.listed:
            plans.append((len(world.listed[number].uid), 0, arrivals))
        else:
            in_warm_up = int(np.searchsorted(arrivals, world.warm_days, side="left"))
            young = min(in_warm_up, int(segment["accounts"]))
            plans.append((int(segment["accounts"]) - young, in_warm_up - young, arrivals))
    sizes = [older + len(arrivals) - skipped for older, skipped, arrivals in plans]
    accounts = np.zeros(sum(sizes), r.ACCOUNT)
    first = 0
    for number, (older, skipped, arrivals) in enumerate(plans):
        part = accounts[first : first + sizes[number]]
        part["segment"] = number
        generated = 0 if number in world.listed else older
        if number in world.listed:
            listed = world.listed[number]
            part["uid"][:older], part["arr"][:older] = listed.uid, listed.arr
            part["start_day"][:older] = listed.start_day
            part["first_renewal_day"][:older] = listed.first_renewal_day
        fill_generated(
            accounts, first + older - generated, number, generated, skipped, arrivals, world.segments,
            world.renewal_edges, world.renewal_weights, prefixes, world.warm_days,
            np.uint64(NEW_BUSINESS_OFFSET),
        )  # fmt: skip
        part["number"] = np.arange(first, first + sizes[number])
        if number not in world.listed and world.segments[number]["owner_role"] < 0:
            # accounts that renew on the same day lie together: a million monthly renewals a month
            # then run through memory in order (a factor of 3 in time)
            order, words = np.argsort(part["first_renewal_day"], kind="stable"), words_of(part)
            words[:] = words.take(order, axis=0)
        first += sizes[number]
    return accounts, [plan[0] for plan in plans]


def _own(world: World, accounts: Records, people: Records, older: list[int], renewing: Ints) -> None:
    """Owners of the accounts that are older than the run."""
    first = 0
    books = (world.supply.rules, world.supply.hours_weights)
    sizes = np.bincount(accounts["segment"], minlength=len(world.segments))
    for number, segment in enumerate(world.segments):
        role_number = int(segment["owner_role"])
        if role_number >= 0:
            chosen = np.arange(first, first + older[number])
            chosen = chosen[accounts["start_day"][chosen] == 0]
            if number in world.listed:
                # those who start later keep the name until then, if the person is still there
                accounts["owner"][first : first + older[number]] = world.listed[number].owner
                owner = accounts["owner"][chosen]
                here = np.isin(owner, np.flatnonzero(people["employed"] == 1))
                accounts["owner"][chosen[~here]] = -1
                for a in chosen[here]:
                    enter(
                        int(a), int(accounts["owner"][a]), 1, accounts, world.segments, people, *books,
                        renewing,
                    )  # fmt: skip
                chosen = uid_order(accounts, chosen)
            assign(chosen, role_number, accounts, world.segments, world.roles, people, *books, renewing)
        first += int(sizes[number])
