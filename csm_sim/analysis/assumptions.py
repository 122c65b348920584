"""What a result rests on that the author of the scenario did not give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from csm_sim.analysis.hiring_basis import flow

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded
    from csm_sim.scenario.catalogue import KeyDoc

Standing = Literal["assumed", "published", "given", "setting"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that results depend on, and what stands behind it."""

    key: str
    """Dotted key, with ``*`` and ``[]`` where several places share the value."""
    value: str
    standing: Standing
    """assumed: a default nobody has evidence for; published: a default with a source; given: in the file;
    setting: a default that says what the work is, not how the world answers it."""
    source: str
    places: int
    """Places of the scenario that it holds in."""
    meaning: str


_NOT_ABOUT_THE_WORLD: Final = ("run.", "name", "currency", "targets.")
_EFFECTS: Final = re.compile(
    r"health\..*|segments\.\*\.churn\..*|staff\.\*\.(shrinkage|switch)"
    r"|staff\.\*\.(ramp|coaching|time_to_hire|notice|backfill|(attrition|leave|span|handover)(\..*)?)"
    r"|people\[\]\.speed|.*\.learning\..*"
    r"|tickets\.(unequal|growth|holidays|busyness|batch|hand_over|(season|after_start|deflection|satisfaction)\..*)"
    r"|tickets\.severities\.\*\.(patience|escalate|(more|reopen)\..*)"
)
"""Keys whose values are effect sizes: listed also when the author gave them."""
_WHOLE: Final = re.compile(r"staff\.\*\.(ramp|time_to_hire|leave\.season|handover\.(giving|receiving))")
"""Lists, and distributions, that are one value however they are written."""
_IDLE: Final = (
    (re.compile(r"(staff\..*\.leave)\.(block|holidays|season)"), "planned"),
    (re.compile(r"(staff\..*\.leave)\.spell"), "sick"),
)
"""Keys whose values do nothing where another key of the same group is absent or 0."""
_SETTINGS: Final = re.compile(
    r"(?!.*\.learning\.)(playbooks\..*|tickets\.(severities|escalation|trace)\..*|staff\.\*\.calendar\..*|segments\.\*\.(accounts|term)\b.*|calendar\..*|timeline.*"
    r"|people.*|policies.*|staff\.\*\.balance)"
)
"""Keys that say what was promised and when, not how customers and people respond."""

_SATISFACTION: Final = (
    "CSAT, CES and NPS of tickets",
    "response curves over lateness, touches and reopenings",
    "What customers make of a ticket follows from how it went; nobody has measured these curves.",
)

_RESIGNING: Final = (
    "who resigns",
    "each independently of the others, as likely in every month",
    "Attrition is a yearly rate for everybody, whatever the tenure; only burnout changes it.",
)
_BURNOUT: Final = (
    "satisfaction of the people",
    "falls in a straight line from the burnout threshold to 100 % busy",
    "How load wears people out, and that it makes them resign; nobody has measured this response.",
)
_AWAY: Final = (
    "work of people who are away",
    "waits for them, unless a pool or colleagues take it",
    "Colleagues take over accounts only as handover.cover_after says.",
)

_MODEL: Final = (
    (
        "churn between the bands",
        "straight lines on log-odds through the bands' middles, flat outside",
        "How a churn probability follows from health.",
    ),
    (
        "effect of coverage on churn",
        "only through health",
        "No controlled study of coverage and retention exists.",
    ),
)


def assumptions_of(loaded: Loaded) -> tuple[Assumption, ...]:
    """The assumptions in force: assumed first, then published defaults, effect sizes given, and settings.

    Parameters
    ----------
    loaded
        The scenario, with the origin of each value.
    """
    groups: dict[tuple[str, str, Standing, str], list[str]] = {}
    meanings: dict[str, str] = {}
    for key, pattern, value, standing, source, meaning in _values(loaded):
        groups.setdefault((pattern, value, standing, source), []).append(key)
        meanings[pattern] = meaning
    found = [
        Assumption(
            keys[0] if len(keys) == 1 else pattern, value, standing, source, len(keys), meanings[pattern]
        )
        for (pattern, value, standing, source), keys in groups.items()
    ]
    model = [*_MODEL, *_model_of_people(loaded)]
    if loaded.scenario.tickets is not None:
        model.append(_SATISFACTION)
    found += [Assumption(what, how, "assumed", "the model", 1, meaning) for what, how, meaning in model]
    spread = _default_spreads(loaded)
    if spread:
        found.append(
            Assumption(
                "spread of efforts written as a mean",
                "lognormal with cv 0.5",
                "assumed",
                "assumption",
                spread,
                "A mean says nothing of the spread.",
            )
        )
    order = {"assumed": 0, "published": 1, "given": 2, "setting": 3}
    return tuple(sorted(found, key=lambda one: order[one.standing]))


def _model_of_people(loaded: Loaded) -> Iterator[tuple[str, str, str]]:
    """What the model takes for granted of people, where that matters."""
    roles = loaded.scenario.staff.values()
    rates = [role.attrition for role in roles if role.attrition is not None]
    if any(one.rate > 0 for one in rates):
        yield _RESIGNING
    if any(one.burnout is not None and one.burnout.effect != 1.0 for one in rates):
        yield _BURNOUT
    if any(role.leave is not None for role in roles) or any(act.absence for act in loaded.scenario.acts):
        yield _AWAY


def _values(loaded: Loaded) -> Iterator[tuple[str, str, str, Standing, str, str]]:
    """Key, pattern, value, standing, source and meaning of each value that is listed."""
    from csm_sim.scenario.catalogue import doc_of
    from csm_sim.scenario.defaults import with_defaults
    from csm_sim.scenario.merge import split_key

    merged, _ = with_defaults(loaded.data)
    for key, origin in loaded.origins.items():
        path = split_key(key)
        doc = doc_of(path) if path else None
        if doc is None or key.startswith(_NOT_ABOUT_THE_WORLD) or _is_idle(merged, key):
            continue
        value = _at(merged, path or ())
        if value is None or value == [] or not (_is_one(value) or _WHOLE.fullmatch(doc.text)):
            continue
        text = flow(value)
        if origin.kind == "default":
            standing: Standing = "assumed" if doc.source == "assumption" else "published"
            if _SETTINGS.fullmatch(doc.text):
                standing = "setting"
            if doc.source and not doc.source.startswith(("the key's own", "none", "same names", "all rows")):
                yield key, doc.text, text, standing, doc.source, doc.meaning
        elif _EFFECTS.fullmatch(doc.text):
            yield key, doc.text, text, "given", origin.where, doc.meaning
            if doc.group:
                for name, inner in _behind(doc, key, merged):
                    if inner.source == "assumption":
                        yield name, inner.text, inner.default_text, "assumed", inner.source, inner.meaning


def _is_one(value: Any) -> bool:
    """Whether a value is not made of others."""
    return not isinstance(value, (Mapping, list))


def _behind(doc: KeyDoc, key: str, merged: Any) -> Iterator[tuple[str, KeyDoc]]:
    """The keys that a group in its short form leaves to their defaults."""
    from csm_sim.scenario.catalogue import catalogue

    for inner in catalogue():
        if (
            inner.pattern[:-1] == doc.pattern
            and inner.default_text
            and not _is_idle(merged, f"{key}.{inner.name}")
        ):
            yield f"{key}.{inner.name}", inner


def _is_idle(merged: Any, key: str) -> bool:
    """Whether a value does nothing because another one is absent."""
    from csm_sim.scenario.merge import split_key

    for pattern, needed in _IDLE:
        found = pattern.fullmatch(key)
        if found:
            group = _at(merged, split_key(found[1]) or ())
            other = (
                group.get(needed) if isinstance(group, Mapping) else group if needed == "planned" else None
            )
            return other is None or re.match(r"0*\.?0*\D*$", str(other)) is not None
    return False


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _default_spreads(loaded: Loaded) -> int:
    """Efforts that are written as a mean alone."""
    data, count = loaded.data, 0
    playbooks = data.get("playbooks") or {}
    for playbook in playbooks.values():
        count += sum(not isinstance(step.get("effort"), Mapping) for step in playbook.get("steps", ()))
    tickets = data.get("tickets") or {}
    efforts: list[Any] = []
    for severity in tickets.get("severities", {}).values():
        efforts.append(severity.get("effort"))
        efforts += [
            severity[part]["effort"] for part in ("more", "reopen") if "effort" in (severity.get(part) or {})
        ]
    efforts += [group["effort"] for group in [tickets.get("escalation") or {}] if "effort" in group]
    return count + sum(not isinstance(effort, Mapping) for effort in efforts)
