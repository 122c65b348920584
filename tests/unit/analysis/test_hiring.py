"""When to hire: against a plain simulation of the scenario's own rules, and against what is known by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from csm_sim.analysis.hiring import CHANCES, HireBy, hire_by
from csm_sim.analysis.hiring_basis import flow
from csm_sim.analysis.hiring_seats import FOREVER, distribution_function, seat_rules, team_of
from csm_sim.scenario import Loaded, load
from csm_sim.scenario.distributions import Distribution
from csm_sim.world import distributions as tables
from csm_sim.world import records as r

START = date(2027, 4, 1)
BASE = """\
name: Team
start: 2027-04-01
horizon: 24 months
segments:
  smb: {touch: low, accounts: 3, arr: 1M, owner: csm}
playbooks:
  check: {for: smb, every: month, steps: [{do: call, effort: 1h}]}
"""
SIMPLE = """\
staff:
  csm: {headcount: 4, ramp: [50%, 80%], time_to_hire: 10 weeks}
  support: {headcount: 2, serves: smb}
"""
Load = Callable[..., Loaded]


@pytest.fixture
def scenario(tmp_path: Path) -> Load:
    """Load a scenario with these parts."""

    def go(*parts: str, sets: tuple[str, ...] = ()) -> Loaded:
        path = tmp_path / "team.yaml"
        path.write_text(BASE + "".join(parts), encoding="utf-8")
        return load(path, sets)

    return go


def day(text: str) -> int:
    return (date.fromisoformat(text) - START).days


# against a simulation ----------------------------------------------------------------------------

FALSE_ALARM_RATE = 0.01
COMPARISONS = 12
FUTURES = 30_000

MIXED = """\
staff:
  csm:
    headcount: 5
    ramp: [50%, 80%, 100%]
    time_to_hire: {mean: 8 weeks, cv: 0.6}
    attrition: 40% per year
    notice: 45d
people:
  - {name: Ann, role: csm, until: 2027-11-30}
  - {name: Bo, role: csm, start: 2027-06-01}
  - {name: Cy, role: csm, start: 2027-05-01, until: 2028-01-31}
  - {name: Di, role: csm, start: 2027-12-20}
timeline:
  - {on: 2027-05-15, hire: {role: csm, count: 2}}
  - {on: 2027-07-01, hire: {role: csm, count: 1}}
  - {on: 2027-07-01, freeze: {role: csm, for: 9 weeks}}
  - {on: 2027-07-15, hire: {role: csm, count: 1, until: 2028-12-31}}
  - {on: 2027-12-27, hire: {role: csm, count: 3}}
"""


class Futures:
    """Whether a seat holds a ramped person on 2028-01-05, in many futures; told anew from the model page."""

    thaw = (day("2027-07-01"), day("2027-07-01") + 63)
    date = day("2028-01-05")
    ramp_days = 61  # two months below full speed

    def __init__(self) -> None:
        self.rng = np.random.default_rng(20280105)

    def hired(self, wanted: NDArray[np.float64], *, thaw: bool = True) -> NDArray[np.float64]:
        frozen = (wanted >= self.thaw[0]) & (wanted < self.thaw[1]) if thaw else np.zeros(FUTURES, bool)
        opens = np.where(frozen, self.thaw[1], wanted)
        sd = math.sqrt(math.log1p(0.6**2))
        return opens + np.ceil(self.rng.lognormal(math.log(56.0) - sd**2 / 2, sd, FUTURES))

    def seat(self, joins: NDArray[np.float64], *, ramped: bool = False) -> NDArray[np.bool_]:
        """From the first person's joining on, with backfills."""
        found = np.zeros(FUTURES, bool)
        hazard = -math.log(0.6) / 365.25
        while joins.min() <= self.date:
            notice = joins + np.ceil(self.rng.exponential(1 / hazard, FUTURES))
            leaves = notice + 45
            tenure = self.date - joins
            found |= (tenure >= (0 if ramped else self.ramp_days)) & (self.date < leaves)
            joins, ramped = np.maximum(self.hired(notice), leaves), False
        return found

    def opened(self, wanted: int, *, thaw: bool = True) -> NDArray[np.bool_]:
        return self.seat(self.hired(np.full(FUTURES, float(wanted)), thaw=thaw))

    def team(self) -> NDArray[np.int64]:
        """How many are ramped as the scenario stands."""
        count = np.zeros(FUTURES, np.int64)
        for _ in range(4):  # Ann's contract has ended
            count += self.seat(np.zeros(FUTURES), ramped=True)
        count += self.seat(np.full(FUTURES, float(day("2027-06-01"))))
        # Cy is there until 2028-01-31 and does not resign; Di has not ramped
        count += 1
        count += self.opened(day("2027-05-15"))
        count += self.opened(day("2027-05-15"))
        # listed above the freeze, so it opens before it
        count += self.opened(day("2027-07-01"), thaw=False)
        count += self.hired(np.full(FUTURES, float(day("2027-07-15")))) + self.ramp_days <= self.date
        return count


def test_the_chances_are_those_of_a_simulated_team(scenario: Load) -> None:
    found = hire_by(scenario(MIXED), "csm", 12, date(2028, 1, 5), chance=0.6)
    futures = Futures()
    critical = stats.norm.isf(FALSE_ALARM_RATE / (2 * COMPARISONS))
    compared = 0

    def check(values: NDArray[np.generic], expected: float) -> None:
        nonlocal compared
        compared += 1
        sd = math.sqrt(expected * (1 - expected) / FUTURES) if values.dtype == bool else stats.sem(values)
        assert float(np.mean(values)) == pytest.approx(expected, abs=critical * sd)

    team = futures.team()
    check(team, found.ramped_without)
    check(team >= 12, found.enough_without)
    requisitions = found.asked.requisitions if found.asked else 0
    assert requisitions > 1
    for opened in ("2027-05-01", "2027-08-10", "2027-10-01"):
        more = team.copy()
        for number in range(1, requisitions + 1):
            more += futures.opened(day(opened))
            if number in found.curves:
                check(more >= 12, float(found.curves[number][day(opened)]))
    assert 8 <= compared <= COMPARISONS
    assert (found.headcount, found.added, found.gone) == (5, 10, 1)


# by hand -----------------------------------------------------------------------------------------


def test_without_chance_it_is_arithmetic(scenario: Load) -> None:
    found = hire_by(scenario(SIMPLE), "csm", 6, date(2027, 12, 1))
    assert list(found.answers) == list(CHANCES)
    for answer in found.answers.values():
        assert answer is not None
        # 70 days to hire and 61 to ramp
        assert (answer.requisitions, answer.open_by) == (2, date(2027, 12, 1) - timedelta(days=131))
        assert (answer.ramped, answer.late, answer.one_short) == (6.0, 0.0, 0.0)
    assert found.same_time_to_hire
    assert found.others == ()
    assert found.usually_ramped == START + timedelta(days=131)
    assert found.curves[1].max() == 0.0
    assert found.curves[3].max() == 1.0


def test_enough_people_need_no_requisition(scenario: Load) -> None:
    for people, by in ((4, START), (1, date(2029, 3, 31))):
        asked = hire_by(scenario(SIMPLE), "csm", people, by).asked
        assert asked is not None
        assert (asked.requisitions, asked.open_by, asked.ramped, asked.late) == (0, None, 4.0, 0.0)


def test_no_number_helps_where_time_is_up(scenario: Load) -> None:
    found = hire_by(scenario(SIMPLE), "csm", 6, START + timedelta(days=130))
    assert set(found.answers.values()) == {None}
    assert [one.chance for one in found.best] == [0.0, 0.0]
    assert [one.requisitions for one in found.best] == [2, 9]
    assert found.best[0].open_on == START
    enough = hire_by(scenario(SIMPLE), "csm", 6, START + timedelta(days=131)).asked
    assert enough is not None
    assert enough.open_by == START


def test_more_requisitions_leave_more_time(scenario: Load) -> None:
    spread = scenario(SIMPLE, sets=("staff.csm.time_to_hire={mean: 10 weeks, cv: 0.5}",))
    found = hire_by(spread, "csm", 6, date(2028, 4, 1))
    asked = found.asked
    assert asked is not None and asked.open_by is not None
    days = [asked.open_by, *(one.open_by for one in found.others if one.open_by)]
    assert [one.requisitions for one in found.others] == [asked.requisitions + 1, asked.requisitions + 2]
    assert days == sorted(set(days))
    for one in (asked, *found.others):
        assert one.open_by is not None
        curve = found.curves.get(one.requisitions)
        if curve is not None:
            opened = (one.open_by - START).days
            assert curve[opened] >= 0.9 > curve[opened + 1]
            assert one.late == pytest.approx(1 - curve[opened], abs=1e-12)
    chances = [answer for answer in found.answers.values() if answer is not None]
    same = [one for one in chances if one.requisitions == chances[0].requisitions and one.open_by]
    assert [one.open_by for one in same] == sorted((one.open_by for one in same), reverse=True)


def test_a_freeze_stops_what_would_open(scenario: Load) -> None:
    freeze = "timeline: [{on: 2027-07-01, freeze: {for: 8 weeks}}]\n"
    by = date(2027, 7, 1) + timedelta(days=131)
    frozen = hire_by(scenario(SIMPLE, freeze), "csm", 6, by).asked
    assert frozen is not None
    assert frozen.open_by == date(2027, 6, 30)
    other = "timeline: [{on: 2027-07-01, freeze: {role: support}}]\n"
    free = hire_by(scenario(SIMPLE, other), "csm", 6, by).asked
    assert free is not None
    assert free.open_by == date(2027, 7, 1)
    at_once = "timeline: [{on: 2027-04-01, freeze: {}}]\n"
    assert hire_by(scenario(SIMPLE, at_once), "csm", 6, date(2029, 3, 1)).usually_ramped is None


def test_people_of_the_timeline_count(scenario: Load) -> None:
    acts = """\
people:
  - {name: Ann, role: csm, until: 2027-09-30}
  - {name: Bo, role: csm, start: 2027-05-01}
  - {name: Cy, role: support}
timeline:
  - {on: 2027-05-01, hire: {role: csm, count: 3}}
  - {on: 2027-07-20, cut: {role: csm, count: 1}}
  - {on: 2027-08-01, cut: {people: [Bo]}}
  - {on: 2027-08-01, reorganise: {from: support, to: csm, people: [Cy]}}
  - {on: 2027-12-01, cut: {role: csm, by: 50%}}
"""
    loaded = scenario(SIMPLE, acts)
    expected = {"2027-06-30": 4, "2027-07-01": 5, "2027-07-31": 5, "2027-08-01": 5, "2027-09-09": 7,
                "2027-09-30": 7, "2027-10-01": 6, "2027-11-30": 6, "2027-12-01": 3}  # fmt: skip
    ramped = {text: hire_by(loaded, "csm", 5, date.fromisoformat(text)).ramped_without for text in expected}
    assert ramped == expected
    assert hire_by(loaded, "support", 1, date(2027, 8, 1)).ramped_without == 1.0
    everyone = "timeline: [{on: 2027-08-01, reorganise: {from: support, to: csm}}]\n"
    assert hire_by(scenario(SIMPLE, everyone), "csm", 5, date(2027, 8, 1)).ramped_without == 6.0


def test_who_starts_on_the_day_is_there(scenario: Load) -> None:
    starts = "people: [{name: Ann, role: support, start: 2027-05-01}]\n"
    for by, ramped in ((date(2027, 4, 30), 2.0), (date(2027, 5, 1), 3.0)):
        assert hire_by(scenario(SIMPLE, starts), "support", 3, by).ramped_without == ramped


def test_who_is_hired_for_a_time_goes(scenario: Load) -> None:
    hire = "timeline: [{on: 2027-04-01, hire: {role: csm, count: 2, until: 2027-12-31}}]\n"
    loaded = scenario(SIMPLE, hire)
    for by, ramped in ((date(2027, 12, 31), 6.0), (date(2028, 1, 1), 4.0)):
        found = hire_by(loaded, "csm", 5, by)
        assert found.ramped_without == ramped
        assert (found.added, found.gone) == (2, 0 if ramped == 6.0 else 2)


def test_without_backfill_an_early_hire_may_have_gone_again(scenario: Load) -> None:
    leaving = ("staff.csm.attrition=60%", "staff.csm.backfill=false")
    curve = hire_by(scenario(SIMPLE, sets=leaving), "csm", 6, date(2029, 3, 31)).curves
    last = next(iter(curve.values()))
    assert last.argmax() == len(last) - 1 - 131
    assert last[0] < last.max()


@pytest.mark.parametrize(
    ("role", "people", "by", "chance"),
    [
        ("nobody", 5, START, 0.9),
        ("csm", 0, START, 0.9),
        ("csm", 5, START, 1.0),
        ("csm", 5, START, 0.0),
        ("csm", 5, START - timedelta(days=1), 0.9),
        ("csm", 5, date(2029, 4, 1), 0.9),
    ],
)
def test_what_cannot_be_asked_is_refused(
    scenario: Load, role: str, people: int, by: date, chance: float
) -> None:
    with pytest.raises(ValueError):
        hire_by(scenario(SIMPLE), role, people, by, chance)


# what it rests on --------------------------------------------------------------------------------


def _basis(found: HireBy) -> dict[str, tuple[str, str]]:
    return {one.key.rpartition(".")[2]: (one.value, one.standing) for one in found.basis}


def test_every_number_says_where_it_comes_from(scenario: Load) -> None:
    found = hire_by(scenario(SIMPLE), "csm", 5, START)
    assert _basis(found) == {
        "time_to_hire": ("10 weeks", "given"),
        "ramp": ("50%, 80%", "given"),
        "attrition": ("none: nobody resigns", "assumed"),
    }
    assert found.basis[0].source.endswith("team.yaml:9")
    other = _basis(hire_by(scenario(SIMPLE), "support", 5, START))
    assert other["time_to_hire"] == ("none: people join on the day", "assumed")
    assert other["ramp"] == ("none: full speed from the first day", "assumed")
    long = scenario(SIMPLE, sets=("staff.csm.attrition={rate: 15%, burnout: {above: 80%}}",))
    found = hire_by(long, "csm", 5, START)
    assert list(_basis(found).items())[2:] == [
        ("attrition", ("15%", "given")),
        ("notice", ("30d", "assumed")),
        ("backfill", ("true", "assumed")),
    ]
    assert "burnout is left out" in found.left_out[0]
    assert flow({"mean": "10 weeks", "cv": 0.5, "x": [True, 1]}) == "mean 10 weeks, cv 0.5, x true, 1"


def test_what_the_formulas_do_not_know_is_said(scenario: Load) -> None:
    everything = load(Path(__file__).parents[1] / "world" / "everything.yaml")
    said = " / ".join(hire_by(everything, "csm", 10, date(2028, 6, 1)).left_out)
    for part in ("burnout", "leave", "part-time", "cuts and moves", "policies"):
        assert part in said
    assert hire_by(scenario(SIMPLE), "csm", 5, START).left_out == ()
    later = "timeline: [{on: 2027-08-01, cut: {role: csm, count: 1}}]\n"
    assert hire_by(scenario(SIMPLE, later), "csm", 5, date(2027, 7, 31)).left_out == ()
    assert hire_by(scenario(SIMPLE, later), "csm", 5, date(2027, 8, 1)).left_out != ()


def test_rules_and_seats_of_a_role(scenario: Load) -> None:
    everything = load(Path(__file__).parents[1] / "world" / "everything.yaml").scenario
    rules = seat_rules(everything, "csm", 800)
    assert (rules.notice_days, rules.backfill, rules.ramp) == (30, True, (0.4, 0.7, 0.9))
    assert rules.freezes == ((153, 153 + 183), (153, 153 + FOREVER))
    assert rules.joining.sum() == pytest.approx(1.0)
    team = team_of(everything, "csm", date(2027, 8, 31))
    # 田中, Ann, six others, Fay and one of the two hires, whom the cut leaves
    assert [seat.begins for seat in team.seats].count("there") == 8
    assert (len(team.seats), team.added, team.gone) == (10, 3, 1)


# times to hire -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "distribution",
    [
        Distribution("lognormal", (70.0, 0.5)),
        Distribution("lognormal_quantiles", (60.0, 150.0)),
        Distribution("exponential", (70.0,)),
        Distribution("gamma", (70.0, 0.7)),
        Distribution("triangular", (20.0, 60.0, 150.0)),
        Distribution("triangular", (20.0, 20.0, 150.0)),
        Distribution("triangular", (20.0, 150.0, 150.0)),
        Distribution("pert", (20.0, 60.0, 150.0)),
    ],
    ids=lambda one: f"{one.kind}{one.params}",
)
def test_a_time_to_hire_is_the_one_that_is_drawn_from(distribution: Distribution) -> None:
    table = tables.DistributionTable()
    index = table.add(distribution)
    records, values = table.finish()
    record = records[index]
    scores = np.linspace(-3, 3, 25)
    if record["form"] == r.LOGNORMAL:
        drawn = np.exp(record["a"] + record["b"] * scores)
    elif record["form"] == r.EXPONENTIAL:
        drawn = -record["a"] * np.log(special.ndtr(-scores))
    else:
        places = np.linspace(-tables.TABLE_REACH, tables.TABLE_REACH, tables.TABLE_POINTS)
        drawn = np.interp(scores, places, values[record["offset"] :][: record["length"]])
    at_most = distribution_function(distribution)
    assert at_most(drawn) == pytest.approx(special.ndtr(scores), abs=1e-5)
    assert at_most(np.array([0.0, 1e6])) == pytest.approx([0.0, 1.0])


def test_a_time_to_hire_without_spread_is_a_step() -> None:
    for one in (Distribution("constant", (70.0,)), Distribution("exponential", (0.0,))):
        at_most = distribution_function(one)
        limit = one.params[0]
        assert at_most(np.array([limit, limit + 1])).tolist() == [1.0, 1.0]
    assert distribution_function(Distribution("constant", (70.0,)))(np.array([69.0])).tolist() == [0.0]
    with pytest.raises(ValueError, match="empirical"):
        distribution_function(Distribution("empirical", (), "a.csv", "b"))
