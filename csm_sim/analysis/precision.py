"""How many replications are enough.

The rule is that of Hoad, Robinson and Davies (2010, "Automated selection of the number of replications
for a discrete-event simulation", Journal of the Operational Research Society 61), with an absolute
tolerance besides the relative one: stop when each headline figure's half-width is within its tolerance
and stays so for a look-ahead. It depends on the replications in order of their number and on nothing
else, so the answer does not change with the number of workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis import sums
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.intervals import mean_interval, ratio_interval

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.world.build import World

FIRST_LOOK: Final = 20
FIRST_LOOK_ARR: Final = 31
"""Before the first look when ARR matters: it is skewed, and intervals from fewer are too narrow.

With the look-ahead that makes 36, the fewest from which a P90 has an interval."""
BATCH: Final = 10
LOOK_AHEAD: Final = 5

SHARE_TOLERANCE: Final = 0.01
"""Half-width that is enough for a share: one percentage point."""
ARR_TOLERANCE: Final = 0.001
"""Half-width that is enough for ARR lost, as a share of the opening ARR and a year."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How precisely a headline figure is known."""

    metric: str
    mean: float
    half_width: float
    tolerance: float

    @property
    def reached(self) -> bool:
        """Whether the half-width is within the tolerance; a figure that does not exist is no obstacle."""
        return bool(np.isnan(self.mean) or self.half_width <= self.tolerance)


def first_look(world: World) -> int:
    """Replications before precision is looked at."""
    return FIRST_LOOK_ARR if CustomerRules(world).revenue else FIRST_LOOK


def precisions(world: World, sample: Sample, relative: float) -> tuple[Precision, ...]:
    """The precision of each headline figure.

    Parameters
    ----------
    world, sample
        What was simulated, and at least two replications of it.
    relative
        Half-width that is enough, as a share of the mean.
    """
    met, judged = sums.planned_on_time(world, sample)
    solved, due = sums.resolved_in_time(world, sample)
    busy = sum(
        sample.load(name)[:, -1] for name in ("proactive_minutes", "reactive_minutes", "switching_minutes")
    )
    found = [
        _share("on_time_mean_share", met, judged, relative),
        _share("resolution_target_share", solved, due, relative),
        _share("utilisation_mean_share", np.asarray(busy), sample.load("open_minutes")[:, -1], relative),
        _mean("demand_sum_hours", sample["effort"][:, 0].sum(axis=(1, 2, 3)) / 60.0, 0.0, relative),
    ]
    if CustomerRules(world).revenue:
        found.append(
            _mean("arr_closing_sum_money", sample.month("arr_end")[:, -1].sum(axis=1), 0.0, relative)
        )
        if sample.twin:
            opening = float(sample.month("arr_start")[:, 0].sum(axis=1).mean())
            tolerance = ARR_TOLERANCE * opening * world.horizon_days / 365.25
            found.append(_mean("arr_lost_mean_money", sums.arr_lost_expected(sample), tolerance, relative))
    return tuple(found)


def _mean(metric: str, values: np.ndarray, absolute: float, relative: float) -> Precision:
    found = mean_interval(values)
    mean = float(found.mean)
    return Precision(metric, mean, float(found.high) - mean, max(absolute, relative * abs(mean)))


def _share(metric: str, above: np.ndarray, below: np.ndarray, relative: float) -> Precision:
    found = ratio_interval(above, below)
    mean = float(found.mean)
    return Precision(metric, mean, float(found.high) - mean, max(SHARE_TOLERANCE, relative * abs(mean)))
