"""What planned work is worth → a figure for slides: bars with their intervals, what to cut first on top."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from csm_sim.analysis.key_people import resolved
from csm_sim.language import _
from csm_sim.report.canvas import BLUE, SIZE, fonts_for, save
from csm_sim.report.differences import span_of
from csm_sim.report.heatmap import short_name
from csm_sim.report.wording import currency_sign, in_myriads, money_scale, money_unit, plain_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.estimates import Estimate
    from csm_sim.analysis.value import WorkValue, Worth

_MOST: Final = 25
"""Bars that are drawn: with more, half of them from each end of the list."""


def value_figure(found: WorkValue, name: str, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
    """The figure as the bytes of a file, and what a reader must be told (a missing font).

    Parameters
    ----------
    found
        The answer.
    name
        Of the scenario.
    form
        Kind of the file.
    """
    names = [short_name(work.name) for work in found.works]
    families, notes = fonts_for([plain_name(name), *names, currency_sign(found.lost.unit), "±…"])
    stream = io.BytesIO()
    save(_draw(found, plain_name(name)), stream, families, form)
    return stream.getvalue(), notes


def _draw(found: WorkValue, name: str) -> Figure:
    from matplotlib.figure import Figure

    works = list(found.works)
    if len(works) > _MOST:
        works = works[: _MOST // 2] + works[-(_MOST - _MOST // 2) :]
    figure = Figure(figsize=SIZE, layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    title = _("What planned work is worth over {horizon}: {name}").format(
        horizon=span_of(found.days), name=name
    )
    figure.suptitle(title, fontsize=16, x=0.02, ha="left", parse_math=False)
    sign = currency_sign(found.lost.unit)
    _bars(panels[0], [work.protects for work in works], sign, _("ARR that it protects"), found.wider)
    _bars(
        panels[1], [work.never_late for work in works], sign, _("ARR more if it were never late"), found.wider
    )
    labels = [_label(found, work) for work in works]
    panels[0].set_yticks(np.arange(len(labels)), labels, parse_math=False)
    panels[0].set_ylim(len(labels) - 0.4, -0.6)
    order = _("lowest ARR per cost first") if found.by_cost else _("lowest ARR per hour first")
    lines = _("lines: 95% interval of the paired difference, n = {n}").format(n=found.n)
    notes = _("hatched: not resolved when all are looked at together, {times} times as wide").format(
        times=f"{found.wider:.2f}"
    )
    if len(found.works) > _MOST:
        notes += _("; {n} in the middle not shown").format(n=len(found.works) - _MOST)
    figure.supxlabel(f"{order}{_('; ')}{lines}\n({notes})", fontsize=11)
    return figure


def _label(found: WorkValue, work: Worth) -> str:
    """The playbook, with the verdict where there is one."""
    verdict = found.verdict(work)
    words = {"cut first": _("cut first"), "costs more": _("costs more"), "never cut": _("never cut")}
    return f"{short_name(work.name)}\n{words[verdict]}" if verdict in words else short_name(work.name)


def _bars(axis: Axes, values: list[Estimate], sign: str, label: str, wider: float) -> None:
    largest = max((abs(one.mean) for one in values), default=0.0)
    size, letter = money_scale(largest)
    unit, currency = f"{sign}{letter}", values[0].unit if values else ""
    if in_myriads(currency):
        size, unit = money_unit(largest, currency)
    for row, one in enumerate(values):
        sure = resolved(one, wider)
        axis.barh(
            row, one.mean / size, height=0.62, facecolor=BLUE if sure else "white", edgecolor=BLUE,
            hatch=None if sure else "////", linewidth=1.0,
        )  # fmt: skip
        if one.half_width > 0:
            ends = [one.low / size, one.high / size]
            axis.plot(ends, [row, row], color="white", linewidth=4.0, solid_capstyle="butt")
            axis.plot(ends, [row, row], color="black", linewidth=1.8, marker="|", markersize=9)
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_xlabel(f"{label} ({unit})", parse_math=False)
    axis.xaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    axis.grid(axis="x", color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
