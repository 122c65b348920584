"""The run folder: complete, readable by anything, and never in the place of something else."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.errors import UsageError
from csm_sim.report import folder, tables
from csm_sim.report.inputs import Inputs


def _write(run: SmallRun, where: Path, *, figures: bool = False, key: str = "c" * 64) -> Path:
    folder.claim(where)
    kept = folder.replications_path(where, key)
    kept.write_bytes(b"")
    folder.write_run(
        where, run.summary, run.loaded.scenario, run.world, run.replications.sample,
        manifest={"program": folder.PROGRAM, "scenario": {"name": "Small team"}},
        scenario_yaml="name: Small team\n", inputs=Inputs((), True, "scenario/small.yaml"), kept=kept,
        figures=figures,
    )  # fmt: skip
    return kept


def test_a_run_folder_is_complete(run: SmallRun, tmp_path: Path) -> None:
    where = tmp_path / "runs" / "small"
    _write(run, where)
    assert sorted(path.name for path in where.iterdir()) == [
        "assumptions.csv", "manifest.json", "metrics.csv", "replications-cccccccccccccccc.bin",
        "report.html", "report.xlsx", "scenario.yaml", "tables",
    ]  # fmt: skip
    assert folder.is_run_folder(where)


def test_metrics_csv_gives_the_same_numbers_back(run: SmallRun) -> None:
    rows = list(csv.DictReader(io.StringIO(tables.metrics_csv(run.summary))))
    assert list(rows[0]) == ["metric", "unit", "scope", "mean", "low", "high", "n"]
    for row, one in zip(rows, run.summary.estimates, strict=True):
        assert (row["metric"], row["scope"], int(row["n"])) == (one.metric, one.scope, one.n)
        assert float(row["mean"]) == one.mean
        assert row["low"] == ("" if math.isnan(one.low) else repr(one.low))


def test_the_same_run_gives_the_same_bytes(run: SmallRun, tmp_path: Path) -> None:
    for name in ("a", "b"):
        _write(run, tmp_path / name)
    for path in sorted((tmp_path / "a").rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", " =1"])
def test_formulas_are_guarded(text: str) -> None:
    assert tables.csv_text(["x"], [[text]]).splitlines()[1].strip('"').startswith("'")


def test_numbers_are_not_guarded() -> None:
    assert tables.csv_text(["x", "y"], [[-1.5, "a,b"]]) == 'x,y\n-1.5,"a,b"\n'


def test_tables_hold_what_the_estimates_say(run: SmallRun, tmp_path: Path) -> None:
    _write(run, tmp_path / "run")
    read: dict[str, Any] = {
        path.stem: parquet.read_table(path).to_pylist() for path in (tmp_path / "run" / "tables").iterdir()
    }
    assert set(read) == {
        "metrics", "by_month", "by_playbook", "tickets", "replications", "by_person_week", "by_person",
        "people_by_month", "arr_bridge", "cohorts",
    }  # fmt: skip
    assert not any("cohort" in row for row in read["by_month"])
    assert len(read["metrics"]) == len(run.summary.estimates)
    assert len(read["replications"]) == 12
    first = read["by_month"][0]
    found = run.summary.estimates.get(first["metric"], f"month={first['month']}")
    assert found is not None
    assert first["mean"] == found.mean
    assert {row["severity"] for row in read["tickets"]} == {"p1", "p2", None}
    weeks = read["by_person_week"]
    assert {row["person"] for row in weeks} == {"csm 1", "support 1"}
    assert str(weeks[0]["week_start"]) == "2027-04-01"
    assert sum(row["busy_hours"] for row in weeks) * 60 == pytest.approx(
        run.replications.sample["person_busy"].sum() / 12
    )


def test_a_later_run_takes_the_place_of_an_earlier_one(run: SmallRun, tmp_path: Path) -> None:
    old = _write(run, tmp_path / "run", key="a" * 64)
    (tmp_path / "run" / "figures").mkdir()
    (tmp_path / "run" / "figures" / "old.png").write_bytes(b"")
    _write(run, tmp_path / "run", key="b" * 64)
    assert not old.exists()
    assert not (tmp_path / "run" / "figures").exists()
    assert not list((tmp_path / "run").glob(".new-*"))


def test_a_failure_leaves_the_earlier_results(run: SmallRun, tmp_path: Path, monkeypatch: Any) -> None:
    _write(run, tmp_path / "run")
    before = (tmp_path / "run" / "manifest.json").read_text()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write_tables", fail)
    with pytest.raises(UsageError, match="No space left"):
        _write(run, tmp_path / "run")
    assert (tmp_path / "run" / "manifest.json").read_text() == before
    assert not list((tmp_path / "run").glob(".new-*"))


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="no run has written"):
        folder.claim(tmp_path)
    with pytest.raises(UsageError, match="a file, not a folder"):
        folder.claim(tmp_path / "letter.txt")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"program": "another"}')
    with pytest.raises(UsageError, match="no run has written"):
        folder.claim(tmp_path / "other")


def test_tables_of_tickets_have_all_their_cuts(desk: SmallRun, tmp_path: Path) -> None:
    _write(desk, tmp_path / "run")
    rows = parquet.read_table(tmp_path / "run" / "tables" / "tickets.parquet").to_pylist()
    assert {row["severity"] for row in rows} == {"p1", "p2", None}
    assert {row["tier"] for row in rows} == {"high", "tech", None}
    assert {row["role"] for row in rows} == {"support", "夜間", None}
    assert len({row["month"] for row in rows}) == 5
    totals = parquet.read_table(tmp_path / "run" / "tables" / "replications.parquet").to_pylist()
    (raised,) = [
        row["mean"]
        for row in rows
        if row["metric"] == "tickets_opened_sum_tickets"
        and not any(row[kind] for kind in ("severity", "tier", "role", "month"))
    ]
    assert sum(row["tickets_raised"] for row in totals) / 12 == pytest.approx(raised)
    assert {"touches", "tickets_abandoned", "score_sum"} <= set(totals[0])


def test_results_name_what_erlang_does_not_know(desk: SmallRun) -> None:
    found = json.loads(folder.json_text(folder.results_json(desk.summary)))
    support, night = found["pools"]
    assert (support["role"], night["role"]) == ("support", "夜間")
    assert support["formula"] == "Erlang A"
    assert len(night["differences"]) > 10
    assert "csat_mean_share" in {metric["metric"] for metric in found["metrics"]}


def test_json_has_no_nan() -> None:
    text = folder.json_text({"a": float("nan"), "b": [float("inf"), 1.0], "c": "¥"})
    assert json.loads(text) == {"a": None, "b": [None, 1.0], "c": "¥"}


@pytest.mark.slow
def test_tickets_are_drawn_with_and_without_targets(desk: SmallRun, tmp_path: Path) -> None:
    _write(desk, tmp_path / "full", figures=True)
    assert (tmp_path / "full" / "figures" / "tickets.png").exists()
    text = SCENARIO.replace(", first_response: 2h, resolve: 8h", "").replace(", resolve: 3bd", "")
    run = run_small(tmp_path, n=2, text=text.replace(" sla: 50%,", ""))
    _write(run, tmp_path / "bare", figures=True)
    assert (tmp_path / "bare" / "figures" / "tickets.png").exists()


@pytest.mark.slow
def test_figures_are_drawn(run: SmallRun, tmp_path: Path) -> None:
    _write(run, tmp_path / "a", figures=True)
    _write(run, tmp_path / "b", figures=True)
    for name in ("load_by_week.png", "load_heatmap.png", "arr_by_month.png", "tickets.png"):
        drawn = (tmp_path / "a" / "figures" / name).read_bytes()
        assert drawn.startswith(b"\x89PNG")
        width, height = (int.from_bytes(drawn[at : at + 4], "big") for at in (16, 20))
        assert width / height == pytest.approx(16 / 9)
        assert drawn == (tmp_path / "b" / "figures" / name).read_bytes()
