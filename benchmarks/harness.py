"""Time every peer on the models and compare what they answer; ``python benchmarks/harness.py --help``.

Each peer has a process of its own, so that none runs in what another has left behind. Only CPU seconds of
the call itself count: not the start, not the first call, not the way to the process and back.
"""

import argparse
import importlib
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count

import models as m
import numpy as np
from scipy import stats

from csm_sim.theory.priorities import mmc_priority_wait_means
from csm_sim.theory.queues import mmc_occupancy

PEERS = ("ours", "peer_simpy", "peer_simpy_textbook", "peer_reference", "peer_cimba", "peer_ciw")
MODELS = {
    "csm_team": "Model A: CSM team",
    "pooled_desk": "Model B: pooled desk",
    "full_desk": "Model C: full desk",
}
REFERENCE = "lean SimPy"
FALSE_ALARM_RATE = 0.01  # of a whole table: shared among its comparisons (Bonferroni)
TIMED_CALL_SECONDS = 0.5  # fast peers run several replications a call, which spreads their fixed costs
AGREEMENT_SECONDS = 60.0

Outcome = m.TeamOutcome | m.DeskOutcome | m.FullDeskOutcome
fresh_seeds = count(1)


def seeds(n: int) -> list[int]:
    """Seeds that nobody has had yet."""
    return [next(fresh_seeds) for _ in range(n)]


def describe(module_name: str) -> tuple[str, set[str], bool]:
    """Display name, models and whether it is only timed; runs in the peer's process."""
    module = importlib.import_module(module_name)
    models = {model for model in MODELS if getattr(module, model) is not None}
    return module.NAME, models, getattr(module, "PART_OF_HORIZON", False)


def timed(
    module_name: str, model: str, call_seeds: list[int], exponential: bool
) -> tuple[float, Sequence[Outcome]]:
    """CPU seconds and outcomes of one call; runs in the peer's process."""
    run = getattr(importlib.import_module(module_name), model)
    start = time.process_time()
    outcomes = run(call_seeds, exponential=True) if exponential else run(call_seeds)
    return time.process_time() - start, outcomes


class Peer:
    """A peer in a process of its own."""

    def __init__(self, module_name: str) -> None:
        self.module_name = module_name
        self.process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        self.name, self.models, self.only_timed = self.process.submit(describe, module_name).result()

    def run(
        self, model: str, replications: int, exponential: bool = False
    ) -> tuple[float, Sequence[Outcome]]:
        """CPU seconds and outcomes of so many replications in one call."""
        return self.process.submit(timed, self.module_name, model, seeds(replications), exponential).result()


def start_peers(names: Sequence[str]) -> list[Peer]:
    """The peers that are installed."""
    peers = []
    for name in names:
        try:
            peers.append(Peer(name))
        except ImportError as error:
            print(f"({name} is left out: {error})")
    return peers


def speed_table(peers: list[Peer], model: str, repeats: int) -> dict[str, float]:
    """Print tasks per CPU second, and return the CPU seconds of one replication. Repeats are interleaved."""
    batch, per_replication = {}, {}
    for peer in peers:
        peer.run(model, 1)  # compiles, fills caches; not timed
        per_replication[peer.name] = peer.run(model, 1)[0]
        batch[peer.name] = max(1, round(TIMED_CALL_SECONDS / per_replication[peer.name]))
    speeds: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for _ in range(repeats):
        for peer in peers:
            seconds, outcomes = peer.run(model, batch[peer.name])
            speeds[peer.name].append(sum(outcome.tasks_done for outcome in outcomes) / seconds)
            per_replication[peer.name] = seconds / batch[peer.name]
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    others = list(medians)
    print(
        f"{'':15}{'tasks/CPU s':>14}{'lowest':>14}{'highest':>14}"
        + "".join(f"{'x ' + o:>18}" for o in others)
    )
    for name, values in speeds.items():
        ratios = "".join(f"{medians[name] / medians[other]:18.2f}" for other in others)
        print(f"{name:15}{medians[name]:14,.0f}{min(values):14,.0f}{max(values):14,.0f}{ratios}")
    return per_replication


def agreement_table(
    peers: list[Peer],
    model: str,
    replications: int,
    cost_seconds: dict[str, float],
    formula: dict[str, float] | None = None,
) -> bool:
    """Print mean and 95 % t-interval of every quantity; mark those too far from the reference or formula."""
    samples: dict[str, dict[str, list[float]]] = {}
    fields: tuple[str, ...] = ()
    for peer in peers:
        if peer.only_timed:
            continue
        affordable = int(AGREEMENT_SECONDS / max(cost_seconds[peer.name], 1e-9))
        _, outcomes = peer.run(model, max(3, min(replications, affordable)), exponential=formula is not None)
        fields = outcomes[0]._fields
        samples[peer.name] = {field: [float(getattr(o, field)) for o in outcomes] for field in fields}
    against = formula if formula is not None else samples.get(REFERENCE, {})
    compared = [name for name in samples if formula is not None or name != REFERENCE]
    level = FALSE_ALARM_RATE / max(1, len(compared) * len(against))
    agreed = True
    for field in fields:
        goal = f"   formula {formula[field]:.5g}" if formula is not None and field in formula else ""
        print(f"{field}{goal}")
        for name in samples:
            values = samples[name][field]
            half_width = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
            mark = ""
            if name in compared and field in against:
                mark = f"  p = {p_value(values, against[field]):.3f}"
                if p_value(values, against[field]) < level:
                    agreed, mark = False, mark + "  DIFFERS"
            print(f"  {name:15}{np.mean(values):14.6g} ± {half_width:<12.3g} n = {len(values)}{mark}")
    if against:
        print(f"comparisons with {'the formula' if formula else REFERENCE}; DIFFERS at p < {level:.2g}")
    else:
        print(f"nothing compared: {REFERENCE} was left out")
    return agreed


def p_value(values: list[float], other: list[float] | float) -> float:
    """Two-sided p-value of equal means: Welch between two peers, one-sample t against a formula."""
    if isinstance(other, list):
        return float(stats.ttest_ind(values, other, equal_var=False).pvalue)
    return float(stats.ttest_1samp(values, other).pvalue)


def desk_formula() -> dict[str, float]:
    """Exact answers for Model B with exponential efforts: M/M/c with two non-preemptive classes."""
    rate_1 = m.DESK_RATE_PER_HOUR * m.DESK_SHARE_CLASS_1
    service_rate = 1.0 / m.DESK_EFFORT_HOURS
    waits = mmc_priority_wait_means([rate_1, m.DESK_RATE_PER_HOUR - rate_1], service_rate, m.DESK_PEOPLE)
    return {
        "class_1_wait_hours": float(waits[0]),
        "class_2_wait_hours": float(waits[1]),
        "utilisation": mmc_occupancy(m.DESK_RATE_PER_HOUR, service_rate, m.DESK_PEOPLE),
    }


def main() -> int:
    """Run the benchmark; exit code 1 if any two peers, or a peer and the formula, disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="timed calls of each peer")
    parser.add_argument("--replications", type=int, default=20, help="replications for the agreement tables")
    parser.add_argument("--peers", nargs="+", default=PEERS, choices=PEERS)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    options = parser.parse_args()

    peers, agreed = start_peers(options.peers), True
    for model in options.models:
        print(MODELS[model])
        able = [peer for peer in peers if model in peer.models]
        cost_seconds = speed_table(able, model, options.repeats)
        agreed &= agreement_table(able, model, options.replications, cost_seconds)
        if model == "csm_team":
            offered, hours = m.expected_team_utilisation(), m.TEAM_OPEN_MINUTES / 60
            print(f"offered load: {offered:.4f} of {hours:.1f} h a person")
        if model == "pooled_desk":
            print("\nModel B with exponential efforts, against the closed form")
            agreed &= agreement_table(able, model, options.replications, cost_seconds, desk_formula())
        print()
    print("all agree" if agreed else "THE PEERS DISAGREE: the speeds above are not comparable")
    return 0 if agreed else 1


if __name__ == "__main__":
    raise SystemExit(main())
