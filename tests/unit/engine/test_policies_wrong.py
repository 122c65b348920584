"""How policies go wrong, and what is told of it."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from policy_world import AROUND, module, play, woken, world_of

from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.engine import policy_host
from csm_sim.engine.policies import (
    hire_on_backlog,
)
from csm_sim.errors import PolicyError, UsageError
from csm_sim.world.build import World

Policy = Callable[..., Any]

BUSY = {"call": {"every": "week", "steps": [{"do": "call", "effort": "8h", "due": "5d"}]}}
"""More work than twelve people could do."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., World]:
    """The world of the team, with changes."""
    return partial(world_of, tmp_path)


HERE = "# here"
WRONG: dict[str, tuple[str, str, str]] = {
    # what the policy is, what is told, how to mend it; the line marked is the one told
    "raises": (
        "yield env.timeout(1)\n    {}['x']  # here",
        "on 2027-04-02 of future 0: KeyError: 'x'",
        "--debug",
    ),
    "deeper": ("yield env.timeout(1)\n    helper(org)", "ZeroDivisionError: division by zero", "--debug"),
    "wrong role": ("org.role('cms')  # here\n    yield env.timeout(1)", "'cms' is not a role", "'csm'"),
    "unknown keyword": (
        "yield env.timeout(1)\n    org.hire('csm', cuont=2)  # here",
        "TypeError: Org.hire() got an unexpected keyword argument 'cuont'",
        "--debug",
    ),
    "no such attribute": (
        "yield env.timeout(org.weeks)  # here",
        "AttributeError: 'Org' object has no attribute 'weeks'",
        "--debug",
    ),
    "no generator": ("org.hire('csm')", "it is not a policy: it has no yield", "yield env.timeout(days)"),
    "yields a number": (
        "yield 7  # here",
        "it yields 7, which is no event",
        "wait with  yield env.timeout(7)",
    ),
    "yields nothing": ("yield  # here", "it yields None, which is no event", "yield env.timeout(days)"),
    "yields a generator": (
        "yield policy(env, org)  # here",
        "it yields <generator object policy",
        "yield env.process(...)",
    ),
    "event of another": (
        "import simpy\n    yield simpy.Environment().timeout(1)  # here",
        "which is no event",
        "with the env that the policy is given",
    ),
    "no time passes": (
        "while True:\n        yield env.timeout(0)  # here",
        "it has gone on 10,000 times without letting time pass",
        "more than 0 days",
    ),
    "processes for ever": (
        "while True:\n        yield env.process(rest(env))  # here",
        "it has gone on 10,000 times without letting time pass",
        "more than 0 days",
    ),
    "processes without an end": (
        "yield env.process(more(env))  # here",
        "it has gone on 10,000 times without letting time pass",
        "more than 0 days",
    ),
    "back in time": ("yield env.timeout(-1)  # here", "env.timeout(-1) is not a wait", "0 days or more"),
    "not a number": ("yield env.timeout(float('nan'))  # here", "env.timeout(nan) is not a wait", "0 days"),
    "for ever": ("yield env.timeout(float('inf'))  # here", "env.timeout(inf) is not a wait", "0 days"),
    "a time delta": (
        "from datetime import date\n    yield env.timeout(date(2027, 5, 1) - org.today)  # here",
        "is not a wait",
        "(day - org.today).days",
    ),
    "no process": ("env.process(rest)  # here\n    yield env.timeout(1)", "is not a process", "that yields"),
    "runs the simulation": (
        "env.run()  # here\n    yield env.timeout(1)",
        "cannot run the simulation",
        "yield",
    ),
    "ends the program": ("yield env.timeout(1)\n    raise SystemExit(0)  # here", "SystemExit: 0", "return"),
    "fails beside": (
        "env.process(bad(env))\n    yield env.timeout(9)",
        "on 2027-04-03 of future 0: RuntimeError: beside",
        "--debug",
    ),
    "fails awaited": (
        "yield env.process(bad(env))",
        "on 2027-04-03 of future 0: RuntimeError: beside",
        "--debug",
    ),
    "no seat": (
        "yield env.timeout(1)\n    org.hire('csm', 11)  # here",
        "csm has no seat for 11 more: 2 of 12 are taken",
        "staff.csm.seats",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_by_the_line_of_the_policy(name: str, tmp_path: Path) -> None:
    body, problem, fix = WRONG[name]
    text = AROUND.replace("BODY", body)
    world = module(tmp_path, text)
    lines = text.splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.endswith(HERE)]
    told_in = {"deeper": "helper", "fails": "bad"}
    other = next((function for start, function in told_in.items() if name.startswith(start)), None)
    if other is not None:
        begin = lines.index(next(line for line in lines if line.startswith(f"def {other}")))
        marked = [begin + 1 + next(n for n, line in enumerate(lines[begin:]) if line.endswith("# there"))]
    elif not marked:  # the definition
        marked = [1 + lines.index("def policy(env, org):")]
    with pytest.raises(PolicyError) as caught:
        play(world)
    where, said, mend = str(caught.value).splitlines()
    assert where == f"my_policies.py:{marked[0]}  policy"
    assert said.startswith("  problem   on 2027-04-0")
    assert problem in said
    assert mend.startswith("  fix       ")
    assert fix in mend


ENDLESS = (
    "yield env.timeout(1)\n    while True:\n        org.day",
    "yield env.timeout(1)\n    for _ in range(300):\n"
    "        try: sum(range(10**6))\n        except Exception: pass",
    "while True: pass\n    yield",
)


@pytest.mark.parametrize("body", ENDLESS)
def test_a_policy_that_computes_for_ever_is_stopped(body: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(policy_host, "MOST_SECONDS", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    began = time.perf_counter()
    with pytest.raises(PolicyError) as caught:
        play(module(tmp_path, AROUND.replace("BODY", body)))
    assert time.perf_counter() - began < 5.0
    assert re.search(
        r"my_policies\.py:\d+  policy\n  problem   .*: it has not come to a yield in 0\.2 s\n",
        str(caught.value),
    )
    assert "yield env.timeout(days)" in str(caught.value)
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_file_that_computes_for_ever_is_stopped(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(policy_host, "MOST_SECONDS", 0.2)
    text = "def policy(env, org):\n    yield\n\n\nwhile True:\n    pass\n"
    with pytest.raises(PolicyError, match=r"my_policies\.py:[56]  policy\n.*was not through in 0\.2 s\n"):
        play(module(tmp_path, text))


def test_alarms_of_others_go_on(built: Any) -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 100.0, 5.0)
    try:
        assert woken(built(), iter([1.0] * 5)) == [1, 2, 3, 4, 5]
        left_over = signal.getitimer(signal.ITIMER_REAL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert 90.0 < left_over[0] <= 100.0
    assert left_over[1] == 5.0


FILES: dict[str, tuple[str, int, str, str]] = {
    "no module": (
        "import no_such_thing\n",
        1,
        "ModuleNotFoundError: No module named 'no_such_thing'",
        "install",
    ),
    "beside": (
        "\nimport my_other\n",
        2,
        "No module named 'my_other'",
        "files beside the policy cannot be imported",
    ),
    "fails": ("x = 1\ny = x / 0\n", 2, "ZeroDivisionError: division by zero", "from top to bottom"),
    "ends": ("import sys\nsys.exit()\n", 2, "SystemExit", "from top to bottom"),
    "not Python": (
        "x = 1\nreturn\n",
        2,
        "this is not Python: 'return' outside function",
        "python my_policies.py",
    ),
    "not there any more": (
        "",
        0,
        "it does not define the function policy",
        "did you mean  function: policies ?",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_cannot_be_run(name: str, tmp_path: Path) -> None:
    text, line, problem, fix = FILES[name]
    (tmp_path / "my_other.py").write_text("")
    text += "def policies(env, org):\n    yield\n\n\ndef policy(env, org):\n    yield env.timeout(1)\n"
    world = module(tmp_path, text + ("\n\ndel policy\n" if not line else ""))
    with pytest.raises(PolicyError) as caught:
        play(world)
    where, said, mend = str(caught.value).splitlines()
    assert where == (f"my_policies.py:{line}  policy" if line else "my_policies.py  policy")
    assert problem in said
    assert fix in mend


def test_arguments_that_the_function_does_not_take(tmp_path: Path) -> None:
    text = "def same(f):\n    return f\n\n\n@same\ndef policy(env, org, level):\n    yield env.timeout(1)\n"
    world = module(tmp_path, text, limit=3)
    with pytest.raises(PolicyError) as caught:
        play(world)
    assert str(caught.value).splitlines() == [
        "my_policies.py:5  policy",
        "  problem   it is called with (env, org, limit): missing a required argument: 'level'",
        "  fix       write  def policy(env, org, limit):",
    ]


def test_policies_from_python_tell_their_lines_too(built: Any) -> None:
    class Callable_:  # noqa: N801
        def __call__(self, env: Any, org: Any) -> Any:
            yield 3

    def wants(env: Any, org: Any, *, more: int) -> Any:
        yield env.timeout(more)

    world = built()
    for policy, problem in (
        (Callable_(), "__call__\n.*it yields 3"),
        (lambda env, org: (yield 4), "<lambda>\n.*it yields 4"),
        (wants, r"wants\n.*called with \(env, org\): missing a required .*'more'"),
        (partial(wants, more="x"), "wants\n.*env.timeout"),
    ):
        with pytest.raises(PolicyError, match=rf"test_policies_wrong\.py:\d+  {problem}"):
            play(world, [policy])
    with pytest.raises(PolicyError, match=r"(?s)hire_on_backlog\n.*missing .*'role'.*functools\.partial"):
        play(world, [hire_on_backlog])


@pytest.mark.parametrize("given", [hire_on_backlog, [3], ["policy"]])
def test_policies_are_a_list_of_functions(built: Any, given: Any) -> None:
    with pytest.raises(UsageError, match=r"policies=\[my_policy\]"):
        play(built(), given)
    with pytest.raises(UsageError, match=r"policies=\[my_policy\]"):
        replicate(built(), Plan(1, 1, policies=given))
