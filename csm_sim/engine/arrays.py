"""Names for the arrays that the kernel works on; what the records hold is in ``world/records.py``."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Records: TypeAlias = Any
"""An array of records, or one record: numba reads fields as attributes, which no type stub knows."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[Any]
"""Indices and counts, 32 bits; unsigned where no entry is -1."""

Uids: TypeAlias = NDArray[np.uint64]


def words_of(records: Records) -> NDArray[np.int64]:
    """The same memory as numbers of eight bytes, along a last axis of its own.

    numpy copies and sums records field by field, and each field takes as long as all words together.
    """
    words: NDArray[np.int64] = records.view(np.int64)
    return words.reshape(*records.shape, records.dtype.itemsize // 8)


def copied(records: Records) -> Records:
    """A copy of a list of records, with what lies between their fields."""
    return records.view(np.uint8).copy().view(records.dtype)
