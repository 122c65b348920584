"""``csm-sim attribute``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import click

from csm_sim.cli.answers import (
    figures_of,
    nothing_at_stake,
    output_folder,
    print_report,
    refuse,
    replications_problem,
)
from csm_sim.cli.console import complain
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

USUAL_REPLICATIONS = "20"


@click.command("attribute")
@scenario_options
@click.option(
    "--replications", metavar="N", default=USUAL_REPLICATIONS, show_default=True,
    help="How many futures; each takes up to 64 simulations.",
)  # fmt: skip
@seed_option
@jobs_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Also write the figure (attribution.png, .svg) and the tables (.csv) into this folder.",
)  # fmt: skip
@json_option
@allow_code_option
@lang_option
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    replications: str,
    seed: int | None,
    jobs: int | None,
    output: Path | None,
    as_json: bool,
    allow_code: bool,
) -> None:
    """Split the ARR lost to under-staffing by cause: onboarding, touches, tickets, handovers, expansion.

    Simulates the run and its fully staffed twin with every set of causes, on the same luck, and shares the
    loss out by Shapley values, which add up in every future.
    """
    from csm_sim.scenario import load
    from csm_sim.world.build import build_world

    loaded = load(file, sets, data_dir)
    refuse_code(loaded, allow_code=allow_code)
    for note in loaded.notes:
        complain(str(note))
    n, problem = replications_problem(replications, USUAL_REPLICATIONS)
    refuse([problem] if problem else [])
    world = build_world(loaded)
    from csm_sim.analysis.attribute import attribute
    from csm_sim.analysis.expected import arr_can_change

    if not arr_can_change(world):
        raise nothing_at_stake(file)
    chosen_seed = loaded.scenario.run.seed if seed is None else seed
    name = loaded.scenario.name
    from csm_sim.report.attribute import (
        attribution_csv,
        attribution_json,
        attribution_report,
        by_replication_csv,
    )

    with output_folder(output) as write:
        with progress_bar("simulations") as progress:
            found = attribute(
                world, seed=chosen_seed, replications=n, jobs=jobs, progress=progress, compiling=say_compiling
            )
        if output is not None:
            from csm_sim.report.attribute_figure import attribution_figure

            figures = figures_of(
                lambda form: attribution_figure(found, name, cast(Literal["png", "svg"], form)), "attribution"
            )
            write(
                {
                    "attribution.csv": attribution_csv(found),
                    "attribution_by_replication.csv": by_replication_csv(found),
                    **figures,
                }
            )
    if as_json:
        from csm_sim.report.folder import json_text

        click.echo(json_text(attribution_json(found, name)), nl=False)
        return
    print_report(lambda width, colour: attribution_report(found, name, width=width, colour=colour))
