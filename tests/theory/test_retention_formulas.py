"""Formulas of retention against each other, in their limits, and where they have no meaning."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from csm_sim.theory import retention


def test_a_book_that_only_churns() -> None:
    assert retention.lost_share(retention.cumulative_hazard([0.02] * 12)) == pytest.approx(1 - 0.98**12)
    assert retention.lost_share(retention.cumulative_hazard([])) == 0.0
    assert retention.lost_share(retention.cumulative_hazard([0.3, 1.0])) == 1.0
    # a year of hazard, cut into parts, is the same year
    assert retention.with_hazard_ratio(
        retention.with_hazard_ratio(0.3, 1 / 12), 12
    ) == pytest.approx(0.3)  # fmt: skip
    assert retention.with_hazard_ratio(1.0, 2.0) == 1.0


@pytest.mark.parametrize("chance", [0.0, 0.001, 0.2, 0.7, 1.0])
def test_odds_and_their_reverse(chance: float) -> None:
    assert retention.with_odds_ratio(retention.with_odds_ratio(chance, 3.0), 1 / 3) == pytest.approx(chance)


@pytest.mark.parametrize("alpha, beta", [(0.7, 1.2), (2.0, 8.0), (5.0, 0.5)])
def test_the_beta_mixture_by_integration(alpha: float, beta: float) -> None:
    """``S(t) = E (1 - p)^t`` over the beta distribution, and the retention rates multiply to it."""
    renewals = np.arange(1, 9)
    survival = retention.sbg_survival(alpha, beta, renewals)
    chance = stats.beta(alpha, beta)
    integrated = [chance.expect(lambda p, t=t: (1 - p) ** t) for t in renewals.tolist()]
    np.testing.assert_allclose(survival, integrated, rtol=1e-6)
    np.testing.assert_allclose(
        np.cumprod(retention.sbg_retention_rate(alpha, beta, renewals)), survival, rtol=1e-12
    )


def test_customers_who_hardly_differ_are_geometric() -> None:
    np.testing.assert_allclose(
        retention.sbg_survival(1e6, 9e6, [1, 5, 20]), 0.9 ** np.array([1, 5, 20]), 1e-4
    )


def test_the_estimate_finds_what_made_the_survivors() -> None:
    fit = retention.sbg_fit(1e6 * retention.sbg_survival(0.9, 4.0, np.arange(9)))
    assert (fit.alpha, fit.beta) == pytest.approx((0.9, 4.0), rel=1e-4)
    for falling in ([1000, 900, 700, 400], [1000, 800, 640, 512]):
        with pytest.raises(ValueError, match="do not differ"):
            retention.sbg_fit(falling)


FREIREICH = "6,6,6,6+,7,9+,10,10+,11+,13,16,17+,19+,20+,22,23,25+,32+,32+,34+,35+"
"""Weeks of remission under 6-MP (Freireich et al., Blood 21, 1963), ``+`` for censored."""


def test_the_product_limit_of_the_textbooks() -> None:
    weeks = [float(time.rstrip("+")) for time in FREIREICH.split(",")]
    lost = [not time.endswith("+") for time in FREIREICH.split(",")]
    found = retention.kaplan_meier(weeks, lost, [5, 6, 7, 10, 13, 16, 22, 23, 35, 36])
    by_hand = [1, 18 / 21]
    for left, of in ((16, 17), (14, 15), (11, 12), (10, 11), (6, 7), (5, 6)):
        by_hand.append(by_hand[-1] * left / of)
    np.testing.assert_allclose(found, [*by_hand, by_hand[-1], np.nan])
    assert found[1:8].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]


def test_without_censoring_the_product_limit_is_the_share_still_there() -> None:
    times = np.random.default_rng(3).integers(0, 30, 400).astype(float)
    at = np.arange(31.0)
    share = [(times > t).mean() for t in at]
    np.testing.assert_allclose(retention.kaplan_meier(times, np.ones(400, bool), at), share, atol=1e-12)


def test_the_value_of_a_customer_is_the_sum_of_its_terms() -> None:
    terms = np.arange(4000)
    for term, chance, discount in ((1.0, 0.1, 0.0), (0.25, 0.05, 0.08), (2.0, 0.4, 0.2)):
        paid = 1000.0 * term * ((1 - chance) / (1 + discount) ** term) ** terms
        assert retention.lifetime_value(1000.0, term, chance, discount) == pytest.approx(paid.sum())
    assert retention.lifetime_value(1000.0, 1.0, 0.0) == math.inf
    assert retention.lifetime_value(1000.0, 1.0, 0.0, 0.1) == pytest.approx(11_000.0)
    assert retention.lifetime_value(0.0, 1.0, 0.0) == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: retention.cumulative_hazard([0.1, 1.1]),
        lambda: retention.cumulative_hazard([math.nan]),
        lambda: retention.lost_share(-0.1),
        lambda: retention.with_odds_ratio(0.1, 0.0),
        lambda: retention.with_hazard_ratio(-0.1, 2.0),
        lambda: retention.sbg_survival(0.0, 1.0, 1),
        lambda: retention.sbg_survival(1.0, 1.0, -1),
        lambda: retention.sbg_retention_rate(1.0, 1.0, 0),
        lambda: retention.sbg_fit([100, 50]),
        lambda: retention.sbg_fit([100, 50, 60]),
        lambda: retention.sbg_fit([100, 100, 100]),
        lambda: retention.kaplan_meier([], [], 1),
        lambda: retention.kaplan_meier([1, 2], [True], 1),
        lambda: retention.kaplan_meier([-1], [True], 1),
        lambda: retention.weibull_fit([0.0, 1.0], [True, True]),
        lambda: retention.weibull_fit([2.0, 1.0], [False, False]),
        lambda: retention.gross_revenue_retention(0, 0, 0),
        lambda: retention.gross_revenue_retention(10, 8, 3),
        lambda: retention.net_revenue_retention(10, 1, 1, -1),
        lambda: retention.lifetime_value(-1, 1, 0.1),
        lambda: retention.lifetime_value(1, 0, 0.1),
    ],
)
def test_arguments_without_a_meaning_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"not|needs?|must"):
        call()
