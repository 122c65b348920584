"""What a plan costs beside its people, and what its revenue is worth: the ``money`` of a scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import MoneyRate, read_money
from csm_sim.scenario.fields import Model, PositiveShare, YearlyMoney, key
from csm_sim.scenario.people_values import YearlyShare
from csm_sim.scenario.units import (
    DAY_UNITS,
    NUMBER,
    Span,
    Wrong,
    is_number,
    parse_span,
    plain_text,
    read_span,
    shown,
)

YEAR_DAYS = 365.25

LEAST_PLAIN_SEVERANCE = 100
"""A smaller number without a unit is more likely meant as months of pay than as money."""


@dataclass(frozen=True, slots=True)
class Severance:
    """What somebody gets whose job is cut: a time of pay, or an amount."""

    time: Span | None = None
    amount: float = 0.0
    """Money; only without ``time``."""

    def of(self, cost: MoneyRate | None) -> float:
        """Money for one person.

        Parameters
        ----------
        cost
            Of a person of the role; without it a time of pay is nothing.
        """
        if self.time is None:
            return self.amount
        return 0.0 if cost is None else cost.per_year * self.time.days / YEAR_DAYS


def read_severance(value: object) -> Severance:
    """The severance that ``value`` says: ``3 months`` of pay, or an amount such as ``1.5M``."""
    fix = "write a time of pay or an amount, e.g.  {key}: 3 months  or  {key}: 1.5M"
    text = plain_text(value)
    if is_number(value) or re.fullmatch(NUMBER, text):
        amount = read_money(value, example="3 months")
        if 0 < amount < LEAST_PLAIN_SEVERANCE:
            raise Wrong(f"{shown(value)} has no unit: it may be months of pay or an amount", fix)
        return Severance(amount=amount)
    if re.fullmatch(rf"{NUMBER}\s*m", text):
        number = text[:-1].strip()
        raise Wrong(
            f"the m in {shown(value)} may be months or millions",
            f"write  {{key}}: {number} months  or  {{key}}: {number}M",
        )
    if parse_span(text) is not None:
        span = read_span(value, what="a time of pay", units=DAY_UNITS, example="3 months", above_zero=False)
        return Severance(time=span)
    try:
        return Severance(amount=read_money(value))
    except Wrong as wrong:
        problem = wrong.problem.replace("an amount of money", "a time of pay or an amount of money")
        raise Wrong(problem, fix) from None


def _amount(example: str) -> Any:
    def read(value: object) -> float:
        return read_money(value, example=example)

    return PlainValidator(read), WithJsonSchema({"type": ["number", "string"], "examples": [example]})


def _severance(value: object) -> Any:
    return value if isinstance(value, Severance) else read_severance(value)


MoneyAmount = Annotated[float, *_amount("1.5M")]
SmallAmount = Annotated[float, *_amount("150")]
SeverancePay = Annotated[
    Severance,
    PlainValidator(_severance),
    WithJsonSchema({"type": ["number", "string"], "examples": ["3 months", "1.5M"]}),
]


class Money(Model):
    """What the plan costs beside its people, and what its revenue is worth. It changes no simulation."""

    gross_margin: PositiveShare = key(
        "75%", unit="share of revenue", limits="above 0% to 100%", source="assumption", example="80%"
    )
    """What is left of revenue after the cost of serving it, other than the people and tools of the scenario.

    What their work costs is counted by itself; a gross margin from the books that has support or Customer
    Success taken off already would count it twice."""

    discount: YearlyShare = key(
        "8%", unit="share a year", limits="0% to under 100%", source="assumption", example="8%"
    )
    """Rate by which later money is discounted: 1 a year later is worth 1 / (1 + rate) today."""

    per_ticket: SmallAmount = key(
        0, unit="money", limits="0 or more", source="none: tickets cost time only", example="150"
    )
    """Cost of tools for each ticket that comes to the desk; deflected ones cost nothing."""

    per_person: YearlyMoney | None = key(
        None, unit="money a year", limits="0 or more", example="360k per year"
    )
    """Licences and workplace of each person of any role, where they are not part of its cost."""

    fixed: YearlyMoney | None = key(None, unit="money a year", limits="0 or more", example="12M per year")
    """What the tools cost whoever uses them."""
