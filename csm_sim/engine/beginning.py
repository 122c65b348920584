"""What is the same at the beginning of all replications of a world: found once, copied or only read then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.arrays import Floats, Ints, Records
from csm_sim.engine.people import Rule, Vacancy, vacancy_of
from csm_sim.world import records as r
from csm_sim.world.build import World
from csm_sim.world.identity import absorb_uid
from csm_sim.world.supply import FOREVER

if TYPE_CHECKING:
    from csm_sim.engine.allotment import Others
    from csm_sim.engine.components import Places

Counted = tuple[Floats, Floats, Floats]


@dataclass(slots=True)
class Beginning:
    """The people of the first day, and what only depends on the world."""

    rules: list[Rule]
    """Of each role."""
    burnout: bool
    """Whether overwork makes anybody leave."""
    role_of_seat: list[int]
    seats_of_role: list[slice]
    is_there: list[bool]
    """Whether somebody sits in a seat from the beginning."""
    there: list[tuple[Vacancy, int]]
    """Who, by seat, and their identity."""
    people: Records
    """PERSON."""
    employed: NDArray[np.bool_]
    """(seat, day), if nobody came or left; who sits there is under contract, too."""
    temporary: NDArray[np.bool_]
    """(seat, day): likewise, whether the contract of who sits there has an end."""
    calendar: Ints
    """(seat, day): of who sits there, else of the role."""
    lengths: Floats
    """(calendar, day): working time."""
    month_days: list[int]
    """First day of each month."""
    month_ends: list[int]
    """The day after its last."""
    of_role: Floats
    """(seat, role): 1 where the seat is the role's."""
    counted: Counted | None = None
    """What the roster adds up to if nobody ever comes, leaves or is away."""
    capacity: tuple[bytes, Floats] | None = None
    """Likewise with one speed and ramp of each seat to the end: these, and the capacity."""
    places: Places | None = None
    """Where work goes as the scenario says."""
    others: Others | None = None
    """The streams that are of no account."""


_BEGINNINGS: WeakKeyDictionary[World, Beginning] = WeakKeyDictionary()


def beginning_of(world: World) -> Beginning:
    """The beginning of a world's replications."""
    found = _BEGINNINGS.get(world)
    if found is None:
        found = _BEGINNINGS[world] = _begin(world)
    return found


def _begin(world: World) -> Beginning:
    seats = world.supply.seats
    months = world.supply.ramp_months
    rules = [Rule.of(row, int(months[role])) for role, row in enumerate(world.supply.rules)]
    people = _people(world)
    month_days = [(first - world.first_day).days for first in world.month_starts]
    is_there: list[bool] = (seats["joins_day"] == 0).tolist()
    uids: list[int] = people["uid"].tolist()
    return Beginning(
        rules=rules,
        burnout=any(rule.burnout_effect != 1.0 for rule in rules),
        role_of_seat=seats["role"].tolist(),
        seats_of_role=[
            slice(int(role["first_slot"]), int(role["first_slot"] + role["slots"])) for role in world.roles
        ],
        is_there=is_there,
        there=[(vacancy_of(world, seat), uids[seat]) for seat, there in enumerate(is_there) if there],
        people=people,
        employed=np.repeat(np.array(is_there, np.bool_)[:, None], world.days, axis=1),
        temporary=np.repeat(
            (np.array(is_there, np.bool_) & (seats["until_day"] < FOREVER))[:, None], world.days, axis=1
        ),
        calendar=np.repeat(
            np.where(is_there, seats["calendar"], world.roles["calendar"][seats["role"]])[:, None],
            world.days,
            axis=1,
        ),
        lengths=np.diff(world.open_before, axis=1),
        month_days=month_days,
        month_ends=[*month_days[1:], world.days],
        of_role=np.eye(len(world.roles))[seats["role"]],
    )


def _people(world: World) -> Records:
    """Everyone who may ever be there, by seat; those who are there from the beginning are employed."""
    seats = world.supply.seats
    people = np.zeros(len(seats), r.PERSON)
    role = world.roles[seats["role"]]
    for number, of_role in enumerate(world.roles):
        first = int(of_role["first_slot"])
        for slot in range(int(of_role["slots"])):
            people[first + slot]["uid"] = absorb_uid(int(of_role["uid"]), slot)
            people[first + slot]["role"] = number
    people["speed"] = people["pace"] = role["speed"] * seats["own_factor"]
    people["calendar"], people["skills"] = seats["calendar"], seats["skills"]
    people["switch_cost"] = role["switch_minutes"]
    people["employed"] = people["open_book"] = people["is_idle"] = seats["joins_day"] == 0
    people["task"] = people["idle_before"] = people["idle_after"] = -1
    people["last_nature"] = -1
    people["finish"] = r.NEVER
    return people
