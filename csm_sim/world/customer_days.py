"""What the rules for customers are on each day of the run, as tables with a column for each day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.scenario.customer_values import share_at
from csm_sim.scenario.fields import MONTHS
from csm_sim.scenario.people_values import whole_days

if TYPE_CHECKING:
    from csm_sim.scenario import Scenario
    from csm_sim.scenario.acts import SalesPush
    from csm_sim.scenario.units import Span

Floats = NDArray[np.float64]

TRAITS = ("bad_fit", "poor_handover")


def rising(scenario: Scenario, since: date | None, over: Span, share: float, days: int) -> Floats:
    """(day,): a share that is 0 before ``since`` and then goes to ``share`` in a straight line.

    Without ``since`` it begins on the first day of the run.
    """
    first = 0 if since is None else (since - scenario.sim_start).days
    after = np.arange(days) - first
    length = whole_days(over)
    part = np.ones(days) if length == 0 else np.minimum(1.0, after / length)
    return np.where(after >= 0, share * part, 0.0)


def detection_of(scenario: Scenario, days: int, warm_days: int) -> Floats:
    """(day, 2): chance that a worse band is seen, and that one is seen which is not there."""
    table = np.ones((days, 2)) * [1.0, 0.0]
    detection = scenario.health.detection
    if detection is not None:
        for column, share in enumerate((detection.sensitivity, detection.false_alarms)):
            table[:, column] = [share_at(share, day - warm_days) for day in range(days)]
    return table


def members_of(scenario: Scenario, days: int) -> Floats:
    """(day,): share of the accounts in the community."""
    community = scenario.community
    if community is None:
        return np.zeros(days)
    return rising(scenario, community.since, community.over, community.members, days)


def _months(scenario: Scenario, days: int) -> list[str]:
    """The name of the month that each day of the run falls in."""
    return [MONTHS[(scenario.sim_start + timedelta(days=day)).month - 1] for day in range(days)]


def _pushes(scenario: Scenario, days: int) -> Iterator[tuple[SalesPush, slice]]:
    """The acts of sales in the order of the file, with the days on which each is in force."""
    for act in scenario.timeline:
        if act.sales is not None:
            begin = (act.on - scenario.sim_start).days
            lasts = act.sales.for_
            yield act.sales, slice(begin, days if lasts is None else begin + whole_days(lasts))


def trait_shares_of(scenario: Scenario, days: int) -> Floats:
    """(trait, segment, day): share of the new business of the day that has it."""
    names, months = list(scenario.segments), _months(scenario, days)
    shares = np.zeros((len(TRAITS), len(names), days))
    for place, trait in enumerate(TRAITS):
        for number, segment in enumerate(scenario.segments.values()):
            rules = None if segment.new is None else getattr(segment.new, trait)
            if rules is not None:
                shares[place, number] = [rules.by_month.get(month, rules.share) for month in months]
        for push, lasts in _pushes(scenario, days):
            share = getattr(push, trait)
            if share is not None:
                for name in push.segments:
                    shares[place, names.index(name), lasts] = share
    return shares


def sales_of(scenario: Scenario, days: int) -> Floats:
    """(segment, day): multiple of new business; (segment, 0) where it is always 1."""
    names, months = list(scenario.segments), _months(scenario, days)
    multiples = np.ones((len(names), days))
    for number, segment in enumerate(scenario.segments.values()):
        if segment.new is not None and segment.new.season:
            multiples[number] = [segment.new.season.get(month, 1.0) for month in months]
    for push, lasts in _pushes(scenario, days):
        for name in push.segments:
            multiples[names.index(name), lasts] *= push.new
    return multiples if np.any(multiples != 1.0) else multiples[:, :0]


def prices_of(scenario: Scenario, days: int) -> tuple[Floats, Floats]:
    """(segment, day): price index, and logs of the churn odds of the acts up to then added up.

    (segment, 0) where no price ever changes.
    """
    names: Sequence[str] = list(scenario.segments)
    index, shift = np.ones((len(names), days)), np.zeros((len(names), days))
    changes = [(act.on, act.price) for act in scenario.acts if act.price is not None]
    for on, change in changes:
        since = (on - scenario.sim_start).days
        for name in change.segments:
            index[names.index(name), since:] *= 1.0 + change.by
            shift[names.index(name), since:] += np.log(change.churn_odds)
    return (index, shift) if changes else (index[:, :0], shift[:, :0])
