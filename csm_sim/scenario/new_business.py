"""New business of a segment: how much comes, when, and what sales promised it."""

from __future__ import annotations

from csm_sim.scenario.customer_values import PositiveMultiple, SignedPoints
from csm_sim.scenario.fields import Amount, Factor, Model, Month, Multiple, Share, key


class Trait(Model):
    """Part of the new business that is harder to keep. What it does holds for good."""

    share: Share = key("0%", unit="share of new business", limits="0% to 100%", source="none", example="10%")
    """Share of the new accounts, in months that are not named."""

    by_month: dict[Month, Share] = key(
        {},
        unit="share by month",
        limits="0% to 100% each",
        source="none: as in all months",
        example="{mar: 30%}",
    )
    """Share of the accounts that start in a month of the year, as before the end of a sales quarter."""

    churn_odds: PositiveMultiple = key(
        "x1", unit="multiple", limits="x0.01 to x100", source="none: as others", example="x3"
    )
    """How many times the odds of churn are, at renewals and early. No figure is published: yours to give."""

    tickets: Factor = key("x1", unit="multiple", limits="x0 to x1000", source="none: as others", example="x2")
    """How many times as many tickets they raise."""

    onboarding_effort: PositiveMultiple = key(
        "x1", unit="multiple", limits="x0.01 to x100", source="none: as others", example="x1.5"
    )
    """How many times the effort is that work on: new_account takes with them."""

    usage: SignedPoints = key(0, unit="points", limits="-100 to 100", source="none: as others", example="-20")
    """What is added to the mean of their usage."""

    @property
    def matters(self) -> bool:
        """Whether such an account differs from others in anything."""
        return (self.churn_odds, self.tickets, self.onboarding_effort, self.usage) != (1.0, 1.0, 1.0, 0.0)


class NewBusiness(Model):
    """Accounts that are won during the run."""

    per_month: Amount = key(unit="accounts a month", limits="0 or more", example="1")
    """Expected number of new accounts a month; they arrive at random."""

    season: dict[Month, Multiple] = key(
        {},
        unit="multiple by month",
        limits="0% to 100000%",
        source="every month alike",
        example="{apr: x3}",
    )
    """How many times the usual number is won in a month of the year; x1 in months left out."""

    bad_fit: Trait | None = key(None, unit="group", example="{share: 10%, churn_odds: x3, tickets: x2}")
    """Accounts for which the product is not right, whatever the team does. Without it there are none."""

    poor_handover: Trait | None = key(
        None, unit="group", example="{share: 20%, onboarding_effort: x1.5, churn_odds: x1.3}"
    )
    """Accounts that sales hands over badly: promises unknown, goals not written down. Without it none are."""
