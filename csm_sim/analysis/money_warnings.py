"""What a reader must know before trusting the money: costs that are not given, losses still to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.language import Message
from csm_sim.scenario.model import add_span

if TYPE_CHECKING:
    from csm_sim.scenario.model import Scenario
    from csm_sim.world.build import World

_OF_PEOPLE: Final = frozenset({"hire", "cut", "absence", "freeze", "shrinkage", "reorganise"})
"""Acts that change how many people there are, or how much they can do."""


def money_warnings(scenario: Scenario, world: World) -> Iterator[Message]:
    """The warnings about money; none where no role has a cost."""
    if not scenario.has_costs:
        return
    free = [
        name
        for number, name in enumerate(world.names.roles)
        if scenario.staff[name].cost is None and world.roles["slots"][number] > 0
    ]
    if free:
        yield Message(
            "it is not said what people of {roles} cost: no cost and no cost to serve has them in it",
            roles=", ".join(free),
        )
    if not CustomerRules(world).churns:
        return
    on, until = _last_change(scenario), scenario.end - timedelta(days=1)
    if world.supply.policies:
        yield Message(
            "losses are understated: policies may change people to the end, and what that loses at renewals"
            " after {until} is not counted",
            until=until,
        )
        return
    if on is None:
        return
    terms = {name: one.term for name, one in scenario.segments.items() if one.churn is not None}
    late_ones = [name for name, term in terms.items() if add_span(on, term) > scenario.end]
    if late_ones:
        yield Message(
            "losses are understated: people last change on {on}, and some accounts of {segments} have no"
            " renewal between that and the end of the horizon, {until}",
            on=on, segments=", ".join(late_ones), until=until,
        )  # fmt: skip


def _last_change(scenario: Scenario) -> date | None:
    """The day of the last act that changes people, or on which a person of ``people`` comes or goes."""
    days = [act.on for act in scenario.acts if _OF_PEOPLE.intersection(act.kinds)]
    days += [act.hire.until for act in scenario.acts if act.hire is not None and act.hire.until is not None]
    for person in scenario.people:
        days += [day for day in (person.start, person.until) if day is not None]
    within = [day for day in days if day < scenario.end]
    return max(within, default=None)
