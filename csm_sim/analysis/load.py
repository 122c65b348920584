"""How loaded people are, one by one and taken together, and what those who are loaded drop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.analysis.digest import FAILURES, OVERLOAD, Sample, roles_of_people, severities_of
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.turnover import PeopleRules
from csm_sim.world.counts import LATE, MISSED

if TYPE_CHECKING:
    from csm_sim.world.build import World


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the team, called like the first person who has it."""

    role: str
    person: str

    @property
    def scope(self) -> str:
        """The scope of its figures."""
        return scope(role=self.role, person=self.person)

    def of_playbook(self, name: str) -> str:
        """The scope of its figures of a playbook."""
        return scope(role=self.role, person=self.person, playbook=name)


def add_load(world: World, sample: Sample, found: Estimates, utilisation: float = OVERLOAD) -> None:
    """Add how loaded people are; ``utilisation`` is where overload begins."""
    scopes = [*(scope(role=name) for name in world.names.roles), ALL]
    planned, reactive, switching = (
        sample.load(name) for name in ("proactive_minutes", "reactive_minutes", "switching_minutes")
    )
    busy = planned + reactive + switching
    found.ratios("utilisation_mean_share", scopes, busy, sample.load("open_minutes"))
    found.ratios("load_mean_hours", scopes, busy / 60.0, sample.load("weeks"))
    found.ratios("overload_mean_share", scopes, sample.weeks_above(utilisation), sample.load("weeks"))
    found.means("switching_sum_hours", scopes, switching / 60.0)
    if len(severities_of(world)):
        found.ratios("reactive_mean_share", scopes, reactive, sample.load("open_minutes"))
    for metric, field in (
        ("utilisation_p90_share", "utilisation_p90"),
        ("utilisation_people_p10_share", "person_utilisation_p10"),
        ("utilisation_people_p50_share", "person_utilisation_p50"),
        ("utilisation_people_p90_share", "person_utilisation_p90"),
        ("utilisation_worst_share", "person_utilisation_worst"),
        ("load_p90_hours", "hours_p90"),
        ("load_worst_hours", "person_hours_worst"),
    ):
        found.means(metric, scopes, sample.load(field))


def add_people(world: World, sample: Sample, found: Estimates) -> tuple[Seat, ...]:
    """Add the load of each person, and what was late or missed in each book; returns who was there at all.

    Nothing is known of single people where there are too many of them.
    """
    present = sample["person_open"].sum(axis=1)
    there = np.flatnonzero((present > 0).any(axis=0))
    if not len(there):
        return ()
    role = roles_of_people(world)
    seats = tuple(Seat(world.names.roles[role[seat]], world.names.people[seat]) for seat in there)
    busy = sample["person_busy"].sum(axis=1)
    scopes = [seat.scope for seat in seats]
    found.ratios("utilisation_mean_share", scopes, busy[:, there], present[:, there])
    failures = sample["failures"]
    if not failures.size:
        return seats
    assert failures.shape[1] == FAILURES
    for metric, row in (("late_sum_tasks", LATE), ("missed_sum_tasks", MISSED)):
        counts = failures[:, row][:, there]
        books = np.flatnonzero(counts.any(axis=(0, 2)))
        found.means(metric, [scopes[book] for book in books], counts[:, books].sum(axis=2))
        of_kind = np.argwhere(counts[:, books].any(axis=0))
        names = [seats[books[book]].of_playbook(world.names.kinds[kind]) for book, kind in of_kind]
        found.means(metric, names, counts[:, books[of_kind[:, 0]], of_kind[:, 1]])
    return seats


def told_apart(world: World) -> bool:
    """Whether people differ from each other: by name, or because they come, go, or work otherwise.

    Where they do not, all that can be said of one holds for all of the role.
    """
    roles = roles_of_people(world)
    named = any(
        name != f"{world.names.roles[role]} {number - int(world.roles['first_slot'][role]) + 1}"
        for number, (name, role) in enumerate(zip(world.names.people, roles, strict=True))
    )
    return named or PeopleRules(world).used
