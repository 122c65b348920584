"""CPU time of a comparison of two plans for 3,000 customers over 24 months, and what pairing saves.

Run from the top of the repository: ``python benchmarks/compare.py``. One process; the simulation is compiled
before the clock starts. Without pairing means that the plan meets other futures than the base.
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

import numpy as np

from csm_sim.analysis.compare import Entry, Question, compare
from csm_sim.analysis.compared import Compared
from csm_sim.analysis.money import flows_of
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants
from csm_sim.report.compare_data import to_json
from csm_sim.report.html_compare import compare_page
from csm_sim.report.xlsx import compare_workbook

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "b2b_saas_3000.yaml"
WITHOUT_CUT = "timeline=[{on: 2027-06-01, surge: {tickets: x1.5, for: 6 weeks}}]"
PRECISION = 0.1
LIMIT_SECONDS = 30.0


def question() -> Question:
    """The support team as it is against one of four cut in October."""
    versions = Variants(SCENARIO)
    base, plan = versions.variant(WITHOUT_CUT), versions.base
    entries = [Entry(name, SCENARIO.name, versions, one) for name, one in (("base", base), ("cut", plan))]
    return Question(entries[0], (entries[1],), None, PRECISION)


def compile_first(asked: Question) -> None:
    """One future of each plan, with its twin."""
    with Trials(999, jobs=1) as trials:
        trials.ensure([(entry.variant, [0]) for entry in asked.entries])


def unpaired(asked: Question, n: int) -> float:
    """Futures of each plan that it takes for the same precision when they are independent of each other."""
    arr = []
    for seed, entry in enumerate(asked.entries, start=1):
        with Trials(seed, twin=False, jobs=1) as trials:
            sample = trials.sample(entry.variant, range(n))
            arr.append(flows_of(entry.variant.scenario, entry.variant.world, sample).arr[:, -1])
    apart = arr[1].mean() - arr[0].mean()
    variance = np.var(arr[0], ddof=1) + np.var(arr[1], ddof=1)
    return float(variance * (1.96 / (PRECISION * apart)) ** 2)


def report(found: Compared, seconds: float, break_even: float) -> None:
    arr = found.plans[0].difference("arr_expected")
    assert arr is not None
    print(f"n = {found.n} futures of each plan, ARR difference {arr.apart.mean / 1e6:.1f}M", end=" ")
    print(f"±{abs(arr.apart.half_width / arr.apart.mean):.1%}, precise as asked: {found.reached}")
    print(f"CPU {seconds:.1f} s, with break-even {seconds + break_even:.1f} s (limit {LIMIT_SECONDS:.0f} s)")


def main() -> None:
    asked = question()
    compile_first(asked)
    with tempfile.TemporaryDirectory() as folder, Trials(1, jobs=1, folder=Path(folder)) as trials:
        began = time.process_time()
        found = compare(asked, trials, None)
        seconds = time.process_time() - began
        with Trials(1, twin=False, jobs=1, folder=Path(folder)) as plain:
            began = time.process_time()
            found = compare(asked, trials, plain)
            report(found, seconds, time.process_time() - began)
    needed = unpaired(asked, found.n)
    print(
        f"without pairing: about {needed:,.0f} futures of each plan for the same precision,"
        f" {needed / found.n:.0f} times as many, {seconds * needed / found.n:,.0f} s"
    )
    began = time.process_time()
    page = compare_page(found)
    made = time.process_time() - began
    began = time.process_time()
    book = compare_workbook(found)
    print(
        f"page {len(page.encode()) / 1e3:.0f} kB in {made:.2f} s, workbook {len(book) / 1e3:.0f} kB in"
        f" {time.process_time() - began:.2f} s, data {len(repr(to_json(found))) / 1e3:.0f} kB"
    )
    if math.isnan(needed) or seconds > LIMIT_SECONDS:
        raise SystemExit(f"more than {LIMIT_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
