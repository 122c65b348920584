"""A small scenario whose support desk uses every rule for tickets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from small_team import SmallRun, run_small

SCENARIO = """\
name: デスク Full desk
start: 2027-04-01
horizon: 4 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 20, arr: 5M, term: 12 months, owner: csm}
  rest: {touch: tech, accounts: 120, arr: 1M, term: 12 months, new: {per_month: 5},
         churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 1, shrinkage: 30%}
  support: {headcount: 2, shrinkage: 20%}
  夜間: {headcount: 1, shrinkage: 20%,
         calendar: {week: mon-sun, hours: "18:00-22:00", break: none}, covers: [support]}
playbooks:
  call: {for: key, every: month, role: csm, steps: [{do: call, effort: 2h, due: 5d}]}
tickets:
  rate: {key: 6 per month, rest: 2 per month}
  profile: office
  holidays: 20%
  busyness: 30%
  batch: 1.2
  after_start: {from: x3, over: 2 months}
  deflection: {self_service: {to: 15%}}
  handled_by: {support: 70%, 夜間: 30%}
  overflow: {to: support, after: 4h}
  escalation: {to: csm, effort: 30min, due: 8h}
  hand_over: 10min
  backlog: {open: {p1: 1, p2: 10}, waited: 2d}
  severities:
    p1:
      share: 20%
      effort: {exponential: 90min}
      clock: elapsed
      first_response: 2h
      resolve: 24h
      priority: 1
      preempts: true
      patience: {exponential: 12h}
      escalate: 20%
    p2:
      share: 80%
      effort: 1h
      resolve: 2bd
      patience: {exponential: 3d}
      more: {chance: 30%, effort: 20min, customer_wait: {exponential: 8h}}
      reopen: {chance: 10%, after: {exponential: 2d}}
targets: {sla: 80%}
run: {seed: 3, replications: 12, max_replications: 40}
"""


@cache
def full_desk_run(folder: Path) -> SmallRun:
    """The full desk with its twin, simulated once for each folder."""
    return run_small(folder, text=SCENARIO)
