"""The roles: the ``staff`` of a scenario, and the rules by which its people come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import model_validator

from csm_sim.scenario.amounts import read_yearly_share
from csm_sim.scenario.fields import (
    ClockTime,
    Days,
    Effort,
    Model,
    Month,
    Multiple,
    Name,
    Names,
    PeopleCount,
    Points,
    PositiveCount,
    RoleNames,
    ShareBelowAll,
    Switch,
    YearlyMoney,
    key,
    words,
)
from csm_sim.scenario.finance import MoneyAmount, SeverancePay
from csm_sim.scenario.hours import Calendar
from csm_sim.scenario.people_values import (
    BlockDays,
    DaysFromOne,
    DaysFromZero,
    EffectFactor,
    HireTime,
    LeaveDays,
    RampShare,
    SickDays,
    SkillCount,
    SpellDays,
    YearlyShare,
    read_working_days,
)

MAX_RAMP = 60
"""Months that a ramp may have."""


class Burnout(Model):
    """People who are overloaded for long leave sooner."""

    above: ShareBelowAll = key(
        "85%",
        unit="share of working time",
        limits="0% to under 100%",
        source="occupancy band 75-85 % (cobbai.com)",
        example="85%",
    )
    """Utilisation from which it wears people out; at 100% nobody is satisfied any more."""

    effect: EffectFactor = key("x2", unit="multiple", limits="x1 to x20", source="assumption", example="x3")
    """How many times as likely somebody resigns whose satisfaction is 0."""

    memory: Days = key("4 weeks", unit="time", limits="above 0", source="assumption", example="4 weeks")
    """Time in which the weight of a past week halves in the running average of utilisation."""


class Attrition(Model):
    """People who resign. ``attrition: 15%`` is short for ``{rate: 15% per year}``."""

    rate: YearlyShare = key(unit="share a year", limits="0% to under 100%", example="15% per year")
    """Share of the people who resign within a year. No trustworthy figure was found: it is yours to give."""

    burnout: Burnout | None = key(None, unit="group", example="{above: 85%, effect: x3, memory: 4 weeks}")
    """How overload makes them leave sooner. Without it: not at all."""

    @model_validator(mode="before")
    @classmethod
    def _read_short(cls, value: Any) -> Any:
        return value if isinstance(value, (dict, Attrition)) else {"rate": read_yearly_share(value)}


class Leave(Model):
    """Days away from work. ``leave: 16 days`` is short for ``{planned: 16 days}``."""

    planned: LeaveDays = key(
        "0d", unit="working days a year", limits="whole, 0d to 250d", source="none planned", example="16 days"
    )
    """Planned leave of a person in a calendar year; 11.0 days were taken in Japan (MHLW 2024 survey)."""

    block: BlockDays = key(
        "5d", unit="working days", limits="whole, 1d to 250d", source="assumption", example="5d"
    )
    """Working days that are taken together."""

    season: dict[Month, Multiple] = key(
        {},
        unit="multiple by month",
        limits="0% to 100000%",
        source="every month alike",
        example="{aug: x2, dec: x1.5}",
    )
    """How many times as often leave begins in a month of the year; x1 in months left out."""

    holidays: Multiple = key("x1", unit="multiple", limits="x0 to x1000", source="assumption", example="x2")
    """How many times as often leave begins in a week with a public holiday or closed day."""

    sick: SickDays = key(
        "0d", unit="working days a year", limits="0d to 250d", source="none are sick", example="5 days"
    )
    """Expected days that a person is sick in a year."""

    spell: SpellDays = key(
        "2d", unit="working days", limits="1d to 250d", source="assumption", example="2 days"
    )
    """Mean length of a sickness."""

    @model_validator(mode="before")
    @classmethod
    def _read_short(cls, value: Any) -> Any:
        return (
            value
            if isinstance(value, (dict, Leave))
            else {"planned": read_working_days(value, whole=True, example="16 days")}
        )


class LeadSpan(Model):
    """People who spend time on leading others."""

    people: PositiveCount = key(
        8,
        unit="people",
        limits="1 or more",
        source="a manager at 7-8 people (a vendor's figure)",
        example="8",
    )
    """How many people there are for each lead; whoever joined first leads."""

    time: ShareBelowAll = key(
        "50%", unit="share of working time", limits="0% to under 100%", source="assumption", example="50%"
    )
    """What leading takes of a lead's time."""


class Handover(Model):
    """What it costs when an account goes from one person to another."""

    giving: Effort | None = key(None, unit="time (min, h)", limits="above 0", example="30min")
    """Hands-on work for each account of the one who leaves. Without it: none."""

    receiving: Effort | None = key(None, unit="time (min, h)", limits="above 0", example="1h")
    """Hands-on work for each account of the one who takes over. Without it: none."""

    within: DaysFromZero = key(
        "14d", unit="time", limits="whole days, 0d or more", source="assumption", example="14d"
    )
    """When receiving is due, counted from the handover."""

    orphan: DaysFromZero = key(
        "0d", unit="time", limits="whole days, 0d or more", source="assumption", example="5d"
    )
    """How long an account is without an owner after somebody has left."""

    health: Points = key(
        10, unit="points of engagement", limits="0 to 100", source="assumption", example="10"
    )
    """What a change of owner costs an account."""

    cover_after: DaysFromOne = key(
        "6 weeks", unit="time", limits="whole days, 1d or more", source="assumption", example="6 weeks"
    )
    """How long an absence on the timeline must be for colleagues to take over the accounts meanwhile."""


Balance = Annotated[
    Literal["accounts", "arr", "hours", "renewals"], *words("accounts", "arr", "hours", "renewals")
]


class Role(Model):
    """People who do the same work."""

    headcount: PeopleCount = key(unit="people", limits="0 or more", example="8")
    """People in the role at the start."""

    serves: Names = key([], unit="segments", source="only owned accounts", example="[enterprise, smb]")
    """Segments whose work the role's pool takes when nothing else says whose it is: names, or all."""

    cost: YearlyMoney | None = key(None, unit="money a year", limits="0 or more", example="9M per year")
    """Cost of one person, with everything that comes with a person."""

    contractor_cost: YearlyMoney | None = key(
        None, unit="money a year", limits="0 or more", example="14M per year"
    )
    """Cost of one person whose contract has an end: ``until`` of a hire or of one of the ``people``.

    Without it: the cost of the role."""

    hiring_cost: MoneyAmount = key(0, unit="money", limits="0 or more", source="none", example="1.5M")
    """Cost of each person who joins: agency, advertisements, interviews. Who is there at the start has
    none."""

    severance: SeverancePay | None = key(
        None, unit="time of pay, or money", limits="0 or more", example="3 months"
    )
    """What each person gets whose job is cut: a time of the role's cost, or an amount. Without it: nothing.

    Who resigns, or whose contract ends, gets none."""

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

    skills: dict[Name, SkillCount] = key(
        {}, unit="people by skill, or all", source="none", example="{api: 2, ja: all}"
    )
    """How many of the people have a skill that steps or severities ask for.

    They are taken from those who are there at the start and have no entry in ``people``."""

    ramp: tuple[RampShare, ...] = key(
        [],
        unit="share of full speed by month",
        limits=f"1% to 300% each, at most {MAX_RAMP} months",
        source="none",
        example="[70%, 85%, 100%]",
    )
    """Speed of a new colleague in the first, second, ... month; after the last one full speed.

    One published norm is 70 / 85 / 100 % (pulserevops.com)."""

    coaching: ShareBelowAll = key(
        "0%", unit="share of working time", limits="0% to under 100%", source="none is lost", example="10%"
    )
    """What a coach loses of the time for each new colleague who ramps."""

    time_to_hire: HireTime | None = key(
        None, unit="time", limits="above 0", example="{mean: 10 weeks, cv: 0.5}"
    )
    """Time from the opening of a requisition until somebody joins. Without it: people join at once."""

    attrition: Attrition | None = key(
        None, unit="share a year, or group", limits="0% to under 100%", example="15% per year"
    )
    """People who resign. Without it nobody does."""

    notice: DaysFromOne = key(
        "30d", unit="time", limits="whole days, 1d or more", source="assumption", example="30d"
    )
    """Time from giving notice to leaving; weeks and months are rounded to whole days."""

    backfill: Switch = key(True, unit="true or false", source="assumption", example="false")
    """Whether somebody is hired for each one who resigns."""

    leave: Leave | None = key(
        None, unit="working days a year, or group", example="{planned: 16 days, sick: 5 days}"
    )
    """Days on which people are away. Without it they never are."""

    span: LeadSpan | None = key(None, unit="group", example="{people: 8, time: 50%}")
    """People who lead others. Without it nobody loses time to that."""

    handover: Handover | None = key(None, unit="group", example="{giving: 30min, receiving: 1h}")
    """What it costs when an account changes its owner. Without it: nothing."""

    balance: Balance = key(
        "accounts",
        unit="word",
        limits="accounts, arr, hours or renewals",
        source="assumption",
        example="hours",
    )
    """What decides who gets an account: the fewest accounts, the least ARR, the least planned hours, or the
    fewest renewals in the same twelfth of the term."""

    most: PositiveCount | None = key(None, unit="accounts", limits="1 or more", example="60")
    """Most accounts that a person owns; what is beyond goes to the pool. Without it there is no limit."""

    seats: PositiveCount | None = key(
        None, unit="people", limits="what the file needs, or more", example="30"
    )
    """Most people that the role can ever have; it matters only where policies hire.

    Without it: as many as the file needs, with policies twice that and 5 more."""

    @classmethod
    def without_default(cls, data: Mapping[str, Any]) -> frozenset[str]:
        """What only matters where people resign or ramp."""
        idle = {"coaching"} if not data.get("ramp") else set()
        return frozenset(idle | ({"notice", "backfill"} if "attrition" not in data else set()))
