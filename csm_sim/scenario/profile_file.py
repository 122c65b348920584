"""The profile of a week out of a CSV file with the columns weekday, hour and weight."""

from __future__ import annotations

from pathlib import Path

from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.daytimes import WEEKDAYS, read_weekday
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.problems import Report
from csm_sim.scenario.profile import HOURS, MAX_WEIGHT, Weights, read_weight
from csm_sim.scenario.table import FileProblems, read_table
from csm_sim.scenario.units import Wrong, shown

_COLUMNS = ("weekday", "hour", "weight")


def read_profile_file(path: Path, name: str, at: KeyPath, report: Report) -> Weights | None:
    """The weights in a file, seven rows of 24, Monday first; None after reporting what is wrong with it.

    Parameters
    ----------
    path
        The file.
    name
        What messages call it.
    at
        The key of the scenario that names it.
    report
        Where problems go.
    """
    problems = FileProblems(name, report)
    table = read_table(path, name, _COLUMNS, problems)
    if table is None:
        return None
    for column in _COLUMNS:
        if column not in table.columns:
            near = nearest(column, [cell for cell in table.header if cell not in _COLUMNS])
            fix = f"rename  {near}  to {column}" if near else f"write the header  {','.join(_COLUMNS)}"
            problems.add(1, column, "the file has no such column", fix)
    if len(table.columns) < len(_COLUMNS):
        return None
    rows = [[0.0] * HOURS for _ in WEEKDAYS]
    first_line: dict[tuple[int, int], int] = {}
    cells = zip(table.lines, *(table.columns[column] for column in _COLUMNS), strict=True)
    for line, day_text, hour_text, weight_text in cells:
        day = _day(day_text, line, problems)
        hour = _hour(hour_text, line, problems)
        weight = _weight(weight_text, line, problems)
        if day is None or hour is None or weight is None:
            continue
        if (day, hour) in first_line:
            what = f"{WEEKDAYS[day]} at {hour} is listed twice: first on line {first_line[day, hour]}"
            problems.add(line, "hour", what, "keep one of the lines")
            continue
        first_line[day, hour] = line
        rows[day][hour] = weight
    problems.close()
    if problems.count:
        return None
    if not any(weight > 0 for row in rows for weight in row):
        report.add(
            at,
            f"all weights in {name} are 0, so no ticket would ever come",
            "write a weight above 0 for some hour",
        )
        return None
    return tuple(tuple(row) for row in rows)


def _day(text: str, line: int, problems: FileProblems) -> int | None:
    try:
        return read_weekday(text)
    except Wrong as wrong:
        near = nearest(text, WEEKDAYS)
        fix = f"did you mean {near}?" if near else f"write one of: {', '.join(WEEKDAYS)}"
        problems.add(line, "weekday", wrong.problem, fix)
        return None


def _hour(text: str, line: int, problems: FileProblems) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < HOURS:
        return int(text)
    problems.add(
        line, "hour", f"{shown(text)} is not an hour of the day", "write a whole number from 0 to 23"
    )
    return None


def _weight(text: str, line: int, problems: FileProblems) -> float | None:
    try:
        return read_weight(text)
    except Wrong as wrong:
        problems.add(line, "weight", wrong.problem, f"write a number from 0 to {MAX_WEIGHT:.0f}")
        return None
