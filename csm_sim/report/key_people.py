"""Key people → what ``csm-sim key-people`` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.analysis.key_people import MOST_HOLDERS, resolved
from csm_sim.language import N_, _, ngettext
from csm_sim.report.differences import few_futures
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.people import short
from csm_sim.report.wording import is_money, listed, plain_name, with_half_width, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.estimates import Estimate
    from csm_sim.analysis.key_people import KeyPeople, Risk

_LEGEND: Final = N_(
    "Each row is one absence against none, on the same futures; ± is half of the 95% interval of the paired"
    " difference. In brackets: not resolved, the interval contains 0. "
    "h a week: working time that the person spends in these weeks, or that work with the skill takes. "
    "late: planned tasks for customers that are late or missed, over the whole horizon. "
    "tickets: those that miss a target. ARR: expected to be lost (ARR times churn probability at renewals)."
)

_COVER: Final[dict[str, str]] = {
    "colleagues": N_("covered"), "nobody": N_("book waits"), "pool": N_("pool"),
}  # fmt: skip


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
    about = ngettext(
        "away for {weeks} week from {first}, seed {seed}, n = {n} simulated futures each",
        "away for {weeks} weeks from {first}, seed {seed}, n = {n} simulated futures each",
        found.weeks,
    ).format(weeks=found.weeks, first=found.first, seed=found.seed, n=found.n)
    page.add(Text(plain_name(name), style="bold"), Text(about, style="dim"), Text())
    page.add(prose(plain_name(_first(found)), "bold"), Text())
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    page.add(_table(found))
    page.section(_("Notes"), bullets("-", _notes(found)))
    page.section(_("How to read this"), prose(_(_LEGEND)))
    return page.text()


def called(found: KeyPeople, risk: Risk) -> str:
    """A person by name, with the role where there are several and the name does not tell it; or a skill."""
    name = risk.candidate.name
    if risk.candidate.kind == "skill":
        return _("skill {name}").format(name=name)
    roles = {role for other in found.risks for role in other.roles}
    return name if len(roles) == 1 or name.startswith(f"{risk.roles[0]} ") else f"{name} ({risk.roles[0]})"


def _first(found: KeyPeople) -> str:
    worst = found.risks[0]
    whom = (
        called(found, worst)
        if worst.candidate.kind == "person"
        else _("everybody with the {skill}").format(skill=called(found, worst))
    )
    if found.churns and resolved(worst.arr):
        text = _("The absence of {whom} costs most: ARR of {amount} is expected to be lost.")
        return text.format(whom=whom, amount=with_interval(worst.arr))
    if found.churns:
        return _(
            "No absence costs ARR that can be told from chance; the largest estimate is {amount} for {whom}."
        ).format(amount=with_interval(worst.arr), whom=whom)
    if resolved(worst.failed):
        text = _("The absence of {whom} costs most: {n} planned tasks late or missed.")
        return text.format(whom=whom, n=with_interval(worst.failed))
    return _("No absence makes planned work late or missed so that it could be told from chance.")


def _table(found: KeyPeople) -> Table:
    differ = len({risk.covered for risk in found.risks}) > 1
    columns = [_("h a week"), _("late"), *([_("tickets")] if found.has_tickets else [])]
    columns += [*([_("ARR")] if found.churns else []), *([_("accounts")] if differ else [])]
    table = new_table(columns, first=_("away"))
    for risk in found.risks:
        cells = [short(risk.work), _difference(risk.failed)]
        cells += [_difference(risk.tickets)] if found.has_tickets else []
        cells += [_difference(risk.arr)] if found.churns else []
        cells += [_(_COVER[risk.covered])] if differ else []
        table.add_row(Text(plain_name(called(found, risk))), *(Text(cell) for cell in cells))
    return table


def _difference(one: Estimate) -> str:
    if one.mean == 0 and one.half_width == 0:
        return "0"
    text = with_half_width(one) if is_money(one) else short(one)
    return text if resolved(one) else f"({text})"


def _warnings(found: KeyPeople) -> Iterator[str]:
    yield from few_futures(found.n, "50")
    if found.months_after < 0:
        yield _("the horizon ends before the absence does")
    elif found.churns and found.months_after < 6:
        yield _(
            "the horizon ends {n} months after the absence: what is lost at later renewals is not in it"
        ).format(n=f"{found.months_after:.1f}")


def _notes(found: KeyPeople) -> Iterator[str]:
    k = len(found.risks)
    what, field = (_("ARR"), "arr") if found.churns else (_("late or missed work"), "failed")
    if k > 1 and found.n > 1:
        alone = sum(resolved(getattr(risk, field)) for risk in found.risks)
        together = sum(resolved(getattr(risk, field), found.wider) for risk in found.risks)
        yield ngettext(
            "{k} absences are compared, and by chance alone one interval in 20 leaves out 0. Intervals that"
            " hold for all {k} together (Bonferroni) are {times} times as wide: of {alone} resolved in"
            " {what}, {n} is still so.",
            "{k} absences are compared, and by chance alone one interval in 20 leaves out 0. Intervals that"
            " hold for all {k} together (Bonferroni) are {times} times as wide: of {alone} resolved in"
            " {what}, {n} are still so.",
            together,
        ).format(k=k, times=f"{found.wider:.2f}", alone=alone, what=what, n=together)
    yield from _cover_notes(found)
    for risk in found.risks:
        if risk.candidate.kind == "skill":
            text = _("{skill}: everybody who has it is away ({people}), and all their work waits")
            yield text.format(skill=called(found, risk), people=listed(risk.people))
    if found.common_skills:
        text = _("not looked at, because more than {n} people have them: {skills}")
        yield text.format(n=MOST_HOLDERS, skills=listed(found.common_skills))
    if found.left_out:
        yield _(
            "{n} more people were not compared (the largest books come first); name them with --who"
        ).format(n=found.left_out)
    gone: dict[str, list[str]] = {}
    for risk in found.risks:
        if risk.happens < 1:
            gone.setdefault(f"{risk.happens:.0%}", []).append(called(found, risk))
    for share, names in gone.items():
        text = _("still there on that day in {share} of the futures only: {names}")
        yield text.format(share=share, names=listed(names))


def _cover_notes(found: KeyPeople) -> Iterator[str]:
    texts = {
        "colleagues": _(
            "colleagues take over the accounts meanwhile, as handovers: the absence is as long as"
            " staff.*.handover.cover_after"
        ),
        "nobody": _(
            "nobody takes over the accounts meanwhile; staff.*.handover.cover_after says from which length of"
            " an absence on colleagues do"
        ),
        "pool": _("no accounts of their own; the others of the pool go on"),
    }
    kinds = {risk.covered for risk in found.risks}
    for kind, text in texts.items():
        if kind in kinds:
            yield f"{_(_COVER[kind])}: {text}" if len(kinds) > 1 else text


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
