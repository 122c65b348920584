"""The plain SimPy model of ``tests/reference``, which follows the rules of csm-sim to the same events.

It is as general as csm-sim and does as much for every event, but looks at everything at every instant. It is
timed on the first weeks of the models and left out of the tables of agreement: that it gives the same
events is a test of its own (``tests/reference/test_parity.py``).
"""

import math
import sys
from pathlib import Path

import models as m
import ours

from csm_sim.world.build import World
from csm_sim.world.events import DONE, TO_CUSTOMER

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from reference.model import simulate_reference

NAME = "reference"
PART_OF_HORIZON = True
TEAM_DAYS, DESK_DAYS, FULL_DESK_DAYS = 60, 15, 15


def tasks_done(world: World, seed: int) -> int:
    """Run a replication and count its finished tasks, a touch of a ticket being one."""
    return sum(what in {DONE, TO_CUSTOMER} for _, what, *_ in simulate_reference(world, seed, 0).events)


def csm_team(seeds: list[int]) -> list[m.TeamOutcome]:
    """Run the first weeks of Model A once per seed; only the number of tasks is filled in."""
    world = ours.world("csm_team", (f"horizon={TEAM_DAYS}d",))
    return [m.TeamOutcome(tasks_done(world, seed), *[math.nan] * 4) for seed in seeds]


def pooled_desk(seeds: list[int], exponential: bool = False) -> list[m.DeskOutcome]:
    """Run the first days of Model B once per seed; only the number of tasks is filled in."""
    model = "pooled_desk_exponential" if exponential else "pooled_desk"
    world = ours.world(model, (f"horizon={DESK_DAYS}d",))
    return [m.DeskOutcome(tasks_done(world, seed), *[math.nan] * 3) for seed in seeds]


def full_desk(seeds: list[int]) -> list[m.FullDeskOutcome]:
    """Run the first days of Model C once per seed; only the number of touches is filled in."""
    world = ours.world("full_desk", (f"horizon={FULL_DESK_DAYS}d",))
    return [m.FullDeskOutcome(tasks_done(world, seed), *[math.nan] * 12) for seed in seeds]


if __name__ == "__main__":
    print(*csm_team([1]), *pooled_desk([1]), *full_desk([1]), sep="\n")
