"""What a user waits for: starting, compiling, and 100 replications of a shipped scenario.

``python benchmarks/shipped.py --help``. Every figure is of whole processes, from the shell's point of view.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from fresh import cost, spread

SCENARIOS = Path(__file__).parent.parent / "scenarios"
CSM_SIM = [sys.executable, "-m", "csm_sim"]
SMALL = SCENARIOS / "one_csm_100_accounts.yaml"
SIMULATE = f"""
from pathlib import Path
from csm_sim.engine.simulate import simulate
from csm_sim.scenario.load import load
from csm_sim.world.build import build_world
world = build_world(load(Path({str(SMALL)!r})))
for unlimited in (False, True):
    simulate(world, seed=1, replication=0, unlimited=unlimited)
"""

LEAVE = """
import os

def leave(env, org):
    os._exit(0)
    yield
"""
"""A policy that ends the process as the first future begins: what it has cost until then is the start."""


def measure(name: str, command: list[str], repeats: int, **environment: str) -> None:
    """Print what a command costs."""
    costs = [cost(command, **environment) for _ in range(repeats)]
    cpu, wall = spread([c.cpu_seconds for c in costs]), spread([c.wall_seconds for c in costs])
    print(f"{name:44}{cpu:>24}{wall:>24}{max(c.peak_megabytes for c in costs):10.0f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each command")
    parser.add_argument("--compile-repeats", type=int, default=2, help="compilations from nothing")
    parser.add_argument("--replications", type=int, default=100)
    options = parser.parse_args()
    print(f"{'median (least-most)':44}{'CPU s':>24}{'wall s':>24}{'peak MB':>10}")
    one_run = [sys.executable, "-c", SIMULATE]
    for number in range(options.compile_repeats):
        with tempfile.TemporaryDirectory() as empty:
            measure(f"first run ever, compiling ({number + 1})", one_run, 1, NUMBA_CACHE_DIR=empty)
    cost(one_run)  # fills the usual cache
    measure("a later run: one small replication and twin", one_run, options.repeats)
    measure("python -c pass", [sys.executable, "-c", "pass"], options.repeats)
    measure("csm-sim --help", [*CSM_SIM, "--help"], options.repeats)
    measure("csm-sim check", [*CSM_SIM, "check", str(SMALL)], options.repeats)
    if subprocess.run([*CSM_SIM, "run", "--help"], capture_output=True, check=False).returncode:
        print("(csm-sim run is not there)")
        return
    for name in ("one_csm_100_accounts", "b2b_saas_3000"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "leave.py").write_text(LEAVE)
            (Path(folder) / f"{name}.yaml").write_bytes((SCENARIOS / f"{name}.yaml").read_bytes())
            leaving = Path(folder) / "start.yaml"
            leaving.write_text(f"extends: {name}.yaml\npolicies: [{{module: leave.py, function: leave}}]\n")
            start = [*CSM_SIM, "run", str(leaving), "--allow-code", "--jobs", "1", "--output"]
            measure(f"run {name} until it simulates", [*start, str(Path(folder) / "out")], options.repeats)
        with tempfile.TemporaryDirectory() as folder:
            run = [*CSM_SIM, "run", str(SCENARIOS / f"{name}.yaml"), "--jobs", "1"]
            run += ["--replications", str(options.replications)]
            # A finished run folder would be taken for the answer, so each run gets its own.
            for number in range(max(1, options.repeats // 2)):
                folders = ["--output", str(Path(folder) / str(number))]
                measure(f"run {name} x {options.replications} ({number + 1})", [*run, *folders], 1)


if __name__ == "__main__":
    main()
