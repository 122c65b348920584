"""Comparisons of a small team: what must be equal, opposite or exactly nothing."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from compare_team import write_team

from csm_sim.analysis.break_even import STRENGTHS
from csm_sim.analysis.compare import Entry, Question, check_alike, compare
from csm_sim.analysis.compared import Compared, Difference, Plan
from csm_sim.analysis.money import KINDS, flows_of
from csm_sim.analysis.paired import Interval
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants
from csm_sim.errors import UsageError

N = 24


class Team:
    """The plans, and their futures, which are simulated once."""

    def __init__(self, folder: Path) -> None:
        self.files = write_team(folder)
        self.kept = folder / "futures"
        self._versions: dict[Path, Variants] = {}

    def entry(self, name: str, *sets: str, label: str | None = None) -> Entry:
        file = self.files[name]
        versions = self._versions.setdefault(file, Variants(file))
        variant = versions.variant(*sets)
        return Entry(label or variant.scenario.name, file.name, versions, variant)

    def compare(
        self, base: Entry, *plans: Entry, n: int | None = N, break_even: bool = False, jobs: int = 1
    ) -> Compared:
        question = Question(base, plans, n, 0.3, 60)
        with (
            Trials(3, jobs=jobs, folder=self.kept) as trials,
            Trials(3, twin=False, jobs=jobs, folder=self.kept) as plain,
        ):
            return compare(question, trials, plain if break_even else None)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("compare"))


@pytest.fixture(scope="module")
def cut(team: Team) -> Compared:
    return team.compare(team.entry("base"), team.entry("cut"), break_even=True)


def negated(one: Interval) -> Interval:
    return Interval(0.0 - one.mean, 0.0 - one.high, 0.0 - one.low, one.n)


# ---------------------------------------------------------------- nothing


@pytest.mark.parametrize("other", ["file", "words"])
def test_compared_with_itself_every_difference_is_exactly_nothing(team: Team, other: str) -> None:
    plan = team.entry("base")
    if other == "words":  # the same in other words
        plan = team.entry("base", "segments.key.accounts=24", "staff.support.cost=6000000 per year")
    found = team.compare(team.entry("base"), plan, n=None, break_even=True)
    assert (found.n, found.reached, found.confidence) == (36, True, 0.95)  # exactly nothing is precise
    (only,) = found.plans
    assert only.same
    assert only.changes == ()
    assert only.crossing is None
    assert only.break_even is None
    assert {one.verdict for one in only.differences} == {"same"}
    assert all(one.apart.nothing and one.base == one.other for one in only.differences)
    assert {one.chance.mean for one in only.differences if one.chance} == {0.5}
    assert all(month.nothing for series in only.series for month in series.apart)


def test_another_price_of_the_same_world_is_a_difference(team: Team) -> None:
    """A gross margin changes no future, only what it is worth."""
    found = team.compare(team.entry("base"), team.entry("base", "money.gross_margin=60%", label="thin"))
    (plan,) = found.plans
    assert not plan.same
    assert [change.key for change in plan.changes] == ["money.gross_margin"]
    margin, on_time = plan.difference("margin"), plan.difference("on_time")
    assert margin is not None
    assert on_time is not None
    assert margin.apart.mean == pytest.approx(-0.2 * margin.base.mean)
    assert on_time.verdict == "same"
    assert any("another gross margin" in warning for warning in found.warnings)


# ---------------------------------------------------------------- opposite, permuted, together


def test_the_other_way_round_everything_is_opposite(team: Team, cut: Compared) -> None:
    back = team.compare(team.entry("cut"), team.entry("base"), break_even=True).plans[0]
    there = cut.plans[0]
    turned = {"better": "worse", "worse": "better"}
    assert [one.name for one in there.differences] == [one.name for one in back.differences]
    for one, other in zip(there.differences, back.differences, strict=True):
        assert other.apart == negated(one.apart), one.name
        assert (other.base, other.other) == (one.other, one.base)
        assert other.verdict == turned.get(one.verdict, one.verdict)
        assert other.saved == one.saved
        assert other.correlation == pytest.approx(one.correlation, nan_ok=True)
        if one.chance is not None and other.chance is not None:
            assert one.chance.mean + other.chance.mean == pytest.approx(1.0, abs=1e-15)
    for series, reverse in zip(there.series, back.series, strict=True):
        assert [negated(one) for one in series.apart] == list(reverse.apart)
    assert there.crossing is not None
    assert back.crossing is not None
    kinds = {"loses from": "pays from", "never": "from the start"}
    kinds |= {other: one for one, other in kinds.items()}
    assert back.crossing.kind == kinds[there.crossing.kind]
    assert there.break_even is not None
    assert back.break_even is not None
    assert [negated(one) for one in there.break_even.net] == list(back.break_even.net)
    assert there.break_even.at == back.break_even.at


def test_the_order_of_plans_changes_nothing(team: Team) -> None:
    base, cut, more = team.entry("base"), team.entry("cut"), team.entry("more")
    one, other = team.compare(base, cut, more), team.compare(base, more, cut)
    assert repr(one.plans) == repr(tuple(reversed(other.plans)))


def test_several_plans_make_intervals_wider_and_nothing_else(team: Team, cut: Compared) -> None:
    both = team.compare(team.entry("base"), team.entry("cut"), team.entry("more"), team.entry("base"))
    assert cut.confidence == 0.95
    assert both.confidence == 0.975  # the base itself is not one of them
    for alone, together in zip(cut.plans[0].differences, both.plans[0].differences, strict=True):
        assert together.apart.mean == alone.apart.mean
        assert (together.base, together.other) == (alone.base, alone.other)
        if alone.apart.half_width > 1e-6 * abs(alone.apart.mean):
            ratio = together.apart.half_width / alone.apart.half_width
            assert ratio == pytest.approx(2.3979 / 2.0687, abs=1e-3)  # Student's t, 23 degrees of freedom


# ---------------------------------------------------------------- identities


def test_money_adds_up(cut: Compared) -> None:
    plan = cut.plans[0]

    def of(name: str) -> Difference:
        found = plan.difference(name)
        assert found is not None, name
        return found

    for part in ("base", "other", "apart"):
        cost, margin, net = (getattr(of(name), part).mean for name in ("cost", "margin", "net"))
        assert net == pytest.approx(margin - cost, rel=1e-12)
        kinds = [one for name in KINDS if (one := plan.difference(name)) is not None]
        assert cost == pytest.approx(sum(getattr(one, part).mean for one in kinds), rel=1e-12)
        people = [of(f"payroll@{role}") for role in ("csm", "support")]
        assert of("payroll").apart.mean == pytest.approx(sum(one.apart.mean for one in people))
    assert [one.name for one in kinds] == ["payroll", "severance", "tooling"]
    assert of("severance").apart.mean == 9e6 / 4  # three months of pay, once


def test_months_add_up_to_the_whole(cut: Compared) -> None:
    plan = cut.plans[0]
    series = {one.name: one for one in plan.series}
    assert list(series) == ["arr_end", "cost", "margin", "net", "saved", "margin_lost", "gained"]
    assert {len(one.apart) for one in plan.series} == {10} == {len(cut.months)}
    for name in ("cost", "margin", "net"):
        whole = plan.difference(name)
        assert whole is not None
        assert sum(one.mean for one in series[name].apart) == pytest.approx(whole.apart.mean, rel=1e-9)
        assert sum(one.mean for one in series[name].base) == pytest.approx(whole.base.mean, rel=1e-12)
    arr = plan.difference("arr_expected")
    assert arr is not None
    assert series["arr_end"].apart[-1] == arr.apart
    gained = 0.0
    for month in range(10):
        saved, lost, left = (series[name].apart[month].mean for name in ("saved", "margin_lost", "gained"))
        gained += series["net"].apart[month].mean
        assert left == pytest.approx(saved - lost, rel=1e-9, abs=1e-3)
        assert left == pytest.approx(gained, rel=1e-9, abs=1e-3)
    # nothing happens before the cut, exactly
    assert all(series[name].apart[month].nothing for name in series for month in (0, 1))


def test_npv_by_hand(team: Team, cut: Compared) -> None:
    """From the counts by month, in another order of summing."""
    entries = [team.entry("base"), team.entry("cut")]
    with Trials(3, jobs=1, folder=team.kept) as trials:
        flows = [
            flows_of(e.variant.scenario, e.variant.world, trials.sample(e.variant, range(N))) for e in entries
        ]
    apart = [(other - one) for one, other in zip(flows[0].npv, flows[1].npv, strict=True)]
    found = cut.plans[0].differences[0]
    assert found.name == "net_present_value"
    assert found.apart.mean == pytest.approx(float(np.mean(apart)), rel=1e-12)
    half = 2.0687 * float(np.std(apart, ddof=1)) / math.sqrt(N)
    assert found.apart.half_width == pytest.approx(half, rel=1e-4)
    wins = (flows[1].npv_counted > flows[0].npv_counted).sum()
    assert found.chance is not None
    assert found.chance.mean == wins / N


def test_break_even_at_what_the_scenario_says_is_the_difference_itself(team: Team, cut: Compared) -> None:
    plan = cut.plans[0]
    assert plan.break_even is not None
    assert plan.break_even.tried == STRENGTHS
    assert plan.break_even.net[STRENGTHS.index(1.0)] == plan.differences[0].apart
    # without any effect of staffing no customer is lost: what is left is the money saved, discounted
    nothing = plan.break_even.net[0]
    cost = plan.difference("cost")
    assert cost is not None
    assert nothing.half_width < 1e-3 * nothing.mean
    assert 0.9 * -cost.apart.mean < nothing.mean < -cost.apart.mean


def test_strengths_are_multiples_of_what_the_scenario_says(team: Team) -> None:
    double = [team.entry(name, "health.strength=x2") for name in ("base", "cut")]
    found = team.compare(*double, break_even=True).plans[0].break_even
    plain = team.compare(team.entry("base"), team.entry("cut"), break_even=True).plans[0].break_even
    assert found is not None
    assert plain is not None
    at = dict(zip(STRENGTHS, found.net, strict=True))
    usual = dict(zip(STRENGTHS, plain.net, strict=True))
    assert at[0.0] == usual[0.0]
    assert at[0.5] == usual[1.0]
    assert at[1.0] == usual[2.0]


def test_no_strength_is_tried_that_the_language_does_not_have(team: Team) -> None:
    strong = [team.entry(name, "health.strength=x4") for name in ("base", "cut")]
    found = team.compare(*strong, n=4, break_even=True).plans[0].break_even
    assert found is not None
    assert found.tried == (0.0, 0.5, 1.0, 2.0)  # three times four is more than ten
    assert len(found.net) == 4


@pytest.mark.parametrize("setting", ["health.effects=off", "health.strength=x0"])
def test_without_effects_there_is_no_break_even(team: Team, setting: str) -> None:
    found = team.compare(team.entry("base", setting), team.entry("cut", setting), break_even=True)
    assert found.plans[0].break_even is None
    lost = found.plans[0].by_month("margin_lost")
    assert lost is not None
    assert all(one.nothing for one in lost.apart)


def test_without_costs_there_is_arr_only(team: Team) -> None:
    free = ("staff.csm.cost=null", "staff.support.cost=null", "staff.csm.severance=null")
    free = (*free, "staff.csm.hiring_cost=null", "money=null")
    found = team.compare(team.entry("base", *free), team.entry("cut", *free), break_even=True)
    (plan,) = found.plans
    assert not found.costs
    assert plan.differences[0].name == "arr_expected"
    assert not {"cost", "margin", "net", "payroll"} & {one.name for one in plan.differences}
    assert [one.name for one in plan.series] == ["arr_end"]
    assert plan.crossing is None
    assert plan.break_even is None


# ---------------------------------------------------------------- how many futures, and which


def test_it_stops_when_the_arr_difference_is_precise(team: Team) -> None:
    question = Question(team.entry("base"), (team.entry("cut"),), None, 0.3, 60)
    found = team.compare(*question.entries, n=None)
    arr = found.plans[0].difference("arr_expected")
    assert arr is not None
    precise = arr.apart.half_width <= max(0.3 * abs(arr.apart.mean), 0.0002 * arr.base.mean * 1.2 * 10 / 12)
    assert found.reached == precise
    assert found.n in (36, 46, 56, 60)


def test_too_little_precision_is_told(team: Team) -> None:
    question = Question(team.entry("base"), (team.entry("cut"),), None, 1e-6, 40)
    with Trials(3, jobs=1, folder=team.kept) as trials:
        found = compare(question, trials, None)
    assert (found.n, found.reached) == (40, False)


@pytest.mark.parametrize("jobs", [1, 2])
def test_neither_the_folder_nor_processes_change_an_answer(team: Team, cut: Compared, jobs: int) -> None:
    question = Question(team.entry("base"), (team.entry("cut"),), N)
    with Trials(3, jobs=jobs) as trials, Trials(3, twin=False, jobs=jobs) as plain:
        found = compare(question, trials, plain)
    assert repr(found) == repr(cut)


def test_one_future_has_no_interval_and_says_nothing_for_sure(team: Team) -> None:
    found = team.compare(team.entry("base"), team.entry("cut"), n=1, break_even=True)
    (plan,) = found.plans
    assert {one.verdict for one in plan.differences} == {"not resolved"}
    assert all(math.isnan(one.apart.low) for one in plan.differences)


# ---------------------------------------------------------------- what cannot be compared


def test_plans_of_other_times_or_money_are_all_told_at_once(team: Team) -> None:
    base = team.entry("base")
    plans = [
        team.entry("base", "start=2027-05-01", label="later"),
        team.entry("base", "horizon=11 months", label="longer"),
        team.entry("base", "currency=USD", label="dollars"),
    ]
    with pytest.raises(UsageError) as caught:
        check_alike(Question(base, (*plans, team.entry("cut")), None))
    text = str(caught.value)
    assert text.count("problem") == 3
    assert "later starts on 2027-05-01, but The team as it is starts on 2027-04-01" in text
    assert "longer lasts 11 months, but The team as it is lasts 10 months" in text
    assert "dollars counts in USD, but The team as it is counts in JPY" in text
    assert '--set horizon="10 months"' in text


def test_the_same_length_in_other_words_can_be_compared(team: Team) -> None:
    base = team.entry("base", "horizon=1 year")
    check_alike(Question(base, (team.entry("base", "horizon=12 months"),), None))


def test_figures_are_those_of_the_measures(team: Team, cut: Compared) -> None:
    """A comparison tells the same as the headline figures of each plan by itself."""
    plan: Plan = cut.plans[0]
    with Trials(3, jobs=1, folder=team.kept) as trials:
        measures = {name: trials.measures(team.entry(name).variant, range(N)) for name in ("base", "cut")}
    for name in ("on_time", "sla", "utilisation", "people@csm", "arr_end", "arr_lost"):
        one = plan.difference(name)
        assert one is not None
        assert one.base == measures["base"][name].interval()
        assert one.other == measures["cut"][name].interval()
        assert one.apart == measures["cut"][name].minus(measures["base"][name])
