"""Contradictions within tickets: how they come, who handles them, and how they go on."""

from __future__ import annotations

from csm_sim.scenario.book import AccountFile
from csm_sim.scenario.checks_names import check_known, check_listed, check_total
from csm_sim.scenario.journey import served_as
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.tickets import OF_THE_RATE, Tickets, roles_of
from csm_sim.scenario.units import Wrong

_AT: KeyPath = ("tickets",)
MAX_MULTIPLE = 10_000.0
"""No rate becomes this many times what is written: growth over many years soon asks for more than exists."""


def check_tickets(
    scenario: Scenario, tickets: Tickets, segments: list[str], roles: list[str], report: Report
) -> None:
    """Report every contradiction in the tickets of a scenario."""
    _check_source(tickets, segments, report)
    _check_severities(tickets, report)
    _check_trace(scenario, tickets, report)
    _check_deflection(scenario, tickets, segments, report)
    _check_multiples(scenario, tickets, report)
    _check_routes(scenario, tickets, roles, report)
    _check_overflow(scenario, tickets, roles, report)
    _check_escalation(tickets, roles, report)
    if tickets.backlog is not None:
        for name in tickets.backlog.open:
            check_known(name, tickets.severities, "severity", (*_AT, "backlog", "open", name), report)
        if not tickets.backlog.open:
            report.check((*_AT, "backlog", "open"), "no tickets are named", "write  open: {p2: 30}")
    best = tickets.satisfaction
    if best.detractor > best.promoter:
        report.check(
            (*_AT, "satisfaction"),
            f"detractors score below {best.detractor:g} and promoters from {best.promoter:g}",
            "write a detractor of at most promoter",
        )


def _check_source(tickets: Tickets, segments: list[str], report: Report) -> None:
    rests_on = ((*_AT, "rate"), (*_AT, "trace"))
    if (tickets.rate is None) == (tickets.trace is None):
        has = "neither a rate nor a trace" if tickets.rate is None else "both a rate and a trace"
        report.check(_AT, f"tickets has {has}", "write one of them, e.g.  rate: 0.5 per month", *rests_on)
    elif tickets.trace is not None:
        for key in OF_THE_RATE:
            if key in tickets.model_fields_set:
                report.check(
                    (*_AT, key),
                    f"{key} has no effect: replayed tickets come as they were recorded",
                    "delete it, or write  tickets.rate  in place of the trace",
                    *rests_on,
                )
    if isinstance(tickets.rate, dict):
        for segment in tickets.rate:
            check_known(segment, segments, "segment", (*_AT, "rate", segment), report)


def _check_severities(tickets: Tickets, report: Report) -> None:
    at = (*_AT, "severities")
    if not tickets.severities:
        report.check(at, "there are no severities", "write at least one, e.g.  p2: {effort: 40min}")
        return
    check_total((severity.share for severity in tickets.severities.values()), at, report)
    for name, severity in tickets.severities.items():
        first, solved = severity.first_response, severity.resolve
        if first is not None and solved is not None and solved.minutes < first.minutes:
            report.check(
                (*at, name, "resolve"),
                "the ticket is to be solved before it is answered",
                "write a resolve of at least first_response",
                (*at, name),
            )


def _check_trace(scenario: Scenario, tickets: Tickets, report: Report) -> None:
    if tickets.trace is None:
        return
    at: KeyPath = (*_AT, "trace")
    if not any(isinstance(segment.accounts, AccountFile) for segment in scenario.segments.values()):
        report.check(
            at,
            "a trace names accounts, and no segment lists its accounts",
            "write  accounts: {file: accounts.csv}  in a segment",
            ("segments",),
        )
    names = list(tickets.severities)
    for text, severity in tickets.trace.severities.items():
        check_known(severity, names, "severity", (*at, "severities", text), report)
    if tickets.trace.default_severity is not None:
        check_known(tickets.trace.default_severity, names, "severity", (*at, "default_severity"), report)
    if tickets.trace.severities and tickets.trace.severity is None:
        report.check(
            (*at, "severities"),
            "no column is named whose texts these are",
            "add  severity:  and the column to trace",
        )


def _check_deflection(scenario: Scenario, tickets: Tickets, segments: list[str], report: Report) -> None:
    for name, way in tickets.deflection.items():
        at: KeyPath = (*_AT, "deflection", name)
        check_listed(way.for_, segments, "segment", (*at, "for"), report)
        if not way.for_ and (*at, "for") in report.source.places:
            report.check((*at, "for"), "no segment is named", "write  for: all,  or delete it")
        if way.over is None and way.from_ != way.to:
            report.check(
                (*at, "from"),
                "it is not said how long the share takes to get there",
                "add  over: 6 months",
                at,
            )
        if way.since is not None and way.since >= scenario.end:
            report.check(
                (*at, "since"),
                f"{way.since} is after the horizon, which ends before {scenario.end}",
                "write an earlier day, or delete the entry",
                ("start",),
                ("horizon",),
            )


def _check_multiples(scenario: Scenario, tickets: Tickets, report: Report) -> None:
    """What multiplies the rate may be reasonable by itself and beyond all reason together."""
    if tickets.rate is None:
        return
    years_before = (scenario.start - scenario.sim_start).days / 365.25
    years_after = (scenario.end - scenario.start).days / 365.25
    parts = {
        "growth": max((1 + tickets.growth) ** years_after, (1 + tickets.growth) ** -years_before, 1.0),
        "season": max(tickets.season.values(), default=1.0),
        "holidays": max(tickets.holidays, 1.0),
        "after_start": max(tickets.after_start.from_, 1.0) if tickets.after_start is not None else 1.0,
    }
    total = surges = _largest_surge(scenario)
    for multiple in parts.values():
        total *= multiple
    if total > MAX_MULTIPLE:
        names = [name for name, multiple in parts.items() if multiple > 1] + ["surge"] * (surges > 1)
        largest = max(parts, key=lambda name: parts[name])
        report.check(
            (*_AT, largest) if parts[largest] > 1 else ("timeline",),
            f"{' and '.join(names)} may raise the rate to {total:.3g} times what is written: "
            f"the most is {MAX_MULTIPLE:,.0f} times",
            "write smaller ones",
            *((*_AT, name) for name in parts),
            ("timeline",),
            ("start",),
            ("horizon",),
            ("warm_up",),
        )


def _largest_surge(scenario: Scenario) -> float:
    """What surges that overlap come to; between their first days they only fall."""
    surges = [(act.on, act.surge) for act in scenario.acts if act.surge is not None and act.surge.tickets > 1]
    largest = 1.0
    for number, (day, _) in enumerate(surges):
        together = 1.0
        for begin, surge in surges[: number + 1]:
            past = (day - begin).days - surge.for_.days
            if past < 0:
                together *= surge.tickets
            elif surge.decay is not None:
                together *= 1 + (surge.tickets - 1) * 2 ** (-past / surge.decay.days)
            if together > MAX_MULTIPLE:
                return together
        largest = max(largest, together)
    return largest


def _check_routes(scenario: Scenario, tickets: Tickets, roles: list[str], report: Report) -> None:
    _check_handlers(tickets.handled_by, (*_AT, "handled_by"), roles, report)
    for name, topic in tickets.topics.items():
        _check_handlers(topic.handled_by, (*_AT, "topics", name, "handled_by"), roles, report)
    if tickets.topics:
        check_total((topic.share for topic in tickets.topics.values()), (*_AT, "topics"), report)
    for segment in _raising(scenario, tickets):
        try:
            scenario.ticket_routes(segment)
        except Wrong as wrong:
            report.check(_AT, f"tickets: {wrong.problem}", wrong.fix, ("staff",), ("segments",))


def _raising(scenario: Scenario, tickets: Tickets) -> list[str]:
    """The segments as which accounts that raise tickets may be served, in the order of the file."""
    found = {
        served
        for segment, may_be in served_as(scenario.segments, scenario.tiering).items()
        for served in may_be
        if tickets.trace is not None or tickets.rate_of(segment) is not None
    }
    return [segment for segment in scenario.segments if segment in found]


def _check_handlers(
    handled_by: str | dict[str, float] | None, at: KeyPath, roles: list[str], report: Report
) -> None:
    if isinstance(handled_by, dict):
        check_total(handled_by.values(), at, report)
    for role in roles_of(handled_by):
        check_known(role, roles, "role", (*at, role) if isinstance(handled_by, dict) else at, report)


def _check_overflow(scenario: Scenario, tickets: Tickets, roles: list[str], report: Report) -> None:
    overflow = tickets.overflow
    if overflow is None:
        return
    at: KeyPath = (*_AT, "overflow")
    if not check_known(overflow.to, roles, "role", (*at, "to"), report):
        return
    handlers: set[str] = set()
    for segment in _raising(scenario, tickets):
        try:
            handlers |= {role for share, role in scenario.ticket_routes(segment) if share > 0}
        except Wrong:
            return  # it is reported that nobody handles these
    if handlers == {overflow.to}:
        report.check(
            (*at, "to"),
            f"{overflow.to} already handles all tickets",
            "name another role, or delete overflow",
            (*_AT, "handled_by"),
            (*_AT, "topics"),
            (*_AT, "rate"),
            ("segments",),
            ("staff",),
        )
    waits = [severity.patience for severity in tickets.severities.values()]
    if waits and all(
        wait is not None and wait.kind == "constant" and wait.params[0] <= overflow.after.minutes
        for wait in waits
    ):
        report.check(
            (*at, "after"),
            "by then every customer has given up: patience is never longer",
            "write a shorter time, or more  patience  in the severities",
            (*_AT, "severities"),
        )


def _check_escalation(tickets: Tickets, roles: list[str], report: Report) -> None:
    severities = tickets.severities
    escalation = tickets.escalation
    if escalation is None:
        for name, severity in severities.items():
            if severity.escalate > 0:
                report.check(
                    (*_AT, "severities", name, "escalate"),
                    "it is not said what an escalation costs whom",
                    "add  tickets.escalation: {to: csm, effort: 30min}",
                    (*_AT, "escalation"),
                )
        return
    check_known(escalation.to, roles, "role", (*_AT, "escalation", "to"), report)
    # a share of 0 % that is written is a choice, such as the one side of a comparison
    if not any("escalate" in severity.model_fields_set for severity in severities.values()):
        report.check(
            (*_AT, "escalation"),
            "no severity says that any of its tickets is escalated",
            "add  escalate: 20%  to a severity, or delete escalation",
            (*_AT, "severities"),
        )
