"""The merged file with the defaults written out, as ``csm-sim show`` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csm_sim.scenario.catalogue import ANY_ITEM, KeyDoc, Pattern, catalogue, nested_groups
from csm_sim.scenario.fields import Model
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath, dotted


def with_defaults(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, KeyDoc]]:
    """The plain values with defaults filled in, and the description of each key that was filled.

    Keys that may be absent and have no default stay absent.
    """
    filled_keys: dict[str, KeyDoc] = {}
    return _group(Scenario, data, (), (), filled_keys), filled_keys


def _group(
    model: type[Model], data: Mapping[str, Any], path: KeyPath, pattern: Pattern, filled: dict[str, KeyDoc]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field, info in model.model_fields.items():
        name = info.alias or field
        doc = _docs()[(*pattern, name)]
        here = (*path, name)
        inner = list(nested_groups(info.annotation))
        if name in data:
            value = data[name]
            for parts, nested in inner:
                value = _within(nested, value, here, (*pattern, name), parts, filled)
            result[name] = value
        elif inner and inner[0][0] == () and doc.default == {}:
            defaults = _group(inner[0][1], {}, here, (*pattern, name), filled)
            if defaults:
                result[name] = defaults
        elif doc.default_text and name not in model.without_default(data):
            filled[dotted(here)] = doc
            result[name] = doc.default
    if model.model_config.get("extra") == "allow":  # arguments whose names the author chooses
        result.update({name: value for name, value in data.items() if name not in result})
    return result


def _within(
    model: type[Model], value: Any, path: KeyPath, pattern: Pattern, parts: Pattern, filled: dict[str, KeyDoc]
) -> Any:
    """Fill the groups that lie at ``parts`` below a value; anything of another shape is left alone."""
    if not parts:
        return _group(model, value, path, pattern, filled) if isinstance(value, Mapping) else value
    below = (*pattern, parts[0])
    if parts[0] == ANY_ITEM and isinstance(value, list):
        return [
            _within(model, item, (*path, index), below, parts[1:], filled) for index, item in enumerate(value)
        ]
    if parts[0] != ANY_ITEM and isinstance(value, Mapping):
        return {
            name: _within(model, item, (*path, name), below, parts[1:], filled)
            for name, item in value.items()
        }
    return value


def _docs() -> dict[Pattern, KeyDoc]:
    if not _BY_PATTERN:
        _BY_PATTERN.update({doc.pattern: doc for doc in catalogue()})
    return _BY_PATTERN


_BY_PATTERN: dict[Pattern, KeyDoc] = {}
