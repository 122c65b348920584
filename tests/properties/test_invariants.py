"""Exact bookkeeping in every replication: nothing is lost, nobody is in two places, the bridge closes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world import events as ev
from csm_sim.world.build import World
from properties.balance import (
    assert_accounts_and_arr_balance,
    assert_cohorts_add_up,
    assert_coins_decide,
    assert_efforts_match_the_log,
    assert_tallies_match_the_log,
    assert_tasks_balance,
    assert_tickets_add_up,
)
from properties.log import (
    assert_effort_is_kept,
    assert_nobody_idles_beside_a_pool,
    assert_people_work_in_their_hours,
    hand_overs,
    in_book_order,
    kinds_from_the_backlog,
    stints_by_person,
    stories_of,
)
from properties.scenarios import Files, scenario_files, world_of


@settings(derandomize=True, deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(files=scenario_files(people=False), seed=st.integers(0, 2**32))
def test_every_replication_balances(files: Files, seed: int) -> None:
    world = world_of(files)
    for unlimited in (False, True):
        outcome = simulate(world, seed=seed, replication=1, unlimited=unlimited, log_capacity=200_000)
        events = sorted(outcome.events.tolist(), key=lambda event: event[0])
        assert_tasks_balance(outcome)
        assert_tickets_add_up(world, outcome)
        assert_tallies_match_the_log(world, outcome, events)
        assert_accounts_and_arr_balance(outcome)
        assert_cohorts_add_up(outcome)
        assert_coins_decide(world, outcome, events, seed)
        stories = stories_of(world, events)
        assert_efforts_match_the_log(world, outcome, events)
        if unlimited:
            _everything_starts_at_once(stories)
            for name in ("abandoned", "overflowed", "hand_overs", "hand_over_minutes"):
                assert not outcome.tallies[name].any(), name
        else:
            if not kinds_from_the_backlog(world):
                counted = outcome.tallies["hand_overs"].sum(axis=1)
                costs = world.desk.common["hand_over_minutes"][0] > 0
                np.testing.assert_array_equal(counted, hand_overs(world, stories) * costs)
            assert_effort_is_kept(world, events)
            assert_people_work_in_their_hours(world, events)
            assert (outcome.busy.sum(axis=2) <= outcome.open_minutes + 1e-6).all()
            _one_thing_at_a_time(events)
            _effort_is_worked(world, outcome, events)
            assert_nobody_idles_beside_a_pool(world, in_book_order(outcome)["segment"].tolist(), events)


def _everything_starts_at_once(stories: dict[Any, Any]) -> None:
    for key, story in stories.items():
        if story.deflected or story.dropped == story.opened:
            continue
        assert [time for time, _ in story.hands] == [story.opened, *story.returned], key


def _one_thing_at_a_time(events: list[Any]) -> None:
    for person, stints in stints_by_person(events).items():
        for (_, end), (begin, _) in itertools.pairwise(stints):
            assert begin >= end, f"person {person} does two things at {begin}"


def _effort_is_worked(world: World, outcome: Outcome, events: list[Any]) -> None:
    """Busy minutes times speed are the effort that was done; only where all of it is counted."""
    if world.warm_days:
        return
    left: dict[int, float] = {}
    effort = np.zeros(len(outcome.people))
    stints = np.zeros(len(outcome.people), np.int64)
    for _, what, _, person, _, _, _, value in events:
        if what == ev.TAKEN_UP:
            left[person] = value
        elif what in (ev.DONE, ev.INTERRUPTED, ev.TO_CUSTOMER):
            effort[person] += left.pop(person) - (value if what == ev.INTERRUPTED else 0.0)
            stints[person] += 1
    speed = world.roles["speed"][outcome.people["role"]]
    worked = outcome.busy[:, :, :2].sum(axis=(0, 2)) * speed
    for person in range(len(outcome.people)):
        if person not in left:  # nothing in hand at the end
            # each piece of work is rounded to a tick of 2**-20 minutes, and takes one at least
            assert abs(worked[person] - effort[person]) <= (stints[person] + 1) * 1e-6, person
