"""File to scenario: :func:`load`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from csm_sim.errors import ScenarioError
from csm_sim.scenario.checks import check_scenario
from csm_sim.scenario.checks_policies import check_policies
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.merge import Source, read_source
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import dotted
from csm_sim.scenario.owners import check_owners
from csm_sim.scenario.problems import Report, validated

if TYPE_CHECKING:  # numpy is imported only when a scenario names a data file
    from csm_sim.scenario.data import DataFiles
    from csm_sim.scenario.profile import Weights
    from csm_sim.scenario.records import AccountList, Trace


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from."""

    kind: Literal["default", "file", "set"]
    where: str
    """``file:line``, the ``--set`` option, or the source of the default."""

    def __str__(self) -> str:
        return f"default: {self.where}" if self.kind == "default" else self.where


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is allowed but may not be meant."""

    where: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}  {self.key}\n  note      {self.text}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario that has been read and checked, with its data files."""

    scenario: Scenario
    origins: Mapping[str, Origin]
    """Dotted key of each value -> where it came from."""
    data: Mapping[str, Any]
    """The merged file without defaults, as plain values."""
    accounts: Mapping[str, AccountList] = field(default_factory=dict)
    """Accounts of the segments that a file lists."""
    trace: Trace | None = None
    samples: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    """(file, column) -> efforts in minutes, sorted."""
    profile: Weights | None = None
    """Weights of the hours of a week, Monday first, when a file has them."""
    notes: tuple[Note, ...] = ()
    modules: Mapping[int, Path] = field(default_factory=dict)
    """Python file of each policy that has one, by its place in the list."""


def load(path: Path, sets: Sequence[str] = (), data_dir: Path | None = None) -> Loaded:
    """The checked scenario in a file, with the data files it names.

    Parameters
    ----------
    path
        Scenario file.
    sets
        Changes as on the command line: ``staff.csm.headcount=7``. The last one wins.
    data_dir
        A further folder from which the scenario may read files.

    Raises
    ------
    ScenarioError
        With every problem of the scenario and its data files.
    """
    source = read_source(Path(path), sets, data_dir)
    report = Report(source)
    scenario = validated(source, report)
    files: DataFiles | None = None
    modules: Mapping[int, Path] = {}
    if scenario is not None:
        check_scenario(scenario, source.data, report)
        modules = check_policies(scenario, source, list(scenario.staff), report)
        if _names_files(scenario):
            from csm_sim.scenario.data import read_data_files

            files = read_data_files(scenario, source, report)
        check_owners(scenario, files.accounts if files is not None else {}, report)
    problems = report.sorted()
    if problems or scenario is None:
        raise ScenarioError(problems)
    origins = origins_of(source)
    notes = (
        *_notes(scenario, source),
        *(Note(str(mark), dotted(at), text) for mark, at, text in report.notes),
    )
    if files is None:
        return Loaded(scenario, origins, source.data, notes=notes, modules=modules)
    return Loaded(
        scenario=scenario,
        origins=origins,
        data=source.data,
        accounts=files.accounts,
        trace=files.trace,
        samples=files.samples,
        profile=files.profile,
        notes=(*notes, *(Note(str(mark), dotted(at), text) for mark, at, text in files.notes)),
        modules=modules,
    )


def _names_files(scenario: Scenario) -> bool:
    from csm_sim.scenario.book import AccountFile

    listed = any(isinstance(segment.accounts, AccountFile) for segment in scenario.segments.values())
    tickets = scenario.tickets
    named = tickets is not None and (tickets.trace is not None or tickets.profile.file is not None)
    return listed or named or any(True for _ in empirical_efforts(scenario))


def empirical_efforts(scenario: Scenario) -> Any:
    """(path, distribution) of each effort that comes from a file."""
    for name, playbook in scenario.playbooks.items():
        for index, step in enumerate(playbook.steps):
            if step.effort.kind == "empirical":
                yield ("playbooks", name, "steps", index, "effort"), step.effort
    for name, role in scenario.staff.items():
        if role.handover is not None:
            for side in ("giving", "receiving"):
                effort = getattr(role.handover, side)
                if effort is not None and effort.kind == "empirical":
                    yield ("staff", name, "handover", side), effort
    tickets = scenario.tickets
    if tickets is None:
        return
    for name, severity in tickets.severities.items():
        at = ("tickets", "severities", name)
        more = severity.more.effort if severity.more is not None else None
        again = severity.reopen.effort if severity.reopen is not None else None
        efforts = (("effort",), severity.effort), (("more", "effort"), more), (("reopen", "effort"), again)
        for parts, effort in efforts:
            if effort is not None and effort.kind == "empirical":
                yield (*at, *parts), effort
    if tickets.escalation is not None and tickets.escalation.effort.kind == "empirical":
        yield ("tickets", "escalation", "effort"), tickets.escalation.effort


def _notes(scenario: Scenario, source: Source) -> tuple[Note, ...]:
    found = {
        ("segments", name): "no arr is given: its accounts are worth 0"
        for name, segment in scenario.segments.items()
        if segment.arr is None and isinstance(segment.accounts, int)
    }
    tickets, calendar = scenario.tickets, scenario.calendar
    if tickets is not None and tickets.holidays != 1 and not calendar.country and not calendar.closed:
        found["tickets", "holidays"] = "the scenario's calendar has neither a country nor closed days"
    return tuple(
        Note(str(source.mark(path, of_key=True)), dotted(path), text) for path, text in found.items()
    )


def origins_of(source: Source) -> dict[str, Origin]:
    """Where each value came from, by dotted key; groups and lists that were written have one too."""
    origins = {}
    for path, place in source.places.items():
        kind: Literal["file", "set"] = "set" if place.value.file.startswith("--set ") else "file"
        origins[dotted(path)] = Origin(kind, place.value.short)
    _, defaults = with_defaults(source.data)
    origins.update({key: Origin("default", doc.source) for key, doc in defaults.items()})
    return origins
