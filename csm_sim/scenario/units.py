"""Quantities as people write them: ``1h``, ``10d before``, ``2 weeks``, ``12か月``.

Spans of time are here, numbers, shares, money and rates in :mod:`csm_sim.scenario.amounts`.
Every reader takes a value as it came out of the file and returns a quantity, or raises :class:`Wrong`
with the problem and the fix in the author's words.
Full-width digits and Japanese unit words are read as well: scenarios are written beside Japanese sheets.
A bare number is refused where its unit would have to be guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SpanUnit = Literal["min", "h", "d", "w", "months", "years"]

MINUTES: dict[SpanUnit, float] = {
    "min": 1.0,
    "h": 60.0,
    "d": 1440.0,
    "w": 7 * 1440.0,
    "months": 365.25 / 12 * 1440.0,
    "years": 365.25 * 1440.0,
}
"""Elapsed minutes of one unit; a month is a twelfth of 365.25 days."""

CLOCK_UNITS: tuple[SpanUnit, ...] = ("min", "h")
DAY_UNITS: tuple[SpanUnit, ...] = ("d", "w", "months", "years")
ALL_UNITS: tuple[SpanUnit, ...] = ("min", "h", "d", "w", "months", "years")

_SPELLINGS: tuple[tuple[str, float, SpanUnit], ...] = (
    ("s sec secs second seconds 秒", 1 / 60, "min"),
    ("min mins minute minutes 分 分間", 1, "min"),
    ("h hr hrs hour hours 時間", 1, "h"),
    ("d day days 日 日間", 1, "d"),
    ("w wk wks week weeks 週 週間", 1, "w"),
    ("mo month months か月 カ月 ヶ月 ヵ月 ケ月 箇月 か月間 カ月間 ヶ月間 ヵ月間", 1, "months"),
    ("quarter quarters 四半期", 3, "months"),
    ("y yr yrs year years 年 年間", 1, "years"),
)
_UNIT_WORDS = {word: (float(factor), unit) for words, factor, unit in _SPELLINGS for word in words.split()}

_UNIT_NAMES: dict[SpanUnit, str] = {
    "min": "min",
    "h": "h",
    "d": "d",
    "w": "weeks",
    "months": "months",
    "years": "years",
}

NUMBER = r"[+-]?(?:\d[\d,_]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d{1,3})?"
_SPAN_PART_RE = re.compile(rf"\s*({NUMBER})?\s*([^\W\d_]+)\s*", re.IGNORECASE)
_MAX_TEXT = 200
"""No quantity needs more characters; a longer text is not read further."""


class Wrong(ValueError):  # noqa: N818  (it is raised for values, and read as a sentence)
    """A value that cannot be used, with the way to mend it.

    ``fix`` may contain ``{key}``, which becomes the name of the key the value belongs to.
    ``at`` leads from that key to the part that is wrong, when it is not the whole value.
    """

    def __init__(self, problem: str, fix: str, at: tuple[str | int, ...] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.at = at


def shown(value: object) -> str:
    """How a value found in a file is quoted in a message: as written, shortened, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a group of keys" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "[]"
    text = " ".join(str(value).split()) if isinstance(value, str) else repr(value)
    if not text:
        return "an empty text"
    return text if len(text) <= 60 else text[:57] + "..."


def plain_text(value: object) -> str:
    """The text of a quantity in half-width characters; "" when it is no text."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return ""
    return unicodedata.normalize("NFKC", value).strip()


def is_number(value: object) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def to_float(text: str) -> float:
    """The number in a text, with ``,`` or ``_`` between thousands; nan when it is none."""
    if "," in text and not re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return math.nan  # "1,5" would be 15 to one reader and 1.5 to another
    try:
        return float(text.replace(",", "").replace("_", ""))
    except (ValueError, OverflowError):
        return math.nan


def trim(amount: float) -> str:
    """A number without needless digits."""
    return f"{amount:.10g}"


# ---------------------------------------------------------------- spans of time


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as the author wrote it: an amount and its unit."""

    amount: float
    unit: SpanUnit

    @property
    def minutes(self) -> float:
        """Elapsed minutes: a day is 1,440, a month 30.4375 days."""
        return self.amount * MINUTES[self.unit]

    @property
    def days(self) -> float:
        """Elapsed days."""
        return self.minutes / 1440.0

    @property
    def whole_days(self) -> bool:
        """Whether it is counted in days or longer units, so that it begins and ends at midnights."""
        return self.unit in DAY_UNITS

    def __str__(self) -> str:
        name = _UNIT_NAMES[self.unit]
        if self.unit in ("min", "h", "d"):
            return f"{trim(self.amount)}{name}"
        return f"{trim(self.amount)} {name[:-1] if self.amount == 1 else name}"


def _unit_list(units: Sequence[SpanUnit]) -> str:
    names = [_UNIT_NAMES[unit] for unit in units]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def parse_span(text: str) -> Span | None:
    """The span in a half-width text, compound ones (``1h 30min``) too; None when it is none."""
    parts: list[tuple[float, SpanUnit]] = []
    position = 0
    while position < len(text):
        match = _SPAN_PART_RE.match(text, position)
        if match is None:
            return None
        number, word = match.groups()
        known = _UNIT_WORDS.get(word) or _UNIT_WORDS.get(word.lower())
        if known is None or (number is None and (parts or match.end() < len(text))):
            return None
        amount = 1.0 if number is None else to_float(number)
        if not math.isfinite(amount):
            return None
        parts.append((amount * known[0], known[1]))
        position = match.end()
    if not parts:
        return None
    if len(parts) == 1:
        return Span(*parts[0])
    if any(unit not in CLOCK_UNITS for _, unit in parts) or any(amount < 0 for amount, _ in parts[1:]):
        return None
    sign = -1.0 if parts[0][0] < 0 else 1.0
    return Span(sign * sum(abs(amount) * MINUTES[unit] for amount, unit in parts), "min")


def read_span(
    value: object,
    *,
    what: str = "a duration",
    units: Sequence[SpanUnit] = ALL_UNITS,
    example: str = "45min",
    above_zero: bool = True,
) -> Span:
    """The span of time that ``value`` says.

    Parameters
    ----------
    value
        As it came out of the file.
    what
        What the value should be, for messages: "an effort".
    units
        Units that make sense here.
    example
        A value that would be right here.
    above_zero
        Refuse zero. Negative spans are always refused.
    """
    fix = f"write {_article(what)}, e.g.  {{key}}: {example}"
    if is_number(value):
        raise Wrong(
            f"{shown(value)} has no unit", f"write the unit: {_unit_list(units)}, e.g.  {{key}}: {example}"
        )
    text = plain_text(value)
    if text and math.isfinite(to_float(text)):
        raise Wrong(
            f"{shown(value)} has no unit", f"write the unit: {_unit_list(units)}, e.g.  {{key}}: {example}"
        )
    if re.fullmatch(rf"{NUMBER}\s*[mM]", text):
        number = text[:-1].strip()
        choices = [f"{number}min"] if "min" in units else []
        choices += [f"{number} months"] if "months" in units else []
        raise Wrong(
            f"the m in {shown(value)} may be minutes or months",
            "write  " + "  or  ".join(f"{{key}}: {choice}" for choice in choices or [example]),
        )
    if re.search(r"\d,\d", text) and parse_span(text.replace(",", ".")):
        raise Wrong(
            f"the comma in {shown(value)} may be a decimal point or separate thousands",
            f"write a point for decimals, e.g.  {{key}}: {text.replace(',', '.')}",
        )
    span = parse_span(text)
    if span is None:
        raise Wrong(f"{shown(value)} is not {what}", fix)
    if span.unit not in units:
        hint = ""
        if units == CLOCK_UNITS and span.unit == "d":
            hint = ": a day may be 24 hours or a working day"
        raise Wrong(
            f"{shown(value)} is not {what} in {_unit_list(units)}{hint}",
            f"write it in {_unit_list(units)}, e.g.  {{key}}: {example}",
        )
    if span.amount < 0 or (above_zero and span.amount == 0):
        least = f"longer than 0 {_UNIT_NAMES[span.unit]}" if above_zero else "0 or longer"
        if span.unit in CLOCK_UNITS and above_zero:
            least = "longer than 0 minutes"
        raise Wrong(f"{shown(value)} is not {what}: it must be {least}", fix)
    if span.minutes > 200 * MINUTES["years"]:
        raise Wrong(f"{shown(value)} is longer than two centuries", fix)
    return span


def _article(what: str) -> str:
    """How a kind of value is called in a fix: an effort is written as a duration."""
    return "a duration" if what in ("an effort", "a time", "a waiting time") else what


@dataclass(frozen=True, slots=True)
class Offset:
    """A place on the way from an anchor day: ``10d before`` it or ``3d`` after it."""

    span: Span
    sign: Literal[-1, 1]

    @property
    def minutes(self) -> float:
        """Signed minutes from the anchor's midnight, as written (``3d`` is 4,320)."""
        return self.sign * self.span.minutes

    def __str__(self) -> str:
        return f"{self.span} before" if self.sign < 0 else str(self.span)


def read_offset(value: object, *, example: str = "10d before") -> Offset:
    """The offset from an anchor day that ``value`` says: ``10d before``, ``3d``, ``3d after``, ``0d``."""
    text = plain_text(value)
    match = re.fullmatch(r"(.+?)\s*(before|after|前|後)", text, re.IGNORECASE)
    sign: Literal[-1, 1] = 1
    inner: object = value
    if match:
        inner = match.group(1)
        sign = -1 if match.group(2).lower() in ("before", "前") else 1
    elif text.startswith("-"):
        raise Wrong(
            f"{shown(value)} has a minus sign",
            f"write which side of the day it is, e.g.  {{key}}: {text[1:].strip()} before",
        )
    try:
        span = read_span(inner, what="a time from the day", example=example, above_zero=False)
    except Wrong as wrong:
        raise Wrong(wrong.problem, f"write days before or after, e.g.  {{key}}: {example}") from None
    return Offset(span, sign)
