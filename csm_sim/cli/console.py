"""Printing: nothing that a file holds can steer the terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import TextIO

import click


def printable(text: str) -> str:
    """``text`` with control characters and invisible marks written as escapes; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_printable_mark(mark) for mark in text)


def _printable_mark(mark: str) -> str:
    if mark == "\n" or (mark.isprintable() and unicodedata.category(mark) != "Cf"):
        return mark
    if mark == "\u3000":  # the full-width space of Japanese text
        return mark
    code = ord(mark)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def say(text: str = "") -> None:
    """Print a result to standard output."""
    click.echo(_encodable(printable(text), sys.stdout))


def complain(text: str) -> None:
    """Print a message to standard error."""
    click.echo(_encodable(printable(text), sys.stderr), err=True)


def _encodable(text: str, stream: TextIO) -> str:
    """``text`` with what the terminal's encoding lacks written as escapes, instead of failing halfway."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
