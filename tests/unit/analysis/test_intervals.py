"""Intervals on data whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from csm_sim.analysis import intervals


def test_mean_interval_is_students() -> None:
    values = np.array([[3.0], [5.0], [4.0], [8.0]])
    found = intervals.mean_interval(values)
    low, high = stats.t.interval(0.95, 3, 5.0, stats.sem(values[:, 0]))
    assert found.mean[0] == 5.0
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))


def test_a_single_replication_has_no_interval() -> None:
    found = intervals.mean_interval(np.array([[3.0]]))
    assert found.mean[0] == 3.0
    assert math.isnan(found.low[0])
    ratio = intervals.ratio_interval(np.array([3.0]), np.array([4.0]))
    assert float(ratio.mean) == 0.75
    assert math.isnan(float(ratio.low))


def test_mean_interval_leaves_out_what_is_missing() -> None:
    values = np.array([[1.0, np.nan], [2.0, 4.0], [3.0, 6.0]])
    found = intervals.mean_interval(values)
    assert found.mean.tolist() == [2.0, 5.0]
    alone = intervals.mean_interval(np.array([[4.0], [6.0]]))
    assert found.high[1] == pytest.approx(alone.high[0])


def test_ratio_is_of_sums_not_the_mean_of_ratios() -> None:
    found = intervals.ratio_interval(np.array([1.0, 0.0]), np.array([1.0, 9.0]))
    assert found.mean == pytest.approx(0.1)


def test_ratio_interval_is_close_to_the_jackknife() -> None:
    generator = np.random.default_rng(4)
    below = generator.poisson(400, 40).astype(float)
    above = generator.binomial(below.astype(int), generator.beta(40, 4, 40)).astype(float)
    found = intervals.ratio_interval(above, below)
    n = len(below)
    without = (above.sum() - above) / (below.sum() - below)
    pseudo = n * above.sum() / below.sum() - (n - 1) * without
    half = stats.t.ppf(0.975, n - 1) * pseudo.std(ddof=1) / math.sqrt(n)
    assert float(found.high - found.mean) == pytest.approx(half, rel=0.05)


def test_nothing_to_judge_has_no_ratio() -> None:
    found = intervals.ratio_interval(np.zeros((3, 1)), np.zeros((3, 1)))
    assert math.isnan(found.mean[0])


@pytest.mark.parametrize(("what", "truth"), [("mean", 22.0 * math.exp(0.32)), ("ratio", 0.9)])
def test_coverage_is_that_which_is_claimed(what: str, truth: float) -> None:
    """1,000 experiments of 30 replications; the band is a 99.9 % interval of the coverage itself."""
    generator = np.random.default_rng(11)
    if what == "mean":
        values = generator.normal(22.0, 4.0, (30, 1000)) * generator.lognormal(0.0, 0.8, (30, 1000))
        found = intervals.mean_interval(values)
        low, high = 0.91, 0.973  # skewed, so a little less than normal data would have
    else:
        # tasks within a replication share their luck: an interval over tasks would cover about half
        below = generator.poisson(300, (30, 1000))
        above = generator.binomial(below, generator.beta(18, 2, (30, 1000)))
        found = intervals.ratio_interval(above, below)
        low, high = 0.927, 0.973
    coverage = np.mean((found.low <= truth) & (truth <= found.high))
    assert low <= coverage <= high


@pytest.mark.parametrize("n", [36, 50, 100, 200])
def test_quantile_interval_is_the_tightest_that_keeps_its_promise(n: int) -> None:
    point, low, high = intervals.quantile_interval(np.arange(1.0, n + 1), 0.9)
    below = stats.binom(n, 0.9)
    assert below.cdf(low - 1) <= 0.025 < below.cdf(low)
    assert below.sf(high - 1) <= 0.025 < below.sf(high - 2)
    assert low <= point <= high


def test_quantile_interval_needs_enough_replications() -> None:
    assert intervals.smallest_n(0.9) == 36
    _, low, high = intervals.quantile_interval(np.arange(35.0), 0.9)
    assert math.isnan(low)
    assert math.isnan(high)
    assert not math.isnan(intervals.quantile_interval(np.arange(36.0), 0.9)[2])


def test_single_runs_are_told_from_the_mean() -> None:
    values = np.arange(101.0)[:, None]
    low, high = intervals.single_run_range(values)
    assert (low[0], high[0]) == (10.0, 90.0)
    assert math.isnan(intervals.single_run_range(values[:9])[0][0])


def test_a_ratio_that_one_replication_alone_has_is_without_an_interval() -> None:
    found = intervals.ratio_interval(np.array([3.0, 0.0, 0.0]), np.array([2.0, 0.0, 0.0]))
    assert found.mean == 1.5
    assert np.isnan(found.low)
    assert np.isnan(found.high)
