"""The types of the scenario language's values, and :func:`key`, which declares one of its keys.

Each type reads a value with :mod:`csm_sim.scenario.units` and says what an editor should accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import (
    MoneyRate,
    Rate,
    read_count,
    read_factor,
    read_money_rate,
    read_multiple,
    read_number,
    read_rate,
    read_share,
)
from csm_sim.scenario.codes import COUNTRIES, CURRENCIES
from csm_sim.scenario.distributions import Distribution, read_effort, read_revenue, read_wait
from csm_sim.scenario.units import (
    ALL_UNITS,
    CLOCK_UNITS,
    DAY_UNITS,
    Offset,
    Span,
    Wrong,
    read_offset,
    read_span,
    shown,
)

REQUIRED: Any = ...
"""Default of a key that must be written."""


class Model(BaseModel):
    """Base of all groups of keys: frozen, and unknown keys are refused.

    Defaults are written as an author would write them and read like any other value, so that what
    ``csm-sim explain`` prints is what holds.
    Field docstrings are read by :mod:`csm_sim.scenario.catalogue` when somebody asks for them: pydantic's
    own ``use_attribute_docstrings`` parses the sources at every import, which would double the start-up time.
    Validators are built when they are first used: that of the whole scenario holds those of its groups, which
    would otherwise be built, each with all that it holds, at import.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    @classmethod
    def without_default(cls, data: Mapping[str, Any]) -> frozenset[str]:
        """Keys whose default does not hold beside what ``data`` says; they stay absent."""
        return frozenset()


def key(
    default: Any = REQUIRED,
    *,
    unit: str = "",
    limits: str = "",
    source: str = "",
    example: str = "",
    alias: str | None = None,
) -> Any:
    """A key of the scenario language.

    Parameters
    ----------
    default
        As an author would write it; left out when the key is required, None when it may be absent.
    unit
        What the value counts: "share", "time", "money", ...
    limits
        The values that are allowed, in words.
    source
        Where the default comes from: a published figure, or "assumption".
    example
        A value in YAML.
    alias
        The key's name in YAML, when Python cannot use it.
    """
    extra = {"unit": unit, "limits": limits, "source": source, "example": example}
    return Field(default, alias=alias, json_schema_extra={name: text for name, text in extra.items() if text})


def _reader(read: Callable[[object], Any], *done: type) -> PlainValidator:
    """A validator that reads a written value and leaves one alone that has been read already."""

    def validate(value: object) -> Any:
        return value if done and isinstance(value, done) else read(value)

    return PlainValidator(validate)


def _schema(kind: str | list[str], example: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "examples": [example], **more})


# ---------------------------------------------------------------- spans of time


def _whole(span: Span, what: str, example: str) -> Span:
    if span.amount != int(span.amount):
        raise Wrong(
            f"{span} is not a whole number of {span.unit}",
            f"write {what} in whole numbers, e.g.  {{key}}: {example}",
        )
    return span


def _read_horizon(value: object) -> Span:
    span = _whole(read_span(value, what="a horizon", units=DAY_UNITS, example="24 months"), "it", "24 months")
    if span.days > 20 * 365.25:
        raise Wrong(f"{span} is too long: the most is 20 years", "write  {key}: 24 months")
    return span


def _read_warm_up(value: object) -> Span:
    span = read_span(value, what="a warm-up", units=DAY_UNITS, example="3 months", above_zero=False)
    if span.days > 5 * 365.25:
        raise Wrong(f"{span} is too long: the most is 5 years", "write  {key}: 3 months")
    return _whole(span, "it", "3 months")


def _read_term(value: object) -> Span:
    span = _whole(
        read_span(value, what="a contract term", units=("months", "years"), example="12 months"),
        "it",
        "12 months",
    )
    if span.days > 10 * 365.25:
        raise Wrong(f"{span} is too long: the most is 10 years", "write  {key}: 12 months")
    return Span(span.amount * 12, "months") if span.unit == "years" else span


def _read_period(value: object) -> Span:
    span = read_span(value, what="a period", units=DAY_UNITS, example="month")
    if span.days < 1:
        raise Wrong(f"{span} is shorter than a day", "write a period of at least a day, e.g.  {key}: week")
    return span


def _read_days(value: object) -> Span:
    return read_span(value, what="a time", units=DAY_UNITS, example="90d")


def _read_delay(value: object) -> Span:
    return read_span(value, what="a time", units=ALL_UNITS, example="10d", above_zero=False)


def _read_clock_time(value: object) -> Span:
    return read_span(value, what="a time", units=CLOCK_UNITS, example="10min", above_zero=False)


def _read_half_life(value: object) -> Span:
    return read_span(value, what="a time", units=ALL_UNITS, example="7d")


WORKING_DAYS_RE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:bd|bds|business days?|working days?|営業日)", re.IGNORECASE
)


def read_target(value: object) -> Span:
    """Working time in minutes and hours; working days have been spelt out before."""
    try:
        return read_span(value, what="a time", units=CLOCK_UNITS, example="4h")
    except Wrong as wrong:
        raise Wrong(
            wrong.problem, "write working time in min, h or bd (working days), e.g.  {key}: 4h"
        ) from None


def _span(read: Callable[[object], Span], example: str) -> Any:
    return _reader(read, Span), _schema("string", example)


Horizon = Annotated[Span, *_span(_read_horizon, "24 months")]
WarmUp = Annotated[Span, *_span(_read_warm_up, "3 months")]
Term = Annotated[Span, *_span(_read_term, "12 months")]
Period = Annotated[Span, *_span(_read_period, "quarter")]
Days = Annotated[Span, *_span(_read_days, "90d")]
Delay = Annotated[Span, *_span(_read_delay, "10d")]
HalfLife = Annotated[Span, *_span(_read_half_life, "7d")]
ClockTime = Annotated[Span, *_span(_read_clock_time, "10min")]
WorkingTime = Annotated[Span, *_span(read_target, "4h")]
AnchorOffset = Annotated[Offset, _reader(read_offset, Offset), _schema("string", "10d before")]

# ---------------------------------------------------------------- numbers


def _count(low: int = 0, high: int = 10**9) -> Any:
    schema = {"type": ["integer", "string"], "minimum": low, "maximum": high}
    return PlainValidator(lambda value: read_count(value, low=low, high=high)), WithJsonSchema(schema)


def _number(low: float, high: float, above_low: bool = False) -> Any:
    limit = {"exclusiveMinimum" if above_low else "minimum": low, "maximum": high}
    reader = PlainValidator(lambda value: read_number(value, low=low, high=high, above_low=above_low))
    return reader, WithJsonSchema({"type": "number", **limit})


def _share(**limits: Any) -> Any:
    schema = {
        "anyOf": [{"type": "string", "pattern": "[%％割]"}, {"type": "number", "minimum": 0, "maximum": 1}]
    }
    return PlainValidator(lambda value: read_share(value, **limits)), WithJsonSchema(
        {**schema, "examples": ["20%"]}
    )


AccountCount = Annotated[int, *_count(0, 20_000_000)]
PeopleCount = Annotated[int, *_count(0, 100_000)]
TicketCount = Annotated[int, *_count(0, 1_000_000)]
PositiveCount = Annotated[int, *_count(1, 1_000_000)]
Seed = Annotated[int, *_count(0, 2**63 - 1)]
PriorityClass = Annotated[int, *_count(1, 9)]
Amount = Annotated[float, *_number(0.0, 1e9)]
PositiveNumber = Annotated[float, *_number(0.0, 1e6, True)]
BatchSize = Annotated[float, *_number(1.0, 1000.0)]
Points = Annotated[float, *_number(0.0, 100.0)]
Share = Annotated[float, *_share()]
PositiveShare = Annotated[float, *_share(above_low=True)]
ShareBelowAll = Annotated[float, *_share(below_high=True)]
Growth = Annotated[
    float,
    PlainValidator(lambda value: read_share(value, low=-1.0, high=10.0, above_low=True)),
    WithJsonSchema({"type": ["number", "string"], "examples": ["10%", "-20%"]}),
]
Multiple = Annotated[
    float, PlainValidator(read_multiple), WithJsonSchema({"type": ["number", "string"], "examples": ["120%"]})
]
Variation = Annotated[
    float,
    PlainValidator(lambda value: read_multiple(value, high=10.0, above_low=True)),
    WithJsonSchema({"type": ["number", "string"], "examples": ["30%"]}),
]
Factor = Annotated[
    float, PlainValidator(read_factor), WithJsonSchema({"type": ["number", "string"], "examples": ["x2"]})
]
TicketRate = Annotated[Rate, _reader(read_rate, Rate), _schema("string", "1.2 per month")]
YearlyMoney = Annotated[MoneyRate, _reader(read_money_rate, MoneyRate), _schema("string", "9M per year")]

_SHAPE_PROPERTIES = (
    "mean",
    "cv",
    "p50",
    "p90",
    "gamma",
    "exponential",
    "triangular",
    "pert",
    "constant",
    "file",
    "column",
    "unit",
)
_DISTRIBUTION_SCHEMA = {
    "anyOf": [
        {"type": ["string", "number"]},
        {
            "type": "object",
            "properties": {name: {} for name in _SHAPE_PROPERTIES},
            "additionalProperties": False,
        },
    ]
}
Effort = Annotated[
    Distribution,
    _reader(read_effort, Distribution),
    WithJsonSchema(
        {**_DISTRIBUTION_SCHEMA, "examples": ["1h", {"mean": "4h", "cv": 1.0}, {"p50": "1h", "p90": "3h"}]}
    ),
]
Wait = Annotated[
    Distribution,
    _reader(read_wait, Distribution),
    WithJsonSchema({**_DISTRIBUTION_SCHEMA, "examples": ["5d"]}),
]
Revenue = Annotated[
    Distribution,
    _reader(read_revenue, Distribution),
    WithJsonSchema({**_DISTRIBUTION_SCHEMA, "examples": ["1.5M", {"p50": "12M", "p90": "30M"}]}),
]

# ---------------------------------------------------------------- texts, dates, words


def read_word(value: object, words: tuple[str, ...]) -> str:
    """``value`` when it is one of the words."""
    if isinstance(value, str) and value.strip().lower() in words:
        return value.strip().lower()
    near = get_close_matches(str(value).lower(), words, 1)
    choice = f"did you mean  {{key}}: {near[0]} ?" if near else f"write one of: {', '.join(words)}"
    raise Wrong(f"{shown(value)} is not one of {', '.join(words)}", choice)


def words(*allowed: str) -> Any:
    """Validator and schema of a key that takes one of a few words."""
    return PlainValidator(lambda value: read_word(value, allowed)), WithJsonSchema(
        {"type": "string", "enum": list(allowed)}
    )


def read_label(value: object) -> str:
    """A one-line text; a number is taken as its text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} is not a text", "write a text, in quotes if it has special characters")
    return value.strip()


def read_name(value: object) -> str:
    """A name of a segment, role, playbook or severity: it becomes part of keys, so it holds no dots."""
    fix = "write a name that begins with a letter and has only letters, digits, spaces, - and _"
    if not isinstance(value, str) or not value or value != value.strip():
        raise Wrong(f"{shown(value)} cannot be a name", fix)
    if (
        not value[0].isalpha()
        or not all(mark.isalnum() or mark in " -_" or mark in "ー・々" for mark in value)
        or len(value) > 80
    ):
        raise Wrong(f"{shown(value)} cannot be a name", fix)
    if value == "all":
        raise Wrong("all means every segment and cannot be a name", "write another name")
    return value


def read_names(
    value: object, *, what: str = "segments", example: str = "[enterprise, smb]"
) -> tuple[str, ...]:
    """One name or a list of names; where segments are meant, ``all`` stands for every one."""
    items = value if isinstance(value, (list, tuple)) else (value,)
    names: list[str] = []
    for index, item in enumerate(items):
        if not isinstance(item, str) or not item.strip():
            at = (index,) if isinstance(value, (list, tuple)) else ()
            raise Wrong(
                f"{shown(item)} is not a name", f"write names of {what}, e.g.  {{key}}: {example}", at
            )
        if item in names:
            raise Wrong(f"{item} is named twice", "name it once", (index,))
        names.append(item)
    return tuple(names)


def read_switch(value: object) -> bool:
    """``true`` or ``false``."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("yes", "no", "on", "off"):
        return value.lower() in ("yes", "on")
    raise Wrong(f"{shown(value)} is neither true nor false", "write  {key}: true  or  {key}: false")


_DATE_RE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")


def read_date(value: object) -> date:
    """The day that ``value`` says, year first."""
    example = "write year-month-day, e.g.  {key}: 2027-04-01"
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}", text):
        raise Wrong(f"{shown(value)} may be day-month or month-day", example)
    match = _DATE_RE.fullmatch(text)
    if match is None:
        raise Wrong(f"{shown(value)} is not a date", example)
    year, month, day = (int(part) for part in match.groups())
    if not 1970 <= year <= 2150:
        raise Wrong(f"{shown(value)} is outside the years 1970 to 2150", example)
    try:
        return date(year, month, day)
    except ValueError:
        raise Wrong(f"{shown(value)} is not a day of the calendar", example) from None


def _read_country(value: object) -> str | None:
    text = value.strip().upper() if isinstance(value, str) else ""
    if text == "NONE" or value is None:
        return None
    if text not in COUNTRIES:
        near = {"UK": "GB", "JAPAN": "JP", "USA": "US", "EN": "GB", "JA": "JP"}.get(text)
        raise Wrong(
            f"{shown(value)} is not a country whose holidays are known",
            f"did you mean  {{key}}: {near} ?"
            if near
            else "write the two-letter code of the country, e.g.  {key}: JP",
        )
    return text


def _read_currency(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text.upper() not in CURRENCIES:
        near = {
            "YEN": "JPY",
            "¥": "JPY",
            "円": "JPY",
            "$": "USD",
            "DOLLAR": "USD",
            "€": "EUR",
            "EURO": "EUR",
        }.get(text.upper())
        fix = f"did you mean  {{key}}: {near} ?" if near else "write its three-letter code, e.g.  {key}: JPY"
        raise Wrong(f"{shown(value)} is not a currency", fix)
    return text.upper()


Label = Annotated[str, PlainValidator(read_label), _schema("string", "text")]
Name = Annotated[str, PlainValidator(read_name), _schema("string", "name")]
_NAMES_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Names = Annotated[
    tuple[str, ...], PlainValidator(read_names), WithJsonSchema({**_NAMES_SCHEMA, "examples": ["all"]})
]
RoleNames = Annotated[
    tuple[str, ...],
    PlainValidator(lambda value: read_names(value, what="roles", example="[support, onboarding]")),
    WithJsonSchema({**_NAMES_SCHEMA, "examples": [["support", "onboarding"]]}),
]
Switch = Annotated[bool, PlainValidator(read_switch), WithJsonSchema({"type": "boolean"})]
Day = Annotated[date, _reader(read_date, date), _schema("string", "2027-04-01", format="date")]
Country = Annotated[
    str | None,
    PlainValidator(_read_country),
    _schema("string", "JP", pattern="^([A-Za-z]{2}|none)$"),
]
Currency = Annotated[str, PlainValidator(_read_currency), _schema("string", "JPY", pattern="^[A-Za-z]{3}$")]
Touch = Annotated[Literal["high", "low", "tech", "community"], *words("high", "low", "tech", "community")]
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Month = Annotated[str, *words(*MONTHS)]
