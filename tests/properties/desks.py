"""Random rules for tickets: how they come, who answers them, what becomes of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from properties.drawing import EFFORTS, Draw, Files, Yaml, maybe, rarely

SEVERITIES = ("p1", "p2", "p3")
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


def handlers(group: Yaml, roles: list[str]) -> set[str]:
    """Who gets tickets when they open."""
    handled_by = group.get("handled_by", "support" if "support" in roles else "csm")
    everybody = set(handled_by) if isinstance(handled_by, dict) else {handled_by}
    topics = group.get("topics", {}).values()
    named = {topic["handled_by"] for topic in topics if "handled_by" in topic}
    return named | everybody if len(topics) == 0 or any("handled_by" not in t for t in topics) else named


def ticket_roles(group: Yaml | None, roles: list[str]) -> set[str]:
    """Who has to do with tickets."""
    if group is None:
        return set()
    return handlers(group, roles) | {group[key]["to"] for key in ("overflow", "escalation") if key in group}


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
    first = handlers(group, roles)
    others = [role for role in roles if first != {role}]
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


def batches() -> Yaml:
    """Some 2,000 tickets at one instant, each with a timer: the room that was foreseen is not enough."""
    more = {"chance": "50%", "effort": "10min", "customer_wait": "1min"}
    return {
        "name": "batches",
        "start": "2027-04-05",
        "horizon": "3 weeks",
        "warm_up": "0d",
        "segments": {"alpha": {"touch": "low", "accounts": 2, "arr": "1M"}},
        "staff": {"support": {"headcount": 2, "serves": "all"}, "spare": {"headcount": 1}},
        "tickets": {
            "rate": "4000 per month",
            "batch": 1000,
            "handled_by": "support",
            "overflow": {"to": "spare", "after": "2h"},
            "severities": {"p1": {"effort": "5min", "patience": "3h", "more": more}},
        },
    }
