"""The compiled engine and the plain SimPy model follow the same rules to the same events."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties.scenarios import Files, scenario_files, show, world_of

from reference.parity import compare


@settings(derandomize=True, deadline=None, max_examples=220, suppress_health_check=list(HealthCheck))
@given(files=scenario_files(), seed=st.integers(0, 2**32), replication=st.integers(0, 50))
def test_engine_gives_the_events_of_the_reference(files: Files, seed: int, replication: int) -> None:
    world = world_of(files)
    for unlimited in (False, True):
        found = compare(world, seed, replication, unlimited)
        twin = "the fully-staffed twin" if unlimited else "the run"
        assert not found, f"{twin} differs\n" + "\n".join(found) + "\n\n" + show(files)
