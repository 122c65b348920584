"""The journey of customers: onboarding, who sales brings, leads, alarms, and as what accounts are served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.segment_cuts import SegmentCuts

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.grouping import Groups
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_COUNTS: Final = (
    ("onboards", "onboardings_sum_accounts", "onboardings"),
    ("limit", "onboardings_stopped_sum_accounts", "stopped"),
    ("upsells", "upsell_leads_sum_leads", "upsell_leads"),
    ("upsells", "upsold_sum_leads", "upsold"),
    ("cross_sells", "cross_sell_leads_sum_leads", "cross_sell_leads"),
    ("cross_sells", "cross_sold_sum_leads", "cross_sold"),
    ("detects", "alarms_sum_alarms", "alarms"),
    ("detects", "false_alarms_sum_alarms", "false_alarms"),
)
_TRAITS: Final = (
    ("bad_fit", "bad_fit_sum_accounts", "bad_fit"),
    ("poor_handover", "poor_handover_sum_accounts", "poor_handover"),
)
"""Rule that a figure belongs to, metric, and field of MONTH."""

_SHARES: Final = (
    ("upsells", "upsold_mean_share", "upsold", "upsell_leads"),
    ("cross_sells", "cross_sold_mean_share", "cross_sold", "cross_sell_leads"),
    ("detects", "false_alarms_mean_share", "false_alarms", "alarms"),
)
_TRAIT_SHARES: Final = (
    ("bad_fit", "bad_fit_mean_share", "bad_fit", "new"),
    ("poor_handover", "poor_handover_mean_share", "poor_handover", "new"),
)


def add_journey(world: World, cuts: SegmentCuts, month: Callable[[str], Floats]) -> None:
    """Add onboarding, what sales brings, leads and alarms, as far as there are such rules.

    Parameters
    ----------
    world
        For its rules.
    cuts
        Takes the figures.
    month
        (n, month, segment) of a field of MONTH, of the outcome or of the twin.
    """
    rules = CustomerRules(world)
    # new business is the same in the twin
    counts, shares = (_COUNTS, _SHARES) if cuts.prefix else (_COUNTS + _TRAITS, _SHARES + _TRAIT_SHARES)
    for rule, metric, field in counts:
        if getattr(rules, rule):
            cuts.means(metric, month(field))
    for rule, metric, above, below in shares:
        if getattr(rules, rule):
            cuts.ratios(metric, month(above), month(below), months=True)
    completed = month("first_values")
    cuts.ratios("first_value_mean_days", month("first_value_days"), completed, months=True)
    if completed.any():
        cuts.means("first_values_sum_accounts", completed)
    if rules.limit:
        cuts.ratios("onboarding_completed_share", completed, completed + month("stopped"), months=True)


def add_served(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add the accounts by the tier and segment as which they are served, where they may move."""
    if not CustomerRules(world).moves:
        return
    tiers = groups.columns_to_tiers[:-1, :-1]
    matrix = np.concatenate([tiers, np.eye(len(tiers))], axis=1)
    names = [{"tier": name} for name in groups.tiers[:-1]]
    names += [{"segment": name} for name in world.names.segments]
    whole = [scope(**name) for name in names]
    of_month = [scope(**name, month=month) for month in groups.months for name in names]
    months, n = [scope(month=name) for name in groups.months], len(sample)
    served = np.einsum("nms,sg->nmg", sample["served"], matrix)
    found.means("served_end_accounts", whole, served[:, -1])
    found.means("served_end_accounts", of_month, served.reshape(n, -1))
    for metric, field in (("served_in_sum_accounts", "moved_in"), ("served_out_sum_accounts", "moved_out")):
        moved = sample.month(field)
        by_name = np.einsum("nms,sg->nmg", moved, matrix)
        found.means(metric, [ALL], moved.sum(axis=(1, 2)))
        found.means(metric, months, moved.sum(axis=2))
        found.means(metric, whole, by_name.sum(axis=1))
        found.means(metric, of_month, by_name.reshape(n, -1))
