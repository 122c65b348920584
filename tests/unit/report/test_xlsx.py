"""The workbooks: numbers as in metrics.csv, live formulas with the right values, text that stays text."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from made_up import CUT, FREEZE, made_up
from small_team import SCENARIO, SmallRun, run_small
from workbook import Read, text_of

from csm_sim.analysis.money import flows_of
from csm_sim.language import using
from csm_sim.report import xlsx_lists
from csm_sim.report.tables import assumptions_csv, metrics_csv
from csm_sim.report.xlsx import compare_workbook, run_workbook

MANIFEST: dict[str, Any] = {
    "program": "csm-sim", "version": "0", "file": "small.yaml", "seed": 7,
    "finished": "2027-02-03T04:05:06+00:00",
}  # fmt: skip
WITH_MONEY = SCENARIO.replace(
    "csm: {headcount: 1, shrinkage: 30%}",
    "csm: {headcount: 1, shrinkage: 30%, cost: 9M per year, hiring_cost: 1M}",
).replace(
    "support: {headcount: 1, serves: [rest], shrinkage: 30%}",
    "support: {headcount: 2, serves: [rest], shrinkage: 30%, cost: 6M per year, severance: 3 months}",
) + (
    "money: {gross_margin: 70%, discount: 6%, per_ticket: 400, per_person: 300k per year,"
    " fixed: 2M per year}\n"
    "timeline:\n  - {on: 2027-06-01, cut: {role: support, count: 1}}\n"
)  # fmt: skip
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_run(run: SmallRun, language: str = "en") -> Read:
    """The workbook of a run, read back."""
    with using(language):
        return Read(
            run_workbook(
                run.summary, run.loaded.scenario, run.world, run.replications.sample, MANIFEST
            )
        )  # fmt: skip


def read_compare(*plans: Any, language: str = "en", **options: Any) -> Read:
    """The workbook of a comparison, read back."""
    with using(language):
        return Read(compare_workbook(made_up(*plans, **options)))


@pytest.fixture(scope="module")
def small(run: SmallRun) -> Read:
    """The workbook of the small team."""
    return read_run(run)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """A small team that costs money."""
    return run_small(tmp_path_factory.mktemp("rich"), text=WITH_MONEY)


@pytest.fixture(scope="module")
def books(
    small: Read, rich: SmallRun, desk: SmallRun, moving: SmallRun, customers: SmallRun
) -> dict[str, Read]:
    """Workbooks of teams of every kind, and of comparisons."""
    return {
        "small": small,
        "rich": read_run(rich),
        "desk": read_run(desk),
        "moving": read_run(moving),
        "customers": read_run(customers),
        "japanese": read_run(rich, "ja"),
        "compare": read_compare(),
        "compare without costs": read_compare(CUT, costs=False),
        "compare in Japanese": read_compare(CUT, FREEZE, language="ja"),
    }


# ---------------------------------------------------------------- the same numbers


def test_the_sheet_of_metrics_is_metrics_csv(books: dict[str, Read], customers: SmallRun) -> None:
    written = list(csv.reader(io.StringIO(metrics_csv(customers.summary))))
    rows = [row for row in books["customers"].rows("Metrics") if row[0] is not None][2:]
    assert rows[0][:7] == tuple(written[0])
    assert len(rows) == len(written)
    for row, (metric, unit, scope, mean, low, high, n) in zip(rows[1:], written[1:], strict=True):
        assert row[:3] == (metric, unit, scope.removeprefix("'") if scope.startswith("'") else scope)
        for cell, text in zip(row[3:6], (mean, low, high), strict=True):
            # a sheet keeps 16 digits, one less than it takes to tell all numbers apart
            assert cell == (pytest.approx(float(text), rel=1e-15, abs=0) if text else None)
        assert row[6] == int(n)


def test_the_assumptions_are_assumptions_csv(small: Read, run: SmallRun) -> None:
    written = list(csv.reader(io.StringIO(assumptions_csv(run.summary))))
    rows = [row for row in small.rows("Assumptions") if row[0] is not None][2:]
    for row, expected in zip(rows, written, strict=True):
        cells = ["" if one is None else str(one) for one in row[:8]]
        wanted = [text.removeprefix("'") for text in expected]
        if wanted[2] in ("given", "fitted"):
            wanted[5] = Path(wanted[5]).name  # no folders of this machine
        assert cells == wanted


def test_sums_by_month_are_those_of_the_bridge(books: dict[str, Read], customers: SmallRun) -> None:
    get = customers.summary.estimates.get
    rows = {row[0]: row for row in books["customers"].rows("ARR bridge") if row[0]}
    closing = get("arr_closing_sum_money")
    assert closing is not None
    assert rows["ARR at the end"][1] == pytest.approx(closing.mean, rel=1e-12)
    assert rows["ARR at the end"][2:4] == pytest.approx((closing.low, closing.high), rel=1e-15)
    for name, metric in (("GRR: ", "grr_atr_share"), ("NRR: ", "nrr_atr_share")):
        label = next(label for label in rows if str(label).startswith(name))
        found = get(metric)
        assert found is not None
        assert rows[label][1:4] == pytest.approx((found.mean, found.low, found.high), rel=1e-12)


def test_the_share_on_time_follows_from_the_counts(books: dict[str, Read], run: SmallRun) -> None:
    rows = {row[0]: row for row in books["small"].rows("By playbook")[:6] if row[0]}
    for name in ("call", "onboarding"):
        found = run.summary.estimates.get("on_time_mean_share", f"playbook={name}")
        assert found is not None
        assert rows[name][1] == pytest.approx(found.mean, rel=1e-12)


# ---------------------------------------------------------------- live formulas


def test_every_formula_comes_to_the_value_that_is_shown(books: dict[str, Read]) -> None:
    for name, book in books.items():
        cells = book.formula_cells()
        assert len(cells) > 30, name
        for sheet, cell, text in cells:
            shown = book.shown[sheet][cell].value
            assert book.value(sheet, cell) == pytest.approx(shown, rel=1e-9, abs=1e-6), (
                name,
                sheet,
                cell,
                text,
            )


def test_every_check_says_ok(books: dict[str, Read]) -> None:
    for name, book in books.items():
        if name.startswith("compare"):
            continue  # the numbers of the made-up comparison do not follow from each other
        checks = [
            (sheet, cell) for sheet, cell, _text in book.formula_cells()
            if str(book.formulas[sheet][cell].number_format).startswith("[=0]")
        ]  # fmt: skip
        assert len(checks) > 5, name
        assert {book.shown[sheet][cell].value for sheet, cell in checks} == {0}, name


def test_a_changed_discount_and_margin_give_another_net_present_value(rich: SmallRun) -> None:
    book = read_run(rich)
    rows = book.rows("Money")
    (row,) = [number for number, cells in enumerate(rows, 1) if cells[0] == "gross margin"]
    (npv,) = [number for number, cells in enumerate(rows, 1) if cells[0] == "expected, on the first morning"]
    flows = flows_of(rich.loaded.scenario, rich.world, rich.replications.sample)
    assert book.value("Money", f"B{npv}") == pytest.approx(flows.npv.mean(), rel=1e-9)
    changed = Read(book.data, {("Money", f"B{row}"): 0.5, ("Money", f"B{row + 1}"): 0.0})
    expected = (0.5 * flows.revenue - flows.cost).sum(axis=1).mean()
    assert changed.value("Money", f"B{npv}") == pytest.approx(expected, rel=1e-9)
    # an interval of other values would be false
    assert isinstance(book.value("Money", f"C{npv}"), float)
    assert changed.value("Money", f"C{npv}") == ""
    assert changed.value("Money", f"B{npv + 2}") == 0


def test_costs_by_kind_add_up_to_all_costs(rich: SmallRun) -> None:
    flows = flows_of(rich.loaded.scenario, rich.world, rich.replications.sample)
    rows = read_run(rich).rows("Money")
    (row,) = [cells for cells in rows if cells[0] == "all costs"]
    assert row[2] == pytest.approx(flows.cost.sum(axis=1).mean(), rel=1e-12)
    kinds = {cells[0] for cells in rows}
    assert {"payroll", "severance", "tools"} <= kinds


def test_saved_and_lost_are_added_up_month_by_month() -> None:
    book = read_compare(CUT)
    rows = book.rows("1 Cut 20% of support")
    head = next(number for number, cells in enumerate(rows) if cells[0] == "month")
    for name, label in (("saved", "cost saved so far (¥)"), ("margin_lost", "margin lost so far (¥)"),
                        ("gained", "saved less lost so far (¥)")):  # fmt: skip
        column = rows[head].index(label)
        series = CUT.by_month(name)
        assert series is not None
        for month, one in enumerate(series.apart):
            shown = rows[head + 1 + month][column : column + 3]
            assert shown == pytest.approx((one.mean, one.low, one.high), rel=1e-9, abs=1e-6)


def test_the_difference_of_plans_is_a_formula_where_it_is_one() -> None:
    book = read_compare(CUT)
    rows = book.rows("Figures")
    head = next(number for number, cells in enumerate(rows) if cells[0] == "plan")
    column = rows[head].index("difference") + 1
    kinds = {
        book.formulas["Figures"].cell(head + 2 + n, column).data_type for n in range(len(CUT.differences))
    }
    assert kinds == {"f"}
    for number, one in enumerate(CUT.differences):
        assert rows[head + 1 + number][column - 1] == pytest.approx(one.apart.mean, rel=1e-9, abs=1e-9)


def test_an_unpaired_difference_stays_a_number() -> None:
    odd = replace(CUT.differences[0], apart=replace(CUT.differences[0].apart, mean=-1.0))
    book = read_compare(replace(CUT, differences=(odd, *CUT.differences[1:])))
    rows = book.rows("Figures")
    head = next(number for number, cells in enumerate(rows) if cells[0] == "plan")
    cell = book.formulas["Figures"].cell(head + 2, rows[head].index("difference") + 1)
    assert (cell.data_type, cell.value) == ("n", -1.0)


# ---------------------------------------------------------------- form


def test_numbers_have_formats_and_months_are_dates(books: dict[str, Read]) -> None:
    sheet = books["small"].formulas["By month"]
    (head,) = [row for row in sheet.iter_rows(max_row=8) if row[0].value == "month"]
    first = head[0].row + 1
    assert isinstance(sheet.cell(first, 1).value, datetime)
    assert sheet.cell(first, 1).number_format == "yyyy-mm"
    for cell in head[1:]:
        shown = sheet.cell(first, cell.column).number_format
        unit = re.search(r"\(([^()]*)\)$", str(cell.value))
        assert unit is not None, f"{cell.value} has no unit"
        assert ("¥" in shown, "%" in shown) == (unit[1] == "¥", unit[1] == "%"), cell.value
    assert sheet.freeze_panes is not None


def test_every_chart_has_a_title_named_axes_and_series_from_cells(books: dict[str, Read]) -> None:
    for name, least in (("rich", 8), ("compare", 5), ("customers", 6)):
        charts = books[name].charts()
        assert len(charts) >= least, name
        for chart in charts:
            assert text_of(chart.find(f".//{_CHART}title")), name
            axes = [one for kind in ("catAx", "dateAx", "valAx") for one in chart.iter(f"{_CHART}{kind}")]
            assert len(axes) == 2
            assert all(text_of(axis.find(f"{_CHART}title")) for axis in axes), name
            for series in chart.iter(f"{_CHART}ser"):
                assert series.find(f"{_CHART}tx/{_CHART}strRef/{_CHART}f") is not None
                cached = series.findall(f".//{_CHART}v")
                assert len(cached) > 2, "viewers that do not calculate show the values kept in the chart"


def test_the_same_run_gives_the_same_bytes(run: SmallRun, small: Read) -> None:
    assert read_run(run).data == small.data
    assert small.formulas.properties.created == datetime(2027, 2, 3, 4, 5, 6)
    assert read_compare(CUT).data == read_compare(CUT).data
    no_date = run_workbook(run.summary, run.loaded.scenario, run.world, run.replications.sample, {})
    assert Read(no_date).formulas.properties.created == datetime(2000, 1, 1)


def test_nothing_leads_outside_and_nothing_runs(books: dict[str, Read]) -> None:
    for name, book in books.items():
        parts = book.parts()
        assert not [part for part in parts if "external" in part.lower() or "vba" in part.lower()], name
        for part, content in parts.items():
            ElementTree.fromstring(content)
            assert b'TargetMode="External"' not in content, (name, part)
            assert b"/tmp/" not in content and b"/home/" not in content, (name, part)


def test_without_costs_there_is_no_money(small: Read, books: dict[str, Read]) -> None:
    assert "Money" not in small.formulas.sheetnames
    assert "Money" in books["rich"].formulas.sheetnames
    texts = {cell for row in books["compare without costs"].rows("Summary") for cell in row}
    assert "net present value (NPV)" not in texts


def test_a_sheet_of_too_many_rows_says_what_is_missing(
    run: SmallRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_lists, "MOST_ROWS", 50)
    rows = read_run(run).rows("Metrics")
    assert len(rows) == 50
    shown = sum(row[3] is not None for row in rows) - 1
    assert (
        rows[-1][0]
        == f"{len(run.summary.estimates) - shown} more are in metrics.csv: a sheet has no room for them."
    )


def test_one_future_has_no_interval(tmp_path: Path) -> None:
    book = read_run(run_small(tmp_path, n=1, text=WITH_MONEY))
    rows = [row for row in book.rows("Metrics") if row[0] is not None][3:]
    assert all(row[4] is None and row[5] is None for row in rows)
    for sheet, cell, _text in book.formula_cells():
        assert book.value(sheet, cell) == pytest.approx(book.shown[sheet][cell].value, rel=1e-9, abs=1e-6)


def test_without_the_twin_there_is_nothing_fully_staffed(tmp_path: Path) -> None:
    book = read_run(run_small(tmp_path, n=3, twin=False))
    texts = {str(cell) for sheet in book.formulas.sheetnames for row in book.rows(sheet) for cell in row}
    assert not [text for text in texts if "fully staffed" in text and "twin" not in text]


# ---------------------------------------------------------------- texts of others

HOSTILE = (
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "-2",
    "@SUM(1)",
    "＝1+1",
    " =1+1",
    "\t=1",
    "<script>x</script>",
    "&amp; </v>",
    "_x0041_",
    "\u202eevil",
    "a\x07b",
    "👩‍👩‍👧 家族",
    "عربي",
    "x" * 40_000,
    "👩" * 20_000,
    "'quoted'",
    "a[b]:*?/\\c",
    "History",
    "CON",
    "\ud800 alone",
    "\ufffe",
)


def test_names_of_plans_stay_text() -> None:
    plans = tuple(
        replace(CUT, label=text, changes=tuple(replace(one, key=text, new=text) for one in CUT.changes))
        for text in HOSTILE
    )
    compared = replace(made_up(*plans, costs=False), warnings=HOSTILE, base_file=HOSTILE[0])
    book = Read(compare_workbook(compared))
    check_text(book)
    labels = {cells[0] for cells in book.rows("Figures")} & {cells[0] for cells in book.rows("Changes")}
    for text in HOSTILE:
        if text.isprintable() and len(text) < 1000:
            assert text in labels
    assert "\\u202eevil" in labels
    assert "a\\x07b" in labels
    assert sum(str(label).startswith("x" * 30_000) for label in labels) == 1


@pytest.mark.parametrize(
    "text", [HOSTILE[0], HOSTILE[5], "a\x07b", "👩" * 20_000, "'quoted'", "\ud800 alone"]
)
def test_names_of_scenarios_stay_text(text: str) -> None:
    compared = replace(made_up(replace(CUT, label=text)), name=text, base_label=text)
    book = Read(compare_workbook(compared))
    check_text(book)
    title = book.formulas["Summary"]["A1"]
    assert title.data_type == "s"
    # a spreadsheet would run it as soon as somebody edits the cell, were it not marked as quoted
    assert bool(title.quotePrefix) == text.lstrip().startswith("=")


def test_names_in_a_run_stay_text(run: SmallRun) -> None:
    some = run.summary.assumptions
    summary = replace(
        run.summary,
        warnings=HOSTILE,
        assumptions=tuple(
            replace(one, value=text, source=text, meaning=text)
            for one, text in zip(some, HOSTILE * len(some), strict=False)
        ),
    )
    scenario = run.loaded.scenario.model_copy(update={"name": HOSTILE[0]})
    manifest = MANIFEST | {"file": HOSTILE[0]}
    check_text(Read(run_workbook(summary, scenario, run.world, run.replications.sample, manifest)))


def test_names_of_people_stay_text(tmp_path: Path) -> None:
    names = ["=HYPERLINK(1)", "家族 👩‍👩‍👧", "<b>"]
    listed = "".join(f"  - {{name: '{name}', role: csm}}\n" for name in names)
    text = SCENARIO.replace("headcount: 1, shrinkage: 30%}\n  support", "headcount: 3}\n  support")
    book = read_run(run_small(tmp_path, n=2, twin=False, text=f"{text}people:\n{listed}"))
    check_text(book)
    assert set(names) <= {row[1] for row in book.rows("By person")}
    assert {f"role=csm;person={name}" for name in names} <= {row[2] for row in book.rows("Metrics")}


def check_text(book: Read) -> None:
    """Everything is valid XML, no cell is a formula that we did not write, and names of sheets are legal."""
    for content in book.parts().values():
        ElementTree.fromstring(content)
    ours = re.compile(r"^=[-+*/^(),:.$A-Z0-9\"=]+$")
    for _sheet, _cell, formula in book.formula_cells():
        assert ours.match(formula), formula
        assert "HYPERLINK" not in formula
    names = book.formulas.sheetnames
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
    for sheet in book.formulas.worksheets:
        for row in sheet.iter_rows(values_only=True):
            assert all(len(str(cell).encode("utf-16-le", "surrogatepass")) <= 2 * 32_767 for cell in row)


# ---------------------------------------------------------------- languages


def test_the_japanese_workbook_has_the_same_numbers(books: dict[str, Read]) -> None:
    english, japanese = books["rich"], books["japanese"]
    assert len(english.formulas.sheetnames) == len(japanese.formulas.sheetnames)
    for one, other in zip(english.formulas.sheetnames, japanese.formulas.sheetnames, strict=True):
        assert not re.fullmatch(r"[A-Za-z ]+", other), f"{one} has no Japanese name"
        numbers = [
            [cell for row in book.rows(name) for cell in row if isinstance(cell, (int, float))]
            for book, name in ((english, one), (japanese, other))
        ]
        assert numbers[0] == pytest.approx(numbers[1], nan_ok=True)
    assert japanese.formulas[japanese.formulas.sheetnames[0]]["A1"].font.name == "Yu Gothic"


def test_infinite_values_are_refused() -> None:
    from csm_sim.report.xlsx_book import Book

    sheet = Book("x").sheet("x")
    with pytest.raises(ValueError, match="has no value"):
        sheet.formula(0, 0, "=1/0", math.nan, "hours")


def test_a_real_comparison_agrees_with_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from csm_sim.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(WITH_MONEY, encoding="utf-8")
    call = ["compare", "base.yaml", "--with", "staff.csm.headcount=2", "--replications", "4", "--seed", "1"]
    with pytest.raises(SystemExit) as left:
        main([*call, "--no-figures", "--no-break-even", "--jobs", "1", "-o", "out"])
    assert not left.value.code
    book = Read((tmp_path / "out" / "report.xlsx").read_bytes())
    formats = [
        (sheet, cell, str(book.formulas[sheet][cell].number_format))
        for sheet, cell, _ in book.formula_cells()
    ]
    checks = [(sheet, cell) for sheet, cell, shown in formats if shown.startswith("[=0]")]
    assert checks
    assert {book.shown[sheet][cell].value for sheet, cell in checks} == {0}
    # all differences are formulas: base and plan have every figure in the same futures
    rows = book.rows("Figures")
    head = next(number for number, cells in enumerate(rows) if cells[0] == "plan")
    column = rows[head].index("difference") + 1
    money = [n for n, cells in enumerate(rows, 1) if cells[-1] in ("cost", "margin", "net", "arr_end")]
    assert {book.formulas["Figures"].cell(number, column).data_type for number in money} == {"f"}
