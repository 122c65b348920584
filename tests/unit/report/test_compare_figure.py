"""Figures of a comparison say what the numbers say, and no more than their intervals allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from made_comparison import compared, interval, plan
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from csm_sim.analysis.compared import BreakEven, Compared, Crossing
from csm_sim.language import using
from csm_sim.report import compare_figure
from csm_sim.report.compare_figure import compare_figures

Draw = Callable[[Compared], dict[str, Figure]]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """The figures themselves instead of their files."""
    kept: dict[str, Figure] = {}

    def keep(figures: dict[str, Figure]) -> tuple[dict[str, bytes], list[str]]:
        kept.clear()
        kept.update(figures)
        return {}, []

    def figures_of(answer: Compared) -> dict[str, Figure]:
        compare_figures(answer)
        return dict(kept)

    monkeypatch.setattr(compare_figure, "rendered", keep)
    return figures_of


def title_of(figure: Figure) -> str:
    return str(figure.texts[0].get_text())


def texts_of(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))


# ---------------------------------------------------------------- titles


LOSES: Any = {"losing": 2.2e5}
PAYS: Any = {"saving": -7.5e5, "losing": -2e5, "lag": 4}


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (LOSES, "Saves first; from May 2029 on it has lost more than it saved"),
        ({"losing": 1e4}, "Ahead all the time: ¥39.42M ±0.57 by March 2030"),
        (PAYS, "Costs first; from May 2028 on it has paid for itself"),
        ({"saving": -1e5, "losing": 1e4}, "Behind all the time: ¥7.38M ±0.57 by March 2030"),
        ({**LOSES, "spread": 0.9}, "Whether it is ahead or behind by March 2030 is not resolved"),
        ({"saving": 0.0, "losing": 0.0}, "Neither saves nor loses anything"),
    ],
)
def test_the_title_says_what_becomes_of_the_plan(draw: Draw, made: Any, title: str) -> None:
    one = plan(**made)
    left = one.by_month("gained")
    assert left is not None
    if one.crossing is not None and one.crossing.kind == "never" and left.apart[-1].mean < 0:
        one = replace(one, crossing=Crossing("from the start", 0, 0, 0, 1.0))
    assert title_of(draw(compared(one))["saved_and_lost"]) == title


@pytest.mark.parametrize(
    ("made", "title"),
    [
        ({}, "ARR at the end of March 2030 is ¥30.2M ±4.5 lower"),
        (PAYS, "ARR at the end of March 2030 is ¥102M ±15 higher"),
        ({"spread": 1.2}, "No difference in ARR at the end of March 2030 can be told from chance"),
        ({"losing": 0.0}, "ARR is the same in every month"),
    ],
)
def test_the_title_of_arr_has_the_sign_of_the_difference(draw: Draw, made: Any, title: str) -> None:
    figures = draw(compared(plan(**made)))
    assert title_of(figures["arr_by_month"]) == title


def test_several_plans_are_counted(draw: Draw) -> None:
    answer = compared(
        plan("a", **LOSES), plan("b", losing=1e4), plan("c", losing=2.2e5, spread=0.9), plan("d")
    )
    figures = draw(answer)
    assert title_of(figures["saved_and_lost"]) == (
        "Money by March 2030: 1 of 3 plans ahead, 1 behind, 1 not resolved"
    )
    assert title_of(figures["arr_by_month"]) == (
        "ARR at the end of March 2030 is lower with 3 of 3 plans, higher with 0"
    )
    for figure in figures.values():
        assert "1 more plan is not drawn" in texts_of(figure)
    assert len(figures["saved_and_lost"].axes) == 3
    panel = figures["saved_and_lost"].axes[0]
    assert panel.get_title(loc="left") == "a: Saves first; from May 2029 on it has lost more than it saved"


# ---------------------------------------------------------------- lines


def test_the_lines_are_the_sums_and_the_mark_is_where_they_cross(draw: Draw) -> None:
    one = plan(**LOSES)
    (axis,) = draw(compared(one))["saved_and_lost"].axes
    saved, lost, left, _zero, mark = (np.asarray(line.get_ydata(), float) for line in axis.get_lines())
    np.testing.assert_allclose(saved - lost, left, atol=1e-9)
    series = one.by_month("gained")
    assert series is not None and left[0] == 0.0
    np.testing.assert_allclose(1e6 * left[1:], [each.mean for each in series.apart])
    assert len(mark) == 2
    when, (place, _place) = (
        np.asarray(axis.convert_xunits(axis.get_lines()[line].get_xdata()), float) for line in (2, 4)
    )
    assert np.interp(place, when, left) == pytest.approx(0.0, abs=1e-6)
    assert "May 2029 [March 2029 to August 2029]" in [text.get_text() for text in axis.texts]


def test_what_a_hire_costs_is_drawn_upwards(draw: Draw) -> None:
    (axis,) = draw(compared(plan(**PAYS)))["saved_and_lost"].axes
    labels = [str(line.get_label()) for line in axis.get_lines()]
    assert labels[0].startswith("cost added ¥27") and labels[1].startswith("gross margin gained ¥")
    cost, kept, left = (np.asarray(line.get_ydata(), float)[-1] for line in axis.get_lines()[:3])
    assert cost > 0 and left == pytest.approx(kept - cost)


def test_a_crossing_beyond_the_horizon_is_said(draw: Draw) -> None:
    one = plan(**LOSES)
    one = replace(one, crossing=Crossing("loses from", 25, 20, None, 0.9))
    figure = draw(compared(one))["saved_and_lost"]
    assert "May 2029 [December 2028 or later]" in texts_of(figure)


def test_months_end_where_the_next_begins() -> None:
    answer = compared()
    assert compare_figure._ends(answer)[:2] == [date(2027, 5, 1), date(2027, 6, 1)]
    assert compare_figure._ends(answer)[-1] == date(2030, 4, 1)
    months = ("2027-04-15", "2027-05-01", "2027-06-01")
    within = replace(answer, start="2027-04-15", horizon="2 months", months=months)
    assert compare_figure._ends(within) == [date(2027, 5, 1), date(2027, 6, 1), date(2027, 6, 15)]


def test_plans_are_told_apart_in_grey(draw: Draw) -> None:
    figures = draw(compared(plan("a"), plan("b"), plan("c")))
    top, _below = figures["arr_by_month"].axes
    lines = top.get_lines()
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 4
    for axis in figures["saved_and_lost"].axes:
        drawn = axis.get_lines()[:3]
        assert len({(line.get_linestyle(), line.get_linewidth()) for line in drawn}) == 3
        assert len({line.get_linestyle() for line in drawn}) == 3
    grey = [float(np.dot(to_rgb(line.get_color()), (0.299, 0.587, 0.114))) for line in lines]
    assert max(grey) < 0.6  # dark enough on white


# ---------------------------------------------------------------- break-even


def _even(*net: float, half: float = 1e6, at: float | None = None) -> BreakEven:
    tried = tuple(float(strength) for strength in range(len(net)))
    return BreakEven(
        None if at is None else interval(at, 0.2), tried, tuple(interval(one, half) for one in net)
    )


@pytest.mark.parametrize(
    ("even", "title"),
    [
        (_even(4e7, 1e7, -2e7, at=1.333),
         "Loses money where lateness acts more than 1.3 [1.1, 1.5] times as strongly as assumed"),
        (_even(-4e7, -1e7, 2e7, at=1.333),
         "Pays where lateness acts more than 1.3 [1.1, 1.5] times as strongly as assumed"),
        (_even(4e7, 3e7, 2e7), "Pays at every strength from x0 to x2"),
        (_even(-4e7, -3e7, -2e7), "Loses money at every strength from x0 to x2"),
        (_even(-4e5, 3e5, -2e5), "Where it breaks even is not resolved between the strengths x0 and x2"),
    ],
)  # fmt: skip
def test_the_title_says_when_a_plan_begins_to_lose(draw: Draw, even: BreakEven, title: str) -> None:
    figure = draw(compared(replace(plan(), break_even=even)))["break_even"]
    assert title_of(figure) == title
    (axis,) = figure.axes
    drawn = np.asarray(axis.get_lines()[0].get_ydata(), float)
    np.testing.assert_allclose(drawn / drawn[0], [one.mean / even.net[0].mean for one in even.net])


def test_an_open_end_of_the_break_even_is_said(draw: Draw) -> None:
    even = replace(_even(4e7, 1e7, -2e7, at=1.333))
    assert even.at is not None
    even = replace(even, at=replace(even.at, high=float("nan")))
    figure = draw(compared(replace(plan(), break_even=even)))["break_even"]
    assert title_of(figure) == (
        "Loses money where lateness acts more than 1.3 [1.1, above x2] times as strongly as assumed"
    )


# ---------------------------------------------------------------- files


def test_without_costs_there_is_only_arr() -> None:
    found, notes = compare_figures(compared(plan(costs=False), costs=False))
    assert list(found) == ["arr_by_month.svg", "arr_by_month.png"] and notes == []


def test_the_same_comparison_gives_the_same_bytes() -> None:
    first, _ = compare_figures(compared())
    again, _ = compare_figures(compared())
    names = ("saved_and_lost", "arr_by_month", "break_even")
    assert list(first) == [f"{name}.{form}" for name in names for form in ("svg", "png")]
    assert first == again
    for name, data in first.items():
        assert data.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")


def test_hostile_names_stay_text() -> None:
    hostile = compared(
        plan("<script>alert(1)</script> $\\frac{1}{0}$ \u202e" + "x" * 40_000), name="=1+1\n$x^$"
    )
    found, _ = compare_figures(hostile)
    assert all(len(data) < 2_000_000 for data in found.values())
    assert b"<script" not in found["saved_and_lost.svg"]


def test_figures_are_in_the_readers_language(draw: Draw) -> None:
    with using("ja"):
        figures = draw(compared(plan(**LOSES)))
    assert (
        title_of(figures["saved_and_lost"]) == "当初は削減になるが、2029年5月以降は累計の損失が削減額を上回る"
    )
    assert "万円" in figures["saved_and_lost"].axes[0].get_ylabel()
    assert "億円" in figures["arr_by_month"].axes[0].get_ylabel()
