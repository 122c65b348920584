"""What a leader reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from small_team import SCENARIO, SmallRun, run_small

from csm_sim.report.headline import headline
from csm_sim.report.terminal import terminal_report


def _report(run: SmallRun, width: int = 80, *, colour: bool = False) -> str:
    return terminal_report(run.summary, run.loaded.scenario, seed=7, width=width, colour=colour)


def test_the_answer_comes_first(run: SmallRun) -> None:
    lines = _report(run).splitlines()
    assert lines[0] == "Small team"
    assert lines[1] == "2027-04-01 to 2027-09-30 (6 months), seed 7, n = 12 simulated futures"
    assert lines[3].startswith("Under-staffing costs ¥")
    assert "[¥" in lines[3]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(run: SmallRun, width: int) -> None:
    assert max(cell_len(line) for line in _report(run, width).splitlines()) <= width


def test_nothing_is_cut_off_at_80_columns(run: SmallRun) -> None:
    assert "…" not in _report(run)


def test_every_section_is_there(run: SmallRun) -> None:
    text = _report(run)
    for title in (
        "Targets", "People: work, capacity and load", "Planned work", "Tickets (working hours)",
        "Support pools beside Erlang, for the same load and people",
        "Customers and ARR", "By segment", "What this rests on", "What to look at next", "How to read this",
    ):  # fmt: skip
        assert f"\n{title}\n" in text
    assert "nobody has evidence" in text


def test_rules_for_tickets_are_told_only_where_they_are_used(run: SmallRun, desk: SmallRun) -> None:
    plain, full = _report(run), " ".join(_report(desk).split())
    assert "CSAT" in plain and "assumed response curves" in " ".join(plain.split())
    for word in ("given up", "came back", "touches per ticket", "deflected", "escalated", "customers have"):
        assert word in full
        assert word not in plain


def test_each_pool_stands_beside_erlang(desk: SmallRun) -> None:
    text = _report(desk)
    pools = text.split("Support pools beside Erlang")[1].split("Customers and ARR")[0]
    assert "support" in pools.splitlines()[1] and "夜間" in pools.splitlines()[1]
    assert pools.count("Erlang A") == 2
    assert "not what Erlang assumes: the desk closes" in " ".join(pools.split())
    assert "more in --json" in " ".join(pools.split())


def test_a_pool_that_cannot_keep_up_has_no_wait(tmp_path: Path) -> None:
    text = SCENARIO.replace("rest: 1 per month", "rest: 10 per month")
    pools = _report(run_small(tmp_path, n=2, text=text)).split("Support pools beside Erlang")[1]
    assert "cannot keep up" in pools


@pytest.mark.parametrize("width", [60, 80])
def test_a_full_desk_fits_the_terminal(desk: SmallRun, width: int) -> None:
    lines = _report(desk, width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert width < 80 or not any("…" in line for line in lines)


def test_colour_only_when_asked_for(run: SmallRun) -> None:
    assert "\x1b" not in _report(run)
    assert "\x1b[1m" in _report(run, colour=True)


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    text = SCENARIO.replace("name: Small team", 'name: "[red]x[/red] \\e[31m :smile: \\u202e"')
    text = text.replace("do: call,", 'do: "[bold]=1+1",')
    run = run_small(tmp_path, n=2, text=text)
    shown = _report(run, colour=True)
    assert "[red]x[/red] \\x1b[31m :smile: \\u202e" in shown
    assert "\x1b[31m :smile" not in shown


def test_wide_names_are_aligned(tmp_path: Path) -> None:
    text = SCENARIO.replace("admin:", "週次の事務:").replace("  call:", "  定例会:")
    run = run_small(tmp_path, n=3, text=text)
    lines = _report(run).splitlines()
    start = lines.index("Planned work")
    rows = [line for line in lines[start + 3 : start + 6] if line.strip()]
    assert len({cell_len(line) for line in rows}) == 1


def test_without_the_twin_the_headline_is_about_punctuality(tmp_path: Path) -> None:
    run = run_small(tmp_path, n=3, twin=False)
    first = headline(run.summary, run.loaded.scenario)[0]
    assert "planned work is done on time" in first
    customers = _report(run).split("Customers and ARR")[1].split("What this rests on")[0]
    assert "fully staffed" not in customers


def test_a_single_replication_is_not_dressed_up(tmp_path: Path) -> None:
    text = _report(run_small(tmp_path, n=1))
    assert "[no interval]" in text
    assert "one replication has no confidence interval" in text


def test_a_team_without_tickets_or_churn(tmp_path: Path) -> None:
    text = SCENARIO.replace(", churn: {green: 5%, yellow: 15%, red: 40%}", "")
    text = text[: text.index("tickets:")] + "run: {seed: 7}\n"
    text = text.replace("  support: {headcount: 1, serves: [rest], shrinkage: 30%}\n", "")
    shown = _report(run_small(tmp_path, n=3, text=text))
    assert "Tickets" not in shown
    assert "Erlang" not in shown
    assert "of planned work is done on time over 6 months (n = 3)" in " ".join(shown.split())
