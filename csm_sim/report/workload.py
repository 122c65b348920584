"""Workload → what ``csm-sim workload`` prints, as text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from csm_sim.language import N_, _, ngettext, pgettext, said
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.wording import joined, kind_name, listed, money, percent, plain_name, scope_name

if TYPE_CHECKING:
    from csm_sim.analysis.workload_plan import RoleNeed, WorkloadPlan
    from csm_sim.analysis.workload_ratios import Band, Ratio
    from csm_sim.analysis.workload_run import Comparison, RoleDifference
    from csm_sim.analysis.workload_waits import Lateness, Waiting

_LEGEND: Final = N_(
    "Hours: hands-on work, bottom up. FTE: people whom that would fill if they did nothing else."
    " With s: divided by 1 - shrinkage (never times 1 + shrinkage). Employ: with leave and sickness, too."
    " Load: hours over those available, which calendar, leave, vacancies, ramp and shrinkage leave."
    " M/G/1: per book, the most urgent first; Erlang C, A: per pool. Figures in brackets are not valid."
    " A load near 100% leaves nothing for chance: plan 75-85%. Nothing is simulated."
)
_MOST: Final = 12
"""Rows of a table before the rest is added up."""

_BY: Final = {
    "playbook": (N_("Hours by playbook"), N_("playbook")),
    "step": (N_("Hours by step"), N_("step")),
    "tier": (N_("Hours by tier"), N_("tier")),
    "role": (N_("Hours by role"), N_("role")),
}
"""Title of a table of hours, and of its first column."""

_PLACES: Final = {"below": N_("below"), "inside": N_("inside"), "above": N_("above")}
"""Where a figure lies beside a published band."""


def workload_report(
    plan: WorkloadPlan,
    by: tuple[str, ...],
    comparison: Comparison | None,
    *,
    width: int,
    colour: bool,
) -> str:
    """The answer as text.

    Parameters
    ----------
    plan
        The answer.
    by
        By what hours are divided, of ``CUTS``; without any: by playbook.
    comparison
        With a run of the scenario, where there is one.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    """
    page = Page(width, colour=colour)
    page.add(Text(plain_name(plan.name), style="bold"), Text())
    for number, line in enumerate(sentences(plan)):
        page.add(prose(plain_name(line), "bold" if number == 0 else ""))
    page.section(_("People"), _people(plan))
    for cut in by or ("playbook",):
        if cut == "month":
            for need in plan.roles:
                if need.needed_hours > 0 or need.people > 0:
                    title = _("Hours by month: {role}").format(role=plain_name(need.role))
                    page.section(title, _months(plan, need.role))
        else:
            page.section(_(_BY[cut][0]), _hours(plan, cut, whole=bool(by)))
    if plan.ratios:
        page.section(_("Top-down, at the start"), _ratios(plan))
    if plan.lateness:
        page.section(_("Waiting, by formulas"), _lateness(plan))
        page.add(bullets(" -", (f"{one.role}: {said(one.validity.text)}" for one in plan.lateness)))
    if comparison is not None:
        title = _("Beside the run in {folder}").format(folder=plain_name(comparison.folder))
        page.section(title, bullets("-", differences(comparison)))
    page.section(_("What is taken to be so"), bullets("-", map(said, plan.taken)))
    if plan.left_out:
        page.section(_("What cannot be known without simulating"), bullets("-", map(said, plan.left_out)))
    page.section(_("How to read this"), prose(_(_LEGEND)))
    return page.text()


def sentences(plan: WorkloadPlan) -> Iterator[str]:
    """The answer for each role, the heaviest load first."""
    busy = [need for need in plan.roles if need.needed_hours > 0]
    if not busy:
        yield _("The scenario has no work.")
    for need in sorted(busy, key=lambda need: -need.load):
        short = sum(one.gap_hours > 0.5 for one in plan.role_months if one.role == need.role)
        yield joined((_fits(need, short, len(plan.months)), _takes(need)))


def _fits(need: RoleNeed, short: int, months: int) -> str:
    if math.isinf(need.load):
        return _("{role} has {hours} of work and nobody to do it.").format(
            role=need.role, hours=_hours_text(need.needed_hours)
        )
    fits = _("it does not fit") if need.gap_hours > 0 else _("it fits")
    if short and need.gap_hours <= 0:
        fits = _("it fits, but not in {short} of {months} months").format(short=short, months=months)
    return _("{role}: {hours} of work against {available} available ({load}): {fits}.").format(
        role=need.role,
        hours=_hours_text(need.needed_hours),
        available=_hours_text(need.available_hours),
        load=percent(need.load),
        fits=fits,
    )


def _takes(need: RoleNeed) -> str:
    if math.isnan(need.fte_present):
        return ""
    return _("That takes {needed} people all the time; {there} are there.").format(
        needed=f"{need.fte_present:.1f}", there=f"{need.people:.1f}"
    )


def _hours_text(hours: float) -> str:
    return _("{n} h").format(n=f"{hours:,.0f}")


def _people(plan: WorkloadPlan) -> Table:
    columns = [
        _("hours"), pgettext("hours", "available"), _("gap"), _("gap %"), "FTE", _("with s"), _("employ"),
        _("there"),
    ]  # fmt: skip
    table = new_table(columns, first=_("role"))
    for need in plan.roles:
        table.add_row(
            plain_name(need.role), f"{need.needed_hours:,.0f}", f"{need.available_hours:,.0f}",
            _signed(need.gap_hours), "" if math.isnan(need.gap_share) else f"{100 * need.gap_share:+.0f}%",
            *(_people_text(value) for value in (need.fte_unshrunk, need.fte, need.fte_present, need.people)),
        )  # fmt: skip
    return table


def _people_text(people: float) -> str:
    return "" if math.isnan(people) else f"{people:.1f}"


def _signed(hours: float) -> str:
    return f"{hours:+,.0f}" if round(hours) else "0"


def _hours(plan: WorkloadPlan, cut: str, *, whole: bool) -> Table:
    rows = sorted(plan.hours[cut].items(), key=lambda row: -row[1])
    columns = [_("times"), _("hours"), pgettext("hours", "share"), _("h a month")]
    table = new_table(columns, first=_(_BY[cut][1]))
    shown = rows if whole else rows[:_MOST]
    total = plan.total_hours
    for name, hours in shown:
        times = plan.tasks[cut].get(name, math.nan)
        cells = f"{times:,.0f}", f"{hours:,.0f}", percent(hours / total), f"{hours / len(plan.months):,.0f}"
        table.add_row(plain_name(": ".join(_names(cut, name))), *cells)
    rest = sum(hours for _, hours in rows[len(shown) :])
    if rest > 0:
        share, a_month = percent(rest / total), f"{rest / len(plan.months):,.0f}"
        more = pgettext("rows", "{n} more").format(n=len(rows) - len(shown))
        table.add_row(more, "", f"{rest:,.0f}", share, a_month)
    table.add_row(_("all"), "", f"{total:,.0f}", "100%", f"{total / len(plan.months):,.0f}", style="bold")
    return table


def _names(cut: str, name: tuple[str, ...]) -> tuple[str, ...]:
    """The name of a row in the language in use."""
    name_of = kind_name if cut in ("playbook", "step") else scope_name
    return name_of(name[0]), *name[1:]


def _months(plan: WorkloadPlan, role: str) -> Table:
    columns = [
        _("hours"), pgettext("hours", "available"), _("gap"), pgettext("work", "load"), _("employ"),
        _("there"),
    ]  # fmt: skip
    table = new_table(columns, first=_("month"))
    for need in plan.role_months:
        if need.role == role:
            load = _("no time") if math.isinf(need.load) else f"{100 * need.load:.0f}%"
            table.add_row(
                need.month, f"{need.needed_hours:,.0f}", f"{need.available_hours:,.0f}",
                _signed(need.gap_hours), load, _people_text(need.fte_present), _people_text(need.people),
                style="yellow" if need.gap_hours > 0 else "",
            )  # fmt: skip
    return table


def _ratios(plan: WorkloadPlan) -> Table:
    table = new_table([_("a person's"), _("published"), _("source, grade")], first=_("tier, role"))
    for one in plan.ratios:
        name = plain_name(listed((one.tier, one.role)))
        table.add_row(name, *_accounts(one))
        if one.arr_per_person > 0:
            table.add_row("", *_arr(one, plan.currency))
    return table


def _accounts(one: Ratio) -> tuple[str, str, str]:
    mine, band = _("{n} accounts").format(n=f"{one.accounts_per_person:,.0f}"), one.accounts_band
    if band is None:
        return mine, pgettext("band", "none"), ""
    return mine, *_band(band, f"{band.low:,.0f}", f"{band.high:,.0f}", one.accounts_per_person)


def _arr(one: Ratio, currency: str) -> tuple[str, str, str]:
    mine, band = _("{amount} ARR").format(amount=money(one.arr_per_person, currency)), one.arr_band
    if band is None:
        return mine, pgettext("band", "none"), ""
    return mine, *_band(band, money(band.low, currency), money(band.high, currency), one.arr_per_person)


def _band(band: Band, low: str, high: str, value: float) -> tuple[str, str]:
    """The ends of a band with the place of a value, and where it is published."""
    place = _(_PLACES[band.place_of(value)])
    ends = _("{low}-{high}: {place}").format(low=low, high=high, place=place)
    return ends, listed((_(band.source), band.grade))


def _lateness(plan: WorkloadPlan) -> Table:
    columns = [_("formula"), pgettext("work", "load"), pgettext("work", "wait"), _("late"), _("no time for")]
    table = new_table(columns, first=_("role, class"))
    for one in plan.lateness:
        undone = percent(one.undone) if one.undone > 0 else pgettext("work", "nothing")
        first, *others = one.classes
        table.add_row(
            plain_name(_class(one, first)), one.formula.partition(" with")[0], *_waiting(one, first), undone
        )
        for other in others:
            table.add_row(plain_name(_class(one, other)), "", *_waiting(one, other), "")
    return table


def _class(one: Lateness, of: Waiting) -> str:
    if of.priority:
        return _("{role}, priority {n}").format(role=one.role, n=of.priority)
    return ngettext("{role}, {n} person", "{role}, {n} people", one.people).format(
        role=one.role, n=f"{one.people:,}"
    )


def _waiting(role: Lateness, one: Waiting) -> tuple[str, str, str]:
    """Load, wait and share late; what is not valid stands in brackets."""
    late = "" if math.isnan(one.late) else "<0.1%" if 0 < one.late < 0.001 else percent(one.late)
    wait = _("no end") if math.isinf(one.wait_hours) else _("{n} h").format(n=f"{one.wait_hours:,.1f}")
    if not role.validity.valid:
        wait, late = f"({wait})", f"({late})" if late else ""
    return percent(one.load), wait, late


def differences(comparison: Comparison) -> Iterator[str]:
    """One sentence for each role."""
    if not comparison.same_scenario:
        yield _("that run was of another scenario, or of another state of this one: compare with care")
    for one in comparison.roles:
        yield _difference(one)


def _difference(one: RoleDifference) -> str:
    opened = one.opened
    away = opened.mean - one.estimated_hours
    share = abs(away) / one.estimated_hours if one.estimated_hours > 0 else math.nan
    values = {"role": one.role, "hours": f"{opened.mean:,.0f}", "n": opened.n}
    if opened.low < opened.high:
        text = _("{role}: {hours} h opened there (mean of {n}, 95% interval {low}-{high})").format(
            **values, low=f"{opened.low:,.0f}", high=f"{opened.high:,.0f}"
        )
    else:
        text = _("{role}: {hours} h opened there (mean of {n})").format(**values)
    if not abs(away) >= 0.5 or opened.low <= one.estimated_hours <= opened.high:
        return _("{opened}, as estimated here").format(opened=text)
    apart = _("{opened}, {share} less than here") if away < 0 else _("{opened}, {share} more than here")
    text = apart.format(opened=text, share=percent(share))
    if one.promised is None:
        return _(
            "{apart}: lateness keeps work from opening, and accounts churn otherwise than in good health"
        ).format(apart=text)
    late, other = opened.mean - one.promised.mean, one.promised.mean - one.estimated_hours
    return _(
        "{apart}: {late} h because of work that was late, and {other} h because accounts churn otherwise"
        " than in good health, and of what is left out below"
    ).format(apart=text, late=_signed(late), other=_signed(other))
