"""A team with every rule for customers, to be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world.build import World
from properties.scenarios import Yaml, world_from

Change = Callable[[Yaml], Any]


def bands(green: int, yellow: int, red: int) -> Yaml:
    return {"green": f"{green}%", "yellow": f"{yellow}%", "red": f"{red}%"}


def segments() -> Yaml:
    """High touch that settled accounts leave, low touch, and a tail that the smallest are served in."""
    moving: Yaml = {
        "term": "3 months",
        "churn": bands(4, 12, 35),
        "contraction": {"chance": bands(3, 10, 20), "by": "20%"},
        "expansion": {"chance": bands(20, 8, 0), "uplift": "25%"},
    }
    early: Yaml = {"early_churn": {"chance": "6%", "within": "91d"}}
    return {
        "key": {
            **moving,
            **early,
            "touch": "high",
            "accounts": 8,
            "arr": {"p50": "5M", "p90": "9M"},
            "owner": "csm",
            "automated": "10%",
            "new": {"per_month": 1, "poor_handover": {"share": "30%", "onboarding_effort": "x1.5"}},
        },
        "smb": {
            **moving,
            **early,
            "touch": "low",
            "accounts": 25,
            "arr": {"p50": "1M", "p90": "3M"},
            "term": "1 months",
            "owner": "csm",
            "automated": {"review": "30%"},
            "channels": {"mail": "40%", "phone": "70%", "chat": "50%", "in_person": "95%"},
            "new": {
                "per_month": 5,
                "season": {"may": "x2"},
                "bad_fit": {
                    "share": "20%",
                    "by_month": {"mar": "50%"},
                    "churn_odds": "x2",
                    "tickets": "x2",
                    "onboarding_effort": "x1.5",
                    "usage": -15,
                },
                "poor_handover": {"share": "30%", "churn_odds": "x1.3"},
            },
        },
        "tail": {
            **moving,
            "touch": "tech",
            "accounts": 5,
            "arr": "500K",
            "term": "2 months",
            "channels": {"mail": "60%"},
        },
    }


def playbooks() -> Yaml:
    return {
        "onboarding": {
            "for": ["key", "smb"],
            "on": "new_account",
            "first_value_after": "train",
            "standard": {"degree": "80%", "saves": "50%", "free_until": "60%", "churn_odds": "x1.5"},
            "steps": [
                {"do": "kickoff", "effort": "2h", "due": "5d", "customer_wait": {"exponential": "5d"}},
                {"do": "try", "effort": "30min", "due": "20d", "channel": "in_person"},
                {"do": "train", "effort": "3h", "due": "25d"},
            ],
        },
        "review": {
            "for": ["key", "smb"],
            "every": "month",
            "phase": ["adoption", "expansion"],
            "effect": {
                "health": {"engagement": 3, "adoption": 1},
                "upsell": {"lead": "30%", "converts": bands(40, 15, 0), "uplift": "15%"},
                "cross_sell": {"lead": "20%", "converts": bands(50, 20, 5), "uplift": "10%"},
            },
            "steps": [
                {"do": "prepare", "effort": "1h", "opens": "5d before", "due": "0d"},
                {
                    "do": "meet",
                    "effort": "1h",
                    "due": "3d",
                    "channel": "phone",
                    "counts": "60%",
                    "drop_after": "5d",
                },
            ],
        },
        "follow_up": {
            "for": "key",
            "after": "review",
            "again_after": "21d",
            "steps": [{"do": "note", "effort": "30min", "due": "4d"}],
        },
        "renewal": {
            "for": ["key", "smb"],
            "before_renewal": "20d",
            "effect": {"saves": "20%"},
            "steps": [{"do": "talk", "effort": "1h", "due": "5d before", "channel": "phone"}],
        },
        "save": {
            "for": "all",
            "on": "health_red",
            "again_after": "28d",
            "effect": {"health": {"engagement": 10, "support": 5}, "saves": "40%"},
            "steps": [{"do": "call", "effort": "2h", "due": "3d"}],
        },
        "hearing": {
            "for": ["key", "smb"],
            "on": "health_yellow",
            "again_after": "63d",
            "steps": [{"do": "ask", "effort": "1h", "due": "5d", "channel": "chat"}],
        },
        "again": {
            "for": "smb",
            "on": "onboarding_stopped",
            "steps": [{"do": "restart", "effort": "2h", "due": "10d"}],
        },
        "welcome": {
            "for": "tail",
            "on": "tier_change",
            "steps": [{"do": "letter", "effort": "10min", "due": "5d", "channel": "mail"}],
        },
        "webinar": {
            "per": "segment",
            "for": "tail",
            "every": "month",
            "reach": "40%",
            "effect": {"health": {"adoption": 3}},
            "steps": [{"do": "webinar", "effort": "6h", "due": "5d", "channel": "mail", "counts": "50%"}],
        },
        "moderation": {
            "per": "segment",
            "for": "smb",
            "every": "week",
            "steps": [{"do": "answer", "effort": "3h"}],
        },
    }


HEALTH: Yaml = {
    "pulse": "week",
    "detection": {
        "delay": "3d",
        "sensitivity": {"from": "50%", "to": "90%", "over": "6 months"},
        "false_alarms": "5%",
    },
    "decision": {"min": "14d", "max": "63d"},
    "silence": {"after": "42d", "to": 40, "half_life": "63d"},
    "usage": {
        "between": 8,
        "indicators": {
            "log_ins": {"weight": "60%", "mean": 75, "sd": 10, "before_first_value": 40},
            "features": {"weight": "40%", "mean": 65, "sd": 20},
        },
    },
}
TIERING: list[Yaml] = [
    {"from": ["key"], "to": "smb", "on": "first_value", "if": {"arr_below": "4M"}},
    {"from": ["smb"], "to": "tail", "on": "onboarding_stopped"},
    {
        "from": ["smb"],
        "to": "tail",
        "review": "month",
        "if": {"arr_below": "900K", "health": ["green", "yellow"], "after": "1 months"},
        "since": "2027-04-01",
        "share": "70%",
        "over": "4 months",
    },
    {"from": ["smb", "tail"], "to": "key", "review": "month", "if": {"arr_at_least": "4M"}},
]
TIMELINE: list[Yaml] = [
    {
        "on": "2027-05-10",
        "sales": {
            "segments": ["smb"],
            "new": "x2",
            "bad_fit": "60%",
            "poor_handover": "50%",
            "for": "2 months",
        },
    },
    {"on": "2027-04-01", "price": {"segments": "all", "by": "5%", "churn_odds": "x1.2"}},
    {"on": "2027-07-01", "price": {"segments": ["key"], "by": "10%"}},
]


def market(**changes: Any) -> Yaml:
    """Eight months of it, after a warm-up of two."""
    base: Yaml = {
        "name": "market",
        "start": "2027-03-01",
        "horizon": "8 months",
        "warm_up": "2 months",
        "calendar": {"country": "DE"},
        "segments": segments(),
        "journey": {"onboarding_limit": "63d", "expansion_after": "6 months"},
        "community": {"members": "40%", "over": "6 months", "usage": 5, "deflects": "30%"},
        "tiering": [dict(rule) for rule in TIERING],
        "playbooks": playbooks(),
        "tickets": {
            "rate": "1.5 per month",
            "unequal": 0.5,
            "severities": {
                "p1": {"share": "20%", "effort": "2h", "priority": 1, "preempts": True, "resolve": "8h"},
                "p2": {"share": "80%", "effort": "1h", "first_response": "4h", "resolve": "3bd"},
            },
            "deflection": {"self_service": {"to": "10%"}},
        },
        "staff": {
            "csm": {"headcount": 1, "serves": "all", "shrinkage": "20%"},
            "support": {"headcount": 1},
        },
        "health": dict(HEALTH),
        "timeline": [dict(act) for act in TIMELINE],
    }
    return {**base, **changes}


def plain() -> Yaml:
    """The market without any rule for customers."""
    data = market()
    for name in ("journey", "community", "tiering", "timeline"):
        data.pop(name)
    data["timeline"] = []
    for segment in data["segments"].values():
        for key in ("automated", "channels", "early_churn", "contraction", "expansion"):
            segment.pop(key, None)
        if "new" in segment:
            segment["new"] = {"per_month": segment["new"]["per_month"]}
    books = data["playbooks"]
    data["playbooks"] = {name: books[name] for name in ("onboarding", "review", "renewal", "moderation")}
    for playbook in data["playbooks"].values():
        for key in ("effect", "phase", "standard"):
            playbook.pop(key, None)
        for step in playbook["steps"]:
            for key in ("channel", "counts"):
                step.pop(key, None)
    data["health"] = {"usage": {"mean": 72, "sd": 12, "before_first_value": 40}}
    return data


def changed(change: Change) -> World:
    """The world of the market after something in its file has been changed."""
    data = market()
    change(data)
    return world_from(data)


def run(world: World, seed: int, unlimited: bool = False) -> Outcome:
    return simulate(world, seed=seed, replication=seed % 7, unlimited=unlimited, log_capacity=200_000)
