"""The loss by cause → a waterfall for slides: from the fully staffed twin's ARR to the run's."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.key_people import resolved
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, ORANGE, SIZE, fonts_for, save
from csm_sim.report.differences import span_of
from csm_sim.report.wording import (
    currency_sign,
    in_myriads,
    money_scale,
    money_unit,
    plain_name,
    value_of,
    with_half_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.attribute import Attribution, Share

Floats = NDArray[np.float64]

_WIDTH: Final = 0.62
_PALE: Final = "#cccccc"
_CALLED: Final = {
    "onboarding": N_("late\nonboarding"),
    "touches": N_("late and missed\ntouches"),
    "tickets": N_("slow\ntickets"),
    "handover": N_("accounts that\nchange hands"),
    "expansion": N_("unmade expan-\nsion plays"),
}


def attribution_figure(found: Attribution, name: str, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
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
    families, notes = fonts_for([plain_name(name), currency_sign(found.total.unit), "±…"])
    stream = io.BytesIO()
    save(_draw(found, plain_name(name)), stream, families, form)
    return stream.getvalue(), notes


def _draw(found: Attribution, name: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axis = figure.subplots()
    title = _("ARR lost to under-staffing by cause: {name}").format(name=name)
    figure.suptitle(title, fontsize=16, x=0.02, ha="left", parse_math=False)
    shares = [share for share in found.shares if share.simulated]
    largest = max(abs(found.twin_arr.mean), abs(found.run_arr.mean))
    size, letter = money_scale(largest)
    unit = f"{currency_sign(found.total.unit)}{letter}"
    if in_myriads(found.total.unit):
        size, unit = money_unit(largest, found.total.unit)
    levels = found.twin_arr.mean - np.cumsum([0.0, *(share.loss.mean for share in shares)])
    low, high = _limits(found, shares, levels)
    labels = [_("fully staffed")]
    level = found.twin_arr.mean / size
    _end(axis, 0, level, value_of(found.twin_arr), level)
    for place, (share, level) in enumerate(zip(shares, levels[:-1], strict=True), start=1):
        _step(axis, place, share, float(level), size)
        labels.append(_(_CALLED[share.cause.name]))
    last = len(shares) + 1
    lost = f"\n(-{with_half_width(found.total)})" if found.total.mean > 0 else ""
    twin, run = found.twin_arr.mean, found.run_arr.mean
    top = twin - found.total.low if found.total.half_width > 0 else run
    _end(axis, last, run / size, value_of(found.run_arr) + lost, top / size)
    _interval(axis, last, twin - found.total.high, twin - found.total.low, size)
    labels.append(_("as it is"))
    axis.set_xticks(np.arange(len(labels)), labels)
    axis.set_ylim(low / size, high / size)
    if low != 0:
        unit += _("; the axis does not begin at 0")
    axis.set_ylabel(_("expected ARR at the end ({unit})").format(unit=unit), parse_math=False)
    axis.yaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    axis.grid(axis="y", color="#dddddd", linewidth=0.8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_axisbelow(True)
    axis.tick_params(axis="x", length=0)
    figure.supxlabel(
        _(
            "cause of the loss over {horizon} (Shapley shares, which add up; lines: 95% interval of each"
            " share and of the loss, paired, n = {n};\nhatched: not resolved, 0 is in the interval)"
        ).format(horizon=span_of(found.days), n=found.n),
        fontsize=11,
    )  # fmt: skip
    return figure


def _limits(found: Attribution, shares: list[Share], levels: Floats) -> tuple[float, float]:
    """From where to where the axis goes: so that the steps can be seen, from 0 on if they are large."""
    ends = [*levels.tolist(), found.run_arr.mean]
    for share, level in zip(shares, levels[:-1].tolist(), strict=True):
        if share.loss.half_width == share.loss.half_width:
            ends += [level - share.loss.low, level - share.loss.high]
    if found.total.half_width == found.total.half_width:
        ends += [found.twin_arr.mean - found.total.low, found.twin_arr.mean - found.total.high]
    bottom, top = min(ends), max(ends)
    reach = top - bottom or 0.02 * abs(top) or 1.0
    low = bottom - 0.45 * reach
    return (low if low > 0.2 * top else min(0.0, bottom)), top + 0.18 * reach


def _end(axis: Axes, place: int, level: float, text: str, top: float) -> None:
    axis.bar(place, level, width=_WIDTH, facecolor=_PALE, edgecolor="black", linewidth=1.0)
    _write(axis, place, top, text)


def _step(axis: Axes, place: int, share: Share, level: float, size: float) -> None:
    """A bar that hangs from the level before it, or stands on it where ARR is gained."""
    one = share.loss
    after = level - one.mean
    colour = ORANGE if one.mean >= 0 else BLUE
    sure = resolved(one)
    axis.bar(
        place, (level - after) / size, bottom=after / size, width=_WIDTH,
        facecolor=colour if sure else "white", edgecolor=colour, hatch=None if sure else "////",
        linewidth=1.0,
    )  # fmt: skip
    for left, height in ((place - 1, level), (place, after)):
        joint = [left + _WIDTH / 2, left + 1 - _WIDTH / 2]
        axis.plot(joint, [height / size] * 2, color="black", linewidth=0.9, linestyle=":")
    _interval(axis, place, level - one.high, level - one.low, size)
    top = max(level, after, level - one.low if one.half_width == one.half_width else level)
    _write(axis, place, top / size, _signed(with_half_width(one)))


def _signed(loss: str) -> str:
    """A loss as the change of ARR that it is."""
    return f"+{loss[1:]}" if loss.startswith("-") else f"-{loss}"


def _interval(axis: Axes, place: int, low: float, high: float, size: float) -> None:
    if low != low or high == low:
        return
    ends = [low / size, high / size]
    axis.plot([place, place], ends, color="white", linewidth=4.0, solid_capstyle="butt")
    axis.plot([place, place], ends, color="black", linewidth=1.8, marker="_", markersize=11)


def _write(axis: Axes, place: int, height: float, text: str) -> None:
    axis.annotate(
        text, (place, height), xytext=(0, 5), textcoords="offset points", ha="center", va="bottom",
        fontsize=11, parse_math=False,
    )  # fmt: skip
