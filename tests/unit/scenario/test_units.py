"""Quantities are read as their authors mean them, or refused with a way to mend them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csm_sim.scenario.amounts import (
    currencies_of,
    read_count,
    read_factor,
    read_money,
    read_money_rate,
    read_number,
    read_rate,
    read_share,
)
from csm_sim.scenario.daytimes import read_hours, read_week
from csm_sim.scenario.distributions import read_effort, read_revenue, read_wait
from csm_sim.scenario.fields import read_date, read_names
from csm_sim.scenario.units import Span, Wrong, read_offset, read_span

MONTH = 365.25 / 12 * 1440


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1h", 60),
        ("45min", 45),
        ("45 minutes", 45),
        ("1h 30min", 90),
        ("1h30min", 90),
        ("0.5h", 30),
        (".5h", 30),
        ("90s", 1.5),
        ("3d", 3 * 1440),
        ("2 weeks", 14 * 1440),
        ("2w", 14 * 1440),
        ("month", MONTH),
        ("12 months", 12 * MONTH),
        ("quarter", 3 * MONTH),
        ("1 year", 12 * MONTH),
        ("２時間", 120),
        ("45分", 45),
        ("１０日", 14400),
        ("3か月", 3 * MONTH),
        ("3ヶ月", 3 * MONTH),
        ("2週間", 14 * 1440),
    ],
)
def test_span(text: str, minutes: float) -> None:
    assert read_span(text).minutes == pytest.approx(minutes, rel=1e-12)


@pytest.mark.parametrize(
    "value",
    [
        5,
        5.0,
        "5",
        "5m",
        "1,5h",
        "1,000h",
        "h5",
        "",
        None,
        True,
        [],
        {},
        "1 fortnight",
        "1d 3d",
        "-1h",
        "0min",
        "1e999h",
        "x" * 999,
    ],
)
def test_span_refuses(value: object) -> None:
    with pytest.raises(Wrong):
        read_span(value)


@given(st.sampled_from(["min", "h", "d", "w", "months", "years"]), st.integers(1, 100))
def test_span_survives_its_own_text(unit: str, amount: int) -> None:
    span = Span(float(amount), unit)  # type: ignore[arg-type]
    assert read_span(str(span)) == span


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("10d before", -14400),
        ("3d", 4320),
        ("3d after", 4320),
        ("0d", 0),
        ("4h", 240),
        ("10日前", -14400),
        ("2 weeks before", -20160),
    ],
)
def test_offset(text: str, minutes: float) -> None:
    assert read_offset(text).minutes == minutes


@pytest.mark.parametrize("value", ["-3d", 3, "before", "3d ago", None])
def test_offset_refuses(value: object) -> None:
    with pytest.raises(Wrong):
        read_offset(value)


@pytest.mark.parametrize(
    ("value", "share"),
    [
        ("20%", 0.2),
        ("２０％", 0.2),
        ("0.5 %", 0.005),
        (0.2, 0.2),
        (0, 0),
        (1.0, 1.0),
        ("100%", 1.0),
        ("3割", 0.3),
    ],
)
def test_share(value: object, share: float) -> None:
    assert read_share(value) == pytest.approx(share)


@pytest.mark.parametrize("value", [1, 20, 1.5, "20", "-1%", "101%", True, None, math.nan, math.inf, "%"])
def test_share_refuses(value: object) -> None:
    with pytest.raises(Wrong):
        read_share(value)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1.5M", 1.5e6),
        (1500000, 1.5e6),
        ("1,500,000", 1.5e6),
        ("1_500_000", 1.5e6),
        ("150万", 1.5e6),
        ("１５０万円", 1.5e6),
        ("2億", 2e8),
        ("1億5,000万", 1.5e8),
        ("300百万", 3e8),
        ("45k", 45e3),
        ("2bn", 2e9),
        ("¥1.5M", 1.5e6),
        ("￥1.5M", 1.5e6),
        ("JPY 1.5M", 1.5e6),
        ("1.5M JPY", 1.5e6),
        ("$90k", 9e4),
        (0, 0),
    ],
)
def test_money(value: object, amount: float) -> None:
    assert read_money(value) == pytest.approx(amount)


@pytest.mark.parametrize(
    "value", ["1.5X", "M", "", None, True, -1, "-1M", "1,5M", "1万5億", math.nan, math.inf, "1e99"]
)
def test_money_refuses(value: object) -> None:
    with pytest.raises(Wrong):
        read_money(value)


def test_money_names_its_currency() -> None:
    assert currencies_of("¥9M per year") == ("JPY", "CNY")
    assert currencies_of("USD 90k per year") == ("USD",)
    assert currencies_of("9M per year") == ()
    assert "USD" in currencies_of("$5")


@pytest.mark.parametrize(
    ("text", "per_year"), [("9M per year", 9e6), ("75万/月", 9e6), ("¥750k a month", 9e6), ("年900万円", 9e6)]
)
def test_money_rate(text: str, per_year: float) -> None:
    assert read_money_rate(text).per_year == pytest.approx(per_year)


@pytest.mark.parametrize(
    ("text", "per_minute"),
    [
        ("1.2 per month", 1.2 / MONTH),
        ("6 per year", 6 / 12 / MONTH),
        ("6/year", 0.5 / MONTH),
        ("17 per hour", 17 / 60),
        ("0 per month", 0),
        ("月1.2件", 1.2 / MONTH),
        ("1 a day", 1 / 1440),
        ("3 per 2 weeks", 3 / 20160),
    ],
)
def test_rate(text: str, per_minute: float) -> None:
    assert read_rate(text).per_minute == pytest.approx(per_minute)


@pytest.mark.parametrize(
    "value", [1.2, "1.2", "often", "-1 per month", "1 per", "per month", "1 per 0 days", None]
)
def test_rate_refuses(value: object) -> None:
    with pytest.raises(Wrong):
        read_rate(value)


@pytest.mark.parametrize(
    ("value", "factor"), [("x2", 2), ("2x", 2), ("×2", 2), (2, 2), (0.5, 0.5), ("x0", 0), ("３倍", 3)]
)
def test_factor(value: object, factor: float) -> None:
    assert read_factor(value) == factor


def test_counts_and_numbers() -> None:
    assert read_count("2,540") == 2540
    assert read_count("1M") == 1_000_000
    assert read_count(3.0) == 3
    assert read_number("0.4") == 0.4
    for value in (3.5, "many", -1, True, math.nan, math.inf, None):
        with pytest.raises(Wrong):
            read_count(value)


@pytest.mark.parametrize(
    ("value", "kind", "params"),
    [
        ("1h", "lognormal", (60, 0.5)),
        ({"mean": "4h", "cv": 1.0}, "lognormal", (240, 1.0)),
        ({"mean": "4h"}, "lognormal", (240, 0.5)),
        ({"p50": "1h", "p90": "3h"}, "lognormal_quantiles", (60, 180)),
        ({"gamma": {"mean": "1h", "cv": 1}}, "gamma", (60, 1)),
        ({"exponential": "30min"}, "exponential", (30,)),
        ({"triangular": ["10min", "20min", "1h"]}, "triangular", (10, 20, 60)),
        ({"pert": ["10min", "20min", "1h"]}, "pert", (10, 20, 60)),
        ({"constant": "30min"}, "constant", (30,)),
        ({"file": "e.csv", "column": "m"}, "empirical", ()),
    ],
)
def test_effort(value: object, kind: str, params: tuple[float, ...]) -> None:
    effort = read_effort(value)
    assert (effort.kind, effort.params) == (kind, params)


def test_a_plain_wait_or_revenue_is_always_that_much() -> None:
    assert read_wait("5d") == read_wait({"constant": "5d"})
    assert read_wait("5d").params == (7200,)
    assert read_revenue("1.5M").kind == "constant"
    assert read_revenue(0).params == (0,)


def test_week_hours_and_dates() -> None:
    assert read_week("mon-fri") == (0, 1, 2, 3, 4)
    assert read_week("sun-thu") == (0, 1, 2, 3, 6)
    assert read_week("mon, wed,fri") == (0, 2, 4)
    assert read_week("月-金") == (0, 1, 2, 3, 4)
    assert read_week("Monday - Wednesday".replace(" ", "")) == (0, 1, 2)
    assert read_hours("09:00-18:00") == (540, 1080)
    assert read_hours("0:00-24:00") == (0, 1440)
    assert read_date("2027/4/1") == read_date("2027年4月1日") == read_date("2027-04-01")
    assert read_names("smb") == ("smb",)
    for read, value in (
        (read_week, "fun"),
        (read_hours, "9-18"),
        (read_date, "04-01-2027"),
        (read_names, [1]),
    ):
        with pytest.raises(Wrong):
            read(value)  # type: ignore[operator]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["1h", "5m", "¥", "1/", "x", "月", "per"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["mean", "cv", "p50", "p90", "pert", "gamma", "file", "column", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
READERS = [
    read_span,
    read_offset,
    read_share,
    read_money,
    read_rate,
    read_money_rate,
    read_factor,
    read_count,
    read_number,
    read_effort,
    read_wait,
    read_revenue,
    read_week,
    read_hours,
    read_date,
    read_names,
]


@settings(deadline=None)
@given(st.sampled_from(READERS), ANYTHING)
def test_a_reader_reads_or_says_what_is_wrong(read: object, value: object) -> None:
    try:
        read(value)  # type: ignore[operator]
    except Wrong as wrong:
        assert wrong.problem
        assert wrong.fix
