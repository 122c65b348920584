"""``csm-sim run`` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from called import Call, Called
from small_team import SCENARIO, write_scenario

from csm_sim.cli import main


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in an empty folder that holds the small team's scenario."""
    write_scenario(tmp_path)
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str) -> Called:
        with pytest.raises(SystemExit) as left:
            main(["run", "small.yaml", *arguments])
        printed = capsys.readouterr()
        code = left.value.code
        return Called(code if isinstance(code, int) else 0, printed.out, printed.err)

    return go


def test_a_run_prints_its_report_and_writes_its_folder(call: Call, tmp_path: Path) -> None:
    called = call("--no-figures")
    assert called.code == 0
    assert called.out.startswith("Small team\n")
    (where,) = (tmp_path / "runs").iterdir()
    assert where.name.startswith("small-")
    assert where.name.endswith("-seed7")
    assert f"Results: runs/{where.name}/" in called.out
    manifest = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["replications"] == 12
    assert manifest["seed"] == 7
    assert manifest["scenario"]["staff"]["csm"]["headcount"] == 1
    assert "# " in (where / "scenario.yaml").read_text(encoding="utf-8")


def test_the_merged_scenario_of_a_run_can_be_run(call: Call, tmp_path: Path) -> None:
    call("--no-figures", "-o", "a", "--set", "staff.csm.headcount=2")
    (tmp_path / "small.yaml").write_text((tmp_path / "a" / "scenario.yaml").read_text(encoding="utf-8"))
    call("--no-figures", "-o", "b")
    assert (tmp_path / "a" / "metrics.csv").read_bytes() == (tmp_path / "b" / "metrics.csv").read_bytes()


def test_options_beat_the_file(call: Call, tmp_path: Path) -> None:
    call("--no-figures", "--seed", "3", "--replications", "2", "-o", "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["replications"]) == (3, 2)


def test_json_is_one_document(call: Call) -> None:
    called = call("--json", "--no-figures", "--replications", "1")
    document = json.loads(called.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert document["manifest"]["program"] == "csm-sim"
    assert document["metrics"][0]["low"] is None
    assert {target["verdict"] for target in document["targets"]} == {"not resolved"}
    assert document["assumptions"]
    assert document["pools"][0]["role"] == "support"
    assert "csat_mean_share" in {metric["metric"] for metric in document["metrics"]}


def test_a_missed_target_is_an_exit_code_only_when_asked_for(call: Call) -> None:
    assert call("--no-figures").code == 0
    assert call("--no-figures", "--fail-on-target").code == 3


def test_targets_that_are_met_are_no_failure(call: Call, tmp_path: Path) -> None:
    met = SCENARIO.replace("{on_time: 95%, sla: 50%, utilisation_p90: 85%, arr_lost: 1%}", "{on_time: 1%}")
    write_scenario(tmp_path, met)
    assert call("--no-figures", "--fail-on-target").code == 0


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e3", "٣"])
def test_a_wrong_number_of_replications_is_a_wrong_call(call: Call, value: str) -> None:
    called = call(f"--replications={value}")
    assert called.code == 2
    assert "neither a number" in called.err


def test_a_wrong_file_is_a_wrong_call(call: Call) -> None:
    called = call("--set", "staff.csm.headcount=-1")
    assert called.code == 2
    assert "staff.csm.headcount" in called.err
    assert not Path("runs").exists()


def test_a_folder_of_something_else_is_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    called = call("-o", "mine")
    assert called.code == 2
    assert "left alone" in called.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_nothing_to_resume_is_a_wrong_call(call: Call) -> None:
    called = call("--resume", "-o", "out")
    assert called.code == 2
    assert "leave out --resume" in called.err


def test_an_interrupted_run_goes_on_where_it_was(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csm_sim.analysis import replicate

    whole = call("--no-figures", "-o", "whole")
    real, computed = replicate.replication, []

    def interrupted(world: Any, layout: Any, seed: int, number: int) -> Any:
        if number == 5:
            raise KeyboardInterrupt
        return real(world, layout, seed, number)

    monkeypatch.setattr(replicate, "replication", interrupted)
    called = call("--no-figures", "-o", "out")
    assert called.code == 130
    assert "5 replications are kept in out" in called.err
    assert called.out == ""

    def counted(world: Any, layout: Any, seed: int, number: int) -> Any:
        computed.append(number)
        return real(world, layout, seed, number)

    monkeypatch.setattr(replicate, "replication", counted)
    called = call("--no-figures", "-o", "out", "--resume")
    assert computed == list(range(5, 12))
    assert called.out.replace("out/", "whole/") == whole.out
    assert (tmp_path / "out" / "metrics.csv").read_bytes() == (
        tmp_path / "whole" / "metrics.csv"
    ).read_bytes()


def test_another_scenario_does_not_use_the_replications_of_the_first(call: Call, tmp_path: Path) -> None:
    call("--no-figures", "-o", "out")
    called = call("--no-figures", "-o", "out", "--set", "staff.csm.headcount=2")
    assert "are there already" not in called.err
    assert len(list((tmp_path / "out").glob("replications-*.bin"))) == 1


def test_without_the_twin(call: Call) -> None:
    called = call("--no-figures", "--no-twin")
    assert called.code == 0
    assert "Under-staffing costs" not in called.out


def test_names_with_markup_reach_the_terminal_as_text(call: Call, tmp_path: Path) -> None:
    write_scenario(tmp_path, SCENARIO.replace("name: Small team", 'name: "[red]\\e]0;x\\a"'))
    called = call("--no-figures", "--replications", "2")
    assert called.out.startswith("[red]\\x1b]0;x\\x07\n")
    assert "\x1b" not in called.out + called.err


@pytest.mark.slow
def test_one_or_two_jobs_give_the_same_bytes(call: Call, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        call("--jobs", jobs, "-o", jobs)
    for path in sorted((tmp_path / "1").rglob("*")):
        # the manifest and the workbook say when the run ended
        if path.is_file() and path.name not in ("manifest.json", "report.xlsx"):
            assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes(), path
