"""Each midnight of customers: news of the day before, moves, decisions, pulses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csm_sim.world import customers as c
from csm_sim.world import events as ev
from csm_sim.world import records as r
from reference.book import GREEN, RED, Account
from reference.counting import GAINED
from reference.instants import CONVERT, DETECT, EARLY, FALSE_ALARM, LEAD, PULSE, REACH, Moment, Phase, absorb
from reference.work import Steps, Stream, Task

if TYPE_CHECKING:
    from reference.model import Run

UPSELL, CROSS_SELL = 0, 1
SOLD = (
    ("upsell_leads", "upsold", "arr_upsold", ev.UPSOLD),
    ("cross_sell_leads", "cross_sold", "arr_cross_sold", ev.CROSS_SOLD),
)


@dataclass(frozen=True)
class News:
    """The last step of an occurrence was done."""

    stream: Stream
    occurrence: int
    score: float


class Customers:
    """What happens to customers at midnights, and what began it the day before."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.of, self.rules = run.world.customers, run.world.customers.rules[0]
        self.news: list[News] = []
        self.programmes: list[News] = []

    def midnights(self) -> Steps:
        for day in range(self.world.days):
            yield Moment(self.env, day * r.DAY, Phase.CUSTOMERS)
            self._news(day)
            self.run.moves.midnight(day)
            for account in self.alive():
                self.run.renewals.decide(account, day)
            for account in self.alive():
                self._pulse(account, day)

    def alive(self) -> list[Account]:
        """In the order in which accounts are taken one after the other."""
        return sorted((a for a in self.run.book.accounts if a.alive), key=lambda a: a.shuffle)

    # phases

    def phase(self, account: Account) -> int:
        """Of the journey, today."""
        day = int(self.env.now // r.DAY)
        if account.first_value_at >= day * r.DAY and not account.onboarding_stopped:
            return r.ONBOARDING
        if not account.starts_in_run:
            return r.ADOPTION if math.isnan(self.rules["expansion_days"]) else r.EXPANSION
        grown = day - account.start_day >= float(self.rules["expansion_days"])  # nan: never
        return r.EXPANSION if grown else r.ADOPTION

    # news

    def step_done(self, task: Task, score: float) -> None:
        """News, if it was the last step."""
        stream, of_kind = task.stream, self.world.kinds[task.stream.kind]
        if task.step != int(of_kind["step0"] + of_kind["steps"]) - 1:
            return
        if of_kind["per"] == r.PER_ACCOUNT:
            self.news.append(News(stream, task.occurrence, score))
        elif self.of.plays[stream.kind]["programme"]:
            self.programmes.append(News(stream, task.occurrence, score))

    def _news(self, day: int) -> None:
        programmes, news = self.programmes, self.news
        self.programmes, self.news = [], []
        for item in sorted(programmes, key=lambda i: (i.stream.kind, i.stream.segment, i.occurrence)):
            self._programme(item)
        for account in self.alive():
            if account.first_value_is_news:
                self.run.playbooks.note(account, c.FIRST_VALUE, day)
            of_account = [item for item in news if item.stream.account is account]
            for item in sorted(of_account, key=lambda i: (i.stream.kind, i.occurrence)):
                self._play(account, item.stream.kind, item.stream.uid, item.occurrence, item.score)
                self.run.playbooks.note(account, c.AFTER, day, after=item.stream.kind)

    def _programme(self, item: News) -> None:
        """One-to-many work reaches some of the accounts that are served as the segment."""
        kind, of_kind = item.stream.kind, self.world.kinds[item.stream.kind]
        step = int(of_kind["step0"] + of_kind["steps"]) - 1
        reach = float(self.of.reach[step, item.stream.segment])
        for account in self.alive():
            work = absorb(account.uid, int(of_kind["uid"]))
            reached = self.run.keyed.u(REACH, work, item.occurrence) < reach
            if account.served_as == item.stream.segment and reached:
                self.run.health.programme(account, step, item.score)
                self._play(account, kind, work, item.occurrence, item.score)

    def _play(self, account: Account, kind: int, work: int, occurrence: int, score: float) -> None:
        """The effect of a play."""
        play, part = self.of.plays[kind], score / 100.0
        points = [point * part for point in play["lift"].tolist()]
        if any(points):
            self.run.health.lift(account, points)
        if account.decided is not None and self.run.health.has_effect(r.EFFECT_TOUCHES):
            account.decided.saved *= 1.0 - float(play["saves"]) * part
        for what in (UPSELL, CROSS_SELL):
            if play["lead"][what] > 0:
                self._sell(account, kind, what, work, occurrence, part)

    def _sell(self, account: Account, kind: int, what: int, work: int, occurrence: int, part: float) -> None:
        """A lead, and what comes of it."""
        if self.run.counting.month() < 0 or not self.run.health.has_effect(r.EFFECT_EXPANSION):
            return
        play, (leads, sold, arr_sold, event) = self.of.plays[kind], SOLD[what]
        lead, index = float(play["lead"][what]), 64 * occurrence + what
        converts = self.run.health.by_band(self.run.health.read(account), play["convert"][what].tolist())
        amount = float(math.floor(account.arr * float(play["uplift"][what]) + 0.5))
        self.run.counting.add(account, **{f"{arr_sold}_expected": lead * converts * part * amount})
        if not self.run.keyed.u(LEAD, work, index) < lead:
            return
        self.run.counting.add(account, **{leads: 1})
        self.run.log_account(ev.LEAD, account, kind=kind, occurrence=occurrence, value=what)
        if self.run.keyed.u(CONVERT, work, index) < converts * part:
            account.arr += amount
            self.run.counting.add(account, **{sold: 1, arr_sold: amount})
            self.run.counting.of_cohort(account, GAINED, amount)
            self.run.log_account(event, account, kind=kind, occurrence=occurrence, value=amount)

    # pulses

    def _pulse(self, account: Account, day: int) -> None:
        if self.rules["pulse_days"] == 0 or self._pulse_day(account, account.pulses) != day:
            return
        number = account.pulses
        account.pulses += 1
        self._give_onboarding_up(account, number, day)
        if self._churns_early(account, number, day):
            return
        if self.rules["detects"]:
            self._detect(account, number, day)

    def _pulse_day(self, account: Account, number: int) -> int:
        phase = 1.0 if account.starts_in_run else self.run.keyed.u(PULSE, account.uid, 0)
        return math.floor(account.start_day + (number + phase) * float(self.rules["pulse_days"]))

    def _give_onboarding_up(self, account: Account, number: int, day: int) -> None:
        if self.phase(account) != r.ONBOARDING:
            return
        if not day - account.start_day >= float(self.rules["limit_days"]):  # nan: no limit
            return
        self.run.playbooks.stop_onboarding(account)
        account.onboarding_stopped = account.stop_is_news = True
        self.run.counting.add(account, stopped=1)
        self.run.log_account(ev.STOPPED, account, occurrence=number)
        self.run.playbooks.note(account, c.STOPPED, day)

    def _churns_early(self, account: Account, number: int, day: int) -> bool:
        of_segment = self.world.segments[account.segment]
        early, within = float(of_segment["early_logit"]), float(of_segment["early_days"])
        if math.isnan(early) or not account.starts_in_run or self.run.counting.month() < 0:
            return False
        before = account.start_day if number == 0 else self._pulse_day(account, number - 1)
        days = min(float(day), account.start_day + within) - before
        if days <= 0:
            return False
        log_odds = early + account.churn_shift
        if of_segment["churns"]:
            rates = of_segment["churn_logit"].tolist()
            log_odds += self.run.health.by_band(self.run.health.read(account), rates) - rates[GREEN]
        in_all = 1.0 / (1.0 + math.exp(-log_odds))
        chance = 1.0 - (1.0 - in_all) ** (days / within)
        self.run.counting.add(
            account,
            churn_expected=chance,
            arr_churn_expected=account.arr * chance,
            early_expected=chance,
            arr_early_expected=account.arr * chance,
        )
        if not self.run.keyed.u(EARLY, account.uid, number) < chance:
            return False
        self.run.counting.churned(account, churned_early=1, arr_churned_early=account.arr)
        self.run.renewals.churn(account)
        self.run.log_account(ev.CHURNED_EARLY, account, occurrence=number, value=chance)
        return True

    def _detect(self, account: Account, number: int, day: int) -> None:
        """What the team sees of the account's health."""
        sensitivity, false_alarms = self.of.detection[day].tolist()
        band, before = self.run.health.band(self.run.health.read(account)), account.seen
        if band >= before or self.run.keyed.u(DETECT, account.uid, number) < sensitivity:
            account.seen = band
        false = (
            account.seen == band
            and band != RED
            and self.run.keyed.u(FALSE_ALARM, account.uid, number) < false_alarms
        )
        if false:
            account.seen -= 1
        if account.seen == before:
            return
        alarm = account.seen < before
        self.run.counting.add(account, alarms=alarm, false_alarms=alarm and false)
        self.run.log_account(ev.SEEN, account, occurrence=number, value=account.seen)
        self.run.playbooks.note(account, c.SEEN_RED + account.seen, day + int(self.rules["delay_days"]))
