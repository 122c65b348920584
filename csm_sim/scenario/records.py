"""What data files hold once they are read: accounts and past tickets, one array entry per row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AccountList:
    """The listed accounts of a segment, in the order of the file."""

    ids: list[str]
    names: list[str]
    """What to show: the name, or the id where there is none."""
    arr: NDArray[np.float64]
    """Units of the currency; nan where the cell is empty and the segment has an ``arr`` to draw from."""
    start: NDArray[np.datetime64]
    """Days; NaT where missing."""
    renewal: NDArray[np.datetime64]
    """Days; NaT where missing."""
    owner: list[str | None]
    lines: NDArray[np.int64]
    """Line of the CSV file."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Past tickets to replay, in the order of the file; rows outside the run are left out."""

    accounts: list[str]
    opened: NDArray[np.datetime64]
    """Seconds, in the scenario's local time."""
    severity: list[str | None]
    """Name of a severity of the scenario; None where it is to be drawn."""
    effort_minutes: NDArray[np.float64]
    """Hands-on minutes; nan where they are to be drawn."""
    lines: NDArray[np.int64]
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Rows left out, by reason."""
