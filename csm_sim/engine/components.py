"""Who can affect whom within a day: connected components of people and queues.

People who only serve their own book are components of one. Those who share a pool, or whose
accounts get planned work from several roles (the order of outcomes within a day then matters),
form one component. Components are found anew whenever somebody comes, goes or changes a book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.hands import join_idle
from csm_sim.engine.populate import State
from csm_sim.world import records as r
from csm_sim.world.build import World


@dataclass(slots=True)
class Crews:
    """Components, and the people and roles in them."""

    components: NDArray[np.void]
    crew: NDArray[np.uint32]
    roles: NDArray[np.uint32]


class _Sets:
    """Union-find over people and pools."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, x: int) -> int:
        while self.parent[x] != x:
            self.parent[x] = self.parent[self.parent[x]]
            x = self.parent[x]
        return x

    def join(self, members: list[int]) -> None:
        for other in members[1:]:
            self.parent[self.find(other)] = self.find(members[0])


def mark_pools(world: World, state: State) -> NDArray[np.intp]:
    """Note which roles' pools can get work, and whose idle people they need, as books now are.

    Returns the roles whose idle people had not been needed before.
    """
    used = np.zeros(len(world.roles), dtype=np.int8)
    waiting = np.unique(state.accounts["segment"][state.accounts["status"] == r.NOT_YET])
    orphaned = np.unique(state.accounts["segment"][state.accounts["owner"] < 0])
    for k, kind in enumerate(world.kinds):
        if kind["per"] == r.PER_PERSON:
            continue
        for segment in np.flatnonzero(world.route_role[k] >= 0):
            for role in _roles_of(world, k, int(segment)):
                owned = kind["per"] == r.PER_ACCOUNT and int(world.segments[segment]["owner_role"]) == role
                # an account that has not started has no owner yet: that alone does not open the pool
                nobody = not np.any(state.people["employed"][state.people["role"] == role])
                early = kind["trigger"] == r.REPLAY and segment in waiting  # on record before they start
                if not owned or early or (nobody and segment in orphaned):
                    used[role] = 1
    state.pools["used"] |= used
    before = state.pools["listed"] == 1
    state.pools["listed"] = (world.covers @ state.pools["used"]) > 0
    return np.flatnonzero((state.pools["listed"] == 1) & ~before)


def list_idle(state: State, roles: NDArray[np.intp]) -> None:
    """Begin the lists of idle people of some roles, with everyone who is idle already."""
    people = state.people
    idle = np.flatnonzero((people["is_idle"] == 1) & np.isin(people["role"], roles))
    for person in idle[np.argsort(people["idle_since"][idle], kind="stable")]:
        join_idle(int(person), float(people[person]["idle_since"]), people, state.pools)


def _roles_of(world: World, k: int, segment: int) -> set[int]:
    """All roles that a kind of work can go to for a segment."""
    roles = {int(world.route_role[k, segment])}
    if world.kinds[k]["trigger"] in (r.TICKETS, r.REPLAY):
        roles |= {int(role) for role in world.desk.roles[segment]}
        common = world.desk.common[0]
        if common["overflow_role"] >= 0:
            roles.add(int(common["overflow_role"]))
    return roles


def organise(world: World, state: State, unlimited: bool) -> Crews:
    """The components of the moment; numbers them in the queues and the people."""
    people, count = state.people, len(state.people)
    if unlimited:
        state.queues["component"] = 0
        components = np.zeros(1, r.COMPONENT)
        return Crews(components, np.zeros(1, np.uint32), np.zeros(1, np.uint32))
    sets = _Sets(count + len(world.roles))
    employed = [
        np.flatnonzero((people["role"] == role) & (people["employed"] == 1))
        for role in range(len(world.roles))
    ]
    for role, pool in enumerate(state.pools):
        if pool["used"]:
            servers = np.flatnonzero(world.covers[:, role])
            sets.join([count + role, *(int(p) for server in servers for p in employed[server])])
    for segment, row in enumerate(world.segments):
        planned: set[int] = set()  # outcomes for one account come in order, whoever they are from
        for k, kind in enumerate(world.kinds):
            if kind["per"] != r.PER_ACCOUNT or world.route_role[k, segment] < 0:
                continue
            roles = _roles_of(world, k, segment)
            if kind["trigger"] in (r.TICKETS, r.REPLAY):
                # a ticket can move from one of these to another, or leave work with it
                escalation = int(world.desk.common[0]["escalation_role"])
                if world.desk.common[0]["escalation_step"] >= 0:
                    roles = roles | {escalation}
                _join_roles(roles, int(row["owner_role"]), employed, count, sets)
            elif not kind["reactive"]:
                planned |= roles
        _join_roles(planned, int(row["owner_role"]), employed, count, sets)
    for p in np.flatnonzero(people["task"] >= 0):  # work in hand for an account that has changed hands
        task = state.tasks[people[p]["task"]]
        if task["account"] >= 0:
            owner = int(state.accounts[task["account"]]["owner"])
            if owner >= 0 and people[owner]["role"] == people[p]["role"]:
                sets.join([int(p), owner])
    return _number(world, state, sets)


def _join_roles(
    roles: set[int], owner_role: int, employed: list[NDArray[np.int64]], count: int, sets: _Sets
) -> None:
    """Make one component of several roles' pools, and of the books of the one that owns accounts."""
    if len(roles) < 2:
        return
    members: list[int] = []
    for role in roles:
        members += [count + role, *(int(p) for p in employed[role] if role == owner_role)]
    sets.join(members)


def _number(world: World, state: State, sets: _Sets) -> Crews:
    people, count = state.people, len(state.people)
    roots = sorted({sets.find(x) for x in range(count + len(world.roles))})
    number_of = {root: number for number, root in enumerate(roots)}
    of_queue = np.array([number_of[sets.find(x)] for x in range(len(state.queues))], dtype=np.uint32)
    state.queues["component"] = of_queue
    people["component"] = of_queue[:count]
    components = np.zeros(len(roots), r.COMPONENT)
    crew = np.argsort(of_queue[:count], kind="stable").astype(np.uint32)
    sizes = np.bincount(of_queue[:count], minlength=len(roots))
    components["crew_size"] = sizes
    components["crew0"] = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(roots) else 0
    pools = [role for role in range(len(world.roles)) if state.pools[role]["used"]]
    pools.sort(key=lambda role: int(of_queue[count + role]))
    for place, role in enumerate(pools):
        component = components[of_queue[count + role]]
        if component["roles"] == 0:
            component["roles0"] = place
        component["roles"] += 1
    return Crews(components, crew, np.array(pools or [0], dtype=np.uint32))
