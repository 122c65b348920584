"""Until when to open requisitions, so that enough ramped people of a role are there on a date.

Formulas, no simulation: each seat of the role holds a ramped person on the date with a chance of its own
(:mod:`csm_sim.theory.hiring`), and seats are independent of each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.hiring_basis import Basis, basis_of, left_out
from csm_sim.analysis.hiring_seats import FOREVER, seat_rules, team_of
from csm_sim.theory.hiring import chance_of_enough, lead_days, number_chances, ramped_on, requisitions_needed
from csm_sim.theory.supply import ROUNDING, ramp_days

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded

Floats = NDArray[np.float64]

CHANCES: Final = (0.5, 0.8, 0.9, 0.95)
"""Chances of having enough people for which there is always an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Enough people with a wanted chance: the fewest requisitions, opened as late as possible."""

    chance: float
    requisitions: int
    open_by: date | None
    """Last day on which opening that many is enough; None where none is needed."""
    ramped: float
    """Expected number ramped on the date, opened on that day."""
    late: float
    """Chance of fewer than wanted, then."""
    one_short: float
    """Chance of one fewer than wanted, a part of ``late``."""


@dataclass(frozen=True, slots=True)
class Best:
    """What a number of requisitions can reach at best."""

    requisitions: int
    open_on: date
    chance: float


@dataclass(frozen=True, slots=True)
class HireBy:
    """The answer to "until when to open how many requisitions"."""

    role: str
    people: int
    """How many ramped ones are wanted."""
    by: date
    start: date
    """First day on which a requisition can be opened."""
    chance: float
    """Asked for."""
    headcount: int
    """People of the role at the start."""
    added: int
    """Seats that the scenario adds until the date: hires, named people who start, people who move in."""
    gone: int
    """Seats that go until the date: ends of contracts, cuts, people who move away."""
    ramped_without: float
    """Expected number ramped on the date without further requisitions."""
    enough_without: float
    """Chance that they are enough."""
    answers: dict[float, Answer | None]
    """By chance, rising; None where no sensible number of requisitions reaches it."""
    others: tuple[Answer, ...]
    """For the chance asked for: more requisitions, where they may be opened later."""
    best: tuple[Best, ...]
    """What as many as are expected to be missing can reach, and what the largest number looked at can."""
    same_time_to_hire: bool
    """Whether every search takes as long as every other, so that a day more or less decides everything."""
    usually_ramped: date | None
    """Day on which one opened at the start is ramped in half of the cases; None: not within the horizon."""
    basis: tuple[Basis, ...]
    """The numbers that it rests on."""
    left_out: tuple[str, ...]
    """What the scenario says and the formulas take more simply or not at all."""
    curves: dict[int, Floats]
    """Number of requisitions: chance of enough by day of opening, from ``start`` to ``by``."""

    @property
    def asked(self) -> Answer | None:
        """The answer for the chance asked for."""
        return self.answers[self.chance]


def hire_by(loaded: Loaded, role: str, people: int, by: date, chance: float = 0.9) -> HireBy:
    """When to open how many requisitions, so that enough ramped people are there on a date.

    Takes into account who is there, hires, cuts and moves of the timeline, named people who start, ends of
    contracts, attrition without burnout, backfill, freezes, time to hire and ramp. It is exact for the
    model's rules where there is neither burnout nor a policy, nor a cut or a move of people not named.

    Parameters
    ----------
    loaded
        The scenario.
    role
        A role of it.
    people
        How many ramped ones are wanted, 1 or more.
    by
        Day on which they are wanted, within the horizon.
    chance
        Wanted chance that they are there, above 0 and below 1.

    Raises
    ------
    ValueError
        If one of them is outside that range.
    """
    scenario = loaded.scenario
    if role not in scenario.staff or people < 1 or not 0 < chance < 1:
        raise ValueError("needs a role of the scenario, at least one person and a chance between 0 and 1")
    if not scenario.start <= by < scenario.end:
        raise ValueError("the date must be within the horizon")
    day = (by - scenario.start).days
    rules = seat_rules(scenario, role, day)
    on, team = ramped_on(rules, day), team_of(scenario, role, by)
    search = _Search(
        scenario.start, people, number_chances([seat.chance(on, rules) for seat in team.seats]),
        on.by_opening_day,
    )  # fmt: skip
    answers = {one: search.answer(one) for one in sorted({*CHANCES, chance})}
    asked = answers[chance]
    fewest = asked.requisitions if asked is not None else search.missing
    to_the_end = seat_rules(scenario, role, (scenario.end - scenario.start).days)
    usual = lead_days(1, to_the_end.joining, ramp_days(rules.ramp), 0.5)
    usual = None if usual is None else usual + rules.opens(0)
    return HireBy(
        role=role,
        people=people,
        by=by,
        start=scenario.start,
        chance=chance,
        headcount=scenario.staff[role].headcount,
        added=team.added,
        gone=team.gone + sum(seat.until <= day for seat in team.seats),
        ramped_without=search.ramped_without,
        enough_without=float(search.curve(0)[0]),
        answers=answers,
        others=search.more_than(asked) if asked is not None else (),
        best=tuple(search.best(number) for number in (search.missing, search.most)),
        same_time_to_hire=bool(to_the_end.joining.max(initial=0.0) > 1 - ROUNDING),
        usually_ramped=scenario.start + timedelta(days=usual)
        if usual is not None and usual < FOREVER
        else None,
        basis=basis_of(loaded, role),
        left_out=left_out(scenario, role, by),
        curves={number: search.curve(number) for number in range(max(fewest - 1, 0), fewest + 2)},
    )


class _Search:
    """Looks for the fewest requisitions, and the last day, that reach a chance."""

    def __init__(self, start: date, people: int, there: Floats, by_opening_day: Floats) -> None:
        self._start, self._people = start, people
        self._there, self._each = there, by_opening_day
        self._best_day = int(by_opening_day.argmax())
        self.ramped_without = float(there @ np.arange(len(there)))
        self.missing = max(1, math.ceil(people - self.ramped_without - 1e-9))
        """As many as are expected to be missing."""
        self.most = 2 * self.missing + 5
        """Beyond that, one hires a crowd against bad luck."""

    def curve(self, requisitions: int) -> Floats:
        """Chance of enough by day of opening."""
        return chance_of_enough(self._there, self._people, requisitions, self._each)

    def answer(self, chance: float) -> Answer | None:
        """The fewest requisitions that reach the chance, and how late they may be opened."""
        best = float(self._each[self._best_day])
        needed = requisitions_needed(self._there, self._people, best, chance, self.most)
        return None if needed is None else self._latest(needed, chance)

    def more_than(self, answer: Answer) -> tuple[Answer, ...]:
        """With more requisitions, as long as each of them leaves more time; two at most."""
        found: list[Answer] = []
        for extra in (1, 2) if answer.requisitions else ():
            before, more = (found or [answer])[-1], self._latest(answer.requisitions + extra, answer.chance)
            if before.open_by is None or more.open_by is None or more.open_by <= before.open_by:
                break
            found.append(more)
        return tuple(found)

    def best(self, requisitions: int) -> Best:
        """What they reach on the best day."""
        chance = float(self.curve(requisitions)[self._best_day])
        return Best(requisitions, self._start + timedelta(days=self._best_day), chance)

    def _latest(self, requisitions: int, chance: float) -> Answer:
        day = int(np.flatnonzero(self.curve(requisitions) >= chance - ROUNDING)[-1])
        each = float(self._each[day])
        number = np.convolve(self._there, number_chances([each] * requisitions))
        return Answer(
            chance=chance,
            requisitions=requisitions,
            open_by=self._start + timedelta(days=day) if requisitions else None,
            ramped=self.ramped_without + requisitions * each,
            late=float(number[: self._people].sum()),
            one_short=float(number[self._people - 1]) if self._people <= len(number) else 0.0,
        )
