"""The compiled engine and the plain SimPy model follow the same rules to the same events."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties.crowds import crowds
from properties.desks import batches
from properties.scenarios import Files, scenario_files, show, world_from, world_of

from reference.parity import compare


def examples(count: int) -> settings:
    return settings(
        derandomize=True, deadline=None, max_examples=count, suppress_health_check=list(HealthCheck)
    )


@examples(150)
@given(files=scenario_files(), seed=st.integers(0, 2**32), replication=st.integers(0, 50))
def test_engine_gives_the_events_of_the_reference(files: Files, seed: int, replication: int) -> None:
    assert_parity(files, seed, replication)


@examples(40)
@given(files=crowds(fewest=5, most=12), seed=st.integers(0, 2**32), replication=st.integers(0, 50))
def test_teams_to_which_everything_happens_are_those_of_the_reference(
    files: Files, seed: int, replication: int
) -> None:
    assert_parity(files, seed, replication)


@examples(25)
@given(
    files=scenario_files(rules_for_customers=True),
    seed=st.integers(0, 2**32),
    replication=st.integers(0, 50),
)
def test_customers_to_whom_everything_happens_are_those_of_the_reference(
    files: Files, seed: int, replication: int
) -> None:
    assert_parity(files, seed, replication)


def assert_parity(files: Files, seed: int, replication: int) -> None:
    """Both programs give the same, with its people and fully staffed."""
    world = world_of(files)
    for unlimited in (False, True):
        found = compare(world, seed, replication, unlimited)
        twin = "the fully-staffed twin" if unlimited else "the run"
        assert not found, f"{twin} differs\n" + "\n".join(found) + "\n\n" + show(files)


@pytest.mark.parametrize("unlimited", [False, True])
def test_a_batch_that_is_larger_than_all_room_at_first(unlimited: bool) -> None:
    world = world_from(batches())
    found = compare(world, 5, 0, unlimited)
    assert not found, "\n".join(found)
