"""The parts of a page about money: costs and returns, where the scenario says what people cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.analysis.money import KINDS
from csm_sim.language import _
from csm_sim.report.compare_words import figure_title
from csm_sim.report.html_charts import Chart, Line, figure
from csm_sim.report.html_parts import Bar, Cell, Figure, Part, Row, Section, Table, Texts, called, cell
from csm_sim.report.html_work import all_named, band_note, by_month
from csm_sim.report.wording import scope_name, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

_MOST_ROLES: Final = 8


def money_section(summary: Summary, roles: Sequence[str], *, figures: bool) -> Section | None:
    """Costs, revenue and what remains; None where there are no costs.

    Parameters
    ----------
    summary
        Of the run.
    roles
        Names, in the order of the file.
    figures
        Whether to draw.
    """
    cost = summary.estimates.get("cost_sum_money")
    if cost is None:
        return None
    parts: list[Part] = []
    if figures and (chart := _by_month(summary, cost.unit)):
        parts.append(chart)
    parts += [_returns(summary), _costs(summary, roles), *_to_serve(summary)]
    return Section("money", _("Money"), parts)


def _by_month(summary: Summary, unit: str) -> Figure | None:
    months = summary.groups.months
    if len(months) < 3 or summary.estimates.get("margin_sum_money") is None:
        return None
    lines = [
        Line(
            _("gross margin on expected revenue"), *by_month(summary, "margin_sum_money", months), style="one"
        ),
        Line(_("cost"), *by_month(summary, "cost_sum_money", months), style="two"),
    ]
    caption = _("Gross margin and cost of each month")
    chart = Chart(lines, months, unit, caption, zero=True, height=240)
    return figure(chart, caption, band_note(summary.n) + " " + _("Months differ in their days."))


def _returns(summary: Summary) -> Table:
    """From revenue to what is left."""
    get = summary.estimates.get
    found: list[tuple[str, Estimate | None, int]] = [
        (_("expected revenue"), get("revenue_sum_money"), 1),
        (_("gross margin"), get("margin_sum_money"), 1),
        (_("cost of people, tools and automation"), get("cost_sum_money"), -1),
        (_("gross margin less cost"), get("net_sum_money"), 1),
        (_("net present value (NPV)"), get("npv_mean_money"), 1),
    ]
    most = max((abs(one.mean) for _label, one, _way in found if one is not None), default=1.0) or 1.0
    rows = []
    for place, (label, one, way) in enumerate(found):
        if one is None:
            continue
        width = min(1.0, abs(one.mean) / most)
        shade = "down" if (one.mean < 0) != (way < 0) else "up"
        rows.append(Row(label, 0, [Cell(bar=Bar(((0.0, width, shade),))), cell(one)], strong=place >= 3))
    note = _(
        "Revenue by the ARR that is expected; gross margin: money.gross_margin of it; net present value:"
        " discounted month by month to the first day. What comes after the horizon is not part of it."
    )
    return Table(_("What it returns, over the whole time"), ["", _("mean")], rows, note=note)


def _costs(summary: Summary, roles: Sequence[str]) -> Table:
    """Cost by kind, and by role where it belongs to one."""
    get, cost = summary.estimates.get, "cost_sum_money"
    shown = [role for role in roles if get(cost, scope(role=role))][:_MOST_ROLES]
    whole = get(cost)
    most = whole.mean if whole is not None and whole.mean > 0 else 1.0
    rows = []
    for kind in KINDS:
        one = get(cost, scope(kind=kind))
        if one is None or one.mean == 0:
            continue
        bar = Cell(bar=Bar(((0.0, min(1.0, abs(one.mean) / most), "dark"),)))
        of_roles = [cell(get(cost, scope(role=role, kind=kind))) for role in shown]
        rows.append(Row(figure_title(kind), 0, [bar, *of_roles, cell(one)]))
    of_roles = [cell(get(cost, scope(role=role))) for role in shown]
    rows.append(Row(_("all costs"), 0, [Cell(), *of_roles, cell(whole)], strong=True))
    return Table(_("What it costs, by kind and role, over the whole time"), ["", *shown, all_named()], rows)


def _to_serve(summary: Summary) -> Iterator[Part]:
    get = summary.estimates.get
    columns = [
        (_("whole time"), "cost_to_serve_sum_money"),
        (_("an account and year"), "cost_to_serve_account_mean_money"),
        (_("of the revenue"), "cost_to_serve_arr_share"),
    ]
    tiers = [name for name in summary.groups.tiers if get("cost_to_serve_sum_money", scope(tier=name))]
    if tiers:
        rows = [
            Row(scope_name(tier), 0, [cell(get(metric, scope(tier=tier))) for _title, metric in columns])
            for tier in tiers
        ]
        if len(tiers) > 1:
            cells = [cell(get(metric, ALL)) for _title, metric in columns]
            rows.append(Row(*called(_("all tiers")), cells, strong=True))
        note = _("The cost of each role goes to tiers by hands-on hours; its own work in proportion.")
        yield Table(_("Cost to serve, by touch tier"), [title for title, _metric in columns], rows, note=note)
    kept = get("cost_retained_arr_share")
    if kept is not None:
        yield Texts([_("To renew a unit of ARR cost {share} of it.").format(share=with_half_width(kept))])
