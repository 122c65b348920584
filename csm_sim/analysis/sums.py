"""Sums per replication that several questions start from; (n,) unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import Sample, severities_of

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def planned_steps(world: World) -> Flags:
    """Which steps are planned work (the others are severities of tickets, and escalations)."""
    return np.asarray(world.kinds["reactive"][world.steps["kind"]] == 0)


def judged(sample: Sample) -> tuple[Floats, Floats, Floats, Floats]:
    """On time, late, missed, and overdue at the end: (n, step, segment) each; together the denominator."""
    missed = sample.tally("dropped") + sample.tally("never_opened")
    return sample.tally("on_time"), sample.tally("late"), missed, sample.tally("overdue_at_end")


def planned_on_time(world: World, sample: Sample) -> tuple[Floats, Floats]:
    """Planned tasks done on time, and those that could be judged."""
    planned = planned_steps(world)
    on_time, late, missed, overdue = (part[:, planned].sum(axis=(1, 2)) for part in judged(sample))
    return on_time, on_time + late + missed + overdue


Tickets = Callable[[str], Floats]
"""A tally of tickets by its name: (n, severity, column)."""


def tickets_of(world: World, sample: Sample) -> Tickets:
    """The tallies of tickets over the horizon; a column is a segment."""
    severities = severities_of(world)
    return lambda field: sample.tally(field)[:, severities, :-1]


def resolved(tally: Tickets) -> Floats:
    """Tickets resolved."""
    return tally("on_time") + tally("late")


def rated(tally: Tickets) -> Floats:
    """Tickets with a score: resolved, or given up by the customer."""
    return resolved(tally) + tally("abandoned")


def arrived(tally: Tickets) -> Floats:
    """Tickets that came to the desk: raised and not deflected."""
    return tally("opened") - tally("deflected")


def resolution_counts(tally: Tickets) -> tuple[Floats, Floats]:
    """Tickets resolved within target, and those resolved, given up or overdue."""
    return tally("in_resolution"), rated(tally) + tally("overdue_at_end")


def response_counts(tally: Tickets) -> tuple[Floats, Floats]:
    """Tickets taken up within target, and those taken up, given up or still unanswered past due.

    Leaving out what is still waiting, or has given up, would make the worst desk look good: what it never
    answers has no response time.
    """
    settled = tally("taken_up") + tally("abandoned")
    return tally("in_response"), settled + tally("unanswered_at_end")


def target_counts(world: World, tally: Tickets) -> tuple[Floats, Floats]:
    """Tickets that met all their targets, and those that could be judged; 0 without a target."""
    steps = world.steps[severities_of(world)]
    has_response = ~np.isnan(steps["response_minutes"])[:, None]
    has_resolve = ~np.isnan(steps["resolve_minutes"])[:, None]
    answered, taken = response_counts(tally)
    _, due = resolution_counts(tally)
    within = np.where(has_resolve, tally("in_targets"), answered)
    counted = np.where(has_resolve, due, taken)
    aimed = has_response | has_resolve
    return within * aimed, counted * aimed


def resolved_in_time(world: World, sample: Sample) -> tuple[Floats, Floats]:
    """Tickets resolved within target, and those that could be judged, over severities with a target."""
    aimed = ~np.isnan(world.steps["resolve_minutes"][severities_of(world)])
    within, counted = resolution_counts(tickets_of(world, sample))
    return within[:, aimed].sum(axis=(1, 2)), counted[:, aimed].sum(axis=(1, 2))


def arr_lost_expected(sample: Sample, segment: int | None = None) -> Floats:
    """ARR that under-staffing is expected to lose: ARR times churn probability, outcome less twin.

    The sum of ARR x probability just before each coin has the same mean as the ARR that churns, and
    several times less variance.
    """
    difference = sample.month("arr_churn_expected") - sample.month("arr_churn_expected", twin=True)
    return _of(difference.sum(axis=1), segment)


def churn_lost_expected(sample: Sample, segment: int | None = None) -> Floats:
    """Accounts that under-staffing is expected to lose, likewise."""
    difference = sample.month("churn_expected") - sample.month("churn_expected", twin=True)
    return _of(difference.sum(axis=1), segment)


def arr_lost_counted(sample: Sample, segment: int | None = None) -> Floats:
    """ARR that churned beyond what the twin lost."""
    return _of((sample.month("arr_churned") - sample.month("arr_churned", twin=True)).sum(axis=1), segment)


def churn_lost_counted(sample: Sample, segment: int | None = None) -> Floats:
    """Accounts that churned beyond what the twin lost."""
    return _of((sample.month("churned") - sample.month("churned", twin=True)).sum(axis=1), segment)


def _of(by_segment: Floats, segment: int | None) -> Floats:
    return np.asarray(by_segment.sum(axis=1) if segment is None else by_segment[:, segment])
