"""How the columns of a digest (steps, segments, months) add up to what a report names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

OWN_WORK = "own work"
"""Stands for the tier of work that is for no customer: people's own."""

TICKETS = "tickets"


@dataclass(frozen=True, slots=True)
class Groups:
    """Names of a world's groups, and 0/1 matrices that add columns up to them."""

    tiers: tuple[str, ...]
    """Touch tiers that occur, then own work."""
    columns_to_tiers: Floats
    """(segment + own work, tier)."""
    kinds: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    steps_to_kinds: Floats
    """(step, kind)."""
    months: tuple[str, ...]
    """``2027-04``; the day is added where a month of the horizon does not begin on the first."""
    role_of: NDArray[np.int32]
    """(kind, segment + own work): who does it; -1 nobody."""
    open_minutes: float
    """Working time of the horizon: of somebody present all the time."""
    month_open_minutes: Floats


def groups_of(world: World) -> Groups:
    """The groups of a world."""
    tiers = (*dict.fromkeys(world.names.touch), OWN_WORK)
    touch = [*world.names.touch, OWN_WORK]
    last = world.route_role.max(axis=1, initial=-1, keepdims=True)
    day_minutes = np.diff(world.working.open_before)[world.warm_days :]
    whole = all(first.day == 1 for first in world.month_starts)
    return Groups(
        tiers=tiers,
        columns_to_tiers=np.array([[tier == own for tier in tiers] for own in touch], dtype=np.float64),
        kinds=world.names.kinds,
        steps=world.names.steps,
        steps_to_kinds=np.array(
            [[kind == own for kind in range(len(world.kinds))] for own in world.steps["kind"]],
            dtype=np.float64,
        ).reshape(len(world.steps), len(world.kinds)),
        months=tuple(first.strftime("%Y-%m" if whole else "%Y-%m-%d") for first in world.month_starts),
        role_of=np.concatenate([world.route_role, last.astype(np.int32)], axis=1),
        open_minutes=world.working.minutes(world.warm_days, world.days),
        month_open_minutes=np.bincount(
            world.month_of_day[world.warm_days :], weights=day_minutes, minlength=world.months
        ).astype(np.float64),
    )


def added_up(values: Floats, groups: Floats) -> Floats:
    """Columns added up to groups: ``values`` (..., column), ``groups`` (column, group) of 0 and 1.

    A matrix product, but without the linear algebra library, whose last digits depend on the processor
    and the number of threads: the same run gives the same bytes.
    """
    return np.asarray(np.einsum("...c,cg->...g", values, groups))


def by_role(groups: Groups, effort: Floats, roles: int) -> Floats:
    """Effort by who does it.

    Parameters
    ----------
    groups
        Of the world.
    effort
        (n, month, kind, segment + own work).
    roles
        How many there are.

    Returns
    -------
    ndarray
        (n, month, role).
    """
    whose = np.array([groups.role_of == role for role in range(roles)], dtype=np.float64)
    whose = whose.reshape(roles, *groups.role_of.shape)
    return np.asarray(np.einsum("nmkc,rkc->nmr", effort, whose))
