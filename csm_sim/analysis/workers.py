"""Simulations here or in several processes: the same results in the same order, whatever computed them."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_SECONDS: Final = 3.0
"""Time that workers must save before they are started: each takes about a second to begin."""

CHUNK_SECONDS: Final = 0.5
"""Work that a worker is given at a time."""


class Workers:
    """Runs simulations one by one here, or in processes, which are started when they pay.

    Parameters
    ----------
    jobs
        Processes; None: as many as are useful.
    compiling
        Called before the first simulation when that has to compile first, which takes a while.
    """

    def __init__(self, jobs: int | None, compiling: Callable[[], None]) -> None:
        self._jobs, self._compiling = jobs, compiling
        self._seconds_each = math.nan
        self._pool: Any = None
        self._runs_here = 0

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.__exit__(None, None, None)

    def results(self, simulate: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """What ``simulate`` returns for each item, in order.

        Parameters
        ----------
        simulate
            Can be pickled, and depends on nothing but the item.
        items
            Can be pickled.
        """
        left = list(items)
        while left:
            # the first one here also compiles, once, before any worker is started; the second one is timed
            if self._pool is None and not math.isnan(self._seconds_each):
                jobs = self._jobs or useful_jobs(self._seconds_each, len(left))
                if jobs > 1:
                    self._start(jobs)
            if self._pool is not None:
                yield from self._in_pool(simulate, left)
                return
            if not self._runs_here and not is_compiled():
                self._compiling()
            began = time.perf_counter()
            item = left.pop(0)
            with later_interrupt():
                result = simulate(item)
                if self._runs_here or self._jobs is not None:
                    self._seconds_each = time.perf_counter() - began
                self._runs_here += 1
                yield result

    def _start(self, jobs: int) -> None:
        from joblib import Parallel

        # without memory maps: they are read-only, and the kernel would be compiled again for them
        self._pool = Parallel(n_jobs=jobs, return_as="generator", max_nbytes=None, batch_size=1)
        self._pool.__enter__()

    def _in_pool(self, simulate: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        from joblib import delayed

        fair = math.ceil(len(items) / self._pool.n_jobs)
        size = max(1, min(fair, round(CHUNK_SECONDS / max(self._seconds_each, 1e-3))))
        chunks = [items[at : at + size] for at in range(0, len(items), size)]
        for results in self._pool(delayed(_chunk)(simulate, chunk) for chunk in chunks):
            yield from results


def _chunk(simulate: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    _become_worker()
    return [simulate(item) for item in items]


@contextlib.contextmanager
def later_interrupt() -> Iterator[None]:
    """Let a Ctrl-C wait until the simulation in hand is finished; a second one does not wait.

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


def cores() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def useful_jobs(seconds_each: float, left: int) -> int:
    """Processes for the simulations that are left: 1 unless workers save more than they cost."""
    jobs = min(cores(), left)
    return jobs if jobs > 1 and seconds_each * left * (1 - 1 / jobs) > WORTH_SECONDS else 1


def is_compiled() -> bool:
    """Whether the simulation has been compiled on this machine since it was last changed."""
    from csm_sim.engine import desk

    try:
        return bool(desk.work.signatures or desk.work._cache._cache_file._load_index())
    except (AttributeError, OSError):  # numba's private parts have moved: then nothing is announced
        return True
