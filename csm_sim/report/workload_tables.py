"""Workload → data: JSON, and CSV that any program reads."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from csm_sim.report.tables import csv_text

if TYPE_CHECKING:
    from csm_sim.analysis.workload_plan import RoleNeed, WorkloadPlan
    from csm_sim.analysis.workload_run import Comparison

HOURS_CSV: Final = "workload_hours.csv"
PEOPLE_CSV: Final = "workload_people.csv"
_HOURS_COLUMNS: Final = ("month", "playbook", "step", "tier", "role", "times", "hours")


def workload_json(plan: WorkloadPlan, comparison: Comparison | None) -> dict[str, Any]:
    """The answer as data: hours, people and shares as numbers; what is endless or unknown is null."""
    cuts = {
        cut: [
            {**_names(cut, name), "times": plan.tasks[cut].get(name), "hours": hours}
            for name, hours in values.items()
        ]
        for cut, values in plan.hours.items()
    }
    data = {
        "name": plan.name,
        "currency": plan.currency,
        "months": plan.months,
        "total_hours": plan.total_hours,
        "roles": [_need(need) for need in plan.roles],
        "role_months": [_need(need) for need in plan.role_months],
        "hours_by": cuts,
        "ratios": [asdict(one) for one in plan.ratios],
        "lateness": [asdict(one) for one in plan.lateness],
        "taken_to_be_so": plan.taken,
        "left_out": plan.left_out,
        "run": None if comparison is None else asdict(comparison),
    }
    found: dict[str, Any] = _finite(data)
    return found


def _names(cut: str, name: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(("playbook", "step") if cut == "step" else (cut,), name, strict=True))


def _need(need: RoleNeed) -> dict[str, Any]:
    more = {"gap_hours": need.gap_hours, "gap_share": need.gap_share, "load": need.load}
    return {**asdict(need), **more}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def hours_csv(plan: WorkloadPlan) -> str:
    """Hours by month, playbook, step, tier and role: one row for each that has some."""
    return csv_text(_HOURS_COLUMNS, plan.detail)


def people_csv(plan: WorkloadPlan) -> str:
    """Hours needed and available, and people, by role and month; an empty month is the whole horizon."""
    from csm_sim.analysis.workload_plan import RoleNeed

    columns = [field.name for field in fields(RoleNeed)]
    more = ["gap_hours", "gap_share", "load"]
    rows = [
        [getattr(need, column) for column in (*columns, *more)] for need in (*plan.roles, *plan.role_months)
    ]
    return csv_text([*columns, *more], rows)
