"""Customers who leave, shrink and grow: survival, retention and value of a book, without simulation.

A *chance* is that of leaving at one renewal or in one period. Chances are independent of each other given
the customer; where customers differ, they do so for good (shifted beta-geometric model).

References
----------
.. [1] P. S. Fader, B. G. S. Hardie, "How to project customer retention", *Journal of Interactive
   Marketing* 21(1), 2007, pp. 76-90.
.. [2] E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", *Journal of the
   American Statistical Association* 53, 1958, pp. 457-481.
.. [3] D. R. Cox, "Regression models and life-tables", *Journal of the Royal Statistical Society B* 34,
   1972, pp. 187-220.
.. [4] S. Gupta, D. R. Lehmann, "Customers as assets", *Journal of Interactive Marketing* 17(1), 2003,
   pp. 9-24.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

__all__ = [
    "SbgFit",
    "cumulative_hazard",
    "gross_revenue_retention",
    "kaplan_meier",
    "lifetime_value",
    "lost_share",
    "net_revenue_retention",
    "sbg_fit",
    "sbg_retention_rate",
    "sbg_survival",
    "weibull_fit",
    "with_hazard_ratio",
    "with_odds_ratio",
]

Floats = NDArray[np.float64]


# one customer --------------------------------------------------------------------------------------


def cumulative_hazard(chances: ArrayLike) -> float:
    """Cumulative hazard ``H = -sum ln(1 - p)`` of renewals with these chances of leaving.

    Parameters
    ----------
    chances
        Of leaving at one renewal after the other, each from 0 to 1.

    Raises
    ------
    ValueError
        If a chance is outside that range.

    Examples
    --------
    >>> round(cumulative_hazard([0.1, 0.1, 0.2]), 6)
    0.433865
    """
    chances = _checked("a chance of leaving", chances)
    with np.errstate(divide="ignore"):
        return float(-np.log1p(-chances).sum() + 0.0)


def lost_share(hazard: float) -> float:
    """Share of a book lost over a time with this cumulative hazard: ``1 - exp(-H)``.

    For ``n`` renewals with the same chance it is ``1 - (1 - p)^n``.

    Parameters
    ----------
    hazard
        Cumulative hazard, >= 0, from :func:`cumulative_hazard` or a rate times a time.

    Raises
    ------
    ValueError
        If the hazard is negative.

    Examples
    --------
    >>> round(lost_share(cumulative_hazard([0.02] * 12)), 6) == round(1 - 0.98**12, 6)
    True
    >>> round(lost_share(0.1 * 3), 6)
    0.259182
    """
    if not hazard >= 0:
        raise ValueError("the cumulative hazard must not be negative")
    return -math.expm1(-hazard)


def with_odds_ratio(chance: float, ratio: float) -> float:
    """Chance of leaving whose odds ``p / (1 - p)`` are multiplied by a ratio.

    Parameters
    ----------
    chance
        Before, from 0 to 1.
    ratio
        By which the odds are multiplied, > 0.

    Raises
    ------
    ValueError
        If the chance or the ratio is outside its range.

    Examples
    --------
    >>> round(with_odds_ratio(0.02, 2.0), 6)
    0.039216
    """
    _checked("a chance of leaving", chance)
    _check_ratio(ratio)
    return float(chance * ratio / (1.0 - chance + chance * ratio))


def with_hazard_ratio(chance: float, ratio: float) -> float:
    """Chance of leaving in a period whose hazard is multiplied by a ratio: ``1 - (1 - p)^r`` [3]_.

    With ``ratio`` a share of the period it is the chance within that share of it.

    Parameters
    ----------
    chance
        Before, from 0 to 1.
    ratio
        By which the hazard is multiplied, > 0.

    Raises
    ------
    ValueError
        If the chance or the ratio is outside its range.

    Examples
    --------
    >>> round(with_hazard_ratio(0.02, 2.0), 6)
    0.0396
    """
    _checked("a chance of leaving", chance)
    _check_ratio(ratio)
    return 1.0 if chance == 1 else -math.expm1(ratio * math.log1p(-chance))


# customers who differ ------------------------------------------------------------------------------


def sbg_survival(alpha: float, beta: float, periods: ArrayLike) -> Floats:
    """Share of a cohort still there after each number of renewals, shifted beta-geometric [1]_.

    Each customer has a chance of leaving of its own, the same at every renewal, and these chances are beta
    distributed: ``S(t) = B(alpha, beta + t) / B(alpha, beta)``.

    Parameters
    ----------
    alpha, beta
        Of the beta distribution, > 0; the mean chance is ``alpha / (alpha + beta)``.
    periods
        Renewals passed, >= 0, element by element.

    Raises
    ------
    ValueError
        If a parameter is not positive, or a number of periods negative.

    Examples
    --------
    >>> sbg_survival(1.0, 1.0, [0, 1, 2]).round(6).tolist()
    [1.0, 0.5, 0.333333]
    """
    _check_beta(alpha, beta)
    periods = np.asarray(periods, np.float64)
    if not (periods >= 0).all():
        raise ValueError("the number of renewals must not be negative")
    logs = special.betaln(alpha, beta + periods) - special.betaln(alpha, beta)
    return np.asarray(np.exp(logs), np.float64)


def sbg_retention_rate(alpha: float, beta: float, periods: ArrayLike) -> Floats:
    """Share of those who come to renewal ``t`` that renew: ``(beta + t - 1) / (alpha + beta + t - 1)`` [1]_.

    It rises from renewal to renewal though no customer changes: those who would leave have left.

    Parameters
    ----------
    alpha, beta
        As in :func:`sbg_survival`.
    periods
        Number of the renewal, >= 1, element by element.

    Raises
    ------
    ValueError
        If a parameter is not positive, or a renewal before the first.

    Examples
    --------
    >>> sbg_retention_rate(1.0, 4.0, [1, 2, 6]).round(6).tolist()
    [0.8, 0.833333, 0.9]
    """
    _check_beta(alpha, beta)
    periods = np.asarray(periods, np.float64)
    if not (periods >= 1).all():
        raise ValueError("the first renewal must have the number 1")
    return np.asarray((beta + periods - 1.0) / (alpha + beta + periods - 1.0), np.float64)


class SbgFit(NamedTuple):
    """Maximum-likelihood estimate of the shifted beta-geometric model."""

    alpha: float
    beta: float
    log_likelihood: float


def sbg_fit(survivors: ArrayLike) -> SbgFit:
    """Maximum-likelihood estimate from the survivors of one cohort [1]_.

    Parameters
    ----------
    survivors
        Customers at the start and after each renewal, not rising; those left at the end are censored.

    Raises
    ------
    ValueError
        If there are fewer than two renewals, the numbers rise or are negative, or nobody left (there is no
        finite estimate then), or no estimate was found: where retention does not rise from renewal to
        renewal, customers that are all alike fit best.

    Examples
    --------
    >>> fit = sbg_fit([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> round(fit.alpha, 3), round(fit.beta, 3)
    (0.668, 3.806)
    """
    survivors = np.asarray(survivors, np.float64)
    if survivors.ndim != 1 or len(survivors) < 3:
        raise ValueError("an estimate needs the survivors of two renewals at least")
    lost = -np.diff(survivors)
    if not (lost >= 0).all() or survivors[-1] < 0 or not lost.sum() > 0:
        raise ValueError("survivors must not rise or be negative, and somebody must have left")
    renewals = np.arange(len(lost), dtype=np.float64)

    def minus_log_likelihood(logs: Floats) -> float:
        alpha, beta = np.exp(logs)
        norm = special.betaln(alpha, beta)
        leave = special.betaln(alpha + 1.0, beta + renewals) - norm  # P(leaves at renewal t + 1)
        stay = special.betaln(alpha, beta + len(lost)) - norm
        return float(-(lost @ leave + survivors[-1] * stay))

    # logs of the parameters: they are positive, and the surface is close to quadratic there
    found = optimize.minimize(
        minus_log_likelihood, np.zeros(2), method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000},
    )  # fmt: skip
    alpha, beta = np.exp(found.x).tolist()
    if not found.success or alpha + beta > ALIKE:
        raise ValueError("no finite estimate: these customers do not differ")
    return SbgFit(alpha, beta, -float(found.fun))


ALIKE = 1e4
"""``alpha + beta`` above which the sd of the chances is below 0.5 %: no estimate of how they differ."""


# observed customers --------------------------------------------------------------------------------


def kaplan_meier(durations: ArrayLike, lost: ArrayLike, at: ArrayLike) -> Floats:
    """Share of customers that stay longer than each time, by the product limit [2]_.

    Customers still there are censored at their duration; those who leave at the same time left before.

    Parameters
    ----------
    durations
        Time from the start to leaving, or to the last look, (customer,), >= 0.
    lost
        Whether the customer left then, likewise.
    at
        Times wanted, element by element. nan beyond the last duration if that is censored.

    Raises
    ------
    ValueError
        If there is no customer, the shapes differ, or a duration is negative.

    Examples
    --------
    >>> kaplan_meier([2, 3, 3, 5], [True, True, False, True], [1, 2, 3, 5]).round(6).tolist()
    [1.0, 0.75, 0.5, 0.0]
    """
    durations, lost = np.asarray(durations, np.float64), np.asarray(lost, np.bool_)
    at = np.asarray(at, np.float64)
    _check_lives(durations, lost)
    survival = stats.ecdf(stats.CensoredData.right_censored(durations, ~lost)).sf
    last = durations.max()
    ends_open = not lost[durations == last].all()
    return np.where((at > last) & ends_open, np.nan, np.asarray(survival.evaluate(at), np.float64))


def weibull_fit(durations: ArrayLike, lost: ArrayLike) -> tuple[float, float]:
    """Maximum-likelihood scale and shape of Weibull lifetimes, ``S(t) = exp(-(t / scale)^shape)``.

    A shape below 1 says that those who have stayed long leave less.

    Parameters
    ----------
    durations, lost
        As in :func:`kaplan_meier`, with durations > 0.

    Raises
    ------
    ValueError
        If there is no customer, the shapes differ, a duration is not positive, or nobody left.

    Examples
    --------
    >>> scale, shape = weibull_fit([1, 2, 4, 9, 12, 12], [True, True, True, True, False, False])
    >>> round(scale, 2), round(shape, 2)
    (10.1, 0.94)
    """
    durations, lost = np.asarray(durations, np.float64), np.asarray(lost, np.bool_)
    _check_lives(durations, lost)
    if not (durations > 0).all() or not lost.any():
        raise ValueError("lifetimes must be longer than 0, and somebody must have left")
    lives = stats.CensoredData.right_censored(durations, ~lost)
    shape, _, scale = stats.weibull_min.fit(lives, floc=0)
    return float(scale), float(shape)


# revenue -------------------------------------------------------------------------------------------


def gross_revenue_retention(start: float, churned: float, contracted: float) -> float:
    """GRR: ``1 - (churned + contracted) / start``.

    Parameters
    ----------
    start
        Recurring revenue at the beginning, or available to renew, > 0.
    churned, contracted
        Lost of it with and without the customer, >= 0, together at most ``start``.

    Raises
    ------
    ValueError
        If an amount is outside its range.

    Examples
    --------
    >>> gross_revenue_retention(100_000, 7_000, 3_000)
    0.9
    """
    if not start > 0 or not min(churned, contracted) >= 0 or churned + contracted > start:
        raise ValueError("revenue lost must not be negative or more than there was")
    return (start - churned - contracted) / start


def net_revenue_retention(start: float, churned: float, contracted: float, expanded: float) -> float:
    """NRR: ``1 - (churned + contracted - expanded) / start``.

    Parameters
    ----------
    start, churned, contracted
        As in :func:`gross_revenue_retention`.
    expanded
        What the same customers pay more, >= 0: expansion, upsell, cross-sell, prices.

    Raises
    ------
    ValueError
        If an amount is outside its range.

    Examples
    --------
    >>> net_revenue_retention(100_000, 7_000, 3_000, 12_000)
    1.02
    """
    if not expanded >= 0:
        raise ValueError("revenue gained must not be negative")
    return gross_revenue_retention(start, churned, contracted) + expanded / start


def lifetime_value(arr: float, term_years: float, chance: float, discount_per_year: float = 0.0) -> float:
    """Revenue to expect of a customer that renews with the same chance for ever [4]_.

    ``ARR T sum_k ((1 - p) / (1 + d)^T)^k``: the first term is paid at once, and each later one at its
    renewal, if the customer is still there. Without discount that is ``ARR T / p``.

    Parameters
    ----------
    arr
        Recurring revenue a year, >= 0.
    term_years
        Length of the contract, > 0.
    chance
        Of leaving at a renewal, from 0 to 1; 0 without discount is worth infinitely much.
    discount_per_year
        Rate of interest, >= 0.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Examples
    --------
    >>> lifetime_value(1_000_000, 1.0, 0.1)
    10000000.0
    >>> round(lifetime_value(1_000_000, 1.0, 0.1, discount_per_year=0.1))
    5500000
    """
    _checked("a chance of leaving", chance)
    if not arr >= 0 or not term_years > 0 or not discount_per_year >= 0:
        raise ValueError("revenue and discount must not be negative, and the term must be longer than 0")
    if arr == 0:
        return 0.0
    growth = (1.0 + discount_per_year) ** term_years
    # 1 - (1 - p) / growth without cancellation
    lost = (chance + (growth - 1.0)) / growth
    return math.inf if lost == 0 else arr * term_years / lost


def _checked(what: str, chances: ArrayLike) -> Floats:
    found = np.asarray(chances, np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise ValueError(f"{what} must be from 0 to 1")
    return found


def _check_lives(durations: Floats, lost: NDArray[np.bool_]) -> None:
    if durations.ndim != 1 or durations.shape != lost.shape or len(durations) == 0:
        raise ValueError("durations and losses need one number for each of one customer or more")
    if not (durations >= 0).all():
        raise ValueError("a duration must not be negative")


def _check_ratio(ratio: float) -> None:
    if not 0 < ratio < math.inf:
        raise ValueError("a ratio must be greater than 0")


def _check_beta(alpha: float, beta: float) -> None:
    if not (alpha > 0 and beta > 0):
        raise ValueError("alpha and beta must be greater than 0")
