"""The target break against queues whose break is known: M/M/1 books, by theory, by Lindley's recursion and
by simulation.

Every account raises tickets at random at a rate of its own; the person who owns ``n`` accounts is an M/M/1
queue with load ``rho = n / n_c``, and ``P(W > t) = rho exp(-(1 - rho) t)`` with ``t`` in mean efforts. The
break is the ``n`` at which that is the share that may be late. Tickets in waits are correlated, replications
are independent; an interval from resampled replications has to hold the true break about 95 times in 100.

Measured over 1,000 macro-runs of 40 replications, 94.7 % of the intervals hold it for M/M/1 and 94.6 % for
M/D/1 (standard error 0.7 %). In 300 runs chance makes 92.6 % to 96.8 % of that nine times in ten; the
seed is fixed.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from csm_sim.analysis.breakpoint import Question, find_breakpoint, fluid_break
from csm_sim.analysis.breakpoint_books import Nest, books_of
from csm_sim.analysis.breakpoint_curves import break_of_ratio, break_of_total, resampling
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants

Floats = NDArray[np.float64]

FLUID = 50.0
"""Accounts at which the load is 1."""
LINE = 0.8
"""Share of the tickets that are to be answered in time."""
PATIENCE = 4.0
"""Within so many mean efforts."""
MACRO_RUNS = 300
REPLICATIONS = 40
TICKETS = 1500
"""Of the largest book, in a replication."""
SETTLED = 500
"""Of them those that come while the queue settles: five relaxation times near the break."""


def share_in_time(accounts: float, deterministic: bool = False) -> float:
    """P(W <= t) of M/M/1, or of M/D/1 by Crommelin's formula."""
    load = accounts / FLUID
    if not deterministic:
        return 1.0 - load * math.exp(-(1.0 - load) * PATIENCE)
    steps = range(math.floor(PATIENCE) + 1)
    terms = [
        (load * (k - PATIENCE)) ** k / math.factorial(k) * math.exp(-load * (k - PATIENCE)) for k in steps
    ]
    return (1.0 - load) * math.fsum(terms)


def true_break(deterministic: bool = False) -> float:
    return float(brentq(lambda n: share_in_time(n, deterministic) - LINE, 1.0, FLUID - 1e-9))


def waits(generator: np.random.Generator, sizes: Floats, deterministic: bool) -> tuple[Floats, Floats]:
    """(size, replication): tickets in time and tickets, of nested books on the same luck.

    A ticket comes from one of the accounts of the largest book. In a smaller one it takes no time if its
    account is not in it, and is not counted: Lindley's recursion ``W' = max(0, W + S - A)`` then runs over
    the same instants in all books, as ``U - min U`` of the random walk ``U``.
    """
    largest = float(sizes[-1])
    shape = (REPLICATIONS, TICKETS)
    gaps = generator.exponential(FLUID / largest, shape)
    efforts = np.ones(shape) if deterministic else generator.exponential(1.0, shape)
    account = generator.random(shape) * largest
    above, below = np.empty((2, len(sizes), REPLICATIONS))
    for row, size in enumerate(sizes):
        mine = account < size
        walk = np.cumsum(np.where(mine, efforts, 0.0)[:, :-1] - gaps[:, 1:], axis=1)
        walk = np.concatenate([np.zeros((REPLICATIONS, 1)), walk], axis=1)
        wait = walk - np.minimum.accumulate(walk, axis=1)
        counted = mine[:, SETTLED:]
        above[row] = (counted & (wait[:, SETTLED:] <= PATIENCE)).sum(axis=1)
        below[row] = counted.sum(axis=1)
    return above, below


@pytest.mark.parametrize("deterministic", [False, True], ids=["M/M/1", "M/D/1"])
def test_the_interval_holds_the_analytic_break(deterministic: bool) -> None:
    truth = true_break(deterministic)
    # as the search looks: coarse apart from the break, fine around it
    around = np.arange(math.floor(truth) - 3, math.floor(truth) + 5, dtype=np.float64)
    sizes = np.unique(np.concatenate([[30.0, 35.0], around, [48.0]]))
    generator = np.random.Generator(np.random.PCG64(7))
    held, errors = 0, []
    for run in range(MACRO_RUNS):
        found, _ = break_of_ratio(
            sizes, *waits(generator, sizes, deterministic), LINE, resampling(REPLICATIONS, run)
        )
        held += found.low <= truth <= found.high
        errors.append(found.at - truth)
    # of 300 runs, 279 are 93 %
    assert held >= 0.93 * MACRO_RUNS, f"{held} of {MACRO_RUNS}, mean error {np.mean(errors):.3f}"
    assert held <= 0.985 * MACRO_RUNS  # and it is no wider than it must be
    assert abs(float(np.mean(errors))) < 4 * float(np.std(errors)) / math.sqrt(MACRO_RUNS) + 0.1


def test_the_interval_holds_the_first_account_that_does_not_pay() -> None:
    """Accounts that bring 0.9 each up to 36, and from there on less, until they bring nothing at 42.

    What an account brings varies by 1 from future to future, as in measurements of one CSM with 42 accounts.
    """
    every = np.arange(25.0, 64.0)
    middle = every[:-1] + 0.5
    brings = np.where(middle < 36, 0.9, 0.9 - 0.15 * (middle - 36))
    sizes = np.array([25, 29, 34, 36, 38, 40, 42, 44, 46, 50, 54, 59, 63.0])
    generator = np.random.Generator(np.random.PCG64(3))
    held, errors = 0, []
    for run in range(MACRO_RUNS):
        each = brings[:, None] + generator.standard_normal((len(middle), REPLICATIONS))
        totals = np.concatenate([np.zeros((1, REPLICATIONS)), each.cumsum(axis=0)])
        draws = resampling(REPLICATIONS, run)
        found, _ = break_of_total(sizes, totals[np.searchsorted(every, sizes)], 3.2, 0.0, draws)
        held += found.low <= 42.0 <= found.high
        errors.append(found.at - 42.0)
    assert 0.93 * MACRO_RUNS <= held <= 0.99 * MACRO_RUNS, f"{held} of {MACRO_RUNS}"
    assert abs(float(np.mean(errors))) < 0.15


SCENARIO = """\
name: a book that is M/M/1
start: 2027-01-01
horizon: 60d
warm_up: 14d
calendar: 24x7
segments: {{customers: {{touch: low, accounts: 30, arr: 0, owner: csm}}}}
staff: {{csm: {{headcount: {people}, switch: 0min, shrinkage: {shrinkage}}}}}
tickets:
  rate: 0.48 per hour
  severities:
    only: {{effort: {{exponential: {effort}}}, first_response: {target}min}}
targets: {{sla: 80%}}
run: {{seed: 5}}
"""


def simulated(folder: Path, people: int, shrinkage: str, effort: str, replications: int = 20):  # type: ignore[no-untyped-def]
    file = folder / "book.yaml"
    target = PATIENCE * 2.5  # 50 accounts at 0.48 an hour are 24 an hour: a load of 1 with 2.5 minutes each
    text = SCENARIO.format(people=people, shrinkage=shrinkage, effort=effort, target=target)
    file.write_text(text, encoding="utf-8")
    variants = Variants(file)
    books = books_of(variants.base, "csm")

    def needed(one):  # type: ignore[no-untyped-def]
        from csm_sim.analysis.workload_heads import heads_needed

        return heads_needed(one.world)["csm"].people

    fluid = fluid_break(Nest(variants, books), books, needed)
    with Trials(5, twin=False, jobs=1) as trials:
        return find_breakpoint(variants, books, Question(replications, 5, leave_weeks=0), trials, fluid)


def test_the_simulation_breaks_where_theory_says(tmp_path: Path) -> None:
    found = simulated(tmp_path, 1, "0%", "2.5min")
    assert found.fluid == pytest.approx(FLUID, rel=1e-6)
    assert found.first is not None
    assert found.first.found.low <= true_break() <= found.first.found.high
    assert found.first.found.high - found.first.found.low < 1.0
    assert found.economic is None
    assert any("no economic break" in reason for reason in found.left_out)


def test_half_the_time_for_half_the_effort_breaks_at_the_same_book(tmp_path: Path) -> None:
    """Doubling hours and effort leaves the break where it is."""
    whole = simulated(tmp_path, 1, "0%", "2.5min", 8)
    half = simulated(tmp_path, 1, "50%", "1.25min", 8)
    assert whole.first is not None and half.first is not None
    assert half.fluid == pytest.approx(whole.fluid, rel=1e-6)
    assert half.first.found.at == pytest.approx(whole.first.found.at, abs=0.02)
