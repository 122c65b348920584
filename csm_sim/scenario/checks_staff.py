"""Contradictions in who works, when, and on what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from csm_sim.scenario.checks_names import check_known, check_listed
from csm_sim.scenario.hours import Calendar
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.units import Wrong


def check_staff(scenario: Scenario, segments: list[str], roles: list[str], report: Report) -> None:
    """Report every contradiction in the calendars and in what roles serve and cover."""
    check_region(scenario.calendar, ("calendar",), report)
    for name, role in scenario.staff.items():
        at: KeyPath = ("staff", name)
        check_listed(role.serves, segments, "segment", (*at, "serves"), report)
        for index, covered in enumerate(role.covers):
            path: KeyPath = (*at, "covers", index)
            path = path if path in report.source.places else path[:-1]
            if covered == name:
                report.check(path, f"{name} covers itself", "name other roles, or delete it")
            else:
                check_known(covered, roles, "role", path, report)
        for key in ("contractor_cost", "hiring_cost", "severance"):
            if role.cost is None and getattr(role, key):
                report.check(
                    (*at, key),
                    f"it is not said what a person of {name} costs",
                    f"add  staff.{name}.cost: 9M per year,  or delete {key}",
                    at,
                )
        if role.calendar is not None:
            check_region(scenario.calendar_of(name), (*at, "calendar"), report)
            check_opens(scenario, scenario.calendar_of(name), name, (*at, "calendar"), report)


def check_region(calendar: Calendar, at: KeyPath, report: Report) -> None:
    """Report a region without its country, or one that has no holidays of its own."""
    country, subdivision = calendar.country, calendar.subdivision
    path = (*at, "subdivision")
    if subdivision is None or (len(at) > 1 and path not in report.source.places):
        return  # a region taken over from the scenario's calendar is reported there
    if country is None:
        report.check(
            path,
            f"{subdivision} is given without its country",
            f"add  country:  to {at[0] if len(at) == 1 else 'the calendar'}",
            (*at, "country"),
            ("calendar", "country"),
        )
        return
    import holidays  # only needed for the rare scenario that names a region

    known = holidays.list_supported_countries().get(country, [])
    if subdivision not in known:
        have = f"write one of: {', '.join(known)}" if known else "delete it"
        report.check(path, f"{subdivision} is not a region of {country} with holidays of its own", have)


_SURELY_OPEN = 100
"""With more days of its week than this a calendar is open on some: no country has so many holidays."""


def check_opens(scenario: Scenario, calendar: Calendar, who: str, at: KeyPath, report: Report) -> None:
    """Report a calendar that leaves a role or a person no working day within the horizon."""
    days = (scenario.start + timedelta(days=number) for number in range((scenario.end - scenario.start).days))
    possible = []
    for day in days:
        if not calendar.closed_on(day):
            possible.append(day)
            if len(possible) > _SURELY_OPEN:
                return
    if possible and calendar.country is not None:
        import holidays

        try:
            off = holidays.country_holidays(
                calendar.country,
                subdiv=calendar.subdivision,
                years=range(scenario.start.year, scenario.end.year + 1),
            )
        except NotImplementedError:
            return  # an unknown region has been reported
        possible = [day for day in possible if day not in off]
    if not possible:
        report.check(
            at,
            f"{who} has no working day within the horizon",
            "write a wider  week,  or fewer  closed  days",
            ("calendar",),
            ("start",),
            ("horizon",),
        )


def check_idle_roles(scenario: Scenario, report: Report) -> None:
    """Report roles that nothing in the scenario gives work to."""
    busy = {segment.owner for segment in scenario.segments.values()}
    busy |= {name for name, role in scenario.staff.items() if role.serves or role.covers}
    for name, playbook in scenario.playbooks.items():
        busy.add(playbook.role)
        for segment in playbook.for_:
            if segment in scenario.segments:
                busy |= _found(scenario.role_of, name, segment)
    if scenario.tickets is not None:
        for segment in scenario.segments:
            busy |= _found(_ticket_roles, scenario, segment)
        for group in (scenario.tickets.overflow, scenario.tickets.escalation):
            busy |= {group.to} if group is not None else set()
    for act in scenario.timeline:
        busy |= {act.reorganise.to} if act.reorganise is not None else set()
        busy |= {act.automate.role} if act.automate is not None else set()
    for name in scenario.staff:
        if name not in busy:
            report.check(
                ("staff", name),
                f"nothing in the scenario is done by {name}",
                f"write which segments it serves, e.g.  staff.{name}.serves: all,  or delete the role",
                ("segments",),
                ("playbooks",),
                ("tickets",),
                ("timeline",),
            )


def _ticket_roles(scenario: Scenario, segment: str) -> list[str]:
    return [role for _, role in scenario.ticket_routes(segment)]


def _found(find: Callable[..., str | list[str]], *who: Any) -> set[str | None]:
    """The role or roles that ``find`` gives; none where it is open who does the work."""
    try:
        found = find(*who)
    except Wrong:
        return set()
    return {found} if isinstance(found, str) else set(found)
