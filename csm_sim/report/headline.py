"""The answer in a few sentences, and where to look next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.analysis.grouping import TICKETS
from csm_sim.report.wording import money, percent, plain_name, value_of, with_half_width, with_interval

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
    get = summary.estimates.get
    lost = get("arr_lost_mean_money")
    if lost is None or not summary.customers.revenue:
        on_time = get("on_time_mean_share") or get("resolution_target_share")
        if on_time is None:
            return "Nothing was planned and no ticket was raised."
        what = (
            "planned work is done on time"
            if on_time.metric.startswith("on_time")
            else "tickets meet their target"
        )
        return f"{with_interval(on_time)} of {what} over {scenario.horizon} (n = {summary.n})."
    yearly = get("arr_lost_yearly_share")
    share = f", {percent(yearly.mean, yearly.half_width)} of the ARR a year" if yearly else ""
    if summary.customers.effects_off:
        return (
            f"Effects are off: staffing has no effect on any customer, so it costs no ARR over"
            f" {scenario.horizon} (n = {summary.n})."
        )
    if lost.mean == 0 and lost.half_width == 0:
        return f"Under-staffing costs no ARR over {scenario.horizon} (n = {summary.n})."
    if yearly is not None and abs(yearly.mean) + yearly.half_width < NOTHING:
        return (
            f"Under-staffing costs next to nothing over {scenario.horizon}: less than {percent(NOTHING)}"
            f" of the ARR a year (n = {summary.n})."
        )
    if lost.low > 0:
        cost = f"{with_interval(lost)} of ARR over {scenario.horizon}{share}"
        return f"Under-staffing costs {cost} (n = {summary.n})."
    return (
        f"No ARR lost to under-staffing can be told from chance: {with_interval(lost)}"
        f" over {scenario.horizon} (n = {summary.n})."
    )


_PARTS: Final = (
    ("churn", "churn"),
    ("contraction", "renewals for less"),
    ("growth", "growth that was not made"),
)


def _parts_of_cost(summary: Summary) -> list[str]:
    """What the cost is made of, where it is more than churn and can be told from nothing."""
    get, whole = summary.estimates.get, summary.estimates.get("arr_lost_mean_money")
    if whole is None or not whole.low > 0 or not summary.customers.changes:
        return []
    found = [(what, get(f"arr_lost_{part}_mean_money")) for part, what in _PARTS]
    parts = [f"{with_half_width(one)} by {what}" for what, one in found if one is not None]
    return [f"Of it {', '.join(parts)}."] if parts else []


def _single_future(summary: Summary) -> list[str]:
    counted = summary.estimates.get("arr_lost_counted_mean_money")
    if counted is None or counted.run_low != counted.run_low:
        return []
    low, high = (
        money(value, counted.unit, counted.half_width) for value in (counted.run_low, counted.run_high)
    )
    if counted.mean > counted.run_high:
        return [
            f"A single future differs: 9 in 10 of them lose at most {high} of ARR, a few lose large accounts"
            " and make the mean."
        ]
    if counted.run_low == counted.run_high:
        return []
    return [f"A single future differs: in 8 of 10 of them the ARR lost lies between {low} and {high}."]


def _people(summary: Summary, scenario: Scenario) -> list[str]:
    get, lines = summary.estimates.get, []
    for role in scenario.staff:
        of = scope(role=role)
        needed, there = get("needed_mean_people", of), get("present_mean_people", of)
        headroom, busy = get("needed_headroom_mean_people", of), get("utilisation_mean_share", of)
        if needed is None or there is None or headroom is None or needed.mean == 0:
            continue
        short = _shortness(needed, available(summary, of) or there, headroom)
        line = (
            f"{role}: {short}. The work fills {with_half_width(needed)} people, or"
            f" {value_of(headroom)} who are busy {percent(summary.utilisation)} of their time;"
            f" {_there(summary, of, there)}."
        )
        if busy is not None:
            line += f" They are busy {with_half_width(busy)}."
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
    verb = "is" if there.mean == 1 else "are"
    if contracted is None or worth is None:
        return f"there {verb} {value_of(there)}"
    if value_of(contracted) == value_of(there) == value_of(worth):
        return f"there {verb} {value_of(there)}"
    here = f"of {value_of(contracted)} under contract {value_of(there)} {verb} here"
    return here if value_of(worth) == value_of(there) else f"{here}, worth {value_of(worth)} at full speed"


def _shortness(needed: Estimate, there: Estimate, headroom: Estimate) -> str:
    """What the hours say, and no more: whether work is late is told by the lines that follow."""
    if there.mean < needed.low:
        return "too few for the work itself"
    if there.mean < needed.high:
        return "hardly enough hours, no slack for peaks"
    if there.mean < headroom.low:
        return "enough hours, too little slack for peaks"
    if there.mean < headroom.high:
        return "enough hours, little slack for peaks"
    return "enough hours, with slack"


def _service(summary: Summary) -> list[str]:
    get, lines = summary.estimates.get, []
    on_time = get("on_time_mean_share")
    if on_time is not None:
        worst = worst_playbook(summary)
        tail = ""
        if worst is not None and worst.mean < on_time.mean:
            tail = f"; worst is {_name(worst)} with {with_half_width(worst)}"
        lines.append(f"Planned work on time: {with_half_width(on_time)}{tail}.")
    response, solved = get("first_response_target_share"), get("resolution_target_share")
    parts = [
        f"{with_half_width(found)} {what}"
        for found, what in (
            (response, "answered within target"),
            (solved, "resolved within target"),
            (get("abandoned_mean_share"), "given up by the customer"),
        )
        if found is not None
    ]
    if parts:
        lines.append(f"Tickets: {', '.join(parts)}.")
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
            steps.append(f"one more {role}:  --set {shlex.quote(key)}")
    worst = worst_playbook(summary)
    if worst is not None and worst.mean < 0.95:
        steps.append(
            f"playbook {_name(worst)}: fewer accounts or steps, later due days, or a higher priority"
        )
    lost = [
        found
        for name in scenario.segments
        if (found := get("arr_lost_mean_money", scope(segment=name))) and found.low > 0
    ]
    if len(lost) > 1:
        most = max(lost, key=lambda one: one.mean)
        steps.append(f"segment {_name(most)}: it bears most of the ARR lost, {with_half_width(most)}")
    if any(one.verdict == "not resolved" for one in summary.targets):
        steps.append("a target is not resolved: more replications narrow the interval (--replications)")
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
    _, role, month, needed, there = max(found, key=lambda one: one[0])
    work = f"the work that opens takes {with_half_width(needed)} {role}"
    worth = " at full speed" if role in summary.moving else ""
    return [f"{month}: {work}, and there {'is' if there.mean == 1 else 'are'} {value_of(there)}{worth}"]
