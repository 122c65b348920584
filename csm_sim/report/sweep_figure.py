"""Sweep → figures: lines with interval bands over one key, for a few values of a second; maps for many."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from csm_sim.analysis.sweep import cell_key
from csm_sim.language import _
from csm_sim.report.canvas import BLUE, GREY, ORANGE, SIZE, fonts_for, save
from csm_sim.report.metric_words import unit_name
from csm_sim.report.sweep import label_of, names_of, scale_of, short_keys
from csm_sim.report.wording import (
    currency_sign,
    in_myriads,
    is_money,
    money_unit,
    plain_name,
    with_half_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.sweep import Cell, Point, Shown, Sweep
    from csm_sim.analysis.sweep_grid import Axis

Form = Literal["png", "svg"]

MOST_LINES: Final = 4
"""Values of the second key that lines still tell apart; more of them make a map."""

_MOST_PANELS: Final = 6

_STYLES: Final = ((BLUE, "-", "o"), (ORANGE, "--", "s"), ("black", ":", "^"), (GREY, "-.", "D"))
"""Colour, line and marker: different in grey, too."""

_TARGETS: Final = {"on_time": "on_time", "sla": "sla", "utilisation_p90": "utilisation_p90"}
"""Figures that a target of the scenario is drawn into, and its key."""


def sweep_figures(sweep: Sweep, form: Form) -> tuple[dict[str, bytes], list[str]]:
    """Pictures by file name without its ending, and what a reader must be told (a missing font).

    Parameters
    ----------
    sweep
        With one or two keys; with more there is no picture.
    form
        Kind of the files.
    """
    axes = sweep.grid.axes
    if len(axes) > 2 or not sweep.shown:
        return {}, []
    texts = [plain_name(sweep.name), currency_sign(sweep.currency), "±…"]
    texts += [plain_name(text) for axis in axes for text in (axis.key, *axis.values)]
    texts += [plain_name(one.label) for one in sweep.shown]
    families, notes = fonts_for(texts)
    if len(axes) == 2 and len(axes[1].values) > MOST_LINES:
        drawn = {f"sweep-{_file_name(one)}": _map(sweep, one) for one in sweep.shown}
    else:
        drawn = {"sweep": _lines(sweep)}
    found = {}
    for name, figure in drawn.items():
        stream = io.BytesIO()
        save(figure, stream, families, form)
        found[name] = stream.getvalue()
    return found, notes


def _file_name(shown: Shown) -> str:
    return "".join(mark if mark.isalnum() or mark in "_-" else "-" for mark in cell_key(shown))


def _title(sweep: Sweep, figure: Figure) -> None:
    keys = _(" and ").join(axis.key for axis in sweep.grid.axes)
    name = plain_name(f"{keys}: {sweep.name}")
    figure.suptitle(name, fontsize=16 if len(name) < 75 else 12, x=0.02, ha="left", parse_math=False)


def _label(sweep: Sweep, shown: Shown, cells: list[Cell]) -> tuple[str, float]:
    """What an axis is called, with its unit, and by what its numbers are divided."""
    estimates = [cell.estimate for cell in cells]
    size, letter = scale_of(estimates)
    if letter == "%":
        return f"{label_of(shown)} (%)", size
    if in_myriads(sweep.currency) and estimates and is_money(estimates[0]):
        size, unit = money_unit(max(abs(one.mean) for one in estimates), sweep.currency)
        return f"{label_of(shown)} ({unit})", size
    unit = (
        f"{currency_sign(sweep.currency)}{letter}"
        if estimates and is_money(estimates[0])
        else unit_name(shown.unit)
    )
    return f"{label_of(shown)} ({unit.strip()})", size


# ---------------------------------------------------------------- lines


def _lines(sweep: Sweep) -> Figure:
    from matplotlib.figure import Figure

    shown = sweep.shown[:_MOST_PANELS]
    columns = 1 if len(shown) == 1 else 2 if len(shown) <= 4 else 3
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=SIZE, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    _title(sweep, figure)
    for axis, one in zip(panels, shown, strict=False):
        _panel(axis, sweep, one)
    for axis in panels[len(shown) :]:
        axis.set_visible(False)
    lowest = [panels[place] for place in range(max(0, len(shown) - columns), len(shown))]
    for axis in lowest:
        _key_axis(axis, sweep.grid.axes[0])
    if len(sweep.grid.axes) > 1:
        for text in panels[0].legend(frameon=False, fontsize=10, loc="best").get_texts():
            text.set_parse_math(False)
    notes = [_("band: 95% interval, n = {n} at each point").format(n=sweep.n)]
    if any(point.is_base for point in sweep.points):
        notes.append(_("ring: the base"))
    if any(_target(sweep, one) is not None for one in shown):
        notes.append(_("dashed: target"))
    if len(sweep.shown) > len(shown):
        notes.append(_("{n} more not shown").format(n=len(sweep.shown) - len(shown)))
    figure.supxlabel(_("; ").join(notes), fontsize=11)
    return figure


def _key_axis(axis: Axes, key: Axis) -> None:
    unit = f" ({key.unit})" if key.amounts is not None and key.unit else ""
    axis.set_xlabel(plain_name(f"{key.key}{unit}"), parse_math=False)
    axis.tick_params(labelbottom=True)


def _panel(axis: Axes, sweep: Sweep, one: Shown) -> None:
    first, seconds = sweep.grid.axes[0], sweep.grid.axes[1:]
    cells = [cell for point in sweep.points if (cell := point.cells.get(cell_key(one))) is not None]
    label, size = _label(sweep, one, cells)
    places = list(first.amounts or range(len(first.values)))
    second = short_keys(sweep)[1] if seconds else ""
    for number, value in enumerate(seconds[0].values if seconds else ("",)):
        colour, line, marker = _STYLES[number]
        points = [point for point in sweep.points if not seconds or point.values[1] == value]
        drawn = _drawn(places, points, one)
        xs = [x for x, _, _ in drawn]
        means, lows, highs = (
            [getattr(cell.estimate, part) / size for _x, _point, cell in drawn]
            for part in ("mean", "low", "high")
        )
        name = plain_name(f"{second} {names_of(seconds[0])[number]}") if seconds else None
        axis.fill_between(xs, lows, highs, color=colour, alpha=0.18, linewidth=0)
        axis.plot(xs, means, line, marker=marker, color=colour, linewidth=2, markersize=5, label=name)
        at_base = [(x, cell.estimate.mean / size) for x, point, cell in drawn if point.is_base]
        for x, mean in at_base:
            axis.plot([x], [mean], "o", markersize=13, markerfacecolor="none", markeredgecolor="black")
    target = _target(sweep, one)
    if target is not None:
        axis.axhline(target / size, color="black", linewidth=1.2, linestyle=(0, (6, 4)))
    axis.set_ylabel(plain_name(label), parse_math=False, fontsize=11)
    axis.yaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    if first.amounts is None:
        names = [plain_name(value) for value in names_of(first)]
        axis.set_xticks(places, names, parse_math=False, rotation=0 if max(map(len, names)) < 9 else 30)
    elif len(set(places)) <= 10:
        axis.set_xticks(sorted(set(places)))
        axis.xaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    axis.grid(axis="y", color="#dddddd", linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def _drawn(places: list[float], points: list[Point], one: Shown) -> list[tuple[float, Point, Cell]]:
    """The points that have the figure, from left to right."""
    found = [
        (float(x), point, point.cells[cell_key(one)])
        for x, point in zip(places, points, strict=True)
        if cell_key(one) in point.cells
    ]
    return sorted(found, key=lambda each: each[0])


def _target(sweep: Sweep, one: Shown) -> float | None:
    return sweep.targets.get(_TARGETS.get(one.name, ""))


# ---------------------------------------------------------------- maps


def _map(sweep: Sweep, one: Shown) -> Figure:
    """A figure over two keys as shades, with the numbers in the cells."""
    from matplotlib.figure import Figure

    first, second = sweep.grid.axes
    figure = Figure(figsize=SIZE, layout="constrained")
    axis = figure.subplots()
    _title(sweep, figure)
    cells = [point.cells.get(cell_key(one)) for point in sweep.points]
    label, size = _label(sweep, one, [cell for cell in cells if cell is not None])
    shape = (len(first.values), len(second.values))
    means = np.array([np.nan if cell is None else cell.estimate.mean / size for cell in cells])
    mesh = axis.pcolormesh(means.reshape(shape).T, cmap=_shades(), edgecolors="white", linewidth=1.0)
    bar = figure.colorbar(mesh, ax=axis, pad=0.01, aspect=40)
    bar.set_label(plain_name(label), parse_math=False)
    bar.ax.yaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}")
    middle = (np.nanmin(means) + np.nanmax(means)) / 2
    fontsize = max(6, min(12, 110 // max(shape)))
    for place, (cell, point) in enumerate(zip(cells, sweep.points, strict=True)):
        if cell is None:
            continue
        x, y = divmod(place, shape[1])
        text = with_half_width(cell.estimate).replace(" ±", "\n±")
        axis.text(
            x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=fontsize,
            color="white" if means[place] > middle else "black", parse_math=False,
            fontweight="bold" if point.is_base else None,
        )  # fmt: skip
    for places, key, ticks, name in (
        (shape[0], first, axis.set_xticks, axis.set_xlabel),
        (shape[1], second, axis.set_yticks, axis.set_ylabel),
    ):
        ticks(np.arange(places) + 0.5, [plain_name(value) for value in names_of(key)], parse_math=False)
        name(plain_name(key.key), parse_math=False)
    notes = [_("±: half of the 95% interval, n = {n} at each point").format(n=sweep.n)]
    if any(point.is_base for point in sweep.points):
        notes.append(_("bold: the base"))
    figure.supxlabel(_("; ").join(notes), fontsize=11)
    return figure


def _shades() -> Any:
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap

    return ListedColormap(mpl.colormaps["Blues"](np.linspace(0.08, 1.0, 256)), "sweep").with_extremes(
        bad="white"
    )
