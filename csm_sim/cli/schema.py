"""``csm-sim schema``."""

from __future__ import annotations

from pathlib import Path

import click

from csm_sim.cli.console import say
from csm_sim.cli.files import write_atomically


@click.command("schema")
@click.option(
    "--write", "path", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="json",
    show_default=True,
    help="JSON Schema, or the reference page of all keys.",
)
def command(path: Path | None, form: str) -> None:
    """Print the JSON Schema of scenario files, for completion and checking in editors."""
    from csm_sim.scenario.reference import json_schema_text, reference_page

    text = json_schema_text() if form == "json" else reference_page()
    if path is None:
        say(text.rstrip("\n"))
    else:
        write_atomically(path, text)
