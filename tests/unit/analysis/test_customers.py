"""The book of customers: bridges, retention, lifetime value, cohorts, and what the loss is made of."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from customer_book import customer_world, customers_of, invented, plain, random_books
from small_team import SmallRun

from csm_sim.analysis import sums
from csm_sim.analysis.cohorts import cohorts_of, span_of
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.digest import MONTH_FIELDS
from csm_sim.analysis.estimates import ALL, Estimates
from csm_sim.analysis.intervals import mean_interval, product_interval, ratio_interval
from csm_sim.world.build import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return customer_world(tmp_path_factory.mktemp("customers"))


def _mean(found: Estimates, metric: str, of: str = ALL) -> float:
    one = found.get(metric, of)
    assert one is not None, (metric, of)
    return one.mean


def _flat(world: World, n: int = 2, **amounts: float) -> dict[str, np.ndarray]:
    """The amounts in the first month of the first segment, in each of ``n`` replications."""
    found = {}
    for name, amount in amounts.items():
        found[name] = np.zeros((n, world.months, len(world.segments)))
        found[name][:, 0, 0] = amount
    return found


# ---------------------------------------------------------------- retention


@pytest.mark.parametrize(
    ("amounts", "grr", "nrr"),
    [
        # rows revenue_retention-004 to -006 of the collected oracles: arithmetic on read definitions
        ({"churned": 7000, "contracted": 3000, "expanded": 12000, "renewable": 100_000}, 0.9, 1.02),
        ({"churned": 120_000, "contracted": 0, "expanded": 0, "renewable": 1_000_000}, 0.88, 0.88),
    ],
)
def test_retention_is_that_of_the_oracles(
    world: World, amounts: dict[str, float], grr: float, nrr: float
) -> None:
    fields = _flat(world, **{f"arr_{name}": amount for name, amount in amounts.items()})
    found = customers_of(world, invented(world, fields))
    for of in (ALL, "tier=high", "segment=key"):
        assert _mean(found, "grr_atr_share", of) == pytest.approx(grr, abs=1e-12)
        assert _mean(found, "nrr_atr_share", of) == pytest.approx(nrr, abs=1e-12)
    assert found.get("grr_atr_share", "segment=tail") is None


def test_every_way_of_growing_is_in_net_retention(world: World) -> None:
    fields = _flat(
        world, arr_renewable=1000, arr_price=10, arr_expanded=20, arr_upsold=30, arr_cross_sold=40,
        arr_churned=50, arr_contracted=60,
    )  # fmt: skip
    found = customers_of(world, invented(world, fields))
    assert _mean(found, "grr_atr_share") == pytest.approx(0.89)
    assert _mean(found, "nrr_atr_share") == pytest.approx(0.99)
    assert _mean(found, "arr_growth_sum_money") == 100


def test_early_churn_stands_beside_retention(world: World) -> None:
    fields = _flat(
        world, arr_renewable=1000, arr_churned=300, arr_churned_early=200, churned=3, churned_early=2,
        renewals=10, new=8,
    )  # fmt: skip
    found = customers_of(world, invented(world, fields))
    assert _mean(found, "grr_atr_share") == pytest.approx(0.9)
    assert _mean(found, "churn_logo_share") == pytest.approx(0.1)
    assert _mean(found, "churn_early_mean_share") == pytest.approx(0.25)
    assert _mean(found, "arr_churned_sum_money") == 300


def test_the_bridge_closes_to_the_last_unit(world: World) -> None:
    found = customers_of(world, invented(world, random_books(world, 5, 1), random_books(world, 5, 2)))
    gains = ("new", "price", "expanded", "upsold", "cross_sold")
    for prefix in ("", "twin_"):
        for of in (ALL, "tier=high", "segment=tail", "month=2027-09"):

            def part(name: str, prefix: str = prefix, of: str = of) -> float:
                return _mean(found, f"{prefix}arr_{name}_sum_money", of)

            closing = part("opening") + sum(part(name) for name in gains)
            closing -= part("contracted") + part("churned")
            assert closing == pytest.approx(part("closing"), rel=1e-12)


def test_what_is_left_of_the_opening_book(world: World) -> None:
    kept = np.zeros((2, len(world.segments), 2))
    kept[:, 0] = (1000, 900)
    found = customers_of(world, invented(world, _flat(world, arr_start=1000.0), cohort=kept))
    assert _mean(found, "book_kept_share", "segment=key") == pytest.approx(0.9)


# ---------------------------------------------------------------- lifetime value


def test_lifetime_value_is_arr_per_account_over_the_churn_rate(world: World) -> None:
    shape = (3, world.months, len(world.segments))
    fields = {
        "accounts_start": np.full(shape, 10.0), "accounts_end": np.full(shape, 20.0),
        "arr_start": np.full(shape, 900.0), "arr_end": np.full(shape, 2100.0),
        "arr_churn_expected": np.zeros(shape),
    }  # fmt: skip
    years = world.horizon_days / 365.25
    fields["arr_churn_expected"][:, 0, 0] = 300 * years  # of 1500, a fifth a year
    found = customers_of(world, invented(world, fields))
    assert _mean(found, "ltv_mean_money", "segment=key") == pytest.approx(100 / 0.2)
    assert found.get("ltv_mean_money", "segment=tail") is None  # nothing churns there


def test_a_ratio_is_the_product_of_the_powers_1_and_minus_1() -> None:
    draw = np.random.default_rng(5)
    above, below = draw.gamma(4, 1, (30, 3)), draw.gamma(9, 1, (30, 3))
    one, other = product_interval([above, below], [1.0, -1.0]), ratio_interval(above, below)
    for part in ("mean", "low", "high"):
        np.testing.assert_allclose(getattr(one, part), getattr(other, part))
    alone = product_interval([above], [1.0])
    np.testing.assert_allclose(alone.high, mean_interval(above).high)


def test_the_interval_of_a_product_holds_as_often_as_it_says() -> None:
    draw = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        common = draw.gamma(20, 0.05, 40)
        factors = [10 * common, common, 2 * common * draw.gamma(10, 0.1, 40)]
        found = product_interval(factors, [2.0, -1.0, -1.0])
        held += bool(found.low <= 100 / 2 <= found.high)
    # 0.95 of 400 is 380, sd 4.4; the bounds are 4 sd and allow for the first term of the series alone
    assert 355 <= held <= 397


def test_a_product_needs_factors_above_0() -> None:
    found = product_interval([np.ones((4, 1)), np.zeros((4, 1))], [1.0, -1.0])
    assert np.isnan([found.mean, found.low, found.high]).all()
    assert np.isnan(product_interval([np.ones((1, 1))], [1.0]).low).all()


# ---------------------------------------------------------------- what the loss is made of


def test_the_loss_is_what_the_run_has_less_than_its_twin(world: World) -> None:
    outcome, twin = random_books(world, 6, 3), random_books(world, 6, 3, spared=0.5)
    for name in ("arr_expanded", "arr_upsold"):
        twin[name] = twin[name] + 17
    twin["arr_end"] = twin["arr_end"] + 34 * np.arange(1, world.months + 1)[:, None]
    sample = invented(world, outcome, twin)
    found = customers_of(world, sample)
    for of in (ALL, "segment=key", "tier=tech"):
        lost = _mean(found, "arr_lost_counted_mean_money", of)
        gap = _mean(found, "twin_arr_closing_sum_money", of) - _mean(found, "arr_closing_sum_money", of)
        parts = [
            _mean(found, f"arr_lost_{part}_counted_mean_money", of)
            for part in ("churn", "contraction", "growth")
        ]
        assert lost == pytest.approx(gap) == pytest.approx(sum(parts))
    assert _mean(found, "arr_lost_growth_counted_mean_money") == 34 * world.months * len(world.segments)


def test_the_expected_loss_adds_its_parts(world: World) -> None:
    outcome = _flat(
        world, arr_churn_expected=100, arr_early_expected=30, arr_contracted_expected=20,
        arr_price_expected=5, arr_expanded_expected=6, arr_upsold_expected=7, arr_cross_sold_expected=8,
    )  # fmt: skip
    twin = _flat(world, arr_churn_expected=60, arr_expanded_expected=10, arr_upsold_expected=20)
    found = customers_of(world, invented(world, outcome, twin))
    parts = [_mean(found, f"arr_lost_{part}_mean_money") for part in ("churn", "contraction", "growth")]
    assert parts == [40, 20, 4]  # early churn is part of churn
    assert _mean(found, "arr_lost_mean_money") == 64


def test_where_only_churn_takes_arr_the_loss_has_no_parts(world: World) -> None:
    less = plain(world)
    outcome, twin = _flat(less, arr_churn_expected=100), _flat(less, arr_churn_expected=60)
    found = customers_of(less, invented(less, outcome, twin))
    assert _mean(found, "arr_lost_mean_money") == 40
    assert not [one for one in found if one.metric.startswith(("arr_lost_churn", "nrr_atr", "arr_growth"))]


def test_signs_and_compensators_cover_all_that_changes_arr() -> None:
    fields = [field for part, _ in sums.LOSS_PARTS.values() for field in part]
    known = {"arr_start", "arr_end", "arr_new", "arr_renewable", "arr_churned_early"}
    moving = {name for name in MONTH_FIELDS if name.startswith("arr_") and "expected" not in name} - known
    assert set(fields) == moving
    assert set(sums.EXPECTED.values()) == {
        name for name in MONTH_FIELDS if name.startswith("arr_") and "expected" in name
    }


# ---------------------------------------------------------------- cohorts


@pytest.mark.parametrize(("months", "span"), [(1, 1), (24, 1), (25, 3), (72, 3), (73, 12), (120, 12)])
def test_cohorts_of_long_horizons_are_coarser(months: int, span: int) -> None:
    assert span_of(months) == span


def test_coarse_cohorts_add_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.analysis import cohorts

    class Made:
        cohorts = np.random.default_rng(2).random((world.months + 1, world.months, 4))

    whole = cohorts_of(world, Made)  # type: ignore[arg-type]
    np.testing.assert_array_equal(whole, Made.cohorts)
    monkeypatch.setattr(cohorts, "_SPANS", ((2, 1), (100, 4)))
    assert cohorts.cohort_shape(world) == (4, 3, 4)
    coarse = cohorts_of(world, Made)  # type: ignore[arg-type]
    np.testing.assert_allclose(coarse.sum(axis=(0, 1)), Made.cohorts.sum(axis=(0, 1)))
    np.testing.assert_allclose(coarse[0, 0], Made.cohorts[0, :4].sum(axis=0))
    np.testing.assert_allclose(coarse[2, 2], Made.cohorts[5:9, 8:].sum(axis=(0, 1)))


def test_a_cohort_is_followed_from_its_start(world: World) -> None:
    fields = _flat(world, accounts_start=10, arr_start=1000)
    for name, amount in (("new", 4.0), ("arr_new", 400.0)):
        fields[name] = np.zeros((2, world.months, len(world.segments)))
        fields[name][:, 3, 1] = amount  # July
    lost = np.zeros((2, world.months + 1, world.months, 4))
    lost[:, 0, 2] = (1, 100, 20, 0)  # June: the opening book loses one account of 100, and 20 of another
    lost[:, 4, 5] = (1, 100, 0, 60)  # September
    found = customers_of(world, invented(world, fields, cohorts=lost))
    assert _mean(found, "cohort_start_sum_accounts", "cohort=2027-07") == 4
    assert _mean(found, "cohort_start_sum_money", "cohort=opening") == 1000
    for of, accounts, grr, nrr in (
        ("cohort=opening;month=2027-05", 1, 1, 1),
        ("cohort=opening;month=2027-06", 0.9, 0.88, 0.88),
        ("cohort=opening", 0.9, 0.88, 0.88),
        ("cohort=2027-07;month=2027-08", 1, 1, 1),
        ("cohort=2027-07;month=2027-09", 0.75, 0.75, 0.9),
        ("cohort=2027-07", 0.75, 0.75, 0.9),
    ):
        assert _mean(found, "cohort_accounts_share", of) == pytest.approx(accounts)
        assert _mean(found, "cohort_gross_share", of) == pytest.approx(grr)
        assert _mean(found, "cohort_nrr_share", of) == pytest.approx(nrr)
    scopes = {one.scope for one in found if one.metric == "cohort_nrr_share"}
    assert "cohort=2027-07;month=2027-06" not in scopes  # not before it started
    assert not [of for of in scopes if of.startswith("cohort=2027-08")]  # nobody started


# ---------------------------------------------------------------- the journey


def test_onboarding_counts_what_ended(world: World) -> None:
    fields = _flat(world, onboardings=10, first_values=6, first_value_days=90, stopped=2)
    found = customers_of(world, invented(world, fields, fields))
    assert _mean(found, "onboarding_completed_share") == pytest.approx(0.75)
    assert _mean(found, "first_value_mean_days", "month=2027-04") == pytest.approx(15)
    assert _mean(found, "onboardings_stopped_sum_accounts", "segment=key") == 2
    assert _mean(found, "twin_onboarding_completed_share") == pytest.approx(0.75)


def test_shares_of_leads_alarms_and_new_business(world: World) -> None:
    fields = _flat(
        world, new=20, bad_fit=5, poor_handover=2, upsell_leads=10, upsold=3, cross_sell_leads=4,
        cross_sold=1, alarms=8, false_alarms=2,
    )  # fmt: skip
    found = customers_of(world, invented(world, fields))
    for metric, share in (
        ("bad_fit_mean_share", 0.25),
        ("poor_handover_mean_share", 0.1),
        ("upsold_mean_share", 0.3),
        ("cross_sold_mean_share", 0.25),
        ("false_alarms_mean_share", 0.25),
    ):
        for of in (ALL, "segment=key", "month=2027-04"):
            assert _mean(found, metric, of) == pytest.approx(share)
    assert _mean(found, "upsell_leads_sum_leads", "tier=high") == 10


def test_accounts_by_the_tier_as_which_they_are_served(world: World) -> None:
    served = np.zeros((2, world.months, len(world.segments)))
    served[:, :, 0], served[:, :, 1], served[:, :, 2] = 5, 3, 40
    served[:, -1] = (4, 2, 42)
    moves = _flat(world, moved_out=2) | {"moved_in": np.zeros_like(served)}
    moves["moved_in"][:, 1, 2] = 2
    found = customers_of(world, invented(world, moves, served=served))
    assert _mean(found, "served_end_accounts", "tier=high") == 6
    assert _mean(found, "served_end_accounts", "tier=high;month=2027-05") == 8
    assert _mean(found, "served_end_accounts", "segment=tail") == 42
    assert _mean(found, "served_in_sum_accounts") == _mean(found, "served_out_sum_accounts") == 2
    assert _mean(found, "served_in_sum_accounts", "tier=tech;month=2027-05") == 2


# ---------------------------------------------------------------- rules


def test_figures_of_rules_for_customers_that_are_not_used_are_left_out(run: SmallRun) -> None:
    found = {one.metric for one in run.summary.estimates}
    words = ("_early", "contract", "expan", "price", "upsel", "upsold", "cross", "lead", "alarm", "served_")
    words += ("bad_fit", "poor", "stopped", "gross", "nrr_atr", "growth", "onboarding_completed")
    allowed = {"contracted_sum_hours", "contracted_mean_people"}
    assert not [name for name in found - allowed if any(word in name for word in words)]
    assert "served" not in dict(run.replications.sample.layout.shapes)
    assert not run.summary.customers.used


def test_rules_are_seen_in_the_world(world: World) -> None:
    rules, less = CustomerRules(world), CustomerRules(plain(world))
    names = ("early", "contracts", "expands", "prices", "upsells", "cross_sells", "bad_fit", "poor_handover",
             "limit", "moves", "detects", "changes", "grows", "sells", "traits", "used")  # fmt: skip
    assert [name for name in names if not getattr(rules, name)] == []
    assert [name for name in names if getattr(less, name)] == []
    assert less.revenue and less.loses and less.onboards and not less.effects_off


# ---------------------------------------------------------------- simulated


def test_what_is_simulated_closes(customers: SmallRun) -> None:
    """Bridges, cohorts and accounts by tier are three ways of counting the same book."""
    sample, world = customers.replications.sample, customers.world
    for twin in (False, True):
        month = partial(sample.month, twin=twin)
        steps = month("arr_new") - sums.arr_given_up(month, expected=False)
        np.testing.assert_allclose(month("arr_start") + steps, month("arr_end"), rtol=1e-12)
        np.testing.assert_array_equal(month("arr_end")[:, :-1], month("arr_start")[:, 1:])
    lost, churned, contracted, gained = np.moveaxis(sample["cohorts"].sum(axis=1), 2, 0)
    np.testing.assert_array_equal(lost, sample.month("churned").sum(axis=2))
    np.testing.assert_array_equal(churned, sample.month("arr_churned").sum(axis=2))
    np.testing.assert_array_equal(contracted, sample.month("arr_contracted").sum(axis=2))
    growth = -sums.arr_given_up(sample.month, expected=False, part="growth").sum(axis=2)
    np.testing.assert_allclose(gained, growth)
    served, ends = sample["served"], sample.month("accounts_end")
    np.testing.assert_array_equal(served.sum(axis=2), ends.sum(axis=2))
    moved = np.cumsum(sample.month("moved_in") - sample.month("moved_out"), axis=1)
    assert np.abs(moved).sum() > 0
    tail = world.names.segments.index("tail")
    assert (served[:, -1, tail] > ends[:, -1, tail]).all()  # settled accounts came there


def test_the_parts_of_the_loss_are_all_there_is(customers: SmallRun) -> None:
    found = customers.summary.estimates
    for counted in ("", "_counted"):
        parts = [
            _mean(found, f"arr_lost_{part}{counted}_mean_money")
            for part in ("churn", "contraction", "growth")
        ]
        assert _mean(found, f"arr_lost{counted}_mean_money") == pytest.approx(sum(parts))
    gap = _mean(found, "twin_arr_closing_sum_money") - _mean(found, "arr_closing_sum_money")
    assert _mean(found, "arr_lost_counted_mean_money") == pytest.approx(gap)


def test_counted_and_expected_agree(customers: SmallRun) -> None:
    """The mean of counted less expected is 0: t tests of 12 at 6 errors, one false in some 800 of all 14."""
    sample = customers.replications.sample
    for counted, expected in sums.EXPECTED.items():
        for twin in (False, True):
            each = sample.month(counted, twin=twin) - sample.month(expected, twin=twin)
            difference = each.sum(axis=(1, 2))
            error = difference.std(ddof=1) / np.sqrt(len(difference))
            assert abs(difference.mean()) <= 6 * error, (counted, twin)
