"""When the people of an answer are needed, month by month, and until when to open their requisitions.

By load, not by further search: a month takes as many heads as keep the load of each person between that of
the answer and that of one person less, which was found to be too few.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import scope
from csm_sim.analysis.feasibility import FIRST
from csm_sim.analysis.grouping import groups_of
from csm_sim.analysis.hiring import hire_by

if TYPE_CHECKING:
    from csm_sim.analysis.hiring import Answer
    from csm_sim.analysis.paired import Interval
    from csm_sim.analysis.sizing import Sized, Team
    from csm_sim.scenario import Loaded

MOST_DATES: Final = 6
"""Dates for each role by which somebody more is needed."""


@dataclass(frozen=True, slots=True)
class Month:
    """What a month takes."""

    name: str
    """2027-04."""
    needed: Interval
    """People that the work of the month takes, at full use of their time."""
    heads: int


@dataclass(frozen=True, slots=True)
class HireDate:
    """More people than there were needed before, from a day on."""

    by: date
    people: int
    answer: Answer | None
    """How many requisitions, opened until when; None where time is too short."""


@dataclass(frozen=True, slots=True)
class RoleInTime:
    """A role over the horizon."""

    role: str
    months: tuple[Month, ...]
    dates: tuple[HireDate, ...]
    now: int
    """Headcount of the scenario."""


@dataclass(frozen=True, slots=True)
class InTime:
    """The answer over time."""

    roles: tuple[RoleInTime, ...]
    chance: float
    """With which the people are to be ramped on the day."""
    n: int


def in_time(team: Team, sized: Sized, base: Loaded, chance: float) -> InTime:
    """The answer month by month.

    Parameters
    ----------
    team, sized
        What was asked, and answered.
    base
        The scenario as it is: hires are counted from there.
    chance
        With which enough people are to be ramped.
    """
    variant = team.variant(sized.answer)
    metrics = team.trials.metrics(variant, range(FIRST))
    measures = team.searched(sized.answer, FIRST)
    months = groups_of(variant.world).months
    found = []
    for role in team.question.roles:
        # under contract, on average: the timeline may add to the headcount of the start, or take from it
        people = measures[f"people@{role.name}"].mean
        whole = metrics.get(("needed_mean_people", scope(role=role.name)))
        mean = whole.mean if whole is not None else 0.0
        rows = []
        for month in months:
            values = metrics.get(("needed_mean_people", scope(role=role.name, month=month)))
            if values is None:
                continue
            needed = values.interval()
            load = needed.mean / mean if mean > 0 else 1.0
            rows.append(Month(month, needed, max(0, math.ceil((people - 0.5) * load - 1e-9))))
        dates = _dates(base, role.name, role.now, rows, chance)
        found.append(RoleInTime(role.name, tuple(rows), tuple(dates), role.now))
    return InTime(tuple(found), chance, FIRST)


def _dates(base: Loaded, role: str, now: int, months: list[Month], chance: float) -> list[HireDate]:
    """The months in which more people are needed than there are, and than in any month before."""
    found: list[HireDate] = []
    most = now
    for month in months:
        if month.heads > most and len(found) < MOST_DATES:
            by = max(date.fromisoformat(f"{month.name}-01"), base.scenario.start)
            found.append(HireDate(by, month.heads, hire_by(base, role, month.heads, by, chance).asked))
        most = max(most, month.heads)
    return found
