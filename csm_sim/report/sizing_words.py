"""The answer of a sizing in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.report.wording import aim_text, money, number, percent

if TYPE_CHECKING:
    from csm_sim.analysis.paired import Interval
    from csm_sim.analysis.sizing import Confirmed, Shown, Sized
    from csm_sim.analysis.sizing_profit import Hire, Profit
    from csm_sim.analysis.sizing_question import Wanted

WORDS: Final = {
    "on_time": "planned work on time",
    "sla": "tickets that meet their targets",
    "utilisation_p90": "utilisation that 9 of 10 people stay under",
    "arr_lost": "ARR lost in a year",
    "first_value": "time to first value",
    "cost": "cost of a year",
}
"""Targets as a reader knows them."""

SHORT: Final = {
    "on_time": "on time",
    "sla": "tickets in target",
    "utilisation_p90": "busy, P90",
    "arr_lost": "ARR lost a year",
    "first_value": "first value",
}
"""The same in tables."""


def people(names: Sequence[str], point: Sequence[int]) -> str:
    """``9 csm and 6 support``."""
    parts = [f"{count} {name}" for name, count in zip(names, point, strict=True)]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def aim_of(wanted: Wanted) -> str:
    """``at least 95%``."""
    return aim_text(wanted.goal.at_least, wanted.level, wanted.goal.unit, wanted.chance)


def tolerance_of(wanted: Wanted) -> str:
    """``1%``, ``2 days``."""
    if wanted.goal.unit == "share" or wanted.chance is not None:
        return percent(wanted.tolerance)
    return f"{wanted.tolerance:g} days"


def value(wanted: Wanted, mean: float, half: float) -> str:
    """A figure with the unit of the target."""
    if wanted.goal.unit == "share" or wanted.chance is not None:
        return percent(mean, half)
    return f"{number(mean)} days"


def interval(wanted: Wanted, one: Interval) -> str:
    """``93.9% [93.5%, 94.2%]``."""
    if one.mean == float("inf"):
        return "never"
    half = one.half_width
    text = value(wanted, one.mean, half)
    if not half > 0:
        return text
    return f"{text} [{value(wanted, one.low, half)}, {value(wanted, one.high, half)}]"


def sentences(sized: Sized, currency: str, simulated: int) -> Iterator[str]:
    """The answer, the most important first."""
    names = sized.question.names
    who = people(names, sized.answer)
    sure = percent(sized.question.confidence)
    if sized.left_out:
        yield from _infeasible(sized, who, sure)
    elif sized.proven:
        yield f"{who}: the cheapest team that meets all targets, with a confidence of {sure}."
    else:
        yield (
            f"{who} meet all targets; whether a cheaper team does is open: {len(sized.tried)} points were"
            " tried, and no more are. Narrower bounds (sizing.roles) need fewer."
        )
    if len(sized.left_out) < len(sized.question.targets):
        yield from _fewer(sized)
    if sized.cost is not None:
        yield f"{_cost(sized, currency)} {_points(sized, simulated)}"
    else:
        yield _points(sized, simulated)


def _infeasible(sized: Sized, who: str, sure: str) -> Iterator[str]:
    assert sized.at_most is not None
    top = people(sized.question.names, sized.at_most.point)
    shown = {one.wanted.key: one for one in sized.at_most.shown}
    missed = "; ".join(
        f"{WORDS[key]} is {interval(shown[key].wanted, shown[key].interval)}, and is to be"
        f" {aim_of(shown[key].wanted)}"
        for key in sized.left_out
    )
    yield f"No team within the bounds meets all targets (confidence {sure}). Even with {top} {missed}."
    if len(sized.left_out) == len(sized.question.targets):
        yield f"Not one of the targets is met there; {who} are the most people that were allowed."
    else:
        yield f"{who} are the cheapest team that meets the other targets."


def _fewer(sized: Sized) -> Iterator[str]:
    for role in sized.question.roles:
        place = sized.question.names.index(role.name)
        one = sized.fewer.get(role.name)
        if one is None:
            yield f"{role.name}: {sized.answer[place]} is the fewest that was allowed."
            continue
        count = one.point[place]
        blocks = [block for block in one.blocks if block.wanted.key not in sized.left_out]
        if not blocks:
            yield (
                f"With {count} {role.name} all targets look met as well on futures that the search has not"
                f" seen: {_nearest(one, sized.left_out)}."
            )
            continue
        also = f" (also missed: {', '.join(WORDS[b.wanted.key] for b in blocks[1:])})" if blocks[1:] else ""
        near = all(block.within_tolerance for block in blocks)
        may = f"; that is within the tolerance, so {count} may be enough" if near else ""
        yield f"With {count} {role.name} {fall(blocks[0])}{also}{may}."


def fall(one: Shown) -> str:
    """``planned work on time falls to 93.9% [93.5%, 94.2%]``."""
    wanted = one.wanted
    what = WORDS[wanted.key]
    if wanted.chance is not None:
        side = "at least" if wanted.goal.at_least else "at most"
        level = aim_of(wanted).removeprefix(f"{side} ").partition(",")[0]
        what = SHORT[wanted.key]
        return f"the chance of {side} {level} {what} falls to {interval(wanted, one.interval)}"
    verb = "falls" if wanted.goal.at_least else "rises"
    return f"{what} {verb} to {interval(wanted, one.interval)}"


def _nearest(one: Confirmed, left_out: Sequence[str]) -> str:
    """The target that is met by least, in tolerances."""

    def room(shown: Shown) -> float:
        wanted = shown.wanted
        level = wanted.level if wanted.chance is None else wanted.chance
        return abs(shown.interval.mean - level) / wanted.tolerance

    nearest = min((shown for shown in one.shown if shown.wanted.key not in left_out), key=room)
    return (
        f"{WORDS[nearest.wanted.key]} is {interval(nearest.wanted, nearest.interval)}, which the search took"
        f" for less than wanted ({aim_of(nearest.wanted)})"
    )


def _cost(sized: Sized, currency: str) -> str:
    question = sized.question
    assert sized.cost is not None
    now = sum(role.cost * role.now for role in question.roles)
    then = people(question.names, [role.now for role in question.roles])
    text = f"Cost: {money(sized.cost, currency)} a year{'' if question.all_roles else ' for these roles'}"
    if tuple(role.now for role in question.roles) == sized.answer:
        text += ", the team of today"
    else:
        text += f" ({then} of today: {money(now, currency)})"
    if question.most_cost is not None:
        over = sized.confirmed.payroll > question.most_cost * (1 + 1e-9)
        what = "more than" if over else "within"
        text += f", with all roles {money(sized.confirmed.payroll, currency)}: {what} the target of"
        text += f" {money(question.most_cost, currency)}"
        if over:
            text += "; no team meets that target and the others"
    return f"{text}."


def _points(sized: Sized, simulated: int) -> str:
    allowed = f" of at most {sized.allowed_points}" if not sized.left_out else ""
    return f"{len(sized.tried)} points tried{allowed}, {simulated:,} futures simulated."


def profit_sentences(profit: Profit, sized: Sized, currency: str) -> Iterator[str]:
    """Where the next hire stops paying for itself, by role."""
    for role in sized.question.roles:
        hires = [hire for hire in profit.hires if hire.role == role.name]
        if hires:
            yield f"{role.name}: {_of_role(hires, currency)}"


def _of_role(hires: Sequence[Hire], currency: str) -> str:
    paying = [hire for hire in hires if hire.pays == "yes"]
    first = next((hire for hire in hires if hire.pays != "yes" and hire.number > _last(paying)), None)
    parts = [f"the {ordinal(paying[-1].number)} pays for itself"] if paying else []
    if first is not None:
        what = "does not" if first.pays == "no" else "may or may not (not resolved)"
        kept = f"keeps {_money(first.kept, currency)} of ARR and costs {money(first.cost, currency)}"
        parts.append(f"the {ordinal(first.number)} {what}: it {kept} over the horizon")
    elif paying:
        parts.append("no more were looked at")
    return "; ".join(parts) + "."


def _last(paying: Sequence[Hire]) -> int:
    return paying[-1].number if paying else -1


def _money(one: Interval, currency: str) -> str:
    half = one.half_width
    low, high = (money(end, currency, half) for end in (one.low, one.high))
    return f"{money(one.mean, currency, half)} [{low}, {high}]"


def ordinal(count: int) -> str:
    """A number in order.

    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"
