"""Key people → a figure for slides: what each absence costs, as bars with their intervals."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from csm_sim.analysis.key_people import resolved
from csm_sim.language import _, ngettext
from csm_sim.report.canvas import BLUE, SIZE, fonts_for, save
from csm_sim.report.heatmap import short_name
from csm_sim.report.key_people import called
from csm_sim.report.wording import currency_sign, in_myriads, money_unit, plain_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.estimates import Estimate
    from csm_sim.analysis.key_people import KeyPeople

_MOST: Final = 25
"""Bars that are drawn."""


def key_people_figure(found: KeyPeople, name: str, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
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
    labels = [short_name(called(found, risk)) for risk in found.risks[:_MOST]]
    sign = currency_sign(found.risks[0].arr.unit)
    families, notes = fonts_for([plain_name(name), *labels, sign, "±…"])
    stream = io.BytesIO()
    save(_draw(found, plain_name(name), labels, sign), stream, families, form)
    return stream.getvalue(), notes


def _draw(found: KeyPeople, name: str, labels: list[str], sign: str) -> Figure:
    from matplotlib.figure import Figure

    risks = found.risks[:_MOST]
    figure = Figure(figsize=SIZE, layout="constrained")
    panels = figure.subplots(1, 1 + found.churns, sharey=True, squeeze=False)[0]
    title = ngettext(
        "Away for {n} week from {date}: {name}", "Away for {n} weeks from {date}: {name}", found.weeks
    ).format(n=found.weeks, date=found.first, name=name)
    figure.suptitle(title, fontsize=16, x=0.02, ha="left", parse_math=False)
    if found.churns:
        largest = max(abs(risk.arr.mean) for risk in risks)
        size, letter = next(
            ((size, letter) for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")) if largest >= size),
            (1.0, ""),
        )
        unit, currency = f"{sign}{letter}", risks[0].arr.unit
        if in_myriads(currency):
            size, unit = money_unit(largest, currency)
        label = _("expected ARR lost ({unit})").format(unit=unit)
        _bars(panels[0], [risk.arr for risk in risks], size, label)
    _bars(panels[-1], [risk.failed for risk in risks], 1.0, _("planned work late or missed (tasks)"))
    panels[0].set_yticks(np.arange(len(labels)), labels, parse_math=False)
    panels[0].set_ylim(len(labels) - 0.4, -0.6)
    notes = [
        _("lines: 95% interval of the paired difference, n = {n}").format(n=found.n),
        _("hatched: not resolved, the interval contains 0"),
    ]
    if len(found.risks) > _MOST:
        notes.append(_("{n} more not shown").format(n=len(found.risks) - _MOST))
    below = _("more than without the absence, over the whole horizon ({notes})")
    figure.supxlabel(below.format(notes=_("; ").join(notes)), fontsize=11)
    return figure


def _bars(axis: Axes, values: list[Estimate], size: float, label: str) -> None:
    for row, one in enumerate(values):
        sure = resolved(one)
        axis.barh(
            row, one.mean / size, height=0.62, facecolor=BLUE if sure else "white", edgecolor=BLUE,
            hatch=None if sure else "////", linewidth=1.0,
        )  # fmt: skip
        if one.half_width == one.half_width:
            ends = [one.low / size, one.high / size]
            axis.plot(ends, [row, row], color="white", linewidth=4.0, solid_capstyle="butt")
            axis.plot(ends, [row, row], color="black", linewidth=1.8, marker="|", markersize=9)
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_xlabel(label, parse_math=False)
    axis.xaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    axis.grid(axis="x", color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
