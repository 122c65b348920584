"""Contradictions in the timeline: acts on people, roles and work that are not there at the time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, timedelta

from csm_sim.scenario.acts import KINDS, Absence, Act, Automation, Cut, Hire, Reorganisation, Training
from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.checks_names import check_known
from csm_sim.scenario.checks_team import Team
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.staffing import ESCALATION, TICKETS, move_work, step_names, work_holders
from csm_sim.scenario.units import shown

MAX_ABSENCES = 64
"""Random absences in a role on one day: each has a draw of its own."""

_PEOPLE: tuple[KeyPath, ...] = (("people",),)


def check_timeline(scenario: Scenario, roles: list[str], report: Report) -> None:
    """Report every contradiction in the timeline, going through it in order of date."""
    if any(path[:1] == ("timeline",) for path in report.broken):
        return
    checks = _Checks(scenario, roles, report)
    for index, act in sorted(enumerate(scenario.timeline), key=lambda item: item[1].on):
        checks.check(("timeline", index), act)
    checks.check_circles()


class _Checks:
    """Goes through the timeline act by act, with who is where by then."""

    def __init__(self, scenario: Scenario, roles: list[str], report: Report) -> None:
        self.scenario, self.roles, self.report = scenario, roles, report
        self.team = Team(scenario, report)
        self.holders = work_holders(scenario)
        self.random_absences: Counter[tuple[date, str]] = Counter()
        self.moves: defaultdict[date, list[tuple[str, str, KeyPath]]] = defaultdict(list)
        """Of everyone, by day: from, to, place."""

    def check(self, at: KeyPath, act: Act) -> None:
        """Report what is wrong with an act, then let it happen."""
        self._check_entry(at, act)
        self.team.go_to(act.on)
        if act.hire is not None and self._known(act.hire.role, (*at, "hire", "role")):
            self._check_hire((*at, "hire"), act.on, act.hire)
            self.team.hire(act.hire.role, act.hire.count)
        if act.cut is not None:
            self._check_cut((*at, "cut"), act.cut, act.on)
        if act.absence is not None:
            self._check_absence((*at, "absence"), act.on, act.absence)
        if act.freeze is not None and act.freeze.role is not None:
            self._known(act.freeze.role, (*at, "freeze", "role"))
        if act.shrinkage is not None:
            self._known(act.shrinkage.role, (*at, "shrinkage", "role"))
        if act.train is not None:
            self._check_train((*at, "train"), act.on, act.train)
        if act.automate is not None:
            self._check_automate((*at, "automate"), act.automate)
        if act.reorganise is not None:
            self._check_reorganise((*at, "reorganise"), act.on, act.reorganise)

    def _known(self, role: str, path: KeyPath) -> bool:
        return check_known(role, self.roles, "role", path, self.report) and role in self.scenario.staff

    def _check_entry(self, at: KeyPath, act: Act) -> None:
        scenario, report = self.scenario, self.report
        if len(act.kinds) != 1:
            what = " and ".join(act.kinds) + " at once" if act.kinds else "nothing"
            report.check(at, f"the entry does {what}", f"write one of {', '.join(KINDS)} in each entry")
        if not scenario.start <= act.on < scenario.end:
            last = f"{scenario.start} to the day before {scenario.end}"
            report.check(
                (*at, "on"),
                f"{act.on} is outside the horizon ({last})",
                "write a day within it",
                ("start",),
                ("horizon",),
            )
        if act.surge is not None and (scenario.tickets is None or scenario.tickets.trace is not None):
            why = (
                "there are no tickets"
                if scenario.tickets is None
                else "replayed tickets come as they were recorded"
            )
            report.check(
                (*at, "surge"),
                f"a surge has no effect: {why}",
                "delete it, or write  tickets.rate",
                ("tickets",),
            )

    def _check_hire(self, at: KeyPath, on: date, hire: Hire) -> None:
        if hire.until is None:
            return
        search = self.scenario.staff[hire.role].time_to_hire
        days = math.ceil(search.params[0]) if search is not None and search.kind == "constant" else 0
        joins = on + timedelta(days=min(days, 10**5))
        if hire.until < joins:
            they = f"the search for them takes until {joins}" if days else f"they join on {joins}"
            self.report.check(
                (*at, "until"), f"they leave on {hire.until}, but {they}", "write a later day", at[:2]
            )

    def _check_cut(self, at: KeyPath, cut: Cut, on: date) -> None:
        given = [name for name, has in (("count", cut.count), ("by", cut.by), ("people", cut.people)) if has]
        if len(given) != 1:
            has = "no count, by or people" if not given else f"both {' and '.join(given)}"
            self.report.check(
                at,
                f"the cut has {has}",
                "write how many  (count: 1),  which share  (by: 20%),  or who  (people: [NAME])",
            )
            return
        if cut.role is not None and not self._known(cut.role, (*at, "role")):
            return
        if cut.people:
            for path, name in self._people(cut.people, (*at, "people")):
                self.team.check_in(name, cut.role, (*at, "role"), path, on)
                self.team.leave(name, f"was cut on {on}")
            return
        if cut.role is None:
            self.report.check(at, "it is not said who leaves", "add  role: csm,  or write  people: [NAME]")
            return
        people = self.team.headcount(cut.role)
        if people == 0 or cut.people_of(people) > people:
            many = f"{cut.count} people leave {cut.role}" if cut.count else f"people leave {cut.role}"
            self._too_many(at, cut.role, many, people, "lower the cut, or hire before it")
        self.team.cut(cut.role, cut.people_of(people))

    def _too_many(self, at: KeyPath, role: str, what: str, people: int, fix: str) -> None:
        if self.scenario.policies:
            return  # they may have hired
        there = f"{people} are there" if people != 1 else "1 is there"
        self.report.check(at, f"{what}, but by then {there}", fix, ("staff", role), *_PEOPLE)

    def _people(self, names: tuple[str, ...], at: KeyPath) -> list[tuple[KeyPath, str]]:
        """Place and name of those named people that the scenario knows."""
        found = []
        for index, name in enumerate(names):
            own: KeyPath = (*at, index)
            path = own if own in self.report.source.places else at
            if self._person(name, path):
                found.append((path, name))
        return found

    def _person(self, name: str, path: KeyPath) -> bool:
        choices = [person.name for person in self.scenario.people]
        if name in choices:
            return True
        near = nearest(name, choices)
        have = ", ".join(choices[:10]) + (", ..." if len(choices) > 10 else "")
        fix = (
            f"did you mean {near}?"
            if near
            else f"write one of: {have}"
            if choices
            else f"add  people: [{{name: {name}, role: csm}}]  to the scenario"
        )
        self.report.check(path, f"{shown(name)} is not one of the people of this scenario", fix, *_PEOPLE)
        return False

    def _check_absence(self, at: KeyPath, on: date, absence: Absence) -> None:
        if (absence.person is None) == (absence.role is None):
            has = "neither a person nor a role" if absence.person is None else "both a person and a role"
            self.report.check(at, f"the absence has {has}", "write  person: NAME  or  role: csm")
        elif absence.person is not None:
            if self._person(absence.person, (*at, "person")):
                self.team.check_in(absence.person, None, None, (*at, "person"), on)
        elif absence.role is not None and self._known(absence.role, (*at, "role")):
            if self.team.headcount(absence.role) == 0:
                self._too_many(
                    at, absence.role, f"somebody of {absence.role} is away", 0, "write another day"
                )
            self.random_absences[on, absence.role] += 1
            if self.random_absences[on, absence.role] == MAX_ABSENCES + 1:
                self.report.check(
                    at,
                    f"more than {MAX_ABSENCES} people of {absence.role} are drawn who are away from {on} on",
                    "write other days, or name people",
                )

    def _check_train(self, at: KeyPath, on: date, train: Training) -> None:
        if bool(train.people) == (train.role is not None or train.count is not None):
            has = "both people and a number of a role" if train.people else "nobody"
            self.report.check(
                at, f"the training has {has}", "write  people: [NAME]  or  role: csm  with  count: 2"
            )
            return
        if train.people:
            for path, name in self._people(train.people, (*at, "people")):
                self.team.check_in(name, None, None, path, on)
                if train.skill in self.team.skills[name]:
                    self.report.note(path, f"{name} already has the skill {train.skill}")
                self.team.skills[name].add(train.skill)
            return
        if train.role is None or train.count is None:
            missing = "role: csm" if train.role is None else "count: 2"
            self.report.check(at, "it is not said who is trained", f"add  {missing}")
        elif self._known(train.role, (*at, "role")) and train.count > self.team.headcount(train.role):
            what = f"{train.count} people of {train.role} are trained"
            self._too_many(at, train.role, what, self.team.headcount(train.role), "write a lower count")

    def _check_automate(self, at: KeyPath, plan: Automation) -> None:
        where = (*at, "steps")
        if not plan.steps:
            self.report.check(where, "no steps are named", "write  steps: [qbr.prepare, tickets.p3]")
        seen: set[tuple[str, str]] = set()
        for index, text in enumerate(plan.steps):
            own: KeyPath = (*where, index)
            path = own if own in self.report.source.places else where
            steps = step_names(self.scenario, text)
            if not steps:
                self._unknown_step(text, path)
            twice = [step for step in steps if step in seen]
            if twice:
                self.report.check(path, f"{'.'.join(twice[0])} is named already", "name it once")
            seen.update(steps)
        if plan.role is not None:
            self._known(plan.role, (*at, "role"))
        if (plan.effort is None) != (plan.role is None):
            if plan.effort is None:
                self.report.check(
                    (*at, "role"), "a role introduces it without effort", "add  effort: 80h,  or delete it"
                )
            else:
                self.report.check(at, "it is not said who introduces it", "add  role: csm,  or delete effort")

    def _unknown_step(self, text: str, path: KeyPath) -> None:
        kind, _, step = text.partition(".")
        whole = step_names(self.scenario, kind)
        kinds = [*self.scenario.playbooks, *([TICKETS] if self.scenario.tickets is not None else [])]
        if whole:
            steps = [name for _, name in whole]
            near = nearest(step.strip(), steps)
            what = f"{kind} has no {'severity' if kind == TICKETS else 'step'} {step.strip() or '(nothing)'}"
            fix = f"did you mean {kind}.{near}?" if near else f"write one of: {', '.join(steps)}"
        else:
            near = nearest(kind, kinds)
            what = f"{shown(kind)} is not a playbook of this scenario"
            fix = f"did you mean {near}?" if near else f"write one of: {', '.join(kinds) or 'none'}"
        self.report.check(path, what, fix, ("playbooks",), ("tickets",))

    def _check_reorganise(self, at: KeyPath, on: date, move: Reorganisation) -> None:
        known = [self._known(role, (*at, name)) for name, role in (("from", move.from_), ("to", move.to))]
        if not all(known):
            return
        if move.from_ == move.to:
            self.report.check((*at, "to"), f"{move.to} is reorganised into itself", "name another role", at)
            return
        if move.count is not None and move.people:
            self.report.check(
                at, "it has both count and people", "write one of them, or neither for everyone"
            )
            return
        self._check_work(at, move)
        if move.people:
            for path, name in self._people(move.people, (*at, "people")):
                self.team.check_in(name, move.from_, (*at, "from"), path, on)
                self.team.move(name, move.from_, move.to)
        elif move.count is not None:
            people = self.team.headcount(move.from_)
            if move.count > people:
                what = f"{move.count} people leave {move.from_}"
                self._too_many(at, move.from_, what, people, "write a lower count, or delete it for everyone")
            self.team.move_some(move.from_, move.to, move.count)
        else:
            self.moves[on].append((move.from_, move.to, at))
            self.team.move_all(move.from_, move.to)

    def _check_work(self, at: KeyPath, move: Reorganisation) -> None:
        where, scenario = (*at, "work"), self.scenario
        for index, name in enumerate(move.work or ()):
            own: KeyPath = (*where, index)
            path = own if own in self.report.source.places else where
            choices = [*scenario.playbooks, *(kind for kind in (TICKETS, ESCALATION) if kind in self.holders)]
            if name not in choices:
                near = nearest(name, choices)
                self.report.check(
                    path,
                    f"{shown(name)} is not work of this scenario",
                    f"did you mean {near}?" if near else f"write some of: {', '.join(choices) or 'none'}",
                    ("playbooks",),
                    ("tickets",),
                )
            elif name not in self.holders:
                self.report.check(
                    path,
                    f"{name} is work per person: it stays with {scenario.playbooks[name].role}",
                    "delete it; who goes to another role does the work per person of that role",
                    ("playbooks", name),
                )
            elif move.from_ not in self.holders[name]:
                by = " and ".join(sorted(self.holders[name])) or "nobody"
                self.report.check(
                    path,
                    f"{name} is not done by {move.from_}, but by {by}",
                    "delete it, or name work that goes",
                    ("playbooks",),
                    ("tickets",),
                    ("segments",),
                    ("staff",),
                )
        move_work(self.holders, move)

    def check_circles(self) -> None:
        """Report days on which everybody goes round in a circle."""
        for day, moves in self.moves.items():
            goes: dict[str, str] = {}
            for leaves, joins, at in moves:
                goes[leaves] = joins
                circle = [leaves]
                while circle[-1] in goes and len(circle) <= len(goes):
                    circle.append(goes[circle[-1]])
                    if circle[-1] == leaves:
                        self.report.check(
                            at,
                            f"on {day} everybody goes round in a circle: {' to '.join(circle)}",
                            "write another day for one of them, or who goes:  count: 2  or  people: [NAME]",
                        )
                        break
