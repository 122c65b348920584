"""The one catalogue of metrics: name, unit, meaning, and which way is better.

A name is ``<what>_<statistic>_<unit>``. Units: hours, days, people, tasks, tickets, touches, accounts,
leads, alarms, points (of a survey), share (a fraction of 1), money (the scenario's currency).
The scope of an estimate says of what it is: ``all``, or pairs such as ``role=csm;month=2027-04``.
"""

from __future__ import annotations

from typing import Final

from csm_sim.analysis.catalogue_customers import CUSTOMER_METRICS, LOSS_METRICS, TWIN_METRICS
from csm_sim.analysis.catalogue_money import MONEY_METRICS
from csm_sim.analysis.catalogue_people import CAPACITY_METRICS, LOAD_METRICS, TURNOVER_METRICS
from csm_sim.analysis.metric import Metric

_PLANNED = "all, tier, playbook, playbook and step"
_BY_PERSON = f"{_PLANNED}; role and person, also by playbook: accounts in the person's book"
_TICKETS = "all, severity, tier, month"
_TICKETS_ROLE = "all, severity, tier, month, role, role and month"
_WAITS = "all, severity, tier, month, role"
_BACKLOG = "all, role, month, role and month; without month: at the end"

METRICS: Final[tuple[Metric, ...]] = (
    *CAPACITY_METRICS,
    *LOAD_METRICS,
    *TURNOVER_METRICS,
    # ------------------------------------------------------------------ planned work
    Metric("planned_opened_sum_tasks", "tasks", "neither", _PLANNED, "Planned tasks that opened."),
    Metric("planned_open_start_sum_tasks", "tasks", "neither", _PLANNED, "Planned tasks open at the start."),
    Metric("planned_open_end_sum_tasks", "tasks", "down", _PLANNED, "Planned tasks open at the end."),
    Metric("on_time_sum_tasks", "tasks", "up", _PLANNED, "Planned tasks done by their due time."),
    Metric("late_sum_tasks", "tasks", "down", _BY_PERSON, "Planned tasks done after their due time."),
    Metric("missed_sum_tasks", "tasks", "down", _BY_PERSON, "Planned tasks dropped or never opened."),
    Metric("overdue_sum_tasks", "tasks", "down", _PLANNED, "Planned tasks open at the end and past due."),
    Metric(
        "on_time_mean_share",
        "share",
        "up",
        _PLANNED,
        "Done on time, of all that was done, missed, or overdue at the end.",
        True,
    ),
    Metric("late_mean_share", "share", "down", _PLANNED, "Done late, of the same.", True),
    Metric("missed_mean_share", "share", "down", _PLANNED, "Missed, of the same.", True),
    Metric("overdue_mean_share", "share", "down", _PLANNED, "Overdue at the end, of the same.", True),
    Metric("lateness_mean_days", "days", "down", _PLANNED, "Lateness of the tasks done late, elapsed days."),
    # ------------------------------------------------------------------ tickets: what came, what became of it
    Metric(
        "tickets_opened_sum_tickets", "tickets", "neither", _TICKETS, "Tickets raised, deflected ones too."
    ),
    Metric(
        "tickets_arrived_sum_tickets",
        "tickets",
        "neither",
        _TICKETS_ROLE,
        "Tickets that came to the desk: raised, and not deflected.",
    ),
    Metric(
        "tickets_deflected_sum_tickets",
        "tickets",
        "up",
        _TICKETS,
        "Tickets that self-service or community answered.",
    ),
    Metric("deflected_mean_share", "share", "up", _TICKETS, "Tickets deflected, of those raised.", True),
    Metric("tickets_resolved_sum_tickets", "tickets", "up", _TICKETS_ROLE, "Tickets resolved."),
    Metric(
        "tickets_open_end_sum_tickets",
        "tickets",
        "down",
        "all, severity, tier",
        "Tickets open at the end, those that the customer has included.",
    ),
    Metric(
        "tickets_abandoned_sum_tickets",
        "tickets",
        "down",
        _TICKETS_ROLE,
        "Tickets that customers gave up before anybody answered.",
    ),
    Metric(
        "abandoned_mean_share",
        "share",
        "down",
        _TICKETS_ROLE,
        "Tickets given up, of those given up or answered.",
        True,
    ),
    Metric(
        "tickets_overflowed_sum_tickets",
        "tickets",
        "down",
        _TICKETS,
        "Tickets that moved to another role because nobody took them up.",
    ),
    Metric(
        "overflowed_mean_share",
        "share",
        "down",
        _TICKETS,
        "Tickets moved, of those that came to the desk.",
        True,
    ),
    Metric("tickets_escalated_sum_tickets", "tickets", "down", _TICKETS, "Tickets escalated."),
    Metric(
        "escalated_mean_share",
        "share",
        "down",
        _TICKETS,
        "Tickets escalated, of those that came to the desk.",
        True,
    ),
    Metric(
        "tickets_reopened_sum_tickets",
        "tickets",
        "down",
        _TICKETS,
        "Tickets that came back, each time counted.",
    ),
    Metric(
        "reopened_mean_share",
        "share",
        "down",
        _TICKETS,
        "Solutions after which the ticket came back, of all solutions.",
        True,
    ),
    Metric("touches_sum_touches", "touches", "neither", _TICKETS, "Touches done on tickets."),
    Metric(
        "touches_per_ticket_mean_touches",
        "touches",
        "down",
        _TICKETS,
        "Touches done for each ticket resolved.",
    ),
    Metric(
        "hand_overs_sum_touches",
        "touches",
        "down",
        _TICKETS,
        "Times that somebody went on with a ticket on which another had worked last.",
    ),
    Metric(
        "hand_overs_per_ticket_mean_touches", "touches", "down", _TICKETS, "Those for each ticket resolved."
    ),
    Metric("hand_over_sum_hours", "hours", "down", _TICKETS, "Hands-on work that they added."),
    Metric("held_mean_hours", "hours", "neither", _TICKETS, "Elapsed time that customers took to come back."),
    # ------------------------------------------------------------------ tickets: how long they took
    Metric(
        "first_response_mean_hours",
        "hours",
        "down",
        _TICKETS_ROLE,
        "Working time until a ticket is taken up for the first time.",
    ),
    Metric(
        "first_response_elapsed_mean_hours", "hours", "down", _TICKETS, "Elapsed time until it is taken up."
    ),
    Metric("first_response_p50_hours", "hours", "down", _WAITS, "Median working time until it is taken up."),
    Metric("first_response_p90_hours", "hours", "down", _WAITS, "What 9 of 10 tickets stay under."),
    Metric(
        "first_response_target_share",
        "share",
        "up",
        _TICKETS_ROLE,
        "Taken up within target, of those taken up or given up; over the whole time, not by month and role,"
        " also of those unanswered past due.",
        True,
    ),
    Metric(
        "resolution_mean_hours",
        "hours",
        "down",
        _TICKETS_ROLE,
        "Working time until a ticket is resolved, time with the customer left out.",
    ),
    Metric("resolution_p50_hours", "hours", "down", _WAITS, "Median of this time."),
    Metric("resolution_p90_hours", "hours", "down", _WAITS, "What 9 of 10 tickets stay under."),
    Metric(
        "resolution_elapsed_mean_hours",
        "hours",
        "down",
        _TICKETS,
        "Elapsed time until a ticket is resolved, time with the customer included.",
    ),
    Metric(
        "resolution_target_share",
        "share",
        "up",
        _TICKETS,
        "Resolved within target, of those resolved or given up; over the whole time, not by month, also of"
        " those open past due.",
        True,
    ),
    Metric(
        "sla_mean_share",
        "share",
        "up",
        _TICKETS_ROLE,
        "Tickets that met all their targets, first response and resolution, of the same.",
        True,
    ),
    Metric(
        "touch_wait_mean_hours",
        "hours",
        "down",
        _TICKETS,
        "Working time that a ticket waits for somebody each time it comes back from the customer.",
    ),
    # ------------------------------------------------------------------ tickets: what customers make of it
    Metric(
        "csat_mean_share",
        "share",
        "up",
        _TICKETS,
        "CSAT: satisfied customers, of tickets resolved or given up (assumed response curve).",
        True,
    ),
    Metric(
        "ces_mean_points",
        "points",
        "up",
        _TICKETS,
        "CES from 1 to 7: how easy it was for customers, of the same tickets (assumed response curve).",
    ),
    Metric(
        "nps_mean_points",
        "points",
        "up",
        _TICKETS,
        "NPS proxy from -100 to 100: promoters less detractors, of the same tickets (assumed thresholds).",
    ),
    # ------------------------------------------------------------------ what is left to do
    Metric(
        "backlog_end_tasks",
        "tasks",
        "down",
        "role, role and month",
        "Tasks and tickets open at a month's end, without tickets that the customer has.",
    ),
    Metric("backlog_end_hours", "hours", "down", "role, role and month", "Hands-on work left in them."),
    Metric(
        "backlog_end_tickets",
        "tickets",
        "down",
        _BACKLOG,
        "Tickets open at a month's end, without those that the customer has.",
    ),
    Metric("backlog_age_mean_days", "days", "down", _BACKLOG, "Their mean age, elapsed days."),
    Metric("backlog_age_worst_days", "days", "down", _BACKLOG, "Age of the oldest of them, elapsed days."),
    Metric(
        "backlog_held_end_tickets",
        "tickets",
        "neither",
        _BACKLOG,
        "Tickets that customers have at a month's end.",
    ),
    *CUSTOMER_METRICS,
    *LOSS_METRICS,
    *MONEY_METRICS,
)


def _all() -> dict[str, Metric]:
    found = {one.name: one for one in METRICS}
    for name in TWIN_METRICS:
        one = found[name]
        found[f"twin_{name}"] = Metric(
            f"twin_{name}",
            one.unit,
            one.better,
            one.scopes,
            f"{one.description[:-1]} (fully staffed).",
            one.bounded,
        )
    return found


TICKET_METRICS: Final = frozenset(
    one.name
    for one in METRICS
    if one.scopes in (_TICKETS, _TICKETS_ROLE, _WAITS, _BACKLOG) or one.name.startswith("tickets_")
)
"""Metrics about tickets."""

CATALOGUE: Final[dict[str, Metric]] = _all()
"""All metrics by name."""
