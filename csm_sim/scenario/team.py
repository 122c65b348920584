"""The people: the ``staff`` of a scenario, and the ``timeline`` of what leaders decide about them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from csm_sim.scenario.fields import (
    ClockTime,
    Day,
    Days,
    Factor,
    Model,
    Name,
    Names,
    PeopleCount,
    PositiveCount,
    PositiveShare,
    RoleNames,
    ShareBelowAll,
    Switch,
    YearlyMoney,
    key,
)
from csm_sim.scenario.hours import Calendar


class Role(Model):
    """People who do the same work."""

    headcount: PeopleCount = key(unit="people", limits="0 or more", example="8")
    """People in the role at the start."""

    serves: Names = key([], unit="segments", source="only owned accounts", example="[enterprise, smb]")
    """Segments whose work the role's pool takes when nothing else says whose it is: names, or all."""

    cost: YearlyMoney | None = key(None, unit="money a year", limits="0 or more", example="9M per year")
    """Cost of one person, with everything that comes with a person."""

    shrinkage: ShareBelowAll = key(
        "30%",
        unit="share",
        limits="0% to under 100%",
        source="support 20-30 % in tier 1 (Assembled help centre), CSM 30-40 % (csin15.com)",
        example="30%",
    )
    """Share of working time that is not spent on this work: meetings, training, breaks.

    A task of 1 h takes 1 h / (1 - shrinkage)."""

    switch: ClockTime = key("10min", unit="time", limits="0min or more", source="assumption", example="10min")
    """Time lost at a change between tickets and planned work."""

    calendar: Calendar | None = key(None, unit="group", example='{week: mon-sun, hours: "22:00-07:00"}')
    """Working time of the role, or 24x7. Without it: the calendar of the scenario.

    Country, subdivision and closed days that are not written are those of the scenario's calendar."""

    covers: RoleNames = key([], unit="roles", limits="other roles", source="none", example="[support_night]")
    """Roles from whose pool these people take work too."""


class Hire(Model):
    """People who join."""

    role: Name = key(unit="role", example="csm")
    """Role they join."""

    count: PositiveCount = key(unit="people", limits="1 or more", example="2")
    """How many."""

    rebalance: Switch = key(True, unit="true or false", source="assumption", example="true")
    """Whether they take over accounts from their colleagues, until the books are even."""


class Cut(Model):
    """People who leave. Write either how many or which share."""

    role: Name = key(unit="role", example="support")
    """Role they leave."""

    count: PositiveCount | None = key(None, unit="people", limits="1 or more", example="1")
    """How many."""

    by: PositiveShare | None = key(
        None, unit="share of the role's people", limits="above 0% to 100%", example="20%"
    )
    """Which share of the role's people on that day, rounded to whole people, at least one."""

    def people_of(self, headcount: int) -> int:
        """How many of ``headcount`` people leave."""
        if self.count is not None:
            return self.count
        return min(headcount, max(1, math.floor(headcount * (self.by or 0.0) + 0.5)))


class Surge(Model):
    """A time with more or fewer tickets: a launch, an incident, a quiet season."""

    tickets: Factor = key(unit="multiple", limits="x0 to x1000", example="x2")
    """How many times as many tickets as usual."""

    for_: Days = key(alias="for", unit="time", limits="whole days", example="6 weeks")
    """How long it lasts."""

    decay: Days | None = key(None, unit="time", limits="above 0", example="2 weeks")
    """Time in which what is left of it halves, once it is over. Without it: it ends at once."""


class Act(Model):
    """A dated change. Each has a date and one of hire, cut, surge."""

    on: Day = key(unit="date", limits="within the horizon", example="2027-10-01")
    """Day on which it takes effect, at midnight."""

    hire: Hire | None = key(None, unit="group", example="{role: csm, count: 2}")
    """People who join."""

    cut: Cut | None = key(None, unit="group", example="{role: support, by: 20%}")
    """People who leave."""

    surge: Surge | None = key(None, unit="group", example="{tickets: x2, for: 6 weeks}")
    """More or fewer tickets for a time."""


def headcount_after(headcount: Mapping[str, int], act: Act) -> dict[str, int]:
    """The people of each role after an act, never below zero."""
    after = dict(headcount)
    if act.hire is not None:
        after[act.hire.role] = after.get(act.hire.role, 0) + act.hire.count
    if act.cut is not None:
        before = after.get(act.cut.role, 0)
        after[act.cut.role] = max(0, before - act.cut.people_of(before))
    return after
