"""Figures of a run: titles that the numbers make, the same bytes each time, nothing left untranslated."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from small_team import SmallRun

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.language import using
from csm_sim.report import canvas, figures
from csm_sim.report.canvas import fitted, new_figure
from csm_sim.report.desk_figures import lateness, tickets
from csm_sim.report.figures import run_figures
from csm_sim.report.wording import with_half_width


class Changed:
    """Estimates, a few of them otherwise."""

    def __init__(self, estimates: Any, changes: Mapping[tuple[str, str], Estimate | None]) -> None:
        self._estimates, self._changes = estimates, changes

    def get(self, metric: str, of: str = ALL) -> Estimate | None:
        known: Estimate | None = self._estimates.get(metric, of)
        return self._changes.get((metric, of), known)

    def __iter__(self) -> Iterator[Estimate]:
        return (self._changes.get((one.metric, one.scope)) or one for one in self._estimates)


def changed(run: SmallRun, metric: str, of: str, mean: float, half: float, unit: str) -> Any:
    """The summary of a run with another value for one figure."""
    one = Estimate(metric, unit, of, mean, mean - half, mean + half, 12)
    return replace(run.summary, estimates=Changed(run.summary.estimates, {(metric, of): one}))  # type: ignore[arg-type]


def drawn(run: SmallRun, summary: Any = None) -> dict[str, Figure]:
    given = summary or run.summary
    return dict(figures._drawn(given, run.world, run.replications.sample, "Small team"))


def title_of(figure: Figure) -> str:
    return str(figure.texts[0].get_text())


# ---------------------------------------------------------------- titles


def test_the_load_is_told_by_weeks_above_the_limit(run: SmallRun) -> None:
    figure = drawn(run)["load_by_week"]
    counts = {}
    for role, axis in zip(run.world.names.roles, figure.axes, strict=True):
        mean = next(line for line in axis.get_lines() if line.get_label() == "the one person")
        counts[role] = int((np.asarray(mean.get_ydata(), float) > 85).sum())
    assert any(counts.values())
    told = [f"{role} in {count}" for role, count in sorted(counts.items(), key=lambda one: -one[1]) if count]
    weeks = run.world.weeks
    assert title_of(figure) == f"Busy above 85% on average: {', '.join(told)} of {weeks} weeks"
    calm = replace(run.summary, utilisation=1.01)
    assert title_of(drawn(run, calm)["load_by_week"]) == (
        f"On average no role is busy above 101% in any of {weeks} weeks"
    )
    assert title_of(drawn(run, calm)["load_heatmap"]) == ("Nobody of 2 people is busy above 101% in any week")


@pytest.mark.parametrize(
    ("mean", "half", "title"),
    [
        (5e6, 1e6, "At the end ¥5.0M [¥4.0M, ¥6.0M] of ARR is lost to under-staffing"),
        (5e6, 6e6, "No ARR lost to under-staffing can be told from chance"),
        (-5e6, 1e6, "No ARR lost to under-staffing can be told from chance"),
        (0.0, 0.0, "Under-staffing costs no ARR"),
    ],
)
def test_the_gap_is_told_as_far_as_it_is_resolved(
    run: SmallRun, mean: float, half: float, title: str
) -> None:
    summary = changed(run, "arr_gap_mean_money", "month=2027-09", mean, half, "JPY")
    assert title_of(drawn(run, summary)["arr_by_month"]) == title


def test_without_a_twin_the_title_says_where_arr_goes(run: SmallRun) -> None:
    title = title_of(drawn(run, replace(run.summary, twin=False))["arr_by_month"])
    assert title.startswith("ARR goes from ¥") and " to ¥" in title


def test_the_worst_kept_promise_is_named(run: SmallRun) -> None:
    summary = changed(run, "on_time_mean_share", "playbook=onboarding", 0.123, 0.01, "share")
    figure = lateness(summary, "x")
    assert figure is not None
    assert title_of(figure).endswith("worst: onboarding, 12.3% ±1.0")
    assert figure.axes[0].get_yticklabels()[0].get_text() == "onboarding"


def test_what_becomes_of_work_adds_up(run: SmallRun) -> None:
    figure = lateness(run.summary, "x")
    assert figure is not None
    (axis,) = figure.axes
    names = [label.get_text() for label in axis.get_yticklabels()]
    widths = np.zeros(len(names))
    grey = set()
    for container in axis.containers:
        bars = getattr(container, "patches", ())
        if len(bars) == len(names):
            widths += [bar.get_width() for bar in bars]
            shade = float(np.dot(to_rgb(bars[0].get_facecolor()), (0.299, 0.587, 0.114)))
            grey.add((round(shade, 1), bars[0].get_hatch()))
    np.testing.assert_allclose(widths, 100.0)
    assert len(grey) >= 3  # told apart in grey
    first = run.summary.estimates.get("on_time_mean_share", f"playbook={names[0]}")
    assert axis.texts[0].get_text() == f"{with_half_width(first)} on time"


def test_the_month_with_most_open_tickets_is_named(run: SmallRun) -> None:
    summary = changed(run, "backlog_end_tickets", scope(month="2027-06"), 999.0, 3.0, "tickets")
    title = title_of(tickets(summary, run.world, "x"))
    assert title.endswith("most are open at the end of 2027-06: 999.0 ±3.0")
    assert "of tickets are resolved in time" in title


# ---------------------------------------------------------------- files


def test_each_figure_is_there_as_png_and_svg_with_the_same_bytes_each_time(run: SmallRun) -> None:
    first, notes = run_figures(run.summary, run.world, run.replications.sample, "Small")
    again, _ = run_figures(run.summary, run.world, run.replications.sample, "Small")
    names = ["load_by_week", "load_heatmap", "on_time", "arr_by_month", "tickets"]
    assert list(first) == [f"{name}.{form}" for name in names for form in ("svg", "png")]
    assert first == again and notes == []
    assert all(
        data.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml") for name, data in first.items()
    )


def test_a_figure_drawn_for_both_files_is_as_one_drawn_for_each(run: SmallRun) -> None:
    together, _ = run_figures(run.summary, run.world, run.replications.sample, "Small team")
    families, _ = canvas.fonts_for(["Small team"])
    for name, figure in drawn(run).items():
        svg = io.BytesIO()
        canvas.save(figure, svg, families, "svg")
        assert together[f"{name}.svg"] == svg.getvalue(), name
    for name, figure in drawn(run).items():
        png = io.BytesIO()
        canvas.save(figure, png, families, "png")
        one, other = (imread(io.BytesIO(data)) for data in (together[f"{name}.png"], png.getvalue()))
        assert one.shape == other.shape == (1080, 1920, 4)
        assert np.abs(inked(one) - inked(other)).max() <= 3, name  # of 1920 dots


def inked(image: Any) -> Any:
    """First and last row and column with something in them."""
    rows, columns = np.nonzero((image[..., :3] < 0.98).any(axis=2))
    return np.array([rows.min(), rows.max(), columns.min(), columns.max()])


def test_letters_of_an_svg_are_drawn(run: SmallRun) -> None:
    found, _ = run_figures(run.summary, run.world, run.replications.sample, "小さなチーム <b>")
    for data in (data for name, data in found.items() if name.endswith("svg")):
        assert b"<text" not in data and b"<b>" not in data and b"<script" not in data


def test_figures_are_in_the_readers_language(run: SmallRun, customers: SmallRun) -> None:
    """No word of a title or of an axis is left in English: only names, keys and ARR."""
    known = {"csm", "support", "high", "low", "tech", "key", "rest", "call", "onboarding", "admin"}
    for given in (run, customers):
        with using("ja"):
            found = drawn(given)
        for name, figure in found.items():
            assert any("\u3040" <= mark < "\ua000" for mark in title_of(figure)), name
            for axis in figure.axes:
                for text in (axis.get_xlabel(), axis.get_ylabel()):
                    words = "".join(
                        mark if mark.isascii() and mark.isalpha() else " " for mark in text
                    ).split()
                    left = {word for word in words if len(word) > 2} - known - {"ARR", "NRR"}
                    assert not left - {"tables", "parquet", "month", "person", "week", "playbook"}, text


# ---------------------------------------------------------------- the frame


def test_a_title_fits_into_its_line() -> None:
    assert fitted("Load", 17.0, 11.0) == ("Load", 17.0)
    long, size = fitted("x" * 110, 17.0, 11.0)
    assert long == "x" * 110 and 11.0 <= size < 17.0
    cut, least = fitted("稼" * 40_000, 17.0, 11.0)
    assert cut.endswith("…") and least == 11.0 and len(cut) < 80


def test_nothing_of_a_title_is_read_as_a_formula_of_type() -> None:
    figure, _ = new_figure(1, [1.0], "$\\frac{1}{0}$", "$x^$ <b>")
    texts = [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]
    assert "$\\frac{1}{0}$" in texts and "$x^$ <b>" in texts
    found, notes = canvas.rendered({"x": figure})
    assert found["x.png"][:4] == b"\x89PNG" and notes == []
