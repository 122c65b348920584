"""Stories of midnights at which several things happen to people; the engine must tell them alike."""

from __future__ import annotations

import math
from typing import Any

import pytest

from csm_sim.world import events as ev
from csm_sim.world import records as r
from reference.instants import RESIGN
from reference.model import ReferenceRun
from reference.stories import (
    OLD,
    P2,
    POOL,
    at,
    drawn,
    life,
    of,
    owned,
    play_both,
    scenario,
    seat_uid,
    team,
    tickets,
)  # fmt: skip

ROLE: dict[str, Any] = {"shrinkage": "0%"}


def accounts(*owners: str) -> list[str]:
    return [f"a-{number},1000,,2028-04-01,{owner}" for number, owner in enumerate(owners)]


def given(run: ReferenceRun) -> list[tuple[float, int]]:
    """(day, person) of work of giving accounts away that has opened."""
    return [(e[0] / r.DAY, e[3]) for e in run.events if e[1] == ev.OPENED and e[2] == -1]


def test_the_acts_of_the_first_day_come_before_its_notices() -> None:
    people = [
        {"name": "Ann", "role": "csm", "until": "2027-05-04"},
        {"name": "Bo", "role": "csm"},
        {"name": "Cho", "role": "csm"},
    ]
    cut = {"on": "2027-04-05", "cut": {"people": ["Bo"]}}
    data = scenario(staff=team(3, notice="30d"), people=people, timeline=[cut])
    run = play_both(data, accounts("Bo", "Cho"))
    # Ann's contract ends in 30 days, but her book is still open when Bo has to go
    assert owned(run) == [(0, 0, 0), (30, 0, 2)]


@pytest.mark.parametrize("count", [1, 2])
def test_a_coach_and_a_newcomer_stay_together_if_both_move(count: int) -> None:
    rules = {"serves": "all", "shrinkage": "0%", "ramp": ["50%", "50%"], "coaching": "20%"}
    data = scenario(
        segments=POOL,
        staff={"csm": {"headcount": 1, **rules}, "support": {"headcount": 1, **rules}},
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[
            {"on": "2027-04-06", "hire": {"role": "support", "count": 1}},
            {"on": "2027-04-07", "reorganise": {"from": "support", "to": "csm", "count": count}},
        ],
    )
    run = play_both(data, [OLD], ["a-0,2027-04-07 09:00:00,p2,60"] * (1 + count))
    done = {person: time - at(2, "09:00") for _, time, person, _ in of(run, ev.DONE)}
    movers = [e[3] for e in run.events if e[1] == ev.JOINED and e[0] == at(2)]
    if count == 1:  # who came alone finds a coach there
        assert done == {0: 75, movers[0]: 120}
    else:
        assert sorted(done[person] for person in movers) == [75, 120]
        assert done[0] == 60


def test_who_comes_back_from_cover_has_a_closed_book_until_step_4() -> None:
    people = [{"name": name, "role": "csm"} for name in ("Ann", "Bo")]
    timeline = [
        {"on": "2027-04-06", "absence": {"person": "Ann", "for": "14d"}},
        {"on": "2027-04-20", "hire": {"role": "csm", "count": 1, "rebalance": True}},
    ]
    staff = team(2, handover={"cover_after": "7d"})
    data = scenario(staff=staff, people=people, timeline=timeline)
    run = play_both(data, accounts("Ann", "Bo", "Bo", "Bo"))
    assert (1, 0, 1) in owned(run)
    back = [(account, person) for day, account, person in owned(run) if day == 15]
    # two of Bo's four go to the newcomer, none to Ann, whose own comes back from whoever has it then
    assert [person for _, person in back].count(2) == 2
    assert [account for account, person in back if person == 0] == [0]


def test_giving_opens_once_though_the_notice_of_the_new_role_is_shorter() -> None:
    handover = {"giving": {"constant": "9h"}}
    people = [{"name": "Ann", "role": "csm", "until": "2027-05-03"}]
    move = {"on": "2027-04-14", "reorganise": {"from": "csm", "to": "support"}}
    data = scenario(
        staff={
            "csm": {"headcount": 1, "notice": "21d", "handover": handover, **ROLE},
            "support": {"headcount": 1, "serves": "all", "notice": "7d", "handover": handover, **ROLE},
        },
        people=people,
        timeline=[move],
    )
    run = play_both(data, accounts("Ann"))
    assert given(run) == [(8, 0)]
    assert [entry[:2] for entry in life(run)] == [(ev.LEFT, 9), (ev.JOINED, 9), (ev.LEFT, 29)]


def test_all_four_weeks_count_for_somebody_who_moves_on_the_day_of_a_look() -> None:
    burnout = {"above": "50%", "effect": "x2", "memory": "7d"}
    rules = {"serves": "all", "shrinkage": "0%", "attrition": {"rate": "1% per year", "burnout": burnout}}
    data = scenario(
        segments=POOL,
        staff={"csm": {"headcount": 1, **rules}, "support": {"headcount": 1, **rules}},
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[{"on": "2027-05-03", "reorganise": {"from": "csm", "to": "support"}}],
        horizon="29d",
    )
    run = play_both(data, [OLD], ["a-0,2027-04-05 09:00:00,p2,9600"])
    # 160 hours in four weeks: always busy, the strain goes from a half to 1 by half of the rest a week
    assert run.satisfaction[[1, 2]].tolist() == pytest.approx([100, 100 / 16])


def test_a_look_on_the_day_of_a_move_counts_by_the_new_role() -> None:
    burnout = {"above": "50%", "effect": "x20", "memory": "7d"}
    rules: dict[str, Any] = {"headcount": 1, "serves": "all", "attrition": {"rate": "90% per year"}, **ROLE}
    data = scenario(
        segments=POOL,
        staff={
            "csm": rules,
            "support": {**rules, "attrition": {**rules["attrition"], "burnout": burnout}},
        },
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[{"on": "2027-05-03", "reorganise": {"from": "csm", "to": "support"}}],
    )
    a_day = -math.log(0.1) / 365.25
    for replication in range(100):
        needed = -math.log(drawn(RESIGN, seat_uid("csm", 0), 0, replication)) / a_day
        if 35 < needed < 56:
            break
    run = play_both(data, [OLD], ["a-0,2027-04-05 09:00:00,p2,9600"], replication=replication)
    # always busy before: 6.25 % satisfied, which is 1 + 19 x 93.75 % times the hazard from then on
    notice = 28 + math.ceil((needed - 28) / 18.8125)
    assert (ev.NOTICE, notice, 2, 0, notice + 30) in life(run)


@pytest.mark.parametrize("back", ["2027-05-10", "2027-06-01"])
def test_what_a_look_has_found_holds_until_the_next_one(back: str) -> None:
    """With a role without burnout in between: what was found holds again after it if no look has passed."""
    burnout = {"above": "50%", "effect": "x20", "memory": "7d"}
    rules: dict[str, Any] = {"headcount": 1, "serves": "all", "attrition": {"rate": "90% per year"}, **ROLE}
    data = scenario(
        segments=POOL,
        staff={
            "csm": {**rules, "attrition": {**rules["attrition"], "burnout": burnout}},
            "support": {**rules, "headcount": 0},
        },
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[
            {"on": "2027-05-04", "reorganise": {"from": "csm", "to": "support"}},
            {"on": back, "reorganise": {"from": "support", "to": "csm"}},
        ],
        horizon="62d",
    )
    a_day = -math.log(0.1) / 365.25
    away = 6 if back == "2027-05-10" else 28
    for replication in range(200):
        needed = -math.log(drawn(RESIGN, seat_uid("csm", 0), 0, replication)) / a_day
        if 60 < needed - 18.8125 - away < 100:
            break
    run = play_both(data, [OLD], ["a-0,2027-04-05 09:00:00,p2,9600"], replication=replication)
    notices = [day for what, day, *_ in life(run) if what == ev.NOTICE]
    if away == 6:
        # one day at 18.8 times the hazard, six at the plain one, then again
        assert notices == [35 + math.ceil((needed - 28 - 18.8125 - 6) / 18.8125)]
    else:
        assert not notices


def test_in_the_twin_an_automation_is_introduced_from_the_first_day_on() -> None:
    """Without a warm-up the act is on the very day on which the twin's people are found."""
    call = {"for": "all", "every": "week", "steps": [{"do": "call", "effort": {"constant": "1h"}}]}
    plan = {"steps": ["calls"], "share": "50%", "effort": "8h", "role": "csm", "over": "1 week"}
    data = scenario(
        staff=team(1),
        playbooks={"calls": call},
        timeline=[{"on": "2027-04-05", "automate": plan}],
    )
    run = play_both(data, accounts(""), unlimited=True)
    assert [e[0] for e in run.events if e[1] == ev.DONE and e[2] == -1] == [at(0, "18:00")]
