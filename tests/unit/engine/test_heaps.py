"""Completions come in order of time, then of tie number, from few people as from many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csm_sim.engine.heaps import add_finish, remove_finish, take_first_finish
from csm_sim.world import records as r

PEOPLE = 7
WORK = st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, 5), st.booleans()), max_size=40)


@pytest.mark.parametrize("many", [False, True])
@settings(derandomize=True, deadline=None, max_examples=200)
@given(work=WORK)
def test_the_first_completion_is_always_known(many: bool, work: list[tuple[int, int, bool]]) -> None:
    """A person begins work or is interrupted in it; with some steps the first completion is taken."""
    begin = 3  # the component's part of the array does not begin at its beginning
    component = np.zeros(1, r.COMPONENT)
    component["crew0"], component["crew_size"], component["heaped"] = begin, PEOPLE, many
    component["first"], component["next_finish"] = begin, r.NEVER
    times = np.full(begin + PEOPLE, math.inf)
    what, ties = np.arange(len(times), dtype=np.uint32) - np.uint32(begin), np.zeros(len(times), np.uint64)
    there: dict[int, tuple[float, int]] = {}
    for number, (person, minutes, takes) in enumerate(work):
        tie = (number * 7919) % 101
        if person in there:
            remove_finish(component[0], times, what, ties, person, begin + person)
            del there[person]
        else:
            add_finish(
                component[0], times, what, ties, float(minutes), person, begin + person, np.uint64(tie)
            )
            there[person] = (float(minutes), tie)
        assert component[0]["finishing"] == len(there)
        if there and takes:
            first = min(there, key=lambda person: there[person])
            assert component[0]["next_finish"] == there.pop(first)[0]
            assert what[component[0]["first"]] == first
            take_first_finish(component[0], times, what, ties)
        soonest = min(there.values())[0] if there else r.NEVER
        assert component[0]["next_finish"] == soonest
