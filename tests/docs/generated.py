"""The parts of pages that are made from the program."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import click

from csm_sim.analysis.catalogue import CATALOGUE, TWIN_METRICS
from csm_sim.analysis.metric import Metric
from csm_sim.cli.group import COMMANDS, group
from csm_sim.engine.org import Org
from csm_sim.engine.policy_host import PolicyEnvironment
from csm_sim.engine.role_view import RoleView
from csm_sim.scenario.catalogue import catalogue
from docs.pages import ROOT

HEADINGS = {
    "demand_sum_hours": "Work and capacity",
    "utilisation_mean_share": "Load of people",
    "requisitions_sum_people": "People who come and go",
    "planned_opened_sum_tasks": "Planned work",
    "tickets_opened_sum_tickets": "Tickets",
    "accounts_opening_sum_accounts": "Accounts and ARR",
    "churn_logo_share": "Retention",
    "onboardings_sum_accounts": "The journey of customers",
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


_EFFECTS = re.compile(
    r"segments\.\*\.((churn|early_churn|contraction|expansion)\..*|channels(\..*)?|new\.(bad_fit|poor_handover)\..*)"
    r"|journey\.onboarding_limit|community\..*|health\..*|timeline\[\]\.price\..*"
    r"|playbooks\.\*\.(reach|again_after|(effect|standard)\..*|steps\[\]\.(channel|counts))"
    r"|staff\.\*\.handover\.health"
)
"""Keys between what the team does and what customers pay."""


def effects_part() -> str:
    """Every number between late work and churn: defaults, then what authors give."""
    held = ["| key | meaning | default | source |", "|---|---|---|---|"]
    given = ["| key | meaning |", "|---|---|"]
    for doc in catalogue():
        if not _EFFECTS.fullmatch(doc.text) or (doc.group and not doc.default_text):
            continue
        if doc.default_text and not doc.source.startswith("none"):
            held.append(f"| `{doc.text}` | {doc.meaning} | {doc.default_text} | {doc.source} |")
        else:
            given.append(f"| `{doc.text}` | {doc.meaning} |")
    return "\n".join([*held, "", "These do nothing, or do not exist, until you write them:", "", *given])


def policies_part() -> str:
    """The public members of what a policy gets, by their docstrings."""
    clock = ("now", "timeout", "process")
    acts = ("hire", "cut", "freeze", "automate", "set")
    reads = [name for name in vars(Org) if name[0] != "_" and name not in acts]
    of_role = [name for name in vars(RoleView) if name[0] != "_"]
    sections = [
        ("The clock: `env`", "env", PolicyEnvironment, clock),
        ("Reading: `org`", "org", Org, reads),
        ('Reading a role: `org.role("csm")`', "role", RoleView, of_role),
        ("Acting: `org`", "org", Org, acts),
    ]
    texts = []
    for heading, prefix, thing, names in sections:
        texts.append(f"## {heading}\n")
        properties = [name for name in names if isinstance(vars(thing)[name], property)]
        if properties:
            rows = [f"| `{prefix}.{name}` | {_cell(vars(thing)[name])} |" for name in properties]
            texts.append("\n".join(["| value | meaning |", "|---|---|", *rows, ""]))
        texts += [_method(prefix, vars(thing)[name]) for name in names if name not in properties]
    return "\n".join(texts).rstrip()


def _cell(member: property) -> str:
    said, sections = _docstring(member)
    raised = " ".join(f"Fails i{text[1:]}" for _, text in sections.get("Raises", ()))
    return " ".join(" ".join(said).split()) + (f" {raised}" if raised else "")


def _method(prefix: str, function: Callable[..., object]) -> str:
    """Signature, meaning, and a table of the arguments."""
    said, sections = _docstring(function)
    signature = inspect.signature(function)
    parameters = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    call = signature.replace(parameters=parameters[1:], return_annotation=inspect.Signature.empty)
    lines = [f"### `{prefix}.{function.__name__}{call}`", "", *(part.replace(". ", ".\n") for part in said)]
    if "Parameters" in sections:
        rows = [f"| `{name}` | {text} |" for name, text in sections["Parameters"]]
        lines += ["| argument | meaning |", "|---|---|", *rows, ""]
    lines += [f"Gives: {text[0].lower()}{text[1:]}\n" for _, text in sections.get("Returns", ())]
    lines += [f"Fails i{text[1:]}\n" for _, text in sections.get("Raises", ())]
    return "\n".join(lines)


def _docstring(member: object) -> tuple[list[str], dict[str, list[tuple[str, str]]]]:
    """The paragraphs of a docstring, and its sections: (name, text) of each entry."""
    text = (inspect.getdoc(member) or "").replace("``", "`")
    head, *tail = re.split(r"\n\n(\w+)\n-+\n", text)
    sections = {}
    for title, body in zip(tail[::2], tail[1::2], strict=True):
        entries = re.findall(r"^(\S.*)\n((?:[ ]+.*\n?|\n)+)", body + "\n", re.M)
        sections[title] = [(name, " ".join(about.split())) for name, about in entries]
    return [" ".join(part.split()) + "\n" for part in head.split("\n\n")], sections


def parts() -> dict[str, str]:
    """Every generated part by name."""
    return {
        "commands": commands_part(),
        "effects": effects_part(),
        "explanations": explanations_part(),
        "metrics": metrics_part(),
        "policies": policies_part(),
        "program options": options_table(group),
    }
