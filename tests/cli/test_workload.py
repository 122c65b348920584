"""``csm-sim workload`` as a user calls it."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from csm_sim.cli import main

SCENARIO = """\
name: 顧客成功 team
start: 2027-04-01
horizon: 6 months
warm_up: 1 month
segments:
  主要: {touch: high, accounts: 30, arr: 6M, owner: csm, new: {per_month: 1},
        churn: {green: 5%, yellow: 9%, red: 20%}}
  tail: {touch: tech, accounts: 300, arr: 1M}
staff:
  csm: {headcount: 2, serves: [tail]}
  support: {headcount: 1}
playbooks:
  定例会: {for: 主要, every: month, steps: [{do: 準備, effort: 1h}, {do: call, effort: 90min}]}
  webinar: {for: tail, per: segment, every: month, steps: [{do: host, effort: 6h}]}
tickets:
  rate: {tail: 0.3 per month}
  severities: {p2: {effort: 40min, resolve: 8h}}
run: {replications: 3}
"""


@dataclass(frozen=True)
class Called:
    """What a call gave."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        return " ".join(self.out.split())


Call = Callable[..., Called]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in an empty folder that holds a scenario."""
    (tmp_path / "team.yaml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def go(*arguments: str, command: str = "workload") -> Called:
        with pytest.raises(SystemExit) as left:
            main([command, "team.yaml", *arguments])
        printed = capsys.readouterr()
        code = left.value.code
        return Called(code if isinstance(code, int) else 0, printed.out, printed.err)

    return go


def test_the_answer_comes_first_and_the_heaviest_load_before_others(call: Call) -> None:
    called = call()
    assert (called.code, called.err) == (0, "")
    title, _, first, *_ = called.out.splitlines()
    assert title == "顧客成功 team"
    assert first.startswith("support: 3")
    for text in (
        "h available (", "it fits", "That takes", "Hours by playbook", "定例会", "Top-down, at the start",
        "20-80: below", "ooligo.com, C", "Waiting, by formulas", "M/G/1", "Erlang C",
        "csm: not valid: simulate, because", "churn as in good health (主要 5%)",
    ):  # fmt: skip
        assert text in called.words, text
    # neither wait is valid, so both stand in brackets
    rows = [line for line in called.out.splitlines() if "M/G/1  " in line or "Erlang C  " in line]
    assert [line.count("(") for line in rows] == [2, 2]


@pytest.mark.parametrize("columns", ["60", "80", "120"])
@pytest.mark.parametrize("cut", ["playbook", "step", "tier", "role", "month"])
def test_tables_fit_the_terminal(call: Call, monkeypatch: pytest.MonkeyPatch, columns: str, cut: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = call("--by", cut).out.splitlines()
    assert max(cell_len(line) for line in lines) <= int(columns)
    assert "…" not in "".join(lines)
    assert any(line.startswith(f"Hours by {cut}") for line in lines)


def test_months_stand_against_what_is_available(call: Call) -> None:
    text = call("--by", "month", "--by", "step").words
    for part in (
        "Hours by month: csm",
        "Hours by month: support",
        "2027-09",
        "Hours by step",
        "定例会: 準備",
    ):
        assert part in text
    assert "Hours by playbook" not in text


def test_json_holds_all_of_it(call: Call) -> None:
    data: dict[str, Any] = json.loads(call("--json", "--set", "staff.support.headcount=0").out)
    total = data["total_hours"]
    for cut, rows in data["hours_by"].items():
        assert sum(row["hours"] for row in rows) == pytest.approx(total), cut
    csm, support = data["roles"]
    assert csm["gap_hours"] == pytest.approx(csm["needed_hours"] - csm["available_hours"])
    assert (support["load"], support["gap_share"]) == (None, 1.0)
    assert {row["month"] for row in data["role_months"]} == set(data["months"])
    assert data["ratios"][0]["accounts_band"]["grade"] == "C"
    assert data["run"] is None


def test_tables_and_figure_are_written(call: Call, tmp_path: Path) -> None:
    called = call("-o", "out")
    assert called.code == 0
    assert "out/" in called.err
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"workload_hours.csv", "workload_people.csv", "workload.png", "workload.svg"}
    text = (tmp_path / "out" / "workload_hours.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    people = (tmp_path / "out" / "workload_people.csv").read_text(encoding="utf-8")
    needed = [row for row in csv.DictReader(io.StringIO(people)) if not row["month"]]
    assert sum(float(row["hours"]) for row in rows) == pytest.approx(
        sum(float(row["needed_hours"]) for row in needed)
    )
    assert {row["playbook"] for row in rows} == {"定例会", "webinar", "tickets"}
    image = (tmp_path / "out" / "workload.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(image).tag.endswith("svg")
    assert "hands-on work (hours a month)" in image
    again = call("-o", "again")
    assert again.code == 0
    assert (tmp_path / "again" / "workload.png").read_bytes() == (
        tmp_path / "out" / "workload.png"
    ).read_bytes()


def test_a_run_of_the_same_scenario_is_explained(call: Call, tmp_path: Path) -> None:
    assert call("--no-figures", command="run").code == 0
    text = call().words
    assert "Beside the run in runs/team-" in text
    assert "csm: " in text.partition("Beside the run")[2]
    assert "h opened there (mean of 3" in text
    assert "another scenario" not in text
    (folder,) = (tmp_path / "runs").iterdir()
    other = call("--run", str(folder), "--set", "segments.tail.accounts=900").words
    assert "that run was of another scenario" in other
    assert "less than here: " in other
    assert "and of what is left out below" in other
    # another scenario has no run of its own
    assert "Beside the run" not in call("--set", "segments.tail.accounts=900").words
    data = json.loads(call("--json").out)
    assert data["run"]["same_scenario"] is True
    assert {row["role"] for row in data["run"]["roles"]} == {"csm", "support"}


def test_a_folder_without_a_run_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nowhere"):
        called = call("--run", folder)
        assert called.code == 2
        assert called.out == ""
        assert f"{folder} holds no finished run" in called.err
        assert "fix       name the folder that run has written" in called.err


def test_a_folder_that_cannot_be_made_is_said(call: Call, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    called = call("-o", "taken/out")
    assert called.code == 2
    assert "taken/out cannot be made" in called.err
    assert "fix       name another folder with -o DIR" in called.err


def test_a_wrong_file_is_refused_as_everywhere(call: Call) -> None:
    called = call("--set", "staff.csm.headcount=many")
    assert called.code == 2
    assert "staff.csm.headcount" in called.err
    assert "fix" in called.err


def test_it_answers_in_a_second_without_what_it_does_not_need(call: Call, tmp_path: Path) -> None:
    code = (
        "import sys; from csm_sim.cli import main\n"
        "try: main(['workload', 'team.yaml'])\n"
        "except SystemExit: pass\n"
        "heavy = ['numba', 'pandas', 'pyarrow', 'matplotlib', 'simpy', 'joblib']\n"
        "heavy += ['scipy.stats', 'scipy.optimize']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.rstrip().endswith("[]")
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert used < 2  # processor time; 0.8 s on a busy machine


def test_the_answer_in_japanese_is_all_japanese_and_the_data_stays_english(
    call: Call, tmp_path: Path
) -> None:
    cuts = [part for cut in ("playbook", "step", "tier", "role", "month") for part in ("--by", cut)]
    called = call(*cuts, "--lang", "ja", "-o", "out")
    assert called.code == 0
    assert "csm: 業務" in called.out
    assert "時間（プレイブック別）" in called.out
    assert "月別の時間: csm" in called.out
    for english in ("hours", "available", "there", "people", "because", "simulate"):
        assert english not in called.words.lower()
    assert all(cell_len(line) <= 80 for line in called.out.splitlines())
    assert (tmp_path / "out" / "workload.svg").stat().st_size > 0
    assert call("--json", "--lang", "ja").out == call("--json").out
