"""A team of two with too much to do, for tests of policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.scenario import load
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World, build_world

BASE: dict[str, Any] = {
    "name": "Growing team",
    "start": "2027-04-01",
    "horizon": "6 months",
    "warm_up": "1 month",
    "currency": "JPY",
    "calendar": {"week": "mon-fri", "hours": "09:00-18:00", "break": "1h"},
    "segments": {
        "key": {
            "touch": "high", "accounts": 40, "arr": "5M", "term": "12 months", "owner": "csm",
            "churn": {"green": "5%", "yellow": "15%", "red": "40%"},
        },
    },
    "staff": {"csm": {"headcount": 2, "shrinkage": "30%", "cost": "9M per year", "seats": 12}},
    "playbooks": {
        "call": {"for": "key", "every": "month", "steps": [{"do": "call", "effort": "8h", "due": "20d"}]}
    },
    "run": {"seed": 7, "replications": 2},
}  # fmt: skip

START = 31
"""Day of the run on which the scenario starts (2027-04-01)."""


def changed(base: Any, changes: Any) -> Any:
    """A scenario with some keys changed; None takes one out."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    merged = {**base, **{key: changed(base.get(key), value) for key, value in changes.items()}}
    return {key: value for key, value in merged.items() if value is not None}


def write(folder: Path, **changes: Any) -> Path:
    """The scenario with changes, as a file."""
    path = folder / "team.yaml"
    path.write_text(json.dumps(changed(BASE, changes), indent=1), encoding="utf-8")
    return path


def world_of(folder: Path, **changes: Any) -> World:
    """Its world."""
    return build_world(load(write(folder, **changes)))


def play(world: World, policies: Sequence[Callable[..., Any]] = (), **more: Any) -> Outcome:
    """One future, with its log."""
    chosen = {"seed": 7, "replication": 0, "log_capacity": 200_000, **more}
    return simulate(world, policies=policies, **chosen)


def joined(outcome: Outcome) -> list[int]:
    """Days since the start on which people joined."""
    events = outcome.events[outcome.events["what"] == ev.JOINED]
    return [round(time / r.DAY) - START for time in events["time"].tolist()]


def left(outcome: Outcome) -> list[int]:
    """Days since the start on which people left."""
    events = outcome.events[outcome.events["what"] == ev.LEFT]
    return [round(time / r.DAY) - START for time in events["time"].tolist()]


def same(one: Outcome, other: Outcome) -> bool:
    """Whether everything happened in the same way."""
    names = (
        "events",
        "months",
        "by_month",
        "busy",
        "hours",
        "capacity",
        "backlog",
        "heads",
        "moves",
        "people",
    )
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names)


AROUND = """\
from dataclasses import dataclass


@dataclass
class Kept:
    number: int = 0


def helper(org):
    return 1 / (org.day - 1)  # there


def rest(env):
    return
    yield


def more(env):
    yield env.process(more(env))


def bad(env):
    yield env.timeout(2)
    raise RuntimeError("beside")  # there


def policy(env, org):
    BODY
"""
"""A policy file around the body of a function."""


def module(folder: Path, text: str, **policy: Any) -> World:
    """The world with a policy file."""
    (folder / "my_policies.py").write_text(text, encoding="utf-8")
    return world_of(folder, policies=[{"module": "my_policies.py", "function": "policy", **policy}])


def woken(world: World, waits: Iterator[float], **more: Any) -> list[int]:
    """Days on which a policy that waits so long, one after the other, wakes."""
    days: list[int] = []

    def policy(env: Any, org: Any) -> Any:
        for wait in waits:
            yield env.timeout(wait)
            days.append(org.day)

    play(world, [policy], **more)
    return days
