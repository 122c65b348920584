"""The seats of a role on the way to a date, and the rules of their people, as the formulas take them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from csm_sim.scenario.people_values import whole_days
from csm_sim.scenario.staffing import later_people, there_at_start
from csm_sim.theory.hiring import RampedOn
from csm_sim.theory.supply import SeatRules, joining_chances, ramp_days, resignation_hazard_per_day
from csm_sim.world.distributions import Z90

if TYPE_CHECKING:
    from csm_sim.scenario.distributions import Distribution
    from csm_sim.scenario.model import Scenario

Floats = NDArray[np.float64]

FOREVER: Final = 2**30
"""A day after every horizon."""


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """A seat of a role. Days count from the scenario's start."""

    begins: Literal["there", "joins", "opens"]
    """How: with somebody there at the start, with one who joins on a day, with a search from a day on."""
    day: int
    """That day; a requisition's is the one on which it does open, after a freeze."""
    filled: int
    """Day on which somebody is expected to sit in it first: the middle of the time to hire."""
    until: int = FOREVER
    """First day after the contract. Who has such a day does not resign."""
    name: str | None = None
    """Of whom ``people`` names."""

    def holds_on(self, day: int) -> bool:
        """Whether somebody is expected to be employed in it."""
        return self.filled <= day < self.until

    def chance(self, on: RampedOn, rules: SeatRules) -> float:
        """Chance that it holds a ramped person on the date of ``on``."""
        date_day = len(on.by_joining_day) - 1
        if date_day >= self.until:
            return 0.0
        if self.until < FOREVER:
            by_joining = 1.0 * (np.arange(date_day, -1, -1) >= ramp_days(rules.ramp))
            there = 1.0
        else:
            by_joining, there = on.by_joining_day, on.there
        if self.begins == "there":
            return there
        if self.begins == "joins":
            return float(by_joining[self.day])
        left = by_joining[self.day : self.day + len(rules.joining)]
        return float(rules.joining[: len(left)] @ left)


@dataclass(slots=True)
class Team:
    """The seats of a role until a date."""

    seats: list[Seat] = field(default_factory=list)
    added: int = 0
    """Seats that come beside those of the start: hires, people who start, people who move in."""
    gone: int = 0
    """Seats given up: cuts, people who move away. Ends of contracts are in ``seats``."""

    def newest(self, number: int, day: int) -> list[Seat]:
        """As many of those filled on a day as are wanted, those filled last."""
        filled = [seat for seat in self.seats if seat.holds_on(day)]
        return sorted(filled, key=lambda seat: seat.filled)[max(len(filled) - number, 0) :]

    def named(self, names: Iterable[str]) -> list[Seat]:
        """The seats of some people."""
        wanted = set(names)
        return [seat for seat in self.seats if seat.name in wanted]

    def give_up(self, seats: list[Seat]) -> None:
        """Take seats out of the team."""
        self.seats = [seat for seat in self.seats if seat not in seats]
        self.gone += len(seats)


def team_of(scenario: Scenario, role: str, by: date) -> Team:
    """The seats of a role as the scenario fills and empties them until a date, that day included.

    Of a cut or a move, who is not named is taken to sit in the seats filled last.
    """
    days = (by - scenario.start).days
    rules = {name: seat_rules(scenario, name, days) for name in scenario.staff}
    teams = {name: _at_start(scenario, name, by) for name in scenario.staff}
    for index, act in enumerate(scenario.acts):
        day = (act.on - scenario.start).days
        if act.on > by:
            break
        if act.hire is not None:
            hire, team = act.hire, teams[act.hire.role]
            opens = _opening_day(scenario, hire.role, index)
            filled = opens + _middle(rules[hire.role].joining)
            until = FOREVER if hire.until is None else _after(scenario, hire.until)
            team.seats += [Seat("opens", opens, filled, until) for _ in range(hire.count)]
            team.added += hire.count
        elif act.cut is not None:
            for name, team in teams.items():
                if act.cut.people:
                    team.give_up(team.named(act.cut.people))
                elif name == act.cut.role:
                    number = act.cut.people_of(len(team.newest(FOREVER, day)))
                    team.give_up(team.newest(number, day))
        elif act.reorganise is not None:
            move, team = act.reorganise, teams[act.reorganise.from_]
            number = FOREVER if move.everyone else move.count or 0
            moved = team.named(move.people) if move.people else team.newest(number, day)
            team.give_up(moved)
            teams[move.to].seats += moved
            teams[move.to].added += len(moved)
    return teams[role]


def _at_start(scenario: Scenario, role: str, by: date) -> Team:
    """Who is there at the start, and who is named and starts later, in the order of their seats."""
    team = Team()
    for person in there_at_start(scenario, role):
        until = FOREVER if person.until is None else _after(scenario, person.until)
        team.seats.append(Seat("there", 0, 0, until, person.name))
    others = scenario.staff[role].headcount - len(team.seats)
    team.seats += [Seat("there", 0, 0) for _ in range(others)]
    for person in later_people(scenario, role):
        if person.start is not None and person.start <= by:
            day = (person.start - scenario.start).days
            until = FOREVER if person.until is None else _after(scenario, person.until)
            team.seats.append(Seat("joins", day, day, until, person.name))
            team.added += 1
    return team


def _after(scenario: Scenario, last_day: date) -> int:
    return (last_day - scenario.start).days + 1


# the rules of a role -----------------------------------------------------------------------------


def seat_rules(scenario: Scenario, role: str, days: int) -> SeatRules:
    """How people of a role come and go, burnout aside.

    Parameters
    ----------
    scenario, role
        Whose rules.
    days
        How far chances of joining reach.
    """
    team = scenario.staff[role]
    joining = np.ones(1)
    if team.time_to_hire is not None:
        joining = joining_chances(distribution_function(team.time_to_hire), days)
    return SeatRules(
        hazard_per_day=resignation_hazard_per_day(team.attrition.rate) if team.attrition is not None else 0.0,
        notice_days=whole_days(team.notice),
        joining=joining,
        backfill=team.backfill,
        ramp=tuple(team.ramp),
        freezes=tuple(span for _, span in _freezes(scenario, role)),
    )


def _freezes(scenario: Scenario, role: str) -> list[tuple[int, tuple[int, int]]]:
    """Number of the act, and first day and first day after, of each freeze that holds for a role."""
    found = []
    for index, act in enumerate(scenario.acts):
        if act.freeze is not None and act.freeze.role in (None, role):
            first = (act.on - scenario.start).days
            length = FOREVER if act.freeze.for_ is None else whole_days(act.freeze.for_)
            found.append((index, (first, first + length)))
    return found


def _opening_day(scenario: Scenario, role: str, index: int) -> int:
    """Day on which the requisitions of a hire open; a freeze below it in the file comes too late that day."""
    day = (scenario.acts[index].on - scenario.start).days
    before = tuple(span for number, span in _freezes(scenario, role) if number < index)
    opens = SeatRules(0.0, 1, freezes=before).opens(day)
    if opens == day:
        return day
    return SeatRules(0.0, 1, freezes=tuple(span for _, span in _freezes(scenario, role))).opens(day)


def _middle(joining: Floats) -> int:
    """The median of the days to hire."""
    return int(np.append(np.flatnonzero(np.cumsum(joining) >= 0.5), FOREVER)[0])


def distribution_function(distribution: Distribution) -> Callable[[Floats], Floats]:
    """``P(X <= x)`` of a distribution of the scenario language that no data file has, for ``x >= 0``."""
    kind, params = distribution.kind, distribution.params
    if kind in ("lognormal", "gamma", "exponential") and (params[0] == 0 or params[-1] == 0):
        kind = "constant"
    if kind == "constant":
        return lambda x: (x >= params[0]).astype(np.float64)
    if kind == "lognormal":
        sd = math.sqrt(math.log1p(params[1] ** 2))
        return lambda x: _lognormal(x, math.log(params[0]) - sd**2 / 2, sd)
    if kind == "lognormal_quantiles":
        return lambda x: _lognormal(x, math.log(params[0]), math.log(params[1] / params[0]) / Z90)
    if kind == "exponential":
        return lambda x: -np.expm1(-x / params[0])
    if kind == "gamma":
        shape = 1.0 / params[1] ** 2
        return lambda x: np.asarray(special.gammainc(shape, x * shape / params[0]))
    if kind == "triangular":
        low, mode, high = params
        return lambda x: _triangular(x, low, mode, high)
    if kind == "pert":
        low, mode, high = params
        a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
        return lambda x: np.asarray(special.betainc(a, b, np.clip((x - low) / (high - low), 0.0, 1.0)))
    raise ValueError(f"no distribution function for a distribution of kind {kind!r}")


def _lognormal(x: Floats, mean: float, sd: float) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(special.ndtr((np.log(x) - mean) / sd))


def _triangular(x: Floats, low: float, mode: float, high: float) -> Floats:
    inside = np.clip(x, low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = (inside - low) ** 2 / ((high - low) * (mode - low))
        falling = 1.0 - (high - inside) ** 2 / ((high - low) * (high - mode))
    return np.where(inside < mode, rising, falling) if mode < high else np.where(x >= high, 1.0, rising)
