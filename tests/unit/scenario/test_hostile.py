"""No text makes anything other than a scenario or a list of problems, and none makes it take long."""

from __future__ import annotations

import copy
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csm_sim.errors import ScenarioError
from csm_sim.scenario import Loaded, load
from csm_sim.scenario.nodes import MAX_BYTES
from csm_sim.scenario.writing import as_yaml

ROOT = Path(__file__).resolve().parents[3]
GOOD = (ROOT / "scenarios" / "b2b_saas_3000.yaml").read_text(encoding="utf-8")
SLOW_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def outcome(path: Path, content: str | bytes) -> Loaded | ScenarioError:
    """What loading makes of a content; anything else than these two fails the test."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        return load(path)
    except ScenarioError as error:
        assert error.problems
        assert all(problem.problem and problem.fix for problem in error.problems)
        return error


@SLOW_FILE
@given(st.text(alphabet=st.sampled_from("ab:-#&*!|>'\"%@`{}[],? \n\t0.~\\<\x00\u2028é"), max_size=60))
def test_any_yaml_text(tmp_path: Path, text: str) -> None:
    outcome(tmp_path / "s.yaml", text)


@SLOW_FILE
@given(st.binary(max_size=60))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    outcome(tmp_path / "s.yaml", data)


@settings(parent=SLOW_FILE, max_examples=60)
@given(
    st.integers(0, len(GOOD) - 1), st.integers(0, 40), st.text(alphabet="ab:-#{}[],\n 1%h'\"&*", max_size=5)
)
def test_any_damage_to_a_good_file(tmp_path: Path, start: int, length: int, text: str) -> None:
    outcome(tmp_path / "s.yaml", GOOD[:start] + text + GOOD[start + length :])


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(
        [
            "all",
            "1h",
            "5d",
            "10d before",
            "20%",
            "1.5M",
            "smb",
            "csm",
            "x2",
            "24x7",
            "2bd",
            "Ann",
            "api",
            "qbr",
            "tickets",
            "support",
            "month",
            "1 per day",
            "2027-05-01",
            "",
        ]
    ),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([[1]]),
    st.just({"a": 1}),
)


def _paths(value: object, path: tuple = ()) -> list[tuple]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for key, inner in items for found in _paths(inner, (*path, key))]


DATA = dict(load(ROOT / "scenarios" / "b2b_saas_3000.yaml").data)
DESK = dict(load(Path(__file__).with_name("desk.yaml")).data)
PEOPLE_FILES = Path(__file__).parents[1] / "world"
PEOPLE = dict(load(PEOPLE_FILES / "everything.yaml").data)


def _changes(data: dict) -> st.SearchStrategy:
    return st.lists(st.tuples(st.sampled_from(_paths(data)), VALUES), min_size=1, max_size=3)


@settings(parent=SLOW_FILE, max_examples=150)
@given(_changes(DATA))
def test_any_value_in_any_place(tmp_path: Path, changes: list[tuple[tuple, object]]) -> None:
    _with_changes(tmp_path, DATA, changes)


@settings(parent=SLOW_FILE, max_examples=150)
@given(_changes(DESK))
def test_any_value_in_any_place_of_a_desk(tmp_path: Path, changes: list[tuple[tuple, object]]) -> None:
    _with_changes(tmp_path, DESK, changes)


@settings(parent=SLOW_FILE, max_examples=300)
@given(_changes(PEOPLE))
def test_any_value_in_any_place_of_the_rules_for_people(
    tmp_path: Path, changes: list[tuple[tuple, object]]
) -> None:
    for name in ("accounts.csv", "policies.py"):
        (tmp_path / name).write_bytes((PEOPLE_FILES / name).read_bytes())
    _with_changes(tmp_path, PEOPLE, changes)


def _with_changes(folder: Path, original: dict, changes: list[tuple[tuple, object]]) -> None:
    data = copy.deepcopy(original)
    for path, value in changes:
        group = data
        try:
            for part in path[:-1]:
                group = group[part]
            group[path[-1]] = copy.deepcopy(value)  # type: ignore[index]  # one example may hold it twice
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has removed the place
    outcome(folder / "s.yaml", as_yaml(data))


@SLOW_FILE
@given(st.text(max_size=20), st.text(max_size=10))
def test_any_set(tmp_path: Path, key: str, value: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "name: x\nstart: 2027-04-01\nhorizon: 1 year\nstaff: {c: {headcount: 1}}\n"
        "segments: {a: {touch: low, accounts: 1, owner: c}}\n"
    )
    for assignment in (f"{key}={value}", f"staff.{key}={value}", key):
        try:
            load(path, [assignment])
        except ScenarioError as error:
            assert error.problems


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "aliases",
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n"
                for a, b in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
        ("many aliases", "a: &a 1\nb: [" + "*a, " * 5000 + "1]"),
        ("itself", "a: &a {b: *a}"),
        ("deep", "a: " + "[" * 100_000),
        ("deep groups", "a: " + "{a: " * 100_000),
        ("deep block", "".join(" " * level + "a:\n" for level in range(500))),
        ("many", "a: [" + "1," * 100_000 + "]"),
        ("wide", "".join(f"k{number}: 1\n" for number in range(40_000))),
        ("long word", "name: " + "x" * (MAX_BYTES - 100)),
        ("comment", "# x\n" * 100_000),
        ("too large", "#" * (MAX_BYTES + 1)),
        ("python", "a: !!python/object/apply:os.system ['echo broken']"),
        ("binary", "a: !!binary aGk="),
        ("null bytes", "a: \x00"),
        ("long number", "name: x\nstart: " + "9" * 10_000),
        ("directive", "%TAG ! tag:x,2000:\n---\na: !x 1"),
    ],
)
def test_hostile_texts_are_refused_quickly(tmp_path: Path, name: str, text: str) -> None:
    before = time.perf_counter()
    assert isinstance(outcome(tmp_path / "s.yaml", text), ScenarioError)
    assert time.perf_counter() - before < 4


def test_only_ordinary_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (
        tmp_path,
        tmp_path / "pipe.yaml",
        tmp_path / "absent.yaml",
        Path("/dev/zero"),
        tmp_path / ("x" * 300),
        Path("a\0b"),
    ):
        with pytest.raises(ScenarioError):
            load(path)
