"""What a policy reads is what happens, and what it does is what the timeline does."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from policy_world import joined, play, same, world_of

from csm_sim.engine.org import Org
from csm_sim.engine.role_view import RoleView
from csm_sim.engine.simulate import Outcome
from csm_sim.errors import PolicyError
from csm_sim.world import counts as ct
from csm_sim.world.build import World

TICKETS = {
    "rate": "1 per month",
    "handled_by": "csm",
    "severities": {
        "p1": {"share": "30%", "effort": "30min", "resolve": "8h"},
        "p2": {"share": "70%", "effort": "1h"},
    },
}
LATE = [{"on": "2027-06-01", "hire": {"role": "csm", "count": 2}}]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Worlds by what is changed in the scenario, each built once."""
    folder = tmp_path_factory.mktemp("worlds")
    known: dict[str, World] = {}

    def of(**changes: Any) -> World:
        key = repr(changes)
        if key not in known:
            known[key] = world_of(folder, **changes)
        return known[key]

    return of


def seen(
    world: World, read: Callable[[Org], Any], every: float = 1, **more: Any
) -> tuple[list[Any], Outcome]:
    """What can be read at the start and again and again, and the outcome."""
    found: list[Any] = []

    def policy(env: Any, org: Org) -> Any:
        while True:
            found.append(read(org))
            yield env.timeout(every)

    outcome = play(world, [policy], **more)
    return found, outcome


# ---------------------------------------------------------------- reading


def test_time(built: Any) -> None:
    found, _ = seen(built(), lambda org: (org.day, org.today, org.month))
    assert found[:2] == [(0, date(2027, 4, 1), 0), (1, date(2027, 4, 2), 0)]
    assert found[30] == (30, date(2027, 5, 1), 1)
    assert found[-1] == (182, date(2027, 9, 30), 5)


def test_the_clock_of_a_policy_is_that_of_the_organisation(built: Any) -> None:
    def policy(env: Any, org: Org) -> Any:
        for days in (0, 7, 0.5):
            yield env.timeout(days)
            clocks.append((env.now, org.day))

    clocks: list[Any] = []
    play(built(), [policy])
    assert clocks == [(0, 0), (7, 7), (8, 8)]


def test_customers_and_money(built: Any) -> None:
    found, outcome = seen(built(), lambda org: (org.accounts, org.arr, org.arr_at_start, org.payroll))
    months = outcome.months
    for number, day in enumerate([0, 30, 61, 91, 122, 153]):
        accounts, arr, at_start, payroll = found[day]
        assert accounts == months["accounts_start"][number].sum()
        assert arr == pytest.approx(months["arr_start"][number].sum())
        assert at_start == months["arr_start"][0].sum()
        assert payroll == 18e6
    assert found[153][0] < 40  # somebody has left, so that this says something


def test_a_role_owns_the_customers_of_its_segments(built: Any) -> None:
    world = built(segments={"tail": {"touch": "tech", "accounts": 7, "arr": "1M"}})

    def read(org: Org) -> Any:
        return org.role("csm").accounts, org.role("csm").arr, org.accounts, org.arr

    assert seen(world, read)[0][0] == (40, 200e6, 47, 207e6)


def test_backlog_is_that_of_the_report(built: Any) -> None:
    world = built(tickets={**TICKETS, "rate": "8 per month"})

    def read(org: Org) -> Any:
        role = org.role("csm")
        return role.backlog_tasks, role.backlog_hours * 60, role.backlog_tickets

    found, outcome = seen(world, read)
    fields = [ct.BACKLOG_FIELDS.index(name) for name in ("open", "effort_minutes", "tickets")]
    for month, day in enumerate([30, 61, 91, 122, 153]):
        assert found[day] == pytest.approx(tuple(outcome.backlog[month, 0, fields]))
        assert 0 < found[day][2] < found[day][0]


def test_utilisation_is_that_of_the_report(built: Any) -> None:
    absence = [{"on": "2027-05-03", "absence": {"role": "csm", "for": "2 weeks"}}]
    world = built(
        timeline=absence, playbooks={"call": {"steps": [{"do": "call", "effort": "5h", "due": "20d"}]}}
    )
    found, outcome = seen(
        world, lambda org: (org.role("csm").utilisation(3), org.role("csm").utilisation_by_week(3))
    )
    busy, here = outcome.busy.sum(axis=(1, 2)), outcome.open_minutes.sum(axis=1)
    assert math.isnan(found[6][0])
    assert found[6][1] == []
    assert found[13][1] == pytest.approx([busy[0] / here[0]])
    for day in range(21, 183):
        weeks = slice(day // 7 - 3, day // 7)
        assert found[day][1] == pytest.approx(list(busy[weeks] / here[weeks]), rel=1e-9)
        assert found[day][0] == pytest.approx(busy[weeks].sum() / here[weeks].sum(), rel=1e-9)
    assert len({round(one[0], 6) for one in found[21:]}) > 5


def test_hours_and_heads_of_past_weeks_are_those_of_the_report(built: Any) -> None:
    world = built(timeline=LATE, people=[{"name": "Ann", "role": "csm", "until": "2027-05-03"}])
    found, outcome = seen(
        world, lambda org: (org.role("csm").hours_here(3), org.role("csm").headcount_mean(3))
    )
    assert found[6] == (0.0, pytest.approx(math.nan, nan_ok=True))
    here = outcome.open_minutes.sum(axis=1) / 60
    for day in range(21, 183):
        weeks = slice(day // 7 - 3, day // 7)
        assert found[day][0] == pytest.approx(here[weeks].sum())
    # one of two is Ann, whose last day is 3 May, day 32; two come on 1 June, day 61
    assert found[34][1] == 2.0
    assert found[35][1] == pytest.approx((21 + 19) / 21)
    assert found[89][1] == 3.0


def test_tickets_of_past_months_are_those_of_the_report(built: Any) -> None:
    """Of whole months, whether counted by role or found from segments."""
    for changes in ({}, {"overflow": {"to": "support", "after": "2h"}}):
        staff = {"support": {"headcount": 1}} if changes else {}
        deflection = {"self_service": {"to": "30%"}}
        tickets = {**TICKETS, "rate": "8 per month", "deflection": deflection, **changes}
        world = built(tickets=tickets, staff=staff)
        found, outcome = seen(world, lambda org: [org.role("csm").tickets_opened(n) for n in (1, 3)])
        opened = outcome.desk["opened"][:, 0]
        assert (opened > 100).all()
        for day, month in ((0, 0), (29, 0), (30, 1), (60, 1), (61, 2), (153, 5), (182, 5)):
            assert found[day] == [
                opened[max(0, month - 1) : month].sum(),
                opened[max(0, month - 3) : month].sum(),
            ]


def test_shrinkage_is_that_of_now(built: Any) -> None:
    world = built(timeline=[{"on": "2027-05-01", "shrinkage": {"role": "csm", "to": "45%"}}])
    found, _ = seen(world, lambda org: org.role("csm").shrinkage)
    assert found[29:31] == [pytest.approx(0.3), pytest.approx(0.45)]


def test_a_week_without_working_time_is_left_out(built: Any) -> None:
    closed = [f"2027-04-{day:02}" for day in range(8, 15)]
    world = built(calendar={"closed": closed})
    found, _ = seen(world, lambda org: len(org.role("csm").utilisation_by_week(2)))
    assert [found[day] for day in (6, 7, 14, 21, 28)] == [0, 1, 1, 1, 2]


def people(org: Org) -> tuple[int, ...]:
    role = org.role("csm")
    return role.headcount, role.present, role.ramped, role.on_notice, role.hiring, role.vacancies


def test_people_on_their_way(built: Any) -> None:
    world = built(
        staff={"csm": {"time_to_hire": "10d", "ramp": ["50%"]}},
        timeline=[{"on": "2027-04-05", "hire": {"role": "csm", "count": 1}}],
    )
    found, _ = seen(world, people)
    assert found[3] == (2, 2, 2, 0, 0, 0)
    assert found[4] == (2, 2, 2, 0, 1, 1)
    assert found[13] == (2, 2, 2, 0, 1, 1)
    assert found[14] == (3, 3, 2, 0, 0, 0)
    assert found[44] == (3, 3, 2, 0, 0, 0)
    assert found[45] == (3, 3, 3, 0, 0, 0)  # 30.4375 days


def test_people_who_are_away_or_leave(built: Any) -> None:
    world = built(
        staff={"csm": {"headcount": 3, "notice": "20d"}},
        people=[{"name": "Ann", "role": "csm", "until": "2027-05-20"}],
        timeline=[
            {"on": "2027-04-12", "absence": {"person": "Ann", "for": "2 weeks"}},
            {"on": "2027-06-01", "cut": {"role": "csm", "count": 1}},
        ],
    )
    found, _ = seen(world, people)
    assert [found[day][:2] for day in (10, 11, 24, 25)] == [(3, 3), (3, 2), (3, 2), (3, 3)]
    # until 20 May (day 49), notice 20 days before the first day away
    assert [found[day][3] for day in (29, 30, 49, 50)] == [0, 1, 1, 0]
    assert [found[day][0] for day in (49, 50, 60, 61)] == [3, 2, 2, 1]


def test_a_freeze_holds_requisitions_back(built: Any) -> None:
    world = built(
        timeline=[
            {"on": "2027-04-05", "freeze": {"for": "2 weeks"}},
            {"on": "2027-04-06", "hire": {"role": "csm", "count": 2}},
        ],
    )
    found, _ = seen(world, people)
    assert found[5] == (2, 2, 2, 0, 2, 0)
    assert found[18] == (4, 4, 4, 0, 0, 0)


def test_one_who_is_known_to_start_is_on_the_way(built: Any) -> None:
    world = built(people=[{"name": "Ann", "role": "csm", "start": "2027-05-01"}])
    found, _ = seen(world, people)
    assert [found[day][4] for day in (0, 29, 30)] == [1, 1, 0]


def test_draws_depend_on_the_future_and_the_name_alone(built: Any) -> None:
    world = built()

    def read(org: Org) -> Any:
        return org.draw("offer"), org.draw("offer", 1), org.draw("answer")

    found, _ = seen(world, read)
    assert len(set(found)) == 1
    assert len(set(found[0])) == 3
    assert all(0 < one < 1 for one in found[0])
    assert seen(built(staff={"csm": {"headcount": 4}}), read)[0][0] == found[0]
    assert seen(world, read, replication=1)[0][0] != found[0]
    assert seen(world, read, seed=8)[0][0] != found[0]


def test_draws_are_even(built: Any) -> None:
    numbers = seen(built(), lambda org: [org.draw("x", index) for index in range(2000)], every=1000)[0][0]
    assert np.mean(numbers) == pytest.approx(0.5, abs=0.02)
    assert np.var(numbers) == pytest.approx(1 / 12, abs=0.005)


def test_reading_changes_nothing(built: Any) -> None:
    world = built(tickets=TICKETS, timeline=LATE, staff={"csm": {"time_to_hire": "10d"}})

    def everything(org: Org) -> None:
        for name in public(Org) - set(ACTS) - {"role", "draw"}:
            getattr(org, name)
        org.draw("x")
        for name in public(RoleView):
            value = getattr(org.role("csm"), name)
            if callable(value):
                value(3)

    assert same(seen(world, everything)[1], play(world))


# ---------------------------------------------------------------- a small surface

ACTS = ("hire", "cut", "freeze", "automate", "set")


@cache
def public(thing: type) -> set[str]:
    """What is not marked as inside."""
    return {name for name in dir(thing) if not name.startswith("_")}


def test_the_surface_is_small_and_says_what_it_is() -> None:
    for thing in (Org, RoleView):
        for name in public(thing):
            member = inspect.getattr_static(thing, name)
            assert inspect.getdoc(member), f"{thing.__name__}.{name}"
            assert isinstance(member, property) or inspect.isfunction(member)
    assert len(public(Org)) + len(public(RoleView)) <= 36


def test_nothing_can_be_written(built: Any) -> None:
    def policy(env: Any, org: Org) -> Any:
        yield env.timeout(1)
        for thing in (org, org.role("csm")):
            for name in [*public(type(thing)), "my_own"]:
                with pytest.raises(AttributeError):
                    setattr(thing, name, 1)
        tried.append(org.day)

    tried: list[int] = []
    play(built(), [policy])
    assert tried == [1]


# ---------------------------------------------------------------- acting


def at(day: int, act: Callable[[Org], object]) -> Callable[..., Any]:
    """A policy that acts once."""

    def policy(env: Any, org: Org) -> Any:
        yield env.timeout(day)
        act(org)

    return policy


CSM = {"role": "csm"}
RICH: dict[str, Any] = {
    "tickets": TICKETS,
    "staff": {
        "csm": {
            "headcount": 4, "time_to_hire": {"mean": "20d", "cv": 0.5}, "ramp": ["50%", "80%"],
            "attrition": "60% per year", "notice": "30d", "leave": {"planned": "16 days", "sick": "8 days"},
            "handover": {"giving": "30min", "receiving": "1h", "orphan": "5d"},
        },
    },
}  # fmt: skip
SAME: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "hire": ([{"hire": {**CSM, "count": 2}}], [lambda org: org.hire("csm", 2)]),
    "hire and keep books": (
        [{"hire": {**CSM, "count": 1, "rebalance": False}}],
        [lambda org: org.hire("csm", rebalance=False)],
    ),
    "cut": ([{"cut": {**CSM, "count": 2}}], [lambda org: org.cut("csm", 2)]),
    "cut at random": (
        [{"cut": {**CSM, "count": 1, "who": "random"}}],
        [lambda org: org.cut("csm", who="random")],
    ),
    "shrinkage": ([{"shrinkage": {**CSM, "to": "50%"}}], [lambda org: org.set("staff.csm.shrinkage", 0.5)]),
    "freeze": (
        [{"freeze": {**CSM, "for": "60d"}}, {"hire": {**CSM, "count": 1}}],
        [lambda org: org.freeze("csm", 60), lambda org: org.hire("csm")],
    ),
    "freeze all to the end": (
        [{"freeze": {}}, {"hire": {**CSM, "count": 1}}],
        [lambda org: org.freeze(), lambda org: org.hire("csm")],
    ),
    "automate": (
        [{"automate": {"steps": ["call"], "share": "30%"}}],
        [lambda org: org.automate("call", share=0.3)],
    ),
    "automate steps": (
        [{"automate": {"steps": ["call.call", "tickets.p1"], "share": "100%"}}],
        [lambda org: org.automate("call.call", "tickets.p1", "call", share=1.0)],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_policy_does_what_the_timeline_does(built: Any, name: str) -> None:
    acts, done = SAME[name]
    planned = play(built(**RICH, timeline=[{"on": "2027-05-03", **act} for act in acts]))
    ruled = play(built(**RICH), [at(32, act) for act in done])
    assert same(planned, ruled)
    assert not same(planned, play(built(**RICH)))


def test_hiring_at_the_start_is_hiring_on_its_day(built: Any) -> None:
    planned = play(built(**RICH, timeline=[{"on": "2027-04-01", "hire": {**CSM, "count": 1}}]))
    assert same(planned, play(built(**RICH), [at(0, lambda org: org.hire("csm"))]))


def test_hiring_without_a_time_to_hire_is_hiring_at_once(built: Any) -> None:
    planned = play(built(timeline=[{"on": "2027-05-03", "hire": {**CSM, "count": 2}}]))
    ruled = play(built(), [at(32, lambda org: org.hire("csm", 2))])
    assert joined(ruled) == [32, 32]
    assert same(planned, ruled)


def test_skills_come_along(built: Any) -> None:
    steps = [{"do": "call", "effort": "8h", "due": "20d", "skill": "sso"}]
    world = built(playbooks={"call": {"steps": steps}}, staff={"csm": {"skills": {"sso": 1}}})
    alone = play(world).tasks_done
    assert play(world, [at(32, lambda org: org.hire("csm"))]).tasks_done == alone
    assert play(world, [at(32, lambda org: org.hire("csm", skills=["sso"]))]).tasks_done > 1.4 * alone


def test_cut_says_how_many_left(built: Any) -> None:
    found: list[int] = []
    outcome = play(built(), [at(10, lambda org: found.append(org.cut("csm", 5)))])
    assert found == [2]
    assert outcome.heads[-1].tolist() == [0]


def test_no_policy_runs_in_the_twin(built: Any) -> None:
    world = built(timeline=LATE)
    twin = play(world, unlimited=True)
    assert same(twin, play(world, [at(10, lambda org: org.set("staff.csm.shrinkage", 0.9))], unlimited=True))


def test_several_policies_act_in_their_order(built: Any) -> None:
    order: list[str] = []
    policies = [at(10, lambda org, name=name: order.append(name)) for name in "abc"]
    play(built(), policies)
    assert order == ["a", "b", "c"]


def test_seats_can_be_used_again(built: Any) -> None:
    def policy(env: Any, org: Org) -> Any:
        for _ in range(20):
            org.hire("csm", 10)
            org.cut("csm", 10)
            yield env.timeout(1)

    assert len(joined(play(built(), [policy]))) == 200


WRONG: list[tuple[Callable[[Org], object], str, str]] = [
    (lambda org: org.role("cms"), "'cms' is not a role", "did you mean  'csm' ?"),
    (lambda org: org.role("Sales"), "'Sales' is not a role", "there are: csm"),
    (lambda org: org.hire(3), "3 is not a role", "there are: csm"),  # type: ignore[arg-type]
    (lambda org: org.hire("csm", 0), "count is 0, not a whole number from 1 on", "write  count=1"),
    (lambda org: org.hire("csm", 1.5), "count is 1.5", "int(count)"),  # type: ignore[arg-type]
    (lambda org: org.hire("csm", True), "count is True", "write  count=1"),
    (lambda org: org.hire("csm", 11), "no seat for 11 more: 2 of 12 are taken", "staff.csm.seats"),
    (lambda org: [org.hire("csm") for _ in range(11)], "no seat for one more: 12 of 12", "staff.csm.seats"),
    (lambda org: org.hire("csm", skills="sso"), "skills is the text 'sso'", "skills=['sso']"),
    (lambda org: org.hire("csm", skills=["sso"]), "'sso' is not a skill that some work asks for", "none"),
    (lambda org: org.cut("csm", who="oldest"), "'oldest' is not a way to choose", "newest, random"),
    (lambda org: org.freeze("csm", 0), "days is 0", "write  days=1"),
    (lambda org: org.freeze("csm", 30.4), "days is 30.4", "int(days)"),  # type: ignore[arg-type]
    (lambda org: org.automate("cal", share=0.3), "'cal' is not a step", "did you mean  'call' ?"),
    (lambda org: org.automate(share=0.3), "not said which steps", "org.automate("),
    (lambda org: org.automate("call", share=30), "share is 30, not a share above 0", "0.3"),
    (lambda org: org.automate("call", share=0), "share is 0", "0.3"),
    (lambda org: org.set("staff.csm.shrinkage", 1.0), "staff.csm.shrinkage is 1.0", "0.3"),
    (lambda org: org.set("staff.csm.shrinkage", float("nan")), "is nan", "0.3"),
    (lambda org: org.set("staff.csm.headcount", 3), "cannot be set", "staff.csm.shrinkage"),
    (lambda org: org.set("staff.cms.shrinkage", 0.3), "'cms' is not a role", "'csm'"),
    (lambda org: org.role("csm").utilisation(0), "weeks is 0", "write  weeks=1"),
    (lambda org: org.role("csm").headcount_mean(0), "weeks is 0", "write  weeks=1"),
    (lambda org: org.role("csm").tickets_opened(0), "months is 0", "write  months=1"),
    (lambda org: org.draw("x", -1), "index is -1", "index=0"),
    (lambda org: org.draw(3), "3 is not a name", "org.draw("),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_use_says_what_and_how_to_mend_it(built: Any, number: int) -> None:
    act, problem, fix = WRONG[number]
    with pytest.raises(PolicyError) as caught:
        play(built(), [at(5, act)])
    where, said, mend = str(caught.value).splitlines()
    assert where.startswith(f"{__file__}:") or where.startswith("tests/unit/engine/test_org.py:")
    assert said.startswith("  problem   on 2027-04-06 of future 0: ")
    assert problem in said
    assert mend.startswith("  fix       ")
    assert fix in mend


def test_work_that_people_make_for_each_other_cannot_be_automated(built: Any) -> None:
    world = built(**RICH)
    assert "handover csm" in world.names.kinds
    with pytest.raises(PolicyError, match="'handover csm' is not a step"):
        play(world, [at(5, lambda org: org.automate("handover csm", share=0.5))])


def test_a_cost_that_is_not_said(built: Any) -> None:
    world = built(staff={"csm": {"cost": None}})
    for read in (lambda org: org.payroll, lambda org: org.role("csm").cost_per_person):
        with pytest.raises(PolicyError, match=r"write  staff\.csm\.cost: 9M per year"):
            play(world, [at(5, read)])


def test_the_timeline_says_so_when_policies_have_taken_its_seats(built: Any) -> None:
    world = built(timeline=LATE, policies=[{"use": "hire_when_overloaded", "role": "csm", "count": 9}])
    with pytest.raises(PolicyError) as caught:
        play(world)
    assert str(caught.value).splitlines() == [
        "staff.csm.seats",
        "  problem   csm has no seat left: all 12 are taken, by policies too",
        "  fix       write a larger number, or let the policies stop earlier",
    ]
