"""Numbers as a reader sees them."""

from __future__ import annotations

import math

import pytest

from csm_sim.analysis.estimates import Estimate
from csm_sim.report import wording


def _estimate(mean: float, half: float, unit: str = "hours") -> Estimate:
    return Estimate("demand_sum_hours", unit, "all", mean, mean - half, mean + half, 20)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (_estimate(0.9196, 0.0056, "share"), "92.0% ±0.6"),
        (_estimate(0.9998, 0.0001, "share"), "100.0% ±<0.1"),
        (_estimate(0.0064, 0.0008, "share"), "0.64% ±0.08"),
        (_estimate(58_802_283, 7_100_776, "JPY"), "¥58.8M ±7.1"),
        (_estimate(4_694_585_780, 44_533_453, "JPY"), "¥4.695B ±0.045"),
        (_estimate(-1_250.0, 20.0, "USD"), "-$1.250k ±0.020"),
        (_estimate(0.04, 0.08, "EUR"), "€0 ±<1"),
        (_estimate(1_000_000.0, 0.0, "CHF"), "CHF 1M"),
        (_estimate(19_532.4, 107.3), "19,532 ±107"),
        (_estimate(7.059, 0.039), "7.059 ±0.039"),
        (_estimate(3000.0, 0.0), "3,000"),
        (_estimate(-0.0001, 0.002), "0.000 ±0.002"),
        (_estimate(5.0, math.nan), "5 ±?"),
    ],
)
def test_half_widths(estimate: Estimate, text: str) -> None:
    assert wording.with_half_width(estimate) == text


def test_intervals() -> None:
    assert wording.with_interval(_estimate(58_802_283, 7_100_776, "JPY")) == "¥58.8M [¥51.7M, ¥65.9M]"
    assert wording.with_interval(_estimate(5.0, math.nan)) == "5 [no interval]"
    assert wording.with_half_width(None) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("line\nbreak", "line\\x0abreak"),
        ("right\u202eto left", "right\\u202eto left"),
        ("カスタマー　サクセス", "カスタマー　サクセス"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_names_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert wording.plain_name(text) == shown
