"""Costs, revenue and net present value of each replication, by month: section 12 of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.customers import DAYS_A_YEAR
from csm_sim.analysis.digest import Sample, severities_of
from csm_sim.analysis.grouping import Groups, groups_of
from csm_sim.scenario.people_values import whole_days

if TYPE_CHECKING:
    from csm_sim.scenario.model import Scenario
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

BY_ROLE: Final = ("payroll", "contractors", "hiring", "severance")
"""Kinds of cost that belong to a role; the names are fields of :class:`Flows`."""

KINDS: Final = (*BY_ROLE, "tooling", "automation")
"""All kinds of cost: added up they are the whole cost."""

_GAINS: Final = ("arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold")
"""Fields of MONTH that add to the ARR of customers who are there; each also has an expectation."""


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """The money of each replication, in the currency of the scenario.

    Expected figures use the compensators, the chance of each change times its amount just before the coin
    is thrown: they have the means of the counted ones and much less noise. Only the counted ones are
    something that a single future shows.
    """

    payroll: Floats
    """(n, month, role): people employed whose contract has no end, those away and on notice included."""
    contractors: Floats
    """(n, month, role): people whose contract has an end."""
    hiring: Floats
    """(n, month, role)."""
    severance: Floats
    """(n, month, role)."""
    ticket_tools: Floats
    """(n, month): of each ticket that came to the desk."""
    workplaces: Floats
    """(n, month, role): licences and workplaces of people."""
    fixed_tools: Floats
    """(month,)."""
    automation: Floats
    """(n, month): once, and running."""
    arr: Floats
    """(n, month): expected ARR at the month's end."""
    arr_counted: Floats
    """(n, month): ARR at the month's end."""
    arr_opening: Floats
    """(n,): ARR on the first morning."""
    years: Floats
    """(month,): length of each month, 365.25 days a year."""
    discount: Floats
    """(month,): what money of a month's middle is worth on the first morning."""
    gross_margin: float

    @property
    def by_role(self) -> Floats:
        """(n, month, role): costs that belong to roles."""
        return self.payroll + self.contractors + self.hiring + self.severance

    @property
    def tooling(self) -> Floats:
        """(n, month): of tickets and people, and what is fixed."""
        return np.asarray(self.ticket_tools + self.workplaces.sum(axis=2) + self.fixed_tools)

    def cost_of(self, kind: str) -> Floats:
        """(n, month): one of :data:`KINDS`, of all roles."""
        found: Floats = getattr(self, kind)
        return np.asarray(found.sum(axis=2)) if kind in BY_ROLE else found

    @property
    def cost(self) -> Floats:
        """(n, month): all costs."""
        return np.asarray(self.by_role.sum(axis=2) + self.tooling + self.automation)

    @property
    def revenue(self) -> Floats:
        """(n, month): expected; the mean of the ARR at the month's beginning and end, for its length."""
        return self._earned(self.arr)

    @property
    def revenue_counted(self) -> Floats:
        """(n, month)."""
        return self._earned(self.arr_counted)

    @property
    def margin(self) -> Floats:
        """(n, month): expected gross margin on revenue."""
        return self.gross_margin * self.revenue

    @property
    def margin_counted(self) -> Floats:
        """(n, month)."""
        return self.gross_margin * self.revenue_counted

    @property
    def net(self) -> Floats:
        """(n, month): expected margin less all costs."""
        return np.asarray(self.margin - self.cost)

    @property
    def net_counted(self) -> Floats:
        """(n, month)."""
        return np.asarray(self.margin_counted - self.cost)

    @property
    def npv(self) -> Floats:
        """(n,): expected net present value on the first morning; nothing is counted beyond the horizon."""
        return np.asarray((self.net * self.discount).sum(axis=1))

    @property
    def npv_counted(self) -> Floats:
        """(n,)."""
        return np.asarray((self.net_counted * self.discount).sum(axis=1))

    def _earned(self, arr: Floats) -> Floats:
        before = np.concatenate([self.arr_opening[:, None], arr[:, :-1]], axis=1)
        return np.asarray((before + arr) / 2.0 * self.years)


def change_expected(sample: Sample) -> Floats:
    """(n, month, segment): ARR that customers who are there are expected to add: growth less losses."""
    gains = sum(sample.month(f"{name}_expected") for name in _GAINS)
    losses = sum(sample.month(f"{name}_expected") for name in ("arr_contracted", "arr_churn"))
    return np.asarray(np.asarray(gains) - np.asarray(losses))


def employed_people(groups: Groups, sample: Sample) -> tuple[Floats, Floats]:
    """Everybody employed, and those among them whose contract has an end: people by month and role.

    Both are (n, month, role), on average over the month.
    Part-time counts as its part of the role's working time. In a month without any, which only a piece of a
    month can be, those count who are there at its end, as if none had an end.
    """
    whole = groups.month_open_minutes
    contracted = sample.capacity("contracted") - sample.capacity("vacant")
    works = whole > 0
    one = np.where(works, whole, 1.0)
    employed = np.where(works, contracted / one, sample["heads"])
    return np.asarray(employed), np.asarray(np.where(works, sample.capacity("temporary") / one, 0.0))


def flows_of(scenario: Scenario, world: World, sample: Sample, groups: Groups | None = None) -> Flows:
    """The money of each replication of a scenario.

    Roles whose cost is not given cost nothing: ask ``scenario.has_costs`` first.

    Parameters
    ----------
    scenario
        For what people, tickets and tools cost.
    world
        Built from it.
    sample
        Its replications, with or without twins.
    groups
        Of the world, where they are known already.
    """
    money, n, months = scenario.money, len(sample), world.months
    days = np.bincount(world.month_of_day[world.warm_days :], minlength=months).astype(np.float64)
    years = days / DAYS_A_YEAR
    middle = (np.cumsum(days) - days / 2.0) / DAYS_A_YEAR
    roles = [scenario.staff[name] for name in world.names.roles]
    a_year = np.array([0.0 if role.cost is None else role.cost.per_year for role in roles])
    contractor = np.array(
        [
            usual if role.contractor_cost is None else role.contractor_cost.per_year
            for role, usual in zip(roles, a_year, strict=True)
        ]
    )
    hiring = np.array([role.hiring_cost for role in roles])
    severance = np.array([0.0 if role.severance is None else role.severance.of(role.cost) for role in roles])
    employed, temporary = employed_people(groups or groups_of(world), sample)
    arr_opening = sample.month("arr_start")[:, 0].sum(axis=1)
    changes = (sample.month("arr_new") + change_expected(sample)).sum(axis=2)
    return Flows(
        payroll=(employed - temporary) * years[:, None] * a_year,
        contractors=temporary * years[:, None] * contractor,
        hiring=sample.moves("joined") * hiring,
        severance=sample.moves("cut") * severance,
        ticket_tools=_ticket_tools(money.per_ticket, world, sample),
        workplaces=employed
        * years[:, None]
        * (0.0 if money.per_person is None else money.per_person.per_year),
        fixed_tools=years * (0.0 if money.fixed is None else money.fixed.per_year),
        automation=np.broadcast_to(_automation(scenario, world, days), (n, months)),
        arr=arr_opening[:, None] + np.cumsum(changes, axis=1),
        arr_counted=sample.month("arr_end").sum(axis=2),
        arr_opening=arr_opening,
        years=years,
        discount=(1.0 + money.discount) ** -middle,
        gross_margin=money.gross_margin,
    )


def _ticket_tools(each: float, world: World, sample: Sample) -> Floats:
    """(n, month)."""
    if not each or not len(severities_of(world)):
        return np.zeros((len(sample), world.months))
    came = sample.ticket_months("opened") - sample.ticket_months("deflected")
    return np.asarray(each * came.sum(axis=1))


def _automation(scenario: Scenario, world: World, days: Floats) -> Floats:
    """(month,); ``days`` is the length of each month."""
    first = np.cumsum(days) - days
    found = np.zeros(len(days))
    for act in scenario.acts:
        plan = act.automate
        if plan is None:
            continue
        begins = (act.on - scenario.start).days
        month = int(np.searchsorted(first, begins, side="right")) - 1
        found[month] += plan.cost
        if plan.running is not None:
            works = begins + whole_days(plan.over)
            there = np.clip(first + days - works, 0.0, days)
            found += plan.running.per_year * there / DAYS_A_YEAR
    return found
