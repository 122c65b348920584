"""CPU cost of a task as the book grows, with the same work per account; ``python benchmarks/scaling.py``.

Two organisations: owners with 50 accounts each, whose books are independent of each other, and one pool of
support people who serve everybody. Staff grow with the book, so that utilisation stays where it is.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from fresh import spread

from csm_sim.engine.simulate import simulate
from csm_sim.scenario.load import load
from csm_sim.world.build import World, build_world

SIZES = (500, 5_000, 20_000, 100_000)
COMMON = """
name: scaling
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
calendar: {{country: JP, week: mon-fri, hours: "09:00-18:00", break: 1h}}
"""
OWNED = (
    COMMON
    + """
segments: {{book: {{touch: high, accounts: {accounts}, arr: 1M, owner: csm}}}}
staff: {{csm: {{headcount: {people}, shrinkage: 30%}}}}
playbooks:
  check_in: {{for: all, every: 2 weeks, steps: [{{do: call, effort: 20min, due: 7d}}]}}
  review:
    for: all
    every: quarter
    steps:
      - {{do: prepare, effort: 1h, opens: 10d before, due: 1d before}}
      - {{do: meet, effort: 1h, due: 2d}}
      - {{do: follow up, effort: 30min, due: 7d}}
tickets: {{rate: 0.5 per month, severities: {{any: {{effort: 30min, resolve: 2bd}}}}}}
"""
)
POOLED = (
    COMMON
    + """
segments: {{book: {{touch: tech, accounts: {accounts}, arr: 1M}}}}
staff: {{support: {{headcount: {people}, shrinkage: 30%, serves: all}}}}
tickets:
  rate: 2 per month
  severities:
    p1: {{share: 30%, effort: {{mean: 30min, cv: 1}}, first_response: 4h, priority: 1}}
    p2: {{share: 70%, effort: {{mean: 30min, cv: 1}}, resolve: 2bd, priority: 2}}
"""
)
MODELS = {"owners, 50 accounts each": (OWNED, 50), "one pool, 100 accounts a person": (POOLED, 100)}
TIMED_SECONDS = 0.5


def make_world(model: str, accounts: int) -> World:
    """The world of a book of that size."""
    text, accounts_per_person = MODELS[model]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scaling.yaml"
        file.write_text(
            text.format(accounts=accounts, people=accounts // accounts_per_person), encoding="utf-8"
        )
        return build_world(load(file))


def microseconds_per_task(world: World, repeats: int) -> tuple[list[float], float, int]:
    """Cost of a task in each repeat, the utilisation, and the tasks of a replication."""
    start = time.process_time()
    outcome = simulate(world, seed=1, replication=0)
    batch = max(1, round(TIMED_SECONDS / (time.process_time() - start)))
    found = []
    for repeat in range(repeats):
        start, tasks = time.process_time(), 0
        for replication in range(batch):
            tasks += simulate(world, seed=1, replication=1 + repeat * batch + replication).tasks_done
        found.append((time.process_time() - start) / tasks * 1e6)
    return found, float(outcome.busy.sum() / outcome.open_minutes.sum()), outcome.tasks_done


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    for model in MODELS:
        simulate(make_world(model, SIZES[0]), seed=1, replication=0)  # compiles, unless done before
        print(
            f"{model}\n{'accounts':>10}{'tasks':>12}{'utilisation':>13}   CPU us a task: median (least-most)"
        )
        first = None
        for accounts in SIZES:
            cost, utilisation, tasks = microseconds_per_task(make_world(model, accounts), options.repeats)
            first = first or statistics.median(cost)
            print(
                f"{accounts:10,}{tasks:12,}{utilisation:13.3f}   {spread(cost, 3)}   "
                f"x {statistics.median(cost) / first:.2f}"
            )


if __name__ == "__main__":
    main()
