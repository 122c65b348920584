"""What a result rests on: every effect size, what stands behind it, and what else it could be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from customer_book import CUSTOMERS
from small_team import SCENARIO, write_scenario

from csm_sim.analysis.assumption_keys import EFFECTS, NOT_ABOUT_THE_WORLD, SETTINGS, WHOLE
from csm_sim.analysis.assumptions import Assumption, assumptions_of
from csm_sim.scenario import load
from csm_sim.scenario.catalogue import catalogue

_FACTS = re.compile(
    r"start|horizon|warm_up"
    r"|staff\.\*\.(headcount|serves|cost|contractor_cost|hiring_cost|severance|covers|skills|most|seats)"
    r"|money\.(per_ticket|per_person|fixed)"
    r"|segments\.\*\.(touch|arr|renewals|owner|new\.per_month)"
    r"|community\.since|playbooks\.\*\.standard\.degree"
    r"|tickets\.(rate|profile|handled_by|(topics|overflow|backlog)\..*|season)"
)
"""What a team, its customers and its plan are: neither effects nor defaults that say what the work is."""


def _by_key(folder: Path, text: str, *sets: str) -> dict[str, Assumption]:
    return {one.key: one for one in assumptions_of(load(write_scenario(folder, text), sets))}


def test_every_key_is_an_effect_a_setting_or_a_fact() -> None:
    """A new key must be put into one of the kinds."""
    for doc in catalogue():
        if doc.text.startswith(NOT_ABOUT_THE_WORLD) or (doc.group and not EFFECTS.fullmatch(doc.text)):
            continue
        kinds = [kind for kind in (EFFECTS, SETTINGS, _FACTS) if kind.fullmatch(doc.text)]
        both = [EFFECTS, SETTINGS]  # an effect size of a plan: its default is a setting, its value is listed
        assert len(kinds) == 1 or kinds == both, doc.text


@pytest.mark.parametrize(
    ("key", "value", "default", "limits"),
    [
        ("segments.key.contraction.chance.red", "20%", "", "0% to 100%"),
        ("segments.key.contraction.by", "20%", "", "above 0% to under 100%"),
        ("segments.key.expansion.uplift", "20%", "", "0% to 1000%"),
        ("segments.入門 trial.early_churn.chance", "8%", "", "0% to under 100%"),
        ("segments.入門 trial.new.bad_fit.churn_odds", "x3", "x1", "x0.01 to x100"),
        ("segments.tail.automated", "30%", "0%", "0% to 100%"),
        ("community.usage", "5", "0", "0 to 100"),
        ("playbooks.call.effect.upsell.converts.green", "40%", "", "0% to 100%"),
        ("playbooks.save.effect.saves", "20%", "0%", "0% to 100%"),
        ("playbooks.onboarding.standard.saves", "30%", "", "0% to under 100%"),
        ("playbooks.webinar.reach", "40%", "", "above 0% to 100%, only per segment"),
        ("health.detection.sensitivity", "80%", "100%", "0% to 100%"),
        ("health.decision.max", "3 months", "6 months", "min or more"),
        ("health.silence.after", "60d", "90d", "whole days, 0d or more"),
        ("timeline[1].price.churn_odds", "x1.1", "x1", "x0.01 to x100"),
    ],
)
def test_effects_on_customers_are_listed_with_default_range_and_place(
    tmp_path: Path, key: str, value: str, default: str, limits: str
) -> None:
    one = _by_key(tmp_path, CUSTOMERS)[key]
    assert (one.value, one.standing, one.default, one.range) == (value, "given", default, limits)
    assert "small.yaml:" in one.source
    assert one.meaning


def test_values_made_of_others_are_one_value(tmp_path: Path) -> None:
    found = _by_key(tmp_path, CUSTOMERS)
    assert found["segments.key.channels"].value == "phone 80%, mail 40%"
    assert found["segments.入門 trial.new.bad_fit.by_month"].value == "jul 40%"
    assert WHOLE.fullmatch("segments.*.channels")


def test_defaults_behind_rules_for_customers_are_assumed(tmp_path: Path) -> None:
    found = _by_key(tmp_path, CUSTOMERS)
    for key in (
        "playbooks.onboarding.standard.free_until", "playbooks.onboarding.standard.churn_odds",
        "health.silence.to", "health.silence.half_life", "chances between the bands",
        "effect of plays", "when customers decide", "bad fits and poor handovers",
        "accounts that move to another tier", "members of the community",
    ):  # fmt: skip
        assert found[key].standing == "assumed", key
    unused = _by_key(tmp_path, SCENARIO)
    assert not [key for key in unused if "silence" in key or "plays" in key or "pulse" in key]


def test_a_published_default_is_told_from_an_assumption(tmp_path: Path) -> None:
    text = CUSTOMERS.replace("decision: {min: 1 month, max: 3 months}", "decision: {max: 6 months}")
    one = _by_key(tmp_path, text)["health.decision.min"]
    assert (one.value, one.standing) == ("1 month", "published")
    assert "ryanconsulting" in one.source


def test_what_comes_from_records_is_fitted(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("minutes\n30\n60\n90\n", encoding="utf-8")
    text = SCENARIO.replace("effort: 8h", "effort: {file: calls.csv, column: minutes}")
    one = _by_key(tmp_path, text)["playbooks.call.steps[0].effort"]
    assert (one.value, one.standing) == ("as in calls.csv", "fitted")
    assert one.source.endswith("small.yaml:16") or "small.yaml:" in one.source
    assert one.meaning


def test_switched_off_effects_are_given(tmp_path: Path) -> None:
    one = _by_key(tmp_path, CUSTOMERS, "health.effects=off")["health.effects"]
    assert (one.value, one.standing, one.default) == ("off", "given", "on")
    assert "--set" in one.source
    assert "health.effects" not in _by_key(tmp_path, CUSTOMERS)
