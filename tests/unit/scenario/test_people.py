"""The rules for people: what is read, what is refused beside the cases of tests/messages, what is noted."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from csm_sim.errors import ScenarioError
from csm_sim.scenario import Loaded, load
from csm_sim.scenario.amounts import read_yearly_share
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.distributions import Distribution, read_hire_time
from csm_sim.scenario.people_values import read_working_days, whole_days
from csm_sim.scenario.policies import BUILT_IN, Policy, arguments_of
from csm_sim.scenario.staffing import seats_needed, seats_of, skill_numbers
from csm_sim.scenario.units import Span, Wrong
from csm_sim.scenario.writing import as_yaml

EVERYTHING = Path(__file__).parents[1] / "world" / "everything.yaml"
SMALL = """\
name: Small
start: 2027-04-01
horizon: 12 months
segments:
  smb: {touch: low, accounts: 40, arr: 1.5M, owner: csm}
  tail: {touch: tech, accounts: 400, arr: 12k}
staff:
  csm: {headcount: 3}
  support: {headcount: 2, serves: [tail]}
playbooks:
  call: {for: smb, every: month, steps: [{do: call, effort: 1h}]}
tickets:
  rate: 0.5 per month
  severities: {p2: {effort: 40min}}
"""


def small(folder: Path, *sets: str) -> Loaded:
    """The small scenario with changes."""
    (folder / "s.yaml").write_text(SMALL, encoding="utf-8")
    return load(folder / "s.yaml", sets)


def wrong(folder: Path, *sets: str) -> str:
    """The message about the small scenario with changes."""
    with pytest.raises(ScenarioError) as caught:
        small(folder, *sets)
    return str(caught.value)


def notes(folder: Path, *sets: str) -> list[str]:
    return [f"{note.key}: {note.text}" for note in small(folder, *sets).notes]


def timeline(*acts: str) -> str:
    return f"timeline=[{', '.join(acts)}]"


# ---------------------------------------------------------------- what is read


def test_short_forms_are_the_long_ones(tmp_path: Path) -> None:
    short = small(tmp_path, "staff.csm.attrition=15%", "staff.csm.leave=16 days").scenario
    long = small(
        tmp_path, "staff.csm.attrition={rate: 15% per year}", "staff.csm.leave={planned: 16d}"
    ).scenario
    assert short == long
    role = short.staff["csm"]
    assert role.attrition is not None
    assert role.leave is not None
    assert (role.attrition.rate, role.attrition.burnout) == (0.15, None)
    assert (role.leave.planned, role.leave.block, role.leave.sick) == (16, 5, 0)


def test_an_empty_group_takes_the_defaults(tmp_path: Path) -> None:
    sets = ("staff.csm.attrition={rate: 10%, burnout: {}}", "staff.csm.span={}", "staff.csm.handover={}")
    role = small(tmp_path, *sets).scenario.staff["csm"]
    assert role.attrition is not None
    assert role.attrition.burnout is not None
    assert role.span is not None
    assert role.handover is not None
    assert (role.attrition.burnout.above, role.attrition.burnout.effect) == (0.85, 2)
    assert (role.span.people, role.span.time) == (8, 0.5)
    assert (role.handover.within, role.handover.orphan) == (Span(14, "d"), Span(0, "d"))


@pytest.mark.parametrize(
    ("text", "share"),
    [("15% per year", 0.15), ("15%", 0.15), ("15%/year", 0.15), ("年15%", 0.15), (0.15, 0.15), ("0%", 0.0)],
)
def test_a_share_a_year(text: object, share: float) -> None:
    assert read_yearly_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["1% per month", "100%", 15, "1 per year", "-1%", [], None, "15% per"])
def test_no_share_a_year(text: object) -> None:
    with pytest.raises(Wrong):
        read_yearly_share(text)


@pytest.mark.parametrize(("text", "days"), [("16 days", 16), ("16d", 16), ("16営業日", 16), ("2 bd", 2)])
def test_working_days(text: str, days: float) -> None:
    assert read_working_days(text, whole=True) == days


def test_times_to_hire_are_days() -> None:
    assert read_hire_time("10 weeks") == Distribution("constant", (70.0,))
    assert read_hire_time({"mean": "1 month", "cv": 0.5}) == Distribution("lognormal", (30.4375, 0.5))
    assert read_hire_time({"pert": ["1d", "2 weeks", "4 weeks"]}).params == (1.0, 14.0, 28.0)


def test_longer_units_are_rounded_to_whole_days() -> None:
    assert [whole_days(Span(amount, unit)) for amount, unit in ((1.5, "w"), (1, "months"), (2, "d"))] == [
        11,
        30,
        2,
    ]


def test_a_person_has_the_holidays_of_the_role(tmp_path: Path) -> None:
    scenario = small(
        tmp_path,
        "calendar={country: JP}",
        "staff.csm.calendar={country: US, subdivision: TX}",
        "people=[{name: Ann, role: csm, calendar: {week: mon-wed}}, {name: Bo, role: support}]",
    ).scenario
    ann, bo = (scenario.calendar_of_person(person) for person in scenario.people)
    assert (ann.country, ann.subdivision, ann.week) == ("US", "TX", (0, 1, 2))
    assert bo == scenario.calendar


def test_what_show_prints_of_all_rules_is_the_same_scenario(tmp_path: Path) -> None:
    data = dict(load(EVERYTHING).data)
    del data["segments"]["key"]["accounts"]
    data["segments"]["key"] |= {"accounts": 5, "arr": "1M"}
    data["people"][0].pop("accounts")
    first, again = tmp_path / "first.yaml", tmp_path / "again.yaml"
    (tmp_path / "policies.py").write_bytes(EVERYTHING.with_name("policies.py").read_bytes())
    first.write_text(as_yaml(data), encoding="utf-8")
    again.write_text(as_yaml(with_defaults(data)[0]), encoding="utf-8")
    assert load(again).scenario == load(first).scenario


def test_rules_that_nobody_wrote_are_not_shown(tmp_path: Path) -> None:
    loaded = small(tmp_path)
    for name in ("notice", "backfill", "coaching"):
        assert f"staff.csm.{name}" not in loaded.origins
    assert (
        str(small(tmp_path, "staff.csm.attrition=15%").origins["staff.csm.notice"]) == "default: assumption"
    )


# ---------------------------------------------------------------- notes


def test_what_may_not_be_meant_is_noted_and_stops_nothing(tmp_path: Path) -> None:
    assert notes(
        tmp_path,
        "staff.csm.ramp=[40%, 110%]",
        "staff.support.coaching=10%",
        "staff.csm.skills={api: 1}",
        "people=[{name: Ann, role: csm, skills: [apj, sql]}]",
        "playbooks.call.steps=[{do: call, effort: 1h, skill: api}]",
        timeline("{on: 2027-05-01, train: {people: [Ann], skill: sql, time: 10%, for: 1 week}}"),
    ) == [
        "staff.csm.ramp: new colleagues are faster than experienced ones in some months",
        "staff.support.coaching: it has no effect: without ramp nobody in support is coached",
        "people[0].skills[0]: no step and no severity needs the skill apj; did you mean api?",
        "people[0].skills[1]: no step and no severity needs the skill sql",
        "timeline[0].train.people[0]: Ann already has the skill sql",
    ]


def test_work_that_goes_where_nobody_has_the_skill(tmp_path: Path) -> None:
    sets = (
        "tickets.handled_by={csm: 50%, support: 50%}",
        "tickets.severities.p2.skill=api",
        "staff.csm.skills={api: 1}",
    )
    text = "tickets.severities.p2.skill: such work may go to support, where nobody has the skill api"
    assert notes(tmp_path, *sets) == [text]
    assert notes(tmp_path, *sets, "staff.csm.covers=[support]") == []
    train = "{on: 2027-05-01, train: {role: support, count: 1, skill: api, time: 10%, for: 1 week}}"
    assert notes(tmp_path, *sets, timeline(train)) == []
    assert notes(tmp_path, *sets, "people=[{name: Ann, role: support, skills: api}]") == []
    move = "{on: 2027-05-01, reorganise: {from: csm, to: support, count: 1}}"
    assert notes(tmp_path, *sets, timeline(move)) == []


def test_owners_that_two_places_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("account,arr,owner\nx,1,Bo\ny,1,Cho\n", encoding="utf-8")
    found = notes(
        tmp_path,
        "segments.smb={accounts: {file: a.csv}, arr: null}",
        "people=[{name: Ann, role: csm, accounts: [x]}, {name: Cho, role: support}, "
        "{name: Dee, role: csm, start: 2027-06-01, accounts: [y]}]",
    )
    assert found == [
        "people[2].accounts: Dee starts on 2027-06-01: until then these accounts are given to others",
        "people[1].role: account files name Cho as an owner in csm: taken for somebody else",
        "people[0].accounts[0]: the accounts file gives x to Bo; here it belongs to Ann",
        "people[2].accounts[0]: the accounts file gives y to Cho; here it belongs to Dee",
    ]


# ---------------------------------------------------------------- what is refused


def test_a_call_with_all_rules_is_quick() -> None:
    before = time.perf_counter()
    load(EVERYTHING)
    assert time.perf_counter() - before < 2


def test_there_are_no_more_than_60_skills(tmp_path: Path) -> None:
    steps = ", ".join(f"{{do: s{number}, effort: 1h, skill: k{number}}}" for number in range(60))
    skills = ", ".join(f"k{number}: all" for number in range(60))
    sets = (f"playbooks.call.steps=[{steps}]", f"staff.csm.skills={{{skills}}}")
    assert len(skill_numbers(small(tmp_path, *sets).scenario)) == 60
    text = wrong(
        tmp_path, *sets, "tickets.severities.p2.skill=one_more", "staff.support.skills={one_more: all}"
    )
    assert "tickets.severities.p2.skill\n  problem   there are 61 skills: the most is 60" in text


def test_there_are_no_more_than_60_calendars(tmp_path: Path) -> None:
    def people(count: int) -> str:
        parts = ", ".join(f"{{name: P{n}, role: csm, hours: {n + 1}%}}" for n in range(count))
        return f"people=[{parts}]"

    small(tmp_path, people(59), "staff.csm.headcount=60")
    text = wrong(tmp_path, people(60), "staff.csm.headcount=60")
    assert "people\n  problem   there are 61 different working times: the most is 60" in text


def test_64_random_absences_a_day(tmp_path: Path) -> None:
    acts = ["{on: 2027-05-01, absence: {role: csm, for: 1 week}}"] * 64
    small(tmp_path, timeline(*acts))
    text = wrong(tmp_path, timeline(*acts, acts[0]))
    assert "timeline[64].absence\n  problem   more than 64 people of csm are drawn" in text


def test_a_person_may_have_moved_before_an_act(tmp_path: Path) -> None:
    named = "people=[{name: Ann, role: csm}, {name: Bo, role: csm, until: 2027-06-30}]"
    move = "{on: 2027-05-01, reorganise: {from: csm, to: support, people: [Ann]}}"
    cut = "{on: 2027-06-01, cut: {role: %s, people: [Ann]}}"
    small(tmp_path, named, timeline(move, cut % "support"))
    assert "Ann is in support, not in csm" in wrong(tmp_path, named, timeline(move, cut % "csm"))
    some = "{on: 2027-05-01, reorganise: {from: csm, to: support, count: 1}}"
    for role in ("csm", "support"):  # it is open who went
        small(tmp_path, named, timeline(some, cut % role))
    away = "{on: 2027-07-01, absence: {person: Bo, for: 1 week}}"
    assert "Bo leaves on 2027-06-30, before this" in wrong(tmp_path, named, timeline(away))


def test_headcounts_are_followed_through_the_timeline(tmp_path: Path) -> None:
    cut = "{on: 2027-09-01, cut: {role: support, count: 5}}"
    merge = "{on: 2027-05-01, reorganise: {from: csm, to: support}}"
    assert "5 people leave support, but by then 2 are there" in wrong(tmp_path, timeline(cut))
    small(tmp_path, timeline(merge, cut))
    back = "{on: 2027-06-01, reorganise: {from: support, to: csm, count: 1}}"
    assert "by then 4 are there" in wrong(tmp_path, timeline(merge, back, cut))
    late = "people=[{name: Ann, role: support, start: 2027-08-01}]"
    small(tmp_path, late, timeline(merge, back, cut))
    # what policies do is open
    small(tmp_path, timeline(cut), "policies=[{use: hire_when_overloaded, role: support}]")


def test_work_that_has_gone_to_another_role_is_no_longer_the_first_ones(tmp_path: Path) -> None:
    first = "{on: 2027-05-01, reorganise: {from: csm, to: support, count: 1, work: call}}"
    again = "{on: 2027-06-01, reorganise: {from: csm, to: support, count: 1, work: [call]}}"
    text = wrong(tmp_path, timeline(first, again))
    assert "timeline[1].reorganise.work[0]\n  problem   call is not done by csm, but by support" in text
    small(tmp_path, timeline(first, again.replace("from: csm, to: support", "from: support, to: csm")))


def test_a_role_may_get_its_work_by_reorganisation(tmp_path: Path) -> None:
    assert "nothing in the scenario is done by desk" in wrong(tmp_path, "staff.desk={headcount: 0}")
    small(
        tmp_path,
        "staff.desk={headcount: 0}",
        timeline("{on: 2027-05-01, reorganise: {from: support, to: desk, count: 1, work: [tickets]}}"),
    )


def test_swapping_some_people_is_no_circle(tmp_path: Path) -> None:
    some = "{on: 2027-05-01, reorganise: {from: csm, to: support, count: 1}}"
    back = "{on: 2027-05-01, reorganise: {from: support, to: csm}}"
    small(tmp_path, timeline(some, back))
    everyone = "{on: 2027-05-01, reorganise: {from: csm, to: support}}"
    small(tmp_path, timeline(everyone, back.replace("05-01", "05-02")))
    assert "goes round in a circle" in wrong(tmp_path, timeline(everyone, back))


# ---------------------------------------------------------------- seats


def test_seats_are_those_that_the_file_needs(tmp_path: Path) -> None:
    acts = timeline(
        "{on: 2027-05-01, hire: {role: csm, count: 2}}",
        "{on: 2027-06-01, reorganise: {from: csm, to: support, count: 2}}",
        "{on: 2027-07-01, reorganise: {from: support, to: csm}}",
    )
    named = "people=[{name: Ann, role: csm, start: 2027-06-15}]"
    scenario = small(tmp_path, acts, named).scenario
    # csm: 3, 1 later, 2 hires, and 4 who move in, but nobody sits twice; support: 2, and 2 who move in
    assert seats_needed(scenario) == {"csm": 8, "support": 4}
    policy = "policies=[{use: hire_when_overloaded, role: csm}]"
    assert seats_of(small(tmp_path, acts, named, policy).scenario) == {"csm": 21, "support": 13}
    assert seats_of(small(tmp_path, "staff.csm.seats=9").scenario) == {"csm": 9, "support": 2}


def test_merging_to_and_fro_does_not_double_the_seats(tmp_path: Path) -> None:
    acts = [
        f"{{on: 2027-{month:02}-{day:02}, reorganise: {{from: {a}, to: {b}}}}}"
        for month in range(5, 12)
        for day, a, b in ((1, "csm", "support"), (2, "support", "csm"))
    ]
    assert seats_needed(small(tmp_path, timeline(*acts)).scenario) == {"csm": 5, "support": 5}


# ---------------------------------------------------------------- policies


def test_arguments_of_policies(tmp_path: Path) -> None:
    policy = Policy.model_validate(
        {
            "module": "x.py", "function": "f", "a": "85%", "b": "6 weeks", "c": "month", "d": "some text",
            "for": "1d", "list": ["50%", "x"], "on": True, "n": 3, "role": "week",
        }
    )  # fmt: skip
    assert arguments_of(policy) == {
        "a": 0.85, "b": 42.0, "c": 30.4375, "d": "some text", "for_": 1.0, "list": [0.5, "x"], "n": 3,
        "on": True, "role": "week",
    }  # fmt: skip
    built_in = Policy.model_validate(
        {"use": "hire_on_backlog", "role": "csm", "hours": "8h", "for": "1 week"}
    )
    assert arguments_of(built_in) == {"count": 1, "for_": 7.0, "hours": 8.0, "role": "csm"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_examples_of_built_in_policies_are_right(tmp_path: Path, name: str) -> None:
    needed = {"role": "csm", "share_of_arr": "10%", "basis": "work"}
    written = ", ".join(
        f"{key}: {needed[key] if argument.required else argument.default_text}"
        for key, argument in BUILT_IN[name].items()
        if argument.default is not None or argument.required
    )
    cost = "staff.csm.cost=9M per year"
    loaded = small(tmp_path, cost, f"policies=[{{use: {name}, {written}}}]")
    given = arguments_of(loaded.scenario.policies[0])
    short = ", ".join(f"{key}: {needed[key]}" for key in BUILT_IN[name] if BUILT_IN[name][key].required)
    again = small(tmp_path, cost, f"policies=[{{use: {name}{', ' if short else ''}{short}}}]")
    assert arguments_of(again.scenario.policies[0]) == given


def test_a_policy_is_read_but_not_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text('"\\d"\nraise SystemExit\ndef f(env, org): yield\n', encoding="utf-8")
    loaded = small(tmp_path, "policies=[{module: mine.py, function: f}]")
    assert loaded.modules == {0: (tmp_path / "mine.py").resolve()}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"def f(:\n", "is not Python in line 1"),
        (b"\x00", "is not Python"),
        (b"\xff\xfe", "is not Python"),
        ("# coding: cp932\n# 方針\ndef f(env, org): yield\n".encode("cp932"), "is not Python"),
        (b"(" * 100_000, "is not Python"),
        (b"#" * 1_100_000, "is larger than 1 MB"),
        (b"f = 1\n", "does not define the function f"),
        (b"async def f(env): pass\n", "does not define the function f"),
        (b"class A:\n    def f(self): pass\n", "does not define the function f"),
    ],
)
def test_files_that_hold_no_policy(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "mine.py").write_bytes(content)
    assert problem in wrong(tmp_path, "policies=[{module: mine.py, function: f}]")


def test_a_module_lies_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "mine.py").write_text("def f(env, org): yield\n", encoding="utf-8")
    (tmp_path / "inside" / "link.py").symlink_to(tmp_path / "mine.py")
    for written in ("../mine.py", str(tmp_path / "mine.py"), "link.py", r"C:\mine.py", "a\x01b"):
        text = wrong(
            tmp_path / "inside", f'policies=[{{module: "{written}", function: f}}]'.replace("\\", "\\\\")
        )
        assert "policies[0].module" in text or "control character" in text
    # a further folder for data is none for code
    (tmp_path / "inside" / "s.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(ScenarioError, match="outside the folder"):
        load(tmp_path / "inside" / "s.yaml", ["policies=[{module: ../mine.py, function: f}]"], tmp_path)


def test_last_days_count(tmp_path: Path) -> None:
    sets = ("people=[{name: Ann, role: csm, until: 2027-04-01}]",)
    assert small(tmp_path, *sets).scenario.people[0].until == date(2027, 4, 1)
    acts = "{on: 2027-05-01, hire: {role: csm, count: 1, until: 2027-05-01}}"
    small(tmp_path, timeline(acts))
    assert "the search for them takes until 2027-05-15" in wrong(
        tmp_path, timeline(acts), "staff.csm.time_to_hire=2 weeks"
    )
