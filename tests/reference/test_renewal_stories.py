"""From a touch to a renewal, one account at a time, worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from csm_sim.world import events as ev
from reference.book import ENGAGEMENT, SUPPORT
from reference.customer_stories import (
    CHURN,
    FIRST,
    HOUR,
    RENEWS_ON_DAY_40,
    chance,
    life,
    logit,
    month,
    one,
    plan,
    told,
    uid,
)
from reference.instants import CHANGE, CONVERT, LEAD
from reference.stories import drawn, tickets

OLD = f"a-0,1000,,{RENEWS_ON_DAY_40},"
DECIDES_ON_DAY_20 = {"min": "20d", "max": "20d"}
RENEWAL = 12

# what a health of 78.8125 means: 70 is yellow (20 %), 90 green (10 %)
AT_78 = logit(0.2) + (78.8125 - 70) / 20 * (logit(0.1) - logit(0.2))


def test_a_late_touch_costs_engagement_the_customer_decides_and_the_renewal_follows() -> None:
    # | day | what                                                                     | engagement |
    # |  10 | (Thu) the review opens, 45 hours of work, due at the end of day 15        | 85         |
    # |  17 | 15:00: done 39 h late, a half-life: it scores 50; 85 + 0.25 * (50 - 85)   | 76.25      |
    # |  20 | decides: 0.4 * 75 + 0.25 * 76.25 + 0.35 * 85 = 78.8125                    |            |
    # |  40 | renews with what was decided                                              |            |
    step = {"do": "review", "effort": {"constant": "45h"}, "due": "25d before"}
    data = plan(
        segment={"churn": CHURN},
        health={"decision": DECIDES_ON_DAY_20, "late_half_life": "39h"},
        playbooks={"review": {"for": "all", "before_renewal": "30d", "steps": [step]}},
    )
    run = told(data, [OLD])
    assert run.health[0, ENGAGEMENT] == 76.25
    p = chance(AT_78)
    assert p == pytest.approx(0.1489, abs=1e-4)
    end = ev.CHURN if drawn(RENEWAL, FIRST, 0) < p else ev.RENEWED
    assert life(run) == [(ev.DECIDED, 20, 0, 78.8125), (end, 40, 0, pytest.approx(p))]
    assert month(run, "arr_churn_expected") == pytest.approx(1000 * p)


@pytest.mark.parametrize(
    ("touched", "engagement"),
    [
        # from day 9 on, 31 days
        (False, 45 + 40 * 2 ** (-31 / 11)),
        # from day 9 to day 20, a half-life: 45 + 40 / 2 = 65; the touch: 65 + 0.25 * 35 = 73.75;
        # from day 29 to day 40 another half-life: 45 + 28.75 / 2
        (True, 59.375),
    ],
)
def test_silence_wears_engagement_down(touched: bool, engagement: float) -> None:
    silence = {"after": "9d", "to": 45, "half_life": "11d"}
    call = {"for": "all", "before_renewal": "21d", "steps": one("10d before")}
    call["steps"][0]["effort"] = {"constant": "24h"}  # 24x7: opened on day 19, done on day 20
    data = plan(
        calendar="24x7",
        segment={"churn": CHURN},
        health={"silence": silence},
        playbooks={"call": call} if touched else {},
    )
    run = told(data, [OLD])
    health = 0.4 * 75 + 0.25 * engagement + 0.35 * 85
    p = chance(logit(0.2) + (health - 70) / 20 * (logit(0.1) - logit(0.2)))
    ((_, day, _, value),) = life(run)
    assert (day, value) == (40, pytest.approx(p))


@pytest.mark.parametrize(
    ("due", "score"),
    [("14d before", 100), ("16d before", 50)],  # done on day 25 at 10:00; due at midnight of day 27, 25
)
def test_a_play_after_the_decision_saves_some(due: str, score: float) -> None:
    # decided on day 20 with 81: the play of day 25 is news on day 26 and takes 40 % of the chance, or 20 %
    save = {"for": "all", "before_renewal": "15d", "effect": {"saves": "40%"}, "steps": one(due)}
    health = {"decision": DECIDES_ON_DAY_20, "late_half_life": "10h"}
    run = told(plan(segment={"churn": CHURN}, health=health, playbooks={"save": save}), [OLD])
    decided = chance(logit(0.2) + (81 - 70) / 20 * (logit(0.1) - logit(0.2)))
    p = decided * (1 - 0.4 * score / 100)
    assert life(run)[0] == (ev.DECIDED, 20, 0, pytest.approx(81))
    assert life(run)[1][1:] == (40, 0, pytest.approx(p))
    assert month(run, "churn_expected") == pytest.approx(p)


def test_a_play_before_the_decision_saves_nothing() -> None:
    save = {"for": "all", "before_renewal": "22d", "effect": {"saves": "40%"}, "steps": one("20d before")}
    health = {"decision": DECIDES_ON_DAY_20}
    # done on day 18 (a Friday): the touch lifts engagement to 88.75, and health to 81.9375
    run = told(plan(segment={"churn": CHURN}, health=health, playbooks={"save": save}), [OLD])
    p = chance(logit(0.2) + (81.9375 - 70) / 20 * (logit(0.1) - logit(0.2)))
    assert life(run)[0] == (ev.DECIDED, 20, 0, 81.9375)
    assert life(run)[1][3] == pytest.approx(p)


def test_a_play_lifts_health_and_sells() -> None:
    # Thursday, day 10: the review is done on time; on day 11 its news:
    #   health   adoption 75 + 10 = 85, engagement 85 + 0.25 * 15 + 20 = 100 (not more)
    #            so 0.4 * 85 + 0.25 * 100 + 0.35 * 85 = 88.75
    #   upsell   converts 10 % at 70, 50 % at 90: at 88.75 0.10 + 0.40 * 18.75 / 20 = 0.475
    #            a lead in 80 %; 15 % of 1010 is 151.5, rounded to 152: 0.8 * 0.475 * 152 expected
    #   cross    always a lead, which always converts: 10 % of what it pays now
    chances = {"red": "0%", "yellow": "10%", "green": "50%"}
    always = dict.fromkeys(("red", "yellow", "green"), "100%")
    effect = {
        "health": {"adoption": 10, "engagement": 20},
        "upsell": {"lead": "80%", "converts": chances, "uplift": "15%"},
        "cross_sell": {"lead": "100%", "converts": always, "uplift": "10%"},
    }
    review = {"for": "all", "before_renewal": "30d", "effect": effect, "steps": one("25d before")}
    outcomes = set()
    for replication in range(6):
        run = told(plan(playbooks={"review": review}), ["a-0,1010,,2027-05-15,"], replication=replication)
        work = uid("a-0", "review")
        lead = drawn(LEAD, work, 0, replication) < 0.8
        sold = lead and drawn(CONVERT, work, 0, replication) < 0.475
        more = round(0.1 * (1162 if sold else 1010))
        assert life(run) == [
            *[(ev.LEAD, 11, 0, 0)] * lead,
            *[(ev.UPSOLD, 11, 0, 152)] * sold,
            (ev.LEAD, 11, 0, 1),
            (ev.CROSS_SOLD, 11, 0, more),
            (ev.RENEWED, 40, 0, 0),
        ]
        assert month(run, "arr_upsold_expected") == pytest.approx(0.8 * 0.475 * 152)
        assert month(run, "arr_cross_sold_expected") == more
        assert run.months["arr_end"][-1, 0] == 1010 + 152 * sold + more
        assert run.cohorts[0].sum(axis=0).tolist() == [0, 0, 0, 152 * sold + more]
        outcomes.add((lead, sold))
    assert len(outcomes) > 1


def test_a_late_play_converts_less() -> None:
    always = dict.fromkeys(("red", "yellow", "green"), "100%")
    effect = {"upsell": {"lead": "100%", "converts": always, "uplift": "10%"}}
    # due at midnight of day 10, done at 10:00: a half-life late
    review = {"for": "all", "before_renewal": "30d", "effect": effect, "steps": one("31d before")}
    review["steps"][0]["opens"] = "32d before"
    review["steps"][0]["effort"] = {"constant": "17h"}  # days 8 (Tue) and 9, and an hour on day 10
    data = plan(health={"late_half_life": "10h"}, playbooks={"review": review})
    run = told(data, [OLD])
    sold = drawn(CONVERT, uid("a-0", "review"), 0) < 0.5
    assert [(what, day) for what, day, *_ in life(run)][: 1 + sold] == [(ev.LEAD, 11), (ev.UPSOLD, 11)][
        : 1 + sold
    ]
    assert month(run, "arr_upsold_expected") == 50


@pytest.mark.parametrize("change", ["contraction", "expansion", None])
def test_prices_rise_and_what_is_paid_changes_at_the_renewal(change: str | None) -> None:
    # two acts before day 40: 1.05 * 1.10 = 1.155, odds twice as high; the third comes after it
    # ARR 1010 + 157 (156.55) = 1167; then 30 % of all contract by 20 %: 233 (233.4);
    # or 30 % expand by 25 %: 292 (291.75)
    timeline = [
        {"on": "2027-04-12", "price": {"by": "5%"}},
        {"on": "2027-05-15", "price": {"by": "10%", "churn_odds": "x2"}},
        {"on": "2027-05-16", "price": {"by": "50%"}},
    ]
    thirty = dict.fromkeys(("red", "yellow", "green"), "30%")
    segment: dict[str, Any] = {"churn": CHURN}
    if change == "contraction":
        segment["contraction"] = {"chance": thirty, "by": "20%"}
    if change == "expansion":
        segment["expansion"] = {"chance": thirty, "uplift": "25%"}
    p = chance(logit(0.2) + (81 - 70) / 20 * (logit(0.1) - logit(0.2)) + math.log(2))
    changed = set()
    for replication in range(4):
        data = plan(segment=segment, timeline=timeline)
        run = told(data, ["a-0,1010,,2027-05-15,"], replication=replication)
        assert month(run, "arr_renewable") == 1010
        assert month(run, "arr_price_expected") == pytest.approx((1 - p) * 157)
        expected = {"contraction": ("contracted", 233), "expansion": ("expanded", 292)}.get(change or "")
        if expected is not None:
            assert month(run, f"arr_{expected[0]}_expected") == pytest.approx((1 - p) * 0.3 * expected[1])
        if drawn(RENEWAL, FIRST, 0, replication) < p:
            assert life(run) == [(ev.CHURN, 40, 0, pytest.approx(p))]
            assert run.cohorts[0].sum(axis=0).tolist() == [1, 1010, 0, 0]
            continue
        v = drawn(CHANGE, FIRST, 0, replication)
        falls, grows = change == "contraction" and v < 0.3, change == "expansion" and v >= 0.7
        assert life(run) == [
            (ev.RENEWED, 40, 0, pytest.approx(p)),
            (ev.PRICED, 40, 0, 157),
            *[(ev.CONTRACTED, 40, 0, 233)] * falls,
            *[(ev.EXPANDED, 40, 0, 292)] * grows,
        ]
        assert run.months["arr_end"][-1, 0] == 1167 - 233 * falls + 292 * grows
        changed.add(falls or grows)
    assert change is None or changed == {False, True}


# what is still open when the customer decides, on day 20

NOBODY = {"csm": {"headcount": 0, "serves": "all"}}


def test_an_overdue_touch_counts_as_if_it_were_done_now() -> None:
    # due at midnight of day 16, read on day 20: four days, a half-life: 85 + 0.25 * (50 - 85) = 76.25;
    # the second one is 2 days late, scores 71 and is not looked at beside it
    review = {"for": "all", "before_renewal": "30d", "steps": one("25d before")}
    other = {"for": "all", "before_renewal": "29d", "steps": one("23d before")}
    data = plan(
        staff=NOBODY,
        segment={"churn": CHURN},
        health={"decision": DECIDES_ON_DAY_20, "late_half_life": "4d"},
        playbooks={"review": review, "other": other},
    )
    run = told(data, [OLD])
    assert life(run)[0] == (ev.DECIDED, 20, 0, 78.8125)
    assert life(run)[1][3] == pytest.approx(chance(AT_78))
    # for the reading alone: both are missed at the renewal
    assert run.health[0, ENGAGEMENT] == pytest.approx(85 * 0.75**2)


def test_an_overdue_touch_never_makes_an_account_healthier() -> None:
    # due at midnight of day 19, read on day 20: a day, a quarter of a half-life, scores 84; but engagement
    # is 20 already, so it stays 20; likewise support is 10 (the ticket would score 25) and onboarding 5
    # (first value, two days late)
    review = {"for": "all", "before_renewal": "30d", "steps": one("22d before")}
    start = {"adoption": 75, "engagement": 20, "support": 10, "onboarding": 5}
    severity = {"share": "100%", "effort": HOUR, "first_response": "8h", "resolve": "40h", "clock": "elapsed"}
    onboard = {"for": "all", "on": "new_account", "first_value_after": "call", "steps": one("16d")}
    data = plan(
        staff=NOBODY,
        health={"decision": DECIDES_ON_DAY_20, "late_half_life": "4d", "start": start},
        playbooks={"review": review, "onboard": onboard},
        tickets={**tickets(p2=severity), "handled_by": "csm"},
    )
    run = told(data, [f"a-0,1000,2027-04-06,{RENEWS_ON_DAY_40},"], ["a-0,2027-04-24 00:00:00,p2,60"])
    assert life(run)[0] == (ev.DECIDED, 20, 0, pytest.approx(0.4 * 75 + 0.25 * 20 + 0.2 * 10 + 0.15 * 5))


def test_half_a_touch_counts_half() -> None:
    review = {"for": "all", "before_renewal": "30d", "steps": one("25d before", counts="50%")}
    health = {"decision": DECIDES_ON_DAY_20, "late_half_life": "4d"}
    data = plan(staff=NOBODY, health=health, playbooks={"review": review})
    run = told(data, [OLD])
    # 85 - 0.125 * 35 = 80.625; 0.25 * 80.625 + 59.75
    assert life(run)[0] == (ev.DECIDED, 20, 0, 79.90625)
    assert run.health[0, ENGAGEMENT] == 85 - 0.125 * 85


def test_an_open_ticket_counts_as_if_it_were_resolved_now() -> None:
    # opened at midnight of day 19, 8 elapsed hours of target: at midnight of day 20 three times as long,
    # 100 * 2^-2 = 25; 85 + 0.2 * (25 - 85) = 73, which is 0.2 * 12 = 2.4 of health less
    severity = {"share": "100%", "effort": HOUR, "first_response": "8h", "resolve": "40h", "clock": "elapsed"}
    data = plan(
        staff=NOBODY,
        health={"decision": DECIDES_ON_DAY_20},
        tickets={**tickets(p2=severity), "handled_by": "csm"},
    )
    run = told(data, [OLD], ["a-0,2027-04-24 00:00:00,p2,60"])
    assert life(run)[0] == (ev.DECIDED, 20, 0, pytest.approx(78.6))
    assert run.health[0, SUPPORT] == 85


def test_first_value_that_does_not_come_counts_as_if_it_came_now() -> None:
    # starts on day 1; training is due at the end of the day 5 days later, midnight of day 7;
    # decided on day 15: 8 days late, two half-lives: onboarding reads 25, 0.15 * 60 = 9 less
    onboard = {"for": "all", "on": "new_account", "first_value_after": "call", "steps": one("5d")}
    data = plan(
        staff=NOBODY,
        health={"decision": {"min": "25d", "max": "25d"}, "late_half_life": "4d"},
        playbooks={"onboard": onboard},
    )
    run = told(data, [f"a-0,1000,2027-04-06,{RENEWS_ON_DAY_40},"])
    assert life(run)[0] == (ev.DECIDED, 15, 0, pytest.approx(72))


def test_staffing_without_effects() -> None:
    # nobody works: everything is missed and nothing is felt; usage is 75 as after first value
    onboard = {"for": "all", "on": "new_account", "first_value_after": "call", "steps": one("5d")}
    review = {"for": "all", "before_renewal": "30d", "steps": one("25d before")}
    severity = {"share": "100%", "effort": HOUR, "resolve": "8h"}
    data = plan(
        staff=NOBODY,
        segment={"churn": CHURN},
        health={
            "effects": "off",
            "silence": {"after": "1d"},
            "usage": {"mean": 75, "sd": 0, "before_first_value": 0},
        },
        playbooks={"onboard": onboard, "review": review},
        tickets={**tickets(p2=severity), "handled_by": "csm"},
    )
    run = told(data, [f"a-0,1000,2027-04-06,{RENEWS_ON_DAY_40},"], ["a-0,2027-04-24 00:00:00,p2,60"])
    assert run.health[0].tolist() == [75, 100, 100, 100]
    assert life(run)[0][3] == pytest.approx(0.1)  # health 0.4 * 75 + 60 = 90
