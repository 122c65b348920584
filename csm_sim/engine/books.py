"""People who come and go: what happens to their books and to the work in their hands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import begin_stream, link, unlink
from csm_sim.engine.hands import join_idle, leave_idle, put_down
from csm_sim.engine.populate import State, assign, uid_order
from csm_sim.engine.streams import free_task, queue_for, role_of
from csm_sim.world import records as r
from csm_sim.world.build import World

Log = NDArray[np.void]


def hire(world: World, state: State, role: int, count: int, rebalance: bool, day: int) -> None:
    """The next ``count`` slots of a role start work."""
    pool = state.pools[role]
    first = int(world.roles[role]["first_slot"])
    for slot in range(int(pool["last_slot"]), int(pool["last_slot"]) + count):
        person = first + slot
        state.people[person]["employed"] = 1
        for node in np.flatnonzero(state.nodes["person"] == person):
            begin_stream(
                state.nodes, node, world.kinds, world.working.next_working_day, state.prefixes[dr.PHASE], day
            )
            link(state.nodes, state.node_days, state.places, node)
        join_idle(person, day * r.DAY, state.people, state.pools)
    pool["last_slot"] += count
    adopt(world, state, role)
    if rebalance:
        even_out(state, role)


def cut(
    world: World, state: State, role: int, count: int, share: float, day: int, busy: NDArray[np.float64],
    tallies: NDArray[np.void], log: Log,
) -> None:  # fmt: skip
    """The people with the highest slots leave: ``count`` of them, or the ``share`` of those there."""
    employed = _employed(state, role)
    leaving = count if math.isnan(share) else max(1, math.floor(share * len(employed) + 0.5))
    for person in employed[len(employed) - min(leaving, len(employed)) :]:
        _leave(world, state, int(person), day, busy, tallies, log)
    adopt(world, state, role)


def adopt(world: World, state: State, role: int) -> None:
    """Accounts that should have an owner of the role, but have none, go to the emptiest books."""
    of_role = np.flatnonzero(world.segments["owner_role"] == role)
    orphans = np.flatnonzero(
        (state.accounts["owner"] < 0)
        & (state.accounts["status"] == r.ALIVE)
        & np.isin(state.accounts["segment"], of_role)
    )
    if len(orphans) and len(_employed(state, role)):
        first, slots = int(world.roles[role]["first_slot"]), int(world.roles[role]["slots"])
        assign(state.accounts, state.people, uid_order(state.accounts, orphans), first, slots)


def even_out(state: State, role: int) -> None:
    """Move accounts one by one from the fullest to the emptiest book of a role until they are even."""
    people, employed = state.people, _employed(state, role)
    books: dict[int, list[int]] = {}
    while len(employed) > 1:
        sizes = people["accounts"][employed]
        fullest = int(employed[len(employed) - 1 - int(np.argmax(sizes[::-1]))])
        emptiest = int(employed[int(np.argmin(sizes))])
        if people[fullest]["accounts"] - people[emptiest]["accounts"] <= 1:
            return
        if fullest not in books:
            owned = (state.accounts["owner"] == fullest) & (state.accounts["status"] == r.ALIVE)
            books[fullest] = [int(a) for a in uid_order(state.accounts, np.flatnonzero(owned))]
        account = books[fullest].pop()
        state.accounts[account]["owner"] = emptiest
        people[fullest]["accounts"] -= 1
        people[emptiest]["accounts"] += 1


def requeue(world: World, state: State) -> None:
    """Put every waiting task into the queue where it now belongs, after books have changed."""
    tasks, queues = state.tasks, state.queues
    queues["root"] = -1
    for t in np.flatnonzero((tasks["status"] == r.WAITING) | (tasks["status"] == r.DEAD)):
        if tasks[t]["status"] == r.DEAD:
            free_task(tasks, t, state.control)
        else:
            node = int(tasks[t]["node"])
            person, account = int(state.nodes[node]["person"]), int(tasks[t]["account"])
            role = role_of(int(tasks[t]["queue"]), state.people)
            tasks[t]["queue"] = (
                person if person >= 0 else queue_for(role, account, state.accounts, state.people)
            )


def _employed(state: State, role: int) -> NDArray[np.int64]:
    return np.flatnonzero((state.people["role"] == role) & (state.people["employed"] == 1))


def _leave(
    world: World, state: State, person: int, day: int, busy: NDArray[np.float64],
    tallies: NDArray[np.void], log: Log,
) -> None:  # fmt: skip
    """One person leaves: work in hand waits again, own work is cancelled, the book is orphaned."""
    people, tasks, time = state.people, state.tasks, day * r.DAY
    here = people[person]
    if here["is_idle"]:
        leave_idle(person, people, state.pools)
    if here["task"] >= 0:
        state.control["clock"], state.control["day"] = world.open_before[0, day], day
        state.control["week"] = (day - world.warm_days) // 7 if day >= world.warm_days else -1
        put_down(
            person, time, tasks, people, world.steps, state.nodes, busy, world.windows, world.open_before,
            log, state.control,
        )  # fmt: skip
    here["employed"], here["is_idle"], here["accounts"] = 0, 0, 0
    state.accounts["owner"][state.accounts["owner"] == person] = -1
    for node in np.flatnonzero(state.nodes["person"] == person):
        if state.places[node]["day"] >= 0:
            unlink(state.node_days, state.places, node)
        state.nodes[node]["wake"] = r.NEVER
        state.nodes[node]["running"] = state.nodes[node]["task"] = -1  # nothing follows what is in hand
    own = (tasks["queue"] == person) & (tasks["status"] == r.WAITING) & (tasks["account"] < 0)
    for t in np.flatnonzero(own):
        if state.nodes["person"][tasks[t]["node"]] != person:
            continue
        tasks[t]["status"] = r.DEAD
        month = world.month_of_day[day] + 1
        tallies[month, tasks[t]["step"], tasks[t]["segment"]]["cancelled"] += 1
