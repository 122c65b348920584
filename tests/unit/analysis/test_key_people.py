"""Whose absence costs most: paired with a future that differs in nothing but the absence."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moving_team import SCENARIO as MOVING
from small_team import SCENARIO, write_scenario

from csm_sim.analysis import key_people as asked
from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.key_people import Candidate, KeyPeople, Risk, resolved
from csm_sim.engine.simulate import simulate
from csm_sim.scenario import load
from csm_sim.world.build import World, build_world
from csm_sim.world.counts import HOURS_FIELDS
from csm_sim.world.supply import ABSENCE

STAFF = """\
name: Books
start: 2027-04-01
horizon: 9 months
warm_up: 1 month
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 45, arr: 3M, term: 3 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 3, shrinkage: 30%, skills: {sso: 1, api: all}}
  support: {headcount: 2, serves: [key], shrinkage: 30%}
people: [{name: 田中, role: csm, speed: 100%}, {name: Late, role: csm, start: 2027-08-01}]
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 4h, due: 5d, drop_after: 5d}]}
  setup:
    for: key
    every: quarter
    steps: [{do: sso, effort: 2h, skill: sso}, {do: api, effort: 1h, skill: api}]
tickets:
  rate: 1 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 4h}}
run: {seed: 3}
"""


def _world(folder: Path, text: str = STAFF) -> World:
    return build_world(load(write_scenario(folder, text)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _world(tmp_path_factory.mktemp("books"))


@pytest.fixture(scope="module")
def answer(world: World) -> KeyPeople:
    """Three people with books, one of the pool, and a skill, away for four weeks."""
    people, left = asked.candidates_of(world, 3, _day(world))
    pool = Candidate("person", "support 1", (world.names.people.index("support 1"),))
    skills, common = asked.skills_of(world, _day(world))
    return asked.key_people(
        world, [*people, pool, *skills], seed=3, replications=30, day=_day(world), weeks=4, jobs=1,
        left_out=left, common_skills=common,
    )  # fmt: skip


def _day(world: World) -> int:
    return asked.default_day(world)


def _of(answer: KeyPeople, name: str) -> Risk:
    (risk,) = [risk for risk in answer.risks if risk.candidate.name == name]
    return risk


# ---------------------------------------------------------------- who


def test_the_usual_day_is_a_monday_four_weeks_on(world: World) -> None:
    first = world.first_day.toordinal() + _day(world)
    assert first % 7 == 1  # a Monday
    assert 28 <= _day(world) - world.warm_days < 35


@pytest.mark.parametrize("start", [f"2027-04-{day:02d}" for day in range(1, 8)])
def test_it_is_the_first_such_monday(tmp_path: Path, start: str) -> None:
    world = _world(tmp_path, STAFF.replace("start: 2027-04-01", f"start: {start}"))
    day = _day(world)
    assert (world.first_day.toordinal() + day) % 7 == 1
    assert 28 <= day - world.warm_days < 35


def test_people_with_books_or_names_are_compared_largest_book_first(world: World) -> None:
    people, left = asked.candidates_of(world, 3, _day(world))
    assert {one.name for one in people} == {"田中", "csm 2", "csm 3"}
    assert left == 0
    accounts, arr = asked._books(world, 3, 0)
    assert accounts.tolist() == [15, 15, 15, 0, 0, 0]
    sizes = [arr[one.seats[0]] for one in people]
    assert sizes == sorted(sizes, reverse=True)
    later, _ = asked.candidates_of(world, 3, world.warm_days + 200)
    assert "Late" in {one.name for one in later}


def test_at_most_twenty_are_compared(tmp_path: Path) -> None:
    text = STAFF.replace("headcount: 3", "headcount: 30")
    people, left = asked.candidates_of(_world(tmp_path, text), 3, 60)
    assert (len(people), left) == (20, 10)


def test_without_books_and_names_everybody_is_compared(tmp_path: Path) -> None:
    text = STAFF.replace(", owner: csm", ", owner: null").replace(
        "serves: [key]", "serves: [key], covers: [csm]"
    )
    text = text[: text.index("people:")] + text[text.index("playbooks:") :]
    text = text.replace("shrinkage: 30%, skills", "serves: [key], shrinkage: 30%, skills").replace(
        "support: {headcount: 2, serves: [key], ", "support: {headcount: 2, "
    )
    people, _ = asked.candidates_of(_world(tmp_path, text), 3, 60)
    assert {one.name for one in people} == {"csm 1", "csm 2", "csm 3", "support 1", "support 2"}


def test_skills_of_few_are_looked_at(world: World, tmp_path: Path) -> None:
    few, many = asked.skills_of(world, _day(world))
    assert [(one.name, len(one.seats)) for one in few] == [("sso", 1), ("api", 2)]
    assert many == ()
    crowd = _world(tmp_path, STAFF.replace("headcount: 3", "headcount: 8"))
    few, many = asked.skills_of(crowd, _day(crowd))
    assert ([one.name for one in few], many) == (["sso"], ("api",))


# ---------------------------------------------------------------- what differs


def test_nothing_but_the_absence_is_different(world: World) -> None:
    seat = 1
    away = asked.with_absence(world, Candidate("person", "csm 2", (seat,)), _day(world), 28)
    assert [act.what for act in away.supply.acts] == [ABSENCE]
    assert away.supply.acts[0].seats == (seat,)
    assert replace(away, supply=replace(away.supply, acts=())).supply == replace(world.supply, acts=())
    before, after = (simulate(one, seed=3, replication=0) for one in (world, away))
    long = HOURS_FIELDS.index("long")
    assert before.hours[..., long].sum() == 0
    assert after.hours[..., long].sum() == after.hours[:, seat, long].sum() == 4 * 5 * 8 * 60
    first = (_day(world) - world.warm_days) // 7
    np.testing.assert_array_equal(before.busy[:first], after.busy[:first])  # until then all is the same


def test_everybody_with_a_skill_is_away_on_the_same_days(world: World) -> None:
    away = asked.with_absence(world, Candidate("skill", "api", (1, 2)), 60, 14)
    assert [(act.day, act.days, act.seats) for act in away.supply.acts] == [(60, 14, (1,)), (60, 14, (2,))]


def test_acts_of_the_timeline_keep_their_places(tmp_path: Path) -> None:
    world = _world(tmp_path, MOVING)
    away = asked.with_absence(world, Candidate("person", "csm 3", (2,)), 40, 28)
    assert away.supply.acts[:-1] == world.supply.acts


# ---------------------------------------------------------------- what it costs


def test_an_absence_of_nobody_costs_nothing(world: World) -> None:
    found = asked.key_people(
        world, [Candidate("person", "Late", (world.names.people.index("Late"),))], seed=3, replications=3,
        day=_day(world), weeks=4, jobs=1,
    )  # fmt: skip
    (risk,) = found.risks
    assert risk.happens == 0
    for one in (risk.failed, risk.tickets, risk.arr, risk.accounts, risk.work):
        assert (one.mean, one.low, one.high) == (0, 0, 0)
        assert not resolved(one)


def test_owners_are_missed_and_one_of_a_pool_is_not(answer: KeyPeople) -> None:
    for name in ("田中", "csm 2", "csm 3"):
        risk = _of(answer, name)
        assert risk.covered == "nobody"
        assert risk.failed.low > 0 and risk.arr.low > 0 and risk.accounts.low > 0
        assert risk.happens == 1
        assert risk.book_accounts is not None and risk.book_accounts.mean == 15
        assert risk.book_arr is not None and risk.book_arr.mean == 45e6
        assert risk.work.mean > 10
    pool = _of(answer, "support 1")
    assert pool.covered == "pool"
    assert pool.book_accounts is None
    assert not resolved(pool.failed)


def test_a_skill_takes_all_who_have_it(answer: KeyPeople, world: World) -> None:
    api, sso = _of(answer, "api"), _of(answer, "sso")
    assert api.people == ("csm 2", "csm 3") and api.roles == ("csm", "csm")
    assert sso.people == ("csm 2",)
    alone = _of(answer, "csm 2")
    assert (sso.failed, sso.arr) == (alone.failed, alone.arr)  # the same people are away
    assert api.arr.mean > sso.arr.mean
    # 45 accounts, 4 times a year: 2 h of sso and 1 h of api, at 70 % of full speed
    expected = 45 * 4 / 52.18 / 0.7
    assert sso.work.mean == pytest.approx(2 * expected, rel=0.15)
    assert api.work.mean == pytest.approx(expected, rel=0.15)


def test_the_order_is_that_of_the_arr_at_risk(answer: KeyPeople) -> None:
    assert answer.churns
    at_risk = [risk.arr.mean for risk in answer.risks]
    assert at_risk == sorted(at_risk, reverse=True)
    assert answer.risks[0].candidate.name == "api"


def test_without_churn_the_order_is_that_of_late_work(tmp_path: Path) -> None:
    text = STAFF.replace(",\n        churn: {green: 5%, yellow: 15%, red: 40%}", "")
    world = _world(tmp_path, text)
    people, _ = asked.candidates_of(world, 3, _day(world))
    found = asked.key_people(world, people, seed=3, replications=3, day=_day(world), weeks=2, jobs=1)
    assert not found.churns
    late = [risk.failed.mean for risk in found.risks]
    assert late == sorted(late, reverse=True)
    assert all(risk.arr.mean == 0 for risk in found.risks)


def test_differences_are_paired(answer: KeyPeople, world: World) -> None:
    """By hand: each replication of the absence less the same replication without."""
    seat = world.names.people.index("csm 3")
    away = asked.with_absence(world, Candidate("person", "csm 3", (seat,)), _day(world), 28)
    lost = []
    for number in range(answer.n):
        pair = [
            simulate(one, seed=3, replication=number).months["arr_churn_expected"].sum()
            for one in (away, world)
        ]
        lost.append(pair[0] - pair[1])
    found = _of(answer, "csm 3").arr
    assert found.mean == pytest.approx(np.mean(lost))
    half = 2.0452 * np.std(lost, ddof=1) / math.sqrt(answer.n)  # Student's t with 29 degrees of freedom
    assert found.half_width == pytest.approx(half, rel=1e-3)
    unpaired = np.std(
        [simulate(world, seed=3, replication=k).months["arr_churn_expected"].sum() for k in range(10)]
    )
    assert np.std(lost) < unpaired


def test_colleagues_cover_where_they_are_to(tmp_path: Path) -> None:
    text = STAFF.replace("csm: {headcount: 3, ", "csm: {headcount: 3, handover: {cover_after: 3 weeks}, ")
    world = _world(tmp_path, text)
    one = [Candidate("person", "csm 2", (1,))]
    covered = {
        weeks: asked.key_people(world, one, seed=3, replications=2, day=_day(world), weeks=weeks, jobs=1)
        for weeks in (2, 3)
    }
    assert [covered[weeks].risks[0].covered for weeks in (2, 3)] == ["nobody", "colleagues"]


def test_who_has_left_is_told(tmp_path: Path) -> None:
    text = STAFF.replace("csm: {headcount: 3, ", "csm: {headcount: 3, attrition: 99%, notice: 1d, ")
    world = _world(tmp_path, text)
    found = asked.key_people(
        world, [Candidate("person", "csm 2", (1,))], seed=3, replications=20, day=world.warm_days + 90,
        weeks=4, jobs=1,
    )  # fmt: skip
    assert 0 < found.risks[0].happens < 1


# ---------------------------------------------------------------- how it is told


def test_many_comparisons_need_wider_intervals(answer: KeyPeople) -> None:
    assert len(answer.risks) == 6
    alone = replace(answer, risks=answer.risks[:1])
    assert alone.wider == pytest.approx(1.0)
    assert answer.wider == pytest.approx(2.8333 / 2.0452, rel=1e-3)  # t at 1 - 0.025 / 6, and at 0.975
    edge = Estimate("", "JPY", "", 1.0, 0.1, 1.9, 30)
    assert resolved(edge) and not resolved(edge, answer.wider)
    assert not resolved(Estimate("", "JPY", "", 1.0, math.nan, math.nan, 1))
    assert not resolved(Estimate("", "JPY", "", 1.0, -0.1, 2.1, 30))


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_processes(world: World) -> None:
    people, _ = asked.candidates_of(world, 3, _day(world))
    one, two = (
        asked.key_people(world, people, seed=3, replications=6, day=_day(world), weeks=4, jobs=jobs)
        for jobs in (1, 2)
    )
    assert one == two


def test_the_same_for_an_old_scenario(tmp_path: Path) -> None:
    world = _world(tmp_path, SCENARIO)
    people, _ = asked.candidates_of(world, 7, _day(world))
    found = asked.key_people(world, people, seed=7, replications=5, day=_day(world), weeks=2, jobs=1)
    assert [risk.candidate.name for risk in found.risks] == ["csm 1"]
    assert found.risks[0].failed.mean > 0
    assert found.has_tickets


def test_progress_is_told(world: World) -> None:
    told: list[tuple[int, int]] = []
    asked.key_people(
        world, [Candidate("person", "csm 2", (1,))], seed=3, replications=3, day=_day(world), weeks=1, jobs=1,
        progress=lambda done, expected: told.append((done, expected)),
    )  # fmt: skip
    assert told == [(number, 6) for number in range(1, 7)]
