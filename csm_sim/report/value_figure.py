"""What planned work is worth → a figure for slides: bars with their intervals, what to cut first on top."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from csm_sim.analysis.key_people import resolved
from csm_sim.report.canvas import BLUE, SIZE, fonts_for, save
from csm_sim.report.differences import span_of
from csm_sim.report.heatmap import short_name
from csm_sim.report.wording import currency_sign, money_scale, plain_name

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
    figure.suptitle(
        f"What planned work is worth over {span_of(found.days)}: {name}", fontsize=16, x=0.02, ha="left",
        parse_math=False,
    )  # fmt: skip
    sign = currency_sign(found.lost.unit)
    _bars(panels[0], [work.protects for work in works], sign, "ARR that it protects", found.wider)
    _bars(panels[1], [work.never_late for work in works], sign, "ARR more if it were never late", found.wider)
    labels = [_label(found, work) for work in works]
    panels[0].set_yticks(np.arange(len(labels)), labels, parse_math=False)
    panels[0].set_ylim(len(labels) - 0.4, -0.6)
    order = "cost" if found.by_cost else "hour"
    rest = f"; {len(found.works) - _MOST} in the middle not shown" if len(found.works) > _MOST else ""
    figure.supxlabel(
        f"lowest ARR per {order} first; lines: 95% interval of the paired difference, n = {found.n}\n"
        f"(hatched: not resolved when all are looked at together, {found.wider:.2f} times as wide{rest})",
        fontsize=11,
    )
    return figure


def _label(found: WorkValue, work: Worth) -> str:
    """The playbook, with the verdict where there is one."""
    verdict = found.verdict(work)
    said = f"\n{verdict}" if verdict in ("cut first", "costs more", "never cut") else ""
    return f"{short_name(work.name)}{said}"


def _bars(axis: Axes, values: list[Estimate], sign: str, label: str, wider: float) -> None:
    size, letter = money_scale(max((abs(one.mean) for one in values), default=0.0))
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
    axis.set_xlabel(f"{label} ({sign}{letter})", parse_math=False)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.grid(axis="x", color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
