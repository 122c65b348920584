"""Every formula of ``csm_sim.theory`` against the oracle table and against each other."""

import doctest
import importlib
import inspect
import json
import math
import pkgutil
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from theory.retention_rows import RETENTION
from theory.rows import ROWS, phases, sinusoid, span

from csm_sim import theory
from csm_sim.theory import (
    abandonment,
    abandonment_priorities,
    arrivals,
    counts,
    finite,
    multiserver,
    priorities,
    queues,
    staffing,
    time_varying,
)
from csm_sim.theory.spans import Span

Parameters = dict[str, Any]
MODULES = [f"csm_sim.theory.{module.name}" for module in pkgutil.iter_modules(theory.__path__)]


def _erlang_b(p: Parameters, quantity: str) -> float:
    if quantity == "max_offered_load_erlangs":
        return queues.erlang_b_offered_load(p["blocking"], p["servers"])
    return queues.erlang_b(p["offered_load"], p["servers"])


def _erlang_c(p: Parameters, quantity: str) -> float:
    desk = (p["arrival_rate"], p["service_rate"], p["servers"])
    if quantity == "service_level":
        return queues.mmc_service_level(*desk, p["sl_threshold"])
    by_quantity: dict[str, Callable[[float, float, int], float]] = {
        "p_wait": queues.mmc_wait_probability,
        "wq": queues.mmc_wait_mean,
        "lq": queues.mmc_queue_length_mean,
        "w": queues.mmc_sojourn_mean,
        "occupancy": queues.mmc_occupancy,
        "E[Wq|Wq>0]": queues.mmc_delayed_wait_mean,
    }
    return by_quantity[quantity](*desk)


def _mg1(p: Parameters, quantity: str) -> float:
    families: dict[str, queues.Family] = {"det": "deterministic", "gamma": "gamma", "lognormal": "lognormal"}
    service = queues.service_moments(families[p["service"]], p["service_mean"], math.sqrt(p["service_cv2"]))
    formula = {"wq_mean": queues.mg1_wait_mean, "wq_sd": queues.mg1_wait_sd}[quantity]
    return formula(p["arrival_rate"], service)


def _class_index(quantity: str) -> int:
    return int(quantity.rpartition("class")[2]) - 1


def _mg1_priority(p: Parameters, quantity: str) -> float:
    means, seconds = zip(*p["service_moments"], strict=True)
    classes = (p["arrival_rates"], means, seconds)
    if quantity.startswith("sojourn"):
        return float(priorities.mg1_priority_sojourn_means_preemptive(*classes)[_class_index(quantity)])
    waits = priorities.mg1_priority_wait_means(*classes)
    if quantity.startswith("sum_k"):
        return float(np.sum(np.multiply(p["arrival_rates"], means) * waits))
    return float(waits[_class_index(quantity)])


def _mmc_priority(p: Parameters, quantity: str) -> float:
    waits = priorities.mmc_priority_wait_means(p["arrival_rates"], p["service_rate"], p["servers"])
    return float(waits[_class_index(quantity)])


def _mmc_priority_preemptive(p: Parameters, quantity: str) -> float:
    waits = priorities.mmc_priority_wait_means_preemptive(p["arrival_rates"], p["service_rate"], p["servers"])
    return float(waits[_class_index(quantity)])


def _mg1_accumulating(p: Parameters, quantity: str) -> float:
    means = np.array(p["service_means"])
    seconds = means**2 * (1.0 + p["service_cv"] ** 2)
    waits = priorities.mg1_accumulating_priority_wait_means(
        p["arrival_rates"], means.tolist(), seconds.tolist(), p["accumulation_rates"]
    )
    return float(waits[_class_index(quantity)])


def _mmc_priority_abandon(p: Parameters, quantity: str) -> float:
    desk = abandonment_priorities.mmc_priority_abandonment(
        tuple(p["arrival_rates"]), p["service_rate"], p["servers"], tuple(p["abandon_rates"])
    )
    name, _, _ = quantity.rpartition("_class")
    return float(getattr(desk, name)[_class_index(quantity)])


def _erlang_a(p: Parameters, quantity: str) -> float:
    desk = abandonment.erlang_a(p["arrival_rate"], p["service_rate"], p["servers"], p["abandon_rate"])
    return float(getattr(desk, quantity))


def _equal_rates(p: Parameters, quantity: str) -> float:
    assert quantity == "p_wait" and p["abandon_rate"] == p["service_rate"]
    return time_varying.mtmcm_equal_rates(p["arrival_rate"] / p["service_rate"], p["servers"]).p_delay


def _mmn_plus_g(p: Parameters, quantity: str) -> float:
    patience = span(p["patience"])
    desk = abandonment.mmc_general_patience(p["arrival_rate"], p["service_rate"], p["servers"], patience)
    return float(getattr(desk, quantity))


def _mdc(p: Parameters, quantity: str) -> float:
    assert (p["service"], quantity) == ("deterministic 1", "wq_mean")
    return multiserver.mdc_wait_mean(p["arrival_rate"], 1.0, p["servers"])


def _mgc(p: Parameters, quantity: str) -> float:
    desk = multiserver.mphc_wait(p["arrival_rate"], phases(p), p["servers"])
    return desk.wq if quantity == "wq_mean" else desk.p_wait


def _batch(p: Parameters, quantity: str) -> float:
    mean = float(re.findall(r"mean=(\d+)", p["batch"])[0])
    desk = arrivals.batch_mm1_geometric(p["batch_rate"], mean, p["service_rate"])
    return desk.number if quantity.startswith("L") else desk.sojourn


def _finite_source(p: Parameters, quantity: str) -> float:
    desk = finite.finite_source(p["customers"], p["request_rate_each"], p["service_rate"], p["servers"])
    by_name = desk._asdict() | {"throughput": desk.throughput_per_hour, "L": desk.number}
    return float(by_name[quantity])


def _gim1(p: Parameters, quantity: str) -> float:
    assert p["interarrival"] == "deterministic" and p["servers"] == 1
    desk = arrivals.gim1_wait(p["arrival_rate"], p["service_rate"])
    return desk.sigma if quantity == "sigma" else desk.wq


def _limited_ps(p: Parameters, quantity: str) -> float:
    number = int(re.findall(r"N=(\d+)", quantity)[0])
    return finite.mmc_number_probability(p["arrival_rate"], p["service_rate"], p["ps_threshold"], number)


def _negative_binomial(p: Parameters, quantity: str) -> float:
    return float(getattr(counts.negative_binomial(p["mean"], p["dispersion_k"]), quantity))


def _busy_days(p: Parameters, quantity: str) -> float:
    """The mixture of the row itself: 200 quantiles, which miss 0.0002 of the integral at a cv of 0.25."""
    from scipy.stats import gamma

    cv, desk = p["rate_cv"], (p["servers"], p["abandon_rate"])
    levels = (np.arange(200) + 0.5) / 200
    factors = gamma.ppf(levels, 1.0 / cv**2, scale=cv**2) if cv else np.ones(1)
    given_up = [abandonment.erlang_a(p["mean_rate"] * f, 1.0, *desk).p_abandon for f in factors.tolist()]
    found = float(factors @ given_up / factors.sum())
    exact = counts.erlang_a_on_gamma_days(p["mean_rate"], 1.0, *desk, cv).share_of_customers
    assert exact == pytest.approx(found, abs=2e-4)
    return found


def _mt_g_inf(p: Parameters, quantity: str) -> float:
    service = span(p["service"])
    if quantity == "lag_of_peak_hours":
        return time_varying.mtginf_sinusoid_lag(sinusoid(p["rate"])[2], service)
    return time_varying.mtginf_sinusoid_busy_mean(*sinusoid(p["rate"]), service, p["t"])


def _mt_m_st_m(p: Parameters, quantity: str) -> float:
    assert p["mu"] == p["theta"] == 1 and quantity == "p_delay"
    busy = time_varying.mtginf_sinusoid_busy_mean(*sinusoid(p["rate"]), Span("exponential", 1.0), p["t"])
    return time_varying.mtmcm_equal_rates(busy, p["staff"]).p_delay


def _mt_m_s(p: Parameters, quantity: str) -> float:
    mean, amplitude, period = sinusoid(p["rate"])
    assert p["service"] == "exp mean 0.5 h" and period == p["period_h"]

    def rate(hour: float) -> float:
        return mean + amplitude * math.sin(2.0 * math.pi * hour / period)

    if quantity.startswith("PSA"):
        return time_varying.mtmc_pointwise_delay_probability(rate, period, 2.0, p["servers"])
    if quantity.startswith("stationary"):
        return queues.mmc_wait_probability(mean, 2.0, p["servers"])
    desk = time_varying.mtmc_periodic(rate, period, 2.0, p["servers"])
    names = {"max_Lq": "max_lq", "time_of_max_Lq_h": "time_of_max_lq", "mean_wait_arrivals_h": "mean_wait"}
    return float(getattr(desk, names.get(quantity, quantity)))


def _transient(p: Parameters, quantity: str) -> float:
    assert (p["initial"], quantity) == ("empty", "E[N(t)]")
    return time_varying.mmc_transient_number_mean(p["arrival_rate"], p["service_rate"], 1, p["t"])


def _pooling(p: Parameters, quantity: str) -> float:
    team = p.get("per_team") or {name: value / p["teams"] for name, value in p["pooled"].items()}
    rate = (p.get("per_team") or p["pooled"])["service_rate"]
    waits = staffing.pooled_teams(team["arrival_rate"], rate, int(team["servers"]), p["teams"])
    return float(getattr(waits, quantity))


def _halfin_whitt(p: Parameters, quantity: str) -> float:
    if quantity == "beta":
        return staffing.halfin_whitt_safety(p["p_delay"])
    return staffing.halfin_whitt_delay_probability(p["beta"])


def _square_root(p: Parameters, quantity: str) -> float:
    rule = {
        "n_exact_erlang_c": staffing.servers_for_delay_probability,
        "n_square_root_rule": staffing.square_root_servers,
    }[quantity]
    return rule(p["offered_load"], p["target_p_delay"])


FORMULAS: dict[str, Callable[[Parameters, str], float]] = {
    "erlang_b": _erlang_b,
    "erlang_c": _erlang_c,
    "mg1_pk": _mg1,
    "mg1_priority:nonpreemptive": _mg1_priority,
    "mg1_priority:preemptive_resume": _mg1_priority,
    "mg1_priority:conservation": _mg1_priority,
    "mmc_priority:nonpreemptive": _mmc_priority,
    "mmc_priority:preemptive_resume": _mmc_priority_preemptive,
    "mmc_priority:nonpreemptive_abandon": _mmc_priority_abandon,
    "mg1_priority:accumulating": _mg1_accumulating,
    "erlang_a": _erlang_a,
    "erlang_a:theta_eq_mu": _equal_rates,
    "mmn_plus_g": _mmn_plus_g,
    "mdc": _mdc,
    "mgc:erlang2": _mgc,
    "mgc:h2": _mgc,
    "batch_mx_m1": _batch,
    "finite_source": _finite_source,
    "mmck": lambda p, _: finite.mmck_reject_probability(
        p["arrival_rate"], p["service_rate"], p["servers"], p["capacity"]
    ),
    "gi_m_1": _gim1,
    "limited_ps": _limited_ps,
    # One server shared by all has the mean sojourn of M/M/1, whatever the service times.
    "mg1_ps": lambda p, _: queues.mmc_sojourn_mean(p["arrival_rate"], p["service_rate"], 1),
    "negbin_counts": _negative_binomial,
    "overdispersed_erlang_a": _busy_days,
    "mt_g_inf": _mt_g_inf,
    "mt_m_st_m:theta_eq_mu": _mt_m_st_m,
    "mt_m_s": _mt_m_s,
    "transient_mm1": _transient,
    "pooling": _pooling,
    "halfin_whitt": _halfin_whitt,
    "garnett": lambda p, _: staffing.garnett_delay_probability(p["beta"], p["theta_over_mu"]),
    "sqrt_staffing": _square_root,
    **RETENTION,
}
# Single histories, not formulas: test_desk_by_scenario.py lives two of them.
HISTORIES = {"calendar"}
FORMULA_ROWS = [row for row in ROWS if row["model"] not in HISTORIES]


@pytest.mark.parametrize("row", FORMULA_ROWS, ids=[row["id"] for row in FORMULA_ROWS])
def test_formula_gives_the_oracle_value(row: dict[str, str]) -> None:
    value = float(row["value"])
    found = FORMULAS[row["model"]](json.loads(row["parameters"]), row["quantity"])
    # The table prints 12 significant digits, so a large value cannot be closer than that.
    assert found == pytest.approx(value, abs=float(row["tolerance"]), rel=1e-11)


def test_every_model_has_a_row() -> None:
    assert {row["model"] for row in ROWS} == set(FORMULAS) | HISTORIES


@pytest.mark.parametrize("name_of_module", MODULES)
def test_every_function_has_an_example_that_runs(name_of_module: str) -> None:
    module = importlib.import_module(name_of_module)
    result = doctest.testmod(module)
    assert result.attempted >= sum(inspect.isfunction(getattr(module, name)) for name in module.__all__)
    assert result.failed == 0


def test_erlang_c_is_stable_for_a_thousand_people() -> None:
    # The textbook sums of a**n / n! overflow here.
    assert 0.0 < queues.erlang_c(990.0, 1000) < 1.0
    assert queues.erlang_b(1e-300, 500) == 0.0


def test_one_server_with_exponential_service_is_the_same_queue_in_every_formula() -> None:
    rates, service = [0.3, 0.5], queues.service_moments("exponential", 1.0)
    assert queues.mg1_wait_mean(0.8, service) == pytest.approx(queues.mmc_wait_mean(0.8, 1.0, 1))
    one_server = priorities.mg1_priority_wait_means(rates, [1, 1], [2, 2])
    assert one_server == pytest.approx(priorities.mmc_priority_wait_means(rates, 1.0, 1))
    preemptive = priorities.mg1_priority_sojourn_means_preemptive(rates, [1, 1], [2, 2])
    assert preemptive == pytest.approx(priorities.mmc_priority_wait_means_preemptive(rates, 1.0, 1) + 1.0)


@pytest.mark.parametrize(
    "waits", [priorities.mmc_priority_wait_means, priorities.mmc_priority_wait_means_preemptive]
)
def test_priorities_only_redistribute_the_wait(waits: Callable[..., priorities.Floats]) -> None:
    rates = np.array([2.0, 3.0, 4.0])
    mean_wait = float(np.dot(rates, waits(rates, 1.0, 10)) / rates.sum())
    assert mean_wait == pytest.approx(queues.mmc_wait_mean(9.0, 1.0, 10))


def test_an_overloaded_queue_waits_for_ever() -> None:
    service = queues.service_moments("exponential", 1.0)
    assert queues.erlang_c(5.0, 5) == 1.0
    assert queues.mmc_wait_mean(5.0, 1.0, 5) == math.inf
    assert queues.mmc_queue_length_mean(6.0, 1.0, 5) == math.inf
    assert queues.mmc_service_level(6.0, 1.0, 5, 1.0) == 0.0
    assert queues.mmc_occupancy(6.0, 1.0, 5) == 1.0
    assert queues.mg1_wait_mean(1.0, service) == math.inf
    assert queues.mg1_wait_sd(1.0, service) == math.inf


def test_overload_starves_only_the_lower_classes() -> None:
    # Class 1 sees one task in hand at all times: R = 1 hour for exponential service, W = R / (1 - 0.5).
    expected = [2.0, math.inf, math.inf]
    rates = [0.5, 0.7, 0.1]
    assert priorities.mg1_priority_wait_means(rates, [1] * 3, [2] * 3).tolist() == expected
    assert priorities.mmc_priority_wait_means(rates, 1.0, 1).tolist() == expected
    # Under preemption class 1 does not notice the others at all: an M/M/1 at load 0.5.
    preemptive = priorities.mg1_priority_sojourn_means_preemptive(rates, [1] * 3, [2] * 3)
    assert preemptive.tolist() == [2.0, math.inf, math.inf]
    assert priorities.mmc_priority_wait_means_preemptive(rates, 1.0, 1).tolist() == [1.0, math.inf, math.inf]


def test_an_infinite_desk_is_busy_in_proportion() -> None:
    assert queues.mginf_busy_mean(17.0, 0.5) == 8.5
    # Erlang B with far more people than load is the same desk: carried load = offered load.
    assert 8.5 * (1 - queues.erlang_b(8.5, 60)) == pytest.approx(queues.mginf_busy_mean(17.0, 0.5))


def test_an_idle_queue_does_not_wait() -> None:
    assert queues.erlang_b(0.0, 3) == 0.0
    assert queues.erlang_b(0.0, 0) == 1.0
    assert queues.mmc_queue_length_mean(0.0, 1.0, 3) == 0.0
    waits = priorities.mmc_priority_wait_means_preemptive([0.0, 0.5], 1.0, 1)
    assert math.isnan(waits[0])
    assert waits[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: queues.erlang_b(-1.0, 2),
        lambda: queues.erlang_b_offered_load(1.0, 2),
        lambda: queues.erlang_c(1.0, 0),
        lambda: queues.mmc_wait_mean(-1.0, 1.0, 2),
        lambda: queues.mmc_wait_mean(1.0, 0.0, 2),
        lambda: queues.mmc_occupancy(1.0, 1.0, 0),
        lambda: queues.mmc_service_level(1.0, 1.0, 2, -0.1),
        lambda: queues.service_moments("gamma", 0.0),
        lambda: queues.service_moments("lognormal", 1.0, cv=0.0),
        lambda: priorities.mg1_priority_wait_means([], [], []),
        lambda: priorities.mg1_priority_wait_means([0.1], [1.0, 1.0], [2.0]),
        lambda: priorities.mg1_priority_wait_means([0.1], [1.0], [0.5]),
        lambda: priorities.mmc_priority_wait_means([-0.1], 1.0, 1),
        lambda: queues.mginf_busy_mean(-1.0, 1.0),
    ],
)
def test_arguments_without_a_meaning_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"not|needs|must"):
        call()
