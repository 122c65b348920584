"""Budgets that are reviewed: by stories worked out by hand, and against what is counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from policy_world import joined, left, play, same, world_of

from csm_sim.engine.policies import budget_review
from csm_sim.engine.simulate import Outcome
from csm_sim.world.build import World

KEPT: dict[str, Any] = {"segments": {"key": {"churn": None}}}
"""40 accounts of 5 M, 200 M of ARR, and nobody leaves. A person costs 9 M."""

TICKETS: dict[str, Any] = {
    "rate": "6 per month",
    "handled_by": "csm",
    "severities": {"p": {"effort": "10min", "resolve": "8h"}},
}


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., World]:
    return partial(world_of, tmp_path)


def reviewed(built: Any, policy: dict[str, Any], headcount: int = 2, **changes: Any) -> Outcome:
    """The outcome of a team that is reviewed every month."""
    review = {"use": "budget_review", "role": "csm", "every": "month", **policy}
    staff = {"csm": {"headcount": headcount, **changes.pop("csm", {})}}
    return play(built(policies=[review], staff=staff, **{**KEPT, **changes}))


def share(percentage: str, **more: Any) -> dict[str, Any]:
    return {"basis": "arr", "share_of_arr": percentage, **more}


# ---------------------------------------------------------------- a share of ARR


def test_a_share_of_arr_pays_for_so_many_people(built: Any) -> None:
    # 20 % of 200 M are 40 M: four people
    outcome = reviewed(built, share("20%"), 7)
    assert left(outcome) == [31, 31, 31]
    assert outcome.heads[:, 0].tolist() == [7, 4, 4, 4, 4, 4]
    outcome = reviewed(built, share("20%"), 2)
    assert joined(outcome) == [31, 31]
    assert outcome.heads[-1].tolist() == [4]
    assert left(reviewed(built, share("20%"), 4)) == joined(reviewed(built, share("20%"), 4)) == []


def test_without_hiring_a_review_only_cuts_as_the_older_policy_does(built: Any) -> None:
    assert joined(reviewed(built, share("20%", hire=False), 2)) == []
    policy = {"use": "cut_to_budget", "role": "csm", "share_of_arr": "20%", "every": "month", "who": "random"}
    staff = {"csm": {"headcount": 7}}
    churn = dict.fromkeys(("green", "yellow", "red"), "20%")
    segments = {"segments": {"key": {"churn": churn, "term": "3 months"}}}
    cut = play(built(policies=[policy], staff=staff, **segments))
    assert same(reviewed(built, share("20%", hire=False, who="random"), 7, **segments), cut)
    assert len(left(cut)) > 3


def test_least_and_most_hold(built: Any) -> None:
    assert reviewed(built, share("20%", least=6), 7).heads[-1].tolist() == [6]
    assert reviewed(built, share("20%", most=3), 2).heads[-1].tolist() == [3]
    assert reviewed(built, share("1%"), 2).heads[-1].tolist() == [1]


def test_a_squeeze_compounds_from_the_start(built: Any) -> None:
    outcome = reviewed(built, share("40%", squeeze="60%"), 8)
    days = [31, 61, 92, 122, 153]
    granted = [math.floor(80 * 0.4 ** (day / 365.25) / 9) for day in days]
    assert outcome.heads[:, 0].tolist() == [8, *granted]
    assert granted[-1] < granted[0] - 1


def test_who_is_on_the_way_is_not_asked_for_again(built: Any) -> None:
    outcome = reviewed(built, share("20%"), 2, csm={"time_to_hire": "70d"})
    assert joined(outcome) == [101, 101]


def test_who_is_on_notice_is_replaced_before_they_leave(built: Any) -> None:
    people = [{"name": "Ann", "role": "csm", "until": "2027-05-20"}]  # day 50 is the first without her
    outcome = reviewed(built, share("20%"), 4, csm={"notice": "30d"}, people=people)
    assert joined(outcome) == [31]
    assert left(outcome) == [50]
    assert outcome.heads[:, 0].tolist() == [4, 4, 4, 4, 4, 4]


# ---------------------------------------------------------------- tickets


def test_tickets_pay_for_people(built: Any) -> None:
    """What is granted is what the tickets of the month before, made a year's, pay for."""
    policy = {"basis": "tickets", "per_ticket": "12,000"}
    outcome = reviewed(built, policy, 3, tickets=TICKETS)
    opened = outcome.desk["opened"][:, 0]
    granted = [max(1, math.floor(12 * int(count) * 12_000 / 9e6)) for count in opened]
    # reviews on the days 31, 61, 92, 122, 153: months end with the days 30, 61, 91, 122, 153
    assert outcome.heads[:, 0].tolist() == [3, granted[0], granted[1], granted[2], granted[3], granted[4]]
    assert len(set(granted)) > 1


def test_a_quarter_of_tickets_is_what_a_quarterly_review_looks_at(built: Any) -> None:
    policy = {"basis": "tickets", "per_ticket": "30,000", "every": "quarter"}
    outcome = reviewed(built, policy, 3, tickets=TICKETS)
    opened = int(outcome.desk["opened"][:3, 0].sum())
    assert outcome.heads[-1].tolist() == [math.floor(4 * opened * 30_000 / 9e6)]


def test_before_a_month_is_over_tickets_change_nothing(built: Any) -> None:
    policy = {"basis": "tickets", "per_ticket": "1", "every": "1 week"}
    outcome = reviewed(built, policy, 3, tickets=TICKETS)
    assert min(left(outcome)) == 35  # the first review after 1 May, day 30


# ---------------------------------------------------------------- work


def test_work_that_fills_a_part_of_the_time_needs_that_part_of_the_people(built: Any) -> None:
    # 40 calls of 3 h a month are about 28 h a week, at 70 % pace 39 h: one person works 40 h a week
    calls = {"call": {"steps": [{"do": "call", "effort": {"constant": "3h"}, "due": "25d"}]}}
    outcome = reviewed(built, {"basis": "work", "busy": "80%", "every": "quarter"}, 6, playbooks=calls)
    assert outcome.heads[:, 0].tolist() == [6, 6, 6, 2, 2, 2]


class Team(SimpleNamespace):
    """A role of which a policy sees what a story says."""

    def utilisation(self, weeks: int) -> float:
        return float(self.busy / self.here) if self.here else math.nan

    def hours_here(self, weeks: int) -> float:
        return float(self.here)

    def headcount_mean(self, weeks: int) -> float:
        return float(self.headcount)


class Fake(SimpleNamespace):
    """An organisation in which whoever is hired or cut is there or gone at once."""

    def role(self, name: str) -> Team:
        return self.team  # type: ignore[no-any-return]

    def hire(self, role: str, count: int) -> None:
        self.team.headcount += count

    def cut(self, role: str, count: int, who: str) -> None:
        self.team.headcount -= count

    def timeout(self, days: float) -> float:
        self.day += days
        return days


def fake(**team: Any) -> Any:
    """With people of whom each is here for 500 h a quarter."""
    known = {"headcount": 4, "on_notice": 0, "hiring": 0, "shrinkage": 0.0, "backlog_hours": 0.0}
    return Fake(day=0.0, month=3, arr=0.0, team=Team(name="csm", **{**known, **team}))


def test_open_work_that_grows_is_counted_and_open_work_that_stays_is_not() -> None:
    org = fake(busy=1500.0, here=2000.0, shrinkage=0.5, backlog_hours=100.0)
    review = budget_review(org, org, role="csm", basis="work", busy=0.8)
    next(review)
    org.team.backlog_hours = 100.0
    next(review)  # 1,500 h, of which a person has 400 h, need 3.75 people
    assert org.team.headcount == 4
    # 90 h of open work take 180 h at half pace: 1,680 h need 4.2 people
    org.team.backlog_hours = 190.0
    next(review)
    assert org.team.headcount == 5


def test_nobody_is_cut_beside_those_who_leave_anyway_and_are_not_replaced() -> None:
    org = fake(headcount=5, on_notice=1, cost_per_person=10.0)
    org.arr = 400.0
    review = budget_review(org, org, role="csm", basis="arr", share_of_arr=0.1)
    next(review)
    next(review)  # four are paid for, and four stay
    assert org.team.headcount == 5
    org.team.hiring = 1
    next(review)  # a fifth is on the way in their place
    assert org.team.headcount == 4


def test_without_anybody_at_work_a_review_by_work_knows_nothing() -> None:
    org = fake(busy=0.0, here=0.0)
    review = budget_review(org, org, role="csm", basis="work")
    next(review)
    next(review)
    assert org.team.headcount == 4


def test_a_spiral_ends_at_the_least_and_stays_there() -> None:
    """Fewer people keep less ARR, which pays for fewer people: 20 years of it."""
    org = fake(headcount=10, cost_per_person=9.0)
    review = budget_review(org, org, role="csm", basis="arr", share_of_arr=0.1, squeeze=0.05, least=2)
    heads = []
    next(review)
    for _ in range(80):
        org.arr = 90.0 * org.team.headcount
        next(review)
        heads.append(org.team.headcount)
    assert heads == sorted(heads, reverse=True)
    # 10 people pay for 10, less the squeeze: 9.87 are 9 after the first quarter
    assert heads[0] == 9
    assert heads[-40:] == [2] * 40
