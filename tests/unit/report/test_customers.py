"""What a leader reads and sees of customers."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from customer_book import CUSTOMERS, customers_of, invented, random_books
from matplotlib.colors import to_rgb
from pyarrow import parquet
from rich.cells import cell_len
from small_team import SmallRun, write_scenario

from csm_sim.analysis.estimates import scope
from csm_sim.analysis.grouping import groups_of
from csm_sim.report.assumptions import EFFECTS_OFF, MOST_GIVEN
from csm_sim.report.customer_figures import bridge, by_tier, cohorts, customer_figures
from csm_sim.report.headline import headline
from csm_sim.report.tables import assumptions_csv, write_tables
from csm_sim.report.terminal import terminal_report
from csm_sim.scenario import load
from csm_sim.world.build import build_world

TITLES = (
    "Customers: new business, onboarding, plays and alarms",
    "Accounts by the tier as which they are served, at the end of months",
    "Cohorts by the month of their start: what is left at the end",
)


def _report(run: SmallRun, width: int = 80) -> str:
    return terminal_report(run.summary, run.loaded.scenario, seed=7, width=width, colour=False)


def _section(text: str, title: str) -> list[str]:
    lines = text.splitlines()
    start = lines.index(title)
    stop = next(n for n in range(start + 1, len(lines) + 1) if n == len(lines) or lines[n][:1].strip())
    return lines[start + 1 : stop]


def _row(lines: list[str], label: str) -> str:
    return next(line for line in lines if line.strip().startswith(label))


# ---------------------------------------------------------------- terminal


def test_sections_come_with_their_rules_only(customers: SmallRun, run: SmallRun, desk: SmallRun) -> None:
    full = _report(customers)
    for title in TITLES:
        assert f"\n{title}\n" in full
        assert title not in _report(run) and title not in _report(desk)
    plain = " ".join(_section(_report(run), "Customers and ARR"))
    for word in ("expansion", "upsell", "contraction", "early", "NRR", "all three", "Growth"):
        assert word not in plain
    assert "LTV" not in _report(run)


def test_the_bridge_is_told_line_by_line(customers: SmallRun) -> None:
    lines = _section(_report(customers), "Customers and ARR")
    for label in (
        "of them early", "price changes", "expansion", "upsell", "cross-sell", "contraction", "of it early",
        "expected contraction", "expected growth", "all three together", "early churn of those won",
        "GRR on ARR up for renewal", "NRR on the same", "ARR left of opening book",
    ):  # fmt: skip
        assert _row(lines, label)
    assert _row(lines, "ARR at the end").count("¥") == 3
    assert _row(lines, "all three together").count("¥") == 1
    assert "not made." in " ".join(lines)


def test_what_the_loss_is_made_of_stands_below_the_answer(customers: SmallRun, run: SmallRun) -> None:
    line = headline(customers.summary, customers.loaded.scenario)[1]
    assert line.startswith("Of it ¥")
    for words in ("by churn", "by renewals for less", "by growth that was not made"):
        assert words in line
    assert not [one for one in headline(run.summary, run.loaded.scenario) if one.startswith("Of it")]


def test_segments_have_net_retention_and_lifetime_value(customers: SmallRun) -> None:
    text = "\n".join(_section(_report(customers), "By segment"))
    assert "NRR" in text and "early churn" in text and "LTV" in text
    assert text.count("入門 trial") == 2


def test_the_journey_has_a_line_for_each_rule(customers: SmallRun) -> None:
    lines = _section(_report(customers), TITLES[0])
    for label in ("won: a bad fit", "won: poor handover"):
        assert _row(lines, label).count("±") == 1  # sales is the same in the twin
    for label in ("onboardings begun", "given up", "upsell leads", "cross-sell leads", "alarms", "false, of"):
        assert _row(lines, label)


def test_tiers_are_shown_at_some_months_and_in_the_end(customers: SmallRun) -> None:
    lines = _section(_report(customers, 100), TITLES[1])
    assert "2027-12" in lines[0] and "moved in" in lines[0] and lines[0].count("2027-") <= 4
    assert _row(lines, "high (tier)") and _row(lines, "入門 trial")


def test_cohorts_begin_with_the_opening_book(customers: SmallRun) -> None:
    lines = _section(_report(customers), TITLES[2])
    assert "gross" in lines[0] and "NRR" in lines[0]
    assert lines[2].strip().startswith("opening book  ")
    assert _row(lines, "2027-04")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(customers: SmallRun, width: int) -> None:
    lines = _report(customers, width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert width < 80 or not any("…" in line for line in lines)


# ---------------------------------------------------------------- what it rests on


def test_effect_sizes_are_listed_in_three_groups(customers: SmallRun) -> None:
    lines = _section(_report(customers), "What this rests on")
    text = " ".join(" ".join(lines).split())
    assert text.index("Assumed; nobody has evidence") < text.index("Fitted to your own records: nothing.")
    assert text.index("Fitted to") < text.index("Given in the file: ")
    assert "segments.key.contraction.chance: green 5%, yellow 10%, red 20%" in text
    assert text.endswith("All with their defaults, ranges and sources: assumptions.csv.")
    given = {one.key.rpartition(".")[0] for one in customers.summary.assumptions if one.standing == "given"}
    assert f"and {len(given) - MOST_GIVEN} more groups" in text
    assert "Effects are off" not in text


def test_assumptions_csv_has_default_range_and_source(customers: SmallRun) -> None:
    rows = list(csv.DictReader(io.StringIO(assumptions_csv(customers.summary))))
    (row,) = [row for row in rows if row["key"] == "health.detection.delay"]
    assert (row["value"], row["standing"], row["default"]) == ("3d", "given", "0d")
    assert row["range"] == "whole days, 0d or more" and "small.yaml" in row["source"] and row["meaning"]


def test_switched_off_effects_are_said_first(customers: SmallRun) -> None:
    import copy

    rules = copy.copy(customers.summary.customers)
    rules.effects_off = True
    off = replace(customers, summary=replace(customers.summary, customers=rules))
    first = headline(off.summary, off.loaded.scenario)[0]
    assert first.startswith("Effects are off: staffing has no effect on any customer")
    rests = " ".join(" ".join(_section(_report(off), "What this rests on")).split())
    assert rests.startswith(EFFECTS_OFF)


# ---------------------------------------------------------------- tables


def test_the_bridge_closes_in_the_table(customers: SmallRun, tmp_path: Path) -> None:
    write_tables(tmp_path, customers.summary, customers.world, customers.replications.sample)
    rows: list[dict[str, Any]] = parquet.read_table(tmp_path / "arr_bridge.parquet").to_pylist()
    assert [(row["segment"], row["month"]) for row in rows[:2]] == [("key", "2027-04"), ("key", "2027-05")]
    assert len(rows) == 3 * 9
    for row in rows:
        for prefix in ("", "twin_"):
            plus = ("opening", "new", "price", "expanded", "upsold", "cross_sold")
            closing = sum(row[f"{prefix}arr_{name}"] for name in plus)
            closing -= row[f"{prefix}arr_contracted"] + row[f"{prefix}arr_churned"]
            assert closing == pytest.approx(row[f"{prefix}arr_closing"])
        assert row["arr_churned_low"] <= row["arr_churned"] <= row["arr_churned_high"]
    found: list[dict[str, Any]] = parquet.read_table(tmp_path / "cohorts.parquet").to_pylist()
    assert {row["cohort"] for row in found} >= {"opening", "2027-04"}
    totals: list[dict[str, Any]] = parquet.read_table(tmp_path / "replications.parquet").to_pylist()
    assert {"arr_upsold", "twin_arr_upsold", "alarms", "moved_in", "arr_early_expected"} <= set(totals[0])


# ---------------------------------------------------------------- figures


def test_each_rule_brings_its_figure(customers: SmallRun, run: SmallRun) -> None:
    names = [name for name, _ in customer_figures(customers.summary, customers.world, "顧客")]
    assert names == ["arr_bridge", "cohorts", "accounts_by_tier"]
    assert list(customer_figures(run.summary, run.world, "plain")) == []


def test_the_waterfall_goes_from_the_opening_to_the_closing(customers: SmallRun) -> None:
    (axis,) = bridge(customers.summary, customers.world, "顧客").axes
    bars = [bar for container in axis.containers for bar in getattr(container, "patches", ())]
    get = customers.summary.estimates.get
    level = bars[0].get_height()
    for bar in bars[1:-1]:
        rises = bar.get_hatch() == "///"
        assert bar.get_hatch() in ("///", "\\\\\\")
        ends = (bar.get_y(), bar.get_y() + bar.get_height())
        assert ends[0 if rises else 1] == pytest.approx(level)
        level = ends[1 if rises else 0]
    assert level == pytest.approx(bars[-1].get_height())
    closing = get("arr_closing_sum_money")
    assert closing is not None and closing.mean == pytest.approx(1e6 * level)
    labels = [text.get_text() for text in axis.texts]
    assert len(labels) == len(bars) and all("±" in label for label in labels[1:])
    assert sum(label.startswith("-") for label in labels) == 2
    assert "¥M" in axis.get_ylabel() and "n = 12" in axis.get_xlabel()


def test_steps_are_told_apart_in_grey(customers: SmallRun) -> None:
    (axis,) = bridge(customers.summary, customers.world, "x").axes
    bars = [bar for container in axis.containers for bar in getattr(container, "patches", ())]
    grey = {
        bar.get_hatch(): float(np.dot(to_rgb(bar.get_facecolor()), (0.299, 0.587, 0.114))) for bar in bars
    }
    assert set(grey) == {None, "///", "\\\\\\"}  # by hatching and by direction, whatever the shade
    assert min(grey.values()) > 0.5  # the interval is seen on each


def test_the_map_of_cohorts_holds_the_estimates(customers: SmallRun) -> None:
    left, right = cohorts(customers.summary, customers.world, "顧客").axes
    get = customers.summary.estimates.get
    for axis, metric in ((left, "cohort_accounts_share"), (right, "cohort_nrr_share")):
        shown = axis.collections[0].get_array()
        assert shown.shape[1] == customers.world.months
        one = get(metric, scope(cohort="2027-04", month="2027-06"))
        assert one is not None and shown[1, 2] == pytest.approx(100 * one.mean)
        assert shown.mask[1:, 0].tolist()[1:] == [True] * (len(shown) - 2)  # they had not started
        assert f"{100 * one.mean:.0f}" in [text.get_text() for text in axis.texts]
    assert "%" in left.get_title(loc="left") and left.get_xlabel() == "month's end"
    assert left.get_yticklabels()[0].get_text() == "opening book\n(90)"


def test_tiers_are_lines_that_differ_in_grey(customers: SmallRun) -> None:
    (axis,) = by_tier(customers.summary, customers.world, "顧客").axes
    lines = axis.get_lines()
    assert [line.get_label() for line in lines] == ["high", "tech"]
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 2
    last = customers.summary.estimates.get("served_end_accounts", "tier=tech")
    assert last is not None and lines[1].get_ydata()[-1] == pytest.approx(last.mean)
    assert axis.get_ylabel().startswith("accounts by the tier") and math.isclose(axis.get_ylim()[0], 0.0)


@pytest.mark.parametrize(("months", "numbers", "bars"), [(18, False, 2), (36, True, 0)])
def test_long_horizons_have_maps_that_can_be_read(
    tmp_path: Path, customers: SmallRun, months: int, numbers: bool, bars: int
) -> None:
    """By month without numbers but with a scale, or by quarter with numbers."""
    text = CUSTOMERS.replace("horizon: 9 months", f"horizon: {months} months")
    world = build_world(load(write_scenario(tmp_path, text)))
    sample = invented(world, random_books(world, 3, 1))
    found = customers_of(world, sample)
    summary = replace(customers.summary, estimates=found, groups=groups_of(world))
    left, right, *scales = cohorts(summary, world, "long").axes
    assert len(scales) == bars
    assert (len(left.texts) > 0) == (len(right.texts) > 0) == numbers
    period = "quarter" if months == 36 else "month"
    assert left.get_ylabel().startswith(f"{period} of the start")
    assert left.get_xlabel().startswith(f"{period}'s end")
