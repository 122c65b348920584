"""What a scenario says of people, as seats, rules and acts, compared with values worked out by hand."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from csm_sim.scenario import load
from csm_sim.scenario.distributions import Distribution
from csm_sim.scenario.hours import Calendar
from csm_sim.world import records as r
from csm_sim.world import supply as s
from csm_sim.world.build import World, build_world
from csm_sim.world.calendar import working_time
from csm_sim.world.distributions import (
    TABLE_POINTS,
    TABLE_REACH,
    gamma_quantiles,
    mean_of,
    pert_quantiles,
    triangular_quantiles,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SMALL = """\
name: Small
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
segments:
  smb: {touch: low, accounts: 40, arr: 1.5M, owner: csm}
  tail: {touch: tech, accounts: 400, arr: 12k}
staff:
  csm: {headcount: 3}
  support: {headcount: 2, serves: [tail]}
playbooks:
  call: {for: smb, every: month, steps: [{do: call, effort: 1h}]}
tickets:
  rate: 0.5 per month
  severities: {p2: {effort: 40min}}
"""


@cache
def everything() -> World:
    return build_world(load(HERE / "everything.yaml"))


def small(folder: Path, *sets: str) -> World:
    """The world of the small scenario with changes."""
    (folder / "s.yaml").write_text(SMALL, encoding="utf-8")
    return build_world(load(folder / "s.yaml", sets))


def seat(world: World, name: str) -> np.void:
    return world.supply.seats[world.names.people.index(name)]


def step(world: World, kind: str, name: str) -> np.void:
    return world.steps[world.names.steps.index((kind, name))]


def skills(world: World, *names: str) -> int:
    return sum(1 << world.supply.skills.index(name) for name in names)


# ---------------------------------------------------------------- without rules


def test_without_rules_for_people_the_world_is_as_before() -> None:
    """The values were recorded before there were any."""
    recorded = json.loads((HERE / "b2b_saas_3000.json").read_text(encoding="utf-8"))
    world = build_world(load(ROOT / "scenarios" / "b2b_saas_3000.yaml"))
    for name in ("roles", "kinds", "steps", "segments", "dists"):
        for field, values in recorded[name].items():
            expected = np.array(
                [math.nan if value is None else value for value in values], getattr(world, name)[field].dtype
            )
            np.testing.assert_array_equal(getattr(world, name)[field], expected, f"{name}.{field}")
    assert world.route_role.tolist() == recorded["route_role"]
    assert list(world.names.people) == recorded["names"]["people"]
    assert list(world.names.kinds) == recorded["names"]["kinds"]
    assert [list(names) for names in world.names.steps] == recorded["names"]["steps"]


def test_without_rules_nothing_happens_to_people(tmp_path: Path) -> None:
    world = small(tmp_path)
    supply, rule = world.supply, world.supply.rules[0]
    assert supply.seats["role"].tolist() == [0, 0, 0, 1, 1]
    assert supply.seats["joins_day"].tolist() == [0] * 5
    assert supply.first_seat.tolist() == [0, 3, 5]
    assert (rule["hire_dist"], rule["hazard"], rule["burnout_effect"], rule["backfill"]) == (-1, 0, 1, 1)
    assert (rule["span_people"], rule["planned_days"], rule["sick_days"], rule["hands_over"]) == (0, 0, 0, 0)
    assert (rule["most"], rule["cover_days"]) == (s.FOREVER, s.FOREVER)
    assert [rule[name] for name in ("giving_dist", "receiving_dist", "handover_kind", "projects_kind")] == [
        -1
    ] * 4
    assert supply.ramp_months.tolist() == [0, 0]
    assert not supply.leave_weights.any()
    assert (supply.acts, supply.policies, supply.skills) == ((), (), ())
    assert (world.steps["effort_factor"] == 1).all()
    assert (world.steps["automated"] == 1).all()
    assert not world.steps["skill"].any()
    assert not world.steps["learn_power"].any()


# ---------------------------------------------------------------- seats


def test_people_sit_in_order() -> None:
    world = everything()
    first, of_csm = world.roles["first_slot"], world.names.people[: world.roles["slots"][0]]
    assert of_csm[:11] == (
        "Ann", "田中", "Bo", "Eve", "csm 5", "csm 6", "csm 7", "csm 8", "Fay", "csm 10", "csm 11",
    )  # fmt: skip
    # 8, Fay, 2 hires, and all who can be in support by April 2028: 4, and the 3 who go there; with policies
    # twice as many and 5 more. Nobody can be more than the 15 people there are.
    assert world.roles["slots"].tolist() == [2 * 15 + 5, 2 * (4 + 3) + 5]
    assert first.tolist() == [0, 35]
    assert world.names.people[35:39] == ("Dan", "support 2", "support 3", "support 4")
    assert world.supply.first_seat.tolist() == [0, 35, 54]
    seats = world.supply.seats[:11]
    assert seats["joins_day"].tolist() == [0] * 8 + [92, -1, -1]
    assert seats["kept"].tolist() == [0] * 8 + [1, 0, 0]


def test_named_people_are_as_the_file_says() -> None:
    world = everything()
    assert world.supply.skills == ("ja", "api", "en")
    ann, tanaka, dan, fay = (seat(world, name) for name in ("Ann", "田中", "Dan", "Fay"))
    assert ann["own_factor"] == 1.1
    assert ann["skills"] == skills(world, "api", "en")
    assert fay["skills"] == skills(world, "ja")
    # the last day of work is 2028-03-31, and the run begins on 2027-03-01
    assert tanaka["until_day"] == (date(2028, 4, 1) - date(2027, 3, 1)).days
    assert ann["until_day"] == s.FOREVER
    numbers = [int(one["calendar"]) for one in (ann, tanaka, dan, seat(world, "support 2"), fay)]
    assert numbers == [0, 2, 3, 1, 0]


def test_skills_of_a_role_go_to_those_without_an_entry() -> None:
    world = everything()
    of_csm = world.supply.seats["skills"][:11].tolist()
    both, ja = skills(world, "api", "ja"), skills(world, "ja")
    assert of_csm == [skills(world, "api", "en"), 0, both, both, ja, ja, ja, ja, ja, 0, 0]
    of_support = world.supply.seats["skills"][35:41].tolist()
    assert of_support == [skills(world, "en")] * 2 + [0] * 4


def test_accounts_of_people_beat_the_list() -> None:
    world = everything()
    owners = [world.names.people[owner] if owner >= 0 else None for owner in world.listed[0].owner]
    assert owners == ["Ann", "Ann", "Bo", "Ann", "Ann"]


def test_part_time_ends_each_window_early() -> None:
    calendar = Calendar.model_validate({"hours": "09:00-18:00", "break": "12:00-13:00"})
    full = working_time(calendar, date(2027, 4, 1), 4)
    part = working_time(calendar, date(2027, 4, 1), 4, 1 / 3)
    assert full.windows[0].tolist() == [540, 720, 780, 1080]
    assert part.windows[0].tolist() == [540, 600, 780, 880]
    ticks = working_time(calendar, date(2027, 4, 1), 4, 0.333).windows * r.TICKS
    assert (ticks == np.floor(ticks)).all()
    assert part.open_before.tolist() == [0, 160, 320, 320, 320]
    assert part.next_working_day.tolist() == full.next_working_day.tolist()
    night = working_time(
        Calendar.model_validate({"hours": "22:00-07:00", "week": "thu"}), date(2027, 4, 1), 2, 0.5
    )
    assert night.windows.tolist() == [[0, 0, 1320, 1380], [1440, 1650, 1440, 1440]]


def test_hires_may_have_hours_of_their_own() -> None:
    world = everything()
    act = world.supply.acts[0]
    assert act.calendar == 2  # as 田中: 60 % of the scenario's
    full, part = (world.open_before[number][-1] for number in (0, act.calendar))
    assert part == pytest.approx(0.6 * full)
    assert len(world.calendars) == 4


# ---------------------------------------------------------------- rules


def test_rules_are_in_the_units_of_the_world() -> None:
    world = everything()
    csm, support = world.supply.rules
    assert csm["hazard"] == pytest.approx(-math.log(0.85) / 365.25)
    assert (csm["burnout_above"], csm["burnout_effect"]) == (0.8, 3.0)
    assert csm["burnout_weight"] == pytest.approx(1 - 2 ** (-1 / 6))
    assert (csm["notice_days"], csm["backfill"], csm["coaching"]) == (30, 1, 0.1)
    assert (csm["span_people"], csm["span_share"]) == (7, 0.4)
    assert (csm["planned_days"], csm["block_days"], csm["sick_days"], csm["sick_spell"]) == (16, 4, 5.5, 3)
    assert (csm["balance"], csm["most"], csm["hands_over"]) == (s.BY_HOURS, 60, 1)
    assert (csm["within_days"], csm["orphan_days"], csm["handover_points"], csm["cover_days"]) == (
        10,
        5,
        12,
        28,
    )
    dist = world.dists[csm["hire_dist"]]
    assert math.exp(dist["a"] + dist["b"] ** 2 / 2) == pytest.approx(70)  # mean days
    assert world.dists[support["hire_dist"]]["a"] == 42
    assert (support["burnout_effect"], support["backfill"], support["balance"]) == (1, 0, s.BY_RENEWALS)
    assert (support["giving_dist"], support["cover_days"]) == (-1, 42)
    assert support["receiving_dist"] >= 0
    np.testing.assert_array_equal(world.supply.ramp, [[0.4, 0.7, 0.9], [1, 1, 1]])
    assert world.supply.ramp_months.tolist() == [3, 0]


def test_own_work_has_kinds_between_playbooks_and_tickets() -> None:
    world = everything()
    assert world.names.kinds[4:] == (
        "admin", "handover csm", "handover support", "projects csm", "tickets", "escalation",
    )  # fmt: skip
    assert [step for kind, step in world.names.steps if kind == "projects csm"] == [
        "qbr.prepare, onboarding, tickets.p2",
        "qbr.prepare, onboarding, tickets.p2 (2)",
    ]
    kinds = world.kinds[5:8]
    assert set(kinds["trigger"]) == {r.INTERNAL}
    assert set(kinds["per"]) == {r.PER_PERSON}
    assert not kinds["reactive"].any()
    assert world.route_role[5:8].tolist() == [[0] * 3, [1] * 3, [0] * 3]
    csm, support = world.supply.rules
    assert (csm["handover_kind"], csm["projects_kind"]) == (5, 7)
    assert (support["handover_kind"], support["projects_kind"]) == (6, -1)
    giving = step(world, "handover csm", "giving")
    assert (giving["priority"], giving["touch"], giving["effort_dist"]) == (4, 0, csm["giving_dist"])
    assert np.isnan([giving[name] for name in ("due_minutes", "opens_minutes", "drop_minutes")]).all()
    assert step(world, "handover support", "giving")["effort_dist"] == -1


def test_learning_and_skills_of_steps() -> None:
    world = everything()
    prepare = step(world, "qbr", "prepare")
    assert 2 ** prepare["learn_power"] == pytest.approx(0.9)
    assert (prepare["learn_floor"], prepare["learn_experience"], prepare["skill"]) == (0.6, 50, r.NO_SKILL)
    train = step(world, "onboarding", "train")
    assert (train["learn_floor"], train["learn_experience"]) == (0.5, 20)
    found = {
        name: int(row["skill"])
        for name, row in zip(world.names.steps, world.steps, strict=True)
        if row["skill"]
    }
    assert found == {
        ("qbr", "report"): 1, ("onboarding", "train"): 2, ("webinar", "host"): 3, ("tickets", "p1"): 2,
    }  # fmt: skip


def test_planned_hours_of_an_account(tmp_path: Path) -> None:
    # a call of 1 h in each of 12 months; tickets go to support
    assert small(tmp_path).supply.hours_weights.tolist() == [12 * 60, 0]
    sets = (
        "playbooks={call: {for: smb, every: month, share: 50%, "
        "steps: [{do: a, effort: 1h}, {do: b, effort: 30min}]}, "
        "renewal: {for: smb, before_renewal: 30d, steps: [{do: c, effort: {constant: 2h}}]}, "
        "welcome: {for: smb, on: new_account, steps: [{do: d, effort: 9h}]}, "
        "audit: {for: smb, role: support, every: year, steps: [{do: e, effort: 9h}]}, "
        "talk: {for: smb, per: segment, every: year, steps: [{do: f, effort: 9h}]}}",
        "segments.smb.term=6 months",
        "tickets.handled_by={csm: 25%, support: 75%}",
        "tickets.severities={p1: {share: 10%, effort: {constant: 100min}}, p2: {share: 90%, effort: 10min}}",
    )
    weights = small(tmp_path, *sets).supply.hours_weights
    assert weights[0] == pytest.approx(
        12 * 90 * 0.5 + 2 * 120 + 6 * 0.25 * (0.1 * 100 + 0.9 * 10), abs=0.5
    )  # whole minutes
    assert weights[1] == 0


QUANTILES = {
    "gamma": lambda mean, cv: gamma_quantiles(mean, cv),
    "triangular": triangular_quantiles,
    "pert": pert_quantiles,
}


@pytest.mark.parametrize(
    ("kind", "params"),
    [("gamma", (60.0, 1.3)), ("triangular", (10.0, 20.0, 90.0)), ("pert", (10.0, 20.0, 90.0))],
)
def test_means_are_those_of_the_quantiles(kind: str, params: tuple[float, ...]) -> None:
    from scipy.special import ndtr

    numbers = QUANTILES[kind](*params)
    weights = np.diff(ndtr(np.linspace(-TABLE_REACH, TABLE_REACH, TABLE_POINTS)))
    mean = float(np.dot(weights, (numbers[1:] + numbers[:-1]) / 2))
    assert mean_of(Distribution(kind, params)) == pytest.approx(mean, rel=1e-4)  # type: ignore[arg-type]


def test_means_in_closed_form() -> None:
    assert mean_of(Distribution("lognormal", (45.0, 0.5))) == 45
    assert mean_of(Distribution("exponential", (50.0,))) == 50
    assert mean_of(Distribution("constant", (7.0,))) == 7
    median, p90 = 30.0, 180.0
    sd = math.log(p90 / median) / 1.2815515655446004
    assert mean_of(Distribution("lognormal_quantiles", (median, p90))) == pytest.approx(
        median * math.exp(sd**2 / 2)
    )
    sample = Distribution("empirical", (), "x.csv", "minutes")
    assert mean_of(sample, np.array([1.0, 2.0, 6.0])) == 3


# ---------------------------------------------------------------- leave


def test_leave_begins_in_the_weeks_of_the_year() -> None:
    world = everything()
    supply = world.supply
    assert supply.first_year == 2027
    assert supply.leave_weeks.shape == supply.leave_weights.shape == (2, 2, 53)
    begin = date(2027, 3, 1)
    for place, first in enumerate((date(2027, 1, 4), date(2028, 1, 3))):
        days = [begin + timedelta(days=int(day)) for day in supply.leave_weeks[0, place]]
        assert days == [first + timedelta(weeks=week) for week in (*range(52), 51)]


def test_some_years_have_53_weeks(tmp_path: Path) -> None:
    weeks = small(tmp_path, "start=2029-01-01", "warm_up=0d", "staff.csm.leave=5d").supply.leave_weeks
    assert weeks[0, 0].tolist() == [7 * week for week in range(53)]


def test_leave_is_likelier_in_some_weeks(tmp_path: Path) -> None:
    world = small(
        tmp_path,
        "start=2027-01-01",
        "warm_up=0d",
        "calendar={closed: [2027-05-03, 2027-06-14, 2027-06-15, 2027-06-16, 2027-06-17, 2027-06-18]}",
        "staff.csm.leave={planned: 5d, season: {aug: x3, nov: x0, dec: x0}, holidays: x2}",
    )
    weights = world.supply.leave_weights[0, 0]
    assert (np.diff(weights) >= 0).all()
    by_week = np.diff(np.minimum(weights, 1.0), prepend=0.0)
    mondays = [date(2027, 1, 1) + timedelta(days=int(day)) for day in world.supply.leave_weeks[0, 0]]
    of_week = dict(zip(mondays[:52], by_week[:52], strict=True))
    usual = of_week[date(2027, 1, 4)]
    assert of_week[date(2027, 8, 2)] == pytest.approx(3 * usual)
    assert of_week[date(2027, 5, 3)] == pytest.approx(2 * usual)
    assert of_week[date(2027, 6, 14)] == 0  # nobody works that week
    assert of_week[date(2027, 11, 1)] == of_week[date(2027, 12, 27)] == 0
    # the last week that has a weight and all after it end a search
    last = mondays.index(date(2027, 10, 25))
    assert (weights[last:] == 2).all()
    assert weights[last - 1] < 1
    assert not world.supply.leave_weights[1].any()


def test_a_year_in_which_leave_cannot_begin_has_no_weights(tmp_path: Path) -> None:
    seasons = ", ".join(f"{month}: x0" for month in ("jan", "feb", "mar"))
    world = small(
        tmp_path, "calendar={week: sun}", f"staff.csm.leave={{planned: 2d, season: {{{seasons}, apr: x1}}}}"
    )
    assert world.supply.leave_weights[0, 0, -1] == 2
    closed = ", ".join(str(date(2028, 1, 2) + timedelta(weeks=week)) for week in range(60))
    world = small(tmp_path, f"calendar={{week: sun, closed: [{closed}]}}", "staff.csm.leave=2d")
    assert world.supply.leave_weights[0, 0, -1] == 2
    # weeks of 2028 begin on Monday 3 January and end on a Sunday that is closed
    assert not world.supply.leave_weights[0, 1].any()


# ---------------------------------------------------------------- acts and policies


def test_acts_in_order_of_date() -> None:
    world = everything()
    acts, people = world.supply.acts, world.names.people
    assert [act.day for act in acts] == sorted(act.day for act in acts)
    assert [act.what for act in acts] == [
        s.HIRE, s.CUT, s.CUT, s.ABSENCE, s.ABSENCE, s.FREEZE, s.FREEZE, s.SHRINKAGE, s.TRAIN, s.TRAIN,
        s.AUTOMATE, s.AUTOMATE, s.AUTOMATE, s.REORGANISE, s.REORGANISE, s.CUT, s.REORGANISE,
    ]  # fmt: skip
    hire, share, count, long, drawn, freeze, for_ever, shrinkage, train, some, first, second, third = acts[
        :13
    ]
    assert hire == s.Act(
        61,
        s.HIRE,
        0,
        count=2,
        rebalance=True,
        until_day=397,
        calendar=2,
        skills=skills(world, "api"),
        own_factor=0.9,
    )
    assert (share.share, share.count, share.who) == (0.2, 0, s.RANDOM)
    assert (count.count, count.who) == (1, s.NEWEST)
    assert math.isnan(count.share)
    assert (long.seats, long.role, long.days) == ((people.index("田中"),), -1, 28)
    assert (drawn.seats, drawn.role, drawn.days) == ((), 1, 14)
    assert (freeze.role, freeze.days, for_ever.role, for_ever.days) == (0, 183, -1, s.FOREVER)
    assert (shrinkage.role, shrinkage.share) == (0, 0.25)
    assert train.seats == (people.index("田中"), people.index("Fay"))
    assert (train.skills, train.share, train.days) == (skills(world, "api"), 0.2, 56)
    assert (some.role, some.count, some.seats, some.skills) == (1, 2, (), skills(world, "en"))
    names = world.names.steps
    assert [names[number] for number in first.steps] == [
        ("qbr", "prepare"),
        ("onboarding", "train"),
        ("tickets", "p2"),
    ]
    assert (first.share, first.days, first.role, first.effort_minutes) == (0.5, 28, 0, 4800)
    assert names[first.step] == ("projects csm", "qbr.prepare, onboarding, tickets.p2")
    assert [names[number][1] for number in second.steps] == ["p1", "p2"]
    assert (second.step, second.role, second.effort_minutes, second.days) == (-1, -1, 0, 0)
    assert names[third.step] == ("projects csm", "qbr.prepare, onboarding, tickets.p2 (2)")


def test_reorganisations_say_who_and_what_goes() -> None:
    world = everything()
    kinds = world.names.kinds
    split, one, merge = (act for act in world.supply.acts if act.what == s.REORGANISE)
    assert (split.role, split.to_role, split.count, split.seats) == (0, 1, 2, ())
    assert [kinds[kind] for kind in split.kinds] == ["renewal", "tickets"]
    assert (one.seats, one.kinds, one.count) == ((world.names.people.index("Fay"),), (), 0)
    # all that support does by then: what it got, not the per-person work nor the escalations that csm kept
    assert [kinds[kind] for kind in merge.kinds] == ["renewal", "tickets"]
    assert (merge.role, merge.to_role, merge.count, merge.seats) == (1, 0, 0, ())
    cut = next(act for act in world.supply.acts if act.who == s.NAMED)
    assert (cut.role, [world.names.people[seat] for seat in cut.seats]) == (-1, ["Ann", "Dan"])


def test_policies_are_handed_over() -> None:
    built_in, own = everything().supply.policies
    assert (built_in.function, built_in.path) == ("hire_when_overloaded", None)
    assert dict(built_in.arguments) == {
        "above": 0.85, "count": 1, "every": 28.0, "for_": 42.0, "most": 12, "role": "csm",
    }  # fmt: skip
    assert [name for name, _ in own.arguments] == sorted(name for name, _ in own.arguments)
    assert (own.function, own.path) == ("hire_on_backlog", str(HERE / "policies.py"))


def test_skills_that_no_work_needs_are_left_out_unless_they_are_trained(tmp_path: Path) -> None:
    sets = (
        "staff.csm.skills={sql: 2, api: 1, art: all}",
        "tickets.severities.p2.skill=api",
        "timeline=[{on: 2027-05-01, train: {role: csm, count: 1, skill: sql, time: 10%, for: 1 week}}]",
    )
    world = small(tmp_path, *sets)
    assert world.supply.skills == ("api", "sql")
    assert world.supply.seats["skills"].tolist() == [3, 2, 0, 0, 0]
