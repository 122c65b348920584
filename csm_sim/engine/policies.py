"""The built-in policies, written with the same API (:class:`csm_sim.engine.org.Org`) as a user's own.

A scenario names them under ``policies``; from Python they are used with their arguments filled in:
``functools.partial(hire_when_overloaded, role="csm", most=8)``. Their arguments and defaults are those
of :data:`csm_sim.scenario.policies.BUILT_IN`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

import simpy

from csm_sim.engine.org import Org, RoleView

Steps = Generator[simpy.Event, Any, None]
"""What a policy is once it has been called: a generator of the events that it waits for."""

PolicyFunction = Callable[..., Generator[Any, Any, Any]]
"""A function of ``(env, org)``, and of arguments by name, that yields."""


def hire_when_overloaded(
    env: simpy.Environment, org: Org, *, role: str, above: float = 0.85, for_: float = 42.0,
    count: int = 1, most: int | None = None, every: float = 28.0,
) -> Steps:  # fmt: skip
    """Hire when utilisation was above a threshold in each of the last weeks and nobody is on the way.

    Parameters
    ----------
    env, org
        As every policy gets them.
    role
        Role that is hired for.
    above
        Utilisation, as a share of working time, from which the role is overloaded.
    for_
        Days that it must have been so, rounded up to whole weeks from the scenario's start. Weeks
        without working time are passed over.
    count
        How many people are hired at a time.
    most
        People of the role at which it stops; None: no limit.
    every
        Days from one look to the next; the first one comes that long after the start.
    """
    weeks = math.ceil(for_ / 7.0)
    while True:
        yield env.timeout(every)
        team = org.role(role)
        busy = team.utilisation_by_week(weeks)
        if team.hiring == 0 and org.day >= 7 * weeks and min(busy, default=0.0) > above:
            _hire(org, team, count, most)


def hire_on_backlog(
    env: simpy.Environment, org: Org, *, role: str, hours: float = 16.0, for_: float = 28.0,
    count: int = 1, most: int | None = None,
) -> Steps:  # fmt: skip
    """Hire when open work was above a threshold at each look for so long and nobody is on the way.

    It looks every week; after hiring it begins to count anew.

    Parameters
    ----------
    env, org
        As every policy gets them.
    role
        Role that is hired for.
    hours
        Hands-on hours of open work, for each person who is here, from which it is too much.
    for_
        Days that it must have been so, rounded up to whole weeks: with 28 at four looks in a row.
    count
        How many people are hired at a time.
    most
        People of the role at which it stops; None: no limit.
    """
    looks, high = math.ceil(for_ / 7.0), 0
    while True:
        yield env.timeout(7)
        team = org.role(role)
        high = high + 1 if team.backlog_hours > hours * max(1, team.present) else 0
        if high >= looks and team.hiring == 0:
            _hire(org, team, count, most)
            high = 0


def cut_to_budget(
    env: simpy.Environment, org: Org, *, role: str, share_of_arr: float, every: float = 91.3125,
    who: str = "newest",
) -> Steps:  # fmt: skip
    """Cut a role down to the people whom a share of ARR pays for, at every review.

    Parameters
    ----------
    env, org
        As every policy gets them.
    role
        Role that is cut; the scenario says what a person costs (``staff.ROLE.cost``).
    share_of_arr
        Most that the role may cost a year, as a share of ARR.
    every
        Days from one review to the next; the first one comes that long after the start.
    who
        Who leaves: ``newest`` or ``random``.
    """
    while True:
        yield env.timeout(every)
        team = org.role(role)
        # a hair more, for shares that the computer cannot write exactly: 29 % of 100 is 29
        affordable = math.floor(share_of_arr * org.arr / team.cost_per_person + 1e-9)
        if team.headcount > affordable:
            org.cut(role, team.headcount - affordable, who=who)


def freeze_when_arr_falls(
    env: simpy.Environment, org: Org, *, role: str | None = None, below: float = 1.0, for_: float = 91.3125,
    every: float = 30.4375,
) -> Steps:  # fmt: skip
    """Freeze hiring for a time whenever ARR is below a share of what it was at the start.

    Parameters
    ----------
    env, org
        As every policy gets them.
    role
        Role in which nobody is hired then; None: all.
    below
        ARR, as a share of that at the start, below which it is frozen.
    for_
        Days that it is frozen from each such look on, rounded up.
    every
        Days from one look to the next; the first one comes that long after the start.
    """
    while True:
        yield env.timeout(every)
        if org.arr < below * org.arr_at_start:
            org.freeze(role, math.ceil(for_))


def _hire(org: Org, team: RoleView, count: int, most: int | None) -> None:
    """Hire, but not beyond ``most``."""
    wanted = count if most is None else min(count, most - team.headcount)
    if wanted > 0:
        org.hire(team.name, wanted)


BUILT_IN: Final[Mapping[str, PolicyFunction]] = {
    function.__name__: function
    for function in (hire_when_overloaded, hire_on_backlog, cut_to_budget, freeze_when_arr_falls)
}
"""The built-in policies by name."""
