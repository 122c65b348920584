"""Numbers, shares, multiples, money and rates: ``20%``, ``x2``, ``1.5M``, ``150万``, ``1.2 per month``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from csm_sim.scenario.units import (
    MINUTES,
    NUMBER,
    Span,
    SpanUnit,
    Wrong,
    is_number,
    parse_span,
    plain_text,
    shown,
    to_float,
    trim,
)


def read_count(value: object, *, low: int = 0, high: int = 10**9, what: str = "a whole number") -> int:
    """The whole number that ``value`` says, between ``low`` and ``high``."""
    number: float
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Wrong(f"{shown(value)} is not {what}", f"write a whole number, e.g.  {{key}}: {max(low, 1)}")
    if isinstance(value, int):
        if low <= value <= high:
            return value
        number = float(low - 1) if value < low else math.inf
    else:
        number = _money_amount(plain_text(value)) if isinstance(value, str) else float(value)
    if math.isnan(number):
        raise Wrong(f"{shown(value)} is not {what}", f"write a whole number, e.g.  {{key}}: {max(low, 1)}")
    if number < low:
        raise Wrong(
            f"{shown(value)} is too small: the least is {low:,}",
            f"write a whole number from {low:,}, e.g.  {{key}}: {max(low, 1)}",
        )
    if number > high:
        raise Wrong(
            f"{shown(value)} is too large: the most is {high:,}", f"write a whole number up to {high:,}"
        )
    if number != int(number):
        raise Wrong(f"{shown(value)} is not a whole number", f"write  {{key}}: {round(number)}")
    return int(number)


def read_number(value: object, *, low: float = 0.0, high: float = 1e15, above_low: bool = False) -> float:
    """The plain number that ``value`` says, between ``low`` and ``high``."""
    number = math.nan
    if isinstance(value, str):
        number = to_float(plain_text(value)) if plain_text(value) else math.nan
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _as_float(value)
    limits = f"{'above' if above_low else 'from'} {trim(low)}" + (f" to {trim(high)}" if high < 1e15 else "")
    example = trim(low + 1 if above_low or low + 1 <= high else low)
    fix = f"write a number {limits}, e.g.  {{key}}: {example}"
    if math.isnan(number):
        raise Wrong(f"{shown(value)} is not a number", fix)
    if number < low or number > high or (above_low and number == low) or math.isinf(number):
        raise Wrong(f"{shown(value)} is outside the range: a number {limits}", fix)
    return number


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def percent(share: float) -> str:
    """A share as a percentage without needless digits: 0.3 is ``30%``."""
    return f"{share * 100:.6g}%"


def read_share(
    value: object, *, low: float = 0.0, high: float = 1.0, below_high: bool = False, above_low: bool = False
) -> float:
    """The share that ``value`` says: ``20%``, or a decimal fraction such as ``0.2``.

    Whole numbers are refused except 0: 1 may be 1 % or 100 %.
    """
    number = math.nan
    if isinstance(value, bool):
        pass
    elif isinstance(value, int):
        if value != 0:
            choice = f"{{key}}: {value}%" + ("  or  {key}: 100%" if value == 1 else "")
            raise Wrong(f"{shown(value)} has no unit: it may be a percentage or a share", f"write  {choice}")
        number = 0.0
    elif isinstance(value, float):
        if value > 1:
            raise Wrong(
                f"{shown(value)} has no unit: it may be a percentage or a share",
                f"write  {{key}}: {trim(value)}%",
            )
        number = value
    else:
        text = plain_text(value)
        match = re.fullmatch(rf"({NUMBER})\s*(?:%|percent|パーセント)", text, re.IGNORECASE)
        if match:
            number = to_float(match.group(1)) / 100.0
        elif re.fullmatch(r"[0-9]割", text):
            number = int(text[0]) / 10.0
    fix = "write a percentage, e.g.  {key}: " + percent(0.2 if low <= 0.2 <= high else high)
    if math.isnan(number):
        raise Wrong(f"{shown(value)} is not a percentage", fix)
    if number < low or number > high or (below_high and number >= high) or (above_low and number <= low):
        least = f"{'above' if above_low else 'from'} {percent(low)}"
        limits = f"{least} {'to under' if below_high else 'to'} {percent(high)}"
        raise Wrong(f"{shown(value)} is outside the range: {limits}", fix)
    return number


def read_factor(value: object) -> float:
    """The multiple that ``value`` says: ``x2``, ``2x``, ``×2`` or ``2.0``."""
    number = math.nan
    if is_number(value):
        number = _as_float(value)
    else:
        match = re.fullmatch(rf"[x×]\s*({NUMBER})|({NUMBER})\s*(?:[x×]|倍)", plain_text(value), re.IGNORECASE)
        if match:
            number = to_float(match.group(1) or match.group(2))
    if not 0 <= number <= 1000:
        problem = "is not a multiple" if math.isnan(number) else "is outside the range: x0 to x1000"
        raise Wrong(f"{shown(value)} {problem}", "write how many times as much, e.g.  {key}: x2")
    return number


def read_multiple(value: object, *, high: float = 1000.0, above_low: bool = False) -> float:
    """The multiple that ``value`` says: ``120%``, ``x1.2``, or a decimal fraction such as ``0.6``.

    Other numbers are refused except 0: 120 may be 120 % or 120 times.
    """
    if is_number(value) and not 0 <= _as_float(value) < 1 and math.isfinite(_as_float(value)):
        raise Wrong(
            f"{shown(value)} has no unit: it may be a percentage or a multiple",
            f"write  {{key}}: {shown(value)}%  or  {{key}}: x{shown(value)}",
        )
    match = re.fullmatch(rf"({NUMBER})\s*(?:%|percent|パーセント)", plain_text(value), re.IGNORECASE)
    try:
        number = to_float(match.group(1)) / 100.0 if match else read_factor(value)
    except Wrong as wrong:
        number = math.inf if "outside" in wrong.problem else math.nan
    fix = "write a percentage, e.g.  {key}: 120%" if high > 10 else "write a percentage, e.g.  {key}: 30%"
    if math.isnan(number):
        raise Wrong(f"{shown(value)} is not a percentage", fix)
    if not 0 <= number <= high or (above_low and number == 0):
        limits = f"{'above' if above_low else 'from'} 0% to {percent(high)}"
        raise Wrong(f"{shown(value)} is outside the range: {limits}", fix)
    return number


# ---------------------------------------------------------------- money and rates

_SCALES = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "千": 1e3,
    "万": 1e4,
    "百万": 1e6,
    "千万": 1e7,
    "億": 1e8,
    "兆": 1e12,
}
_CURRENCY_MARKS = {"¥": ("JPY", "CNY"), "円": ("JPY",), "元": ("CNY",), "€": ("EUR",), "£": ("GBP",)}
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "CLP", "COP", "ARS")
_SCALE = "百万|千万|[千万億兆]|bn|mn|mio|[kmb]"
_MONEY_PART_RE = re.compile(rf"\s*(?![+-])({NUMBER})\s*({_SCALE})?", re.IGNORECASE)


def _money_amount(text: str) -> float:
    """The number in ``1.5M``, ``150万`` or ``1億5,000万``; nan when it is none."""
    sign = 1.0
    if text[:1] in ("-", "+"):
        sign, text = (-1.0 if text[0] == "-" else 1.0), text[1:]
    total, position, last_scale = 0.0, 0, math.inf
    while position < len(text):
        match = _MONEY_PART_RE.match(text, position)
        if match is None:
            return math.nan
        amount = to_float(match.group(1))
        scale = _SCALES[(match.group(2) or "").lower()]
        if math.isnan(amount) or scale >= last_scale:
            return math.nan
        total += amount * scale
        position, last_scale = match.end(), scale
    return sign * total if text else math.nan


def _strip_currency(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without its currency, and the ISO codes that the currency may mean."""
    for mark, codes in (*_CURRENCY_MARKS.items(), ("$", _DOLLARS)):
        if text.startswith(mark) or text.endswith(mark):
            return text.strip(mark).strip(), codes
    match = re.fullmatch(r"([A-Z]{3})\s*([\d.].*)|(.*?[\d.][kKmMbB]?)\s*([A-Z]{3})", text)
    if match:
        return (match.group(2) or match.group(3)).strip(), (match.group(1) or match.group(4),)
    return text, ()


def currencies_of(value: object) -> tuple[str, ...]:
    """The ISO codes of the currency that a money text names; empty when it names none."""
    text = re.split(r"\s*(?:per|/|an?)\s", plain_text(value))[0]
    return _strip_currency(text.split("/")[0].strip())[1]


def read_money(value: object, *, example: str = "1.5M") -> float:
    """The amount of money that ``value`` says: ``1500000``, ``1,500,000``, ``1.5M``, ``150万``, ``¥1.5M``."""
    fix = f"write an amount, e.g.  {{key}}: {example}"
    text = plain_text(value)
    amount = _as_float(value) if is_number(value) else _money_amount(_strip_currency(text)[0])
    if math.isnan(amount) or math.isinf(amount):
        raise Wrong(f"{shown(value)} is not an amount of money", fix)
    if amount < 0:
        raise Wrong(f"{shown(value)} is negative", fix)
    if amount > 1e15:
        raise Wrong(f"{shown(value)} is more money than there is", fix)
    return amount


_PER_RE = re.compile(r"(.+?)\s*(?:/|\bper\b|\bevery\b|\ban?\b)\s*(.+)", re.IGNORECASE)
_JAPANESE_PER = {"月": "month", "年": "year", "週": "week", "日": "day", "時": "hour"}


def _split_per(text: str) -> tuple[str, Span] | None:
    """Amount and period of ``1.2 per month``, ``6/year``, ``月1.2件``; None when there is no period."""
    match = _PER_RE.fullmatch(text)
    if match:
        period = match.group(2).strip()
        span = parse_span(_JAPANESE_PER.get(period, period))
        return (match.group(1).strip(), span) if span and span.amount > 0 else None
    match = re.fullmatch(r"(?:毎|1)?([月年週日])(?:額|間|に)?\s*(.+?)(?:件|回)?", text)
    if match:
        span = parse_span(_JAPANESE_PER[match.group(1)])
        return (match.group(2).strip(), span) if span else None
    return None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happens: ``1.2 per month``."""

    count: float
    per: Span

    @property
    def per_minute(self) -> float:
        """Expected number in a minute of elapsed time."""
        return self.count / self.per.minutes

    def __str__(self) -> str:
        period = str(self.per)
        return f"{trim(self.count)} per {period[2:] if period.startswith('1 ') else _unit_word(self.per)}"


@dataclass(frozen=True, slots=True)
class MoneyRate:
    """Money over time: ``9M per year``."""

    amount: float
    per: Span

    @property
    def per_year(self) -> float:
        """Amount in a year of 365.25 days, or of twelve months."""
        return self.amount * (MINUTES["years"] / self.per.minutes)

    @property
    def per_month(self) -> float:
        """A twelfth of the amount in a year."""
        return self.per_year / 12.0

    def __str__(self) -> str:
        period = str(self.per)
        return f"{trim(self.amount)} per {period[2:] if period.startswith('1 ') else _unit_word(self.per)}"


def _unit_word(span: Span) -> str:
    words: dict[SpanUnit, str] = {
        "min": "minute",
        "h": "hour",
        "d": "day",
        "w": "week",
        "months": "month",
        "years": "year",
    }
    return words[span.unit] if span.amount == 1 else str(span)


def read_rate(value: object, *, example: str = "1.2 per month") -> Rate:
    """How often ``value`` says something happens: ``1.2 per month``, ``6/year``, ``17 per hour``."""
    fix = f"write how many in which time, e.g.  {{key}}: {example}"
    if is_number(value):
        raise Wrong(
            f"{shown(value)} has no period", f"write the period, e.g.  {{key}}: {shown(value)} per month"
        )
    parts = _split_per(plain_text(value))
    if parts is None:
        if math.isfinite(to_float(plain_text(value))):
            raise Wrong(
                f"{shown(value)} has no period",
                f"write the period, e.g.  {{key}}: {plain_text(value)} per month",
            )
        raise Wrong(f"{shown(value)} is not a rate", fix)
    count = to_float(parts[0])
    if not 0 <= count <= 1e9:
        raise Wrong(f"{shown(value)} is not a rate" + (": it is negative" if count < 0 else ""), fix)
    return Rate(count, parts[1])


def read_yearly_share(value: object, *, example: str = "15% per year") -> float:
    """The share of a year that ``value`` says: ``15% per year``, or just ``15%``."""
    fix = f"write the share of a year, e.g.  {{key}}: {example}"
    parts = _split_per(plain_text(value))
    if parts is not None and not math.isclose(parts[1].days, 365.25):
        raise Wrong(f"{shown(value)} is not a share a year", fix)
    try:
        return read_share(value if parts is None else parts[0], below_high=True)
    except Wrong as wrong:
        raise Wrong(wrong.problem, wrong.fix if "has no unit" in wrong.problem else fix) from None


def read_money_rate(value: object, *, example: str = "9M per year") -> MoneyRate:
    """The money over time that ``value`` says: ``9M per year``, ``75万/月``, ``¥9M per year``."""
    text = plain_text(value)
    parts = _split_per(text)
    if parts is None:
        amount = read_money(value, example=example)
        raise Wrong(
            f"{shown(value)} has no period: it may be a month or a year",
            f"write the period, e.g.  {{key}}: {text or trim(amount)} per year",
        )
    try:
        return MoneyRate(read_money(parts[0], example=example), parts[1])
    except Wrong as wrong:
        raise Wrong(wrong.problem, wrong.fix) from None
