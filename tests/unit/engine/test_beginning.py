"""What replications have in common stays as it was, whatever happens in them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
from properties.crowds import everything
from properties.scenarios import world_from

from csm_sim.engine.beginning import Beginning, beginning_of
from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world.build import World


def arrays(what: Beginning | Outcome) -> dict[str, list[bytes]]:
    """Field by field: what lies between the fields of a record is anything."""
    found = {field.name: getattr(what, field.name) for field in fields(what)}
    return {
        name: [array[of].tobytes() for of in array.dtype.names] if array.dtype.names else [array.tobytes()]
        for name, array in found.items()
        if isinstance(array, np.ndarray)
    }


def quiet(world: World) -> World:
    """Nobody comes, goes or is away."""
    rules = world.supply.rules.copy()
    rules["hazard"] = rules["planned_days"] = rules["sick_days"] = 0
    seats = world.supply.seats.copy()
    seats["joins_day"] = np.minimum(seats["joins_day"], 0)
    seats["until_day"] = 2**30
    return replace(world, supply=replace(world.supply, acts=(), rules=rules, seats=seats))


def test_replications_leave_the_beginning_as_it_was() -> None:
    world = world_from(everything())
    for one in (world, quiet(world)):
        first = simulate(one, seed=1, replication=0)
        begun = deepcopy(arrays(beginning_of(one)))
        first.hours[:], first.capacity[:] = -1.0, -1.0  # an outcome is its owner's
        others = [simulate(one, seed=1, replication=number, unlimited=number == 2) for number in (1, 2)]
        assert len(others[0].events) == 0
        again, anew = (simulate(w, seed=1, replication=0) for w in (one, replace(one)))
        assert arrays(again) == arrays(anew)
        assert arrays(beginning_of(one)) == begun
        assert again.hours.min() >= 0


def test_a_changed_world_begins_anew() -> None:
    world = world_from(everything())
    assert beginning_of(world) is beginning_of(world)
    assert beginning_of(replace(world)) is not beginning_of(world)
