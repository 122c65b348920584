"""People under contract, here, away and needed: by role, month and quarter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from full_desk import SCENARIO as FULL_DESK
from moving_team import SCENARIO as MOVING
from small_team import SCENARIO, SmallRun, run_small, write_scenario

from csm_sim.analysis.capacity import quarters_of
from csm_sim.analysis.digest import MONTH_LOAD_FIELDS, weeks_in_months
from csm_sim.analysis.estimates import scope
from csm_sim.analysis.grouping import groups_of
from csm_sim.analysis.turnover import PeopleRules
from csm_sim.engine.simulate import simulate
from csm_sim.scenario import load
from csm_sim.world.build import World, build_world
from csm_sim.world.counts import CAPACITY_FIELDS, HOURS_FIELDS


def _mean(run: SmallRun, metric: str, of: str) -> float:
    found = run.summary.estimates.get(metric, of)
    return 0.0 if found is None else found.mean


def _scopes(run: SmallRun) -> list[str]:
    roles, months = run.world.names.roles, run.summary.groups.months
    parts = [{}, *({"month": month} for month in months)]
    parts += [{"quarter": quarter} for quarter in quarters_of(run.summary.groups)]
    return [scope(role=role, **part) for role in roles for part in parts]


def _world(folder: Path, text: str) -> World:
    return build_world(load(write_scenario(folder, text)))


# ---------------------------------------------------------------- identities


def test_a_contract_is_here_away_or_vacant(moving: SmallRun) -> None:
    for of in _scopes(moving):
        for unit, parts in (
            ("mean_people", ("present", "away", "vacant")),
            ("sum_hours", ("present", "away_planned", "away_sick", "away_long", "vacant")),
        ):
            whole = _mean(moving, f"contracted_{unit}", of)
            assert sum(_mean(moving, f"{part}_{unit}", of) for part in parts) == pytest.approx(whole), of
            assert whole > 0


def test_hours_by_week_and_seat_add_up_to_those_by_month_and_role(moving: SmallRun) -> None:
    world = moving.world
    for number in range(3):
        outcome = simulate(world, seed=7, replication=number)
        role = world.supply.seats["role"]
        by_role = np.stack(
            [outcome.hours[:, role == one].sum(axis=(0, 1)) for one in range(len(world.roles))]
        )
        of_months = outcome.capacity.sum(axis=0)[:, : len(HOURS_FIELDS)]
        np.testing.assert_allclose(of_months, by_role, rtol=1e-12)
        digest = moving.replications.sample
        for field in CAPACITY_FIELDS:
            kept = digest.capacity(field)[number]
            np.testing.assert_array_equal(kept, outcome.capacity[..., CAPACITY_FIELDS.index(field)])
        present = digest["person_open"][number]
        np.testing.assert_array_equal(present, outcome.open_minutes)


@pytest.mark.parametrize("which", ["run", "desk"])
def test_without_rules_everybody_is_always_here(which: str, request: pytest.FixtureRequest) -> None:
    one: SmallRun = request.getfixturevalue(which)
    sample, heads = one.replications.sample, one.world.roles["headcount"]
    np.testing.assert_array_equal(sample.capacity("contracted"), sample.capacity("here"))
    np.testing.assert_array_equal(sample.capacity("ramped"), sample.capacity("here"))
    assert (sample["heads"] == heads).all()
    assert not sample["moves"].any()
    for role, name in enumerate(one.world.names.roles):
        for of in (scope(role=name), scope(role=name, month=one.summary.groups.months[1])):
            for what in ("contracted", "present"):
                assert _mean(one, f"{what}_mean_people", of) == pytest.approx(heads[role])
            assert _mean(one, "headcount_end_people", of) == heads[role]
    assert one.summary.moving == frozenset()
    found = {estimate.metric for estimate in one.summary.estimates}
    unused = ("away", "vacant", "ramped", "available", "joined", "resigned", "orphan", "agent_")
    assert not [name for name in found if name.startswith(unused)]
    assert not [estimate for estimate in one.summary.estimates if "quarter=" in estimate.scope]


def test_heads_are_those_of_the_start_and_who_came_less_who_went(moving: SmallRun) -> None:
    sample = moving.replications.sample
    came = sample.moves("joined") + sample.moves("moved_in")
    gone = sum(sample.moves(what) for what in ("resigned", "cut", "ended", "moved_out"))
    heads = moving.world.roles["headcount"] + (came - gone).cumsum(axis=1)
    np.testing.assert_array_equal(sample["heads"], heads)


def test_the_gap_in_people_is_the_gap_in_hours(moving: SmallRun) -> None:
    for of in _scopes(moving):
        needed, available = (_mean(moving, f"{what}_mean_people", of) for what in ("needed", "available"))
        assert _mean(moving, "gap_mean_people", of) == pytest.approx(needed - available)
        assert _mean(moving, "gap_mean_share", of) == pytest.approx((needed - available) / needed)
        if "month" in of:
            hours = _mean(moving, "full_demand_sum_hours", of) / _mean(moving, "capacity_sum_hours", of)
            assert needed / available == pytest.approx(hours)


def test_those_here_are_worth_less_than_they_are(moving: SmallRun) -> None:
    of = scope(role="csm")
    here, ramped, worth = (
        _mean(moving, f"{what}_mean_people", of) for what in ("present", "ramped", "available")
    )
    assert here > ramped > worth  # new ones ramp; coaches and the lead lose time
    support = scope(role="support")
    assert _mean(moving, "ramped_mean_people", support) == pytest.approx(
        _mean(moving, "available_mean_people", support)
    )


def test_part_time_counts_as_its_part(tmp_path: Path) -> None:
    text = SCENARIO.replace(
        "playbooks:",
        "people: [{name: Ann, role: csm, hours: 60%}, {name: Bo, role: support, speed: 80%}]\nplaybooks:",
        1,
    )
    run = run_small(tmp_path, n=2, text=text)
    csm, support = scope(role="csm"), scope(role="support")
    assert _mean(run, "present_mean_people", csm) == pytest.approx(0.6)
    assert _mean(run, "contracted_mean_people", csm) == pytest.approx(0.6)
    assert _mean(run, "headcount_end_people", csm) == 1
    assert _mean(run, "present_mean_people", support) == pytest.approx(1.0)
    assert _mean(run, "available_mean_people", support) == pytest.approx(0.8)
    hours = _mean(run, "capacity_sum_hours", csm)
    assert hours == pytest.approx(0.7 * _mean(run, "present_sum_hours", csm))
    assert run.summary.moving == {"csm", "support"}


# ---------------------------------------------------------------- periods


def test_quarters_and_months_add_up_to_the_horizon(moving: SmallRun) -> None:
    months, quarters = moving.summary.groups.months, quarters_of(moving.summary.groups)
    assert quarters == ("2027-04", "2027-07", "2027-10")
    for role in moving.world.names.roles:
        whole = _mean(moving, "capacity_sum_hours", scope(role=role))
        by_month = [_mean(moving, "capacity_sum_hours", scope(role=role, month=month)) for month in months]
        by_quarter = [_mean(moving, "capacity_sum_hours", scope(role=role, quarter=one)) for one in quarters]
        assert sum(by_month) == pytest.approx(whole)
        assert [sum(by_month[at : at + 3]) for at in (0, 3, 6)] == pytest.approx(by_quarter)


def test_weeks_are_divided_between_months_by_working_time(moving: SmallRun) -> None:
    world = moving.world
    weights = weeks_in_months(world)
    np.testing.assert_allclose(weights.sum(axis=2), 1.0)
    # 29 April to 5 May 2027: Thursday, Friday and (support) Saturday lie in April and May
    assert weights[0, 4, :3] == pytest.approx([2 / 5, 3 / 5, 0])
    assert weights[1, 4, :3] == pytest.approx([2 / 6, 4 / 6, 0])
    sample = moving.replications.sample
    busy, there = (sample.month_load(field).sum(axis=1) for field in MONTH_LOAD_FIELDS)
    np.testing.assert_allclose(there, sample.load("open_minutes")[:, :-1])
    spent = sum(sample.load(f"{what}_minutes")[:, :-1] for what in ("proactive", "reactive", "switching"))
    np.testing.assert_allclose(busy, spent)
    for role in world.names.roles:
        for month in moving.summary.groups.months:
            found = moving.summary.estimates.get("utilisation_mean_share", scope(role=role, month=month))
            assert found is not None
            assert 0 < found.mean <= 1


# ---------------------------------------------------------------- what the timeline changes


def test_shrinkage_of_the_timeline_changes_what_is_needed(tmp_path: Path) -> None:
    text = SCENARIO + "timeline: [{on: 2027-06-16, shrinkage: {role: csm, to: 10%}}]\n"
    groups = groups_of(_world(tmp_path, text))
    assert groups.month_speed[:, 1] == pytest.approx([0.7] * 6)
    assert groups.month_speed[:2, 0].tolist() == [0.7, 0.7]
    assert groups.month_speed[2, 0] == pytest.approx((11 * 0.7 + 11 * 0.9) / 22)  # 22 working days in June
    assert groups.month_speed[3:, 0].tolist() == [0.9] * 3


def test_work_that_goes_to_another_role_counts_there_from_then_on(tmp_path: Path) -> None:
    text = SCENARIO + (
        "timeline: [{on: 2027-06-16, reorganise: {from: support, to: csm, count: 1, work: [tickets]}}]\n"
    )
    world = _world(tmp_path, text)
    groups = groups_of(world)
    tickets = world.names.kinds.index("tickets")
    share = groups.month_role_shares[:, tickets, 0]
    assert share[:2].tolist() == [[0, 1], [0, 1]]
    assert share[2] == pytest.approx([0.5, 0.5])
    assert share[3:].tolist() == [[1, 0]] * 3
    assert groups.ticket_roles == (0, 1)
    admin = world.names.kinds.index("admin")
    assert (groups.month_role_shares[:, admin, -1] == [1, 0]).all()
    assert (groups.owner_shares[:, 0] == [1, 0]).all()
    np.testing.assert_allclose(groups.month_role_shares.sum(axis=3).max(), 1.0)


def test_everything_of_a_role_can_go_to_another(tmp_path: Path) -> None:
    text = SCENARIO + "timeline: [{on: 2027-07-01, reorganise: {from: csm, to: support}}]\n"
    run = run_small(tmp_path, n=2, text=text)
    groups = run.summary.groups
    assert groups.owner_shares[:, 0].tolist() == [[1, 0]] * 3 + [[0, 1]] * 3
    per_person = run.summary.estimates.get("accounts_per_person_mean_accounts", scope(role="csm"))
    assert per_person is not None
    assert 12 <= per_person.mean <= 18  # of the months in which there was somebody
    assert _mean(run, "headcount_end_people", scope(role="support")) == 2
    july = scope(role="support", month="2027-07")
    assert _mean(run, "needed_mean_people", july) > _mean(
        run, "needed_mean_people", scope(role="support", month="2027-06")
    )


def test_handovers_are_part_of_the_work_that_is_needed(moving: SmallRun) -> None:
    of = "playbook=handover csm"
    assert _mean(moving, "full_demand_sum_hours", of) == pytest.approx(_mean(moving, "demand_sum_hours", of))
    assert _mean(moving, "full_demand_sum_hours", of) > 0


# ---------------------------------------------------------------- rules


CSM = "csm: {headcount: 1, shrinkage: 30%}"
RULES = (
    "joins",
    "leaves",
    "vacancies",
    "away",
    "ramps",
    "leads",
    "trains",
    "own_hours",
    "own_speed",
    "handover",
    "moves",
)


@pytest.mark.parametrize(
    ("old", "new", "used"),
    [
        (CSM, "csm: {headcount: 1, leave: 10 days}", {"away"}),
        (CSM, "csm: {headcount: 1, ramp: [50%]}", set()),
        (CSM, "csm: {headcount: 1, handover: {receiving: 1h}}", set()),
        (CSM, "csm: {headcount: 1, span: {people: 1}}", {"leads"}),
        (
            CSM,
            "csm: {headcount: 1, attrition: 10%, ramp: [50%], handover: {receiving: 1h}}",
            {"joins", "leaves", "ramps", "handover", "vacancies"},
        ),
        (
            CSM,
            "csm: {headcount: 1, attrition: 10%, backfill: false}",
            {"leaves"},
        ),
        ("run:", "people: [{name: A, role: csm, hours: 50%}]\nrun:", {"own_hours"}),
        ("run:", "people: [{name: A, role: csm, speed: 90%}]\nrun:", {"own_speed"}),
        ("run:", "people: [{name: A, role: csm, until: 2027-06-30}]\nrun:", {"leaves"}),
        ("run:", "people: [{name: A, role: csm}]\nrun:", set()),
        ("run:", "timeline: [{on: 2027-05-01, hire: {role: csm, count: 1}}]\nrun:", {"joins"}),
        ("run:", "timeline: [{on: 2027-05-01, cut: {role: csm, count: 1}}]\nrun:", {"leaves"}),
        ("run:", "people: [{name: A, role: csm, start: 2027-05-01}]\nrun:", {"joins"}),
        (
            "csm: {headcount: 1, shrinkage: 30%}",
            "csm: {headcount: 1, attrition: 10%}",
            {"joins", "leaves", "vacancies"},
        ),
        ("run:", "timeline: [{on: 2027-05-03, absence: {role: csm, for: 2 weeks}}]\nrun:", {"away"}),
        ("run:", "timeline: [{on: 2027-05-03, shrinkage: {role: csm, to: 20%}}]\nrun:", set()),
        (
            "run:",
            "timeline: [{on: 2027-05-03, reorganise: {from: csm, to: support, count: 1}}]\nrun:",
            {"leaves", "moves"},
        ),
    ],
)  # fmt: skip
def test_rules_are_seen(tmp_path: Path, old: str, new: str, used: set[str]) -> None:
    assert old in SCENARIO
    world = _world(tmp_path, SCENARIO.replace(old, new))
    rules = PeopleRules(world, 0)
    assert {name for name in RULES if getattr(rules, name)} == used
    at_once = used <= {"joins", "leaves"} and "timeline" in new  # old hires and cuts alone
    assert rules.used == (bool(used) and not at_once)
    assert PeopleRules(world).used == rules.used
    if "moves" not in used:
        assert not PeopleRules(world, 1).used


def test_policies_may_hire_and_cut(moving: SmallRun) -> None:
    from csm_sim.world.supply import PolicyRule

    supply = replace(moving.world.supply, policies=(PolicyRule("hire_on_backlog", None),))
    rules = PeopleRules(replace(moving.world, supply=supply), 1)
    assert rules.joins and rules.leaves and rules.policies


def test_scenarios_of_the_tests_use_what_they_are_for() -> None:
    assert "attrition" in MOVING
    assert "attrition" not in FULL_DESK


def test_a_search_leaves_a_vacancy(tmp_path: Path) -> None:
    hire = "timeline: [{on: 2027-05-01, hire: {role: csm, count: 1}}]\nrun:"
    text = SCENARIO.replace("run:", hire).replace(CSM, "csm: {headcount: 1, time_to_hire: 6 weeks}")
    run = run_small(tmp_path, n=2, text=text)
    assert PeopleRules(run.world, 0).vacancies
    may, july = (scope(role="csm", month=month) for month in ("2027-05", "2027-07"))
    assert _mean(run, "vacant_mean_people", may) == pytest.approx(1.0)
    assert _mean(run, "present_mean_people", may) == pytest.approx(1.0)
    assert _mean(run, "contracted_mean_people", july) == _mean(run, "present_mean_people", july) == 2
    assert run.summary.moving == {"csm"}
