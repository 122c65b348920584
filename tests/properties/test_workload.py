"""The bottom-up workload of random scenarios that use every rule."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from csm_sim.analysis.workload_heads import heads_needed
from csm_sim.analysis.workload_plan import WorkloadPlan, plan_workload
from csm_sim.report.workload import workload_report
from csm_sim.report.workload_tables import hours_csv, people_csv, workload_json
from csm_sim.scenario import load
from csm_sim.world.build import World, build_world
from properties.drawing import Files
from properties.scenarios import scenario_files


def planned(files: Files) -> tuple[WorkloadPlan, World]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        loaded = load(Path(folder) / "scenario.yaml")
        world = build_world(loaded)
        return plan_workload(loaded, world), world


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario_files())
def test_hours_are_finite_and_the_same_however_they_are_divided(files: Files) -> None:
    plan, world = planned(files)
    assert math.isfinite(plan.total_hours)
    assert plan.total_hours >= 0
    for cut, hours in plan.hours.items():
        assert sum(hours.values()) == pytest.approx(plan.total_hours, abs=1e-6), cut
        assert all(math.isfinite(value) and value > 0 for value in hours.values()), cut
    for need in (*plan.roles, *plan.role_months):
        parts = (
            need.vacant_hours,
            need.away_hours,
            need.slower_hours,
            need.shrunk_hours,
            need.available_hours,
        )
        assert sum(parts) == pytest.approx(need.contracted_hours, abs=1e-6)
        least = (need.contracted_hours, need.vacant_hours, need.away_hours, need.available_hours)
        assert min(least) >= -1e-6, need
    for heads in heads_needed(world).values():
        assert 0 <= heads.people <= heads.busiest + 1e-9
        assert heads.seed >= heads.people - 1e-9


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario_files())
def test_all_of_it_can_be_said(files: Files) -> None:
    plan, _ = planned(files)
    text = workload_report(plan, ("playbook", "step", "tier", "role", "month"), None, width=80, colour=False)
    assert "nan" not in text
    json.dumps(workload_json(plan, None), allow_nan=False)
    assert len(hours_csv(plan).splitlines()) == len(plan.detail) + 1
    assert len(people_csv(plan).splitlines()) == len(plan.roles) + len(plan.role_months) + 1
