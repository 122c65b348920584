"""Sizing answer → what ``csm-sim size`` prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from csm_sim.report.page import Page, bullets, new_table
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
from csm_sim.report.wording import money, number, percent, plain_name

if TYPE_CHECKING:
    from csm_sim.analysis.sizing import Confirmed, Sized
    from csm_sim.analysis.sizing_profit import Profit
    from csm_sim.analysis.sizing_when import InTime, Month, RoleInTime

_LEGEND: Final = (
    "Targets: means with 95% intervals over fresh futures that the search has not seen; ! is on the wrong"
    " side there.",
    "Meets: within the tolerance (sizing.tolerance: {tolerances}). The confidence is that of the search, for"
    " all points and targets together; it adds futures until each target is decided, 20 at least.",
)
_PROFIT_LEGEND: Final = (
    "Hire: one person more, everybody else as in the answer. Kept: ARR at the end of the horizon, by the"
    " expectation at each renewal. Worth: a year's margin on it ({margin}, sizing.margin) less the cost of"
    " the person over the whole horizon. Yes and no: the whole 95% interval of the paired difference"
    " says so."
)
_WHEN_LEGEND: Final = (
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
    page.add(Text(plain_name(found.name), style="bold"), Text(), Text(first, style="bold"), Text())
    page.add(bullets("-", others))
    warnings = list(_warnings(sized))
    if warnings:
        page.add(Text(), bullets("!", warnings, "yellow"))
    page.section("Targets", _targets(sized, sized.confirmed))
    tolerances = ", ".join(f"{SHORT[one.key]} {tolerance_of(one)}" for one in sized.question.targets)
    legend = [line.format(tolerances=tolerances) for line in _LEGEND]
    if found.profit is not None and found.profit.hires:
        page.section("Does the next hire pay for itself?", _hires(found.profit, found.currency))
        page.add(Text(), bullets("-", profit_sentences(found.profit, sized, found.currency)))
        legend.append(_PROFIT_LEGEND.format(margin=percent(sized.question.margin)))
    if found.when is not None:
        page.section("When", _months(found.when.roles))
        page.add(Text(), bullets("-", _dates(found.when)))
        legend.append(_WHEN_LEGEND)
    page.section("What was tried", _tried(sized))
    if sized.question.notes:
        page.section("Notes", bullets("-", sized.question.notes))
    page.section("How to read this", bullets("-", legend))
    for place in places:
        page.add(Text(), Text(plain_name(place)), soft_wrap=True)
    return page.text()


def _warnings(sized: Sized) -> Iterator[str]:
    names = sized.question.names
    open_ = [one for one in sized.tried if not one.resolved]
    if open_:
        yield (
            f"{len(open_)} of the points could not be decided with {open_[0].n} futures each and were taken"
            " for what the futures rather say; the confidence does not cover them. A wider sizing.tolerance"
            " decides sooner."
        )
    for one in sized.confirmed.shown:
        if one.beyond_tolerance and one.wanted.key not in sized.left_out:
            yield (
                f"not confirmed: on fresh futures {WORDS[one.wanted.key]} is"
                f" {interval(one.wanted, one.interval)}, and is to be {aim_of(one.wanted)}"
            )
    for over, under in sized.crossed:
        yield (
            f"{people(names, under)} meet the targets and {people(names, over)} do not: more people can make"
            " it worse here, so a cheaper team may be enough"
        )
    for role, count in zip(sized.question.roles, sized.answer, strict=True):
        if count == role.high > role.low and not sized.left_out:
            yield f"{role.name}: {count} is the most that was allowed (sizing.roles.{role.name}.max)"


def _targets(sized: Sized, confirmed: Confirmed) -> Table:
    columns = {"answer": confirmed, **{f"one {name} less": one for name, one in sized.fewer.items()}}
    table = new_table(["aim", *columns], first="target")
    for row, shown in enumerate(confirmed.shown):
        cells = []
        for one in columns.values():
            cell = one.shown[row]
            mark = "" if cell.good else "! "
            cells.append(
                Text(f"{mark}{interval(cell.wanted, cell.interval)}", style="" if cell.good else "red")
            )
        table.add_row(Text(SHORT[shown.wanted.key]), Text(aim_of(shown.wanted)), *cells)
    return table


def _short(names: Sequence[str], point: Sequence[int]) -> str:
    return " + ".join(f"{count} {name}" for name, count in zip(names, point, strict=True))


def _hires(profit: Profit, currency: str) -> Table:
    table = new_table(["ARR kept", "costs", "worth", "pays"], first="hire")
    styles = {"yes": "green", "no": "red", "not resolved": "yellow"}
    for hire in profit.hires:
        kept, worth = (
            f"{money(one.mean, currency, one.half_width)}"
            f" [{money(one.low, currency, one.half_width)}, {money(one.high, currency, one.half_width)}]"
            for one in (hire.kept, hire.worth)
        )
        table.add_row(
            Text(plain_name(f"{hire.role} {hire.number - 1} to {hire.number}")),
            kept,
            money(hire.cost, currency),
            worth,
            Text(hire.pays, style=styles[hire.pays]),
        )
    return table


def _months(roles: Sequence[RoleInTime]) -> Table:
    columns = [column for role in roles for column in (f"{role.role} needed", "heads")]
    table = new_table(columns, first="month")
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
            yield f"{role.role}: the {role.now} of today are enough in every month"
        for one in role.dates:
            wanted = f"{role.role}: {one.people} ramped on {one.by} (chance {chance})"
            if one.answer is None:
                yield f"{wanted}: there is no time left"
            elif one.answer.requisitions == 0:
                yield f"{wanted}: no further requisition is needed"
            else:
                count = one.answer.requisitions
                yield (
                    f"{wanted}: open {count} requisition{'s' if count > 1 else ''} by {one.answer.open_by}"
                )


def _tried(sized: Sized) -> Table:
    table = new_table(["futures", "result"], first="team")
    for one in sized.tried:
        meets = "meets the other targets" if one.left_out else "meets the targets"
        result = meets if one.holds else f"misses {SHORT[one.missed or '']}"
        result += "" if one.resolved else " (not resolved)"
        table.add_row(Text(plain_name(_short(sized.question.names, one.point))), str(one.n), Text(result))
    return table
