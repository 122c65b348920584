"""How results must change, or must not, when a scenario changes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from properties.log import in_book_order, stories_of
from properties.scenarios import Files, Yaml, as_yaml, scenario_files, world_from, world_of

relation = settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**32)


def run(world: World, seed: int, unlimited: bool = False) -> Outcome:
    return simulate(world, seed=seed, replication=0, unlimited=unlimited, log_capacity=200_000)


def events_of(outcome: Outcome) -> list[Any]:
    return sorted(outcome.events.tolist())


def team(**changes: Any) -> Yaml:
    """A scenario with a bit of everything, to be changed."""
    base: Yaml = {
        "name": "relations",
        "start": "2027-03-01",
        "horizon": "6 months",
        "warm_up": "1 months",
        "calendar": {"country": "DE"},
        "segments": {
            "alpha": {
                "touch": "high",
                "accounts": 12,
                "arr": {"p50": "1M", "p90": "3M"},
                "owner": "csm",
                "new": {"per_month": 2},
                "churn": {"green": "5%", "yellow": "20%", "red": "60%"},
            }
        },
        "staff": {"csm": {"headcount": 2}, "support": {"headcount": 1}},
        "playbooks": {
            "review": {
                "for": "all",
                "every": "month",
                "steps": [
                    {"do": "prepare", "effort": "2h", "opens": "5d before"},
                    {"do": "meet", "effort": "1h", "due": "3d", "drop_after": "5d"},
                ],
            },
            "onboarding": {
                "for": "all",
                "on": "new_account",
                "first_value_after": "train",
                "steps": [
                    {"do": "kickoff", "effort": "2h", "due": "5d", "customer_wait": {"exponential": "3d"}},
                    {"do": "train", "effort": "4h", "due": "20d"},
                ],
            },
        },
        "tickets": {
            "rate": "8 per month",
            "unequal": 0.5,
            "severities": {
                "p1": {"share": "20%", "effort": "2h", "priority": 1, "preempts": True, "resolve": "8h"},
                "p2": {"share": "80%", "effort": "1h", "first_response": "4h", "resolve": "3bd"},
            },
        },
    }
    return {**base, **changes}


def full_desk(**changes: Any) -> Yaml:
    """As ``team``, with every rule for tickets that leaves the arrivals alone."""
    base = team()
    tickets, severities = base["tickets"], base["tickets"]["severities"]
    severities["p1"] |= {
        "clock": "elapsed",
        "patience": {"exponential": "8h"},
        "more": {"chance": "40%", "effort": "20min", "customer_wait": "4h"},
        "escalate": "30%",
    }
    severities["p2"] |= {"reopen": {"chance": "20%", "after": {"exponential": "2d"}}, "escalate": "10%"}
    tickets |= {
        "topics": {"en": {"share": "70%"}, "ja": {"share": "30%", "handled_by": "csm"}},
        "overflow": {"to": "csm", "after": "6h"},
        "escalation": {"to": "csm", "effort": "30min", "due": "1bd"},
        "hand_over": "10min",
        "backlog": {"open": {"p1": 2, "p2": 5}, "waited": "2d"},
        "batch": 1.5,
        "busyness": "40%",
        "profile": "office",
        "deflection": {"self_service": {"from": "10%", "to": "40%", "over": "4 months"}},
    }
    return {**base, **changes}


def full_desk_without_backlog(**changes: Any) -> Yaml:
    """The log does not tell the tickets open at the start from the first ones of their accounts."""
    data = full_desk(**changes)
    del data["tickets"]["backlog"]
    return data


@relation
@given(data=st.data(), seed=SEEDS)
def test_the_order_of_an_account_list_changes_nothing(data: st.DataObject, seed: int) -> None:
    files: Files = data.draw(
        scenario_files().filter(
            lambda files: (
                any(name in files for name in ("alpha.csv", "beta.csv", "gamma.csv"))
                # tickets open at the start find their accounts by their number in the book
                and "backlog:" not in files["scenario.yaml"]
            )
        )
    )
    shuffled = dict(files)
    order: dict[str, list[int]] = {}
    for name in [name for name in files if name in ("alpha.csv", "beta.csv", "gamma.csv")]:
        # people take their slots in the order in which lists name them, so nobody is named here
        head, *rows = [row.rsplit(",", 1)[0] for row in files[name].splitlines()]
        files[name] = "\n".join([head, *rows]) + "\n"
        order[name] = data.draw(st.permutations(range(len(rows))))
        shuffled[name] = "\n".join([head, *(rows[place] for place in order[name])]) + "\n"
    one, other = run(world_of(files), seed), run(world_of(shuffled), seed)
    names = [{int(a["uid"]): number for number, a in enumerate(in_book_order(o))} for o in (one, other)]
    back = {names[1][uid]: number for uid, number in names[0].items()}
    moved = sorted((e[0], e[1], back[e[2]] if e[2] >= 0 else e[2], *e[3:]) for e in events_of(other))
    assert events_of(one) == moved
    for name in one.months.dtype.names or ():
        np.testing.assert_allclose(one.months[name], other.months[name], rtol=1e-12)


@relation
@given(seed=SEEDS, minutes=st.integers(1, 40))
def test_minutes_and_hours_say_the_same(seed: int, minutes: int) -> None:
    plans = [
        {"do": "call", "effort": {"mean": f"{amount}", "cv": 0.7}, "due": "3d", "customer_wait": f"{wait}"}
        for amount, wait in (
            (f"{90 * minutes}min", f"{minutes * 60}min"),
            (f"{1.5 * minutes}h", f"{minutes}h"),
        )
    ]
    outcomes = [
        run(world_from(team(playbooks={"p": {"for": "all", "every": "month", "steps": [plan, AFTER]}})), seed)
        for plan in plans
    ]
    assert events_of(outcomes[0]) == events_of(outcomes[1])


AFTER: Yaml = {"do": "note", "effort": "10min"}


@relation
@given(seed=SEEDS, few=st.integers(0, 2), more=st.integers(1, 6), full=st.booleans())
def test_staffing_moves_no_draw(seed: int, few: int, more: int, full: bool) -> None:
    """The same tickets with the same efforts at the same instants, as long as the account lives."""
    base = full_desk_without_backlog if full else team
    logs = []
    for count in (few, few + more):
        staff = {"csm": {"headcount": count}, "support": {"headcount": max(0, 3 - count)}}
        logs.append(run(world_from(base(staff=staff)), seed))
    churned = [{e[2] for e in events_of(log) if e[1] == ev.CHURN} for log in logs]
    first = (ev.OPENED, ev.DEFLECTED)
    opened = [{e[2:3] + e[4:7]: (e[0], e[7]) for e in events_of(log) if e[1] in first} for log in logs]
    kinds = world_from(base()).kinds["trigger"].tolist()
    tickets = kinds.index(r.TICKETS)
    escalations = kinds.index(r.ESCALATION) if full else -1
    for key, (time, effort) in opened[0].items():
        account, kind = key[0], key[1]
        if key in opened[1]:
            assert opened[1][key][1] == effort
            assert kind != tickets or opened[1][key][0] == time
        elif kind != escalations:
            assert kind != tickets or account in churned[1]
    assert {int(a["uid"]) for a in logs[0].accounts} == {int(a["uid"]) for a in logs[1].accounts}


@relation
@given(seed=SEEDS, few=st.integers(0, 99), more=st.integers(1, 100))
def test_more_self_service_answers_the_same_tickets_and_others(seed: int, few: int, more: int) -> None:
    found = []
    for share in (few, min(100, few + more)):
        data = full_desk_without_backlog()
        del data["segments"]["alpha"]["churn"]
        data["tickets"]["deflection"] = {"community": {"to": f"{share}%"}}
        world = world_from(data)
        ticket = world.steps["ticket"].astype(bool)
        events = [e for e in events_of(run(world, seed)) if e[6] >= 0 and ticket[e[6]]]
        found.append(
            [{(e[0], *e[2:7]) for e in events if e[1] == what} for what in (ev.OPENED, ev.DEFLECTED)]
        )
    (opened, deflected), (still_opened, more_deflected) = found
    assert deflected <= more_deflected
    assert opened | deflected == still_opened | more_deflected


@relation
@given(seed=SEEDS, own=st.integers(0, 3), others=st.integers(0, 3), full=st.booleans())
def test_two_roles_that_cover_each_other_are_one(seed: int, own: int, others: int, full: bool) -> None:
    logs = []
    for together in (True, False):
        data = (full_desk if full else team)()
        if full:
            data["tickets"] |= {"handled_by": "support", "overflow": {"to": "csm", "after": "6h"}}
        data["staff"] = {"csm": {"headcount": 2}, "support": {"headcount": own + others}}
        if not together:
            data["staff"] |= {
                "support": {"headcount": own, "covers": ["more"]},
                "more": {"headcount": others, "covers": ["support"], "serves": "all"},
            }
        logs.append(events_of(run(world_from(data), seed)))
    assert logs[0] == logs[1]


@relation
@given(seed=SEEDS)
def test_a_calendar_of_its_own_like_the_common_one_changes_nothing(seed: int) -> None:
    # closed on a day long gone, so that it is another calendar
    same = {"week": "mon-fri", "hours": "9:00-18:00", "closed": ["2020-01-01"]}
    logs = []
    for more in ({}, {"calendar": same}):
        staff = {"csm": {"headcount": 2}, "support": {"headcount": 1, **more}}
        logs.append(events_of(run(world_from(full_desk(staff=staff)), seed)))
    assert logs[0] == logs[1]


@relation
@given(seed=SEEDS)
def test_endless_patience_is_none(seed: int) -> None:
    logs = []
    for patience in ({}, {"patience": "900d"}):
        data = full_desk()
        for severity in data["tickets"]["severities"].values():
            severity.pop("patience", None)
            severity |= patience
        logs.append(events_of(run(world_from(data), seed)))
    assert logs[0] == logs[1]


@relation
@given(seed=SEEDS)
def test_around_the_clock_a_flat_profile_is_no_profile(seed: int) -> None:
    opened = []
    for profile in ("24x7", "flat", [1] * 24):
        data = team(calendar="24x7")
        data["tickets"]["profile"] = profile
        world = world_from(data)
        ticket = world.kinds["trigger"].tolist().index(r.TICKETS)
        events = [e for e in events_of(run(world, seed)) if e[1] == ev.OPENED and e[4] == ticket]
        opened.append({(e[2], *e[5:7]): e[0] for e in events})
    for other in opened[1:]:
        assert other.keys() == opened[0].keys()
        assert all(abs(time - opened[0][key]) < 1e-5 for key, time in other.items())


@relation
@given(seed=SEEDS, rate=st.integers(0, 60), headcount=st.integers(0, 5))
def test_without_an_effect_of_health_staffing_costs_no_customer(seed: int, rate: int, headcount: int) -> None:
    months = []
    for count in (headcount, headcount + 3):
        data = team(staff={"csm": {"headcount": count}, "support": {"headcount": 1}})
        data["segments"]["alpha"] |= {"churn": dict.fromkeys(("green", "yellow", "red"), f"{rate}%")}
        data["segments"]["alpha"] |= {"term": "2 months"}
        months.append(run(world_from(data), seed).months)
    for name in ("arr_churned", "arr_churn_expected", "churned", "arr_end", "renewals"):
        np.testing.assert_array_equal(months[0][name], months[1][name], err_msg=name)


@relation
@given(
    seed=SEEDS,
    people=st.integers(1, 4),
    rate=st.integers(5, 60),
    calendar=st.sampled_from(
        ["24x7", {"week": "mon-fri"}, {"country": "JP", "hours": "10:00-16:00", "break": "none"}]
    ),
    effort=st.sampled_from([{"constant": "1h"}, {"mean": "1h", "cv": 2}, {"exponential": "2h"}]),
)
def test_one_more_person_in_a_pool_raises_no_wait(
    seed: int, people: int, rate: int, calendar: Any, effort: Any
) -> None:
    """One class of work, first come first served, equal people: no single wait gets longer."""
    starts = []
    for count in (people, people + 1):
        data = team(
            calendar=calendar,
            staff={"support": {"headcount": count, "serves": "all"}},
            segments={"alpha": {"touch": "tech", "accounts": 10, "arr": "1M"}},
            playbooks={},
            tickets={"rate": f"{rate} per month", "severities": {"p": {"effort": effort}}},
        )
        world = world_from(data)
        stories = stories_of(world, sorted(run(world, seed).events.tolist(), key=lambda e: e[0]))
        starts.append({key: story.hands[0][0] for key, story in stories.items() if story.hands})
    for key, start in starts[0].items():
        assert starts[1][key] <= start, key


@relation
@given(
    seed=SEEDS,
    people=st.integers(0, 3),
    accounts=st.integers(1, 30),
    support=st.integers(0, 2),
    minutes=st.integers(10, 90),
    rate=st.integers(1, 30),
)
def test_the_fully_staffed_twin_is_never_worse(
    seed: int, people: int, accounts: int, support: int, minutes: int, rate: int
) -> None:
    """Where every target can be met, the twin meets it, and loses no more ARR than the outcome.

    Contracts outlast the horizon, so that nobody lives to renew again only because of the twin.
    """
    effort = {"constant": f"{minutes}min"}
    data = team(
        calendar={"week": "mon-fri"}, staff={"csm": {"headcount": people}, "support": {"headcount": support}}
    )
    data["segments"]["alpha"] |= {"accounts": accounts}
    data["playbooks"] = {
        "review": {
            "for": "all",
            "every": "month",
            "steps": [
                {"do": "prepare", "effort": effort, "opens": "8d before", "due": "0d"},
                {"do": "meet", "effort": effort, "due": "6d", "drop_after": "5d"},
            ],
        },
        "onboarding": {
            "for": "all",
            "on": "new_account",
            "first_value_after": "train",
            "steps": [
                {"do": "kickoff", "effort": effort, "due": "5d", "customer_wait": "3d"},
                {"do": "train", "effort": effort, "due": "20d"},
            ],
        },
    }
    severities = data["tickets"]["severities"]
    severities["p1"]["effort"] = severities["p2"]["effort"] = effort
    data["tickets"]["rate"] = f"{rate} per month"
    world = world_from(data)
    outcome, twin = run(world, seed), run(world, seed, unlimited=True)
    assert twin.tallies["late"].sum() == twin.tallies["dropped"].sum() == 0
    assert twin.tallies["never_opened"].sum() == 0
    lost, lost_in_twin = (o.months["arr_churn_expected"].sum() for o in (outcome, twin))
    assert lost_in_twin <= lost * (1 + 1e-12)


def test_a_file_in_another_order_of_lines_is_the_same_scenario() -> None:
    """Draws hang on names, not on places: playbooks and roles may be written in any order."""
    data = team()
    turned = {**data, "playbooks": dict(reversed(data["playbooks"].items()))}
    assert as_yaml(data) != as_yaml(turned)
    one, other = run(world_from(data), 5), run(world_from(turned), 5)
    np.testing.assert_array_equal(one.months["arr_churn_expected"], other.months["arr_churn_expected"])
    np.testing.assert_array_equal(one.busy, other.busy)


def test_replications_differ_and_repeat() -> None:
    world = world_from(team())
    numbers = random.Random(1).sample(range(1000), 5)
    first, again = ([simulate(world, seed=3, replication=n).busy.sum() for n in numbers] for _ in range(2))
    assert first == again and len(set(first)) == len(numbers)
