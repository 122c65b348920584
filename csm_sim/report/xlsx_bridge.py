"""The ARR bridge: opening + what comes - what goes = closing, of the whole, by month and by segment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, GREY, ORANGE
from csm_sim.report.xlsx_book import (
    CHECK,
    GROUP,
    TOTAL,
    Book,
    Sheet,
    agreement,
    axis_format,
    checked,
    rounded,
    total,
    with_unit,
)
from csm_sim.report.xlsx_chart import Board, Line, chart
from csm_sim.report.xlsx_months import ends_of

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a bridge."""

    label: str
    metric: str
    sign: int = 1
    """1: it adds to the closing; -1: it is taken off."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Opening, what moves it, closing."""

    opening: Item
    moves: tuple[Item, ...]
    closing: Item
    unit: str

    @property
    def items(self) -> tuple[Item, ...]:
        """All but the closing."""
        return (self.opening, *self.moves)


_ACCOUNTS: Final = (
    Item(N_("accounts at the start"), "accounts_opening_sum_accounts"),
    Item(N_("+ accounts won"), "accounts_new_sum_accounts"),
    Item(N_("- accounts lost"), "accounts_churned_sum_accounts", -1),
    Item(N_("accounts at the end"), "accounts_closing_sum_accounts"),
)
_ARR: Final = (
    Item(N_("ARR at the start"), "arr_opening_sum_money"),
    Item(N_("+ new"), "arr_new_sum_money"),
    Item(N_("+ price changes"), "arr_price_sum_money"),
    Item(N_("+ expansion"), "arr_expanded_sum_money"),
    Item(N_("+ upsell"), "arr_upsold_sum_money"),
    Item(N_("+ cross-sell"), "arr_cross_sold_sum_money"),
    Item(N_("- contraction"), "arr_contracted_sum_money", -1),
    Item(N_("- churn"), "arr_churned_sum_money", -1),
    Item(N_("ARR at the end"), "arr_closing_sum_money"),
)
_RENEWABLE: Final = "arr_renewable_sum_money"
_EARLY: Final = "arr_churned_early_sum_money"
_GAINS: Final = (
    "arr_price_sum_money", "arr_expanded_sum_money", "arr_upsold_sum_money", "arr_cross_sold_sum_money",
)  # fmt: skip

Get = Callable[[str, str], Estimate | None]


def bridge_sheet(book: Book, summary: Summary, world: World, board: Board) -> None:
    """Add the bridges of accounts and of ARR."""
    sheet = book.sheet(_("ARR bridge"))
    row = sheet.title(
        _("ARR bridge"),
        _("Means over n = {n} simulated futures, each with the ends of its 95% confidence interval.").format(
            n=summary.n
        ),
    )
    get = summary.estimates.get
    unit = world.names.currency
    accounts, arr = _bridge(_ACCOUNTS, "accounts", get), _bridge(_ARR, unit, get)
    sheet.width(0, 44)
    row = _whole(sheet, row, (accounts, arr), summary, board)
    months = [
        _Cut(scope(month=name), world.month_starts[number])
        for number, name in enumerate(summary.groups.months)
    ]
    row = _table(sheet, row, _("By month"), _("month"), months, (accounts, arr), summary, chained=True)
    segments = [_Cut(scope(segment=name), name) for name in world.names.segments]
    _table(sheet, row, _("By segment"), _("segment"), segments, (accounts, arr), summary, chained=False)
    sheet.native.freeze_panes(3, 1)


def _bridge(items: Sequence[Item], unit: str, get: Get) -> Bridge:
    moves = tuple(one for one in items[1:-1] if get(one.metric, ALL) is not None)
    return Bridge(items[0], moves, items[-1], unit)


# ---------------------------------------------------------------- the whole time


def _whole(sheet: Sheet, row: int, bridges: Sequence[Bridge], summary: Summary, board: Board) -> int:
    """The bridges of the whole time, below each other; the first row after them."""
    sheet.text(row, 0, _("Whole time"), GROUP, wide=False)
    teams = [("", _("this team"))] + ([("twin_", _("fully staffed"))] if summary.twin else [])
    row += 1
    for bridge in bridges:
        labels = [""]
        for _prefix, team in teams:
            labels += [with_unit(text, bridge.unit) for text in (team, *ends_of(team))]
        if summary.twin:
            labels.append(with_unit(_("this team less fully staffed"), bridge.unit))
        sheet.header(row, labels)
        for number, (prefix, _team) in enumerate(teams):
            _column(sheet, row + 1, 1 + 3 * number, bridge, prefix, summary)
        end = row + 1 + len(bridge.items)
        for offset, item in enumerate((*bridge.items, bridge.closing)):
            sheet.text(row + 1 + offset, 0, _(item.label), TOTAL if offset == len(bridge.items) else "")
        sheet.text(end + 1, 0, _("as simulated"))
        sheet.text(end + 2, 0, _("check"))
        if summary.twin:
            _apart(sheet, row + 1, bridge, summary)
        if bridge.unit not in ("accounts",):
            _waterfall(sheet, row, bridge, summary, board, column=3 * len(teams) + 3)
            end = _retention(sheet, end + 4, row + 1, bridge, [prefix for prefix, _team in teams], summary)
        row = end + 4
    return row


def _column(sheet: Sheet, first: int, column: int, bridge: Bridge, prefix: str, summary: Summary) -> None:
    """A bridge downwards, with its intervals; the closing is a formula."""
    get, value = summary.estimates.get, 0.0
    terms: list[str] = []
    for offset, item in enumerate(bridge.items):
        found = get(prefix + item.metric)
        sheet.spread(first + offset, column, found, bridge.unit)
        if found is not None:
            value += item.sign * found.mean
            terms.append(f"{'+' if item.sign > 0 else '-'}{sheet.at(first + offset, column)}")
    end, known = first + len(bridge.items), get(prefix + bridge.closing.metric)
    if not terms or known is None:
        return
    sheet.formula(end, column, f"={''.join(terms).removeprefix('+')}", value, bridge.unit, TOTAL)
    sheet.ends(end, column + 1, known, bridge.unit, TOTAL)
    checked(sheet, end + 1, column, sheet.at(end, column), value, known.mean, bridge.unit)


def _apart(sheet: Sheet, first: int, bridge: Bridge, summary: Summary) -> None:
    """What the team has more or less than the full one, row by row."""
    get = summary.estimates.get
    for offset, item in enumerate((*bridge.items, bridge.closing)):
        own, full = get(item.metric), get(f"twin_{item.metric}")
        if own is not None and full is not None:
            at = first + offset
            look = TOTAL if item is bridge.closing else ""
            text = f"={sheet.at(at, 1)}-{sheet.at(at, 4)}"
            sheet.formula(at, 7, text, own.mean - full.mean, bridge.unit, look)


def _retention(
    sheet: Sheet, row: int, first: int, bridge: Bridge, prefixes: Sequence[str], summary: Summary
) -> int:
    """GRR and NRR as formulas of the bridge above; the last row that they take."""
    get = summary.estimates.get
    if get(_RENEWABLE) is None or get("grr_atr_share") is None:
        return row - 4
    labels = [
        with_unit(_("ARR available to renew (ATR)"), bridge.unit),
        with_unit(_("churn before any renewal, part of churn"), bridge.unit),
        with_unit(_("GRR: 1 - (churn at renewals + contraction) / ATR"), "share"),
        with_unit(_("NRR: GRR + (price changes + expansion + upsell + cross-sell) / ATR"), "share"),
    ]
    for offset, label in enumerate(labels):
        sheet.text(row + offset, 0, label, wide=False)
    rows = {item.metric: first + offset for offset, item in enumerate(bridge.items)}
    for number, prefix in enumerate(prefixes):
        column = 1 + 3 * number
        atr, early = get(prefix + _RENEWABLE), get(prefix + _EARLY)
        grr, nrr = get(f"{prefix}grr_atr_share"), get(f"{prefix}nrr_atr_share")
        sheet.spread(row, column, atr, bridge.unit)
        sheet.spread(row + 1, column, early, bridge.unit)
        if atr is None or not atr.mean or grr is None:
            continue

        def mean(metric: str, prefix: str = prefix) -> float:
            found = get(prefix + metric)
            return found.mean if found is not None else 0.0

        def cells(metrics: Sequence[str], column: int = column) -> list[str]:
            return [sheet.at(rows[metric], column) for metric in metrics if metric in rows]

        lost = "+".join(cells(["arr_churned_sum_money", "arr_contracted_sum_money"]))
        text = f"=1-({lost}-{sheet.at(row + 1, column)})/{sheet.at(row, column)}"
        left = mean("arr_churned_sum_money") + mean("arr_contracted_sum_money") - mean(_EARLY)
        kept = 1 - left / atr.mean
        sheet.formula(row + 2, column, text, kept, "share")
        sheet.ends(row + 2, column + 1, grr, "share")
        gains = "+".join(cells(_GAINS)) or "0"
        more = math.fsum(mean(metric) for metric in _GAINS) / atr.mean
        text = f"={sheet.at(row + 2, column)}+({gains})/{sheet.at(row, column)}"
        sheet.formula(row + 3, column, text, kept + more, "share")
        sheet.ends(row + 3, column + 1, nrr or grr, "share")
    return row + 3


def _waterfall(
    sheet: Sheet, head: int, bridge: Bridge, summary: Summary, board: Board, *, column: int
) -> None:
    """The cells behind a waterfall, right of a bridge, and its chart."""
    labels = [_("running total"), _("hidden part"), _("start and end"), _("increase"), _("decrease")]
    for offset, label in enumerate(labels):
        sheet.text(head, column + offset, with_unit(label, bridge.unit), "head")
        sheet.width(column + offset, 17)
    sheet.text(head - 1, column, _("For the chart"), GROUP, wide=False)
    get, at, running, reached = summary.estimates.get, head + 1, 0.0, []
    for offset, item in enumerate((*bridge.items, bridge.closing)):
        found, row = get(item.metric), at + offset
        mean = found.mean if found is not None else 0.0
        source = sheet.at(row, 1)
        edge = item in (bridge.opening, bridge.closing)
        before = running
        running = mean if item is bridge.opening else running if edge else running + item.sign * mean
        reached.append(running)
        above = sheet.at(row - 1, column)
        sign = "+" if item.sign > 0 else "-"
        sheet.formula(row, column, f"={source}" if edge else f"={above}{sign}{source}", running, bridge.unit)
        own = sheet.at(row, column)
        if edge:
            sheet.number(row, column + 1, 0.0, bridge.unit)
            sheet.formula(row, column + 2, f"={own}", running, bridge.unit)
            sheet.number(row, column + 3, 0.0, bridge.unit)
            sheet.number(row, column + 4, 0.0, bridge.unit)
            continue
        sheet.formula(row, column + 1, f"=MIN({above},{own})", min(before, running), bridge.unit)
        sheet.number(row, column + 2, 0.0, bridge.unit)
        sheet.formula(row, column + 3, f"=MAX({own}-{above},0)", max(running - before, 0.0), bridge.unit)
        sheet.formula(row, column + 4, f"=MAX({above}-{own},0)", max(before - running, 0.0), bridge.unit)
    last = at + len(bridge.items)
    names = sheet.cells(at, 0, last, 0)
    looks = ((1, GREY, "none"), (2, GREY, None), (3, BLUE, None), (4, ORANGE, "wide_upward_diagonal"))
    bars = [
        Line(
            sheet.cell(head, column + part),
            names,
            sheet.cells(at, column + part, last, column + part),
            colour,
            named=part > 2,
            fill=fill,
        )
        for part, colour, fill in looks
    ]
    spare = 0.5 * (max(reached) - min(reached)) or 0.1 * max(reached, default=1.0)
    board.add(
        chart(
            sheet,
            "column",
            bars,
            stacked="stacked",
            title=_("ARR bridge of the whole time"),
            x_title=_("what moves ARR"),
            y_title=with_unit(_("ARR; the axis does not begin at 0"), bridge.unit),
            y_format=axis_format(bridge.unit, max(reached)),
            bounds=(_round_down(max(0.0, min(reached) - spare)), None),
        ),
        _("From the ARR at the start to that at the end, step by step"),
    )


def _round_down(value: float) -> float:
    """A number of two digits that is not larger."""
    if value <= 0:
        return 0.0
    size = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / size) * size


# ---------------------------------------------------------------- by month, by segment


@dataclass(frozen=True, slots=True)
class _Cut:
    """A row of a table of bridges."""

    scope: str
    name: date | str


def _table(
    sheet: Sheet,
    row: int,
    title: str,
    left: str,
    cuts: Sequence[_Cut],
    bridges: Sequence[Bridge],
    summary: Summary,
    *,
    chained: bool,
) -> int:
    """A bridge in each row, and below them the ends of all the intervals; the first row after them.

    ``chained``: a row opens with what the row above closes with.
    """
    sheet.text(row, 0, title, GROUP, wide=False)
    _header(sheet, row + 1, left, bridges, live=True)
    first = row + 2
    column = 1
    for bridge in bridges:
        column = _live(sheet, first, column, bridge, cuts, summary, chained=chained)
    for offset, cut in enumerate(cuts):
        _name(sheet, first + offset, cut)
    sheet.text(first + len(cuts), 0, _("together") if not chained else _("whole time"), TOTAL)
    row = first + len(cuts) + 2
    for part, label in (("low", _("{what}: low ends")), ("high", _("{what}: high ends"))):
        sheet.text(row, 0, label.format(what=title), GROUP, wide=False)
        _header(sheet, row + 1, left, bridges, live=False)
        for offset, cut in enumerate(cuts):
            _name(sheet, row + 2 + offset, cut)
            column = 1
            for bridge in bridges:
                for item in (*bridge.items, bridge.closing):
                    found = summary.estimates.get(item.metric, cut.scope)
                    value = getattr(found, part) if found is not None else math.nan
                    sheet.number(row + 2 + offset, column, value, bridge.unit)
                    column += 1
                column += 2
        row += len(cuts) + 3
    return row + 1


def _name(sheet: Sheet, row: int, cut: _Cut) -> None:
    if isinstance(cut.name, str):
        sheet.text(row, 0, cut.name)
    else:
        sheet.day(row, 0, cut.name)


def _header(sheet: Sheet, row: int, left: str, bridges: Sequence[Bridge], *, live: bool) -> None:
    labels = [left]
    for bridge in bridges:
        labels += [with_unit(_(item.label), bridge.unit) for item in (*bridge.items, bridge.closing)]
        more = [with_unit(_("as simulated"), bridge.unit), _("check")]
        labels += more if live else ["", ""]
    sheet.header(row, labels)


def _live(
    sheet: Sheet,
    first: int,
    column: int,
    bridge: Bridge,
    cuts: Sequence[_Cut],
    summary: Summary,
    *,
    chained: bool,
) -> int:
    """The means of a bridge in rows, closing as a formula, totals below; the first column after it."""
    get, unit, wide = summary.estimates.get, bridge.unit, len(bridge.items)
    closing, last = column + wide, first + len(cuts) - 1
    values: list[list[float]] = []
    ends: list[float] = []
    for offset, cut in enumerate(cuts):
        row, terms, value = first + offset, [], 0.0
        cells = []
        for number, item in enumerate(bridge.items):
            found = get(item.metric, cut.scope)
            mean = found.mean if found is not None else math.nan
            if number == 0 and chained and offset:
                mean = ends[-1]
                sheet.formula(row, column, f"={sheet.at(row - 1, closing)}", mean, unit)
            else:
                sheet.number(row, column + number, mean, unit)
            if math.isfinite(mean):
                value += item.sign * mean
                terms.append(f"{'+' if item.sign > 0 else '-'}{sheet.at(row, column + number)}")
            cells.append(mean)
        values.append(cells)
        ends.append(value)
        sheet.formula(row, closing, f"={''.join(terms).removeprefix('+') or '0'}", value, unit)
        known = get(bridge.closing.metric, cut.scope)
        if known is not None:
            sheet.number(row, closing + 1, known.mean, unit)
            text = rounded(f"{sheet.at(row, closing)}-{sheet.at(row, closing + 1)}", unit)
            sheet.formula(row, closing + 2, text, agreement(value, known.mean, unit), CHECK)
    value = _last_row(sheet, last + 1, first, column, bridge, values, chained=chained)
    known = get(bridge.closing.metric, ALL)
    if known is not None:
        sheet.number(last + 1, closing + 1, known.mean, unit, TOTAL)
        text = rounded(f"{sheet.at(last + 1, closing)}-{sheet.at(last + 1, closing + 1)}", unit)
        sheet.formula(last + 1, closing + 2, text, agreement(value, known.mean, unit), CHECK, TOTAL)
    return closing + 3


def _last_row(
    sheet: Sheet,
    row: int,
    first: int,
    column: int,
    bridge: Bridge,
    values: Sequence[Sequence[float]],
    *,
    chained: bool,
) -> float:
    """Totals of what moves; the opening is the first one, or their sum; what the closing comes to."""
    unit, terms, value = bridge.unit, [], 0.0
    for number, item in enumerate(bridge.items):
        if number == 0 and chained:
            part = values[0][0]
            sheet.formula(row, column, f"={sheet.at(first, column)}", part, unit, TOTAL)
        else:
            part = total(sheet, row, column + number, first, [one[number] for one in values], unit)
        value += item.sign * part
        terms.append(f"{'+' if item.sign > 0 else '-'}{sheet.at(row, column + number)}")
    sheet.formula(row, column + len(bridge.items), f"={''.join(terms).removeprefix('+')}", value, unit, TOTAL)
    return value
