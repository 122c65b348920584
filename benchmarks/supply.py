"""What people's coming and going costs: the 3,000-customer scenario with all rules of supply, and without.

Both take turns in one process, so that the ratio does not depend on how busy the machine is. Counted is a
replication with its fully-staffed twin, and the stops of the timeline.
"""

import argparse
import statistics
import time
from pathlib import Path

from csm_sim.engine import desk
from csm_sim.engine.simulate import simulate
from csm_sim.scenario.load import load
from csm_sim.world.build import World, build_world

HERE = Path(__file__).parent
FILES = {
    "without": HERE.parent / "scenarios" / "b2b_saas_3000.yaml",
    "full supply": HERE / "scenarios" / "full_supply.yaml",
}


def milliseconds(world: World, replications: int) -> float:
    """CPU time of a replication and its twin, the mean of some."""
    start = time.process_time()
    for number in range(replications):
        simulate(world, seed=1, replication=number)
        simulate(world, seed=1, replication=number, unlimited=True)
    return 1e3 * (time.process_time() - start) / replications


def stops(world: World, replications: int) -> float:
    """How often the desk stops for the timeline in a replication, the mean of some."""
    called, work = 0, desk.work

    def count(*arguments: object) -> object:
        nonlocal called
        called += 1
        return work(*arguments)

    desk.work = count
    try:
        for number in range(replications):
            simulate(world, seed=1, replication=number)
    finally:
        desk.work = work
    return called / replications


def main() -> None:
    """Print CPU time with and without, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--replications", type=int, default=20, help="in each repeat")
    options = parser.parse_args()
    worlds = {name: build_world(load(path, data_dir=HERE.parent)) for name, path in FILES.items()}
    for world in worlds.values():
        milliseconds(world, 2)  # compiles; not counted
    found: dict[str, list[float]] = {name: [] for name in worlds}
    for _ in range(options.repeats):
        for name, world in worlds.items():
            found[name].append(milliseconds(world, options.replications))
    for name, values in found.items():
        print(
            f"{name:12} {statistics.median(values):6.1f} ms CPU a replication with twin "
            f"({min(values):.1f}-{max(values):.1f}), {stops(worlds[name], 20):.0f} stops of the desk"
        )
    ratios = [full / plain for full, plain in zip(found["full supply"], found["without"], strict=True)]
    print(f"ratio        {statistics.median(ratios):6.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


if __name__ == "__main__":
    main()
