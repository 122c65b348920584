"""The workload of a scenario without simulating: hours, people, ratios, waiting, and what that leaves out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.grouping import added_up, by_role, groups_of
from csm_sim.analysis.turnover import PeopleRules
from csm_sim.analysis.workload_book import churn_share
from csm_sim.analysis.workload_hours import hours_of
from csm_sim.analysis.workload_ratios import Ratio, ratios_of
from csm_sim.analysis.workload_supply import Supply, supply_of
from csm_sim.analysis.workload_waits import Lateness, lateness_of
from csm_sim.language import Message
from csm_sim.world import records as r

if TYPE_CHECKING:
    from csm_sim.scenario import Loaded
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

CUTS: Final = ("playbook", "step", "tier", "role", "month")
"""What hours can be divided by."""


@dataclass(frozen=True, slots=True)
class RoleNeed:
    """Hours and people of a role, of the horizon or of one month."""

    role: str
    month: str
    """Empty: the whole horizon."""
    needed_hours: float
    """Hands-on work."""
    contracted_hours: float
    vacant_hours: float
    away_hours: float
    slower_hours: float
    """Lost to ramp, own speed, coaching, leading, training."""
    shrunk_hours: float
    available_hours: float
    """What is left for hands-on work."""
    one_hours: float
    """Working time of one person who is always there."""
    fte_unshrunk: float
    """People whom the hours take, with nothing else to do."""
    fte: float
    """Likewise with shrinkage: divided by 1 - s."""
    fte_present: float
    """Likewise with leave and sickness, too: people to employ."""
    people: float
    """Employed, on average; part-time counts in part."""

    @property
    def gap_hours(self) -> float:
        """Needed less available; negative: spare."""
        return self.needed_hours - self.available_hours

    @property
    def gap_share(self) -> float:
        """The gap as a share of what is needed; nan where nothing is."""
        return self.gap_hours / self.needed_hours if self.needed_hours > 0 else math.nan

    @property
    def load(self) -> float:
        """Needed over available; ``inf`` where nobody is there."""
        if self.available_hours > 0:
            return self.needed_hours / self.available_hours
        return math.inf if self.needed_hours > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class WorkloadPlan:
    """The answer."""

    name: str
    currency: str
    months: tuple[str, ...]
    hours: Mapping[str, Mapping[tuple[str, ...], float]]
    """By each of CUTS: names -> hours; a step's name is (playbook, step). What has no hours is left out."""
    tasks: Mapping[str, Mapping[tuple[str, ...], float]]
    """Likewise: how often it comes."""
    month_kind_hours: Floats
    """(month, kind)."""
    kinds: tuple[str, ...]
    detail: tuple[tuple[str, str, str, str, str, float, float], ...]
    """(month, playbook, step, tier, role, tasks, hours) of everything that has hours."""
    roles: tuple[RoleNeed, ...]
    """Of the whole horizon."""
    role_months: tuple[RoleNeed, ...]
    ratios: tuple[Ratio, ...]
    lateness: tuple[Lateness, ...]
    taken: tuple[str, ...]
    """What is taken to be so."""
    left_out: tuple[str, ...]
    """What cannot be known without simulating."""

    @property
    def total_hours(self) -> float:
        """Hands-on work of the horizon."""
        return float(self.month_kind_hours.sum())


def plan_workload(loaded: Loaded, world: World) -> WorkloadPlan:
    """Hours, people, ratios and waiting of a scenario, in milliseconds and without simulating."""
    groups, supply = groups_of(world), supply_of(loaded, world)
    hours = hours_of(world, supply.heads)
    kind = world.steps["kind"].astype(np.int64)
    step_shares = groups.month_role_shares[:, kind] if len(kind) else np.zeros((world.months, 0, 1, 1))
    of_steps = hours.minutes / 60.0
    parts = {  # (month, step, tier, role)
        what: np.einsum("mscr,ct->mstr", values[..., None] * step_shares, groups.columns_to_tiers)
        for what, values in (("hours", of_steps), ("tasks", hours.tasks))
    }
    by_kind = np.add.reduceat(of_steps, world.kinds["step0"], axis=1) if len(kind) else of_steps
    labels: dict[str, list[tuple[str, ...]]] = {
        "month": [(name,) for name in groups.months],
        "step": [*groups.steps],
        "tier": [(name,) for name in groups.tiers],
        "role": [(name,) for name in world.names.roles],
    }
    found: dict[str, dict[str, dict[tuple[str, ...], float]]] = {}
    for what, values in parts.items():
        found[what] = {
            cut: _named(labels[cut], values.sum(axis=tuple(a for a in range(4) if a != axis)))
            for axis, cut in enumerate(("month", "step", "tier", "role"))
        }
        of_kinds = added_up(values.sum(axis=(0, 2, 3)), groups.steps_to_kinds)
        found[what]["playbook"] = _named([(name,) for name in groups.kinds], of_kinds)
    needed = by_role(groups, by_kind[None])[0] if len(kind) else np.zeros((world.months, len(world.roles)))
    roles, role_months = _needs(world, groups.months, needed, supply, groups.month_speed)
    return WorkloadPlan(
        name=loaded.scenario.name,
        currency=world.names.currency,
        months=groups.months,
        hours=found["hours"],
        tasks=found["tasks"],
        month_kind_hours=by_kind.sum(axis=2),
        kinds=groups.kinds,
        detail=tuple(_detail(world, groups.months, groups.steps, groups.tiers, parts)),
        roles=roles,
        role_months=role_months,
        ratios=ratios_of(world, groups, by_kind * 60.0, hours.book),
        lateness=lateness_of(world, groups, hours, supply),
        taken=tuple(_taken(loaded, world)),
        left_out=tuple(_left_out(loaded, world)),
    )


def _named(names: list[tuple[str, ...]], values: Floats) -> dict[tuple[str, ...], float]:
    return {name: float(value) for name, value in zip(names, values, strict=True) if value > 1e-9}


def _detail(
    world: World,
    months: tuple[str, ...],
    steps: tuple[tuple[str, str], ...],
    tiers: tuple[str, ...],
    parts: Mapping[str, Floats],
) -> Iterator[tuple[str, str, str, str, str, float, float]]:
    for m, s, t, role in np.argwhere(parts["hours"] > 1e-9).tolist():
        yield (
            months[m], *steps[s], tiers[t], world.names.roles[role],
            float(parts["tasks"][m, s, t, role]), float(parts["hours"][m, s, t, role]),
        )  # fmt: skip


def _needs(
    world: World, months: tuple[str, ...], needed: Floats, supply: Supply, speed: Floats
) -> tuple[tuple[RoleNeed, ...], tuple[RoleNeed, ...]]:
    fields = ("contracted", "vacant", "away", "slower", "shrunk", "available", "one")
    there = supply.there()
    rows: dict[str, list[RoleNeed]] = {"all": [], "month": []}
    for role, name in enumerate(world.names.roles):
        spans = [("", slice(None)), *((month, slice(m, m + 1)) for m, month in enumerate(months))]
        for month, span in spans:
            hours = {f"{field}_hours": float(getattr(supply, field)[span, role].sum()) for field in fields}
            one, work = supply.one[span, role], needed[span, role]
            total = float(one.sum())
            employed = hours["contracted_hours"] - hours["vacant_hours"]
            rows["month" if month else "all"].append(
                RoleNeed(
                    role=name,
                    month=month,
                    needed_hours=float(work.sum()),
                    **hours,
                    fte_unshrunk=_over(work.sum(), total),
                    fte=_over((work / speed[span, role]).sum(), total),
                    fte_present=_over(
                        (work / (speed[span, role] * np.maximum(there[span, role], 1e-9))).sum(), total
                    ),
                    people=_over(employed, total),
                )
            )
    return tuple(rows["all"]), tuple(rows["month"])


def _over(value: float, by: float) -> float:
    return float(value) / by if by > 0 else math.nan


# what stands behind it ---------------------------------------------------------------------------


def _taken(loaded: Loaded, world: World) -> Iterator[Message]:
    yield Message("every promise is kept and begun at once: nothing waits, is dropped or is missed")
    churning = [
        f"{name} {100 * churn_share(world, number):.3g}%"
        for number, name in enumerate(world.names.segments)
        if world.segments["churns"][number]
    ]
    if churning:
        yield Message(
            "at a renewal, accounts churn as in good health ({shares}): lateness costs none",
            shares=", ".join(churning),
        )
    if any(segment.new is not None for segment in loaded.scenario.segments.values()):
        yield Message("new business comes as expected, in fractions of accounts")
    if (world.steps["learn_power"] < 0).any():
        yield Message("what is learnt follows the expected number of times that it is done")
    if any(playbook.phase is not None for playbook in loaded.scenario.playbooks.values()):
        yield Message("onboarding ends as planned, so that phases come on time")


def _left_out(loaded: Loaded, world: World) -> Iterator[Message]:
    scenario, tickets = loaded.scenario, loaded.scenario.tickets
    on_events = [name for name, playbook in scenario.playbooks.items() if playbook.on_event]
    if on_events:
        yield Message(
            "playbooks on events ({names}): how often those happen takes a simulation",
            names=", ".join(on_events),
        )
    if scenario.tiering:
        yield Message("tiering: accounts stay served as they are at the start, whatever the rules would move")
    odds = any(
        trait is not None and trait.churn_odds != 1.0
        for segment in scenario.segments.values()
        if segment.new is not None
        for trait in (segment.new.bad_fit, segment.new.poor_handover)
    ) or any(act.price is not None for act in scenario.timeline)
    if odds:
        yield Message("churn of bad fits and after price rises: accounts churn as others do")
    if scenario.journey.onboarding_limit is not None:
        yield Message("onboarding given up: every onboarding is finished")
    if tickets is not None:
        yield from _left_out_of_tickets(loaded, world)
    yield from _left_out_of_people(loaded, world)
    if scenario.policies:
        yield Message("policies: what leaders do when something happens")


def _left_out_of_tickets(loaded: Loaded, world: World) -> Iterator[Message]:
    tickets = loaded.scenario.tickets
    assert tickets is not None
    if tickets.hand_over.minutes > 0:
        yield Message("hand-overs of tickets: how often somebody else goes on depends on who is free")
    if tickets.overflow is not None:
        yield Message(
            "overflow to {role}: tickets count for the role that they come to", role=tickets.overflow.to
        )
    if any(severity.patience is not None for severity in tickets.severities.values()):
        yield Message("tickets given up: all count in full, although an impatient customer's needs no work")


def _left_out_of_people(loaded: Loaded, world: World) -> Iterator[Message]:
    scenario, rules = loaded.scenario, PeopleRules(world)
    if rules.burnout:
        yield Message("burnout: overloaded people leave sooner than this says")
    if rules.handover:
        yield Message("hand-overs of accounts: their effort is not in the hours")
    if rules.cuts or rules.moves:
        yield Message(
            "of cuts and moves, the seats filled last are taken, vacant ones never: about right, not exact"
        )
    if any(act.hire is not None and (act.hire.hours != 1 or act.hire.speed != 1) for act in scenario.acts):
        yield Message("hires with hours or a speed of their own count as full-time at usual speed")
    if any(role.covers for role in scenario.staff.values()):
        yield Message("help between pools (covers): each role's hours stand against its own people alone")
    if any(step["skill"] != r.NO_SKILL for step in world.steps):
        yield Message("skills: any of the role's people counts as able to do its work")
    if (world.roles["switch_minutes"] > 0).any() and _both_natures(world):
        yield Message("switching between tickets and planned work: the time it costs is not in the hours")


def _both_natures(world: World) -> bool:
    """Whether some role does both planned work and tickets."""
    groups = groups_of(world)
    reactive = world.kinds["reactive"] == 1
    does = [(groups.role_shares[chosen] > 0).any(axis=(0, 1)) for chosen in (reactive, ~reactive)]
    return bool((does[0] & does[1]).any())
