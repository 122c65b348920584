"""How far a long computation is, on standard error and only when somebody is watching."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from csm_sim.cli.console import complain


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Told what is done and what is expected in all; draws a bar on a terminal.

    Parameters
    ----------
    what
        What is counted: ``simulations``.
    """
    if not sys.stderr.isatty():
        yield lambda done, expected: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda done, expected: bar.update(task, completed=done, total=expected)


def say_compiling() -> None:
    """Tell why nothing happens for a while."""
    complain("compiling the simulation once (about half a minute) ...")
