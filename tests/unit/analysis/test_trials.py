"""Replications of many variants: each once, kept, the same whatever was asked before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_team import SCENARIO, write_scenario

from csm_sim.analysis import trials as trials_module
from csm_sim.analysis.digest import digest_of, layout_of
from csm_sim.analysis.intervals import mean_interval, ratio_interval
from csm_sim.analysis.paired import Values
from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.analysis.summarise import summarise
from csm_sim.analysis.trials import FRESH, Trials
from csm_sim.analysis.twins import Twin, simulate_twin, twin_for
from csm_sim.analysis.variants import Variants
from csm_sim.engine.simulate import simulate
from csm_sim.errors import ScenarioError
from csm_sim.world.build import World

ROOT = Path(__file__).resolve().parents[3]
MORE = "staff.csm.headcount=2"


@pytest.fixture
def variants(tmp_path: Path) -> Variants:
    return Variants(write_scenario(tmp_path))


def count_simulations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """(number, twin) of all that is simulated from now on."""
    seen: list[tuple[int, bool]] = []

    def note(*arguments: object, **options: object) -> object:
        number, twin = options["replication"], bool(options.get("unlimited"))
        assert isinstance(number, int)
        seen.append((number, twin))
        return simulate(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("csm_sim.engine.simulate.simulate", note)
    return seen


# ---------------------------------------------------------------- variants


def test_a_variant_is_read_once_and_says_what_it_is(variants: Variants) -> None:
    one = variants.variant(MORE)
    assert variants.variant(MORE) is one
    assert (one.label, one.sets) == (MORE, (MORE,))
    assert one.scenario.staff["csm"].headcount == 2
    assert variants.base.scenario.staff["csm"].headcount == 1
    assert variants.variant(MORE, "staff.csm.shrinkage=20%").label == f"{MORE}, staff.csm.shrinkage=20%"


def test_what_a_setting_breaks_is_said_as_load_says_it(variants: Variants) -> None:
    with pytest.raises(ScenarioError, match=r"--set staff.csm.headcount=many"):
        variants.variant("staff.csm.headcount=many")


def test_settings_of_the_base_hold_for_all(tmp_path: Path) -> None:
    found = Variants(write_scenario(tmp_path), (MORE,))
    assert found.base.scenario.staff["csm"].headcount == 2
    assert found.variant("staff.support.headcount=2").scenario.staff["csm"].headcount == 2
    assert found.variant("staff.csm.headcount=3").scenario.staff["csm"].headcount == 3


# ---------------------------------------------------------------- once


def test_nothing_is_simulated_twice(variants: Variants, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_simulations(monkeypatch)
    with Trials(7, twin=False, jobs=1) as trials:
        first = trials.measures(variants.base, range(3))
        assert [number for number, _ in seen] == [0, 1, 2]
        trials.ensure([(variants.base, range(5)), (variants.base, [1, 4])])
        assert [number for number, _ in seen] == [0, 1, 2, 3, 4]
        again = trials.measures(variants.base, range(3))
        same = variants.variant("staff.csm.headcount=1")  # what the file says already
        assert same is not variants.base
        trials.measures(same, range(5))
        assert (trials.done, len(seen)) == (5, 5)
    for name in first.names:
        np.testing.assert_array_equal(first[name].above, again[name].above)


def test_an_interrupted_search_repeats_no_finished_replication(
    variants: Variants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, more = tmp_path / "kept", variants.variant(MORE)
    wanted = [(variants.base, range(4)), (more, range(4))]
    with Trials(7, jobs=1) as trials:
        trials.ensure(wanted)
        whole = {one.label: trials.sample(one, range(4)).vectors for one in (variants.base, more)}

    def stop(done: int, expected: int) -> None:
        assert expected == 8
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Trials(7, jobs=1, folder=folder, progress=stop) as trials:
        trials.ensure(wanted)
    seen = count_simulations(monkeypatch)
    files = sorted(folder.iterdir())
    with files[0].open("ab") as stream:
        stream.write(b"half a rec")  # the process was killed in the middle of a record
    with Trials(7, jobs=1, folder=folder) as trials:
        trials.ensure(wanted)
        assert (trials.kept, trials.done) == (6, 2)
        for one in (variants.base, more):
            np.testing.assert_array_equal(trials.sample(one, range(4)).vectors, whole[one.label])
    assert sorted({number for number, _ in seen}) == [2, 3]


def test_another_seed_or_no_twin_is_another_search(variants: Variants, tmp_path: Path) -> None:
    with Trials(7, jobs=1, folder=tmp_path / "kept") as trials:
        mine = trials.sample(variants.base, [0]).vectors
    with Trials(8, jobs=1, folder=tmp_path / "kept") as trials:
        assert not np.array_equal(trials.sample(variants.base, [0]).vectors, mine, equal_nan=True)
        assert trials.kept == 0
    with Trials(7, twin=False, jobs=1, folder=tmp_path / "kept") as trials:
        assert "arr_lost" not in trials.measures(variants.base, [0, 1])
        assert trials.kept == 0


def test_many_variants_need_few_open_files(
    variants: Variants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials_module, "MOST_OPEN", 2)
    many = [variants.variant(f"segments.key.accounts={n}") for n in (3, 4, 5, 6)]
    with Trials(7, twin=False, jobs=1, folder=tmp_path / "kept") as trials:
        trials.ensure([(one, range(2)) for one in many])
        before = [trials.sample(one, range(2)).vectors for one in many]
        trials.ensure([(many[0], range(3))])
        for one, vectors in zip(many, before, strict=True):
            np.testing.assert_array_equal(trials.sample(one, range(2)).vectors, vectors)
        assert trials.done == 9


def test_a_temporary_folder_is_gone_in_the_end(variants: Variants) -> None:
    with Trials(7, twin=False, jobs=1) as trials:
        trials.ensure([(variants.base, [0])])
        folder = trials._folder
        assert len(list(folder.iterdir())) == 1
    assert not folder.exists()


# ---------------------------------------------------------------- the same numbers


def test_two_processes_give_the_same_numbers(variants: Variants) -> None:
    wanted = [(variants.base, range(4)), (variants.variant(MORE), range(4))]
    found = []
    for jobs in (1, 2):
        with Trials(7, jobs=jobs) as trials:
            trials.ensure(wanted)
            found.append([trials.sample(one, range(4)).vectors for one, _ in wanted])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_they_are_the_replications_of_a_run(variants: Variants) -> None:
    run = replicate(variants.base.world, Plan(7, 5, jobs=1))
    with Trials(7, jobs=1) as trials:
        np.testing.assert_array_equal(trials.sample(variants.base, range(5)).vectors, run.sample.vectors)


def test_fresh_replications_are_others(variants: Variants) -> None:
    with Trials(7, twin=False, jobs=1) as trials:
        seen = trials.measures(variants.base, range(3))["demand_hours"].above
        fresh = trials.measures(variants.base, range(FRESH, FRESH + 3))["demand_hours"].above
    assert not set(seen) & set(fresh)


def test_a_variant_that_changes_nothing_differs_by_exactly_nothing(variants: Variants) -> None:
    """Simulated separately, so that the memory of one search cannot make it so."""
    same = variants.variant("staff.csm.headcount=1", "name=Called otherwise")
    with Trials(7, jobs=1) as trials, Trials(7, jobs=1) as other:
        base, varied = trials.metrics(variants.base, range(3)), other.metrics(same, range(3))
        here, there = trials.measures(variants.base, range(3)), other.measures(same, range(3))
    assert base.keys() == varied.keys() and len(base) > 500
    for key, values in varied.items():
        if values.minus(base[key]).n > 1:
            assert values.minus(base[key]).nothing, key
    for name in here.names:
        assert there[name].minus(here[name]).nothing, name


# ---------------------------------------------------------------- the twin


TEAMS = (
    "four_hires", "b2b_saas_3000", "hiring_freeze", "launch_month_split", "key_person", "niche_vertical",
    "to_low_touch", "sales_push",
)  # fmt: skip


@pytest.mark.parametrize("name", TEAMS)
def test_variants_in_headcount_share_the_twin_to_the_last_bit(name: str) -> None:
    found = Variants(ROOT / "scenarios" / f"{name}.yaml", ("horizon=8 months",))
    base = found.base
    for role, team in base.scenario.staff.items():
        for change in (1, 3):
            other = found.variant(f"staff.{role}.headcount={team.headcount + change}")
            assert other.twin_key == base.twin_key
            shared = simulate_twin(base.world, 5, 2)
            assert_same_twin(other.world, shared, 5, 2)


def test_people_s_own_work_is_part_of_the_shared_twin(variants: Variants) -> None:
    """Each person writes a weekly report: more people, more of it."""
    other = variants.variant("staff.csm.headcount=4")
    shared = simulate_twin(variants.base.world, 7, 0)
    mine = twin_for(other.world, shared, 7, 0)
    assert mine.effort[..., -1].sum() > 3 * shared.effort[..., -1].sum()
    assert_same_twin(other.world, shared, 7, 0)


def assert_same_twin(world: World, shared: Twin, seed: int, number: int) -> None:
    """The digest with the shared twin is the one with a twin of its own, to the last bit."""
    layout = layout_of(world, True)
    outcome = simulate(world, seed=seed, replication=number)
    own = simulate(world, seed=seed, replication=number, unlimited=True)
    mine = twin_for(world, shared, seed, number).as_outcome()
    np.testing.assert_array_equal(
        digest_of(world, layout, outcome, mine).view(np.uint64),
        digest_of(world, layout, outcome, own).view(np.uint64),
    )


def test_other_changes_have_a_twin_of_their_own(variants: Variants, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {variants.base.twin_key}
    for change in ("segments.key.accounts=13", "staff.csm.shrinkage=20%", "playbooks.call.every=quarter"):
        keys.add(variants.variant(change).twin_key)
    assert len(keys) == 4
    seen = count_simulations(monkeypatch)
    with Trials(7, jobs=1) as trials:
        trials.ensure([(variants.base, [0]), (variants.variant("segments.key.accounts=13"), [0])])
    assert sorted(seen) == [(0, False), (0, False), (0, True), (0, True)]


# ---------------------------------------------------------------- figures


def test_headline_figures_are_those_of_the_run(variants: Variants) -> None:
    run = replicate(variants.base.world, Plan(7, 6, jobs=1))
    estimates = summarise(variants.base.loaded, variants.base.world, run).estimates
    with Trials(7, jobs=1) as trials:
        measures = trials.measures(variants.base, range(6))
    for name, metric, of in (
        ("on_time", "on_time_mean_share", "all"),
        ("sla", "sla_mean_share", "all"),
        ("first_value_days", "first_value_mean_days", "all"),
        ("utilisation", "utilisation_mean_share", "all"),
        ("utilisation@csm", "utilisation_mean_share", "role=csm"),
        ("utilisation_p90", "utilisation_people_p90_share", "all"),
        ("utilisation_p90@support", "utilisation_people_p90_share", "role=support"),
        ("arr_lost", "arr_lost_mean_money", "all"),
        ("arr_lost_share", "arr_lost_yearly_share", "all"),
        ("arr_churn", "arr_churn_expected_sum_money", "all"),
        ("arr_end", "arr_closing_sum_money", "all"),
        ("people@csm", "contracted_mean_people", "role=csm"),
        ("needed@support", "needed_mean_people", "role=support"),
        ("demand_hours", "demand_sum_hours", "all"),
        ("done_hours", "done_sum_hours", "all"),
    ):
        expected, found = estimates.get(metric, of), measures[name].interval()
        assert expected is not None
        assert (found.mean, found.low, found.high) == pytest.approx(
            (expected.mean, expected.low, expected.high)
        )


def test_everything_of_metrics_csv_is_there(variants: Variants) -> None:
    run = replicate(variants.base.world, Plan(7, 6, jobs=1))
    estimates = summarise(variants.base.loaded, variants.base.world, run).estimates
    with Trials(7, jobs=1) as trials:
        found = trials.metrics(variants.base, range(6))
    expected = {(one.metric, one.scope): one for one in estimates if one.metric != "arr_lost_p90_money"}
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        mine = found[key].interval()
        assert (mine.mean, mine.low, mine.high) == pytest.approx((one.mean, one.low, one.high), nan_ok=True)


def test_payroll_is_contracted_time_by_the_cost_of_the_role(tmp_path: Path) -> None:
    text = SCENARIO.replace("{headcount: 1, shrinkage: 30%}", "{headcount: 3, cost: 9M per year}")
    with Trials(7, twin=False, jobs=1) as trials:
        found = trials.measures(Variants(write_scenario(tmp_path, text)).base, range(2))
    half_a_year = 183 / 365.25  # April to September
    assert found["payroll@csm"].mean == pytest.approx(3 * 9e6 * half_a_year)
    assert found["payroll"].mean == found["payroll@csm"].mean
    assert found["payroll@support"].mean == 0.0


def test_growth_that_was_not_sold_is_lost_as_well(tmp_path: Path) -> None:
    growth = "expansion: {chance: {green: 60%, yellow: 20%, red: 0%}, uplift: 20%}"
    text = SCENARIO.replace("owner: csm,", f"owner: csm, {growth},")
    found = Variants(write_scenario(tmp_path, text))
    with Trials(7, jobs=1) as trials:
        measures, sample = trials.measures(found.base, range(4)), trials.sample(found.base, range(4))
    churn = (sample.month("arr_churn_expected") - sample.month("arr_churn_expected", twin=True)).sum(
        axis=(1, 2)
    )
    assert measures["arr_lost"].mean > 1.01 * churn.mean() > 0


def test_the_difference_of_ratios_is_that_of_the_ratios() -> None:
    """Its interval covers as it should: 95 % of 2,000 experiments, within four standard errors."""
    luck, covered = np.random.default_rng(2), 0
    for _ in range(2000):
        y = luck.gamma(20.0, 1.0, (2, 25))
        common = luck.normal(0, 1.0, 25)
        x = y * np.array([[0.6], [0.5]]) + common + luck.normal(0, 0.5, (2, 25))
        found = Values(x[0], y[0]).minus(Values(x[1], y[1]))
        assert found.mean == x[0].sum() / y[0].sum() - x[1].sum() / y[1].sum()
        covered += found.low <= 0.1 <= found.high
    assert abs(covered / 2000 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_excess_is_positive_where_total_over_total_exceeds_the_target() -> None:
    values = Values(np.array([9.0, 1.0]), np.array([10.0, 2.0]))
    assert values.mean == pytest.approx(10 / 12)
    assert values.excess(10 / 12).mean() == pytest.approx(0.0)
    assert values.excess(0.8).mean() == pytest.approx(10 / 12 - 0.8)
    assert Values(np.array([1.0, 3.0])).excess(1.5).tolist() == [-0.5, 1.5]


def test_a_pair_counts_when_both_have_a_value() -> None:
    some = Values(np.array([1.0, np.nan, 3.0, 5.0])).minus(Values(np.array([0.0, 7.0, np.nan, 1.0])))
    assert (some.mean, some.n) == (2.5, 2)
    with pytest.raises(ValueError, match="same replications"):
        Values(np.zeros(3)).minus(Values(np.zeros(4)))


def test_intervals_are_those_of_the_reports() -> None:
    luck = np.random.default_rng(1)
    x, y = luck.normal(10, 2, 30), luck.normal(20, 3, 30)
    mean, ratio = Values(x).interval(), Values(x, y).interval()
    for found, expected in ((mean, mean_interval(x)), (ratio, ratio_interval(x, y))):
        ends = [float(end) for end in (expected.mean, expected.low, expected.high)]
        assert [found.mean, found.low, found.high] == pytest.approx(ends)
