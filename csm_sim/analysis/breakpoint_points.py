"""What one book size shows: the numbers of each replication that breaks are looked for in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.digest import severities_of
from csm_sim.analysis.grouping import TICKETS, groups_of

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.measures import Measures
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

TARGETS: Final = ("on_time", "sla")
"""Targets of a scenario that a book can break."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numerator and denominator of a share in each replication, (n,) or (size, n)."""

    above: Floats
    below: Floats


@dataclass(frozen=True, slots=True)
class Point:
    """One book size; arrays have one entry per replication."""

    total: int
    """Accounts that people of the role own at the start."""
    targets: dict[str, Counts]
    """By target, of the work of the role: tasks on time of those judged, tickets within their targets."""
    late: dict[str, Counts]
    """By kind of work: what was not done on time, dropped or not; of tickets what misses a target."""
    dropped: dict[str, Counts]
    """By kind of work: what was never done."""
    utilisation: Counts
    """Busy and working minutes of the role."""
    retained: Floats
    """ARR of the accounts of the start at the end of the horizon, as far as it is expected to be left, and
    what the customers are expected to add: the whole scenario, whoever owns them. New business is left out:
    it is the same at every size."""


class Reader:
    """Takes the numbers of a role out of replications.

    Parameters
    ----------
    world
        Any of the versions: they differ in the number of accounts only.
    role
        Whose work is looked at.
    """

    def __init__(self, world: World, role: str) -> None:
        groups = groups_of(world)
        self._world, self._role = world, role
        shares = groups.role_shares[:, :, world.names.roles.index(role)]
        self._weights = shares[world.steps["kind"]]  # (step, column)
        self._severities = severities_of(world)
        self._planned = sums.planned_steps(world)
        self._kinds = {
            name: self._planned & (world.steps["kind"] == number) & self._weights.any(axis=1)
            for number, name in enumerate(world.names.kinds)
        }
        self.works = tuple(name for name, steps in self._kinds.items() if steps.any())
        """Kinds of planned work that the role has."""

    def point(self, total: int, sample: Sample, measures: Measures) -> Point:
        """The numbers of a book size."""
        judged = [part * self._weights for part in sums.judged(sample)]
        on_time, late, missed, overdue = judged
        counted = on_time + late + missed + overdue

        def of(steps: Any, *parts: Floats) -> Floats:
            return np.asarray(sum(part[:, steps].sum(axis=(1, 2)) for part in parts))

        targets = {"on_time": Counts(of(self._planned, on_time), of(self._planned, counted))}
        late_of = {
            name: Counts(of(at, late, missed, overdue), of(at, counted)) for name, at in self._kinds.items()
        }
        dropped_of = {name: Counts(of(at, missed), of(at, counted)) for name, at in self._kinds.items()}
        if len(self._severities):
            weights = self._weights[self._severities][:, :-1]
            within, due = sums.target_counts(self._world, sums.tickets_of(self._world, sample))
            tickets = Counts((within * weights).sum(axis=(1, 2)), (due * weights).sum(axis=(1, 2)))
            targets["sla"] = tickets
            late_of[TICKETS] = Counts(tickets.below - tickets.above, tickets.below)
        utilisation = measures[f"utilisation@{self._role}"]
        busy, there = utilisation.above, utilisation.below
        assert there is not None  # it is a ratio
        opening = sample.month("arr_start")[:, 0].sum(axis=1)
        return Point(
            total,
            {name: found for name, found in targets.items() if found.below.any()},
            {name: found for name, found in late_of.items() if found.below.any()},
            {name: found for name, found in dropped_of.items() if found.below.any()},
            Counts(busy, there),
            np.asarray(opening + measures["arr_change"].above),
        )


def stacked(points: Iterable[Counts | None], n: int) -> Counts:
    """(size, n) of the counts of several sizes; 0 where a size has none of the work."""
    nothing = Counts(np.zeros(n), np.zeros(n))
    rows = [point or nothing for point in points]
    return Counts(np.stack([row.above for row in rows]), np.stack([row.below for row in rows]))
