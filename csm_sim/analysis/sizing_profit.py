"""Whether the next hire pays for itself, and which teams give the most ARR for their cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from csm_sim.analysis.feasibility import FIRST
from csm_sim.analysis.lattice import Point, cost_of
from csm_sim.analysis.paired import Interval, Values

if TYPE_CHECKING:
    from csm_sim.analysis.measures import Measures
    from csm_sim.analysis.sizing import Sized, Team

Pays = Literal["yes", "no", "not resolved"]

STEPS: Final = 4
"""People of a role that are looked at beyond the answer, or below it."""


@dataclass(frozen=True, slots=True)
class Hire:
    """One person more of a role, everybody else as in the answer."""

    role: str
    number: int
    """Headcount with that person."""
    kept: Interval
    """ARR at the end of the horizon that is expected to be kept (or won) by it, paired."""
    worth: Interval
    """A year's margin on it less what the person costs over the horizon, paired."""
    cost: float
    """Over the horizon."""

    @property
    def pays(self) -> Pays:
        """Whether the whole interval says so."""
        if self.worth.low > 0:
            return "yes"
        return "no" if self.worth.high < 0 else "not resolved"


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """A team among those that were tried."""

    point: Point
    cost: float
    """In a year."""
    kept: Interval
    """ARR at the end more than with the answer, paired."""
    on_front: bool
    """Whether no team that costs as little keeps more, as far as the estimates go."""
    surely_below: bool
    """Whether one that costs no more keeps more for certain."""


@dataclass(frozen=True, slots=True)
class Profit:
    """The economics around an answer."""

    hires: tuple[Hire, ...]
    """By role, with rising headcount."""
    front: tuple[FrontPoint, ...]
    """In order of cost."""
    n: int
    """Replications of each of the hires."""
    front_n: int

    def last_that_pays(self, role: str) -> int | None:
        """The headcount up to which each hire that was looked at pays; None where none does."""
        paying = [one.number for one in self.hires if one.role == role and one.pays == "yes"]
        return max(paying, default=None)


def profit(team: Team, sized: Sized, n: int) -> Profit | None:
    """Look at the next hires from the answer on; None where there are no costs, or nobody churns."""
    question, answer = team.question, sized.answer
    if not question.has_costs or not team.variant(answer).world.segments["churns"].any():
        return None
    hires: list[Hire] = []
    visited = {one.point for one in sized.tried} | {answer}
    for place in range(len(question.roles)):
        hires += _walk(team, answer, place, n, visited)
    return Profit(tuple(hires), tuple(_front(team, answer, sorted(visited))), n, FIRST)


def _walk(team: Team, answer: Point, place: int, n: int, visited: set[Point]) -> list[Hire]:
    """Upwards while hires pay; downwards where the first does not, as far as the work fits at all."""
    role = team.question.roles[place]
    found: list[Hire] = []

    def look(number: int) -> Hire:
        one = _hire(team, answer, place, number, n)
        visited.update(_at(answer, place, people) for people in (number - 1, number))
        found.append(one)
        return one

    number = answer[place] + 1
    while number <= role.high and len(found) < STEPS and look(number).pays == "yes":
        number += 1
    if len(found) > 1 or (found and found[0].pays == "yes"):
        return found
    # below what the work takes, each hire is worth more than the one before: nothing is looked for there
    least = max(role.low, math.ceil(role.needed)) + 1
    number = answer[place]
    while number >= least and len(found) < STEPS and look(number).pays != "yes":
        number -= 1
    return sorted(found, key=lambda one: one.number)


def _at(point: Point, place: int, number: int) -> Point:
    return (*point[:place], number, *point[place + 1 :])


def _hire(team: Team, answer: Point, place: int, number: int, n: int) -> Hire:
    before, after = (team.fresh(_at(answer, place, people), n) for people in (number - 1, number))
    margin = team.question.margin
    return Hire(
        role=team.question.roles[place].name,
        number=number,
        kept=after["arr_change"].minus(before["arr_change"]),
        worth=_worth(after, margin).minus(_worth(before, margin)),
        cost=after["payroll"].mean - before["payroll"].mean,
    )


def _worth(measures: Measures, margin: float) -> Values:
    return Values(margin * measures["arr_change"].above - measures["payroll"].above)


def _front(team: Team, answer: Point, points: list[Point]) -> list[FrontPoint]:
    numbers = range(FIRST)
    arr = {point: team.trials.measures(team.variant(point), numbers)["arr_change"] for point in points}
    costs = {point: cost_of(point, team.question.costs) for point in points}
    ordered = sorted(points, key=lambda point: (costs[point], -arr[point].mean))
    found = []
    for point in ordered:
        rivals = [other for other in ordered if other != point and costs[other] <= costs[point]]
        better = [other for other in rivals if arr[other].mean >= arr[point].mean]
        surely = any(arr[other].minus(arr[point]).low > 0 for other in better)
        found.append(FrontPoint(point, costs[point], arr[point].minus(arr[answer]), not better, surely))
    return found
