"""Comparison → figures: what each plan saves and loses on one time axis, ARR by month, and break-even.

Every title says what is to be seen, and only what the intervals allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.paired import Interval
from csm_sim.language import N_, _, ngettext
from csm_sim.report.canvas import (
    BLUE,
    GREY,
    ORANGE,
    date_axis,
    fitted,
    new_figure,
    rendered,
    thousands,
)
from csm_sim.report.compare_words import (
    crosses_surely,
    figure_title,
    last_day,
    level_text,
    month_name,
    strength_text,
    until,
)
from csm_sim.report.wording import money_unit, percent, plain_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csm_sim.analysis.compared import BreakEven, Compared, Plan, Series

Floats = NDArray[np.float64]

MOST_PLANS: Final = 3
"""Plans that a figure tells apart; what is left out is said below it."""

_STYLES: Final = ((ORANGE, "--", "s"), (BLUE, "-.", "^"), (GREY, ":", "D"))
"""Colour, line and marker of a plan: different in grey, too. The base is black and solid."""


def compare_figures(compared: Compared) -> tuple[dict[str, bytes], list[str]]:
    """Pictures as PNG and SVG by file name, and what a reader must be told (a missing font)."""
    drawn: dict[str, Figure] = {}
    if any(_flows(plan) for plan in compared.plans):
        drawn["saved_and_lost"] = _saved_and_lost(compared)
    if any(plan.by_month("arr_end") for plan in compared.plans):
        drawn["arr_by_month"] = _arr(compared)
    if any(plan.break_even for plan in compared.plans):
        drawn["break_even"] = _break_even(compared)
    return rendered(drawn)


# ---------------------------------------------------------------- words


def _ends(compared: Compared) -> list[date]:
    """The days after the last ones of the months."""
    ends = []
    for place in range(len(compared.months)):
        last = last_day(compared, place)
        if len(last) > len("2027-04"):
            ends.append(date.fromisoformat(last) + timedelta(days=1))
        else:
            year, month = (int(part) for part in last.split("-"))
            ends.append(date(year + month // 12, month % 12 + 1, 1))
    return ends


def _columns(one: Sequence[Interval]) -> tuple[Floats, Floats, Floats]:
    mean, low, high = (
        np.array([getattr(each, part) for each in one], dtype=np.float64) for part in ("mean", "low", "high")
    )
    return mean, low, high


def _shown(one: Interval, compared: Compared, way: float = 1.0) -> str:
    """An amount with the half of its interval; ``way`` -1 turns its sign."""
    low, high = sorted((way * one.low, way * one.high))
    return level_text(Interval(way * one.mean, low, high, one.n), compared.currency)


def _amount(one: Interval, compared: Compared) -> str:
    """The size of an amount, without its sign, and the half of its interval."""
    return _shown(one, compared, -1.0 if one.mean < 0 else 1.0)


def _bands(compared: Compared) -> str:
    return _("bands: {confidence} intervals of the mean, paired, n = {n}").format(
        confidence=percent(compared.confidence), n=compared.n
    )


def _left_out(shown: Sequence[Plan], of: Sequence[Plan]) -> str:
    more = len(of) - len(shown)
    if more < 1:
        return ""
    return ngettext("; {more} more plan is not drawn", "; {more} more plans are not drawn", more).format(
        more=more
    )


def _label(plan: Plan) -> str:
    """The name of a plan, cut to what a legend has room for."""
    return _cut(plan.label)


def _cut(text: str) -> str:
    return fitted(plain_name(text), 11.0, 11.0, 340.0)[0]


def _finding_of(plan: Plan, finding: str) -> str:
    return _("{plan}: {finding}").format(plan=_label(plan), finding=finding)


def _subject(compared: Compared, shown: Sequence[Plan]) -> str:
    base, name = plain_name(compared.base_label), plain_name(compared.name)
    if len(shown) == 1:
        text = _("{plan} against {base}").format(plan=_label(shown[0]), base=_cut(base))
    else:
        text = _("{count} plans against {base}").format(count=len(shown), base=_cut(base))
    return text if base == name else _("{plans}: {name}").format(plans=text, name=name)


def _axis_legend(axis: Axes, **where: Any) -> None:
    for text in axis.legend(frameon=False, **where).get_texts():
        text.set_parse_math(False)


# ---------------------------------------------------------------- saves now, loses later


def _flows(plan: Plan) -> tuple[Series, Series, Series] | None:
    found = [plan.by_month(name) for name in ("saved", "margin_lost", "gained")]
    saved, lost, gained = found
    return None if saved is None or lost is None or gained is None else (saved, lost, gained)


def _saved_and_lost(compared: Compared) -> Figure:
    """What is saved and lost since the start, a panel for each plan."""
    with_flows = [plan for plan in compared.plans if _flows(plan)]
    shown = with_flows[:MOST_PLANS]
    title = gain_finding(shown[0], compared) if len(shown) == 1 else _gain_findings(shown, compared)
    figure, panels = new_figure(len(shown), [1.0] * len(shown), title, _subject(compared, shown))
    flows = [flow for plan in shown if (flow := _flows(plan))]
    largest = max(abs(one.mean) for flow in flows for series in flow for one in series.apart)
    size, unit = money_unit(largest, compared.currency)
    for axis, plan, flow in zip(panels, shown, flows, strict=True):
        _flow_panel(axis, compared, plan, flow, size)
        axis.set_ylabel(_("added up ({unit})").format(unit=unit), parse_math=False)
        if len(shown) > 1:
            finding = _finding_of(plan, gain_finding(plan, compared))
            text, points = fitted(finding, 12.0, 8.0, 800.0)
            axis.set_title(text, fontsize=points, loc="left", pad=24, parse_math=False)
    date_axis(panels[-1])
    panels[-1].set_xlabel(
        _(
            "month's end ({bands}; grey stripe: where the lines cross, 95% of the futures drawn anew{rest})"
        ).format(bands=_bands(compared), rest=_left_out(shown, with_flows))
        if any(plan.crossing is not None and plan.crossing.month is not None for plan in shown)
        else _("month's end ({bands}{rest})").format(
            bands=_bands(compared), rest=_left_out(shown, with_flows)
        )
    )
    return figure


def _flow_panel(
    axis: Axes, compared: Compared, plan: Plan, flow: tuple[Series, Series, Series], size: float
) -> None:
    x: Any = [date.fromisoformat(compared.start), *_ends(compared)]
    saved, lost, gained = flow
    spends = saved.apart[-1].mean < 0
    lines = (
        (
            saved,
            -1.0 if spends else 1.0,
            _("cost added") if spends else figure_title("saved"),
            (BLUE, "-.", 2.2),
        ),
        (
            lost,
            -1.0 if spends else 1.0,
            _("gross margin gained") if spends else figure_title("margin_lost"),
            (ORANGE, "--", 2.2),
        ),
        (gained, 1.0, _("gained less added") if spends else figure_title("gained"), ("black", "-", 2.8)),
    )
    for series, way, label, (colour, line, width) in lines:
        mean, low, high = (np.concatenate([[0.0], way * part / size]) for part in _columns(series.apart))
        axis.fill_between(x, low, high, color=colour, alpha=0.22, linewidth=0)
        told = f"{label} {_shown(series.apart[-1], compared, way)}"
        axis.plot(x, mean, color=colour, linestyle=line, linewidth=width, label=told)
    axis.axhline(0, color="black", linewidth=0.9)
    thousands(axis.yaxis)
    _axis_legend(axis, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=11, borderaxespad=0.1)
    axis.set_xlim(x[0], x[-1])
    _mark_crossing(axis, compared, plan, gained, x)


def _mark_crossing(axis: Axes, compared: Compared, plan: Plan, gained: Series, x: Any) -> None:
    """A line where the sign changes, and a stripe over the months in which it may."""
    crossing = plan.crossing
    if crossing is None or crossing.month is None or crossing.kind not in ("loses from", "pays from"):
        return
    if crossing.low is not None:
        until = x[-1] if crossing.high is None else x[crossing.high + 1]
        axis.axvspan(x[crossing.low], until, color="#bbbbbb", alpha=0.35, linewidth=0, zorder=0)
    mean = [0.0, *(one.mean for one in gained.apart)]
    before, after = mean[crossing.month], mean[crossing.month + 1]
    part = before / (before - after) if before * after < 0 else 1.0
    begin, end = (datetime.combine(x[crossing.month + further], time()) for further in (0, 1))
    place: Any = begin + part * (end - begin)
    axis.axvline(place, color="black", linestyle=":", linewidth=1.6)
    # from what else is drawn there the words are kept apart by the side that has more room
    sinks = crossing.kind == "loses from"
    left = crossing.month > len(compared.months) / 2
    axis.annotate(
        plain_name(crossing_words(compared, plan)), (place, 0.03 if sinks else 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(-7 if left else 7, 0), textcoords="offset points", ha="right" if left else "left",
        va="bottom" if sinks else "top", fontsize=11, parse_math=False, zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
    )  # fmt: skip


def crossing_words(compared: Compared, plan: Plan) -> str:
    """The month in which the lines cross, and its interval; empty where they do not."""
    crossing = plan.crossing
    if crossing is None or crossing.month is None:
        return ""
    month = month_name(compared.months[crossing.month])
    if crossing.low is None or crossing.low == crossing.high:
        return month
    low = month_name(compared.months[crossing.low])
    if crossing.high is None:
        return _("{month} [{low} or later]").format(month=month, low=low)
    return _("{month} [{low} to {high}]").format(
        month=month, low=low, high=month_name(compared.months[crossing.high])
    )


_FINDINGS: Final = {
    ("loses from", -1): N_("Saves first; from {month} on it has lost more than it saved"),
    ("pays from", 1): N_("Costs first; from {month} on it has paid for itself"),
    ("never", 1): N_("Ahead all the time: {amount} by {end}"),
    ("from the start", -1): N_("Behind all the time: {amount} by {end}"),
}  # fmt: skip


def gain_finding(plan: Plan, compared: Compared) -> str:
    """What a plan comes to in money, as far as the intervals allow to say it."""
    flow = _flows(plan)
    if flow is None:
        return ""
    left = flow[2].apart[-1]
    end = until(compared)
    if left.nothing:
        return _("Neither saves nor loses anything")
    if not left.resolved:
        return _("Whether it is ahead or behind by {end} is not resolved").format(end=end)
    sign = 1 if left.mean > 0 else -1
    crossing = plan.crossing
    text = _FINDINGS.get((crossing.kind, sign)) if crossing and crosses_surely(plan) else None
    month = month_name(compared.months[crossing.month]) if crossing and crossing.month is not None else end
    if text is None:
        text = (
            N_("Ahead by {amount} at the end of {end}")
            if sign > 0
            else N_("Behind by {amount} at the end of {end}")
        )
    return _(text).format(month=month, end=end, amount=_amount(left, compared))


def _gain_findings(shown: Sequence[Plan], compared: Compared) -> str:
    lefts = [flow[2].apart[-1] for plan in shown if (flow := _flows(plan))]
    ahead = sum(one.low > 0 for one in lefts)
    behind = sum(one.high < 0 for one in lefts)
    text = _("Money by {end}: {ahead} of {count} plans ahead, {behind} behind, {open} not resolved")
    return text.format(
        end=until(compared), ahead=ahead, behind=behind, count=len(shown),
        open=len(lefts) - ahead - behind,
    )  # fmt: skip


# ---------------------------------------------------------------- ARR


def _arr(compared: Compared) -> Figure:
    """ARR at the months' ends of base and plans, and by how much the plans differ."""
    known = [plan for plan in compared.plans if plan.by_month("arr_end")]
    shown = known[:MOST_PLANS]
    series = [one for plan in shown if (one := plan.by_month("arr_end"))]
    figure, (top, below) = new_figure(2, [1.5, 1.0], arr_finding(shown, compared), _subject(compared, shown))
    x: Any = _ends(compared)
    base = _columns(series[0].base)
    size, unit = money_unit(float(np.nanmax(np.abs(base[0]))), compared.currency)
    _line(top, x, base, size, _cut(compared.base_label), ("black", "-", ""))
    apart_size, apart_unit = money_unit(
        max(abs(one.mean) for each in series for one in each.apart), compared.currency
    )
    for plan, each, style in zip(shown, series, _STYLES, strict=False):
        _line(top, x, _columns(each.other), size, _label(plan), style)
        told = f"{_label(plan)} {_shown(each.apart[-1], compared)}"
        _line(below, x, _columns(each.apart), apart_size, told, style)
    below.axhline(0, color="black", linewidth=0.9)
    top.set_ylabel(_("ARR at the month's end,\nexpected ({unit})").format(unit=unit), parse_math=False)
    below.set_ylabel(_("difference to\nthe base ({unit})").format(unit=apart_unit), parse_math=False)
    for axis in (top, below):
        thousands(axis.yaxis)
        _axis_legend(axis, loc="best", fontsize=11)
    top.annotate(
        _("the axis does not begin at 0"), (0.995, 0.02), xycoords="axes fraction", ha="right", fontsize=10,
        color="#404040",
    )  # fmt: skip
    date_axis(below)
    below.set_xlabel(
        _("month's end ({bands}{rest})").format(bands=_bands(compared), rest=_left_out(shown, known))
    )
    return figure


def _line(
    axis: Axes, x: Any, columns: tuple[Floats, Floats, Floats], size: float, label: str,
    style: tuple[str, str, str],
) -> None:  # fmt: skip
    mean, low, high = (part / size for part in columns)
    colour, line, marker = style
    axis.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    axis.plot(
        x, mean, color=colour, linestyle=line, marker=marker, markersize=5, markevery=max(1, len(x) // 12),
        linewidth=2.2, label=label,
    )  # fmt: skip


def arr_finding(shown: Sequence[Plan], compared: Compared) -> str:
    """What plans do to ARR, as far as the intervals allow to say it."""
    lasts = [one.apart[-1] for plan in shown if (one := plan.by_month("arr_end"))]
    end = until(compared)
    if len(lasts) == 1:
        (last,) = lasts
        if last.nothing:
            return _("ARR is the same in every month")
        if not last.resolved:
            return _("No difference in ARR at the end of {end} can be told from chance").format(end=end)
        text = (
            _("ARR at the end of {end} is {amount} lower")
            if last.mean < 0
            else _("ARR at the end of {end} is {amount} higher")
        )
        return text.format(end=end, amount=_amount(last, compared))
    lower, higher = sum(one.high < 0 for one in lasts), sum(one.low > 0 for one in lasts)
    return _("ARR at the end of {end} is lower with {lower} of {count} plans, higher with {higher}").format(
        end=end, lower=lower, higher=higher, count=len(lasts)
    )


# ---------------------------------------------------------------- how strong the effect must be


def _break_even(compared: Compared) -> Figure:
    """Net present value of each plan less that of the base, by the strength with which lateness acts."""
    known = [(plan, plan.break_even) for plan in compared.plans if plan.break_even]
    pairs = known[:MOST_PLANS]
    shown = [plan for plan, _even in pairs]
    title = (
        even_finding(pairs[0][1])
        if len(pairs) == 1
        else _("How strongly lateness must act for each plan to lose")
    )
    figure, (axis,) = new_figure(1, [1.0], title, _subject(compared, shown))
    largest = max(abs(one.mean) for _plan, even in pairs for one in even.net)
    size, unit = money_unit(largest, compared.currency)
    for (plan, even), style in zip(pairs, _STYLES, strict=False):
        told = _label(plan) if len(pairs) == 1 else _finding_of(plan, even_finding(even))
        colour, line, marker = style
        mean, low, high = (part / size for part in _columns(even.net))
        axis.fill_between(even.tried, low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(
            even.tried, mean, color=colour, linestyle=line, marker=marker, markersize=7, linewidth=2.2,
            label=fitted(told, 11.0, 11.0, 800.0)[0],
        )  # fmt: skip
        if even.at is not None:
            _mark_even(axis, even.at, even, colour)
    axis.axhline(0, color="black", linewidth=1.2)
    axis.axvline(1.0, color="black", linestyle=":", linewidth=1.4)
    axis.annotate(
        _("as the scenario says"), (1.0, 0.99), xycoords=("data", "axes fraction"), xytext=(6, 0),
        textcoords="offset points", va="top", fontsize=11,
    )  # fmt: skip
    _axis_legend(axis, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=1, fontsize=11, borderaxespad=0.1)
    axis.set_ylabel(
        _("net present value, plan less base ({unit})").format(unit=unit), parse_math=False
    )  # fmt: skip
    thousands(axis.yaxis)
    axis.xaxis.set_major_formatter(lambda value, _place: strength_text(value))
    axis.set_xticks(sorted({strength for _plan, even in pairs for strength in even.tried}))
    n = min(one.n for _plan, even in pairs for one in even.net)
    rest = _left_out(shown, [plan for plan, _even in known])
    axis.set_xlabel(
        _("strength: how much late and missed work does to customers, in multiples of what is assumed")
        + "\n"
        + _(
            "(bands: 95% intervals, paired, n = {n} at each mark; thick bar: where it breaks even{rest})"
        ).format(n=n, rest=rest)
    )
    return figure


def _mark_even(axis: Axes, at: Interval, even: BreakEven, colour: str) -> None:
    low = even.tried[0] if np.isnan(at.low) else at.low
    high = even.tried[-1] if np.isnan(at.high) else at.high
    axis.plot([low, high], [0, 0], color=colour, linewidth=6.0, alpha=0.55, solid_capstyle="butt")
    axis.plot([at.mean], [0], color="white", marker="o", markersize=10, markeredgecolor="black", zorder=5)


def even_finding(even: BreakEven) -> str:
    """At which strength a plan begins to lose, or why there is none."""
    least, most = strength_text(even.tried[0]), strength_text(even.tried[-1])
    if even.at is not None:
        low, high = (
            text.format(x=bound) if np.isnan(value) else f"{value:.2g}"
            for value, text, bound in (
                (even.at.low, _("below {x}"), least),
                (even.at.high, _("above {x}"), most),
            )
        )
        gains = even.net[0].mean > 0
        text = N_(
            "Loses money where lateness acts more than {at} [{low}, {high}] times as strongly as assumed"
        )
        if not gains:
            text = N_("Pays where lateness acts more than {at} [{low}, {high}] times as strongly as assumed")
        return _(text).format(at=f"{even.at.mean:.2g}", low=low, high=high)
    if all(one.low > 0 for one in even.net):
        return _("Pays at every strength from {least} to {most}").format(least=least, most=most)
    if all(one.high < 0 for one in even.net):
        return _("Loses money at every strength from {least} to {most}").format(least=least, most=most)
    return _("Where it breaks even is not resolved between the strengths {least} and {most}").format(
        least=least, most=most
    )
