"""Figures of tickets: they add up, and say what the catalogue says."""

from __future__ import annotations

import numpy as np
import pytest
from small_team import SmallRun

from csm_sim.analysis import sums
from csm_sim.analysis.catalogue import TICKET_METRICS
from csm_sim.analysis.digest import severities_of
from csm_sim.analysis.estimates import ALL, Estimate


def _get(run: SmallRun, metric: str, of: str = ALL) -> Estimate:
    found = run.summary.estimates.get(metric, of)
    assert found is not None, (metric, of)
    return found


def _mean(run: SmallRun, metric: str, of: str = ALL) -> float:
    return _get(run, metric, of).mean


def _names(run: SmallRun, kind: str) -> list[str]:
    groups = run.summary.groups
    of = {
        "severity": ["p1", "p2"],
        "tier": groups.tiers[:-1],
        "month": groups.months,
        "role": [run.world.names.roles[role] for role in groups.ticket_roles],
    }
    return [f"{kind}={name}" for name in of[kind]]


@pytest.mark.parametrize("kind", ["severity", "tier", "month"])
@pytest.mark.parametrize(
    "metric",
    [
        "tickets_opened_sum_tickets", "tickets_arrived_sum_tickets", "tickets_deflected_sum_tickets",
        "tickets_resolved_sum_tickets", "tickets_abandoned_sum_tickets", "tickets_reopened_sum_tickets",
        "touches_sum_touches", "hand_over_sum_hours",
    ],
)  # fmt: skip
def test_counts_add_up(desk: SmallRun, metric: str, kind: str) -> None:
    parts = [_mean(desk, metric, of) for of in _names(desk, kind)]
    assert sum(parts) == pytest.approx(_mean(desk, metric))


@pytest.mark.parametrize("what", ["arrived", "resolved", "abandoned"])
def test_roles_add_up(desk: SmallRun, what: str) -> None:
    metric = f"tickets_{what}_sum_tickets"
    roles = _names(desk, "role")
    assert roles == ["role=support", "role=夜間"]
    assert sum(_mean(desk, metric, of) for of in roles) == pytest.approx(_mean(desk, metric))
    months = [_mean(desk, metric, f"role=support;{month}") for month in _names(desk, "month")]
    assert sum(months) == pytest.approx(_mean(desk, metric, "role=support"))


def test_rates_are_near_those_of_the_scenario(desk: SmallRun) -> None:
    for metric, of, rate in (
        ("deflected_mean_share", ALL, 0.15),
        ("reopened_mean_share", "severity=p2", 0.10),
        ("touches_per_ticket_mean_touches", "severity=p1", 1.0),
    ):
        found = _get(desk, metric, of)
        assert abs(found.mean - rate) <= 2 * found.half_width + 1e-12, found
    # p2 goes on after 30 % of the touches, and after 10 % of those that seem to solve it
    assert _mean(desk, "touches_per_ticket_mean_touches", "severity=p2") == pytest.approx(
        1 / 0.7 / 0.9, rel=0.03
    )


def test_satisfaction_is_the_mean_over_tickets_resolved_or_given_up(desk: SmallRun) -> None:
    sample, severities = desk.replications.sample, severities_of(desk.world)
    total = {
        name: sample.tally(name)[:, severities].sum()
        for name in ("on_time", "late", "abandoned", "score_sum", "ces_sum", "promoters", "detractors")
    }
    rated = total["on_time"] + total["late"] + total["abandoned"]
    assert _mean(desk, "csat_mean_share") == pytest.approx(0.95 * total["score_sum"] / 100 / rated)
    assert _mean(desk, "ces_mean_points") == pytest.approx(total["ces_sum"] / rated)
    balance = 100 * (total["promoters"] - total["detractors"]) / rated
    assert _mean(desk, "nps_mean_points") == pytest.approx(balance)
    assert 1 <= _mean(desk, "ces_mean_points") <= 7


def test_shares_of_tickets_are_shares(desk: SmallRun) -> None:
    for one in desk.summary.estimates:
        if one.metric in TICKET_METRICS and one.unit == "share":
            assert 0 <= one.mean <= 1, one


def test_waits_rise_with_the_quantile(desk: SmallRun) -> None:
    for of in [ALL, *(name for kind in ("severity", "tier", "month", "role") for name in _names(desk, kind))]:
        for what in ("first_response", "resolution"):
            half, nine = (_mean(desk, f"{what}_{share}_hours", of) for share in ("p50", "p90"))
            assert half <= nine, (what, of)


def test_the_backlog_is_that_of_the_roles(desk: SmallRun) -> None:
    last = _names(desk, "month")[-1]
    roles = [_mean(desk, "backlog_end_tickets", of) for of in _names(desk, "role")]
    assert sum(roles) == pytest.approx(_mean(desk, "backlog_end_tickets"))
    assert _mean(desk, "backlog_end_tickets", last) == _mean(desk, "backlog_end_tickets")
    both = _mean(desk, "backlog_end_tickets") + _mean(desk, "backlog_held_end_tickets")
    assert both == pytest.approx(_mean(desk, "tickets_open_end_sum_tickets"))
    assert _mean(desk, "backlog_age_worst_days") >= _mean(desk, "backlog_age_worst_days", "role=support")


def _tally(**values: float) -> sums.Tickets:
    return lambda field: np.full((1, 1, 1), float(values.get(field, 0)))


def test_what_is_never_answered_is_not_answered_in_time() -> None:
    within, counted = sums.response_counts(_tally(opened=10, taken_up=6, in_response=6, unanswered_at_end=4))
    assert (within.item(), counted.item()) == (6, 10)
    within, counted = sums.response_counts(_tally(opened=10, taken_up=6, in_response=6, abandoned=4))
    assert (within.item(), counted.item()) == (6, 10)


def test_what_is_overdue_but_answered_is_not_counted_twice() -> None:
    """It waits for a further touch, or is in hand."""
    _, counted = sums.response_counts(_tally(opened=10, taken_up=10, in_response=7, overdue_at_end=4))
    assert counted.item() == 10


def test_a_ticket_that_is_given_up_was_not_resolved_in_time() -> None:
    within, counted = sums.resolution_counts(
        _tally(on_time=5, late=1, in_resolution=5, abandoned=2, overdue_at_end=1)
    )
    assert (within.item(), counted.item()) == (5, 9)


def test_work_is_whose_it_is_planned_to_be(desk: SmallRun) -> None:
    shares = desk.summary.groups.role_shares
    names, kinds = desk.world.names.roles, desk.world.names.kinds
    tickets, escalation = (shares[kinds.index(name), :2] for name in ("tickets", "escalation"))
    np.testing.assert_allclose(tickets[:, [names.index("support"), names.index("夜間")]], [[0.7, 0.3]] * 2)
    np.testing.assert_array_equal(escalation[:, names.index("csm")], 1.0)
    np.testing.assert_allclose(shares[:, :2].sum(axis=2), [[1, 0], [1, 1], [1, 1]])
    hours = [_mean(desk, "demand_sum_hours", f"role={name}") for name in names]
    assert sum(hours) == pytest.approx(_mean(desk, "demand_sum_hours"))


def test_people_are_needed_in_the_working_time_of_their_role(desk: SmallRun) -> None:
    world = desk.world
    night = world.calendars[world.roles["calendar"][world.names.roles.index("夜間")]]
    one = night.minutes(world.warm_days, world.days) / 60.0
    assert one == pytest.approx(4.0 * world.horizon_days)
    hours = _mean(desk, "full_demand_sum_hours", "role=夜間")
    assert _mean(desk, "needed_unshrunk_mean_people", "role=夜間") == pytest.approx(hours / one)
    assert _mean(desk, "present_mean_people", "role=夜間") == pytest.approx(1.0)
    months = [_mean(desk, "present_mean_people", f"role=夜間;{month}") for month in _names(desk, "month")]
    assert months == [1.0] * 4


def test_needed_hours_count_further_touches_and_hand_overs(desk: SmallRun) -> None:
    sample = desk.replications.sample
    tickets = desk.world.names.kinds.index("tickets")
    twin = sample["twin_effort"][:, :, tickets].sum(axis=(1, 2))
    first = sample.tally("opened") - sample.tally("deflected")
    p1, p2 = severities_of(desk.world)
    efforts = 90 * first[:, p1].sum(axis=1) + 60 * first[:, p2].sum(axis=1)
    assert (twin > 1.1 * efforts).all()
    assert _mean(desk, "hand_over_sum_hours") > 0
