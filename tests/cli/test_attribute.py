"""``csm-sim attribute`` as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from called import Call
from rich.cells import cell_len

from csm_sim.cli import main

COMMAND = "attribute"
SCENARIO = """\
name: 顧客成功 team
start: 2027-04-01
horizon: 6 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 30, arr: 3M, term: 3 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 2, shrinkage: 30%}
  support: {headcount: 1, serves: [key], shrinkage: 30%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 9h, due: 5d, drop_after: 5d}]}
tickets:
  rate: 8 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 2h}}
run: {seed: 3}
"""
NO_CHURN = ("--set", "segments.key.churn=null")
FEW = ("--replications", "10", "--jobs", "1")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_answer_comes_first(call: Call) -> None:
    called = call(*FEW)
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "顧客成功 team"
    assert lines[1] == "loss by cause over 6 months, seed 3, n = 10 simulated futures each"
    assert lines[3].startswith("Under-staffing is expected to cost ¥")
    text = " ".join(called.out.split())
    assert "cause share of the loss fix only this" in text
    for name in ("late and missed touches", "slow tickets", "late onboarding", "together"):
        assert f"\n{name} " in called.out
    assert "late onboarding 0 0% 0" in text
    assert "late onboarding: exactly 0, because no new account awaits first value" in text
    assert "do not add up to the loss: what is left over, by what they do only together" in text
    assert "which are assumptions: nothing is claimed beyond them" in text
    assert "the load changes is part of the answer" in text


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
    assert (found["name"], found["n"], found["seed"]) == ("顧客成功 team", 10, 3)
    assert found["loss"]["resolved"] and found["loss"]["unit"] == "JPY"
    assert len(found["causes"]) == 5
    shares = [one["share"]["mean"] for one in found["causes"]]
    assert sum(shares) == pytest.approx(found["loss"]["mean"], rel=1e-9)
    assert shares == sorted(shares, reverse=True)
    assert sum(one["of_loss"]["mean"] for one in found["causes"]) == pytest.approx(1)
    alone = sum(one["fix_only_this"]["mean"] for one in found["causes"])
    assert found["interaction"]["mean"] == pytest.approx(found["loss"]["mean"] - alone)
    assert found["twin_arr_at_end"]["mean"] - found["run_arr_at_end"]["mean"] == pytest.approx(
        found["loss"]["mean"]
    )
    assert {one["cause"] for one in found["causes"] if one["simulated"]} == {"touches", "tickets"}


def test_the_loss_is_that_of_a_run(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(call(*FEW, "--json").out)
    with pytest.raises(SystemExit):
        main(
            ["run", "team.yaml", "--replications", "10", "--jobs", "1", "--no-figures", "--json", "-o", "run"]
        )
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    (lost,) = [one for one in metrics if (one["metric"], one["scope"]) == ("arr_lost_mean_money", "all")]
    assert found["loss"]["mean"] == pytest.approx(lost["mean"], rel=1e-9)
    assert found["loss"]["low"] == pytest.approx(lost["low"], rel=1e-9)


def test_tables_and_the_figure_are_written(call: Call, tmp_path: Path) -> None:
    before = call(*FEW)
    called = call(*FEW, "-o", "out/loss")
    assert (called.code, called.err, called.out) == (0, "", before.out)
    folder = tmp_path / "out" / "loss"
    names = ["attribution.csv", "attribution.png", "attribution.svg", "attribution_by_replication.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    rows = _rows(folder / "attribution.csv")
    assert [row["cause"] for row in rows][-1] == "loss"
    assert sum(float(row["share"]) for row in rows[:-1]) == pytest.approx(float(rows[-1]["share"]), rel=1e-9)
    futures = _rows(folder / "attribution_by_replication.csv")
    assert [row["replication"] for row in futures] == [str(number) for number in range(10)]
    for row in futures:
        parts = [float(value) for name, value in row.items() if name not in ("replication", "loss")]
        assert sum(parts) == pytest.approx(float(row["loss"]), rel=1e-9)
    assert (folder / "attribution.png").read_bytes()[:4] == b"\x89PNG"
    assert ElementTree.parse(folder / "attribution.svg").getroot().tag.endswith("svg")
    content = {name: (folder / name).read_bytes() for name in names}
    assert call(*FEW, "-o", "out/loss").code == 0  # again, into the same folder
    assert {name: (folder / name).read_bytes() for name in names} == content


def test_without_effects_there_is_nothing_to_split(call: Call) -> None:
    called = call(*FEW, "--set", "health.effects=off", "-o", "out")
    assert called.code == 0
    text = " ".join(called.out.split())
    assert "The run loses exactly what its fully staffed twin loses: there is nothing to split." in text
    assert "of the loss" not in text.split("Notes")[0]


def test_a_loss_that_is_not_resolved_is_said_so_first(call: Call) -> None:
    called = call("--replications", "2", "--jobs", "1", "--set", "staff.csm.headcount=9",
                  "--set", "staff.support.headcount=9", "-o", "out")  # fmt: skip
    assert called.code == 0
    first = " ".join(called.out.split("\ncause ")[0].split())
    assert "The loss against the fully staffed twin cannot be told from 0" in first
    assert "2 replications are few" in first


def test_one_replication_is_warned_of(call: Call) -> None:
    called = call("--replications", "1", "--jobs", "1")
    assert "one replication has no confidence interval" in called.out
    assert "cannot be told from 0" in called.out
    assert json.loads(call("--replications", "1", "--json").out)["loss"]["low"] is None


def test_what_was_changed_and_the_seed_count(call: Call) -> None:
    few = ("--replications", "2", "--jobs", "1", "--json")
    base = call(*few).out
    assert call(*few).out == base
    assert call(*few, "--seed", "4").out != base
    assert call(*few, "--set", "staff.csm.headcount=3").out != base


@pytest.mark.parametrize(
    ("wrong", "problem", "fix"),
    [
        (("--replications", "0"), "0 is too small: the least is 1", "--replications 20"),
        (("--replications", "auto"), "auto is not a whole number", "--replications 20"),
        (("-o", "team.yaml"), "team.yaml cannot be used as a folder", "name another folder with -o DIR"),
        (NO_CHURN, "no ARR can be lost", "churn: {green: 3%, yellow: 10%, red: 35%}"),
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


def test_code_of_the_scenario_is_not_run_unless_allowed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def policy(env, org):\n    yield env.timeout(1)\n", encoding="utf-8")
    text = SCENARIO + "policies: [{module: mine.py, function: policy}]\n"
    (tmp_path / "team.yaml").write_text(text, encoding="utf-8")
    refused = call("--replications", "1")
    assert refused.code == 2
    assert "--allow-code" in refused.err
    assert call("--replications", "1", "--allow-code").code == 0


def test_an_interruption_is_clean(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.analysis import attribute

    real, done = attribute.measure, []

    def interrupted(*arguments: Any) -> Any:
        done.append(arguments[-1])
        if len(done) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(attribute, "measure", interrupted)
    called = call(*FEW, "-o", "out/deep")
    assert (called.code, called.out) == (130, "")
    assert called.err.strip() == "interrupted"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_one_or_two_jobs_give_the_same_bytes(call: Call) -> None:
    one = call("--replications", "3", "--jobs", "1", "--json")
    two = call("--replications", "3", "--jobs", "2", "--json")
    assert one == two
