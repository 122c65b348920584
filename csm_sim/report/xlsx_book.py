"""A workbook whose text stays text, whose numbers have units, and whose formulas show their values.

XlsxWriter does the writing. What is added here is what every sheet shares: number formats by unit, widths,
frozen headers, print settings, and the care that names from a scenario need.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, Protocol

from csm_sim.language import ENGLISH, _, current
from csm_sim.report.metric_words import unit_name
from csm_sim.report.wording import currency_sign

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet can have."""

_MOST_MARKS: Final = 32_767
"""UTF-16 units that a cell can hold."""

_MOST_IN_A_NAME: Final = 31
"""UTF-16 units in the name of a sheet."""

_FORBIDDEN_IN_NAMES: Final = frozenset("[]:*?/\\")
_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_PAGE_WIDTH: Final = 220.0
"""Characters that are printed side by side."""

_FONTS: Final = {ENGLISH: "Calibri", "ja": "Yu Gothic"}
_UNDATED: Final = datetime(2000, 1, 1)

HEAD, RIGHT, GROUP, LINK, UNIT, PLAIN = "head", "right", "group", "link", "unit", ""
BOLD, TITLE, DIM, WRAP, TOTAL, GIVEN, WARN, LEAD = (
    "bold", "title", "dim", "wrap", "total", "given", "warn", "lead",
)  # fmt: skip
"""Looks of a cell. ``total``: below a table; ``given``: a value that a reader may change."""

_LOOKS: Final[dict[str, dict[str, Any]]] = {
    PLAIN: {},
    HEAD: {
        "bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1, "bg_color": "#E7ECF3",
    },
    RIGHT: {
        "bold": True, "text_wrap": True, "valign": "bottom", "align": "right", "indent": 1, "bottom": 1,
        "bg_color": "#E7ECF3",
    },
    UNIT: {"indent": 1, "font_color": "#595959"},
    GROUP: {"bold": True, "bottom": 1, "font_color": "#1F4E79"},
    BOLD: {"bold": True},
    TITLE: {"bold": True, "font_size": 15},
    LEAD: {"bold": True, "font_size": 12, "text_wrap": True, "valign": "top"},
    DIM: {"font_color": "#595959"},
    WRAP: {"text_wrap": True, "valign": "top"},
    WARN: {"text_wrap": True, "valign": "top", "font_color": "#8A5A00", "italic": True},
    TOTAL: {"bold": True, "top": 1},
    GIVEN: {"bg_color": "#FFF6D6", "border": 1, "border_color": "#BFA640"},
    LINK: {"font_color": "#0563C1", "underline": 1},
}  # fmt: skip

CHECK: Final = "check"
"""Unit of a cell that is 0 when two ways to the same figure agree."""

MONTH, DAY, FACTOR, WHOLE = "month", "day", "factor", "whole"
"""Further units: dates, discount factors, whole numbers."""


class Spread(Protocol):
    """A figure with its interval."""

    @property
    def mean(self) -> float:
        """The figure."""

    @property
    def low(self) -> float:
        """Lower end; nan where there is no interval."""

    @property
    def high(self) -> float:
        """Upper end."""


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    r"""A text as a cell can hold it: what would break the file or turn the reading order becomes an escape.

    >>> print(clean("a\x07b\u202ec"))
    a\x07b\u202ec
    """
    kept = "".join(_clean_mark(mark) for mark in text)
    units = kept.encode("utf-16-le")
    if len(units) <= 2 * _MOST_MARKS:
        return kept
    return units[: 2 * (_MOST_MARKS - 1)].decode("utf-16-le", "ignore") + "…"


def _clean_mark(mark: str) -> str:
    code = ord(mark)
    control = (code < 0x20 and mark not in "\n\t") or code in (0x7F, 0xFFFE, 0xFFFF)
    if not control and mark not in _BIDI_CONTROLS and unicodedata.category(mark) != "Cs":
        return mark
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def sheet_name(wanted: str, taken: Sequence[str]) -> str:
    """A name that a sheet can have and that no other one has.

    >>> sheet_name("Q1/Q2: [draft]", []), sheet_name("summary", ["Summary"])
    ('Q1 Q2 draft', 'summary 2')
    """
    plain = "".join(" " if mark in _FORBIDDEN_IN_NAMES or mark in "\n\t" else mark for mark in clean(wanted))
    plain = " ".join(plain.split()).strip("'") or "Sheet"
    if plain.casefold() == "history":  # a name that Excel keeps for itself
        plain = f"{plain} 1"
    used = {name.casefold() for name in taken}
    number, name = 1, _cut(plain, _MOST_IN_A_NAME)
    while name.casefold() in used:
        number += 1
        name = f"{_cut(plain, _MOST_IN_A_NAME - len(str(number)) - 1)} {number}"
    return name


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").strip(" '")


def money_unit(unit: str) -> bool:
    """Whether a unit is the code of a currency."""
    return len(unit) == 3 and unit.isupper()


def unit_words(unit: str) -> str:
    """A unit as a header names it: ``¥``, ``%``, ``hours``."""
    if money_unit(unit):
        return currency_sign(unit).strip()
    return {"share": "%", "ratio": _("ratio")}.get(unit) or unit_name(unit)


def with_unit(what: str, unit: str) -> str:
    """The header of a column: ``Hours promised (hours)``."""
    return _("{what} ({unit})").format(what=what, unit=unit_words(unit))


def number_format(unit: str) -> str:
    """How Excel shows a number of a unit.

    >>> number_format("JPY"), number_format("CHF"), number_format("share")
    ('"¥"#,##0;-"¥"#,##0', '"CHF "#,##0;-"CHF "#,##0', '0.0%')
    """
    if money_unit(unit):
        shown = f'"{currency_sign(unit)}"#,##0'
        return f"{shown};-{shown}"
    if unit == CHECK:
        good, bad = _("ok"), _("differs by")
        return f'[=0]"{good}";"{bad} "#,##0.00'
    return {
        "share": "0.0%",
        MONTH: "yyyy-mm",
        DAY: "yyyy-mm-dd",
        FACTOR: "0.0000",
        WHOLE: "#,##0",
        "text": "@",
        "general": "General",
        "ratio": "0.000",
        "strength": '"×"0.00',
    }.get(unit, "#,##0.0")


def axis_format(unit: str, largest: float) -> str:
    """How an axis shows numbers of a unit: money in millions or thousands, where it is that much."""
    if money_unit(unit):
        sign = currency_sign(unit)
        millions, thousands = _("M"), _("k")
        for size, digits, letter in (
            (3e7, "#,##0,,", millions), (1e6, "#,##0.0,,", millions), (1e4, "#,##0,", thousands),
        ):  # fmt: skip
            if largest >= size:
                return f'"{sign}"{digits}"{letter}";-"{sign}"{digits}"{letter}"'
        return number_format(unit)
    return {"share": "0%"}.get(unit, "#,##0.##" if largest < 10 else "#,##0")


class Book:
    """A workbook in the making.

    Parameters
    ----------
    title
        For the properties of the file.
    created
        Its date, so that the same results give the same bytes; None: a fixed one.
    """

    def __init__(self, title: str, created: datetime | None = None) -> None:
        import xlsxwriter

        self._stream = io.BytesIO()
        self.font = _FONTS.get(current(), _FONTS[ENGLISH])
        self.workbook: Any = xlsxwriter.Workbook(
            self._stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": self.font, "font_size": 11},
            },
        )
        self.workbook.set_properties(
            {
                "title": clean(title)[:200].replace("\n", " "),
                "author": "csm-sim",
                "created": (created or _UNDATED).replace(tzinfo=None, microsecond=0),
            }
        )
        self.workbook.set_calc_mode("auto")
        self._formats: dict[tuple[str, str, bool], Any] = {}
        self.sheets: list[Sheet] = []

    def sheet(self, wanted: str) -> Sheet:
        """One more sheet, after the others."""
        name = sheet_name(wanted, [one.name for one in self.sheets])
        self.sheets.append(Sheet(self, name))
        return self.sheets[-1]

    def format(self, look: str, unit: str = "", *, quoted: bool = False) -> Any:
        """The format of a cell."""
        key = (look, unit, quoted)
        if key not in self._formats:
            properties = dict(_LOOKS[look])
            if unit:
                properties["num_format"] = number_format(unit)
                # numbers keep away from the texts on their right
                properties |= {"align": "left"} if unit in (MONTH, DAY) else {"align": "right", "indent": 1}
            if quoted:
                properties["quote_prefix"] = True
            properties.setdefault("font_name", self.font)
            self._formats[key] = self.workbook.add_format(properties)
        return self._formats[key]

    def to_bytes(self) -> bytes:
        """The file."""
        for sheet in self.sheets:
            sheet.finish()
        self.workbook.close()
        return self._stream.getvalue()


class Sheet:
    """A sheet in the making; rows and columns count from 0.

    Parameters
    ----------
    book
        It belongs to.
    name
        Fit for a sheet, from :func:`sheet_name`.
    """

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.native: Any = book.workbook.add_worksheet(name)
        self.native.hide_gridlines(2)
        self.native.set_landscape()
        self.native.set_paper(9)  # A4
        self.native.set_footer("&L&A&R&P / &N")
        self._widths: dict[int, float] = {}
        self._fixed: set[int] = set()
        self.fitted = True
        """Whether a print is scaled so that the columns fit."""

    # ------------------------------------------------------------ cells

    def text(self, row: int, column: int, value: str, look: str = PLAIN, *, wide: bool = True) -> None:
        """Write a text. It stays one, also when somebody edits the cell; ``wide``: the column takes it."""
        shown = clean(value)
        quoted = shown.lstrip(" \t\n").startswith(_FORMULA_STARTS)
        self.native.write_string(row, column, shown, self.book.format(look, "", quoted=quoted))
        if wide and look not in (TITLE, LEAD, WRAP, HEAD, RIGHT):
            self._widen(column, width_of(shown))

    def number(self, row: int, column: int, value: float, unit: str, look: str = PLAIN) -> None:
        """Write a number; nan is an empty cell."""
        if not math.isfinite(value):
            self.native.write_blank(row, column, None, self.book.format(look, unit))
            return
        self.native.write_number(row, column, value, self.book.format(look, unit))
        self._widen(column, _shown_width(value, unit))

    def formula(self, row: int, column: int, text: str, value: float, unit: str, look: str = PLAIN) -> None:
        """Write a formula with the value that it has, which programs that do not calculate show."""
        if not math.isfinite(value):
            raise ValueError(f"the formula {text} has no value")
        self.native.write_formula(row, column, text, self.book.format(look, unit), value)
        self._widen(column, _shown_width(value, unit))

    def day(self, row: int, column: int, value: date, unit: str = MONTH, look: str = PLAIN) -> None:
        """Write a date."""
        moment = datetime(value.year, value.month, value.day)
        self.native.write_datetime(row, column, moment, self.book.format(look, unit))
        self._widen(column, 11)

    def spread(self, row: int, column: int, found: Spread | None, unit: str, look: str = PLAIN) -> None:
        """Write a figure and the ends of its interval into three cells; empty ones where there is none."""
        parts = (found.mean, found.low, found.high) if found is not None else (math.nan,) * 3
        for offset, value in enumerate(parts):
            self.number(row, column + offset, value, unit, look)

    def ends(self, row: int, column: int, found: Spread | None, unit: str, look: str = PLAIN) -> None:
        """Write the ends of an interval into two cells."""
        for offset, value in enumerate((found.low, found.high) if found is not None else (math.nan,) * 2):
            self.number(row, column + offset, value, unit, look)

    # ------------------------------------------------------------ headers, paragraphs

    def title(self, text: str, about: str = "") -> int:
        """Write the sheet's title and a line below it; the first row after them."""
        self.text(0, 0, text, TITLE, wide=False)
        self.native.set_row(0, 22)
        if about:
            self.text(1, 0, about, DIM, wide=False)
        return 3 if about else 2

    def header(self, row: int, labels: Sequence[str], texts: int | Collection[int] = 1) -> None:
        """Write the names of columns; long ones take several lines.

        Parameters
        ----------
        row, labels
            Where and what, from the first column on.
        texts
            How many columns from the left, or which ones, hold texts: the names of the others stand on the
            right, as their numbers do.
        """
        left = range(texts) if isinstance(texts, int) else texts
        for offset, label in enumerate(labels):
            self.text(row, offset, label, HEAD if offset in left else RIGHT)
            words = max((width_of(word) for word in label.split()), default=0)
            self._widen(offset, min(max(words + 2, width_of(label) / 3), 30))
        lines = max(math.ceil(width_of(label) / 12) for label in labels) if labels else 1
        self.native.set_row(row, 15.0 * min(max(lines, 1), 6))

    def paragraph(
        self, row: int, text: str, columns: int, look: str = WRAP, *, width: float, line: float = 15.0
    ) -> None:
        """Write a text over several columns, as high as it needs.

        Parameters
        ----------
        row, text
            Where and what.
        columns
            From the first one on.
        look
            Of the text.
        width
            Of those columns together, in characters.
        line
            Height of a line, in points.
        """
        shown = clean(text)
        style = self.book.format(look)
        if columns > 1:
            self.native.merge_range(row, 0, row, columns - 1, "", style)
        quoted = self.book.format(look, "", quoted=shown.lstrip(" \t\n").startswith(_FORMULA_STARTS))
        self.native.write_string(row, 0, shown, quoted)
        lines = sum(max(1, math.ceil(1.08 * width_of(part) / width)) for part in shown.split("\n"))
        self.native.set_row(row, line * min(lines, 27))

    def freeze(self, row: int, column: int, *, repeat: bool = True) -> None:
        """Keep the rows above and the columns left of a cell in sight; ``repeat``: in print, too."""
        self.native.freeze_panes(row, column)
        if column:
            self.native.repeat_columns(0, column - 1)
        if repeat:
            self.native.repeat_rows(row - 1)

    def width(self, column: int, characters: float, last: int | None = None) -> None:
        """Give columns a width, whatever they hold."""
        for one in range(column, (column if last is None else last) + 1):
            self._widths[one] = characters
            self._fixed.add(one)

    def _widen(self, column: int, characters: float) -> None:
        if column not in self._fixed:
            self._widths[column] = max(self._widths.get(column, 8.0), min(characters + 3, 48.0))

    def finish(self) -> None:
        """Set the widths of the columns, and how many pages a print of them takes side by side."""
        if self.fitted:
            wide = sum(self._widths.values())
            self.native.fit_to_pages(max(1, round(wide / _PAGE_WIDTH)), 0)
        for column, characters in self._widths.items():
            self.native.set_column(column, column, characters)

    # ------------------------------------------------------------ references

    def at(self, row: int, column: int, *, fixed: bool = False) -> str:
        """A cell as formulas of this sheet name it: ``B7``, or ``$B$7``."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        return str(xl_rowcol_to_cell(row, column, row_abs=fixed, col_abs=fixed))

    def down(self, first: int, last: int, column: int) -> str:
        """Cells below each other: ``B7:B18``."""
        return f"{self.at(first, column)}:{self.at(last, column)}"

    def cells(self, row: int, column: int, last_row: int, last_column: int) -> list[str | int]:
        """Cells as charts name them."""
        return [self.name, row, column, last_row, last_column]

    def cell(self, row: int, column: int) -> list[str | int]:
        """One cell, as charts name it."""
        return [self.name, row, column]


def total(
    sheet: Sheet, row: int, column: int, first: int, values: Sequence[float], unit: str, look: str = TOTAL
) -> float:
    """Write the sum of the cells right above, from row ``first`` on; what it is."""
    known = [value for value in values if math.isfinite(value)]
    value = math.fsum(known)
    sheet.formula(
        row, column, f"=SUM({sheet.down(first, first + len(values) - 1, column)})", value, unit, look
    )
    return value


def rounded(text: str, unit: str) -> str:
    """A formula that is 0 where sums differ by rounding only: to a hundredth of money, else a millionth."""
    return f"=ROUND({text},{2 if money_unit(unit) else 6})"


def checked(
    sheet: Sheet, row: int, column: int, cell: str, value: float, known: float, unit: str, look: str = PLAIN
) -> None:
    """Write what the simulation says of a figure that a formula gives, and below it whether the two agree."""
    sheet.number(row, column, known, unit, look)
    text = rounded(f"{cell}-{sheet.at(row, column)}", unit)
    sheet.formula(row + 1, column, text, agreement(value, known, unit), CHECK)


def agreement(value: float, known: float, unit: str) -> float:
    """The value of a check: 0 where the two differ by rounding only."""
    return round(value - known, 2 if money_unit(unit) else 6) + 0.0


@lru_cache(maxsize=8192)
def width_of(text: str) -> int:
    """Columns that a text takes, where East Asian characters take two; its longest line."""
    return max(
        (
            sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in line)
            for line in text.split("\n")
        ),
        default=0,
    )


def _shown_width(value: float, unit: str) -> int:
    if money_unit(unit):
        return len(f"{value:,.0f}") + len(currency_sign(unit))
    if unit == CHECK:
        return 8
    return len(f"{100 * value:,.1f}%") if unit == "share" else min(len(f"{value:,.1f}"), 16)
