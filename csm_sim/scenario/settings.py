"""How outcomes become health, what the team aims at, and how long to simulate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import read_count
from csm_sim.scenario.fields import (
    HalfLife,
    Model,
    Points,
    PositiveCount,
    PositiveNumber,
    PositiveShare,
    Seed,
    Share,
    key,
)
from csm_sim.scenario.units import Wrong, shown


class Weights(Model):
    """What each component counts in health. They add up to 100%."""

    adoption: Share = key("40%", unit="share", limits="0% to 100%", source="assumption", example="40%")
    """Use of the product."""
    engagement: Share = key("25%", unit="share", limits="0% to 100%", source="assumption", example="25%")
    """Planned touches done on time."""
    support: Share = key("20%", unit="share", limits="0% to 100%", source="assumption", example="20%")
    """Tickets answered and solved in time."""
    onboarding: Share = key("15%", unit="share", limits="0% to 100%", source="assumption", example="15%")
    """First value reached on time."""


class Bands(Model):
    """Where the health bands begin; red is what lies below yellow."""

    green: Points = key(80, unit="points", limits="above yellow, to 100", source="assumption", example="80")
    """Least health of a green account."""
    yellow: Points = key(60, unit="points", limits="above 0", source="assumption", example="60")
    """Least health of a yellow account."""


class StartScores(Model):
    """Components of an account at its beginning."""

    adoption: Points = key(75, unit="points", limits="0 to 100", source="assumption", example="75")
    """Use of the product."""
    engagement: Points = key(85, unit="points", limits="0 to 100", source="assumption", example="85")
    """Planned touches."""
    support: Points = key(85, unit="points", limits="0 to 100", source="assumption", example="85")
    """Tickets."""
    onboarding: Points = key(85, unit="points", limits="0 to 100", source="assumption", example="85")
    """First value."""


class Memory(Model):
    """Weight of a new outcome in a component's running average; 100% forgets everything before."""

    adoption: PositiveShare = key(
        "20%", unit="share", limits="above 0% to 100%", source="assumption", example="20%"
    )
    """A month's use."""
    engagement: PositiveShare = key(
        "25%", unit="share", limits="above 0% to 100%", source="assumption", example="25%"
    )
    """A touch."""
    support: PositiveShare = key(
        "20%", unit="share", limits="above 0% to 100%", source="assumption", example="20%"
    )
    """A ticket."""
    onboarding: PositiveShare = key(
        "100%", unit="share", limits="above 0% to 100%", source="assumption", example="100%"
    )
    """First value."""


class Usage(Model):
    """Use of the product as it would be without the team: a new reading each month."""

    mean: Points = key(75, unit="points", limits="0 to 100", source="assumption", example="75")
    """Mean reading."""
    sd: Points = key(10, unit="points", limits="0 to 100", source="assumption", example="10")
    """Spread between readings."""
    before_first_value: Points = key(40, unit="points", limits="0 to 100", source="assumption", example="40")
    """Mean reading as long as first value is still to come."""


class Health(Model):
    """Health of an account, 0 to 100: a weighted sum of four components."""

    weights: Weights = key({}, unit="group", source="assumption")
    """What each component counts."""
    bands: Bands = key({}, unit="group", source="assumption")
    """Where green and yellow begin."""
    start: StartScores = key({}, unit="group", source="assumption")
    """Components at the beginning."""
    memory: Memory = key({}, unit="group", source="assumption")
    """Weight of a new outcome."""
    late_half_life: HalfLife = key("7d", unit="time", limits="above 0", source="assumption", example="7d")
    """Lateness that halves the score of a touch."""
    slow_half: PositiveNumber = key(
        1.0, unit="multiple of the target", limits="above 0", source="assumption", example="1.0"
    )
    """Overrun of a ticket's target that halves its score; 1.0 means twice the target scores 50."""
    usage: Usage = key({}, unit="group", source="assumption")
    """Use of the product."""


class Targets(Model):
    """What the team aims at. Only targets that are written are judged."""

    on_time: Share | None = key(None, unit="share of planned work", limits="at least", example="95%")
    """Least share of planned work done on time."""
    sla: Share | None = key(None, unit="share of tickets", limits="at least", example="90%")
    """Least share of tickets that meet all their targets."""
    utilisation_p90: Share | None = key(None, unit="share of working time", limits="at most", example="85%")
    """Most utilisation that 9 of 10 people stay under."""
    arr_lost: Share | None = key(None, unit="share of ARR", limits="at most", example="1%")
    """Most ARR a year lost to under-staffing."""


def _read_replications(value: object) -> int | Literal["auto"]:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    try:
        return read_count(value, low=1, high=1_000_000)
    except Wrong:
        raise Wrong(
            f"{shown(value)} is not a number of replications",
            "write  {key}: auto  or a number, e.g.  {key}: 50",
        ) from None


Replications = Annotated[
    int | Literal["auto"],
    PlainValidator(_read_replications),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "auto"}]}),
]


class Run(Model):
    """How the simulation is run."""

    seed: Seed = key(1, unit="number", limits="0 or more", source="any number will do", example="1")
    """Number from which all random draws come; the same seed gives the same results."""
    replications: Replications = key(
        "auto", unit="runs", limits="1 or more, or auto", source="assumption", example="auto"
    )
    """How many random futures are simulated; auto continues until the precision is reached."""
    precision: PositiveShare = key(
        "5%", unit="share of the mean", limits="above 0% to 100%", source="assumption", example="5%"
    )
    """Half-width of the confidence interval at which auto stops."""
    max_replications: PositiveCount = key(
        200, unit="runs", limits="2 or more", source="assumption", example="200"
    )
    """Where auto stops in any case."""
