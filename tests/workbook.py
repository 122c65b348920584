"""Reads a workbook back: its cells, its parts, and what its formulas come to, worked out here."""

from __future__ import annotations

import io
import math
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import openpyxl

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")


@dataclass
class Read:
    """A workbook as openpyxl reads it, and as it would calculate."""

    data: bytes
    changed: dict[tuple[str, str], float] = field(default_factory=dict)
    """Cells that somebody has given another value."""

    def __post_init__(self) -> None:
        self.formulas = openpyxl.load_workbook(io.BytesIO(self.data))
        self.shown = openpyxl.load_workbook(io.BytesIO(self.data), data_only=True)
        self._known: dict[tuple[str, str], Any] = {}

    def rows(self, sheet: str) -> list[tuple[Any, ...]]:
        """Values as a viewer that does not calculate shows them."""
        return [tuple(row) for row in self.shown[sheet].iter_rows(values_only=True)]

    def formula_cells(self) -> list[tuple[str, str, str]]:
        """Sheet, cell and text of each formula."""
        return [
            (sheet.title, cell.coordinate, cell.value)
            for sheet in self.formulas.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]

    def value(self, sheet: str, cell: str) -> Any:
        """What a cell comes to; an empty one counts 0."""
        if (sheet, cell) in self.changed:
            return self.changed[sheet, cell]
        key = (sheet, cell)
        if key not in self._known:
            held = self.formulas[sheet][cell]
            self._known[key] = (
                self._worked_out(sheet, held.value[1:]) if held.data_type == "f" else held.value or 0.0
            )
        return self._known[key]

    def _worked_out(self, sheet: str, text: str) -> Any:
        def named(match: re.Match[str]) -> str:
            column, row, last_column, last_row = match.groups()
            if last_column is None:
                return f"V('{column}{row}')"
            return f"R('{column}{row}:{last_column}{last_row}')"

        python = _REFERENCE.sub(named, re.sub(r"(?<![<>=])=(?!=)", "==", text)).replace("^", "**")
        names = {
            "V": lambda cell: self.value(sheet, cell),
            "R": lambda cells: [
                self.value(sheet, cell.coordinate) for row in self.formulas[sheet][cells] for cell in row
            ],
            "SUM": lambda values: math.fsum(value for value in values if not isinstance(value, str)),
            "ROUND": lambda value, digits: round(value, digits) + 0.0,
            "MIN": min,
            "MAX": max,
            "AND": lambda *values: all(values),
            "IF": lambda test, yes, no: yes if test else no,
        }
        return eval(python, {"__builtins__": {}}, names)

    def parts(self) -> dict[str, bytes]:
        """The files inside."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def charts(self) -> list[ElementTree.Element]:
        """The charts, as XML."""
        parts = self.parts()
        return [ElementTree.fromstring(parts[name]) for name in sorted(parts) if "charts/chart" in name]


def text_of(element: ElementTree.Element | None) -> str:
    """All text in a part of a chart."""
    return "" if element is None else "".join(element.itertext()).strip()
