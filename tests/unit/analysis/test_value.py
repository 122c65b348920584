"""What planned work is worth: paired with futures in which nobody gets it, and in which it is never late."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moving_team import SCENARIO as MOVING
from small_team import write_scenario

from csm_sim.analysis import value as asked
from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.expected import net_arr_lost
from csm_sim.analysis.grouping import groups_of
from csm_sim.analysis.value import WorkValue, Worth
from csm_sim.engine.simulate import simulate
from csm_sim.scenario import load
from csm_sim.world import counts as ct
from csm_sim.world.build import World, build_world

TEAM = """\
name: Work
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 30, arr: 3M, term: 3 months, owner: csm, new: {per_month: 2},
        churn: {green: 5%, yellow: 15%, red: 40%}}
  empty: {touch: low, accounts: 0, arr: 1M, term: 3 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 2, cost: 9M per year, shrinkage: 30%}
  support: {headcount: 1, cost: 6M per year, serves: [key], shrinkage: 30%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 5h, due: 5d, drop_after: 5d}]}
  thanks: {for: key, after: call, steps: [{do: note, effort: 15min, due: 10d}]}
  again: {for: key, after: thanks, steps: [{do: look, effort: 5min, due: 10d}]}
  onboarding:
    for: key
    on: new_account
    first_value_after: train
    steps: [{do: kickoff, effort: 2h, due: 5d}, {do: train, effort: 2h, due: 20d}]
  nothing: {for: empty, every: month, steps: [{do: call, effort: 1h}]}
  admin: {per: person, role: csm, every: week, steps: [{do: report, effort: 5h, due: 4d}]}
  webinar: {for: key, per: segment, every: month, steps: [{do: host, effort: 6h, due: 5d}]}
tickets:
  rate: 1 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 4h}}
health: {silence: {after: 30d, to: 20, half_life: 30d}}
run: {seed: 3}
"""
NAMES = ["call", "thanks", "again", "onboarding", "nothing", "admin", "webinar"]


def _world(folder: Path, text: str = TEAM, *changes: str) -> World:
    return build_world(load(write_scenario(folder, text), changes))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _world(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def answer(world: World) -> WorkValue:
    return asked.value_of_work(world, NAMES, seed=3, replications=12, jobs=1)


def _of(answer: WorkValue, name: str) -> Worth:
    (work,) = [work for work in answer.works if work.name == name]
    return work


def _kind(world: World, name: str) -> int:
    return asked.playbooks_of(world)[name]


# ---------------------------------------------------------------- what is looked at


def test_planned_playbooks_are_looked_at(world: World, tmp_path: Path) -> None:
    assert list(asked.playbooks_of(world)) == NAMES
    moving = _world(tmp_path, MOVING)
    own = {"tickets", "escalation"} | {
        name for name in moving.names.kinds if name.startswith(("handover ", "projects "))
    }
    assert set(asked.playbooks_of(moving)) == set(moving.names.kinds) - own


def test_nothing_but_who_gets_it_is_different_without_it(world: World) -> None:
    kind = _kind(world, "call")
    changed = asked.without(world, kind)
    assert (changed.route_role[kind] == -1).all()
    rest = np.arange(len(world.kinds)) != kind
    np.testing.assert_array_equal(changed.route_role[rest], world.route_role[rest])
    assert (world.route_role[kind] >= 0).any()  # the base is left alone
    for name in ("kinds", "steps", "segments", "health", "customers", "supply", "desk"):
        assert getattr(changed, name) is getattr(world, name)


def test_never_late_is_a_mark_on_its_steps(world: World) -> None:
    changed = asked.never_late(world, _kind(world, "onboarding"))
    marked = [
        step for step, flawless in zip(world.names.steps, changed.steps["flawless"], strict=True) if flawless
    ]
    assert marked == [("onboarding", "kickoff"), ("onboarding", "train")]
    assert not world.steps["flawless"].any()
    np.testing.assert_array_equal(changed.steps["due_minutes"], world.steps["due_minutes"])


@pytest.mark.parametrize("name", NAMES)
def test_nobody_works_on_what_is_removed(world: World, name: str) -> None:
    kind = _kind(world, name)
    outcome = simulate(asked.without(world, kind), seed=3, replication=0)
    assert outcome.effort[:, :, world.steps["kind"] == kind].sum() == 0
    counted = outcome.tallies[world.steps["kind"] == kind]
    assert counted["opened"].sum() == counted["never_opened"].sum() == 0


def test_followers_come_directly_or_not(world: World) -> None:
    names = {
        name: [world.names.kinds[k] for k in asked.followers(world, _kind(world, name))] for name in NAMES
    }
    assert names["call"] == ["thanks", "again"]
    assert names["thanks"] == ["again"]
    assert names["again"] == names["admin"] == []


def test_what_comes_after_it_is_gone_too(world: World) -> None:
    outcome = simulate(asked.without(world, _kind(world, "call")), seed=3, replication=0)
    for name in ("call", "thanks", "again"):
        assert outcome.tallies[world.steps["kind"] == _kind(world, name)]["opened"].sum() == 0


def test_first_value_never_comes_without_what_brings_it(world: World) -> None:
    before, after = (
        simulate(one, seed=3, replication=0).months
        for one in (world, asked.without(world, _kind(world, "onboarding")))
    )
    assert before["first_values"].sum() > 0
    assert after["first_values"].sum() == 0
    assert after["new"].sum() == before["new"].sum()


def test_what_reaches_no_customer_cannot_be_late_for_one(world: World) -> None:
    reaching = [name for name in NAMES if asked.reaches_customers(world, _kind(world, name))]
    assert reaching == ["call", "thanks", "again", "onboarding", "nothing"]


# ---------------------------------------------------------------- what it is worth


def test_a_playbook_that_nobody_gets_is_worth_exactly_nothing(answer: WorkValue) -> None:
    nothing = _of(answer, "nothing")
    for one in (nothing.protects, nothing.never_late, nothing.hours, nothing.on_time, nothing.missed):
        assert (one.mean, one.low, one.high) == (0, 0, 0)
    assert nothing.per_hour is None and nothing.roi is None
    assert answer.verdict(nothing) == "no work"


def test_differences_are_paired(answer: WorkValue, world: World) -> None:
    """By hand: each replication without the playbook less the same replication with it."""
    variants = {
        "with": world,
        "without": asked.without(world, _kind(world, "call")),
        "never late": asked.never_late(world, _kind(world, "call")),
    }
    lost = {
        name: np.array([net_arr_lost(simulate(one, seed=3, replication=k).months) for k in range(answer.n)])
        for name, one in variants.items()
    }
    call = _of(answer, "call")
    protects, adds = lost["without"] - lost["with"], lost["with"] - lost["never late"]
    for found, values in ((call.protects, protects), (call.never_late, adds)):
        assert found.mean == pytest.approx(values.mean(), rel=1e-12)
        half = 2.2010 * values.std(ddof=1) / math.sqrt(answer.n)  # Student's t with 11 degrees of freedom
        assert found.half_width == pytest.approx(half, rel=1e-3)
    assert answer.lost.mean == pytest.approx(lost["with"].mean(), rel=1e-12)
    assert call.protects.low > 0 and call.never_late.low > 0
    assert call.per_hour is not None
    assert call.per_hour.mean == pytest.approx(call.protects.mean / call.hours.mean)
    assert call.roi is not None and call.cost is not None
    assert call.roi.mean == pytest.approx(call.protects.mean / call.cost.mean)
    assert call.net.mean == pytest.approx(call.protects.mean - call.cost.mean)


def test_never_late_leaves_the_work_as_it_is(world: World) -> None:
    before, after = (
        simulate(one, seed=3, replication=0)
        for one in (world, asked.never_late(world, _kind(world, "admin")))
    )
    np.testing.assert_array_equal(before.tallies, after.tallies)
    np.testing.assert_array_equal(before.months, after.months)


def test_own_work_takes_time_from_customers(answer: WorkValue) -> None:
    admin = _of(answer, "admin")
    assert admin.per == "person" and admin.roles == ("csm",)
    assert admin.protects.high < 0
    assert (admin.never_late.mean, admin.never_late.half_width) == (0, 0)
    assert answer.verdict(admin) == "cut first"


def test_hours_and_tasks_are_those_of_the_base(answer: WorkValue, world: World) -> None:
    outcomes = [simulate(world, seed=3, replication=k) for k in range(answer.n)]
    steps = world.steps["kind"] == _kind(world, "call")
    call = _of(answer, "call")
    hours = [outcome.tallies["done_effort_minutes"][steps].sum() / 60 for outcome in outcomes]
    assert call.hours.mean == pytest.approx(np.mean(hours))
    for found, fields in (
        (call.on_time, ["on_time"]),
        (call.late, ["late"]),
        (call.missed, ["dropped", "never_opened"]),
        (call.overdue, ["overdue_at_end"]),
    ):
        counts = [sum(outcome.tallies[name][steps].sum() for name in fields) for outcome in outcomes]
        assert found.mean == pytest.approx(np.mean(counts))


def test_an_hour_costs_what_is_paid_over_what_can_be_done(world: World) -> None:
    outcome = simulate(world, seed=3, replication=0)
    costs = asked.hourly_costs(world, groups_of(world), outcome)
    working_hours = world.working.open_before[world.days] - world.working.open_before[world.warm_days]
    years = world.horizon_days / 365.25
    assert costs[0] == pytest.approx(9e6 * years / (working_hours / 60 * 0.7), rel=1e-9)
    assert costs[1] == pytest.approx(6e6 * years / (working_hours / 60 * 0.7), rel=1e-9)


def test_leave_makes_an_hour_dearer(tmp_path: Path) -> None:
    text = TEAM.replace("shrinkage: 30%}\n  support", "shrinkage: 30%, leave: {planned: 50d}}\n  support")
    world = _world(tmp_path, text)
    outcome = simulate(world, seed=3, replication=0)
    hours = outcome.hours.sum(axis=(0, 1))
    here = dict(zip(ct.HOURS_FIELDS, hours, strict=True))
    assert here["planned"] > 0
    dearer = asked.hourly_costs(world, groups_of(world), outcome)
    plain = asked.hourly_costs(*_base(tmp_path))
    of_csm = outcome.hours[:, :2].sum(axis=(0, 1))
    share_here = of_csm[ct.HOURS_FIELDS.index("here")] / of_csm[ct.HOURS_FIELDS.index("contracted")]
    assert dearer[0] == pytest.approx(plain[0] / share_here)
    assert dearer[1] == pytest.approx(plain[1])


def _base(folder: Path) -> tuple:  # type: ignore[type-arg]
    world = _world(folder)
    return world, groups_of(world), simulate(world, seed=3, replication=0)


def test_without_a_cost_the_order_is_that_of_arr_by_the_hour(tmp_path: Path) -> None:
    world = _world(tmp_path, TEAM, "staff.csm.cost=null")
    (idle,) = asked.value_of_work(world, ["nothing"], seed=3, replications=1, jobs=1).works
    assert idle.cost is None  # though it takes no hours
    found = asked.value_of_work(
        world, ["call", "admin", "webinar"], seed=3, replications=3, jobs=1, left_out=4
    )
    assert not found.by_cost
    assert all(work.cost is None and work.roi is None and work.net == work.protects for work in found.works)
    rates = [work.per_hour.mean for work in found.works if work.per_hour is not None]
    assert len(rates) == 3 and rates == sorted(rates)
    assert found.left_out == 4


def test_what_to_cut_first_comes_first(answer: WorkValue) -> None:
    assert answer.by_cost
    rates = [0.0 if work.roi is None else work.roi.mean for work in answer.works]
    assert rates == sorted(rates)
    assert answer.works[-1].name in ("call", "onboarding")
    assert answer.silence


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_processes(world: World) -> None:
    one, two = (
        asked.value_of_work(world, ["call", "admin"], seed=3, replications=4, jobs=jobs) for jobs in (1, 2)
    )
    assert one == two


# ---------------------------------------------------------------- verdicts


def _estimate(mean: float, half: float, unit: str = "JPY") -> Estimate:
    return Estimate("", unit, "", mean, mean - half, mean + half, 20)


def _answer(answer: WorkValue, net: tuple[float, float], *, others: int = 0) -> tuple[WorkValue, Worth]:
    work = replace(
        _of(answer, "call"),
        hours=_estimate(10.0, 0.0, "hours"),
        net=_estimate(*net),
        protects=_estimate(*net),
    )
    return replace(answer, works=(work,) * (1 + others), n=20), work


def test_what_protects_less_than_it_costs_is_not_worthless(answer: WorkValue) -> None:
    found, work = _answer(answer, (-5.0, 1.0))
    assert found.verdict(replace(work, protects=_estimate(3.0, 1.0))) == "costs more"
    assert found.verdict(replace(work, protects=_estimate(3.0, 4.0))) == "cut first"
    assert found.verdict(replace(work, protects=_estimate(-3.0, 1.0))) == "cut first"


@pytest.mark.parametrize(
    ("net", "others", "verdict"),
    [
        ((5.0, 1.0), 0, "never cut"),
        ((-5.0, 1.0), 0, "cut first"),
        ((5.0, 6.0), 0, "not resolved"),
        ((5.0, math.nan), 0, "not resolved"),
        ((0.0, 0.0), 0, "cut first"),
        ((5.0, 4.0), 0, "never cut"),
        ((5.0, 4.0), 9, "not resolved"),  # ten are compared: 1.52 times as wide
    ],
)
def test_verdicts_hold_for_all_together(
    answer: WorkValue, net: tuple[float, float], others: int, verdict: str
) -> None:
    found, work = _answer(answer, net, others=others)
    assert found.verdict(work) == verdict
