"""``csm-sim value`` as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from called import Call
from rich.cells import cell_len

COMMAND = "value"
SCENARIO = """\
name: 顧客成功 team
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 30, arr: 3M, term: 3 months, owner: csm, new: {per_month: 2},
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 2, cost: 9M per year, shrinkage: 30%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 6h, due: 5d, drop_after: 5d}]}
  onboarding:
    for: key
    on: new_account
    first_value_after: train
    steps: [{do: train, effort: 2h, due: 20d}]
  thanks: {for: key, after: call, steps: [{do: note, effort: 15min, due: 10d}]}
  admin: {per: person, role: csm, every: week, steps: [{do: report, effort: 5h, due: 4d}]}
health: {silence: {after: 30d, to: 20, half_life: 30d}}
run: {seed: 3}
"""
NO_CHURN = ("--set", "segments.key.churn=null")
FEW = ("--replications", "10", "--jobs", "1")


def test_the_answer_comes_first(call: Call) -> None:
    called = call(*FEW)
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "顧客成功 team"
    assert lines[1] == "value of work over 12 months, seed 3, n = 10 simulated futures each"
    assert lines[3].startswith("Cut first: admin")
    text = " ".join(called.out.split())
    assert "Never cut: " in text
    assert "playbook protects ARR per cost if never late so" in text
    assert "what it takes hours cost on time late missed overdue" in text
    assert "4 playbooks are compared" in text and "(Bonferroni)" in text
    assert "first value never comes to new accounts without what brings it: onboarding" in text
    assert "call takes along what comes after it: thanks" in text
    assert "admin: people's own work, which reaches no customer" in text
    assert "health.silence is not set" not in text
    assert "in order of ARR by cost" in text


def test_silence_that_is_not_set_is_warned_of(call: Call) -> None:
    text = " ".join(call("--replications", "2", "--set", "health.silence=null").out.split())
    assert (
        "! health.silence is not set: an account that nobody touches keeps its engagement, so removing a"
        " touch costs little" in text
    )
    assert "2 replications are few" in text


def test_a_short_horizon_is_warned_of(call: Call) -> None:
    text = " ".join(call("--replications", "2", "--set", "horizon=6 months").out.split())
    assert "the horizon is 6 months: contracts that renew later have not been at stake" in text


def test_without_a_cost_hours_decide(call: Call) -> None:
    text = " ".join(call(*FEW, "--set", "staff.csm.cost=null").out.split())
    assert "playbook protects an hour if never late so" in text
    assert "in order of ARR by the hour" in text
    assert "what it takes hours on time late missed overdue" in text


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
    assert (found["name"], found["n"], found["seed"], found["compared"]) == ("顧客成功 team", 10, 3, 4)
    assert found["ranked_by"] == "arr_per_cost" and found["silence_is_set"]
    assert [one["rank"] for one in found["playbooks"]] == [1, 2, 3, 4]
    for one in found["playbooks"]:
        protected, cost, hours = one["arr_protected"]["mean"], one["cost"]["mean"], one["hours"]["mean"]
        assert one["arr_protected_per_cost"]["mean"] == pytest.approx(protected / cost)
        assert one["arr_protected_per_hour"]["mean"] == pytest.approx(protected / hours)
        assert one["arr_protected_less_cost"]["mean"] == pytest.approx(protected - cost)
        for key in ("arr_protected", "arr_added_if_never_late"):
            part = one[key]
            assert part["resolved"] == (part["low"] > 0 or part["high"] < 0)
            assert part["resolved"] or not part["resolved_together"]
    admin = next(one for one in found["playbooks"] if one["playbook"] == "admin")
    assert (admin["per"], admin["roles"], admin["verdict"]) == ("person", ["csm"], "cut first")
    assert admin["arr_added_if_never_late"] == {
        "unit": "JPY", "mean": 0, "low": 0, "high": 0, "resolved": False, "resolved_together": False,
    }  # fmt: skip


def test_only_those_named_are_compared(call: Call) -> None:
    few = ("--replications", "2", "--jobs", "1")
    found = json.loads(call(*few, "--json", "--playbook", "admin", "--playbook", "call").out)
    assert {one["playbook"] for one in found["playbooks"]} == {"admin", "call"}
    assert (
        "2 more playbooks were not looked at" in call(*few, "--playbook", "admin", "--playbook", "call").out
    )


def test_the_table_and_the_figure_are_written(call: Call, tmp_path: Path) -> None:
    before = call(*FEW)
    called = call(*FEW, "-o", "worth")
    assert (called.code, called.err, called.out) == (0, "", before.out)
    folder = tmp_path / "worth"
    assert sorted(path.name for path in folder.iterdir()) == ["value.csv", "value.png", "value.svg"]
    with (folder / "value.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = json.loads(call(*FEW, "--json").out)
    assert [row["playbook"] for row in rows] == [one["playbook"] for one in found["playbooks"]]
    for row, one in zip(rows, found["playbooks"], strict=True):
        assert row["verdict"] == one["verdict"]
        assert float(row["arr_protected_low"]) == one["arr_protected"]["low"]
        assert float(row["missed"]) == one["tasks"]["missed"]["mean"]
    assert (folder / "value.png").read_bytes()[:4] == b"\x89PNG"
    assert ElementTree.parse(folder / "value.svg").getroot().tag.endswith("svg")


def test_one_replication_has_no_interval(call: Call) -> None:
    called = call("--replications", "1", "--jobs", "1", "-o", "out")
    assert called.code == 0
    assert "one replication has no confidence interval" in called.out
    assert "not resolved" in called.out and "±?" in called.out


def test_without_effects_nothing_is_protected(call: Call) -> None:
    found = json.loads(call("--replications", "3", "--json", "--set", "health.effects=off").out)
    assert all(one["arr_protected"]["mean"] == 0 for one in found["playbooks"])
    assert all(one["verdict"] == "cut first" for one in found["playbooks"])


@pytest.mark.parametrize(
    ("wrong", "problem", "fix"),
    [
        (("--replications", "0"), "0 is too small: the least is 1", "--replications 20"),
        (("--replications", "x"), "x is not a whole number", "--replications 20"),
        (
            ("--playbook", "cal"),
            "there is no playbook of this name",
            "write  --playbook call  (there are call,",
        ),
        (("-o", "team.yaml"), "team.yaml cannot be used as a folder", "name another folder with -o DIR"),
        (NO_CHURN, "no ARR can be lost", "churn: {green: 3%, yellow: 10%, red: 35%}"),
        (("--set", "playbooks=null"), "there is no planned work to value", "playbooks: {call: {"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_refused(call: Call, wrong: tuple[str, ...], problem: str, fix: str) -> None:
    called = call(*wrong)
    assert (called.code, called.out) == (2, "")
    assert problem in called.err
    assert fix in called.err.partition("\n  fix       ")[2]
    assert called.err.count("problem   ") == 1
    assert "Traceback" not in called.err


def test_everything_wrong_is_said_at_once(call: Call) -> None:
    called = call("--replications", "x", "--playbook", "a", "--playbook", "b")
    assert called.code == 2
    assert called.err.count("problem   ") == 3


def test_code_of_the_scenario_is_not_run_unless_allowed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def policy(env, org):\n    yield env.timeout(1)\n", encoding="utf-8")
    text = SCENARIO + "policies: [{module: mine.py, function: policy}]\n"
    (tmp_path / "team.yaml").write_text(text, encoding="utf-8")
    refused = call("--replications", "1", "--playbook", "call")
    assert refused.code == 2
    assert "--allow-code" in refused.err
    assert call("--replications", "1", "--playbook", "call", "--allow-code").code == 0


def test_an_interruption_is_clean(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.analysis import value

    real, done = value.measure, []

    def interrupted(*arguments: Any) -> Any:
        done.append(arguments[-1])
        if len(done) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(value, "measure", interrupted)
    called = call(*FEW, "-o", "out/deep")
    assert (called.code, called.out) == (130, "")
    assert called.err.strip() == "interrupted"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_one_or_two_jobs_give_the_same_bytes(call: Call) -> None:
    one = call("--replications", "4", "--jobs", "1", "--json", "--playbook", "call")
    two = call("--replications", "4", "--jobs", "2", "--json", "--playbook", "call")
    assert one == two
