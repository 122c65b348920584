"""A sizing of ordinary scenarios against what Erlang C says is the cheapest team.

Two pools round the clock share the tickets, and the target is on all of them together: the share that is
taken up within ten minutes. So the pools are not separable: what one is short of the other can make up for,
and the answer has to be found among all pairs.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from csm_sim.analysis.sizing import Team, size
from csm_sim.analysis.sizing_question import Asked, question_of
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants
from csm_sim.theory.queues import erlang_c

RATE, MINUTES = 20.0, 10.0
SHARES = {"first": 0.6, "second": 0.4}
COSTS = {"first": 9.0, "second": 6.0}
LEVEL, TOLERANCE = 0.795, 0.01
LOW = {"first": 13, "second": 9}
HIGH = {"first": 22, "second": 18}

SCENARIO = f"""\
name: Two pools
start: 2027-01-01
horizon: 60d
warm_up: 10d
calendar: 24x7
segments: {{customers: {{touch: low, accounts: 1, arr: 0}}}}
staff:
  first: {{headcount: 14, shrinkage: 0%, switch: 0min, cost: 9 per year}}
  second: {{headcount: 10, shrinkage: 0%, switch: 0min, cost: 6 per year}}
tickets:
  rate: {RATE} per hour
  handled_by: {{first: 60%, second: 40%}}
  severities: {{only: {{effort: {{exponential: 1h}}, first_response: {MINUTES:.0f}min}}}}
targets: {{sla: {LEVEL}}}
"""


def in_time(role: str, people: int) -> float:
    """P(wait <= ten minutes) of M/M/c, efforts of an hour."""
    load = RATE * SHARES[role]
    return 1 - erlang_c(load, people) * math.exp(-(people - load) * MINUTES / 60)


def share(point: tuple[int, int]) -> float:
    """Of all tickets."""
    return sum(SHARES[role] * in_time(role, people) for role, people in zip(SHARES, point, strict=True))


def cost(point: tuple[int, int]) -> float:
    """Of a team."""
    return sum(COSTS[role] * people for role, people in zip(SHARES, point, strict=True))


POINTS = list(itertools.product(*(range(LOW[role], HIGH[role] + 1) for role in SHARES)))
CHEAPEST = min((point for point in POINTS if share(point) >= LEVEL), key=cost)


def test_there_is_one_right_answer() -> None:
    """The cheapest is met by more than the tolerance, and all that cost no more miss by more than it."""
    assert share(CHEAPEST) > LEVEL + TOLERANCE
    rivals = [point for point in POINTS if cost(point) <= cost(CHEAPEST) and point != CHEAPEST]
    assert max(share(point) for point in rivals) < LEVEL - TOLERANCE


@pytest.mark.parametrize("seed", range(1, 6))
def test_search_finds_what_erlang_says(tmp_path: Path, seed: int) -> None:
    (tmp_path / "pools.yaml").write_text(SCENARIO, encoding="utf-8")
    variants = Variants(tmp_path / "pools.yaml")
    question = question_of(variants, Asked({role: (LOW[role], HIGH[role]) for role in SHARES}))
    with Trials(seed, twin=False, jobs=1) as trials:
        found = size(Team(variants, trials, question), fresh=20)
    assert found.answer == CHEAPEST
    assert len(found.tried) <= found.allowed_points
    for one in found.tried:
        if abs(share(one.point) - LEVEL) > TOLERANCE:
            assert one.holds == (share(one.point) >= LEVEL)
