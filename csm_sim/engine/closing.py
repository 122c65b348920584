"""What is worked out from the ledger when a replication has ended."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.arrays import Floats, Records, words_of
from csm_sim.engine.ledger import Counts
from csm_sim.world import counts as ct
from csm_sim.world import records as r
from csm_sim.world.build import World

BRIDGE: Final = {
    "accounts": (("new",), ("churned",)),
    "arr": (
        ("arr_new", "arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold"),
        ("arr_contracted", "arr_churned"),
    ),
}
"""What adds to accounts and ARR in a month, and what takes away."""

_FLOATS: Final = [place for place, name in enumerate(ct.TALLY.names or ()) if ct.TALLY[name] == np.float64]
"""Places in TALLY of what is no count."""


def give_full_marks(by_month: Records, common: Any) -> None:
    """Add the tickets with nothing to complain of to the sums of satisfaction."""
    faultless, score_sum, ces_sum = by_month["faultless"], by_month["score_sum"], by_month["ces_sum"]
    score_sum += 100.0 * faultless
    ces_sum += 7.0 * faultless
    if common["promoter"] <= 100.0:
        promoters = by_month["promoters"]
        promoters += faultless


def close_bridge(months: Records) -> None:
    """Opening and closing accounts and ARR of each month, from the opening of the first."""
    for name, (more, less) in BRIDGE.items():
        start, end = months[f"{name}_start"], months[f"{name}_end"]
        np.subtract(_sum(months, *more), _sum(months, *less), out=end)
        end[0] += start[0]
        np.cumsum(end, axis=0, out=end)
        start[1:] = end[:-1]


def _sum(months: Records, first: str, *others: str) -> Any:
    """Some fields added up, in this order."""
    return sum((months[name] for name in others), start=months[first])


def total(by_month: Records) -> Records:
    """Tallies summed over months (the mark of what was open at the start or the end, too)."""
    # all counts at once, then all others: field by field the whole ledger would be read forty times
    words = words_of(by_month)
    found: NDArray[np.int64] = words.sum(axis=0)
    found.view(np.float64)[..., _FLOATS] = words.view(np.float64).take(_FLOATS, axis=-1).sum(axis=0)
    return found.view(ct.TALLY)[..., 0]


def waits_by_place(world: World, counts: Counts) -> Counts:
    """(2, severity, segments + months + roles, bin) of (2, severity, month, segment, role or 1, bin)."""
    whats, severities, months, segments, places, bins = counts.shape
    found = np.zeros((whats, severities, segments + months + len(world.roles), bins), np.int32)
    by_segment, by_role = found[:, :, :segments], found[:, :, segments + months :]
    of_all = counts.sum(axis=4, dtype=np.int32) if places > 1 else counts[..., 0, :]
    of_all.sum(axis=2, out=by_segment)
    of_all.sum(axis=3, out=found[:, :, segments : segments + months])
    if places > 1:
        counts.sum(axis=(2, 3), out=by_role)
    else:
        for segment, role in enumerate(world.desk.roles[:, 0].tolist()):
            if role >= 0:
                by_role[:, :, role] += by_segment[:, :, segment]
    return found


def opening_cohort(world: World, accounts: Records, opening_arr: Floats) -> Floats:
    """(segment, 2): ARR at the start of accounts there then, and what of it is left at the end.

    ``opening_arr`` is empty where nothing can change what an account pays.
    """
    opening = accounts["start_day"] < max(1, world.warm_days)
    paid = left = accounts["arr"]
    if len(opening_arr):
        paid, left = opening_arr, np.minimum(opening_arr, left)
    cohort = np.empty((len(world.segments), 2))
    kept = opening & (accounts["status"] == r.ALIVE)
    for column, (those, arr) in enumerate(((opening, paid), (kept, left))):
        cohort[:, column] = np.bincount(accounts["segment"], np.where(those, arr, 0.0), len(cohort))
    return cohort
