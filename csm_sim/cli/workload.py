"""``csm-sim workload``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from csm_sim.cli.answers import print_report
from csm_sim.cli.console import complain
from csm_sim.cli.files import write_atomically
from csm_sim.cli.memory import uncollected
from csm_sim.cli.options import json_option, lang_option, scenario_options
from csm_sim.errors import UsageError

if TYPE_CHECKING:
    from csm_sim.analysis.workload_plan import WorkloadPlan
    from csm_sim.analysis.workload_run import Comparison
    from csm_sim.scenario import Loaded
    from csm_sim.world.build import World


@click.command("workload")
@scenario_options
@click.option(
    "--by",
    type=click.Choice(("playbook", "step", "tier", "role", "month")),
    multiple=True,
    help="How to divide the hours; may be repeated. Default: playbook.",
)
@click.option(
    "--run",
    "run_folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Run folder to compare with; default: that of this scenario, where there is one.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write CSV tables and a figure there.",
)
@json_option
@lang_option
@uncollected()
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    by: tuple[str, ...],
    run_folder: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Count the hours that FILE promises, bottom up, and the people they take. Nothing is simulated.

    Hours by playbook, step, tier, role and month; people with and without shrinkage; what is available; the
    usual ratios; and what formulas say of waiting, with whether they hold.
    """
    from csm_sim.scenario import load

    loaded = load(file, sets, data_dir)
    from csm_sim.analysis.workload_plan import plan_workload
    from csm_sim.world.build import build_world

    world = build_world(loaded)
    plan = plan_workload(loaded, world)
    comparison = _compare(file, loaded, world, plan, run_folder)
    for note in loaded.notes:
        complain(str(note))
    if output is not None:
        _write(plan, output)
    if as_json:
        from csm_sim.report.workload_tables import workload_json

        click.echo(json.dumps(workload_json(plan, comparison), indent=2, ensure_ascii=False))
        return
    from csm_sim.report.workload import workload_report

    print_report(lambda width, colour: workload_report(plan, by, comparison, width=width, colour=colour))


def _compare(
    file: Path, loaded: Loaded, world: World, plan: WorkloadPlan, folder: Path | None
) -> Comparison | None:
    """With the run that is named, or else with one that is where ``run`` would have put it."""
    if folder is None and not Path("runs").is_dir():
        return None
    from csm_sim.analysis.workload_run import compare_with_run, default_folder, is_finished_run
    from csm_sim.scenario.defaults import with_defaults

    merged, _ = with_defaults(loaded.data)
    if folder is None:
        folder = default_folder(file, merged, world, loaded.scenario.run.seed)
        if not is_finished_run(folder):
            return None
    return compare_with_run(plan, folder, merged, world)


def _write(plan: WorkloadPlan, folder: Path) -> None:
    """Tables and the figure; each file appears whole or not at all."""
    from csm_sim.report.workload_figure import workload_figure
    from csm_sim.report.workload_tables import HOURS_CSV, PEOPLE_CSV, hours_csv, people_csv

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made: {error.strerror}\n  fix       name another folder with -o DIR"
        ) from None
    write_atomically(folder / HOURS_CSV, hours_csv(plan))
    write_atomically(folder / PEOPLE_CSV, people_csv(plan))
    notes: list[str] = []
    if plan.total_hours > 0:
        for form in ("png", "svg"):
            image, notes = workload_figure(plan, "svg" if form == "svg" else "png")
            write_atomically(folder / f"workload.{form}", image)
    for note in notes:
        complain(note)
    complain(f"tables and figure: {folder}/")
