"""``csm-sim explain``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from csm_sim.cli.console import say
from csm_sim.cli.options import json_option
from csm_sim.errors import UsageError

if TYPE_CHECKING:
    from csm_sim.scenario.catalogue import KeyDoc


@click.command("explain")
@click.argument("key", required=False)
@json_option
def command(key: str | None, as_json: bool) -> None:
    """Say what KEY means: unit, range, default and its source, example.

    KEY is written as in messages (staff.csm.headcount), with placeholders (staff.*.headcount), or just as its
    last part (headcount). The name of a built-in policy (budget_review) explains its arguments, and policies
    those of all. Without KEY, all keys are listed.
    """
    from csm_sim.scenario.catalogue import catalogue
    from csm_sim.scenario.policies import BUILT_IN

    if key is not None and key.strip() in BUILT_IN:
        name = key.strip()
        say(json.dumps([_policy(name)], indent=2) if as_json else _policy_page(name))
        return
    docs = list(catalogue()) if key is None else _find(key)
    if as_json:
        say(json.dumps([_entry(doc) for doc in docs], indent=2, ensure_ascii=False))
    elif key is None:
        width = max(len(doc.text) for doc in docs)
        for doc in docs:
            say(f"{doc.text:<{width}}  {doc.meaning}")
    else:
        say("\n\n".join(_page(doc) for doc in docs))


def _find(key: str) -> list[KeyDoc]:
    """The keys that the user means; raises UsageError with the nearest when there is none."""
    from csm_sim.scenario.catalogue import catalogue, doc_of, fits, names_in, nearest

    path = [part for part in re.split(r"\.|(?=\[)", key.strip().removesuffix(":")) if part]
    exact = doc_of(path) or (doc_of(path[:-1]) if path and names_in(path) else None)
    if exact is not None:
        return [exact]
    found = [doc for doc in catalogue() if fits(doc.pattern[-len(path) :], path)] if path else []
    if found:
        return found
    texts = {doc.text: doc for doc in catalogue()}
    names = {doc.name: doc for doc in catalogue()}
    near = nearest(key, list(texts)) or nearest(path[-1] if path else "", list(names))
    hint = f"did you mean  csm-sim explain {near}" if near else "csm-sim explain  lists all keys"
    raise UsageError(f"{key} is not a key of a scenario\n  fix       {hint}")


def _facts(doc: KeyDoc) -> dict[str, str]:
    return {
        "meaning": doc.meaning,
        "unit": doc.unit,
        "allowed": doc.limits,
        "default": "required" if doc.required else doc.default_text or "none",
        "source": doc.source if doc.default_text else "",
        "example": f"{doc.name}: {doc.example}" if doc.example else "",
    }


def _entry(doc: KeyDoc) -> dict[str, Any]:
    from csm_sim.scenario.policies import BUILT_IN

    entry = {"key": doc.text, **_facts(doc), "required": doc.required}
    return {**entry, "built_in": [_policy(name) for name in BUILT_IN]} if doc.text == "policies" else entry


def _policy(name: str) -> dict[str, Any]:
    """A built-in policy and its arguments."""
    from csm_sim.scenario.policies import BUILT_IN

    arguments = [
        {
            "argument": key,
            "meaning": one.meaning,
            "unit": one.unit,
            "default": one.default_text,
            "required": one.required,
        }
        for key, one in BUILT_IN[name].items()
    ]
    return {"use": name, "arguments": arguments}


def _policy_page(name: str) -> str:
    """A built-in policy as an author writes it, and a line about each argument."""
    arguments = _policy(name)["arguments"]
    needed = "".join(f", {one['argument']}: ..." for one in arguments if one["required"])
    width = max(len(one["argument"]) for one in arguments)
    lines = [
        f"  {one['argument']:<{width}}  {one['meaning']} {one['unit'][:1].upper()}{one['unit'][1:]}; "
        + (one["default"] if one["default"].startswith(("required", "none")) else f"default {one['default']}")
        for one in arguments
    ]
    return "\n".join([f"policies: [{{use: {name}{needed}}}]", *lines])


def _page(doc: KeyDoc) -> str:
    from csm_sim.scenario.catalogue import catalogue

    lines = [doc.text] + [f"  {name:<9} {text}" for name, text in _facts(doc).items() if text]
    below = [
        other
        for other in catalogue()
        if other.pattern[: len(doc.pattern)] == doc.pattern and other is not doc
    ]
    shortest = min((len(other.pattern) for other in below), default=0)
    children = [other.name for other in below if len(other.pattern) == shortest]
    if children:
        lines.append(f"  {'keys':<9} {', '.join(children)}")
    if doc.text == "policies":
        from csm_sim.scenario.policies import BUILT_IN

        lines += [f"\n{_policy_page(name)}" for name in BUILT_IN]
    return "\n".join(lines)
