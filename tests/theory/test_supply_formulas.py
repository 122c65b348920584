"""Formulas of people who come and go, against a plain simulation of seats, in their limits and at edges."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from csm_sim.theory import hiring, supply
from csm_sim.theory.supply import SeatRules

Floats = NDArray[np.float64]

FALSE_ALARM_RATE = 0.01
"""Chance, over all seeds, that right formulas fail anywhere in this file; the seeds are fixed."""
COMPARISONS = 140
"""At least as many as there are in this file (Bonferroni); the last test counts them."""
SEATS = 40_000

compared: list[float] = []


def check_mean(values: NDArray[Any], expected: float) -> None:
    """Hold the mean of independent values against an expectation, at the level of the file."""
    critical = stats.norm.isf(FALSE_ALARM_RATE / (2 * COMPARISONS))
    if np.isin(values, (0, 1)).all():
        margin = critical * math.sqrt(expected * (1.0 - expected) / len(values))
    else:
        margin = critical * float(stats.sem(values))
    compared.append(expected)
    assert values.mean() == pytest.approx(expected, abs=margin + 1e-12)


@dataclass(frozen=True)
class Hiring:
    """A time to hire: as draws for the simulation, as a distribution function for the formulas."""

    family: str
    mean: float
    cv: float = 1.0

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        if self.family == "constant":
            return np.full(size, self.mean)
        if self.family == "exponential":
            return rng.exponential(self.mean, size)
        sd = math.sqrt(math.log1p(self.cv**2))
        return rng.lognormal(math.log(self.mean) - sd**2 / 2, sd, size)

    def at_most(self, days: Floats) -> Floats:
        if self.family == "constant":
            return np.asarray(days >= self.mean, dtype=np.float64)
        if self.family == "exponential":
            return -np.expm1(-days / self.mean)
        sd = math.sqrt(math.log1p(self.cv**2))
        return np.asarray(stats.lognorm.cdf(days, sd, scale=self.mean * math.exp(-(sd**2) / 2)))

    def joining(self, longest: int) -> Floats:
        return supply.joining_chances(self.at_most, longest)


@dataclass(frozen=True)
class Case:
    """Rules of a seat in plain numbers, for the simulation, and as the formulas take them."""

    per_year: float
    notice: int
    hire: Hiring
    backfill: bool = True
    ramp: tuple[float, ...] = ()
    freezes: tuple[tuple[int, int], ...] = ()
    opened: int | None = None

    def rules(self, days: int) -> SeatRules:
        hazard = supply.resignation_hazard_per_day(self.per_year)
        return SeatRules(hazard, self.notice, self.hire.joining(days), self.backfill, self.ramp, self.freezes)

    def lives(self, rng: np.random.Generator, days: int) -> list[tuple[Floats, Floats, bool]]:
        """(first day, first day not worked, whether past the ramp) of the people of many seats, by turn.

        Told from the rules of the model page and from nothing of the formulas: each person draws a time to
        resign and gives notice on the first day by whose beginning it is over.
        """
        turns = []
        hazard = -math.log(1.0 - self.per_year) / 365.25
        if self.opened is None:
            joined, past = np.zeros(SEATS), True
        else:
            joined = self.thaw(np.full(SEATS, float(self.opened))) + np.ceil(self.hire.draw(rng, SEATS))
            past = False
        while True:
            resigns = joined + np.ceil(rng.exponential(1.0, SEATS) / hazard)
            leaves = resigns + self.notice
            turns.append((joined, leaves, past))
            if not self.backfill or joined.min() > days:
                return turns
            offered = self.thaw(resigns) + np.ceil(self.hire.draw(rng, SEATS))
            joined, past = np.maximum(offered, leaves), False

    def thaw(self, wanted: Floats) -> Floats:
        day = wanted.copy()
        for first, after in self.freezes:
            day[(day >= first) & (day < after)] = after
        return day

    def observed(self, turns: list[tuple[Floats, Floats, bool]], day: int) -> tuple[Floats, Floats, Floats]:
        """Employed, ramped, and speed on a day, of each seat."""
        employed, ramped, speed = np.zeros(SEATS), np.zeros(SEATS), np.zeros(SEATS)
        for joined, leaves, past in turns:
            here = (joined <= day) & (day < leaves)
            month = np.floor((day - joined[here]) / 30.4375).astype(int)
            factors = np.array([*self.ramp, 1.0])[np.minimum(month, len(self.ramp))]
            done = np.array([all(f >= 1 for f in self.ramp[m:]) for m in range(len(self.ramp) + 1)])
            employed[here] += 1
            speed[here] += 1.0 if past else factors
            ramped[here] += 1.0 if past else done[np.minimum(month, len(self.ramp))]
        return employed, ramped, speed


CASES = {
    "constant": Case(0.6, 30, Hiring("constant", 70.0), ramp=(0.4, 0.7, 0.9)),
    "fraction of a day": Case(0.8, 1, Hiring("constant", 0.3), ramp=(0.5,)),
    "hired within the notice": Case(0.7, 60, Hiring("constant", 30.0)),
    "exponential": Case(0.7, 30, Hiring("exponential", 60.0), ramp=(0.5, 1.0, 0.8)),
    "lognormal": Case(0.5, 30, Hiring("lognormal", 75.0, 0.8), ramp=(0.6, 0.8)),
    "no backfill": Case(0.5, 45, Hiring("constant", 10.0), backfill=False),
    "requisition": Case(0.6, 30, Hiring("lognormal", 60.0, 0.5), ramp=(0.4, 0.7), opened=40),
    "freeze": Case(
        0.8, 30, Hiring("exponential", 50.0), ramp=(0.5,), freezes=((60, 200), (300, 330)), opened=100
    ),
    "freeze of a team": Case(0.8, 90, Hiring("exponential", 50.0), freezes=((0, 150),)),
}
every_case = pytest.mark.parametrize("name", CASES)


def rng_of(name: str) -> np.random.Generator:
    return np.random.default_rng([20270401, *name.encode()])


@every_case
def test_a_seat_by_day_is_what_many_simulated_seats_do(name: str) -> None:
    case, days = CASES[name], 900
    found = supply.seat_by_day(case.rules(days), days, case.opened)
    turns = case.lives(rng_of(name), days)
    for day in (1, 45, 170, 420, 900):
        employed, ramped, speed = case.observed(turns, day)
        check_mean(employed, float(found.employed[day]))
        check_mean(ramped, float(found.ramped[day]))
        if case.ramp:
            check_mean(speed, float(found.fte[day]))


@every_case
def test_seen_backwards_from_a_date_a_seat_is_the_same(name: str) -> None:
    case = CASES[name]
    for date in (0, 1, 31, 250, 700):
        rules = case.rules(date)
        on = hiring.ramped_on(rules, date)
        assert on.there == pytest.approx(float(supply.seat_by_day(rules, date).ramped[date]), abs=1e-12)
        for opened in {0, date // 3, date}:
            forward = supply.seat_by_day(rules, date, opened)
            assert on.by_opening_day[opened] == pytest.approx(float(forward.ramped[date]), abs=1e-12)
            assert on.by_joining_day @ forward.joins <= max(1, date) * 1.0


def test_a_seat_is_employed_as_long_as_its_people_join_and_have_not_left() -> None:
    case = CASES["lognormal"]
    rules = case.rules(600)
    found = supply.seat_by_day(rules, 600)
    there = supply.expected_heads(1.0, np.arange(601), rules.hazard_per_day, 30)
    assert np.convolve(found.joins, there)[:601] == pytest.approx(found.employed, abs=1e-12)
    assert (found.ramped <= found.fte + 1e-12).all()
    assert (found.fte <= found.employed + 1e-12).all()


# without backfill --------------------------------------------------------------------------------


def test_without_backfill_it_is_the_exponential() -> None:
    hazard = supply.resignation_hazard_per_day(0.2)
    days = np.arange(500)
    seat = supply.seat_by_day(SeatRules(hazard, 30, backfill=False), 499)
    assert seat.employed == pytest.approx(np.exp(-hazard * np.maximum(days - 30, 0)), abs=1e-12)
    assert 7 * seat.employed == pytest.approx(supply.expected_heads(7, days, hazard, 30))
    assert float(supply.expected_heads(1, 365.25 + 30, hazard, 30)) == pytest.approx(0.8)


def test_nobody_resigns_without_attrition() -> None:
    rules = SeatRules(0.0, 30, ramp=(0.5,))
    assert supply.seat_by_day(rules, 50).fte.tolist() == [1.0] * 51
    of_hire = supply.seat_by_day(rules, 40, 5)
    assert of_hire.fte.tolist() == [0.0] * 5 + [0.5] * 31 + [1.0] * 5
    assert hiring.ramped_on(rules, 40).by_opening_day.tolist() == [1.0] * 10 + [0.0] * 31


# the long run ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["constant", "hired within the notice", "exponential", "lognormal"])
def test_a_seat_tends_to_time_up_over_time_of_a_cycle(name: str) -> None:
    rules = CASES[name].rules(4000)
    limit = supply.seat_in_the_long_run(rules)
    seat = supply.seat_by_day(rules, 4000)
    assert seat.employed[-1] == pytest.approx(limit.employed, abs=1e-7)
    assert seat.fte[-1] == pytest.approx(limit.fte, abs=1e-7)


def test_the_long_run_of_a_deterministic_time_to_hire_is_the_textbook_one() -> None:
    hazard = supply.resignation_hazard_per_day(0.3)
    limit = supply.seat_in_the_long_run(SeatRules(hazard, 30, Hiring("constant", 100.0).joining(100)))
    assert limit.vacant_days == 70.0
    # whole days: half a day more than the exponential's mean, as the time to resign is rounded up
    assert limit.employed_days == pytest.approx(1 / hazard + 30 + 0.5, abs=1e-3)
    assert limit.employed == pytest.approx(limit.employed_days / (limit.employed_days + 70))


def test_the_long_run_needs_people_who_resign_and_are_replaced() -> None:
    hired = np.array([0.0, 1.0])
    for rules in (SeatRules(0.0, 30, hired), SeatRules(0.001, 30, hired, backfill=False)):
        with pytest.raises(ValueError, match="resign"):
            supply.seat_in_the_long_run(rules)
    with pytest.raises(ValueError, match="add up"):
        supply.seat_in_the_long_run(SeatRules(0.001, 30, np.array([0.0, 0.5])))


# ramp --------------------------------------------------------------------------------------------


def test_a_month_of_tenure_begins_on_the_first_day_on_which_it_is_over() -> None:
    factors = supply.ramp_factors([0.1, 0.2, 0.3], 100)
    assert [int((factors == f).sum()) for f in (0.1, 0.2, 0.3)] == [31, 30, 31]
    assert supply.ramp_days([0.1, 0.2, 0.3]) == 92
    assert supply.ramp_factors([], 3).tolist() == [1.0, 1.0, 1.0]
    # sixteen months are a whole number of days
    assert supply.ramp_days([0.5] * 16) == 487
    assert supply.ramp_factors([0.5] * 16, 489)[[486, 487]].tolist() == [0.5, 1.0]


def test_ramped_is_never_slow_again() -> None:
    assert supply.ramp_days([0.5, 1.0, 0.9]) == supply.ramp_days([0.5, 0.5, 0.5])
    assert supply.ramp_days([1.1, 1.2]) == 0


# a time to hire ----------------------------------------------------------------------------------


def test_times_to_hire_are_rounded_up() -> None:
    assert Hiring("constant", 70.0).joining(71)[[69, 70, 71]].tolist() == [0.0, 1.0, 0.0]
    assert Hiring("constant", 70.2).joining(71)[[70, 71]].tolist() == [0.0, 1.0]
    assert Hiring("constant", 0.0).joining(1).tolist() == [1.0, 0.0]
    draws = np.ceil(Hiring("lognormal", 20.0, 0.6).draw(rng_of("draws"), 50_000))
    chances = Hiring("lognormal", 20.0, 0.6).joining(60)
    for day in (5, 17, 40):
        check_mean((draws == day) * 1.0, float(chances[day]))


@pytest.mark.parametrize("function", [lambda x: 1 - x, lambda x: x])
def test_what_is_no_distribution_function_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match="distribution function"):
        supply.joining_chances(function, 2)


# until when to open ------------------------------------------------------------------------------


def test_the_last_of_several_hires() -> None:
    hire, ramping, rng = Hiring("lognormal", 60.0, 0.6), supply.ramp_days([0.5, 0.8]), rng_of("last")
    opened = [0, 0, 20]
    ramped = np.stack([o + np.ceil(hire.draw(rng, SEATS)) + ramping for o in opened]).max(axis=0)
    chances = hiring.all_ramped_chances(opened, hire.joining(400), ramping, 400)
    for day in (60, 120, 150, 200, 300):
        check_mean((ramped <= day) * 1.0, float(chances[day]))
    for chance in (0.5, 0.9, 0.95):
        lead = hiring.lead_days(3, hire.joining(400), ramping, chance)
        assert lead is not None
        at_once = hiring.all_ramped_chances([0, 0, 0], hire.joining(400), ramping, 400)
        assert at_once[lead - 1] < chance <= at_once[lead]


def test_edges_of_lead_days() -> None:
    assert hiring.lead_days(5, np.ones(1), 0, 1.0) == 0
    assert hiring.lead_days(5, Hiring("constant", 70.0).joining(70), 92, 1.0) == 162
    assert hiring.lead_days(2, np.array([0.0, 0.6]), 0, 0.9) is None
    assert hiring.lead_days(1, np.array([0.3, 0.3, 0.4]), 0, 0.6) == 1
    assert hiring.all_ramped_chances([], np.ones(1), 5, 1).tolist() == [1.0, 1.0]
    for hires, chance in ((0, 0.5), (1, 0.0), (1, 1.1)):
        with pytest.raises(ValueError, match="chance"):
            hiring.lead_days(hires, np.ones(1), 0, chance)


def test_the_number_ramped_on_a_date_is_what_many_simulated_teams_have() -> None:
    """Six people there, a planned hire, and three requisitions: unlike seats side by side."""
    date, rng = 400, rng_of("team")
    hire, ramp = Hiring("lognormal", 70.0, 0.7), (0.5, 0.8)
    seats = [Case(0.5, 30, hire, ramp=ramp)] * 6
    seats += [Case(0.5, 30, hire, ramp=ramp, opened=day) for day in (90, 250, 250, 250)]
    count = sum(case.observed(case.lives(rng, date), date)[1] for case in seats)
    on = hiring.ramped_on(seats[0].rules(date), date)
    there = hiring.number_chances([on.there] * 6 + [float(on.by_opening_day[90])])
    each = on.by_opening_day[250]
    for people in (5, 7, 8, 9):
        expected = float(hiring.chance_of_enough(there, people, 3, each))
        check_mean((count >= people) * 1.0, expected)
        everyone = hiring.number_chances([on.there] * 6 + [on.by_opening_day[90], each, each, each])
        assert expected == pytest.approx(everyone[people:].sum(), abs=1e-12)
    check_mean(count, 6 * on.there + float(on.by_opening_day[90]) + 3 * float(each))


def test_numbers_of_independent_things() -> None:
    assert hiring.number_chances([]).tolist() == [1.0]
    everybody = hiring.number_chances([0.97] * 2000)
    assert everybody == pytest.approx(stats.binom.pmf(np.arange(2001), 2000, 0.97), abs=1e-10)
    assert hiring.number_chances([1.0, 0.0, 1.0]).tolist() == [0.0, 0.0, 1.0, 0.0]
    assert hiring.number_chances([0.3] * 9) == pytest.approx(stats.binom.pmf(np.arange(10), 9, 0.3))
    with pytest.raises(ValueError, match="chance"):
        hiring.number_chances([1.2])


def test_edges_of_enough() -> None:
    there = hiring.number_chances([0.5, 0.5])
    assert float(hiring.chance_of_enough(there, 0, 0, 0.5)) == 1.0
    assert float(hiring.chance_of_enough(there, 2, 0, 1.0)) == pytest.approx(0.25)
    assert float(hiring.chance_of_enough(there, 5, 2, 1.0)) == 0.0
    assert float(hiring.chance_of_enough(there, 4, 4, 1.0)) == 1.0
    assert hiring.requisitions_needed(there, 2, 1.0, 1.0, 2) == 2
    assert hiring.requisitions_needed(there, 2, 1.0, 0.2, 2) == 0
    assert hiring.requisitions_needed(there, 5, 1.0, 1.0, 4) is None


def test_the_fewest_requisitions_are_the_fewest() -> None:
    there = hiring.number_chances([0.9] * 8 + [0.4])
    for people, each, chance in ((9, 0.7, 0.8), (12, 0.95, 0.95), (10, 0.2, 0.5)):
        needed = hiring.requisitions_needed(there, people, each, chance, 60)
        assert needed is not None
        before, reached = (
            hiring.chance_of_enough(there, people, number, each) for number in (needed - 1, needed)
        )
        assert before < chance <= reached


def test_a_freeze_moves_what_should_have_opened() -> None:
    rules = SeatRules(0.001, 30, freezes=((20, 40), (10, 25), (40, 41)))
    assert [rules.opens(day) for day in (9, 10, 24, 39, 40, 41)] == [9, 40, 40, 40, 41, 41]
    on = hiring.ramped_on(SeatRules(0.0, 30, ramp=(0.5,), freezes=((5, 50),)), 81)
    assert on.by_opening_day[[0, 5, 49, 50, 51]].tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"hazard_per_day": -0.1},
        {"hazard_per_day": math.nan},
        {"notice_days": 0},
        {"joining": np.array([0.5, -0.1])},
        {"joining": np.array([0.8, 0.8])},
        {"ramp": (0.0,)},
        {"freezes": ((5, 4),)},
    ],
)
def test_rules_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        SeatRules(**{"hazard_per_day": 0.001, "notice_days": 30, **wrong})


def test_days_before_the_beginning_and_shares_of_all_are_refused() -> None:
    for days, opened in ((-1, None), (5, -1)):
        with pytest.raises(ValueError):
            supply.seat_by_day(SeatRules(0.0, 1), days, opened)
    with pytest.raises(ValueError):
        hiring.ramped_on(SeatRules(0.0, 1), -1)
    for share in (-0.1, 1.0):
        with pytest.raises(ValueError):
            supply.resignation_hazard_per_day(share)


def test_the_comparisons_are_as_many_as_the_level_is_set_for() -> None:
    assert len(compared) <= COMPARISONS
