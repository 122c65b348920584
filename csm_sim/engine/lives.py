"""What an account brings along and lives through: traits, its first pulse and decision, its cohort."""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import kernel
from csm_sim.engine.health import HEALTH_RULES, is_onboarding, observe_usage, settle_silence
from csm_sim.engine.renewals import PULSES, plan_decision
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.customers import CARE, LIFE, NEWS, TERMS

NEWS_AT_FIRST = 64


@kernel
def fill_traits(accounts: Records, segments: Records, shares: Floats, prefixes: Uids) -> None:
    """What sales did with accounts that start within the run; ``shares`` (2, segment, day)."""
    for i in range(accounts.shape[0]):
        a = accounts[i]
        if a.start_day == 0 or a.start_day >= shares.shape[2]:
            continue
        segment = segments[a.segment]
        if dr.draw(prefixes[dr.FIT], a.uid, np.uint64(0)) < shares[0, a.segment, a.start_day]:
            a.traits |= r.BAD_FIT
            a.churn_shift += segment.trait_shift[0]
        if dr.draw(prefixes[dr.SALES], a.uid, np.uint64(0)) < shares[1, a.segment, a.start_day]:
            a.traits |= r.POOR_HANDOVER
            a.churn_shift += segment.trait_shift[1]


@kernel
def fill_standards(accounts: Records, nodes: Records, of_accounts: int, shifts: Floats) -> None:
    """What standard work makes of the churn odds of new accounts that get it; ``shifts`` (kind,)."""
    for n in range(of_accounts):
        a = accounts[nodes[n].account]
        if a.start_day > 0:
            a.churn_shift += shifts[nodes[n].kind]


@kernel
def has_pulses(
    a: int, day: int, accounts: Records, life: Records, segments: Records, health: Records
) -> bool:  # fmt: skip
    """Whether something can come of an account's pulses after a day."""
    account, h = accounts[a], health[0]
    if h.pulse_days <= 0.0:
        return False
    if h.detects:
        return True
    if account.start_day == 0:
        return False
    segment = segments[account.segment]
    early = not math.isnan(segment.early_logit) and day < account.start_day + segment.early_days
    return bool(early or (not math.isnan(h.limit_days) and is_onboarding(a, day, accounts, life)))


@kernel
def plan_pulse(
    a: int, accounts: Records, life: Records, life_days: Ints, health: Records, prefixes: Uids
) -> None:
    """Put an account into the list of the day of its next pulse."""
    account, own = accounts[a], life[a]
    phase = 1.0
    if account.start_day == 0:
        phase = dr.draw(prefixes[dr.PULSE], account.uid, np.uint64(0))
    day = math.floor(account.start_day + (own.pulse + phase) * health[0].pulse_days)
    own.pulse_day = int(min(day, 2.0e9))
    if day < life_days.shape[1]:
        own.pulse_next = life_days[PULSES, day]
        life_days[PULSES, day] = a


@kernel
def fill_lives(
    accounts: Records, life: Records, life_days: Ints, segments: Records, health: Records, prefixes: Uids
) -> None:
    """The first pulse and decision of each account, and the silence since its origin."""
    life_days[:] = -1
    for a in range(accounts.shape[0]):
        own = life[a]
        own.silent_from = r.NEVER
        if not math.isnan(health[0].silence_after):
            own.silent_from = accounts[a].start_day * r.DAY + health[0].silence_after
        own.decided, own.saved, own.seen = math.nan, 1.0, 2
        if has_pulses(a, accounts[a].start_day, accounts, life, segments, health):
            plan_pulse(a, accounts, life, life_days, health, prefixes)
        earliest = accounts[a].start_day + 1 if accounts[a].start_day > 0 else 0
        plan_decision(a, earliest, accounts, life, life_days, health, prefixes)


@kernel
def bring_up_to_date(
    accounts: Records, life: Records, segments: Records, health: Records, indicators: Records,
    terms: Records, prefixes: Uids, day: int,
) -> None:  # fmt: skip
    """What time alone has done by a midnight to the health of accounts that are alive."""
    for a in range(accounts.shape[0]):
        if accounts[a].status == r.ALIVE:
            observe_usage(accounts, a, segments, health, indicators, terms, prefixes, day)
            if life.shape[0]:
                settle_silence(a, day * r.DAY, accounts, life, health)


def lives_of(
    world: World, accounts: Records, segments: Records, health: Records, prefixes: Uids
) -> tuple[Records, Ints]:
    """LIFE records and the lists of their days; none where no rule needs them."""
    if not world.customers.active:
        return np.zeros(0, LIFE), np.zeros((2, 0), np.int32)
    life, life_days = np.zeros(len(accounts), LIFE), np.empty((2, world.days), np.int32)
    fill_lives(accounts, life, life_days, segments, health, prefixes)
    return life, life_days


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What all replications of a world have in common for customers; only read."""

    health: Records
    """HEALTH_RULES, one record."""
    segments: Records
    """SEGMENT."""
    care: Records
    terms: Records
    served: NDArray[np.int8]
    """(kind, segment): 1 where the accounts of a segment may come to get a kind of work."""
    has_traits: bool
    shifts: Floats
    """(kind,): of standards on the log-odds of churn; empty where there is none."""
    reads: bool
    """Whether anybody ever reads the health of an account."""
    changes_arr: bool
    """Whether an account can come to pay more or less."""


_RULEBOOKS: WeakKeyDictionary[World, Rulebook] = WeakKeyDictionary()


def rulebook_of(world: World) -> Rulebook:
    """The rulebook of a world, made once."""
    found = _RULEBOOKS.get(world)
    if found is None:
        shifts = world.customers.plays["standard_shift"].copy()
        found = _RULEBOOKS[world] = Rulebook(
            health_rules_of(world), segments_of(world), care_of(world), terms_of(world), served_by(world),
            bool(world.customers.trait_shares.any()), shifts if shifts.any() else shifts[:0],
            reads_health(world), changes_arr(world),
        )  # fmt: skip
    return found


def health_rules_of(world: World) -> Records:
    """All that health follows, in one record."""
    health = np.zeros(1, HEALTH_RULES)
    for source in (world.health, world.customers.rules):
        for name in source.dtype.names or ():
            health[name] = source[name]
    health["has_prices"] = world.customers.price_index.shape[1] > 0
    return health


def segments_of(world: World) -> Records:
    """Segments; where nothing counts as late, first value cannot be overdue either."""
    segments = world.segments.copy()
    flawless = world.steps["kind"][(world.steps["flawless"] == 1) & (world.steps["first_value"] == 1)]
    for kind in np.unique(flawless).tolist():
        segments["first_value_due"][world.route_role[kind] >= 0] = np.nan
    return segments


def care_of(world: World) -> Records:
    """(step, segment + own work): what tiers do to planned work; no steps where they do nothing."""
    customers = world.customers
    used = bool(np.any(customers.effort_left != 1.0) or np.any(customers.reach != 1.0))
    care = np.ones((len(world.steps) if used else 0, len(world.segments) + 1), CARE)
    if used:
        care["effort_left"][:, :-1] = customers.effort_left[world.steps["kind"]]
        care["reach"][:, :-1] = customers.reach
    return care


def terms_of(world: World) -> Records:
    """(segment, day): community and prices; no days where there are none."""
    customers = world.customers
    prices = customers.price_index.shape[1] > 0
    used = prices or bool(customers.rules["has_community"][0])
    terms = np.zeros((len(world.segments), world.days if used else 0), TERMS)
    if used:
        terms["members"] = customers.members
    if prices:
        terms["price_index"], terms["price_shift"] = customers.price_index, customers.price_shift
    return terms


def news_of(world: World) -> Records:
    """Room for what a day brings; none where nothing has consequences at a midnight."""
    return np.zeros(NEWS_AT_FIRST if world.customers.active else 0, NEWS)


def reads_health(world: World) -> bool:
    """Whether anybody ever reads the health of an account."""
    segments = world.segments
    return bool(world.customers.active or segments["churns"].any() or segments["changes"].any())


def changes_arr(world: World) -> bool:
    """Whether an account can come to pay more or less."""
    customers = world.customers
    return bool(
        world.segments["changes"].any() or customers.price_index.shape[1] or customers.plays["lead"].any()
    )


def served_by(world: World) -> NDArray[np.int8]:
    """(kind, segment): 1 where the accounts of a segment may come to get a kind of work."""
    route, kinds = world.route_role, world.kinds
    has = route >= 0
    if not has.size:
        return has.astype(np.int8)
    may = has @ (world.customers.serves.T > 0)
    # tickets come as in the account's own segment, and nobody is new a second time
    own = np.isin(kinds["trigger"], (r.TICKETS, r.ON_NEW_ACCOUNT))
    return np.where(own[:, None], has, may).astype(np.int8)
