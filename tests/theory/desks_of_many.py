"""Many owners, accounts, days or teams that are unlike each other, as ordinary scenarios."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from theory.comparing import at_moments, length, of_counts
from theory.desks import DAYS, TICKETS_PER_HOUR, Case, Desk, scenario

from csm_sim.engine.simulate import Outcome
from csm_sim.theory.counts import erlang_a_on_gamma_days, negative_binomial
from csm_sim.theory.time_varying import mmc_transient_number_mean
from csm_sim.world import events as ev
from csm_sim.world import records as r

OWNERS, LATER = 400, 12.0


def from_nothing(outcome: Outcome, start: float, end: float, unit: float) -> dict[str, float]:
    log = outcome.events
    come, go = (log["time"][log["what"] == what] for what in (ev.OPENED, ev.DONE))
    numbers = at_moments(come, go, np.array([1.0, LATER]) * unit) / OWNERS
    return {"after 1": float(numbers[0]), "later": float(numbers[1])}


def transient_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    text = scenario(
        1,
        0,
        OWNERS,
        [f"effort: {length('exponential', 60.0 / p['service_rate'])}"],
        rate=f"{p['arrival_rate']} per hour",
        accounts=str(OWNERS),
        owner=", owner: support",
    )
    desk = Desk(text, 1, 0, from_nothing, 60.0, 3.4 * OWNERS * 24 * p["arrival_rate"])
    yield Case(row, desk, "after 1", value)
    later = mmc_transient_number_mean(p["arrival_rate"], p["service_rate"], 1, LATER)
    yield Case(f"{row} later", desk, "later", later)


def of_accounts(
    mean: float, accounts: int, outcome: Outcome, start: float, end: float, unit: float
) -> dict[str, float]:
    """Spread of the tickets of an account about the mean that is known, so that it has no bias."""
    log = outcome.events
    counts = np.bincount(log["account"][log["what"] == ev.OPENED], minlength=accounts)
    variance = float(np.mean((counts - mean) ** 2))
    return {"variance": variance, "index_of_dispersion": variance / mean}


def count_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    accounts, days, mean = 1000, 10, p["mean"]
    text = scenario(
        days,
        0,
        1,
        [f"effort: {length('det', 0.01)}"],
        rate=f"{mean / days} per day",
        tickets=(f"unequal: {p['dispersion_k']}",),
        accounts=str(accounts),
    )
    look = partial(of_accounts, mean, accounts)
    yield Case(row, Desk(text, days, 0, look, events=4.0 * accounts * mean / days), quantity, value)


def of_days(mean: float, outcome: Outcome, start: float, end: float, unit: float) -> dict[str, float]:
    log = outcome.events
    days = (log["time"][log["what"] == ev.OPENED] // r.DAY).astype(np.int64)
    counts = np.bincount(days, minlength=int(end / r.DAY))[: int(end / r.DAY)]
    return {"variance": float(np.mean((counts - mean) ** 2))}


def busy_days_cases() -> Iterator[Case]:
    mean, days = 20.0, 400
    text = scenario(
        days,
        0,
        1,
        [f"effort: {length('det', 0.01)}"],
        rate=f"{mean} per day",
        tickets=("busyness: 50%",),
    )
    desk = Desk(text, days, 0, partial(of_days, mean), events=4.0 * mean)
    variance = negative_binomial(mean, 1.0 / 0.5**2).variance
    yield Case("the tickets of a day are negative binomial", desk, "variance", variance)
    # 2 people, 300 tickets a day of 150 service times: settled again within a day's first hundredth
    service = 1440.0 / 150.0
    severity = f"effort: {length('exponential', service)}, patience: {length('exponential', 2.0 * service)}"
    text = scenario(300, 2, 2, [severity], rate="300 per day", tickets=("busyness: 50%",))
    mixed = erlang_a_on_gamma_days(2.0, 1.0, 2, 0.5, 0.5)
    desk = Desk(text, 300, 2, of_counts, service)
    yield Case("gamma days: those who give up", desk, "p_abandon", mixed.share_of_customers)
    yield Case("gamma days: occupancy", desk, "occupancy", mixed.occupancy)


def pooling_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    teams, pooled = p["teams"], "pooled" in p
    total = p["pooled"] if pooled else {name: n * p["teams"] for name, n in p["per_team"].items()}
    service = (p.get("pooled") or p["per_team"])["service_rate"]
    unit = total["arrival_rate"] * 60.0 / TICKETS_PER_HOUR
    names = [f"team{number}" for number in range(1, teams + 1)]

    def team(name: str) -> str:
        others = ", ".join(other for other in names if other != name)
        covers = f", covers: [{others}]" if pooled else ""
        return f"{name}: {{headcount: {total['servers'] // teams}, shrinkage: 0%, switch: 0min{covers}}}"

    topics = ", ".join(f"about_{name}: {{share: {100 / teams}%, handled_by: {name}}}" for name in names)
    text = scenario(
        DAYS,
        5,
        0,
        [f"effort: {length('exponential', unit / service)}"],
        tickets=(f"topics: {{{topics}}}",),
        staff=", ".join(map(team, names)),
    )
    desk = Desk(text, DAYS, 5, of_counts, unit)
    yield Case(row, desk, "mean_wait_served", value)
