"""What the terminal says of tickets and of the pools that handle them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.erlang import why
from csm_sim.analysis.estimates import ALL, scope
from csm_sim.language import _, said
from csm_sim.report.page import Row
from csm_sim.report.wording import listed, number, percent, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

_MOST_REASONS: Final = 6


def rows_of(summary: Summary, measures: Sequence[tuple[str, str]], scopes: Sequence[str]) -> list[Row]:
    """Rows of a table: measures are pairs of label and metric, columns are scopes."""
    get = summary.estimates.get
    return [(label, [with_half_width(get(metric, of)) for of in scopes]) for label, metric in measures]


def ticket_rows(summary: Summary, names: Sequence[str]) -> list[Row]:
    """Rows of the table of tickets, with a column for each severity, and one for all.

    Parameters
    ----------
    summary
        What to show.
    names
        Of the severities.
    """
    scopes = [*(scope(severity=name) for name in names), ALL]
    measures = [
        (_("raised"), "tickets_opened_sum_tickets"),
        (_("resolved"), "tickets_resolved_sum_tickets"),
        (_("open at the end"), "tickets_open_end_sum_tickets"),
        (_("answered in time"), "first_response_target_share"),
        (_("first response, mean"), "first_response_mean_hours"),
        (_("  half are under"), "first_response_p50_hours"),
        (_("  9 of 10 are under"), "first_response_p90_hours"),
        (_("resolved in time"), "resolution_target_share"),
        (_("resolution, mean"), "resolution_mean_hours"),
        (_("  half are under"), "resolution_p50_hours"),
        (_("  9 of 10 are under"), "resolution_p90_hours"),
        (_("  elapsed time, mean"), "resolution_elapsed_mean_hours"),
        (_("given up"), "abandoned_mean_share"),
        (_("came back (reopened)"), "reopened_mean_share"),
        (_("touches per ticket"), "touches_per_ticket_mean_touches"),
        (_("wait of later touches"), "touch_wait_mean_hours"),
    ]
    return rows_of(summary, measures, scopes)


def ticket_lines(summary: Summary) -> list[str]:
    """Sentences about all tickets: satisfaction, the rules that are used, and what is open at the end."""
    return [*_satisfaction(summary), *_rules(summary), *_backlog(summary)]


def _satisfaction(summary: Summary) -> list[str]:
    get = summary.estimates.get
    csat, ces, nps = (get(name) for name in ("csat_mean_share", "ces_mean_points", "nps_mean_points"))
    if csat is None or ces is None or nps is None:
        return []
    return [
        _(
            "CSAT {csat}, CES {ces} of 7, NPS proxy {nps}: what customers make of it, by assumed response"
            " curves."
        ).format(csat=with_half_width(csat), ces=with_half_width(ces), nps=with_half_width(nps))
    ]


def _rules(summary: Summary) -> list[str]:
    get = summary.estimates.get
    parts = [
        what.format(share=with_half_width(found))
        for found, what in (
            (get("deflected_mean_share"), _("{share} deflected")),
            (get("escalated_mean_share"), _("{share} escalated")),
            (get("overflowed_mean_share"), _("{share} moved to another role because nobody took them up")),
        )
        if found is not None
    ]
    return [_("Of the tickets {parts}.").format(parts=listed(parts))] if parts else []


def _backlog(summary: Summary) -> list[str]:
    get = summary.estimates.get
    left, age, oldest = (
        get(name) for name in ("backlog_end_tickets", "backlog_age_mean_days", "backlog_age_worst_days")
    )
    if left is None:
        return []
    line = _("Backlog at the end: {n} tickets").format(n=with_half_width(left))
    if age is not None and oldest is not None:
        line += _(", {days} days old on average over all futures; the oldest of each is {oldest}").format(
            days=with_half_width(age), oldest=with_half_width(oldest)
        )
    held = get("backlog_held_end_tickets")
    if held is not None:
        line += _("; customers have another {n}").format(n=with_half_width(held))
    return [_("{sentence}.").format(sentence=line)]


def pool_rows(summary: Summary) -> list[Row]:
    """Rows of the table that sets each pool beside Erlang, with a column for each pool."""
    pools = summary.pools
    busy = [with_half_width(one.occupancy) for one in pools]
    rows: list[Row] = [
        (_("people"), [str(one.people) for one in pools]),
        (_("come in an open hour"), [number(one.jobs_per_hour) for one in pools]),
        (_("hours each takes"), [number(one.effort_hours) for one in pools]),
        (_("busy with tickets"), busy),
        (_("  Erlang"), [percent(one.theory.occupancy) for one in pools]),
        (_("wait for an answer"), [with_half_width(one.wait) for one in pools]),
        (_("  Erlang"), [_wait(one.theory_wait_hours) for one in pools]),
    ]
    if any(one.abandoned for one in pools):
        rows += [
            (_("given up"), [with_half_width(one.abandoned) for one in pools]),
            (_("  Erlang"), [percent(one.theory_abandoned) if one.abandoned else "" for one in pools]),
        ]
    rows.append((_("formula"), [one.formula for one in pools]))
    return rows


def _wait(hours: float) -> str:
    return number(hours) if math.isfinite(hours) else _("cannot keep up")


def pool_reasons(summary: Summary) -> list[str]:
    """One sentence for each pool about whether it and Erlang should agree."""
    sentences = [(one.role, said(why(one.pool, _MOST_REASONS))) for one in summary.pools]
    return [f"{role}: {text[0].lower()}{text[1:]}" for role, text in sentences]
