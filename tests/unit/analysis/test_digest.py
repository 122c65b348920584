"""What a digest keeps of a replication."""

from __future__ import annotations

import numpy as np
import pytest
from small_team import SmallRun

from csm_sim.analysis import digest
from csm_sim.engine.histogram import histogram_bin
from csm_sim.engine.simulate import simulate


def test_bins_are_those_of_the_engine() -> None:

    edges = digest.bin_edges(100)
    place = histogram_bin.py_func
    assert [place(edge) for edge in edges[:100]] == list(range(100))
    assert [place(edge * (1 + 1e-9) - 1e-6) for edge in edges[2:100]] == list(range(1, 99))


def test_quantiles_from_the_histogram_are_within_a_bin() -> None:

    waits = np.random.default_rng(3).lognormal(4.0, 1.5, 5000)
    place = histogram_bin.py_func
    counts = np.bincount([place(wait) for wait in waits], minlength=384).astype(float)
    found = digest.histogram_quantiles(counts, (0.5, 0.9))
    assert found == pytest.approx(np.quantile(waits, [0.5, 0.9]), rel=0.04)


def test_waits_of_nothing_are_nothing() -> None:
    counts = np.zeros((2, 384))
    counts[0, 0] = 10
    found = digest.histogram_quantiles(counts, (0.5, 0.9))
    assert found[0].tolist() == [0.0, 0.0]
    assert np.isnan(found[1]).all()


def test_parts_have_their_shapes(run: SmallRun) -> None:
    sample = run.replications.sample
    assert sample["tally"].shape == (12, len(digest.TALLY_FIELDS), len(run.world.steps), 3)
    assert sample.tally("opened").sum() > 0
    assert sample["twin_months"].shape == sample["months"].shape
    assert len(sample.first(5)) == 5


def test_tickets_are_where_they_went(desk: SmallRun) -> None:
    """Every ticket that was there or came is done, gone or open."""
    sample, world = desk.replications.sample, desk.world
    severities = digest.severities_of(world)
    assert [world.names.steps[step] for step in severities] == [("tickets", "p1"), ("tickets", "p2")]

    def whole(field: str) -> np.ndarray:
        return sample.tally(field)[:, severities].sum(axis=2)

    ends = ("on_time", "late", "dropped", "cancelled", "abandoned", "deflected", "open_at_end")
    np.testing.assert_array_equal(whole("open_at_start") + whole("opened"), sum(whole(name) for name in ends))
    for field in ("opened", "abandoned", "touches", "score_sum"):
        np.testing.assert_allclose(sample.ticket_months(field).sum(axis=2), whole(field))
    for field, part in (("opened", "opened"), ("taken_up", "taken_up"), ("abandoned", "abandoned")):
        deflected = whole("deflected").sum(axis=1) if field == "opened" else 0
        by_role = sample.desk(part).sum(axis=(1, 2))
        np.testing.assert_array_equal(by_role, whole(field).sum(axis=1) - deflected)


def test_waits_are_of_severities_all_tiers_months_and_roles(desk: SmallRun) -> None:
    world = desk.world
    outcome = simulate(world, seed=7, replication=0)
    found = digest.histogram_quantiles(outcome.histogram[0, 1, :2].sum(axis=0).astype(float), (0.5, 0.9))
    waits = digest._waits(world, outcome.histogram)
    assert waits.shape == (2, digest.wait_rows(world), 2) == (2, 2 + 1 + 2 + 4 + 3, 2)
    assert waits[0, 1] == pytest.approx(found)
    np.testing.assert_allclose(waits, desk.replications.sample["waits"][0])
    assert np.isnan(waits[:, -3]).all()  # the CSM has no tickets


def test_load_adds_up(run: SmallRun) -> None:
    sample = run.replications.sample
    for field in ("proactive_minutes", "reactive_minutes", "switching_minutes", "open_minutes", "weeks"):
        assert sample.load(field)[:, :-1].sum(axis=1) == pytest.approx(sample.load(field)[:, -1])
    np.testing.assert_allclose(
        sample["utilisations"][:, :-1].sum(axis=(1, 2)), sample.load("weeks")[:, -1]
    )  # every person-week is in one step
    busy = sum(sample.load(field)[:, -1] for field in digest.LOAD_FIELDS[:3])
    assert busy == pytest.approx(sample["person_busy"].sum(axis=(1, 2)))
    assert (sample["person_busy"] <= sample["person_open"] + 1e-6).all()


def test_quantiles_across_people_are_numpys() -> None:
    generator = np.random.default_rng(5)
    utilisation = generator.random((6, 9))
    here = generator.random((6, 9)) < 0.7
    here[0] = False
    found = digest._across_people(utilisation, here)
    assert np.isnan(found[0]).all()
    for week in range(1, 6):
        there = utilisation[week, here[week]]
        wanted = [there.mean(), *np.quantile(there, [0.1, 0.9, 1.0])]
        assert found[week] == pytest.approx(wanted)
