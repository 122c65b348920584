"""What a hire-by date rests on: the numbers of the role with their standing, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from csm_sim.language import N_
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.nodes import dotted

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded
    from csm_sim.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Basis:
    """A number that the answer rests on."""

    what: str
    key: str
    """Dotted key of the scenario."""
    value: str
    standing: str
    """given: in the file; assumed: nobody has said so; published: a default with a source."""
    source: str
    """Where it is written, or what stands behind the default."""


_KEYS: Final = (
    ("time_to_hire", N_("time to hire"), N_("none: people join on the day")),
    ("ramp", N_("ramp, by month"), N_("none: full speed from the first day")),
    ("attrition", N_("attrition, without burnout"), N_("none: nobody resigns")),
    ("notice", N_("notice"), ""),
    ("backfill", N_("backfill"), ""),
)
"""Key of a role, what it is called here, and what holds where the file says nothing."""


def basis_of(loaded: Loaded, role: str) -> tuple[Basis, ...]:
    """The numbers of a role that decide when to hire."""
    merged, _ = with_defaults(loaded.data)
    written = merged["staff"][role]
    found = []
    for name, what, nothing in _KEYS:
        key, value = dotted(("staff", role, name)), written.get(name)
        if name == "attrition" and isinstance(value, Mapping):
            value = value.get("rate")
        if not nothing and value is None:
            continue  # a rule about leaving, where nobody leaves
        if value is None or value == []:
            found.append(Basis(what, key, nothing, "assumed", N_("not in the file")))
            continue
        origin = loaded.origins.get(key) or loaded.origins.get(dotted(("staff", role, name, "rate")))
        if origin is None or origin.kind != "default":
            found.append(Basis(what, key, flow(value), "given", origin.where if origin else ""))
        else:
            standing = "assumed" if origin.where == "assumption" else "published"
            found.append(Basis(what, key, flow(value), standing, origin.where))
    return tuple(found)


def flow(value: Any) -> str:
    """A value of a file on one line, without brackets: ``mean 10 weeks, cv 0.5``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {flow(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(flow(part) for part in value)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def left_out(scenario: Scenario, role: str, by: date) -> tuple[str, ...]:
    """What the scenario says of the role until a date, and the formulas take more simply or not at all."""
    return tuple(_left_out(scenario, role, by))


def _left_out(scenario: Scenario, role: str, by: date) -> Iterator[str]:
    team = scenario.staff[role]
    acts = [act for act in scenario.acts if act.on <= by]
    people = [person for person in scenario.people if person.role == role]
    if team.attrition is not None and team.attrition.burnout is not None:
        yield N_("burnout is left out: overloaded people leave sooner than this says")
    names = {person.name for person in people}
    away = [act.absence for act in acts if act.absence is not None]
    if team.leave is not None or any(one.role == role or one.person in names for one in away):
        yield N_("who is on leave or absent on the date counts as there")
    hired = [act.hire for act in acts if act.hire is not None and act.hire.role == role]
    if any(person.hours < 1 for person in people) or any(hire.hours < 1 for hire in hired):
        yield N_("who works part-time counts as a whole person")
    cuts = [act.cut for act in acts if act.cut is not None]
    moves = [act.reorganise for act in acts if act.reorganise is not None]
    if any(cut.role == role and not cut.people for cut in cuts) or any(
        move.to == role or (move.from_ == role and not move.people) for move in moves
    ):
        yield N_(
            "of cuts and moves, the seats filled last are taken, vacant ones never: about right, not exact"
        )
    if scenario.policies:
        yield N_("policies are left out: they may hire or cut before the date")
