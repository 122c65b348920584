"""Rules that act while a scenario runs: its ``policies``, built-in ones or a user's own."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, model_validator

from csm_sim.scenario.amounts import read_count, read_money, read_number, read_share
from csm_sim.scenario.fields import Label, Model, key, read_name, read_switch, read_word
from csm_sim.scenario.units import (
    CLOCK_UNITS,
    DAY_UNITS,
    Wrong,
    is_number,
    parse_span,
    plain_text,
    read_span,
    shown,
)

Value = str | float | int | bool | list[Any]


def _days(value: object) -> float:
    return read_span(value, what="a time", units=DAY_UNITS, example="4 weeks").days


def _hours(value: object) -> float:
    if is_number(value):
        return read_number(value, low=0.0, high=1e6, above_low=True)
    return read_span(value, what="hours of work", units=CLOCK_UNITS, example="16h").minutes / 60.0


def _share(value: object) -> float:
    return read_share(value, low=0.0, high=1.0, above_low=True)


def _level(value: object) -> float:
    """A share that may lie above all: ARR may be 120 % of what it was."""
    return read_share(value, low=0.0, high=10.0, above_low=True)


def _count(value: object) -> int:
    return read_count(value, low=1, high=1_000_000)


def _who(value: object) -> str:
    return read_word(value, ("newest", "random"))


def _basis(value: object) -> str:
    return read_word(value, BASES)


def _money(value: object) -> float:
    return read_money(value, example="2k")


def _squeeze(value: object) -> float:
    return read_share(value, low=0.0, high=1.0, below_high=True)


BASES = ("arr", "tickets", "work")
"""What a budget review looks at."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a built-in policy."""

    read: Callable[[object], Value]
    meaning: str
    unit: str
    default: Value | None = None
    """As an author would write it."""
    required: bool = False
    basis: str = ""
    """The only basis of a budget review with which it has a meaning, and is required without a default."""

    @property
    def default_text(self) -> str:
        """The default as a reader sees it: required, none, or the value."""
        if self.default is None:
            with_basis = f"required with basis: {self.basis}" if self.basis else "none"
            return "required" if self.required else with_basis
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)


_ROLE = Argument(read_name, "Role that is hired for.", "role", required=True)
_FOR = Argument(_days, "How long it must have been so.", "time", "4 weeks")
_COUNT = Argument(_count, "How many people are hired at a time.", "people", 1)
_MOST = Argument(_count, "People of the role at which it stops; without it there is no limit.", "people")

BUILT_IN: Mapping[str, Mapping[str, Argument]] = {
    "hire_when_overloaded": {
        "role": _ROLE,
        "above": Argument(
            _share, "Utilisation of the role from which it is overloaded.", "share of working time", "85%"
        ),
        "for": Argument(_days, "How long it must have been so.", "time", "6 weeks"),
        "count": _COUNT,
        "most": _MOST,
        "every": Argument(_days, "How often it is looked at.", "time", "4 weeks"),
    },
    "hire_on_backlog": {
        "role": _ROLE,
        "hours": Argument(
            _hours, "Open work for each person here from which it is too much.", "hours of work", 16
        ),
        "for": _FOR,
        "count": _COUNT,
        "most": _MOST,
    },
    "cut_to_budget": {
        "role": Argument(read_name, "Role that is cut.", "role", required=True),
        "share_of_arr": Argument(
            _share, "Most that the role may cost a year.", "share of ARR", required=True
        ),
        "every": Argument(_days, "How often it is looked at.", "time", "quarter"),
        "who": Argument(
            _who, "Who leaves: those who joined last (newest), or any (random).", "word", "newest"
        ),
    },
    "budget_review": {
        "role": Argument(read_name, "Role that is reviewed.", "role", required=True),
        "basis": Argument(
            _basis,
            "What the budget follows: ARR, the tickets of the last period, or the work of the last period "
            "and what it has added to open work.",
            "word: arr, tickets or work",
            required=True,
        ),
        "share_of_arr": Argument(_share, "Most that the role may cost a year.", "share of ARR", basis="arr"),
        "per_ticket": Argument(_money, "What each ticket pays for.", "money", basis="tickets"),
        "busy": Argument(
            _share,
            "Utilisation at which a person has enough to do.",
            "share of working time",
            "80%",
            basis="work",
        ),
        "squeeze": Argument(
            _squeeze,
            "What reviews take off what is granted, compounding from the start.",
            "share a year",
            "0%",
        ),
        "every": Argument(_days, "How often it is reviewed.", "time", "quarter"),
        "least": Argument(_count, "People of the role below which no review takes it.", "people", 1),
        "most": Argument(
            _count,
            "People of the role above which no review takes it; without it there is no limit.",
            "people",
        ),
        "hire": Argument(
            read_switch, "Whether people are hired where more are granted.", "true or false", True
        ),
        "who": Argument(
            _who, "Who leaves: those who joined last (newest), or any (random).", "word", "newest"
        ),
    },
    "freeze_when_arr_falls": {
        "role": Argument(read_name, "Role in which nobody is hired then; without it all.", "role"),
        "below": Argument(_level, "ARR below which it is frozen.", "share of ARR at the start", "100%"),
        "for": Argument(_days, "How long it is frozen.", "time", "quarter"),
        "every": Argument(_days, "How often it is looked at.", "time", "month"),
    },
}
"""The arguments of each built-in policy."""

_KEY_RE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Policy(Model):
    """A rule that acts while a scenario runs. Write use, or module and function; further keys are arguments.

    In arguments a percentage such as 85% becomes 0.85 and a time such as 6 weeks or month a number of days;
    other texts, numbers, true and false stay. A key that Python cannot use as it is gets a trailing
    underscore: ``for`` is handed over as ``for_``.
    """

    model_config = ConfigDict(extra="allow")

    use: Label | None = key(
        None, unit="word", limits=f"one of {', '.join(BUILT_IN)}", example="hire_when_overloaded"
    )
    """A policy that comes with csm-sim."""

    module: Label | None = key(
        None, unit="file name", limits="beside the scenario or below", example="my_policies.py"
    )
    """A Python file with a policy of your own."""

    function: Label | None = key(None, unit="name", limits="only with module", example="hire_on_backlog")
    """The function in it that is the policy."""

    @model_validator(mode="before")
    @classmethod
    def _check_arguments(cls, value: Any) -> Any:
        for name, argument in value.items() if isinstance(value, dict) else ():
            if not _KEY_RE.fullmatch(str(name)):
                raise Wrong(
                    f"{shown(name)} cannot be the name of an argument",
                    "write letters, digits and _ only",
                    (name,),
                )
            _check_value(argument, (name,))
        return value

    @property
    def written(self) -> dict[str, Value]:
        """The arguments as written."""
        return dict(self.model_extra or {})


def _check_value(value: Any, at: tuple[str | int, ...]) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (list, dict)):
                _refuse(item, (*at, index))
    elif not isinstance(value, (str, int, float, bool)):
        _refuse(value, at)


def _refuse(value: Any, at: tuple[str | int, ...]) -> None:
    raise Wrong(
        f"{shown(value)} cannot be an argument of a policy",
        "write a text, a number, true or false, or a list of them",
        at,
    )


def plain_argument(value: Any) -> Any:
    """What a policy of the user's own gets for a value: shares and spans become numbers."""
    if isinstance(value, list):
        return [plain_argument(item) for item in value]
    text = plain_text(value)
    if not text:
        return value
    if text.endswith("%"):
        try:
            return read_share(value, low=-1e9, high=1e9)
        except Wrong:
            return value
    span = parse_span(text)
    return value if span is None else span.days


def arguments_of(policy: Policy) -> dict[str, Any]:
    """The keyword arguments of a policy that has been checked, in order of name.

    A built-in one has those that are not written, too, where they have a default.
    """
    written = policy.written
    known = BUILT_IN.get(policy.use or "")
    if known is None:
        found = {name: value if name == "role" else plain_argument(value) for name, value in written.items()}
    else:
        found = {
            name: argument.read(written.get(name, argument.default))
            for name, argument in known.items()
            if name in written or argument.default is not None
        }
    return {python_name(name): found[name] for name in sorted(found)}


def python_name(name: str) -> str:
    """The name of the Python argument for a key: ``for`` is ``for_``."""
    return f"{name}_" if keyword.iskeyword(name) else name
