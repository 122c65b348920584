"""Where the loss comes from: what a run loses beyond its fully-staffed twin, split by cause.

A cause is a way in which staffing reaches customers. The world can switch each off, so the loss with any
set of causes can be simulated on the same luck: a cooperative game in each replication, whose Shapley value
is the only split that adds up, treats equal causes alike, gives nothing to a cause that does nothing, and
adds up over replications (Shapley 1953, A Value for n-Person Games).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.expected import arr_without_loss, net_arr_lost, played, sells
from csm_sim.analysis.intervals import Intervals, mean_interval, ratio_interval
from csm_sim.analysis.key_people import resolved
from csm_sim.analysis.workers import Workers
from csm_sim.errors import EngineError
from csm_sim.language import N_
from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

TOLERANCE: Final = 1e-9
"""How far run and twin may differ, of what is lost, where no cause has an effect: only by rounding."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A way in which staffing reaches customers."""

    name: str
    called: str
    bit: int
    """EFFECT_* of the records."""


CAUSES: Final = (
    Cause("onboarding", N_("late onboarding"), r.EFFECT_ONBOARDING),
    Cause("touches", N_("late and missed touches"), r.EFFECT_TOUCHES),
    Cause("tickets", N_("slow tickets"), r.EFFECT_TICKETS),
    Cause("handover", N_("accounts that change hands"), r.EFFECT_HANDOVER),
    Cause("expansion", N_("unmade expansion plays"), r.EFFECT_EXPANSION),
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause does: means over the replications, with paired 95 % intervals."""

    cause: Cause
    simulated: bool
    """False where the cause cannot matter in the scenario: then all is exactly 0."""
    loss: Estimate
    """Its share of the loss, in ARR."""
    of_total: Estimate | None
    """Its share of the loss, of 1; None where the loss cannot be told from 0."""
    alone: Estimate
    """Loss that goes away if this cause alone has no effect: another question, which does not add up."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer: the largest share first."""

    shares: tuple[Share, ...]
    total: Estimate
    """Expected net ARR that the run loses beyond the twin."""
    interaction: Estimate
    """The loss less the sum of what each cause alone would save: what causes do only together."""
    twin_arr: Estimate
    """Expected ARR at the end, fully staffed."""
    run_arr: Estimate
    n: int
    seed: int
    days: int
    """Of the horizon."""
    by_replication: tuple[tuple[float, ...], ...]
    """For each replication its loss, then the share of each cause in the order of ``shares``."""

    @property
    def is_resolved(self) -> bool:
        """Whether the loss can be told from 0."""
        return resolved(self.total)


# ---------------------------------------------------------------- the game


def shapley(values: Floats) -> Floats:
    """The Shapley value of each player, (n, k): the mean of what it adds over all orders of arrival.

    Parameters
    ----------
    values
        (n, 2**k): worth of each set of players in each of n games; bit i of the column says that player i
        is in the set. The worth of nobody need not be 0: the values add up to the last column less the first.

    Examples
    --------
    >>> shapley(np.array([[0.0, 1.0, 3.0, 6.0]])).tolist()
    [[2.0, 4.0]]
    """
    columns = values.shape[1]
    k = columns.bit_length() - 1
    if columns != 2**k:
        raise ValueError(f"{columns} sets are not all sets of some players")
    found = np.zeros((len(values), k))
    for player in range(k):
        for others in range(columns):
            if others >> player & 1:
                continue
            size = others.bit_count()
            weight = math.factorial(size) * math.factorial(k - size - 1) / math.factorial(k)
            found[:, player] += weight * (values[:, others | 1 << player] - values[:, others])
    return found


def alone(values: Floats) -> Floats:
    """What the worth of all loses without each player alone, (n, k); ``values`` as for :func:`shapley`."""
    everyone = values.shape[1] - 1
    found = np.empty((len(values), everyone.bit_length()))
    for player in range(found.shape[1]):
        found[:, player] = values[:, everyone] - values[:, everyone ^ 1 << player]
    return found


# ---------------------------------------------------------------- which causes there are


def causes_that_matter(world: World) -> tuple[Cause, ...]:
    """Causes that can make a difference in a world; for the others that is excluded by what it says."""
    effects = int(world.health["effects"][0])
    can = {
        r.EFFECT_ONBOARDING: _onboarding_matters,
        r.EFFECT_TOUCHES: _touches_matter,
        r.EFFECT_TICKETS: _tickets_matter,
        r.EFFECT_HANDOVER: _handover_matters,
        r.EFFECT_EXPANSION: sells,
    }
    return tuple(cause for cause in CAUSES if effects & cause.bit and can[cause.bit](world))


def _weights(world: World) -> tuple[float, float, float, float]:
    adoption, engagement, support, onboarding = world.health["weight"][0].tolist()
    return adoption, engagement, support, onboarding


def _onboarding_matters(world: World) -> bool:
    adoption, _, _, onboarding = _weights(world)
    segments, indicators = world.segments, world.customers.indicators
    starts = (segments["new_per_minute"] > 0).any() or any(
        (listed.start_day > 0).any() for listed in world.listed.values()
    )
    used_less = adoption > 0 and bool((indicators["before"] != indicators["mean"]).any())
    return bool(starts and segments["awaits_first_value"].any() and (onboarding > 0 or used_less))


def _touches_matter(world: World) -> bool:
    weights = np.array(_weights(world))
    there = played(world)
    of_steps = there[world.steps["kind"]]
    touches = (world.steps["touch"] == 1) & (world.steps["counts"] > 0) & of_steps
    plays = world.customers.plays[there]
    engagement = weights[1] > 0 and (touches.any() or (plays["programme"] == 1).any())
    lifts = ((plays["lift"] != 0) & (weights > 0)).any()
    return bool(engagement or lifts or (plays["saves"] > 0).any())


def _tickets_matter(world: World) -> bool:
    _, _, support, _ = _weights(world)
    return bool(support > 0 and (world.steps["ticket"] == 1).any() and (world.desk.roles >= 0).any())


def _handover_matters(world: World) -> bool:
    _, engagement, _, _ = _weights(world)
    rules = world.supply.rules
    return bool(engagement > 0 and ((rules["hands_over"] == 1) & (rules["handover_points"] != 0)).any())


# ---------------------------------------------------------------- the answer


def attribute(
    world: World,
    *,
    seed: int,
    replications: int,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda done, expected: None,
    compiling: Callable[[], None] = lambda: None,
) -> Attribution:
    """The loss against the fully-staffed twin, split by cause.

    Takes two simulations for each set of causes that can matter: 2 · 2^k in a replication.

    Parameters
    ----------
    world
        From :func:`csm_sim.world.build.build_world`.
    seed, replications
        The futures: 0, 1, ... of the seed.
    jobs
        Processes; None: as many as are useful. Results do not depend on it.
    progress
        Told after each simulation.
    compiling
        Called before the first simulation when that has to compile first.

    Raises
    ------
    EngineError
        If run and twin differ although no cause has an effect.
    """
    players = causes_that_matter(world)
    effects = effects_of_sets(world, players)
    units = [
        (number, column, twin)
        for number in range(replications)
        for column in range(len(effects))
        for twin in (False, True)
    ]
    found = np.empty((replications, len(effects), 2))
    base = np.empty(replications)
    simulate = partial(measure, world, effects, seed)
    with Workers(jobs, compiling) as workers:
        for done, ((number, column, twin), (lost, whole)) in enumerate(
            zip(units, workers.results(simulate, units), strict=True), start=1
        ):
            found[number, column, int(twin)] = lost
            base[number] = whole
            progress(done, len(units))
    values = worth(found)
    return _answer(
        players,
        values,
        base - found[:, -1, 1],
        money=world.names.currency,
        seed=seed,
        days=world.horizon_days,
    )


def effects_of_sets(world: World, players: Sequence[Cause]) -> list[int]:
    """The bits of ``world.health['effects']`` for each set of causes, in the order of :func:`shapley`.

    What cannot matter keeps its effect throughout: a cause left out by mistake then shows, because run and
    twin would differ when no player is there.
    """
    rest = int(world.health["effects"][0]) & ~sum(cause.bit for cause in players)
    return [
        rest | sum(cause.bit for place, cause in enumerate(players) if chosen >> place & 1)
        for chosen in range(2 ** len(players))
    ]


def measure(
    world: World, effects: Sequence[int], seed: int, unit: tuple[int, int, bool]
) -> tuple[float, float]:
    """Net ARR expected to be lost in one simulation, and the ARR there would be without.

    Parameters
    ----------
    world
        As it is.
    effects
        From :func:`effects_of_sets`.
    seed
        Of all futures.
    unit
        Number of the replication, place in ``effects``, whether it is the twin.
    """
    from csm_sim.engine.simulate import simulate

    number, column, twin = unit
    health = world.health.copy()
    health["effects"] = effects[column]
    months = simulate(replace(world, health=health), seed=seed, replication=number, unlimited=twin).months
    return net_arr_lost(months), arr_without_loss(months)


def worth(lost: Floats) -> Floats:
    """(n, set): what the run loses beyond the twin with each set of causes.

    Parameters
    ----------
    lost
        (n, set, 2): net ARR lost by the run and by the twin; the first set is that of no cause.

    Raises
    ------
    EngineError
        If they differ in the first set.
    """
    values = np.asarray(lost[:, :, 0] - lost[:, :, 1])
    limit = TOLERANCE * np.maximum(1.0, np.abs(lost[:, 0]).max(axis=1))
    wrong = np.flatnonzero(~(np.abs(values[:, 0]) <= limit))
    if len(wrong):
        number = int(wrong[0])
        raise EngineError(
            f"with all effects of staffing off, replication {number} loses {lost[number, 0, 0]:.17g} and"
            f" its fully staffed twin {lost[number, 0, 1]:.17g}; they must be the same"
        )
    values[:, 0] = 0.0
    return values


def _answer(
    players: Sequence[Cause], values: Floats, twin_arr: Floats, *, money: str, seed: int, days: int
) -> Attribution:
    total = values[:, -1]
    parts, saved = shapley(values), alone(values)
    whole = _mean(money, total)
    is_sure = resolved(whole)
    shares = []
    columns: dict[str, Floats] = {}
    for cause in CAUSES:
        place = players.index(cause) if cause in players else None
        part = np.zeros(len(total)) if place is None else parts[:, place]
        columns[cause.name] = part
        shares.append(
            Share(
                cause=cause,
                simulated=place is not None,
                loss=_mean(money, part),
                of_total=_estimate("share", ratio_interval(part, total), len(total)) if is_sure else None,
                alone=_mean(money, np.zeros(len(total)) if place is None else saved[:, place]),
            )
        )
    shares.sort(key=lambda share: -share.loss.mean)
    ordered = [total, *(columns[share.cause.name] for share in shares)]
    return Attribution(
        shares=tuple(shares),
        total=whole,
        interaction=_mean(money, total - saved.sum(axis=1)),
        twin_arr=_mean(money, twin_arr),
        run_arr=_mean(money, twin_arr - total),
        n=len(total),
        seed=seed,
        days=days,
        by_replication=tuple(tuple(row) for row in np.stack(ordered, axis=1).tolist()),
    )


def _mean(unit: str, values: Floats) -> Estimate:
    return _estimate(unit, mean_interval(values), len(values))


def _estimate(unit: str, found: Intervals, n: int) -> Estimate:
    return Estimate("", unit, "", float(found.mean), float(found.low), float(found.high), n)
