"""The JSON Schema and the reference page of the scenario language, made from the models."""

from __future__ import annotations

import json
from typing import Any

from csm_sim.scenario.catalogue import KeyDoc, Pattern, catalogue, pattern_text
from csm_sim.scenario.fields import Model
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.policies import BUILT_IN, Policy

_REPLACED_WHOLE = (
    "Step", "Person", "Policy", "Act", "Hire", "Cut", "Absence", "Freeze", "ShrinkageChange", "Training",
    "Automation", "Reorganisation", "Surge", "SalesPush", "PriceChange", "TierRule",
)  # fmt: skip
"""Groups within lists: an extending file writes them anew, so their required keys are required everywhere."""


def _groups() -> dict[str, type[Model]]:
    return {doc.model.__name__: doc.model for doc in catalogue()}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for completion and checking in editors.

    Keys that are required are marked so only where an extending file must repeat them.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    models = _groups()
    for name, definition in [*schema.get("$defs", {}).items(), ("Scenario", schema)]:
        if name in models:
            _describe(definition, models[name])
            if name not in _REPLACED_WHOLE and name != "Scenario":
                definition.pop("required", None)
    role, person = (schema["$defs"][name]["properties"] for name in ("Role", "Person"))
    for properties, name, group, short in (
        (schema["properties"], "calendar", "Calendar", {"const": "24x7"}),
        (role, "calendar", "Calendar", {"const": "24x7"}),
        (person, "calendar", "Calendar", {"const": "24x7"}),
        (role, "attrition", "Attrition", {"type": ["string", "number"]}),
        (role, "leave", "Leave", {"type": "string"}),
    ):
        properties[name] = {
            "anyOf": [short, {"$ref": f"#/$defs/{group}"}],
            "description": properties[name].get("description", ""),
        }
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "Scenario file that this one changes.",
    }
    schema["if"] = {"required": ["extends"]}
    schema["else"] = {"required": schema.pop("required")}
    schema["title"] = "csm-sim scenario"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_titles(schema)}


def _describe(definition: dict[str, Any], model: type[Model]) -> None:
    docs = {doc.name: doc for doc in catalogue() if doc.model is model}
    for name, entry in definition.get("properties", {}).items():
        for extra in ("unit", "limits", "source", "example"):
            entry.pop(extra, None)
        doc = docs[name]
        parts = [doc.meaning]
        if doc.default_text:
            parts.append(f"Default: {doc.default_text} ({doc.source}).")
        if doc.example:
            parts.append(f"Example: {doc.name}: {doc.example}")
        entry["description"] = " ".join(parts)


def _without_titles(value: Any) -> Any:
    """Pydantic titles every property with its own name: noise in an editor."""
    if isinstance(value, dict):
        return {
            key: _without_titles(inner)
            for key, inner in value.items()
            if not (key == "title" and inner != "csm-sim scenario")
        }
    return [_without_titles(item) for item in value] if isinstance(value, list) else value


def json_schema_text() -> str:
    """The JSON Schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------- the reference page

_HEAD = """# Scenario file

<!-- made by `csm-sim schema --format markdown --write docs/reference/scenario.md`; edit the models -->

Every key of a scenario file.
`*` stands for a name you choose, `[]` for each entry of a list.
`csm-sim explain KEY` prints the same, `csm-sim show FILE` the values that hold for a file and where each came from.

## How values are written

| value | written as |
|---|---|
| time | `45min`, `1h`, `1h 30min`, `3d`, `2 weeks`, `12 months`, `1 year`; the unit is always written. A month is 30.4375 days; `horizon`, `warm_up` count calendar months |
| time from a day | `10d before`, `3d` (after), `0d`; a due day lasts until its end |
| working days | `2bd`, in ticket targets, `overflow.after` and `escalation.due`: as many working hours as two days of the calendar have |
| share | `20%`; a decimal fraction such as `0.2` is the same; `1` is refused, since it may be 1% or 100% |
| money | `1500000`, `1,500,000`, `1.5M`, `45k`, `150万`, `2億`, with or without the currency: `¥1.5M` |
| money over time | `9M per year`, `75万/月` |
| rate | `1.2 per month`, `6/year`, `17 per hour` |
| share a year | `15% per year`, or just `15%` |
| target | `95%` of all futures together; `{at_least: 95%, chance: 80%}` or `{at_most: 85%, chance: 80%}` of single futures: 8 of 10 are to reach it |
| multiple | `x2`; `120%` in `season`, `holidays` and `sales.new`, too |
| points | `60`; `-20` where they are added |
| date | `2027-04-01` |
| whole days | `30d`, `6 weeks`, `3 months`; weeks and longer units are rounded to whole days |
| days of leave | `16 days`, `16d`: working days |
| time of day | `"09:00-18:00"`, in quotes; `"22:00-07:00"` ends on the day after |
| effort | a mean (`1h`: lognormal with cv 0.5), or `{mean: 4h, cv: 1.0}`, `{p50: 1h, p90: 3h}`, `{gamma: {mean: 1h, cv: 1}}`, `{exponential: 30min}`, `{triangular: [10min, 20min, 1h]}`, `{pert: [10min, 20min, 1h]}`, `{constant: 30min}`, `{file: efforts.csv, column: minutes}`; in min or h |
| waiting time | the same in elapsed time; `5d` is exactly 5 days |
| revenue | the same in money; `1.5M` is the same for every account |

Full-width digits and Japanese units (`2時間`, `20％`) are read as well.

## Which value holds

Defaults, then the file named by `extends:`, then the file itself, then `--set KEY=VALUE`: later ones win.
Groups are merged key by key, a list replaces a list, and an empty value (`key:` or `key: null`) removes a key, so that its default holds.
A scenario reads files in its own folder and below; `--data-dir DIR` allows one more folder.
"""  # noqa: E501  (a table row is a line)


def reference_page() -> str:
    """The reference page of the scenario language in Markdown."""
    groups: dict[Pattern, list[KeyDoc]] = {}
    for doc in catalogue():
        groups.setdefault(doc.pattern[:-1], []).append(doc)
    parts = [_HEAD]
    for pattern, docs in groups.items():
        summary = " ".join((docs[0].model.__doc__ or "").split("\n\n")[0].split())
        title = f"`{pattern_text(pattern)}`" if pattern else "The top level"
        parts.append(f"## {title}\n\n{summary}\n")
        rows = [
            "| key | meaning | unit and range | default | source of the default | example |",
            "|---|---|---|---|---|---|",
        ]
        parts.append("\n".join(rows + [_row(doc) for doc in docs]) + "\n")
        if docs[0].model is Policy:
            parts.append(_built_in_policies())
    return "\n".join(parts)


def _built_in_policies() -> str:
    """The arguments of each built-in policy."""
    rows = [
        "| use | argument | meaning | unit | default |",
        "|---|---|---|---|---|",
    ]
    for name, arguments in BUILT_IN.items():
        for key, argument in arguments.items():
            default = argument.default_text if argument.default is None else f"`{argument.default_text}`"
            cells = (f"`{name}`", f"`{key}`", argument.meaning, argument.unit, default)
            rows.append("| " + " | ".join(cells) + " |")
    intro = (
        "In arguments `85%` becomes 0.85 and a time such as `6 weeks` or `month` a number of days; "
        "other texts, numbers, `true` and `false` stay.\n"
        "A key that Python cannot use as it is gets a trailing underscore: `for` is handed over as `for_`.\n"
        "The defaults of built-in policies are assumptions.\n"
    )
    return f"{intro}\n" + "\n".join(rows) + "\n"


def _row(doc: KeyDoc) -> str:
    default = "required" if doc.required else f"`{doc.default_text}`" if doc.default_text else "none"
    unit = "; ".join(part for part in (doc.unit, doc.limits) if part)
    source = doc.source if doc.default_text else ""
    cells = (f"`{doc.name}`", doc.meaning, unit, default, source, f"`{doc.example}`" if doc.example else "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
