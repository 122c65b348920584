"""The part of the catalogue of metrics that is about customers, their ARR, and what under-staffing costs."""

from __future__ import annotations

from typing import Final

from csm_sim.analysis.metric import Metric

_BOOK: Final = "all, tier, segment, month"
_SEGMENTS: Final = "all, tier, segment"
_COHORT: Final = "cohort"
_COHORT_MONTH: Final = "cohort (at the end), cohort and month (at its end)"
_SERVED: Final = "all, tier, segment: as which they are served; each by month"
_SERVED_END: Final = "tier, segment: as which they are served; without month: at the end; each by month"

_BRIDGE: Final[tuple[Metric, ...]] = (
    Metric("accounts_opening_sum_accounts", "accounts", "neither", _BOOK, "Accounts at the beginning."),
    Metric("accounts_new_sum_accounts", "accounts", "neither", _BOOK, "Accounts won."),
    Metric("accounts_churned_sum_accounts", "accounts", "down", _BOOK, "Accounts lost."),
    Metric(
        "accounts_churned_early_sum_accounts",
        "accounts",
        "down",
        _BOOK,
        "Those of them that left soon after their start, before any renewal.",
    ),
    Metric("accounts_closing_sum_accounts", "accounts", "up", _BOOK, "Accounts at the end."),
    Metric(
        "accounts_churn_expected_sum_accounts",
        "accounts",
        "down",
        _BOOK,
        "Churn probabilities just before each coin, added up: what accounts lost are on average.",
    ),
    Metric(
        "accounts_churn_early_expected_sum_accounts",
        "accounts",
        "down",
        _BOOK,
        "The part of them that is early churn.",
    ),
    Metric("accounts_contracted_sum_accounts", "accounts", "down", _BOOK, "Renewals for less."),
    Metric("accounts_expanded_sum_accounts", "accounts", "up", _BOOK, "Renewals for more, prices apart."),
    Metric("arr_opening_sum_money", "money", "neither", _BOOK, "ARR at the beginning."),
    Metric("arr_new_sum_money", "money", "neither", _BOOK, "ARR won."),
    Metric("arr_price_sum_money", "money", "up", _BOOK, "ARR that price changes add at renewals."),
    Metric("arr_expanded_sum_money", "money", "up", _BOOK, "ARR that expansion at renewals adds."),
    Metric("arr_upsold_sum_money", "money", "up", _BOOK, "ARR that upsell from plays adds."),
    Metric("arr_cross_sold_sum_money", "money", "up", _BOOK, "ARR that cross-sell from plays adds."),
    Metric("arr_contracted_sum_money", "money", "down", _BOOK, "ARR lost by renewals for less."),
    Metric("arr_churned_sum_money", "money", "down", _BOOK, "ARR of accounts lost."),
    Metric("arr_churned_early_sum_money", "money", "down", _BOOK, "The part of it that is early churn."),
    Metric(
        "arr_closing_sum_money",
        "money",
        "up",
        _BOOK,
        "ARR at the end: opening + new + price + expansion + upsell + cross-sell - contraction - churned.",
    ),
    Metric("arr_renewable_sum_money", "money", "neither", _BOOK, "ARR available to renew (ATR)."),
    Metric(
        "arr_churn_expected_sum_money",
        "money",
        "down",
        _BOOK,
        "ARR times churn probability just before each coin (compensator): what ARR churned is on average.",
    ),
    Metric(
        "arr_churn_early_expected_sum_money", "money", "down", _BOOK, "The part of it that is early churn."
    ),
    Metric("arr_contracted_expected_sum_money", "money", "down", _BOOK, "ARR contracted likewise."),
    Metric("arr_price_expected_sum_money", "money", "up", _BOOK, "ARR from price changes likewise."),
    Metric("arr_expanded_expected_sum_money", "money", "up", _BOOK, "ARR from expansion likewise."),
    Metric("arr_upsold_expected_sum_money", "money", "up", _BOOK, "ARR from upsell likewise."),
    Metric("arr_cross_sold_expected_sum_money", "money", "up", _BOOK, "ARR from cross-sell likewise."),
    Metric(
        "arr_growth_sum_money",
        "money",
        "up",
        _BOOK,
        "What the customers that are there add: price + expansion + upsell + cross-sell.",
    ),
    Metric("arr_growth_expected_sum_money", "money", "up", _BOOK, "The same by the compensators."),
)

_RETENTION: Final[tuple[Metric, ...]] = (
    Metric(
        "churn_logo_share",
        "share",
        "down",
        _SEGMENTS,
        "Logo churn: accounts lost at renewals, of those up for renewal.",
        True,
    ),
    Metric(
        "grr_atr_share",
        "share",
        "up",
        _SEGMENTS,
        "GRR: 1 - (churn and contraction at renewals) / ARR available to renew.",
        True,
    ),
    Metric(
        "nrr_atr_share",
        "share",
        "up",
        _SEGMENTS,
        "NRR: GRR + (price, expansion, upsell and cross-sell) / ARR available to renew.",
    ),
    Metric(
        "churn_early_mean_share",
        "share",
        "down",
        _SEGMENTS,
        "Early churn: accounts that left before any renewal, for each account won. Not part of GRR and NRR.",
    ),
    Metric(
        "book_kept_share",
        "share",
        "up",
        _SEGMENTS,
        "ARR left at the end of the accounts there at the start, each with at most what it paid then.",
        True,
    ),
    Metric(
        "ltv_mean_money",
        "money",
        "up",
        _SEGMENTS,
        "LTV: ARR per account / yearly ARR churn rate. The rate is expected ARR churned / mean ARR and year;"
        " means over the months' beginnings and ends. Not where nothing churns.",
    ),
    Metric("cohort_start_sum_accounts", "accounts", "neither", _COHORT, "Accounts that started in it."),
    Metric("cohort_start_sum_money", "money", "neither", _COHORT, "Their ARR then."),
    Metric(
        "cohort_accounts_share",
        "share",
        "up",
        _COHORT_MONTH,
        "Accounts left of a cohort: those that started in the same month (in horizons above 24 months"
        " quarter, above 72 year), or the opening book.",
        True,
    ),
    Metric(
        "cohort_gross_share",
        "share",
        "up",
        _COHORT_MONTH,
        "First ARR of the cohort less all that churned and contracted since, what had been added included, of"
        " its first ARR.",
    ),
    Metric("cohort_nrr_share", "share", "up", _COHORT_MONTH, "NRR of the cohort: its ARR, of its first ARR."),
    Metric(
        "largest_accounts_mean_share",
        "share",
        "neither",
        "all",
        "Share that the five largest accounts have of the ARR of the accounts there at the start, each with"
        " its last ARR.",
        True,
    ),
)

_JOURNEY: Final[tuple[Metric, ...]] = (
    Metric("onboardings_sum_accounts", "accounts", "neither", _BOOK, "New accounts that await first value."),
    Metric("first_values_sum_accounts", "accounts", "up", _BOOK, "Accounts that reached first value."),
    Metric(
        "onboardings_stopped_sum_accounts",
        "accounts",
        "down",
        _BOOK,
        "Onboardings that were given up.",
    ),
    Metric(
        "onboarding_completed_share",
        "share",
        "up",
        _BOOK,
        "Onboarding completed (first value), of all that was completed or given up; what goes on at the end,"
        " and accounts lost before, count in neither.",
        True,
    ),
    Metric("first_value_mean_days", "days", "down", _BOOK, "TTFV: time to first value of new accounts."),
    Metric("bad_fit_sum_accounts", "accounts", "down", _BOOK, "Accounts won that are a bad fit."),
    Metric("bad_fit_mean_share", "share", "down", _BOOK, "Those of the accounts won.", True),
    Metric(
        "poor_handover_sum_accounts",
        "accounts",
        "down",
        _BOOK,
        "Accounts won that sales handed over poorly.",
    ),
    Metric("poor_handover_mean_share", "share", "down", _BOOK, "Those of the accounts won.", True),
    Metric("upsell_leads_sum_leads", "leads", "up", _BOOK, "Leads for upsell that plays brought (CSQL)."),
    Metric("upsold_sum_leads", "leads", "up", _BOOK, "Those that were won."),
    Metric("upsold_mean_share", "share", "up", _BOOK, "Upsell leads won, of all of them.", True),
    Metric(
        "cross_sell_leads_sum_leads", "leads", "up", _BOOK, "Leads for cross-sell that plays brought (CSQL)."
    ),
    Metric("cross_sold_sum_leads", "leads", "up", _BOOK, "Those that were won."),
    Metric("cross_sold_mean_share", "share", "up", _BOOK, "Cross-sell leads won, of all of them.", True),
    Metric(
        "alarms_sum_alarms",
        "alarms",
        "neither",
        _BOOK,
        "Times that a worse health band was seen.",
    ),
    Metric(
        "false_alarms_sum_alarms",
        "alarms",
        "down",
        _BOOK,
        "Those that showed a band worse than it was.",
    ),
    Metric("false_alarms_mean_share", "share", "down", _BOOK, "False alarms, of all alarms.", True),
    Metric("served_end_accounts", "accounts", "neither", _SERVED_END, "Accounts at a month's end."),
    Metric(
        "served_in_sum_accounts",
        "accounts",
        "neither",
        _SERVED,
        "Accounts that moved there; moves within a tier count too.",
    ),
    Metric("served_out_sum_accounts", "accounts", "neither", _SERVED, "Accounts that moved away from there."),
)

CUSTOMER_METRICS: Final = (*_BRIDGE, *_RETENTION, *_JOURNEY)

_PARTS: Final = (
    ("churn", "The part lost by churn, early churn included."),
    ("contraction", "The part lost by renewals for less."),
    ("growth", "The part of growth that was not made: expansion, upsell, cross-sell, price changes."),
)

LOSS_METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        "arr_lost_mean_money",
        "money",
        "down",
        _SEGMENTS,
        "Expected ARR lost to under-staffing: what the run has less than its fully staffed twin, by churn,"
        " contraction and growth not made (compensators).",
    ),
    *(Metric(f"arr_lost_{part}_mean_money", "money", "down", _SEGMENTS, text) for part, text in _PARTS),
    Metric(
        "arr_lost_counted_mean_money",
        "money",
        "down",
        _SEGMENTS,
        "ARR lost to under-staffing as counted: the twin's ARR at the end less the outcome's.",
    ),
    *(
        Metric(f"arr_lost_{part}_counted_mean_money", "money", "down", _SEGMENTS, text)
        for part, text in _PARTS
    ),
    Metric(
        "arr_lost_p90_money",
        "money",
        "down",
        "all",
        "ARR lost to under-staffing that 9 of 10 futures stay under (counted; order statistics).",
    ),
    Metric(
        "arr_lost_yearly_share",
        "share",
        "down",
        "all",
        "Expected ARR lost to under-staffing, of the opening ARR and a year.",
    ),
    Metric("churn_lost_mean_accounts", "accounts", "down", _SEGMENTS, "Expected accounts lost likewise."),
    Metric("churn_lost_counted_mean_accounts", "accounts", "down", _SEGMENTS, "The same counted."),
    Metric("arr_gap_mean_money", "money", "down", "month", "Twin's ARR less the outcome's at a month's end."),
)

_NOT_OF_THE_TWIN: Final = frozenset(
    {
        "largest_accounts_mean_share", "served_end_accounts", "served_in_sum_accounts",
        "served_out_sum_accounts", "ltv_mean_money", "bad_fit_sum_accounts", "bad_fit_mean_share",
        "poor_handover_sum_accounts", "poor_handover_mean_share",
    }
)  # fmt: skip
"""New business is the same in the twin; the others are not compared with it."""

TWIN_METRICS: Final = tuple(
    one.name
    for one in CUSTOMER_METRICS
    if one.name not in _NOT_OF_THE_TWIN and not one.name.startswith("cohort_")
)
"""Metrics that also come, with ``twin_`` before their name, for the fully staffed twin."""
