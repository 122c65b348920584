"""Hours counted bottom up against the simulation of scenarios in which nothing feeds back."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from theory.comparing import in_half_widths

from csm_sim.analysis.checkpoint import Checkpoint
from csm_sim.analysis.digest import layout_of
from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.analysis.summarise import summarise
from csm_sim.analysis.workload_hours import hours_of
from csm_sim.analysis.workload_plan import plan_workload
from csm_sim.analysis.workload_supply import supply_of
from csm_sim.scenario import Loaded, load
from csm_sim.world.build import World, build_world

Floats = NDArray[np.float64]

BASE = """\
name: Nothing feeds back
start: 2027-04-01
horizon: 12 months
warm_up: 3 months
calendar: {country: JP, week: mon-fri, hours: "09:00-18:00", break: 1h}
health: {effects: off}
staff:
  csm: {headcount: 2, shrinkage: 30%}
  support: {headcount: 1, serves: [rest]}
segments:
  key: {touch: high, accounts: 40, arr: 5M, owner: csm, renewals: {mar: 40%, sep: 10%},
        new: {per_month: 3, season: {oct: x3}}, churn: {green: 30%, yellow: 30%, red: 30%}}
  rest: {touch: tech, accounts: 300, arr: 1M, term: 6 months, churn: {green: 20%, yellow: 20%, red: 20%}}
"""
PLANNED = """\
playbooks:
  review: {for: key, every: quarter, steps: [
    {do: prepare, effort: 1h, opens: 20d before}, {do: talk, effort: 2h, opens: 0d}]}
  daily: {for: key, every: 2d, share: 50%, steps: [{do: look, effort: 5min}]}
  renewal: {for: key, before_renewal: 60d, steps: [
    {do: offer, effort: 3h}, {do: sign, effort: 1h, opens: 20d before}]}
  welcome: {for: key, on: new_account, first_value_after: train, steps: [
    {do: kickoff, effort: 2h}, {do: train, effort: 2h, opens: 20d}]}
  webinar: {for: rest, role: csm, per: segment, every: month, steps: [{do: host, effort: 6h}]}
  admin: {per: person, role: csm, every: week, steps: [{do: report, effort: 3h}]}
  tail: {for: rest, role: support, every: year, steps: [{do: mail, effort: 20min}]}
"""
TICKETS = """\
tickets:
  rate: {key: 2 per month, rest: 0.3 per month}
  handled_by: {support: 70%, csm: 30%}
  unequal: 2
  season: {aug: x0.5, dec: x2}
  growth: 40%
  holidays: 20%
  profile: office
  batch: 1.5
  after_start: {from: x3, over: 2 months}
  deflection: {self_service: {from: 10%, to: 40%, over: 6 months, for: [rest]}}
  backlog: {open: {p2: 30}}
  escalation: {to: csm, effort: 30min}
  severities:
    p1: {share: 30%, effort: 2h, escalate: 40%, reopen: {chance: 20%, after: 2d, effort: 1h}}
    p2: {share: 70%, effort: {exponential: 30min}, more: {chance: 40%, effort: 20min, customer_wait: 8h}}
"""
CHANGES = """\
timeline:
  - {on: 2027-06-01, surge: {tickets: x2, for: 4 weeks, decay: 2 weeks}}
  - {on: 2027-09-01, automate: {steps: [review.talk], share: 50%, over: 30d, effort: 20h, role: csm}}
  - {on: 2027-11-01, sales: {segments: [key], new: x2, for: 2 months}}
"""
LEARNT = """\
playbooks:
  check: {for: rest, role: support, every: month, steps: [
    {do: call, effort: 20min, learning: {saves: 10%, floor: 40%, experience: 20}}]}
"""
PHASES = """\
journey: {expansion_after: 5 months}
playbooks:
  welcome: {for: key, on: new_account, first_value_after: train, steps: [{do: train, effort: 1h, opens: 40d}]}
  early: {for: key, every: week, phase: [onboarding], steps: [{do: call, effort: 30min}]}
  middle: {for: key, every: month, phase: [adoption], steps: [{do: call, effort: 1h}]}
  late: {for: key, every: month, phase: [expansion], steps: [{do: call, effort: 1h}]}
"""
SCENARIOS = {
    "planned": BASE + PLANNED,
    "tickets": BASE + TICKETS,
    "changes": BASE + PLANNED + TICKETS + CHANGES,
    "learning": BASE + LEARNT,
    "phases": BASE + PHASES,
}
REPLICATIONS = 60
KINDS = 7 + 2 + 10 + 1 + 4
BIAS = {"learning": 0.01, "phases": 0.03}
"""Share by which the estimate may be off where it is not an exact mean: what is learnt bends with the number,
and phases end a few hours after what the plan says."""


@cache
def loaded_of(name: str) -> tuple[Loaded, World]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.yaml"
        path.write_text(SCENARIOS[name], encoding="utf-8")
        loaded = load(path)
    return loaded, build_world(loaded)


@cache
def promised(name: str) -> Floats:
    """(replication, month, kind): hours that open in the fully staffed twin."""
    _, world = loaded_of(name)
    with tempfile.TemporaryDirectory() as folder:
        layout = layout_of(world, True)
        with Checkpoint(Path(folder) / "kept.bin", "0" * 64, layout.length) as checkpoint:
            plan = Plan(20270401, REPLICATIONS, most=REPLICATIONS, twin=True, jobs=1)
            sample = replicate(world, plan, checkpoint).sample
    return np.asarray(sample["twin_effort"].sum(axis=3) / 60.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_hours_are_the_mean_of_what_simulated_teams_are_asked(name: str) -> None:
    loaded, world = loaded_of(name)
    hours = hours_of(world, supply_of(loaded, world).heads)
    mine = np.add.reduceat(hours.minutes.sum(axis=2) / 60.0, world.kinds["step0"], axis=1).sum(axis=0)
    theirs = promised(name).sum(axis=1)
    for kind, label in enumerate(world.names.kinds):
        values = theirs[:, kind]
        slack = BIAS.get(name, 0.0) * mine[kind] + 1e-6 * mine[kind]
        if np.ptp(values) < 1e-6:
            assert abs(values[0] - mine[kind]) <= slack + 1e-9, label
            continue
        away = values.mean() - mine[kind]
        nearest = mine[kind] + np.sign(away) * min(abs(away), slack)
        assert abs(in_half_widths(values, float(nearest), KINDS)) <= 1, (label, mine[kind], values.mean())


PEOPLE = """\
name: People who come and go
start: 2027-04-01
horizon: 18 months
warm_up: 0d
calendar: {country: JP, week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  smb: {touch: low, accounts: 2, arr: 1M, owner: csm}
playbooks:
  check: {for: smb, every: year, steps: [{do: call, effort: 1h}]}
staff:
  csm:
    headcount: 12
    shrinkage: 30%
    ramp: [50%, 80%, 100%]
    time_to_hire: {mean: 8 weeks, cv: 0.6}
    attrition: 30% per year
    notice: 45d
    coaching: 10%
    span: {people: 8, time: 25%}
    leave: {planned: 16d, block: 5d, season: {aug: x3}, sick: 6 days, spell: 2d}
  night: {headcount: 2, calendar: 24x7, serves: [smb], shrinkage: 20%}
people:
  - {name: Ann, role: csm, until: 2027-11-30}
  - {name: Bo, role: csm, start: 2027-06-01, hours: 60%}
  - {name: Cy, role: csm, speed: 80%}
timeline:
  - {on: 2027-05-15, hire: {role: csm, count: 2}}
  - {on: 2027-08-01, freeze: {role: csm, for: 9 weeks}}
  - {on: 2027-09-01, shrinkage: {role: csm, to: 40%}}
  - {on: 2027-10-04, absence: {role: csm, for: 8 weeks}}
  - {on: 2028-01-15, cut: {role: night, count: 1}}
"""
NEARLY = {"contracted": 0.002, "vacant": 0.05, "away": 0.03, "available": 0.005}
"""Share by which the expectation may be off: blocks of leave meet holidays and other blocks, a lead is a
whole person, who is absent by chance may sit in a vacant seat."""


@pytest.mark.slow
def test_hours_of_people_are_the_mean_of_what_simulated_teams_have(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(PEOPLE, encoding="utf-8")
    loaded = load(path)
    world = build_world(loaded)
    with Checkpoint(tmp_path / "kept.bin", "0" * 64, layout_of(world, False).length) as checkpoint:
        plan = Plan(7, 60, most=60, twin=False, jobs=1)
        sample = replicate(world, plan, checkpoint).sample
    supply = supply_of(loaded, world)
    away = sum(sample.capacity(what) for what in ("planned", "sick", "long"))
    theirs = {
        "contracted": sample.capacity("contracted"),
        "vacant": sample.capacity("vacant"),
        "away": np.asarray(away),
        "available": sample.capacity("productive"),
    }
    for field, minutes in theirs.items():
        for role, name in enumerate(world.names.roles):
            values = minutes[:, :, role].sum(axis=1) / 60.0
            mine = float(getattr(supply, field)[:, role].sum())
            if np.ptp(values) < 1e-6:
                assert values[0] == pytest.approx(mine, rel=NEARLY[field], abs=1e-6), (field, name)
                continue
            off = values.mean() - mine
            nearest = mine + np.sign(off) * min(abs(off), NEARLY[field] * mine)
            assert abs(in_half_widths(values, float(nearest), 8)) <= 1, (field, name)


ROUND_THE_CLOCK = """\
name: Round the clock
start: 2027-01-01
horizon: 300d
calendar: 24x7
health: {effects: off}
segments:
  customers: {touch: high, accounts: 20, arr: 1M, owner: csm}
staff:
  csm: {headcount: 1, shrinkage: 0%, switch: 0min}
tickets:
  rate: 42 per month
  handled_by: csm
  severities:
    p1: {share: 50%, effort: {exponential: 30min}, resolve: 4h, priority: 1}
    p2: {share: 50%, effort: {mean: 45min, cv: 1.2}, resolve: 24h, priority: 2}
"""
POOL = (
    ROUND_THE_CLOCK.replace("owner: csm", "term: 12 months")
    .replace("headcount: 1", "headcount: 4")
    .replace("42 per month", "200 per month")
    .replace("{mean: 45min, cv: 1.2}", "{exponential: 30min}")
    .replace("priority: 2", "priority: 1")
)


@pytest.mark.slow
@pytest.mark.parametrize("text", [ROUND_THE_CLOCK, POOL])
def test_waits_that_count_as_valid_are_those_of_the_simulation(text: str, tmp_path: Path) -> None:
    path = tmp_path / "clock.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load(path)
    world = build_world(loaded)
    (estimate,) = plan_workload(loaded, world).lateness
    assert estimate.validity.valid
    within = 0.15 if "M/G/1" in estimate.formula else 0.10
    assert f"within about {100 * within:.0f}%" in estimate.validity.text
    with Checkpoint(tmp_path / "kept.bin", "0" * 64, layout_of(world, False).length) as checkpoint:
        replications = replicate(world, Plan(3, 20, most=20, twin=False, jobs=1), checkpoint)
    found = summarise(loaded, world, replications).estimates
    scopes = ["severity=p1", "severity=p2"] if len(estimate.classes) == 2 else ["all"]
    for scope, one in zip(scopes, estimate.classes, strict=True):
        (wait,) = (e.mean for e in found if (e.metric, e.scope) == ("first_response_mean_hours", scope))
        assert wait == pytest.approx(one.wait_hours, rel=within), scope
