"""How results must change, or must not, when a scenario changes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.engine.simulate import Outcome, simulate
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


@relation
@given(data=st.data(), seed=SEEDS)
def test_the_order_of_an_account_list_changes_nothing(data: st.DataObject, seed: int) -> None:
    files: Files = data.draw(
        scenario_files().filter(
            lambda files: any(name in files for name in ("alpha.csv", "beta.csv", "gamma.csv"))
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
@given(seed=SEEDS, few=st.integers(0, 2), more=st.integers(1, 6))
def test_staffing_moves_no_draw(seed: int, few: int, more: int) -> None:
    """The same tickets with the same efforts at the same instants, as long as the account lives."""
    logs = []
    for count in (few, few + more):
        staff = {"csm": {"headcount": count}, "support": {"headcount": max(0, 3 - count)}}
        logs.append(run(world_from(team(staff=staff)), seed))
    churned = [{e[2] for e in events_of(log) if e[1] == r.CHURN} for log in logs]
    opened = [{e[2:3] + e[4:7]: (e[0], e[7]) for e in events_of(log) if e[1] == r.OPENED} for log in logs]
    tickets = len(world_from(team()).kinds) - 1
    for key, (time, effort) in opened[0].items():
        account, kind = key[0], key[1]
        if key in opened[1]:
            assert opened[1][key][1] == effort
            assert kind != tickets or opened[1][key][0] == time
        else:
            assert kind != tickets or account in churned[1]
    assert {int(a["uid"]) for a in logs[0].accounts} == {int(a["uid"]) for a in logs[1].accounts}


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
        stories = stories_of(sorted(run(world_from(data), seed).events.tolist(), key=lambda e: e[0]))
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
