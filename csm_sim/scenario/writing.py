"""A scenario as YAML text, with where each value came from beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from csm_sim.scenario.nodes import KeyPath, dotted, plain_value

_PLAIN_RE = re.compile(r"[^\W_][^:#\[\]{},&*!|>'\"@`\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\\]*")
_OTHER_READERS = {"y", "n", "yes", "no", "on", "off"}
"""Plain words that YAML 1.1 readers take for truth values."""
_WIDEST_COLUMN = 56
"""Comments are aligned, but not farther out than this."""


def scalar(value: Any) -> str:
    """A value on one line of YAML, in quotes where it needs them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    clear = _PLAIN_RE.fullmatch(text) and text == text.strip() and text.lower() not in _OTHER_READERS
    if clear and plain_value(text) == text:
        return text
    # JSON leaves these as they are, but YAML takes them for line breaks or refuses them
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", lambda mark: f"\\u{ord(mark.group()):04x}", quoted
    )


def as_yaml(data: Mapping[str, Any], comment: Callable[[str], str] = lambda key: "") -> str:
    """``data`` in block style.

    Parameters
    ----------
    data
        Plain values.
    comment
        For the dotted key of a value, what to write behind it; "" for nothing.
    """
    lines = list(_group(data, (), 0, comment))
    width = max((len(text) for text, note in lines if note and len(text) <= _WIDEST_COLUMN), default=0)
    return "".join((f"{text:<{width}}  # {note}" if note else text) + "\n" for text, note in lines)


def _group(
    data: Mapping[str, Any], path: KeyPath, indent: int, comment: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        here = (*path, key)
        head = " " * indent + scalar(key) + ":"
        if isinstance(value, Mapping) and value:
            yield head, ""
            yield from _group(value, here, indent + 2, comment)
        elif isinstance(value, (list, tuple)) and any(
            isinstance(item, (Mapping, list, tuple)) for item in value
        ):
            yield head, ""
            yield from _items(value, here, indent + 2, comment)
        else:
            yield f"{head} {flow(value)}", comment(dotted(here))


def _items(
    values: Any, path: KeyPath, indent: int, comment: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    for index, value in enumerate(values):
        here = (*path, index)
        dash = " " * indent + "- "
        if isinstance(value, Mapping) and value:
            for number, (text, note) in enumerate(_group(value, here, indent + 2, comment)):
                yield (dash + text[indent + 2 :] if number == 0 else text), note
        else:
            yield dash + flow(value), comment(dotted(here))


def flow(value: Any) -> str:
    """A value on one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)
