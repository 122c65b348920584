"""Native charts of a workbook: they follow the cells, have named axes, and can be told apart in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from csm_sim.language import _
from csm_sim.report.canvas import BLUE, GREY, ORANGE
from csm_sim.report.xlsx_book import MONTH, Sheet, number_format

BLACK: Final = "#000000"
GREEN: Final = "#5b8c5a"
STYLES: Final = (
    (BLUE, "solid"), (ORANGE, "dash"), (GREY, "round_dot"), (GREEN, "dash_dot"),
    (BLACK, "long_dash"), ("#7b4fa0", "square_dot"),
)  # fmt: skip
"""Colour and dash of the lines of a chart, in order."""

MOST_LINES: Final = len(STYLES)

Cells = list[str | int]


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a chart: what it is called, where it is, and how it looks."""

    name: Cells
    """The cell that holds its name: a name that is written into the chart could be taken for a formula."""
    x: Cells
    y: Cells
    colour: str = BLUE
    dash: str = "solid"
    width: float = 2.25
    named: bool = True
    """Whether the legend names it."""
    fill: str | None = None
    """Pattern of a bar, so that bars differ in grey; ``none``: not drawn at all."""


def chart(
    sheet: Sheet,
    kind: Literal["line", "column", "bar", "scatter"],
    lines: Sequence[Line],
    *,
    title: str,
    x_title: str,
    y_title: str,
    y_format: str,
    stacked: Literal["", "stacked", "percent_stacked"] = "",
    months: bool = False,
    bounds: tuple[float | None, float | None] = (None, None),
    names: str = "",
    legend: bool | None = None,
) -> Any:
    """A chart that is not placed yet.

    Parameters
    ----------
    sheet
        Any of the book.
    kind, stacked
        Of chart.
    lines
        What it shows.
    title, x_title, y_title
        Texts of our own; names from a scenario are taken from cells instead.
    y_format
        Number format of the axis of values.
    months
        Whether the categories are months.
    bounds
        Of the axis of values.
    names
        Number format of the categories, where they are numbers.
    legend
        Whether there is one; None: where there is more than one name.
    """
    subtype = "straight" if kind == "scatter" else stacked
    options = {"type": kind} | ({"subtype": subtype} if subtype else {})
    made: Any = sheet.book.workbook.add_chart(options)
    for one in lines:
        made.add_series(_series(one, kind, stacked=bool(stacked)))
    font = {"name": sheet.book.font, "size": 10}
    made.set_title(
        {"name": title, "overlay": False, "name_font": {"name": sheet.book.font, "size": 12, "bold": True}}
    )
    names_axis: dict[str, Any] = {
        "name": x_title,
        "name_font": {**font, "bold": False},
        "num_font": font,
        "label_position": "low",
    }
    if months:
        names_axis |= {"date_axis": True, "num_format": number_format(MONTH), "major_unit_type": "months"}
        names_axis["major_unit"] = _months_between_labels(lines)
        names_axis["num_font"] = {**font, "rotation": -45}
    elif names:
        names_axis["num_format"] = names
    values_axis: dict[str, Any] = {
        "name": y_title,
        "name_font": {**font, "bold": False},
        "num_font": font,
        "num_format": y_format,
        "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}},
    }
    for key, bound in zip(("min", "max"), bounds, strict=True):
        if bound is not None:
            values_axis[key] = bound
    if kind == "bar":
        names_axis["reverse"] = True  # the first row on top
        values_axis["crossing"] = "max"
        made.set_x_axis(values_axis)
        made.set_y_axis(names_axis)
    else:
        made.set_x_axis(names_axis)
        made.set_y_axis(values_axis)
    hidden = [number for number, one in enumerate(lines) if not one.named]
    with_legend = len(hidden) < len(lines) - 1 if legend is None else legend
    shown = {"position": "bottom", "font": font, "delete_series": hidden}
    made.set_legend(shown if with_legend else {"none": True})
    made.show_blanks_as("gap")
    return made


def _months_between_labels(lines: Sequence[Line]) -> int:
    """So many that labels have room: 1, 3, 6 or 12."""
    longest = max((int(one.x[3]) - int(one.x[1]) + 1 for one in lines), default=1)
    return next((step for step in (1, 3, 6) if longest <= 14 * step), 12)


def _series(one: Line, kind: str, *, stacked: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "categories": one.x, "values": one.y}
    if kind in ("line", "scatter"):
        return found | {
            "line": {"color": one.colour, "dash_type": one.dash, "width": one.width},
            "marker": {"type": "none"},
        }
    if one.fill == "none":
        return found | {"fill": {"none": True}, "border": {"none": True}}
    found |= {"border": {"color": "#404040", "width": 0.75}, "gap": 60}
    if one.fill:
        pattern = {"pattern": one.fill, "fg_color": one.colour, "bg_color": "#FFFFFF"}
        found["pattern"] = pattern
    else:
        found["fill"] = {"color": one.colour}
    return found | ({"overlap": 100} if stacked else {})


def with_interval(
    name: Cells, x: Cells, sheet: Sheet, first: int, last: int, column: int, colour: str, dash: str
) -> list[Line]:
    """A line for the mean and thin ones for the ends of its interval, from three columns in a row."""
    mean, low, high = (sheet.cells(first, column + offset, last, column + offset) for offset in range(3))
    thin = [Line(name, x, end, colour, "round_dot", 1.0, named=False) for end in (low, high)]
    return [Line(name, x, mean, colour, dash), *thin]


def place(
    sheet: Sheet, made: Any, row: int, column: int, *, width: int = 760, height: int = 360, about: str
) -> None:
    """Put a chart on a sheet; ``about`` is read to those who cannot see it."""
    made.set_size({"width": width, "height": height})
    sheet.native.insert_chart(row, column, made, {"object_position": 2, "description": about})


class Board:
    """The sheet of charts: two beside each other, in the order in which they come.

    Parameters
    ----------
    sheet
        Empty.
    """

    _ROWS: Final = 19
    """Rows that a chart takes, each 20 pixels high, and the space below it."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self._count = sheet, 0
        sheet.fitted = False
        sheet.native.set_print_scale(50)
        sheet.title(_("Charts"), _("They follow the cells of the other sheets."))

    def add(self, made: Any, about: str) -> None:
        """Place one more chart; ``about`` is read to those who cannot see it."""
        row, side = divmod(self._count, 2)
        place(self.sheet, made, 3 + row * self._ROWS, 12 * side, about=about)
        self._count += 1

    def finish(self) -> None:
        """Say that there is nothing, where that is so; else mark where the charts end, for print."""
        if not self._count:
            self.sheet.text(3, 0, _("Nothing to show."))
            return
        rows = -(-self._count // 2)
        self.sheet.text(3 + rows * self._ROWS, 23, " ")
        self.sheet.native.set_h_pagebreaks([3 + row * self._ROWS for row in range(2, rows, 2)])
