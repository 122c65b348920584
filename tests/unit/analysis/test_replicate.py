"""How many replications, and that nothing but their number decides what they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_team import SmallRun, run_small

from csm_sim.analysis import precision, replicate, workers
from csm_sim.analysis.checkpoint import Checkpoint
from csm_sim.analysis.digest import layout_of
from csm_sim.analysis.precision import Precision
from csm_sim.analysis.replicate import Plan


@pytest.fixture
def counted(run: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a plan with made-up replications, a stopping rule, and a count of what was computed."""

    def go(plan: Plan, enough: Callable[[int], bool]) -> tuple[Any, list[int]]:
        computed: list[int] = []
        layout = layout_of(run.world, plan.twin)

        def made_up(world: object, layout: Any, seed: int, number: int) -> Any:
            computed.append(number)
            return np.full(layout.length, float(number))

        def precisions(world: object, sample: Any, relative: float) -> tuple[Precision, ...]:
            return (Precision("x", 1.0, 0.0 if enough(len(sample)) else 2.0, 1.0),)

        monkeypatch.setattr(replicate, "replication", made_up)
        monkeypatch.setattr(replicate, "precisions", precisions)
        monkeypatch.setattr(workers, "is_compiled", lambda: True)
        with Checkpoint(tmp_path / "made_up.bin", "1" * 64, layout.length) as checkpoint:
            return replicate.replicate(run.world, plan, checkpoint), computed

    return go


def test_auto_stops_when_precise_and_still_precise_after_the_look_ahead(counted: Any) -> None:
    found, computed = counted(Plan(1, None, most=200, jobs=1), lambda n: n >= 40)
    # looks at 31 (not yet), then at 41 and, for the look-ahead, up to 46
    assert len(found.sample) == 46
    assert found.reached
    assert computed == list(range(46))


def test_auto_goes_on_when_precision_does_not_last(counted: Any) -> None:
    found, _ = counted(Plan(1, None, most=200, jobs=1), lambda n: n != 34)
    assert len(found.sample) == 46


def test_auto_stops_at_the_cap_and_says_so(counted: Any) -> None:
    found, computed = counted(Plan(1, None, most=50, jobs=1), lambda n: False)
    assert len(found.sample) == 50
    assert not found.reached
    assert computed == list(range(50))


def test_a_cap_below_the_first_look_holds(counted: Any) -> None:
    found, _ = counted(Plan(1, None, most=3, jobs=1), lambda n: True)
    assert len(found.sample) == 3


def test_nothing_is_computed_twice(counted: Any) -> None:
    counted(Plan(1, 4, jobs=1), lambda n: True)
    found, computed = counted(Plan(1, 6, jobs=1), lambda n: True)
    assert computed == [4, 5]
    assert found.sample.vectors[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_an_interruption_keeps_what_is_finished(run: SmallRun, tmp_path: Path, monkeypatch: Any) -> None:
    layout = layout_of(run.world, twin=True)
    real = replicate.replication

    def interrupted(world: Any, layout: Any, seed: int, number: int) -> Any:
        if number == 3:
            raise KeyboardInterrupt
        return real(world, layout, seed, number)

    monkeypatch.setattr(replicate, "replication", interrupted)
    path = tmp_path / "kept.bin"
    with Checkpoint(path, "2" * 64, layout.length) as checkpoint, pytest.raises(KeyboardInterrupt):
        replicate.replicate(run.world, Plan(7, 12, jobs=1), checkpoint)
    monkeypatch.setattr(replicate, "replication", real)
    with Checkpoint(path, "2" * 64, layout.length) as checkpoint:
        assert sorted(checkpoint.digests) == [0, 1, 2]
        again = replicate.replicate(run.world, Plan(7, 12, jobs=1), checkpoint)
    np.testing.assert_array_equal(again.sample.vectors, run.replications.sample.vectors)


def test_workers_start_only_when_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 8)
    assert workers.useful_jobs(0.03, 36) == 1
    assert workers.useful_jobs(1.0, 36) == 8
    assert workers.useful_jobs(100.0, 2) == 2
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert workers.useful_jobs(100.0, 100) == 1


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_workers(run: SmallRun, tmp_path: Path) -> None:
    layout = layout_of(run.world, twin=True)
    with Checkpoint(tmp_path / "two.bin", "3" * 64, layout.length) as checkpoint:
        two = replicate.replicate(run.world, Plan(7, 12, jobs=2), checkpoint)
    assert two.sample.vectors.tobytes() == run.replications.sample.vectors.tobytes()


def test_without_churn_fewer_replications_are_looked_at_first(run: SmallRun) -> None:
    assert precision.first_look(run.world) == 31
    quiet = run.world.segments.copy()
    quiet["churns"] = 0
    from dataclasses import replace

    assert precision.first_look(replace(run.world, segments=quiet)) == 20


def test_without_the_twin_nothing_of_it_is_estimated(tmp_path: Path) -> None:
    found = run_small(tmp_path, n=3, twin=False).summary
    assert found.estimates.get("arr_lost_mean_money") is None
    assert found.estimates.get("twin_arr_closing_sum_money") is None
    assert found.estimates.get("needed_mean_people", "role=csm") is not None
    assert any("arr_lost" in warning for warning in found.warnings)
