"""The headline figures of each replication as a short row, without building all that a report shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.customers import DAYS_A_YEAR
from csm_sim.analysis.digest import Sample, severities_of
from csm_sim.analysis.grouping import Groups, by_role, groups_of
from csm_sim.analysis.money import Flows, change_expected, flows_of
from csm_sim.analysis.paired import Values

if TYPE_CHECKING:
    from csm_sim.scenario.model import Scenario
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

BOUNDED: Final = frozenset({"on_time", "sla", "utilisation", "utilisation_p90"})
"""Shares between 0 and 1, with those of the roles."""


class Headline:
    """Which figures a world has, and how to find them in its replications.

    Parameters
    ----------
    scenario
        For what people and tools cost.
    world
        Built from it.
    twin
        Whether the replications come with their twin.
    """

    def __init__(self, scenario: Scenario, world: World, *, twin: bool) -> None:
        self._world, self._twin, self._groups = world, twin, groups_of(world)
        self._tickets = bool(len(severities_of(world)))
        self._planned = bool(sums.planned_steps(world).any())
        self._scenario = scenario

    def rows(self, sample: Sample) -> tuple[tuple[tuple[str, bool], ...], Floats]:
        """Names of the figures (and whether each is a ratio, which takes two columns), and (n, columns)."""
        names, columns = [], []
        for name, values in self._values(sample):
            names.append((name, values.below is not None))
            columns.append(values.above)
            if values.below is not None:
                columns.append(values.below)
        return tuple(names), np.stack(columns, axis=1)

    def _values(self, sample: Sample) -> Iterator[tuple[str, Values]]:
        world, n = self._world, len(sample)
        if self._planned:
            yield "on_time", Values(*sums.planned_on_time(world, sample))
        if self._tickets:
            within, counted = sums.target_counts(world, sums.tickets_of(world, sample))
            yield "sla", Values(within.sum(axis=(1, 2)), counted.sum(axis=(1, 2)))
        days = sample.month("first_value_days").sum(axis=(1, 2))
        yield "first_value_days", Values(days, sample.month("first_values").sum(axis=(1, 2)))
        flows = flows_of(self._scenario, self._world, sample, self._groups)
        yield from self._money(sample, flows)
        yield from self._load(sample)
        yield from self._people(sample, flows)
        for name, row in (("demand_hours", 0), ("done_hours", 1)):
            yield name, Values(sample["effort"][:, row].reshape(n, -1).sum(axis=1) / 60.0)

    def _money(self, sample: Sample, flows: Flows) -> Iterator[tuple[str, Values]]:
        yield "arr_churn", Values(sample.month("arr_churn_expected").sum(axis=(1, 2)))
        yield "arr_change", Values(change_expected(sample).sum(axis=(1, 2)))
        yield "arr_end", Values(sample.month("arr_end")[:, -1].sum(axis=1))
        if self._scenario.has_costs:
            yield "cost", Values(flows.cost.sum(axis=1))
            yield "net", Values(flows.net.sum(axis=1))
            yield "npv", Values(flows.npv)
            yield "npv_counted", Values(flows.npv_counted)
        if self._twin:
            lost = sums.arr_lost_expected(sample)
            opening = sample.month("arr_start")[:, 0].sum(axis=1)
            yield "arr_lost", Values(lost)
            yield "arr_lost_share", Values(lost, opening * (self._world.horizon_days / DAYS_A_YEAR))

    def _load(self, sample: Sample) -> Iterator[tuple[str, Values]]:
        parts = ("proactive_minutes", "reactive_minutes", "switching_minutes")
        busy = np.asarray(sum(sample.load(part) for part in parts))
        there, high = sample.load("open_minutes"), sample.load("person_utilisation_p90")
        for role, name in enumerate((*self._world.names.roles, "")):
            at = f"@{name}" if name else ""
            yield f"utilisation{at}", Values(busy[:, role], there[:, role])
            yield f"utilisation_p90{at}", Values(high[:, role])

    def _people(self, sample: Sample, flows: Flows) -> Iterator[tuple[str, Values]]:
        groups, names = self._groups, self._world.names.roles
        full = sample["twin_effort"] if self._twin else sample["effort"][:, 0]
        whole = groups.month_open_minutes.sum(axis=0)
        needed = _divided((by_role(groups, full) / groups.month_speed).sum(axis=1), whole)
        people = _divided(sample.capacity("contracted").sum(axis=1), whole)
        payroll = (flows.payroll + flows.contractors).sum(axis=1)
        yield "payroll", Values(payroll.sum(axis=1))
        yield "people", Values(people.sum(axis=1))
        yield "needed", Values(needed.sum(axis=1))
        for role, name in enumerate(names):
            yield f"payroll@{name}", Values(payroll[:, role])
            yield f"people@{name}", Values(people[:, role])
            yield f"needed@{name}", Values(needed[:, role])

    @property
    def groups(self) -> Groups:
        """The groups of the world."""
        return self._groups


def _divided(above: Floats, below: Floats) -> Floats:
    """0 where nothing is divided: a month, or a role, without any working time."""
    return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0))


@dataclass(frozen=True, slots=True)
class Measures:
    """The headline figures of some replications of one variant."""

    names: tuple[str, ...]
    """Those that have a value; per role as ``people@csm``."""
    numbers: tuple[int, ...]
    """Of the replications."""
    values: dict[str, Values]

    def __getitem__(self, name: str) -> Values:
        return self.values[name]

    def __contains__(self, name: str) -> bool:
        return name in self.values


def measures_of(names: Sequence[tuple[str, bool]], numbers: Sequence[int], rows: Floats) -> Measures:
    """The figures out of the rows of :meth:`Headline.rows`; those that no replication has are left out."""
    found, column = {}, 0
    for name, ratio in names:
        above = rows[:, column]
        below = rows[:, column + 1] if ratio else None
        column += 2 if ratio else 1
        values = Values(above, below, name.partition("@")[0] in BOUNDED)
        if values.mean == values.mean:
            found[name] = values
    return Measures(tuple(found), tuple(numbers), found)
