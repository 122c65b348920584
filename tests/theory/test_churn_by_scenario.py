"""A book that only churns, held against the product of its renewal chances, and intervals that cover it.

Without work and without spread in usage health is known for every day, and with it the chance at every
renewal; what is left to chance are the renewal date and the coins. Seeds are fixed. False-alarm rates: two
comparisons at 3 standard errors, 0.3 % each; the survivors of three books, 0.3 % together; the coverage of
the intervals 0.1 % each.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from csm_sim.engine.simulate import simulate
from csm_sim.scenario.load import load
from csm_sim.world.build import World, build_world

TERM_DAYS, MONTH_DAYS = 365.25, 30.4375
RATES = {"green": 0.10, "yellow": 0.25, "red": 0.60}
START, MEMORY = 75.0, 0.2  # adoption, the only component that counts here

BOOK = """
name: a book that only churns
start: 2027-01-01
horizon: {days}d
warm_up: 0d
segments:
  customers:
    {{touch: tech, accounts: {accounts}, arr: {arr}, churn: {{green: 10%, yellow: 25%, red: 60%}}}}
staff: {{support: {{headcount: 0, serves: all}}}}
health:
  weights: {{adoption: 100%, engagement: 0%, support: 0%, onboarding: 0%}}
  start: {{adoption: 75}}
  memory: {{adoption: 20%}}
  usage: {{mean: {usage}, sd: {sd}}}
"""


def book(folder: Path, *, accounts: int, days: int, usage: float, sd: float = 0.0, arr: str = "1") -> World:
    file = folder / "book.yaml"
    file.write_text(BOOK.format(accounts=accounts, days=days, usage=usage, sd=sd, arr=arr), encoding="utf-8")
    return build_world(load(file))


def chance(health: float) -> float:
    """Churn at a renewal by docs/explanation/model.md, with bands that begin at 60 and 80."""
    logits = [math.log(RATES[band] / (1.0 - RATES[band])) for band in ("red", "yellow", "green")]
    return float(1.0 / (1.0 + np.exp(-np.interp(health, [30.0, 70.0, 90.0], logits))))


def survival(days: int, usage: float) -> float:
    """Chance of an account to be there at the end, with its first renewal anywhere in the term.

    Renewal ``j`` of an account with the first at ``x`` is on day ``floor(x + j term)``. A quarter of a day
    divides the term, so that day is the same for all ``x`` of a quarter and the mean over them is exact.
    """
    kept = []
    for x in np.arange(0.0, TERM_DAYS, 0.25):
        keeps, day = 1.0, math.floor(x)
        while day < days:
            observations = math.floor((day + 1) / MONTH_DAYS)
            while math.floor(observations * MONTH_DAYS) > day:
                observations -= 1
            keeps *= 1.0 - chance(usage + (START - usage) * (1.0 - MEMORY) ** observations)
            x += TERM_DAYS
            day = math.floor(x)
        kept.append(keeps)
    return float(np.mean(kept))


@pytest.mark.parametrize("usage", [20.0, 60.0, 95.0])
def test_survivors_are_the_product_of_the_renewals(usage: float, tmp_path: Path) -> None:
    accounts, days, replications = 2000, 1300, 200
    world = book(tmp_path, accounts=accounts, days=days, usage=usage)
    left = [
        simulate(world, seed=1, replication=replication).months["accounts_end"][-1, 0] / accounts
        for replication in range(replications)
    ]
    expected = survival(days, usage)
    assert 0.02 < expected < 0.9
    # Accounts are independent: the standard error is known, about 0.1 % of the book.
    error = math.sqrt(expected * (1.0 - expected) / (accounts * replications))
    assert abs(np.mean(left) - expected) < stats.norm.isf(0.003 / 6) * error


def test_expected_churn_is_counted_churn_on_average(tmp_path: Path) -> None:
    world = book(tmp_path, accounts=200, days=1300, usage=60.0, sd=25.0, arr="{p50: 1M, p90: 5M}")
    months = [simulate(world, seed=2, replication=replication).months for replication in range(1000)]
    for counted, expected in (("churned", "churn_expected"), ("arr_churned", "arr_churn_expected")):
        coins = np.array([of_one[counted].sum() for of_one in months])
        chances = np.array([of_one[expected].sum() for of_one in months])
        assert abs(np.mean(coins - chances)) < 3.0 * stats.sem(coins - chances)
        assert np.var(chances) < np.var(coins)  # what the chances are taken for


BOOKS, REPLICATIONS = 200, 50


def test_the_interval_of_fifty_replications_covers(tmp_path: Path) -> None:
    accounts, days = 60, 360
    world = book(tmp_path, accounts=accounts, days=days, usage=60.0)
    truth = accounts * (1.0 - survival(days, 60.0))
    months = [simulate(world, seed=3, replication=k).months for k in range(BOOKS * REPLICATIONS)]
    for column in ("churned", "churn_expected"):
        values = np.array([of_one[column].sum() for of_one in months]).reshape(BOOKS, REPLICATIONS)
        half_widths = stats.t.isf(0.025, REPLICATIONS - 1) * stats.sem(values, axis=1)
        covered = np.count_nonzero(np.abs(values.mean(axis=1) - truth) < half_widths)
        low, high = (float(stats.binom.ppf(tail, BOOKS, 0.95)) for tail in (0.0005, 0.9995))
        assert low <= covered <= high, column
