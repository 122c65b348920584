"""Rules for customers said in other units, or in a way that asks for nothing: not a bit may change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from csm_sim.engine.simulate import Outcome
from properties.market import Change, bands, changed, market, plain, run
from properties.scenarios import Yaml, as_yaml, world_from


def in_weeks(data: Yaml) -> None:
    """Days as weeks, where they are some."""

    def rewritten(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rewritten(item) for key, item in value.items()}
        if isinstance(value, str) and value.endswith("d") and int(value[:-1]) % 7 == 0:
            return f"{int(value[:-1]) // 7} weeks"
        return value

    for segment in data["segments"].values():
        segment |= rewritten({key: segment[key] for key in ("early_churn",) if key in segment})
    data["journey"] = rewritten(data["journey"])
    for rule in ("detection", "decision", "silence"):
        data["health"][rule] = rewritten(data["health"][rule])
    for playbook in data["playbooks"].values():
        if "again_after" in playbook:
            playbook["again_after"] = rewritten(playbook["again_after"])


def in_minutes(data: Yaml) -> None:
    for playbook in data["playbooks"].values():
        for step in playbook["steps"]:
            effort = step["effort"]
            step["effort"] = f"{60 * int(effort[:-1])}min" if effort.endswith("h") else effort
            if "drop_after" in step:
                step["drop_after"] = f"{24 * int(step['drop_after'][:-1])}h"


def events_of(outcome: Outcome) -> list[Any]:
    return sorted(outcome.events.tolist())


def assert_same(one: Outcome, other: Outcome) -> None:
    """Equal to the last bit, in all that a replication gives."""
    for name in Outcome.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("change", [in_weeks, in_minutes])
def test_units_say_the_same(change: Change) -> None:
    one, other = world_from(market()), changed(change)
    for seed in range(3):
        assert_same(run(one, seed), run(other, seed))


def _segment(**keys: Any) -> Change:
    return lambda data: data["segments"]["smb"].update(keys)


def _new(**keys: Any) -> Change:
    return lambda data: data["segments"]["smb"]["new"].update(keys)


def _plays(**keys: Any) -> Change:
    return lambda data: data["playbooks"]["review"].update(keys)


def _first_step(**keys: Any) -> Change:
    touches = ("onboarding", "review", "renewal")
    return lambda data: [data["playbooks"][name]["steps"][0].update(keys) for name in touches]


def _health(**keys: Any) -> Change:
    return lambda data: data["health"].update(keys)


def _top(**keys: Any) -> Change:
    return lambda data: data.update(keys)


NEUTRAL: dict[str, Change] = {
    "automated": _segment(automated="0%"),
    "channels": lambda data: (
        _segment(channels={"phone": "100%", "mail": "100%"})(data),
        _first_step(channel="phone")(data),
    ),
    "early churn": _segment(early_churn={"chance": "0%", "within": "90d"}),
    "contraction": _segment(contraction={"chance": bands(0, 0, 0), "by": "20%"}),
    "contraction by nothing": _segment(contraction={"chance": bands(0, 0, 0), "by": "1%"}),
    "expansion": _segment(expansion={"chance": bands(0, 0, 0), "uplift": "20%"}),
    "no bad fits": _new(bad_fit={"share": "0%", "churn_odds": "x3", "tickets": "x2", "usage": -20}),
    "no poor handovers": _new(poor_handover={"share": "0%", "onboarding_effort": "x3"}),
    "counts": _first_step(counts="100%"),
    "a limit beyond the run": _top(journey={"onboarding_limit": "3000d"}),
    "expansion beyond the run": _top(journey={"expansion_after": "90 months"}),
    "all phases": lambda data: (
        _top(journey={"expansion_after": "3 months"})(data),
        _plays(phase=["onboarding", "adoption", "expansion"])(data),
    ),
    "no members": _top(community={"members": "0%", "usage": 10, "deflects": "50%"}),
    "members who do nothing": _top(community={"members": "50%", "usage": 0, "deflects": "0%"}),
    "a roll-out after the run": _top(
        tiering=[{"from": ["smb"], "to": "key", "review": "quarter", "since": "2027-10-31"}]
    ),
    "a move that nobody is fit for": _top(
        tiering=[{"from": ["smb"], "to": "key", "review": "month", "if": {"arr_at_least": "900B"}}]
    ),
    "lifts of nothing": _plays(effect={"health": {"engagement": 0}}),
    "saves nobody": _plays(effect={"saves": "0%"}),
    "no leads": _plays(effect={"upsell": {"lead": "0%", "converts": bands(40, 20, 0), "uplift": "20%"}}),
    "a standard that is free": lambda data: data["playbooks"]["onboarding"].update(
        standard={"degree": "50%", "saves": "0%", "free_until": "60%", "churn_odds": "x3"}
    ),
    "silence that stays above": _health(silence={"after": "30d", "to": 100, "half_life": "30d"}),
    "detection that nobody acts on": _health(
        pulse="week", detection={"sensitivity": "50%", "false_alarms": "20%"}
    ),
    "accounts alike": lambda data: data["health"]["usage"].update(between=0),
    "one indicator": lambda data: data["health"]["usage"].update(indicators={"log_ins": {"weight": "100%"}}),
    "effects": _health(effects="on"),
    "strength": _health(strength="x1"),
    "a price without a rise": lambda data: data["timeline"].append(
        {"on": "2027-04-01", "price": {"segments": "all", "by": "0.000001%", "churn_odds": "x1"}}
    ),
    "a push of nobody": lambda data: (
        _new(bad_fit={"share": "0%", "churn_odds": "x3"})(data),
        data["timeline"].append(
            {"on": "2027-04-01", "sales": {"segments": ["smb"], "bad_fit": "0%", "for": "3 months"}}
        ),
    ),
    "a season of nothing": _new(season={"apr": "x1"}),
}


LAZY = ("adoption", "usage_seen", "open_task")
"""Fields of an account that depend on when somebody last looked."""


def same_numbers(one: Outcome, other: Outcome) -> None:
    """What happened, when, to whom, and what it cost."""
    assert events_of(one) == events_of(other)
    for name in ("months", "tallies", "by_month", "busy", "cohorts", "served", "hours", "desk"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in set(one.accounts.dtype.names or ()) - set(LAZY):
        np.testing.assert_array_equal(one.accounts[name], other.accounts[name], err_msg=name)


@pytest.mark.parametrize("rule", NEUTRAL)
def test_a_rule_that_does_nothing_changes_nothing(rule: str) -> None:
    data = plain()
    NEUTRAL[rule](data)
    assert as_yaml(data) != as_yaml(plain())
    one, other = world_from(plain()), world_from(data)
    for seed in (3, 11):
        same_numbers(run(one, seed), run(other, seed))


@pytest.mark.parametrize(
    "rule",
    ["counts", "effects", "no poor handovers"],
)
def test_beside_all_the_others_too(rule: str) -> None:
    data = market()
    if rule == "counts":
        data["playbooks"]["renewal"]["steps"][0]["counts"] = "100%"
    elif rule == "no poor handovers":
        data["segments"]["tail"]["new"] = {"per_month": 0.5}
    else:
        NEUTRAL[rule](data)
    base = market()
    if rule == "no poor handovers":
        base["segments"]["tail"]["new"] = {"per_month": 0.5}
        data["segments"]["tail"]["new"]["poor_handover"] = {"share": "0%", "churn_odds": "x5"}
    one, other = world_from(base), world_from(data)
    for seed in (3, 11):
        same_numbers(run(one, seed), run(other, seed))
