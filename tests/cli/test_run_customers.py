"""``csm-sim run`` on a book with rules for customers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from customer_book import CUSTOMERS

from csm_sim.cli.group import group


def _run(folder: Path, *more: str) -> tuple[int, str]:
    path = folder / "customers.yaml"
    path.write_text(CUSTOMERS, encoding="utf-8")
    call = ["run", str(path), "-o", str(folder / "out"), "--jobs", "1", *more]
    result = CliRunner().invoke(group, call, catch_exceptions=False)
    return result.exit_code, result.stdout


def test_without_effects_nothing_is_lost(tmp_path: Path) -> None:
    code, text = _run(tmp_path, "--effects", "off", "--replications", "3", "--json", "--no-figures")
    assert code == 0
    found = json.loads(text)
    lost = [
        one for one in found["metrics"] if one["metric"].startswith(("arr_lost", "churn_lost", "arr_gap"))
    ]
    assert len(lost) > 40
    assert [one for one in lost if one["mean"] != 0] == []
    (effects,) = [one for one in found["assumptions"] if one["key"] == "health.effects"]
    assert (effects["value"], effects["standing"]) == ("off", "given")
    assert found["manifest"]["scenario"]["health"]["effects"] in ("off", False)


def test_the_report_says_that_effects_are_off(tmp_path: Path) -> None:
    code, text = _run(tmp_path, "--effects", "off", "--replications", "2", "--no-figures")
    assert code == 0
    words = " ".join(text.split())
    assert "Effects are off: staffing has no effect on any customer, so it costs no ARR" in words
    assert "What this rests on Effects are off: in this run staffing has no effect" in words


def test_the_option_wins_over_the_file(tmp_path: Path) -> None:
    code, text = _run(
        tmp_path, "--set", "health.effects=off", "--effects", "on", "--replications", "2", "--no-figures"
    )
    assert code == 0
    assert "Effects are off" not in text


def test_figures_and_tables_of_customers_are_written(tmp_path: Path) -> None:
    code, text = _run(tmp_path, "--replications", "2")
    assert code == 0
    assert "Cohorts by the month of their start" in text
    figures = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert {"arr_bridge.png", "cohorts.png", "accounts_by_tier.png"} <= figures
    tables = {path.name for path in (tmp_path / "out" / "tables").iterdir()}
    assert {"arr_bridge.parquet", "cohorts.parquet"} <= tables


@pytest.mark.parametrize("wrong", ["maybe", ""])
def test_effects_are_on_or_off(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "customers.yaml"
    path.write_text(CUSTOMERS, encoding="utf-8")
    result = CliRunner().invoke(group, ["run", str(path), "--effects", wrong])
    assert result.exit_code == 2
