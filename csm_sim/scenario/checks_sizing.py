"""Contradictions in what is to be sized."""

from __future__ import annotations

from csm_sim.scenario.checks_names import check_known
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report


def check_sizing(scenario: Scenario, roles: list[str], report: Report) -> None:
    """Report unknown roles, bounds that contradict, and fewer people than have names."""
    for name, sized in scenario.sizing.roles.items():
        at: KeyPath = ("sizing", "roles", name)
        if not check_known(name, roles, "role", at, report):
            continue
        low, high = sized.min, sized.max
        named = sum(person.role == name and person.start is None for person in scenario.people)
        if low is not None and high is not None and low > high:
            report.check(
                (*at, "max"),
                f"at least {low} and at most {high} people contradict",
                f"write  max: {low}  or more",
            )
        elif high is not None and high < named:
            report.check(
                (*at, "max"),
                f"{named} people of {name} have names and are there at the start",
                f"write  max: {named}  or more",
                ("people",),
            )
