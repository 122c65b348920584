"""The work: ``playbooks`` (planned) and ``tickets`` (what customers raise)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Tag

from csm_sim.scenario.amounts import Rate
from csm_sim.scenario.distributions import Distribution
from csm_sim.scenario.fields import (
    AnchorOffset,
    Days,
    Delay,
    Effort,
    Label,
    Model,
    Name,
    Names,
    Period,
    PositiveNumber,
    PositiveShare,
    PriorityClass,
    Share,
    Switch,
    TicketRate,
    Wait,
    WorkingTime,
    key,
    words,
)
from csm_sim.scenario.units import Offset, Span

MAX_STEPS = 60


class Step(Model):
    """A piece of work of a playbook. The steps of one occurrence are done one after the other."""

    do: Label = key(unit="text", limits="unique in the playbook", example="prepare")
    """What is done."""

    effort: Effort = key(unit="time (min, h)", limits="above 0", example="1h")
    """Hands-on work: a mean (spread: lognormal with cv 0.5), or a distribution."""

    opens: AnchorOffset | None = key(None, unit="time from the anchor day", example="10d before")
    """When the step can be begun at the earliest. Without it: when the step before is done."""

    due: AnchorOffset | None = key(None, unit="time from the anchor day", example="3d")
    """When it should be done; days count to their end."""

    drop_after: Delay | None = key(None, unit="time after due", limits="0 or more", example="10d")
    """How long after its due time an untouched step is given up."""

    customer_wait: Wait | None = key(None, unit="elapsed time", limits="above 0", example="5d")
    """Time the customer takes before the next step can open."""

    touch: Switch = key(True, unit="true or false", source="assumption", example="false")
    """Whether the customer notices it: whether on time, late and missed count for engagement."""

    priority: PriorityClass | None = key(None, unit="class", limits="1 (most urgent) to 9", example="3")
    """Priority of this step, when it differs from the playbook's."""


class Playbook(Model):
    """Planned work: a trigger and steps. Write exactly one of every, on, before_renewal."""

    for_: Names = key([], alias="for", unit="segments", limits="names, or all", example="[enterprise, smb]")
    """Segments whose accounts get it."""

    role: Name | None = key(None, unit="role", example="csm")
    """Role that does it. Without it: the account's owner, or the one role that serves the segment."""

    every: Period | None = key(None, unit="time", limits="a day or more", example="quarter")
    """Period of recurring work: week, month, quarter, year, 2 weeks, 90d."""

    on: Annotated[Literal["new_account"], *words("new_account")] | None = key(
        None, unit="event", example="new_account"
    )
    """Event that starts it: new_account."""

    before_renewal: Days | None = key(None, unit="time", limits="at most the contract term", example="90d")
    """How long before each renewal it begins."""

    per: Annotated[Literal["account", "segment", "person"], *words("account", "segment", "person")] = key(
        "account", unit="word", limits="account, segment or person", source="assumption", example="person"
    )
    """Whether each account, the segment as a whole (a webinar) or each person (admin) makes an occurrence."""

    share: PositiveShare = key(
        "100%", unit="share of accounts", limits="above 0% to 100%", source="assumption", example="50%"
    )
    """Share of the accounts that take part."""

    priority: PriorityClass = key(
        5, unit="class", limits="1 (most urgent) to 9", source="assumption", example="5"
    )
    """Priority among all work. Within a class the earliest due comes first."""

    first_value_after: Label | None = key(
        None, unit="step", limits="only with on: new_account", example="train"
    )
    """Step whose end is the customer's first value; its punctuality is the onboarding score."""

    steps: tuple[Step, ...] = key(
        unit="list", limits=f"1 to {MAX_STEPS} steps", example="[{do: call, effort: 30min, due: 3d}]"
    )
    """The steps, in order."""

    @property
    def anchor_default_opening(self) -> float:
        """Minutes from the anchor day at which an occurrence begins."""
        first = self.steps[0].opens
        if first is not None:
            return first.minutes
        return -self.before_renewal.minutes if self.before_renewal else 0.0


class Severity(Model):
    """A class of tickets."""

    share: Share = key(
        "100%",
        unit="share of tickets",
        limits="all add up to 100%",
        source="for a single severity",
        example="30%",
    )
    """Share of the tickets; may be left out when there is one severity."""

    effort: Effort = key(unit="time (min, h)", limits="above 0", example="{mean: 2h, cv: 1.2}")
    """Hands-on work of a ticket."""

    first_response: WorkingTime | None = key(
        None, unit="working time (min, h, bd)", limits="above 0", example="1h"
    )
    """Target for the time until somebody takes it up."""

    resolve: WorkingTime | None = key(None, unit="working time (min, h, bd)", limits="above 0", example="8h")
    """Target for the time until it is solved; it sets the due time."""

    priority: PriorityClass = key(
        3, unit="class", limits="1 (most urgent) to 9", source="assumption", example="1"
    )
    """Priority among all work."""

    preempts: Switch = key(False, unit="true or false", source="assumption", example="true")
    """Whether it interrupts less urgent work in hand."""


class TraceFile(Model):
    """A CSV file of past tickets to replay, and the names of its columns."""

    file: Label = key(unit="file name", example="tickets.csv")
    """CSV file beside the scenario."""

    account: Label = key("account", unit="column", source="the key's own name", example="Organization")
    """Column with the account's identifier, as in the accounts file."""

    opened_at: Label = key("opened_at", unit="column", source="the key's own name", example="Created at")
    """Column with date and time of opening, in the scenario's local time."""

    severity: Label | None = key(None, unit="column", example="Priority")
    """Column with the severity. Without it severities are drawn by their shares."""

    severities: dict[str, Name] = key(
        {}, unit="severity by text", source="same names", example="{Urgent: p1, Normal: p2}"
    )
    """Severity that each text of the column means."""

    default_severity: Name | None = key(None, unit="severity", example="p3")
    """Severity of tickets whose cell is empty or whose text is not listed."""

    effort: Label | None = key(None, unit="column", example="minutes_spent")
    """Column with the hands-on work. Without it, and for empty cells, effort is drawn."""

    effort_unit: Annotated[Literal["min", "h"], *words("min", "h")] = key(
        "min", unit="word", limits="min or h", source="assumption", example="h"
    )
    """Unit of the effort column."""

    format: Label | None = key(None, unit="strptime text", example='"%d/%m/%Y %H:%M"')
    """How times are written in the file, when not year-month-day hour:minute."""


def _rate_kind(value: object) -> str:
    return "<by segment>" if isinstance(value, dict) else "<one>"


RateOf = Annotated[
    Annotated[TicketRate, Tag("<one>")] | Annotated[dict[str, TicketRate], Tag("<by segment>")],
    Discriminator(_rate_kind),
]


class Tickets(Model):
    """Reactive work. Write either a rate or a trace."""

    rate: RateOf | None = key(
        None, unit="tickets per account and time", limits="0 or more", example="{smb: 0.5 per month}"
    )
    """Tickets an account raises: one rate, or one for each segment (others raise none)."""

    unequal: PositiveNumber | None = key(None, unit="gamma shape", limits="above 0", example="0.4")
    """How unequal accounts are in raising tickets: the smaller, the more unequal.

    A software help desk had 0.4. Without it all accounts are alike."""

    handled_by: Name | None = key(None, unit="role", example="support")
    """Role that handles tickets. Without it: the role called support, or the one that serves the segment."""

    severities: dict[Name, Severity] = key(unit="group", limits="1 or more", example="{p2: {effort: 40min}}")
    """Severities by name."""

    trace: TraceFile | None = key(None, unit="group", example="{file: tickets.csv}")
    """Past tickets to replay instead of drawing them."""

    def rate_of(self, segment: str) -> Rate | None:
        """The rate of an account of a segment; None when it raises no tickets."""
        return self.rate.get(segment) if isinstance(self.rate, dict) else self.rate


__all__ = ["Distribution", "Offset", "Playbook", "Rate", "Severity", "Span", "Step", "Tickets", "TraceFile"]
