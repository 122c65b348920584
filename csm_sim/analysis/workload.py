"""How much work there is, how many people it takes, and how loaded those are who are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import OVERLOAD, Sample, severities_of
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
    _add_people(world, groups, sample, full_by_role, utilisation, found)
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


def _add_people(
    world: World, groups: Groups, sample: Sample, full: Floats, utilisation: float, found: Estimates
) -> None:
    """People needed and present; ``full`` is the full demand, (n, month, role) in effort minutes."""
    roles = [scope(role=name) for name in world.names.roles]
    speed = world.roles["speed"]
    present_minutes = sample.load("open_minutes")[:, :-1]
    found.means("present_sum_hours", roles, present_minutes / 60.0)
    found.means("capacity_sum_hours", roles, present_minutes * speed / 60.0)
    one = np.where(groups.open_minutes > 0, groups.open_minutes, np.nan)
    needed, present = full.sum(axis=1) / one, present_minutes / one
    gap = needed / speed - present
    found.means("needed_mean_people", roles, needed / speed)
    found.means("needed_unshrunk_mean_people", roles, needed)
    found.means("needed_headroom_mean_people", roles, needed / speed / utilisation)
    found.means("present_mean_people", roles, present)
    found.means("gap_mean_people", roles, gap)
    found.ratios("gap_mean_share", roles, gap, needed / speed)
    of_month = [scope(role=name, month=month) for month in groups.months for name in world.names.roles]
    n = len(sample)
    with np.errstate(invalid="ignore", divide="ignore"):
        monthly = full / speed / groups.month_open_minutes
    monthly[~np.isfinite(monthly)] = np.nan
    found.means("needed_mean_people", of_month, monthly.reshape(n, -1))
    found.means("present_mean_people", of_month, sample["heads"].reshape(n, -1))
    _add_books(world, groups, sample, found)


def _add_books(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    heads = sample["heads"]
    for role, name in enumerate(world.names.roles):
        book = world.segments["owner_role"] == role
        if not book.any():
            book = (groups.role_shares[:, :-1, role] > 0).any(axis=0)
        if not book.any():
            continue
        people = heads[:, :, role].sum(axis=1)
        for metric, field in (
            ("accounts_per_person_mean_accounts", "accounts_end"),
            ("arr_per_person_mean_money", "arr_end"),
        ):
            held = sample.month(field)[:, :, book].sum(axis=(1, 2))
            found.ratios(metric, [scope(role=name)], held, people)


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


def add_load(world: World, sample: Sample, found: Estimates) -> None:
    """Add how loaded people are."""
    scopes = [*(scope(role=name) for name in world.names.roles), ALL]
    planned, reactive, switching = (
        sample.load(name) for name in ("proactive_minutes", "reactive_minutes", "switching_minutes")
    )
    busy = planned + reactive + switching
    found.ratios("utilisation_mean_share", scopes, busy, sample.load("open_minutes"))
    found.ratios("load_mean_hours", scopes, busy / 60.0, sample.load("weeks"))
    found.ratios("overload_mean_share", scopes, sample.load("overloaded_weeks"), sample.load("weeks"))
    found.means("switching_sum_hours", scopes, switching / 60.0)
    if len(severities_of(world)):
        found.ratios("reactive_mean_share", scopes, reactive, sample.load("open_minutes"))
    for metric, field in (
        ("utilisation_p90_share", "utilisation_p90"),
        ("utilisation_people_p90_share", "person_utilisation_p90"),
        ("utilisation_worst_share", "person_utilisation_worst"),
        ("load_p90_hours", "hours_p90"),
        ("load_worst_hours", "person_hours_worst"),
    ):
        found.means(metric, scopes, sample.load(field))
