"""The textbook beside the simulation: equal where it holds, and a reason where it does not."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from small_team import SmallRun, run_small

from csm_sim.analysis import erlang
from csm_sim.analysis.erlang import Pool, reasons, why

TEXTBOOK = """\
name: Textbook
start: 2027-04-01
horizon: 12 months
warm_up: 1 month
calendar: 24x7
segments: {book: {touch: tech, accounts: 100, arr: 1M, term: 12 months}}
staff: {support: {headcount: 4, shrinkage: 0%}}
tickets:
  rate: 22 per month
  severities: {only: {effort: {exponential: 1h}, first_response: 1h}}
run: {seed: 5}
"""

PLANNED = "playbooks: {call: {for: all, every: month, role: support, steps: [{do: call, effort: 1h}]}}"


def test_every_fact_has_one_reason_of_its_own() -> None:
    names = [field.name for field in fields(Pool)]
    assert sorted(name for name, _ in erlang._REASONS) == sorted(names)
    for name in names:
        (reason,) = reasons(replace(Pool(), **{name: True}))
        assert reason in why(replace(Pool(), **{name: True}))
    assert (
        len(reasons(Pool(*[True] * len(names))))
        == len(set(reasons(Pool(*[True] * len(names)))))
        == len(names)
    )


def test_without_a_reason_the_two_should_agree() -> None:
    assert reasons(Pool()) == ()
    assert why(Pool()).endswith("the two should agree.")


def test_only_the_first_reasons_are_named_when_asked_for() -> None:
    text = why(Pool(closes=True, other_work=True, touches=True, preempts=True), most=2)
    assert text.count(";") == 2
    assert "2 more" in text
    assert "interrupt" not in text


def _textbook(folder: Path, text: str = TEXTBOOK, n: int = 4) -> erlang.Comparison:
    (pool,) = run_small(folder, n=n, twin=False, text=text).summary.pools
    return pool


@pytest.mark.slow
def test_a_textbook_desk_does_what_the_textbook_says(tmp_path: Path) -> None:
    pool = _textbook(tmp_path, n=12)
    assert pool.formula == "Erlang C"
    assert (pool.people, pool.pool) == (4, Pool())
    assert abs(pool.wait.mean - pool.theory_wait_hours) <= 2 * pool.wait.half_width
    assert abs(pool.occupancy.mean - pool.theory.occupancy) <= 0.01


@pytest.mark.slow
def test_a_textbook_desk_with_patience_does_what_the_textbook_says(tmp_path: Path) -> None:
    text = TEXTBOOK.replace("first_response: 1h", "patience: {exponential: 30min}")
    pool = _textbook(tmp_path, text, n=12)
    assert pool.formula == "Erlang A"
    assert pool.patience_hours == pytest.approx(0.5)
    assert pool.pool == Pool()
    assert pool.abandoned is not None
    assert abs(pool.abandoned.mean - pool.theory_abandoned) <= 2 * pool.abandoned.half_width
    assert abs(pool.wait.mean - pool.theory_wait_hours) <= 2 * pool.wait.half_width


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("calendar: 24x7", "calendar: {week: mon-sun, hours: '00:00-23:00', break: none}", "closes"),
        ("exponential: 1h", "constant: 1h", "spread"),
        ("rate: 22 per month", "rate: 22 per month\n  profile: office", "uneven_hours"),
        (
            "run: {seed: 5}",
            "timeline: [{on: 2027-04-20, surge: {tickets: x2, for: 1 weeks}}]",
            "uneven_months",
        ),
        ("rate: 22 per month", "rate: 22 per month\n  growth: 10%", "uneven_months"),
        ("rate: 22 per month", "rate: 22 per month\n  busyness: 30%", "chance_days"),
        ("rate: 22 per month", "rate: 22 per month\n  batch: 2", "batches"),
        ("rate: 22 per month", "rate: 22 per month\n  hand_over: 10min", "hand_overs"),
        ("rate: 22 per month", "rate: 22 per month\n  backlog: {open: {only: 3}}", "backlog"),
        ("term: 12 months", "term: 12 months, new: {per_month: 1}", "changing_book"),
        ("term: 12 months", "term: 12 months, owner: support", "owned"),
        ("run: {seed: 5}", "timeline: [{on: 2027-04-20, hire: {role: support, count: 1}}]", "people_change"),
        ("run: {seed: 5}", "timeline: [{on: 2027-04-20, cut: {role: support, count: 1}}]", "people_change"),
        ("shrinkage: 0%", "shrinkage: 0%, attrition: 10%", "resigns"),
        ("shrinkage: 0%", "shrinkage: 0%, leave: 10 days", "away"),
        ("shrinkage: 0%", "shrinkage: 0%, span: {people: 2}", "unlike_people"),
        ("run: {seed: 5}", "people: [{name: Ann, role: support, hours: 50%}]", "unlike_people"),
        ("run: {seed: 5}", "people: [{name: Ann, role: support, speed: 110%}]", "unlike_people"),
        (
            "run: {seed: 5}",
            "timeline: [{on: 2027-04-20, shrinkage: {role: support, to: 10%}}]",
            "shrinkage_changes",
        ),
        (
            "run: {seed: 5}",
            "timeline: [{on: 2027-04-20, automate: {steps: tickets, share: 10%}}]",
            "efforts_change",
        ),
        ("first_response: 1h", "learning: {saves: 10%}", "efforts_change"),
        ("tickets:", f"{PLANNED}\ntickets:", "other_work"),
        ("first_response: 1h", "reopen: {chance: 10%, after: 1d}", "touches"),
    ],
)
def test_each_departure_is_named(tmp_path: Path, old: str, new: str, fact: str) -> None:
    assert old in TEXTBOOK
    text = TEXTBOOK.replace("horizon: 12 months", "horizon: 1 month").replace("accounts: 100", "accounts: 5")
    pool = _textbook(tmp_path, text.replace(old, new), n=2)
    assert {field.name for field in fields(Pool) if getattr(pool.pool, field.name)} == {fact}


def test_a_skill_that_tickets_wait_for_is_named(tmp_path: Path) -> None:
    text = TEXTBOOK.replace("horizon: 12 months", "horizon: 1 month").replace("accounts: 100", "accounts: 5")
    text = text.replace("shrinkage: 0%", "shrinkage: 0%, skills: {api: all}")
    pool = _textbook(tmp_path, text.replace("first_response: 1h", "skill: api"), n=2)
    assert pool.pool == Pool(skills=True)


def test_people_who_are_away_or_slow_count_as_what_they_are(tmp_path: Path) -> None:
    text = TEXTBOOK.replace("horizon: 12 months", "horizon: 3 months")
    text = text.replace("shrinkage: 0%", "shrinkage: 20%").replace("22 per month", "12 per month")
    ramps = "shrinkage: 20%, attrition: 95%, notice: 1d, ramp: [25%, 25%, 25%]"
    absent = "timeline: [{on: 2027-04-01, absence: {role: support, for: 3 months}}]"
    texts = (text, text.replace("shrinkage: 20%", ramps), text.replace("run: {seed: 5}", absent))
    runs = []
    for number, of_run in enumerate(texts):
        (tmp_path / str(number)).mkdir()
        runs.append(run_small(tmp_path / str(number), n=4, twin=False, text=of_run))
    (plain,), (slower,), (fewer,) = (run.summary.pools for run in runs)
    assert plain.effort_hours == pytest.approx(1.25, rel=0.05)
    sample = runs[1].replications.sample
    speed = sample.capacity("productive").sum() / sample.capacity("here").sum()
    assert speed < 0.75
    assert slower.effort_hours * speed == pytest.approx(1.0, rel=0.05)
    assert slower.pool == Pool(ramps=True, resigns=True)
    assert (plain.people, fewer.people) == (4, 3)
    assert fewer.occupancy.mean == pytest.approx(plain.occupancy.mean * 4 / 3, rel=0.1)


def test_a_desk_that_cannot_keep_up_is_told(tmp_path: Path) -> None:
    text = TEXTBOOK.replace("horizon: 12 months", "horizon: 1 month").replace("headcount: 4", "headcount: 1")
    pool = _textbook(tmp_path, text, n=2)
    assert math.isinf(pool.theory_wait_hours)


def test_pools_are_compared_one_by_one(desk: SmallRun) -> None:
    support, night = desk.summary.pools
    assert (support.role, night.role) == ("support", "夜間")
    assert (support.people, night.people) == (2, 1)
    assert support.pool.helped and night.pool.helps and night.pool.other_calendar
    assert not support.pool.other_work and not support.pool.escalations
    # 70 % and 30 % of the tickets
    open_hours = desk.summary.groups.open_minutes[[1, 2]] / 60
    came = np.array([support.jobs_per_hour, night.jobs_per_hour]) * open_hours
    assert came[0] / came.sum() == pytest.approx(0.7)


def test_without_tickets_there_is_nothing_to_compare(tmp_path: Path) -> None:
    text = TEXTBOOK[: TEXTBOOK.index("tickets:")] + PLANNED
    assert run_small(tmp_path, n=2, text=text).summary.pools == ()


@pytest.mark.parametrize(
    ("effort", "mean"),
    [
        ("{exponential: 1h}", 60.0),
        ("{mean: 1h, cv: 1.2}", 60.0),
        ("{gamma: {mean: 1h, cv: 2}}", 60.0),
        ("{triangular: [30min, 1h, 90min]}", 60.0),
        ("{constant: 1h}", 60.0),
    ],
)
def test_means_of_distributions(tmp_path: Path, effort: str, mean: float) -> None:
    from small_team import write_scenario

    from csm_sim.scenario import load
    from csm_sim.world.build import build_world

    world = build_world(load(write_scenario(tmp_path, TEXTBOOK.replace("{exponential: 1h}", effort))))
    assert erlang.mean_of(world, int(world.steps[0]["effort_dist"])) == pytest.approx(mean, rel=1e-3)
