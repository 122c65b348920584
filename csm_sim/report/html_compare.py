"""Compared → the page of a comparison: which plan, from when on, how sure, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis.paired import Interval
from csm_sim.language import _
from csm_sim.report.assumptions import in_words
from csm_sim.report.compare import MOST_CHANGES, compare_legend, compare_warnings, month_rows
from csm_sim.report.compare_figure import arr_finding, crossing_words, even_finding, gain_finding
from csm_sim.report.compare_words import (
    amount_text,
    apart_text,
    bounds_text,
    break_even_sentence,
    crosses_surely,
    figure_title,
    headline_sentences,
    last_day,
    level_text,
    month_name,
    plan_name,
    strength_text,
    until,
    verdict_word,
)
from csm_sim.report.html import render
from csm_sim.report.html_charts import Chart, Limit, Line, figure
from csm_sim.report.html_parts import (
    Cell,
    Document,
    Fact,
    Figure,
    Folded,
    Part,
    Row,
    Section,
    Table,
    Texts,
)
from csm_sim.report.html_run import assumption_table, file_only
from csm_sim.report.html_what_if import alone
from csm_sim.report.wording import percent, span

if TYPE_CHECKING:
    from csm_sim.analysis.compared import BreakEven, Compared, Difference, Plan, Series

_MOST_FACTS: Final = 6
_FACTS: Final = ("net_present_value", "cost", "margin", "arr_expected", "arr_lost", "on_time", "sla", "grr")
"""Figures for the top, as many as there is room for."""

_SIDE_BY_SIDE: Final = ("net_present_value", "cost", "margin", "arr_expected", "on_time", "sla")

_CUMULATIVE: Final = ("saved", "margin_lost", "gained")

_STYLES: Final = {"better": "better", "worse": "worse", "not resolved": "open"}


def compare_page(compared: Compared, *, figures: bool = True) -> str:
    """The page of a comparison as HTML, in the language in use.

    Parameters
    ----------
    compared
        The comparison.
    figures
        Whether to draw.
    """
    first, *rest = compared.plans
    lead, *others = headline_sentences(compared, first)
    picture = changes = None
    if rest:
        others = [headline_sentences(compared, plan)[0] for plan in rest]
    else:
        changes = _changes(first)
    if figures and not first.same:
        picture = _cumulative(compared, first)
    sections: list[Section] = []
    for number, plan in enumerate(compared.plans, start=1):
        sections += _plan(compared, plan, number, figures=figures, alone_=not rest, drawn=plan is first)
    sections += [_rests_on(compared), _methods(compared)]
    return render(
        Document(
            kind=_("Comparison of plans"),
            title=_title(compared),
            about=_(
                "{first} to {last} ({horizon}), n = {n} simulated futures, the same for all plans"
            ).format(
                first=month_name(compared.months[0]), last=until(compared),
                horizon=span(compared.horizon), n=compared.n,
            ),
            headline=lead,
            lines=others,
            warnings=list(compare_warnings(compared)),
            facts=[] if rest else list(_facts(first)),
            sections=sections,
            footer=[
                _("csm-sim, seed {seed}; base {base}, plans {plans}").format(
                    seed=compared.seed, base=compared.base_file,
                    plans=", ".join(plan.file or plan.label for plan in compared.plans),
                ),
                _("All figures unrounded: differences.csv, by_month.csv."),
                alone(),
            ],
            picture=picture,
            table=_side_by_side(compared) if rest else None,
            changes=changes,
        )
    )  # fmt: skip


# ---------------------------------------------------------------- the top


def _title(compared: Compared) -> str:
    base = plan_name(compared.base_label)
    if compared.base_label == compared.name:
        return _("Plans compared with {base}").format(base=base)
    return _("{name}: plans compared with {base}").format(name=compared.name, base=base)


def _facts(plan: Plan) -> Iterator[Fact]:
    found = [one for name in _FACTS if (one := plan.difference(name)) is not None]
    for one in found[:_MOST_FACTS]:
        value, _bracket, ends = bounds_text(one.apart, one.unit).partition(" [")
        low, comma, high = ends.removesuffix("]").partition(", ")
        interval = _("{low} to {high}").format(low=low, high=high) if comma else low
        yield Fact(
            _("{figure}: difference").format(figure=figure_title(one.name)), value, interval,
            _STYLES.get(one.verdict, ""), verdict_word(one.verdict), _raw(one),
        )  # fmt: skip


def _two(text: str) -> tuple[str, str]:
    value, _pm, half = text.partition(" ±")
    return value, f"±{half}" if half else ""


def _raw(one: Difference) -> tuple[tuple[str, str], ...]:
    return (
        ("figure", one.name), ("mean", repr(one.apart.mean)), ("low", repr(one.apart.low)),
        ("high", repr(one.apart.high)), ("n", str(one.apart.n)),
    )  # fmt: skip


def _changes(plan: Plan) -> Table:
    """What a plan has otherwise: old and new."""
    rows = [
        Row(change.key, 0, [_written(change.old), _written(change.new)])
        for change in plan.changes[:MOST_CHANGES]
    ]
    if not rows:
        rows = [Row(_("nothing"), 0, [Cell(), Cell()])]
    more = len(plan.changes) - MOST_CHANGES
    note = _("and {n} more: changes.csv").format(n=more) if more > 0 else ""
    return Table(_("What it changes"), [_("base"), _("plan")], rows, first=_("key"), note=note, texts=True)


def _written(value: str | None) -> Cell:
    return Cell("–" if value is None else value, style="text")


def _side_by_side(compared: Compared) -> Table:
    """A row for each plan."""
    found = [[plan.difference(name) for name in _SIDE_BY_SIDE] for plan in compared.plans]
    used = [place for place in range(len(_SIDE_BY_SIDE)) if any(row[place] for row in found)]
    rows = [
        Row(plan_name(plan.label), 0, [_apart(one) if (one := row[place]) else Cell() for place in used])
        for plan, row in zip(compared.plans, found, strict=True)
    ]
    columns = [figure_title(_SIDE_BY_SIDE[place]) for place in used]
    caption = _("Differences to {base}").format(base=plan_name(compared.base_label))
    note = _(
        "In brackets: not resolved, the interval of the difference contains 0. Intervals hold for all plans"
        " together."
    )
    return Table(caption, columns, rows, note=note)


def _apart(one: Difference) -> Cell:
    value, half = _two(apart_text(one.apart, one.unit))
    return Cell(value, half, raw=_raw(one))


# ---------------------------------------------------------------- a plan


def _plan(
    compared: Compared, plan: Plan, number: int, *, figures: bool, alone_: bool, drawn: bool
) -> list[Section]:
    parts: list[Part] = []
    if not alone_:
        lead, *others = headline_sentences(compared, plan)
        if others:
            parts.append(Texts(others))
        parts.append(_changes(plan))
    else:
        lead = ""
    if plan.same:
        return [] if alone_ else [Section(f"plan-{number}", plan_name(plan.label), parts, lead)]
    if figures and not drawn:
        parts += [one] if (one := _cumulative(compared, plan)) else []
    parts.append(_figures(plan))
    if figures and (chart := _arr(compared, plan)):
        parts.append(chart)
    parts.append(_by_month(compared, plan))
    if plan.break_even is not None:
        parts += _strengths(plan, plan.break_even, compared, figures=figures)
    title = _("What the plan does") if alone_ else plan_name(plan.label)
    return [Section(f"plan-{number}", title, parts, lead)]


def _figures(plan: Plan) -> Table:
    rows = []
    left_out = 0
    for one in plan.differences:
        if "@" in one.name and one.verdict == "same":
            left_out += 1
            continue
        rows.append(
            Row(
                figure_title(one.name),
                1 if "@" in one.name else 0,
                [
                    _apart(one),
                    Cell(verdict_word(one.verdict), style=_STYLES.get(one.verdict, "")),
                    Cell(*_two(level_text(one.base, one.unit))),
                    Cell(*_two(level_text(one.other, one.unit))),
                    Cell(_chance(one.chance)),
                ],
            )
        )
    columns = [_("difference"), _("verdict"), _("base"), _("plan"), _("chance")]
    note = _(
        "Difference: plan less base, paired future by future; in brackets: not resolved, its interval"
        " contains 0. Chance: share of single futures in which the plan is the better one."
    )
    if left_out:
        note += " " + _("Figures of roles that are exactly the same are left out: {n}.").format(n=left_out)
    return Table(_("Base and plan, figure by figure"), columns, rows, note=note)


def _chance(one: Interval | None) -> str:
    if one is None or one.mean != one.mean:
        return ""
    return f"{100 * one.mean:.0f}% [{100 * one.low:.0f}, {100 * one.high:.0f}]"


def _arrays(ones: Sequence[Interval]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([one.mean for one in ones]),
        np.array([one.low for one in ones]),
        np.array([one.high for one in ones]),
    )


def _cumulative(compared: Compared, plan: Plan) -> Figure | None:
    """What a plan has saved and lost so far, and what is left, on one axis of time."""
    found = [plan.by_month(name) for name in _CUMULATIVE]
    if len(compared.months) < 2 or any(one is None for one in found):
        return None
    series: list[Series] = [one for one in found if one is not None]
    styles = ("one", "two", "four")
    lines = [
        Line(figure_title(one.name), *_arrays(one.apart), style=style)
        for one, style in zip(series, styles, strict=True)
    ]
    caption = _("{plan}: {finding}").format(plan=plan_name(plan.label), finding=gain_finding(plan, compared))
    moments = _crossing(compared, plan)
    chart = Chart(lines, compared.months, compared.currency, caption, moments=moments, zero=True, height=300)
    note = _(
        "Added up from the start, not discounted. Bands: {confidence} confidence interval, n = {n}."
    ).format(confidence=percent(compared.confidence), n=compared.n)
    return figure(chart, caption, note)


def _crossing(compared: Compared, plan: Plan) -> list[Limit]:
    """The month that the picture marks, and the months that it may be."""
    found = plan.crossing
    if found is None or found.month is None or found.kind not in ("loses from", "pays from"):
        return []
    if not crosses_surely(plan):  # a line would say more than the sentences do
        return []
    last = len(compared.months) - 1
    high = found.high if found.high is not None else last
    return [
        Limit(
            float(found.month), crossing_words(compared, plan),
            None if found.low is None else float(found.low), float(high),
        )
    ]  # fmt: skip


def _arr(compared: Compared, plan: Plan) -> Figure | None:
    found = plan.by_month("arr_end")
    if found is None or not found.base or len(compared.months) < 2:
        return None
    lines = [
        Line(plan_name(compared.base_label), *_arrays(found.base), style="one"),
        Line(plan_name(plan.label), *_arrays(found.other), style="two"),
    ]
    caption = arr_finding([plan], compared)
    chart = Chart(lines, compared.months, compared.currency, caption)
    note = _(
        "Expected ARR at the end of each month. Bands: interval of each by itself, n = {n}; what the two have"
        " in common is in both, so that the difference is known far better than that. The axis does not begin"
        " at 0."
    ).format(n=compared.n)
    return figure(chart, caption, note)


def _by_month(compared: Compared, plan: Plan) -> Table:
    series = [one for name in ("arr_end", *_CUMULATIVE) if (one := plan.by_month(name)) is not None]
    rows = []
    for month in month_rows(compared):
        texts = [
            amount_text(one.apart[month], one.unit)
            if one.name in ("saved", "margin_lost")
            else apart_text(one.apart[month], one.unit)
            for one in series
        ]
        rows.append(Row(last_day(compared, month), 0, [Cell(*_two(text)) for text in texts]))
    columns = [_("ARR, expected") if one.name == "arr_end" else figure_title(one.name) for one in series]
    note = _("Cost saved, gross margin lost and what is left are added up from the start, not discounted.")
    return Table(
        _("Difference to the base in the course of time"), columns, rows, first=_("up to"),
        note=note if len(series) > 1 else "",
    )  # fmt: skip


def _strengths(plan: Plan, found: BreakEven, compared: Compared, *, figures: bool) -> Iterator[Part]:
    caption = _("Difference in net present value by the strength of what staffing does to customers")
    if figures and len(found.tried) > 1:
        at = found.at
        moments = []
        if at is not None:
            low, high = (bound if bound == bound else None for bound in (at.low, at.high))
            low = found.tried[0] if low is None else low
            moments = [Limit(at.mean, strength_text(at.mean), low, found.tried[-1] if high is None else high)]
        labels = [strength_text(strength) for strength in found.tried]
        line = Line(_("difference in NPV"), *_arrays(found.net), dots=True)
        chart = Chart(
            [line], labels, compared.currency, caption,
            moments=moments, zero=True, at=found.tried, height=240,
        )  # fmt: skip
        note = _(
            "Difference in net present value by the strength of what staffing does to customers. x0: no"
            " effect; x1: as the scenario says. Bands: 95% confidence interval, n = {n}."
        ).format(n=found.net[0].n)
        yield figure(chart, even_finding(found), note)
    sentence = break_even_sentence(plan)
    if sentence:
        yield Texts([sentence])
    rows = []
    for strength, net in zip(found.tried, found.net, strict=True):
        said = _("no effect") if strength == 0 else _("as the scenario says") if strength == 1 else ""
        figures_ = [Cell(*_two(apart_text(net, compared.currency)))]
        rows.append(Row(strength_text(strength), 0, figures_, note=said))
    yield Folded(caption, [Table(caption, [_("difference in NPV")], rows, first=_("strength"))])


# ---------------------------------------------------------------- the end


def _rests_on(compared: Compared) -> Section:
    titles = {
        "assumed": _("Assumed; nobody has evidence, so change them and see what moves"),
        "published": _("Assumed, with a published source"),
        "fitted": _("Fitted to your own records"),
        "given": _("Given in the file"),
        "setting": _("Settings: what the work is, not how the world answers it"),
    }
    parts: list[Part] = []
    if compared.costs:
        parts.append(
            Texts(
                [
                    _("Gross margin {margin} of revenue, discount rate {discount} a year.").format(
                        margin=percent(compared.gross_margin), discount=percent(compared.discount)
                    )
                ]
            )
        )
    for standing, title in titles.items():
        those = [in_words(one) for one in compared.basis if one.standing == standing]
        if those:
            rows = [(one.key, one.meaning, one.value, file_only(one.source)) for one in those]
            table = assumption_table(title, rows)
            open_ = standing in ("assumed", "published", "fitted")
            parts.append(table if open_ else Folded(f"{title} ({len(those)})", [table]))
    lead = _(
        "No published study measures how coverage moves retention. What stands here decides the result;"
        " what is assumed is no evidence."
    )
    return Section("assumptions", _("What this rests on"), parts, lead)


def _methods(compared: Compared) -> Section:
    return Section("methods", _("How it was computed"), [Texts(list(compare_legend(compared)))])
