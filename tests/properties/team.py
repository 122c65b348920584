"""Random rules for people: how they come, get going, are away and leave, and what happens to them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from properties.drawing import EFFORTS, Draw, Yaml, calendars, maybe, rarely

PEOPLE = ("Ann", "Bo", "Dee", "Eli")
SKILLS = ("api", "ja", "legal")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

LEARNING = st.fixed_dictionaries(
    {"saves": st.sampled_from(["10%", "30%", "0%"])},
    optional={"floor": st.sampled_from(["60%", "20%", "100%"]), "experience": st.sampled_from([1, 3, 50])},
)
TIME_TO_HIRE = st.sampled_from(
    ["1d", "2 weeks", "3 weeks", {"exponential": "5d"}, {"mean": "1 week", "cv": 1}, {"constant": "4d"}]
)
BURNOUT = st.fixed_dictionaries(
    {},
    optional={
        "above": st.sampled_from(["0%", "30%", "85%"]),
        "effect": st.sampled_from(["x20", "x3", "x1"]),
        "memory": st.sampled_from(["1d", "2 weeks", "2 months"]),
    },
)
RATES = st.sampled_from(["99% per year", "90%", "99.99%", "20% per year", "0%"])
ATTRITION = st.one_of(RATES, st.fixed_dictionaries({"rate": RATES}, optional={"burnout": BURNOUT}))
LEAVE = st.one_of(
    st.sampled_from(["60 days", "16 days", "0d"]),
    st.fixed_dictionaries(
        {},
        optional={
            "planned": st.sampled_from(["60 days", "25d", "3d"]),
            "block": st.sampled_from(["1d", "2d", "5d", "30d"]),
            "season": st.dictionaries(
                st.sampled_from(MONTHS), st.sampled_from(["x0", "x3", "50%"]), max_size=6
            ),
            "holidays": st.sampled_from(["x0", "x5", "200%"]),
            "sick": st.sampled_from(["60 days", "120d", "2.5 days"]),
            "spell": st.sampled_from(["1d", "1.5d", "2d", "10d"]),
        },
    ),
)
HANDOVER = st.fixed_dictionaries(
    {},
    optional={
        "giving": EFFORTS,
        "receiving": EFFORTS,
        "within": st.sampled_from(["0d", "1d", "1 week", "14d"]),
        "orphan": st.sampled_from(["0d", "1d", "3d", "2 weeks"]),
        "health": st.sampled_from([0, 10, 100]),
        "cover_after": st.sampled_from(["1d", "4d", "2 weeks"]),
    },
)
SPAN = st.fixed_dictionaries(
    {"people": st.sampled_from([1, 2, 3])}, optional={"time": st.sampled_from(["0%", "50%", "90%"])}
)
LENGTHS = st.sampled_from(["1d", "3d", "1 week", "3 weeks", "2 months"])


@dataclass
class Crew:
    """Who is where by now, as far as it is certain: by plan, resignations aside."""

    there: dict[str, int]
    people: dict[str, Yaml]
    role_of: dict[str, str | None] = field(default_factory=dict)
    """Role of each named person who is there; None where it is open."""

    def __post_init__(self) -> None:
        self._coming = [person for person in self.people.values() if "start" in person]
        self.role_of = {name: person["role"] for name, person in self.people.items() if "start" not in person}

    def go_to(self, day: date) -> None:
        """Let named people join and leave."""
        for person in [person for person in self._coming if date.fromisoformat(person["start"]) <= day]:
            self._coming.remove(person)
            self.there[person["role"]] += 1
            self.role_of[person["name"]] = person["role"]
        for name in list(self.role_of):
            until = self.people[name].get("until")
            if until is not None and date.fromisoformat(until) < day:
                self.leave(name)

    def leave(self, name: str) -> None:
        """Somebody goes."""
        role = self.role_of.pop(name)
        if role is not None:
            self.there[role] = max(0, self.there[role] - 1)

    def known(self, role: str | None = None) -> list[str]:
        """Named people who are surely there, in a role or in any."""
        return [name for name, at in self.role_of.items() if at is not None and role in (None, at)]

    def move(self, leaves: str, joins: str, count: int) -> None:
        """So many go from one role to another."""
        self.there[leaves] -= count
        self.there[joins] += count


# ---------------------------------------------------------------- roles, people, skills


@st.composite
def role_rules(draw: Draw, role: Yaml) -> None:
    """Add rules to a role."""
    rarely(
        draw, role, "ramp", st.lists(st.sampled_from(["40%", "70%", "10%", "120%"]), min_size=1, max_size=3)
    )
    if "ramp" in role:
        maybe(draw, role, "coaching", st.sampled_from(["10%", "50%"]))
    rarely(draw, role, "time_to_hire", TIME_TO_HIRE)
    rarely(draw, role, "attrition", ATTRITION)
    rarely(draw, role, "notice", st.sampled_from(["1d", "1 week", "3 weeks"]))
    rarely(draw, role, "backfill", st.just(False))
    rarely(draw, role, "leave", LEAVE)
    rarely(draw, role, "span", SPAN)
    rarely(draw, role, "handover", HANDOVER)
    rarely(draw, role, "balance", st.sampled_from(["arr", "hours", "renewals", "accounts"]))
    rarely(draw, role, "most", st.integers(1, 5))


@st.composite
def named_people(draw: Draw, staff: Yaml, owned: dict[str, list[str]], start: date, days: int) -> list[Yaml]:
    """Named people; ``owned`` has the listed accounts that people of each role may own."""
    found: list[Yaml] = []
    free = {role: list(accounts) for role, accounts in owned.items()}
    for name in draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True)):
        role = draw(st.sampled_from(list(staff)))
        person: Yaml = {"name": name, "role": role}
        begins = 0
        if draw(st.integers(0, 2)) == 0:
            begins = draw(st.integers(1, days - 1))
            person["start"] = str(start + timedelta(days=begins))
        rarely(
            draw, person, "until", st.integers(begins, days + 20).map(lambda day: str(start + timedelta(day)))
        )
        rarely(draw, person, "hours", st.sampled_from(["60%", "50%", "33.3%", "1%"]))
        rarely(draw, person, "speed", st.sampled_from(["110%", "300%", "10%", "77%"]))
        rarely(draw, person, "calendar", calendars())
        rarely(draw, person, "skills", st.lists(st.sampled_from(SKILLS), min_size=1, unique=True))
        if free.get(role):
            rarely(draw, person, "accounts", st.lists(st.sampled_from(free[role]), min_size=1, unique=True))
            free[role] = [account for account in free[role] if account not in person.get("accounts", ())]
        found.append(person)
    return found


def make_room(staff: Yaml, people: list[Yaml], owners: dict[str, set[str]]) -> None:
    """Raise headcounts so that everybody who is named has a place; ``owners`` are those of account lists."""
    for role, group in staff.items():
        of_role = {person["name"] for person in people if person["role"] == role}
        first = {person["name"] for person in people if person["role"] == role and "start" not in person}
        group["headcount"] = max(group["headcount"], len(first | (owners.get(role, set()) - of_role)))


@st.composite
def skilled_work(draw: Draw, scenario: Yaml) -> None:
    """Let some work need a skill, let some get faster, and let somebody have each skill."""
    works = [
        (step, playbook.get("per") != "person")
        for playbook in scenario.get("playbooks", {}).values()
        for step in playbook["steps"]
    ]
    works += [(severity, True) for severity in scenario.get("tickets", {}).get("severities", {}).values()]
    for work, may_need in works:
        if may_need and draw(st.integers(0, 3)) == 0:
            work["skill"] = draw(st.sampled_from(SKILLS[:2]))
        rarely(draw, work, "learning", LEARNING)
    named = {role: [p for p in scenario.get("people", ()) if p["role"] == role] for role in scenario["staff"]}
    for role, group in scenario["staff"].items():
        others = group["headcount"] - sum("start" not in person for person in named[role])
        counts = st.one_of(st.integers(0, others), st.just("all"))
        rarely(draw, group, "skills", st.dictionaries(st.sampled_from(SKILLS), counts, min_size=1))
    had = {skill for person in scenario.get("people", ()) for skill in person.get("skills", ())}
    for group in scenario["staff"].values():
        had |= {skill for skill, count in group.get("skills", {}).items() if count != 0}
    for skill in sorted({work["skill"] for work, _ in works if "skill" in work} - had):
        draw(st.sampled_from(list(scenario["staff"].values()))).setdefault("skills", {})[skill] = "all"


# ---------------------------------------------------------------- the timeline


@st.composite
def timelines(
    draw: Draw, scenario: Yaml, holders: dict[str, set[str]], start: date, days: int, surges: bool,
    fewest: int = 0, most: int = 5,
) -> list[Yaml]:  # fmt: skip
    """Dated acts of every kind, each of which is possible at its time.

    ``holders`` are the roles that do each kind of work at the start.
    """
    staff = scenario["staff"]
    people = {person["name"]: person for person in scenario.get("people", ())}
    crew = Crew({role: group["headcount"] for role, group in staff.items()}, people)
    kinds = ["hire", "cut", "absence", "freeze", "shrinkage", "train", "automate", "reorganise"]
    acts: list[Yaml] = []
    merged: set[date] = set()
    for number in sorted(draw(st.lists(st.integers(0, days - 1), min_size=fewest, max_size=most))):
        day = start + timedelta(days=number)
        crew.go_to(day)
        what = draw(st.sampled_from([*kinds, *(["surge"] if surges else [])]))
        role = draw(st.sampled_from(list(staff)))
        if what == "surge":
            act: Yaml | None = draw(surge())
        elif what == "hire":
            act = draw(hire(crew, role, day))
        elif what == "cut":
            act = draw(cut(crew, role))
        elif what == "absence":
            act = draw(absence(crew, role))
        elif what == "freeze":
            act = draw(st.fixed_dictionaries({}, optional={"role": st.just(role), "for": LENGTHS}))
        elif what == "shrinkage":
            act = {"role": role, "to": draw(st.sampled_from(["0%", "20%", "60%"]))}
        elif what == "train":
            act = draw(train(crew, role))
        elif what == "automate":
            act = draw(automate(scenario, role))
        else:
            act = draw(reorganise(crew, role, holders, may_merge=day not in merged))
            if act is not None and not {"count", "people"} & set(act):
                merged.add(day)  # a second merger on the day might close a circle
        if act is not None:
            acts.append({"on": str(day), what: act})
    return acts


@st.composite
def surge(draw: Draw) -> Yaml:
    act: Yaml = {
        "tickets": draw(st.sampled_from(["x2", "x5", "x0", "x0.5"])),
        "for": draw(st.sampled_from(["1 weeks", "10d", "3 weeks"])),
    }
    rarely(draw, act, "decay", st.sampled_from(["2 weeks", "1d", "3d"]))
    return act


@st.composite
def hire(draw: Draw, crew: Crew, role: str, day: date) -> Yaml:
    act: Yaml = {"role": role, "count": draw(st.integers(1, 2))}
    maybe(draw, act, "rebalance", st.booleans())
    # nobody is searched for longer than 21 days, as far as that is certain
    rarely(draw, act, "until", st.integers(21, 60).map(lambda days: str(day + timedelta(days=days))))
    rarely(draw, act, "hours", st.sampled_from(["60%", "25%"]))
    rarely(draw, act, "speed", st.sampled_from(["50%", "150%"]))
    rarely(draw, act, "skills", st.lists(st.sampled_from(SKILLS), min_size=1, unique=True))
    crew.there[role] += act["count"]
    return act


@st.composite
def cut(draw: Draw, crew: Crew, role: str) -> Yaml | None:
    known, there = crew.known(), crew.there[role]
    if known and draw(st.integers(0, 2)) == 0:
        chosen = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
        roles = {crew.role_of[name] for name in chosen}
        act: Yaml = {"people": chosen}
        if len(roles) == 1:
            maybe(draw, act, "role", st.sampled_from(sorted(str(one) for one in roles)))
        for name in chosen:
            crew.leave(name)
        return act
    if there == 0:
        return None
    count = draw(st.integers(1, there))
    share = draw(st.sampled_from([None, 0.2, 0.5, 1.0]))
    act = {"role": role, **({"count": count} if share is None else {"by": f"{share:.0%}"})}
    maybe(draw, act, "who", st.sampled_from(["newest", "random"]))
    crew.there[role] -= count if share is None else max(1, math.floor(share * there + 0.5))
    return act


@st.composite
def absence(draw: Draw, crew: Crew, role: str) -> Yaml | None:
    known = crew.known()
    if known and draw(st.booleans()):
        return {"person": draw(st.sampled_from(known)), "for": draw(LENGTHS)}
    return {"role": role, "for": draw(LENGTHS)} if crew.there[role] else None


@st.composite
def train(draw: Draw, crew: Crew, role: str) -> Yaml | None:
    act: Yaml = {
        "skill": draw(st.sampled_from(SKILLS)),
        "time": draw(st.sampled_from(["0%", "20%", "80%"])),
        "for": draw(LENGTHS),
    }
    known = crew.known()
    if known and draw(st.booleans()):
        return {"people": draw(st.lists(st.sampled_from(known), min_size=1, unique=True)), **act}
    if crew.there[role] == 0:
        return None
    return {"role": role, "count": draw(st.integers(1, crew.there[role])), **act}


@st.composite
def automate(draw: Draw, scenario: Yaml, role: str) -> Yaml:
    choices: list[list[str]] = [
        [name, *(f"{name}.{step['do']}" for step in playbook["steps"])]
        for name, playbook in scenario.get("playbooks", {}).items()
    ]
    if "tickets" in scenario:
        choices.append(["tickets", *(f"tickets.{name}" for name in scenario["tickets"]["severities"])])
    picked = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=2, unique_by=lambda one: one[0]))
    act: Yaml = {
        "steps": [draw(st.sampled_from(names)) for names in picked],
        "share": draw(st.sampled_from(["50%", "10%", "100%"])),
    }
    if draw(st.booleans()):
        act |= {"effort": draw(st.sampled_from(["8h", "90min", "30h"])), "role": role}
    maybe(draw, act, "over", st.sampled_from(["0d", "4d", "2 weeks", "3 months"]))
    return act


@st.composite
def reorganise(
    draw: Draw, crew: Crew, leaves: str, holders: dict[str, set[str]], may_merge: bool
) -> Yaml | None:
    others = [role for role in crew.there if role != leaves]
    if not others:
        return None
    joins = draw(st.sampled_from(others))
    act: Yaml = {"from": leaves, "to": joins}
    known, there = crew.known(leaves), crew.there[leaves]
    ways = (["people"] if known else []) + (["count"] if there else []) + (["everyone"] if may_merge else [])
    if not ways:
        return None
    way = draw(st.sampled_from(ways))
    has = sorted(kind for kind, roles in holders.items() if leaves in roles)
    if has:
        maybe(draw, act, "work", st.lists(st.sampled_from(has), min_size=1, unique=True))
    if way == "people":
        act["people"] = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
        for name in act["people"]:
            crew.role_of[name] = joins
        crew.move(leaves, joins, min(len(act["people"]), there))
    elif way == "count":
        act["count"] = draw(st.integers(1, there))
        for name in known:
            crew.role_of[name] = None  # it is open who goes
        crew.move(leaves, joins, act["count"])
    else:
        for name in known:
            crew.role_of[name] = joins
        crew.move(leaves, joins, there)
    for kind in act.get("work", has if way == "everyone" else []):
        holders[kind] = holders[kind] - {leaves} | {joins}
    return act
