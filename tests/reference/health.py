"""What customers think: four components of health, what moves them, and how they are read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.engine import draws
from csm_sim.world import records as r
from reference.book import ADOPTION, ENGAGEMENT, GREEN, ONBOARDING, RED, SUPPORT, YELLOW, Account
from reference.instants import COMMUNITY, LEVEL, NEVER, REACH
from reference.work import Stream, Task

if TYPE_CHECKING:
    from reference.model import Run

CAUSE_OF_PART = {
    ENGAGEMENT: r.EFFECT_TOUCHES, SUPPORT: r.EFFECT_TICKETS, ONBOARDING: r.EFFECT_ONBOARDING,
}  # fmt: skip
"""A component whose cause of loss is switched off begins at 100, and all its outcomes are as good as that."""


class Health:
    """The health of all accounts."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world, self.keyed = run, run.env, run.world, run.keyed
        self.of, self.rules = run.world.health[0], run.world.customers.rules[0]
        self.silence_after = float(self.rules["silence_after"])
        for account in run.book.accounts:
            for part, cause in CAUSE_OF_PART.items():
                if not self.has_effect(cause):
                    account.health[part] = 100.0
            self._touched(account, account.origin)

    def has_effect(self, cause: int) -> bool:
        return bool(int(self.of["effects"]) & cause)

    # what moves a component

    def _after(self, part: int, now: float, score: float, counts: float = 1.0) -> float:
        """A component after an outcome."""
        return now + float(self.of["memory"][part]) * counts * (score - now)

    def _outcome(self, account: Account, part: int, score: float, counts: float = 1.0) -> None:
        if not self.has_effect(CAUSE_OF_PART[part]):
            score = 100.0
        account.health[part] = self._after(part, account.health[part], score, counts)

    def late_score(self, due: float) -> float:
        """Of something that is done now."""
        late = self.env.now - due
        return 100.0 if late <= 0 else 100.0 * 2.0 ** (-late / float(self.of["late_half_life_minutes"]))

    def step_done(self, stream: Stream, occurrence: int, step: int, score: float) -> None:
        """A step of planned work, on time or late."""
        if self._step(stream, occurrence, step, score) and stream.account is not None:
            self._touched(stream.account, self.env.now)

    def step_missed(self, stream: Stream, occurrence: int, step: int) -> None:
        self._step(stream, occurrence, step, 0.0)

    def _step(self, stream: Stream, occurrence: int, step: int, score: float) -> bool:
        """Whether it was a touch that reached its account."""
        account, of_step = stream.account, self.world.steps[step]
        if account is None or not account.alive:
            return False
        if of_step["first_value"]:
            self._outcome(account, ONBOARDING, score)
        elif of_step["touch"] and self._reaches(stream, occurrence, step):
            self._fall_silent(account)
            self._outcome(account, ENGAGEMENT, score, float(of_step["counts"]))
            return True
        return False

    def _reaches(self, stream: Stream, occurrence: int, step: int) -> bool:
        """Whether the channel of a touch reaches the account."""
        assert stream.account is not None
        place = step - int(self.world.kinds[stream.kind]["step0"])
        u = self.keyed.u(REACH, stream.uid, 64 * occurrence + place)
        return u < float(self.world.customers.reach[step, stream.account.served_as])

    def programme(self, account: Account, step: int, score: float) -> None:
        """One-to-many work has reached the account."""
        self._fall_silent(account)
        self._outcome(account, ENGAGEMENT, score, float(self.world.steps[step]["counts"]))
        self._touched(account, self.env.now)

    def ticket(self, account: Account | None, score: float) -> None:
        """Resolved, or given up by the customer."""
        if account is not None and account.alive:
            self._outcome(account, SUPPORT, score)

    def lift(self, account: Account, points: list[float]) -> None:
        """What a play adds to the components."""
        if not self.has_effect(r.EFFECT_TOUCHES):
            return
        self.observe_usage(account, self._today())
        self._fall_silent(account)
        for part in range(4):
            account.health[part] = min(100.0, account.health[part] + points[part])

    def handed_over(self, account: Account, points: float) -> None:
        """The account has gone from one person to another."""
        if self.has_effect(r.EFFECT_HANDOVER):
            self._fall_silent(account)
            account.health[ENGAGEMENT] = max(0.0, account.health[ENGAGEMENT] - points)

    def _today(self) -> int:
        return int(self.env.now // r.DAY)

    # silence

    def _touched(self, account: Account, when: float) -> None:
        if not math.isnan(self.silence_after):
            account.silent_from = when + self.silence_after

    def _fall_silent(self, account: Account) -> None:
        """Engagement falls while nobody touches the account."""
        silent, to = self.env.now - account.silent_from, float(self.rules["silence_to"])
        if silent <= 0:
            return
        account.silent_from = self.env.now
        engagement = account.health[ENGAGEMENT]
        if self.has_effect(r.EFFECT_TOUCHES) and engagement > to:
            left = 2.0 ** (-silent / float(self.rules["silence_half"]))
            account.health[ENGAGEMENT] = to + (engagement - to) * left

    def up_to_the_end(self, account: Account) -> None:
        """What time alone has done to it by the end of the run."""
        self.observe_usage(account, self._today())
        self._fall_silent(account)

    # usage

    def observe_usage(self, account: Account, until_day: int) -> None:
        """The monthly observations of usage up to a midnight."""
        while True:
            day = math.floor(account.start_day + (account.usage_seen + 1) * r.MONTH_DAYS)
            if day > until_day:
                return
            usage = self._usage(account, account.usage_seen, day)
            account.health[ADOPTION] = self._after(ADOPTION, account.health[ADOPTION], usage)
            account.usage_seen += 1

    def _usage(self, account: Account, number: int, day: int) -> float:
        awaits = day * r.DAY < account.first_value_at and self.has_effect(r.EFFECT_ONBOARDING)
        shift = math.fsum(self.run.book.by_trait(account, "trait_usage"))
        shift += float(self.rules["usage_between"]) * self._score(LEVEL, account, 0)
        if self.is_member(account, day):
            shift += float(self.rules["community_usage"])
        usage = 0.0
        for place, of in enumerate(self.world.customers.indicators):
            mean = float(of["before"] if awaits else of["mean"]) + shift
            noise = float(of["sd"]) * self._score(draws.USAGE, account, number + place * 2**32)
            usage += float(of["weight"]) * min(max(mean + noise, 0.0), 100.0)
        return usage

    def _score(self, purpose: int, account: Account, index: int) -> float:
        """A normal score."""
        return float(draws.normal_quantile(self.keyed.u(purpose, account.uid, index)))

    def is_member(self, account: Account, day: int) -> bool:
        """Of the community; on the day of the run's end as on its last."""
        if not self.rules["has_community"]:
            return False
        share = float(self.world.customers.members[min(day, self.world.days - 1)])
        return self.keyed.u(COMMUNITY, account.uid, 0) < share

    # readings

    def read(self, account: Account) -> float:
        """At a midnight, with what is still open as if it were done now."""
        self.observe_usage(account, self._today())
        self._fall_silent(account)
        parts = list(account.health)
        open_now = [task for task in self.run.desk.open_tasks() if task.stream.account is account]
        if self.has_effect(r.EFFECT_TOUCHES):
            touches = [task for task in open_now if self._is_overdue_touch(task)]
            if touches:
                worst = min(touches, key=lambda task: (task.due, -self._counts(task)))
                self._lower(parts, ENGAGEMENT, self.late_score(worst.due), self._counts(worst))
        if self.has_effect(r.EFFECT_ONBOARDING) and self._first_value_is_overdue(account):
            self._lower(parts, ONBOARDING, self.late_score(self._first_value_due(account)))
        if self.has_effect(r.EFFECT_TICKETS):
            scores = [self.run.tickets.score_as_of_now(task) for task in open_now if task.case is not None]
            late = [score for score in scores if score is not None]
            if late:
                self._lower(parts, SUPPORT, min(late))
        strength = float(self.of["strength"])
        if strength != 1.0:
            for part in CAUSE_OF_PART:  # usage is not the team's doing
                parts[part] = 100.0 - min(100.0, strength * (100.0 - parts[part]))
        return math.fsum(w * part for w, part in zip(self.of["weight"].tolist(), parts, strict=True))

    def _lower(self, parts: list[float], part: int, score: float, counts: float = 1.0) -> None:
        """For a reading; nothing that has not been done makes an account healthier."""
        if score < parts[part]:
            parts[part] = self._after(part, parts[part], score, counts)

    def _counts(self, task: Task) -> float:
        return float(self.world.steps[task.step]["counts"])

    def _is_overdue_touch(self, task: Task) -> bool:
        return (
            bool(self.world.steps[task.step]["touch"])
            and task.due < self.env.now
            and self._reaches(task.stream, task.occurrence, task.step)
        )

    def _first_value_due(self, account: Account) -> float:
        return account.origin + float(self.world.segments[account.segment]["first_value_due"])

    def _first_value_is_overdue(self, account: Account) -> bool:
        awaited = account.first_value_at == NEVER and not account.onboarding_stopped
        return awaited and self._first_value_due(account) < self.env.now  # nan: no due time

    def band(self, reading: float) -> int:
        yellow, green = self.of["band"].tolist()
        return GREEN if reading >= green else YELLOW if reading >= yellow else RED

    def by_band(self, reading: float, values: list[float]) -> float:
        """What holds in the middle of red, yellow and green, in a straight line between."""
        return float(np.interp(reading, self.of["middle"], values))
