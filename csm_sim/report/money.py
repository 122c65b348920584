"""What the terminal says of money: costs, revenue, what is left, and what it costs to serve a tier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType
from rich.text import Text

from csm_sim.analysis.estimates import ALL, scope
from csm_sim.analysis.money import BY_ROLE, KINDS
from csm_sim.language import N_, _
from csm_sim.report.page import Row, bullets, prose, tables_by_column
from csm_sim.report.wording import percent, value_of, with_half_width, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary
    from csm_sim.scenario import Scenario

KIND_NAMES: Final = {
    "payroll": N_("payroll"), "contractors": N_("contractors"), "hiring": N_("hiring"),
    "severance": N_("severance"), "tooling": N_("tools"), "automation": N_("automation"),
}  # fmt: skip
"""Kinds of cost, in English: ask for them with ``_``."""

MONEY_LEGEND: Final = N_(
    "Revenue, margin and what is left: expected, by the chance of each change of ARR; margin: {margin} of the"
    " revenue (money.gross_margin). Net present value: on the first day, later money discounted by {discount}"
    " a year (money.discount); what comes after the horizon is not in it."
)
SERVE_LEGEND: Final = N_(
    "Cost to serve: all costs over the horizon, per account those of a year; those of a role by the hands-on"
    " hours that its work for a tier took, those of tickets by tickets, the rest in proportion."
)


def money_section(summary: Summary, scenario: Scenario, width: int) -> list[RenderableType]:
    """The section about money; empty where no role has a cost.

    Parameters
    ----------
    summary
        What to show.
    scenario
        For gross margin, discount and names of roles.
    width
        Columns of the terminal.
    """
    get = summary.estimates.get
    if get("cost_sum_money") is None:
        return []
    parts: list[RenderableType] = list(_costs(summary, list(scenario.staff), width))
    parts += [Text(), bullets("-", _lines(summary))]
    parts.append(
        prose(
            _(MONEY_LEGEND).format(
                margin=percent(scenario.money.gross_margin), discount=percent(scenario.money.discount)
            ),
            "dim",
        )
    )
    tiers = summary.groups.tiers[:-1]
    measures = (
        (_("cost to serve"), "cost_to_serve_sum_money"),
        (_("  per account"), "cost_to_serve_account_mean_money"),
        (_("  of the revenue"), "cost_to_serve_arr_share"),
    )
    names = [*tiers, ALL] if len(tiers) > 1 else [ALL]
    scopes = [*(scope(tier=name) for name in tiers), ALL] if len(tiers) > 1 else [ALL]
    rows: list[Row] = [
        (label, [with_half_width(get(metric, of)) for of in scopes]) for label, metric in measures
    ]
    parts += [Text(), *tables_by_column(rows, names, width), prose(_(SERVE_LEGEND), "dim")]
    return parts


def _costs(summary: Summary, roles: list[str], width: int) -> Iterator[RenderableType]:
    """Costs by kind and role."""
    get = summary.estimates.get
    paid = [name for name in roles if get("cost_sum_money", scope(role=name))]
    several = len(paid) != 1 or any(get("cost_sum_money", scope(kind=kind)) for kind in KINDS[len(BY_ROLE) :])
    columns = [*paid, ALL] if several else paid

    def cell(role: str, kind: str) -> str:
        parts = {**({} if role == ALL else {"role": role}), **({"kind": kind} if kind else {})}
        return with_half_width(get("cost_sum_money", scope(**parts) or ALL))

    kinds = [kind for kind in KINDS if get("cost_sum_money", scope(kind=kind))]
    rows: list[Row] = [(_(KIND_NAMES[kind]), [cell(role, kind) for role in columns]) for kind in kinds]
    if len(kinds) > 1:
        rows.append((_("all costs"), [cell(role, "") for role in columns]))
    yield from tables_by_column(rows, columns, width)


def _lines(summary: Summary) -> Iterator[str]:
    """What comes in, and what is left."""
    get = summary.estimates.get

    def said(metric: str) -> str:
        found = get(metric)
        return "" if found is None else with_interval(found)

    yield _("revenue {revenue}, gross margin {margin}").format(
        revenue=said("revenue_sum_money"), margin=said("margin_sum_money")
    )
    yield _("margin less all costs {net}").format(net=said("net_sum_money"))
    counted = get("npv_counted_mean_money")
    value = _("net present value {value}").format(value=said("npv_mean_money"))
    if counted is not None and counted.run_low < counted.run_high:
        value = _("{sentence}; 8 of 10 single futures lie between {low} and {high}").format(
            sentence=value, low=value_of(counted, counted.run_low), high=value_of(counted, counted.run_high)
        )
    yield value
    retained = get("cost_retained_arr_share")
    if retained is not None:
        yield _("cost as a share of the ARR renewed {share}").format(share=with_interval(retained))
