"""Whether the team meets what it aims at, as far as the replications can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from csm_sim.analysis.estimates import Estimate, Estimates

if TYPE_CHECKING:
    from csm_sim.scenario.settings import Targets

Verdict = Literal["met", "missed", "not resolved"]

_METRICS: Final = {
    "on_time": ("on_time_mean_share", True),
    "sla": ("sla_mean_share", True),
    "utilisation_p90": ("utilisation_people_p90_share", False),
    "arr_lost": ("arr_lost_yearly_share", False),
}
"""The metric that each target judges, and whether it must be at least the target."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A target, the estimate it is held against, and the verdict."""

    key: str
    """As in the scenario: ``on_time``."""
    target: float
    at_least: bool
    estimate: Estimate
    verdict: Verdict


def judge(targets: Targets, estimates: Estimates) -> tuple[Judged, ...]:
    """The verdict on each target that is written and can be judged.

    A target is met (missed) when the whole confidence interval lies on its good (bad) side;
    otherwise the replications do not resolve it.
    """
    found = []
    for key, (metric, at_least) in _METRICS.items():
        target, estimate = getattr(targets, key), estimates.get(metric)
        if target is not None and estimate is not None:
            verdict = _verdict(estimate, target, at_least)
            found.append(Judged(key, target, at_least, estimate, verdict))
    return tuple(found)


def _verdict(estimate: Estimate, target: float, at_least: bool) -> Verdict:
    low, high = estimate.low, estimate.high
    if np.isnan(low) or np.isnan(high):
        return "not resolved"
    if (low >= target) if at_least else (high <= target):
        return "met"
    return "missed" if (high < target if at_least else low > target) else "not resolved"
