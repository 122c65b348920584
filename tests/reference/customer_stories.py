"""What stories of single accounts have in common: no chance in usage, and both programs tell them."""

from __future__ import annotations

import math
from typing import Any

from properties.scenarios import Yaml, world_from

from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.identity import name_uid
from reference.instants import absorb
from reference.model import ReferenceRun
from reference.parity import compare
from reference.stories import HEADER, play, scenario

SEGMENT: Yaml = {"touch": "high", "accounts": {"file": "accounts.csv"}, "term": "12 months"}
STEADY: Yaml = {"usage": {"mean": 75, "sd": 0, "before_first_value": 75}}
"""Usage that stays at 75, where it begins: health is 0.4 * 75 + (0.25 + 0.2 + 0.15) * 85 = 81 at first."""
CHURN: Yaml = {"green": "10%", "yellow": "20%", "red": "50%"}
"""At a health of 90, 70 and 30."""
HOUR: Yaml = {"constant": "1h"}
RENEWS_ON_DAY_40 = "2027-05-15"
FIRST = name_uid("account/a-0")
OF_CUSTOMERS = (
    ev.RENEWED, ev.CHURN, ev.PRICED, ev.CONTRACTED, ev.EXPANDED, ev.LEAD, ev.UPSOLD, ev.CROSS_SOLD,
    ev.STOPPED, ev.MOVED, ev.SEEN, ev.DECIDED, ev.CHURNED_EARLY,
)  # fmt: skip


def plan(**changes: Any) -> Yaml:
    """A scenario of one segment that renews once a year."""
    segment = {**SEGMENT, **changes.pop("segment", {})}
    health = {**STEADY, **changes.pop("health", {})}
    return scenario(**{"segments": {"alpha": segment}, "health": health, **changes})


def one(due: str, **more: Any) -> list[Yaml]:
    """A single step of an hour."""
    return [{"do": "call", "effort": HOUR, "due": due, **more}]


def told(
    data: Yaml, accounts: list[str], trace: list[str] | None = None, *, replication: int = 0
) -> ReferenceRun:
    """The story, if the engine tells it, too."""
    files = {"accounts_csv": "\n".join([HEADER, *accounts]) + "\n"}
    if trace is not None:
        files["trace_csv"] = "\n".join(["account,opened_at,severity,minutes", *trace]) + "\n"
    for unlimited in (False, True):
        found = compare(world_from(data, **files), 1, replication, unlimited)
        assert not found, "\n".join(found)
    return play(data, accounts, trace, replication=replication)


def life(run: ReferenceRun, account: int = 0) -> list[tuple[int, float, int, float]]:
    """(what, day, occurrence, value) of what has happened to an account."""
    return [(e[1], e[0] / r.DAY, e[5], e[7]) for e in run.events if e[2] == account and e[1] in OF_CUSTOMERS]


def work(run: ReferenceRun, *what: int) -> list[tuple[int, float, int, int, int]]:
    """(what, time, kind, occurrence, step) of work; steps are counted through all playbooks."""
    return [(e[1], e[0], e[4], e[5], e[6]) for e in run.events if e[1] in what]


def month(run: ReferenceRun, name: str) -> float:
    """Over all months and segments."""
    return float(run.months[name].sum())


def logit(rate: float) -> float:
    return math.log(rate / (1.0 - rate))


def chance(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def uid(account: str, playbook: str) -> int:
    """The entity of the work of an account under a playbook."""
    return absorb(name_uid(f"account/{account}"), name_uid(f"playbook/{playbook}"))
