"""Records of tasks: pairing heaps threaded through the task records.

Any number of queues shares one array of tasks; nothing is allocated, and joining two heaps takes
one comparison. Fredman, Sedgewick, Sleator, Tarjan (1986), "The pairing heap", Algorithmica 1.
A dropped task stays where it is, marked dead, until it comes to the top.
"""

from __future__ import annotations

from csm_sim.engine.arrays import Records
from csm_sim.engine.compiled import inlined


@inlined
def before(tasks: Records, a: int, b: int) -> bool:
    """Whether task ``a`` comes before task ``b``: priority and due time, opening, tie number."""
    if tasks[a].key != tasks[b].key:
        return bool(tasks[a].key < tasks[b].key)
    if tasks[a].opened != tasks[b].opened:
        return bool(tasks[a].opened < tasks[b].opened)
    return bool(tasks[a].tie < tasks[b].tie)


@inlined
def meld(tasks: Records, a: int, b: int) -> int:
    """The root of two heaps joined; -1 is the empty heap."""
    if a < 0:
        return b
    if b < 0:
        return a
    if before(tasks, b, a):
        a, b = b, a
    tasks[b].sibling = tasks[a].child
    tasks[a].child = b
    return a


@inlined
def push(tasks: Records, queues: Records, queue: int, task: int) -> None:
    """Put a task into a queue."""
    tasks[task].child = -1
    tasks[task].sibling = -1
    queues[queue].root = meld(tasks, queues[queue].root, task)


@inlined
def pop(tasks: Records, queues: Records, queue: int) -> int:
    """Take the first task out of a queue that is not empty."""
    first = queues[queue].root
    child = tasks[first].child
    pairs = -1
    while child >= 0:
        a = child
        b = tasks[a].sibling
        if b >= 0:
            child = tasks[b].sibling
            tasks[a].sibling = -1
            tasks[b].sibling = -1
            a = meld(tasks, a, b)
        else:
            child = -1
        tasks[a].sibling = pairs
        pairs = a
    root = -1
    while pairs >= 0:
        following = tasks[pairs].sibling
        tasks[pairs].sibling = -1
        root = meld(tasks, root, pairs)
        pairs = following
    queues[queue].root = root
    tasks[first].child = -1
    tasks[first].sibling = -1
    return int(first)
