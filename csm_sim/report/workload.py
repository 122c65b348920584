"""Workload → what ``csm-sim workload`` prints, as text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from csm_sim.report.page import Page, bullets, new_table
from csm_sim.report.wording import money, percent, plain_name

if TYPE_CHECKING:
    from csm_sim.analysis.workload_plan import RoleNeed, WorkloadPlan
    from csm_sim.analysis.workload_ratios import Ratio
    from csm_sim.analysis.workload_run import Comparison, RoleDifference
    from csm_sim.analysis.workload_waits import Lateness, Waiting

_LEGEND: Final = (
    "Hours: hands-on work, bottom up. FTE: people whom that would fill if they did nothing else."
    " With s: divided by 1 - shrinkage (never times 1 + shrinkage). Employ: with leave and sickness, too."
    " Load: hours over those available, which calendar, leave, vacancies, ramp and shrinkage leave."
    " M/G/1: per book, the most urgent first; Erlang C, A: per pool. Figures in brackets are not valid."
    " A load near 100% leaves nothing for chance: plan 75-85%. Nothing is simulated."
)
_MOST: Final = 12
"""Rows of a table before the rest is added up."""


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
        page.add(Text(plain_name(line), style="bold" if number == 0 else ""))
    page.section("People", _people(plan))
    for cut in by or ("playbook",):
        if cut == "month":
            for need in plan.roles:
                if need.needed_hours > 0 or need.people > 0:
                    page.section(f"Hours by month: {plain_name(need.role)}", _months(plan, need.role))
        else:
            page.section(f"Hours by {cut}", _hours(plan, cut, whole=bool(by)))
    if plan.ratios:
        page.section("Top-down, at the start", _ratios(plan))
    if plan.lateness:
        page.section("Waiting, by formulas", _lateness(plan))
        page.add(bullets(" -", (f"{one.role}: {one.validity.text}" for one in plan.lateness)))
    if comparison is not None:
        page.section(
            f"Beside the run in {plain_name(comparison.folder)}", bullets("-", differences(comparison))
        )
    page.section("What is taken to be so", bullets("-", plan.taken))
    if plan.left_out:
        page.section("What cannot be known without simulating", bullets("-", plan.left_out))
    page.section("How to read this", Text(_LEGEND))
    return page.text()


def sentences(plan: WorkloadPlan) -> Iterator[str]:
    """The answer for each role, the heaviest load first."""
    busy = [need for need in plan.roles if need.needed_hours > 0]
    if not busy:
        yield "The scenario has no work."
    for need in sorted(busy, key=lambda need: -need.load):
        short = sum(one.gap_hours > 0.5 for one in plan.role_months if one.role == need.role)
        yield f"{_fits(need, short, len(plan.months))} {_takes(need)}"


def _fits(need: RoleNeed, short: int, months: int) -> str:
    if math.isinf(need.load):
        return f"{need.role} has {_hours_text(need.needed_hours)} of work and nobody to do it."
    what = "it does not fit" if need.gap_hours > 0 else "it fits"
    if short and need.gap_hours <= 0:
        what += f", but not in {short} of {months} months"
    return (
        f"{need.role}: {_hours_text(need.needed_hours)} of work against"
        f" {_hours_text(need.available_hours)} available ({percent(need.load)}): {what}."
    )


def _takes(need: RoleNeed) -> str:
    if math.isnan(need.fte_present):
        return ""
    return f"That takes {need.fte_present:.1f} people all the time; {need.people:.1f} are there."


def _hours_text(hours: float) -> str:
    return f"{hours:,.0f} h"


def _people(plan: WorkloadPlan) -> Table:
    columns = ["hours", "available", "gap", "gap %", "FTE", "with s", "employ", "there"]
    table = new_table(columns, first="role")
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
    columns = ["times", "hours", "share", "h a month"]
    table = new_table(columns, first=cut)
    shown = rows if whole else rows[:_MOST]
    total = plan.total_hours
    for name, hours in shown:
        times = plan.tasks[cut].get(name, math.nan)
        cells = f"{times:,.0f}", f"{hours:,.0f}", percent(hours / total), f"{hours / len(plan.months):,.0f}"
        table.add_row(plain_name(": ".join(name)), *cells)
    rest = sum(hours for _, hours in rows[len(shown) :])
    if rest > 0:
        share, a_month = percent(rest / total), f"{rest / len(plan.months):,.0f}"
        table.add_row(f"{len(rows) - len(shown)} more", "", f"{rest:,.0f}", share, a_month)
    table.add_row("all", "", f"{total:,.0f}", "100%", f"{total / len(plan.months):,.0f}", style="bold")
    return table


def _months(plan: WorkloadPlan, role: str) -> Table:
    table = new_table(["hours", "available", "gap", "load", "employ", "there"], first="month")
    for need in plan.role_months:
        if need.role == role:
            load = "no time" if math.isinf(need.load) else f"{100 * need.load:.0f}%"
            table.add_row(
                need.month, f"{need.needed_hours:,.0f}", f"{need.available_hours:,.0f}",
                _signed(need.gap_hours), load, _people_text(need.fte_present), _people_text(need.people),
                style="yellow" if need.gap_hours > 0 else "",
            )  # fmt: skip
    return table


def _ratios(plan: WorkloadPlan) -> Table:
    table = new_table(["a person's", "published", "source, grade"], first="tier, role")
    for one in plan.ratios:
        name = plain_name(f"{one.tier}, {one.role}")
        table.add_row(name, *_accounts(one))
        if one.arr_per_person > 0:
            table.add_row("", *_arr(one, plan.currency))
    return table


def _accounts(one: Ratio) -> tuple[str, str, str]:
    mine, band = f"{one.accounts_per_person:,.0f} accounts", one.accounts_band
    if band is None:
        return mine, "none", ""
    place = band.place_of(one.accounts_per_person)
    return mine, f"{band.low:,.0f}-{band.high:,.0f}: {place}", f"{band.source}, {band.grade}"


def _arr(one: Ratio, currency: str) -> tuple[str, str, str]:
    mine, band = f"{money(one.arr_per_person, currency)} ARR", one.arr_band
    if band is None:
        return mine, "none", ""
    span = f"{money(band.low, currency)}-{money(band.high, currency)}"
    return mine, f"{span}: {band.place_of(one.arr_per_person)}", f"{band.source}, {band.grade}"


def _lateness(plan: WorkloadPlan) -> Table:
    table = new_table(["formula", "load", "wait", "late", "no time for"], first="role, class")
    for one in plan.lateness:
        undone = percent(one.undone) if one.undone > 0 else "nothing"
        first, *others = one.classes
        table.add_row(
            plain_name(_class(one, first)), one.formula.partition(" with")[0], *_waiting(one, first), undone
        )
        for other in others:
            table.add_row(plain_name(_class(one, other)), "", *_waiting(one, other), "")
    return table


def _class(one: Lateness, of: Waiting) -> str:
    if of.priority:
        return f"{one.role}, priority {of.priority}"
    return f"{one.role}, {one.people:,} {'person' if one.people == 1 else 'people'}"


def _waiting(role: Lateness, one: Waiting) -> tuple[str, str, str]:
    """Load, wait and share late; what is not valid stands in brackets."""
    late = "" if math.isnan(one.late) else "<0.1%" if 0 < one.late < 0.001 else percent(one.late)
    wait = "no end" if math.isinf(one.wait_hours) else f"{one.wait_hours:,.1f} h"
    if not role.validity.valid:
        wait, late = f"({wait})", f"({late})" if late else ""
    return percent(one.load), wait, late


def differences(comparison: Comparison) -> Iterator[str]:
    """One sentence for each role."""
    if not comparison.same_scenario:
        yield "that run was of another scenario, or of another state of this one: compare with care"
    for one in comparison.roles:
        yield _difference(one)


def _difference(one: RoleDifference) -> str:
    opened = one.opened
    away = opened.mean - one.estimated_hours
    share = abs(away) / one.estimated_hours if one.estimated_hours > 0 else math.nan
    span = f", 95% interval {opened.low:,.0f}-{opened.high:,.0f}" if opened.low < opened.high else ""
    text = f"{one.role}: {opened.mean:,.0f} h opened there (mean of {opened.n}{span})"
    if not abs(away) >= 0.5 or opened.low <= one.estimated_hours <= opened.high:
        return f"{text}, as estimated here"
    text += f", {percent(share)} {'less' if away < 0 else 'more'} than here"
    if one.promised is None:
        return f"{text}: lateness keeps work from opening, and accounts churn otherwise than in good health"
    late, other = opened.mean - one.promised.mean, one.promised.mean - one.estimated_hours
    return (
        f"{text}: {_signed(late)} h because of work that was late, and {_signed(other)} h because accounts"
        " churn otherwise than in good health, and of what is left out below"
    )
