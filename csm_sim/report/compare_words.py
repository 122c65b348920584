"""A comparison in sentences, made from its numbers.

They change when a difference changes its sign, or when its interval comes to hold 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from csm_sim.analysis.compared import Compared, Crossing, Difference, Plan, Verdict
from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.paired import Interval
from csm_sim.language import N_, _
from csm_sim.report.compare_even import break_even_sentence as break_even_sentence
from csm_sim.report.compare_even import strength_text as strength_text
from csm_sim.report.wording import percent, plain_name, value_of, with_half_width, with_interval
from csm_sim.scenario.model import add_span
from csm_sim.scenario.units import parse_span

MOST_FUTURES: Final = 20_000
"""More than these are not recommended to resolve a difference."""

SURE: Final = 0.95
"""Share of resampled futures from which a month is told as a fact."""

_MOST_MARKS: Final = 60
"""Of a plan's name that are shown."""

TITLES: Final[Mapping[str, str]] = {
    "net_present_value": N_("net present value (NPV)"),
    "cost": N_("cost"),
    "margin": N_("gross margin"),
    "net": N_("gross margin less cost"),
    "arr_expected": N_("ARR at the end, expected"),
    "arr_end": N_("ARR at the end, as counted"),
    "arr_lost": N_("ARR lost to under-staffing"),
    "grr": N_("GRR"),
    "nrr": N_("NRR"),
    "on_time": N_("planned work on time"),
    "sla": N_("tickets within all targets"),
    "first_value_days": N_("days to first value"),
    "utilisation": N_("utilisation"),
    "utilisation_p90": N_("utilisation of people, P90"),
    "people": N_("people"),
    "payroll": N_("payroll"),
    "contractors": N_("contractors"),
    "hiring": N_("hiring"),
    "severance": N_("severance"),
    "tooling": N_("tools"),
    "automation": N_("automation"),
    "saved": N_("cost saved"),
    "margin_lost": N_("gross margin lost"),
    "gained": N_("saved less lost"),
}

_VERDICTS: Final[Mapping[Verdict, str]] = {
    "same": N_("the same"),
    "better": N_("better"),
    "worse": N_("worse"),
    "differs": N_("differs"),
    "not resolved": N_("not resolved"),
}

_MONTHS: Final = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


# ---------------------------------------------------------------- names and numbers


def figure_title(name: str) -> str:
    """What a figure, or a series, is called; one of a role names it."""
    figure, _at, role = name.partition("@")
    title = _(TITLES[figure])
    return _("{figure}, {role}").format(figure=title, role=role) if role else title


def verdict_word(verdict: Verdict) -> str:
    """A verdict in the language in use."""
    return _(_VERDICTS[verdict])


def plan_name(label: str) -> str:
    """A plan's name on one line, not too long."""
    text = plain_name(label)
    return text if len(text) <= _MOST_MARKS else f"{text[: _MOST_MARKS - 1]}…"


def month_name(month: str) -> str:
    """A month of :attr:`Compared.months` in words: ``March 2029``; one that begins later has its day."""
    year, number, *day = (int(part) for part in month.split("-"))
    name = _(_MONTHS[number - 1])
    if day:
        return _("{day} {month_name} {year}").format(day=day[0], month_name=name, month=number, year=year)
    return _("{month_name} {year}").format(month_name=name, month=number, year=year)


def until(compared: Compared, month: int = -1) -> str:
    """What a month lasts up to, in words: its own name, or its last day where it is no calendar month."""
    return month_name(last_day(compared, month))


def last_day(compared: Compared, month: int = -1) -> str:
    """A month as it is called, or its last day where it is no calendar month."""
    name = compared.months[month]
    if len(name) == len("2027-04"):
        return name
    place = range(len(compared.months))[month] + 1
    if place < len(compared.months):
        return (date.fromisoformat(compared.months[place]) - timedelta(days=1)).isoformat()
    length = parse_span(compared.horizon)
    if length is None:
        return name
    return (add_span(date.fromisoformat(compared.start), length) - timedelta(days=1)).isoformat()


def estimate_of(one: Interval, unit: str) -> Estimate:
    """An interval with its unit, for the functions that write numbers."""
    return Estimate("", unit, "", one.mean, one.low, one.high, one.n)


def level_text(one: Interval, unit: str) -> str:
    """A figure and the half of its interval."""
    return with_half_width(estimate_of(one, unit))


def apart_text(one: Interval, unit: str) -> str:
    """A difference with its sign and the half of its interval; in brackets where that contains 0.

    >>> apart_text(Interval(-0.031, -0.035, -0.027, 40), "share")
    '-3.1 pp ±0.4'
    >>> apart_text(Interval(2e6, -1e6, 5e6, 40), "JPY"), apart_text(Interval(0.0, 0.0, 0.0, 40), "JPY")
    ('(+¥2.0M ±3.0)', '0')
    """
    if one.nothing:
        return "0"
    return _bracketed(_signed(with_half_width(estimate_of(one, unit)), unit, one.mean), one)


def amount_text(one: Interval, unit: str) -> str:
    """What is saved or lost: as :func:`apart_text`, but its name says the sign, so that there is no plus."""
    return "0" if one.nothing else _bracketed(with_half_width(estimate_of(one, unit)), one)


def _bracketed(text: str, one: Interval) -> str:
    return text if one.resolved or math.isnan(one.low) else f"({text})"


def bounds_text(one: Interval, unit: str) -> str:
    """A difference with its sign and both ends of its interval: ``-¥31M [-¥40M, -¥22M]``."""
    estimate = estimate_of(one, unit)
    if one.nothing:
        return "0"
    mean = _signed(value_of(estimate), unit, one.mean)
    if math.isnan(one.low):
        return _("{value} [no interval]").format(value=mean)
    if one.low == one.high:
        return mean
    low, high = (_signed(value_of(estimate, end), unit, end) for end in (one.low, one.high))
    return _("{value} [{low}, {high}]").format(value=mean, low=low, high=high)


def _signed(text: str, unit: str, value: float) -> str:
    if unit == "share":
        text = text.replace("%", _(" pp"), 1)
    return f"+{text}" if value > 0 and not text.startswith("-") else text


def _size(one: Interval, unit: str) -> str:
    """How large a difference is, its interval included, without its sign."""
    turned = one if one.mean >= 0 else Interval(-one.mean, -one.high, -one.low, one.n)
    if unit == "share":
        return bounds_text(turned, unit).removeprefix("+")
    return with_interval(estimate_of(turned, unit))


# ---------------------------------------------------------------- sentences


def headline_sentences(compared: Compared, plan: Plan) -> list[str]:
    """What a plan comes to, the answer first; later sentences say when, how likely, and what would change it.

    Parameters
    ----------
    compared
        The comparison.
    plan
        One of its plans.
    """
    lead = _lead(compared, plan)
    if plan.same:
        return [lead]
    return [
        sentence
        for sentence in (
            lead,
            money_sentence(compared, plan),
            crossing_sentence(compared, plan),
            chance_sentence(plan),
            _arr_sentence(compared, plan) if compared.costs else "",
            service_sentence(plan),
            trend_sentence(compared, plan),
            break_even_sentence(plan),
        )
        if sentence
    ]


def _lead(compared: Compared, plan: Plan) -> str:
    names = {"plan": plan_name(plan.label), "base": plan_name(compared.base_label)}
    if plan.same:
        text = _("{plan} is the same as {base} in other words: every difference is exactly 0.")
        return text.format(**names)
    main = plan.differences[0]
    figure, end = figure_title(main.name), until(compared)
    if main.verdict == "same":
        text = _("{plan} and {base} have the same {figure}: exactly equal in all {n} futures.")
        return text.format(figure=figure, n=compared.n, **names)
    if main.verdict == "not resolved":
        text = _(
            "Not resolved: {n} futures do not tell whether {plan} or {base} has the higher {figure} up to"
            " {end}. Difference: {difference}. {resolve}"
        )
        return text.format(
            n=main.apart.n, figure=figure, end=end, difference=bounds_text(main.apart, main.unit),
            resolve=resolve_sentence(main), **names,
        )  # fmt: skip
    text = (
        _("{plan} is better than {base}: {figure} up to {end} is {amount} higher.")
        if main.verdict == "better"
        else _("{plan} is worse than {base}: {figure} up to {end} is {amount} lower.")
    )
    return text.format(figure=figure, end=end, amount=_size(main.apart, main.unit), **names)


def futures_needed(one: Interval) -> float:
    """About how many futures it takes until a difference of this size is told from nothing.

    The half-width falls with the square root of their number. Rounded up to two digits; infinite without an
    interval, or a difference of 0.
    """
    if not one.n or math.isnan(one.low) or one.mean == 0:
        return math.inf
    needed = one.n * (one.half_width / abs(one.mean)) ** 2
    step = 10.0 ** max(0, math.floor(math.log10(max(1.0, needed))) - 1)
    return math.ceil(needed / step) * step


def resolve_sentence(main: Difference) -> str:
    """What would resolve a difference that is not."""
    if math.isnan(main.apart.low):
        return _("One future has no interval: ask for more, e.g. --replications 50.")
    needed = futures_needed(main.apart)
    if needed > MOST_FUTURES:
        bound = value_of(estimate_of(main.apart, main.unit), max(abs(main.apart.low), abs(main.apart.high)))
        return _(
            "If there is a difference at all, it is at most {bound}; more futures will hardly tell."
        ).format(bound=bound)
    return _("If it is as large as that, about {n} futures would tell: --replications {n}.").format(
        n=f"{needed:.0f}"
    )


def money_sentence(compared: Compared, plan: Plan) -> str:
    """What a plan saves and loses by the end; empty without costs."""
    cost, margin = plan.difference("cost"), plan.difference("margin")
    if cost is None or margin is None:
        return ""
    text = _("Up to {end} it {cost} and {margin}.")
    return text.format(end=until(compared), cost=_cost_clause(cost), margin=_margin_clause(margin))


def _cost_clause(cost: Difference) -> str:
    """What a plan does to cost, as the middle of a sentence."""
    if cost.verdict == "same":
        return _("costs the same")
    if cost.verdict == "not resolved":
        return _("costs about the same (not resolved: {difference})").format(
            difference=bounds_text(cost.apart, cost.unit)
        )
    amount = _size(cost.apart, cost.unit)
    text = _("saves {amount} of cost") if cost.apart.mean < 0 else _("costs {amount} more")
    return text.format(amount=amount)


def _margin_clause(margin: Difference) -> str:
    """What a plan does to gross margin, as the end of a sentence."""
    if margin.verdict == "same":
        return _("leaves the gross margin exactly as it is")
    if margin.verdict == "not resolved":
        return _("what it does to gross margin is not resolved ({difference})").format(
            difference=bounds_text(margin.apart, margin.unit)
        )
    amount = _size(margin.apart, margin.unit)
    text = (
        _("loses {amount} of gross margin") if margin.apart.mean < 0 else _("gains {amount} of gross margin")
    )
    return text.format(amount=amount)


def crossing_sentence(compared: Compared, plan: Plan) -> str:
    """From which month on a plan has lost more than it saved, or has paid for itself."""
    found = plan.crossing
    if found is None or math.isnan(found.within):
        return ""
    end = until(compared)
    if found.kind == "never":
        if not crosses_surely(plan):
            return _(
                "On average it is in no month behind up to {end}, but that is not resolved: in {share} of"
                " resampled futures it is behind in the end."
            ).format(end=end, share=percent(found.within))
        return _("In no month up to {end} has it lost more than it saved.").format(end=end)
    assert found.month is not None
    month = month_name(compared.months[found.month])
    if not crosses_surely(plan):
        text = {
            "loses from": N_(
                "On average it has lost more than it saved from {month} on, but that is not resolved: so it"
                " is in {share} of resampled futures."
            ),
            "pays from": N_(
                "On average it has paid for itself from {month} on, but that is not resolved: so it is in"
                " {share} of resampled futures."
            ),
            "from the start": N_(
                "On average it is behind from {month} on, but that is not resolved: so it is in {share} of"
                " resampled futures."
            ),
        }[found.kind]
        return _(text).format(month=month, share=percent(found.within))
    text = {
        "loses from": N_("It saves first; from {month} on{range} it has lost more than it saved."),
        "pays from": N_("It costs first; from {month} on{range} it has paid for itself."),
        "from the start": N_("It is behind from {month} on, without ever having been ahead."),
    }[found.kind]
    return _(text).format(month=month, range=_months_between(compared, found))


def crosses_surely(plan: Plan) -> bool:
    """Whether it may be told as a fact from which month on a plan is behind, or ahead.

    Nearly all resampled futures say so, and where it ends can be told from nothing: no sentence claims more
    than the interval that holds for all plans together.
    """
    found, gained = plan.crossing, plan.by_month("gained")
    if found is None or gained is None:
        return False
    end = gained.apart[-1]
    if found.kind == "never":  # its share is that of the futures which speak against it
        return found.within <= 1 - SURE and end.low >= 0
    if found.kind == "pays from":
        return found.within >= SURE and end.low >= 0
    return found.within >= SURE and end.high < 0


def _months_between(compared: Compared, found: Crossing) -> str:
    """The interval of a crossing, in brackets; empty where it is a single month."""
    if found.low is None or found.low == found.high:
        return ""
    low = month_name(compared.months[found.low])
    if found.high is None:
        return _(" [{low} or later]").format(low=low)
    return _(" [{low} to {high}]").format(low=low, high=month_name(compared.months[found.high]))


def chance_sentence(plan: Plan) -> str:
    """How often a plan is the better one in a single future; empty where no figure tells."""
    told = (plan.difference(name) for name in ("net_present_value", "arr_end"))
    main = next((one for one in told if one is not None), None)
    if main is None or main.verdict == "same" or main.chance is None or math.isnan(main.chance.mean):
        return ""
    return _("In a single future its {figure} is the higher one with a chance of {chance}.").format(
        figure=figure_title(main.name), chance=chance_text(main.chance)
    )


def chance_text(one: Interval) -> str:
    """A chance with its interval, in whole percent: it comes from a count of few futures."""
    mean, low, high = (f"{100 * value:.0f}%" for value in (one.mean, one.low, one.high))
    return _("{value} [{low}, {high}]").format(value=mean, low=low, high=high)


def _arr_sentence(compared: Compared, plan: Plan) -> str:
    arr = plan.difference("arr_expected")
    if arr is None:
        return ""
    if arr.verdict == "same":
        return _("ARR at the end is exactly the same.")
    if arr.verdict == "not resolved":
        return _("The difference in ARR at the end is not resolved: {difference}.").format(
            difference=bounds_text(arr.apart, arr.unit)
        )
    text = (
        _("ARR at the end is expected to be {amount} higher; what that earns after {end} is not counted.")
        if arr.apart.mean > 0
        else _("ARR at the end is expected to be {amount} lower; what that loses after {end} is not counted.")
    )
    return text.format(amount=_size(arr.apart, arr.unit), end=until(compared))


def service_sentence(plan: Plan) -> str:
    """What customers notice, and people, as far as it is resolved; empty where nothing is."""
    found = [
        one
        for name in ("on_time", "sla", "first_value_days", "utilisation_p90")
        if (one := plan.difference(name)) is not None and one.verdict in ("better", "worse")
    ]
    if not found:
        return ""
    told = (
        _("{figure} {difference}").format(
            figure=figure_title(one.name), difference=apart_text(one.apart, one.unit)
        )
        for one in found
    )
    return _("Service and load: {differences}.").format(differences=_("; ").join(told))


def trend_sentence(compared: Compared, plan: Plan) -> str:
    """Where the last month says otherwise than all months together: a longer horizon may turn the answer."""
    main, net = plan.differences[0], plan.by_month("net")
    if net is None or main.name != "net_present_value" or not main.apart.resolved:
        return ""
    last = net.apart[-1]
    if not last.resolved or (last.mean > 0) == (main.apart.mean > 0):
        return ""
    text = (
        _(
            "In {month} alone it loses more than it saves ({difference}): a longer horizon may turn the"
            " answer."
        )
        if last.mean < 0
        else _(
            "In {month} alone it gains more than it costs ({difference}): a longer horizon may turn the"
            " answer."
        )
    )
    return text.format(month=until(compared), difference=bounds_text(last, net.unit))
