"""The loss by cause: Shapley values of games by hand, and of simulated ones."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_team import write_scenario

from csm_sim.analysis import attribute as asked
from csm_sim.analysis.attribute import CAUSES, Attribution, alone, causes_that_matter, shapley, worth
from csm_sim.analysis.expected import arr_can_change, arr_without_loss, net_arr_lost
from csm_sim.engine.simulate import simulate
from csm_sim.errors import EngineError
from csm_sim.scenario import load
from csm_sim.world import records as r
from csm_sim.world.build import World, build_world

TEAM = """\
name: Causes
start: 2027-04-01
horizon: 9 months
warm_up: 1 month
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 40, arr: 3M, term: 3 months, owner: csm, new: {per_month: 4},
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 2, shrinkage: 30%, attrition: 60%, time_to_hire: 30d, handover: {health: 30}}
  support: {headcount: 1, serves: [key], shrinkage: 30%}
playbooks:
  call: {for: key, every: month, steps: [{do: call, effort: 5h, due: 5d, drop_after: 5d}]}
  onboarding:
    for: key
    on: new_account
    first_value_after: train
    steps: [{do: kickoff, effort: 4h, due: 5d}, {do: train, effort: 6h, due: 20d}]
  upsell:
    for: key
    every: quarter
    effect: {upsell: {lead: 50%, converts: {green: 40%, yellow: 20%, red: 5%}, uplift: 30%}}
    steps: [{do: propose, effort: 4h, due: 10d, drop_after: 5d}]
tickets:
  rate: 6 per month
  handled_by: support
  severities: {only: {effort: 1h, first_response: 2h, resolve: 8h}}
run: {seed: 3}
"""


def _world(folder: Path, text: str = TEAM, *changes: str) -> World:
    return build_world(load(write_scenario(folder, text), changes))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _world(tmp_path_factory.mktemp("causes"))


@pytest.fixture(scope="module")
def answer(world: World) -> Attribution:
    return asked.attribute(world, seed=3, replications=6, jobs=1)


# ---------------------------------------------------------------- games by hand


def test_one_player_gets_all() -> None:
    assert shapley(np.array([[2.0, 7.0]])).tolist() == [[5.0]]
    assert alone(np.array([[2.0, 7.0]])).tolist() == [[5.0]]


def test_nobody_gets_nothing() -> None:
    assert shapley(np.array([[3.0]])).shape == alone(np.array([[3.0]])).shape == (1, 0)


def test_two_players_by_hand() -> None:
    # alone 1 and 3, together 6: half of what each adds first and last
    game = np.array([[0.0, 1.0, 3.0, 6.0]])
    assert shapley(game).tolist() == [[(1 + 3) / 2, (3 + 5) / 2]]
    assert alone(game).tolist() == [[6 - 3, 6 - 1]]


def test_three_players_with_gloves() -> None:
    """One has a left glove, two have a right one each; only a pair is worth something."""
    game = np.array([[float(s & 1 and s & 6 > 0) for s in range(8)]])
    np.testing.assert_allclose(shapley(game), [[2 / 3, 1 / 6, 1 / 6]], rtol=1e-12)
    assert alone(game).tolist() == [[1.0, 0.0, 0.0]]


def test_sets_that_are_not_all_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="3 sets are not all sets"):
        shapley(np.zeros((1, 3)))


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_it_is_the_mean_over_all_orders(k: int) -> None:
    games = np.random.default_rng(k).normal(size=(4, 2**k)) * 1e6
    means = np.zeros((4, k))
    for order in permutations(range(k)):
        there = 0
        for player in order:
            means[:, player] += (games[:, there | 1 << player] - games[:, there]) / math.factorial(k)
            there |= 1 << player
    np.testing.assert_allclose(shapley(games), means, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_values_add_up(k: int) -> None:
    games = np.random.default_rng(10 + k).normal(size=(50, 2**k)) * 1e8
    whole = games[:, -1] - games[:, 0]
    np.testing.assert_allclose(shapley(games).sum(axis=1), whole, rtol=1e-9, atol=1e-9 * 1e8)


def test_a_player_who_changes_nothing_gets_exactly_nothing() -> None:
    games = np.random.default_rng(1).normal(size=(50, 32)) * 1e9
    for player in range(5):
        without = [s & ~(1 << player) for s in range(32)]
        assert (shapley(games[:, without])[:, player] == 0).all()
        assert (alone(games[:, without])[:, player] == 0).all()


def test_players_who_are_alike_get_the_same() -> None:
    games = np.random.default_rng(2).normal(size=(20, 16))
    swapped = [s & 0b1001 | (s & 0b0010) << 1 | (s & 0b0100) >> 1 for s in range(16)]
    alike = games + games[:, swapped]
    found = shapley(alike)
    np.testing.assert_allclose(found[:, 1], found[:, 2], rtol=1e-9, atol=1e-12)
    # and a change of names changes nothing but names
    np.testing.assert_allclose(shapley(games[:, swapped]), shapley(games)[:, [0, 2, 1, 3]], atol=1e-12)


def test_values_of_games_add_up_over_games() -> None:
    one, two = np.random.default_rng(3).normal(size=(2, 5, 16))
    np.testing.assert_allclose(shapley(one + two), shapley(one) + shapley(two), atol=1e-12)


# ---------------------------------------------------------------- worth


def test_worth_is_what_the_run_loses_more_than_the_twin() -> None:
    lost = np.array([[[5.0, 5.0], [9.0, 6.0]]])
    assert worth(lost).tolist() == [[0.0, 3.0]]


def test_rounding_of_sums_is_no_loss() -> None:
    lost = np.array([[[1e9, 1e9 + 1e-6], [2e9, 1e9]]])
    assert worth(lost)[0, 0] == 0


@pytest.mark.parametrize("twin", [1e9 + 10.0, math.nan])
def test_a_loss_without_a_cause_is_a_bug(twin: float) -> None:
    lost = np.array([[[5.0, 5.0], [9.0, 6.0]], [[1e9, twin], [2e9, 1e9]]])
    with pytest.raises(EngineError, match="replication 1 loses 1000000000 and its fully staffed twin"):
        worth(lost)


def test_sets_of_causes_as_bits(world: World) -> None:
    players = [CAUSES[1], CAUSES[3]]
    # what cannot matter keeps its effect in all of them
    assert asked.effects_of_sets(world, players) == [21, 23, 29, 31]
    assert asked.effects_of_sets(world, CAUSES) == list(range(32))
    assert asked.effects_of_sets(world, []) == [31]


# ---------------------------------------------------------------- which causes there are


def test_all_five_can_matter(world: World) -> None:
    assert [cause.name for cause in causes_that_matter(world)] == [
        "onboarding", "touches", "tickets", "handover", "expansion",
    ]  # fmt: skip
    assert sum(cause.bit for cause in CAUSES) == r.ALL_EFFECTS


NO_WEIGHT = "health.weights={adoption: 100%, engagement: 0%, support: 0%, onboarding: 0%}"


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        (("tickets=null",), "onboarding touches handover expansion"),
        (("segments.key.new=null",), "touches tickets handover expansion"),
        (("playbooks.onboarding.first_value_after=null",), "touches tickets handover expansion"),
        (("playbooks.upsell=null",), "onboarding touches tickets handover"),
        (("playbooks.upsell.effect.upsell.lead=0%",), "onboarding touches tickets handover"),
        (("staff.csm.handover.health=0",), "onboarding touches tickets expansion"),
        ((NO_WEIGHT,), "onboarding expansion"),
        ((NO_WEIGHT, "health.usage.before_first_value=75"), "expansion"),
        (
            (NO_WEIGHT, "playbooks.call.effect={health: {adoption: 5}}"),
            "onboarding touches expansion",
        ),
        (("health.effects=off",), ""),
    ],
)
def test_causes_that_cannot_matter_are_left_out(tmp_path: Path, changes: tuple[str, ...], left: str) -> None:
    world = _world(tmp_path, TEAM, *changes)
    assert [cause.name for cause in causes_that_matter(world)] == left.split()


def test_without_churn_and_sales_no_arr_can_change(tmp_path: Path) -> None:
    assert arr_can_change(_world(tmp_path, TEAM, "segments.key.churn=null"))
    assert not arr_can_change(_world(tmp_path, TEAM, "segments.key.churn=null", "playbooks.upsell=null"))
    for still in (
        "early_churn={chance: 5%}",
        "contraction={chance: {green: 1%, yellow: 2%, red: 3%}, by: 10%}",
    ):
        changes = ("segments.key.churn=null", "playbooks.upsell=null", f"segments.key.{still}")
        assert arr_can_change(_world(tmp_path, TEAM, *changes))


# ---------------------------------------------------------------- the answer


def _as_game(monkeypatch: pytest.MonkeyPatch, worth_of: Any) -> None:
    """Replace simulations by a game: ``worth_of(bits, replication)`` is lost beyond the twin."""

    def play(_: World, effects: list[int], __: int, unit: tuple[int, int, bool]) -> tuple[float, float]:
        number, column, twin = unit
        return 100.0 + (0.0 if twin else worth_of(effects[column] & 31, number)), 1000.0

    monkeypatch.setattr(asked, "measure", play)


def test_a_loss_of_two_causes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    touches, tickets = r.EFFECT_TOUCHES, r.EFFECT_TICKETS
    _as_game(
        monkeypatch,
        lambda bits, number: (
            20.0 * bool(bits & touches)
            + (10.0 + number) * bool(bits & tickets)
            + 6.0 * bool(bits & touches and bits & tickets)
        ),
    )
    found = asked.attribute(world, seed=3, replications=3, jobs=1)
    assert [share.cause.name for share in found.shares][:2] == ["touches", "tickets"]
    first, second = found.shares[:2]
    assert (first.loss.mean, first.loss.half_width) == (pytest.approx(23.0), pytest.approx(0.0, abs=1e-9))
    assert second.loss.mean == pytest.approx(14.0)  # 10, 11, 12 and half of what they do together
    assert second.loss.half_width == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)  # t with 2 degrees
    assert (first.alone.mean, second.alone.mean) == (pytest.approx(26.0), pytest.approx(17.0))
    assert found.total.mean == pytest.approx(37.0)
    assert found.interaction.mean == pytest.approx(-6.0)
    assert (found.twin_arr.mean, found.run_arr.mean) == (900.0, pytest.approx(863.0))
    assert first.of_total is not None and first.of_total.mean == pytest.approx(23 / 37)
    for row in found.by_replication:
        assert sum(row[1:]) == pytest.approx(row[0], rel=1e-9)
    for share in found.shares[2:]:
        assert (share.loss.mean, share.loss.low, share.loss.high, share.alone.mean) == (0, 0, 0, 0)


def test_a_loss_that_is_not_resolved_has_no_percentages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _as_game(monkeypatch, lambda bits, number: bool(bits) * (-1.0) ** number * 5.0)
    found = asked.attribute(world, seed=3, replications=4, jobs=1)
    assert not found.is_resolved
    assert all(share.of_total is None for share in found.shares)


def test_one_replication_has_no_interval(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_game(monkeypatch, lambda bits, number: 5.0 * bool(bits))
    found = asked.attribute(world, seed=3, replications=1, jobs=1)
    assert math.isnan(found.total.half_width)
    assert not found.is_resolved


def test_a_cause_that_cannot_matter_is_not_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _as_game(monkeypatch, lambda bits, number: 5.0 * bool(bits & r.EFFECT_TOUCHES))
    told: list[tuple[int, int]] = []
    world = _world(tmp_path, TEAM, "tickets=null", "playbooks.upsell=null", "staff.csm.handover.health=0")
    found = asked.attribute(
        world, seed=3, replications=2, jobs=1, progress=lambda done, expected: told.append((done, expected))
    )
    assert told[-1] == (16, 16)  # run and twin, four sets of two causes, two futures
    left = {share.cause.name for share in found.shares if not share.simulated}
    assert left == {"tickets", "expansion", "handover"}
    for share in found.shares:
        if not share.simulated:
            assert (share.loss.mean, share.loss.low, share.loss.high) == (0, 0, 0)


# ---------------------------------------------------------------- simulated games


def test_shares_add_up_to_the_loss_in_every_future(answer: Attribution, world: World) -> None:
    assert {share.cause.name for share in answer.shares if share.simulated} == {one.name for one in CAUSES}
    assert len(answer.by_replication) == answer.n == 6
    for number, (loss, *shares) in enumerate(answer.by_replication):
        run, twin = (
            simulate(world, seed=3, replication=number, unlimited=unlimited).months
            for unlimited in (False, True)
        )
        assert loss == pytest.approx(net_arr_lost(run) - net_arr_lost(twin), rel=1e-12)
        assert abs(sum(shares) - loss) <= 1e-9 * abs(loss)
    assert answer.total.mean == pytest.approx(np.mean([row[0] for row in answer.by_replication]))
    assert answer.is_resolved and answer.total.mean > 0


def test_what_is_expected_at_the_end(answer: Attribution, world: World) -> None:
    months = [simulate(world, seed=3, replication=number, unlimited=True).months for number in range(6)]
    expected = [arr_without_loss(one) - net_arr_lost(one) for one in months]
    assert answer.twin_arr.mean == pytest.approx(np.mean(expected), rel=1e-12)
    assert answer.run_arr.mean == pytest.approx(answer.twin_arr.mean - answer.total.mean, rel=1e-12)


def test_fixing_one_cause_is_a_run_without_it(answer: Attribution, world: World) -> None:
    touches = next(share for share in answer.shares if share.cause.name == "touches")
    health = world.health.copy()
    health["effects"] = r.ALL_EFFECTS & ~r.EFFECT_TOUCHES
    fixed = replace(world, health=health)
    saved = []
    for number, (loss, *_) in enumerate(answer.by_replication):
        run, twin = (
            net_arr_lost(simulate(fixed, seed=3, replication=number, unlimited=unlimited).months)
            for unlimited in (False, True)
        )
        saved.append(loss - (run - twin))
    assert touches.alone.mean == pytest.approx(np.mean(saved), rel=1e-9)
    assert touches.loss.low > 0


def test_a_cause_that_never_happens_gets_exactly_nothing(tmp_path: Path) -> None:
    # handovers would cost health, but nobody leaves
    world = _world(tmp_path, TEAM, "staff.csm.attrition=null", "playbooks.upsell=null")
    found = asked.attribute(world, seed=3, replications=2, jobs=1)
    shares = {share.cause.name: share for share in found.shares}
    assert shares["handover"].simulated
    assert (shares["handover"].loss.mean, shares["handover"].loss.half_width) == (0, 0)
    assert (shares["handover"].alone.mean, shares["handover"].alone.half_width) == (0, 0)
    assert shares["touches"].loss.mean > 0


def test_without_effects_there_is_exactly_no_loss(tmp_path: Path) -> None:
    found = asked.attribute(_world(tmp_path, TEAM, "health.effects=off"), seed=3, replications=3, jobs=1)
    assert (found.total.mean, found.total.low, found.total.high) == (0, 0, 0)
    assert not any(share.simulated for share in found.shares)


ALIKE = """\
name: Alike
start: 2027-04-01
horizon: 12 months
warm_up: 6 months
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 60, arr: 3M, term: 6 months,
        churn: {green: 5%, yellow: 15%, red: 40%}}
staff:
  csm: {headcount: 1, serves: [key]}
  support: {headcount: 1}
playbooks:
  more: {per: person, role: csm, every: week, priority: 1, steps: [{do: more, effort: 60h}]}
  too: {per: person, role: support, every: week, priority: 1, steps: [{do: more, effort: 60h}]}
  call: {for: key, every: week, steps: [{do: call, effort: 8h, due: 4d, drop_after: 1h}]}
tickets:
  rate: 8 per month
  handled_by: support
  severities: {only: {effort: 8h, patience: 1h}}
health:
  weights: {adoption: 40%, engagement: 30%, support: 30%, onboarding: 0%}
  memory: {engagement: 50%, support: 50%}
run: {seed: 3}
"""


def test_causes_that_are_alike_get_the_same(tmp_path: Path) -> None:
    """Touches that nobody makes and tickets that nobody answers, of the same weight: both score 0."""
    found = asked.attribute(_world(tmp_path, ALIKE), seed=3, replications=8, jobs=1)
    shares = {share.cause.name: share for share in found.shares}
    touches, tickets = shares["touches"].loss, shares["tickets"].loss
    assert touches.low > 0 and tickets.low > 0
    names = [share.cause.name for share in found.shares]
    rows = np.array(found.by_replication)
    gap = rows[:, 1 + names.index("touches")] - rows[:, 1 + names.index("tickets")]
    half = 2.3646 * gap.std(ddof=1) / math.sqrt(len(gap))  # Student's t with 7 degrees of freedom
    assert abs(gap.mean()) <= half + 0.01 * touches.mean
    assert half < 0.1 * touches.mean


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_processes(world: World) -> None:
    one, two = (asked.attribute(world, seed=3, replications=2, jobs=jobs) for jobs in (1, 2))
    assert one == two
