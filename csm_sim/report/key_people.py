"""Key people → what ``csm-sim key-people`` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.analysis.key_people import MOST_HOLDERS, resolved
from csm_sim.report.page import Page, bullets, new_table
from csm_sim.report.people import short
from csm_sim.report.wording import is_money, plain_name, with_half_width, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.estimates import Estimate
    from csm_sim.analysis.key_people import KeyPeople, Risk

_LEGEND: Final = (
    "Each row is one absence against none, on the same futures; ± is half of the 95% interval of the paired"
    " difference. In brackets: not resolved, the interval contains 0. "
    "h a week: working time that the person spends in these weeks, or that work with the skill takes. "
    "late: planned tasks for customers that are late or missed, over the whole horizon. "
    "tickets: those that miss a target. ARR: expected to be lost (ARR times churn probability at renewals)."
)

_COVER: Final[dict[str, str]] = {"colleagues": "covered", "nobody": "book waits", "pool": "pool"}


def key_people_report(found: KeyPeople, name: str, *, width: int, colour: bool) -> str:
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
    days = f"{found.weeks} {'week' if found.weeks == 1 else 'weeks'} from {found.first}"
    about = f"away for {days}, seed {found.seed}, n = {found.n} simulated futures each"
    page.add(Text(plain_name(name), style="bold"), Text(about, style="dim"), Text())
    page.add(Text(plain_name(_first(found)), style="bold"), Text())
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    page.add(_table(found))
    page.section("Notes", bullets("-", _notes(found)))
    page.section("How to read this", Text(_LEGEND))
    return page.text()


def called(found: KeyPeople, risk: Risk) -> str:
    """A person by name, with the role where there are several and the name does not tell it; or a skill."""
    name = risk.candidate.name
    if risk.candidate.kind == "skill":
        return f"skill {name}"
    roles = {role for other in found.risks for role in other.roles}
    return name if len(roles) == 1 or name.startswith(f"{risk.roles[0]} ") else f"{name} ({risk.roles[0]})"


def _first(found: KeyPeople) -> str:
    worst = found.risks[0]
    whom = (
        called(found, worst)
        if worst.candidate.kind == "person"
        else f"everybody with the {called(found, worst)}"
    )
    if found.churns and resolved(worst.arr):
        return f"The absence of {whom} costs most: ARR of {with_interval(worst.arr)} is expected to be lost."
    if found.churns:
        return (
            "No absence costs ARR that can be told from chance; the largest estimate is"
            f" {with_interval(worst.arr)} for {whom}."
        )
    if resolved(worst.failed):
        return (
            f"The absence of {whom} costs most: {with_interval(worst.failed)} planned tasks late or missed."
        )
    return "No absence makes planned work late or missed so that it could be told from chance."


def _table(found: KeyPeople) -> Table:
    differ = len({risk.covered for risk in found.risks}) > 1
    columns = ["h a week", "late", *(["tickets"] if found.has_tickets else [])]
    columns += [*(["ARR"] if found.churns else []), *(["accounts"] if differ else [])]
    table = new_table(columns, first="away")
    for risk in found.risks:
        cells = [short(risk.work), _difference(risk.failed)]
        cells += [_difference(risk.tickets)] if found.has_tickets else []
        cells += [_difference(risk.arr)] if found.churns else []
        cells += [_COVER[risk.covered]] if differ else []
        table.add_row(Text(plain_name(called(found, risk))), *(Text(cell) for cell in cells))
    return table


def _difference(one: Estimate) -> str:
    if one.mean == 0 and one.half_width == 0:
        return "0"
    text = with_half_width(one) if is_money(one) else short(one)
    return text if resolved(one) else f"({text})"


def _warnings(found: KeyPeople) -> Iterator[str]:
    if found.n < 2:
        yield "one replication has no confidence interval: ask for more, e.g. --replications 50"
    elif found.n < 10:
        yield f"{found.n} replications are few: intervals of less than 10 are not to be relied on"
    if found.months_after < 0:
        yield "the horizon ends before the absence does"
    elif found.churns and found.months_after < 6:
        yield (
            f"the horizon ends {found.months_after:.1f} months after the absence:"
            " what is lost at later renewals is not in it"
        )


def _notes(found: KeyPeople) -> Iterator[str]:
    k = len(found.risks)
    what, field = ("ARR", "arr") if found.churns else ("late or missed work", "failed")
    if k > 1 and found.n > 1:
        alone = sum(resolved(getattr(risk, field)) for risk in found.risks)
        together = sum(resolved(getattr(risk, field), found.wider) for risk in found.risks)
        yield (
            f"{k} absences are compared, and by chance alone one interval in 20 leaves out 0. Intervals that"
            f" hold for all {k} together (Bonferroni) are {found.wider:.2f} times as wide:"
            f" of {alone} resolved in {what}, {together} {'is' if together == 1 else 'are'} still so."
        )
    yield from _cover_notes(found)
    for risk in found.risks:
        if risk.candidate.kind == "skill":
            who = ", ".join(risk.people)
            yield f"{called(found, risk)}: everybody who has it is away ({who}), and all their work waits"
    if found.common_skills:
        more = ", ".join(found.common_skills)
        yield f"not looked at, because more than {MOST_HOLDERS} people have them: {more}"
    if found.left_out:
        yield (
            f"{found.left_out} more people were not compared (the largest books come first);"
            " name them with --who"
        )
    gone: dict[str, list[str]] = {}
    for risk in found.risks:
        if risk.happens < 1:
            gone.setdefault(f"{risk.happens:.0%}", []).append(called(found, risk))
    for share, names in gone.items():
        yield f"still there on that day in {share} of the futures only: {', '.join(names)}"


def _cover_notes(found: KeyPeople) -> Iterator[str]:
    texts = {
        "colleagues": "colleagues take over the accounts meanwhile, as handovers: the absence is as long as"
        " staff.*.handover.cover_after",
        "nobody": "nobody takes over the accounts meanwhile; staff.*.handover.cover_after says from which"
        " length of an absence on colleagues do",
        "pool": "no accounts of their own; the others of the pool go on",
    }
    kinds = {risk.covered for risk in found.risks}
    for kind, text in texts.items():
        if kind in kinds:
            yield f"{_COVER[kind]}: {text}" if len(kinds) > 1 else text


def key_people_json(found: KeyPeople, name: str) -> dict[str, Any]:
    """The answer as data: dates in ISO form."""
    return {
        "name": name,
        "first_day": found.first.isoformat(),
        "weeks": found.weeks,
        "seed": found.seed,
        "n": found.n,
        "confidence": 0.95,
        "compared": len(found.risks),
        "bonferroni_times_as_wide": found.wider,
        "people_left_out": found.left_out,
        "skills_of_many": list(found.common_skills),
        "months_from_absence_to_end": found.months_after,
        "absences": [_risk_json(risk, found.wider) for risk in found.risks],
    }


def _risk_json(risk: Risk, wider: float) -> dict[str, Any]:
    differences = {
        "late_or_missed_tasks": risk.failed,
        "tickets_out_of_target": risk.tickets,
        "arr_lost": risk.arr,
        "accounts_lost": risk.accounts,
    }
    return {
        "kind": risk.candidate.kind,
        "name": risk.candidate.name,
        "people": list(risk.people),
        "roles": list(risk.roles),
        "accounts_covered_by": risk.covered,
        "share_of_futures_still_there": risk.happens,
        "book_accounts": _interval(risk.book_accounts),
        "book_arr": _interval(risk.book_arr),
        "work_hours_a_week": _interval(risk.work),
        **{
            key: {
                **(_interval(one) or {}),
                "resolved": resolved(one),
                "resolved_together": resolved(one, wider),
            }
            for key, one in differences.items()
        },
    }


def _interval(one: Estimate | None) -> dict[str, Any] | None:
    return None if one is None else {"unit": one.unit, "mean": one.mean, "low": one.low, "high": one.high}
