"""Random rules for customers, drawn into a scenario: journey, tiers, plays, what is seen, revenue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from properties.drawing import EFFORTS, Draw, Files, Yaml

SHARE = st.sampled_from(["0%", "30%", "50%", "80%", "100%"])
ODDS = st.sampled_from(["x1", "x0.5", "x3", "x20"])
POINTS = st.sampled_from([0, 5, 20, 60])
SPANS = st.sampled_from(["0d", "10d", "1 months", "3 months"])
MONTHS = st.sampled_from(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
CHANNELS = ("mail", "phone", "chat", "in_person")
BANDS = ("red", "yellow", "green")
PHASES = ("onboarding", "adoption", "expansion")
PULSES = st.sampled_from(["week", "1d", "3d", "10d", "month", "17d"])
PERIODS = st.sampled_from(["week", "month", "5d", "3d", "2 weeks"])


class Often:
    """How many rules there are: one in four, or three in four."""

    def __init__(self, draw: Draw, dense: bool) -> None:
        self.draw, self.dense = draw, dense

    def __call__(self) -> bool:
        return (self.draw(st.integers(0, 3)) == 0) != self.dense

    def put(self, target: Yaml, key: str, values: st.SearchStrategy[Any]) -> None:
        """Set a key, or leave it to its default."""
        if self():
            target[key] = self.draw(values)


def _days(start: date, days: int) -> st.SearchStrategy[str]:
    return st.integers(0, days - 1).map(lambda day: str(start + timedelta(days=day)))


def _some(values: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(values)), min_size=1, unique=True)


def _by_band(values: tuple[str, ...]) -> st.SearchStrategy[Yaml]:
    return st.fixed_dictionaries({band: st.sampled_from(values) for band in BANDS})


def _ramp(share: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(share, st.fixed_dictionaries({"from": share, "to": share, "over": SPANS}))


def first_value_in(scenario: Yaml) -> set[str]:
    """The segments to which some playbook brings first value."""
    found: set[str] = set()
    for playbook in scenario.get("playbooks", {}).values():
        if "first_value_after" in playbook:
            found |= set(scenario["segments"] if playbook["for"] == "all" else playbook["for"])
    return found


@st.composite
def rules(
    draw: Draw, scenario: Yaml, files: Files, roles: list[str], start: date, days: int, dense: bool = False
) -> None:
    """Add rules for customers, before it is known who works. ``days`` are those of the horizon."""
    often = Often(draw, dense)
    if dense:
        draw(_something_to_begin_with(scenario))
    with_first_value = bool(first_value_in(scenario))
    journey: Yaml = {}
    if with_first_value:
        often.put(journey, "onboarding_limit", st.sampled_from(["10d", "20d", "45d", "1 months"]))
    often.put(journey, "expansion_after", st.sampled_from(["5d", "30d", "1 months", "3 months"]))
    if journey:
        scenario["journey"] = journey
    for name, segment in scenario["segments"].items():
        draw(_segment(scenario, name, segment, f"{name}.csv" in files, often))
    if often():
        scenario["health"] = draw(_health(often))
    if len(scenario["segments"]) > 1 and often():
        scenario["tiering"] = draw(_tiering(scenario, start, days, often))
    for number in range(draw(st.integers(1, 5 if dense else 2))):
        name = f"play {number}"
        scenario.setdefault("playbooks", {})[name] = draw(_play(scenario, roles, often))
    for name, playbook in scenario["playbooks"].items():
        draw(_more_of(scenario, name, playbook, often))
    if often():
        scenario["community"] = draw(_community(scenario, start, days, often))


@st.composite
def _something_to_begin_with(draw: Draw, scenario: Yaml) -> None:
    """New business and a way to first value: most rules are about these."""
    for segment in scenario["segments"].values():
        if isinstance(segment["accounts"], int):
            segment.setdefault("new", {"per_month": 6})
    others = sorted(set(scenario["segments"]) - first_value_in(scenario))
    if others:
        steps = [{"do": "meet", "effort": draw(EFFORTS), "due": "3d"}, {"do": "train", "effort": "1h"}]
        steps[1] |= {
            "due": draw(st.sampled_from(["5d", "30d"])),
            "opens": draw(st.sampled_from(["4d", "20h"])),
        }
        scenario.setdefault("playbooks", {})["welcome"] = {
            "for": others, "role": "csm", "on": "new_account", "first_value_after": "train", "steps": steps
        }  # fmt: skip


@st.composite
def _segment(draw: Draw, scenario: Yaml, name: str, segment: Yaml, listed: bool, often: Often) -> None:
    starts = listed or "new" in segment
    if "new" in segment:
        new = dict(segment["new"])
        often.put(new, "season", st.dictionaries(MONTHS, st.sampled_from(["x0", "x3", "x0.4"]), max_size=6))
        for trait in ("bad_fit", "poor_handover"):
            often.put(new, trait, _trait(often))
        segment["new"] = new
    if starts and often():
        chance = draw(st.sampled_from(["5%", "60%", "95%", "0%"]))
        segment["early_churn"] = {"chance": chance, "within": draw(st.sampled_from(["20d", "1 months"]))}
    often.put(
        segment,
        "contraction",
        st.fixed_dictionaries(
            {"chance": _by_band(("0%", "10%", "50%")), "by": st.sampled_from(["20%", "7%", "99%"])}
        ),
    )
    often.put(
        segment,
        "expansion",
        st.fixed_dictionaries(
            {"chance": _by_band(("0%", "20%", "50%")), "uplift": st.sampled_from(["20%", "3%", "150%"])}
        ),
    )
    often.put(segment, "channels", st.dictionaries(st.sampled_from(CHANNELS), SHARE, min_size=1))
    if often():
        planned = [
            plan
            for plan, playbook in scenario.get("playbooks", {}).items()
            if playbook.get("per", "account") == "account"
            and (playbook["for"] == "all" or name in playbook["for"])
        ]
        share = st.sampled_from(["30%", "50%", "100%", "0%"])
        one = [st.dictionaries(st.sampled_from(planned), share, min_size=1)] if planned else []
        segment["automated"] = draw(st.one_of(share, *one))


@st.composite
def _trait(draw: Draw, often: Often) -> Yaml:
    trait: Yaml = {"share": draw(SHARE)}
    often.put(trait, "by_month", st.dictionaries(MONTHS, SHARE, max_size=6))
    often.put(trait, "churn_odds", ODDS)
    often.put(trait, "tickets", st.sampled_from(["x0", "x2", "x0.3"]))
    often.put(trait, "onboarding_effort", st.sampled_from(["x0.2", "x1.7"]))
    often.put(trait, "usage", st.sampled_from([-20, 15, -100]))
    return trait


@st.composite
def _health(draw: Draw, often: Often) -> Yaml:
    health: Yaml = {}
    often.put(health, "pulse", PULSES)
    if often():
        detection: Yaml = {}
        often.put(detection, "delay", st.sampled_from(["7d", "1d", "0d", "20d"]))
        often.put(detection, "sensitivity", _ramp(SHARE))
        often.put(detection, "false_alarms", _ramp(SHARE))
        health["detection"] = detection
    if often():
        low, high = draw(st.sampled_from([("5d", "40d"), ("20d", "20d"), ("1d", "3 months"), ("1d", "2d")]))
        health["decision"] = {"min": low, "max": high}
    if often():
        silence: Yaml = {"after": draw(st.sampled_from(["0d", "5d", "20d", "60d"]))}
        often.put(silence, "to", st.sampled_from([0, 40, 70, 100]))
        often.put(silence, "half_life", st.sampled_from(["3d", "20d", "6h"]))
        health["silence"] = silence
    if often():
        usage: Yaml = {}
        often.put(usage, "mean", st.sampled_from([30, 75, 100]))
        often.put(usage, "between", st.sampled_from([5, 30]))
        often.put(usage, "indicators", st.sampled_from(INDICATORS))
        health["usage"] = usage
    often.put(health, "bands", st.sampled_from([{"green": 90, "yellow": 40}, {"green": 70, "yellow": 65}]))
    often.put(
        health, "memory", st.sampled_from([{"engagement": "100%", "adoption": "60%", "support": "70%"}])
    )
    often.put(health, "late_half_life", st.sampled_from(["2d", "6h"]))
    often.put(health, "strength", st.sampled_from(["x2", "x0.5", "x10", "x0"]))
    if draw(st.integers(0, 9)) == 0:
        health["effects"] = "off"
    return health


INDICATORS: list[Yaml] = [
    {"log_ins": {"weight": "50%", "mean": 80, "sd": 5}, "features": {"weight": "50%"}},
    {"only": {"weight": "100%", "before_first_value": 10}},
    {
        "one": {"weight": "20%", "sd": 40},
        "two": {"weight": "0%", "mean": 3},
        "three": {"weight": "80%", "mean": 90, "before_first_value": 95},
    },
]


@st.composite
def _tiering(draw: Draw, scenario: Yaml, start: date, days: int, often: Often) -> list[Yaml]:
    names = list(scenario["segments"])
    looks = ["review", "review"]
    limit = "onboarding_limit" in scenario.get("journey", {})
    found: list[Yaml] = []
    for _ in range(draw(st.integers(1, 3))):
        to = draw(st.sampled_from(names))
        others = draw(_some(name for name in names if name != to))
        brings = {"on first_value"} if first_value_in(scenario) & set(others) else set()
        stops = {"on onboarding_stopped"} if limit and first_value_in(scenario) else set()
        what = draw(st.sampled_from([*looks, *sorted(brings), *sorted(stops)]))
        rule: Yaml = {"from": others, "to": to}
        if what == "review":
            rule["review"] = draw(st.sampled_from(["week", "month", "10d", "1d"]))
        else:
            rule["on"] = what.removeprefix("on ")
        conditions: Yaml = {}
        often.put(conditions, draw(st.sampled_from(["arr_at_least", "arr_below"])), AMOUNTS)
        often.put(conditions, draw(st.sampled_from(["ltv_at_least", "ltv_below"])), AMOUNTS)
        often.put(conditions, "health", _some(BANDS))
        often.put(conditions, "after", st.sampled_from(["0d", "20d", "1 months"]))
        if conditions:
            rule["if"] = conditions
        often.put(rule, "since", _days(start, days))
        often.put(rule, "share", st.sampled_from(["100%", "50%", "20%"]))
        often.put(rule, "over", SPANS)
        found.append(rule)
    return found


AMOUNTS = st.sampled_from(["500K", "1M", "3M", "20M"])


@st.composite
def _community(draw: Draw, scenario: Yaml, start: date, days: int, often: Often) -> Yaml:
    community: Yaml = {"members": draw(SHARE)}
    often.put(community, "over", SPANS)
    often.put(community, "since", _days(start, days))
    often.put(community, "usage", POINTS)
    if "rate" in scenario.get("tickets", {}):
        often.put(community, "deflects", SHARE)
    return community


# playbooks


@st.composite
def _play(draw: Draw, scenario: Yaml, roles: list[str], often: Often) -> Yaml:
    """Work that something begins which happens to an account, or a programme."""
    names = list(scenario["segments"])
    events = ["health_red", "health_yellow", "health_green", "health_red"]
    if first_value_in(scenario):
        events += ["first_value"]
        events += ["onboarding_stopped"] * ("onboarding_limit" in scenario.get("journey", {}))
    events += ["tier_change"] * 2 * ("tiering" in scenario)
    before = [
        name
        for name, playbook in scenario.get("playbooks", {}).items()
        if playbook.get("per", "account") == "account"
    ]
    what = draw(st.sampled_from([*events, *["after"] * (2 if before else 0), "programme", "programme"]))
    play: Yaml = {"for": draw(st.one_of(st.just("all"), _some(names)))}
    if what == "programme":
        play |= {"per": "segment", "every": draw(PERIODS), "reach": draw(SHARE.filter(lambda s: s != "0%"))}
    elif what == "after":
        play["after"] = draw(st.sampled_from(before))
        play["for"] = "all"
    else:
        play["on"] = what
    if what != "programme":
        often.put(play, "again_after", st.sampled_from(["10d", "1d", "1 months"]))
        often.put(play, "share", st.sampled_from(["50%", "80%"]))
    if draw(st.booleans()):
        play["role"] = draw(st.sampled_from(roles))
    play["steps"] = []
    for number in range(draw(st.integers(1, 3))):
        step: Yaml = {"do": f"step {number}", "effort": draw(EFFORTS)}
        opens = draw(st.integers(0, 3))
        if what != "programme":
            often.put(step, "opens", st.sampled_from([f"{opens}d", f"{opens * 24 + 7}h"]))
            often.put(step, "due", st.sampled_from([f"{opens + 1}d", f"{opens + 5}d", f"{opens * 24 + 30}h"]))
            if "due" in step:
                often.put(step, "drop_after", st.sampled_from(["0d", "1d", "90min"]))
        play["steps"].append(step)
    return play


@st.composite
def _more_of(draw: Draw, scenario: Yaml, name: str, playbook: Yaml, often: Often) -> None:
    """What any playbook can have."""
    per = playbook.get("per", "account")
    if per == "account":
        phases = ["adoption"]
        phases += ["expansion"] * ("expansion_after" in scenario.get("journey", {}))
        phases += ["onboarding"] * bool(first_value_in(scenario))
        if playbook.get("on") != "new_account":
            often.put(playbook, "phase", _some(phases))
    if per == "account" or "reach" in playbook:
        often.put(playbook, "effect", _effect("decision" in scenario.get("health", {}), often))
    if playbook.get("on") == "new_account" and often():
        playbook["standard"] = {"degree": draw(SHARE), "saves": draw(st.sampled_from(["50%", "20%", "0%"]))}
        often.put(playbook["standard"], "free_until", st.sampled_from(["0%", "70%"]))
        often.put(playbook["standard"], "churn_odds", ODDS)
    for step in playbook["steps"]:
        is_last = step is playbook["steps"][-1]
        touch = step.get("touch", True) and step["do"] != playbook.get("first_value_after")
        if (per == "account" and touch) or ("reach" in playbook and is_last):
            often.put(step, "channel", st.sampled_from(CHANNELS))
            often.put(step, "counts", st.sampled_from(["50%", "10%", "0%"]))


@st.composite
def _effect(draw: Draw, decision: bool, often: Often) -> Yaml:
    effect: Yaml = {}
    parts = st.sampled_from(["adoption", "engagement", "support", "onboarding"])
    often.put(effect, "health", st.dictionaries(parts, POINTS, min_size=1))
    if decision:
        often.put(effect, "saves", SHARE)
    for what in ("upsell", "cross_sell"):
        if often():
            effect[what] = {
                "lead": draw(SHARE),
                "converts": draw(_by_band(("0%", "30%", "100%"))),
                "uplift": draw(st.sampled_from(["20%", "1%", "3%"])),
            }
    return effect


# the timeline


@st.composite
def acts(draw: Draw, scenario: Yaml, start: date, days: int, dense: bool = False) -> list[Yaml]:
    """Pushes of sales and changes of price."""
    sold = {name: segment["new"] for name, segment in scenario["segments"].items() if "new" in segment}
    found: list[Yaml] = []
    for _ in range(draw(st.integers(0, 4 if dense else 1))):
        if sold and draw(st.booleans()):
            names = draw(_some(sold))
            push: Yaml = {"segments": names, "new": draw(st.sampled_from(["x0", "x3", "x0.5"]))}
            for trait in ("bad_fit", "poor_handover"):
                if all(trait in sold[name] for name in names) and draw(st.booleans()):
                    push[trait] = draw(SHARE)
            if draw(st.booleans()):
                push["for"] = draw(st.sampled_from(["10d", "1d", "2 months"]))
            act: Yaml = {"sales": push}
        else:
            act = {"price": {"by": draw(st.sampled_from(["5%", "-20%", "100%", "0.7%"]))}}
            if draw(st.booleans()):
                act["price"]["churn_odds"] = draw(ODDS)
            if draw(st.booleans()):
                act["price"]["segments"] = draw(_some(scenario["segments"]))
        found.append({"on": draw(_days(start, days)), **act})
    return found
