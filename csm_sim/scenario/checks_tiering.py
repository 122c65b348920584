"""Contradictions in the rules by which accounts come to be served as another segment."""

from __future__ import annotations

from collections.abc import Sequence

from csm_sim.scenario.checks_customers import brings_first_value, check_before_end
from csm_sim.scenario.checks_names import check_known, check_listed
from csm_sim.scenario.journey import TierRule, served_as
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report


def check_tiering(scenario: Scenario, segments: Sequence[str], report: Report) -> None:
    """Report every contradiction in the rules of tiering."""
    for index, rule in enumerate(scenario.tiering):
        at: KeyPath = ("tiering", index)
        _check_segments(rule, at, segments, report)
        _check_looks(scenario, rule, at, report)
        _check_conditions(rule, (*at, "if"), report)
        if rule.since is not None and rule.since >= scenario.end:
            check_before_end(scenario, (*at, "since"), report)


def _check_segments(rule: TierRule, at: KeyPath, segments: Sequence[str], report: Report) -> None:
    check_listed(rule.from_, segments, "segment", (*at, "from"), report)
    check_known(rule.to, segments, "segment", (*at, "to"), report)
    if rule.to in rule.from_:
        report.check(
            (*at, "to"),
            f"accounts of {rule.to} would move to {rule.to}",
            "name another segment, or leave it out of from",
            (*at, "from"),
        )
    elif not rule.from_:
        report.check((*at, "from"), "no segments are named", "write  from: [smb]  or  from: all")


def _check_looks(scenario: Scenario, rule: TierRule, at: KeyPath, report: Report) -> None:
    rests_on: tuple[KeyPath, ...] = ((*at, "on"), (*at, "review"))
    if (rule.on is None) == (rule.review is None):
        has = "neither on nor review" if rule.on is None else "both on and review"
        report.check(
            at,
            f"the rule has {has}: it is not said when it looks",
            "write  on: first_value,  on: onboarding_stopped  or  review: quarter",
            *rests_on,
        )
    elif rule.on == "onboarding_stopped" and scenario.journey.onboarding_limit is None:
        check_stopped(scenario, (*at, "on"), report)
    elif rule.on == "first_value" and not any(
        brings_first_value(scenario, segment) and not served.isdisjoint(rule.from_)
        for segment, served in served_as(scenario.segments, scenario.tiering).items()
    ):
        report.check(
            (*at, "on"),
            f"no playbook brings first value to accounts of {', '.join(rule.from_)}",
            "write  first_value_after  in a playbook for them, or  review: quarter",
            ("playbooks",),
            (*at, "from"),
            ("tiering",),
        )


def check_stopped(scenario: Scenario, path: KeyPath, report: Report) -> None:
    """Report work or a move that waits for onboardings to be given up, where none ever is."""
    if scenario.journey.onboarding_limit is None:
        report.check(
            path,
            "no onboarding is ever given up",
            "add  journey: {onboarding_limit: 120d}  to the scenario",
            ("journey",),
        )


def _check_conditions(rule: TierRule, at: KeyPath, report: Report) -> None:
    for what in ("arr", "ltv"):
        least, below = getattr(rule.if_, f"{what}_at_least"), getattr(rule.if_, f"{what}_below")
        if below == 0:
            report.check((*at, f"{what}_below"), "no account has less than 0", "write a larger amount")
        elif least is not None and below is not None and least >= below:
            report.check(
                (*at, f"{what}_below"),
                f"no account has at least {least:,.15g} and less than {below:,.15g}",
                f"write more than {what}_at_least",
                (*at, f"{what}_at_least"),
            )
