"""Who sits where: the seats of each role, by what the scenario says of its people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.staffing import later_people, seats_of, there_at_start
from csm_sim.world import records as r
from csm_sim.world.calendar import CalendarTable
from csm_sim.world.identity import name_uid
from csm_sim.world.supply import FOREVER, SEAT

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario.people import Person

Records = NDArray[np.void]


def seats_and_roles(
    loaded: Loaded, calendars: CalendarTable, skills: Mapping[str, int]
) -> tuple[Records, Records, tuple[str, ...]]:
    """The seats, the roles whose they are, and the name of each seat's first person.

    In a role come the named people who are there from the beginning, owners whom only account lists name,
    the anonymous up to the headcount, named people who start later, and seats that are empty at first.
    """
    scenario = loaded.scenario
    seats: list[Records] = []
    names: list[str] = []
    roles = np.zeros(len(scenario.staff), r.ROLE)
    counts = seats_of(scenario)
    for number, (name, role) in enumerate(scenario.staff.items()):
        row = roles[number]
        row["uid"] = name_uid(f"role/{name}")
        row["first_slot"], row["slots"] = len(names), counts[name]
        row["headcount"] = role.headcount
        row["calendar"] = calendars.add(scenario.calendar_of(name))
        row["speed"] = 1.0 - role.shrinkage
        row["switch_minutes"] = role.switch.minutes
        first, later = there_at_start(scenario, name), later_people(scenario, name)
        known = {person.name for person in scenario.people if person.role == name}
        owners = [owner for owner in listed_owners(loaded, name) if owner not in known]
        of_role = np.zeros(counts[name], SEAT)
        of_role["role"], of_role["calendar"] = number, row["calendar"]
        of_role["own_factor"], of_role["until_day"] = 1.0, FOREVER
        of_role["joins_day"][role.headcount :] = -1
        for seat, person in zip(of_role, first, strict=False):
            _sit_down(scenario, seat, person, calendars, skills)
        for seat, person in zip(of_role[role.headcount :], later, strict=False):
            _sit_down(scenario, seat, person, calendars, skills)
            assert person.start is not None
            seat["kept"], seat["joins_day"] = 1, (person.start - scenario.sim_start).days
        for skill, count in role.skills.items():
            if skill in skills:
                end = role.headcount if count == "all" else len(first) + count
                of_role["skills"][len(first) : end] |= skill_bit(skills[skill])
        seats.append(of_role)
        named = [person.name for person in first] + owners
        after = role.headcount + len(later)
        names += named
        names += [f"{name} {slot + 1}" for slot in range(len(named), role.headcount)]
        names += [person.name for person in later]
        names += [f"{name} {slot + 1}" for slot in range(after, counts[name])]
    return np.concatenate(seats), roles, tuple(names)


def _sit_down(
    scenario: Scenario, seat: Any, person: Person, calendars: CalendarTable, skills: Mapping[str, int]
) -> None:
    seat["calendar"] = calendars.add(scenario.calendar_of_person(person), person.hours)
    seat["own_factor"] = person.speed
    seat["skills"] = skill_bits(person.skills, skills)
    if person.until is not None:
        seat["until_day"] = (person.until - scenario.sim_start).days + 1


def skill_bit(number: int) -> np.uint64:
    """The bit of a skill in ``SEAT.skills``."""
    return np.uint64(1 << (number - 1))


def skill_bits(names: tuple[str, ...], skills: Mapping[str, int]) -> int:
    """The bits of some skills; those that no work asks for and nobody trains have none."""
    return sum(1 << (skills[name] - 1) for name in names if name in skills)


def listed_owners(loaded: Loaded, role: str) -> list[str]:
    """People whom account lists name as owners of a role's accounts, by name."""
    found: dict[str, None] = {}
    for name, segment in loaded.scenario.segments.items():
        if segment.owner == role and name in loaded.accounts:
            found.update(dict.fromkeys(owner for owner in loaded.accounts[name].owner if owner))
    return sorted(found)


def owners_by_account(loaded: Loaded) -> dict[str, tuple[str, str]]:
    """(role, name) of the person whose ``accounts`` name a listed account."""
    return {
        account: (person.role, person.name)
        for person in loaded.scenario.people
        for account in person.accounts
    }
