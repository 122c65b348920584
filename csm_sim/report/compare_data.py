"""A comparison as data: JSON from which it can be made again exactly, and tables as CSV."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from csm_sim.analysis.compared import Compared
from csm_sim.analysis.paired import Interval
from csm_sim.errors import UsageError
from csm_sim.language import Message
from csm_sim.report.tables import csv_text

FORMAT: Final = "csm-sim compare 1"
"""First value of the JSON; another number is another layout."""

ANSWER: Final = "compare.json"


# ---------------------------------------------------------------- JSON


def to_json(compared: Compared) -> dict[str, Any]:
    """A comparison as plain values that any JSON reader takes; nan becomes null.

    A text with names or numbers in it is ``{"text": ..., "template": ..., "values": ...}``.

    :func:`from_json` gives it back, every number to the last bit.
    """
    return {"format": FORMAT, **_plain(compared)}


def from_json(data: object) -> Compared:
    """The comparison that :func:`to_json` wrote.

    Raises
    ------
    UsageError
        If it is something else.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise UsageError(
            f"this is no comparison that this version of csm-sim has written ({FORMAT})\n"
            "  fix       compare again:  csm-sim compare BASE OTHER"
        )
    try:
        found = _typed(Compared, {key: value for key, value in data.items() if key != "format"})
    except _UnexpectedError as wrong:
        raise UsageError(
            f"the comparison has been changed or cut off: {wrong}\n"
            "  fix       compare again:  csm-sim compare BASE OTHER"
        ) from None
    assert isinstance(found, Compared)
    return found


def read_compared(folder: Path) -> Compared:
    """The comparison in a folder of ``csm-sim compare``.

    Raises
    ------
    UsageError
        If there is none.
    """
    path = folder / ANSWER
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}\n  fix       name a folder of  csm-sim compare"
        ) from None
    except (ValueError, RecursionError):
        raise UsageError(
            f"{path} is no JSON\n  fix       compare again:  csm-sim compare BASE OTHER"
        ) from None
    return from_json(data)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Message) and value.values:  # so that it can be said in another language later
        values = {
            name: _plain(one) if isinstance(one, str) else str(one) for name, one in value.values.items()
        }
        return {"text": str(value), "template": value.template, "values": values}
    return str(value) if isinstance(value, str) else value


class _UnexpectedError(Exception):
    """A value of another type than it should be."""


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any, at: str = "") -> Any:
    """A plain value as what the data classes say that it is."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _typed(next(one for one in arguments if one is not types.NoneType), value, at)
    if origin is tuple:
        if not isinstance(value, list):
            raise _UnexpectedError(f"{at or 'it'} is no list")
        return tuple(_typed(arguments[0], item, f"{at}[{place}]") for place, item in enumerate(value))
    if origin is Literal:
        if value not in arguments:
            raise _UnexpectedError(f"{at} is {str(value)[:40]!r}")
        return value
    if is_dataclass(kind):
        return _record(kind, value, at)
    if kind is float:
        if value is None:
            return math.nan
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    elif kind is str and isinstance(value, Mapping):
        return _message(value, at)
    elif type(value) is kind:
        return value
    raise _UnexpectedError(f"{at} is no {kind.__name__}")


def _message(value: Mapping[str, Any], at: str) -> Message:
    """A text that remembers how it was made."""
    template, values = value.get("template"), value.get("values")
    if not isinstance(template, str) or not isinstance(values, Mapping):
        raise _UnexpectedError(f"{at} is no text")
    filled = {name: _typed(str, one, f"{at}.{name}") for name, one in values.items()}
    try:
        names = {name for _text, name, *_how in Formatter().parse(template) if name is not None}
    except ValueError:
        names = {""}
    if names != filled.keys():  # nothing but plain names: a template could ask for more than its values
        raise _UnexpectedError(f"{at} is no text")
    return Message(template, **filled)


def _record(kind: Any, value: Any, at: str) -> Any:
    hints = _hints(kind)
    if not isinstance(value, Mapping) or value.keys() != hints.keys():
        raise _UnexpectedError(f"{at or 'it'} has other keys than it should")
    return kind(
        **{name: _typed(inner, value[name], f"{at}.{name}" if at else name) for name, inner in hints.items()}
    )


# ---------------------------------------------------------------- tables

_TRIPLE: Final = ("mean", "low", "high")


def compare_tables(compared: Compared) -> dict[str, str]:
    """Tables as CSV, by the name of their file."""
    return {
        "differences.csv": csv_text(_DIFFERENCES, _differences(compared)),
        "by_month.csv": csv_text(_BY_MONTH, _by_month(compared)),
        "changes.csv": csv_text(("plan", "key", "old", "new"), _changes(compared)),
        "assumptions.csv": csv_text(
            ("key", "value", "standing", "source", "meaning"),
            ([one.key, one.value, one.standing, one.source, one.meaning] for one in compared.basis),
        ),
    }


_DIFFERENCES: Final = (
    "plan", "figure", "unit", "better",
    *(f"{who}_{part}" for who in ("base", "plan", "difference") for part in _TRIPLE),
    "n", "confidence", "verdict", "chance_better", "chance_low", "chance_high", "correlation",
    "replications_saved",
)  # fmt: skip


def _differences(compared: Compared) -> Iterator[list[object]]:
    for plan in compared.plans:
        for one in plan.differences:
            yield [
                plan.label, one.name, one.unit, one.better,
                *(_bounds(one.base) + _bounds(one.other) + _bounds(one.apart)),
                one.apart.n, compared.confidence, one.verdict, *_bounds(one.chance), one.correlation,
                "" if one.saved is None else one.saved,
            ]  # fmt: skip


_BY_MONTH: Final = (
    "plan", "month", "figure", "unit",
    *(f"{who}_{part}" for who in ("base", "plan", "difference") for part in _TRIPLE),
    "n", "confidence",
)  # fmt: skip


def _by_month(compared: Compared) -> Iterator[list[object]]:
    for plan in compared.plans:
        for series in plan.series:
            for place, month in enumerate(compared.months):
                base, other = (part[place] if part else None for part in (series.base, series.other))
                apart = series.apart[place]
                yield [
                    plan.label, month, series.name, series.unit,
                    *(_bounds(base) + _bounds(other) + _bounds(apart)), apart.n, compared.confidence,
                ]  # fmt: skip


def _changes(compared: Compared) -> Iterator[list[object]]:
    for plan in compared.plans:
        for change in plan.changes:
            yield [plan.label, change.key, _or_empty(change.old), _or_empty(change.new)]


def _or_empty(text: str | None) -> str:
    return "" if text is None else text


def _bounds(one: Interval | None) -> list[float]:
    return [math.nan] * 3 if one is None else [one.mean, one.low, one.high]
