"""The parts of pages that are made from the program."""

from __future__ import annotations

import click

from csm_sim.analysis.catalogue import CATALOGUE, TWIN_METRICS, Metric
from csm_sim.cli.group import COMMANDS, group
from csm_sim.scenario.catalogue import catalogue
from docs.pages import ROOT

HEADINGS = {
    "demand_sum_hours": "Work and capacity",
    "utilisation_mean_share": "People",
    "planned_opened_sum_tasks": "Planned work",
    "tickets_opened_sum_tickets": "Tickets",
    "first_value_mean_days": "Customers and ARR",
    "arr_lost_mean_money": "The cost of under-staffing",
}
"""The metric with which each part of the catalogue begins."""


def commands() -> dict[str, click.Command]:
    """All commands by name."""
    context = click.Context(group, info_name="csm-sim")
    return {name: command for name in COMMANDS if (command := group.get_command(context, name)) is not None}


def options_table(command: click.Command) -> str:
    """Arguments and options of a command."""
    rows = ["| argument or option | meaning |", "|---|---|"]
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            needed = "required" if parameter.required else "may be left out"
            rows.append(f"| `{parameter.human_readable_name}` | {needed} |")
        elif isinstance(parameter, click.Option):
            names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            value = "" if parameter.is_flag else f" {_value_of(parameter)}"
            given = parameter.default if parameter.show_default else None
            default = f" Default: `{given}`." if given is not None else ""
            rows.append(f"| `{names}{value}` | {parameter.help}{default} |".replace("N|auto", "N\\|auto"))
    rows.append("| `-h, --help` | Show the help. |")
    return "\n".join(rows)


def _value_of(parameter: click.Option) -> str:
    if parameter.metavar:
        return parameter.metavar
    if isinstance(parameter.type, click.Choice):
        return " or ".join(parameter.type.choices)
    return {"integer range": "N", "path": "PATH", "directory": "DIR", "file": "FILE"}.get(
        parameter.type.name, parameter.type.name.upper()
    )


def command_section(name: str, command: click.Command) -> str:
    """What the reference says of a command."""
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    sentences = "\n\n".join(part.replace(". ", ".\n") for part in paragraphs)
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    words = [one.human_readable_name if one.required else f"[{one.human_readable_name}]" for one in arguments]
    usage = " ".join(["csm-sim", name, *words, "[OPTIONS]"])
    return f"## csm-sim {name}\n\n`{usage}`\n\n{sentences}\n\n{options_table(command)}"


def commands_part() -> str:
    """All commands."""
    return "\n\n".join(command_section(name, command) for name, command in commands().items())


def metrics_part() -> str:
    """All metrics of the catalogue."""
    sections: list[tuple[str, list[Metric]]] = []
    for one in CATALOGUE.values():
        if one.name in HEADINGS:
            sections.append((HEADINGS[one.name], []))
        if not one.name.startswith("twin_"):
            sections[-1][1].append(one)
    parts = []
    for heading, metrics in sections:
        parts.append(f"## {heading}")
        rows = ["| metric | unit | better | meaning | scopes |", "|---|---|---|---|---|"]
        rows += [
            f"| `{one.name}` | {one.unit} | {one.better} | {one.description} | {one.scopes} |"
            for one in metrics
        ]
        parts.append("\n".join(rows))
    listed = ", ".join(f"`twin_{name}`" for name in TWIN_METRICS)
    parts += [
        "## The fully staffed twin",
        "These metrics also exist for the twin, with the same meaning, unit and scopes:",
        f"{listed}.",
    ]
    return "\n\n".join(parts)


def explanations_part() -> str:
    """The pages of explanation, by their titles."""
    pages = sorted((ROOT / "docs" / "explanation").glob("*.md"))
    titles = {page.name: page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for page in pages}
    return "\n".join(f"- [{title}](explanation/{name})" for name, title in titles.items())


def effects_part() -> str:
    """Every number between late work and churn, with its default."""
    rows = ["| key | meaning | default | source |", "|---|---|---|---|"]
    for doc in catalogue():
        if doc.text.startswith(("segments.*.churn.", "health.")) and not doc.group:
            default, source = (
                (doc.default_text, doc.source) if doc.default_text else ("none", "yours to give")
            )
            rows.append(f"| `{doc.text}` | {doc.meaning} | {default} | {source} |")
    return "\n".join(rows)


def parts() -> dict[str, str]:
    """Every generated part by name."""
    return {
        "commands": commands_part(),
        "effects": effects_part(),
        "explanations": explanations_part(),
        "metrics": metrics_part(),
        "program options": options_table(group),
    }
