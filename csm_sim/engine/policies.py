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

from csm_sim.engine.org import Org
from csm_sim.engine.role_view import RoleView

Steps = Generator[simpy.Event, Any, None]
"""What a policy is once it has been called: a generator of the events that it waits for."""

_HAIR: Final = 1e-9
"""People by which a number of them may miss a whole one, through rounding."""

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
        _cut(org, team, team.headcount - _paid_for(share_of_arr * org.arr, team), who)


def budget_review(
    env: simpy.Environment, org: Org, *, role: str, basis: str, share_of_arr: float | None = None,
    per_ticket: float | None = None, busy: float = 0.8, squeeze: float = 0.0, every: float = 91.3125,
    least: int = 1, most: int | None = None, hire: bool = True, who: str = "newest",
) -> Steps:  # fmt: skip
    """Make a role as large as a budget allows, at every review.

    What is granted is a share of ARR (``basis="arr"``), money for each ticket of the last period
    (``"tickets"``), or people for the work that came in it (``"work"``): for the hours spent on work
    and switching, and those by which the open work has grown since the last review.

    Parameters
    ----------
    env, org
        As every policy gets them.
    role
        Role that is reviewed. But by work, the scenario says what a person costs (``staff.ROLE.cost``).
    basis
        What is looked at: ``arr``, ``tickets`` or ``work``.
    share_of_arr
        By ARR: most that the role may cost a year, as a share of ARR.
    per_ticket
        By tickets: what a ticket may cost. Tickets are those of the last whole months, made a year's.
    busy
        By work: utilisation, as a share of working time, at which a person has enough to do.
    squeeze
        Share a year that reviews take off what is granted, compounding from the scenario's start on.
    every
        Days from one review to the next; the first one comes that long after the start.
    least, most
        People of the role below and above which no review takes it; None: no limit.
    hire
        Whether people are hired where more are granted; those on the way count, those on notice do not.
    who
        Who leaves where fewer are granted, of those who would stay: ``newest`` or ``random``.
    """
    months, weeks = max(1, round(every / 30.4375)), max(1, round(every / 7.0))
    team = org.role(role)
    open_hours = team.backlog_hours
    while True:
        yield env.timeout(every)
        left = (1.0 - squeeze) ** (org.day / 365.25)
        before, open_hours = open_hours, team.backlog_hours
        if basis == "arr":
            granted = _paid_for((share_of_arr or 0.0) * org.arr * left, team)
        elif basis == "work":
            granted = _needed(team, weeks, (open_hours - before) / (1.0 - team.shrinkage), busy, left)
        elif org.month > 0:
            a_year = 12.0 * team.tickets_opened(months) / min(months, org.month)
            granted = _paid_for((per_ticket or 0.0) * a_year * left, team)
        else:  # no month is over yet
            granted = team.headcount
        granted = max(least, granted if most is None else min(granted, most))
        coming = team.headcount - team.on_notice + team.hiring
        _cut(org, team, min(team.headcount, coming) - granted, who)
        if hire and granted > coming:
            org.hire(role, granted - coming)


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


def _cut(org: Org, team: RoleView, count: int, who: str) -> None:
    """Let so many people go, if it is anybody."""
    if count > 0:
        org.cut(team.name, count, who=who)


def _paid_for(budget: float, team: RoleView) -> int:
    """How many people a yearly budget pays for."""
    # a hair more, for shares that the computer cannot write exactly: 29 % of 100 is 29
    return math.floor(budget / team.cost_per_person + _HAIR)


def _needed(team: RoleView, weeks: int, grown: float, busy: float, left: float) -> int:
    """How many people the work of some weeks needs, and the working hours by which open work has grown."""
    here = team.hours_here(weeks)
    if not here > 0.0:  # nobody has worked: nothing tells how many would be needed
        return team.headcount
    hours = team.utilisation(weeks) * here + max(0.0, grown)
    a_person = here / team.headcount_mean(weeks)
    return math.ceil(hours * left / (a_person * busy) - _HAIR)


BUILT_IN: Final[Mapping[str, PolicyFunction]] = {
    function.__name__: function
    for function in (
        hire_when_overloaded,
        hire_on_backlog,
        cut_to_budget,
        budget_review,
        freeze_when_arr_falls,
    )
}
"""The built-in policies by name."""
