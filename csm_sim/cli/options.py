"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from csm_sim.errors import Problem, UsageError
from csm_sim.language import ENGLISH, LANGUAGES, using

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded

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


allow_code_option = click.option(
    "--allow-code",
    is_flag=True,
    help="Run the Python files that the scenario names as policies. Read them first, as any program.",
)


def refuse_code(loaded: Loaded, *, allow_code: bool) -> None:
    """Make sure that a command that simulates runs code of the user's own only when it was told to.

    Parameters
    ----------
    loaded
        The scenario. Built-in policies are no code of the user's own.
    allow_code
        Value of :data:`allow_code_option`.

    Raises
    ------
    UsageError
        If the scenario names Python files and that was not allowed.
    """
    if allow_code or not loaded.modules:
        return
    names = {number: str(loaded.scenario.policies[number].module) for number in sorted(loaded.modules)}
    files = ", ".join(dict.fromkeys(names.values()))
    key = f"policies[{min(names)}].module"
    origin = loaded.origins.get(key)
    raise UsageError(
        str(
            Problem(
                origin.where if origin is not None else key,
                key if origin is not None else "",
                f"the scenario brings code of its own: {files}",
                f"read it, then add  --allow-code ; that runs the code of {files}",
            )
        )
    )


seed_option = click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), help="Seed; default: that of the file (run.seed)."
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    help="Processes; default: as many as are useful. Results are the same.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def lang_option(function: Command) -> Command:
    """``--lang``: the language of what the command prints and draws; the command itself needs no parameter.

    Files for machines (JSON, CSV, the manifest) and messages about a wrong file or call stay English.
    """

    @click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        default=ENGLISH,
        envvar="CSM_SIM_LANG",
        help="Language of the report: en (default) or ja; or set CSM_SIM_LANG.",
    )
    @wraps(function)
    def in_language(*arguments: Any, lang: str, **named: Any) -> Any:
        with using(lang):
            return function(*arguments, **named)

    return cast(Command, in_language)
