"""The types of values that only the rules for customers have: odds, signed points, lists of words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, PlainValidator, Tag, WithJsonSchema

from csm_sim.scenario.amounts import read_factor, read_money, read_number, read_share
from csm_sim.scenario.fields import Model, Share, key, read_switch, read_word, words
from csm_sim.scenario.people_values import DaysFromZero, whole_days
from csm_sim.scenario.units import Wrong, plain_text, shown

LEAST_MULTIPLE, MOST_MULTIPLE = 0.01, 100.0
"""Limits of multiples that must not be 0: of odds, whose logarithm counts, and of effort."""

MOST_STRENGTH = 10.0
"""How many times as much staffing may do to health."""

Band = Literal["green", "yellow", "red"]
BANDS: tuple[Band, ...] = ("green", "yellow", "red")
PHASES = ("onboarding", "adoption", "expansion")
CHANNELS = ("mail", "phone", "chat", "in_person")


def _read_multiple(value: object) -> float:
    factor = read_factor(value)
    if not LEAST_MULTIPLE <= factor <= MOST_MULTIPLE:
        raise Wrong(f"{shown(value)} is outside the range: x0.01 to x100", "write  {key}: x1.5")
    return factor


def _read_strength(value: object) -> float:
    factor = read_factor(value)
    if factor > MOST_STRENGTH:
        raise Wrong(f"{shown(value)} is outside the range: x0 to x{MOST_STRENGTH:g}", "write  {key}: x2")
    return factor


def _read_points(value: object) -> float:
    try:
        return read_number(value, low=-100.0, high=100.0)
    except Wrong as wrong:
        raise Wrong(wrong.problem, "write points from -100 to 100, e.g.  {key}: -20") from None


def _read_uplift(value: object) -> float:
    if _is_negative(value):
        raise Wrong(
            f"{shown(value)} is below zero, and an uplift adds to ARR",
            "write  {key}: 20%;  for ARR that falls write  contraction  of the segment",
        )
    return read_share(value, high=10.0)


def _read_reduction(value: object) -> float:
    """A share of ARR that goes, short of all of it: an account without ARR has churned."""
    if _is_negative(value):
        raise Wrong(
            f"{shown(value)} is below zero, and a contraction takes from ARR",
            "write  {key}: 20%;  for ARR that grows write  expansion  of the segment",
        )
    return read_share(value, above_low=True, below_high=True)


def _is_negative(value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0
    return number or plain_text(value).startswith("-")


def _read_rise(value: object) -> float:
    try:
        return read_share(value, low=-1.0, high=10.0, above_low=True)
    except Wrong as wrong:
        fix = wrong.fix if "has no unit" in wrong.problem else "write a percentage, e.g.  {key}: 5%"
        raise Wrong(wrong.problem, fix) from None


def _read_on_off(value: object) -> bool:
    try:
        return read_switch(value)
    except Wrong:
        raise Wrong(f"{shown(value)} is neither on nor off", "write  {key}: on  or  {key}: off") from None


def _word_list(allowed: tuple[str, ...], example: str) -> Any:
    def read(value: object) -> tuple[str, ...]:
        items = value if isinstance(value, (list, tuple)) else (value,)
        found: list[str] = []
        for index, item in enumerate(items):
            at = (index,) if isinstance(value, (list, tuple)) else ()
            try:
                word = read_word(item, allowed)
            except Wrong as wrong:
                fix = wrong.fix.replace("{key}: ", "")
                raise Wrong(wrong.problem, fix, at) from None
            if word in found:
                raise Wrong(f"{word} is named twice", "name it once", at)
            found.append(word)
        if not found:
            raise Wrong("the list is empty", f"write some of {', '.join(allowed)}, or delete it")
        return tuple(found)

    one = {"type": "string", "enum": list(allowed)}
    schema = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}], "examples": [example]}
    return PlainValidator(read), WithJsonSchema(schema)


def _number_schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["number", "string"], "examples": [example]})


PositiveMultiple = Annotated[float, PlainValidator(_read_multiple), _number_schema("x1.5")]
Strength = Annotated[float, PlainValidator(_read_strength), _number_schema("x2")]
SignedPoints = Annotated[
    float,
    PlainValidator(_read_points),
    WithJsonSchema({"type": "number", "minimum": -100, "maximum": 100, "examples": [-20]}),
]
Uplift = Annotated[float, PlainValidator(_read_uplift), _number_schema("20%")]
Reduction = Annotated[float, PlainValidator(_read_reduction), _number_schema("20%")]
PriceRise = Annotated[float, PlainValidator(_read_rise), _number_schema("5%")]
Money = Annotated[
    float,
    PlainValidator(lambda value: read_money(value)),
    WithJsonSchema({"type": ["number", "string"], "examples": ["2M"]}),
]
BandNames = Annotated[tuple[Band, ...], *_word_list(BANDS, "[green, yellow]")]
PhaseNames = Annotated[tuple[str, ...], *_word_list(PHASES, "[adoption, expansion]")]
OnOff = Annotated[
    bool,
    PlainValidator(_read_on_off),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["on", "off"]}]}),
]
Channel = Annotated[str, *words(*CHANNELS)]


class BandChances(Model):
    """A chance by health: read off straight lines through the middles of the bands, flat outside."""

    green: Share = key(unit="share", limits="0% to 100%", example="15%")
    """At the middle of the green band."""

    yellow: Share = key(unit="share", limits="0% to 100%", example="5%")
    """At the middle of the yellow band."""

    red: Share = key(unit="share", limits="0% to 100%", example="0%")
    """At the middle of the red band."""

    @property
    def from_red(self) -> tuple[float, float, float]:
        """The chances in order of health."""
        return self.red, self.yellow, self.green


class ShareOverTime(Model):
    """A share that changes in a straight line from the start of the scenario on."""

    from_: Share = key(alias="from", unit="share", limits="0% to 100%", example="5%")
    """Until the start of the scenario."""

    to: Share = key(unit="share", limits="0% to 100%", example="1%")
    """In the end."""

    over: DaysFromZero = key(unit="time", limits="whole days, 0d or more", example="12 months")
    """How long it takes from one to the other."""


def _form(value: object) -> str:
    return "<change>" if isinstance(value, (dict, ShareOverTime)) else "<share>"


ChangingShare = Annotated[
    Annotated[Share, Tag("<share>")] | Annotated[ShareOverTime, Tag("<change>")],
    Discriminator(_form),
]
"""A share that stays, or one that changes over time."""


def share_at(value: float | ShareOverTime, days: float) -> float:
    """A share so many days after the start of the scenario."""
    if isinstance(value, float):
        return value
    length = whole_days(value.over)
    if length == 0:
        return value.from_ if days < 0 else value.to
    return value.from_ + (value.to - value.from_) * min(1.0, max(0.0, days / length))
