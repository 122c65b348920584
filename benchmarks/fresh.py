"""What a command costs in a process of its own: CPU seconds, wall seconds and peak memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """One run of a command, with everything that its process needed."""

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float
    printed: str


def cost(command: Sequence[str], **environment: str) -> Cost:
    """Run a command to its end; raises if it fails. Needs a POSIX system."""
    with tempfile.TemporaryFile("w+") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, env=os.environ | environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
        out.seek(0)
        kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
        return Cost(usage.ru_utime + usage.ru_stime, wall_seconds, kilobytes / 1024, out.read())


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, least and most."""
    low, mid, high = min(values), statistics.median(values), max(values)
    return f"{mid:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"
