"""What planned work is worth → what ``csm-sim value`` prints, as text, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.analysis.key_people import resolved
from csm_sim.language import N_, _
from csm_sim.report.differences import bounds, difference, few_futures, span_of, triple
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.tables import csv_text
from csm_sim.report.wording import joined, listed, plain_name, value_of, with_half_width, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.estimates import Estimate
    from csm_sim.analysis.value import WorkValue, Worth

_LEGEND: Final = N_(
    "protects: net ARR (churn and contraction less price, expansion, upsell and cross-sell, each as its"
    " chance times its amount) that is expected to be lost in addition if nobody gets the playbook. The same"
    " luck with and without; the time that it took is free for other work then, and that is part of the"
    " answer. "
    "if never late: ARR that would be kept besides if its tasks counted as done on time, whenever they are"
    " done; nobody's work changes. "
    "± is half of the 95% interval of the paired difference. In brackets: not resolved, the interval"
    " contains 0. "
    "hours: effort of what is done; cost: of these hours, at the pay of those whose work it is, paid absence"
    " and time without work included; on time, late, missed, overdue at the end: tasks. All of them means."
)

_COLUMNS: Final = {
    "hours": "hours",
    "cost": "cost",
    "on_time": "on_time",
    "late": "late",
    "missed": "missed",
    "overdue_at_end": "overdue",
    "arr_protected": "protects",
    "arr_protected_per_hour": "per_hour",
    "arr_protected_per_cost": "roi",
    "arr_added_if_never_late": "never_late",
}
"""Columns of the table, and the field of Worth in each."""

_ADVICE: Final = {
    "cut first": N_("cut first"),
    "costs more": N_("costs more"),
    "never cut": N_("never cut"),
    "not resolved": N_("not resolved"),
    "no work": N_("never came up"),
}


def value_report(found: WorkValue, name: str, *, width: int, colour: bool) -> str:
    """The answer as text.

    Parameters
    ----------
    found
        The answer.
    name
        Of the scenario.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    """
    page = Page(width, colour=colour)
    about = _("value of work over {horizon}, seed {seed}, n = {n} simulated futures each").format(
        horizon=span_of(found.days), seed=found.seed, n=found.n
    )
    page.add(Text(plain_name(name), style="bold"), Text(about, style="dim"), Text())
    page.add(*(prose(plain_name(line), "bold") for line in first_sentences(found)), Text())
    warnings = list(_warnings(found))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    page.add(_worth_table(found), Text(), _work_table(found))
    page.section(_("Notes"), bullets("-", _notes(found)))
    page.section(_("How to read this"), prose(_(_LEGEND)))
    return page.text()


def first_sentences(found: WorkValue) -> list[str]:
    """What to cut first, and what never to cut."""
    cut = [work for work in found.works if found.verdict(work) == "cut first"]
    kept = [work for work in reversed(found.works) if found.verdict(work) == "never cut"]
    lines = []
    if cut:
        text = _("Cut first: {names}.").format(names=_listed(cut))
        lines.append(joined([text, _reason(cut[0], alone=len(cut) == 1)]))
    if kept:
        text = _("Never cut: {names}.").format(names=_listed(kept))
        lines.append(joined([text, _reason(kept[0], alone=len(kept) == 1)]))
    if not lines and any(found.verdict(work) == "costs more" for work in found.works):
        lines.append(_("Every playbook that can be told protects ARR, but less than it costs."))
    if not lines:
        lines.append(
            _(
                "What any playbook protects cannot be told from what it costs: nothing can be said of what to"
                " cut, or to keep."
            )
            if found.by_cost
            else _(
                "What any playbook protects cannot be told from nothing: nothing can be said of what to cut,"
                " or to keep."
            )
        )
    return lines


def _listed(works: list[Worth]) -> str:
    names = listed(work.name for work in works[:3])
    if len(works) <= 3:
        return names
    return _("{names} and {n} more").format(names=names, n=len(works) - 3)


def _reason(work: Worth, *, alone: bool) -> str:
    one = work.protects
    takes = _("takes {hours} h of work").format(hours=value_of(work.hours))
    if work.cost is not None:
        takes = _("takes {hours} h of work for {cost}").format(
            hours=value_of(work.hours), cost=value_of(work.cost)
        )
    which = _("It {takes}") if alone else _("The first of them {takes}")
    sentence = which.format(takes=takes)
    if one.mean == 0 and one.half_width == 0:
        return _("{sentence} and protects nothing.").format(sentence=sentence)
    if one.mean < 0:
        less = replace(one, mean=-one.mean, low=-one.high, high=-one.low)
        text = _("{sentence}, and {amount} less of net ARR would be lost without it.")
        return text.format(sentence=sentence, amount=with_interval(less))
    text = _("{sentence} and protects {amount} of net ARR.")
    return text.format(sentence=sentence, amount=with_interval(one))


def _worth_table(found: WorkValue) -> Table:
    rate = _("ARR per cost") if found.by_cost else _("an hour")
    table = new_table([_("protects"), rate, _("if never late"), _("so")], first=_("playbook"))
    for work in found.works:
        verdict = found.verdict(work)
        cells = [difference(work.protects), _rate(work, by_cost=found.by_cost), difference(work.never_late)]
        style = {"never cut": "bold", "no work": "dim"}.get(verdict, "")
        row = [*(Text(cell) for cell in cells), Text(_(_ADVICE[verdict]), style=style)]
        table.add_row(Text(plain_name(work.name), style=style), *row)
    return table


def _rate(work: Worth, *, by_cost: bool) -> str:
    rate = work.roi if by_cost else work.per_hour
    if rate is None:
        return "-"
    if rate.mean == 0 and rate.half_width == 0:
        return "0"
    text = with_half_width(rate)
    return text if resolved(rate) else f"({text})"


def _work_table(found: WorkValue) -> Table:
    costs = any(work.cost is not None for work in found.works)
    columns = [_("hours"), *([_("cost")] if costs else []), _("on time"), _("late"), _("missed")]
    table = new_table([*columns, _("overdue")], first=_("what it takes"))
    for work in found.works:
        cells = [value_of(work.hours)]
        if costs:
            cells.append("-" if work.cost is None else value_of(work.cost))
        cells += [value_of(one) for one in (work.on_time, work.late, work.missed, work.overdue)]
        table.add_row(Text(plain_name(work.name)), *(Text(cell) for cell in cells))
    return table


def _warnings(found: WorkValue) -> Iterator[str]:
    yield from few_futures(found.n, "20")
    if not found.silence:
        yield _(
            "health.silence is not set: an account that nobody touches keeps its engagement, so removing a"
            " touch costs little"
        )
    if found.days < 365:
        yield _(
            "the horizon is {horizon}: contracts that renew later have not been at stake, so work protects"
            " less here than it does"
        ).format(horizon=span_of(found.days))


def _notes(found: WorkValue) -> Iterator[str]:
    k = len(found.works)
    yield (
        _("in order of ARR by cost, what to cut first comes first")
        if found.by_cost
        else _("in order of ARR by the hour, what to cut first comes first")
    )
    if found.by_cost:
        yield _(
            "cut first: no ARR that it protects can be told from 0, and it has a cost; costs more: it"
            " protects some, but less than it costs; never cut: it protects more. ARR is the revenue of one"
            " year, before any margin, and of customers who may stay for several"
        )
    else:
        yield _("cut first: protects nothing, or costs ARR by the time it takes; never cut: protects ARR")
    if k > 1 and found.n > 1:
        yield _(
            "{k} playbooks are compared, so these verdicts are by intervals that hold for all {k} together"
            " (Bonferroni), {times} times as wide as those shown"
        ).format(k=k, times=f"{found.wider:.2f}")
    first = [work.name for work in found.works if work.brings_first_value]
    if first:
        text = _("first value never comes to new accounts without what brings it: {names}")
        yield text.format(names=listed(first))
    for work in found.works:
        if work.takes_along:
            yield _("{name} takes along what comes after it: {names}").format(
                name=work.name, names=listed(work.takes_along)
            )
    people = [work.name for work in found.works if work.per == "person"]
    if people:
        yield _(
            "{names}: people's own work, which reaches no customer; it protects nothing here and takes time"
            " from what does, but may be needed for other reasons"
        ).format(names=listed(people))
    if found.left_out:
        yield _("{n} more playbooks were not looked at").format(n=found.left_out)
    yield _(
        "all of it by the weights, bands and churn rates of the scenario, which are assumptions; values of"
        " several playbooks do not add up"
    )


def value_json(found: WorkValue, name: str) -> dict[str, Any]:
    """The answer as data."""
    return {
        "name": name,
        "days": found.days,
        "seed": found.seed,
        "n": found.n,
        "confidence": 0.95,
        "compared": len(found.works),
        "bonferroni_times_as_wide": found.wider,
        "ranked_by": "arr_per_cost" if found.by_cost else "arr_per_hour",
        "silence_is_set": found.silence,
        "net_arr_lost": bounds(found.lost),
        "playbooks": [_work_json(work, rank, found) for rank, work in enumerate(found.works, start=1)],
    }


def _work_json(work: Worth, rank: int, found: WorkValue) -> dict[str, Any]:
    def told(one: Estimate) -> dict[str, Any]:
        sure = {"resolved": resolved(one), "resolved_together": resolved(one, found.wider)}
        return bounds(one) | sure

    return {
        "playbook": work.name,
        "rank": rank,
        "verdict": found.verdict(work),
        "per": work.per,
        "roles": list(work.roles),
        "hours": bounds(work.hours),
        "cost": None if work.cost is None else bounds(work.cost),
        "tasks": {
            "on_time": bounds(work.on_time),
            "late": bounds(work.late),
            "missed": bounds(work.missed),
            "overdue_at_end": bounds(work.overdue),
        },
        "arr_protected": told(work.protects),
        "arr_protected_per_hour": None if work.per_hour is None else bounds(work.per_hour),
        "arr_protected_per_cost": None if work.roi is None else bounds(work.roi),
        "arr_protected_less_cost": None if work.cost is None else told(work.net),
        "arr_added_if_never_late": told(work.never_late),
        "brings_first_value": work.brings_first_value,
        "takes_along": list(work.takes_along),
    }


def value_csv(found: WorkValue) -> str:
    """A row for each playbook, what to cut first on top; amounts in the currency of the scenario."""
    parts = [f"{column}{end}" for column in _COLUMNS for end in ("", "_low", "_high")]
    header = ["rank", "playbook", "verdict", "per", "roles", "currency", *parts, "n"]
    rows = [
        [
            rank, work.name, found.verdict(work), work.per, " ".join(work.roles), work.protects.unit,
            *(value for field in _COLUMNS.values() for value in triple(getattr(work, field))), found.n,
        ]
        for rank, work in enumerate(found.works, start=1)
    ]  # fmt: skip
    return csv_text(header, rows)
