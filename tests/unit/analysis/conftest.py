"""The small team, the full desk, the moving team and the customers of every kind, simulated once."""

from __future__ import annotations

import pytest
from customer_book import customer_run
from full_desk import full_desk_run
from moving_team import moving_run
from small_team import SmallRun, small_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of the small team with their twins."""
    return small_run(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of a desk that uses every rule for tickets, with their twins."""
    return full_desk_run(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of a team with every rule for people, with their twins."""
    return moving_run(tmp_path_factory.mktemp("moving"))


@pytest.fixture(scope="session")
def customers(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Twelve replications of a book with every rule for customers, with their twins."""
    return customer_run(tmp_path_factory.mktemp("customers"))
