"""Small random scenarios that use every rule, as the files an author would write."""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from csm_sim.scenario import load
from csm_sim.world.build import World, build_world
from properties import customers, team
from properties.desks import handlers, ticket_roles, tickets
from properties.drawing import EFFORTS, Draw, Files, Yaml, calendars, maybe, rarely

SEGMENTS, ROLES, OWNERS = ("alpha", "beta", "gamma"), ("csm", "support", "spare"), ("Ann", "Bo", "Cho")
EFFORTS_FILE = "minutes\n5\n20\n20\n60\n200\n"
WAITS = st.sampled_from([None, None, "2h", "1d", "5d", {"exponential": "30h"}, {"mean": "3d", "cv": 1.0}])


def as_yaml(value: Any, indent: int = 0) -> str:
    """Block YAML for groups, flow YAML for what lies in lists."""
    pad = " " * indent
    if isinstance(value, dict) and value and indent < 6:
        lines = []
        for key, item in value.items():
            nested = isinstance(item, (dict, list)) and item
            if nested and isinstance(item, dict) and indent < 4:
                lines.append(f"{pad}{key}:\n{as_yaml(item, indent + 2)}")
            elif nested and isinstance(item, list) and isinstance(item[0], dict):
                rows = "\n".join(f"{pad}  - {json.dumps(row)}" for row in item)
                lines.append(f"{pad}{key}:\n{rows}")
            else:
                lines.append(f"{pad}{key}: {json.dumps(item)}")
        return "\n".join(lines)
    return pad + json.dumps(value)


def world_of(files: Files) -> World:
    """The world that the files describe."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return build_world(load(Path(folder) / "scenario.yaml"))


def world_from(scenario: Yaml, **more: str) -> World:
    """The world of a scenario given as plain data; further files by name, with ``_`` for the dot."""
    return world_of({"scenario.yaml": as_yaml(scenario), **{k.replace("_", "."): v for k, v in more.items()}})


def show(files: Files) -> str:
    """All files as one text, for a failure message."""
    return "\n".join(f"--- {name}\n{text}" for name, text in files.items())


@st.composite
def segments(
    draw: Draw, files: Files, roles: list[str], start: date, days: int, listed: bool, name: str
) -> Yaml:
    segment: Yaml = {"touch": draw(st.sampled_from(["high", "low", "tech"]))}
    maybe(draw, segment, "owner", st.sampled_from(roles))
    maybe(draw, segment, "term", st.sampled_from(["1 months", "3 months", "12 months", "2 months"]))
    rates = sorted(draw(st.lists(st.integers(0, 60), min_size=3, max_size=3)))
    if draw(st.integers(0, 3)):
        segment["churn"] = dict(zip(("green", "yellow", "red"), (f"{rate}%" for rate in rates), strict=True))
    if listed:
        files[f"{name}.csv"] = draw(account_lists(start, days, name, "owner" in segment))
        segment["accounts"] = {"file": f"{name}.csv"}
        return segment
    segment["accounts"] = draw(st.integers(0, 10))
    segment["arr"] = draw(st.sampled_from(["1.5M", {"p50": "1M", "p90": "3M"}, {"mean": "500K", "cv": 0.8}]))
    maybe(draw, segment, "new", st.sampled_from([{"per_month": 8}, {"per_month": 2}, {"per_month": 0.5}]))
    if segment.get("term", "12 months") == "12 months":
        maybe(draw, segment, "renewals", st.sampled_from([{"mar": "30%"}, {"apr": "50%", "may": "50%"}]))
    return segment


@st.composite
def account_lists(draw: Draw, start: date, days: int, name: str, owned: bool) -> str:
    lines = ["account,arr,start,renewal,owner"]
    for row in range(draw(st.integers(1, 9))):
        day = start + timedelta(days=draw(st.integers(-500, days)))
        begun = day if draw(st.booleans()) else None
        renewal = None
        if draw(st.booleans()):
            renewal = (begun or start) + timedelta(days=draw(st.integers(1, 200)))
        owner = draw(st.sampled_from(["", "Ann", "Bo"])) if owned else ""
        lines.append(f"{name}-{row},{draw(st.integers(0, 10**6))},{begun or ''},{renewal or ''},{owner}")
    return "\n".join(lines) + "\n"


def _offset(days: int) -> str:
    return f"{-days}d before" if days < 0 else f"{days}d"


@st.composite
def steps(draw: Draw, low: int, high: int, default: int, due_within: int, has_due: bool) -> list[Yaml]:
    """Steps that open between two days, each due at most some days after the first opening.

    ``default`` is the day on which the first step opens if nothing is said, and ``has_due`` tells
    whether a step of which nothing is said has a due time.
    """
    found: list[Yaml] = []
    opens = first = default
    count = draw(st.integers(1, 4))
    for number in range(count):
        step: Yaml = {"do": f"step {number}", "effort": draw(EFFORTS)}
        if draw(st.booleans()):
            opens = draw(st.integers(low if number == 0 else min(opens, high), high))
            step["opens"] = _offset(opens)
        first = opens if number == 0 else first
        last = min(first + due_within, 0 if high < 0 else 99)
        if last >= opens and draw(st.booleans()):
            due = draw(st.integers(opens, last))
            step["due"] = f"{due * 24 - 18}h" if due > max(0, opens) and draw(st.booleans()) else _offset(due)
        if "due" in step or has_due:
            maybe(draw, step, "drop_after", st.sampled_from(["0d", "1d", "3d", "90min", "2w"]))
        maybe(draw, step, "touch", st.booleans())
        maybe(draw, step, "priority", st.integers(1, 9))
        wait = draw(WAITS)
        if wait is not None and number < count - 1:
            step["customer_wait"] = wait
        found.append(step)
    return found


@st.composite
def playbooks(draw: Draw, names: list[str], roles: list[str], with_first_value: set[str]) -> Yaml:
    playbook: Yaml = {}
    kind = draw(st.sampled_from(["every", "on", "before_renewal", "segment", "person", "every", "on"]))
    if kind != "person":
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        playbook["for"] = draw(st.sampled_from([chosen, "all"]))
    maybe(draw, playbook, "role", st.sampled_from(roles))
    maybe(draw, playbook, "priority", st.integers(1, 9))
    if kind in ("segment", "person"):
        playbook["per"] = kind
    if kind == "person":
        playbook["role"] = draw(st.sampled_from(roles))
    elif kind != "segment":
        maybe(draw, playbook, "share", st.sampled_from(["100%", "50%", "20%"]))
    if kind == "on":
        playbook["on"] = "new_account"
        playbook["steps"] = draw(steps(0, 25, 0, 60, False))
        reached = set(names if playbook["for"] == "all" else playbook["for"])
        if not reached & with_first_value and draw(st.booleans()):
            with_first_value |= reached
            playbook["first_value_after"] = draw(st.sampled_from(playbook["steps"]))["do"]
    elif kind == "before_renewal":
        notice = draw(st.sampled_from([20, 30, 14]))
        playbook["before_renewal"] = f"{notice}d"
        playbook["steps"] = draw(steps(-25, -1, -notice, 60, True))
    else:
        periods = {"week": 7, "month": 30, "2 weeks": 14, "1d": 1, "3d": 3, "quarter": 91}
        playbook["every"] = draw(st.sampled_from(list(periods)))
        low = draw(st.sampled_from([0, 0, -10]))
        playbook["steps"] = draw(steps(low, 6, 0, periods[playbook["every"]] - 1, True))
    return playbook


@st.composite
def plain_timelines(draw: Draw, staff: Yaml, start: date, days: int, surges: bool) -> list[Yaml]:
    """Hires, cuts and surges alone; nobody is cut who is not there."""
    crew = team.Crew({role: group["headcount"] for role, group in staff.items()}, {})
    acts: list[Yaml] = []
    for number in sorted(draw(st.lists(st.integers(0, days - 1), max_size=3))):
        day = start + timedelta(days=number)
        role = draw(st.sampled_from(list(staff)))
        what = draw(st.sampled_from(["hire", "cut", *(["surge"] if surges else [])]))
        if what == "cut" and crew.there[role] == 0:
            what = "hire"
        if what == "surge":
            act = draw(team.surge())
        elif what == "hire":
            act = {"role": role, "count": draw(st.integers(1, 2))}
            maybe(draw, act, "rebalance", st.booleans())
            crew.there[role] += act["count"]
        else:
            act = draw(team.cut(crew, role))
            act.pop("who", None)
        acts.append({"on": str(day), what: act})
    return acts


@st.composite
def _with_people(draw: Draw, scenario: Yaml, files: Files, start: date, days: int) -> None:
    """Add rules for people, some of them with a name, and what happens to them."""
    staff, owners, owned = scenario["staff"], {}, {}
    for name, segment in scenario["segments"].items():
        if "owner" in segment and f"{name}.csv" in files:
            rows = [line.split(",") for line in files[f"{name}.csv"].splitlines()[1:]]
            owners.setdefault(segment["owner"], set()).update(row[-1] for row in rows if row[-1])
            owned.setdefault(segment["owner"], []).extend(row[0] for row in rows)
    for group in staff.values():
        draw(team.role_rules(group))
    maybe(draw, scenario, "people", team.named_people(staff, owned, start, days))
    team.make_room(staff, scenario.get("people", []), owners)
    draw(team.skilled_work(scenario))
    if draw(st.integers(0, 7)) == 0:
        draw(st.sampled_from(list(staff.values())))["seats"] = 60
    surges = "rate" in scenario.get("tickets", {})
    scenario["timeline"] = draw(team.timelines(scenario, _holders(scenario), start, days, surges))


def _holders(scenario: Yaml) -> dict[str, set[str]]:
    """The roles that do each kind of work which can go to another role."""
    segments, roles = scenario["segments"], list(scenario["staff"])
    found = {}
    for name, playbook in scenario.get("playbooks", {}).items():
        if playbook.get("per") != "person":
            of = segments if playbook["for"] == "all" else playbook["for"]
            found[name] = {playbook.get("role") or segments[one].get("owner", "csm") for one in of}
    tickets = scenario.get("tickets")
    if tickets is not None:
        found["tickets"] = handlers(tickets, roles)
        found["tickets"] |= {tickets["overflow"]["to"]} if "overflow" in tickets else set()
        if "escalation" in tickets:
            found["escalation"] = {tickets["escalation"]["to"]}
    return found


@st.composite
def scenario_files(draw: Draw, people: bool = True, rules_for_customers: bool | None = None) -> Files:
    """A scenario that is small enough to run in a fraction of a second.

    With ``people`` half of them have rules for people, too. Half of them have some rules for
    customers; ``rules_for_customers``: all have as many as can be, or none has any.
    """
    files: Files = {"scenario.yaml": "", "efforts.csv": EFFORTS_FILE}
    start = date(2027, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    horizon, days = draw(
        st.sampled_from([("2 weeks", 14), ("5 weeks", 35), ("2 months", 59), ("6 months", 181)])
    )
    warm_up, warm = draw(st.sampled_from([("0d", 0), ("10d", 10), ("1 months", 31), ("2 months", 62)]))
    names = list(SEGMENTS[: draw(st.integers(2 if rules_for_customers else 1, 3))])
    roles = list(ROLES[: draw(st.integers(1, 3))])
    scenario: Yaml = {
        "name": "random",
        "start": str(start),
        "horizon": horizon,
        "warm_up": warm_up,
        "calendar": draw(calendars()),
    }
    first = start - timedelta(days=warm)
    scenario["segments"] = {
        name: draw(segments(files, roles, first, days + warm, draw(st.integers(0, 2)) == 0, name))
        for name in names
    }
    plans = draw(st.integers(0, 4))
    if plans:
        with_first_value: set[str] = set()
        scenario["playbooks"] = {
            f"plan {number}": draw(playbooks(names, roles, with_first_value)) for number in range(plans)
        }
    if draw(st.integers(0, 3)) or not plans:
        scenario["tickets"] = draw(tickets(files, names, roles, first, days + warm))
    dense = rules_for_customers is True
    with_customers = dense or (rules_for_customers is None and draw(st.booleans()))
    if with_customers:
        draw(customers.rules(scenario, files, roles, start, days, dense))
    scenario["staff"] = _staff(draw, scenario, files, roles)
    surges = "rate" in scenario.get("tickets", {})
    if people and draw(st.booleans()):
        draw(_with_people(scenario, files, start, days))
    else:
        scenario["timeline"] = draw(plain_timelines(scenario["staff"], start, days, surges))
    if with_customers:
        scenario["timeline"] += draw(customers.acts(scenario, start, days, dense))
    if "health" not in scenario:
        maybe(draw, scenario, "health", st.sampled_from([HEALTH, HEALTH_AT_ONCE]))
    files["scenario.yaml"] = as_yaml(scenario) + "\n"
    return files


def _staff(draw: Draw, scenario: Yaml, files: Files, roles: list[str]) -> Yaml:
    """The roles that have something to do. The first serves every segment."""
    named = {
        row.rsplit(",", 1)[1] for f, t in files.items() if f[:-4] in SEGMENTS for row in t.splitlines()[1:]
    }
    used = {"csm"} | {segment.get("owner") for segment in scenario["segments"].values()}
    used |= {playbook.get("role") for playbook in scenario.get("playbooks", {}).values()}
    used |= ticket_roles(scenario.get("tickets"), roles)
    staff = {role: _role(draw, len(named - {""})) for role in roles if role in used}
    staff["csm"]["serves"] = "all"
    for role, group in staff.items():
        others = [other for other in staff if other != role]
        if others:
            rarely(draw, group, "covers", st.lists(st.sampled_from(others), min_size=1, unique=True))
    return staff


def _role(draw: Draw, least: int) -> Yaml:
    """The people whom account lists name have a place in every role; otherwise it may be empty."""
    role: Yaml = {"headcount": max(least, draw(st.sampled_from([0, 1, 1, 1, 2, 2, 3])))}
    maybe(draw, role, "shrinkage", st.sampled_from(["0%", "50%", "37%"]))
    maybe(draw, role, "switch", st.sampled_from(["0min", "10min", "7.5min", "2h"]))
    rarely(draw, role, "calendar", calendars())
    return role


HEALTH: Yaml = {
    "weights": {"adoption": "10%", "engagement": "40%", "support": "40%", "onboarding": "10%"},
    "late_half_life": "2d",
    "slow_half": 0.3,
    "bands": {"green": 90, "yellow": 40},
}
HEALTH_AT_ONCE: Yaml = {
    "start": {"adoption": 20, "engagement": 50},
    "memory": {"engagement": "100%", "support": "50%"},
    "usage": {"mean": 50, "sd": 40, "before_first_value": 5},
}
