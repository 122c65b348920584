"""What a leader reads of people, and the map of their load."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moving_team import SCENARIO as MOVING
from pyarrow import parquet
from rich.cells import cell_len
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.report import heatmap
from csm_sim.report.headline import headline
from csm_sim.report.people import overload_lines, overloaded, people_table, short, turnover_lines
from csm_sim.report.tables import write_tables
from csm_sim.report.terminal import terminal_report

WHO = "People: who is here, and who comes and goes"
OVER = "Overloaded people (busy more than 80%), and what their books drop"


def _report(run: SmallRun, width: int = 80) -> str:
    return terminal_report(run.summary, run.loaded.scenario, seed=7, width=width, colour=False)


def _section(text: str, title: str) -> list[str]:
    return text.split(f"\n{title}\n")[1].split("\n\n")[0].splitlines()


def _estimate(mean: float, half: float, unit: str = "people") -> Estimate:
    return Estimate("present_mean_people", unit, "all", mean, mean - half, mean + half, 20)


# ---------------------------------------------------------------- the section


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(moving: SmallRun, width: int) -> None:
    lines = _report(moving, width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert width < 80 or not any("…" in line for line in lines)


def test_each_role_has_a_row_and_below_it_the_quarters(moving: SmallRun) -> None:
    lines = _section(_report(moving), WHO)
    assert lines[0].split() == ["people", "contract", "here", "available", "needed", "gap", "busy"]
    labels = [line.split()[0] for line in lines[2:] if line[:3] in ("  c", "  s", "   ")][:8]
    assert labels == ["csm", "2027-04/06", "2027-07/09", "2027-10/12", "support", "2027-04/06", "2027-07/09",
                      "2027-10/12"]  # fmt: skip
    here = moving.summary.estimates.get("present_mean_people", "role=csm")
    assert here is not None
    assert f"{here.mean:.1f} ±{here.half_width:.1f}" in lines[2]


def test_more_columns_where_there_is_room(moving: SmallRun) -> None:
    narrow, wide = (_section(_report(moving, width), WHO)[0].split() for width in (60, 120))
    assert narrow == ["people", "here", "available", "needed", "gap"]
    assert wide == ["people", "contract", "here", "away", "vacant", "available", "needed", "gap", "busy"]


def test_months_stand_alone_where_they_are_few(tmp_path: Path) -> None:
    text = SCENARIO.replace("csm: {headcount: 1, ", "csm: {headcount: 1, leave: 10 days, ")
    lines = _section(_report(run_small(tmp_path, n=2, text=text)), WHO)
    assert [line.split()[0] for line in lines[2:9]] == [
        "csm", "2027-04", "2027-05", "2027-06", "2027-07", "2027-08", "2027-09",
    ]  # fmt: skip
    assert not any(line.startswith("  support") for line in lines)  # nobody comes or goes there


def test_many_roles_have_one_row_each(moving: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.report import people

    monkeypatch.setattr(people, "_MOST_ROLES", 1)
    assert people_table(moving.summary, ["csm", "support"], 100).row_count == 2
    assert people_table(moving.summary, ["csm"], 100).row_count == 4


def test_comings_and_goings_are_told_in_a_line(moving: SmallRun) -> None:
    csm, support = turnover_lines(moving.summary, ["csm", "support"])
    for words in (
        "requisitions", "joined", "gave notice", "resigned", "contracts ended 1", "accounts handed over",
        "days of accounts without an owner", "hours on leave", "hours sick", "hours absent",
        "hours of vacant seats", "came from another role 1", "satisfaction of 100 (assumed response)",
    ):  # fmt: skip
        assert words in csm, words
    assert support == "support: cut 1, went to another role 1"


def test_the_report_of_a_team_that_stays_has_not_grown(run: SmallRun, desk: SmallRun) -> None:
    for one in (run, desk):
        text = _report(one)
        assert "who comes and goes" not in text
        assert "Overloaded people" not in text
        assert "full speed" not in text
        assert "gap: needed less there" in text


def test_the_headline_says_who_of_those_under_contract_is_here(moving: SmallRun, run: SmallRun) -> None:
    (line,) = [line for line in headline(moving.summary, moving.loaded.scenario) if line.startswith("csm:")]
    values = [
        moving.summary.estimates.get(f"{what}_mean_people", "role=csm")
        for what in ("contracted", "available")
    ]
    assert all(values)
    assert "under contract" in line and "are here, worth" in line and "at full speed" in line
    assert not [line for line in headline(run.summary, run.loaded.scenario) if "under contract" in line]


@pytest.mark.parametrize(
    ("mean", "half", "unit", "text"),
    [
        (4.26, 0.06, "people", "4.3 ±0.1"),
        (4.26, 0.02, "people", "4.3 ±0.0"),
        (3.0, 0.0, "people", "3"),
        (2.67, 0.0, "people", "2.7"),
        (-0.01, 0.2, "people", "0.0 ±0.2"),
        (-0.7, 0.2, "people", "-0.7 ±0.2"),
        (0.744, 0.029, "share", "74% ±3"),
        (1.0, 0.0, "share", "100%"),
        (4.26, math.nan, "people", "4.3 ±?"),
    ],
)
def test_numbers_are_short(mean: float, half: float, unit: str, text: str) -> None:
    assert short(_estimate(mean, half, unit)) == text


# ---------------------------------------------------------------- overload


def test_the_busiest_come_first_with_what_they_drop(moving: SmallRun) -> None:
    people = overloaded(moving.summary)
    shares = [one.mean for _, one in people]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 0.8
    line = overload_lines(moving.summary)[0]
    seat, busy = people[0]
    assert line.startswith(f"{seat.person} (csm): ")
    assert (
        f"{100 * busy.mean:.1f}%" in line
        and " busy, missed " in line
        and " call" in line
        and ", late " in line
    )
    missed = moving.summary.estimates.get("missed_sum_tasks", seat.of_playbook("call"))
    assert missed is not None
    assert f"missed {missed.mean:.1f} [" in line
    text = " ".join(_section(_report(moving), OVER))
    assert "Seats are called by the first person in them" in " ".join(text.split())


def test_only_some_of_many_are_listed(moving: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.report import people

    many = len(overloaded(moving.summary))
    assert many > 1
    monkeypatch.setattr(people, "_MOST_PEOPLE", 1)
    lines = overload_lines(moving.summary)
    assert len(lines) == 2
    assert lines[1] == f"{many - 1} more in tables/by_person.parquet"


# ---------------------------------------------------------------- tables


def test_tables_hold_people_one_by_one_and_month_by_month(moving: SmallRun, tmp_path: Path) -> None:
    write_tables(tmp_path, moving.summary, moving.world, moving.replications.sample)
    read: dict[str, list[dict[str, Any]]] = {
        path.stem: parquet.read_table(path).to_pylist() for path in tmp_path.iterdir()
    }
    people = read["by_person"]
    assert {row["person"] for row in people} >= {"田中", "Ann； part-time", "Bo", "support 1"}
    assert {row["metric"] for row in people} == {
        "utilisation_mean_share",
        "late_sum_tasks",
        "missed_sum_tasks",
    }
    assert {row["playbook"] for row in people} == {None, "call", "setup"}
    assert not any("person" in row for row in read["by_playbook"])
    months = read["people_by_month"]
    assert [(row["role"], row["month"]) for row in months[:2]] == [("csm", "2027-04"), ("csm", "2027-05")]
    assert len(months) == 2 * 9
    for row in months:
        away = 0.0 if math.isnan(row["away_mean_people"]) else row["away_mean_people"]
        parts = row["present_mean_people"] + away + row["vacant_mean_people"]
        assert parts == pytest.approx(row["contracted_mean_people"])
        assert row["gap_mean_people_low"] <= row["gap_mean_people"] <= row["gap_mean_people_high"]
        assert row["n"] == 12
    assert {"utilisation_mean_share", "handed_over_sum_accounts", "full_demand_sum_hours"} <= set(months[0])
    weeks = read["by_person_week"]
    assert {row["person"] for row in weeks} >= {"田中", "Ann; part-time"}
    totals = read["replications"]
    joined = sum(row["joined"] for row in totals) / 12
    found = moving.summary.estimates.get("joined_sum_people", scope(role="csm"))
    assert found is not None
    assert joined == pytest.approx(found.mean)


# ---------------------------------------------------------------- the map


def _map(run: SmallRun) -> Any:
    return heatmap.load_heatmap(run.summary, run.world, run.replications.sample, "入れ替わる")


def test_the_map_has_a_row_for_each_person_and_a_column_for_each_week(moving: SmallRun) -> None:
    figure = _map(moving)
    axis = figure.axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names[:3] == ["田中", "Ann; part-time", "csm 3"]
    shown = axis.collections[0].get_array()
    assert shown.shape == (len(names), moving.world.weeks)
    sample = moving.replications.sample
    busy, there = (sample[part].sum(axis=0)[:, 0] for part in ("person_busy", "person_open"))
    np.testing.assert_allclose(shown[0].filled(np.nan), 100 * busy / there)
    bo = shown[names.index("Bo")]
    assert bo.mask[:10].all() and not bo.mask[15:30].any()  # blank until June
    assert "utilisation" in figure.axes[1].get_ylabel() and "%" in figure.axes[1].get_ylabel()
    assert "n = 12" in axis.get_xlabel() and "target of 80%" in axis.get_xlabel()


def test_dots_stand_where_the_load_is_above_the_target(moving: SmallRun) -> None:
    axis = _map(moving).axes[0]
    shades, dots = axis.collections
    over = np.ma.filled(shades.get_array() > 80, False)
    assert len(dots.get_offsets()) == over.sum() > 0
    rows = sorted(float(y) - 0.5 for _, y in dots.get_offsets())
    assert rows == sorted(np.nonzero(over)[0].astype(float))


def test_the_shades_are_told_apart_in_grey() -> None:
    colours = heatmap.shades()(np.linspace(0, 1, 50))[:, :3]
    grey = colours @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(grey) < 0).all()
    assert grey[0] < 0.97  # white is left for nobody
    assert heatmap.shades().get_bad()[:3].tolist() == [1, 1, 1]


def test_of_many_people_the_busiest_are_shown(moving: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = heatmap.people_shown(moving.replications.sample)
    monkeypatch.setattr(heatmap, "MOST_ROWS", 3)
    few = heatmap.people_shown(moving.replications.sample)
    assert len(few) == 3 < len(whole)
    assert set(few) < set(whole)
    sample = moving.replications.sample
    share = sample["person_busy"].sum(axis=(0, 1))[whole] / sample["person_open"].sum(axis=(0, 1))[whole]
    assert set(few) == set(whole[np.argsort(-share)[:3]])
    assert f"the 3 busiest of {len(whole)} people" in _map(moving).axes[0].get_xlabel()


def test_one_person_alone_needs_no_map(tmp_path: Path) -> None:
    text = SCENARIO.replace("  support: {headcount: 1, serves: [rest], shrinkage: 30%}\n", "")
    text = text.replace("csm: {headcount: 1, ", "csm: {headcount: 1, serves: [rest], ").replace(
        "handled_by: support", "handled_by: csm"
    )
    assert _map(run_small(tmp_path, n=2, text=text)) is None


def test_long_names_are_cut() -> None:
    assert heatmap.short_name("x" * 24) == "x" * 24
    assert heatmap.short_name("x" * 25) == "x" * 23 + "…"
    assert heatmap.short_name("佐" * 12) == "佐" * 12
    assert heatmap.short_name("佐" * 13) == "佐" * 11 + "…"
    assert heatmap.short_name("a\x1b[31m") == "a\\x1b[31m"


def test_the_scenario_is_the_one_that_is_meant() -> None:
    assert "Ann; part-time" in MOVING
