"""Who is away on which day: leave and sickness of a person as a plan, and what its days do to work."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Floats, Ints, Records, Uids
from csm_sim.engine.compiled import inlined, kernel
from csm_sim.engine.hands import interrupt, join_idle, leave_idle, put_back
from csm_sim.engine.log import log_event
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.supply import HERE, LONG, PLANNED, SICK

YEAR_DAYS = 365.25
MOST_WEEKS = 53


@inlined
def is_working(calendar: int, day: int, open_before: Floats) -> bool:
    """Whether a day has working time."""
    return bool(open_before[calendar, day + 1] > open_before[calendar, day])


@kernel
def plan_away(
    plan: Ints, role: int, calendar: int, uid: np.uint64, rules: Records, first_year: int,
    leave_weeks: Ints, leave_weights: Floats, open_before: Floats, prefixes: Uids,
) -> None:  # fmt: skip
    """A person's days off: planned leave and sickness, a code for each day of the run.

    Both are planned for the whole run, whenever the person joins, so that they are the same however
    the seat came to be filled.
    """
    days, rule = plan.shape[0], rules[role]
    plan[:] = HERE
    if rule.planned_days > 0:
        for year in range(leave_weeks.shape[1]):
            place_leave(plan, year, role, calendar, uid, rule, first_year, leave_weeks, leave_weights,
                        open_before, prefixes)  # fmt: skip
    if rule.sick_days > 0.0:
        time, k = 0.0, 0
        gap = YEAR_DAYS * rule.sick_spell / rule.sick_days
        while True:
            time -= math.log(dr.draw(prefixes[dr.SICK_GAP], uid, np.uint64(k))) * gap
            if time >= days:
                break
            left = 1
            if rule.sick_spell > 1.0:
                u = dr.draw(prefixes[dr.SICK_LENGTH], uid, np.uint64(k))
                left += int(min(math.log(u) / math.log(1.0 - 1.0 / rule.sick_spell), 1.0e4))
            day = int(time)
            while day < days and left > 0:
                if is_working(calendar, day, open_before):
                    left -= 1
                    if plan[day] == HERE:
                        plan[day] = SICK
                day += 1
            k += 1
    carry(plan, 0, calendar, open_before)


@kernel
def place_leave(
    plan: Ints, year: int, role: int, calendar: int, uid: np.uint64, rule: Records, first_year: int,
    leave_weeks: Ints, leave_weights: Floats, open_before: Floats, prefixes: Uids,
) -> None:  # fmt: skip
    """The planned leave of one calendar year, block by block."""
    days, block, left = plan.shape[0], 0, rule.planned_days
    while left > 0:
        size = min(left, rule.block_days)
        left -= size
        index = np.uint64(64 * (first_year + year) + block)
        u = dr.draw(prefixes[dr.LEAVE], uid, index)
        week = 0
        while week < MOST_WEEKS - 1 and leave_weights[role, year, week] <= u:
            week += 1
        day = leave_weeks[role, year, week]
        block += 1
        if day < 0:
            continue
        while day < days and size > 0:
            if is_working(calendar, day, open_before) and plan[day] == HERE:
                plan[day] = PLANNED
                size -= 1
            day += 1


@kernel
def carry(plan: Ints, first_day: int, calendar: int, open_before: Floats) -> None:
    """A day without working time counts as the working day before it."""
    for day in range(max(first_day, 1), plan.shape[0]):
        if not is_working(calendar, day, open_before):
            plan[day] = plan[day - 1]


@kernel
def note_long(plan: Ints, first_day: int, end_day: int, calendar: int, open_before: Floats) -> None:
    """A long absence from ``first_day`` to the day before ``end_day``."""
    for day in range(first_day, min(end_day, plan.shape[0])):
        if is_working(calendar, day, open_before):
            plan[day] = LONG
    carry(plan, first_day, calendar, open_before)


@kernel
def attend(
    day: int, away: Ints, tasks: Records, queues: Records, steps: Records, accounts: Records,
    people: Records, groups: Records, components: Records, nodes: Records, busy: Floats, windows: Floats,
    open_before: Floats, times: Floats, what: Ints, ties: Uids, log: Records, control: Records,
) -> None:  # fmt: skip
    """At midnight: who is away from today on puts work down, who is back can take work up."""
    time = day * r.DAY
    for p in range(people.shape[0]):
        person = people[p]
        code = away[p, day]
        if not person.employed or (code != HERE) == person.is_away:
            continue
        person.is_away = code != HERE
        if person.is_away:
            if person.task >= 0:
                t = interrupt(
                    p, time, tasks, people, steps, nodes, components[person.component], busy, windows,
                    open_before, times, what, ties, log, control,
                )  # fmt: skip
                put_back(
                    t, tasks, queues, steps, accounts, people, components[person.component], control
                )  # fmt: skip
            else:
                leave_idle(p, people, groups)
            if log.shape[0]:
                log_event(log, control, time, ev.AWAY, -1, p, -1, -1, -1, float(code))
        else:
            join_idle(p, time, people, groups)
            if log.shape[0]:
                log_event(log, control, time, ev.BACK, -1, p, -1, -1, -1, 0.0)
