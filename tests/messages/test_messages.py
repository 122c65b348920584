"""The texts of error messages are read by people: each is kept beside the file that causes it.

After a deliberate change, ``CSM_SIM_REWRITE=1 pytest tests/messages`` writes them anew: read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from csm_sim.errors import ScenarioError
from csm_sim.scenario import load

CASES = Path(__file__).parent / "cases"
SETS = {
    "set": [
        "staff.csm.headcuont=4",
        "run.seed=x",
        "playbooks.check_in.steps[3].effort=1h",
        "staff.csm.headcount.x=1",
        "a..b=1",
        "name",
    ]
}
NOT_CASES = {"good", "circle_b"}
NAMES = [*sorted({path.stem for path in CASES.glob("*.yaml")} - NOT_CASES), "set"]


def message(name: str) -> str:
    """The whole text that a case's author reads."""
    file = "good.yaml" if name == "set" else f"{name}.yaml"
    with pytest.raises(ScenarioError) as caught:
        load(Path(file), SETS.get(name, []))
    return str(caught.value) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_message_is_as_written_down(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    text = message(name)
    expected = CASES / f"{name}.txt"
    if os.environ.get("CSM_SIM_REWRITE"):
        expected.write_text(text, encoding="utf-8", newline="\n")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_says_where_what_and_how_to_mend_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    for problem in _problems(name):
        assert problem.where
        assert problem.problem
        assert problem.fix
        words = f"{problem.problem} {problem.fix}".lower()
        # pydantic's and the YAML parser's own words never reach the author
        for raw in (
            "input should",
            "extra inputs",
            "valid ",
            "pydantic",
            "found character",
            "token",
            "{key}",
            "none is",
        ):
            assert raw not in words
        assert "\n" not in problem.problem + problem.fix


@pytest.mark.parametrize("name", NAMES)
def test_line_holds_what_the_problem_is_about(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last word of the key, or the value quoted in the problem, stands on the line that is named."""
    monkeypatch.chdir(CASES)
    for problem in _problems(name):
        match = re.fullmatch(r"(.+\.yaml):(\d+):(\d+)", problem.where)
        if match is None or not problem.key or "missing" in problem.problem:
            continue
        line = Path(match[1]).read_text(encoding="utf-8").splitlines()[int(match[2]) - 1]
        words = [part for part in re.split(r"[.\[\]\d]+", problem.key) if part]
        value = problem.problem.split(" ")[0]
        assert any(word in line for word in [*words[-2:], value, "- {"]), problem


def _problems(name: str) -> tuple:
    with pytest.raises(ScenarioError) as caught:
        load(Path("good.yaml" if name == "set" else f"{name}.yaml"), SETS.get(name, []))
    return caught.value.problems


def test_the_good_file_is_good() -> None:
    assert load(CASES / "good.yaml").scenario.name == "Good"
