"""What a metric is: a name with a unit, a direction and a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["up", "down", "neither"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure that results hold."""

    name: str
    unit: str
    better: Better
    scopes: str
    """Kinds of scope that it comes with, in words."""
    description: str
    bounded: bool = False
    """A share that cannot lie outside 0 to 1; its interval is cut there."""
