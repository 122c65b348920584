"""People: one from joining to leaving, the rules of a role, and who is looked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from csm_sim.world.build import World

BEFORE = -1
"""Day of joining of those who are there from the beginning."""

NEVER = -1


@dataclass(slots=True, eq=False)
class Stay:
    """A person, from joining to leaving."""

    seat: int
    """-1 once they have left."""
    role: int
    uid: int
    joined: int
    until: int
    own_factor: float
    occurrence: int
    """How many people sat in the seat before."""
    notice: int = NEVER
    """Day of leaving, from the notice on."""
    threshold: float = math.nan
    """Hazard at which the person resigns; nan until somebody asks."""
    resigns: int = NEVER
    """Day of the notice, once it is known."""
    hazard: float = 0.0
    """Added up until ``hazard_day``."""
    hazard_day: int = 0
    multiple: float = 1.0
    strain: float = math.nan
    """Running average of utilisation; nan before the first look."""
    since: int = 0
    """Day of sitting down in this seat."""
    ramp_role: int = -1
    """Whose ramp it is; -1 for those who are past it from the beginning."""
    coach: Stay | None = None
    trainings: list[float] = field(default_factory=list)
    absences: list[tuple[int, int]] = field(default_factory=list)
    """Long ones: first day, and the day after the last."""
    covered_until: int = NEVER
    """Colleagues have the book until then; NEVER: nobody covers."""
    offset: float = 0.0
    """Minutes that others have been busy in this seat in the week of ``since``."""
    brought: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Minutes busy and here in other seats, by week."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The SUPPLY rules of a role as Python numbers, which are read often."""

    hazard: float
    burnout_above: float
    burnout_effect: float
    burnout_weight: float
    notice_days: int
    backfill: bool
    coaching: float
    span_people: int
    span_share: float
    hands_over: bool
    orphan_days: int
    cover_days: int
    hire_dist: int
    takes_leave: bool
    ramp_months: int

    @classmethod
    def of(cls, row: Any, ramp_months: int) -> Rule:
        """The rules that a record holds."""
        named = {name: row[name].item() for name in cls.__dataclass_fields__ if name in row.dtype.names}
        leave = bool(row["planned_days"] > 0 or row["sick_days"] > 0)
        return cls(**named, takes_leave=leave, ramp_months=ramp_months)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A requisition: who is looked for, for which seat."""

    seat: int
    until: int
    calendar: int
    skills: int
    own_factor: float
    rebalance: bool
    not_before: int
    """Day on which the seat is free."""


def vacancy_of(world: World, seat: int, *, rebalance: bool = False) -> Vacancy:
    """The vacancy that the scenario itself describes for a seat."""
    row = world.supply.seats[seat]
    return Vacancy(
        seat, int(row["until_day"]), int(row["calendar"]), int(row["skills"]), float(row["own_factor"]),
        rebalance, 0,
    )  # fmt: skip
