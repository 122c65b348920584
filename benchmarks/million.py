"""A year of 1,000,000 tech-touch accounts, in a process of its own; ``python benchmarks/million.py --help``.

One replication of ``scenarios/b2c_1m.yaml`` (0.1 tickets a month each, a month of warm-up), without and with
its fully-staffed twin.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from fresh import Cost, cost, spread

SCENARIO = Path(__file__).parent.parent / "scenarios" / "b2c_1m.yaml"


def run_here(twin: bool) -> None:
    """Run it in this process and print where the CPU seconds went."""
    from csm_sim.engine.simulate import simulate
    from csm_sim.scenario.load import load
    from csm_sim.world.build import build_world

    imported = time.process_time()
    world = build_world(load(SCENARIO))
    built = time.process_time()
    outcome = simulate(world, seed=1, replication=0)
    simulated = time.process_time()
    found = {
        "start": imported,
        "world": built - imported,
        "run": simulated - built,
        "tasks": outcome.tasks_done,
        "accounts": len(outcome.accounts),
    }
    if twin:
        simulate(world, seed=1, replication=0, unlimited=True)
        found["twin"] = time.process_time() - simulated
    print(json.dumps(found))


def report(name: str, costs: list[Cost]) -> None:
    """Print the median and the spread of fresh processes."""
    parts = [json.loads(c.printed) for c in costs]
    print(f"{name}: {parts[0]['accounts']:,} accounts in the run, {parts[0]['tasks']:,} tasks done")
    print(f"  CPU s of the process  {spread([c.cpu_seconds for c in costs])}")
    for part in ("start", "world", "run", "twin"):
        if part in parts[0]:
            print(f"    {part:19} {spread([p[part] for p in parts])}")
    print(f"  wall s                {spread([c.wall_seconds for c in costs])}")
    print(f"  peak memory, MB       {spread([c.peak_megabytes for c in costs], 0)}")


def main() -> None:
    """Print both measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="fresh processes of each kind")
    parser.add_argument("--here", choices=("alone", "twin"), help="run once in this process")
    options = parser.parse_args()
    if options.here:
        run_here(options.here == "twin")
        return
    print("median (least-most) of fresh processes, compiled before")
    commands = {here: [sys.executable, __file__, "--here", here] for here in ("alone", "twin")}
    cost(commands["twin"])  # compiles, unless done before
    costs: dict[str, list[Cost]] = {here: [] for here in commands}
    for _ in range(options.repeats):
        for here, command in commands.items():
            costs[here].append(cost(command))
    report("without twin", costs["alone"])
    report("with twin", costs["twin"])


if __name__ == "__main__":
    main()
