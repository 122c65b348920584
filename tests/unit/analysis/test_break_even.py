"""The strength at which a plan loses as much as it saves: linear models with a known root."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csm_sim.analysis.break_even import STRENGTHS, break_even, roots

TRIED = np.array(STRENGTHS)


def linear(saved: float, lost: float, n: int = 40, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Net present values of base and plan: the plan saves an amount and loses another by strength."""
    rng = np.random.default_rng(4)
    common = rng.normal(1000.0, 100.0, (n, 1))
    slope = lost * (1.0 + noise * rng.normal(0.0, 1.0, (n, 1)))
    return np.tile(common, (1, len(TRIED))), common + saved - slope * TRIED


@pytest.mark.parametrize("root", [0.1, 0.5, 0.8, 1.0, 1.7, 2.9])
def test_a_known_root(root: float) -> None:
    found = break_even(*linear(10.0, 10.0 / root), STRENGTHS, seed=1, confidence=0.95)
    assert found.at is not None
    assert found.at.mean == pytest.approx(root)
    assert found.at.low == pytest.approx(root)
    assert found.at.high == pytest.approx(root)
    assert [one.mean for one in found.net] == pytest.approx(list(10.0 - 10.0 / root * TRIED))
    assert found.tried == STRENGTHS


def test_the_interval_is_that_of_the_slope() -> None:
    """The root is 10 over the mean slope: by the delta method its error is that of the slope, relatively."""
    n, noise = 40, 0.3
    found = break_even(*linear(10.0, 8.0, n, noise), STRENGTHS, seed=1, confidence=0.95)
    assert found.at is not None
    half = (found.at.high - found.at.low) / 2
    assert half == pytest.approx(1.96 * found.at.mean * noise / math.sqrt(n), rel=0.35)
    assert found.at.low < 10 / 8 < found.at.high


def test_a_plan_that_pays_only_from_some_strength_on_has_the_same_root() -> None:
    base, plan = linear(10.0, 8.0, 40, 0.3)
    there = break_even(base, plan, STRENGTHS, seed=1, confidence=0.95)
    back = break_even(plan, base, STRENGTHS, seed=1, confidence=0.95)
    assert there.at == back.at
    assert [one.mean for one in there.net] == pytest.approx([-one.mean for one in back.net])


@pytest.mark.parametrize(("saved", "lost"), [(10.0, 1.0), (-10.0, 1.0), (-10.0, -1.0), (10.0, 0.0)])
def test_without_a_root_between_there_is_none(saved: float, lost: float) -> None:
    found = break_even(*linear(saved, lost), STRENGTHS, seed=1, confidence=0.95)
    assert found.at is None
    assert len(found.net) == len(STRENGTHS)


def test_a_bound_beyond_what_was_tried_is_nan() -> None:
    found = break_even(*linear(10.0, 10.0 / 2.4, 20, 0.6), STRENGTHS, seed=1, confidence=0.95)
    assert found.at is not None
    assert found.at.low < 2.4
    assert math.isnan(found.at.high)


def test_which_side_a_root_lies_on() -> None:
    curves = np.array(
        [
            [5.0, 4.0, 3.0, 2.0, 1.0],  # nearer to 0 with more strength
            [-5.0, -4.0, -3.0, -2.0, -1.0],
            [1.0, 2.0, 3.0, 4.0, 5.0],  # with less
            [-1.0, -2.0, -3.0, -4.0, -5.0],
            [0.0, -1.0, -2.0, -3.0, -4.0],  # no difference without any effect is none
            [4.0, 3.0, 2.0, 1.0, 0.0],
            [4.0, 1.0, -1.0, -2.0, -3.0],  # half way between 0.5 and 1
        ]
    )
    inf = math.inf
    assert list(roots(TRIED, curves)) == [inf, inf, -inf, -inf, -inf, 3.0, 0.75]


def test_plans_that_cost_the_same_have_none() -> None:
    found = break_even(*linear(0.0, 5.0, 40, 0.3), STRENGTHS, seed=1, confidence=0.95)
    assert found.at is None
    assert found.net[0].nothing


def test_one_future_has_a_root_without_interval() -> None:
    found = break_even(*linear(10.0, 8.0, 1), STRENGTHS, seed=1, confidence=0.95)
    assert found.at is not None
    assert found.at.mean == pytest.approx(10 / 8)
    assert math.isnan(found.at.low)
