"""The book of customers and its ARR, beside those of the fully staffed twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.digest import Sample
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

DAYS_A_YEAR = 365.25


def add_customers(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add the bridges of accounts and ARR, retention, and time to first value."""
    _add_book(world, groups, sample, found, twin=False)
    found.means("largest_accounts_mean_share", [ALL], sample["concentration"], single_runs=False)
    if sample.twin:
        _add_book(world, groups, sample, found, twin=True)
        _add_lost(world, groups, sample, found)


def _segment_cuts(world: World, groups: Groups) -> tuple[list[str], Floats]:
    """Scopes, and the matrix (segment, scope) that adds segments up to them."""
    tiers = groups.columns_to_tiers[:-1, :-1]
    scopes = [
        ALL,
        *(scope(tier=name) for name in groups.tiers[:-1]),
        *(scope(segment=name) for name in world.names.segments),
    ]
    return scopes, np.concatenate([np.ones((len(tiers), 1)), tiers, np.eye(len(tiers))], axis=1)


def _add_book(world: World, groups: Groups, sample: Sample, found: Estimates, *, twin: bool) -> None:
    prefix = "twin_" if twin else ""
    scopes, add_up = _segment_cuts(world, groups)
    of_month = [scope(month=name) for name in groups.months]

    def month(field: str) -> Floats:
        return sample.month(field, twin=twin)

    for metric, field, at in (
        ("accounts_opening_sum_accounts", "accounts_start", 0),
        ("accounts_new_sum_accounts", "new", None),
        ("accounts_churned_sum_accounts", "churned", None),
        ("accounts_closing_sum_accounts", "accounts_end", -1),
        ("arr_opening_sum_money", "arr_start", 0),
        ("arr_new_sum_money", "arr_new", None),
        ("arr_churned_sum_money", "arr_churned", None),
        ("arr_closing_sum_money", "arr_end", -1),
        ("arr_renewable_sum_money", "arr_renewable", None),
        ("arr_churn_expected_sum_money", "arr_churn_expected", None),
    ):
        values = month(field)
        whole = values.sum(axis=1) if at is None else values[:, at]
        # expectations have no single runs: their spread over replications is not that of one future
        single = "expected" not in metric
        found.means(prefix + metric, scopes, added_up(whole, add_up), single_runs=single)
        found.means(prefix + metric, of_month, values.sum(axis=2), single_runs=single)

    def ratio(metric: str, above: Floats, below: Floats) -> None:
        found.ratios(prefix + metric, scopes, added_up(above, add_up), added_up(below, add_up))

    renewable = month("arr_renewable").sum(axis=1)
    cohort = sample["twin_cohort" if twin else "cohort"]
    ratio("churn_logo_share", month("churned").sum(axis=1), month("renewals").sum(axis=1))
    ratio("grr_atr_share", renewable - month("arr_churned").sum(axis=1), renewable)
    ratio("grr_cohort_share", cohort[..., 1], cohort[..., 0])
    first_values = month("first_values").sum(axis=1)
    ratio("first_value_mean_days", month("first_value_days").sum(axis=1), first_values)
    if first_values.any():
        found.means(prefix + "first_values_sum_accounts", scopes, added_up(first_values, add_up))


def _add_lost(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """What under-staffing costs: paired differences of outcome and twin."""
    scopes, add_up = _segment_cuts(world, groups)
    segments = range(len(world.segments))
    for metric, of, single in (
        ("arr_lost_mean_money", sums.arr_lost_expected, False),
        ("arr_lost_counted_mean_money", sums.arr_lost_counted, True),
        ("churn_lost_mean_accounts", sums.churn_lost_expected, False),
        ("churn_lost_counted_mean_accounts", sums.churn_lost_counted, True),
    ):
        each = np.stack([of(sample, segment) for segment in segments], axis=1)
        found.means(metric, scopes, added_up(each, add_up), single_runs=single)
    found.quantile("arr_lost_p90_money", ALL, sums.arr_lost_counted(sample), 0.9)
    opening = sample.month("arr_start")[:, 0].sum(axis=1)
    years = world.horizon_days / DAYS_A_YEAR
    found.ratios("arr_lost_yearly_share", [ALL], sums.arr_lost_expected(sample), opening * years)
    gap = (sample.month("arr_end", twin=True) - sample.month("arr_end")).sum(axis=2)
    found.means("arr_gap_mean_money", [scope(month=name) for name in groups.months], gap)
