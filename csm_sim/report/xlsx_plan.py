"""The sheet of one plan of a comparison: what it saves, what it loses, and what that is worth today."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from csm_sim.language import _
from csm_sim.report.canvas import BLUE, ORANGE
from csm_sim.report.compare_words import break_even_sentence, crossing_sentence, figure_title, plan_name
from csm_sim.report.xlsx_book import (
    FACTOR,
    GROUP,
    TOTAL,
    WRAP,
    Sheet,
    axis_format,
    number_format,
    total,
    with_unit,
)  # fmt: skip
from csm_sim.report.xlsx_chart import BLACK, Board, chart, with_interval
from csm_sim.report.xlsx_money import Given
from csm_sim.report.xlsx_months import ends_of
from csm_sim.scenario.model import add_span
from csm_sim.scenario.units import Span, parse_span

if TYPE_CHECKING:
    from csm_sim.analysis.compared import BreakEven, Compared, Plan, Series

_DAYS_A_YEAR: Final = 365.25
_MOST_CHARTS: Final = 6
"""Plans that get charts of their own."""


class PlanSheet:
    """The sheet of a plan.

    Parameters
    ----------
    sheet
        Empty.
    compared, plan
        What was found.
    starts
        First days of the months.
    """

    def __init__(self, sheet: Sheet, compared: Compared, plan: Plan, starts: Sequence[date]) -> None:
        self._sheet, self._compared, self._plan, self._starts = sheet, compared, plan, starts

    def write(self, board: Board) -> None:
        """Add what there is to say of the plan."""
        sheet, plan, compared = self._sheet, self._plan, self._compared
        row = sheet.title(plan.label, _("compared with {base}").format(base=plan_name(compared.base_label)))
        sheet.width(0, 30)
        charts = not plan.same and compared.plans.index(plan) < _MOST_CHARTS
        for text in (crossing_sentence(compared, plan), break_even_sentence(plan)):
            if text:
                sheet.paragraph(row, text, 7, WRAP, width=110.0)
                row += 1
        parts = {name: plan.by_month(name) for name in ("arr_end", "cost", "margin", "net")}
        if parts["cost"] is None or parts["margin"] is None or parts["net"] is None:
            self._arr(row + 1, parts["arr_end"])
            return
        given = Given(sheet, row + 1, None, compared.discount)
        row += given.rows + 2
        last = self._money(row, given, parts, board if charts else None)
        if plan.break_even is not None:
            self._break_even(last + 4, plan.break_even, board if charts else None)
        sheet.native.freeze_panes(3, 1)

    # ------------------------------------------------------------ without costs

    def _arr(self, row: int, series: Series | None) -> None:
        if series is None:
            return
        sheet = self._sheet
        label = _("difference in ARR at the month's end, expected")
        sheet.header(row, [_("month"), *(with_unit(text, series.unit) for text in (label, *ends_of(label)))])
        for month, day in enumerate(self._starts):
            sheet.day(row + 1 + month, 0, day)
            sheet.spread(row + 1 + month, 1, series.apart[month], series.unit)
        sheet.freeze(row + 1, 1)

    # ------------------------------------------------------------ money

    def _money(self, row: int, given: Given, parts: dict[str, Series | None], board: Board | None) -> int:
        """NPV, and the table by month that it is made of; the last row of it."""
        sheet, plan, unit = self._sheet, self._plan, self._compared.currency
        npv = plan.difference("net_present_value")
        table = _Table(sheet, row + 6, unit, given, self._starts, self._compared)
        value = table.write(plan, parts)
        label = _("difference in net present value (NPV)")
        sheet.header(row, ["", *(with_unit(text, unit) for text in (label, *ends_of(label)))])
        sheet.text(row + 1, 0, _("expected, on the first morning"))
        sheet.formula(row + 1, 1, f"={sheet.at(table.last + 1, table.present)}", value, unit, TOTAL)
        given.ends(row + 1, 2, npv.apart if npv else None, unit, TOTAL)
        if npv is not None:
            sheet.text(row + 2, 0, _("as simulated"))
            sheet.text(row + 3, 0, _("check"))
            given.check(row + 2, 1, sheet.at(row + 1, 1), value, npv.apart.mean, unit)
        if board is not None:
            table.chart(board, plan, self._compared.n)
        return table.last + 1

    def _break_even(self, row: int, found: BreakEven, board: Board | None) -> None:
        sheet, unit = self._sheet, self._compared.currency
        label = figure_title("net_present_value")
        difference = _("{figure}, difference to the base").format(figure=label)
        sheet.text(row, 0, _("How strongly staffing must act on customers"), GROUP, wide=False)
        first = _("strength, in multiples of the scenario")
        sheet.header(
            row + 1, [first, *(with_unit(text, unit) for text in (difference, *ends_of(difference)))]
        )
        for offset, (strength, net) in enumerate(zip(found.tried, found.net, strict=True)):
            sheet.number(row + 2 + offset, 0, strength, "strength")
            sheet.spread(row + 2 + offset, 1, net, unit)
        last = row + 1 + len(found.tried)
        if found.at is not None:
            sheet.text(last + 1, 0, _("break-even strength, low, high"), TOTAL)
            for offset, value in enumerate((found.at.mean, found.at.low, found.at.high)):
                sheet.number(last + 1, 1 + offset, value, "strength", TOTAL)
        if board is None:
            return
        names = sheet.cells(row + 2, 0, last, 0)
        lines = with_interval(sheet.cell(row + 1, 1), names, sheet, row + 2, last, 1, BLUE, "solid")
        largest = max(abs(one.mean) for one in found.net)
        made = chart(
            sheet,
            "scatter",
            lines,
            title=_("Break-even: {plan}").format(plan=plan_name(self._plan.label)),
            x_title=first,
            y_title=with_unit(_("difference in NPV"), unit),
            y_format=axis_format(unit, largest),
            names=number_format("strength"),
        )
        board.add(made, _("Difference in net present value by how strongly staffing acts on customers"))


class _Table:
    """Differences by month, added up, and discounted."""

    def __init__(
        self, sheet: Sheet, row: int, unit: str, given: Given, starts: Sequence[date], compared: Compared
    ) -> None:
        self.sheet, self.unit, self.given, self._starts, self._compared = sheet, unit, given, starts, compared
        self.head, self.first, self.last = row, row + 1, row + len(starts)
        self.cost, self.margin, self.net, self.saved, self.lost, self.gained = range(1, 19, 3)
        self.middle, self.factor, self.present = 19, 20, 21

    def write(self, plan: Plan, parts: dict[str, Series | None]) -> float:
        """Write the table; the sum of the discounted differences."""
        sheet, unit = self.sheet, self.unit
        labels = [_("month")]
        for label in (
            _("cost, difference"),
            _("gross margin, difference"),
            _("margin less cost, difference"),
            _("cost saved so far"),
            _("margin lost so far"),
            _("saved less lost so far"),
        ):
            labels += [with_unit(text, unit) for text in (label, *ends_of(label))]
        labels += [_("middle of the month (years from the start)"), _("discount factor")]
        sheet.header(self.head, [*labels, with_unit(_("difference, discounted"), unit)])
        cost, margin, net = (parts[name] for name in ("cost", "margin", "net"))
        sums = {name: plan.by_month(name) for name in ("saved", "margin_lost", "gained")}
        assert cost is not None
        assert margin is not None
        assert net is not None
        middles = _middles(self._starts, self._compared)
        saved = lost = 0.0
        discounted = []
        for month, day in enumerate(self._starts):
            row = self.first + month
            sheet.day(row, 0, day)
            c, m = cost.apart[month].mean, margin.apart[month].mean
            sheet.spread(row, self.cost, cost.apart[month], unit)
            sheet.spread(row, self.margin, margin.apart[month], unit)
            text = f"={sheet.at(row, self.margin)}-{sheet.at(row, self.cost)}"
            sheet.formula(row, self.net, text, m - c, unit)
            sheet.ends(row, self.net + 1, net.apart[month], unit)
            saved, lost = saved - c, lost - m
            self._running(row, self.saved, self.cost, saved, month)
            self._running(row, self.lost, self.margin, lost, month)
            text = f"={sheet.at(row, self.saved)}-{sheet.at(row, self.lost)}"
            sheet.formula(row, self.gained, text, saved - lost, unit)
            for column, name in ((self.saved, "saved"), (self.lost, "margin_lost"), (self.gained, "gained")):
                series = sums[name]
                sheet.ends(row, column + 1, series.apart[month] if series else None, unit)
            discounted.append(self._discounted(row, middles[month], m - c))
        return self._totals(plan, parts, discounted)

    def _running(self, row: int, column: int, source: int, value: float, month: int) -> None:
        """What a difference comes to, taken off month by month."""
        before = self.sheet.at(row - 1, column) if month else ""
        self.sheet.formula(row, column, f"={before}-{self.sheet.at(row, source)}", value, self.unit)

    def _discounted(self, row: int, middle: float, net: float) -> float:
        sheet = self.sheet
        sheet.number(row, self.middle, middle, "ratio")
        factor = math.pow(1.0 + self._compared.discount, -middle)
        text = f"=(1+{self.given.discount})^-{sheet.at(row, self.middle)}"
        sheet.formula(row, self.factor, text, factor, FACTOR)
        text = f"={sheet.at(row, self.net)}*{sheet.at(row, self.factor)}"
        sheet.formula(row, self.present, text, net * factor, self.unit)
        return net * factor

    def _totals(self, plan: Plan, parts: dict[str, Series | None], discounted: Sequence[float]) -> float:
        sheet, unit, row = self.sheet, self.unit, self.last + 1
        sheet.text(row, 0, _("whole time"), TOTAL)
        for column in range(1, self.present):
            sheet.number(row, column, math.nan, unit, TOTAL)
        for column, name in ((self.cost, "cost"), (self.margin, "margin"), (self.net, "net")):
            series, whole = parts[name], plan.difference(name)
            assert series is not None
            total(sheet, row, column, self.first, [one.mean for one in series.apart], unit)
            sheet.ends(row, column + 1, whole.apart if whole else None, unit, TOTAL)
        return total(sheet, row, self.present, self.first, discounted, unit)

    def chart(self, board: Board, plan: Plan, n: int) -> None:
        """Add the picture of what is saved and what is lost on one time axis."""
        sheet, months = self.sheet, self.sheet.cells(self.first, 0, self.last, 0)
        lines, largest = [], 0.0
        for column, colour, dash in (
            (self.saved, BLUE, "solid"),
            (self.lost, ORANGE, "dash"),
            (self.gained, BLACK, "long_dash"),
        ):
            lines += with_interval(
                sheet.cell(self.head, column), months, sheet, self.first, self.last, column, colour, dash
            )
        for name in ("saved", "margin_lost"):
            series = plan.by_month(name)
            if series is not None:
                largest = max(largest, *(abs(one.mean) for one in series.apart))
        board.add(
            chart(
                sheet,
                "line",
                lines,
                months=True,
                title=_("Saved and lost so far: {plan}").format(plan=plan_name(plan.label)),
                x_title=_("month's end (dotted: interval of the difference, n = {n})").format(n=n),
                y_title=with_unit(_("money, added up from the start"), self.unit),
                y_format=axis_format(self.unit, largest),
            ),
            _("Cost saved, margin lost and what is left, added up by month"),
        )


def _middles(starts: Sequence[date], compared: Compared) -> list[float]:
    """Years from the start to the middle of each month."""
    span = parse_span(compared.horizon)
    end = add_span(starts[0], span) if span is not None else add_span(starts[-1], _A_MONTH)
    edges = [(day - starts[0]).days for day in (*starts, end)]
    return [(first + last) / 2 / _DAYS_A_YEAR for first, last in itertools.pairwise(edges)]


_A_MONTH: Final = Span(1.0, "months")
