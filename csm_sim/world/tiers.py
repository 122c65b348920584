"""The rules by which accounts come to be served as another segment, as records and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.journey import served_as
from csm_sim.scenario.people_values import whole_days
from csm_sim.world.customer_days import rising
from csm_sim.world.customers import MOVE, ON_FIRST_VALUE, ON_REVIEW, ON_STOPPED

if TYPE_CHECKING:
    from csm_sim.scenario import Scenario
    from csm_sim.scenario.journey import TierRule
    from csm_sim.scenario.units import Span

Records = NDArray[np.void]
Floats = NDArray[np.float64]
Flags = NDArray[np.int8]

_LOOKS = {"first_value": ON_FIRST_VALUE, "onboarding_stopped": ON_STOPPED, None: ON_REVIEW}
_BAND_BITS = {"red": 1, "yellow": 2, "green": 4}
ANY_BAND = 7


def moves_of(scenario: Scenario, days: int, warm_days: int) -> tuple[Records, Flags, Floats, Flags]:
    """The rules, the segments each looks at, its roll-out by day, and its review days."""
    rules, segments = scenario.tiering, list(scenario.segments)
    moves = np.zeros(len(rules), MOVE)
    of_segments = np.zeros((len(rules), len(segments)), np.int8)
    shares, reviews = np.zeros((len(rules), days)), np.zeros((len(rules), days), np.int8)
    for number, rule in enumerate(rules):
        _fill(moves[number], rule, segments.index(rule.to))
        of_segments[number, [segments.index(name) for name in rule.from_]] = 1
        shares[number] = rising(scenario, rule.since, rule.over, rule.share, days)
        if rule.review is not None:
            reviews[number, _review_days(rule.review, days, warm_days)] = 1
    return moves, of_segments, shares, reviews


def _fill(move: np.void, rule: TierRule, to: int) -> None:
    conditions = rule.if_
    move["to"], move["looks"] = to, _LOOKS[rule.on]
    for what in ("arr", "ltv"):
        least, below = getattr(conditions, f"{what}_at_least"), getattr(conditions, f"{what}_below")
        move[f"{what}_low"] = -math.inf if least is None else least
        move[f"{what}_high"] = math.inf if below is None else below
    bands = conditions.health
    move["bands"] = ANY_BAND if bands is None else sum(_BAND_BITS[band] for band in bands)
    move["tenure_days"] = 0.0 if conditions.after is None else whole_days(conditions.after)


def _review_days(period: Span, days: int, warm_days: int) -> list[int]:
    count = math.ceil((days - warm_days) / period.days)
    found = (math.floor(warm_days + k * period.days) for k in range(1, count + 1))
    return [day for day in found if day < days]


def serves_of(scenario: Scenario) -> Flags:
    """(segment, segment): 1 where accounts of the first may come to be served as the second."""
    served = served_as(scenario.segments, scenario.tiering)
    return np.array(
        [[other in served[name] for other in scenario.segments] for name in scenario.segments], np.int8
    )


def move_names(scenario: Scenario) -> tuple[str, ...]:
    """What the rules are called in reports: ``trial to tail on first_value``."""
    found: list[str] = []
    for rule in scenario.tiering:
        text = f"{', '.join(rule.from_)} to {rule.to} {rule.looks}"
        same = sum(name == text or name.startswith(f"{text} (") for name in found)
        found.append(f"{text} ({same + 1})" if same else text)
    return tuple(found)
