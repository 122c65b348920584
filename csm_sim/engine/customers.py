"""Customers' turn at a midnight: what the day before brought, decisions and pulses.

Compiled only where a scenario has rules for them. The rules are those of
``docs/explanation/model.md``, section 10; moves between tiers are in :mod:`csm_sim.engine.moves`.
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import link, unlink
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import kernel
from csm_sim.engine.health import (
    band_of,
    between_bands,
    churn_log_odds,
    is_onboarding,
    logistic,
    observe_usage,
    read_health,
    settle_silence,
    touched,
)  # fmt: skip
from csm_sim.engine.lives import has_pulses, plan_pulse
from csm_sim.engine.log import log_event
from csm_sim.engine.renewals import ASLEEP, DECISIONS, GAINED, PULSES, change_arr, lose, whole
from csm_sim.engine.streams import end_occurrence
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.customers import (
    AFTER,
    FIRST_VALUE,
    GIVEN_UP,
    REACHED_VALUE,
    SEEN_GREEN,
    SEEN_RED,
    SEEN_YELLOW,
    STOPPED,
)  # fmt: skip


@kernel
def begin_after(
    a: int, event: int, after: int, day: int, anchor: int, accounts: Records, life: Records, nodes: Records,
    node_days: Ints, places: Records, kinds: Records, plays: Records, route: Ints,
) -> None:  # fmt: skip
    """An event of an account is noted: playbooks that wait for it begin, if they may.

    ``after`` is the kind whose occurrence was completed, -1 of other events.
    """
    account = accounts[a]
    for n in range(account.node0, account.node0 + account.nodes):
        node = nodes[n]
        kind = kinds[node.kind]
        if kind.trigger != r.ON_EVENT or kind.event != event or route[node.kind, node.segment] < 0:
            continue
        play = plays[node.kind]
        if event == AFTER and play.after != after:
            continue
        if node.running >= 0 or node.begins < r.NEVER or day < node.phase_days + play.again_days:
            continue
        if kind.brings_first_value and life[a].stopped:
            continue
        node.begins = anchor * r.DAY + kind.begins_minutes
        if places[n].day >= 0:
            unlink(node_days, places, n)
        node.wake = min(node.begins, node.until)
        link(nodes, node_days, places, n)


@kernel
def play_out(
    a: int, k: int, uid: np.uint64, occurrence: int, score: float, day: int, month: int, accounts: Records,
    life: Records, segments: Records, people: Records, nodes: Records, tasks: Records, cases: Records,
    kinds: Records, steps: Records, care: Records, health: Records, indicators: Records, terms: Records,
    tickets: Records, plays: Records, rules: Records, months: Records, cohorts: Floats, prefixes: Uids,
    log: Records, control: Records,
) -> None:  # fmt: skip
    """What a completed play does to an account: health, the decision made, leads."""
    account, play, h = accounts[a], plays[k], health[0]
    time = day * r.DAY
    if h.effects & r.EFFECT_TOUCHES:
        share = score / 100.0
        if play.lift[0] != 0.0:
            observe_usage(accounts, a, segments, health, indicators, terms, prefixes, day)
            account.adoption = max(0.0, min(100.0, account.adoption + play.lift[0] * share))
        if play.lift[1] != 0.0:
            settle_silence(a, time, accounts, life, health)
            account.engagement = max(0.0, min(100.0, account.engagement + play.lift[1] * share))
        account.support = max(0.0, min(100.0, account.support + play.lift[2] * share))
        account.onboarding = max(0.0, min(100.0, account.onboarding + play.lift[3] * share))
        if not math.isnan(life[a].decided):
            life[a].saved *= 1.0 - play.saves * share
    if month <= 0 or not h.effects & r.EFFECT_EXPANSION or play.lead[0] + play.lead[1] <= 0.0:
        return
    level = read_health(
        a, day, accounts, life, segments, nodes, tasks, cases, kinds, steps, care, health, indicators, terms,
        tickets, prefixes, control,
    )  # fmt: skip
    cell = months[month, account.segment]
    for i in range(2):
        if play.lead[i] <= 0.0:
            continue
        q = between_bands(level, h.middle, play.convert[i]) * score / 100.0
        amount = whole(account.arr * play.uplift[i])
        index = np.uint64(64 * occurrence + i)
        expected = play.lead[i] * q * amount
        leads = dr.draw(prefixes[dr.LEAD], uid, index) < play.lead[i]
        converts = leads and dr.draw(prefixes[dr.CONVERT], uid, index) < q
        if i == 0:
            cell.arr_upsold_expected += expected
            cell.upsell_leads += leads
            cell.upsold += converts
            cell.arr_upsold += amount * converts
        else:
            cell.arr_cross_sold_expected += expected
            cell.cross_sell_leads += leads
            cell.cross_sold += converts
            cell.arr_cross_sold += amount * converts
        if leads and log.shape[0]:
            log_event(log, control, time, ev.LEAD, a, -1, k, occurrence, -1, float(i))
        if converts:
            change_arr(a, amount, GAINED, month, accounts, people, rules, cohorts)
            if log.shape[0]:
                what = ev.UPSOLD if i == 0 else ev.CROSS_SOLD
                log_event(log, control, time, what, a, -1, k, occurrence, -1, amount)


@kernel
def hear_news(
    order: Ints, day: int, month: int, accounts: Records, life: Records, segments: Records, people: Records,
    nodes: Records, node_days: Ints, places: Records, tasks: Records, cases: Records, kinds: Records,
    steps: Records, care: Records, health: Records, indicators: Records, terms: Records, tickets: Records,
    plays: Records, rules: Records, route: Ints, news: Records, months: Records, cohorts: Floats,
    prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """What the day before brought, in the order given."""
    time = day * r.DAY
    for place in range(order.shape[0]):
        line = news[order[place]]
        if line.account < 0:
            step = kinds[line.kind].step0 + kinds[line.kind].steps - 1
            segment = nodes[line.node].segment
            reach = care[step, segment].reach if care.shape[0] else 1.0
            for a in range(accounts.shape[0]):
                if accounts[a].status != r.ALIVE or accounts[a].tier != segment:
                    continue
                uid = dr.absorb(accounts[a].uid, kinds[line.kind].uid)
                if dr.draw(prefixes[dr.REACH], uid, np.uint64(line.occurrence)) >= reach:
                    continue
                touched(a, time, steps[step].counts, line.score, True, accounts, life, health)
                play_out(
                    a, line.kind, uid, line.occurrence, line.score, day, month, accounts, life, segments,
                    people, nodes, tasks, cases, kinds, steps, care, health, indicators, terms, tickets,
                    plays, rules, months, cohorts, prefixes, log, control,
                )  # fmt: skip
            continue
        a = line.account
        if accounts[a].status != r.ALIVE:
            continue
        if line.what == GIVEN_UP:
            life[a].news |= 2
        elif line.what == REACHED_VALUE:
            life[a].news |= 1
            begin_after(
                a, FIRST_VALUE, -1, day, day, accounts, life, nodes, node_days, places, kinds, plays, route
            )  # fmt: skip
        else:
            play_out(
                a, line.kind, nodes[line.node].uid, line.occurrence, line.score, day, month, accounts, life,
                segments, people, nodes, tasks, cases, kinds, steps, care, health, indicators, terms,
                tickets, plays, rules, months, cohorts, prefixes, log, control,
            )  # fmt: skip
            begin_after(
                a, AFTER, line.kind, day, day, accounts, life, nodes, node_days, places, kinds, plays, route
            )  # fmt: skip


@kernel
def decide(
    day: int, accounts: Records, life: Records, life_days: Ints, segments: Records, nodes: Records,
    tasks: Records, cases: Records, kinds: Records, steps: Records, care: Records, health: Records,
    indicators: Records, terms: Records, tickets: Records, prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """Accounts that decide today about their coming renewal: health is read now and holds then."""
    a = life_days[DECISIONS, day]
    while a >= 0:
        own, account = life[a], accounts[a]
        if account.status == r.ALIVE:
            level = read_health(
                a, day, accounts, life, segments, nodes, tasks, cases, kinds, steps, care, health,
                indicators, terms, tickets, prefixes, control,
            )  # fmt: skip
            own.decided = churn_log_odds(a, level, accounts, segments, health)
            own.decided_level, own.saved = level, 1.0
            if log.shape[0]:
                log_event(
                    log, control, day * r.DAY, ev.DECIDED, a, -1, -1, account.renewals, -1, level
                )  # fmt: skip
        a = own.decision_next
    life_days[DECISIONS, day] = -1


@kernel
def give_up_onboarding(
    a: int, day: int, month: int, accounts: Records, life: Records, nodes: Records, node_days: Ints,
    places: Records, tasks: Records, kinds: Records, steps: Records, care: Records, health: Records,
    plays: Records, route: Ints, tallies: Records, failures: Ints, news: Records, months: Records,
    prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """The work that brings first value ends, and begins no more."""
    account, time = accounts[a], day * r.DAY
    for n in range(account.node0, account.node0 + account.nodes):
        node = nodes[n]
        if not kinds[node.kind].brings_first_value:
            continue
        end_occurrence(
            n, time, nodes, tasks, kinds, steps, accounts, month, tallies, failures, health, care, life,
            prefixes, log, control,
        )  # fmt: skip
        put_to_sleep(n, nodes, node_days, places, kinds)
    life[a].stopped = 1
    months[month, account.segment].stopped += 1
    if log.shape[0]:
        log_event(log, control, time, ev.STOPPED, a, -1, -1, life[a].pulse, -1, 0.0)
    line = news[control[0].news]
    control[0].news += 1
    line.what, line.node, line.account, line.kind = GIVEN_UP, -1, a, -1
    line.occurrence, line.score = 0, 0.0
    begin_after(a, STOPPED, -1, day, day, accounts, life, nodes, node_days, places, kinds, plays, route)


@kernel
def put_to_sleep(n: int, nodes: Records, node_days: Ints, places: Records, kinds: Records) -> None:
    """A stream begins nothing more, for the time being."""
    if places[n].day >= 0:
        unlink(node_days, places, n)
    nodes[n].begins = nodes[n].until = nodes[n].wake = r.NEVER
    if kinds[nodes[n].kind].trigger == r.BEFORE_RENEWAL:
        nodes[n].occurrence = ASLEEP


@kernel
def early_chance(
    a: int, day: int, level: float, accounts: Records, life: Records, segments: Records, health: Records
) -> float:
    """The chance of early churn at a pulse, for the days since the pulse before."""
    account, k = accounts[a], life[a].pulse
    segment = segments[account.segment]
    before = account.start_day
    if k > 0:
        before = math.floor(account.start_day + k * health[0].pulse_days)
    days = min(float(day), account.start_day + segment.early_days) - before
    if days <= 0.0:
        return 0.0
    x = segment.early_logit + account.churn_shift
    if segment.churns:
        logit = segment.churn_logit
        x += between_bands(level, health[0].middle, logit) - logit[2]
    return 1.0 - (1.0 - logistic(x)) ** (days / segment.early_days)


@kernel
def see(
    a: int, day: int, month: int, band: int, sensitivity: float, false_alarms: float, accounts: Records,
    life: Records, months: Records, prefixes: Uids,
) -> bool:  # fmt: skip
    """What the team sees of an account whose health is in ``band``; whether that has changed."""
    own, uid, k = life[a], accounts[a].uid, np.uint64(life[a].pulse)
    before, seen = own.seen, own.seen
    if band >= seen or dr.draw(prefixes[dr.DETECT], uid, k) < sensitivity:
        seen = band
    is_false = seen > 0 and seen == band and dr.draw(prefixes[dr.FALSE_ALARM], uid, k) < false_alarms
    if is_false:
        seen -= 1
    own.seen = seen
    cell = months[month, accounts[a].segment]
    if seen < before:
        cell.alarms += 1
        cell.false_alarms += is_false
    return bool(seen != before)


@kernel
def pulse(
    day: int, month: int, accounts: Records, life: Records, life_days: Ints, segments: Records,
    people: Records, nodes: Records, node_days: Ints, places: Records, tasks: Records, cases: Records,
    kinds: Records, steps: Records, care: Records, health: Records, indicators: Records, terms: Records,
    tickets: Records, plays: Records, rules: Records, hours_weights: Floats, renewing: Ints, route: Ints,
    detection: Floats, news: Records, tallies: Records, failures: Ints, months: Records, cohorts: Floats,
    prefixes: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """Pulses of the day: onboarding given up, early churn, what the team sees."""
    h, time = health[0], day * r.DAY
    following = life_days[PULSES, day]
    life_days[PULSES, day] = -1
    while following >= 0:
        a = following
        own, account = life[a], accounts[a]
        following = own.pulse_next
        if account.status != r.ALIVE:
            continue
        if (
            is_onboarding(a, day, accounts, life)
            and not math.isnan(h.limit_days)
            and day - account.start_day >= h.limit_days
        ):
            give_up_onboarding(
                a, day, month, accounts, life, nodes, node_days, places, tasks, kinds, steps, care, health,
                plays, route, tallies, failures, news, months, prefixes, log, control,
            )  # fmt: skip
        early = month > 0 and account.start_day > 0 and not math.isnan(
            segments[account.segment].early_logit
        )  # fmt: skip
        if early or h.detects:
            level = read_health(
                a, day, accounts, life, segments, nodes, tasks, cases, kinds, steps, care, health,
                indicators, terms, tickets, prefixes, control,
            )  # fmt: skip
            q = early_chance(a, day, level, accounts, life, segments, health) if early else 0.0
            if q > 0.0:
                cell = months[month, account.segment]
                cell.early_expected += q
                cell.churn_expected += q
                cell.arr_early_expected += account.arr * q
                cell.arr_churn_expected += account.arr * q
                if dr.draw(prefixes[dr.EARLY], account.uid, np.uint64(own.pulse)) < q:
                    cell.churned_early += 1
                    cell.arr_churned_early += account.arr
                    lose(
                        a, month, accounts, segments, people, rules, hours_weights, renewing, months, cohorts
                    )  # fmt: skip
                    if log.shape[0]:
                        log_event(log, control, time, ev.CHURNED_EARLY, a, -1, -1, own.pulse, -1, q)
                    continue
            if h.detects and see(
                a, day, month, band_of(level, health), detection[day, 0], detection[day, 1], accounts, life,
                months, prefixes,
            ):  # fmt: skip
                if log.shape[0]:
                    log_event(
                        log, control, time, ev.SEEN, a, -1, -1, own.pulse, -1, float(own.seen)
                    )  # fmt: skip
                event = SEEN_RED
                if own.seen > 0:
                    event = SEEN_YELLOW if own.seen == 1 else SEEN_GREEN
                begin_after(
                    a, event, -1, day, day + h.delay_days, accounts, life, nodes, node_days, places, kinds,
                    plays, route,
                )  # fmt: skip
        own.pulse += 1
        if has_pulses(a, day, accounts, life, segments, health):
            plan_pulse(a, accounts, life, life_days, health, prefixes)
