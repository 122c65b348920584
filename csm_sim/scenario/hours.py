"""When people work: the ``calendar`` of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from csm_sim.scenario.daytimes import Hours, Week, crosses_midnight, read_hours
from csm_sim.scenario.fields import Country, Day, Label, Model, key
from csm_sim.scenario.units import CLOCK_UNITS, Wrong, read_span, shown

ALWAYS = {"country": "none", "week": "mon-sun", "hours": "00:00-24:00", "break": "none", "closed": []}
"""What the word ``24x7`` stands for; for a role, too, it means every hour of every day."""


def _read_break(value: object, info: ValidationInfo) -> tuple[int, int] | None:
    """From and to of the break in minutes after midnight; a duration lies in the middle of the hours."""
    fix = 'write  {key}: 1h  or  {key}: "12:00-13:00"  or  {key}: none'
    open_minute, close_minute = info.data.get("hours", (0, 1440))
    if value is None or (isinstance(value, str) and value.strip().lower() == "none"):
        return None
    if isinstance(value, str) and ":" in value.replace("：", ":"):
        try:
            begin, end = read_hours(value)
        except Wrong as wrong:
            raise Wrong(wrong.problem, fix) from None
    elif isinstance(value, tuple):
        begin, end = read_hours(value)
    else:
        try:
            span = read_span(value, what="a break", units=CLOCK_UNITS, example="1h", above_zero=False)
        except Wrong as wrong:
            raise Wrong(wrong.problem, fix) from None
        if span.minutes == 0:
            return None
        begin = round((open_minute + close_minute - span.minutes) / 2)
        end = begin + round(span.minutes)
    if crosses_midnight((open_minute, close_minute)):
        raise Wrong(
            f"{shown(value)}: hours that cross midnight have no break",
            "delete it, or write  {key}: none  and more shrinkage",
        )
    if not open_minute < begin < end < close_minute:
        raise Wrong(f"{shown(value)} does not lie within the working hours", fix)
    return begin, end


Break = Annotated[
    tuple[int, int] | None,
    PlainValidator(_read_break),
    WithJsonSchema({"type": "string", "examples": ["1h", "12:00-13:00", "none"]}),
]


class Calendar(Model):
    """Working days and hours. ``calendar: 24x7`` means every hour of every day."""

    country: Country = key(None, unit="ISO 3166 code", limits="or none", example="JP")
    """Country whose public holidays are free. Without it there are none."""

    subdivision: Label | None = key(None, unit="ISO 3166-2 code", example="BY")
    """State or region with holidays of its own."""

    week: Week = key("mon-fri", unit="weekdays", source="assumption", example="mon-fri")
    """Working days of the week."""

    hours: Hours = key("09:00-18:00", unit="time of day", source="assumption", example='"09:00-18:00"')
    """Beginning and end of the working day, in quotes. Hours such as 22:00-07:00 end on the day after.

    Week and holidays speak of the day on which they begin."""

    break_: Break = key("12:00-13:00", alias="break", unit="time", source="assumption", example="1h")
    """Break of the working day: from-to, or a duration in the middle of the hours, or none.

    Hours that cross midnight have none."""

    closed: tuple[Day, ...] = key([], unit="dates", source="none closed", example="[2027-12-29, 2027-12-30]")
    """Further days on which nobody works."""

    @model_validator(mode="before")
    @classmethod
    def _read_word(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value.strip().lower().replace("×", "x").replace("/", "x") == "24x7":
                return dict(ALWAYS)
            raise Wrong(
                f"{shown(value)} is not a calendar",
                "write  {key}: 24x7  or  {key}: {country: JP, week: mon-fri}",
            )
        if isinstance(value, dict) and cls.without_default(value):
            return {**value, "break": "none"}
        return value

    @classmethod
    def without_default(cls, data: Mapping[str, Any]) -> frozenset[str]:
        """The break, where the hours cross midnight and none is written."""
        try:
            crosses = crosses_midnight(read_hours(data.get("hours", "09:00-18:00")))
        except Wrong:
            return frozenset()
        return frozenset({"break"} - data.keys()) if crosses else frozenset()

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """The one or two windows of a working day, in minutes after its midnight.

        Hours that cross midnight are one window that closes after minute 1,440.
        """
        if self.break_ is None:
            return (self.hours,)
        return ((self.hours[0], self.break_[0]), (self.break_[1], self.hours[1]))

    @property
    def minutes_a_day(self) -> int:
        """Working minutes of a working day."""
        return sum(close - begin for begin, close in self.windows)

    def closed_on(self, day: date) -> bool:
        """Whether nobody works that day, public holidays aside."""
        return day.weekday() not in self.week or day in self.closed
