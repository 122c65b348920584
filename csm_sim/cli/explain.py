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
    last part (headcount). Without KEY, all keys are listed.
    """
    from csm_sim.scenario.catalogue import catalogue

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
    return {"key": doc.text, **_facts(doc), "required": doc.required}


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
    return "\n".join(lines)
