"""Crossings of curves, and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csm_sim.analysis.breakpoint_curves import (
    Break,
    band_of_mean,
    band_of_ratio,
    break_of_ratio,
    break_of_total,
    falls_below,
    marginals,
    percentiles,
    resampling,
    stops_paying,
)

SIZES = np.array([10.0, 20.0, 30.0, 40.0])


def falls(values: list[float], line: float = 0.9) -> float:
    return falls_below(SIZES, np.array(values), np.ones(4), line)


def test_the_break_lies_between_the_sizes_on_both_sides_of_the_line() -> None:
    assert falls([1.0, 0.95, 0.85, 0.5]) == pytest.approx(25.0)
    assert falls([1.0, 0.95, 0.9, 0.5]) == pytest.approx(30.0)  # meets it still


def test_outside_the_range_there_is_a_side() -> None:
    assert falls([1.0, 0.99, 0.98, 0.97]) == math.inf
    assert falls([0.8, 0.7, 0.6, 0.5]) == -math.inf
    assert math.isnan(falls([math.nan] * 4))


def test_a_curve_that_rises_by_chance_is_pooled() -> None:
    # 0.88 and 0.94 are 0.91 together
    assert falls([1.0, 0.88, 0.94, 0.71]) == pytest.approx(30.5)
    # where much was counted counts more
    pooled = falls_below(SIZES, np.array([1.0, 0.88, 0.94, 0.71]), np.array([1.0, 3.0, 1.0, 1.0]), 0.9)
    assert pooled < 20.0


def test_a_size_without_work_is_left_out() -> None:
    found = falls_below(SIZES, np.array([1.0, math.nan, 0.8, 0.5]), np.array([1.0, 0.0, 1.0, 1.0]), 0.9)
    assert found == pytest.approx(20.0)


def test_only_the_first_account_that_does_not_pay_counts() -> None:
    """Far beyond the break another account loses nothing any more."""
    sizes = np.arange(10.0, 70.0, 10.0)
    totals = np.array([100.0, 200.0, 280.0, 260.0, 230.0, 300.0])
    # +10, +8, -2, -3, +7 an account, at 15, 25, 35, 45, 55
    assert stops_paying(sizes, totals, 10.0) == pytest.approx(33.0)
    assert stops_paying(sizes, totals, 10.0, line=8.0) == pytest.approx(25.0)
    assert stops_paying(sizes, totals[::-1].copy() * 0 - sizes, 10.0) == -math.inf
    assert stops_paying(sizes, sizes, 10.0) == math.inf
    assert math.isnan(stops_paying(sizes[:1], totals[:1], 10.0))


def test_marginals_are_at_least_a_window_apart() -> None:
    first, second = marginals(np.array([10.0, 11.0, 12.0, 20.0]), 2.0)
    assert list(zip(first, second, strict=True)) == [(0, 2), (1, 3), (2, 3)]


def test_resampling_depends_on_the_seed_alone() -> None:
    draws = resampling(20, 7)
    assert draws.shape == (500, 20)
    assert (draws.sum(axis=1) == 20).all()
    assert (draws == resampling(20, 7)).all()
    assert (draws != resampling(20, 8)).any()


def test_the_interval_of_a_mean_is_that_of_student() -> None:
    """The plain percentile interval of 10 replications would be an eighth too short."""
    generator = np.random.Generator(np.random.PCG64(1))
    values = generator.standard_normal(10)
    means = resampling(10, 3, 20_000) @ values / 10
    low, high = percentiles(means, 10)
    student = 2.262 * values.std(ddof=1) / math.sqrt(10)
    assert (high - low) / 2 == pytest.approx(student, rel=0.06)


def test_infinite_breaks_have_a_place_in_the_order() -> None:
    values = np.concatenate([np.full(20, -np.inf), np.arange(460.0), np.full(20, np.inf)])
    assert percentiles(values, 1000) == (-math.inf, math.inf)
    few = np.concatenate([np.arange(499.0), [np.inf]])
    low, high = percentiles(few, 1000)
    assert math.isfinite(low) and math.isfinite(high)
    assert all(math.isnan(end) for end in percentiles(values, 1))


def curves() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.Generator(np.random.PCG64(5))
    below = generator.integers(90, 110, (4, 30)).astype(np.float64)
    return np.round(
        below * np.array([[0.99], [0.95], [0.85], [0.6]]) + generator.normal(0, 2, (1, 30))
    ), below


def test_breaks_of_shares_come_with_the_resampled_ones() -> None:
    above, below = curves()
    found, resampled = break_of_ratio(SIZES, above, below, 0.9, resampling(30, 1))
    assert found.low < found.at < found.high
    assert len(resampled) == 500
    assert found.at == pytest.approx(25.0, abs=1.5)
    share, low, high = band_of_ratio(above, below, resampling(30, 1))
    assert (low < share).all() and (share < high).all()
    assert share == pytest.approx(above.sum(axis=1) / below.sum(axis=1))


def test_a_mean_is_the_share_of_replications_that_count_one_each() -> None:
    values = np.random.Generator(np.random.PCG64(6)).normal(5, 2, (4, 30))
    draws = resampling(30, 1)
    for found, expected in zip(
        band_of_mean(values, draws), band_of_ratio(values, np.ones((4, 30)), draws), strict=True
    ):
        assert found == pytest.approx(expected)


def test_breaks_of_totals_are_paired_by_replication() -> None:
    """What all sizes of a replication have in common moves the curve, not the break."""
    generator = np.random.Generator(np.random.PCG64(5))
    curve = np.array([[100.0], [200.0], [250.0], [200.0]])
    luck = generator.normal(0, 500, (1, 30))
    found, _ = break_of_total(SIZES, curve + luck, 10.0, 0.0, resampling(30, 1))
    assert found.low == pytest.approx(found.high)
    assert found.at == pytest.approx(30.0)


def test_the_headroom_is_seen_from_today() -> None:
    assert Break(40.0, 39.5, 40.5) - 36.0 == Break(4.0, 3.5, 4.5)
    assert not Break(math.inf, 1.0, math.inf).inside
