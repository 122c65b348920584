"""When garbage is looked for: while simulations run, not while a program starts, reports and ends.

Modules and reports make hundreds of thousands of objects that nearly all stay until the end; to look through
them again and again for cycles took a sixth of a short run. A replication leaves cycles that hold megabytes.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
from collections.abc import Iterator


def leave_quickly() -> None:
    """Let the interpreter, when it ends, not look through all that there is for cycles."""
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is looked for inside, but in :func:`collected`."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextlib.contextmanager
def collected() -> Iterator[None]:
    """Garbage is looked for inside, whatever holds around, and only in what was made inside."""
    before = gc.isenabled()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()
        if not before:
            gc.disable()
