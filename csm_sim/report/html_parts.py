"""What a page is made of: sections with texts, tables, figures, as plain values for the templates."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from markupsafe import Markup

from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.paired import Interval
from csm_sim.language import _
from csm_sim.report.wording import (
    in_myriads,
    is_money,
    money_unit,
    plain_name,
    value_of,
    with_half_width,
)

MOST_OF_A_WORD: Final = 80
"""Letters of a word without a space that are shown; names may be of any length."""

MOST_OF_A_TEXT: Final = 1500
MOST_OF_A_NAME: Final = 160
"""Letters of a title, a label, a column."""

MOST_OF_A_SCOPE: Final = 400
"""Letters up to which a figure says of what it is, for programs that read the page."""


def seen(text: str, most: int = MOST_OF_A_TEXT) -> str:
    r"""A text as the page shows it: no control characters, nothing longer than anybody reads.

    Japanese has no spaces between words: there only the whole text is cut.

    >>> len(seen("x" * 40_000)), len(seen("長" * 40_000)), seen("a\u202eb")
    (81, 1501, 'a\\u202eb')
    """
    plain = plain_name(text[: 4 * most])
    cut = re.sub(rf"([^\s\u2e80-\U0010ffff]{{{MOST_OF_A_WORD}}})[^\s\u2e80-\U0010ffff]+", r"\1…", plain)
    return cut if len(cut) <= most else f"{cut[:most]}…"


@dataclass(frozen=True, slots=True)
class Bar:
    """Parts of a bar in a table, from 0 to 1 of its width."""

    parts: tuple[tuple[float, float, str], ...]
    """From, to, and the class that gives the shade."""
    marks: tuple[float, ...] = ()
    """Upright lines: a target."""
    interval: tuple[float, float, float] | None = None
    """Low, middle, high."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    text: str = ""
    margin: str = ""
    """The interval, which stands smaller: ``±0.6``."""
    style: str = ""
    """A class of the style sheet: ``met``, ``missed``, ``open``, ``text``."""
    raw: tuple[tuple[str, str], ...] = ()
    """Names and values of data attributes: what the figure is, and its value as in metrics.csv."""
    bar: Bar | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return not self.text and self.bar is None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    label: str
    level: int
    """How far the label is moved in."""
    cells: Sequence[Cell]
    strong: bool = False
    """A total."""
    note: str = ""
    """Below the label, smaller."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: names on the left, figures on the right."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Row]
    first: str = ""
    """Title of the column of labels."""
    note: str = ""
    texts: bool = False
    """Whether the cells are texts, which stand on the left."""
    legend: Sequence[tuple[str, str]] = ()
    """Class of a bar's shade, and its meaning."""

    @property
    def short(self) -> bool:
        """Whether it is kept on one sheet of paper."""
        return len(self.rows) <= 14

    @property
    def broad(self) -> bool:
        """Whether it takes smaller letters."""
        return len(self.columns) > 6 and not self.texts

    @property
    def margins(self) -> list[str]:
        """For each column the class that leaves room for its widest interval, so that figures line up."""
        found = []
        for place in range(len(self.columns)):
            widths = [len(row.cells[place].margin) for row in self.rows if place < len(row.cells)]
            widest = max(widths, default=0)
            found.append(f"m{min(max(widest, 3), 12)}" if widest else "")
        return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what it shows."""

    kind: ClassVar[str] = "figure"
    caption: str
    """What is to be seen."""
    wide: Markup
    narrow: Markup
    """The same for a phone."""
    legend: Sequence[tuple[str, str]] = ()
    """Class of a line, and its meaning."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences: one is a paragraph, several are a list."""

    kind: ClassVar[str] = "texts"
    lines: Sequence[str]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """Parts that are shown when a reader asks for them, and in print."""

    kind: ClassVar[str] = "folded"
    title: str
    parts: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Heading:
    """A title within a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The what-if strip; its numbers stand in the page's data."""

    kind: ClassVar[str] = "strip"
    roles: Sequence[tuple[str, int, int, int]]
    """Name, fewest, most, and where it begins."""
    said: str
    """Which point is shown at first."""
    rows: Sequence[tuple[str, str, str]]
    """Measure, what it is called, and what is better."""
    noted: Sequence[str]
    table: Table
    """All points."""


Part = Table | Figure | Texts | Folded | Heading | Strip


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a title."""

    id: str
    title: str
    parts: Sequence[Part]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure at the top of the page."""

    label: str
    value: str
    below: str
    """Its interval."""
    verdict: str = ""
    """Class of the verdict."""
    aim: str = ""
    """Target and verdict in words."""
    raw: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole page."""

    title: str
    about: str
    headline: str
    lines: Sequence[str]
    warnings: Sequence[str]
    facts: Sequence[Fact]
    sections: Sequence[Section]
    footer: Sequence[str]
    data: dict[str, Any] | None = None
    """For the what-if strip."""
    table: Table | None = None
    """Shown at the top, above the picture."""
    picture: Figure | None = None
    """Shown at the top."""
    changes: Table | None = None
    """What differs between plans, at the top of a comparison."""
    kind: str = field(default="")
    """Above the title: what the page is."""


# ---------------------------------------------------------------- cells


def raw_of(one: Estimate) -> tuple[tuple[str, str], ...]:
    """What a figure is and its value, so that programs (and tests) read it back without rounding."""
    if len(one.scope) > MOST_OF_A_SCOPE:
        return ()
    return (
        ("metric", one.metric),
        ("scope", plain_name(one.scope)),
        ("mean", _number(one.mean)),
        ("low", _number(one.low)),
        ("high", _number(one.high)),
        ("n", str(one.n)),
    )


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def cell(one: Estimate | None) -> Cell:
    """A figure with the half of its interval; empty where there is none."""
    if one is None:
        return Cell()
    value, _, half = with_half_width(one).partition(" ±")
    return Cell(value, f"±{half}" if half else "", raw=raw_of(one))


def called(label: str) -> tuple[str, int]:
    """A label and how far it is moved in: tables of the terminal do that with spaces.

    >>> called("  of it early"), called("churned")
    (('of it early', 1), ('churned', 0))
    """
    return label.strip(), (len(label) - len(label.lstrip(" "))) // 2


def words(text: str, style: str = "text") -> Cell:
    """A cell with a text."""
    return Cell(text, style=style)


def estimate_of(one: Interval, unit: str, metric: str = "", of: str = "all") -> Estimate:
    """An interval as the texts of the other reports take it."""
    return Estimate(metric, unit, of, one.mean, one.low, one.high, one.n)


def interval_text(one: Estimate) -> str:
    """The interval without its middle: ``¥46M to ¥67M``; empty where there is none."""
    half = one.half_width
    if math.isnan(half) or half <= 1e-9 * abs(one.mean):
        return ""
    return _("{low} to {high}").format(low=value_of(one, one.low), high=value_of(one, one.high))


def axis_text(value: float, step: float, unit: str, top: float) -> str:
    """A number on an axis with as many digits as the steps between the numbers need.

    Parameters
    ----------
    value
        The number.
    step
        Between the numbers of the axis.
    unit
        As in the catalogue; of money the code of the currency.
    top
        Largest of the numbers, of which all have the unit: millions, 万円.

    Examples
    --------
    >>> axis_text(4.5e9, 5e8, "JPY", 5e9), axis_text(0.85, 0.05, "share", 1.0), axis_text(0.0, 10.0, "", 50.0)
    ('¥4.5B', '85%', '0')
    >>> from csm_sim.language import using
    >>> with using("ja"):
    ...     axis_text(6e7, 2e7, "JPY", 6e7)
    '6,000万円'
    """
    if abs(value) < 1e-9 * step:
        return "0%" if unit == "share" else "0"
    if in_myriads(unit):
        size, mark = money_unit(top, unit)
        return f"{value / size:,.{_decimals(step / size)}f}{mark}"
    one = Estimate("", unit, "", value, value - 10 * step, value + 10 * step, 2)
    if is_money(one):
        return value_of(one)
    if unit == "share":
        return f"{100 * value:.{_decimals(100 * step)}f}%"
    return f"{value:,.{_decimals(step)}f}"


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))
