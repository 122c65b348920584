"""Contradictions between parts of a scenario that are right on their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from csm_sim.scenario.amounts import currencies_of, percent
from csm_sim.scenario.book import AccountFile
from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.checks_playbooks import check_playbooks
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.team import headcount_after
from csm_sim.scenario.units import Wrong, shown
from csm_sim.scenario.work import Tickets

_SUM_TOLERANCE = 1e-6


def check_scenario(scenario: Scenario, data: Mapping[str, Any], report: Report) -> None:
    """Report every contradiction in a scenario.

    Parameters
    ----------
    scenario
        The scenario, or what is left of it without the values that are wrong in themselves.
    data
        The merged file: a name counts as known even where its contents are wrong.
    report
        Where problems go.
    """
    segments, roles = _names(data, "segments"), _names(data, "staff")
    _check_not_empty("segments", segments, "smb: {touch: low, accounts: 400, arr: 1.5M}", report)
    _check_not_empty("staff", roles, "csm: {headcount: 8}", report)
    _check_calendar(scenario, report)
    _check_segments(scenario, roles, report)
    _check_staff(scenario, segments, report)
    check_playbooks(scenario, segments, roles, report)
    if scenario.tickets is not None:
        _check_tickets(scenario, scenario.tickets, segments, roles, report)
    _check_idle_roles(scenario, report)
    _check_health(scenario, report)
    _check_timeline(scenario, roles, report)
    _check_currencies(scenario, data, report)
    if scenario.run.max_replications < 2:
        report.check(
            ("run", "max_replications"),
            "one replication has no confidence interval",
            "write  max_replications: 200",
        )


def _check_not_empty(section: str, names: list[str], example: str, report: Report) -> None:
    if not names:
        bare = [str(path[1]) for path in report.source.emptied if path[:1] == (section,) and len(path) == 2]
        what = f"{section} is empty" + (f": {', '.join(bare)} has no value" if bare else "")
        report.check((section,), what, f"write at least one, e.g.  {example}")


def _names(data: Mapping[str, Any], section: str) -> list[str]:
    value = data.get(section)
    return list(value) if isinstance(value, dict) else []


def check_known(name: str, known: Iterable[str], what: str, path: KeyPath, report: Report) -> bool:
    """Whether ``name`` is among the known names; reports it when it is not."""
    choices = list(known)
    if name in choices:
        return True
    near = nearest(name, choices)
    have = ", ".join(choices) or "none"
    report.check(
        path,
        f"{shown(name)} is not a {what} of this scenario",
        f"did you mean {near}?" if near else f"write one of: {have}",
    )
    return False


def _check_calendar(scenario: Scenario, report: Report) -> None:
    country, subdivision = scenario.calendar.country, scenario.calendar.subdivision
    if subdivision is None:
        return
    path = ("calendar", "subdivision")
    if country is None:
        report.check(
            path,
            f"{subdivision} is given without its country",
            "add  country:  to calendar",
            ("calendar", "country"),
        )
        return
    import holidays  # only needed for the rare scenario that names a region

    known = holidays.list_supported_countries().get(country, [])
    if subdivision not in known:
        have = f"write one of: {', '.join(known)}" if known else "delete it"
        report.check(path, f"{subdivision} is not a region of {country} with holidays of its own", have)


def _check_segments(scenario: Scenario, roles: list[str], report: Report) -> None:
    for name, segment in scenario.segments.items():
        at: KeyPath = ("segments", name)
        if segment.owner is not None:
            check_known(segment.owner, roles, "role", (*at, "owner"), report)
        total = sum(segment.renewals.values())
        if total > 1 + _SUM_TOLERANCE:
            report.check(
                (*at, "renewals"), f"the months add up to {percent(total)}", "let them add up to at most 100%"
            )
        if segment.renewals and segment.term.amount % 12:
            report.check(
                (*at, "renewals"),
                f"a term of {segment.term} does not renew in the same month each year",
                "delete renewals, or write a term of 12 months",
                (*at, "term"),
            )
        churn = segment.churn
        if churn is not None and not churn.green <= churn.yellow <= churn.red:
            rates = f"green {percent(churn.green)}, yellow {percent(churn.yellow)}, red {percent(churn.red)}"
            report.check(
                (*at, "churn"), f"{rates}: worse health must not churn less", "write green <= yellow <= red"
            )


def _check_staff(scenario: Scenario, segments: list[str], report: Report) -> None:
    for name, role in scenario.staff.items():
        for index, served in enumerate(role.serves):
            path: KeyPath = ("staff", name, "serves", index)
            check_known(
                served, segments, "segment", path if path in report.source.places else path[:-1], report
            )


def _check_tickets(
    scenario: Scenario, tickets: Tickets, segments: list[str], roles: list[str], report: Report
) -> None:
    at: KeyPath = ("tickets",)
    if (tickets.rate is None) == (tickets.trace is None):
        has = "neither a rate nor a trace" if tickets.rate is None else "both a rate and a trace"
        report.check(
            at,
            f"tickets has {has}",
            "write one of them, e.g.  rate: 0.5 per month",
            (*at, "rate"),
            (*at, "trace"),
        )
    if not tickets.severities:
        report.check(
            (*at, "severities"), "there are no severities", "write at least one, e.g.  p2: {effort: 40min}"
        )
    total = sum(severity.share for severity in tickets.severities.values())
    if tickets.severities and abs(total - 1) > _SUM_TOLERANCE:
        report.check((*at, "severities"), f"the shares add up to {percent(total)}", "let them add up to 100%")
    for name, severity in tickets.severities.items():
        first, solved = severity.first_response, severity.resolve
        if first is not None and solved is not None and solved.minutes < first.minutes:
            path: KeyPath = (*at, "severities", name, "resolve")
            report.check(
                path,
                "the ticket is to be solved before it is answered",
                "write a resolve of at least first_response",
                path[:-1],
            )
    if isinstance(tickets.rate, dict):
        for segment in tickets.rate:
            check_known(segment, segments, "segment", (*at, "rate", segment), report)
    if tickets.handled_by is not None:
        check_known(tickets.handled_by, roles, "role", (*at, "handled_by"), report)
    _check_trace(scenario, tickets, report)
    for segment in scenario.segments:
        if tickets.trace is not None or tickets.rate_of(segment) is not None:
            try:
                scenario.ticket_role(segment)
            except Wrong as wrong:
                report.check(at, f"tickets: {wrong.problem}", wrong.fix, ("staff",), ("segments",))


def _check_trace(scenario: Scenario, tickets: Tickets, report: Report) -> None:
    if tickets.trace is None:
        return
    at: KeyPath = ("tickets", "trace")
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


def _check_idle_roles(scenario: Scenario, report: Report) -> None:
    busy = {segment.owner for segment in scenario.segments.values()}
    busy |= {name for name, role in scenario.staff.items() if role.serves}
    for name, playbook in scenario.playbooks.items():
        busy.add(playbook.role)
        for segment in playbook.for_:
            if segment in scenario.segments:
                busy |= _role_or_none(lambda name=name, segment=segment: scenario.role_of(name, segment))
    for segment in scenario.segments if scenario.tickets is not None else ():
        busy |= _role_or_none(lambda segment=segment: scenario.ticket_role(segment))
    for name in scenario.staff:
        if name not in busy:
            report.check(
                ("staff", name),
                f"nothing in the scenario is done by {name}",
                f"write which segments it serves, e.g.  staff.{name}.serves: all,  or delete the role",
                ("segments",),
                ("playbooks",),
                ("tickets",),
            )


def _role_or_none(find: Any) -> set[str | None]:
    try:
        return {find()}
    except Wrong:
        return set()


def _check_health(scenario: Scenario, report: Report) -> None:
    weights = scenario.health.weights
    total = weights.adoption + weights.engagement + weights.support + weights.onboarding
    if abs(total - 1) > _SUM_TOLERANCE:
        report.check(
            ("health", "weights"), f"the weights add up to {percent(total)}", "let them add up to 100%"
        )
    bands = scenario.health.bands
    if not 0 < bands.yellow < bands.green:
        at = ("health", "bands")
        report.check(
            at,
            f"green begins at {bands.green:g} and yellow at {bands.yellow:g}",
            "write 0 < yellow < green, e.g.  {green: 80, yellow: 60}",
        )


def _check_timeline(scenario: Scenario, roles: list[str], report: Report) -> None:
    if any(_covers(path, ("timeline",)) for path in report.broken):
        return
    headcount = {name: role.headcount for name, role in scenario.staff.items()}
    ordered = sorted(enumerate(scenario.timeline), key=lambda item: item[1].on)
    for index, act in ordered:
        at: KeyPath = ("timeline", index)
        kinds = [kind for kind in ("hire", "cut", "surge") if getattr(act, kind) is not None]
        if len(kinds) != 1:
            what = " and ".join(kinds) + " at once" if kinds else "nothing"
            report.check(at, f"the entry does {what}", "write one of hire, cut, surge in each entry")
        if not scenario.start <= act.on < scenario.end:
            last = f"{scenario.start} to the day before {scenario.end}"
            report.check(
                (*at, "on"),
                f"{act.on} is outside the horizon ({last})",
                "write a day within it",
                ("start",),
                ("horizon",),
            )
        if act.surge is not None and (scenario.tickets is None or scenario.tickets.trace is not None):
            why = (
                "there are no tickets"
                if scenario.tickets is None
                else "replayed tickets come as they were recorded"
            )
            report.check(
                (*at, "surge"),
                f"a surge has no effect: {why}",
                "delete it, or write  tickets.rate",
                ("tickets",),
            )
        for kind, change in (("hire", act.hire), ("cut", act.cut)):
            if change is not None and not check_known(
                change.role, roles, "role", (*at, kind, "role"), report
            ):
                break
        else:
            _check_cut(scenario, index, headcount, report)
            headcount = headcount_after(headcount, act)


def _check_cut(scenario: Scenario, index: int, headcount: Mapping[str, int], report: Report) -> None:
    cut = scenario.timeline[index].cut
    if cut is None:
        return
    at: KeyPath = ("timeline", index, "cut")
    if (cut.count is None) == (cut.by is None):
        has = "neither count nor by" if cut.count is None else "both count and by"
        report.check(at, f"the cut has {has}", "write how many  (count: 1)  or which share  (by: 20%)")
        return
    people = headcount.get(cut.role, 0)
    if people == 0 or cut.people_of(people) > people:
        many = f"{cut.count} people leave {cut.role}" if cut.count else f"people leave {cut.role}"
        there = f"{people} are there" if people != 1 else "1 is there"
        report.check(
            at, f"{many}, but by then {there}", "lower the cut, or hire before it", ("staff", cut.role)
        )


def _covers(path: KeyPath, section: KeyPath) -> bool:
    return path[: len(section)] == section


def _check_currencies(scenario: Scenario, data: Mapping[str, Any], report: Report) -> None:
    """Report amounts that name another currency than the scenario's: nothing is converted."""
    for section, where in (("segments", "arr"), ("staff", "cost")):
        for name in _names(data, section):
            item = data[section][name]
            for path, value in _texts(
                item.get(where) if isinstance(item, dict) else None, (section, name, where)
            ):
                codes = currencies_of(value)
                if codes and scenario.currency not in codes:
                    report.check(
                        path,
                        f"{shown(value)} is not in {scenario.currency}, the currency of this scenario",
                        f"write it in {scenario.currency}, or set  currency: {codes[0]}",
                        ("currency",),
                    )


def _texts(value: Any, path: KeyPath) -> Iterable[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
