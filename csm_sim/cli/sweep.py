"""``csm-sim sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from csm_sim.cli.answers import print_report
from csm_sim.cli.console import complain
from csm_sim.cli.files import write_atomically
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
from csm_sim.errors import ScenarioError, UsageError
from csm_sim.language import Message, _, in_each_language

if TYPE_CHECKING:
    from csm_sim.analysis.sweep import Sweep
    from csm_sim.analysis.sweep_grid import Grid
    from csm_sim.analysis.trials import Trials
    from csm_sim.analysis.variants import Variant, Variants

_ANSWER: Final = "sweep.json"
_KEPT: Final = "replications"


@click.command("sweep")
@scenario_options
@click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="KEY=VALUES",
    help="Values of a key: a list (200,400,800), a range with both ends (4:10, 20%:40%:5%), or both; "
    "may be repeated for a grid.",
)
@click.option(
    "--base",
    multiple=True,
    metavar="KEY=VALUE",
    help="Compare with the file changed in this way; may be repeated. Default: the file itself.",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="METRIC[:SCOPE]",
    help="Show this figure of metrics.csv instead of the usual ones; may be repeated.",
)
@click.option(
    "--replications",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    default=20,
    show_default=True,
    help="How many futures at each point.",
)
@seed_option
@jobs_option
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    metavar="N",
    default=100,
    show_default=True,
    help="Most points.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also write tables and figures there, and keep the replications: an interrupted sweep goes on.",
)
@click.option("--resume", is_flag=True, help="Insist on going on with what is in DIR (done anyway).")
@click.option(
    "--no-twin",
    is_flag=True,
    help="Leave out the fully staffed twin: less work, no cost of under-staffing.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@json_option
@allow_code_option
@lang_option
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    vary: tuple[str, ...],
    base: tuple[str, ...],
    metrics: tuple[str, ...],
    replications: int,
    seed: int | None,
    jobs: int | None,
    limit: int,
    output: Path | None,
    resume: bool,
    no_twin: bool,
    no_figures: bool,
    as_json: bool,
    allow_code: bool,
) -> None:
    """Simulate FILE at all points of a grid, and compare each point with the file itself.

    Any key can be varied. All points have the same luck, so that differences are paired: small ones show
    with few replications.
    """
    if resume and output is None:
        raise UsageError("--resume needs the folder\n  fix       name it with -o DIR")
    from csm_sim.analysis.sweep_grid import grid_of

    grid = grid_of(vary, limit)
    from csm_sim.analysis.variants import Variants

    variants = Variants(file, sets, data_dir)
    refuse_code(variants.base.loaded, allow_code=allow_code)
    for note in variants.base.loaded.notes:
        complain(str(note))
    chosen = variants.variant(*base) if base else variants.base
    points = _points(variants, grid, allow_code=allow_code)
    from csm_sim.analysis.sweep import sweep
    from csm_sim.analysis.trials import Trials

    kept = _claimed(output, resume=resume) if output is not None else None
    seed = variants.base.scenario.run.seed if seed is None else seed
    with (
        progress_bar("replications") as progress,
        Trials(
            seed, twin=not no_twin, jobs=jobs, folder=kept, progress=progress, compiling=say_compiling
        ) as trials,
    ):
        if output is not None:
            _say_what_is_there(trials, [chosen, *points], output, resume=resume)
        label = (
            ", ".join(base) if base else Message("the file as set") if sets else Message("the file itself")
        )
        try:
            found = sweep(
                grid, points, chosen, trials, replications=replications, metrics=metrics, base_label=label
            )
        except KeyboardInterrupt:
            _say_interrupted(trials, output)
            raise SystemExit(130) from None
        except OSError as error:
            raise UsageError(f"{kept} cannot be written: {error.strerror}") from None
        places = []
        if output is not None:
            places = _write(found, points, chosen, trials, output, figures=not no_figures)
    _print(found, places, as_json=as_json)


def _points(variants: Variants, grid: Grid, *, allow_code: bool) -> list[Variant]:
    """All points, read and checked.

    Raises
    ------
    UsageError
        With what the scenario says of the first point that is wrong.
    """
    found = []
    with progress_bar("points") as progress:
        for point in grid:
            settings = grid.settings(point)
            try:
                variant = variants.variant(*settings)
                refuse_code(variant.loaded, allow_code=allow_code)
            except (ScenarioError, UsageError) as error:
                raise UsageError(f"the point  {', '.join(settings)}  cannot be simulated\n{error}") from None
            found.append(variant)
            progress(len(found), len(grid))
    return found


# ---------------------------------------------------------------- the folder


def _claimed(folder: Path, *, resume: bool) -> Path:
    """Make the folder, or make sure that it is one of a sweep; returns where replications are kept.

    Raises
    ------
    UsageError
        When something else is there, or the folder cannot be made.
    """
    fix = "name another folder with -o DIR"
    kept = folder / _KEPT
    if resume and not kept.is_dir():
        _refuse_to_resume(folder)
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file, not a folder\n  fix       {fix}")
        if folder.is_dir() and any(folder.iterdir()) and not kept.is_dir():
            raise UsageError(
                f"{folder} holds files that no sweep has written; it is left alone\n  fix       {fix}"
            )
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}\n  fix       {fix}") from None
    return kept


def _say_what_is_there(trials: Trials, variants: list[Variant], folder: Path, *, resume: bool) -> None:
    for variant in variants:
        trials.known(variant)
    if trials.kept:
        complain(f"{trials.kept} replications of this sweep are there already")
    elif resume:
        _refuse_to_resume(folder)


def _refuse_to_resume(folder: Path) -> NoReturn:
    raise UsageError(
        f"{folder} holds no replications of these points, this seed and this version\n"
        "  fix       leave out --resume, or name the folder with -o DIR"
    )


def _say_interrupted(trials: Trials, folder: Path | None) -> None:
    if folder is None:
        complain("interrupted; with  -o DIR  the same command would go on from there")
        return
    complain(
        f"interrupted: {trials.kept + trials.done} replications are kept in {folder};"
        " the same command goes on from there"
    )


def _write(
    found: Sweep, points: list[Variant], base: Variant, trials: Trials, folder: Path, *, figures: bool
) -> list[str]:
    """Write tables and figures; returns what to say of them."""
    from csm_sim.analysis.sweep import all_metrics
    from csm_sim.analysis.what_if import what_if_of_sweep
    from csm_sim.report.folder import PAGE, json_text
    from csm_sim.report.html_what_if import what_if_page
    from csm_sim.report.sweep import lead, metrics_csv, shown_csv, sweep_json
    from csm_sim.report.what_if import FILE, what_if_json

    for name in (_ANSWER, FILE, PAGE):  # the answer comes last: a folder with it is complete
        (folder / name).unlink(missing_ok=True)
    write_atomically(folder / "sweep.csv", shown_csv(found))
    write_atomically(
        folder / "metrics.csv", metrics_csv(found, all_metrics(found, points, base, trials), found.currency)
    )
    names = ["sweep.csv", "metrics.csv"]
    for old in [*folder.glob("sweep*.png"), *folder.glob("sweep*.svg")]:
        old.unlink()
    if figures:
        from csm_sim.report.sweep_figure import sweep_figures

        told: dict[str, None] = {}
        for form in ("png", "svg"):
            pictures, notes = sweep_figures(found, form)
            told.update(dict.fromkeys(notes))
            for name, picture in pictures.items():
                write_atomically(folder / f"{name}.{form}", picture)
                names.append(f"{name}.{form}")
        for note in told:
            complain(note)
    teams = what_if_of_sweep(found, points, base, trials, in_each_language(lambda: lead(found)))
    if teams is not None:
        write_atomically(folder / FILE, what_if_json(teams))
        write_atomically(folder / PAGE, what_if_page(teams))
        names.insert(0, PAGE)
    write_atomically(folder / _ANSWER, json_text(sweep_json(found)))
    shown = names if len(names) < 7 else [*names[:3], "sweep-*.png", "sweep-*.svg"]
    return [_("Results: {folder}/  ({files})").format(folder=folder, files=", ".join([*shown, _ANSWER]))]


def _print(found: Sweep, places: list[str], *, as_json: bool) -> None:
    from csm_sim.report.folder import json_text
    from csm_sim.report.sweep import sweep_json, sweep_report

    if as_json:
        click.echo(json_text(sweep_json(found)), nl=False)
        return
    print_report(lambda width, colour: sweep_report(found, width=width, colour=colour, places=places))
