"""Summary → what ``csm-sim run`` prints: the answer first, then the tables behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.analysis.grouping import TICKETS
from csm_sim.language import N_, _, pgettext, said
from csm_sim.report.assumptions import assumptions_part
from csm_sim.report.customers import customer_sections
from csm_sim.report.desk import pool_reasons, pool_rows, rows_of, ticket_lines, ticket_rows
from csm_sim.report.headline import headline, next_steps
from csm_sim.report.money import money_section
from csm_sim.report.page import Page, Row, bullets, new_table, prose, tables_by_column
from csm_sim.report.people import OVERLOAD_LEGEND, PEOPLE_LEGEND, overload_lines, people_table, turnover_lines
from csm_sim.report.wording import (
    aim_text,
    kind_name,
    percent,
    plain_name,
    span,
    with_half_width,
    with_interval,
)

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary
    from csm_sim.analysis.targets import Verdict
    from csm_sim.scenario import Scenario

_MOST_PLAYBOOKS = 15


def terminal_report(
    summary: Summary, scenario: Scenario, *, seed: int, width: int, colour: bool, places: Sequence[str] = ()
) -> str:
    """The report as text.

    Parameters
    ----------
    summary
        What to show.
    scenario
        For its name and dates.
    seed
        Of the run.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    places
        Lines that say where the results were written.
    """
    page = Page(width, colour=colour)
    page.add(_top(summary, scenario, seed))
    for title, body in _sections(summary, scenario, width):
        page.section(title, body)
    if places:
        page.add(Text(), *(Text(plain_name(place)) for place in places), soft_wrap=True)
    return page.text()


def _top(summary: Summary, scenario: Scenario, seed: int) -> Group:
    about = _("{start} to {end} ({horizon}), seed {seed}, n = {n} simulated futures").format(
        start=scenario.start, end=scenario.end - timedelta(days=1), horizon=span(scenario.horizon),
        seed=seed, n=summary.n,
    )  # fmt: skip
    first, *others = headline(summary, scenario)
    title, about_text = Text(plain_name(scenario.name), style="bold"), prose(about, "dim")
    parts: list[RenderableType] = [title, about_text, Text(), prose(first, "bold")]
    if others:
        parts += [Text(), bullets("-", others)]
    if summary.warnings:
        parts += [Text(), bullets("!", map(said, summary.warnings), "yellow")]
    return Group(*parts)


def _sections(summary: Summary, scenario: Scenario, width: int) -> Iterator[tuple[str, RenderableType]]:
    if summary.targets:
        yield _("Targets"), _targets(summary)
    work = _work(summary, width)
    if work:
        yield _("Work promised: hours by playbook and tier"), Group(*work)
    roles = list(scenario.staff)
    whole = [ALL] if len(roles) > 1 else []
    yield (
        _("People: work, capacity and load"),
        Group(*tables_by_column(_role_rows(summary, roles), [*roles, *whole], width)),
    )
    moving = [role for role in roles if role in summary.moving]
    if moving:
        body: list[RenderableType] = [
            people_table(summary, moving, width - 2),
            prose(_(PEOPLE_LEGEND), "dim"),
        ]
        lines = turnover_lines(summary, moving)
        if lines:
            body += [Text(), bullets("-", lines)]
        yield _("People: who is here, and who comes and goes"), Group(*body)
    dropped = overload_lines(summary)
    if dropped:
        title = _("Overloaded people (busy more than {share}), and what their books drop").format(
            share=percent(summary.utilisation)
        )
        yield title, Group(bullets("-", dropped), prose(_(OVERLOAD_LEGEND), "dim"))
    playbooks = _playbooks(summary, width)
    if playbooks is not None:
        yield _("Planned work"), playbooks
    if scenario.tickets is not None and summary.estimates.get("tickets_opened_sum_tickets"):
        severities = list(scenario.tickets.severities)
        names = [*severities, ALL] if len(severities) > 1 else severities
        rows = ticket_rows(summary, severities)
        lines = ticket_lines(summary)
        parts: list[RenderableType] = [*tables_by_column(rows, names, width), Text(), bullets("-", lines)]
        yield _("Tickets (working hours)"), Group(*parts)
    if summary.pools:
        names = [pool.role for pool in summary.pools]
        yield (
            _("Support pools beside Erlang, for the same load and people"),
            Group(
                *tables_by_column(pool_rows(summary), names, width),
                Text(),
                bullets("-", pool_reasons(summary)),
            ),
        )
    yield from customer_sections(summary, list(scenario.segments), width)
    money = money_section(summary, scenario, width)
    if money:
        yield _("Money: costs, revenue and what is left"), Group(*money)
    yield _("What this rests on"), assumptions_part(summary)
    steps = next_steps(summary, scenario)
    if steps:
        yield _("What to look at next"), bullets("-", steps)
    yield _("How to read this"), prose(_(_LEGEND))


_LEGEND = N_(
    "± is half of a 95% confidence interval of the mean over simulated futures; more of them shrink it. "
    "Where a single future may lie (8 of 10) is said as such and does not shrink. "
    "Fully staffed: the same customers and the same luck, and nothing ever waits for a person."
)


def _text(name: str) -> Text:
    return Text(plain_name(name))


def verdict_text(verdict: Verdict) -> str:
    """The verdict on a target, in the language in use."""
    words = {
        "met": pgettext("target", "met"), "missed": pgettext("target", "missed"),
        "not resolved": pgettext("target", "not resolved"),
    }  # fmt: skip
    return words[verdict]


def _targets(summary: Summary) -> Table:
    words = {
        "on_time": _("planned work on time"), "sla": _("tickets meet targets"),
        "utilisation_p90": _("9 of 10 people busy"), "arr_lost": _("ARR lost in a year"),
        "first_value": _("days to first value"), "cost": _("cost of a year"),
    }  # fmt: skip
    styles = {"met": "green", "missed": "red", "not resolved": "yellow"}
    table = new_table([_("target"), _("mean [95% interval]"), _("verdict")])
    for one in summary.targets:
        estimate = with_interval(one.estimate)
        table.add_row(
            _text(words[one.key]),
            aim_text(one.at_least, one.target, one.unit, one.chance),
            estimate if one.chance is None else _("{share} of futures").format(share=estimate),
            Text(verdict_text(one.verdict), style=styles[one.verdict]),
        )
    return table


def _work(summary: Summary, width: int) -> list[Table]:
    """Hours of each playbook and of tickets in each tier, most first, as if nothing were late."""
    get = summary.estimates.get
    metric = "full_demand_sum_hours" if summary.twin else "demand_sum_hours"

    def hours(of: str) -> float:
        found = get(metric, of)
        return found.mean if found else 0.0

    kinds = [name for name in summary.groups.kinds if hours(scope(playbook=name)) > 0]
    tiers = [name for name in summary.groups.tiers if hours(scope(tier=name)) > 0]
    if not kinds:
        return []
    kinds.sort(key=lambda name: -hours(scope(playbook=name)))
    whole = len(tiers) > 1
    rows: list[Row] = []
    for name in kinds:
        cells = [with_half_width(get(metric, scope(playbook=name, tier=tier))) for tier in tiers]
        rows.append(
            (
                kind_name(name),
                [*cells, with_half_width(get(metric, scope(playbook=name)))][: len(tiers) + whole],
            )
        )
    if len(kinds) > 1:
        of_all = [scope(tier=tier) for tier in tiers] + [ALL] * whole
        rows.append((_("all work"), [with_half_width(get(metric, of)) for of in of_all]))
    return list(tables_by_column(rows, [*tiers, ALL] if whole else tiers, width))


def _role_rows(summary: Summary, roles: Sequence[str]) -> list[Row]:
    scopes = [*(scope(role=role) for role in roles), ALL]
    full = "full_demand_sum_hours" if summary.twin else "demand_sum_hours"
    measures = [
        (_("work promised, hours"), full),
        (_("capacity, hours"), "capacity_sum_hours"),
        (_("needed without shrinkage"), "needed_unshrunk_mean_people"),
        (_("needed with shrinkage"), "needed_mean_people"),
        (
            _("needed at {share} busy").format(share=percent(summary.utilisation)),
            "needed_headroom_mean_people",
        ),
        (_("people there, average"), "present_mean_people"),
        (_("  worth at full speed"), "available_mean_people"),
        (_("gap: needed less these") if summary.moving else _("gap: needed less there"), "gap_mean_people"),
        (_("  share of needed"), "gap_mean_share"),
        (_("accounts per person"), "accounts_per_person_mean_accounts"),
        (_("ARR per person"), "arr_per_person_mean_money"),
        (_("utilisation"), "utilisation_mean_share"),
        (_("  9 of 10 weeks under"), "utilisation_p90_share"),
        (_("  busiest person"), "utilisation_worst_share"),
        (_("hours busy a week"), "load_mean_hours"),
        (_("  9 of 10 weeks under"), "load_p90_hours"),
        (_("  busiest person"), "load_worst_hours"),
        (_("person-weeks above {share}").format(share=percent(summary.utilisation)), "overload_mean_share"),
        (_("switching, hours"), "switching_sum_hours"),
        (_("tasks open at the end"), "backlog_end_tasks"),
        (_("  hours left in them"), "backlog_end_hours"),
    ]
    return rows_of(summary, measures, scopes)


def _playbooks(summary: Summary, width: int) -> RenderableType | None:
    get = summary.estimates.get
    names = [
        name
        for name in summary.groups.kinds
        if name != TICKETS and get("on_time_mean_share", scope(playbook=name))
    ]
    if not names:
        return None

    def on_time(name: str) -> float:
        found = get("on_time_mean_share", scope(playbook=name))
        return found.mean if found else 1.0

    shares = {"on_time": _("on time"), "late": _("late"), "missed": _("missed"), "overdue": _("overdue")}
    if width < 100:
        del shares["overdue"]
    table = new_table([_("tasks"), *shares.values()], first=_("worst first"))
    worst = sorted(names, key=on_time)
    for name in worst[:_MOST_PLAYBOOKS]:
        table.add_row(_text(kind_name(name)), *_planned_cells(summary, scope(playbook=name), shares))
    rest = len(worst) - _MOST_PLAYBOOKS
    if len(names) > 1:
        table.add_section()
        table.add_row(Text(_("all planned work")), *_planned_cells(summary, ALL, shares))
    note = _("{n} more, all better, in tables/by_playbook.parquet").format(n=rest) if rest > 0 else ""
    return Group(table, prose(note)) if note else table


def _planned_cells(summary: Summary, of: str, shares: Iterable[str]) -> list[str]:
    get = summary.estimates.get
    cells = [get(f"{name}_mean_share", of) for name in shares]
    opened = with_half_width(get("planned_opened_sum_tasks", of))
    return [opened, *("0" if _never(one) else with_half_width(one) for one in cells)]


def _never(estimate: Estimate | None) -> bool:
    return estimate is not None and estimate.mean == 0
