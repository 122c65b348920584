"""Books of accounts and own work, when people come and go: the compiled parts, called for whole teams."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine import ownership
from csm_sim.engine.agenda import begin_stream, link, unlink
from csm_sim.engine.arrays import Ints, Records
from csm_sim.engine.compiled import kernel
from csm_sim.engine.ledger import Ledger
from csm_sim.engine.order import uid_order
from csm_sim.engine.populate import State
from csm_sim.engine.rooms import longer, longer_tasks
from csm_sim.engine.streams import queue_for
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.identity import absorb_uid, name_uid

Order = NDArray[np.int64]
HANDOVER = np.uint64(name_uid("handover"))
PROJECTS = name_uid("projects")


@kernel
def requeue(
    tasks: Records, nodes: Records, steps: Records, accounts: Records, people: Records, control: Records
) -> None:
    """Let every waiting task have the queue where it would go if it opened now; all are filled anew then."""
    for t in range(tasks.shape[0]):
        task = tasks[t]
        if task.status == r.WAITING and (task.account >= 0 or nodes[task.node].person < 0):
            task.queue = queue_for(
                task.role, steps[task.step].skill, task.account, accounts, people, control
            )  # fmt: skip


@kernel
def end_own_work(
    p: int, month: int, tasks: Records, nodes: Records, node_days: Ints, places: Records, own: Ints,
    tallies: Records,
) -> None:  # fmt: skip
    """Someone leaves: the own streams end, and what waits of own work is cancelled."""
    for place in range(own.shape[0]):
        n = own[place]
        if places[n].day >= 0:
            unlink(node_days, places, n)
        nodes[n].wake = r.NEVER
        nodes[n].running = nodes[n].task = -1
    for t in range(tasks.shape[0]):
        task = tasks[t]
        if task.status == r.WAITING and task.account < 0 and nodes[task.node].person == p:
            task.status = r.DEAD
            tallies[month, task.cell].cancelled += 1


@dataclass(slots=True)
class Books:
    """The books of one replication, with all that moving an account takes."""

    world: World
    state: State
    ledger: Ledger
    _own: list[Ints] = field(default_factory=list)

    @property
    def own(self) -> list[Ints]:
        """Each seat's own streams."""
        if not self._own:
            nodes, kinds = self.state.nodes, self.world.kinds
            whose = nodes["person"]
            mine = np.flatnonzero((whose >= 0) & (kinds["trigger"][nodes["kind"]] != r.INTERNAL)) \
                if len(kinds) else np.zeros(0, np.int64)  # fmt: skip
            own: list[list[int]] = [[] for _ in self.state.people]
            for n in mine.tolist():
                own[int(whose[n])].append(n)
            self._own = [np.array(of_seat, np.uint32) for of_seat in own]
        return self._own

    def month(self, day: int) -> int:
        """Row of the ledger for a day."""
        return int(self.world.month_of_day[min(day, self.world.days - 1)]) + 1

    def of_seat(self, seat: int) -> Order:
        """Accounts that belong to a seat, in the order in which they are given away."""
        accounts = self.state.accounts
        found = np.flatnonzero((accounts["owner"] == seat) & (accounts["status"] == r.ALIVE))
        return uid_order(accounts, found) if len(found) else found

    def in_order(self, accounts: Order) -> Order:
        """Those accounts that are alive, in the order in which they are given away."""
        alive = accounts[self.state.accounts["status"][accounts] == r.ALIVE]
        return uid_order(self.state.accounts, alive) if len(alive) else alive

    def give_away(self, accounts: Order, role: int, day: int, *, handed: bool = True, to: int = -1) -> None:
        """Accounts, in order, go to the person with most room, or all to one."""
        if not len(accounts):
            return
        self._make_room(len(accounts))
        state, world, ledger = self.state, self.world, self.ledger
        ownership.give_away(
            accounts, role, handed, to, day, self.month(day), HANDOVER, state.accounts, state.segments,
            state.roles, state.people, world.supply.rules, world.supply.hours_weights, state.renewing,
            world.kinds, state.carriers, state.nodes, state.tasks, state.steps, world.dists, world.values,
            state.prefixes, state.life, state.health, ledger.cells, ledger.moves, ledger.log, state.control,
        )  # fmt: skip

    def adopt(self, role: int, day: int) -> None:
        """Accounts that should have an owner of the role, but have none, get one."""
        accounts = self.state.accounts
        segments = np.flatnonzero(self.state.segments["owner_role"] == role)
        if not len(segments):
            return
        orphans = np.flatnonzero(
            (accounts["owner"] < 0) & (accounts["status"] == r.ALIVE) & np.isin(accounts["tier"], segments)
        )
        if len(orphans):
            self.give_away(uid_order(accounts, orphans), role, day)

    def even_out(self, role: int, day: int) -> None:
        """Move accounts from the fullest to the emptiest books of a role."""
        state, world, ledger = self.state, self.world, self.ledger
        if not np.any(state.segments["owner_role"] == role):
            return
        seats = np.flatnonzero(state.people["role"] == role)
        books = np.flatnonzero(
            np.isin(state.accounts["owner"], seats) & (state.accounts["status"] == r.ALIVE)
        )
        if not len(books):
            return
        self._make_room(2 * len(books))
        ownership.even_out(
            uid_order(state.accounts, books)[::-1].copy(), np.zeros(len(state.people), np.int64), role, day,
            self.month(day), HANDOVER, state.accounts, state.segments, state.roles, state.people,
            world.supply.rules, world.supply.hours_weights, state.renewing, world.kinds, state.carriers,
            state.nodes, state.tasks, state.steps, world.dists, world.values, state.prefixes, state.life,
            state.health, ledger.cells, ledger.moves, ledger.log, state.control,
        )  # fmt: skip

    def open_giving(self, seat: int, day: int, leaves: int) -> None:
        """Someone will leave: handing over each account of the book is work."""
        role = int(self.state.people[seat]["role"])
        rule = self.world.supply.rules[role]
        if not rule["hands_over"] or rule["giving_dist"] < 0:
            return
        state, world, ledger = self.state, self.world, self.ledger
        accounts = self.of_seat(seat)
        self._make_room(len(accounts))
        ownership.open_giving(
            accounts, seat, leaves * r.DAY, day, self.month(day), HANDOVER, state.accounts,
            world.supply.rules, world.kinds, state.carriers, state.nodes, state.tasks, state.steps,
            world.dists, world.values, state.people, state.prefixes, ledger.cells, ledger.log,
            state.control,
        )  # fmt: skip

    def open_project(self, seat: int, step: int, number: int, effort: float, due: int, day: int) -> None:
        """A person's part of introducing something."""
        self._make_room(1)
        state, ledger = self.state, self.ledger
        entity = np.uint64(absorb_uid(int(state.people[seat]["uid"]), PROJECTS))
        effort *= float(state.steps[step]["effort_factor"])
        ownership.open_internal(
            seat, step, entity, number, effort, due * r.DAY, day, self.month(day), state.carriers,
            state.nodes, state.tasks, state.steps, state.people, state.prefixes, ledger.cells, ledger.log,
            state.control,
        )  # fmt: skip

    def begin_own_work(self, seat: int, day: int) -> None:
        """Someone joins: the own streams begin anew, keyed by the person."""
        state = self.state
        uid = int(state.people[seat]["uid"])
        for n in self.own[seat].tolist():
            kind = self.world.kinds[state.nodes[n]["kind"]]
            state.nodes[n]["uid"] = absorb_uid(uid, int(kind["uid"]))
            begin_stream(
                state.nodes, n, self.world.kinds, self.world.working.next_working_day,
                state.prefixes[dr.PHASE], day,
            )  # fmt: skip
            link(state.nodes, state.node_days, state.places, n)

    def forget(self, seat: int) -> None:
        """Who sat in a seat is gone: accounts that have churned, or are yet to start, are not theirs now."""
        accounts = self.state.accounts
        accounts["owner"][(accounts["owner"] == seat) & (accounts["status"] != r.ALIVE)] = -1
        if len(self.state.cases):  # whoever sits there next has not worked on these tickets
            cases = self.state.cases
            cases["person"][cases["person"] == seat] = len(self.state.people)

    def moved(self, old: int, new: int) -> None:
        """Somebody sits in another seat now: what they worked on, and what is meant for them."""
        accounts = self.state.accounts
        theirs = accounts["owner"] == old
        accounts["owner"][theirs & (accounts["status"] == r.CHURNED)] = -1
        accounts["owner"][theirs & (accounts["status"] == r.NOT_YET)] = new
        if len(self.state.cases):
            cases = self.state.cases
            cases["person"][cases["person"] == old] = new

    def end_own_work(self, seat: int, day: int) -> None:
        """Someone leaves."""
        state = self.state
        end_own_work(
            seat, self.month(day), state.tasks, state.nodes, state.node_days, state.places, self.own[seat],
            self.ledger.cells,
        )  # fmt: skip

    def _make_room(self, tasks: int) -> None:
        """Have that many free records of tasks."""
        state = self.state
        while state.control["free_count"][0] < tasks:
            state.tasks = longer_tasks(state.tasks, state.control)
        if 0 < len(state.cases) < len(state.tasks):
            state.cases = longer(state.cases, len(state.tasks))
