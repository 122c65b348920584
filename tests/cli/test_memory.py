"""Garbage is looked for while simulations run, and not while a program starts and reports."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from csm_sim.analysis import replicate
from csm_sim.cli.memory import collected, uncollected
from csm_sim.cli.run import command
from csm_sim.report import folder

SMALL = Path(__file__).parents[2] / "scenarios" / "one_csm_100_accounts.yaml"


def test_what_held_before_holds_again() -> None:
    states = []

    @uncollected()
    def fail() -> None:
        states.append(gc.isenabled())
        with collected():
            states.append(gc.isenabled())
            with uncollected():
                states.append(gc.isenabled())
            states.append(gc.isenabled())
        states.append(gc.isenabled())
        raise ValueError("broken")

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            fail()
    assert states == 2 * [False, True, False, True, False]
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0  # what is frozen for good could never be collected


def test_simulations_of_a_run_are_collected_and_its_report_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, bool] = {}

    def noting(module: Any, name: str) -> None:
        real = getattr(module, name)

        def noted(*given: Any, **named: Any) -> Any:
            seen[name] = gc.isenabled()
            return real(*given, **named)

        monkeypatch.setattr(module, name, noted)

    noting(replicate, "replication")
    noting(folder, "write_run")
    call = [str(SMALL), "--replications", "1", "--jobs", "1", "--no-figures", "-o", str(tmp_path / "run")]
    assert CliRunner().invoke(command, call, obj=None).exit_code == 0
    assert seen == {"replication": True, "write_run": False}
    assert gc.isenabled()
