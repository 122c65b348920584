"""The net ARR that a future is expected to lose, and whether a scenario can gain or lose any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from csm_sim.world.build import World

Records = NDArray[np.void]

LOSSES: Final = ("arr_churn_expected", "arr_contracted_expected")
"""Fields of MONTH that lose ARR; early churn is part of the first."""

GAINS: Final = (
    "arr_price_expected", "arr_expanded_expected", "arr_upsold_expected", "arr_cross_sold_expected",
)  # fmt: skip


def net_arr_lost(months: Records) -> float:
    """Expected ARR lost less expected ARR gained from existing accounts, over the horizon.

    By the compensators: each chance times its amount just before the coin is thrown. They have the means
    of what the coins bring, and much less noise.

    Parameters
    ----------
    months
        (month, segment), MONTH, of an outcome.
    """
    lost = sum(float(months[name].sum()) for name in LOSSES)
    return lost - sum(float(months[name].sum()) for name in GAINS)


def arr_without_loss(months: Records) -> float:
    """ARR at the end if nobody churned, shrank or grew: the opening book and new business."""
    return float(months["arr_start"][0].sum() + months["arr_new"].sum())


def arr_can_change(world: World) -> bool:
    """Whether any account can pay more or less than at its start, or leave."""
    segments = world.segments
    changes = (segments["churns"] == 1) | (segments["changes"] == 1) | ~np.isnan(segments["early_logit"])
    return bool(changes.any() or sells(world))


def sells(world: World) -> bool:
    """Whether some playbook can bring a lead that converts into ARR."""
    plays = world.customers.plays[played(world)]
    amounts = plays["lead"] * plays["uplift"] * plays["convert"].max(axis=2)
    return bool((amounts > 0).any())


def played(world: World) -> NDArray[np.bool_]:
    """(kind,): which kinds of work anybody gets."""
    return np.asarray(world.route_role.max(axis=1, initial=-1) >= 0)
