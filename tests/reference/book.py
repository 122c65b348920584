"""The customer book: accounts, their health, and who they are when a replication begins."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.engine import draws
from csm_sim.world import records as r
from csm_sim.world.build import World
from reference.instants import NEVER, Draws, absorb

if TYPE_CHECKING:
    from reference.seats import Person

ADOPTION, ENGAGEMENT, SUPPORT, ONBOARDING = range(4)


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
    usage_seen: int = 0
    orphan_since: int = -1
    """Day from which on it belongs to an empty seat, -1: it does not."""
    orphan_until: int = -1
    away_owner: Person | None = None
    """Whose account it is while colleagues cover for an absence."""
    shuffle: int = field(init=False)
    """Its place wherever accounts are taken one after the other."""

    def __post_init__(self) -> None:
        self.shuffle = absorb(self.uid, 0)

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
        rate, time, arrivals = float(row["new_per_minute"]), 0.0, list[tuple[int, int]]()
        while rate > 0:
            u = self.keyed.u(draws.NEW_BUSINESS, int(row["uid"]), len(arrivals))
            time += -math.log(u) / rate
            day = math.floor(time / r.DAY) + 1
            if day >= self.world.days:
                break
            arrivals.append((len(arrivals), day))
        return arrivals

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
        self.accounts.append(account)
        return account

    # health

    def learn(self, account: Account, part: int, score: float) -> None:
        """One outcome."""
        weight = float(self.world.health["memory"][0][part])
        account.health[part] += weight * (score - account.health[part])

    def observe_usage(self, account: Account, until_day: int) -> None:
        """The monthly observations of usage up to a midnight."""
        health = self.world.health[0]
        while True:
            number = account.usage_seen
            day = math.floor(account.start_day + (number + 1) * r.MONTH_DAYS)
            if day > until_day:
                return
            before = day * r.DAY < account.first_value_at
            mean = float(health["usage_before"] if before else health["usage_mean"])
            u = self.keyed.u(draws.USAGE, account.uid, number)
            usage = mean + float(health["usage_sd"]) * float(draws.normal_quantile(u))
            self.learn(account, ADOPTION, min(max(usage, 0.0), 100.0))
            account.usage_seen += 1

    def churn_probability(self, account: Account, day: int) -> float:
        """Read at the midnight of a renewal day."""
        segment, health = self.world.segments[account.segment], self.world.health[0]
        self.observe_usage(account, day)
        if not segment["churns"]:
            return 0.0
        reading = sum(w * c for w, c in zip(health["weight"].tolist(), account.health, strict=True))
        log_odds = float(np.interp(reading, health["middle"], segment["churn_logit"]))
        return 1.0 / (1.0 + math.exp(-log_odds))
