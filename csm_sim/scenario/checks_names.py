"""Names that a scenario must know, and shares that must add up."""

from __future__ import annotations

from collections.abc import Iterable

from csm_sim.scenario.amounts import percent
from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.units import shown

SUM_TOLERANCE = 1e-6


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


def check_listed(
    names: Iterable[str], known: Iterable[str], what: str, path: KeyPath, report: Report
) -> None:
    """Report the names of a list that are unknown, each at its own place where it has one."""
    choices = list(known)
    for index, name in enumerate(names):
        own: KeyPath = (*path, index)
        check_known(name, choices, what, own if own in report.source.places else path, report)


def check_total(shares: Iterable[float], path: KeyPath, report: Report, what: str = "shares") -> None:
    """Report shares that do not add up to 100 %."""
    total = sum(shares)
    if abs(total - 1) > SUM_TOLERANCE:
        report.check(path, f"the {what} add up to {percent(total)}", "let them add up to 100%")
