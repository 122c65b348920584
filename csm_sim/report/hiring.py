"""Hire-by answer → what ``csm-sim hire-by`` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.language import N_, _, ngettext, said
from csm_sim.report.assumptions import standing_word
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.wording import listed, plain_name
from csm_sim.scenario.amounts import percent

if TYPE_CHECKING:
    from csm_sim.analysis.hiring import Answer, HireBy

_LEGEND: Final = N_(
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
    page.add(Text(plain_name(name), style="bold"), Text(), prose(first, "bold"))
    page.add(*(prose(line) for line in others))
    page.add(Text(), bullets("-", _besides(found)))
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"))
    page.section(_("How many requisitions, until when"), _answers(found))
    page.section(_("What this rests on"), bullets("-", _basis(found)))
    page.section(_("How to read this"), prose(_(_LEGEND)))
    return page.text()


def sentences(found: HireBy) -> Iterator[str]:
    """The answer for the chance asked for, the most important first."""
    wanted = _("{people} on {date} with a chance of {share}").format(
        people=people_of(found), date=found.by, share=percent(found.chance)
    )
    asked = found.asked
    if asked is None:
        yield _("There is no time left to have {wanted}.").format(wanted=wanted)
        yield from _too_late(found)
    elif asked.requisitions == 0:
        yield _("To have {wanted}, no requisition is needed.").format(wanted=wanted)
        yield _("Without any, there are fewer than {n} with a chance of {share}.").format(
            n=f"{found.people:,}", share=chance_text(asked.late)
        )
    else:
        yield ngettext(
            "To have {wanted}, open {n} requisition by {date}.",
            "To have {wanted}, open {n} requisitions by {date}.",
            asked.requisitions,
        ).format(wanted=wanted, n=f"{asked.requisitions:,}", date=asked.open_by)
        yield _("Opened on that day, there are fewer than {n} with a chance of {share}.").format(
            n=f"{found.people:,}", share=f"{chance_text(asked.late)}{_how_short(found, asked)}"
        )


def people_of(found: HireBy) -> str:
    """Who is wanted: ``12 ramped people of csm``."""
    text = ngettext("{n} ramped person of {role}", "{n} ramped people of {role}", found.people)
    return text.format(n=f"{found.people:,}", role=found.role)


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


def _requisitions(number: int) -> str:
    return ngettext("{n} requisition", "{n} requisitions", number).format(n=f"{number:,}")


def _people(number: int) -> str:
    return ngettext("{n} person", "{n} people", number).format(n=f"{number:,}")


def _how_short(found: HireBy, answer: Answer) -> str:
    """How the chance of too few divides: ``: 11 with 7.6%, fewer than that with 2.1%``."""
    if found.people == 1 or not answer.late > 0.0005:
        return ""
    rest = max(answer.late - answer.one_short, 0.0)
    one, fewer = chance_text(answer.one_short), chance_text(rest)
    text = _(": {n} with {one}, fewer than that with {fewer}")
    return text.format(n=f"{found.people - 1:,}", one=one, fewer=fewer)


def _too_late(found: HireBy) -> Iterator[str]:
    few, most = found.best
    if most.chance <= found.enough_without + 1e-9:
        text = _("Even opened on {date} no requisition helps: the chance stays at {share}.")
        yield text.format(date=few.open_on, share=chance_text(found.enough_without))
    else:
        yield _("Even opened on {date} the chance is {share} with {few}, and {best} with {most}.").format(
            date=few.open_on, share=chance_text(few.chance), few=_requisitions(few.requisitions),
            best=chance_text(most.chance), most=f"{most.requisitions:,}",
        )  # fmt: skip
    if found.usually_ramped is not None:
        usual = found.usually_ramped
        text = _("Who is looked for from {start} on is ramped by {date} in half of the cases.")
        yield text.format(start=found.start, date=usual)


def _besides(found: HireBy) -> Iterator[str]:
    changes = [_("{n} more").format(n=f"{found.added:,}")] if found.added else []
    changes += [_("{n} fewer").format(n=f"{found.gone:,}")] if found.gone else []
    seats = _("{people} at the start").format(people=_people(found.headcount))
    if changes:
        until = _(" and ").join(changes)
        seats = _("{seats}, as planned {changes} until then").format(seats=seats, changes=until)
    yield _(
        "Without further requisitions ({seats}) {ramped} are ramped on average, {n} or more with a chance of"
        " {share}."
    ).format(
        seats=seats, ramped=f"{found.ramped_without:,.1f}", n=f"{found.people:,}",
        share=chance_text(found.enough_without),
    )  # fmt: skip
    if found.others:
        first, *rest = found.others
        parts = [
            _("{requisitions} may open until {date}").format(
                requisitions=_requisitions(first.requisitions), date=first.open_by
            )
        ]
        parts += [
            _("{n} until {date}").format(n=f"{other.requisitions:,}", date=other.open_by) for other in rest
        ]
        yield _("With the same chance, {parts}.").format(parts=listed(parts))


def _warnings(found: HireBy) -> Iterator[str]:
    asked, missing = found.asked, found.best[0].requisitions
    if asked is not None and asked.requisitions > 2 * missing:
        seats = found.headcount + found.added - found.gone + asked.requisitions
        yield _(
            "{n} requisitions for {people} missing make up for too little time; once all are filled, {role}"
            " has {seats} seats"
        ).format(n=f"{asked.requisitions:,}", people=_people(missing), role=found.role, seats=f"{seats:,}")
    if found.same_time_to_hire:
        what = next(one for one in found.basis if one.key.endswith("time_to_hire"))
        if what.standing == "given":
            yield _(
                "every search takes exactly {time}; with a spread, such as {example}, the day for a high"
                " chance is earlier"
            ).format(time=what.value, example=f"{{mean: {what.value}, cv: 0.5}}")
        else:
            yield _("the file says no time_to_hire, so people join on the day the requisition opens")
    yield from map(said, found.left_out)


def _answers(found: HireBy) -> Table:
    table = new_table(
        [_("requisitions"), _("open by"), _("ramped, average"), _("too few with")], first=_("chance")
    )
    most = found.best[-1]
    helps = most.chance > found.enough_without + 1e-9
    beyond = _("more than {n}").format(n=f"{most.requisitions:,}") if helps else _("none helps")
    for chance, answer in found.answers.items():
        style = "bold" if chance == found.chance else ""
        cells = [beyond, _("no time left"), "", ""]
        if answer is not None:
            day = str(answer.open_by) if answer.open_by is not None else _("none needed")
            cells = [f"{answer.requisitions:,}", day, f"{answer.ramped:,.1f}", chance_text(answer.late)]
        table.add_row(percent(chance), *cells, style=style)
    return table


def _basis(found: HireBy) -> Iterator[str]:
    for one in found.basis:
        source = "" if one.source == "assumption" else f", {said(one.source)}"
        if one.source.startswith("--set "):
            source = ", --set"  # it says the same once more
        words = standing_word(one.standing)
        yield f"{_(one.what)}: {said(one.value)} ({words}{source})"


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
