"""A page of text for the terminal: what every command that prints tables shares."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from csm_sim.language import ENGLISH, current
from csm_sim.report.line_breaks import lines_of
from csm_sim.report.wording import plain_name, scope_name

Row = tuple[str, Sequence[str]]
"""A label and the cells after it."""


class Page:
    """Text that grows from top to bottom.

    Parameters
    ----------
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    """

    def __init__(self, width: int, *, colour: bool) -> None:
        self._stream = io.StringIO()
        self._console = Console(
            file=self._stream,
            width=width,
            force_terminal=colour,
            no_color=not colour,
            color_system="standard" if colour else None,
            highlight=False,
            legacy_windows=False,
            emoji=False,
            markup=False,
        )

    def add(self, *parts: RenderableType, soft_wrap: bool = False) -> None:
        """Go on with these, each from a new line."""
        for part in parts:
            self._console.print(part, soft_wrap=soft_wrap)

    def section(self, title: str, body: RenderableType) -> None:
        """Go on with a title and what stands below it."""
        self.add(Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2)))

    def text(self) -> str:
        """All of it, without spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self._stream.getvalue().splitlines()) + "\n"


class _Prose:
    """Text that is broken into lines as the language does it: rich knows only words with spaces between."""

    def __init__(self, text: str, style: str) -> None:
        self._text, self._style = text, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in lines_of(self._text, options.max_width):
            yield Text(line, style=self._style, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, max(1, cell_len(self._text))).with_maximum(options.max_width)


def prose(text: str, style: str = "") -> RenderableType:
    """Running text in the language in use.

    Parameters
    ----------
    text
        Without control characters.
    style
        Of rich.
    """
    return Text(text, style=style, overflow="fold") if current() == ENGLISH else _Prose(text, style)


def bullets(mark: str, lines: Iterable[str], style: str = "") -> Table:
    """Lines with a mark before them; what does not fit goes on below the text, not below the mark."""
    grid = Table.grid(padding=(0, 1))
    for line in lines:
        grid.add_row(Text(mark), prose(plain_name(line), style))
    return grid


def new_table(columns: Sequence[str], *, first: str = "") -> Table:
    """An empty table: names on the left, figures on the right."""
    empty = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1), header_style="")
    empty.add_column(first, overflow="fold", min_width=8)
    for name in columns:
        empty.add_column(Text(plain_name(name)), justify="right", overflow="fold")
    return empty


def tables_by_column(rows: Sequence[Row], names: Sequence[str], width: int) -> Iterator[Table]:
    """Tables with a column for each name, as many beside each other as fit.

    Parameters
    ----------
    rows
        Labels, and a cell for each name.
    names
        Of the columns.
    width
        Columns of the terminal.
    """
    label = max(cell_len(label) for label, _ in rows)
    start = 0
    while start < len(names):
        used, stop = label, start
        while stop < len(names):
            cells = [scope_name(names[stop]), *(row[stop] for _, row in rows)]
            used += 2 + max(cell_len(plain_name(cell)) for cell in cells)
            if used > width - 2 and stop > start:
                break
            stop += 1
        shown = names[start:stop]
        table = new_table([scope_name(name) for name in shown])
        for what, row in rows:
            if any(row[start:stop]):
                table.add_row(Text(plain_name(what)), *(Text(plain_name(cell)) for cell in row[start:stop]))
        yield table
        start = stop
