"""``csm-sim run``."""

from __future__ import annotations

import contextlib
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from csm_sim.cli.answers import print_report
from csm_sim.cli.console import complain
from csm_sim.cli.memory import collected, uncollected
from csm_sim.cli.options import (
    allow_code_option,
    jobs_option,
    json_option,
    lang_option,
    refuse_code,
    scenario_options,
    seed_option,
)
from csm_sim.cli.progress import progress_bar, say_compiling
from csm_sim.errors import PolicyError, UsageError
from csm_sim.language import _

if TYPE_CHECKING:
    from csm_sim.analysis.replicate import Plan, Replications
    from csm_sim.analysis.summarise import Summary
    from csm_sim.report.inputs import Inputs
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.world.build import World


def _read_replications(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | str | None:
    """A number from 1 on, or ``auto``."""
    if value is None or value == "auto":
        return value
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0
    if not 1 <= number <= 1_000_000:
        raise click.BadParameter(f"{value!r} is neither a number from 1 to 1000000 nor auto")
    return number


@click.command("run")
@scenario_options
@seed_option
@click.option(
    "--replications",
    metavar="N|auto",
    callback=_read_replications,
    help="How many futures, or auto: until the precision is reached.",
)
@jobs_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Run folder; default: runs/NAME-HASH-seedN.",
)  # fmt: skip
@json_option
@click.option(
    "--no-twin",
    is_flag=True,
    help="Leave out the fully staffed twin: half the work, no cost of under-staffing.",
)
@click.option(
    "--effects",
    type=click.Choice(["on", "off"]),
    help="off: staffing has no effect on any customer, so nothing is lost to it; as"
    " --set health.effects=off.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@click.option(
    "--resume", is_flag=True, help="Insist on going on with an interrupted run (done anyway if there is one)."
)
@click.option("--fail-on-target", is_flag=True, help="Exit with code 3 when a target is missed.")
@allow_code_option
@lang_option
@uncollected()
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    seed: int | None,
    replications: int | str | None,
    jobs: int | None,
    output: Path | None,
    as_json: bool,
    no_twin: bool,
    effects: str | None,
    no_figures: bool,
    resume: bool,
    fail_on_target: bool,
    allow_code: bool,
) -> None:
    """Simulate FILE and report what happens, with confidence intervals.

    Results are printed, and written to a run folder: metrics.csv, tables, figures, the merged scenario.
    An interrupted run goes on where it was when the same command is given again.
    """
    from csm_sim.scenario import load

    sets = sets if effects is None else (*sets, f"health.effects={effects}")
    loaded = load(file, sets, data_dir)
    refuse_code(loaded, allow_code=allow_code)
    settings = loaded.scenario.run
    wanted = settings.replications if replications is None else replications
    from csm_sim.analysis.replicate import Plan
    from csm_sim.world.build import build_world

    plan = Plan(
        seed=settings.seed if seed is None else seed,
        replications=None if wanted == "auto" else int(wanted),
        precision=settings.precision,
        most=settings.max_replications,
        twin=not no_twin,
        jobs=jobs,
    )
    outcome = _simulate(file, loaded, build_world(loaded), plan, output, resume)
    from csm_sim.report.inputs import inputs_of

    inputs = inputs_of(file, sets, data_dir, loaded)
    outcome.inputs = inputs.manifest(sets, os.path.dirname(file))
    summary, manifest, notes = _write(loaded, outcome, inputs, plan, figures=not no_figures)
    for note in notes:
        complain(note)
    if as_json:
        from csm_sim.report.folder import json_text, results_json

        click.echo(json_text({"manifest": manifest, **results_json(summary)}), nl=False)
    else:
        _print(summary, loaded.scenario, outcome.folder, plan.seed, figures=not no_figures)
    if fail_on_target and any(one.verdict == "missed" for one in summary.targets):
        raise SystemExit(3)


class _Run:
    """What was simulated, and where it belongs."""

    def __init__(
        self,
        file: Path,
        world: World,
        folder: Path,
        kept: Path,
        hashes: dict[str, str],
        merged: dict[str, Any],
    ) -> None:
        self.file, self.world, self.folder, self.kept = file, world, folder, kept
        self.hashes, self.merged = hashes, merged
        self.started = datetime.now(UTC)
        self.replications: Replications
        self.inputs: dict[str, Any] = {}


def _simulate(
    file: Path, loaded: Loaded, world: World, plan: Plan, output: Path | None, resume: bool
) -> _Run:
    """Run the replications that are still to be run."""
    from csm_sim.analysis.checkpoint import Checkpoint, holds
    from csm_sim.analysis.digest import layout_of
    from csm_sim.analysis.fingerprint import folder_hash, run_key, scenario_sha256, world_sha256
    from csm_sim.analysis.replicate import replicate
    from csm_sim.report.folder import claim, replications_path
    from csm_sim.scenario.defaults import with_defaults

    merged, _origins = with_defaults(loaded.data)
    hashes = {"scenario_sha256": scenario_sha256(merged), "inputs_sha256": world_sha256(world)}
    folder = output or Path("runs") / f"{file.stem}-{folder_hash(hashes)}-seed{plan.seed}"
    key = run_key(world, plan.seed, plan.twin)
    kept = replications_path(folder, key)
    if resume and not holds(kept, key):
        raise UsageError(
            f"{folder} holds no replications of this scenario, seed and version\n"
            "  fix       leave out --resume, or name the folder with -o DIR"
        )
    known, made = 0, not folder.exists()
    claim(folder)
    run = _Run(file, world, folder, kept, hashes, merged)
    try:
        with Checkpoint(kept, key, layout_of(world, plan.twin).length) as checkpoint:
            known = len(checkpoint.digests)
            if known:
                complain(f"{known} replications of this run are there already")
            else:  # it is needed for certain, and costs less while no garbage is looked for
                import csm_sim.engine.simulate  # noqa: F401 - to have it, not to use it here
            try:
                with progress_bar("replications") as progress, collected():
                    run.replications = replicate(world, plan, checkpoint, progress, say_compiling)
            except KeyboardInterrupt:
                complain(
                    f"interrupted: {len(checkpoint.digests)} replications are kept in {folder};"
                    " the same command goes on from there"
                )
                raise SystemExit(130) from None
    except PolicyError:
        if not known:
            _leave_nothing(folder, kept, made=made)
        raise
    except OSError as error:
        raise UsageError(f"{kept} cannot be written: {error.strerror}") from None
    return run


def _leave_nothing(folder: Path, kept: Path, *, made: bool) -> None:
    """Take away what a run that cannot end has begun; results of earlier runs stay."""
    kept.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # there is something else in them
        if made:
            folder.rmdir()
        if folder.parent == Path("runs"):
            folder.parent.rmdir()


def _write(
    loaded: Loaded, run: _Run, inputs: Inputs, plan: Plan, *, figures: bool
) -> tuple[Summary, dict[str, Any], list[str]]:
    """Write the run folder; the summary, the manifest, and notes for stderr."""
    from csm_sim.analysis.summarise import summarise
    from csm_sim.report.folder import write_run
    from csm_sim.scenario.writing import as_yaml

    summary = summarise(loaded, run.world, run.replications)
    manifest = _manifest(loaded, run, plan, summary)
    yaml = as_yaml(run.merged, lambda key: str(loaded.origins.get(key, "")))
    notes = [str(note) for note in loaded.notes] + write_run(
        run.folder, summary, loaded.scenario, run.world, run.replications.sample,
        manifest=manifest, scenario_yaml=yaml, inputs=inputs, kept=run.kept, figures=figures,
    )  # fmt: skip
    return summary, manifest, notes


def _print(summary: Summary, scenario: Scenario, folder: Path, seed: int, *, figures: bool) -> None:
    from csm_sim.report.terminal import terminal_report

    files = f"report.html, report.xlsx, metrics.csv, tables/{', figures/' if figures else ''}"
    places = [_("Results: {folder}/  ({files})").format(folder=folder, files=files)]
    print_report(
        lambda width, colour: terminal_report(
            summary, scenario, seed=seed, width=width, colour=colour, places=places
        )
    )


def _manifest(loaded: Loaded, run: _Run, plan: Plan, summary: Summary) -> dict[str, Any]:
    import platform
    from importlib.metadata import version

    import numpy

    from csm_sim import __version__
    from csm_sim.analysis.fingerprint import program_sha256
    from csm_sim.report.folder import PROGRAM

    return {
        "program": PROGRAM,
        "version": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": version("numba"),
        "started": run.started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "file": run.file.name,
        "name": loaded.scenario.name,
        **run.hashes,
        "program_sha256": program_sha256(),
        "inputs": run.inputs,
        "seed": plan.seed,
        "replications": summary.n,
        "replications_asked": plan.replications or "auto",
        "precision": plan.precision,
        "precision_reached": run.replications.reached,
        "fully_staffed_twin": plan.twin,
        "currency": loaded.scenario.currency,
        "warnings": list(summary.warnings),
        "code": _code(run.world),
        "scenario": run.merged,
    }


def _code(world: World) -> list[dict[str, str]]:
    """The Python files whose policies ran, each once, with their text."""
    sources = {rule.path: rule.source for rule in world.supply.policies if rule.path is not None}
    return [
        {
            "file": Path(path).name,
            "sha256": hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
            "text": source,
        }
        for path, source in sources.items()
    ]
