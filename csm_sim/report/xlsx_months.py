"""The sheets by month: of the whole, and of each role."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, ORANGE
from csm_sim.report.xlsx_book import (
    GROUP,
    TOTAL,
    Book,
    Sheet,
    axis_format,
    clean,
    total,
    unit_words,
    with_unit,
)
from csm_sim.report.xlsx_chart import BLACK, MOST_LINES, STYLES, Board, Line, chart, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of a sheet by month; it takes three columns, for the mean and the ends of its interval."""

    group: str
    label: str
    metric: str

    @property
    def adds_up(self) -> bool:
        """Whether the months add up to the whole."""
        return "_sum_" in self.metric and not self.stock

    @property
    def stock(self) -> bool:
        """Whether it is what is there at a month's end."""
        return any(word in self.metric for word in ("_closing_", "_end_", "arr_gap_"))


_CUSTOMERS, _WORK, _TICKETS = N_("Customers and ARR"), N_("Work"), N_("Tickets")
_PEOPLE, _HOURS, _TURNOVER = N_("People"), N_("Hours"), N_("Comings and goings")

_OF_ALL: Final = (
    Column(_CUSTOMERS, N_("accounts won"), "accounts_new_sum_accounts"),
    Column(_CUSTOMERS, N_("accounts lost"), "accounts_churned_sum_accounts"),
    Column(_CUSTOMERS, N_("accounts at the end"), "accounts_closing_sum_accounts"),
    Column(_CUSTOMERS, N_("ARR at the end"), "arr_closing_sum_money"),
    Column(_CUSTOMERS, N_("ARR at the end, fully staffed"), "twin_arr_closing_sum_money"),
    Column(_CUSTOMERS, N_("ARR lost to under-staffing so far"), "arr_gap_mean_money"),
    Column(_CUSTOMERS, N_("ARR churned (expected)"), "arr_churn_expected_sum_money"),
    Column(_CUSTOMERS, N_("time to first value"), "first_value_mean_days"),
    Column(_WORK, N_("work promised"), "full_demand_sum_hours"),
    Column(_WORK, N_("work that opened"), "demand_sum_hours"),
    Column(_WORK, N_("work done"), "done_sum_hours"),
    Column(_TICKETS, N_("tickets that came"), "tickets_arrived_sum_tickets"),
    Column(_TICKETS, N_("tickets resolved"), "tickets_resolved_sum_tickets"),
    Column(_TICKETS, N_("tickets that met all targets"), "sla_mean_share"),
    Column(_TICKETS, N_("first response"), "first_response_mean_hours"),
    Column(_TICKETS, N_("resolution"), "resolution_mean_hours"),
    Column(_TICKETS, N_("open tickets at the end"), "backlog_end_tickets"),
)
_OF_ROLES: Final = (
    Column(_PEOPLE, N_("under contract"), "contracted_mean_people"),
    Column(_PEOPLE, N_("here"), "present_mean_people"),
    Column(_PEOPLE, N_("vacant seats"), "vacant_mean_people"),
    Column(_PEOPLE, N_("worth, at full speed"), "available_mean_people"),
    Column(_PEOPLE, N_("needed"), "needed_mean_people"),
    Column(_PEOPLE, N_("gap: needed less worth"), "gap_mean_people"),
    Column(_PEOPLE, N_("needed with slack for peaks"), "needed_headroom_mean_people"),
    Column(_PEOPLE, N_("utilisation"), "utilisation_mean_share"),
    Column(_HOURS, N_("work promised"), "full_demand_sum_hours"),
    Column(_HOURS, N_("work done"), "done_sum_hours"),
    Column(_HOURS, N_("productive hours"), "capacity_sum_hours"),
    Column(_HOURS, N_("open work at the end"), "backlog_end_hours"),
    Column(_TURNOVER, N_("joined"), "joined_sum_people"),
    Column(_TURNOVER, N_("resigned"), "resigned_sum_people"),
    Column(_TURNOVER, N_("cut"), "cut_sum_people"),
)
_DIFFERENCES: Final = {
    "arr_gap_mean_money": ("twin_arr_closing_sum_money", "arr_closing_sum_money"),
    "gap_mean_people": ("needed_mean_people", "available_mean_people"),
}
_INSTEAD: Final = {"available_mean_people": "present_mean_people"}
"""Where all people are at full speed, those here are worth as many."""
"""Figures that are one column less another one."""


class Table:
    """A table of figures by month below a header of two rows.

    Parameters
    ----------
    sheet
        Takes it.
    columns
        Those that are shown.
    left
        Columns before the figures.
    """

    def __init__(
        self, sheet: Sheet, columns: Sequence[Column], left: Sequence[str], units: Sequence[str]
    ) -> None:
        self.sheet, self.columns, self.units, self._left = sheet, columns, units, left

    def header(self, row: int) -> None:
        """Write the header; the group row is ``row``."""
        labels, group = list(self._left), ""
        for number, (one, unit) in enumerate(zip(self.columns, self.units, strict=True)):
            if one.group != group:
                group = one.group
                self.sheet.text(row, self.at(number), _(group), GROUP, wide=False)
            label = _(one.label)
            labels += [with_unit(label, unit), *(with_unit(end, unit) for end in ends_of(label))]
        self.sheet.header(row + 1, labels, texts=len(self._left))

    def at(self, number: int) -> int:
        """The sheet's column in which a figure's mean stands."""
        return len(self._left) + 3 * number

    def of(self, metric: str) -> int | None:
        """Likewise, by its metric; None where it is not shown."""
        for number, one in enumerate(self.columns):
            if one.metric == metric:
                return self.at(number)
        return None

    def row(self, row: int, found: Sequence[Estimate | None]) -> None:
        """Write a row of figures; differences of two columns as formulas."""
        means = {one.metric: it for one, it in zip(self.columns, found, strict=True)}
        for number, (one, it, unit) in enumerate(zip(self.columns, found, self.units, strict=True)):
            column = self.at(number)
            self.sheet.spread(row, column, it, unit)
            pair = [
                name if name in means else _INSTEAD.get(name, name)
                for name in _DIFFERENCES.get(one.metric, ())
            ]
            parts = [means.get(name) for name in pair]
            if it is not None and parts and all(parts):
                self._difference(row, column, pair, it, [part.mean for part in parts if part], unit)

    def _difference(
        self, row: int, column: int, pair: Sequence[str], it: Estimate, parts: Sequence[float], unit: str
    ) -> None:
        """The mean as a formula, where it is that difference in every future and not only nearly."""
        value = parts[0] - parts[1]
        size = max(abs(part) for part in parts)
        over, under = (self.of(name) for name in pair)
        if over is None or under is None:
            return
        if math.isclose(value, it.mean, rel_tol=1e-9, abs_tol=1e-9 * size):
            text = f"={self.sheet.at(row, over)}-{self.sheet.at(row, under)}"
            self.sheet.formula(row, column, text, value, unit)

    def totals(
        self, row: int, first: int, rows: Sequence[Sequence[Estimate | None]], of: str, summary: Summary
    ) -> None:
        """Write what the rows from ``first`` on come to, each figure in its own way."""
        for number, (one, unit) in enumerate(zip(self.columns, self.units, strict=True)):
            column, whole = self.at(number), summary.estimates.get(one.metric, of)
            means = [it.mean if (it := row_[number]) else math.nan for row_ in rows]
            if one.adds_up:
                total(self.sheet, row, column, first, means, unit)
                self.sheet.ends(row, column + 1, whole, unit, TOTAL)
            elif one.stock and math.isfinite(means[-1]):
                last = rows[-1][number]
                text = f"={self.sheet.at(first + len(rows) - 1, column)}"
                self.sheet.formula(row, column, text, means[-1], unit, TOTAL)
                self.sheet.ends(row, column + 1, last, unit, TOTAL)
            else:
                self.sheet.spread(row, column, whole, unit, TOTAL)


def ends_of(label: str) -> tuple[str, str]:
    """What the columns of an interval are called."""
    return _("{what}, low").format(what=label), _("{what}, high").format(what=label)


def months_sheet(book: Book, summary: Summary, world: World, board: Board) -> None:
    """Add customers, work and tickets by month."""
    sheet = book.sheet(_("By month"))
    get, months = summary.estimates.get, summary.groups.months
    columns, units = _shown(summary, _OF_ALL, [scope(month=month) for month in months])
    row = sheet.title(
        _("By month"),
        _("Means over n = {n} simulated futures, each with the ends of its 95% confidence interval.").format(
            n=summary.n
        ),
    )
    table = Table(sheet, columns, [_("month")], units)
    table.header(row)
    first = row + 2
    rows = [[get(one.metric, scope(month=month)) for one in columns] for month in months]
    for offset, found in enumerate(rows):
        sheet.day(first + offset, 0, world.month_starts[offset])
        table.row(first + offset, found)
    last = first + len(months) - 1
    sheet.text(last + 1, 0, _("whole time"), TOTAL)
    table.totals(last + 1, first, rows, ALL, summary)
    sheet.freeze(first, 1)
    _arr_chart(sheet, table, first, last, board, summary)
    _tickets_chart(sheet, table, first, last, board)


def _shown(
    summary: Summary, columns: Sequence[Column], scopes: Sequence[str]
) -> tuple[list[Column], list[str]]:
    """The figures that there are, and their units."""
    shown, units = [], []
    for one in columns:
        found = next((it for of in scopes if (it := summary.estimates.get(one.metric, of))), None)
        if found is not None:
            shown.append(one)
            units.append(found.unit)
    return shown, units


def _arr_chart(sheet: Sheet, table: Table, first: int, last: int, board: Board, summary: Summary) -> None:
    months = sheet.cells(first, 0, last, 0)
    lines: list[Line] = []
    for metric, colour, dash in (
        ("twin_arr_closing_sum_money", BLUE, "solid"),
        ("arr_closing_sum_money", ORANGE, "dash"),
    ):
        column = table.of(metric)
        if column is not None:
            lines += with_interval(
                sheet.cell(first - 1, column), months, sheet, first, last, column, colour, dash
            )
    if not lines:
        return
    unit = table.units[
        next(n for n, one in enumerate(table.columns) if one.metric == "arr_closing_sum_money")
    ]
    board.add(
        chart(
            sheet,
            "line",
            lines,
            months=True,
            title=_("ARR by month"),
            x_title=_("month's end (dotted: 95% interval, n = {n})").format(n=summary.n),
            y_title=with_unit("ARR", unit),
            y_format=axis_format(unit, _largest(summary, "arr_closing_sum_money")),
        ),
        _("ARR at the months' ends, with this team and fully staffed"),
    )
    gap = table.of("arr_gap_mean_money")
    if gap is not None:
        lost = with_interval(sheet.cell(first - 1, gap), months, sheet, first, last, gap, ORANGE, "solid")
        board.add(
            chart(
                sheet,
                "line",
                lost,
                months=True,
                title=_("ARR lost to under-staffing so far"),
                x_title=_("month's end (dotted: 95% interval, n = {n})").format(n=summary.n),
                y_title=with_unit("ARR", unit),
                y_format=axis_format(unit, _largest(summary, "arr_gap_mean_money")),
            ),
            _("How much more ARR a full team would have at the months' ends"),
        )


def _largest(summary: Summary, metric: str) -> float:
    get = summary.estimates.get
    found = [it.mean for month in summary.groups.months if (it := get(metric, scope(month=month)))]
    return max((abs(one) for one in found), default=0.0)


def _tickets_chart(sheet: Sheet, table: Table, first: int, last: int, board: Board) -> None:
    months = sheet.cells(first, 0, last, 0)
    open_ones = table.of("backlog_end_tickets")
    if open_ones is None:
        return
    lines = with_interval(
        sheet.cell(first - 1, open_ones), months, sheet, first, last, open_ones, BLUE, "solid"
    )
    board.add(
        chart(
            sheet,
            "line",
            lines,
            months=True,
            title=_("Open tickets at the months' ends"),
            x_title=_("month's end (dotted: 95% interval)"),
            y_title=_("tickets"),
            y_format="#,##0",
            bounds=(0, None),
        ),
        _("Tickets that wait for the team at the months' ends"),
    )


def roles_sheet(book: Book, summary: Summary, world: World, board: Board) -> None:
    """Add people, needs and load of each role by month."""
    sheet = book.sheet(_("Roles by month"))
    get, months, roles = summary.estimates.get, summary.groups.months, world.names.roles
    scopes = [scope(role=role, month=month) for role in roles for month in months]
    columns, units = _shown(summary, _OF_ROLES, scopes)
    row = sheet.title(
        _("Roles by month"),
        _("Means over n = {n} simulated futures, each with the ends of its 95% confidence interval.").format(
            n=summary.n
        ),
    )
    limit = with_unit(_("busy at most"), "share")
    table = Table(sheet, columns, [_("role"), _("month"), limit], units)
    table.header(row)
    at, spans = row + 2, []
    for role in roles:
        first = at
        rows = [[get(one.metric, scope(role=role, month=month)) for one in columns] for month in months]
        for offset, found in enumerate(rows):
            sheet.text(at, 0, role)
            sheet.day(at, 1, world.month_starts[offset])
            sheet.number(at, 2, summary.utilisation, "share")
            table.row(at, found)
            at += 1
        sheet.text(at, 0, role, TOTAL)
        sheet.text(at, 1, _("whole time"), TOTAL)
        sheet.number(at, 2, math.nan, "share", TOTAL)
        table.totals(at, first, rows, scope(role=role), summary)
        spans.append((first, at - 1))
        at += 1
    sheet.freeze(row + 2, 3)
    _mark_overload(sheet, table, row + 2, at - 1, summary)
    _load_chart(sheet, table, spans, board)
    _people_charts(sheet, table, roles, spans, board)


def _mark_overload(sheet: Sheet, table: Table, first: int, last: int, summary: Summary) -> None:
    column = table.of("utilisation_mean_share")
    if column is not None:
        marked = sheet.book.workbook.add_format({"bold": True, "bg_color": "#F8D9C4"})
        rule = {"type": "cell", "criteria": ">", "value": summary.utilisation, "format": marked}
        sheet.native.conditional_format(first, column, last, column, rule)


def _load_chart(sheet: Sheet, table: Table, spans: Sequence[tuple[int, int]], board: Board) -> None:
    column = table.of("utilisation_mean_share")
    if column is None:
        return
    head = spans[0][0] - 1
    lines = []
    for (first, last), (colour, dash) in zip(spans, STYLES[: MOST_LINES - 1], strict=False):
        months = sheet.cells(first, 1, last, 1)
        lines.append(
            Line(sheet.cell(first, 0), months, sheet.cells(first, column, last, column), colour, dash)
        )
    first, last = spans[0]
    lines.append(
        Line(
            sheet.cell(head, 2),
            sheet.cells(first, 1, last, 1),
            sheet.cells(first, 2, last, 2),
            BLACK,
            "solid",
            1.0,
        )
    )
    more = len(spans) - (MOST_LINES - 1)
    note = _(" ({count} more roles in the sheet)").format(count=more) if more > 0 else ""
    board.add(
        chart(
            sheet,
            "line",
            lines,
            months=True,
            title=_("Load by month") + note,
            x_title=_("month"),
            y_title=with_unit(_("utilisation of those here"), "share"),
            y_format="0%",
            bounds=(0, 1),
        ),
        _("How busy the people of each role are, by month, and the limit"),
    )


def _people_charts(
    sheet: Sheet, table: Table, roles: Sequence[str], spans: Sequence[tuple[int, int]], board: Board
) -> None:
    """People needed, with and without slack, beside those there: one chart a role, for the first three."""
    for role, (first, last) in list(zip(roles, spans, strict=True))[:3]:
        months, head = sheet.cells(first, 1, last, 1), spans[0][0] - 1
        worth = table.of("available_mean_people") is not None
        shown = [
            (metric, colour, dash)
            for metric, colour, dash in (
                ("available_mean_people" if worth else "present_mean_people", BLUE, "solid"),
                ("needed_mean_people", ORANGE, "dash"),
                ("needed_headroom_mean_people", BLACK, "round_dot"),
            )
            if table.of(metric) is not None
        ]
        lines = []
        for metric, colour, dash in shown:
            column = table.of(metric)
            if column is not None:
                cells = sheet.cells(first, column, last, column)
                lines.append(Line(sheet.cell(head, column), months, cells, colour, dash))
        title = _("People needed and people there: {role}").format(role=clean(role))
        made = chart(
            sheet,
            "line",
            lines,
            months=True,
            title=title,
            x_title=_("month"),
            y_title=unit_words("people"),
            y_format="#,##0.0",
            bounds=(0, None),
        )
        board.add(made, _("People needed and people there, of one role, by month"))
