"""The small team and the full desk, simulated once."""

from __future__ import annotations

import pytest
from full_desk import full_desk_run
from small_team import SmallRun, small_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of the small team with their twins."""
    return small_run(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of a desk that uses every rule for tickets, with their twins."""
    return full_desk_run(tmp_path_factory.mktemp("desk"))
