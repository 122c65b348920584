"""Who is where by when, as far as the file tells: resignations and what policies do are left to chance."""

from __future__ import annotations

from datetime import date, timedelta

from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.people import Person
from csm_sim.scenario.problems import Report


class Team:
    """The people of each role, brought forward act by act.

    Where an act does not say who goes, a named person may be in several roles: only what is certain is
    reported.
    """

    def __init__(self, scenario: Scenario, report: Report) -> None:
        self._report = report
        self._headcount = {name: role.headcount for name, role in scenario.staff.items()}
        self._people = {person.name: person for person in scenario.people}
        self._roles = {person.name: {person.role} for person in scenario.people}
        self._gone: dict[str, str] = {}
        """Why somebody is no longer there."""
        self._later = sorted(
            (person for person in scenario.people if person.start is not None), key=self._starts
        )
        self._ending = sorted(
            ((person.until + timedelta(days=1), person) for person in scenario.people if person.until),
            key=lambda pair: pair[0],
        )
        self.skills = {person.name: set(person.skills) for person in scenario.people}

    def go_to(self, day: date) -> None:
        """Let those join and leave who do so by a day."""
        while self._later and self._starts(self._later[0]) <= day:
            person = self._later.pop(0)
            if person.role in self._headcount:
                self._headcount[person.role] += 1
        while self._ending and self._ending[0][0] <= day:
            person = self._ending.pop(0)[1]
            if person.name not in self._gone:
                self.leave(person.name, f"leaves on {person.until}")

    @staticmethod
    def _starts(person: Person) -> date:
        return person.start or date.min

    def headcount(self, role: str) -> int:
        """The people of a role."""
        return self._headcount.get(role, 0)

    def hire(self, role: str, count: int) -> None:
        """People join."""
        self._headcount[role] += count

    def cut(self, role: str, count: int) -> None:
        """So many leave."""
        self._headcount[role] = max(0, self._headcount[role] - count)

    def leave(self, name: str, why: str) -> None:
        """Somebody leaves."""
        self._gone.setdefault(name, why)
        for role in self._certain(name):
            self.cut(role, 1)

    def move(self, name: str, leaves: str, joins: str) -> None:
        """Somebody goes to another role."""
        self._roles[name] = {joins}
        self.cut(leaves, 1)
        self.hire(joins, 1)

    def move_some(self, leaves: str, joins: str, count: int) -> None:
        """So many go to another role; it is open who."""
        self.cut(leaves, count)
        self.hire(joins, count)
        for roles in self._roles.values():
            if leaves in roles:
                roles.add(joins)

    def move_all(self, leaves: str, joins: str) -> None:
        """Everybody goes to another role."""
        self.hire(joins, self._headcount[leaves])
        self._headcount[leaves] = 0
        for name, roles in self._roles.items():
            if leaves in roles and self._people[name] not in self._later:
                roles.remove(leaves)
                roles.add(joins)

    def _certain(self, name: str) -> list[str]:
        roles = self._roles[name]
        return [role for role in roles if role in self._headcount] if len(roles) == 1 else []

    def check_in(self, name: str, role: str | None, of_role: KeyPath | None, path: KeyPath, on: date) -> None:
        """Report somebody who is not there on a day, or in another role than is said."""
        person, rests_on = self._people[name], (("people",),)
        if name in self._gone:
            self._report.check(
                path, f"{name} {self._gone[name]}, before this", "write somebody else", *rests_on
            )
        elif person.start is not None and person.start > on:
            self._report.check(
                path, f"{name} joins on {person.start}, after this", "write a later day", *rests_on
            )
        elif role is not None and role not in self._roles[name]:
            is_in = " or ".join(sorted(self._roles[name]))
            self._report.check(
                path if of_role is None or of_role not in self._report.source.places else of_role,
                f"{name} is in {is_in}, not in {role}",
                f"write {is_in}, or somebody else",
                *rests_on,
            )
