"""Long lists of a workbook: every figure, and everything that the figures rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.language import N_, _, said
from csm_sim.report.assumptions import Words, in_words
from csm_sim.report.metric_words import meaning_of
from csm_sim.report.xlsx_book import MOST_ROWS, WHOLE, WRAP, Book, Sheet, width_of

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

_BETTER: Final = {"up": N_("the higher"), "down": N_("the lower"), "neither": ""}


def assumptions_sheet(book: Book, summary: Summary) -> None:
    """Add what the results rest on, as in ``assumptions.csv``."""
    sheet = book.sheet(_("Assumptions"))
    row = sheet.title(
        _("Assumptions"),
        _(
            "Assumed: a default that nobody has evidence for. Published: a default with a source. "
            "Fitted: from records of your own. Given: in the scenario."
        ),
    )
    labels = [
        _("key"),
        _("value"),
        _("standing"),
        _("default"),
        _("range"),
        _("source"),
        _("places"),
        _("meaning"),
    ]
    rows = []
    for one in summary.assumptions:
        words = without_folders(in_words(one), one.standing)
        limits = said(one.range) if " " in one.range else one.range
        rows.append(
            (
                words.key,
                words.value,
                words.standing,
                one.default,
                limits,
                words.source,
                one.places,
                words.meaning,
            )
        )
    _wrapped(sheet, row, labels, rows, (34, 22, 12, 18, 20, 36, 8, 60))


def without_folders(words: Words, standing: str) -> Words:
    """An assumption whose place in a file is told without its folders, which are those of one machine."""
    if standing not in ("given", "fitted"):
        return words
    return words._replace(source=words.source.replace("\\", "/").rpartition("/")[2])


def texts_sheet(
    book: Book, name: str, about: str, labels: Sequence[str], rows: Sequence[Sequence[str]],
    widths: Sequence[float],
) -> None:  # fmt: skip
    """Add a sheet of texts, each as wide as is said."""
    sheet = book.sheet(name)
    _wrapped(sheet, sheet.title(name, about), labels, rows, widths)


def _wrapped(
    sheet: Sheet,
    row: int,
    labels: Sequence[str],
    rows: Sequence[Sequence[str | int]],
    widths: Sequence[float],
) -> None:
    for column, width in enumerate(widths):
        sheet.width(column, width)
    sheet.header(row, labels, texts=len(labels))
    for offset, cells in enumerate(rows, 1):
        for column, value in enumerate(cells):
            if isinstance(value, int):
                sheet.number(row + offset, column, value, WHOLE, WRAP)
            else:
                sheet.text(row + offset, column, value, WRAP)
        lines = max(lines_of(str(value), widths[column]) for column, value in enumerate(cells))
        sheet.native.set_row(row + offset, 15.0 * min(lines, 27))
    sheet.native.autofilter(row, 0, row + max(len(rows), 1), len(labels) - 1)
    sheet.freeze(row + 1, 1)


def metrics_sheet(book: Book, summary: Summary) -> None:
    """Add every estimate, one a row: the columns of ``metrics.csv``, and what each figure is."""
    sheet = book.sheet(_("Metrics"))
    row = sheet.title(
        _("Metrics"),
        _(
            "Every figure with the ends of its 95% confidence interval; n simulated futures. "
            "The scope says of what it is."
        ),
    )
    labels = [
        _("metric"),
        _("unit"),
        _("scope"),
        _("mean"),
        _("low"),
        _("high"),
        _("n"),
        _("better is"),
        _("meaning"),
    ]
    sheet.header(row, labels, texts=(0, 1, 2, 7, 8))
    sheet.width(0, 38)
    sheet.width(2, 44)
    sheet.width(8, 90)
    room = MOST_ROWS - row - 2
    found = list(summary.estimates)
    for offset, one in enumerate(found[:room], 1):
        metric = CATALOGUE[one.metric]
        at = row + offset
        sheet.text(at, 0, one.metric)
        sheet.text(at, 1, one.unit)
        sheet.text(at, 2, one.scope)
        sheet.spread(at, 3, one, one.unit)
        sheet.number(at, 6, one.n, WHOLE)
        sheet.text(at, 7, _(_BETTER[metric.better]))
        sheet.text(at, 8, meaning_of(one.metric))
    if len(found) > room:
        more = _("{count} more are in metrics.csv: a sheet has no room for them.")
        sheet.text(MOST_ROWS - 1, 0, more.format(count=len(found) - room), wide=False)
    sheet.native.autofilter(row, 0, row + max(1, min(len(found), room)), len(labels) - 1)
    sheet.freeze(row + 1, 1)


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a column; 1 at least."""
    return sum(max(1, -(-int(1.08 * width_of(part)) // max(1, int(width)))) for part in text.split("\n"))
