"""Targets with a chance and the block ``sizing``, as a file says them."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from small_team import SCENARIO, write_scenario

from csm_sim.scenario import Scenario, load
from csm_sim.scenario.aims import Level


def scenario(folder: Path, *sets: str, more: str = "") -> Scenario:
    return load(write_scenario(folder, SCENARIO + more), sets).scenario


@pytest.mark.parametrize(
    ("written", "level", "chance"),
    [
        ("95%", 0.95, None),
        ("0.95", 0.95, None),
        ("{at_least: 95%}", 0.95, None),
        ("{at_least: 95%, chance: 80%}", 0.95, 0.8),
        ("{chance: 0.5, at_least: 90%}", 0.9, 0.5),
    ],
)
def test_target_is_a_number_that_may_have_a_chance(
    tmp_path: Path, written: str, level: float, chance: float | None
) -> None:
    found = scenario(tmp_path, f"targets.on_time={written}").targets.on_time
    assert found == pytest.approx(level)
    assert found is not None
    assert found.chance == chance


def test_chance_survives_copies() -> None:
    level = Level(0.9, 0.8)
    for other in (copy.deepcopy(level), pickle.loads(pickle.dumps(level))):
        assert (other, other.chance) == (0.9, 0.8)


def test_first_value_is_in_days_and_cost_a_year(tmp_path: Path) -> None:
    targets = scenario(tmp_path, "targets.first_value=6 weeks", "targets.cost=1M per month").targets
    assert targets.first_value == 42.0
    assert targets.cost is not None
    assert targets.cost.per_year == pytest.approx(12e6)


def test_sizing_has_defaults_and_takes_bounds(tmp_path: Path) -> None:
    plain = scenario(tmp_path).sizing
    assert plain.roles == {}
    assert (plain.confidence, plain.tolerance.on_time) == (0.95, 0.01)
    more = "sizing: {roles: {csm: {min: 2, max: 9}, support: {}}, confidence: 90%, tolerance: {sla: 2%}}\n"
    found = scenario(tmp_path, more=more).sizing
    assert (found.roles["csm"].min, found.roles["csm"].max) == (2, 9)
    assert (found.roles["support"].min, found.roles["support"].max) == (None, None)
    assert (found.confidence, found.tolerance.sla, found.tolerance.on_time) == (0.9, 0.02, 0.01)
