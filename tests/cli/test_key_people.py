"""``csm-sim key-people`` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from called import Call
from rich.cells import cell_len

COMMAND = "key-people"
SCENARIO = """\
name: 顧客成功 team
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 30, arr: 3M, term: 6 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 2, shrinkage: 30%, handover: {cover_after: 6 weeks}}
  support: {headcount: 2, serves: [key], shrinkage: 30%}
people:
  - {name: 田中, role: csm, skills: [sso]}
  - {name: Bo, role: csm, start: 2027-09-01}
  - {name: Cy, role: support, until: 2027-04-30}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 5h, due: 5d, drop_after: 5d}]}
  setup: {for: key, every: quarter, steps: [{do: sso, effort: 2h, skill: sso}]}
tickets:
  rate: 1 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 4h}}
run: {seed: 3}
"""
FEW = ("--replications", "12", "--jobs", "1")


def test_the_answer_comes_first(call: Call) -> None:
    called = call(*FEW)
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "顧客成功 team"
    assert lines[1] == "away for 4 weeks from 2027-05-03, seed 3, n = 12 simulated futures each"
    assert lines[3].startswith("The absence of ")
    text = " ".join(called.out.split())
    assert "costs most: ARR of ¥" in text and "is expected to be lost." in text
    assert "away h a week late tickets ARR" in text
    for name in ("田中", "csm 2", "skill sso"):
        assert f"\n{name} " in called.out
    assert "support" not in called.out  # has no book and no name
    assert "nobody takes over the accounts meanwhile" in text
    assert "3 absences are compared" in text and "(Bonferroni)" in text
    assert "skill sso: everybody who has it is away (田中)" in text
    assert "not resolved, the interval contains 0" in text


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_nothing_is_wider_than_the_terminal(
    call: Call, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = call(*FEW).out.splitlines()
    assert max(cell_len(line) for line in lines) <= int(columns)
    assert "…" not in "".join(lines)


def test_as_data(call: Call) -> None:
    found = json.loads(
        call(*FEW, "--json").out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON")
    )
    assert (found["name"], found["first_day"], found["weeks"], found["n"]) == (
        "顧客成功 team", "2027-05-03", 4, 12,
    )  # fmt: skip
    assert found["compared"] == len(found["absences"]) == 3
    assert found["bonferroni_times_as_wide"] > 1
    at_risk = [one["arr_lost"]["mean"] for one in found["absences"]]
    assert at_risk == sorted(at_risk, reverse=True)
    for one in found["absences"]:
        for key in ("late_or_missed_tasks", "tickets_out_of_target", "arr_lost", "accounts_lost"):
            part = one[key]
            assert part["low"] <= part["mean"] <= part["high"]
            assert part["resolved"] == (part["low"] > 0 or part["high"] < 0)
        assert one["accounts_covered_by"] == "nobody"
        assert one["share_of_futures_still_there"] == 1
        assert one["work_hours_a_week"]["unit"] == "hours"
    tanaka = next(one for one in found["absences"] if one["name"] == "田中")
    assert (tanaka["kind"], tanaka["roles"], tanaka["book_accounts"]["mean"]) == ("person", ["csm"], 15)


def test_only_those_named_are_compared(call: Call) -> None:
    def names(*arguments: str) -> list[str]:
        return sorted(one["name"] for one in json.loads(call(*FEW, "--json", *arguments).out)["absences"])

    assert names("--who", "csm 2") == ["csm 2"]
    assert names("--who", "support 2", "--who", "csm 2", "--who", "csm 2") == ["csm 2", "support 2"]
    assert names("--skills") == ["sso"]
    assert names("--who", "csm 2", "--skills") == ["csm 2", "sso"]
    assert names("--who", "Bo", "--on", "2027-10-04") == ["Bo"]
    assert "Cy" in names("--on", "2027-04-05")
    assert "Cy" not in names()


def test_a_long_absence_is_covered_by_colleagues(call: Call) -> None:
    text = " ".join(call(*FEW, "--weeks", "6", "--who", "csm 2").out.split())
    assert "colleagues take over the accounts meanwhile" in text
    both = " ".join(call(*FEW, "--weeks", "6", "--who", "csm 2", "--who", "support 2").out.split())
    assert "covered: colleagues" in both and "pool: no accounts of their own" in both


def test_what_was_changed_and_the_seed_count(call: Call) -> None:
    base = call(*FEW, "--json").out
    assert call(*FEW, "--json").out == base
    assert call(*FEW, "--json", "--seed", "4").out != base
    more = json.loads(call(*FEW, "--json", "--set", "staff.csm.headcount=3").out)
    assert more["compared"] == 4


def test_too_little_is_warned_of(call: Call) -> None:
    one = call("--replications", "1", "--who", "csm 2")
    assert "one replication has no confidence interval" in one.out
    assert "±?" in one.out
    few = " ".join(call("--replications", "3", "--who", "csm 2", "--on", "2028-01-10").out.split())
    assert "3 replications are few" in few
    assert "1.8 months after the absence: what is lost at later renewals is not in it" in few
    late = " ".join(call("--replications", "3", "--who", "csm 2", "--on", "2028-03-20").out.split())
    assert "the horizon ends before the absence does" in late


def test_without_churn_late_work_decides(call: Call) -> None:
    no_churn = ("--set", "segments.key.churn=null")
    lines = call(*FEW, *no_churn).out.split("Notes")[0].splitlines()
    assert "planned tasks late or missed." in " ".join(lines)
    assert ["away", "h", "a", "week", "late", "tickets"] in [line.split() for line in lines]


def test_a_figure_is_drawn(call: Call, tmp_path: Path) -> None:
    before = call(*FEW)
    for name in ("people.png", "people.svg", "again.PNG"):
        called = call(*FEW, "--figure", name)
        assert (called.code, called.err, called.out) == (0, "", before.out)
    assert (tmp_path / "people.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "people.png").read_bytes() == (tmp_path / "again.PNG").read_bytes()
    assert ElementTree.parse(tmp_path / "people.svg").getroot().tag.endswith("svg")
    assert call(*FEW, "--figure", "bare.png", "--set", "segments.key.churn=null").code == 0
    assert call(*FEW, "--figure", "no/such/folder.png").code == 2


@pytest.mark.parametrize(
    ("wrong", "problem", "fix"),
    [
        (
            ("--who", "田"),
            "--who 田\n  problem   nobody of this name is in the scenario",
            "write  --who 田中 ",
        ),
        (("--who", "csm 9"), "nobody of this name is in the scenario", "write  --who 'csm 2' "),
        (("--who", "Bo"), "Bo starts on 2027-09-01", "write another  --on DATE"),
        (("--who", "Cy"), "Cy has left by 2027-05-03", "write another  --on DATE"),
        (("--weeks", "0"), "--weeks 0\n  problem   0 is too small: the least is 1", "--weeks 4"),
        (("--weeks", "-1"), "-1 is too small", "--weeks 4"),
        (("--weeks", "a few"), "a few is not a whole number", "--weeks 4"),
        (("--replications", "0"), "0 is too small: the least is 1", "--replications 50"),
        (("--on", "2027-03-31"), "2027-03-31 is outside the horizon", "a day from 2027-04-01 to 2028-03-31"),
        (("--on", "2028-04-01"), "2028-04-01 is outside the horizon", "a day from 2027-04-01 to 2028-03-31"),
        (("--on", "soon"), "soon is not a date", "--on 2027-05-03"),
        (("--figure", "people.pdf"), "a figure is a .png or a .svg", "write  --figure people.png"),
        (
            ("--set", "horizon=1 month"),
            "the horizon ends on 2027-04-30, before the usual day (2027-05-03)",
            "write  --on DATE  with a day from 2027-04-01 to 2027-04-30",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_refused(call: Call, wrong: tuple[str, ...], problem: str, fix: str) -> None:
    extra = ("--set", "people=null", "--set", "playbooks.setup=null") if "horizon=1 month" in wrong else ()
    called = call(*wrong, *extra)
    assert (called.code, called.out) == (2, "")
    assert problem in called.err
    assert fix in called.err.partition("\n  fix       ")[2]
    assert called.err.count("problem   ") == 1
    assert "Traceback" not in called.err


def test_everything_wrong_is_said_at_once(call: Call) -> None:
    called = call("--weeks", "0", "--on", "x", "--who", "nobody", "--replications", "x", "--figure", "a.gif")
    assert called.code == 2
    assert called.err.count("problem   ") == 5


def test_nothing_to_compare_is_an_error_of_the_call(call: Call) -> None:
    called = call("--skills", "--set", "playbooks.setup=null")
    assert called.code == 2
    assert "no skill is held by 1 to 3 people on that day" in called.err
    assert "leave out --skills" in called.err


def test_code_of_the_scenario_is_not_run_unless_allowed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def policy(env, org):\n    yield env.timeout(1)\n", encoding="utf-8")
    text = SCENARIO + "policies: [{module: mine.py, function: policy}]\n"
    (tmp_path / "team.yaml").write_text(text, encoding="utf-8")
    refused = call(*FEW, "--who", "csm 2")
    assert refused.code == 2
    assert "--allow-code" in refused.err
    assert call(*FEW, "--who", "csm 2", "--allow-code").code == 0


def test_an_interruption_is_clean(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.analysis import key_people

    real, done = key_people.measure, []

    def interrupted(*arguments: Any) -> Any:
        done.append(arguments[-1])
        if len(done) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(key_people, "measure", interrupted)
    called = call(*FEW)
    assert (called.code, called.out) == (130, "")
    assert called.err.strip() == "interrupted"


@pytest.mark.slow
def test_one_or_two_jobs_give_the_same_bytes(call: Call) -> None:
    one = call("--replications", "6", "--jobs", "1", "--json")
    two = call("--replications", "6", "--jobs", "2", "--json")
    assert one == two
