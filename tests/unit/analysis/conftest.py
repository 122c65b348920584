"""The small team, simulated once."""

from __future__ import annotations

import pytest
from small_team import SmallRun, small_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of the small team with their twins."""
    return small_run(tmp_path_factory.mktemp("small"))
