"""What is counted in one replication while it runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.arrays import Floats, Records
from csm_sim.engine.histogram import HISTOGRAM_BINS
from csm_sim.engine.populate import State
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world.build import World
from csm_sim.world.supply import REORGANISE

Counts = NDArray[np.int32]


@dataclass(slots=True)
class Ledger:
    """Counts by month (0 is the warm-up), week, step, segment, role and seat, and the log."""

    tallies: Records
    """(month, step, segment + own work), TALLY."""
    cells: Records
    """(month, step x (segment + own work)): the same."""
    failures: Counts
    """(LATE or MISSED, seat + nobody, kind): planned work by whose book the account was in."""
    months: Records
    """(month, segment), MONTH."""
    desk: Records
    """(month, role), DESK; empty where the tickets of a segment always have one role."""
    histogram: Counts
    """(2, month, severity x (segment + own work), role or 1, bin)."""
    busy: Floats
    """(week, seat, 3)."""
    backlog: Floats
    """(month, role, BACKLOG_FIELDS)."""
    heads: NDArray[np.int64]
    """(month, role)."""
    moves: Counts
    """(month, role, MOVES_FIELDS)."""
    content: Floats
    """(month, role): mean satisfaction of the people at the month's end, nan where there is none."""
    cohorts: Floats
    """(opening book, then each month's new accounts; month; what): see Outcome.cohorts."""
    served: NDArray[np.int64]
    """(month, segment): accounts alive at the month's end by how they are served; counted if they move."""
    log: Records


def ledger_of(world: World, state: State, log_capacity: int) -> Ledger:
    """An empty ledger."""
    steps, segments, roles = len(world.steps), len(world.segments), len(world.roles)
    # where each segment's tickets have one role, counts by role follow from those by segment
    moving = any(act.what == REORGANISE for act in world.supply.acts)
    several = len(world.desk.shares) > 1 or bool(world.desk.common["overflow_role"][0] >= 0) or moving
    severities = int(world.steps["ticket"].sum()) if steps else 0
    places = (world.months, severities * (segments + 1), roles if several else 1)
    tallies = np.zeros((world.months + 1, steps, segments + 1), ct.TALLY)
    return Ledger(
        tallies=tallies,
        cells=tallies.reshape(world.months + 1, steps * (segments + 1)),
        failures=np.zeros((2, len(state.people) + 1, len(world.kinds)), np.int32),
        months=np.zeros((world.months + 1, segments), ct.MONTH),
        desk=np.zeros((world.months + 1 if several else 0, roles), ct.DESK),
        histogram=np.zeros((2, *places, HISTOGRAM_BINS), np.int32),
        busy=np.zeros((world.weeks, len(state.people), 3)),
        backlog=np.zeros((world.months, roles, len(ct.BACKLOG_FIELDS))),
        heads=np.zeros((world.months, roles), np.int64),
        moves=np.zeros((world.months + 1, roles, len(ct.MOVES_FIELDS)), np.int32),
        content=np.full((world.months, roles), np.nan),
        cohorts=np.zeros((world.months + 1, world.months, 4)),
        served=np.zeros((world.months, segments), np.int64),
        log=np.zeros(log_capacity, ev.EVENT),
    )
