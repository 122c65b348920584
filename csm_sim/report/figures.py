"""Summary → figures for slides: 16:9, readable in grey, axes with names and units."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.report.canvas import BLUE, GREY, ORANGE, date_axis, fonts_for, letter_of, new_figure, save
from csm_sim.report.customer_figures import customer_figures
from csm_sim.report.heatmap import load_heatmap, people_shown, short_name
from csm_sim.report.wording import currency_sign, percent, plain_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

_MOST_ROLES: Final = 4
_CHURN_NOTE: Final = "Fully staffed: same customers, same luck, nothing waits for a person"


def write_figures(folder: Path, summary: Summary, world: World, sample: Sample, title: str) -> list[str]:
    """Write the figures of a run as PNG; returns what a reader must be told (a missing font).

    Parameters
    ----------
    folder
        Exists.
    summary, world, sample
        Of the run.
    title
        Name of the scenario.
    """
    name = plain_name(title)
    shown = [short_name(world.names.people[seat]) for seat in people_shown(sample)]
    families, notes = fonts_for(
        [name, *world.names.roles, *world.names.segments, *shown, currency_sign(world.names.currency), "±–…"]
    )
    save(_load(summary, world, sample, name), folder / "load_by_week.png", families)
    by_person = load_heatmap(summary, world, sample, name)
    if by_person is not None:
        save(by_person, folder / "load_heatmap.png", families)
    if summary.estimates.get("arr_opening_sum_money"):
        save(_arr(summary, world, name), folder / "arr_by_month.png", families)
    for file, figure in customer_figures(summary, world, name):
        save(figure, folder / file, families)
    if summary.estimates.get("backlog_end_tickets"):
        save(_tickets(summary, world, name), folder / "tickets.png", families)
    return notes


def _load(summary: Summary, world: World, sample: Sample, name: str) -> Figure:
    """Utilisation by week, a panel for each role."""
    roles = range(min(len(world.names.roles), _MOST_ROLES))
    figure, panels = new_figure(len(roles), [1.0] * len(roles), f"Load per person by week: {name}")
    first = world.first_day + timedelta(days=world.warm_days)
    weeks = [first + timedelta(days=7 * week) for week in range(world.weeks)]
    aim = "target" if any(one.key == "utilisation_p90" for one in summary.targets) else "usual limit"
    for role, axis in zip(roles, panels, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # weeks in which nobody works
            mean, low, high, worst = np.nanmean(100 * sample["week_load"][:, role], axis=0).T
        several = int(world.roles[role]["slots"]) > 1
        x: Any = weeks
        if several:
            axis.fill_between(
                x, low, high, color=BLUE, alpha=0.2, linewidth=0, label="8 of 10 people (P10–P90)"
            )
            axis.plot(
                x, worst, color=ORANGE, linestyle=":", linewidth=1.6, label="busiest person of the week"
            )
        label = "mean of the people" if several else "the one person"
        axis.plot(x, mean, color=BLUE, linewidth=2.2, label=label)
        axis.axhline(
            100 * summary.utilisation, color="black", linestyle="--", linewidth=1.4,
            label=f"{aim} {percent(summary.utilisation)}",
        )  # fmt: skip
        axis.set_ylim(0, 105)
        axis.set_ylabel(f"{plain_name(world.names.roles[role])}\nutilisation (%)", parse_math=False)
    panels[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=11)
    date_axis(panels[-1])
    more = len(world.names.roles) - len(roles)
    hidden = f"; {more} more roles in tables/by_person_week.parquet" if more > 0 else ""
    panels[-1].set_xlabel(f"week (means over n = {summary.n} simulated futures{hidden})")
    return figure


def _series(summary: Summary, metric: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and interval at the start and at each month's end; the gap begins at nothing."""
    opening = metric.replace("closing", "opening")
    found: list[Estimate | None] = [summary.estimates.get(opening) if opening != metric else None]
    found += [summary.estimates.get(metric, scope(month=month)) for month in summary.groups.months]
    columns = ([getattr(one, part) if one else np.nan for one in found] for part in ("mean", "low", "high"))
    mean, low, high = (np.array(column, dtype=np.float64) for column in columns)
    return mean, low, high


def _arr(summary: Summary, world: World, name: str) -> Figure:
    """ARR at the months' ends with this team and fully staffed, and the gap between the two."""
    heights = [2.0, 1.0] if summary.twin else [1.0]
    figure, panels = new_figure(len(heights), heights, f"ARR by month: {name}")
    x: Any = [*world.month_starts, world.first_day + timedelta(days=world.days)]
    size, letter, sign = _unit(summary, world)
    mean, low, high = (part / size for part in _series(summary, "arr_closing_sum_money"))
    top = panels[0]
    top.fill_between(x, low, high, color=ORANGE, alpha=0.25, linewidth=0)
    top.plot(x, mean, color=ORANGE, linestyle="--", linewidth=2.4, label="with this team")
    if summary.twin:
        full, full_low, full_high = (part / size for part in _series(summary, "twin_arr_closing_sum_money"))
        top.fill_between(x, full_low, full_high, color=BLUE, alpha=0.2, linewidth=0)
        top.plot(x, full, color=BLUE, linewidth=2.4, label="fully staffed")
        top.fill_between(
            x,
            mean,
            full,
            facecolor="none",
            edgecolor=GREY,
            hatch="///",
            linewidth=0,
            label="lost to under-staffing",
        )
        _gap(summary, panels[1], x, sign)
    top.set_ylabel(f"ARR ({sign}{letter}; axis does not begin at 0)", parse_math=False)
    top.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    top.legend(loc="best", frameon=False)
    date_axis(panels[-1])
    note = f"bands: 95% confidence interval of the mean, n = {summary.n}"
    panels[-1].set_xlabel(f"month's end ({note}{'. ' + _CHURN_NOTE if summary.twin else ''})")
    return figure


def _gap(summary: Summary, axis: Axes, x: Any, sign: str) -> None:
    gap = _series(summary, "arr_gap_mean_money")
    size, letter = letter_of(float(np.nanmax(np.abs(gap[0]))))
    mean, low, high = (part / size for part in gap)
    axis.fill_between(x, low, high, color=GREY, alpha=0.35, linewidth=0)
    axis.plot(x, mean, color="black", linewidth=2.0, marker="o", markersize=4)
    axis.axhline(0, color="black", linewidth=0.8)
    axis.set_ylabel(f"ARR lost to\nunder-staffing ({sign}{letter})", parse_math=False)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def _tickets(summary: Summary, world: World, name: str) -> Figure:
    """Open tickets at the months' ends, and the shares answered and resolved in time, month by month."""
    shares = [
        (metric, label, style)
        for metric, label, style in (
            ("first_response_target_share", "answered in time", (BLUE, "-", "o")),
            ("resolution_target_share", "resolved in time", (ORANGE, "--", "s")),
        )
        if summary.estimates.get(metric)
    ]
    figure, panels = new_figure(1 + bool(shares), [1.0] * (1 + bool(shares)), f"Tickets by month: {name}")
    x: Any = list(world.month_starts)
    top = panels[0]
    for metric, label, (colour, line, marker) in (
        ("backlog_end_tickets", "open with the team", (BLUE, "-", "o")),
        ("backlog_held_end_tickets", "with the customer", (GREY, ":", "^")),
    ):
        mean, low, high = (part[1:] for part in _series(summary, metric))
        if metric == "backlog_end_tickets" or np.nanmax(mean, initial=0.0) > 0:
            top.fill_between(x, np.maximum(low, 0.0), high, color=colour, alpha=0.25, linewidth=0)
            top.plot(x, mean, color=colour, linestyle=line, marker=marker, linewidth=2.2, label=label)
    top.set_ylim(bottom=0)
    top.set_ylabel("tickets open at\nthe month's end")
    top.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    top.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=11)
    if shares:
        _shares_in_time(summary, panels[1], x, shares)
    date_axis(panels[-1])
    panels[-1].set_xlabel(f"month (bands: 95% confidence interval of the mean, n = {summary.n})")
    return figure


def _shares_in_time(
    summary: Summary, axis: Axes, x: Any, shares: Sequence[tuple[str, str, tuple[str, str, str]]]
) -> None:
    lowest = 100.0
    for metric, label, (colour, line, marker) in shares:
        mean, low, high = (100 * part[1:] for part in _series(summary, metric))
        lowest = min(lowest, float(np.nanmin(np.fmin(mean, low), initial=100.0)))
        axis.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(x, mean, color=colour, linestyle=line, marker=marker, linewidth=2.2, label=label)
    goal = next((one for one in summary.targets if one.key == "sla"), None)
    if goal is not None:
        label = f"target {percent(goal.target)} for both together"
        axis.axhline(100 * goal.target, color="black", linestyle="-.", linewidth=1.4, label=label)
    axis.set_ylim(0 if lowest < 60 else 50, 102)
    axis.set_ylabel("tickets of the month\nin time (%)")
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=11)


def _unit(summary: Summary, world: World) -> tuple[float, str, str]:
    opening = summary.estimates.get("arr_opening_sum_money")
    size, letter = letter_of(opening.mean if opening else 1.0)
    return size, letter, currency_sign(world.names.currency)
