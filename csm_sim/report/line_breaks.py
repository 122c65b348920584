"""Where lines of Japanese may be broken: between any two characters, but for those that stick together.

The rules are the plain ones of JIS X 4051 (kinsoku): a line begins with no closing bracket, comma or full
stop and ends with no opening bracket; numbers with their unit, words in Latin letters and keys stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len

_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！ー）」』】〕］｝〉》’”％‰々ゝゞぁぃぅぇぉっゃゅょァィゥェォッャュョヶ〜～…,.:;!?)]}%"
)
_NOT_LAST: Final = frozenset("（「『【〔［｛〈《‘“¥￥$€£([{±")

_PIECE: Final = re.compile(
    r"n = [\d,]+|"
    r"[^\s\u3000-\u9fff\uf900-\ufaff\uff01-\uff9f]+(?:[兆億万]?円)?"
    r"(?: ±[^\s\u3000-\u9fff\uf900-\ufaff\uff01-\uff9f]+)?(?:か月|[人件社日年週時分])?|.",
    re.DOTALL,
)
"""What is never broken: a run that is not Japanese with half-width and unit behind it; or a character."""


def lines_of(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` cells, without spaces at their ends.

    Examples
    --------
    >>> lines_of("人員不足による損失は5,950万円です。", 20)
    ['人員不足による損失は', '5,950万円です。']
    """
    lines: list[str] = []
    line = ""
    for piece in _unbroken(text):
        if line and cell_len(line) + cell_len(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, piece = "", piece.lstrip(" ")
        while cell_len(piece.rstrip()) > width:  # longer than a line: broken where the line ends
            head = _head(piece, width)
            lines.append(head)
            piece = piece[len(head) :]
        line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _unbroken(text: str) -> Iterator[str]:
    """The pieces of a text between which a line may end."""
    held = ""
    for found in _PIECE.finditer(text):
        piece = found.group()
        if held and held[-1] not in _NOT_LAST and piece[0] not in _NOT_FIRST and not piece.isspace():
            yield held
            held = ""
        held += piece
    if held:
        yield held


def _head(text: str, width: int) -> str:
    head = text[:1]
    for mark in text[1:]:
        if cell_len(head + mark) > width:
            break
        head += mark
    return head
