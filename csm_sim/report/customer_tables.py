"""The tables of customers: the ARR bridge by segment and month, and totals of each replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.intervals import mean_interval

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

_BRIDGE: Final = (
    ("", "accounts_opening", "accounts_start"),
    ("", "accounts_new", "new"),
    ("", "accounts_churned", "churned"),
    ("early", "accounts_churned_early", "churned_early"),
    ("", "accounts_closing", "accounts_end"),
    ("", "arr_opening", "arr_start"),
    ("", "arr_new", "arr_new"),
    ("prices", "arr_price", "arr_price"),
    ("expands", "arr_expanded", "arr_expanded"),
    ("upsells", "arr_upsold", "arr_upsold"),
    ("cross_sells", "arr_cross_sold", "arr_cross_sold"),
    ("contracts", "arr_contracted", "arr_contracted"),
    ("", "arr_churned", "arr_churned"),
    ("early", "arr_churned_early", "arr_churned_early"),
    ("", "arr_closing", "arr_end"),
    ("", "arr_renewable", "arr_renewable"),
    ("", "arr_churn_expected", "arr_churn_expected"),
    ("early", "arr_churn_early_expected", "arr_early_expected"),
    ("prices", "arr_price_expected", "arr_price_expected"),
    ("expands", "arr_expanded_expected", "arr_expanded_expected"),
    ("upsells", "arr_upsold_expected", "arr_upsold_expected"),
    ("cross_sells", "arr_cross_sold_expected", "arr_cross_sold_expected"),
    ("contracts", "arr_contracted_expected", "arr_contracted_expected"),
)
"""Rule that a column belongs to, its name, and field of MONTH."""

_TOTALS: Final = (
    ("", "new"),
    ("", "churned"),
    ("early", "churned_early"),
    ("", "renewals"),
    ("", "arr_new"),
    ("prices", "arr_price"),
    ("expands", "arr_expanded"),
    ("upsells", "arr_upsold"),
    ("cross_sells", "arr_cross_sold"),
    ("contracts", "arr_contracted"),
    ("", "arr_churned"),
    ("early", "arr_churned_early"),
    ("", "arr_renewable"),
    ("", "arr_churn_expected"),
    ("early", "arr_early_expected"),
    ("prices", "arr_price_expected"),
    ("expands", "arr_expanded_expected"),
    ("upsells", "arr_upsold_expected"),
    ("cross_sells", "arr_cross_sold_expected"),
    ("contracts", "arr_contracted_expected"),
    ("onboards", "onboardings"),
    ("onboards", "first_values"),
    ("limit", "stopped"),
    ("bad_fit", "bad_fit"),
    ("poor_handover", "poor_handover"),
    ("upsells", "upsell_leads"),
    ("upsells", "upsold"),
    ("cross_sells", "cross_sell_leads"),
    ("cross_sells", "cross_sold"),
    ("moves", "moved_in"),
    ("detects", "alarms"),
    ("detects", "false_alarms"),
)
"""Rule that a total of a replication belongs to, and field of MONTH."""


def replication_fields(rules: CustomerRules) -> list[str]:
    """Fields of MONTH that the table of replications has the totals of."""
    return [field for rule, field in _TOTALS if not rule or getattr(rules, rule)]


def arr_bridge(summary: Summary, world: World, sample: Sample) -> dict[str, Any]:
    """One row for each segment and month: accounts, ARR, what moved them, and what was expected to.

    Each column has its interval (``…_low``, ``…_high``) and, with twins, a second one of the same name with
    ``twin_`` before it.

    Parameters
    ----------
    summary, world, sample
        Of the run.
    """
    rules, months, segments = CustomerRules(world), summary.groups.months, world.names.segments
    rows = len(months) * len(segments)
    columns: dict[str, Any] = {
        "segment": [name for name in segments for _ in months],
        "month": list(months) * len(segments),
        "n": np.full(rows, summary.n),
    }
    for twin in (False, True) if sample.twin else (False,):
        for rule, name, field in _BRIDGE:
            if rule and not getattr(rules, rule):
                continue
            found = mean_interval(sample.month(field, twin=twin).transpose(0, 2, 1).reshape(-1, rows))
            full = f"twin_{name}" if twin else name
            for suffix, part in (("", found.mean), ("_low", found.low), ("_high", found.high)):
                columns[full + suffix] = part
    return columns
