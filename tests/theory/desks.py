"""Desks at one rate of arrivals as ordinary scenarios: what their customers do, how their work is spread."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from theory.comparing import Floats, Look, length, of_counts, of_lives
from theory.rows import phases, span

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.scenario.load import load
from csm_sim.theory.spans import Span
from csm_sim.world import records as r
from csm_sim.world.build import build_world

TICKETS_PER_HOUR = 30.0
DAYS = 40
REPLICATIONS = 40


@dataclass(frozen=True)
class Desk:
    """A scenario and what to look at in it."""

    scenario: str
    days: int
    warm_up: int
    look: Look
    unit: float = 1.0
    """Minutes of the unit of time of its formula."""
    events: float = 0.0
    """Lines of log a day, with room; 0: none is kept."""
    replications: int = REPLICATIONS
    twin: bool = False
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    """A quantity of a desk and what the formula says."""

    name: str
    desk: Desk
    quantity: str
    expected: float


def scenario(
    days: int,
    warm_up: int,
    people: int,
    severities: list[str],
    *,
    tickets: tuple[str, ...] = (),
    rate: str | None = f"{TICKETS_PER_HOUR} per hour",
    staff: str = "",
    accounts: str = "1",
    owner: str = "",
) -> str:
    """People round the clock who do nothing but tickets and lose no time."""
    support = f"support: {{headcount: {people}, shrinkage: 0%, serves: all, switch: 0min}}"
    lines = [
        "name: desk",
        "start: 2027-01-01",
        f"horizon: {days}d",
        f"warm_up: {warm_up}d",
        "calendar: 24x7",
        f"segments: {{customers: {{touch: low, accounts: {accounts}, arr: 0{owner}}}}}",
        f"staff: {{{staff or support}}}",
        "tickets:",
        *([f"  rate: {rate}"] if rate else []),
        *(f"  {line}" for line in tickets),
        "  severities:",
        *(f"    class{number}: {{{severity}}}" for number, severity in enumerate(severities, 1)),
    ]
    return "\n".join(lines)


def measured(desk: Desk, seed: int, folder: Path) -> dict[str, Floats]:
    """Each quantity in each replication."""
    for name, content in (*desk.files, ("desk.yaml", desk.scenario)):
        (folder / name).write_text(content, encoding="utf-8")
    world = build_world(load(folder / "desk.yaml"))
    start, end = desk.warm_up * r.DAY, (desk.warm_up + desk.days) * r.DAY
    room = int(desk.events * (desk.days + desk.warm_up) * 1.1)
    found = []
    for replication in range(desk.replications):
        outcome = simulate(world, seed=seed, replication=replication, unlimited=desk.twin, log_capacity=room)
        found.append(desk.look(outcome, start, end, desk.unit))
    return {name: np.array([one[name] for one in found]) for name in found[0]}


def stationary(
    rate: float,
    people: int,
    severities: Callable[[float], list[str]],
    *,
    days: int = DAYS,
    tickets: tuple[str, ...] = (),
    logged: bool = True,
) -> Desk:
    """A desk at one rate of arrivals, in a unit of time that makes them 30 an hour."""
    unit = rate * 60.0 / TICKETS_PER_HOUR
    warm_up = 5  # 3,600 tickets
    return Desk(
        scenario(days, warm_up, people, severities(unit), tickets=tickets),
        days,
        warm_up,
        of_lives if logged else of_counts,
        unit,
        3.4 * 24 * TICKETS_PER_HOUR if logged else 0.0,
    )


def impatient(rate: float, service_mean: float, people: int, patience: Span) -> Desk:
    def severities(unit: float) -> list[str]:
        gives_up = length(patience.family, patience.mean_hours * unit, patience.cv)
        return [f"effort: {length('exponential', service_mean * unit)}, patience: {gives_up}"]

    return stationary(rate, people, severities)


def impatient_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    if model.startswith("erlang_a"):
        patience = Span("exponential", 1.0 / p["abandon_rate"])
    else:
        patience = span(p["patience"])
    yield Case(
        row, impatient(p["arrival_rate"], 1.0 / p["service_rate"], p["servers"], patience), quantity, value
    )


def two_classes(p: dict[str, Any], preempts: bool = False) -> Desk:
    total = sum(p["arrival_rates"])

    def severities(unit: float) -> list[str]:
        effort = length("exponential", unit / p["service_rate"])
        return [
            f"share: {100.0 * rate / total:.12f}%, effort: {effort}, "
            f"patience: {length('exponential', unit / gives_up)}, priority: {number}, "
            f"preempts: {str(preempts and number == 1).lower()}"
            for number, (rate, gives_up) in enumerate(
                zip(p["arrival_rates"], p["abandon_rates"], strict=True), 1
            )
        ]

    return stationary(total, p["servers"], severities)


def phases_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    service = None if model == "mdc" else phases(p)

    def severities(unit: float) -> list[str]:
        if service is None:
            return [f"effort: {length('det', unit)}"]
        if service.goes_on == 1.0:
            return [f"effort: {length('gamma', service.mean_hours * unit, math.sqrt(0.5))}"]
        share = service.start_in_first
        return [
            f"share: {100.0 * part:.12f}%, effort: {length('exponential', unit / rate)}"
            for part, rate in zip((share, 1.0 - share), service.rates_per_hour, strict=True)
        ]

    names = {"wq_mean": "mean_wait_all"}
    yield Case(
        row, stationary(p["arrival_rate"], p["servers"], severities), names.get(quantity, quantity), value
    )


def batch_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    mean = int(p["batch"].partition("mean=")[2].partition(")")[0])

    def severities(unit: float) -> list[str]:
        return [f"effort: {length('exponential', unit / p['service_rate'])}"]

    desk = stationary(mean * p["batch_rate"], 1, severities, tickets=(f"batch: {mean}",), days=60)
    if quantity.startswith("L"):
        yield Case(row, desk, "number", value)
    else:
        yield Case(row, desk, "mean_wait_all", value - 1.0 / p["service_rate"])


def of_returns(outcome: Outcome, start: float, end: float, unit: float) -> dict[str, float]:
    """Of tickets that never end: from the second month on, as all of them are open at the start."""
    months = outcome.by_month[1:, 0, 0]
    minutes = end - start - 31 * r.DAY  # January
    weeks = slice(5, -1)  # whole ones, after the first month
    return {
        "throughput": months["touches"].sum() / minutes * unit,
        "wq": months["touch_wait_minutes"].sum() / months["touch_taken_up"].sum() / unit,
        "utilisation": outcome.busy[weeks].sum() / outcome.open_minutes[weeks].sum(),
        # everybody is with the desk or on the way back
        "held": months["held_elapsed_minutes"].sum() / months["returned"].sum() / unit,
    }


def finite_source_cases(
    row: str, model: str, p: dict[str, Any], quantity: str, value: float
) -> Iterator[Case]:
    customers, days = p["customers"], 75
    # at most as many touches an hour as the tickets of the other desks
    unit = 60.0 / TICKETS_PER_HOUR * min(p["servers"] * p["service_rate"], customers * p["request_rate_each"])
    effort = length("exponential", unit / p["service_rate"])
    comes_back = length("exponential", unit / p["request_rate_each"])
    severity = f"effort: {effort}, more: {{chance: 100%, effort: {effort}, customer_wait: {comes_back}}}"
    text = scenario(
        days,
        0,
        p["servers"],
        [severity],
        rate="0 per hour",
        tickets=(f"backlog: {{open: {{class1: {customers}}}}}",),
    )
    desk = Desk(text, days, 0, of_returns, unit)
    if quantity == "L":
        # Little's law: those who are not at the desk are away for a known time
        quantity, value = "throughput", (customers - value) * p["request_rate_each"]
    yield Case(row, desk, quantity, value)


def clockwork(p: dict[str, Any]) -> Desk:
    """Tickets that come every three minutes, out of a file."""
    days, warm_up = 20, 2
    unit = 3.0 * p["arrival_rate"]
    first = np.datetime64("2026-12-30T00:00")
    moments = first + np.arange(0, (days + warm_up) * 1440, 3).astype("timedelta64[m]")
    trace = "\n".join(["account,opened_at", *(f"A,{str(m).replace('T', ' ')}" for m in moments)])
    text = scenario(
        days,
        warm_up,
        1,
        [f"effort: {length('exponential', unit / p['service_rate'])}"],
        rate=None,
        tickets=("trace: {file: tickets.csv}",),
        accounts="{file: accounts.csv}",
    )
    files = (("tickets.csv", trace), ("accounts.csv", "account,arr\nA,0\n"))
    return Desk(text, days, warm_up, of_lives, unit, 3.4 * 480, files=files)


def clockwork_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    names = {"sigma": "p_wait", "wq_mean": "mean_wait_all"}
    yield Case(row, clockwork(p), names[quantity], value)
