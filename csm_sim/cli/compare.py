"""``csm-sim compare``."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from csm_sim.cli.answers import print_report, refuse, replications_problem
from csm_sim.cli.console import complain
from csm_sim.cli.options import (
    allow_code_option,
    jobs_option,
    json_option,
    lang_option,
    refuse_code,
)
from csm_sim.cli.progress import progress_bar, say_compiling
from csm_sim.errors import Problem, ScenarioError, UsageError

if TYPE_CHECKING:
    from csm_sim.analysis.compare import Entry, Question
    from csm_sim.analysis.compared import Compared
    from csm_sim.analysis.variants import Variants

MOST_PLANS: Final = 20
"""With more the intervals that hold together tell nothing; ``sweep`` is for grids."""


@click.command("compare")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("other", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--with",
    "withs",
    multiple=True,
    metavar="SETTINGS",
    help="One more plan: the base with these settings, e.g. --with 'staff.csm.headcount=7; policies=[]', or"
    " with a name: --with 'one CSM less: staff.csm.headcount=7'; may be repeated.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value in all plans; may be repeated. With neither OTHER nor --with: in the only plan.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A further folder from which the scenarios may read files.",
)
@click.option(
    "--replications",
    metavar="N|auto",
    default="auto",
    show_default=True,
    help="How many futures, or auto: until the ARR differences are as precise as asked, at most"
    " run.max_replications.",
)
@click.option(
    "--precision",
    metavar="SHARE",
    default="10%",
    show_default=True,
    help="Half-width of the ARR difference, as a share of it, at which auto stops.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed; default: that of the base (run.seed).")
@jobs_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder; default: runs/NAME-compare-HASH-seedN.",
)
@click.option(
    "--resume", is_flag=True, help="Insist on going on where an earlier call was interrupted (done anyway)."
)
@json_option
@click.option(
    "--no-twin",
    is_flag=True,
    help="Leave out the fully staffed twin: half the work, no ARR lost to under-staffing.",
)
@click.option("--no-figures", is_flag=True, help="Draw nothing.")
@click.option(
    "--no-break-even",
    is_flag=True,
    help="Leave out how strongly lateness must act on customers for a plan to lose money.",
)
@lang_option
@allow_code_option
def command(
    base: Path,
    other: tuple[Path, ...],
    withs: tuple[str, ...],
    sets: tuple[str, ...],
    data_dir: Path | None,
    replications: str,
    precision: str,
    seed: int | None,
    jobs: int | None,
    output: Path | None,
    resume: bool,
    as_json: bool,
    no_twin: bool,
    no_figures: bool,
    no_break_even: bool,
    allow_code: bool,
) -> None:
    """Compare plans with BASE on the same futures: money, ARR, service and load, each difference paired.

    A plan is another scenario file, usually one that extends BASE, or BASE with other settings (--with).
    Says what each plan changes, what it saves and loses by month, and how sure that is.
    An interrupted call goes on where it was when it is given again.
    """
    started = datetime.now(UTC)
    count, share = _counts(replications, precision)
    entries = _entries(base, other, withs, sets, data_dir, allow_code=allow_code)
    from csm_sim.analysis.compare import Question, check_alike

    run = entries[0].variant.scenario.run
    question = Question(entries[0], tuple(entries[1:]), count, share, run.max_replications)
    check_alike(question)
    seed = run.seed if seed is None else seed
    from csm_sim.report.compare_folder import Meta, claim, folder_name, has_futures, write_compare

    folder = output or Path("runs") / folder_name(question, seed)
    if resume and not has_futures(folder):
        raise UsageError(
            f"{folder} holds no futures of an earlier call\n"
            "  fix       leave out --resume, or name the folder with -o DIR"
        )
    claim(folder)
    found = _answer(question, seed, jobs, folder, twin=not no_twin, with_break_even=not no_break_even)
    notes = [str(note) for entry in entries for note in entry.variant.loaded.notes]
    notes += write_compare(folder, found, Meta.of(question, started), figures=not no_figures)
    for note in dict.fromkeys(notes):
        complain(note)
    from csm_sim.report.compare import compare_report
    from csm_sim.report.compare_data import to_json
    from csm_sim.report.compare_folder import place_of
    from csm_sim.report.folder import json_text

    if as_json:
        click.echo(json_text(to_json(found)), nl=False)
        return
    places = [place_of(folder, figures=not no_figures)]
    print_report(lambda width, colour: compare_report(found, width=width, colour=colour, places=places))


def _answer(
    question: Question, seed: int, jobs: int | None, folder: Path, *, twin: bool, with_break_even: bool
) -> Compared:
    from csm_sim.analysis.compare import compare
    from csm_sim.analysis.trials import Trials
    from csm_sim.report.compare_folder import futures_of

    kept = futures_of(folder)
    try:
        with (
            progress_bar("futures") as progress,
            Trials(
                seed, twin=twin, jobs=jobs, folder=kept, progress=progress, compiling=say_compiling
            ) as trials,
            Trials(seed, twin=False, jobs=jobs, folder=kept, progress=progress, compiling=say_compiling)
            if twin
            else nullcontext(trials) as plain,
        ):
            for entry in question.entries:
                trials.known(entry.variant)
            if trials.kept:
                complain(f"{trials.kept} futures of these plans are there already")
            try:
                return compare(question, trials, plain if with_break_even else None)
            except KeyboardInterrupt:
                done = sum(one.done + one.kept for one in ([trials, plain] if twin else [trials]))
                complain(
                    f"interrupted: {done} futures are kept in {folder}; the same command goes on from there"
                )
                raise SystemExit(130) from None
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from None


# ---------------------------------------------------------------- what is compared


def _counts(replications: str, precision: str) -> tuple[int | None, float]:
    """The values of ``--replications`` (None: auto) and ``--precision``."""
    from csm_sim.scenario.amounts import read_share
    from csm_sim.scenario.units import Wrong

    problems, count, share = [], None, 0.1
    if replications.strip().lower() != "auto":
        number, problem = replications_problem(replications, "100")
        count = number
        if problem is not None:
            problems.append(problem)
    try:
        share = read_share(precision, above_low=True)
    except Wrong as wrong:
        fix = "write a share above 0% and up to 100%, e.g.  --precision 10%"
        problems.append(Problem(f"--precision {precision}", "", wrong.problem, fix))
    refuse(problems)
    return count, share


def _entries(
    base: Path,
    others: tuple[Path, ...],
    withs: tuple[str, ...],
    sets: tuple[str, ...],
    data_dir: Path | None,
    *,
    allow_code: bool,
) -> list[Entry]:
    """The base and the plans, read and checked.

    Raises
    ------
    ScenarioError, UsageError
        With what is wrong in all of them, or when there is nothing to compare.
    """
    from csm_sim.analysis.variants import Variants

    alone = not others and not withs
    if alone and not sets:
        what = "there is nothing to compare with: one scenario file, and no settings"
        fix = "name another file, or settings:  csm-sim compare BASE --with 'staff.csm.headcount=7'"
        raise UsageError(str(Problem("csm-sim compare", "", what, fix)))
    if len(others) + len(withs) > MOST_PLANS:
        what = f"{len(others) + len(withs)} plans are too many to be told apart, at most {MOST_PLANS}"
        raise UsageError(str(Problem("csm-sim compare", "", what, "leave some out, or use  csm-sim sweep")))
    asked = [_with(text) for text in withs]
    common = () if alone else sets
    wrong: list[Problem] = []
    read: dict[Path, Variants] = {}

    def versions_of(file: Path) -> Variants | None:
        if file not in read:
            try:
                read[file] = Variants(file, common, data_dir)
            except ScenarioError as error:
                wrong.extend(error.problems)
                return None
        return read[file]

    files = [versions_of(file) for file in (base, *others)]
    first = files[0]
    entries = []
    for file, versions in zip((base, *others), files, strict=True):
        if versions is not None:
            entries.append(_Draft(file, versions, (), None))
    plans: list[tuple[str | None, tuple[str, ...]]] = [*asked, *([(None, sets)] if alone else [])]
    for label, settings in plans:
        if first is None:
            break
        draft = _Draft(base, first, settings, label or "; ".join(settings))
        try:
            first.variant(*settings)
        except ScenarioError as error:
            wrong.extend(error.problems if alone else map(_as_asked, error.problems))
            continue
        entries.append(draft)
    if wrong:
        raise ScenarioError(list(dict.fromkeys(wrong)))
    found = _labelled(entries)
    for entry in found:
        refuse_code(entry.variant.loaded, allow_code=allow_code)
    return found


def _as_asked(problem: Problem) -> Problem:
    """A problem of a plan's settings, which were written after ``--with``."""
    return replace(
        problem,
        where=problem.where.replace("--set ", "--with ", 1),
        fix=problem.fix.replace("  --set ", "  --with ", 1),
    )


class _Draft:
    """A plan that has no label yet, perhaps."""

    def __init__(self, file: Path, versions: Variants, settings: tuple[str, ...], label: str | None) -> None:
        self.file, self.versions, self.settings, self.label = file, versions, settings, label

    @property
    def name(self) -> str:
        """Of the scenario."""
        return self.versions.base.scenario.name


def _labelled(drafts: list[_Draft]) -> list[Entry]:
    """The plans with labels that differ: their settings, the names of the scenarios, or of the files."""
    from csm_sim.analysis.compare import Entry

    files = {draft.file: draft for draft in drafts if draft.label is None}
    names = Counter(draft.name for draft in files.values())
    stems = Counter(draft.file.stem for draft in files.values())
    used: Counter[str] = Counter()
    found = []
    for draft in drafts:
        label = draft.label
        if label is None:
            stem = draft.file.stem if stems[draft.file.stem] == 1 else str(draft.file)
            label = draft.name if names[draft.name] == 1 else stem
        used[label] += 1
        shown = label if used[label] == 1 else f"{label} ({used[label]})"
        variant = draft.versions.variant(*draft.settings)
        found.append(Entry(shown, draft.file.name, draft.versions, variant))
    return found


def _with(text: str) -> tuple[str | None, tuple[str, ...]]:
    """The label and the settings of a ``--with``.

    A colon before the first equals sign ends a label: no key has one.

    Raises
    ------
    UsageError
        If there are no settings.
    """
    label: str | None = None
    head, colon, rest = text.partition(":")
    if colon and "=" not in head:
        label = head.strip() or None
    written = rest if colon and "=" not in head else text
    settings = tuple(part.strip() for part in split_settings(written) if part.strip())
    if not settings:
        what = "there are no settings" if not label else f"after {label!r} there are no settings"
        fix = "write  --with 'staff.csm.headcount=7; staff.support.headcount=5'"
        raise UsageError(str(Problem(f"--with {text.strip() or repr('')}", "", what, fix)))
    return label, settings


def split_settings(text: str) -> list[str]:
    """The parts between semicolons, but not those within quotes or brackets.

    >>> split_settings("a=1; b={c: 'x;y'}; d=[1; 2]")
    ['a=1', " b={c: 'x;y'}", ' d=[1; 2]']
    """
    parts, quote, depth, start = [], "", 0, 0
    for place, mark in enumerate(text):
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
        elif mark in "{[":
            depth += 1
        elif mark in "}]":
            depth = max(0, depth - 1)
        elif mark == ";" and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
