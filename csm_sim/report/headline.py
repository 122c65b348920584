"""The answer in a few sentences, and where to look next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.analysis.grouping import TICKETS
from csm_sim.language import N_, _, ngettext
from csm_sim.report.wording import (
    kind_name,
    listed,
    money,
    percent,
    plain_name,
    span,
    value_of,
    with_half_width,
    with_interval,
)

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary
    from csm_sim.scenario import Scenario


NOTHING: Final = 0.0001
"""Share of ARR a year below which a loss is not worth a number."""


def headline(summary: Summary, scenario: Scenario) -> list[str]:
    """Sentences for the top of a report, the most important one first."""
    lines = [
        _cost(summary, scenario),
        *_parts_of_cost(summary),
        *_single_future(summary),
        *_people(summary, scenario),
        *_service(summary),
    ]
    return [plain_name(line) for line in lines]


def _cost(summary: Summary, scenario: Scenario) -> str:
    get, n, horizon = summary.estimates.get, summary.n, span(scenario.horizon)
    lost = get("arr_lost_mean_money")
    if lost is None or not summary.customers.revenue:
        on_time = get("on_time_mean_share") or get("resolution_target_share")
        if on_time is None:
            return _("Nothing was planned and no ticket was raised.")
        sentence = (
            _("{share} of planned work is done on time over {horizon} (n = {n}).")
            if on_time.metric.startswith("on_time")
            else _("{share} of tickets meet their target over {horizon} (n = {n}).")
        )
        return sentence.format(share=with_interval(on_time), horizon=horizon, n=n)
    yearly = get("arr_lost_yearly_share")
    if summary.customers.effects_off:
        return _(
            "Effects are off: staffing has no effect on any customer, so it costs no ARR over {horizon}"
            " (n = {n})."
        ).format(horizon=horizon, n=n)
    if lost.mean == 0 and lost.half_width == 0:
        return _("Under-staffing costs no ARR over {horizon} (n = {n}).").format(horizon=horizon, n=n)
    if yearly is not None and abs(yearly.mean) + yearly.half_width < NOTHING:
        return _(
            "Under-staffing costs next to nothing over {horizon}: less than {share} of the ARR a year"
            " (n = {n})."
        ).format(horizon=horizon, share=percent(NOTHING), n=n)
    if not lost.low > 0:
        return _(
            "No ARR lost to under-staffing can be told from chance: {cost} over {horizon} (n = {n})."
        ).format(cost=with_interval(lost), horizon=horizon, n=n)
    if yearly is None:
        return _("Under-staffing costs {cost} of ARR over {horizon} (n = {n}).").format(
            cost=with_interval(lost), horizon=horizon, n=n
        )
    return _(
        "Under-staffing costs {cost} of ARR over {horizon}, {share} of the ARR a year (n = {n})."
    ).format(cost=with_interval(lost), horizon=horizon, share=percent(yearly.mean, yearly.half_width), n=n)


_PARTS: Final = (
    ("churn", N_("{amount} by churn")),
    ("contraction", N_("{amount} by renewals for less")),
    ("growth", N_("{amount} by growth that was not made")),
)


def _parts_of_cost(summary: Summary) -> list[str]:
    """What the cost is made of, where it is more than churn and can be told from nothing."""
    get, whole = summary.estimates.get, summary.estimates.get("arr_lost_mean_money")
    if whole is None or not whole.low > 0 or not summary.customers.changes:
        return []
    found = [(what, get(f"arr_lost_{part}_mean_money")) for part, what in _PARTS]
    parts = [_(what).format(amount=with_half_width(one)) for what, one in found if one is not None]
    return [_("Of it {parts}.").format(parts=listed(parts))] if parts else []


def _single_future(summary: Summary) -> list[str]:
    counted = summary.estimates.get("arr_lost_counted_mean_money")
    if counted is None or counted.run_low != counted.run_low:
        return []
    low, high = (
        money(value, counted.unit, counted.half_width) for value in (counted.run_low, counted.run_high)
    )
    if counted.mean > counted.run_high:
        return [
            _(
                "A single future differs: 9 in 10 of them lose at most {high} of ARR, a few lose large"
                " accounts and make the mean."
            ).format(high=high)
        ]
    if counted.run_low == counted.run_high:
        return []
    return [
        _("A single future differs: in 8 of 10 of them the ARR lost lies between {low} and {high}.").format(
            low=low, high=high
        )
    ]


def _people(summary: Summary, scenario: Scenario) -> list[str]:
    get, lines = summary.estimates.get, []
    for role in scenario.staff:
        of = scope(role=role)
        needed, there = get("needed_mean_people", of), get("present_mean_people", of)
        headroom, busy = get("needed_headroom_mean_people", of), get("utilisation_mean_share", of)
        if needed is None or there is None or headroom is None or needed.mean == 0:
            continue
        short = _shortness(needed, available(summary, of) or there, headroom)
        line = _(
            "{role}: {short}. The work fills {needed} people, or {headroom} who are busy {busy} of their"
            " time; {there}."
        ).format(
            role=role,
            short=short,
            needed=with_half_width(needed),
            headroom=value_of(headroom),
            busy=percent(summary.utilisation),
            there=_there(summary, of, there),
        )
        if busy is not None:
            line += _(" They are busy {share}.").format(share=with_half_width(busy))
        lines.append(line)
    return lines


def available(summary: Summary, of: str) -> Estimate | None:
    """People at full speed whom those here are worth; those here where all of them are at full speed."""
    get = summary.estimates.get
    return get("available_mean_people", of) or get("present_mean_people", of)


def _there(summary: Summary, of: str, there: Estimate) -> str:
    contracted, worth = (
        summary.estimates.get(f"{what}_mean_people", of) for what in ("contracted", "available")
    )
    n, number = 1 if there.mean == 1 else 2, value_of(there)
    same = contracted is None or worth is None or value_of(contracted) == number == value_of(worth)
    if same or contracted is None or worth is None:
        return ngettext("there is {n}", "there are {n}", n).format(n=number)
    here = ngettext(
        "of {contracted} under contract {n} is here", "of {contracted} under contract {n} are here", n
    ).format(contracted=value_of(contracted), n=number)
    if value_of(worth) == number:
        return here
    return _("{here}, worth {worth} at full speed").format(here=here, worth=value_of(worth))


def _shortness(needed: Estimate, there: Estimate, headroom: Estimate) -> str:
    """What the hours say, and no more: whether work is late is told by the lines that follow."""
    if there.mean < needed.low:
        return _("too few for the work itself")
    if there.mean < needed.high:
        return _("hardly enough hours, no slack for peaks")
    if there.mean < headroom.low:
        return _("enough hours, too little slack for peaks")
    if there.mean < headroom.high:
        return _("enough hours, little slack for peaks")
    return _("enough hours, with slack")


def _service(summary: Summary) -> list[str]:
    get, lines = summary.estimates.get, []
    on_time = get("on_time_mean_share")
    if on_time is not None:
        worst = worst_playbook(summary)
        if worst is not None and worst.mean < on_time.mean:
            line = _("Planned work on time: {share}; worst is {name} with {worst}.").format(
                share=with_half_width(on_time), name=kind_name(_name(worst)), worst=with_half_width(worst)
            )
        else:
            line = _("Planned work on time: {share}.").format(share=with_half_width(on_time))
        lines.append(line)
    response, solved = get("first_response_target_share"), get("resolution_target_share")
    parts = [
        what.format(share=with_half_width(found))
        for found, what in (
            (response, _("{share} answered within target")),
            (solved, _("{share} resolved within target")),
            (get("abandoned_mean_share"), _("{share} given up by the customer")),
        )
        if found is not None
    ]
    if parts:
        lines.append(_("Tickets: {parts}.").format(parts=listed(parts)))
    return lines


def _name(estimate: Estimate) -> str:
    return estimate.scope.partition("=")[2]


def worst_playbook(summary: Summary) -> Estimate | None:
    """The on-time share of the playbook where it is lowest."""
    shares = [
        found
        for name in summary.groups.kinds
        if name != TICKETS and (found := summary.estimates.get("on_time_mean_share", scope(playbook=name)))
    ]
    return min(shares, key=lambda one: one.mean, default=None)


def next_steps(summary: Summary, scenario: Scenario) -> list[str]:
    """What a reader should try or look at after these figures, at most five things."""
    get, steps = summary.estimates.get, []
    for role, staff in scenario.staff.items():
        of = scope(role=role)
        there, headroom = available(summary, of), get("needed_headroom_mean_people", of)
        if there and headroom and there.mean < headroom.low:
            key = f"staff.{role}.headcount={staff.headcount + 1}"
            steps.append(_("one more {role}:  --set {key}").format(role=role, key=shlex.quote(key)))
    worst = worst_playbook(summary)
    if worst is not None and worst.mean < 0.95:
        steps.append(
            _("playbook {name}: fewer accounts or steps, later due days, or a higher priority").format(
                name=kind_name(_name(worst))
            )
        )
    lost = [
        found
        for name in scenario.segments
        if (found := get("arr_lost_mean_money", scope(segment=name))) and found.low > 0
    ]
    if len(lost) > 1:
        most = max(lost, key=lambda one: one.mean)
        steps.append(
            _("segment {name}: it bears most of the ARR lost, {amount}").format(
                name=_name(most), amount=with_half_width(most)
            )
        )
    if any(one.verdict == "not resolved" for one in summary.targets):
        steps.append(_("a target is not resolved: more replications narrow the interval (--replications)"))
    steps += _peak(summary, scenario)
    return steps[:5]


def _peak(summary: Summary, scenario: Scenario) -> list[str]:
    """The month in which a role is farthest below what the work takes."""
    get = summary.estimates.get
    found = []
    for role in scenario.staff:
        for month in summary.groups.months:
            of = scope(role=role, month=month)
            needed, there = get("needed_mean_people", of), available(summary, of)
            if needed and there and needed.low > there.mean:
                found.append((needed.mean - there.mean, role, month, needed, there))
    if not found:
        return []
    _short, role, month, needed, there = max(found, key=lambda one: one[0])
    line = ngettext(
        "{month}: the work that opens takes {needed} {role}, and there is {n}",
        "{month}: the work that opens takes {needed} {role}, and there are {n}",
        1 if there.mean == 1 else 2,
    ).format(month=month, needed=with_half_width(needed), role=role, n=value_of(there))
    return [_("{line} at full speed").format(line=line) if role in summary.moving else line]
