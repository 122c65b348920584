"""Teams to which everything happens: roles with every rule for people, who come and go all the time."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from properties import team
from properties.drawing import Draw, Files, Yaml, calendars, maybe
from properties.scenarios import EFFORTS_FILE, as_yaml


def everything(**changes: Any) -> Yaml:
    """One such team as plain data, to be changed."""
    csm: Yaml = {
        "headcount": 4,
        "serves": "all",
        "shrinkage": "20%",
        "ramp": ["40%", "70%"],
        "coaching": "10%",
        "time_to_hire": {"mean": "3 weeks", "cv": 0.6},
        "attrition": {"rate": "80% per year", "burnout": {"above": "50%", "effect": "x4", "memory": "14d"}},
        "notice": "2 weeks",
        "leave": {
            "planned": "30 days", "block": "3d", "season": {"aug": "x3"}, "holidays": "x2",
            "sick": "20 days", "spell": "2.5 days",
        },
        "span": {"people": 3, "time": "20%"},
        "handover": {
            "giving": "20min", "receiving": {"mean": "40min", "cv": 0.7}, "within": "5d", "orphan": "4d",
            "health": 10, "cover_after": "2 weeks",
        },
        "balance": "hours",
        "most": 12,
        "skills": {"ja": 1},
    }  # fmt: skip
    support: Yaml = {
        "headcount": 3,
        "covers": ["csm"],
        "ramp": ["60%"],
        "coaching": "25%",
        "time_to_hire": "10d",
        "attrition": "90% per year",
        "notice": "1 week",
        "leave": {"planned": "20 days", "sick": "30 days", "spell": "1d"},
        "calendar": {"week": "mon-sat", "hours": "08:00-17:00", "break": "1h"},
        "skills": {"ja": 1},
    }
    base: Yaml = {
        "name": "everything",
        "start": "2027-03-01",
        "horizon": "6 months",
        "warm_up": "1 months",
        "calendar": {"country": "DE"},
        "segments": {
            "alpha": {
                "touch": "high", "accounts": 24, "arr": {"p50": "1M", "p90": "3M"}, "owner": "csm",
                "term": "6 months", "new": {"per_month": 4},
                "churn": {"green": "5%", "yellow": "20%", "red": "60%"},
            },
            "beta": {"touch": "tech", "accounts": 30, "arr": "100K", "term": "3 months"},
        },
        "staff": {"csm": csm, "support": support},
        "people": [
            {"name": "Ann", "role": "csm", "hours": "60%", "skills": ["api"]},
            {"name": "Bo", "role": "csm", "start": "2027-05-10", "until": "2027-07-20", "speed": "130%"},
            {"name": "Cho", "role": "support", "calendar": {"week": "mon-thu"}},
        ],
        "playbooks": PLAYBOOKS,
        "tickets": TICKETS,
        "timeline": TIMELINE,
    }  # fmt: skip
    return copy.deepcopy({**base, **changes})


PLAYBOOKS: Yaml = {
    "review": {
        "for": ["alpha"],
        "every": "month",
        "steps": [
            {"do": "prepare", "effort": {"mean": "2h", "cv": 0.5}, "opens": "5d before"},
            {"do": "meet", "effort": "90min", "due": "3d", "drop_after": "5d", "skill": "ja"},
        ],
    },
    "onboarding": {
        "for": ["alpha"],
        "on": "new_account",
        "first_value_after": "train",
        "steps": [
            {"do": "kickoff", "effort": "2h", "due": "5d", "customer_wait": {"exponential": "3d"}},
            {"do": "train", "effort": "4h", "due": "20d", "skill": "api"},
        ],
    },
    "admin": {"per": "person", "role": "csm", "every": "week", "steps": [{"do": "report", "effort": "2h"}]},
}
TICKETS: Yaml = {
    "rate": {"alpha": "3 per month", "beta": "2 per month"},
    "handled_by": {"support": "80%", "csm": "20%"},
    "severities": {
        "p1": {
            "share": "20%", "effort": "2h", "priority": 1, "preempts": True, "resolve": "8h",
            "more": {"chance": "40%", "effort": "20min", "customer_wait": "4h"}, "escalate": "30%",
        },
        "p2": {
            "share": "80%", "effort": {"exponential": "1h"}, "first_response": "4h", "resolve": "3bd",
            "patience": {"exponential": "3d"}, "learning": {"saves": "10%", "experience": 5},
        },
    },
    "escalation": {"to": "csm", "effort": "30min", "due": "1bd"},
    "overflow": {"to": "csm", "after": "2bd"},
    "hand_over": "10min",
}  # fmt: skip
TIMELINE: list[Yaml] = [
    {"on": "2027-03-15", "hire": {"role": "csm", "count": 2, "skills": ["api"], "until": "2027-08-13"}},
    {"on": "2027-04-05", "absence": {"person": "Ann", "for": "3 weeks"}},
    {
        "on": "2027-04-12",
        "train": {"role": "support", "count": 2, "skill": "api", "time": "20%", "for": "3 weeks"},
    },
    {"on": "2027-05-03", "cut": {"role": "support", "count": 1, "who": "random"}},
    {"on": "2027-05-17", "freeze": {"role": "csm", "for": "3 weeks"}},
    {"on": "2027-05-24", "absence": {"role": "csm", "for": "1 week"}},
    {
        "on": "2027-06-01",
        "automate": {
            "steps": ["review.prepare"], "share": "30%", "effort": "20h", "role": "csm", "over": "3 weeks",
        },
    },
    {"on": "2027-06-14", "hire": {"role": "support", "count": 2, "speed": "80%", "hours": "50%"}},
    {"on": "2027-06-28", "shrinkage": {"role": "csm", "to": "10%"}},
    {"on": "2027-07-05", "reorganise": {"from": "support", "to": "csm", "count": 1, "work": ["tickets"]}},
    {"on": "2027-07-12", "surge": {"tickets": "x2", "for": "2 weeks"}},
]  # fmt: skip


@st.composite
def _role(draw: Draw) -> Yaml:
    """A role with every rule for people."""
    role: Yaml = {"headcount": draw(st.integers(1, 4)), "serves": "all"}
    shares = st.sampled_from(["40%", "70%", "10%", "120%"])
    role["ramp"] = draw(st.lists(shares, min_size=1, max_size=3))
    role["coaching"] = draw(st.sampled_from(["10%", "50%", "0%"]))
    role["attrition"] = {"rate": draw(st.sampled_from(["99% per year", "90%", "99.99%"]))}
    maybe(draw, role["attrition"], "burnout", team.BURNOUT)
    role["notice"] = draw(st.sampled_from(["1d", "1 week", "3 weeks"]))
    role["leave"] = {
        "planned": draw(st.sampled_from(["60 days", "25d"])),
        "block": draw(st.sampled_from(["1d", "2d", "5d"])),
        "sick": draw(st.sampled_from(["60 days", "120d", "20 days"])),
        "spell": draw(st.sampled_from(["1d", "1.5d", "10d"])),
    }
    role["handover"] = draw(team.HANDOVER)
    role["balance"] = draw(st.sampled_from(["arr", "hours", "renewals", "accounts"]))
    maybe(draw, role, "time_to_hire", team.TIME_TO_HIRE)
    maybe(draw, role, "backfill", st.just(True))
    maybe(draw, role, "span", team.SPAN)
    maybe(draw, role, "most", st.integers(1, 5))
    maybe(draw, role, "switch", st.sampled_from(["0min", "10min", "2h"]))
    maybe(draw, role, "shrinkage", st.sampled_from(["0%", "50%", "37%"]))
    maybe(draw, role, "calendar", calendars())
    return role


@st.composite
def crowds(draw: Draw, fewest: int = 0, most: int = 5) -> Files:
    """A random one: two roles, owned accounts, work of every kind, and ``fewest`` to ``most`` acts."""
    start = date(2027, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    horizon, days = draw(st.sampled_from([("2 months", 59), ("6 months", 181)]))
    scenario = everything(
        start=str(start), horizon=horizon, warm_up=draw(st.sampled_from(["0d", "10d"])),
        calendar=draw(calendars()), staff={"csm": draw(_role()), "support": draw(_role())},
    )  # fmt: skip
    scenario["people"] = draw(team.named_people(scenario["staff"], {}, start, days))
    team.make_room(scenario["staff"], scenario["people"], {})
    scenario["staff"]["csm"]["skills"] = {"ja": "all"}
    scenario["staff"]["support"]["skills"] = {"api": "all"}
    holders = {"review": {"csm"}, "onboarding": {"csm"}, "tickets": {"csm", "support"}, "escalation": {"csm"}}
    scenario["timeline"] = draw(
        team.timelines(scenario, holders, start, days, surges=True, fewest=fewest, most=most)
    )
    return {"scenario.yaml": as_yaml(scenario) + "\n", "efforts.csv": EFFORTS_FILE}
