"""Sizing answer → data: JSON and tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csm_sim.analysis.paired import Interval
    from csm_sim.analysis.sizing import Confirmed
    from csm_sim.analysis.sizing_question import Wanted
    from csm_sim.report.sizing import Findings


def sizing_json(found: Findings) -> dict[str, Any]:
    """The answer as plain values; dates in ISO form, money in the scenario's currency."""
    sized, names = found.sized, found.sized.question.names

    def team(point: Sequence[int]) -> dict[str, int]:
        return dict(zip(names, point, strict=True))

    question = sized.question
    return {
        "name": found.name,
        "currency": found.currency,
        "seed": found.seed,
        "answer": team(sized.answer),
        "cheapest_for_certain": sized.proven,
        "confidence": question.confidence,
        "targets_left_out": list(sized.left_out),
        "cost_a_year": sized.cost,
        "payroll_a_year": sized.confirmed.payroll,
        "cost_target_a_year": question.most_cost,
        "roles": [
            {
                "role": role.name, "min": role.low, "max": role.high, "estimate": role.estimate,
                "needed_at_full_use": role.needed, "now": role.now,
                "cost_a_year": role.cost if question.has_costs else None,
            }
            for role in question.roles
        ],
        "targets": [_wanted(one) for one in question.targets],
        "confirmed": _confirmed(sized.confirmed, names),
        "one_less": {role: _confirmed(one, names) for role, one in sized.fewer.items()},
        "most_people": None if sized.at_most is None else _confirmed(sized.at_most, names),
        "points": [
            {
                "team": team(one.point), "meets": one.holds, "n": one.n, "missed": one.missed,
                "resolved": one.resolved, "targets_left_out": list(one.left_out),
            }
            for one in sized.tried
        ],
        "points_allowed": sized.allowed_points,
        "more_is_worse": [{"meets": team(under), "misses": team(over)} for over, under in sized.crossed],
        "futures": found.simulated,
        "profit": _profit(found, names),
        "when": _when(found),
        "notes": list(question.notes),
    }  # fmt: skip


def _wanted(one: Wanted) -> dict[str, Any]:
    return {
        "target": one.key,
        "level": one.level,
        "at_least": one.goal.at_least,
        "unit": one.goal.unit,
        "chance": one.chance,
        "tolerance": one.tolerance,
    }


def _confirmed(one: Confirmed, names: Sequence[str]) -> dict[str, Any]:
    return {
        "team": dict(zip(names, one.point, strict=True)),
        "n": one.n,
        "payroll_a_year": one.payroll,
        "targets": [
            {"target": shown.wanted.key, **_interval(shown.interval), "good": shown.good}
            for shown in one.shown
        ],
        "missed": [shown.wanted.key for shown in one.blocks],
    }


def _interval(one: Interval) -> dict[str, float]:
    return {"mean": one.mean, "low": one.low, "high": one.high}


def _profit(found: Findings, names: Sequence[str]) -> dict[str, Any] | None:
    profit = found.profit
    if profit is None:
        return None
    return {
        "margin": found.sized.question.margin,
        "n": profit.n,
        "hires": [
            {
                "role": hire.role, "from": hire.number - 1, "to": hire.number,
                "arr_kept": _interval(hire.kept), "cost_over_horizon": hire.cost,
                "worth": _interval(hire.worth), "pays": hire.pays,
            }
            for hire in profit.hires
        ],
        "last_that_pays": {name: profit.last_that_pays(name) for name in names},
        "front_n": profit.front_n,
        "front": [
            {
                "team": dict(zip(names, one.point, strict=True)), "cost_a_year": one.cost,
                "arr_kept": _interval(one.kept), "on_front": one.on_front, "surely_below": one.surely_below,
            }
            for one in profit.front
        ],
    }  # fmt: skip


def _when(found: Findings) -> dict[str, Any] | None:
    if found.when is None:
        return None
    return {
        "chance": found.when.chance,
        "n": found.when.n,
        "roles": [
            {
                "role": role.role,
                "now": role.now,
                "months": [
                    {"month": month.name, "needed": _interval(month.needed), "heads": month.heads}
                    for month in role.months
                ],
                "hires": [
                    {
                        "by": one.by.isoformat(),
                        "people": one.people,
                        "requisitions": None if one.answer is None else one.answer.requisitions,
                        "open_by": None
                        if one.answer is None or one.answer.open_by is None
                        else one.answer.open_by.isoformat(),
                    }
                    for one in role.dates
                ],
            }
            for role in found.when.roles
        ],
    }


def sizing_tables(found: Findings) -> dict[str, str]:
    """Tables as CSV, by the name of their file."""
    sized, names = found.sized, found.sized.question.names
    tables = {
        "points.csv": _csv(
            [*names, "meets", "futures", "missed", "resolved"],
            ([*one.point, one.holds, one.n, one.missed or "", one.resolved] for one in sized.tried),
        ),
        "targets.csv": _csv(
            [*names, "target", "level", "chance", "mean", "low", "high", "n"],
            (
                [
                    *one.point, shown.wanted.key, shown.wanted.level, shown.wanted.chance or "",
                    shown.interval.mean, shown.interval.low, shown.interval.high, one.n,
                ]
                for one in (sized.confirmed, *sized.fewer.values(), sized.at_most)
                if one is not None
                for shown in one.shown
            ),
        ),
    }  # fmt: skip
    if found.profit is not None:
        tables["hires.csv"] = _csv(
            ["role", "from", "to", "arr_kept_mean", "arr_kept_low", "arr_kept_high", "cost", "worth_mean",
             "worth_low", "worth_high", "pays", "n"],
            (
                [
                    hire.role, hire.number - 1, hire.number, hire.kept.mean, hire.kept.low, hire.kept.high,
                    hire.cost, hire.worth.mean, hire.worth.low, hire.worth.high, hire.pays, found.profit.n,
                ]
                for hire in found.profit.hires
            ),
        )  # fmt: skip
        tables["front.csv"] = _csv(
            [*names, "cost_a_year", "arr_kept_mean", "arr_kept_low", "arr_kept_high", "on_front",
             "surely_below", "n"],
            (
                [
                    *one.point, one.cost, one.kept.mean, one.kept.low, one.kept.high, one.on_front,
                    one.surely_below, found.profit.front_n,
                ]
                for one in found.profit.front
            ),
        )  # fmt: skip
    if found.when is not None:
        tables["months.csv"] = _csv(
            ["role", "month", "needed_mean", "needed_low", "needed_high", "heads", "n"],
            (
                [role.role, month.name, *_interval(month.needed).values(), month.heads, found.when.n]
                for role in found.when.roles
                for month in role.months
            ),
        )
    return tables


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"{cell:.10g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    return stream.getvalue()
