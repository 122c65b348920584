"""World → sample: many replications, each with its fully-staffed twin, on one or several processes.

Results are those of replications 0, 1, ..., n - 1 whatever computed them, in order of their number.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.digest import Layout, Sample, digest_of, layout_of
from csm_sim.analysis.precision import BATCH, LOOK_AHEAD, Precision, first_look, precisions

if TYPE_CHECKING:
    from csm_sim.analysis.checkpoint import Checkpoint
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

Progress = Callable[[int, int], None]
"""Told the replications finished, and how many are expected in all as far as is known now."""

WORTH_SECONDS: Final = 3.0
"""Time that workers must save before they are started: each takes about a second to begin."""

CHUNK_SECONDS: Final = 0.5
"""Work that a worker is given at a time."""


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


@dataclass(frozen=True, slots=True)
class Replications:
    """What was simulated."""

    sample: Sample
    asked: bool
    """Whether a precision was asked for."""
    precision: tuple[Precision, ...]
    """Of each headline figure; empty with a single replication."""

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
    """
    with _Desk(world, plan, checkpoint, progress, compiling) as desk:
        if plan.replications is not None:
            n = plan.replications
            desk.compute(n, n)
            sample = desk.sample(n)
            found = precisions(world, sample, plan.precision) if n > 1 else ()
            return Replications(sample, False, found)
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
            return Replications(desk.sample(n + LOOK_AHEAD), True, found)
        n += BATCH
    desk.compute(plan.most, plan.most)
    sample = desk.sample(plan.most)
    return Replications(sample, True, precisions(world, sample, plan.precision) if plan.most > 1 else ())


class _Desk:
    """Computes replications that are missing, here or in workers, which it starts when they pay."""

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
        self._progress, self._compiling = progress, compiling
        self._layout = layout_of(world, plan.twin)
        self._seconds_each = math.nan
        self._workers: Any = None
        self._runs_here = 0

    def __enter__(self) -> _Desk:
        return self

    def __exit__(self, *_: object) -> None:
        if self._workers is not None:
            self._workers.__exit__(None, None, None)

    def sample(self, n: int) -> Sample:
        """The first ``n`` replications."""
        return Sample(self._layout, np.array([self._digests[number] for number in range(n)]))

    def compute(self, n: int, expected: int) -> None:
        """Make sure that replications 0 to ``n - 1`` are there."""
        known = self._digests
        missing = [number for number in range(n) if number not in known]
        for number, digest in self._computed(missing, expected):
            self._digests[number] = digest
            if self._checkpoint is not None:
                self._checkpoint.add(number, digest)
            self._progress(len(known), expected)

    def _computed(self, missing: Sequence[int], expected: int) -> Iterator[tuple[int, Floats]]:
        """Each missing replication and its digest, in order."""
        left = list(missing)
        while left:
            # the first one here also compiles, once, before any worker is started; the second one is timed
            if self._workers is None and not math.isnan(self._seconds_each):
                jobs = self._plan.jobs or useful_jobs(self._seconds_each, len(left))
                if jobs > 1:
                    self._start_workers(jobs)
            if self._workers is not None:
                yield from self._in_workers(left)
                return
            if not self._runs_here and not is_compiled():
                self._compiling()
            began = time.perf_counter()
            number = left.pop(0)
            with _later_interrupt():
                digest = replication(self._world, self._layout, self._plan.seed, number)
                if self._runs_here or self._plan.jobs is not None:
                    self._seconds_each = time.perf_counter() - began
                self._runs_here += 1
                yield number, digest

    def _start_workers(self, jobs: int) -> None:
        from joblib import Parallel

        # without memory maps: they are read-only, and the kernel would be compiled again for them
        self._workers = Parallel(n_jobs=jobs, return_as="generator", max_nbytes=None, batch_size=1)
        self._workers.__enter__()

    def _in_workers(self, numbers: Sequence[int]) -> Iterator[tuple[int, Floats]]:
        from joblib import delayed

        jobs = self._workers.n_jobs
        size = max(
            1, min(math.ceil(len(numbers) / jobs), round(CHUNK_SECONDS / max(self._seconds_each, 1e-3)))
        )
        chunks = [list(numbers[at : at + size]) for at in range(0, len(numbers), size)]
        work = (delayed(_chunk)(self._world, self._layout, self._plan.seed, chunk) for chunk in chunks)
        for chunk, digests in zip(chunks, self._workers(work), strict=True):
            yield from zip(chunk, digests, strict=True)


def replication(world: World, layout: Layout, seed: int, number: int) -> Floats:
    """The digest of one replication, run here."""
    from csm_sim.engine.simulate import simulate

    outcome = simulate(world, seed=seed, replication=number)
    twin = simulate(world, seed=seed, replication=number, unlimited=True) if layout.twin else None
    return digest_of(world, layout, outcome, twin)


@contextlib.contextmanager
def _later_interrupt() -> Iterator[None]:
    """Let a Ctrl-C wait until the replication in hand is finished; a second one does not wait.

    An exception that is raised while compiled code runs would come out of it as another one.
    """
    ignored = signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None)
    if ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    except SystemError as error:
        if asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


def _become_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent has ended, however it did."""
    if "watcher" in _WORKER:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    _WORKER["watcher"] = threading.Thread(target=watch, daemon=True)
    _WORKER["watcher"].start()


_WORKER: dict[str, threading.Thread] = {}
"""The watcher of a worker process; empty in the parent."""


def _chunk(world: World, layout: Layout, seed: int, numbers: Sequence[int]) -> list[Floats]:
    _become_worker()
    return [replication(world, layout, seed, number) for number in numbers]


def cores() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def useful_jobs(seconds_each: float, left: int) -> int:
    """Processes for the replications that are left: 1 unless workers save more than they cost."""
    jobs = min(cores(), left)
    return jobs if jobs > 1 and seconds_each * left * (1 - 1 / jobs) > WORTH_SECONDS else 1


def is_compiled() -> bool:
    """Whether the simulation has been compiled on this machine since it was last changed."""
    from csm_sim.engine import desk

    try:
        return bool(desk.work.signatures or desk.work._cache._cache_file._load_index())
    except (AttributeError, OSError):  # numba's private parts have moved: then nothing is announced
        return True
