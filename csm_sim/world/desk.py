"""How tickets come, day by day and hour by hour, and which roles they go to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.fields import MONTHS
from csm_sim.world import records as r
from csm_sim.world.calendar import free_days
from csm_sim.world.distributions import DistributionTable
from csm_sim.world.kinds import raises_tickets, ticket_roles

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario.hours import Calendar
    from csm_sim.scenario.tickets import Tickets

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

# Weights of the hours 0 to 23, and of the days from Monday: two humps with a dip at noon, nothing at
# the weekend. Openings of 4,580 tickets of a software help desk, in percent.
OFFICE_HOURS = (
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 8.4, 12.0, 11.7, 12.8, 6.7,
    6.5, 10.1, 10.9, 12.4, 7.1, 1.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
)  # fmt: skip
OFFICE_WEEK = (19.0, 22.1, 21.0, 19.9, 18.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the tickets of a world have in common. Without tickets all is empty."""

    common: NDArray[np.void]
    """One TICKET_RULES record."""
    day_lengths: Floats
    """(day,): minutes of the ticket clock on each day, busyness apart."""
    first_ordinal: int
    """Date ordinal of day 0, the key of its busyness."""
    day_shape: Ints
    """(day,): row of ``shapes``, -1: every hour alike."""
    shapes: Floats
    """(shape, 25): cumulative share of a day's tickets before each hour."""
    deflection: Floats
    """(segment, day): share of the tickets that nobody sees; (0, 0) without deflection."""
    shares: Floats
    """(route,): cumulative share of each way a ticket can go, the last one 2."""
    roles: Ints
    """(segment, route): role; -1 where nobody served as the segment raises any."""
    backlog: Ints
    """Step of each ticket that is open at the start."""


def desk_of(loaded: Loaded, dists: DistributionTable, steps: int) -> Desk:
    """The desk of a loaded scenario; ``steps`` counts all steps, those of tickets and escalations last."""
    scenario = loaded.scenario
    days = (scenario.end - scenario.sim_start).days
    tickets = scenario.tickets
    common = np.zeros(1, r.TICKET_RULES)
    common["busyness_dist"] = common["escalation_step"] = common["overflow_role"] = -1
    common["overflow_minutes"], common["batch"] = math.nan, 1.0
    if tickets is None:
        nothing = np.zeros((0, 0))
        return Desk(
            common, np.full(days, r.DAY), scenario.sim_start.toordinal(), np.full(days, -1, np.int32),
            np.zeros((1, 25)), nothing, np.full(1, 2.0),
            np.full((len(scenario.segments), 1), -1, np.int32), np.zeros(0, np.int32),
        )  # fmt: skip
    first_step = steps - len(tickets.severities) - (tickets.escalation is not None)
    _fill_common(scenario, tickets, dists, first_step, common)
    weights = week_weights(loaded)
    lengths = day_lengths(scenario, tickets, weights, days)
    common["plain_clock"] = weights is None and not tickets.busyness and bool(np.all(lengths == r.DAY))
    day_shape = np.array(
        [(scenario.sim_start + timedelta(days=day)).weekday() for day in range(days)], dtype=np.int32
    )
    backlog = [] if tickets.backlog is None else [
        first_step + number
        for number, name in enumerate(tickets.severities)
        for _ in range(tickets.backlog.open.get(name, 0))
    ]  # fmt: skip
    return Desk(
        common=common,
        day_lengths=lengths,
        first_ordinal=scenario.sim_start.toordinal(),
        day_shape=np.full(days, -1, np.int32) if weights is None else day_shape,
        shapes=np.zeros((1, 25)) if weights is None else _cumulative(weights),
        deflection=_deflection(scenario, tickets, days),
        shares=_shares(loaded),
        roles=ticket_roles(loaded),
        backlog=np.array(backlog, dtype=np.int32),
    )


def _fill_common(
    scenario: Scenario, tickets: Tickets, dists: DistributionTable, first_step: int, common: NDArray[np.void]
) -> None:
    row, roles = common[0], list(scenario.staff)
    row["cell0"] = first_step * (len(scenario.segments) + 1)
    if tickets.busyness:
        row["busyness_dist"] = dists.frailty(1.0 / tickets.busyness**2)
    row["batch"] = tickets.batch
    if tickets.after_start is not None:
        row["ramp_from"], row["ramp_days"] = tickets.after_start.from_, tickets.after_start.over.days
    if tickets.overflow is not None:
        row["overflow_minutes"] = r.tick(tickets.overflow.after.minutes)
        row["overflow_role"] = roles.index(tickets.overflow.to)
    if tickets.escalation is not None:
        row["escalation_step"] = first_step + len(tickets.severities)
        row["escalation_role"] = roles.index(tickets.escalation.to)
    row["hand_over_minutes"] = tickets.hand_over.minutes
    if tickets.backlog is not None and tickets.backlog.waited is not None:
        row["backlog_waited"] = r.tick(tickets.backlog.waited.minutes)
    row["has_cases"] = bool(
        tickets.overflow is not None
        or tickets.escalation is not None
        or tickets.hand_over.minutes > 0
        or any(
            severity.patience is not None or severity.more is not None or severity.reopen is not None
            for severity in tickets.severities.values()
        )
    )
    felt = tickets.satisfaction
    row["touch_loss"], row["reopen_loss"], row["csat_best"] = felt.touch, felt.reopen, felt.csat_best
    row["ces_half"], row["promoter"], row["detractor"] = felt.ces_half, felt.promoter, felt.detractor


def week_weights(loaded: Loaded) -> Floats | None:
    """(7, 24): weights of the hours of the week from Monday, None where every hour is alike."""
    tickets = loaded.scenario.tickets
    shape = "24x7" if tickets is None else tickets.profile.shape
    if tickets is None or shape == "24x7":
        return None
    if shape == "office":
        return np.outer(OFFICE_WEEK, OFFICE_HOURS)
    if shape == "flat":
        return _open_minutes(loaded.scenario.calendar)
    weights = tickets.profile.weights if loaded.profile is None else loaded.profile
    return np.array(weights, dtype=np.float64)


def _open_minutes(calendar: Calendar) -> Floats:
    """(7, 24): working minutes of each hour of an ordinary week."""
    minutes = np.zeros(7 * 24)
    for day in calendar.week:
        for begin, close in calendar.windows:
            for hour in range(int(begin) // 60, math.ceil(close / 60)):
                part = min(close, 60 * (hour + 1)) - max(begin, 60 * hour)
                minutes[(24 * day + hour) % len(minutes)] += part
    return minutes.reshape(7, 24)


def _cumulative(weights: Floats) -> Floats:
    """(7, 25): cumulative shares of each weekday's hours; a day without tickets is even."""
    total = weights.sum(axis=1, keepdims=True)
    weights = np.where(total > 0, weights, 1.0)
    cumulative = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    cumulative[:, -1] = 1.0
    return np.hstack([np.zeros((7, 1)), cumulative])


def day_lengths(scenario: Scenario, tickets: Tickets, weights: Floats | None, days: int) -> Floats:
    """Minutes of the ticket clock on each day: 1,440 on an average one."""
    calendar, first = scenario.calendar, scenario.sim_start
    of_week = np.ones(7) if weights is None else 7.0 * weights.sum(axis=1) / weights.sum()
    off = free_days(calendar, first, days) if tickets.holidays != 1.0 else frozenset[date]()
    lengths = np.empty(days)
    for number in range(days):
        day = first + timedelta(days=number)
        length = r.DAY * of_week[day.weekday()] * tickets.season.get(MONTHS[day.month - 1], 1.0)
        if tickets.growth:
            length *= (1.0 + tickets.growth) ** ((day - scenario.start).days / 365.25)
        if day in off and day.weekday() in calendar.week:
            length *= tickets.holidays
        lengths[number] = length
    for act in scenario.timeline:
        if act.surge is not None:
            begin = (act.on - first).days
            end = begin + round(act.surge.for_.days)
            lengths[max(begin, 0) : end] *= act.surge.tickets
            if act.surge.decay is not None:
                after = np.arange(max(0, days - end))
                left = 2.0 ** (-(after + 0.5) / act.surge.decay.days)
                lengths[end:] *= 1.0 + (act.surge.tickets - 1.0) * left
    return lengths


def _deflection(scenario: Scenario, tickets: Tickets, days: int) -> Floats:
    if not tickets.deflection:
        return np.zeros((0, 0))
    kept = np.ones((len(scenario.segments), days))
    for entry in tickets.deflection.values():
        since = ((entry.since or scenario.start) - scenario.sim_start).days
        after = np.arange(days) - since
        over = 0.0 if entry.over is None else entry.over.days
        part = np.ones(days) if over == 0 else np.minimum(1.0, after / over)
        share = np.where(after >= 0, entry.from_ + (entry.to - entry.from_) * part, 0.0)
        for number, name in enumerate(scenario.segments):
            if not entry.for_ or name in entry.for_:
                kept[number] *= 1.0 - share
    return np.asarray(1.0 - kept)


def _shares(loaded: Loaded) -> Floats:
    """Cumulative shares of the routes; they are the same for all segments that raise tickets."""
    scenario = loaded.scenario
    raising = [segment for segment in scenario.segments if raises_tickets(loaded, segment)]
    shares = np.cumsum([share for segment in raising[:1] for share, _ in scenario.ticket_routes(segment)])
    if len(shares) == 0:
        return np.full(1, 2.0)
    shares[-1] = 2.0
    return shares
