"""Which of the rules for customers a world uses: figures of the others are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from csm_sim.world.build import World


class CustomerRules:
    """Which of the rules for customers a world uses.

    Parameters
    ----------
    world
        With or without such rules.
    """

    def __init__(self, world: World) -> None:
        segments, customers = world.segments, world.customers
        rules, plays = customers.rules[0], customers.plays
        self.churns = bool(segments["churns"].any())
        """At renewals."""
        self.early = bool((~np.isnan(segments["early_logit"])).any())
        """Accounts may churn before any renewal."""
        self.contracts, self.expands = (
            bool(((segments[chance] > 0).any(axis=1) & (segments[size] > 0)).any())
            for chance, size in (("contraction", "contraction_by"), ("expansion", "expansion_uplift"))
        )
        self.prices = bool((customers.price_index != 1.0).any())
        self.upsells, self.cross_sells = (bool((plays["lead"][:, way] > 0).any()) for way in range(2))
        self.bad_fit, self.poor_handover = (bool((shares > 0).any()) for shares in customers.trait_shares)
        self.onboards = bool((segments["awaits_first_value"] == 1).any())
        """A playbook brings first value to new accounts."""
        self.limit = self.onboards and not np.isnan(rules["limit_days"])
        """Onboarding is given up after a time."""
        self.moves = len(customers.moves) > 0
        """Accounts may come to be served as another segment."""
        self.detects = bool(rules["detects"])
        self.effects_off = int(world.health["effects"][0]) == 0
        """Staffing has no effect on any customer."""

    @property
    def loses(self) -> bool:
        """Whether accounts may be lost."""
        return self.churns or self.early

    @property
    def grows(self) -> bool:
        """Whether the ARR of an account may grow."""
        return self.expands or self.prices or self.upsells or self.cross_sells

    @property
    def changes(self) -> bool:
        """Whether the ARR of an account may change while it stays."""
        return self.contracts or self.grows

    @property
    def revenue(self) -> bool:
        """Whether the ARR of the book may change, new business apart."""
        return self.loses or self.changes

    @property
    def sells(self) -> bool:
        """Whether plays bring leads."""
        return self.upsells or self.cross_sells

    @property
    def traits(self) -> bool:
        """Whether new business may be a bad fit, or come with a poor handover from sales."""
        return self.bad_fit or self.poor_handover

    @property
    def used(self) -> bool:
        """Whether there is more to tell of customers than churn at renewals and first value."""
        return self.early or self.changes or self.traits or self.limit or self.moves or self.detects
