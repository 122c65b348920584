"""Whether every message has a Japanese text, and every Japanese text a message."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

import pytest
from translations import LOCALES, calls, needed, placeholders, translated

from csm_sim.language import ENGLISH, LANGUAGES

SAME = {" pp", "ARR", "GRR", "NRR", "LTV", "SLA", "Erlang"}
"""Words that a Japanese reader knows as they are."""

IN_WORDS = {"month": "month_name"}
"""What a Japanese text says with a number, and English with a word: the code gives both."""


def test_there_is_a_catalogue_for_every_language() -> None:
    assert {path.name for path in LOCALES.iterdir() if path.is_dir()} == {*LANGUAGES} - {ENGLISH}


def test_every_message_has_a_japanese_text() -> None:
    known = {(one.context, one.text) for one in translated() if one.japanese.strip() and not one.fuzzy}
    missing = [one.entry for key, one in needed().items() if key not in known]
    assert not missing, f"{len(missing)} without a Japanese text:\n\n" + "\n".join(missing)


def test_no_japanese_text_is_left_over() -> None:
    left = [f"{one.file}: {one.text}" for one in translated() if (one.context, one.text) not in needed()]
    assert not left, "nothing says these any more:\n" + "\n".join(left)


def test_catalogues_do_not_contradict_each_other() -> None:
    found: dict[tuple[str | None, str], dict[str, str]] = defaultdict(dict)
    for one in translated():
        found[one.context, one.text][one.japanese] = one.file
    twofold = [f"{key}: {texts}" for key, texts in found.items() if len(texts) > 1]
    assert not twofold, "\n".join(twofold)


def test_translations_fill_in_the_same_values() -> None:
    def named(text: str) -> set[str]:
        return {IN_WORDS.get(name, name) for name in placeholders(text)}

    wrong = [
        f"{one.file}: {one.text} -> {one.japanese}"
        for one in translated()
        if "{" in one.text + one.japanese and named(one.text) != named(one.japanese)
    ]
    assert not wrong, "\n".join(wrong)


def test_translations_are_indented_as_the_text_is() -> None:
    def indent(text: str) -> int:
        return len(text) - len(text.lstrip(" "))

    wrong = [
        f"{one.file}: {one.text!r} -> {one.japanese!r}"
        for one in translated()
        if indent(one.text) > 1 and indent(one.text) != indent(one.japanese)
    ]
    assert not wrong, "\n".join(wrong)


def test_sentences_stay_sentences() -> None:
    wrong = [
        f"{one.file}: {one.text} -> {one.japanese}"
        for one in translated()
        if one.text.endswith(".") and not one.japanese.endswith(("。", "）", "."))
    ]
    assert not wrong, "\n".join(wrong)


def test_texts_are_japanese() -> None:
    wrong = [
        f"{one.file}: {one.text} -> {one.japanese}"
        for one in translated()
        if one.japanese.isascii() and _words(one.text) and one.text not in SAME
    ]
    assert not wrong, "\n".join(wrong)


def _words(text: str) -> list[str]:
    return re.findall("[A-Za-z]+", re.sub(r"{\w+}", "", text))


def test_nothing_is_filled_in_before_a_message_is_looked_up() -> None:
    wrong = [
        where
        for where, call in calls()
        if any(isinstance(part, ast.JoinedStr) for part in call.args)
        or (not where.endswith(" _") and not where.endswith("Message") and not _are_literal(call))
    ]
    assert not wrong, "a message must be a plain text, so that it can be found:\n" + "\n".join(wrong)


def _are_literal(call: ast.Call) -> bool:
    texts = call.args[:1] if isinstance(call.func, ast.Name) and call.func.id == "N_" else call.args[:2]
    return all(isinstance(text, ast.Constant) and isinstance(text.value, str) for text in texts)


@pytest.mark.parametrize("text", ["Targets", "{share} busy", "  new"])
def test_what_readers_see_is_among_the_messages(text: str) -> None:
    """The collection itself must not run dry."""
    assert (None, text) in needed()
