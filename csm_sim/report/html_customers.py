"""The parts of a page about customers: ARR, what moved it, retention, segments, cohorts, the journey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.analysis.cohorts import OPENING, period_of
from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.language import _
from csm_sim.report.customers import (
    ACCOUNTS,
    BRIDGE_LEGEND,
    COHORT_LEGEND,
    EXPECTED,
    JOURNEY,
    RETENTION,
)
from csm_sim.report.customers import (
    Line as Compared,
)
from csm_sim.report.html_charts import Chart, Line, figure
from csm_sim.report.html_parts import Bar, Cell, Figure, Folded, Part, Row, Section, Table, called, cell
from csm_sim.report.html_work import band_note, by_month

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

_MOST_COHORTS: Final = 40
_MOST_SEGMENTS: Final = 30


def customers_section(summary: Summary, segments: Sequence[str], *, figures: bool) -> Section:
    """Customers and ARR: what is lost, where, and to what.

    Parameters
    ----------
    summary
        Of the run.
    segments
        Names, in the order of the file.
    figures
        Whether to draw.
    """
    parts: list[Part] = []
    if figures and (chart := _arr_chart(summary)):
        parts.append(chart)
    parts += _bridge(summary)
    parts += _retention(summary)
    parts += _segments(summary, segments)
    parts += _journey(summary)
    parts += _served(summary)
    parts += _cohorts(summary)
    return Section("customers", _("Customers: churn and ARR"), parts)


# ---------------------------------------------------------------- figures


def _arr_chart(summary: Summary) -> Figure | None:
    """ARR by month, with this team and fully staffed."""
    months = summary.groups.months
    opening = summary.estimates.get("arr_opening_sum_money")
    if opening is None or len(months) < 2 or not summary.customers.revenue:
        return None
    team = by_month(summary, "arr_closing_sum_money", months)
    lines = [Line(_("with this team"), *team, style="two")]
    caption = _("ARR at the end of each month")
    note = band_note(summary.n) + " " + _("The axis does not begin at 0.")
    if summary.twin:
        full = by_month(summary, "twin_arr_closing_sum_money", months)
        lines.insert(0, Line(_("fully staffed"), *full, style="one"))
        caption = _("ARR at the end of each month: with this team, and fully staffed")
        note += " " + _("Fully staffed: same customers, same luck, nothing waits for a person.")
    return figure(Chart(lines, months, opening.unit, caption), caption, note)


def gap_chart(summary: Summary) -> Figure | None:
    """ARR lost to under-staffing by month; None where nothing is lost, or nothing is known of it."""
    months = summary.groups.months
    opening = summary.estimates.get("arr_opening_sum_money")
    if opening is None or len(months) < 2 or not (summary.twin and summary.customers.revenue):
        return None
    gap = by_month(summary, "arr_gap_mean_money", months)
    if np.isnan(gap[0]).all() or not np.any(gap[0]):
        return None
    caption = _("ARR lost to under-staffing by the end of each month: fully staffed less with this team")
    lines = [Line(_("lost to under-staffing"), *gap, style="two", dots=len(months) <= 36)]
    chart = Chart(lines, months, opening.unit, caption, zero=True, height=250)
    return figure(chart, caption, band_note(summary.n) + " " + _("As counted, month by month."))


# ---------------------------------------------------------------- the bridge


_STEPS: Final = (
    ("arr_new_sum_money", 1), ("arr_price_sum_money", 1), ("arr_expanded_sum_money", 1),
    ("arr_upsold_sum_money", 1), ("arr_cross_sold_sum_money", 1), ("arr_contracted_sum_money", -1),
    ("arr_churned_sum_money", -1),
)  # fmt: skip


def _step_names() -> dict[str, str]:
    return {
        "arr_new_sum_money": _("  new"),
        "arr_price_sum_money": _("  price changes"),
        "arr_expanded_sum_money": _("  expansion"),
        "arr_upsold_sum_money": _("  upsell"),
        "arr_cross_sold_sum_money": _("  cross-sell"),
        "arr_contracted_sum_money": _("  contraction"),
        "arr_churned_sum_money": _("  churned"),
    }


_LOSSES: Final = {
    "arr_contracted_sum_money": "arr_lost_contraction_counted_mean_money",
    "arr_churned_sum_money": "arr_lost_churn_counted_mean_money",
    "arr_closing_sum_money": "arr_lost_counted_mean_money",
}


def _bridge(summary: Summary) -> list[Part]:
    """ARR from the start to the end, with a bar at each step."""
    get = summary.estimates.get
    opening, closing = get("arr_opening_sum_money"), get("arr_closing_sum_money")
    if opening is None or closing is None or not summary.customers.revenue:
        return []
    names = _step_names()
    steps = [(names[metric], one, way) for metric, way in _STEPS if (one := get(metric)) and one.mean]
    levels = np.cumsum([opening.mean, *(way * one.mean for _name, one, way in steps)])
    low, high = float(min(levels.min(), closing.mean)), float(max(levels.max(), closing.mean))
    base = max(0.0, low - 0.6 * (high - low)) if low > 0.3 * high else 0.0

    def at(value: float) -> float:
        return (value - base) / ((high - base) or 1.0)

    rows = [_bridge_row(summary, _("ARR at the start"), opening, Bar(((0.0, at(opening.mean), "whole"),)))]
    for place, (name, one, way) in enumerate(steps):
        first, last = sorted((at(float(levels[place])), at(float(levels[place + 1]))))
        bar = Bar(((first, last, "up" if way > 0 else "down"),))
        rows.append(_bridge_row(summary, name, one, bar, way))
    end = Bar(((0.0, at(closing.mean), "whole"),))
    rows.append(_bridge_row(summary, _("ARR at the end"), closing, end, strong=True))
    columns = ["", _("with this team")]
    if summary.twin:
        columns += [_("fully staffed"), _("under-staffing")]
    note = _("Counted. The bars do not begin at 0.") if base else _("Counted.")
    table = Table(_("ARR bridge: what moved it over the whole time"), columns, rows, note=note)
    return [table, *_expected(summary)]


def _bridge_row(
    summary: Summary, label: str, one: Estimate, bar: Bar, way: int = 0, *, strong: bool = False
) -> Row:
    get = summary.estimates.get
    cells = [Cell(bar=bar), _signed(one, way)]
    if summary.twin:
        full = f"twin_{one.metric}"
        twin = get(full) if full in CATALOGUE else None
        lost = _LOSSES.get(one.metric)
        cells += [_signed(twin, way) if twin else Cell(), cell(get(lost)) if lost else Cell()]
    return Row(*called(label), cells, strong)


def _signed(one: Estimate, way: int) -> Cell:
    """A step with its sign; one that is negative of its own keeps it."""
    found = cell(one)
    sign = "" if not way or one.mean < 0 else "+" if way > 0 else "-"
    return Cell(f"{sign}{found.text}", found.margin, found.style, found.raw)


def _expected(summary: Summary) -> list[Part]:
    lines = list(EXPECTED)
    if not summary.customers.changes:
        lines = [(*EXPECTED[0][:2], "arr_lost_mean_money"), EXPECTED[1]]
    found = _compared(summary, lines)
    table = Table(_("The same as expected, with less noise"), _sides(summary), found, note=_(BRIDGE_LEGEND))
    return [table] if found else []


def _sides(summary: Summary) -> list[str]:
    several = [_("with this team"), _("fully staffed"), _("under-staffing")]
    return several if summary.twin else several[:1]


def _compared(summary: Summary, lines: Sequence[Compared]) -> list[Row]:
    """With this team, fully staffed, and the difference; lines without figures are left out."""
    get, rows = summary.estimates.get, []
    for label, metric, lost in lines:
        one = get(metric) if metric else None
        apart = get(lost) if lost and summary.twin else None
        if one is None and apart is None:
            continue
        cells = [cell(one)]
        if summary.twin:
            full = f"twin_{metric}"
            cells += [cell(get(full)) if metric and full in CATALOGUE else Cell(), cell(apart)]
        rows.append(Row(*called(_(label)), cells, strong=not metric))
    return rows


# ---------------------------------------------------------------- retention, segments


def _retention(summary: Summary) -> list[Part]:
    lines = [*ACCOUNTS, *RETENTION]
    rows = _compared(summary, lines)
    if not rows:
        return []
    columns = _sides(summary)
    if not any(len(row.cells) == 3 and not row.cells[2].empty for row in rows):
        columns = columns[:2]
        rows = [Row(row.label, row.level, row.cells[:2]) for row in rows]
    return [Table(_("Accounts and retention"), columns, rows)]


def _segments(summary: Summary, names: Sequence[str]) -> list[Part]:
    if len(names) < 2:
        return []
    columns = [
        (_("accounts at the end"), "accounts_closing_sum_accounts"),
        (_("ARR at the end"), "arr_closing_sum_money"),
        (_("GRR"), "grr_atr_share"),
        (_("GRR if fully staffed"), "twin_grr_atr_share"),
        (_("NRR"), "nrr_atr_share"),
        (_("ARR lost"), "arr_lost_mean_money"),
        (_("LTV"), "ltv_mean_money"),
    ]
    get, shown = summary.estimates.get, names[:_MOST_SEGMENTS]
    table = [[cell(get(metric, scope(segment=name))) for _title, metric in columns] for name in shown]
    used = [place for place in range(len(columns)) if any(not row[place].empty for row in table)]
    rows = [Row(name, 0, [row[place] for place in used]) for name, row in zip(shown, table, strict=True)]
    more = len(names) - len(shown)
    note = _("{count} more in metrics.csv").format(count=more) if more else ""
    return [Table(_("By segment"), [columns[place][0] for place in used], rows, note=note)]


# ---------------------------------------------------------------- journey, tiers, cohorts


def _journey(summary: Summary) -> list[Part]:
    if not summary.customers.used:
        return []
    rows = [Row(row.label, row.level, row.cells[:2]) for row in _compared(summary, JOURNEY)]
    if not rows:
        return []
    return [Table(_("New business, onboarding, plays and alarms"), _sides(summary)[:2], rows)]


def _served(summary: Summary) -> list[Part]:
    if not summary.customers.moves:
        return []
    get, months = summary.estimates.get, summary.groups.months
    step = -(-len(months) // 6)
    shown = months[::-1][::step][::-1]
    rows = []
    for name in summary.groups.tiers[:-1]:
        ends = [cell(get("served_end_accounts", scope(tier=name, month=month))) for month in shown]
        moves = [cell(get(f"served_{way}_sum_accounts", scope(tier=name))) for way in ("in", "out")]
        rows.append(Row(name, 0, [*ends, *moves]))
    columns = [*shown, _("moved in"), _("moved out")]
    return [Table(_("Accounts by the tier as which they are served, at the end of months"), columns, rows)]


def _cohorts(summary: Summary) -> list[Part]:
    if not summary.customers.used:
        return []
    get, size = summary.estimates.get, "cohort_start_sum_accounts"
    names = [name for name in (OPENING, *summary.groups.months) if get(size, scope(cohort=name))]
    columns = [
        (_("accounts"), size),
        (_("accounts left"), "cohort_accounts_share"),
        (_("gross"), "cohort_gross_share"),
        (_("NRR"), "cohort_nrr_share"),
    ]
    used = [one for one in columns if any(get(one[1], scope(cohort=name)) for name in names)]
    rows = [
        Row(
            _("opening book") if name == OPENING else name,
            0,
            [cell(get(metric, scope(cohort=name))) for _title, metric in used],
        )
        for name in names[:_MOST_COHORTS]
    ]
    if not rows:
        return []
    caption = {
        "month": _("Cohorts by the month of their start: what is left at the end"),
        "quarter": _("Cohorts by the quarter of their start: what is left at the end"),
        "year": _("Cohorts by the year of their start: what is left at the end"),
    }[period_of(len(summary.groups.months))]
    table = Table(caption, [title for title, _metric in used], rows, note=_(COHORT_LEGEND))
    return [table] if len(rows) <= 6 else [Folded(caption, [table])]
