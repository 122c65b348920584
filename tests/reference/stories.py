"""What stories worked out by hand have in common: small teams in an office, and how to read their log."""

from __future__ import annotations

from typing import Any

from properties.scenarios import Yaml, world_from

from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.identity import name_uid
from reference.instants import Draws, absorb
from reference.model import ReferenceRun, simulate_reference
from reference.parity import compare

# Monday to Friday 9 to 12 and 13 to 18; day 0 is Monday, 5 April 2027
HEADER = "account,arr,start,renewal,owner"
OFFICE: Yaml = {"week": "mon-fri", "hours": "09:00-18:00", "break": "12:00-13:00"}


def scenario(**changes: Any) -> Yaml:
    base: Yaml = {
        "name": "story",
        "start": "2027-04-05",
        "horizon": "8 weeks",
        "warm_up": "0d",
        "calendar": OFFICE,
        "segments": {"alpha": {"touch": "high", "owner": "csm", "accounts": {"file": "accounts.csv"}}},
        "staff": {"csm": {"headcount": 1, "serves": "all", "shrinkage": "0%"}},
    }
    return {**base, **changes}


def tickets(**severities: Yaml) -> Yaml:
    return {
        "severities": severities,
        "trace": {"file": "trace.csv", "severity": "severity", "effort": "minutes"},
    }


def play(
    data: Yaml,
    accounts: list[str],
    trace: list[str] | None = None,
    *,
    replication: int = 0,
    unlimited: bool = False,
    **more: str,
) -> ReferenceRun:
    """``more``: further files."""
    files = {**more, "accounts_csv": "\n".join([HEADER, *accounts]) + "\n"}
    if trace is not None:
        files["trace_csv"] = "\n".join(["account,opened_at,severity,minutes", *trace]) + "\n"
    return simulate_reference(world_from(data, **files), 1, replication, unlimited)


def play_both(
    data: Yaml,
    accounts: list[str],
    trace: list[str] | None = None,
    *,
    replication: int = 0,
    unlimited: bool = False,
) -> ReferenceRun:
    """A story that the engine tells, too."""
    files = {"accounts_csv": "\n".join([HEADER, *accounts]) + "\n"}
    if trace is not None:
        files["trace_csv"] = "\n".join(["account,opened_at,severity,minutes", *trace]) + "\n"
    found = compare(world_from(data, **files), 1, replication, unlimited=unlimited)
    assert not found, "\n".join(found)
    return play(data, accounts, trace, replication=replication, unlimited=unlimited)


def counted(run: ReferenceRun, name: str) -> float:
    """Over all months, steps and segments."""
    return float(run.counts[name].sum())


def at(day: int, clock: str = "00:00") -> float:
    hours, minutes = clock.split(":")
    return day * 1440.0 + int(hours) * 60 + float(minutes)


def of(run: ReferenceRun, *what: int) -> list[tuple[int, float, int, float]]:
    """(what, time, person, value) of events of some kinds, in order."""
    return [(e[1], e[0], e[3], e[7]) for e in run.events if e[1] in what]


# of people

POOL: Yaml = {"alpha": {"touch": "high", "accounts": {"file": "accounts.csv"}}}
"""Accounts without owners: all tickets wait in one queue."""

OLD = "a-0,1000,,2028-04-01,"
P2 = {"share": "100%", "effort": "1h"}
WORK = (ev.TAKEN_UP, ev.INTERRUPTED, ev.DONE)
LIFE = (ev.JOINED, ev.NOTICE, ev.LEFT, ev.AWAY, ev.BACK)


def team(headcount: int, **rules: Any) -> Yaml:
    """One role that does everything."""
    return {"csm": {"headcount": headcount, "serves": "all", "shrinkage": "0%", **rules}}


def life(run: ReferenceRun) -> list[tuple[int, float, int, int, float]]:
    """(what, day, seat, occurrence, value) of people's coming and going."""
    return [(e[1], e[0] / r.DAY, e[3], e[5], e[7]) for e in run.events if e[1] in LIFE]


def owned(run: ReferenceRun) -> list[tuple[float, int, int]]:
    """(day, account, seat) of accounts that go to another owner."""
    return [(e[0] / r.DAY, e[2], e[3]) for e in run.events if e[1] == ev.OWNED]


def moves(run: ReferenceRun, role: int = 0) -> dict[str, float]:
    """What has happened to a role, where it is not nothing."""
    totals = run.moves[:, role].sum(axis=0).tolist()
    return {name: n for name, n in zip(ct.MOVES_FIELDS, totals, strict=True) if n}


def hours(run: ReferenceRun, seat: int) -> dict[str, float]:
    """Hours of a seat in the whole horizon, where there are any."""
    totals = run.hours[:, seat].sum(axis=0).tolist()
    return {name: n / 60 for name, n in zip(ct.HOURS_FIELDS, totals, strict=True) if n}


def seat_uid(role: str, seat: int, number: int = 0) -> int:
    """Of the person who sits in a seat after so many others."""
    uid = absorb(name_uid(f"role/{role}"), seat)
    return absorb(uid, number) if number else uid


def drawn(purpose: int, entity: int, index: int, replication: int = 0) -> float:
    """The draw ``u`` of a story."""
    return Draws(world_from(scenario(segments=POOL), accounts_csv=f"{HEADER}\n{OLD}\n"), 1, replication).u(
        purpose, entity, index
    )
