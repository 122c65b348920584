"""The data files that a scenario names: accounts, past tickets, samples of effort."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.amounts import read_number
from csm_sim.scenario.arrivals import TraceFile
from csm_sim.scenario.book import AccountFile
from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.merge import Source, resolve_path
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath, Mark, dotted
from csm_sim.scenario.problems import Report
from csm_sim.scenario.profile import Weights
from csm_sim.scenario.profile_file import read_profile_file
from csm_sim.scenario.records import AccountList, Trace
from csm_sim.scenario.table import (
    MISSING,
    FileProblems,
    Table,
    convert,
    day_reader,
    explain_year_last,
    keep_rows,
    missing_column,
    moment_reader,
    read_cell_money,
    read_table,
    report_bad,
)
from csm_sim.scenario.units import Wrong, shown

_NO_DAY = date.min
_NO_MOMENT = datetime.min


@dataclass(slots=True)
class DataFiles:
    """What the data files of a scenario hold."""

    accounts: dict[str, AccountList] = field(default_factory=dict)
    trace: Trace | None = None
    samples: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    profile: Weights | None = None
    notes: list[tuple[Mark, KeyPath, str]] = field(default_factory=list)


def read_data_files(scenario: Scenario, source: Source, report: Report) -> DataFiles:
    """All data files of a scenario; what is wrong with them goes to the report."""
    from csm_sim.scenario.load import empirical_efforts

    files = DataFiles()
    owners: dict[str, str] = {}
    complete = True
    for name, segment in scenario.segments.items():
        if isinstance(segment.accounts, AccountFile):
            at: KeyPath = ("segments", name, "accounts")
            listed = _read_accounts(
                segment.accounts, at, segment.arr is not None, source, report, files, owners
            )
            complete &= listed is not None
            if listed is not None:
                files.accounts[name] = listed
    if scenario.tickets is not None and scenario.tickets.trace is not None:
        files.trace = _read_trace(
            scenario, scenario.tickets.trace, source, report, owners if complete else None
        )
    if scenario.tickets is not None and scenario.tickets.profile.file is not None:
        at = ("tickets", "profile")
        opened = _open(at, scenario.tickets.profile.file, source, report)
        if opened is not None:
            files.profile = read_profile_file(*opened, (*at, "file"), report)
    for path, effort in empirical_efforts(scenario):
        _read_sample(effort.file, effort.column, effort.unit, path, source, report, files)
    return files


def _open(at: KeyPath, written: str, source: Source, report: Report) -> tuple[Path, str] | None:
    """The path and the shown name of a data file; None after reporting that it may not or cannot be read."""
    key = (*at, "file")
    found = resolve_path(written, source.folder_of(key), source.roots)
    if isinstance(found, str):
        report.add(
            key,
            f"{shown(written)} {found}",
            "put the file beside the scenario, or allow its folder with --data-dir DIR",
        )
        return None
    if not found.is_file():
        near = (
            nearest(Path(written).name, sorted(other.name for other in found.parent.glob("*.csv")))
            if found.parent.is_dir()
            else None
        )
        what = "is not a file" if found.exists() else "does not exist"
        report.add(
            key,
            f"{shown(written)} {what}",
            f"did you mean  file: {near} ?" if near else "write the name of a CSV file beside the scenario",
        )
        return None
    beside = source.folder / written
    return found, str(beside if beside.exists() else found)


# ---------------------------------------------------------------- accounts


def _read_accounts(
    file: AccountFile,
    at: KeyPath,
    has_arr: bool,
    source: Source,
    report: Report,
    files: DataFiles,
    owners: dict[str, str],
) -> AccountList | None:
    opened = _open(at, file.file, source, report)
    if opened is None:
        return None
    problems = FileProblems(opened[1], report)
    columns = [file.account, file.arr, file.start, file.renewal, file.owner, file.name]
    table = read_table(*opened, [*columns, *file.only], problems)
    if table is None:
        return None
    required = {"account"} | (set() if has_arr else {"arr"})
    complete = True
    for role in ("account", "arr", "start", "renewal", "owner", "name"):
        column = getattr(file, role)
        if column not in table.columns and (role in required or role in file.model_fields_set):
            missing_column(table, column, (*at, role), report)
            complete = False
    for column in file.only:
        if column not in table.columns:
            missing_column(table, column, (*at, "only", column), report)
            complete = False
    if not complete:
        return None
    for column, texts in file.only.items():
        keep_rows(table, [cell in texts for cell in table.columns[column]])
        if not table.lines:
            report.add(
                (*at, "only", column),
                f"no row of {table.name} has {' or '.join(texts)} there",
                "write texts as they stand in the file",
            )
            return None
    if file.arr in table.columns and file.arr.lower().replace("_", "").replace(" ", "") == "annualrevenue":
        text = f"{file.arr} is usually what the customer earns a year, not the ARR it pays; check the column"
        files.notes.append((source.mark((*at, "arr")), (*at, "arr"), text))
    ids = table.columns[file.account]
    _check_ids(table, file.account, owners, problems)
    arr = _amounts(table, file.arr, has_arr, problems)
    start = _days(table, file.start, file.format, at, problems)
    renewal = _days(table, file.renewal, file.format, at, problems)
    names = [
        name or identifier for name, identifier in zip(table.columns.get(file.name, ids), ids, strict=True)
    ]
    owner = [
        None if cell.lower() in MISSING else cell for cell in table.columns.get(file.owner, [""] * len(ids))
    ]
    problems.close()
    return AccountList(ids, names, arr, start, renewal, owner, np.asarray(table.lines, dtype=np.int64))


def _check_ids(table: Table, column: str, owners: dict[str, str], problems: FileProblems) -> None:
    """Report empty and repeated identifiers; ``owners`` has those of the files read before."""
    ids = table.columns[column]
    before = len(owners)
    seen = dict.fromkeys(ids, table.name)
    if (
        len(seen) == len(ids)
        and "" not in seen
        and "?" not in seen
        and not (before and owners.keys() & seen.keys())
    ):
        owners.update(seen)
        return
    first_line: dict[str, int] = {}
    for line, identifier in zip(table.lines, ids, strict=True):
        if identifier in ("", "?"):
            problems.add(line, column, "the account has no identifier", "write one, or delete the line")
        elif identifier in first_line:
            text = f"{shown(identifier)} is listed twice: first on line {first_line[identifier]}"
            problems.add(line, column, text, "keep one of the lines")
        elif identifier in owners:
            problems.add(
                line,
                column,
                f"{shown(identifier)} is also listed in {owners[identifier]}",
                "keep it in one segment",
            )
        first_line.setdefault(identifier, line)
    for identifier in seen:
        owners.setdefault(identifier, table.name)


def _amounts(table: Table, column: str, may_miss: bool, problems: FileProblems) -> NDArray[np.float64]:
    if column not in table.columns:
        return np.full(len(table.lines), np.nan)
    values, bad = convert(table.columns[column], read_cell_money, math.nan)
    report_bad(table, column, bad, problems)
    amounts = np.asarray(values, dtype=np.float64)
    if not may_miss:
        for row in np.flatnonzero(np.isnan(amounts)):
            if table.columns[column][row] not in bad:
                problems.add(
                    table.lines[row],
                    column,
                    "the ARR is missing",
                    "write it, or give the segment an  arr:  to draw it from",
                )
    return amounts


def _days(
    table: Table, column: str, format_text: str | None, at: KeyPath, problems: FileProblems
) -> NDArray[np.datetime64]:
    if column not in table.columns:
        return np.full(len(table.lines), "NaT", dtype="datetime64[D]")
    format_key = f"{dotted(at)}.format"
    values, bad = convert(table.columns[column], day_reader(format_text, format_key), _NO_DAY)
    explain_year_last(bad, format_key)
    report_bad(table, column, bad, problems)
    known = {
        day: np.datetime64("NaT", "D") if day is _NO_DAY else np.datetime64(day, "D") for day in set(values)
    }
    return np.asarray([known[day] for day in values], dtype="datetime64[D]")


# ---------------------------------------------------------------- past tickets


def _read_trace(
    scenario: Scenario, trace: TraceFile, source: Source, report: Report, accounts: dict[str, str] | None
) -> Trace | None:
    at: KeyPath = ("tickets", "trace")
    opened = _open(at, trace.file, source, report)
    if opened is None:
        return None
    problems = FileProblems(opened[1], report)
    wanted = {
        "account": trace.account,
        "opened_at": trace.opened_at,
        "severity": trace.severity,
        "effort": trace.effort,
    }
    columns = {role: column for role, column in wanted.items() if column is not None}
    table = read_table(*opened, list(dict.fromkeys(columns.values())), problems)
    if table is None:
        return None
    absent = [role for role, column in columns.items() if column not in table.columns]
    for role in absent:
        missing_column(table, columns[role], (*at, role), report)
    if absent:
        return None
    moments, bad = convert(
        table.columns[trace.opened_at], moment_reader(trace.format, f"{dotted(at)}.format"), _NO_MOMENT
    )
    explain_year_last(bad, f"{dotted(at)}.format")
    report_bad(table, trace.opened_at, bad, problems)
    names = table.columns[trace.account]
    begin = datetime.combine(scenario.sim_start, datetime.min.time())
    end = datetime.combine(scenario.end, datetime.min.time())
    skipped: Counter[str] = Counter()
    rows = []
    for row, (moment, name) in enumerate(zip(moments, names, strict=True)):
        reason = _why_skipped(moment, name, begin, end)
        if reason:
            skipped[reason] += 1
        else:
            rows.append(row)
    if accounts is not None:
        _check_known(table, trace.account, rows, accounts, problems)
    severity = _severities(
        table, trace, list(scenario.tickets.severities) if scenario.tickets else [], rows, problems
    )
    effort = _efforts(table, trace.effort, trace.effort_unit, problems)
    problems.close()
    return Trace(
        accounts=[names[row] for row in rows],
        opened=np.asarray([moments[row] for row in rows], dtype="datetime64[s]"),
        severity=severity,
        effort_minutes=effort[rows] if rows else np.empty(0),
        lines=np.asarray([table.lines[row] for row in rows], dtype=np.int64),
        skipped=dict(skipped),
    )


def _why_skipped(moment: datetime, account: str, begin: datetime, end: datetime) -> str:
    if moment is _NO_MOMENT:
        return "without an opening time"
    if account in ("", "?"):
        return "without an account"
    if moment < begin:
        return "before the warm-up"
    return "after the horizon" if moment >= end else ""


def _check_known(
    table: Table, column: str, rows: list[int], accounts: dict[str, str], problems: FileProblems
) -> None:
    names = table.columns[column]
    for row in rows:
        if names[row] not in accounts:
            near = nearest(names[row], list(accounts)[:5000]) if problems.count < 5 else None
            fix = f"did you mean {near}? " if near else ""
            problems.add(
                table.lines[row],
                column,
                f"{shown(names[row])} is in no accounts file",
                fix + "add it to the accounts of a segment",
            )


def _severities(
    table: Table, trace: TraceFile, names: list[str], rows: list[int], problems: FileProblems
) -> list[str | None]:
    if trace.severity is None:
        return [trace.default_severity] * len(rows)
    meaning: dict[str, str | None] = {name.lower(): name for name in names}
    meaning |= {text.strip().lower(): name for text, name in trace.severities.items()}
    found: list[str | None] = []
    cells = table.columns[trace.severity]
    for row in rows:
        text = cells[row].lower()
        if text not in meaning and text not in MISSING and trace.default_severity is None:
            problems.add(
                table.lines[row],
                trace.severity,
                f"{shown(cells[row])} is not a severity of the scenario ({', '.join(names)})",
                "say what it means:  tickets.trace.severities: "
                f"{{{cells[row][:40]}: {names[0] if names else 'p3'}}}",
            )
        found.append(meaning.get(text, trace.default_severity))
    return found


def _efforts(table: Table, column: str | None, unit: str, problems: FileProblems) -> NDArray[np.float64]:
    if column is None:
        return np.full(len(table.lines), np.nan)
    values, bad = convert(table.columns[column], _read_effort_cell, math.nan)
    report_bad(table, column, bad, problems)
    return np.asarray(values, dtype=np.float64) * (60.0 if unit == "h" else 1.0)


def _read_effort_cell(text: str) -> float:
    try:
        return read_number(text, low=0.0, high=1e7, above_low=True)
    except Wrong as wrong:
        raise Wrong(wrong.problem, "write a number above 0, or leave the cell empty") from None


# ---------------------------------------------------------------- samples of effort


def _read_sample(
    file: str, column: str, unit: str, at: KeyPath, source: Source, report: Report, files: DataFiles
) -> None:
    if (file, column) in files.samples:
        return
    opened = _open(at, file, source, report)
    if opened is None:
        return
    problems = FileProblems(opened[1], report)
    table = read_table(*opened, [column], problems)
    if table is None:
        return
    if column not in table.columns:
        missing_column(table, column, (*at, "column"), report)
        return
    minutes = _efforts(table, column, unit, problems)
    problems.close()
    known = np.sort(minutes[~np.isnan(minutes)])
    if len(known) < 2 and not problems.count:
        report.add((*at, "file"), f"column {column} of {file} has {len(known)} efforts", "give at least 2")
    files.samples[(file, column)] = known
