"""Summary → figures of customers: the ARR bridge, cohorts, and accounts by tier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis.cohorts import OPENING, period_of, span_of
from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, GREY, ORANGE, new_figure, thousands, titled
from csm_sim.report.heatmap import shades, short_name
from csm_sim.report.wording import listed, money_unit, plain_name, value_of, with_half_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

_STEPS: Final = (
    (N_("new"), "arr_new_sum_money", 1),
    (N_("price\nchanges"), "arr_price_sum_money", 1),
    (N_("expansion"), "arr_expanded_sum_money", 1),
    (N_("upsell"), "arr_upsold_sum_money", 1),
    (N_("cross-sell"), "arr_cross_sold_sum_money", 1),
    (N_("contraction"), "arr_contracted_sum_money", -1),
    (N_("churn"), "arr_churned_sum_money", -1),
)
"""Steps of the bridge, and their direction."""

_LINES: Final = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"), ("-", "v"), ("--", "P"))
_COLOURS: Final = (BLUE, ORANGE, "black", GREY, "#2e75b6", "#8a3d0c")
_MOST_TIERS: Final = 6
_MOST_WRITTEN: Final = 13
"""Months with more of which the cells of a map have no numbers in them."""


def customer_figures(summary: Summary, world: World, name: str) -> Iterator[tuple[str, Figure]]:
    """File names and figures, as far as there are such rules.

    Parameters
    ----------
    summary, world
        Of the run.
    name
        Of the scenario.
    """
    rules = summary.customers
    if rules.used and summary.estimates.get("arr_opening_sum_money"):
        yield "arr_bridge", bridge(summary, world, name)
    if rules.used and rules.revenue and summary.estimates.get("cohort_nrr_share", scope(cohort=OPENING)):
        yield "cohorts", cohorts(summary, world, name)
    if rules.moves:
        yield "accounts_by_tier", by_tier(summary, world, name)


# ---------------------------------------------------------------- the bridge


def bridge(summary: Summary, world: World, name: str) -> Figure:
    """The ARR bridge as a waterfall: counted means with their intervals.

    What adds is hatched to the right, what takes away to the left, so that both are told apart in grey; the
    sign stands in the label.
    """
    get = summary.estimates.get
    ends = [get("arr_opening_sum_money"), get("arr_closing_sum_money")]
    steps = [(label, one, way) for label, metric, way in _STEPS if (one := get(metric)) and one.mean]
    figure, (axis,) = new_figure(1, [1.0], _bridge_finding(ends, get("arr_churned_sum_money")), name)
    opening, closing = (one.mean if one else 0.0 for one in ends)
    size, unit = money_unit(max(opening, closing), world.names.currency)
    levels = np.cumsum([opening, *(way * one.mean for _label, one, way in steps)])
    _whole(axis, 0, ends[0], size)
    for place, (_label, one, way) in enumerate(steps, start=1):
        low, high = sorted(levels[place - 1 : place + 1])
        axis.bar(
            place, (high - low) / size, bottom=low / size, width=0.62, edgecolor="black", linewidth=1.0,
            color="#9dc3e6" if way > 0 else "#f4b183", hatch="///" if way > 0 else "\\\\\\",
        )  # fmt: skip
        _interval(axis, place, levels[place], one, size, _signed(one, way), high)
        axis.plot([place - 0.69, place + 0.31], [levels[place - 1] / size] * 2, color="black", linewidth=0.8)
    last = len(steps) + 1
    axis.plot([last - 0.69, last + 0.31], [levels[-1] / size] * 2, color="black", linewidth=0.8)
    _whole(axis, last, ends[1], size)
    names = [_(label) + (_early(summary) if label == "churn" else "") for label, _one, _way in steps]
    axis.set_xticks(range(last + 1), [_("at the start"), *names, _("at the end")], parse_math=False)
    axis.tick_params(axis="x", length=0)
    bottom, top = _limits(levels / size)
    axis.set_ylim(bottom, top)
    whole = _("ARR ({unit})") if bottom == 0 else _("ARR ({unit}; axis does not begin at 0)")
    axis.set_ylabel(whole.format(unit=unit.strip()), parse_math=False)
    thousands(axis.yaxis)
    axis.set_xlabel(
        _(
            "what moved it over the whole time (counted; bars at the ends of the steps: 95% confidence"
            " interval of the mean of the step, n = {n})"
        ).format(n=summary.n)
    )
    return figure


def _bridge_finding(ends: Sequence[Estimate | None], churned: Estimate | None) -> str:
    opening, closing = ends
    if opening is None or closing is None:
        return _("What moves ARR")
    rises = closing.mean > opening.mean
    text = _("ARR rises from {opening} to {closing}") if rises else _("ARR falls from {opening} to {closing}")
    moved = text.format(opening=with_half_width(opening), closing=with_half_width(closing))
    if churned is None or not churned.mean:
        return moved
    return _("{moved}; {amount} leave by churn").format(moved=moved, amount=with_half_width(churned))


def _whole(axis: Axes, place: int, one: Estimate | None, size: float) -> None:
    if one is None:
        return
    axis.bar(place, one.mean / size, width=0.62, color="#b8c4d0", edgecolor="black", linewidth=1.0)
    _interval(axis, place, one.mean, one, size, with_half_width(one), one.mean)


def _signed(one: Estimate, way: int) -> str:
    """The figure of a step with its sign; one that a price cut makes negative has its own."""
    text = with_half_width(one)
    return text if way > 0 and one.mean < 0 else f"{'+' if way > 0 else '-'}{text}"


def _early(summary: Summary) -> str:
    early = summary.estimates.get("arr_churned_early_sum_money")
    return "\n" + _("(early: {amount})").format(amount=value_of(early)) if early else ""


def _interval(
    axis: Axes, place: int, level: float, one: Estimate, size: float, label: str, top: float
) -> None:
    """The interval around the end of a bar, and the figure above it."""
    half = one.half_width if np.isfinite(one.half_width) else 0.0
    if half > 0:
        axis.errorbar(
            place, level / size, yerr=half / size, color="black", linewidth=1.6, capsize=6, capthick=1.6
        )
    above = max(top, level + half) / size
    axis.annotate(
        plain_name(label), (place, above), xytext=(0, 5), textcoords="offset points", ha="center",
        fontsize=10, parse_math=False,
    )  # fmt: skip


def _limits(levels: np.ndarray) -> tuple[float, float]:
    """Where the axis begins and ends: from 0 unless the steps would be too small to see."""
    low, high = float(levels.min()), float(levels.max())
    room = high - low
    if room < 0.35 * high:
        return low - 0.35 * room if room else 0.0, high + (0.18 * room if room else 0.1 * high)
    return 0.0, 1.1 * high


# ---------------------------------------------------------------- cohorts


def cohorts(summary: Summary, world: World, name: str) -> Figure:
    """Accounts left and NRR of each cohort, month by month, as two maps of shades with numbers in them."""
    figure = titled(_cohort_finding(summary), name)
    month = period_of(world.months) == "month"
    left, right = figure.subplots(1, 2, sharey=True)
    rows, ends = _rows(summary), _ends(summary, world)
    for axis, metric, label in (
        (left, "cohort_accounts_share", _("accounts left of those that started (%)")),
        (right, "cohort_nrr_share", _("NRR: ARR of the cohort, of its first ARR (%)")),
    ):
        _map(axis, summary, rows, ends, metric)
        axis.set_title(label, fontsize=12, loc="left")
        axis.set_xlabel(_("month's end") if month else _("quarter's end (its last month)"))
    names = [_("opening book") if row == OPENING else row for row in rows]
    sizes = [summary.estimates.get("cohort_start_sum_accounts", scope(cohort=row)) for row in rows]
    told = [f"{label}\n({value_of(one)})" if one and len(rows) <= _MOST_WRITTEN else label
            for label, one in zip(names, sizes, strict=True)]  # fmt: skip
    left.set_yticks(np.arange(len(rows)) + 0.5, told, fontsize=9)
    start = _("month of the start") if month else _("quarter of the start, called by its first month")
    note = (
        _("accounts that started; means over n = {n}")
        if len(rows) <= _MOST_WRITTEN
        else _("means over n = {n}")
    )
    left.set_ylabel(f"{start} ({note.format(n=summary.n)})")
    return figure


def _cohort_finding(summary: Summary) -> str:
    """What is left of the customers of the start."""
    get, last = summary.estimates.get, summary.groups.months[-1]
    accounts = get("cohort_accounts_share", scope(cohort=OPENING, month=last))
    arr = get("cohort_nrr_share", scope(cohort=OPENING, month=last))
    if accounts is None or arr is None:
        return _("What is left of each cohort")
    return _("At the end {accounts} of the first customers are left, with {arr} of their ARR").format(
        accounts=with_half_width(accounts), arr=with_half_width(arr)
    )


def _rows(summary: Summary) -> list[str]:
    get = summary.estimates.get
    names = [OPENING, *summary.groups.months]
    return [name for name in names if get("cohort_start_sum_accounts", scope(cohort=name))]


def _ends(summary: Summary, world: World) -> list[str]:
    """Months at whose ends cohorts are looked at."""
    months, span = summary.groups.months, span_of(world.months)
    return [months[min(first + span, len(months)) - 1] for first in range(0, len(months), span)]


def _map(axis: Axes, summary: Summary, rows: list[str], ends: list[str], metric: str) -> None:
    get = summary.estimates.get
    found = [[get(metric, scope(cohort=row, month=end)) for end in ends] for row in rows]
    values = np.ma.masked_invalid([[100 * one.mean if one else np.nan for one in line] for line in found])
    low, high = float(values.min()), float(values.max())
    shown = shades()
    map_ = axis.pcolormesh(
        values, cmap=shown, vmin=low, vmax=high if high > low else low + 1, edgecolors="white"
    )
    if len(ends) > _MOST_WRITTEN:
        axis.figure.colorbar(map_, ax=axis, pad=0.01, aspect=40)
    axis.set_ylim(len(rows), 0)
    if len(ends) <= _MOST_WRITTEN:
        for row, line in enumerate(found):
            for column, one in enumerate(line):
                if one:
                    dark = high > low and (100 * one.mean - low) / (high - low) > 0.55
                    axis.text(
                        column + 0.5, row + 0.5, f"{100 * one.mean:.0f}", ha="center", va="center",
                        fontsize=9, color="white" if dark else "black",
                    )  # fmt: skip
    step = -(-len(ends) // _MOST_WRITTEN)
    axis.set_xticks(np.arange(len(ends))[::step] + 0.5, ends[::step], rotation=90, fontsize=9)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


# ---------------------------------------------------------------- tiers


def by_tier(summary: Summary, world: World, name: str) -> Figure:
    """Accounts by the tier as which they are served, at the months' ends."""
    get, months = summary.estimates.get, summary.groups.months
    tiers = summary.groups.tiers[:-1]
    kind, names = ("tier", tiers) if len(tiers) > 1 else ("segment", world.names.segments)
    figure, (axis,) = new_figure(1, [1.0], _tier_finding(summary, kind, names), name)
    x = np.arange(len(months))
    for number, one in enumerate(names[:_MOST_TIERS]):
        found = [get("served_end_accounts", scope(**{kind: one, "month": month})) for month in months]
        mean, low, high = (
            np.array([getattr(each, part) if each else np.nan for each in found], dtype=np.float64)
            for part in ("mean", "low", "high")
        )
        line, marker = _LINES[number]
        colour = _COLOURS[number]
        axis.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(x, mean, color=colour, linestyle=line, marker=marker, linewidth=2.2, label=plain_name(one))
    axis.set_ylim(bottom=0)
    axis.set_ylabel(
        _("accounts by the tier as which they are served")
        if kind == "tier"
        else _("accounts by the segment as which they are served")
    )
    thousands(axis.yaxis)
    legend = axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=11)
    for text in legend.get_texts():
        text.set_parse_math(False)
    step = -(-len(months) // _MOST_WRITTEN)
    axis.set_xticks(x[::step], months[::step])
    more = len(names) - _MOST_TIERS
    hidden = (
        _("; {more} more in {file}").format(more=more, file="tables/by_month.parquet") if more > 0 else ""
    )
    axis.set_xlabel(
        _("month's end (bands: 95% confidence interval of the mean, n = {n}{hidden})").format(
            n=summary.n, hidden=hidden
        )
    )
    return figure


def _tier_finding(summary: Summary, kind: str, names: Sequence[str]) -> str:
    """Where the number of accounts changes most between the first month's end and the last."""
    get, months = summary.estimates.get, summary.groups.months
    ends = [
        (get("served_end_accounts", scope(**{kind: one, "month": months[0]})),
         get("served_end_accounts", scope(**{kind: one, "month": months[-1]})), one)
        for one in names
    ]  # fmt: skip
    moved = [(first, last, one) for first, last, one in ends if first is not None and last is not None]
    moved.sort(key=lambda each: -abs(each[1].mean - each[0].mean))
    parts = [
        _("{name} {first} → {last}").format(
            name=short_name(one), first=with_half_width(first), last=with_half_width(last)
        )
        for first, last, one in moved[:3]
    ]
    return _("Accounts: {parts}").format(parts=listed(parts)) if parts else _("Accounts by tier")
