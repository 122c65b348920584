"""A small team that people join, leave and are away from, with every rule for people."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from small_team import SmallRun, run_small

SCENARIO = """\
name: 入れ替わる team
start: 2027-04-01
horizon: 9 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 60, arr: {p50: 5M, p90: 9M}, term: 6 months, owner: csm,
        new: {per_month: 1}, churn: {green: 5%, yellow: 15%, red: 40%}}
  rest: {touch: tech, accounts: 40, arr: 1M, term: 6 months, churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm:
    headcount: 4
    shrinkage: 30%
    ramp: [40%, 70%]
    coaching: 10%
    time_to_hire: {mean: 6 weeks, cv: 0.5}
    attrition: {rate: 60% per year, burnout: {above: 70%, effect: x3}}
    notice: 30d
    leave: {planned: 16 days, sick: 8 days}
    span: {people: 4, time: 20%}
    handover: {giving: 30min, receiving: 1h, orphan: 5d}
  support:
    headcount: 3
    serves: [rest]
    shrinkage: 30%
    calendar: {week: mon-sat, hours: "08:00-17:00", break: 1h}
people:
  - {name: 田中, role: csm, skills: [sso]}
  - {name: "Ann; part-time", role: csm, hours: 60%}
  - {name: Bo, role: csm, start: 2027-06-15, until: 2027-11-15, speed: 120%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 5h, due: 5d, drop_after: 5d}]}
  setup:
    for: key
    on: new_account
    steps: [{do: kickoff, effort: 2h, due: 5d}, {do: sso, effort: 3h, due: 15d, skill: sso}]
  admin: {per: person, role: csm, every: week, steps: [{do: report, effort: 3h, due: 4d}]}
tickets:
  rate: {key: 1 per month, rest: 1 per month}
  handled_by: support
  severities:
    p1: {share: 20%, effort: 2h, first_response: 2h, resolve: 8h, priority: 1}
    p2: {share: 80%, effort: 90min, resolve: 3bd}
timeline:
  - {on: 2027-05-01, hire: {role: csm, count: 1, rebalance: true}}
  - {on: 2027-06-01, absence: {person: 田中, for: 8 weeks}}
  - {on: 2027-07-15, shrinkage: {role: csm, to: 20%}}
  - {on: 2027-08-16, reorganise: {from: support, to: csm, count: 1}}
  - {on: 2027-10-01, cut: {role: support, count: 1}}
targets: {on_time: 95%, utilisation_p90: 80%}
run: {seed: 3, replications: 12, max_replications: 40}
"""


@cache
def moving_run(folder: Path) -> SmallRun:
    """The moving team with its twin, simulated once for each folder."""
    return run_small(folder, text=SCENARIO)
