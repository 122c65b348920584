"""What a reader of a report may see, and what the Japanese catalogues say of it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import csm_sim
from csm_sim.analysis.assumption_keys import EFFECTS, NOT_ABOUT_THE_WORLD
from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.scenario.catalogue import KeyDoc, catalogue

PACKAGE = Path(csm_sim.__file__).parent
LOCALES = PACKAGE / "locale"
KEYWORDS = {"_": None, "N_": None, "Message": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_NOT_LISTED = ("the key's own", "none", "same names", "all rows")
"""Beginnings of the sources of defaults that are no assumption."""


@dataclass(frozen=True)
class Needed:
    """A message that needs a translation."""

    context: str | None
    text: str
    where: str

    @property
    def entry(self) -> str:
        """As it has to be written in a catalogue."""
        context = f'msgctxt "{self.context}"\n' if self.context else ""
        text = self.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'#: {self.where}\n{context}msgid "{text}"\nmsgstr ""\n'


@dataclass(frozen=True)
class Translated:
    """An entry of a catalogue."""

    context: str | None
    text: str
    japanese: str
    fuzzy: bool
    file: str


@cache
def needed() -> dict[tuple[str | None, str], Needed]:
    """All messages: those marked in the code and in templates, metrics, and what is said of assumptions."""
    found: dict[tuple[str | None, str], Needed] = {}
    for context, text, where in (*_marked(), *_of_metrics(), *_of_keys()):
        if text:
            found.setdefault((context, text), Needed(context, text, where))
    return found


def _marked() -> Iterator[tuple[str | None, str, str]]:
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    for name, _line, message, _comments, context in extract_from_dir(PACKAGE, methods, keywords=KEYWORDS):
        text = message if isinstance(message, str) else message[0]
        yield context, text, Path(name).as_posix()


def _of_metrics() -> Iterator[tuple[str | None, str, str]]:
    for metric in CATALOGUE.values():
        if not metric.name.startswith("twin_"):  # said by one message for all of them
            yield None, metric.description, "the catalogue of metrics"


def _of_keys() -> Iterator[tuple[str | None, str, str]]:
    """Meaning, limits and source of the keys that a report may list among its assumptions."""
    docs = catalogue()
    files = {doc.pattern[:-1] for doc in docs if doc.name == "file"}
    for doc in docs:
        if doc.text.startswith(NOT_ABOUT_THE_WORLD):
            continue
        default = _is_listed_default(doc)
        if default or EFFECTS.fullmatch(doc.text):
            yield None, doc.meaning, doc.text
            yield None, doc.limits, doc.text
        if default:
            yield None, doc.source, doc.text
        if doc.name == "file" or doc.pattern in files:
            yield None, doc.meaning, doc.text


def _is_listed_default(doc: KeyDoc) -> bool:
    return bool(doc.source and doc.default_text) and not doc.source.startswith(_NOT_LISTED)


@cache
def translated() -> tuple[Translated, ...]:
    """All entries of the Japanese catalogues, in the order of the files."""
    entries = []
    for path in sorted((LOCALES / "ja").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="ja", abort_invalid=True):
                if message.id:
                    text, japanese = (
                        one if isinstance(one, str) else one[0] for one in (message.id, message.string)
                    )
                    entries.append(Translated(message.context, text, japanese, message.fuzzy, path.name))
    return tuple(entries)


def placeholders(text: str) -> set[str]:
    """The names that are filled in."""
    return {name for _text, name, _format, _conversion in string.Formatter().parse(text) if name is not None}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function that marks a message, with the place of the call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name == "language.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}  {node.func.id}", node
