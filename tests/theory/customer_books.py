"""Books of customers as scenarios write them, of which a formula knows what chance brings.

Each book has one rule in it that throws coins, and gives counts: how often, out of how many, with what
chance by ``docs/explanation/model.md``. Customers are independent, so every count is binomial. Nothing is
late here: each task is done the instant it opens.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from properties.scenarios import Yaml, world_from

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world import records as r

SEED = 20270115
MONTH = r.MONTH_DAYS
BANDS = ("green", "yellow", "red")


class Count(NamedTuple):
    """``hits`` of ``trials`` independent coins that each fall with ``chance``."""

    what: str
    hits: int
    trials: int
    chance: float


@dataclass(frozen=True, eq=False)
class Book:
    """A scenario, and what to count in its replications."""

    data: Yaml
    count: Callable[[Outcome], Iterator[Count]]
    replications: int = 4


@cache
def played(book: Book) -> tuple[Outcome, ...]:
    world = world_from(book.data)
    return tuple(
        simulate(world, seed=SEED, replication=k, unlimited=True, log_capacity=400_000)
        for k in range(book.replications)
    )


@cache
def counts(book: Book) -> tuple[Count, ...]:
    """Of all replications together."""
    sums: dict[tuple[str, float], list[int]] = {}
    for outcome in played(book):
        for what, hits, trials, chance in book.count(outcome):
            of_all = sums.setdefault((what, chance), [0, 0])
            of_all[0] += int(hits)
            of_all[1] += int(trials)
    return tuple(Count(what, *of_all, chance) for (what, chance), of_all in sums.items())


def book(segment: Yaml | None = None, health: float = 90.0, **changes: Any) -> Yaml:
    """A year of one segment whose health is known: adoption alone counts, and never changes."""
    base: Yaml = {
        "name": "book",
        "start": "2027-01-01",
        "horizon": "12 months",
        "warm_up": "0d",
        "calendar": "24x7",
        "segments": {
            "smb": {"touch": "low", "accounts": 1000, "arr": "1M", "term": "24 months", **(segment or {})}
        },
        "staff": {"csm": {"headcount": 1, "serves": "all"}},
        "health": {
            "weights": {"adoption": "100%", "engagement": "0%", "support": "0%", "onboarding": "0%"},
            "start": {"adoption": health},
            "usage": {"mean": health, "sd": 0},
            "bands": {"green": 80, "yellow": 60},
        },
    }
    base["health"] |= changes.pop("rules", {})
    return {**copy.deepcopy(base), **changes}


def percent(**chances: float) -> Yaml:
    return {band: f"{100 * chance:.12g}%" for band, chance in chances.items()}


def alike(chance: float) -> Yaml:
    """The same chance in every band."""
    return percent(**dict.fromkeys(BANDS, chance))


def events(outcome: Outcome, *what: int) -> NDArray[np.void]:
    log = outcome.events
    return log[np.isin(log["what"], what)]


def days(log: NDArray[np.void]) -> NDArray[np.int64]:
    return np.floor(log["time"] / r.DAY).astype(np.int64)


def odds(chance: float) -> float:
    return chance / (1.0 - chance)
