"""``csm-sim show``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from csm_sim.cli.console import say
from csm_sim.cli.options import json_option, scenario_options


@click.command("show")
@scenario_options
@json_option
def command(file: Path, sets: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:
    """Print FILE merged with what it extends, --set and defaults, and the origin of each value.

    Order: defaults < extended file < file < --set.
    The output is a scenario file itself.
    """
    from csm_sim.scenario import load
    from csm_sim.scenario.defaults import with_defaults
    from csm_sim.scenario.writing import as_yaml

    loaded = load(file, sets, data_dir)
    merged, _ = with_defaults(loaded.data)
    if as_json:
        origins = {key: str(origin) for key, origin in loaded.origins.items()}
        say(json.dumps({"scenario": merged, "origins": origins}, indent=2, ensure_ascii=False))
        return
    say(as_yaml(merged, lambda key: str(loaded.origins.get(key, ""))).rstrip("\n"))
