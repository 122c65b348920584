"""What was done on time, late and not at all, and how long tickets took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.digest import Sample, severities_of
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import TICKETS, Groups, added_up
from csm_sim.world.records import DAY

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]


def add_planned(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add counts and shares of planned work."""
    steps = np.flatnonzero(sums.planned_steps(world))
    if not len(steps):
        return
    kinds = np.flatnonzero([name != TICKETS for name in groups.kinds])
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


def add_tickets(world: World, sample: Sample, found: Estimates) -> None:
    """Add counts, waits and shares of tickets."""
    severities = severities_of(world)
    if not len(severities):
        return
    scopes = [*(scope(severity=world.names.steps[step][1]) for step in severities), ALL]

    def of(tally: Floats) -> Floats:
        """(n, severity + all)."""
        each = tally[:, severities].sum(axis=2)
        return np.concatenate([each, each.sum(axis=1, keepdims=True)], axis=1)

    resolved = of(sample.tally("on_time") + sample.tally("late"))
    taken = of(sample.tally("taken_up"))
    found.means("tickets_opened_sum_tickets", scopes, of(sample.tally("opened")))
    found.means("tickets_resolved_sum_tickets", scopes, resolved)
    found.means("tickets_open_end_sum_tickets", scopes, of(sample.tally("open_at_end")))
    for metric, field, below in (
        ("first_response_mean_hours", "wait_minutes", taken),
        ("resolution_mean_hours", "resolution_minutes", resolved),
        ("resolution_elapsed_mean_hours", "resolution_elapsed_minutes", resolved),
    ):
        found.ratios(metric, scopes, of(sample.tally(field)) / 60.0, below)
    for row, what in enumerate(("first_response", "resolution")):
        for column, share in enumerate(("p50", "p90")):
            found.means(f"{what}_{share}_hours", scopes, sample["waits"][:, row, :, column] / 60.0)
    for metric, target, (above, below) in (
        ("first_response_target_share", "response_minutes", sums.response_counts(world, sample)),
        ("resolution_target_share", "resolve_minutes", sums.resolution_counts(world, sample)),
    ):
        aimed = np.flatnonzero(~np.isnan(world.steps[target][severities]))
        if len(aimed):
            found.ratios(metric, [scopes[column] for column in aimed], above[:, aimed], below[:, aimed])
            found.ratios(metric, [ALL], above[:, aimed].sum(axis=1), below[:, aimed].sum(axis=1))
    met, counted = sums.all_targets_met(world, sample)
    found.ratios("sla_mean_share", [ALL], met, counted)
