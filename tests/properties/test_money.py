"""Money adds up in every replication, whatever people, customers and tickets do."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.analysis.digest import Sample
from csm_sim.analysis.grouping import Groups, groups_of
from csm_sim.analysis.measures import Headline, Measures, measures_of
from csm_sim.analysis.money import BY_ROLE, KINDS, Floats, Flows, flows_of
from csm_sim.analysis.money_figures import cost_by_tier
from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.scenario import Scenario, load
from csm_sim.world.build import World, build_world
from properties.crowds import crowds
from properties.drawing import Draw, Files
from properties.scenarios import scenario_files

FILES = st.one_of(scenario_files(people=True), crowds())


@st.composite
def prices(draw: Draw, roles: list[str]) -> list[str]:
    """What a role or two, tickets and tools cost, as settings."""
    sets = [
        f"money.discount={draw(st.integers(0, 30))}%", f"money.gross_margin={draw(st.integers(1, 100))}%",
        f"money.per_ticket={draw(st.sampled_from([0, 150]))}",
        f"money.fixed={draw(st.sampled_from([0, 1200000]))} per year",
        f"money.per_person={draw(st.sampled_from([0, 360000]))} per year",
    ]  # fmt: skip
    paid = draw(st.lists(st.sampled_from(roles), min_size=1, unique=True))
    for role in paid:
        sets.append(f"staff.{role}.cost={draw(st.sampled_from(['9M per year', '500k per month']))}")
        sets.append(f"staff.{role}.contractor_cost={draw(st.sampled_from(['9M per year', '14M per year']))}")
        sets.append(f"staff.{role}.hiring_cost={draw(st.sampled_from([0, 1500000]))}")
        sets.append(f"staff.{role}.severance={draw(st.sampled_from(['0', '3 months', '2M']))}")
    return sets


@dataclass(frozen=True)
class Told:
    """A scenario, two replications, and their money."""

    scenario: Scenario
    world: World
    sample: Sample
    groups: Groups
    flows: Flows
    measures: Measures


def told(files: Files, data: st.DataObject, seed: int) -> Told:
    """Simulate a scenario in which something costs something."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        path = Path(folder) / "scenario.yaml"
        roles = list(load(path).scenario.staff)
        loaded = load(path, data.draw(prices(roles)))
    world = build_world(loaded)
    sample = replicate(world, Plan(seed, 2, twin=False, jobs=1)).sample
    groups = groups_of(world)
    names, rows = Headline(loaded.scenario, world, twin=False).rows(sample)
    flows = flows_of(loaded.scenario, world, sample, groups)
    return Told(loaded.scenario, world, sample, groups, flows, measures_of(names, range(2), rows))


@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(files=FILES, data=st.data(), seed=st.integers(0, 2**32))
def test_money_adds_up_in_every_replication(files: Files, data: st.DataObject, seed: int) -> None:
    one = told(files, data, seed)
    assert_costs_add_up(one)
    assert_who_is_there_is_paid(one)
    assert_arr_leads_from_the_book_to_the_end(one)
    assert_value_is_what_is_left(one)


def assert_costs_add_up(one: Told) -> None:
    """By kind, by role and by tier."""
    flows, total = one.flows, one.flows.cost.sum(axis=1)
    assert all((flows.cost_of(kind) >= 0.0).all() for kind in KINDS)
    kinds = np.asarray(sum(flows.cost_of(kind) for kind in KINDS))
    assert kinds == pytest.approx(flows.cost, rel=1e-12, abs=1e-6)
    assert np.array_equal(sum(getattr(flows, kind) for kind in BY_ROLE), flows.by_role)
    by_tier = cost_by_tier(one.world, one.groups, one.sample, flows)
    assert (by_tier >= 0.0).all()
    assert by_tier.sum(axis=1) == pytest.approx(total, rel=1e-12, abs=1e-6)
    assert one.measures["cost"].above == pytest.approx(total, rel=1e-12, abs=1e-6)


def assert_who_is_there_is_paid(one: Told) -> None:
    """Whoever is at work, on leave, sick or absent, and nobody else."""
    sample, flows, names = one.sample, one.flows, one.world.names.roles
    here = np.asarray(sum(sample.capacity(name) for name in ("here", "planned", "sick", "long")))
    temporary = sample.capacity("temporary")
    assert (temporary <= here * (1 + 1e-12) + 1e-6).all()
    rates = [(one.scenario.staff[name].cost, one.scenario.staff[name].contractor_cost) for name in names]
    cost, contractor = (
        np.array([0.0 if rate is None else rate.per_year for rate in of]) for of in zip(*rates, strict=True)
    )
    whole, years = one.groups.month_open_minutes, flows.years[:, None]
    works = np.broadcast_to(whole > 0, here.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        pay = ((here - temporary) * cost + temporary * contractor) / whole * years
    paid = flows.payroll + flows.contractors
    assert paid[works] == pytest.approx(pay[works], rel=1e-9, abs=1e-3)
    assert paid[~works] == pytest.approx((sample["heads"] * cost * years)[~works], rel=1e-12)


def assert_arr_leads_from_the_book_to_the_end(one: Told) -> None:
    """The counted bridge closes; the expected one has the same beginning and the same new business."""

    def whole(*fields: str) -> Floats:
        return np.asarray(sum(one.sample.month(field).sum(axis=(1, 2)) for field in fields))

    begins = one.flows.arr_opening + whole("arr_new")
    gained = whole("arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold")
    counted = begins + gained - whole("arr_contracted", "arr_churned")
    assert one.flows.arr_counted[:, -1] == pytest.approx(counted, rel=1e-12, abs=1e-6)
    expected = begins + one.measures["arr_change"].above
    assert one.flows.arr[:, -1] == pytest.approx(expected, rel=1e-12, abs=1e-6)


def assert_value_is_what_is_left(one: Told) -> None:
    """Nothing is worth more later; without a discount the value is the sum."""
    flows = one.flows
    assert flows.net == pytest.approx(flows.margin - flows.cost, rel=1e-15)
    assert (np.diff(flows.discount) <= 0.0).all()
    assert flows.discount[0] <= 1.0
    if one.scenario.money.discount == 0.0:
        assert flows.npv == pytest.approx(flows.net.sum(axis=1), rel=1e-12, abs=1e-3)
    assert one.measures["npv"].above == pytest.approx(flows.npv, rel=1e-12, abs=1e-3)
