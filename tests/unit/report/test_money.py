"""What a reader is told of money."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.language import using
from csm_sim.report.tables import metrics_csv
from csm_sim.report.terminal import terminal_report

PAID = SCENARIO.replace(
    "csm: {headcount: 1,", "csm: {headcount: 1, cost: 9M per year, hiring_cost: 1M,"
).replace("support: {headcount: 1,", "support: {headcount: 2, cost: 6M per year, severance: 2 months,") + (
    "money: {fixed: 1.2M per year, gross_margin: 60%, discount: 10%}\n"
    "timeline:\n"
    "  - {on: 2027-06-01, hire: {role: csm, count: 1, until: 2027-08-31}}\n"
    "  - {on: 2027-07-01, cut: {role: support, count: 1}}\n"
)
TITLE = "Money: costs, revenue and what is left"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    return run_small(tmp_path_factory.mktemp("paid"), n=12, text=PAID)


def _section(run: SmallRun, width: int = 80) -> list[str]:
    text = terminal_report(run.summary, run.loaded.scenario, seed=7, width=width, colour=False)
    return text.split(f"\n{TITLE}\n")[1].split("\n\nWhat this rests on")[0].splitlines()


def _row(lines: list[str], label: str) -> list[str]:
    return next(line for line in lines if line.strip().startswith(label)).split()[len(label.split()) :]


def test_costs_stand_by_kind_and_role(paid: SmallRun) -> None:
    """183 days; a contractor for 92, a seat that is cut after 91."""
    lines = _section(paid)
    assert lines[0].split() == ["csm", "support", "all"]
    assert _row(lines, "payroll") == ["¥4.51M", "¥4.50M", "¥9.01M"]
    assert _row(lines, "contractors") == ["¥2.27M", "¥2.27M"]
    assert _row(lines, "hiring") == ["¥1M", "¥1M"]
    assert _row(lines, "severance") == ["¥1M", "¥1M"]
    assert _row(lines, "tools") == ["¥601k"]
    assert _row(lines, "all costs") == ["¥7.78M", "¥5.50M", "¥13.9M"]
    assert not [line for line in lines if line.strip().startswith("automation")]


def test_what_comes_in_and_what_is_left(paid: SmallRun) -> None:
    text = " ".join(" ".join(_section(paid)).split())
    for start in ("- revenue ¥", "gross margin ¥", "- margin less all costs ¥", "- net present value ¥"):
        assert start in text
    assert "; 8 of 10 single futures lie between ¥" in text
    assert "- cost as a share of the ARR renewed " in text
    assert "margin: 60% of the revenue (money.gross_margin)" in text
    assert "discounted by 10% a year (money.discount)" in text


def test_cost_to_serve_stands_by_tier(paid: SmallRun) -> None:
    lines = _section(paid)
    assert ["high", "tech", "all"] in [line.split() for line in lines]
    assert len([cell for cell in _row(lines, "cost to serve") if cell.startswith("¥")]) == 3
    assert len([cell for cell in _row(lines, "per account") if cell.startswith("¥")]) == 3
    assert len([cell for cell in _row(lines, "of the revenue") if cell.endswith("%")]) == 3


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_the_terminal(paid: SmallRun, width: int) -> None:
    assert max(cell_len(line) for line in _section(paid, width)) <= width


def test_without_a_cost_there_is_no_such_section(run: SmallRun) -> None:
    text = terminal_report(run.summary, run.loaded.scenario, seed=7, width=80, colour=False)
    assert TITLE not in text
    assert "money:" not in text  # nor assumptions that nothing rests on


def test_gross_margin_and_discount_are_among_what_it_rests_on(paid: SmallRun, tmp_path: Path) -> None:
    standing = {one.key: one.standing for one in paid.summary.assumptions if one.key.startswith("money.")}
    assert standing == {"money.gross_margin": "given", "money.discount": "given"}
    free = run_small(tmp_path, n=2, text=PAID.replace(", gross_margin: 60%, discount: 10%", ""))
    standing = {one.key: one.standing for one in free.summary.assumptions if one.key.startswith("money.")}
    assert standing == {"money.gross_margin": "assumed", "money.discount": "assumed"}


def test_metrics_name_the_currency_and_the_kind(paid: SmallRun) -> None:
    rows = [line.split(",")[:3] for line in metrics_csv(paid.summary).splitlines()]
    assert ["cost_sum_money", "JPY", "kind=payroll"] in rows
    assert ["cost_sum_money", "JPY", "role=csm;kind=contractors"] in rows
    assert ["net_sum_money", "JPY", "month=2027-04"] in rows


def test_it_is_told_in_japanese(paid: SmallRun) -> None:
    with using("ja"):
        text = terminal_report(paid.summary, paid.loaded.scenario, seed=7, width=80, colour=False)
    assert "収支：費用・売上と手元に残る額" in text
    section = text.split("収支：費用・売上と手元に残る額")[1]
    for word in ("給与", "期限付き契約者", "退職金", "費用合計", "正味現在価値（NPV）", "サービス提供コスト"):
        assert word in section
