"""How often 95 % intervals hold the truth where it is known: docs/explanation/statistics.md.

Run from the top of the repository: ``python benchmarks/interval_coverage.py``
"""

from __future__ import annotations

import math

import numpy as np

from csm_sim.analysis.intervals import mean_interval, quantile_interval, ratio_interval
from csm_sim.analysis.paired import Values

EXPERIMENTS = 20_000


def compound(rng: np.random.Generator, n: int, accounts: float, sigma: float) -> np.ndarray:
    """(n, EXPERIMENTS): ARR lost in a future, so many accounts of lognormal size on average."""
    counts = rng.poisson(accounts, n * EXPERIMENTS)
    sizes = rng.lognormal(0.0, sigma, counts.sum())
    ends = np.cumsum(counts)
    sums = np.concatenate([[0.0], np.cumsum(sizes)])
    return (sums[ends] - sums[ends - counts]).reshape(n, EXPERIMENTS)


def of_means(rng: np.random.Generator, n: int, accounts: float, sigma: float) -> float:
    """Share of the intervals of a mean that hold it."""
    found, truth = mean_interval(compound(rng, n, accounts, sigma)), accounts * math.exp(sigma**2 / 2)
    return float(np.mean((found.low <= truth) & (truth <= found.high)))


def of_ratios(rng: np.random.Generator, n: int) -> float:
    """Likewise of a share of tasks that share the luck of their future."""
    below = rng.poisson(300, (n, EXPERIMENTS))
    found = ratio_interval(rng.binomial(below, rng.beta(18, 2, below.shape)), below)
    return float(np.mean((found.low <= 0.9) & (found.high >= 0.9)))


def of_quantiles(rng: np.random.Generator, n: int, share: float) -> float:
    """Likewise of a quantile of single futures."""
    values, truth = rng.exponential(1.0, (EXPERIMENTS // 4, n)), -math.log(1.0 - share)
    held = 0
    for one in values:
        _, low, high = quantile_interval(one, share)
        held += low <= truth <= high
    return held / len(values)


def of_differences(rng: np.random.Generator, n: int) -> float:
    """Likewise of the paired difference of two shares on the same luck."""
    held = 0
    for _ in range(EXPERIMENTS // 4):
        below, chance = rng.poisson(300, n), rng.beta(18, 2, n)
        one = Values(rng.binomial(below, chance).astype(float), below.astype(float))
        other = Values(rng.binomial(below, 0.98 * chance).astype(float), below.astype(float))
        found = other.minus(one)
        held += found.low <= -0.018 <= found.high
    return held / (EXPERIMENTS // 4)


def main() -> None:
    rng = np.random.default_rng(7)
    for accounts, sigma in ((10.0, 1.0), (10.0, 1.5), (3.0, 1.5)):
        found = [f"{n}: {of_means(rng, n, accounts, sigma):.3f}" for n in (10, 20, 30, 100)]
        print(f"mean of sums of {accounts:g} accounts, lognormal sigma {sigma:g}:", *found)
    print("share:", *[f"{n}: {of_ratios(rng, n):.3f}" for n in (10, 20, 30, 100)])
    print("paired difference of shares:", *[f"{n}: {of_differences(rng, n):.3f}" for n in (10, 20, 30, 100)])
    print("P90 of futures:", *[f"{n}: {of_quantiles(rng, n, 0.9):.3f}" for n in (50, 100, 200)])


if __name__ == "__main__":
    main()
