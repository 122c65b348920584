"""A run under watch: who sat where on which day as its log tells, beside what the run itself counts.

The engine is watched from outside: at each midnight on which people, books or routes may change, after all
of it and before the day's work, its records are copied into a :class:`Scene`, which holds until the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.simulate import Outcome, _Run
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from csm_sim.world.build import World
from csm_sim.world.identity import absorb_uid

Array = NDArray[Any]
Event = tuple[float, int, int, int, int, int, int, float]
Stint = tuple[float, float]
LOG_LINES = 200_000
REPLICATION = 1
STAYS = (ev.JOINED, ev.LEFT)


@dataclass(frozen=True)
class Sitting:
    """Somebody in a seat, on one day."""

    seat: int
    uid: int
    role: int
    joined: int
    """-1: there from the beginning."""
    ramp_role: int
    """Whose ramp it is, -1: past it."""
    own_factor: float
    leaves: int
    """Day of leaving of somebody on notice, else -1."""
    trainings: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """Somebody joined, left or gave notice; whoever moves to another seat leaves one and joins another."""

    day: int
    what: int
    seat: int
    occurrence: int
    uid: int
    until: int
    """End of the contract of somebody who joins."""


@dataclass(frozen=True)
class Scene:
    """The engine's records from a midnight on."""

    day: int
    sittings: tuple[Sitting, ...]
    people: Array
    owner: Array
    """(account,), in the order of Outcome.accounts; so are ``status`` and Watched.first_owner."""
    status: Array
    renewing: Array
    owner_role: Array
    """(segment,)"""
    role_speed: Array
    """(role,): 1 - shrinkage."""
    orphaned: dict[int, int]
    """Empty seats to which accounts belong, and since which day."""
    misplaced: int
    """Waiting tasks that are not in the queue where they would go if they opened now."""


class _WatchedRun(_Run):
    """A run that notes its scenes, and the identity of whoever joins, leaves or gives notice."""

    def __init__(self, world: World, seed: int, unlimited: bool) -> None:
        super().__init__(world, seed, REPLICATION, unlimited, LOG_LINES)
        self.first_owner: Array = self.state.accounts["owner"].copy()
        self.scenes: list[Scene] = []
        self.changes: list[Change] = []
        tell = self.team.log

        def note(what: int, seat: int, occurrence: int, value: float = 0.0) -> None:
            uid, stay = int(self.state.people[seat]["uid"]), self.team.stays[seat]
            until = s.FOREVER if stay is None else stay.until
            self.changes.append(Change(self.day, what, seat, occurrence, uid, until))
            tell(what, seat, occurrence, value)

        self.team.log = note  # type: ignore[method-assign]  # to listen in

    def _settle(self) -> None:
        changed = self.team.changed and not self.unlimited
        super()._settle()
        self.scenes.append(self.scene(self._misplaced() if changed else 0))

    def scene(self, misplaced: int) -> Scene:
        """What is now."""
        state = self.state
        return Scene(
            day=self.day,
            sittings=tuple(
                Sitting(
                    stay.seat, stay.uid, stay.role, stay.joined, stay.ramp_role, stay.own_factor,
                    stay.notice, tuple(stay.trainings),
                )
                for stay in self.team.stays
                if stay is not None
            ),
            people=state.people.copy(),
            owner=state.accounts["owner"].copy(),
            status=state.accounts["status"].copy(),
            renewing=state.renewing.copy(),
            owner_role=state.segments["owner_role"].copy(),
            role_speed=state.roles["speed"].copy(),
            orphaned=dict(self.team.orphaned),
            misplaced=misplaced,
        )  # fmt: skip

    def _misplaced(self) -> int:
        state, found = self.state, 0
        for task in state.tasks[state.tasks["status"] == r.WAITING]:
            queue = int(state.nodes[task["node"]]["person"])
            if queue < 0:
                queue = self._queue_for(task)
            found += queue != int(task["queue"])
        return found

    def _queue_for(self, task: np.void) -> int:
        """Where a task would go if it opened now: the owner's book, or the role's pool for its skill."""
        state, account = self.state, int(task["account"])
        skill, role = int(state.steps[task["step"]]["skill"]), int(task["role"])
        if account >= 0 and state.accounts[account]["status"] != r.NOT_YET:
            owner = int(state.accounts[account]["owner"])
            if owner >= 0 and state.people[owner]["role"] == role:
                person = state.people[owner]
                skills = int(person["skills"]) if person["employed"] else 0
                if skill == r.NO_SKILL or skills >> (skill - 1) & 1:
                    return owner
        return len(state.people) + skill * len(state.roles) + role


@dataclass
class Watched:
    """A replication, and all that was seen of it."""

    world: World
    unlimited: bool
    outcome: Outcome
    events: list[Event]
    """In order of time; what happened at one instant is in the order of the log."""
    scenes: list[Scene]
    last: Scene
    """What is at the end."""
    changes: list[Change]
    contracted: Array
    """(seat, day), by the roster."""
    first_owner: Array
    looked_for: Array
    """(role,): requisitions open at the end."""
    employed: Array = field(init=False)
    """(seat, day), by the log."""
    away: Array = field(init=False)
    """(seat, day), by the log: the code with which an absence began."""
    here: Array = field(init=False)
    """(seat, day), by the log: employed and not away."""
    speed: Array = field(init=False)
    """(seat, day), by the scenes; likewise the following."""
    calendar: Array = field(init=False)
    """Of who sits there, else of the role."""
    minutes: Array = field(init=False)
    """Working time by that calendar."""

    def __post_init__(self) -> None:
        seats = self.world.supply.seats
        first = np.flatnonzero(seats["joins_day"] == 0).tolist()
        self.employed = np.zeros((len(seats), self.world.days), np.bool_)
        self.away = np.zeros((len(seats), self.world.days), np.int8)
        self.employed[first] = True
        for time, what, _, seat, _, _, _, value in self.events:
            day = int(time // r.DAY)
            if what in STAYS:
                assert self.employed[seat, day] == (what == ev.LEFT), f"seat {seat} on day {day}"
                self.employed[seat, day:] = what == ev.JOINED
                self.away[seat, day:] = s.HERE
            elif what in (ev.AWAY, ev.BACK):
                assert self.employed[seat, day], f"seat {seat} on day {day}"
                assert (self.away[seat, day] == s.HERE) == (what == ev.AWAY), f"seat {seat} on day {day}"
                self.away[seat, day:] = int(value) if what == ev.AWAY else s.HERE
        self.here = self.employed & (self.away == s.HERE)
        lasts = np.diff([*(scene.day for scene in self.scenes), self.world.days])
        records = np.repeat(np.stack([scene.people for scene in self.scenes], axis=1), lasts, axis=1)
        self.speed = records["speed"]
        of_role = self.world.roles["calendar"][seats["role"]][:, None]
        self.calendar = np.where(self.employed, records["calendar"], of_role)
        lengths = np.diff(self.world.open_before, axis=1)
        self.minutes = np.asarray(lengths[self.calendar, np.arange(self.world.days)[None, :]])
        self._scene_days = [scene.day for scene in self.scenes]
        self._windows: list[list[list[float]]] = self.world.windows.tolist()
        self._before: list[list[float]] = self.world.open_before.tolist()

    def happenings(self) -> list[tuple[str, Change]]:
        """What each change was, in the words of records.MOVES_FIELDS."""
        seats = self.world.supply.seats
        until = {self.seat_uid(seat): int(row["until_day"]) for seat, row in enumerate(seats)}
        leaves: dict[int, int] = {}
        gone: dict[int, int] = {}
        found: list[tuple[str, Change]] = []
        for change in self.changes:
            if change.what == ev.NOTICE:
                notice = self.world.supply.rules[int(seats[change.seat]["role"])]["notice_days"]
                assert change.uid not in leaves, "somebody gives notice twice"
                leaves[change.uid] = change.day + int(notice)
                found.append(("notices", change))
            elif change.what == ev.LEFT:
                assert change.day <= leaves.get(change.uid, s.FOREVER)
                name = "ended" if until[change.uid] == change.day else "cut"
                name = "resigned" if leaves.get(change.uid) == change.day else name
                gone[change.uid] = len(found)
                found.append((name, change))
            elif change.uid in gone:  # somebody who sits elsewhere at once has moved
                name, left = found[gone.pop(change.uid)]
                assert left.day == change.day and seats[left.seat]["role"] != seats[change.seat]["role"]
                found[found.index((name, left))] = ("moved_out", left)
                found.append(("moved_in", change))
            else:
                until[change.uid] = change.until
                found.append(("joined", change))
        return found

    # sums

    def by_week(self, minutes: Array) -> Array:
        """(week, seat): sums of what (seat, day) holds."""
        starts = self.world.warm_days + 7 * np.arange(self.world.weeks)
        return np.asarray(np.add.reduceat(minutes, starts, axis=1).T)

    def by_month(self, minutes: Array) -> Array:
        """(month, role): likewise, over the role's seats."""
        starts = [(first - self.world.first_day).days for first in self.world.month_starts]
        of_seats = np.add.reduceat(minutes, starts, axis=1).T
        role = self.world.supply.seats["role"]
        return np.stack([of_seats[:, role == n].sum(axis=1) for n in range(len(self.world.roles))], axis=1)

    # who and when

    def seat_uid(self, seat: int) -> int:
        """Identity of the first person in a seat."""
        role = self.world.roles[self.world.supply.seats[seat]["role"]]
        return absorb_uid(int(role["uid"]), seat - int(role["first_slot"]))

    def scene(self, time: float) -> Scene:
        """What holds at an instant."""
        return self.scenes[bisect_right(self._scene_days, int(time // r.DAY)) - 1]

    # working time

    def windows(self, seat: int, day: int) -> tuple[Stint, Stint]:
        """The two windows of who sits in a seat on a day."""
        begin, close, second, end = self._windows[self.calendar[seat, day]][day]
        return (begin, close), (second, end)

    def clock(self, calendar: int, time: float) -> float:
        """Window time of a calendar from the beginning of the run to an instant."""
        day = min(int(time // r.DAY), self.world.days - 1)
        passed = self._before[calendar][day]
        begin, close, second, end = self._windows[calendar][day]
        return passed + max(0.0, min(time, close) - begin) + max(0.0, min(time, end) - second)

    def may_begin(self, seat: int, time: float) -> bool:
        """Whether who sits in a seat is at work at an instant, and goes on to be."""
        day = int(time // r.DAY)
        return bool(self.here[seat, day]) and any(a <= time < b for a, b in self.windows(seat, day))

    def may_end(self, seat: int, time: float) -> bool:
        """Whether who sits in a seat has been at work up to an instant; who is away from then on has not."""
        day = int(time // r.DAY)
        own = [*self.windows(seat, day), *(self.windows(seat, day - 1) if day > 0 else ())]
        return bool(self.here[seat, day]) and any(a < time <= b for a, b in own)

    # work

    def stints(self) -> dict[int, list[Stint]]:
        """When there was something in hand in each seat: (taken up, put down), to the end if it never was."""
        since: dict[int, float] = {}
        found: dict[int, list[Stint]] = defaultdict(list)
        for time, what, _, seat, _, _, _, _ in self.events:
            if what == ev.TAKEN_UP:
                assert seat not in since, f"seat {seat} takes up two things at {time}"
                since[seat] = time
            elif what in (ev.DONE, ev.INTERRUPTED, ev.TO_CUSTOMER):
                found[seat].append((since.pop(seat), time))
        for seat, time in since.items():
            found[seat].append((time, self.world.days * r.DAY))
        return found

    def idle_minutes(self) -> Array:
        """(seat, day): what is left of the windows of those who are here without what they had in hand.

        Measured gap by gap, from the log and the calendars alone.
        """
        idle = np.zeros(self.here.shape)
        stints = self.stints()
        for seat in range(len(idle)):
            of_seat = iter([*stints[seat], (np.inf, np.inf)])
            stint = next(of_seat)
            for day in np.flatnonzero(self.here[seat]).tolist():
                for begin, close in self.windows(seat, day):
                    at = begin
                    while at < close:
                        if stint[1] <= at:
                            stint = next(of_seat)
                        elif stint[0] > at:
                            idle[seat, day] += min(stint[0], close) - at
                            at = min(stint[0], close)
                        else:
                            at = min(stint[1], close)
        return idle


def watch(world: World, seed: int, unlimited: bool = False) -> Watched:
    """Run one replication of a world without policies, and look on."""
    assert not world.supply.policies
    run = _WatchedRun(world, seed, unlimited)
    run.play()
    outcome, seats = run.outcome(), world.supply.seats
    hiring = [seat for seat in run.supply.hiring if seats["joins_day"][seat] <= 0 or run.team.sat[seat]]
    return Watched(
        world=world,
        unlimited=unlimited,
        outcome=outcome,
        events=sorted((tuple(line) for line in outcome.events.tolist()), key=lambda event: event[0]),
        scenes=run.scenes,
        last=run.scene(0),
        changes=run.changes,
        contracted=run.roster.contracted,
        first_owner=run.first_owner,
        looked_for=np.bincount(seats["role"][hiring].astype(np.int64), minlength=len(world.roles)),
    )
