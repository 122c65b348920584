"""``--lang``: what is printed is in the reader's language, and files for machines are not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_team import write_scenario

from csm_sim.cli import main
from csm_sim.language import ENGLISH, current

SHIPPED = Path(__file__).parents[2] / "scenarios"
Call = Callable[..., str]

FILES = {"metrics.csv", "assumptions.csv", "scenario.yaml"}


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in an empty folder that holds the small team's scenario; what it prints."""
    write_scenario(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CSM_SIM_LANG", raising=False)

    def go(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        assert left.value.code == code, printed.err
        assert current() == ENGLISH  # whatever happened
        return printed.out or printed.err

    return go


def run(call: Call, *more: str) -> str:
    return call("run", "small.yaml", "--no-figures", "--replications", "3", "-o", "out", *more)


def test_english_is_the_default(call: Call) -> None:
    assert "Under-staffing" in run(call)


def test_the_option_and_the_variable_say_the_same(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = run(call, "--lang", "ja")
    assert "人員不足" in chosen
    assert "出力先: out/  (" in chosen
    monkeypatch.setenv("CSM_SIM_LANG", "ja")
    assert run(call) == chosen
    assert "Under-staffing" in run(call, "--lang", "en")


def test_an_unknown_language_is_an_error_of_the_caller(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'fr' is not one of" in call("run", "small.yaml", "--lang", "fr", code=2)
    monkeypatch.setenv("CSM_SIM_LANG", "fr")
    assert "'fr' is not one of" in call("run", "small.yaml", code=2)


def test_a_run_that_fails_leaves_the_language_as_it_was(call: Call) -> None:
    assert "small.yml" in call("run", "small.yml", "--lang", "ja", code=2)


def test_files_for_machines_do_not_depend_on_the_language(call: Call, tmp_path: Path) -> None:
    def results() -> dict[str, bytes]:
        return {name: (tmp_path / "out" / name).read_bytes() for name in FILES}

    def printed(*more: str) -> dict[str, Any]:
        found = json.loads(run(call, "--json", *more))
        assert isinstance(found, dict)
        found["manifest"] = {
            key: value for key, value in found["manifest"].items() if key not in ("started", "finished")
        }
        return found

    english, files = printed(), results()
    assert printed("--lang", "ja") == english
    assert results() == files
    assert english["warnings"] == english["manifest"]["warnings"]
    assert all(str(text).isascii() for text in english["warnings"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["one_csm_100_accounts", "niche_vertical", "hiring_freeze", "sales_push", "helpdesk_trace_sample"]
)
def test_shipped_scenarios_are_reported_in_japanese(call: Call, name: str) -> None:
    report = call(
        "run", str(SHIPPED / f"{name}.yaml"), "--lang", "ja", "--no-figures", "--replications", "2", "-o", "o"
    )
    prose = [
        line
        for line in report.splitlines()[2:]
        if re.search(r"(?<![\w.=/{-])(the|of|and|is|are|with|to|not|in|on|by|less|all)(?![\w.=/-])", line)
    ]
    assert not prose, "\n".join(prose)
    assert len(re.findall(r"[ぁ-んァ-ヶ一-龠]", report)) > 800


def test_hire_by_answers_in_japanese(call: Call) -> None:
    question = ("hire-by", "small.yaml", "--role", "csm", "--people", "2", "--by", "2027-07-01")
    assert "To have 2 ramped people of csm" in call(*question)
    answer = call(*question, "--lang", "ja")
    assert "csmの習熟者2人" in answer
    assert not re.search(r"\b(the|of|and|with|are)\b", answer.partition("この結果の前提")[0])
