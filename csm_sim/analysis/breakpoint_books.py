"""Books of a role at other sizes, nested: the larger one is the smaller one and further accounts.

Accounts draw by who they are, so an account does the same in a book of any size that it is in, until it
is served differently. That makes one account more an experiment in pairs. What makes the books nested:

* A segment with a number of accounts generates them one after the other (``docs/explanation/model.md``,
  section 3). Those that started in the warm-up are in the book first, the latest ones before the earlier
  ones, then older ones by their number. New business does not depend on the size.
* A listed segment is taken in the keyed order of its accounts. Past its end its accounts come again, in
  the same order, as further customers with the same ARR, dates and owner and draws of their own.
* Several segments grow together, so that they keep their proportions (see :func:`divided`).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csm_sim.world.build import Listed
from csm_sim.world.identity import absorb_uid
from csm_sim.world.supply import ABSENCE, Act

if TYPE_CHECKING:
    from csm_sim.analysis.variants import Variant, Variants
    from csm_sim.world.build import World


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts that people of a role own."""

    role: str
    people: int
    """At the start."""
    segments: tuple[str, ...]
    accounts: tuple[int, ...]
    """There at the start, by segment, as the scenario has it."""
    fullest: int = 0
    """Accounts of the person for whom account lists name most; 0 where they name nobody."""

    @property
    def today(self) -> float:
        """Accounts per person as the scenario has it."""
        return sum(self.accounts) / self.people


def roles_with_books(world: World) -> tuple[str, ...]:
    """Roles whose people own accounts."""
    owners = world.segments["owner_role"]
    return tuple(name for number, name in enumerate(world.names.roles) if (owners == number).any())


def books_of(variant: Variant, role: str) -> Books:
    """The books of a role.

    Raises
    ------
    ValueError
        If nobody of the role is there, or nobody owns an account at the start.
    """
    world = variant.world
    mine = np.flatnonzero(world.segments["owner_role"] == world.names.roles.index(role))
    accounts = tuple(_there(world, int(segment)) for segment in mine)
    people = variant.scenario.staff[role].headcount
    if not people or not sum(accounts):
        raise ValueError(f"{role} has no books")
    names = tuple(world.names.segments[segment] for segment in mine)
    return Books(role, people, names, accounts, _fullest(world, [int(segment) for segment in mine]))


def divided(total: int, accounts: tuple[int, ...]) -> tuple[int, ...]:
    """So many accounts as segments of which each has its share.

    Each next account goes to the segment with the largest ``accounts / (2 given + 1)``, the first of them on
    a tie (the method of Webster and Sainte-Laguë). So a larger total never takes an account from a segment,
    and the total of the scenario gives its own numbers.

    >>> divided(5, (60, 400)), divided(230, (60, 400)), divided(460, (60, 400))
    ((1, 4), (30, 200), (60, 400))
    """
    given = [0] * len(accounts)
    queue = [(-float(count), place) for place, count in enumerate(accounts) if count]
    heapq.heapify(queue)
    for _ in range(total):
        _, place = queue[0]
        given[place] += 1
        heapq.heapreplace(queue, (-accounts[place] / (2 * given[place] + 1), place))
    return tuple(given)


class Nest:
    """The versions of a scenario that differ in the size of one role's books.

    Parameters
    ----------
    variants
        The scenario; its base is today's book.
    books
        From :func:`books_of`, of the base.
    """

    def __init__(self, variants: Variants, books: Books) -> None:
        self._variants, self._books = variants, books
        self._found: dict[tuple[int, int], Variant] = {}

    def variant(self, total: int, leave_weeks: int = 0) -> Variant:
        """The version in which people of the role own so many accounts altogether.

        Parameters
        ----------
        total
            Accounts there at the start.
        leave_weeks
            So many weeks of leave more for each of the people, spread over the horizon; 0: none.
        """
        key = total, leave_weeks
        if key not in self._found:
            found = self._sized(total)
            if leave_weeks:
                world = with_leave(found.world, self._books.role, self._books.people, leave_weeks)
                found = replace(found, world=world)
            self._found[key] = found
        return self._found[key]

    def _sized(self, total: int) -> Variant:
        books, listed = self._books, self._variants.base.world.listed
        sizes = dict(zip(books.segments, divided(total, books.accounts), strict=True))
        names = self._variants.base.world.names.segments
        sets = tuple(
            f"segments.{name}.accounts={size}"
            for name, size in sizes.items()
            if names.index(name) not in listed and size != self._today(name)
        )
        found = self._variants.variant(*sets)
        lists = {names.index(name): size for name, size in sizes.items() if names.index(name) in listed}
        if not lists:
            return found
        return replace(found, world=with_lists(found.world, lists))

    def _today(self, name: str) -> int:
        return self._books.accounts[self._books.segments.index(name)]


def _there(world: World, segment: int) -> int:
    """Accounts of a segment at the start."""
    if segment in world.listed:
        return int((world.listed[segment].start_day <= world.warm_days).sum())
    return int(world.segments["accounts"][segment])


def _fullest(world: World, segments: list[int]) -> int:
    """Accounts at the start that lists give to the person to whom they give most."""
    lists = [world.listed[segment] for segment in segments if segment in world.listed]
    owners = [one.owner[(one.owner >= 0) & (one.start_day <= world.warm_days)] for one in lists]
    named = np.concatenate([np.zeros(0, np.int32), *owners])
    return int(np.bincount(named).max()) if len(named) else 0


def with_lists(world: World, sizes: Mapping[int, int]) -> World:
    """The world in which listed segments have so many accounts at the start; those that start later stay."""
    listed = {number: _resized(one, sizes, number, world.warm_days) for number, one in world.listed.items()}
    return replace(world, listed=listed)


def _resized(listed: Listed, sizes: Mapping[int, int], number: int, warm_days: int) -> Listed:
    if number not in sizes:
        return listed
    there = np.flatnonzero(listed.start_day <= warm_days)
    keys = np.array([absorb_uid(int(uid), 0) for uid in listed.uid[there]], dtype=np.uint64)
    ordered = there[np.argsort(keys, kind="stable")]
    places = np.arange(sizes[number])
    kept = listed.start_day > warm_days
    kept[ordered[places[: len(ordered)]]] = True
    rows = np.concatenate([np.flatnonzero(kept), ordered[places[len(ordered) :] % len(ordered)]])
    uid = listed.uid[rows].copy()
    for place, again in enumerate(places[len(ordered) :] // len(ordered), int(kept.sum())):
        uid[place] = absorb_uid(int(uid[place]), int(again))
    return Listed(uid, listed.arr[rows], listed.start_day[rows], listed.first_renewal_day[rows],
                  listed.owner[rows])  # fmt: skip


def leave_days(world: World, people: int, weeks: int) -> NDArray[np.int64]:
    """(people,): Mondays on which leaves of so many weeks begin, spread evenly over the horizon."""
    free = max(0, world.horizon_days - 7 * weeks)
    days = (world.warm_days + (np.arange(people) + 0.5) / people * free).astype(np.int64)
    weekday = (world.first_day.weekday() + days) % 7
    monday = days - weekday
    return np.where(monday < world.warm_days, monday + 7, monday)


def with_leave(world: World, role: str, people: int, weeks: int) -> World:
    """The world in which each of the people of the start is away once more, one after the other."""
    number = world.names.roles.index(role)
    seats = np.flatnonzero((world.supply.seats["role"] == number) & (world.supply.seats["joins_day"] == 0))
    acts = tuple(
        Act(int(day), ABSENCE, seats=(int(seat),), days=7 * weeks)
        for seat, day in zip(seats[:people], leave_days(world, people, weeks), strict=False)
    )
    # behind the others: an act is known by its place
    return replace(world, supply=replace(world.supply, acts=(*world.supply.acts, *acts)))
