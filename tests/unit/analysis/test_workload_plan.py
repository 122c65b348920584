"""The bottom-up workload, against hand calculation and itself."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from full_desk import SCENARIO as DESK
from moving_team import SCENARIO as MOVING
from small_team import SCENARIO as SMALL

from csm_sim.analysis.workload_book import shifted
from csm_sim.analysis.workload_heads import heads_needed
from csm_sim.analysis.workload_plan import RoleNeed, WorkloadPlan, plan_workload
from csm_sim.analysis.workload_ratios import ACCOUNTS, Band
from csm_sim.scenario import load
from csm_sim.theory.queues import mg1_wait_mean, service_moments
from csm_sim.theory.staffing import servers_for_delay_probability
from csm_sim.world.build import World, build_world

REVIEWS = """\
name: Only reviews
start: 2026-04-01
horizon: 12 months
calendar: {country: JP, week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  customers: {touch: low, accounts: 100, arr: 1.5M, owner: csm}
staff:
  csm: {headcount: 1, shrinkage: 20%}
playbooks:
  qbr:
    for: customers
    every: quarter
    steps: [
      {do: prepare, effort: 1h}, {do: report, effort: 1h, opens: 2d}, {do: follow up, effort: 1h, opens: 5d}]
"""
ROUND_THE_CLOCK = """\
name: Round the clock
start: 2027-01-01
horizon: 300d
calendar: 24x7
segments:
  customers: {touch: high, accounts: 20, arr: 1M, owner: csm}
staff:
  csm: {headcount: 1, shrinkage: 0%, switch: 0min}
tickets:
  rate: 42 per month
  handled_by: csm
  severities:
    p1: {share: 50%, effort: {exponential: 30min}, resolve: 4h, priority: 1}
    p2: {share: 50%, effort: {mean: 45min, cv: 1.2}, resolve: 24h, priority: 2}
"""


def planned(folder: Path, text: str, *sets: str) -> tuple[WorkloadPlan, World]:
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load(path, sets)
    world = build_world(loaded)
    return plan_workload(loaded, world), world


def test_a_hundred_accounts_with_four_reviews_of_three_hours_fill_77_percent_of_a_year(
    tmp_path: Path,
) -> None:
    plan, _ = planned(tmp_path, REVIEWS)
    (need,) = plan.roles
    # 100 accounts x 4 reviews x 3 h = 1,200 h; a quarter is 365.25 / 4 days, the year has 365
    assert need.needed_hours == pytest.approx(1200 * 365 / 365.25, rel=2e-3)
    # 130 usable hours a month: about 244 days x 8 h x 80 %
    assert need.available_hours == pytest.approx(1560, rel=0.01)
    assert need.load == pytest.approx(0.77, abs=0.01)
    assert need.gap_hours == pytest.approx(need.needed_hours - need.available_hours)
    assert need.gap_hours == pytest.approx(-360, abs=20)
    assert plan.hours["step"][("qbr", "report")] == pytest.approx(400, rel=0.005)
    assert plan.tasks["playbook"][("qbr",)] == pytest.approx(1200, rel=2e-3)


def test_people_are_hours_over_time_and_shrinkage_divides(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, REVIEWS, "staff.csm.leave=20 days")
    for need in (*plan.roles, *plan.role_months):
        assert need.fte_unshrunk == pytest.approx(need.needed_hours / need.one_hours)
        assert need.fte == pytest.approx(need.fte_unshrunk / (1 - 0.2))
        assert need.fte_present >= need.fte - 1e-12
        left = (
            need.contracted_hours
            - need.vacant_hours
            - need.away_hours
            - need.slower_hours
            - need.shrunk_hours
        )
        assert need.available_hours == pytest.approx(left)
    (whole,) = plan.roles
    # 20 of about 244 working days
    assert whole.away_hours == pytest.approx(20 * 8, rel=0.02)
    assert whole.fte_present == pytest.approx(whole.fte / (1 - 20 / 244), rel=0.02)


@pytest.mark.parametrize("text", [SMALL, DESK, MOVING, REVIEWS, ROUND_THE_CLOCK])
def test_however_hours_are_divided_they_are_the_same_hours(text: str, tmp_path: Path) -> None:
    plan, world = planned(tmp_path, text)
    for cut, hours in plan.hours.items():
        assert sum(hours.values()) == pytest.approx(plan.total_hours), cut
    assert sum(row[-1] for row in plan.detail) == pytest.approx(plan.total_hours)
    by_month = dict.fromkeys(plan.months, 0.0)
    for need in plan.role_months:
        by_month[need.month] += need.needed_hours
    assert sum(by_month.values()) == pytest.approx(plan.total_hours)
    assert all(math.isfinite(hours) and hours >= 0 for hours in by_month.values())
    for need in plan.roles:
        months = [one for one in plan.role_months if one.role == need.role]
        for field in ("needed_hours", "contracted_hours", "away_hours", "available_hours"):
            assert getattr(need, field) == pytest.approx(sum(getattr(one, field) for one in months))
    assert set(heads_needed(world)) == {need.role for need in plan.roles}


def test_what_nobody_can_know_is_said(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, MOVING)
    said = " ".join(plan.left_out)
    assert "hand-overs of accounts" in said
    text = REVIEWS + "  rescue: {for: customers, on: health_red, steps: [{do: call, effort: 1h}]}\n"
    plan, _ = planned(tmp_path, text)
    assert any("playbooks on events (rescue)" in line for line in plan.left_out)
    assert ("rescue",) not in plan.hours["playbook"]


def test_churn_is_that_of_good_health_and_said(tmp_path: Path) -> None:
    rates = "segments.customers.churn={green: 50%, yellow: 60%, red: 70%}"
    without, _ = planned(tmp_path, REVIEWS)
    plan, _ = planned(tmp_path, REVIEWS, rates)
    assert any("customers 50%" in line for line in plan.taken)
    # half of the accounts leave evenly over the year: a quarter of the work is missing
    assert plan.total_hours == pytest.approx(0.75 * without.total_hours, rel=0.01)


def test_heads_carry_shrinkage_leave_and_work_of_their_own(tmp_path: Path) -> None:
    _, world = planned(tmp_path, REVIEWS)
    csm = heads_needed(world)["csm"]
    assert csm.people == pytest.approx(1200 / 1562, rel=0.01)
    assert csm.named
    assert csm.seed == 1  # 0.77 / 0.85 = 0.9
    assert csm.busiest > csm.people
    own = "  admin: {per: person, role: csm, every: week, steps: [{do: report, effort: 4h}]}\n"
    _, world = planned(tmp_path, REVIEWS + own)
    # each of them has 4 h of 30 h a week less
    assert heads_needed(world)["csm"].people == pytest.approx(1200 / (1562 - 4 * 365 / 7), rel=0.01)


def test_a_pool_begins_near_what_erlang_c_asks_for(tmp_path: Path) -> None:
    text = ROUND_THE_CLOCK.replace(", owner: csm", "").replace("42 per month", "1000 per month")
    _, world = planned(tmp_path, text)
    csm = heads_needed(world)["csm"]
    load = 20 * 1000 / (30.4375 * 24) * 37.5 / 60
    assert csm.people == pytest.approx(load, rel=1e-3)
    assert not csm.named
    assert abs(csm.seed - servers_for_delay_probability(load, 0.5)) <= 1


def test_a_book_of_random_work_waits_as_the_formula_says(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ROUND_THE_CLOCK)
    (book,) = plan.lateness
    assert book.formula == "M/G/1 with priorities"
    assert book.validity.text == "valid within about 15%"
    rate = 20 * 42 / (30.4375 * 24)
    assert book.load == pytest.approx(rate * 37.5 / 60, rel=1e-3)
    first, second = book.classes
    # Cobham: the residual work over (1 - s1), and over (1 - s1)(1 - s2)
    half = rate / 2
    residual = half * (2 * 0.5**2 + 0.75**2 * (1 + 1.2**2)) / 2
    assert first.wait_hours == pytest.approx(residual / (1 - half * 0.5), rel=5e-3)
    assert second.wait_hours == pytest.approx(residual / ((1 - half * 0.5) * (1 - book.load)), rel=5e-3)
    one = ROUND_THE_CLOCK.replace("priority: 2", "priority: 1").replace(
        "{mean: 45min, cv: 1.2}", "{exponential: 30min}"
    )
    plan, _ = planned(tmp_path, one)
    (alone,) = plan.lateness[0].classes
    expected = mg1_wait_mean(rate, service_moments("exponential", 0.5))
    assert alone.wait_hours == pytest.approx(expected, rel=5e-3)
    # M/M/1: P(W > t) = load exp(-(1 - load) mu t), t what the target leaves after the work itself
    load = rate * 0.5
    late = [load * math.exp(-(1 - load) / 0.5 * (target - 0.5)) for target in (4, 24)]
    assert alone.late == pytest.approx(sum(late) / 2, rel=0.02)


@pytest.mark.parametrize(
    ("sets", "text"),
    [
        (("segments.customers.accounts=40",), "there is more work than time"),
        (("tickets.season={feb: x3}",), "in some months there is more work than time"),
        (("tickets.season={feb: x1.25}",), "the load changes from month to month"),
        (("segments.customers.accounts=26",), "close to full load chance decides"),
    ],
)
def test_where_the_formula_does_not_hold_it_says_so(sets: tuple[str, ...], text: str, tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ROUND_THE_CLOCK, *sets)
    validity = plan.lateness[0].validity
    assert not validity.valid
    assert validity.text.startswith(f"not valid: simulate, because {text}")


def test_planned_work_is_not_random(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, REVIEWS, "segments.customers.accounts=90")
    assert "planned" in plan.lateness[0].validity.text
    assert plan.lateness[0].undone == 0.0
    plan, _ = planned(tmp_path, REVIEWS, "segments.customers.accounts=200")
    assert plan.lateness[0].undone == pytest.approx(1 - 1560 / 2400, abs=0.01)
    assert math.isinf(plan.lateness[0].classes[-1].wait_hours)


def test_ratios_stand_beside_the_published_bands(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, REVIEWS)
    (ratio,) = plan.ratios
    assert (ratio.role, ratio.tier) == ("csm", "low")
    assert ratio.accounts_per_person == pytest.approx(100)
    assert ratio.arr_per_person == pytest.approx(150e6)
    assert ratio.accounts_band == ACCOUNTS["low"] == Band(150, 400, "ooligo.com", "C")
    assert ratio.arr_band is not None
    assert (ratio.accounts_band.place_of(100), ratio.arr_band.place_of(150e6)) == ("below", "above")


def test_nobody_and_nothing_are_no_error(tmp_path: Path) -> None:
    plan, world = planned(tmp_path, REVIEWS, "staff.csm.headcount=0")
    (need,) = plan.roles
    assert math.isinf(need.load)
    assert plan.lateness == plan.ratios == ()
    assert heads_needed(world)["csm"].people == pytest.approx(0.77, abs=0.01)
    idle = REVIEWS.partition("playbooks:")[0]
    plan, world = planned(tmp_path, idle)
    assert plan.total_hours == 0.0
    assert plan.roles[0].load == 0.0
    assert math.isnan(plan.roles[0].gap_share)
    assert heads_needed(world)["csm"].seed == 0


def test_parts_of_a_day_are_divided() -> None:
    by_day = np.array([0.0, 8.0, 0.0, 0.0])
    assert shifted(by_day, -0.25).tolist() == [2.0, 6.0, 0.0, 0.0]
    assert shifted(by_day, 3).tolist() == [0.0, 0.0, 0.0, 0.0]
    assert shifted(by_day, 0).tolist() == by_day.tolist()


def test_a_gap_is_a_share_of_what_is_needed() -> None:
    need = RoleNeed("csm", "", 200.0, 250.0, 0.0, 0.0, 0.0, 100.0, 150.0, 250.0, 0.8, 1.3, 1.3, 1.0)
    assert (need.gap_hours, need.gap_share, need.load) == (50.0, 0.25, pytest.approx(4 / 3))
    assert math.isinf(replace(need, available_hours=0.0).load)
