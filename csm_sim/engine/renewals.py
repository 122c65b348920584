"""Renewals: who leaves, what the others pay from then on, and when the next decision is made."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import link, set_renewal_begin, unlink
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.health import between_bands, churn_log_odds, logistic, read_health
from csm_sim.engine.log import log_event
from csm_sim.engine.ownership import enter
from csm_sim.engine.streams import end_occurrence
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.supply import BY_ARR

PULSES, DECISIONS = 0, 1
"""Rows of the lists of days for customers."""

LOST, CHURNED, CONTRACTED, GAINED = range(4)
"""Columns of the cohorts: accounts, then ARR."""

ASLEEP = -1
"""Occurrence of work before renewals that the account does not get as it is served."""


@kernel
def lose(
    a: int, month: int, accounts: Records, segments: Records, people: Records, rules: Records,
    hours_weights: Floats, renewing: Ints, months: Records, cohorts: Floats,
) -> None:  # fmt: skip
    """An account churns: it is in no book and makes no more work."""
    account = accounts[a]
    cell = months[month, account.segment]
    cell.churned += 1
    cell.arr_churned += account.arr
    cohorts[account.cohort, month - 1, LOST] += 1.0
    cohorts[account.cohort, month - 1, CHURNED] += account.arr
    account.status = r.CHURNED
    if account.owner >= 0:
        enter(a, account.owner, -1, accounts, segments, people, rules, hours_weights, renewing)


@kernel
def change_arr(
    a: int, amount: float, column: int, month: int, accounts: Records, people: Records, rules: Records,
    cohorts: Floats,
) -> None:  # fmt: skip
    """An account pays more or less from now on; its owner's book counts the same."""
    account = accounts[a]
    account.arr += amount
    cohorts[account.cohort, month - 1, column] += amount if column == GAINED else -amount
    if account.owner >= 0 and rules[people[account.owner].role].balance == BY_ARR:
        people[account.owner].book_load += amount


@inlined
def whole(amount: float) -> float:
    """Rounded to whole units of the currency."""
    return float(np.floor(amount + 0.5))


@kernel
def plan_decision(
    a: int, earliest: int, accounts: Records, life: Records, life_days: Ints, health: Records, prefixes: Uids
) -> None:
    """Set the day on which an account decides about its coming renewal."""
    if math.isnan(health[0].decision_low):
        return
    account, own = accounts[a], life[a]
    u = dr.draw(prefixes[dr.DECISION], account.uid, np.uint64(account.renewals))
    ahead = health[0].decision_low + u * (health[0].decision_high - health[0].decision_low)
    day = max(account.renewal_day - math.floor(ahead), earliest)
    own.decision_day = day
    if day < life_days.shape[1]:
        own.decision_next = life_days[DECISIONS, day]
        life_days[DECISIONS, day] = a


@kernel
def last_renewal_day(a: int, number: int, accounts: Records, segments: Records) -> int:
    """Day of the renewal before number ``number``, or of the account's start."""
    account = accounts[a]
    if number == 0:
        return int(account.start_day)
    return math.floor(account.first_renewal_day + (number - 1) * segments[account.segment].term_days)


@inlined
def throw_coins(
    a: int, number: int, day: int, month: int, accounts: Records, life: Records, segments: Records,
    people: Records, nodes: Records, tasks: Records, cases: Records, kinds: Records, steps: Records,
    care: Records, health: Records, indicators: Records, terms: Records, tickets: Records, rules: Records,
    hours_weights: Floats, renewing: Ints, months: Records, cohorts: Floats, prefixes: Uids, log: Records,
    control: Records,
) -> None:  # fmt: skip
    """What a renewal does to an account and its ARR, and what was to be expected of it."""
    account, time = accounts[a], day * r.DAY
    segment = segments[account.segment]
    cell = months[month, account.segment]
    p, level = 0.0, 0.0
    rise, shift = 0.0, 0.0
    if health[0].has_prices:
        last = last_renewal_day(a, number, accounts, segments)
        now, before = terms[account.segment, day], terms[account.segment, last]
        rise = whole(account.arr * (now.price_index / before.price_index - 1.0))
        shift = now.price_shift - before.price_shift
    if segment.churns or segment.changes:
        saved = 1.0
        if life.shape[0] and not math.isnan(life[a].decided):
            x, level, saved = life[a].decided, life[a].decided_level, life[a].saved
        else:
            level = read_health(
                a, day, accounts, life, segments, nodes, tasks, cases, kinds, steps, care, health,
                indicators, terms, tickets, prefixes, control,
            )  # fmt: skip
            x = churn_log_odds(a, level, accounts, segments, health)
        if segment.churns:
            p = logistic(x + shift) * saved
    churns = p > 0.0 and dr.draw(prefixes[dr.RENEWAL], account.uid, np.uint64(number)) < p
    cell.renewals += 1
    cell.arr_renewable += account.arr
    cell.arr_churn_expected += account.arr * p
    cell.churn_expected += p
    cell.arr_price_expected += (1.0 - p) * rise
    down, up, contracts, expands = 0.0, 0.0, 0.0, 0.0
    if segment.changes:
        contracts = between_bands(level, health[0].middle, segment.contraction)
        expands = between_bands(level, health[0].middle, segment.expansion)
        down = whole((account.arr + rise) * segment.contraction_by)
        up = whole((account.arr + rise) * segment.expansion_uplift)
        cell.arr_contracted_expected += (1.0 - p) * contracts * down
        cell.arr_expanded_expected += (1.0 - p) * expands * up
    if log.shape[0]:
        log_event(log, control, time, ev.CHURN if churns else ev.RENEWED, a, -1, -1, number, -1, p)
    if churns:
        lose(
            a, month, accounts, segments, people, rules, hours_weights, renewing, months, cohorts
        )  # fmt: skip
        return
    if rise != 0.0:
        cell.arr_price += rise
        change_arr(a, rise, GAINED, month, accounts, people, rules, cohorts)
        if log.shape[0]:
            log_event(log, control, time, ev.PRICED, a, -1, -1, number, -1, rise)
    if segment.changes:
        v = dr.draw(prefixes[dr.CHANGE], account.uid, np.uint64(number))
        if v < contracts:
            cell.contracted += 1
            cell.arr_contracted += down
            change_arr(a, -down, CONTRACTED, month, accounts, people, rules, cohorts)
            if log.shape[0]:
                log_event(log, control, time, ev.CONTRACTED, a, -1, -1, number, -1, down)
        elif v >= 1.0 - expands:
            cell.expanded += 1
            cell.arr_expanded += up
            change_arr(a, up, GAINED, month, accounts, people, rules, cohorts)
            if log.shape[0]:
                log_event(log, control, time, ev.EXPANDED, a, -1, -1, number, -1, up)


@kernel
def renew(
    a: int, day: int, month: int, accounts: Records, life: Records, life_days: Ints, segments: Records,
    people: Records, nodes: Records, node_days: Ints, places: Records, tasks: Records, cases: Records,
    kinds: Records, steps: Records, care: Records, health: Records, indicators: Records, terms: Records,
    tickets: Records, rules: Records, hours_weights: Floats, renewing: Ints, tallies: Records,
    failures: Ints, months: Records, cohorts: Floats, prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """A renewal date: end the work before it, throw the coins, set what comes next."""
    account = accounts[a]
    time = day * r.DAY
    worked = segments[account.segment].renewal_work
    for n in range(account.node0, account.node0 + account.nodes * worked):
        if kinds[nodes[n].kind].trigger == r.BEFORE_RENEWAL:
            end_occurrence(
                n, time, nodes, tasks, kinds, steps, accounts, month, tallies, failures, health, care, life,
                prefixes, log, control,
            )  # fmt: skip
    number = account.renewals
    account.renewals += 1
    if month > 0:
        throw_coins(
            a, number, day, month, accounts, life, segments, people, nodes, tasks, cases, kinds, steps,
            care, health, indicators, terms, tickets, rules, hours_weights, renewing, months, cohorts,
            prefixes, log, control,
        )  # fmt: skip
    if account.status == r.CHURNED:
        return
    following = account.first_renewal_day + account.renewals * segments[account.segment].term_days
    account.renewal_day = int(min(math.floor(following), 2.0e9))
    if life.shape[0]:
        life[a].decided, life[a].saved = math.nan, 1.0
        plan_decision(a, day + 1, accounts, life, life_days, health, prefixes)
    for n in range(account.node0, account.node0 + account.nodes * worked):
        if kinds[nodes[n].kind].trigger == r.BEFORE_RENEWAL and nodes[n].occurrence != ASLEEP:
            set_renewal_begin(nodes, kinds, accounts, segments, n, account.start_day)
            if places[n].day >= 0:
                unlink(node_days, places, n)
            nodes[n].wake = min(nodes[n].begins, nodes[n].until)
            link(nodes, node_days, places, n)
