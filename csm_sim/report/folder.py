"""The run folder: everything about a run in one place, written so that nobody sees half of it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csm_sim.analysis.erlang import reasons
from csm_sim.errors import UsageError
from csm_sim.report.tables import assumptions_csv, metrics_csv, write_tables

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.analysis.what_if import WhatIf
    from csm_sim.report.inputs import Inputs
    from csm_sim.scenario import Scenario
    from csm_sim.world.build import World

MANIFEST: Final = "manifest.json"
PROGRAM: Final = "csm-sim"
_REPLICATIONS: Final = "replications-*.bin"
PAGE: Final = "report.html"
WORKBOOK: Final = "report.xlsx"
INPUTS: Final = "inputs"
_OURS: Final = (
    "metrics.csv", "assumptions.csv", "scenario.yaml", "tables", "figures", PAGE, WORKBOOK, INPUTS,
    "what_if.json", MANIFEST,
)  # fmt: skip
"""What a finished run folder holds besides its replications, in the order in which it is put there."""


def replications_path(folder: Path, key: str) -> Path:
    """Where the replications of a run with this key are kept in its folder."""
    return folder / f"replications-{key[:16]}.bin"


def is_run_folder(folder: Path) -> bool:
    """Whether a folder was made by a run."""
    if any(folder.glob(_REPLICATIONS)):
        return True
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("program") == PROGRAM


def claim(
    folder: Path, is_ours: Callable[[Path], bool] = is_run_folder, ours: str = "run", inside: str = "."
) -> None:
    """Make the folder of a run or another answer, or make sure that it may be written to.

    Parameters
    ----------
    folder
        Of the results.
    is_ours, ours
        Whether a folder has been written by the same command, and what that makes.
    inside
        A folder in it that is made, too.

    Raises
    ------
    UsageError
        When something else is there, or the folder cannot be made.
    """
    fix = "name another folder with -o DIR"
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file, not a folder\n  fix       {fix}")
        if folder.is_dir() and any(folder.iterdir()) and not is_ours(folder):
            raise UsageError(
                f"{folder} holds files that no {ours} has written; it is left alone\n  fix       {fix}"
            )
        (folder / inside).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}\n  fix       {fix}") from None


@contextlib.contextmanager
def prepared(folder: Path) -> Iterator[Path]:
    """A folder beside the results in which the new ones are written; removed if that fails."""
    new = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def publish(new: Path, folder: Path, kept: Path) -> None:
    """Put new results in the place of old ones.

    The manifest goes first and comes last: a folder with a manifest is complete.

    Parameters
    ----------
    new
        From :func:`prepared`.
    folder
        The run folder.
    kept
        The file of replications that belongs to the results; those of other runs are removed.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in _OURS:
        target, fresh = folder / name, new / name
        if target.is_dir():
            shutil.rmtree(target)
        elif not fresh.exists():
            target.unlink(missing_ok=True)
        if fresh.exists():
            os.replace(fresh, target)
    for other in folder.glob(_REPLICATIONS):
        if other != kept:
            other.unlink()
    for left in folder.glob(".new-*"):
        if left != new:
            shutil.rmtree(left, ignore_errors=True)


def write_run(
    folder: Path,
    summary: Summary,
    scenario: Scenario,
    world: World,
    sample: Sample,
    *,
    manifest: dict[str, Any],
    scenario_yaml: str,
    inputs: Inputs,
    kept: Path,
    figures: bool,
    what_if: WhatIf | None = None,
) -> list[str]:
    """Write the results of a run into its folder; returns notes for the reader.

    Parameters
    ----------
    folder
        Claimed with :func:`claim`.
    summary, scenario, world, sample
        Of the run.
    manifest
        What is written beside the results: the scenario, its hash, seed, versions and times.
    scenario_yaml
        The merged scenario.
    inputs
        The files that it was made of.
    kept
        File of the run's replications.
    figures
        Whether to draw.
    what_if
        Points that a reader of the page may move through.
    """
    from csm_sim.report.html_run import run_page
    from csm_sim.report.what_if import FILE, what_if_json
    from csm_sim.report.xlsx import run_workbook

    notes: list[str] = []
    try:
        with prepared(folder) as new:
            (new / "tables").mkdir()
            _write(new / "metrics.csv", metrics_csv(summary))
            _write(new / "assumptions.csv", assumptions_csv(summary))
            _write(new / "scenario.yaml", scenario_yaml)
            write_tables(new / "tables", summary, world, sample)
            if figures:
                from csm_sim.report.figures import run_figures

                (new / "figures").mkdir()
                files, notes = run_figures(summary, world, sample, str(manifest["scenario"]["name"]))
                for name, content in files.items():
                    (new / "figures" / name).write_bytes(content)
            page = run_page(
                summary, scenario, world, sample, manifest=manifest, figures=figures, what_if=what_if
            )
            _write(new / PAGE, page)
            (new / WORKBOOK).write_bytes(run_workbook(summary, scenario, world, sample, manifest))
            inputs.write(new / INPUTS)
            if what_if is not None:
                _write(new / FILE, what_if_json(what_if))
            _write(new / MANIFEST, json_text(manifest))
            publish(new, folder, kept)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from None
    return notes


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        stream.write(text)


def json_text(value: Any) -> str:
    """``value`` as JSON that any reader takes: nan and infinity become null."""
    return json.dumps(without_nan(value), indent=2, ensure_ascii=False, default=str) + "\n"


def without_nan(value: Any) -> Any:
    """``value`` with null for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(inner) for inner in value]
    return value


def results_json(summary: Summary) -> dict[str, Any]:
    """The summary as plain values for ``--json``."""
    return {
        "metrics": [asdict(one) for one in summary.estimates],
        "targets": [
            {
                "target": one.key,
                "value": one.target,
                "at_least": one.at_least,
                "unit": one.unit,
                "chance": one.chance,
                "metric": one.estimate.metric,
                "mean": one.estimate.mean,
                "low": one.estimate.low,
                "high": one.estimate.high,
                "verdict": one.verdict,
            }
            for one in summary.targets
        ],
        "pools": [
            {
                "role": one.role,
                "formula": one.formula,
                "people": one.people,
                "arrivals_per_hour": one.jobs_per_hour,
                "effort_hours": one.effort_hours,
                "patience_hours": one.patience_hours,
                "occupancy": one.occupancy.mean,
                "erlang_occupancy": one.theory.occupancy,
                "wait_hours": one.wait.mean,
                "erlang_wait_hours": one.theory_wait_hours,
                "abandoned": one.abandoned.mean if one.abandoned else None,
                "erlang_abandoned": one.theory_abandoned,
                "differences": list(reasons(one.pool)),
            }
            for one in summary.pools
        ],
        "assumptions": [asdict(one) for one in summary.assumptions],
        "warnings": list(summary.warnings),
    }
