"""What a comparison of plans has found: plain values, so that a report can be made of them again later.

Money is in the currency of the scenario. Differences are OTHER less BASE, paired by replication.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from csm_sim.analysis.paired import Interval
from csm_sim.scenario.changes import Change

__all__ = [
    "Basis",
    "BreakEven",
    "Change",
    "Compared",
    "Crossing",
    "Difference",
    "Plan",
    "Series",
    "Verdict",
]

Verdict = Literal["same", "better", "worse", "differs", "not resolved"]
"""same: exactly equal in every replication; differs: resolved, of a figure of which neither more nor less
is better."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a plan beside that of the base."""

    name: str
    """A measure: ``net_present_value``, ``on_time``; of a role ``payroll@csm``."""
    unit: str
    """As in the catalogue; money is the code of the currency."""
    better: Literal["up", "down", "neither"]
    base: Interval
    other: Interval
    apart: Interval
    """Its confidence is that of :attr:`Compared.confidence`."""
    verdict: Verdict
    chance: Interval | None
    """Share of single futures in which the plan is the better one, half of those that are equal (Wilson);
    None where neither more nor less is better, or the figure is an expectation that no future shows."""
    correlation: float
    """Between base and plan, over replications; nan where one of them does not vary."""
    saved: int | None
    """Replications that independent futures would take beyond those that were run, for the same interval;
    below 0 where base and plan happen to move against each other. None: the difference is the same in every
    future, so that no number of independent ones would do, or there is no interval."""


@dataclass(frozen=True, slots=True)
class Series:
    """A figure by month."""

    name: str
    """``arr_end`` (expected), ``cost``, ``margin``, ``net``: by month; ``saved`` (cost not spent),
    ``margin_lost``, ``gained`` (what is saved less the margin lost): of a plan against the base, added up
    from the start, not discounted."""
    unit: str
    base: tuple[Interval, ...]
    """One for each month; empty for figures that are differences by nature."""
    other: tuple[Interval, ...]
    apart: tuple[Interval, ...]


CrossingKind = Literal["loses from", "pays from", "never", "from the start"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """The month in which what a plan gains in all (``gained``) changes its sign and keeps it to the end."""

    kind: CrossingKind
    """loses from: ahead first, behind from that month on; pays from: behind first, no longer behind from that
    month on (payback); never: in no month behind; from the start: never ahead, behind from that month on."""
    month: int | None
    """0 is the first month; of the mean. None where it is never behind."""
    low: int | None
    """Percentiles 2.5 and 97.5 over resampled futures; None where that lies beyond the horizon."""
    high: int | None
    within: float
    """Share of resampled futures that have such a month within the horizon; of ``never``: that are behind in
    the end all the same."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """How strongly lateness must act on customers for a plan to lose, in multiples of what the scenario says.

    ``at`` is where the net present value of the plan equals that of the base.
    """

    at: Interval | None
    """None: not between the strengths that were tried. A bound that lies outside them is nan."""
    tried: tuple[float, ...]
    """Strengths, rising; 0 is no effect at all, 1 what the scenario says."""
    net: tuple[Interval, ...]
    """Net present value of the plan less that of the base at each of them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan against the base."""

    label: str
    file: str
    """Name of its file, without folders."""
    changes: tuple[Change, ...]
    same: bool
    """Whether it is the same world as the base, in other words perhaps."""
    differences: tuple[Difference, ...]
    """The headline of the comparison first: ``net_present_value``, or ``arr_expected`` without costs."""
    series: tuple[Series, ...]
    crossing: Crossing | None
    """None without costs, without any difference, or where the ARR of no account can change."""
    break_even: BreakEven | None

    def difference(self, name: str) -> Difference | None:
        """The figure of that name; None where there is none."""
        return next((one for one in self.differences if one.name == name), None)

    def by_month(self, name: str) -> Series | None:
        """The series of that name; None where there is none."""
        return next((one for one in self.series if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Basis:
    """An assumption, a choice or a source that the comparison rests on."""

    key: str
    value: str
    standing: str
    source: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer of a comparison."""

    name: str
    """Of the base's scenario."""
    base_label: str
    base_file: str
    plans: tuple[Plan, ...]
    n: int
    seed: int
    twin: bool
    confidence: float
    """Of each interval of a difference: with several plans more than 95 %, so that all those of one figure
    hold together with 95 % (Bonferroni)."""
    reached: bool
    """Whether the ARR difference is as precise as was asked; True where a number of futures was asked for."""
    currency: str
    start: str
    """ISO date of the first day."""
    horizon: str
    months: tuple[str, ...]
    """``2027-04`` and so on."""
    gross_margin: float
    discount: float
    """A year."""
    costs: bool
    """Whether the scenario says what people cost; without it there is no money beyond ARR."""
    warnings: tuple[str, ...]
    basis: tuple[Basis, ...]
