"""A comparison → sheets: the answer first, what changes, all figures, and a sheet for each plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from csm_sim.language import _, said
from csm_sim.report.assumptions import in_words
from csm_sim.report.compare_words import (
    figure_title,
    headline_sentences,
    plan_name,
    verdict_word,
)
from csm_sim.report.wording import span
from csm_sim.report.xlsx_book import (
    BOLD,
    DIM,
    GROUP,
    LEAD,
    LINK,
    TITLE,
    TOTAL,
    UNIT,
    WARN,
    WHOLE,
    Book,
    Sheet,
    axis_format,
    total,
    unit_words,
    with_unit,
)
from csm_sim.report.xlsx_chart import MOST_LINES, STYLES, Board, Line, chart, with_interval
from csm_sim.report.xlsx_lists import texts_sheet, without_folders
from csm_sim.report.xlsx_months import ends_of
from csm_sim.report.xlsx_plan import PlanSheet

if TYPE_CHECKING:
    from csm_sim.analysis.compared import Compared, Difference, Plan, Series

_WIDTH: Final = 135.0
_COLUMNS: Final = 9
_SHOWN: Final = (
    "net_present_value", "cost", "margin", "net", "arr_expected", "arr_lost", "grr", "on_time", "sla",
    "first_value_days", "utilisation_p90", "people",
)  # fmt: skip
"""Figures on the first sheet; all are in the sheet of figures."""

_MONTHLY: Final = ("arr_end", "cost", "margin", "net")


class CompareSheets:
    """The sheets of a comparison's workbook.

    Parameters
    ----------
    book
        Takes them.
    compared
        What was found.
    """

    def __init__(self, book: Book, compared: Compared) -> None:
        self._book, self._compared = book, compared

    def write(self) -> None:
        """Add all sheets."""
        book, compared = self._book, self._compared
        first = book.sheet(_("Summary"))
        pictures = book.sheet(_("Charts"))
        board = Board(pictures)
        self._changes()
        self._figures()
        months = Months(book.sheet(_("By month")), compared)
        months.write(board)
        plans = [
            PlanSheet(book.sheet(f"{number} {plan.label}"), compared, plan, months.starts)
            for number, plan in enumerate(compared.plans, 1)
        ]
        for plan in plans:
            plan.write(board)
        self._basis()
        board.finish()
        self._first(first)

    # ------------------------------------------------------------ the first sheet

    def _first(self, sheet: Sheet) -> None:
        compared = self._compared
        sheet.width(0, 46)
        sheet.width(1, 18, 3)
        sheet.width(4, 18)
        sheet.width(5, 15)
        sheet.width(6, 12, 8)
        sheet.text(0, 0, compared.name, TITLE, wide=False)
        sheet.native.set_row(0, 22)
        sheet.text(1, 0, self._about(), DIM, wide=False)
        row = 3
        for plan in compared.plans:
            row = self._plan(sheet, row, plan) + 1
        for line in compared.warnings:
            sheet.paragraph(row, _("Note: {text}").format(text=said(line)), _COLUMNS, WARN, width=_WIDTH)
            row += 1
        sheet.text(row + 1, 0, _("Sheets"), GROUP)
        row += 1
        for one in self._book.sheets[1:]:
            row += 1
            target = one.name.replace("'", "''")
            sheet.native.write_url(row, 0, f"internal:'{target}'!A1", self._book.format(LINK), one.name)
        row += 2
        for line in self._methods():
            sheet.paragraph(row, line, _COLUMNS, width=_WIDTH)
            row += 1
        sheet.native.activate()

    def _about(self) -> str:
        compared = self._compared
        return _(
            "Compared with {base}: {horizon} from {start}, seed {seed}, n = {n} simulated futures"
        ).format(
            base=plan_name(compared.base_label),
            horizon=span(compared.horizon),
            start=compared.start,
            seed=compared.seed,
            n=compared.n,
        )

    def _plan(self, sheet: Sheet, row: int, plan: Plan) -> int:
        lead, *others = headline_sentences(self._compared, plan)
        sheet.text(row, 0, plan.label, GROUP, wide=False)
        sheet.paragraph(row + 1, lead, _COLUMNS, LEAD, width=0.9 * _WIDTH, line=17.0)
        row += 2
        for line in others:
            sheet.paragraph(row, f"• {line}", _COLUMNS, width=_WIDTH)
            row += 1
        row += 1
        difference = _("difference to the base")
        chance = _("chance to be better in one future")
        labels = [
            _("figure"),
            difference,
            *ends_of(difference),
            _("unit"),
            _("verdict"),
            with_unit(chance, "share"),
            *(with_unit(end, "share") for end in ends_of(_("chance"))),
        ]
        sheet.header(row, labels, texts=(0, 4, 5))
        for name in _SHOWN:
            one = plan.difference(name)
            if one is None:
                continue
            row += 1
            sheet.text(row, 0, figure_title(one.name))
            sheet.spread(row, 1, one.apart, one.unit)
            unit = _("percentage points") if one.unit == "share" else unit_words(one.unit)
            sheet.text(row, 4, unit, UNIT)
            sheet.text(row, 5, verdict_word(one.verdict), BOLD)
            sheet.spread(row, 6, one.chance, "share")
        return row + 1

    def _methods(self) -> Iterator[str]:
        compared = self._compared
        yield _(
            "Low and high are the ends of a confidence interval over n = {n} simulated futures, "
            "of {level} for each difference, so that those of one figure hold for all plans together with"
            " 95%. Each future is simulated with the same luck for every plan, and differences are taken"
            " within it."
        ).format(n=compared.n, level=f"{100 * compared.confidence:.4g}%")
        yield _(
            "A difference is not resolved where its interval contains 0. Chance: how often the plan is the"
            " better one in a single future; ties count half."
        )
        yield _(
            "Cells with a formula are calculated from the other cells; cells below the word check say ok"
            " where that agrees with the simulation. Yellow cells can be changed."
        )

    # ------------------------------------------------------------ lists

    def _changes(self) -> None:
        rows = [
            (plan.label, one.key, one.old or "", one.new or "")
            for plan in self._compared.plans
            for one in plan.changes
        ]
        texts_sheet(
            self._book,
            _("Changes"),
            _("What each plan has otherwise than the base."),
            [_("plan"), _("key"), _("base"), _("plan's value")],
            rows,
            (34, 40, 56, 56),
        )

    def _basis(self) -> None:
        rows = [tuple(without_folders(in_words(one), one.standing)) for one in self._compared.basis]
        texts_sheet(
            self._book,
            _("Assumptions"),
            _("What the comparison rests on, and what stands behind it."),
            [_("key"), _("value"), _("standing"), _("source"), _("meaning")],
            rows,
            (38, 28, 14, 40, 70),
        )

    def _figures(self) -> None:
        sheet = self._book.sheet(_("Figures"))
        row = sheet.title(
            _("Figures"),
            _("Each plan beside the base, by paired differences over n = {n} simulated futures.").format(
                n=self._compared.n
            ),
        )
        base, other, apart, chance = _("base"), _("plan's value"), _("difference"), _("chance to be better")
        labels = [
            _("plan"),
            _("figure"),
            _("unit"),
            base,
            *ends_of(base),
            other,
            *ends_of(other),
            apart,
            *ends_of(apart),
            _("verdict"),
            *(with_unit(text, "share") for text in (chance, *ends_of(chance))),
            _("correlation"),
            _("futures saved by pairing"),
            _("name"),
        ]
        sheet.header(row, labels, texts=(0, 1, 2, 12, 18))
        first = row + 1
        for plan in self._compared.plans:
            for one in plan.differences:
                row += 1
                self._figure(sheet, row, plan, one)
        sheet.native.autofilter(first - 1, 0, max(row, first), len(labels) - 1)
        sheet.freeze(first, 2)

    def _figure(self, sheet: Sheet, row: int, plan: Plan, one: Difference) -> None:
        sheet.text(row, 0, plan.label)
        sheet.text(row, 1, figure_title(one.name))
        sheet.text(row, 2, unit_words(one.unit))
        sheet.spread(row, 3, one.base, one.unit)
        sheet.spread(row, 6, one.other, one.unit)
        apart(sheet, row, 9, one.base.mean, one.other.mean, one.apart.mean, (3, 6), one.unit)
        sheet.ends(row, 10, one.apart, one.unit)
        sheet.text(row, 12, verdict_word(one.verdict), BOLD)
        sheet.spread(row, 13, one.chance, "share")
        sheet.number(row, 16, one.correlation, "ratio")
        sheet.number(row, 17, math.nan if one.saved is None else one.saved, WHOLE)
        sheet.text(row, 18, one.name, DIM)


def apart(
    sheet: Sheet, row: int, column: int, base: float, other: float, known: float,
    cells: tuple[int, int], unit: str,
    look: str = "",
) -> None:  # fmt: skip
    """A difference as a formula of two cells of its row, where it is one; else as the number it is.

    It is none where some futures have the figure with one plan only: those pairs are left out of it.
    """
    value = other - base
    if math.isclose(value, known, rel_tol=1e-9, abs_tol=1e-9 * max(abs(base), abs(other))):
        text = f"={sheet.at(row, cells[1])}-{sheet.at(row, cells[0])}"
        sheet.formula(row, column, text, value, unit, look)
    else:
        sheet.number(row, column, known, unit, look)


class Months:
    """The sheet of series by month, of the base and of each plan.

    Parameters
    ----------
    sheet
        Empty.
    compared
        What was found.
    """

    def __init__(self, sheet: Sheet, compared: Compared) -> None:
        self._sheet, self._compared = sheet, compared
        self.starts = tuple(_first_day(month) for month in compared.months)

    def write(self, board: Board) -> None:
        """Add a table for each series, below each other, and the chart of ARR."""
        sheet, compared = self._sheet, self._compared
        row = sheet.title(
            _("By month"),
            _(
                "Means over n = {n} simulated futures with the ends of their intervals; a difference is the"
                " plan's value less that of the base."
            ).format(n=compared.n),
        )
        for name in _MONTHLY:
            if compared.plans and compared.plans[0].by_month(name) is not None:
                row = self._series(row, name, board)
        sheet.native.freeze_panes(3, 1)

    def _series(self, row: int, name: str, board: Board) -> int:
        sheet, compared = self._sheet, self._compared
        found = [(plan, series) for plan in compared.plans if (series := plan.by_month(name)) is not None]
        unit, title = found[0][1].unit, _title(name)
        sheet.text(row, 0, title, GROUP, wide=False)
        base = plan_name(compared.base_label)
        labels = [_("month"), *(with_unit(text, unit) for text in (base, *ends_of(base)))]
        for plan, _series in found:
            label = plan_name(plan.label)
            other = _("{plan}: difference").format(plan=label)
            labels += [with_unit(text, unit) for text in (label, *ends_of(label), other, *ends_of(other))]
        sheet.header(row + 1, labels)
        first, last = row + 2, row + 1 + len(self.starts)
        for month, day in enumerate(self.starts):
            at = first + month
            sheet.day(at, 0, day)
            sheet.spread(at, 1, found[0][1].base[month], unit)
            for number, (_plan, series) in enumerate(found):
                column = 4 + 6 * number
                own, level = series.other[month], series.base[month]
                sheet.spread(at, column, own, unit)
                apart(
                    sheet, at, column + 3, level.mean, own.mean, series.apart[month].mean, (1, column), unit
                )
                sheet.ends(at, column + 4, series.apart[month], unit)
        if name != "arr_end":
            self._totals(last + 1, first, name, found, unit)
        else:
            self._charts(first, last, found, unit, board)
        return last + 4

    def _totals(
        self, row: int, first: int, name: str, found: Sequence[tuple[Plan, Series]], unit: str
    ) -> None:
        sheet = self._sheet
        sheet.text(row, 0, _("whole time"), TOTAL)
        for number, (plan, series) in enumerate(found):
            whole, column = plan.difference(name), 4 + 6 * number
            if number == 0:
                total(sheet, row, 1, first, [one.mean for one in series.base], unit)
                sheet.ends(row, 2, whole.base if whole else None, unit, TOTAL)
            total(sheet, row, column, first, [one.mean for one in series.other], unit)
            sheet.ends(row, column + 1, whole.other if whole else None, unit, TOTAL)
            total(sheet, row, column + 3, first, [one.mean for one in series.apart], unit)
            sheet.ends(row, column + 4, whole.apart if whole else None, unit, TOTAL)

    def _charts(
        self, first: int, last: int, found: Sequence[tuple[Plan, Series]], unit: str, board: Board
    ) -> None:
        """ARR of all plans, and how far apart they are: the interval of a difference is the narrower one."""
        sheet, months, head = self._sheet, self._sheet.cells(first, 0, last, 0), first - 1
        levels = [Line(sheet.cell(head, 1), months, sheet.cells(first, 1, last, 1), *STYLES[0])]
        differences: list[Line] = []
        largest = furthest = 0.0
        shown = [(number, one) for number, (plan, one) in enumerate(found) if not plan.same]
        for (number, series), style in zip(shown, STYLES[1:], strict=False):
            column = 4 + 6 * number
            levels.append(
                Line(sheet.cell(head, column), months, sheet.cells(first, column, last, column), *style)
            )
            differences += with_interval(
                sheet.cell(head, column + 3), months, sheet, first, last, column + 3, *style
            )
            largest = max(largest, *(abs(one.mean) for one in series.base))
            furthest = max(furthest, *(abs(one.mean) for one in series.apart))
        more = len(shown) - (MOST_LINES - 1)
        note = _(" ({count} more plans in the sheet)").format(count=more) if more > 0 else ""
        pictures = (
            (levels, _("ARR at the months' ends, expected"), _("month's end (intervals: in the sheet)"),
             _("ARR; the axis may not begin at 0"), largest),
            (differences, _("ARR of each plan less that of the base"),
             _("month's end (dotted: interval of the difference, n = {n})").format(n=self._compared.n),
             _("difference in ARR"), furthest),
        )  # fmt: skip
        for lines, title, x_title, y_title, size in pictures:
            if len(levels) > 1:
                made = chart(
                    sheet, "line", lines, months=True, title=title + note, x_title=x_title,
                    y_title=with_unit(y_title, unit), y_format=axis_format(unit, size), legend=True,
                )  # fmt: skip
                board.add(made, title)


def _title(name: str) -> str:
    return _("ARR at the month's end, expected") if name == "arr_end" else figure_title(name)


def _first_day(month: str) -> date:
    year, number, *day = (int(part) for part in month.split("-"))
    return date(year, number, day[0] if day else 1)
