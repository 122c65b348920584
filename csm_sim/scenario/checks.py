"""Contradictions between parts of a scenario that are right on their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from csm_sim.scenario.amounts import currencies_of, percent
from csm_sim.scenario.checks_customers import check_customers
from csm_sim.scenario.checks_names import SUM_TOLERANCE, check_known, check_total
from csm_sim.scenario.checks_people import check_people
from csm_sim.scenario.checks_playbooks import check_playbooks
from csm_sim.scenario.checks_plays import check_plays
from csm_sim.scenario.checks_sizing import check_sizing
from csm_sim.scenario.checks_staff import check_idle_roles, check_staff
from csm_sim.scenario.checks_tickets import check_tickets
from csm_sim.scenario.checks_tiering import check_tiering
from csm_sim.scenario.checks_timeline import check_timeline
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.units import shown

_PER_PERSON = ("cost", "contractor_cost", "hiring_cost", "severance")
"""Keys of a role that hold money."""


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
    _check_segments(scenario, roles, report)
    check_staff(scenario, segments, roles, report)
    check_playbooks(scenario, segments, roles, report)
    if scenario.tickets is not None:
        check_tickets(scenario, scenario.tickets, segments, roles, report)
    check_people(scenario, roles, report)
    check_idle_roles(scenario, report)
    _check_health(scenario, report)
    check_customers(scenario, data, report)
    check_plays(scenario, _names(data, "playbooks"), report)
    check_tiering(scenario, segments, report)
    check_timeline(scenario, roles, report)
    check_sizing(scenario, roles, report)
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


def _check_segments(scenario: Scenario, roles: list[str], report: Report) -> None:
    for name, segment in scenario.segments.items():
        at: KeyPath = ("segments", name)
        if segment.owner is not None:
            check_known(segment.owner, roles, "role", (*at, "owner"), report)
        total = sum(segment.renewals.values())
        if total > 1 + SUM_TOLERANCE:
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


def _check_health(scenario: Scenario, report: Report) -> None:
    weights = scenario.health.weights
    each = (weights.adoption, weights.engagement, weights.support, weights.onboarding)
    check_total(each, ("health", "weights"), report, "weights")
    bands = scenario.health.bands
    if not 0 < bands.yellow < bands.green:
        at = ("health", "bands")
        report.check(
            at,
            f"green begins at {bands.green:g} and yellow at {bands.yellow:g}",
            "write 0 < yellow < green, e.g.  {green: 80, yellow: 60}",
        )


def _check_currencies(scenario: Scenario, data: Mapping[str, Any], report: Report) -> None:
    """Report amounts that name another currency than the scenario's: nothing is converted."""
    for path, value in _amounts(data):
        codes = currencies_of(value)
        if codes and scenario.currency not in codes:
            report.check(
                path,
                f"{shown(value)} is not in {scenario.currency}, the currency of this scenario",
                f"write it in {scenario.currency}, or set  currency: {codes[0]}",
                ("currency",),
            )


def _amounts(data: Mapping[str, Any]) -> Iterable[tuple[KeyPath, str]]:
    """Every amount of money that is written as a text."""
    for section, keys in (("segments", ("arr",)), ("staff", _PER_PERSON)):
        for name in _names(data, section):
            yield from _of_group(data[section][name], (section, name), keys)
    yield from _of_group(data.get("targets"), ("targets",), ("cost",))
    yield from _of_group(data.get("money"), ("money",), ("per_ticket", "per_person", "fixed"))
    acts = data.get("timeline")
    for index, act in enumerate(acts if isinstance(acts, list) else ()):
        if isinstance(act, dict):
            yield from _of_group(act.get("automate"), ("timeline", index, "automate"), ("cost", "running"))
    policies = data.get("policies")
    for index, policy in enumerate(policies if isinstance(policies, list) else ()):
        if isinstance(policy, dict) and policy.get("use") == "budget_review":
            yield from _of_group(policy, ("policies", index), ("per_ticket",))
    rules = data.get("tiering")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        conditions = rule.get("if") if isinstance(rule, dict) else None
        for name, value in (conditions if isinstance(conditions, dict) else {}).items():
            if str(name).startswith(("arr", "ltv")):
                yield from _texts(value, ("tiering", index, "if", name))


def _of_group(group: Any, path: KeyPath, keys: Iterable[str]) -> Iterable[tuple[KeyPath, str]]:
    for key in keys:
        yield from _texts(group.get(key) if isinstance(group, dict) else None, (*path, key))


def _texts(value: Any, path: KeyPath) -> Iterable[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
