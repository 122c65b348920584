"""Scenario → the rules for customers: what plays bring, who is reached, when somebody looks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.scenario.people_values import whole_days
from csm_sim.scenario.work import HEALTH_EVENTS
from csm_sim.world import records as r
from csm_sim.world.customer_days import (
    TRAITS,
    detection_of,
    members_of,
    prices_of,
    sales_of,
    trait_shares_of,
)
from csm_sim.world.customers import INDICATOR, NEUTRAL_SEGMENT, PLAY, RULES, Customers, Floats, Records
from csm_sim.world.tiers import moves_of, serves_of

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario.plays import Offer
    from csm_sim.scenario.work import Playbook


def logit(share: float) -> float:
    """The log-odds of a share, finite for 0 and 1, too."""
    clipped = min(max(share, 1e-12), 1 - 1e-12)
    return math.log(clipped / (1 - clipped))


def customers_of(loaded: Loaded, kinds: Records, steps: Records, days: int, warm_days: int) -> Customers:
    """The rules for customers of a loaded scenario.

    Parameters
    ----------
    kinds, steps
        KIND and STEP records; those of the playbooks come first, in the order of the file.
    days, warm_days
        Days of the run, and those of the warm-up.
    """
    scenario = loaded.scenario
    rules, plays = _rules(scenario), _plays(scenario, len(kinds))
    moves, move_from, move_shares, move_reviews = moves_of(scenario, days, warm_days)
    price_index, price_shift = prices_of(scenario, days)
    return Customers(
        active=bool(
            rules["pulse_days"][0] > 0
            or scenario.health.decision is not None
            or scenario.health.silence is not None
            or len(moves)
            or np.any(kinds["news"])
            or np.any(kinds["trigger"] == r.ON_EVENT)
        ),
        rules=rules,
        indicators=_indicators(scenario),
        plays=plays,
        effort_left=_effort_left(scenario, len(kinds)),
        reach=_reach(scenario, kinds, len(steps)),
        detection=detection_of(scenario, days, warm_days),
        members=members_of(scenario, days),
        trait_shares=trait_shares_of(scenario, days),
        sales=sales_of(scenario, days),
        price_index=price_index,
        price_shift=price_shift,
        moves=moves,
        move_from=move_from,
        move_shares=move_shares,
        move_reviews=move_reviews,
        serves=serves_of(scenario),
    )


def _rules(scenario: Scenario) -> Records:
    rules = np.zeros(1, RULES)
    row, health, journey = rules[0], scenario.health, scenario.journey
    for name in ("limit_days", "expansion_days", "decision_low", "decision_high", "silence_after"):
        row[name] = math.nan
    row["silence_half"] = 1.0
    row["detects"] = any(playbook.on in HEALTH_EVENTS for playbook in scenario.playbooks.values())
    if scenario.needs_pulses:
        row["pulse_days"] = health.pulse.days
    if journey.onboarding_limit is not None:
        row["limit_days"] = journey.onboarding_limit.days
    if journey.expansion_after is not None:
        row["expansion_days"] = journey.expansion_after.days
    if health.decision is not None:
        row["decision_low"], row["decision_high"] = health.decision.min.days, health.decision.max.days
    if health.silence is not None:
        row["silence_after"] = whole_days(health.silence.after) * r.DAY
        row["silence_half"] = health.silence.half_life.minutes
        row["silence_to"] = health.silence.to
    if health.detection is not None:
        row["delay_days"] = whole_days(health.detection.delay)
    row["usage_between"] = health.usage.between
    community = scenario.community
    if community is not None and community.members > 0:
        row["has_community"] = 1
        row["community_usage"], row["community_deflects"] = community.usage, community.deflects
    return rules


def _indicators(scenario: Scenario) -> Records:
    usage = scenario.health.usage
    of_usage = (usage.mean, usage.sd, usage.before_first_value)
    rows: list[tuple[float, ...]] = [(1.0, *of_usage)]
    if usage.indicators:
        rows = [
            (
                one.weight,
                *(
                    default if own is None else own
                    for own, default in zip((one.mean, one.sd, one.before_first_value), of_usage, strict=True)
                ),
            )
            for one in usage.indicators.values()
        ]
    found = np.array(rows, INDICATOR)
    if scenario.health.strength != 1.0:
        found["before"] = found["mean"] - scenario.health.strength * (found["mean"] - found["before"])
    return found


# ---------------------------------------------------------------- plays


def has_news(scenario: Scenario, name: str, playbook: Playbook) -> bool:
    """Whether the end of a playbook's occurrence has consequences at the next midnight."""
    others = scenario.playbooks.values()
    if playbook.effect is not None and playbook.effect.matters:
        return True
    if playbook.reach is not None or any(other.after == name for other in others):
        return True
    listens = any(other.on == "first_value" for other in others) or any(
        rule.on == "first_value" for rule in scenario.tiering
    )
    return playbook.first_value_after is not None and listens


def _plays(scenario: Scenario, kinds: int) -> Records:
    plays = np.zeros(kinds, PLAY)
    plays["after"] = -1
    names = list(scenario.playbooks)
    for row, playbook in zip(plays, scenario.playbooks.values(), strict=False):
        if playbook.after is not None:
            row["after"] = names.index(playbook.after)
        if playbook.again_after is not None:
            row["again_days"] = playbook.again_after.days
        row["programme"] = playbook.reach is not None
        if playbook.standard is not None:
            row["standard_shift"] = math.log(playbook.standard.odds)
        if playbook.effect is not None:
            row["lift"], row["saves"] = playbook.effect.health.points, playbook.effect.saves
            for place, offer in enumerate((playbook.effect.upsell, playbook.effect.cross_sell)):
                if offer is not None:
                    _set_offer(row, place, offer)
    return plays


def _set_offer(row: np.void, place: int, offer: Offer) -> None:
    row["lead"][place], row["uplift"][place] = offer.lead, offer.uplift
    row["convert"][place] = offer.converts.from_red


def _effort_left(scenario: Scenario, kinds: int) -> Floats:
    left = np.ones((kinds, len(scenario.segments)))
    for number, (name, playbook) in enumerate(scenario.playbooks.items()):
        if playbook.per == "account":
            left[number] = [1.0 - segment.automated_in(name) for segment in scenario.segments.values()]
        if playbook.standard is not None:
            left[number] *= 1.0 - playbook.standard.saves * playbook.standard.degree
    return left


def _reach(scenario: Scenario, kinds: Records, steps: int) -> Floats:
    reach = np.ones((steps, len(scenario.segments)))
    for kind, playbook in zip(kinds, scenario.playbooks.values(), strict=False):
        for step, row in zip(playbook.steps, reach[kind["step0"] :], strict=False):
            if step.channel is not None:
                row[:] = [segment.channels.get(step.channel, 1.0) for segment in scenario.segments.values()]
        if playbook.reach is not None:
            reach[kind["step0"] + kind["steps"] - 1] *= playbook.reach
    return reach


# ---------------------------------------------------------------- segments


def set_customer_fields(row: np.void, scenario: Scenario, name: str, kinds: Records, steps: Records) -> None:
    """Fill what a SEGMENT record says of early churn, revenue, traits and first value."""
    segment = scenario.segments[name]
    for field, value in NEUTRAL_SEGMENT.items():
        row[field] = value
    early, less, more = segment.early_churn, segment.contraction, segment.expansion
    if early is not None and early.chance > 0:
        row["early_logit"], row["early_days"] = logit(early.chance), early.within.days
    if less is not None:
        row["contraction"], row["contraction_by"] = less.chance.from_red, less.by
    if more is not None:
        row["expansion"], row["expansion_uplift"] = more.chance.from_red, more.uplift
    row["changes"] = max(*row["contraction"], *row["expansion"]) > 0
    for place, trait in enumerate(TRAITS):
        rules = None if segment.new is None else getattr(segment.new, trait)
        if rules is not None:
            row["trait_shift"][place] = math.log(rules.churn_odds)
            row["trait_tickets"][place], row["trait_usage"][place] = rules.tickets, rules.usage
            row["trait_effort"][place] = rules.onboarding_effort
    for kind, playbook in zip(kinds, scenario.playbooks.values(), strict=False):
        if playbook.first_value_after is not None and name in playbook.for_:
            place = next(
                place for place, step in enumerate(playbook.steps) if step.do == playbook.first_value_after
            )
            row["first_value_due"] = steps["due_minutes"][kind["step0"] + place]
