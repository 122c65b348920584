"""Every key of the scenario language with its meaning, unit, default and source, read off the models.

The models are the only place where keys are described; ``explain``, ``show``, the reference page, the
JSON Schema and the "did you mean" of error messages all read them here.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from csm_sim.scenario.fields import Model
from csm_sim.scenario.model import Scenario

ANY_NAME = "*"
ANY_ITEM = "[]"
Pattern = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyDoc:
    """One key of the scenario language."""

    pattern: Pattern
    """Parts of the key: ``*`` for a name the author chooses, ``[]`` for a position in a list."""
    model: type[Model]
    """Group of keys it belongs to."""
    field: str
    """Name of the attribute in Python."""
    required: bool
    default: Any
    """As an author would write it; None when the key may be absent."""
    unit: str
    limits: str
    source: str
    example: str
    group: bool
    """Whether its value is a group of further keys."""

    @property
    def name(self) -> str:
        """The last part, as written in YAML."""
        return self.pattern[-1]

    @property
    def text(self) -> str:
        """The key with placeholders: ``playbooks.*.steps[].effort``."""
        return pattern_text(self.pattern)

    @property
    def meaning(self) -> str:
        """What the key says, from the docstring below the field."""
        return docstrings(self.model).get(self.field, "")

    @property
    def default_text(self) -> str:
        """The default as an author would write it; empty when there is none."""
        if self.default is None or self.default in ({}, [], ()):
            return ""
        return ("true" if self.default else "false") if isinstance(self.default, bool) else str(self.default)


def pattern_text(pattern: Sequence[str]) -> str:
    """A pattern as one word."""
    text = ""
    for part in pattern:
        text += part if part.startswith("[") else f".{part}" if text else part
    return text


def nested_groups(annotation: Any) -> Iterator[tuple[Pattern, type[Model]]]:
    """The groups of keys that a type holds, and the pattern parts that lead to them."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if inspect.isclass(annotation) and issubclass(annotation, Model):
        yield (), annotation
    elif origin is Annotated:
        yield from nested_groups(arguments[0])
    elif origin in (Union, UnionType):
        for argument in arguments:
            yield from nested_groups(argument)
    elif origin is dict:
        yield from (((ANY_NAME, *parts), model) for parts, model in nested_groups(arguments[1]))
    elif origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        yield from (((ANY_ITEM, *parts), model) for parts, model in nested_groups(arguments[0]))


def _walk(model: type[Model], prefix: Pattern) -> Iterator[KeyDoc]:
    for field, info in model.model_fields.items():
        pattern = (*prefix, info.alias or field)
        inner = list(nested_groups(info.annotation))
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        yield KeyDoc(
            pattern=pattern,
            model=model,
            field=field,
            required=info.is_required(),
            default=None if info.is_required() else info.default,
            group=bool(inner),
            **{name: str(extra.get(name, "")) for name in ("unit", "limits", "source", "example")},
        )
        for parts, nested_model in inner:
            yield from _walk(nested_model, (*pattern, *parts))


@cache
def catalogue() -> tuple[KeyDoc, ...]:
    """All keys, in the order of the models."""
    return tuple(_walk(Scenario, ()))


@cache
def docstrings(model: type[Model]) -> dict[str, str]:
    """The docstring below each field of a group, on one line."""
    module = sys.modules[model.__module__]
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef) and node.name == model.__name__:
            return dict(_field_docstrings(node))
    return {}


def _field_docstrings(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in zip(node.body, node.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            value = following.value if isinstance(following, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield statement.target.id, " ".join(value.value.split())


_ITEM_RE = re.compile(r"\[(\d*|\*)\]")


def fits(pattern: Pattern, path: Sequence[str | int]) -> bool:
    """Whether a path is of a pattern; list positions may be numbers, ``[0]``, ``[]`` or ``[*]``."""
    if len(pattern) != len(path):
        return False
    for part, given in zip(pattern, path, strict=True):
        is_item = isinstance(given, int) or _ITEM_RE.fullmatch(given) is not None
        if is_item != (part == ANY_ITEM) or (not is_item and part not in (ANY_NAME, given)):
            return False
    return True


def doc_of(path: Sequence[str | int]) -> KeyDoc | None:
    """The description of the key at a path; None when there is no such key."""
    return next((doc for doc in catalogue() if fits(doc.pattern, path)), None)


def names_in(path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that the group at a path may have; empty when it is no group or names its keys freely."""
    length = len(path)
    return tuple(
        doc.name for doc in catalogue() if len(doc.pattern) == length + 1 and fits(doc.pattern[:-1], path)
    )


def nearest(word: str, choices: Sequence[str], likeness: float = 0.6) -> str | None:
    """The choice that ``word`` was probably meant to be."""
    lowered = {choice.lower(): choice for choice in reversed(choices)}
    found = get_close_matches(word.lower().replace("-", "_").replace(" ", "_"), list(lowered), 1, likeness)
    return lowered[found[0]] if found else None
