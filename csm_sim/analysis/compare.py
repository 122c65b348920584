"""Plans beside a base on the same futures: what is simulated, when it is enough, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.assumptions import assumptions_of
from csm_sim.analysis.break_even import FUTURES, MOST_STRENGTH, STRENGTHS, break_even
from csm_sim.analysis.compare_figures import differences_of, figures_of, saved_and_lost, series_of
from csm_sim.analysis.compared import Basis, BreakEven, Compared, Plan
from csm_sim.analysis.crossing import crossing
from csm_sim.analysis.digest import LARGEST_ACCOUNTS
from csm_sim.analysis.expected import arr_can_change
from csm_sim.analysis.grouping import groups_of
from csm_sim.analysis.intervals import CONFIDENCE
from csm_sim.analysis.money import Flows, flows_of
from csm_sim.analysis.money_warnings import money_warnings
from csm_sim.analysis.paired import Values
from csm_sim.analysis.precision import BATCH, FIRST_LOOK_ARR, LOOK_AHEAD
from csm_sim.analysis.summarise import CONCENTRATED, ENOUGH_WHEN_CONCENTRATED
from csm_sim.errors import Problem, UsageError
from csm_sim.language import Message
from csm_sim.scenario.changes import MOST_MARKS, changes_between

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.trials import Trials
    from csm_sim.analysis.variants import Variant, Variants

Floats = NDArray[np.float64]

ARR_TOLERANCE: Final = 0.0002
"""Half-width of the ARR difference that is enough in any case: a share of the opening ARR, and a year."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """The base or a plan, before anything is simulated."""

    label: str
    file: str
    """Name of its file, without folders."""
    versions: Variants
    """Of its file, with the settings that hold for all plans."""
    variant: Variant
    """The one that is meant."""

    def at_strength(self, strength: float) -> Variant:
        """The same with another effect of staffing on health, as a multiple of what it says."""
        own = f"{self.variant.scenario.health.strength * strength:.12f}".rstrip("0").rstrip(".")
        return self.versions.variant(*self.variant.sets, f"health.strength=x{own}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared, and how precisely."""

    base: Entry
    plans: tuple[Entry, ...]
    replications: int | None
    """None: until the precision is reached."""
    precision: float = 0.1
    """Half-width of the ARR difference that is enough, as a share of it."""
    most: int = 200
    """Where to stop in any case."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The base and the plans."""
        return (self.base, *self.plans)

    @property
    def different(self) -> int:
        """Plans whose world is another one than that of the base."""
        return sum(not _same_world(self.base, plan) for plan in self.plans)

    @property
    def confidence(self) -> float:
        """Of each interval of a difference, so that those of all plans hold together (Bonferroni)."""
        return 1.0 - (1.0 - CONFIDENCE) / max(1, self.different)


def _same_world(base: Entry, plan: Entry) -> bool:
    """Whether two plans are the same in other words: the same simulations, and the same prices of things."""
    if plan.variant.world_sha256 != base.variant.world_sha256:
        return False
    one, other = plan.variant.scenario, base.variant.scenario
    return (one.money, one.staff, one.timeline) == (other.money, other.staff, other.timeline)


def check_alike(question: Question) -> None:
    """Make sure that the plans can be compared month by month, in one currency.

    Raises
    ------
    UsageError
        With every plan that starts or ends on another day, or has another currency.
    """
    base, problems = question.base.variant.scenario, []
    for plan in question.plans:
        other = plan.variant.scenario
        for key, what in (("start", "starts on"), ("horizon", "lasts"), ("currency", "counts in")):
            mine, theirs = getattr(other, key), getattr(base, key)
            if key == "horizon" and other.start == base.start and other.end == base.end:
                continue
            if mine != theirs:
                origin = plan.variant.loaded.origins.get(key)
                where = plan.file if origin is None or origin.kind == "default" else origin.where
                problem = (
                    f"{_short(plan.label)} {what} {mine}, but {_short(question.base.label)} {what} {theirs}"
                )
                fix = f"write the same in all plans, e.g.  --set {key}={_plain(theirs)}"
                problems.append(Problem(where, key, problem, fix))
    if problems:
        raise UsageError("\n".join(str(problem) for problem in dict.fromkeys(problems)))


def _plain(value: object) -> str:
    text = str(value)
    return f'"{text}"' if " " in text else text


# ---------------------------------------------------------------- how many futures


def enough(
    most: int,
    simulate: Callable[[int], None],
    precise: Callable[[int], bool],
) -> tuple[int, bool]:
    """How many futures it takes, and whether they are as precise as was asked.

    First :data:`FIRST_LOOK_ARR`, then batches; the precision must hold over a look-ahead. It depends on the
    futures in order of their number and on nothing else (:mod:`csm_sim.analysis.precision`).

    Parameters
    ----------
    most
        Where to stop in any case.
    simulate
        Makes sure that there are as many futures as it is told.
    precise
        Whether the first so many are enough.
    """
    n = FIRST_LOOK_ARR
    while n + LOOK_AHEAD < most:
        simulate(n + LOOK_AHEAD)
        if all(precise(k) for k in range(n, n + LOOK_AHEAD + 1)):
            return n + LOOK_AHEAD, True
        n += BATCH
    simulate(most)
    return most, precise(most)


def precise_enough(base: Floats, plan: Floats, tolerance: float, relative: float, confidence: float) -> bool:
    """Whether the difference of two figures is known well enough.

    Parameters
    ----------
    base, plan
        (n,): of the same futures.
    tolerance
        Half-width that is enough in any case.
    relative
        Half-width that is enough, as a share of the difference.
    confidence
        Of the interval.
    """
    apart = Values(plan).minus(Values(base), confidence)
    return apart.half_width <= max(tolerance, relative * abs(apart.mean))


class _Futures:
    """The futures of all plans, and the money in them."""

    def __init__(self, question: Question, trials: Trials) -> None:
        self._question, self._trials = question, trials
        self._flows: dict[int, Flows] = {}
        self.n = 0

    def simulate(self, n: int) -> None:
        """Make sure that there are so many of each plan."""
        entries = self._question.entries
        self._trials.ensure([(entry.variant, range(n)) for entry in entries])
        if n != self.n:
            self._flows.clear()
        self.n = n

    def sample(self, entry: Entry) -> Sample:
        """All that is known of a plan's futures."""
        return self._trials.sample(entry.variant, range(self.n))

    def flows(self, entry: Entry) -> Flows:
        """The money in a plan's futures."""
        if id(entry) not in self._flows:
            self._flows[id(entry)] = flows_of(entry.variant.scenario, entry.variant.world, self.sample(entry))
        return self._flows[id(entry)]

    def precise(self, n: int) -> bool:
        """Whether the ARR differences of the first ``n`` futures are known well enough."""
        question = self._question
        base = self.flows(question.base)
        years = question.base.variant.world.horizon_days / 365.25
        tolerance = ARR_TOLERANCE * years * float(base.arr_opening[:n].mean())
        return all(
            precise_enough(
                base.arr[:n, -1], self.flows(plan).arr[:n, -1], tolerance, question.precision,
                question.confidence,
            )
            for plan in question.plans
        )  # fmt: skip


# ---------------------------------------------------------------- the answer


def compare(question: Question, trials: Trials, without_twin: Trials | None) -> Compared:
    """Simulate the plans on the same futures, and say how they differ from the base.

    Parameters
    ----------
    question
        Checked with :func:`check_alike`.
    trials
        Of the seed.
    without_twin
        Of the same seed, for the strengths at which the break-even is looked for; None: it is not.
    """
    check_alike(question)
    futures = _Futures(question, trials)
    reached = True
    if question.replications is not None:
        futures.simulate(question.replications)
    else:
        _, reached = enough(question.most, futures.simulate, futures.precise)
    costs = any(entry.variant.scenario.has_costs for entry in question.entries)
    base, scenario = question.base, question.base.variant.scenario
    net_values = _net_values(question, futures, without_twin) if costs and without_twin else {}
    return Compared(
        name=scenario.name,
        base_label=base.label,
        base_file=base.file,
        plans=tuple(
            _plan(question, plan, futures, trials, net_values, costs=costs) for plan in question.plans
        ),
        n=futures.n,
        seed=trials.seed,
        twin=trials.twin,
        confidence=question.confidence,
        reached=reached,
        currency=scenario.currency,
        start=scenario.start.isoformat(),
        horizon=str(scenario.horizon),
        months=tuple(groups_of(base.variant.world).months),
        gross_margin=scenario.money.gross_margin,
        discount=scenario.money.discount,
        costs=costs,
        warnings=tuple(dict.fromkeys(_warnings(question, futures))),
        basis=_basis(question),
    )


def _plan(
    question: Question,
    plan: Entry,
    futures: _Futures,
    trials: Trials,
    net_values: dict[int, Floats],
    *,
    costs: bool,
) -> Plan:
    base, seed = question.base, trials.seed
    currency = base.variant.scenario.currency
    one, other = (
        figures_of(
            entry.variant.world, futures.sample(entry),
            trials.measures(entry.variant, range(futures.n)), futures.flows(entry), costs=costs,
        )
        for entry in (base, plan)
    )  # fmt: skip
    before, after = futures.flows(base), futures.flows(plan)
    differences = differences_of(one, other, currency, question.confidence)
    same = _same_world(base, plan)
    found = None
    if costs and not same and any(arr_can_change(entry.variant.world) for entry in (base, plan)):
        saved, lost = saved_and_lost(before, after)
        found = crossing(saved - lost, seed)
    at: BreakEven | None = None
    if id(plan) in net_values:
        one_by_one = net_values[id(base)], net_values[id(plan)]
        at = break_even(*one_by_one, strengths_of(question), seed, question.confidence)
    return Plan(
        label=plan.label,
        file=plan.file,
        changes=changes_between(base.variant.loaded, plan.variant.loaded),
        same=same,
        differences=differences,
        series=series_of(before, after, currency, question.confidence, costs=costs),
        crossing=found,
        break_even=at,
    )


# ---------------------------------------------------------------- break-even


def has_effects(entry: Entry) -> bool:
    """Whether staffing acts on customers at all, and customers can pay more or less."""
    health = entry.variant.scenario.health
    return bool(health.effects and health.strength > 0 and arr_can_change(entry.variant.world))


def strengths_of(question: Question) -> tuple[float, ...]:
    """The strengths that are tried: as far as the language lets every plan have them."""
    largest = max(entry.variant.scenario.health.strength for entry in question.entries)
    return tuple(one for one in STRENGTHS if one <= 1.0 or largest * one <= MOST_STRENGTH)


def _net_values(question: Question, futures: _Futures, trials: Trials) -> dict[int, Floats]:
    """(n, strengths) of net present values of each plan that can have a break-even, and of the base.

    What the scenario itself says has been simulated already.
    """
    base = question.base
    asked = [plan for plan in question.plans if not _same_world(base, plan) and has_effects(plan)]
    if not asked or not has_effects(base):
        return {}
    n = min(futures.n, FUTURES)
    entries = [base, *asked]
    strengths = strengths_of(question)
    others = [strength for strength in strengths if strength != 1.0]
    variants = {
        (id(entry), strength): entry.at_strength(strength) for entry in entries for strength in others
    }
    trials.ensure([(variant, range(n)) for variant in variants.values()])
    found = {}
    for entry in entries:
        columns = []
        for strength in strengths:
            if strength == 1.0:
                columns.append(futures.flows(entry).npv[:n])
                continue
            variant = variants[id(entry), strength]
            columns.append(flows_of(variant.scenario, variant.world, trials.sample(variant, range(n))).npv)
        found[id(entry)] = np.stack(columns, axis=1)
    return found


# ---------------------------------------------------------------- what it rests on


def _warnings(question: Question, futures: _Futures) -> Iterator[str]:
    scenario, n = question.base.variant.scenario, futures.n
    largest = Values(futures.sample(question.base)["concentration"][:, 0]).mean
    if largest > CONCENTRATED and n < ENOUGH_WHEN_CONCENTRATED:
        yield Message(
            "the {accounts} largest accounts hold {share} of the ARR: intervals of ARR from {n}"
            " replications are too narrow; ask for {enough} or more",
            accounts=LARGEST_ACCOUNTS,
            share=f"{largest:.0%}",
            n=n,
            enough=ENOUGH_WHEN_CONCENTRATED,
        )
    for plan in question.plans:
        yield from money_warnings(plan.variant.scenario, plan.variant.world)
        money = plan.variant.scenario.money
        if (money.gross_margin, money.discount) != (scenario.money.gross_margin, scenario.money.discount):
            yield Message(
                "{plan} has another gross margin or discount rate than {base}: a part of the difference is"
                " that",
                plan=_short(plan.label),
                base=_short(question.base.label),
            )


def _short(label: str) -> str:
    return label if len(label) <= MOST_MARKS else f"{label[: MOST_MARKS - 1]}…"


def _basis(question: Question) -> tuple[Basis, ...]:
    """What the base rests on, and what only a plan does."""
    found: dict[tuple[str, str], Basis] = {}
    for entry in question.entries:
        for one in assumptions_of(entry.variant.loaded):
            if one.standing != "setting":
                basis = Basis(one.key, one.value, one.standing, one.source, one.meaning)
                found.setdefault((one.key, one.value), basis)
    order: Sequence[str] = ("assumed", "published", "fitted", "given")
    return tuple(sorted(found.values(), key=lambda one: order.index(one.standing)))
