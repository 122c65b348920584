"""What a comparison says: sentences from numbers, tables, and data from which it can be made again."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import pytest
from made_up import CUT, FREEZE, MONTHS, NOTHING, N, difference, interval, made_up
from rich.cells import cell_len

from csm_sim.analysis.compared import BreakEven, Compared, Crossing, Difference, Plan
from csm_sim.analysis.paired import Interval
from csm_sim.errors import UsageError
from csm_sim.language import Message, using
from csm_sim.report.compare import compare_report
from csm_sim.report.compare_data import compare_tables, from_json, read_compared, to_json
from csm_sim.report.compare_words import (
    apart_text,
    break_even_sentence,
    chance_sentence,
    crossing_sentence,
    figure_title,
    futures_needed,
    headline_sentences,
    last_day,
    money_sentence,
    month_name,
    resolve_sentence,
    service_sentence,
    trend_sentence,
    until,
)


def with_figure(plan: Plan, changed: Difference) -> Plan:
    """The plan with another figure in the place of its own."""
    figures = tuple(changed if one.name == changed.name else one for one in plan.differences)
    return replace(plan, differences=figures)


def lead(plan: Plan, *, costs: bool = True) -> str:
    compared = made_up(plan, costs=costs)
    return headline_sentences(compared, compared.plans[0])[0]


# ---------------------------------------------------------------- the first sentence


@pytest.mark.parametrize(
    ("apart", "half", "said"),
    [
        (
            -31e6,
            9e6,
            "Cut 20% of support is worse than The team as it is: net present value (NPV) up to March 2030 is"
            " ¥31.0M [¥22.0M, ¥40.0M] lower.",
        ),
        (
            31e6,
            9e6,
            "Cut 20% of support is better than The team as it is: net present value (NPV) up to March 2030 is"
            " ¥31.0M [¥22.0M, ¥40.0M] higher.",
        ),
        (
            -31e6,
            32e6,
            "Not resolved: 46 futures do not tell whether Cut 20% of support or The team as it is has the"
            " higher net present value (NPV) up to March 2030. Difference: -¥31M [-¥63M, +¥1M]. If it is as"
            " large as that, about 50 futures would tell: --replications 50.",
        ),
        (
            0.0,
            0.0,
            "Cut 20% of support and The team as it is have the same net present value (NPV): exactly equal"
            " in all 46 futures.",
        ),
    ],
)
def test_the_first_sentence_follows_from_the_numbers(apart: float, half: float, said: str) -> None:
    assert lead(with_figure(CUT, difference("net_present_value", 9.1e9, apart, half))) == said


def test_without_costs_it_is_about_arr() -> None:
    assert lead(CUT, costs=False).startswith(
        "Cut 20% of support is worse than The team as it is: ARR at the end, expected up to March 2030 is"
    )
    sentences = headline_sentences(made_up(CUT, costs=False), made_up(CUT, costs=False).plans[0])
    assert not any("saves" in one or "Break-even" in one for one in sentences)
    assert "In a single future its ARR at the end, as counted is the higher one" in sentences[1]


def test_the_same_plan_says_nothing_else() -> None:
    assert headline_sentences(made_up(NOTHING), NOTHING) == [
        "The same in other words is the same as The team as it is in other words: every difference is"
        " exactly 0."
    ]


# ---------------------------------------------------------------- what would resolve a difference


@pytest.mark.parametrize(
    ("mean", "half", "needed"),
    [
        (10.0, 20.0, 190.0),
        (-10.0, 20.0, 190.0),
        (10.0, 11.0, 56.0),
        (1.0, 100.0, 460_000.0),
        (0.0, 1.0, math.inf),
    ],
)
def test_futures_needed(mean: float, half: float, needed: float) -> None:
    """46 times the square of half over mean, rounded up to two digits."""
    assert futures_needed(interval(mean, half)) == needed


def test_what_would_resolve_a_difference() -> None:
    assert "about 190 futures" in resolve_sentence(difference("net", 1e9, 10e6, 20e6))
    assert "at most ¥101M" in resolve_sentence(difference("net", 1e9, 1e6, 100e6))
    alone = replace(difference("net", 1e9, 1e6, 1e6), apart=Interval(1e6, math.nan, math.nan, 1))
    assert "One future has no interval" in resolve_sentence(alone)


# ---------------------------------------------------------------- what is saved and lost


@pytest.mark.parametrize(
    ("cost", "cost_half", "margin", "margin_half", "said"),
    [
        (
            -24e6,
            1e6,
            -58e6,
            9e6,
            "saves ¥24.0M [¥23.0M, ¥25.0M] of cost and loses ¥58.0M [¥49.0M, ¥67.0M] of",
        ),
        (24e6, 0.0, 58e6, 9e6, "costs ¥24M more and gains ¥58.0M [¥49.0M, ¥67.0M] of gross margin."),
        (0.0, 0.0, 0.0, 0.0, "costs the same and leaves the gross margin exactly as it is."),
        (-1e6, 2e6, 0.0, 0.0, "costs about the same (not resolved: -¥1.0M [-¥3.0M, +¥1.0M]) and leaves"),
        (-24e6, 0.0, -5e6, 9e6, "what it does to gross margin is not resolved (-¥5.0M [-¥14.0M, +¥4.0M])."),
    ],
)
def test_saved_and_lost(cost: float, cost_half: float, margin: float, margin_half: float, said: str) -> None:
    plan = with_figure(CUT, difference("cost", 3e8, cost, cost_half, better="down"))
    plan = with_figure(plan, difference("margin", 1e10, margin, margin_half))
    sentence = money_sentence(made_up(plan), plan)
    assert sentence.startswith("Up to March 2030 it ")
    assert said in sentence


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Crossing("loses from", 23, 21, 27, 1.0),
            "It saves first; from March 2029 on [January 2029 to July 2029] it has lost more than it saved.",
        ),
        (
            Crossing("loses from", 23, 23, 23, 1.0),
            "It saves first; from March 2029 on it has lost more than it saved.",
        ),
        (
            Crossing("loses from", 33, 30, None, 0.96),
            "It saves first; from January 2030 on [October 2029 or later] it has lost more than it saved.",
        ),
        (
            Crossing("loses from", 33, 29, None, 0.8),
            "On average it has lost more than it saved from January 2030 on, but that is not resolved: so it"
            " is in 80% of resampled futures.",
        ),
        (
            Crossing("pays from", 12, 11, 14, 1.0),
            "It costs first; from April 2028 on [March 2028 to June 2028] it has paid for itself.",
        ),
        (
            Crossing("pays from", 12, 11, None, 0.6),
            "On average it has paid for itself from April 2028 on, but that is not resolved: so it is in 60%"
            " of resampled futures.",
        ),
        (
            Crossing("never", None, None, None, 0.0),
            "In no month up to March 2030 has it lost more than it saved.",
        ),
        (
            Crossing("never", None, 31, None, 0.31),
            "On average it is in no month behind up to March 2030, but that is not resolved: in 31% of"
            " resampled futures it is behind in the end.",
        ),
        (
            Crossing("from the start", 6, 6, 6, 1.0),
            "It is behind from October 2027 on, without ever having been ahead.",
        ),
        (
            Crossing("from the start", 6, 6, None, 0.7),
            "On average it is behind from October 2027 on, but that is not resolved: so it is in 70% of"
            " resampled futures.",
        ),
        (None, ""),
    ],
)
def test_when_the_lines_cross(found: Crossing | None, said: str) -> None:
    plan = replace(CUT, crossing=found)
    if found is not None and found.kind in ("pays from", "never"):
        plan = ends_with(plan, 10e6, 2e6)  # ahead in the end
    assert crossing_sentence(made_up(plan), plan) == said


def ends_with(plan: Plan, mean: float, half: float) -> Plan:
    """The plan with another gain in all at the end."""
    series = {one.name: one for one in plan.series}
    gained = series["gained"]
    series["gained"] = replace(gained, apart=(*gained.apart[:-1], interval(mean, half)))
    return replace(plan, series=tuple(series.values()))


@pytest.mark.parametrize(
    ("found", "mean"),
    [
        (Crossing("loses from", 23, 21, 27, 1.0), -1e6),
        (Crossing("from the start", 0, 0, 0, 1.0), -1e6),
        (Crossing("pays from", 12, 11, 14, 1.0), 1e6),
        (Crossing("never", None, None, None, 0.0), 1e6),
    ],
)
def test_no_month_is_told_as_a_fact_where_the_end_is_not_resolved(found: Crossing, mean: float) -> None:
    """Resampling is at 95 % for each plan; the interval of the end may be wider, for all plans together."""
    plan = replace(CUT, crossing=found)
    sure, open_ = (ends_with(plan, mean, half) for half in (0.5e6, 2e6))
    assert "not resolved" not in crossing_sentence(made_up(sure), sure)
    assert "not resolved" in crossing_sentence(made_up(open_), open_)


def test_a_last_month_that_says_otherwise_is_told() -> None:
    better = with_figure(CUT, difference("net_present_value", 9.1e9, 31e6, 9e6))
    assert trend_sentence(made_up(better), better).startswith(
        "In March 2030 alone it loses more than it saves (-¥"
    )
    assert trend_sentence(made_up(CUT), CUT) == ""  # both say that it loses
    unresolved = with_figure(CUT, difference("net_present_value", 9.1e9, 1e6, 9e6))
    assert trend_sentence(made_up(unresolved), unresolved) == ""


def test_what_customers_notice_is_told_as_far_as_it_is_resolved() -> None:
    assert service_sentence(CUT) == (
        "Service and load: planned work on time -8.2 pp ±0.4; tickets within all targets -21.0 pp ±1.0;"
        " days to first value +1.30 ±0.20; utilisation of people, P90 +6.0 pp ±0.3."
    )
    less = with_figure(CUT, difference("on_time", 0.95, -0.01, 0.02, unit="share"))
    assert "planned work on time" not in service_sentence(less)
    assert service_sentence(NOTHING) == ""


def test_the_chance_in_a_single_future() -> None:
    plan = with_figure(CUT, replace(CUT.differences[0], chance=Interval(0.25, 0.15, 0.39, N)))
    assert chance_sentence(plan) == (
        "In a single future its net present value (NPV) is the higher one with a chance of 25% [15%, 39%]."
    )


# ---------------------------------------------------------------- break-even


def even(at: Interval | None, *means: float, first: float = 1e6) -> Plan:
    halves = (first, 1e6, 1e6, 1e6, 1e6)
    net = tuple(interval(mean * 1e6, half, 40) for mean, half in zip(means, halves, strict=True))
    return replace(CUT, break_even=BreakEven(at, (0.0, 0.5, 1.0, 2.0, 3.0), net))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            even(Interval(0.44, 0.31, 0.66, 40), 22, -3, -31, -88, -140),
            "Break-even: it loses money if staffing acts on customers more than 0.44 [0.31, 0.66] times as"
            " strongly as the scenario assumes, and gains below that.",
        ),
        (
            even(Interval(0.44, 0.31, math.nan, 40), -22, 3, 31, 88, 140),
            "Break-even: it gains money if staffing acts on customers more than 0.44 [0.31, above 3] times as"
            " strongly as the scenario assumes, and loses below that.",
        ),
        (
            even(Interval(0.44, 0.31, 0.66, 40), 22, -3, -31, 8, 14),
            "Break-even: the first is at 0.44 [0.31, 0.66] times the effect of staffing on customers that the"
            " scenario assumes; with more, gain and loss change places again.",
        ),
        (
            even(Interval(3.0, 2.0, math.nan, 40), 9, 8, 5, 1, 0),
            "loses money if staffing acts on customers more than",
        ),
        (even(None, 22, 20, 15, 10, 5), "tried, x0 to x3, it gains money."),
        (even(None, 22, 20, 15, 10, 0.5), "on average it gains money at every strength"),
        (even(None, -5, -9, -15, -20, -25), "it loses money; even if lateness cost no customer."),
        (even(None, -5, -9, -15, -2, -0.5), "on average it loses money at every strength"),
        (even(None, 0, -9, -15, -20, -25, first=0.0), "tried, x0.5 to x3, it loses money."),
        (even(None, 0, 9, 15, 20, 25, first=0.0), "tried, x0.5 to x3, it gains money."),
        (replace(CUT, break_even=None), ""),
    ],
)
def test_break_even(plan: Plan, said: str) -> None:
    sentence = break_even_sentence(plan)
    assert said in sentence
    assert bool(sentence) == bool(said)


# ---------------------------------------------------------------- words and numbers


@pytest.mark.parametrize(
    ("one", "unit", "text"),
    [
        (interval(-0.031, 0.004), "share", "-3.1 pp ±0.4"),
        (interval(0.031, 0.04), "share", "(+3.1 pp ±4.0)"),
        (interval(0.0), "share", "0"),
        (interval(-24e6), "JPY", "-¥24M"),
        (interval(1.3, 0.2), "days", "+1.30 ±0.20"),
        (Interval(2e6, math.nan, math.nan, 1), "JPY", "+¥2M ±?"),
    ],
)
def test_differences(one: Interval, unit: str, text: str) -> None:
    assert apart_text(one, unit) == text


def test_months_and_figures_have_names_in_both_languages() -> None:
    assert (month_name("2027-04"), month_name("2027-04-15")) == ("April 2027", "15 April 2027")
    assert figure_title("payroll@csm") == "payroll, csm"
    with using("ja"):
        assert (month_name("2027-04"), month_name("2027-04-15")) == ("2027年4月", "2027年4月15日")
        assert figure_title("on_time@csm") == "計画業務のオンタイム率（csm）"
        assert figure_title("net_present_value") == "正味現在価値（NPV）"


def test_months_that_are_no_calendar_months_end_on_a_day() -> None:
    months = ("2027-04-15", "2027-05-15", "2027-06-15")
    pieces = replace(made_up(), start="2027-04-15", horizon="80 days", months=months)
    assert [last_day(pieces, month) for month in (0, 1, 2, -1)] == [
        "2027-05-14", "2027-06-14", "2027-07-03", "2027-07-03",
    ]  # fmt: skip
    assert until(pieces) == "3 July 2027"
    assert until(made_up()) == "March 2030"
    assert last_day(made_up(), 0) == "2027-04"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_page(width: int, language: str) -> None:
    with using(language):
        text = compare_report(made_up(), width=width, colour=False)
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_a_japanese_report_has_no_english_of_ours() -> None:
    """But names, keys of the file, and words of the field."""
    japanese = replace(
        made_up(replace(CUT, label="縮小案", changes=())), base_label="現状", warnings=(), basis=()
    )
    with using("ja"):
        text = compare_report(japanese, width=100, colour=False)
    known = {"NPV", "ARR", "GRR", "NRR", "P", "pt", "support", "csm", "assumptions", "csv", "n", "x"}
    assert set(re.findall("[A-Za-z]+", text)) <= known


def test_long_and_hostile_names_stay_short_and_harmless() -> None:
    evil = replace(CUT, label="\x1b[31m<script>" + "長" * 40_000)
    text = compare_report(made_up(evil), width=80, colour=False)
    assert "\x1b" not in text
    assert len(text) < 12_000


def test_many_changes_are_cut() -> None:
    many = replace(CUT, changes=tuple(replace(CUT.changes[1], key=f"key{n}") for n in range(30)))
    text = compare_report(made_up(many), width=80, colour=False)
    assert "key19:" in text
    assert "key20:" not in text
    assert "and 10 more: changes.csv" in text


def test_every_plan_has_its_part_and_the_warnings_stand_above() -> None:
    text = compare_report(replace(made_up(), reached=False), width=80, colour=False)
    lines = text.splitlines()
    places = [lines.index(title) for title in ("Cut 20% of support", "The same in other words")]
    assert places == sorted(places)
    assert text.count("What it changes") == 3
    assert text.index("not as precise as asked") < places[0] * 80
    assert "all 2 plans" in " ".join(text.split())  # the one that is the same is none of them


# ---------------------------------------------------------------- data


def test_data_give_the_same_comparison_to_the_last_bit() -> None:
    warning = Message("{plan} is {share}", plan=Message("{n} days", n="3"), share="0.1")
    odd = replace(made_up(), warnings=("plain", warning), discount=0.1 + 0.2, gross_margin=math.nan)
    data = json.loads(json.dumps(to_json(odd), allow_nan=False))
    again = from_json(data)
    assert repr(again) == repr(odd)
    assert isinstance(again, Compared)
    assert isinstance(again.warnings[1], Message)
    with using("ja"):
        from csm_sim.language import said

        assert said(again.warnings[1]) == said(warning)
    assert to_json(again) == to_json(odd)


def spoilt(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(to_json(made_up(CUT)))), **changes}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"format": "csm-sim compare 1"},
        spoilt(format="csm-sim compare 2"),
        spoilt(n="many"),
        spoilt(n=True),
        spoilt(plans={}),
        spoilt(plans=[{}]),
        spoilt(extra=1),
        spoilt(currency=None),
        spoilt(warnings=[{"text": "x", "template": "{x.__class__}", "values": {"x": "y"}}]),
        spoilt(warnings=[{"text": "x", "template": "{", "values": {}}]),
        spoilt(warnings=[{"text": "x", "template": 3, "values": {}}]),
    ],
)
def test_data_that_are_something_else_are_refused(data: object) -> None:
    with pytest.raises(UsageError, match="compare again"):
        from_json(data)


def test_a_folder_without_an_answer_is_refused(tmp_path: Any) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_compared(tmp_path)
    (tmp_path / "compare.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(UsageError, match=r"is no JSON|compare again"):
        read_compared(tmp_path)


def test_tables_hold_every_number() -> None:
    compared = made_up(CUT, FREEZE)
    tables = compare_tables(compared)
    rows = tables["differences.csv"].splitlines()
    assert len(rows) == 1 + 2 * len(CUT.differences)
    assert len(tables["by_month.csv"].splitlines()) == 1 + 2 * 7 * len(MONTHS)
    assert repr(CUT.differences[0].apart.low) in rows[1]
    assert "採用凍結 <script>alert(1)</script>" in tables["changes.csv"]
