"""Searches on models whose answer Erlang A gives: how often they are wrong, and what they take."""

from __future__ import annotations

import math

import pytest
from theory.sizing_models import ERROR, TEAMS, Team, inside_tolerance, macro, size

RUNS = 120

ALL = {**TEAMS, "met by a hair": inside_tolerance()}


def at_most(share: float) -> int:
    """Failures of RUNS that a procedure with this share of them stays under, but for two standard
    deviations."""
    return math.floor(RUNS * share + 2 * math.sqrt(RUNS * share * (1 - share)))


@pytest.mark.parametrize("name", ALL)
def test_errors_are_as_rare_as_stated(name: str) -> None:
    found = macro(ALL[name], RUNS)
    assert found.violations <= at_most(ERROR)
    assert RUNS - found.within <= at_most(ERROR)
    assert found.most_points <= found.allowed_points


@pytest.mark.parametrize("name", ["one role", "two roles"])
def test_one_person_more_or_less_is_told_apart(name: str) -> None:
    """Where the next smaller team misses by more than the tolerance, there is one right answer."""
    found = macro(TEAMS[name], RUNS, seed=2)
    assert RUNS - found.exact <= at_most(ERROR)


@pytest.mark.parametrize("name", ["one role", "two roles"])
def test_answer_does_not_depend_on_where_the_search_begins(name: str) -> None:
    team: Team = TEAMS[name]
    low, high = team.bounds.low, team.bounds.high
    middle = tuple((least + most) // 2 for least, most in zip(low, high, strict=True))
    for luck in range(10):
        answers = {
            size(team, luck, begin, 1_000).search.point for begin in (low, middle, high, team.optimum())
        }
        assert len(answers) == 1
