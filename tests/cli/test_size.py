"""``csm-sim size`` as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from called import Call, Called
from small_team import SCENARIO

from csm_sim.cli import main

TEAM = SCENARIO.replace("csm: {headcount: 1", "csm: {headcount: 1, cost: 9M per year").replace(
    "support: {headcount: 1", "support: {headcount: 1, cost: 6M per year"
)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in an empty folder that holds the small team's scenario, with costs."""
    (tmp_path / "small.yaml").write_text(TEAM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str) -> Called:
        with pytest.raises(SystemExit) as left:
            main(["size", "small.yaml", "--replications", "20", *arguments])
        printed = capsys.readouterr()
        code = left.value.code
        return Called(code if isinstance(code, int) else 0, printed.out, printed.err)

    return go


def aim(targets: str, text: str = TEAM) -> None:
    """Let the scenario have these targets only."""
    head, _, rest = text.partition("targets: ")
    Path("small.yaml").write_text(f"{head}targets: {targets}\n{rest.partition(chr(10))[2]}", encoding="utf-8")


def asked(call: Call, *arguments: str) -> dict[str, Any]:
    """The answer as data."""
    called = call("--json", "--no-figures", *arguments)
    assert called.code == 0, called.err
    found: dict[str, Any] = json.loads(
        called.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON")
    )
    return found


def test_answer_is_the_smallest_team_that_run_finds_enough(call: Call, tmp_path: Path) -> None:
    found = asked(call, "-o", "out")
    assert found["answer"] == {"csm": 1, "support": 1} or found["answer"]["csm"] > 1
    assert found["confirmed"]["missed"] == []
    assert all(found["one_less"][role]["missed"] for role in found["one_less"])
    assert len(found["points"]) <= found["points_allowed"] == 16
    answer = [f"--set=staff.{role}.headcount={number}" for role, number in found["answer"].items()]
    with pytest.raises(SystemExit):
        main(["run", "small.yaml", "--no-figures", "-o", "run", "--replications", "20", *answer])
    metrics = (tmp_path / "run" / "metrics.csv").read_text(encoding="utf-8")
    (row,) = [row for row in csv.DictReader(metrics.splitlines())
              if (row["metric"], row["scope"]) == ("on_time_mean_share", "all")]  # fmt: skip
    assert float(row["mean"]) >= 0.95 - 0.01


def test_prints_the_answer_what_blocks_fewer_cost_and_points(call: Call, tmp_path: Path) -> None:
    called = call("-o", "out", "--when")
    assert called.code == 0
    text = " ".join(called.out.split())
    assert "the cheapest team that meets all targets, with a confidence of 95%." in text
    assert "falls to" in text or "rises to" in text
    assert "Cost: ¥" in text
    assert "points tried of at most 16" in text
    assert "Does the next hire pay for itself?" in text
    assert "2027-04" in text
    assert (tmp_path / "out" / "report.txt").read_text(encoding="utf-8").startswith("Small team\n")
    assert (tmp_path / "out" / "front.png").read_bytes()[:4] == b"\x89PNG"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"sizing.json", "points.csv", "targets.csv", "hires.csv", "months.csv", "manifest.json"} <= names
    assert not any(name.startswith(".new-") for name in names)


def test_interrupted_search_goes_on_and_gives_the_same(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csm_sim.analysis import trials

    whole = asked(call, "-o", "whole")
    real, computed, stop = trials._simulate, [], [31]

    def interrupted(seed: int, unit: Any) -> Any:
        computed.append(unit.number)
        if len(computed) in stop:
            raise KeyboardInterrupt
        return real(seed, unit)

    monkeypatch.setattr(trials, "_simulate", interrupted)
    called = call("--no-figures", "-o", "out", "--jobs", "1")
    assert called.code == 130
    assert "30 futures are kept in out" in called.err
    assert called.out == ""
    assert not (tmp_path / "out" / "manifest.json").exists()

    stop.clear()
    computed.clear()
    again = asked(call, "-o", "out", "--resume")
    assert len(computed) == whole["futures"] - 30
    for document in (whole, again):
        del document["manifest"]
    assert again == whole

    computed.clear()
    asked(call, "-o", "out")
    assert computed == []


def test_number_of_processes_changes_nothing(call: Call) -> None:
    aim("{on_time: 60%}")
    one, two = asked(call, "-o", "one", "--jobs", "1"), asked(call, "-o", "two", "--jobs", "2")
    for document in (one, two):
        del document["manifest"]
    assert one == two


def test_bounds_confidence_and_margin_come_from_options_then_the_file(call: Call) -> None:
    text = TEAM + "sizing: {roles: {csm: {min: 2, max: 5}}, confidence: 80%}\nmoney: {gross_margin: 60%}\n"
    aim("{on_time: 60%}", text)
    found = asked(call, "-o", "file")
    assert [(role["role"], role["min"], role["max"]) for role in found["roles"]] == [("csm", 2, 5)]
    assert (found["confidence"], found["profit"]["margin"]) == (0.8, 0.6)
    found = asked(call, "-o", "options", "--role", "support=1:3", "--confidence", "90%", "--margin", "50%")
    assert [(role["role"], role["min"], role["max"]) for role in found["roles"]] == [("support", 1, 3)]
    assert (found["confidence"], found["profit"]["margin"]) == (0.9, 0.5)


def test_targets_with_a_chance(call: Call) -> None:
    aim("{on_time: {at_least: 90%, chance: 80%}}")
    found = asked(call, "--role", "csm=1:4", "-o", "out")
    (target,) = found["targets"]
    assert (target["level"], target["chance"], target["tolerance"]) == (0.9, 0.8, 0.05)
    (shown,) = found["confirmed"]["targets"]
    assert shown["mean"] >= 0.75
    less = found["one_less"].get("csm")
    assert less is None or less["targets"][0]["mean"] < shown["mean"]


def test_what_cannot_be_met_is_named_with_the_best_partial_answer(call: Call) -> None:
    aim("{on_time: 60%, sla: 99.9%}")
    called = call("--no-figures", "-o", "out", "--role", "csm=1:2", "--role", "support=1:1")
    assert called.code == 0
    text = " ".join(called.out.split())
    assert "No team within the bounds meets all targets (confidence 95%)." in text
    assert "Even with 2 csm and 1 support tickets that meet their targets is" in text
    assert "and is to be at least 99.9%" in text
    assert "the cheapest team that meets the other targets." in text
    assert "support: 1 is the fewest that was allowed." in text


def test_nothing_can_be_met_at_all(call: Call) -> None:
    aim("{on_time: 99.9%}")
    found = asked(call, "--role", "csm=1:1", "--role", "support=1:1", "-o", "out")
    assert found["answer"] == {"csm": 1, "support": 1}
    assert found["targets_left_out"] == ["on_time"]
    assert found["most_people"]["missed"] == ["on_time"]


def test_target_of_cost_is_held_against_the_answer(call: Call) -> None:
    aim("{on_time: 90%, cost: 10M per year}")
    called = call("--no-figures", "-o", "out")
    text = " ".join(called.out.split())
    assert "more than the target of ¥10M; no team meets that target and the others." in text


def test_without_costs_the_fewest_people_are_looked_for(call: Call) -> None:
    aim("{on_time: 60%}", SCENARIO)
    called = call("--no-figures", "-o", "out")
    assert "no role has a cost: the fewest people are looked for" in " ".join(called.out.split())
    assert "Cost:" not in called.out
    assert "pay for itself" not in called.out


def test_limits_of_what_headcount_means_are_told(call: Call) -> None:
    text = TEAM.replace("csm: {headcount: 1", "csm: {headcount: 2") + (
        "people: [{name: 田中, role: csm}, {name: 佐藤, role: csm}]\n"
        "timeline: [{on: 2027-06-01, hire: {role: support, count: 1}}]\n"
    )
    aim("{on_time: 50%}", text)
    found = asked(call, "-o", "out")
    notes = " ".join(found["notes"])
    assert "csm: 2 have names and stay" in notes
    assert "support: the headcount is that of the start; the timeline changes it on 2027-06-01" in notes
    assert found["roles"][0]["min"] == 2


@pytest.mark.parametrize(
    ("arguments", "problem", "fix"),
    [
        (["--role", "cms"], "cms is not a role of the scenario", "write  --role csm  (the roles are csm"),
        (["--role", "csm=4"], "4 does not say the least and the most", "write  --role csm=4:14"),
        (["--role", "csm=9:4"], "at least 9 and at most 4 people contradict", "write the smaller one first"),
        (["--confidence", "40%"], "40% is no confidence", "--confidence 90%"),
        (["--margin", "75"], "75 is not a percentage", "write a percentage"),
        (["--replications", "5"], "5 is too small: the least is 20", "--replications 100"),
        (["--chance", "100%"], "100% is certainty", "--chance 90%"),
        (["--resume", "-o", "none"], "holds no futures of an earlier call", "leave out --resume"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_call_is_said(call: Call, arguments: list[str], problem: str, fix: str) -> None:
    called = call(*arguments)
    assert called.code == 2
    assert problem in called.err
    assert fix in called.err
    assert called.out == ""


def test_scenario_without_targets_is_no_question(call: Call) -> None:
    aim("{cost: 10M per year}")
    called = call("-o", "out")
    assert called.code == 2
    assert "there is no target that people help to meet" in called.err
    assert "--set targets.on_time=95%" in called.err


def test_folders_of_others_are_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine", encoding="utf-8")
    called = call("-o", "out")
    assert called.code == 2
    assert "holds files that no sizing has written" in called.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_code_of_the_scenario_runs_only_when_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def policy(env, org):\n    yield env.timeout(1)\n", encoding="utf-8")
    text = TEAM + "policies: [{module: mine.py, function: policy}]\n"
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    called = call()
    assert called.code == 2
    assert "--allow-code" in called.err
