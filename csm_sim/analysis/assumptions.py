"""What a result rests on that the author of the scenario did not give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded

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
    r"|tickets\.(unequal|growth|holidays|busyness|batch|hand_over|(season|after_start|deflection|satisfaction)\..*)"
    r"|tickets\.severities\.\*\.(patience|escalate|(more|reopen)\..*)"
)
"""Keys whose values are effect sizes: listed also when the author gave them."""
_SETTINGS: Final = re.compile(
    r"playbooks\..*|tickets\.(severities|escalation|trace)\..*|staff\.\*\.calendar\..*|segments\.\*\.(accounts|term)\b.*|calendar\..*|timeline.*"
)
"""Keys that say what was promised and when, not how customers and people respond."""

_SATISFACTION: Final = (
    "CSAT, CES and NPS of tickets",
    "response curves over lateness, touches and reopenings",
    "What customers make of a ticket follows from how it went; nobody has measured these curves.",
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
    model = (*_MODEL, _SATISFACTION) if loaded.scenario.tickets is not None else _MODEL
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


def _values(loaded: Loaded) -> Iterator[tuple[str, str, str, Standing, str, str]]:
    """Key, pattern, value, standing, source and meaning of each value that is listed."""
    from csm_sim.scenario.catalogue import doc_of
    from csm_sim.scenario.defaults import with_defaults
    from csm_sim.scenario.merge import split_key

    merged, _ = with_defaults(loaded.data)
    for key, origin in loaded.origins.items():
        path = split_key(key)
        doc = doc_of(path) if path else None
        if doc is None or doc.group or key.startswith(_NOT_ABOUT_THE_WORLD):
            continue
        value = _at(merged, path or ())
        if value is None or isinstance(value, (Mapping, list)):
            continue
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        if origin.kind == "default":
            standing: Standing = "assumed" if doc.source == "assumption" else "published"
            if _SETTINGS.fullmatch(doc.text):
                standing = "setting"
            if doc.source and not doc.source.startswith(("the key's own", "none", "same names", "all rows")):
                yield key, doc.text, text, standing, doc.source, doc.meaning
        elif _EFFECTS.fullmatch(doc.text):
            yield key, doc.text, text, "given", origin.where, doc.meaning


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
