"""csm-sim as one more peer, on the ordinary scenario files in ``scenarios/``.

What is timed is ``simulate`` as everybody calls it: accounts are made, the run is played, and all results
are counted, the histograms and the months too. The scenario is read once; every replication uses that.
"""

from functools import cache
from pathlib import Path

import models as m
import numpy as np

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.scenario.load import load
from csm_sim.world.build import World, build_world

NAME = "csm-sim"
SCENARIOS = Path(__file__).parent / "scenarios"


@cache
def world(model: str, sets: tuple[str, ...] = ()) -> World:
    """The world of a benchmark scenario, made once."""
    return build_world(load(SCENARIOS / f"{model}.yaml", sets))


def csm_team(seeds: list[int]) -> list[m.TeamOutcome]:
    """Run Model A once per seed."""
    return [team_outcome(simulate(world("csm_team"), seed=seed, replication=0)) for seed in seeds]


def team_outcome(outcome: Outcome) -> m.TeamOutcome:
    """What the peers report, from a csm-sim outcome; the steps are three of the QBR, check-in, ticket."""
    tally = outcome.tallies[:, 0]
    kinds = [tally[4:5], tally[3:4], tally[:3]]
    started = np.array([kind["taken_up"].sum() for kind in kinds], dtype=np.float64)
    waits = np.array([kind["wait_minutes"].sum() for kind in kinds])
    return m.team_outcome(outcome.tasks_done, started, waits, float(outcome.busy.sum()))


def pooled_desk(seeds: list[int], exponential: bool = False) -> list[m.DeskOutcome]:
    """Run Model B once per seed, optionally with exponential efforts of the same mean."""
    desk = world("pooled_desk_exponential" if exponential else "pooled_desk")
    return [desk_outcome(simulate(desk, seed=seed, replication=0)) for seed in seeds]


def desk_outcome(outcome: Outcome) -> m.DeskOutcome:
    """What the peers report, from a csm-sim outcome."""
    tally = outcome.tallies[:, 0]
    wait_1, wait_2 = (float(hours) for hours in tally["wait_minutes"] / tally["taken_up"] / 60.0)
    utilisation = float(outcome.busy.sum() / outcome.open_minutes.sum())
    return m.DeskOutcome(outcome.tasks_done, wait_1, wait_2, utilisation)


if __name__ == "__main__":
    print(*csm_team([1]), *pooled_desk([1]), sep="\n")
