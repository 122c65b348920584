"""The order in which accounts are taken one after the other: by a keyed number, so that none is favoured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.arrays import Records, Uids
from csm_sim.engine.compiled import kernel


@kernel
def absorb_all(uids: Uids, number: np.uint64, found: Uids) -> None:
    """``absorb(uid, number)`` of each uid."""
    for place in range(uids.shape[0]):
        found[place] = dr.absorb(uids[place], number)


def uid_order(accounts: Records, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Accounts in the order of ``absorb(uid, 0)``: independent of their place in any list."""
    keys = np.empty(len(chosen), np.uint64)
    absorb_all(accounts["uid"][chosen], np.uint64(0), keys)
    return chosen[np.argsort(keys, kind="stable")]
