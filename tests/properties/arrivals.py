"""How tickets of a real help desk arrived, a scenario that is fed with it, and how the two are described.

The desk: a real software help desk in Italy, 4,580 tickets of 394 customers, opened 2010-01-13 to
2013-11-28. The figures are of two whole years without the slow beginning and the steep fall in August 2012.
``docs/images/helpdesk_match.py`` computes them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import holidays
import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.simulate import simulate
from csm_sim.scenario import load
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World, build_world

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST, END = date(2010, 7, 1), date(2012, 7, 1)
"""The window: from the first day on, before the end."""

# ---- what the scenario is fed with

TICKETS = 3090
WEEKDAYS = (580, 682, 665, 642, 520, 1, 0)
"""Tickets opened on each day of the week, from Monday."""
HOURS = (0, 0, 0, 0, 0, 0, 4, 247, 397, 377, 385, 210, 193, 325, 349, 356, 217, 30, 0, 0, 0, 0, 0, 0)
"""Tickets opened in each hour of the day."""
SEASON = {
    "jan": 1.24, "feb": 1.09, "mar": 0.94, "apr": 0.99, "may": 1.09, "jun": 0.99,
    "jul": 0.81, "aug": 0.52, "sep": 1.08, "oct": 1.09, "nov": 1.10, "dec": 1.05,
}  # fmt: skip
"""Tickets in a month of the year against those of the average month, growth and holidays taken out."""
GROWTH = 0.32
BUSYNESS = 0.30
"""sqrt((index of dispersion - 1) / mean of a day), around season, growth and weekday."""
CUSTOMERS = 321
"""Customers with at least one ticket."""
UNEQUAL = 0.13
ACCOUNTS = 911
"""Negative binomial without the zeros, by maximum likelihood: shape, and customers with the silent ones."""
RATE = 0.1084
"""Tickets of an account in a month at the beginning."""
QUARTERS = (275, 317, 369, 371, 300, 478, 493, 487)
"""Tickets opened in each quarter."""
BATCH = 1.03
"""Without it 0.8 % of the tickets come within an hour of the same customer's last one, and really 3.8 %."""

# ---- what is compared besides

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
REAL = {
    "tickets": TICKETS,
    "index of dispersion of days": 1.644,
    "index of dispersion of weeks": 1.789,
    "customers with a ticket": CUSTOMERS,
    "share of the top 10 % of them": 0.502,
    "share within an hour of the customer's last": 0.0379,
    **{f"share on {day}": n / TICKETS for day, n in zip(WEEKDAY_NAMES, WEEKDAYS, strict=False)},
    **{f"share at {hour} h": n / TICKETS for hour, n in enumerate(HOURS) if n},
    **{f"share in quarter {quarter}": n / TICKETS for quarter, n in enumerate(QUARTERS, 1)},
}
"""As ``described`` describes the real desk."""
DAY_TO_DAY = 0.106
"""Correlation of a day with the next, around season and growth: no key brings it about."""

WINDOW_DAYS = (END - FIRST).days
_DATES = np.arange(FIRST, END, dtype="datetime64[D]")
WEEKDAY_OF_DAY = (_DATES.astype(np.int64) + 3) % 7
_QUARTER = (_DATES.astype("datetime64[M]").astype(np.int64)) // 3
_OFF = np.isin(
    _DATES, np.array(list(holidays.country_holidays("IT", years=range(2010, 2013))), dtype="datetime64[D]")
)
WORKING = (WEEKDAY_OF_DAY < 5) & ~_OFF
"""(day,): weekdays that are no public holidays. The real desk had no ticket on these."""
_CELL = np.unique(5 * _QUARTER[WORKING] + WEEKDAY_OF_DAY[WORKING], return_inverse=True)[1]
_WEEK = (np.arange(WINDOW_DAYS) + WEEKDAY_OF_DAY[0]) // 7
_WHOLE = np.bincount(_WEEK, WORKING) == 5


def scenario(**keys: str | None) -> str:
    """A scenario whose tickets come like those of the desk.

    ``keys`` of ``tickets`` replace the usual ones, and leave them out where they are None.
    """
    week = [[round(weekday * hour / TICKETS, 2) for hour in HOURS] for weekday in WEEKDAYS]
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    tickets: dict[str, str | None] = {
        "rate": f"{RATE} per month",
        "unequal": f"{UNEQUAL}",
        "busyness": f"{BUSYNESS}",
        "batch": f"{BATCH}",
        "season": "{" + ", ".join(f"{month}: {multiple:.0%}" for month, multiple in SEASON.items()) + "}",
        "growth": f"{GROWTH:.0%}",
        "holidays": "0%",
        "profile": "{" + ", ".join(f"{day}: {row}" for day, row in zip(names, week, strict=True)) + "}",
        "severities": "{normal: {effort: 5min}}",
    } | keys
    lines = "\n".join(f"  {key}: {value}" for key, value in tickets.items() if value is not None)
    return f"""\
name: A desk like a real one
start: {FIRST}
horizon: 24 months
warm_up: 0 months
currency: EUR
calendar: {{country: IT}}
segments: {{customers: {{touch: low, accounts: {ACCOUNTS}, arr: 10k, owner: support}}}}
staff: {{support: {{headcount: 1}}}}
tickets:
{lines}
"""


def world_of(text: str, folder: Path) -> World:
    """The world of a scenario, by the ordinary road."""
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return build_world(load(path))


def openings(world: World, replication: int) -> NDArray[np.void]:
    """The log's lines of the tickets of a replication, in order of opening."""
    # everyone is served at once, so that what the desk does with a ticket takes no time
    log = simulate(world, seed=1, replication=replication, unlimited=True, log_capacity=500_000).events
    opened = log[log["what"] == ev.OPENED]
    return opened[np.argsort(opened["time"], kind="stable")]


def described(minutes: Floats, customers: Ints, day_lengths: Floats) -> dict[str, float]:
    """What is compared: tickets by their opening, in minutes after the first midnight, and their customers.

    ``day_lengths`` is the scenario's ticket clock: what of a day's number is season, growth and weekday.
    """
    day = (minutes // r.DAY).astype(np.int64)
    of_day = np.bincount(day, minlength=WINDOW_DAYS)
    counts = of_day[WORKING]
    of_cell = (np.bincount(_CELL, counts) / np.bincount(_CELL))[_CELL]
    expected = day_lengths * len(day) / day_lengths.sum()
    rest = (counts - expected[WORKING]) / np.sqrt(expected[WORKING])
    weeks, of_week = np.bincount(_WEEK, of_day)[_WHOLE], np.bincount(_WEEK, expected)[_WHOLE]
    each = np.sort(np.bincount(customers))[::-1]
    each = each[each > 0]
    found = {
        "tickets": len(day),
        "index of dispersion of days": np.sum((counts - of_cell) ** 2 / of_cell)
        / (len(counts) - _CELL.max() - 1),
        "index of dispersion of weeks": np.mean((weeks - of_week) ** 2 / of_week),
        "correlation of a day with the next": np.corrcoef(rest[:-1], rest[1:])[0, 1],
        "customers with a ticket": len(each),
        "share of the top 10 % of them": each[: round(0.1 * len(each))].sum() / len(day),
        "share within an hour of the customer's last": _soon(minutes, customers),
    }
    for number, name in enumerate(WEEKDAY_NAMES):
        found[f"share on {name}"] = np.mean(WEEKDAY_OF_DAY[day] == number)
    hour = (minutes % r.DAY // 60).astype(np.int64)
    for number in np.flatnonzero(HOURS):
        found[f"share at {number} h"] = np.mean(hour == number)
    for number in range(8):
        found[f"share in quarter {number + 1}"] = np.mean(_QUARTER[day] - _QUARTER[0] == number)
    return {name: float(value) for name, value in found.items()}


def _soon(minutes: Floats, customers: Ints) -> float:
    order = np.lexsort((minutes, customers))
    gaps, same = np.diff(minutes[order]), np.diff(customers[order]) == 0
    return float(np.sum(same & (gaps <= 60)) / len(minutes))
