"""The files that a run was made of, kept in its folder: what it takes to make its reports again.

They lie there as they were written, ``inputs/scenario/`` for the folder of the scenario and ``inputs/data/``
for that of ``--data-dir``, each under the name that the scenario uses for it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csm_sim.report.folder import INPUTS
from csm_sim.scenario.merge import Source, read_source, resolve_path

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded

SCENARIO: Final = "scenario"
DATA: Final = "data"

MOST_BYTES: Final = 20_000_000
"""Data files that are larger together are not kept; the scenario itself always is."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files, and their names in the folder."""

    files: tuple[tuple[Path, str], ...]
    complete: bool
    """Whether all data files are among them."""
    main: str
    """Name of the scenario file."""

    def manifest(self, sets: tuple[str, ...], folder: str) -> dict[str, Any]:
        """What the manifest says of them.

        Parameters
        ----------
        sets
            Values of ``--set``.
        folder
            Of the scenario file, as it was given: messages and sources name files from there.
        """
        return {
            "file": self.main,
            "folder": folder,
            "set": list(sets),
            "complete": self.complete,
            "files": [name for _path, name in self.files],
        }

    def write(self, folder: Path) -> None:
        """Copy them into a folder, which is made."""
        for path, name in self.files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def inputs_of(file: Path, sets: tuple[str, ...], data_dir: Path | None, loaded: Loaded) -> Inputs:
    """The files that went into a scenario.

    Parameters
    ----------
    file, sets, data_dir
        As given to :func:`csm_sim.scenario.load`.
    loaded
        What it gave.
    """
    source = read_source(file, sets, data_dir)
    texts = [folder / Path(name).name for name, folder in source.folders.items()]
    texts += list(loaded.modules.values())
    data = list(dict.fromkeys(_data_files(source, source.data, ())))
    complete = sum(path.stat().st_size for path in data) <= MOST_BYTES
    files = dict.fromkeys([*texts, *(data if complete else [])])
    named = [(path, name) for path in files if (name := _name(path, source)) is not None]
    return Inputs(tuple(named), complete and len(named) == len(files), f"{SCENARIO}/{file.name}")


def kept_inputs(folder: Path, main: str, *, complete: bool) -> Inputs:
    """The files that a run folder holds already."""
    root = folder / INPUTS
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return Inputs(tuple((path, path.relative_to(root).as_posix()) for path in found), complete, main)


def _data_files(source: Source, data: Any, at: tuple[str | int, ...]) -> Iterator[Path]:
    """The data files that a scenario names, under the names by which it reaches them."""
    if isinstance(data, Mapping):
        for key, inner in data.items():
            if key == "file" and isinstance(inner, str):
                folder = source.folder_of((*at, key))
                found = resolve_path(inner, folder, source.roots)
                starts = [folder / inner, *(root / inner for root in source.roots[1:])]
                if isinstance(found, Path) and found.is_file():
                    yield next(one for one in starts if one.resolve() == found)
            else:
                yield from _data_files(source, inner, (*at, key))
    elif isinstance(data, list):
        for number, inner in enumerate(data):
            yield from _data_files(source, inner, (*at, number))


def _name(path: Path, source: Source) -> str | None:
    """The name of a file in the folder; None for one that lies in neither of the two folders."""
    roots = [(SCENARIO, source.folder)]
    if source.data_dir is not None:
        roots.append((DATA, source.data_dir))
    for plain in (os.path.abspath, os.path.realpath):
        for part, root in roots:
            inner = os.path.relpath(plain(path), plain(root))
            if not inner.startswith(os.pardir) and not os.path.isabs(inner):
                return f"{part}/{Path(inner).as_posix()}"
    return None
