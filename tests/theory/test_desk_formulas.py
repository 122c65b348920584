"""Formulas of the support desk against each other, in their limits, and where they have no meaning."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate

from csm_sim.theory import (
    abandonment,
    abandonment_priorities,
    arrivals,
    counts,
    desk,
    finite,
    multiserver,
    priorities,
    queues,
    staffing,
    time_varying,
)
from csm_sim.theory.spans import Span

SPANS = [
    Span("deterministic", 2.0),
    Span("exponential", 2.0),
    Span("uniform", 2.0),
    Span("gamma", 2.0, 0.5),
    Span("gamma", 2.0, 1.5),
    Span("lognormal", 2.0, 0.8),
]


@pytest.mark.parametrize("span", SPANS, ids=lambda span: f"{span.family}-{span.cv}")
def test_a_limited_mean_is_the_integral_of_survival(span: Span) -> None:
    for hours in (0.3, 2.0, 3.0, 7.0):
        kinks = [kink for kink in span.kinks_hours if kink < hours]
        integral, _ = integrate.quad(lambda x: float(span.survival(x)), 0.0, hours, points=kinks or None)
        assert float(span.limited_mean(hours)) == pytest.approx(integral, rel=1e-8)
    assert float(span.limited_mean(1e9)) == pytest.approx(2.0)
    assert span.limited_mean([-1.0, 0.0]).tolist() == [0.0, 0.0]
    assert span.survival([-1.0, 0.0]).tolist() == [1.0, 1.0]


def test_a_gamma_or_lognormal_span_of_cv_one_is_what_it_should_be() -> None:
    hours = np.linspace(0.0, 9.0, 50)
    assert Span("gamma", 2.0).limited_mean(hours) == pytest.approx(
        Span("exponential", 2.0).limited_mean(hours)
    )


# customers who give up ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "load, servers, rate", [(0.5, 1, 0.01), (9.0, 10, 0.4), (130.0, 100, 2.0), (5, 1, 9)]
)
def test_erlang_a_by_sums_is_erlang_a_by_integrals(load: float, servers: int, rate: float) -> None:
    by_sums = abandonment.erlang_a(load, 1.0, servers, rate)
    by_integrals = abandonment.mmc_general_patience(load, 1.0, servers, Span("exponential", 1.0 / rate))
    assert by_sums == pytest.approx(by_integrals, rel=1e-8)


@pytest.mark.parametrize("patience", SPANS, ids=lambda span: f"{span.family}-{span.cv}")
def test_the_wait_of_all_is_that_of_the_served_and_of_the_others(patience: Span) -> None:
    queue = abandonment.mmc_general_patience(12.0, 1.0, 10, patience)
    others = (queue.mean_wait_all - (1.0 - queue.p_abandon) * queue.mean_wait_served) / queue.p_abandon
    assert 0.0 < others <= patience.mean_hours + 1e-9
    assert queue.mean_wait_served <= queue.mean_offered_wait
    assert queue.occupancy == pytest.approx(1.2 * (1.0 - queue.p_abandon))


def test_endless_patience_is_erlang_c() -> None:
    queue = abandonment.erlang_a(9.0, 1.0, 10, 1e-7)
    assert queue.p_wait == pytest.approx(queues.erlang_c(9.0, 10), rel=1e-5)
    assert queue.mean_wait_served == pytest.approx(queues.mmc_wait_mean(9.0, 1.0, 10), rel=1e-5)
    patient = abandonment.mmc_general_patience(9.0, 1.0, 10, Span("lognormal", 1e6))
    assert patient.mean_wait_all == pytest.approx(queues.mmc_wait_mean(9.0, 1.0, 10), rel=1e-5)


def test_no_patience_is_erlang_b() -> None:
    queue = abandonment.erlang_a(9.0, 1.0, 10, 1e9)
    assert queue.p_abandon == pytest.approx(queues.erlang_b(9.0, 10), rel=1e-6)


def test_a_huge_overloaded_desk_does_not_overflow() -> None:
    queue = abandonment.erlang_a(3000.0, 1.0, 1000, 0.01)
    assert queue.p_abandon == pytest.approx(2.0 / 3.0, rel=1e-6)  # what capacity leaves over
    fixed = abandonment.mmc_general_patience(3000.0, 1.0, 1000, Span("deterministic", 5.0))
    assert fixed.p_abandon == pytest.approx(2.0 / 3.0, rel=1e-3)


def test_priorities_of_the_impatient_share_out_one_queue() -> None:
    total = abandonment.erlang_a(2.7, 1.0, 3, 0.4).lq
    plain = abandonment_priorities.mmc_priority_abandonment((1.2, 1.5), 1.0, 3, (0.4, 0.4))
    preemptive = abandonment_priorities.mmc_priority_abandonment_preemptive((1.2, 1.5), 1.0, 3, 0.4)
    assert sum(plain.lq) == pytest.approx(total, rel=1e-9)
    assert sum(preemptive.lq) == pytest.approx(total)
    assert preemptive.lq[0] < plain.lq[0] < plain.lq[1] < preemptive.lq[1]


def test_the_interrupted_who_stay_wait_longer_and_fewer_give_up() -> None:
    args = ((1.2, 1.5), 1.0, 3)
    stay = abandonment_priorities.mmc_priority_abandonment_before_service(*args, (0.4, 0.4))
    leave = abandonment_priorities.mmc_priority_abandonment_preemptive(*args, 0.4)
    assert stay.lq[0] == pytest.approx(leave.lq[0])
    assert stay.p_abandon[0] == pytest.approx(leave.p_abandon[0])
    assert stay.lq[1] > leave.lq[1] and stay.p_abandon[1] < leave.p_abandon[1]
    # hardly anybody of class 1: class 2 is an Erlang A desk
    alone = abandonment_priorities.mmc_priority_abandonment_before_service((1e-9, 2.0), 1.0, 3, (0.4, 0.4))
    assert alone.p_abandon[1] == pytest.approx(abandonment.erlang_a(2.0, 1.0, 3, 0.4).p_abandon)


# several people, batches, finite books --------------------------------------------------------------


def test_phases_that_are_one_exponential_are_mmc() -> None:
    for phases in (
        multiserver.TwoPhases.hyperexponential(0.3, (1.0, 1.0)),
        multiserver.TwoPhases(1.0, (1.0, 7.0), 0.0),
        multiserver.TwoPhases(0.0, (7.0, 1.0), 0.0),
    ):
        found = multiserver.mphc_wait(4.0, phases, 5)
        assert found.p_wait == pytest.approx(queues.erlang_c(4.0, 5))
        assert found.wq == pytest.approx(queues.mmc_wait_mean(4.0, 1.0, 5))


def test_one_person_with_phases_is_pollaczek_khinchine() -> None:
    erlang2 = multiserver.mphc_wait(0.8, multiserver.TwoPhases.erlang2(1.0), 1)
    moments = queues.service_moments("gamma", 1.0, cv=math.sqrt(0.5))
    assert erlang2.wq == pytest.approx(queues.mg1_wait_mean(0.8, moments))
    assert multiserver.mdc_wait_mean(0.8, 1.0, 1) == pytest.approx(2.0)


def test_constant_work_at_a_large_desk_waits_half_as_long_as_exponential_work_in_heavy_traffic() -> None:
    ratio = multiserver.mdc_wait_mean(299.9, 1.0, 300) / queues.mmc_wait_mean(299.9, 1.0, 300)
    assert ratio == pytest.approx(0.5, abs=0.01)
    assert multiserver.mdc_wait_mean(0.0, 1.0, 3) == 0.0
    assert multiserver.mdc_wait_mean(3.0, 1.0, 3) == math.inf
    assert multiserver.mphc_wait(3.0, multiserver.TwoPhases.erlang2(1.0), 3) == (1.0, math.inf)


def test_batches_of_one_and_random_arrivals_are_mm1() -> None:
    assert arrivals.batch_mm1_geometric(0.8, 1.0, 1.0).wq == pytest.approx(queues.mmc_wait_mean(0.8, 1.0, 1))
    poisson = arrivals.gim1_wait(0.8, 1.0, lambda s: 0.8 / (0.8 + s))
    assert poisson == pytest.approx((0.8, 4.0))
    assert arrivals.batch_mm1_geometric(0.5, 2.0, 1.0).wq == math.inf
    assert arrivals.gim1_wait(1.0, 1.0).wq == math.inf
    busiest = arrivals.gim1_wait(0.999, 1.0)
    assert busiest.wq == pytest.approx(0.5 * queues.mmc_wait_mean(0.999, 1.0, 1), rel=0.01)


def test_a_huge_book_of_rare_requests_is_mmc() -> None:
    desk_of_many = finite.finite_source(1_000_000, 8e-6, 1.0, 10)
    assert desk_of_many.wq == pytest.approx(queues.mmc_wait_mean(8.0, 1.0, 10), rel=1e-3)
    alone = finite.finite_source(1, 0.5, 1.0, 1)
    assert alone.wq == pytest.approx(0.0, abs=1e-12) and alone.throughput_per_hour == pytest.approx(1.0 / 3.0)


def test_the_chances_of_all_numbers_add_up() -> None:
    chances = [finite.mmc_number_probability(8.0, 1.0, 10, n) for n in range(400)]
    assert sum(chances) == pytest.approx(1.0)
    assert sum(chances[10:]) == pytest.approx(queues.erlang_c(8.0, 10))
    assert finite.mmc_number_probability(0.0, 1.0, 2, 0) == 1.0
    assert finite.mmc_number_probability(2.0, 1.0, 2, 0) == 0.0
    assert finite.mmck_reject_probability(8.0, 1.0, 10, 10) == pytest.approx(queues.erlang_b(8.0, 10))


# rates that change ------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SPANS, ids=lambda span: f"{span.family}-{span.cv}")
def test_a_slow_change_is_followed_by_the_mean_service_time_of_a_lag(service: Span) -> None:
    # the swing lags by E[S^2] / (2 E[S]), the mean age of a service in progress
    age, _ = integrate.quad(lambda x: x * float(service.survival(x)) / 2.0, 0.0, 400.0, points=[2.0, 4.0])
    assert time_varying.mtginf_sinusoid_lag(5000.0, service) == pytest.approx(age, rel=2e-3)


@pytest.mark.parametrize("service", SPANS, ids=lambda span: f"{span.family}-{span.cv}")
def test_many_hours_of_a_wave_are_the_wave(service: Span) -> None:
    # one "hour" is a hundredth of the period
    rates = [10.0 + 6.0 * math.sin(2.0 * math.pi * (k + 0.5) / 100.0) for k in range(100)]
    for hour in (0.0, 33.3, 250.0):
        stepped = time_varying.mtginf_busy_mean_by_hour(rates, service, hour)
        smooth = time_varying.mtginf_sinusoid_busy_mean(10.0, 6.0, 100.0, service, hour)
        assert stepped == pytest.approx(smooth, rel=2e-3)


def test_a_constant_rate_is_the_stationary_desk() -> None:
    periodic = time_varying.mtmc_periodic(lambda hour: 8.0, 6.0, 1.0, 10)
    assert periodic.mean_wait == pytest.approx(queues.mmc_wait_mean(8.0, 1.0, 10), rel=1e-6)
    assert periodic.arrival_average_p_delay == pytest.approx(queues.erlang_c(8.0, 10), rel=1e-6)
    assert time_varying.mmc_transient_number_mean(0.5, 1.0, 1, 300.0) == pytest.approx(1.0, rel=1e-6)
    assert time_varying.mmc_transient_number_mean(0.5, 1.0, 2, 0.0, at_first=4) == pytest.approx(4.0)
    assert time_varying.mtginf_busy_mean_by_hour([2.0], Span("gamma", 3.0, 0.7), 0.4) == pytest.approx(6.0)


def test_a_rate_that_jumps_on_the_hour_is_solved_as_closely() -> None:
    # people enough for everybody: delay is then a small chance that follows the Poisson number at work
    def rate(hour: float) -> float:
        return 8.0 if hour % 2.0 < 1.0 else 2.0

    periodic = time_varying.mtmc_periodic(rate, 2.0, 1.0, 20)
    hours = (np.arange(2000) + 0.5) / 1000
    rates = np.array([rate(hour) for hour in hours.tolist()])
    assert 0.0 < periodic.arrival_average_p_delay < 1e-3
    service = Span("exponential", 1.0)
    busy = [time_varying.mtginf_busy_mean_by_hour([8.0, 2.0], service, hour) for hour in hours.tolist()]
    blocked = [time_varying.mtmcm_equal_rates(mean, 20).p_delay for mean in busy]
    expected = float(rates @ blocked / rates.sum())
    assert periodic.arrival_average_p_delay == pytest.approx(expected, rel=0.2)


def test_equal_rates_of_service_and_patience_are_erlang_a() -> None:
    poisson = time_varying.mtmcm_equal_rates(30.0, 35)
    queue = abandonment.erlang_a(30.0, 1.0, 35, 1.0)
    assert poisson == pytest.approx((queue.p_wait, queue.lq))
    assert time_varying.mtmcm_equal_rates(3.0, 0) == (1.0, 3.0)
    assert time_varying.mtmcm_equal_rates(0.0, 2) == (0.0, 0.0)


# many customers, rules of thumb, the comparison -----------------------------------------------------------


def test_rules_for_large_desks_are_close_for_large_desks() -> None:
    servers = 10_100
    assert queues.erlang_c(10_000.0, servers) == pytest.approx(
        staffing.halfin_whitt_delay_probability(1.0), rel=0.01
    )
    delay = abandonment.erlang_a(10_000.0, 1.0, servers, 0.5).p_wait
    assert delay == pytest.approx(staffing.garnett_delay_probability(1.0, 0.5), rel=0.01)
    assert staffing.garnett_delay_probability(1.0, 1e-8) == pytest.approx(
        staffing.halfin_whitt_delay_probability(1.0), rel=1e-3
    )


@pytest.mark.parametrize("load", [0.3, 5.0, 77.7, 400.0])
def test_the_fewest_people_are_enough_and_one_less_is_not(load: float) -> None:
    servers = staffing.servers_for_delay_probability(load, 0.2)
    assert queues.erlang_c(load, servers) <= 0.2
    assert servers == 1 or queues.erlang_c(load, servers - 1) > 0.2


def test_days_that_are_alike_are_erlang_a_and_days_that_differ_are_worse() -> None:
    alike = counts.erlang_a_on_gamma_days(9.0, 1.0, 10, 0.5, 0.0)
    assert alike.share_of_customers == abandonment.erlang_a(9.0, 1.0, 10, 0.5).p_abandon
    differing = counts.erlang_a_on_gamma_days(9.0, 1.0, 10, 0.5, 0.4)
    assert differing.share_of_customers > differing.mean_share_of_days > alike.share_of_customers
    carried = 9.0 * (1.0 - differing.share_of_customers) / 10
    assert differing.occupancy == pytest.approx(carried, rel=1e-6)


def test_the_comparison_is_erlang_c_or_erlang_a() -> None:
    plain = desk.erlang_comparison(20.0, 0.5, 12, None)
    assert plain.offered_load_erlangs == 10.0 and plain.abandonment == 0.0 and plain.stable
    assert plain.mean_wait_hours == pytest.approx(queues.mmc_wait_mean(20.0, 2.0, 12))
    impatient = desk.erlang_comparison(20.0, 0.5, 8, 2.0)
    assert impatient.abandonment == pytest.approx(abandonment.erlang_a(20.0, 2.0, 8, 0.5).p_abandon)
    assert impatient.stable and impatient.occupancy < 1.0


def test_the_comparison_of_a_desk_that_cannot_keep_up_or_has_nothing_to_do() -> None:
    swamped = desk.erlang_comparison(20.0, 0.5, 10, None)
    assert (swamped.mean_wait_hours, swamped.wait_probability, swamped.occupancy) == (math.inf, 1.0, 1.0)
    assert not swamped.stable
    assert desk.erlang_comparison(0.0, 0.5, 3, 1.0) == desk.DeskTheory(0.0, 0.0, 0.0, 0.0, 0.0)
    assert desk.erlang_comparison(2.0, 0.5, 0, None) == desk.DeskTheory(1.0, 0.0, 1.0, math.inf, 0.0)
    assert desk.erlang_comparison(2.0, 0.5, 0, 3.0) == desk.DeskTheory(1.0, 0.0, 1.0, 3.0, 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Span("exponential", 0.0),
        lambda: Span("gamma", 1.0, 0.0),
        lambda: Span("weibull", 1.0),  # type: ignore[arg-type]
        lambda: abandonment.erlang_a(1.0, 1.0, 0, 1.0),
        lambda: abandonment.erlang_a(1.0, 1.0, 1, 0.0),
        lambda: abandonment.erlang_a(0.0, 1.0, 1, 1.0),
        lambda: abandonment.mmc_general_patience(0.0, 1.0, 1, SPANS[0]),
        lambda: abandonment_priorities.mmc_priority_abandonment((0.0, 1.0), 1.0, 1, (1.0, 1.0)),
        lambda: abandonment_priorities.mmc_priority_abandonment_preemptive((1.0, 1.0), 1.0, 1, 0.0),
        lambda: abandonment_priorities.mmc_priority_abandonment_before_service(
            (1.0, 1.0), 1.0, 0, (1.0, 1.0)
        ),
        lambda: multiserver.mdc_wait_mean(-1.0, 1.0, 1),
        lambda: multiserver.TwoPhases(1.1, (1.0, 1.0), 0.0),
        lambda: multiserver.TwoPhases.erlang2(0.0),
        lambda: multiserver.mphc_wait(0.0, multiserver.TwoPhases.erlang2(1.0), 1),
        lambda: arrivals.batch_mm1_geometric(1.0, 0.5, 1.0),
        lambda: arrivals.gim1_wait(0.0, 1.0),
        lambda: finite.finite_source(0, 1.0, 1.0, 1),
        lambda: finite.mmc_number_probability(1.0, 1.0, 2, -1),
        lambda: finite.mmck_reject_probability(1.0, 1.0, 2, 1),
        lambda: counts.negative_binomial(1.0, 0.0),
        lambda: counts.erlang_a_on_gamma_days(1.0, 1.0, 1, 1.0, -0.1),
        lambda: staffing.halfin_whitt_delay_probability(0.0),
        lambda: staffing.halfin_whitt_safety(1.0),
        lambda: staffing.garnett_delay_probability(0.0, 0.0),
        lambda: staffing.square_root_servers(0.0, 0.5),
        lambda: staffing.pooled_teams(1.0, 1.0, 1, 0),
        lambda: time_varying.mtginf_sinusoid_busy_mean(1.0, 2.0, 24.0, SPANS[0], 0.0),
        lambda: time_varying.mtginf_sinusoid_lag(0.0, SPANS[0]),
        lambda: time_varying.mtginf_busy_mean_by_hour([], SPANS[0], 0.0),
        lambda: time_varying.mtmcm_equal_rates(-1.0, 1),
        lambda: time_varying.mtmc_periodic(lambda hour: 1.0, 0.0, 1.0, 1),
        lambda: time_varying.mtmc_periodic(lambda hour: -1.0, 1.0, 1.0, 1),
        lambda: time_varying.mtmc_periodic(lambda hour: 1.0, 1.0, 1.0, 1),
        lambda: time_varying.mmc_transient_number_mean(1.0, 0.0, 1, 1.0),
        lambda: time_varying.mmc_transient_number_mean(1.0, 1.0, 0, 1.0),
        lambda: priorities.mg1_accumulating_priority_wait_means([0.1, 0.1], [1, 1], [2, 2], [1, 2]),
        lambda: desk.erlang_comparison(1.0, 0.0, 1, None),
        lambda: desk.erlang_comparison(1.0, 1.0, -1, None),
        lambda: desk.erlang_comparison(1.0, 1.0, 1, 0.0),
        lambda: desk.erlang_comparison(-1.0, 1.0, 1, None),
    ],
)
def test_arguments_without_a_meaning_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"not|needs|must|least one"):
        call()
