"""Messages in the reader's language: English as written in the code, others from catalogues.

The catalogues are gettext ``.po`` files, ``csm_sim/locale/LANGUAGE/*.po``, read when a language is first
asked for. Texts are marked where they are written, ``_("lost to under-staffing")``, or ``N_`` where a
constant is looked up later; what is filled in comes after: ``_("n = {n}").format(n=n)``.

What the analysis says is English data, the same in every file for machines: a :class:`Message` there
remembers how it was made, and a report asks :func:`said` for it in the language of its reader.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Final

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "ja")
"""Codes of the languages that there are."""

_chosen: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current() -> str:
    """The code of the language in use."""
    return _chosen.get()


@contextlib.contextmanager
def using(language: str) -> Iterator[None]:
    """Give messages in a language.

    Parameters
    ----------
    language
        One of :data:`LANGUAGES`.

    Raises
    ------
    KeyError
        If there is no such language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def in_each_language(make: Callable[[], Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Texts by language, for what is kept and shown to others later."""
    found = {}
    for language in LANGUAGES:
        with using(language):
            found[language] = tuple(make())
    return found


def _(message: str) -> str:
    """The message in the language in use; as it is where the catalogue has none."""
    language = _chosen.get()
    return message if language == ENGLISH or not message else _catalogue(language).get(message, message)


def N_(message: str) -> str:  # noqa: N802 - the name that extraction tools know
    """Mark a message that is translated where it is used."""
    return message


def pgettext(context: str, message: str) -> str:
    """The message where the same English means several things: ``pgettext("target", "missed")``."""
    language = _chosen.get()
    return message if language == ENGLISH else _catalogue(language).get(_key(context, message), message)


def ngettext(one: str, many: str, n: int) -> str:
    """The message for one, or for many, in the language in use. Japanese has a single form."""
    if _chosen.get() == ENGLISH:
        return one if n == 1 else many
    return _catalogue(_chosen.get()).get(one, one if n == 1 else many)


class Message(str):
    """An English text that remembers how it was made, so that it can be said in another language later.

    Parameters
    ----------
    template
        With ``{names}`` of what is filled in; the catalogues know it.
    values
        What is filled in. Messages among them are translated, too; names that a user chose are not.

    Examples
    --------
    >>> Message("{n} replications are few", n=3)
    '3 replications are few'
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Message:
        """The English text."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (self.template, self.values)


def _remade(template: str, values: dict[str, object]) -> Message:
    return Message(template, **values)


def said(text: str) -> str:
    """A text of the analysis in the language in use; a plain one as the catalogue has it, or as it is."""
    if not isinstance(text, Message):
        return _(text)
    if not text.values:
        return _(text.template)
    values = {
        name: said(value) if isinstance(value, Message) else value for name, value in text.values.items()
    }
    return _(text.template).format(**values)


def _key(context: str | None, message: str) -> str:
    return f"{context}\x04{message}" if context else message


@cache
def _catalogue(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "locale" / language).glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale=language):
                key, text = _first(message.id), _first(message.string)
                if key and text and not message.fuzzy:
                    found[_key(message.context, key)] = text
    return found


def _first(text: str | Sequence[str] | None) -> str:
    """The text, or its first form where it has one for each number."""
    return (text or "") if text is None or isinstance(text, str) else text[0]
