"""Differences, verdicts, chances and what pairing saves, on numbers that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csm_sim.analysis.compare import enough, precise_enough
from csm_sim.analysis.compare_figures import (
    Figure,
    chance_of,
    difference_of,
    differences_of,
    pairing,
    verdict_of,
)
from csm_sim.analysis.compared import Verdict
from csm_sim.analysis.paired import Interval, Values
from csm_sim.analysis.precision import BATCH, FIRST_LOOK_ARR, LOOK_AHEAD


def figure(values: np.ndarray) -> Figure:
    return Figure(Values(values), values)


def correlated(n: int, rho: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two figures of sd 1 with this correlation, exactly."""
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, n))
    one = (one - one.mean()) / one.std(ddof=1)
    other = other - other.mean()
    other = other - one * (other @ one) / (one @ one)
    other = other / other.std(ddof=1)
    return one, rho * one + math.sqrt(1 - rho * rho) * other


# ---------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("low", "high", "better", "verdict"),
    [
        (1.0, 3.0, "up", "better"),
        (1.0, 3.0, "down", "worse"),
        (-3.0, -1.0, "up", "worse"),
        (-3.0, -1.0, "down", "better"),
        (1.0, 3.0, "neither", "differs"),
        (-1.0, 3.0, "up", "not resolved"),
        (0.0, 2.0, "up", "not resolved"),
        (0.0, 0.0, "up", "same"),
        (0.0, 0.0, "neither", "same"),
        (math.nan, math.nan, "up", "not resolved"),
    ],
)
def test_verdicts(low: float, high: float, better: str, verdict: Verdict) -> None:
    mean = 1.0 if math.isnan(low) else (low + high) / 2
    assert verdict_of(Interval(mean, low, high, 20), better) == verdict  # type: ignore[arg-type]


def test_what_rounding_leaves_is_no_difference() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(1e9, 1e6, 30)
    found = difference_of("cost", figure(values), figure(values + 1e-7), "JPY", 0.95)
    assert found.verdict == "same"
    assert found.apart == Interval(0.0, 0.0, 0.0, 30)


# ---------------------------------------------------------------- chances


def test_chance_with_wilsons_interval() -> None:
    """27 of 100: Newcombe (1998), Statistics in Medicine 17, table I has 81 of 263 → 0.2553, 0.3662."""
    base = np.zeros(263)
    plan = np.concatenate([np.ones(81), -np.ones(263 - 81)])
    found = chance_of(base, plan, "up", 0.95)
    assert found.mean == 81 / 263
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    # and 0 of 20, 1 of 29 of the same table
    none = chance_of(np.zeros(20), -np.ones(20), "up", 0.95)
    assert (none.low, none.high) == pytest.approx((0.0, 0.1611), abs=5e-5)
    one = chance_of(np.zeros(29), np.array([1.0] + [-1.0] * 28), "up", 0.95)
    assert (one.low, one.high) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_ties_count_half_and_both_chances_make_one() -> None:
    rng = np.random.default_rng(2)
    base, plan = rng.integers(0, 4, (2, 57)).astype(float)
    there, back = chance_of(base, plan, "up", 0.99), chance_of(plan, base, "up", 0.99)
    assert there.mean + back.mean == pytest.approx(1.0, abs=1e-15)
    assert (there.low, there.high) == pytest.approx((1 - back.high, 1 - back.low))
    assert chance_of(base, base, "up", 0.95).mean == 0.5
    less = chance_of(np.zeros(4), np.array([-1.0, -1.0, -1.0, 1.0]), "down", 0.95)
    assert less.mean == 0.75  # where less is better
    wins, ties = (plan > base).sum(), (plan == base).sum()
    assert there.mean == (wins + ties / 2) / 57


def test_futures_without_a_value_count_for_neither() -> None:
    base, plan = np.array([1.0, math.nan, 2.0, 5.0]), np.array([2.0, 9.0, math.nan, 4.0])
    found = chance_of(base, plan, "up", 0.95)
    assert (found.mean, found.n) == (0.5, 2)
    nobody = chance_of(np.array([math.nan]), np.array([1.0]), "up", 0.95)
    assert math.isnan(nobody.mean)
    assert nobody.n == 0


def test_an_expectation_has_no_chance_and_neither_has_what_is_neither_good_nor_bad() -> None:
    one, other = correlated(20, 0.9)
    assert difference_of("arr_expected", Figure(Values(one), None), figure(other), "JPY", 0.95).chance is None
    assert difference_of("people", figure(one), figure(other), "JPY", 0.95).chance is None
    assert difference_of("arr_end", figure(one), figure(other), "JPY", 0.95).chance is not None


# ---------------------------------------------------------------- pairing


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.5, 0.99])
def test_what_pairing_saves(rho: float) -> None:
    """With equal variances v the difference has 2 v (1 - rho): 1 / (1 - rho) times as many are needed."""
    one, other = correlated(50, rho)
    correlation, saved = pairing(Values(one), Values(other + 3.0))
    assert correlation == pytest.approx(rho)
    assert saved == round(50 / (1 - rho)) - 50
    # the same interval, indeed: independent figures with so many replications
    half = Values(other).minus(Values(one)).half_width
    t = half / math.sqrt(2 * (1 - rho) / 50)
    assert t * math.sqrt(2 / (50 + saved)) == pytest.approx(half, rel=0.02)


def test_what_does_not_vary_saves_nothing_that_could_be_told() -> None:
    one, _ = correlated(20, 0.0)
    assert pairing(Values(one), Values(one)) == (pytest.approx(1.0), None)
    assert pairing(Values(one), Values(one + 5.0))[1] is None
    correlation, saved = pairing(Values(np.full(20, 3.0)), Values(np.full(20, 4.0)))
    assert math.isnan(correlation)
    assert saved is None
    assert pairing(Values(np.ones(1)), Values(np.ones(1)))[1] is None


# ---------------------------------------------------------------- intervals that hold together


def test_intervals_of_several_plans_hold_together_as_often_as_they_say() -> None:
    """Five plans without any difference, sharing their base: all five intervals hold 0 in 95 % of cases."""
    rng = np.random.default_rng(3)
    plans, n, runs = 5, 20, 1500
    confidence = 1 - 0.05 / plans
    hold = 0
    for _ in range(runs):
        base = rng.normal(size=n)
        others = rng.normal(size=(plans, n))
        hold += all(not Values(one).minus(Values(base), confidence).resolved for one in others)
    share = hold / runs
    error = math.sqrt(0.95 * 0.05 / runs)
    assert 0.95 - 3.1 * error < share  # sharing a base makes Bonferroni a little wide, never too narrow
    alone = sum(
        not Values(rng.normal(size=n)).minus(Values(rng.normal(size=n)), confidence).resolved
        for _ in range(runs)
    )
    assert alone / runs == pytest.approx(confidence, abs=3.1 * math.sqrt(0.01 * 0.99 / runs))


# ---------------------------------------------------------------- figures that only one has


def test_a_role_that_only_one_has_counts_as_nobody() -> None:
    base = {"people": figure(np.full(9, 3.0)), "people@csm": figure(np.full(9, 3.0))}
    plan = {
        "people": figure(np.full(9, 5.0)),
        "people@csm": figure(np.full(9, 3.0)),
        "people@desk": figure(np.full(9, 2.0)),
        "utilisation@desk": figure(np.full(9, 0.7)),
    }
    found = {one.name: one for one in differences_of(base, plan, "JPY", 0.95)}
    assert found["people@desk"].apart.mean == 2.0
    assert found["people@desk"].base.mean == 0.0
    assert "utilisation@desk" not in found  # nobody has no utilisation
    back = {one.name: one for one in differences_of(plan, base, "JPY", 0.95)}
    assert back["people@desk"].apart.mean == -2.0


def test_kinds_of_cost_that_nobody_has_are_left_out() -> None:
    nothing, some = figure(np.zeros(5)), figure(np.full(5, 7.0))
    base = {"payroll": nothing, "hiring": nothing, "severance": nothing}
    found = differences_of(base, {**base, "hiring": some}, "JPY", 0.95)
    assert [one.name for one in found] == ["payroll", "hiring"]


# ---------------------------------------------------------------- how many futures


def test_it_looks_ahead_and_goes_on_in_batches() -> None:
    asked: list[int] = []
    first = FIRST_LOOK_ARR
    assert enough(200, asked.append, lambda n: True) == (first + LOOK_AHEAD, True)
    assert asked == [first + LOOK_AHEAD]
    # precise once at the first look, and no longer within the look-ahead: not enough
    assert enough(200, asked.append, lambda n: n == first or n > first + 20) == (
        first + 3 * BATCH + LOOK_AHEAD,
        True,
    )
    assert enough(60, asked.append, lambda n: False) == (60, False)
    assert asked[-1] == 60
    assert enough(20, asked.append, lambda n: n >= 20) == (20, True)


def test_what_is_precise_enough() -> None:
    one, other = correlated(40, 0.0)
    half = Values(other).minus(Values(one), 0.95).half_width
    assert precise_enough(one, one, 0.0, 0.1, 0.95)  # exactly nothing
    assert precise_enough(one, other, half * 1.01, 0.1, 0.95)
    assert not precise_enough(one, other, half * 0.99, 0.1, 0.95)
    assert precise_enough(one, other + 10.1 * half, 0.0, 0.1, 0.95)
    assert not precise_enough(one, other + 9.9 * half, 0.0, 0.1, 0.95)
    assert not precise_enough(one, other + 10.1 * half, 0.0, 0.1, 0.99)  # several plans: wider
    assert not precise_enough(one[:1], other[:1], 1e9, 0.1, 0.95)  # a single future has no interval
