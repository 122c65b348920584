"""What planned work does beyond being on time: its effect on health, renewals and revenue, and standards."""

from __future__ import annotations

from csm_sim.scenario.customer_values import BandChances, PositiveMultiple, Uplift
from csm_sim.scenario.fields import Model, Points, Share, ShareBelowAll, key


class HealthLift(Model):
    """Points that are added to components of health, up to 100, times the score of the last step."""

    adoption: Points = key(0, unit="points", limits="0 to 100", source="none is added", example="5")
    """To the use of the product."""
    engagement: Points = key(0, unit="points", limits="0 to 100", source="none is added", example="10")
    """To planned touches, beside what the touches themselves do."""
    support: Points = key(0, unit="points", limits="0 to 100", source="none is added", example="5")
    """To tickets, as after a hearing."""
    onboarding: Points = key(0, unit="points", limits="0 to 100", source="none is added", example="20")
    """To first value, as after a second onboarding."""

    @property
    def points(self) -> tuple[float, float, float, float]:
        """In the order of the components."""
        return self.adoption, self.engagement, self.support, self.onboarding


class Offer(Model):
    """More revenue that comes up in the work (a customer-success qualified lead)."""

    lead: Share = key(unit="share of occurrences", limits="0% to 100%", example="30%")
    """Share of the occurrences that find a lead."""

    converts: BandChances = key(
        unit="share of leads, by health band", example="{green: 30%, yellow: 10%, red: 0%}"
    )
    """Share of the leads that become revenue, when the work is done on time."""

    uplift: Uplift = key(unit="share of ARR", limits="0% to 1000%", example="20%")
    """What a converted lead adds to the account's ARR."""


class Effect(Model):
    """What an occurrence brings when its last step is done; half of it with a score of 50.

    No effect of a play has been published from a controlled study: all of these are yours to give.
    """

    health: HealthLift = key(
        {}, unit="group", source="none is added", example="{adoption: 5, engagement: 10}"
    )
    """Points that are added to components of health."""

    saves: Share = key(
        "0%", unit="share of churn", limits="0% to 100%", source="none is saved", example="15%"
    )
    """What it takes off the chance of churn of an account that has decided; needs health.decision.

    After the decision a save is said to work in under 20 % (ryanconsulting.ai)."""

    upsell: Offer | None = key(
        None,
        unit="group",
        example="{lead: 30%, converts: {green: 30%, yellow: 10%, red: 0%}, uplift: 20%}",
    )
    """More of the same product. Without it nothing is sold."""

    cross_sell: Offer | None = key(
        None,
        unit="group",
        example="{lead: 10%, converts: {green: 20%, yellow: 5%, red: 0%}, uplift: 10%}",
    )
    """Another product. Without it nothing is sold."""

    @property
    def matters(self) -> bool:
        """Whether it changes anything."""
        return any(self.health.points) or self.saves > 0 or bool(self.upsell) or bool(self.cross_sell)


class Standard(Model):
    """Work that is done the same way for everybody: less effort, and past a point less loyalty."""

    degree: Share = key(unit="share of the work", limits="0% to 100%", example="70%")
    """How much of it is standardised."""

    saves: ShareBelowAll = key(unit="share of effort", limits="0% to under 100%", example="50%")
    """What a fully standardised one takes off the effort; in proportion for less."""

    free_until: ShareBelowAll = key(
        "60%", unit="share of the work", limits="0% to under 100%", source="assumption", example="60%"
    )
    """Degree up to which customers do not mind."""

    churn_odds: PositiveMultiple = key(
        "x1.5", unit="multiple", limits="x0.01 to x100", source="assumption", example="x1.5"
    )
    """How many times the odds of churn are of an account that got a fully standardised one."""

    @property
    def odds(self) -> float:
        """How many times the odds of churn are at this degree."""
        past = max(0.0, self.degree - self.free_until) / (1.0 - self.free_until)
        return 1.0 + (self.churn_odds - 1.0) * past
