"""Classes of tickets: what they are worth, how fast they are to be answered, and how they go on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from csm_sim.scenario.fields import (
    WORKING_DAYS_RE,
    Effort,
    Model,
    Name,
    PriorityClass,
    Share,
    Switch,
    Wait,
    key,
    read_target,
    words,
)
from csm_sim.scenario.learning import Learning
from csm_sim.scenario.units import Span, Wrong, plain_text, read_span, shown


def _read_severity_target(value: object, info: ValidationInfo) -> Span | None:
    """A target in the severity's clock: working time, or elapsed time, in which a day is 24 hours."""
    if value is None or isinstance(value, Span):
        return value
    if info.data.get("clock", "elapsed") == "business":
        return read_target(value)
    if WORKING_DAYS_RE.fullmatch(plain_text(value)):
        raise Wrong(
            f"{shown(value)} are working days, and the clock of this severity is elapsed",
            "write elapsed time, e.g.  {key}: 24h,  or  clock: business",
        )
    return read_span(value, what="a time", units=("min", "h", "d", "w"), example="4h")


Target = Annotated[
    Span | None,
    PlainValidator(_read_severity_target),
    WithJsonSchema({"type": "string", "examples": ["4h"]}),
]


class More(Model):
    """Further work on a ticket after it has been answered: the customer comes back, and it goes on."""

    chance: Share = key(unit="share of touches", limits="0% to 100%", example="40%")
    """Chance after each touch that another one follows; 100% never ends."""

    effort: Effort = key(unit="time (min, h)", limits="above 0", example="20min")
    """Hands-on work of the further touch."""

    customer_wait: Wait = key(unit="elapsed time", limits="above 0", example="8h")
    """Time the customer takes before it; the clocks of the ticket stop meanwhile."""


class Reopen(Model):
    """Tickets that come back after they seemed to be solved."""

    chance: Share = key(unit="share of solved tickets", limits="0% to 100%", example="10%")
    """Chance that a ticket comes back each time it seems to be solved."""

    after: Wait = key(unit="elapsed time", limits="above 0", example="3d")
    """Time until it does; the clocks of the ticket stop meanwhile."""

    effort: Effort | None = key(None, unit="time (min, h)", limits="above 0", example="30min")
    """Hands-on work when it does. Without it: the effort of the severity."""


class Severity(Model):
    """A class of tickets."""

    share: Share = key(
        "100%",
        unit="share of tickets",
        limits="all add up to 100%",
        source="for a single severity",
        example="30%",
    )
    """Share of the tickets; may be left out when there is one severity."""

    effort: Effort = key(unit="time (min, h)", limits="above 0", example="{mean: 2h, cv: 1.2}")
    """Hands-on work of a ticket; with more, of its first touch."""

    clock: Annotated[Literal["business", "elapsed"], *words("business", "elapsed")] = key(
        "business", unit="word", limits="business or elapsed", source="assumption", example="elapsed"
    )
    """Time in which the targets run: working time of the scenario's calendar, or all hours of all days."""

    first_response: Target = key(
        None,
        unit="time in the clock (min, h, bd)",
        limits="above 0; bd with clock: business, d with elapsed",
        example="1h",
    )
    """Target for the time until somebody takes it up."""

    resolve: Target = key(
        None,
        unit="time in the clock (min, h, bd)",
        limits="above 0; bd with clock: business, d with elapsed",
        example="8h",
    )
    """Target for the time until it is solved; it sets the due time."""

    priority: PriorityClass = key(
        3, unit="class", limits="1 (most urgent) to 9", source="assumption", example="1"
    )
    """Priority among all work."""

    preempts: Switch = key(False, unit="true or false", source="assumption", example="true")
    """Whether it interrupts less urgent work in hand."""

    patience: Wait | None = key(None, unit="elapsed time", limits="above 0", example="{exponential: 1d}")
    """Time after which a customer who has not been answered gives up. Without it: customers wait."""

    more: More | None = key(None, unit="group", example="{chance: 40%, effort: 20min, customer_wait: 8h}")
    """Further touches. Without it: one touch solves a ticket."""

    reopen: Reopen | None = key(None, unit="group", example="{chance: 10%, after: 3d}")
    """Tickets that come back. Without it: what is solved stays solved."""

    escalate: Share = key(
        "0%", unit="share of tickets", limits="0% to 100%", source="assumption", example="20%"
    )
    """Share of the tickets that are escalated after the first touch; needs tickets.escalation."""

    skill: Name | None = key(None, unit="skill", example="api")
    """Skill that its tickets need. Without it anybody of the role can do them."""

    learning: Learning | None = key(None, unit="group", example="{saves: 10%, floor: 60%, experience: 50}")
    """How its effort falls with the times such tickets are done. Without it: not at all."""
