"""What a result rests on that the author of the scenario did not give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from csm_sim.analysis.assumption_keys import EFFECTS, IDLE, NOT_ABOUT_THE_WORLD, SETTINGS, WHOLE
from csm_sim.analysis.hiring_basis import flow
from csm_sim.language import N_, Message

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded
    from csm_sim.scenario.catalogue import KeyDoc

Standing = Literal["assumed", "published", "fitted", "given", "setting"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that results depend on, and what stands behind it."""

    key: str
    """Dotted key, with ``*`` and ``[]`` where several places share the value."""
    value: str
    standing: Standing
    """assumed: a default nobody has evidence for; published: a default with a source; fitted: taken from
    records of the team's own; given: in the file; setting: a default that says what the work is, not how the
    world answers it."""
    default: str
    """What holds where a file says nothing; empty: nothing."""
    range: str
    """What may be written instead."""
    source: str
    places: int
    """Places of the scenario that it holds in."""
    meaning: str


_SATISFACTION: Final = (
    N_("CSAT, CES and NPS of tickets"),
    N_("response curves over lateness, touches and reopenings"),
    N_("What customers make of a ticket follows from how it went; nobody has measured these curves."),
)

_RESIGNING: Final = (
    N_("who resigns"),
    N_("each independently of the others, as likely in every month"),
    N_("Attrition is a yearly rate for everybody, whatever the tenure; only burnout changes it."),
)
_BURNOUT: Final = (
    N_("satisfaction of the people"),
    N_("falls in a straight line from the burnout threshold to 100 % busy"),
    N_("How load wears people out, and that it makes them resign; nobody has measured this response."),
)
_AWAY: Final = (
    N_("work of people who are away"),
    N_("waits for them, unless a pool or colleagues take it"),
    N_("Colleagues take over accounts only as handover.cover_after says."),
)

_CHANCES: Final = (
    N_("chances between the bands"),
    N_("straight lines through the bands' middles, flat outside"),
    N_("How contraction, expansion and conversion of leads follow from health."),
)
_PLAYS: Final = (
    N_("effect of plays"),
    N_("in proportion to the score of their last step, the same for every account"),
    N_("No controlled study of save plays, hearings or upsell work exists."),
)
_DECIDING: Final = (
    N_("when customers decide"),
    N_("at a time drawn evenly, by their health on that day"),
    N_(
        "What happens to health between the decision and the renewal has no effect,"
        " except for plays that save."
    ),
)
_SALES: Final = (
    N_("bad fits and poor handovers"),
    N_("independent of each other, of ARR and of how the account is served; they hold for good"),
    N_("What sales promised acts beside what onboarding does, not through it."),
)
_MOVING: Final = (
    N_("accounts that move to another tier"),
    N_("keep contract, churn rates and tickets of their own segment"),
    N_("A tier changes how an account is served; customers respond to that through health only."),
)
_COMMUNITY: Final = (
    N_("members of the community"),
    N_("any account as likely as another, whatever its health or tier"),
    N_("Who joins a community may be healthier to begin with: its effect is then overstated."),
)

_MODEL: Final = (
    (
        N_("churn between the bands"),
        N_("straight lines on log-odds through the bands' middles, flat outside"),
        N_("How a churn probability follows from health."),
    ),
    (
        N_("effect of coverage on churn"),
        N_("only through health"),
        N_("No controlled study of coverage and retention exists."),
    ),
)


def assumptions_of(loaded: Loaded) -> tuple[Assumption, ...]:
    """The assumptions in force: assumed, published defaults, fitted to records, given, settings.

    Parameters
    ----------
    loaded
        The scenario, with the origin of each value.
    """
    groups: dict[tuple[str, str, Standing, str], list[str]] = {}
    docs: dict[str, KeyDoc] = {}
    for key, doc, value, standing, source in _values(loaded):
        groups.setdefault((doc.text, value, standing, source), []).append(key)
        docs[doc.text] = doc
    found = [
        Assumption(
            keys[0] if len(keys) == 1 else pattern, value, standing, docs[pattern].default_text,
            docs[pattern].limits, source, len(keys), docs[pattern].meaning,
        )
        for (pattern, value, standing, source), keys in groups.items()
    ]  # fmt: skip
    found += _fitted(loaded)
    model = [*_MODEL, *_model_of_people(loaded), *_model_of_customers(loaded)]
    if loaded.scenario.tickets is not None:
        model.append(_SATISFACTION)
    found += [
        Assumption(what, how, "assumed", "", "", N_("the model"), 1, meaning) for what, how, meaning in model
    ]
    spread = _default_spreads(loaded)
    if spread:
        found.append(
            Assumption(
                N_("spread of efforts written as a mean"),
                N_("lognormal with cv 0.5"),
                "assumed",
                "cv 0.5",
                N_("any distribution"),
                "assumption",
                spread,
                N_("A mean says nothing of the spread."),
            )
        )
    order = {"assumed": 0, "published": 1, "fitted": 2, "given": 3, "setting": 4}
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


def _model_of_customers(loaded: Loaded) -> Iterator[tuple[str, str, str]]:
    """What the model takes for granted of customers, where that matters."""
    scenario = loaded.scenario
    segments, playbooks = scenario.segments.values(), scenario.playbooks.values()
    effects = [playbook.effect for playbook in playbooks if playbook.effect is not None]
    sells = any(one.upsell is not None or one.cross_sell is not None for one in effects)
    if sells or any(one.contraction is not None or one.expansion is not None for one in segments):
        yield _CHANCES
    if any(effect.matters for effect in effects):
        yield _PLAYS
    if scenario.health.decision is not None:
        yield _DECIDING
    winning = [one.new for one in segments if one.new is not None]
    if any(new.bad_fit is not None or new.poor_handover is not None for new in winning):
        yield _SALES
    if scenario.tiering:
        yield _MOVING
    if scenario.community is not None:
        yield _COMMUNITY


def _fitted(loaded: Loaded) -> Iterator[Assumption]:
    """The values that come from records: each file that is read, and what for."""
    from csm_sim.scenario.catalogue import doc_of
    from csm_sim.scenario.nodes import dotted

    for path, file in _files(loaded.data, ()):
        doc = doc_of(path) or doc_of(path[:-1])
        key = dotted(path[:-1])
        origin = loaded.origins.get(dotted(path)) or loaded.origins.get(key)
        meaning = doc.meaning if doc is not None else ""
        yield Assumption(
            key,
            Message("as in {file}", file=file),
            "fitted",
            "",
            "",
            origin.where if origin else "",
            1,
            meaning,
        )


def _files(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The data files that a scenario names, and the paths of their names."""
    if isinstance(data, Mapping):
        for name, inner in data.items():
            if name == "file" and isinstance(inner, str):
                yield (*path, name), inner
            else:
                yield from _files(inner, (*path, name))
    elif isinstance(data, list):
        for number, inner in enumerate(data):
            yield from _files(inner, (*path, number))


def _values(loaded: Loaded) -> Iterator[tuple[str, KeyDoc, str, Standing, str]]:
    """Key, its description, value, standing and source of each value that is listed."""
    from csm_sim.scenario.catalogue import doc_of
    from csm_sim.scenario.defaults import with_defaults
    from csm_sim.scenario.merge import split_key

    merged, _ = with_defaults(loaded.data)
    for key, origin in loaded.origins.items():
        path = split_key(key)
        doc = doc_of(path) if path else None
        if doc is None or key.startswith(NOT_ABOUT_THE_WORLD) or _is_idle(merged, key):
            continue
        if key == "health.pulse" and not loaded.scenario.needs_pulses:
            continue
        if key.startswith("money.") and not loaded.scenario.has_costs:
            continue
        value = _at(merged, path or ())
        if value is None or value == [] or not (_is_one(value) or WHOLE.fullmatch(doc.text)):
            continue
        text = flow(value)
        if origin.kind == "default":
            standing: Standing = "assumed" if doc.source == "assumption" else "published"
            if SETTINGS.fullmatch(doc.text):
                standing = "setting"
            if doc.source and not doc.source.startswith(("the key's own", "none", "same names", "all rows")):
                yield key, doc, text, standing, doc.source
        elif EFFECTS.fullmatch(doc.text):
            yield key, doc, text, "given", origin.where
            if doc.group:
                for name, inner in _behind(doc, key, merged):
                    if inner.source == "assumption":
                        yield name, inner, inner.default_text, "assumed", inner.source


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

    for pattern, needed in IDLE:
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
