"""What all figures share: size, axes, colours that differ in grey, fonts, files without a date inside."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from csm_sim.report.fonts import families_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE: Final = (12.8, 7.2)
DPI: Final = 150
BLUE, ORANGE, GREY = "#1f4e79", "#c55a11", "#808080"


def fonts_for(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """Font families for all that a figure writes, and what a reader must be told (a missing font)."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        families = families_for(texts)
    # a character without a font is drawn as a box; one note about it is enough
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    return families, [str(one.message) for one in told]


def new_figure(rows: int, heights: Sequence[float], title: str) -> tuple[Figure, list[Axes]]:
    """An empty figure of panels below each other, which share the horizontal axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    figure.suptitle(title, fontsize=16, x=0.02, ha="left", parse_math=False)
    for axis in axes[:, 0]:
        axis.grid(axis="y", color="#dddddd", linewidth=0.8)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_axisbelow(True)
    return figure, list(axes[:, 0])


def letter_of(value: float) -> tuple[float, str]:
    """The size in which an axis counts amounts of about ``value``, and the letter for it.

    >>> letter_of(58.8e6)
    (1000000.0, 'M')
    """
    return next(
        ((size, name) for size, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")) if value >= 2 * size), (1.0, "")
    )


def date_axis(axis: Axes) -> None:
    """Write dates on the horizontal axis."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    # matplotlib.dates carries no types
    locator = AutoDateLocator(minticks=4, maxticks=12)  # type: ignore[no-untyped-call]
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def save(
    figure: Figure, to: Path | IO[bytes], families: Sequence[str], form: Literal["png", "svg"] = "png"
) -> None:
    """Write the figure: the same figure gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    FigureCanvasAgg(figure)
    settings: Any = {"font.family": list(families), "font.size": 12, "svg.hashsalt": "csm-sim"}
    no_date: dict[str, Any] = {"Software": None} if form == "png" else {"Creator": None, "Date": None}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        for text in figure.findobj(Text):
            text.set_fontfamily(list(families))
        figure.savefig(to, dpi=DPI, format=form, metadata=no_date)
