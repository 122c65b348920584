"""Exact bookkeeping in every replication with all rules for people in force."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from properties.balance import (
    assert_accounts_and_arr_balance,
    assert_coins_decide,
    assert_efforts_match_the_log,
    assert_tallies_match_the_log,
    assert_tasks_balance,
    assert_tickets_add_up,
)
from properties.crowds import crowds, everything
from properties.log import ROUNDING
from properties.people_books import assert_books_are_in_order
from properties.people_idle import assert_nobody_idles_beside_work
from properties.people_log import Array, Sitting, Watched, watch
from properties.people_work import assert_work_is_kept
from properties.scenarios import Files, Yaml, scenario_files, world_from, world_of

HOURS = {name: number for number, name in enumerate(ct.HOURS_FIELDS)}
MOVES = {name: number for number, name in enumerate(ct.MOVES_FIELDS)}
RULES = (
    "ramp:", "time_to_hire:", "attrition:", "leave:", "span:", "handover:", "most:", "people:", '"absence"',
    '"train"', '"reorganise"', '"freeze"',
)  # fmt: skip


def has_rules_for_people(files: Files) -> bool:
    """Whether a scenario says more of its people than how many there are."""
    return any(rule in files["scenario.yaml"] for rule in RULES)


every_rule = settings(
    derandomize=True, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck)
)
FILES = st.one_of(
    scenario_files(people=True, rules_for_customers=False).filter(has_rules_for_people), crowds()
)
"""Scenarios with a few rules for people, and such with all of them."""


@every_rule
@given(files=FILES, seed=st.integers(0, 2**32))
def test_every_replication_with_people_balances(files: Files, seed: int) -> None:
    assert_balances(watch(world_of(files), seed), seed)


def test_a_team_to_which_everything_happens_balances() -> None:
    """As it is, with people who hardly stay, and with people who are hardly ever all there."""
    changes = [{}, {"timeline": []}, {"people": [], "timeline": []}]
    data = [everything(**change) for change in changes]
    for role in data[1]["staff"].values():
        role |= {"attrition": "99.9% per year", "notice": "1d", "skills": {"ja": "all", "api": "all"}}
    for role in data[2]["staff"].values():
        role |= {"headcount": 2, "skills": {"ja": 1, "api": 1}}
        role["leave"] = {"planned": "60d", "block": "1d", "sick": "90 days", "spell": "1.5d"}
    for number, one in enumerate(data):
        world = world_from(one)
        for seed in range(8):
            assert_balances(watch(world, 100 * number + seed), 100 * number + seed)


def assert_balances(seen: Watched, seed: int) -> None:
    """All that must hold in a replication."""
    assert_everything_is_counted(seen, seed)
    assert_hours_add_up(seen)
    assert_idle_time_is_what_is_left_of_the_windows(seen)
    assert_heads_and_moves_are_those_of_the_log(seen)
    assert_vacancies_have_a_reason(seen)
    assert_speeds_follow_from_the_rules(seen)
    assert_work_is_kept(seen)
    assert_nobody_idles_beside_work(seen)
    assert_books_are_in_order(seen)


@every_rule
@given(files=FILES, seed=st.integers(0, 2**32))
def test_in_the_twin_nothing_happens_to_people_but_by_plan(files: Files, seed: int) -> None:
    seen = watch(world_of(files), seed, unlimited=True)
    assert_everything_is_counted(seen, seed)
    assert_hours_add_up(seen)
    assert_heads_and_moves_are_those_of_the_log(seen)
    assert_vacancies_have_a_reason(seen)
    assert_books_are_in_order(seen)
    assert not {ev.NOTICE, ev.AWAY, ev.BACK, ev.INTERRUPTED} & {event[1] for event in seen.events}
    moves = seen.outcome.moves.sum(axis=(0, 1))
    for name in ("notices", "resigned", "handed_over", "orphan_days"):
        assert moves[MOVES[name]] == 0, name
    handover = seen.world.supply.rules["handover_kind"]
    steps = np.isin(seen.world.steps["kind"], handover[handover >= 0])
    assert not seen.outcome.tallies["opened"][steps].any()
    assert not seen.outcome.tallies["hand_overs"].any()
    assert np.isnan(seen.outcome.content).all() and np.isnan(seen.outcome.satisfaction).all()


def assert_everything_is_counted(seen: Watched, seed: int) -> None:
    """Tasks, tickets, accounts and ARR balance, as without people who come and go."""
    assert_tasks_balance(seen.outcome)
    assert_tickets_add_up(seen.world, seen.outcome)
    assert_tallies_match_the_log(seen.world, seen.outcome, seen.events)
    assert_accounts_and_arr_balance(seen.outcome)
    assert_coins_decide(seen.world, seen.outcome, seen.events, seed)
    assert_efforts_match_the_log(seen.world, seen.outcome, seen.events)


# ---------------------------------------------------------------- hours


def assert_hours_add_up(seen: Watched) -> None:
    """contracted = here + planned + sick + long + vacant, to the last minute; each is what the log says."""
    hours, capacity = seen.outcome.hours, seen.outcome.capacity
    parts = [hours[..., HOURS[name]] for name in ("here", "planned", "sick", "long", "vacant")]
    np.testing.assert_array_equal(hours[..., HOURS["contracted"]], sum(parts))
    assert (hours >= 0).all()
    away = np.asarray(sum(parts[1:4]))
    np.testing.assert_array_equal(parts[0], seen.by_week(seen.minutes * seen.here))
    np.testing.assert_array_equal(away, seen.by_week(seen.minutes * (seen.employed & (seen.away != s.HERE))))
    assert (seen.contracted | ~seen.employed).all(), "somebody sits in a seat without a contract"
    np.testing.assert_array_equal(
        parts[4], seen.by_week(seen.minutes * (seen.contracted & ~seen.employed)), err_msg="vacant"
    )
    # by month and role it is the same time
    role = seen.world.supply.seats["role"]
    for place in range(len(ct.HOURS_FIELDS)):
        of_seats = hours[..., place].sum(axis=0)
        of_roles = np.bincount(role, of_seats, minlength=len(seen.world.roles))
        np.testing.assert_array_equal(capacity[..., place].sum(axis=0), of_roles)
    np.testing.assert_array_equal(
        capacity[..., HOURS["here"]], seen.by_month(np.where(seen.here, seen.minutes, 0.0))
    )
    # of people whose contract has an end, here or not
    seats = seen.world.supply.seats
    ends = np.zeros(seen.employed.shape, np.bool_)
    ends[(seats["joins_day"] == 0) & (seats["until_day"] < s.FOREVER)] = True
    for change in seen.changes:
        if change.what in (ev.JOINED, ev.LEFT):
            ends[change.seat, change.day :] = change.what == ev.JOINED and change.until < s.FOREVER
    temporary = capacity[..., ct.CAPACITY_FIELDS.index("temporary")]
    np.testing.assert_array_equal(temporary, seen.by_month(np.where(ends, seen.minutes, 0.0)))
    assert (temporary <= capacity[..., HOURS["contracted"]] - capacity[..., HOURS["vacant"]]).all()


def assert_idle_time_is_what_is_left_of_the_windows(seen: Watched) -> None:
    """Busy and idle time, each measured for itself, are the time that people are at work."""
    busy, hours = seen.outcome.busy.sum(axis=2), seen.outcome.hours
    idle = seen.by_week(seen.idle_minutes())
    np.testing.assert_allclose(busy + idle, hours[..., HOURS["here"]], rtol=0, atol=ROUNDING)
    others = hours[..., HOURS["planned"] :].sum(axis=2)
    np.testing.assert_allclose(busy + idle + others, hours[..., 0], rtol=0, atol=ROUNDING)


# ---------------------------------------------------------------- who comes and goes


def assert_heads_and_moves_are_those_of_the_log(seen: Watched) -> None:
    world, moves = seen.world, seen.outcome.moves
    ends = [*((first - world.first_day).days for first in world.month_starts[1:]), world.days]
    role = world.supply.seats["role"]
    heads = [np.bincount(role[seen.employed[:, day - 1]], minlength=len(world.roles)) for day in ends]
    np.testing.assert_array_equal(seen.outcome.heads, np.array(heads))
    logged = [
        (int(time // r.DAY), what, person, occurrence)
        for time, what, _, person, _, occurrence, _, _ in seen.events
        if what in (ev.JOINED, ev.LEFT, ev.NOTICE)
    ]
    assert logged == [(c.day, c.what, c.seat, c.occurrence) for c in seen.changes]
    expected = _counted(seen)
    for name in ("joined", "notices", "resigned", "cut", "ended", "moved_in", "moved_out", "handed_over"):
        np.testing.assert_array_equal(moves[..., MOVES[name]], expected[name], err_msg=name)
    assert moves[..., MOVES["moved_in"]].sum() == moves[..., MOVES["moved_out"]].sum()
    # whoever joins without being known to come has been looked for; some requisitions come to nothing
    known = [c for name, c in seen.happenings() if name == "joined" and c.occurrence == 0]
    known = [c for c in known if world.supply.seats["joins_day"][c.seat] > 0]
    found = moves[..., MOVES["joined"]].sum(axis=0) + seen.looked_for
    found -= np.bincount(role[[c.seat for c in known]].astype(np.int64), minlength=len(world.roles))
    assert (found <= moves[..., MOVES["requisitions"]].sum(axis=0)).all()


def assert_vacancies_have_a_reason(seen: Watched) -> None:
    """A seat is empty and contracted from its requisition on, or after somebody who is to be replaced."""
    world = seen.world
    thaws = {act.day + act.days for act in world.supply.acts if act.what == s.FREEZE}
    hires = thaws | {act.day for act in world.supply.acts if act.what == s.HIRE}
    vacant = seen.contracted & ~seen.employed
    for seat, day in np.argwhere(np.diff(vacant, axis=1, prepend=False) & vacant).tolist():
        left = [
            name for name, c in seen.happenings() if c.day == day and c.seat == seat and c.what == ev.LEFT
        ]
        backfill = world.supply.rules[int(world.supply.seats[seat]["role"])]["backfill"]
        assert day in hires or (left == ["resigned"] and backfill), f"seat {seat} is vacant on day {day}"


def _counted(seen: Watched) -> dict[str, Array]:
    """The moves as the log tells them, month by month and role by role."""
    world, role = seen.world, seen.world.supply.seats["role"]
    found: dict[str, Array] = defaultdict(lambda: np.zeros((world.months, len(world.roles)), np.int64))
    for name, change in seen.happenings():
        found[name][world.month_of_day[change.day], role[change.seat]] += 1
    # a handover from one person to another is known by the work of receiving, where that takes any
    found["handed_over"] += seen.outcome.moves[..., MOVES["handed_over"]]
    for number, rule in enumerate(world.supply.rules):
        if rule["receiving_dist"] >= 0:
            step = int(world.kinds[rule["handover_kind"]]["step0"]) + 1
            opened = [int(e[0] // r.DAY) for e in seen.events if e[1] == ev.OPENED and e[6] == step]
            found["handed_over"][:, number] = np.bincount(
                world.month_of_day[opened].astype(np.int64), minlength=world.months
            )
    return found


# ---------------------------------------------------------------- speed


def assert_speeds_follow_from_the_rules(seen: Watched) -> None:
    """Speed is shrinkage, ramp, leading, training and own factor, and what coaching of colleagues leaves."""
    world, supply = seen.world, seen.world.supply
    joined = {change.uid: change.day for name, change in seen.happenings() if name == "joined"}
    ramps = np.ones(seen.speed.shape)
    for scene, end in zip(seen.scenes, [*(later.day for later in seen.scenes[1:]), world.days], strict=True):
        for role, rule in enumerate(supply.rules):
            team = [sitting for sitting in scene.sittings if sitting.role == role]
            by_tenure = sorted(team, key=lambda one: (one.joined, one.seat))
            leads = by_tenure[: len(team) // int(rule["span_people"])] if rule["span_people"] else []
            for day in range(scene.day, end):
                there = np.flatnonzero(seen.employed[:, day] & (supply.seats["role"] == role))
                assert there.tolist() == sorted(sitting.seat for sitting in team)
                coached = 0
                for one in team:
                    assert joined.get(one.uid, -1) == one.joined
                    ramps[one.seat, day] = ramp = _ramp(seen, one, day) or 1.0
                    speed = scene.role_speed[role] * ramp * one.own_factor
                    speed *= (1.0 - rule["span_share"]) ** (one in leads)
                    speed *= math.prod(1.0 - share for share in one.trainings)
                    coached += _number_coached(seen.speed[one.seat, day] / speed, float(rule["coaching"]))
                ramping = sum(_ramp(seen, one, day) is not None for one in team)
                able = any(one.leaves < 0 and _ramp(seen, one, day) is None for one in team)
                if rule["coaching"] > 0:  # who coaches goes on with it while on notice
                    assert coached <= ramping
                    assert coached == ramping or not able
    minutes = np.where(seen.here, seen.minutes, 0.0)
    for name, factor in (("ramped", ramps), ("productive", seen.speed)):
        expected = seen.by_month(minutes * factor)
        counted = seen.outcome.capacity[..., ct.CAPACITY_FIELDS.index(name)]
        np.testing.assert_allclose(counted, expected, rtol=1e-12, atol=1e-9)


def _ramp(seen: Watched, one: Sitting, day: int) -> float | None:
    """The factor of the ramp by the months of tenure; None once it is over."""
    supply, month = seen.world.supply, math.floor((day - one.joined) / r.MONTH_DAYS)
    if one.ramp_role < 0 or month >= supply.ramp_months[one.ramp_role]:
        return None
    return float(supply.ramp[one.ramp_role, month])


def _number_coached(part: float, coaching: float) -> int:
    """How many colleagues leave this part of somebody's time."""
    number = round(math.log(part) / math.log1p(-coaching)) if coaching > 0 else 0
    assert math.isclose(part, (1.0 - coaching) ** number, rel_tol=1e-9)
    return number


# ---------------------------------------------------------------- what was wrong once

CALL: Yaml = {"for": "all", "every": "week", "steps": [{"do": "call", "effort": "1h"}]}
NOTE: Yaml = {"per": "person", "role": "support", "every": "week", "steps": [{"do": "note", "effort": "1h"}]}


def two_roles(csm: Yaml, support: Yaml, **changes: Any) -> Yaml:
    """Four accounts of one role, at work around the clock, and another role with work of its own."""
    data = everything(people=[], playbooks={"call": CALL, "note": NOTE})
    del data["tickets"]
    data |= {"start": "2027-04-01", "horizon": "9 weeks", "warm_up": "0d", "calendar": "24x7"}
    data["segments"] = {"alpha": {"touch": "low", "accounts": 4, "arr": "1M", "owner": "csm"}}
    data["staff"] = {"csm": {"serves": "all", **csm}, "support": support}
    return {**data, **changes}


ALL_MOVE = {"on": "2027-04-05", "reorganise": {"from": "csm", "to": "support"}}
MERGED_BEFORE_ORPHAN_TIME_IS_OVER = two_roles(
    {"headcount": 2, "handover": {"orphan": "5d"}},
    {"headcount": 1},
    timeline=[{"on": "2027-04-03", "cut": {"role": "csm", "count": 1}}, ALL_MOVE],
)


def test_work_for_orphans_of_a_role_that_has_merged_is_in_the_pool_of_the_other() -> None:
    assert_nobody_idles_beside_work(watch(world_from(MERGED_BEFORE_ORPHAN_TIME_IS_OVER), 1))


def test_orphans_of_a_role_that_has_merged_go_to_the_other() -> None:
    seen = watch(world_from(MERGED_BEFORE_ORPHAN_TIME_IS_OVER), 1)
    assert (seen.outcome.accounts["owner"] >= 0).all()


def test_the_contract_of_somebody_who_has_moved_ends_with_the_notice_of_the_new_role() -> None:
    move = {"on": "2027-04-10", "reorganise": {"from": "support", "to": "csm", "people": ["Ann"]}}
    data = two_roles(
        {"headcount": 1, "notice": "1d", "handover": {"giving": "7min"}},
        {"headcount": 1, "notice": "3 weeks"},
        people=[{"name": "Ann", "role": "support", "until": "2027-05-20"}],
        timeline=[move, {"on": "2027-04-12", "hire": {"role": "csm", "count": 1}}],
    )
    seen = watch(world_from(data), 1)
    opened = [(int(e[0] // r.DAY), e[3]) for e in seen.events if e[1] == ev.OPENED and e[2] == -1]
    assert {day for day, seat in opened if seat == 1} == {49}, "the last day before the end"


def test_work_that_people_get_at_the_midnight_of_the_start_is_counted_once() -> None:
    act = {"steps": ["review"], "share": "10%", "effort": "8h", "role": "csm", "over": "5d"}
    seen = watch(world_from(everything(timeline=[{"on": "2027-03-01", "automate": act}])), 1)
    internal = seen.world.kinds["trigger"] == r.INTERNAL
    started = [e for e in seen.events if e[1] == ev.OPENED and e[0] == seen.world.start_minute]
    assert any(internal[e[4]] for e in started)
    assert_tasks_balance(seen.outcome)
