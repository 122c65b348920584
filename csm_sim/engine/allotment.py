"""Which streams of work a replication has, of accounts, people and segments, and when each first wakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.agenda import begin_stream, link, next_ticket, set_renewal_begin
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import kernel
from csm_sim.engine.order import absorb_all, uid_order
from csm_sim.engine.renewals import ASLEEP
from csm_sim.world import records as r
from csm_sim.world.build import Replay, World
from csm_sim.world.identity import absorb_uid, name_uid


@kernel
def link_all(nodes: Records, node_days: Ints, places: Records, first: int) -> None:
    """Put the nodes from ``first`` on into the lists of the days on which they wake."""
    for node in range(first, nodes.shape[0]):
        link(nodes, node_days, places, node)


@kernel
def takes_part(
    a: int,
    k: int,
    accounts: Records,
    segments: Records,
    kinds: Records,
    served: Ints,
    share_prefix: np.uint64,
) -> bool:
    """Whether an account has a stream of a kind of work, or may come to have it."""
    kind = kinds[k]
    account = accounts[a]
    none_of_its_own = kind.trigger == r.REPLAY or kind.trigger == r.ESCALATION
    if kind.per != r.PER_ACCOUNT or none_of_its_own or not served[k, account.segment]:
        return False
    if kind.trigger == r.TICKETS:
        return bool(segments[account.segment].tickets_per_minute > 0.0)
    if kind.trigger == r.ON_NEW_ACCOUNT and account.start_day == 0:
        return False
    if kind.share < 1.0:
        work = dr.absorb(account.uid, kind.uid)
        return dr.draw(share_prefix, work, np.uint64(0)) < kind.share
    return True


@kernel
def count_nodes(accounts: Records, segments: Records, kinds: Records, served: Ints, prefixes: Uids) -> int:
    """How many streams all accounts have together; notes for each account where its own begin."""
    total = 0
    for a in range(accounts.shape[0]):
        accounts[a].node0 = total
        for k in range(kinds.shape[0]):
            if takes_part(a, k, accounts, segments, kinds, served, prefixes[dr.SHARE]):
                total += 1
        accounts[a].nodes = total - accounts[a].node0
    return total


@kernel
def fill_nodes(
    nodes: Records,
    accounts: Records,
    segments: Records,
    kinds: Records,
    served: Ints,
    route: Ints,
    dists: Records,
    values: Floats,
    tickets: Records,
    lengths: Floats,
    begins: Floats,
    day_shape: Ints,
    shapes: Floats,
    next_working_day: Ints,
    node_days: Ints,
    places: Records,
    prefixes: Uids,
) -> None:
    """The streams of all accounts, each with its first wake."""
    for i in range(accounts.shape[0] - 1, -1, -1):
        a = accounts[i]
        node = a.node0
        for k in range(kinds.shape[0]):
            if not takes_part(i, k, accounts, segments, kinds, served, prefixes[dr.SHARE]):
                continue
            n = nodes[node]
            kind = kinds[k]
            n.uid = dr.absorb(a.uid, kind.uid)
            n.account, n.kind, n.segment = i, k, a.segment
            if kind.trigger == r.TICKETS:
                rate = segments[a.segment].tickets_per_minute
                if kind.frailty_dist >= 0:
                    u = dr.draw(prefixes[dr.FRAILTY], a.uid, np.uint64(0))
                    rate *= dr.quantile(dists, values, kind.frailty_dist, u)
                if a.traits & r.BAD_FIT:
                    rate *= segments[a.segment].trait_tickets[0]
                if a.traits & r.POOR_HANDOVER:
                    rate *= segments[a.segment].trait_tickets[1]
                n.phase_days = rate / tickets[0].batch
                young = tickets[0].ramp_days > 0.0 and a.start_day > 0
                n.anchor = 0.0 if young else begins[a.start_day]
                gaps = dr.absorb(prefixes[dr.TICKET_GAP], n.uid)
                next_ticket(
                    nodes, node, accounts, tickets, lengths, begins, day_shape, shapes, gaps, prefixes
                )
            elif route[k, a.segment] < 0:  # until it is served as another segment
                n.occurrence = ASLEEP if kind.trigger == r.BEFORE_RENEWAL else 0
                n.phase_days = -r.NEVER
            elif kind.trigger == r.EVERY:
                begin_stream(nodes, node, kinds, next_working_day, prefixes[dr.PHASE], a.start_day)
            elif kind.trigger == r.BEFORE_RENEWAL:
                set_renewal_begin(nodes, kinds, accounts, segments, node, a.start_day)
                n.wake = n.begins
            elif kind.trigger == r.ON_EVENT:
                n.phase_days = -r.NEVER  # anchor day of the last occurrence
            else:
                n.begins = a.start_day * r.DAY + kind.begins_minutes
                n.wake = n.begins
            link(nodes, node_days, places, node)
            node += 1


@dataclass(frozen=True, slots=True)
class Others:
    """The streams that are of no account: the same at the beginning of all replications."""

    streams: Records
    """NODE, of people and segments."""
    begun: list[int]
    """Those of them that begin on the first day."""
    carriers: Records
    """NODE, each of which stands for a person's own work without a stream."""
    carried: NDArray[np.int64]
    """The person of each carrier."""


def others_of(world: World, people: Records) -> Others:
    """Streams of people and segments, and carriers."""
    found: list[tuple[int, int, int, int]] = []  # uid, person, segment, kind
    for k, kind in enumerate(world.kinds):
        if kind["trigger"] == r.INTERNAL:
            continue
        if kind["per"] == r.PER_PERSON:
            role = int(world.route_role[k].max()) if world.route_role.size else -1
            for person in np.flatnonzero(people["role"] == role).tolist():
                uid = absorb_uid(int(people[person]["uid"]), int(kind["uid"]))
                found.append((uid, person, len(world.segments), k))
        elif kind["per"] == r.PER_SEGMENT:
            for segment in np.flatnonzero(world.route_role[k] >= 0).tolist():
                uid = absorb_uid(int(world.segments[segment]["uid"]), int(kind["uid"]))
                found.append((uid, -1, segment, k))
    streams = _blank(len(found))
    for stream, row in zip(streams, found, strict=True):
        stream["uid"], stream["person"], stream["segment"], stream["kind"] = row
    begun = [place for place, (_, p, _, _) in enumerate(found) if p < 0 or people[p]["employed"]]
    kind_of_role = world.supply.rules["handover_kind"]
    kind_of_role = np.where(kind_of_role < 0, world.supply.rules["projects_kind"], kind_of_role)
    carried = np.flatnonzero(kind_of_role[people["role"]] >= 0)
    carriers = _blank(len(carried))
    carriers["person"], carriers["segment"] = carried, len(world.segments)
    carriers["kind"] = kind_of_role[people["role"][carried]]
    return Others(streams, begun, carriers, carried)


_BLANK = np.zeros(1, r.NODE)
for _name in ("account", "person", "running", "task"):
    _BLANK[_name] = -1
_BLANK["wake"] = _BLANK["begins"] = _BLANK["until"] = r.NEVER


def _blank(count: int) -> Records:
    """Streams of nobody that never wake."""
    return np.frombuffer(bytearray(_BLANK.tobytes()) * count, r.NODE)


def nodes_of(
    world: World, of_accounts: int, others: Others, served: Ints, accounts: Records, people: Records,
    prefixes: Uids, node_days: Ints, lengths: Floats, begins: Floats,
) -> tuple[Records, Records, Ints]:  # fmt: skip
    """Streams of accounts, then of people, segments, the backlog and replayed tickets, and carriers."""
    backlog = _backlog(world, accounts, prefixes)
    replayed = 0 if world.replay is None else len(world.replay.time)
    of_backlog = of_accounts + len(others.streams)
    of_carriers = of_backlog + len(backlog) + replayed
    nodes = _blank(of_carriers + len(others.carriers))
    places = np.full(3 * len(nodes), -1, np.int32).view(r.PLACE)
    fill_nodes(
        nodes, accounts, world.segments, world.kinds, served, world.route_role, world.dists, world.values,
        world.desk.common, lengths, begins, world.desk.day_shape, world.desk.shapes,
        world.working.next_working_day, node_days, places, prefixes,
    )  # fmt: skip
    nodes[of_accounts:of_backlog] = others.streams
    for place in others.begun:
        begin_stream(
            nodes, of_accounts + place, world.kinds, world.working.next_working_day, prefixes[dr.PHASE], 0
        )
    for place, (account, uid, step) in enumerate(backlog, of_backlog):
        node = nodes[place]
        node["uid"], node["account"], node["step"] = uid, account, step
        node["segment"], node["kind"] = accounts[account]["segment"], world.steps[step]["kind"]
        node["running"], node["wake"] = r.OF_BACKLOG, world.start_minute
    if world.replay is not None:
        _fill_replay(world, world.replay, accounts, nodes[of_carriers - replayed : of_carriers])
    carriers = np.full(len(people), -1, np.int32)
    nodes[of_carriers:] = others.carriers
    carriers[others.carried] = np.arange(of_carriers, len(nodes))
    if len(nodes) > of_accounts:
        link_all(nodes, node_days, places, of_accounts)
    return nodes, places, carriers


def _fill_replay(world: World, replay: Replay, accounts: Records, nodes: Records) -> None:
    """A stream of its own for each recorded ticket."""
    first_of = np.searchsorted(accounts["segment"], np.arange(len(world.segments)))
    kind = int(np.flatnonzero(world.kinds["trigger"] == r.REPLAY)[0])
    account = first_of[replay.segment] + replay.row
    uids = np.empty(len(nodes), np.uint64)
    absorb_all(accounts["uid"][account], world.kinds["uid"][kind], uids)
    nodes["uid"], nodes["account"], nodes["segment"], nodes["kind"] = uids, account, replay.segment, kind
    nodes["occurrence"], nodes["wake"] = replay.ordinal, replay.time
    nodes["step"] = np.arange(len(nodes))  # row of the replay: severity and effort


def _backlog(world: World, accounts: Records, prefixes: Uids) -> list[tuple[int, int, int]]:
    """Account, identity and step of each ticket that is open at the start."""
    if not len(world.desk.backlog):
        return []
    raising = world.segments["raises_tickets"][accounts["segment"]] == 1
    here = np.flatnonzero(raising & (accounts["start_day"] <= world.warm_days))
    here = uid_order(accounts, here)
    found: list[tuple[int, int, int]] = []
    for number, step in enumerate(world.desk.backlog if len(here) else ()):
        uid = absorb_uid(name_uid("backlog"), number)
        place = int(dr.draw(prefixes[dr.BACKLOG], np.uint64(uid), np.uint64(0)) * len(here))
        found.append((int(here[place]), uid, int(step)))
    return found
