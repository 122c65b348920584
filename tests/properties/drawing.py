"""What the strategies for random scenarios share: how to draw a key now and then, efforts, calendars."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Files = dict[str, str]
Yaml = dict[str, Any]
Draw = st.DrawFn

EFFORTS = st.sampled_from(
    [
        {"constant": "30min"},
        {"constant": "1h"},
        {"constant": "7min"},
        {"constant": "5h"},
        "45min",
        {"mean": "2h", "cv": 1.2},
        {"p50": "30min", "p90": "3h"},
        {"gamma": {"mean": "1h", "cv": 1.5}},
        {"exponential": "50min"},
        {"triangular": ["10min", "20min", "2h"]},
        {"pert": ["5min", "1h", "3h"]},
        {"file": "efforts.csv", "column": "minutes"},
    ]
)


def maybe(draw: Draw, target: Yaml, key: str, values: st.SearchStrategy[Any]) -> None:
    """Set a key, or leave it to its default."""
    if draw(st.booleans()):
        target[key] = draw(values)


def rarely(draw: Draw, target: Yaml, key: str, values: st.SearchStrategy[Any]) -> None:
    """Set a key one time in four: there are many rules, and only a few should meet."""
    if draw(st.integers(0, 3)) == 0:
        target[key] = draw(values)


NIGHTS = st.sampled_from(["22:00-07:00", "18:00-02:30", "23:30-08:30", "12:00-11:00"])


@st.composite
def calendars(draw: Draw) -> Any:
    if draw(st.integers(0, 3)) == 0:
        return "24x7"
    calendar: Yaml = {}
    if draw(st.integers(0, 5)) == 0:
        calendar["hours"] = draw(NIGHTS)
        maybe(draw, calendar, "country", st.sampled_from(["JP", "DE"]))
        maybe(draw, calendar, "week", st.sampled_from(["mon-fri", "mon-sun", "fri", "sat, sun"]))
        return calendar
    maybe(draw, calendar, "country", st.sampled_from(["JP", "US", "DE"]))
    maybe(draw, calendar, "week", st.sampled_from(["mon-fri", "sun-thu", "mon-sun", "mon, wed, fri", "tue"]))
    maybe(
        draw, calendar, "hours", st.sampled_from(["09:00-18:00", "08:30-20:00", "00:00-24:00", "10:00-16:00"])
    )
    calendar["break"] = draw(st.sampled_from(["12:00-13:00", "1h", "none", "45min"]))
    return calendar
