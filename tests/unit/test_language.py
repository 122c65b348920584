"""Messages in the reader's language."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable

import pytest

from csm_sim.language import ENGLISH, Message, _, current, ngettext, pgettext, said, using


def test_english_is_as_written() -> None:
    assert current() == ENGLISH
    assert _("all") == "all"
    assert said(Message("{n} days", n=3)) == "3 days"
    assert ngettext("there is {n}", "there are {n}", 1) == "there is {n}"
    assert ngettext("there is {n}", "there are {n}", 2) == "there are {n}"


def test_japanese_comes_from_the_catalogues_and_ends_with_the_block() -> None:
    with using("ja"):
        assert _("all") == "全体"
        assert _("") == ""
        assert _("no message of ours") == "no message of ours"
        assert {ngettext("there is {n}", "there are {n}", n) for n in (1, 2)} == {"現在の人員は{n}人です"}
        with using(ENGLISH):
            assert _("all") == "all"
        assert _("all") == "全体"
    assert _("all") == "all"


def test_a_block_that_fails_leaves_the_language_as_it_was() -> None:
    with pytest.raises(ValueError, match="stop"), using("ja"):
        raise ValueError("stop")
    assert current() == ENGLISH


def test_a_language_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError, match="fr"), using("fr"):
        pass


def test_one_english_word_may_mean_several_things() -> None:
    with using("ja"):
        assert pgettext("target", "missed") == "未達"
        assert _("missed") == "未実施"
    assert pgettext("target", "missed") == "missed"


def test_a_message_is_its_english_text() -> None:
    message = Message("{n} replications are few: intervals of less than 10 are not to be relied on", n=3)
    assert message == "3 replications are few: intervals of less than 10 are not to be relied on"
    assert json.dumps([message]) == json.dumps([str(message)])
    with using("ja"):
        assert said(message) == "試行数が3回と少なすぎます。10回未満の信頼区間は当てになりません"
        assert said("all") == "全体"


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_message_survives_being_copied(twin: Callable[[Message], Message]) -> None:
    message = Message("{n} days", n=3)
    again = twin(message)
    assert again == message
    with using("ja"):
        assert said(again) == "3日"


def test_messages_are_filled_into_messages_and_names_of_users_are_left_alone() -> None:
    inner = Message("people resign")
    message = Message("{first}; {second}", first=inner, second="all")
    assert message == "people resign; all"
    with using("ja"):
        assert said(message) == "退職者が出る／all"


def test_braces_in_a_name_are_no_place_to_fill_in() -> None:
    message = Message("as in {file}", file="{n}.csv")
    assert message == "as in {n}.csv"
    with using("ja"):
        assert said(message) == "{n}.csvのとおり"
    assert Message("100 {n}") == "100 {n}"
