"""Queues of tasks, threaded through the task records: in each a list and a pairing heap.

A task that comes after all in the list is put at its end: most are, since what comes later is due
later. The others form a heap: joining two takes one comparison. Fredman, Sedgewick, Sleator, Tarjan
(1986), "The pairing heap", Algorithmica 1. Any number of queues shares one array of tasks; nothing is
allocated. A dropped task stays where it is, marked dead, until it is the first of its queue.
"""

from __future__ import annotations

from csm_sim.engine.arrays import Records
from csm_sim.engine.compiled import inlined, kernel


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
def push(tasks: Records, queues: Records, q: int, t: int) -> None:
    """Put a task into a queue."""
    queue = queues[q]
    if queue.tail < 0:
        queue.head = queue.tail = t
        tasks[t].sibling = -1
    elif before(tasks, queue.tail, t):
        tasks[queue.tail].sibling = t
        queue.tail = t
        tasks[t].sibling = -1
        return
    else:
        tasks[t].child = -1
        queue.root = t if queue.root < 0 else joined(tasks, queue.root, t)
    if queue.first < 0 or before(tasks, t, queue.first):
        queue.first = t


@inlined
def pop(tasks: Records, queues: Records, q: int) -> int:
    """Take the first task out of a queue that is not empty."""
    queue = queues[q]
    first = queue.first
    if queue.head == first:
        following, tail = tasks[first].sibling, queue.tail
        queue.head, queue.tail = following, tail if following >= 0 else -1
    else:
        queue.root = without_root(tasks, first)
    queue.first = queue.head
    if queue.root >= 0 and (queue.head < 0 or before(tasks, queue.root, queue.head)):
        queue.first = queue.root
    return int(first)


@kernel
def without_root(tasks: Records, root: int) -> int:
    """The root of what is left of a heap when its root is taken out."""
    child = tasks[root].child
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
    return int(root)
