"""The formulas of people who come and go against the simulation of the same scenario."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from theory.comparing import in_half_widths

from csm_sim.analysis.hiring import hire_by
from csm_sim.engine.simulate import simulate
from csm_sim.scenario import load
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import build_world

SCENARIO = """\
name: People who come and go
start: 2027-04-01
horizon: 300d
warm_up: 0d
segments:
  smb: {touch: low, accounts: 1, arr: 1M, owner: csm}
playbooks:
  check: {for: smb, every: year, steps: [{do: call, effort: 1h}]}
staff:
  csm:
    headcount: 5
    ramp: [50%, 80%, 100%]
    time_to_hire: {mean: 8 weeks, cv: 0.6}
    attrition: 60% per year
    notice: 45d
people:
  - {name: Ann, role: csm, until: 2027-11-30}
  - {name: Bo, role: csm, start: 2027-06-01}
  - {name: Cy, role: csm, start: 2027-05-01, until: 2028-01-31}
timeline:
  - {on: 2027-05-15, hire: {role: csm, count: 2}}
  - {on: 2027-07-01, hire: {role: csm, count: 1}}
  - {on: 2027-07-01, freeze: {role: csm, for: 9 weeks}}
  - {on: 2027-07-15, hire: {role: csm, count: 1, until: 2028-12-31}}
"""
DATES = (date(2027, 6, 30), date(2027, 8, 31), date(2027, 11, 1), date(2028, 1, 5))
WANTED = 8
RAMP_DAYS = 61
REPLICATIONS = 1500
COMPARISONS = 2 * len(DATES)


@pytest.mark.slow
def test_as_many_are_ramped_as_the_formulas_say(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    loaded = load(path)
    world = build_world(loaded)
    days = [(one - loaded.scenario.start).days for one in DATES]
    ramped = np.zeros((REPLICATIONS, len(days)))
    for replication in range(REPLICATIONS):
        events = simulate(world, seed=20270401, replication=replication, log_capacity=2000).events
        changes = events[np.isin(events["what"], (ev.JOINED, ev.LEFT))]
        for column, day in enumerate(days):
            # who is there at the start is past the ramp, and no event tells that they join
            since = dict.fromkeys(range(5), -RAMP_DAYS)
            for change in changes[changes["time"] <= day * r.DAY]:
                if change["what"] == ev.JOINED:
                    since[int(change["person"])] = int(change["time"] / r.DAY)
                else:
                    del since[int(change["person"])]
            ramped[replication, column] = sum(day - joined >= RAMP_DAYS for joined in since.values())
    for column, one in enumerate(DATES):
        found = hire_by(loaded, "csm", WANTED, one)
        values = ramped[:, column]
        assert abs(in_half_widths(values, found.ramped_without, COMPARISONS)) <= 1.0
        enough = (values >= WANTED) * 1.0
        assert found.enough_without == pytest.approx(enough.mean(), abs=0.05)
        if 0.01 < found.enough_without < 0.99:
            assert abs(in_half_widths(enough, found.enough_without, COMPARISONS)) <= 1.0
