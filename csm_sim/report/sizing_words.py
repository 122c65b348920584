"""The answer of a sizing in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from csm_sim.language import N_, _, current
from csm_sim.report.wording import aim_text, joined, listed, money, number, percent

if TYPE_CHECKING:
    from csm_sim.analysis.paired import Interval
    from csm_sim.analysis.sizing import Confirmed, Shown, Sized
    from csm_sim.analysis.sizing_profit import Hire, Profit
    from csm_sim.analysis.sizing_question import Wanted

WORDS: Final = {
    "on_time": N_("planned work on time"),
    "sla": N_("tickets that meet their targets"),
    "utilisation_p90": N_("utilisation that 9 of 10 people stay under"),
    "arr_lost": N_("ARR lost in a year"),
    "first_value": N_("time to first value"),
    "cost": N_("cost of a year"),
}
"""Targets as a reader knows them."""

SHORT: Final = {
    "on_time": N_("on time"),
    "sla": N_("tickets in target"),
    "utilisation_p90": N_("busy, P90"),
    "arr_lost": N_("ARR lost a year"),
    "first_value": N_("first value"),
}
"""The same in tables."""


def people(names: Sequence[str], point: Sequence[int]) -> str:
    """``9 csm and 6 support``."""
    parts = [
        _("{count} {role}").format(count=count, role=name) for name, count in zip(names, point, strict=True)
    ]
    if len(parts) == 1:
        return parts[0]
    return _("{parts} and {last}").format(parts=listed(parts[:-1]), last=parts[-1])


def aim_of(wanted: Wanted) -> str:
    """``at least 95%``."""
    return aim_text(wanted.goal.at_least, wanted.level, wanted.goal.unit, wanted.chance)


def tolerance_of(wanted: Wanted) -> str:
    """``1%``, ``2 days``."""
    if wanted.goal.unit == "share" or wanted.chance is not None:
        return percent(wanted.tolerance)
    return _("{n} days").format(n=f"{wanted.tolerance:g}")


def value(wanted: Wanted, mean: float, half: float) -> str:
    """A figure with the unit of the target."""
    if wanted.goal.unit == "share" or wanted.chance is not None:
        return percent(mean, half)
    return _("{n} days").format(n=number(mean))


def interval(wanted: Wanted, one: Interval) -> str:
    """``93.9% [93.5%, 94.2%]``."""
    if one.mean == float("inf"):
        return _("never")
    half = one.half_width
    text = value(wanted, one.mean, half)
    if not half > 0:
        return text
    low, high = value(wanted, one.low, half), value(wanted, one.high, half)
    return _("{value} [{low}, {high}]").format(value=text, low=low, high=high)


def sentences(sized: Sized, currency: str, simulated: int) -> Iterator[str]:
    """The answer, the most important first."""
    names = sized.question.names
    who = people(names, sized.answer)
    sure = percent(sized.question.confidence)
    if sized.left_out:
        yield from _infeasible(sized, who, sure)
    elif sized.proven:
        yield _("{team}: the cheapest team that meets all targets, with a confidence of {share}.").format(
            team=who, share=sure
        )
    else:
        yield _(
            "{team} meet all targets; whether a cheaper team does is open: {n} points were tried, and no"
            " more are. Narrower bounds (sizing.roles) need fewer."
        ).format(team=who, n=len(sized.tried))
    if len(sized.left_out) < len(sized.question.targets):
        yield from _fewer(sized)
    if sized.cost is not None:
        yield joined([_cost(sized, currency), _points(sized, simulated)])
    else:
        yield _points(sized, simulated)


def _infeasible(sized: Sized, who: str, sure: str) -> Iterator[str]:
    assert sized.at_most is not None
    top = people(sized.question.names, sized.at_most.point)
    shown = {one.wanted.key: one for one in sized.at_most.shown}
    missed = _("; ").join(
        _("{what} is {interval}, and is to be {aim}").format(
            what=_(WORDS[key]),
            interval=interval(shown[key].wanted, shown[key].interval),
            aim=aim_of(shown[key].wanted),
        )
        for key in sized.left_out
    )
    yield _(
        "No team within the bounds meets all targets (confidence {share}). Even with {team} {missed}."
    ).format(share=sure, team=top, missed=missed)
    if len(sized.left_out) == len(sized.question.targets):
        yield _("Not one of the targets is met there; {team} are the most people that were allowed.").format(
            team=who
        )
    else:
        yield _("{team} are the cheapest team that meets the other targets.").format(team=who)


def _fewer(sized: Sized) -> Iterator[str]:
    for role in sized.question.roles:
        place = sized.question.names.index(role.name)
        one = sized.fewer.get(role.name)
        if one is None:
            yield _("{role}: {n} is the fewest that was allowed.").format(
                role=role.name, n=sized.answer[place]
            )
            continue
        count = one.point[place]
        blocks = [block for block in one.blocks if block.wanted.key not in sized.left_out]
        if not blocks:
            yield _(
                "With {n} {role} all targets look met as well on futures that the search has not seen:"
                " {nearest}."
            ).format(n=count, role=role.name, nearest=_nearest(one, sized.left_out))
            continue
        line = _("With {n} {role} {falls}").format(n=count, role=role.name, falls=fall(blocks[0]))
        if blocks[1:]:
            others = listed(_(WORDS[block.wanted.key]) for block in blocks[1:])
            line += _(" (also missed: {targets})").format(targets=others)
        if all(block.within_tolerance for block in blocks):
            line += _("; that is within the tolerance, so {n} may be enough").format(n=count)
        yield _("{sentence}.").format(sentence=line)


def fall(one: Shown) -> str:
    """``planned work on time falls to 93.9% [93.5%, 94.2%]``."""
    wanted = one.wanted
    found = interval(wanted, one.interval)
    if wanted.chance is not None:
        aim = aim_text(wanted.goal.at_least, wanted.level, wanted.goal.unit)
        text = _("the chance of {aim} {what} falls to {interval}")
        return text.format(aim=aim, what=_(SHORT[wanted.key]), interval=found)
    text = _("{what} falls to {interval}") if wanted.goal.at_least else _("{what} rises to {interval}")
    return text.format(what=_(WORDS[wanted.key]), interval=found)


def _nearest(one: Confirmed, left_out: Sequence[str]) -> str:
    """The target that is met by least, in tolerances."""

    def room(shown: Shown) -> float:
        wanted = shown.wanted
        level = wanted.level if wanted.chance is None else wanted.chance
        return abs(shown.interval.mean - level) / wanted.tolerance

    nearest = min((shown for shown in one.shown if shown.wanted.key not in left_out), key=room)
    return _("{what} is {interval}, which the search took for less than wanted ({aim})").format(
        what=_(WORDS[nearest.wanted.key]),
        interval=interval(nearest.wanted, nearest.interval),
        aim=aim_of(nearest.wanted),
    )


def _cost(sized: Sized, currency: str) -> str:
    question = sized.question
    assert sized.cost is not None
    now = sum(role.cost * role.now for role in question.roles)
    then = people(question.names, [role.now for role in question.roles])
    whole = _("Cost: {cost} a year") if question.all_roles else _("Cost: {cost} a year for these roles")
    text = whole.format(cost=money(sized.cost, currency))
    if tuple(role.now for role in question.roles) == sized.answer:
        text += _(", the team of today")
    else:
        text += _(" ({team} of today: {cost})").format(team=then, cost=money(now, currency))
    if question.most_cost is not None:
        over = sized.confirmed.payroll > question.most_cost * (1 + 1e-9)
        side = (
            _(", with all roles {cost}: more than the target of {target}; no team meets that target and the"
              " others")
            if over
            else _(", with all roles {cost}: within the target of {target}")
        )  # fmt: skip
        text += side.format(
            cost=money(sized.confirmed.payroll, currency), target=money(question.most_cost, currency)
        )
    return _("{sentence}.").format(sentence=text)


def _points(sized: Sized, simulated: int) -> str:
    tried, futures = len(sized.tried), f"{simulated:,}"
    if sized.left_out:
        return _("{n} points tried, {futures} futures simulated.").format(n=tried, futures=futures)
    return _("{n} points tried of at most {most}, {futures} futures simulated.").format(
        n=tried, most=sized.allowed_points, futures=futures
    )


def profit_sentences(profit: Profit, sized: Sized, currency: str) -> Iterator[str]:
    """Where the next hire stops paying for itself, by role."""
    for role in sized.question.roles:
        hires = [hire for hire in profit.hires if hire.role == role.name]
        if hires:
            yield f"{role.name}: {_of_role(hires, currency)}"


def _of_role(hires: Sequence[Hire], currency: str) -> str:
    paying = [hire for hire in hires if hire.pays == "yes"]
    first = next((hire for hire in hires if hire.pays != "yes" and hire.number > _last(paying)), None)
    parts = [_("the {nth} pays for itself").format(nth=ordinal(paying[-1].number))] if paying else []
    if first is not None:
        text = (
            _("the {nth} does not: it keeps {kept} of ARR and costs {cost} over the horizon")
            if first.pays == "no"
            else _("the {nth} may or may not (not resolved): it keeps {kept} of ARR and costs {cost} over the"
                   " horizon")
        )  # fmt: skip
        parts.append(
            text.format(
                nth=ordinal(first.number), kept=_money(first.kept, currency), cost=money(first.cost, currency)
            )
        )
    elif paying:
        parts.append(_("no more were looked at"))
    return _("{sentence}.").format(sentence=_("; ").join(parts))


def _last(paying: Sequence[Hire]) -> int:
    return paying[-1].number if paying else -1


def _money(one: Interval, currency: str) -> str:
    half = one.half_width
    low, high = (money(end, currency, half) for end in (one.low, one.high))
    return _("{value} [{low}, {high}]").format(value=money(one.mean, currency, half), low=low, high=high)


def ordinal(count: int) -> str:
    """A number in order.

    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    if current() != "en":
        return _("no. {n}").format(n=count)
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"
