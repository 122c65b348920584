"""Whether the team meets what it aims at, as far as the replications can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.analysis.customers import DAYS_A_YEAR
from csm_sim.analysis.estimates import ALL, Estimate, Estimates
from csm_sim.analysis.intervals import CONFIDENCE, mean_interval
from csm_sim.analysis.measures import Headline, measures_of

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.measures import Measures
    from csm_sim.analysis.paired import Values
    from csm_sim.scenario.model import Scenario
    from csm_sim.scenario.settings import Targets
    from csm_sim.world.build import World

Floats = NDArray[np.float64]
Verdict = Literal["met", "missed", "not resolved"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a target is about."""

    metric: str
    """In the catalogue."""
    measure: str
    """Among the headline figures of a replication."""
    at_least: bool
    unit: Literal["share", "days"] = "share"


GOALS: Final = {
    "on_time": Goal("on_time_mean_share", "on_time", at_least=True),
    "sla": Goal("sla_mean_share", "sla", at_least=True),
    "utilisation_p90": Goal("utilisation_people_p90_share", "utilisation_p90", at_least=False),
    "arr_lost": Goal("arr_lost_yearly_share", "arr_lost_share", at_least=False),
    "first_value": Goal("first_value_mean_days", "first_value_days", at_least=False, unit="days"),
}
"""Targets by key, but for that of cost, which more people do not help to meet."""

COST: Final = "cost"


@dataclass(frozen=True, slots=True)
class Judged:
    """A target, the estimate it is held against, and the verdict."""

    key: str
    """As in the scenario: ``on_time``."""
    target: float
    at_least: bool
    estimate: Estimate
    """Of what the target is about; with a chance, of the share of futures that reach it."""
    verdict: Verdict
    unit: str = "share"
    """Of the target: share, days, or the code of the currency for money a year."""
    chance: float | None = None
    """Share of futures that are to reach the target; None: their average is to."""


@dataclass(frozen=True, slots=True)
class Futures:
    """The headline figures of each replication: for targets with a chance, and of cost."""

    measures: Measures
    years: float
    """Length of the horizon."""
    currency: str


def futures_of(scenario: Scenario, world: World, sample: Sample) -> Futures:
    """The headline figures of a sample."""
    names, rows = Headline(scenario, world, twin=sample.twin).rows(sample)
    measures = measures_of(names, range(len(sample)), rows)
    return Futures(measures, world.horizon_days / DAYS_A_YEAR, world.names.currency)


def judge(targets: Targets, estimates: Estimates, futures: Futures | None = None) -> tuple[Judged, ...]:
    """The verdict on each target that is written and can be judged.

    A target is met (missed) when the whole confidence interval lies on its good (bad) side;
    otherwise the replications do not resolve it.

    Parameters
    ----------
    targets
        Of the scenario.
    estimates
        For targets that are about the average.
    futures
        For the others; without it they are left out.
    """
    found = []
    for key, goal in GOALS.items():
        level, estimate = getattr(targets, key), estimates.get(goal.metric)
        if level is None or estimate is None:
            continue
        wanted, at_least = float(level), goal.at_least
        if level.chance is not None:
            if futures is None or goal.measure not in futures.measures:
                continue
            estimate = chance_estimate(
                goal.metric, reached(futures.measures[goal.measure], goal, float(level))
            )
            wanted, at_least = level.chance, True
        verdict = _verdict(estimate, wanted, at_least)
        found.append(Judged(key, float(level), goal.at_least, estimate, verdict, goal.unit, level.chance))
    if targets.cost is not None and futures is not None:
        most, estimate = targets.cost.per_year, cost_estimate(futures)
        verdict = _verdict(estimate, most, False)
        found.append(Judged(COST, most, False, estimate, verdict, futures.currency))
    return tuple(found)


def reached(values: Values, goal: Goal, level: float) -> Floats:
    """(n,): 1 where a future reaches a level, else 0.

    A future in which nothing was due has reached it; one in which no account has had its first value has not.
    """
    each = values.each
    good = each >= level if goal.at_least else each <= level
    return np.where(np.isnan(each), 0.0 if goal.unit == "days" else 1.0, good)


def chance_estimate(metric: str, good_ones: Floats) -> Estimate:
    """The share of futures, with the interval of Clopper and Pearson, which holds for any number of them."""
    n, good = len(good_ones), float(good_ones.sum())
    tail = (1 - CONFIDENCE) / 2
    low = float(special.betaincinv(good, n - good + 1, tail)) if good > 0 else 0.0
    high = float(special.betaincinv(good + 1, n - good, 1 - tail)) if good < n else 1.0
    return Estimate(metric, "share", "futures", good / n, low, high, n)


def cost_estimate(futures: Futures) -> Estimate:
    """What the people of all roles cost in a year, as many as are employed."""
    yearly = futures.measures["payroll"].above / futures.years
    found = mean_interval(yearly)
    ends = (float(found.mean), float(found.low), float(found.high))
    return Estimate("payroll", futures.currency, ALL, *ends, len(yearly))


def _verdict(estimate: Estimate, target: float, at_least: bool) -> Verdict:
    low, high = estimate.low, estimate.high
    if np.isnan(low) or np.isnan(high):
        return "not resolved"
    rounding = 1e-9 * abs(target)  # sums of hours are not exact to the last digit
    if (low >= target - rounding) if at_least else (high <= target + rounding):
        return "met"
    return "missed" if (high < target if at_least else low > target) else "not resolved"
