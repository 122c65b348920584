"""What the event log of a run must satisfy, whatever the scenario: read like an auditor reads a journal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.simulate import Outcome
from csm_sim.world import records as r
from csm_sim.world.build import World

TaskKey = tuple[int, int, int, int]
"""account, kind, occurrence, step; work of people is left out, the log does not say whose it is."""

ROUNDING = 1e-6


@dataclass
class Story:
    """What the log says about one task."""

    opened: float
    effort: float
    hands: list[tuple[float, int]] = field(default_factory=list)
    """(taken up, person), one for each time."""
    interrupted: list[float] = field(default_factory=list)
    done: float | None = None
    dropped: float | None = None
    on_time: bool = False


def in_book_order(outcome: Outcome) -> NDArray[np.void]:
    """The accounts at the end, by the numbers that the log uses."""
    return outcome.accounts[np.argsort(outcome.accounts["number"])]


def stories_of(events: list[Any]) -> dict[TaskKey, Story]:
    """The stories of all tasks that belong to an account or a segment."""
    stories: dict[TaskKey, Story] = {}
    for time, what, account, person, kind, occurrence, step, value in events:
        if step < 0 or account == -1 or what in (r.NEVER_OPENED, r.FIRST_VALUE):
            continue
        key = (account, kind, occurrence, step)
        if what == r.OPENED:
            assert key not in stories, f"{key} opens twice"
            stories[key] = Story(time, value)
            continue
        story = stories[key]
        assert story.done is None and story.dropped is None, f"{key} is over and goes on at {time}"
        assert time >= story.opened
        if what == r.TAKEN_UP:
            assert len(story.hands) == len(story.interrupted), f"{key} is in two hands at {time}"
            story.hands.append((time, person))
        elif what == r.INTERRUPTED:
            assert story.hands[-1][1] == person and len(story.hands) == len(story.interrupted) + 1
            story.interrupted.append(time)
        elif what == r.DONE:
            assert story.hands[-1][1] == person and len(story.hands) == len(story.interrupted) + 1
            story.done, story.on_time = time, value == 1.0
        elif what == r.DROPPED:
            assert not story.hands, f"{key} is dropped although somebody began it"
            story.dropped = time
    return stories


def stints_by_person(events: list[Any]) -> dict[int, list[tuple[float, float]]]:
    """When each person had something in hand: (taken up, put down), infinite if never put down."""
    since: dict[int, float] = {}
    stints: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for time, what, _, person, _, _, _, _ in events:
        if what == r.TAKEN_UP:
            assert person not in since, f"person {person} takes up two things at {time}"
            since[person] = time
        elif what in (r.DONE, r.INTERRUPTED):
            stints[person].append((since.pop(person), time))
    for person, time in since.items():
        stints[person].append((time, np.inf))
    return stints


def recount(world: World, events: list[Any]) -> dict[str, np.ndarray]:
    """Columns of TALLY that the log alone determines, per step, over all segments.

    The log does not tell one person's own work from another's, so their first take-ups are not counted.
    """
    names = ("opened", "on_time", "late", "dropped", "never_opened", "taken_up")
    counts = {name: np.zeros(len(world.steps), np.int64) for name in names}
    started: set[TaskKey] = set()
    for time, what, account, _, kind, occurrence, step, value in events:
        key = (account, kind, occurrence, step)
        first = what == r.TAKEN_UP and account != -1 and key not in started
        if first:
            started.add(key)
        if time < world.start_minute or step < 0:
            continue
        counts["taken_up"][step] += first
        if what == r.DONE:
            counts["on_time" if value == 1.0 else "late"][step] += 1
        for code, name in ((r.OPENED, "opened"), (r.DROPPED, "dropped"), (r.NEVER_OPENED, "never_opened")):
            counts[name][step] += what == code
    return counts


def working_minutes(world: World, since: float, until: float) -> float:
    """Window time between two instants."""
    windows = world.working.windows.reshape(-1, 2)
    return float(np.maximum(0.0, np.minimum(windows[:, 1], until) - np.maximum(windows[:, 0], since)).sum())


def assert_nobody_idles_beside_a_pool(world: World, segment_of: list[int], events: list[Any]) -> None:
    """While a window is open, nobody of a role is idle as long as something waits in its pool.

    Looks at work that is never in a book, and at roles whose people do not change.
    """
    changing = {act.role for act in world.acts}
    waiting: dict[int, set[TaskKey]] = {
        role: set() for role in range(len(world.roles)) if role not in changing
    }
    busy = dict.fromkeys(waiting, 0)
    role_of = [role for role, row in enumerate(world.roles) for _ in range(row["slots"])]
    ordered = sorted(events, key=lambda event: event[0])
    before = 0.0
    for time, what, account, person, kind, occurrence, step, _ in ordered:
        if time > before:
            for role in waiting:
                if waiting[role] and busy[role] < world.roles[role]["headcount"]:
                    idle = working_minutes(world, before, time)
                    assert idle == 0, (
                        f"role {role} idles for {idle} minutes from {before} beside {waiting[role]}"
                    )
            before = time
        if what in (r.TAKEN_UP, r.DONE, r.INTERRUPTED) and role_of[person] in busy:
            busy[role_of[person]] += 1 if what == r.TAKEN_UP else -1
        if what == r.CHURN:
            for tasks in waiting.values():
                gone = {t for t in tasks if t[0] == account and world.kinds[t[1]]["trigger"] != r.REPLAY}
                tasks -= gone
        if step < 0 or account == -1:
            continue
        segment = segment_of[account] if account >= 0 else -account - 2
        role = int(world.route_role[kind, segment])
        owned = account >= 0 and world.segments[segment]["owner_role"] == role
        if role in waiting and not owned:
            key = (account, kind, occurrence, step)
            if what in (r.OPENED, r.INTERRUPTED):
                waiting[role].add(key)
            elif what in (r.TAKEN_UP, r.DROPPED):
                waiting[role].discard(key)
