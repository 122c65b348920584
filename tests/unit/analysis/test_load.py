"""How loaded people are, and what the loaded ones drop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.analysis import digest
from csm_sim.analysis.digest import GRAIN, layout_of
from csm_sim.analysis.estimates import ALL, scope
from csm_sim.analysis.sums import planned_steps
from csm_sim.engine.simulate import simulate
from csm_sim.world.counts import LATE, MISSED


def _mean(run: SmallRun, metric: str, of: str = ALL) -> float:
    found = run.summary.estimates.get(metric, of)
    return 0.0 if found is None else found.mean


# ---------------------------------------------------------------- overload


@pytest.mark.parametrize("target", [0.5, 0.8, 0.85, 0.9])
def test_weeks_above_any_target_can_be_counted_later(moving: SmallRun, target: float) -> None:
    sample = moving.replications.sample
    busy, there = sample["person_busy"], sample["person_open"]
    here = there > 0
    above = here & (busy / np.where(here, there, 1.0) > target)
    np.testing.assert_array_equal(sample.weeks_above(target)[:, -1], above.sum(axis=(1, 2)))
    np.testing.assert_array_equal(sample.load("weeks")[:, -1], here.sum(axis=(1, 2)))


def test_a_week_just_at_the_target_is_not_above_it() -> None:
    edges = np.arange(GRAIN + 1) / GRAIN
    steps = np.searchsorted(edges, [0.85, np.nextafter(0.85, 1.0)], side="left")
    assert (steps > 850).tolist() == [False, True]


def test_overload_begins_at_the_target_of_the_scenario(
    run: SmallRun, moving: SmallRun, tmp_path: Path
) -> None:
    for one, target in ((run, 0.85), (moving, 0.8)):
        assert one.summary.utilisation == target
        sample = one.replications.sample
        wanted = sample.weeks_above(target)[:, 0].sum() / sample.load("weeks")[:, 0].sum()
        assert _mean(one, "overload_mean_share", "role=csm") == pytest.approx(wanted)
    without = run_small(tmp_path, n=2, text=SCENARIO.replace(" utilisation_p90: 85%,", ""))
    assert without.summary.utilisation == digest.OVERLOAD


def test_quantiles_of_people_are_in_order(moving: SmallRun) -> None:
    for of in ("role=csm", ALL):
        found = [_mean(moving, f"utilisation_people_p{part}_share", of) for part in (10, 50, 90)]
        found.append(_mean(moving, "utilisation_worst_share", of))
        assert found == sorted(found)
        assert found[0] < found[-1]


# ---------------------------------------------------------------- one by one


def test_everybody_who_was_there_has_a_load(moving: SmallRun) -> None:
    names = [seat.person for seat in moving.summary.people]
    assert names[:4] == ["田中", "Ann; part-time", "csm 3", "csm 4"]
    assert "Bo" in names and "support 1" in names
    sample = moving.replications.sample
    busy, there = (sample[part].sum(axis=(0, 1)) for part in ("person_busy", "person_open"))
    for seat in moving.summary.people[:4]:
        place = moving.world.names.people.index(seat.person)
        assert _mean(moving, "utilisation_mean_share", seat.scope) == pytest.approx(
            busy[place] / there[place]
        )
    assert moving.summary.told_apart


def test_a_semicolon_in_a_name_does_not_break_its_scope(moving: SmallRun) -> None:
    from csm_sim.report.tables import parts_of

    (seat,) = [seat for seat in moving.summary.people if seat.person.startswith("Ann")]
    assert parts_of(seat.scope) == {"role": "csm", "person": "Ann； part-time"}
    assert moving.summary.estimates.get("utilisation_mean_share", seat.scope) is not None


def test_books_drop_what_is_dropped(moving: SmallRun) -> None:
    """Late and missed work of the books and of accounts without an owner is all of it but people's own."""
    sample, world = moving.replications.sample, moving.world
    planned = planned_steps(world)
    for number in range(3):
        outcome = simulate(world, seed=7, replication=number)
        customers = outcome.tallies[planned][:, :-1]
        assert outcome.failures[LATE].sum() == customers["late"].sum()
        missed = customers["dropped"].sum() + customers["never_opened"].sum()
        assert outcome.failures[MISSED].sum() == missed
        np.testing.assert_array_equal(sample["failures"][number], outcome.failures[:, :-1])
    for what in ("late", "missed"):
        for seat in moving.summary.people:
            parts = [_mean(moving, f"{what}_sum_tasks", seat.of_playbook(name)) for name in world.names.kinds]
            assert sum(parts) == pytest.approx(_mean(moving, f"{what}_sum_tasks", seat.scope))
    of_seat = sample["failures"][:, :, world.names.people.index("田中")].sum(axis=2).mean(axis=0)
    assert of_seat[LATE] != of_seat[MISSED]
    for what, row in (("late", LATE), ("missed", MISSED)):
        assert _mean(moving, f"{what}_sum_tasks", scope(role="csm", person="田中")) == pytest.approx(
            of_seat[row]
        )


def test_people_who_are_all_alike_are_not_told_apart(run: SmallRun, desk: SmallRun, tmp_path: Path) -> None:
    assert not run.summary.told_apart
    assert not desk.summary.told_apart
    named = SCENARIO + "people: [{name: Ann, role: csm}]\n"
    found = run_small(tmp_path, n=2, text=named).summary
    assert found.told_apart
    assert found.moving == frozenset()


def test_too_many_people_are_not_kept_one_by_one(moving: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    world = moving.world
    people = len(world.supply.seats)
    whole = dict(layout_of(world, twin=False).shapes)
    assert whole["failures"] == (2, people, len(world.kinds))
    monkeypatch.setattr(digest, "MOST_PERSON_WEEKS", people * world.weeks - 1)
    less = dict(layout_of(world, twin=False).shapes)
    assert (less["person_busy"], less["failures"]) == ((0, people), (2, 0, len(world.kinds)))
    monkeypatch.setattr(digest, "MOST_PERSON_WEEKS", people * world.weeks)
    assert dict(layout_of(world, twin=False).shapes)["person_busy"] == (world.weeks, people)


def test_without_single_people_there_is_still_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moving_team import SCENARIO as MOVING

    from csm_sim.report.terminal import terminal_report

    monkeypatch.setattr(digest, "MOST_PERSON_WEEKS", 10)
    run = run_small(tmp_path, n=2, text=MOVING)
    assert run.summary.people == ()
    assert not [one for one in run.summary.estimates if "person=" in one.scope]
    text = terminal_report(run.summary, run.loaded.scenario, seed=7, width=80, colour=False)
    assert "Overloaded people" not in text
    assert "People: who is here" in text


# ---------------------------------------------------------------- comings and goings


def test_satisfaction_is_told_only_where_people_can_burn_out(moving: SmallRun) -> None:
    found = moving.summary.estimates
    mean, end = (found.get(f"agent_satisfaction_{what}_points", "role=csm") for what in ("mean", "end"))
    assert mean is not None and end is not None
    assert 0 < mean.mean < 100
    assert found.get("agent_satisfaction_mean_points", "role=support") is None
    content = moving.replications.sample["content"][:, :, 0]
    assert mean.mean == pytest.approx(np.nanmean(content, axis=1).mean())
    assert end.mean == pytest.approx(np.nanmean(content[:, -1]))


def test_what_happens_once_is_counted_once(moving: SmallRun) -> None:
    of = scope(role="csm")
    assert _mean(moving, "moved_in_sum_people", of) == 1
    assert _mean(moving, "moved_out_sum_people", scope(role="support")) == 1
    assert _mean(moving, "cut_sum_people", scope(role="support")) == 1
    assert _mean(moving, "ended_sum_people", of) == 1
    assert _mean(moving, "cut_sum_people", of) == 0
    months = moving.summary.groups.months
    ended = [_mean(moving, "ended_sum_people", scope(role="csm", month=month)) for month in months]
    assert ended == [0, 0, 0, 0, 0, 0, 0, 1, 0]  # on the day after 15 November
    resigned = _mean(moving, "resigned_sum_people", of)
    assert resigned == pytest.approx(moving.replications.sample.moves("resigned")[..., 0].sum(axis=1).mean())
    assert _mean(moving, "notices_sum_people", of) >= resigned
