"""A comparison → what ``csm-sim compare`` prints: the answer first, then the tables behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from csm_sim.language import _, said
from csm_sim.report.assumptions import in_words
from csm_sim.report.compare_words import (
    amount_text,
    apart_text,
    figure_title,
    headline_sentences,
    last_day,
    level_text,
    month_name,
    plan_name,
    strength_text,
    until,
    verdict_word,
)
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.wording import listed, percent, plain_name, span

if TYPE_CHECKING:
    from csm_sim.analysis.compared import BreakEven, Compared, Difference, Plan

MOST_CHANGES: Final = 20
"""Changes of a plan that are listed; all are in changes.csv."""

MOST_ROWS: Final = 16
"""Rows of the table by month: with more months they are quarters, half-years or years."""


def compare_report(compared: Compared, *, width: int, colour: bool, places: Sequence[str] = ()) -> str:
    """The report as text, in the language in use.

    Parameters
    ----------
    compared
        What to show.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    places
        Lines that say where the results were written.
    """
    page = Page(width, colour=colour)
    page.add(_top(compared))
    for plan in compared.plans:
        if len(compared.plans) > 1:
            page.add(Text(), Text(plan_name(plan.label), style="bold underline"))
        for title, body in _plan_sections(compared, plan, width):
            page.section(title, body)
    page.section(_("What this rests on"), _basis(compared))
    page.section(_("How to read this"), Group(*(prose(line) for line in compare_legend(compared))))
    if places:
        page.add(Text(), *(Text(plain_name(place)) for place in places), soft_wrap=True)
    return page.text()


def _top(compared: Compared) -> Group:
    about = _(
        "{first} to {last} ({horizon}), seed {seed}, n = {n} simulated futures, the same for all"
    ).format(
        first=month_name(compared.months[0]),
        last=until(compared),
        horizon=span(compared.horizon),
        seed=compared.seed,
        n=compared.n,
    )
    title = _("Plans compared with {base}").format(base=plan_name(compared.base_label))
    parts: list[RenderableType] = [prose(title, "bold"), prose(about, "dim")]
    for plan in compared.plans:
        first, *others = headline_sentences(compared, plan)
        parts += [Text(), prose(first, "bold")]
        if others:
            parts += [Text(), bullets("-", others)]
    warnings = list(compare_warnings(compared))
    if warnings:
        parts += [Text(), bullets("!", warnings, "yellow")]
    return Group(*parts)


def compare_warnings(compared: Compared) -> Iterator[str]:
    """What a reader must know before trusting the figures."""
    if compared.n < 2:
        yield _("one future has no confidence interval: ask for more, e.g. --replications 50")
    elif compared.n < 10:
        yield _("{n} futures are few: intervals of less than 10 are not to be relied on").format(n=compared.n)
    if not compared.reached:
        yield _(
            "the ARR differences are not as precise as asked after {n} futures: raise run.max_replications,"
            " or accept a lower --precision"
        ).format(n=compared.n)
    for warning in compared.warnings:
        yield said(warning)


# ---------------------------------------------------------------- of a plan


def _plan_sections(compared: Compared, plan: Plan, width: int) -> Iterator[tuple[str, RenderableType]]:
    yield _("What it changes"), _changes(plan)
    if plan.same:
        return
    yield _("Figures"), _figures(plan, width)
    yield _by_month_title(compared), _by_month(compared, plan)
    if plan.break_even is not None:
        yield (
            _("Net present value by the strength of the effect of staffing"),
            _strengths(plan.break_even, compared),
        )


def _changes(plan: Plan) -> RenderableType:
    if not plan.changes:
        return prose(_("Nothing."))
    lines = []
    for change in plan.changes[:MOST_CHANGES]:
        if change.old is None:
            text = _("{key}: added {new}")
        elif change.new is None:
            text = _("{key}: removed {old}")
        else:
            text = _("{key}: {old} → {new}")
        lines.append(text.format(key=change.key, old=change.old, new=change.new))
    more = len(plan.changes) - MOST_CHANGES
    if more > 0:
        lines.append(_("and {n} more: changes.csv").format(n=more))
    return bullets("-", lines)


def _figures(plan: Plan, width: int) -> RenderableType:
    table = new_table([_("base"), _("plan"), _("difference"), _("chance"), ""], first=_("figure"))
    broken = width < _WIDE
    left_out = 0
    for one in plan.differences:
        if "@" in one.name and one.verdict == "same":
            left_out += 1
            continue
        cells = [
            level_text(one.base, one.unit),
            level_text(one.other, one.unit),
            apart_text(one.apart, one.unit),
        ]
        if broken:
            cells = [cell.replace(" ±", "\n±") for cell in cells[:2]] + cells[2:]
        verdict = Text(verdict_word(one.verdict), style=_STYLES.get(one.verdict, ""))
        table.add_row(
            prose(plain_name(figure_title(one.name))),
            *(Text(cell) for cell in cells),
            Text(_chance(one).replace(" ", "\n", 1) if broken else _chance(one)),
            verdict,
        )
    parts: list[RenderableType] = [table]
    if left_out:
        parts.append(
            prose(
                _("Figures of roles that are exactly the same are left out: {n}.").format(n=left_out), "dim"
            )
        )
    return Group(*parts)


_WIDE: Final = 100
"""Columns from which a figure and its interval fit on one line."""

_STYLES: Final = {"better": "green", "worse": "red"}


def _chance(one: Difference) -> str:
    chance = one.chance
    if chance is None or chance.mean != chance.mean:
        return ""
    return f"{100 * chance.mean:.0f}% [{100 * chance.low:.0f}, {100 * chance.high:.0f}]"


# ---------------------------------------------------------------- by month


def _step(months: int) -> int:
    """Months of a row."""
    return next((step for step in (1, 3, 6) if months <= step * MOST_ROWS), 12)


def month_rows(compared: Compared) -> list[int]:
    """The months at whose ends a table by month looks."""
    step, last = _step(len(compared.months)), len(compared.months) - 1
    return sorted({*range(step - 1, last + 1, step), last})


def _by_month_title(compared: Compared) -> str:
    titles = {
        1: _("By month: difference to the base"),
        3: _("By quarter: difference to the base"),
        6: _("By half-year: difference to the base"),
        12: _("By year: difference to the base"),
    }
    return titles[_step(len(compared.months))]


def _by_month(compared: Compared, plan: Plan) -> RenderableType:
    """What is known at the end of each row's last month."""
    names = [
        name for name in ("arr_end", "saved", "margin_lost", "gained") if plan.by_month(name) is not None
    ]
    heads = {"arr_end": _("ARR, expected")}
    table = new_table([heads.get(name) or figure_title(name) for name in names], first=_("up to"))
    for row in month_rows(compared):
        cells = []
        for name in names:
            series = plan.by_month(name)
            assert series is not None
            one = series.apart[row]
            amount = name in ("saved", "margin_lost")
            cells.append(Text(amount_text(one, series.unit) if amount else apart_text(one, series.unit)))
        table.add_row(Text(last_day(compared, row)), *cells)
    parts: list[RenderableType] = [table]
    if len(names) > 1:
        text = _(
            "Cost saved, gross margin lost and what is left are added up from the start, not discounted."
        )
        parts.append(prose(text, "dim"))
    return Group(*parts)


def _strengths(found: BreakEven, compared: Compared) -> Table:
    table = new_table([_("difference in NPV"), ""], first=_("strength"))
    for strength, net in zip(found.tried, found.net, strict=True):
        note = _("no effect") if strength == 0 else _("as the scenario says") if strength == 1 else ""
        table.add_row(Text(strength_text(strength)), Text(apart_text(net, compared.currency)), Text(note))
    return table


# ---------------------------------------------------------------- what it rests on


def _basis(compared: Compared) -> RenderableType:
    parts: list[RenderableType] = []
    for standing, title in (
        ("assumed", _("Assumed; nobody has evidence, so change them and see what moves:")),
        ("published", _("Assumed, with a published source:")),
    ):
        lines = _joined(compared, standing)
        if lines:
            parts += [prose(title), bullets("-", lines)]
    if compared.costs:
        parts.append(
            prose(
                _("Gross margin {margin} of revenue, discount rate {discount} a year.").format(
                    margin=percent(compared.gross_margin), discount=percent(compared.discount)
                )
            )
        )
    parts.append(prose(_("All of it, with sources: assumptions.csv.")))
    return Group(*parts)


def _joined(compared: Compared, standing: str) -> list[str]:
    """The values of a standing; those of one group of keys share a line."""
    lines: dict[str, list[str]] = {}
    for one in compared.basis:
        if one.standing == standing:
            words = in_words(one)
            group, _dot, last = words.key.rpartition(".") if " " not in words.key else ("", "", "")
            value = f"{last} {words.value}" if group else words.value
            lines.setdefault(group or words.key, []).append(value)
    return [_("{key}: {values}").format(key=group, values=listed(values)) for group, values in lines.items()]


def compare_legend(compared: Compared) -> Iterator[str]:
    """How the figures are to be read."""
    yield from table_note(compared)
    yield _(
        "Chance: share of single futures in which the plan is the better one, half of those that are equal;"
        " where a figure is an expectation, as the same futures show it when they are counted."
    )
    yield _(
        "Expected figures take each customer's chance of churning instead of the coin: the same mean, and"
        " less noise."
    )
    if compared.costs:
        yield _(
            "Net present value: gross margin on revenue less all costs, month by month, discounted to the"
            " first day. What happens after the horizon is not part of it."
        )
    for plan in compared.plans:
        sentence = "" if plan.same else pairing_sentence(compared, plan)
        if sentence:
            yield sentence
            break


def pairing_sentence(compared: Compared, plan: Plan) -> str:
    """What the same luck in all plans saves; empty where it cannot be told."""
    main = plan.differences[0]
    if main.saved is None or main.saved <= 0 or math.isnan(main.correlation):
        return ""
    return _(
        "The same luck in both: with independent futures the same interval of the difference in {figure}"
        " would take {more} more than the {n} that were simulated (correlation {correlation})."
    ).format(
        figure=figure_title(main.name), more=_rough(main.saved), n=main.apart.n,
        correlation=f"{main.correlation:.3f}",
    )  # fmt: skip


def _rough(count: int) -> str:
    """A count with two digits."""
    step = 10 ** max(0, len(str(count)) - 2)
    return f"{round(count / step) * step:,}"


def table_note(compared: Compared) -> Iterator[str]:
    """How to read differences."""
    yield _(
        "Differences are plan less base, paired by future; ± is half of a {confidence} interval, in brackets"
        " where it contains 0."
    ).format(confidence=f"{100 * compared.confidence:.4g}%")
    different = sum(not plan.same for plan in compared.plans)
    if different > 1:
        yield _(
            "That is wider than usual, so that the intervals of one figure of all {k} plans hold together"
            " with 95% (Bonferroni)."
        ).format(k=different)
