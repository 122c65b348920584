"""Stories of accounts and work that change hands, of skills, and of work that becomes less."""

from __future__ import annotations

import math
from typing import Any

import pytest

from csm_sim.world import events as ev
from csm_sim.world.identity import name_uid
from reference.book import ENGAGEMENT
from reference.instants import RESIGN, absorb
from reference.model import ReferenceRun
from reference.stories import (
    HEADER,
    OLD,
    P2,
    POOL,
    WORK,
    at,
    drawn,
    life,
    moves,
    of,
    owned,
    play,
    scenario,
    seat_uid,
    team,
    tickets,
)  # fmt: skip

HANDOVER: dict[str, Any] = {
    "giving": {"constant": "30min"},
    "receiving": {"constant": "1h"},
    "within": "2d",
}
PEOPLE = [{"name": name, "role": "csm"} for name in ("Ann", "Bo")]


def shuffled(count: int) -> list[int]:
    """The accounts a-0, a-1, ... in the order in which they are taken one after the other."""
    return sorted(range(count), key=lambda number: absorb(name_uid(f"account/a-{number}"), 0))


def accounts(*owners: str) -> list[str]:
    return [f"a-{number},1000,,2028-04-01,{owner}" for number, owner in enumerate(owners)]


def own(run: ReferenceRun, *what: int) -> list[tuple[int, float, int, int, int, float]]:
    """(what, time, person, occurrence, step, value) of people's own work."""
    return [(e[1], e[0], e[3], e[5], e[6], e[7]) for e in run.events if e[1] in what and e[2] == -1]


# orphans and handover


def test_orphans_wait_and_are_then_handed_over() -> None:
    staff = team(2, handover={**HANDOVER, "orphan": "3d", "health": 10})
    cut = {"on": "2027-04-06", "cut": {"people": ["Bo"]}}
    data = scenario(
        staff=staff,
        people=PEOPLE,
        tickets={**tickets(p2={**P2, "priority": 1}), "handled_by": "csm"},
        timeline=[cut],
    )
    trace = ["a-1,2027-04-05 17:30:00,p2,60", "a-1,2027-04-06 09:00:00,p2,30"]
    run = play(data, accounts("Ann", "Bo"), trace)
    assert life(run) == [(ev.LEFT, 1, 1, 0, 0)]
    assert owned(run) == [(4, 1, 0)]
    # both tickets wait until Friday; receiving was opened at its midnight and has priority 4
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(0, "17:30"), 1, 60.0),
        (ev.INTERRUPTED, at(1), 1, 30.0),
        (ev.TAKEN_UP, at(4, "09:00"), 0, 30.0),
        (ev.DONE, at(4, "09:30"), 0, 1.0),
        (ev.TAKEN_UP, at(4, "09:30"), 0, 30.0),
        (ev.DONE, at(4, "10:00"), 0, 1.0),
        (ev.TAKEN_UP, at(4, "10:00"), 0, 60.0),
        (ev.DONE, at(4, "11:10"), 0, 1.0),  # with ten minutes of switching
    ]
    assert own(run, ev.OPENED, ev.DONE) == [
        (ev.OPENED, at(4), 0, 9, 1, 60.0),
        (ev.DONE, at(4, "11:10"), 0, 9, 1, 1.0),
    ]
    assert run.health[:, ENGAGEMENT].tolist() == [85, 75]
    assert moves(run) == {"cut": 1, "handed_over": 1, "orphan_days": 3}


def test_without_colleagues_orphans_go_to_the_pool_and_the_next_one_adopts_them() -> None:
    staff = team(1, handover={**HANDOVER, "orphan": "3d"})
    timeline = [
        {"on": "2027-04-06", "cut": {"role": "csm", "count": 1}},
        {"on": "2027-04-19", "hire": {"role": "csm", "count": 1}},
    ]
    run = play(scenario(staff=staff, timeline=timeline), accounts("", ""))
    assert sorted(owned(run)) == [(14, 0, 1), (14, 1, 1)]
    assert run.health[:, ENGAGEMENT].tolist() == [85, 85]
    assert moves(run) == {"requisitions": 1, "joined": 1, "cut": 1, "orphan_days": 6}


def test_orphans_at_the_end_of_the_run_are_counted() -> None:
    staff = team(1, handover={"orphan": "30d"})
    run = play(
        scenario(staff=staff, timeline=[{"on": "2027-05-20", "cut": {"role": "csm", "count": 1}}]),
        accounts("", ""),
    )
    assert moves(run) == {"cut": 1, "orphan_days": 2 * (56 - 45)}
    assert run.owner == [0, 0]


def test_the_successor_in_the_seat_takes_the_orphans_over() -> None:
    rules = {"attrition": "90% per year", "notice": "20d", "time_to_hire": "24d"}
    staff = team(2, handover={**HANDOVER, "orphan": "5d", "health": 90}, **rules)
    a_day = -math.log(0.1) / 365.25
    for replication in range(20):
        days = [
            math.ceil(-math.log(drawn(RESIGN, seat_uid("csm", seat), 0, replication)) / a_day)
            for seat in (0, 1)
        ]
        if days[1] + 30 < min(150, days[0]):
            break
    notice = days[1]
    data = scenario(staff=staff, people=PEOPLE, horizon="150d")
    run = play(data, accounts("Ann", "Bo"), replication=replication)
    until = [line for line in life(run) if line[1] <= notice + 30]
    assert until == [
        (ev.NOTICE, notice, 1, 0, notice + 20),
        (ev.LEFT, notice + 20, 1, 0, 0),
        (ev.JOINED, notice + 24, 1, 1, 0),
    ]
    assert owned(run)[0] == (notice + 24, 1, 1)
    assert run.health[1, ENGAGEMENT] == 0  # not below
    # giving from the day of notice to the day of leaving, receiving four days after that
    opened = own(run, ev.OPENED)
    assert opened[:2] == [
        (ev.OPENED, at(notice), 1, 2 * notice, 0, 30.0),
        (ev.OPENED, at(notice + 24), 1, 2 * (notice + 24) + 1, 1, 60.0),
    ]


def test_giving_is_due_at_leaving_and_cancelled_then() -> None:
    people = [{"name": "Ann", "role": "csm", "until": "2027-05-06"}, {"name": "Bo", "role": "csm"}]
    staff = team(2, notice="1d", handover={"giving": {"constant": "9h"}})
    data = scenario(staff=staff, people=people)
    run = play(data, accounts("Ann", "Ann", "Bo"))
    # notice on Thursday, 6 May: the last day of work; eight hours of the first of two tasks are done
    assert own(run, ev.OPENED, *WORK) == [
        (ev.OPENED, at(31), 0, 62, 0, 540.0),
        (ev.OPENED, at(31), 0, 62, 0, 540.0),
        (ev.TAKEN_UP, at(31, "09:00"), 0, 62, 0, 540.0),
        (ev.INTERRUPTED, at(32), 0, 62, 0, 60.0),
    ]
    assert life(run) == [(ev.LEFT, 32, 0, 0, 0)]
    assert sorted(owned(run)) == [(32, 0, 1), (32, 1, 1)]
    assert moves(run) == {"ended": 1, "handed_over": 2}


def test_who_is_on_notice_gets_no_new_accounts() -> None:
    people = [{"name": "Ann", "role": "csm", "until": "2027-04-30"}, {"name": "Bo", "role": "csm"}]
    data = scenario(staff=team(2, notice="10d"), people=people)
    new = ["a-3,1000,2027-04-15,,", "a-4,1000,2027-04-22,,"]
    run = play(data, [*accounts("Ann", "Bo", "Bo"), *new])
    # the contract ends on day 26: the book is closed from day 16 on
    started = {e[2]: e[3] for e in run.events if e[1] == ev.STARTED}
    assert started == {3: 0, 4: 1}


def test_rebalancing_hands_accounts_over_from_colleagues() -> None:
    staff = team(1, handover=HANDOVER)
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1}}
    run = play(scenario(staff=staff, timeline=[hire]), accounts("", "", "", "", ""))
    last, before = shuffled(5)[-1], shuffled(5)[-2]
    assert owned(run) == [(1, last, 1), (1, before, 1)]
    assert sorted(own(run, ev.OPENED)) == [
        *[(ev.OPENED, at(1), 0, 2, 0, 30.0)] * 2,
        *[(ev.OPENED, at(1), 1, 3, 1, 60.0)] * 2,
    ]
    # both are due on Thursday's midnight, and done before
    assert sorted((p, t, v) for _, t, p, _, _, v in own(run, ev.DONE)) == [
        (0, at(1, "09:30"), 1.0),
        (0, at(1, "10:00"), 1.0),
        (1, at(1, "10:00"), 1.0),
        (1, at(1, "11:00"), 1.0),
    ]
    assert [run.health[number, ENGAGEMENT] for number in (last, before)] == [75, 75]
    assert moves(run) == {"requisitions": 1, "joined": 1, "handed_over": 2}


# who has most room


CALL = {"every": "week", "steps": [{"do": "call", "effort": {"constant": "1h"}, "due": "5d"}]}
FEW_BIG = [("a", 900, "2027-05-10", "Ann"), ("a", 100, "2027-05-10", "Bo"), ("a", 100, "2027-05-10", "Bo")]


@pytest.mark.parametrize(
    ("rules", "segment", "rows", "owner"),
    [
        ({"balance": "accounts"}, "alpha", FEW_BIG, 0),
        ({"balance": "arr"}, "alpha", FEW_BIG, 1),
        # alpha has a call each week, beta every second week: Ann 52 hours a year, Bo 78
        ({"balance": "hours"}, "alpha", [("b", 9, "", "Bo"), *FEW_BIG[:2]], 0),
        # both have one account of alpha, Ann two more of beta
        ({"balance": "hours"}, "beta", [("b", 9, "", "Ann"), ("b", 9, "", "Ann"), ("a", 9, "", "Bo")], 0),
        ({"balance": "accounts"}, "beta", [("b", 9, "", "Ann"), ("b", 9, "", "Ann"), ("a", 9, "", "Bo")], 1),
        # the new account renews in April: Ann has one that does, Bo two that do not
        (
            {"balance": "renewals"},
            "alpha",
            [("a", 9, "2028-04-10", "Ann"), ("a", 9, "2027-11-10", "Bo"), ("a", 9, "2027-11-10", "Bo")],
            1,
        ),
        (
            {"balance": "renewals"},
            "alpha",
            [("a", 9, "2027-09-10", "Ann"), ("a", 9, "2027-11-10", "Bo"), ("a", 9, "2027-11-10", "Bo")],
            0,
        ),
        ({"most": 1}, "alpha", FEW_BIG, -1),
        ({"most": 2}, "alpha", FEW_BIG, 0),
        ({"most": 3, "balance": "arr"}, "alpha", FEW_BIG, 1),
        ({"most": 2, "balance": "arr"}, "alpha", FEW_BIG, 0),
    ],
)
def test_a_new_account_goes_where_most_room_is(
    rules: Any, segment: str, rows: list[tuple[str, int, str, str]], owner: int
) -> None:
    segments = {
        name: {"touch": "high", "owner": "csm", "term": "12 months", "accounts": {"file": f"{name}.csv"}}
        for name in ("alpha", "beta")
    }
    calls = {
        "calls": {**CALL, "for": ["alpha"]},
        "chats": {**CALL, "for": ["beta"], "every": "14d"},
    }
    data = scenario(staff=team(2, **rules), people=PEOPLE, segments=segments, playbooks=calls)
    files = {"alpha": [HEADER], "beta": [HEADER]}
    for number, (name, arr, renewal, person) in enumerate(rows):
        of_segment = "alpha" if name == "a" else "beta"
        files[of_segment].append(f"{name}-{number},{arr},,{renewal},{person}")
    files[segment].append("new,1000,2027-04-06,,")
    run = play(data, [], **{f"{name}_csv": "\n".join(rows) + "\n" for name, rows in files.items()})
    assert [e[3] for e in run.events if e[1] == ev.STARTED] == [owner]


def test_rebalancing_by_arr_stops_when_the_next_account_is_too_big() -> None:
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1}}
    book = [f"a-{number},{arr},,2028-04-01," for number, arr in enumerate((500, 300, 200, 100))]
    run = play(scenario(staff=team(1, balance="arr"), timeline=[hire]), book)
    arr, loads, expected = [500, 300, 200, 100], [1100, 0], []
    books: list[list[int]] = [shuffled(4), []]
    while True:
        full = 0 if loads[0] > loads[1] else 1
        number = max(books[full], key=shuffled(4).index)
        if loads[full] - loads[1 - full] <= arr[number]:
            break
        books[full].remove(number)
        books[1 - full].append(number)
        loads = [sum(arr[n] for n in book) for book in books]
        expected.append((1, number, 1 - full))
    assert owned(run) == expected != []


# cover


def test_colleagues_cover_for_a_long_absence_and_give_the_accounts_back() -> None:
    act = {"on": "2027-04-12", "absence": {"person": "Ann", "for": "14d"}}
    staff = team(2, handover={"cover_after": "14d", "receiving": {"constant": "1h"}})
    data = scenario(staff=staff, people=PEOPLE, timeline=[act], tickets=tickets(p2=P2))
    trace = ["a-0,2027-04-09 17:00:00,p2,120", "a-0,2027-04-13 09:00:00,p2,30"]
    new = "a-3,1000,2027-04-20,,"
    run = play(data, [*accounts("Ann", "Bo", "Bo"), new], trace)
    assert life(run) == [(ev.AWAY, 7, 0, -1, 3), (ev.BACK, 21, 0, -1, 0)]
    assert owned(run) == [(7, 0, 1), (21, 0, 0)]
    assert {e[2]: e[3] for e in run.events if e[1] == ev.STARTED} == {3: 1}
    assert [(t, p) for what, t, p, _ in of(run, ev.DONE) if what == ev.DONE] == [
        (at(7, "10:00"), 1),  # what was in hand on Friday, an hour of it
        (at(7, "11:10"), 1),  # receiving
        (at(8, "09:40"), 1),
    ]
    assert run.health[:3, ENGAGEMENT].tolist() == [75, 85, 85]
    assert moves(run) == {"handed_over": 1}


def test_work_waits_for_somebody_who_is_away_for_a_short_time() -> None:
    act = {"on": "2027-04-12", "absence": {"person": "Ann", "for": "7d"}}
    staff = team(2, handover={"cover_after": "14d"})
    data = scenario(staff=staff, people=PEOPLE, timeline=[act], tickets=tickets(p2=P2))
    run = play(data, accounts("Ann", "Bo"), ["a-0,2027-04-13 09:00:00,p2,30"])
    assert of(run, *WORK) == [(ev.TAKEN_UP, at(14, "09:00"), 0, 30.0), (ev.DONE, at(14, "09:30"), 0, 1.0)]
    assert owned(run) == []


# skills


def skilled(*people: Any, timeline: Any = (), **more: Any) -> Any:
    severity = {**P2, "skill": "api"}
    group = {**tickets(p2=severity), "handled_by": "csm"}
    named = [{"role": "csm", **person} for person in people]
    data = {"staff": team(len(people)), "people": named, "tickets": group, "timeline": list(timeline)}
    return scenario(**{**data, **more})


def test_work_that_needs_a_skill_waits_for_somebody_who_has_it() -> None:
    data = skilled({"name": "Ann"}, {"name": "Bo", "skills": ["api"]})
    trace = [f"a-{number},2027-04-05 09:00:00,p2,60" for number in (0, 0, 1)]
    run = play(data, accounts("Ann", "Bo"), trace)
    assert [(t, p) for _, t, p, _ in of(run, ev.DONE)] == [(at(0, f"{hour}:00"), 1) for hour in (10, 11, 12)]


def test_who_is_trained_has_the_skill_afterwards_and_less_time_before() -> None:
    train = {"role": "csm", "count": 1, "skill": "api", "time": "50%", "for": "7d"}
    data = skilled({"name": "Ann"}, {"name": "Bo"}, timeline=[{"on": "2027-04-06", "train": train}])
    plan = {"for": "all", "on": "new_account", "steps": [{"do": "kickoff", "effort": {"constant": "1h"}}]}
    staff = team(2, switch="0min")
    trace = ["a-1,2027-04-05 09:00:00,p2,60"]
    data = {**data, "playbooks": {"onboard": plan}, "staff": staff}
    run = play(data, [*accounts("Ann", "Bo"), "a-2,1,2027-04-07,,Ann"], trace)
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(2, "09:00"), 0, 60.0),
        (ev.DONE, at(2, "11:00"), 0, 1.0),
        (ev.TAKEN_UP, at(8, "09:00"), 0, 60.0),
        (ev.DONE, at(8, "10:00"), 0, 1.0),
    ]


def test_the_first_anonymous_people_have_a_skill() -> None:
    data = skilled({"name": "Ann"}, staff=team(3, skills={"api": 1}), segments=POOL)
    run = play(data, [OLD], ["a-0,2027-04-05 09:00:00,p2,60"] * 2)
    assert [(t, p) for _, t, p, _ in of(run, ev.DONE)] == [(at(0, "10:00"), 1), (at(0, "11:00"), 1)]


# less effort


def test_an_automation_is_introduced_and_then_saves_effort() -> None:
    plan = {"steps": ["calls"], "share": "50%", "effort": "3h", "role": "csm", "over": "2d"}
    late = {"steps": ["calls.call"], "share": "50%"}
    step = {"do": "call", "effort": {"constant": "1h"}}
    calls = {"for": "all", "every": "2d", "steps": [step]}
    timeline = [{"on": "2027-04-06", "automate": plan}, {"on": "2027-04-12", "automate": late}]
    data = scenario(
        calendar="24x7",
        staff=team(2),
        people=PEOPLE,
        playbooks={"calls": calls},
        timeline=timeline,
    )
    run = play(data, accounts("Ann"))
    opened = [(e[0], e[7]) for e in run.events if e[1] == ev.OPENED and e[2] == 0]
    assert len(opened) > 20
    for time, effort in opened:
        assert effort == (60 if time < at(3) else 30 if time < at(7) else 15)
    kind = 1
    projects = [(e[0], e[3], e[4], e[5], e[6], e[7]) for e in run.events if e[1] == ev.OPENED and e[2] == -1]
    assert projects == [(at(1), 0, kind, 0, 1, 90.0), (at(1), 1, kind, 0, 1, 90.0)]
    finished = sorted(own(run, ev.DONE), key=lambda line: line[2])
    assert finished == [(ev.DONE, at(1, "01:30"), person, 0, 1, 1.0) for person in (0, 1)]
    twin = play(data, accounts("Ann"), unlimited=True)
    assert [e[7] for e in twin.events if e[1] == ev.OPENED and e[2] == 0] == [value for _, value in opened]


def test_work_becomes_less_with_experience() -> None:
    learning = {"saves": "50%", "floor": "20%", "experience": 2}
    step = {"do": "call", "effort": {"constant": "1h"}, "learning": learning}
    calls = {"for": "all", "every": "1d", "steps": [step]}
    run = play(scenario(calendar="24x7", playbooks={"calls": calls}), [OLD])
    opened = [e[7] for e in run.events if e[1] == ev.OPENED]
    # one more is done each day: 2/2, 2/3, 2/4, ... of the effort, to a fifth of it
    expected = [60 * max(0.2, 2 / (2 + number)) for number in range(len(opened))]
    assert opened == pytest.approx(expected)


# reorganisation


TWO: Any = {
    "csm": {"headcount": 2, "serves": "all", "shrinkage": "0%", "switch": "0min"},
    "support": {"headcount": 2, "shrinkage": "50%", "switch": "0min"},
}
REPORT = {"per": "person", "every": "week", "steps": [{"do": "report", "effort": {"constant": "1h"}}]}


def test_two_roles_become_one() -> None:
    people = [*PEOPLE, {"name": "Cho", "role": "support", "speed": "200%", "hours": "50%"}]
    act = {"on": "2027-04-06", "reorganise": {"from": "csm", "to": "support"}}
    data = scenario(
        staff={**TWO, "csm": {**TWO["csm"], "handover": {}}},
        people=people,
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[act],
        playbooks={"report": {**REPORT, "role": "csm"}},
    )
    trace = ["a-0,2027-04-05 17:30:00,p2,60", "a-1,2027-04-08 09:00:00,p2,60"]
    run = play(data, [*accounts("Ann", "Bo"), "a-2,1,2027-04-09,,"], trace)
    assert life(run) == [
        (ev.LEFT, 1, 0, 0, 0),
        (ev.JOINED, 1, 4, 0, 0),
        (ev.LEFT, 1, 1, 0, 0),
        (ev.JOINED, 1, 5, 0, 0),
    ]
    assert owned(run) == [(1, 0, 4), (1, 1, 5)]
    assert {e[2]: e[3] for e in run.events if e[1] == ev.STARTED} == {2: 2}
    mine = [e for e in run.events if e[1] in WORK and e[2] >= 0]
    assert [(e[1], e[0], e[3], e[7]) for e in mine] == [
        (ev.TAKEN_UP, at(0, "17:30"), 0, 60.0),
        (ev.INTERRUPTED, at(1), 0, 30.0),
        (ev.TAKEN_UP, at(1, "09:00"), 4, 30.0),  # half as fast in the new role
        (ev.DONE, at(1, "10:00"), 4, 1.0),
        (ev.TAKEN_UP, at(3, "09:00"), 5, 60.0),
        (ev.DONE, at(3, "11:00"), 5, 1.0),
    ]
    reports = {e[3] for e in run.events if e[1] == ev.OPENED and e[2] == -1 and e[0] >= at(1)}
    assert reports == set()  # the report is the old role's
    assert moves(run, 0) == {"moved_out": 2}
    assert moves(run, 1) == {"moved_in": 2}
    assert run.health[:, ENGAGEMENT].tolist() == [85, 85, 85]


def test_some_people_go_to_another_role_with_some_work() -> None:
    plan = {"from": "csm", "to": "support", "count": 1, "work": ["tickets"]}
    act = {"on": "2027-04-06", "reorganise": plan}
    data = scenario(
        staff={**TWO, "csm": {**TWO["csm"], "handover": {"health": 20}}},
        people=PEOPLE,
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[act],
        playbooks={"report": {**REPORT, "role": "support"}},
    )
    trace = ["a-1,2027-04-05 17:30:00,p2,60", *["a-0,2027-04-06 08:00:00,p2,60"] * 3]
    run = play(data, accounts("Ann", "Bo"), trace)
    # Bo joined last by the tie: the account goes to Ann, all tickets to the pool of support
    assert life(run) == [(ev.LEFT, 1, 1, 0, 0), (ev.JOINED, 1, 4, 0, 0)]
    assert owned(run) == [(1, 1, 0)]
    assert run.health[:, ENGAGEMENT].tolist() == [85, 65]
    tickets_done = [(e[0], e[3]) for e in run.events if e[1] == ev.DONE and e[2] >= 0]
    assert sorted(p for _, p in tickets_done[:3]) == [2, 3, 4]
    assert {p for _, p in tickets_done} == {2, 3, 4}
    reports = {e[3] for e in run.events if e[1] == ev.OPENED and e[2] == -1}
    assert reports == {2, 3, 4}


def test_whoever_moves_is_still_the_newest_and_resigns_as_before() -> None:
    rules = {"attrition": "90% per year", "notice": "20d", "backfill": False}
    staff = {role: {**group, **rules} for role, group in TWO.items()}
    act = {"on": "2027-05-06", "reorganise": {"from": "csm", "to": "support", "people": ["Bo"]}}
    data = scenario(staff=staff, people=PEOPLE, timeline=[act], horizon="52 weeks", segments=POOL)
    a_day = -math.log(0.1) / 365.25
    for replication in range(20):
        notice = math.ceil(-math.log(drawn(RESIGN, seat_uid("csm", 1), 0, replication)) / a_day)
        if 12 < notice < 300 and notice != 31:
            break
    run = play(data, [OLD], replication=replication)
    seat = 1 if notice < 31 else 4
    assert (ev.NOTICE, notice, seat, 0, notice + 20) in life(run)
    assert (ev.LEFT, notice + 20, 4, 0, 0) in life(run)


def test_who_covers_for_one_who_covers_has_nothing_to_get_back() -> None:
    people = [{"name": name, "role": "csm"} for name in ("Ann", "Bo", "Cho")]
    timeline = [
        {"on": "2027-04-12", "absence": {"person": "Ann", "for": "28d"}},
        {"on": "2027-04-19", "absence": {"person": "Bo", "for": "7d"}},
    ]
    staff = team(3, handover={"cover_after": "7d"})
    run = play(scenario(staff=staff, people=people, timeline=timeline), accounts("Ann", "Cho"))
    # Bo has fewer accounts than Cho; what was Bo's for a week stays with Cho until Ann is back
    assert owned(run) == [(7, 0, 1), (14, 0, 2), (35, 0, 0)]
    assert run.health[:, ENGAGEMENT].tolist() == [65, 85]


def test_in_the_twin_accounts_change_hands_at_once_and_for_nothing() -> None:
    staff = team(2, handover={**HANDOVER, "orphan": "5d"})
    cut = {"on": "2027-04-06", "cut": {"people": ["Bo"]}}
    data = scenario(staff=staff, people=PEOPLE, timeline=[cut])
    run = play(data, accounts("Ann", "Bo"), unlimited=True)
    assert owned(run) == [(1, 1, 0)]
    assert run.health[:, ENGAGEMENT].tolist() == [85, 85]
    assert own(run, ev.OPENED) == []


def test_an_orphan_that_churns_does_not_count() -> None:
    churn = {"green": "99.99%", "yellow": "99.99%", "red": "99.99%"}
    segments = {
        "alpha": {"touch": "high", "owner": "csm", "accounts": {"file": "accounts.csv"}, "churn": churn}
    }
    staff = team(2, handover={"orphan": "10d"})
    cut = {"on": "2027-04-06", "cut": {"people": ["Bo"]}}
    data = scenario(staff=staff, people=PEOPLE, timeline=[cut], segments=segments)
    book = ["a-0,1000,,2028-04-01,Ann", "a-1,1000,,2027-04-09,Bo", "a-2,1000,,2028-04-01,Bo"]
    run = play(data, book)
    assert owned(run) == [(11, 2, 0)]
    assert moves(run) == {"cut": 1, "handed_over": 1, "orphan_days": 10}
