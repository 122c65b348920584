"""Sample → summary: every figure of the catalogue that a scenario has, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csm_sim.analysis.assumptions import Assumption, assumptions_of
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.customers import add_customers
from csm_sim.analysis.digest import LARGEST_ACCOUNTS, OVERLOAD
from csm_sim.analysis.erlang import Comparison, compare
from csm_sim.analysis.estimates import Estimates
from csm_sim.analysis.grouping import Groups, groups_of
from csm_sim.analysis.intervals import smallest_n
from csm_sim.analysis.load import Seat, add_load, add_people, told_apart
from csm_sim.analysis.money_figures import add_money
from csm_sim.analysis.money_warnings import money_warnings
from csm_sim.analysis.service import add_planned
from csm_sim.analysis.targets import Judged, futures_of, judge
from csm_sim.analysis.tickets import add_tickets
from csm_sim.analysis.turnover import PeopleRules, add_turnover
from csm_sim.analysis.workload import add_workload
from csm_sim.language import Message

if TYPE_CHECKING:
    from csm_sim.analysis.precision import Precision
    from csm_sim.analysis.replicate import Replications
    from csm_sim.scenario import Loaded
    from csm_sim.world.build import World

CONCENTRATED: Final = 0.2
"""Share of ARR in the five largest accounts above which intervals of ARR are called too narrow."""

ENOUGH_WHEN_CONCENTRATED: Final = 200
"""Replications from which that warning is not needed (coverage of skewed sums was 0.92 to 0.93 there)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The answers of a run, from which every report is made."""

    estimates: Estimates
    targets: tuple[Judged, ...]
    assumptions: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    """What a reader must know before trusting the figures."""
    groups: Groups
    pools: tuple[Comparison, ...]
    """The pools that handle tickets, beside what Erlang says of them."""
    n: int
    twin: bool
    utilisation: float
    """What people should be busy at most: the target, or 0.85."""
    moving: frozenset[str]
    """Roles in which those here can be others than those under contract, or differ in speed or hours."""
    people: tuple[Seat, ...]
    """Who was there in some replication; empty where there are too many to tell."""
    told_apart: bool
    """Whether people differ from each other, so that it is worth naming them."""
    customers: CustomerRules
    """Which rules for customers are used."""


def summarise(loaded: Loaded, world: World, replications: Replications) -> Summary:
    """The summary of the replications of a scenario.

    Parameters
    ----------
    loaded
        The scenario.
    world
        Built from it.
    replications
        From :func:`csm_sim.analysis.replicate.replicate`.
    """
    world = replications.world  # policies of the plan may move people that the world itself leaves alone
    sample, groups = replications.sample, groups_of(world)
    found = Estimates(world.names.currency)
    utilisation = loaded.scenario.targets.utilisation_p90 or OVERLOAD
    add_workload(world, groups, sample, found, utilisation)
    add_load(world, sample, found, utilisation)
    add_turnover(world, groups, sample, found)
    add_planned(world, groups, sample, found)
    add_tickets(world, groups, sample, found)
    add_customers(world, groups, sample, found)
    add_money(loaded.scenario, world, groups, sample, found)
    people = add_people(world, sample, found)
    roles = world.names.roles
    return Summary(
        estimates=found,
        targets=judge(loaded.scenario.targets, found, futures_of(loaded.scenario, world, sample)),
        assumptions=assumptions_of(loaded),
        warnings=tuple(_warnings(loaded, world, replications, found)),
        groups=groups,
        pools=compare(world, groups, sample, found),
        n=len(sample),
        twin=sample.twin,
        utilisation=utilisation,
        moving=frozenset(name for role, name in enumerate(roles) if PeopleRules(world, role).used),
        people=people,
        told_apart=told_apart(world),
        customers=CustomerRules(world),
    )


def _warnings(loaded: Loaded, world: World, replications: Replications, found: Estimates) -> list[Message]:
    n, warnings = len(replications.sample), []
    if n < 2:
        warnings.append(
            Message("one replication has no confidence interval: ask for more, e.g. --replications 30")
        )
    elif n < 10:
        warnings.append(
            Message("{n} replications are few: intervals of less than 10 are not to be relied on", n=n)
        )
    if replications.asked and not replications.reached:
        for one in replications.precision:
            if not one.reached:
                warnings.append(_imprecise(one, n))
    largest = found.get("largest_accounts_mean_share")
    if (
        largest
        and largest.mean > CONCENTRATED
        and CustomerRules(world).revenue
        and n < ENOUGH_WHEN_CONCENTRATED
    ):
        warnings.append(
            Message(
                "the {accounts} largest accounts hold {share} of the ARR: intervals of ARR from {n}"
                " replications are too narrow; ask for {enough} or more",
                accounts=LARGEST_ACCOUNTS, share=f"{largest.mean:.0%}", n=n, enough=ENOUGH_WHEN_CONCENTRATED,
            )
        )  # fmt: skip
    if replications.sample.twin and 1 < n < smallest_n(0.9) and CustomerRules(world).revenue:
        warnings.append(
            Message(
                "{n} replications are too few for an interval of the P90 of ARR lost: it takes {enough}",
                n=n, enough=smallest_n(0.9),
            )
        )  # fmt: skip
    for key, target in loaded.scenario.targets:
        if target is not None and key == "arr_lost" and not replications.sample.twin:
            warnings.append(Message("the target arr_lost cannot be judged without the fully staffed twin"))
    warnings += money_warnings(loaded.scenario, world)
    return warnings


def _imprecise(one: Precision, n: int) -> Message:
    values: dict[str, object] = {"n": n, "metric": one.metric, "half": f"{one.half_width:.3g}"}
    if not one.mean:
        return Message(
            "precision not reached after {n} replications: {metric} ± {half};"
            " raise run.max_replications or accept a lower run.precision",
            **values,
        )
    return Message(
        "precision not reached after {n} replications: {metric} ± {half} ({share} of the mean);"
        " raise run.max_replications or accept a lower run.precision",
        share=f"{one.half_width / abs(one.mean):.1%}", **values,
    )  # fmt: skip
