"""The support desk: how tickets come, who handles them, how they go on, and in which hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from csm_sim.errors import ScenarioError
from csm_sim.scenario import Loaded, load
from csm_sim.scenario.amounts import read_multiple
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.profile import Profile, read_profile
from csm_sim.scenario.tickets import Tickets
from csm_sim.scenario.units import Span, Wrong
from csm_sim.scenario.writing import as_yaml

DESK = Path(__file__).with_name("desk.yaml")
SMALL = """\
name: Small
start: 2027-04-01
horizon: 12 months
segments:
  smb: {touch: low, accounts: 40, arr: 1.5M, owner: csm}
  tail: {touch: tech, accounts: 400, arr: 12k}
staff:
  csm: {headcount: 2}
  support: {headcount: 2}
tickets:
  rate: 0.5 per month
  severities: {p2: {effort: 40min, first_response: 4h, resolve: 2bd}}
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


def desk() -> tuple[Scenario, Tickets]:
    scenario = load(DESK).scenario
    assert scenario.tickets is not None
    return scenario, scenario.tickets


def test_every_key_of_the_desk_is_read() -> None:
    _, tickets = desk()
    assert tickets.profile == Profile("office")
    assert tickets.season == {"dec": 1.2, "aug": 0.6}
    assert (tickets.growth, tickets.holidays, tickets.busyness, tickets.batch) == (0.1, 0.2, 0.3, 2)
    assert tickets.after_start is not None
    assert (tickets.after_start.from_, tickets.after_start.over) == (3, Span(4, "months"))
    assert tickets.overflow is not None
    assert (tickets.overflow.to, tickets.overflow.after) == ("support", Span(480, "min"))
    assert tickets.escalation is not None
    assert (tickets.escalation.due, tickets.escalation.priority) == (Span(8, "h"), 3)
    assert tickets.hand_over.minutes == 10
    assert tickets.backlog is not None
    assert (tickets.backlog.open, tickets.backlog.waited) == ({"p1": 2, "p2": 30}, Span(2, "d"))
    first = tickets.severities["p1"]
    assert first.more is not None
    assert (first.more.chance, first.more.customer_wait.params) == (0.4, (480,))
    assert first.reopen is not None
    assert (first.reopen.after.params, first.escalate) == ((4320,), 0.2)
    assert first.patience is not None
    assert first.patience.kind == "constant"


def test_what_is_left_out_changes_nothing(tmp_path: Path) -> None:
    scenario = small(tmp_path).scenario
    tickets = scenario.tickets
    assert tickets is not None
    assert tickets.profile == Profile("24x7")
    assert (tickets.season, tickets.growth, tickets.holidays, tickets.busyness, tickets.batch) == (
        {}, 0, 1, None, 1,
    )  # fmt: skip
    assert (tickets.after_start, tickets.deflection, tickets.topics) == (None, {}, {})
    assert (tickets.overflow, tickets.escalation, tickets.backlog) == (None, None, None)
    assert tickets.hand_over.minutes == 0
    severity = tickets.severities["p2"]
    assert (severity.clock, severity.patience, severity.more, severity.reopen, severity.escalate) == (
        "business", None, None, None, 0,
    )  # fmt: skip
    assert scenario.calendar_of("csm") is scenario.calendar


def test_what_show_prints_is_the_same_desk(tmp_path: Path) -> None:
    loaded = load(DESK)
    again = tmp_path / "again.yaml"
    again.write_text(as_yaml(with_defaults(loaded.data)[0]), encoding="utf-8")
    assert load(again).scenario == loaded.scenario


# ---------------------------------------------------------------- who handles them


@pytest.mark.parametrize(
    ("sets", "routes"),
    [
        ([], [(1, "support")]),
        (["tickets.handled_by=csm"], [(1, "csm")]),
        (["tickets.handled_by={csm: 30%, support: 70%}"], [(0.3, "csm"), (0.7, "support")]),
        (
            ["tickets.topics={ja: {share: 75%}, en: {share: 25%, handled_by: csm}}"],
            [(0.75, "support"), (0.25, "csm")],
        ),
        (
            [
                "tickets.topics={ja: {share: 50%, handled_by: {csm: 50%, support: 50%}}, en: {share: 50%}}",
                "tickets.handled_by={support: 75%, csm: 25%}",
            ],
            [(0.25, "csm"), (0.25, "support"), (0.375, "support"), (0.125, "csm")],
        ),
    ],
)
def test_routes_are_topics_times_roles(
    tmp_path: Path, sets: list[str], routes: list[tuple[float, str]]
) -> None:
    scenario = small(tmp_path, *sets, "staff.support.serves=all").scenario
    assert scenario.ticket_routes("smb") == routes


def test_a_topic_of_nobody_is_reported_once(tmp_path: Path) -> None:
    sets = [
        "staff={helpers: {headcount: 1}, support: null}",
        "segments.tail.owner=helpers",
        "tickets.topics={ja: {share: 50%, handled_by: csm}, en: {share: 50%}}",
    ]
    text = wrong(tmp_path, *sets)
    assert text.count("nobody does this work for") == 2
    sets[2] = "tickets.topics={ja: {share: 50%, handled_by: csm}, en: {share: 50%, handled_by: helpers}}"
    small(tmp_path, *sets)


@pytest.mark.parametrize(
    "sets",
    [
        ["staff.night={headcount: 1, covers: support}"],
        ["staff.night={headcount: 1}", "tickets.overflow={to: night, after: 4h}"],
        [
            "staff.night={headcount: 1}",
            "tickets.escalation={to: night, effort: 10min}",
            "tickets.severities.p2.escalate=10%",
        ],
        [
            "staff.night={headcount: 1}",
            "tickets.topics={a: {share: 90%}, b: {share: 10%, handled_by: night}}",
        ],
        ["staff.night={headcount: 1}", "tickets.handled_by={support: 90%, night: 10%}"],
    ],
)
def test_roles_of_the_desk_are_not_idle(tmp_path: Path, sets: list[str]) -> None:
    assert "night" in small(tmp_path, *sets).scenario.staff


def test_a_role_without_any_work_is_idle(tmp_path: Path) -> None:
    assert "nothing in the scenario is done by night" in wrong(tmp_path, "staff.night={headcount: 1}")


def test_overflow_to_another_role_of_several(tmp_path: Path) -> None:
    sets = ["tickets.handled_by={csm: 50%, support: 50%}", "tickets.overflow={to: support, after: 1bd}"]
    small(tmp_path, *sets)
    assert "already handles all tickets" in wrong(tmp_path, "tickets.handled_by=support", sets[1])


def test_an_escalation_of_none_is_a_choice(tmp_path: Path) -> None:
    escalation = "tickets.escalation={to: csm, effort: 10min, due: 1bd}"
    tickets = small(tmp_path, escalation, "tickets.severities.p2.escalate=0%").scenario.tickets
    assert tickets is not None
    assert tickets.escalation is not None
    assert tickets.escalation.due == Span(480, "min")
    assert "no severity says" in wrong(tmp_path, escalation)
    assert "what an escalation costs" in wrong(tmp_path, "tickets.severities.p2.escalate=1%")


# ---------------------------------------------------------------- how they come


def test_profiles() -> None:
    hours = [0.0] * 9 + [1.0] * 9 + [0.0] * 6
    assert read_profile("Office").shape == "office"
    assert read_profile("24×7").shape == "24x7"
    assert read_profile(hours).weights == (tuple(hours),) * 7
    weights = read_profile({"tue": hours, "sun": [2] * 24}).weights
    assert weights is not None
    assert [sum(row) for row in weights] == [0, 9, 0, 0, 0, 0, 48]
    assert read_profile({"file": "week.csv"}) == Profile("weights", None, "week.csv")


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, "", "fat", [], [1] * 23, [1] * 25, [0] * 24, [1] * 23 + [-1],
        [1] * 23 + [float("nan")], [1] * 23 + [float("inf")], [1] * 23 + ["<b>"], [1] * 23 + [10**400],
        {}, {"mon": 1}, {"mon": [0] * 24}, {"mon": []}, {"file": ""}, {"file": 3},
        {"file": "a.csv", "mon": [1] * 24}, {"<b>": [1] * 24},
    ],
)  # fmt: skip
def test_what_is_no_profile(value: object) -> None:
    with pytest.raises(Wrong):
        read_profile(value)


def test_a_profile_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "week.csv").write_text("hour,weight,weekday\n9,2.5,mon\n23,1,Sunday\n0,0,mon\n")
    loaded = small(tmp_path, "tickets.profile={file: week.csv}")
    assert loaded.profile is not None
    assert (len(loaded.profile), {len(row) for row in loaded.profile}) == (7, {24})
    assert (loaded.profile[0][9], loaded.profile[6][23]) == (2.5, 1)
    assert sum(map(sum, loaded.profile)) == 3.5
    assert loaded.scenario.tickets is not None
    assert loaded.scenario.tickets.profile.weights is None
    assert "week.cvs does not exist" in wrong(tmp_path, "tickets.profile={file: week.cvs}")
    assert "outside the folder" in wrong(tmp_path, "tickets.profile={file: ../week.csv}")


def test_a_backlog_goes_with_a_trace_and_a_rate_does_not(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,arr\nA,1\n")
    (tmp_path / "tickets.csv").write_text("account,opened_at\nA,2027-04-01\n")
    sets = (
        "segments.smb={accounts: {file: accounts.csv}, arr: null}",
        "tickets.trace={file: tickets.csv}",
        "tickets.backlog={open: {p2: 3}}",
    )
    loaded = small(tmp_path, *sets, "tickets.rate=null")
    assert "profile" not in with_defaults(loaded.data)[0]["tickets"]
    text = wrong(tmp_path, *sets, "tickets.growth=5%")
    assert "both a rate and a trace" in text
    assert "growth has no effect" not in text


def test_another_form_of_profile_replaces_one(tmp_path: Path) -> None:
    (tmp_path / "week.csv").write_text("hour,weight,weekday\n9,2.5,mon\n")
    monday = f"tickets.profile={{mon: {[1] * 24}}}"
    assert small(tmp_path, monday, "tickets.profile={file: week.csv}").profile
    tickets = small(tmp_path, monday, f"tickets.profile={{tue: {[2] * 24}}}").scenario.tickets
    assert tickets is not None
    assert tickets.profile.weights is not None
    assert [row[0] for row in tickets.profile.weights] == [1, 2, 0, 0, 0, 0, 0]


def test_a_segment_may_be_called_after_a_key(tmp_path: Path) -> None:
    text = SMALL.replace("  tail:", "  after:")
    (tmp_path / "base.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "child.yaml").write_text("extends: base.yaml\nsegments: {after: {accounts: 7}}\n")
    assert load(tmp_path / "child.yaml").scenario.segments["after"].accounts == 7


@pytest.mark.parametrize(
    ("value", "multiple"), [("120%", 1.2), ("x1.2", 1.2), ("0%", 0), (0, 0), (0.6, 0.6), ("2倍", 2)]
)
def test_multiples(value: object, multiple: float) -> None:
    assert read_multiple(value) == pytest.approx(multiple)


@pytest.mark.parametrize(
    "value", [120, 1.2, "120", "-5%", "x-1", "1e999%", float("nan"), float("inf"), 10**400, None, True, "<b>"]
)
def test_what_is_no_multiple(value: object) -> None:
    with pytest.raises(Wrong):
        read_multiple(value)


def test_deflection_defaults(tmp_path: Path) -> None:
    ways = "{a: {to: 30%, over: 6 months}, b: {to: 15%}, c: {from: 5%, to: 9%, over: 1 week, for: tail}}"
    tickets = small(tmp_path, f"tickets.deflection={ways}").scenario.tickets
    assert tickets is not None
    found = {name: (way.from_, way.to, way.over, way.for_) for name, way in tickets.deflection.items()}
    assert found == {
        "a": (0, 0.3, Span(6, "months"), ("smb", "tail")),
        "b": (0.15, 0.15, None, ("smb", "tail")),
        "c": (0.05, 0.09, Span(1, "w"), ("tail",)),
    }


@pytest.mark.parametrize(
    "sets",
    [
        ["tickets.growth=1000%", "horizon=20 years"],
        ["tickets.growth=-99%", "warm_up=5 years"],
        ["tickets.season={dec: x200}", "tickets.after_start={from: x100, over: 1 month}"],
        [f"timeline=[{', '.join(['{on: 2027-06-01, surge: {tickets: x1000, for: 1d}}'] * 200)}]"],
    ],
)
def test_multiples_beyond_reason_together(tmp_path: Path, sets: list[str]) -> None:
    assert "may raise the rate to" in wrong(tmp_path, *sets)


def test_surges_one_after_the_other_are_no_product(tmp_path: Path) -> None:
    acts = ", ".join(f"{{on: 2027-{m:02}-01, surge: {{tickets: x20, for: 1 week}}}}" for m in range(4, 13))
    small(tmp_path, f"timeline=[{acts}]")
    assert "surge may raise the rate" in wrong(tmp_path, f"timeline=[{acts.replace('1 week', '1 year')}]")
    lasting = acts.replace("1 week", "1 week, decay: 1 year")
    assert "surge may raise the rate" in wrong(tmp_path, f"timeline=[{lasting}]")


# ---------------------------------------------------------------- clocks and calendars


def test_working_days_need_the_business_clock(tmp_path: Path) -> None:
    tickets = small(tmp_path, "tickets.severities.p2={clock: elapsed, resolve: 2d}").scenario.tickets
    assert tickets is not None
    assert tickets.severities["p2"].resolve == Span(2, "d")
    assert "2bd are working days" in wrong(tmp_path, "tickets.severities.p2.clock=elapsed")
    assert "may be 24 hours or a working day" in wrong(tmp_path, "tickets.severities.p2.resolve=2d")


def test_hours_may_cross_midnight(tmp_path: Path) -> None:
    calendar = small(tmp_path, "calendar.hours='22:00-07:00'").scenario.calendar
    assert calendar.windows == ((22 * 60, 31 * 60),)
    assert calendar.minutes_a_day == 540
    tickets = small(tmp_path, "calendar.hours='22:00-07:00'").scenario.tickets
    assert tickets is not None
    assert tickets.severities["p2"].resolve == Span(1080, "min")
    evening = small(tmp_path, "calendar.hours='18:00-00:00'", "calendar.break=none").scenario.calendar
    assert evening.windows == ((1080, 1440),)
    assert "no break" in wrong(tmp_path, "calendar={hours: '22:00-07:00', break: '02:00-03:00'}")
    assert "ends as it begins" in wrong(tmp_path, "calendar.hours='22:00-22:00'")


def test_a_role_has_its_own_hours(tmp_path: Path) -> None:
    shared = "calendar={country: DE, subdivision: BY, closed: [2027-12-29]}"

    def of(calendar: str) -> tuple:
        own = small(tmp_path, shared, f"staff.support.calendar={calendar}").scenario.calendar_of("support")
        return own.country, own.subdivision, len(own.closed), len(own.week), own.windows

    night = ((1320, 1860),)
    assert of("{hours: '22:00-07:00'}") == ("DE", "BY", 1, 5, night)
    assert of("{hours: '22:00-07:00', country: JP, week: mon-sun}") == ("JP", None, 1, 7, night)
    assert of("{hours: '22:00-07:00', country: none, closed: []}") == (None, None, 0, 5, night)
    assert of("24x7") == (None, None, 0, 7, ((0, 1440),))


def test_show_prints_night_shifts_as_they_are(tmp_path: Path) -> None:
    loaded = small(tmp_path, "staff.support.calendar={hours: '22:00-07:00'}", "calendar.country=JP")
    again = tmp_path / "again.yaml"
    again.write_text(as_yaml(with_defaults(loaded.data)[0]), encoding="utf-8")
    reread = load(again).scenario
    assert reread == loaded.scenario
    assert reread.calendar_of("support") == loaded.scenario.calendar_of("support")


def test_efforts_from_a_file_may_stand_anywhere(tmp_path: Path) -> None:
    (tmp_path / "efforts.csv").write_text("more,again,manager\n10,20,30\n11,21,31\n")
    loaded = small(
        tmp_path,
        "tickets.severities.p2.more={chance: 9%, customer_wait: 1h}",
        "tickets.severities.p2.more.effort={file: efforts.csv, column: more}",
        "tickets.severities.p2.reopen={chance: 10%, after: 1d, effort: {file: efforts.csv, column: again}}",
        "tickets.escalation={to: csm, effort: {file: efforts.csv, column: manager}}",
        "tickets.severities.p2.escalate=5%",
    )
    assert {column: list(efforts) for (_, column), efforts in loaded.samples.items()} == {
        "more": [10, 11],
        "again": [20, 21],
        "manager": [30, 31],
    }


def test_holidays_without_any_are_noted(tmp_path: Path) -> None:
    notes = small(tmp_path, "tickets.holidays=20%").notes
    assert any("neither a country nor closed days" in note.text for note in notes)
    assert not small(tmp_path, "tickets.holidays=20%", "calendar.country=JP").notes
