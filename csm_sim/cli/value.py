"""``csm-sim value``."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
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
from csm_sim.errors import Problem

USUAL_REPLICATIONS = "20"


@click.command("value")
@scenario_options
@click.option(
    "--playbook", "chosen", multiple=True, metavar="NAME",
    help="Only this playbook; may be repeated. Default: all.",
)  # fmt: skip
@click.option(
    "--replications", metavar="N", default=USUAL_REPLICATIONS, show_default=True,
    help="How many futures; each takes a simulation, and up to two more for each playbook.",
)  # fmt: skip
@seed_option
@jobs_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Also write the figure (value.png, .svg) and the table (value.csv) into this folder.",
)  # fmt: skip
@json_option
@allow_code_option
@lang_option
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    chosen: tuple[str, ...],
    replications: str,
    seed: int | None,
    jobs: int | None,
    output: Path | None,
    as_json: bool,
    allow_code: bool,
) -> None:
    """Say what each playbook takes and what ARR it protects: what to cut first, and what never to cut.

    Simulates the same futures without each playbook, and with its tasks never late.
    """
    from csm_sim.scenario import load
    from csm_sim.world.build import build_world

    loaded = load(file, sets, data_dir)
    refuse_code(loaded, allow_code=allow_code)
    for note in loaded.notes:
        complain(str(note))
    world = build_world(loaded)
    from csm_sim.analysis.expected import arr_can_change
    from csm_sim.analysis.value import playbooks_of, value_of_work

    known = playbooks_of(world)
    n, problem = replications_problem(replications, USUAL_REPLICATIONS)
    names, problems = _names(file, chosen, known)
    refuse([*([problem] if problem else []), *problems])
    if not arr_can_change(world):
        raise nothing_at_stake(file)
    chosen_seed = loaded.scenario.run.seed if seed is None else seed
    name = loaded.scenario.name
    from csm_sim.report.value import value_csv, value_json, value_report

    with output_folder(output) as write:
        with progress_bar("simulations") as progress:
            found = value_of_work(
                world, names, seed=chosen_seed, replications=n, jobs=jobs, left_out=len(known) - len(names),
                progress=progress, compiling=say_compiling,
            )  # fmt: skip
        if output is not None:
            from csm_sim.report.value_figure import value_figure

            figures = figures_of(
                lambda form: value_figure(found, name, cast(Literal["png", "svg"], form)), "value"
            )
            write({"value.csv": value_csv(found), **figures})
    if as_json:
        from csm_sim.report.folder import json_text

        click.echo(json_text(value_json(found, name)), nl=False)
        return
    print_report(lambda width, colour: value_report(found, name, width=width, colour=colour))


def _names(file: Path, chosen: tuple[str, ...], known: Mapping[str, int]) -> tuple[list[str], list[Problem]]:
    """The playbooks to look at, in the order of the file, and what is wrong."""
    if not known:
        what = "the scenario has no playbooks: there is no planned work to value"
        fix = "write, e.g.  playbooks: {call: {for: all, every: month, steps: [{do: call, effort: 1h}]}}"
        return [], [Problem(str(file), "playbooks", what, fix)]
    problems = []
    for name in dict.fromkeys(chosen):
        if name not in known:
            near = (get_close_matches(name, list(known), 1) or list(known))[0]
            shown = ", ".join(list(known)[:10]) + (", ..." if len(known) > 10 else "")
            fix = f"write  --playbook {near}  (there are {shown})"
            problems.append(Problem(f"--playbook {name}", "", "there is no playbook of this name", fix))
    return [name for name in known if not chosen or name in chosen], problems
