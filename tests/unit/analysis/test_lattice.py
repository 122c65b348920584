"""The search for the cheapest point, against trying all of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm_sim.analysis.lattice import Bounds, Point, at_least, cheapest, cost_of, most_points

EVERYTHING = 10_000


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Point], Bounds, list[float], Point]:
    """Points from which on everything holds, bounds, costs, and where to begin."""
    roles = draw(st.integers(1, 3))
    numbers = st.integers(0, 9)
    low = tuple(draw(st.integers(0, 3)) for _ in range(roles))
    high = tuple(least + draw(st.integers(0, 8)) for least in low)
    corners = draw(st.lists(st.tuples(*[numbers] * roles), min_size=0, max_size=3))
    costs = [draw(st.sampled_from([0.0, 1.0, 1.5, 6e6, 9e6])) for _ in range(roles)]
    begin = tuple(draw(st.integers(-2, 14)) for _ in range(roles))
    return corners, Bounds(low, high), costs, begin


def order(point: Point, costs: list[float]) -> tuple[float, int, Point]:
    return cost_of(point, costs), sum(point), point


@given(problems())
def test_finds_what_trying_everything_finds(
    problem: tuple[list[Point], Bounds, list[float], Point],
) -> None:
    corners, bounds, costs, begin = problem

    def holds(point: Point) -> bool:
        return any(at_least(point, corner) for corner in corners)

    ranges = [range(low, high + 1) for low, high in zip(bounds.low, bounds.high, strict=True)]
    good = [point for point in itertools.product(*ranges) if holds(point)]
    found = cheapest(holds, bounds, costs, begin, EVERYTHING)
    if good:
        assert found.ending == "found"
        assert found.point == min(good, key=lambda point: order(point, costs))
    else:
        assert found.ending == "cannot"
        assert found.point is None
    assert not found.crossed
    tried = [point for point, _ in found.tried]
    assert len(set(tried)) == len(tried)
    assert all(at_least(point, bounds.low) and at_least(bounds.high, point) for point in tried)


@given(problems())
def test_tries_no_more_points_than_allowed(problem: tuple[list[Point], Bounds, list[float], Point]) -> None:
    corners, bounds, costs, begin = problem

    def holds(point: Point) -> bool:
        return any(at_least(point, corner) for corner in corners)

    found = cheapest(holds, bounds, costs, begin, 3)
    assert len(found.tried) <= 3
    if found.ending == "gave up":
        assert found.point is None or holds(found.point)


def test_good_seed_takes_two_points_for_each_role_and_one() -> None:
    found = cheapest(lambda point: at_least(point, (8, 5)), Bounds((0, 0), (16, 10)), [9.0, 6.0], (8, 5))
    assert found.point == (8, 5)
    assert len(found.tried) == 5
    assert len(found.tried) <= most_points(2)


def test_roles_that_stand_in_for_each_other() -> None:
    """Any ten will do, of which three are of the first role: the cheap ones fill up."""

    def holds(point: Point) -> bool:
        return sum(point) >= 10 and point[0] >= 3

    bounds, costs = Bounds((0, 0), (12, 12)), [9.0, 6.0]
    found = cheapest(holds, bounds, costs, (5, 5), 25)
    assert (found.ending, found.point) == ("found", (3, 7))
    # with the points that a search may try, it says that it is not sure, and is near
    found = cheapest(holds, bounds, costs, (5, 5))
    assert found.ending == "gave up"
    assert found.point is not None
    assert holds(found.point)
    assert cost_of(found.point, costs) <= 1.1 * cost_of((3, 7), costs)


def test_says_what_speaks_against_more_is_better() -> None:
    """From ten on it gets worse again."""
    found = cheapest(lambda point: 6 <= point[0] < 10, Bounds((0,), (16,)), [1.0], (12,), EVERYTHING)
    assert found.ending == "cannot"
    assert not found.crossed  # nothing that holds was met on the way
    found = cheapest(lambda point: 6 <= point[0] < 10, Bounds((0,), (12,)), [1.0], (5,), EVERYTHING)
    assert found.point == (6,)
    odd = cheapest(
        lambda point: point != (5, 5) and point[0] >= 4, Bounds((0, 5), (9, 6)), [1.0, 1.0], (4, 5)
    )
    assert odd.point == (4, 5) or odd.crossed


def test_bounds_that_contradict_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be more"):
        Bounds((3,), (2,))
