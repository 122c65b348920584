"""Weekdays and times of day: ``mon-fri``, ``09:00-18:00``, ``22:00-07:00``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.units import Wrong, shown

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORDS = {name: number for number, name in enumerate(WEEKDAYS)} | {
    name: number for number, name in enumerate("月火水木金土日")
}


def read_weekday(text: str) -> int:
    """The number of a weekday, 0 for Monday: ``mon``, ``Monday`` or ``月``."""
    word = text.strip().lower()
    number = _WORDS.get(word, _WORDS.get(word[:3]))
    if number is None or (
        len(word) > 3
        and word not in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ):
        raise Wrong(f"{shown(text)} is not a weekday", "write  {key}: mon-fri  or  {key}: mon, wed, fri")
    return number


def read_week(value: object) -> tuple[int, ...]:
    """The working days, 0 for Monday, in a text such as ``mon-fri``, ``sun-thu`` or ``mon, wed, fri``."""
    if isinstance(value, (list, tuple)):
        if value and all(
            isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= 6 for item in value
        ):
            return tuple(sorted(set(value)))
        value = ",".join(str(item) for item in value)
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} names no weekdays", "write  {key}: mon-fri  or  {key}: mon, wed, fri")
    days: set[int] = set()
    for part in re.split(r"[,、\s]+(?!-)", value.strip()):
        first, dash, last = part.partition("-")
        begin = read_weekday(first)
        end = read_weekday(last) if dash else begin
        days |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return tuple(sorted(days))


def read_clock(text: str) -> int | None:
    """Minutes after midnight of ``9:00`` or ``09:00``, up to ``24:00``; None when it is no time of day."""
    match = re.fullmatch(r"(\d{1,2})[:：](\d{2})", text.strip())
    if match is None or int(match.group(2)) > 59:
        return None
    minutes = int(match.group(1)) * 60 + int(match.group(2))
    return minutes if minutes <= 1440 else None


def read_hours(value: object) -> tuple[int, int]:
    """Beginning and end of a working day, in minutes after its midnight; above 1,440 on the day after."""
    fix = 'write times of day in quotes, e.g.  {key}: "09:00-18:00"'
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(item, int) for item in value):
        return value[0], value[1]
    parts = re.split(r"\s*[-–〜~]\s*", value) if isinstance(value, str) else []
    clocks = [read_clock(part) for part in parts]
    if len(clocks) != 2 or clocks[0] is None or clocks[1] is None:
        raise Wrong(f"{shown(value)} is not a time from-to", fix)
    begin, end = clocks[0], clocks[1]
    if begin == 1440:
        raise Wrong(
            f"{shown(value)} begins as the day ends", 'write 00:00 for midnight, e.g.  {key}: "00:00-07:00"'
        )
    if begin == end:
        raise Wrong(f"{shown(value)} ends as it begins", 'write  {key}: "00:00-24:00"  for the whole day')
    return (begin, end) if begin < end else (begin, end + 1440)


def crosses_midnight(hours: tuple[int, int]) -> bool:
    """Whether a working day ends on the day after."""
    return hours[1] > 1440


Week = Annotated[
    tuple[int, ...],
    PlainValidator(read_week),
    WithJsonSchema({"type": ["string", "array"], "examples": ["mon-fri"]}),
]
Hours = Annotated[
    tuple[int, int],
    PlainValidator(read_hours),
    WithJsonSchema({"type": "string", "examples": ["09:00-18:00"]}),
]
