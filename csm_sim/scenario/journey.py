"""The way of an account: phases, community, and the tiers between which it moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from csm_sim.scenario.customer_values import BandNames, Money
from csm_sim.scenario.fields import (
    Day,
    Days,
    Model,
    Name,
    Names,
    Period,
    Points,
    PositiveShare,
    Share,
    key,
    words,
)
from csm_sim.scenario.people_values import DaysFromZero


class Journey(Model):
    """When onboarding is given up, and when an account is ready to grow."""

    onboarding_limit: Days | None = key(None, unit="time", limits="above 0", example="120d")
    """How long after the start of an account its onboarding is given up, when first value has not come.

    Without it: never."""

    expansion_after: Days | None = key(None, unit="time", limits="above 0", example="12 months")
    """How long after its start an account is in the phase expansion. Without it there is no such phase."""


class Community(Model):
    """Customers who help each other. Who moderates is a playbook of its own, per: segment."""

    members: Share = key(unit="share of accounts", limits="0% to 100%", example="30%")
    """Share of the accounts that are members, in the end."""

    over: DaysFromZero = key(
        "0d", unit="time", limits="whole days, 0d or more", source="none: at once", example="12 months"
    )
    """How long the share takes to get there, in a straight line from 0%."""

    since: Day | None = key(None, unit="date", limits="before the end of the horizon", example="2027-06-01")
    """First day; before it there are no members. Without it: the first day of the simulation."""

    usage: Points = key(0, unit="points", limits="0 to 100", source="none is added", example="5")
    """What membership adds to the mean of an account's usage. No figure is published: yours to give."""

    deflects: Share = key(
        "0%", unit="share of tickets", limits="0% to 100%", source="none are", example="20%"
    )
    """Share of a member's tickets that others answer. No figure is published: yours to give."""


class TierConditions(Model):
    """What must be so for an account to move: all that is written."""

    arr_at_least: Money | None = key(None, unit="money a year", limits="0 or more", example="1M")
    """Its ARR is this or more."""

    arr_below: Money | None = key(None, unit="money a year", limits="above arr_at_least", example="5M")
    """Its ARR is less."""

    ltv_at_least: Money | None = key(None, unit="money", limits="0 or more", example="10M")
    """Its lifetime value is this or more: ARR times the term in years, divided by its chance of churn."""

    ltv_below: Money | None = key(None, unit="money", limits="above ltv_at_least", example="30M")
    """Its lifetime value is less."""

    health: BandNames | None = key(
        None, unit="bands", limits="some of green, yellow, red", example="[green, yellow]"
    )
    """Its health is in one of these bands."""

    after: DaysFromZero | None = key(None, unit="time", limits="whole days, 0d or more", example="6 months")
    """It started at least so long ago; an account older than the run counts from the run's first day."""


class TierRule(Model):
    """Accounts that are served as another segment from some day on. Write either on or review."""

    from_: Names = key(alias="from", unit="segments", limits="names, or all", example="[trial]")
    """Segments as which they are served before."""

    to: Name = key(unit="segment", limits="none of from", example="tail")
    """Segment as which they are served then. Contract, churn and tickets stay those of their own."""

    on: (
        Annotated[Literal["first_value", "onboarding_stopped"], *words("first_value", "onboarding_stopped")]
        | None
    ) = key(None, unit="event", limits="first_value or onboarding_stopped", example="first_value")
    """What makes it look at an account."""

    review: Period | None = key(None, unit="time", limits="a day or more", example="quarter")
    """How often it looks at all of them, first so long after the start of the scenario."""

    if_: TierConditions = key(
        {}, alias="if", unit="group", source="none: all", example="{arr_below: 2M, health: [green]}"
    )
    """What must be so. Without it everyone it looks at moves."""

    since: Day | None = key(None, unit="date", limits="before the end of the horizon", example="2027-10-01")
    """First day on which it holds. Without it: the first day of the simulation."""

    share: PositiveShare = key(
        "100%", unit="share of accounts", limits="above 0% to 100%", source="none: all", example="50%"
    )
    """Share of the accounts for which it holds, in the end."""

    over: DaysFromZero = key(
        "0d", unit="time", limits="whole days, 0d or more", source="none: at once", example="6 months"
    )
    """How long the roll-out takes, in a straight line from 0%."""

    @property
    def looks(self) -> str:
        """When it looks, in words."""
        if self.on is not None:
            return f"on {self.on}"
        return "" if self.review is None else f"every {self.review}"


def served_as(segments: Iterable[str], rules: Iterable[TierRule]) -> dict[str, set[str]]:
    """The segments as which accounts of each segment may ever be served, its own included."""
    found = {name: {name} for name in segments}
    moves = [(rule.from_, rule.to) for rule in rules]
    grows = True
    while grows:
        grows = False
        for served in found.values():
            more = {to for from_, to in moves if to in found and not served.isdisjoint(from_)}
            grows = grows or not more <= served
            served |= more
    return found
