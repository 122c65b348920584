"""What ``csm-sim size`` may change, and how sure it should be."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from csm_sim.scenario.amounts import read_share
from csm_sim.scenario.fields import Days, Model, Name, PeopleCount, PositiveShare, key
from csm_sim.scenario.units import Wrong, shown


def read_confidence(value: object) -> float:
    """A confidence from a half on, short of certainty."""
    fix = "write a percentage from 50% to under 100%, e.g.  {key}: 95%"
    share = read_share(value)
    if share < 0.5:
        raise Wrong(f"{shown(value)} is no confidence: a coin is right as often", fix)
    if share == 1:
        raise Wrong(f"{shown(value)} is certainty, which no number of futures gives", fix)
    return share


Confidence = Annotated[
    float,
    PlainValidator(read_confidence),
    WithJsonSchema({"type": ["string", "number"], "examples": ["95%"]}),
]


class SizedRole(Model):
    """How many people of a role there may be."""

    min: PeopleCount | None = key(None, unit="people", limits="0 or more", example="4")
    """The fewest. Without it: 1 where the role has people now, else 0."""

    max: PeopleCount | None = key(None, unit="people", limits="at least min", example="14")
    """The most. Without it: twice the estimate that the search begins with, and 3 more."""


class Tolerances(Model):
    """How far from a target is as good as met.

    A team that misses a target by less may be called enough, one that meets it by less may be called too
    small. Half a tolerance takes four times the replications.
    """

    on_time: PositiveShare = key("1%", unit="share", limits="above 0%", source="assumption", example="1%")
    """Of the share of planned work on time."""

    sla: PositiveShare = key("1%", unit="share", limits="above 0%", source="assumption", example="1%")
    """Of the share of tickets that meet all their targets."""

    utilisation_p90: PositiveShare = key(
        "1%", unit="share", limits="above 0%", source="assumption", example="2%"
    )
    """Of the utilisation that 9 of 10 people stay under."""

    arr_lost: PositiveShare = key(
        "0.3%", unit="share of ARR", limits="above 0%", source="assumption", example="0.2%"
    )
    """Of the share of ARR lost in a year."""

    first_value: Days = key("2d", unit="time", limits="above 0", source="assumption", example="2d")
    """Of the time to first value."""

    chance: PositiveShare = key(
        "5%", unit="share of futures", limits="above 0%", source="assumption", example="5%"
    )
    """Of the chance of any target that has one."""


class Sizing(Model):
    """The question of how many people: which roles, within which bounds, and how sure."""

    roles: dict[Name, SizedRole] = key(
        {}, unit="group", source="all with people", example="{csm: {min: 4, max: 14}, support: {}}"
    )
    """Roles whose headcount is looked for. Without it: all that have people or work."""

    confidence: Confidence = key(
        "95%", unit="share", limits="50% to under 100%", source="convention", example="95%"
    )
    """How sure the answer is to be right within the tolerances, all comparisons taken together."""

    tolerance: Tolerances = key({}, unit="group", source="assumption")
    """How far from a target is as good as met."""
