"""What people have in hand, followed through the log: who, when and how fast, and nothing of it is lost."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from csm_sim.world import events as ev
from csm_sim.world import records as r
from properties.log import ROUNDING, in_book_order, kinds_from_the_backlog
from properties.people_log import Event, Watched

Key = tuple[int, int, int, int]
"""account (of own work: -1), kind, occurrence, step."""

TICK = 1.0 / r.TICKS


@dataclass
class _Work:
    """All tasks with one key: one, but of own work and of the backlog the log may not tell which it is."""

    left: list[float] = field(default_factory=list)
    """Effort of what waits."""
    came: float = 0.0
    done: float = 0.0
    stints: int = 0
    worked_by: int = 0
    """Identity of who did so last."""


@dataclass
class _InHand:
    work: _Work
    since: float
    effort: float
    switching: float
    speed: float


def assert_work_is_kept(seen: Watched) -> None:
    """Follow all work from hand to hand.

    * Nobody takes up or completes anything while away, before joining, after leaving or outside the own
      windows, nor what needs a skill that they do not have.
    * What is put down is what is taken up next, by whoever does; a ticket that somebody else goes on with
      costs a hand-over more.
    * Minutes in hand, those of switching left out, times speed are the effort done.
    * What came is what was done and what is left.
    """
    _Follower(seen).follow()


class _Follower:
    def __init__(self, seen: Watched) -> None:
        self.seen, self.world = seen, seen.world
        self.accounts: dict[Key, _Work] = defaultdict(_Work)
        self.own: dict[int, dict[Key, _Work]] = defaultdict(lambda: defaultdict(_Work))
        """By identity."""
        self.hands: dict[int, _InHand] = {}
        """By seat."""
        self.nature: dict[int, int] = {}
        """Identity -> whether the last work was reactive."""
        self.unclear = kinds_from_the_backlog(seen.world)
        self.hand_over = float(seen.world.desk.common[0]["hand_over_minutes"])
        seats = seen.world.supply.seats["joins_day"]
        self.sits = {seat: seen.seat_uid(seat) for seat in np.flatnonzero(seats == 0).tolist()}

    def follow(self) -> None:
        changes = iter(self.seen.changes)
        for event in self.seen.events:
            time, what, account, seat, _, _, _, value = event
            if what in (ev.JOINED, ev.LEFT, ev.NOTICE):
                change = next(changes)
                if what == ev.JOINED:
                    self.sits[seat] = change.uid
                elif what == ev.LEFT:
                    assert seat not in self.hands, f"{seat} leaves at {time} with work in hand"
                    self.own.pop(self.sits.pop(seat), None)  # cancelled
            elif what in (ev.OPENED, ev.RETURNED):
                work = self._work(event)
                assert account == -1 or self._is_unclear(event) or not work.left
                work.left.append(value)
                work.came += value
            elif what == ev.TAKEN_UP:
                self._take_up(event)
            elif what in (ev.DONE, ev.INTERRUPTED, ev.TO_CUSTOMER):
                self._put_down(event)
            elif what in (ev.DROPPED, ev.ABANDONED) and account != -1 and not self._is_unclear(event):
                work = self._work(event)
                assert work.stints == 0
                work.came -= work.left.pop()
        self._nothing_is_lost()

    def _is_unclear(self, event: Event) -> bool:
        return event[4] in self.unclear and event[5] == 0

    def _work(self, event: Event) -> _Work:
        _, _, account, seat, kind, occurrence, step, _ = event
        key = (account, kind, occurrence, step)
        return self.own[self.sits[seat]][key] if account == -1 else self.accounts[key]

    def _take_up(self, event: Event) -> None:
        time, _, account, seat, _, _, number, value = event
        assert self.seen.may_begin(seat, time), f"seat {seat} takes something up at {time}"
        step, uid, work = self.world.steps[number], self.sits[seat], self._work(event)
        if step["skill"] != r.NO_SKILL:
            skills = int(self.seen.scene(time).people[seat]["skills"])
            assert skills >> (int(step["skill"]) - 1) & 1, f"seat {seat} lacks a skill at {time}"
        extra = 0.0
        if step["ticket"] and work.stints and (work.worked_by != uid or self._is_unclear(event)):
            extra = self.hand_over
        if value not in work.left and extra:
            near = [left for left in work.left if abs(left + extra - value) <= ROUNDING]
            assert near, f"{value} at {time} is not one of {work.left}, handed over"
            work.left.remove(near[0])
            work.came += extra
        else:
            assert value in work.left, f"{value} at {time} is not one of {work.left}"
            assert not extra or self._is_unclear(event), f"{value} at {time} is handed over for nothing"
            work.left.remove(value)
        work.stints += 1
        work.worked_by = uid
        nature = int(step["reactive"])
        switches = self.nature.get(uid, nature) != nature
        self.nature[uid] = nature
        cost = float(self.world.roles[self.world.supply.seats[seat]["role"]]["switch_minutes"])
        speed = float(self.seen.speed[seat, int(time // r.DAY)])
        self.hands[seat] = _InHand(work, time, value, cost if switches else 0.0, speed)
        assert account != -1 or self.own[uid], "own work is nobody else's"

    def _spent(self, seat: int, until: float) -> float:
        """Minutes that the work in hand has taken."""
        hand = self.hands[seat]
        calendar = int(self.seen.calendar[seat, int(hand.since // r.DAY)])
        return self.seen.clock(calendar, until) - self.seen.clock(calendar, hand.since)

    def _put_down(self, event: Event) -> None:
        time, what, _, seat, _, _, _, value = event
        spent = self._spent(seat, time)
        hand = self.hands.pop(seat)
        minutes = max(0.0, spent - hand.switching)
        needs = max(hand.effort / hand.speed, TICK)
        if what == ev.INTERRUPTED:
            left = max(0.0, hand.effort - minutes * hand.speed)
            assert math.isclose(value, left, rel_tol=1e-12, abs_tol=1e-9), f"{value} is left at {time}"
            assert minutes <= needs + TICK
            hand.work.left.append(value)
        else:
            assert self.seen.may_end(seat, time), f"seat {seat} completes something at {time}"
            assert abs(minutes - needs) <= TICK, f"{minutes} instead of {needs} minutes until {time}"
        hand.work.done += minutes * hand.speed

    def _nothing_is_lost(self) -> None:
        """What came is what has been done, waits, or is in hand and not yet done."""
        end = self.world.days * r.DAY
        in_hand: dict[int, float] = defaultdict(float)
        for seat, hand in self.hands.items():
            minutes = max(0.0, self._spent(seat, end) - hand.switching)
            assert minutes <= hand.effort / hand.speed + TICK, f"seat {seat} should be done"
            hand.work.done += minutes * hand.speed
            in_hand[id(hand.work)] += max(0.0, hand.effort - minutes * hand.speed)
        whose = [*self.accounts.values(), *(work for own in self.own.values() for work in own.values())]
        for work in whose:
            rounding = (work.stints + 1) * 3.0 * TICK  # a tick of time at up to three times the usual speed
            left = sum(work.left) + in_hand[id(work)]
            assert abs(work.came - work.done - left) <= rounding + 1e-9 * work.came
        self._what_is_left_is_counted(in_hand)

    def _what_is_left_is_counted(self, in_hand: dict[int, float]) -> None:
        """The effort left at the end is that of the tallies; what waits for lost accounts is cancelled."""
        counted = self.seen.outcome.tallies["open_at_end_minutes"].sum(axis=1)
        accounts = in_book_order(self.seen.outcome)
        expected = np.zeros(len(self.world.steps))
        for (account, _, _, step), work in self.accounts.items():
            lost = account >= 0 and accounts[account]["status"] == r.CHURNED
            expected[step] += in_hand[id(work)]
            if not lost or self.world.steps[step]["replay"]:
                expected[step] += sum(work.left)
        kinds = self.world.kinds["per"] != r.PER_PERSON
        kinds[list(self.unclear)] = False
        whole = kinds[self.world.steps["kind"]]
        np.testing.assert_allclose(counted[whole], expected[whole], rtol=1e-9, atol=1e-6)
