"""How the columns of a digest (steps, segments, months) add up to what a report names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import tiers_of
from csm_sim.world.records import REPLAY as TICKETS_REPLAYED
from csm_sim.world.records import TICKETS as TICKETS_DRAWN

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
    role_shares: Floats
    """(kind, segment + own work, role): which part of the work is whose, as planned: overflow and help from
    other pools apart."""
    ticket_roles: tuple[int, ...]
    """Roles that tickets go to, by plan or by overflow."""
    open_minutes: Floats
    """(role,): working time of the horizon, of somebody present all the time."""
    month_open_minutes: Floats
    """(month, role)."""


def groups_of(world: World) -> Groups:
    """The groups of a world."""
    tiers = (*tiers_of(world), OWN_WORK)
    touch = [*world.names.touch, OWN_WORK]
    open_before = world.open_before[world.roles["calendar"]]
    ends = np.append(np.searchsorted(world.month_of_day, np.arange(world.months)), world.days)
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
        role_shares=_role_shares(world),
        ticket_roles=_ticket_roles(world),
        open_minutes=open_before[:, world.days] - open_before[:, world.warm_days],
        month_open_minutes=np.diff(open_before[:, ends]).T,
    )


def _role_shares(world: World) -> Floats:
    """(kind, segment + own work, role): 1 for the role that does it; tickets by share of route."""
    last = world.route_role.max(axis=1, initial=-1, keepdims=True)
    role_of = np.concatenate([world.route_role, last], axis=1)
    shares = np.asarray(role_of[:, :, None] == np.arange(len(world.roles)), dtype=np.float64)
    routes = np.diff(world.desk.shares[:-1], prepend=0.0, append=1.0)
    for kind in np.flatnonzero(np.isin(world.kinds["trigger"], (TICKETS_DRAWN, TICKETS_REPLAYED))):
        of_route = world.desk.roles[:, :, None] == np.arange(len(world.roles))
        shares[kind, :-1] = np.einsum("ser,e->sr", of_route.astype(np.float64), routes)
    return shares


def _ticket_roles(world: World) -> tuple[int, ...]:
    rules = world.desk.common[0]
    found = {int(role) for role in world.desk.roles.ravel() if role >= 0}
    if found and not np.isnan(rules["overflow_minutes"]):
        found.add(int(rules["overflow_role"]))
    return tuple(sorted(found))


def added_up(values: Floats, groups: Floats) -> Floats:
    """Columns added up to groups: ``values`` (..., column), ``groups`` (column, group) of 0 and 1.

    A matrix product, but without the linear algebra library, whose last digits depend on the processor
    and the number of threads: the same run gives the same bytes.
    """
    return np.asarray(np.einsum("...c,cg->...g", values, groups))


def by_role(groups: Groups, effort: Floats) -> Floats:
    """Effort by whose work it is as planned.

    Parameters
    ----------
    groups
        Of the world.
    effort
        (n, month, kind, segment + own work).

    Returns
    -------
    ndarray
        (n, month, role).
    """
    return np.asarray(np.einsum("nmkc,kcr->nmr", effort, groups.role_shares))
