"""Books of which customers leave, shrink or grow, with what chance brings by the formula."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from properties.scenarios import Yaml
from theory.customer_books import MONTH, Book, Count, alike, book, days, events, odds, percent

from csm_sim.engine.simulate import Outcome
from csm_sim.theory.retention import lost_share, with_hazard_ratio, with_odds_ratio
from csm_sim.world import events as ev

REVENUE: dict[str, Book] = {}

P, EARLY = 0.15, 0.25
"""Chance of churn at a renewal, and within 90 days of the start."""


# ---------------------------------------------------------------- churn at renewals, traits, prices


def renewals_with(name: str, segment: Yaml, chance: float, health: float = 90.0, **changes: Any) -> None:
    """A book whose renewals from ``first`` on all have one chance."""

    def count(outcome: Outcome) -> Iterator[Count]:
        months = outcome.months[:, 0]
        yield Count("churned", months["churned"].sum(), months["renewals"].sum(), chance)

    REVENUE[name] = Book(book(segment, health, **changes), count)


NEWCOMERS: Yaml = {"accounts": 0, "new": {"per_month": 150}, "term": "1 months", "churn": alike(P)}
ONE_STEP: Yaml = {"for": "smb", "steps": [{"do": "call", "effort": "1h", "due": "1d"}]}
BEFORE: Yaml = {"for": "smb", "steps": [{"do": "call", "effort": "1h", "due": "5d before"}]}

renewals_with("churn", {"term": "1 months", "churn": alike(P)}, P)
renewals_with(
    "churn between the bands",
    {"term": "1 months", "churn": percent(green=0.08, yellow=0.2, red=0.5)},
    with_odds_ratio(0.08, (odds(0.2) / odds(0.08)) ** 0.5),
    health=80.0,
)
renewals_with(
    "bad fits",
    {**NEWCOMERS, "new": {"per_month": 150, "bad_fit": {"share": "100%", "churn_odds": "x3"}}},
    with_odds_ratio(P, 3.0),
)
renewals_with(
    "bad fits, handed over poorly",
    {
        **NEWCOMERS,
        "new": {
            "per_month": 150,
            "bad_fit": {"share": "100%", "churn_odds": "x3"},
            "poor_handover": {"share": "100%", "churn_odds": "x1.5"},
        },
    },
    with_odds_ratio(P, 4.5),
)
renewals_with(
    "standard onboarding",
    NEWCOMERS,
    with_odds_ratio(P, 1.0 + (2.0 - 1.0) * (0.8 - 0.6) / (1.0 - 0.6)),
    playbooks={
        "onboarding": {
            **ONE_STEP,
            "on": "new_account",
            "standard": {"degree": "80%", "saves": "50%", "free_until": "60%", "churn_odds": "x2"},
        }
    },
)
renewals_with(
    "saved",
    {"term": "1 months", "churn": alike(0.2)},
    0.2 * (1.0 - 0.6),
    rules={"decision": {"min": "20d", "max": "21d"}},
    playbooks={"save": {**BEFORE, "before_renewal": "10d", "effect": {"saves": "60%"}}},
)


def _price(outcome: Outcome) -> Iterator[Count]:
    """The rise counts at the first renewal after it, and not at the one after that."""
    months = outcome.months[:, 0]
    for which, rows, chance in (
        ("before", slice(0, 6), P),
        ("at", slice(6, 7), with_odds_ratio(P, 2.0)),
        ("after", slice(8, 12), P),
    ):
        # a term is 30.4375 days: of the renewals of the 31 days of July a few are the second ones
        if which != "at":
            yield Count(which, months["churned"][rows].sum(), months["renewals"][rows].sum(), chance)
    first = {}
    for event in events(outcome, ev.RENEWED, ev.CHURN):
        if days(event) >= 181:  # of July
            first.setdefault(int(event["account"]), event)
    gone = sum(event["what"] == ev.CHURN for event in first.values())
    yield Count("first after it", gone, len(first), with_odds_ratio(P, 2.0))


REVENUE["price"] = Book(
    book(
        {"term": "1 months", "churn": alike(P)},
        timeline=[{"on": "2027-07-01", "price": {"segments": ["smb"], "by": "5%", "churn_odds": "x2"}}],
    ),
    _price,
)


def _monthly(outcome: Outcome) -> Iterator[Count]:
    """Survivors of a year: twelve renewals, or eleven for those whose first one comes last in the term."""
    p, days_in_run = 0.05, 365
    eleven = (MONTH - (days_in_run - 11 * MONTH)) / MONTH
    keeps = (1.0 - eleven) * (1.0 - lost_share(-12 * np.log1p(-p)))
    keeps += eleven * (1.0 - lost_share(-11 * np.log1p(-p)))
    yield Count("left", outcome.months["accounts_end"][-1, 0], 1000, float(keeps))


REVENUE["monthly"] = Book(book({"term": "1 months", "churn": alike(0.05)}), _monthly)


# ---------------------------------------------------------------- early churn


def early_with(
    name: str, segment: Yaml, chance: float, health: float = 90.0, pulse: int = 7, **changes: Any
) -> None:
    """New accounts that leave within 90 days of their start."""

    def count(outcome: Outcome) -> Iterator[Count]:
        new = outcome.months["new"][:8].sum()
        yield Count("in all", outcome.cohorts[1:9, :, 0].sum(), new, chance)
        started = {int(e["account"]): int(days(e)) for e in events(outcome, ev.STARTED) if days(e) < 243}
        lost = [e for e in events(outcome, ev.CHURNED_EARLY) if int(e["account"]) in started]
        after = [int(days(e)) - started[int(e["account"])] for e in lost]
        within = 6 * 7 if pulse == 7 else pulse
        at_most = with_hazard_ratio(chance, within / 90)
        yield Count(f"in {within} days", sum(a <= within for a in after), new, at_most)
        yield Count("after the pulse that follows 90 days", sum(a >= 90 + pulse for a in after), new, 0.0)

    early = {"accounts": 0, "new": {"per_month": 150}, "early_churn": {"chance": "25%", "within": "90d"}}
    rules = {"pulse": f"{pulse}d", **changes.pop("rules", {})}
    REVENUE[name] = Book(book({**early, **segment}, health, rules=rules, **changes), count)


early_with("early churn", {}, EARLY)
early_with("early churn, seldom looked at", {}, EARLY, pulse=40)
early_with("early churn, yellow", {"churn": percent(green=0.05, yellow=0.15, red=0.4)}, with_odds_ratio(
    EARLY, odds(0.15) / odds(0.05)), health=70.0)  # fmt: skip
early_with(
    "early churn of bad fits",
    {"new": {"per_month": 150, "bad_fit": {"share": "100%", "churn_odds": "x2.5"}}},
    with_odds_ratio(EARLY, 2.5),
)


# ---------------------------------------------------------------- contraction and expansion


def _changes(outcome: Outcome) -> Iterator[Count]:
    months = outcome.months[:, 0]
    stayed = months["renewals"].sum() - months["churned"].sum()
    yield Count("contracted", months["contracted"].sum(), stayed, 0.08)
    yield Count("expanded", months["expanded"].sum(), stayed, 0.1)


REVENUE["changes at renewals"] = Book(
    book(
        {
            "term": "1 months",
            "churn": alike(0.03),
            "contraction": {"chance": percent(green=0.04, yellow=0.12, red=0.3), "by": "20%"},
            "expansion": {"chance": percent(green=0.15, yellow=0.05, red=0.0), "uplift": "25%"},
        },
        health=80.0,  # half-way between the middles of yellow and green
    ),
    _changes,
)
