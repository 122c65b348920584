"""The part of the catalogue of metrics that is about costs, revenue and what is left."""

from __future__ import annotations

from typing import Final

from csm_sim.analysis.metric import Metric

_COST: Final = "all, role, kind, role and kind; each by month but for the last"
_MONTHS: Final = "all, month"
_TIERS: Final = "all, tier"

MONEY_METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        "cost_sum_money",
        "money",
        "down",
        _COST,
        "Cost of people, tools and automation. Kinds: payroll, contractors, hiring, severance, which belong"
        " to roles, tooling and automation; added up they are the whole.",
    ),
    Metric(
        "revenue_sum_money",
        "money",
        "up",
        _MONTHS,
        "Expected revenue: mean of the ARR at a month's beginning and end, for its length.",
    ),
    Metric("margin_sum_money", "money", "up", _MONTHS, "Expected gross margin: its share of the revenue."),
    Metric("net_sum_money", "money", "up", _MONTHS, "Expected gross margin less all costs."),
    Metric(
        "npv_mean_money",
        "money",
        "up",
        "all",
        "Net present value of that on the first day; what comes after the horizon is not in it.",
    ),
    Metric(
        "npv_counted_mean_money", "money", "up", "all", "The same by the ARR as counted, with all its chance."
    ),
    Metric(
        "cost_to_serve_sum_money",
        "money",
        "down",
        _TIERS,
        "Cost by whom it serves: of a role by the hands-on hours that its work took, own work in proportion;"
        " of tickets by the tickets; the rest in proportion. The tiers add up to the whole cost.",
    ),
    Metric("cost_to_serve_account_mean_money", "money", "down", _TIERS, "That for each account and year."),
    Metric("cost_to_serve_arr_share", "share", "down", _TIERS, "That as a share of the revenue."),
    Metric(
        "cost_retained_arr_share",
        "share",
        "down",
        "all",
        "Cost for each unit of ARR renewed: the whole cost, of the ARR available to renew less what churned"
        " or contracted at renewals.",
    ),
)
