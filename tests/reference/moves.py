"""Accounts that are served as another segment from a midnight on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csm_sim.world import customers as c
from csm_sim.world import events as ev
from reference.book import Account
from reference.instants import ROLL_OUT

if TYPE_CHECKING:
    from reference.model import Run

YEAR_DAYS = 365.25


class Moves:
    """The rules of tiering."""

    def __init__(self, run: Run) -> None:
        self.run, self.world, self.of = run, run.world, run.world.customers

    def midnight(self, day: int) -> None:
        for account in self.run.customers.alive():
            for number, rule in enumerate(self.of.moves):
                if self._looks(account, number, day) and self._holds(account, number, day):
                    self._move(account, int(rule["to"]), day)
                    break
            account.first_value_is_news = account.stop_is_news = False

    def _looks(self, account: Account, number: int, day: int) -> bool:
        if not self.of.move_from[number, account.served_as]:
            return False
        looks = int(self.of.moves[number]["looks"])
        if looks == c.ON_REVIEW:
            return bool(self.of.move_reviews[number, day])
        return account.first_value_is_news if looks == c.ON_FIRST_VALUE else account.stop_is_news

    def _holds(self, account: Account, number: int, day: int) -> bool:
        rule = self.of.moves[number]
        if not self.run.keyed.u(ROLL_OUT, account.uid, number) < float(self.of.move_shares[number, day]):
            return False
        reading = self.run.health.read(account)
        ltv = self._lifetime_value(account, reading)
        return (
            rule["arr_low"] <= account.arr < rule["arr_high"]
            and rule["ltv_low"] <= ltv
            and (ltv < rule["ltv_high"] or rule["ltv_high"] == math.inf)
            and bool(int(rule["bands"]) >> self.run.health.band(reading) & 1)
            and day - account.start_day >= rule["tenure_days"]
        )

    def _lifetime_value(self, account: Account, reading: float) -> float:
        years = float(self.world.segments[account.segment]["term_days"]) / YEAR_DAYS
        p = self.run.renewals.chance(account, reading)
        return account.arr * years / p if p > 0 else math.inf

    def _move(self, account: Account, to: int, day: int) -> None:
        before = account.served_as
        account.served_as = to
        self.run.counting.add_to(before, moved_out=1)
        self.run.counting.add_to(to, moved_in=1)
        self.run.log_account(ev.MOVED, account, value=to)
        self.run.books.served_as_another(account)
        self.run.playbooks.account_moves(account, before, to, day)
        self.run.playbooks.note(account, c.MOVED, day)
        self.run.desk.sort_into_queues()
