"""In which order the tests run when several processes share them."""

from __future__ import annotations

import os
from itertools import groupby, islice
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONG = ("reference", "docs", "properties", "theory", "cli")
"""Folders whose tests take seconds, those with the longest single tests first."""


@pytest.hookimpl(trylast=True)  # after others have left tests out and sorted them by fixtures
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every process begin with long tests, so that short ones are left at the end to be shared out.

    pytest-xdist gives each process an equal part of the list. A process that has finished takes from the
    end of another's part, but never the test that is next there: a long one would have to be waited for.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes > 1:
        items[:] = _dealt(items, processes)


def _dealt(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """The items in equal parts, each with its share of the long ones at its beginning."""
    ranks = {folder: rank for rank, folder in enumerate(LONG)}
    long = sorted((item for item in items if _folder(item) in ranks), key=lambda item: ranks[_folder(item)])
    short = iter([item for item in items if _folder(item) not in ranks])
    parts: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for number, (_key, together) in enumerate(groupby(long, _kept_together)):
        parts[number % processes].extend(together)
    for number, part in enumerate(parts):
        equal = (len(items) + number) // processes  # as pytest-xdist rounds
        part.extend(islice(short, max(0, equal - len(part))))
    return [item for part in parts for item in part] + list(short)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""


def _kept_together(item: pytest.Item) -> str:
    """Pages of documentation share nothing; other tests of a module may share what took long to make."""
    return item.nodeid if _folder(item) == "docs" else str(item.path)
