"""The parts of a page about people and their work: load, who is here, what is late, tickets."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis.capacity import quarters_of
from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.analysis.grouping import TICKETS
from csm_sim.language import _, ngettext
from csm_sim.report.desk import pool_reasons, pool_rows, ticket_lines
from csm_sim.report.html_charts import Chart, Limit, Line, figure
from csm_sim.report.html_parts import (
    Bar,
    Cell,
    Figure,
    Heading,
    Part,
    Row,
    Section,
    Table,
    Texts,
    called,
    cell,
)
from csm_sim.report.people import OVERLOAD_LEGEND, PEOPLE_LEGEND, overload_lines, turnover_lines
from csm_sim.report.wording import percent, scope_name

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

_MOST_ROLES: Final = 4
"""Roles with a chart of their own."""

_MOST_TABLES: Final = 8
"""Roles with a table of their own."""

_MOST_PLAYBOOKS: Final = 25
_MOST_MONTHS: Final = 24

Measure = tuple[str, str]
"""Label, with spaces before it where it belongs to the one above, and metric."""


def rows_by_scope(summary: Summary, measures: Sequence[Measure], scopes: Sequence[str]) -> list[Row]:
    """Rows of a table in which each column is a scope; those without any figure are left out."""
    get = summary.estimates.get
    rows = [Row(*called(label), [cell(get(metric, of)) for of in scopes]) for label, metric in measures]
    return [row for row in rows if not all(one.empty for one in row.cells)]


def all_named() -> str:
    """Title of the column that has the whole."""
    return scope_name(ALL)


# ---------------------------------------------------------------- load


def load_section(
    summary: Summary, roles: Sequence[str], world: World, sample: Sample, *, figures: bool
) -> Section:
    """How loaded the people are.

    Parameters
    ----------
    summary, world, sample
        Of the run.
    roles
        Names, in the order of the file.
    figures
        Whether to draw.
    """
    parts: list[Part] = []
    if figures:
        parts += _load_charts(summary, world, sample)
    parts.append(_role_table(summary, roles))
    parts += _work_table(summary)
    dropped = overload_lines(summary)
    if dropped:
        title = _("Busy more than {share}, and what their books drop").format(
            share=percent(summary.utilisation)
        )
        parts += [Heading(title), Texts(dropped), Texts([_(OVERLOAD_LEGEND)], quiet=True)]
    return Section("load", _("Load"), parts)


def _load_charts(summary: Summary, world: World, sample: Sample) -> Iterator[Figure]:
    first = world.first_day + timedelta(days=world.warm_days)
    days = [first + timedelta(days=7 * week) for week in range(world.weeks)]
    labels = [_month_of(day, first) for day in days]
    for role, name in enumerate(world.names.roles[:_MOST_ROLES]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # weeks in which nobody works
            mean, low, high, worst = np.nanmean(sample["week_load"][:, role], axis=0).T
        over = int((mean > summary.utilisation).sum())
        several = int(world.roles[role]["slots"]) > 1
        caption = ngettext(
            "{role}: busy above {share} in {weeks} of {all} weeks",
            "{role}: busy above {share} in {weeks} of {all} weeks",
            over,
        ).format(role=name, share=percent(summary.utilisation), weeks=over, all=world.weeks)
        lines = [
            Line(_("mean of the people") if several else _("the one person"), mean,
                 low if several else None, high if several else None, "one"),
        ]  # fmt: skip
        if several:
            lines.append(Line(_("busiest person of the week"), worst, style="two"))
        chart = Chart(
            lines, labels, "share", caption,
            levels=[Limit(summary.utilisation, _aim(summary))],
            top=1.0, height=220,
        )  # fmt: skip
        note = _("Means over {n} simulated futures, week by week; the axis does not begin at 0.").format(
            n=summary.n
        )
        if several:
            note += " " + _("Band: 8 of 10 people lie in it (P10 to P90).")
        yield figure(chart, caption, note)


def _month_of(day: date, first: date) -> str:
    """The month that begins in a week, if it is a quarter's first as counted from the start; else nothing."""
    for ahead in range(7):
        one = day + timedelta(days=ahead)
        if (one.day == 1 or one == first) and (one.month - first.month) % 3 == 0:
            return f"{one:%Y-%m}"
    return ""


def _aim(summary: Summary) -> str:
    share = percent(summary.utilisation)
    if any(one.key == "utilisation_p90" for one in summary.targets):
        return _("target {share}").format(share=share)
    return _("usual limit {share}").format(share=share)


def _role_table(summary: Summary, roles: Sequence[str]) -> Table:
    scopes, names = [scope(role=role) for role in roles], list(roles)
    if len(roles) > 1:
        scopes, names = [*scopes, ALL], [*names, all_named()]
    share = percent(summary.utilisation)
    measures: list[Measure] = [
        (_("work promised, hours"), "full_demand_sum_hours" if summary.twin else "demand_sum_hours"),
        (_("capacity, hours"), "capacity_sum_hours"),
        (_("people that the work takes"), "needed_mean_people"),
        (_("  at {share} busy").format(share=share), "needed_headroom_mean_people"),
        (_("people there, average"), "present_mean_people"),
        (_("  worth at full speed"), "available_mean_people"),
        (_("gap: needed less there"), "gap_mean_people"),
        (_("accounts per person"), "accounts_per_person_mean_accounts"),
        (_("ARR per person"), "arr_per_person_mean_money"),
        (_("utilisation"), "utilisation_mean_share"),
        (_("  9 of 10 weeks under"), "utilisation_p90_share"),
        (_("  busiest person"), "utilisation_worst_share"),
        (_("hours busy a week"), "load_mean_hours"),
        (_("  9 of 10 weeks under"), "load_p90_hours"),
        (_("  busiest person"), "load_worst_hours"),
        (_("person-weeks above {share}").format(share=share), "overload_mean_share"),
        (_("tasks open at the end"), "backlog_end_tasks"),
        (_("  hours left in them"), "backlog_end_hours"),
    ]
    rows = rows_by_scope(summary, measures, scopes)
    return Table(_("Work, capacity and load by role"), names, rows)


def _work_table(summary: Summary) -> list[Part]:
    """Hours of each playbook and of tickets in each tier, as if nothing were late."""
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
    most = hours(scope(playbook=kinds[0]))
    whole = len(tiers) > 1

    def row(label: str, of: dict[str, str], *, strong: bool = False) -> Row:
        cells = [cell(get(metric, scope(**of, tier=tier))) for tier in tiers]
        name = scope(**of) if of else ALL
        bar = Cell(bar=Bar(((0.0, hours(name) / most, "dark"),))) if of else Cell()
        return Row(label, 0, [bar, *cells, *([cell(get(metric, name))] if whole else [])], strong=strong)

    rows = [row(scope_name(name), {"playbook": name}) for name in kinds[:_MOST_PLAYBOOKS]]
    if len(kinds) > 1:
        rows.append(row(_("all work"), {}, strong=True))
    columns = ["", *map(scope_name, tiers), *([all_named()] if whole else [])]
    note = _rest(len(kinds) - _MOST_PLAYBOOKS)
    return [Table(_("Work promised: hours by playbook and tier"), columns, rows, note=note)]


def _rest(more: int) -> str:
    return _("{count} more in metrics.csv").format(count=more) if more > 0 else ""


# ---------------------------------------------------------------- people


def people_section(summary: Summary, roles: Sequence[str], *, figures: bool) -> Section | None:
    """Who is here, and who comes and goes; None where nothing of that changes."""
    moving = [role for role in roles if role in summary.moving]
    if not moving:
        return None
    parts: list[Part] = []
    if figures:
        parts += [one for role in moving[:_MOST_ROLES] if (one := _people_chart(summary, role))]
    parts += [_people_table(summary, role) for role in moving[:_MOST_TABLES]]
    if len(moving) > _MOST_TABLES:
        parts.append(Texts([_rest(len(moving) - _MOST_TABLES)], quiet=True))
    parts.append(Texts([_(PEOPLE_LEGEND)], quiet=True))
    lines = turnover_lines(summary, moving)
    if lines:
        parts.append(Texts(lines))
    return Section("people", _("People: who is here, and who comes and goes"), parts)


def _people_chart(summary: Summary, role: str) -> Figure | None:
    months = summary.groups.months
    needed = by_month(summary, "needed_mean_people", months, role=role)
    there = by_month(summary, "available_mean_people", months, role=role)
    if np.isnan(there[0]).all():
        there = by_month(summary, "present_mean_people", months, role=role)
    if len(months) < 3 or np.isnan(needed[0]).all() or np.isnan(there[0]).all():
        return None
    short = int((needed[0] > there[0]).sum())
    caption = _("{role}: fewer people than the work takes in {months} of {all} months").format(
        role=role, months=short, all=len(months)
    )
    lines = [
        Line(_("available: what those here are worth at full speed"), *there, style="one"),
        Line(_("needed: people that the work takes"), *needed, style="two"),
    ]
    chart = Chart(lines, months, "people", caption, zero=True, height=220)
    return figure(chart, caption, band_note(summary.n))


def band_note(n: int) -> str:
    """What bands are."""
    return _("Bands: 95% confidence interval of the mean, n = {n}.").format(n=n)


def by_month(
    summary: Summary, metric: str, months: Sequence[str], **of: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, low and high of a figure at each month; nan where there is none."""
    found = [summary.estimates.get(metric, scope(**of, month=month)) for month in months]
    columns = ([getattr(one, part) if one else np.nan for one in found] for part in ("mean", "low", "high"))
    mean, low, high = (np.array(column, dtype=np.float64) for column in columns)
    return mean, low, high


def _people_table(summary: Summary, role: str) -> Table:
    get = summary.estimates.get
    quarters = quarters_of(summary.groups)
    kind, names = ("quarter", quarters) if quarters else ("month", list(summary.groups.months))
    columns = [
        (_("under contract"), "contracted_mean_people"),
        (_("here"), "present_mean_people"),
        (_("away"), "away_mean_people"),
        (_("vacant"), "vacant_mean_people"),
        (_("available"), "available_mean_people"),
        (_("needed"), "needed_mean_people"),
        (_("gap"), "gap_mean_people"),
        (_("busy"), "utilisation_mean_share"),
    ]
    scopes = [(name, scope(role=role, **{kind: name})) for name in names[:_MOST_MONTHS]]
    scopes.append((_("whole time"), scope(role=role)))
    used = [(title, metric) for title, metric in columns if any(get(metric, of) for _name, of in scopes)]
    rows = [Row(name, 0, [cell(get(metric, of)) for _title, metric in used]) for name, of in scopes[:-1]]
    name, of = scopes[-1]
    rows.append(Row(name, 0, [cell(get(metric, of)) for _title, metric in used], strong=True))
    caption = _("{role}: people by quarter") if quarters else _("{role}: people by month")
    note = _rest(len(names) - _MOST_MONTHS)
    return Table(caption.format(role=role), [title for title, _metric in used], rows, note=note)


# ---------------------------------------------------------------- lateness


def lateness_section(summary: Summary, severities: Sequence[str], *, figures: bool) -> Section | None:
    """What is late: planned work and tickets; None where there is neither."""
    parts: list[Part] = [*_planned(summary)]
    if severities and summary.estimates.get("tickets_opened_sum_tickets"):
        parts += _tickets(summary, severities, figures=figures)
    if summary.pools:
        parts.append(_pools(summary))
        parts.append(Texts(pool_reasons(summary), quiet=True))
    return Section("lateness", _("Lateness"), parts) if parts else None


def _planned(summary: Summary) -> list[Part]:
    get = summary.estimates.get
    names = [
        name
        for name in summary.groups.kinds
        if name != TICKETS and get("on_time_mean_share", scope(playbook=name))
    ]
    if not names:
        return []

    def share(metric: str, of: str) -> float:
        found = get(f"{metric}_mean_share", of)
        return found.mean if found else 0.0

    def row(label: str, of: str, *, strong: bool = False) -> Row:
        edge, parts = 0.0, []
        for metric, style in _SHADES:
            width = share(metric, of)
            if width > 0:
                parts.append((edge, min(1.0, edge + width), style))
                edge += width
        cells = [
            Cell(bar=Bar(tuple(parts))),
            cell(get("planned_opened_sum_tasks", of)),
            *(_unless_never(get(f"{metric}_mean_share", of)) for metric, _style in _SHADES),
        ]
        return Row(label, 0, cells, strong=strong)

    names.sort(key=lambda name: share("on_time", scope(playbook=name)))
    rows = [row(name, scope(playbook=name)) for name in names[:_MOST_PLAYBOOKS]]
    if len(names) > 1:
        rows.append(row(_("all planned work"), ALL, strong=True))
    titles = [_("on time"), _("late"), _("missed"), _("overdue")]
    legend = [(style, title) for (_metric, style), title in zip(_SHADES, titles, strict=True)]
    return [
        Table(
            _("Planned work by playbook, worst first"), ["", _("tasks"), *titles], rows,
            note=_rest(len(names) - _MOST_PLAYBOOKS), legend=legend,
        )
    ]  # fmt: skip


_SHADES: Final = (("on_time", "light"), ("late", "mid"), ("missed", "dark"), ("overdue", "black"))


def _unless_never(one: Estimate | None) -> Cell:
    found = cell(one)
    return Cell("0", raw=found.raw) if one is not None and one.mean == 0 else found


def _tickets(summary: Summary, severities: Sequence[str], *, figures: bool) -> Iterator[Part]:
    if figures:
        yield from _ticket_charts(summary)
    scopes, names = [scope(severity=name) for name in severities], list(severities)
    if len(severities) > 1:
        scopes, names = [*scopes, ALL], [*names, all_named()]
    measures: list[Measure] = [
        (_("raised"), "tickets_opened_sum_tickets"),
        (_("resolved"), "tickets_resolved_sum_tickets"),
        (_("open at the end"), "tickets_open_end_sum_tickets"),
        (_("all targets met"), "sla_mean_share"),
        (_("answered in time"), "first_response_target_share"),
        (_("  first response, hours"), "first_response_mean_hours"),
        (_("  half are under"), "first_response_p50_hours"),
        (_("  9 of 10 are under"), "first_response_p90_hours"),
        (_("resolved in time"), "resolution_target_share"),
        (_("  resolution, hours"), "resolution_mean_hours"),
        (_("  half are under"), "resolution_p50_hours"),
        (_("  9 of 10 are under"), "resolution_p90_hours"),
        (_("given up"), "abandoned_mean_share"),
        (_("came back (reopened)"), "reopened_mean_share"),
        (_("touches per ticket"), "touches_per_ticket_mean_touches"),
    ]
    rows = rows_by_scope(summary, measures, scopes)
    yield Table(_("Tickets by severity (working hours)"), names, rows)
    lines = ticket_lines(summary)
    if lines:
        yield Texts(lines)


def _ticket_charts(summary: Summary) -> Iterator[Figure]:
    months = summary.groups.months
    if len(months) < 3:
        return
    backlog = by_month(summary, "backlog_end_tickets", months)
    if not np.isnan(backlog[0]).all():
        caption = _("Tickets open with the team at the end of each month")
        lines = [Line(_("open with the team"), *backlog, dots=True)]
        chart = Chart(lines, months, "tickets", caption, zero=True, height=220)
        yield figure(chart, caption, band_note(summary.n))
    kinds = [
        (_("answered in time"), "first_response_target_share", "one"),
        (_("resolved in time"), "resolution_target_share", "two"),
    ]
    series = [(label, by_month(summary, metric, months), style) for label, metric, style in kinds]
    lines = [
        Line(label, *found, style=style) for label, found, style in series if not np.isnan(found[0]).all()
    ]
    if lines:
        caption = _("Tickets of each month that were answered and resolved in time")
        aim = next((one for one in summary.targets if one.key == "sla"), None)
        level = _("target for both together: {share}")
        levels = [Limit(aim.target, level.format(share=percent(aim.target)))] if aim else []
        chart = Chart(lines, months, "share", caption, levels=levels, top=1.0, height=240)
        yield figure(chart, caption, band_note(summary.n))


def _pools(summary: Summary) -> Table:
    rows = [Row(*called(label), [Cell(text) for text in cells]) for label, cells in pool_rows(summary)]
    names = [pool.role for pool in summary.pools]
    return Table(_("Support pools beside Erlang, for the same load and people"), names, rows)
