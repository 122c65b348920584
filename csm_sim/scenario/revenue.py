"""What becomes of the revenue of accounts: early churn, contraction and expansion at renewals."""

from __future__ import annotations

from csm_sim.scenario.customer_values import BandChances, Reduction, Uplift
from csm_sim.scenario.fields import Days, Model, Share, ShareBelowAll, key


class ChurnRates(Model):
    """Share of accounts lost at a renewal, by health band."""

    green: Share = key(unit="share", limits="0% to 100%", example="3%")
    """At the middle of the green band."""

    yellow: Share = key(unit="share", limits="0% to 100%, at least green", example="10%")
    """At the middle of the yellow band."""

    red: Share = key(unit="share", limits="0% to 100%, at least yellow", example="35%")
    """At the middle of the red band."""


class EarlyChurn(Model):
    """New accounts that leave before any renewal."""

    chance: ShareBelowAll = key(unit="share of new accounts", limits="0% to under 100%", example="5%")
    """Share of green accounts without traits that leave within that time.

    Worse health, a bad fit and a poor handover change its odds as they change those of churn."""

    within: Days = key("90d", unit="time", limits="above 0", source="assumption", example="90d")
    """How long after the start they may."""


class Contraction(Model):
    """Accounts that renew for less."""

    chance: BandChances = key(
        unit="share of renewals, by health band", example="{green: 2%, yellow: 6%, red: 12%}"
    )
    """Share of those who renew that do."""

    by: Reduction = key(unit="share of ARR", limits="above 0% to under 100%", example="20%")
    """What it takes off their ARR."""


class Expansion(Model):
    """Accounts that renew for more."""

    chance: BandChances = key(
        unit="share of renewals, by health band", example="{green: 15%, yellow: 5%, red: 0%}"
    )
    """Share of those who renew that do."""

    uplift: Uplift = key(unit="share of ARR", limits="0% to 1000%", example="20%")
    """What it adds to their ARR."""
