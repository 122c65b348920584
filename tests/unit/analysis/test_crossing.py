"""The month from which a plan is behind, or ahead: hand-made flows whose crossing is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csm_sim.analysis.crossing import RESAMPLES, crossing, percentiles, resampled_means

MONTHS = 24


def flat(rates: list[tuple[int, float]], n: int = 12) -> np.ndarray:
    """What is gained in all, the same in every future: a rate from a month on, until the next."""
    monthly = np.zeros(MONTHS)
    for start, rate in rates:
        monthly[start:] = rate
    return np.tile(np.cumsum(monthly), (n, 1))


@pytest.mark.parametrize(
    ("rates", "kind", "month"),
    [
        # +2 a month from month 6 on, -1 from 10 on: 8 gained by month 9, 0 left at month 17, behind at 18
        ([(6, 2.0), (10, -1.0)], "loses from", 18),
        ([(6, -2.0), (10, 1.0)], "pays from", 17),
        ([(0, 1.0)], "never", None),
        ([(6, 1.0)], "never", None),
        ([(0, -1.0)], "from the start", 0),
        ([(6, -1.0)], "from the start", 6),
        # behind, ahead, behind again: what stays to the end counts
        ([(0, -1.0), (3, 4.0), (6, -1.0)], "loses from", 15),
        # ahead, level in the end: never behind
        ([(0, 1.0), (12, -1.0)], "never", None),
        ([(0, -1.0), (12, 1.0)], "pays from", 23),
    ],
)
def test_known_flows(rates: list[tuple[int, float]], kind: str, month: int | None) -> None:
    found = crossing(flat(rates), seed=1)
    assert found is not None
    assert (found.kind, found.month) == (kind, month)
    # no future differs from another, so neither does any resample
    assert (found.low, found.high) == (month, month)
    assert found.within == (0.0 if kind == "never" else 1.0)


def test_nothing_gained_has_no_crossing() -> None:
    assert crossing(np.zeros((5, MONTHS)), seed=1) is None


def test_turned_round_the_other_kind_has_the_same_month() -> None:
    rng = np.random.default_rng(5)
    gained = flat([(6, 2.0), (10, -1.0)], 40) + np.cumsum(rng.normal(0, 0.3, (40, MONTHS)), axis=1)
    there, back = crossing(gained, seed=3), crossing(-gained, seed=3)
    assert there is not None
    assert back is not None
    assert (there.kind, back.kind) == ("loses from", "pays from")
    assert (there.month, there.low, there.high) == (back.month, back.low, back.high)


def test_the_interval_holds_the_month_and_grows_with_noise() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1.0, (60, 1)) * np.arange(MONTHS)
    spans = []
    for size in (0.02, 0.1):
        found = crossing(flat([(0, 2.0), (6, -1.0)], 60) + size * noise, seed=1)
        assert found is not None
        assert found.month is not None and found.low is not None and found.high is not None
        assert found.low <= found.month <= found.high
        assert found.within == 1.0
        spans.append(found.high - found.low)
    assert spans[0] <= spans[1] > 0


def test_where_it_is_not_sure_to_cross_the_interval_has_no_end() -> None:
    rng = np.random.default_rng(5)
    # in the end half a unit behind on average, with a standard error of about that
    gained = np.linspace(0.2, -0.5, MONTHS) + rng.normal(0, 4.0, (60, 1))
    found = crossing(gained - gained[:, :1] + 0.2 + rng.normal(0, 3.0, (60, MONTHS)), seed=1)
    assert found is not None
    assert found.high is None
    assert 0.0 < found.within < 1.0


def test_it_depends_on_the_seed_and_on_nothing_else() -> None:
    rng = np.random.default_rng(5)
    gained = flat([(0, 2.0), (6, -1.0)], 30) + rng.normal(0, 2.0, (30, MONTHS))
    assert crossing(gained, 1) == crossing(gained.copy(), 1)
    first, second = resampled_means(gained, 1), resampled_means(gained, 2)
    assert first.shape == (RESAMPLES, MONTHS)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("n", [30, 200])
def test_resampled_means_are_means_of_whole_futures(n: int) -> None:
    rng = np.random.default_rng(1)
    each = rng.normal(3.0, 2.0, (n, 1))
    means = resampled_means(np.hstack([each, 10 * each]), 7)
    np.testing.assert_allclose(means[:, 1], 10 * means[:, 0])  # both columns have the same futures
    assert means[:, 0].mean() == pytest.approx(each.mean(), abs=4 * 2.0 / math.sqrt(n * RESAMPLES))
    assert means[:, 0].std() == pytest.approx(each.std() / math.sqrt(n), rel=0.15)


def test_a_single_future_has_no_interval() -> None:
    found = crossing(flat([(0, 2.0), (6, -1.0)], 1), 1)
    assert found is not None
    assert (found.kind, found.month, found.low, found.high) == ("loses from", 18, None, None)
    assert math.isnan(found.within)


def test_rounding_is_no_loss() -> None:
    gained = flat([(0, 1e9), (1, 0.0)])
    gained[:, -1] -= 1e9 + 1e-7  # 0 but for what adding up leaves
    found = crossing(gained, 1)
    assert found is not None
    assert (found.kind, found.within) == ("never", 0.0)


def test_percentiles_may_be_infinite() -> None:
    values = np.full(RESAMPLES, 5.0)
    values[:20] = math.inf
    assert percentiles(values) == (5.0, math.inf)
