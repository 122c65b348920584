"""What happens to an account and what the team sees of it, one account at a time, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from csm_sim.world import events as ev
from csm_sim.world import records as r
from reference.book import ADOPTION, ENGAGEMENT, ONBOARDING
from reference.customer_stories import (
    CHURN,
    FIRST,
    HOUR,
    SEGMENT,
    chance,
    life,
    logit,
    month,
    one,
    plan,
    told,
    uid,
    work,
)
from reference.instants import COMMUNITY, DETECT, EARLY, LEVEL, REACH
from reference.stories import OFFICE, at, counted, drawn, scenario

NEW = "a-0,1000,2027-04-06,,"
"""Starts on day 1, a Tuesday: pulses on days 8, 15, 22, ..."""
NO_NEW = {"per_month": 0}
NOBODY = {"csm": {"headcount": 0, "serves": "all"}}


def all_at(points: int) -> dict[str, Any]:
    """Health that begins at a level and stays there."""
    parts = ("adoption", "engagement", "support", "onboarding")
    usage = {"mean": points, "sd": 0, "before_first_value": points}
    return {"start": dict.fromkeys(parts, points), "usage": usage}


# what the team sees


def test_a_red_account_is_seen_at_the_next_look_and_worked_on_after_the_delay() -> None:
    save = {"for": "all", "on": "health_red", "steps": one("2d")}
    data = plan(health={**all_at(50), "detection": {"delay": "3d"}}, playbooks={"save": save})
    run = told(data, [NEW])
    assert life(run) == [(ev.SEEN, 8, 0, 0)]
    # from day 8 on red, and never again another band; the call of Friday, day 11, is due on day 13
    assert work(run, ev.OPENED, ev.DONE) == [
        (ev.OPENED, at(11), 0, 0, 0),
        (ev.DONE, at(11, "10:00"), 0, 0, 0),
    ]
    assert (month(run, "alarms"), month(run, "false_alarms")) == (1, 0)


@pytest.mark.parametrize(
    ("sensitivity", "shares"),
    [
        ("0%", [0.0] * 7),
        ("40%", [0.4] * 7),
        # in a straight line over 40 days: on day 8 8 / 40, on day 15 15 / 40, ...
        ({"from": "0%", "to": "100%", "over": "40d"}, [day / 40 for day in (8, 15, 22, 29, 36)] + [1.0, 1.0]),
    ],
)
def test_a_worse_band_is_seen_with_some_chance_at_each_look(sensitivity: Any, shares: list[float]) -> None:
    save = {"for": "all", "on": "health_red", "steps": one("2d")}
    data = plan(health={**all_at(50), "detection": {"sensitivity": sensitivity}}, playbooks={"save": save})
    for replication in range(3):
        run = told(data, [NEW], replication=replication)
        seen = [k for k, share in enumerate(shares) if drawn(DETECT, FIRST, k, replication) < share]
        assert life(run) == [(ev.SEEN, 8 + 7 * k, k, 0) for k in seen[:1]]


def test_a_false_alarm_makes_work() -> None:
    # green at 90, seen as yellow on day 8; on day 15 it is seen as it is and shown worse again: no change
    check = {"for": "all", "on": "health_yellow", "steps": one("2d")}
    data = plan(health={**all_at(90), "detection": {"false_alarms": "100%"}}, playbooks={"check": check})
    run = told(data, [NEW])
    assert life(run) == [(ev.SEEN, 8, 0, 1)]
    assert [line[1] for line in work(run, ev.OPENED)] == [at(8)]
    assert (month(run, "alarms"), month(run, "false_alarms")) == (1, 1)


def test_an_event_has_no_effect_while_its_work_is_open_or_too_soon_after_it() -> None:
    # the first call ends the account's red (engagement 0 + 20 * 100 / 100 -> 0.4 * 60 + 0.6 * 60 = 60 is
    # yellow); in silence it is red again at the next look: every second look it turns red
    health = {**all_at(60), "silence": {"after": "0d", "to": 0, "half_life": "1d"}, "pulse": "week"}
    save = {"for": "all", "on": "health_red", "again_after": "20d", "steps": one("2d", touch=False)}
    save["effect"] = {"health": {"engagement": 60}}
    run = told(plan(health=health, playbooks={"save": save}), [NEW])
    assert life(run) == [(ev.SEEN, 8, 0, 0)]  # a week later what was lifted is gone
    assert [line[1] for line in work(run, ev.OPENED)] == [at(8)]


def test_one_playbook_after_another() -> None:
    # the review of day 10 (Thu) is done on the day; the letter begins on day 11, not before its second hour
    review = {"for": "all", "before_renewal": "30d", "steps": one("25d before")}
    letter = {"for": "all", "after": "review", "steps": one("2d", opens="2h")}
    run = told(plan(playbooks={"review": review, "letter": letter}), ["a-0,1000,,2027-05-15,"])
    assert work(run, ev.OPENED) == [(ev.OPENED, at(10), 0, 0, 0), (ev.OPENED, at(11, "02:00"), 1, 0, 1)]


# early churn


@pytest.mark.parametrize("odds", [1, 3])
def test_early_churn_has_its_chance_by_the_days_at_risk(odds: int) -> None:
    # green at 90: P = 30 % within 20 days of day 1, or odds of 3/7 * 3, that is 9/16
    # | pulse | day | days at risk | chance           |
    # |   0   |  8  | 7            | 1 - (1-P)^(7/20) |
    # |   1   | 15  | 7            | 1 - (1-P)^(7/20) |
    # |   2   | 22  | 6            | 1 - (1-P)^(6/20) |
    p = 0.3 if odds == 1 else 9 / 16
    segment = {
        "churn": CHURN,
        "early_churn": {"chance": "30%", "within": "20d"},
        "new": {**NO_NEW, "bad_fit": {"share": "100%", "churn_odds": f"x{odds}"}},
    }
    ends = set()
    for replication in range(6):
        run = told(plan(segment=segment, health=all_at(90)), [NEW], replication=replication)
        chances = [1 - (1 - p) ** (days / 20) for days in (7, 7, 6)]
        churns = [k for k in range(3) if drawn(EARLY, FIRST, k, replication) < chances[k]][:1]
        assert life(run) == [(ev.CHURNED_EARLY, 8 + 7 * k, k, pytest.approx(chances[k])) for k in churns]
        at_risk = chances[: churns[0] + 1] if churns else chances
        assert month(run, "arr_early_expected") == pytest.approx(1000 * sum(at_risk))
        assert month(run, "churned") == month(run, "churned_early") == len(churns)
        assert run.cohorts[1].sum(axis=0).tolist() == [len(churns), 1000 * len(churns), 0, 0]
        assert month(run, "bad_fit") == 1
        ends.add(bool(churns))
    assert ends == {False, True}


def test_worse_health_raises_early_churn_as_it_raises_churn() -> None:
    # red in the middle, 30: the log-odds of 50 % less those of 10 % more than those of 30 %
    segment = {"churn": CHURN, "early_churn": {"chance": "30%", "within": "7d"}, "new": NO_NEW}
    run = told(plan(segment=segment, health=all_at(30)), [NEW])
    assert month(run, "early_expected") == pytest.approx(chance(logit(0.3) + logit(0.5) - logit(0.1)))


# onboarding


def two_steps(opens: str, due: str) -> dict[str, Any]:
    steps = [
        {"do": "meet", "effort": HOUR, "due": "0d"},
        {"do": "train", "effort": HOUR, "opens": opens, "due": due},
    ]
    return {"for": "all", "on": "new_account", "first_value_after": "train", "steps": steps}


def test_onboarding_is_given_up_after_its_limit() -> None:
    # the first look at least 20 days after day 1 is that of day 22; training would open on day 31
    rescue = {"for": "all", "on": "onboarding_stopped", "steps": one("2d")}
    data = plan(
        journey={"onboarding_limit": "20d"},
        segments={"alpha": SEGMENT, "tail": {**SEGMENT, "accounts": 0, "arr": "1000"}},
        tiering=[{"from": ["alpha"], "to": "tail", "on": "onboarding_stopped"}],
        playbooks={"onboard": two_steps("30d", "40d"), "rescue": {**rescue, "for": ["alpha"]}},
    )
    run = told(data, [NEW])
    assert life(run) == [(ev.STOPPED, 22, 2, 0), (ev.MOVED, 23, -1, 1)]
    assert work(run, ev.OPENED, ev.NEVER_OPENED) == [
        (ev.OPENED, at(1), 0, 0, 0),
        (ev.NEVER_OPENED, at(22), 0, 0, 1),
        (ev.OPENED, at(22), 1, 0, 2),
    ]
    assert run.health[0, ONBOARDING] == 0
    assert [month(run, name) for name in ("onboardings", "stopped", "first_values")] == [1, 1, 0]
    assert run.served[-1].tolist() == [0, 1]


def test_a_phase_begins_at_the_midnight_after_first_value() -> None:
    # trained on day 8 (Tue) at 10:00; expansion from day 29 on
    # (4 weeks after day 1), so that the daily letters end on day 28
    letter = {"for": "all", "every": "1d", "phase": "adoption", "steps": one("0d")}
    data = plan(
        calendar={**OFFICE, "week": "mon-sun"},
        journey={"expansion_after": "4 weeks"},
        playbooks={"onboard": two_steps("7d", "7d"), "letter": letter},
    )
    run = told(data, [NEW])
    assert work(run, ev.FIRST_VALUE) == [(ev.FIRST_VALUE, at(8, "10:00"), 0, 0, 1)]
    letters = [time / r.DAY for _, time, kind, *_ in work(run, ev.OPENED) if kind == 1]
    assert letters == list(range(9, 29))


# tiers


def test_a_small_account_leaves_high_touch_when_onboarding_is_over() -> None:
    # day 1 (Tue): trained at once, first value at 11:00
    # day 2: served as tail: what nobody has begun is withdrawn, nothing is missed, nobody owns it
    steps = [{"do": "plan", "effort": HOUR, "due": "30d"}, {"do": "later", "effort": HOUR, "due": "40d"}]
    high = {"for": ["trial"], "on": "new_account", "role": "spare", "steps": steps}
    segments = {
        "trial": {**SEGMENT, "owner": "csm"},
        "tail": {"touch": "tech", "accounts": 0, "arr": "1000"},
    }
    data = plan(
        segments=segments,
        staff={"csm": {"headcount": 1, "serves": "all", "shrinkage": "0%"}, "spare": {"headcount": 0}},
        tiering=[{"from": ["trial"], "to": "tail", "on": "first_value", "if": {"arr_below": 2000}}],
        playbooks={
            "onboard": {**two_steps("0d", "0d"), "for": ["trial"]},
            "care": high,
            "hello": {"for": ["tail"], "on": "tier_change", "role": "csm", "steps": one("2d")},
        },
    )
    run = told(data, [NEW, "a-1,5000,2027-04-06,,"])
    assert life(run) == [(ev.MOVED, 2, -1, 1)]
    assert life(run, 1) == []
    assert [line for line in work(run, ev.OPENED) if line[2] == 2] == [(ev.OPENED, at(2), 2, 0, 4)]
    assert work(run, ev.DROPPED, ev.NEVER_OPENED) == []
    assert counted(run, "cancelled") == 1
    assert run.owner == [-1, 0]
    assert run.served[-1].tolist() == [1, 1]
    moved = run.months[["moved_out", "moved_in"]].tolist()[0]
    assert moved == [(1, 0), (0, 1)]
    # touches on time alone: meet of both, care of neither, hello of the first
    engagement = 85 + 0.25 * 15
    assert run.health[:, ENGAGEMENT].tolist() == [engagement + 0.25 * (100 - engagement), engagement]


def test_a_review_moves_accounts_by_their_lifetime_value() -> None:
    # a health of 81 means 13.8 % of churn; with a term of a year LTV is 1000 / 13.8 %, or 4 times that
    p = chance(logit(0.2) + (81 - 70) / 20 * (logit(0.1) - logit(0.2)))
    assert 1000 / p == pytest.approx(7248, abs=1)
    segments = {"alpha": {**SEGMENT, "churn": CHURN}, "low": {"touch": "low", "accounts": 0, "arr": "1000"}}
    rule = {"from": ["alpha"], "to": "low", "review": "10d", "if": {"ltv_below": 7300, "after": "15d"}}
    data = plan(segments=segments, tiering=[rule])
    run = told(data, ["a-0,1000,,2028-04-01,", "a-1,4000,,2028-04-01,"])
    # the review of day 10 is too early, that of day 20 not
    assert life(run) == [(ev.MOVED, 20, -1, 1)]
    assert life(run, 1) == []


# what sales and tools do


def test_a_bad_fit_takes_more_effort_uses_less_and_churns_more() -> None:
    trait = {"share": "100%", "churn_odds": "x3", "onboarding_effort": "x1.5", "usage": -20}
    segment = {"churn": CHURN, "new": {**NO_NEW, "bad_fit": trait}}
    onboard = {"for": "all", "on": "new_account", "steps": one("0d")}
    data = plan(segment=segment, playbooks={"onboard": onboard})
    run = told(data, ["a-0,1000,2027-04-06,2027-05-15,"])
    assert [e[7] for e in run.events if e[1] == ev.OPENED] == [90]
    # on day 31 its first month of use is over: 75 + 0.2 * (55 - 75) = 71; engagement 88.75
    assert run.health[0, ADOPTION] == 71
    health = 0.4 * 71 + 0.25 * 88.75 + 0.35 * 85
    p = chance(logit(0.2) + (health - 70) / 20 * (logit(0.1) - logit(0.2)))
    odds = 3 * p / (1 - p)
    assert life(run)[0][3] == pytest.approx(odds / (1 + odds))


def test_standards_and_tools_leave_less_effort_and_a_standard_costs_loyalty() -> None:
    # an hour * (1 - 0.3) by tools * (1 - 0.5 * 0.8) by the standard = 25.2 minutes;
    # odds 1 + (3 - 1) * (0.8 - 0.6) / 0.4 = 2 times as high
    onboard = {"for": "all", "on": "new_account", "steps": one("0d", touch=False)}
    onboard["standard"] = {"degree": "80%", "saves": "50%", "free_until": "60%", "churn_odds": "x3"}
    data = plan(
        segment={"churn": CHURN, "automated": "30%"}, health=all_at(90), playbooks={"onboard": onboard}
    )
    run = told(data, ["a-0,1000,2027-04-06,2027-05-15,"])
    assert [e[7] for e in run.events if e[1] == ev.OPENED] == [pytest.approx(25.2)]
    assert life(run)[0][3] == pytest.approx((2 / 9) / (1 + 2 / 9))


def test_nothing_is_sold_in_a_month_without_sales() -> None:
    segment = {
        "touch": "low",
        "accounts": 0,
        "arr": "1000",
        "new": {"per_month": 30, "season": {"apr": "x0"}},
    }
    push = {"on": "2027-05-10", "sales": {"new": "x0", "for": "7d"}}
    run = told(scenario(segments={"alpha": segment}, timeline=[push]), [])
    days = {int(e[0] / r.DAY) for e in run.events if e[1] == ev.STARTED}
    # the first of May is day 26; who is won on a day starts on the next; none on days 35 to 41
    assert min(days) >= 27
    assert not days & set(range(36, 43))
    assert len(days) > 10


# one to many


def test_a_webinar_reaches_some_and_ends_their_silence() -> None:
    # every account has drifted from day 0 on: 40 + 45 * 2^(-t / 10d); who is reached at the midnight after
    # gains 0.25 * 50 % of what is missing to 100, and begins to drift anew
    webinar = {"per": "segment", "for": "all", "every": "month", "reach": "80%"}
    webinar["steps"] = one("0d", counts="50%", channel="mail")
    silence = {"after": "0d", "to": 40, "half_life": "10d"}
    data = plan(
        segment={"channels": {"mail": "75%"}},
        horizon="4 weeks",
        health={"silence": silence},
        playbooks={"webinar": webinar},
    )
    outcomes = set()
    for replication in range(4):
        run = told(data, [f"a-{n},1000,,2028-04-01," for n in range(5)], replication=replication)
        done = [(int(e[0] / r.DAY) + 1, e[5]) for e in run.events if e[1] == ev.DONE]
        for number in range(5):
            value, since = 85.0, 0
            for day, occurrence in done:
                if drawn(REACH, uid(f"a-{number}", "webinar"), occurrence, replication) < 0.8 * 0.75:
                    value = 40 + (value - 40) * 2 ** (-(day - since) / 10)
                    value, since = value + 0.125 * (100 - value), day
                    outcomes.add(True)
                else:
                    outcomes.add(False)
            drifted = 40 + (value - 40) * 2 ** (-(28 - since) / 10)
            assert run.health[number, ENGAGEMENT] == pytest.approx(drifted)
    assert outcomes == {False, True}


def test_a_channel_that_does_not_reach_the_account_does_nothing() -> None:
    review = {"for": "all", "before_renewal": "30d", "steps": one("25d before", channel="phone")}
    data = plan(segment={"channels": {"phone": "50%"}}, staff=NOBODY, playbooks={"review": review})
    reached = set()
    for replication in range(4):
        run = told(data, ["a-0,1000,,2027-05-15,"], replication=replication)
        reaches = drawn(REACH, uid("a-0", "review"), 0, replication) < 0.5
        assert run.health[0, ENGAGEMENT] == (85 * 0.75 if reaches else 85)
        reached.add(reaches)
    assert reached == {False, True}


def test_usage_has_a_level_of_its_own_and_members_use_more() -> None:
    # after a month: two signs with the means 80 and 60, each with the own level and 5 for members
    data = plan(
        community={"members": "50%", "usage": 5},
        health={
            "usage": {
                "mean": 60,
                "sd": 0,
                "between": 8,
                "indicators": {"log_ins": {"weight": "75%", "mean": 80}, "features": {"weight": "25%"}},
            }
        },
        horizon="40d",
    )
    from csm_sim.engine.draws import normal_quantile

    for replication in range(3):
        run = told(data, ["a-0,1000,,2028-04-01,"], replication=replication)
        own = 8 * float(normal_quantile(drawn(LEVEL, FIRST, 0, replication)))
        own += 5 if drawn(COMMUNITY, FIRST, 0, replication) < 0.5 else 0
        usage = 0.75 * min(100, 80 + own) + 0.25 * (60 + own)
        assert run.health[0, ADOPTION] == pytest.approx(75 + 0.2 * (usage - 75))
