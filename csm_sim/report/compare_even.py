"""Break-even in a sentence: how strongly staffing must act on customers for a plan to lose money."""

from __future__ import annotations

from itertools import pairwise

from csm_sim.analysis.compared import BreakEven, Plan
from csm_sim.language import _


def strength_text(value: float) -> str:
    """A strength as a scenario has it: ``x0.44``."""
    return f"x{value:.2g}"


def break_even_sentence(plan: Plan) -> str:
    """How strongly staffing must act on customers for a plan to lose money; empty where not asked."""
    found = plan.break_even
    if found is None:
        return ""
    if found.at is None:
        return _beyond(found)
    at = found.at
    low = f"{at.low:.2g}" if at.low == at.low else _("below {x}").format(x=f"{found.tried[0]:.2g}")
    high = f"{at.high:.2g}" if at.high == at.high else _("above {x}").format(x=f"{found.tried[-1]:.2g}")
    between = _("{value} [{low}, {high}]").format(value=f"{at.mean:.2g}", low=low, high=high)
    signs = [one.mean > 0 for one in found.net if one.mean != 0]
    if sum(one != other for one, other in pairwise(signs)) > 1:
        return _(
            "Break-even: the first is at {strength} times the effect of staffing on customers that the"
            " scenario assumes; with more, gain and loss change places again."
        ).format(strength=between)
    beyond = [one.mean for one, tried in zip(found.net, found.tried, strict=True) if tried > at.mean]
    if not beyond or beyond[0] < 0:
        return _(
            "Break-even: it loses money if staffing acts on customers more than {strength} times as strongly"
            " as the scenario assumes, and gains below that."
        ).format(strength=between)
    return _(
        "Break-even: it gains money if staffing acts on customers more than {strength} times as strongly as"
        " the scenario assumes, and loses below that."
    ).format(strength=between)


def _beyond(found: BreakEven) -> str:
    """The sentence of a break-even that lies outside of what was tried."""
    # plans that cost the same do not differ without any effect: that strength tells nothing
    from_ = 1 if found.net[0].nothing else 0
    net, tried = found.net[from_:], found.tried[from_:]
    ahead, surely = net[0].mean > 0, all(one.resolved for one in net)
    if ahead and surely:
        text = _(
            "No break-even: at every strength of the effect of staffing tried, {low} to {high}, it gains"
            " money."
        )
    elif ahead:
        text = _(
            "No break-even: on average it gains money at every strength of the effect of staffing tried,"
            " {low} to {high}, but not at all of them for sure."
        )
    elif surely and from_ == 0:
        text = _(
            "No break-even: at every strength of the effect of staffing tried, {low} to {high}, it loses"
            " money; even if lateness cost no customer."
        )
    elif surely:
        text = _(
            "No break-even: at every strength of the effect of staffing tried, {low} to {high}, it loses"
            " money."
        )
    else:
        text = _(
            "No break-even: on average it loses money at every strength of the effect of staffing tried,"
            " {low} to {high}, but not at all of them for sure."
        )
    return text.format(low=strength_text(tried[0]), high=strength_text(tried[-1]))
