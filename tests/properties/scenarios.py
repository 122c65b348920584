"""Small random scenarios that use every rule, as the files an author would write."""

from __future__ import annotations

import json
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from csm_sim.scenario import load
from csm_sim.world.build import World, build_world
from properties import team
from properties.drawing import EFFORTS, Draw, Files, Yaml, calendars, maybe, rarely

SEGMENTS, ROLES, OWNERS = ("alpha", "beta", "gamma"), ("csm", "support", "spare"), ("Ann", "Bo", "Cho")
SEVERITIES = ("p1", "p2", "p3")
EFFORTS_FILE = "minutes\n5\n20\n20\n60\n200\n"
WAITS = st.sampled_from([None, None, "2h", "1d", "5d", {"exponential": "30h"}, {"mean": "3d", "cv": 1.0}])

PATIENCE = st.sampled_from(["2h", "20min", "1d", {"exponential": "3h"}, {"mean": "8h", "cv": 1}])
CUSTOMER_WAITS = st.sampled_from(["8h", "1min", "3d", {"exponential": "2h"}, {"mean": "2d", "cv": 1}])
"""Longer ones where a ticket never ends: a scenario should stay small."""
SHARES = {1: ["100%"], 2: ["30%", "70%"], 3: ["10%", "20%", "70%"]}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SEASON: Yaml = {month: f"{50 * (number % 4)}%" for number, month in enumerate(MONTHS)}
SATISFACTION: list[Yaml] = [
    {"touch": "20%", "reopen": "50%", "csat_best": "90%", "ces_half": 1, "promoter": 80, "detractor": 50},
    {"touch": "0%", "reopen": "0%"},
    {"ces_half": 0.5},
]


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
def tickets(draw: Draw, files: Files, names: list[str], roles: list[str], start: date, days: int) -> Yaml:
    group: Yaml = {}
    maybe(draw, group, "handled_by", st.one_of(st.sampled_from(roles), shared_out(roles)))
    if draw(st.integers(0, 4)) == 0:
        group["topics"] = draw(topics(roles))
        if all("handled_by" in topic for topic in group["topics"].values()):
            group.pop("handled_by", None)
    count = draw(st.integers(1, 3))
    shares = SHARES[count]
    group["severities"] = {}
    for name, share in zip(SEVERITIES, shares, strict=False):
        severity: Yaml = {"share": share, "effort": draw(EFFORTS)}
        first, solved = draw(st.sampled_from([("30min", "2h"), ("4h", "8h"), ("1bd", "3bd"), ("2h", "2h")]))
        maybe(draw, severity, "first_response", st.just(first))
        maybe(draw, severity, "resolve", st.just(solved))
        maybe(draw, severity, "priority", st.integers(1, 6))
        maybe(draw, severity, "preempts", st.just(True))
        draw(follow_ups(severity))
        group["severities"][name] = severity
    handlers = _handlers(group, roles)
    others = [role for role in roles if handlers != {role}]
    if others and draw(st.integers(0, 3)) == 0:
        # somebody must still be waiting then
        hasty = all(isinstance(severity.get("patience"), str) for severity in group["severities"].values())
        after = "15min" if hasty else draw(st.sampled_from(["15min", "4h", "1bd", "2bd", "90min"]))
        group["overflow"] = {"to": draw(st.sampled_from(others)), "after": after}
    if draw(st.integers(0, 3)) == 0:
        group["escalation"] = draw(escalations(roles))
        for severity in group["severities"].values():
            severity["escalate"] = draw(st.sampled_from(["20%", "100%", "60%"]))
    rarely(draw, group, "hand_over", st.sampled_from(["10min", "1h", "0min", "17min"]))
    rarely(draw, group, "backlog", backlogs(list(group["severities"])))
    rarely(draw, group, "satisfaction", st.sampled_from(SATISFACTION))
    if any(name.endswith(".csv") and name[:-4] in names for name in files) and draw(st.booleans()):
        files["trace.csv"] = draw(traces(files, names, start, days, list(group["severities"])))
        trace: Yaml = {"file": "trace.csv", "severity": "severity", "default_severity": "p1"}
        maybe(draw, trace, "effort", st.just("minutes"))
        if draw(st.booleans()):
            del trace["severity"], trace["default_severity"]
        group["trace"] = trace
        return group
    rates = st.sampled_from(["8 per month", "30 per month", "2 per month", "0.5 per month"])
    group["rate"] = draw(st.one_of(rates, st.fixed_dictionaries(dict.fromkeys(names, rates))))
    maybe(draw, group, "unequal", st.sampled_from([0.4, 1.5, 1.0]))
    draw(arrivals(group, files, names, start, days))
    return group


@st.composite
def shared_out(draw: Draw, roles: list[str]) -> Yaml:
    """Tickets go to one role or another by chance."""
    chosen = draw(st.lists(st.sampled_from(roles), min_size=1, unique=True))
    return dict(zip(chosen, SHARES[len(chosen)], strict=True))


@st.composite
def topics(draw: Draw, roles: list[str]) -> Yaml:
    """Languages, some of which have a role of their own."""
    shares = SHARES[draw(st.integers(1, 3))]
    found: Yaml = {}
    for name, share in zip(("ja", "en", "de"), shares, strict=False):
        found[name] = {"share": share}
        maybe(draw, found[name], "handled_by", st.sampled_from(roles))
    return found


@st.composite
def follow_ups(draw: Draw, severity: Yaml) -> None:
    """What can become of a ticket of a severity apart from being done once."""
    in_days = any("bd" in severity.get(target, "") for target in ("first_response", "resolve"))
    if not in_days:
        rarely(draw, severity, "clock", st.sampled_from(["elapsed", "elapsed", "business"]))
    rarely(draw, severity, "patience", PATIENCE)
    if draw(st.integers(0, 3)) == 0:
        chance = draw(st.sampled_from(["40%", "80%", "10%", "100%"]))
        severity["more"] = {
            "chance": chance,
            "effort": draw(EFFORTS),
            "customer_wait": "25d" if chance == "100%" else draw(CUSTOMER_WAITS),
        }
    if draw(st.integers(0, 3)) == 0:
        chance = draw(st.sampled_from(["10%", "50%", "100%"]))
        severity["reopen"] = {
            "chance": chance,
            "after": "20d" if chance == "100%" else draw(CUSTOMER_WAITS),
        }
        maybe(draw, severity["reopen"], "effort", EFFORTS)


@st.composite
def escalations(draw: Draw, roles: list[str]) -> Yaml:
    group: Yaml = {"to": draw(st.sampled_from(roles)), "effort": draw(EFFORTS)}
    maybe(draw, group, "due", st.sampled_from(["8h", "1bd", "30min"]))
    maybe(draw, group, "priority", st.integers(1, 6))
    maybe(draw, group, "preempts", st.booleans())
    return group


@st.composite
def backlogs(draw: Draw, severities: list[str]) -> Yaml:
    chosen = draw(st.lists(st.sampled_from(severities), min_size=1, unique=True))
    group: Yaml = {"open": {name: draw(st.integers(0, 6)) for name in chosen}}
    group["open"][chosen[0]] += 1
    maybe(draw, group, "waited", st.sampled_from(["2d", "5h", "30d", "90min"]))
    return group


@st.composite
def arrivals(draw: Draw, group: Yaml, files: Files, names: list[str], start: date, days: int) -> None:
    """When drawn tickets come, and which of them are answered before they reach anybody."""
    maybe(draw, group, "profile", profiles(files))
    rarely(draw, group, "season", st.sampled_from([{"dec": "120%", "aug": "60%"}, SEASON]))
    rarely(draw, group, "growth", st.sampled_from(["10%", "-50%", "100%"]))
    rarely(draw, group, "holidays", st.sampled_from(["20%", "0%", "250%"]))
    rarely(draw, group, "busyness", st.sampled_from(["30%", "100%", "5%"]))
    rarely(draw, group, "batch", st.sampled_from([2, 1.3, 6, 1]))
    if draw(st.integers(0, 3)) == 0:
        group["after_start"] = {
            "from": draw(st.sampled_from(["x3", "x0.2", "x10", "x0"])),
            "over": draw(st.sampled_from(["4 months", "10d", "1 months", "45d"])),
        }
    if draw(st.integers(0, 3)) == 0:
        names_of = draw(st.lists(st.sampled_from(["self_service", "community"]), min_size=1, unique=True))
        group["deflection"] = {name: draw(deflections(names, start, days)) for name in names_of}


@st.composite
def deflections(draw: Draw, names: list[str], start: date, days: int) -> Yaml:
    entry: Yaml = {"to": draw(st.sampled_from(["30%", "70%", "100%", "0%"]))}
    if draw(st.booleans()):
        maybe(draw, entry, "from", st.sampled_from(["10%", "50%", "0%"]))
        entry["over"] = draw(st.sampled_from(["2 weeks", "3 months", "10d"]))
    maybe(draw, entry, "since", st.integers(0, days - 1).map(lambda day: str(start + timedelta(days=day))))
    maybe(draw, entry, "for", st.lists(st.sampled_from(names), min_size=1, unique=True))
    return entry


@st.composite
def profiles(draw: Draw, files: Files) -> Any:
    kind = draw(st.sampled_from(["24x7", "flat", "office", "day", "week", "file"]))
    if kind in ("24x7", "flat", "office"):
        return kind
    weights = st.lists(st.sampled_from([0, 0, 1, 2, 7.5]), min_size=24, max_size=24)
    if kind == "day":
        return draw(weights.filter(any))
    if kind == "week":
        chosen = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True))
        return {day: draw(weights.filter(any)) for day in chosen}
    lines = draw(st.lists(st.tuples(st.sampled_from(WEEKDAYS), st.integers(0, 23)), min_size=1, unique=True))
    rows = [f"{day},{hour},{draw(st.integers(1, 5))}" for day, hour in lines]
    files["profile.csv"] = "\n".join(["weekday,hour,weight", *rows]) + "\n"
    return {"file": "profile.csv"}


@st.composite
def traces(draw: Draw, files: Files, names: list[str], start: date, days: int, severities: list[str]) -> str:
    ids = [row.split(",")[0] for n in names for row in files.get(f"{n}.csv", "").splitlines()[1:]]
    lines = ["account,opened_at,severity,minutes"]
    for _ in range(draw(st.integers(1, 40))):
        # many on the full hour: ties with each other and with midnight
        seconds = draw(
            st.one_of(st.integers(0, days * 24).map(lambda h: h * 3600), st.integers(0, days * 86400))
        )
        time = datetime(start.year, start.month, start.day) + timedelta(seconds=seconds)
        minutes = draw(st.sampled_from(["", "10", "45.5", "300"]))
        account, severity = draw(st.sampled_from(ids)), draw(st.sampled_from(severities))
        lines.append(f"{account},{time:%Y-%m-%d %H:%M:%S},{severity},{minutes}")
    return "\n".join(lines) + "\n"


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
        found["tickets"] = _handlers(tickets, roles)
        found["tickets"] |= {tickets["overflow"]["to"]} if "overflow" in tickets else set()
        if "escalation" in tickets:
            found["escalation"] = {tickets["escalation"]["to"]}
    return found


@st.composite
def scenario_files(draw: Draw, people: bool = True) -> Files:
    """A scenario that is small enough to run in a fraction of a second.

    With ``people`` half of them have rules for people, too.
    """
    files: Files = {"scenario.yaml": "", "efforts.csv": EFFORTS_FILE}
    start = date(2027, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    horizon, days = draw(
        st.sampled_from([("2 weeks", 14), ("5 weeks", 35), ("2 months", 59), ("6 months", 181)])
    )
    warm_up, warm = draw(st.sampled_from([("0d", 0), ("10d", 10), ("1 months", 31), ("2 months", 62)]))
    names = list(SEGMENTS[: draw(st.integers(1, 3))])
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
    scenario["staff"] = _staff(draw, scenario, files, roles)
    surges = "rate" in scenario.get("tickets", {})
    if people and draw(st.booleans()):
        draw(_with_people(scenario, files, start, days))
    else:
        scenario["timeline"] = draw(plain_timelines(scenario["staff"], start, days, surges))
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
    used |= _ticket_roles(scenario.get("tickets"), roles)
    staff = {role: _role(draw, len(named - {""})) for role in roles if role in used}
    staff["csm"]["serves"] = "all"
    for role, group in staff.items():
        others = [other for other in staff if other != role]
        if others:
            rarely(draw, group, "covers", st.lists(st.sampled_from(others), min_size=1, unique=True))
    return staff


def _handlers(group: Yaml, roles: list[str]) -> set[str]:
    """Who gets tickets when they open."""
    handled_by = group.get("handled_by", "support" if "support" in roles else "csm")
    everybody = set(handled_by) if isinstance(handled_by, dict) else {handled_by}
    topics = group.get("topics", {}).values()
    named = {topic["handled_by"] for topic in topics if "handled_by" in topic}
    return named | everybody if len(topics) == 0 or any("handled_by" not in t for t in topics) else named


def _ticket_roles(group: Yaml | None, roles: list[str]) -> set[str]:
    """Who has to do with tickets."""
    if group is None:
        return set()
    return _handlers(group, roles) | {group[key]["to"] for key in ("overflow", "escalation") if key in group}


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
