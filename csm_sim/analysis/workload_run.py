"""The estimate beside a run of the same scenario: what the simulation found more or less, role by role."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csm_sim.analysis.estimates import scope
from csm_sim.analysis.fingerprint import folder_hash, scenario_sha256, world_sha256
from csm_sim.errors import UsageError

if TYPE_CHECKING:
    from csm_sim.analysis.workload_plan import WorkloadPlan
    from csm_sim.world.build import World


@dataclass(frozen=True, slots=True)
class Found:
    """A figure of a run."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class RoleDifference:
    """The hours of a role: estimated here, promised and opened in the run."""

    role: str
    estimated_hours: float
    promised: Found | None
    """Work that opens when nothing waits for people (``full_demand_sum_hours``); None without a twin."""
    opened: Found
    """Work that did open (``demand_sum_hours``)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run folder and what it says."""

    folder: str
    same_scenario: bool
    roles: tuple[RoleDifference, ...]


def default_folder(file: Path, merged: Mapping[str, Any], world: World, seed: int) -> Path:
    """Where ``run`` puts the results of a scenario when nothing else is said."""
    return Path("runs") / f"{file.stem}-{folder_hash(_hashes(merged, world))}-seed{seed}"


def _hashes(merged: Mapping[str, Any], world: World) -> dict[str, str]:
    return {"scenario_sha256": scenario_sha256(merged), "inputs_sha256": world_sha256(world)}


def is_finished_run(folder: Path) -> bool:
    """Whether a folder holds the results of a run."""
    return (folder / "manifest.json").is_file() and (folder / "metrics.csv").is_file()


def compare_with_run(plan: WorkloadPlan, folder: Path, merged: Mapping[str, Any], world: World) -> Comparison:
    """The hours of each role beside those of a run.

    Raises
    ------
    UsageError
        When the folder holds no finished run.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        metrics = _metrics(folder / "metrics.csv")
        same = all(manifest[key] == value for key, value in _hashes(merged, world).items())
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{folder} holds no finished run\n"
            "  fix       name the folder that run has written, e.g.  --run runs/plan-1234abcd-seed1"
        ) from None
    roles = []
    for need in plan.roles:
        of = scope(role=need.role)
        opened = metrics.get(("demand_sum_hours", of))
        if opened is not None:
            promised = metrics.get(("full_demand_sum_hours", of))
            roles.append(RoleDifference(need.role, need.needed_hours, promised, opened))
    return Comparison(str(folder), same, tuple(roles))


def _metrics(path: Path) -> dict[tuple[str, str], Found]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            (row["metric"], row["scope"]): Found(
                float(row["mean"]), float(row["low"] or "nan"), float(row["high"] or "nan"), int(row["n"])
            )
            for row in csv.DictReader(stream)
            if row["metric"] in ("demand_sum_hours", "full_demand_sum_hours")
        }
