"""Stories of people who come, get going, are away and leave, worked out by hand."""

from __future__ import annotations

import itertools
import math
from datetime import date, timedelta
from typing import Any

import pytest

from csm_sim.world import events as ev
from csm_sim.world.identity import name_uid
from reference.instants import ABSENT, LEAVE, RESIGN, SICK_GAP, SICK_LENGTH, TIME_TO_HIRE, WHO_LEAVES
from reference.model import ReferenceRun
from reference.stories import (
    OLD,
    P2,
    POOL,
    WORK,
    at,
    drawn,
    hours,
    life,
    moves,
    of,
    play,
    scenario,
    seat_uid,
    team,
    tickets,
)  # fmt: skip

YEAR: dict[str, Any] = {"horizon": "52 weeks"}


def pool(staff: Any, timeline: Any = (), **more: Any) -> Any:
    """One queue of tickets for all."""
    group = {**tickets(p2=P2), "handled_by": "csm"}
    return scenario(segments=POOL, staff=staff, tickets=group, timeline=list(timeline), **more)


def burst(date: str, count: int, minutes: int = 60, clock: str = "09:00") -> list[str]:
    """So many tickets at once."""
    return [f"a-0,{date} {clock}:00,p2,{minutes}"] * count


def done(run: ReferenceRun, day: int) -> dict[int, float]:
    """Person -> minute of the day of the first task done, of one day."""
    found: dict[int, float] = {}
    for _, time, person, _ in of(run, ev.DONE):
        if at(day) <= time < at(day + 1):
            found.setdefault(person, time - at(day))
    return found


NINE = 9 * 60.0


# how fast people are


def test_a_newcomer_ramps_up_and_somebody_coaches() -> None:
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1}}
    data = pool(team(1, ramp=["50%"], coaching="20%"), [hire])
    trace = [*burst("2027-04-06", 2), *burst("2027-05-06", 2), *burst("2027-05-07", 2)]
    run = play(data, [OLD], trace)
    # joined on day 1: days 30 and 31 after that are the 31st and the 32nd; a month has 30.4375
    assert done(run, 1) == {0: NINE + 75, 1: NINE + 120}
    assert done(run, 31) == {0: NINE + 75, 1: NINE + 120}
    assert done(run, 32) == {0: NINE + 60, 1: NINE + 60}
    assert life(run) == [(ev.JOINED, 1, 1, 0, 0)]


def test_coaches_share_the_newcomers_and_are_replaced() -> None:
    people = [{"name": "Ann", "role": "csm"}, {"name": "Bo", "role": "csm"}]
    timeline = [
        {"on": "2027-04-06", "hire": {"role": "csm", "count": 3}},
        {"on": "2027-04-08", "cut": {"people": ["Bo"]}},
    ]
    data = pool(team(2, ramp=["100%", "50%"], coaching="50%"), timeline, people=people)
    run = play(data, [OLD], [*burst("2027-04-07", 5, 30), *burst("2027-04-08", 4, 30)])
    # Ann coaches the first and the third, Bo the second; then Ann has all three
    assert done(run, 2) == {0: NINE + 120, 1: NINE + 60, 2: NINE + 30, 3: NINE + 30, 4: NINE + 30}
    assert done(run, 3) == {0: NINE + 30 * 8 + 60, 2: NINE + 30, 3: NINE + 30, 4: NINE + 30}


def test_one_lead_for_every_two() -> None:
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1}}
    data = pool(team(3, span={"people": 2, "time": "50%"}), [hire])
    run = play(data, [OLD], [*burst("2027-04-05", 3, 30), *burst("2027-04-06", 4, 30)])
    assert done(run, 0) == {0: NINE + 60, 1: NINE + 30, 2: NINE + 30}
    assert done(run, 1) == {0: NINE + 60, 1: NINE + 60, 2: NINE + 30, 3: NINE + 30}


def test_own_pace_hours_and_another_shrinkage() -> None:
    people = [{"name": "Ann", "role": "csm", "hours": "50%", "speed": "200%"}]
    act = {"on": "2027-04-06", "shrinkage": {"role": "csm", "to": "50%"}}
    data = pool(team(1), [act], people=people)
    run = play(data, [OLD], [*burst("2027-04-05", 1, 180), *burst("2027-04-06", 1, 180)])
    # 9:00 to 10:30 and 13:00 to 15:30
    assert of(run, *WORK) == [
        (ev.TAKEN_UP, at(0, "09:00"), 0, 180.0),
        (ev.DONE, at(0, "10:30"), 0, 1.0),
        (ev.TAKEN_UP, at(1, "09:00"), 0, 180.0),
        (ev.DONE, at(1, "14:30"), 0, 1.0),
    ]
    assert hours(run, 0) == {"contracted": 160, "here": 160}


# requisitions


def test_a_requisition_takes_its_time_and_the_seat_is_vacant() -> None:
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 2}}
    run = play(pool(team(1, time_to_hire="10d"), [hire]), [OLD], [])
    assert life(run) == [(ev.JOINED, 11, 1, 0, 0), (ev.JOINED, 11, 2, 0, 0)]
    assert moves(run) == {"requisitions": 2, "joined": 2}
    # from day 1 to day 10 are eight working days of 32 until day 55
    assert hours(run, 1) == {"contracted": 8 * 39, "here": 8 * 31, "vacant": 8 * 8}
    assert run.hours[0, 1].tolist() == [4 * 480, 0, 0, 0, 0, 4 * 480]


def test_time_to_hire_is_drawn_for_the_seat() -> None:
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1}}
    run = play(pool(team(1, time_to_hire={"exponential": "10d"}), [hire]), [OLD], [])
    days = math.ceil(-10 * math.log(drawn(TIME_TO_HIRE, seat_uid("csm", 1), 0)))
    assert life(run) == [(ev.JOINED, 1 + days, 1, 0, 0)]


def test_a_freeze_holds_requisitions_back() -> None:
    timeline = [
        {"on": "2027-04-05", "freeze": {"for": "3 weeks"}},
        {"on": "2027-04-07", "hire": {"role": "csm", "count": 1}},
        {"on": "2027-04-12", "freeze": {"role": "csm", "for": "4 weeks"}},
    ]
    run = play(pool(team(1), timeline), [OLD], [])
    assert life(run) == [(ev.JOINED, 35, 1, 0, 0)]
    assert moves(run) == {"requisitions": 1, "joined": 1}
    assert hours(run, 1) == {"contracted": 120, "here": 120}


def test_somebody_who_is_known_to_come_has_a_seat_that_is_kept() -> None:
    people = [{"name": "Ann", "role": "csm", "start": "2027-04-12", "until": "2027-04-23"}]
    timeline = [
        {"on": "2027-04-07", "hire": {"role": "csm", "count": 1}},
        {"on": "2027-04-26", "hire": {"role": "csm", "count": 1}},
    ]
    run = play(pool(team(1), timeline, people=people), [OLD], [])
    assert life(run) == [
        (ev.JOINED, 2, 2, 0, 0),
        (ev.JOINED, 7, 1, 0, 0),
        (ev.LEFT, 19, 1, 0, 0),
        (ev.JOINED, 21, 3, 0, 0),
    ]
    assert moves(run) == {"requisitions": 2, "joined": 3, "ended": 1}
    assert hours(run, 1) == {"contracted": 80, "here": 80}


# leaving


def resigns_after(uid: int, replication: int, a_day: float) -> float:
    """Days of the hazard until notice."""
    return -math.log(drawn(RESIGN, uid, 0, replication)) / a_day


def test_people_resign_by_the_draw_and_their_seats_are_filled_again() -> None:
    rules = {"attrition": "90% per year", "notice": "20d", "time_to_hire": "30d"}
    a_day, gone = -math.log(1 - 0.9) / 365.25, 0.0
    for replication in range(5):
        run = play(pool(team(1, **rules), warm_up="10d", **YEAR), [OLD], [], replication=replication)
        expected, begins = [], 10.0
        for number in itertools.count():
            if number:
                begins += 30
                expected.append((ev.JOINED, begins, 0, number, 0))
            begins += math.ceil(resigns_after(seat_uid("csm", 0, number), replication, a_day))
            expected.append((ev.NOTICE, begins, 0, number, begins + 20))
            expected.append((ev.LEFT, begins + 20, 0, number, 0))
            if begins >= 374:
                break
        assert life(run) == [line for line in expected if line[1] < 374]
        gone += moves(run).get("resigned", 0)
        assert hours(run, 0)["contracted"] == 52 * 40
    assert gone > 5


def test_without_backfill_the_seat_is_given_up() -> None:
    rules = {"attrition": "90% per year", "notice": "20d", "backfill": False}
    hire = {"on": "2028-03-06", "hire": {"role": "csm", "count": 2}}
    run = play(pool(team(1, **rules), [hire], **YEAR), [OLD], [])
    notice = math.ceil(resigns_after(seat_uid("csm", 0), 0, -math.log(0.1) / 365.25))
    assert life(run)[:2] == [(ev.NOTICE, notice, 0, 0, notice + 20), (ev.LEFT, notice + 20, 0, 0, 0)]
    joined = [line for line in life(run) if line[0] == ev.JOINED]
    # seats never taken come first; two there are
    assert joined == [(ev.JOINED, 336, 1, 0, 0), (ev.JOINED, 336, 2, 0, 0)]
    assert hours(run, 0)["contracted"] == hours(run, 0)["here"] < 52 * 40


def test_the_lowest_seat_given_up_is_taken_when_all_have_been() -> None:
    timeline = [
        {"on": "2027-04-06", "cut": {"role": "csm", "count": 2}},
        {"on": "2027-04-07", "hire": {"role": "csm", "count": 2}},
        {"on": "2027-04-08", "cut": {"role": "csm", "count": 1}},
        {"on": "2027-04-09", "hire": {"role": "csm", "count": 1}},
    ]
    run = play(pool(team(3), timeline), [OLD], [])
    assert life(run) == [
        (ev.LEFT, 1, 1, 0, 0),
        (ev.LEFT, 1, 2, 0, 0),
        (ev.JOINED, 2, 3, 0, 0),
        (ev.JOINED, 2, 4, 0, 0),
        (ev.LEFT, 3, 4, 0, 0),
        (ev.JOINED, 4, 5, 0, 0),
    ]


def test_overwork_makes_people_resign_sooner() -> None:
    burnout = {"above": "85%", "effect": "x10", "memory": "4 weeks"}
    rules = {"attrition": {"rate": "60% per year", "burnout": burnout}, "backfill": False}
    one = "a-0,2027-04-05 09:00:00,p2,1000000"
    a_day, weight = -math.log(0.4) / 365.25, 1 - 2**-0.25
    strain, hazard, day, multiple = 0.85, 0.0, 0, 1.0
    needed = -math.log(drawn(RESIGN, seat_uid("csm", 0), 0))
    satisfied: float = 100
    while True:
        if day and day % 28 == 0:
            for _ in range(4):
                strain += weight * (1 - strain)
            satisfied = 100 * (1 - (strain - 0.85) / 0.15)
            multiple = 1 + 9 * (1 - satisfied / 100)
        if hazard >= needed:
            break
        hazard += a_day * multiple
        day += 1
    assert 28 < day < 300
    run = play(pool(team(1, **rules), **YEAR), [OLD], [one])
    assert life(run) == [(ev.NOTICE, day, 0, 0, day + 30), (ev.LEFT, day + 30, 0, 0, 0)]
    stays = play(pool(team(1, **rules), horizon="28d"), [OLD], [one])
    assert stays.satisfaction.tolist() == [100]
    stays = play(pool(team(1, **rules), horizon="29d"), [OLD], [one])
    # after four weeks half of the way from 0.85 to 1 is gone
    assert stays.satisfaction.tolist() == pytest.approx([50])


def test_who_leaves_in_a_cut() -> None:
    people = [{"name": name, "role": "csm"} for name in ("Ann", "Bo", "Cho", "Di")]
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1}}
    for cut, gone in (
        ({"role": "csm", "by": "40%"}, [3, 4]),
        ({"role": "csm", "by": "1%", "who": "newest"}, [4]),
        ({"people": ["Cho", "Ann"]}, [0, 2]),
    ):
        run = play(pool(team(4), [hire, {"on": "2027-04-07", "cut": cut}], people=people), [OLD], [])
        assert life(run)[1:] == [(ev.LEFT, 2, seat, 0, 0) for seat in gone]
        assert moves(run) == {"requisitions": 1, "joined": 1, "cut": len(gone)}
    cut = {"role": "csm", "count": 2, "who": "random"}
    run = play(pool(team(5), [{"on": "2027-04-07", "cut": cut}]), [OLD], [])
    order = sorted(range(5), key=lambda seat: drawn(WHO_LEAVES, seat_uid("csm", seat), 0))
    assert life(run) == [(ev.LEFT, 2, seat, 0, 0) for seat in sorted(order[:2])]


# being away


def test_planned_leave_is_taken_in_blocks() -> None:
    rules = {"leave": {"planned": "7d", "block": "5d"}}
    for replication in range(10):
        run = play(pool(team(1, **rules), start="2027-01-04", **YEAR), [OLD], [], replication=replication)
        taken: set[int] = set()
        for block, size in ((0, 5), (1, 2)):
            u = drawn(LEAVE, seat_uid("csm", 0), 64 * 2027 + block, replication)
            day = 7 * math.floor(52 * u)  # 4 January 2027 is a Monday
            while size and day < 364:
                if day % 7 < 5 and day not in taken:
                    taken.add(day)
                    size -= 1
                day += 1
        expected, was = [], False
        for day in range(364):
            away = day - max(0, day % 7 - 4) in taken  # a weekend is as the Friday before it
            if away and not was:
                expected.append((ev.AWAY, day, 0, -1, 1))
            if was and not away:
                expected.append((ev.BACK, day, 0, -1, 0))
            was = away
        assert life(run) == expected
        assert hours(run, 0) == {"contracted": 2080, "here": 2080 - 8 * len(taken), "planned": 8 * len(taken)}


def test_leave_follows_season_and_interrupts_work() -> None:
    rules = {"leave": {"planned": "5d", "season": {m: "x0" for m in MONTHS if m != "apr"}}}
    run = play(pool(team(1, **rules)), [OLD], burst("2027-04-05", 1, 9000))
    # Mondays of April are the 5th, 12th, 19th and 26th
    begins = 7 * math.floor(4 * drawn(LEAVE, seat_uid("csm", 0), 64 * 2027))
    assert life(run) == [(ev.AWAY, begins, 0, -1, 1), (ev.BACK, begins + 7, 0, -1, 0)]
    assert begins > 0
    left = 9000 - 480 * 5 * (begins // 7)
    assert of(run, *WORK)[1:3] == [
        (ev.INTERRUPTED, at(begins), 0, left),
        (ev.TAKEN_UP, at(begins + 7, "09:00"), 0, left),
    ]


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def test_sickness_comes_in_spells_of_working_days() -> None:
    for replication in range(5):
        data = pool(team(1, leave={"sick": "20 days", "spell": "3 days"}), **YEAR)
        run = play(data, [OLD], [], replication=replication)
        sick, begins, number = set(), 0.0, 0
        while begins < 364:
            begins += -math.log(drawn(SICK_GAP, seat_uid("csm", 0), number, replication)) * 365.25 * 3 / 20
            u = drawn(SICK_LENGTH, seat_uid("csm", 0), number, replication)
            day, left = math.floor(begins), 1 + math.floor(math.log(u) / math.log(2 / 3))
            while left:
                if day % 7 < 5:
                    sick.add(day)
                    left -= 1
                day += 1
            number += 1
        days = len([day for day in sick if day < 364])
        assert days > 0
        assert hours(run, 0) == {"contracted": 2080, "here": 2080 - 8 * days, "sick": 8 * days}
        away = [(line[1], line[4]) for line in life(run) if line[0] == ev.AWAY]
        assert away == [(d, 2) for d in sorted(sick) if d < 364 and d - (3 if d % 7 == 0 else 1) not in sick]


def test_a_long_absence_counts_before_other_leave() -> None:
    people = [{"name": "Ann", "role": "csm"}]
    # from Saturday to the Sunday two weeks later
    act = {"on": "2027-04-10", "absence": {"person": "Ann", "for": "16d"}}
    data = pool(team(2), [act], people=people)
    run = play(data, [OLD], [*burst("2027-04-09", 2, 120, "17:00"), *burst("2027-04-12", 1, 30)])
    assert life(run) == [(ev.AWAY, 7, 0, -1, 3), (ev.BACK, 21, 0, -1, 0)]
    assert hours(run, 0) == {"contracted": 320, "here": 240, "long": 80}
    # what Ann had in hand goes on with the colleague, who was idle first with the one that came later
    assert of(run, *WORK)[2:] == [
        (ev.INTERRUPTED, at(7), 0, 60.0),
        (ev.DONE, at(7, "10:00"), 1, 1.0),
        (ev.TAKEN_UP, at(7, "10:00"), 1, 60.0),
        (ev.DONE, at(7, "11:00"), 1, 1.0),
        (ev.TAKEN_UP, at(7, "11:00"), 1, 30.0),
        (ev.DONE, at(7, "11:30"), 1, 1.0),
    ]


def test_somebody_of_a_role_is_away() -> None:
    act = {"on": "2027-04-12", "absence": {"role": "csm", "for": "7d"}}
    run = play(pool(team(4), [act, act]), [OLD], [])
    ordinal = 64 * date(2027, 4, 12).toordinal()
    seats = {math.floor(4 * drawn(ABSENT, name_uid("role/csm"), ordinal + n)) for n in range(2)}
    assert life(run) == [
        *((ev.AWAY, 7, seat, -1, 3) for seat in sorted(seats)),
        *((ev.BACK, 14, seat, -1, 0) for seat in sorted(seats)),
    ]


def test_who_joins_on_a_day_off_joins_first() -> None:
    people = [{"name": "Ann", "role": "csm", "start": "2027-04-19"}]
    rules = {"leave": {"planned": "5d", "season": {m: "x0" for m in MONTHS if m != "apr"}}}
    begun = set()
    for replication in range(8):
        run = play(pool(team(0, **rules), people=people), [OLD], [], replication=replication)
        begins = 7 * math.floor(4 * drawn(LEAVE, seat_uid("csm", 0), 64 * 2027, replication))
        begun.add(begins)
        leave = [(ev.AWAY, begins, 0, -1, 1), (ev.BACK, begins + 7, 0, -1, 0)] if begins >= 14 else []
        assert life(run) == [(ev.JOINED, 14, 0, 0, 0), *leave]
    assert 14 in begun


def test_in_the_twin_people_come_and_go_by_plan_alone() -> None:
    people = [{"name": "Ann", "role": "csm", "start": "2027-04-12", "until": "2027-04-23"}]
    rules = {
        "attrition": "99% per year",
        "leave": {"planned": "100d", "sick": "100d"},
        "time_to_hire": "7d",
        "ramp": ["10%"],
        "coaching": "50%",
    }
    timeline = [
        {"on": "2027-04-07", "hire": {"role": "csm", "count": 1}},
        {"on": "2027-04-08", "absence": {"role": "csm", "for": "7d"}},
        {"on": "2027-05-10", "cut": {"role": "csm", "count": 1}},
    ]
    run = play(
        pool(team(1, **rules), timeline, people=people),
        [OLD],
        burst("2027-04-20", 3, 60),
        unlimited=True,
    )
    assert life(run) == [
        (ev.JOINED, 7, 1, 0, 0),
        (ev.JOINED, 9, 2, 0, 0),
        (ev.LEFT, 19, 1, 0, 0),
        (ev.LEFT, 35, 2, 0, 0),
    ]
    assert [time for _, time, _, _ in of(run, ev.DONE)] == [at(15, "10:00")] * 3


def test_a_freeze_holds_a_backfill_back_but_the_seat_stays_contracted() -> None:
    rules = {"attrition": "90% per year", "notice": "20d", "time_to_hire": "10d"}
    a_day = -math.log(0.1) / 365.25
    notice = math.ceil(resigns_after(seat_uid("csm", 0), 0, a_day))
    freeze = {"on": str(date(2027, 4, 5) + timedelta(days=notice)), "freeze": {"for": "40d"}}
    run = play(pool(team(1, **rules), [freeze], horizon=f"{notice + 51}d"), [OLD], [])
    assert life(run) == [
        (ev.NOTICE, notice, 0, 0, notice + 20),
        (ev.LEFT, notice + 20, 0, 0, 0),
        (ev.JOINED, notice + 50, 0, 1, 0),
    ]
    assert moves(run) == {"requisitions": 1, "joined": 1, "notices": 1, "resigned": 1}
    working = [d for d in range(notice + 51) if d % 7 < 5]
    vacant = len([d for d in working if notice + 20 <= d < notice + 50])
    assert hours(run, 0)["contracted"] == 8 * len(working)
    assert hours(run, 0)["vacant"] == 8 * vacant


def test_a_contract_that_ends_before_it_begins_comes_to_nothing() -> None:
    hire = {"on": "2027-04-06", "hire": {"role": "csm", "count": 1, "until": "2027-04-09"}}
    data = pool(team(1, time_to_hire={"exponential": "10d"}), [hire])
    found = set()
    for replication in range(10):
        run = play(data, [OLD], [], replication=replication)
        joins = 1 + math.ceil(-10 * math.log(drawn(TIME_TO_HIRE, seat_uid("csm", 1), 0, replication)))
        comes = [(ev.JOINED, joins, 1, 0, 0), (ev.LEFT, 5, 1, 0, 0)] if joins < 5 else []
        assert life(run) == comes
        vacant = len([day for day in range(1, joins) if day % 7 < 5])
        assert hours(run, 1)["vacant"] == 8 * min(vacant, 39)
        assert moves(run)["requisitions"] == 1
        found.add(bool(comes))
    assert found == {True, False}


def test_somebody_new_does_not_begin_with_what_the_one_before_was_used_to() -> None:
    """Backfills are as the role has people; a first task costs no switch, reading up on it does."""
    people = [{"name": "Ann", "role": "csm", "speed": "50%", "hours": "50%"}]
    rules = {"attrition": "99.99% per year", "notice": "1d"}
    group = {**tickets(p2=P2), "handled_by": "csm", "hand_over": "10min"}
    a_day = -math.log(0.0001) / 365.25
    for replication in range(30):
        notice = math.ceil(resigns_after(seat_uid("csm", 0), replication, a_day))
        second = notice + 1 + resigns_after(seat_uid("csm", 0, 1), replication, a_day)
        if notice % 7 in (1, 2) and second > notice + 3:
            break
    data = scenario(segments=POOL, staff=team(1, **rules), people=people, tickets=group)
    opened = date(2027, 4, 5) + timedelta(days=notice)
    run = play(data, [OLD], [f"a-0,{opened} 14:30:00,p2,60"], replication=replication)
    # an hour until 15:30 at half pace; half an hour is left, and ten minutes to read up
    assert of(run, *WORK)[:4] == [
        (ev.TAKEN_UP, at(notice, "14:30"), 0, 60.0),
        (ev.INTERRUPTED, at(notice + 1), 0, 30.0),
        (ev.TAKEN_UP, at(notice + 1, "09:00"), 0, 40.0),
        (ev.DONE, at(notice + 1, "09:40"), 0, 1.0),
    ]
