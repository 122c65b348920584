"""Distributions of effort, waits and revenue as the scenario language writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, cast

from csm_sim.scenario.amounts import read_money, read_number
from csm_sim.scenario.units import CLOCK_UNITS, DAY_UNITS, SpanUnit, Wrong, read_span, shown

Kind = Literal[
    "lognormal", "lognormal_quantiles", "gamma", "exponential", "triangular", "pert", "constant", "empirical"
]

DEFAULT_CV = 0.5
"""Spread of an effort of which only the mean is known: an assumption, milder than logged work."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of a non-negative amount.

    ``params`` are in minutes for efforts and waits, in days for times to hire, and in units of the currency
    for revenue:
    lognormal and gamma (mean, cv), lognormal_quantiles (p50, p90), exponential (mean,),
    triangular and pert (low, mode, high), constant (value,), empirical ().
    """

    kind: Kind
    params: tuple[float, ...] = ()
    file: str | None = None
    column: str | None = None
    unit: Literal["min", "h"] = "min"
    """Unit of the file's column, for empirical ones."""


_SHAPES: dict[str, tuple[str, ...]] = {
    "gamma": ("mean", "cv"),
    "exponential": ("mean",),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "constant": ("value",),
}
DISTRIBUTION_KEYS = ("mean", "cv", "p50", "p90", *_SHAPES, "file", "column", "unit")
_COMBINATIONS = "mean and cv, p50 and p90, gamma, exponential, triangular, pert, constant, or file and column"

_THREE = {
    "45min": "[10min, 20min, 1h]",
    "5d": "[1d, 3d, 10d]",
    "10 weeks": "[4 weeks, 8 weeks, 20 weeks]",
    "1.5M": "[1M, 1.5M, 3M]",
}
"""An example of three values by the example of one."""

Amount = Callable[[object], float]


def _at(part: str | int, read: Callable[[object], float], value: object) -> float:
    """Read a part of a distribution; what is wrong with it is reported at the part."""
    try:
        return read(value)
    except Wrong as wrong:
        raise Wrong(wrong.problem, wrong.fix, (part, *wrong.at)) from None


def _cv(value: object) -> float:
    return read_number(value, low=0.0, high=20.0, above_low=True)


def _three(values: object, amount: Amount, at: str, example: str) -> tuple[float, ...]:
    if not isinstance(values, (list, tuple)) or len(values) != 3:
        raise Wrong(
            f"{shown(values)} is not three values",
            f"write the least, the likeliest and the most, e.g.  {{key}}: {example}",
            (at,),
        )
    low, mode, high = (_at(index, amount, value) for index, value in enumerate(values))
    if not (low <= mode <= high and low < high):
        raise Wrong(
            "the three values are not in order",
            f"write the least, the likeliest and the most, e.g.  {{key}}: {example}",
            (at,),
        )
    return low, mode, high


def _two_of(value: dict[str, object], first: str, second: str) -> tuple[object, object]:
    for name, other in ((first, second), (second, first)):
        if name not in value:
            raise Wrong(f"{other} is given without {name}", f"add  {name}:  to it")
    return value[first], value[second]


def _group(value: dict[str, object], amount: Amount, example: str, from_file: bool) -> Distribution:
    keys = DISTRIBUTION_KEYS if from_file else DISTRIBUTION_KEYS[:-3]
    for key in value:
        if key not in keys:
            near = get_close_matches(key, keys, 1)
            hint = f"did you mean {near[0]}?" if near else f"a distribution has {_COMBINATIONS}"
            raise Wrong(f"{shown(key)} is not a key of a distribution", hint, (key,))
    given = set(value)
    if given == {"mean"} or given == {"mean", "cv"}:
        mean = _at("mean", amount, value["mean"])
        return Distribution("lognormal", (mean, _at("cv", _cv, value.get("cv", DEFAULT_CV))))
    if given and given <= {"p50", "p90"}:
        low, high = _two_of(value, "p50", "p90")
        p50, p90 = _at("p50", amount, low), _at("p90", amount, high)
        if not 0 < p50 < p90:
            raise Wrong(
                f"p90 ({shown(high)}) must be above p50 ({shown(low)})",
                "write the value that 9 of 10 stay under as p90",
            )
        return Distribution("lognormal_quantiles", (p50, p90))
    if given and given <= {"file", "column", "unit"}:
        if not given >= {"file", "column"}:
            raise Wrong(
                "file and column belong together", "write  {key}: {file: efforts.csv, column: minutes}"
            )
        unit = value.get("unit", "min")
        if unit not in ("min", "h"):
            raise Wrong(
                f"{shown(unit)} is not a unit of a column of efforts",
                "write  unit: min  or  unit: h",
                ("unit",),
            )
        for part in ("file", "column"):
            if not isinstance(value[part], str):
                raise Wrong(
                    f"{shown(value[part])} is not a {part} name", f"write  {part}:  and a text", (part,)
                )
        return Distribution("empirical", (), str(value["file"]), str(value["column"]), unit)
    if given == {"cv"}:
        raise Wrong("cv is given without mean", "add  mean:  to it")
    if len(given) == 1 and (kind := next(iter(given))) in _SHAPES:
        return _shape(kind, value[kind], amount, example)
    raise Wrong(f"{', '.join(value) or 'an empty group'} is no distribution", f"use one of: {_COMBINATIONS}")


def _shape(kind: str, inner: object, amount: Amount, example: str) -> Distribution:
    if kind in ("triangular", "pert"):
        return Distribution(cast(Kind, kind), _three(inner, amount, kind, _THREE[example]))
    if kind == "gamma":
        if not isinstance(inner, dict) or set(inner) != {"mean", "cv"}:
            raise Wrong(
                f"{shown(inner)} is no mean and cv", f"write  gamma: {{mean: {example}, cv: 1}}", (kind,)
            )
        try:
            return Distribution("gamma", (_at("mean", amount, inner["mean"]), _at("cv", _cv, inner["cv"])))
        except Wrong as wrong:
            raise Wrong(wrong.problem, wrong.fix, (kind, *wrong.at)) from None
    if isinstance(inner, dict) and set(inner) == {"mean"} and kind == "exponential":
        inner = inner["mean"]
    return Distribution(cast(Kind, kind), (_at(kind, amount, inner),))


def _read(value: object, amount: Amount, example: str, plain: Kind, from_file: bool) -> Distribution:
    if isinstance(value, dict):
        return _group(value, amount, example, from_file)
    if isinstance(value, (list, tuple)):
        raise Wrong(
            "a list is no distribution",
            f"write  {{key}}: {example}  or name it, e.g.  {{key}}: {{triangular: [...]}}",
        )
    mean = amount(value)
    return Distribution(plain, (mean, DEFAULT_CV) if plain == "lognormal" else (mean,))


def read_effort(value: object) -> Distribution:
    """The distribution of hands-on work that ``value`` says; a plain duration is a lognormal mean."""

    def minutes(part: object) -> float:
        return read_span(part, what="an effort", units=CLOCK_UNITS, example="45min").minutes

    return _read(value, minutes, "45min", "lognormal", from_file=True)


_WAIT_UNITS: tuple[SpanUnit, ...] = ("min", "h", "d", "w")


def read_wait(value: object) -> Distribution:
    """The distribution of elapsed waiting time that ``value`` says; a plain duration is always that long."""

    def minutes(part: object) -> float:
        return read_span(part, what="a waiting time", units=_WAIT_UNITS, example="5d").minutes

    return _read(value, minutes, "5d", "constant", from_file=False)


def read_hire_time(value: object) -> Distribution:
    """The distribution of the days to hire somebody that ``value`` says; a plain time is always that long."""

    def days(part: object) -> float:
        return read_span(part, what="a time to hire", units=DAY_UNITS, example="10 weeks").days

    return _read(value, days, "10 weeks", "constant", from_file=False)


def read_revenue(value: object) -> Distribution:
    """The distribution of ARR that ``value`` says; a plain amount is the same for every account."""

    def amount(part: object) -> float:
        return read_money(part)

    found = _read(value, amount, "1.5M", "constant", from_file=False)
    if found.kind in ("lognormal", "gamma", "exponential") and found.params[0] <= 0:
        raise Wrong("a mean of 0 has no spread", "write  {key}: 0")
    return found
