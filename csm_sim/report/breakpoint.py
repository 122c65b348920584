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
from csm_sim.language import N_, _, pgettext, said
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.wording import kind_name, listed, money, percent, plain_name, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.breakpoint import Breakpoint, Curve, GivesWay, TargetBreak
    from csm_sim.analysis.breakpoint_curves import Break

WORDS: Final = {"on_time": N_("planned work on time"), "sla": N_("tickets within targets")}
"""Targets in words."""

ROWS: Final = 12
"""Book sizes in the table of the terminal."""

_LEGEND: Final = N_(
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
    about = _(
        "accounts per {role}, seed {seed}, n = {n} simulated futures at each of {sizes} sizes"
    ).format(
        role=found.books.role, seed=found.question.seed, n=found.question.replications, sizes=sizes
    )  # fmt: skip
    page.add(Text(plain_name(name), style="bold"), prose(plain_name(about), "dim"), Text())
    page.add(prose(plain_name(headline(found)), "bold"), Text())
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    page.add(_breaks(found))
    if found.gives_way:
        title = _("What gives way: more than {share} of the work is late, or dropped")
        page.section(title.format(share=f"{GIVES_WAY:.0%}"), _gives_way(found))
    page.section(_("The curve"), _curve(found))
    page.section(_("Notes"), bullets("-", _notes(found, weeks)))
    page.section(_("How to read this"), prose(_(_LEGEND)))
    return page.text()


# ---------------------------------------------------------------- sentences


def headline(found: Breakpoint) -> str:
    """The answer in a sentence."""
    role, today = found.books.role, size(found.books.today)
    first, headroom = found.first, found.headroom
    if first is None or headroom is None:
        return _without_target(found)
    what = aim(percent(first.line), first.target)
    if first.found.at == math.inf:
        return _("{what} holds up to {n} accounts per {role}, the largest book looked at.").format(
            what=what, n=size(found.high), role=role
        )
    if first.found.at == -math.inf:
        return _("{what} is missed even with {n} accounts per {role}, the smallest book looked at.").format(
            what=what, n=size(found.low), role=role
        )
    if headroom.at >= 0:
        text = _(
            "At {today} accounts per {role} you are {room} accounts from the break: {what} holds up to {at}."
        )
    else:
        text = _(
            "At {today} accounts per {role} you are {room} accounts beyond the break: {what} holds up to"
            " {at}."
        )
        headroom = type(headroom)(-headroom.at, -headroom.high, -headroom.low)
    return text.format(
        today=today, role=role, room=interval(headroom), what=what, at=interval(first.found)
    )  # fmt: skip


def aim(share: str, target: str) -> str:
    """A target in words: ``95% planned work on time``."""
    return _("{share} {target}").format(share=share, target=_(WORDS[target]))


def _without_target(found: Breakpoint) -> str:
    role, today = found.books.role, size(found.books.today)
    if found.economic is not None and found.economic.inside:
        return _("One more account per {role} stops paying at {at}; today they have {today}.").format(
            role=role, at=interval(found.economic), today=today
        )
    if math.isfinite(found.fluid):
        return _("The hours of a {role} run out at {at} accounts; today they have {today}.").format(
            role=role, at=size(found.fluid), today=today
        )
    return _("Nothing breaks within {low} to {high} accounts per {role}.").format(
        low=size(found.low), high=size(found.high), role=role
    )


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

    if math.isnan(one.low):
        return _("{value} [no interval]").format(value=shown(one.at))
    return _("{value} [{low}, {high}]").format(
        value=shown(one.at), low=shown(one.low), high=shown(one.high)
    )  # fmt: skip


def place(found: Breakpoint, one: Break) -> str:
    """A break with its interval, or on which side of the range it lies."""
    if one.inside:
        return interval(one)
    if one.at > 0:
        return _("beyond {x}").format(x=size(found.high))
    return _("below {x}").format(x=size(found.low))


# ---------------------------------------------------------------- tables


def _breaks(found: Breakpoint) -> Table:
    table = new_table([_("accounts per {role}").format(role=found.books.role), _("from today")])
    today = found.books.today

    def row(name: str, text: str, at: float) -> None:
        apart = f"{at - today:+.1f}" if math.isfinite(at) else ""
        table.add_row(Text(plain_name(name)), Text(text), Text(apart))

    for one in found.targets:
        name = _("target break: {what}").format(what=aim(percent(one.line), one.target))
        row(name, place(found, one.found), one.found.at)
    if found.economic is not None:
        row(_economic_name(found), place(found, found.economic), found.economic.at)
    if math.isfinite(found.fluid):
        row(_("fluid break: the hours run out"), by_formula(found), found.fluid)
    table.add_row(Text(_("today")), Text(size(today)), Text(""))
    return table


def _economic_name(found: Breakpoint) -> str:
    least = found.question.least
    if not least:
        return _("economic break: one more adds nothing")
    return _("economic break: one more adds less than {amount}").format(amount=money(least, found.currency))


def by_formula(found: Breakpoint) -> str:
    """The fluid break, and how it is known."""
    return _("{n} (formula)").format(n=size(found.fluid))


def _gives_way(found: Breakpoint) -> Table:
    load = pgettext("work", "load")
    table = new_table([_("late from"), load, _("dropped from"), load], first=_("work"))
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
        table.add_row(Text(plain_name(kind_name(work))), *(Text(cell) for cell in cells))
    return table


def _curve(found: Breakpoint) -> Table:
    curves = [one for one in found.curves if one.what != "arr_retained"]
    names = {"on_time": _("on time"), "sla": _("in targets"), "utilisation": _("utilisation")}
    columns = [names[one.what] for one in curves]
    table = new_table([*columns, *([_("one more adds")] if found.marginal else [])], first=_("accounts"))
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
        yield _("one replication has no interval: ask for more, e.g. --replications 40")
    elif n < 20:
        yield _("{n} replications are few: resampled intervals of less than 20 are too short").format(n=n)


def _notes(found: Breakpoint, weeks: float) -> Iterator[str]:
    yield from map(said, found.left_out)
    late = next((one for one in found.gives_way if one.how == "late"), None)
    dropped = next((one for one in found.gives_way if one.how == "dropped"), None)
    for one, text in (
        (late, _("late first: {work}, from {at} accounts on")),
        (dropped, _("dropped first: {work}, from {at} accounts on")),
    ):
        if one is not None:
            first = text.format(work=kind_name(one.work), at=place(found, one.found))
            if one.found.inside:
                load = f"{one.utilisation:.0%}"
                first = _("{first}, at {load} utilisation").format(first=first, load=load)
            yield first
    if found.never:
        yield _("neither late nor dropped within the range: {names}").format(
            names=listed(map(kind_name, found.never))
        )
    yield from _leave_notes(found, weeks)
    if found.economic is not None and found.economic.at == math.inf:
        yield _(
            "one more account still pays at {n}: what the others lose by it is less than what it brings"
        ).format(n=size(found.high))
    if found.economic is not None:
        yield _("ARR is that of the end of the horizon: what later renewals lose is not in it")
    if len(found.books.segments) > 1:
        yield _("the segments {names} grow together, in today's proportions").format(
            names=listed(found.books.segments)
        )
    if found.books.people > 1 and found.books.fullest > 1.2 * found.books.today:
        yield _(
            "the list gives one {role} {n} accounts: the fullest book breaks first, however many the others"
            " have"
        ).format(role=found.books.role, n=found.books.fullest)
    if found.books.people > 1:
        yield _("sizes are means over {n} people; the staff stays as it is").format(n=found.books.people)
    yield _("new business is the same at every size")


def _leave_notes(found: Breakpoint, weeks: float) -> Iterator[str]:
    first = found.first
    if first is None or not first.found.inside:
        return
    by_hours = leave_by_hours(found, weeks)
    if by_hours > 0:
        yield _(
            "headroom by hours: {weeks} weeks of leave for each {role} within these {all} weeks, if it did"
            " not matter when"
        ).format(weeks=f"{by_hours:.1f}", role=found.books.role, all=f"{weeks:.0f}")
    if found.leave is not None:
        each = _("each, one after the other,") if found.books.people > 1 else _("of one person")
        if found.leave.uses.inside:
            yield _(
                "headroom by simulation: a {weeks}-week leave {each} uses {room} accounts: the break is then"
                " at {at}"
            ).format(
                weeks=found.leave.weeks,
                each=each,
                room=interval(found.leave.uses),
                at=interval(found.leave.with_it),
            )
        else:
            yield _(
                "headroom by simulation: with a {weeks}-week leave {each} the target is missed at every size"
                " from {low} on"
            ).format(weeks=found.leave.weeks, each=each, low=size(found.low))


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
