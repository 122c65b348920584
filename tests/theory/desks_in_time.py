"""Desks whose rate changes with the hour, as ordinary scenarios: a wave through 24 hourly weights."""

import json
import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from theory.comparing import Floats, length, lives, of_lives
from theory.desks import Case, Desk, scenario
from theory.rows import ROWS, sinusoid, span

from csm_sim.engine.simulate import Outcome
from csm_sim.theory.spans import Span
from csm_sim.theory.time_varying import (
    PeriodicDesk,
    mtginf_busy_mean_by_hour,
    mtmc_periodic,
    mtmcm_equal_rates,
)
from csm_sim.world import records as r


def hours_of(mean: float, amplitude: float) -> list[float]:
    """The mean of the wave in each hour of its period of 24."""
    turns = 2.0 * np.pi * np.arange(25) / 24.0
    waves: list[float] = (-np.diff(np.cos(turns)) * 24.0 / (2.0 * np.pi)).tolist()
    return [mean + amplitude * wave for wave in waves]


def hourly(rates: list[float]) -> tuple[str, ...]:
    return (f"profile: [{', '.join(f'{rate:.12f}' for rate in rates)}]",)


def at_times(
    thresholds: dict[str, tuple[float, Callable[[Floats], Floats]]],
    waiting: bool,
    outcome: Outcome,
    start: float,
    end: float,
    unit: float,
) -> dict[str, float]:
    """Means over all days of something about the number at a time of day, beside the usual."""
    of = lives(outcome)
    found = of_lives(outcome, start, end, unit)
    for name, (hour, seen) in thresholds.items():
        moments = np.arange(start, end, r.DAY) + 60.0 * hour
        numbers = of.waiting_at(moments) if waiting else of.number_at(moments)
        found[name] = float(np.mean(seen(numbers)))
    return found


@cache
def hourly_desk(mean: float, amplitude: float, servers: int) -> PeriodicDesk:
    rates = hours_of(mean, amplitude)
    return mtmc_periodic(lambda hour: rates[int(hour) % 24], 24.0, 2.0, servers)


def wave_desk(p: dict[str, Any]) -> Desk:
    mean, amplitude, _ = sinusoid(p["rate"])
    days = 60
    peak = hourly_desk(mean, amplitude, p["servers"]).time_of_max_lq
    text = scenario(
        days,
        5,
        p["servers"],
        [f"effort: {length('exponential', 30.0)}"],
        rate=f"{mean} per hour",
        tickets=hourly(hours_of(mean, amplitude)),
    )
    look = partial(at_times, {"max_lq": (peak, lambda waiting: waiting)}, True)
    return Desk(text, days, 5, look, 60.0, 3.4 * 24 * mean)


MT_M_S = {"arrival_average_p_delay": "p_wait", "max_Lq": "max_lq", "mean_wait_arrivals_h": "mean_wait_all"}


@cache
def wave_desk_of(text: str) -> Desk:
    return wave_desk(json.loads(text))


def wave_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    mean, amplitude, _ = sinusoid(p["rate"])
    periodic = hourly_desk(mean, amplitude, p["servers"])._asdict()
    periodic |= {"max_Lq": periodic["max_lq"], "mean_wait_arrivals_h": periodic["mean_wait"]}
    yield Case(row, wave_desk_of(json.dumps(p)), MT_M_S[quantity], periodic[quantity])


TWIN_ROWS = [row for row in ROWS if row["model"] == "mt_g_inf" and row["quantity"] == "mean_busy"]
EQUAL_ROWS = [row for row in ROWS if row["model"].startswith("mt_m_st_m")]


@cache
def twin_desk(service: Span) -> Desk:
    """The fully-staffed twin under a wave of ten tickets an hour."""
    days = 80
    severity = f"effort: {length(service.family, 60.0 * service.mean_hours, service.cv)}"
    text = scenario(days, 5, 1, [severity], rate="10 per hour", tickets=hourly(hours_of(10.0, 6.0)))
    times = {
        row["id"]: (float(json.loads(row["parameters"])["t"]), lambda number: number) for row in TWIN_ROWS
    }
    look = partial(at_times, times, False)
    return Desk(text, days, 5, look, 60.0, 3.4 * 240, twin=True)


WAVE_UNIT = 24.0 / (2.0 * math.pi)  # hours of the unit in which the wave of these rows has its period
WAVE = [rate / WAVE_UNIT for rate in hours_of(100.0, 20.0)]  # an hour
EQUAL_STAFF = 95


@cache
def equal_rates_desk() -> Desk:
    """Customers give up at the rate at which they are served; the number there does not depend on staff."""
    days = 100
    minutes = length("exponential", 60.0 * WAVE_UNIT)
    text = scenario(
        days,
        5,
        EQUAL_STAFF,
        [f"effort: {minutes}, patience: {minutes}"],
        rate=f"{100.0 / WAVE_UNIT:.12f} per hour",
        tickets=hourly(WAVE),
    )
    times: dict[str, tuple[float, Callable[[Floats], Floats]]] = {}
    for row in EQUAL_ROWS:
        p = json.loads(row["parameters"])
        times[row["id"]] = (p["t"] * WAVE_UNIT, partial(reached, p["staff"]))
    times["mt_g_inf-004"] = (18.0, lambda number: number)
    look = partial(at_times, times, False)
    return Desk(text, days, 5, look, 60.0 * WAVE_UNIT, 3.4 * 24 * 100.0 / WAVE_UNIT)


def reached(staff: int, numbers: Floats) -> Floats:
    return (numbers >= staff).astype(np.float64)


def hourly_number(p: dict[str, Any]) -> float:
    """The mean number there of a row of infinitely many people, if its rate is that of the hours."""
    if p["rate"].startswith("100"):
        return mtginf_busy_mean_by_hour(WAVE, Span("exponential", WAVE_UNIT), p["t"] * WAVE_UNIT)
    return mtginf_busy_mean_by_hour(hours_of(10.0, 6.0), span(p["service"]), p["t"])


def number_cases(row: str, model: str, p: dict[str, Any], quantity: str, value: float) -> Iterator[Case]:
    if model.startswith("mt_m_st_m"):
        yield Case(row, equal_rates_desk(), row, mtmcm_equal_rates(hourly_number(p), p["staff"]).p_delay)
    elif p["rate"].startswith("100"):
        yield Case(row, equal_rates_desk(), row, hourly_number(p))
    else:
        yield Case(row, twin_desk(span(p["service"])), row, hourly_number(p))


def equal_rates_cases() -> Iterator[Case]:
    service, steps = Span("exponential", WAVE_UNIT), 20
    hours = (np.arange(24 * steps) + 0.5) / steps
    rates = np.repeat(WAVE, steps)
    desks = [
        mtmcm_equal_rates(mtginf_busy_mean_by_hour(WAVE, service, hour), EQUAL_STAFF)
        for hour in hours.tolist()
    ]
    p_wait = float(rates @ [desk.p_delay for desk in desks] / rates.sum())
    p_abandon = float(np.sum([desk.lq for desk in desks])) / WAVE_UNIT / rates.sum()
    yield Case("equal rates: those who wait", equal_rates_desk(), "p_wait", p_wait)
    yield Case("equal rates: those who give up", equal_rates_desk(), "p_abandon", p_abandon)
