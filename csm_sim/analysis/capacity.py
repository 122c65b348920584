"""How many people the work takes, and how many are there: by role, month and quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.digest import Sample
from csm_sim.analysis.estimates import Estimates, scope
from csm_sim.analysis.grouping import Groups
from csm_sim.analysis.turnover import PeopleRules

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_HOUR: Final = 60.0

QUARTER: Final = 3
"""Months in a quarter; quarters are counted from the first month of the horizon."""


def quarters_of(groups: Groups) -> tuple[str, ...]:
    """Quarters by the name of their first month; none where the months themselves are few."""
    return groups.months[::QUARTER] if len(groups.months) > 2 * QUARTER else ()


class _Periods:
    """The whole horizon, months and quarters as columns, and scopes of each for each role."""

    def __init__(self, world: World, groups: Groups, *, quarters: bool) -> None:
        names, months = world.names.roles, len(groups.months)
        parts: list[dict[str, str]] = [{}, *({"month": name} for name in groups.months)]
        columns = [np.ones((months, 1)), np.eye(months)]
        if quarters and (named := quarters_of(groups)):
            parts += [{"quarter": name} for name in named]
            columns.append(np.repeat(np.eye(len(named)), QUARTER, axis=0)[:months])
        self._add_up = np.concatenate(columns, axis=1)
        self.scopes = [scope(role=role, **part) for part in parts for role in names]

    def sum(self, monthly: Floats) -> Floats:
        """(n, period x role) of (n, month, role)."""
        return np.asarray(np.einsum("nmr,mp->npr", monthly, self._add_up).reshape(len(monthly), -1))


def add_capacity(
    world: World, groups: Groups, sample: Sample, full: Floats, utilisation: float, found: Estimates
) -> None:
    """Add people needed, under contract, here and available, the gap, and hours.

    Parameters
    ----------
    world, groups, sample
        What was simulated.
    full
        The full demand, (n, month, role) in effort minutes.
    utilisation
        What people should be busy at most, as a share of working time.
    found
        Takes the estimates.
    """
    rules = PeopleRules(world)
    periods = _Periods(world, groups, quarters=rules.used)
    scopes, n = periods.scopes, len(sample)
    one = periods.sum(groups.month_open_minutes[None])
    one = np.where(one > 0, one, np.nan)

    def people(minutes: Floats) -> Floats:
        return np.asarray(periods.sum(minutes) / one)

    def add_hours(metric: str, *fields: str) -> None:
        minutes = sum(sample.capacity(field) for field in fields)
        found.means(metric, scopes, periods.sum(np.asarray(minutes)) / _HOUR)

    add_hours("capacity_sum_hours", "productive")
    add_hours("present_sum_hours", "here")
    needed = people(full / groups.month_speed)
    available = people(sample.capacity("productive") / groups.month_speed)
    found.means("needed_mean_people", scopes, needed)
    found.means("needed_unshrunk_mean_people", scopes, people(full))
    found.means("needed_headroom_mean_people", scopes, needed / utilisation)
    found.means("contracted_mean_people", scopes, people(sample.capacity("contracted")))
    found.means("present_mean_people", scopes, people(sample.capacity("here")))
    if rules.used:
        found.means("available_mean_people", scopes, available)
        add_hours("contracted_sum_hours", "contracted")
    if rules.ramps:
        found.means("ramped_mean_people", scopes, people(sample.capacity("ramped")))
    if rules.vacancies:
        found.means("vacant_mean_people", scopes, people(sample.capacity("vacant")))
        add_hours("vacant_sum_hours", "vacant")
    if rules.away:
        away = [sample.capacity(what) for what in ("planned", "sick", "long")]
        found.means("away_mean_people", scopes, people(np.asarray(sum(away))))
        for what in ("planned", "sick", "long"):
            add_hours(f"away_{what}_sum_hours", what)
    found.means("gap_mean_people", scopes, needed - available)
    found.ratios("gap_mean_share", scopes, needed - available, needed)
    heads = sample["heads"]
    whole = [scope(role=name) for name in world.names.roles]
    of_month = [scope(role=name, month=month) for month in groups.months for name in world.names.roles]
    found.means("headcount_end_people", whole, heads[:, -1])
    found.means("headcount_end_people", of_month, heads.reshape(n, -1))
    _add_utilisation(periods, whole, sample, found)
    _add_books(world, groups, sample, found)


def _add_utilisation(periods: _Periods, whole: list[str], sample: Sample, found: Estimates) -> None:
    """Add utilisation by month and quarter; that of the whole horizon is exact, and added with the load."""
    busy, there = (periods.sum(sample.month_load(field)) for field in ("busy_minutes", "open_minutes"))
    roles = len(whole)
    found.ratios("utilisation_mean_share", periods.scopes[roles:], busy[:, roles:], there[:, roles:])


def _add_books(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    heads, rules = sample["heads"], CustomerRules(world)
    for role, name in enumerate(world.names.roles):
        owned = groups.owner_shares[:, :, role]
        served = (groups.month_role_shares[:, :, :-1, role] > 0).any(axis=1).astype(np.float64)
        book = owned if owned.any() else served
        if not book.any():
            continue
        people = heads[:, :, role].sum(axis=1)
        for metric, field in (
            ("accounts_per_person_mean_accounts", "accounts_end"),
            ("arr_per_person_mean_money", "arr_end"),
        ):
            if rules.moves and field == "arr_end":
                continue  # a book holds whom it serves, and their ARR is known by the segment they belong to
            counts = sample["served"] if rules.moves else sample.month(field)
            held = np.einsum("nms,ms->n", counts, book)
            found.ratios(metric, [scope(role=name)], held, people)
