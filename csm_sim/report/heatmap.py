"""Summary → the load of each person in each week, as a map of shades."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from csm_sim.analysis.digest import roles_of_people
from csm_sim.language import _
from csm_sim.report.canvas import date_axis, new_figure
from csm_sim.report.wording import percent, plain_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

MOST_ROWS: Final = 40
_LONGEST: Final = 24
"""Width of a name in letters; those of Japanese count two."""


def people_shown(sample: Sample) -> NDArray[np.intp]:
    """The seats that the map shows, in their order: those in which somebody was, at most the busiest 40."""
    busy, there = sample["person_busy"].sum(axis=(0, 1)), sample["person_open"].sum(axis=(0, 1))
    used = np.flatnonzero(there > 0)
    busiest = used[np.argsort(-(busy[used] / there[used]), kind="stable")]
    return np.sort(busiest[:MOST_ROWS])


def load_heatmap(summary: Summary, world: World, sample: Sample, name: str) -> Figure | None:
    """Mean utilisation of each person in each week; None where there are not several people to compare.

    Parameters
    ----------
    summary, world, sample
        Of the run.
    name
        Of the scenario.
    """
    seats = people_shown(sample)
    if len(seats) < 2:
        return None
    busy, there = sample["person_busy"].sum(axis=0)[:, seats], sample["person_open"].sum(axis=0)[:, seats]
    share = np.ma.masked_invalid(np.where(there > 0, busy / np.where(there > 0, there, 1.0), np.nan).T)
    over = share > summary.utilisation
    figure, (axis,) = new_figure(1, [1.0], _finding(summary, over), name)
    first = datetime.combine(world.first_day + timedelta(days=world.warm_days), time())
    days = [min(7 * week, world.horizon_days) for week in range(world.weeks + 1)]
    edges: Any = [first + timedelta(days=day) for day in days]
    map_ = axis.pcolormesh(edges, np.arange(len(seats) + 1), 100 * share, cmap=shades(), vmin=0, vmax=100)
    _mark(axis, over, edges)
    _name_rows(axis, world, seats)
    axis.grid(visible=False)
    date_axis(axis)
    targeted = any(one.key == "utilisation_p90" for one in summary.targets)
    aim = _("above the target of {share}") if targeted else _("above the usual limit of {share}")
    used = int((sample["person_open"].sum(axis=(0, 1)) > 0).sum())
    rest = _("; the {shown} busiest of {used} people").format(shown=len(seats), used=used)
    axis.set_xlabel(
        _("week (means over n = {n} simulated futures; dot: {aim}; white: nobody there{rest})").format(
            n=summary.n, aim=aim.format(share=percent(summary.utilisation)),
            rest=rest if used > len(seats) else "",
        )
    )  # fmt: skip
    axis.set_ylabel(_("person, or the seat of the first who has it"))
    bar = figure.colorbar(map_, ax=axis, pad=0.01, aspect=40)
    bar.set_label(_("utilisation: busy share of the working time here (%)"))
    bar.ax.axhline(100 * summary.utilisation, color="white", linewidth=2.0)
    return figure


def _finding(summary: Summary, over: Any) -> str:
    """How many people are above the limit, and for how much of their time."""
    there = (~np.ma.getmaskarray(over)).sum(axis=1)
    weeks = np.ma.filled(over, False).sum(axis=1)
    limit = percent(summary.utilisation)
    often = int((2 * weeks > there).sum())
    if often:
        text = _("{often} of {people} people are busy above {limit} in most of their weeks")
        return text.format(often=often, people=len(there), limit=limit)
    some = int((weeks > 0).sum())
    if some:
        text = _("{some} of {people} people are busy above {limit} in some weeks, nobody in most")
        return text.format(some=some, people=len(there), limit=limit)
    return _("Nobody of {people} people is busy above {limit} in any week").format(
        people=len(there), limit=limit
    )


def shades() -> Any:
    """From light to dark, so that grey paper shows the same; white is left for nobody."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap

    listed = ListedColormap(mpl.colormaps["Blues"](np.linspace(0.12, 1.0, 256)), "load")
    return listed.with_extremes(bad="white")


def _mark(axis: Axes, over: Any, edges: Any) -> None:
    """A dot in the middle of each cell that is over the target."""
    rows, weeks = np.nonzero(np.ma.filled(over, False))
    middles: Any = [edges[week] + (edges[week + 1] - edges[week]) / 2 for week in weeks]
    width, height = 1400 / (len(edges) - 1), 850 / over.shape[0]  # pixels of a cell, about
    size = min(max(min(width, height) / 4, 1.5), 8.0)
    axis.scatter(middles, rows + 0.5, s=size**2, color="white", linewidths=0)


def _name_rows(axis: Axes, world: World, seats: NDArray[np.intp]) -> None:
    names = [short_name(world.names.people[seat]) for seat in seats]
    axis.set_yticks(np.arange(len(seats)) + 0.5, names, parse_math=False)
    axis.tick_params(axis="y", length=0, labelsize=max(6, min(12, 340 // len(seats))))
    axis.set_ylim(len(seats), 0)
    roles = roles_of_people(world)[seats]
    for row in np.flatnonzero(np.diff(roles)) + 1:
        axis.axhline(float(row), color="black", linewidth=1.2)


def short_name(name: str) -> str:
    """A name that fits beside a figure.

    >>> short_name("Maximilian Alexander von Humboldt-Bonpland")
    'Maximilian Alexander vo…'
    """
    plain = plain_name(name)
    if cell_len(plain) <= _LONGEST:
        return plain
    while cell_len(plain) >= _LONGEST:
        plain = plain[:-1]
    return f"{plain}…"
