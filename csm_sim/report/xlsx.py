"""The workbook of a run, and that of a comparison: what finance goes on to work with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from csm_sim.report.xlsx_book import Book

if TYPE_CHECKING:
    from csm_sim.analysis.compared import Compared
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.scenario import Scenario
    from csm_sim.world.build import World


def run_workbook(
    summary: Summary, scenario: Scenario, world: World, sample: Sample, manifest: Mapping[str, Any]
) -> bytes:
    """The workbook of a run, in the language in use.

    Parameters
    ----------
    summary, scenario, world, sample
        Of the run.
    manifest
        Of its folder. When the run ended is the date of the file: the same run gives the same bytes.
    """
    from csm_sim.report.xlsx_run import RunSheets

    book = Book(scenario.name, _moment(manifest.get("finished")))
    RunSheets(book, summary, scenario, world, sample, manifest).write()
    return book.to_bytes()


def compare_workbook(compared: Compared) -> bytes:
    """The workbook of a comparison, in the language in use; the same comparison gives the same bytes."""
    from csm_sim.report.xlsx_compare import CompareSheets

    book = Book(compared.name)
    CompareSheets(book, compared).write()
    return book.to_bytes()


def _moment(text: object) -> datetime | None:
    """A time of the manifest, in UTC; None where there is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found
