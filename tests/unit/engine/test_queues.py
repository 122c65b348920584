"""Queues give tasks back in order, whatever order they came in."""

from __future__ import annotations

import bisect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csm_sim.engine.queues import pop, push
from csm_sim.world import records as r

KEYS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.booleans()), max_size=40)


def order(task: np.void) -> tuple[float, float, int]:
    return float(task["key"]), float(task["opened"]), int(task["tie"])


@settings(derandomize=True, deadline=None, max_examples=300)
@given(steps=KEYS)
def test_what_is_taken_is_always_the_first(steps: list[tuple[int, int, bool]]) -> None:
    """Against a sorted list; each step puts a task in, and some take one out as well."""
    tasks, queues = np.zeros(len(steps) + 1, r.TASK), np.zeros(2, r.QUEUE)
    for name in ("first", "head", "tail", "root"):
        queues[name] = -1
    expected: list[tuple[tuple[float, float, int], int]] = []
    for t, (key, opened, takes) in enumerate(steps):
        tasks[t]["key"], tasks[t]["opened"], tasks[t]["tie"] = key, opened, (t * 7919) % 101
        push(tasks, queues, 1, t)
        bisect.insort(expected, (order(tasks[t]), t))
        assert queues[1]["first"] == expected[0][1]
        if takes:
            assert pop(tasks, queues, 1) == expected.pop(0)[1]
    while expected:
        assert pop(tasks, queues, 1) == expected.pop(0)[1]
    assert queues[1]["first"] == queues[1]["head"] == queues[1]["tail"] == queues[1]["root"] == -1
    assert queues[0]["first"] == -1


@pytest.mark.parametrize(("keys", "in_a_list"), [(range(50), True), (range(50, 0, -1), False)])
def test_tasks_that_come_in_order_need_no_heap(keys: range, in_a_list: bool) -> None:
    tasks, queues = np.zeros(len(keys), r.TASK), np.zeros(1, r.QUEUE)
    for name in ("first", "head", "tail", "root"):
        queues[name] = -1
    for t, key in enumerate(keys):
        tasks[t]["key"] = key
        push(tasks, queues, 0, t)
    assert (queues[0]["root"] < 0) == in_a_list
