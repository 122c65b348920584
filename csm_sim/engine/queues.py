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
def joined(tasks: Records, a: int, b: int) -> int:
    """The root of two heaps joined, of which none is empty; its sibling is not set."""
    if before(tasks, b, a):
        a, b = b, a
    tasks[b].sibling = tasks[a].child
    tasks[a].child = b
    return a


@inlined
def push(tasks: Records, queues: Records, queue: int, task: int) -> None:
    """Put a task into a queue."""
    tasks[task].child = -1
    root = queues[queue].root
    queues[queue].root = task if root < 0 else joined(tasks, root, task)


@inlined
def pop(tasks: Records, queues: Records, queue: int) -> int:
    """Take the first task out of a queue that is not empty."""
    first = queues[queue].root
    child = tasks[first].child
    pairs = -1
    while child >= 0:
        a = child
        b = tasks[a].sibling
        child = -1
        if b >= 0:
            child = tasks[b].sibling
            a = joined(tasks, a, b)
        tasks[a].sibling = pairs
        pairs = a
    root = pairs
    if root >= 0:
        pairs = tasks[root].sibling
        while pairs >= 0:
            following = tasks[pairs].sibling
            root = joined(tasks, root, pairs)
            pairs = following
    queues[queue].root = root
    return int(first)
