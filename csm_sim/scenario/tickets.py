"""What customers raise, and how a support desk deals with it: the ``tickets`` of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, PlainValidator, Tag, WithJsonSchema

from csm_sim.scenario.amounts import Rate
from csm_sim.scenario.arrivals import AfterStart, Deflection, TraceFile
from csm_sim.scenario.fields import (
    BatchSize,
    ClockTime,
    Delay,
    Effort,
    Growth,
    Model,
    Month,
    Multiple,
    Name,
    Points,
    PositiveNumber,
    PriorityClass,
    Share,
    Switch,
    TicketCount,
    TicketRate,
    Variation,
    WorkingTime,
    key,
    read_name,
)
from csm_sim.scenario.profile import ProfileOf
from csm_sim.scenario.severity import Severity
from csm_sim.scenario.units import Wrong, shown


def _form(value: object) -> str:
    return "<each>" if isinstance(value, dict) else "<one>"


RateOf = Annotated[
    Annotated[TicketRate, Tag("<one>")] | Annotated[dict[str, TicketRate], Tag("<each>")],
    Discriminator(_form),
]


def _read_role(value: object) -> str:
    if isinstance(value, str):
        return read_name(value)
    raise Wrong(f"{shown(value)} is not a role", "write  {key}: support  or  {key}: {csm: 30%, support: 70%}")


RoleName = Annotated[
    str, PlainValidator(_read_role), WithJsonSchema({"type": "string", "examples": ["support"]})
]

RolesOf = Annotated[
    Annotated[RoleName, Tag("<one>")] | Annotated[dict[str, Share], Tag("<each>")],
    Discriminator(_form),
]
"""A role, or the share of each of several roles."""


class Topic(Model):
    """A kind of question, product or language that some roles can deal with and others cannot."""

    share: Share = key(unit="share of tickets", limits="all add up to 100%", example="30%")
    """Share of the tickets."""

    handled_by: RolesOf | None = key(None, unit="role, or share by role", example="support_en")
    """Role that handles them. Without it: as without topics."""


class Overflow(Model):
    """Where a ticket goes that nobody has taken up for some time."""

    to: Name = key(unit="role", example="support")
    """Role that it moves to."""

    after: WorkingTime = key(unit="working time (min, h, bd)", limits="above 0", example="4h")
    """How long it waits before, in working time of the scenario's calendar."""


class Escalation(Model):
    """Work for another role that a ticket causes beside its own."""

    to: Name = key(unit="role", example="csm")
    """Role that does it."""

    effort: Effort = key(unit="time (min, h)", limits="above 0", example="30min")
    """Hands-on work of an escalation."""

    due: WorkingTime | None = key(None, unit="working time (min, h, bd)", limits="above 0", example="8h")
    """When it should be done, counted from the escalation."""

    priority: PriorityClass = key(
        3, unit="class", limits="1 (most urgent) to 9", source="assumption", example="3"
    )
    """Priority among all work."""

    preempts: Switch = key(False, unit="true or false", source="assumption", example="true")
    """Whether it interrupts less urgent work in hand."""


class Backlog(Model):
    """Tickets that are open at the start."""

    open: dict[Name, TicketCount] = key(
        unit="tickets by severity", limits="0 to 1,000,000", example="{p1: 2, p2: 30}"
    )
    """How many of each severity; they belong to accounts drawn at random."""

    waited: Delay | None = key(None, unit="elapsed time", limits="0 or more", example="2d")
    """How long they have been waiting by then. Without it: not at all."""


class Satisfaction(Model):
    """What customers make of how a ticket went; no published figure stands behind any of these."""

    touch: Share = key("5%", unit="share", limits="0% to 100%", source="assumption", example="5%")
    """What each further touch takes off the score of a ticket."""

    reopen: Share = key("20%", unit="share", limits="0% to 100%", source="assumption", example="20%")
    """What each reopening takes off the score of a ticket."""

    csat_best: Share = key("95%", unit="share", limits="0% to 100%", source="assumption", example="95%")
    """Share of satisfied customers where every ticket scores 100."""

    ces_half: PositiveNumber = key(
        2,
        unit="overruns, touches and twice the reopenings",
        limits="above 0",
        source="assumption",
        example="2",
    )
    """Trouble that halves how easy customers found it: overruns and touches count once, reopenings twice."""

    promoter: Points = key(90, unit="points", limits="detractor to 100", source="assumption", example="90")
    """Least score of a ticket that makes a promoter."""

    detractor: Points = key(60, unit="points", limits="0 to promoter", source="assumption", example="60")
    """Score of a ticket below which it makes a detractor; an abandoned one always does."""


OF_THE_RATE = (
    "profile",
    "season",
    "growth",
    "holidays",
    "busyness",
    "batch",
    "after_start",
    "deflection",
)
"""Keys that say how tickets are drawn; recorded tickets came as they came."""


class Tickets(Model):
    """Reactive work. Write either a rate or a trace."""

    rate: RateOf | None = key(
        None, unit="tickets per account and time", limits="0 or more", example="{smb: 0.5 per month}"
    )
    """Tickets an account raises: one rate, or one for each segment (others raise none)."""

    unequal: PositiveNumber | None = key(None, unit="gamma shape", limits="above 0", example="0.4")
    """How unequal accounts are in raising tickets: the smaller, the more unequal.

    With 0.4 the top 10 % raise about half of all tickets, as at a software help desk.
    Without it all accounts are alike."""

    profile: ProfileOf = key(
        "24x7",
        unit="word, 24 weights, weights by weekday, or file",
        limits="24x7, flat or office; weights 0 or more",
        source="assumption",
        example="office",
    )
    """When in the week tickets come: every hour alike (24x7), evenly over the working hours of the
    scenario's calendar (flat), on weekdays with two humps and a dip at noon (office), or by weights.

    24 weights hold for every day; with weights by weekday, days left out have no tickets.
    A CSV file has the columns weekday (mon to sun), hour (0 to 23) and weight; hours left out have none."""

    season: dict[Month, Multiple] = key(
        {},
        unit="multiple by month",
        limits="0% to 100000%",
        source="every month alike",
        example="{dec: 120%, aug: 60%}",
    )
    """How many times the usual tickets come in a month of the year; 100% in months left out."""

    growth: Growth = key(
        "0%", unit="share a year", limits="above -100% to 1000%", source="assumption", example="10%"
    )
    """Growth of the rate of an account in a year, compounding daily from the start."""

    holidays: Multiple = key(
        "100%", unit="multiple", limits="0% to 100000%", source="assumption", example="20%"
    )
    """How many times the usual tickets come on public holidays and closed days of the scenario's calendar."""

    busyness: Variation | None = key(
        None, unit="coefficient of variation", limits="above 0% to 1000%", example="30%"
    )
    """How much busy days differ from quiet ones: a factor of the day that all accounts share.

    Without it days differ only by chance."""

    batch: BatchSize = key(1, unit="tickets", limits="1 to 1,000", source="assumption", example="2")
    """Mean number of tickets that an account raises at once; the rate counts all of them."""

    after_start: AfterStart | None = key(None, unit="group", example="{from: x3, over: 4 months}")
    """More tickets of accounts that have just started. Without it new accounts are like all others."""

    deflection: dict[Name, Deflection] = key(
        {}, unit="group", source="none", example="{self_service: {from: 10%, to: 30%, over: 6 months}}"
    )
    """Ways in which questions are answered before they become tickets, by name: self-service, community.

    Self-service was seen to take 8-15% at first, 15-30% by month 6, 30-45% when mature."""

    handled_by: RolesOf | None = key(
        None, unit="role, or share by role", limits="shares add up to 100%", example="support"
    )
    """Role that handles tickets, or the share of each of several.

    Without it: the role called support, or the one that serves the segment."""

    topics: dict[Name, Topic] = key(
        {},
        unit="group",
        source="none",
        example="{ja: {share: 70%}, en: {share: 30%, handled_by: support_en}}",
    )
    """Languages, products or skills by name, when they decide who handles a ticket."""

    overflow: Overflow | None = key(None, unit="group", example="{to: support, after: 4h}")
    """Another role for tickets that wait too long. Without it they stay where they are."""

    escalation: Escalation | None = key(None, unit="group", example="{to: csm, effort: 30min, due: 8h}")
    """What escalated tickets cost another role; the severities say how many are."""

    hand_over: ClockTime = key(
        "0min", unit="time (min, h)", limits="0min or more", source="assumption", example="10min"
    )
    """Effort that is added when somebody else goes on with a ticket."""

    backlog: Backlog | None = key(None, unit="group", example="{open: {p2: 30}, waited: 2d}")
    """Tickets that are open at the start, beside those of the warm-up. Without it there are no others."""

    satisfaction: Satisfaction = key({}, unit="group", source="assumption")
    """What customers make of how a ticket went."""

    severities: dict[Name, Severity] = key(unit="group", limits="1 or more", example="{p2: {effort: 40min}}")
    """Severities by name."""

    trace: TraceFile | None = key(None, unit="group", example="{file: tickets.csv}")
    """Past tickets to replay instead of drawing them."""

    @classmethod
    def without_default(cls, data: Mapping[str, Any]) -> frozenset[str]:
        """With a trace, what says how tickets are drawn."""
        return frozenset(OF_THE_RATE if "trace" in data else ())

    def rate_of(self, segment: str) -> Rate | None:
        """The rate of an account of a segment; None when it raises no tickets."""
        return self.rate.get(segment) if isinstance(self.rate, dict) else self.rate


def roles_of(handled_by: str | dict[str, float] | None) -> dict[str, float]:
    """The share of each role that a ``handled_by`` names; empty when it is not written."""
    return {handled_by: 1.0} if isinstance(handled_by, str) else dict(handled_by or {})
