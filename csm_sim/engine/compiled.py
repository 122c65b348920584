"""How the kernel is compiled.

``kernel`` compiles without reference counting: numba otherwise counts, atomically, every array
that is passed to a function, and with functions of twenty arrays that took most of the time
(measured: 2.6 microseconds a task with it, 0.5 without). The price is that such a function may
not make or replace an array; ``allocating`` is for the few that must.

``inlined`` asks LLVM to put the function into its callers: handing twenty arrays over costs more
than most of these functions do (0.5 microseconds a task, then 0.2). It is for what happens to
every task; the rest stays apart, which keeps compilation short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

Decorator = Callable[[Callable[..., Any]], Any]

_compile: Any = njit
kernel: Decorator = _compile(cache=True, _nrt=False)
inlined: Decorator = _compile(cache=True, _nrt=False, forceinline=True)
allocating: Decorator = _compile(cache=True)
