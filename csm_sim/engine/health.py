"""Health of an account: four weighted averages of outcomes, and what they mean at a reading."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.openwork import late_score, reaches, worst_ticket, worst_touch
from csm_sim.world import records as r
from csm_sim.world.customers import RULES

_FIELDS: Final = [(name, dtype[name]) for dtype in (r.HEALTH, RULES) for name in dtype.names or ()]

HEALTH_RULES: Final = np.dtype([*_FIELDS, ("has_prices", np.int8)], align=True)
"""One record with all that health follows: HEALTH, RULES, and whether prices ever change."""

SECOND = np.uint64(1 << 32)
"""Step between the draws of one indicator and the next."""


@kernel
def settle_silence(a: int, time: float, accounts: Records, life: Records, health: Records) -> None:
    """Let engagement fall for the silence so far."""
    own = life[a]
    if time > own.silent_from:
        above = 0.0
        if health[0].effects & r.EFFECT_TOUCHES:
            above = accounts[a].engagement - health[0].silence_to
        if above > 0.0:
            left = 2.0 ** (-(time - own.silent_from) / health[0].silence_half)
            accounts[a].engagement = health[0].silence_to + above * left
        own.silent_from = time


@inlined
def touched(
    a: int, time: float, counts: float, score: float, done: bool, accounts: Records, life: Records,
    health: Records,
) -> None:  # fmt: skip
    """A touch that reaches the account, or its absence; one that was done ends the silence."""
    if life.shape[0]:
        settle_silence(a, time, accounts, life, health)
        if done and not math.isnan(health[0].silence_after):
            life[a].silent_from = time + health[0].silence_after
    if not health[0].effects & r.EFFECT_TOUCHES:
        score = 100.0
    accounts[a].engagement += health[0].memory[1] * counts * (score - accounts[a].engagement)


@inlined
def onboarded(a: int, score: float, accounts: Records, health: Records) -> None:
    """First value, or its absence."""
    if not health[0].effects & r.EFFECT_ONBOARDING:
        score = 100.0
    accounts[a].onboarding += health[0].memory[3] * (score - accounts[a].onboarding)


@inlined
def supported(a: int, score: float, accounts: Records, health: Records) -> None:
    """A ticket is resolved, or given up by the customer."""
    if not health[0].effects & r.EFFECT_TICKETS:
        score = 100.0
    accounts[a].support += health[0].memory[2] * (score - accounts[a].support)


@kernel
def miss(
    a: int, time: float, step: int, uid: np.uint64, occurrence: int, accounts: Records, kinds: Records,
    steps: Records, care: Records, life: Records, health: Records, prefixes: Uids,
) -> None:  # fmt: skip
    """The effect on health of a step that is not done at all."""
    of_step = steps[step]
    score = 100.0 if of_step.flawless else 0.0
    if of_step.first_value:
        onboarded(a, score, accounts, health)
    elif of_step.touch and reaches(a, step, uid, occurrence, accounts, kinds, steps, care, prefixes):
        touched(a, time, of_step.counts, score, of_step.flawless > 0, accounts, life, health)


@kernel
def observe_usage(
    accounts: Records, a: int, segments: Records, health: Records, indicators: Records, terms: Records,
    prefixes: Uids, day: int,
) -> None:  # fmt: skip
    """Bring adoption up to date with the monthly usage observed until a midnight.

    Read only when it is asked for, so an account that nobody asks about costs nothing.
    """
    account = accounts[a]
    h = health[0]
    points, joins = math.nan, 2.0
    while True:
        at = math.floor(account.start_day + (account.usage_seen + 1) * r.MONTH_DAYS)
        if at > day:
            break
        if math.isnan(points):  # what is the account's own
            points = 0.0
            if h.usage_between > 0.0:
                u = dr.draw(prefixes[dr.LEVEL], account.uid, np.uint64(0))
                points = h.usage_between * dr.normal_quantile(u)
            if account.traits & r.BAD_FIT:
                points += segments[account.segment].trait_usage[0]
            if account.traits & r.POOR_HANDOVER:
                points += segments[account.segment].trait_usage[1]
            if h.has_community:
                joins = dr.draw(prefixes[dr.COMMUNITY], account.uid, np.uint64(0))
        more = points
        if h.has_community and joins < terms[0, min(at, terms.shape[1] - 1)].members:
            more += h.community_usage
        before = account.first_value_at > at * r.DAY and (h.effects & r.EFFECT_ONBOARDING) != 0
        seen = 0.0
        for i in range(indicators.shape[0]):
            indicator = indicators[i]
            mean = (indicator.before if before else indicator.mean) + more
            u = dr.draw(
                prefixes[dr.USAGE], account.uid, np.uint64(account.usage_seen) + np.uint64(i) * SECOND
            )
            reading = min(max(mean + indicator.sd * dr.normal_quantile(u), 0.0), 100.0)
            seen += indicator.weight * reading
        account.adoption += h.memory[0] * (seen - account.adoption)
        account.usage_seen += 1


@inlined
def is_onboarding(a: int, day: int, accounts: Records, life: Records) -> bool:
    """Whether an account is in onboarding on a day."""
    return bool(accounts[a].first_value_at >= day * r.DAY and not (life.shape[0] and life[a].stopped))


@kernel
def in_phase(
    a: int, phases: int, day: int, accounts: Records, life: Records, health: Records
) -> bool:  # fmt: skip
    """Whether an account is on a day in one of some phases."""
    if is_onboarding(a, day, accounts, life):
        return bool(phases & r.ONBOARDING)
    after, start_day = health[0].expansion_days, accounts[a].start_day
    if not math.isnan(after) and (start_day == 0 or day - start_day >= after):
        return bool(phases & r.EXPANSION)
    return bool(phases & r.ADOPTION)


@kernel
def as_strong(component: float, strength: float) -> float:
    """A component that lies so many times as far below 100, at the lowest 0."""
    return max(0.0, 100.0 - strength * (100.0 - component))


@inlined
def read_health(
    a: int, day: int, accounts: Records, life: Records, segments: Records, nodes: Records, tasks: Records,
    cases: Records, kinds: Records, steps: Records, care: Records, health: Records, indicators: Records,
    terms: Records, tickets: Records, prefixes: Uids, control: Records,
) -> float:  # fmt: skip
    """Health of an account as read at a midnight.

    What is still open counts as if it were done now, but only where that lowers a component.
    """
    account, h = accounts[a], health[0]
    time = day * r.DAY
    observe_usage(accounts, a, segments, health, indicators, terms, prefixes, day)
    if life.shape[0]:
        settle_silence(a, time, accounts, life, health)
    engagement, support, onboarding = account.engagement, account.support, account.onboarding
    if account.open_task >= 0:
        if h.effects & r.EFFECT_TOUCHES:
            score, counts = worst_touch(
                a, time, accounts, nodes, tasks, kinds, steps, care, health, prefixes
            )  # fmt: skip
            if counts > 0.0:
                engagement += h.memory[1] * counts * min(score - engagement, 0.0)
        if h.effects & r.EFFECT_TICKETS:
            score = worst_ticket(a, time, accounts, tasks, steps, cases, tickets, health, control)
            support += h.memory[2] * min(score - support, 0.0)
    if h.effects & r.EFFECT_ONBOARDING and account.first_value_at >= r.NEVER:
        late = time - (account.start_day * r.DAY + segments[account.segment].first_value_due)
        if late > 0.0 and not (life.shape[0] and life[a].stopped):
            onboarding += h.memory[3] * min(late_score(health, late) - onboarding, 0.0)
    if h.strength != 1.0:
        engagement = as_strong(engagement, h.strength)
        support = as_strong(support, h.strength)
        onboarding = as_strong(onboarding, h.strength)
    return float(
        h.weight[0] * account.adoption + h.weight[1] * engagement + h.weight[2] * support
        + h.weight[3] * onboarding
    )  # fmt: skip


@inlined
def between_bands(level: float, middle: Records, values: Records) -> float:
    """Interpolated in health through the middles of red, yellow and green, flat outside."""
    if level <= middle[0]:
        return float(values[0])
    if level < middle[1]:
        return float(values[0] + (values[1] - values[0]) * (level - middle[0]) / (middle[1] - middle[0]))
    if level < middle[2]:
        return float(values[1] + (values[2] - values[1]) * (level - middle[1]) / (middle[2] - middle[1]))
    return float(values[2])


@inlined
def churn_log_odds(a: int, level: float, accounts: Records, segments: Records, health: Records) -> float:
    """Log-odds of churn at a renewal with a given health, prices left out."""
    logit = segments[accounts[a].segment].churn_logit
    return between_bands(level, health[0].middle, logit) + accounts[a].churn_shift


@inlined
def logistic(x: float) -> float:
    """The probability with log-odds ``x``."""
    return 1.0 / (1.0 + math.exp(-x))


@inlined
def band_of(level: float, health: Records) -> int:
    """0 red, 1 yellow, 2 green."""
    if level >= health[0].band[1]:
        return 2
    return 1 if level >= health[0].band[0] else 0
