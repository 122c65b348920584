"""How strongly staffing moves health, where one account's churn can be worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from properties.scenarios import Yaml, world_from

from csm_sim.engine.health import as_strong
from csm_sim.engine.simulate import simulate

RED, YELLOW, GREEN = 0.6, 0.3, 0.1


def churn_at(health: float) -> float:
    """Through the middles of the bands (yellow from 60, green from 80), in log-odds."""
    odds = [math.log(rate / (1 - rate)) for rate in (RED, YELLOW, GREEN)]
    return 1 / (1 + math.exp(-float(np.interp(health, [30.0, 70.0, 90.0], odds))))


def chance(strength: str | None, **changes: Any) -> float:
    """Chance of churn at the one renewal of each of 40 accounts that nobody has anything to do with."""
    data: Yaml = {
        "name": "strength",
        "start": "2027-04-05",
        "horizon": "12 months",
        "warm_up": "0d",
        "segments": {
            "few": {
                "touch": "low",
                "accounts": 40,
                "arr": "1M",
                "term": "12 months",
                "churn": {"red": "60%", "yellow": "30%", "green": "10%"},
            }
        },
        "staff": {"csm": {"headcount": 1, "serves": "all"}},
        **changes,
    }
    if strength is not None:
        data["health"]["strength"] = strength
    months = simulate(world_from(data), seed=3, replication=0).months
    renewals = months["renewals"].sum()
    assert renewals > 35
    return float(months["churn_expected"].sum() / renewals)


def of_one(part: str, value: int) -> Yaml:
    """Health that is one component alone, which begins at a value; the others lie anywhere."""
    weights = {name: "100%" if name == part else "0%" for name in ("engagement", "support", "onboarding")}
    return {
        "weights": {"adoption": "0%", **weights},
        "bands": {"green": 80, "yellow": 60},
        "start": {"engagement": 31, "support": 32, "onboarding": 33, part: value},
    }


@pytest.mark.parametrize("part", ["engagement", "support", "onboarding"])
@pytest.mark.parametrize(
    ("strength", "health"),
    [(None, 80), ("x1", 80), ("x0", 100), ("x0.5", 90), ("x2", 60), ("x5", 0), ("x10", 0)],
)
def test_a_component_lies_so_many_times_as_far_below_100(
    part: str, strength: str | None, health: int
) -> None:
    assert chance(strength, health=of_one(part, 80)) == pytest.approx(churn_at(health), rel=1e-9)


@pytest.mark.parametrize("strength", ["x0", "x3", "x10"])
def test_use_of_the_product_is_not_the_teams_doing(strength: str) -> None:
    health = {
        "weights": {"adoption": "100%", "engagement": "0%", "support": "0%", "onboarding": "0%"},
        "bands": {"green": 80, "yellow": 60},
        "start": {"adoption": 65},
        "usage": {"mean": 65, "sd": 0},
    }
    assert chance(strength, health=health) == pytest.approx(churn_at(65), rel=1e-9)


@pytest.mark.parametrize(
    ("strength", "before"), [("x1", 60), ("x0", 75), ("x0.5", 67.5), ("x2", 45), ("x4", 15), ("x10", 0)]
)
@pytest.mark.parametrize("by_indicator", [False, True])
def test_use_before_first_value_lies_so_many_times_as_far_below_use_after(
    strength: str, before: float, by_indicator: bool
) -> None:
    usage: Yaml = {"mean": 75, "sd": 0, "before_first_value": 60}
    if by_indicator:
        own = {"mean": 75, "before_first_value": 60}
        usage = {"mean": 12, "sd": 0, "indicators": {name: {"weight": "50%", **own} for name in "ab"}}
    health = {
        "weights": {"adoption": "100%", "engagement": "0%", "support": "0%", "onboarding": "0%"},
        "bands": {"green": 80, "yellow": 60},
        "memory": {"adoption": "100%"},
        "usage": usage,
    }
    # nobody onboards them: 1,000 h of work for one person
    onboarding = {
        "for": "all",
        "on": "new_account",
        "first_value_after": "train",
        "steps": [{"do": "train", "effort": {"constant": "1000h"}, "due": "300d"}],
    }
    segment = {
        "touch": "low",
        "accounts": 0,
        "arr": "1M",
        "term": "6 months",
        "churn": {"red": "60%", "yellow": "30%", "green": "10%"},
        "new": {"per_month": 20},
    }
    found = chance(strength, health=health, segments={"few": segment}, playbooks={"onboarding": onboarding})
    assert found == pytest.approx(churn_at(before), rel=1e-9)


def test_more_strength_never_reads_a_component_better() -> None:
    for component in np.linspace(0.0, 100.0, 41):
        read = [as_strong(component, strength) for strength in np.linspace(0.0, 10.0, 41)]
        assert read == sorted(read, reverse=True)
        assert read[0] == 100.0
        assert min(read) >= 0.0
    assert as_strong(100.0, 10.0) == 100.0


@pytest.mark.parametrize("part", ["engagement", "support", "onboarding"])
def test_a_cause_that_is_switched_off_has_no_strength(part: str) -> None:
    health = {**of_one(part, 40), "effects": "off"}
    assert chance("x10", health=health) == pytest.approx(churn_at(100), rel=1e-9)
