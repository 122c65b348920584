"""``csm-sim breakpoint``."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

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
from csm_sim.errors import Problem, UsageError
from csm_sim.language import _

if TYPE_CHECKING:
    from csm_sim.analysis.breakpoint import Breakpoint, Question
    from csm_sim.analysis.breakpoint_books import Books
    from csm_sim.analysis.variants import Variants
    from csm_sim.scenario import Loaded
    from csm_sim.world.build import World

Value = TypeVar("Value")

KEPT: Final = "replications"
"""Folder of the simulations in the one that -o names."""


@click.command("breakpoint")
@scenario_options
@click.option("--per", metavar="ROLE", help="Role whose books grow; default: the only one with books.")
@click.option(
    "--replications", metavar="N", default="40", show_default=True, help="How many futures at each size."
)
@click.option(
    "--leave",
    metavar="WEEKS",
    default="2",
    show_default=True,
    help="Length of the leave that the headroom is held against; 0: none.",
)
@click.option(
    "--account-cost",
    metavar="MONEY",
    default="0",
    show_default=True,
    help="What one more account costs a year beside the team's time, e.g. 200k.",
)
@click.option(
    "--margin",
    metavar="SHARE",
    default="100%",
    show_default=True,
    help="Part of the ARR that has to pay for it, e.g. 80%.",
)
@seed_option
@jobs_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder for the results and the simulations; an interrupted call goes on there.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Insist on going on with what the folder of -o holds.")
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Also draw the curve and its breaks, as .png or .svg.",
)
@json_option
@allow_code_option
@lang_option
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    per: str | None,
    replications: str,
    leave: str,
    account_cost: str,
    margin: str,
    seed: int | None,
    jobs: int | None,
    output: Path | None,
    resume: bool,
    figure: Path | None,
    as_json: bool,
    allow_code: bool,
) -> None:
    """Say how many accounts a person can have: the 101st account.

    Simulates books of other sizes on the same luck, and finds where a target breaks, where one more account
    stops paying, and where the hours run out; what gives way first, and the headroom today.
    """
    from csm_sim.analysis.variants import Variants

    variants = Variants(file, sets, data_dir)
    loaded = variants.base.loaded
    refuse_code(loaded, allow_code=allow_code)
    chosen = _Options(variants, per, replications, leave, account_cost, margin, seed, output, resume, figure)
    for note in loaded.notes:
        complain(str(note))
    try:
        found = _find(variants, chosen, output, jobs)
    except OSError as error:
        if output is None:
            raise
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    _show(found, loaded, output, figure, as_json=as_json)


class _Options:
    """What the options say, after all of them have been checked.

    Raises
    ------
    UsageError
        With everything that is wrong.
    """

    def __init__(
        self,
        variants: Variants,
        per: str | None,
        replications: str,
        leave: str,
        account_cost: str,
        margin: str,
        seed: int | None,
        output: Path | None,
        resume: bool,
        figure: Path | None,
    ) -> None:
        from csm_sim.analysis.breakpoint import Question
        from csm_sim.scenario.amounts import read_count, read_money, read_share

        self._problems: list[Problem] = []
        base = variants.base
        books = self._books(variants, per)
        number = self._read(
            "--replications", replications, lambda text: read_count(text, low=1, high=10**6), "40"
        )
        weeks = self._read("--leave", leave, lambda text: read_count(text, high=52), "2")
        cost = self._read("--account-cost", account_cost, read_money, "200k")
        part = self._read("--margin", margin, lambda text: read_share(text, above_low=True), "80%")
        if base.world.replay is not None:
            self._add(
                "tickets.trace",
                "replayed tickets belong to the accounts that raised them: books of other sizes have none",
                "write  --set tickets.trace=null --set 'tickets.rate=0.5 per month'",
            )
        self._check_folder(output, resume=resume)
        if figure is not None and figure.suffix.lower() not in (".png", ".svg"):
            self._add(f"--figure {figure}", "a figure is a .png or a .svg", "write  --figure books.png")
        if self._problems or books is None:
            raise UsageError("\n".join(str(problem) for problem in self._problems))
        self.books: Books = books
        self.question: Question = Question(
            replications=number or 1,
            seed=base.scenario.run.seed if seed is None else seed,
            leave_weeks=weeks or 0,
            margin=part or 1.0,
            account_cost=cost or 0.0,
        )

    def _add(self, where: str, problem: str, fix: str) -> None:
        self._problems.append(Problem(where, "", problem, fix))

    def _read(self, option: str, text: str, read: Callable[[str], Value], example: str) -> Value | None:
        from csm_sim.scenario.units import Wrong

        try:
            return read(text)
        except Wrong as wrong:
            self._add(f"{option} {text}", wrong.problem, f"write  {option} {example}")
            return None

    def _books(self, variants: Variants, per: str | None) -> Books | None:
        from csm_sim.analysis.breakpoint_books import books_of, roles_with_books

        world = variants.base.world
        owning, roles = roles_with_books(world), world.names.roles
        where = "--per" if per is None else f"--per {per}"
        if not owning:
            self._add(
                where,
                "nobody owns accounts in this scenario: work goes to pools",
                f"write  --set segments.{world.names.segments[0]}.owner={roles[0]}",
            )
            return None
        role = owning[0] if per is None and len(owning) == 1 else per
        if role not in owning:
            near = get_close_matches(role or "", owning, 1)
            what = (
                f"several roles have books: {', '.join(owning)}"
                if role is None
                else f"{role} owns no accounts"
                if role in roles
                else f"{role} is not a role of the scenario"
            )
            self._add(where, what, f"write  --per {(near or owning)[0]}")
            return None
        try:
            return books_of(variants.base, str(role))
        except ValueError:
            self._add(
                where,
                f"{role} has nobody, or no account, at the start",
                f"write  --set staff.{role}.headcount=1  and accounts in a segment with  owner: {role}",
            )
            return None

    def _check_folder(self, output: Path | None, *, resume: bool) -> None:
        kept = output is not None and (output / KEPT).is_dir()
        if resume and output is None:
            self._add("--resume", "no folder is named", "write  -o DIR --resume")
        elif resume and not kept:
            self._add(f"-o {output}", "the folder holds no simulations to go on with", "leave out --resume")
        elif output is not None and not kept and output.exists():
            if not output.is_dir():
                self._add(f"-o {output}", "is a file, not a folder", "name another folder")
            elif any(output.iterdir()):
                self._add(
                    f"-o {output}", "the folder holds other files; they are left alone", "name another folder"
                )


def _find(variants: Variants, chosen: _Options, output: Path | None, jobs: int | None) -> Breakpoint:
    """Simulate, and keep what is finished when it is interrupted."""
    from csm_sim.analysis.breakpoint import find_breakpoint, fluid_break
    from csm_sim.analysis.breakpoint_books import Nest
    from csm_sim.analysis.trials import Trials

    role, books = chosen.books.role, chosen.books
    fluid = fluid_break(Nest(variants, books), books, lambda one: _needed(one.world, role))
    folder = None if output is None else output / KEPT
    with (
        progress_bar("simulations") as progress,
        Trials(
            chosen.question.seed,
            twin=False,
            jobs=jobs,
            folder=folder,
            progress=progress,
            compiling=say_compiling,
        ) as trials,
    ):
        try:
            return find_breakpoint(variants, books, chosen.question, trials, fluid)
        except KeyboardInterrupt:
            if output is None:
                raise
            complain(
                f"interrupted: {trials.done + trials.kept} simulations are kept in {output};"
                " the same command goes on from there"
            )
            raise SystemExit(130) from None


def _needed(world: World, role: str) -> float:
    from csm_sim.analysis.workload_heads import heads_needed

    return heads_needed(world)[role].people


def _show(
    found: Breakpoint, loaded: Loaded, output: Path | None, figure: Path | None, *, as_json: bool
) -> None:
    """Write the files, and print the answer."""
    from csm_sim.report.breakpoint import breakpoint_csv, breakpoint_json, breakpoint_report
    from csm_sim.report.folder import json_text

    name, scenario = loaded.scenario.name, loaded.scenario
    weeks = (scenario.end - scenario.start).days / 7
    data = json_text(breakpoint_json(found, name, weeks))
    paths = [] if figure is None else [figure]
    if output is not None:
        write_atomically(output / "breakpoint.csv", breakpoint_csv(found))
        write_atomically(output / "breakpoint.json", data)
        paths += [output / "breakpoint.png", output / "breakpoint.svg"]
    _draw(found, name, paths)
    if as_json:
        click.echo(data, nl=False)
        return
    print_report(
        lambda width, colour: breakpoint_report(found, name, weeks=weeks, width=width, colour=colour)
    )
    if output is not None:
        files = "breakpoint.csv, .json, .png, .svg"
        click.echo("\n" + _("Files: {folder}/  ({files})").format(folder=output, files=files))


def _draw(found: Breakpoint, name: str, paths: list[Path]) -> None:
    if not paths:
        return
    from csm_sim.report.breakpoint_figure import breakpoint_figure

    told: dict[str, None] = {}
    for path in paths:
        image, notes = breakpoint_figure(found, name, "svg" if path.suffix.lower() == ".svg" else "png")
        write_atomically(path, image)
        told.update(dict.fromkeys(notes))
    for note in told:
        complain(note)
