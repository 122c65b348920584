"""World → Outcome: one replication."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import books, desk, hands, midnight
from csm_sim.engine.components import Crews, list_idle, mark_pools, organise
from csm_sim.engine.draws import root_seed
from csm_sim.engine.histogram import HISTOGRAM_BINS
from csm_sim.engine.populate import State, populate
from csm_sim.engine.timeline import Timeline, dated
from csm_sim.errors import EngineError
from csm_sim.world import records as r
from csm_sim.world.build import Act, World

Records = NDArray[np.void]
Floats = NDArray[np.float64]

# the three columns of Outcome.busy
PROACTIVE, REACTIVE, SWITCHING = 0, 1, 2


@dataclass(slots=True)
class Outcome:
    """What happened in one replication, as arrays; only the horizon is counted, not the warm-up."""

    tallies: Records
    """(step, segment), TALLY; the last segment stands for people's own work."""
    months: Records
    """(month, segment), MONTH."""
    by_month: Records
    """(month, step, segment), TALLY: the tallies month by month."""
    effort: Floats
    """(2, month, step, segment): effort minutes opened, and of tasks done."""
    desk: Records
    """(month, role), DESK: tickets by the role that had them."""
    histogram: NDArray[np.int32]
    """(2, severity, segments + months + roles, bin): working time to first response, and to resolution."""
    busy: Floats
    """(week, person, 3): working minutes on proactive and reactive work and on switching."""
    open_minutes: Floats
    """(week, person): working time while employed."""
    backlog: Floats
    """(month, role, records.BACKLOG_FIELDS) at the month's end."""
    heads: NDArray[np.int64]
    """(month, role): people at the month's end."""
    accounts: Records
    """ACCOUNT, as they are at the end; the field ``number`` is an account's place in the book."""
    people: Records
    """PERSON, likewise."""
    opening_cohort: Floats
    """(segment, 2): ARR at the start of accounts there then, and what of it is left at the end."""
    events: Records
    """EVENT: the log, empty unless asked for."""
    tasks_done: int
    """Warm-up included."""


def simulate(
    world: World, *, seed: int, replication: int, unlimited: bool = False, log_capacity: int = 0
) -> Outcome:
    """The outcome of one replication of a world.

    Parameters
    ----------
    world
        From :func:`csm_sim.world.build.build_world`; not changed.
    seed
        Any integer from 0 on.
    replication
        Number of the replication, from 0 on. The same seed and number give the same outcome
        anywhere.
    unlimited
        The fully-staffed twin: each task has a person of its own from the instant it opens.
    log_capacity
        Lines of the event log to keep.

    Raises
    ------
    EngineError
        If the log is asked for and does not hold all events.
    """
    run = _Run(world, seed, replication, unlimited, log_capacity)
    run.play()
    return run.outcome()


class _Run:
    """A replication on its way: the state, the accounts of what happened, and the timeline."""

    def __init__(self, world: World, seed: int, replication: int, unlimited: bool, log_capacity: int) -> None:
        self.world, self.unlimited = world, unlimited
        self.state: State = populate(world, root_seed(seed), replication)
        state, steps, columns = self.state, len(world.steps), len(world.segments) + 1
        state.control["unlimited"] = unlimited
        self.tallies = np.zeros((world.months + 1, steps, columns), r.TALLY)
        self.months = np.zeros((world.months + 1, columns - 1), r.MONTH)
        # where each segment's tickets have one role, counts by role follow from those by segment
        several = len(world.desk.shares) > 1 or bool(world.desk.common["overflow_role"][0] >= 0)
        self.desk = np.zeros((world.months + 1 if several else 0, len(world.roles)), r.DESK)
        severities = int(world.steps["ticket"].sum()) if steps else 0
        places = (world.months, columns - 1, len(world.roles) if several else 1)
        self.histogram = np.zeros((2, severities, *places, HISTOGRAM_BINS), np.int32)
        self.busy = np.zeros((world.weeks, len(state.people), 3))
        self.backlog = np.zeros((world.months, len(world.roles), len(r.BACKLOG_FIELDS)))
        self.heads = np.zeros((world.months, len(world.roles)), np.int64)
        self.log = np.zeros(log_capacity, r.EVENT)
        self.employed_from = np.where(state.people["employed"] == 1, 0, world.days)
        self.employed_to = np.full(len(state.people), world.days)
        self.day = 0
        room = 1024 if unlimited else len(state.people) + 1
        self.times, self.what = np.empty(room), np.empty(room, np.uint32)
        self.ties = np.empty(room, np.uint64)
        mark_pools(world, state)
        for person in np.flatnonzero(state.people["employed"] == 1):
            hands.join_idle(int(person), 0.0, state.people, state.pools)
        self.crews: Crews = organise(world, state, unlimited)
        self.replay_steps = np.zeros(1, np.int32) if world.replay is None else world.replay.step
        self.replay_efforts = np.zeros(1) if world.replay is None else world.replay.effort_minutes

    def play(self) -> None:
        """Run the timeline to the end."""
        env, world = Timeline(self.work_until), self.world
        starts = [(first - world.first_day).days for first in world.month_starts[1:]]
        for number, day in enumerate([*starts, world.days]):
            env.process(dated(env, day, partial(self.look, number)))
        for act in world.acts:
            env.process(dated(env, act.day, partial(self.apply, act)))
        env.run()
        state = self.state
        midnight.note_end(
            state.tasks, state.cases, state.accounts, world.steps, state.people, self.tallies, self.left(),
            self.busy,
            world.windows, world.open_before, state.control,
        )  # fmt: skip
        if len(self.log) and state.control["logged"][0] > len(self.log):
            raise EngineError(f"the log holds {len(self.log)} of {state.control['logged'][0]} events")

    def work_until(self, day: int) -> None:
        """Let the desk work through all days before ``day``."""
        if day <= self.day:
            return
        world, state, crews = self.world, self.state, self.crews
        tickets = world.desk
        state.tasks, state.cases, self.times, self.what, self.ties = desk.work(
            self.day, day, world.warm_days, world.month_of_day, crews.crew, crews.roles, world.segments,
            world.roles, world.kinds, world.steps, world.dists, world.values, world.health,
            world.route_role, world.windows, world.open_before, world.working.next_working_day,
            self.replay_steps, self.replay_efforts, tickets.common, state.lengths, state.begins,
            tickets.day_shape, tickets.shapes, tickets.deflection, tickets.shares, tickets.roles,
            state.servers, state.prefixes, state.accounts, state.nodes, state.people, state.queues,
            state.pools, crews.components, state.tasks, state.cases, state.node_days, state.places,
            state.case_days, state.start_days, state.renewal_days, state.account_next, self.times,
            self.what, self.ties, self.tallies, self.desk, self.histogram, self.months, self.busy,
            self.log, state.control,
        )  # fmt: skip
        self.day = day

    def look(self, month: int) -> None:
        """Note the backlog and the heads at a month's end."""
        world, state = self.world, self.state
        if len(world.steps):
            midnight.look(
                state.tasks, state.accounts, state.people, world.steps, self.day * r.DAY, self.left(),
                self.backlog[month],
            )  # fmt: skip
        here = state.people["role"][state.people["employed"] == 1]
        self.heads[month] = np.bincount(here, minlength=len(world.roles))

    def left(self) -> Floats:
        """Effort minutes left of each task at this midnight."""
        world, state = self.world, self.state
        state.control["clock"] = world.open_before[0, self.day]
        left = np.zeros(len(state.tasks))
        midnight.note_left(
            state.tasks, state.people, state.cases, world.steps, world.roles, self.unlimited,
            world.windows, world.open_before, self.day, left,
        )  # fmt: skip
        return left

    def apply(self, act: Act) -> None:
        """Carry out a change of staff, and find out anew who works with whom."""
        world, state = self.world, self.state
        before = state.people["employed"].copy()
        if act.hire:
            books.hire(world, state, act.role, act.count, act.rebalance, self.day)
        else:
            books.cut(
                world, state, act.role, act.count, act.share, self.day, self.busy, self.tallies, self.log
            )
        self.employed_from[state.people["employed"] > before] = self.day
        self.employed_to[state.people["employed"] < before] = self.day
        list_idle(state, mark_pools(world, state))
        if self.unlimited:
            return
        books.requeue(world, state)
        self.crews = organise(world, state, unlimited=False)
        desk.refill(
            state.tasks, state.queues, world.steps, state.people, self.crews.components, self.times,
            self.what, self.ties,
        )  # fmt: skip

    def outcome(self) -> Outcome:
        """The replication's outcome, with the bridge of accounts and ARR closed month by month."""
        world, state = self.world, self.state
        months, by_month = self.months[1:], self.tallies[1:]
        _give_full_marks(by_month, world.desk.common[0])
        _close_bridge(months)
        accounts = state.accounts
        opening = (accounts["start_day"] < world.warm_days) | (accounts["start_day"] == 0)
        kept: NDArray[np.bool_] = opening & (accounts["status"] == r.ALIVE)
        cohort = np.zeros((len(world.segments), 2))
        for column, those in enumerate((opening, kept)):
            np.add.at(cohort[:, column], accounts["segment"][those], accounts["arr"][those])
        events = self.log[: int(state.control["logged"][0])]
        of_accounts = events["account"] >= 0
        events["account"][of_accounts] = accounts["number"][events["account"][of_accounts]]
        return Outcome(
            tallies=_total(by_month),
            months=months,
            by_month=by_month,
            effort=np.stack([by_month["opened_effort_minutes"], by_month["done_effort_minutes"]]),
            desk=self.desk[1:] if len(self.desk) else _by_role(world, by_month),
            histogram=_waits_by_place(world, self.histogram),
            busy=self.busy,
            open_minutes=self._open_minutes(),
            backlog=self.backlog,
            heads=self.heads,
            accounts=accounts,
            people=state.people,
            opening_cohort=cohort,
            events=events,
            tasks_done=int(state.control["done"][0]),
        )

    def _open_minutes(self) -> Floats:
        """Working time of each person's weeks while employed."""
        world = self.world
        before = world.open_before[self.state.people["calendar"]]
        week_starts = world.warm_days + 7 * np.arange(world.weeks)
        week_ends = np.minimum(week_starts + 7, world.days)
        begin = np.maximum(week_starts[:, None], self.employed_from[None, :])
        end = np.minimum(week_ends[:, None], self.employed_to[None, :])
        everyone = np.arange(before.shape[0])[None, :]
        worked = before[everyone, np.maximum(end, begin)] - before[everyone, begin]
        return np.asarray(np.where(end > begin, worked, 0.0))


def _give_full_marks(by_month: Records, common: Any) -> None:
    """Add the tickets with nothing to complain of to the sums of satisfaction."""
    by_month["score_sum"] += 100.0 * by_month["faultless"]
    by_month["ces_sum"] += 7.0 * by_month["faultless"]
    by_month["promoters"] += by_month["faultless"] * (common["promoter"] <= 100.0)


def _by_role(world: World, by_month: Records) -> Records:
    """(month, role), DESK, where the tickets of a segment all have the same role."""
    found = np.zeros((len(by_month), len(world.roles)), r.DESK)
    severities = np.flatnonzero(world.steps["ticket"] == 1)
    for segment in np.flatnonzero(world.desk.roles[:, 0] >= 0):
        role = int(world.desk.roles[segment, 0])
        mine = by_month[:, severities, segment]
        for name in ("taken_up", "wait_minutes", "in_response", "resolution_minutes", "in_targets"):
            found[name][:, role] += mine[name].sum(axis=1)
        found["opened"][:, role] += (mine["opened"] - mine["deflected"]).sum(axis=1)
        found["abandoned"][:, role] += mine["abandoned"].sum(axis=1)
        found["resolved"][:, role] += (mine["on_time"] + mine["late"]).sum(axis=1)
    return found


def _waits_by_place(world: World, counts: NDArray[np.int32]) -> NDArray[np.int32]:
    """(2, severity, segments + months + roles, bin) of (2, severity, month, segment, role or 1, bin)."""
    by_segment, by_month = counts.sum(axis=(2, 4)), counts.sum(axis=(3, 4))
    if counts.shape[4] > 1:
        by_role = counts.sum(axis=(2, 3))
    else:
        by_role = np.zeros((*counts.shape[:2], len(world.roles), counts.shape[-1]), counts.dtype)
        for segment in np.flatnonzero(world.desk.roles[:, 0] >= 0):
            by_role[:, :, int(world.desk.roles[segment, 0])] += by_segment[:, :, segment]
    return np.concatenate([by_segment, by_month, by_role], axis=2).astype(np.int32)


def _total(by_month: Records) -> Records:
    """Tallies summed over months (the mark of what was open at the start or the end, too)."""
    total = np.zeros(by_month.shape[1:], r.TALLY)
    for name in r.TALLY.names or ():
        total[name] = by_month[name].sum(axis=0)
    return total


def _close_bridge(months: Any) -> None:
    """Opening and closing accounts and ARR of each month, from the opening of the first."""
    for name, new, churned in (("accounts", "new", "churned"), ("arr", "arr_new", "arr_churned")):
        for month in range(len(months)):
            if month:
                months[month][f"{name}_start"] = months[month - 1][f"{name}_end"]
            closing = months[month][f"{name}_start"] + months[month][new] - months[month][churned]
            months[month][f"{name}_end"] = closing
