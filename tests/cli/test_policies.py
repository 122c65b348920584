"""``csm-sim`` with policies: code of the user's own runs when that is allowed, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from called import Call, Called
from policy_world import write

from csm_sim.cli import main

OWN = """\
from pathlib import Path

Path("has-run").touch()


def grow(env, org, role):
    while True:
        yield env.timeout(28)
        print("looked on", org.today)
        if org.role(role).utilisation() > 0.85:
            org.hire(role)
"""
POLICIES = [{"module": "my_policies.py", "function": "grow", "role": "csm"}]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in a folder with the team, whose policy file is given."""
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str, code: str = OWN, policies: Any = POLICIES) -> Called:
        write(Path(), policies=policies)
        Path("my_policies.py").write_text(code, encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        printed = capsys.readouterr()
        status = left.value.code
        return Called(status if isinstance(status, int) else 0, printed.out, printed.err)

    return go


RUN = ("run", "team.yaml", "--no-figures")


PEOPLE = ("key-people", "team.yaml", "--replications", "2", "--who", "csm 1")


@pytest.mark.parametrize("command", [RUN, PEOPLE])
def test_code_is_refused_unless_it_is_allowed(call: Call, command: tuple[str, ...]) -> None:
    called = call(*command)
    line = 1 + Path("team.yaml").read_text().splitlines().index('   "module": "my_policies.py",')
    assert (called.code, called.out) == (2, "")
    assert called.err.splitlines() == [
        f"team.yaml:{line}  policies[0].module",
        "  problem   the scenario brings code of its own: my_policies.py",
        "  fix       read it, then add  --allow-code ; that runs the code of my_policies.py",
    ]
    assert not Path("has-run").exists()
    assert not Path("runs").exists()


def test_all_files_are_named_in_one_message(call: Call) -> None:
    Path("more.py").write_text(OWN)
    policies = [
        {"use": "hire_on_backlog", "role": "csm"},
        {**POLICIES[0], "module": "more.py"},
        *POLICIES * 2,
    ]
    called = call(*RUN, policies=policies)
    assert called.code == 2
    assert called.err.count("problem") == 1
    assert "policies[1].module" in called.err
    assert "that runs the code of more.py, my_policies.py\n" in called.err


@pytest.mark.parametrize("command", ["check", "show"])
def test_reading_a_scenario_runs_nothing(call: Call, command: str) -> None:
    assert call(command, "team.yaml").code == 0
    assert not Path("has-run").exists()


def test_built_in_policies_need_no_permission(call: Call) -> None:
    called = call(*RUN, policies=[{"use": "hire_when_overloaded", "role": "csm", "most": 5}])
    assert called.code == 0
    manifest = json.loads(next(Path("runs").glob("*/manifest.json")).read_text())
    assert manifest["code"] == []


def test_allowed_code_runs_and_is_kept_beside_the_results(call: Call) -> None:
    called = call(*RUN, "--allow-code", "--json")
    assert called.code == 0
    assert Path("has-run").exists()
    manifest = json.loads(called.out)["manifest"]
    (code,) = manifest["code"]
    assert (code["file"], code["text"]) == ("my_policies.py", OWN)
    joined = [one for one in json.loads(called.out)["metrics"] if one["metric"] == "joined_sum_people"]
    assert any(one["mean"] > 0 for one in joined)
    assert "looked on 2027-04-29\n" in called.err


def test_permission_changes_nothing_where_there_is_no_code(call: Call) -> None:
    assert call(*RUN, "-o", "a", policies=[]).code == 0
    assert call(*RUN, "-o", "b", "--allow-code", policies=[]).code == 0
    assert Path("a/metrics.csv").read_bytes() == Path("b/metrics.csv").read_bytes()


def test_another_policy_is_another_run(call: Call) -> None:
    for code in (OWN, OWN.replace("0.85", "0.95"), OWN):
        assert call(*RUN, "--allow-code", code=code).code == 0
    assert len(list(Path("runs").iterdir())) == 2


def test_what_was_simulated_with_another_policy_is_not_used(call: Call) -> None:
    numbers = []
    for limit in ("0.85", "2.0"):
        called = call(*RUN, "--allow-code", "-o", "out", code=OWN.replace("0.85", limit))
        assert "are there already" not in called.err
        numbers.append(Path("out/metrics.csv").read_bytes())
    assert numbers[0] != numbers[1]


FAILING = OWN.replace("org.hire(role)", "org.hire(rol)").replace('Path("has-run").touch()', "")


def test_a_policy_that_fails_leaves_its_line_and_nothing_else(call: Call) -> None:
    called = call(*RUN, "--allow-code", code=FAILING)
    assert (called.code, called.out) == (2, "")
    assert called.err.splitlines()[-3:] == [
        "my_policies.py:11  grow",
        "  problem   on 2027-04-29 of future 0: NameError: name 'rol' is not defined",
        "  fix       mend the policy; with  csm-sim --debug  the whole traceback is shown",
    ]
    assert "Traceback" not in called.err
    assert not Path("runs").exists()


def test_a_policy_that_fails_leaves_earlier_results_alone(call: Call) -> None:
    call(*RUN, "--allow-code", "-o", "out")
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    assert call(*RUN, "--allow-code", "-o", "out", code=FAILING).code == 2
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before


def test_futures_that_were_finished_before_a_policy_fails_are_kept(call: Call) -> None:
    late = OWN.replace("    while True:", "    if org.draw('x') > 0.8:\n        1 / 0\n    while True:")
    run = (*RUN, "--allow-code", "-o", "out", "--seed", "15", "--jobs", "1")
    assert call(*run, "--replications", "3", code=late).code == 0
    before = Path("out/manifest.json").read_bytes()
    failed = call(*run, "--replications", "8", code=late)
    assert failed.code == 2
    assert "of future 6: ZeroDivisionError" in failed.err
    assert Path("out/manifest.json").read_bytes() == before
    again = call(*run, "--replications", "5", code=late)
    assert again.code == 0
    assert "replications of this run are there already" in again.err


def test_a_policy_that_fails_in_another_command_is_told_in_the_same_way(call: Call) -> None:
    called = call(*PEOPLE, "--allow-code", code=FAILING)
    assert (called.code, called.out) == (2, "")
    assert called.err.splitlines()[-3] == "my_policies.py:11  grow"
    assert call(*PEOPLE, "--allow-code").code == 0


@pytest.mark.slow
def test_a_policy_that_fails_in_a_worker_is_told_in_the_same_way(call: Call) -> None:
    texts = []
    late = FAILING.replace("    while True:", "    while org.draw('x') > 0.8:")
    for jobs in ("1", "2"):
        called = call(
            *RUN, "--allow-code", "--seed", "15", "--replications", "8", "--jobs", jobs, "--json", code=late
        )
        assert (called.code, called.out) == (2, "")
        texts.append(called.err.splitlines()[-3:])
    assert texts[0] == texts[1]
    assert texts[0][1] == "  problem   on 2027-04-29 of future 6: NameError: name 'rol' is not defined"


def test_debug_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(), policies=POLICIES)
    Path("my_policies.py").write_text(FAILING)
    with pytest.raises(Exception, match="NameError") as caught:
        main(["--debug", *RUN, "--allow-code"])
    causes, error = [], caught.value
    while error is not None:
        causes.append(type(error).__name__)
        error = error.__cause__
    assert causes[-1] == "NameError"
