"""Who is there to do the work, role by role and month by month, as expected without simulating.

People come and go by the formulas of :mod:`csm_sim.theory.supply`; leave and sickness are taken as their
expected days. Burnout and policies are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.grouping import groups_of
from csm_sim.analysis.hiring_seats import FOREVER, Seat, seat_rules, team_of
from csm_sim.scenario.people_values import whole_days
from csm_sim.theory.supply import SeatRules, ramp_days, ramp_factors, seat_by_day

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded
    from csm_sim.scenario.model import Scenario
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

WORKING_DAYS_A_YEAR: Final = 365.25 * 5 / 7
"""Of a five-day week, holidays apart: what a day of sickness is a share of where the calendar has no say."""


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Hours by role. All are (month, role); ``available`` is what is left of ``contracted``."""

    contracted: Floats
    """Working hours of all seats that are filled or being filled; part-time counts in part."""
    vacant: Floats
    """Of seats that nobody sits in."""
    away: Floats
    """On leave, sick, or absent for long."""
    slower: Floats
    """Lost to ramp, own speed, coaching, leading and training."""
    shrunk: Floats
    """Meetings, breaks and what else shrinkage takes of the rest."""
    available: Floats
    """For hands-on work."""
    one: Floats
    """Working hours of one person who is always there, without shrinkage."""
    heads: Floats
    """(role, day of the run): people employed."""

    def there(self) -> Floats:
        """(month, role): share of a person's contracted time that is not leave or sickness."""
        present = self.contracted - self.vacant
        return np.where(present > 0, 1.0 - self.away / np.where(present > 0, present, 1.0), 1.0)


def away_share(world: World, role: int) -> Floats:
    """(day,): share of a role's people who are on planned leave or sick on a working day, as expected."""
    works = np.diff(world.open_before[world.roles["calendar"][role]]) > 0
    rule = world.supply.rules[role]
    planned = np.zeros(world.days)
    if rule["planned_days"] > 0:
        days = np.flatnonzero(works)
        for year in range(world.supply.leave_weeks.shape[1]):
            _add_leave(world, role, year, days, planned)
    planned = np.minimum(planned, 1.0)
    a_year = float(works.mean()) * 365.25 if works.any() else WORKING_DAYS_A_YEAR
    sick = min(1.0, float(rule["sick_days"]) / a_year)
    return np.where(works, planned + (1.0 - planned) * sick, 0.0)


def _add_leave(world: World, role: int, year: int, working: NDArray[np.int64], planned: Floats) -> None:
    """Spread a year's leave over the working days from the Mondays on which its blocks begin."""
    mondays = world.supply.leave_weeks[role, year]
    cumulative = np.minimum(world.supply.leave_weights[role, year], 1.0)
    weights = np.diff(cumulative, prepend=0.0)
    rule = world.supply.rules[role]
    days, block = int(rule["planned_days"]), int(rule["block_days"])
    blocks = [block] * (days // block) + ([days % block] if days % block else [])
    for monday, weight in zip(mondays.tolist(), weights.tolist(), strict=True):
        if weight <= 0 or monday < 0:
            continue
        first = int(np.searchsorted(working, monday))
        for length in blocks:
            planned[working[first : first + length]] += weight


def supply_of(loaded: Loaded, world: World) -> Supply:
    """The expected supply of a loaded scenario and its world."""
    roles, speed = list(loaded.scenario.staff), groups_of(world).month_speed
    parts = [
        _role(loaded.scenario, world, number, name, speed[:, number]) for number, name in enumerate(roles)
    ]
    stacked = {
        field: np.stack([part[field] for part in parts], axis=1) for field in parts[0] if field != "heads"
    }
    return Supply(**stacked, heads=np.stack([part["heads"] for part in parts]))


def _role(scenario: Scenario, world: World, number: int, name: str, month_speed: Floats) -> dict[str, Floats]:
    """The fields of :class:`Supply` for one role; ``month_speed`` is 1 - shrinkage."""
    days, warm = world.horizon_days, world.warm_days
    people = _people(scenario, name, days)
    open_hours = np.diff(world.open_before[world.roles["calendar"][number]])[warm:] / 60.0
    starts = np.searchsorted(world.month_of_day, np.arange(world.months)) - warm

    def hours(by_day: Floats) -> Floats:
        return np.asarray(np.add.reduceat(by_day * open_hours, starts))

    heads = np.maximum(people["employed"], 1e-12)
    long = np.minimum(1.0, _long_absences(scenario, name, days) / heads)
    away = 1.0 - (1.0 - away_share(world, number)[warm:]) * (1.0 - long)
    lost = _lost(scenario, name, people, days)
    speed = np.clip((people["fte"] - lost) / heads, 0.0, None) * (people["employed"] > 0)
    contracted, employed = hours(people["seats"]), hours(people["employed"])
    absent = hours(people["employed"] * away)
    productive = hours(people["employed"] * (1.0 - away) * speed)
    available = productive * month_speed
    return {
        "contracted": contracted,
        "vacant": contracted - employed,
        "away": absent,
        "slower": employed - absent - productive,
        "shrunk": productive - available,
        "available": available,
        "one": hours(np.ones(days)),
        "heads": np.concatenate([np.full(warm, float(world.roles["headcount"][number])), people["heads"]]),
    }


def _people(scenario: Scenario, role: str, days: int) -> dict[str, Floats]:
    """By day of the horizon: ``seats``, people ``employed``, ``ramped``, and ``fte``: people times speed.

    All in full-time people, but for ``heads``.
    """
    found = {field: np.zeros(days) for field in ("seats", "employed", "ramped", "fte", "heads")}
    rules = seat_rules(scenario, role, days)
    named = {person.name: person for person in scenario.people if person.role == role}
    changes = sorted({max(0, (act.on - scenario.start).days) for act in scenario.acts} | {0})
    changes = [day for day in changes if day < days]
    memory: dict[tuple[str, int, int], dict[str, Floats]] = {}
    later = [
        (person.start - scenario.start).days
        for person in scenario.people
        if person.role == role and person.start is not None
    ]
    cuts = sorted({*changes, *(day for day in later if 0 < day < days)})
    for first, end in zip(cuts, [*cuts[1:], days], strict=True):
        span = slice(first, end)
        for seat in team_of(scenario, role, scenario.start + timedelta(days=first)).seats:
            key = (seat.begins, seat.day, seat.until)
            if key not in memory:
                memory[key] = _seat(seat, rules, days)
            person = named.get(seat.name or "")
            hours, speed = (1.0, 1.0) if person is None else (person.hours, person.speed)
            for field, by_day in memory[key].items():
                found[field][span] += by_day[span] * hours * (speed if field == "fte" else 1.0)
            found["heads"][span] += memory[key]["employed"][span]
    return found


def _seat(seat: Seat, rules: SeatRules, days: int) -> dict[str, Floats]:
    """What to expect of one seat by day."""
    last = days - 1
    if seat.until < FOREVER:  # who has a contract that ends does not resign
        rules = SeatRules(0.0, rules.notice_days, rules.joining, rules.backfill, rules.ramp, rules.freezes)
    opened = None if seat.begins == "there" else seat.day
    if seat.begins == "joins":
        return _joins(seat, rules, days)
    found = seat_by_day(rules, last, opened)
    seats = np.ones(days)
    seats[: 0 if opened is None else min(opened, days)] = 0.0
    if not rules.backfill and opened is None:
        seats = found.employed.copy()  # who resigns is not followed by anybody
    values = {"seats": seats, "employed": found.employed, "ramped": found.ramped, "fte": found.fte}
    return {field: by_day * (np.arange(days) < seat.until) for field, by_day in values.items()}


def _joins(seat: Seat, rules: SeatRules, days: int) -> dict[str, Floats]:
    """Of a seat that somebody takes on a given day: as one that is taken from the start, but with a ramp."""
    left = days - seat.day
    freezes = tuple((first - seat.day, after - seat.day) for first, after in rules.freezes)
    of_first = SeatRules(
        rules.hazard_per_day, rules.notice_days, rules.joining, rules.backfill, rules.ramp, freezes
    )
    taken = _seat(Seat("there", 0, 0), of_first, left)
    first = of_first.still_there(left - 1)
    taken["fte"] -= first * (1.0 - ramp_factors(rules.ramp, left))
    taken["ramped"] -= first * (np.arange(left) < ramp_days(rules.ramp))
    until = np.arange(seat.day, days) < seat.until
    return {
        field: np.concatenate([np.zeros(seat.day), np.maximum(by_day, 0.0) * until])
        for field, by_day in taken.items()
    }


def _long_absences(scenario: Scenario, role: str, days: int) -> Floats:
    """(day,): people away by acts of the timeline."""
    names = {person.name for person in scenario.people if person.role == role}
    found = np.zeros(days)
    for act in scenario.acts:
        away = act.absence
        if away is not None and (away.role == role or away.person in names):
            first = (act.on - scenario.start).days
            found[max(0, first) : max(0, first + whole_days(away.for_))] += 1.0
    return found


def _lost(scenario: Scenario, role: str, people: dict[str, Floats], days: int) -> Floats:
    """(day,): people's time lost to coaching those who ramp, to leading and to training."""
    team = scenario.staff[role]
    lost = team.coaching * np.maximum(people["employed"] - people["ramped"], 0.0)
    if team.span is not None:
        lost = lost + team.span.time * np.floor(people["employed"] / team.span.people + 1e-9)
    names = {person.name for person in scenario.people if person.role == role}
    for act in scenario.acts:
        train = act.train
        if train is not None and (train.role == role or names & set(train.people)):
            first = (act.on - scenario.start).days
            number = len(names & set(train.people)) or train.count or 0
            lost[max(0, first) : max(0, first + whole_days(train.for_))] += train.time * number
    return np.minimum(lost, people["fte"])
