"""A small team with costs, in files that extend each other: what comparisons are tested with."""

from __future__ import annotations

from pathlib import Path

BASE = """\
name: The team as it is
start: 2027-04-01
horizon: 10 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 24, arr: {p50: 3M, p90: 6M}, term: 4 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 2, shrinkage: 30%, cost: 9M per year, severance: 3 months, hiring_cost: 1M}
  support: {headcount: 1, serves: [key], shrinkage: 30%, cost: 6M per year}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 6h, due: 5d, drop_after: 5d}]}
tickets:
  rate: 1 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 4h}}
money: {per_ticket: 500, fixed: 1M per year}
run: {seed: 3, max_replications: 60}
"""

CUT = """\
extends: base.yaml
name: One CSM less
timeline:
  - {on: 2027-06-01, cut: {role: csm, count: 1}}
"""

MORE = """\
extends: base.yaml
name: One CSM more
staff: {csm: {headcount: 3}}
"""


def write_team(folder: Path) -> dict[str, Path]:
    """The files by their name."""
    texts = {"base": BASE, "cut": CUT, "more": MORE}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.yaml" for name in texts}
