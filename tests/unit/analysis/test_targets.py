"""Targets with a chance, of first value and of cost, as ``run`` judges them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from small_team import SCENARIO, run_small

from csm_sim.analysis.paired import Values
from csm_sim.analysis.targets import GOALS, Judged, chance_estimate, reached

COSTS = SCENARIO.replace("{headcount: 1,", "{headcount: 1, cost: 10M per year,")


def judged(folder: Path, targets: str, n: int = 12) -> dict[str, Judged]:
    """The verdicts of a run of the small team with these targets."""
    head, _, rest = COSTS.partition("targets: ")
    text = f"{head}targets: {targets}\n{rest.partition(chr(10))[2]}"
    return {one.key: one for one in run_small(folder, n=n, text=text).summary.targets}


def test_chance_is_the_share_of_futures_that_reach_the_level(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        "{on_time: {at_least: 90%, chance: 80%}, sla: {at_least: 1%, chance: 50%}, utilisation_p90: 85%}",
    )
    never, always = found["on_time"], found["sla"]
    assert (never.target, never.chance, never.estimate.mean) == (0.9, 0.8, 0.0)
    assert never.verdict == "missed"
    assert (always.estimate.mean, always.estimate.high) == (1.0, 1.0)
    assert always.verdict == "met"
    assert found["utilisation_p90"].chance is None


def test_interval_of_a_chance_is_that_of_clopper_and_pearson() -> None:
    estimate = chance_estimate("x", np.array([1.0] * 17 + [0.0] * 3))
    exact = stats.binomtest(17, 20).proportion_ci(0.95, "exact")
    assert estimate.mean == pytest.approx(0.85)
    assert (estimate.low, estimate.high) == pytest.approx((exact.low, exact.high))


def test_futures_without_anything_due_have_reached_it_those_without_first_value_not() -> None:
    values = Values(np.array([9.0, 0.0, 5.0]), np.array([10.0, 0.0, 10.0]))
    assert reached(values, GOALS["on_time"], 0.8).tolist() == [1.0, 1.0, 0.0]
    days = Values(np.array([90.0, 0.0, 500.0]), np.array([3.0, 0.0, 10.0]))
    assert reached(days, GOALS["first_value"], 30.0).tolist() == [1.0, 0.0, 0.0]


def test_cost_and_first_value_are_judged(tmp_path: Path) -> None:
    found = judged(tmp_path, "{first_value: {at_most: 200d}, cost: 20M per year}")
    assert found["first_value"].unit == "days"
    assert found["first_value"].verdict == "met"
    cost = found["cost"]
    assert cost.unit == cost.estimate.unit == "JPY"
    assert cost.estimate.mean == pytest.approx(20e6, rel=1e-9)
    assert cost.verdict == "met"
    assert judged(tmp_path, "{cost: 19M per year}")["cost"].verdict == "missed"
