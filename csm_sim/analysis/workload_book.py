"""The book of accounts day by day, as expected without simulating.

Everything is an expectation, so accounts come in fractions. A renewal costs the share of accounts that churn
in good health: what lateness does to health, and health to churn, is what the simulation is for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_GREEN = 2
"""Place of the green band in ``SEGMENT.churn_logit``."""


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Expected accounts. Columns are days of the run, day 0 the first one of the warm-up."""

    alive: Floats
    """(segment, day): under contract during the day."""
    older: Floats
    """(segment, day): those of them that are older than the run."""
    starts: Floats
    """(segment, day): new accounts at that midnight; those older than the run do not count."""
    renewals: Floats
    """(segment, day): accounts that come up for renewal that day, those who churn then too. Work
    towards a renewal begins before it, so these days go on beyond the run."""
    kept: Floats
    """(segment, day): chance that an account under contract on the first day has not churned by then."""


def shifted(by_day: Floats, days: float) -> Floats:
    """What comes ``days`` after (before, if negative) something that comes by day; beyond the run it is lost.

    Parts of a day are divided between the two days, so sums stay what they are.

    >>> shifted(np.array([4.0, 0.0, 0.0]), 1.25).tolist()
    [0.0, 3.0, 1.0]
    """
    whole = math.floor(days)
    part = days - whole
    found = np.zeros_like(by_day)
    for offset, weight in ((whole, 1.0 - part), (whole + 1, part)):
        if weight <= 0.0 or abs(offset) >= by_day.shape[-1]:
            continue
        if offset >= 0:
            found[..., offset:] += weight * by_day[..., : by_day.shape[-1] - offset]
        else:
            found[..., :offset] += weight * by_day[..., -offset:]
    return found


def churn_share(world: World, segment: int) -> float:
    """Share of the renewing accounts of a segment that churn in good health: mid-green."""
    row = world.segments[segment]
    return 1.0 / (1.0 + math.exp(-float(row["churn_logit"][_GREEN]))) if row["churns"] else 0.0


def book_of(world: World) -> Book:
    """The expected book of a world."""
    days = world.days + lead_days(world)
    parts = [_segment(world, number, days) for number in range(len(world.segments))]
    alive, older, starts, renewals, kept = (np.array(column) for column in zip(*parts, strict=True))
    within = slice(0, world.days)
    return Book(alive[:, within], older[:, within], starts[:, within], renewals, kept[:, within])


def lead_days(world: World) -> int:
    """Days by which work can begin before the day that it is for."""
    leads = -world.kinds["begins_minutes"] / r.DAY
    return math.ceil(max(float(leads.max(initial=0.0)), 0.0))


def _segment(world: World, number: int, days: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The fields of :class:`Book` for one segment and some days of the run and beyond."""
    warm = world.warm_days
    row, term = world.segments[number], float(world.segments[number]["term_days"])
    starts = _new_business(world, number, days)
    first = _renewals_of_the_old(world, number, float(row["accounts"]), days)
    older = np.zeros(days)
    listed = world.listed.get(number)
    if listed is not None:
        there = listed.start_day == 0
        older += float(there.sum())
        later = listed.start_day[~there]
        np.add.at(starts, later[later < days], 1.0)
        first = np.zeros(days)
        known = ~np.isnan(listed.first_renewal_day)
        of_day = np.floor(listed.first_renewal_day[known]).astype(np.int64)
        np.add.at(first, of_day[(of_day >= 0) & (of_day < days)], 1.0)
        first += _renewals_of_the_old(world, number, float((~known).sum()), days)
        first_of_new = shifted(_new_business(world, number, days), math.floor(term))
    else:
        young = min(float(starts[:warm].sum()), float(row["accounts"]))
        if starts[:warm].sum() > 0:
            starts[:warm] *= young / starts[:warm].sum()
        older += float(row["accounts"]) - young
        scale = older[0] / float(row["accounts"]) if row["accounts"] > 0 else 0.0
        first *= scale
        first_of_new = shifted(starts, math.floor(term))
    churn = churn_share(world, number)
    old_renewals, old_lost = _again_and_again(first, term, churn, warm)
    new_renewals, new_lost = _again_and_again(first_of_new, term, churn, warm)
    early = _early(world, number, starts)
    older = older - np.cumsum(old_lost)
    alive = older + np.cumsum(starts) - np.cumsum(new_lost) - np.cumsum(early)
    alive = np.maximum(alive, 0.0)
    lost = old_lost + new_lost + early
    hazard = np.where(alive + lost > 0, lost / np.where(alive + lost > 0, alive + lost, 1.0), 0.0)
    kept = np.cumprod(1.0 - np.minimum(hazard, 1.0 - 1e-12), dtype=np.float64)
    return alive, np.clip(older, 0.0, alive), starts, old_renewals + new_renewals, kept


def _new_business(world: World, number: int, days: int) -> Floats:
    """(day,): accounts that a segment is expected to win: the midnight after they arrive."""
    a_day = float(world.segments[number]["new_per_minute"]) * r.DAY
    multiple = world.customers.sales[number]
    arrivals = np.full(days, a_day)
    if len(multiple):
        arrivals *= np.pad(multiple, (0, days - len(multiple)), mode="edge")
    return shifted(arrivals, 1)


def _renewals_of_the_old(world: World, number: int, accounts: float, days: int) -> Floats:
    """(day,): first renewals of accounts of the opening book whose date is drawn."""
    first = np.zeros(days)
    edges, cumulative = world.renewal_edges[number], world.renewal_weights[number]
    last = min(days - world.warm_days, math.ceil(edges[-1]))
    before = np.interp(np.arange(last + 1, dtype=np.float64), edges, cumulative)
    first[world.warm_days : world.warm_days + last] = accounts * np.diff(before)
    return first


def _again_and_again(first: Floats, term: float, churn: float, warm: int) -> tuple[Floats, Floats]:
    """All renewals that follow from first ones, a term apart, and the accounts lost at them.

    Nothing is lost before the horizon: renewals of the warm-up are no decisions.
    """
    renewals, lost = np.zeros_like(first), np.zeros_like(first)
    coming = first
    while coming.any():
        renewals += coming
        gone = churn * coming
        gone[:warm] = 0.0
        lost += gone
        coming = shifted(coming - gone, term)
    return renewals, lost


def _early(world: World, number: int, starts: Floats) -> Floats:
    """(day,): new accounts lost before any renewal, at an even hazard over the time in which that happens."""
    row = world.segments[number]
    if math.isnan(row["early_logit"]):
        return np.zeros_like(starts)
    chance = 1.0 / (1.0 + math.exp(-float(row["early_logit"])))
    within = max(1, round(float(row["early_days"])))
    stay = (1.0 - chance) ** (1.0 / within)
    lost = np.zeros_like(starts)
    for age in range(1, min(within, len(starts) - 1) + 1):
        lost[age:] += starts[:-age] * stay ** (age - 1) * (1.0 - stay)
    lost[: world.warm_days] = 0.0
    return lost
