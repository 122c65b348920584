"""Hire-by answer → a figure for slides: chance of enough people against the day of opening."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from csm_sim.language import _, ngettext
from csm_sim.report.canvas import BLUE, GREY, ORANGE, date_axis, fonts_for, new_figure, save
from csm_sim.report.hiring import people_of
from csm_sim.report.wording import plain_name
from csm_sim.scenario.amounts import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from csm_sim.analysis.hiring import HireBy

FORMS: Final = ("png", "svg")

_STYLES: Final[tuple[dict[str, Any], ...]] = (
    {"color": GREY, "linestyle": ":", "linewidth": 2.2},
    {"color": BLUE, "linestyle": "-", "linewidth": 2.8},
    {"color": ORANGE, "linestyle": "--", "linewidth": 2.2},
)
"""Of one requisition fewer than the answer, of the answer, and of one more."""


def hiring_figure(found: HireBy, name: str, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
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
    families, notes = fonts_for([plain_name(name), plain_name(found.role)])
    stream = io.BytesIO()
    save(_draw(found, plain_name(name)), stream, families, form)
    return stream.getvalue(), notes


def _draw(found: HireBy, name: str) -> Figure:
    figure, (axis,) = new_figure(1, [1.0], _("When to hire: {name}").format(name=name))
    asked = found.asked
    fewest = asked.requisitions if asked is not None else found.best[0].requisitions
    for number, curve in found.curves.items():
        days: Any = [found.start + timedelta(days=day) for day in range(len(curve))]
        style = _STYLES[number - fewest + 1]
        label = ngettext("{n} requisition", "{n} requisitions", number).format(n=f"{number:,}")
        axis.plot(days, 100 * curve, label=label, **style)
    aim = _("wanted: {share}").format(share=percent(found.chance))
    axis.axhline(100 * found.chance, color="black", linestyle="-.", linewidth=1.4, label=aim)
    if asked is not None and asked.open_by is not None:
        last: Any = asked.open_by
        axis.plot([last, last], [0, 102], color="black", linewidth=1.0)
        axis.plot([last], [100 * (1.0 - asked.late)], "o", color=BLUE, markersize=9)
        half = found.start + (found.by - found.start) / 2
        side = "right" if asked.open_by > half else "left"
        axis.text(
            last, 103, _("open {n} by {date}").format(n=f"{asked.requisitions:,}", date=asked.open_by),
            ha=side, va="bottom", fontsize=13, fontweight="bold",
        )  # fmt: skip
    axis.set_ylim(0, 110)
    axis.set_yticks(range(0, 101, 10))
    chance = _("chance of at least {people}\non {date} (%)")
    axis.set_ylabel(chance.format(people=plain_name(people_of(found)), date=found.by), parse_math=False)
    axis.set_xlabel(
        _("day on which the requisitions open (attrition without burnout; formulas, not simulated)")
    )
    axis.legend(loc="best", framealpha=1.0, edgecolor="none")
    date_axis(axis)
    return figure
