"""Hands-on hours bottom up: how often each piece of work comes, times what it takes. Nothing is simulated.

An expectation of what the fully staffed team would find to do: nothing waits for people, so nothing is
dropped, and health, moves between tiers and other feedback change nothing. :func:`not_counted` names what
a scenario has beyond that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.erlang import mean_of
from csm_sim.analysis.workload_book import Book, book_of, lead_days, shifted
from csm_sim.world import records as r
from csm_sim.world.customers import PHASES_ALL
from csm_sim.world.supply import AUTOMATE

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

SHORT_OF_A_DAY: Final = 0.4
"""Days from midnight to the middle of the morning: what opens at midnight is begun then."""

MOST_TOUCHES: Final = 1_000
"""Further touches of a ticket that are followed up: a chance of 100% never ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Expected work of the horizon."""

    minutes: Floats
    """(month, step, segment + own work): effort of what opens."""
    tasks: Floats
    """Likewise: how many open; further touches of tickets count as tasks."""
    book: Book


def hours_of(world: World, heads: Floats | None = None) -> Hours:
    """The expected work of a world.

    Parameters
    ----------
    world
        The scenario's.
    heads
        (role, day): people employed, for work that each person makes; default: those of the first day.
    """
    return _Count(world, heads).result()


class _Count:
    """Counts up step by step; all vectors are by day of the run."""

    def __init__(self, world: World, heads: Floats | None) -> None:
        self.world, self.book = world, book_of(world)
        if heads is None:
            heads = np.repeat(world.roles["headcount"].astype(np.float64)[:, None], world.days, axis=1)
        self.heads = heads
        shape = (world.months, len(world.steps), len(world.segments) + 1)
        self.minutes, self.tasks = np.zeros(shape), np.zeros(shape)
        self.effort = np.array([_mean(world, int(dist)) for dist in world.steps["effort_dist"]])
        self.left = self._automated()
        self.month_starts = np.searchsorted(world.month_of_day, np.arange(world.months))
        self._pace = _pace(world)

    def result(self) -> Hours:
        """All of it."""
        for kind, row in enumerate(self.world.kinds):
            if row["per"] == r.PER_PERSON and row["trigger"] != r.INTERNAL:
                self._own_work(kind)
            elif row["trigger"] in (r.EVERY, r.ON_NEW_ACCOUNT, r.BEFORE_RENEWAL):
                self._playbook(kind)
            elif row["trigger"] in (r.TICKETS, r.REPLAY):
                self._tickets(kind)
        self._projects()
        return Hours(self.minutes, self.tasks, self.book)

    def _add(self, step: int, opened: dict[int, Floats], effort: float, left: dict[int, float]) -> None:
        """Count what opens of a step by column; learning goes by all that has been done before."""
        factor = self.left[step] * self._learnt(step, np.sum(list(opened.values()), axis=0))
        for column, by_day in opened.items():
            self.tasks[:, step, column] += self._by_month(by_day)
            self.minutes[:, step, column] += self._by_month(by_day * factor) * effort * left.get(column, 1.0)

    def _by_month(self, by_day: Floats) -> Floats:
        return np.asarray(np.add.reduceat(by_day, self.month_starts))

    def _learnt(self, step: int, opened: Floats) -> Floats:
        row = self.world.steps[step]
        if not row["learn_power"] < 0:
            return np.ones(self.world.days)
        done = np.concatenate([[0.0], np.cumsum(opened)[:-1]])
        experience = float(row["learn_experience"])
        times = (experience + done) / experience
        return np.maximum(float(row["learn_floor"]), times ** float(row["learn_power"]))

    def _automated(self) -> Floats:
        """(step, day): what automation leaves of the effort."""
        left = np.ones((len(self.world.steps), self.world.days))
        for act in self.world.supply.acts:
            if act.what == AUTOMATE:
                left[list(act.steps), act.day + act.days :] *= 1.0 - act.share
        return left

    # planned work

    def _playbook(self, kind: int) -> None:
        world, row = self.world, self.world.kinds[kind]
        served = np.flatnonzero(world.route_role[kind] >= 0).tolist()
        begun = {segment: float(row["share"]) * self._begun(kind, segment) for segment in served}
        left = {segment: float(world.customers.effort_left[kind, segment]) for segment in served}
        self._steps(kind, begun, left, self._ends_after(kind))

    def _own_work(self, kind: int) -> None:
        column = len(self.world.segments)
        role = int(self.world.route_role[kind].max())
        self._steps(
            kind, {column: self.heads[role] * self._recurring(kind)}, {}, self._ends_after(kind), role
        )

    def _begun(self, kind: int, segment: int) -> Floats:
        """(day,): occurrences that begin."""
        world, book, row = self.world, self.book, self.world.kinds[kind]
        begins = float(row["begins_minutes"]) / r.DAY
        if row["trigger"] == r.EVERY:
            a_day = self._recurring(kind)
            return a_day if row["per"] == r.PER_SEGMENT else a_day * self._in_phase(kind, segment)
        if row["trigger"] == r.ON_NEW_ACCOUNT:
            return shifted(book.starts[segment] * self._traits(segment, "trait_effort"), begins)
        found = shifted(book.renewals[segment], begins)[: world.days]
        if row["phases"] != PHASES_ALL:
            there = np.maximum(book.alive[segment], 1e-12)
            found = found * np.minimum(1.0, self._in_phase(kind, segment) / there)
        return found

    def _recurring(self, kind: int) -> Floats:
        """(day,): chance that an occurrence of one stream begins there.

        The phase is even over the period, an anchor moves to the next working day of the scenario's calendar,
        and of several that meet there one is left.
        """
        world, row = self.world, self.world.kinds[kind]
        works = np.flatnonzero(np.diff(world.open_before[0]) > 0)
        beyond = np.arange(world.days, world.days + lead_days(world))  # there no day is moved
        days = np.append(works, beyond)
        gathered = np.diff(days, prepend=-1)
        anchored = np.zeros(world.days + len(beyond))
        anchored[days] = np.minimum(1.0, gathered / float(row["period_days"]))
        return shifted(anchored, float(row["begins_minutes"]) / r.DAY)[: world.days]

    def _in_phase(self, kind: int, segment: int) -> Floats:
        """(day,): accounts in one of the phases in which a playbook begins, if nobody is late."""
        book, phases = self.book, int(self.world.kinds["phases"][kind])
        alive, older = book.alive[segment], book.older[segment]
        if phases == PHASES_ALL:
            return np.asarray(alive)
        new, won = alive - older, np.cumsum(book.starts[segment])
        onboarding: Floats = np.minimum(new, won - shifted(won, self._first_value_days(segment)))
        ready = float(self.world.customers.rules[0]["expansion_days"])
        expansion: Floats = np.zeros_like(alive)
        if not math.isnan(ready):
            expansion = older + np.minimum(new - onboarding, shifted(won, ready))
        found: Floats = np.zeros_like(alive)
        for bit, part in ((r.ONBOARDING, onboarding), (r.EXPANSION, expansion)):
            if phases & bit:
                found = found + part
        return np.asarray(found + (alive - onboarding - expansion if phases & r.ADOPTION else 0.0))

    def _first_value_days(self, segment: int) -> float:
        """Days from the start of an account to first value, if nothing waits for people."""
        world = self.world
        found = []
        for kind in np.flatnonzero(world.kinds["brings_first_value"]).tolist():
            role = int(world.route_role[kind, segment])
            if role >= 0:
                offsets = [*self._offsets(kind, role)]
                first = int(np.flatnonzero(world.steps["first_value"][_steps(world, kind)])[0])
                found.append(offsets[first] + self._done_after(int(world.kinds["step0"][kind]) + first, role))
        return min(found, default=0.0)

    def _steps(
        self,
        kind: int,
        begun: dict[int, Floats],
        left: dict[int, float],
        ends: float,
        own: int = -1,
    ) -> None:
        """Count the steps of occurrences that begin; a later one opens if the account is still there."""
        world, step0 = self.world, int(self.world.kinds["step0"][kind])
        offsets = {
            column: self._offsets(kind, own if own >= 0 else int(world.route_role[kind, column]))
            for column in begun
        }
        first = float(world.kinds["begins_minutes"][kind]) / r.DAY
        per_account = world.kinds["per"][kind] == r.PER_ACCOUNT
        for place in range(int(world.kinds["steps"][kind])):
            opened = {}
            for column, by_day in begun.items():
                after = offsets[column][place] - first
                if after >= ends:
                    continue  # the next occurrence, or the renewal, comes before
                by_day = by_day if after == 0 else shifted(by_day, after)
                if per_account and after > 0 and world.kinds["trigger"][kind] != r.BEFORE_RENEWAL:
                    kept = self.book.kept[column]
                    before = np.concatenate([np.ones(math.ceil(after)), kept])[: len(kept)]
                    by_day = by_day * kept / before
                opened[column] = by_day
            if opened:
                self._add(step0 + place, opened, float(self.effort[step0 + place]), left)

    def _ends_after(self, kind: int) -> float:
        """Days after its beginning at which an unfinished occurrence ends."""
        row = self.world.kinds[kind]
        if row["trigger"] == r.EVERY:
            return float(row["period_days"])
        if row["trigger"] == r.BEFORE_RENEWAL:
            return -float(row["begins_minutes"]) / r.DAY
        return math.inf

    def _offsets(self, kind: int, role: int) -> list[float]:
        """Days from the anchor at which each step opens, if everything is taken up at once."""
        world, found, earliest = self.world, [], -math.inf
        at = float(world.kinds["begins_minutes"][kind]) / r.DAY
        for step in _steps(world, kind):
            opens = float(world.steps["opens_minutes"][step]) / r.DAY
            at = at if earliest == -math.inf else max(earliest, opens) if not math.isnan(opens) else earliest
            found.append(at)
            earliest = (
                at + self._done_after(step, role) + _mean(world, int(world.steps["wait_dist"][step])) / r.DAY
            )
        return found

    def _done_after(self, step: int, role: int) -> float:
        """Days until a step that has opened is done."""
        return SHORT_OF_A_DAY + float(self.effort[step] * self._pace[role])

    # tickets

    def _tickets(self, kind: int) -> None:
        world = self.world
        rows = np.arange(
            int(world.kinds["step0"][kind]), int(world.kinds["step0"][kind] + world.kinds["steps"][kind])
        )
        shares = np.diff(np.minimum(world.steps["cumulative_share"][rows], 1.0), prepend=0.0)
        shares[-1] = max(0.0, 1.0 - shares[:-1].sum())
        came = {segment: self._came(segment) for segment in range(len(world.segments))}
        for step, share in zip(rows.tolist(), shares.tolist(), strict=True):
            opened = {segment: share * by_day for segment, by_day in came.items() if by_day.any()}
            self._add_backlog(step, opened)
            self._replayed(step, float(share), opened)
            if opened:
                self._severity(step, opened)

    def _came(self, segment: int) -> Floats:
        """(day,): tickets of a segment that reach the desk."""
        world, desk, book = self.world, self.world.desk, self.book
        rate = float(world.segments["tickets_per_minute"][segment])
        if world.replay is not None or rate == 0:
            return np.zeros(world.days)
        accounts = book.alive[segment] + self._young(segment)
        found = rate * desk.day_lengths * accounts
        if desk.deflection.size:
            found = found * (1.0 - desk.deflection[segment])
        rules = world.customers.rules[0]
        if rules["has_community"]:
            found = found * (1.0 - world.customers.members * float(rules["community_deflects"]))
        return np.asarray(found)

    def _young(self, segment: int) -> Floats:
        """(day,): how many more accounts it would take to raise what new and unlike ones do on top."""
        world, book = self.world, self.book
        common, starts = world.desk.common[0], book.starts[segment]
        traits = self._traits(segment, "trait_tickets")
        more = np.zeros(world.days)
        over = float(common["ramp_days"])
        if over > 0:
            for age in range(min(math.ceil(over), world.days)):
                extra = (float(common["ramp_from"]) - 1.0) * max(0.0, 1.0 - (age + 0.5) / over)
                more[age:] += extra * (starts * traits)[: world.days - age]
        new = np.maximum(book.alive[segment] - book.older[segment], 0.0)
        won = np.cumsum(starts)
        unlike = np.where(won > 0, np.cumsum(starts * (traits - 1.0)) / np.where(won > 0, won, 1.0), 0.0)
        return np.asarray(more + new * unlike)

    def _traits(self, segment: int, field: str) -> Floats:
        """(day,): mean multiple for accounts that start on the day."""
        factor = np.ones(self.world.days)
        for trait in range(2):
            multiple = float(self.world.segments[field][segment, trait])
            factor = factor * (1.0 + self.world.customers.trait_shares[trait, segment] * (multiple - 1.0))
        return factor

    def _add_backlog(self, step: int, opened: dict[int, Floats]) -> None:
        number = int((self.world.desk.backlog == step).sum())
        if not number:
            return
        day = self.world.warm_days
        raising = np.flatnonzero(self.world.segments["raises_tickets"] == 1)
        there = self.book.alive[raising, day]
        for segment, part in zip(raising.tolist(), (there / max(there.sum(), 1e-12)).tolist(), strict=True):
            opened[segment] = opened.get(segment, np.zeros(self.world.days)).copy()
            opened[segment][day] += number * part

    def _replayed(self, step: int, share: float, opened: dict[int, Floats]) -> None:
        """Recorded tickets; those whose effort is recorded, too, are added at once."""
        replay = self.world.replay
        if replay is None:
            return
        weight = np.where(replay.step == step, 1.0, np.where(replay.step < 0, share, 0.0))
        day = np.floor(replay.time / r.DAY).astype(np.int64)
        inside = (day >= 0) & (day < self.world.days)
        given = ~np.isnan(replay.effort_minutes)
        for segment in np.unique(replay.segment).tolist():
            of = inside & (replay.segment == segment)
            for chosen, minutes in ((of & ~given, None), (of & given, replay.effort_minutes)):
                count = np.bincount(day[chosen], weight[chosen], self.world.days).astype(np.float64)
                if minutes is None:
                    opened[segment] = opened.get(segment, np.zeros(self.world.days)) + count
                    continue
                all_minutes = weight[chosen] * minutes[chosen]
                known = np.bincount(day[chosen], all_minutes, self.world.days).astype(np.float64)
                self.tasks[:, step, segment] += self._by_month(count)
                self.minutes[:, step, segment] += self._by_month(known)

    def _severity(self, step: int, opened: dict[int, Floats]) -> None:
        """First touches, further ones, and escalations."""
        world, row = self.world, self.world.steps[step]
        self._add(step, opened, float(self.effort[step]), {})
        self._further_touches(step, opened)
        escalation = int(world.desk.common[0]["escalation_step"])
        if row["escalate"] > 0 and escalation >= 0:
            raised = {s: float(row["escalate"]) * by_day for s, by_day in opened.items()}
            self._add(escalation, raised, float(self.effort[escalation]), {})

    def _further_touches(self, step: int, opened: dict[int, Floats]) -> None:
        """Touches after the first one, each generation of them a customer's wait after the one before."""
        row = self.world.steps[step]
        chances = {"more": float(row["more"]), "reopen": (1.0 - float(row["more"])) * float(row["reopen"])}
        kinds = {what: chance for what, chance in chances.items() if chance > 0}
        effort = {what: _mean(self.world, int(row[f"{what}_effort_dist"])) for what in kinds}
        wait = {what: _mean(self.world, int(row[f"{what}_wait_dist"])) / r.DAY for what in kinds}
        coming, first = opened, sum(float(by_day.sum()) for by_day in opened.values())
        touches = {what: {s: np.zeros(self.world.days) for s in opened} for what in kinds}
        for _ in range(MOST_TOUCHES if kinds else 0):
            following = {s: np.zeros(self.world.days) for s in opened}
            for what, chance in kinds.items():
                for segment, by_day in coming.items():
                    later = chance * shifted(by_day, wait[what])
                    touches[what][segment] += later
                    following[segment] += later
            coming = following
            if sum(float(by_day.sum()) for by_day in coming.values()) <= 1e-6 * first:
                break
        for what, of_kind in touches.items():
            self._add(step, of_kind, effort[what], {})

    def _projects(self) -> None:
        """Introducing automations: on its day, with the effort that the timeline says."""
        world = self.world
        for act in world.supply.acts:
            if (
                act.what == AUTOMATE
                and act.step >= 0
                and act.effort_minutes > 0
                and act.day >= world.warm_days
            ):
                month = int(world.month_of_day[act.day])
                self.minutes[month, act.step, -1] += act.effort_minutes
                self.tasks[month, act.step, -1] += self.heads[act.role, act.day]


def _steps(world: World, kind: int) -> range:
    step0 = int(world.kinds["step0"][kind])
    return range(step0, step0 + int(world.kinds["steps"][kind]))


def _mean(world: World, dist: int) -> float:
    """The mean of a distribution, 0 where there is none."""
    return 0.0 if dist < 0 else mean_of(world, dist)


def _pace(world: World) -> Floats:
    """(role,): days that pass while a person does a minute of effort."""
    open_minutes = world.open_before[world.roles["calendar"], -1] / world.days
    return np.asarray(1.0 / np.maximum(world.roles["speed"] * open_minutes, 1e-9))
