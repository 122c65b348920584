"""Figures of customers by all, tier, segment and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SegmentCuts:
    """How segments and months add up to the scopes of customers, and the figures made of them."""

    found: Estimates
    """Takes them."""
    scopes: list[str]
    """All, tiers, segments."""
    months: list[str]
    """Scopes of the months."""
    groups: Floats
    """(segment, scope)."""
    prefix: str = ""
    """Before the names of metrics: ``twin_``."""

    @classmethod
    def of(cls, world: World, groups: Groups, found: Estimates, *, twin: bool = False) -> SegmentCuts:
        """The cuts of a world."""
        tiers = groups.columns_to_tiers[:-1, :-1]
        scopes = [
            ALL,
            *(scope(tier=name) for name in groups.tiers[:-1]),
            *(scope(segment=name) for name in world.names.segments),
        ]
        matrix = np.concatenate([np.ones((len(tiers), 1)), tiers, np.eye(len(tiers))], axis=1)
        months = [scope(month=name) for name in groups.months]
        return cls(found, scopes, months, matrix, "twin_" if twin else "")

    def added_up(self, by_segment: Floats) -> Floats:
        """(..., scope) of (..., segment)."""
        return added_up(by_segment, self.groups)

    def means(self, metric: str, values: Floats, *, at: int | None = None) -> None:
        """Add a mean for each scope and month.

        Parameters
        ----------
        metric
            Name in the catalogue, without prefix.
        values
            (n, month, segment).
        at
            Month that stands for the whole horizon; None: all of them added up.
        """
        whole = values.sum(axis=1) if at is None else values[:, at]
        # expectations have no single runs: their spread over replications is not that of one future
        single = "expected" not in metric
        self.found.means(self.prefix + metric, self.scopes, self.added_up(whole), single_runs=single)
        self.found.means(self.prefix + metric, self.months, values.sum(axis=2), single_runs=single)

    def ratios(self, metric: str, above: Floats, below: Floats, *, months: bool = False) -> None:
        """Add a ratio of sums for each scope, and for each month if asked for; both (n, month, segment)."""
        name = self.prefix + metric
        whole = (self.added_up(part.sum(axis=1)) for part in (above, below))
        self.found.ratios(name, self.scopes, *whole)
        if months:
            self.found.ratios(name, self.months, above.sum(axis=2), below.sum(axis=2))
