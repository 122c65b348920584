"""Summary → figures of the work: what is kept of each promise, and tickets by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.language import N_, _
from csm_sim.report.canvas import BLUE, GREY, ORANGE, date_axis, new_figure, series, thousands
from csm_sim.report.heatmap import short_name
from csm_sim.report.wording import percent, with_half_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

_MOST_PLAYBOOKS: Final = 12
_OUTCOMES: Final = (
    (N_("on time"), "on_time_mean_share", "#c9d8e6", ""),
    (N_("late"), "late_mean_share", "#f4b183", "///"),
    (N_("overdue at the end"), "overdue_mean_share", "white", "..."),
    (N_("missed"), "missed_mean_share", "#404040", ""),
)
"""What becomes of a task: name, metric, colour and hatching; told apart in grey, too."""


# ---------------------------------------------------------------- planned work


def lateness(summary: Summary, name: str) -> Figure | None:
    """What becomes of the planned work of each playbook, the worst kept first; None without such work."""
    found = [
        (one, of.removeprefix("playbook="))
        for one in summary.estimates
        if one.metric == "on_time_mean_share" and (of := one.scope).startswith("playbook=") and ";" not in of
    ]
    if not found:
        return None
    found.sort(key=lambda pair: pair[0].mean)
    shown = found[:_MOST_PLAYBOOKS]
    figure, (axis,) = new_figure(1, [1.0], _kept_finding(summary, found), name)
    places = np.arange(len(shown))
    left = np.zeros(len(shown))
    for label, metric, colour, hatch in _OUTCOMES:
        parts = np.array([_share(summary, metric, playbook) for _one, playbook in shown])
        if not parts.any():
            continue
        axis.barh(
            places, parts, left=left, height=0.66, color=colour, hatch=hatch, edgecolor="black",
            linewidth=0.7, label=_(label),
        )  # fmt: skip
        left += parts
    for place, (one, _playbook) in zip(places, shown, strict=True):
        half = 100 * one.half_width
        if np.isfinite(half) and half > 0:
            axis.errorbar(
                100 * one.mean, place, xerr=half, color="black", linewidth=1.6, capsize=5, capthick=1.6
            )
        axis.annotate(
            _("{share} on time").format(share=with_half_width(one)), (100, place), xytext=(8, 0),
            textcoords="offset points", va="center", fontsize=10, annotation_clip=False, parse_math=False,
        )  # fmt: skip
    target = next((one for one in summary.targets if one.key == "on_time"), None)
    if target is not None:
        label = _("target {share} for all together").format(share=percent(target.target))
        axis.axvline(100 * target.target, color="black", linestyle="--", linewidth=1.4, label=label)
    names = [short_name(playbook) for _one, playbook in shown]
    axis.set_yticks(places, names, parse_math=False)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.set_xlim(0, 100)
    axis.grid(visible=False)
    axis.grid(axis="x", color="#dddddd", linewidth=0.8)
    axis.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=5, frameon=False, fontsize=11)
    more = len(found) - len(shown)
    rest = _("; {more} more in {file}").format(more=more, file="tables/by_playbook.parquet") if more else ""
    axis.set_xlabel(
        _(
            "of the tasks that were done, missed or overdue at the end (%; bars: 95% confidence interval of"
            " the share on time, n = {n}{rest})"
        ).format(n=summary.n, rest=rest)
    )
    return figure


def _share(summary: Summary, metric: str, playbook: str) -> float:
    one = summary.estimates.get(metric, f"playbook={playbook}")
    return 100 * one.mean if one is not None and np.isfinite(one.mean) else 0.0


def _kept_finding(summary: Summary, found: Sequence[tuple[Estimate, str]]) -> str:
    """How much is on time in all, and which promise is kept worst."""
    whole = summary.estimates.get("on_time_mean_share")
    worst, playbook = found[0]
    if whole is None:
        return _("What becomes of planned work")
    if worst.mean > 0.995:
        return _("{share} of planned work is on time").format(share=with_half_width(whole))
    return _("{share} of planned work is on time; worst: {playbook}, {worst}").format(
        share=with_half_width(whole), playbook=short_name(playbook), worst=with_half_width(worst)
    )


# ---------------------------------------------------------------- tickets


def tickets(summary: Summary, world: World, name: str) -> Figure:
    """Open tickets at the months' ends, and the shares answered and resolved in time, month by month."""
    shares = [
        (metric, label, style)
        for metric, label, style in (
            ("first_response_target_share", _("answered in time"), (BLUE, "-", "o")),
            ("resolution_target_share", _("resolved in time"), (ORANGE, "--", "s")),
        )
        if summary.estimates.get(metric)
    ]
    figure, panels = new_figure(1 + bool(shares), [1.0] * (1 + bool(shares)), _tickets_finding(summary), name)
    x: Any = list(world.month_starts)
    top = panels[0]
    for metric, label, (colour, line, marker) in (
        ("backlog_end_tickets", _("open with the team"), (BLUE, "-", "o")),
        ("backlog_held_end_tickets", _("with the customer"), (GREY, ":", "^")),
    ):
        mean, low, high = (part[1:] for part in series(summary, metric))
        if metric == "backlog_end_tickets" or np.nanmax(mean, initial=0.0) > 0:
            top.fill_between(x, np.maximum(low, 0.0), high, color=colour, alpha=0.25, linewidth=0)
            top.plot(x, mean, color=colour, linestyle=line, marker=marker, linewidth=2.2, label=label)
    top.set_ylim(bottom=0)
    top.set_ylabel(_("tickets open at\nthe month's end"))
    thousands(top.yaxis)
    top.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=11)
    if shares:
        _shares_in_time(summary, panels[1], x, shares)
    date_axis(panels[-1])
    panels[-1].set_xlabel(
        _("month (bands: 95% confidence interval of the mean, n = {n})").format(n=summary.n)
    )
    return figure


def _tickets_finding(summary: Summary) -> str:
    """When most tickets are open, and how many are resolved in time."""
    found = {
        month: one
        for month in summary.groups.months
        if (one := summary.estimates.get("backlog_end_tickets", scope(month=month)))
    }
    solved = summary.estimates.get("resolution_target_share") or summary.estimates.get(
        "first_response_target_share"
    )
    if not found:
        return _("Tickets by month")
    most = max(found, key=lambda month: found[month].mean)
    if solved is None:
        return _("Most tickets are open at the end of {month}: {count}").format(
            month=most, count=with_half_width(found[most])
        )
    text = (
        _("{share} of tickets are resolved in time; most are open at the end of {month}: {count}")
        if solved.metric == "resolution_target_share"
        else _("{share} of tickets are answered in time; most are open at the end of {month}: {count}")
    )
    return text.format(share=with_half_width(solved), month=most, count=with_half_width(found[most]))


def _shares_in_time(
    summary: Summary, axis: Axes, x: Any, shares: Sequence[tuple[str, str, tuple[str, str, str]]]
) -> None:
    lowest = 100.0
    for metric, label, (colour, line, marker) in shares:
        mean, low, high = (100 * part[1:] for part in series(summary, metric))
        lowest = min(lowest, float(np.nanmin(np.fmin(mean, low), initial=100.0)))
        axis.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(x, mean, color=colour, linestyle=line, marker=marker, linewidth=2.2, label=label)
    goal = next((one for one in summary.targets if one.key == "sla"), None)
    if goal is not None:
        label = _("target {share} for both together").format(share=percent(goal.target))
        axis.axhline(100 * goal.target, color="black", linestyle="-.", linewidth=1.4, label=label)
    axis.set_ylim(0 if lowest < 60 else 50, 102)
    axis.set_ylabel(_("tickets of the month\nin time (%)"))
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=11)
