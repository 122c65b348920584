"""What the event log of a run must satisfy, whatever the scenario: read like an auditor reads a journal."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.simulate import Outcome
from csm_sim.world import events as ev
from csm_sim.world.build import World

TaskKey = tuple[int, int, int, int]
"""account, kind, occurrence, step; work of people is left out, the log does not say whose it is."""

ROUNDING = 1e-6


@dataclass
class Story:
    """What the log says about one task."""

    opened: float
    effort: float
    """Of all touches, hand-overs included."""
    hands: list[tuple[float, int]] = field(default_factory=list)
    """(taken up, person), one for each time."""
    put_down: list[float] = field(default_factory=list)
    """Interrupted, or given to the customer."""
    held: list[float] = field(default_factory=list)
    returned: list[float] = field(default_factory=list)
    reopens: int = 0
    done: float | None = None
    dropped: float | None = None
    abandoned: float | None = None
    overflowed: float | None = None
    deflected: bool = False
    on_time: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.deflected or any(end is not None for end in (self.done, self.dropped, self.abandoned))


def in_book_order(outcome: Outcome) -> NDArray[np.void]:
    """The accounts at the end, by the numbers that the log uses."""
    return outcome.accounts[np.argsort(outcome.accounts["number"])]


def kinds_from_the_backlog(world: World) -> set[int]:
    """Kinds of which the log does not tell the first work of an account from that of the backlog."""
    if not len(world.desk.backlog):
        return set()
    return {kind for kind, of_kind in enumerate(world.kinds) if of_kind["reactive"]}


def stories_of(world: World, events: list[Any]) -> dict[TaskKey, Story]:
    """The stories of all tasks that belong to an account or a segment, and that the log can tell apart."""
    stories: dict[TaskKey, Story] = {}
    unclear = kinds_from_the_backlog(world)
    for time, what, account, person, kind, occurrence, step, value in events:
        if step < 0 or account == -1 or what in (ev.NEVER_OPENED, ev.FIRST_VALUE):
            continue
        if kind in unclear and occurrence == 0:
            continue
        key = (account, kind, occurrence, step)
        if what in (ev.OPENED, ev.DEFLECTED):
            assert key not in stories, f"{key} opens twice"
            stories[key] = Story(time, value, deflected=what == ev.DEFLECTED)
            continue
        _goes_on(key, stories[key], time, what, person, value)
    return stories


def _goes_on(key: TaskKey, story: Story, time: float, what: int, person: int, value: float) -> None:
    """One more event of a task."""
    assert not story.over, f"{key} is over and goes on at {time}"
    assert time >= story.opened
    with_customer = len(story.held) > len(story.returned)
    in_hand = len(story.hands) > len(story.put_down)
    assert with_customer == (what == ev.RETURNED), f"{key} is with the customer at {time}"
    if what == ev.TAKEN_UP:
        assert not in_hand, f"{key} is in two hands at {time}"
        story.hands.append((time, person))
    elif what == ev.RETURNED:
        assert time > story.held[-1]
        story.returned.append(time)
        story.effort += value
    elif what in (ev.INTERRUPTED, ev.TO_CUSTOMER, ev.DONE):
        assert in_hand, f"{key} is in nobody's hands at {time}"
        assert story.hands[-1][1] == person, f"{key} is not in the hands of {person} at {time}"
        if what == ev.DONE:
            story.done, story.on_time = time, value == 1.0
            return
        story.put_down.append(time)
        if what == ev.TO_CUSTOMER:
            story.held.append(time)
            story.reopens += value == 1.0
    else:
        assert not story.hands, f"{key} leaves at {time} although somebody began it"
        if what == ev.DROPPED:
            story.dropped = time
        elif what == ev.ABANDONED:
            story.abandoned = time
        elif what == ev.OVERFLOWED:
            assert story.overflowed is None, f"{key} moves twice"
            story.overflowed = time


def stints_by_person(events: list[Any]) -> dict[int, list[tuple[float, float]]]:
    """When each person had something in hand: (taken up, put down), infinite if never put down."""
    since: dict[int, float] = {}
    stints: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for time, what, _, person, _, _, _, _ in events:
        if what == ev.TAKEN_UP:
            assert person not in since, f"person {person} takes up two things at {time}"
            since[person] = time
        elif what in (ev.DONE, ev.INTERRUPTED, ev.TO_CUSTOMER):
            stints[person].append((since.pop(person), time))
    for person, time in since.items():
        stints[person].append((time, np.inf))
    return stints


def recount(world: World, events: list[Any]) -> dict[str, np.ndarray]:
    """Columns of TALLY that the log alone determines, per step, over all segments.

    The log does not tell one person's own work from another's, so their first take-ups are not counted;
    the same holds where there is a backlog.
    """
    names = (
        "opened", "on_time", "late", "dropped", "never_opened", "deflected", "abandoned", "overflowed",
        "returned", "touches", "taken_up",
    )  # fmt: skip
    counts = {name: np.zeros(len(world.steps), np.int64) for name in names}
    counted = {
        ev.OPENED: ("opened",), ev.DROPPED: ("dropped",), ev.NEVER_OPENED: ("never_opened",),
        ev.DEFLECTED: ("opened", "deflected"), ev.ABANDONED: ("abandoned",), ev.OVERFLOWED: ("overflowed",),
        ev.RETURNED: ("returned",), ev.TO_CUSTOMER: ("touches",),
    }  # fmt: skip
    started: set[TaskKey] = set()
    for time, what, account, _, kind, occurrence, step, value in events:
        key = (account, kind, occurrence, step)
        first = what == ev.TAKEN_UP and account != -1 and key not in started
        if first:
            started.add(key)
        if time < world.start_minute or step < 0:
            continue
        counts["taken_up"][step] += first
        if what == ev.DONE:
            counts["on_time" if value == 1.0 else "late"][step] += 1
            counts["touches"][step] += world.steps[step]["ticket"]
        for name in counted.get(what, ()):
            counts[name][step] += 1
    return counts


def open_minutes(world: World, role: int, since: float, until: float) -> float:
    """Window time of a role between two instants."""
    windows = world.windows[world.roles[role]["calendar"]].reshape(-1, 2)
    return float(np.maximum(0.0, np.minimum(windows[:, 1], until) - np.maximum(windows[:, 0], since)).sum())


def assert_effort_is_kept(world: World, events: list[Any]) -> None:
    """What is taken up is what was left, and a hand-over's minutes if somebody else goes on with a ticket."""
    left: dict[TaskKey, float] = {}
    last: dict[TaskKey, int] = {}
    unclear = kinds_from_the_backlog(world)
    for time, what, account, person, kind, occurrence, step, value in events:
        if step < 0 or account == -1 or (kind in unclear and occurrence == 0):
            continue
        key = (account, kind, occurrence, step)
        if what in (ev.OPENED, ev.RETURNED):
            left[key] = value
        elif what == ev.TAKEN_UP:
            changes = world.steps[step]["ticket"] and last.get(key, person) != person
            extra = float(world.desk.common[0]["hand_over_minutes"]) if changes else 0.0
            assert abs(value - left[key] - extra) <= ROUNDING, f"{key} at {time}"
            left[key], last[key] = value, person
        elif what == ev.INTERRUPTED:
            assert value <= left[key] + ROUNDING
            left[key] = value


def hand_overs(world: World, stories: dict[TaskKey, Story]) -> NDArray[np.int64]:
    """How often somebody else went on with a ticket, per step."""
    counts = np.zeros(len(world.steps), np.int64)
    for (_, _, _, step), story in stories.items():
        for (_, one), (time, other) in itertools.pairwise(story.hands):
            if world.steps[step]["ticket"] and one != other and time >= world.start_minute:
                counts[step] += 1
    return counts


def opened_effort(world: World, events: list[Any]) -> NDArray[np.float64]:
    """Effort of all touches that came, per step, hand-overs left out."""
    effort = np.zeros(len(world.steps))
    for time, what, _, _, _, _, step, value in events:
        if what in (ev.OPENED, ev.RETURNED) and time >= world.start_minute:
            effort[step] += value
    return effort


def assert_people_work_in_their_hours(world: World, events: list[Any]) -> None:
    """Nobody takes anything up while the own role is closed."""
    role_of = [role for role, row in enumerate(world.roles) for _ in range(row["slots"])]
    for time, what, _, person, *_ in events:
        if what == ev.TAKEN_UP:
            assert open_minutes(world, role_of[person], time, time + 1e-5) > 0, f"{person} at {time}"


def assert_nobody_idles_beside_a_pool(world: World, segment_of: list[int], events: list[Any]) -> None:
    """While a role is open, nobody of it is idle as long as something waits in a pool that it serves.

    Looks at work that is never in a book, of which the log tells whose it is, and at roles whose people
    do not change. Where accounts move to other segments the log does not tell whose work is whose.
    """
    if len(world.customers.moves):
        return
    changing = {act.role for act in world.supply.acts}
    watched = [role for role in range(len(world.roles)) if role not in changing]
    waiting: dict[int, set[TaskKey]] = {role: set() for role in range(len(world.roles))}
    busy = dict.fromkeys(watched, 0)
    role_of = [role for role, row in enumerate(world.roles) for _ in range(row["slots"])]
    ordered = sorted(events, key=lambda event: event[0])
    unclear = kinds_from_the_backlog(world)
    several_ways = len(world.desk.shares) > 1
    owners = [int(segment["owner_role"]) for segment in world.segments]
    churned: set[int] = set()
    before = 0.0
    for time, what, account, person, kind, occurrence, step, _ in ordered:
        if time > before:
            for role in watched:
                pools = [task for pool in waiting if world.covers[role, pool] for task in waiting[pool]]
                if pools and busy[role] < world.roles[role]["headcount"]:
                    idle = open_minutes(world, role, before, time)
                    assert idle == 0, f"role {role} idles for {idle} minutes from {before} beside {pools}"
            before = time
        if what in (ev.TAKEN_UP, ev.DONE, ev.INTERRUPTED, ev.TO_CUSTOMER) and role_of[person] in busy:
            busy[role_of[person]] += 1 if what == ev.TAKEN_UP else -1
        if what in (ev.CHURN, ev.CHURNED_EARLY):
            churned.add(account)
            for tasks in waiting.values():
                gone = {t for t in tasks if t[0] == account and not world.steps[t[3]]["replay"]}
                tasks -= gone
        if step < 0 or account == -1:
            continue
        if account in churned and not world.steps[step]["replay"]:
            continue  # what is interrupted now is cancelled
        ticket = bool(world.steps[step]["ticket"])
        if (ticket and several_ways) or (kind in unclear and occurrence == 0):
            continue
        key = (account, kind, occurrence, step)
        if what in (ev.TAKEN_UP, ev.DROPPED, ev.ABANDONED, ev.OVERFLOWED):
            for tasks in waiting.values():
                tasks.discard(key)
        if ticket and not math.isnan(world.desk.common[0]["overflow_minutes"]) and what != ev.OVERFLOWED:
            continue  # it may have moved since it opened
        if what in (ev.OPENED, ev.INTERRUPTED, ev.RETURNED, ev.OVERFLOWED):
            segment = segment_of[account] if account >= 0 else -account - 2
            role = int(world.route_role[kind, segment])
            if what == ev.OVERFLOWED:
                role = int(world.desk.common[0]["overflow_role"])
            if account < 0 or owners[segment] != role:
                waiting[role].add(key)
