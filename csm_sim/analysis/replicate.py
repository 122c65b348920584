"""World → sample: many replications, each with its fully-staffed twin, on one or several processes.

Results are those of replications 0, 1, ..., n - 1 whatever computed them, in order of their number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import Layout, Sample, digest_of, layout_of
from csm_sim.analysis.precision import BATCH, LOOK_AHEAD, Precision, first_look, precisions
from csm_sim.analysis.workers import Workers
from csm_sim.errors import UsageError

if TYPE_CHECKING:
    from csm_sim.analysis.checkpoint import Checkpoint
    from csm_sim.engine.policies import PolicyFunction
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

Progress = Callable[[int, int], None]
"""Told the replications finished, and how many are expected in all as far as is known now."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many replications of what."""

    seed: int
    replications: int | None
    """None: until the precision is reached."""
    precision: float = 0.05
    """Half-width that is enough, as a share of the mean."""
    most: int = 200
    """Where to stop in any case."""
    twin: bool = True
    """Whether each replication is run again with unlimited people."""
    jobs: int | None = None
    """Processes; None: as many as are useful."""
    policies: tuple[PolicyFunction, ...] = ()
    """Policies from Python, beside those of the scenario: functions of (env, org) that yield.

    They are copied here and now, lambdas and closures too, and each replication gets a copy of its own:
    what one leaves in a list is not there in the next, and the number of processes changes nothing."""


@dataclass(frozen=True, slots=True)
class Replications:
    """What was simulated."""

    sample: Sample
    asked: bool
    """Whether a precision was asked for."""
    precision: tuple[Precision, ...]
    """Of each headline figure; empty with a single replication."""
    world: World
    """What was simulated: the world, with the policies of the plan."""

    @property
    def reached(self) -> bool:
        """Whether every headline figure is as precise as was asked."""
        return all(one.reached for one in self.precision) and bool(self.precision)


def replicate(
    world: World,
    plan: Plan,
    checkpoint: Checkpoint | None = None,
    progress: Progress = lambda done, expected: None,
    compiling: Callable[[], None] = lambda: None,
) -> Replications:
    """The replications that a plan asks for.

    Those in the checkpoint are not run again, and each new one is added to it as soon as it is known,
    so an interruption loses only what was in the making. Without one they are kept in memory only.

    Parameters
    ----------
    world
        From :func:`csm_sim.world.build.build_world`.
    plan
        How many, from which seed.
    checkpoint
        Open, and of the same world, seed and twin.
    progress
        Told after each replication.
    compiling
        Called before the first replication when that has to compile the simulation, which takes a while.

    Raises
    ------
    PolicyError
        If a policy fails.
    UsageError
        If policies of the plan cannot be copied, or come with a checkpoint: nothing tells whether the
        replications that are kept in it ran with the same ones.
    """
    if plan.policies and checkpoint is not None:
        raise UsageError(
            "replications with policies from Python cannot be kept in a checkpoint: their code may change\n"
            "  fix       leave the checkpoint out, or name the policies in the scenario with  module:"
        )
    world = with_policies(world, plan.policies) if plan.policies else world
    with _Desk(world, plan, checkpoint, progress, compiling) as desk:
        if plan.replications is not None:
            n = plan.replications
            desk.compute(n, n)
            sample = desk.sample(n)
            found = precisions(world, sample, plan.precision) if n > 1 else ()
            return Replications(sample, False, found, world)
        return _until_precise(world, plan, desk)


def _until_precise(world: World, plan: Plan, desk: _Desk) -> Replications:
    n = first_look(world)
    while n + LOOK_AHEAD < plan.most:
        desk.compute(n + LOOK_AHEAD, plan.most)
        looks = (precisions(world, desk.sample(k), plan.precision) for k in range(n, n + LOOK_AHEAD + 1))
        for found in looks:
            if not all(one.reached for one in found):
                break
        else:
            return Replications(desk.sample(n + LOOK_AHEAD), True, found, world)
        n += BATCH
    desk.compute(plan.most, plan.most)
    sample = desk.sample(plan.most)
    found = precisions(world, sample, plan.precision) if plan.most > 1 else ()
    return Replications(sample, True, found, world)


def with_policies(world: World, policies: Sequence[PolicyFunction]) -> World:
    """A world in which policies from Python run beside its own.

    Raises
    ------
    UsageError
        If they are no functions, or cannot be copied: one that holds an open file, say.
    """
    import cloudpickle

    from csm_sim.engine.policy_host import check_functions
    from csm_sim.world.supply import PolicyRule

    check_functions(policies)
    try:
        pickled = cloudpickle.dumps(tuple(policies))
    except Exception as error:  # whatever the objects that they hold raise
        raise UsageError(
            f"the policies cannot be copied: {error}\n"
            "  fix       let them hold numbers, texts, lists and functions only"
        ) from error
    rule = PolicyRule("", None, pickled=pickled)
    return replace(world, supply=replace(world.supply, policies=(*world.supply.policies, rule)))


class _Desk:
    """Computes the replications that are missing."""

    def __init__(
        self,
        world: World,
        plan: Plan,
        checkpoint: Checkpoint | None,
        progress: Progress,
        compiling: Callable[[], None],
    ) -> None:
        self._world, self._plan, self._checkpoint = world, plan, checkpoint
        self._digests: dict[int, Floats] = {} if checkpoint is None else checkpoint.digests
        self._progress = progress
        self._layout = layout_of(world, plan.twin)
        self._workers = Workers(plan.jobs, compiling)

    def __enter__(self) -> _Desk:
        self._workers.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.__exit__()

    def sample(self, n: int) -> Sample:
        """The first ``n`` replications."""
        return Sample(self._layout, np.array([self._digests[number] for number in range(n)]))

    def compute(self, n: int, expected: int) -> None:
        """Make sure that replications 0 to ``n - 1`` are there."""
        known = self._digests
        missing = [number for number in range(n) if number not in known]
        simulate = partial(replication, self._world, self._layout, self._plan.seed)
        for number, digest in zip(missing, self._workers.results(simulate, missing), strict=True):
            self._digests[number] = digest
            if self._checkpoint is not None:
                self._checkpoint.add(number, digest)
            self._progress(len(known), expected)


def replication(world: World, layout: Layout, seed: int, number: int) -> Floats:
    """The digest of one replication, run here."""
    from csm_sim.engine.simulate import simulate

    outcome = simulate(world, seed=seed, replication=number)
    twin = simulate(world, seed=seed, replication=number, unlimited=True) if layout.twin else None
    return digest_of(world, layout, outcome, twin)
