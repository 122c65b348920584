"""The folder of a comparison: the futures that were simulated, and the answer, put there whole."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csm_sim.errors import UsageError
from csm_sim.language import _
from csm_sim.report.compare import compare_report
from csm_sim.report.compare_data import ANSWER, compare_tables, read_compared, to_json
from csm_sim.report.folder import MANIFEST, PROGRAM, json_text, prepared
from csm_sim.report.folder import claim as claim_folder

if TYPE_CHECKING:
    from csm_sim.analysis.compare import Entry, Question
    from csm_sim.analysis.compared import Compared

COMMAND: Final = "compare"
FUTURES: Final = "futures"
"""Folder of the replications, one file for each plan."""
PLANS: Final = "plans"
"""Folder of the merged scenarios: 0.yaml is the base."""
FIGURES: Final = "figures"
TEXT: Final = "report.txt"
PAGE: Final = "report.html"
BOOK: Final = "report.xlsx"

_OURS: Final = (
    "differences.csv", "by_month.csv", "changes.csv", "assumptions.csv", PLANS, FIGURES, TEXT, PAGE, BOOK,
    ANSWER, MANIFEST,
)  # fmt: skip
"""What a finished folder holds besides its futures; the manifest comes last."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What is kept beside the answer."""

    manifest: dict[str, Any]
    scenarios: tuple[str, ...]
    """Merged, as YAML; that of the base first."""

    @classmethod
    def of(cls, question: Question, started: datetime) -> Meta:
        """Of a comparison that has just been made."""
        return cls(_manifest(question, started), tuple(_yaml(entry) for entry in question.entries))


def folder_name(question: Question, seed: int) -> str:
    """The name of the folder where no other is asked for."""
    from csm_sim.analysis.fingerprint import folder_hash

    hashes = {
        f"{place:03} {name}": value
        for place, entry in enumerate(question.entries)
        for name, value in _hashes(entry).items()
    }
    return f"{Path(question.base.file).stem}-compare-{folder_hash(hashes)}-seed{seed}"


def _hashes(entry: Entry) -> dict[str, str]:
    from csm_sim.analysis.fingerprint import scenario_sha256

    return {
        "scenario_sha256": scenario_sha256(_merged(entry)),
        "inputs_sha256": entry.variant.world_sha256,
    }


def _merged(entry: Entry) -> dict[str, Any]:
    from csm_sim.scenario.defaults import with_defaults

    return with_defaults(entry.variant.loaded.data)[0]


def _yaml(entry: Entry) -> str:
    from csm_sim.scenario.writing import as_yaml

    loaded = entry.variant.loaded
    return as_yaml(_merged(entry), lambda key: str(loaded.origins.get(key, "")))


def _manifest(question: Question, started: datetime) -> dict[str, Any]:
    import platform
    from importlib.metadata import version

    import numpy

    from csm_sim import __version__

    return {
        "program": PROGRAM,
        "command": COMMAND,
        "version": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": version("numba"),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "name": question.base.variant.scenario.name,
        "replications_asked": question.replications or "auto",
        "precision": question.precision,
        "plans": [
            {
                "label": entry.label,
                "file": entry.file,
                "settings": list(entry.variant.sets),
                "scenario": f"{PLANS}/{place}.yaml",
                **_hashes(entry),
            }
            for place, entry in enumerate(question.entries)
        ],
    }


# ---------------------------------------------------------------- claiming


def futures_of(folder: Path) -> Path:
    """Where the replications of a comparison are kept in its folder."""
    return folder / FUTURES


def has_futures(folder: Path) -> bool:
    """Whether some are there."""
    return any(futures_of(folder).glob("*.bin"))


def is_compare_folder(folder: Path) -> bool:
    """Whether a folder was made by a comparison, finished or not."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return futures_of(folder).is_dir() and {one.name for one in folder.iterdir()} <= {FUTURES, *_OURS}
    return (
        isinstance(manifest, dict)
        and manifest.get("program") == PROGRAM
        and manifest.get("command") == COMMAND
    )


def claim(folder: Path) -> None:
    """Make the folder of a comparison, or make sure that it may be written to; as :func:`folder.claim`."""
    claim_folder(folder, is_compare_folder, "comparison", FUTURES)


# ---------------------------------------------------------------- writing


def write_compare(folder: Path, compared: Compared, meta: Meta, *, figures: bool) -> list[str]:
    """Write the answer into its folder, in the language in use; returns notes for the reader.

    Parameters
    ----------
    folder
        Claimed with :func:`claim`.
    compared
        The answer.
    meta
        What is kept beside it.
    figures
        Whether to draw.
    """
    try:
        with prepared(folder) as new:
            notes = _write_all(new, compared, meta, figures=figures)
            (folder / MANIFEST).unlink(missing_ok=True)
            for name in _OURS:
                target, fresh = folder / name, new / name
                if target.is_dir() and not target.is_symlink():
                    shutil.rmtree(target)
                elif not fresh.exists():
                    target.unlink(missing_ok=True)
                if fresh.exists():
                    os.replace(fresh, target)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from None
    return notes


def _write_all(new: Path, compared: Compared, meta: Meta, *, figures: bool) -> list[str]:
    from csm_sim.report.html_compare import compare_page
    from csm_sim.report.xlsx import compare_workbook

    texts = {
        **compare_tables(compared),
        **{f"{PLANS}/{place}.yaml": text for place, text in enumerate(meta.scenarios)},
        TEXT: compare_report(compared, width=100, colour=False),
        PAGE: compare_page(compared, figures=figures),
        ANSWER: json_text(to_json(compared)),
        MANIFEST: json_text(meta.manifest),
    }
    (new / PLANS).mkdir()
    for name, text in texts.items():
        with (new / name).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    (new / BOOK).write_bytes(compare_workbook(compared))
    return _draw(new / FIGURES, compared) if figures else []


def _draw(folder: Path, compared: Compared) -> list[str]:
    """Draw the figures for slides; returns notes for the reader."""
    from csm_sim.report.compare_figure import compare_figures

    folder.mkdir()
    pictures, notes = compare_figures(compared)
    for name, picture in pictures.items():
        (folder / name).write_bytes(picture)
    return notes


def place_of(folder: Path, *, figures: bool) -> str:
    """What to say of where the results are."""
    more = f", {FIGURES}/" if figures else ""
    return _("Results: {folder}/  ({files})").format(
        folder=folder, files=f"{PAGE}, {BOOK}, {ANSWER}, *.csv{more}"
    )


def rebuild_compare(folder: Path, *, figures: bool = True) -> tuple[Compared, list[str]]:
    """Write the reports of a comparison again from its own answer, in the language in use.

    Nothing is simulated. Returns the answer, and notes for the reader.

    Raises
    ------
    UsageError
        If the folder holds no finished comparison.
    """
    compared = read_compared(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        plans = range(len(compared.plans) + 1)
        scenarios = tuple((folder / PLANS / f"{place}.yaml").read_text(encoding="utf-8") for place in plans)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "manifest.json is no JSON"
        raise UsageError(
            f"{folder} is not complete: {reason}\n  fix       compare again:  csm-sim compare BASE OTHER"
        ) from None
    return compared, write_compare(folder, compared, Meta(manifest, scenarios), figures=figures)
