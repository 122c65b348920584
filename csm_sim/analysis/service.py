"""Planned work: what was done on time, late and not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.digest import Sample
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up
from csm_sim.world.records import DAY

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]


def add_planned(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add counts and shares of planned work."""
    steps = np.flatnonzero(sums.planned_steps(world))
    if not len(steps):
        return
    kinds = np.flatnonzero(world.kinds["reactive"] == 0)
    to_kinds = groups.steps_to_kinds[np.ix_(steps, kinds)]
    of_kinds = [scope(playbook=groups.kinds[kind]) for kind in kinds]
    of_steps = [scope(playbook=groups.steps[step][0], step=groups.steps[step][1]) for step in steps]
    of_tiers = [scope(tier=name) for name in groups.tiers]

    def cuts(tally: Floats) -> list[tuple[list[str], Any]]:
        """The tally (n, step, segment) added up to each kind of scope."""
        planned = tally[:, steps]
        by_step = planned.sum(axis=2)
        return [
            ([ALL], by_step.sum(axis=1)),
            (of_kinds, added_up(by_step, to_kinds)),
            (of_steps, by_step),
            (of_tiers, added_up(planned.sum(axis=1), groups.columns_to_tiers)),
        ]

    on_time, late, missed, overdue = sums.judged(sample)
    parts = {"on_time": on_time, "late": late, "missed": missed, "overdue": overdue}
    tallies = {f"{name}_sum_tasks": tally for name, tally in parts.items()}
    tallies["planned_opened_sum_tasks"] = sample.tally("opened")
    tallies["planned_open_start_sum_tasks"] = sample.tally("open_at_start")
    tallies["planned_open_end_sum_tasks"] = sample.tally("open_at_end")
    for metric, tally in tallies.items():
        for scopes, values in cuts(tally):
            found.means(metric, scopes, values)
    judged = cuts(on_time + late + missed + overdue)
    for name, tally in parts.items():
        for (scopes, above), (_, below) in zip(cuts(tally), judged, strict=True):
            found.ratios(f"{name}_mean_share", scopes, above, below)
    late_days = cuts(sample.tally("late_minutes") / DAY)
    for (scopes, above), (_, below) in zip(late_days, cuts(late), strict=True):
        found.ratios("lateness_mean_days", scopes, above, below)
