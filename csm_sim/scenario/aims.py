"""What a team may aim at: on average, or with a chance that a single future is so.

``on_time: 95%`` is about the average of all futures, ``on_time: {at_least: 95%, chance: 80%}`` says that 8 of
10 futures reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import read_share
from csm_sim.scenario.units import DAY_UNITS, Wrong, read_span, shown

AT_LEAST, AT_MOST, CHANCE = "at_least", "at_most", "chance"


class Level(float):
    """A level that is aimed at, a plain number wherever the chance does not matter."""

    chance: float | None
    """Share of futures that are to reach it; None: the average is to."""

    def __new__(cls, level: float, chance: float | None = None) -> Level:
        """A level."""
        made = super().__new__(cls, level)
        made.chance = chance
        return made


def _reader(read: Callable[[object], float], side: str, example: str) -> PlainValidator:
    whole = f"{{key}}: {{{side}: {example}, {CHANCE}: 80%}}"

    def validate(value: object) -> Level:
        if isinstance(value, Level):
            return value
        if not isinstance(value, dict):
            return Level(read(value))
        for name in value:
            if name in (AT_LEAST, AT_MOST) and name != side:
                raise Wrong(
                    f"{name} does not fit: this target is a {'least' if side == AT_LEAST else 'most'}",
                    f"write  {whole}",
                )
            if name not in (side, CHANCE):
                raise Wrong(f"{shown(name)} is not a part of a target", f"write  {whole}")
        if side not in value:
            raise Wrong(f"{side} is missing", f"write  {whole}")
        level = _part(read, value[side], side)
        return Level(level, _part(read_chance, value[CHANCE], CHANCE) if CHANCE in value else None)

    return PlainValidator(validate)


def _part(read: Callable[[object], float], value: object, name: str) -> float:
    try:
        return read(value)
    except Wrong as wrong:
        raise Wrong(wrong.problem, wrong.fix.replace("{key}", name), (name,)) from None


def read_chance(value: object) -> float:
    """A chance short of certainty."""
    share = read_share(value, above_low=True)
    if share == 1:
        raise Wrong(
            f"{shown(value)} is certainty, which nobody can give", "write less than 100%, e.g.  {key}: 80%"
        )
    return share


def _read_days(value: object) -> float:
    return read_span(value, what="a time", units=DAY_UNITS, example="30d").days


_SHARE: Final[dict[str, Any]] = {
    "anyOf": [{"type": "string", "pattern": "[%％割]"}, {"type": "number", "minimum": 0, "maximum": 1}]
}


def _schema(value: dict[str, Any], side: str, example: str) -> WithJsonSchema:
    group = {
        "type": "object",
        "properties": {side: value, CHANCE: _SHARE},
        "required": [side],
        "additionalProperties": False,
    }
    kinds = [*value.get("anyOf", [value]), group]
    return WithJsonSchema({"anyOf": kinds, "examples": [example, {side: example, CHANCE: "80%"}]})


ShareAtLeast = Annotated[Level, _reader(read_share, AT_LEAST, "95%"), _schema(_SHARE, AT_LEAST, "95%")]
LossAtMost = Annotated[Level, _reader(read_share, AT_MOST, "2%"), _schema(_SHARE, AT_MOST, "2%")]
ShareAtMost = Annotated[Level, _reader(read_share, AT_MOST, "85%"), _schema(_SHARE, AT_MOST, "85%")]
DaysAtMost = Annotated[
    Level, _reader(_read_days, AT_MOST, "30d"), _schema({"type": "string"}, AT_MOST, "30d")
]
