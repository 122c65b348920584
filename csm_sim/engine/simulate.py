"""World → Outcome: one replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import books, closing, desk, midnight
from csm_sim.engine.acts import Acts
from csm_sim.engine.beginning import beginning_of
from csm_sim.engine.burnout import satisfaction
from csm_sim.engine.components import Crews, mark_pools, organise, places_of, regroup
from csm_sim.engine.draws import root_seed
from csm_sim.engine.ledger import Ledger, ledger_of
from csm_sim.engine.lives import bring_up_to_date
from csm_sim.engine.org import Org
from csm_sim.engine.policies import PolicyFunction
from csm_sim.engine.policy_host import host
from csm_sim.engine.populate import State, populate
from csm_sim.engine.rooms import BUSY_DAY, Room, longer, longer_tasks
from csm_sim.engine.roster import Roster
from csm_sim.engine.supply import Supply
from csm_sim.engine.team import Team
from csm_sim.engine.timeline import Moment, Phase, Timeline
from csm_sim.engine.turn import Turn
from csm_sim.errors import EngineError
from csm_sim.world import counts as ct
from csm_sim.world import records as r
from csm_sim.world.build import World

Records = NDArray[np.void]
Floats = NDArray[np.float64]

root_of = lru_cache(maxsize=1)(root_seed)  # one seed for all replications, mostly

# the three columns of Outcome.busy
PROACTIVE, REACTIVE, SWITCHING = 0, 1, 2
HERE_MINUTES = ct.HOURS_FIELDS.index("here")


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
    """(week, seat, 3): working minutes on proactive and reactive work and on switching."""
    hours: Floats
    """(week, seat, counts.HOURS_FIELDS): minutes."""
    capacity: Floats
    """(month, role, counts.CAPACITY_FIELDS): minutes."""
    backlog: Floats
    """(month, role, counts.BACKLOG_FIELDS) at the month's end."""
    heads: NDArray[np.int64]
    """(month, role): people at the month's end."""
    moves: NDArray[np.int32]
    """(month, role, counts.MOVES_FIELDS): how often."""
    content: Floats
    """(month, role): mean satisfaction of the people at the month's end, nan without burnout."""
    satisfaction: Floats
    """(seat,): of who sits there at the end, nan without burnout."""
    failures: NDArray[np.int32]
    """(LATE or MISSED, seat + nobody, kind): planned work by whose book the account was in."""
    accounts: Records
    """ACCOUNT, as they are at the end; the field ``number`` is an account's place in the book."""
    people: Records
    """PERSON, likewise."""
    opening_cohort: Floats
    """(segment, 2): ARR at the start of accounts there then, and what of it is left at the end.

    Of an account that pays more by then, what it paid at the start is left."""
    cohorts: Floats
    """(opening book and each month's new accounts, month, 4): accounts lost, ARR churned, contracted and
    gained in a month by accounts that were there at the start, or started in the month of the row."""
    served: NDArray[np.int64]
    """(month, segment): accounts alive at the month's end by the segment as which they are served."""
    events: Records
    """EVENT: the log, empty unless asked for."""
    tasks_done: int
    """Warm-up included."""

    @property
    def open_minutes(self) -> Floats:
        """(week, seat): working time of who is there, away days left out."""
        return np.asarray(self.hours[..., HERE_MINUTES])


def simulate(
    world: World,
    *,
    seed: int,
    replication: int,
    unlimited: bool = False,
    log_capacity: int = 0,
    policies: Sequence[PolicyFunction] = (),
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
    policies
        Further policies, beside those of the scenario: functions of (env, org) that yield, see
        :class:`csm_sim.engine.org.Org`. None runs in the twin.

    Raises
    ------
    EngineError
        If the log is asked for and does not hold all events.
    PolicyError
        If a policy fails.
    """
    run = _Run(world, seed, replication, unlimited, log_capacity)
    if not unlimited:
        run.add_policies(policies, replication)
    run.play()
    return run.outcome()


class _Run:
    """A replication on its way: the state, the accounts of what happened, and the timeline."""

    def __init__(self, world: World, seed: int, replication: int, unlimited: bool, log_capacity: int) -> None:
        self.world, self.unlimited = world, unlimited
        self.state: State = populate(world, root_of(seed), replication, unlimited)
        state = self.state
        state.control["unlimited"] = unlimited
        self.ledger: Ledger = ledger_of(world, state, log_capacity)
        self.roster = Roster(world)
        self.team = Team(world, state, self.ledger, self.roster, unlimited)
        self.env = Timeline(self.work_until)
        self.supply = Supply(self.env, self.team)
        self.turn = Turn(world, state, self.ledger, self.team) if world.customers.active else None
        self.day = -1
        self.month = 0
        """Of the horizon: the one whose end is looked at next."""
        self.clocks = {name: state.control[name] for name in ("day", "clock", "week")}
        self.room = Room(np.empty(1024 if unlimited else len(state.people) + 1))
        beginning = beginning_of(world)
        self.month_ends = beginning.month_ends
        if beginning.places is None:
            beginning.places = places_of(world, state)
        self.places = beginning.places
        self.crews: Crews
        self.heads: NDArray[np.int64]
        self.minutes_left = np.empty(0)
        self.counted_at = -1
        """How often somebody had come or gone when heads were counted."""
        self.replay_steps = np.zeros(1, np.int32) if world.replay is None else world.replay.step
        self.replay_efforts = np.zeros(1) if world.replay is None else world.replay.effort_minutes

    def add_policies(self, policies: Sequence[PolicyFunction], replication: int) -> None:
        """Let the scenario's policies, and those given, run from the start on."""
        rules = self.world.supply.policies
        if rules or policies:
            org = Org(self.supply, self.left)
            host(self.env, org, rules, policies, self.world.warm_days, replication)

    def play(self) -> None:
        """Run the timeline to the end."""
        env, world = self.env, self.world
        end = Moment(env, world.days, Phase.LEAVING)  # nothing happens at the run's end
        self._be_at(0)
        self.supply.begin()
        Acts(self.supply).begin()
        env.run(until=end)
        env.close()
        state, ledger = self.state, self.ledger
        midnight.note_end(
            state.tasks, state.cases, state.accounts, state.steps, state.people, ledger.cells, self.left(),
            ledger.busy, world.windows, world.open_before, state.control,
        )  # fmt: skip
        for seat, since in self.team.orphaned.items():  # nobody has taken these yet
            role = int(world.supply.seats[seat]["role"])
            number = len(self.team.books.of_seat(seat))
            ledger.moves[-1, role, ct.ORPHAN_DAYS] += (world.days - since) * number
        if len(ledger.log) and state.control["logged"][0] > len(ledger.log):
            raise EngineError(f"the log holds {len(ledger.log)} of {state.control['logged'][0]} events")

    def _be_at(self, day: int) -> None:
        """The clocks of the state show a midnight."""
        world, clocks = self.world, self.clocks
        self.day = self.team.day = day
        clocks["day"][0], clocks["clock"][0] = day, world.open_before[0, day]
        clocks["week"][0] = (day - world.warm_days) // 7 if day >= world.warm_days else -1

    def work_until(self, day: int) -> None:
        """Let the desk work through all days before ``day``; a month's end is looked at before all else."""
        while self.day < day:
            if self.turn is None:
                self._work(min(day, self.month_ends[self.month]))
            else:
                self._customers_turn(self.turn)
                self._work(self.day + 1)
            if self.day == self.month_ends[self.month]:
                self.look(self.month)
                self.month += 1

    def _customers_turn(self, turn: Turn) -> None:
        """What happens to customers at this midnight."""
        world, state, day = self.world, self.state, self.day
        if day == world.warm_days:
            midnight.note_start(
                state.tasks, state.accounts, self.ledger.cells, self.ledger.months, state.control
            )  # fmt: skip
            state.control["noted"] = 1
        if len(world.customers.moves) and day > world.warm_days:
            month = int(world.month_of_day[day])
            if month != world.month_of_day[day - 1]:
                self.ledger.served[month - 1] = turn.count_served()
        if turn.take(day) and not self.unlimited:
            books.requeue(state.tasks, state.nodes, state.steps, state.accounts, state.people, state.control)
            self.team.opened = True

    def _work(self, day: int) -> None:
        """Let the desk work through all days before ``day`` on which nothing else happens at midnight."""
        self._settle()
        world, state, crews, ledger = self.world, self.state, self.crews, self.ledger
        tickets = world.desk
        room = self.room
        room.for_people(len(state.people), len(crews.components))
        state.control["component"], state.control["need"] = -1, 0
        while not desk.work(
            day, world.warm_days, world.month_of_day, crews.crew, crews.pools, state.segments, state.roles,
            world.kinds, state.steps, world.dists, world.values, state.health, state.route, world.windows,
            world.open_before, world.working.next_working_day, self.replay_steps, self.replay_efforts,
            state.common, state.lengths, state.begins, tickets.day_shape, tickets.shapes, tickets.deflection,
            tickets.shares, state.ticket_roles, state.servers, state.members, world.supply.rules,
            world.supply.hours_weights, state.away, state.prefixes, state.accounts, state.nodes, state.people,
            state.renewing, state.queues, state.pools, state.groups, crews.components, state.tasks,
            state.cases, state.node_days, state.places, state.case_days, state.start_days,
            state.renewal_days, state.account_next, room.times, room.what, room.ties, ledger.cells,
            ledger.failures, ledger.desk, ledger.histogram, ledger.months, ledger.busy, state.care,
            state.life, state.life_days, world.customers.indicators, state.terms, state.news, ledger.cohorts,
            ledger.log, state.control, room.woken, room.woken_times, room.of_component, room.event_nodes,
            room.event_times, room.event_begins, room.touched, room.again_times, room.again_nodes,
            room.drawn,
        ):  # fmt: skip
            self._make_room()
        self._be_at(day)

    def _make_room(self) -> None:
        """Give the desk the room that it has asked for."""
        state, room, control = self.state, self.room, self.state.control[0]
        need = int(control["need"])
        while control["free_count"] < need:
            state.tasks = longer_tasks(state.tasks, state.control)
        if 0 < len(state.cases) < len(state.tasks):
            state.cases = longer(state.cases, len(state.tasks))
        room.for_returns(2 * need)
        if self.unlimited:
            room.for_completions(2 * need)
        while 0 < len(state.news) < int(control["news"]) + need:
            state.news = longer(state.news, 2 * len(state.news))
        if control["component"] < 0:  # the day's events are not laid out yet
            events = len(state.nodes) + len(state.cases) + BUSY_DAY
            if control["gathered"]:
                events = max(events, 2 * int(control["events"]) + 64)
            room.for_events(events, int(control["drawn"]) + 1)

    def _settle(self) -> None:
        """Find anew what the events of a midnight have changed: speeds, and who works with whom."""
        world, state, team = self.world, self.state, self.team
        if team.speeds_changed:
            team.set_speeds(self.day)
        if self.unlimited:
            if self.day == 0:
                self.crews = organise(world, state, self.places, unlimited=True)
            if team.opened:  # on the first day, too: an act may open people's own work
                self._take_all_alone()
            team.changed = team.opened = team.rerouted = team.regrouped = False
            return
        if not team.changed and not team.opened:
            return
        if team.rerouted:
            self.places = places_of(world, state)
        # a book that is closed now may leave accounts without an owner to a pool that nobody has used yet
        if mark_pools(world, state, self.places) or team.regrouped:
            team.changed = True
            regroup(world, state)
        if team.changed:
            books.requeue(state.tasks, state.nodes, state.steps, state.accounts, state.people, state.control)
            self.crews = organise(world, state, self.places, unlimited=False)
        self._refill()
        team.changed = team.opened = team.rerouted = team.regrouped = False

    def _take_all_alone(self) -> None:
        """In the twin, take up what people's coming and going has opened."""
        world, state, ledger = self.world, self.state, self.ledger
        room = self.room
        room.for_completions(int(self.crews.components[0]["finishing"]) + len(state.tasks))
        desk.take_all_alone(
            self.day * r.DAY, int(world.month_of_day[self.day]) + 1, state.tasks, state.steps, state.nodes,
            state.roles, self.crews.components, state.cases, state.case_days, state.common, ledger.cells,
            ledger.desk, ledger.histogram, world.windows, room.times, room.what, room.ties, ledger.log,
            state.control,
        )  # fmt: skip

    def _refill(self) -> None:
        """Queue what waits, and note what is in hand."""
        state, room = self.state, self.room
        desk.refill(
            state.tasks, state.queues, state.steps, state.people, self.crews.components, room.times,
            room.what, room.ties, state.control,
        )  # fmt: skip

    def look(self, month: int) -> None:
        """Note the backlog, the heads and how content people are at a month's end."""
        world, state, ledger = self.world, self.state, self.ledger
        if len(world.steps):
            midnight.look_back(
                self.day, self.unlimited, state.tasks, state.cases, state.accounts, state.people,
                state.steps, state.roles, world.windows, world.open_before, self.room_for_left(),
                ledger.backlog[month],
            )  # fmt: skip
        if self.counted_at != self.team.acts:
            here = state.people["role"][state.people["employed"] == 1]
            self.counted_at, self.heads = self.team.acts, np.bincount(here, minlength=len(world.roles))
        ledger.heads[month] = self.heads
        if self.unlimited or not self.team.beginning.burnout:
            return
        content = self.satisfaction()
        for role in range(len(world.roles)):
            of_role = content[world.supply.seats["role"] == role]
            known = of_role[~np.isnan(of_role)]
            if len(known):
                ledger.content[month, role] = known.mean()

    def satisfaction(self) -> Floats:
        """(seat,): how content people are; nan where nobody sits, or nothing can burn them out."""
        found = np.full(len(self.team.stays), np.nan)
        if not self.unlimited and self.team.beginning.burnout:
            for stay in self.team.stays:
                if stay is not None and self.team.rules[stay.role].burnout_effect != 1.0:
                    found[stay.seat] = satisfaction(stay, self.team.rules[stay.role])
        return found

    def left(self) -> Floats:
        """Effort minutes left of each task at this midnight, until somebody asks the next time."""
        world, state, left = self.world, self.state, self.room_for_left()
        midnight.note_left(
            state.tasks, state.people, state.cases, state.steps, state.roles, self.unlimited, world.windows,
            world.open_before, self.day, left,
        )  # fmt: skip
        return left

    def room_for_left(self) -> Floats:
        """A number for each task."""
        if len(self.minutes_left) != len(self.state.tasks):
            self.minutes_left = np.empty(len(self.state.tasks))
        return self.minutes_left

    def outcome(self) -> Outcome:
        """The replication's outcome, with the bridge of accounts and ARR closed month by month."""
        world, state = self.world, self.state
        ledger, accounts = self.ledger, state.accounts
        months, by_month = ledger.months[1:], ledger.tallies[1:]
        closing.give_full_marks(by_month, world.desk.common)
        closing.close_bridge(months)
        hours, capacity = self.roster.hours(world, state.away)
        cohort = np.zeros((len(world.segments), 2))
        closing.count_cohort(accounts, state.opening_arr, world.warm_days, cohort)
        if self.turn is not None:
            bring_up_to_date(
                accounts, state.life, state.segments, state.health, world.customers.indicators, state.terms,
                state.prefixes, world.days,
            )  # fmt: skip
        served = months["accounts_end"].copy()
        if self.turn is not None and len(world.customers.moves):
            served = ledger.served
            served[-1] = self.turn.count_served()
        events = ledger.log[: int(state.control["logged"][0])]
        if len(events):
            of_accounts = events["account"] >= 0
            events["account"][of_accounts] = accounts["number"][events["account"][of_accounts]]
        return Outcome(
            tallies=closing.total(by_month),
            months=months,
            by_month=by_month,
            effort=np.array([by_month["opened_effort_minutes"], by_month["done_effort_minutes"]]),
            desk=closing.tickets_by_role(world, ledger)[1:],
            histogram=closing.waits_by_place(world, ledger.histogram),
            busy=ledger.busy,
            hours=hours,
            capacity=capacity,
            backlog=ledger.backlog,
            heads=ledger.heads,
            moves=ledger.moves[1:],
            content=ledger.content,
            satisfaction=self.satisfaction(),
            failures=ledger.failures,
            accounts=accounts,
            people=state.people,
            opening_cohort=cohort,
            cohorts=ledger.cohorts,
            served=served,
            events=events,
            tasks_done=int(state.control["done"][0]),
        )
