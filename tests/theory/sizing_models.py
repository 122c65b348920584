"""Models of teams whose cheapest size is known, to try the sizing on many times over.

Separable: each role has a pool of its own, and each pool a target on the share of customers who give up,
which Erlang A gives exactly. A replication is a year of a pool: how many came, and how many gave up, with
busy and quiet years shared by all sizes of the team (the same luck) and noise of their own beside.

``python benchmarks/sizing.py`` prints the figures of docs/explanation/statistics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from csm_sim.analysis.feasibility import Aim, Measured, decide, errors_of
from csm_sim.analysis.lattice import Bounds, Point, Search, cheapest, cost_of, most_points
from csm_sim.theory.abandonment import erlang_a

ERROR = 0.05
YEARLY = 2_000.0
"""Customers of a pool in a replication."""


@dataclass(frozen=True)
class Pool:
    """A pool: rates an hour, what one person costs, and the most that may give up."""

    arrivals: float
    patience_rate: float
    cost: float
    level: float

    def share(self, people: int) -> float:
        return erlang_a(self.arrivals, 1.0, people, self.patience_rate).p_abandon if people else 1.0


@dataclass
class Team:
    """Separable pools, and the sizes that are tried."""

    pools: Sequence[Pool]
    tolerance: float = 0.01
    noise: float = 0.25
    """Standard deviation of a replication's share, relative to it; half of the variance is common luck."""
    shares: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def bounds(self) -> Bounds:
        return Bounds(tuple(1 for _ in self.pools), tuple(int(2 * pool.arrivals) + 4 for pool in self.pools))

    @property
    def costs(self) -> list[float]:
        return [pool.cost for pool in self.pools]

    def share(self, pool: int, people: int) -> float:
        key = (pool, people)
        if key not in self.shares:
            self.shares[key] = self.pools[pool].share(people)
        return self.shares[key]

    def optimum(self, slack: float = 0.0) -> Point:
        """The cheapest point with every share at most its level and so much more."""
        found = []
        for place, pool in enumerate(self.pools):
            people = 1
            while self.share(place, people) > pool.level + slack:
                people += 1
            found.append(people)
        return tuple(found)

    def violates(self, point: Point) -> bool:
        """Whether a target is missed by more than the tolerance."""
        return any(
            self.share(place, people) > self.pools[place].level + self.tolerance
            for place, people in enumerate(point)
        )


@dataclass(frozen=True)
class Outcome:
    """A search and the replications that it took."""

    search: Search
    replications: int


def size(team: Team, seed: int, begin: Point, points: int | None = None) -> Outcome:
    """Search once on luck of its own; ``points``: how many may be tried."""
    luck = np.random.default_rng(seed)
    most = 2_000
    came = luck.poisson(YEARLY, (most, len(team.pools))).astype(float)
    common = luck.standard_normal((most, len(team.pools)))
    own = np.random.SeedSequence(seed).spawn(1)[0]
    aims = [
        Aim(f"pool {place}", pool.level, at_least=False, tolerance=team.tolerance)
        for place, pool in enumerate(team.pools)
    ]
    used = 0

    def holds(point: Point) -> bool:
        nonlocal used, tried
        tried += 1
        noise = np.random.default_rng([own.generate_state(1)[0], *point]).standard_normal(came.shape)
        relative = team.noise * (common + noise) / np.sqrt(2.0)
        shares = np.array([team.share(place, people) for place, people in enumerate(point)])
        above = came * shares * np.maximum(0.0, 1.0 + relative)

        def measure(n: int) -> list[Measured]:
            return [Measured(above[:n, place], came[:n, place]) for place in range(len(aims))]

        decision = decide(aims, measure, errors_of(tried, len(aims), ERROR), most=most)
        used += decision.n
        return decision.feasible

    tried = 0
    return Outcome(cheapest(holds, team.bounds, team.costs, begin, points), used)


TEAMS = {
    "one role": Team([Pool(9.0, 0.5, 1.0, 0.05)]),
    "two roles": Team([Pool(8.0, 0.5, 1.5, 0.05), Pool(5.0, 1.0, 1.0, 0.08)]),
    "three roles": Team([Pool(8.0, 0.5, 1.5, 0.05), Pool(5.0, 1.0, 1.0, 0.08), Pool(15.0, 0.3, 0.7, 0.03)]),
}
"""Teams, from easy to hard: in all of them one person more or less changes the share by 1 to 5 points."""


def inside_tolerance() -> Team:
    """Targets that are met by a hair: which answer is right within the tolerance is open."""
    first = Pool(8.0, 0.5, 1.5, 0.0)
    level = first.share(10) - 0.0005
    return Team([Pool(8.0, 0.5, 1.5, level), Pool(5.0, 1.0, 1.0, 0.08)])


@dataclass(frozen=True)
class Macro:
    """What many searches of one team came to, as counts."""

    runs: int
    violations: int
    within: int
    """Neither violating beyond the tolerance, nor costlier than the cheapest with the tolerance to spare."""
    exact: int
    most_points: int
    allowed_points: int
    mean_points: float
    mean_replications: float


SEED_ERROR = 0.3
"""How wrong the point is at which a search begins, as a share of the optimum, at most."""


def macro(team: Team, runs: int, seed: int = 1) -> Macro:
    """Search the same team on many independent streams, beginning at random points around the optimum."""
    begins = np.random.default_rng(seed)
    outcomes = []
    for number in range(runs):
        wrong = begins.uniform(1 - SEED_ERROR, 1 + SEED_ERROR, len(team.pools))
        begin = tuple(round(float(people * by)) for people, by in zip(team.optimum(), wrong, strict=True))
        outcomes.append(size(team, 1_000 * seed + number, begin))
    dear = cost_of(team.optimum(-team.tolerance), team.costs)
    points = [one.search.point for one in outcomes]
    bad = [point is None or team.violates(point) for point in points]
    fine = [
        not wrong and point is not None and cost_of(point, team.costs) <= dear + 1e-9
        for wrong, point in zip(bad, points, strict=True)
    ]
    tried = [len(one.search.tried) for one in outcomes]
    return Macro(
        runs,
        sum(bad),
        sum(fine),
        sum(point == team.optimum() for point in points),
        max(tried),
        most_points(len(team.pools)),
        float(np.mean(tried)),
        float(np.mean([one.replications for one in outcomes])),
    )


def wrong_share(sd: float, error: float, first: int, runs: int, seed: int = 1) -> tuple[float, float]:
    """How often the test errs at exactly one tolerance from the level, and the replications that it takes."""
    aim = Aim("x", 0.0, at_least=True, tolerance=1.0)
    luck = np.random.default_rng(seed)
    wrong, taken = 0, []
    for _ in range(runs):
        values = luck.normal(-1.0, sd, 2_000)
        decision = decide(
            [aim],
            lambda n, values=values: [Measured(values[:n], np.ones(n))],  # type: ignore[misc]
            error,
            first=first,
            most=2_000,
        )
        wrong += decision.feasible
        taken.append(decision.n)
    return wrong / runs, float(np.mean(taken))
