"""The limits within which waits by formulas can be believed, against queues simulated with numpy alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from csm_sim.theory.abandonment import erlang_a
from csm_sim.theory.queues import mg1_wait_mean, service_moments
from csm_sim.theory.validity import FLUID_LOAD, FLUID_PEOPLE, HIGH, LOW, book_validity, pool_validity

Floats = NDArray[np.float64]

DAY_HOURS = 8.0
ACCOUNTS = 100
DAYS = 5_000


def simulated_wait(load: float, planned: float, cv: float, seed: int) -> float:
    """Mean working time before work of 1 h is taken up; the planned part opens in the morning."""
    rng = np.random.default_rng(seed)
    hours = DAYS * DAY_HOURS
    times: list[Floats] = [rng.uniform(0, hours, rng.poisson((1 - planned) * load * hours))]
    if planned > 0:
        period = ACCOUNTS / (planned * load)
        for phase in rng.uniform(0, period, ACCOUNTS):
            times.append(np.floor(np.arange(phase, hours, period) / DAY_HOURS) * DAY_HOURS)
    came = np.sort(np.concatenate(times))
    sd = math.sqrt(math.log1p(cv * cv))
    efforts = rng.lognormal(-sd * sd / 2, sd, len(came))
    # Lindley: the wait is the work so far less its lowest level
    work = np.concatenate([[0.0], np.cumsum(efforts)[:-1]]) - came
    waits = work - np.minimum.accumulate(work)
    return float(waits[len(waits) // 10 :].mean())


def formula(load: float, cv: float) -> float:
    return mg1_wait_mean(load, service_moments("lognormal", 1.0, cv))


@pytest.mark.parametrize("load", [LOW, 0.7, 0.8])
@pytest.mark.parametrize("cv", [0.5, 1.2])
def test_random_work_waits_within_15_percent_of_the_formula(load: float, cv: float) -> None:
    found = np.mean([simulated_wait(load, 0.0, cv, seed) for seed in range(8)])
    assert found == pytest.approx(formula(load, cv), rel=0.15)
    assert book_validity(load, load, 0.0).text == "valid within about 15%"


@pytest.mark.parametrize("load", [LOW, 0.7, HIGH])
@pytest.mark.parametrize("cv", [0.5, 1.2])
def test_half_planned_work_waits_within_a_factor_of_two(load: float, cv: float) -> None:
    found = np.mean([simulated_wait(load, 0.5, cv, seed) for seed in range(8)])
    assert 0.5 < found / formula(load, cv) < 2.0
    assert "factor of 2" in book_validity(load, load, 0.5).text


def test_wholly_planned_work_does_not_wait_as_the_formula_says() -> None:
    found = np.mean([simulated_wait(LOW, 1.0, 0.5, seed) for seed in range(8)])
    assert found / formula(LOW, 0.5) > 2.5
    found = np.mean([simulated_wait(0.95, 1.0, 0.5, seed) for seed in range(8)])
    assert found / formula(0.95, 0.5) < 0.75
    assert not book_validity(0.7, 0.7, 1.0).valid


def test_far_more_work_than_many_people_can_do_is_a_matter_of_hours() -> None:
    for people in (FLUID_PEOPLE, 100):
        for load in (FLUID_LOAD, 1.5):
            given_up = erlang_a(people * load, 1.0, people, 0.25).p_abandon
            assert given_up == pytest.approx(1 - 1 / load, rel=0.05)
            assert pool_validity(load, load, people, ("the desk closes",)).valid
    assert erlang_a(5.0, 1.0, 5, 0.25).p_abandon > 0.1  # where hours alone say that all of it is done
    assert not pool_validity(1.0, 1.0, 5, ()).valid


def test_reasons_against_a_pool_are_told() -> None:
    told = pool_validity(0.8, 0.8, 4, ("the desk closes", "people resign", "there is a backlog")).text
    assert told == "not valid: simulate, because the desk closes (and 2 more)"
    assert pool_validity(0.97, 0.97, 4, ()).text.startswith("not valid: simulate, because close to full load")
    assert book_validity(0.3, 0.35, 0.0).valid
