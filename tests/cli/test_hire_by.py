"""``csm-sim hire-by`` as a user calls it."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from called import Call
from rich.cells import cell_len

from csm_sim.report import hiring

COMMAND = "hire-by"
SCENARIO = """\
name: 顧客成功 team
start: 2027-04-01
horizon: 24 months
segments:
  smb: {touch: low, accounts: 30, arr: 1M, owner: csm}
staff:
  csm:
    headcount: 8
    ramp: [40%, 70%, 90%]
    time_to_hire: {mean: 10 weeks, cv: 0.5}
    attrition: 15% per year
  support: {headcount: 2, serves: smb}
playbooks:
  check: {for: smb, every: month, steps: [{do: call, effort: 1h}]}
"""
WANTED = ("--role", "csm", "--people", "12", "--by", "2027-12-01")


def test_the_answer_comes_first(call: Call) -> None:
    called = call(*WANTED)
    assert (called.code, called.err) == (0, "")
    title, _, first, *_ = called.out.splitlines()
    assert title == "顧客成功 team"
    assert first.startswith("To have 12 ramped people of csm on 2027-12-01 with a chance of 90%, open 6")
    text = " ".join(called.out.split())
    assert "open 6 requisitions by 2027-04-" in text
    assert "Opened on that day, there are fewer than 12 with a chance of 9." in text
    assert "With the same chance, 7 requisitions may open until 2027-05-" in text
    assert "Without further requisitions (8 people at the start) 7.5 are ramped on average" in text
    assert "attrition, without burnout: 15% per year (given, team.yaml:11)" in text
    assert "notice: 30d (assumed)" in text
    assert "that is assumed. Nothing is simulated." in text
    for chance in ("50%", "80%", "90%", "95%"):
        assert f"\n  {chance} " in called.out


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_nothing_is_wider_than_the_terminal(
    call: Call, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = call(*WANTED, "--chance", "82.5%").out.splitlines()
    assert max(cell_len(line) for line in lines) <= int(columns)
    assert any(line.startswith("  82.5%") for line in lines)
    assert "…" not in "".join(lines)


def test_time_that_is_up_is_said(call: Call) -> None:
    soon = call("--role", "csm", "--people", "12", "--by", "2027-08-20")
    text = " ".join(soon.out.split())
    assert soon.code == 0
    assert "There is no time left to have 12 ramped people of csm on 2027-08-20" in text
    assert "Even opened on 2027-04-01 the chance is " in text
    assert "with 5 requisitions, and " in text
    assert "no time left" in text.partition("How many")[2]
    at_once = call("--role", "csm", "--people", "12", "--by", "2027-05-01")
    assert "no requisition helps: the chance stays at 0%." in " ".join(at_once.out.split())


def test_enough_people_are_said_to_be_enough(call: Call) -> None:
    text = " ".join(call("--role", "csm", "--people", "1", "--by", "2027-05-01").out.split())
    assert (
        "To have 1 ramped person of csm on 2027-05-01 with a chance of 90%, no requisition is needed" in text
    )
    assert "none needed" in text


def test_a_crowd_hired_against_bad_luck_is_pointed_out(call: Call) -> None:
    faster = ("--set", "staff.csm.ramp=[40%, 70%]")
    text = " ".join(call("--role", "csm", "--people", "12", "--by", "2027-08-01", *faster).out.split())
    assert "! 14 requisitions for 5 people missing make up for too little time" in text


def test_missing_and_fixed_times_to_hire_are_pointed_out(call: Call) -> None:
    fixed = call(*WANTED, "--set", "staff.csm.time_to_hire=10 weeks").out
    assert "every search takes exactly 10 weeks" in " ".join(fixed.split())
    none = call("--role", "support", "--people", "3", "--by", "2027-05-01").out
    assert "! the file says no time_to_hire" in none
    assert "time to hire: none: people join on the day (assumed, not in the file)" in " ".join(none.split())


def test_as_data(call: Call) -> None:
    called = call(*WANTED, "--json")
    found = json.loads(called.out)
    assert (found["role"], found["people"], found["by"], found["chance"]) == ("csm", 12, "2027-12-01", 0.9)
    assert found["name"] == "顧客成功 team"
    assert [answer["chance"] for answer in found["answers"]] == [0.5, 0.8, 0.9, 0.95]
    asked = found["answers"][2]
    assert asked["requisitions"] == 6
    assert asked["open_by"].startswith("2027-04-")
    assert 0 < asked["one_short"] < asked["late"] <= 0.1
    assert {one["standing"] for one in found["basis"]} == {"given", "assumed"}
    late = json.loads(call("--role", "csm", "--people", "12", "--by", "2027-05-01", "--json").out)
    assert late["answers"][0] == {"chance": 0.5, "requisitions": None, "open_by": None}


def test_changes_on_the_command_line_count(call: Call) -> None:
    more = json.loads(call(*WANTED, "--json", "--set", "staff.csm.headcount=10").out)
    assert more["answers"][2]["requisitions"] == 4
    assert more["headcount"] == 10


def test_a_figure_is_drawn(call: Call, tmp_path: Path) -> None:
    before = call(*WANTED)
    for name in ("when.png", "when.svg", "again.PNG"):
        called = call(*WANTED, "--figure", name)
        assert (called.code, called.out) == (0, before.out)
    assert (tmp_path / "when.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "when.png").read_bytes() == (tmp_path / "again.PNG").read_bytes()
    assert ElementTree.parse(tmp_path / "when.svg").getroot().tag.endswith("svg")
    for people, by in (("12", "2027-05-01"), ("2", "2027-05-01")):
        assert call("--role", "csm", "--people", people, "--by", by, "--figure", "when.png").code == 0


@pytest.mark.parametrize(
    ("wrong", "problem", "fix"),
    [
        (
            ("--role", "cms"),
            "--role cms\n  problem   cms is not a role of the scenario",
            "write  --role csm ",
        ),
        (("--people", "0"), "--people 0\n  problem   0 is too small: the least is 1", "--people 12"),
        (("--people", "many"), "many is not a whole number", "--people 12"),
        (("--people", "2.5"), "2.5 is not a whole number", "--people 2"),
        (("--by", "2027-03-31"), "2027-03-31 is outside the horizon", "a day from 2027-04-01 to 2029-03-31"),
        (("--by", "2029-04-01"), "2029-04-01 is outside the horizon", "a day from 2027-04-01 to 2029-03-31"),
        (("--by", "soon"), "soon is not a date", "--by 2029-03-31"),
        (("--by", "1/2/2028"), "1/2/2028 may be day-month or month-day", "write year-month-day"),
        (("--chance", "0%"), "0% is outside the range", "--chance 90%"),
        (("--chance", "100%"), "100% is certainty", "write less than 100%"),
        (("--chance", "1.2"), "1.2 has no unit", "--chance 1.2%"),
        (("--chance", "120%"), "120% is outside the range", "--chance 90%"),
        (("--chance", "90"), "90 is not a percentage", "--chance 90%"),
        (("--figure", "when.pdf"), "a figure is a .png or a .svg", "write  --figure when.png"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_refused(call: Call, wrong: tuple[str, ...], problem: str, fix: str) -> None:
    called = call(*WANTED, *wrong)
    assert (called.code, called.out) == (2, "")
    assert problem in called.err
    assert fix in called.err.partition("\n  fix       ")[2]
    assert called.err.count("problem   ") == 1
    assert "Traceback" not in called.err


def test_everything_wrong_is_said_at_once(call: Call) -> None:
    called = call("--people", "0", "--by", "x", "--chance", "0%", "--figure", "a.gif")
    assert called.code == 2
    assert called.err.count("problem   ") == 5
    assert "the scenario has several roles" in called.err
    assert call("--people", "3").code == 2


def test_a_share_may_be_a_decimal_fraction(call: Call) -> None:
    assert call(*WANTED, "--chance", "0.9").out == call(*WANTED).out


def test_the_only_role_need_not_be_named(call: Call, tmp_path: Path) -> None:
    text = SCENARIO.replace("  support: {headcount: 2, serves: smb}\n", "")
    (tmp_path / "team.yaml").write_text(text, encoding="utf-8")
    assert call("--people", "12", "--by", "2027-12-01").code == 0


def test_what_cannot_be_read_or_written_is_an_error_of_the_call(call: Call, tmp_path: Path) -> None:
    called = call(*WANTED, "--figure", "no/such/folder/when.png")
    assert called.code == 2
    assert "cannot be written" in called.err
    assert call(*WANTED, "--set", "staff.csm.headcount=x").code == 2
    (tmp_path / "team.yaml").unlink()
    assert call(*WANTED).code == 2


def test_chances_are_written_as_the_examples_say() -> None:
    result = doctest.testmod(hiring)
    assert (result.attempted, result.failed) == (1, 0)


def test_it_is_quick_and_compiles_nothing(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(SCENARIO, encoding="utf-8")
    code = (
        "import sys; from csm_sim.cli import main\n"
        f"try: main(['hire-by', 'team.yaml', *{WANTED!r}])\n"
        "except SystemExit: pass\n"
        "heavy = ('numba', 'pandas', 'pyarrow', 'matplotlib', 'simpy', 'joblib', 'holidays')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    before = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("[]")
    assert time.perf_counter() - before < 4  # 0.8 s on an idle machine
