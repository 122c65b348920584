"""A run folder → its reports again, from the replications that it keeps; nothing is simulated."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csm_sim import __version__
from csm_sim.analysis.checkpoint import Checkpoint, holds
from csm_sim.analysis.digest import Sample, layout_of
from csm_sim.analysis.fingerprint import program_sha256, run_key, scenario_sha256, world_sha256
from csm_sim.analysis.precision import precisions
from csm_sim.analysis.replicate import Replications
from csm_sim.analysis.summarise import Summary, summarise
from csm_sim.errors import ScenarioError, UsageError
from csm_sim.report.folder import INPUTS, MANIFEST, PROGRAM, replications_path, write_run
from csm_sim.report.inputs import DATA, SCENARIO, kept_inputs
from csm_sim.report.what_if import FILE, read_what_if
from csm_sim.scenario import Loaded, load
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.load import Origin

if TYPE_CHECKING:
    from csm_sim.analysis.what_if import WhatIf
    from csm_sim.scenario import Scenario
    from csm_sim.world.build import World

_AGAIN: Final = "simulate it again:  csm-sim run FILE -o DIR"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A run as its folder has it."""

    summary: Summary
    scenario: Scenario
    seed: int
    notes: tuple[str, ...]
    """What a reader of the command's messages should know."""


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest in a folder; None where there is none of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("program") == PROGRAM else None


def rebuild_run(
    folder: Path,
    manifest: dict[str, Any],
    *,
    data_dir: Path | None = None,
    what_if: WhatIf | None = None,
    figures: bool | None = None,
) -> Rebuilt:
    """Make everything in a run folder again, in the language in use, but for the replications.

    Python files of policies are read, as everywhere, and not run.

    Parameters
    ----------
    folder
        Of a finished run.
    manifest
        Its manifest, from :func:`manifest_of`.
    data_dir
        Folder of the data files, where the run folder does not keep them.
    what_if
        Points for the page's strip; None: those that the folder has already, if any.
    figures
        Whether to draw; None: as the run did.

    Raises
    ------
    UsageError
        When the folder does not hold what it takes, or holds something else than what was simulated.
    """
    _check_version(folder, manifest)
    loaded = _loaded(folder, manifest, data_dir)
    from csm_sim.world.build import build_world

    world = build_world(loaded)
    _check_inputs(folder, manifest, loaded, world)
    replications, kept = _replications(folder, manifest, world)
    if what_if is None and (folder / FILE).exists():
        what_if = read_what_if(folder)
    notes = [] if what_if is None else _check_what_if(what_if, loaded.scenario)
    summary = summarise(loaded, world, replications)
    notes += write_run(
        folder,
        summary,
        loaded.scenario,
        world,
        replications.sample,
        manifest=manifest,
        scenario_yaml=(folder / "scenario.yaml").read_text(encoding="utf-8"),
        inputs=kept_inputs(folder, manifest["inputs"]["file"], complete=manifest["inputs"]["complete"]),
        kept=kept,
        figures=(folder / "figures").is_dir() if figures is None else figures,
        what_if=what_if,
    )
    return Rebuilt(summary, loaded.scenario, int(manifest["seed"]), tuple(notes))


def _check_version(folder: Path, manifest: dict[str, Any]) -> None:
    """Results of another version are not shown as those of this one."""
    if not isinstance(manifest.get("inputs"), dict) or not (folder / INPUTS).is_dir():
        raise UsageError(
            f"{folder} does not keep the files that it was made of: an earlier version wrote it, or"
            f" {INPUTS}/ was removed\n  fix       {_AGAIN}"
        )
    same = manifest.get("program_sha256") == program_sha256() and manifest.get("numpy") == np.__version__
    if not same:
        made = f"csm-sim {manifest.get('version', '?')} with numpy {manifest.get('numpy', '?')}"
        here = f"csm-sim {__version__} with numpy {np.__version__}"
        differ = "" if made != here else ", with other code"
        raise UsageError(
            f"{folder} was simulated by {made}; this is {here}{differ}\n"
            f"  fix       {_AGAIN} , or use the version that simulated it"
        )


def _loaded(folder: Path, manifest: dict[str, Any], data_dir: Path | None) -> Loaded:
    """The scenario out of the files that the folder keeps, with the places of its values as they were."""
    inputs, root = manifest["inputs"], folder / INPUTS
    file = root / str(inputs["file"])
    if not file.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{folder / MANIFEST} names a file outside of {root}\n  fix       {_AGAIN}")
    data = data_dir
    if data is None and (root / DATA).is_dir():
        data = root / DATA
    try:
        loaded = load(file, tuple(str(one) for one in inputs["set"]), data)
    except ScenarioError as error:
        fix = _AGAIN
        if data_dir is None and not inputs["complete"]:
            fix = (
                "the run folder does not keep data files as large as these: name theirs with  --data-dir DIR"
            )
        raise UsageError(f"the scenario in {root} cannot be read\n{error}\n  fix       {fix}") from None
    return replace(loaded, origins=_origins(loaded, root / SCENARIO, str(inputs["folder"])))


def _origins(loaded: Loaded, here: Path, there: str) -> dict[str, Origin]:
    """The origins with the folder that the file was in when it was simulated."""
    prefix, wanted = f"{here}/", f"{there}/" if there else ""
    return {
        key: Origin(one.kind, wanted + one.where.removeprefix(prefix))
        if one.where.startswith(prefix)
        else one
        for key, one in loaded.origins.items()
    }


def _check_inputs(folder: Path, manifest: dict[str, Any], loaded: Loaded, world: World) -> None:
    merged, _defaults = with_defaults(loaded.data)
    for key, found, what in (
        ("scenario_sha256", scenario_sha256(merged), "the scenario"),
        ("inputs_sha256", world_sha256(world), "a data file"),
    ):
        if manifest.get(key) != found:
            raise UsageError(
                f"{what} in {folder / INPUTS} is not the one that was simulated ({key} differs)\n"
                f"  fix       {_AGAIN}"
            )


def _replications(folder: Path, manifest: dict[str, Any], world: World) -> tuple[Replications, Path]:
    seed, twin, n = int(manifest["seed"]), bool(manifest["fully_staffed_twin"]), int(manifest["replications"])
    key, layout = run_key(world, seed, twin), layout_of(world, twin)
    path = replications_path(folder, key)
    digests: dict[int, Any] = {}
    if holds(path, key):
        with Checkpoint(path, key, layout.length) as checkpoint:
            digests = checkpoint.digests
    if not all(number in digests for number in range(n)):
        raise UsageError(
            f"{folder} holds {len(digests)} of the {n} replications of its run\n"
            "  fix       give the same  csm-sim run  command again: it simulates what is missing"
        )
    sample = Sample(layout, np.array([digests[number] for number in range(n)]))
    found = precisions(world, sample, float(manifest["precision"])) if n > 1 else ()
    asked = manifest.get("replications_asked") == "auto"
    return Replications(sample, asked, found, world), path


def _check_what_if(what_if: WhatIf, scenario: Scenario) -> list[str]:
    """What to say of points that may belong to another scenario.

    Raises
    ------
    UsageError
        When they cannot belong to this one.
    """
    if what_if.currency != scenario.currency or not set(what_if.roles) <= set(scenario.staff):
        raise UsageError(
            f"the what-if points are of another scenario: {what_if.name}, in {what_if.currency}, with"
            f" {', '.join(what_if.roles)}\n  fix       size or sweep the scenario of the run"
        )
    if what_if.name != scenario.name or what_if.horizon != str(scenario.horizon):
        return [f"note: the what-if points are of {what_if.name} over {what_if.horizon}"]
    return []
