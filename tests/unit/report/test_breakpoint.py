"""What is said about breaks, inside and outside the range."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.cells import cell_len

from csm_sim.analysis.breakpoint import (
    Breakpoint,
    Curve,
    GivesWay,
    Leave,
    Question,
    TargetBreak,
    leave_by_hours,
)
from csm_sim.analysis.breakpoint_books import Books
from csm_sim.analysis.breakpoint_curves import Break
from csm_sim.language import Message, using
from csm_sim.report.breakpoint import (
    breakpoint_csv,
    breakpoint_json,
    breakpoint_report,
    headline,
    interval,
    size,
)
from csm_sim.report.breakpoint_figure import breakpoint_figure

SIZES = np.array([25.0, 35.0, 45.0, 60.0])


def curve(what: str, unit: str, values: list[float], half: float) -> Curve:
    mean = np.array(values)
    return Curve(what, unit, SIZES[: len(mean)], mean, mean - half, mean + half)


FOUND = Breakpoint(
    books=Books("担当", 1, ("key",), (36,)),
    question=Question(40, 1),
    fluid=42.0,
    targets=(TargetBreak("on_time", 0.9, Break(40.0, 39.5, 40.5)),),
    economic=Break(41.5, 41.0, 42.0),
    gives_way=(
        GivesWay("review", "late", Break(38.0, 37.0, 39.0), 0.9),
        GivesWay("review", "dropped", Break(50.0, 49.0, math.inf), 1.0),
        GivesWay("call", "late", Break(-math.inf, -math.inf, 30.0), math.nan),
    ),
    never=("renewal",),
    leave=Leave(2, Break(38.5, 38.0, 39.0), Break(1.5, 1.0, 2.0)),
    curves=(
        curve("on_time", "share", [0.99, 0.95, 0.8, 0.5], 0.01),
        curve("utilisation", "share", [0.6, 0.8, 0.99, 1.0], 0.01),
        curve("arr_retained", "JPY", [25e6, 35e6, 38e6, 36e6], 1e6),
    ),
    marginal=curve("arr_of_one_more_account", "JPY", [1e6, 4e5, -1e5], 2e5),
    left_out=(),
    simulations=1000,
    currency="JPY",
)  # fmt: skip


def with_target(one: Break, today: int = 36) -> Breakpoint:
    return replace(
        FOUND, targets=(TargetBreak("on_time", 0.9, one),), books=Books("csm", 1, ("key",), (today,))
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            with_target(Break(40.0, 39.5, 40.5)),
            "At 36 accounts per csm you are 4.0 [3.5, 4.5] accounts from the break: 90% planned work on time"
            " holds up to 40.0 [39.5, 40.5].",
        ),
        (
            with_target(Break(40.0, 39.5, 40.5), today=50),
            "At 50 accounts per csm you are 10.0 [9.5, 10.5] accounts beyond the break: 90% planned work on"
            " time holds up to 40.0 [39.5, 40.5].",
        ),
        (
            with_target(Break(58.0, 55.0, math.inf)),
            "At 36 accounts per csm you are 22.0 [19.0, ...] accounts from the break: 90% planned work on"
            " time holds up to 58.0 [55.0, ...].",
        ),
        (
            with_target(Break(math.inf, 58.0, math.inf)),
            "90% planned work on time holds up to 60 accounts per csm, the largest book looked at.",
        ),
        (
            with_target(Break(-math.inf, -math.inf, 26.0)),
            "90% planned work on time is missed even with 25 accounts per csm, the smallest book looked at.",
        ),
        (
            replace(FOUND, targets=()),
            "One more account per 担当 stops paying at 41.5 [41.0, 42.0]; today they have 36.",
        ),
        (
            replace(FOUND, targets=(), economic=None),
            "The hours of a 担当 run out at 42 accounts; today they have 36.",
        ),
        (
            replace(FOUND, targets=(), economic=None, fluid=math.inf),
            "Nothing breaks within 25 to 60 accounts per 担当.",
        ),
    ],
)
def test_the_headline(found: Breakpoint, said: str) -> None:
    assert headline(found) == said


def test_sizes_have_as_many_digits_as_they_deserve() -> None:
    assert (size(42.0), size(57.5), size(1234.5)) == ("42", "57.5", "1,234")
    assert interval(Break(176.03, 169.74, 182.04)) == "176 [170, 182]"
    assert interval(Break(40.0, math.nan, math.nan)) == "40.0 [no interval]"
    assert interval(Break(0.04, -0.04, 0.2)) == "0.0 [0.0, 0.2]"


def test_the_page_says_it_all() -> None:
    text = " ".join(breakpoint_report(FOUND, "計画", weeks=52, width=80, colour=False).split())
    for said in (
        "計画",
        "economic break: one more adds nothing 41.5 [41.0, 42.0] +5.5",
        "late first: review, from 38.0 [37.0, 39.0] accounts on, at 90% utilisation",
        "neither late nor dropped within the range: renewal",
        "headroom by hours: 5.2 weeks of leave for each 担当 within these 52 weeks",
        "a 2-week leave of one person uses 1.5 [1.0, 2.0] accounts: the break is then at 38.5 [38.0, 39.0]",
        "call below 25",
    ):
        assert said in text, said
    assert leave_by_hours(FOUND, 52) == pytest.approx(5.2)


def test_a_leave_too_long_for_any_size_is_said() -> None:
    found = replace(FOUND, leave=Leave(8, Break(-math.inf, -math.inf, 26.0), Break(math.inf, 9.0, math.inf)))
    text = " ".join(breakpoint_report(found, "x", weeks=52, width=80, colour=False).split())
    assert "with a 8-week leave of one person the target is missed at every size from 25 on" in text


def test_data_has_no_infinities() -> None:
    data = breakpoint_json(with_target(Break(math.inf, 58.0, math.inf)), "x", 52)
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text)["target_breaks"][0] == {
        "target": "on_time", "at_least": 0.9, "where": "beyond the range",
        "at": None, "low": 58.0, "high": None,
    }  # fmt: skip
    rows = breakpoint_csv(FOUND).splitlines()
    assert rows[0] == "measure,unit,accounts_per_person,accounts,mean,low,high,n"
    assert rows[1] == "on_time,share,25,25,0.99,0.98,1,40"
    assert len(rows) == 1 + 4 + 4 + 4 + 3


@pytest.mark.parametrize(
    "found",
    [
        FOUND,
        with_target(Break(math.inf, math.inf, math.inf)),
        with_target(Break(-math.inf, -math.inf, 26.0), today=200),
        replace(FOUND, targets=(), economic=None, marginal=None, leave=None),
        replace(FOUND, question=Question(40, 1, account_cost=3e5, margin=0.5)),
    ],
)
def test_every_answer_can_be_drawn(found: Breakpoint) -> None:
    image, notes = breakpoint_figure(found, "計画", "svg")
    assert notes == []
    root = ElementTree.parse(BytesIO(image)).getroot()
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    assert width / height == pytest.approx(16 / 9)
    assert image == breakpoint_figure(found, "計画", "svg")[0]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_page_in_japanese_is_all_japanese_and_fits(width: int) -> None:
    with using("ja"):
        page = breakpoint_report(FOUND, "team", weeks=52.0, width=width, colour=False)
    words = " ".join(page.split())
    assert "現在は担当 1人あたり36件で、限界まで4.0 [3.5〜4.5]件の余裕があります。" in "".join(
        page.split("\n")
    )
    for english in ("accounts", "break", "late", "load", "leave", "headroom"):
        assert english not in words.lower()
    assert all(cell_len(line) <= width for line in page.splitlines())


def test_what_is_left_out_is_said_in_japanese_and_data_stays_english() -> None:
    text = Message("{target} is not looked at: {role} has no work that it counts", target="sla", role="担当")
    found = replace(FOUND, left_out=(text,))
    with using("ja"):
        page = breakpoint_report(found, "team", weeks=52.0, width=100, colour=False)
        data = breakpoint_json(found, "team", 52.0)
    assert "sla は対象外です: 担当には該当する業務がありません" in page
    assert data == breakpoint_json(found, "team", 52.0)
    assert data["left_out"] == ["sla is not looked at: 担当 has no work that it counts"]


def test_the_figure_in_japanese_counts_yen_in_myriads() -> None:
    with using("ja"):
        image, notes = breakpoint_figure(FOUND, "team", "png")
    assert image.startswith(b"\x89PNG")
    assert notes == []
