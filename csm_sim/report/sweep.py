"""Sweep → what ``csm-sim sweep`` prints, as text and as JSON, and its CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.text import Text
from scipy import special

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.intervals import CONFIDENCE, t_quantile
from csm_sim.analysis.sweep import cell_key, together_confidence
from csm_sim.analysis.sweep_grid import Axis
from csm_sim.language import _, pgettext, said
from csm_sim.report.differences import few_futures
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.tables import csv_text
from csm_sim.report.wording import is_money, joined, listed, plain_name, span, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.paired import Interval
    from csm_sim.analysis.sweep import Cell, Point, Shown, Sweep, Verdict

_LONGEST: Final = 16
"""Width of a value that stands in a table itself."""

_MOST_NAMED: Final = 6
"""Points that a sentence lists."""


def title_of(one: Shown) -> str:
    """What a column of a figure is called, in the language in use."""
    _name, _at, role = one.name.partition("@")
    return f"{_(one.title.removesuffix(f' {role}'))} {role}" if role else _(one.title)


def label_of(one: Shown) -> str:
    """What the axis of a figure is called, in the language in use."""
    _name, _at, role = one.name.partition("@")
    return f"{_(one.label.removesuffix(f', {role}'))}, {role}" if role else _(one.label)


def verdict_word(verdict: Verdict | None) -> str:
    """The verdict on all targets of a point, short enough for a table."""
    words = {
        "met": pgettext("target", "met"), "missed": pgettext("target", "missed"),
        "not resolved": pgettext("target", "open"), None: "",
    }  # fmt: skip
    return words[verdict]


def short_keys(sweep: Sweep) -> list[str]:
    """The keys by their last part, or as many as tell them apart."""
    keys = [axis.key for axis in sweep.grid.axes]
    for length in range(1, 1 + max(key.count(".") + 1 for key in keys)):
        names = [".".join(key.split(".")[-length:]) for key in keys]
        if len(set(names)) == len(names):
            return names
    return keys


def names_of(axis: Axis) -> tuple[str, ...]:
    """The values of an axis as tables call them: themselves, or numbers where they are long.

    >>> names_of(Axis("timeline", ("[]", "[{on: 2027-06-01, hire: {role: csm, count: 1}}]")))
    ('#1', '#2')
    """
    if all(cell_len(plain_name(value)) <= _LONGEST for value in axis.values):
        return axis.values
    return tuple(f"#{number}" for number in range(1, len(axis.values) + 1))


def named(sweep: Sweep, point: Point) -> list[str]:
    """The values of a point as tables call them; none for a base that is no point of the grid."""
    return [
        names_of(axis)[axis.values.index(value)]
        for axis, value in zip(sweep.grid.axes, point.values, strict=False)
    ]


def sweep_report(sweep: Sweep, *, width: int, colour: bool, places: Sequence[str] = ()) -> str:
    """The answer as text.

    Parameters
    ----------
    sweep
        The answer.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    places
        Where more is to be found.
    """
    page = Page(width, colour=colour)
    page.add(Text(plain_name(sweep.name), style="bold"))
    if "horizon" in [axis.key for axis in sweep.grid.axes]:
        about = _("seed {seed}, n = {n} simulated futures at each point")
    else:
        about = _("{horizon}, seed {seed}, n = {n} simulated futures at each point")
    about = about.format(horizon=span(sweep.horizon), seed=sweep.seed, n=sweep.n)
    page.add(Text(plain_name(about), style="dim"))
    for axis in sweep.grid.axes:
        names = names_of(axis)
        if names == axis.values:
            page.add(Text(plain_name(f"{axis.key} = {', '.join(names)}"), style="dim"))
            continue
        page.add(Text(plain_name(f"{axis.key} ="), style="dim"))
        page.add(bullets(" ", (f"{name} {value}" for name, value in zip(names, axis.values, strict=True))))
    page.add(Text())
    sentences = list(lead(sweep))
    if sentences:
        page.add(prose(plain_name(joined(sentences)), "bold"), Text())
    warnings = list(_warnings(sweep))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    _tables(page, sweep, differences=False, width=width)
    if sweep.compared:
        title = _("Differences to {base}, on the same futures").format(base=said(sweep.base_label))
        page.add(Text(), Text(plain_name(title), style="bold"), Text())
        _tables(page, sweep, differences=True, width=width)
    page.section(_("Notes"), bullets("-", _notes(sweep)))
    for place in places:
        page.add(Text(), Text(place), soft_wrap=True)
    return page.text()


# ---------------------------------------------------------------- tables


def _tables(page: Page, sweep: Sweep, *, differences: bool, width: int) -> None:
    """One table, or several below each other when the columns do not fit."""
    names, columns = _rows(sweep), []
    points = _points(sweep)
    for one in sweep.shown:
        cells = [point.cells.get(cell_key(one)) for point in points]
        texts = [difference_text(cell) if differences else _level(cell) for cell in cells]
        columns.append((title_of(one), texts))
    if not differences and any(point.verdict for point in points):
        columns.append((_("targets"), [verdict_word(point.verdict) for point in points]))
    first = sum(3 + max(cell_len(plain_name(text)) for text in column) for column in names)
    first = max(first, 11)
    left = list(columns)
    while left:
        taken = [left.pop(0)]
        room = width - first - _width(taken[0])
        while left and room >= _width(left[0]):
            room -= _width(left[0])
            taken.append(left.pop(0))
        table = new_table([*(column[0] for column in names[1:]), *(title for title, _texts in taken)],
                          first=plain_name(names[0][0]))  # fmt: skip
        for row in range(len(points)):
            texts = [column[row + 1] for column in names] + [texts[row] for _title, texts in taken]
            table.add_row(*(Text(plain_name(text)) for text in texts))
        page.add(table)
        if left:
            page.add(Text())


def _width(column: tuple[str, list[str]]) -> int:
    title, texts = column
    return 3 + max(cell_len(title), *(cell_len(text) for text in texts))


def _points(sweep: Sweep) -> list[Point]:
    """The base first, unless it is one of the points."""
    inside = any(point.is_base for point in sweep.points)
    return [*([] if inside else [sweep.base]), *sweep.points]


def _rows(sweep: Sweep) -> list[list[str]]:
    """A column for each key: its name, then its value at each point; the base is marked."""
    points = _points(sweep)
    names = [named(sweep, point) for point in points]
    found = [
        [key, *(values[place] if values else "" for values in names)]
        for place, key in enumerate(short_keys(sweep))
    ]
    for row, point in enumerate(points, 1):
        if point.is_base:
            found[0][row] = _("{point} (base)").format(point=found[0][row]).strip()
    return found


def _level(cell: Cell | None) -> str:
    return "-" if cell is None else with_half_width(cell.estimate)


def difference_text(cell: Cell | None) -> str:
    """``+4.2 pp ±0.7``; in brackets where it cannot be told from nothing."""
    if cell is None or cell.difference is None:
        return "-"
    one = cell.difference
    if abs(one.mean) <= 1e-9 * max(1.0, abs(cell.estimate.mean)) and not one.half_width > 1e-9:
        return "0"
    text = with_half_width(one)
    if one.unit == "share":
        text = text.replace("%", _(" pp"), 1)
    shown = text.partition(" ±")[0]
    if not text.startswith("-") and any(mark in "123456789" for mark in shown):
        text = f"+{text}"
    fixed = one.half_width <= 1e-9 * abs(one.mean)
    return text if cell.sure or fixed or one.half_width != one.half_width else f"({text})"


# ---------------------------------------------------------------- sentences


def point_name(sweep: Sweep, point: Point) -> str:
    """A point in words: ``headcount 9, accounts 400``."""
    if not point.values:
        return _("the base")
    pairs = zip(short_keys(sweep), named(sweep, point), strict=True)
    return listed(f"{key} {value}" for key, value in pairs)


def lead(sweep: Sweep) -> Iterator[str]:
    """What the points say of the targets, in sentences."""
    points = sweep.points
    if not points[0].targets:
        return
    met = [point_name(sweep, point) for point in points if point.verdict == "met"]
    if met:
        names = _("; ").join(met[:_MOST_NAMED])
        if len(met) > _MOST_NAMED:
            names = _("{names} and {n} more").format(names=names, n=len(met) - _MOST_NAMED)
        text = _("All targets are met at {n} of {points} points: {names}.")
        yield text.format(n=len(met), points=len(points), names=names)
    else:
        text = _("At none of the {points} points all targets are met for certain.")
        yield text.format(points=len(points))
    for place, judged in enumerate(points[0].targets):
        verdicts = [point.targets[place].verdict for point in points if len(point.targets) > place]
        if len(verdicts) == len(points) and set(verdicts) == {"missed"}:
            yield _("The target {key} is missed at all of them.").format(key=judged.key)


def _warnings(sweep: Sweep) -> Iterator[str]:
    yield from few_futures(sweep.n, "20")


def _notes(sweep: Sweep) -> Iterator[str]:
    yield _("± is half of the 95% interval; of a difference, of the paired one")
    if any(not point.is_base for point in sweep.points) and sweep.n > 1:
        yield _("in brackets: not resolved, the interval of the difference contains 0")
    k = sweep.compared
    if k > 1 and sweep.n > 1:
        counts = listed(_still_sure(sweep)) or _("none, as none is by itself")
        yield _(
            "{k} points are compared with the base, and by chance alone one interval in 20 leaves out 0."
            " Intervals that hold for all {k} together (Bonferroni, each figure by itself) are {times} times"
            " as wide; still resolved then: {counts}"
        ).format(k=k, times=f"{wider(sweep):.2f}", counts=counts)
    names = {one.name for one in sweep.shown}
    if "needed" in names:
        yield _("needed: people of all roles that the full demand takes, shrinkage included")
    if "payroll" in names:
        yield _("payroll: people employed, by staff.*.cost, over the horizon")
    if "arr_lost" in names:
        yield _("ARR lost: expected churn beyond that of the fully staffed twin, over the horizon")
    if "utilisation_p90" in names:
        yield _("busy P90: utilisation that 9 of 10 people stay under")
    if any(point.verdict for point in sweep.points):
        yield _("targets: met or missed when the whole intervals say so, otherwise open")
    if len(sweep.grid.axes) > 2:
        yield _("more than two keys are varied: there is no figure")


def wider(sweep: Sweep) -> float:
    """How many times as wide the intervals are that hold for all points together."""
    if sweep.n < 2:
        return float("nan")
    share = 0.5 + together_confidence(sweep.compared) / 2
    return float(special.stdtrit(sweep.n - 1, share)) / t_quantile(sweep.n)


def _still_sure(sweep: Sweep) -> Iterator[str]:
    for one in sweep.shown:
        cells = [point.cells.get(cell_key(one)) for point in sweep.points]
        alone = sum(cell.sure for cell in cells if cell is not None)
        together = sum(cell.sure_together for cell in cells if cell is not None)
        if alone:
            yield _("{figure} {n} of {all}").format(figure=title_of(one), n=together, all=alone)


# ---------------------------------------------------------------- data


def sweep_json(sweep: Sweep) -> dict[str, Any]:
    """The answer as data."""
    return {
        "name": sweep.name,
        "seed": sweep.seed,
        "n": sweep.n,
        "confidence": CONFIDENCE,
        "fully_staffed_twin": sweep.twin,
        "currency": sweep.currency,
        "horizon": sweep.horizon,
        "varied": {axis.key: list(axis.values) for axis in sweep.grid.axes},
        "targets": sweep.targets,
        "compared": sweep.compared,
        "bonferroni_times_as_wide": wider(sweep),
        "base": {"settings": list(sweep.base.settings), **_point_json(sweep, sweep.base)},
        "points": [
            {
                "values": dict(zip((axis.key for axis in sweep.grid.axes), point.values, strict=True)),
                "is_base": point.is_base,
                **_point_json(sweep, point),
            }
            for point in sweep.points
        ],
    }  # fmt: skip


def _point_json(sweep: Sweep, point: Point) -> dict[str, Any]:
    return {
        "targets": {one.key: one.verdict for one in point.targets},
        "figures": {
            cell_key(one): _cell_json(point.cells[cell_key(one)])
            for one in sweep.shown
            if cell_key(one) in point.cells
        },
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    one, apart = cell.estimate, cell.difference
    found: dict[str, Any] = {
        "unit": one.unit, "mean": one.mean, "low": one.low, "high": one.high, "n": one.n,
    }  # fmt: skip
    if apart is not None:
        found["difference"] = {
            "mean": apart.mean, "low": apart.low, "high": apart.high,
            "resolved": cell.sure, "resolved_together": cell.sure_together,
        }  # fmt: skip
    return found


_COLUMNS: Final = (
    "metric", "unit", "scope", "mean", "low", "high", "n", "difference", "difference_low", "difference_high",
)  # fmt: skip


def shown_csv(sweep: Sweep) -> str:
    """The figures that are shown: a row for each point and figure."""
    columns = ("point", *(axis.key for axis in sweep.grid.axes), "is_base", *_COLUMNS, "resolved_together")
    rows = [
        (*_where(sweep, number, point), int(point.is_base), *_figure(cell.estimate, cell.difference),
         int(cell.sure_together))
        for number, point in _numbered(sweep)
        for cell in point.cells.values()
    ]  # fmt: skip
    return csv_text(columns, rows)


def metrics_csv(
    sweep: Sweep, found: Iterable[tuple[Point, str, str, Interval, Interval | None]], currency: str
) -> str:
    """Everything that a run reports: a row for each point, metric and scope."""
    numbers = {id(point): number for number, point in _numbered(sweep)}
    columns = ("point", *(axis.key for axis in sweep.grid.axes), *_COLUMNS)

    def rows() -> Iterator[tuple[object, ...]]:
        for point, metric, of, value, apart in found:
            unit = CATALOGUE[metric].unit
            one = Estimate(
                metric, currency if unit == "money" else unit, of, value.mean, value.low, value.high, value.n
            )
            yield (*_where(sweep, numbers[id(point)], point), *_figure(one, apart))

    return csv_text(columns, rows())


def _numbered(sweep: Sweep) -> list[tuple[int, Point]]:
    """The base is number 0."""
    return list(enumerate((sweep.base, *sweep.points)))


def _where(sweep: Sweep, number: int, point: Point) -> tuple[object, ...]:
    return (number, *(point.values or [""] * len(sweep.grid.axes)))


def _figure(one: Estimate, apart: Estimate | Interval | None) -> tuple[object, ...]:
    nothing = float("nan")
    ends = (nothing, nothing, nothing) if apart is None else (apart.mean, apart.low, apart.high)
    return (one.metric, one.unit, one.scope, one.mean, one.low, one.high, one.n, *ends)


def scale_of(values: Sequence[Estimate]) -> tuple[float, str]:
    """By what numbers on an axis are divided, and what is written before the unit: ``(1e6, "M")``."""
    if not values:
        return 1.0, ""
    if values[0].unit == "share":
        return 0.01, "%"
    if not is_money(values[0]):
        return 1.0, ""
    largest = max(abs(one.mean) for one in values)
    return next(
        ((size, letter) for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")) if largest >= size),
        (1.0, ""),
    )
