"""People who come and go: which of the rules a scenario uses, and what came of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np

from csm_sim.analysis.digest import Sample
from csm_sim.analysis.estimates import Estimates, scope
from csm_sim.analysis.grouping import Groups
from csm_sim.world import supply as s

if TYPE_CHECKING:
    from csm_sim.world.build import World


class PeopleRules:
    """Which of the rules for people a role, or a whole world, uses: figures of the others are left out.

    Parameters
    ----------
    world
        With or without such rules.
    role
        The role that is looked at; None: any.
    """

    def __init__(self, world: World, role: int | None = None) -> None:
        supply, roles = world.supply, np.arange(len(world.roles))
        mine = roles if role is None else roles[role : role + 1]
        rules, seats = supply.rules[mine], supply.seats[np.isin(supply.seats["role"], mine)]
        acts = [act for act in supply.acts if role is None or _concerns(world, act, role)]
        kinds = {act.what for act in acts}
        hires = [act for act in acts if act.what == s.HIRE]
        self.policies = bool(supply.policies)
        """They may hire and cut."""
        self.resigns = bool((rules["hazard"] > 0).any())
        self.burnout = bool((rules["burnout_effect"] != 1.0).any())
        self.cuts = s.CUT in kinds or self.policies
        self.ends = bool((seats["until_day"] < world.days).any()) or any(
            act.until_day < world.days for act in hires
        )
        self.moves = s.REORGANISE in kinds
        starts = bool((seats["joins_day"] > 0).any())
        later = bool(hires) or starts
        self.planned_changes = later or self.cuts or self.ends or self.moves
        """Of the people who are there: by the timeline, contracts and policies."""
        self.replaced = bool(((rules["hazard"] > 0) & (rules["backfill"] == 1)).any())
        self.vacancies = self.replaced or bool(
            (bool(hires) or self.policies) and (rules["hire_dist"] >= 0).any()
        )
        self.joins = later or self.policies or self.replaced
        self.starts = starts
        """Somebody whom the scenario names joins on a date."""
        self.ramps = bool((supply.ramp_months[mine] > 0).any()) and (self.joins or self.moves)
        self.away = s.ABSENCE in kinds or bool(((rules["planned_days"] > 0) | (rules["sick_days"] > 0)).any())
        self.leads = bool((rules["span_people"] > 0).any())
        self.trains = s.TRAIN in kinds
        self.own_hours = bool((seats["calendar"] != world.roles["calendar"][seats["role"]]).any()) or any(
            act.calendar >= 0 for act in hires
        )
        self.own_speed = bool((seats["own_factor"] != 1.0).any()) or any(act.own_factor != 1 for act in hires)
        self.handover = bool((rules["hands_over"] == 1).any()) and (
            self.resigns or self.cuts or self.ends or self.moves or self.joins or self.away
        )

    @property
    def leaves(self) -> bool:
        """Whether somebody may leave."""
        return self.resigns or self.cuts or self.ends or self.moves

    @property
    def used(self) -> bool:
        """Whether those here can be others than those under contract, or differ in speed or hours.

        Hires and cuts of the timeline that take effect at once do not count by themselves.
        """
        return (
            self.resigns or self.ends or self.moves or self.policies or self.starts or self.vacancies
            or self.ramps or self.away or self.leads or self.trains or self.own_hours or self.own_speed
            or self.handover
        )  # fmt: skip


def _concerns(world: World, act: s.Act, role: int) -> bool:
    """Whether an act changes who is in a role, or how they work."""
    named = {int(world.supply.seats["role"][seat]) for seat in act.seats}
    if act.what == s.REORGANISE:
        return role in (act.role, act.to_role)
    return act.role == role or role in named or (act.what == s.FREEZE and act.role < 0)


_MOVES: Final = (
    ("joins", "requisitions_sum_people", "requisitions"),
    ("joins", "joined_sum_people", "joined"),
    ("resigns", "notices_sum_people", "notices"),
    ("resigns", "resigned_sum_people", "resigned"),
    ("cuts", "cut_sum_people", "cut"),
    ("ends", "ended_sum_people", "ended"),
    ("moves", "moved_in_sum_people", "moved_in"),
    ("moves", "moved_out_sum_people", "moved_out"),
    ("handover", "handed_over_sum_accounts", "handed_over"),
    ("handover", "orphan_sum_days", "orphan_days"),
)
"""Rule that a figure belongs to, metric, and field of MOVES_FIELDS."""


def add_turnover(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add comings and goings by role, over the horizon and month by month; nothing where nobody moves."""
    names, n = world.names.roles, len(sample)
    rules = [PeopleRules(world, role) for role in range(len(names))]
    for rule, metric, field in _MOVES:
        roles = [role for role, used in enumerate(rules) if getattr(used, rule)]
        if not roles:
            continue
        each = sample.moves(field)[:, :, roles]
        found.means(metric, [scope(role=names[role]) for role in roles], each.sum(axis=1))
        of_month = [scope(role=names[role], month=month) for month in groups.months for role in roles]
        found.means(metric, of_month, each.reshape(n, -1))
    roles = [role for role, used in enumerate(rules) if used.burnout]
    if not roles:
        return
    content = sample["content"][:, :, roles]
    whole = [scope(role=names[role]) for role in roles]
    of_month = [scope(role=names[role], month=month) for month in groups.months for role in roles]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a future in which nobody was there
        found.means("agent_satisfaction_mean_points", whole, np.nanmean(content, axis=1))
    found.means("agent_satisfaction_mean_points", of_month, content.reshape(n, -1))
    found.means("agent_satisfaction_end_points", whole, content[:, -1])
