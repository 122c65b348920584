"""Scenario → World: the only place where names and numbers are both seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.fields import MONTHS
from csm_sim.scenario.staffing import calendars as calendars_of
from csm_sim.scenario.staffing import skill_numbers
from csm_sim.world import records as r
from csm_sim.world.calendar import CalendarTable, WorkingTime
from csm_sim.world.customer_rules import customers_of, logit, set_customer_fields
from csm_sim.world.customers import Customers
from csm_sim.world.desk import Desk, desk_of
from csm_sim.world.distributions import DistributionTable
from csm_sim.world.identity import name_uid
from csm_sim.world.kinds import kinds_of_work, raises_tickets
from csm_sim.world.rules import supply_of
from csm_sim.world.seats import owners_by_account, seats_and_roles
from csm_sim.world.supply import Supply
from csm_sim.world.tiers import move_names, serves_of

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario.book import Segment

Records = NDArray[np.void]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers of a world are called."""

    segments: tuple[str, ...]
    touch: tuple[str, ...]
    """Touch tier of each segment."""
    roles: tuple[str, ...]
    people: tuple[str, ...]
    """One name for each seat of each role: of the person who is the first in it."""
    kinds: tuple[str, ...]
    """Playbook names, ``handover`` and ``projects`` of roles, then ``tickets`` and ``escalation``."""
    steps: tuple[tuple[str, str], ...]
    """(kind, step) of each step; the steps of tickets are severities."""
    moves: tuple[str, ...]
    """Rules of tiering, in the order of the file."""
    currency: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The accounts of one segment that come from a file, in its order."""

    uid: NDArray[np.uint64]
    arr: Floats
    start_day: Ints
    """0 for accounts older than the run."""
    first_renewal_day: Floats
    """nan where the file has none: then drawn."""
    owner: Ints
    """Person, or -1 where the file names none."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Recorded tickets, in order of time."""

    time: Floats
    segment: Ints
    row: Ints
    """Row of the account in the segment's list."""
    ordinal: Ints
    """The how-manieth replayed ticket of that account."""
    step: Ints
    effort_minutes: Floats
    """nan: drawn from the severity's distribution."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class World:
    """One scenario as arrays. Nothing in it depends on the replication, and nothing changes it.

    A world is equal to itself alone; what is found once for all its replications is kept beside it.
    """

    names: Names
    first_day: date
    warm_days: int
    days: int
    month_of_day: Ints
    """-1 in the warm-up."""
    month_starts: tuple[date, ...]
    calendars: tuple[WorkingTime, ...]
    """The scenario's calendar, then those that roles and people have of their own."""
    windows: Floats
    """(calendar, day, 4), of all calendars."""
    open_before: Floats
    """(calendar, day + 1), likewise."""
    segments: Records
    roles: Records
    kinds: Records
    steps: Records
    dists: Records
    values: Floats
    health: Records
    route_role: Ints
    """(kind, segment) → role that does the work, -1: the segment has no such work."""
    covers: NDArray[np.int8]
    """(role, role): 1 where people of the first work from the pool of the second, their own included."""
    desk: Desk
    """How tickets come, and who gets them."""
    renewal_edges: Floats
    """(segment, n): days from the start of the horizon."""
    renewal_weights: Floats
    """(segment, n): cumulative share of renewals before each edge."""
    supply: Supply
    """How people come and go."""
    customers: Customers
    """What happens to customers."""
    listed: dict[int, Listed] = field(default_factory=dict)
    replay: Replay | None = None

    @property
    def working(self) -> WorkingTime:
        """Working time by the scenario's calendar."""
        return self.calendars[0]

    @property
    def horizon_days(self) -> int:
        """Days that are counted."""
        return self.days - self.warm_days

    @property
    def months(self) -> int:
        """Calendar months of the horizon (the last may be a part of one)."""
        return len(self.month_starts)

    @property
    def weeks(self) -> int:
        """Weeks of the horizon, counted from its first day (the last may be a part of one)."""
        return math.ceil(self.horizon_days / 7)

    @property
    def start_minute(self) -> float:
        """Where counting begins."""
        return self.warm_days * r.DAY


def build_world(loaded: Loaded) -> World:
    """The world of a loaded scenario.

    Everything that can be wrong with a scenario has been found by loading it; an exception here
    is a bug.
    """
    scenario = loaded.scenario
    warm_days = (scenario.start - scenario.sim_start).days
    days = (scenario.end - scenario.sim_start).days
    dists = DistributionTable()
    segment_names, role_names = tuple(scenario.segments), tuple(scenario.staff)
    skills, table = skill_numbers(scenario), CalendarTable()
    for calendar, share in calendars_of(scenario):
        table.add(calendar, share)
    seats, roles, people = seats_and_roles(loaded, table, skills)
    kinds, steps, step_names, route = kinds_of_work(loaded, dists, skills)
    month_starts = tuple(_month_starts(scenario.start, scenario.end))
    month_of_day = np.full(days, -1, dtype=np.int32)
    for number, first in enumerate(month_starts):
        month_of_day[(first - scenario.sim_start).days :] = number
    edges, weights = _renewal_days(scenario)
    segments = _segments(loaded, dists, role_names, kinds, steps)
    desk = desk_of(loaded, dists, len(steps))
    supply = supply_of(loaded, seats, roles, people, steps, step_names, skills, table, dists)
    records, values = dists.finish()
    calendars = table.finish(scenario.sim_start, days)
    return World(
        names=Names(
            segments=segment_names,
            touch=tuple(segment.touch for segment in scenario.segments.values()),
            roles=role_names,
            people=people,
            kinds=tuple(dict.fromkeys(kind for kind, _ in step_names)),
            steps=step_names,
            moves=move_names(scenario),
            currency=scenario.currency,
        ),
        first_day=scenario.sim_start,
        warm_days=warm_days,
        days=days,
        month_of_day=month_of_day,
        month_starts=month_starts,
        calendars=calendars,
        windows=np.stack([calendar.windows for calendar in calendars]),
        open_before=np.stack([calendar.open_before for calendar in calendars]),
        segments=segments,
        roles=roles,
        kinds=kinds,
        steps=steps,
        dists=records,
        values=values,
        health=_health(scenario),
        route_role=route,
        covers=_covers(scenario),
        desk=desk,
        renewal_edges=edges,
        renewal_weights=weights,
        listed={
            number: _listed(loaded, name, roles, people)
            for number, name in enumerate(segment_names)
            if name in loaded.accounts
        },
        replay=_replay(loaded, step_names),
        supply=supply,
        customers=customers_of(loaded, kinds, steps, days, warm_days),
    )


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _month_starts(start: date, end: date) -> list[date]:
    starts, number = [start], 1
    while (following := add_months(start, number)) < end:
        starts.append(following)
        number += 1
    return starts


def _segments(
    loaded: Loaded, dists: DistributionTable, role_names: Sequence[str], kinds: Records, steps: Records
) -> Records:
    scenario = loaded.scenario
    segments = np.zeros(len(scenario.segments), r.SEGMENT)
    names, serves = list(scenario.segments), serves_of(scenario)
    for number, (name, segment) in enumerate(scenario.segments.items()):
        row = segments[number]
        row["uid"] = name_uid(f"segment/{name}")
        row["accounts"] = segment.accounts if isinstance(segment.accounts, int) else -1
        row["arr_dist"] = dists.add(segment.arr) if segment.arr is not None else -1
        row["owner_role"] = role_names.index(segment.owner) if segment.owner is not None else -1
        row["term_days"] = segment.term.days
        if segment.churn is not None:
            rates = (segment.churn.red, segment.churn.yellow, segment.churn.green)
            row["churn_logit"] = [logit(rate) for rate in rates]
            row["churns"] = max(rates) > 0
        row["renewal_work"] = any(
            playbook.before_renewal is not None
            and any(serves[number, names.index(served)] for served in playbook.for_)
            for playbook in scenario.playbooks.values()
        )
        row["awaits_first_value"] = any(
            name in playbook.for_ and playbook.first_value_after is not None
            for playbook in scenario.playbooks.values()
        )
        row["new_per_minute"] = (
            segment.new.per_month / (r.MONTH_DAYS * r.DAY) if segment.new is not None else 0.0
        )
        row["raises_tickets"] = raises_tickets(loaded, name)
        row["tickets_per_minute"] = _ticket_rate(scenario, name)
        set_customer_fields(row, scenario, name, kinds, steps)
    return segments


def _ticket_rate(scenario: Scenario, segment: str) -> float:
    rate = None if scenario.tickets is None else scenario.tickets.rate_of(segment)
    return 0.0 if rate is None else rate.per_minute


def _covers(scenario: Scenario) -> NDArray[np.int8]:
    names = list(scenario.staff)
    covers = np.eye(len(names), dtype=np.int8)
    for number, role in enumerate(scenario.staff.values()):
        for other in role.covers:
            covers[number, names.index(other)] = 1
    return covers


def _health(scenario: Scenario) -> Records:
    health, row = scenario.health, np.zeros(1, r.HEALTH)
    parts = ("adoption", "engagement", "support", "onboarding")
    row["weight"] = [getattr(health.weights, part) for part in parts]
    row["memory"] = [getattr(health.memory, part) for part in parts]
    row["start"] = [getattr(health.start, part) for part in parts]
    green, yellow = health.bands.green, health.bands.yellow
    row["middle"] = [yellow / 2, (yellow + green) / 2, (green + 100) / 2]
    row["late_half_life_minutes"] = health.late_half_life.minutes
    row["slow_half"] = health.slow_half
    row["usage_mean"], row["usage_sd"] = health.usage.mean, health.usage.sd
    row["usage_before"] = health.usage.before_first_value
    row["strength"] = health.strength
    row["band"] = [yellow, green]
    row["effects"] = r.ALL_EFFECTS if health.effects else 0
    return row


def _renewal_days(scenario: Scenario) -> tuple[Floats, Floats]:
    """For each segment the cumulative share of renewals by day of the term, counted from the start."""
    tables = [_renewal_table(segment, scenario.start) for segment in scenario.segments.values()]
    width = max(len(edges) for edges, _ in tables)
    pad = [
        (edges + [edges[-1]] * (width - len(edges)), cum + [1.0] * (width - len(cum)))
        for edges, cum in tables
    ]
    return np.array([edges for edges, _ in pad]), np.array([cum for _, cum in pad])


def _renewal_table(segment: Segment, start: date) -> tuple[list[float], list[float]]:
    term = segment.term.days
    if not segment.renewals:
        return [0.0, term], [0.0, 1.0]
    unnamed = [month for month in MONTHS if month not in segment.renewals]
    rest = 1.0 - sum(segment.renewals.values())
    weights = [segment.renewals.get(month, rest / len(unnamed) if unnamed else 0.0) for month in MONTHS]
    edges, cumulative, day = [0.0], [0.0], start
    while edges[-1] < term:
        following = date(day.year + (day.month == 12), day.month % 12 + 1, 1)
        edge = min(float((following - start).days), term)
        month_days = (following - day.replace(day=1)).days
        cumulative.append(cumulative[-1] + weights[day.month - 1] * (edge - edges[-1]) / month_days)
        edges.append(edge)
        day = following
    return edges, [value / cumulative[-1] for value in cumulative]


def _listed(loaded: Loaded, name: str, roles: Records, people: Sequence[str]) -> Listed:
    scenario, table = loaded.scenario, loaded.accounts[name]
    segment = scenario.segments[name]
    first = np.datetime64(scenario.sim_start, "D")
    start_day = np.where(np.isnat(table.start), 0, (table.start - first).astype(np.int64))
    warm_days = (scenario.start - scenario.sim_start).days
    renewal = np.where(np.isnat(table.renewal), np.nan, (table.renewal - first).astype(np.float64))
    from_start = np.isnan(renewal) & ~np.isnat(table.start)
    renewal = np.where(from_start, start_day + segment.term.days, renewal)
    # an account that starts in the run renews from its start on; an older one from the horizon's start
    earliest = np.where(start_day > 0, start_day + 1, warm_days)
    missing = np.maximum(0.0, np.ceil((earliest - renewal) / segment.term.days))
    owner = np.full(len(table.ids), -1, dtype=np.int32)
    if segment.owner is not None:
        role = roles[list(scenario.staff).index(segment.owner)]
        slots = {people[slot]: slot for slot in range(role["first_slot"], role["first_slot"] + role["slots"])}
        named = owners_by_account(loaded)
        owner[:] = [
            slots.get(named.get(account, (segment.owner, person or ""))[1], -1)
            for account, person in zip(table.ids, table.owner, strict=True)
        ]
    return Listed(
        uid=np.array([name_uid(f"account/{account}") for account in table.ids], dtype=np.uint64),
        arr=np.round(table.arr),
        start_day=np.maximum(start_day, 0).astype(np.int32),
        first_renewal_day=renewal + missing * segment.term.days,
        owner=owner,
    )


def _replay(loaded: Loaded, step_names: Sequence[tuple[str, str]]) -> Replay | None:
    trace = loaded.trace
    if trace is None:
        return None
    where = {
        account: (number, row)
        for number, name in enumerate(loaded.scenario.segments)
        if name in loaded.accounts
        for row, account in enumerate(loaded.accounts[name].ids)
    }
    seconds = (trace.opened - np.datetime64(loaded.scenario.sim_start, "s")).astype(np.float64)
    order = np.argsort(seconds, kind="stable")
    severities = {step: number for number, (kind, step) in enumerate(step_names) if kind == "tickets"}
    seen: dict[str, int] = {}
    ordinal = np.zeros(len(order), dtype=np.int32)
    for place, row in enumerate(order):
        account = trace.accounts[row]
        ordinal[place] = seen.get(account, 0)
        seen[account] = int(ordinal[place]) + 1
    return Replay(
        time=np.floor(seconds[order] / 60.0 * r.TICKS + 0.5) / r.TICKS,
        segment=np.array([where[trace.accounts[row]][0] for row in order], dtype=np.int32),
        row=np.array([where[trace.accounts[row]][1] for row in order], dtype=np.int32),
        ordinal=ordinal,
        step=np.array([severities.get(trace.severity[row] or "", -1) for row in order], dtype=np.int32),
        effort_minutes=np.asarray(trace.effort_minutes, dtype=np.float64)[order],
    )
