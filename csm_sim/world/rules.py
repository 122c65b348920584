"""The rules of each role by which its people come, get going, are away and leave."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.fields import MONTHS
from csm_sim.scenario.people_values import whole_days
from csm_sim.scenario.team import Leave
from csm_sim.world import records as r
from csm_sim.world import supply
from csm_sim.world.acts import acts_of, policies_of
from csm_sim.world.calendar import CalendarTable, free_days
from csm_sim.world.distributions import DistributionTable, mean_of
from csm_sim.world.kinds import Ints, samples_of
from csm_sim.world.supply import FOREVER, SUPPLY, Supply

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario.distributions import Distribution
    from csm_sim.scenario.hours import Calendar
    from csm_sim.scenario.team import Role

Records = NDArray[np.void]
Floats = NDArray[np.float64]

WEEKS = 53
"""Mondays that a calendar year can have."""

BALANCES = {
    "accounts": supply.BY_ACCOUNTS,
    "arr": supply.BY_ARR,
    "hours": supply.BY_HOURS,
    "renewals": supply.BY_RENEWALS,
}


def supply_of(
    loaded: Loaded,
    seats: Records,
    roles: Records,
    people: tuple[str, ...],
    steps: Records,
    step_names: tuple[tuple[str, str], ...],
    skills: Mapping[str, int],
    calendars: CalendarTable,
    dists: DistributionTable,
) -> Supply:
    """All rules of people's coming and going of a loaded scenario."""
    scenario = loaded.scenario
    kinds = list(dict.fromkeys(kind for kind, _ in step_names))
    rules = np.zeros(len(scenario.staff), SUPPLY)
    for number, (name, role) in enumerate(scenario.staff.items()):
        _fill_rule(rules[number], role, dists)
        for field, kind in (("handover_kind", f"handover {name}"), ("projects_kind", f"projects {name}")):
            rules[number][field] = kinds.index(kind) if kind in kinds else -1
        if rules[number]["handover_kind"] >= 0:
            first = step_names.index((f"handover {name}", "giving"))
            rules[number]["giving_dist"] = steps[first]["effort_dist"]
            rules[number]["receiving_dist"] = steps[first + 1]["effort_dist"]
    ramp, ramp_months = _ramps(scenario)
    leave_weeks, leave_weights = _leave(scenario)
    return Supply(
        seats=seats,
        rules=rules,
        ramp=ramp,
        ramp_months=ramp_months,
        first_year=scenario.sim_start.year,
        leave_weeks=leave_weeks,
        leave_weights=leave_weights,
        # whole minutes: what is added to a book and taken out again then leaves nothing behind
        hours_weights=np.round([_owner_minutes(loaded, segment) for segment in scenario.segments]),
        acts=acts_of(loaded, people, seats["role"].tolist(), step_names, skills, calendars),
        policies=policies_of(loaded),
        skills=tuple(skills),
        date_ordinal=scenario.sim_start.toordinal(),
        costs=np.array(
            [math.nan if role.cost is None else role.cost.per_year for role in scenario.staff.values()]
        ),
        first_seat=np.append(roles["first_slot"], len(seats)).astype(np.int32),
    )


def _fill_rule(row: Any, role: Role, dists: DistributionTable) -> None:
    row["hire_dist"] = -1 if role.time_to_hire is None else dists.add(role.time_to_hire)
    row["burnout_effect"] = 1.0
    if role.attrition is not None:
        row["hazard"] = -math.log1p(-role.attrition.rate) / 365.25
        burnout = role.attrition.burnout
        if burnout is not None:
            row["burnout_above"], row["burnout_effect"] = burnout.above, burnout.effect
            row["burnout_weight"] = 1.0 - 2.0 ** (-7.0 / burnout.memory.days)
    row["notice_days"], row["backfill"] = whole_days(role.notice), role.backfill
    row["coaching"] = role.coaching
    if role.span is not None:
        row["span_people"], row["span_share"] = role.span.people, role.span.time
    leave = Leave() if role.leave is None else role.leave
    row["planned_days"], row["block_days"] = leave.planned, leave.block
    row["sick_days"], row["sick_spell"] = leave.sick, leave.spell
    row["balance"] = BALANCES[role.balance]
    row["most"] = FOREVER if role.most is None else role.most
    row["giving_dist"] = row["receiving_dist"] = -1
    row["cover_days"] = FOREVER
    if role.handover is not None:
        row["hands_over"] = 1
        row["within_days"] = whole_days(role.handover.within)
        row["orphan_days"] = whole_days(role.handover.orphan)
        row["handover_points"] = role.handover.health
        row["cover_days"] = whole_days(role.handover.cover_after)


def _ramps(scenario: Scenario) -> tuple[Floats, Ints]:
    months = np.array([len(role.ramp) for role in scenario.staff.values()], dtype=np.int32)
    ramp = np.ones((len(months), max(1, int(months.max()))))
    for number, role in enumerate(scenario.staff.values()):
        ramp[number, : len(role.ramp)] = role.ramp
    return ramp, months


# ---------------------------------------------------------------- leave


def _leave(scenario: Scenario) -> tuple[Ints, Floats]:
    """Days of the Mondays of each year, and the cumulative weights with which leave begins there."""
    first, last = scenario.sim_start, scenario.end - timedelta(days=1)
    years = range(first.year, last.year + 1)
    weeks = np.zeros((len(scenario.staff), len(years), WEEKS), dtype=np.int32)
    weights = np.zeros((len(scenario.staff), len(years), WEEKS))
    for number, (name, role) in enumerate(scenario.staff.items()):
        calendar = scenario.calendar_of(name)
        off: frozenset[date] = frozenset()
        if role.leave is not None and role.leave.planned > 0:
            off = free_days(calendar, date(years[0], 1, 1), 366 * len(years))
        for place, year in enumerate(years):
            mondays = _mondays(year)
            padded = mondays + [mondays[-1]] * (WEEKS - len(mondays))
            weeks[number, place] = [(monday - first).days for monday in padded]
            if role.leave is not None and role.leave.planned > 0:
                of_weeks = [_weight(monday, role.leave, calendar, off) for monday in mondays]
                weights[number, place] = _cumulative(of_weeks)
    return weeks, weights


def _mondays(year: int) -> list[date]:
    day = date(year, 1, 1)
    day += timedelta(days=-day.weekday() % 7)
    found = []
    while day.year == year:
        found.append(day)
        day += timedelta(days=7)
    return found


def _weight(monday: date, leave: Leave, calendar: Calendar, off: frozenset[date]) -> float:
    """How often leave begins in a week: 0 in one that has no working day."""
    week = [monday + timedelta(days=number) for number in calendar.week]
    free = sum(day in off for day in week)
    if free == len(week):
        return 0.0
    return leave.season.get(MONTHS[monday.month - 1], 1.0) * (leave.holidays if free else 1.0)


def _cumulative(weights: list[float]) -> Floats:
    """Cumulative shares, 2 from the last week on that has any; all 0 where none has."""
    found = np.zeros(WEEKS)
    total = sum(weights)
    if total <= 0:
        return found
    found[: len(weights)] = np.cumsum(weights) / total
    found[max(number for number, weight in enumerate(weights) if weight > 0) :] = 2.0
    return found


# ---------------------------------------------------------------- planned work of an owner


def _owner_minutes(loaded: Loaded, name: str) -> float:
    """Minutes a year that an account of a segment asks of its owner, bottom up; 0 without an owner.

    Work on new accounts is not counted, nor what tickets ask for after their first touch.
    """
    scenario = loaded.scenario
    segment = scenario.segments[name]
    if segment.owner is None:
        return 0.0

    def mean(effort: Distribution) -> float:
        return mean_of(effort, samples_of(loaded, effort))

    total = 0.0
    for plan, playbook in scenario.playbooks.items():
        if playbook.per != "account" or name not in playbook.for_:
            continue
        if scenario.role_of(plan, name) != segment.owner:
            continue
        period = playbook.every or (segment.term if playbook.before_renewal is not None else None)
        if period is not None:
            minutes = sum(mean(step.effort) for step in playbook.steps) * (1.0 - segment.automated_in(plan))
            total += 365.25 / period.days * minutes * playbook.share
    tickets = scenario.tickets
    rate = None if tickets is None else tickets.rate_of(name)
    if tickets is not None and rate is not None:
        a_year = rate.per_minute * r.DAY * 365.25
        goes = sum(share for share, role in scenario.ticket_routes(name) if role == segment.owner)
        effort = sum(severity.share * mean(severity.effort) for severity in tickets.severities.values())
        total += a_year * goes * effort
    return total
