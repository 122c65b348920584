"""``csm-sim check``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from csm_sim.cli.console import complain, say
from csm_sim.cli.memory import uncollected
from csm_sim.cli.options import json_option, scenario_options
from csm_sim.errors import ScenarioError

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded


@click.command("check")
@scenario_options
@json_option
@uncollected()
def command(file: Path, sets: tuple[str, ...], data_dir: Path | None, as_json: bool) -> None:
    """Report all problems of FILE, with line and fix. Nothing is run.

    Exit code 0 when the scenario is fine, 2 when it is not.
    """
    from csm_sim.scenario import load

    try:
        loaded = load(file, sets, data_dir)
    except ScenarioError as error:
        if not as_json:
            raise
        say(json.dumps({"ok": False, "problems": [asdict(problem) for problem in error.problems]}, indent=2))
        raise SystemExit(error.exit_code) from None
    if as_json:
        notes = [asdict(note) for note in loaded.notes]
        say(json.dumps({"ok": True, "problems": [], "notes": notes, "summary": _facts(loaded)}, indent=2))
        return
    say(f"ok  {file}: {loaded.scenario.name}")
    for fact in _facts(loaded):
        say(f"    {fact}")
    for note in loaded.notes:
        complain(str(note))


def _count(number: int, what: str, plural: str = "") -> str:
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def _facts(loaded: Loaded) -> list[str]:
    """What the scenario holds, for a reader who checks that it is the right one."""
    scenario = loaded.scenario
    listed = sum(len(accounts.ids) for accounts in loaded.accounts.values())
    accounts = listed + sum(
        segment.accounts for segment in scenario.segments.values() if isinstance(segment.accounts, int)
    )
    people = sum(role.headcount for role in scenario.staff.values())
    steps = sum(len(playbook.steps) for playbook in scenario.playbooks.values())
    facts = [
        f"{scenario.start} to {scenario.end - timedelta(days=1)} ({scenario.horizon}), "
        f"after a warm-up from {scenario.sim_start}",
        f"{_count(len(scenario.segments), 'segment')} with {_count(accounts, 'account')}, "
        f"{_count(len(scenario.staff), 'role')} with {_count(people, 'person', 'people')}",
        f"{_count(len(scenario.playbooks), 'playbook')} with {_count(steps, 'step')}, "
        + (
            _count(len(scenario.tickets.severities), "severity", "severities")
            if scenario.tickets
            else "no tickets"
        )
        + (" of tickets" if scenario.tickets else ""),
    ]
    if scenario.timeline:
        facts.append(_count(len(scenario.timeline), "dated change"))
    if loaded.trace is not None:
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in loaded.trace.skipped.items())
        facts.append(
            f"{_count(len(loaded.trace.accounts), 'ticket')} to replay"
            + (f"; left out: {left_out}" if left_out else "")
        )
    return facts
