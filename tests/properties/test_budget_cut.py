"""The scenarios of a budget cut show what their comments promise: savings at once, losses at the renewals."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from csm_sim.analysis.money import Flows, flows_of
from csm_sim.analysis.paired import Interval, Values
from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.analysis.summarise import summarise
from csm_sim.scenario import load
from csm_sim.world.build import build_world

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios" / "budget_cut"
CUTS = ("cut_support_20", "cut_one_csm_in_five", "freeze")
FUTURES = 12
SEED = 3
"""Another one than that of the files, which were written with theirs in view."""
SURE = 0.99
Floats = NDArray[np.float64]


@cache
def flows(name: str) -> Flows:
    loaded = load(SCENARIOS / f"{name}.yaml")
    world = build_world(loaded)
    plan = Plan(seed=SEED, replications=FUTURES, twin=False, jobs=1)
    return flows_of(loaded.scenario, world, replicate(world, plan).sample)


def mean(each: Floats) -> Interval:
    return Values(each).interval(SURE)


@pytest.mark.parametrize("name", CUTS)
def test_before_the_cut_everything_is_the_same_to_the_last_yen(name: str) -> None:
    base, plan = flows("base"), flows(name)
    for one, other in ((base.cost, plan.cost), (base.margin, plan.margin), (base.arr, plan.arr)):
        np.testing.assert_array_equal(one[:, :3], other[:, :3])
    assert (base.cost[:, 3:] != plan.cost[:, 3:]).any()


@pytest.mark.parametrize("name", CUTS[:2])
def test_a_cut_saves_first_and_loses_later(name: str) -> None:
    base, plan = flows("base"), flows(name)
    saved, lost = base.cost - plan.cost, base.margin - plan.margin
    # severance is in the month of the cut; from then on the saving is that of one person, month by month
    assert mean(saved[:, 3]).high < 0
    assert mean(saved[:, 4:12].sum(axis=1)).low > 0
    first, last = saved[:, 12:24].sum(axis=1), saved[:, 24:].sum(axis=1)
    assert abs(last.mean() / first.mean() - 1) < 0.1
    # what is lost is little in the first year, and more in each year that follows
    years = [lost[:, year : year + 12].sum(axis=1) for year in (0, 12, 24)]
    assert mean(years[1] - 2 * years[0]).low > 0
    assert mean(years[2] - 1.5 * years[1]).low > 0
    assert mean(base.arr[:, -1] - plan.arr[:, -1]).low > 0


def test_in_the_end_the_cut_in_support_loses_more_in_a_month_than_it_saves() -> None:
    base, plan = flows("base"), flows("cut_support_20")
    assert mean((base.cost - plan.cost - base.margin + plan.margin)[:, -3:].sum(axis=1)).high < 0


def test_a_freeze_saves_only_while_it_lasts() -> None:
    base, plan = flows("base"), flows("freeze")
    saved = base.cost - plan.cost
    during, after = saved[:, 3:15].sum(axis=1), saved[:, 18:].sum(axis=1)
    assert mean(during).low > 0
    assert after.mean() < 0.1 * during.mean()


def test_the_team_as_it_is_keeps_up() -> None:
    loaded = load(SCENARIOS / "base.yaml")
    world = build_world(loaded)
    replications = replicate(world, Plan(seed=SEED, replications=FUTURES, twin=False, jobs=1))
    targets = {one.key: one.verdict for one in summarise(loaded, world, replications).targets}
    assert set(targets) == {"on_time", "sla", "utilisation_p90"}
    assert "missed" not in targets.values()
