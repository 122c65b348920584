"""What leaders decide and what happens to people and customers: the ``timeline`` of a scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from csm_sim.scenario.customer_values import PositiveMultiple, PriceRise
from csm_sim.scenario.fields import (
    ClockTime,
    Day,
    Days,
    Factor,
    Label,
    Model,
    Multiple,
    Name,
    Names,
    PositiveCount,
    PositiveShare,
    Share,
    ShareBelowAll,
    Switch,
    YearlyMoney,
    key,
    words,
)
from csm_sim.scenario.finance import MoneyAmount
from csm_sim.scenario.people_values import (
    DaysFromOne,
    DaysFromZero,
    HoursShare,
    OwnSpeed,
    PeopleNames,
    SkillNames,
    StepNames,
    WorkNames,
)


class Hire(Model):
    """People who join."""

    role: Name = key(unit="role", example="csm")
    """Role they join."""

    count: PositiveCount = key(unit="people", limits="1 or more", example="2")
    """How many. With a time to hire this is the day on which the search for them begins."""

    rebalance: Switch = key(True, unit="true or false", source="assumption", example="true")
    """Whether they take over accounts from their colleagues, until the books are even."""

    until: Day | None = key(None, unit="date", limits="not before they join", example="2028-03-31")
    """Last day that they work. Without it they stay."""

    hours: HoursShare = key(
        "100%",
        unit="share of each working window",
        limits="1% to 100%",
        source="none: full time",
        example="60%",
    )
    """Part-time: the share that they work of each stretch of the role's working time."""

    speed: OwnSpeed = key(
        "100%", unit="share of usual speed", limits="10% to 300%", source="none: as others", example="100%"
    )
    """How fast they work once they are past the ramp."""

    skills: SkillNames = key([], unit="skills", source="none", example="[api]")
    """Skills that they bring."""


class Cut(Model):
    """People who leave. Write how many, which share, or who."""

    role: Name | None = key(None, unit="role", limits="may be left out with people", example="support")
    """Role they leave."""

    count: PositiveCount | None = key(None, unit="people", limits="1 or more", example="1")
    """How many."""

    by: PositiveShare | None = key(
        None, unit="share of the role's people", limits="above 0% to 100%", example="20%"
    )
    """Which share of the role's people on that day, rounded to whole people, at least one."""

    people: PeopleNames = key([], unit="people", source="none", example="[田中]")
    """Who."""

    who: Annotated[Literal["newest", "random"], *words("newest", "random")] = key(
        "newest", unit="word", limits="newest or random", source="assumption", example="random"
    )
    """Who leaves when only a number is given: those who joined last, or any."""

    @classmethod
    def without_default(cls, data: Mapping[str, Any]) -> frozenset[str]:
        """Who leaves, where that is written."""
        return frozenset({"who"} if "people" in data else ())

    def people_of(self, headcount: int) -> int:
        """How many of ``headcount`` people leave."""
        if self.people:
            return len(self.people)
        if self.count is not None:
            return self.count
        return min(headcount, max(1, math.floor(headcount * (self.by or 0.0) + 0.5)))


class Absence(Model):
    """Somebody who is away for long: parental leave, an illness. Write who, or of which role."""

    person: Label | None = key(None, unit="person", example="田中")
    """Who is away."""

    role: Name | None = key(None, unit="role", example="csm")
    """Role of which anybody is away, drawn at random."""

    for_: DaysFromOne = key(alias="for", unit="time", limits="whole days, 1d or more", example="4 weeks")
    """How long."""


class Freeze(Model):
    """A time in which nobody is hired: what should be opened waits until it is over."""

    role: Name | None = key(None, unit="role", example="csm")
    """Role. Without it: all."""

    for_: DaysFromOne | None = key(
        None, alias="for", unit="time", limits="whole days, 1d or more", example="6 months"
    )
    """How long. Without it: to the end."""


class ShrinkageChange(Model):
    """Another shrinkage from then on."""

    role: Name = key(unit="role", example="csm")
    """Role."""

    to: ShareBelowAll = key(unit="share", limits="0% to under 100%", example="25%")
    """Share of working time that is not spent on this work."""


class Training(Model):
    """People who learn a skill. Write who, or how many of which role."""

    people: PeopleNames = key([], unit="people", source="none", example="[田中]")
    """Who."""

    role: Name | None = key(None, unit="role", example="csm")
    """Role of those who do, when only a number is given."""

    count: PositiveCount | None = key(None, unit="people", limits="1 or more", example="2")
    """How many of the role: those without the skill who joined first."""

    skill: Name = key(unit="skill", example="api")
    """Skill that they have afterwards."""

    time: ShareBelowAll = key(unit="share of working time", limits="0% to under 100%", example="20%")
    """What it takes of their time."""

    for_: DaysFromOne = key(alias="for", unit="time", limits="whole days, 1d or more", example="8 weeks")
    """How long it takes."""


class Automation(Model):
    """Steps that need less hands-on work from then on."""

    steps: StepNames = key(unit="steps", limits="1 or more", example="[qbr.prepare, onboarding, tickets.p3]")
    """Which: ``playbook.step``, ``tickets.severity``; a playbook's name, or tickets, stands for all of it."""

    share: PositiveShare = key(unit="share of effort", limits="above 0% to 100%", example="50%")
    """What it takes off the effort."""

    effort: ClockTime | None = key(None, unit="time (min, h)", limits="0min or more", example="80h")
    """Work to introduce it, of all people of the role together. Without it: none."""

    role: Name | None = key(None, unit="role", limits="only with effort", example="csm")
    """Role that introduces it."""

    over: DaysFromZero = key(
        "0d", unit="time", limits="whole days, 0d or more", source="none: at once", example="4 weeks"
    )
    """How long it takes until it works."""

    cost: MoneyAmount = key(0, unit="money", limits="0 or more", source="none", example="3M")
    """What it costs once, on its date."""

    running: YearlyMoney | None = key(None, unit="money a year", limits="0 or more", example="1.2M per year")
    """What it costs from the day on which it works. Without it: nothing."""


class Reorganisation(Model):
    """People, and their work, who go from one role to another. Without count and people everyone goes."""

    from_: Name = key(alias="from", unit="role", example="support")
    """Role that they leave."""

    to: Name = key(unit="role", limits="another role", example="csm")
    """Role that they join."""

    count: PositiveCount | None = key(None, unit="people", limits="1 or more", example="3")
    """How many: those who joined last."""

    people: PeopleNames = key([], unit="people", source="none", example="[田中]")
    """Who."""

    work: WorkNames | None = key(
        None, unit="playbooks, tickets or escalation", example="[tickets, onboarding]"
    )
    """Work that is the other role's from then on. Without it: all if everyone goes, else none.

    Work per person stays with its role."""

    @property
    def everyone(self) -> bool:
        """Whether nobody stays."""
        return self.count is None and not self.people


class Surge(Model):
    """A time with more or fewer tickets: a launch, an incident, a quiet season."""

    tickets: Factor = key(unit="multiple", limits="x0 to x1000", example="x2")
    """How many times as many tickets as usual."""

    for_: Days = key(alias="for", unit="time", limits="whole days", example="6 weeks")
    """How long it lasts."""

    decay: Days | None = key(None, unit="time", limits="above 0", example="2 weeks")
    """Time in which what is left of it halves, once it is over. Without it: it ends at once."""


class SalesPush(Model):
    """A time in which sales wins more, or other, accounts."""

    segments: Names = key([], unit="segments", limits="names, or all", example="[smb]")
    """Segments whose new business changes. Without it: all that have some."""

    new: Multiple = key("x1", unit="multiple", limits="x0 to x1000", source="none: as before", example="x3")
    """How many times the usual number of accounts is won."""

    bad_fit: Share | None = key(None, unit="share of new business", limits="0% to 100%", example="40%")
    """Share of bad fits among them. Without it: as the segment says."""

    poor_handover: Share | None = key(None, unit="share of new business", limits="0% to 100%", example="50%")
    """Share of poor handovers among them. Without it: as the segment says."""

    for_: DaysFromOne | None = key(
        None, alias="for", unit="time", limits="whole days, 1d or more", example="3 months"
    )
    """How long. Without it: to the end."""


class PriceChange(Model):
    """Another price; an account pays it from its next renewal on."""

    segments: Names = key([], unit="segments", limits="names, or all", example="[smb]")
    """Segments that pay it. Without it: all."""

    by: PriceRise = key(unit="share of the price", limits="above -100% to 1000%", example="5%")
    """What is added to the price."""

    churn_odds: PositiveMultiple = key(
        "x1", unit="multiple", limits="x0.01 to x100", source="assumption", example="x1.1"
    )
    """How many times the odds of churn are at the renewal that brings the new price."""


KINDS = (
    "hire",
    "cut",
    "absence",
    "freeze",
    "shrinkage",
    "train",
    "automate",
    "reorganise",
    "surge",
    "sales",
    "price",
)
"""What an entry of the timeline can do."""


class Act(Model):
    """A dated change. Each has a date and one thing that happens."""

    on: Day = key(unit="date", limits="within the horizon", example="2027-10-01")
    """Day on which it takes effect, at midnight."""

    hire: Hire | None = key(None, unit="group", example="{role: csm, count: 2}")
    """People who join."""

    cut: Cut | None = key(None, unit="group", example="{role: support, by: 20%}")
    """People who leave."""

    absence: Absence | None = key(None, unit="group", example="{person: 田中, for: 4 weeks}")
    """Somebody who is away for long."""

    freeze: Freeze | None = key(None, unit="group", example="{role: csm, for: 6 months}")
    """A time in which nobody is hired."""

    shrinkage: ShrinkageChange | None = key(None, unit="group", example="{role: csm, to: 25%}")
    """Another shrinkage."""

    train: Training | None = key(
        None, unit="group", example="{people: [田中], skill: api, time: 20%, for: 8 weeks}"
    )
    """People who learn a skill."""

    automate: Automation | None = key(None, unit="group", example="{steps: [qbr.prepare], share: 50%}")
    """Steps that need less hands-on work."""

    reorganise: Reorganisation | None = key(None, unit="group", example="{from: support, to: csm}")
    """People and work that go from one role to another."""

    surge: Surge | None = key(None, unit="group", example="{tickets: x2, for: 6 weeks}")
    """More or fewer tickets for a time."""

    sales: SalesPush | None = key(
        None, unit="group", example="{segments: [smb], new: x3, bad_fit: 40%, for: 3 months}"
    )
    """More, or other, new business for a time."""

    price: PriceChange | None = key(None, unit="group", example="{segments: all, by: 5%, churn_odds: x1.1}")
    """Another price."""

    @property
    def kinds(self) -> list[str]:
        """What the entry does; one thing, if it is right."""
        return [kind for kind in KINDS if getattr(self, kind) is not None]
