"""Paired differences as a reader sees them: in tables, sentences, JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from csm_sim.analysis.key_people import resolved
from csm_sim.language import _, ngettext
from csm_sim.report.wording import with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.estimates import Estimate


def difference(one: Estimate, wider: float = 1.0) -> str:
    """A difference with the half of its interval, in brackets where that contains 0; exactly nothing is 0.

    >>> from csm_sim.analysis.estimates import Estimate
    >>> difference(Estimate("", "JPY", "", 3e6, -1e6, 7e6, 20))
    '(¥3.0M ±4.0)'
    """
    if one.mean == 0 and one.half_width == 0:
        return "0"
    text = with_half_width(one)
    return text if resolved(one, wider) else f"({text})"


def few_futures(n: int, usual: str) -> Iterator[str]:
    """A warning where there are too few futures for intervals."""
    if n < 2:
        text = _("one replication has no confidence interval: ask for more, e.g. --replications {n}")
        yield text.format(n=usual)
    elif n < 10:
        yield _("{n} replications are few: intervals of less than 10 are not to be relied on").format(n=n)


def span_of(days: int) -> str:
    """The length of a horizon in words.

    >>> span_of(365), span_of(730), span_of(31), span_of(10)
    ('12 months', '24 months', '1 month', '10 days')
    """
    months = round(days / 30.4375)
    if months < 1 or abs(days - months * 30.4375) > 2.0:
        return _("{n} days").format(n=days)
    return ngettext("{n} month", "{n} months", months).format(n=months)


def bounds(one: Estimate) -> dict[str, Any]:
    """An estimate as data."""
    return {"unit": one.unit, "mean": one.mean, "low": one.low, "high": one.high}


def triple(one: Estimate | None) -> tuple[float, float, float]:
    """Mean, low, high; nan where there is no estimate."""
    return (math.nan, math.nan, math.nan) if one is None else (one.mean, one.low, one.high)
