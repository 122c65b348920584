"""What the terminal says of tickets and of the pools that handle them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.erlang import why
from csm_sim.analysis.estimates import ALL, scope
from csm_sim.report.page import Row
from csm_sim.report.wording import number, percent, with_half_width

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
        ("raised", "tickets_opened_sum_tickets"),
        ("resolved", "tickets_resolved_sum_tickets"),
        ("open at the end", "tickets_open_end_sum_tickets"),
        ("answered in time", "first_response_target_share"),
        ("first response, mean", "first_response_mean_hours"),
        ("  half are under", "first_response_p50_hours"),
        ("  9 of 10 are under", "first_response_p90_hours"),
        ("resolved in time", "resolution_target_share"),
        ("resolution, mean", "resolution_mean_hours"),
        ("  half are under", "resolution_p50_hours"),
        ("  9 of 10 are under", "resolution_p90_hours"),
        ("  elapsed time, mean", "resolution_elapsed_mean_hours"),
        ("given up", "abandoned_mean_share"),
        ("came back (reopened)", "reopened_mean_share"),
        ("touches per ticket", "touches_per_ticket_mean_touches"),
        ("wait of later touches", "touch_wait_mean_hours"),
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
        f"CSAT {with_half_width(csat)}, CES {with_half_width(ces)} of 7, NPS proxy {with_half_width(nps)}:"
        " what customers make of it, by assumed response curves."
    ]


def _rules(summary: Summary) -> list[str]:
    get = summary.estimates.get
    parts = [
        f"{with_half_width(found)} {what}"
        for found, what in (
            (get("deflected_mean_share"), "deflected"),
            (get("escalated_mean_share"), "escalated"),
            (get("overflowed_mean_share"), "moved to another role because nobody took them up"),
        )
        if found is not None
    ]
    return [f"Of the tickets {', '.join(parts)}."] if parts else []


def _backlog(summary: Summary) -> list[str]:
    get = summary.estimates.get
    left, age, oldest = (
        get(name) for name in ("backlog_end_tickets", "backlog_age_mean_days", "backlog_age_worst_days")
    )
    if left is None:
        return []
    line = f"Backlog at the end: {with_half_width(left)} tickets"
    if age is not None and oldest is not None:
        line += (
            f", {with_half_width(age)} days old on average over all futures;"
            f" the oldest of each is {with_half_width(oldest)}"
        )
    held = get("backlog_held_end_tickets")
    if held is not None:
        line += f"; customers have another {with_half_width(held)}"
    return [f"{line}."]


def pool_rows(summary: Summary) -> list[Row]:
    """Rows of the table that sets each pool beside Erlang, with a column for each pool."""
    pools = summary.pools
    busy = [with_half_width(one.occupancy) for one in pools]
    rows: list[Row] = [
        ("people", [str(one.people) for one in pools]),
        ("come in an open hour", [number(one.jobs_per_hour) for one in pools]),
        ("hours each takes", [number(one.effort_hours) for one in pools]),
        ("busy with tickets", busy),
        ("  Erlang", [percent(one.theory.occupancy) for one in pools]),
        ("wait for an answer", [with_half_width(one.wait) for one in pools]),
        ("  Erlang", [_wait(one.theory_wait_hours) for one in pools]),
    ]
    if any(one.abandoned for one in pools):
        rows += [
            ("given up", [with_half_width(one.abandoned) for one in pools]),
            ("  Erlang", [percent(one.theory_abandoned) if one.abandoned else "" for one in pools]),
        ]
    rows.append(("formula", [one.formula for one in pools]))
    return rows


def _wait(hours: float) -> str:
    return number(hours) if math.isfinite(hours) else "cannot keep up"


def pool_reasons(summary: Summary) -> list[str]:
    """One sentence for each pool about whether it and Erlang should agree."""
    sentences = [(one.role, why(one.pool, _MOST_REASONS)) for one in summary.pools]
    return [f"{role}: {text[0].lower()}{text[1:]}" for role, text in sentences]
