"""The sheet of money: costs, revenue, margin, and a net present value that follows two cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.estimates import scope
from csm_sim.analysis.intervals import mean_interval
from csm_sim.analysis.money import BY_ROLE, KINDS, Flows, flows_of
from csm_sim.analysis.paired import Interval
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, GREY, ORANGE
from csm_sim.report.money import KIND_NAMES
from csm_sim.report.wording import scope_name
from csm_sim.report.xlsx_book import (
    CHECK,
    FACTOR,
    GIVEN,
    GROUP,
    TOTAL,
    Book,
    Sheet,
    agreement,
    axis_format,
    checked,
    total,
    with_unit,
)
from csm_sim.report.xlsx_chart import BLACK, GREEN, Board, Line, chart, with_interval
from csm_sim.report.xlsx_months import ends_of

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.scenario import Scenario
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_LOOKS: Final = (
    (BLUE, None), (ORANGE, "wide_upward_diagonal"), (GREY, None), (BLACK, None), (GREEN, "light_horizontal"),
    ("#7b4fa0", "dotted_grid"),
)  # fmt: skip


def spread_of(values: Floats) -> list[Interval]:
    """Means with their intervals, one for each column."""
    n = len(values)
    found = mean_interval(np.asarray(values, dtype=np.float64).reshape(n, -1))
    ends = zip(found.mean, found.low, found.high, strict=True)
    return [Interval(float(mean), float(low), float(high), n) for mean, low, high in ends]


def money_sheet(
    book: Book, summary: Summary, scenario: Scenario, world: World, sample: Sample, board: Board
) -> None:
    """Add costs by kind, role and month, and what is left of the margin; nothing where no cost is given."""
    if not scenario.has_costs:
        return
    flows = flows_of(scenario, world, sample, summary.groups)
    sheet = book.sheet(_("Money"))
    unit = world.names.currency
    row = sheet.title(
        _("Money"),
        _(
            "Expected values over n = {n} simulated futures. Yellow cells can be changed: margin and net"
            " present value follow; intervals that hold for the simulated values only are then left out."
        ).format(n=summary.n),
    )
    sheet.width(0, 34)
    given = Given(sheet, row, flows.gross_margin, scenario.money.discount)
    table = _Months(sheet, row + 9, flows, unit, given)
    table.write(world.month_starts)
    _answers(sheet, row + 4, table, given, flows, unit)
    after = _kinds(sheet, table.last + 4, flows, world, unit)
    _tiers(sheet, after, summary)
    sheet.native.freeze_panes(3, 1)
    _charts(sheet, table, board, unit, summary.n)


class Given:
    """The two cells that a reader can change, each beside what was simulated with.

    Parameters
    ----------
    sheet, row
        Where they are.
    gross_margin
        None: there is no such cell.
    discount
        A year.
    """

    def __init__(self, sheet: Sheet, row: int, gross_margin: float | None, discount: float) -> None:
        pairs = [(_("discount rate a year"), discount)]
        if gross_margin is not None:
            pairs.insert(0, (_("gross margin"), gross_margin))
        sheet.header(
            row, ["", with_unit(_("to calculate with"), "share"), with_unit(_("simulated with"), "share")]
        )
        tests = []
        for offset, (label, value) in enumerate(pairs, 1):
            sheet.text(row + offset, 0, label)
            sheet.number(row + offset, 1, value, "share", GIVEN)
            sheet.number(row + offset, 2, value, "share")
            tests.append(f"{sheet.at(row + offset, 1, fixed=True)}={sheet.at(row + offset, 2, fixed=True)}")
        self.rows = len(pairs) + 1
        self.discount = sheet.at(row + len(pairs), 1, fixed=True)
        self.margin = sheet.at(row + 1, 1, fixed=True)
        self._same = tests[0] if len(tests) == 1 else f"AND({','.join(tests)})"
        self._sheet = sheet

    def ends(self, row: int, column: int, found: Interval | None, unit: str, look: str = "") -> None:
        """Write the ends of an interval that holds for the simulated values only."""
        for offset, value in enumerate((found.low, found.high) if found else (math.nan,) * 2):
            if math.isfinite(value):
                text = f'=IF({self._same},{repr(value).upper()},"")'
                self._sheet.formula(row, column + offset, text, value, unit, look)
            else:
                self._sheet.number(row, column + offset, math.nan, unit, look)

    def check(self, row: int, column: int, cell: str, value: float, known: float, unit: str) -> None:
        """Write what was simulated, and below it whether a formula agrees, as far as that can be told."""
        self._sheet.number(row, column, known, unit)
        digits = f"ROUND({cell}-{self._sheet.at(row, column)},2)"
        self._sheet.formula(
            row + 1, column, f"=IF({self._same},{digits},0)", agreement(value, known, unit), CHECK
        )


class _Months:
    """The table by month: costs by kind, their sum, revenue, margin, net, and their value today."""

    def __init__(self, sheet: Sheet, row: int, flows: Flows, unit: str, given: Given) -> None:
        self.sheet, self.flows, self.unit, self.given = sheet, flows, unit, given
        self.kinds = [kind for kind in KINDS if np.any(flows.cost_of(kind))] or [KINDS[0]]
        self.head, self.first = row, row + 1
        self.last = row + len(flows.years)
        self.cost = 1 + 3 * len(self.kinds)
        self.revenue, self.margin, self.net = self.cost + 3, self.cost + 6, self.cost + 9
        self.middle, self.factor, self.present = self.cost + 12, self.cost + 13, self.cost + 14
        self.npv = 0.0

    def write(self, months: Sequence[date]) -> None:
        """Write the header, a row for each month, and the totals."""
        sheet, unit, flows = self.sheet, self.unit, self.flows
        names = [
            *(_(KIND_NAMES[kind]) for kind in self.kinds),
            _("all costs"),
            _("revenue"),
            _("gross margin"),
            _("gross margin less cost"),
        ]
        labels = [_("month")]
        for name in names:
            labels += [with_unit(text, unit) for text in (name, *ends_of(name))]
        labels += [_("middle of the month (years from the start)"), _("discount factor")]
        sheet.header(self.head, [*labels, with_unit(_("net, discounted"), unit)])
        middles = np.cumsum(flows.years) - flows.years / 2
        kinds = [spread_of(flows.cost_of(kind)) for kind in self.kinds]
        cost, revenue, net = (spread_of(part) for part in (flows.cost, flows.revenue, flows.net))
        discounted = []
        for month, day in enumerate(months):
            row = self.first + month
            sheet.day(row, 0, day)
            for number, found in enumerate(kinds):
                sheet.spread(row, 1 + 3 * number, found[month], unit)
            parts = [found[month].mean for found in kinds]
            all_cost = self._sum(row, parts)
            sheet.ends(row, self.cost + 1, cost[month], unit)
            sheet.spread(row, self.revenue, revenue[month], unit)
            self._margin(row, revenue[month])
            margin = flows.gross_margin * revenue[month].mean
            text = f"={sheet.at(row, self.margin)}-{sheet.at(row, self.cost)}"
            sheet.formula(row, self.net, text, margin - all_cost, unit)
            self.given.ends(row, self.net + 1, net[month], unit)
            discounted.append(self._discounted(row, float(middles[month]), margin - all_cost))
        self._totals(kinds, [cost, revenue], discounted)

    def _sum(self, row: int, parts: Sequence[float], look: str = "") -> float:
        cells = "+".join(self.sheet.at(row, 1 + 3 * number) for number in range(len(parts)))
        value = math.fsum(parts)
        self.sheet.formula(row, self.cost, f"={cells}", value, self.unit, look)
        return value

    def _margin(self, row: int, revenue: Interval, look: str = "") -> None:
        """Margin and its interval: they are those of revenue times the gross margin."""
        for offset, value in enumerate((revenue.mean, revenue.low, revenue.high)):
            if math.isfinite(value):
                text = f"={self.sheet.at(row, self.revenue + offset)}*{self.given.margin}"
                value *= self.flows.gross_margin
                self.sheet.formula(row, self.margin + offset, text, value, self.unit, look)
            else:
                self.sheet.number(row, self.margin + offset, math.nan, self.unit, look)

    def _discounted(self, row: int, middle: float, net: float) -> float:
        sheet = self.sheet
        sheet.number(row, self.middle, middle, "ratio")
        factor = float(self.flows.discount[row - self.first])
        text = f"=(1+{self.given.discount})^-{sheet.at(row, self.middle)}"
        sheet.formula(row, self.factor, text, factor, FACTOR)
        value = net * factor
        text = f"={sheet.at(row, self.net)}*{sheet.at(row, self.factor)}"
        sheet.formula(row, self.present, text, value, self.unit)
        return value

    def _totals(
        self,
        kinds: Sequence[Sequence[Interval]],
        others: Sequence[Sequence[Interval]],
        discounted: Sequence[float],
    ) -> None:
        sheet, flows, unit, row = self.sheet, self.flows, self.unit, self.last + 1
        sheet.text(row, 0, _("whole time"), TOTAL)
        sums = []
        for number, (kind, found) in enumerate(zip(self.kinds, kinds, strict=True)):
            sums.append(total(sheet, row, 1 + 3 * number, self.first, [one.mean for one in found], unit))
            sheet.ends(row, 2 + 3 * number, spread_of(flows.cost_of(kind).sum(axis=1))[0], unit, TOTAL)
        cost = self._sum(row, sums, TOTAL)
        sheet.ends(row, self.cost + 1, spread_of(flows.cost.sum(axis=1))[0], unit, TOTAL)
        value = total(sheet, row, self.revenue, self.first, [one.mean for one in others[1]], unit)
        revenue = spread_of(flows.revenue.sum(axis=1))[0]
        sheet.ends(row, self.revenue + 1, revenue, unit, TOTAL)
        self._margin(row, Interval(value, revenue.low, revenue.high, revenue.n), TOTAL)
        text = f"={sheet.at(row, self.margin)}-{sheet.at(row, self.cost)}"
        sheet.formula(row, self.net, text, value * flows.gross_margin - cost, unit, TOTAL)
        self.given.ends(row, self.net + 1, spread_of(flows.net.sum(axis=1))[0], unit, TOTAL)
        for column in (self.middle, self.factor):
            sheet.number(row, column, math.nan, FACTOR, TOTAL)
        self.npv = total(sheet, row, self.present, self.first, discounted, unit)


def _answers(sheet: Sheet, row: int, table: _Months, given: Given, flows: Flows, unit: str) -> None:
    """The net present value, above the table that it is made of."""
    label = _("net present value (NPV)")
    sheet.header(row, ["", *(with_unit(text, unit) for text in (label, *ends_of(label)))])
    known = spread_of(flows.npv)[0]
    sheet.text(row + 1, 0, _("expected, on the first morning"))
    sheet.formula(row + 1, 1, f"={sheet.at(table.last + 1, table.present)}", table.npv, unit, TOTAL)
    given.ends(row + 1, 2, known, unit, TOTAL)
    sheet.text(row + 2, 0, _("as simulated"))
    sheet.text(row + 3, 0, _("check"))
    given.check(row + 2, 1, sheet.at(row + 1, 1), table.npv, known.mean, unit)


def _kinds(sheet: Sheet, row: int, flows: Flows, world: World, unit: str) -> int:
    """Costs by role and kind over the whole time; the first row after them."""
    sheet.text(row, 0, _("Costs by kind and role, whole time"), GROUP, wide=False)
    label = _("cost")
    sheet.header(
        row + 1,
        [_("kind"), _("role"), *(with_unit(text, unit) for text in (label, *ends_of(label)))],
        texts=2,
    )
    first = at = row + 2
    means = []
    for kind in KINDS:
        values: Floats = getattr(flows, kind)
        of_roles = list(enumerate(world.names.roles)) if kind in BY_ROLE else [(None, "")]
        for role, name in of_roles:
            part = values.sum(axis=1) if role is None else values[:, :, role].sum(axis=1)
            if not np.any(part):
                continue
            sheet.text(at, 0, _(KIND_NAMES[kind]))
            sheet.text(at, 1, name)
            found = spread_of(part)[0]
            sheet.spread(at, 2, found, unit)
            means.append(found.mean)
            at += 1
    if not means:
        return row
    known = spread_of(flows.cost.sum(axis=1))[0]
    sheet.text(at, 0, _("all costs"), TOTAL)
    sheet.text(at, 1, "", TOTAL)
    value = total(sheet, at, 2, first, means, unit)
    sheet.ends(at, 3, known, unit, TOTAL)
    sheet.text(at + 1, 0, _("as simulated"))
    sheet.text(at + 2, 0, _("check"))
    checked(sheet, at + 1, 2, sheet.at(at, 2), value, known.mean, unit)
    return at + 5


_OF_A_TIER: Final = (
    (N_("cost to serve"), "cost_to_serve_sum_money"),
    (N_("for each account and year"), "cost_to_serve_account_mean_money"),
    (N_("as a share of its revenue"), "cost_to_serve_arr_share"),
)


def _tiers(sheet: Sheet, row: int, summary: Summary) -> None:
    """What each tier costs to serve, and what a unit of ARR renewed costs."""
    get = summary.estimates.get
    tiers = [name for name in summary.groups.tiers if get(_OF_A_TIER[0][1], scope(tier=name))]
    figures = [
        (_(label), metric, one.unit) for label, metric in _OF_A_TIER if (one := get(metric)) is not None
    ]
    if tiers and figures:
        sheet.text(row, 0, _("Cost to serve, by tier"), GROUP, wide=False)
        labels = [_("tier")]
        for label, _metric, unit in figures:
            labels += [with_unit(text, unit) for text in (label, *ends_of(label))]
        sheet.header(row + 1, labels)
        first, end = row + 2, row + 2 + len(tiers)
        for offset, name in enumerate(tiers):
            sheet.text(first + offset, 0, scope_name(name))
            for number, (_label, metric, unit) in enumerate(figures):
                sheet.spread(first + offset, 1 + 3 * number, get(metric, scope(tier=name)), unit)
        sheet.text(end, 0, _("together"), TOTAL)
        for number, (_label, metric, unit) in enumerate(figures):
            whole = get(metric)
            if "_sum_" in metric:
                means = [one.mean if (one := get(metric, scope(tier=name))) else 0.0 for name in tiers]
                total(sheet, end, 1 + 3 * number, first, means, unit)
                sheet.ends(end, 2 + 3 * number, whole, unit, TOTAL)
            else:
                sheet.spread(end, 1 + 3 * number, whole, unit, TOTAL)
        row = end + 3
    retained = get("cost_retained_arr_share")
    if retained is not None:
        label = _("cost for each unit of ARR renewed")
        sheet.header(row, ["", *(with_unit(text, "share") for text in (label, *ends_of(label)))])
        sheet.text(row + 1, 0, _("whole time"))
        sheet.spread(row + 1, 1, retained, retained.unit)


def _charts(sheet: Sheet, table: _Months, board: Board, unit: str, n: int) -> None:
    months = sheet.cells(table.first, 0, table.last, 0)

    def down(column: int) -> list[str | int]:
        return sheet.cells(table.first, column, table.last, column)

    largest = float(table.flows.cost.mean(axis=0).max())
    bars = [
        Line(sheet.cell(table.head, 1 + 3 * number), months, down(1 + 3 * number), colour, fill=fill)
        for (number, _kind), (colour, fill) in zip(enumerate(table.kinds), _LOOKS, strict=False)
    ]
    board.add(
        chart(
            sheet,
            "column",
            bars,
            stacked="stacked",
            months=True,
            title=_("Costs by month"),
            x_title=_("month"),
            y_title=with_unit(_("cost"), unit),
            y_format=axis_format(unit, largest),
            bounds=(0, None),
            legend=True,
        ),
        _("Costs by kind and month"),
    )
    head = table.head
    lines = [
        *with_interval(
            sheet.cell(head, table.margin),
            months,
            sheet,
            table.first,
            table.last,
            table.margin,
            BLUE,
            "solid",
        ),
        *with_interval(
            sheet.cell(head, table.net), months, sheet, table.first, table.last, table.net, ORANGE, "dash"
        ),
    ]
    largest = float(np.abs(table.flows.margin.mean(axis=0)).max())
    board.add(
        chart(
            sheet,
            "line",
            lines,
            months=True,
            title=_("Gross margin, and what is left of it after costs"),
            x_title=_("month (dotted: 95% interval, n = {n})").format(n=n),
            y_title=with_unit(_("money a month"), unit),
            y_format=axis_format(unit, largest),
        ),
        _("Gross margin and gross margin less cost, by month"),
    )
