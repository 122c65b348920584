"""Customers in the engine: what is allocated, kept in step, counted, and switched off."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from properties.scenarios import Yaml, world_from

from csm_sim.engine import draws as dr
from csm_sim.engine.lives import served_by
from csm_sim.engine.ownership import counts_as
from csm_sim.engine.populate import arrival_days, populate
from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World

SEED = dr.root_seed(7)
CHANCE: Yaml = {"green": "5%", "yellow": "10%", "red": "30%"}
FULL: Yaml = {
    "name": "customers",
    "start": "2027-04-05",
    "horizon": "12 months",
    "warm_up": "2 months",
    "segments": {
        "entry": {
            "touch": "high",
            "owner": "csm",
            "term": "3 months",
            "accounts": 40,
            "arr": {"p50": "1M", "p90": "3M"},
            "churn": CHANCE,
            "contraction": {"chance": {"green": "5%", "yellow": "10%", "red": "20%"}, "by": "20%"},
            "expansion": {"chance": {"green": "30%", "yellow": "10%", "red": "0%"}, "uplift": "15%"},
            "early_churn": {"chance": "10%", "within": "60d"},
            "new": {
                "per_month": 6,
                "season": {"jul": "x2"},
                "bad_fit": {"share": "40%", "churn_odds": "x3", "tickets": "x2", "onboarding_effort": "x1.5"},
            },
        },
        "tail": {"touch": "low", "term": "3 months", "accounts": 10, "arr": "300K", "churn": CHANCE},
    },
    "journey": {"onboarding_limit": "60d"},
    "tiering": [
        {"from": ["entry"], "to": "tail", "on": "first_value", "if": {"arr_below": "2M"}},
        {"from": ["tail"], "to": "entry", "review": "quarter", "if": {"health": ["red", "yellow"]}},
    ],
    "staff": {
        "csm": {"headcount": 2, "balance": "arr"},
        "pool": {"headcount": 1, "serves": ["tail"]},
    },
    "playbooks": {
        "onboard": {
            "for": ["entry"],
            "on": "new_account",
            "first_value_after": "launch",
            "steps": [
                {"do": "kick off", "effort": "2h", "due": "7d", "customer_wait": "5d"},
                {"do": "launch", "effort": "4h", "due": "30d"},
            ],
        },
        "qbr": {
            "for": ["entry"],
            "every": "month",
            "steps": [{"do": "meet", "effort": "5h", "due": "14d"}],
            "effect": {
                "upsell": {
                    "lead": "20%",
                    "converts": {"green": "50%", "yellow": "20%", "red": "0%"},
                    "uplift": "10%",
                }
            },
        },
        "mail": {"for": "all", "every": "week", "steps": [{"do": "send", "effort": "10min", "due": "3d"}]},
        "save": {"for": "all", "on": "health_red", "steps": [{"do": "call", "effort": "1h", "due": "3d"}]},
    },
    "health": {"decision": {"min": "20d", "max": "60d"}, "pulse": "week", "silence": {"after": "30d"}},
    "timeline": [
        {"on": "2027-06-01", "price": {"by": "5%", "churn_odds": "x1.2"}},
        {"on": "2027-10-01", "price": {"by": "3%"}},
    ],
}  # fmt: skip


def full(**changes: Any) -> World:
    return world_from({**FULL, **changes})


@pytest.fixture(scope="module")
def world() -> World:
    return full()


@pytest.fixture(scope="module")
def outcome(world: World) -> Outcome:
    return simulate(world, seed=7, replication=0, log_capacity=200_000)


def test_something_of_everything_happens(outcome: Outcome) -> None:
    what = set(outcome.events["what"].tolist())
    assert {
        ev.PRICED, ev.CONTRACTED, ev.EXPANDED, ev.LEAD, ev.UPSOLD, ev.MOVED, ev.SEEN, ev.DECIDED,
        ev.CHURNED_EARLY,
    } <= what  # fmt: skip


def test_a_world_without_rules_for_customers_allocates_nothing_for_them() -> None:
    plain: Yaml = {
        "name": "plain",
        "start": "2027-04-05",
        "horizon": "1 months",
        "segments": {"tail": {"touch": "low", "accounts": 3, "arr": "1M"}},
        "staff": {"csm": {"headcount": 1, "serves": "all"}},
        "playbooks": {"mail": {"for": "all", "every": "week", "steps": [{"do": "send", "effort": "1h"}]}},
    }
    state = populate(world_from(plain), SEED, 0, False)
    of_customers = ("life", "life_days", "news", "terms", "care", "opening_arr")
    assert [getattr(state, name).size for name in of_customers] == [0] * len(of_customers)
    assert not state.control["watches"][0]


def test_streams_are_there_for_every_tier_that_an_account_may_come_to(world: World) -> None:
    # entry may become tail and tail entry, but nobody is new to a tier a second time
    kinds = list(world.names.kinds)
    may = served_by(world)
    assert may[kinds.index("qbr")].tolist() == [1, 1]
    assert may[kinds.index("onboard")].tolist() == [1, 0]
    state = populate(world, SEED, 0, False)
    qbr = state.nodes[(state.nodes["kind"] == kinds.index("qbr")) & (state.nodes["account"] >= 0)]
    asleep = state.accounts["segment"][qbr["account"]] == 1
    assert np.all(qbr["wake"][asleep] == r.NEVER)
    assert np.all(qbr["begins"][~asleep] < r.NEVER)


def test_new_business_runs_on_a_clock_of_its_own() -> None:
    """Days that count nothing bring nobody; the others as many as on a plain clock of their total length."""
    prefix, uid = dr.purpose_prefixes(SEED, np.uint64(0))[dr.NEW_BUSINESS], np.uint64(5)
    rate, days = 3.0 / r.DAY, 60
    multiples = np.tile([0.0, 2.0, 1.0], days // 3)
    found = arrival_days(prefix, uid, rate, days, multiples)
    clock = np.concatenate([[0.0], np.cumsum(multiples * r.DAY)])
    reading, expected = 0.0, []
    while True:
        reading -= math.log(dr.draw(prefix, uid, np.uint64(len(expected)))) / rate
        day = int(np.searchsorted(clock, reading, side="right")) - 1
        if day >= days - 1:
            break
        expected.append(day + 1)
    assert found.tolist() == expected
    assert np.all(found % 3 != 1)
    plain = arrival_days(prefix, uid, rate, days, np.zeros(0))
    assert plain.tolist() == arrival_days(prefix, uid, rate, days, np.ones(days)).tolist()


def test_traits_shift_the_odds_of_those_who_start_within_the_run(world: World) -> None:
    accounts = populate(world, SEED, 0, False).accounts
    bad = (accounts["traits"] & r.BAD_FIT) > 0
    new = accounts["start_day"] > 0
    assert not bad[~new].any()
    assert 0.2 < bad[new & (accounts["segment"] == 0)].mean() < 0.6
    assert np.allclose(accounts["churn_shift"][bad], math.log(3.0))
    assert np.all(accounts["churn_shift"][~bad] == 0.0)


@pytest.mark.parametrize("unlimited", [False, True])
def test_the_bridge_closes_to_the_last_unit(world: World, unlimited: bool) -> None:
    outcome = simulate(world, seed=7, replication=1, unlimited=unlimited)
    months, accounts = outcome.months, outcome.accounts
    for segment in range(len(world.segments)):
        mine = (accounts["segment"] == segment) & (accounts["status"] == r.ALIVE)
        assert months["arr_end"][-1, segment] == accounts["arr"][mine].sum()
        assert months["accounts_end"][-1, segment] == mine.sum()
    gained = sum(
        months[name].sum(axis=1) for name in ("arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold")
    )
    lost = [months["churned"], months["arr_churned"], months["arr_contracted"]]
    of_cohorts = outcome.cohorts.sum(axis=0)
    assert of_cohorts.T.tolist() == [*(part.sum(axis=1).tolist() for part in lost), gained.tolist()]
    # a month's new accounts can be lost from then on only
    assert all(not outcome.cohorts[month + 1, :month].any() for month in range(world.months))


def test_accounts_are_counted_by_how_they_are_served(outcome: Outcome) -> None:
    months = outcome.months
    assert outcome.served.sum(axis=1).tolist() == months["accounts_end"].sum(axis=1).tolist()
    moved = (months["moved_in"] - months["moved_out"]).sum(axis=0)
    assert moved.sum() == 0
    assert moved[1] > 0
    alive = outcome.accounts["status"] == r.ALIVE
    assert outcome.served[-1].tolist() == np.bincount(outcome.accounts["tier"][alive]).tolist()


def test_what_is_left_of_the_opening_book_counts_no_gains(world: World, outcome: Outcome) -> None:
    opening, left = outcome.opening_cohort.T
    assert opening.tolist() == outcome.months["arr_start"][0].tolist()
    mine = (outcome.accounts["cohort"] == 0) & (outcome.accounts["status"] == r.ALIVE)
    now = np.bincount(
        outcome.accounts["segment"][mine], outcome.accounts["arr"][mine], minlength=len(world.segments)
    )
    assert np.all(left <= opening)
    assert left[0] < now[0]


@pytest.mark.parametrize("balance", ["accounts", "arr", "hours", "renewals"])
def test_books_stay_in_step_with_arr_and_tiers(balance: str) -> None:
    world = full(staff={**FULL["staff"], "csm": {"headcount": 2, "balance": balance}})
    outcome = simulate(world, seed=7, replication=2)
    accounts, rule = outcome.accounts, world.supply.rules[0]
    for seat in np.flatnonzero(outcome.people["role"] == 0):
        book = np.flatnonzero((accounts["owner"] == seat) & (accounts["status"] == r.ALIVE))
        load = sum(
            counts_as(int(a), int(rule["balance"]), accounts, world.supply.hours_weights) for a in book
        )
        assert outcome.people[seat]["accounts"] == len(book)
        assert outcome.people[seat]["book_load"] == pytest.approx(load)
        assert np.all(accounts["tier"][book] == 0)  # the tail has no owner


def test_work_adds_up_when_accounts_move(outcome: Outcome) -> None:
    totals = {name: outcome.tallies[name].sum(axis=1) for name in ct.TALLY.names or ()}
    came = totals["open_at_start"] + totals["opened"]
    went = sum(
        totals[name]
        for name in ("on_time", "late", "dropped", "cancelled", "abandoned", "deflected", "open_at_end")
    )
    assert came.tolist() == went.tolist()
    assert totals["cancelled"].sum() > 0


def test_without_effects_staffing_changes_no_customer() -> None:
    world = full(health={**FULL["health"], "effects": False})
    run, twin = (simulate(world, seed=7, replication=3, unlimited=unlimited) for unlimited in (False, True))
    assert run.months["churned"].sum() > 0
    for name in ("churned", "arr_churned", "arr_churn_expected", "arr_contracted", "arr_expanded", "arr_end"):
        assert run.months[name].tolist() == twin.months[name].tolist()
    assert run.months["upsell_leads"].sum() == 0
    for part in ("engagement", "support", "onboarding"):
        assert np.all(run.accounts[part] == 100.0)


def test_work_that_is_never_late_scores_full_marks_with_the_same_queue(world: World) -> None:
    steps = world.steps.copy()
    steps["flawless"] = 1
    # neither odds nor moves may tell accounts apart: the same customers, other health
    still = world.segments.copy()
    still["churns"] = still["changes"] = 0
    still["early_logit"] = math.nan
    rules = replace(
        world.customers, moves=world.customers.moves[:0], plays=np.zeros_like(world.customers.plays)
    )
    plain = replace(world, segments=still, customers=rules)
    late = simulate(plain, seed=7, replication=4)
    flawless = simulate(replace(plain, steps=steps), seed=7, replication=4)
    mail = list(world.names.kinds).index("mail")
    of_mail = world.steps["kind"] == mail
    assert late.tallies["dropped"].sum() + late.tallies["late"].sum() > 0
    assert late.tallies["on_time"][of_mail].tolist() == flawless.tallies["on_time"][of_mail].tolist()
    assert flawless.accounts["engagement"].mean() > late.accounts["engagement"].mean() + 1


def test_a_programme_may_be_done_before_there_is_any_customer() -> None:
    """What it does to customers is heard by none; the line that tells of it has no account either."""
    webinar = {
        "per": "segment", "for": ["tail"], "every": "week", "reach": "40%",
        "effect": {"health": {"adoption": 3}}, "steps": [{"do": "talk", "effort": "1h"}],
    }  # fmt: skip
    world = world_from({
        "name": "nobody yet", "start": "2027-04-05", "horizon": "1 months",
        "segments": {"tail": {"touch": "tech", "accounts": 0, "arr": "1M"}},
        "staff": {"csm": {"headcount": 1}}, "playbooks": {"webinar": {**webinar, "role": "csm"}},
    })  # fmt: skip
    outcome = simulate(world, seed=1, replication=0, log_capacity=1000)
    assert (outcome.events["what"] == ev.DONE).sum() > 2
    assert len(outcome.accounts) == 0
