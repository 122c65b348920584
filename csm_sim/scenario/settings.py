"""What the team aims at, and how long to simulate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.aims import DaysAtMost, LossAtMost, ShareAtLeast, ShareAtMost
from csm_sim.scenario.amounts import read_count
from csm_sim.scenario.fields import Model, PositiveCount, PositiveShare, Seed, YearlyMoney, key
from csm_sim.scenario.units import Wrong, shown


class Targets(Model):
    """What the team aims at. Only targets that are written are judged."""

    on_time: ShareAtLeast | None = key(
        None, unit="share of planned work", limits="at least; also with a chance", example="95%"
    )
    """Least share of planned work done on time.

    ``{at_least: 95%, chance: 80%}`` asks for a chance of 80 % that a single future reaches it; alone, it is
    about all futures together. The other targets, but cost, take a chance likewise."""
    sla: ShareAtLeast | None = key(
        None, unit="share of tickets", limits="at least; also with a chance", example="90%"
    )
    """Least share of tickets that meet all their targets."""
    utilisation_p90: ShareAtMost | None = key(
        None, unit="share of working time", limits="at most; also with a chance", example="85%"
    )
    """Most utilisation that 9 of 10 people stay under."""
    arr_lost: LossAtMost | None = key(
        None, unit="share of ARR", limits="at most; also with a chance", example="{at_most: 2%, chance: 90%}"
    )
    """Most ARR a year lost to under-staffing."""
    first_value: DaysAtMost | None = key(
        None, unit="time", limits="at most; also with a chance", example="30d"
    )
    """Most time, on average, until a new account has its first value."""
    cost: YearlyMoney | None = key(None, unit="money a year", limits="at most", example="110M per year")
    """Most that the people of all roles may cost."""


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
