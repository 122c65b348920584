"""A comparison of made-up numbers: for tests of what is drawn and written of one."""

from __future__ import annotations

import math

import numpy as np

from csm_sim.analysis.compared import (
    Basis,
    BreakEven,
    Change,
    Compared,
    Crossing,
    Difference,
    Plan,
    Series,
    Verdict,
)
from csm_sim.analysis.paired import Interval

N = 40
MONTHS = tuple(f"{2027 + (3 + month) // 12}-{(3 + month) % 12 + 1:02d}" for month in range(36))


def interval(mean: float, half: float) -> Interval:
    """A mean with an interval of this half-width."""
    return Interval(mean, mean - half, mean + half, N)


def intervals(means: np.ndarray, halves: np.ndarray) -> tuple[Interval, ...]:
    """Means with intervals."""
    return tuple(interval(float(mean), float(half)) for mean, half in zip(means, halves, strict=True))


def plan(
    label: str = "Cut 20 % of support",
    *,
    saving: float = 1.2e6,
    losing: float = 7e4,
    lag: int = 9,
    spread: float = 0.15,
    costs: bool = True,
) -> Plan:
    """A plan that saves so much each month, and loses margin that grows by so much each month after a lag.

    Parameters
    ----------
    label
        Its name.
    saving
        Cost that is not spent, each month.
    losing
        By how much the margin that is missing grows from month to month.
    lag
        Months before it begins.
    spread
        Half-width of what is lost, as a part of it.
    costs
        Whether there is money beyond ARR.
    """
    months = np.arange(1, len(MONTHS) + 1)
    late = np.maximum(months - lag, 0)
    lost = losing * late * (late + 1) / 2
    saved = saving * months
    gained = saved - lost
    arr = 4.5e9 + 8e6 * months
    missing = 12 * losing * late / 0.75
    half = spread * np.abs(missing)
    series = [
        Series("arr_end", "JPY", intervals(arr, 0.004 * arr), intervals(arr - missing, 0.004 * arr),
               intervals(-missing, half)),
    ]  # fmt: skip
    if costs:
        series += [
            Series("saved", "JPY", (), (), intervals(saved, 0.0 * saved)),
            Series("margin_lost", "JPY", (), (), intervals(lost, spread * np.abs(lost))),
            Series("gained", "JPY", (), (), intervals(gained, spread * np.abs(lost))),
        ]
    name = "net_present_value" if costs else "arr_change"
    end = float(gained[-1] if costs else -missing[-1])
    wide = spread * abs(float(lost[-1] if costs else missing[-1]))
    verdict: Verdict = "not resolved" if abs(end) <= wide else "better" if end > 0 else "worse"
    return Plan(
        label=label,
        file="cut.yaml",
        changes=(Change("timeline", None, "2027-10-01 cut support by 20%"),),
        same=False,
        differences=(
            Difference(name, "JPY", "up", interval(9e8, 2e7), interval(9e8 + end, 2e7), interval(end, wide),
                       verdict, Interval(0.1, 0.04, 0.23, N), 0.98, 900),
            Difference("on_time", "share", "up", interval(0.96, 0.01), interval(0.91, 0.01),
                       interval(-0.05, 0.008), "worse", Interval(0.0, 0.0, 0.09, N), 0.8, 120),
        ),
        series=tuple(series),
        crossing=_crossing(gained) if costs else None,
        break_even=_break_even(saving, losing) if costs else None,
    )  # fmt: skip


def _crossing(gained: np.ndarray) -> Crossing:
    """Where the sign changes for the last time; the months around it are made up."""
    sign = np.sign(gained)
    changes = np.flatnonzero(sign[1:] != sign[:-1]) + 1
    if not len(changes):
        return Crossing("never", None, None, None, 0.0)
    month = int(changes[-1])
    return Crossing(
        "loses from" if sign[-1] < 0 else "pays from",
        month,
        max(month - 2, 0),
        month + 3 if month + 3 < len(gained) else None,
        0.97,
    )


def _break_even(saving: float, losing: float) -> BreakEven:
    """A straight line through what the plan gains without any effect."""
    tried = (0.0, 0.5, 1.0, 2.0, 3.0)
    months = len(MONTHS)
    lost = losing * 27 * 28 / 2
    net = tuple(
        interval(saving * months - lost * strength, 0.15 * abs(lost) * strength) for strength in tried
    )
    at = saving * months / lost if lost else math.inf
    return BreakEven(interval(at, 0.2) if 0 <= at <= 3 else None, tried, net)


def compared(*plans: Plan, costs: bool = True, currency: str = "JPY", name: str = "Made up") -> Compared:
    """The comparison of these plans; of one that loses in the end when none is given."""
    return Compared(
        name=name,
        base_label="base.yaml",
        base_file="base.yaml",
        plans=plans or (plan(costs=costs),),
        n=N,
        seed=1,
        twin=True,
        confidence=0.95,
        reached=True,
        currency=currency,
        start="2027-04-01",
        horizon="36 months",
        months=MONTHS,
        gross_margin=0.75,
        discount=0.08,
        costs=costs,
        warnings=(),
        basis=(Basis("money.gross_margin", "75%", "assumption", "assumption", "What is left of revenue"),),
    )
