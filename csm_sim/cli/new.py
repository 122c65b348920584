"""``csm-sim new``."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from csm_sim.cli.console import say
from csm_sim.errors import UsageError

DEFAULT_TEMPLATE = "b2b_saas_3000"
SCHEMA = "scenario.schema.json"


def templates_folder() -> Path:
    """The shipped scenarios: in an installed package, or in the checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent / "scenarios"):
        if (folder / f"{DEFAULT_TEMPLATE}.yaml").is_file():
            return folder
    raise UsageError("the shipped scenarios are missing from this installation; install csm-sim again")


def templates() -> dict[str, str]:
    """Name and title of each shipped scenario: the default first, those of subfolders last."""
    folder = templates_folder()
    found = {}
    for path in folder.rglob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        name = path.relative_to(folder).with_suffix("").as_posix()
        found[name] = next((line.partition(":")[2].strip() for line in lines if line.startswith("name:")), "")
    order = sorted(found, key=lambda name: (name != DEFAULT_TEMPLATE, "/" in name, name))
    return {name: found[name] for name in order}


@click.command("new")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option(
    "--template", metavar="NAME", default=DEFAULT_TEMPLATE, show_default=True, help="Scenario to begin with."
)
def command(folder: Path | None, template: str) -> None:
    """Make the folder DIR with a runnable scenario to edit. Without DIR, the templates are listed."""
    known = templates()
    if folder is None:
        width = max(len(name) for name in known)
        for name, title in known.items():
            say(f"{name:<{width}}  {title}")
        say(f"\nfor example:  csm-sim new my-team --template {DEFAULT_TEMPLATE}")
        return
    if template not in known:
        have = "\n".join(f"  {name}  {title}" for name, title in known.items())
        raise UsageError(f"there is no template {template}; there are:\n{have}")
    _make(folder, template)
    scenario = folder / "scenario.yaml"
    say(f"made {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    say(f"next:  csm-sim check {scenario}")


def _beside(source: Path, text: str) -> Iterator[Path]:
    """The data files that a template names, and the templates it extends with theirs."""
    for path in source.iterdir():
        if path.suffix == ".csv" and path.name in text:
            yield path
    for base in re.findall(r"^extends: *(\S+)", text, re.MULTILINE):
        yield source / base
        yield from _beside(source, (source / base).read_text(encoding="utf-8"))


def _copy(path: Path, copied: Path) -> None:
    """Copy a file; the schema of a scenario is beside it from now on."""
    if path.suffix != ".yaml":
        shutil.copyfile(path, copied)
        return
    text = path.read_text(encoding="utf-8")
    text = text.replace(f"$schema=../{SCHEMA}", f"$schema={SCHEMA}", 1)
    copied.write_text(text, encoding="utf-8", newline="\n")


def _make(folder: Path, template: str) -> None:
    """Copy a template into a folder that appears whole or not at all."""
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise UsageError(f"{folder} exists already; name a new folder")
    source = templates_folder() / f"{template}.yaml"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            _copy(source, temporary / "scenario.yaml")
            for path in _beside(source.parent, source.read_text(encoding="utf-8")):
                _copy(path, temporary / path.name)
            _copy(templates_folder() / SCHEMA, temporary / SCHEMA)
            temporary.chmod(0o755)
            if folder.exists():
                folder.rmdir()
            temporary.rename(folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from None
