"""Who can stand in for whom, and who can affect whom within a day.

People with the same role, hours and skills are a *group*; a pool is served by groups. People who only
serve their own book are components of one. Those who share a pool, or whose accounts get planned work
from several queues (the order of outcomes within a day then matters), form one component. All this is
found anew whenever somebody comes, goes, learns a skill or changes a book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.arrays import Ints, Records
from csm_sim.engine.compiled import kernel
from csm_sim.engine.hands import join_idle
from csm_sim.engine.populate import State
from csm_sim.engine.streams import queue_for
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.supply import FOREVER


@dataclass(slots=True)
class Crews:
    """Components, and the people and pools in them."""

    components: NDArray[np.void]
    crew: NDArray[np.uint32]
    pools: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Places:
    """Where work can go as it is routed: found when routes change, used whenever people do."""

    open_pools: NDArray[np.intp]
    """Pools that get work whoever owns the accounts."""
    owned: tuple[tuple[int, int, bool], ...]
    """Pool, segment, whether of replayed tickets: pools that get work only for accounts without an owner."""
    links: NDArray[np.int64]
    """(n, 3): link, pool, role whose books go with it or -1; the pools of a link are one component."""


def places_of(world: World, state: State) -> Places:
    """Where work can go as it is routed now."""
    count = len(world.roles)
    of_tickets = np.isin(world.kinds["trigger"], (r.TICKETS, r.REPLAY))
    together = _served_together(world)
    open_pools: set[int] = set()
    owned: dict[tuple[int, int, bool], None] = {}
    # owners' roles and pools, by what must be in one component: tickets of a kind, and planned work,
    # of segments between which accounts move
    links: dict[tuple[int, int], tuple[set[int], set[int]]] = {}
    for k, kind in enumerate(world.kinds):
        if kind["per"] == r.PER_PERSON:
            continue
        steps = world.steps[int(kind["step0"]) : int(kind["step0"] + kind["steps"])]
        skills = {0, *(int(skill) for skill in steps["skill"])}
        for segment in np.flatnonzero(state.route[k] >= 0).tolist():
            pools = {
                skill * count + role for role in _roles_of(state, k, segment, of_tickets) for skill in skills
            }
            owner_role = int(state.segments[segment]["owner_role"])
            # whoever moves may come without an owner to a pool that nobody has used yet
            stays = np.count_nonzero(together == together[segment]) == 1
            for pool in pools:
                if kind["per"] == r.PER_ACCOUNT and pool == owner_role and stays:
                    owned[pool, segment, bool(steps["replay"].any())] = None
                else:
                    open_pools.add(pool)
            if kind["per"] != r.PER_ACCOUNT:
                continue
            if of_tickets[k]:
                # a ticket can move from one of these to another, or leave work with it
                if state.common["escalation_step"][0] >= 0:
                    pools = pools | {int(state.common["escalation_role"][0])}
                key = (int(together[segment]), k)
            elif not kind["reactive"]:  # outcomes for one account come in order, whoever they are from
                key = (int(together[segment]), -1)
            else:
                continue
            owners, linked = links.setdefault(key, (set(), set()))
            owners.add(owner_role)
            linked.update(pools)
    rows = [
        (number, pool, pool % count if pool % count in owners else -1)
        for number, (owners, pools) in enumerate(links.values())
        if len(pools) > 1
        for pool in sorted(pools)
    ]
    return Places(
        np.array(sorted(open_pools), dtype=np.intp),
        tuple(owned),
        np.array(rows, dtype=np.int64).reshape(-1, 3),
    )


def _served_together(world: World) -> NDArray[np.int64]:
    """(segment,): the same number for segments between which accounts move."""
    serves = world.customers.serves
    number = np.arange(len(serves))
    for one, other in np.argwhere(serves).tolist():
        number[number == number[other]] = number[one]
    return number


def _roles_of(state: State, k: int, segment: int, of_tickets: NDArray[np.bool_]) -> set[int]:
    """All roles that a kind of work can go to for a segment."""
    roles = {int(state.route[k, segment])}
    if of_tickets[k]:
        roles |= {int(role) for role in state.ticket_roles[segment]}
        if state.common["overflow_role"][0] >= 0:
            roles.add(int(state.common["overflow_role"][0]))
    return roles


@kernel
def note_ownerless(
    accounts: Records, segments: Records, people: Records, waiting: Ints, alive: Ints, churned: Ints
) -> None:
    """Mark the segments that have accounts still to start, and those with accounts without an owner.

    An owner whose role has given the segment away is as good as none.
    """
    for a in range(accounts.shape[0]):
        if accounts[a].status == r.NOT_YET:
            waiting[accounts[a].tier] = 1
        elif accounts[a].owner < 0 or (
            people[accounts[a].owner].role != segments[accounts[a].tier].owner_role
        ):
            if accounts[a].status == r.ALIVE:
                alive[accounts[a].tier] = 1
            else:
                churned[accounts[a].tier] = 1


def mark_pools(world: World, state: State, places: Places) -> bool:
    """Note which pools can get work, as books now are; whether there are more than before.

    A pool once used stays so: it may hold work.
    """
    used = state.pools["used"]
    before = int(used.sum())
    used[places.open_pools] = 1
    left = [entry for entry in places.owned if not used[entry[0]]]
    if not left:
        return int(used.sum()) > before
    segments = len(world.segments)
    waiting, ownerless, churned = (np.zeros(segments, np.int8) for _ in range(3))
    note_ownerless(state.accounts, state.segments, state.people, waiting, ownerless, churned)
    for role, segment, replayed in left:
        # an account that has not started has no owner yet: that alone does not open the pool, unless it
        # may find no open book; but replayed tickets are on record before and after their account
        early_or_late = waiting[segment] or churned[segment]
        if (
            ownerless[segment]
            or (replayed and early_or_late)
            or (waiting[segment] and _may_be_full(world, state, role))
        ):
            used[role] = 1
    return int(used.sum()) > before


def _may_be_full(world: World, state: State, role: int) -> bool:
    """Whether an account that starts may find no open book."""
    people = state.people
    return bool(
        world.supply.rules[role]["most"] < FOREVER or not people["open_book"][people["role"] == role].any()
    )


def regroup(world: World, state: State) -> None:
    """Groups of people as they now are, the pools they serve, and the lists of the idle."""
    people, count = state.people, len(world.roles)
    keys: dict[tuple[int, int, int], list[int]] = {}
    there = np.flatnonzero(people["employed"])
    columns = (people[name][there].tolist() for name in ("role", "calendar", "skills"))
    for p, *key in zip(there.tolist(), *columns, strict=True):
        keys.setdefault((key[0], key[1], key[2]), []).append(p)
    used = np.flatnonzero(state.pools["used"]).tolist()
    groups = state.groups
    groups["idle_first"] = groups["idle_last"] = -1
    servers: list[list[int]] = [[] for _ in state.pools]
    listed = [0] * len(keys)
    for number, ((role, _, skills), those) in enumerate(keys.items()):
        people["group"][those] = number
        for pool in used:
            skill, of_role = divmod(pool, count)
            if world.covers[role, of_role] and (skill == 0 or skills >> (skill - 1) & 1):
                servers[pool].append(number)
                listed[number] = 1
    sizes = np.array([len(those) for those in keys.values()], dtype=np.int32)
    groups["calendar"][: len(keys)] = [calendar for _, calendar, _ in keys]
    groups["listed"][: len(keys)] = listed
    groups["members_size"][: len(keys)] = sizes
    groups["members0"][: len(keys)] = np.cumsum(sizes) - sizes
    state.members[: len(there)] = [p for those in keys.values() for p in those]
    state.servers = np.array([number for of_pool in servers for number in of_pool] or [0], np.uint32)
    sizes = np.array([len(of_pool) for of_pool in servers], dtype=np.int32)
    state.pools["servers_size"] = sizes
    state.pools["servers0"] = np.cumsum(sizes) - sizes
    idle = np.flatnonzero(people["is_idle"] == 1)
    list_idle(idle[np.argsort(people["idle_since"][idle], kind="stable")], people, groups)


@kernel
def list_idle(order: NDArray[np.int64], people: Records, groups: Records) -> None:
    """Begin the lists of the idle, the longest idle first."""
    for place in range(order.shape[0]):
        join_idle(order[place], people[order[place]].idle_since, people, groups)


@kernel
def root_of(x: int, parent: Ints) -> int:
    """The set that ``x`` is in."""
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@kernel
def join_sets(
    parent: Ints, first_of_role: Ints, links: NDArray[np.int64], servers: Ints, members: Ints,
    people: Records, pools: Records, groups: Records, accounts: Records, tasks: Records, steps: Records,
    control: Records,
) -> None:  # fmt: skip
    """Join what belongs together; ``parent`` has an entry for each person and pool, its own number."""
    count = people.shape[0]
    for pool in range(pools.shape[0]):
        if not pools[pool].used:
            continue
        for place in range(pools[pool].servers0, pools[pool].servers0 + pools[pool].servers_size):
            group = groups[servers[place]]
            for member in range(group.members0, group.members0 + group.members_size):
                parent[root_of(members[member], parent)] = root_of(count + pool, parent)
    for row in range(links.shape[0]):
        if row > 0 and links[row, 0] == links[row - 1, 0]:
            parent[root_of(count + links[row, 1], parent)] = root_of(count + links[row - 1, 1], parent)
        if links[row, 2] >= 0:
            for p in range(first_of_role[links[row, 2]], first_of_role[links[row, 2] + 1]):
                # an empty seat to which accounts still belong counts, too
                if people[p].employed or people[p].accounts > 0:
                    parent[root_of(p, parent)] = root_of(count + links[row, 1], parent)
    for p in range(count):  # where work in hand goes if it is interrupted
        t = people[p].task
        if t >= 0 and tasks[t].account >= 0:
            queue = queue_for(
                tasks[t].role, steps[tasks[t].step].skill, tasks[t].account, accounts, people, control
            )
            parent[root_of(p, parent)] = root_of(queue, parent)
    for x in range(parent.shape[0]):
        parent[x] = root_of(x, parent)


def organise(world: World, state: State, places: Places, unlimited: bool) -> Crews:
    """The components of the moment; numbers them in the queues and the people."""
    people, count = state.people, len(state.people)
    if unlimited:
        state.queues["component"] = 0
        components = np.zeros(1, r.COMPONENT)
        components["heaped"], components["next_finish"] = 1, r.NEVER
        return Crews(components, np.zeros(1, np.uint32), np.zeros(1, np.uint32))
    parent = np.arange(len(state.queues))
    join_sets(
        parent, world.supply.first_seat, places.links, state.servers, state.members, people, state.pools,
        state.groups, state.accounts, state.tasks, state.steps, state.control,
    )  # fmt: skip
    is_root = parent == np.arange(len(parent))
    of_queue, number = (np.cumsum(is_root) - 1)[parent], int(np.count_nonzero(is_root))
    state.queues["component"] = of_queue
    people["component"] = of_queue[:count]
    components = np.zeros(number, r.COMPONENT)
    crew = np.argsort(of_queue[:count], kind="stable").astype(np.uint32)
    people["place"][crew] = np.arange(count)
    sizes = np.bincount(of_queue[:count], minlength=number)
    components["crew_size"], components["heaped"] = sizes, sizes > r.FEW
    components["crew0"] = np.cumsum(sizes) - sizes
    pools = np.flatnonzero(state.pools["used"])
    pools = pools[np.argsort(of_queue[count + pools], kind="stable")]
    for place, pool in enumerate(pools.tolist()):
        component = components[of_queue[count + pool]]
        if component["pools"] == 0:
            component["pools0"] = place
        component["pools"] += 1
    return Crews(components, crew, np.array(pools if len(pools) else [0], dtype=np.uint32))
