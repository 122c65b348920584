"""Every formula of ``csm_sim.theory`` against the oracle table and against each other."""

import csv
import doctest
import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from csm_sim.theory import priorities, queues

Parameters = dict[str, Any]
TABLE = (Path(__file__).parent / "oracle_rows.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))


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


FORMULAS: dict[str, Callable[[Parameters, str], float]] = {
    "erlang_b": _erlang_b,
    "erlang_c": _erlang_c,
    "mg1_pk": _mg1,
    "mg1_priority:nonpreemptive": _mg1_priority,
    "mg1_priority:preemptive_resume": _mg1_priority,
    "mg1_priority:conservation": _mg1_priority,
    "mmc_priority:nonpreemptive": _mmc_priority,
    "mmc_priority:preemptive_resume": _mmc_priority_preemptive,
}


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_formula_gives_the_oracle_value(row: dict[str, str]) -> None:
    value = float(row["value"])
    found = FORMULAS[row["model"]](json.loads(row["parameters"]), row["quantity"])
    # The table prints 12 significant digits, so a large value cannot be closer than that.
    assert found == pytest.approx(value, abs=float(row["tolerance"]), rel=1e-11)


def test_every_model_has_a_row() -> None:
    assert {row["model"] for row in ROWS} == set(FORMULAS)


@pytest.mark.parametrize("module", [queues, priorities], ids=lambda module: module.__name__)
def test_every_function_has_an_example_that_runs(module: ModuleType) -> None:
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
