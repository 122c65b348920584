"""The 101st account: how many accounts a person can have before targets break, or one more does not pay.

Three sizes, each defined by a decision and none by the shape of a curve: the largest book that meets a
target, the first account that does not pay, and the size at which the hours run out. The first two come from
simulations of nested books on the same luck (:mod:`csm_sim.analysis.breakpoint_books`), with intervals from
whole resampled replications (:mod:`csm_sim.analysis.breakpoint_curves`); the third is a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import breakpoint_curves as curves
from csm_sim.analysis.breakpoint_books import Books, Nest
from csm_sim.analysis.breakpoint_curves import Break
from csm_sim.analysis.breakpoint_points import TARGETS, Counts, Point, Reader, stacked
from csm_sim.language import Message

if TYPE_CHECKING:
    from csm_sim.analysis.trials import Trials
    from csm_sim.analysis.variants import Variant, Variants
    from csm_sim.scenario.settings import Targets

Floats = NDArray[np.float64]

FIRST_LOOK: Final = tuple(round(0.6 + 0.1 * step, 1) for step in range(10))
"""Book sizes that are looked at first, in fluid breaks."""

MORE: Final = (1.9, 2.5)
"""Where it goes on if something has not broken within them."""

FEWER: Final = (0.45, 0.3, 0.15)
"""Where it goes on if something has broken before them."""

WINDOW: Final = 0.1
"""Distance of the books whose ARR is compared, in fluid breaks."""

FINE: Final = 0.025
"""Distance of the sizes around a break, in fluid breaks; at least one account per role."""

MOST_POINTS: Final = 24
"""Book sizes in all, apart from those with a leave."""

GIVES_WAY: Final = 0.05
"""Share of a kind of work from which on it has given way: when more than this is not on time (late), or is
never done (dropped)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    replications: int
    seed: int
    leave_weeks: int = 2
    """Of each person, for the headroom; 0: not looked at."""
    margin: float = 1.0
    """Part of the ARR that is left after its costs."""
    account_cost: float = 0.0
    """What one more account costs a year beside the team's time."""

    @property
    def least(self) -> float:
        """ARR that one more account has to bring."""
        return self.account_cost / self.margin


@dataclass(frozen=True, slots=True)
class TargetBreak:
    """The largest book that meets a target."""

    target: Literal["on_time", "sla"]
    line: float
    found: Break


@dataclass(frozen=True, slots=True)
class GivesWay:
    """A kind of work, and the book from which on more than GIVES_WAY of it is not on time, or dropped."""

    work: str
    how: Literal["late", "dropped"]
    found: Break
    utilisation: float
    """Of the role at that book; nan outside the range."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What a leave of each person uses of the headroom."""

    weeks: int
    with_it: Break
    """The break when each person takes that leave, one after the other."""
    uses: Break
    """Accounts per person that this is less than without."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure by book size, with the ends of its intervals."""

    what: str
    unit: str
    sizes: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """The answer."""

    books: Books
    question: Question
    fluid: float
    """Accounts per person at which the hours run out; inf where accounts make no work."""
    targets: tuple[TargetBreak, ...]
    """The one that breaks first comes first."""
    economic: Break | None
    gives_way: tuple[GivesWay, ...]
    """In the order in which it happens; what does not within the range is left out."""
    never: tuple[str, ...]
    """Work that is neither late nor dropped within the range."""
    leave: Leave | None
    curves: tuple[Curve, ...]
    marginal: Curve | None
    """ARR that one more account adds, between sizes."""
    left_out: tuple[str, ...]
    """What cannot be answered, and why."""
    simulations: int
    currency: str

    @property
    def first(self) -> TargetBreak | None:
        """The target that breaks first."""
        return self.targets[0] if self.targets else None

    @property
    def headroom(self) -> Break | None:
        """Accounts per person that are still free today; negative beyond the break."""
        return None if self.first is None else self.first.found - self.books.today

    @property
    def low(self) -> float:
        """Smallest book that was looked at."""
        return float(self.curves[0].sizes[0])

    @property
    def high(self) -> float:
        """Largest book that was looked at."""
        return float(self.curves[0].sizes[-1])

    def curve(self, what: str) -> Curve | None:
        """A curve by its name."""
        return next((one for one in self.curves if one.what == what), None)


def fluid_break(nest: Nest, books: Books, needed: Callable[[Variant], float]) -> float:
    """Accounts per person at which the hours that the work takes are the hours that people have.

    What one account takes is the difference that books of two sizes make; what does not depend on accounts
    (reports, new business) is in both.

    Parameters
    ----------
    nest, books
        Of the role.
    needed
        People of the role that the work of a version takes.
    """
    total = sum(books.accounts)
    one, two = needed(nest.variant(total)), needed(nest.variant(2 * total))
    if two <= one:
        return math.inf
    return max(0.0, (books.people - one) / (two - one) + 1.0) * books.today


def find_breakpoint(
    variants: Variants, books: Books, question: Question, trials: Trials, fluid: float
) -> Breakpoint:
    """The breaks of a role's books.

    Parameters
    ----------
    variants
        The scenario.
    books
        From :func:`csm_sim.analysis.breakpoint_books.books_of`.
    question
        What is asked.
    trials
        Simulates; open, without twins.
    fluid
        From :func:`fluid_break`. The search begins around it, or around today's book if it says nothing.
    """
    search = _Search(variants, books, question, trials, fluid)
    search.look()
    return search.answer()


@dataclass
class _Search:
    variants: Variants
    books: Books
    question: Question
    trials: Trials
    fluid: float
    points: dict[int, Point] = field(default_factory=dict)
    away: dict[int, Point] = field(default_factory=dict)
    """The same sizes with the leave."""

    def __post_init__(self) -> None:
        self.nest = Nest(self.variants, self.books)
        self.world = self.variants.base.world
        self.reader = Reader(self.world, self.books.role)
        self.numbers = range(self.question.replications)
        sensible = math.isfinite(self.fluid) and self.fluid * self.books.people >= 1
        self.anchor = self.fluid if sensible else self.books.today
        self.draws = curves.resampling(self.question.replications, self.question.seed)
        self.window = max(1.0 / self.books.people, WINDOW * self.anchor - 1.0 / self.books.people)

    @cached_property
    def asked(self) -> dict[str, float]:
        """Targets that the scenario writes."""
        targets: Targets = self.variants.base.scenario.targets
        found = {name: getattr(targets, name) for name in TARGETS}
        return {name: line for name, line in found.items() if line is not None}

    # simulating

    def total(self, size: float) -> int:
        """Accounts in all for so many per person."""
        return max(1, round(size * self.books.people))

    def measure(self, totals: Iterable[int], *, leave: bool = False) -> None:
        """Simulate these book sizes, unless that has been done."""
        into, weeks = (self.away, self.question.leave_weeks) if leave else (self.points, 0)
        new = [total for total in sorted(set(totals)) if total not in into]
        found = {total: self.nest.variant(total, weeks) for total in new}
        self.trials.ensure([(one, self.numbers) for one in found.values()])
        for total, one in found.items():
            sample = self.trials.sample(one, self.numbers)
            into[total] = self.reader.point(total, sample, self.trials.measures(one, self.numbers))

    def look(self) -> None:
        """Simulate sizes around the anchor, further ones where nothing breaks, and more around the breaks."""
        today = sum(self.books.accounts)
        first = {self.total(size * self.anchor) for size in FIRST_LOOK}
        if FEWER[-1] * self.anchor <= self.books.today <= MORE[-1] * self.anchor:
            first.add(today)
        self.measure(first)
        for size in MORE:
            if any(max(one.at, one.high) == math.inf for one in self.breaks()):
                self.measure([self.total(size * self.anchor)])
        for size in FEWER:
            if any(min(one.at, one.low) == -math.inf for one in self.breaks()):
                self.measure([self.total(size * self.anchor)])
        while len(self.points) < MOST_POINTS and (more := self.between()):
            self.measure(more[: MOST_POINTS - len(self.points)])
        first_break = self.target_breaks()
        if self.question.leave_weeks and first_break and first_break[0].found.inside:
            self.look_at_leave(first_break[0])

    def between(self) -> list[int]:
        """Sizes in the middle between neighbours that are too far apart for the break between them."""
        totals = sorted(self.points)
        found = []
        looks = [(1.0, one.found) for one in self.target_breaks()[:1]]
        for coarse, one in (*looks, *self._economic_looks()):
            fine = max(1.0, coarse * FINE * self.anchor * self.books.people)
            ends = [end * self.books.people for end in (one.low, one.at, one.high) if math.isfinite(end)]
            for low, high in pairwise(totals):
                if ends and high - low > fine and low < max(ends) and high > min(ends) and high - low > 1:
                    found.append((low + high) // 2)
        return sorted(set(found) - set(totals))

    def _economic_looks(self) -> list[tuple[float, Break]]:
        """The economic break, which the window blurs anyway."""
        economic = self.economic()
        return [] if economic is None else [(2.0, Break(economic.at, economic.at, economic.at))]

    def look_at_leave(self, first: TargetBreak) -> None:
        """Simulate the sizes around a break with a leave of everybody."""
        totals, people = sorted(self.points), self.books.people
        high = first.found.high if math.isfinite(first.found.high) else first.found.at
        above = next((total for total in totals if total >= high * people), totals[-1])
        least = (first.found.at - 0.15 * self.anchor) * people
        chosen = [total for total in totals if least <= total <= above]
        below = [total for total in totals if total < least]
        self.measure([*below[-1:], *chosen], leave=True)
        below = below[:-1]
        while below and self.leave_break(first)[0].low == -math.inf:
            self.measure([below.pop()], leave=True)

    # reading

    def sizes(self, of: dict[int, Point] | None = None) -> Floats:
        """Accounts per person."""
        return np.array(sorted(self.points if of is None else of)) / self.books.people

    def _counts(self, pick: Callable[[Point], Counts | None], of: dict[int, Point] | None = None) -> Counts:
        points = self.points if of is None else of
        return stacked((pick(points[total]) for total in sorted(points)), self.question.replications)

    def _target(self, name: str, line: float, of: dict[int, Point] | None = None) -> tuple[Break, Floats]:
        counts = self._counts(lambda point: point.targets.get(name), of)
        return curves.break_of_ratio(self.sizes(of), counts.above, counts.below, line, self.draws)

    def target_breaks(self) -> list[TargetBreak]:
        """Those of the targets that the role has work for; the first break comes first."""
        found = [
            TargetBreak("on_time" if name == "on_time" else "sla", line, self._target(name, line)[0])
            for name, line in self.asked.items()
            if any(name in point.targets for point in self.points.values())
        ]
        return sorted(found, key=lambda one: one.found.at)

    def leave_break(self, first: TargetBreak) -> tuple[Break, Floats]:
        """The break with the leave."""
        return self._target(first.target, first.line, self.away)

    def _retained(self) -> Floats:
        return np.stack([self.points[total].retained for total in sorted(self.points)])

    def economic(self) -> Break | None:
        """The economic break; None where no ARR can be lost."""
        if not self.can_lose:
            return None
        sizes = np.array(sorted(self.points), dtype=np.float64)  # one account more of all, not of each
        window = self.window * self.books.people
        found, _ = curves.break_of_total(sizes, self._retained(), window, self.question.least, self.draws)
        people = self.books.people
        return Break(found.at / people, found.low / people, found.high / people)

    @property
    def can_lose(self) -> bool:
        """Whether accounts of the role can churn, and pay anything."""
        mine = [self.world.names.segments.index(name) for name in self.books.segments]
        rows = self.world.segments[mine]
        leaves = (rows["churns"] == 1) | ~np.isnan(rows["early_logit"])
        return bool(leaves.any()) and any(point.retained.any() for point in self.points.values())

    def breaks(self) -> list[Break]:
        """Those for which the range has to be wide enough: the first target, and the economic break."""
        economic = self.economic()
        found = [one.found for one in self.target_breaks()[:1]]
        return found if economic is None else [*found, economic]

    # answering

    def answer(self) -> Breakpoint:
        """All of it."""
        targets = self.target_breaks()
        gives_way, never = self.gives_way()
        return Breakpoint(
            books=self.books,
            question=self.question,
            fluid=self.fluid,
            targets=tuple(targets),
            economic=self.economic(),
            gives_way=gives_way,
            never=never,
            leave=self.leave(targets[0]) if self.away else None,
            curves=tuple(self.curves()),
            marginal=self.marginal(),
            left_out=tuple(self.left_out()),
            simulations=(len(self.points) + len(self.away)) * self.question.replications,
            currency=self.world.names.currency,
        )

    def gives_way(self) -> tuple[tuple[GivesWay, ...], tuple[str, ...]]:
        """Which work gives way, and which does not within the range."""
        utilisation = self._share_curve("utilisation", lambda point: point.utilisation)
        found, calm = [], []
        names = dict.fromkeys(name for point in self.points.values() for name in point.late)
        for name in names:
            ends = {"late": self._gives_way(name, "late"), "dropped": self._gives_way(name, "dropped")}
            for how, one in ends.items():
                if one is not None and one.at < math.inf:
                    load = (
                        float(np.interp(one.at, utilisation.sizes, utilisation.mean))
                        if one.inside
                        else math.nan
                    )
                    found.append(GivesWay(name, "late" if how == "late" else "dropped", one, load))
            if not any(one is not None and one.at < math.inf for one in ends.values()):
                calm.append(name)
        return tuple(sorted(found, key=lambda one: (one.found.at, one.work))), tuple(calm)

    def _gives_way(self, name: str, how: str) -> Break | None:
        counts = self._counts(lambda point: (point.late if how == "late" else point.dropped).get(name))
        if not counts.below.any():
            return None
        kept = counts.below - counts.above
        return curves.break_of_ratio(self.sizes(), kept, counts.below, 1.0 - GIVES_WAY, self.draws)[0]

    def leave(self, first: TargetBreak) -> Leave:
        """What the leave uses: both breaks are found anew in each resample."""
        without, plain = self._target(first.target, first.line)
        found, resampled = self.leave_break(first)
        # inf - inf has no value, and says that neither break is in the range
        uses = np.array([a - b if math.isfinite(a) and math.isfinite(b) else math.inf
                         for a, b in zip(plain, resampled, strict=True)])  # fmt: skip
        at = without.at - found.at if found.inside else math.inf
        return Leave(
            self.question.leave_weeks, found, Break(at, *curves.percentiles(uses, self.question.replications))
        )

    def curves(self) -> list[Curve]:
        """Targets, utilisation, and ARR."""
        found = [
            self._share_curve(name, partial(_counts_of, name))
            for name in TARGETS
            if any(name in point.targets for point in self.points.values())
        ]
        found.append(self._share_curve("utilisation", lambda point: point.utilisation))
        retained = self._retained()
        if retained.any():
            mean, low, high = curves.band_of_mean(retained, self.draws)
            found.append(Curve("arr_retained", self.world.names.currency, self.sizes(), mean, low, high))
        return found

    def _share_curve(self, what: str, pick: Callable[[Point], Counts | None]) -> Curve:
        counts = self._counts(pick)
        return Curve(
            what, "share", self.sizes(), *curves.band_of_ratio(counts.above, counts.below, self.draws)
        )

    def marginal(self) -> Curve | None:
        """What one more account adds, by pairs of sizes a window apart."""
        if not self.can_lose:
            return None
        totals, retained = np.array(sorted(self.points), dtype=np.float64), self._retained()
        first, second = curves.marginals(totals, self.window * self.books.people)
        if not len(first):
            return None
        gain = (retained[second] - retained[first]) / (totals[second] - totals[first])[:, None]
        mean, low, high = curves.band_of_mean(gain, self.draws)
        middle = (totals[first] + totals[second]) / 2 / self.books.people
        return Curve("arr_of_one_more_account", self.world.names.currency, middle, mean, low, high)

    def left_out(self) -> Iterable[Message]:
        """What cannot be answered, and why."""
        missing = [name for name in self.asked if not any(one.target == name for one in self.target_breaks())]
        if not self.asked:
            yield Message("no target break: the scenario has no targets.on_time and no targets.sla")
        elif len(missing) == len(self.asked):
            names: str = missing[0]
            for name in missing[1:]:
                names = Message("{first} or {second}", first=names, second=name)
            yield Message(
                "no target break: {role} has no work that {names} counts", role=self.books.role, names=names
            )
        elif missing:
            yield Message(
                "{target} is not looked at: {role} has no work that it counts",
                target=missing[0], role=self.books.role,
            )  # fmt: skip
        if not self.can_lose:
            yield Message("no economic break: none of these accounts can churn, or none has ARR")
        if not math.isfinite(self.fluid):
            yield Message("no fluid break: these accounts make no hours for the role")


def leave_by_hours(found: Breakpoint, weeks: float) -> float:
    """Weeks of leave for each person that use up the headroom, if hours alone counted.

    With the share ``1 - today / break`` of its hours away, a book of today's size is as heavy for the hours
    that are left as the book at the break is for all hours.

    Parameters
    ----------
    found
        With a target break.
    weeks
        Of the horizon.
    """
    first: Sequence[TargetBreak] = found.targets[:1]
    if not first or not first[0].found.inside:
        return math.nan
    return max(0.0, 1.0 - found.books.today / first[0].found.at) * weeks


def _counts_of(target: str, point: Point) -> Counts | None:
    """What a target counts at a point."""
    return point.targets.get(target)
