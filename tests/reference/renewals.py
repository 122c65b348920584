"""Renewals: when customers decide, what they decide, and what they pay from then on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from csm_sim.engine import draws
from csm_sim.world import events as ev
from csm_sim.world import records as r
from reference.book import Account, Decision
from reference.counting import CONTRACTED, GAINED
from reference.instants import CHANGE, DECISION, Moment, Phase
from reference.work import Steps

if TYPE_CHECKING:
    from reference.model import Run


class Renewals:
    """The renewals of all accounts."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.of = run.world.customers

    def renewal_day(self, account: Account) -> int:
        """Of the coming renewal."""
        return account.renewal_day(account.renewals, float(self.world.segments[account.segment]["term_days"]))

    # decisions

    def decide(self, account: Account, day: int) -> None:
        """Some time before the renewal, if today is the day."""
        if math.isnan(self.of.rules[0]["decision_low"]) or self._decision_day(account) != day:
            return
        account.decided = Decision(self.run.health.read(account))
        self.run.log_account(ev.DECIDED, account, occurrence=account.renewals, value=account.decided.reading)

    def _decision_day(self, account: Account) -> int:
        low, high = (float(self.of.rules[0][name]) for name in ("decision_low", "decision_high"))
        u = self.run.keyed.u(DECISION, account.uid, account.renewals)
        day = self.renewal_day(account) - math.floor(low + u * (high - low))
        if account.renewals > 0:
            return max(day, account.last_renewal_day + 1)
        return max(day, account.start_day + 1 if account.starts_in_run else 0)

    # the odds

    def log_odds(self, account: Account, reading: float) -> float:
        """Of churn, prices left out."""
        rates = self.world.segments[account.segment]["churn_logit"].tolist()
        return self.run.health.by_band(reading, rates) + account.churn_shift

    def chance(self, account: Account, reading: float, more: float = 0.0) -> float:
        """Of churn at a renewal; ``more``: on the log-odds."""
        if not self.world.segments[account.segment]["churns"]:
            return 0.0
        return 1.0 / (1.0 + math.exp(-self.log_odds(account, reading) - more))

    # the renewal

    def renewals(self) -> Steps:
        for day in range(self.world.days):
            yield Moment(self.env, day * r.DAY, Phase.RENEWALS)
            for account in self.run.book.accounts:
                if account.alive and self.renewal_day(account) == day:
                    self._renew(account, day)

    def _renew(self, account: Account, day: int) -> None:
        self.run.playbooks.end_before_renewal(account)
        if self.run.counting.month() >= 0:
            self._throw_coins(account, day)
        account.decided = None
        account.renewals += 1
        account.last_renewal_day = day

    def _throw_coins(self, account: Account, day: int) -> None:
        number, count = account.renewals, self.run.counting.add
        decision = account.decided or Decision(self.run.health.read(account))
        index, shift = self._price(account, day)
        p = self.chance(account, decision.reading, shift) * decision.saved
        of_segment = self.world.segments[account.segment]
        rise = _rounded(account.arr * (index - 1.0))
        falls = _rounded((account.arr + rise) * float(of_segment["contraction_by"]))
        grows = _rounded((account.arr + rise) * float(of_segment["expansion_uplift"]))
        contracts, expands = (
            self.run.health.by_band(decision.reading, of_segment[what].tolist())
            if of_segment["changes"]
            else 0.0
            for what in ("contraction", "expansion")
        )
        count(
            account,
            renewals=1,
            arr_renewable=account.arr,
            churn_expected=p,
            arr_churn_expected=account.arr * p,
            arr_price_expected=(1.0 - p) * rise,
            arr_contracted_expected=(1.0 - p) * contracts * falls,
            arr_expanded_expected=(1.0 - p) * expands * grows,
        )
        if self.run.keyed.u(draws.RENEWAL, account.uid, number) < p:
            count_churn = self.run.counting.churned
            count_churn(account)
            self.churn(account)
            self.run.log_account(ev.CHURN, account, occurrence=number, value=p)
            return
        self.run.log_account(ev.RENEWED, account, occurrence=number, value=p)
        if rise != 0:
            self._change(account, ev.PRICED, number, rise, arr_price=rise)
        v = self.run.keyed.u(CHANGE, account.uid, number)
        if v < contracts:
            self._change(account, ev.CONTRACTED, number, -falls, contracted=1, arr_contracted=falls)
        elif v >= 1.0 - expands:
            self._change(account, ev.EXPANDED, number, grows, expanded=1, arr_expanded=grows)

    def _price(self, account: Account, day: int) -> tuple[float, float]:
        """The factor of prices since the renewal before, and what it adds to the log-odds."""
        indices = self.of.price_index[account.segment].tolist()
        if not indices:
            return 1.0, 0.0
        shifts, before = self.of.price_shift[account.segment].tolist(), account.last_renewal_day
        return indices[day] / indices[before], shifts[day] - shifts[before]

    def _change(self, account: Account, what: int, number: int, by: float, **counts: float) -> None:
        """A customer who stays pays more or less."""
        account.arr += by
        self.run.counting.add(account, **counts)
        contracts = what == ev.CONTRACTED
        self.run.counting.of_cohort(account, CONTRACTED if contracts else GAINED, -by if contracts else by)
        self.run.log_account(what, account, occurrence=number, value=-by if contracts else by)

    def churn(self, account: Account) -> None:
        """Nobody works for the account any more."""
        account.status = r.CHURNED
        self.run.desk.cancel_over()


def _rounded(amount: float) -> float:
    """To whole units of the currency."""
    return float(math.floor(amount + 0.5))
