"""Breaks of a role's books → a figure for slides: the curve, its target, and where it breaks."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from csm_sim.analysis.breakpoint_curves import Break
from csm_sim.language import N_, _
from csm_sim.report.breakpoint import WORDS, aim, by_formula, place, size
from csm_sim.report.canvas import BLUE, GREY, ORANGE, fonts_for, new_figure, save
from csm_sim.report.wording import currency_sign, in_myriads, money_unit, plain_name
from csm_sim.scenario.amounts import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.breakpoint import Breakpoint, Curve

_STYLES: Final[dict[str, dict[str, Any]]] = {
    "on_time": {"color": BLUE, "linestyle": "-", "marker": "o"},
    "sla": {"color": ORANGE, "linestyle": "--", "marker": "s"},
    "utilisation": {"color": GREY, "linestyle": ":", "marker": None},
}
_LABELS: Final = {**WORDS, "utilisation": N_("utilisation")}
_MONEY: Final = ((1e9, "B"), (1e6, "M"), (1e3, "k"), (1.0, ""))


@dataclass(frozen=True, slots=True)
class _Mark:
    """One of the sizes that matter."""

    name: str
    found: Break
    text: str
    style: dict[str, Any]


def breakpoint_figure(found: Breakpoint, name: str, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
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
    families, notes = fonts_for(
        [plain_name(name), plain_name(found.books.role), currency_sign(found.currency)]
    )
    stream = io.BytesIO()
    save(_draw(found, plain_name(name)), stream, families, form)
    return stream.getvalue(), notes


def _draw(found: Breakpoint, name: str) -> Figure:
    marks = _marks(found)
    heights = [3.2, *([1.3] if found.marginal else []), 0.3 + 0.22 * len(marks)]
    role = plain_name(found.books.role)
    title = _("How many accounts per {role}: {name}").format(role=role, name=name)
    figure, axes = new_figure(len(heights), heights, title)
    _shares(axes[0], found)
    if found.marginal is not None:
        _money(axes[1], found.marginal, found)
    _rows(axes[-1], marks, found)
    for axis in axes:
        for mark in marks:
            if mark.found.inside:
                axis.axvline(mark.found.at, **mark.style, zorder=1.5)
    edge = 0.02 * (found.high - found.low)
    shown = [mark.found.at for mark in marks if mark.found.inside]
    axes[0].set_xlim(min(found.low, *shown) - edge, max(found.high, *shown) + edge)
    axes[-1].set_xlabel(
        _(
            "accounts per {role} at the start   (bands and bars: 95% intervals, n = {n} simulated futures)"
        ).format(role=role, n=found.question.replications),
        parse_math=False,
    )
    return figure


def _marks(found: Breakpoint) -> list[_Mark]:
    marks = []
    if found.first is not None:
        text = place(found, found.first.found)
        marks.append(
            _Mark(
                _("target break"),
                found.first.found,
                text,
                {"color": "black", "linewidth": 2.0, "linestyle": "-"},
            )
        )
    if found.economic is not None:
        text = place(found, found.economic)
        style = {"color": ORANGE, "linewidth": 2.0, "linestyle": "--"}
        marks.append(_Mark(_("economic break"), found.economic, text, style))
    if math.isfinite(found.fluid):
        style = {"color": GREY, "linewidth": 2.0, "linestyle": "-."}
        marks.append(
            _Mark(_("fluid break"), Break(found.fluid, math.nan, math.nan), by_formula(found), style)
        )
    today = Break(found.books.today, math.nan, math.nan)
    style = {"color": BLUE, "linewidth": 2.4, "linestyle": ":"}
    marks.append(_Mark(_("today"), today, size(found.books.today), style))
    return marks


def _shares(axis: Axes, found: Breakpoint) -> None:
    for curve in found.curves:
        if curve.what not in _STYLES:
            continue
        style = _STYLES[curve.what]
        axis.plot(
            curve.sizes, 100 * curve.mean, label=_(_LABELS[curve.what]), linewidth=2.4, markersize=5, **style
        )
        axis.fill_between(
            curve.sizes, 100 * curve.low, 100 * curve.high, color=style["color"], alpha=0.22, linewidth=0
        )
    for one in found.targets:
        dashes = (0, (1, 2) if one.target == "sla" else (6, 2))
        label = _("target {what}").format(what=aim(percent(one.line), one.target))
        axis.axhline(100 * one.line, color="black", linewidth=1.4, linestyle=dashes, label=label)
    axis.set_ylim(0, 106)
    axis.set_yticks(range(0, 101, 20))
    axis.set_ylabel(_("share (%)"))
    axis.legend(loc="best", framealpha=1.0, edgecolor="none").set_zorder(3)


def _money(axis: Axes, curve: Curve, found: Breakpoint) -> None:
    largest = max(abs(float(value)) for value in curve.mean)
    scale, unit = _unit(largest, found.currency)
    axis.plot(curve.sizes, curve.mean / scale, color=ORANGE, linewidth=2.2, marker="D", markersize=4)
    axis.fill_between(
        curve.sizes, curve.low / scale, curve.high / scale, color=ORANGE, alpha=0.22, linewidth=0
    )
    least = found.question.least
    axis.axhline(least / scale, color="black", linewidth=1.2)
    if least:
        axis.annotate(
            _("what one more has to bring"), (0.995, least / scale), xycoords=("axes fraction", "data"),
            xytext=(0, 3), textcoords="offset points", ha="right", va="bottom", fontsize=10,
        )  # fmt: skip
    low = min(0.0, float(curve.low.min()) / scale)
    axis.set_ylim(1.1 * low, 1.15 * max(float(curve.high.max()), least, 0.0) / scale or 1.0)
    axis.set_ylabel(_("ARR that one\nmore adds ({unit})").format(unit=unit), parse_math=False)
    axis.yaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")


def _unit(largest: float, currency: str) -> tuple[float, str]:
    """The unit of an axis of money, and what it is called."""
    if in_myriads(currency):
        return money_unit(largest, currency)
    scale, letter = next(((scale, letter) for scale, letter in _MONEY if largest >= scale), (1.0, ""))
    return scale, f"{currency_sign(currency).strip()}{letter}"


def _rows(axis: Axes, marks: list[_Mark], found: Breakpoint) -> None:
    """One row for each mark: its interval as a bar, and what it says."""
    for row, mark in enumerate(marks):
        if not mark.found.inside:
            beyond = mark.found.at > 0
            axis.annotate(
                f"{mark.text} →" if beyond else f"← {mark.text}", (0.995 if beyond else 0.005, row),
                xycoords=("axes fraction", "data"), ha="right" if beyond else "left", va="center",
            )  # fmt: skip
            continue
        if not math.isnan(mark.found.low):
            ends = [max(mark.found.low, found.low), min(mark.found.high, found.high)]
            axis.plot(ends, [row, row], color="black", linewidth=2.2, marker="|", markersize=11, zorder=3)
        axis.plot([mark.found.at], [row], "o", color=mark.style["color"], markersize=8, zorder=4)
        right = mark.found.at > (found.low + found.high) / 2
        end = mark.found.at if math.isnan(mark.found.low) else (mark.found.low if right else mark.found.high)
        end = end if math.isfinite(end) else mark.found.at
        axis.annotate(
            mark.text, (end, row), xytext=(-10 if right else 10, 0), textcoords="offset points",
            ha="right" if right else "left", va="center", fontweight="bold", zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
    axis.set_yticks(range(len(marks)), [mark.name for mark in marks])
    axis.set_ylim(len(marks) - 0.4, -0.6)
    axis.grid(visible=False)
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
