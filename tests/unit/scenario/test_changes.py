"""What a scenario says otherwise than another."""

from __future__ import annotations

from pathlib import Path

import pytest
from compare_team import write_team

from csm_sim.scenario import load
from csm_sim.scenario.changes import MOST_MARKS, Change, changes_between

FILES = {
    "accounts.csv": "account,arr\na,3000000\nb,4000000\n",
    "efforts.csv": "minutes\n30\n40\n",
}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_team(tmp_path)["base"]


def changes(base: Path, *sets: str) -> list[tuple[str, str | None, str | None]]:
    return [(one.key, one.old, one.new) for one in changes_between(load(base), load(base, sets))]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["staff.csm.headcount=3"], [("staff.csm.headcount", "2", "3")]),
        # a default that is not written in the old one
        (["segments.key.term=6 months", "staff.csm.switch=5min"], [
            ("segments.key.term", "4 months", "6 months"),
            ("staff.csm.switch", "10min", "5min"),
        ]),
        # a whole group, as it is written: without its defaults
        (["staff.csm.leave={planned: 16 days}"], [("staff.csm.leave", None, "{planned: 16 days}")]),
        (["staff.csm.severance=null"], [("staff.csm.severance", "3 months", None)]),
        # steps of a playbook by their place
        (
            ["playbooks.call.steps[0].effort=8h"],
            [("playbooks.call.steps[0].effort", "6h", "8h")],
        ),
        (
            ["timeline=[{on: 2027-06-01, cut: {role: csm, count: 1}}]"],
            [("timeline", None, "on: 2027-06-01, cut: {role: csm, count: 1}")],
        ),
        (["health.strength=x2"], [("health.strength", "x1", "x2")]),
        (["money.gross_margin=60%"], [("money.gross_margin", "75%", "60%")]),
    ],
)  # fmt: skip
def test_changes(base: Path, settings: list[str], expected: list[tuple[str, str | None, str | None]]) -> None:
    assert changes(base, *settings) == expected


@pytest.mark.parametrize(
    "setting",
    [
        "staff.csm.cost=9000000 per year",
        "staff.csm.shrinkage=0.3",
        "segments.key.accounts=24",
        "money.discount=8%",  # the default, written out
        "name=Another name",
        "run.seed=9",
        "sizing.roles={csm: {min: 1, max: 4}}",
    ],
)
def test_the_same_in_other_words_is_no_change(base: Path, setting: str) -> None:
    assert changes(base, setting) == []


def test_the_other_way_round_old_and_new_change_places(base: Path) -> None:
    old = load(base)
    new = load(
        base,
        ["staff.csm.headcount=3", "timeline=[{on: 2027-06-01, hire: {role: csm, count: 1}}]", "tickets=null"],
    )
    there, back = changes_between(old, new), changes_between(new, old)
    turned = [Change(one.key, one.new, one.old) for one in back]
    assert sorted(map(repr, there)) == sorted(map(repr, turned))


ONE = "timeline=[{on: 2027-06-01, cut: {role: csm, count: 1}}, {on: 2027-08-01, hire: {role: support}}]"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        # another date of the same act; what both have is no change, wherever it stands
        (
            "timeline=[{on: 2027-08-01, hire: {role: support}}, {on: 2027-07-01, cut: {role: csm, count:"
            " 1}}]",
            [
                (
                    "timeline",
                    "on: 2027-06-01, cut: {role: csm, count: 1}",
                    "on: 2027-07-01, cut: {role: csm, count: 1}",
                )
            ],
        ),
        (
            "timeline=[{on: 2027-08-01, hire: {role: support}}, {on: 2027-06-01, cut: {role: csm, count:"
            " 1}}]",
            [],  # sorted by their dates anyway
        ),
        (
            "timeline=[{on: 2027-06-01, cut: {role: csm, count: 1}}]",
            [("timeline", "on: 2027-08-01, hire: {role: support}", None)],
        ),
        (
            "timeline=[{on: 2027-06-01, cut: {role: csm, count: 1, who: newest}},"
            " {on: 2027-08-01, hire: {role: support, count: 1}}]",
            # a count that is written where one is the default is a text more, and no other act for the first
            [
                (
                    "timeline",
                    "on: 2027-08-01, hire: {role: support}",
                    "on: 2027-08-01, hire: {role: support, count: 1}",
                )
            ],
        ),
    ],
)
def test_acts_are_matched(base: Path, other: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    one = ONE.replace("hire: {role: support}", "hire: {role: support, count: 2}")
    two = other.replace("hire: {role: support}", "hire: {role: support, count: 2}")
    wanted = [
        tuple(
            text and text.replace("hire: {role: support}", "hire: {role: support, count: 2}") for text in row
        )
        for row in expected
    ]
    found = [(c.key, c.old, c.new) for c in changes_between(load(base, [one]), load(base, [two]))]
    assert found == wanted


def test_two_acts_on_a_day_that_change_places_are_a_change(base: Path) -> None:
    acts = ["{on: 2027-06-01, cut: {role: csm, count: 1}}", "{on: 2027-06-01, hire: {role: csm, count: 1}}"]
    one, other = (load(base, [f"timeline=[{', '.join(order)}]"]) for order in (acts, acts[::-1]))
    (only,) = changes_between(one, other)
    assert only.key == "timeline (order)"


def test_long_values_are_cut(base: Path) -> None:
    steps = ", ".join(f"{{do: step {n}, effort: 1h, due: 5d}}" for n in range(30))
    (only,) = changes_between(
        load(base), load(base, [f"playbooks.more={{for: key, every: month, steps: [{steps}]}}"])
    )
    assert only.new is not None
    assert len(only.new) == MOST_MARKS
    assert only.new.endswith("…")


def test_files_of_the_same_name_with_other_data_are_a_change(tmp_path: Path) -> None:
    loaded = []
    for name, accounts in (("one", "a,3000000\nb,4000000"), ("two", "a,3000000\nb,5000000\nc,1000000")):
        folder = tmp_path / name
        folder.mkdir()
        base = write_team(folder)["base"]
        (folder / "accounts.csv").write_text(f"account,arr\n{accounts}\n", encoding="utf-8")
        (folder / "efforts.csv").write_text("minutes\n30\n" + ("40\n" if name == "one" else "90\n"))
        loaded.append(
            load(base, [
                "segments.key.accounts={file: accounts.csv}", "segments.key.arr=null",
                "playbooks.call.steps[0].effort={file: efforts.csv, column: minutes, unit: min}",
            ])
        )  # fmt: skip
    assert [(one.key, one.old, one.new) for one in changes_between(*loaded)] == [
        ("segments.key.accounts", "2 accounts", "3 accounts, other data"),
        ("efforts.csv: minutes", "data", "other data"),
    ]
    assert changes_between(loaded[0], loaded[0]) == ()


def test_shipped_variants_say_what_their_comments_say() -> None:
    scenarios = Path(__file__).resolve().parents[3] / "scenarios"
    found = changes_between(
        load(scenarios / "hiring_freeze.yaml"), load(scenarios / "hiring_freeze_lifted.yaml")
    )
    assert found == (Change("timeline", "on: 2027-04-01, freeze: {role: csm, for: 12 months}", None),)
