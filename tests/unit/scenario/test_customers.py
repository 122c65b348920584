"""The rules for customers: what is read, noted, and refused beside the cases of tests/messages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from csm_sim.analysis.assumptions import assumptions_of
from csm_sim.errors import ScenarioError
from csm_sim.scenario import Loaded, load
from csm_sim.scenario.customer_values import BandChances, ShareOverTime, share_at
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.journey import TierRule, served_as
from csm_sim.scenario.plays import Standard
from csm_sim.scenario.units import Span
from csm_sim.scenario.writing import as_yaml

EVERYTHING = Path(__file__).parents[1] / "world" / "customers.yaml"
SMALL = """\
name: Small
start: 2027-04-01
horizon: 12 months
segments:
  smb: {touch: low, accounts: 40, arr: 1.5M, churn: {green: 3%, yellow: 10%, red: 35%}, new: {per_month: 2}}
  tail: {touch: tech, accounts: 400, arr: 12k}
staff:
  csm: {headcount: 3, serves: all}
playbooks:
  call: {for: smb, every: month, steps: [{do: call, effort: 1h}]}
  setup: {for: smb, on: new_account, first_value_after: train, steps: [{do: train, effort: 1h, due: 20d}]}
tickets:
  rate: {smb: 0.5 per month}
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


def rule(text: str) -> str:
    return f"tiering=[{text}]"


# ---------------------------------------------------------------- what is read


def test_a_segment_of_its_own_kind() -> None:
    trial = load(EVERYTHING).scenario.segments["trial"]
    assert trial.early_churn is not None
    assert trial.contraction is not None
    assert trial.expansion is not None
    assert trial.new is not None
    assert trial.new.bad_fit is not None
    assert trial.new.poor_handover is not None
    assert (trial.early_churn.chance, trial.early_churn.within) == (0.05, Span(60, "d"))
    assert (trial.contraction.chance.from_red, trial.contraction.by) == ((0.12, 0.06, 0.02), 0.2)
    assert (trial.expansion.chance.from_red, trial.expansion.uplift) == ((0.0, 0.05, 0.15), 0.2)
    assert trial.new.season == {"apr": 3.0, "aug": 0.5}
    bad = trial.new.bad_fit
    assert (bad.share, bad.by_month, bad.churn_odds) == (0.1, {"mar": 0.3}, 3.0)
    assert (bad.tickets, bad.onboarding_effort, bad.usage) == (2.0, 1.5, -20.0)
    assert (trial.new.poor_handover.tickets, trial.new.poor_handover.onboarding_effort) == (1.25, 1.0)
    assert [trial.automated_in(name) for name in ("check_in", "onboarding", "save")] == [0.5, 0.25, 0.0]
    assert load(EVERYTHING).scenario.segments["tail"].automated_in("save") == 0.3
    assert load(EVERYTHING).scenario.segments["club"].touch == "community"


def test_plays_and_their_triggers() -> None:
    playbooks = load(EVERYTHING).scenario.playbooks
    save = playbooks["save"]
    assert (save.triggers, save.on_event, save.again_after) == (["on"], True, Span(30, "d"))
    assert save.effect is not None
    assert save.effect.health.points == (5, 10, 1, 2)
    assert save.effect.upsell is not None
    assert save.effect.upsell.converts.from_red == (0.0, 0.1, 0.3)
    assert (playbooks["hearing"].triggers, playbooks["hearing"].on_event) == (["after"], True)
    assert not playbooks["onboarding"].on_event
    assert (playbooks["check_in"].phase, playbooks["hearing"].phase) == (
        ("adoption", "expansion"),
        ("expansion",),
    )


def test_an_empty_group_takes_the_defaults(tmp_path: Path) -> None:
    health = small(tmp_path, "health={decision: {}, silence: {}, detection: {}}").scenario.health
    assert health.decision is not None
    assert health.silence is not None
    assert health.detection is not None
    assert (health.decision.min, health.decision.max) == (Span(1, "months"), Span(6, "months"))
    assert (health.silence.after, health.silence.to, health.silence.half_life) == (
        Span(90, "d"),
        40,
        Span(90, "d"),
    )
    assert (health.detection.delay.days, health.detection.sensitivity, health.detection.false_alarms) == (
        0,
        1.0,
        0.0,
    )
    early = small(tmp_path, "segments.smb.early_churn={chance: 5%}").scenario.segments["smb"].early_churn
    assert early is not None
    assert early.within == Span(90, "d")


def test_rules_that_nobody_wrote_are_absent(tmp_path: Path) -> None:
    loaded = small(tmp_path)
    scenario = loaded.scenario
    assert (scenario.community, scenario.tiering, scenario.journey.onboarding_limit) == (None, (), None)
    assert (scenario.health.detection, scenario.health.decision, scenario.health.silence) == (
        None,
        None,
        None,
    )
    assert scenario.health.effects
    assert not scenario.needs_pulses
    merged, _ = with_defaults(loaded.data)
    assert "journey" not in merged
    assert "health.pulse" not in [one.key for one in assumptions_of(loaded)]


@pytest.mark.parametrize("change", ["off", "false", "no"])
def test_effects_can_be_switched_off(tmp_path: Path, change: str) -> None:
    assert not small(tmp_path, f"health.effects={change}").scenario.health.effects


@pytest.mark.parametrize(
    "change",
    [
        "journey.onboarding_limit=120d",
        "segments.smb.early_churn={chance: 5%}",
        "playbooks.save={for: smb, on: health_green, steps: [{do: call, effort: 1h}]}",
    ],
)
def test_what_needs_somebody_to_look(tmp_path: Path, change: str) -> None:
    loaded = small(tmp_path, change)
    assert loaded.scenario.needs_pulses
    assert "health.pulse" in [one.key for one in assumptions_of(loaded)]


def test_a_share_over_time_counts_from_the_start() -> None:
    share = ShareOverTime.model_validate({"from": "5%", "to": "1%", "over": "100d"})
    assert [share_at(share, days) for days in (-1, 0, 25, 100, 400)] == pytest.approx(
        [0.05, 0.05, 0.04, 0.01, 0.01]
    )
    at_once = ShareOverTime.model_validate({"from": "5%", "to": "1%", "over": "0d"})
    assert [share_at(at_once, days) for days in (-1, 0)] == [0.05, 0.01]
    assert share_at(0.8, -10) == 0.8


@pytest.mark.parametrize(("degree", "odds"), [("30%", 1.0), ("60%", 1.0), ("70%", 1.125), ("100%", 1.5)])
def test_a_standard_costs_loyalty_past_a_point(degree: str, odds: float) -> None:
    standard = Standard.model_validate({"degree": degree, "saves": "50%"})
    assert standard.odds == pytest.approx(odds)


def test_all_is_spelt_out(tmp_path: Path) -> None:
    scenario = small(
        tmp_path,
        rule("{from: all, to: tail, review: quarter}"),
        "timeline=[{on: 2027-06-01, sales: {new: x3}}, {on: 2027-06-01, price: {segments: all, by: 5%}}]",
    ).scenario
    assert scenario.tiering[0].from_ == ("smb",)
    first, second = (act.sales or act.price for act in scenario.timeline)
    assert first is not None
    assert second is not None
    assert (first.segments, second.segments) == (("smb",), ("smb", "tail"))


def test_served_as_follows_every_move() -> None:
    def rules(*moves: tuple[str, str]) -> list[TierRule]:
        return [TierRule.model_validate({"from": a, "to": b, "review": "month"}) for a, b in moves]

    assert served_as("abcd", rules(("c", "d"), ("b", "c"), ("a", "b"))) == {
        "a": {"a", "b", "c", "d"},
        "b": {"b", "c", "d"},
        "c": {"c", "d"},
        "d": {"d"},
    }
    # there and back again is allowed
    assert served_as("abc", rules(("a", "b"), ("b", "a"))) == {"a": {"a", "b"}, "b": {"a", "b"}, "c": {"c"}}


def test_conversion_by_band_need_not_rise_with_health() -> None:
    chances = BandChances.model_validate({"green": "5%", "yellow": "30%", "red": "10%"})
    assert chances.from_red == (0.1, 0.3, 0.05)


def test_what_show_prints_is_the_same_scenario(tmp_path: Path) -> None:
    loaded = load(EVERYTHING)
    again = tmp_path / "again.yaml"
    again.write_text(as_yaml(with_defaults(loaded.data)[0]), encoding="utf-8")
    assert load(again).scenario == loaded.scenario


def test_an_extending_file_changes_single_keys(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(EVERYTHING.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        "extends: base.yaml\n"
        "segments: {trial: {automated: 20%, new: {bad_fit: {usage: -5}}}, tail: {automated: {save: 10%}}}\n"
        "health: {detection: {false_alarms: 3%, sensitivity: {from: 50%, to: 90%, over: 1 year}}}\n"
        "playbooks: {save: {effect: {upsell: {lead: 50%}}}}\n",
        encoding="utf-8",
    )
    scenario = load(tmp_path / "s.yaml").scenario
    trial = scenario.segments["trial"]
    assert (trial.automated, scenario.segments["tail"].automated) == (0.2, {"save": 0.1})
    assert trial.new is not None
    assert trial.new.bad_fit is not None
    assert (trial.new.bad_fit.usage, trial.new.bad_fit.churn_odds) == (-5, 3)
    detection = scenario.health.detection
    assert detection is not None
    assert (detection.false_alarms, detection.delay) == (0.03, Span(7, "d"))
    assert share_at(detection.sensitivity, 365) == pytest.approx(0.9)
    effect = scenario.playbooks["save"].effect
    assert effect is not None
    assert effect.upsell is not None
    assert (effect.upsell.lead, effect.upsell.uplift) == (0.5, 0.2)


# ---------------------------------------------------------------- what is allowed


@pytest.mark.parametrize(
    "sets",
    [
        (rule("{from: smb, to: tail, on: first_value}"),),  # no condition
        (rule("{from: smb, to: tail, review: month}, {from: tail, to: smb, review: month}"),),
        ("segments.tail.term=1 month", rule("{from: smb, to: tail, review: month}")),
        # first value comes as smb, and the account is served as tail by then
        (
            "segments.club={touch: community, accounts: 1, arr: 1}",
            rule("{from: smb, to: tail, review: month}, {from: tail, to: club, on: first_value}"),
        ),
        ("segments.tail.contraction={chance: {green: 0%, yellow: 0%, red: 100%}, by: 99%}",),
        ("segments.smb.expansion={chance: {green: 0%, yellow: 50%, red: 10%}, uplift: 200%}",),
        ("community={members: 30%, since: 2020-01-01}",),
        # nobody handles tickets of tail, and there are none
        ("staff.csm.serves=[smb]", "staff.ops={headcount: 1, covers: csm}"),
        (
            rule("{from: smb, to: tail, review: month}"),
            "playbooks.later={for: tail, after: call, steps: [{do: call, effort: 1h}]}",
        ),
    ],
)
def test_what_is_allowed(tmp_path: Path, sets: tuple[str, ...]) -> None:
    assert small(tmp_path, *sets).notes == ()


def test_what_may_not_be_meant_is_noted_and_stops_nothing(tmp_path: Path) -> None:
    assert notes(
        tmp_path,
        "segments.smb.new.bad_fit={share: 10%}",
        "segments.smb.term=2 months",
        "segments.smb.early_churn={chance: 5%}",
        "health.decision={min: 1 month, max: 6 months}",
        "playbooks.call.effect={}",
    ) == [
        "segments.smb.new.bad_fit: such accounts differ from others in nothing",
        "segments.smb.early_churn.within: longer than the term of 2 months: accounts that have renewed "
        "still count as early",
        "health.decision.max: longer than the term of smb (2 months): its accounts decide at the earliest "
        "on the day after a renewal",
        "playbooks.call.effect: it brings nothing",
    ]


# ---------------------------------------------------------------- what is refused


def test_tickets_of_accounts_that_move_need_somebody(tmp_path: Path) -> None:
    roles = "staff={csm: {serves: smb}, ops: {headcount: 1, serves: tail}, aid: {headcount: 1, serves: tail}}"
    assert small(tmp_path, roles).notes == ()
    said = wrong(tmp_path, roles, rule("{from: smb, to: tail, review: month}"))
    assert "the roles ops and aid both serve tail" in said
    assert "tickets.handled_by" in said


def test_first_value_is_brought_once(tmp_path: Path) -> None:
    said = wrong(
        tmp_path,
        "playbooks.again={for: smb, on: new_account, first_value_after: go, steps: [{do: go, effort: 1h}]}",
    )
    assert "smb already gets its first value in setup" in said


def test_first_value_of_other_segments_is_none(tmp_path: Path) -> None:
    said = wrong(tmp_path, rule("{from: tail, to: smb, on: first_value}"))
    assert "no playbook brings first value to accounts of tail" in said


def test_a_broken_link_hides_no_loop(tmp_path: Path) -> None:
    steps = "steps: [{do: call, effort: 1h}]"
    said = wrong(
        tmp_path,
        f"playbooks.one={{for: smb, after: two, {steps}}}",
        f"playbooks.two={{for: smb, after: one, {steps}}}",
        f"playbooks.three={{for: smb, after: nothing, {steps}}}",
    )
    assert "one -> two -> one" in said
    assert "nothing is not a playbook of this scenario" in said


def test_a_playbook_with_faults_of_its_own_is_known_all_the_same(tmp_path: Path) -> None:
    said = wrong(
        tmp_path,
        "playbooks.call.steps=[{do: call, effort: -1h}]",
        "playbooks.later={for: smb, after: call, steps: [{do: call, effort: 1h}]}",
        "segments.smb.automated={call: 20%}",
    )
    assert said.count("problem") == 1
    assert "-1h is not an effort" in said


def test_a_date_is_read_like_any_other(tmp_path: Path) -> None:
    scenario = small(tmp_path, rule("{from: smb, to: tail, review: quarter, since: 2027年10月1日}")).scenario
    assert scenario.tiering[0].since == date(2027, 10, 1)
