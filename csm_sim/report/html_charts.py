"""Charts for pages, as SVG with real text: small, sharp in print, readable on a phone and in grey.

Each is drawn twice, for a wide page and for a narrow one; the style sheet shows one of them. Lines differ
in their dashes and not only in their colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from csm_sim.report.html_parts import Figure, axis_text, seen

Floats = NDArray[np.float64]

STYLES: Final = ("one", "two", "three", "four")
"""Classes of lines, in the order in which they are given away."""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure over time."""

    label: str
    mean: Floats
    low: Floats | None = None
    high: Floats | None = None
    style: str = "one"
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A level that is held against the lines, or a moment that is marked."""

    at: float
    label: str
    low: float | None = None
    """Of a moment: where it may lie."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over a shared horizontal axis."""

    lines: Sequence[Line]
    labels: Sequence[str]
    """One for each point of the axis, empty where there is none; as many are written as fit."""
    unit: str
    """As in the catalogue; of an axis of money the code of the currency."""
    alt: str
    """What is seen, for those who do not."""
    levels: Sequence[Limit] = ()
    moments: Sequence[Limit] = ()
    """``at`` counts points of the axis."""
    zero: bool = False
    """Whether the axis begins at 0."""
    top: float | None = None
    """Where it ends at most: 1 for shares."""
    at: Sequence[float] | None = None
    """Places of the points on the axis; evenly spaced without."""
    height: int = 260


def figure(chart: Chart, caption: str, note: str = "") -> Figure:
    """A chart with its caption and the meaning of its lines."""
    legend = [(line.style, line.label) for line in chart.lines] if len(chart.lines) > 1 else []
    return Figure(caption, _drawn(chart, 820, chart.height), _drawn(chart, 344, 240), legend, note)


def ticks(low: float, high: float, most: int) -> Floats:
    """Round numbers between two values: steps of 1, 2 or 5.

    >>> ticks(0.0, 0.93, 5).round(2).tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    span = high - low
    if not span > 0:
        return np.array([low])
    rough = span / max(1, most)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1.0, 2.0, 5.0, 10.0) if size * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return np.asarray(step * np.arange(first, last + 1))


def _range(chart: Chart) -> tuple[float, float]:
    found = [limit.at for limit in chart.levels]
    for line in chart.lines:
        for part in (line.mean, line.low, line.high):
            if part is not None:
                found += [float(value) for value in part[np.isfinite(part)]]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if chart.zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
    low = low if chart.zero and low == 0.0 else low - room
    high = high if chart.zero and high == 0.0 and low < 0 else high + room
    return low, high if chart.top is None else min(high, max(chart.top, max(found, default=1.0)))


class _Pen:
    """Places of values on the paper."""

    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self.width, self.height = width, height
        low, high = _range(chart)
        self.numbers = ticks(low, high, 5 if height > 200 else 4)
        step = float(self.numbers[1] - self.numbers[0]) if len(self.numbers) > 1 else 1.0
        top = float(np.abs(self.numbers).max())
        self.names = [axis_text(float(value), step, chart.unit, top) for value in self.numbers]
        self.left = 12 + 7.2 * max((_wide(name) for name in self.names), default=1)
        self.right, self.head, self.foot = 12.0, 14.0, 26.0
        places = np.arange(len(chart.labels), dtype=np.float64) if chart.at is None else np.array(chart.at)
        self.places = places
        self._low, self._high = low, high
        self._first, self._last = float(places[0]), float(places[-1])

    def x(self, place: float) -> float:
        span = self._last - self._first or 1.0
        return self.left + (place - self._first) / span * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        share = (value - self._low) / ((self._high - self._low) or 1.0)
        return self.height - self.foot - share * (self.height - self.foot - self.head)


def _wide(text: str) -> float:
    """Width of a text in letters; those of Japanese count double."""
    return sum(2.0 if ord(mark) > 0x2E7F else 1.0 for mark in text)


def _drawn(chart: Chart, width: int, height: int) -> Markup:
    pen = _Pen(chart, width, height)
    parts = [_grid(pen), _bands(chart, pen), _moments(chart, pen), _lines(chart, pen), _levels(chart, pen)]
    parts.append(_dates(chart, pen))
    head = Markup('<svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">').format(
        width, height, width, height, seen(chart.alt)
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def _grid(pen: _Pen) -> Markup:
    parts = []
    for value, name in zip(pen.numbers, pen.names, strict=True):
        y = pen.y(float(value))
        kind = "base" if abs(value) < 1e-12 else "grid"
        parts.append(_line(kind, pen.left, y, pen.width - pen.right, y))
        parts.append(_text("tick end", pen.left - 7, y + 4, name))
    return Markup("").join(parts)


def _dates(chart: Chart, pen: _Pen) -> Markup:
    """Labels below the axis, as many as fit; points without one are left out."""
    named = [place for place, label in enumerate(chart.labels) if label]
    widest = max((_wide(label) for label in chart.labels), default=1)
    room = max(1, int((pen.width - pen.left - pen.right) // (7.2 * widest + 14)))
    step = -(-len(named) // room)
    if step > 1:  # quarters and years rather than every fifth month
        step = next((one for one in (2, 3, 4, 6, 12, 24, 36) if one >= step), step)
    parts = []
    for place in named[::step]:
        x, half = pen.x(float(pen.places[place])), 3.6 * _wide(chart.labels[place])
        parts.append(_line("grid", x, pen.height - pen.foot, x, pen.height - pen.foot + 5))
        kind, at = "centre", x
        if x - half < 0:
            kind, at = "start", 0.0
        elif x + half > pen.width:
            kind, at = "end", float(pen.width)
        parts.append(_text(f"tick {kind}", at, pen.height - 7, chart.labels[place]))
    return Markup("").join(parts)


def _bands(chart: Chart, pen: _Pen) -> Markup:
    parts = []
    for line in chart.lines:
        if line.low is None or line.high is None:
            continue
        there = np.isfinite(line.low) & np.isfinite(line.high)
        for run in _runs(there):
            upper = [(pen.x(pen.places[k]), pen.y(float(line.high[k]))) for k in run]
            lower = [(pen.x(pen.places[k]), pen.y(float(line.low[k]))) for k in reversed(run)]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *lower])
            parts.append(Markup('<polygon class="band {}" points="{}"/>').format(line.style, points))
    return Markup("").join(parts)


def _lines(chart: Chart, pen: _Pen) -> Markup:
    parts = []
    for line in chart.lines:
        for run in _runs(np.isfinite(line.mean)):
            spots = [(pen.x(pen.places[k]), pen.y(float(line.mean[k]))) for k in run]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
            parts.append(Markup('<polyline class="line {}" points="{}"/>').format(line.style, points))
            if line.dots or len(spots) == 1:
                parts += [
                    Markup('<circle class="dot {}" cx="{}" cy="{}" r="3"/>').format(
                        line.style, f"{x:.1f}", f"{y:.1f}"
                    )
                    for x, y in spots
                ]
    return Markup("").join(parts)


def _levels(chart: Chart, pen: _Pen) -> Markup:
    parts = []
    for limit in chart.levels:
        y = pen.y(limit.at)
        parts.append(_line("limit", pen.left, y, pen.width - pen.right, y))
        parts.append(_text("mark end", pen.width - pen.right, y - 5, limit.label))
    return Markup("").join(parts)


def _moments(chart: Chart, pen: _Pen) -> Markup:
    parts = []
    foot = pen.height - pen.foot
    for limit in chart.moments:
        x = pen.x(limit.at)
        if limit.low is not None and limit.high is not None:
            first, last = pen.x(limit.low), pen.x(limit.high)
            parts.append(
                Markup('<rect class="stripe" x="{}" y="{}" width="{}" height="{}"/>').format(
                    f"{first:.1f}", f"{pen.head:.1f}", f"{max(0.0, last - first):.1f}",
                    f"{foot - pen.head:.1f}",
                )
            )  # fmt: skip
        late = x > (pen.left + pen.width) / 2
        label, room = limit.label, x - pen.left if late else pen.width - x
        if 6.4 * _wide(label) > room:  # without its interval, which stands in the text
            label = label.partition(" [")[0]
        parts.append(_line("limit", x, pen.head, x, foot))
        kind = f"mark {'end' if late else 'start'}"
        parts.append(_text(kind, x - 6 if late else x + 6, pen.head + 10, label))
    return Markup("").join(parts)


def _runs(there: NDArray[np.bool_]) -> list[list[int]]:
    """Places beside each other at which there is a value."""
    runs: list[list[int]] = []
    for place in np.flatnonzero(there):
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(int(place))
        else:
            runs.append([int(place)])
    return runs


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        kind, f"{x1:.1f}", f"{y1:.1f}", f"{x2:.1f}", f"{y2:.1f}"
    )


def _text(kind: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(
        kind, f"{x:.1f}", f"{y:.1f}", escape(seen(text))
    )
