"""What any replication's counts must add up to, whoever is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from csm_sim.engine import draws
from csm_sim.engine.simulate import Outcome
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
    np.testing.assert_array_equal(m["arr_start"] + m["arr_new"] - m["arr_churned"], m["arr_end"])
    np.testing.assert_array_equal(m["accounts_end"][:-1], m["accounts_start"][1:])
    np.testing.assert_array_equal(m["arr_end"][:-1], m["arr_start"][1:])
    alive = outcome.accounts[outcome.accounts["status"] == r.ALIVE]
    segments = m.shape[1]
    np.testing.assert_array_equal(m["accounts_end"][-1], np.bincount(alive["segment"], minlength=segments))
    np.testing.assert_array_equal(m["arr_end"][-1], np.bincount(alive["segment"], alive["arr"], segments))
    assert (m["churned"] <= m["renewals"]).all() and (m["churn_expected"] <= m["renewals"]).all()


def assert_coins_decide(world: World, outcome: Outcome, events: list[Any], seed: int) -> None:
    """An account churns exactly if its coin, which depends on nothing else, lies below the chance."""
    prefix = draws.purpose_prefixes(draws.root_seed(seed), np.uint64(1))[draws.RENEWAL]
    lost, accounts = np.zeros(len(world.segments)), in_book_order(outcome)
    for _, what, account, _, _, number, _, chance in events:
        if what in (r.RENEWED, r.CHURN):
            row = accounts[account]
            assert (draws.draw(prefix, row["uid"], np.uint64(number)) < chance) == (what == r.CHURN)
            lost[row["segment"]] += row["arr"] * chance
    np.testing.assert_allclose(outcome.months["arr_churn_expected"].sum(axis=0), lost, rtol=1e-12)
