"""What ``--vary`` says: keys, the values of each, and the grid of all combinations."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from csm_sim.errors import Problem, UsageError

MOST_VALUES: Final = 10_000
"""Of a range, whatever the limit of the grid."""

_AMOUNT_RE: Final = re.compile(r"([^\d:.+-]*)([+-]?\d+(?:\.\d+)?)([^\d:]*)")
_PADDED_RE: Final = re.compile(r"[+-]?0\d")
_EXAMPLE: Final = "write  --vary staff.csm.headcount=4:10  or  --vary segments.smb.accounts=200,400,800"


@dataclass(frozen=True, slots=True)
class Axis:
    """A key that is varied, with its values as they would stand in the file."""

    key: str
    values: tuple[str, ...]

    @property
    def amounts(self) -> tuple[float, ...] | None:
        """The values as numbers, where all of them are amounts of the same unit; else None."""
        parts = [_AMOUNT_RE.fullmatch(value.strip()) for value in self.values]
        if not all(parts) or len({(part[1].strip(), part[3].strip()) for part in parts if part}) > 1:
            return None
        return tuple(float(part[2]) for part in parts if part)

    @property
    def unit(self) -> str:
        """The unit of :attr:`amounts`, as it stands behind the number (or before it)."""
        part = _AMOUNT_RE.fullmatch(self.values[0].strip())
        return "" if part is None else f"{part[1].strip()}{part[3].strip()}"


@dataclass(frozen=True, slots=True)
class Grid:
    """All combinations of the values of some axes."""

    axes: tuple[Axis, ...]

    def __len__(self) -> int:
        return math.prod(len(axis.values) for axis in self.axes)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """The values of each point, one for each axis; the last axis changes fastest."""
        return itertools.product(*(axis.values for axis in self.axes))

    def settings(self, point: Sequence[str]) -> tuple[str, ...]:
        """A point as settings: ``staff.csm.headcount=5``."""
        return tuple(f"{axis.key}={value}" for axis, value in zip(self.axes, point, strict=True))


def grid_of(texts: Sequence[str], limit: int) -> Grid:
    """The grid that the options say.

    Parameters
    ----------
    texts
        ``KEY=VALUES`` each: a list with commas, whose entries are values as in the file or ranges
        ``from:to`` and ``from:to:step`` of amounts with the same unit, ends included.
    limit
        Most points.

    Raises
    ------
    UsageError
        If one of them cannot be read, a key comes twice, or there are more points than the limit.
    """
    axes: list[Axis] = []
    for text in texts:
        axis = read_axis(text)
        if axis.key in [other.key for other in axes]:
            raise _wrong(text, f"{axis.key} is varied twice", "write all its values into one  --vary")
        axes.append(axis)
    grid = Grid(tuple(axes))
    if len(grid) > limit:
        counts = " x ".join(str(len(axis.values)) for axis in axes)
        raise UsageError(
            f"the grid has {counts}{f' = {len(grid)}' if len(axes) > 1 else ''} points, more than {limit}\n"
            f"  fix       take larger steps or fewer values, or allow it with  --limit {len(grid)}"
        )
    return grid


def read_axis(text: str) -> Axis:
    """The key and the values of one option.

    >>> read_axis("playbooks.qbr.steps[0].effort=30min:90min:30min,{mean: 2h, cv: 1.0}").values
    ('30min', '60min', '90min', '{mean: 2h, cv: 1.0}')
    >>> read_axis("staff.csm.shrinkage=20%:30%:5%").values
    ('20%', '25%', '30%')
    """
    key, equals, rest = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise _wrong(text, "there is no key, equals sign and values", _EXAMPLE)
    values = [value for entry in _entries(rest) for value in _values(entry, text)]
    if not values or not all(values):
        raise _wrong(text, "a value is missing", _EXAMPLE)
    return Axis(key, tuple(dict.fromkeys(values)))


def _wrong(text: str, problem: str, fix: str) -> UsageError:
    return UsageError(str(Problem(f"--vary {' '.join(text.split())}", "", problem, fix)))


def _entries(text: str) -> list[str]:
    """The text divided at commas that stand in no brackets and no quotation marks."""
    found, depth, quote, before = [""], 0, "", ""
    for mark in text:
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'" and before in ("", ",", "[", "{", ":"):
            quote = mark
        elif mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif mark == "," and depth <= 0:
            found.append("")
            before = ""
            continue
        found[-1] += mark
        before = before if mark.isspace() else mark
    return [entry.strip() for entry in found]


def _values(entry: str, text: str) -> list[str]:
    """An entry of the list: itself, or the amounts of a range."""
    parts = [_AMOUNT_RE.fullmatch(part.strip()) for part in entry.split(":")]
    if len(parts) not in (2, 3) or not all(parts):
        return [entry]
    known = [part for part in parts if part is not None]
    if any(_PADDED_RE.match(part[2]) for part in known):
        return [entry]  # a time of day
    first, last = known[0], known[1]
    unit = (first[1], first[3].strip())
    if (last[1], last[3].strip()) != unit:
        raise _wrong(text, f"the ends of the range {entry} have different units", "write the same unit twice")
    if len(known) == 3 and (known[2][1], known[2][3].strip()) not in (unit, ("", "")):
        raise _wrong(text, f"the step of {entry} has another unit than its ends", "write the same unit")
    low, high = Decimal(first[2]), Decimal(last[2])
    step = abs(Decimal(known[2][2])) if len(known) == 3 else Decimal(1)
    if step == 0:
        raise _wrong(text, f"the step of {entry} is 0", "write a step above 0")
    if abs(high - low) / step > MOST_VALUES:
        raise _wrong(text, f"{entry} has more than {MOST_VALUES} values", "take larger steps")
    step = step if high >= low else -step
    amounts = [low + number * step for number in range(int((high - low) / step) + 1)]
    return [f"{first[1]}{_plain(amount)}{first[3].rstrip()}" for amount in amounts]


def _plain(amount: Decimal) -> str:
    """The number without zeros at its end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
