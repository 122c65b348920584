"""The commands about scenario files, called as a user calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from csm_sim.cli import main
from csm_sim.cli.console import printable
from csm_sim.cli.files import write_atomically
from csm_sim.cli.group import COMMANDS, group
from csm_sim.cli.new import templates
from csm_sim.errors import UsageError
from csm_sim.scenario.policies import BUILT_IN

ROOT = Path(__file__).resolve().parents[2]
GOOD = str(ROOT / "scenarios" / "one_csm_100_accounts.yaml")


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a call."""
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return int(caught.value.code or 0), captured.out, captured.err


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from csm_sim.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = ('pydantic', 'numpy', 'pandas', 'ruamel', 'numba', 'simpy')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    before = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
    assert "check" in done.stdout
    assert time.perf_counter() - before < 1.5  # 0.1 s on an idle machine


def test_loading_a_scenario_without_data_files_does_not_import_pandas() -> None:
    code = (
        "import sys; from pathlib import Path; from csm_sim.scenario import load\n"
        f"load(Path({GOOD!r}))\n"
        "print([name for name in ('numpy', 'pandas', 'holidays') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, out, _ = call(capsys, name, "-h")
    assert code == 0
    assert out.startswith(f"Usage: csm-sim {name}")
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, (name, parameter.name)


def test_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = call(capsys, "check", GOOD)
    assert (code, err) == (0, "")
    assert out.startswith("ok  ")
    assert "1 segment with 100 accounts, 1 role with 1 person" in out
    code, out, err = call(capsys, "check", GOOD, "--set", "staff.csm.headcount=x", "--set", "zzz=1")
    assert (code, out) == (2, "")
    assert "x is not a whole number" in err
    assert err.endswith("\n2 problems\n")
    assert "Traceback" not in err


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", GOOD, "--json", "--set", "zzz=1")
    assert code == 2
    assert json.loads(out)["problems"][0]["key"] == "zzz"
    code, out, _ = call(capsys, "check", GOOD, "--json")
    assert code == 0
    assert json.loads(out)["ok"] is True


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "show", GOOD, "--set", "staff.csm.headcount=3")
    assert code == 0
    line = next(line for line in out.splitlines() if "headcount" in line)
    assert line.split("#") == [line.split("#")[0], " --set staff.csm.headcount=3"]
    assert "warm_up: 6 months" in out
    assert "# default: assumption" in out
    code, out, _ = call(capsys, "show", GOOD, "--json")
    shown = json.loads(out)
    assert shown["scenario"]["staff"]["csm"]["switch"] == "10min"
    assert shown["origins"]["staff.csm.switch"] == "default: assumption"


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("staff.csm.headcount", "staff.*.headcount"),
        ("staff.*.headcount", "staff.*.headcount"),
        ("playbooks.qbr.steps[3].effort", "playbooks.*.steps[].effort"),
        ("steps[].effort", "playbooks.*.steps[].effort"),
        ("headcount", "staff.*.headcount"),
        ("health.bands", "keys      green, yellow"),
        ("staff.csm", "keys      headcount"),
    ],
)
def test_explain(capsys: pytest.CaptureFixture[str], key: str, part: str) -> None:
    code, out, _ = call(capsys, "explain", key)
    assert code == 0
    assert part in out
    assert "meaning" in out


def test_explain_lists_and_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "explain")
    assert code == 0
    assert "staff.*.shrinkage" in out
    code, _, err = call(capsys, "explain", "staff.csm.hedcount")
    assert code == 2
    assert "did you mean  csm-sim explain staff.*.headcount" in err
    code, out, _ = call(capsys, "explain", "shrinkage", "--json")
    assert json.loads(out)[0]["default"] == "30%"


def test_explain_lists_the_arguments_of_built_in_policies(capsys: pytest.CaptureFixture[str]) -> None:
    _, everything, _ = call(capsys, "explain", "policies")
    for name, arguments in BUILT_IN.items():
        code, page, _ = call(capsys, "explain", name)
        assert code == 0
        assert page.strip() in everything
        for key, one in arguments.items():
            assert f"  {key} " in page
            assert one.meaning in page
        code, out, _ = call(capsys, "explain", name, "--json")
        assert [one["argument"] for one in json.loads(out)[0]["arguments"]] == list(arguments)
    assert "required with basis: tickets" in everything
    assert "budget_review, role: ..., basis: ...}" in everything
    _, out, _ = call(capsys, "explain", "policies", "--json")
    assert [one["use"] for one in json.loads(out)[0]["built_in"]] == list(BUILT_IN)


def test_schema(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = call(capsys, "schema")
    assert code == 0
    path = tmp_path / "schema.json"
    assert call(capsys, "schema", "--write", path)[0] == 0
    assert json.loads(out) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("template", templates())
def test_new_makes_a_folder_that_passes_check(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, template: str
) -> None:
    folder = tmp_path / "a" / "team"
    code, out, _ = call(capsys, "new", folder, "--template", template)
    assert code == 0
    assert f"csm-sim check {folder}" in out
    assert (folder / "scenario.schema.json").is_file()
    for path in folder.glob("*.yaml"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == "# yaml-language-server: $schema=scenario.schema.json"
    assert call(capsys, "check", folder / "scenario.yaml")[0] == 0
    assert sorted(path.name for path in folder.parent.iterdir()) == ["team"]


def test_new_does_not_overwrite(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    code, _, err = call(capsys, "new", tmp_path)
    assert code == 2
    assert "exists already" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    code, _, err = call(capsys, "new", tmp_path / "x", "--template", "../secret")
    assert code == 2
    assert "there is no template" in err
    code, out, _ = call(capsys, "new")
    assert code == 0
    assert "b2b_saas_3000" in out


def test_wrong_calls_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "chekc")
    assert code == 2
    assert "Did you mean check?" in err
    assert call(capsys, "check")[0] == 2
    assert call(capsys, "check", GOOD, "--nope")[0] == 2
    assert call(capsys, "check", "absent.yaml")[0] == 2
    assert call(capsys, "--version")[0] == 0


def test_an_error_of_the_program_is_one_line_without_debug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("csm_sim.scenario.load", broken)
    code, _, err = call(capsys, "check", GOOD)
    assert code == 1
    assert "ZeroDivisionError: oops" in err
    assert "Traceback" not in err
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "check", GOOD])


def test_a_file_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text('name: "a\\e[31mb\\u202ec"\nstart: "x\\e]0;title\\a"\n', encoding="utf-8")
    code, _, err = call(capsys, "check", path)
    assert code == 2
    assert "\x1b" not in err
    assert "\\x1b" in err
    assert printable("a\x1b\u202e\u200b\x9bb\n日本　é") == "a\\x1b\\u202e\\u200b\\x9bb\n日本　é"


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m csm_sim explain | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_a_terminal_without_unicode_is_served() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "csm_sim", "check", GOOD.replace("one_csm_100_accounts", "b2b_saas_3000")],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\\xa51.5M" in done.stdout


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.txt", "whole\n")
    assert (tmp_path / "a.txt").read_text() == "whole\n"
    with pytest.raises(UsageError):
        write_atomically(tmp_path / "no" / "a.txt", "x")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "a.txt", "\ud800")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "whole\n")]
