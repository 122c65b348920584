"""What any replication's counts must add up to, whoever is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from csm_sim.engine import draws
from csm_sim.engine.simulate import Outcome
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from properties.log import in_book_order, kinds_from_the_backlog, opened_effort, recount


def assert_tasks_balance(outcome: Outcome) -> None:
    t = outcome.tallies
    came = t["open_at_start"] + t["opened"]
    went = t["on_time"] + t["late"] + t["dropped"] + t["cancelled"] + t["open_at_end"]
    went += t["abandoned"] + t["deflected"]
    np.testing.assert_array_equal(came, went)
    assert (t["overdue_at_end"] <= t["open_at_end"]).all()
    assert (t["wait_minutes"] <= t["wait_elapsed_minutes"] + 1e-6).all()
    assert (t["resolution_minutes"] <= t["resolution_elapsed_minutes"] + 1e-6).all()
    assert (t["in_response"] <= t["taken_up"]).all()


def assert_tickets_add_up(world: World, outcome: Outcome) -> None:
    t, done = outcome.tallies, outcome.tallies["on_time"] + outcome.tallies["late"]
    ticket = world.steps["ticket"].astype(bool)
    for name in ("deflected", "abandoned", "overflowed", "touches", "returned", "hand_overs", "escalated"):
        assert not t[name][~ticket].any(), name
    assert (t["touches"][ticket] >= done[ticket]).all()
    assert (t["reopened"] <= t["returned"]).all()
    if not world.warm_days:
        assert (t["touch_taken_up"] <= t["returned"]).all()
    rated = (done + t["abandoned"])[ticket]
    assert (t["score_sum"][ticket] <= 100 * done[ticket] + 1e-6).all()
    assert (t["ces_sum"][ticket] >= rated - 1e-6).all()
    assert (t["ces_sum"][ticket] <= 7 * done[ticket] + t["abandoned"][ticket] + 1e-6).all()
    assert (t["promoters"][ticket] + t["detractors"][ticket] <= rated).all()
    assert (t["detractors"] >= t["abandoned"]).all()
    for name in t.dtype.names or ():
        if not name.startswith(("open_at", "overdue_at")):
            np.testing.assert_allclose(outcome.by_month[name].sum(axis=0), t[name], rtol=1e-9, atol=1e-9)
    hand_over = float(world.desk.common[0]["hand_over_minutes"])
    np.testing.assert_allclose(t["hand_over_minutes"], hand_over * t["hand_overs"])


def assert_efforts_match_the_log(world: World, outcome: Outcome, events: list[Any]) -> None:
    """Every touch and every hand-over is effort that came."""
    counted = outcome.tallies["opened_effort_minutes"].sum(axis=1)
    extra = outcome.tallies["hand_over_minutes"].sum(axis=1)
    np.testing.assert_allclose(counted, opened_effort(world, events) + extra, rtol=1e-9, atol=1e-6)


def assert_tallies_match_the_log(world: World, outcome: Outcome, events: list[Any]) -> None:
    for name, counted in recount(world, events).items():
        if name == "taken_up":
            unclear = kinds_from_the_backlog(world)
            own = [
                world.kinds[kind]["per"] == r.PER_PERSON or kind in unclear for kind in world.steps["kind"]
            ]
            counted = np.where(own, outcome.tallies[name].sum(axis=1), counted)
        np.testing.assert_array_equal(outcome.tallies[name].sum(axis=1), counted, err_msg=name)


def assert_accounts_and_arr_balance(outcome: Outcome) -> None:
    m = outcome.months
    np.testing.assert_array_equal(m["accounts_start"] + m["new"] - m["churned"], m["accounts_end"])
    # ARR is in whole units of the currency, so the bridge closes to the last one
    gained = m["arr_new"] + arr_gained(m)
    np.testing.assert_array_equal(
        m["arr_start"] + gained - m["arr_contracted"] - m["arr_churned"], m["arr_end"]
    )
    np.testing.assert_array_equal(m["accounts_end"][:-1], m["accounts_start"][1:])
    np.testing.assert_array_equal(m["arr_end"][:-1], m["arr_start"][1:])
    alive = outcome.accounts[outcome.accounts["status"] == r.ALIVE]
    segments = m.shape[1]
    np.testing.assert_array_equal(m["accounts_end"][-1], np.bincount(alive["segment"], minlength=segments))
    np.testing.assert_array_equal(m["arr_end"][-1], np.bincount(alive["segment"], alive["arr"], segments))
    np.testing.assert_array_equal(outcome.served[-1], np.bincount(alive["tier"], minlength=segments))
    # whoever belongs to a segment may be served as another, but is served
    np.testing.assert_array_equal(outcome.served.sum(axis=1), m["accounts_end"].sum(axis=1))
    np.testing.assert_array_equal(m["moved_in"].sum(axis=1), m["moved_out"].sum(axis=1))
    assert (m["churned"] - m["churned_early"] <= m["renewals"]).all()
    assert (m["churn_expected"] - m["early_expected"] <= m["renewals"] + 1e-9).all()
    assert (m["expanded"] + m["contracted"] <= m["renewals"]).all()
    for part, whole in (
        ("churned_early", "churned"),
        ("arr_churned_early", "arr_churned"),
        ("upsold", "upsell_leads"),
        ("cross_sold", "cross_sell_leads"),
        ("bad_fit", "new"),
        ("poor_handover", "new"),
        ("false_alarms", "alarms"),
        ("onboardings", "new"),
    ):
        assert (m[part] <= m[whole]).all(), (part, whole)
    for part, whole in (
        ("arr_early_expected", "arr_churn_expected"),
        ("early_expected", "churn_expected"),
    ):
        assert (m[part] <= m[whole] * (1 + 1e-12)).all(), (part, whole)


def arr_gained(months: Any) -> Any:
    """ARR that accounts which were there before pay more."""
    return sum(months[name] for name in ("arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold"))


def assert_cohorts_add_up(outcome: Outcome) -> None:
    """What the cohorts lose and gain is what the months do, and none before it has started."""
    m, cohorts = outcome.months, outcome.cohorts
    of_months = (m["churned"], m["arr_churned"], m["arr_contracted"], arr_gained(m))
    for column, by_segment in enumerate(of_months):
        np.testing.assert_array_equal(cohorts[:, :, column].sum(axis=0), by_segment.sum(axis=1))
    for month in range(len(m)):
        assert not cohorts[month + 1, :month].any()
    assert (cohorts[..., :3] >= 0).all()  # prices may fall, so that gains may be below 0
    # those who started in a month cannot lose more than came
    new = m["new"].sum(axis=1)
    assert (cohorts[1:, :, 0].sum(axis=1) <= new).all()
    lost = cohorts[0, :, 0].sum() + cohorts[1:, :, 0].sum()
    assert lost == m["accounts_start"][0].sum() + new.sum() - m["accounts_end"][-1].sum()


GAINS = (ev.PRICED, ev.EXPANDED, ev.UPSOLD, ev.CROSS_SOLD)


def assert_coins_decide(world: World, outcome: Outcome, events: list[Any], seed: int) -> None:
    """An account churns exactly if its coin, which depends on nothing else, lies below the chance.

    The log is read backwards, from the ARR at the end to what it was when the coin was thrown.
    """
    prefixes = draws.purpose_prefixes(draws.root_seed(seed), np.uint64(1))
    lost, accounts = np.zeros((2, len(world.segments))), in_book_order(outcome)
    arr = accounts["arr"].tolist()
    counted = world.warm_days * r.DAY
    for time, what, account, _, _, number, _, value in reversed(events):
        if what in GAINS:
            arr[account] -= value
        elif what == ev.CONTRACTED:
            arr[account] += value
        elif what in (ev.RENEWED, ev.CHURN, ev.CHURNED_EARLY):
            row, early = accounts[account], what == ev.CHURNED_EARLY
            coin = draws.draw(
                prefixes[draws.EARLY if early else draws.RENEWAL], row["uid"], np.uint64(number)
            )
            assert (coin < value) == (what != ev.RENEWED)
            assert time >= counted or not early
            lost[int(early), row["segment"]] += arr[account] * value
    assert min(arr, default=0) >= 0
    m = outcome.months
    at_renewals = (m["arr_churn_expected"] - m["arr_early_expected"]).sum(axis=0)
    np.testing.assert_allclose(at_renewals, lost[0], rtol=1e-9, atol=1e-6)
    # pulses without churn are not in the log
    assert (lost[1] <= m["arr_early_expected"].sum(axis=0) * (1 + 1e-9)).all()
