"""The figures add up, and say what the catalogue says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.analysis.catalogue import CATALOGUE, TWIN_METRICS
from csm_sim.analysis.estimates import ALL, Estimate, Estimates, scope
from csm_sim.analysis.targets import judge
from csm_sim.scenario.settings import Targets

PAID = SCENARIO.replace("csm: {headcount: 1,", "csm: {headcount: 1, cost: 9M per year,")
"""One role has a cost, the other none."""


def _mean(run: SmallRun, metric: str, of: str = ALL) -> float:
    found = run.summary.estimates.get(metric, of)
    assert found is not None, (metric, of)
    return found.mean


def test_names_follow_the_rule() -> None:
    for name, metric in CATALOGUE.items():
        unit = name.rsplit("_", 1)[1]
        assert unit == metric.unit, name
        assert metric.description.endswith((".", ")."))
        assert metric.better in ("up", "down", "neither")


def test_every_metric_of_the_catalogue_is_estimated(
    run: SmallRun, desk: SmallRun, moving: SmallRun, customers: SmallRun, tmp_path: Path
) -> None:
    paid = run_small(tmp_path, n=2, twin=False, text=PAID)
    found = {one.metric for each in (run, desk, moving, customers, paid) for one in each.summary.estimates}
    assert found == set(CATALOGUE)


def test_figures_of_rules_that_are_not_used_are_left_out(run: SmallRun) -> None:
    found = {one.metric for one in run.summary.estimates}
    unused = ("deflect", "abandon", "overflow", "escalat", "reopen", "touch", "hand_over", "held")
    assert not [name for name in found if any(word in name for word in unused)]


@pytest.mark.parametrize("which", ["run", "desk", "moving", "customers"])
def test_every_mean_has_an_interval(which: str, request: pytest.FixtureRequest) -> None:
    for one in request.getfixturevalue(which).summary.estimates:
        if one.metric == "arr_lost_p90_money" or (one.metric.startswith("lateness") and math.isnan(one.low)):
            continue  # 12 replications are too few for a P90; lateness may be known from one replication
        assert one.n == 12
        assert one.low <= one.mean + 1e-6 * abs(one.mean), one
        assert one.mean <= one.high + 1e-6 * abs(one.mean), one


@pytest.mark.parametrize("prefix", ["", "twin_"])
@pytest.mark.parametrize("what", [("accounts", "accounts"), ("arr", "money")])
def test_the_bridge_closes(run: SmallRun, prefix: str, what: tuple[str, str]) -> None:
    name, unit = what
    scopes = [ALL, "segment=key", "tier=tech", *(scope(month=month) for month in run.summary.groups.months)]
    for of in scopes:
        opening, new, churned, closing = (
            _mean(run, f"{prefix}{name}_{part}_sum_{unit}", of)
            for part in ("opening", "new", "churned", "closing")
        )
        assert opening + new - churned == pytest.approx(closing, rel=1e-12)
    closing = [
        _mean(run, f"{prefix}{name}_closing_sum_{unit}", scope(month=m)) for m in run.summary.groups.months
    ]
    opening = [
        _mean(run, f"{prefix}{name}_opening_sum_{unit}", scope(month=m)) for m in run.summary.groups.months
    ]
    assert closing[:-1] == opening[1:]
    assert closing[-1] == _mean(run, f"{prefix}{name}_closing_sum_{unit}")


def test_there_is_no_money_without_a_cost(run: SmallRun) -> None:
    money = ("cost_", "revenue_", "margin_", "net_", "npv_")
    assert not [one.metric for one in run.summary.estimates if one.metric.startswith(money)]


def test_the_gap_is_what_the_bridges_leave(run: SmallRun) -> None:
    lost = _mean(run, "arr_lost_counted_mean_money")
    assert lost == pytest.approx(
        _mean(run, "twin_arr_closing_sum_money") - _mean(run, "arr_closing_sum_money")
    )
    last = scope(month=run.summary.groups.months[-1])
    assert lost == pytest.approx(_mean(run, "arr_gap_mean_money", last))


def test_planned_work_adds_up(run: SmallRun) -> None:
    for of in (ALL, "playbook=call", "playbook=onboarding;step=train", "tier=high"):
        shares = [_mean(run, f"{part}_mean_share", of) for part in ("on_time", "late", "missed", "overdue")]
        assert sum(shares) == pytest.approx(1.0)
    by_playbook = [
        _mean(run, "on_time_sum_tasks", f"playbook={name}") for name in ("call", "onboarding", "admin")
    ]
    assert sum(by_playbook) == pytest.approx(_mean(run, "on_time_sum_tasks"))


def test_hours_add_up(run: SmallRun) -> None:
    total = _mean(run, "demand_sum_hours")
    for kind, names in (
        ("playbook", ("call", "onboarding", "admin", "tickets")),
        ("tier", ("high", "tech", "own work")),
        ("role", ("csm", "support")),
        ("month", run.summary.groups.months),
    ):
        parts = [run.summary.estimates.get("demand_sum_hours", f"{kind}={name}") for name in names]
        assert sum(part.mean for part in parts if part) == pytest.approx(total)


def test_people_needed_are_the_promised_hours_over_the_hours_of_one(run: SmallRun) -> None:
    hours = _mean(run, "full_demand_sum_hours", "role=csm")
    one = run.world.working.minutes(run.world.warm_days, run.world.days) / 60.0
    assert _mean(run, "needed_unshrunk_mean_people", "role=csm") == pytest.approx(hours / one)
    assert _mean(run, "needed_mean_people", "role=csm") == pytest.approx(hours / one / 0.7)
    assert _mean(run, "present_mean_people", "role=csm") == pytest.approx(1.0)
    headroom = _mean(run, "needed_headroom_mean_people", "role=csm")
    assert headroom == pytest.approx(_mean(run, "needed_mean_people", "role=csm") / 0.85)


def test_expected_losses_have_no_single_runs(run: SmallRun) -> None:
    expected = run.summary.estimates.get("arr_lost_mean_money")
    counted = run.summary.estimates.get("arr_lost_counted_mean_money")
    assert expected is not None
    assert math.isnan(expected.run_low)
    assert counted is not None
    assert counted.run_low <= counted.run_high


def test_a_team_that_cannot_keep_up_loses_customers(run: SmallRun) -> None:
    lost = run.summary.estimates.get("arr_lost_mean_money")
    assert lost is not None
    assert lost.low > 0


def test_units_are_those_of_the_catalogue_or_the_currency(run: SmallRun) -> None:
    for one in run.summary.estimates:
        known = CATALOGUE[one.metric].unit
        assert one.unit == ("JPY" if known == "money" else known)


def _estimates(low: float, high: float) -> Estimates:
    found = Estimates("JPY")
    one = Estimate("on_time_mean_share", "share", ALL, (low + high) / 2, low, high, 20)
    found._found[one.metric, ALL] = one
    return found


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.95, 0.97, "met"),
        (0.90, 0.94, "missed"),
        (0.93, 0.97, "not resolved"),
        (math.nan, math.nan, "not resolved"),
    ],
)
def test_a_target_is_judged_by_the_whole_interval(low: float, high: float, verdict: str) -> None:
    (judged,) = judge(Targets.model_validate({"on_time": "95%"}), _estimates(low, high))
    assert judged.verdict == verdict


def test_only_written_targets_are_judged(run: SmallRun) -> None:
    assert {one.key for one in run.summary.targets} == {"on_time", "sla", "utilisation_p90", "arr_lost"}
    assert judge(Targets(), run.summary.estimates) == ()


def test_concentrated_arr_is_warned_of(run: SmallRun, tmp_path: Path) -> None:
    assert any("5 largest accounts hold" in warning for warning in run.summary.warnings)
    even = SCENARIO.replace("{p50: 5M, p90: 9M}", "1M")
    found = run_small(tmp_path, n=3, text=even).summary
    assert not any("largest accounts" in warning for warning in found.warnings)


def test_few_replications_are_warned_of(tmp_path: Path) -> None:
    found = run_small(tmp_path, n=1).summary
    assert any("one replication has no confidence interval" in warning for warning in found.warnings)
    assert np.isnan([one.low for one in found.estimates]).all()


def test_assumptions_tell_assumed_from_given(run: SmallRun) -> None:
    by_key = {one.key: one for one in run.summary.assumptions}
    assert by_key["health.late_half_life"].standing == "assumed"
    assert by_key["staff.csm.shrinkage"].standing == "given"
    assert by_key["staff.*.switch"].places == 2
    assert by_key["segments.key.churn.red"].value == "40%"
    assert by_key["spread of efforts written as a mean"].places == 6
    assert not any(one.key.startswith("run.") for one in run.summary.assumptions)


def test_what_customers_make_of_tickets_is_called_assumed(desk: SmallRun) -> None:
    by_key = {one.key: one for one in desk.summary.assumptions}
    for key in ("touch", "reopen", "csat_best", "ces_half", "promoter", "detractor"):
        assert by_key[f"tickets.satisfaction.{key}"].standing == "assumed"
    assert by_key["CSAT, CES and NPS of tickets"].source == "the model"
    assert by_key["tickets.severities.p2.more.chance"].standing == "given"
    assert by_key["tickets.escalation.priority"].standing == "setting"
    # call, p2 and its further touches, the escalation; p1 is exponential, reopening takes the effort of p2
    assert by_key["spread of efforts written as a mean"].places == 4


def test_a_default_with_a_source_is_not_called_an_assumption(tmp_path: Path) -> None:
    text = SCENARIO.replace(", shrinkage: 30%", "")
    found = run_small(tmp_path, n=2, text=text).summary.assumptions
    shrinkage = next(one for one in found if one.key == "staff.*.shrinkage")
    assert shrinkage.standing == "published"
    assert "csin15" in shrinkage.source


def test_twin_metrics_are_in_the_catalogue() -> None:
    assert all(f"twin_{name}" in CATALOGUE for name in TWIN_METRICS)


def test_assumptions_about_people_are_listed_where_they_matter(moving: SmallRun, run: SmallRun) -> None:
    by_key = {one.key: one for one in moving.summary.assumptions}
    for key, value in (
        ("staff.csm.ramp", "40%, 70%"),
        ("staff.csm.coaching", "10%"),
        ("staff.csm.time_to_hire", "mean 6 weeks, cv 0.5"),
        ("staff.csm.attrition.rate", "60% per year"),
        ("staff.csm.attrition.burnout.effect", "x3"),
        ("staff.csm.span.people", "4"),
        ("staff.csm.handover.receiving", "1h"),
        ("staff.csm.leave.sick", "8 days"),
        ("people[2].speed", "120%"),
    ):
        assert (by_key[key].value, by_key[key].standing) == (value, "given"), key
        assert "small.yaml" in by_key[key].source
    for key in (
        "staff.csm.attrition.burnout.memory", "staff.csm.handover.health", "staff.csm.leave.block",
        "staff.csm.leave.spell", "staff.csm.backfill", "who resigns", "satisfaction of the people",
        "work of people who are away",
    ):  # fmt: skip
        assert by_key[key].standing == "assumed", key
    without = {one.key for one in run.summary.assumptions if one.standing != "setting"}
    assert not [key for key in without if key.startswith(("people", "who resigns", "satisfaction of the"))]
    staff = {key for key in without if key.startswith("staff")}
    assert staff == {"staff.csm.shrinkage", "staff.support.shrinkage", "staff.*.switch"}


@pytest.mark.parametrize(
    ("leave", "listed"),
    [
        ("10 days", {"leave", "leave.block", "leave.holidays"}),
        ("{planned: 10 days}", {"leave.planned", "leave.block", "leave.holidays"}),
        ("{planned: 0d, sick: 5 days}", {"leave.planned", "leave.sick", "leave.spell"}),
        ("{sick: 0d, block: 4d}", {"leave.sick"}),
    ],
)
def test_values_that_do_nothing_are_no_assumptions(tmp_path: Path, leave: str, listed: set[str]) -> None:
    from small_team import write_scenario

    from csm_sim.analysis.assumptions import assumptions_of
    from csm_sim.scenario import load

    text = SCENARIO.replace("csm: {headcount: 1, shrinkage: 30%}", f"csm: {{headcount: 1, leave: {leave}}}")
    found = assumptions_of(load(write_scenario(tmp_path, text)))
    keys = {one.key.removeprefix("staff.csm.") for one in found}
    assert {key for key in keys if key.startswith("leave")} == listed
