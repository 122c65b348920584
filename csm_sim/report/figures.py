"""Summary → figures for slides: 16:9, readable in grey, axes with units, titles that say what is seen."""

from __future__ import annotations

import warnings
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.language import _, ngettext
from csm_sim.report.canvas import BLUE, GREY, ORANGE, date_axis, new_figure, rendered, series, thousands
from csm_sim.report.customer_figures import customer_figures
from csm_sim.report.desk_figures import lateness, tickets
from csm_sim.report.heatmap import load_heatmap
from csm_sim.report.wording import listed, money_unit, percent, plain_name, with_half_width, with_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_MOST_ROLES: Final = 4


def run_figures(
    summary: Summary, world: World, sample: Sample, title: str
) -> tuple[dict[str, bytes], list[str]]:
    """The figures of a run as PNG and SVG by file name, and what a reader must be told (a missing font).

    Parameters
    ----------
    summary, world, sample
        Of the run.
    title
        Name of the scenario.
    """
    return rendered(dict(_drawn(summary, world, sample, plain_name(title))))


def _drawn(summary: Summary, world: World, sample: Sample, name: str) -> Iterator[tuple[str, Figure]]:
    yield "load_by_week", _load(summary, world, sample, name)
    by_person = load_heatmap(summary, world, sample, name)
    if by_person is not None:
        yield "load_heatmap", by_person
    kept = lateness(summary, name)
    if kept is not None:
        yield "on_time", kept
    if summary.estimates.get("arr_opening_sum_money"):
        yield "arr_by_month", _arr(summary, world, name)
    yield from customer_figures(summary, world, name)
    if summary.estimates.get("backlog_end_tickets"):
        yield "tickets", tickets(summary, world, name)


# ---------------------------------------------------------------- load


def _week_loads(world: World, sample: Sample, role: int) -> Floats:
    """(4, week): mean, P10, P90 and busiest of the people of a role, in percent, means over futures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # weeks in which nobody works
        return np.asarray(np.nanmean(100 * sample["week_load"][:, role], axis=0).T)


def _load(summary: Summary, world: World, sample: Sample, name: str) -> Figure:
    """Utilisation by week, a panel for each role."""
    roles = range(min(len(world.names.roles), _MOST_ROLES))
    loads = [_week_loads(world, sample, role) for role in roles]
    finding = _load_finding(summary, [plain_name(world.names.roles[role]) for role in roles], loads)
    figure, panels = new_figure(len(roles), [1.0] * len(roles), finding, name)
    first = world.first_day + timedelta(days=world.warm_days)
    x: Any = [first + timedelta(days=7 * week) for week in range(world.weeks)]
    targeted = any(one.key == "utilisation_p90" for one in summary.targets)
    limit = _("target {share}") if targeted else _("usual limit {share}")
    for role, axis, (mean, low, high, worst) in zip(roles, panels, loads, strict=True):
        several = int(world.roles[role]["slots"]) > 1
        if several:
            axis.fill_between(
                x, low, high, color=BLUE, alpha=0.2, linewidth=0, label=_("8 of 10 people (P10–P90)")
            )
            axis.plot(
                x, worst, color=ORANGE, linestyle=":", linewidth=1.6, label=_("busiest person of the week")
            )
        label = _("mean of the people") if several else _("the one person")
        axis.plot(x, mean, color=BLUE, linewidth=2.2, label=label)
        axis.axhline(
            100 * summary.utilisation, color="black", linestyle="--", linewidth=1.4,
            label=limit.format(share=percent(summary.utilisation)),
        )  # fmt: skip
        axis.set_ylim(0, 105)
        axis.set_ylabel(
            _("{role}\nutilisation (%)").format(role=plain_name(world.names.roles[role])), parse_math=False
        )
    panels[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=11)
    date_axis(panels[-1])
    more = len(world.names.roles) - len(roles)
    hidden = (
        ngettext("; {more} more role in {file}", "; {more} more roles in {file}", more).format(
            more=more, file="tables/by_person_week.parquet"
        )
        if more > 0
        else ""
    )
    panels[-1].set_xlabel(
        _("week (means over n = {n} simulated futures{hidden})").format(n=summary.n, hidden=hidden)
    )
    return figure


def _load_finding(summary: Summary, names: list[str], loads: list[Floats]) -> str:
    """Which roles are busy above the limit for how long, in the mean of their people."""
    limit = percent(summary.utilisation)
    over = [int(np.sum(mean > 100 * summary.utilisation)) for mean, *_rest in loads]
    weeks = len(loads[0][0]) if loads else 0
    worst = sorted((role for role in range(len(names)) if over[role]), key=lambda role: -over[role])
    if worst:
        parts = [_("{role} in {over}").format(role=names[role], over=over[role]) for role in worst]
        return _("Busy above {limit} on average: {roles} of {weeks} weeks").format(
            limit=limit, roles=listed(parts), weeks=weeks
        )
    return _("On average no role is busy above {limit} in any of {weeks} weeks").format(
        limit=limit, weeks=weeks
    )


# ---------------------------------------------------------------- ARR


def _arr(summary: Summary, world: World, name: str) -> Figure:
    """ARR at the months' ends with this team and fully staffed, and the gap between the two."""
    heights = [2.0, 1.0] if summary.twin else [1.0]
    figure, panels = new_figure(len(heights), heights, _arr_finding(summary), name)
    x: Any = [*world.month_starts, world.first_day + timedelta(days=world.days)]
    opening = summary.estimates.get("arr_opening_sum_money")
    size, unit = money_unit(opening.mean if opening else 1.0, world.names.currency)
    mean, low, high = (part / size for part in series(summary, "arr_closing_sum_money"))
    top = panels[0]
    top.fill_between(x, low, high, color=ORANGE, alpha=0.25, linewidth=0)
    top.plot(x, mean, color=ORANGE, linestyle="--", linewidth=2.4, label=_("with this team"))
    if summary.twin:
        full, full_low, full_high = (part / size for part in series(summary, "twin_arr_closing_sum_money"))
        top.fill_between(x, full_low, full_high, color=BLUE, alpha=0.2, linewidth=0)
        top.plot(x, full, color=BLUE, linewidth=2.4, label=_("fully staffed"))
        top.fill_between(
            x,
            mean,
            full,
            facecolor="none",
            edgecolor=GREY,
            hatch="///",
            linewidth=0,
            label=_("lost to under-staffing"),
        )
        _gap(summary, panels[1], x, world.names.currency)
    top.set_ylabel(_("ARR ({unit}; axis does not begin at 0)").format(unit=unit.strip()), parse_math=False)
    thousands(top.yaxis)
    top.legend(loc="best", frameon=False)
    date_axis(panels[-1])
    if summary.twin:
        note = _(
            "month's end (bands: 95% confidence interval of the mean, n = {n}."
            " Fully staffed: same customers, same luck, nothing waits for a person)"
        )
    else:
        note = _("month's end (bands: 95% confidence interval of the mean, n = {n})")
    panels[-1].set_xlabel(note.format(n=summary.n))
    return figure


def _arr_finding(summary: Summary) -> str:
    """How large the gap is at the end; without a twin, from where to where ARR goes."""
    get = summary.estimates.get
    gap = get("arr_gap_mean_money", f"month={summary.groups.months[-1]}")
    if gap is None or not summary.twin:
        opening, closing = get("arr_opening_sum_money"), get("arr_closing_sum_money")
        if opening is None or closing is None:
            return _("ARR by month")
        return _("ARR goes from {opening} to {closing}").format(
            opening=with_half_width(opening), closing=with_half_width(closing)
        )
    if gap.mean == 0 and gap.half_width == 0:
        return _("Under-staffing costs no ARR")
    if gap.low > 0:
        return _("At the end {amount} of ARR is lost to under-staffing").format(amount=with_interval(gap))
    return _("No ARR lost to under-staffing can be told from chance")


def _gap(summary: Summary, axis: Axes, x: Any, currency: str) -> None:
    gap = series(summary, "arr_gap_mean_money")
    size, unit = money_unit(float(np.nanmax(np.abs(gap[0]))), currency)
    mean, low, high = (part / size for part in gap)
    axis.fill_between(x, low, high, color=GREY, alpha=0.35, linewidth=0)
    axis.plot(x, mean, color="black", linewidth=2.0, marker="o", markersize=4)
    axis.axhline(0, color="black", linewidth=0.8)
    axis.set_ylabel(_("ARR lost to\nunder-staffing ({unit})").format(unit=unit.strip()), parse_math=False)
    thousands(axis.yaxis)
