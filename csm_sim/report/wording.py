"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from csm_sim.analysis.estimates import Estimate

_SYMBOLS: Final = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}
_SCALES: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
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


def currency_sign(currency: str) -> str:
    """The sign that stands before an amount: ``¥``, or ``CHF `` where there is none.

    >>> currency_sign("JPY"), currency_sign("CHF")
    ('¥', 'CHF ')
    """
    return _SYMBOLS.get(currency, f"{currency} ")


def money(value: float, currency: str, half_width: float = math.nan) -> str:
    """An amount with as many digits as its half-width deserves.

    >>> money(12_345_678, "JPY"), money(-1_250, "USD"), money(58.8e6, "EUR", 7.1e6)
    ('¥12.3M', '-$1.25k', '€58.8M')
    """
    if math.isnan(value):
        return "?"
    size, letter = _scale(max(abs(value), half_width if math.isfinite(half_width) else 0.0))
    text = _number(abs(value) / size, _money_decimals(value, half_width, size))
    sign = _MINUS if value < 0 and float(text.replace(",", "")) != 0 else ""
    return f"{sign}{currency_sign(currency)}{text}{letter}"


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
        text = f"{number(level) if level != round(level) else f'{level:.0f}'} days"
    else:
        text = money(level, unit)
    odds = "" if chance is None else f", chance {percent(chance)}"
    return f"{'at least' if at_least else 'at most'} {text}{odds}"


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
        return f"{value_of(estimate)} [no interval]"
    if _half(estimate) == 0:
        return value_of(estimate)
    return f"{value_of(estimate)} [{value_of(estimate, estimate.low)}, {value_of(estimate, estimate.high)}]"
