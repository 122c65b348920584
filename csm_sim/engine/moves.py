"""Moves of accounts between tiers: which rule holds, and what becomes of their work and owner."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import begin_stream, link, set_renewal_begin
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import kernel
from csm_sim.engine.customers import begin_after, put_to_sleep
from csm_sim.engine.health import band_of, churn_log_odds, logistic, read_health
from csm_sim.engine.log import log_event
from csm_sim.engine.openwork import unlist
from csm_sim.engine.ownership import enter, give_owner
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.customers import MOVED, ON_FIRST_VALUE, ON_REVIEW, ON_STOPPED

YEAR_DAYS = 365.25


@kernel
def rule_for(
    a: int, day: int, accounts: Records, life: Records, segments: Records, nodes: Records, tasks: Records,
    cases: Records, kinds: Records, steps: Records, care: Records, health: Records, indicators: Records,
    terms: Records, tickets: Records, moves: Records, move_from: Ints, move_shares: Floats,
    move_reviews: Ints, prefixes: Uids, control: Records,
) -> int:  # fmt: skip
    """The first rule of tiering that holds for an account at a midnight, -1 if none."""
    account, happened = accounts[a], life[a].news
    level = math.nan
    for number in range(moves.shape[0]):
        rule = moves[number]
        looks = (
            (rule.looks == ON_FIRST_VALUE and happened & 1)
            or (rule.looks == ON_STOPPED and happened & 2)
            or (rule.looks == ON_REVIEW and move_reviews[number, day])
        )
        if not looks or not move_from[number, account.tier] or rule.to == account.tier:
            continue
        if account.arr < rule.arr_low or account.arr >= rule.arr_high:
            continue
        if day - account.start_day < rule.tenure_days:
            continue
        share = move_shares[number, day]
        if not dr.draw(prefixes[dr.ROLL_OUT], account.uid, np.uint64(number)) < share:
            continue
        asks_value = rule.ltv_low > -math.inf or rule.ltv_high < math.inf
        if rule.bands == 7 and not asks_value:
            return number
        if math.isnan(level):
            level = read_health(
                a, day, accounts, life, segments, nodes, tasks, cases, kinds, steps, care, health,
                indicators, terms, tickets, prefixes, control,
            )  # fmt: skip
        if not (rule.bands >> band_of(level, health)) & 1:
            continue
        if asks_value:
            segment = segments[account.segment]
            value = math.inf
            if segment.churns:
                p = logistic(churn_log_odds(a, level, accounts, segments, health))
                value = account.arr * (segment.term_days / YEAR_DAYS) / p if p > 0.0 else math.inf
            if value < rule.ltv_low or (value >= rule.ltv_high and rule.ltv_high < math.inf):
                continue
        return number
    return -1


@kernel
def withdraw(
    n: int, month: int, nodes: Records, node_days: Ints, places: Records, tasks: Records, kinds: Records,
    accounts: Records, tallies: Records,
) -> None:  # fmt: skip
    """An account does not get a kind of work any more: what nobody has started is cancelled."""
    node = nodes[n]
    if node.task >= 0:
        task = tasks[node.task]
        if task.status == r.WAITING and task.started >= r.NEVER:
            task.status = r.DEAD
            unlist(node.task, tasks, accounts)
            tallies[month, task.cell].cancelled += 1
    node.running = node.task = -1
    put_to_sleep(n, nodes, node_days, places, kinds)


@kernel
def move(
    a: int, to: int, day: int, month: int, accounts: Records, life: Records, segments: Records,
    roles: Records, people: Records, nodes: Records, node_days: Ints, places: Records, tasks: Records,
    kinds: Records, plays: Records, rules: Records, hours_weights: Floats, renewing: Ints, route: Ints,
    ticket_roles: Ints, next_working_day: Ints, tallies: Records, months: Records, prefixes: Uids,
    log: Records, control: Records,
) -> None:  # fmt: skip
    """An account is served as another segment from now on."""
    account, time = accounts[a], day * r.DAY
    old, owner, role = account.tier, account.owner, segments[to].owner_role
    stays = owner >= 0 and people[owner].role == role
    months[month, old].moved_out += 1
    months[month, to].moved_in += 1
    if log.shape[0]:
        log_event(log, control, time, ev.MOVED, a, -1, -1, -1, -1, float(to))
    if owner >= 0:
        enter(a, owner, -1, accounts, segments, people, rules, hours_weights, renewing)
    account.tier = to
    if stays:
        enter(a, owner, 1, accounts, segments, people, rules, hours_weights, renewing)
    else:
        account.owner = -1
        if role >= 0:
            give_owner(
                a, role, accounts, segments, roles, people, rules, hours_weights, renewing
            )  # fmt: skip
            if account.owner >= 0 and log.shape[0]:
                log_event(log, control, time, ev.OWNED, a, account.owner, -1, -1, -1, 0.0)
    for n in range(account.node0, account.node0 + account.nodes):
        node = nodes[n]
        kind = kinds[node.kind]
        if kind.reactive:
            if ticket_roles[to, 0] >= 0:
                node.segment = to
            continue
        node.segment = to
        had, gets = route[node.kind, old] >= 0, route[node.kind, to] >= 0
        if had and not gets:
            withdraw(n, month, nodes, node_days, places, tasks, kinds, accounts, tallies)
        elif gets and not had and not (kind.brings_first_value and life[a].stopped):
            if kind.trigger == r.EVERY:
                begin_stream(nodes, n, kinds, next_working_day, prefixes[dr.PHASE], day)
            elif kind.trigger == r.BEFORE_RENEWAL:
                set_renewal_begin(nodes, kinds, accounts, segments, n, day)
                node.wake = node.begins
            link(nodes, node_days, places, n)
    begin_after(a, MOVED, -1, day, day, accounts, life, nodes, node_days, places, kinds, plays, route)


@kernel
def make_moves(
    order: Ints, day: int, month: int, accounts: Records, life: Records, segments: Records, roles: Records,
    people: Records, nodes: Records, node_days: Ints, places: Records, tasks: Records, cases: Records,
    kinds: Records, steps: Records, care: Records, health: Records, indicators: Records, terms: Records,
    tickets: Records, plays: Records, moves: Records, move_from: Ints, move_shares: Floats,
    move_reviews: Ints, rules: Records, hours_weights: Floats, renewing: Ints, route: Ints,
    ticket_roles: Ints, next_working_day: Ints, left: Ints, tallies: Records, months: Records,
    prefixes: Uids, log: Records, control: Records,
) -> int:  # fmt: skip
    """Move those of some accounts, in the order given, for which a rule holds; how many that are.

    ``left`` gets for each of the accounts the owner whom it has left, -1 if none.
    """
    moved = 0
    left[:] = -1
    for place in range(order.shape[0]):
        a = order[place]
        if accounts[a].status == r.ALIVE:
            number = rule_for(
                a, day, accounts, life, segments, nodes, tasks, cases, kinds, steps, care, health,
                indicators, terms, tickets, moves, move_from, move_shares, move_reviews, prefixes, control,
            )  # fmt: skip
            if number >= 0:
                owner = accounts[a].owner
                move(
                    a, moves[number].to, day, month, accounts, life, segments, roles, people, nodes,
                    node_days, places, tasks, kinds, plays, rules, hours_weights, renewing, route,
                    ticket_roles, next_working_day, tallies, months, prefixes, log, control,
                )  # fmt: skip
                moved += 1
                if owner != accounts[a].owner:
                    left[place] = owner
        life[a].news = 0
    return moved
