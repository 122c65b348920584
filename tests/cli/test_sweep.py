"""``csm-sim sweep`` as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from called import Call
from rich.cells import cell_len

from csm_sim.analysis.trials import Trials

COMMAND = "sweep"
SCENARIO = """\
name: 顧客成功 team
start: 2027-04-01
horizon: 4 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 30, arr: 3M, term: 6 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 1, shrinkage: 30%, cost: 9M per year}
  support: {headcount: 2, serves: [key], shrinkage: 30%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 5h, due: 5d, drop_after: 5d}]}
tickets:
  rate: 1 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 4h}}
targets: {on_time: 90%}
run: {seed: 3}
"""
FEW = ("--replications", "10", "--jobs", "1")
PEOPLE = ("--vary", "staff.csm.headcount=1:3")
ACCOUNTS = ("--vary", "segments.key.accounts=24,30,36")


def as_data(text: str) -> Any:
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def rows_of(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_answer_comes_first(call: Call) -> None:
    called = call(*FEW, *PEOPLE)
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[:3] == [
        "顧客成功 team",
        "4 months, seed 3, n = 10 simulated futures at each point",
        "staff.csm.headcount = 1, 2, 3",
    ]
    assert lines[4] == "All targets are met at 2 of 3 points: headcount 2; headcount 3."
    text = " ".join(called.out.split())
    assert "headcount on time SLA busy P90 needed" in text
    assert "\n1 (base) " in called.out and "\n3 " in called.out
    assert "Differences to the file itself, on the same futures" in text
    assert " pp ±" in text
    assert "2 points are compared with the base" in text and "(Bonferroni" in text
    assert "Results:" not in text


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_nothing_is_wider_than_the_terminal(
    call: Call, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = call(*FEW, *PEOPLE, *ACCOUNTS).out.splitlines()
    assert max(cell_len(line) for line in lines) <= int(columns)
    assert "…" not in "".join(lines)


def test_as_data(call: Call) -> None:
    found = as_data(call(*FEW, *PEOPLE, "--json").out)
    assert (found["name"], found["seed"], found["n"], found["compared"]) == ("顧客成功 team", 3, 10, 2)
    assert found["varied"] == {"staff.csm.headcount": ["1", "2", "3"]}
    assert [point["values"]["staff.csm.headcount"] for point in found["points"]] == ["1", "2", "3"]
    assert [point["is_base"] for point in found["points"]] == [True, False, False]
    assert found["points"][2]["targets"] == {"on_time": "met"}
    for point in found["points"]:
        for one in point["figures"].values():
            assert one["low"] <= one["mean"] <= one["high"] and one["n"] == 10
            apart = one["difference"]
            assert apart["low"] <= apart["mean"] <= apart["high"]
            assert apart["resolved"] or not apart["resolved_together"]


def test_another_base(call: Call) -> None:
    called = call(*FEW, *PEOPLE, "--base", "staff.csm.headcount=4")
    assert "Differences to staff.csm.headcount=4, on the same futures" in called.out
    first = [line for line in called.out.splitlines() if line.startswith("(base)")]
    assert first  # it is no point of the grid, and stands above it
    found = as_data(call(*FEW, *PEOPLE, "--base", "staff.csm.headcount=4", "--json").out)
    assert found["base"]["settings"] == ["staff.csm.headcount=4"]
    assert found["compared"] == 3


def test_settings_hold_at_all_points(call: Call) -> None:
    found = as_data(call(*FEW, *PEOPLE, "--set", "staff.csm.cost=18M per year", "--json").out)
    usual = as_data(call(*FEW, *PEOPLE, "--json").out)
    for mine, other in zip(found["points"], usual["points"], strict=True):
        payroll = mine["figures"]["payroll"]["mean"], other["figures"]["payroll"]["mean"]
        assert payroll[0] == pytest.approx(2 * payroll[1])


def test_any_metric(call: Call) -> None:
    called = call(
        *FEW, *PEOPLE, "--metric", "utilisation_mean_share:role=csm", "--metric", "missed_sum_tasks"
    )
    text = " ".join(called.out.split())
    assert "utilisation_mean_share role=csm" in text and "missed_sum_tasks" in text
    assert "ARR lost" not in text


def test_long_values_have_numbers(call: Call) -> None:
    hire = "[{on: 2027-05-03, hire: {role: csm, count: 1}}]"
    called = call(*FEW, "--vary", f"timeline=[],{hire}", "-o", "out")
    lines = called.out.splitlines()
    assert lines[2:5] == ["timeline =", "  #1 []", f"  #2 {hire}"]
    assert any(line.startswith("#1 (base) ") for line in lines)
    assert {row["timeline"] for row in rows_of("out/sweep.csv")} == {"", "[]", hire}


def test_a_horizon_that_is_varied(call: Call) -> None:
    called = call(*FEW, "--vary", "horizon=3 months:4 months")
    assert called.code == 0
    assert called.out.splitlines()[1] == "seed 3, n = 10 simulated futures at each point"


def test_one_future_has_no_interval(call: Call) -> None:
    called = call("--replications", "1", "--jobs", "1", *PEOPLE)
    assert called.code == 0
    assert "one replication has no confidence interval" in " ".join(called.out.split())
    assert as_data(call("--replications", "1", "--jobs", "1", *PEOPLE, "--json").out)["n"] == 1


def test_a_folder_with_everything(call: Call) -> None:
    called = call(*FEW, *PEOPLE, "-o", "out")
    assert called.code == 0
    assert called.out.splitlines()[-1] == (
        "Results: out/  (report.html, sweep.csv, metrics.csv, sweep.png, sweep.svg, sweep.json)"
    )
    names = sorted(path.name for path in Path("out").iterdir())
    assert names == [
        "metrics.csv", "replications", "report.html", "sweep.csv", "sweep.json", "sweep.png", "sweep.svg",
        "what_if.json",
    ]  # fmt: skip
    shown, everything = rows_of("out/sweep.csv"), rows_of("out/metrics.csv")
    assert {row["staff.csm.headcount"] for row in shown} == {"", "1", "2", "3"}
    assert [row["is_base"] for row in shown if row["metric"] == "on_time"] == ["1", "1", "0", "0"]
    on_time = [row for row in everything if row["metric"] == "on_time_mean_share" and row["scope"] == "all"]
    assert [row["point"] for row in on_time] == ["0", "1", "2", "3"]
    assert [row["mean"] for row in on_time] == [row["mean"] for row in shown if row["metric"] == "on_time"]
    assert as_data(Path("out/sweep.json").read_text(encoding="utf-8"))["compared"] == 2
    assert Path("out/sweep.png").read_bytes().startswith(b"\x89PNG")
    words = " ".join(ElementTree.parse("out/sweep.svg").getroot().itertext())
    assert "DejaVu" not in words


@pytest.mark.parametrize(
    ("vary", "pictures"),
    [
        (("--vary", "segments.key.accounts=20:40:5"), ["sweep-on_time_mean_share.png"]),
        (ACCOUNTS, ["sweep.png"]),
        ((*ACCOUNTS, "--vary", "staff.csm.shrinkage=30%,40%"), []),
        (("--vary", "playbooks.call.steps[0].effort=5h,{mean: 4h, cv: 1.0}"), ["sweep.png"]),
    ],
)
def test_pictures_for_one_and_two_keys(call: Call, vary: tuple[str, ...], pictures: list[str]) -> None:
    called = call(
        "--replications", "3", "--jobs", "1", "--vary", "staff.csm.headcount=1:2", *vary,
        "--metric", "on_time_mean_share", "-o", "out",
    )  # fmt: skip
    assert called.code == 0
    assert sorted(path.name for path in Path("out").glob("*.png")) == pictures
    assert ("more than two keys are varied: there is no figure" in called.out) == (not pictures)


def test_no_figures(call: Call) -> None:
    call(*FEW, *PEOPLE, "-o", "out")
    called = call(*FEW, *PEOPLE, "-o", "out", "--no-figures")
    assert called.code == 0
    assert not list(Path("out").glob("sweep.png"))


def test_without_the_twin_nothing_is_said_of_arr_lost(call: Call) -> None:
    assert "ARR lost" not in call(*FEW, *PEOPLE, "--no-twin").out


# ---------------------------------------------------------------- going on


def test_the_same_command_goes_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = call(*FEW, *PEOPLE).out
    add = Trials._add

    def interrupted(self: Trials, *arguments: Any) -> None:
        if self.done == 12:
            raise KeyboardInterrupt
        add(self, *arguments)

    monkeypatch.setattr(Trials, "_add", interrupted)
    stopped = call(*FEW, *PEOPLE, "-o", "out")
    assert stopped.code == 130
    assert stopped.err == (
        "interrupted: 12 replications are kept in out; the same command goes on from there\n"
    )
    assert not Path("out/sweep.json").exists()
    simulated: list[int] = []

    def counted(self: Trials, *arguments: Any) -> None:
        simulated.append(arguments[1])
        add(self, *arguments)

    monkeypatch.setattr(Trials, "_add", counted)
    again = call(*FEW, *PEOPLE, "-o", "out", "--resume")
    assert again.err == "12 replications of this sweep are there already\n"
    assert len(simulated) == 30 - 12
    assert again.out.startswith(whole)
    once_more = call(*FEW, *PEOPLE, "-o", "out")
    assert len(simulated) == 30 - 12 and once_more.out == again.out


def test_further_points_and_replications_use_what_is_there(call: Call) -> None:
    call(*FEW, *PEOPLE, "-o", "out")
    more = call("--replications", "12", "--jobs", "1", "--vary", "staff.csm.headcount=1:4", "-o", "out")
    assert more.err == "30 replications of this sweep are there already\n"
    fresh = call("--replications", "12", "--jobs", "1", "--vary", "staff.csm.headcount=1:4")
    assert more.out.startswith(fresh.out)


def test_resume_needs_something_to_go_on_with(call: Call) -> None:
    assert "name it with -o DIR" in call(*FEW, *PEOPLE, "--resume").err
    called = call(*FEW, *PEOPLE, "--resume", "-o", "out")
    assert called.code == 2 and "out holds no replications of these points" in called.err
    assert not Path("out").exists()
    call(*FEW, *PEOPLE, "-o", "out", "--seed", "9")
    assert call(*FEW, *PEOPLE, "--resume", "-o", "out").code == 2


def test_a_folder_of_something_else_is_left_alone(call: Call) -> None:
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("x", encoding="utf-8")
    called = call(*FEW, *PEOPLE, "-o", "mine")
    assert called.code == 2 and "no sweep has written" in called.err
    assert call(*FEW, *PEOPLE, "-o", "team.yaml").code == 2


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ("staff.csm.headcuont=1:3", "the point  staff.csm.headcuont=1  cannot be simulated"),
        ("staff.csm.headcuont=1:3", "did you mean  headcount:  ?"),
        ("staff.csm.headcount=2,many", "the point  staff.csm.headcount=many  cannot be simulated"),
        ("staff.csm.headcount=1:200", "the grid has 200 points, more than 100"),
        ("staff.csm.headcount", "there is no key, equals sign and values"),
    ],
)
def test_what_is_wrong_is_said(call: Call, vary: str, message: str) -> None:
    called = call(*FEW, "--vary", vary)
    assert (called.code, called.out) == (2, "")
    assert message in called.err
    assert "fix  " in called.err


def test_the_wrong_value_of_a_grid_is_named_with_its_point(call: Call) -> None:
    called = call(*FEW, *PEOPLE, "--vary", "segments.key.accounts=30,x")
    assert "the point  staff.csm.headcount=1, segments.key.accounts=x  cannot be simulated" in called.err
    assert "--set segments.key.accounts=x  segments.key.accounts" in called.err


def test_a_point_that_brings_code_needs_permission(call: Call) -> None:
    Path("mine.py").write_text("def policy(env, org):\n    yield env.timeout(1)\n", encoding="utf-8")
    called = call(*FEW, "--vary", "policies=[],[{module: mine.py, function: policy}]")
    assert called.code == 2 and "--allow-code" in called.err


def test_vary_is_needed(call: Call) -> None:
    assert call(*FEW).code == 2
