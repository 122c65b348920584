"""How the columns of a digest (steps, segments, months) add up to what a report names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import tiers_of
from csm_sim.world.records import PER_PERSON
from csm_sim.world.records import REPLAY as TICKETS_REPLAYED
from csm_sim.world.records import TICKETS as TICKETS_DRAWN
from csm_sim.world.supply import REORGANISE, SHRINKAGE, Act

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

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
    month_role_shares: Floats
    """(month, kind, segment + own work, role): which part of the work is whose, as planned: overflow and help
    from other pools apart. A month in which work goes to another role is divided by its days."""
    role_shares: Floats
    """(kind, segment + own work, role): likewise over the horizon."""
    owner_shares: Floats
    """(month, segment, role): which part of the time the accounts are owned by the role."""
    ticket_roles: tuple[int, ...]
    """Roles that tickets go to at some time, by plan or by overflow."""
    open_minutes: Floats
    """(role,): working time of the horizon, of somebody present all the time."""
    month_open_minutes: Floats
    """(month, role)."""
    month_speed: Floats
    """(month, role): 1 - shrinkage, as the timeline has it; what policies make of it is not known here."""


def groups_of(world: World) -> Groups:
    """The groups of a world."""
    tiers = (*tiers_of(world), OWN_WORK)
    touch = [*world.names.touch, OWN_WORK]
    open_before = world.open_before[world.roles["calendar"]]
    ends = np.append(np.searchsorted(world.month_of_day, np.arange(world.months)), world.days)
    whole = all(first.day == 1 for first in world.month_starts)
    shares, owners, ticket_roles = _shares(world)
    days_of_month = np.diff(ends) / world.horizon_days
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
        month_role_shares=shares,
        role_shares=np.einsum("mkcr,m->kcr", shares, days_of_month),
        owner_shares=owners,
        ticket_roles=ticket_roles,
        open_minutes=open_before[:, world.days] - open_before[:, world.warm_days],
        month_open_minutes=np.diff(open_before[:, ends]).T,
        month_speed=_month_speed(world, np.diff(open_before, axis=1)),
    )


def _month_speed(world: World, minutes: Floats) -> Floats:
    """(month, role): mean of 1 - shrinkage by working time; ``minutes`` is (role, day)."""
    speed = np.repeat(world.roles["speed"][:, None], world.days, axis=1)
    for act in sorted(world.supply.acts, key=lambda act: act.day):
        if act.what == SHRINKAGE:
            speed[act.role, act.day :] = 1.0 - act.share
    found = np.empty((world.months, len(world.roles)))
    for month in range(world.months):
        those = world.month_of_day == month
        for role in range(len(world.roles)):
            of_month = speed[role, those]
            weights = minutes[role, those]
            same = (of_month == of_month[0]).all() or not weights.any()
            found[month, role] = of_month[0] if same else np.average(of_month, weights=weights)
    return found


@dataclass(frozen=True, slots=True)
class _Plan:
    """Whose work and accounts are whose, from a day on."""

    day: int
    route: Ints
    """(kind, segment)."""
    ticket_roles: Ints
    """(segment, route)."""
    overflow_role: int
    """-1 where nothing overflows."""
    owner_roles: Ints
    """(segment,)."""


def _plans(world: World) -> Iterator[_Plan]:
    """The plan of the beginning, and each one that a reorganisation makes of it."""
    rules = world.desk.common[0]
    overflow = -1 if np.isnan(rules["overflow_minutes"]) else int(rules["overflow_role"])
    owners = np.asarray(world.segments["owner_role"], dtype=np.int32)
    plan = _Plan(0, world.route_role, world.desk.roles, overflow, owners)
    yield plan
    for act in sorted(world.supply.acts, key=lambda act: act.day):
        if act.what == REORGANISE:
            plan = _reorganised(world, plan, act)
            yield plan


def _reorganised(world: World, plan: _Plan, act: Act) -> _Plan:
    """The plan after a reorganisation, as the engine carries it out."""
    people_own = world.kinds["per"] == PER_PERSON
    kinds = [kind for kind in act.kinds if not people_own[kind]]
    everyone = not act.seats and not act.count
    route = plan.route.copy()
    route[kinds] = np.where(route[kinds] == act.role, act.to_role, route[kinds])
    tickets, overflow, owners = plan.ticket_roles, plan.overflow_role, plan.owner_roles
    if np.isin(world.kinds["trigger"][kinds], (TICKETS_DRAWN, TICKETS_REPLAYED)).any():
        tickets = np.where(tickets == act.role, act.to_role, tickets)
        overflow = act.to_role if overflow == act.role else overflow
    if everyone:
        owners = np.where(owners == act.role, act.to_role, owners)
    return _Plan(act.day, route, tickets, overflow, owners)


def _shares(world: World) -> tuple[Floats, Floats, tuple[int, ...]]:
    """``Groups.month_role_shares``, ``owner_shares`` and ``ticket_roles``."""
    roles = np.arange(len(world.roles))
    work = np.zeros((world.months, len(world.kinds), len(world.segments) + 1, len(roles)))
    owners = np.zeros((world.months, len(world.segments), len(roles)))
    month_days = np.bincount(world.month_of_day[world.warm_days :], minlength=world.months)
    tickets: set[int] = set()
    plans = list(_plans(world))
    ends = [*(plan.day for plan in plans[1:]), world.days]
    for plan, end in zip(plans, ends, strict=True):
        of_days = world.month_of_day[max(plan.day, world.warm_days) : end]
        part = np.bincount(of_days, minlength=world.months) / month_days
        if not part.any():
            continue
        work += part[:, None, None, None] * _role_shares(world, plan)
        owners += part[:, None, None] * (plan.owner_roles[:, None] == roles)
        tickets |= {int(role) for role in plan.ticket_roles.ravel() if role >= 0}
        if plan.overflow_role >= 0 and tickets:
            tickets.add(plan.overflow_role)
    return work, owners, tuple(sorted(tickets))


def _role_shares(world: World, plan: _Plan) -> Floats:
    """(kind, segment + own work, role): 1 for the role that does it; tickets by share of route."""
    # people's own work stays with their role, whatever else goes to another one
    last = world.route_role.max(axis=1, initial=-1, keepdims=True)
    role_of = np.concatenate([plan.route, last], axis=1)
    shares = np.asarray(role_of[:, :, None] == np.arange(len(world.roles)), dtype=np.float64)
    routes = np.diff(world.desk.shares[:-1], prepend=0.0, append=1.0)
    for kind in np.flatnonzero(np.isin(world.kinds["trigger"], (TICKETS_DRAWN, TICKETS_REPLAYED))):
        of_route = plan.ticket_roles[:, :, None] == np.arange(len(world.roles))
        shares[kind, :-1] = np.einsum("ser,e->sr", of_route.astype(np.float64), routes)
    return shares


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
    return np.asarray(np.einsum("nmkc,mkcr->nmr", effort, groups.month_role_shares))
