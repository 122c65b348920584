"""Histograms of waits: 16 bins to each doubling, so quantiles are known to a few percent."""

from __future__ import annotations

from typing import Any

import numpy as np

from csm_sim.engine.arrays import Ints
from csm_sim.engine.compiled import inlined

HISTOGRAM_BINS = 384
"""Waits of up to 2**23 minutes, 16 bins to each doubling (about 6 % wide), from 1 minute on."""

_MANTISSA_SHIFT = 48
_BITS_OF_ONE = 1023 << 4


@inlined
def histogram_bin(minutes: float) -> int:
    """The bin of a wait: 16 to each doubling of ``minutes + 1``, evenly spaced within it."""
    # exponent and first four bits of the mantissa of a double stand together
    place: Any = (np.float64(minutes + 1.0).view(np.int64) >> _MANTISSA_SHIFT) - _BITS_OF_ONE
    return min(place, HISTOGRAM_BINS - 1)


@inlined
def count_wait(histogram: Ints, what: int, cell: int, role: int, month: int, minutes: float) -> None:
    """Count a wait of a ticket. ``histogram`` is (2, month, severities x segments, role or 1, bin)."""
    if month > 0:
        place = role if histogram.shape[3] > 1 else 0
        histogram[what, month - 1, cell, place, histogram_bin(minutes)] += 1
