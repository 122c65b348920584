"""Who owns which account: most room, orphans, cover, rebalancing, and what a handover costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world import supply as s
from csm_sim.world.identity import name_uid
from reference.book import Account
from reference.instants import HANDOVER, absorb
from reference.work import Stream, Task

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Person, Seat

GIVING, RECEIVING = 0, 1


class Books:
    """The books of all people."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.rules = run.world.supply.rules
        self.loose: list[Account] = []
        """Accounts of people who have left in this step or act, with nobody's seat to belong to."""

    def _accounts(self) -> list[Account]:
        """Everywhere in the order in which accounts are taken one after the other."""
        return sorted(self.run.book.accounts, key=lambda account: account.shuffle)

    def of_seat(self, seat: Seat) -> list[Account]:
        return [a for a in self._accounts() if a.alive and a.owner == seat.index]

    def _today(self) -> int:
        return int(self.env.now // r.DAY)

    # who has room

    def _open(self, role: int) -> list[Person]:
        """Whose books are open, were it not for a limit."""
        team = self.run.seats.team(role)
        return [p for p in team if not p.on_notice and p.covered_until is None]

    def _has_room(self, person: Person) -> bool:
        return len(self.of_seat(person.seat)) < int(self.rules[person.role]["most"])

    def _weight(self, account: Account, role: int) -> float:
        """What an account counts in a book."""
        balance = int(self.rules[role]["balance"])
        if balance == s.BY_ARR:
            return account.arr
        if balance == s.BY_HOURS:
            return float(self.world.supply.hours_weights[account.served_as])
        return 1.0

    def _load(self, person: Person) -> float:
        return math.fsum(self._weight(a, person.role) for a in self.of_seat(person.seat))

    def _twelfth(self, account: Account) -> int:
        term = float(self.world.segments[account.segment]["term_days"])
        return math.floor(12 * (account.first_renewal_day % term) / term)

    def most_room(self, account: Account, role: int) -> Person | None:
        """Who gets an account."""

        def rank(person: Person) -> tuple[float, float, int]:
            book = self.of_seat(person.seat)
            if int(self.rules[role]["balance"]) == s.BY_RENEWALS:
                same = [a for a in book if self._twelfth(a) == self._twelfth(account)]
                return (len(same), len(book), person.index)
            return (self._load(person), 0, person.index)

        able = [person for person in self._open(role) if self._has_room(person)]
        return min(able, key=rank) if able else None

    def owner_role(self, account: Account) -> int:
        return self.run.routes.owner_role[account.served_as]

    # first owners

    def has_named_owner(self, account: Account) -> bool:
        """Whether the list names somebody who is there."""
        named = self.run.seats.seats[account.named_owner].first if account.named_owner >= 0 else None
        return named is not None and named.employed and named.role == self.owner_role(account)

    def give_owner(self, account: Account) -> None:
        """The person whom the list names, else the one with most room."""
        role = self.owner_role(account)
        if role < 0:
            return
        if self.has_named_owner(account):
            named = self.run.seats.seats[account.named_owner].first
            assert named is not None
            account.owner = named.index
        else:
            person = self.most_room(account, role)
            account.owner = -1 if person is None else person.index

    def served_as_another(self, account: Account) -> None:
        """It has moved to another segment, whose owners may have another role."""
        role = self.owner_role(account)
        if account.owner >= 0 and role >= 0 and self.run.seats.seats[account.owner].role == role:
            return
        self._count_orphan_days(account, self._today())
        account.away_owner = None
        person = self.most_room(account, role) if role >= 0 else None
        account.owner = -1 if person is None else person.index
        if account.owner >= 0:
            self.run.log_account(ev.OWNED, account, person=account.owner)

    # accounts go from one to another

    def _give(self, account: Account, to: Person | None, *, hands_over: bool) -> None:
        """To another owner, or to nobody."""
        had_owner = account.owner >= 0
        self._count_orphan_days(account, self._today())
        account.owner = -1 if to is None else to.index
        self.run.supply.changed = True
        if to is None or not account.alive:
            return
        self.run.log_account(ev.OWNED, account, person=to.index)
        if hands_over and had_owner:
            self._hand_over(account, to)

    def _give_to_most_room(self, account: Account) -> None:
        """To the pool if nobody has room."""
        self._give(account, self.most_room(account, self.owner_role(account)), hands_over=True)

    def let_go(self, seat: Seat, *, orphans: bool = True) -> None:
        """What belongs to a seat that is empty now has lost its owner."""
        rule = self.rules[seat.role]
        days = int(rule["orphan_days"]) if rule["hands_over"] and not self.run.unlimited else 0
        for account in self.run.book.accounts:
            if account.owner != seat.index or account.orphan_since >= 0:
                continue
            if not account.alive:
                account.owner = -1
            elif orphans and days > 0:
                account.orphan_since, account.orphan_until = self._today(), self._today() + days
            else:
                self.loose.append(account)

    def place_loose(self) -> None:
        """When all have left who leave in this step or act."""
        for account in sorted(self.loose, key=lambda account: account.shuffle):
            self._give_to_most_room(account)
        self.loose = []

    def take_along(self, before: Seat, seat: Seat) -> None:
        """The accounts of somebody who has moved to another role, as far as it owns them."""
        for account in self.of_seat(before):
            if account.orphan_since < 0 and self.owner_role(account) == seat.role:
                account.owner = seat.index
                self.run.log_account(ev.OWNED, account, person=seat.index)

    def orphan_time_is_over(self, day: int) -> None:
        for seat in self.run.seats.seats:
            for account in self._accounts():
                if account.owner == seat.index and account.orphan_since >= 0 and account.orphan_until <= day:
                    if account.alive:
                        self._give_to_most_room(account)
                    else:
                        self._give(account, None, hands_over=False)

    def after_joining(self, joined: list[Person]) -> None:
        """The accounts of the seats go to those who sit there now; those without an owner find one."""
        for person in joined:
            for account in self.of_seat(person.seat):
                if account.orphan_since >= 0 and self.owner_role(account) == person.role:
                    self._give(account, person, hands_over=True)
        for role in sorted({person.role for person in joined}):
            for account in self._accounts():
                if account.alive and account.owner < 0 and self.owner_role(account) == role:
                    owner = self.most_room(account, role)
                    if owner is not None:
                        self._give(account, owner, hands_over=False)

    def rebalance(self, role: int) -> None:
        """One by one from the fullest book to the emptiest."""
        while team := self._open(role):
            fullest = max(team, key=lambda p: (self._load(p), p.index))
            emptiest = min(team, key=lambda p: (self._load(p), p.index))
            if not self.of_seat(fullest.seat) or not self._has_room(emptiest):
                return
            account = self.of_seat(fullest.seat)[-1]
            if not self._load(fullest) - self._load(emptiest) > self._weight(account, role):
                return
            self.gives(account, fullest, self._today() + int(self.rules[role]["within_days"]) + 1)
            self._give(account, emptiest, hands_over=True)

    # cover

    def cover(self, person: Person, until_day: int) -> None:
        """Colleagues take over for a long absence."""
        accounts = self.of_seat(person.seat)
        person.covered_until = max(person.covered_until or 0, until_day)
        for account in accounts:
            if account.away_owner is None or not account.away_owner.employed:
                account.away_owner = person  # whoever covers for one who covers has nothing to get back
            self._give_to_most_room(account)

    def come_back(self, day: int) -> None:
        """What colleagues have covered."""
        for person in self.run.seats.people():
            if person.covered_until is not None and person.covered_until <= day:
                person.covered_until = None
        for account in self.run.book.accounts:
            person = account.away_owner
            if person is None or (person.employed and person.covered_until is not None):
                continue
            account.away_owner = None
            if account.alive and person.employed and person.role == self.owner_role(account):
                self._give(account, person, hands_over=False)

    # what it costs

    def _hand_over(self, account: Account, to: Person) -> None:
        """An account goes from one person to another."""
        rule = self.rules[to.role]
        if not rule["hands_over"] or self.run.unlimited:
            return
        self.run.supply.count("handed_over", to.role)
        self.run.health.handed_over(account, float(rule["handover_points"]))
        self._own_work(account, to, RECEIVING, self._today() + int(rule["within_days"]) + 1)

    def gives(self, account: Account, person: Person, due_midnight: int) -> None:
        """Work for the one who gives an account away."""
        if self.rules[person.role]["hands_over"] and not self.run.unlimited:
            self._own_work(account, person, GIVING, due_midnight)

    def _own_work(self, account: Account, person: Person, side: int, due_midnight: int) -> None:
        rule = self.rules[person.role]
        dist = int(rule["giving_dist" if side == GIVING else "receiving_dist"])
        if dist < 0:
            return
        kind = int(rule["handover_kind"])
        entity, index = absorb(account.uid, name_uid("handover")), 2 * self._today() + side
        effort = self.run.keyed.quantile(dist, self.run.keyed.u(HANDOVER, entity, index))
        step = int(self.world.kinds[kind]["step0"]) + side
        self.open_own_work(person, kind, step, entity, index, effort, due_midnight * r.DAY)

    def open_own_work(
        self, person: Person, kind: int, step: int, entity: int, index: int, effort: float, due: float
    ) -> None:
        """A task that is a person's own."""
        of_step = self.world.steps[step]
        task = Task(
            stream=Stream(entity, kind, 0, stay=person.stay),
            step=step,
            occurrence=index,
            role=person.role,
            priority=int(of_step["priority"]),
            due=due,
            opened=self.env.now,
            tie=self.run.keyed.tie(entity, index),
            effort=effort,
            left=effort,
            finished=self.env.event(),
            preempts=bool(of_step["preempts"]),
        )
        self.run.desk.open(task)

    # how long accounts have been orphans

    def _count_orphan_days(self, account: Account, day: int) -> None:
        """It has been an orphan up to this midnight; one that has churned does not count."""
        if account.orphan_since >= 0:
            if account.alive:
                role = self.run.seats.seats[account.owner].role
                self.run.supply.count("orphan_days", role, day - account.orphan_since)
            account.orphan_since = account.orphan_until = -1

    def count_orphans_at_the_end(self) -> None:
        for account in self.run.book.accounts:
            self._count_orphan_days(account, self.world.days)
