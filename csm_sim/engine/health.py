"""Health of an account: four weighted averages of outcomes, and what they mean at a renewal."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Records
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.world import records as r


@inlined
def late_score(health: Records, late_minutes: float) -> float:
    """What a touch is worth: 100 on time, half as much after each half life of lateness."""
    if late_minutes <= 0.0:
        return 100.0
    return 100.0 * 2.0 ** (-late_minutes / health[0].late_half_life_minutes)


@kernel
def observe_usage(accounts: Records, a: int, health: Records, usage_prefix: np.uint64, day: int) -> None:
    """Bring adoption up to date with the monthly usage observed until a midnight.

    Read only when it is asked for, so an account that nobody asks about costs nothing.
    """
    account = accounts[a]
    h = health[0]
    while True:
        at = math.floor(account.start_day + (account.usage_seen + 1) * r.MONTH_DAYS)
        if at > day:
            break
        mean = h.usage_mean if account.first_value_at <= at * r.DAY else h.usage_before
        u = dr.draw(usage_prefix, account.uid, np.uint64(account.usage_seen))
        seen = min(max(mean + h.usage_sd * dr.normal_quantile(u), 0.0), 100.0)
        account.adoption += h.memory[0] * (seen - account.adoption)
        account.usage_seen += 1


@kernel
def churn_probability(accounts: Records, a: int, segments: Records, health: Records) -> float:
    """The chance that an account churns at a renewal, from its health and its segment's rates."""
    account, h = accounts[a], health[0]
    logit = segments[account.segment].churn_logit
    level = (
        h.weight[0] * account.adoption
        + h.weight[1] * account.engagement
        + h.weight[2] * account.support
        + h.weight[3] * account.onboarding
    )
    if level <= h.middle[0]:
        x = logit[0]
    elif level < h.middle[1]:
        x = logit[0] + (logit[1] - logit[0]) * (level - h.middle[0]) / (h.middle[1] - h.middle[0])
    elif level < h.middle[2]:
        x = logit[1] + (logit[2] - logit[1]) * (level - h.middle[1]) / (h.middle[2] - h.middle[1])
    else:
        x = logit[2]
    return 1.0 / (1.0 + math.exp(-x))


@kernel
def miss(accounts: Records, a: int, steps: Records, step: int, health: Records) -> None:
    """The effect on health of a step that is not done at all."""
    if steps[step].first_value:
        accounts[a].onboarding -= health[0].memory[3] * accounts[a].onboarding
    elif steps[step].touch:
        accounts[a].engagement -= health[0].memory[1] * accounts[a].engagement
