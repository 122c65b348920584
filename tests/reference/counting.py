"""What is counted of customers, by month: the ARR bridge, cohorts, who is served as what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csm_sim.world import counts as ct
from csm_sim.world import records as r
from reference.book import Account
from reference.instants import Moment, Phase
from reference.work import Steps

if TYPE_CHECKING:
    from reference.model import Run

LOST, CHURNED, CONTRACTED, GAINED = range(4)
"""Columns of cohorts."""


class Counting:
    """Nothing is counted before the start."""

    def __init__(self, run: Run) -> None:
        self.run, self.world = run, run.world
        months, segments = self.world.months, len(self.world.segments)
        self.months = np.zeros((months, segments), ct.MONTH)
        self.cohorts = np.zeros((months + 1, months, 4))
        self.served = np.zeros((months, segments), np.int64)

    def month(self) -> int:
        """Number of the month, -1 in the warm-up."""
        return int(self.world.month_of_day[int(self.run.env.now // r.DAY)])

    def add(self, account: Account, **amounts: float) -> None:
        """In the month of now and the account's own segment."""
        self.add_to(account.segment, **amounts)

    def add_to(self, segment: int, **amounts: float) -> None:
        if self.month() >= 0:
            for name, amount in amounts.items():
                self.months[self.month(), segment][name] += amount

    def of_cohort(self, account: Account, column: int, amount: float) -> None:
        if self.month() >= 0:
            started = int(self.world.month_of_day[account.start_day]) if account.starts_in_run else -1
            self.cohorts[started + 1, self.month(), column] += amount

    def churned(self, account: Account, **amounts: float) -> None:
        self.add(account, churned=1, arr_churned=account.arr, **amounts)
        self.of_cohort(account, LOST, 1)
        self.of_cohort(account, CHURNED, account.arr)

    # stocks

    def month_starts(self) -> Steps:
        for month, day in enumerate(self.world.month_starts):
            yield Moment(self.run.env, (day - self.world.first_day).days * r.DAY, Phase.MONTH)
            for account in self._alive():
                self.add(account, accounts_start=1, arr_start=account.arr)
            self._count_served(month - 1)

    def close(self) -> None:
        """At the end of the run."""
        for month in range(self.world.months - 1):
            self.months[month]["accounts_end"] = self.months[month + 1]["accounts_start"]
            self.months[month]["arr_end"] = self.months[month + 1]["arr_start"]
        for account in self._alive():
            self.months[-1, account.segment]["accounts_end"] += 1
            self.months[-1, account.segment]["arr_end"] += account.arr
        self._count_served(self.world.months - 1)

    def _count_served(self, month: int) -> None:
        for account in self._alive():
            if month >= 0:
                self.served[month, account.served_as] += 1

    def _alive(self) -> list[Account]:
        return [account for account in self.run.book.accounts if account.alive]
