"""Contradictions within playbooks: triggers, offsets, names, and who does the work."""

from __future__ import annotations

from collections.abc import Sequence

from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.units import Span, Wrong, shown
from csm_sim.scenario.work import MAX_STEPS, TRIGGERS, Playbook, Step

RESERVED = ("tickets", "escalation", "handover", "projects")
"""Kinds of work that are no playbooks."""


def check_playbooks(
    scenario: Scenario, segments: Sequence[str], roles: Sequence[str], report: Report
) -> None:
    """Report every contradiction in the playbooks."""
    first_value: dict[str, str] = {}
    for name, playbook in scenario.playbooks.items():
        at: KeyPath = ("playbooks", name)
        kind, _, role = name.partition(" ")
        if name in RESERVED or (kind in ("handover", "projects") and role in roles):
            report.check(
                at,
                f"{name} is the name that results give to other work",
                f"give the playbook another name, e.g.  {kind}_review",
            )
        _check_trigger(playbook, at, report)
        _check_audience(playbook, at, segments, roles, report)
        _check_steps(playbook, at, report)
        _check_first_value(playbook, at, first_value, name, report)
        _check_before_renewal(scenario, playbook, at, report)
        _check_roles(scenario, name, playbook, at, report)


def _check_trigger(playbook: Playbook, at: KeyPath, report: Report) -> None:
    given = playbook.triggers
    rests_on = [(*at, trigger) for trigger in TRIGGERS]
    if len(given) != 1:
        has = "no trigger" if not given else " and ".join(given)
        report.check(
            at,
            f"the playbook has {has}; it needs exactly one",
            "write one of  every: quarter,  on: new_account,  before_renewal: 90d,  after: qbr",
            *rests_on,
        )
    elif playbook.per != "account" and given != ["every"]:
        report.check(
            (*at, "per"),
            f"work per {playbook.per} needs every, not {given[0]}",
            "write  every: month",
            *rests_on,
        )


def _check_audience(
    playbook: Playbook, at: KeyPath, segments: Sequence[str], roles: Sequence[str], report: Report
) -> None:
    if playbook.role is not None and playbook.role not in roles:
        near = nearest(playbook.role, roles)
        fix = f"did you mean {near}?" if near else f"write one of: {', '.join(roles)}"
        report.check((*at, "role"), f"{shown(playbook.role)} is not a role of this scenario", fix)
    if playbook.per == "person":
        if playbook.for_:
            report.check(
                (*at, "for"),
                "work per person is not for segments",
                "delete  for:  or write  per: account",
                (*at, "per"),
            )
        if playbook.role is None:
            example = roles[0] if roles else "csm"
            report.check(
                at, "work per person needs a role", f"add  role: {example}", (*at, "role"), (*at, "per")
            )
    elif not playbook.for_:
        report.check(
            at,
            "it is not said for which segments this is",
            "add  for: all,  or names of segments",
            (*at, "for"),
            (*at, "per"),
        )
    for index, segment in enumerate(playbook.for_):
        if segment not in segments:
            path: KeyPath = (*at, "for", index)
            near = nearest(segment, segments)
            fix = f"did you mean {near}?" if near else f"write all, or some of: {', '.join(segments)}"
            report.check(
                path if path in report.source.places else path[:-1],
                f"{shown(segment)} is not a segment of this scenario",
                fix,
            )


def _has_no_default_due(playbook: Playbook) -> bool:
    """Whether it begins with something that happens: nothing is before that, and no next one ends it."""
    return playbook.on is not None or playbook.after is not None


def _minutes_of(step: Step) -> tuple[float | None, float | None]:
    return (step.opens.minutes if step.opens else None, step.due.minutes if step.due else None)


def _check_steps(playbook: Playbook, at: KeyPath, report: Report) -> None:
    steps = playbook.steps
    if not 1 <= len(steps) <= MAX_STEPS:
        count = "no steps" if not steps else f"{len(steps)} steps"
        report.check(
            (*at, "steps"),
            f"the playbook has {count}",
            f"write 1 to {MAX_STEPS} steps, e.g.  [{{do: call, effort: 30min, due: 3d}}]",
        )
        return
    seen: set[str] = set()
    for index, step in enumerate(steps):
        here: KeyPath = (*at, "steps", index)
        if step.do in seen:
            report.check(
                (*here, "do"), f"two steps are called {shown(step.do)}", "give each step a name of its own"
            )
        seen.add(step.do)
        opens, due = _minutes_of(step)
        if opens is not None and due is not None and opens > due:
            report.check(
                (*here, "due"),
                f"the step is due ({step.due}) before it opens ({step.opens})",
                "write a later due",
                here,
            )
        if step.drop_after is not None and due is None and _has_no_default_due(playbook):
            report.check(
                (*here, "drop_after"),
                "drop_after counts from the due time, and the step has none",
                "add  due: 5d",
                here,
            )
        if step.customer_wait is not None and index == len(steps) - 1:
            report.check(
                (*here, "customer_wait"),
                "no step follows that could wait for the customer",
                "delete it, or add a step",
            )
        for part in ("opens", "due"):
            offset = getattr(step, part)
            if offset is None:
                continue
            if _has_no_default_due(playbook) and offset.sign < 0 and offset.minutes < 0:
                early = (
                    "nobody knows of it before it happens"
                    if playbook.on_event
                    else "the account does not exist before it is new"
                )
                report.check(
                    (*here, part),
                    f"{offset}: {early}",
                    f"write  {part}: {offset.span}",
                    (*at, "on"),
                    (*at, "after"),
                )
            if playbook.before_renewal is not None and offset.minutes > 0:
                report.check(
                    (*here, part),
                    f"{offset} is after the renewal, when the preparation has ended",
                    f"write  {part}: {offset.span} before",
                    (*at, "before_renewal"),
                )
    if playbook.every is not None:
        _check_span(playbook, playbook.every, at, report)


def _check_span(playbook: Playbook, period: Span, at: KeyPath, report: Report) -> None:
    """An occurrence ends when the next one begins, so its last due time must come before that."""
    begins = playbook.anchor_default_opening
    dues = [
        (due, index) for index, step in enumerate(playbook.steps) if (due := _minutes_of(step)[1]) is not None
    ]
    latest, index = max(dues, default=(begins, 0))
    if latest - begins > period.minutes:
        days = (latest - begins) / 1440
        report.check(
            (*at, "steps", index, "due"),
            f"from the first opening to this due time are {days:g} days, "
            f"but the next occurrence begins after {period.days:.4g}",
            "write an earlier due, a later first  opens,  or a longer period",
            (*at, "every"),
            (*at, "steps"),
        )


def _check_first_value(
    playbook: Playbook, at: KeyPath, first_value: dict[str, str], name: str, report: Report
) -> None:
    step = playbook.first_value_after
    if step is None:
        return
    path: KeyPath = (*at, "first_value_after")
    names = [other.do for other in playbook.steps]
    if step not in names:
        near = nearest(step, names)
        fix = f"did you mean {near}?" if near else f"write one of: {', '.join(names)}"
        report.check(path, f"{shown(step)} is not a step of this playbook", fix, (*at, "steps"))
    if playbook.on != "new_account":
        report.check(
            path,
            "first value belongs to the onboarding of new accounts",
            "write  on: new_account,  or delete it",
            (*at, "on"),
            (*at, "every"),
        )
    for segment in playbook.for_:
        if segment in first_value:
            other = first_value[segment]
            report.check(
                path,
                f"{segment} already gets its first value in {other}",
                "keep one of them",
                ("playbooks", other),
                (*at, "for"),
            )
        first_value.setdefault(segment, name)


def _check_before_renewal(scenario: Scenario, playbook: Playbook, at: KeyPath, report: Report) -> None:
    if playbook.before_renewal is None or not playbook.steps:
        return
    begins = max(
        [playbook.before_renewal.minutes, *(-step.opens.minutes for step in playbook.steps if step.opens)]
    )
    for segment in playbook.for_:
        if segment in scenario.segments and begins > scenario.segments[segment].term.minutes + 1:
            term = scenario.segments[segment].term
            report.check(
                (*at, "before_renewal"),
                f"it begins {begins / 1440:.4g} days before the renewal, "
                f"longer than the term of {segment} ({term})",
                "write a shorter time, or leave the segment out",
                ("segments", segment, "term"),
                (*at, "steps"),
            )


def _check_roles(scenario: Scenario, name: str, playbook: Playbook, at: KeyPath, report: Report) -> None:
    if playbook.role is not None or playbook.per == "person":
        return
    for segment in playbook.for_:
        if segment in scenario.segments:
            try:
                scenario.role_of(name, segment)
            except Wrong as wrong:
                report.check(at, wrong.problem, wrong.fix, ("staff",), ("segments", segment), (*at, "role"))
