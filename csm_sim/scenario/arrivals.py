"""How tickets come: after the start of an account, past self-service, or out of a file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from csm_sim.scenario.amounts import read_share
from csm_sim.scenario.fields import Day, Days, Factor, Label, Model, Name, Names, Share, key, words


class AfterStart(Model):
    """More (or fewer) tickets of new accounts: a multiple that goes to x1 in a straight line."""

    from_: Factor = key(alias="from", unit="multiple", limits="x0 to x1000", example="x3")
    """How many times as many tickets as usual on the first day of an account."""

    over: Days = key(unit="time", limits="above 0", example="4 months")
    """How long it takes until they come as usual."""


def _read_from(value: object, info: ValidationInfo) -> float:
    """The share at the beginning; when it is not written, 0 if it takes time to grow, else the final one."""
    if value is None:
        return 0.0 if info.data.get("over") is not None else info.data.get("to", 0.0)
    return read_share(value)


FromShare = Annotated[
    float, PlainValidator(_read_from), WithJsonSchema({"type": ["string", "number"], "examples": ["10%"]})
]


class Deflection(Model):
    """Questions that are answered before they become tickets. Several ways work one after the other."""

    to: Share = key(unit="share of tickets", limits="0% to 100%", example="30%")
    """Share of the tickets that nobody needs to answer, in the end."""

    over: Days | None = key(None, unit="time", limits="above 0", example="6 months")
    """How long the share takes to get there, in a straight line. Without it: at once."""

    from_: FromShare = key(
        None, alias="from", unit="share of tickets", limits="0% to 100%, only with over", example="10%"
    )
    """Share on the first day. Without it: 0% if over is given."""

    since: Day | None = key(None, unit="date", limits="before the end of the horizon", example="2027-04-01")
    """First day; before it there is none. Without it: the start of the scenario."""

    for_: Names = key([], alias="for", unit="segments", limits="names, or all", example="[smb, tail]")
    """Segments it helps. Without it: all."""


class TraceFile(Model):
    """A CSV file of past tickets to replay, and the names of its columns."""

    file: Label = key(unit="file name", example="tickets.csv")
    """CSV file beside the scenario."""

    account: Label = key("account", unit="column", source="the key's own name", example="Organization")
    """Column with the account's identifier, as in the accounts file."""

    opened_at: Label = key("opened_at", unit="column", source="the key's own name", example="Created at")
    """Column with date and time of opening, in the scenario's local time."""

    severity: Label | None = key(None, unit="column", example="Priority")
    """Column with the severity. Without it severities are drawn by their shares."""

    severities: dict[str, Name] = key(
        {}, unit="severity by text", source="same names", example="{Urgent: p1, Normal: p2}"
    )
    """Severity that each text of the column means."""

    default_severity: Name | None = key(None, unit="severity", example="p3")
    """Severity of tickets whose cell is empty or whose text is not listed."""

    effort: Label | None = key(None, unit="column", example="minutes_spent")
    """Column with the hands-on work. Without it, and for empty cells, effort is drawn."""

    effort_unit: Annotated[Literal["min", "h"], *words("min", "h")] = key(
        "min", unit="word", limits="min or h", source="assumption", example="h"
    )
    """Unit of the effort column."""

    format: Label | None = key(None, unit="strptime text", example='"%d/%m/%Y %H:%M"')
    """How times are written in the file, when not year-month-day hour:minute."""
