"""``csm-sim key-people``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

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

if TYPE_CHECKING:
    from csm_sim.analysis.key_people import Candidate, KeyPeople
    from csm_sim.scenario import Loaded
    from csm_sim.world.build import World

Value = TypeVar("Value")


@click.command("key-people")
@scenario_options
@click.option("--weeks", metavar="N", default="4", show_default=True, help="How long they are away.")
@click.option(
    "--on",
    metavar="DATE",
    help="First day of the absence; default: the first Monday at least 4 weeks after the start.",
)
@click.option(
    "--who",
    multiple=True,
    metavar="NAME",
    help="Only this person, by name or as in the tables (csm 3); may be repeated. "
    "Default: everybody who has a name or a book, at most the 20 with the largest books.",
)
@click.option(
    "--skills", is_flag=True, help="Only skills, or those named with --who and skills; default: both."
)
@click.option("--replications", metavar="N", default="50", show_default=True, help="How many futures.")
@seed_option
@jobs_option
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Also draw what each absence costs, as .png or .svg.",
)
@json_option
@allow_code_option
@lang_option
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    weeks: str,
    on: str | None,
    who: tuple[str, ...],
    skills: bool,
    replications: str,
    seed: int | None,
    jobs: int | None,
    figure: Path | None,
    as_json: bool,
    allow_code: bool,
) -> None:
    """Say whose absence would cost most: work that waits, touches and tickets too late, ARR lost.

    Simulates an absence of each person, and of all who have a skill that at most 3 people have, and
    compares it with the same futures without it.
    """
    from csm_sim.scenario import load
    from csm_sim.world.build import build_world

    loaded = load(file, sets, data_dir)
    refuse_code(loaded, allow_code=allow_code)
    for note in loaded.notes:
        complain(str(note))
    world = build_world(loaded)
    chosen_seed = loaded.scenario.run.seed if seed is None else seed
    options = _Options(loaded, world, weeks, on, who, replications, figure)
    candidates, left_out, common = _candidates(world, options, chosen_seed, skills=skills)
    if not candidates:
        _refuse_nothing(skills)
    from csm_sim.analysis.key_people import key_people
    from csm_sim.report.key_people import key_people_json, key_people_report

    with progress_bar("simulations") as progress:
        found = key_people(
            world, candidates, seed=chosen_seed, replications=options.replications, day=options.day,
            weeks=options.weeks, jobs=jobs, left_out=left_out, common_skills=common, progress=progress,
            compiling=say_compiling,
        )  # fmt: skip
    if figure is not None:
        _draw(found, loaded.scenario.name, figure)
    if as_json:
        from csm_sim.report.folder import json_text

        click.echo(json_text(key_people_json(found, loaded.scenario.name)), nl=False)
        return
    print_report(
        lambda width, colour: key_people_report(found, loaded.scenario.name, width=width, colour=colour)
    )


class _Options:
    """What the options say, after all of them have been checked.

    Raises
    ------
    UsageError
        With everything that is wrong.
    """

    def __init__(
        self,
        loaded: Loaded,
        world: World,
        weeks: str,
        on: str | None,
        who: tuple[str, ...],
        replications: str,
        figure: Path | None,
    ) -> None:
        from csm_sim.analysis.key_people import default_day

        self._problems: list[Problem] = []
        self._loaded, self._world = loaded, world
        first, last = loaded.scenario.start, loaded.scenario.end - timedelta(days=1)
        usual = world.first_day + timedelta(days=default_day(world))
        self.weeks = self._read("--weeks", weeks, lambda text: _count(text, 520), "4") or 1
        self.replications = (
            self._read("--replications", replications, lambda text: _count(text, 1_000_000), "50") or 1
        )
        day = None
        if on is not None:
            day = self._read("--on", on, lambda text: _day(text, first, last), str(min(usual, last)))
        elif usual <= last:
            day = usual
        else:
            what = f"the horizon ends on {last}, before the usual day ({usual})"
            self._add("--on", what, f"write  --on DATE  with a day from {first} to {last}")
        self.day = -1 if day is None else (day - world.first_day).days
        self.seats = [seat for name in dict.fromkeys(who) for seat in self._seats(name, day)]
        if figure is not None and figure.suffix.lower() not in (".png", ".svg"):
            self._add(f"--figure {figure}", "a figure is a .png or a .svg", "write  --figure people.png")
        if self._problems:
            raise UsageError("\n".join(str(problem) for problem in self._problems))

    def _add(self, where: str, problem: str, fix: str) -> None:
        self._problems.append(Problem(where, "", problem, fix))

    def _read(self, option: str, text: str, read: Callable[[str], Value], example: str) -> Value | None:
        from csm_sim.scenario.units import Wrong

        try:
            return read(text)
        except Wrong as wrong:
            fix = wrong.fix.replace("{key}: ", f"{option} ").partition(", e.g.")[0]
            hint = f"{fix}, e.g.  {option} {example}" if option not in fix else fix
            self._add(f"{option} {text}", wrong.problem, hint)
            return None

    def _seats(self, name: str, day: date | None) -> list[int]:
        """The seats of the people of a name who are there on the day."""
        from csm_sim.analysis.key_people import is_there, people_of

        people = people_of(self._world)
        seats = people.get(name, [])
        if not seats:
            near = get_close_matches(name, list(people), 1)
            shown = ", ".join(list(people)[:10]) + (", ..." if len(people) > 10 else "")
            fix = f"write  --who {_quoted((near or list(people) or ['NAME'])[0])}  (there are {shown})"
            self._add(f"--who {name}", "nobody of this name is in the scenario", fix)
        elif day is not None and not any(is_there(self._world, seat, self.day) for seat in seats):
            row = self._world.supply.seats[seats[0]]
            begins = self._world.first_day + timedelta(days=int(row["joins_day"]))
            when = f"starts on {begins}" if begins > day else f"has left by {day}"
            self._add(f"--who {name}", f"{name} {when}", "write another  --on DATE,  or another name")
        return [seat for seat in seats if is_there(self._world, seat, self.day)]


def _quoted(name: str) -> str:
    """A name as it has to be written on a command line; letters of any script need no quotation marks."""
    import re
    import shlex

    return name if re.fullmatch(r"[\w.@-]+", name) else shlex.quote(name)


def _count(text: str, high: int) -> int:
    from csm_sim.scenario.amounts import read_count

    return read_count(text, low=1, high=high)


def _day(text: str, first: date, last: date) -> date:
    from csm_sim.scenario.fields import read_date
    from csm_sim.scenario.units import Wrong

    day = read_date(text)
    if not first <= day <= last:
        raise Wrong(f"{day} is outside the horizon", f"write a day from {first} to {last}")
    return day


def _candidates(
    world: World, options: _Options, seed: int, *, skills: bool
) -> tuple[list[Candidate], int, tuple[str, ...]]:
    """Who is compared, how many others there are, and skills that too many people have."""
    from csm_sim.analysis.key_people import Candidate, candidates_of, skills_of

    named = [Candidate("person", world.names.people[seat], (seat,)) for seat in options.seats]
    few, common = skills_of(world, options.day)
    if named:
        return [*named, *(few if skills else [])], 0, common if skills else ()
    if skills:
        return few, 0, common
    people, left_out = candidates_of(world, seed, options.day)
    return [*people, *few], left_out, common


def _refuse_nothing(skills: bool) -> None:
    if skills:
        what, fix = "no skill is held by 1 to 3 people on that day", "leave out --skills"
    else:
        what, fix = "nobody is there on that day", "write another  --on DATE"
    raise UsageError(str(Problem("--skills" if skills else "--on", "", what, fix)))


def _draw(found: KeyPeople, name: str, path: Path) -> None:
    from csm_sim.report.key_people_figure import key_people_figure

    image, notes = key_people_figure(found, name, "svg" if path.suffix.lower() == ".svg" else "png")
    write_atomically(path, image)
    for note in notes:
        complain(note)
