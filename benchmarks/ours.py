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


def full_desk(seeds: list[int]) -> list[m.FullDeskOutcome]:
    """Run Model C once per seed."""
    return [full_desk_outcome(simulate(world("full_desk"), seed=seed, replication=0)) for seed in seeds]


def full_desk_outcome(outcome: Outcome) -> m.FullDeskOutcome:
    """What the peers report, from a csm-sim outcome; the steps are the severities."""
    tally = outcome.tallies[:, 0]
    role = outcome.people["role"]
    busy_hours = np.bincount(role, weights=outcome.busy.sum(axis=(0, 2))) / 60.0
    return m.full_desk_outcome(
        opened=int(tally["opened"].sum()),
        resolved=int(tally["on_time"].sum()),  # none is late: the model has no target for it
        abandoned=int(tally["abandoned"].sum()),
        touches=outcome.tasks_done,
        taken_up=tally["taken_up"].tolist(),
        wait_hours=(tally["wait_minutes"] / 60.0).tolist(),
        in_target=tally["in_response"].tolist(),
        busy_hours=busy_hours.tolist(),
    )


if __name__ == "__main__":
    print(*csm_team([1]), *pooled_desk([1]), *full_desk([1]), sep="\n")
