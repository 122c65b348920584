"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.estimates import ALL, Estimate
from csm_sim.analysis.grouping import OWN_WORK, TICKETS
from csm_sim.language import N_, _, current
from csm_sim.scenario.units import parse_span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from csm_sim.scenario.units import Span

_SYMBOLS: Final = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}
_SCALES: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_MYRIADS: Final = ((1e12, "兆"), (1e8, "億"), (1e4, "万"))
"""How Japanese counts yen: by ten thousands."""
_MINUS: Final = "-"


def plain_name(text: str) -> str:
    r"""A name on one line, with nothing in it that could steer a terminal: such marks become escapes.

    >>> print(plain_name("a\x1b[31mb"))
    a\x1b[31mb
    """
    return "".join(_plain_mark(mark) for mark in text)


def _plain_mark(mark: str) -> str:
    if mark == "\u3000" or (mark.isprintable() and unicodedata.category(mark) not in ("Cf", "Zl", "Zp")):
        return mark
    code = ord(mark)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _decimals(half_width: float, value: float, most: int = 3) -> int:
    """Decimals that show two digits of the half-width, but at most four of the value."""
    size = max(abs(value), abs(half_width) if math.isfinite(half_width) else 0.0)
    if not math.isfinite(value) or size == 0 or (value == round(value) and not half_width > 0):
        return 0
    before = max(1, math.floor(math.log10(size)) + 1)
    wanted = 1 - math.floor(math.log10(half_width)) if half_width > 0 else 3 - before
    return min(max(0, wanted), max(0, 4 - before), most)


def _number(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def number(value: float) -> str:
    """A number that a formula gives, with three digits.

    >>> number(0.04567), number(2.5), number(1234.5)
    ('0.0457', '2.50', '1,234')
    """
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _scale(value: float) -> tuple[float, str]:
    return next(((size, letter) for size, letter in _SCALES if abs(value) >= 0.9995 * size), (1.0, ""))


def money_scale(value: float) -> tuple[float, str]:
    """The unit in which amounts as large as this are written, and its letter.

    >>> money_scale(58.8e6), money_scale(12.0)
    ((1000000.0, 'M'), (1.0, ''))
    """
    return _scale(value)


def in_myriads(currency: str) -> bool:
    """Whether amounts are written in 万円 and 億円."""
    return currency == "JPY" and current() == "ja"


def money_unit(value: float, currency: str) -> tuple[float, str]:
    """The unit in which an axis counts amounts of about ``value``, and what it is called.

    Examples
    --------
    >>> from csm_sim.language import using
    >>> money_unit(58.8e6, "JPY")
    (1000000.0, '¥M')
    >>> with using("ja"):
    ...     money_unit(58.8e6, "JPY"), money_unit(4.5e9, "JPY"), money_unit(4.5e9, "USD")
    ((10000.0, '万円'), (100000000.0, '億円'), (1000000000.0, '$B'))
    """
    if not in_myriads(currency):
        size, letter = next(((one, mark) for one, mark in _SCALES if abs(value) >= 2 * one), (1.0, ""))
        return size, f"{currency_sign(currency)}{letter}"
    size, mark = next(((one, mark) for one, mark in _MYRIADS if abs(value) >= 2 * one), (1.0, ""))
    return size, f"{mark}円"


def currency_sign(currency: str) -> str:
    """The sign that stands before an amount: ``¥``, or ``CHF `` where there is none.

    >>> currency_sign("JPY"), currency_sign("CHF")
    ('¥', 'CHF ')
    """
    return _SYMBOLS.get(currency, f"{currency} ")


def money(value: float, currency: str, half_width: float = math.nan) -> str:
    """An amount with as many digits as its half-width deserves: yen in Japanese as 万円 and 億円.

    >>> money(12_345_678, "JPY"), money(-1_250, "USD"), money(58.8e6, "EUR", 7.1e6)
    ('¥12.3M', '-$1.25k', '€58.8M')
    >>> from csm_sim.language import using
    >>> with using("ja"):
    ...     money(12_345_678, "JPY"), money(-1_250, "USD"), money(59.5e6, "JPY", 7.7e6)
    ('1,230万円', '-$1.25k', '5,950万円')
    """
    if math.isnan(value):
        return "?"
    if in_myriads(currency) and math.isfinite(value):
        return _yen(value, half_width)[0]
    size, letter = _scale(max(abs(value), half_width if math.isfinite(half_width) else 0.0))
    text = _number(abs(value) / size, _money_decimals(value, half_width, size))
    sign = _MINUS if value < 0 and float(text.replace(",", "")) != 0 else ""
    return f"{sign}{currency_sign(currency)}{text}{letter}"


def _yen(value: float, half_width: float) -> tuple[str, str]:
    """An amount of yen in Japanese, and the half of its interval, rounded to the digits that English has.

    >>> _yen(1.58e8, 3.2e7), _yen(-4.561e9, 5.7e7), _yen(0.2, 0.1)
    (('1.58億円', '0.32'), ('-45.61億円', '0.57'), ('0円', '<1'))
    """
    half = half_width if math.isfinite(half_width) else 0.0
    size, _letter = _scale(max(abs(value), half))
    step = size * 10.0 ** -_money_decimals(value, half_width, size)
    shown, margin = (round(abs(one) / step) * step for one in (value, half))
    scale, mark = next(
        ((one, mark) for one, mark in _MYRIADS if max(shown, margin) >= one * (1 - 1e-9)), (1.0, "")
    )
    decimals = max(0, round(math.log10(scale / step)))
    sign = _MINUS if value < 0 and shown else ""
    text = f"{sign}{shown / scale:,.{decimals}f}{mark}円" if shown or margin else "0円"
    least = f"<{step / scale:,.{decimals}f}"
    return text, f"{margin / scale:,.{decimals}f}" if margin else least


def _money_decimals(value: float, half_width: float, size: float) -> int:
    """None below a thousand: nobody plans in cents."""
    return 0 if size == 1.0 else _decimals(half_width / size, value / size)


def percent(value: float, half_width: float = math.nan) -> str:
    """A share as a percentage, with one decimal at most (two below 1 %).

    >>> percent(0.9196, 0.0056), percent(0.5), percent(0.0064, 0.0008)
    ('92.0%', '50%', '0.64%')
    """
    if math.isnan(value):
        return "?"
    return _number(100 * value, _percent_decimals(value, half_width)) + "%"


def _percent_decimals(value: float, half_width: float) -> int:
    return _decimals(100 * half_width, 100 * value, 2 if abs(value) < 0.01 else 1)


def aim_text(at_least: bool, level: float, unit: str, chance: float | None = None) -> str:
    """A target in words.

    Parameters
    ----------
    at_least
        Whether more is better.
    level, unit
        Of the target: share, days, or the code of a currency.
    chance
        Share of futures that are to reach it; None: the average is to.

    Examples
    --------
    >>> aim_text(True, 0.95, "share"), aim_text(False, 30, "days", 0.8)
    ('at least 95%', 'at most 30 days, chance 80%')
    """
    if unit == "share":
        text = percent(level)
    elif unit == "days":
        text = _("{n} days").format(n=number(level) if level != round(level) else f"{level:.0f}")
    else:
        text = money(level, unit)
    aim = (_("at least {level}") if at_least else _("at most {level}")).format(level=text)
    return aim if chance is None else _("{aim}, chance {share}").format(aim=aim, share=percent(chance))


_SPANS: Final = {
    "min": N_("{n}min"), "h": N_("{n}h"), "d": N_("{n}d"),
    "w": N_("{n} weeks"), "months": N_("{n} months"), "years": N_("{n} years"),
}  # fmt: skip


def span(length: Span | str) -> str:
    """A length of time as its author wrote it, in the language in use; other text as it is.

    >>> from csm_sim.scenario.units import Span
    >>> span(Span(24.0, "months")), span(Span(1.0, "years"))
    ('24 months', '1 year')
    """
    read = parse_span(length) if isinstance(length, str) else length
    if current() == "en" or read is None:  # its own text knows the singular
        return str(length)
    return _(_SPANS[read.unit]).format(n=f"{read.amount:.10g}")


def scope_name(name: str) -> str:
    """What a column of all, or of a team's own work is called; other names are the user's."""
    return _("all") if name == ALL else _("own work") if name == OWN_WORK else name


def kind_name(name: str) -> str:
    """A kind of work: a playbook by the name that the user gave it, others in the language in use.

    >>> kind_name("qbr"), kind_name("handover csm")
    ('qbr', 'handover csm')
    """
    kind, _space, role = name.partition(" ")
    if role and kind in ("handover", "projects"):
        text = _("handover {role}") if kind == "handover" else _("projects {role}")
        return text.format(role=role)
    return _("tickets") if name == TICKETS else _("escalation") if name == "escalation" else name


def joined(sentences: Iterable[str]) -> str:
    """Sentences one after the other: Japanese has no space between them."""
    return (" " if current() == "en" else "").join(sentences)


def listed(parts: Iterable[str]) -> str:
    """Parts of a sentence, one after the other."""
    return _(", ").join(parts)


def is_money(estimate: Estimate) -> bool:
    """Whether an estimate is an amount of money."""
    return len(estimate.unit) == 3 and estimate.unit.isupper()


def _half(estimate: Estimate) -> float:
    """The half-width as far as it can be seen: what rounding of sums leaves is none."""
    half = estimate.half_width
    return half if half > 1e-9 * abs(estimate.mean) else 0.0 if half == half else math.nan


def value_of(estimate: Estimate, value: float | None = None) -> str:
    """The estimate, or another value with its unit, without the interval."""
    shown, half = estimate.mean if value is None else value, _half(estimate)
    if is_money(estimate):
        return money(shown, estimate.unit, half)
    if estimate.unit == "share":
        return percent(shown, half)
    return _number(shown, _decimals(half, shown))


def with_half_width(estimate: Estimate | None) -> str:
    """The estimate and the half of its interval: ``92.0% ±0.6``.

    A figure that is the same in all replications stands alone.
    """
    if estimate is None:
        return ""
    half = _half(estimate)
    if half == 0:
        return value_of(estimate)
    if math.isnan(half):
        return f"{value_of(estimate)} ±?"
    if is_money(estimate) and in_myriads(estimate.unit) and math.isfinite(estimate.mean):
        return " ±".join(_yen(estimate.mean, half))
    if is_money(estimate):
        size, _ = _scale(max(abs(estimate.mean), half))
        decimals = _money_decimals(estimate.mean, half, size)
    elif estimate.unit == "share":
        size, decimals = 0.01, _percent_decimals(estimate.mean, half)
    else:
        size, decimals = 1.0, _decimals(half, estimate.mean)
    least = 10.0**-decimals
    margin = _number(half / size, decimals)
    return f"{value_of(estimate)} ±{margin if half / size >= least / 2 else f'<{_number(least, decimals)}'}"


def with_interval(estimate: Estimate) -> str:
    """The estimate and its interval: ``¥58.8M [¥51.7M, ¥65.9M]``."""
    if math.isnan(_half(estimate)):
        return _("{value} [no interval]").format(value=value_of(estimate))
    if _half(estimate) == 0:
        return value_of(estimate)
    low, high = value_of(estimate, estimate.low), value_of(estimate, estimate.high)
    return _("{value} [{low}, {high}]").format(value=value_of(estimate), low=low, high=high)
