"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def scenario_options(function: Command) -> Command:
    """The scenario file, ``--set`` and ``--data-dir``: the arguments of :func:`csm_sim.scenario.load`."""
    function = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="A further folder from which the scenario may read files.",
    )(function)
    function = click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a value, e.g. --set staff.csm.headcount=7; may be repeated.",
    )(function)
    return click.argument("file", type=click.Path(path_type=Path))(function)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
