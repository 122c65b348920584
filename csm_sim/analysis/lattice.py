"""The cheapest point of a lattice at which something holds that more of anything never spoils.

Points are numbers of people by role. Per role a floor is looked for, with plenty of everybody else; no point
below it can hold. From the floors on, points are tried until the cheapest that holds is known for certain.
What follows from a point that was tried, because more never spoils and less never mends, is not tried.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

Point = tuple[int, ...]

Ending = Literal["found", "cannot", "gave up"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most of each role."""

    low: Point
    high: Point

    def __post_init__(self) -> None:
        if len(self.low) != len(self.high) or any(
            low > high for low, high in zip(self.low, self.high, strict=True)
        ):
            raise ValueError("the least must not be more than the most")


@dataclass(frozen=True, slots=True)
class Search:
    """How a search ended."""

    ending: Ending
    """``found``: the cheapest; ``cannot``: not even the most of everything holds; ``gave up``: no more points
    were allowed, and ``point`` is the cheapest known to hold, if any is."""
    point: Point | None
    tried: tuple[tuple[Point, bool], ...]
    """The points that were tried, in order, and whether they hold."""
    crossed: tuple[tuple[Point, Point], ...]
    """Pairs in which a point that does not hold has at least as much of everything as one that does: evidence
    that more can spoil, so that the answer may not be the cheapest."""


def most_points(roles: int) -> int:
    """Points that a search may try."""
    return 3 * roles + 10


class _GaveUpError(Exception):
    """No more points may be tried."""


class _Known:
    """What is known of points, from those that were tried."""

    def __init__(self, holds: Callable[[Point], bool], most: int) -> None:
        self._holds, self._most = holds, most
        self.tried: dict[Point, bool] = {}

    def __call__(self, point: Point) -> bool:
        if (known := self.tried.get(point)) is not None:
            return known
        if any(good and at_least(point, other) for other, good in self.tried.items()):
            return True
        if any(not good and at_least(other, point) for other, good in self.tried.items()):
            return False
        if len(self.tried) >= self._most:
            raise _GaveUpError
        self.tried[point] = self._holds(point)
        return self.tried[point]

    def crossed(self) -> tuple[tuple[Point, Point], ...]:
        good = [point for point, holds in self.tried.items() if holds]
        bad = [point for point, holds in self.tried.items() if not holds]
        return tuple((over, under) for over in bad for under in good if at_least(over, under))


def at_least(one: Point, other: Point) -> bool:
    """Whether a point has at least as much of everything as another.

    >>> at_least((3, 2), (3, 1)), at_least((3, 2), (2, 3))
    (True, False)
    """
    return all(a >= b for a, b in zip(one, other, strict=True))


def cost_of(point: Point, costs: Sequence[float]) -> float:
    """What a point costs."""
    return sum(number * cost for number, cost in zip(point, costs, strict=True))


def cheapest(
    holds: Callable[[Point], bool],
    bounds: Bounds,
    costs: Sequence[float],
    seed: Point,
    most: int | None = None,
) -> Search:
    """The cheapest point that holds.

    Parameters
    ----------
    holds
        Whether a point does. Called once for each point that is tried.
    bounds
        Where to look.
    costs
        Of one of each role, 0 or more. Among points of the same cost the one with fewer people comes first.
    seed
        Where to begin; it changes which points are tried, not the answer.
    most
        Points that may be tried; None: 3 for each role and 10.
    """
    known = _Known(holds, most_points(len(seed)) if most is None else most)
    begin = _clip(seed, bounds)
    ending, point = _search(known, bounds, costs, begin)
    if ending == "gave up":
        good = [one for one, held in known.tried.items() if held]
        point = min(good, key=lambda one: _order(one, costs)) if good else None
    return Search(ending, point, tuple(known.tried.items()), known.crossed())


def _search(
    known: _Known, bounds: Bounds, costs: Sequence[float], seed: Point
) -> tuple[Ending, Point | None]:
    try:
        floors = []
        for role in range(len(seed)):
            floor = _floor(known, bounds, role, seed[role])
            if floor is None:
                return "cannot", None
            floors.append(floor)
        return _above(known, bounds, costs, tuple(floors))
    except _GaveUpError:
        return "gave up", None


def _floor(known: _Known, bounds: Bounds, role: int, begin: int) -> int | None:
    """The least of a role that holds with the most of all others; None where not even its most does."""

    def good(number: int) -> bool:
        return known((*bounds.high[:role], number, *bounds.high[role + 1 :]))

    # nothing is known of what lies beyond the bounds; taken to fail below and to hold above
    under, least = bounds.low[role] - 1, bounds.high[role] + 1
    number, step = begin, 1
    while True:
        if good(number):
            least = number
            number = max(least - step, (under + least) // 2)
        else:
            under = number
            number = min(under + step, (under + least + 1) // 2)
        if least - under <= 1:
            return least if least <= bounds.high[role] else None
        step *= 2


def _above(
    known: _Known, bounds: Bounds, costs: Sequence[float], floors: Point
) -> tuple[Ending, Point | None]:
    """The cheapest point from the floors on.

    The first few in order of cost: where each role has work of its own the floors themselves hold. Where
    roles stand in for each other the answer may be far from them, and what is left is halved point by point.
    """
    heap = [(*_order(floors, costs), floors)]
    seen, tries = {floors}, len(known.tried) + 2 * len(floors)
    while heap and (len(known.tried) < tries or _size(floors, bounds.high) > MOST_IN_BOX):
        *_, point = heapq.heappop(heap)
        if known(point):
            return "found", point
        for role in range(len(point)):
            more = (*point[:role], point[role] + 1, *point[role + 1 :])
            if more[role] <= bounds.high[role] and more not in seen:
                seen.add(more)
                heapq.heappush(heap, (*_order(more, costs), more))
    return _halving(known, bounds, costs, floors)


MOST_IN_BOX: Final = 50_000
"""Points between floors and bounds beyond which they are not looked at all together."""

_CANDIDATES: Final = 300
"""Points of which the best to try next is chosen."""


def _halving(
    known: _Known, bounds: Bounds, costs: Sequence[float], floors: Point
) -> tuple[Ending, Point | None]:
    ranges = [range(low, high + 1) for low, high in zip(floors, bounds.high, strict=True)]
    points = sorted(itertools.product(*ranges), key=lambda point: _order(point, costs))
    rank = {point: place for place, point in enumerate(points)}
    numbers = np.array(points)
    open_ = np.ones(len(points), dtype=np.bool_)
    best: Point | None = None

    def learn(point: Point, good: bool) -> None:
        nonlocal best
        if not good:
            open_[(numbers <= np.array(point)).all(axis=1)] = False
        elif point in rank and open_[rank[point] :].any():
            open_[rank[point] :] = False
            best = point

    for point, good in known.tried.items():
        learn(point, good)
    while open_.any():
        left = np.flatnonzero(open_)
        some = left[:: max(1, len(left) // _CANDIDATES)]
        # a candidate that fails takes all below it away, one that holds all that are costlier and itself
        fails = np.array([(numbers[left] <= numbers[one]).all(axis=1).sum() for one in some])
        holds = len(left) - np.searchsorted(left, some)
        point = points[some[int(np.argmax(np.minimum(fails, holds)))]]
        learn(point, known(point))
    return ("found", best) if best is not None else ("cannot", None)


def _size(low: Point, high: Point) -> int:
    return math.prod(most - least + 1 for least, most in zip(low, high, strict=True))


def _order(point: Point, costs: Sequence[float]) -> tuple[float, int, Point]:
    return cost_of(point, costs), sum(point), point


def _clip(point: Point, bounds: Bounds) -> Point:
    return tuple(
        max(low, min(high, number)) for number, low, high in zip(point, bounds.low, bounds.high, strict=True)
    )
