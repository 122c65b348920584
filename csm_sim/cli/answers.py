"""What commands that answer a question by many simulations share: reading counts, printing, a folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from csm_sim.cli.console import complain
from csm_sim.cli.files import write_atomically
from csm_sim.errors import Problem, UsageError

MOST_REPLICATIONS = 1_000_000


def replications_problem(text: str, example: str) -> tuple[int, Problem | None]:
    """The value of ``--replications``, and what is wrong with it."""
    from csm_sim.scenario.amounts import read_count
    from csm_sim.scenario.units import Wrong

    try:
        return read_count(text, low=1, high=MOST_REPLICATIONS), None
    except Wrong as wrong:
        fix = f"write a whole number from 1 to {MOST_REPLICATIONS}, e.g.  --replications {example}"
        return 1, Problem(f"--replications {text}", "", wrong.problem, fix)


def refuse(problems: list[Problem]) -> None:
    """Make sure that nothing is wrong with a call; all that is, is said at once."""
    if problems:
        raise UsageError("\n".join(str(problem) for problem in problems))


@contextlib.contextmanager
def output_folder(folder: Path | None) -> Iterator[Callable[[Mapping[str, str | bytes]], None]]:
    """A function that writes files into the folder; that it can be written to is found out first.

    Folders that were made for nothing, because what follows fails, are removed.
    """
    if folder is None:
        yield lambda files: None
        return
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        what = f"{folder} cannot be used as a folder: {error.strerror}"
        raise UsageError(str(Problem(f"-o {folder}", "", what, "name another folder with -o DIR"))) from None
    try:
        yield lambda files: _write_all(folder, files)
    finally:
        with contextlib.suppress(OSError):  # it holds the files now
            for one in made:
                one.rmdir()


def _write_all(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        write_atomically(folder / name, content)


def print_report(make: Callable[[int, bool], str]) -> None:
    """Print a report as wide as the terminal; ``make`` is told the width, and whether to use colour."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = max(60, min(shutil.get_terminal_size((80, 24)).columns, 120))
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(make(width, colour).encode(encoding, "backslashreplace").decode(encoding), nl=False)


def figures_of(draw: Callable[[str], tuple[bytes, list[str]]], name: str) -> dict[str, str | bytes]:
    """A figure as PNG and SVG; a missing font is told of once."""
    files: dict[str, str | bytes] = {}
    told: list[str] = []
    for form in ("png", "svg"):
        files[f"{name}.{form}"], notes = draw(form)
        told += notes
    for note in dict.fromkeys(told):
        complain(note)
    return files


def nothing_at_stake(file: Path) -> UsageError:
    """The error of a scenario in which no account can leave, or pay more or less."""
    what = "no account can leave, or pay more or less, in this scenario: no ARR can be lost"
    fix = "write how many churn, e.g.  churn: {green: 3%, yellow: 10%, red: 35%}"
    return UsageError(str(Problem(str(file), "segments.*.churn", what, fix)))
