"""Books that show what the team sees, whom it reaches, who comes, who moves and who buys more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from properties.scenarios import Yaml
from theory.customer_books import MONTH, Book, Count, book, days, events, percent

from csm_sim.engine.simulate import Outcome
from csm_sim.world import events as ev
from csm_sim.world import records as r

CARE: dict[str, Book] = {}


# ---------------------------------------------------------------- what the team sees


WATCH: Yaml = {"watch": {"for": "smb", "on": "health_red", "steps": [{"do": "look", "effort": "1min"}]}}


def _false_alarms(outcome: Outcome) -> Iterator[Count]:
    """Green accounts: each pulse shows yellow with the chance of a false alarm, whatever it showed before."""
    seen = events(outcome, ev.SEEN)
    weeks, accounts = 52, len(outcome.accounts)
    yellow = np.zeros((weeks + 1, accounts), bool)
    for week, account, value in zip(days(seen) // 7, seen["account"], seen["value"], strict=True):
        yellow[week:, account] = value == 1
    yield Count("red", (seen["value"] == 0).sum(), len(seen), 0.0)
    yield Count("yellow", yellow[:weeks].sum(), weeks * accounts, 0.06)
    again = yellow[1:weeks] & yellow[: weeks - 1]
    yield Count("yellow again", again.sum(), yellow[: weeks - 1].sum(), 0.06)


CARE["false alarms"] = Book(
    book(playbooks=WATCH, rules={"pulse": "week", "detection": {"delay": "0d", "false_alarms": "6%"}}),
    _false_alarms,
)


def _sensitivity(outcome: Outcome) -> Iterator[Count]:
    """Red accounts: seen as such at the ``k``-th pulse with the chance ``s (1 - s)^(k - 1)``."""
    seen = events(outcome, ev.SEEN)
    week = days(seen) // 7
    accounts = len(outcome.accounts)
    assert len(np.unique(seen["account"])) == len(seen) and (seen["value"] == 0).all()
    left = accounts
    for k in range(4):
        yield Count(f"at pulse {k + 1}", (week == k).sum(), left, 0.4)
        left -= int((week == k).sum())
    yield Count("in the first half of a week", (days(seen)[week == 0] < 3).sum(), (week == 0).sum(), 3 / 7)


CARE["sensitivity"] = Book(
    book(
        health=40.0,
        playbooks=WATCH,
        rules={"pulse": "week", "detection": {"delay": "0d", "sensitivity": "40%"}},
    ),
    _sensitivity,
)


# ---------------------------------------------------------------- who is reached


TOUCHED: Yaml = {
    "weights": {"adoption": "0%", "engagement": "100%", "support": "0%", "onboarding": "0%"},
    "start": {"engagement": 50},
    "memory": {"engagement": "20%"},
}
"""Engagement tells who was reached: 50 who was not, 60 who was."""


def reached_with(name: str, chance: float, moved: float, **changes: Any) -> None:
    def count(outcome: Outcome) -> Iterator[Count]:
        engagement = outcome.accounts["engagement"]
        yield Count("reached", (engagement > 50.0).sum(), len(engagement), chance)
        yield Count("moved otherwise", (~np.isin(engagement, [50.0, moved])).sum(), len(engagement), 0.0)

    segment = {"channels": {"phone": "60%", "mail": "30%"}}
    CARE[name] = Book(book(segment, rules=TOUCHED, horizon="31d", **changes), count)


CALL: Yaml = {"do": "call", "effort": "1h", "due": "5d", "channel": "phone"}
reached_with("a call", 0.6, 60.0, playbooks={"call": {"for": "smb", "every": "31d", "steps": [CALL]}})
reached_with(
    "half a call", 0.6, 55.0,
    playbooks={"call": {"for": "smb", "every": "31d", "steps": [{**CALL, "counts": "50%"}]}},
)  # fmt: skip
reached_with(
    "a programme", 0.4, 60.0,
    playbooks={
        "webinar": {
            "per": "segment", "for": "smb", "every": "31d", "reach": "40%",
            "steps": [{"do": "webinar", "effort": "5h", "due": "5d"}],
        }
    },
)  # fmt: skip
reached_with(
    "a programme by mail", 0.4 * 0.3, 60.0,
    playbooks={
        "letter": {
            "per": "segment", "for": "smb", "every": "31d", "reach": "40%",
            "steps": [{"do": "letter", "effort": "5h", "due": "5d", "channel": "mail"}],
        }
    },
)  # fmt: skip


def _members(outcome: Outcome) -> Iterator[Count]:
    """Members use more: after one observation, 74 instead of 70 with a memory of 40 %."""
    adoption = outcome.accounts["adoption"]
    yield Count("members", (adoption > 70.0).sum(), len(adoption), 0.3 * 30 / 60)
    assert np.isin(adoption.round(9), [70.0, 74.0]).all()


CARE["community"] = Book(
    book(
        health=70.0,
        horizon="45d",
        rules={
            "weights": {"adoption": "100%", "engagement": "0%", "support": "0%", "onboarding": "0%"},
            "memory": {"adoption": "40%"},
            "pulse": "week",  # somebody has to look
        },
        playbooks=WATCH,
        community={"members": "30%", "over": "60d", "usage": 10},
    ),
    _members,
)


# ---------------------------------------------------------------- roll-out, traits, sales


def _roll_out(outcome: Outcome) -> Iterator[Count]:
    """Review days are the midnights after 30.4375 k days; the share grows to 60 % in 180 days."""
    tail = 1
    for month in range(12):
        last = sum((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[: month + 1])
        review = max(int(k * MONTH) for k in range(14) if int(k * MONTH) < last)
        share = 0.6 * min(max((review - 90) / 180, 0.0), 1.0)
        yield Count(f"month {month + 1}", outcome.served[month, tail], outcome.served[month].sum(), share)


CARE["roll-out"] = Book(
    book(
        segments={
            "smb": {"touch": "low", "accounts": 1000, "arr": "1M"},
            "tail": {"touch": "tech", "accounts": 0, "arr": "1M"},
        },
        tiering=[
            {
                "from": ["smb"], "to": "tail", "review": "month", "since": "2027-04-01", "share": "60%",
                "over": "180d",
            }
        ],
    ),
    _roll_out,
)  # fmt: skip


def _traits(outcome: Outcome) -> Iterator[Count]:
    months = outcome.months[:, 0]
    for month in range(12):
        # a push from April to June says what sales brings; in March the month does
        bad = 0.4 if 3 <= month < 6 else 0.3 if month == 2 else 0.1
        poor = 0.5 if 3 <= month < 6 else 0.2
        yield Count(f"bad fit {month + 1}", months["bad_fit"][month], months["new"][month], bad)
        yield Count(f"poor handover {month + 1}", months["poor_handover"][month], months["new"][month], poor)


SALES: Yaml = {
    "accounts": 0,
    "new": {
        "per_month": 100,
        "season": {"feb": "x2", "nov": "x0.5"},
        "bad_fit": {"share": "10%", "by_month": {"mar": "30%"}},
        "poor_handover": {"share": "20%"},
    },
}
CARE["traits"] = Book(
    book(
        SALES,
        timeline=[
            {
                "on": "2027-04-01",
                "sales": {
                    "segments": ["smb"], "new": "x3", "bad_fit": "40%", "poor_handover": "50%",
                    "for": "91d",
                },
            }
        ],
    ),
    _traits,
)  # fmt: skip


# ---------------------------------------------------------------- leads


def _leads(outcome: Outcome) -> Iterator[Count]:
    """A lead from three calls in ten; half-way between yellow and green one in four converts."""
    months = outcome.months[:, 0]
    calls = int((outcome.tallies["on_time"] + outcome.tallies["late"]).sum())
    noted = calls - int((events(outcome, ev.DONE)["time"] >= 364 * r.DAY).sum())  # at the midnight after
    yield Count("upsell leads", months["upsell_leads"].sum(), noted, 0.3)
    yield Count("upsold", months["upsold"].sum(), noted, 0.3 * 0.25)
    yield Count("cross-sell leads", months["cross_sell_leads"].sum(), noted, 0.1)
    yield Count("cross-sold", months["cross_sold"].sum(), noted, 0.1 * 0.5)


CARE["leads"] = Book(
    book(
        health=80.0,
        playbooks={
            "proposal": {
                "for": "smb", "every": "month",
                "steps": [{"do": "call", "effort": "1h", "due": "5d"}],
                "effect": {
                    "upsell": {
                        "lead": "30%", "converts": percent(green=0.4, yellow=0.1, red=0.0), "uplift": "20%",
                    },
                    "cross_sell": {
                        "lead": "10%", "converts": percent(green=0.7, yellow=0.3, red=0.1), "uplift": "10%",
                    },
                },
            }
        },
    ),
    _leads,
)  # fmt: skip
