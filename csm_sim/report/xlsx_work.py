"""The sheets of single people and of playbooks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, GREY, ORANGE
from csm_sim.report.wording import kind_name, percent, scope_name
from csm_sim.report.xlsx_book import GROUP, TOTAL, Book, Sheet, checked, total, with_unit
from csm_sim.report.xlsx_chart import BLACK, Board, Line, chart
from csm_sim.report.xlsx_months import ends_of

if TYPE_CHECKING:
    from csm_sim.analysis.load import Seat
    from csm_sim.analysis.summarise import Summary

_MOST_BARS: Final = 40

_RESULTS: Final = (
    (N_("done on time"), "on_time_sum_tasks", BLUE, None),
    (N_("done late"), "late_sum_tasks", ORANGE, "light_upward_diagonal"),
    (N_("missed tasks"), "missed_sum_tasks", BLACK, None),
    (N_("overdue at the end"), "overdue_sum_tasks", GREY, "dotted_grid"),
)
"""What becomes of planned tasks: the four add up to what is judged."""


def people_sheet(book: Book, summary: Summary, board: Board) -> None:
    """Add the load of each person, and what was late and missed in each book."""
    sheet = book.sheet(_("By person"))
    row = sheet.title(
        _("By person"),
        _(
            "A person stands for a seat, called like the first one in it. Marked: busy more than {limit}."
        ).format(limit=percent(summary.utilisation)),
    )
    if not summary.people:
        sheet.text(row, 0, _("There are too many people to tell them apart."), wide=False)
        return
    get = summary.estimates.get
    figures = [
        (N_("utilisation"), "utilisation_mean_share", "share"),
        (N_("missed in the book"), "missed_sum_tasks", "tasks"),
        (N_("late in the book"), "late_sum_tasks", "tasks"),
    ]
    figures = [one for one in figures if any(get(one[1], seat.scope) is not None for seat in summary.people)]
    labels = [_("role"), _("person")]
    for label, _metric, unit in figures:
        labels += [with_unit(text, unit) for text in (_(label), *ends_of(_(label)))]
    sheet.header(row, labels, texts=2)
    first = row + 1
    for offset, seat in enumerate(summary.people):
        sheet.text(first + offset, 0, seat.role)
        sheet.text(first + offset, 1, seat.person)
        for number, (_label, metric, unit) in enumerate(figures):
            sheet.spread(first + offset, 2 + 3 * number, get(metric, seat.scope), unit)
    last = first + len(summary.people) - 1
    _sums_of_people(sheet, first, last, figures, summary)
    sheet.native.autofilter(row, 0, last, len(labels) - 1)
    sheet.freeze(first, 2, repeat=False)
    if figures and figures[0][1] == "utilisation_mean_share":
        marked = book.workbook.add_format({"bold": True, "bg_color": "#F8D9C4"})
        rule = {"type": "cell", "criteria": ">", "value": summary.utilisation, "format": marked}
        sheet.native.conditional_format(first, 2, last, 2, rule)
        _people_chart(sheet, row, first, last, board)
    _books(sheet, last + 4, summary)


def _sums_of_people(
    sheet: Sheet, first: int, last: int, figures: Sequence[tuple[str, str, str]], summary: Summary
) -> None:
    sheet.text(last + 1, 0, _("together"), TOTAL)
    sheet.text(last + 1, 1, "", TOTAL)
    for number, (_label, metric, unit) in enumerate(figures):
        column = 2 + 3 * number
        found = [summary.estimates.get(metric, seat.scope) for seat in summary.people]
        if unit == "tasks":
            total(sheet, last + 1, column, first, [it.mean if it else math.nan for it in found], unit)
            sheet.ends(last + 1, column + 1, None, unit, TOTAL)
        else:
            sheet.spread(last + 1, column, summary.estimates.get(metric), unit, TOTAL)


def _people_chart(sheet: Sheet, head: int, first: int, last: int, board: Board) -> None:
    shown = min(last, first + _MOST_BARS - 1)
    bars = [Line(sheet.cell(head, 2), sheet.cells(first, 1, shown, 1), sheet.cells(first, 2, shown, 2))]
    note = "" if shown == last else _(" (the first {count})").format(count=_MOST_BARS)
    board.add(
        chart(
            sheet,
            "column",
            bars,
            title=_("Load by person") + note,
            x_title=_("person"),
            y_title=with_unit(_("utilisation of the whole time"), "share"),
            y_format="0%",
            bounds=(0, 1),
        ),
        _("How busy each person is over the whole time"),
    )


def _books(sheet: Sheet, row: int, summary: Summary) -> None:
    """What was missed and late in each book, by playbook; only what ever was."""
    get = summary.estimates.get
    rows: list[tuple[Seat, str, Estimate | None, Estimate | None]] = []
    for seat in summary.people:
        for name in summary.groups.kinds:
            of = seat.of_playbook(name)
            missed, late = get("missed_sum_tasks", of), get("late_sum_tasks", of)
            if missed is not None or late is not None:
                rows.append((seat, name, missed, late))
    if not rows:
        return
    sheet.text(row, 0, _("Missed and late in each book, by playbook"), GROUP, wide=False)
    labels = [_("role"), _("person"), _("playbook")]
    for label in (_("missed tasks"), _("late tasks")):
        labels += [with_unit(text, "tasks") for text in (label, *ends_of(label))]
    sheet.header(row + 1, labels, texts=3)
    for at, (seat, name, missed, late) in enumerate(rows, row + 2):
        sheet.text(at, 0, seat.role)
        sheet.text(at, 1, seat.person)
        sheet.text(at, 2, kind_name(name))
        sheet.spread(at, 3, missed, "tasks")
        sheet.spread(at, 6, late, "tasks")
    last = row + 1 + len(rows)
    sheet.text(last + 1, 0, _("together"), TOTAL)
    for column in (1, 2):
        sheet.text(last + 1, column, "", TOTAL)
    for column, part in ((3, 2), (6, 3)):
        found = [one[part] for one in rows]
        means = [it.mean if isinstance(it, Estimate) else math.nan for it in found]
        total(sheet, last + 1, column, row + 2, means, "tasks")
        sheet.ends(last + 1, column + 1, None, "tasks", TOTAL)


def playbooks_sheet(book: Book, summary: Summary, board: Board) -> None:
    """Add what becomes of planned work, by playbook and by step, and the hours by playbook and tier."""
    sheet = book.sheet(_("By playbook"))
    row = sheet.title(
        _("By playbook"),
        _("Means over n = {n} simulated futures, each with the ends of its 95% confidence interval.").format(
            n=summary.n
        ),
    )
    get = summary.estimates.get
    names = [name for name in summary.groups.kinds if get("planned_opened_sum_tasks", scope(playbook=name))]
    frozen = row + 1
    if names:
        scopes = [scope(playbook=name) for name in names]
        first, last = row + 1, row + len(names)
        _results(sheet, row, [_("playbook")], [[kind_name(name)] for name in names], scopes, summary, of=ALL)
        _results_chart(sheet, row, first, last, board)
        row = last + 3
        steps = [
            (kind, step)
            for kind, step in summary.groups.steps
            if get("on_time_sum_tasks", scope(playbook=kind, step=step))
        ]
        if steps:
            sheet.text(row, 0, _("By step"), GROUP, wide=False)
            scopes = [scope(playbook=kind, step=step) for kind, step in steps]
            _results(
                sheet,
                row + 1,
                [_("playbook"), _("step")],
                [[kind_name(kind), step] for kind, step in steps],
                scopes,
                summary,
            )
            row += len(steps) + 4
    else:
        sheet.text(row, 0, _("Nothing was planned."), wide=False)
        row += 2
    for metric, title in (
        ("full_demand_sum_hours", N_("Hands-on work promised, by tier")),
        ("done_sum_hours", N_("Hands-on work done, by tier")),
    ):
        row = _hours(sheet, row, metric, _(title), summary)
    sheet.freeze(frozen, 1, repeat=False)


def _results(
    sheet: Sheet, row: int, left: Sequence[str], names: Sequence[Sequence[str]], scopes: Sequence[str],
    summary: Summary, *, of: str | None = None,
) -> None:  # fmt: skip
    """A table of what becomes of tasks; the share on time is a formula of the counts beside it.

    Parameters
    ----------
    sheet, row
        Where it begins.
    left, names
        Names of the first columns, and what stands in them.
    scopes
        Of the rows.
    summary
        Of the run.
    of
        Scope of the total; None: no total.
    """
    get, labels = summary.estimates.get, list(left)
    label = _("on time, of all that was judged")
    labels += [with_unit(text, "share") for text in (label, *ends_of(label))]
    for text, *_rest in _RESULTS:
        labels += [with_unit(part, "tasks") for part in (_(text), *ends_of(_(text)))]
    sheet.header(row, labels, texts=len(left))
    at, wide = row + 1, len(left)
    for offset, (texts, one) in enumerate(zip(names, scopes, strict=True)):
        for column, name in enumerate(texts):
            sheet.text(at + offset, column, name)
        counts = [get(metric, one) for _label, metric, *_rest in _RESULTS]
        for number, found in enumerate(counts):
            sheet.spread(at + offset, wide + 3 + 3 * number, found, "tasks")
        _share(
            sheet,
            at + offset,
            wide,
            [it.mean if it else math.nan for it in counts],
            get("on_time_mean_share", one),
        )
    if of is None:
        return
    end = at + len(names)
    sheet.text(end, 0, _("together"), TOTAL)
    sums = []
    for number, (_label, metric, *_rest) in enumerate(_RESULTS):
        column = wide + 3 + 3 * number
        means = [it.mean if (it := get(metric, one)) else math.nan for one in scopes]
        sums.append(total(sheet, end, column, at, means, "tasks"))
        sheet.ends(end, column + 1, get(metric, of), "tasks", TOTAL)
    _share(sheet, end, wide, sums, get("on_time_mean_share", of), TOTAL)


def _share(
    sheet: Sheet, row: int, column: int, counts: Sequence[float], found: Estimate | None, look: str = ""
) -> None:
    """The share on time: a formula, where something was judged."""
    known = [count if math.isfinite(count) else 0.0 for count in counts]
    judged = math.fsum(known)
    if judged > 0 and found is not None:
        cells = [sheet.at(row, column + 3 + 3 * number) for number in range(len(counts))]
        sheet.formula(row, column, f"={cells[0]}/({'+'.join(cells)})", known[0] / judged, "share", look)
    else:
        sheet.number(row, column, math.nan, "share", look)
    sheet.ends(row, column + 1, found, "share", look)


def _results_chart(sheet: Sheet, head: int, first: int, last: int, board: Board) -> None:
    shown = min(last, first + _MOST_BARS - 1)
    bars = [
        Line(
            sheet.cell(head, 4 + 3 * number),
            sheet.cells(first, 0, shown, 0),
            sheet.cells(first, 4 + 3 * number, shown, 4 + 3 * number),
            colour,
            fill=fill,
        )
        for number, (_label, _metric, colour, fill) in enumerate(_RESULTS)
    ]
    note = "" if shown == last else _(" (the first {count})").format(count=_MOST_BARS)
    board.add(
        chart(
            sheet,
            "bar",
            bars,
            stacked="percent_stacked",
            title=_("What becomes of planned work") + note,
            x_title=_("playbook"),
            y_title=_("share of the tasks (%)"),
            y_format="0%",
        ),
        _("Shares of planned tasks done on time, done late, missed and overdue, by playbook"),
    )


def _hours(sheet: Sheet, row: int, metric: str, title: str, summary: Summary) -> int:
    """Hours by playbook and tier, with totals both ways; the first row after them."""
    get = summary.estimates.get
    kinds = [name for name in summary.groups.kinds if get(metric, scope(playbook=name))]
    tiers = [name for name in summary.groups.tiers if get(metric, scope(tier=name))]
    if not kinds or not tiers:
        return row
    sheet.text(row, 0, title, GROUP, wide=False)
    whole = _("all tiers")
    labels = [
        _("playbook"),
        *(with_unit(scope_name(name), "hours") for name in tiers),
        with_unit(whole, "hours"),
    ]
    labels += [with_unit(end, "hours") for end in ends_of(whole)]
    sheet.header(row + 1, labels)
    first, end = row + 2, row + 2 + len(kinds)
    sums = [[0.0] * len(kinds) for _tier in tiers]
    for offset, name in enumerate(kinds):
        at = first + offset
        sheet.text(at, 0, kind_name(name))
        for column, tier in enumerate(tiers):
            found = get(metric, scope(playbook=name, tier=tier))
            sums[column][offset] = found.mean if found else 0.0
            sheet.number(at, 1 + column, sums[column][offset], "hours")
        across = f"=SUM({sheet.at(at, 1)}:{sheet.at(at, len(tiers))})"
        sheet.formula(at, 1 + len(tiers), across, math.fsum(one[offset] for one in sums), "hours")
        sheet.ends(at, 2 + len(tiers), get(metric, scope(playbook=name)), "hours")
    sheet.text(end, 0, _("together"), TOTAL)
    for column, values in enumerate(sums):
        total(sheet, end, 1 + column, first, values, "hours")
    all_of_them = [math.fsum(one[offset] for one in sums) for offset in range(len(kinds))]
    value = total(sheet, end, 1 + len(tiers), first, all_of_them, "hours")
    known = get(metric)
    sheet.ends(end, 2 + len(tiers), known, "hours", TOTAL)
    if known is not None:
        sheet.text(end + 1, 0, _("as simulated"))
        sheet.text(end + 2, 0, _("check"))
        column = 1 + len(tiers)
        checked(sheet, end + 1, column, sheet.at(end, column), value, known.mean, "hours")
    return end + 5
