"""The reference model against stories worked out by hand: one account, one or two people, constants."""

from __future__ import annotations

import itertools
import math

import pytest
from properties.scenarios import Yaml

from csm_sim.world import events as ev
from reference.stories import OLD, P2, WORK, at, counted, of, play, scenario, tickets

TOUCHES = (ev.TAKEN_UP, ev.TO_CUSTOMER, ev.RETURNED, ev.DONE)


@pytest.mark.parametrize(
    ("opened", "minutes", "taken", "done"),
    [
        ("2027-04-05 16:30", 120, at(0, "16:30"), at(1, "09:30")),  # carried over the night
        ("2027-04-09 17:00", 90, at(4, "17:00"), at(7, "09:30")),  # and over a weekend
        ("2027-04-05 11:30", 60, at(0, "11:30"), at(0, "13:30")),  # over lunch
        ("2027-04-05 11:00", 60, at(0, "11:00"), at(0, "12:00")),  # ends with the window
        ("2027-04-05 12:15", 30, at(0, "13:00"), at(0, "13:30")),  # comes in the break
        ("2027-04-10 10:00", 30, at(7, "09:00"), at(7, "09:30")),  # comes on a Saturday
        ("2027-04-05 09:00", 1000, at(0, "09:00"), at(2, "09:40")),  # two days and 40 minutes
    ],
)
def test_work_fills_the_windows(opened: str, minutes: int, taken: float, done: float) -> None:
    run = play(scenario(tickets=tickets(p2=P2)), [OLD], [f"a-0,{opened}:00,p2,{minutes}"])
    assert of(run, *WORK) == [(ev.TAKEN_UP, taken, 0, minutes), (ev.DONE, done, 0, 1.0)]


def test_shrinkage_stretches_work_and_a_late_ticket_hurts_support() -> None:
    staff = {"csm": {"headcount": 1, "serves": "all", "shrinkage": "50%"}}
    severity = {**P2, "first_response": "30min", "resolve": "1h"}
    data = scenario(staff=staff, tickets=tickets(p2=severity))
    run = play(data, [OLD], ["a-0,2027-04-05 08:00:00,p2,60"])
    # response at once in working time; resolved after two hours: twice the target scores 50
    assert of(run, *WORK) == [(ev.TAKEN_UP, at(0, "09:00"), 0, 60.0), (ev.DONE, at(0, "11:00"), 0, 0.0)]
    assert run.health[0][2] == pytest.approx(85 + 0.2 * (50 - 85))
    assert run.busy[0, 0].tolist() == [0, 120, 0]


def test_a_change_of_nature_costs_switch_time() -> None:
    plan = {"for": "all", "on": "new_account", "steps": [{"do": "kickoff", "effort": {"constant": "1h"}}]}
    data = scenario(playbooks={"onboard": plan}, tickets=tickets(p2=P2))
    run = play(data, ["a-0,1000,2027-04-06,,"], ["a-0,2027-04-06 09:30:00,p2,30"])
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(1, "09:00"), 0, 60.0),
        (ev.DONE, at(1, "10:00"), 0, 1.0),
        (ev.TAKEN_UP, at(1, "10:00"), 0, 30.0),
        (ev.DONE, at(1, "10:40"), 0, 1.0),
    ]
    assert run.busy[0, 0].tolist() == [60, 30, 10]


def test_an_urgent_ticket_interrupts_and_the_rest_is_done_later() -> None:
    urgent = {"share": "50%", "effort": "1h", "priority": 1, "preempts": True}
    trace = ["a-0,2027-04-05 09:00:00,p2,120", "a-0,2027-04-05 10:00:00,p1,30"]
    run = play(scenario(tickets=tickets(p1=urgent, p2={**P2, "share": "50%"})), [OLD], trace)
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(0, "09:00"), 0, 120.0),
        (ev.INTERRUPTED, at(0, "10:00"), 0, 60.0),
        (ev.TAKEN_UP, at(0, "10:00"), 0, 30.0),
        (ev.DONE, at(0, "10:30"), 0, 1.0),
        (ev.TAKEN_UP, at(0, "10:30"), 0, 60.0),
        (ev.DONE, at(0, "11:30"), 0, 1.0),
    ]


def test_untouched_work_is_dropped_and_what_follows_is_never_opened() -> None:
    plan = {
        "for": "all",
        "on": "new_account",
        "steps": [
            {"do": "kickoff", "effort": "1h", "due": "1d", "drop_after": "1d"},
            {"do": "train", "effort": "1h"},
        ],
    }
    staff = {"csm": {"headcount": 0, "serves": "all"}}
    run = play(scenario(staff=staff, playbooks={"onboard": plan}), ["a-0,1000,2027-04-06,,"])
    # starts on day 1, due at the end of day 2, dropped a day later; both touches are missed
    assert [(e[0], e[1], e[6]) for e in run.events] == [
        (at(1), ev.STARTED, -1),
        (at(1), ev.OPENED, 0),
        (at(4), ev.DROPPED, 0),
        (at(4), ev.NEVER_OPENED, 1),
    ]
    assert run.health[0][1] == pytest.approx(85 * 0.75**2)


def test_steps_wait_for_the_customer_and_for_their_own_day() -> None:
    steps = [
        {"do": "kickoff", "effort": {"constant": "1h"}, "due": "0d", "customer_wait": "2h"},
        {"do": "configure", "effort": {"constant": "1h"}, "due": "1h"},
        {"do": "train", "effort": {"constant": "1h"}, "opens": "2d", "due": "2d"},
    ]
    plan = {"for": "all", "on": "new_account", "steps": steps, "first_value_after": "train"}
    run = play(scenario(playbooks={"onboard": plan}), ["a-0,1000,2027-04-06,,"])
    assert [(e[0], e[1], e[6], e[7]) for e in run.events[1:]] == [
        (at(1), ev.OPENED, 0, 60.0),
        (at(1, "09:00"), ev.TAKEN_UP, 0, 60.0),
        (at(1, "10:00"), ev.DONE, 0, 1.0),
        (at(1, "12:00"), ev.OPENED, 1, 60.0),
        (at(1, "13:00"), ev.TAKEN_UP, 1, 60.0),
        (at(1, "14:00"), ev.DONE, 1, 0.0),  # due at 01:00
        (at(3), ev.OPENED, 2, 60.0),
        (at(3, "09:00"), ev.TAKEN_UP, 2, 60.0),
        (at(3, "10:00"), ev.DONE, 2, 1.0),
        (at(3, "10:00"), ev.FIRST_VALUE, 2, 0.0),
    ]
    late = 100 * 2 ** (-(13 / 24) / 7)
    engagement = 85 + 0.25 * (100 - 85)
    assert run.health[0][1] == pytest.approx(engagement + 0.25 * (late - engagement))
    assert run.health[0][3] == 100
    assert run.months[0, 0]["first_value_days"] == pytest.approx(2 + 10 / 24)


def test_the_next_occurrence_ends_the_one_before() -> None:
    plan = {"for": "all", "every": "week", "steps": [{"do": "call", "effort": "1h"}]}
    staff = {"csm": {"headcount": 0, "serves": "all"}}
    run = play(scenario(calendar="24x7", staff=staff, playbooks={"calls": plan}), [OLD])
    opened = [e[0] for e in run.events if e[1] == ev.OPENED]
    dropped = [e[0] for e in run.events if e[1] == ev.DROPPED]
    assert dropped == opened[1:]
    assert {after - before for before, after in itertools.pairwise(opened)} == {at(7)}


def test_started_work_outlives_its_occurrence() -> None:
    steps = [{"do": "audit", "effort": {"constant": "60h"}}, {"do": "report", "effort": "1h"}]
    plan = {"for": "all", "before_renewal": "7d", "steps": steps}
    run = play(scenario(playbooks={"renew": plan}), ["a-0,1000,2026-05-01,2027-04-19,"])
    # 60 hours of a 40-hour week from day 7 on: taken up, not ready at the renewal on day 14
    assert [(e[0], e[1], e[6]) for e in run.events] == [
        (at(7), ev.OPENED, 0),
        (at(7, "09:00"), ev.TAKEN_UP, 0),
        (at(14), ev.NEVER_OPENED, 1),
        (at(14), ev.RENEWED, -1),
        (at(16, "14:00"), ev.DONE, 0),
    ]


def test_a_cut_hands_over_the_book_with_the_work_in_hand() -> None:
    staff = {"csm": {"headcount": 2, "serves": "all", "shrinkage": "0%"}}
    data = scenario(
        staff=staff,
        tickets={**tickets(p2=P2), "handled_by": "csm"},
        timeline=[{"on": "2027-04-06", "cut": {"role": "csm", "count": 1}}],
    )
    accounts = ["a-0,1000,,2028-04-01,Ann", "a-1,1000,,2028-04-01,Bo"]
    trace = ["a-1,2027-04-05 17:00:00,p2,120", "a-1,2027-04-05 17:30:00,p2,30"]
    run = play(data, accounts, trace)
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(0, "17:00"), 1, 120.0),
        (ev.INTERRUPTED, at(1), 1, 60.0),
        (ev.TAKEN_UP, at(1, "09:00"), 0, 60.0),
        (ev.DONE, at(1, "10:00"), 0, 1.0),
        (ev.TAKEN_UP, at(1, "10:00"), 0, 30.0),
        (ev.DONE, at(1, "10:30"), 0, 1.0),
    ]
    assert run.owner == [0, 0]


@pytest.mark.parametrize("rebalance", [True, False])
def test_a_hire_takes_over_accounts_if_books_are_balanced(rebalance: bool) -> None:
    act = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1, "rebalance": rebalance}}
    accounts = [f"a-{number},1000,,2028-04-01," for number in range(5)]
    # all five wait from Monday 17:59 on; one is in hand when the colleague comes
    trace = [f"a-{number},2027-04-05 17:59:00,p2,61" for number in range(5)]
    run = play(scenario(tickets=tickets(p2=P2), timeline=[act]), accounts, trace)
    assert sorted(run.owner) == ([0, 0, 0, 1, 1] if rebalance else [0] * 5)
    done = [time for what, time, _, _ in of(run, ev.DONE)]
    first = at(1, "10:00")
    if rebalance:
        by_person = {p: [t for what, t, q, _ in of(run, ev.DONE) if q == p] for p in (0, 1)}
        # the newcomer begins at 9:00; what was in hand stays there, even if the account moves
        assert by_person[0][0] == first
        assert by_person[1][0] == at(1, "10:01")
    else:
        assert done == [first, at(1, "11:01"), at(1, "13:02"), at(1, "14:03"), at(1, "15:04")]


def test_the_chance_of_churn_is_interpolated_on_log_odds() -> None:
    churn = {"green": "5%", "yellow": "20%", "red": "60%"}
    segments = {"alpha": {"touch": "high", "accounts": {"file": "accounts.csv"}, "churn": churn}}
    run = play(scenario(segments=segments), ["a-0,1000,2026-05-01,2027-04-15,"])
    # health 0.4 x 75 + 0.6 x 85 = 81, between the middles 70 (yellow) and 90 (green)
    yellow, green = math.log(0.2 / 0.8), math.log(0.05 / 0.95)
    p = 1 / (1 + math.exp(-(yellow + (81 - 70) / 20 * (green - yellow))))
    assert p == pytest.approx(0.0959312, abs=1e-6)
    (event,) = run.events
    assert event[0] == at(10)
    assert event[7] == pytest.approx(p)
    assert run.months[0, 0]["arr_churn_expected"] == pytest.approx(1000 * p)


def test_usage_moves_adoption_every_month() -> None:
    health = {"usage": {"mean": 50, "sd": 0, "before_first_value": 10}}
    plan = {
        "for": "all",
        "on": "new_account",
        "steps": [{"do": "train", "effort": {"constant": "1h"}, "opens": "40d", "due": "40d"}],
        "first_value_after": "train",
    }
    run = play(
        scenario(health=health, playbooks={"onboard": plan}, horizon="100d"), ["a-0,1000,2027-04-06,,"]
    )
    # observed on days 31, 61 and 92 after the beginning, the first before first value on day 42
    adoption = 75.0
    for seen in (10, 50, 50):
        adoption += 0.2 * (seen - adoption)
    assert run.health[0][0] == pytest.approx(adoption)


def test_in_the_twin_everything_is_taken_up_at_once() -> None:
    trace = [f"a-0,2027-04-05 {hour:02d}:00:00,p2,90" for hour in (8, 9, 10)]
    run = play(scenario(tickets=tickets(p2=P2)), [OLD], trace, unlimited=True)
    assert of(run, ev.TAKEN_UP) == [(ev.TAKEN_UP, at(0, f"{hour:02d}:00"), -1, 90.0) for hour in (8, 9, 10)]
    assert of(run, ev.DONE) == [
        (ev.DONE, at(0, "10:30"), -1, 1.0),
        (ev.DONE, at(0, "10:30"), -1, 1.0),
        (ev.DONE, at(0, "11:30"), -1, 1.0),
    ]


# tickets: what becomes of one


def test_a_ticket_comes_back_with_its_clock_held() -> None:
    targets = {"effort": "1h", "resolve": "4h"}
    more = {"chance": "100%", "effort": {"constant": "20min"}, "customer_wait": "30min"}
    data = scenario(
        tickets=tickets(p1={"share": "50%", **targets, "more": more}, p2={"share": "50%", **targets})
    )
    trace = [
        "a-0,2027-04-05 09:00:00,p1,30",  # due at 14:00
        "a-0,2027-04-05 09:20:00,p2,90",  # due at 14:20
        "a-0,2027-04-05 09:25:00,p2,30",  # due at 14:25
    ]
    run = play(data, [OLD], trace)
    assert [(e[0], e[1], e[5], e[7]) for e in run.events if e[1] in TOUCHES][:9] == [
        (at(0, "09:00"), ev.TAKEN_UP, 0, 30.0),
        (at(0, "09:30"), ev.TO_CUSTOMER, 0, 0.0),
        (at(0, "09:30"), ev.TAKEN_UP, 1, 90.0),
        (at(0, "10:00"), ev.RETURNED, 0, 20.0),  # half an hour used, 3.5 left: now due at 14:30
        (at(0, "11:00"), ev.DONE, 1, 1.0),
        (at(0, "11:00"), ev.TAKEN_UP, 2, 30.0),  # so the one that is due at 14:25 goes first
        (at(0, "11:30"), ev.DONE, 2, 1.0),
        (at(0, "11:30"), ev.TAKEN_UP, 0, 20.0),
        (at(0, "11:50"), ev.TO_CUSTOMER, 0, 0.0),
    ]
    assert run.busy[0, 0, 1] >= 170


@pytest.mark.parametrize("clock", ["business", "elapsed"])
def test_a_ticket_that_is_reopened_costs_satisfaction(clock: str) -> None:
    reopen = {"chance": "50%", "after": "1d", "effort": {"constant": "30min"}}
    severity = {**P2, "clock": clock, "first_response": "30min", "resolve": "1h", "reopen": reopen}
    data, trace = scenario(tickets=tickets(p2=severity)), ["a-0,2027-04-05 09:00:00,p2,60"]
    runs = (play(data, [OLD], trace, replication=number) for number in range(30))
    run = next(run for run in runs if counted(run, "returned") == 1 and of(run, ev.DONE))
    assert of(run, *TOUCHES) == [
        (ev.TAKEN_UP, at(0, "09:00"), 0, 60.0),
        (ev.TO_CUSTOMER, at(0, "10:00"), 0, 1.0),
        (ev.RETURNED, at(1, "10:00"), -1, 30.0),
        (ev.TAKEN_UP, at(1, "10:00"), 0, 30.0),
        (ev.DONE, at(1, "10:30"), 0, 0.0),  # the hour was used up: still due on Monday at 10:00
    ]
    # 1.5 hours of work where 1 was the target, on either clock; a reopening costs a fifth
    score = 100 * 2**-0.5 * 0.8
    assert run.health[0][2] == pytest.approx(85 + 0.2 * (score - 85))
    assert counted(run, "score_sum") == pytest.approx(score)
    assert counted(run, "ces_sum") == pytest.approx(1 + 6 * 2 ** (-(0.5 + 2) / 2))
    assert counted(run, "detractors") == 1  # below 60
    assert (counted(run, "touches"), counted(run, "reopened")) == (2, 1)
    assert counted(run, "held_elapsed_minutes") == 1440


def test_an_elapsed_clock_runs_at_night() -> None:
    severity = {**P2, "clock": "elapsed", "first_response": "8h", "resolve": "12h"}
    run = play(scenario(tickets=tickets(p2=severity)), [OLD], ["a-0,2027-04-05 17:30:00,p2,60"])
    # due on Tuesday at 05:30, ready at 09:30: 16 hours for 12
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(0, "17:30"), 0, 60.0),
        (ev.DONE, at(1, "09:30"), 0, 0.0),
    ]
    assert run.health[0][2] == pytest.approx(85 + 0.2 * (100 * 2 ** -(16 / 12 - 1) - 85))


def test_a_customer_gives_up() -> None:
    staff = {"csm": {"headcount": 0, "serves": "all"}}
    data = scenario(staff=staff, tickets=tickets(p2={**P2, "patience": "2h"}))
    run = play(data, [OLD], ["a-0,2027-04-05 17:00:00,p2,60"])
    assert [(e[0], e[1], e[7]) for e in run.events] == [
        (at(0, "17:00"), ev.OPENED, 60.0),
        (at(0, "19:00"), ev.ABANDONED, 0.0),
    ]
    assert run.health[0][2] == pytest.approx(85 * 0.8)
    assert (counted(run, "abandoned"), counted(run, "detractors"), counted(run, "ces_sum")) == (1, 1, 1)


TWO_ROLES: Yaml = {
    "csm": {"headcount": 0, "serves": "all"},
    "support": {"headcount": 1, "shrinkage": "0%"},
}


@pytest.mark.parametrize("patience", [None, "19h"])
def test_a_ticket_that_waits_goes_to_another_role(patience: str | None) -> None:
    severity = P2 if patience is None else {**P2, "patience": patience}
    group = {**tickets(p2=severity), "handled_by": "csm", "overflow": {"to": "support", "after": "4h"}}
    run = play(scenario(staff=TWO_ROLES, tickets=group), [OLD], ["a-0,2027-04-05 16:00:00,p2,60"])
    happened = [(e[0], e[1], e[3], e[7]) for e in run.events]
    # two hours of Monday and two of Tuesday; whose patience ends at that instant has given up
    if patience is None:
        assert happened == [
            (at(0, "16:00"), ev.OPENED, -1, 60.0),
            (at(1, "11:00"), ev.OVERFLOWED, -1, 0.0),
            (at(1, "11:00"), ev.TAKEN_UP, 0, 60.0),
            (at(1, "12:00"), ev.DONE, 0, 1.0),
        ]
    else:
        assert happened == [
            (at(0, "16:00"), ev.OPENED, -1, 60.0),
            (at(1, "11:00"), ev.ABANDONED, -1, 0.0),
        ]


def test_a_ticket_is_escalated_after_its_first_touch() -> None:
    escalation = {"to": "csm", "effort": {"constant": "30min"}, "due": "20min"}
    group = {**tickets(p2={**P2, "escalate": "100%"}), "escalation": escalation, "handled_by": "csm"}
    run = play(scenario(tickets=group), [OLD], ["a-0,2027-04-05 09:00:00,p2,60"])
    assert [(e[0], e[1], e[4], e[5], e[7]) for e in run.events] == [
        (at(0, "09:00"), ev.OPENED, 0, 0, 60.0),
        (at(0, "09:00"), ev.TAKEN_UP, 0, 0, 60.0),
        (at(0, "10:00"), ev.OPENED, 1, 0, 30.0),
        (at(0, "10:00"), ev.DONE, 0, 0, 1.0),
        (at(0, "10:00"), ev.TAKEN_UP, 1, 0, 30.0),
        (at(0, "10:30"), ev.DONE, 1, 0, 0.0),  # due at 10:20
    ]
    assert run.health[0][2] == pytest.approx(85 + 0.2 * (100 - 85))  # the ticket alone
    assert counted(run, "escalated") == 1


def test_who_goes_on_with_a_ticket_of_somebody_else_reads_up_on_it() -> None:
    staff = {"csm": {"headcount": 2, "serves": "all", "shrinkage": "0%"}}
    data = scenario(
        staff=staff,
        tickets={**tickets(p2=P2), "handled_by": "csm", "hand_over": "10min"},
        timeline=[{"on": "2027-04-06", "cut": {"role": "csm", "count": 1}}],
    )
    accounts = ["a-0,1000,,2028-04-01,Ann", "a-1,1000,,2028-04-01,Bo"]
    trace = ["a-1,2027-04-05 17:00:00,p2,120", "a-1,2027-04-05 17:30:00,p2,30"]
    run = play(data, accounts, trace)
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(0, "17:00"), 1, 120.0),
        (ev.INTERRUPTED, at(1), 1, 60.0),
        (ev.TAKEN_UP, at(1, "09:00"), 0, 70.0),
        (ev.DONE, at(1, "10:10"), 0, 1.0),
        (ev.TAKEN_UP, at(1, "10:10"), 0, 30.0),  # nobody has begun this one
        (ev.DONE, at(1, "10:40"), 0, 1.0),
    ]
    assert (counted(run, "hand_overs"), counted(run, "hand_over_minutes")) == (1, 10)


@pytest.mark.parametrize(
    ("opened", "minutes", "taken", "done", "in_time"),
    [
        ("2027-04-09 23:00", 120, at(4, "23:00"), at(5, "01:00"), 1.0),  # Friday's shift ends on Saturday
        ("2027-04-09 23:00", 600, at(4, "23:00"), at(8), 0.0),  # until 07:00, and two hours on Monday
        ("2027-04-10 12:00", 30, at(7, "22:00"), at(7, "22:30"), 0.0),  # no shift begins on Saturday
        ("2027-04-12 01:00", 30, at(7, "22:00"), at(7, "22:30"), 0.0),  # nor on Sunday
    ],
)
def test_a_night_shift_belongs_to_the_day_on_which_it_begins(
    opened: str, minutes: int, taken: float, done: float, in_time: float
) -> None:
    staff = {
        "csm": {
            "headcount": 1,
            "serves": "all",
            "shrinkage": "0%",
            "calendar": {"hours": "22:00-07:00", "week": "mon-fri"},
        }
    }
    # the clock of the target runs in the scenario's hours: all are due on Monday at 10:00
    group = tickets(p2={**P2, "resolve": "1h"})
    run = play(scenario(staff=staff, tickets=group), [OLD], [f"a-0,{opened}:00,p2,{minutes}"])
    assert of(run, *WORK) == [(ev.TAKEN_UP, taken, 0, minutes), (ev.DONE, done, 0, in_time)]


def test_people_cover_another_role_after_their_more_urgent_work() -> None:
    staff = {
        "csm": {"headcount": 1, "serves": "all", "shrinkage": "0%", "covers": ["support"]},
        "support": {"headcount": 0},
    }
    plan = {
        "for": "all",
        "on": "new_account",
        "priority": 3,
        "steps": [{"do": "kickoff", "effort": {"constant": "1h"}, "due": "0d"}],
    }
    staff["csm"]["switch"] = "0min"
    data = scenario(
        staff=staff,
        playbooks={"onboard": plan},
        tickets={
            **tickets(p2={**P2, "priority": 3, "resolve": "30h"}),
            "handled_by": "support",
        },
    )
    run = play(data, ["a-0,1000,2027-04-06,,"], ["a-0,2027-04-06 08:00:00,p2,30"])
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(1, "09:00"), 0, 60.0),
        (ev.DONE, at(1, "10:00"), 0, 1.0),
        (ev.TAKEN_UP, at(1, "10:00"), 0, 30.0),
        (ev.DONE, at(1, "10:30"), 0, 1.0),
    ]


def test_tickets_open_at_the_start_have_waited() -> None:
    severity = {"effort": {"constant": "90min"}, "first_response": "9h", "resolve": "10h"}
    group = {
        "rate": "0 per month",
        "severities": {"p2": severity},
        "backlog": {"open": {"p2": 2}, "waited": "3d"},
    }
    run = play(scenario(warm_up="7d", tickets=group), [OLD])
    # open since Friday's midnight, so 8 working hours are used on Monday: both are due at 11:00
    assert of(run, ev.OPENED, *WORK) == [
        (ev.OPENED, at(7), -1, 90.0),
        (ev.OPENED, at(7), -1, 90.0),
        (ev.TAKEN_UP, at(7, "09:00"), 0, 90.0),
        (ev.DONE, at(7, "10:30"), 0, 1.0),
        (ev.TAKEN_UP, at(7, "10:30"), 0, 90.0),
        (ev.DONE, at(7, "12:00"), 0, 0.0),
    ]
    # answered after 8 and 9.5 hours of 9, resolved after 9.5 and 11 of 10
    first = 85 + 0.2 * (100 - 85)
    assert run.health[0][2] == pytest.approx(first + 0.2 * (100 * 2**-0.1 - first))


def test_self_service_answers_before_anybody_sees_a_ticket() -> None:
    group = {
        "rate": "30 per month",
        "severities": {"p2": P2},
        "deflection": {"self_service": {"to": "100%", "since": "2027-04-19"}},
    }
    run = play(scenario(tickets=group), [OLD])
    opened, deflected = ([e[0] for e in run.events if e[1] == what] for what in (ev.OPENED, ev.DEFLECTED))
    assert max(opened) < at(14) <= min(deflected)
    assert counted(run, "deflected") == len(deflected) > 10


def test_in_the_twin_a_ticket_that_comes_back_is_taken_up_at_once() -> None:
    more = {"chance": "100%", "effort": {"constant": "20min"}, "customer_wait": "8h"}
    group = {**tickets(p2={**P2, "more": more, "patience": "1min"}), "hand_over": "1h"}
    run = play(scenario(tickets=group), [OLD], ["a-0,2027-04-05 16:00:00,p2,60"], unlimited=True)
    assert of(run, *TOUCHES)[:6] == [
        (ev.TAKEN_UP, at(0, "16:00"), -1, 60.0),
        (ev.TO_CUSTOMER, at(0, "17:00"), -1, 0.0),
        (ev.RETURNED, at(1, "01:00"), -1, 20.0),
        (ev.TAKEN_UP, at(1, "01:00"), -1, 20.0),
        (ev.TO_CUSTOMER, at(1, "09:20"), -1, 0.0),
        (ev.RETURNED, at(1, "17:20"), -1, 20.0),
    ]
