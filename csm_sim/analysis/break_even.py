"""How strongly lateness must act on customers for a plan to lose as much as it saves.

Nobody has measured that strength, so the question is turned round: not what a plan is worth if the
assumption holds, but which assumption would have to hold for it to be worth nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.compared import BreakEven
from csm_sim.analysis.crossing import percentiles, resampled_means
from csm_sim.analysis.paired import Interval, Values

Floats = NDArray[np.float64]

STRENGTHS: Final = (0.0, 0.5, 1.0, 2.0, 3.0)
"""Multiples of what the scenario says of the effect of staffing on health."""

MOST_STRENGTH: Final = 10.0
"""The largest ``health.strength``."""

FUTURES: Final = 40
"""Most futures at each strength: a net present value is compared, and on the same luck."""


def break_even(
    base: Floats, plan: Floats, strengths: Sequence[float], seed: int, confidence: float
) -> BreakEven:
    """Where the net present values of two plans are equal, between the strengths that were simulated.

    Between two neighbours the difference is taken as a straight line. The interval of where it is 0 comes
    from drawing whole futures again (:mod:`csm_sim.analysis.crossing`), 95 %.

    Parameters
    ----------
    base, plan
        (n, strengths): net present value of each future.
    strengths
        Rising.
    seed
        Of the comparison.
    confidence
        Of the intervals of the differences.
    """
    apart = plan - base
    net = tuple(
        Values(plan[:, place]).minus(Values(base[:, place]), confidence) for place in range(len(strengths))
    )
    tried = np.asarray(strengths, dtype=np.float64)
    at = float(roots(tried, apart.mean(axis=0)[None])[0])
    if math.isinf(at):
        return BreakEven(None, tuple(strengths), net)
    n = len(apart)
    low, high = percentiles(roots(tried, resampled_means(apart, seed))) if n > 1 else (math.nan, math.nan)
    low, high = (end if math.isfinite(end) else math.nan for end in (low, high))
    return BreakEven(Interval(at, low, high, n), tuple(strengths), net)


def roots(strengths: Floats, curves: Floats) -> Floats:
    """(k,): the lowest strength at which each curve is 0, by straight lines between its points.

    The first point is none: two plans that cost the same do not differ without any effect of staffing,
    whatever comes of it.
    Where a curve has one sign throughout, infinite on the side to which its ends point: above, if it comes
    nearer to 0 with more strength (or not at all); below, if with less.

    Parameters
    ----------
    strengths
        (s,): rising.
    curves
        (k, s): values at the strengths.
    """
    left, right = curves[:, :-1], curves[:, 1:]
    crosses = (left == 0) | (left * right < 0)
    crosses[:, 0] &= left[:, 0] != 0
    at_end = curves[:, -1] == 0
    place = np.argmax(crosses, axis=1)
    rows = np.arange(len(curves))
    start, end = left[rows, place], right[rows, place]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(start == 0, 0.0, start / (start - end))
    inside = strengths[place] + part * (strengths[place + 1] - strengths[place])
    nearer = np.abs(curves[:, -1]) <= np.abs(curves[:, 0])
    outside = np.where(at_end, strengths[-1], np.where(nearer, np.inf, -np.inf))
    return np.asarray(np.where(crosses.any(axis=1), inside, outside))
