"""The fewest people that meet the targets, with a stated confidence.

Points of the lattice of headcounts are tried on the same luck, each by a sequential test that spends what is
left of the allowed error (:mod:`csm_sim.analysis.feasibility`); more people are taken never to spoil a target
(:mod:`csm_sim.analysis.lattice`). What is found is then held against futures that the search has not seen,
and so is each team with one person less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.feasibility import FIRST, Decision, decide, errors_of
from csm_sim.analysis.lattice import Bounds, Point, Search, cheapest, cost_of, most_points
from csm_sim.analysis.paired import Interval
from csm_sim.analysis.sizing_question import Question, Wanted, settings_of
from csm_sim.analysis.targets import chance_estimate, reached
from csm_sim.analysis.trials import FRESH

if TYPE_CHECKING:
    from csm_sim.analysis.measures import Measures
    from csm_sim.analysis.trials import Trials
    from csm_sim.analysis.variants import Variant, Variants

MOST: Final = 1000
"""Replications of a point at which the search stops asking."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A point that the search tried."""

    point: Point
    holds: bool
    n: int
    """Replications that it took."""
    missed: str | None
    """The target that was missed; None where all are met."""
    resolved: bool
    """False where the most replications did not decide, and the sign of the evidence did."""
    left_out: tuple[str, ...] = ()
    """Targets that it was not tried for: those that not even the most people meet."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A target at a point, on replications that the search has not seen."""

    wanted: Wanted
    interval: Interval
    """95 %, of the share of futures where the target has a chance."""

    @property
    def good(self) -> bool:
        """Whether the estimate lies on the good side."""
        return self._beyond(self.interval.mean, 0.0)

    @property
    def surely_bad(self) -> bool:
        """Whether the whole interval lies on the bad side."""
        end = self.interval.high if self._least else self.interval.low
        return not self._beyond(end, 0.0)

    @property
    def beyond_tolerance(self) -> bool:
        """Whether the whole interval lies on the bad side by more than the tolerance."""
        end = self.interval.high if self._least else self.interval.low
        return not self._beyond(end, self.wanted.tolerance)

    @property
    def within_tolerance(self) -> bool:
        """Whether the estimate lies on the good side, or misses it by less than the tolerance."""
        return self._beyond(self.interval.mean, self.wanted.tolerance)

    @property
    def _least(self) -> bool:
        return self.wanted.goal.at_least or self.wanted.chance is not None

    def _beyond(self, value: float, slack: float) -> bool:
        level = self.wanted.level if self.wanted.chance is None else self.wanted.chance
        return value >= level - slack if self._least else value <= level + slack


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A point on fresh replications."""

    point: Point
    shown: tuple[Shown, ...]
    payroll: float
    """Money a year, as many as are under contract."""
    n: int

    @property
    def blocks(self) -> tuple[Shown, ...]:
        """Targets on the bad side, the one that is missed for certain first."""
        bad = [one for one in self.shown if not one.good]
        return tuple(sorted(bad, key=lambda one: not one.surely_bad))


@dataclass(frozen=True, slots=True)
class Sized:
    """The answer."""

    question: Question
    answer: Point
    proven: bool
    """Whether it is the cheapest as far as the tests go; else the search ran out of points."""
    left_out: tuple[str, ...]
    """Targets that not even the most people meet: the answer meets the others."""
    at_most: Confirmed | None
    """The most people on fresh replications, where targets are left out."""
    tried: tuple[Tried, ...]
    allowed_points: int
    crossed: tuple[tuple[Point, Point], ...]
    confirmed: Confirmed
    fewer: dict[str, Confirmed]
    """The answer with one person less, by role; none where it is the fewest allowed, or no target is met."""
    cost: float | None
    """Of the answer's headcount in a year; None without costs."""


class Team:
    """Points of a question as variants of the scenario, simulated when they are asked for."""

    def __init__(self, variants: Variants, trials: Trials, question: Question) -> None:
        self._variants, self.trials, self.question = variants, trials, question

    def variant(self, point: Point) -> Variant:
        """The scenario with this headcount."""
        return self._variants.variant(*settings_of(self.question.names, point))

    def searched(self, point: Point, n: int) -> Measures:
        """The first replications of a point."""
        return self.trials.measures(self.variant(point), range(n))

    def fresh(self, point: Point, n: int) -> Measures:
        """Replications of a point that no search has seen."""
        return self.trials.measures(self.variant(point), range(FRESH, FRESH + n))


def size(
    team: Team,
    *,
    fresh: int = 100,
    most: int = MOST,
    told: Callable[[Tried], None] = lambda tried: None,
) -> Sized:
    """The cheapest headcount that meets the targets.

    Parameters
    ----------
    team
        What is asked.
    fresh
        Replications of the confirmation.
    most
        Replications of a point at which the search stops asking.
    told
        Told of each point that was tried.
    """
    question = team.question
    search = _Search(team, most, told)
    found = search.run(question.targets)
    left_out: tuple[str, ...] = ()
    at_most = None
    top = tuple(role.high for role in question.roles)
    if found.point is None:
        left_out = search.missed_at(top)
    if left_out:
        rest = [one for one in question.targets if one.key not in left_out]
        at_most = confirm(team, top, fresh)
        found = search.run(rest) if rest else found
    answer = top if found.point is None else found.point
    fewer = {
        role.name: confirm(team, _changed(answer, place, -1), fresh)
        for place, role in enumerate(question.roles)
        if answer[place] > role.low and len(left_out) < len(question.targets)
    }
    return Sized(
        question=question,
        answer=answer,
        proven=found.ending == "found",
        left_out=left_out,
        at_most=at_most,
        tried=tuple(search.tried),
        allowed_points=most_points(len(question.roles)),
        crossed=found.crossed,
        confirmed=confirm(team, answer, fresh),
        fewer=fewer,
        cost=cost_of(answer, question.costs) if question.has_costs else None,
    )


def _changed(point: Point, place: int, by: int) -> Point:
    return (*point[:place], point[place] + by, *point[place + 1 :])


class _Search:
    """Tries points and remembers them."""

    def __init__(self, team: Team, most: int, told: Callable[[Tried], None]) -> None:
        self._team, self._most, self._told = team, most, told
        self.tried: list[Tried] = []

    def run(self, targets: Sequence[Wanted]) -> Search:
        roles = self._team.question.roles
        bounds = Bounds(tuple(role.low for role in roles), tuple(role.high for role in roles))
        seed = tuple(role.estimate for role in roles)
        return cheapest(lambda point: self._holds(point, targets), bounds, self._team.question.costs, seed)

    def _holds(self, point: Point, targets: Sequence[Wanted]) -> bool:
        decision = self._decide(point, targets)
        kept = {target.key for target in targets}
        out = tuple(one.key for one in self._team.question.targets if one.key not in kept)
        one = Tried(point, decision.feasible, decision.n, decision.missed, decision.resolved, out)
        self.tried.append(one)
        self._told(one)
        return decision.feasible

    def _decide(self, point: Point, targets: Sequence[Wanted]) -> Decision:
        question = self._team.question
        error = errors_of(len(self.tried) + 1, len(question.targets), 1 - question.confidence)
        return decide(
            [one.aim for one in targets],
            lambda n: [one.measured(self._team.searched(point, n), n) for one in targets],
            error,
            first=FIRST,
            most=self._most,
        )

    def missed_at(self, point: Point) -> tuple[str, ...]:
        """All targets that a point misses, each tested by itself."""
        targets = self._team.question.targets
        missed = [one.key for one in targets if not self._decide(point, [one]).feasible]
        # what a search found missing at the bounds is missing even if a later, stricter test leaves it open
        last = [one.missed for one in self.tried if one.point == point and one.missed is not None]
        return tuple(dict.fromkeys([*missed, *last]))


def confirm(team: Team, point: Point, n: int) -> Confirmed:
    """A point on fresh replications."""
    measures = team.fresh(point, n)
    years = team.variant(point).world.horizon_days / 365.25
    shown = tuple(Shown(one, _interval(one, measures, n)) for one in team.question.targets)
    return Confirmed(point, shown, float(measures["payroll"].mean) / years, n)


def _interval(wanted: Wanted, measures: Measures, n: int) -> Interval:
    if wanted.goal.measure not in measures:
        worst = 0.0 if wanted.chance is not None or wanted.goal.at_least else float("inf")
        return Interval(worst, worst, worst, n)
    values = measures[wanted.goal.measure]
    if wanted.chance is None:
        return values.interval()
    one: Estimate = chance_estimate("", reached(values, wanted.goal, wanted.level))
    return Interval(one.mean, one.low, one.high, one.n)
