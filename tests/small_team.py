"""A small scenario that has everything a report shows, and its replications."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from csm_sim.analysis.checkpoint import Checkpoint
from csm_sim.analysis.digest import layout_of
from csm_sim.analysis.replicate import Plan, Replications, replicate
from csm_sim.analysis.summarise import Summary, summarise
from csm_sim.scenario import Loaded, load
from csm_sim.world.build import World, build_world

SCENARIO = """\
name: Small team
start: 2027-04-01
horizon: 6 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 12, arr: {p50: 5M, p90: 9M}, term: 6 months, owner: csm,
        new: {per_month: 1}, churn: {green: 5%, yellow: 15%, red: 40%}}
  rest: {touch: tech, accounts: 40, arr: 1M, term: 3 months, churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 1, shrinkage: 30%}
  support: {headcount: 1, serves: [rest], shrinkage: 30%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 8h, due: 5d, drop_after: 5d}]}
  onboarding:
    for: key
    on: new_account
    first_value_after: train
    steps: [{do: kickoff, effort: 2h, due: 5d}, {do: train, effort: 2h, due: 20d}]
  admin: {per: person, role: csm, every: week, steps: [{do: report, effort: 3h, due: 4d}]}
tickets:
  rate: {key: 3 per month, rest: 1 per month}
  handled_by: support
  severities:
    p1: {share: 20%, effort: 2h, first_response: 2h, resolve: 8h, priority: 1}
    p2: {share: 80%, effort: 90min, resolve: 3bd}
targets: {on_time: 95%, sla: 50%, utilisation_p90: 85%, arr_lost: 1%}
run: {seed: 7, replications: 12, max_replications: 40}
"""


@dataclass(frozen=True)
class SmallRun:
    """A scenario on its way to a report."""

    loaded: Loaded
    world: World
    replications: Replications
    summary: Summary


def write_scenario(folder: Path, text: str = SCENARIO) -> Path:
    """The scenario as a file."""
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def run_small(folder: Path, *, n: int | None = 12, twin: bool = True, text: str = SCENARIO) -> SmallRun:
    """Simulate the small team."""
    loaded = load(write_scenario(folder, text))
    world = build_world(loaded)
    with Checkpoint(folder / "kept.bin", "0" * 64, layout_of(world, twin).length) as checkpoint:
        replications = replicate(world, Plan(7, n, most=40, twin=twin, jobs=1), checkpoint)
    return SmallRun(loaded, world, replications, summarise(loaded, world, replications))


@cache
def small_run(folder: Path) -> SmallRun:
    """The small team with its twin, simulated once for each folder."""
    return run_small(folder)
