"""The figures of costs, revenue and what is left, by section 12 of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.digest import Sample, severities_of
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up
from csm_sim.analysis.money import BY_ROLE, KINDS, Flows, flows_of

if TYPE_CHECKING:
    from csm_sim.scenario.model import Scenario
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

DONE: Final = 1
"""Place in the digest's ``effort`` of what was done."""


def add_money(scenario: Scenario, world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add costs, revenue, margin, net present value and cost to serve; nothing where no role has a cost."""
    if not scenario.has_costs:
        return
    flows = flows_of(scenario, world, sample, groups)
    _add_costs(world, groups, flows, found)
    months = [scope(month=name) for name in groups.months]
    for metric, each in (
        ("revenue_sum_money", flows.revenue),
        ("margin_sum_money", flows.margin),
        ("net_sum_money", flows.net),
    ):
        found.means(metric, [ALL], each.sum(axis=1), single_runs=False)
        found.means(metric, months, each, single_runs=False)
    found.means("npv_mean_money", [ALL], flows.npv, single_runs=False)
    found.means("npv_counted_mean_money", [ALL], flows.npv_counted)
    _add_cost_to_serve(world, groups, sample, flows, found)
    kept = sums.gross_retained(sample.month).sum(axis=(1, 2))
    found.ratios("cost_retained_arr_share", [ALL], flows.cost.sum(axis=1), kept)


def _add_costs(world: World, groups: Groups, flows: Flows, found: Estimates) -> None:
    """Add what costs there are: a kind or role without any is left out."""
    by_kind = np.stack([flows.cost_of(kind) for kind in KINDS], axis=2)
    by_both = np.stack([getattr(flows, kind) for kind in BY_ROLE], axis=3)
    cuts: tuple[tuple[Floats, list[dict[str, str]]], ...] = (
        (flows.cost[:, :, None], [{}]),
        (by_kind, [{"kind": kind} for kind in KINDS]),
        (flows.by_role, [{"role": name} for name in world.names.roles]),
    )
    for values, parts in cuts:
        used = np.flatnonzero(values.any(axis=(0, 1)))
        if not len(used):
            continue
        whole = [scope(**parts[c]) or ALL for c in used]
        found.means("cost_sum_money", whole, values.sum(axis=1)[:, used])
        of_month = [scope(**parts[c], month=name) for name in groups.months for c in used]
        found.means("cost_sum_money", of_month, values[:, :, used].reshape(len(values), -1))
    both = by_both.sum(axis=1)
    for role, name in enumerate(world.names.roles):
        used = np.flatnonzero(both[:, role].any(axis=0))
        if len(used):
            scopes = [scope(role=name, kind=BY_ROLE[kind]) for kind in used]
            found.means("cost_sum_money", scopes, both[:, role][:, used])


def cost_by_tier(world: World, groups: Groups, sample: Sample, flows: Flows) -> Floats:
    """The whole cost of the horizon by the tier that it serves, in every replication.

    What belongs to a role is divided by the hands-on hours that its work for customers took, as it was
    planned whose work it is; people's own work so follows the rest. A role that did nothing for customers
    goes by the work of all. Tools of tickets go by tickets. What is fixed, and automation, follows all that.

    Returns
    -------
    ndarray
        (n, tier), of the tiers of customers; added up it is ``flows.cost`` added up over months.
    """
    tiers = groups.columns_to_tiers[:-1, :-1]
    done = np.einsum("nmkc,mkcr->nrc", sample["effort"][:, DONE], groups.month_role_shares)
    hours = added_up(done[:, :, :-1], tiers)
    accounts = added_up(_account_years(world, sample, flows).sum(axis=1), tiers)
    of_all = _shares(hours.sum(axis=1), _shares(accounts, np.full_like(accounts, 1.0 / accounts.shape[1])))
    people = (flows.by_role + flows.workplaces).sum(axis=1)
    cost = np.asarray(np.einsum("nr,nrt->nt", people, _shares(hours, of_all[:, None])))
    if flows.ticket_tools.any():
        severities = severities_of(world)
        came = (sample.tally("opened") - sample.tally("deflected"))[:, severities, :-1].sum(axis=1)
        cost += flows.ticket_tools.sum(axis=1)[:, None] * _shares(added_up(came, tiers), of_all)
    rest = flows.fixed_tools.sum() + flows.automation.sum(axis=1)
    return np.asarray(cost + rest[:, None] * _shares(cost, of_all))


def _shares(values: Floats, otherwise: Floats) -> Floats:
    """Values as shares of their sum over the last axis; ``otherwise`` where that is 0."""
    total = values.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0, values / np.where(total > 0, total, 1.0), otherwise))


def _account_years(world: World, sample: Sample, flows: Flows) -> Floats:
    """(n, month, segment): accounts, by the segment as which they are served, times the month's length."""
    if CustomerRules(world).moves:
        ends = sample["served"]
        begins = np.concatenate([ends[:, :1], ends[:, :-1]], axis=1)  # the first morning is not known
    else:
        begins, ends = sample.month("accounts_start"), sample.month("accounts_end")
    return np.asarray((begins + ends) / 2.0 * flows.years[:, None])


def _add_cost_to_serve(world: World, groups: Groups, sample: Sample, flows: Flows, found: Estimates) -> None:
    tiers = groups.columns_to_tiers[:-1, :-1]
    names = groups.tiers[:-1]
    scopes = [ALL, *(scope(tier=name) for name in names)]

    def with_all(by_tier: Floats) -> Floats:
        return np.concatenate([by_tier.sum(axis=1, keepdims=True), by_tier], axis=1)

    cost = with_all(cost_by_tier(world, groups, sample, flows))
    found.means("cost_to_serve_sum_money", scopes, cost)
    years = with_all(added_up(_account_years(world, sample, flows).sum(axis=1), tiers))
    found.ratios("cost_to_serve_account_mean_money", scopes, cost, years)
    arr = sample.month("arr_start") + sample.month("arr_end")
    revenue = np.einsum("nms,m->ns", arr / 2.0, flows.years)
    known = len(scopes)
    if CustomerRules(world).moves:
        known = 1  # ARR is known by the segment that accounts belong to, not by how they are served
    of_tiers = with_all(added_up(revenue, tiers))
    found.ratios("cost_to_serve_arr_share", scopes[:known], cost[:, :known], of_tiers[:, :known])
