"""How many people the hours of a scenario take, role by role: where a search for the right number begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.grouping import Groups, by_role, groups_of
from csm_sim.analysis.workload_hours import hours_of
from csm_sim.analysis.workload_supply import away_share

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

SAFETY: Final = 0.5
"""People beyond the load of a pool, in square roots of the load."""
BUSY: Final = 0.85
"""Share of the time that work may take of people with books of their own, who cannot help each other."""


@dataclass(frozen=True, slots=True)
class Heads:
    """People of a role that the hours take: with shrinkage and leave, without ramp and vacancies."""

    people: float
    """Mean over the horizon, whom the work would keep busy all the time."""
    busiest: float
    """In the month that takes most."""
    seed: int
    """Where to begin looking: with a margin for chance."""
    named: bool
    """Whether the people have books of their own."""


def heads_needed(world: World) -> dict[str, Heads]:
    """People that the work of each role takes, in milliseconds and without simulating.

    Work that each person makes (``per: person``) grows with the people, so it is taken off what one gives.
    """
    groups, roles = groups_of(world), len(world.roles)
    alone = hours_of(world, np.zeros((roles, world.days)))
    each = hours_of(world, np.ones((roles, world.days)))
    work = role_minutes(world, groups, alone.minutes)
    own = role_minutes(world, groups, each.minutes) - work
    present = np.stack([_present(world, role) for role in range(roles)], axis=1)
    gives = present * groups.month_speed
    found = {}
    for role, name in enumerate(world.names.roles):
        net = gives[:, role] - own[:, role]
        there = net > 0
        if not there.any():
            found[name] = Heads(0.0, 0.0, 0, named=False)
            continue
        people = float(work[there, role].sum() / net[there].sum())
        busiest = float((work[there, role] / net[there]).max())
        named = bool((groups.owner_shares[:, :, role] > 0).any())
        safe = people / BUSY if named else people + SAFETY * math.sqrt(people)
        found[name] = Heads(people, busiest, math.ceil(safe - 1e-9), named)
    return found


def role_minutes(world: World, groups: Groups, minutes: Floats) -> Floats:
    """(month, role) of (month, step, segment + own work)."""
    if not len(world.kinds):
        return np.zeros((world.months, len(world.roles)))
    kinds = np.add.reduceat(minutes, world.kinds["step0"], axis=1)
    return np.asarray(by_role(groups, kinds[None])[0])


def _present(world: World, role: int) -> Floats:
    """(month,): working minutes of one person who is employed all the time."""
    minutes = np.diff(world.open_before[world.roles["calendar"][role]]) * (1.0 - away_share(world, role))
    starts = np.searchsorted(world.month_of_day, np.arange(world.months))
    return np.asarray(np.add.reduceat(minutes, starts))
