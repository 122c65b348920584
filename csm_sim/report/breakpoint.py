"""Breaks of a role's books → what ``csm-sim breakpoint`` prints, as text, as a table and as JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.analysis.breakpoint import GIVES_WAY, leave_by_hours
from csm_sim.analysis.estimates import Estimate
from csm_sim.report.page import Page, bullets, new_table
from csm_sim.report.wording import money, percent, plain_name, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.breakpoint import Breakpoint, Curve, GivesWay, TargetBreak
    from csm_sim.analysis.breakpoint_curves import Break

WORDS: Final = {"on_time": "planned work on time", "sla": "tickets within targets"}
"""Targets in words."""

ROWS: Final = 12
"""Book sizes in the table of the terminal."""

_LEGEND: Final = (
    "In square brackets: 95% intervals, from 500 resamples of whole futures. "
    "Target break: the largest book that meets the target, of this role's work. "
    "Economic break: the first account that adds no expected ARR, because the others get less; read over a"
    " window of a tenth of the fluid break. "
    "Fluid break: hours of people ÷ hours of an account, by formula, without chance and due dates."
)


def breakpoint_report(found: Breakpoint, name: str, *, weeks: float, width: int, colour: bool) -> str:
    """The answer as text.

    Parameters
    ----------
    found
        The answer.
    name
        Of the scenario.
    weeks
        Of the horizon.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    """
    page = Page(width, colour=colour)
    sizes = len(found.curves[0].sizes)
    about = (
        f"accounts per {found.books.role}, seed {found.question.seed},"
        f" n = {found.question.replications} simulated futures at each of {sizes} sizes"
    )
    page.add(Text(plain_name(name), style="bold"), Text(plain_name(about), style="dim"), Text())
    page.add(Text(plain_name(headline(found)), style="bold"), Text())
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    page.add(_breaks(found))
    if found.gives_way:
        page.section(
            f"What gives way: more than {GIVES_WAY:.0%} of the work is late, or dropped", _gives_way(found)
        )
    page.section("The curve", _curve(found))
    page.section("Notes", bullets("-", _notes(found, weeks)))
    page.section("How to read this", Text(_LEGEND))
    return page.text()


# ---------------------------------------------------------------- sentences


def headline(found: Breakpoint) -> str:
    """The answer in a sentence."""
    role, today = found.books.role, size(found.books.today)
    first, headroom = found.first, found.headroom
    if first is None or headroom is None:
        return _without_target(found)
    what = f"{percent(first.line)} {WORDS[first.target]}"
    if first.found.at == math.inf:
        return f"{what} holds up to {size(found.high)} accounts per {role}, the largest book looked at."
    if first.found.at == -math.inf:
        return (
            f"{what} is missed even with {size(found.low)} accounts per {role}, the smallest book looked at."
        )
    if headroom.at >= 0:
        return (
            f"At {today} accounts per {role} you are {interval(headroom)} accounts from the break:"
            f" {what} holds up to {interval(first.found)}."
        )
    beyond = type(headroom)(-headroom.at, -headroom.high, -headroom.low)
    return (
        f"At {today} accounts per {role} you are {interval(beyond)} accounts beyond the break:"
        f" {what} holds up to {interval(first.found)}."
    )


def _without_target(found: Breakpoint) -> str:
    role, today = found.books.role, size(found.books.today)
    if found.economic is not None and found.economic.inside:
        return (
            f"One more account per {role} stops paying at {interval(found.economic)};"
            f" today they have {today}."
        )
    if math.isfinite(found.fluid):
        return f"The hours of a {role} run out at {size(found.fluid)} accounts; today they have {today}."
    return f"Nothing breaks within {size(found.low)} to {size(found.high)} accounts per {role}."


def size(accounts: float) -> str:
    """A number of accounts per person: ``42`` or ``42.5``.

    >>> size(42.0), size(42.53), size(1042.53)
    ('42', '42.5', '1,043')
    """
    if accounts == round(accounts) or abs(accounts) >= 1000:
        return f"{accounts:,.0f}"
    return f"{accounts:.1f}"


def interval(one: Break) -> str:
    """A break inside the range with its interval; an end outside the range is left open: ``[38.5, ...]``."""
    digits = 1 if abs(one.at) < 100 else 0

    def shown(value: float) -> str:
        if not math.isfinite(value):
            return "..."
        text = f"{value:,.{digits}f}"
        return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text

    ends = "no interval" if math.isnan(one.low) else f"{shown(one.low)}, {shown(one.high)}"
    return f"{shown(one.at)} [{ends}]"


def place(found: Breakpoint, one: Break) -> str:
    """A break with its interval, or on which side of the range it lies."""
    if one.inside:
        return interval(one)
    return f"beyond {size(found.high)}" if one.at > 0 else f"below {size(found.low)}"


# ---------------------------------------------------------------- tables


def _breaks(found: Breakpoint) -> Table:
    table = new_table([f"accounts per {found.books.role}", "from today"])
    today = found.books.today

    def row(name: str, text: str, at: float) -> None:
        apart = f"{at - today:+.1f}" if math.isfinite(at) else ""
        table.add_row(Text(plain_name(name)), Text(text), Text(apart))

    for one in found.targets:
        row(f"target break: {percent(one.line)} {WORDS[one.target]}", place(found, one.found), one.found.at)
    if found.economic is not None:
        row(_economic_name(found), place(found, found.economic), found.economic.at)
    if math.isfinite(found.fluid):
        row("fluid break: the hours run out", f"{size(found.fluid)} (formula)", found.fluid)
    table.add_row(Text("today"), Text(size(today)), Text(""))
    return table


def _economic_name(found: Breakpoint) -> str:
    least = found.question.least
    what = f"less than {money(least, found.currency)}" if least else "nothing"
    return f"economic break: one more adds {what}"


def _gives_way(found: Breakpoint) -> Table:
    table = new_table(["late from", "load", "dropped from", "load"], first="work")
    by_work: dict[str, dict[str, GivesWay]] = {}
    for one in found.gives_way:
        by_work.setdefault(one.work, {})[one.how] = one
    for work, ends in by_work.items():
        cells = []
        for how in ("late", "dropped"):
            end = ends.get(how)
            cells += [
                "" if end is None else place(found, end.found),
                "" if end is None or math.isnan(end.utilisation) else f"{end.utilisation:.0%}",
            ]
        table.add_row(Text(plain_name(work)), *(Text(cell) for cell in cells))
    return table


def _curve(found: Breakpoint) -> Table:
    curves = [one for one in found.curves if one.what != "arr_retained"]
    names = {"on_time": "on time", "sla": "in targets", "utilisation": "utilisation"}
    columns = [names[one.what] for one in curves]
    table = new_table([*columns, *(["one more adds"] if found.marginal else [])], first="accounts")
    for row in _rows(found):
        cells = [_share(one, row) for one in curves]
        if found.marginal:
            cells.append(_nearest(found, float(curves[0].sizes[row])))
        table.add_row(Text(size(float(curves[0].sizes[row]))), *(Text(cell) for cell in cells))
    return table


def _rows(found: Breakpoint) -> list[int]:
    """A dozen sizes, evenly spaced as far as there are such."""
    sizes = found.curves[0].sizes
    if len(sizes) <= ROWS:
        return list(range(len(sizes)))
    wanted = [found.low + (found.high - found.low) * part / (ROWS - 1) for part in range(ROWS)]
    chosen = {int(abs(sizes - want).argmin()) for want in [*wanted, found.books.today]}
    return sorted(chosen)


def _share(one: Curve, row: int) -> str:
    mean, half = float(one.mean[row]), float(one.high[row] - one.low[row]) / 2
    if math.isnan(mean):
        return ""
    if math.isnan(half):
        return percent(mean)
    return f"{100 * mean:.1f}% ±{100 * half:.1f}"


def _nearest(found: Breakpoint, at: float) -> str:
    """What one more account adds there: of the pair of sizes that lies closest."""
    one = found.marginal
    if one is None:
        return ""
    row = int(abs(one.sizes - at).argmin())
    if abs(one.sizes[row] - at) > 0.08 * (found.high - found.low):
        return ""
    mean, low, high = (float(value[row]) for value in (one.mean, one.low, one.high))
    return with_half_width(Estimate("", found.currency, "", mean, low, high, found.question.replications))


# ---------------------------------------------------------------- notes


def _warnings(found: Breakpoint) -> Iterator[str]:
    n = found.question.replications
    if n < 2:
        yield "one replication has no interval: ask for more, e.g. --replications 40"
    elif n < 20:
        yield f"{n} replications are few: resampled intervals of less than 20 are too short"


def _notes(found: Breakpoint, weeks: float) -> Iterator[str]:
    yield from found.left_out
    late = next((one for one in found.gives_way if one.how == "late"), None)
    dropped = next((one for one in found.gives_way if one.how == "dropped"), None)
    for one, what in ((late, "late first"), (dropped, "dropped first")):
        if one is not None:
            load = f", at {one.utilisation:.0%} utilisation" if one.found.inside else ""
            yield f"{what}: {one.work}, from {place(found, one.found)} accounts on{load}"
    if found.never:
        yield f"neither late nor dropped within the range: {', '.join(found.never)}"
    yield from _leave_notes(found, weeks)
    if found.economic is not None and found.economic.at == math.inf:
        yield (
            f"one more account still pays at {size(found.high)}: what the others lose by it is less than"
            " what it brings"
        )
    if found.economic is not None:
        yield "ARR is that of the end of the horizon: what later renewals lose is not in it"
    if len(found.books.segments) > 1:
        yield f"the segments {', '.join(found.books.segments)} grow together, in today's proportions"
    if found.books.people > 1 and found.books.fullest > 1.2 * found.books.today:
        yield (
            f"the list gives one {found.books.role} {found.books.fullest} accounts: the fullest book breaks"
            " first, however many the others have"
        )
    if found.books.people > 1:
        yield f"sizes are means over {found.books.people} people; the staff stays as it is"
    yield "new business is the same at every size"


def _leave_notes(found: Breakpoint, weeks: float) -> Iterator[str]:
    first = found.first
    if first is None or not first.found.inside:
        return
    by_hours = leave_by_hours(found, weeks)
    if by_hours > 0:
        yield (
            f"headroom by hours: {by_hours:.1f} weeks of leave for each {found.books.role} within these"
            f" {weeks:.0f} weeks, if it did not matter when"
        )
    if found.leave is not None:
        each = "each, one after the other," if found.books.people > 1 else "of one person"
        if found.leave.uses.inside:
            yield (
                f"headroom by simulation: a {found.leave.weeks}-week leave {each} uses"
                f" {interval(found.leave.uses)} accounts: the break is then at"
                f" {interval(found.leave.with_it)}"
            )
        else:
            yield (
                f"headroom by simulation: with a {found.leave.weeks}-week leave {each} the target is missed"
                f" at every size from {size(found.low)} on"
            )


# ---------------------------------------------------------------- data


def breakpoint_csv(found: Breakpoint) -> str:
    """The curves as a table: one row for each figure and size."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["measure", "unit", "accounts_per_person", "accounts", "mean", "low", "high", "n"])
    marginal = [] if found.marginal is None else [found.marginal]
    for curve in (*found.curves, *marginal):
        for at, mean, low, high in zip(curve.sizes, curve.mean, curve.low, curve.high, strict=True):
            values = (_cell(value) for value in (at, at * found.books.people, mean, low, high))
            writer.writerow([curve.what, curve.unit, *values, found.question.replications])
    return stream.getvalue()


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.10g}"


def breakpoint_json(found: Breakpoint, name: str, weeks: float) -> dict[str, Any]:
    """The answer as data; what lies outside the range is null, and ``where`` says on which side."""
    question, books = found.question, found.books
    by_hours = leave_by_hours(found, weeks)
    return {
        "name": name,
        "role": books.role,
        "people": books.people,
        "segments": dict(zip(books.segments, books.accounts, strict=True)),
        "accounts_per_person_today": books.today,
        "range": [found.low, found.high],
        "seed": question.seed,
        "n": question.replications,
        "confidence": 0.95,
        "simulations": found.simulations,
        "target_breaks": [_target_json(found, one) for one in found.targets],
        "economic_break": None if found.economic is None else _break_json(found.economic),
        "arr_that_one_more_has_to_bring": question.least,
        "fluid_break": found.fluid if math.isfinite(found.fluid) else None,
        "headroom_accounts_per_person": None if found.headroom is None else _break_json(found.headroom),
        "headroom_weeks_of_leave_by_hours": by_hours if math.isfinite(by_hours) else None,
        "leave": None
        if found.leave is None
        else {
            "weeks": found.leave.weeks,
            "target_break_with_it": _break_json(found.leave.with_it),
            "uses_accounts_per_person": _break_json(found.leave.uses),
        },
        "gives_way": [
            {
                "work": one.work,
                "how": one.how,
                "more_than_share": GIVES_WAY,
                **_break_json(one.found),
                "utilisation": None if math.isnan(one.utilisation) else one.utilisation,
            }
            for one in found.gives_way
        ],
        "never_gives_way": list(found.never),
        "left_out": list(found.left_out),
        "curves": [
            _curve_json(one) for one in (*found.curves, *([found.marginal] if found.marginal else []))
        ],
    }


def _target_json(found: Breakpoint, one: TargetBreak) -> dict[str, Any]:
    return {"target": one.target, "at_least": one.line, **_break_json(one.found)}


def _break_json(one: Break) -> dict[str, Any]:
    values = {"at": one.at, "low": one.low, "high": one.high}
    where = "inside" if one.inside else "beyond the range" if one.at > 0 else "below the range"
    return {
        "where": where,
        **{key: value if math.isfinite(value) else None for key, value in values.items()},
    }


def _curve_json(one: Curve) -> dict[str, Any]:
    columns = {"accounts_per_person": one.sizes, "mean": one.mean, "low": one.low, "high": one.high}
    return {
        "measure": one.what,
        "unit": one.unit,
        **{
            key: [float(value) if math.isfinite(value) else None for value in values]
            for key, values in columns.items()
        },
    }
