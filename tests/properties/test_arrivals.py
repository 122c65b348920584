"""Whether simulated tickets come like those of a real help desk, and each key of arrivals does what it says.

The chance that a right model and a right engine fail anywhere in a family of comparisons is 1 %, shared
evenly (Bonferroni). Many figures of the desk were fitted to it, which makes false alarms rarer still.
What the model does not bring about is compared, too, and said to be outside.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from csm_sim.engine.draws import root_seed
from csm_sim.engine.populate import populate
from csm_sim.engine.simulate import simulate
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from properties.arrivals import (
    ACCOUNTS,
    DAY_TO_DAY,
    END,
    FIRST,
    HOURS,
    REAL,
    TICKETS,
    WEEKDAY_NAMES,
    WEEKDAY_OF_DAY,
    WINDOW_DAYS,
    WORKING,
    Floats,
    described,
    openings,
    scenario,
    world_of,
)

FALSE_ALARM_RATE = 0.01
REPLICATIONS = 200
DAYS_A_MONTH = 365.25 / 12


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world_of(scenario(), tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def simulated(desk: World) -> dict[str, Floats]:
    """What is compared, by replication."""
    found = []
    for replication in range(REPLICATIONS):
        opened = openings(desk, replication)
        found.append(described(opened["time"], opened["account"].astype(np.int64), desk.desk.day_lengths))
    return {name: np.array([one[name] for one in found]) for name in found[0]}


# ---------------------------------------------------------------- against the real desk


def from_one_more(values: Floats, real: float, comparisons: int) -> float:
    """How far the real value lies from the mean, in half-widths of the interval for one more replication."""
    critical = stats.t.isf(FALSE_ALARM_RATE / (2 * comparisons), len(values) - 1)
    return float((real - values.mean()) / (critical * values.std(ddof=1) * np.sqrt(1 + 1 / len(values))))


def test_tickets_come_like_those_of_a_real_help_desk(simulated: dict[str, Floats]) -> None:
    away = {name: from_one_more(simulated[name], real, len(REAL)) for name, real in REAL.items()}
    assert {name: value for name, value in away.items() if abs(value) > 1} == {}


def test_busy_days_in_a_row_are_beyond_the_model(simulated: dict[str, Floats]) -> None:
    """A day's busyness says nothing about the next day's, as it does a little at the real desk.

    If this fails because the model has learned it, ``docs/explanation/tickets.md`` has to say so.
    """
    assert np.quantile(simulated["correlation of a day with the next"], 0.975) < DAY_TO_DAY


# ---------------------------------------------------------------- against what the scenario says


def test_shares_and_total_are_those_of_the_scenario(desk: World, simulated: dict[str, Floats]) -> None:
    lengths = desk.desk.day_lengths
    expected = {"tickets": float(TICKETS)}
    for number, day in enumerate(WEEKDAY_NAMES):
        on_it = np.equal(WEEKDAY_OF_DAY, number)
        expected[f"share on {day}"] = lengths[on_it].sum() / lengths.sum()
    for hour in np.flatnonzero(HOURS):
        expected[f"share at {hour} h"] = HOURS[hour] / TICKETS
    critical = stats.t.isf(FALSE_ALARM_RATE / (2 * len(expected)), REPLICATIONS - 1)
    for name, value in expected.items():
        assert abs(simulated[name].mean() - value) < critical * stats.sem(simulated[name]), name


PLAIN: dict[str, str | None] = dict.fromkeys(
    ("unequal", "busyness", "batch", "season", "growth", "holidays", "profile")
)
"""Keys left out: every account, day and hour alike, and numbers of tickets that are exactly Poisson."""


def test_dispersion_of_days_is_that_of_the_busyness(tmp_path: Path) -> None:
    """The index is 1 + mean · cv²; how unequal accounts are does not enter."""
    keys = PLAIN | {"rate": "0.2 per month", "busyness": "40%", "unequal": "0.4"}
    world = world_of(scenario(**keys), tmp_path)
    counts = [np.bincount((openings(world, n)["time"] // r.DAY).astype(int)) for n in range(30)]
    # an account's rate is the same on all days: within a replication it only moves the mean
    over = np.array([of_day.var(ddof=1) / of_day.mean() - 1 - 0.4**2 * of_day.mean() for of_day in counts])
    critical = stats.t.isf(FALSE_ALARM_RATE / 2, len(over) - 1)
    assert abs(over.mean()) < critical * stats.sem(over)
    assert critical * stats.sem(over) < 0.1


def test_a_busy_day_changes_no_account_and_no_severity(tmp_path: Path) -> None:
    keys = PLAIN | {
        "rate": "1 per month",
        "unequal": "0.4",
        "severities": "{p1: {share: 30%, effort: 5min}, p2: {share: 70%, effort: 5min}}",
    }
    readings, steps, rates = [], [], []
    for busyness in (None, "80%"):
        world = world_of(scenario(**keys | {"busyness": busyness}), tmp_path)
        state = populate(world, root_seed(1), 0, unlimited=False)
        rates.append(state.nodes["phase_days"][state.nodes["account"] >= 0])
        opened = openings(world, 0)
        day = (opened["time"] // r.DAY).astype(int)
        reading = state.begins[day] + state.lengths[day] * (opened["time"] / r.DAY - day)
        keyed = list(zip(opened["account"].tolist(), opened["occurrence"].tolist(), strict=True))
        readings.append(dict(zip(keyed, reading, strict=True)))
        steps.append(dict(zip(keyed, opened["step"].tolist(), strict=True)))
    assert np.array_equal(*rates)
    both = sorted(readings[0].keys() & readings[1].keys())
    assert len(both) > 0.9 * len(readings[0])
    # on the ticket clock every ticket stands where it stood
    assert np.allclose([readings[0][key] for key in both], [readings[1][key] for key in both], atol=1e-3)
    assert [steps[0][key] for key in both] == [steps[1][key] for key in both]


# ---------------------------------------------------------------- how many, by the ticket clock

DATES = [FIRST + timedelta(days=number) for number in range(WINDOW_DAYS)]
SURGE_DAY = (date(2011, 3, 1) - FIRST).days


def surge(after: int) -> float:
    """x3 for 4 weeks with a decay of 2 weeks, on the ``after``-th day from its beginning."""
    return 1.0 if after < 0 else 3.0 if after < 28 else 1 + 2 * 2 ** (-(after - 28 + 0.5) / 14)


def is_holiday(number: int) -> bool:
    return DATES[number].weekday() < 5 and not WORKING[number]


CLOCKS = {
    "season": ({"season": "{dec: 200%, aug: 50%}"}, [{12: 2.0, 8: 0.5}.get(day.month, 1.0) for day in DATES]),
    "growth": ({"growth": "50%"}, [1.5 ** (number / 365.25) for number in range(WINDOW_DAYS)]),
    "holidays": ({"holidays": "25%"}, [0.25 if is_holiday(number) else 1.0 for number in range(WINDOW_DAYS)]),
    "surge": ({}, [surge(number - SURGE_DAY) for number in range(WINDOW_DAYS)]),
}
"""Keys, and how many times the usual tickets come on each day."""


@pytest.mark.parametrize("name", CLOCKS)
def test_as_many_come_as_the_ticket_clock_says(name: str, tmp_path: Path) -> None:
    keys, multiples = CLOCKS[name]
    text = scenario(**PLAIN | {"rate": "3 per month"} | keys)
    if name == "surge":
        text += "timeline:\n  - {on: 2011-03-01, surge: {tickets: x3, for: 4 weeks, decay: 2 weeks}}\n"
    opened = openings(world_of(text, tmp_path), 0)
    of_day = np.bincount((opened["time"] // r.DAY).astype(int), minlength=WINDOW_DAYS)
    expected = 3 / DAYS_A_MONTH * ACCOUNTS * np.array(multiples)
    # days with the same sort of multiple together: a slip in few days must not drown in the total
    for days in (expected == expected.min(), expected > np.median(expected), expected > 0):
        assert_poisson(int(of_day[days].sum()), expected[days].sum(), 3 * len(CLOCKS))


def assert_poisson(count: int, expected: float, comparisons: int) -> None:
    """Fail where a Poisson number is as far from its mean as in 1 % of all families of comparisons."""
    rarer = min(stats.poisson.cdf(count, expected), stats.poisson.sf(count - 1, expected))
    assert rarer > FALSE_ALARM_RATE / (2 * comparisons), f"{count} tickets, {expected:.0f} expected"


def test_new_accounts_raise_more_at_first(tmp_path: Path) -> None:
    keys = PLAIN | {"rate": "1 per month", "after_start": "{from: x4, over: 60 days}"}
    text = scenario(**keys).replace("arr: 10k", "arr: 10k, new: {per_month: 60}")
    world = world_of(text, tmp_path)
    log = simulate(world, seed=1, replication=0, unlimited=True, log_capacity=300_000).events
    began = np.full(log["account"].max() + 1, np.inf)
    starts = log[log["what"] == ev.STARTED]
    began[starts["account"]] = starts["time"]
    # all of them, and for their first 120 days only: the others have not been seen for that long
    began[began > (WINDOW_DAYS - 120) * r.DAY] = np.inf
    opened = log[log["what"] == ev.OPENED]
    age = np.floor((opened["time"] - began[opened["account"]]) / r.DAY)
    days = np.arange(120)
    multiples = 1 + 3 * np.maximum(0, 1 - (days + 0.5) / 60)
    expected = np.isfinite(began).sum() / DAYS_A_MONTH * multiples
    for low, high in ((0, 20), (20, 60), (60, 120)):
        assert_poisson(int(np.sum((age >= low) & (age < high))), expected[low:high].sum(), 3)


def test_the_stated_share_is_deflected(tmp_path: Path) -> None:
    keys = PLAIN | {"rate": "2 per month", "unequal": "0.4", "deflection": "{a: {to: 20%}, b: {to: 10%}}"}
    tally = simulate(world_of(scenario(**keys), tmp_path), seed=1, replication=0, unlimited=True).tallies
    deflected, raised = int(tally["deflected"].sum()), int(tally["opened"].sum())
    share = 1 - 0.8 * 0.9
    found = stats.binomtest(deflected, raised, share).pvalue
    assert found > FALSE_ALARM_RATE, f"{deflected} of {raised}"


def test_batches_have_the_stated_mean_and_the_rate_counts_all(tmp_path: Path) -> None:
    world = world_of(scenario(**PLAIN | {"rate": "2 per month", "batch": "1.6"}), tmp_path)
    opened = openings(world, 0)
    together: NDArray[np.int64] = np.unique(opened[["account", "time"]], return_counts=True)[1]
    critical = stats.norm.isf(FALSE_ALARM_RATE / 4)
    # geometric: variance = mean · (mean - 1)
    assert abs(together.mean() - 1.6) < critical * np.sqrt(1.6 * 0.6 / len(together))
    batches = 2 / 1.6 * ACCOUNTS * (END - FIRST).days / DAYS_A_MONTH
    assert_poisson(len(together), batches, 2)
