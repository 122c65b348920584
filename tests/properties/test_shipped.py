"""The shipped scenarios show what their comments promise."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from csm_sim.engine.simulate import simulate
from csm_sim.scenario import load
from csm_sim.world import records as r
from csm_sim.world.build import build_world

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


def test_replayed_tickets_are_those_of_the_file_at_their_instants() -> None:
    loaded = load(SCENARIOS / "helpdesk_trace_sample.yaml")
    scenario = loaded.scenario
    with (SCENARIOS / "helpdesk_sample_tickets.csv").open(encoding="utf-8-sig", newline="") as stream:
        opened = [datetime.fromisoformat(row["opened_at"]) for row in csv.DictReader(stream)]
    in_run = sorted(at for at in opened if scenario.sim_start <= at.date() < scenario.end)
    in_horizon = [at for at in in_run if at.date() >= scenario.start]
    assert len(in_horizon) < len(in_run) <= len(opened)

    outcome = simulate(build_world(loaded), seed=1, replication=0, log_capacity=20_000)
    assert outcome.tallies["opened"].sum() == len(in_horizon)
    tickets = outcome.events[outcome.events["what"] == r.OPENED]
    midnight = datetime.combine(scenario.sim_start, datetime.min.time())
    replayed = [midnight + timedelta(minutes=float(minute)) for minute in np.sort(tickets["time"])]
    assert len(replayed) == len(in_run)
    assert all(abs(one - other) < timedelta(seconds=1) for one, other in zip(replayed, in_run, strict=True))


def test_replay_is_exact_even_when_everybody_churns() -> None:
    # bands in the middle of which everyone leaves at the first renewal
    rates = "segments.customers.churn={green: 100%, yellow: 100%, red: 100%}"
    calm = load(SCENARIOS / "helpdesk_trace_sample.yaml")
    storm = load(SCENARIOS / "helpdesk_trace_sample.yaml", [rates])
    outcomes = [simulate(build_world(loaded), seed=1, replication=0) for loaded in (calm, storm)]
    assert outcomes[1].months["churned"].sum() > 0
    assert outcomes[0].tallies["opened"].sum() == outcomes[1].tallies["opened"].sum()


@pytest.mark.parametrize("name", ["b2b_saas_3000", "one_csm_100_accounts", "helpdesk_trace_sample"])
def test_a_shipped_scenario_plays_and_keeps_people_at_work(name: str) -> None:
    outcome = simulate(build_world(load(SCENARIOS / f"{name}.yaml")), seed=1, replication=0)
    assert outcome.tasks_done > 0
    assert 0.1 < outcome.busy.sum() / outcome.open_minutes.sum() <= 1.0


def test_a_hundred_quarterly_reviews_of_three_hours_are_twelve_hundred_hours() -> None:
    world = build_world(load(SCENARIOS / "one_csm_100_accounts.yaml"))
    review = [number for number, (kind, _) in enumerate(world.names.steps) if kind == "qbr"]
    outcomes = [simulate(world, seed=1, replication=k, unlimited=True) for k in range(40)]
    hours = [outcome.effort[0][:, review].sum() / 60 for outcome in outcomes]
    # the mean of 40 has a standard error of 4 h; the rest of the 40 h allows for a book that is not quite 100
    assert abs(np.mean(hours) - 1200) < 40
