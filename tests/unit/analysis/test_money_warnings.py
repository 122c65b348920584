"""Losses that are still to come when the horizon is over, and costs that nobody has given."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_team import SCENARIO, write_scenario

from csm_sim.analysis.money_warnings import money_warnings
from csm_sim.scenario import load
from csm_sim.world.build import build_world

PAID = SCENARIO.replace("csm: {headcount: 1,", "csm: {headcount: 2, cost: 9M per year,").replace(
    "support: {headcount: 1,", "support: {headcount: 2, cost: 6M per year,"
)
"""Six months from 2027-04-01; key renews every 6 months, rest every 3."""


def warnings(folder: Path, *sets: str, text: str = PAID) -> list[str]:
    loaded = load(write_scenario(folder, text), sets)
    return [str(one) for one in money_warnings(loaded.scenario, build_world(loaded))]


def cut(day: str) -> str:
    return f"timeline=[{{on: {day}, cut: {{role: support, count: 1}}}}]"


def test_a_team_that_stays_has_no_loss_to_come(tmp_path: Path) -> None:
    assert warnings(tmp_path) == []


@pytest.mark.parametrize(
    ("day", "segments"),
    [
        ("2027-04-01", ""),  # every account renews within the 6 months to the end
        ("2027-04-02", "key"),
        ("2027-07-01", "key"),  # 3 months to the end are enough for rest
        ("2027-07-02", "key, rest"),
    ],
)
def test_accounts_that_do_not_renew_after_the_last_change(tmp_path: Path, day: str, segments: str) -> None:
    said = warnings(tmp_path, cut(day))
    if not segments:
        assert said == []
        return
    assert said == [
        f"losses are understated: people last change on {day}, and some accounts of {segments} have no"
        " renewal between that and the end of the horizon, 2027-09-30"
    ]


def test_the_last_change_counts(tmp_path: Path) -> None:
    first, then = "{on: 2027-04-01, cut: {role: support, count: 1}}", "hire: {role: csm, count: 1"
    assert "2027-05-01" in warnings(tmp_path, f"timeline=[{first}, {{on: 2027-05-01, {then}}}}}]")[0]
    until = f"timeline=[{first}, {{on: 2027-05-01, {then}, until: 2027-06-30}}}}]"
    assert "2027-06-30" in warnings(tmp_path, until)[0]
    ends = "people=[{name: Ann, role: csm, until: 2027-08-15}]"
    assert "2027-08-15" in warnings(tmp_path, ends)[0]
    beyond = "people=[{name: Ann, role: csm, until: 2028-08-15}]"
    assert warnings(tmp_path, beyond) == []


def test_acts_that_leave_people_alone_do_not_count(tmp_path: Path) -> None:
    assert warnings(tmp_path, "timeline=[{on: 2027-09-01, surge: {tickets: x2, for: 2 weeks}}]") == []


def test_policies_may_act_to_the_end(tmp_path: Path) -> None:
    said = warnings(tmp_path, "policies=[{use: hire_when_overloaded, role: csm}]")
    assert said == [
        "losses are understated: policies may change people to the end, and what that loses at renewals"
        " after 2027-09-30 is not counted"
    ]


def test_nothing_is_lost_where_nobody_churns(tmp_path: Path) -> None:
    text = PAID.replace(", churn: {green: 5%, yellow: 15%, red: 40%}", "")
    text = text.replace("targets: {on_time: 95%, sla: 50%, utilisation_p90: 85%, arr_lost: 1%}\n", "")
    assert warnings(tmp_path, cut("2027-09-01"), text=text) == []


def test_roles_without_a_cost_are_named(tmp_path: Path) -> None:
    text = PAID.replace(" cost: 6M per year,", "")
    assert warnings(tmp_path, text=text) == [
        "it is not said what people of support cost: no cost and no cost to serve has them in it"
    ]


def test_without_any_cost_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert warnings(tmp_path, cut("2027-09-01"), "staff.support.headcount=2", text=SCENARIO) == []
