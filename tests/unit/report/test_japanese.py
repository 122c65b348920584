"""The report of a run in Japanese: nothing is left in English, and the numbers are the same."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from small_team import SmallRun

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.analysis.estimates import Estimate
from csm_sim.language import using
from csm_sim.report.line_breaks import _NOT_FIRST, lines_of
from csm_sim.report.metric_words import meaning_of, unit_name
from csm_sim.report.page import Page, bullets, prose
from csm_sim.report.terminal import terminal_report
from csm_sim.report.wording import aim_text, money, money_unit, span, with_half_width, with_interval
from csm_sim.scenario.units import MINUTES, Span

TERMS = {"ARR", "CSM", "QBR", "NPV", "SLA", "GRR", "NRR", "LTV", "CSAT", "CES", "NPS", "Erlang"}
FILES = {"assumptions", "csv", "tables", "by_playbook", "by_person", "cohorts", "parquet", "json"}
OPTIONS = {"replications", "set", "headcount", "staff"}
KNOWN = TERMS | FILES | OPTIONS
"""Words that a Japanese reader of the field knows, names of files, and options."""


def reports(runs: SmallRun, width: int = 100) -> tuple[str, str]:
    """The report in English and in Japanese."""
    english, japanese = (_report(runs, language, width) for language in ("en", "ja"))
    return english, japanese


def _report(run: SmallRun, language: str, width: int) -> str:
    with using(language):
        return terminal_report(run.summary, run.loaded.scenario, seed=7, width=width, colour=False)


@pytest.mark.parametrize("name", ["run", "desk", "moving", "customers"])
class TestReports:
    """Teams and books that use every rule that the language has."""

    @pytest.fixture
    def used(self, name: str, request: pytest.FixtureRequest) -> SmallRun:
        """The run."""
        found = request.getfixturevalue(name)
        assert isinstance(found, SmallRun)
        return found

    def test_no_english_is_left(self, used: SmallRun) -> None:
        _english, japanese = reports(used)
        assert not left_in_english(japanese, used)

    def test_as_many_sections_and_the_same_numbers(self, used: SmallRun) -> None:
        english, japanese = reports(used, 200)  # wide enough for all columns in both
        assert len(re.findall(r"^─+|^  ─+", english, re.M)) <= len(re.findall(r"^─+|^  ─+", japanese, re.M))
        assert shares(english) == shares(japanese)

    def test_lines_fit_the_terminal(self, used: SmallRun) -> None:
        for width in (60, 80, 120):
            long = [
                line
                for line in _report(used, "ja", width).splitlines()
                if cell_len(line) > width and not line.startswith(("  ─", "出力先"))
            ]
            assert not long, f"{width}:\n" + "\n".join(long)


def left_in_english(report: str, run: SmallRun) -> list[str]:
    """Latin words of a report that are no name of the scenario and no term that Japanese uses."""
    scenario = run.loaded.scenario
    names = [
        scenario.name, *scenario.segments, *scenario.staff, *scenario.playbooks,
        *(scenario.tickets.severities if scenario.tickets else ()), *run.summary.groups.tiers,
        *(seat.person for seat in run.summary.people),
    ]  # fmt: skip
    known = KNOWN | {word for name in names for word in _words(name)}
    before, _title, after = report.partition("この結果の前提")
    rests, _next, rest = after.partition("次に確認すること")
    told = [word for word in _words(before + rest) if word not in known]
    # what results rest on is listed as it is written in the file: key and value
    plain = "\n".join(line for line in rests.splitlines() if not re.match(r"\s+(- [a-z]|\s+[a-z])", line))
    return told + [word for word in _words(plain) if word not in known]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[A-Za-z][A-Za-z_]+", text) if len(word) > 1]


def shares(report: str) -> list[str]:
    """All percentages, in any order: the two languages put them differently."""
    return sorted(re.findall(r"\d[\d.,]*(?= ?%)", report))


# ---------------------------------------------------------------- amounts


def estimate(mean: float, half: float, unit: str = "JPY") -> Estimate:
    return Estimate("arr_lost_mean_money", unit, "all", mean, mean - half, mean + half, 30)


@pytest.mark.parametrize(
    "value, half, text",
    [
        (59.5e6, 7.7e6, "5,950万円 ±770"),
        (4.561e9, 5.7e7, "45.61億円 ±0.57"),
        (1.2e12, 3e9, "1.200兆円 ±0.003"),
        (123.0, 4.5, "123円 ±4"),
        (9_800.0, 150.0, "9,800円 ±150"),
        (-59.5e6, 7.7e6, "-5,950万円 ±770"),
        (1.0e8, 1.0e6, "1.000億円 ±0.010"),
        (0.2, 0.1, "0円 ±<1"),
    ],
)
def test_amounts_as_a_japanese_reader_writes_them(value: float, half: float, text: str) -> None:
    with using("ja"):
        assert with_half_width(estimate(value, half)) == text


def test_intervals_and_aims() -> None:
    with using("ja"):
        assert with_interval(estimate(59.5e6, 7.7e6)) == "5,950万円 [5,180万円〜6,720万円]"
        assert with_interval(estimate(5e6, math.nan)) == "500万円［区間なし］"
        assert aim_text(True, 0.95, "share") == "95%以上"
        assert aim_text(False, 30, "days", 0.8) == "30日以下（確率80%）"
        assert aim_text(False, 9e6, "JPY") == "900万円以下"
        assert money(math.nan, "JPY") == "?"
        assert money(0.0, "JPY") == "0円"


def test_other_currencies_and_english_stay_as_they_were() -> None:
    assert with_half_width(estimate(59.5e6, 7.7e6)) == "¥59.5M ±7.7"
    with using("ja"):
        assert with_half_width(estimate(59.5e6, 7.7e6, "USD")) == "$59.5M ±7.7"
        assert money_unit(59.5e6, "USD") == (1e6, "$M")


@given(
    st.floats(1.0, 9e14),
    st.floats(1e-6, 3.0),
    st.sampled_from([1.0, -1.0]),
)
def test_both_languages_round_to_the_same_amount(size: float, relative: float, sign: float) -> None:
    value, half = sign * size, size * relative
    english = with_half_width(estimate(value, half))
    with using("ja"):
        japanese = with_half_width(estimate(value, half))
    assert _read(japanese, {"兆": 1e12, "億": 1e8, "万": 1e4}) == pytest.approx(
        _read(english, {"T": 1e12, "B": 1e9, "M": 1e6, "k": 1e3}), rel=1e-9
    )


def _read(text: str, sizes: dict[str, float]) -> float:
    number = re.match(r"-?[¥]?-?[\d,.]+", text)
    assert number is not None, text
    mark = text[number.end() : number.end() + 1]
    return float(re.sub("[¥,]", "", number.group())) * sizes.get(mark, 1.0)


def test_lengths_of_time() -> None:
    with using("ja"):
        texts = [span(Span(2.0, unit)) for unit in MINUTES]
        assert texts == ["2分", "2時間", "2日", "2週間", "2か月", "2年"]
        assert span(Span(1.5, "years")) == "1.5年"
    for unit in MINUTES:
        for amount in (1.0, 2.0, 1.5):
            assert span(Span(amount, unit)) == str(Span(amount, unit))


# ---------------------------------------------------------------- metrics


def test_every_metric_and_its_twin_is_explained() -> None:
    with using("ja"):
        for name in CATALOGUE:
            assert re.search(r"[ぁ-んァ-ヶ一-龠]", meaning_of(name)), name
            assert meaning_of(name).endswith("。")
        assert meaning_of("twin_arr_new_sum_money") == "新規獲得したARR（人員充足時）。"
        assert unit_name("people") == "人"
        assert unit_name("JPY") == "JPY"
    for name, metric in CATALOGUE.items():
        assert meaning_of(name) == metric.description


# ---------------------------------------------------------------- lines

SENTENCE = (
    "人員不足によるARRの損失は、24か月で5,080万円 [4,170万円〜6,000万円]、"
    "年間ARRの0.56%に相当します（n = 12）。"
    "「業務量」は7.032 ±0.088人分で、--set staff.csm.headcount=9 を確認してください。"
)


@pytest.mark.parametrize("width", [20, 33, 40, 60, 79, 400])
def test_lines_hold_all_of_the_text_and_break_where_japanese_may(width: int) -> None:
    lines = lines_of(SENTENCE, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", SENTENCE)
    assert all(cell_len(line) <= width for line in lines)
    if width >= 33:  # narrower than the longest piece nothing can be promised
        assert not [line for line in lines[1:] if line[0] in _NOT_FIRST]
        assert not [line for line in lines if line.endswith(("（", "「", "[", "±"))]
        assert any("n = 12" in line for line in lines)
        assert any("7.032 ±0.088人" in line for line in lines)


@given(st.text(max_size=200), st.integers(2, 50))
def test_any_text_is_broken_without_loss(text: str, width: int) -> None:
    lines = lines_of(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)


def test_english_prose_is_what_rich_makes_of_it() -> None:
    text = "Under-staffing costs a lot. " * 8
    page = Page(40, colour=False)
    page.add(prose(text))
    assert all(len(line) <= 40 for line in page.text().splitlines())
    assert " ".join(page.text().split()) == text.strip()


def test_bullets_go_on_below_the_text() -> None:
    with using("ja"):
        page = Page(30, colour=False)
        page.add(bullets("-", [SENTENCE]))
    first, *others = page.text().splitlines()
    assert first.startswith("- 人員不足")
    assert all(line.startswith("  ") for line in others)
