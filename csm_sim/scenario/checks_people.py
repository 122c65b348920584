"""Contradictions in the rules for people: who is there, what they can do, how they come and go."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.checks_names import check_known
from csm_sim.scenario.checks_staff import check_opens, check_region
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.people import Person
from csm_sim.scenario.problems import Report
from csm_sim.scenario.staffing import TICKETS, calendars, seats_needed, skill_numbers, work_holders
from csm_sim.scenario.team import MAX_RAMP, Role
from csm_sim.scenario.units import shown

MAX_CALENDARS = 60
"""Different working times that a scenario can have."""

MAX_SKILLS = 60
"""Skills that a scenario can have: each is a bit of a number."""

MAX_BLOCKS = 64
"""Blocks of leave that a person can have in a year: each has a draw of its own."""


_MANY = 100
"""Skills among which the nearest is looked for: more than a scenario can have."""


def check_people(scenario: Scenario, roles: list[str], report: Report) -> None:
    """Report every contradiction in named people and in the rules by which people come and go."""
    seen: dict[str, int] = {}
    owned: dict[str, str] = {}
    for number, person in enumerate(scenario.people):
        at: KeyPath = ("people", number)
        _check_name(person, at, seen, roles, report)
        seen.setdefault(person.name, number)
        if check_known(person.role, roles, "role", (*at, "role"), report) and person.role in scenario.staff:
            _check_working_time(scenario, person, at, report)
        _check_dates(scenario, person, at, report)
        _check_accounts(person, at, owned, report)
    needed = seats_needed(scenario)
    first = Counter(person.role for person in scenario.people if person.start is None)
    for name, role in scenario.staff.items():
        _check_headcount(name, role, first[name], needed[name], report)
        _check_rules(name, role, report)
    _check_skills(scenario, report)
    many = len(set(calendars(scenario)))
    if many > MAX_CALENDARS:
        report.check(
            ("people",) if scenario.people else ("timeline",),
            f"there are {many} different working times: the most is {MAX_CALENDARS}",
            "let people share calendars and hours",
            ("timeline",),
            ("staff",),
            ("calendar",),
        )


def _check_name(person: Person, at: KeyPath, seen: dict[str, int], roles: list[str], report: Report) -> None:
    if person.name in seen:
        report.check(
            (*at, "name"), f"{shown(person.name)} is named twice", "give each person a name of their own"
        )
    role, _, number = person.name.rpartition(" ")
    if role in roles and number.isdecimal():
        report.check(
            (*at, "name"),
            f"{shown(person.name)} is how results call a person without a name",
            "give the person another name",
        )


def _check_working_time(scenario: Scenario, person: Person, at: KeyPath, report: Report) -> None:
    if person.calendar is not None:
        calendar = scenario.calendar_of_person(person)
        check_region(calendar, (*at, "calendar"), report)
        check_opens(scenario, calendar, shown(person.name), (*at, "calendar"), report)


def _check_dates(scenario: Scenario, person: Person, at: KeyPath, report: Report) -> None:
    start, until = person.start, person.until
    horizon: tuple[KeyPath, KeyPath] = (("start",), ("horizon",))
    if start is not None and not scenario.start <= start < scenario.end:
        last = f"{scenario.start} to the day before {scenario.end}"
        early = start < scenario.start
        report.check(
            (*at, "start"),
            f"{start} is outside the horizon ({last})",
            "delete it: without it the person is there from the beginning"
            if early
            else "write a day within it, or delete the person",
            *horizon,
        )
    elif start is not None and start == scenario.sim_start:
        report.check(
            (*at, "start"),
            f"on {start} the run begins, so {shown(person.name)} is there from the beginning",
            "delete it, and count the person in the headcount",
            *horizon,
            ("warm_up",),
        )
    first = start or scenario.start
    if until is not None and until < first:
        report.check(
            (*at, "until"),
            f"{until} is before {'the person starts' if start else 'the scenario starts'} ({first})",
            "write a later day" if start else "write a later day, or delete the person",
            (*at, "start"),
            *horizon,
        )
    if person.accounts and start is not None:
        report.note(
            (*at, "accounts"),
            f"{person.name} starts on {start}: until then these accounts are given to others",
        )


def _check_accounts(person: Person, at: KeyPath, owned: dict[str, str], report: Report) -> None:
    for index, account in enumerate(person.accounts):
        path: KeyPath = (*at, "accounts", index)
        if account in owned and owned[account] != person.name:
            report.check(
                path if path in report.source.places else path[:-1],
                f"{shown(account)} is owned by {owned[account]}, too",
                "name it once",
            )
        owned.setdefault(account, person.name)


def _check_headcount(name: str, role: Role, first: int, needed: int, report: Report) -> None:
    at: KeyPath = ("staff", name)
    if first > role.headcount:
        report.check(
            (*at, "headcount"),
            f"{_are(first, 'of the named people')} there from the beginning, "
            f"and the headcount is {role.headcount}",
            f"write  headcount: {first}  or more, or give some a  start",
            ("people",),
        )
    else:
        others = role.headcount - first
        for skill, count in role.skills.items():
            if count != "all" and count > others:
                report.check(
                    (*at, "skills", skill),
                    f"{count} people have the skill, and {_are(others, 'person', 'people')} there "
                    "at the start without an entry in people",
                    f"write  {skill}: all,  or a number up to {others}",
                    (*at, "headcount"),
                    ("people",),
                )
    if role.seats is not None and role.seats < needed:
        report.check(
            (*at, "seats"),
            f"there are {role.seats} seats, and the file asks for {needed}",
            f"write  seats: {needed}  or more, or delete it",
            (*at, "headcount"),
            ("people",),
            ("timeline",),
        )


def _are(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one} {'is' if count == 1 else 'are'}"


def _check_rules(name: str, role: Role, report: Report) -> None:
    at: KeyPath = ("staff", name)
    if len(role.ramp) > MAX_RAMP:
        report.check(
            (*at, "ramp"), f"the ramp has {len(role.ramp)} months", f"write at most {MAX_RAMP} months"
        )
    if any(share > 1 for share in role.ramp):
        report.note((*at, "ramp"), "new colleagues are faster than experienced ones in some months")
    if role.coaching > 0 and not role.ramp:
        report.note((*at, "coaching"), f"it has no effect: without ramp nobody in {name} is coached")
    leave = role.leave
    if leave is not None:
        blocks = math.ceil(leave.planned / leave.block)
        if blocks > MAX_BLOCKS:
            report.check(
                (*at, "leave"),
                f"{leave.planned:g} days in blocks of {leave.block:g} are {blocks} blocks a year: "
                f"the most is {MAX_BLOCKS}",
                "write a longer  block",
            )
        if len(leave.season) == 12 and not any(leave.season.values()):
            report.check(
                (*at, "leave", "season"), "leave can begin in no month", "write x1 or more for some months"
            )


# ---------------------------------------------------------------- skills


def _needs(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Where work asks for a skill."""
    for name, playbook in scenario.playbooks.items():
        for index, step in enumerate(playbook.steps):
            if step.skill is not None:
                yield ("playbooks", name, "steps", index, "skill"), step.skill
    if scenario.tickets is not None:
        for name, severity in scenario.tickets.severities.items():
            if severity.skill is not None:
                yield ("tickets", "severities", name, "skill"), severity.skill


def _gives(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Where people have a skill, or get it."""
    for name, role in scenario.staff.items():
        for skill, count in role.skills.items():
            if count == "all" or count > 0:
                yield ("staff", name, "skills", skill), skill
    for number, person in enumerate(scenario.people):
        for index, skill in enumerate(person.skills):
            yield ("people", number, "skills", index), skill
    for number, act in enumerate(scenario.timeline):
        if act.hire is not None:
            for index, skill in enumerate(act.hire.skills):
                yield ("timeline", number, "hire", "skills", index), skill
        if act.train is not None:
            yield ("timeline", number, "train", "skill"), act.train.skill


def _check_skills(scenario: Scenario, report: Report) -> None:
    for name, playbook in scenario.playbooks.items():
        for index, step in enumerate(playbook.steps):
            if step.skill is not None and playbook.per == "person":
                report.check(
                    ("playbooks", name, "steps", index, "skill"),
                    "work per person is done by each one, with the skill or without it",
                    "delete it",
                    ("playbooks", name, "per"),
                )
    needs, gives = list(_needs(scenario)), list(_gives(scenario))
    had, needed = {skill for _, skill in gives}, {skill for _, skill in needs}
    told: set[str] = set()
    rests_on: tuple[KeyPath, ...] = (("staff",), ("people",), ("timeline",))
    for path, skill in needs:
        if skill not in had and skill not in told:
            near = nearest(skill, sorted(had)[:_MANY])
            example = next(iter(scenario.staff), "csm")
            report.check(
                path,
                f"nobody has the skill {shown(skill)} or ever gets it",
                f"did you mean {near}?"
                if near
                else f"give it, e.g.  staff.{example}.skills: {{{skill}: all}}",
                *rests_on,
            )
            told.add(skill)
    for path, skill in gives:
        if skill not in needed and skill not in told:
            near = nearest(skill, sorted(needed)[:_MANY])
            hint = f"; did you mean {near}?" if near else ""
            report.note(
                path if path in report.source.places else path[:-1],
                f"no step and no severity needs the skill {shown(skill)}{hint}",
            )
            told.add(skill)
    _note_skills_of_others(scenario, needs, had, report)
    numbers = skill_numbers(scenario)
    if len(numbers) > MAX_SKILLS:
        beyond = list(numbers)[MAX_SKILLS]
        where = next(path for path, skill in [*needs, *gives] if skill == beyond)
        report.check(
            where, f"there are {len(numbers)} skills: the most is {MAX_SKILLS}", "let several be one skill"
        )


def _note_skills_of_others(
    scenario: Scenario, needs: list[tuple[KeyPath, str]], had: set[str], report: Report
) -> None:
    """Remark on work that goes to a role in which nobody has the skill for it, as far as that is certain."""
    if scenario.policies or any(act.reorganise is not None for act in scenario.timeline):
        return
    holders = work_holders(scenario)
    skilled: dict[str, set[str]] = {name: set(role.skills) for name, role in scenario.staff.items()}
    roles = {person.name: person.role for person in scenario.people}
    for person in scenario.people:
        skilled.setdefault(person.role, set()).update(person.skills)
    for act in scenario.timeline:
        if act.hire is not None:
            skilled.setdefault(act.hire.role, set()).update(act.hire.skills)
        if act.train is not None:
            for role in {act.train.role, *(roles.get(name) for name in act.train.people)} - {None}:
                skilled.setdefault(str(role), set()).add(act.train.skill)
    for path, skill in needs:
        for role in sorted(holders.get(TICKETS if path[0] == TICKETS else str(path[1]), ())):
            others = [name for name, other in scenario.staff.items() if role in other.covers]
            if skill in had and not any(skill in skilled.get(name, ()) for name in (role, *others)):
                report.note(path, f"such work may go to {role}, where nobody has the skill {shown(skill)}")
