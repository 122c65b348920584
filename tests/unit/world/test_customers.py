"""What a scenario says of customers, as records and tables by day, with values worked out by hand."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from csm_sim.scenario import load
from csm_sim.world import customers as c
from csm_sim.world import records as r
from csm_sim.world.build import World, build_world

HERE = Path(__file__).parent
SMALL = """\
name: Small
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
segments:
  smb: {touch: low, accounts: 40, arr: 1.5M, owner: csm, new: {per_month: 2}}
  tail: {touch: tech, accounts: 400, arr: 12k}
staff:
  csm: {headcount: 3, serves: [tail], balance: hours}
playbooks:
  call: {for: smb, every: month, steps: [{do: call, effort: 1h}]}
  setup: {for: smb, on: new_account, first_value_after: train, steps: [{do: train, effort: 1h, due: 20d}]}
"""


@cache
def everything() -> World:
    return build_world(load(HERE / "customers.yaml"))


def small(folder: Path, *sets: str) -> World:
    """The world of the small scenario with changes."""
    (folder / "s.yaml").write_text(SMALL, encoding="utf-8")
    return build_world(load(folder / "s.yaml", sets))


def day(year: int, month: int, number: int) -> int:
    """The day of the run that a date is: it begins on 1 March 2027."""
    return (date(year, month, number) - date(2027, 3, 1)).days


def segment(world: World, name: str) -> np.void:
    return world.segments[world.names.segments.index(name)]


def number(world: World, kind: str) -> int:
    return world.names.kinds.index(kind)


def step(world: World, kind: str, name: str) -> int:
    return world.names.steps.index((kind, name))


# ---------------------------------------------------------------- without rules


def test_without_rules_nothing_happens_to_customers(tmp_path: Path) -> None:
    world = small(tmp_path)
    rules, found = world.customers.rules[0], world.customers
    assert not found.active
    assert (rules["pulse_days"], rules["detects"], rules["has_community"], rules["usage_between"]) == (
        0, 0, 0, 0,
    )  # fmt: skip
    for name in ("limit_days", "expansion_days", "decision_low", "decision_high", "silence_after"):
        assert math.isnan(rules[name])
    assert found.indicators.tolist() == [(1.0, 75.0, 10.0, 40.0)]
    assert (found.plays["after"] == -1).all()
    for name in ("again_days", "lift", "saves", "lead", "convert", "uplift", "programme", "standard_shift"):
        assert not found.plays[name].any()
    assert (found.effort_left == 1).all()
    assert (found.reach == 1).all()
    assert (found.detection == [1, 0]).all()
    assert not found.members.any()
    assert not found.trait_shares.any()
    assert found.trait_shares.shape == (2, 2, world.days)
    assert (found.sales.shape, found.price_index.shape, found.price_shift.shape) == ((2, 0),) * 3
    assert (len(found.moves), found.move_from.shape, found.move_shares.shape) == (0, (0, 2), (0, world.days))
    assert found.serves.tolist() == [[1, 0], [0, 1]]
    assert (world.kinds["phases"] == c.PHASES_ALL).all()
    assert not world.kinds["news"].any()
    assert (world.steps["counts"] == 1).all()
    assert world.health["effects"][0] == r.ALL_EFFECTS
    smb = segment(world, "smb")
    assert math.isnan(smb["early_logit"])
    assert (smb["changes"], smb["trait_tickets"].tolist(), smb["trait_effort"].tolist()) == (
        0,
        [1, 1],
        [1, 1],
    )
    # first value is there, and nothing listens to it
    assert smb["first_value_due"] == 21 * 1440
    assert world.kinds["brings_first_value"].tolist() == [0, 1]


def test_effects_off_leaves_no_effect(tmp_path: Path) -> None:
    world = small(tmp_path, "health.effects=off")
    assert world.health["effects"][0] == 0
    assert not world.customers.active


@pytest.mark.parametrize(
    "change",
    [
        "journey.onboarding_limit=120d",
        "segments.smb.early_churn={chance: 5%}",
        "health.decision={}",
        "health.silence={}",
        "tiering=[{from: smb, to: tail, review: month}]",
        "playbooks.call.effect={health: {adoption: 1}}",
        "playbooks.web={for: smb, per: segment, every: month, reach: 40%, steps: [{do: host, effort: 1h}]}",
        "playbooks.more={for: smb, after: call, steps: [{do: call, effort: 1h}]}",
        "playbooks.hello={for: smb, on: first_value, steps: [{do: call, effort: 1h}]}",
        "playbooks.save={for: smb, on: health_red, steps: [{do: call, effort: 1h}]}",
    ],
)
def test_what_needs_a_turn_at_midnight(tmp_path: Path, change: str) -> None:
    assert small(tmp_path, change).customers.active


@pytest.mark.parametrize(
    "change",
    [
        "community={members: 30%, usage: 5}",
        "health.usage.between=5",
        "segments.smb.new.bad_fit={share: 10%, churn_odds: x2}",
        "segments.smb.contraction={chance: {green: 1%, yellow: 2%, red: 3%}, by: 10%}",
        "journey.expansion_after=12 months",
        "playbooks.call.effect={}",
        "segments.smb.automated=30%",
        "timeline=[{on: 2027-06-01, price: {by: 5%}}]",
    ],
)
def test_what_does_not(tmp_path: Path, change: str) -> None:
    assert not small(tmp_path, change).customers.active


# ---------------------------------------------------------------- rules


def test_rules() -> None:
    rules = everything().customers.rules[0]
    expected = {
        "pulse_days": 14, "limit_days": 120, "expansion_days": 365.25, "decision_low": 30.4375,
        "decision_high": 182.625, "silence_after": 90 * 1440, "silence_half": 60 * 1440, "silence_to": 40,
        "delay_days": 7, "detects": 1, "usage_between": 8, "community_usage": 5, "community_deflects": 0.2,
        "has_community": 1,
    }  # fmt: skip
    assert {name: rules[name] for name in rules.dtype.names} == pytest.approx(expected)
    assert everything().customers.active


def test_indicators_take_what_they_leave_open_from_usage() -> None:
    assert everything().customers.indicators.tolist() == [(0.4, 70, 12, 30), (0.6, 75, 10, 40)]


def test_a_limit_makes_pulses_without_anybody_who_detects(tmp_path: Path) -> None:
    rules = small(tmp_path, "journey.onboarding_limit=1 month").customers.rules[0]
    assert (rules["pulse_days"], rules["detects"], rules["limit_days"]) == (7, 0, 30.4375)


# ---------------------------------------------------------------- segments


def test_revenue_of_segments() -> None:
    trial, club = segment(everything(), "trial"), segment(everything(), "club")
    assert trial["early_logit"] == pytest.approx(math.log(0.05 / 0.95))
    assert trial["early_days"] == 60
    assert (trial["contraction"].tolist(), trial["contraction_by"]) == ([0.12, 0.06, 0.02], 0.2)
    assert (trial["expansion"].tolist(), trial["expansion_uplift"]) == ([0.0, 0.05, 0.15], 0.2)
    assert (trial["changes"], club["changes"]) == (1, 0)
    assert math.isnan(club["early_logit"])


def test_traits_of_new_accounts() -> None:
    trial = segment(everything(), "trial")
    assert trial["trait_shift"] == pytest.approx([math.log(3), math.log(1.5)])
    assert trial["trait_tickets"].tolist() == [2, 1.25]
    assert trial["trait_effort"].tolist() == [1.5, 1]
    assert trial["trait_usage"].tolist() == [-20, 0]


def test_first_value_is_due_as_its_step_is() -> None:
    due = [segment(everything(), name)["first_value_due"] for name in ("trial", "tail", "club")]
    assert due[0] == 26 * 1440  # the end of the 25th day after
    assert all(math.isnan(one) for one in due[1:])
    assert [segment(everything(), name)["awaits_first_value"] for name in ("trial", "tail")] == [1, 0]


def test_first_value_without_a_due_time_is_never_late(tmp_path: Path) -> None:
    world = small(
        tmp_path, "playbooks.setup.steps=[{do: start, effort: 1h, due: 3d}, {do: train, effort: 1h}]"
    )
    assert math.isnan(segment(world, "smb")["first_value_due"])


def test_work_towards_renewals_is_that_of_every_tier_within_reach() -> None:
    assert everything().segments["renewal_work"].tolist() == [1, 1, 0]


def test_early_churn_of_nobody_is_none(tmp_path: Path) -> None:
    world = small(tmp_path, "segments.smb.early_churn={chance: 0%}")
    assert math.isnan(segment(world, "smb")["early_logit"])


# ---------------------------------------------------------------- plays


def test_triggers_phases_and_news() -> None:
    world = everything()
    kinds = {name: world.kinds[number(world, name)] for name in world.names.kinds}
    events = {name: int(kind["event"]) for name, kind in kinds.items() if kind["trigger"] == r.ON_EVENT}
    assert events == {
        "welcome": c.FIRST_VALUE,
        "again": c.STOPPED,
        "moved": c.MOVED,
        "save": c.SEEN_RED,
        "hearing": c.AFTER,
    }
    assert kinds["onboarding"]["trigger"] == r.ON_NEW_ACCOUNT
    assert kinds["check_in"]["phases"] == r.ADOPTION + r.EXPANSION
    assert kinds["hearing"]["phases"] == r.EXPANSION
    # onboarding: a welcome listens; save: has an effect, and a hearing follows; webinar: reaches accounts
    assert [name for name, kind in kinds.items() if kind["news"]] == ["onboarding", "save", "webinar"]
    assert [name for name, kind in kinds.items() if kind["brings_first_value"]] == ["onboarding"]


def test_what_something_comes_after_makes_news(tmp_path: Path) -> None:
    steps = "steps: [{do: call, effort: 1h}]"
    followed = small(tmp_path, f"playbooks.more={{for: smb, after: call, {steps}}}")
    assert dict(zip(followed.names.kinds, followed.kinds["news"], strict=True)) == {
        "call": 1, "setup": 0, "more": 0,
    }  # fmt: skip
    # first value is news where a rule of tiering listens to it
    moved = small(tmp_path, "tiering=[{from: smb, to: tail, on: first_value}]")
    assert moved.kinds["news"].tolist() == [0, 1]


def test_what_plays_bring() -> None:
    world = everything()
    save = world.customers.plays[number(world, "save")]
    assert (save["after"], save["again_days"], save["programme"]) == (-1, 30, 0)
    assert (save["lift"].tolist(), save["saves"]) == ([5, 10, 1, 2], 0.15)
    assert (save["lead"].tolist(), save["uplift"].tolist()) == ([0.3, 0.1], [0.2, 0.1])
    assert save["convert"].tolist() == [[0.0, 0.1, 0.3], [0.01, 0.05, 0.2]]
    hearing = world.customers.plays[number(world, "hearing")]
    assert hearing["after"] == number(world, "save")
    webinar = world.customers.plays[number(world, "webinar")]
    assert (webinar["programme"], webinar["lift"].tolist()) == (1, [2, 0, 0, 0])
    # 70 % where 60 % are free: a quarter of the way to x1.5
    onboarding = world.customers.plays[number(world, "onboarding")]
    assert onboarding["standard_shift"] == pytest.approx(math.log(1.125))
    assert world.customers.plays[number(world, "tickets")]["after"] == -1


def test_effort_that_tools_and_standards_leave() -> None:
    world = everything()
    left = {name: world.customers.effort_left[number(world, name)].tolist() for name in world.names.kinds}
    # a standard that saves 50 % done to 70 % leaves 65 %
    assert left["onboarding"] == pytest.approx([0.75 * 0.65, 0.7 * 0.65, 0.65])
    assert left["check_in"] == pytest.approx([0.5, 0.7, 1])
    assert left["save"] == pytest.approx([1, 0.7, 1])
    assert left["webinar"] == [1, 1, 1]  # a programme is not work of accounts
    assert left["tickets"] == [1, 1, 1]


def test_reach_of_channels_and_programmes() -> None:
    world = everything()
    reach = {names: row.tolist() for names, row in zip(world.names.steps, world.customers.reach, strict=True)}
    assert reach["onboarding", "kickoff"] == [0.95, 1, 1]
    assert reach["welcome", "mail"] == [0.3, 1, 1]
    assert reach["save", "call"] == [0.6, 1, 1]
    assert reach["onboarding", "train"] == [1, 1, 1]
    assert reach["webinar", "prepare"] == [1, 1, 1]
    assert reach["webinar", "host"] == pytest.approx([0.4 * 0.3, 0.4, 0.4])
    assert reach["tickets", "p2"] == [1, 1, 1]


def test_touches_count_as_they_say(tmp_path: Path) -> None:
    world = everything()
    assert world.steps["counts"][step(world, "welcome", "mail")] == 0.5
    assert world.steps["counts"][step(world, "webinar", "host")] == 0.5
    assert world.steps["counts"][step(world, "save", "call")] == 1
    assert world.steps["touch"][step(world, "webinar", "host")] == 0  # it is no touch of any one account
    quiet = small(
        tmp_path,
        "playbooks.web={for: smb, per: segment, every: month, reach: 40%, "
        "steps: [{do: mail, effort: 1h, touch: false}]}",
    )
    assert quiet.steps["counts"][step(quiet, "web", "mail")] == 0


def test_tools_lighten_the_work_that_books_are_balanced_by(tmp_path: Path) -> None:
    plain, light = (
        small(tmp_path, *sets).supply.hours_weights[0] for sets in ((), ("segments.smb.automated=25%",))
    )
    assert plain == pytest.approx(12 * 60)
    assert light == pytest.approx(0.75 * 12 * 60)


# ---------------------------------------------------------------- tables by day


def test_detection_gets_better_from_the_start_on() -> None:
    table = everything().customers.detection
    assert (table[:, 0] == 0.8).all()
    start = day(2027, 4, 1)
    assert table[[0, start, start + 25, start + 100, -1], 1] == pytest.approx([0.05, 0.05, 0.04, 0.01, 0.01])


def test_the_community_grows_from_its_first_day() -> None:
    members, first = everything().customers.members, day(2027, 6, 1)
    assert members[[0, first - 1, first, first + 50, first + 100, -1]] == pytest.approx(
        [0, 0, 0, 0.15, 0.3, 0.3]
    )


def test_a_community_is_there_at_once_where_nothing_else_is_said(tmp_path: Path) -> None:
    assert (small(tmp_path, "community={members: 30%}").customers.members == 0.3).all()
    before = small(tmp_path, "community={members: 30%, since: 2027-02-01, over: 56d}").customers.members
    assert before[[0, 14, 28]] == pytest.approx([0.15, 0.225, 0.3])


def test_traits_by_month_and_the_last_act_in_the_file_that_names_them() -> None:
    bad, poor = everything().customers.trait_shares[:, 0]
    assert everything().customers.trait_shares[:, 1:].any() == np.False_
    assert bad[day(2027, 3, 31)] == 0.3  # March
    assert bad[day(2027, 4, 1)] == 0.1
    assert bad[day(2027, 7, 1)] == 0.4
    assert bad[day(2027, 8, 1)] == bad[day(2027, 8, 10)] == 0.2  # both acts are in force
    assert bad[day(2027, 8, 11)] == 0.4
    assert bad[day(2027, 9, 29)] == 0.4  # 3 months are 91 days
    assert bad[day(2027, 9, 30)] == 0.1
    assert bad[day(2028, 3, 1)] == 0.3
    assert (poor[day(2027, 7, 31)], poor[day(2027, 8, 1)], poor[day(2027, 8, 11)]) == (0.2, 0.5, 0.2)


def test_new_business_comes_in_seasons_and_pushes() -> None:
    sales = everything().customers.sales
    assert sales[0, day(2027, 4, 1)] == 3
    assert sales[0, day(2027, 5, 1)] == 1
    assert sales[0, day(2027, 7, 1)] == 3
    assert sales[0, day(2027, 8, 1)] == 0.5 * 3 * 2
    assert sales[0, day(2027, 8, 31)] == 0.5 * 3
    assert sales[0, day(2027, 9, 30)] == 1
    assert (sales[1:] == 1).all()


def test_prices_add_up_from_their_days_on() -> None:
    index, shift = everything().customers.price_index, everything().customers.price_shift
    first, second = day(2027, 10, 1), day(2028, 1, 1)
    assert index[:, first - 1].tolist() == [1, 1, 1]
    assert index[:, first] == pytest.approx([1.05, 1.05, 1.05])
    assert index[:, second] == pytest.approx([1.05, 1.05 * 0.9, 1.05])
    assert shift[:, first - 1].tolist() == [0, 0, 0]
    assert shift[:, second] == pytest.approx([math.log(1.1), math.log(1.1 * 0.5), math.log(1.1)])


def test_a_push_without_an_end_lasts(tmp_path: Path) -> None:
    sales = small(tmp_path, "timeline=[{on: 2027-06-01, sales: {new: x3}}]").customers.sales
    assert sales[0].tolist() == [1.0] * day(2027, 6, 1) + [3.0] * (day(2028, 4, 1) - day(2027, 6, 1))


# ---------------------------------------------------------------- tiers


def test_rules_of_tiering() -> None:
    world, found = everything(), everything().customers
    graduate, review = found.moves
    assert (graduate["to"], graduate["looks"], graduate["bands"]) == (1, c.ON_FIRST_VALUE, 7)
    assert (graduate["arr_low"], graduate["arr_high"]) == (-math.inf, 2e6)
    assert (graduate["ltv_low"], graduate["ltv_high"], graduate["tenure_days"]) == (-math.inf, math.inf, 0)
    assert (review["to"], review["looks"], review["bands"]) == (2, c.ON_REVIEW, 2 + 4)
    assert (review["arr_low"], review["arr_high"]) == (1e6, 5e6)
    assert (review["ltv_low"], review["ltv_high"], review["tenure_days"]) == (1e7, 9e7, 183)
    assert found.move_from.tolist() == [[1, 0, 0], [1, 1, 0]]
    assert world.names.moves == ("trial to tail on first_value", "trial, tail to club every 3 months")


def test_roll_out_and_reviews() -> None:
    found, since = everything().customers, day(2027, 10, 1)
    assert (found.move_shares[0] == 1).all()
    assert found.move_shares[1, [0, since - 1, since, since + 50, since + 100, -1]] == pytest.approx(
        [0, 0, 0, 0.25, 0.5, 0.5]
    )
    assert not found.move_reviews[0].any()
    # a quarter is 91.3125 days, from 31 days of warm-up on
    assert np.flatnonzero(found.move_reviews[1]).tolist() == [122, 213, 304, 396]


def test_onboarding_given_up_can_move_accounts(tmp_path: Path) -> None:
    world = small(
        tmp_path,
        "journey.onboarding_limit=60d",
        "tiering=[{from: smb, to: tail, on: onboarding_stopped, if: {health: red}}]",
    )
    assert (world.customers.moves["looks"][0], world.customers.moves["bands"][0]) == (c.ON_STOPPED, 1)


def test_serves_goes_as_far_as_rules_lead(tmp_path: Path) -> None:
    assert everything().customers.serves.tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 1]]
    world = small(
        tmp_path,
        "segments.club={touch: community, accounts: 1, arr: 1}",
        "tiering=[{from: tail, to: club, review: month}, {from: smb, to: tail, review: month}]",
    )
    assert world.customers.serves.tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 1]]


def test_tickets_go_where_an_account_is_served(tmp_path: Path) -> None:
    world = small(
        tmp_path,
        "staff.support={headcount: 1}",
        "tickets={rate: {smb: 1 per month}, severities: {p2: {effort: 1h}}}",
        "tiering=[{from: smb, to: tail, review: month}]",
    )
    assert world.segments["raises_tickets"].tolist() == [1, 0]
    assert world.desk.roles[:, 0].tolist() == [1, 1]
    alone = small(
        tmp_path,
        "staff.support={headcount: 1}",
        "tickets={rate: {smb: 1 per month}, severities: {p2: {effort: 1h}}}",
    )
    assert alone.desk.roles[:, 0].tolist() == [1, -1]


def test_rules_that_look_alike_have_names_of_their_own(tmp_path: Path) -> None:
    rule = "{from: smb, to: tail, review: month, if: {arr_below: 1M}}"
    world = small(tmp_path, f"tiering=[{rule}, {rule}]")
    assert world.names.moves == ("smb to tail every 1 month", "smb to tail every 1 month (2)")
