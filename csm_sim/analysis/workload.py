"""How much work there is, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.capacity import add_capacity
from csm_sim.analysis.digest import OVERLOAD, Sample
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up, by_role

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]


def add_workload(
    world: World, groups: Groups, sample: Sample, found: Estimates, utilisation: float = OVERLOAD
) -> None:
    """Add hours, people needed against people present, and books.

    ``utilisation`` is what people should be busy at most, as a share of working time.
    """
    _add_hours("demand_sum_hours", groups, sample["effort"][:, 0], world, found)
    _add_hours("done_sum_hours", groups, sample["effort"][:, 1], world, found)
    full = sample["twin_effort"] if sample.twin else sample["effort"][:, 0]
    if sample.twin:
        _add_hours("full_demand_sum_hours", groups, full, world, found)
    full_by_role = by_role(groups, full)
    add_capacity(world, groups, sample, full_by_role, utilisation, found)
    _add_backlog(world, groups, sample, found)


def _add_hours(metric: str, groups: Groups, minutes: Floats, world: World, found: Estimates) -> None:
    """``minutes`` is (n, month, kind, segment + own work)."""
    n, months = minutes.shape[:2]
    tiers = added_up(minutes, groups.columns_to_tiers) / 60.0
    hours = by_role(groups, minutes) / 60.0
    month = [scope(month=name) for name in groups.months]
    found.means(metric, [ALL], tiers.sum(axis=(1, 2, 3)))
    found.means(metric, month, tiers.sum(axis=(2, 3)))
    cuts = (
        (tiers.sum(axis=2), [{"tier": name} for name in groups.tiers]),
        (tiers.sum(axis=3), [{"playbook": name} for name in groups.kinds]),
        (hours, [{"role": name} for name in world.names.roles]),
        (
            tiers.reshape(n, months, -1),
            [{"playbook": kind, "tier": tier} for kind in groups.kinds for tier in groups.tiers],
        ),
    )
    for values, parts in cuts:
        used = np.flatnonzero(values.any(axis=(0, 1)))
        found.means(metric, [scope(**parts[c]) for c in used], values.sum(axis=1)[:, used])
        scopes = [scope(**parts[c], month=name) for name in groups.months for c in used]
        found.means(metric, scopes, values[:, :, used].reshape(n, -1))


def _add_backlog(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    n, roles = len(sample), world.names.roles
    of_month = [scope(role=name, month=month) for month in groups.months for name in roles]
    for metric, part, unit in (
        ("backlog_end_tasks", "open", 1.0),
        ("backlog_end_hours", "effort_minutes", 60.0),
    ):
        values = sample.backlog(part) / unit
        found.means(metric, [scope(role=name) for name in roles], values[:, -1])
        found.means(metric, of_month, values.reshape(n, -1))
