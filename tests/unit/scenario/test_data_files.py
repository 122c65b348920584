"""Account lists and past tickets, as other systems export them."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest

from csm_sim.errors import ScenarioError
from csm_sim.scenario import Loaded, load

SCENARIO = """\
name: Files
start: 2027-04-01
horizon: 3 months
warm_up: 1 month
segments:
  smb: {{touch: low, accounts: {{file: accounts.csv{columns}}}, owner: csm{segment}}}
staff:
  csm: {{headcount: 2}}
tickets:
  severities: {{p1: {{share: 20%, effort: 1h}}, p2: {{share: 80%, effort: 20min}}}}
{tickets}
"""
RATE = "  rate: 1 per month"
TRACE = """\
  trace:
    {file: tickets.csv, severity: level, severities: {Hoch: p1}, default_severity: p2,
    effort: spent, effort_unit: h}
"""


def loaded(
    folder: Path,
    accounts: str | bytes,
    *,
    columns: str = "",
    segment: str = "",
    tickets: str = RATE,
    trace: str = "",
) -> Loaded:
    """The scenario with these data files."""
    content = accounts if isinstance(accounts, bytes) else accounts.encode()
    (folder / "accounts.csv").write_bytes(content)
    (folder / "tickets.csv").write_text(trace, encoding="utf-8")
    (folder / "s.yaml").write_text(
        SCENARIO.format(columns=columns, segment=segment, tickets=tickets), encoding="utf-8"
    )
    return load(folder / "s.yaml")


def problems(folder: Path, accounts: str | bytes, **more: str) -> str:
    """The message about these data files."""
    with pytest.raises(ScenarioError) as caught:
        loaded(folder, accounts, **more)
    return str(caught.value)


def test_accounts_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        'account,name,arr,start,renewal,owner\nB,Birch,"1,500,000",2025-04-01,2027/7/1,Sato\nA,,150万,?,,\n'
    )
    accounts = loaded(tmp_path, text).accounts["smb"]
    assert accounts.ids == ["B", "A"]
    assert accounts.names == ["Birch", "A"]
    assert accounts.arr.tolist() == [1.5e6, 1.5e6]
    assert accounts.start.tolist()[0].isoformat() == "2025-04-01"
    assert np.isnat(accounts.start[1])
    assert accounts.renewal[0] == np.datetime64("2027-07-01")
    assert accounts.owner == ["Sato", None]
    assert accounts.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    "data",
    [
        "account,arr\r\nA,1\r\n".encode("utf-8-sig"),
        "account,arr,メモ\nA,1,株式会社\n".encode("cp932"),
        "account,arr\nA,1\n".encode("utf-16"),
        b"account;arr\nA;1\n",
        b"account\tarr\nA\t1\n",
        b" account , arr \n A , 1 \n\n,\n",
    ],
)
def test_encodings_and_separators(tmp_path: Path, data: bytes) -> None:
    accounts = loaded(tmp_path, data).accounts["smb"]
    assert (accounts.ids, accounts.arr.tolist()) == (["A"], [1.0])


def test_a_line_break_in_quotes_keeps_line_numbers_right(tmp_path: Path) -> None:
    assert "accounts.csv:4 " in problems(tmp_path, 'account,arr,note\nA,1,"x\ny"\nB,bad,z\n')


def test_missing_arr_is_drawn_when_the_segment_says_how(tmp_path: Path) -> None:
    text = "account,arr\nA,5\nB,?\n"
    assert "the ARR is missing" in problems(tmp_path, text)
    accounts = loaded(tmp_path, text, segment=", arr: 1M").accounts["smb"]
    assert accounts.arr[0] == 5
    assert math.isnan(accounts.arr[1])
    assert np.isnan(loaded(tmp_path, "account\nA\n", segment=", arr: 1M").accounts["smb"].arr).all()


def test_segments_can_share_a_file(tmp_path: Path) -> None:
    text = "account,arr,Plan\nA,1,Pro\nB,2,Free\nC,3,Max\n"
    accounts = loaded(tmp_path, text, columns=", only: {Plan: [Pro, Max]}").accounts["smb"]
    assert (accounts.ids, accounts.arr.tolist(), accounts.lines.tolist()) == (["A", "C"], [1, 3], [2, 4])
    assert "no row of" in problems(tmp_path, text, columns=", only: {Plan: Gold}")
    assert "did you mean  Plam: Plan ?" in problems(tmp_path, text, columns=", only: {Plam: Pro}")


def test_named_owners_must_be_on_the_staff(tmp_path: Path) -> None:
    text = "account,arr,owner\nA,1,Sato\nB,2,Ito\nC,3,Abe\n"
    assert "name 3 owners (Sato, Ito, Abe), and csm has 2 people" in problems(tmp_path, text)


def test_the_customers_revenue_is_not_arr(tmp_path: Path) -> None:
    notes = loaded(tmp_path, "account,AnnualRevenue\nA,1\n", columns=", arr: AnnualRevenue").notes
    assert "not the ARR" in str(notes[0])


def test_many_problems_are_counted(tmp_path: Path) -> None:
    text = problems(tmp_path, "account,arr\n" + "".join(f"A{number},bad{number}\n" for number in range(100)))
    assert text.count("is not an amount of money") == 20
    assert "and 80 more problems in this file" in text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "has no header"),
        ('account,arr\nA,"1', "a quotation mark is not closed"),
        ("account,arr\nA,1,2\n", "3 cells and the header 2"),
        ("accuont,arr\nA,1\n", "did you mean  account: accuont ?"),
        ("account,arr\nA,1\nA,2\n", "listed twice: first on line 2"),
        ("account,arr,arr\nA,1,2\n", "two columns have this name: columns 2 and 3"),
        ("account,arr,start\nA,1,31/12/2026\n", "has its year last; this column has the day first"),
        ("account,arr,start\nA,1,01/12/2026\n", "may be day-month or month-day"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, part: str) -> None:
    assert part in problems(tmp_path, text)


def test_a_format_reads_dates_with_the_year_last(tmp_path: Path) -> None:
    accounts = loaded(
        tmp_path, "account,arr,start\nA,1,01/12/2026\n", columns=', format: "%d/%m/%Y"'
    ).accounts["smb"]
    assert accounts.start[0] == np.datetime64("2026-12-01")


def test_trace(tmp_path: Path) -> None:
    trace = loaded(
        tmp_path,
        "account,arr\nA,1\nB,2\n",
        tickets=TRACE,
        trace="account,opened_at,level,spent\n"
        "A,2027-04-01 09:00:30,Hoch,1.5\nB,2027-03-01T00:00,P2,\n"
        "A,2027-04-02 10:00,?,2\nA,2027-05-01,weird,1\n"
        "A,2027-02-28 23:59,Hoch,1\nB,2027-07-01 00:00,Hoch,1\n?,2027-04-01,Hoch,1\nA,,Hoch,1\n",
    ).trace
    assert trace is not None
    assert trace.accounts == ["A", "B", "A", "A"]
    assert trace.opened[0] == np.datetime64("2027-04-01T09:00:30")
    assert trace.severity == ["p1", "p2", "p2", "p2"]
    assert trace.effort_minutes[[0, 2, 3]].tolist() == [90, 120, 60]
    assert math.isnan(trace.effort_minutes[1])
    assert trace.lines.tolist() == [2, 3, 4, 5]
    assert trace.skipped == {
        "before the warm-up": 1,
        "after the horizon": 1,
        "without an account": 1,
        "without an opening time": 1,
    }


def test_efforts_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "efforts.csv").write_text("hours\n2\n?\n0.5\n")
    path = tmp_path / "s.yaml"
    path.write_text(
        "name: x\nstart: 2027-04-01\nhorizon: 1 year\nstaff: {c: {headcount: 1}}\n"
        "segments: {a: {touch: low, accounts: 1, arr: 1, owner: c}}\nplaybooks: {p: {for: a, every: month, "
        "steps: [{do: x, effort: {file: efforts.csv, column: hours, unit: h}}]}}\n"
    )
    assert load(path).samples[("efforts.csv", "hours")].tolist() == [30, 120]
    (tmp_path / "efforts.csv").write_text("hours\n2\n")
    with pytest.raises(ScenarioError, match="has 1 efforts"):
        load(path)


def test_a_large_file_is_read_quickly(tmp_path: Path) -> None:
    rows = (f"A{number},{number % 977},2025-0{number % 9 + 1}-01" for number in range(100_000))
    before = time.perf_counter()
    accounts = loaded(tmp_path, "account,arr,start\n" + "\n".join(rows)).accounts["smb"]
    assert len(accounts.ids) == 100_000
    assert time.perf_counter() - before < 3
