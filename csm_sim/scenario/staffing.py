"""What a scenario says of its people taken together: who is there at the start, seats, skills, calendars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from csm_sim.scenario.journey import served_as
from csm_sim.scenario.units import Wrong

if TYPE_CHECKING:
    from csm_sim.scenario.acts import Reorganisation
    from csm_sim.scenario.hours import Calendar
    from csm_sim.scenario.model import Scenario
    from csm_sim.scenario.people import Person

SPARE_SEATS = 5
"""Seats beyond twice those that a file needs, where policies hire."""

TICKETS, ESCALATION = "tickets", "escalation"
"""What work that is no playbook is called."""


def there_at_start(scenario: Scenario, role: str) -> list[Person]:
    """The named people of a role who are part of its headcount, in the order of the file."""
    return [person for person in scenario.people if person.role == role and person.start is None]


def later_people(scenario: Scenario, role: str) -> list[Person]:
    """The named people of a role who start later, in the order of the file."""
    return [person for person in scenario.people if person.role == role and person.start is not None]


def seats_needed(scenario: Scenario) -> dict[str, int]:
    """The most people that each role can have by the file: those of the start, hires, and who moves in."""
    most = {name: role.headcount for name, role in scenario.staff.items()}
    joining = sorted((person.start, person.role) for person in scenario.people if person.start is not None)
    later = Counter(role for _, role in joining)
    needed = {name: count + later[name] for name, count in most.items()}
    total = sum(most.values())
    for act in scenario.acts:
        while joining and joining[0][0] <= act.on:
            _, role = joining.pop(0)
            if role in most:
                most[role] += 1
                total += 1
        if act.hire is not None and act.hire.role in most:
            most[act.hire.role] += act.hire.count
            needed[act.hire.role] += act.hire.count
            total += act.hire.count
        move = act.reorganise
        if move is not None and move.from_ in most and move.to in most:
            # who has left is not subtracted: with vacancies it is open how many that are
            moved = most[move.from_] if move.everyone else move.count or len(move.people)
            moved = min(moved, most[move.from_], total)
            most[move.to] = min(most[move.to] + moved, total)
            needed[move.to] += moved
    total += len(joining)
    return {name: min(count, total) for name, count in needed.items()}


def seats_of(scenario: Scenario) -> dict[str, int]:
    """The seats of each role: those that the file needs, and spare ones for policies."""
    needed = seats_needed(scenario)
    spare = bool(scenario.policies)
    return {
        name: scenario.staff[name].seats or (2 * count + SPARE_SEATS if spare else count)
        for name, count in needed.items()
    }


def skills_needed(scenario: Scenario) -> list[str]:
    """The skills that work asks for, in order of first appearance in steps, then severities."""
    found = [step.skill for playbook in scenario.playbooks.values() for step in playbook.steps]
    if scenario.tickets is not None:
        found += [severity.skill for severity in scenario.tickets.severities.values()]
    return list(dict.fromkeys(skill for skill in found if skill is not None))


def skill_numbers(scenario: Scenario) -> dict[str, int]:
    """The number of each skill that matters, from 1: those that work asks for, then those only trained."""
    trained = [act.train.skill for act in scenario.acts if act.train is not None]
    return {
        skill: number
        for number, skill in enumerate(dict.fromkeys([*skills_needed(scenario), *trained]), start=1)
    }


def calendars(scenario: Scenario) -> Iterator[tuple[Calendar, float]]:
    """Calendar and share of the hours of everybody whose working time the file tells, with repetitions.

    In this order: the scenario, the roles, named people, hires of the timeline in order of date.
    """
    yield scenario.calendar, 1.0
    for name in scenario.staff:
        yield scenario.calendar_of(name), 1.0
    for person in scenario.people:
        if person.role in scenario.staff:
            yield scenario.calendar_of_person(person), person.hours
    for act in scenario.acts:
        if act.hire is not None and act.hire.role in scenario.staff:
            yield scenario.calendar_of(act.hire.role), act.hire.hours


def step_names(scenario: Scenario, written: str) -> list[tuple[str, str]]:
    """(kind of work, step) of each step that ``automate.steps`` means by a text; empty when there is none."""
    kind, _, step = written.partition(".")
    if kind == TICKETS and scenario.tickets is not None:
        steps = list(scenario.tickets.severities)
    elif kind in scenario.playbooks:
        steps = [one.do for one in scenario.playbooks[kind].steps]
    else:
        return []
    return [(kind, one) for one in steps if not step or one == step.strip()]


def work_holders(scenario: Scenario) -> dict[str, set[str]]:
    """The roles that do each kind of work at the start: playbooks, tickets, escalations.

    Work per person is left out: it stays with its role whatever happens.
    """
    found: dict[str, set[str]] = {}
    for name, playbook in scenario.playbooks.items():
        if playbook.per != "person":
            segments = [segment for segment in playbook.for_ if segment in scenario.segments]
            found[name] = set().union(*(_doing(scenario, name, segment) for segment in segments))
    tickets = scenario.tickets
    if tickets is not None:
        found[TICKETS] = set()
        for segment, may_be in served_as(scenario.segments, scenario.tiering).items():
            if tickets.rate_of(segment) is not None or (tickets.trace and scenario.listed(segment)):
                found[TICKETS] |= set().union(*(_handling(scenario, served) for served in may_be))
        if tickets.overflow is not None:
            found[TICKETS].add(tickets.overflow.to)
        if tickets.escalation is not None:
            found[ESCALATION] = {tickets.escalation.to}
    return found


def _doing(scenario: Scenario, playbook: str, segment: str) -> set[str]:
    try:
        return {scenario.role_of(playbook, segment)}
    except Wrong:
        return set()  # it is reported that it is open who does it


def _handling(scenario: Scenario, segment: str) -> set[str]:
    try:
        return {role for _, role in scenario.ticket_routes(segment)}
    except Wrong:
        return set()


def move_work(holders: dict[str, set[str]], move: Reorganisation) -> list[str]:
    """The kinds of work that go with people to another role; ``holders`` is brought up to date."""
    if move.work is not None:
        moving = [kind for kind in holders if kind in move.work]
    else:
        moving = [kind for kind, roles in holders.items() if move.from_ in roles] if move.everyone else []
    for kind in moving:
        if move.from_ in holders[kind]:
            holders[kind] = holders[kind] - {move.from_} | {move.to}
    return moving
