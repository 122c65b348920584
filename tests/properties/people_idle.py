"""Nobody at work has nothing to do while something waits in the own book or in a pool that they serve."""

from __future__ import annotations

import heapq
from collections import Counter

import numpy as np

from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from properties.log import in_book_order, kinds_from_the_backlog
from properties.people_log import Event, Scene, Watched

Key = tuple[int, int, int, int]
"""account, kind, occurrence, step"""
Queue = tuple[int, int, int]
"""seat, -1 and -1; or -1, role and skill of a pool."""

SCENE = -1
"""An event of our own: another scene begins."""


def assert_nobody_idles_beside_work(seen: Watched) -> None:
    """Look at all work of which the log tells whose it is: own work of people, it does not."""
    _Desk(seen).follow()


class _Desk:
    def __init__(self, seen: Watched) -> None:
        self.seen, world = seen, seen.world
        self.world = world
        self.unclear = kinds_from_the_backlog(world)
        self.start_day = in_book_order(seen.outcome)["start_day"].tolist()
        self.segment = in_book_order(seen.outcome)["segment"].tolist()
        self.numbers = seen.outcome.accounts["number"].tolist()
        self.route = world.route_role.copy()
        self.of_tickets = world.desk.roles[:, 0].copy()
        self.overflow = int(world.desk.common[0]["overflow_role"])
        self.escalation = int(world.desk.common[0]["escalation_role"])
        self.moves = [act for act in world.supply.acts if act.what == s.REORGANISE]
        self.owner: dict[int, int] = {}
        self.churned: set[int] = set()
        self.role_of: dict[Key, int] = {}
        self.where: dict[Key, Queue] = {}
        """Of what waits."""
        self.waiting: Counter[Queue] = Counter()
        self.in_hand: set[int] = set()
        self.skills: dict[int, int] = {}
        self.serves: dict[int, set[Queue]] = {}
        """By seat, of who sits there."""

    def follow(self) -> None:
        scenes = [(scene.day * r.DAY, SCENE, 0, 0, 0, number, 0, 0.0) for number, scene in
                  enumerate(self.seen.scenes)]  # fmt: skip
        before = 0.0
        for event in heapq.merge(scenes, self.seen.events, key=lambda event: event[0]):
            if event[0] > before:
                self._look(before, event[0])
                before = event[0]
            self._happens(event)

    def _happens(self, event: Event) -> None:
        _, what, account, seat, _, number, _, _ = event
        if what == SCENE:
            self._begin(self.seen.scenes[number])
            return
        if what == ev.STARTED:
            self.owner[account] = seat
        elif what == ev.CHURN:
            self.churned.add(account)
            for key in [key for key in self.where if key[0] == account and not self._is_replay(key)]:
                self._leave(key)
        if what == ev.TAKEN_UP:
            self.in_hand.add(seat)
        elif what in (ev.DONE, ev.INTERRUPTED, ev.TO_CUSTOMER):
            self.in_hand.discard(seat)
        self._wait(event)

    def _wait(self, event: Event) -> None:
        """What an event does to what waits."""
        time, what, account, _, kind, occurrence, step, _ = event
        if step < 0 or account == -1 or not self._is_clear(time, account, kind, occurrence):
            return
        key = (account, kind, occurrence, step)
        if what == ev.OPENED:
            self.role_of[key] = self._role(account, kind, step)
        elif what == ev.OVERFLOWED:
            self.role_of[key] = self.overflow
        if what in (ev.TAKEN_UP, ev.DROPPED, ev.ABANDONED, ev.OVERFLOWED):
            self._leave(key)
        lives = account not in self.churned or self._is_replay(key)
        if what in (ev.OPENED, ev.INTERRUPTED, ev.RETURNED, ev.OVERFLOWED) and lives and key in self.role_of:
            self._enter(key)

    def _is_clear(self, time: float, account: int, kind: int, occurrence: int) -> bool:
        """Whether the log tells where such work goes, and which of it this is."""
        if kind in self.unclear and occurrence == 0:
            return False
        ticket = self.world.kinds[kind]["trigger"] in (r.TICKETS, r.REPLAY)
        if ticket and len(self.world.desk.shares) > 1:
            return False
        return account < 0 or self.start_day[account] <= time // r.DAY

    def _role(self, account: int, kind: int, step: int) -> int:
        segment = self.segment[account] if account >= 0 else -account - 2
        if self.world.steps[step]["ticket"]:
            return int(self.of_tickets[segment])
        if self.world.kinds[kind]["trigger"] == r.ESCALATION:
            return self.escalation
        return int(self.route[kind, segment])

    def _is_replay(self, key: Key) -> bool:
        return bool(self.world.steps[key[3]]["replay"])

    def _queue(self, key: Key) -> Queue:
        role, skill = self.role_of[key], int(self.world.steps[key[3]]["skill"])
        owner = self.owner.get(key[0], -1)
        if owner >= 0 and self.world.supply.seats["role"][owner] == role:
            skills = self.skills.get(owner, 0)  # an empty seat has none
            if skill == r.NO_SKILL or skills >> (skill - 1) & 1:
                return owner, -1, -1
        return -1, role, skill

    def _enter(self, key: Key) -> None:
        self.where[key] = queue = self._queue(key)
        self.waiting[queue] += 1

    def _leave(self, key: Key) -> None:
        if key in self.where:
            self.waiting[self.where.pop(key)] -= 1

    def _begin(self, scene: Scene) -> None:
        """Books, routes and skills have changed."""
        for act in [act for act in self.moves if act.day <= scene.day]:
            self.moves.remove(act)
            self._reroute(act)
        self.owner = dict(zip(self.numbers, scene.owner.tolist(), strict=True))
        self.skills = {one.seat: int(scene.people[one.seat]["skills"]) for one in scene.sittings}
        self.serves = {one.seat: self._serves(one.seat, one.role) for one in scene.sittings}
        waiting = list(self.where)
        self.waiting.clear()
        for key in waiting:
            self._enter(key)

    def _serves(self, seat: int, role: int) -> set[Queue]:
        has = [n + 1 for n in range(len(self.world.supply.skills)) if self.skills[seat] >> n & 1]
        covered = np.flatnonzero(self.world.covers[role]).tolist()
        return {(seat, -1, -1)} | {(-1, other, skill) for other in covered for skill in [0, *has]}

    def _reroute(self, act: s.Act) -> None:
        kinds = [kind for kind in act.kinds if self.world.kinds[kind]["per"] != r.PER_PERSON]
        of_kinds = self.route[kinds]
        self.route[kinds] = np.where(of_kinds == act.role, act.to_role, of_kinds)
        triggers = set(self.world.kinds["trigger"][kinds].tolist())
        if triggers & {r.TICKETS, r.REPLAY}:
            self.of_tickets[self.of_tickets == act.role] = act.to_role
            self.overflow = act.to_role if self.overflow == act.role else self.overflow
        if r.ESCALATION in triggers and self.escalation == act.role:
            self.escalation = act.to_role
        for key, role in self.role_of.items():
            if role == act.role and key[1] in kinds:
                self.role_of[key] = act.to_role

    def _look(self, since: float, until: float) -> None:
        """Nobody is idle for any time between two events."""
        queues = {queue for queue, number in self.waiting.items() if number > 0}
        if not queues:
            return
        day = int(since // r.DAY)
        for seat, serves in self.serves.items():
            if seat in self.in_hand or not self.seen.here[seat, day] or not serves & queues:
                continue
            calendar = int(self.seen.calendar[seat, day])
            idle = self.seen.clock(calendar, until) - self.seen.clock(calendar, since)
            waits = [key for key, queue in self.where.items() if queue in serves]
            assert idle == 0, f"seat {seat} idles for {idle} minutes from {since} beside {waits[:5]}"
