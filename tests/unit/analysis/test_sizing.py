"""Sizing on the small team: the question, the answer, the next hire, the months."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_team import SCENARIO

from csm_sim.analysis.sizing import Sized, Team, size
from csm_sim.analysis.sizing_profit import Profit, profit
from csm_sim.analysis.sizing_question import Asked, Question, question_of
from csm_sim.analysis.sizing_when import in_time
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants

TEXT = (
    SCENARIO.replace("csm: {headcount: 1", "csm: {headcount: 1, cost: 1M per year")
    .replace("support: {headcount: 1", "support: {headcount: 1, cost: 6M per year")
    .replace(
        "{on_time: 95%, sla: 50%, utilisation_p90: 85%, arr_lost: 1%}",
        "{on_time: 90%, sla: {at_least: 80%, chance: 70%}}",
    )
)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    path = tmp_path_factory.mktemp("sizing") / "small.yaml"
    path.write_text(TEXT, encoding="utf-8")
    variants = Variants(path)
    with Trials(7, twin=False, jobs=1) as trials:
        yield Team(variants, trials, question_of(variants, Asked()))


@pytest.fixture(scope="module")
def sized(team: Team) -> Sized:
    return size(team, fresh=30)


@pytest.fixture(scope="module")
def economy(team: Team, sized: Sized) -> Profit:
    found = profit(team, sized, 30)
    assert found is not None
    return found


def test_search_begins_with_the_work_and_is_wide_enough(team: Team, sized: Sized) -> None:
    for role, count in zip(team.question.roles, sized.answer, strict=True):
        assert role.low == 1
        assert abs(role.estimate - count) <= 2
        assert role.high == 2 * role.estimate + 3
        assert role.needed <= count


def test_answer_meets_every_target_and_one_less_does_not(sized: Sized) -> None:
    assert sized.proven
    assert not sized.left_out
    assert all(one.good for one in sized.confirmed.shown)
    for one in sized.fewer.values():
        assert one.blocks
    assert sized.cost == pytest.approx(1e6 * sized.answer[0] + 6e6 * sized.answer[1])
    assert len(sized.tried) <= sized.allowed_points == 16


def test_answer_does_not_depend_on_where_the_search_begins(team: Team, sized: Sized) -> None:
    from dataclasses import replace

    question = team.question
    roles = tuple(replace(role, estimate=role.high) for role in question.roles)
    other = Team(team._variants, team.trials, replace(question, roles=roles))
    assert size(other, fresh=30).answer == sized.answer


def test_chance_is_confirmed_as_the_share_of_futures(team: Team, sized: Sized) -> None:
    (shown,) = [one for one in sized.confirmed.shown if one.wanted.chance is not None]
    each = team.fresh(sized.answer, 30)["sla"].each
    assert shown.interval.mean == pytest.approx((each >= 0.8).mean())
    assert shown.wanted.aim.least_variance == pytest.approx(0.7 * 0.3)


def test_hires_are_paired_and_judged_by_the_whole_interval(team: Team, economy: Profit) -> None:
    assert {hire.role for hire in economy.hires} == {"csm", "support"}
    for hire in economy.hires:
        sure = {"yes": hire.worth.low > 0, "no": hire.worth.high < 0}
        assert sure.get(hire.pays, True)
        assert hire.worth.mean == pytest.approx(0.75 * hire.kept.mean - hire.cost)
        # half a year of one person
        assert hire.cost == pytest.approx({"csm": 0.5e6, "support": 3e6}[hire.role], rel=0.02)
    for name in team.question.names:
        numbers = [hire.number for hire in economy.hires if hire.role == name]
        assert numbers == sorted(numbers)


def test_nobody_on_the_front_is_beaten(sized: Sized, economy: Profit) -> None:
    front = [one for one in economy.front if one.on_front]
    assert [one.cost for one in front] == sorted(one.cost for one in front)
    kept = [one.kept.mean for one in front]
    assert kept == sorted(kept)
    assert any(one.point == sized.answer for one in economy.front)
    for one in economy.front:
        assert not (one.on_front and one.surely_below)


def test_months_of_even_work_take_the_answer(team: Team, sized: Sized) -> None:
    found = in_time(team, sized, team.variant(sized.answer).loaded, 0.9)
    for role, count in zip(found.roles, sized.answer, strict=True):
        assert [month.name for month in role.months] == [f"2027-{month:02}" for month in range(4, 10)]
        mean = sum(month.needed.mean for month in role.months) / 6
        for month in role.months:
            assert month.heads >= month.needed.mean
            if month.needed.mean <= mean:
                assert month.heads <= count


def test_options_beat_the_scenario(team: Team) -> None:
    question: Question = question_of(team._variants, Asked({"support": (2, 4)}, confidence=0.8, margin=0.5))
    (role,) = question.roles
    assert (role.name, role.low, role.high) == ("support", 2, 4)
    assert (question.confidence, question.margin) == (0.8, 0.5)


def test_bounds_in_which_the_scenario_contradicts_itself_are_left_out(tmp_path: Path) -> None:
    text = TEXT.replace("csm: {headcount: 1", "csm: {headcount: 3, skills: {api: 2}").replace(
        "{do: kickoff,", "{do: kickoff, skill: api,"
    )
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    variants = Variants(tmp_path / "small.yaml")
    question = question_of(variants, Asked({"csm": (1, 6)}))
    assert question.roles[0].low == 2
    assert "csm: the scenario contradicts itself with fewer than 2 at the start" in question.notes
