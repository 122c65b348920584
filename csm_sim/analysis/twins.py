"""The fully staffed twin of a replication, shared by worlds that differ only in how many people they have.

With unlimited people it does not matter how many there are, for anything that customers notice. What
remains is the work that people have for themselves (a weekly report), and for that the twin is run once
more without customers, which takes a fraction of the time.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import MONTH_FIELDS
from csm_sim.analysis.fingerprint import scenario_sha256
from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.engine.simulate import Outcome
    from csm_sim.scenario import Loaded
    from csm_sim.world.build import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Twin:
    """What a digest takes of the twin."""

    effort: Floats
    """(1, month, step, segment + own work): minutes opened."""
    months: Mapping[str, NDArray[Any]]
    """(month, segment) by field."""
    opening_cohort: Floats
    """(segment, 2)."""

    def as_outcome(self) -> Outcome:
        """For :func:`csm_sim.analysis.digest.digest_of`, which looks at nothing else."""
        return cast("Outcome", self)


def twin_key(loaded: Loaded, place: str) -> str:
    """What the twin depends on: all that a scenario says, apart from how many people there are.

    Parameters
    ----------
    loaded
        The scenario.
    place
        Where it finds its data files: the same names elsewhere are other files.
    """
    data = dict(loaded.data)
    data["staff"] = {
        name: {key: value for key, value in role.items() if key != "headcount"}
        for name, role in data.get("staff", {}).items()
    }
    return scenario_sha256({"place": place, "scenario": data})


def simulate_twin(world: World, seed: int, number: int) -> Twin:
    """The twin of a replication."""
    from csm_sim.engine.simulate import simulate

    outcome = simulate(world, seed=seed, replication=number, unlimited=True)
    months = {name: np.array(outcome.months[name]) for name in MONTH_FIELDS}
    return Twin(np.array(outcome.effort[:1]), months, np.array(outcome.opening_cohort))


def twin_for(world: World, shared: Twin, seed: int, number: int) -> Twin:
    """The twin of a world, made of that of another one with the same :func:`twin_key`.

    Parameters
    ----------
    world
        Whose twin it is.
    shared
        From :func:`simulate_twin`, of the same seed and number.
    seed, number
        The replication.
    """
    if not _has_own_work(world):
        return shared
    from csm_sim.engine.simulate import simulate

    outcome = simulate(_without_customers(world), seed=seed, replication=number, unlimited=True)
    effort = shared.effort.copy()
    effort[..., -1] = outcome.effort[:1, ..., -1]
    return replace(shared, effort=effort)


def _has_own_work(world: World) -> bool:
    own = (world.kinds["per"] == r.PER_PERSON) | (world.kinds["trigger"] == r.INTERNAL)
    return bool(own.any())


_BARE: weakref.WeakKeyDictionary[World, World] = weakref.WeakKeyDictionary()


def _without_customers(world: World) -> World:
    """The same people on the same days, with nobody to serve."""
    if world not in _BARE:
        segments = world.segments.copy()
        segments["accounts"], segments["new_per_minute"] = 0, 0.0
        _BARE[world] = replace(world, segments=segments, listed={}, replay=None)
    return _BARE[world]
