"""``csm-sim run`` of a team that people join and leave: the same bytes however it is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moving_team import SCENARIO

from csm_sim.cli import main

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the moving team in a folder of its own."""
    (tmp_path / "team.yaml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def go(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["run", "team.yaml", "--replications", "4", *arguments])
        code = left.value.code
        return code if isinstance(code, int) else 0, capsys.readouterr().out

    return go


def _bytes(folder: Path) -> dict[str, bytes]:
    """The results of a run, times apart."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        # the manifest and the workbook say when the run ended
        if path.is_file() and path.name not in ("manifest.json", "report.xlsx") and path.suffix != ".bin"
    }


def test_an_interrupted_run_ends_with_the_same_bytes(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csm_sim.analysis import replicate

    assert call("-o", "whole", "--no-figures")[0] == 0
    real = replicate.replication

    def interrupted(world: Any, layout: Any, seed: int, number: int) -> Any:
        if number == 2:
            raise KeyboardInterrupt
        return real(world, layout, seed, number)

    monkeypatch.setattr(replicate, "replication", interrupted)
    assert call("-o", "out", "--no-figures")[0] == 130
    monkeypatch.setattr(replicate, "replication", real)
    assert call("-o", "out", "--no-figures", "--resume")[0] == 0
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "whole")


@pytest.mark.slow
def test_one_or_two_jobs_give_the_same_bytes(call: Call, tmp_path: Path) -> None:
    one, two = call("--jobs", "1", "-o", "1"), call("--jobs", "2", "-o", "2")
    assert one[1].replace("Results: 1/", "Results: 2/") == two[1]
    found = _bytes(tmp_path / "1")
    assert found == _bytes(tmp_path / "2")
    assert "figures/load_heatmap.png" in found
    assert {"tables/by_person.parquet", "tables/people_by_month.parquet"} <= set(found)


def test_without_the_twin_people_are_the_same(call: Call, tmp_path: Path) -> None:
    """Who is there does not depend on the twin; the work that is needed is then what opened."""
    with_twin, without = call("-o", "a", "--no-figures"), call("-o", "b", "--no-figures", "--no-twin")
    assert (with_twin[0], without[0]) == (0, 0)

    def rows(folder: str) -> dict[str, str]:
        lines = (tmp_path / folder / "metrics.csv").read_text(encoding="utf-8").splitlines()
        return {line.split(",", 3)[0] + line.split(",", 3)[2]: line for line in lines}

    a, b = rows("a"), rows("b")
    for name, line in b.items():
        if not name.startswith(("needed", "gap")):
            assert a[name] == line
    assert any(name.startswith("available_mean_people") for name in b)
    assert "People: who is here, and who comes and goes" in without[1]
