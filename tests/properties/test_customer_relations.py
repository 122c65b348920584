"""How results must change, or must not, when the rules for customers change."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from properties.balance import (
    assert_accounts_and_arr_balance,
    assert_cohorts_add_up,
    assert_coins_decide,
    assert_efforts_match_the_log,
    assert_tallies_match_the_log,
    assert_tasks_balance,
    assert_tickets_add_up,
)
from properties.log import in_book_order
from properties.market import HEALTH, bands, changed, market, plain, run
from properties.scenarios import Files, Yaml, scenario_files, world_from, world_of

SEEDS = range(8)
OF_CUSTOMERS = (ev.CHURN, ev.RENEWED, ev.CHURNED_EARLY, ev.PRICED, ev.CONTRACTED, ev.EXPANDED)
REVENUE = [
    name
    for name in ct.MONTH.names or ()
    if name.startswith(("accounts", "churn", "arr", "renewals", "new", "expanded", "contracted", "early"))
]


def events_of(outcome: Outcome) -> list[Any]:
    return sorted(outcome.events.tolist())


def of_customers(outcome: Outcome) -> list[Any]:
    """What accounts do at renewals, and how they leave."""
    return [event for event in events_of(outcome) if event[1] in OF_CUSTOMERS]


def assert_same_revenue(one: Outcome, other: Outcome) -> None:
    for name in REVENUE:
        np.testing.assert_array_equal(one.months[name], other.months[name], err_msg=name)
    np.testing.assert_array_equal(one.cohorts, other.cohorts)
    assert of_customers(one) == of_customers(other)


# ---------------------------------------------------------------- bookkeeping


def test_the_market_uses_every_rule() -> None:
    """Else the properties of this file would say nothing about the rule that is missing."""
    world = world_from(market())
    found = {int(what) for seed in SEEDS for what in np.unique(run(world, seed).events["what"])}
    of_customers = {
        ev.PRICED, ev.CONTRACTED, ev.EXPANDED, ev.LEAD, ev.UPSOLD, ev.CROSS_SOLD, ev.STOPPED, ev.MOVED,
        ev.SEEN, ev.DECIDED, ev.CHURNED_EARLY,
    }  # fmt: skip
    assert of_customers <= found
    months = [run(world, seed).months for seed in SEEDS]
    for name in ("bad_fit", "poor_handover", "onboardings", "false_alarms", "moved_in", "first_values"):
        assert sum(of_one[name].sum() for of_one in months) > 0, name


@pytest.mark.parametrize("unlimited", [False, True])
def test_every_replication_balances(unlimited: bool) -> None:
    world = world_from(market())
    for seed in range(12):
        outcome = simulate(world, seed=seed, replication=1, unlimited=unlimited, log_capacity=200_000)
        events = sorted(outcome.events.tolist(), key=lambda event: event[0])
        assert_tasks_balance(outcome)
        assert_tickets_add_up(world, outcome)
        assert_tallies_match_the_log(world, outcome, events)
        assert_efforts_match_the_log(world, outcome, events)
        assert_accounts_and_arr_balance(outcome)
        assert_cohorts_add_up(outcome)
        assert_coins_decide(world, outcome, events, seed)


def test_months_count_what_the_log_tells() -> None:
    world = world_from(market(warm_up="0d"))
    counted = {
        ev.EXPANDED: ("expanded", "arr_expanded"),
        ev.CONTRACTED: ("contracted", "arr_contracted"),
        ev.UPSOLD: ("upsold", "arr_upsold"),
        ev.CROSS_SOLD: ("cross_sold", "arr_cross_sold"),
        ev.PRICED: (None, "arr_price"),
        ev.CHURNED_EARLY: ("churned_early", None),
        ev.STOPPED: ("stopped", None),
        ev.MOVED: ("moved_in", None),
    }
    for seed in SEEDS:
        outcome = run(world, seed)
        for what, (number, amount) in counted.items():
            log = outcome.events[outcome.events["what"] == what]
            if number:
                assert outcome.months[number].sum() == len(log), number
            if amount:
                assert outcome.months[amount].sum() == log["value"].sum(), amount
        leads = outcome.events[outcome.events["what"] == ev.LEAD]["value"]
        assert outcome.months["upsell_leads"].sum() == (leads == 0).sum()
        assert outcome.months["cross_sell_leads"].sum() == (leads == 1).sum()
        worse = seen_worse(outcome)
        assert outcome.months["alarms"].sum() == worse


def seen_worse(outcome: Outcome) -> int:
    """Times that the team saw a worse band than before; at first it sees green."""
    before: dict[int, float] = {}
    worse = 0
    for event in events_of(outcome):
        if event[1] == ev.SEEN:
            worse += event[7] < before.get(event[2], 2.0)
            before[event[2]] = event[7]
    return worse


# ---------------------------------------------------------------- order


def listed() -> tuple[Yaml, dict[str, str]]:
    """The market with two listed segments: their accounts get other numbers when the list is shuffled."""
    data, files = market(), {}
    for name, count in (("key", 8), ("smb", 25)):
        rows = [f"{name}-{k},{700_000 + 431_007 * k % 9_000_000}" for k in range(count)]
        files[name] = "\n".join(["account,arr", *rows]) + "\n"
        segment = data["segments"][name]
        segment["accounts"] = {"file": f"{name}.csv"}
        del segment["arr"]
        segment.pop("new")
    # a listed segment has no new business, so that a third brings the traits
    data["segments"]["tail"]["new"] = {"per_month": 4, "bad_fit": {"share": "50%", "churn_odds": "x2"}}
    data["timeline"][0]["sales"] = {"segments": ["tail"], "new": "x2", "for": "2 months"}
    return data, files


def test_the_order_of_an_account_list_changes_nothing() -> None:
    data, files = listed()
    one = world_from(data, **{f"{name}_csv": text for name, text in files.items()})
    for seed in SEEDS:
        shuffled = {}
        for name, text in files.items():
            head, *rows = text.splitlines()
            random.Random(seed).shuffle(rows)
            shuffled[f"{name}_csv"] = "\n".join([head, *rows]) + "\n"
        left, right = run(one, seed), run(world_from(data, **shuffled), seed)
        names = [{int(a["uid"]): k for k, a in enumerate(in_book_order(o))} for o in (left, right)]
        back = {names[1][uid]: number for uid, number in names[0].items()}
        moved = sorted((e[0], e[1], back[e[2]] if e[2] >= 0 else e[2], *e[3:]) for e in events_of(right))
        assert events_of(left) == moved
        for name in left.months.dtype.names or ():
            np.testing.assert_allclose(left.months[name], right.months[name], rtol=1e-12, err_msg=name)
        np.testing.assert_array_equal(left.cohorts, right.cohorts)
        np.testing.assert_array_equal(left.served, right.served)


def one_lift(data: Yaml) -> None:
    """Plays noted at the same midnight take effect in the order of the file: here none meets another's."""
    for name in ("save", "webinar"):
        data["playbooks"][name]["effect"].pop("health")
    del data["playbooks"]["webinar"]["effect"]


def turned(data: Yaml) -> None:
    one_lift(data)
    for group in ("segments", "playbooks"):
        data[group] = dict(reversed(data[group].items()))
    data["timeline"].reverse()


def test_the_order_of_the_file_changes_nothing() -> None:
    """Segments, playbooks and dates may stand in any order; rules of tiering and indicators are numbered."""
    one, other = changed(one_lift), changed(turned)
    assert one.names.segments == other.names.segments[::-1]
    assert one.names.kinds != other.names.kinds
    order = [other.names.segments.index(name) for name in one.names.segments]
    for seed in SEEDS:
        left, right = run(one, seed), run(other, seed)
        for name in left.months.dtype.names or ():
            np.testing.assert_allclose(
                left.months[name], right.months[name][:, order], rtol=1e-12, err_msg=name
            )
        np.testing.assert_array_equal(left.cohorts, right.cohorts)
        np.testing.assert_array_equal(left.served, right.served[:, order])
        np.testing.assert_array_equal(left.busy, right.busy)


# ---------------------------------------------------------------- staffing


def effects_off(data: Yaml) -> None:
    data["health"]["effects"] = "off"


def test_without_effects_staffing_costs_no_customer() -> None:
    """Run and twin lose exactly the same in every replication, with all rules, and so do other teams."""
    one = changed(effects_off)
    other = changed(lambda data: (effects_off(data), data["staff"]["csm"].update(headcount=5)))
    for seed in range(20):
        outcome = run(one, seed)
        assert_same_revenue(outcome, run(one, seed, unlimited=True))
        assert_same_revenue(outcome, run(other, seed))
        assert outcome.months["upsell_leads"].sum() == outcome.months["arr_upsold_expected"].sum() == 0


@settings(derandomize=True, deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(files=scenario_files(rules_for_customers=True), seed=st.integers(0, 2**32))
def test_without_effects_staffing_costs_no_customer_whatever_the_rules(files: Files, seed: int) -> None:
    world = world_of(files)
    health = world.health.copy()
    health["effects"] = 0
    world = replace(world, health=health)
    outcome, twin = run(world, seed), run(world, seed, unlimited=True)
    assert_same_revenue(outcome, twin)


def without_effects_of_plays(data: Yaml) -> None:
    """What plays lift, save and sell is no matter of how far health lies below 100."""
    for playbook in data["playbooks"].values():
        playbook.pop("effect", None)


@pytest.mark.parametrize("team", [1, 4])
def test_a_strength_of_nothing_is_no_effect(team: int) -> None:
    """All that happens to customers, and what the team sees of it, is as with effects switched off."""

    def weak(data: Yaml) -> None:
        without_effects_of_plays(data)
        data["staff"]["csm"].update(headcount=team)
        data["health"]["strength"] = "x0"

    one, other = changed(weak), changed(lambda data: (weak(data), effects_off(data)))
    as_it_is = changed(lambda data: (weak(data), data["health"].pop("strength")))
    differ = False
    for seed in SEEDS:
        outcome = run(one, seed)
        assert_same_revenue(outcome, run(other, seed))
        assert_same_revenue(outcome, run(one, seed, unlimited=True))
        assert of_customers(outcome) == of_customers(run(other, seed))
        differ |= of_customers(outcome) != of_customers(run(as_it_is, seed))
    assert differ


def test_staffing_moves_no_draw_of_customers() -> None:
    """Who they are, and when they decide: the same with one more person as long as they live."""
    worlds = [world_from(market())]
    worlds.append(changed(lambda data: data["staff"]["csm"].update(headcount=2)))
    differ = False
    for seed in SEEDS:
        outcomes = [run(world, seed) for world in worlds]
        accounts = [np.sort(o.accounts, order="uid") for o in outcomes]
        for name in ("uid", "traits", "segment", "start_day", "first_renewal_day"):
            np.testing.assert_array_equal(accounts[0][name], accounts[1][name], err_msg=name)
        numbers = [{n: int(a["uid"]) for n, a in enumerate(in_book_order(o))} for o in outcomes]
        decided = [
            {(numbers[k][e[2]], e[5]): e[0] for e in events_of(o) if e[1] == ev.DECIDED}
            for k, o in enumerate(outcomes)
        ]
        both = decided[0].keys() & decided[1].keys()
        assert len(both) > 30
        assert all(decided[0][key] == decided[1][key] for key in both)
        differ |= of_customers(outcomes[0]) != of_customers(outcomes[1])
    assert differ


def test_what_is_seen_of_the_same_health_does_not_depend_on_staffing() -> None:
    """Without effects health is the same, and with it what the team sees, true and false."""
    one = changed(effects_off)
    other = changed(lambda data: (effects_off(data), data["staff"]["csm"].update(headcount=4)))
    for seed in SEEDS:
        seen = [[e for e in events_of(run(w, seed)) if e[1] in (ev.SEEN, ev.DECIDED)] for w in (one, other)]
        assert seen[0] == seen[1]
        assert len(seen[0]) > 20


def monotone() -> Yaml:
    """A market in which doing something sooner, or at all, never harms an account.

    Left out are rules by which it may: plays that a fall in health begins (the healthier account gets none),
    moves and what follows them, lifts of health (what is learnt after a lift makes it fade, so the later one
    is worth more), silence that begins between two touches, for their period or because a channel does not
    reach (the later touch is the more recent one), a limit of onboarding, conversion by health (read when the
    play is done, and usage may be better later), and a warm-up (what is done in it sells nothing, and the
    twin does it sooner).
    """
    data = market(calendar={"week": "mon-fri"}, warm_up="0d")
    for name in ("journey", "tiering"):
        del data[name]
    data["playbooks"] = {
        "onboarding": {
            "for": ["key", "smb"],
            "on": "new_account",
            "first_value_after": "train",
            "steps": [
                {"do": "kickoff", "effort": "2h", "due": "5d", "customer_wait": "3d"},
                {"do": "train", "effort": "2h", "due": "20d"},
            ],
        },
        "review": {
            "for": "all",
            "every": "month",
            "effect": {
                "upsell": {"lead": "30%", "converts": bands(40, 40, 40), "uplift": "15%"},
                "cross_sell": {"lead": "20%", "converts": bands(50, 50, 50), "uplift": "10%"},
            },
            "steps": [
                {"do": "meet", "effort": "1h", "opens": "4d before", "due": "3d", "drop_after": "5d"},
            ],
        },
        "renewal": {
            "for": "all",
            "before_renewal": "25d",
            "effect": {"saves": "30%"},
            "steps": [{"do": "talk", "effort": "1h", "due": "8d before"}],
        },
    }  # fmt: skip
    data["health"] = {
        "decision": {"min": "26d", "max": "27d"},
        "silence": {"after": "60d", "to": 40, "half_life": "60d"},
        "usage": HEALTH["usage"],
        "pulse": "week",
    }
    for severity in data["tickets"]["severities"].values():
        severity["effort"] = {"constant": "30min"}
    return data


@pytest.mark.parametrize("headcount", [0, 1])
def test_the_twin_is_never_worse_account_by_account(headcount: int) -> None:
    """Whoever stays in the run stays in the twin, and pays there at least as much, in every replication.

    But for rounding: amounts are rounded to whole units where they change, and the order of changes may
    differ.
    """
    data = monotone()
    data["staff"]["csm"]["headcount"] = headcount
    world = world_from(data)
    better = 0
    for seed in range(20):
        outcome, twin = run(world, seed), run(world, seed, unlimited=True)
        for name in ("late", "dropped", "never_opened"):
            assert twin.tallies[name].sum() == 0, name
        here, there = (np.sort(o.accounts, order="uid") for o in (outcome, twin))
        np.testing.assert_array_equal(here["uid"], there["uid"])
        stays = here["status"] == r.ALIVE
        assert (there["status"][stays] == r.ALIVE).all()
        assert (there["arr"][stays] >= here["arr"][stays] - 20).all()
        assert (twin.months["arr_end"] >= outcome.months["arr_end"] - 20 * len(here)).all()
        better += int((twin.months["arr_end"] > outcome.months["arr_end"] + 20 * len(here)).any())
    assert better > 10


def _worlds() -> list[World]:
    return [world_from(plain()), world_from(market())]


def test_replications_differ_and_repeat() -> None:
    for world in _worlds():
        ends = [simulate(world, seed=4, replication=k).months["arr_end"][-1].sum() for k in (0, 1, 2, 0)]
        assert ends[0] == ends[3] and len(set(ends)) == 3
