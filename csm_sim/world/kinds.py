"""Kinds of work: playbooks and tickets as records, their steps, and who does them for whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.journey import served_as
from csm_sim.world import records as r
from csm_sim.world.customer_rules import has_news
from csm_sim.world.customers import (
    AFTER,
    FIRST_VALUE,
    MOVED,
    PHASES_ALL,
    SEEN_GREEN,
    SEEN_RED,
    SEEN_YELLOW,
    STOPPED,
)
from csm_sim.world.distributions import DistributionTable
from csm_sim.world.identity import name_uid

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario.distributions import Distribution
    from csm_sim.scenario.severity import Severity
    from csm_sim.scenario.units import Offset
    from csm_sim.scenario.work import Playbook, Step

Records = NDArray[np.void]
Ints = NDArray[np.int32]

EVENTS = {
    "first_value": FIRST_VALUE,
    "onboarding_stopped": STOPPED,
    "tier_change": MOVED,
    "health_red": SEEN_RED,
    "health_yellow": SEEN_YELLOW,
    "health_green": SEEN_GREEN,
}
PHASE_BITS = {"onboarding": r.ONBOARDING, "adoption": r.ADOPTION, "expansion": r.EXPANSION}

OWN_PRIORITY = 4
"""Class of handovers and of introducing automations, among all work."""


def kinds_of_work(
    loaded: Loaded, dists: DistributionTable, skills: Mapping[str, int]
) -> tuple[Records, Records, tuple[tuple[str, str], ...], Ints]:
    """Kinds of work, their steps, the steps' names, and who does what for whom."""
    scenario = loaded.scenario
    segment_names, role_names = tuple(scenario.segments), tuple(scenario.staff)
    kinds: list[Records] = []
    steps: list[Records] = []
    names: list[tuple[str, str]] = []
    routes: list[list[int]] = []
    for name, playbook in scenario.playbooks.items():
        kind, of_kind = _playbook(loaded, name, playbook, len(kinds), len(steps), dists, skills)
        kinds.append(kind)
        steps += of_kind
        names += [(name, step.do) for step in playbook.steps]
        if playbook.per == "person":
            routes.append([role_names.index(str(playbook.role))] * len(segment_names))
        else:
            routes.append(
                [
                    role_names.index(scenario.role_of(name, segment)) if segment in playbook.for_ else -1
                    for segment in segment_names
                ]
            )
    for role, name, step_names, efforts in _own_kinds(loaded):
        kind, of_kind = _own_kind(loaded, name, efforts, len(kinds), len(steps), dists)
        kinds.append(kind)
        steps += of_kind
        names += [(name, step) for step in step_names]
        routes.append([role_names.index(role)] * len(segment_names))
    if scenario.tickets is not None:
        for kind, of_kind, of_names, route in _ticket_kinds(loaded, len(kinds), len(steps), dists, skills):
            kinds.append(kind)
            steps += of_kind
            names += of_names
            routes.append(route)
    return (
        np.array(kinds, r.KIND) if kinds else np.zeros(0, r.KIND),
        np.array(steps, r.STEP) if steps else np.zeros(0, r.STEP),
        tuple(names),
        np.array(routes, dtype=np.int32).reshape(len(kinds), len(segment_names)),
    )


def _playbook(
    loaded: Loaded,
    name: str,
    playbook: Playbook,
    number: int,
    step0: int,
    dists: DistributionTable,
    skills: Mapping[str, int],
) -> tuple[Any, list[Any]]:
    kind = np.zeros((), r.KIND)
    kind["uid"] = name_uid(f"playbook/{name}")
    kind["per"] = {"account": r.PER_ACCOUNT, "segment": r.PER_SEGMENT, "person": r.PER_PERSON}[playbook.per]
    kind["step0"], kind["steps"] = step0, len(playbook.steps)
    kind["share"] = playbook.share
    kind["frailty_dist"], kind["phases"] = -1, PHASES_ALL
    if playbook.phase is not None:
        kind["phases"] = sum(PHASE_BITS[phase] for phase in playbook.phase)
    kind["news"] = has_news(loaded.scenario, name, playbook)
    kind["brings_first_value"] = playbook.first_value_after is not None
    first_opens = _opens_minutes(playbook.steps[0].opens)
    default_due = math.nan
    if playbook.every is not None:
        kind["trigger"], kind["period_days"] = r.EVERY, playbook.every.days
        kind["begins_minutes"] = 0.0 if math.isnan(first_opens) else first_opens
        default_due = r.tick(playbook.every.minutes)
    elif playbook.before_renewal is not None:
        kind["trigger"] = r.BEFORE_RENEWAL
        begins = -r.DAY * math.floor(playbook.before_renewal.days)
        kind["begins_minutes"] = begins if math.isnan(first_opens) else first_opens
        default_due = 0.0
    else:
        kind["trigger"] = r.ON_EVENT if playbook.on_event else r.ON_NEW_ACCOUNT
        if playbook.on_event:
            kind["event"] = AFTER if playbook.on is None else EVENTS[playbook.on]
        kind["begins_minutes"] = 0.0 if math.isnan(first_opens) else first_opens
    rows = []
    for step in playbook.steps:
        row = _step(loaded, step, number, playbook, dists)
        _set_skill_and_learning(row, step, skills)
        due = _due_minutes(step.due)
        row["due_minutes"] = default_due if math.isnan(due) else due
        if playbook.before_renewal is not None:
            row["due_minutes"] = min(float(row["due_minutes"]), 0.0)
        rows.append(row)
    return kind, rows


def _own_kinds(loaded: Loaded) -> list[tuple[str, str, list[str], list[Distribution | None]]]:
    """Work of people that their coming and going makes: role, name, names of the steps, their efforts.

    Introducing an automation has the effort that the timeline says, so none here.
    """
    found: list[tuple[str, str, list[str], list[Distribution | None]]] = []
    for role, of_role in loaded.scenario.staff.items():
        rules = of_role.handover
        if rules is not None and not (rules.giving is None and rules.receiving is None):
            found.append((role, f"handover {role}", ["giving", "receiving"], [rules.giving, rules.receiving]))
    for role in loaded.scenario.staff:
        projects = project_names(loaded.scenario, role)
        if projects:
            found.append((role, f"projects {role}", list(projects.values()), [None] * len(projects)))
    return found


def project_names(scenario: Scenario, role: str) -> dict[int, str]:
    """The automations that a role introduces: place in the timeline in order of date -> name of the step."""
    found: dict[int, str] = {}
    for number, act in enumerate(scenario.acts):
        plan = act.automate
        if plan is not None and plan.role == role and plan.effort is not None and plan.effort.minutes > 0:
            text = ", ".join(plan.steps)
            same = sum(name == text or name.startswith(f"{text} (") for name in found.values())
            found[number] = f"{text} ({same + 1})" if same else text
    return found


def _own_kind(
    loaded: Loaded,
    name: str,
    efforts: Sequence[Distribution | None],
    number: int,
    step0: int,
    dists: DistributionTable,
) -> tuple[Any, list[Any]]:
    kind = np.zeros((), r.KIND)
    kind["uid"] = name_uid(name)
    kind["trigger"], kind["per"] = r.INTERNAL, r.PER_PERSON
    kind["step0"], kind["steps"], kind["share"] = step0, len(efforts), 1.0
    kind["frailty_dist"], kind["phases"] = -1, PHASES_ALL
    rows = []
    for effort in efforts:
        row = np.zeros((), r.STEP)
        row["kind"] = number
        row["effort_dist"] = -1 if effort is None else _distribution(loaded, effort, dists)
        for field in ("wait", "patience", "more_effort", "more_wait", "reopen_effort", "reopen_wait"):
            row[f"{field}_dist"] = -1
        for field in ("opens", "due", "drop", "response", "resolve"):
            row[f"{field}_minutes"] = math.nan
        row["cumulative_share"] = row["effort_factor"] = row["automated"] = row["counts"] = 1.0
        row["priority"] = OWN_PRIORITY
        rows.append(row)
    return kind, rows


def _set_skill_and_learning(row: Any, work: Step | Severity, skills: Mapping[str, int]) -> None:
    row["effort_factor"] = row["automated"] = 1.0
    row["skill"] = r.NO_SKILL if work.skill is None else skills[work.skill]
    if work.learning is not None:
        row["learn_power"] = math.log2(1.0 - work.learning.saves)
        row["learn_floor"] = work.learning.floor
        row["learn_experience"] = work.learning.experience


def _step(loaded: Loaded, step: Step, kind: int, playbook: Playbook, dists: DistributionTable) -> Any:
    row = np.zeros((), r.STEP)
    row["kind"] = kind
    row["effort_dist"] = _distribution(loaded, step.effort, dists)
    row["wait_dist"] = -1 if step.customer_wait is None else _distribution(loaded, step.customer_wait, dists)
    row["opens_minutes"] = _opens_minutes(step.opens)
    row["drop_minutes"] = math.nan if step.drop_after is None else r.tick(step.drop_after.minutes)
    row["response_minutes"] = row["resolve_minutes"] = math.nan
    row["cumulative_share"] = 1.0
    row["priority"] = playbook.priority if step.priority is None else step.priority
    row["first_value"] = step.do == playbook.first_value_after
    row["touch"] = step.touch and playbook.per == "account" and not row["first_value"]
    # a programme's last step counts for the accounts that it reaches, unless nobody is to notice it
    row["counts"] = 0.0 if playbook.per == "segment" and not step.touch else step.counts
    return row


def _opens_minutes(offset: Offset | None) -> float:
    """Minutes from the anchor's midnight; whole days and exact times count alike."""
    return math.nan if offset is None else offset.sign * _minutes(offset)


def _due_minutes(offset: Offset | None) -> float:
    """As ``_opens_minutes``, but a due day lasts to its end."""
    if offset is None:
        return math.nan
    return offset.sign * _minutes(offset) + (r.DAY if offset.span.whole_days else 0.0)


def _minutes(offset: Offset) -> float:
    return math.floor(offset.span.days) * r.DAY if offset.span.whole_days else r.tick(offset.span.minutes)


def _ticket_kinds(
    loaded: Loaded, number: int, step0: int, dists: DistributionTable, skills: Mapping[str, int]
) -> list[tuple[Any, list[Any], list[tuple[str, str]], list[int]]]:
    """Tickets and escalations: kind, steps, their names, route."""
    scenario = loaded.scenario
    tickets = scenario.tickets
    assert tickets is not None
    role_names = list(scenario.staff)
    route = [int(roles[0]) for roles in ticket_roles(loaded)]
    found = []
    kind, rows = _tickets(loaded, number, step0, dists, skills)
    names = [("tickets", severity) for severity in tickets.severities]
    found.append((kind, rows, names, route))
    if tickets.escalation is not None:
        kind = _reactive_kind("escalation", r.ESCALATION, step0 + len(rows), 1)
        row = _reactive_step(loaded, number + len(found), tickets.escalation.effort, dists)
        due, urgent = tickets.escalation.due, tickets.escalation
        row["resolve_minutes"] = math.nan if due is None else r.tick(due.minutes)
        row["priority"], row["preempts"] = urgent.priority, urgent.preempts
        to = role_names.index(urgent.to)
        found.append((kind, [row], [("escalation", "escalation")], [to if r_ >= 0 else -1 for r_ in route]))
    return found


def ticket_roles(loaded: Loaded) -> Ints:
    """(segment, route): role of each way a ticket can go; -1 where nobody served as it raises any."""
    scenario = loaded.scenario
    names = list(scenario.staff)
    raising = {
        served
        for segment, may_be in served_as(scenario.segments, scenario.tiering).items()
        for served in may_be
        if raises_tickets(loaded, segment)
    }
    found = [
        [names.index(role) for _, role in scenario.ticket_routes(segment)] if segment in raising else [-1]
        for segment in scenario.segments
    ]
    width = max(len(row) for row in found)
    return np.array([row if row[0] >= 0 else [-1] * width for row in found], dtype=np.int32)


def _reactive_kind(name: str, trigger: int, step0: int, steps: int) -> Any:
    kind = np.zeros((), r.KIND)
    kind["uid"] = name_uid(name)
    kind["trigger"], kind["per"], kind["reactive"] = trigger, r.PER_ACCOUNT, 1
    kind["step0"], kind["steps"], kind["share"] = step0, steps, 1.0
    kind["frailty_dist"], kind["phases"] = -1, PHASES_ALL
    return kind


def _reactive_step(loaded: Loaded, kind: int, effort: Distribution, dists: DistributionTable) -> Any:
    tickets = loaded.scenario.tickets
    row = np.zeros((), r.STEP)
    row["kind"] = kind
    row["effort_dist"] = _distribution(loaded, effort, dists)
    for name in ("wait", "patience", "more_effort", "more_wait", "reopen_effort", "reopen_wait"):
        row[f"{name}_dist"] = -1
    for name in ("opens", "due", "drop", "response", "resolve"):
        row[f"{name}_minutes"] = math.nan
    row["cumulative_share"] = 2.0
    row["effort_factor"] = row["automated"] = row["counts"] = 1.0
    row["reactive"], row["replay"] = 1, tickets is not None and tickets.trace is not None
    return row


def _tickets(
    loaded: Loaded, number: int, step0: int, dists: DistributionTable, skills: Mapping[str, int]
) -> tuple[Any, list[Any]]:
    tickets = loaded.scenario.tickets
    assert tickets is not None
    trigger = r.TICKETS if tickets.trace is None else r.REPLAY
    kind = _reactive_kind("tickets", trigger, step0, len(tickets.severities))
    if tickets.unequal is not None:
        kind["frailty_dist"] = dists.frailty(tickets.unequal)
    rows, cumulative = [], 0.0
    for severity in tickets.severities.values():
        row = _reactive_step(loaded, number, severity.effort, dists)
        _set_skill_and_learning(row, severity, skills)
        cumulative += severity.share
        row["cumulative_share"] = cumulative
        targets = {"response_minutes": severity.first_response, "resolve_minutes": severity.resolve}
        for key, span in targets.items():
            row[key] = math.nan if span is None else r.tick(span.minutes)
        row["priority"], row["preempts"] = severity.priority, severity.preempts
        row["ticket"], row["elapsed"] = 1, severity.clock == "elapsed"
        row["escalate"] = severity.escalate
        if severity.patience is not None:
            row["patience_dist"] = _distribution(loaded, severity.patience, dists)
        if severity.more is not None:
            row["more"] = severity.more.chance
            row["more_effort_dist"] = _distribution(loaded, severity.more.effort, dists)
            row["more_wait_dist"] = _distribution(loaded, severity.more.customer_wait, dists)
        if severity.reopen is not None:
            row["reopen"] = severity.reopen.chance
            effort = severity.effort if severity.reopen.effort is None else severity.reopen.effort
            row["reopen_effort_dist"] = _distribution(loaded, effort, dists)
            row["reopen_wait_dist"] = _distribution(loaded, severity.reopen.after, dists)
        rows.append(row)
    rows[-1]["cumulative_share"] = 2.0  # rounding of the shares must not lose a ticket
    return kind, rows


def raises_tickets(loaded: Loaded, segment: str) -> bool:
    """Whether the accounts of a segment can raise tickets."""
    tickets = loaded.scenario.tickets
    if tickets is None:
        return False
    return segment in loaded.accounts if tickets.trace is not None else tickets.rate_of(segment) is not None


def _distribution(loaded: Loaded, distribution: Distribution, dists: DistributionTable) -> int:
    return dists.add(distribution, samples_of(loaded, distribution))


def samples_of(loaded: Loaded, distribution: Distribution) -> NDArray[np.float64] | None:
    """The numbers behind an empirical distribution; None for others."""
    if distribution.file is None:
        return None
    return np.asarray(loaded.samples[distribution.file, distribution.column or ""], dtype=np.float64)
