"""The customer book: accounts, and who they are when a replication begins."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from csm_sim.engine import draws
from csm_sim.world import records as r
from csm_sim.world.build import World
from reference.instants import FIT, NEVER, SALES, Draws, absorb

if TYPE_CHECKING:
    from reference.seats import Person

ADOPTION, ENGAGEMENT, SUPPORT, ONBOARDING = range(4)
RED, YELLOW, GREEN = range(3)
TRAITS = ((r.BAD_FIT, FIT), (r.POOR_HANDOVER, SALES))
"""Each with the purpose of its draw."""


@dataclass
class Decision:
    """What a customer has made up its mind about."""

    reading: float
    saved: float = 1.0
    """What plays have left of the chance of churn."""


@dataclass(eq=False)
class Account:
    index: int
    uid: int
    segment: int
    arr: float
    start_day: int
    starts_in_run: bool
    first_renewal_day: float
    health: list[float]
    first_value_at: float
    named_owner: int = -1
    """Seat of the person whom a list names."""
    owner: int = -1
    """Seat, which may be empty."""
    status: int = r.NOT_YET
    renewals: int = 0
    last_renewal_day: int = -1
    """Of the renewal before; at first the day from which prices count."""
    usage_seen: int = 0
    served_as: int = field(init=False)
    """Segment as which it is served."""
    traits: int = 0
    churn_shift: float = 0.0
    """On the log-odds of churn: what its traits and its onboarding make of them."""
    silent_from: float = math.inf
    """When its engagement begins, or goes on, to fall for want of touches."""
    decided: Decision | None = None
    """About the coming renewal."""
    onboarding_stopped: bool = False
    first_value_is_news: bool = False
    stop_is_news: bool = False
    pulses: int = 0
    """So far."""
    seen: int = GREEN
    """Band in which the team sees it."""
    orphan_since: int = -1
    """Day from which on it belongs to an empty seat, -1: it does not."""
    orphan_until: int = -1
    away_owner: Person | None = None
    """Whose account it is while colleagues cover for an absence."""
    shuffle: int = field(init=False)
    """Its place wherever accounts are taken one after the other."""

    def __post_init__(self) -> None:
        self.shuffle = absorb(self.uid, 0)
        self.served_as = self.segment
        self.last_renewal_day = self.start_day

    @property
    def origin(self) -> float:
        return self.start_day * r.DAY

    @property
    def alive(self) -> bool:
        return self.status == r.ALIVE

    def renewal_day(self, number: int, term_days: float) -> int:
        return math.floor(self.first_renewal_day + number * term_days)


class Book:
    """All accounts of a replication, in the order that gives them their numbers."""

    def __init__(self, world: World, keyed: Draws) -> None:
        self.world, self.keyed = world, keyed
        self.accounts: list[Account] = []
        self.first_of_segment: list[int] = []
        for segment in range(len(world.segments)):
            self.first_of_segment.append(len(self.accounts))
            if segment in world.listed:
                self._listed(segment)
            else:
                self._generated(segment)

    def _listed(self, segment: int) -> None:
        rows = self.world.listed[segment]
        for row in range(len(rows.uid)):
            uid, start_day = int(rows.uid[row]), int(rows.start_day[row])
            renewal = float(rows.first_renewal_day[row])
            if math.isnan(renewal):
                renewal = self._drawn_renewal(segment, uid)
            account = self._add(segment, uid, float(rows.arr[row]), start_day, start_day > 0, renewal)
            account.named_owner = int(rows.owner[row])
        for number, day in self._arrivals(segment):
            self._new_business(segment, number, day)

    def _generated(self, segment: int) -> None:
        of_segment, size = self.world.segments[segment], int(self.world.segments[segment]["accounts"])
        arrivals = self._arrivals(segment)
        in_warm_up = [arrival for arrival in arrivals if arrival[1] < self.world.warm_days]
        left_out = max(0, len(in_warm_up) - size)
        for number in range(size - len(in_warm_up) + left_out):
            uid = absorb(int(of_segment["uid"]), number)
            self._add(
                segment, uid, self._drawn_arr(segment, uid), 0, False, self._drawn_renewal(segment, uid)
            )
        for number, day in arrivals[left_out:]:
            self._new_business(segment, number, day)

    def _new_business(self, segment: int, number: int, day: int) -> None:
        of_segment = self.world.segments[segment]
        uid = absorb(int(of_segment["uid"]), 2**32 + number)
        renewal = day + float(of_segment["term_days"])
        self._add(segment, uid, self._drawn_arr(segment, uid), day, True, renewal)

    def _arrivals(self, segment: int) -> list[tuple[int, int]]:
        """(number, start day) of the new business that starts before the end of the run."""
        row = self.world.segments[segment]
        rate, reading, arrivals = float(row["new_per_minute"]), 0.0, list[tuple[int, int]]()
        while rate > 0:
            u = self.keyed.u(draws.NEW_BUSINESS, int(row["uid"]), len(arrivals))
            reading += -math.log(u) / rate
            day = self._day_of_business(segment, reading) + 1
            if day >= self.world.days:
                break
            arrivals.append((len(arrivals), day))
        return arrivals

    def _day_of_business(self, segment: int, reading: float) -> int:
        """The day on which the clock of new business reads so much."""
        multiples = self.world.customers.sales[segment].tolist()
        if not multiples:
            return math.floor(reading / r.DAY)
        midnight = 0.0
        for day, multiple in enumerate(multiples):
            if midnight <= reading < midnight + r.DAY * multiple:
                return day
            midnight += r.DAY * multiple
        return self.world.days

    def _drawn_arr(self, segment: int, uid: int) -> float:
        distribution = int(self.world.segments[segment]["arr_dist"])
        if distribution < 0:
            return 0.0
        return float(math.floor(self.keyed.quantile(distribution, self.keyed.u(draws.ARR, uid, 0)) + 0.5))

    def _drawn_renewal(self, segment: int, uid: int) -> float:
        edges = self.world.renewal_edges[segment].tolist()
        shares = self.world.renewal_weights[segment].tolist()
        u = self.keyed.u(draws.RENEWAL_DATE, uid, 0)
        cell = next(i for i in range(len(edges) - 1) if shares[i] <= u < shares[i + 1])
        part = (u - shares[cell]) / (shares[cell + 1] - shares[cell])
        return float(self.world.warm_days + edges[cell] + part * (edges[cell + 1] - edges[cell]))

    def _add(
        self, segment: int, uid: int, arr: float, start_day: int, starts_in_run: bool, renewal: float
    ) -> Account:
        awaits = starts_in_run and bool(self.world.segments[segment]["awaits_first_value"])
        account = Account(
            index=len(self.accounts),
            uid=uid,
            segment=segment,
            arr=arr,
            start_day=start_day,
            starts_in_run=starts_in_run,
            first_renewal_day=renewal,
            health=self.world.health["start"][0].tolist(),
            first_value_at=NEVER if awaits else -1.0,
            status=r.NOT_YET if starts_in_run else r.ALIVE,
        )
        if starts_in_run and start_day < self.world.days:
            self._draw_traits(account)
        self.accounts.append(account)
        return account

    def _draw_traits(self, account: Account) -> None:
        """What sales has done."""
        for trait, (bit, purpose) in enumerate(TRAITS):
            share = float(self.world.customers.trait_shares[trait, account.segment, account.start_day])
            if self.keyed.u(purpose, account.uid, 0) < share:
                account.traits |= bit
                account.churn_shift += float(self.world.segments[account.segment]["trait_shift"][trait])

    def by_trait(self, account: Account, what: str) -> list[float]:
        """What the traits that an account has do to something."""
        values = self.world.segments[account.segment][what].tolist()
        return [value for value, (bit, _) in zip(values, TRAITS, strict=True) if account.traits & bit]
