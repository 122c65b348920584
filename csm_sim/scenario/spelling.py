"""What a scenario leaves to another part of the file: ``all`` segments, ``2bd`` in working hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from csm_sim.scenario.fields import WORKING_DAYS_RE
from csm_sim.scenario.hours import Calendar
from csm_sim.scenario.units import plain_text


def spell_out(data: Mapping[str, Any]) -> dict[str, Any]:
    """The plain data of a scenario with ``all`` and working days replaced; the input is left as it is."""
    spelled = dict(data)
    segments = data.get("segments")
    segments = segments if isinstance(segments, dict) else {}
    names = list(segments)
    for section, where in (("staff", "serves"), ("playbooks", "for")):
        if isinstance(data.get(section), dict):
            spelled[section] = _with_all(data[section], where, names)
    if isinstance(data.get("tiering"), list):
        spelled["tiering"] = [_with_all_others(rule, names) for rule in data["tiering"]]
    if isinstance(data.get("timeline"), list):
        winning = [name for name in names if isinstance(segments[name], dict) and "new" in segments[name]]
        spelled["timeline"] = [_act(act, names, winning) for act in data["timeline"]]
    if isinstance(data.get("tickets"), dict):
        spelled["tickets"] = _tickets(data["tickets"], names, _minutes_a_day(data.get("calendar", {})))
    return spelled


def _with_all(items: Mapping[str, Any], where: str, names: list[str]) -> dict[str, Any]:
    return {
        name: {**item, where: names}
        if isinstance(item, dict) and item.get(where) in ("all", ["all"])
        else item
        for name, item in items.items()
    }


def _with_all_others(rule: Any, names: list[str]) -> Any:
    """``from: all`` of a rule of tiering means all segments but the one it leads to."""
    if not (isinstance(rule, dict) and rule.get("from") in ("all", ["all"])):
        return rule
    return {**rule, "from": [name for name in names if name != rule.get("to")]}


def _act(act: Any, names: list[str], winning: list[str]) -> Any:
    """``segments: all`` of a sales push means those with new business, of a price every one."""
    if not isinstance(act, dict):
        return act
    spelled = dict(act)
    for kind, all_of_them in (("sales", winning), ("price", names)):
        group = act.get(kind)
        if isinstance(group, dict) and group.get("segments", "all") in ("all", ["all"]):
            spelled[kind] = {**group, "segments": all_of_them}
    return spelled


def _tickets(tickets: Mapping[str, Any], segments: list[str], minutes_a_day: int) -> dict[str, Any]:
    spelled = dict(tickets)
    if isinstance(tickets.get("severities"), dict):
        spelled["severities"] = {
            name: _in_minutes(item, minutes_a_day, "first_response", "resolve")
            if isinstance(item, dict) and item.get("clock") != "elapsed"
            else item
            for name, item in tickets["severities"].items()
        }
    for group, key in (("overflow", "after"), ("escalation", "due")):
        if group in tickets:
            spelled[group] = _in_minutes(tickets[group], minutes_a_day, key)
    if isinstance(tickets.get("deflection"), dict):
        everywhere = {
            name: {"for": "all", **item} if isinstance(item, dict) else item
            for name, item in tickets["deflection"].items()
        }
        spelled["deflection"] = _with_all(everywhere, "for", segments)
    return spelled


def _minutes_a_day(calendar: Any) -> int:
    if isinstance(calendar, Calendar):
        return calendar.minutes_a_day
    try:
        return Calendar.model_validate(calendar).minutes_a_day
    except ValidationError:
        return 480  # the calendar is reported on its own


def _in_minutes(group: Any, minutes_a_day: int, *keys: str) -> Any:
    if not isinstance(group, dict):
        return group
    changed = {}
    for name in keys:
        match = WORKING_DAYS_RE.fullmatch(plain_text(group.get(name)))
        if match and float(match.group(1)) > 0:
            changed[name] = f"{float(match.group(1)) * minutes_a_day:.10g}min"
    return {**group, **changed}
