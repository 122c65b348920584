"""Sizing answer → what ``csm-sim size`` prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from csm_sim.language import N_, _, ngettext, said
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.sizing_words import (
    SHORT,
    WORDS,
    aim_of,
    interval,
    people,
    profit_sentences,
    sentences,
    tolerance_of,
)
from csm_sim.report.wording import listed, money, number, percent, plain_name

if TYPE_CHECKING:
    from csm_sim.analysis.sizing import Confirmed, Sized
    from csm_sim.analysis.sizing_profit import Profit
    from csm_sim.analysis.sizing_when import InTime, Month, RoleInTime
    from csm_sim.analysis.what_if import WhatIf

_LEGEND: Final = (
    N_(
        "Targets: means with 95% intervals over fresh futures that the search has not seen; ! is on the wrong"
        " side there."
    ),
    N_(
        "Meets: within the tolerance (sizing.tolerance: {tolerances}). The confidence is that of the search,"
        " for all points and targets together; it adds futures until each target is decided, 20 at least."
    ),
)
_PROFIT_LEGEND: Final = N_(
    "Hire: one person more, everybody else as in the answer. Kept: ARR at the end of the horizon, by the"
    " expectation at each renewal. Worth: a year's margin on it ({margin}, money.gross_margin) less the cost"
    " of the person over the whole horizon. Yes and no: the whole 95% interval of the paired difference"
    " says so."
)
_WHEN_LEGEND: Final = N_(
    "Needed: people that the work of the month takes at full use of their time. Heads: as many as keep the"
    " load of each as low as the answer does on average; by load, not by simulating each month. Open by: by"
    " formulas, as csm-sim hire-by says."
)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is reported."""

    name: str
    """Of the scenario."""
    currency: str
    seed: int
    sized: Sized
    profit: Profit | None
    when: InTime | None
    simulated: int
    """Futures that the answer rests on."""
    what_if: WhatIf | None = None
    """The teams that were tried, to move through."""


def sizing_report(found: Findings, *, width: int, colour: bool, places: Sequence[str] = ()) -> str:
    """The answer as text.

    Parameters
    ----------
    found
        The answer.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    places
        Where results were written.
    """
    page, sized = Page(width, colour=colour), found.sized
    first, *others = (plain_name(line) for line in sentences(sized, found.currency, found.simulated))
    page.add(Text(plain_name(found.name), style="bold"), Text(), prose(first, "bold"), Text())
    page.add(bullets("-", others))
    warnings = list(_warnings(sized))
    if warnings:
        page.add(Text(), bullets("!", warnings, "yellow"))
    page.section(_("Targets"), _targets(sized, sized.confirmed))
    tolerances = listed(f"{_(SHORT[one.key])} {tolerance_of(one)}" for one in sized.question.targets)
    legend = [_(line).format(tolerances=tolerances) for line in _LEGEND]
    if found.profit is not None and found.profit.hires:
        page.section(_("Does the next hire pay for itself?"), _hires(found.profit, found.currency))
        page.add(Text(), bullets("-", profit_sentences(found.profit, sized, found.currency)))
        legend.append(_(_PROFIT_LEGEND).format(margin=percent(sized.question.margin)))
    if found.when is not None:
        page.section(_("When"), _months(found.when.roles))
        page.add(Text(), bullets("-", _dates(found.when)))
        legend.append(_(_WHEN_LEGEND))
    page.section(_("What was tried"), _tried(sized))
    if sized.question.notes:
        page.section(_("Notes"), bullets("-", map(said, sized.question.notes)))
    page.section(_("How to read this"), bullets("-", legend))
    for place in places:
        page.add(Text(), Text(plain_name(place)), soft_wrap=True)
    return page.text()


def _warnings(sized: Sized) -> Iterator[str]:
    names = sized.question.names
    open_ = [one for one in sized.tried if not one.resolved]
    if open_:
        yield _(
            "{points} of the points could not be decided with {n} futures each and were taken for what the"
            " futures rather say; the confidence does not cover them. A wider sizing.tolerance decides"
            " sooner."
        ).format(points=len(open_), n=open_[0].n)
    for one in sized.confirmed.shown:
        if one.beyond_tolerance and one.wanted.key not in sized.left_out:
            yield _("not confirmed: on fresh futures {what} is {interval}, and is to be {aim}").format(
                what=_(WORDS[one.wanted.key]),
                interval=interval(one.wanted, one.interval),
                aim=aim_of(one.wanted),
            )
    for over, under in sized.crossed:
        yield _(
            "{fewer} meet the targets and {more} do not: more people can make it worse here, so a cheaper"
            " team may be enough"
        ).format(fewer=people(names, under), more=people(names, over))
    for role, count in zip(sized.question.roles, sized.answer, strict=True):
        if count == role.high > role.low and not sized.left_out:
            yield _("{role}: {n} is the most that was allowed ({key})").format(
                role=role.name, n=count, key=f"sizing.roles.{role.name}.max"
            )


def _targets(sized: Sized, confirmed: Confirmed) -> Table:
    fewer = {_("one {role} less").format(role=name): one for name, one in sized.fewer.items()}
    columns = {_("answer"): confirmed, **fewer}
    table = new_table([_("aim"), *columns], first=_("target"))
    for row, shown in enumerate(confirmed.shown):
        cells = []
        for one in columns.values():
            cell = one.shown[row]
            mark = "" if cell.good else "! "
            cells.append(
                Text(f"{mark}{interval(cell.wanted, cell.interval)}", style="" if cell.good else "red")
            )
        table.add_row(Text(_(SHORT[shown.wanted.key])), Text(aim_of(shown.wanted)), *cells)
    return table


def _short(names: Sequence[str], point: Sequence[int]) -> str:
    return " + ".join(
        _("{count} {role}").format(count=count, role=name) for name, count in zip(names, point, strict=True)
    )


def _hires(profit: Profit, currency: str) -> Table:
    table = new_table([_("ARR kept"), _("costs"), _("worth"), _("pays")], first=_("hire"))
    styles = {"yes": "green", "no": "red", "not resolved": "yellow"}
    for hire in profit.hires:
        kept, worth = (
            _("{value} [{low}, {high}]").format(
                value=money(one.mean, currency, one.half_width),
                low=money(one.low, currency, one.half_width),
                high=money(one.high, currency, one.half_width),
            )
            for one in (hire.kept, hire.worth)
        )
        table.add_row(
            Text(
                plain_name(
                    _("{role} {before} to {after}").format(
                        role=hire.role, before=hire.number - 1, after=hire.number
                    )
                )
            ),
            kept,
            money(hire.cost, currency),
            worth,
            Text(_pays(hire.pays), style=styles[hire.pays]),
        )
    return table


def _pays(pays: str) -> str:
    words = {"yes": _("yes"), "no": _("no"), "not resolved": _("not resolved")}
    return words[pays]


def _months(roles: Sequence[RoleInTime]) -> Table:
    columns = [column for role in roles for column in (_("{role} needed").format(role=role.role), _("heads"))]
    table = new_table(columns, first=_("month"))
    found: dict[str, dict[str, Month]] = {}
    for role in roles:
        for month in role.months:
            found.setdefault(month.name, {})[role.role] = month
    for name in sorted(found):
        cells = []
        for role in roles:
            one = found[name].get(role.role)
            half = math.nan if one is None else one.needed.half_width
            cells += (
                ["", ""]
                if one is None
                else [f"{number(one.needed.mean)}{f' ±{half:.2f}' if half > 0 else ''}", str(one.heads)]
            )
        table.add_row(name, *cells)
    return table


def _dates(when: InTime) -> Iterator[str]:
    chance = percent(when.chance)
    for role in when.roles:
        if not role.dates:
            yield _("{role}: the {n} of today are enough in every month").format(role=role.role, n=role.now)
        for one in role.dates:
            wanted = _("{role}: {n} ramped on {date} (chance {share})").format(
                role=role.role, n=one.people, date=one.by, share=chance
            )
            if one.answer is None:
                yield _("{wanted}: there is no time left").format(wanted=wanted)
            elif one.answer.requisitions == 0:
                yield _("{wanted}: no further requisition is needed").format(wanted=wanted)
            else:
                count = one.answer.requisitions
                yield ngettext(
                    "{wanted}: open {n} requisition by {date}", "{wanted}: open {n} requisitions by {date}",
                    count,
                ).format(wanted=wanted, n=count, date=one.answer.open_by)  # fmt: skip


def _tried(sized: Sized) -> Table:
    table = new_table([_("futures"), _("result")], first=_("team"))
    for one in sized.tried:
        meets = _("meets the other targets") if one.left_out else _("meets the targets")
        missed = _(SHORT[one.missed]) if one.missed else ""
        result = meets if one.holds else _("misses {target}").format(target=missed)
        result += "" if one.resolved else _(" (not resolved)")
        table.add_row(Text(plain_name(_short(sized.question.names, one.point))), str(one.n), Text(result))
    return table
