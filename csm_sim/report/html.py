"""Document → one self-contained page: no file beside it, no network, nothing in it that a name could run.

The policy of the page (Content-Security-Policy) allows the one style sheet and the one script that stand in
it, by their hashes, and nothing else. All texts are escaped by the templates.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from csm_sim.language import _, current
from csm_sim.report.html_parts import MOST_OF_A_NAME, Document, seen

_TEMPLATES: Final = Path(__file__).parent / "templates"

MOST_BYTES: Final = 2_000_000
"""A page that is larger is not forwarded."""


def render(document: Document) -> str:
    """The page as HTML."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none';"
        f" style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    page = _environment().get_template("page.html.j2")
    return str(
        page.render(
            page=document, style=style, script=script, policy=policy, language=current(), words=_words(),
            data=_json(document.data),
        )
    )  # fmt: skip


def _words() -> dict[str, str]:
    """The texts that every page has."""
    return {
        "skip": _("Skip to the answer"),
        "answer": _("The answer"),
        "warned": _("Before you rely on it"),
        "contents": _("Contents"),
        "less": _("one less: {role}"),
        "more": _("one more: {role}"),
        "back": _("Back to the start"),
    }


@cache
def _environment() -> Any:
    """The templates; what they write is escaped unless it is marked as markup of our own."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seen"] = seen
    environment.filters["named"] = partial(seen, most=MOST_OF_A_NAME)
    return environment


@cache
def _asset(name: str) -> Any:
    from markupsafe import Markup

    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    """The hash of an element's text as a policy writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _json(data: dict[str, Any] | None) -> Any:
    """Data for the script, which no text in it can leave: ``<`` is written as an escape."""
    from markupsafe import Markup

    if data is None:
        return None
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
