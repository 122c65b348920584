"""``csm-sim`` itself: finds commands without importing them, turns errors into exit codes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import click

from csm_sim.cli.console import complain
from csm_sim.cli.memory import leave_quickly
from csm_sim.errors import CsmSimError, ScenarioError

COMMANDS: dict[str, str] = {
    "new": "Make a folder with a runnable scenario to edit.",
    "check": "Report all problems of a scenario, with line and fix; runs nothing.",
    "show": "Print the merged scenario with the origin of each value.",
    "explain": "Say what a key means, its unit, default and source.",
    "workload": "Count hours and people bottom up, in a second; simulates nothing.",
    "run": "Simulate a scenario and report, with confidence intervals.",
    "size": "Find the fewest people that meet the targets, with a stated confidence.",
    "sweep": "Simulate a scenario at many points of a grid, compared on the same luck.",
    "breakpoint": "Say how many accounts a person can have before something gives way.",
    "compare": "Compare plans on the same futures: money, ARR and service, paired.",
    "attribute": "Split the ARR lost to under-staffing by cause.",
    "value": "Say what each playbook takes and protects: what to cut first.",
    "hire-by": "Say until when to open how many requisitions; simulates nothing.",
    "key-people": "Say whose absence would cost most, by simulation.",
    "report": "Make the reports in a folder again, in another language too; simulates nothing.",
    "schema": "Print the JSON Schema of scenario files.",
}
"""Name and short help of each command, in the order of the help.

A command ``some-name`` is the object ``command`` of the module ``csm_sim.cli.some_name``; it is imported only
when it is called, so that ``csm-sim --help`` does not wait for numpy or pydantic.
"""


class LazyGroup(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"csm_sim.cli.{cmd_name.replace('-', '_')}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, but naming the nearest command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], list(COMMANDS), 1)
            hint = f"Did you mean {near[0]}?" if near else "See  csm-sim --help"
            ctx.fail(f"There is no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@dataclass(slots=True)
class State:
    """What the options of the whole program say."""

    debug: bool = False


def _version() -> str:
    try:
        return version("csm-sim")
    except PackageNotFoundError:  # a checkout that is not installed
        return "unknown"


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"csm-sim {_version()}")
        ctx.exit()


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Begin with  csm-sim new DIR.  Exit codes: 0 fine, 1 a run failed, 2 file or call is wrong, "
    "3 a target was missed and --fail-on-target was given, 130 interrupted.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
@click.pass_obj
def group(state: State | None, debug: bool) -> None:
    """Plan the capacity of a Customer Success team by simulation.

    Write what the team promised its customers into a scenario file; csm-sim says how much work that is,
    how many people it takes, what gets dropped, and what that costs in ARR.
    """
    if state is not None:
        state.debug = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave it with an exit code.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process when left out.
    """
    state = State()
    leave_quickly()
    try:
        code = group.main(
            list(arguments) if arguments is not None else None,
            prog_name="csm-sim",
            standalone_mode=False,
            obj=state,
        )
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        code = 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the output has gone (| head): no complaint, not even at exit
        code = 0
    except CsmSimError as error:
        if state.debug:
            raise
        complain(str(error))
        if isinstance(error, ScenarioError) and len(error.problems) > 1:
            complain(f"\n{len(error.problems)} problems")
        code = error.exit_code
    except Exception as error:
        if state.debug:
            raise
        complain(f"csm-sim has made an error of its own: {type(error).__name__}: {error}")
        complain("please report it, with the output of the same call with  csm-sim --debug ...")
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
