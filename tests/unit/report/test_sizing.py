"""What a sizing says in each of its cases."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from csm_sim.analysis.paired import Interval
from csm_sim.analysis.sizing import Confirmed, Shown, Sized, Tried
from csm_sim.analysis.sizing_profit import FrontPoint, Hire, Profit
from csm_sim.analysis.sizing_question import Question, SizedRole, Wanted
from csm_sim.analysis.targets import GOALS
from csm_sim.report.sizing import Findings, sizing_report
from csm_sim.report.sizing_data import sizing_json, sizing_tables
from csm_sim.report.sizing_figure import sizing_figure
from csm_sim.report.sizing_words import profit_sentences, sentences

ON_TIME = Wanted("on_time", GOALS["on_time"], 0.95, None, 0.01)
SLA = Wanted("sla", GOALS["sla"], 0.9, 0.8, 0.05)
QUESTION = Question(
    roles=(
        SizedRole("csm", 1, 14, 9, 6.7, 8, 9e6),
        SizedRole("サポート", 1, 10, 5, 3.1, 4, 6e6),
    ),
    targets=(ON_TIME, SLA),
    most_cost=None,
    confidence=0.95,
    margin=0.75,
    has_costs=True,
    all_roles=True,
    notes=("a note",),
)


def at(point: tuple[int, int], on_time: float, chance: float) -> Confirmed:
    shown = (
        Shown(ON_TIME, Interval(on_time, on_time - 0.002, on_time + 0.002, 100)),
        Shown(SLA, Interval(chance, chance - 0.08, min(1.0, chance + 0.08), 100)),
    )
    return Confirmed(point, shown, 1e8, 100)


SIZED = Sized(
    question=QUESTION,
    answer=(8, 5),
    proven=True,
    left_out=(),
    at_most=None,
    tried=(Tried((8, 10), True, 20, None, True), Tried((7, 10), False, 45, "on_time", True)),
    allowed_points=16,
    crossed=(),
    confirmed=at((8, 5), 0.96, 0.9),
    fewer={"csm": at((7, 5), 0.88, 0.9), "サポート": at((8, 4), 0.96, 0.41)},
    cost=102e6,
)


def said(sized: Sized) -> str:
    return " ".join(sentences(sized, "JPY", 1234))


def report(sized: Sized, profit: Profit | None = None) -> str:
    found = Findings("チーム", "JPY", 1, sized, profit, None, 1234)
    return " ".join(sizing_report(found, width=100, colour=False).split())


def test_answer_and_what_blocks_fewer() -> None:
    text = said(SIZED)
    assert text.startswith(
        "8 csm and 5 サポート: the cheapest team that meets all targets, with a confidence of 95%."
    )
    assert "With 7 csm planned work on time falls to 88.0% [87.8%, 88.2%]." in text
    assert (
        "With 4 サポート the chance of at least 90% tickets in target falls to 41.0% [33.0%, 49.0%]." in text
    )
    assert "Cost: ¥102M a year (8 csm and 4 サポート of today: ¥96M)." in text
    assert "2 points tried of at most 16, 1,234 futures simulated." in text


def test_misses_within_the_tolerance_are_said_to_be() -> None:
    near = replace(SIZED, fewer={**SIZED.fewer, "csm": at((7, 5), 0.947, 0.9)})
    assert "; that is within the tolerance, so 7 may be enough." in said(near)
    met = replace(SIZED, fewer={**SIZED.fewer, "csm": at((7, 5), 0.951, 0.9)})
    assert "With 7 csm all targets look met as well on futures that the search has not seen" in said(met)


def test_search_that_gave_up_says_that_a_cheaper_team_is_open() -> None:
    text = said(replace(SIZED, proven=False))
    assert text.startswith("8 csm and 5 サポート meet all targets; whether a cheaper team does is open")


def test_targets_that_cannot_be_met_are_named() -> None:
    most = at((14, 10), 0.93, 1.0)
    text = said(replace(SIZED, left_out=("on_time",), at_most=most))
    assert text.startswith("No team within the bounds meets all targets (confidence 95%).")
    assert "Even with 14 csm and 10 サポート planned work on time is 93.0% [92.8%, 93.2%]" in text
    assert "and is to be at least 95%." in text
    assert "8 csm and 5 サポート are the cheapest team that meets the other targets." in text
    nothing = said(replace(SIZED, left_out=("on_time", "sla"), at_most=most, fewer={}))
    assert "Not one of the targets is met there" in nothing
    assert "fewest" not in nothing


def test_cost_is_held_against_its_target() -> None:
    dear = replace(SIZED, question=replace(QUESTION, most_cost=90e6))
    assert "with all roles ¥100M: more than the target of ¥90M; no team meets that target" in said(dear)
    fine = replace(SIZED, question=replace(QUESTION, most_cost=120e6, all_roles=False))
    assert "a year for these roles" in said(fine)
    assert "within the target of ¥120M." in said(fine)


def test_warnings() -> None:
    open_ = Tried((8, 5), True, 1000, None, False)
    text = report(replace(SIZED, tried=(open_,), crossed=(((9, 5), (8, 5)),)))
    assert "1 of the points could not be decided with 1000 futures each" in text
    assert "8 csm and 5 サポート meet the targets and 9 csm and 5 サポート do not" in text
    assert "not confirmed: on fresh futures planned work on time is 93.0%" in report(
        replace(SIZED, confirmed=at((8, 5), 0.93, 0.9))
    )
    assert "csm: 14 is the most that was allowed" in report(replace(SIZED, answer=(14, 5)))


def hire(number: int, worth: tuple[float, float]) -> Hire:
    kept = Interval(20e6, 18e6, 22e6, 100)
    return Hire("csm", number, kept, Interval(sum(worth) / 2, *worth, 100), 18e6)


@pytest.mark.parametrize(
    ("hires", "text"),
    [
        ([hire(8, (1e6, 3e6)), hire(9, (-3e6, -1e6))], "csm: the 8th pays for itself; the 9th does not: it"),
        ([hire(9, (-1e6, 1e6))], "csm: the 9th may or may not (not resolved): it keeps"),
        ([hire(9, (1e6, 3e6)), hire(10, (1e6, 2e6))], "csm: the 10th pays for itself; no more were"),
    ],
)  # fmt: skip
def test_where_hires_stop_paying(hires: list[Hire], text: str) -> None:
    profit = Profit(tuple(hires), (), 100, 20)
    assert next(iter(profit_sentences(profit, SIZED, "JPY"))).startswith(text)


def test_data_and_figure_hold_all_of_it() -> None:
    front = tuple(
        FrontPoint(point, cost, Interval(kept, kept - 1e6, kept + 1e6, 20), on_front, below)
        for point, cost, kept, on_front, below in (
            ((7, 5), 93e6, -9e6, True, False),
            ((8, 4), 96e6, -12e6, False, True),
            ((8, 5), 102e6, 0.0, True, False),
            ((9, 5), 111e6, -0.5e6, False, False),
            ((14, 10), 186e6, 3e6, True, False),
        )
    )
    profit = Profit((hire(9, (-3e6, -1e6)),), front, 100, 20)
    found = Findings("チーム", "JPY", 1, SIZED, profit, None, 1234)
    data = sizing_json(found)
    assert data["answer"] == {"csm": 8, "サポート": 5}
    assert data["one_less"]["csm"]["missed"] == ["on_time"]
    assert data["profit"]["hires"][0]["pays"] == "no"
    tables = {name: list(csv.DictReader(io.StringIO(text))) for name, text in sizing_tables(found).items()}
    assert len(tables["points.csv"]) == 2
    assert len(tables["targets.csv"]) == 6
    assert tables["front.csv"][0]["csm"] == "7"
    first, again = (sizing_figure(found, profit, "svg")[0] for _ in range(2))
    assert first == again
    assert "サポート".encode() in first or b"<path" in first
