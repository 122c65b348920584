"""What the tests share that run a scenario and compare it with a formula."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from csm_sim.engine.simulate import Outcome
from csm_sim.world import events as ev

Floats = NDArray[np.float64]

FALSE_ALARM_RATE = 0.01
"""Chance that a right engine fails anywhere in a file of comparisons."""


def in_half_widths(values: Floats, expected: float, comparisons: int) -> float:
    """How far the mean over replications lies above what is expected, in half-widths of its interval.

    The Student t interval has the level at which all ``comparisons`` of a file together give a false
    alarm with ``FALSE_ALARM_RATE`` (Bonferroni).
    """
    critical = stats.t.isf(FALSE_ALARM_RATE / (2 * comparisons), len(values) - 1)
    return float((np.mean(values) - expected) / (critical * stats.sem(values)))


def length(family: str, minutes: float, cv: float = 1.0) -> str:
    """A random length of time as a scenario writes it."""
    mean = f"{minutes:.12f}min"
    if family in ("det", "deterministic"):
        return f"{{constant: {mean}}}"
    if family == "exponential":
        return f"{{exponential: {mean}}}"
    if family == "gamma":
        return f"{{gamma: {{mean: {mean}, cv: {cv:.12f}}}}}"
    return f"{{mean: {mean}, cv: {cv:.12f}}}"


@dataclass(frozen=True)
class Lives:
    """The tickets of one account in the order of their numbers, in minutes of the run; ``inf``: not yet."""

    opened: Floats
    taken_up: Floats
    """For the first time."""
    abandoned: Floats
    done: Floats
    step: NDArray[np.int64]

    @property
    def left_queue(self) -> Floats:
        return np.minimum(self.taken_up, self.abandoned)

    @property
    def left(self) -> Floats:
        return np.minimum(self.done, self.abandoned)

    def number_at(self, moments: Floats) -> Floats:
        """How many are waiting or in hand."""
        return at_moments(self.opened, self.left, moments)

    def waiting_at(self, moments: Floats) -> Floats:
        return at_moments(self.opened, self.left_queue, moments)


def at_moments(come: Floats, go: Floats, moments: Floats) -> Floats:
    """How many have come and not gone at each moment."""
    here = np.searchsorted(np.sort(come), moments, "right") - np.searchsorted(np.sort(go), moments, "right")
    return here.astype(np.float64)


def lives(outcome: Outcome) -> Lives:
    """What became of each ticket, from the log of a book of one account."""
    log = outcome.events
    # columns of their own: picking lines out of a wide log takes longer than to simulate it
    kind, ticket, time = (log[name].copy() for name in ("what", "occurrence", "time"))
    tickets = int(ticket.max()) + 1
    times = {}
    for what in (ev.OPENED, ev.TAKEN_UP, ev.ABANDONED, ev.DONE):
        of_this = kind == what
        times[what] = np.full(tickets, np.inf)
        # an interrupted ticket is taken up more than once
        np.minimum.at(times[what], ticket[of_this], time[of_this])
    step = np.zeros(tickets, np.int64)
    opened = kind == ev.OPENED
    step[ticket[opened]] = log["step"][opened]
    return Lives(times[ev.OPENED], times[ev.TAKEN_UP], times[ev.ABANDONED], times[ev.DONE], step)


Look = Callable[[Outcome, float, float, float], dict[str, float]]
"""What a replication shows between two moments, given the minutes of the unit of time."""


def of_lives(outcome: Outcome, start: float, end: float, unit: float) -> dict[str, float]:
    """Quantities of a queue with one account that need each ticket's own times."""
    of = lives(outcome)
    gone = of.left_queue
    counted = (gone >= start) & (gone < end)
    waits = (gone - of.opened)[counted] / unit
    served = np.isfinite(of.taken_up[counted])
    step = of.step[counted]
    in_queue = (np.clip(gone, start, end) - np.clip(of.opened, start, end)) / (end - start)
    inside = (np.clip(of.left, start, end) - np.clip(of.opened, start, end)) / (end - start)
    found = {
        "p_wait": float(np.mean(waits > 0.0)),
        "p_abandon": float(np.mean(~served)),
        "mean_wait_all": float(np.mean(waits)),
        "mean_wait_served": float(np.mean(waits[served])),
        "lq": float(np.sum(in_queue)),
        "number": float(np.sum(inside)),
        "occupancy": outcome.busy.sum() / max(outcome.open_minutes.sum(), 1.0),
    }
    for number in range(int(of.step.max()) + 1):
        mine = step == number
        found[f"p_abandon_class{number + 1}"] = float(np.mean(~served[mine]))
        found[f"mean_wait_served_class{number + 1}"] = float(np.mean(waits[mine & served]))
        found[f"lq_class{number + 1}"] = float(np.sum(in_queue[of.step == number]))
    return found


def of_counts(outcome: Outcome, start: float, end: float, unit: float) -> dict[str, float]:
    """Quantities that need no log."""
    tally = outcome.tallies[:, 0]
    done, taken_up = tally["on_time"] + tally["late"], tally["taken_up"].sum()
    return {
        "p_abandon": float(tally["abandoned"].sum() / (taken_up + tally["abandoned"].sum())),
        "mean_wait_served": float(tally["wait_minutes"].sum() / taken_up / unit),
        "sojourn": float(tally["resolution_minutes"].sum() / max(done.sum(), 1) / unit),
        "occupancy": float(outcome.busy.sum() / outcome.open_minutes.sum()),
    }
