"""The book of customers and its ARR, beside those of the fully staffed twin."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.cohorts import add_cohorts
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.digest import Sample
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups
from csm_sim.analysis.journey import add_journey, add_served
from csm_sim.analysis.segment_cuts import SegmentCuts

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

DAYS_A_YEAR: Final = 365.25


def add_customers(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add the bridges of accounts and ARR, retention, the journey, and what under-staffing costs."""
    cuts = SegmentCuts.of(world, groups, found)
    _add_book(world, cuts, sample)
    _add_lifetime(world, cuts, sample)
    add_journey(world, cuts, sample.month)
    add_served(world, groups, sample, found)
    add_cohorts(world, groups, sample, found)
    found.means("largest_accounts_mean_share", [ALL], sample["concentration"], single_runs=False)
    if sample.twin:
        full = SegmentCuts.of(world, groups, found, twin=True)
        _add_book(world, full, sample)
        add_journey(world, full, partial(sample.month, twin=True))
        _add_lost(world, groups, cuts, sample)


_BRIDGE: Final = (
    ("", "accounts_opening_sum_accounts", "accounts_start", 0),
    ("", "accounts_new_sum_accounts", "new", None),
    ("", "accounts_churned_sum_accounts", "churned", None),
    ("early", "accounts_churned_early_sum_accounts", "churned_early", None),
    ("contracts", "accounts_contracted_sum_accounts", "contracted", None),
    ("expands", "accounts_expanded_sum_accounts", "expanded", None),
    ("", "accounts_closing_sum_accounts", "accounts_end", -1),
    ("loses", "accounts_churn_expected_sum_accounts", "churn_expected", None),
    ("early", "accounts_churn_early_expected_sum_accounts", "early_expected", None),
    ("", "arr_opening_sum_money", "arr_start", 0),
    ("", "arr_new_sum_money", "arr_new", None),
    ("prices", "arr_price_sum_money", "arr_price", None),
    ("expands", "arr_expanded_sum_money", "arr_expanded", None),
    ("upsells", "arr_upsold_sum_money", "arr_upsold", None),
    ("cross_sells", "arr_cross_sold_sum_money", "arr_cross_sold", None),
    ("contracts", "arr_contracted_sum_money", "arr_contracted", None),
    ("", "arr_churned_sum_money", "arr_churned", None),
    ("early", "arr_churned_early_sum_money", "arr_churned_early", None),
    ("", "arr_closing_sum_money", "arr_end", -1),
    ("", "arr_renewable_sum_money", "arr_renewable", None),
    ("", "arr_churn_expected_sum_money", "arr_churn_expected", None),
    ("early", "arr_churn_early_expected_sum_money", "arr_early_expected", None),
    ("prices", "arr_price_expected_sum_money", "arr_price_expected", None),
    ("expands", "arr_expanded_expected_sum_money", "arr_expanded_expected", None),
    ("upsells", "arr_upsold_expected_sum_money", "arr_upsold_expected", None),
    ("cross_sells", "arr_cross_sold_expected_sum_money", "arr_cross_sold_expected", None),
    ("contracts", "arr_contracted_expected_sum_money", "arr_contracted_expected", None),
)
"""Rule that a figure belongs to, metric, field of MONTH, and the month that stands for the whole horizon."""


def _add_book(world: World, cuts: SegmentCuts, sample: Sample) -> None:
    """Add the bridges, and retention by the definitions of ``docs/explanation/model.md``, section 11."""
    rules, twin = CustomerRules(world), cuts.prefix != ""
    month = partial(sample.month, twin=twin)
    for rule, metric, field, at in _BRIDGE:
        if not rule or getattr(rules, rule):
            cuts.means(metric, month(field), at=at)
    if rules.grows:
        for metric, expected in (("arr_growth_sum_money", False), ("arr_growth_expected_sum_money", True)):
            cuts.means(metric, -sums.arr_given_up(month, expected=expected, part="growth"))
    early, renewable = month("churned_early"), month("arr_renewable")
    cuts.ratios("churn_logo_share", month("churned") - early, month("renewals"))
    cuts.ratios("grr_atr_share", sums.gross_retained(month), renewable)
    if rules.changes:
        cuts.ratios("nrr_atr_share", sums.net_retained(month), renewable)
    if rules.early:
        cuts.ratios("churn_early_mean_share", early, month("new"))
    cohort = sample["twin_cohort" if twin else "cohort"][:, None]
    cuts.ratios("book_kept_share", cohort[..., 1], cohort[..., 0])


def _add_lifetime(world: World, cuts: SegmentCuts, sample: Sample) -> None:
    """Add LTV: with means of accounts N and ARR A and ARR churn C a year, (A / N) / (C / A)."""
    if not CustomerRules(world).loses:
        return
    accounts, arr = (
        cuts.added_up((sample.month(f"{what}_start") + sample.month(f"{what}_end")).mean(axis=1) / 2.0)
        for what in ("accounts", "arr")
    )
    churned = cuts.added_up(sample.month("arr_churn_expected").sum(axis=1))
    yearly = churned / (world.horizon_days / DAYS_A_YEAR)
    cuts.found.products("ltv_mean_money", cuts.scopes, [arr, accounts, yearly], [2.0, -1.0, -1.0])


def _add_lost(world: World, groups: Groups, cuts: SegmentCuts, sample: Sample) -> None:
    """What under-staffing costs: paired differences of outcome and twin."""
    found, scopes, segments = cuts.found, cuts.scopes, range(len(world.segments))
    measures: list[tuple[str, sums.Lost, bool]] = [
        ("arr_lost_mean_money", sums.arr_lost_expected, False),
        ("arr_lost_counted_mean_money", sums.arr_lost_counted, True),
        ("churn_lost_mean_accounts", sums.churn_lost_expected, False),
        ("churn_lost_counted_mean_accounts", sums.churn_lost_counted, True),
    ]
    rules = CustomerRules(world)
    if rules.changes:
        used = {"churn": rules.loses, "contraction": rules.contracts, "growth": rules.grows}
        for part in sums.LOSS_PARTS:
            if used[part]:
                expected, counted = (
                    partial(of, part=part) for of in (sums.arr_lost_expected, sums.arr_lost_counted)
                )
                measures.append((f"arr_lost_{part}_mean_money", expected, False))
                measures.append((f"arr_lost_{part}_counted_mean_money", counted, True))
    for metric, of, single in measures:
        each = np.stack([of(sample, segment) for segment in segments], axis=1)
        found.means(metric, scopes, cuts.added_up(each), single_runs=single)
    found.quantile("arr_lost_p90_money", ALL, sums.arr_lost_counted(sample), 0.9)
    opening = sample.month("arr_start")[:, 0].sum(axis=1)
    years = world.horizon_days / DAYS_A_YEAR
    found.ratios("arr_lost_yearly_share", [ALL], sums.arr_lost_expected(sample), opening * years)
    gap = (sample.month("arr_end", twin=True) - sample.month("arr_end")).sum(axis=2)
    found.means("arr_gap_mean_money", [scope(month=name) for name in groups.months], gap)
