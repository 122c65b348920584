"""The month from which a plan is behind for good, or ahead: where the lines of what it saves and loses cross.

What a plan gains in all is known for each future and month. The month is that of the mean over futures;
how sure it is follows from drawing whole futures again with replacement (Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, chapter 13: percentiles), so that months, which depend on each other,
stay together.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.compared import Crossing, CrossingKind

Floats = NDArray[np.float64]

RESAMPLES: Final = 500
TAIL: Final = 0.025
"""Left out on each side of the resampled values."""

_KEY: Final = 0x63726F7373
"""Keeps these draws apart from others of the same seed."""


def resampled_means(values: Floats, seed: int) -> Floats:
    """(RESAMPLES, ...): means over as many futures as there are, drawn with replacement.

    Parameters
    ----------
    values
        (n, ...): one row per future.
    seed
        Of the comparison. The same seed and n draw the same futures, whatever the values.
    """
    n = len(values)
    drawn = np.random.default_rng([_KEY, seed, n]).integers(0, n, (RESAMPLES, n))
    # how often each future was drawn: a product of matrices instead of 500 copies
    counts = (drawn[:, :, None] == np.arange(n)).sum(axis=1) / n if n <= 64 else _counts(drawn, n)
    return np.asarray((counts @ values.reshape(n, -1)).reshape(RESAMPLES, *values.shape[1:]))


def _counts(drawn: NDArray[np.int64], n: int) -> Floats:
    return np.stack([np.bincount(row, minlength=n) for row in drawn]) / n


def percentiles(values: Floats) -> tuple[float, float]:
    """The values that TAIL of them lie below and above; they may be infinite.

    >>> percentiles(np.arange(1.0, 501.0))
    (13.0, 488.0)
    """
    ordered = np.sort(values)
    count = len(ordered)
    low = max(0, math.ceil(TAIL * count) - 1)
    return float(ordered[low]), float(ordered[max(low, math.ceil((1 - TAIL) * count) - 1)])


def crossing(gained: Floats, seed: int) -> Crossing | None:
    """Where what a plan gains in all changes its sign and keeps it to the end.

    Parameters
    ----------
    gained
        (n, months): of each future, what the plan has gained against the base by the end of each month.
    seed
        Of the comparison, for the resampling.

    Returns
    -------
    Crossing or None
        None when nothing is ever gained or lost in any future.
    """
    if not gained.any():
        return None
    rounding = 1e-9 * float(np.abs(gained).max())
    mean = gained.mean(axis=0)
    mean = np.where(np.abs(mean) <= rounding, 0.0, mean)
    behind, ahead = mean < 0, mean > 0
    first = int(np.argmax(mean != 0)) if mean.any() else 0
    months = gained.shape[1]
    each = resampled_means(gained, seed) if len(gained) > 1 else np.empty((0, months))
    if behind.any() and not behind[-1]:
        found = _recoveries(mean[None], rounding)[0]
        return _found("pays from", found, np.maximum(_recoveries(each, rounding), first))
    losses = _losses(each, rounding)
    if not behind.any():
        return _found("never", math.inf, losses)
    month = _losses(mean[None], rounding)[0]
    return _found("loses from" if ahead.any() else "from the start", month, losses)


def _losses(paths: Floats, rounding: float) -> Floats:
    """(k,): the month from which each path is behind to the end; infinite where it is not, in the end."""
    fine = paths >= -rounding
    months = paths.shape[1]
    last_fine = np.where(fine.any(axis=1), months - 1 - np.argmax(fine[:, ::-1], axis=1), -1)
    return np.where(last_fine == months - 1, np.inf, last_fine + 1.0)


def _recoveries(paths: Floats, rounding: float) -> Floats:
    """(k,): the month from which each path is no longer behind; infinite where it is, in the end."""
    behind = paths < -rounding
    months = paths.shape[1]
    last = np.where(behind.any(axis=1), months - 1 - np.argmax(behind[:, ::-1], axis=1), -1)
    return np.where(last == months - 1, np.inf, last + 1.0)


def _found(kind: CrossingKind, month: float, each: Floats) -> Crossing:
    at = None if math.isinf(month) else int(month)
    if not len(each):
        return Crossing(kind, at, None, None, math.nan)
    low, high = (None if math.isinf(end) else int(end) for end in percentiles(each))
    return Crossing(kind, at, low, high, float(np.isfinite(each).mean()))
