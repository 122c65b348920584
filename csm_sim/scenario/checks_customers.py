"""Contradictions in what happens to customers: new business, revenue, community, health, sales and prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csm_sim.scenario.acts import PriceChange, SalesPush
from csm_sim.scenario.amounts import percent
from csm_sim.scenario.book import Segment
from csm_sim.scenario.checks_names import SUM_TOLERANCE, check_known, check_listed, check_total
from csm_sim.scenario.customer_values import BANDS
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report

TRAITS = ("bad_fit", "poor_handover")

_HEALTH: KeyPath = ("health",)


def check_customers(scenario: Scenario, data: Mapping[str, Any], report: Report) -> None:
    """Report every contradiction in the rules for customers, playbooks and tiers apart.

    Parameters
    ----------
    scenario
        The scenario, or what is left of it.
    data
        The merged file: a name counts as known even where its contents are wrong.
    report
        Where problems go.
    """
    segments, playbooks = (
        list(group) if isinstance(group := data.get(section), dict) else []
        for section in ("segments", "playbooks")
    )
    for name, segment in scenario.segments.items():
        at: KeyPath = ("segments", name)
        _check_new_business(segment, at, report)
        _check_early_churn(segment, at, report)
        _check_renewal_chances(segment, at, report)
        _check_automated(scenario, playbooks, name, report)
    _check_journey(scenario, report)
    _check_community(scenario, report)
    _check_usage(scenario, report)
    _check_decision(scenario, report)
    if any(path[:1] == ("timeline",) for path in report.broken):
        return
    for index, act in enumerate(scenario.timeline):
        if act.sales is not None:
            _check_sales(scenario, act.sales, ("timeline", index, "sales"), segments, report)
        if act.price is not None:
            _check_price(act.price, ("timeline", index, "price"), segments, report)


def brings_first_value(scenario: Scenario, segment: str | None = None) -> bool:
    """Whether some playbook brings first value to a segment, or to any."""
    return any(
        playbook.first_value_after is not None and (segment is None or segment in playbook.for_)
        for playbook in scenario.playbooks.values()
    )


def _check_new_business(segment: Segment, at: KeyPath, report: Report) -> None:
    if segment.new is None:
        return
    for name in TRAITS:
        trait = getattr(segment.new, name)
        if trait is not None and not trait.matters:
            report.note((*at, "new", name), "such accounts differ from others in nothing")


def _check_early_churn(segment: Segment, at: KeyPath, report: Report) -> None:
    early = segment.early_churn
    if early is None:
        return
    if segment.new is None and isinstance(segment.accounts, int):
        report.check(
            (*at, "early_churn"),
            "no account of the segment starts within the run, so none can leave early",
            "add  new: {per_month: 1},  or delete it",
            (*at, "new"),
            (*at, "accounts"),
        )
    elif early.within.days > segment.term.days + 1:
        report.note(
            (*at, "early_churn", "within"),
            f"longer than the term of {segment.term}: accounts that have renewed still count as early",
        )


def _check_renewal_chances(segment: Segment, at: KeyPath, report: Report) -> None:
    less, more = segment.contraction, segment.expansion
    if less is None or more is None:
        return
    for band in BANDS:
        parts = getattr(less.chance, band), getattr(more.chance, band)
        if sum(parts) > 1 + SUM_TOLERANCE:
            report.check(
                (*at, "expansion", "chance", band),
                f"{percent(parts[0])} of the {band} accounts contract and {percent(parts[1])} expand: "
                f"{percent(sum(parts))} together",
                "let the two add up to at most 100%",
                (*at, "contraction"),
                (*at, "expansion"),
            )


def _check_automated(scenario: Scenario, playbooks: list[str], name: str, report: Report) -> None:
    automated = scenario.segments[name].automated
    for plan in automated if isinstance(automated, dict) else ():
        path: KeyPath = ("segments", name, "automated", plan)
        known = check_known(plan, playbooks, "playbook", path, report)
        playbook = scenario.playbooks.get(plan)
        if not known or playbook is None:
            continue
        if playbook.per != "account" or name not in playbook.for_:
            why = f"is work per {playbook.per}" if playbook.per != "account" else f"is not for {name}"
            report.check(
                path, f"{plan} {why}: nothing of it can be automated here", "delete it", ("playbooks", plan)
            )


def _check_journey(scenario: Scenario, report: Report) -> None:
    if scenario.journey.onboarding_limit is not None and not brings_first_value(scenario):
        report.check(
            ("journey", "onboarding_limit"),
            "there is no onboarding to give up: no playbook brings first value",
            "write  first_value_after  in a playbook  on: new_account,  or delete it",
            ("playbooks",),
        )


def _check_community(scenario: Scenario, report: Report) -> None:
    community = scenario.community
    if community is None:
        return
    if community.since is not None and community.since >= scenario.end:
        check_before_end(scenario, ("community", "since"), report)
    tickets = scenario.tickets
    if community.deflects > 0 and (tickets is None or tickets.trace is not None):
        why = "there are no tickets" if tickets is None else "replayed tickets come as they were recorded"
        report.check(
            ("community", "deflects"),
            f"it has no effect: {why}",
            "delete it, or write  tickets.rate",
            ("tickets",),
        )


def check_before_end(scenario: Scenario, path: KeyPath, report: Report) -> None:
    """Report a first day that is after the horizon."""
    report.check(
        path,
        f"it is after the horizon, which ends before {scenario.end}",
        "write an earlier day, or delete the entry",
        ("start",),
        ("horizon",),
    )


def _check_usage(scenario: Scenario, report: Report) -> None:
    indicators = scenario.health.usage.indicators
    if indicators:
        each = [indicator.weight for indicator in indicators.values()]
        check_total(each, (*_HEALTH, "usage", "indicators"), report, "weights")


def _check_decision(scenario: Scenario, report: Report) -> None:
    decision = scenario.health.decision
    if decision is None:
        return
    at: KeyPath = (*_HEALTH, "decision")
    if decision.min.days > decision.max.days:
        report.check(
            at,
            f"the latest decision is {decision.min} before the renewal and the earliest {decision.max}",
            "write a min of at most max",
        )
        return
    for name, segment in scenario.segments.items():
        if segment.churn is None or decision.max.days <= segment.term.days + 1:
            continue
        term: KeyPath = ("segments", name, "term")
        if decision.min.days > segment.term.days + 1:
            report.check(
                (*at, "min"),
                f"{decision.min} before the renewal is longer than the term of {name} ({segment.term})",
                "write a shorter min",
                term,
            )
        else:
            report.note(
                (*at, "max"),
                f"longer than the term of {name} ({segment.term}): its accounts decide "
                "at the earliest on the day after a renewal",
            )


# ---------------------------------------------------------------- acts


def _check_sales(
    scenario: Scenario, push: SalesPush, at: KeyPath, segments: list[str], report: Report
) -> None:
    check_listed(push.segments, segments, "segment", (*at, "segments"), report)
    if push.new == 1.0 and push.bad_fit is None and push.poor_handover is None:
        report.check(at, "sales as before: nothing changes", "write  new: x3,  bad_fit  or  poor_handover")
    if not push.segments:
        report.check(
            at, "no segment has new business", "add  new: {per_month: 1}  to a segment", ("segments",)
        )
    for index, name in enumerate(push.segments):
        if name not in scenario.segments:
            continue
        new = scenario.segments[name].new
        if new is None:
            own: KeyPath = (*at, "segments", index)
            report.check(
                own if own in report.source.places else (*at, "segments"),
                f"{name} has no new business",
                f"write  segments.{name}.new: {{per_month: 1}},  or leave it out",
                ("segments", name),
            )
            continue
        for trait in TRAITS:
            if getattr(push, trait) is not None and getattr(new, trait) is None:
                report.check(
                    (*at, trait),
                    f"it is not said what {trait} means in {name}",
                    f"write  segments.{name}.new.{trait}: {{churn_odds: x2}}",
                    ("segments", name),
                )


def _check_price(change: PriceChange, at: KeyPath, segments: list[str], report: Report) -> None:
    check_listed(change.segments, segments, "segment", (*at, "segments"), report)
    if change.by == 0.0:
        report.check((*at, "by"), "the price stays as it is", "write  by: 5%,  or delete the entry")
