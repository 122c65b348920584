"""Sums per replication that several questions start from; (n,) unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

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


LossPart = Literal["churn", "contraction", "growth"]
Lost = Callable[[Sample, int], Floats]
"""A loss to under-staffing of a segment."""

LOSS_PARTS: Final[Mapping[LossPart, tuple[tuple[str, ...], float]]] = {
    "churn": (("arr_churned",), 1.0),
    "contraction": (("arr_contracted",), 1.0),
    "growth": (("arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold"), -1.0),
}
"""What ARR is lost by: fields of MONTH, and the sign with which they count. Early churn is part of churn."""

EXPECTED: Final = {
    "arr_churned": "arr_churn_expected",
    "arr_churned_early": "arr_early_expected",
    "arr_contracted": "arr_contracted_expected",
    "arr_price": "arr_price_expected",
    "arr_expanded": "arr_expanded_expected",
    "arr_upsold": "arr_upsold_expected",
    "arr_cross_sold": "arr_cross_sold_expected",
}
"""Field of MONTH with the compensator of a counted one."""


def arr_given_up(month: Callable[[str], Floats], *, expected: bool, part: LossPart | None = None) -> Floats:
    """ARR that a book loses by churn and contraction, less what it gains from the customers it has.

    Parameters
    ----------
    month
        A field of MONTH by its name, whatever its shape.
    expected
        By the compensators: the amounts times their probabilities just before each coin, which have the same
        mean as what is counted and several times less variance.
    part
        Of the loss; None: all of it.
    """
    chosen = LOSS_PARTS.values() if part is None else [LOSS_PARTS[part]]
    terms = [
        sign * month(EXPECTED[field] if expected else field) for fields, sign in chosen for field in fields
    ]
    return np.asarray(sum(terms[1:], start=terms[0]))


def _arr_lost(sample: Sample, segment: int | None, part: LossPart | None, *, expected: bool) -> Floats:
    outcome = arr_given_up(sample.month, expected=expected, part=part)
    twin = arr_given_up(partial(sample.month, twin=True), expected=expected, part=part)
    return _of((outcome - twin).sum(axis=1), segment)


def arr_lost_expected(sample: Sample, segment: int | None = None, part: LossPart | None = None) -> Floats:
    """ARR that under-staffing is expected to lose: what the run has less than its twin, by the compensators.

    Parameters
    ----------
    sample
        With twins.
    segment
        Of which; None: of all.
    part
        Lost by churn, by contraction, or by growth that was not made (expansion at renewals, upsell,
        cross-sell, price rises); None: all three.
    """
    return _arr_lost(sample, segment, part, expected=True)


def arr_lost_counted(sample: Sample, segment: int | None = None, part: LossPart | None = None) -> Floats:
    """The same as counted: what the twin's bridge has more in the end."""
    return _arr_lost(sample, segment, part, expected=False)


def churn_lost_expected(sample: Sample, segment: int | None = None) -> Floats:
    """Accounts that under-staffing is expected to lose, likewise."""
    difference = sample.month("churn_expected") - sample.month("churn_expected", twin=True)
    return _of(difference.sum(axis=1), segment)


def churn_lost_counted(sample: Sample, segment: int | None = None) -> Floats:
    """Accounts that churned beyond what the twin lost."""
    return _of((sample.month("churned") - sample.month("churned", twin=True)).sum(axis=1), segment)


def gross_retained(month: Callable[[str], Floats]) -> Floats:
    """ARR renewed, of that available to renew: without what churned or contracted at renewals.

    The definition of GRR's numerator that every report uses; early churn comes before any renewal and is
    shown beside it.

    Parameters
    ----------
    month
        A field of MONTH by its name, whatever its shape.
    """
    at_renewals = month("arr_churned") - month("arr_churned_early") + month("arr_contracted")
    return np.asarray(month("arr_renewable") - at_renewals)


def net_retained(month: Callable[[str], Floats]) -> Floats:
    """The numerator of NRR: that of GRR, and what prices, expansion, upsell and cross-sell add."""
    return np.asarray(gross_retained(month) - arr_given_up(month, expected=False, part="growth"))


def _of(by_segment: Floats, segment: int | None) -> Floats:
    return np.asarray(by_segment.sum(axis=1) if segment is None else by_segment[:, segment])
