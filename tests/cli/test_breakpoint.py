"""``csm-sim breakpoint`` as a user calls it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from called import Call
from rich.cells import cell_len

from csm_sim.cli import main

COMMAND = "breakpoint"
SCENARIO = """\
name: 顧客成功 books
start: 2027-04-01
horizon: 6 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 20, arr: {p50: 3M, p90: 5M}, term: 6 months, owner: csm,
        churn: {green: 3%, yellow: 25%, red: 80%}}
  tail: {touch: tech, accounts: 20, arr: 100k}
staff:
  csm: {headcount: 1, shrinkage: 30%}
  support: {headcount: 1, serves: [tail]}
playbooks:
  call: {for: key, every: month, priority: 5, steps: [{do: call, effort: 150min, due: 5d}]}
  review: {for: key, every: quarter, priority: 6, steps: [{do: talk, effort: 3h, due: 15d, drop_after: 10d}]}
  never: {for: tail, role: support, every: month, steps: [{do: mail, effort: 20h, due: 1d}]}
targets: {on_time: 90%}
run: {seed: 3}
"""
ROOT = Path(__file__).resolve().parents[2]
FEW = ("--replications", "6", "--jobs", "1", "--leave", "0")


def test_the_answer_comes_first(call: Call) -> None:
    called = call("--replications", "20", "--jobs", "1")
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "顧客成功 books"
    assert lines[1].startswith("accounts per csm, seed 3, n = 20 simulated futures at each of ")
    assert lines[3].startswith("At 20 accounts per csm you are ")
    assert "accounts from the break" in lines[3]
    assert max(cell_len(line) for line in lines) <= 80
    for text in (
        "target break: 90% planned work on time",
        "economic break: one more adds nothing",
        "fluid break: the hours run out",
        "late first: review",
        "headroom by hours: ",
        "headroom by simulation: a 2-week leave of one person uses ",
    ):
        assert text in " ".join(called.out.split()), text


def test_as_data(call: Call) -> None:
    data = json.loads(call("--json", *FEW).out)
    assert (data["role"], data["people"], data["accounts_per_person_today"]) == ("csm", 1, 20.0)
    target = data["target_breaks"][0]
    assert (target["target"], target["at_least"], target["where"]) == ("on_time", 0.9, "inside")
    assert target["low"] <= target["at"] <= target["high"]
    assert data["headroom_accounts_per_person"]["at"] == pytest.approx(target["at"] - 20)
    assert data["leave"] is None
    assert {one["measure"] for one in data["curves"]} == {
        "on_time", "utilisation", "arr_retained", "arr_of_one_more_account",
    }  # fmt: skip
    assert {one["work"] for one in data["gives_way"]} <= {"call", "review"}


def test_a_leave_uses_up_accounts(call: Call) -> None:
    data = json.loads(call("--json", "--replications", "12").out)
    leave, target = data["leave"], data["target_breaks"][0]
    assert leave["weeks"] == 2
    assert leave["target_break_with_it"]["at"] < target["at"]
    uses = leave["uses_accounts_per_person"]
    assert uses["at"] == pytest.approx(target["at"] - leave["target_break_with_it"]["at"])
    assert 0 < uses["low"] < uses["at"] < uses["high"]


def test_what_other_roles_are_late_with_is_not_the_books(call: Call) -> None:
    """Support is never on time with the tail; that is no break of a CSM's book."""
    data = json.loads(call("--json", *FEW).out)
    curve = next(one for one in data["curves"] if one["measure"] == "on_time")
    assert curve["mean"][0] > 0.99
    assert {one["work"] for one in data["gives_way"]} == {"call", "review"}


def test_the_break_lies_near_the_fluid_one(call: Call) -> None:
    data = json.loads(call("--json", *FEW).out)
    assert data["target_breaks"][0]["at"] == pytest.approx(data["fluid_break"], rel=0.15)
    assert data["range"][0] < data["target_breaks"][0]["at"] < data["range"][1]


def test_more_accounts_never_make_it_better(call: Call) -> None:
    """As far as can be told: no size is better than a smaller one by more than both intervals."""
    data = json.loads(call("--json", "--replications", "12", "--leave", "0").out)
    curve = next(one for one in data["curves"] if one["measure"] == "on_time")
    for row in range(1, len(curve["mean"])):
        assert curve["low"][row] <= min(curve["high"][:row])


def test_the_folder_holds_everything_and_is_gone_on_with(call: Call, tmp_path: Path) -> None:
    first = call("-o", "out", *FEW)
    assert first.code == 0
    assert "Files: out/" in first.out
    rows = list(
        csv.DictReader((tmp_path / "out" / "breakpoint.csv").read_text(encoding="utf-8").splitlines())
    )
    assert {row["measure"] for row in rows} == {
        "on_time", "utilisation", "arr_retained", "arr_of_one_more_account",
    }  # fmt: skip
    assert all(row["n"] == "6" for row in rows)
    assert float(rows[0]["low"]) <= float(rows[0]["mean"]) <= float(rows[0]["high"])
    ElementTree.parse(tmp_path / "out" / "breakpoint.svg")
    assert (tmp_path / "out" / "breakpoint.png").read_bytes()[:4] == b"\x89PNG"
    assert json.loads((tmp_path / "out" / "breakpoint.json").read_text(encoding="utf-8"))["n"] == 6
    kept = {path: path.read_bytes() for path in (tmp_path / "out" / "replications").iterdir()}
    again = call("-o", "out", "--resume", *FEW)
    assert again.out == first.out
    assert {path: path.read_bytes() for path in kept} == kept  # nothing was simulated again


def test_the_number_of_processes_changes_nothing(call: Call) -> None:
    one = call(*FEW)
    two = call("--replications", "6", "--jobs", "2", "--leave", "0")
    assert one.out == two.out


def test_an_interrupted_call_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(SCENARIO, encoding="utf-8")
    words = ["breakpoint", "team.yaml", "-o", "out", "--replications", "4000", "--jobs", "1"]
    # a shell that starts the tests in the background has its children ignore Ctrl-C
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{listen}; from csm_sim.cli import main; main({words!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not list(tmp_path.glob("out/replications/*.bin")):
            time.sleep(0.1)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()  # else it would go on beside all other tests
    assert process.returncode == 130
    assert "simulations are kept in out; the same command goes on from there" in said


def test_a_figure_of_one_own(call: Call, tmp_path: Path) -> None:
    assert call("--figure", "books.svg", *FEW).code == 0
    words = "".join(ElementTree.parse(tmp_path / "books.svg").getroot().itertext())
    assert ElementTree.parse(tmp_path / "books.svg").getroot().tag.endswith("svg")
    assert isinstance(words, str)


# ---------------------------------------------------------------- what cannot be answered


def test_what_cannot_be_answered_is_left_out_and_said(call: Call) -> None:
    called = call("--set", "targets.on_time=null", "--set", "segments.key.churn=null", *FEW)
    assert called.code == 0
    said = " ".join(called.out.split())
    assert "The hours of a csm run out at" in said
    assert "no target break: the scenario has no targets.on_time and no targets.sla" in said
    assert "no economic break: none of these accounts can churn, or none has ARR" in said


def test_a_target_without_work_is_said(call: Call) -> None:
    called = call(
        "--set", "targets.sla=90%", "--set", "tickets.rate.tail=1 per month",
        "--set", "tickets.handled_by=support", "--set", "tickets.severities.only.effort=10min",
        "--set", "tickets.severities.only.first_response=8h", *FEW,
    )  # fmt: skip
    assert called.code == 0, called.err
    assert "sla is not looked at: csm has no work that it counts" in " ".join(called.out.split())


def test_beyond_the_range_is_said(call: Call) -> None:
    called = call("--set", "targets.on_time=0%", *FEW)
    said = " ".join(called.out.split())
    assert "0% planned work on time holds up to" in said
    assert "the largest book looked at" in said
    called = call("--set", "targets.on_time=100%", "--set", "staff.csm.shrinkage=95%", *FEW)
    said = " ".join(called.out.split())
    assert "100% planned work on time is missed even with" in said


def test_what_an_account_costs_moves_the_economic_break(call: Call) -> None:
    free = json.loads(call("--json", *FEW).out)
    dear = json.loads(call("--json", "--account-cost", "1M", "--margin", "50%", *FEW).out)
    assert dear["arr_that_one_more_has_to_bring"] == 2e6
    ends = [one["economic_break"]["at"] or 1e9 for one in (dear, free)]
    assert ends[0] <= ends[1]


@pytest.mark.parametrize(
    ("arguments", "problem", "fix"),
    [
        (("--per", "support"), "support owns no accounts", "--per csm"),
        (("--per", "cms"), "cms is not a role of the scenario", "--per csm"),
        (("--replications", "no"), "not a whole number", "--replications 40"),
        (("--margin", "0%"), "0%", "--margin 80%"),
        (("--leave", "99"), "99", "--leave 2"),
        (("--figure", "x.pdf"), "a figure is a .png or a .svg", "--figure books.png"),
        (("--resume",), "no folder is named", "-o DIR --resume"),
        (("-o", "nowhere", "--resume"), "holds no simulations to go on with", "leave out --resume"),
        (("-o", "."), "the folder holds other files", "name another folder"),
        (("-o", "team.yaml"), "is a file, not a folder", "name another folder"),
        (
            ("--set", "segments.key.owner=null", "--set", "staff.csm.serves=[key]"),
            "nobody owns accounts",
            "segments.key.owner=csm",
        ),
        (("--set", "segments.key.accounts=0"), "no account, at the start", "staff.csm.headcount=1"),
    ],
)
def test_a_wrong_call_says_what_to_write(
    call: Call, arguments: tuple[str, ...], problem: str, fix: str
) -> None:
    called = call(*arguments)
    assert called.code == 2
    assert problem in called.err
    assert fix in called.err
    assert called.out == ""


def test_replayed_tickets_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["breakpoint", str(ROOT / "scenarios" / "helpdesk_trace_sample.yaml")])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "replayed tickets belong to the accounts that raised them" in said
    assert "--set tickets.trace=null" in said


def test_all_problems_at_once(call: Call) -> None:
    called = call("--per", "cms", "--leave", "x", "--figure", "x.pdf")
    assert called.err.count("problem") == 3
