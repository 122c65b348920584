"""Cohorts: what has become of the accounts that started in the same month, and of the opening book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.estimates import Estimates, scope

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.grouping import Groups
    from csm_sim.engine.simulate import Outcome
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

COHORT_FIELDS: Final = ("lost", "arr_churned", "arr_contracted", "arr_gained")
"""What is kept of a cohort: accounts, then ARR."""

OPENING: Final = "opening"
"""Name of the cohort of the accounts that are there at the start."""

_SPANS: Final = ((24, 1), (72, 3))
"""Most months of a horizon, and the months of a cohort there."""
_YEAR: Final = 12


def span_of(months: int) -> int:
    """Months that share a cohort, and after which it is looked at.

    Cohorts are by month up to two years, by quarter up to six, then by year, counted from the first month of
    the horizon: so there are at most 25 of them, and the square of that in a digest.

    >>> [span_of(months) for months in (12, 24, 25, 72, 120)]
    [1, 1, 3, 3, 12]
    """
    return next((span for most, span in _SPANS if months <= most), _YEAR)


def period_of(months: int) -> str:
    """What :func:`span_of` is called.

    >>> period_of(36)
    'quarter'
    """
    return {1: "month", 3: "quarter"}.get(span_of(months), "year")


def cohort_shape(world: World) -> tuple[int, int, int]:
    """(cohort, period, COHORT_FIELDS) of a digest: the opening book, then one for each period."""
    periods = -(-world.months // span_of(world.months))
    return periods + 1, periods, len(COHORT_FIELDS)


def cohorts_of(world: World, outcome: Outcome) -> Floats:
    """What the cohorts lost and gained, period by period: ``cohort_shape``."""
    monthly, span = outcome.cohorts, span_of(world.months)
    starts = np.arange(0, world.months, span)
    by_period = np.add.reduceat(monthly, starts, axis=1)
    later = np.add.reduceat(by_period[1:], starts, axis=0)
    return np.concatenate([by_period[:1], later])


def add_cohorts(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add the retention of each cohort of some accounts, at the end of each period and of the horizon."""
    rules = CustomerRules(world)
    if not rules.revenue:
        return
    span, n = span_of(world.months), len(sample)
    starts = np.arange(0, world.months, span)
    ends = np.minimum(starts + span, world.months) - 1
    names = [OPENING, *(groups.months[month] for month in starts)]

    def at_start(opening: str, new: str) -> Floats:
        """(n, cohort)."""
        later = np.add.reduceat(sample.month(new).sum(axis=2), starts, axis=1)
        return np.concatenate([sample.month(opening)[:, 0].sum(axis=1)[:, None], later], axis=1)

    accounts, arr = at_start("accounts_start", "new"), at_start("arr_start", "arr_new")
    lost, churned, contracted, gained = np.moveaxis(np.cumsum(sample["cohorts"], axis=2), 3, 0)
    some = np.flatnonzero(accounts.any(axis=0))
    if not len(some):
        return
    # a cohort is looked at from the end of the period in which it started
    kept = [(int(row), period) for row in some for period in range(max(int(row) - 1, 0), len(starts))]
    rows, columns = (np.array(part, dtype=np.intp) for part in zip(*kept, strict=True))
    whole = [scope(cohort=names[cohort]) for cohort in some]
    found.means("cohort_start_sum_accounts", whole, accounts[:, some])
    found.means("cohort_start_sum_money", whole, arr[:, some])
    scopes = [scope(cohort=names[cohort], month=groups.months[ends[period]]) for cohort, period in kept]
    measures = [("cohort_accounts_share", accounts[:, :, None] - lost, accounts)]
    if rules.changes:
        measures.append(("cohort_gross_share", arr[:, :, None] - churned - contracted, arr))
    measures.append(("cohort_nrr_share", arr[:, :, None] - churned - contracted + gained, arr))
    for metric, left, begun in measures:
        found.ratios(metric, whole, left[:, some, -1], begun[:, some])
        found.ratios(metric, scopes, left[:, rows, columns].reshape(n, -1), begun[:, rows])
