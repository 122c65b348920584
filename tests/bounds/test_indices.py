"""The compiled code once more with every index checked: one outside of its array raises ``IndexError``.

What the results have to be is held by the tests of the code that users run, at far greater cost than
simulating takes: here every rule is simulated at random, as run and as twin, and no result is looked at.
Hypothesis draws by the name of a test, so that these are other scenarios than those tests have.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties.crowds import crowds, everything
from properties.desks import batches
from properties.market import market, plain
from properties.scenarios import Files, Yaml, scenario_files, world_from, world_of
from reference.parity import up_to_date

from csm_sim.engine import draws
from csm_sim.engine.ahead import LARGE
from csm_sim.engine.heaps import heap_push
from csm_sim.engine.simulate import simulate
from csm_sim.world.build import World


def examples(count: int) -> settings:
    return settings(
        derandomize=True, deadline=None, max_examples=count, suppress_health_check=list(HealthCheck)
    )


def play(world: World, seed: int, replication: int) -> None:
    """Run and twin, and the health of customers as it is asked for at the end."""
    prefixes = draws.purpose_prefixes(draws.root_seed(seed), np.uint64(replication))
    for unlimited in (False, True):
        outcome = simulate(
            world, seed=seed, replication=replication, unlimited=unlimited, log_capacity=200_000
        )
        up_to_date(world, outcome.accounts, prefixes)


SEEDS, REPLICATIONS = st.integers(0, 2**32), st.integers(0, 50)


@examples(300)
@given(files=scenario_files(), seed=SEEDS, replication=REPLICATIONS)
def test_any_rules(files: Files, seed: int, replication: int) -> None:
    play(world_of(files), seed, replication)


@examples(100)
@given(files=scenario_files(rules_for_customers=True), seed=SEEDS, replication=REPLICATIONS)
def test_all_rules_for_customers(files: Files, seed: int, replication: int) -> None:
    play(world_of(files), seed, replication)


@examples(100)
@given(files=crowds(), seed=SEEDS, replication=REPLICATIONS)
def test_all_rules_for_people(files: Files, seed: int, replication: int) -> None:
    play(world_of(files), seed, replication)


@examples(60)
@given(files=crowds(fewest=5, most=12), seed=SEEDS, replication=REPLICATIONS)
def test_people_to_whom_everything_happens(files: Files, seed: int, replication: int) -> None:
    play(world_of(files), seed, replication)


@pytest.mark.parametrize("data", [everything(), market(), plain(), batches()], ids=lambda data: data["name"])
def test_written_scenarios(data: Yaml) -> None:
    world = world_from(data)
    for seed in range(12):
        play(world, seed, seed % 7)


def test_an_index_outside_of_its_array_is_found() -> None:
    """Else the tests above would pass whatever happens."""
    nobody = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.uint64)
    with pytest.raises(IndexError):
        heap_push(*nobody, 0, 0, 1.0, 1, np.uint64(1))


def test_an_index_below_zero_does_not_count_from_the_end() -> None:
    some = np.zeros(4), np.zeros(4, np.int64), np.zeros(4, np.uint64)
    with pytest.raises(IndexError):
        heap_push(*some, -1, 0, 1.0, 1, np.uint64(1))


def test_a_book_so_large_that_its_records_are_asked_for_ahead() -> None:
    """Owners and a pool: several groups of people, and groups of which some have nothing to do."""
    world = world_from(
        {
            "name": "large",
            "start": "2027-04-01",
            "horizon": "25d",
            "warm_up": "0d",
            "segments": {
                "named": {"touch": "high", "accounts": 2_000, "arr": "1M", "owner": "csm"},
                "pooled": {"touch": "tech", "accounts": 4_000, "arr": "1M"},
            },
            "staff": {"csm": {"headcount": 40}, "support": {"headcount": 30, "serves": "pooled"}},
            "playbooks": {
                "check_in": {"for": "named", "every": "2 weeks", "steps": [{"do": "call", "effort": "20min"}]}
            },
            "tickets": {"rate": "1 per month", "severities": {"any": {"effort": "30min"}}},
        }
    )
    assert world.segments["accounts"].sum() > LARGE
    play(world, 1, 0)
