"""What all figures share: size, axes, colours that differ in grey, fonts, files without a date inside."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.language import current
from csm_sim.report.fonts import families_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from csm_sim.analysis.summarise import Summary

Floats = NDArray[np.float64]

Form = Literal["png", "svg"]
"""Kinds of files. In both, letters are drawn: slides show them without the font."""

FORMS: Final[tuple[Form, ...]] = ("svg", "png")

SIZE: Final = (12.8, 7.2)
DPI: Final = 150
BLUE, ORANGE, GREY = "#1f4e79", "#c55a11", "#808080"

_HEAD: Final = 0.9
"""Part of the height below the title and the line under it."""
_TITLE, _SUBJECT = 17.0, 11.5
_CELL: Final = 0.62
"""Width of a letter in sizes of its font, on average and with some room."""

_JAPANESE: Final = "年月日万億円件人"
"""Marks that axes write in Japanese only when they are drawn."""


def fonts_for(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """Font families for all that a figure writes, and what a reader must be told (a missing font)."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        families = families_for([*texts, f"{_JAPANESE}のア、。"] if current() == "ja" else texts)
    # a character without a font is drawn as a box; one note about it is enough
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    return families, [str(one.message) for one in told]


def new_figure(
    rows: int, heights: Sequence[float], title: str, subject: str | None = None
) -> tuple[Figure, list[Axes]]:
    """An empty figure of panels below each other, which share the horizontal axis.

    Parameters
    ----------
    rows, heights
        Of the panels; heights in proportion.
    title
        What is to be seen.
    subject
        Line under the title: of what and where. None: the title stands alone.
    """
    figure = titled(title, subject)
    axes = figure.subplots(rows, 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axis in axes[:, 0]:
        quiet(axis)
    return figure, list(axes[:, 0])


def quiet(axis: Axes) -> None:
    """Leave of an axis what is needed to read it."""
    axis.grid(axis="y", color="#dddddd", linewidth=0.8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_axisbelow(True)


def titled(title: str, subject: str | None = None) -> Figure:
    """A figure without panels: what is to be seen, and below it in small letters of what, a line each."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if subject is None:
        figure = Figure(figsize=SIZE, layout="constrained")
        figure.suptitle(title, fontsize=16, x=0.02, ha="left", parse_math=False)
        return figure
    figure = Figure(figsize=SIZE, layout=ConstrainedLayoutEngine(rect=(0.0, 0.0, 1.0, _HEAD)))
    for text, most, least, height, colour in (
        (title, _TITLE, 11.0, 0.975, "black"),
        (subject, _SUBJECT, 9.0, 0.922, "#404040"),
    ):
        shown, size = fitted(text, most, least)
        figure.text(0.02, height, shown, fontsize=size, color=colour, ha="left", va="top", parse_math=False)
    return figure


def fitted(text: str, most: float, least: float, width: float = 0.96 * 72 * SIZE[0]) -> tuple[str, float]:
    """The text on one line, cut if need be, and the size in points at which it fits.

    >>> fitted("Load", 17, 11)
    ('Load', 17)
    """
    size = max(least, min(most, width / (_CELL * max(cell_len(text), 1))))
    room = int(width / (_CELL * least))
    if cell_len(text) <= room:
        return text, size
    cut = text[:room]
    while cell_len(cut) >= room:
        cut = cut[:-1]
    return f"{cut}…", least


def letter_of(value: float) -> tuple[float, str]:
    """The size in which an axis counts amounts of about ``value``, and the letter for it.

    >>> letter_of(58.8e6)
    (1000000.0, 'M')
    """
    return next(
        ((size, name) for size, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")) if value >= 2 * size), (1.0, "")
    )


def series(summary: Summary, metric: str) -> tuple[Floats, Floats, Floats]:
    """Mean and interval at the start and at each month's end; a figure without opening begins at nothing."""
    opening = metric.replace("closing", "opening")
    found: list[Estimate | None] = [summary.estimates.get(opening) if opening != metric else None]
    found += [summary.estimates.get(metric, scope(month=month)) for month in summary.groups.months]
    columns = ([getattr(one, part) if one else np.nan for one in found] for part in ("mean", "low", "high"))
    mean, low, high = (np.array(column, dtype=np.float64) for column in columns)
    return mean, low, high


def thousands(axis: Any) -> None:
    """Numbers on an axis with commas and no needless digits."""
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def date_axis(axis: Axes) -> None:
    """Write dates on the horizontal axis."""
    from matplotlib import dates

    untyped: Any = dates  # its functions carry no types
    locator = untyped.AutoDateLocator(minticks=4, maxticks=12)
    words: dict[str, Any] = {}
    if current() == "ja":
        words = {
            "formats": ["%Y年", "%m月", "%m月%d日", "%H:%M", "%H:%M", "%S.%f"],
            "zero_formats": ["", "%Y年", "%m月", "%m月%d日", "%H:%M", "%H:%M"],
            "offset_formats": ["", "%Y年", "%Y年%m月", "%Y年%m月%d日", "%Y年%m月%d日", "%Y年%m月%d日"],
        }
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator, **words))


def rendered(figures: Mapping[str, Figure], also: Iterable[str] = ()) -> tuple[dict[str, bytes], list[str]]:
    """The files of each figure as PNG and SVG by name, and what a reader must be told (a missing font).

    Parameters
    ----------
    figures
        By name of their files, without the ending. Fonts are chosen for all that is written in any of them.
    also
        What is only written when the figure is drawn, on axes for instance.
    """
    texts = {name: _texts(figure) for name, figure in figures.items()}
    written = {text.get_text() for of_figure in texts.values() for text in of_figure}
    families, notes = fonts_for([*written, *also, _JAPANESE if current() == "ja" else "", "0123456789±–…"])
    files = {}
    with _settings(families):
        for name, figure in figures.items():
            for text in texts[name]:
                text.set_fontfamily(families)
            for form in FORMS:
                stream = io.BytesIO()
                _print(figure, stream, form)
                files[f"{name}.{form}"] = stream.getvalue()
                # laying out takes a third of the time, and moves the other file's axes by a dot or two
                figure.set_layout_engine("none")
    return files, notes


def save(figure: Figure, to: Path | IO[bytes], families: Sequence[str], form: Form = "png") -> None:
    """Write the figure: the same figure gives the same bytes."""
    with _settings(families):
        for text in _texts(figure):
            text.set_fontfamily(list(families))
        _print(figure, to, form)


def _texts(figure: Figure) -> list[Text]:
    from matplotlib.text import Text

    return [text for text in figure.findobj(Text) if isinstance(text, Text)]


@contextlib.contextmanager
def _settings(families: Sequence[str]) -> Iterator[None]:
    """What holds for all that is written or named while a figure is drawn."""
    import matplotlib as mpl

    settings: Any = {"font.family": list(families), "font.size": 12, "svg.hashsalt": "csm-sim"}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _print(figure: Figure, to: Path | IO[bytes], form: Form) -> None:
    """Draw the figure once; ``Figure.savefig`` draws twice, first to lay it out, which drawing does too."""
    canvas: Any  # the back ends carry no types
    figure.dpi = DPI
    if form == "png":
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = FigureCanvasAgg(figure)
        canvas.print_png(to, metadata={"Software": None})
    else:
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(to, metadata={"Creator": None, "Date": None})
