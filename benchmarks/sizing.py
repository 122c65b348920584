"""How often a sizing is wrong where the answer is known, and what it takes: docs/explanation/statistics.md.

Run from the top of the repository: ``python benchmarks/sizing.py``
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from theory.sizing_models import TEAMS, inside_tolerance, macro, wrong_share


def main() -> None:
    began = time.perf_counter()
    print("test at one tolerance from the level, sd = 3 tolerances, error 2.5%")
    for first in (10, 20):
        wrong, taken = wrong_share(3.0, 0.025, first, 20_000)
        print(f"  first {first:2}: wrong {wrong:.4f}, replications {taken:.0f}")
    print("searches: runs, violations, within tolerance, exact, points mean / most / allowed, replications")
    for name, team in itertools.chain(TEAMS.items(), [("met by a hair", inside_tolerance())]):
        one = macro(team, 400)
        print(
            f"  {name:14} {one.runs:4} {one.violations:4} {one.within:4} {one.exact:4}"
            f"   {one.mean_points:.1f} / {one.most_points} / {one.allowed_points}"
            f"   {one.mean_replications:.0f}"
        )
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
