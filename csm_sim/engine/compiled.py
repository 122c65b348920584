"""How the kernel is compiled, and where the result is kept.

``kernel`` compiles without reference counting: numba otherwise counts, atomically, every array
that is passed to a function, and with functions of twenty arrays that took most of the time
(measured: 2.6 microseconds a task with it, 0.5 without). The price is that such a function may
not make or replace an array; ``allocating`` is for the few that must.

``inlined`` asks LLVM to put the function into its callers: handing twenty arrays over costs more
than most of these functions do (0.5 microseconds a task, then 0.2). It is for what happens to
every task; the rest stays apart, which keeps compilation short.

Machine code is kept in a folder named by a hash of the sources it comes from. Numba itself looks
only at the file of the function it was asked for, not at those of the functions that it calls, so
an edited rule could otherwise go on giving yesterday's results.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit

Decorator = Callable[[Callable[..., Any]], Any]


def cache_folder() -> Path:
    """Where the machine code of these very sources is kept.

    Under ``NUMBA_CACHE_DIR`` if that is set, else under the user's cache folder.
    """
    package = Path(__file__).parent.parent
    build = f"{numba.__version__} {os.environ.get('NUMBA_BOUNDSCHECK', '')}"
    digest = hashlib.blake2b(build.encode(), digest_size=8)
    for part in ("engine", "world"):
        for source in sorted((package / part).glob("*.py")):
            digest.update(source.read_bytes())
    named = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named or Path(home) / "csm-sim") / f"kernel-{digest.hexdigest()}"


def _compiler(folder: Path) -> Any:
    """``numba.njit`` for functions whose machine code goes to ``folder``."""

    def compile_into(*signature: Any, **options: Any) -> Any:
        jit: Any = njit  # numba's hints leave out _nrt
        decorate = jit(*signature, cache=True, error_model="numpy", **options)

        def decorator(function: Callable[..., Any]) -> Any:
            # numba reads the setting when a function is decorated; others in the process keep theirs
            config: Any = numba.config
            before = config.CACHE_DIR
            config.CACHE_DIR = str(folder)
            try:
                return decorate(function)
            finally:
                config.CACHE_DIR = before

        return decorator

    return compile_into


_compile = _compiler(cache_folder())
kernel: Decorator = _compile(_nrt=False)
inlined: Decorator = _compile(_nrt=False, forceinline=True)
allocating: Decorator = _compile()


def typed(signature: Any) -> Decorator:
    """As ``inlined``, for functions that Python calls too: arguments are converted to the signature.

    Without it numba would guess 64-bit keys to be signed or not from their values.
    """
    decorator: Decorator = _compile(signature, _nrt=False, forceinline=True)
    return decorator
