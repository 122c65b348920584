"""Contradictions in playbooks that answer to what happens to an account, and in what they bring."""

from __future__ import annotations

from collections.abc import Sequence

from csm_sim.scenario.checks_customers import brings_first_value
from csm_sim.scenario.checks_names import check_known
from csm_sim.scenario.checks_tiering import check_stopped
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.work import Playbook


def check_plays(scenario: Scenario, names: Sequence[str], report: Report) -> None:
    """Report every contradiction in events, chains, phases, effects, programmes and standards.

    ``names`` are those of all playbooks, also where their contents are wrong.
    """
    for name, playbook in scenario.playbooks.items():
        at: KeyPath = ("playbooks", name)
        _check_event(scenario, playbook, at, report)
        _check_after(scenario, names, name, at, report)
        _check_phases(scenario, playbook, at, report)
        _check_effect(scenario, playbook, at, report)
        _check_reach(playbook, at, report)
        _check_standard(playbook, at, report)
        _check_channels(playbook, at, report)
    _check_loops(scenario, report)


def _check_event(scenario: Scenario, playbook: Playbook, at: KeyPath, report: Report) -> None:
    path = (*at, "on")
    if playbook.again_after is not None and not playbook.on_event:
        report.check(
            (*at, "again_after"),
            "only work that an event starts can come again too soon",
            "delete it, or write  on: health_red  or  after: qbr",
            *((*at, trigger) for trigger in ("on", "after")),
        )
    if playbook.on == "tier_change" and not scenario.tiering:
        report.check(path, "no account ever moves", "add  tiering:  to the scenario", ("tiering",))
    elif playbook.on == "onboarding_stopped":
        check_stopped(scenario, path, report)
    elif playbook.on == "first_value" and not brings_first_value(scenario):
        report.check(
            path,
            "no playbook brings first value",
            "write  first_value_after  in a playbook  on: new_account",
            ("playbooks",),
        )


def _check_after(scenario: Scenario, names: Sequence[str], name: str, at: KeyPath, report: Report) -> None:
    playbook, path = scenario.playbooks[name], (*at, "after")
    if playbook.after is None or playbook.after == name:
        return  # a playbook after itself is a loop
    if not check_known(playbook.after, names, "playbook", path, report):
        return
    other = scenario.playbooks.get(playbook.after)
    if other is None:
        return  # what is wrong with it is reported
    if other.per != "account":
        report.check(
            path,
            f"{playbook.after} is work per {other.per}: no account can come after it",
            "name a playbook that is done for each account",
            ("playbooks", playbook.after, "per"),
        )
    elif not scenario.tiering and not set(playbook.for_) & set(other.for_):
        report.check(
            path,
            f"no segment gets both: {playbook.after} is for {', '.join(other.for_) or 'none'}",
            "let both be for some of the same segments",
            (*at, "for"),
            ("playbooks", playbook.after, "for"),
            ("tiering",),
        )


def _check_loops(scenario: Scenario, report: Report) -> None:
    """Report playbooks that start each other for ever, each loop once."""
    told: set[str] = set()
    for name in scenario.playbooks:
        chain: list[str] = []
        at: str | None = name
        while at in scenario.playbooks and at not in chain and at not in told:
            chain.append(at)
            at = scenario.playbooks[at].after
        if at in chain:
            loop = chain[chain.index(at) :]
            # told in the order in which they start each other: the one that comes first starts the next
            shown = " -> ".join([loop[0], *reversed(loop)])
            report.check(
                ("playbooks", loop[0], "after"),
                f"these start each other for ever: {shown}",
                "let one of them start otherwise, e.g.  every: quarter",
                *(("playbooks", other, "after") for other in loop),
            )
        told.update(chain)


def _check_phases(scenario: Scenario, playbook: Playbook, at: KeyPath, report: Report) -> None:
    if playbook.phase is None:
        return
    path = (*at, "phase")
    if playbook.per != "account":
        report.check(path, f"work per {playbook.per} has no phase of an account", "delete it", (*at, "per"))
        return
    if playbook.on == "new_account":
        report.check(
            path,
            "a new account is in its first phase anyway",
            "delete it, or write another trigger",
            (*at, "on"),
        )
        return
    reasons = {
        "expansion": (
            scenario.journey.expansion_after is None,
            "no account ever comes into the phase expansion",
            "add  journey: {expansion_after: 12 months}  to the scenario",
            ("journey",),
        ),
        "onboarding": (
            not brings_first_value(scenario),
            "no account is ever in the phase onboarding: no playbook brings first value",
            "write  first_value_after  in a playbook  on: new_account",
            ("playbooks",),
        ),
    }
    for index, phase in enumerate(playbook.phase):
        never, problem, fix, rests_on = reasons.get(phase, (False, "", "", ()))
        if never:
            own: KeyPath = (*path, index)
            report.check(own if own in report.source.places else path, problem, fix, rests_on)


def _check_effect(scenario: Scenario, playbook: Playbook, at: KeyPath, report: Report) -> None:
    if playbook.effect is None:
        return
    path = (*at, "effect")
    if playbook.per == "person":
        report.check(path, "work per person has no effect on an account", "delete it", (*at, "per"))
        return
    if playbook.per == "segment" and playbook.reach is None:
        report.check(
            path,
            "it is not said how many accounts it reaches",
            "add  reach: 40%",
            (*at, "reach"),
            (*at, "per"),
        )
    if playbook.effect.saves > 0 and scenario.health.decision is None:
        report.check(
            (*path, "saves"),
            "there is nothing to save: renewals are decided on their day",
            "add  health: {decision: {min: 1 month, max: 6 months}}  to the scenario",
            ("health",),
        )
    if not playbook.effect.matters:
        report.note(path, "it brings nothing")


def _check_reach(playbook: Playbook, at: KeyPath, report: Report) -> None:
    if playbook.reach is not None and playbook.per != "segment":
        fix = (
            "write  share  for the accounts that take part, or  per: segment"
            if playbook.per == "account"
            else "delete it"
        )
        report.check(
            (*at, "reach"), f"only work per segment has a reach, not per {playbook.per}", fix, (*at, "per")
        )


def _check_standard(playbook: Playbook, at: KeyPath, report: Report) -> None:
    if playbook.standard is not None and playbook.on != "new_account":
        report.check(
            (*at, "standard"),
            "a standard is for the work on new accounts",
            "write  on: new_account,  or delete it",
            *((*at, trigger) for trigger in ("on", "every", "before_renewal", "after")),
        )


def _check_channels(playbook: Playbook, at: KeyPath, report: Report) -> None:
    for index, step in enumerate(playbook.steps):
        here: KeyPath = (*at, "steps", index)
        is_last = index == len(playbook.steps) - 1
        notices = playbook.per == "account" and step.touch and step.do != playbook.first_value_after
        reaches = playbook.per == "segment" and playbook.reach is not None and is_last
        if notices or reaches:
            continue
        fix = "delete it"
        if playbook.per == "account":
            why = "it is no touch" if not step.touch else "first value is not a touch"
        elif playbook.per == "person":
            why = "work per person is no touch"
        elif playbook.reach is not None:
            why = "only the last step reaches accounts"
        else:
            why, fix = "work per segment without reach is no touch", "add  reach: 40%,  or delete it"
        given = ["channel"] if step.channel is not None else []
        given += ["counts"] if step.counts != 1.0 else []
        for name in given:
            report.check(
                (*here, name), f"{name} has no effect: {why}", fix, here, (*at, "per"), (*at, "reach")
            )
