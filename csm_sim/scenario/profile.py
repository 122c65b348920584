"""When in the week tickets come: the ``profile`` of ``tickets``."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Literal, cast

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import read_number
from csm_sim.scenario.daytimes import WEEKDAYS
from csm_sim.scenario.units import Wrong, shown

HOURS = 24
MAX_WEIGHT = 1e9

Weights = tuple[tuple[float, ...], ...]
"""A weight for each hour: seven rows, Monday first, of 24 hours."""

_WORDS = ("24x7", "flat", "office")
_FIX = "write one of 24x7, flat, office, or 24 weights, or weights by weekday, or  {key}: {file: profile.csv}"


@dataclass(frozen=True, slots=True)
class Profile:
    """How tickets spread over the hours of a week."""

    shape: Literal["24x7", "flat", "office", "weights"]
    weights: Weights | None = None
    """Only with the shape ``weights``, and not when they are in a file."""
    file: str | None = None
    """CSV file with the weights."""


def read_weight(value: object) -> float:
    """A weight of an hour: 0 or more."""
    return read_number(value, low=0.0, high=MAX_WEIGHT)


def _day(value: object, at: tuple[str | int, ...]) -> tuple[float, ...]:
    if not isinstance(value, (list, tuple)):
        raise Wrong(f"{shown(value)} is not a list of weights", "write 24 numbers, one for each hour", at)
    if len(value) != HOURS:
        raise Wrong(
            f"there are {len(value)} weights, and a day has {HOURS} hours",
            "write 24 numbers, from the hour after midnight to the one before it",
            at,
        )
    row = []
    for hour, weight in enumerate(value):
        try:
            row.append(read_weight(weight))
        except Wrong as wrong:
            raise Wrong(wrong.problem, wrong.fix.split(", e.g.")[0], (*at, hour)) from None
    return tuple(row)


def _weighted(rows: Weights) -> Profile:
    if not any(weight > 0 for row in rows for weight in row):
        raise Wrong("all weights are 0, so no ticket would ever come", "write a weight above 0 for some hour")
    return Profile("weights", rows)


def _by_name(value: dict[str, object]) -> Profile:
    if "file" in value:
        for part in value:
            if part != "file":
                raise Wrong(f"{shown(part)} does not go with a file", "delete it", (part,))
        if not isinstance(value["file"], str) or not value["file"].strip():
            raise Wrong(f"{shown(value['file'])} is not a file name", "write  file: profile.csv", ("file",))
        return Profile("weights", None, value["file"].strip())
    for day in value:
        if day not in WEEKDAYS:
            near = get_close_matches(day.lower(), (*WEEKDAYS, "file"), 1)
            choices = f"write one of: {', '.join(WEEKDAYS)}, or  file: profile.csv"
            fix = f"did you mean  {near[0]}:  ?" if near else choices
            raise Wrong(f"{shown(day)} is not a weekday", fix, (day,))
    nothing = (0.0,) * HOURS
    return _weighted(tuple(_day(value[day], (day,)) if day in value else nothing for day in WEEKDAYS))


def read_profile(value: object) -> Profile:
    """The profile that ``value`` says: a word, 24 weights, weights by weekday, or a file."""
    if isinstance(value, dict):
        return _by_name(value)
    if isinstance(value, (list, tuple)):
        return _weighted((_day(value, ()),) * 7)
    word = value.strip().lower().replace("×", "x").replace("/", "x") if isinstance(value, str) else ""
    if word not in _WORDS:
        raise Wrong(f"{shown(value)} is not a profile", _FIX)
    return Profile(cast(Literal["24x7", "flat", "office"], word))


_DAY_SCHEMA = {
    "type": "array",
    "items": {"type": "number", "minimum": 0},
    "minItems": HOURS,
    "maxItems": HOURS,
}

ProfileOf = Annotated[
    Profile,
    PlainValidator(lambda value: value if isinstance(value, Profile) else read_profile(value)),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": list(_WORDS)},
                _DAY_SCHEMA,
                {
                    "type": "object",
                    "properties": dict.fromkeys(WEEKDAYS, _DAY_SCHEMA),
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"file": {"type": "string"}},
                    "additionalProperties": False,
                },
            ],
            "examples": ["office"],
        }
    ),
]
