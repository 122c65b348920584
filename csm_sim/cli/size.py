"""``csm-sim size``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from csm_sim.cli.answers import print_report
from csm_sim.cli.console import complain
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
from csm_sim.language import _, in_each_language

if TYPE_CHECKING:
    from csm_sim.analysis.trials import Trials
    from csm_sim.analysis.variants import Variants
    from csm_sim.report.sizing import Findings

Value = TypeVar("Value")


@click.command("size")
@scenario_options
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE[=MIN:MAX]",
    help="A role whose headcount is looked for, e.g. csm or csm=4:14; may be repeated."
    " Default: those of sizing.roles, or all with people.",
)
@click.option("--confidence", metavar="SHARE", help="How sure, e.g. 90%; default: sizing.confidence.")
@click.option("--margin", metavar="SHARE", help="Margin on ARR, e.g. 80%; default: money.gross_margin.")
@click.option("--when", "by_month", is_flag=True, help="Also say how many in which month, and hire-by dates.")
@click.option(
    "--chance", metavar="SHARE", default="90%", show_default=True,
    help="How sure the hire-by dates of --when should be.",
)  # fmt: skip
@click.option(
    "--replications", metavar="N", default="100", show_default=True,
    help="Fresh futures on which the answer is confirmed.",
)  # fmt: skip
@seed_option
@jobs_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
    help="Folder; default: runs/NAME-size-HASH-seedN.",
)  # fmt: skip
@json_option
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@click.option(
    "--resume", is_flag=True, help="Insist on going on where an earlier call was interrupted (done anyway)."
)
@allow_code_option
@lang_option
def command(
    file: Path,
    sets: tuple[str, ...],
    data_dir: Path | None,
    roles: tuple[str, ...],
    confidence: str | None,
    margin: str | None,
    by_month: bool,
    chance: str,
    replications: str,
    seed: int | None,
    jobs: int | None,
    output: Path | None,
    as_json: bool,
    no_figures: bool,
    resume: bool,
    allow_code: bool,
) -> None:
    """Find the fewest people that meet the targets of FILE, with a stated confidence.

    Tries headcounts on the same luck, confirms the answer and each answer minus one on fresh futures, and
    says where the next hire stops paying for itself. An interrupted call goes on where it was when it is
    given again.
    """
    from csm_sim.analysis.variants import Variants

    variants = Variants(file, sets, data_dir)
    base = variants.base
    refuse_code(base.loaded, allow_code=allow_code)
    options = _Options(variants, roles, confidence, margin, chance, replications)
    if seed is None:
        seed = base.scenario.run.seed
    started = datetime.now(UTC)
    folder = output or Path("runs") / f"{file.stem}-size-{_hash(variants)}-seed{seed}"
    from csm_sim.report.sizing_folder import claim, has_futures, write_sizing

    if resume and not has_futures(folder):
        raise UsageError(
            f"{folder} holds no futures of an earlier call\n"
            "  fix       leave out --resume, or name the folder with -o DIR"
        )
    claim(folder)
    found = _answer(variants, options, seed, jobs, folder, by_month=by_month)
    report = _report(found, width=100, colour=False)
    manifest = _manifest(file, variants, found, options, started)
    notes = [str(note) for note in base.loaded.notes]
    notes += write_sizing(
        folder, found, report=report, manifest=manifest, scenario_yaml=_yaml(variants),
        figures=not no_figures,
    )  # fmt: skip
    for note in notes:
        complain(note)
    if as_json:
        from csm_sim.report.folder import json_text
        from csm_sim.report.sizing_data import sizing_json

        click.echo(json_text({"manifest": manifest, **sizing_json(found)}), nl=False)
        return
    drawn = found.profit is not None and not no_figures
    files = _("report.html, sizing.json, tables as .csv{more}").format(more=", front.png" if drawn else "")
    place = _("Results: {folder}/  ({files})").format(folder=folder, files=files)
    print_report(lambda width, colour: _report(found, width=width, colour=colour, places=[place]))


def _report(found: Findings, *, width: int, colour: bool, places: list[str] | None = None) -> str:
    from csm_sim.report.sizing import sizing_report

    return sizing_report(found, width=width, colour=colour, places=places or [])


def _hash(variants: Variants) -> str:
    from csm_sim.analysis.fingerprint import folder_hash, scenario_sha256
    from csm_sim.scenario.defaults import with_defaults

    merged, _origins = with_defaults(variants.base.loaded.data)
    return folder_hash({"scenario": scenario_sha256(merged), "inputs": variants.base.world_sha256})


def _answer(
    variants: Variants, options: _Options, seed: int, jobs: int | None, folder: Path, *, by_month: bool
) -> Findings:
    from csm_sim.analysis.sizing_question import needs_twin
    from csm_sim.analysis.trials import Trials
    from csm_sim.report.sizing_folder import futures_of

    try:
        with progress_bar("futures") as progress:
            trials = Trials(
                seed,
                twin=needs_twin(variants.base.scenario),
                jobs=jobs,
                folder=futures_of(folder),
                progress=progress,
                compiling=say_compiling,
            )
            with trials:
                try:
                    return _ask(variants, trials, options, by_month=by_month)
                except KeyboardInterrupt:
                    complain(
                        f"interrupted: {trials.done + trials.kept} futures are kept in {folder};"
                        " the same command goes on from there"
                    )
                    raise SystemExit(130) from None
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from None


def _ask(variants: Variants, trials: Trials, options: _Options, *, by_month: bool) -> Findings:
    from csm_sim.analysis.sizing import Team, size
    from csm_sim.analysis.sizing_profit import profit
    from csm_sim.analysis.sizing_question import question_of
    from csm_sim.analysis.sizing_when import in_time
    from csm_sim.analysis.what_if import what_if_of_size
    from csm_sim.report.sizing import Findings
    from csm_sim.report.sizing_words import sentences

    base = variants.base
    team = Team(variants, trials, question_of(variants, options.asked))
    sized = size(team, fresh=options.replications)
    found = Findings(
        name=base.scenario.name,
        currency=base.scenario.currency,
        seed=trials.seed,
        sized=sized,
        profit=profit(team, sized, options.replications),
        when=in_time(team, sized, base.loaded, options.chance) if by_month else None,
        simulated=trials.done + trials.kept,
    )
    said = in_each_language(lambda: sentences(sized, found.currency, found.simulated))
    return replace(found, what_if=what_if_of_size(team, sized, said))


def _yaml(variants: Variants) -> str:
    from csm_sim.scenario.defaults import with_defaults
    from csm_sim.scenario.writing import as_yaml

    loaded = variants.base.loaded
    return as_yaml(with_defaults(loaded.data)[0], lambda key: str(loaded.origins.get(key, "")))


def _manifest(
    file: Path, variants: Variants, found: Findings, options: _Options, started: datetime
) -> dict[str, Any]:
    import platform
    from importlib.metadata import version

    import numpy

    from csm_sim import __version__
    from csm_sim.analysis.fingerprint import scenario_sha256
    from csm_sim.report.folder import PROGRAM
    from csm_sim.report.sizing_folder import COMMAND
    from csm_sim.scenario.defaults import with_defaults

    merged, _origins = with_defaults(variants.base.loaded.data)
    return {
        "program": PROGRAM,
        "command": COMMAND,
        "version": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": version("numba"),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "file": file.name,
        "name": found.name,
        "scenario_sha256": scenario_sha256(merged),
        "inputs_sha256": variants.base.world_sha256,
        "seed": found.seed,
        "futures": found.simulated,
        "replications_of_confirmation": options.replications,
        "currency": found.currency,
        "scenario": merged,
    }


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
        roles: tuple[str, ...],
        confidence: str | None,
        margin: str | None,
        chance: str,
        replications: str,
    ) -> None:
        from csm_sim.analysis.sizing_question import Asked

        self._problems: list[Problem] = []
        known = list(variants.base.scenario.staff)
        bounds: dict[str, tuple[int | None, int | None]] = {}
        for text in roles:
            name, _equals, between = text.partition("=")
            if self._is_role(name, known):
                bounds[name] = self._bounds(name, between)
        self.asked = Asked(
            bounds or None,
            None if confidence is None else self._read("--confidence", confidence, _confidence, "90%"),
            None if margin is None else self._read("--margin", margin, _share, "80%"),
        )
        self.chance = self._read("--chance", chance, _chance, "90%") or 0.9
        self.replications = self._read("--replications", replications, _count, "100") or 100
        if self._problems:
            raise UsageError("\n".join(str(problem) for problem in self._problems))

    def _add(self, where: str, problem: str, fix: str) -> None:
        self._problems.append(Problem(where, "", problem, fix))

    def _is_role(self, name: str, known: list[str]) -> bool:
        if name in known:
            return True
        near = (get_close_matches(name, known, 1) or known)[0]
        fix = f"write  --role {near}  (the roles are {', '.join(known)})"
        self._add(f"--role {name}", f"{name} is not a role of the scenario", fix)
        return False

    def _bounds(self, name: str, between: str) -> tuple[int | None, int | None]:
        if not between:
            return None, None
        low, colon, high = between.partition(":")
        ends = [
            int(end) if end.isascii() and end.isdigit() and len(end) < 6 else None if not end else -1
            for end in (low.strip(), high.strip())
        ]
        least, most = ends
        where = f"--role {name}={between}"
        if not colon or -1 in ends:
            self._add(where, f"{between} does not say the least and the most", f"write  --role {name}=4:14")
        elif least is not None and most is not None and least > most:
            self._add(
                where, f"at least {least} and at most {most} people contradict", "write the smaller one first"
            )
        return least, most

    def _read(self, option: str, text: str, read: Callable[[str], Value], example: str) -> Value | None:
        from csm_sim.scenario.units import Wrong

        try:
            return read(text)
        except Wrong as wrong:
            fix = wrong.fix.replace("{key}: ", f"{option} ").partition(", e.g.")[0]
            hint = f"{fix}, e.g.  {option} {example}" if option not in fix else fix
            self._add(f"{option} {text}", wrong.problem, hint)
            return None


def _confidence(text: str) -> float:
    from csm_sim.scenario.sizing import read_confidence

    return read_confidence(text)


def _share(text: str) -> float:
    from csm_sim.scenario.amounts import read_share

    return read_share(text, above_low=True)


def _chance(text: str) -> float:
    from csm_sim.scenario.aims import read_chance

    return read_chance(text)


def _count(text: str) -> int:
    from csm_sim.scenario.amounts import read_count

    return read_count(text, low=20, high=100_000)
