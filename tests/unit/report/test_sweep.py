"""What a sweep prints and draws, down to single cells and axes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_team import SCENARIO, write_scenario

from csm_sim.analysis.estimates import ALL, Estimate
from csm_sim.analysis.sweep import Cell, Sweep, sweep
from csm_sim.analysis.sweep_grid import grid_of
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants
from csm_sim.report import sweep_figure
from csm_sim.report.sweep import difference_text, short_keys, sweep_json, sweep_report, wider


def cell(unit: str, level: float, mean: float, half: float, *, sure: bool) -> Cell:
    estimate = Estimate("x", unit, ALL, level, level - half, level + half, 20)
    return Cell(estimate, Estimate("x", unit, ALL, mean, mean - half, mean + half, 20), sure, False)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (cell("share", 0.97, 0.042, 0.007, sure=True), "+4.2 pp ±0.7"),
        (cell("share", 0.97, -0.125, 0.015, sure=True), "-12.5 pp ±1.5"),
        (cell("share", 0.97, 0.0005, 0.0006, sure=False), "(+0.05 pp ±0.06)"),
        (cell("share", 0.97, 0.0, 0.00001, sure=False), "(0.00 pp ±<0.01)"),
        (cell("JPY", 50e6, -7.5e6, 2.8e6, sure=True), "-¥7.5M ±2.8"),
        (cell("JPY", 50e6, 18e6, 0.0, sure=True), "+¥18M"),
        (cell("people", 8.0, 1.0, 0.0, sure=True), "+1"),
        (cell("people", 8.0, 0.0, 0.0, sure=False), "0"),
        (cell("people", 8.0, 1e-12, 1e-13, sure=False), "0"),
        (cell("share", 0.97, 0.042, float("nan"), sure=False), "+4.2 pp ±?"),
        (None, "-"),
    ],
)
def test_differences(found: Cell | None, text: str) -> None:
    assert difference_text(found) == text


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sweep]:
    """A sweep over one key, over a few values of a second, and over many."""
    variants = Variants(write_scenario(tmp_path_factory.mktemp("sweep"), SCENARIO))
    found = {}
    with Trials(7, jobs=1) as trials:
        for name, second in (("one", []), ("few", ["8,12"]), ("many", ["8:12"])):
            grid = grid_of(
                ["staff.csm.headcount=1:2", *(f"segments.key.accounts={text}" for text in second)], 20
            )
            points = [variants.variant(*grid.settings(point)) for point in grid]
            found[name] = sweep(grid, points, variants.base, trials, replications=3)
    return found


@pytest.mark.parametrize("name", ["one", "few"])
def test_every_panel_has_names_and_units(answers: dict[str, Sweep], name: str) -> None:
    figure = sweep_figure._lines(answers[name])
    panels = [axis for axis in figure.axes if axis.get_visible()]
    labels = [axis.get_ylabel() for axis in panels]
    assert labels == [
        "planned work on time (%)",
        "tickets that meet all targets (%)",
        "utilisation of people, P90 (%)",
        "people that the work takes (people)",
        labels[4],
    ]
    assert labels[4].startswith("ARR lost to under-staffing (¥")
    assert {axis.get_xlabel() for axis in panels[-3:]} == {"staff.csm.headcount"}
    dashed = [line for line in panels[0].lines if list(line.get_ydata()) == [95.0, 95.0]]
    assert len(dashed) == 1  # the target
    assert (panels[0].get_legend() is not None) == (name == "few")


def test_a_map_has_a_number_in_each_cell(answers: dict[str, Sweep]) -> None:
    found = answers["many"]
    figure = sweep_figure._map(found, found.shown[0])
    main, bar = figure.axes
    assert (main.get_xlabel(), main.get_ylabel()) == ("staff.csm.headcount", "segments.key.accounts")
    assert bar.get_ylabel() == "planned work on time (%)"
    assert len(main.texts) == 10 and all("%\n±" in text.get_text() for text in main.texts)
    bold = [text.get_text() for text in main.texts if text.get_fontweight() == "bold"]
    assert len(bold) == 1


def test_pictures_are_the_same_each_time(answers: dict[str, Sweep]) -> None:
    for form in ("png", "svg"):
        first, _ = sweep_figure.sweep_figures(answers["one"], form)  # type: ignore[arg-type]
        again, _ = sweep_figure.sweep_figures(answers["one"], form)  # type: ignore[arg-type]
        assert first == again and list(first) == ["sweep"]
    names, _ = sweep_figure.sweep_figures(answers["many"], "png")
    assert "sweep-on_time" in names and len(names) == len(answers["many"].shown)


def test_the_name_cannot_steer_the_terminal(answers: dict[str, Sweep]) -> None:
    text = sweep_report(replace(answers["one"], name="a\x1b[31mb"), width=80, colour=False)
    assert "\x1b" not in text


def test_keys_are_as_short_as_they_can_be(answers: dict[str, Sweep]) -> None:
    found = replace(answers["one"], grid=grid_of(["staff.a.headcount=1", "staff.b.headcount=1"], 5))
    assert short_keys(found) == ["a.headcount", "b.headcount"]
    assert short_keys(answers["few"]) == ["headcount", "accounts"]


def test_how_much_wider_together(answers: dict[str, Sweep]) -> None:
    """Student's t with 19 degrees of freedom: 2.093 at 95 %, 2.861 at 99 % (5 comparisons)."""
    points = (*answers["many"].points[:5],)
    five = replace(answers["many"], n=20, points=tuple(replace(point, is_base=False) for point in points))
    assert wider(five) == pytest.approx(2.861 / 2.093, rel=1e-3)
    assert sweep_json(five)["compared"] == 5
