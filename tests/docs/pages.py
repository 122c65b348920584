"""Pages of documentation: their fenced blocks, and how each kind of block is tried out.

A page is tried from top to bottom in a folder of its own, as a reader would work through it.

* ``console``: lines after ``$`` are commands, the others what they print; ``...`` stands for lines left out.
* ``sh``: commands only.
* ``python``: runs, in one session for the whole page; a ``text`` block right below is what it prints.
* ``yaml``: a scenario, or a fragment that is merged into a small one; it has to load.

A comment above a block says what else the tests do with it:
``<!-- file: NAME -->`` saves it under that name, ``<!-- exit: 2 -->`` expects that exit code,
``<!-- test: with --replications 2 -->`` adds options to its commands that have them,
``<!-- test: not run, REASON -->`` leaves it alone.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from csm_sim.cli import main
from csm_sim.cli.group import group
from csm_sim.scenario import load

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = "..."

NOT_OURS = {".venv/bin/pip", "git", "ls", "make", "pip", "pipx", "python", "python3", "uv"}
"""Commands of other programs, which are not tried."""

BASE = """\
name: Base
start: 2027-04-01
horizon: 3 months
segments:
  enterprise: {touch: high, accounts: 3, arr: 12M, owner: csm}
  smb: {touch: low, accounts: 5, arr: 2M, owner: csm}
  tail: {touch: tech, accounts: 10, arr: 1M}
staff:
  csm: {headcount: 2}
  support: {headcount: 1, serves: [tail]}
"""
"""What a fragment is merged into."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int
    """Line of the page on which its text begins."""
    directives: dict[str, str]


def all_pages() -> list[Path]:
    """Every page that is tried out."""
    found = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "scenarios" / "README.md"]
    return [path for path in found if path.is_file()]


def name_of(path: Path) -> str:
    """A page as test reports name it."""
    return path.relative_to(ROOT).as_posix()


_FENCE_RE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)
_DIRECTIVE_RE = re.compile(r"<!-- (file|exit|test): (.*?) -->")


def blocks_of(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, with the comments right above them."""
    for match in _FENCE_RE.finditer(page):
        above = reversed(page[: match.start()].rstrip("\n").splitlines())
        comments = takewhile(lambda line: line.startswith("<!-- "), above)
        directives = dict(_DIRECTIVE_RE.findall("\n".join(comments)))
        indent = match["indent"]
        text = "".join(line.removeprefix(indent) for line in match["text"].splitlines(keepends=True))
        yield Block(match["language"], text, page.count("\n", 0, match.start("text")) + 1, directives)


def without_blocks(page: str) -> str:
    """The prose of a page."""
    return _FENCE_RE.sub("", page)


# ---------------------------------------------------------------- what a block prints


def steps_of(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines it is said to print."""
    steps: list[tuple[str, list[str]]] = []
    lines = iter(block.text.splitlines())
    for line in lines:
        if block.language == "console" and not line.startswith("$ "):
            if not steps:
                raise AssertionError(f"line {block.line}: the block prints before its first command")
            steps[-1][1].append(line)
            continue
        command = line.removeprefix("$ ")
        while command.endswith("\\"):
            command = command[:-1].rstrip() + " " + next(lines).strip()
        if command.strip() and not command.startswith("#"):
            steps.append((command, []))
    return steps


def segments_of(lines: Iterable[str]) -> list[list[str]]:
    """Runs of lines between those that say that something is left out."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip() == LEFT_OUT:
            found.append([])
        else:
            found[-1].append(line.rstrip())
    return [segment for segment in found if segment]


def first_missing(expected: list[str], printed: list[str]) -> list[str] | None:
    """The first run of lines that was not printed in this order; None when all were."""
    place = 0
    for segment in segments_of(expected):
        starts = range(place, len(printed) - len(segment) + 1)
        start = next((s for s in starts if printed[s : s + len(segment)] == segment), None)
        if start is None:
            return segment
        place = start + len(segment)
    return None


def refreshed(expected: list[str], printed: list[str]) -> list[str]:
    """The expected lines replaced by those that were printed and are most like them."""
    fresh: list[str] = []
    place, segment = 0, 0
    for line in expected:
        if line.strip() == LEFT_OUT:
            fresh.append(line)
            segment = 0
            continue
        if segment == 0:
            likeness = [SequenceMatcher(None, line, other).ratio() for other in printed[place:]]
            place += likeness.index(max(likeness)) if likeness else 0
        segment += 1
        if place < len(printed):
            fresh.append(printed[place])
        place += 1
    return fresh


# ---------------------------------------------------------------- trying a page


class Session:
    """A reader who works through a page in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "__docs__"}
        self.printed: list[str] = []
        self.changes: list[tuple[int, str, str]] = []
        """Line of a block that says something else than is printed, what it says, and what it should say."""
        (folder / "fragment-base.yaml").write_text(BASE, encoding="utf-8")

    def try_out(self, block: Block) -> None:
        """Do what the block says; raises AssertionError when that does not work."""
        if "file" in block.directives:
            path = Path(block.directives["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.directives.get("test", "").startswith("not run"):
            return
        if block.language in ("console", "sh"):
            self._commands(block)
        elif block.language == "python":
            stream = io.StringIO()
            code = compile("\n" * (block.line - 1) + block.text, "<page>", "exec")
            with contextlib.redirect_stdout(stream):
                exec(code, self.names)
            self.printed = _lines(stream.getvalue())
        elif block.language == "text":
            self._compare(block, block.text.splitlines(), self.printed)
        elif block.language == "yaml":
            self._yaml(block)

    def _yaml(self, block: Block) -> None:
        if "file" in block.directives:
            load(Path(block.directives["file"]))
        elif re.search(r"^(extends|horizon):", block.text, re.M):
            path = Path("whole.yaml")
            path.write_text(block.text, encoding="utf-8")
            load(path)
        else:
            path = Path("fragment.yaml")
            path.write_text(f"extends: fragment-base.yaml\n{block.text}", encoding="utf-8")
            load(path)

    def _commands(self, block: Block) -> None:
        for command, expected in steps_of(block):
            words = shlex.split(command, comments=True)
            if words[0] == "cd":
                os.chdir(words[1])
                continue
            if words[0] == "mkdir":
                Path(words[-1]).mkdir(parents=True)
                continue
            if words[0] == "cat":
                printed, code = Path(words[1]).read_text(encoding="utf-8"), 0
            elif Path(words[0]).name == "csm-sim":
                also = shlex.split(block.directives.get("test", "").removeprefix("with "))
                printed, code = call([*words[1:], *(also if also and has_option(words[1], also[0]) else [])])
            else:
                assert words[0] in NOT_OURS, f"line {block.line}: nothing tries out  {command}"
                continue
            wanted = int(block.directives.get("exit", "0"))
            assert code == wanted, f"line {block.line}: {command} left with {code}\n{printed}"
            self._compare(block, expected, _lines(printed))

    def _compare(self, block: Block, expected: list[str], printed: list[str]) -> None:
        missing = first_missing(expected, printed)
        if missing is None:
            return
        if os.environ.get("REFRESH_DOCS"):
            self.changes.append((block.line, "\n".join(expected), "\n".join(refreshed(expected, printed))))
            return
        raise AssertionError(
            f"line {block.line}: the page says\n\n"
            + "\n".join(missing)
            + "\n\nand what is printed is\n\n"
            + "\n".join(refreshed(missing, printed))
            + "\n\nREFRESH_DOCS=1 python -m pytest tests/docs  brings the pages up to date"
        )


def has_option(name: str, option: str) -> bool:
    """Whether a command of ``csm-sim`` has an option."""
    command = group.get_command(click.Context(group), name)
    return command is not None and any(option in parameter.opts for parameter in command.params)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if not line.startswith("compiling the simulation")]


def call(arguments: list[str]) -> tuple[str, int]:
    """What ``csm-sim`` prints on both streams, and its exit code."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        try:
            main(arguments)
        except SystemExit as left:
            code = left.code
    return stream.getvalue(), code if isinstance(code, int) else 0


def with_changes(page: str, changes: Iterable[tuple[int, str, str]]) -> str:
    """The page with its blocks brought up to date, the last one first, so that the lines stay right."""
    lines = page.splitlines(keepends=True)
    for line, old, new in sorted(changes, reverse=True):
        rest = "".join(lines[line - 1 :]).replace(old, new, 1)
        lines = [*lines[: line - 1], *rest.splitlines(keepends=True)]
    return "".join(lines)


# ---------------------------------------------------------------- generated parts

_PART_RE = re.compile(r"(<!-- generated: (?P<what>[\w -]+) -->\n).*?(<!-- end of generated -->)", re.S)


def with_generated(page: str, parts: dict[str, str]) -> str:
    """The page with its generated parts made anew."""
    return _PART_RE.sub(lambda match: f"{match[1]}\n{parts[match['what']].strip()}\n\n{match[3]}", page)
