"""The exceptions of csm-sim, divided by who can mend the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CsmSimError(Exception):
    """Root of all errors raised on purpose by csm-sim."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in an input file, and how to mend it."""

    where: str
    """``file:line:column`` as far as known."""
    key: str
    """Dotted path of the value, as the author of the file would write it."""
    problem: str
    """What is wrong, naming the value found."""
    fix: str
    """What to write instead."""

    def __str__(self) -> str:
        head = f"{self.where}  {self.key}" if self.key else self.where
        return f"{head}\n  problem   {self.problem}\n  fix       {self.fix}"


def short_path(path: str) -> str:
    """A path as messages name it: from the current folder, if it lies there."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return path


class ScenarioError(CsmSimError):
    """The scenario, or a data file it names, is wrong: its author can mend it.

    Carries every problem found, not only the first.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        """Cross a process boundary with the problems, not with their text."""
        return type(self), (self.problems,)


class UsageError(CsmSimError):
    """The call is wrong (an option, an argument, a folder): the caller can mend it."""

    exit_code = 2


class PolicyError(CsmSimError):
    """A policy of the user's own is wrong: whoever wrote it can mend it.

    The text begins with the file and line of the policy where that is known.
    """

    exit_code = 2


class EngineError(CsmSimError):
    """The program contradicts itself: a bug, please report it."""
