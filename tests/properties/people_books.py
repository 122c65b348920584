"""Books of accounts, looked at on every midnight and followed through the log: whose is what, and why."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from csm_sim.engine.ownership import part_of_term
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from properties.people_log import Array, Scene, Watched

ORPHAN_DAYS = ct.MOVES_FIELDS.index("orphan_days")


def assert_books_are_in_order(seen: Watched) -> None:
    """Books are what the accounts say; each account has an owner who is there, or a reason for none."""
    accounts, world = seen.outcome.accounts, seen.world
    part = np.array([part_of_term(a, accounts, world.segments) for a in range(len(accounts))], np.int64)
    ones = np.ones(len(accounts))
    minutes = world.supply.hours_weights[accounts["segment"]]
    loads = {s.BY_ACCOUNTS: ones, s.BY_RENEWALS: ones, s.BY_ARR: accounts["arr"], s.BY_HOURS: minutes}
    balance = world.supply.rules["balance"][world.supply.seats["role"]]
    for scene in [*seen.scenes, seen.last]:
        assert scene.misplaced == 0, f"{scene.misplaced} tasks wait in a wrong queue on day {scene.day}"
        owned = np.flatnonzero((scene.status == r.ALIVE) & (scene.owner >= 0))
        owner, people = scene.owner[owned], scene.people
        np.testing.assert_array_equal(people["accounts"], np.bincount(owner, minlength=len(people)))
        renewing = np.zeros(scene.renewing.shape, np.int64)
        np.add.at(renewing, (owner, part[owned]), 1)
        np.testing.assert_array_equal(scene.renewing, renewing)
        for rule, load in loads.items():
            mine = balance == rule
            # whole units of money and minutes, so that sums are exact
            expected = np.bincount(owner, load[owned], minlength=len(people))
            np.testing.assert_array_equal(people["book_load"][mine], expected[mine])
        _assert_owners_are_there(seen, scene, np.unique(owner).tolist())
        _assert_a_reason_for_no_owner(seen, scene)
    _assert_orphans_are_counted(seen)
    _Books(seen).follow()


def _assert_owners_are_there(seen: Watched, scene: Scene, owners: list[int]) -> None:
    """Who owns an account is employed, or it is an empty seat within the time that orphans wait."""
    world = seen.world
    for seat in owners:
        if scene.people[seat]["employed"]:
            continue
        rule = world.supply.rules[world.supply.seats["role"][seat]]
        at_the_end = scene.day == world.days  # when nothing happens any more
        waits = scene.orphaned.get(seat, -world.days) + rule["orphan_days"]
        assert rule["hands_over"], f"an account belongs to the empty seat {seat} on day {scene.day}"
        assert scene.day < waits + at_the_end, f"seat {seat} still has orphans on day {scene.day}"


def _assert_a_reason_for_no_owner(seen: Watched, scene: Scene) -> None:
    """An account has no owner only where no book is open.

    A book that opens or gets room without anybody joining takes in none: after a covered absence, by churn
    where books have a limit, and where a role takes over another that has nobody.
    """
    world, segment = seen.world, seen.outcome.accounts["segment"]
    loose = np.flatnonzero((scene.status == r.ALIVE) & (scene.owner < 0))
    before = [act for act in world.supply.acts if act.day <= scene.day]
    absent = any(act.what == s.ABSENCE for act in before)
    takes_over = {
        act.to_role for act in before if act.what == s.REORGANISE and not act.seats and not act.count
    }
    for role in np.unique(scene.owner_role[segment[loose]]).tolist():
        if role < 0 or role in takes_over:
            continue
        rule = world.supply.rules[role]
        if rule["most"] < s.FOREVER or (absent and rule["cover_days"] < s.FOREVER):
            continue
        there = scene.people[scene.people["role"] == role]
        assert not there["open_book"].any(), f"{loose} have no owner on day {scene.day}"


def _assert_orphans_are_counted(seen: Watched) -> None:
    """Days that accounts belonged to empty seats; of an account that churned meanwhile none."""
    world, numbers = seen.world, seen.outcome.accounts["number"].tolist()
    role = world.supply.seats["role"]
    churned = {account: int(time // r.DAY) for time, what, account, *_ in seen.events if what == ev.CHURN}
    expected = np.zeros((world.months, len(world.roles)), np.int64)
    for scene, later in zip(seen.scenes, [*seen.scenes[1:], seen.last], strict=True):
        for seat, since in scene.orphaned.items():
            if later.orphaned.get(seat) == since and later is not seen.last:
                continue
            theirs = np.flatnonzero((scene.owner == seat) & (scene.status == r.ALIVE))
            kept = sum(churned.get(numbers[account], world.days) >= later.day for account in theirs)
            month = world.month_of_day[min(later.day, world.days - 1)]
            expected[month, role[seat]] += kept * (later.day - since)
    np.testing.assert_array_equal(seen.outcome.moves[..., ORPHAN_DAYS], expected)


class _Books:
    """Books as the log tells them: who has how many accounts when one more comes."""

    def __init__(self, seen: Watched) -> None:
        self.seen = seen
        order = np.argsort(seen.outcome.accounts["number"])
        self.named: Array = seen.first_owner[order]
        self.place = dict(enumerate(order.tolist()))
        there = seen.outcome.accounts["start_day"][order] == 0
        self.owner = {a: int(self.named[a]) for a in np.flatnonzero(there).tolist()}
        self.size = Counter(self.owner.values())
        self.had: dict[int, set[int]] = defaultdict(set)
        """Accounts that each person has had in this seat."""
        for account, seat in self.owner.items():
            self.had[seat].add(account)
        self.on_notice: set[int] = set()
        self.joined: dict[int, int] = {}

    def follow(self) -> None:
        """A book above its limit, or of somebody on notice, gets no more but by a list or from cover.

        Whoever joins or moves brings or takes over what belongs to the seat, however much that is.
        """
        scenes = iter([*self.seen.scenes, self.seen.last])
        scene = next(scenes)
        for time, what, account, seat, *_ in self.seen.events:
            while scene.day < int(time // r.DAY):
                self._lose(scene)
                scene = next(scenes)
            if what == ev.JOINED:
                self.joined[seat] = int(time // r.DAY)
                self.had[seat] = set()
            elif what == ev.LEFT:
                self.on_notice.discard(seat)
            elif what == ev.NOTICE:
                self.on_notice.add(seat)
            elif what == ev.CHURN:
                self.size[self.owner.pop(account)] -= 1
            elif what in (ev.STARTED, ev.OWNED):
                self._take(time, what, account, seat)

    def _lose(self, scene: Scene) -> None:
        """Who has lost an account to nobody is not in the log."""
        for account, seat in self.owner.items():
            place = self.place[account]
            now = int(scene.owner[place])
            if now != seat and scene.status[place] == r.ALIVE:
                assert now < 0, f"account {account} goes from {seat} to {now} without a word"
                self.size[seat] -= 1
                self.owner[account] = now

    def _take(self, time: float, what: int, account: int, seat: int) -> None:
        if what == ev.OWNED:
            self.size[self.owner[account]] -= 1
        known = self.named[account] == seat if what == ev.STARTED else account in self.had[seat]
        if seat >= 0 and not known and self.joined.get(seat) != int(time // r.DAY):
            world = self.seen.world
            most = world.supply.rules[world.supply.seats["role"][seat]]["most"]
            assert self.size[seat] < most, f"account {account} is too much for {seat} at {time}"
            assert seat not in self.on_notice, f"account {account} goes to {seat}, who leaves, at {time}"
        self.owner[account] = seat
        self.had[seat].add(account)
        self.size[seat] += 1
