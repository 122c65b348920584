"""Hire-by answer → what ``csm-sim hire-by`` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.report.page import Page, bullets, new_table
from csm_sim.report.wording import plain_name
from csm_sim.scenario.amounts import percent

if TYPE_CHECKING:
    from csm_sim.analysis.hiring import Answer, HireBy

_LEGEND: Final = (
    "Ramped: past all months of the ramp that are below full speed. "
    "Taken into account: who is there, hires, cuts and moves of the timeline, named people who start, ends of"
    " contracts, attrition, backfill, freezes, time to hire. "
    "Not: burnout, leave, absences, policies. "
    "Seats are independent of each other; that is assumed. Nothing is simulated."
)


def hiring_report(found: HireBy, name: str, *, width: int, colour: bool) -> str:
    """The answer as text.

    Parameters
    ----------
    found
        The answer.
    name
        Of the scenario.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    """
    page = Page(width, colour=colour)
    first, *others = (plain_name(line) for line in sentences(found))
    page.add(Text(plain_name(name), style="bold"), Text(), Text(first, style="bold"))
    page.add(*(Text(line) for line in others))
    page.add(Text(), bullets("-", _besides(found)))
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"))
    page.section("How many requisitions, until when", _answers(found))
    page.section("What this rests on", bullets("-", _basis(found)))
    page.section("How to read this", Text(_LEGEND))
    return page.text()


def sentences(found: HireBy) -> Iterator[str]:
    """The answer for the chance asked for, the most important first."""
    wanted = f"{people_of(found)} on {found.by} with a chance of {percent(found.chance)}"
    asked = found.asked
    if asked is None:
        yield f"There is no time left to have {wanted}."
        yield from _too_late(found)
    elif asked.requisitions == 0:
        yield f"To have {wanted}, no requisition is needed."
        yield f"Without any, there are {_fewer(found)} with a chance of {chance_text(asked.late)}."
    else:
        yield f"To have {wanted}, open {_count(asked.requisitions, 'requisition')} by {asked.open_by}."
        yield (
            f"Opened on that day, there are {_fewer(found)} with a chance of {chance_text(asked.late)}"
            f"{_how_short(found, asked)}."
        )


def people_of(found: HireBy) -> str:
    """Who is wanted: ``12 ramped people of csm``."""
    return f"{_count(found.people, 'ramped person', 'ramped people')} of {found.role}"


def chance_text(chance: float) -> str:
    """A chance as a percentage; one that is not quite 0 or 1 does not look like it.

    >>> chance_text(0.0974), chance_text(1e-7), chance_text(0.99996), chance_text(0.0)
    ('9.7%', '<0.1%', '>99.9%', '0%')
    """
    if 1e-12 < chance < 0.0005:
        return "<0.1%"
    if 0.9995 <= chance < 1 - 1e-12:
        return ">99.9%"
    share = min(max(chance, 0.0), 1.0)
    return f"{100 * share:.{0 if share < 0.0005 or share > 0.9995 else 1}f}%"


def _count(number: int, what: str, plural: str = "") -> str:
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def _fewer(found: HireBy) -> str:
    return f"fewer than {found.people:,}"


def _how_short(found: HireBy, answer: Answer) -> str:
    """How the chance of too few divides: ``: 11 with 7.6%, fewer than that with 2.1%``."""
    if found.people == 1 or not answer.late > 0.0005:
        return ""
    rest = max(answer.late - answer.one_short, 0.0)
    one, fewer = chance_text(answer.one_short), chance_text(rest)
    return f": {found.people - 1:,} with {one}, fewer than that with {fewer}"


def _too_late(found: HireBy) -> Iterator[str]:
    few, most = found.best
    if most.chance <= found.enough_without + 1e-9:
        yield (
            f"Even opened on {few.open_on} no requisition helps:"
            f" the chance stays at {chance_text(found.enough_without)}."
        )
    else:
        yield (
            f"Even opened on {few.open_on} the chance is {chance_text(few.chance)}"
            f" with {_count(few.requisitions, 'requisition')}, and {chance_text(most.chance)} with"
            f" {most.requisitions:,}."
        )
    if found.usually_ramped is not None:
        usual = found.usually_ramped
        yield f"Who is looked for from {found.start} on is ramped by {usual} in half of the cases."


def _besides(found: HireBy) -> Iterator[str]:
    changes = [f"{found.added:,} more" if found.added else "", f"{found.gone:,} fewer" if found.gone else ""]
    until = " and ".join(change for change in changes if change)
    seats = f"{_count(found.headcount, 'person', 'people')} at the start"
    if until:
        seats += f", as planned {until} until then"
    yield (
        f"Without further requisitions ({seats}) {found.ramped_without:,.1f} are ramped on average,"
        f" {found.people:,} or more with a chance of {chance_text(found.enough_without)}."
    )
    if found.others:
        first, *rest = (
            f"{_count(other.requisitions, 'requisition')} may open until {other.open_by}"
            if index == 0
            else f"{other.requisitions:,} until {other.open_by}"
            for index, other in enumerate(found.others)
        )
        yield f"With the same chance, {', '.join([first, *rest])}."


def _warnings(found: HireBy) -> Iterator[str]:
    asked, missing = found.asked, found.best[0].requisitions
    if asked is not None and asked.requisitions > 2 * missing:
        seats = found.headcount + found.added - found.gone + asked.requisitions
        yield (
            f"{asked.requisitions:,} requisitions for {_count(missing, 'person', 'people')} missing make up"
            f" for too little time; once all are filled, {found.role} has {seats:,} seats"
        )
    if found.same_time_to_hire:
        what = next(one for one in found.basis if one.key.endswith("time_to_hire"))
        if what.standing == "given":
            yield (
                f"every search takes exactly {what.value}; with a spread, such as"
                f" {{mean: {what.value}, cv: 0.5}}, the day for a high chance is earlier"
            )
        else:
            yield "the file says no time_to_hire, so people join on the day the requisition opens"
    yield from found.left_out


def _answers(found: HireBy) -> Table:
    table = new_table(["requisitions", "open by", "ramped, average", "too few with"], first="chance")
    most = found.best[-1]
    helps = most.chance > found.enough_without + 1e-9
    beyond = f"more than {most.requisitions:,}" if helps else "none helps"
    for chance, answer in found.answers.items():
        style = "bold" if chance == found.chance else ""
        cells = [beyond, "no time left", "", ""]
        if answer is not None:
            day = str(answer.open_by) if answer.open_by is not None else "none needed"
            cells = [f"{answer.requisitions:,}", day, f"{answer.ramped:,.1f}", chance_text(answer.late)]
        table.add_row(percent(chance), *cells, style=style)
    return table


def _basis(found: HireBy) -> Iterator[str]:
    for one in found.basis:
        source = "" if one.source == "assumption" else f", {one.source}"
        if one.source.startswith("--set "):
            source = ", --set"  # it says the same once more
        yield f"{one.what}: {one.value} ({one.standing}{source})"


def hiring_json(found: HireBy, name: str) -> dict[str, Any]:
    """The answer as data: dates in ISO form, chances as shares."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [plain(part) for part in value]
        return value.isoformat() if isinstance(value, date) else value

    data = {
        field: getattr(found, field)
        for field in (
            "role", "people", "by", "chance", "start", "headcount", "added", "gone", "ramped_without",
            "enough_without", "usually_ramped", "left_out",
        )
    }  # fmt: skip
    answers = [
        asdict(answer) if answer is not None else {"chance": chance, "requisitions": None, "open_by": None}
        for chance, answer in found.answers.items()
    ]
    more: dict[str, Any] = {
        "name": name,
        "answers": answers,
        "others": [asdict(other) for other in found.others],
        "best": [asdict(one) for one in found.best],
        "basis": [asdict(one) for one in found.basis],
    }
    shown: dict[str, Any] = plain({**data, **more})
    return shown
