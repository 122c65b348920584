"""Owners of listed accounts: what account files say of them, and what ``people`` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.people import Person
from csm_sim.scenario.problems import Report
from csm_sim.scenario.staffing import there_at_start
from csm_sim.scenario.units import shown

if TYPE_CHECKING:  # numpy is imported only when a scenario names a data file
    from csm_sim.scenario.records import AccountList

_MANY = 5000
"""Names among which the nearest is looked for."""

_GUESSES = 10
"""Unknown names for which that is done: it takes long."""


def check_owners(scenario: Scenario, accounts: Mapping[str, AccountList], report: Report) -> None:
    """Report owners for whom there is no place, and accounts of people that are not theirs to have.

    Parameters
    ----------
    accounts
        The account lists by segment; those that could not be read are absent.
    """
    _check_places(scenario, accounts, report)
    _check_accounts(scenario, accounts, report)


def _check_places(scenario: Scenario, accounts: Mapping[str, AccountList], report: Report) -> None:
    """Owners named in account files are people of the segment's role: there must be that many."""
    named: dict[str, dict[str, None]] = {}
    for segment, listed in accounts.items():
        role = scenario.segments[segment].owner
        if role is not None:
            named.setdefault(role, {}).update(dict.fromkeys(owner for owner in listed.owner if owner))
    people = {person.name: person for person in scenario.people}
    for role, owners in named.items():
        if role not in scenario.staff:
            continue
        first = there_at_start(scenario, role)
        others = [
            owner for owner in owners if owner not in people or people[owner].role != role
        ]  # who starts later has a seat of the own
        headcount = scenario.staff[role].headcount
        if len(first) + len(others) > headcount >= len(first):
            some = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
            whom = f"{len(others)} owners ({some})" if len(others) != 1 else f"the owner {some}"
            have = f"{headcount} {'person' if headcount == 1 else 'people'}"
            beside = f" beside {len(first)} of people" if first else ""
            report.check(
                ("staff", role, "headcount"),
                f"the account files name {whom}{beside}, and {role} has {have}",
                f"write  headcount: {len(first) + len(others)}  or more, "
                "or empty the cells of owners who have left",
                ("people",),
            )
        for number, person in enumerate(scenario.people):
            if person.name in owners and person.role != role:
                report.note(
                    ("people", number, "role"),
                    f"account files name {person.name} as an owner in {role}: taken for somebody else",
                )


def _check_accounts(scenario: Scenario, accounts: Mapping[str, AccountList], report: Report) -> None:
    if not any(person.accounts for person in scenario.people):
        return
    where = {
        account: (segment, owner)
        for segment, listed in accounts.items()
        for account, owner in zip(listed.ids, listed.owner, strict=True)
    }
    listing = [segment for segment in scenario.segments if scenario.listed(segment) is not None]
    guesses = _GUESSES
    complete = all(segment in accounts for segment in listing)
    for number, person in enumerate(scenario.people):
        for index, account in enumerate(person.accounts):
            path: KeyPath = ("people", number, "accounts", index)
            path = path if path in report.source.places else path[:-1]
            if account in where:
                _check_account(scenario, person, account, where[account], path, report)
            elif complete:
                names = list(where)[:_MANY] if guesses > 0 else []
                _unknown(account, names, bool(listing), path, report)
                guesses -= 1


def _unknown(account: str, names: list[str], any_list: bool, path: KeyPath, report: Report) -> None:
    near = nearest(account, names)
    report.check(
        path,
        f"{shown(account)} is in no accounts file",
        f"did you mean {near}?"
        if near
        else "write identifiers as they stand in the file"
        if any_list
        else "list the accounts of a segment:  accounts: {file: accounts.csv}",
        ("segments",),
    )


def _check_account(
    scenario: Scenario,
    person: Person,
    account: str,
    found: tuple[str, str | None],
    path: KeyPath,
    report: Report,
) -> None:
    segment, owner = found
    role = scenario.segments[segment].owner
    if role != person.role:
        whose = f"accounts are owned by {role}" if role is not None else "accounts have no owner"
        report.check(
            path,
            f"{shown(account)} is in {segment}, whose {whose}, and {person.name} is in {person.role}",
            f"write  segments.{segment}.owner: {person.role},  or leave the account out",
            ("segments", segment),
            ("people",),
        )
    elif owner is not None and owner != person.name:
        report.note(path, f"the accounts file gives {account} to {owner}; here it belongs to {person.name}")
