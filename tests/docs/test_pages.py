"""What the documentation says is what the program does."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.scenario.catalogue import catalogue, doc_of
from docs.generated import HEADINGS, commands, parts
from docs.pages import (
    ROOT,
    Session,
    all_pages,
    blocks_of,
    name_of,
    with_changes,
    with_generated,
    without_blocks,
)

PAGES = {name_of(path): path for path in all_pages()}
every_page = pytest.mark.parametrize("name", PAGES)


def text_of(name: str) -> str:
    return PAGES[name].read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the shipped scenarios, in which a page is worked through."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    return tmp_path


@every_page
def test_every_command_and_snippet_of_the_page_works(name: str, folder: Path) -> None:
    session = Session(folder)
    for block in blocks_of(text_of(name)):
        session.try_out(block)
    if session.changes:
        PAGES[name].write_text(with_changes(text_of(name), session.changes), encoding="utf-8")


@every_page
def test_generated_parts_are_up_to_date(name: str) -> None:
    page = text_of(name)
    fresh = with_generated(page, parts())
    if fresh != page and os.environ.get("REFRESH_DOCS"):
        PAGES[name].write_text(fresh, encoding="utf-8")
        return
    assert page == fresh, "REFRESH_DOCS=1 python -m pytest tests/docs  makes the page anew"


def test_every_command_and_option_is_documented() -> None:
    page = text_of("docs/reference/cli.md")
    for name, command in commands().items():
        section = page.partition(f"## csm-sim {name}\n")[2].partition("\n## ")[0]
        assert section, f"{name} is not documented"
        for option in [word for parameter in command.params for word in parameter.opts if word[0] == "-"]:
            assert f"`{option}" in section or f" {option}" in section, f"{name} {option} is not documented"


def test_every_metric_is_documented() -> None:
    page = text_of("docs/reference/metrics.md")
    assert [name for name in CATALOGUE if f"`{name}`" not in page] == []
    assert [name for name in HEADINGS if name not in CATALOGUE] == []


# ---------------------------------------------------------------- links

_LINK_RE = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


def slug(heading: str) -> str:
    """The anchor of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors_of(page: str) -> set[str]:
    return {slug(match) for match in re.findall(r"^#+ (.*)$", without_blocks(page), re.M)}


@every_page
def test_links_lead_somewhere(name: str) -> None:
    path = PAGES[name]
    for link in _LINK_RE.findall(without_blocks(text_of(name))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), f"{link}: there is no such file"
        assert found.is_relative_to(ROOT), f"{link} is outside the project"
        if anchor:
            assert anchor in anchors_of(found.read_text(encoding="utf-8")), f"{link}: no such heading"


def test_every_page_can_be_reached_from_the_index() -> None:
    index = text_of("docs/README.md")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in _LINK_RE.findall(index)}
    pages = {path.resolve() for name, path in PAGES.items() if name.startswith("docs/")}
    assert sorted(map(str, pages - linked - {(ROOT / "docs" / "README.md").resolve()})) == []


# ---------------------------------------------------------------- names

_CODE_RE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_KEY_RE = re.compile(r"[a-z_]+(?:\.(?:[A-Za-z_]\w*|\*)(?:\[\w*\])?)+")
_METRIC_RE = re.compile(r"[a-z0-9_]+_(?:hours|days|people|tasks|tickets|accounts|share|money)")
FILES = ("csv", "yaml", "parquet", "json", "png", "md", "py", "html", "xlsx")
TOP_LEVEL = {doc.pattern[0] for doc in catalogue()}


@every_page
def test_keys_named_in_the_prose_exist(name: str) -> None:
    for code in _CODE_RE.findall(without_blocks(text_of(name))):
        if (
            _KEY_RE.fullmatch(code)
            and code.split(".")[0] in TOP_LEVEL
            and code.rpartition(".")[2] not in FILES
        ):
            path = [part for part in re.split(r"\.|(?=\[)", code) if part]
            assert doc_of(path) or any(doc.pattern[: len(path)] == tuple(path) for doc in catalogue()), code


@every_page
def test_metrics_named_in_the_prose_exist(name: str) -> None:
    statistics = {metric.rpartition("_")[0].rpartition("_")[2] for metric in CATALOGUE}
    for code in _CODE_RE.findall(without_blocks(text_of(name))):
        if _METRIC_RE.fullmatch(code) and code.rpartition("_")[0].rpartition("_")[2] in statistics:
            assert code in CATALOGUE, code


# ---------------------------------------------------------------- notebooks


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_run(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "notebooks").mkdir()
    monkeypatch.chdir(folder / "notebooks")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    names: dict[str, object] = {"__name__": "__notebook__"}
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "outputs are not kept"
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)
