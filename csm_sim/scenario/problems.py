"""From what pydantic found to what the author of the file should read, and a copy of the file without it."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from csm_sim.errors import Problem
from csm_sim.scenario.catalogue import doc_of, names_in, nearest
from csm_sim.scenario.merge import Source
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath, Mark, dotted
from csm_sim.scenario.units import Wrong, shown


@dataclass(slots=True)
class Report:
    """Collects problems with their places, and leaves out those that only follow from others."""

    source: Source
    found: list[tuple[Mark, Problem]] = field(default_factory=list)
    broken: set[KeyPath] = field(default_factory=set)
    """Values that were wrong in themselves: what rests on them is not judged."""
    notes: list[tuple[Mark, KeyPath, str]] = field(default_factory=list)
    """What is allowed but may not be meant; it stops nothing."""

    def add(self, path: KeyPath, problem: str, fix: str, *, of_key: bool = False) -> None:
        """Report a problem with the value (or with the key) at ``path``."""
        names = [part for part in path if isinstance(part, str)]
        mark = self.source.mark(path, of_key=of_key)
        fix = fix.replace("{key}", names[-1] if names else "")
        self.found.append((mark, Problem(str(mark), dotted(path), problem, fix)))

    def check(self, path: KeyPath, problem: str, fix: str, *rests_on: KeyPath) -> None:
        """Report a contradiction, unless it, or something it rests on, is broken in itself."""
        if not any(_overlap(broken, other) for other in (path, *rests_on) for broken in self.broken):
            self.add(path, problem, fix)

    def note(self, path: KeyPath, text: str) -> None:
        """Remark on what is allowed but may not be meant."""
        self.notes.append((self.source.mark(path), path, text))

    def sorted(self) -> list[Problem]:
        """All problems in the order of the scenario file, then of the others."""
        main = self.source.name
        ordered = sorted(
            self.found, key=lambda item: (item[0].file != main, item[0].file, item[0].line, item[0].column)
        )
        return list(dict.fromkeys(problem for _, problem in ordered))


def _overlap(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _path_of(location: Iterable[str | int]) -> KeyPath:
    """A path without the marks pydantic adds for unions (``<...>``) and keys (``[key]``)."""
    return tuple(
        part for part in location if isinstance(part, int) or not (part.startswith("<") or part == "[key]")
    )


def validated(source: Source, report: Report) -> Scenario | None:
    """The scenario, after reporting what is wrong with single values.

    When some are wrong, the scenario returned is the rest of the file, good for finding contradictions but
    not for a run; None when not even that is left.
    """
    try:
        return Scenario.model_validate(source.data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        unknown = {_path_of(item["loc"]) for item in errors if item["type"] == "extra_forbidden"}
        for item in errors:
            _report_one(item, unknown, report)
        return _rest_of(source.data, error)


def _report_one(item: Any, unknown: set[KeyPath], report: Report) -> None:
    path, kind = _path_of(item["loc"]), item["type"]
    name = str(path[-1]) if path else ""
    if kind == "value_error" and isinstance(item["ctx"]["error"], Wrong):
        wrong = item["ctx"]["error"]
        report.broken.add(path)
        of_key = "[key]" in item["loc"]
        fix = wrong.fix.replace("{key}: ", "") if of_key else wrong.fix  # the key itself is to be another
        report.add((*path, *wrong.at), wrong.problem, fix, of_key=of_key)
        return
    report.broken.add(path)
    doc = doc_of(path)
    if kind == "missing":
        choices = names_in(path[:-1])
        typed = [other[-1] for other in unknown if other[:-1] == path[:-1] and isinstance(other[-1], str)]
        if any(nearest(word, choices) == name for word in typed):
            return  # the misspelt key is reported and says what was meant
        example = f"  {name}: {doc.example}" if doc and doc.example else f"  {name}:"
        empty = path in report.source.emptied
        report.add(
            path,
            f"{name} has no value" if empty else f"{name} is missing",
            f"write{example}" if empty else f"add{example}",
        )
    elif kind == "extra_forbidden":
        choices = names_in(path[:-1])
        near = nearest(name, choices)
        here = dotted(path[:-1]) or "a scenario"
        fix = f"did you mean  {near}:  ?" if near else f"delete it; {here} has: {', '.join(choices)}"
        report.add(path, f"{name} is not a key of {here}", fix, of_key=True)
    else:
        wanted = (
            "a list"
            if kind in ("tuple_type", "list_type")
            else "a group of keys"
            if "type" in kind
            else "a value that fits"
        )
        example = (
            f"write  {name}: {doc.example}" if doc and doc.example else f"see  csm-sim explain {dotted(path)}"
        )
        report.add(path, f"{shown(item.get('input'))} is not {wanted}", example)


_STAND_INS: dict[str, Any] = {
    "name": "scenario",
    "start": "2027-04-01",
    "horizon": "12 months",
    "segments": {},
    "staff": {},
}
"""Values for required keys that are missing or wrong, so that the rest can still be judged."""


def _rest_of(data: dict[str, Any], error: ValidationError) -> Scenario | None:
    rest = copy.deepcopy(data)
    for _ in range(20):
        for item in error.errors(include_url=False, include_input=False):
            path = _path_of(item["loc"])
            if not path:
                return None
            _delete(rest, path[:-1] if item["type"] == "missing" and len(path) > 1 else path)
        for name, value in _STAND_INS.items():
            rest.setdefault(name, value)
        try:
            return Scenario.model_validate(rest)
        except ValidationError as again:
            error = again
    return None


def _delete(data: dict[str, Any], path: KeyPath) -> None:
    """Delete the value at a path; an item of a list takes the whole list with it, so that no index moves."""
    keys = path[: next((index for index, part in enumerate(path) if isinstance(part, int)), len(path))]
    group: Any = data
    for part in keys[:-1]:
        group = group.get(part) if isinstance(group, dict) else None
    if isinstance(group, dict):
        group.pop(keys[-1], None)
