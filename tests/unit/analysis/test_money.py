"""Costs, revenue and net present value against what can be worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from moving_team import SCENARIO as MOVING
from small_team import SCENARIO, write_scenario

from csm_sim.analysis.digest import Sample
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import groups_of
from csm_sim.analysis.money import BY_ROLE, KINDS, Flows, flows_of
from csm_sim.analysis.money_figures import add_money, cost_by_tier
from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.analysis.targets import futures_of
from csm_sim.scenario import Loaded, load
from csm_sim.world.build import World, build_world

YEAR = 365.25
DAYS = np.array([30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29, 31], dtype=np.float64)
"""Of the months from 2027-04 on."""

TEAM = """\
name: One customer
start: 2027-04-01
horizon: 12 months
warm_up: 0d
segments:
  smb: {touch: low, accounts: 1, arr: 1.2M, term: 12 months, owner: csm}
staff:
  csm: {headcount: 4, cost: 12M per year, contractor_cost: 15M per year, hiring_cost: 1M, severance: 3 months}
playbooks:
  qbr: {for: smb, every: quarter, steps: [{do: meet, effort: 1h, due: 5d}]}
"""


@dataclass(frozen=True)
class Played:
    """A scenario, some replications, and their money."""

    loaded: Loaded
    world: World
    sample: Sample
    flows: Flows

    def by_tier(self) -> np.ndarray:
        return cost_by_tier(self.world, groups_of(self.world), self.sample, self.flows)

    def estimates(self) -> Estimates:
        found = Estimates("JPY")
        add_money(self.loaded.scenario, self.world, groups_of(self.world), self.sample, found)
        return found


def play(folder: Path, text: str, *sets: str, n: int = 3, twin: bool = False) -> Played:
    loaded = load(write_scenario(folder, text), sets)
    world = build_world(loaded)
    sample = replicate(world, Plan(7, n, twin=twin, jobs=1)).sample
    return Played(loaded, world, sample, flows_of(loaded.scenario, world, sample))


def months(values: np.ndarray) -> np.ndarray:
    """Of the first replication, after making sure that all others are alike."""
    assert np.array_equal(values, np.broadcast_to(values[0], values.shape))
    return np.asarray(values[0], dtype=np.float64)


def test_a_team_that_stays_costs_its_pay(tmp_path: Path) -> None:
    flows = play(tmp_path, TEAM).flows
    assert months(flows.payroll[:, :, 0]) == pytest.approx(4 * 12e6 * DAYS / YEAR, rel=1e-12)
    assert flows.cost == pytest.approx(flows.payroll.sum(axis=2), rel=1e-15)
    assert not any(flows.cost_of(kind).any() for kind in KINDS if kind != "payroll")


def test_a_cut_saves_pay_and_costs_severance(tmp_path: Path) -> None:
    flows = play(tmp_path, TEAM, "timeline=[{on: 2027-07-01, cut: {role: csm, count: 1}}]").flows
    people = np.where(np.arange(12) < 3, 4, 3)
    assert months(flows.payroll[:, :, 0]) == pytest.approx(people * 12e6 * DAYS / YEAR, rel=1e-12)
    assert months(flows.severance[:, :, 0]).tolist() == [0, 0, 0, 3e6, *[0] * 8]
    amount = play(
        tmp_path, TEAM, "timeline=[{on: 2027-07-01, cut: {role: csm, by: 50%}}]", "staff.csm.severance=2.5M"
    ).flows
    assert months(amount.severance[:, :, 0]).tolist() == [0, 0, 0, 5e6, *[0] * 8]


def test_a_hire_costs_its_hiring_and_its_pay_from_the_day_on(tmp_path: Path) -> None:
    flows = play(tmp_path, TEAM, "timeline=[{on: 2027-08-01, hire: {role: csm, count: 2}}]").flows
    people = np.where(np.arange(12) < 4, 4, 6)
    assert months(flows.payroll[:, :, 0]) == pytest.approx(people * 12e6 * DAYS / YEAR, rel=1e-12)
    assert months(flows.hiring[:, :, 0]).tolist() == [0, 0, 0, 0, 2e6, *[0] * 7]


def test_a_vacant_seat_costs_nothing(tmp_path: Path) -> None:
    """The search takes two months; until then nobody is paid, and nothing for hiring."""
    hire = "timeline=[{on: 2027-08-01, hire: {role: csm, count: 1}}]"
    search = "staff.csm.time_to_hire={constant: 61d}"
    flows = play(tmp_path, TEAM, hire, search).flows
    people = np.where(np.arange(12) < 6, 4, 5)
    assert months(flows.payroll[:, :, 0]) == pytest.approx(people * 12e6 * DAYS / YEAR, rel=1e-12)
    assert months(flows.hiring[:, :, 0]).tolist() == [*[0] * 6, 1e6, *[0] * 5]


@pytest.mark.parametrize(
    "more",
    [
        "timeline=[{on: 2027-10-01, hire: {role: csm, count: 1, until: 2027-12-31}}]",
        "people=[{name: Ann, role: csm, start: 2027-10-01, until: 2027-12-31}]",
    ],
)
def test_people_whose_contract_ends_cost_as_contractors(tmp_path: Path, more: str) -> None:
    flows = play(tmp_path, TEAM, more).flows
    there = np.where((np.arange(12) >= 6) & (np.arange(12) < 9), 1, 0)
    assert months(flows.contractors[:, :, 0]) == pytest.approx(there * 15e6 * DAYS / YEAR, rel=1e-12)
    assert months(flows.payroll[:, :, 0]) == pytest.approx(4 * 12e6 * DAYS / YEAR, rel=1e-12)
    assert flows.severance.sum() == 0.0  # a contract that ends is no cut


def test_contractors_from_the_start_cost_as_others_where_nothing_else_is_said(tmp_path: Path) -> None:
    text = TEAM.replace(" contractor_cost: 15M per year,", "")
    flows = play(tmp_path, text, "people=[{name: Ann, role: csm, until: 2030-01-01}]").flows
    assert months(flows.contractors[:, :, 0]) == pytest.approx(12e6 * DAYS / YEAR, rel=1e-12)
    assert months(flows.payroll[:, :, 0]) == pytest.approx(3 * 12e6 * DAYS / YEAR, rel=1e-12)
    assert flows.hiring.sum() == 0.0  # who is there from the start has been hired before


def test_part_time_costs_its_part(tmp_path: Path) -> None:
    flows = play(tmp_path, TEAM, "people=[{name: Ann, role: csm, hours: 50%}]").flows
    assert months(flows.payroll[:, :, 0]) == pytest.approx(3.5 * 12e6 * DAYS / YEAR, rel=1e-12)


def test_absence_is_paid(tmp_path: Path) -> None:
    away = "timeline=[{on: 2027-08-01, absence: {role: csm, for: 2 months}}]"
    assert play(tmp_path, TEAM, away).flows.payroll == pytest.approx(play(tmp_path, TEAM).flows.payroll)


def test_tools_cost_by_person_and_by_year(tmp_path: Path) -> None:
    sets = ("money.per_person=360k per year", "money.fixed=100k per month")
    hire = "timeline=[{on: 2027-08-01, hire: {role: csm, count: 1, until: 2028-06-30}}]"
    flows = play(tmp_path, TEAM, hire, *sets).flows
    people = np.where(np.arange(12) < 4, 4, 5)  # who has a contract that ends needs a desk, too
    wanted = (people * 360e3 + 1.2e6) * DAYS / YEAR
    assert months(flows.tooling) == pytest.approx(wanted, rel=1e-12)


def test_automation_costs_once_and_from_the_day_on_which_it_works(tmp_path: Path) -> None:
    """It is bought on June 10th and works from June 30th on: one day of June."""
    plan = "{steps: [qbr], share: 20%, over: 20d, cost: 5M, running: 3.6525M per year}"
    flows = play(tmp_path, TEAM, f"timeline=[{{on: 2027-06-10, automate: {plan}}}]").flows
    wanted = np.where(np.arange(12) > 2, 10e3 * DAYS, 0.0)
    wanted[2] = 5e6 + 10e3
    assert months(flows.automation) == pytest.approx(wanted, rel=1e-12)


def test_automation_that_never_works_costs_its_price_alone(tmp_path: Path) -> None:
    plan = "{steps: [qbr], share: 20%, over: 20d, cost: 5M, running: 3.6525M per year}"
    flows = play(tmp_path, TEAM, f"timeline=[{{on: 2028-03-31, automate: {plan}}}]").flows
    assert months(flows.automation).tolist() == [*[0] * 11, 5e6]


def test_tickets_cost_tools_unless_they_are_deflected(tmp_path: Path) -> None:
    text = SCENARIO.replace("csm: {headcount: 1,", "csm: {headcount: 1, cost: 9M per year,")
    sets = ("tickets.deflection={faq: {to: 40%}}", "money.per_ticket=150")
    played = play(tmp_path, text, *sets)
    came = played.sample.ticket_months("opened") - played.sample.ticket_months("deflected")
    assert played.sample.ticket_months("deflected").sum() > 0
    assert played.flows.tooling == pytest.approx(150.0 * came.sum(axis=1), rel=1e-15)


def test_revenue_and_net_present_value_of_one_account(tmp_path: Path) -> None:
    """Nothing changes the ARR, so that everything has a closed form."""
    flows = play(tmp_path, TEAM, "money.gross_margin=60%", "money.discount=10%").flows
    revenue = 1.2e6 * DAYS / YEAR
    assert months(flows.revenue) == pytest.approx(revenue, rel=1e-12)
    assert flows.revenue_counted == pytest.approx(flows.revenue, rel=1e-12)
    net = 0.6 * revenue - 4 * 12e6 * DAYS / YEAR
    assert months(flows.net) == pytest.approx(net, rel=1e-12)
    middle = (np.cumsum(DAYS) - DAYS / 2) / YEAR
    assert flows.npv == pytest.approx(float((net * 1.1**-middle).sum()), rel=1e-12)
    # a continuous flow of one year at the force of interest ln 1.1: middles of months are near it
    force = np.log(1.1)
    yearly = net.sum() / (DAYS.sum() / YEAR)
    assert flows.npv == pytest.approx(yearly * (1 - 1.1 ** -(DAYS.sum() / YEAR)) / force, rel=1e-4)


def test_an_account_that_starts_within_a_month_pays_half_of_it(tmp_path: Path) -> None:
    """Revenue is the mean of the ARR at a month's beginning and end, on whichever day it comes."""
    rows = "account,arr,start\na,1200000,2025-01-01\nb,2400000,2027-07-10\n"
    (tmp_path / "book.csv").write_text(rows, encoding="utf-8")
    text = TEAM.replace("accounts: 1, arr: 1.2M", "accounts: {file: book.csv}")
    flows = play(tmp_path, text).flows
    arr = np.where(np.arange(12) < 3, 1.2e6, 3.6e6)
    arr[3] = 2.4e6
    assert months(flows.revenue) == pytest.approx(arr * DAYS / YEAR, rel=1e-12)
    assert months(flows.revenue_counted) == pytest.approx(arr * DAYS / YEAR, rel=1e-12)


def test_without_discount_the_value_is_the_sum(tmp_path: Path) -> None:
    flows = play(tmp_path, TEAM, "money.discount=0%").flows
    assert np.array_equal(flows.discount, np.ones(12))
    assert flows.npv == pytest.approx(flows.net.sum(axis=1), rel=1e-15)


def test_pieces_of_months_count_by_their_days(tmp_path: Path) -> None:
    flows = play(tmp_path, TEAM, "start=2027-04-16", "horizon=45d").flows
    days = np.array([30.0, 15.0])  # to May 15th, and the rest
    assert flows.years == pytest.approx(days / YEAR, rel=1e-15)
    assert months(flows.payroll[:, :, 0]) == pytest.approx(4 * 12e6 * days / YEAR, rel=1e-12)
    assert flows.discount == pytest.approx(1.08 ** -(np.array([15.0, 37.5]) / YEAR), rel=1e-15)


def test_a_piece_of_a_month_without_working_time_is_paid_by_heads(tmp_path: Path) -> None:
    """The 1st and 2nd of May 2027 are a weekend."""
    flows = play(tmp_path, TEAM, "start=2027-04-01", "horizon=32d").flows
    assert months(flows.payroll[:, :, 0]) == pytest.approx(4 * 12e6 * np.array([30, 2]) / YEAR, rel=1e-12)


CHURNING = SCENARIO.replace("csm: {headcount: 1,", "csm: {headcount: 1, cost: 9M per year,")


def test_expected_arr_starts_from_the_book_and_ends_where_the_expectations_lead(tmp_path: Path) -> None:
    played = play(tmp_path, CHURNING, n=4)
    measures = futures_of(played.loaded.scenario, played.world, played.sample).measures
    new = played.sample.month("arr_new").sum(axis=(1, 2))
    wanted = played.flows.arr_opening + new + measures["arr_change"].above
    assert played.flows.arr[:, -1] == pytest.approx(wanted, rel=1e-12)
    assert measures["npv"].above == pytest.approx(played.flows.npv)
    assert measures["cost"].above == pytest.approx(played.flows.cost.sum(axis=1))
    assert measures["net"].above == pytest.approx(played.flows.net.sum(axis=1))
    assert np.array_equal(played.flows.arr_counted[:, -1], played.sample.month("arr_end")[:, -1].sum(axis=1))


def test_expected_and_counted_value_have_the_same_mean(tmp_path: Path) -> None:
    """By a test with a false alarm in 15,000; the expected one varies less."""
    flows = play(tmp_path, CHURNING, n=80).flows
    apart = flows.npv - flows.npv_counted
    assert abs(apart.mean()) < 4.0 * apart.std(ddof=1) / np.sqrt(len(apart))
    assert flows.npv.std() < flows.npv_counted.std()


def test_vacancies_by_chance_are_not_paid(tmp_path: Path) -> None:
    text = MOVING.replace("csm:\n", "csm:\n    cost: 12M per year\n", 1)
    played = play(tmp_path, text, n=6)
    role = played.world.names.roles.index("csm")
    whole = groups_of(played.world).month_open_minutes[:, role]
    hours = {name: played.sample.capacity(name)[:, :, role] for name in ("contracted", "vacant", "temporary")}
    assert hours["vacant"].sum() > 0
    paid = (played.flows.payroll + played.flows.contractors)[:, :, role]
    employed = (hours["contracted"] - hours["vacant"]) / whole
    assert paid == pytest.approx(employed * 12e6 * played.flows.years, rel=1e-12)
    here = sum(played.sample.capacity(name)[:, :, role] for name in ("here", "planned", "sick", "long"))
    assert employed * whole == pytest.approx(here, rel=1e-9)


# ---------------------------------------------------------------- figures

COSTLY = (
    "staff.support.cost=6M per year", "staff.support.severance=2 months", "staff.csm.hiring_cost=1M",
    "money.per_ticket=150", "money.per_person=360k per year", "money.fixed=1.2M per year",
    "timeline=[{on: 2027-06-01, hire: {role: csm, count: 1}},"
    " {on: 2027-07-01, cut: {role: support, count: 1}},"
    " {on: 2027-05-10, automate: {steps: [call], share: 20%, cost: 1M, running: 600k per year}}]",
)  # fmt: skip


@pytest.fixture(scope="module")
def costly(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("costly"), CHURNING, *COSTLY, n=6, twin=True)


def _mean(found: Estimates, metric: str, of: str = ALL) -> float:
    one = found.get(metric, of)
    assert one is not None, (metric, of)
    return one.mean


def test_costs_add_up_by_kind_role_and_month(costly: Played) -> None:
    found, flows = costly.estimates(), costly.flows
    whole = _mean(found, "cost_sum_money")
    assert whole == pytest.approx(float(flows.cost.sum(axis=1).mean()), rel=1e-15)
    kinds = {
        kind: _mean(found, "cost_sum_money", scope(kind=kind)) for kind in KINDS if kind != "contractors"
    }
    assert found.get("cost_sum_money", scope(kind="contractors")) is None
    assert sum(kinds.values()) == pytest.approx(whole, rel=1e-14)
    roles = [_mean(found, "cost_sum_money", scope(role=name)) for name in ("csm", "support")]
    assert sum(roles) + kinds["tooling"] + kinds["automation"] == pytest.approx(whole, rel=1e-14)
    names = groups_of(costly.world).months
    assert sum(_mean(found, "cost_sum_money", scope(month=name)) for name in names) == pytest.approx(
        whole, rel=1e-14
    )
    for role in ("csm", "support"):
        parts = [found.get("cost_sum_money", scope(role=role, kind=kind)) for kind in BY_ROLE]
        total = sum(one.mean for one in parts if one is not None)
        assert total == pytest.approx(_mean(found, "cost_sum_money", scope(role=role)), rel=1e-14)


def test_net_is_margin_less_cost(costly: Played) -> None:
    found = costly.estimates()
    for of in (ALL, *(scope(month=name) for name in groups_of(costly.world).months)):
        net = _mean(found, "margin_sum_money", of) - _mean(found, "cost_sum_money", of)
        assert _mean(found, "net_sum_money", of) == pytest.approx(net, rel=1e-12)
        margin = 0.75 * _mean(found, "revenue_sum_money", of)
        assert _mean(found, "margin_sum_money", of) == pytest.approx(margin, rel=1e-14)
    expected = found.get("npv_mean_money")
    assert expected is not None and np.isnan(expected.run_low)  # an expectation has no single futures


def test_tiers_add_up_to_the_whole_cost(costly: Played) -> None:
    by_tier, flows = costly.by_tier(), costly.flows
    assert by_tier.sum(axis=1) == pytest.approx(flows.cost.sum(axis=1), rel=1e-14)
    assert (by_tier > 0).all()
    found = costly.estimates()
    tiers = [_mean(found, "cost_to_serve_sum_money", scope(tier=name)) for name in ("high", "tech")]
    assert sum(tiers) == pytest.approx(_mean(found, "cost_to_serve_sum_money"), rel=1e-14)
    assert _mean(found, "cost_to_serve_sum_money") == pytest.approx(_mean(found, "cost_sum_money"), rel=1e-14)


def test_a_role_that_serves_one_tier_is_its_cost(tmp_path: Path) -> None:
    """Everything that csm does is for high; support has tickets of both, and costs nothing here."""
    played = play(tmp_path, CHURNING, n=3)
    by_tier = played.by_tier()
    assert by_tier[:, 0] == pytest.approx(played.flows.cost.sum(axis=1), rel=1e-15)
    assert not by_tier[:, 1].any()


def test_a_role_is_divided_by_the_hours_of_its_work(tmp_path: Path) -> None:
    text = SCENARIO.replace("support: {headcount: 1,", "support: {headcount: 1, cost: 6M per year,")
    played = play(tmp_path, text, n=3)
    done = played.sample["effort"][:, 1].sum(axis=1)  # of each kind and column
    kind = played.world.names.kinds.index("tickets")
    parts = done[:, kind, :2] / done[:, kind, :2].sum(axis=1, keepdims=True)
    assert played.by_tier() == pytest.approx(parts * played.flows.cost.sum(axis=1)[:, None], rel=1e-12)


def test_a_role_without_work_for_customers_follows_the_others(tmp_path: Path) -> None:
    own = "{per: person, role: lead, every: week, steps: [{do: plan, effort: 1h, due: 3d}]}"
    text = SCENARIO.replace("staff:\n", "staff:\n  lead: {headcount: 1, cost: 20M per year}\n")
    text = text.replace("playbooks:\n", f"playbooks:\n  plan: {own}\n")
    played = play(tmp_path, text, n=3)
    columns = played.sample["effort"][:, 1].sum(axis=(1, 2))[:, :2]
    parts = columns / columns.sum(axis=1, keepdims=True)
    assert played.by_tier() == pytest.approx(parts * played.flows.cost.sum(axis=1)[:, None], rel=1e-12)


def test_cost_for_each_account_and_unit_of_arr(costly: Played) -> None:
    found, sample, flows = costly.estimates(), costly.sample, costly.flows
    cost = costly.by_tier()[:, 0].sum()
    accounts = (sample.month("accounts_start") + sample.month("accounts_end"))[:, :, 0] / 2
    arr = (sample.month("arr_start") + sample.month("arr_end"))[:, :, 0] / 2
    of = scope(tier="high")
    wanted = cost / (accounts * flows.years).sum()
    assert _mean(found, "cost_to_serve_account_mean_money", of) == pytest.approx(wanted, rel=1e-12)
    wanted = cost / (arr * flows.years).sum()
    assert _mean(found, "cost_to_serve_arr_share", of) == pytest.approx(wanted, rel=1e-12)
    kept = sample.month("arr_renewable") - sample.month("arr_churned") - sample.month("arr_contracted")
    wanted = flows.cost.sum() / kept.sum()  # nobody churns early here
    assert _mean(found, "cost_retained_arr_share") == pytest.approx(wanted, rel=1e-12)


def test_there_is_no_money_without_costs(tmp_path: Path) -> None:
    played = play(tmp_path, SCENARIO, n=2)
    assert not len(played.estimates())
    assert "npv" not in futures_of(played.loaded.scenario, played.world, played.sample).measures
