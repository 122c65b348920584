"""The page of a run, of a comparison, of a sizing: figures as in metrics.csv, one file, names stay text."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up import CUT, FREEZE, difference, made_up
from pages_read import PageRead, read_page
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.paired import Interval
from csm_sim.analysis.what_if import TeamPoint, WhatIf
from csm_sim.errors import UsageError
from csm_sim.language import using
from csm_sim.report import html_charts, html_parts
from csm_sim.report.compare_words import headline_sentences, month_name
from csm_sim.report.headline import headline
from csm_sim.report.html import MOST_BYTES
from csm_sim.report.html_compare import compare_page
from csm_sim.report.html_run import file_only, run_page
from csm_sim.report.html_what_if import what_if_page, what_if_part
from csm_sim.report.tables import metrics_csv
from csm_sim.report.what_if import FILE, read_what_if, what_if_json

MANIFEST = {
    "version": "0", "seed": 7, "file": "small.yaml", "finished": "2027-04-01T12:00:00+00:00",
    "scenario_sha256": "a" * 64, "inputs_sha256": "b" * 64, "replications_asked": 12,
}  # fmt: skip

TEAMS = WhatIf(
    name="Small team", source="size", currency="JPY", seed=7, horizon="6 months", roles=("csm", "support"),
    points=tuple(
        TeamPoint((csm, support), 20, {
            "cost": Interval(9e6 * (csm + support), 9e6 * (csm + support), 9e6 * (csm + support), 20),
            "on_time": Interval(0.6 + 0.1 * csm, 0.58 + 0.1 * csm, 0.62 + 0.1 * csm, 20),
            "arr_kept": Interval(1e6 * (csm - 1), 0.5e6 * (csm - 1), 1.5e6 * (csm - 1), 20),
        })
        for csm, support in ((1, 1), (1, 2), (2, 1), (3, 2))
    ),
    base=0, headline={"en": ("csm 1 and support 1 meet all targets.", "A second line.")},
)  # fmt: skip


def page_of(run: SmallRun, **more: Any) -> str:
    """The page of a run as HTML."""
    return run_page(
        run.summary, run.loaded.scenario, run.world, run.replications.sample, manifest=MANIFEST, **more
    )


@pytest.fixture(scope="module")
def small(run: SmallRun) -> PageRead:
    """The page of the small team."""
    return read_page(page_of(run))


@pytest.mark.parametrize("name", ["run", "desk", "moving", "customers"])
def test_figures_are_those_of_metrics_csv(name: str, request: pytest.FixtureRequest) -> None:
    found: SmallRun = request.getfixturevalue(name)
    rows = {
        (row["metric"], row["scope"]): row for row in csv.DictReader(io.StringIO(metrics_csv(found.summary)))
    }
    figures = read_page(page_of(found)).figures
    assert len(figures) > 100
    for one in figures:
        row = rows[str(one["data-metric"]), str(one["data-scope"])]
        shown = [one[f"data-{part}"] for part in ("mean", "low", "high", "n")]
        assert shown == [row["mean"], row["low"], row["high"], row["n"]]


def test_what_is_written_is_the_figure_that_is_carried(small: PageRead, run: SmallRun) -> None:
    lost = run.summary.estimates.get("arr_lost_mean_money")
    assert lost is not None
    assert html_parts.cell(lost).text in small.text


def test_the_answer_of_the_terminal_comes_first(small: PageRead, run: SmallRun) -> None:
    first, *others = headline(run.summary, run.loaded.scenario)
    assert small.text_of("p").index(first) < 4
    for line in others:
        assert line in small.text_of("li")


def test_sections_come_in_the_order_in_which_they_are_read(small: PageRead) -> None:
    named = [one.get("id") for one in small.of("section") if one.get("id")]
    assert named == ["targets", "load", "lateness", "customers", "assumptions", "methods"]
    linked = [str(one["href"])[1:] for one in small.of("a")]
    assert linked == ["main", *named]


def test_costs_bring_a_section_about_money(tmp_path: Path) -> None:
    paid = SCENARIO.replace("csm: {headcount: 1,", "csm: {headcount: 1, cost: 9M per year,")
    page = read_page(page_of(run_small(tmp_path, n=3, text=paid)))
    assert "money" in [one.get("id") for one in page.of("section")]
    shown = {(one["data-metric"], one["data-scope"]) for one in page.figures}
    assert ("cost_sum_money", "role=csm;kind=payroll") in shown
    assert ("npv_mean_money", "all") in shown


def test_without_figures_there_is_no_picture(run: SmallRun) -> None:
    page = read_page(page_of(run, figures=False))
    assert not page.of("figure")
    assert len(page.figures) > 100


def test_nothing_is_loaded_and_only_our_own_runs(run: SmallRun) -> None:
    html = page_of(run, what_if=TEAMS)
    page = read_page(html)
    assert not page.of("link") and not page.of("img") and not page.of("iframe")
    for tag, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on")}, tag
        assert not {"src", "style", "srcset"} & attributes.keys(), tag
        assert str(attributes.get("href", "#")).startswith("#")
    policy = next(str(one["content"]) for one in page.of("meta") if one.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = [
            text for name, text in page.texts if name == tag and "{" in text and '"points"' not in text
        ]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
        assert not re.search(r"url\(|@import|https?:|fetch|XMLHttp", text)


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x.example","y")',
    "\u202eright to left שלום عربى",
    "🦄" * 30,
    '"><svg onload=alert(1)>',
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """A team whose names would do harm, one of them 40 kB long."""
    names = [*HOSTILE, "長" * 13_500, "x" * 40_000]
    people = "".join(f"  - {{name: {_quoted(name)}, role: csm}}\n" for name in names)
    text = SCENARIO.replace("name: Small team", f"name: {_quoted(' '.join(HOSTILE))}")
    text = text.replace("csm: {headcount: 1,", f"csm: {{headcount: {len(names)},")
    return run_small(tmp_path_factory.mktemp("hostile"), n=3, text=f"{text}people:\n{people}")


def _quoted(name: str) -> str:
    marks = "".join(f"\\u{ord(mark):04x}" if mark == "\u202e" else mark for mark in name)
    return '"' + marks.replace('"', '\\"') + '"'


def test_names_stay_text(hostile: SmallRun, run: SmallRun) -> None:
    html = page_of(hostile, what_if=replace(TEAMS, name=HOSTILE[1], roles=HOSTILE[:2]))
    assert len(html.encode()) < MOST_BYTES
    page = read_page(html)
    known = {tag for tag, _attributes in read_page(page_of(run, what_if=TEAMS)).elements}
    assert {tag for tag, _attributes in page.elements} <= known | {"h3"}
    assert not any(name.startswith("on") for _tag, attributes in page.elements for name in attributes)
    assert len(page.of("script")) == 2
    for name in (HOSTILE[0], HOSTILE[2]):
        assert name in page.text
    assert "\u202e" not in html


def test_a_long_name_is_cut(hostile: SmallRun) -> None:
    assert "x" * (html_parts.MOST_OF_A_WORD + 1) not in page_of(hostile)


def test_a_page_is_in_the_language_in_use(run: SmallRun) -> None:
    with using("ja"):
        page = read_page(page_of(run))
    assert page.of("html")[0]["lang"] == "ja"
    assert "稼働率" in page.text


def test_the_same_run_gives_the_same_page(run: SmallRun) -> None:
    assert page_of(run) == page_of(run)


# ---------------------------------------------------------------- comparisons


def test_the_headline_of_a_comparison_follows_its_numbers() -> None:
    worse = compare_page(made_up(CUT))
    better = compare_page(made_up(replace(CUT, differences=(
        difference("net_present_value", 9.1e9, 31e6, 9e6), *CUT.differences[1:],
    ))))  # fmt: skip
    open_ = compare_page(made_up(replace(CUT, differences=(
        difference("net_present_value", 9.1e9, -31e6, 90e6), *CUT.differences[1:],
    ))))  # fmt: skip
    for html, word in ((worse, "worse than"), (better, "better than"), (open_, "Not resolved")):
        (first,) = [text for text in read_page(html).text_of("p") if "Cut 20% of support" in text][:1]
        assert word in first


def test_a_comparison_shows_every_difference() -> None:
    page = read_page(compare_page(made_up()))
    shown = {(one["data-figure"], one["data-mean"]) for _tag, one in page.elements if "data-figure" in one}
    for plan in (CUT, FREEZE):
        for one in plan.differences:
            if not ("@" in one.name and one.verdict == "same"):
                assert (one.name, repr(one.apart.mean)) in shown, one.name
    assert headline_sentences(made_up(), FREEZE)[0] in page.text
    assert len(page.of("script")) == 1


def test_a_comparison_without_costs_has_no_money() -> None:
    page = read_page(compare_page(made_up(CUT, costs=False)))
    assert "net present value" not in page.text
    assert not page.of("figure")[1:]


def test_a_month_in_which_the_lines_cross_is_marked() -> None:
    crossing = CUT.crossing
    assert crossing is not None and crossing.month is not None
    marks = [text for name, text in read_page(compare_page(made_up(CUT))).texts if name == "text"]
    month = month_name(made_up(CUT).months[crossing.month])
    assert [mark for mark in marks if mark.startswith(f"{month} [")]  # the wide figure
    assert month in marks  # the narrow one, where the interval finds no room


def test_a_crossing_that_is_not_resolved_is_not_told_as_a_fact() -> None:
    series = tuple(
        replace(one, apart=(*one.apart[:-1], Interval(-1e6, -9e6, 7e6, 46))) if one.name == "gained" else one
        for one in CUT.series
    )
    page = read_page(compare_page(made_up(replace(CUT, series=series))))
    (caption,) = page.text_of("figcaption")[:1]
    assert "not resolved" in caption and "lost more" not in caption


# ---------------------------------------------------------------- what if


def test_points_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(what_if_json(TEAMS), encoding="utf-8")
    assert read_what_if(tmp_path) == TEAMS


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"what_if": 2}', what_if_json(TEAMS).replace('"base": 0', '"base": 9'),
     what_if_json(TEAMS).replace('"csm": 1', '"other": 1')],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="not a file of points"):
        read_what_if(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_what_if(tmp_path / "nothing")


def test_all_teams_are_in_the_data_and_in_a_table() -> None:
    _section, data = what_if_part(TEAMS)
    assert [one["people"] for one in data["points"]] == [[1, 1], [1, 2], [2, 1], [3, 2]]
    assert data["first"] == 0
    page = read_page(what_if_page(TEAMS))
    for point in TEAMS.points:
        assert f"csm {point.people[0]}, support {point.people[1]}" in page.text_of("bdi")
    assert TEAMS.headline["en"][0] in page.text_of("p")


def test_bars_of_a_measure_share_a_scale() -> None:
    _section, data = what_if_part(TEAMS)
    places = [one["shown"]["cost"]["at"][0] for one in data["points"]]
    people = [sum(point.people) for point in TEAMS.points]
    assert np.corrcoef(places, people)[0, 1] == pytest.approx(1.0)
    assert {one["shown"]["on_time"]["base"] for one in data["points"]} == {
        data["points"][0]["shown"]["on_time"]["at"][0]
    }


# ---------------------------------------------------------------- charts and texts


@pytest.mark.parametrize("low,high", [(0.0, 1.0), (-3e9, 5e9), (0.91, 0.93), (1e-3, 2e-3), (4.0, 4.0)])
@pytest.mark.parametrize("most", [2, 5])
def test_ticks_are_round_and_few(low: float, high: float, most: int) -> None:
    found = html_charts.ticks(low, high, most)
    assert 1 <= len(found) <= most + 1
    assert (found >= low - 1e-9 * abs(low)).all() and (found <= high + 1e-9 * abs(high)).all()
    for step in np.diff(found):
        digits = step / 10 ** np.floor(np.log10(step) + 1e-9)
        assert min(abs(digits - one) for one in (1, 2, 5, 10)) < 1e-6


def test_gaps_in_a_line_stay_gaps() -> None:
    line = html_charts.Line("a", np.array([1.0, np.nan, 2.0, 3.0]))
    drawn = html_charts.figure(html_charts.Chart([line], ["1", "2", "3", "4"], "tickets", "alt"), "c").wide
    assert drawn.count("<polyline") == 2


def test_a_source_is_without_folders() -> None:
    assert file_only("/home/me/plans/team.yaml:12") == "team.yaml:12"
    assert file_only(r"C:\plans\team.yaml:12") == "team.yaml:12"
    assert file_only("optif.ai, median GRR 90 % and/or so") == "optif.ai, median GRR 90 % and/or so"


def test_an_interval_that_is_none_is_not_written() -> None:
    fixed = Estimate("on_time_mean_share", "share", "all", 0.5, 0.5, 0.5, 9)
    assert html_parts.interval_text(fixed) == ""
    assert html_parts.interval_text(replace(fixed, low=0.4, high=0.6)) == "40.0% to 60.0%"
    assert html_parts.interval_text(replace(fixed, low=float("nan"), high=float("nan"))) == ""
