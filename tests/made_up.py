"""A comparison made up by hand, with every case that a report must be able to tell."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

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

N = 46
MONTHS = tuple(f"{2027 + (3 + month) // 12}-{(3 + month) % 12 + 1:02d}" for month in range(36))


def interval(mean: float, half: float = 0.0, n: int = N) -> Interval:
    """An interval that is as wide on both sides."""
    return Interval(mean, mean - half, mean + half, n)


def difference(
    name: str,
    base: float,
    apart: float,
    half: float,
    *,
    unit: str = "JPY",
    better: Literal["up", "down", "neither"] = "up",
    chance: float | None = None,
) -> Difference:
    """A figure of the plan beside the base's; the verdict follows from the interval."""
    found = interval(apart, half)
    verdict: Verdict = "not resolved"
    if found.nothing:
        verdict = "same"
    elif found.resolved:
        good = (apart > 0) == (better == "up")
        verdict = "differs" if better == "neither" else "better" if good else "worse"
    wide = 4 * half + 1e-3 * abs(base)
    odds = None if chance is None else Interval(chance, max(0.0, chance - 0.14), min(1.0, chance + 0.14), N)
    return Difference(
        name, unit, better, interval(base, wide), interval(base + apart, wide), found, verdict, odds,
        0.93 if wide else math.nan, 812 if half else None,
    )  # fmt: skip


def cut_series(saved: float, lost: float, lag: int) -> tuple[Series, ...]:
    """Months of a plan that saves ``saved`` a month from the sixth on, and loses ``lost`` more of margin each
    month, ``lag`` months later."""
    months = range(len(MONTHS))
    cost = [-saved if month >= 6 else 0.0 for month in months]
    margin = [-lost * max(0, month - 6 - lag) for month in months]
    total_saved = [-sum(cost[: month + 1]) for month in months]
    total_lost = [-sum(margin[: month + 1]) for month in months]
    net = [margin[month] - cost[month] for month in months]
    gained = [total_saved[month] - total_lost[month] for month in months]
    arr = [12 * margin[month] / 0.75 for month in months]

    def row(name: str, apart: list[float], level: float | None) -> Series:
        spread = [0.08 * abs(value) for value in apart]
        differences = tuple(interval(value, half) for value, half in zip(apart, spread, strict=True))
        if level is None:
            return Series(name, "JPY", (), (), differences)
        base = tuple(interval(level, 0.02 * level) for _ in months)
        other = tuple(interval(level + value, 0.02 * level) for value in apart)
        return Series(name, "JPY", base, other, differences)

    return (
        row("arr_end", arr, 4.5e9),
        row("cost", cost, 9e6),
        row("margin", margin, 280e6),
        row("net", net, 271e6),
        row("saved", total_saved, None),
        row("margin_lost", total_lost, None),
        row("gained", gained, None),
    )


def figures(npv: float, half: float, cost: float, margin: float) -> tuple[Difference, ...]:
    """All figures of a plan with these differences."""
    return (
        difference("net_present_value", 9.1e9, npv, half, chance=0.5 + 0.4 * math.tanh(npv / (9 * half + 1))),
        difference("cost", 324e6, cost, 0.02 * abs(cost), better="down", chance=0.0 if cost > 0 else 1.0),
        difference("margin", 10.1e9, margin, half, chance=0.1),
        difference("net", 9.8e9, margin - cost, half, chance=0.2),
        difference("arr_expected", 4.5e9, 4 * margin, 2 * half),
        difference("arr_end", 4.51e9, 4.1 * margin, 6 * half, chance=0.22),
        difference("arr_lost", 61e6, -4 * margin, half, better="down", chance=0.08),
        difference("grr", 0.902, -0.006, 0.004, unit="share", chance=0.2),
        difference("nrr", 0.955, -0.005, 0.006, unit="share", chance=0.3),
        difference("on_time", 0.951, -0.082, 0.004, unit="share", chance=0.0),
        difference("sla", 0.93, -0.21, 0.01, unit="share", chance=0.0),
        difference("first_value_days", 21.4, 1.3, 0.2, unit="days", better="down", chance=0.02),
        difference("utilisation", 0.78, 0.05, 0.002, unit="share", better="neither"),
        difference("utilisation_p90", 0.87, 0.06, 0.003, unit="share", better="down", chance=0.0),
        difference("people", 12.0, -0.8, 0.0, unit="people", better="neither"),
        difference("payroll", 320e6, cost, 0.0, better="down", chance=1.0),
        difference("utilisation@csm", 0.74, 0.0, 0.0, unit="share", better="neither"),
        difference("utilisation@support", 0.83, 0.11, 0.004, unit="share", better="neither"),
        difference("people@csm", 8.0, 0.0, 0.0, unit="people", better="neither"),
        difference("people@support", 4.0, -0.8, 0.0, unit="people", better="neither"),
        difference("payroll@csm", 240e6, 0.0, 0.0, better="down", chance=0.5),
        difference("payroll@support", 80e6, cost, 0.0, better="down", chance=1.0),
    )


CUT = Plan(
    label="Cut 20% of support",
    file="cut_support_20.yaml",
    changes=(
        Change("timeline", None, "on: 2027-10-01, cut: {role: support, by: 20%}"),
        Change("staff.support.backfill", "true", "false"),
    ),
    same=False,
    differences=figures(-31e6, 9e6, -24e6, -58e6),
    series=cut_series(0.8e6, 0.17e6, 5),
    crossing=Crossing("loses from", 23, 21, 27, 1.0),
    break_even=BreakEven(
        Interval(0.44, 0.31, 0.66, 40),
        (0.0, 0.5, 1.0, 2.0, 3.0),
        tuple(interval(mean, half, 40) for mean, half in (
            (22e6, 0.2e6), (-3e6, 5e6), (-31e6, 9e6), (-88e6, 20e6), (-140e6, 33e6),
        )),
    ),
)  # fmt: skip
"""A cut that saves first and loses later."""

FREEZE = Plan(
    label="採用凍結 <script>alert(1)</script>",
    file="=HYPERLINK(freeze).yaml",
    changes=(Change("timeline", "on: 2027-08-01, hire: {role: csm}", None),),
    same=False,
    differences=figures(2e6, 8e6, -9e6, -7e6),
    series=cut_series(0.3e6, 0.012e6, 5),
    crossing=Crossing("never", None, 31, None, 0.31),
    break_even=BreakEven(None, CUT.break_even.tried if CUT.break_even else (), tuple(
        interval(mean, half, 40) for mean, half in (
            (8e6, 0.1e6), (7e6, 4e6), (2e6, 8e6), (1.5e6, 15e6), (1e6, 22e6),
        )
    )),
)  # fmt: skip
"""A plan of which it cannot be told whether it is better; names that are not to be trusted."""

NOTHING = Plan(
    label="The same in other words",
    file="same.yaml",
    changes=(),
    same=True,
    differences=tuple(
        replace(one, other=one.base, apart=interval(0.0), verdict="same", saved=None, correlation=1.0,
                chance=None if one.chance is None else Interval(0.5, 0.36, 0.64, N))
        for one in CUT.differences
    ),
    series=tuple(
        replace(one, other=one.base, apart=tuple(interval(0.0) for _ in one.apart)) for one in CUT.series
    ),
    crossing=None,
    break_even=None,
)  # fmt: skip
"""The base once more."""


def made_up(*plans: Plan, costs: bool = True) -> Compared:
    """A comparison of these plans; of all three without any.

    Without costs there is no money beyond ARR.
    """
    chosen = plans or (CUT, FREEZE, NOTHING)
    if not costs:
        money = ("net_present_value", "cost", "margin", "net", "payroll", "payroll@csm", "payroll@support")
        chosen = tuple(
            replace(
                plan,
                differences=tuple(one for one in plan.differences if one.name not in money),
                series=tuple(one for one in plan.series if one.name == "arr_end"),
                crossing=None,
                break_even=None,
            )
            for plan in chosen
        )
    different = sum(not plan.same for plan in chosen)
    return Compared(
        name="B2B SaaS, 3,000 customers",
        base_label="The team as it is",
        base_file="base.yaml",
        plans=chosen,
        n=N,
        seed=1,
        twin=True,
        confidence=1.0 - 0.05 / max(1, different),
        reached=True,
        currency="JPY",
        start="2027-04-01",
        horizon="36 months",
        months=MONTHS,
        gross_margin=0.75,
        discount=0.08,
        costs=costs,
        warnings=("the 5 largest accounts hold 24% of the ARR",),
        basis=(
            Basis("money.gross_margin", "75%", "assumed", "assumption", "What is left of revenue."),
            Basis("segments.*.churn", "3%, 10%, 35%", "given", "base.yaml:20", "Churn at renewals."),
        ),
    )
