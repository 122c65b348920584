"""The folder of a sizing: the futures that were simulated, and the answer, put there whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csm_sim.errors import UsageError
from csm_sim.report.folder import MANIFEST, PAGE, PROGRAM, json_text, prepared
from csm_sim.report.folder import claim as claim_folder
from csm_sim.report.html_what_if import what_if_page
from csm_sim.report.sizing_data import sizing_json, sizing_tables
from csm_sim.report.what_if import FILE, what_if_json

if TYPE_CHECKING:
    from csm_sim.report.sizing import Findings

COMMAND: Final = "size"
FUTURES: Final = "futures"
"""Folder of the replications, one file for each team."""

_OURS: Final = (
    "sizing.json", "report.txt", "points.csv", "targets.csv", "hires.csv", "front.csv", "months.csv",
    "front.png", "front.svg", FILE, PAGE, "scenario.yaml", MANIFEST,
)  # fmt: skip
"""What a finished folder holds besides its futures; the manifest comes last."""


def futures_of(folder: Path) -> Path:
    """Where the replications of a sizing are kept in its folder."""
    return folder / FUTURES


def has_futures(folder: Path) -> bool:
    """Whether some are there."""
    return any(futures_of(folder).glob("*.bin"))


def claim(folder: Path) -> None:
    """Make the folder of a sizing, or make sure that it may be written to; as :func:`folder.claim`."""
    claim_folder(folder, _is_ours, "sizing", FUTURES)


def _is_ours(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return futures_of(folder).is_dir() and {one.name for one in folder.iterdir()} <= {FUTURES, *_OURS}
    return (
        isinstance(manifest, dict)
        and manifest.get("program") == PROGRAM
        and manifest.get("command") == COMMAND
    )


def write_sizing(
    folder: Path, found: Findings, *, report: str, manifest: dict[str, Any], scenario_yaml: str, figures: bool
) -> list[str]:
    """Write the answer into its folder; returns notes for the reader.

    Parameters
    ----------
    folder
        Claimed with :func:`claim`.
    found
        The answer.
    report
        It as text.
    manifest
        What is written beside it: scenario, seed, versions, times.
    scenario_yaml
        The merged scenario.
    figures
        Whether to draw.
    """
    notes: list[str] = []
    try:
        with prepared(folder) as new:
            texts = {
                "sizing.json": json_text(sizing_json(found)),
                "report.txt": report,
                **sizing_tables(found),
                "scenario.yaml": scenario_yaml,
                MANIFEST: json_text(manifest),
            }
            if found.what_if is not None:
                texts[FILE] = what_if_json(found.what_if)
                texts[PAGE] = what_if_page(found.what_if)
            for name, text in texts.items():
                with (new / name).open(
                    "w", encoding="utf-8", errors="backslashreplace", newline="\n"
                ) as stream:
                    stream.write(text)
            if figures and found.profit is not None:
                from csm_sim.report.sizing_figure import sizing_figure

                for form in ("png", "svg"):
                    image, told = sizing_figure(found, found.profit, form)
                    (new / f"front.{form}").write_bytes(image)
                    notes = told
            (folder / MANIFEST).unlink(missing_ok=True)
            for name in _OURS:
                if (new / name).exists():
                    os.replace(new / name, folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from None
    return notes
