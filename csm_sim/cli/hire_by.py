"""``csm-sim hire-by``."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from csm_sim.cli.answers import print_report
from csm_sim.cli.console import complain
from csm_sim.cli.files import write_atomically
from csm_sim.cli.memory import uncollected
from csm_sim.cli.options import json_option, lang_option, scenario_options
from csm_sim.errors import Problem, UsageError

if TYPE_CHECKING:
    from csm_sim.analysis.hiring import HireBy
    from csm_sim.scenario import Loaded

Value = TypeVar("Value")


@click.command("hire-by")
@scenario_options
@click.option("--role", metavar="ROLE", help="Role that is hired for; default: the only one.")
@click.option("--people", metavar="N", required=True, help="How many ramped people are wanted.")
@click.option("--by", metavar="DATE", required=True, help="Day on which they are wanted: 2027-10-01.")
@click.option(
    "--chance", metavar="SHARE", default="90%", show_default=True, help="How sure it should be, e.g. 80%."
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Also draw the chance against the day of opening, as .png or .svg.",
)
@json_option
@lang_option
@uncollected()
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    role: str | None,
    people: str,
    by: str,
    chance: str,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Say until when to open how many requisitions, so that enough people of a role are ramped on a date.

    From time to hire, ramp, attrition and what the timeline plans, by formulas: nothing is simulated.
    """
    from csm_sim.scenario import load

    loaded = load(file, sets, data_dir)
    options = _Options(loaded, role, people, by, chance, figure)
    from csm_sim.analysis.hiring import hire_by
    from csm_sim.report.hiring import hiring_json, hiring_report

    found = hire_by(loaded, options.role, options.people, options.by, options.chance)
    for note in loaded.notes:
        complain(str(note))
    if figure is not None:
        _draw(found, loaded.scenario.name, figure)
    if as_json:
        click.echo(json.dumps(hiring_json(found, loaded.scenario.name), indent=2, ensure_ascii=False))
        return
    print_report(lambda width, colour: hiring_report(found, loaded.scenario.name, width=width, colour=colour))


class _Options:
    """What the options say, after all of them have been checked.

    Raises
    ------
    UsageError
        With everything that is wrong.
    """

    def __init__(
        self, loaded: Loaded, role: str | None, people: str, by: str, chance: str, figure: Path | None
    ) -> None:
        self._problems: list[Problem] = []
        roles = list(loaded.scenario.staff)
        self.role = self._role(role, roles)
        self.people = self._read("--people", people, _people, "12") or 0
        example = str(loaded.scenario.end - timedelta(days=1))
        self.by = self._read("--by", by, lambda text: _day(text, loaded), example) or date.min
        self.chance = self._read("--chance", chance, _chance, "90%") or 0.0
        if figure is not None and figure.suffix.lower() not in (".png", ".svg"):
            self._add(f"--figure {figure}", "a figure is a .png or a .svg", "write  --figure when.png")
        if self._problems:
            raise UsageError("\n".join(str(problem) for problem in self._problems))

    def _add(self, where: str, problem: str, fix: str) -> None:
        self._problems.append(Problem(where, "", problem, fix))

    def _role(self, role: str | None, roles: list[str]) -> str:
        if role is None and len(roles) == 1:
            return roles[0]
        if role in roles:
            return str(role)
        near = get_close_matches(role or "", roles, 1)
        fix = f"write  --role {(near or roles)[0]}  (the roles are {', '.join(roles)})"
        what = "the scenario has several roles" if role is None else f"{role} is not a role of the scenario"
        self._add("--role" if role is None else f"--role {role}", what, fix)
        return ""

    def _read(self, option: str, text: str, read: Callable[[str], Value], example: str) -> Value | None:
        from csm_sim.scenario.units import Wrong

        try:
            return read(text)
        except Wrong as wrong:
            fix = wrong.fix.replace("{key}: ", f"{option} ").partition(", e.g.")[0]
            hint = f"{fix}, e.g.  {option} {example}" if option not in fix else fix
            self._add(f"{option} {text}", wrong.problem, hint)
            return None


def _people(text: str) -> int:
    from csm_sim.scenario.amounts import read_count

    return read_count(text, low=1, high=100_000)


def _chance(text: str) -> float:
    from csm_sim.scenario.amounts import read_share
    from csm_sim.scenario.units import Wrong

    share = read_share(float(text) if _is_decimal(text) else text, above_low=True)
    if share == 1:
        raise Wrong(f"{text} is certainty, which nobody can give", "write less than 100%")
    return share


def _is_decimal(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal() and text.isascii() and "." in text


def _day(text: str, loaded: Loaded) -> date:
    from csm_sim.scenario.fields import read_date
    from csm_sim.scenario.units import Wrong

    day = read_date(text)
    first, last = loaded.scenario.start, loaded.scenario.end - timedelta(days=1)
    if not first <= day <= last:
        raise Wrong(f"{day} is outside the horizon", f"write a day from {first} to {last}")
    return day


def _draw(found: HireBy, name: str, path: Path) -> None:
    from csm_sim.report.hiring_figure import hiring_figure

    image, notes = hiring_figure(found, name, "svg" if path.suffix.lower() == ".svg" else "png")
    write_atomically(path, image)
    for note in notes:
        complain(note)
