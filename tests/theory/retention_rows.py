"""Rows of the oracle table about customers who leave, as calls of ``csm_sim.theory.retention``.

``telco_lives.csv`` counts the customers of a published sample (IBM, Telco Customer Churn: 7,043 customers
in one quarter) by contract and months of tenure.
"""

import csv
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.theory import retention

Parameters = dict[str, Any]
COUNTS = (Path(__file__).parent / "telco_lives.csv").read_text(encoding="utf-8").splitlines()


@cache
def telco(contract: str | None, shortest: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Months of tenure, and whether the customer left, of those with one contract (None: any)."""
    months, lost = [], []
    for row in csv.DictReader(COUNTS):
        if contract in (None, row["contract"]) and int(row["tenure_months"]) >= shortest:
            for left, count in ((True, int(row["lost"])), (False, int(row["stayed"]))):
                months += [float(row["tenure_months"])] * count
                lost += [left] * count
    return np.array(months), np.array(lost)


def _kaplan_meier(p: Parameters, quantity: str) -> float:
    if quantity in ("lambda", "rho"):
        scale, shape = retention.weibull_fit(*telco(None, 1))
        return scale if quantity == "lambda" else shape
    months, lost = telco(p.get("stratum"), 0)
    if quantity == "events_over_exposure_per_month":
        return float(lost.sum() / months.sum())
    return float(retention.kaplan_meier(months, lost, float(re.findall(r"\d+", quantity)[0])))


def _sbg(p: Parameters, quantity: str) -> float:
    number = int(*re.findall(r"\d+", quantity))
    if quantity.startswith("retention_rate"):
        return float(retention.sbg_retention_rate(p["alpha"], p["beta"], number))
    if "alpha" in p:
        return float(retention.sbg_survival(p["alpha"], p["beta"], number))
    survivors = p.get("survivors") or (np.array(p["survivors_pct"]) * p["N"] / 100.0)
    fit = retention.sbg_fit(survivors)
    if quantity.startswith("S("):
        return 100.0 * float(retention.sbg_survival(fit.alpha, fit.beta, number))
    names = {"mle_alpha": "alpha", "mle_alpha(gamma)": "alpha", "mle_beta": "beta"}
    return float(getattr(fit, names.get(quantity, "log_likelihood")))


def _odds_or_hazard(p: Parameters, quantity: str) -> float:
    if "odds_ratio" in p:
        return retention.with_odds_ratio(p["base_period_churn"], p["odds_ratio"])
    return retention.with_hazard_ratio(p["base_period_churn"], p["hazard_ratio"])


def _revenue(p: Parameters, quantity: str) -> float:
    lost = (p["start_mrr"], p["churned"], p["contraction"])
    if quantity == "GRR":
        return retention.gross_revenue_retention(*lost)
    return retention.net_revenue_retention(*lost, p["expansion"])


RETENTION: dict[str, Callable[[Parameters, str], float]] = {
    "churn_km": _kaplan_meier,
    "churn_sbg": _sbg,
    "churn_hazard": _odds_or_hazard,
    "revenue_retention": _revenue,
}
