"""The types of values that the rules for people have and others do not: ramps, yearly rates, whole days."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import read_count, read_factor, read_number, read_share, read_yearly_share
from csm_sim.scenario.distributions import Distribution, read_hire_time
from csm_sim.scenario.fields import WORKING_DAYS_RE, read_names
from csm_sim.scenario.units import DAY_UNITS, Span, Wrong, plain_text, read_span, shown

MOST_WORKING_DAYS = 250
"""No year has many more working days."""


def whole_days(span: Span) -> int:
    """A span in whole days: weeks, months and years are rounded."""
    return math.floor(span.days + 0.5)


def _read_whole_days(value: object, least: int, example: str) -> Span:
    if isinstance(value, Span):
        return value
    span = read_span(value, what="a time", units=DAY_UNITS, example=example, above_zero=least > 0)
    if span.unit == "d" and span.amount != int(span.amount):
        raise Wrong(f"{span} is not a whole number of days", f"write whole days, e.g.  {{key}}: {example}")
    if whole_days(span) < least:
        raise Wrong(f"{shown(value)} is less than {least}d", f"write a day or more, e.g.  {{key}}: {example}")
    return span


def _whole_days(least: int, example: str) -> Any:
    def read(value: object) -> Span:
        return _read_whole_days(value, least, example)

    return PlainValidator(read), WithJsonSchema({"type": "string", "examples": [example]})


def read_working_days(value: object, *, low: float = 0.0, whole: bool = False, example: str = "16d") -> float:
    """The working days that ``value`` says: ``16 days``, ``16d``, ``16 working days``."""
    if isinstance(value, float) and low <= value <= MOST_WORKING_DAYS and (value == int(value) or not whole):
        return value
    fix = f"write working days, e.g.  {{key}}: {example}"
    match = WORKING_DAYS_RE.fullmatch(plain_text(value))
    try:
        days = (
            float(match.group(1))
            if match
            else read_span(
                value, what="a number of working days", units=("d",), example=example, above_zero=False
            ).amount
        )
    except Wrong as wrong:
        raise Wrong(wrong.problem, fix) from None
    if whole and days != int(days):
        raise Wrong(f"{shown(value)} is not a whole number of days", fix)
    if not low <= days <= MOST_WORKING_DAYS:
        limits = f"{low:g}d to {MOST_WORKING_DAYS}d"
        raise Wrong(f"{shown(value)} is outside the range: {limits}", fix)
    return days


def _working_days(low: float, whole: bool, example: str) -> Any:
    def read(value: object) -> float:
        return read_working_days(value, low=low, whole=whole, example=example)

    return PlainValidator(read), WithJsonSchema({"type": "string", "examples": [example]})


def _percentage(example: str, **limits: Any) -> Any:
    def read(value: object) -> float:
        try:
            return read_share(value, **limits)
        except Wrong as wrong:
            if "has no unit" in wrong.problem:
                raise
            raise Wrong(wrong.problem, f"write a percentage, e.g.  {{key}}: {example}") from None

    return PlainValidator(read), WithJsonSchema({"type": ["string", "number"], "examples": [example]})


def _read_effect(value: object) -> float:
    factor = read_factor(value)
    if not 1 <= factor <= 20:
        raise Wrong(f"{shown(value)} is outside the range: x1 to x20", "write  {key}: x2")
    return factor


def _read_skill_count(value: object) -> int | Literal["all"]:
    if isinstance(value, str) and value.strip().lower() == "all":
        return "all"
    try:
        return read_count(value, low=0, high=100_000)
    except Wrong:
        raise Wrong(f"{shown(value)} is not a number of people", "write  {key}: 2  or  {key}: all") from None


def _names(what: str, example: str) -> Any:
    def read(value: object) -> tuple[str, ...]:
        return read_names(value, what=what, example=example)

    items = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return PlainValidator(read), WithJsonSchema({**items, "examples": [example]})


def _read_experience(value: object) -> float:
    return read_number(value, low=1.0, high=1e9)


def _reader(read: Callable[[object], Any], done: type) -> PlainValidator:
    return PlainValidator(lambda value: value if isinstance(value, done) else read(value))


RampShare = Annotated[float, *_percentage("70%", low=0.01, high=3.0)]
OwnSpeed = Annotated[float, *_percentage("110%", low=0.1, high=3.0)]
HoursShare = Annotated[float, *_percentage("60%", low=0.01)]
FloorShare = Annotated[float, *_percentage("60%", above_low=True)]
YearlyShare = Annotated[
    float,
    PlainValidator(read_yearly_share),
    WithJsonSchema({"type": ["string", "number"], "examples": ["15% per year"]}),
]
EffectFactor = Annotated[
    float, PlainValidator(_read_effect), WithJsonSchema({"type": ["number", "string"], "examples": ["x2"]})
]
HireTime = Annotated[
    Distribution,
    _reader(read_hire_time, Distribution),
    WithJsonSchema({"type": ["string", "object"], "examples": ["10 weeks", {"mean": "10 weeks", "cv": 0.5}]}),
]
DaysFromOne = Annotated[Span, *_whole_days(1, "30d")]
DaysFromZero = Annotated[Span, *_whole_days(0, "14d")]
LeaveDays = Annotated[float, *_working_days(0.0, True, "16d")]
BlockDays = Annotated[float, *_working_days(1.0, True, "5d")]
SickDays = Annotated[float, *_working_days(0.0, False, "5d")]
SpellDays = Annotated[float, *_working_days(1.0, False, "2d")]
SkillCount = Annotated[
    int | Literal["all"],
    PlainValidator(_read_skill_count),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "all"}]}),
]
Experience = Annotated[
    float, PlainValidator(_read_experience), WithJsonSchema({"type": "number", "minimum": 1})
]
SkillNames = Annotated[tuple[str, ...], *_names("skills", "[api, ja]")]
PeopleNames = Annotated[tuple[str, ...], *_names("people", "[Ann, Bo]")]
AccountNames = Annotated[tuple[str, ...], *_names("accounts", "[acme, globex]")]
StepNames = Annotated[tuple[str, ...], *_names("steps", "[qbr.prepare, tickets.p3]")]
WorkNames = Annotated[tuple[str, ...], *_names("playbooks, or tickets", "[onboarding, tickets]")]
