"""Counts and days that vary more than chance alone would have them: gamma mixtures.

Customers who are unlike each other, and days that are, both multiply a rate by a gamma factor of mean 1.
The count of one customer or one day is then negative binomial, and a desk is worse off than with the same
number of tickets spread evenly.

References
----------
.. [1] M. Greenwood, G. U. Yule, "An inquiry into the nature of frequency distributions representative of
   multiple happenings", *Journal of the Royal Statistical Society* 83(2):255-279, 1920.
.. [2] W. Whitt, "Staffing a call center with uncertain arrival rate and absenteeism", *Production and
   Operations Management* 15(1):88-102, 2006.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from csm_sim.theory.abandonment import erlang_a

__all__ = ["BusyDays", "NegativeBinomial", "erlang_a_on_gamma_days", "negative_binomial"]


class NegativeBinomial(NamedTuple):
    """Spread of a count."""

    variance: float
    index_of_dispersion: float
    """Variance over mean; 1 for Poisson."""


def negative_binomial(mean: float, dispersion: float) -> NegativeBinomial:
    """Spread of a Poisson count whose mean has a gamma factor with shape ``dispersion`` [1]_.

    The variance is ``mean + mean^2 / k``. For the counts of a day with a factor of coefficient of variation
    ``v``, ``k = 1 / v^2``.

    Parameters
    ----------
    mean
        Mean count, > 0.
    dispersion
        Shape ``k`` of the gamma factor, > 0; the smaller, the more unequal.

    Raises
    ------
    ValueError
        If one of them is not positive.

    Examples
    --------
    >>> negative_binomial(10, 2)
    NegativeBinomial(variance=60.0, index_of_dispersion=6.0)
    """
    if not min(mean, dispersion) > 0:
        raise ValueError("the mean and the dispersion must be greater than 0")
    index = 1.0 + mean / dispersion
    return NegativeBinomial(mean * index, index)


class BusyDays(NamedTuple):
    """Abandonment of a desk whose days differ."""

    share_of_customers: float
    """Share of all customers who give up: busy days have more of them."""
    mean_share_of_days: float
    """Mean over days of the share that gives up."""
    occupancy: float


def erlang_a_on_gamma_days(
    arrival_rate_per_hour: float,
    service_rate_per_hour: float,
    servers: int,
    abandon_rate_per_hour: float,
    rate_cv: float,
) -> BusyDays:
    """Erlang A with a rate that is constant during a day and differs from day to day [2]_.

    A day's rate is the mean rate times a gamma factor of mean 1; days are long beside the time the queue
    takes to settle. The mean over the factor is taken by the trapezoidal rule over normal scores.

    Parameters
    ----------
    arrival_rate_per_hour, service_rate_per_hour, servers, abandon_rate_per_hour
        As in :func:`csm_sim.theory.abandonment.erlang_a`; the rate is the mean over days.
    rate_cv
        Coefficient of variation of a day's rate, >= 0.

    Raises
    ------
    ValueError
        As :func:`csm_sim.theory.abandonment.erlang_a`, or if the coefficient is negative.

    Examples
    --------
    >>> round(erlang_a_on_gamma_days(50, 1, 50, 0.5, 0.25).share_of_customers, 4)
    0.1096
    """
    if not rate_cv >= 0:
        raise ValueError("the coefficient of variation must not be negative")
    factors, weights = np.ones(1), np.ones(1)
    if rate_cv > 0:
        shape = 1.0 / rate_cv**2
        scores = np.arange(-80, 81) / 10.0
        upper = special.gammainccinv(shape, special.ndtr(-scores))
        lower = special.gammaincinv(shape, special.ndtr(scores))
        # a day without tickets has no share that gives up: far down the tail the factor would round to 0
        factors = np.maximum(np.where(scores > 0, upper, lower) / shape, 1e-12)
        weights = np.exp(-0.5 * scores**2)
        weights /= weights.sum()
    days = [
        erlang_a(arrival_rate_per_hour * f, service_rate_per_hour, servers, abandon_rate_per_hour)
        for f in factors.tolist()
    ]
    shares = np.array([day.p_abandon for day in days])
    occupancies = np.array([day.occupancy for day in days])
    of_customers = float((weights * factors) @ shares / (weights @ factors))
    return BusyDays(of_customers, float(weights @ shares), float(weights @ occupancies))
