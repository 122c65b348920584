"""Teams that were tried → a figure for slides: what they cost against the ARR that they keep."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, GREY, ORANGE, SIZE, fonts_for, save
from csm_sim.report.wording import currency_sign, in_myriads, money_unit, plain_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.lattice import Point
    from csm_sim.analysis.sizing_profit import FrontPoint, Profit
    from csm_sim.report.sizing import Findings

_REACH: Final = 1.3
"""Teams that cost more than so many times the answer are left out: they would press the others together."""


def sizing_figure(found: Findings, profit: Profit, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
    """The figure as the bytes of a file, and what a reader must be told (a missing font).

    Parameters
    ----------
    found
        The answer.
    profit
        Of it.
    form
        Kind of the file.
    """
    names = [plain_name(name) for name in found.sized.question.names]
    title, sign = plain_name(found.name), currency_sign(found.currency)
    families, notes = fonts_for([title, *names, sign, "+…"])
    stream = io.BytesIO()
    save(_draw(found, profit, title, names), stream, families, form)
    return stream.getvalue(), notes


def _draw(found: Findings, profit: Profit, title: str, names: Sequence[str]) -> Figure:
    from matplotlib.figure import Figure

    answer = found.sized.answer
    of_answer = next(one.cost for one in profit.front if one.point == answer)
    shown = [one for one in profit.front if one.cost <= _REACH * of_answer]
    figure = Figure(figsize=SIZE, layout="constrained")
    axis = figure.subplots()
    figure.suptitle(
        _("What more people keep: {name}").format(name=title),
        fontsize=16,
        x=0.02,
        ha="left",
        parse_math=False,
    )
    cost_size, cost_unit = _unit(max(one.cost for one in shown), found.currency)
    largest = max(abs(end) for one in shown for end in (one.kept.low, one.kept.high))
    arr_size, arr_unit = _unit(largest, found.currency)
    front = [one for one in shown if one.on_front]
    axis.plot(
        [one.cost / cost_size for one in front], [one.kept.mean / arr_size for one in front],
        color=BLUE, linewidth=1.4, zorder=1,
    )  # fmt: skip
    for kind, points in _kinds(shown, answer).items():
        _mark(axis, kind, points, cost_size, arr_size)
    for place, one in enumerate(shown):
        axis.annotate(
            "+".join(str(count) for count in one.point), (one.cost / cost_size, one.kept.mean / arr_size),
            xytext=(7, -15 if place % 2 else 9), textcoords="offset points", fontsize=11,
        )  # fmt: skip
    axis.margins(x=0.07, y=0.08)
    axis.axhline(0, color="black", linewidth=0.8)
    left = len(profit.front) - len(shown)
    below = _("cost of the team in a year ({unit}); numbers: {roles}").format(
        unit=cost_unit, roles=" + ".join(names)
    )
    if left:
        below += _("; {n} teams that cost more than {times} times the answer are left out").format(
            n=left, times=f"{_REACH:g}"
        )
    axis.set_xlabel(below, parse_math=False)
    axis.set_ylabel(
        _(
            "expected ARR at the end of the horizon, more than with the answer ({unit})\n"
            "mean and 95% interval of the paired difference, n = {n}"
        ).format(unit=arr_unit, n=profit.front_n),
        parse_math=False,
    )
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    axis.grid(color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="lower right", frameon=False, fontsize=12)
    return figure


_STYLES: Final = {
    N_("the answer"): ("*", BLUE, BLUE, 20.0),
    N_("no team keeps more for as little"): ("o", BLUE, BLUE, 9.0),
    N_("another keeps more for as little"): ("s", "white", ORANGE, 8.0),
    N_("which keeps more cannot be told"): ("D", "white", GREY, 8.0),
}
"""Marker, its face and edge, and its size, by what is known of a team."""


def _kinds(shown: Sequence[FrontPoint], answer: Point | None) -> dict[str, list[FrontPoint]]:
    first, front, below, open_ = _STYLES
    found: dict[str, list[FrontPoint]] = {kind: [] for kind in _STYLES}
    for one in shown:
        if one.point == answer:
            found[first].append(one)
        elif one.on_front:
            found[front].append(one)
        else:
            found[below if one.surely_below else open_].append(one)
    return {kind: points for kind, points in found.items() if points}


def _mark(axis: Axes, kind: str, points: Sequence[FrontPoint], cost_size: float, arr_size: float) -> None:
    marker, face, edge, size = _STYLES[kind]
    x = [one.cost / cost_size for one in points]
    y = [one.kept.mean / arr_size for one in points]
    below = [(one.kept.mean - one.kept.low) / arr_size for one in points]
    above = [(one.kept.high - one.kept.mean) / arr_size for one in points]
    axis.errorbar(
        x, y, yerr=[below, above], fmt=marker, markersize=size, markerfacecolor=face, markeredgecolor=edge,
        ecolor="black", elinewidth=1.4, capsize=4, label=_(kind), zorder=2,
    )  # fmt: skip


def _unit(largest: float, currency: str) -> tuple[float, str]:
    if in_myriads(currency):
        return money_unit(largest, currency)
    size, letter = _scale(largest)
    return size, f"{currency_sign(currency)}{letter}"


def _scale(largest: float) -> tuple[float, str]:
    return next(
        ((size, letter) for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")) if largest >= size),
        (1.0, ""),
    )
