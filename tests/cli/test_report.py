"""``csm-sim report``: the reports of a folder again, from what it holds, without simulating."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from called import Call, Called
from small_team import SCENARIO, write_scenario

from csm_sim.cli import main
from csm_sim.report import inputs as kept


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in an empty folder that holds the small team's scenario."""
    write_scenario(tmp_path)
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str) -> Called:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        printed = capsys.readouterr()
        code = left.value.code
        return Called(code if isinstance(code, int) else 0, printed.out, printed.err)

    return go


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called on, nothing can be simulated."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was simulated")

    return lambda: monkeypatch.setattr("csm_sim.engine.simulate.simulate", refuse)


REBUILT = ("metrics.csv", "assumptions.csv", "scenario.yaml", "report.html", "report.xlsx", "manifest.json")


def test_a_run_folder_is_made_again_byte_by_byte(
    call: Call, never: Callable[[], None], tmp_path: Path
) -> None:
    ran = call("run", "small.yaml", "--set", "staff.csm.headcount=2", "-o", "out", "--no-figures")
    assert ran.code == 0
    before = {name: (tmp_path / "out" / name).read_bytes() for name in REBUILT}
    for name in REBUILT[:2] + REBUILT[3:5]:
        (tmp_path / "out" / name).unlink()
    (tmp_path / "small.yaml").unlink()  # the run folder is all that it takes
    never()
    again = call("report", "out")
    assert again.code == 0, again.err
    assert {name: (tmp_path / "out" / name).read_bytes() for name in REBUILT} == before
    assert again.out == ran.out
    assert not (tmp_path / "out" / "figures").exists()


def test_figures_are_drawn_again(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out")
    names = sorted(path.name for path in (tmp_path / "out" / "figures").iterdir())
    shutil.rmtree(tmp_path / "out" / "figures")
    (tmp_path / "out" / "figures").mkdir()
    assert call("report", "out").code == 0
    assert sorted(path.name for path in (tmp_path / "out" / "figures").iterdir()) == names
    assert call("report", "out", "--no-figures").code == 0
    assert not (tmp_path / "out" / "figures").exists()
    assert "<figure" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_in_another_language_only_what_is_read_changes(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    before = (tmp_path / "out" / "metrics.csv").read_bytes()
    again = call("report", "out", "--lang", "ja")
    assert "稼働率" in again.out
    assert '<html lang="ja">' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "metrics.csv").read_bytes() == before


# ---------------------------------------------------------------- what a run keeps

ACCOUNTS = "account,arr\n" + "".join(f"A{number},{number}M\n" for number in range(1, 13))
LISTED = SCENARIO.replace("accounts: 12, arr: {p50: 5M, p90: 9M}", "accounts: {file: book/accounts.csv}")


def _listed(folder: Path) -> None:
    write_scenario(folder, LISTED)
    (folder / "book").mkdir()
    (folder / "book" / "accounts.csv").write_text(ACCOUNTS)


def test_data_files_and_extended_files_are_kept(call: Call, tmp_path: Path) -> None:
    _listed(tmp_path)
    (tmp_path / "plan.yaml").write_text("extends: small.yaml\nstaff: {csm: {headcount: 2}}\n")
    ran = call("run", "plan.yaml", "--replications", "2", "-o", "out", "--no-figures")
    assert ran.code == 0, ran.err
    root = tmp_path / "out" / "inputs"
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()) == [
        "scenario/book/accounts.csv", "scenario/plan.yaml", "scenario/small.yaml",
    ]  # fmt: skip
    shutil.rmtree(tmp_path / "book")
    again = call("report", "out")
    assert again.code == 0, again.err
    assert again.out == ran.out


def test_files_of_the_data_folder_are_kept(call: Call, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write_scenario(tmp_path / "sub", LISTED)
    (tmp_path / "data" / "book").mkdir(parents=True)
    (tmp_path / "data" / "book" / "accounts.csv").write_text(ACCOUNTS)
    ran = call(
        "run", "sub/small.yaml", "--data-dir", "data", "--replications", "2", "-o", "out", "--no-figures"
    )
    assert ran.code == 0, ran.err
    assert (tmp_path / "out" / "inputs" / "data" / "book" / "accounts.csv").is_file()
    shutil.rmtree(tmp_path / "data")
    assert call("report", "out").out == ran.out


def test_large_data_files_stay_where_they_are(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _listed(tmp_path)
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    ran = call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    assert not (tmp_path / "out" / "inputs" / "scenario" / "book").exists()
    again = call("report", "out")
    assert again.code == 2
    assert "--data-dir DIR" in again.err
    assert call("report", "out", "--data-dir", ".").out == ran.out
    (tmp_path / "book" / "accounts.csv").write_text(ACCOUNTS.replace("A1,1M", "A1,2M"))
    changed = call("report", "out", "--data-dir", ".")
    assert changed.code == 2
    assert "a data file" in changed.err and "not the one that was simulated" in changed.err


# ---------------------------------------------------------------- what is refused


def test_a_changed_scenario_is_refused(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    file = tmp_path / "out" / "inputs" / "scenario" / "small.yaml"
    page = (tmp_path / "out" / "report.html").read_bytes()
    file.write_text(SCENARIO.replace("effort: 8h", "effort: 9h"), encoding="utf-8")
    called = call("report", "out")
    assert called.code == 2
    assert "the scenario" in called.err and "not the one that was simulated" in called.err
    assert (tmp_path / "out" / "report.html").read_bytes() == page


def test_results_of_another_version_are_refused(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    path = tmp_path / "out" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "program_sha256": "0" * 64}), encoding="utf-8")
    called = call("report", "out")
    assert called.code == 2
    assert "was simulated by csm-sim" in called.err and "with other code" in called.err
    path.write_text(json.dumps({name: value for name, value in manifest.items() if name != "inputs"}))
    assert "does not keep the files" in call("report", "out").err


def test_a_file_outside_of_the_folder_is_not_read(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    path = tmp_path / "out" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["inputs"]["file"] = "../../small.yaml"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert "names a file outside" in call("report", "out").err


def test_missing_replications_are_told(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "3", "-o", "out", "--no-figures")
    (path,) = (tmp_path / "out").glob("replications-*.bin")
    path.write_bytes(path.read_bytes()[:-50])
    called = call("report", "out")
    assert called.code == 2
    assert "holds 2 of the 3 replications" in called.err


@pytest.mark.parametrize("name", ["nothing", "small.yaml", "empty"])
def test_a_folder_without_results_is_told(call: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    called = call("report", name)
    assert called.code == 2
    assert "fix" in called.err


def test_a_policy_of_the_users_own_is_read_but_not_run(call: Call, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from pathlib import Path\n\n"
        "def steady(env, org):\n    Path('ran.txt').touch()\n    yield env.timeout(1)\n"
    )
    write_scenario(tmp_path, f"{SCENARIO}policies: [{{module: own.py, function: steady}}]\n")
    ran = call(
        "run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures", "--allow-code", "--jobs", "1"
    )
    assert ran.code == 0, ran.err
    assert (tmp_path / "ran.txt").exists()
    (tmp_path / "ran.txt").unlink()
    assert call("report", "out").out == ran.out
    assert not (tmp_path / "ran.txt").exists()


# ---------------------------------------------------------------- sizings and sweeps


def test_a_sweep_of_headcounts_can_be_moved_through(call: Call, tmp_path: Path) -> None:
    swept = call(
        "sweep", "small.yaml", "--vary", "staff.csm.headcount=1:3", "--replications", "3", "-o", "sw",
        "--no-figures",
    )  # fmt: skip
    assert swept.code == 0, swept.err
    found = json.loads((tmp_path / "sw" / "what_if.json").read_text(encoding="utf-8"))
    assert [one["people"] for one in found["points"]] == [{"csm": 1}, {"csm": 2}, {"csm": 3}]
    assert found["base"] == 0
    assert found["points"][0]["measures"]["arr_kept"] == [0.0, 0.0, 0.0]
    page = (tmp_path / "sw" / "report.html").read_text(encoding="utf-8")
    (tmp_path / "sw" / "report.html").unlink()
    assert call("report", "sw").code == 0
    assert (tmp_path / "sw" / "report.html").read_text(encoding="utf-8") == page
    assert 'type="range"' in page
    with_figures = json.loads((tmp_path / "sw" / "sweep.json").read_text(encoding="utf-8"))
    for point, swept_one in zip(found["points"], with_figures["points"], strict=True):
        figure = swept_one["figures"]["on_time"]
        assert point["measures"]["on_time"] == [figure["mean"], figure["low"], figure["high"]]
    call("report", "sw", "--lang", "ja")
    said = json.loads((tmp_path / "sw" / "what_if.json").read_text(encoding="utf-8"))["headline"]["ja"]
    page = (tmp_path / "sw" / "report.html").read_text(encoding="utf-8")
    assert said
    assert all(line in page for line in said)


def test_a_sweep_of_something_else_has_no_strip(call: Call, tmp_path: Path) -> None:
    call("sweep", "small.yaml", "--vary", "staff.csm.shrinkage=20%,30%", "--replications", "2", "-o", "sw",
         "--no-figures")  # fmt: skip
    assert not (tmp_path / "sw" / "what_if.json").exists()
    assert not (tmp_path / "sw" / "report.html").exists()
    assert call("report", "sw").code == 2


def test_the_strip_of_a_sweep_goes_into_the_page_of_a_run(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    call("sweep", "small.yaml", "--vary", "staff.csm.headcount=1:2", "--replications", "2", "-o", "sw",
         "--no-figures")  # fmt: skip
    assert call("report", "out", "--what-if", "sw").code == 0
    assert 'type="range"' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    # and it stays there
    shutil.rmtree(tmp_path / "sw")
    assert call("report", "out").code == 0
    assert 'type="range"' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_points_of_another_scenario_are_refused(call: Call, tmp_path: Path) -> None:
    call("run", "small.yaml", "--replications", "2", "-o", "out", "--no-figures")
    call("sweep", "small.yaml", "--vary", "staff.csm.headcount=1:2", "--replications", "2", "-o", "sw",
         "--no-figures")  # fmt: skip
    path = tmp_path / "sw" / "what_if.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("JPY", "USD"), encoding="utf-8")
    refused = call("report", "out", "--what-if", "sw")
    assert refused.code == 2
    assert "of another scenario" in refused.err
    path.write_text(text.replace("Small team", "Large team"), encoding="utf-8")
    noted = call("report", "out", "--what-if", "sw")
    assert noted.code == 0
    assert "Large team" in noted.err
    assert call("report", "out", "--what-if", "nothing").code == 2


def test_a_sizing_leaves_the_teams_that_it_tried(call: Call, tmp_path: Path) -> None:
    write_scenario(tmp_path, SCENARIO.replace("utilisation_p90: 85%, arr_lost: 1%", "utilisation_p90: 99%"))
    sized = call(
        "size", "small.yaml", "--role", "csm=1:4", "--replications", "20", "-o", "sz", "--no-figures"
    )
    assert sized.code == 0, sized.err
    answer = json.loads((tmp_path / "sz" / "sizing.json").read_text(encoding="utf-8"))
    found = json.loads((tmp_path / "sz" / "what_if.json").read_text(encoding="utf-8"))
    assert found["points"][found["base"]]["people"] == answer["answer"]
    assert {str(one["people"]) for one in found["points"]} >= {str(one["team"]) for one in answer["points"]}
    text = (tmp_path / "sz" / "report.txt").read_text(encoding="utf-8")
    assert call("report", "sz").out.startswith(text)


def test_a_comparison_is_made_again(call: Call, never: Callable[[], None], tmp_path: Path) -> None:
    compared = call(
        "compare", "small.yaml", "--set", "staff.csm.headcount=2", "--replications", "4", "-o", "cmp",
        "--no-figures", "--no-break-even",
    )  # fmt: skip
    assert compared.code == 0, compared.err
    pages = {name: (tmp_path / "cmp" / name).read_bytes() for name in ("report.html", "differences.csv")}
    for name in pages:
        (tmp_path / "cmp" / name).unlink()
    never()
    again = call("report", "cmp", "--no-figures")
    assert again.code == 0, again.err
    assert {name: (tmp_path / "cmp" / name).read_bytes() for name in pages} == pages
    assert compared.out.startswith(again.out.rstrip())
    assert call("report", "cmp", "--lang", "ja", "--no-figures").code == 0
    assert '<html lang="ja">' in (tmp_path / "cmp" / "report.html").read_text(encoding="utf-8")
    refused = call("report", "cmp", "--what-if", "cmp")
    assert refused.code == 2 and "for the folder of a run" in refused.err
