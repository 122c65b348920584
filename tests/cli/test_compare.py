"""``csm-sim compare`` as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from called import Call, Called
from compare_team import BASE, write_team
from rich.cells import cell_len

from csm_sim.analysis.trials import Trials
from csm_sim.cli import main
from csm_sim.cli.compare import split_settings
from csm_sim.report import compare_folder
from csm_sim.report.compare_data import read_compared, to_json
from csm_sim.report.compare_folder import is_compare_folder, rebuild_compare

FEW = ("--replications", "12", "--jobs", "1", "--no-break-even")
FAST = (*FEW, "--no-figures")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in a folder that holds three plans."""
    write_team(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def go(*arguments: str) -> Called:
        with pytest.raises(SystemExit) as left:
            main(["compare", *arguments])
        printed = capsys.readouterr()
        code = left.value.code
        said = "".join(line for line in printed.err.splitlines(True) if not line.startswith("compiling"))
        return Called(code if isinstance(code, int) else 0, printed.out, said)

    return go


def as_data(text: str) -> Any:
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# ---------------------------------------------------------------- the answer


def test_the_answer_comes_first(call: Call) -> None:
    called = call("base.yaml", "cut.yaml", *FAST)
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "Plans compared with The team as it is"
    assert lines[1].startswith("April 2027 to January 2028 (10 months), seed 3, n = 12 simulated")
    text = " ".join(called.out.split())
    assert "One CSM less is better than The team as it is: net present value (NPV) up to January 2028" in text
    assert "timeline: added on: 2027-06-01, cut: {role: csm, count: 1}" in text
    assert "Results: runs/base-compare-" in text


@pytest.mark.parametrize("columns", ["60", "80", "120"])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_is_wider_than_the_terminal(
    call: Call, monkeypatch: pytest.MonkeyPatch, columns: str, lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = call("base.yaml", "cut.yaml", "more.yaml", *FAST, "--lang", lang).out
    lines = [line for line in out.splitlines() if "runs/" not in line]
    assert max(cell_len(line) for line in lines) <= int(columns)
    assert "…" not in "".join(lines)


def test_as_data(call: Call) -> None:
    called = call("base.yaml", "cut.yaml", *FAST, "--json", "-o", "out")
    found = as_data(called.out)
    assert (found["n"], found["seed"], found["currency"], found["confidence"]) == (12, 3, "JPY", 0.95)
    assert found == as_data(Path("out/compare.json").read_text(encoding="utf-8"))
    (plan,) = found["plans"]
    assert plan["label"] == "One CSM less"
    assert plan["changes"] == [
        {"key": "timeline", "old": None, "new": "on: 2027-06-01, cut: {role: csm, count: 1}"}
    ]


def test_settings_make_plans(call: Call) -> None:
    called = call(
        "base.yaml", "--with", "staff.csm.headcount=3; staff.support.headcount=2",
        "--with", "one less: staff.csm.headcount=1", "--set", "segments.key.accounts=20", *FAST, "--json",
    )  # fmt: skip
    assert called.err == ""
    found = as_data(called.out)
    assert [plan["label"] for plan in found["plans"]] == [
        "staff.csm.headcount=3; staff.support.headcount=2",
        "one less",
    ]
    assert [change["key"] for change in found["plans"][0]["changes"]] == [
        "staff.csm.headcount",
        "staff.support.headcount",
    ]  # --set holds for all of them, the base too
    assert found["plans"][1]["changes"] == [{"key": "staff.csm.headcount", "old": "2", "new": "1"}]


def test_a_setting_alone_makes_the_one_other_plan(call: Call) -> None:
    found = as_data(call("base.yaml", "--set", "staff.csm.headcount=3", *FAST, "--json").out)
    assert [plan["label"] for plan in found["plans"]] == ["staff.csm.headcount=3"]
    assert found["plans"][0]["changes"] == [{"key": "staff.csm.headcount", "old": "2", "new": "3"}]


def test_the_same_file_twice_makes_no_difference(call: Call) -> None:
    called = call("base.yaml", "base.yaml", *FAST)
    assert "every difference is exactly 0" in " ".join(called.out.split())
    assert "Figures" not in called.out.splitlines()


def test_names_that_several_plans_have_are_told_apart(call: Call) -> None:
    Path("other.yaml").write_text("extends: base.yaml\nstaff: {csm: {headcount: 3}}\n", encoding="utf-8")
    found = as_data(call("base.yaml", "other.yaml", "other.yaml", *FAST, "--json").out)
    assert found["base_label"] == "base"
    assert [plan["label"] for plan in found["plans"]] == ["other", "other (2)"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a=1", ["a=1"]),
        ("a=1;b=2", ["a=1", "b=2"]),
        ("a={b: 'c;d'}; e=[1; 2];f=\"g;h\"", ["a={b: 'c;d'}", " e=[1; 2]", 'f="g;h"']),
        ("a=};b=2", ["a=}", "b=2"]),
    ],
)
def test_semicolons_part_settings_but_not_what_is_in_brackets(text: str, parts: list[str]) -> None:
    assert split_settings(text) == parts


# ---------------------------------------------------------------- the folder


def test_the_folder(call: Call) -> None:
    call("base.yaml", "cut.yaml", "more.yaml", "--replications", "12", "--jobs", "1", "-o", "out")
    folder = Path("out")
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "assumptions.csv", "by_month.csv", "changes.csv", "compare.json", "differences.csv", "figures",
        "futures", "manifest.json", "plans", "report.html", "report.txt", "report.xlsx",
    }  # fmt: skip
    assert is_compare_folder(folder)
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".png", ".svg"}
    compared = read_compared(folder)
    differences = rows_of(folder / "differences.csv")
    assert len(differences) == sum(len(plan.differences) for plan in compared.plans)
    for row, one in zip(differences, compared.plans[0].differences, strict=False):
        assert (row["figure"], row["verdict"]) == (one.name, one.verdict)
        assert float(row["difference_mean"]) == one.apart.mean
        assert float(row["base_low"]) == one.base.low
    months = rows_of(folder / "by_month.csv")
    assert len(months) == 2 * 7 * 10
    assert [row["new"] for row in rows_of(folder / "changes.csv")] == [
        "on: 2027-06-01, cut: {role: csm, count: 1}",
        "3",
    ]
    manifest = as_data((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["program"], manifest["command"]) == ("csm-sim", "compare")
    assert [plan["label"] for plan in manifest["plans"]] == [
        "The team as it is",
        "One CSM less",
        "One CSM more",
    ]
    # the merged scenarios are scenarios themselves, and make the same comparison
    again = as_data(call("out/plans/0.yaml", "out/plans/1.yaml", *FAST, "--json").out)
    assert (
        again["plans"][0]["differences"][0]["base"]
        == as_data(json.dumps(to_json(compared)))["plans"][0]["differences"][0]["base"]
    )


def test_the_reports_can_be_made_again_in_another_language(call: Call) -> None:
    from csm_sim.language import using

    call("base.yaml", "cut.yaml", *FEW, "-o", "out")
    folder = Path("out")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    rebuild_compare(folder)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert before.keys() == after.keys()
    texts = [path for path in before if path.suffix not in (".png", ".svg", ".xlsx")]
    assert [path for path in texts if before[path] != after[path]] == []
    with using("ja"):
        rebuild_compare(folder, figures=False)
    assert "正味現在価値" in (folder / "report.txt").read_text(encoding="utf-8")
    assert (folder / "compare.json").read_bytes() == before[folder / "compare.json"]
    assert not (folder / "figures").exists()


def test_an_interrupted_call_goes_on_with_the_same_answer(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = call("base.yaml", "cut.yaml", *FAST, "--json", "-o", "whole")
    real = Trials._add

    def stop(self: Trials, variant: Any, number: int, digest: Any) -> None:
        if number == 7:
            raise KeyboardInterrupt
        real(self, variant, number, digest)

    with monkeypatch.context() as patched:
        patched.setattr(Trials, "_add", stop)
        stopped = call("base.yaml", "cut.yaml", *FAST, "-o", "out")
    assert stopped.code == 130
    assert "interrupted: 7 futures are kept in out" in stopped.err
    assert not (Path("out") / "compare.json").exists()
    again = call("base.yaml", "cut.yaml", *FAST, "--json", "-o", "out", "--resume")
    assert "7 futures of these plans are there already" in again.err
    assert again.out == whole.out


def test_no_half_of_an_answer_is_left_when_writing_fails(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call("base.yaml", "cut.yaml", *FAST, "-o", "out")
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}

    def fail(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compare_folder, "compare_report", fail)
    called = call("base.yaml", "cut.yaml", *FAST, "-o", "out")
    assert called.code == 2
    assert "out cannot be written: No space left on device" in called.err
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before


def test_a_folder_of_something_else_is_left_alone(call: Call) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine", encoding="utf-8")
    called = call("base.yaml", "cut.yaml", *FAST, "-o", "mine")
    assert called.code == 2
    assert "mine holds files that no comparison has written; it is left alone" in called.err
    assert [path.name for path in Path("mine").iterdir()] == ["notes.txt"]
    assert "base.yaml is a file, not a folder" in call("base.yaml", "cut.yaml", *FAST, "-o", "base.yaml").err


# ---------------------------------------------------------------- wrong calls


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["base.yaml"], "there is nothing to compare with: one scenario file, and no settings"),
        (["base.yaml", "cut.yaml", "--replications", "some"], "--replications some"),
        (["base.yaml", "cut.yaml", "--replications", "0"], "--replications 0"),
        (["base.yaml", "cut.yaml", "--precision", "0%"], "--precision 0%"),
        (["base.yaml", "cut.yaml", "--precision", "wide"], "write a share above 0% and up to 100%"),
        (["base.yaml", "--with", ""], "there are no settings"),
        (["base.yaml", "--with", "one less:"], "one less:"),
        (["base.yaml", "--with", " ; ;"], "there are no settings"),
        (["base.yaml", "--with", "staff.csm.headcount"], "an equals sign is missing"),
        (["base.yaml", "--with", "staff.csm.headcount=many"], "staff.csm.headcount"),
        (["base.yaml", "nothing.yaml"], "nothing.yaml does not exist"),
        (["base.yaml", "cut.yaml", "--resume", "-o", "out"], "out holds no futures of an earlier call"),
        (["base.yaml", *["cut.yaml"] * 21], "21 plans are too many to be told apart, at most 20"),
        (["base.yaml", "--with", "horizon=11 months"], "lasts 11 months, but The team as it is lasts 10"),
    ],
)
def test_wrong_calls_are_told_before_anything_is_written(call: Call, arguments: list[str], said: str) -> None:
    called = call(*arguments)
    assert called.code == 2
    assert said in called.err
    assert "fix" in called.err
    assert called.out == ""
    assert not Path("runs").exists()
    assert not Path("out").exists()


def test_everything_that_is_wrong_is_told_at_once(call: Call) -> None:
    Path("bad.yaml").write_text("extends: base.yaml\nhorizn: 3 months\n", encoding="utf-8")
    called = call("base.yaml", "bad.yaml", "nothing.yaml", "--with", "staff.csm.headcount=many")
    assert called.code == 2
    for said in ("horizn", "nothing.yaml does not exist", "--with staff.csm.headcount=many", "3 problems"):
        assert said in called.err


def test_code_of_a_users_own_runs_only_when_it_may(call: Call) -> None:
    Path("policy.py").write_text("def policy(env, org):\n    yield env.timeout(1)\n", encoding="utf-8")
    Path("code.yaml").write_text(
        "extends: base.yaml\nname: code\npolicies: [{module: policy.py, function: policy}]\n",
        encoding="utf-8",
    )
    called = call("base.yaml", "code.yaml", *FAST)
    assert called.code == 2
    assert "add  --allow-code" in called.err


def test_names_that_are_not_to_be_trusted_stay_text(call: Call) -> None:
    evil = "=HYPERLINK(1)<script>alert(1)</script>\u202e🙂" + "x" * 40_000
    Path("evil.yaml").write_text(
        f"extends: base.yaml\nname: '{evil}'\nstaff: {{csm: {{headcount: 3}}}}\n", encoding="utf-8"
    )
    called = call("base.yaml", "evil.yaml", *FAST, "-o", "out")
    assert called.code == 0
    assert "\u202e" not in called.out
    assert len(called.out) < 20_000
    assert "<script>alert" not in Path("out/report.html").read_text(encoding="utf-8")
    assert rows_of(Path("out/differences.csv"))[0]["plan"].startswith("'=HYPERLINK")
    assert read_compared(Path("out")).plans[0].label == evil


def test_the_base_says_how_many_futures_at_most(call: Call) -> None:
    Path("few.yaml").write_text(
        BASE.replace("max_replications: 60", "max_replications: 33"), encoding="utf-8"
    )
    called = call("few.yaml", "--with", "staff.csm.headcount=1", "--precision", "0.01%", *FAST[2:], "--json")
    assert as_data(called.out)["n"] == 33
    assert as_data(called.out)["reached"] is False
