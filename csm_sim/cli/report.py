"""``csm-sim report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from csm_sim.cli.console import complain
from csm_sim.cli.memory import uncollected
from csm_sim.cli.options import lang_option
from csm_sim.errors import UsageError
from csm_sim.language import _

if TYPE_CHECKING:
    from csm_sim.analysis.what_if import WhatIf


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--what-if", "points", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder of a size, or of a sweep of headcounts: its teams go into the page, to move through.",
)  # fmt: skip
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of the data files, where they are too large for the run folder to keep.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@lang_option
@uncollected()
def command(folder: Path, points: Path | None, data_dir: Path | None, no_figures: bool) -> None:
    """Make the reports in FOLDER again, from what it holds; nothing is simulated.

    FOLDER is one that run, compare, size or sweep has written. Rebuilds the page (report.html), the
    workbook, figures and tables, and prints the report.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is not a folder\n"
            "  fix       name one that  csm-sim run, compare, size or sweep  has written"
        )
    from csm_sim.report.rebuild import manifest_of
    from csm_sim.report.what_if import FILE, read_what_if

    if points is not None and _is_comparison(folder):
        raise UsageError("--what-if is for the folder of a run\n  fix       leave it out")
    what_if = read_what_if(points) if points is not None else None
    manifest = manifest_of(folder)
    if _is_comparison(folder):
        _compared(folder, figures=not no_figures)
    elif (manifest is None or manifest.get("command")) and (folder / FILE).exists():
        _teams(folder)
    elif manifest is not None and not manifest.get("command"):
        _run(folder, manifest, data_dir, what_if, figures=False if no_figures else None)
    else:
        raise UsageError(
            f"{folder} holds no finished run, comparison, sizing, or sweep of headcounts\n"
            "  fix       name such a folder, or give its command again: an interrupted one goes on"
        )


def _is_comparison(folder: Path) -> bool:
    from csm_sim.report.compare_folder import is_compare_folder

    return is_compare_folder(folder)


def _run(
    folder: Path,
    manifest: dict[str, Any],
    data_dir: Path | None,
    what_if: WhatIf | None,
    *,
    figures: bool | None,
) -> None:
    from csm_sim.cli.answers import print_report
    from csm_sim.report.rebuild import rebuild_run
    from csm_sim.report.terminal import terminal_report

    found = rebuild_run(folder, manifest, data_dir=data_dir, what_if=what_if, figures=figures)
    for note in found.notes:
        complain(note)
    drawn = (folder / "figures").is_dir()
    files = f"report.html, report.xlsx, metrics.csv, tables/{', figures/' if drawn else ''}"
    places = [_("Results: {folder}/  ({files})").format(folder=folder, files=files)]
    print_report(
        lambda width, colour: terminal_report(
            found.summary, found.scenario, seed=found.seed, width=width, colour=colour, places=places
        )
    )


def _compared(folder: Path, *, figures: bool) -> None:
    from csm_sim.cli.answers import print_report
    from csm_sim.report.compare import compare_report
    from csm_sim.report.compare_folder import rebuild_compare

    compared, notes = rebuild_compare(folder, figures=figures)
    for note in notes:
        complain(note)
    print_report(lambda width, colour: compare_report(compared, width=width, colour=colour))


def _teams(folder: Path) -> None:
    """The page of a sizing or a sweep; their tables and figures say the same in every language."""
    from csm_sim.cli.files import write_atomically
    from csm_sim.report.folder import PAGE
    from csm_sim.report.html_what_if import what_if_page
    from csm_sim.report.what_if import read_what_if

    write_atomically(folder / PAGE, what_if_page(read_what_if(folder)))
    text = folder / "report.txt"
    if text.is_file():
        click.echo(text.read_text(encoding="utf-8", errors="replace"), nl=False)
    click.echo(_("Results: {folder}/  ({files})").format(folder=folder, files=PAGE))
