"""CSV files as they come out of other systems: byte-order marks, CP932, semicolons, ``?`` for missing."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import compress
from pathlib import Path
from typing import Protocol, TypeVar

from csm_sim.errors import Problem, ScenarioError
from csm_sim.scenario.amounts import read_money
from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.nodes import KeyPath, Mark, decode
from csm_sim.scenario.problems import Report
from csm_sim.scenario.units import Wrong, shown

MAX_BYTES = 1024**3
MAX_PROBLEMS = 20
MISSING = frozenset(("", "?", "-", "n/a", "na", "nan", "null", "none", "#n/a"))

T = TypeVar("T")


@dataclass(slots=True)
class FileProblems:
    """Problems of one data file; the first few are reported and the others counted."""

    name: str
    report: Report
    count: int = 0

    def add(self, line: int, column: str, problem: str, fix: str) -> None:
        """Report a problem with a cell of the file."""
        self.count += 1
        if self.count <= MAX_PROBLEMS:
            self._append(Mark(self.name, line), f"column {column}" if column else "", problem, fix)

    def close(self) -> None:
        """Say how many problems were not shown."""
        if self.count > MAX_PROBLEMS:
            more = self.count - MAX_PROBLEMS
            # a line number behind all others keeps it last when problems are sorted
            self.report.found.append(
                (
                    Mark(self.name, 10**12),
                    Problem(self.name, "", f"and {more:,} more problems in this file", "mend these first"),
                )
            )

    def _append(self, mark: Mark, key: str, problem: str, fix: str) -> None:
        self.report.found.append((mark, Problem(str(mark), key, problem, fix)))


@dataclass(slots=True)
class Table:
    """The wanted columns of a CSV file."""

    name: str
    header: list[str]
    lines: list[int] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    """Cells without surrounding blanks, for each wanted column that the file has."""


def read_table(path: Path, name: str, wanted: Sequence[str], problems: FileProblems) -> Table | None:
    """Those of the wanted columns that the file has; None after reporting what makes it unreadable."""
    text = _text_of(path, name, problems)
    if text is None:
        return None
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=lambda mark: (first.count(mark), mark == ","))
    # csv reads the text lazily: newline="" keeps line breaks within quotes
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not any(header):
            problems.add(
                1, "", "the file has no header", "write the names of the columns into the first line"
            )
            return None
        twice = [cell for cell, times in Counter(header).items() if times > 1 and cell in wanted]
        for cell in twice:
            places = " and ".join(str(index + 1) for index, other in enumerate(header) if other == cell)
            problems.add(
                1, cell, f"two columns have this name: columns {places}", "rename or delete one of them"
            )
        if twice:
            return None
        table = Table(name, header, columns={cell: [] for cell in wanted if cell in header})
        _fill(table, reader, problems)
    except csv.Error as error:
        what = (
            "a quotation mark is not closed"
            if "end of data" in str(error)
            else "the quotation marks or line breaks are mixed up"
        )
        problems.add(reader.line_num, "", f"this is no CSV: {what}", "export the file again as CSV")
        return None
    return table


def _text_of(path: Path, name: str, problems: FileProblems) -> str | None:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            problems.add(
                0,
                "",
                f"{name} is larger than {MAX_BYTES // 1024**2:,} MB",
                "leave out columns that are not needed",
            )
            return None
        return decode(path.read_bytes(), name)
    except OSError as error:
        problems.add(0, "", f"{name} cannot be read: {error.strerror}", "check its permissions")
    except ScenarioError as error:
        for problem in error.problems:
            problems.add(0, "", problem.problem, problem.fix)
    return None


class LineReader(Protocol):
    """What ``csv.reader`` makes; its own type has no public name in Python 3.11."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """The rows."""


def _fill(table: Table, reader: LineReader, problems: FileProblems) -> None:
    width = len(table.header)
    places = [(table.header.index(cell), cells.append) for cell, cells in table.columns.items()]
    add_line = table.lines.append
    for row in reader:
        if len(row) != width or not row[0]:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != width and (len(row) < width or any(cell.strip() for cell in row[width:])):
                line = reader.line_num
                problems.add(
                    line,
                    "",
                    f"the line has {len(row)} cells and the header {width}",
                    "quote cells that contain the separator",
                )
                continue
        add_line(reader.line_num)
        for place, append in places:
            append(row[place].strip())


def keep_rows(table: Table, keep: list[bool]) -> None:
    """Leave out the rows that are not to be kept."""
    table.lines = list(compress(table.lines, keep))
    table.columns = {column: list(compress(cells, keep)) for column, cells in table.columns.items()}


def missing_column(table: Table, column: str, at: KeyPath, report: Report) -> None:
    """Report that a column the scenario names is not in the file."""
    near = nearest(column, table.header, 0.7)
    have = ", ".join(table.header[:30])
    fix = f"did you mean  {{key}}: {near} ?" if near else f"write one of its columns: {have}"
    report.add(at, f"{table.name} has no column {column}", fix)


def convert(cells: list[str], read: Callable[[str], T], missing: T) -> tuple[list[T], dict[str, Wrong]]:
    """Each cell read, and the texts that could not be; equal texts are read once."""
    known: dict[str, T] = {}
    bad: dict[str, Wrong] = {}
    for text in dict.fromkeys(cells):
        if text.lower() in MISSING:
            known[text] = missing
            continue
        try:
            known[text] = read(text)
        except Wrong as wrong:
            known[text] = missing
            bad[text] = wrong
    return [known[text] for text in cells], bad


def report_bad(table: Table, column: str, bad: dict[str, Wrong], problems: FileProblems) -> None:
    """Report the cells that could not be read, each on its own line of the file."""
    if not bad:
        return
    for line, text in zip(table.lines, table.columns[column], strict=True):
        if text in bad:
            problems.add(line, column, bad[text].problem, bad[text].fix)


# ---------------------------------------------------------------- cells

_YEAR_FIRST_RE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)
_YEAR_LAST_RE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b.*")
_ZONE_RE = re.compile(r".*\d:\d{2}.*(Z|[+-]\d{2}:?\d{2})", re.DOTALL)


def moment_reader(format_text: str | None, format_key: str) -> Callable[[str], datetime]:
    """A reader of dates and times: year first, or as ``format_text`` says."""

    def read(text: str) -> datetime:
        if format_text is not None:
            try:
                moment = datetime.strptime(text, format_text)
            except ValueError:
                raise Wrong(
                    f"{shown(text)} is not written as {format_text}", f"change  {format_key}  to fit the file"
                ) from None
            if moment.tzinfo is not None:
                raise Wrong(f"{shown(text)} has a time zone", "export times in the scenario's local time")
            return _in_range(moment, text)
        match = _YEAR_FIRST_RE.fullmatch(text)
        if match is None:
            if _ZONE_RE.fullmatch(text) and _YEAR_FIRST_RE.match(text):
                raise Wrong(
                    f"{shown(text)} has a time zone",
                    "export times in the scenario's local time, without a zone",
                )
            raise Wrong(
                f"{shown(text)} is not a date", f'write year-month-day, or add  {format_key}: "%d/%m/%Y"'
            )
        year, month, day, hour, minute, second = (int(part) for part in match.groups(default="0"))
        try:
            return _in_range(datetime(year, month, day, hour, minute, second), text)
        except ValueError as error:
            if isinstance(error, Wrong):
                raise
            raise Wrong(f"{shown(text)} is not a day and time of the calendar", "correct the cell") from None

    return read


def _in_range(moment: datetime, text: str) -> datetime:
    if not 1900 <= moment.year <= 2200:
        raise Wrong(f"{shown(text)} is outside the years 1900 to 2200", "correct the cell")
    return moment


def day_reader(format_text: str | None, format_key: str) -> Callable[[str], date]:
    """A reader of dates; a time of day is ignored."""
    read_moment = moment_reader(format_text, format_key)

    def read(text: str) -> date:
        if format_text is None and len(text) == 10:
            try:
                day = date.fromisoformat(text)
                if 1900 <= day.year <= 2200:
                    return day
            except ValueError:
                pass
        return read_moment(text).date()

    return read


def explain_year_last(bad: dict[str, Wrong], format_key: str) -> None:
    """Say for dates with the year last which of day and month comes first, as far as the column tells."""
    matches = {text: _YEAR_LAST_RE.fullmatch(text) for text in bad}
    pairs = {text: (int(match[1]), int(match[2])) for text, match in matches.items() if match}
    day_first = any(first > 12 for first, _ in pairs.values())
    month_first = any(second > 12 for _, second in pairs.values())
    for text, match in matches.items():
        if match is None:
            continue
        mark = text[match.end(1)]
        year = "%Y" if len(match[3]) == 4 else "%y"
        clock = "".join((" %H:%M", ":%S" if re.search(r":\d{2}:\d{2}", text) else "")) if ":" in text else ""
        choices = [f'"{order.replace("/", mark)}{mark}{year}{clock}"' for order in ("%d/%m", "%m/%d")]
        if day_first != month_first:
            choice = choices[0] if day_first else choices[1]
            order = "day first" if day_first else "month first"
            bad[text] = Wrong(
                f"{shown(text)} has its year last; this column has the {order}",
                f"add  {format_key}: {choice}",
            )
        else:
            meanings = (
                "day-month or month-day" if not day_first else "day-month in one row and month-day in another"
            )
            bad[text] = Wrong(
                f"{shown(text)} may be {meanings}", f"add  {format_key}: {choices[0]}  or  {choices[1]}"
            )


def read_cell_money(text: str) -> float:
    """An amount of money in a cell."""
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if 0 <= amount <= 1e15:
        return amount
    try:
        return read_money(text)
    except Wrong as wrong:
        raise Wrong(wrong.problem, "write an amount, e.g.  1500000") from None
