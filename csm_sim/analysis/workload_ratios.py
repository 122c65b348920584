"""Top-down: accounts and ARR for each person, beside the bands that are published for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.erlang import mean_of
from csm_sim.analysis.grouping import OWN_WORK, Groups
from csm_sim.language import N_

if TYPE_CHECKING:
    from csm_sim.analysis.workload_book import Book
    from csm_sim.world.build import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """A published range.

    Grades: A official, B a named practitioner, C a vendor's page, an order of magnitude.
    """

    low: float
    high: float
    source: str
    grade: Literal["A", "B", "C"]

    def place_of(self, value: float) -> str:
        """``below``, ``inside`` or ``above``."""
        return "below" if value < self.low else "above" if value > self.high else "inside"


ACCOUNTS: Final = {
    "high": Band(20, 80, "ooligo.com", "C"),
    "low": Band(150, 400, "ooligo.com", "C"),
    "tech": Band(500, 2_000, N_("ooligo.com, pooled"), "C"),
}
"""Accounts of one CSM, by touch tier."""
ARR: Final = {
    "USD": Band(1e6, 2e6, N_("saastr.com, Gainsight panel"), "B"),
    "JPY": Band(50e6, 100e6, N_("VP of Techtouch"), "B"),
}
"""ARR of one CSM, by currency."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Accounts and ARR of a touch tier for each person of a role, at the start."""

    role: str
    tier: str
    accounts: float
    people: float
    """People of the role, by the tier's share of the role's hours for accounts."""
    accounts_per_person: float
    arr_per_person: float
    accounts_band: Band | None
    arr_band: Band | None


def ratios_of(world: World, groups: Groups, minutes: Floats, book: Book) -> tuple[Ratio, ...]:
    """The ratios of each role that owns accounts, or that accounts without an owner keep busiest.

    Parameters
    ----------
    minutes
        (month, kind, segment + own work), as expected.
    book
        As expected.
    """
    of_role = np.einsum("mkc,mkcr->cr", minutes, groups.month_role_shares)[:-1]
    by_tier = groups.columns_to_tiers[:-1]
    owner = np.where(world.segments["owner_role"] >= 0, world.segments["owner_role"], of_role.argmax(axis=1))
    there = book.alive[:, world.warm_days] - book.starts[:, world.warm_days]
    found = []
    for tier, name in enumerate(groups.tiers):
        if name == OWN_WORK:
            continue
        for role in range(len(world.roles)):
            mine = by_tier[:, tier] * (owner == role)
            accounts = float(mine @ there)
            total = float(of_role[:, role].sum())
            part = float(mine @ of_role[:, role]) / total if total > 0 else 0.0
            people = part * float(world.roles["headcount"][role])
            if accounts <= 0 or people <= 0:
                continue
            arr = float(mine @ (there * _mean_arr(world)))
            found.append(
                Ratio(
                    world.names.roles[role], name, accounts, people, accounts / people, arr / people,
                    ACCOUNTS.get(name), ARR.get(world.names.currency),
                )
            )  # fmt: skip
    return tuple(found)


def _mean_arr(world: World) -> Floats:
    """(segment,): mean ARR of an account, 0 where none is given."""
    found = []
    for number, row in enumerate(world.segments):
        listed = world.listed.get(number)
        if listed is not None and len(listed.arr):
            found.append(float(np.mean(listed.arr)))
        else:
            found.append(mean_of(world, int(row["arr_dist"])) if row["arr_dist"] >= 0 else 0.0)
    return np.array(found)
