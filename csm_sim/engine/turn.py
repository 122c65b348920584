"""Customers' turn between two days of the desk: news, moves, decisions and pulses, in this order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import customers, moves
from csm_sim.engine.ledger import Ledger
from csm_sim.engine.order import absorb_all, uid_order
from csm_sim.engine.populate import State
from csm_sim.engine.renewals import DECISIONS, PULSES
from csm_sim.engine.rooms import longer
from csm_sim.engine.team import Team
from csm_sim.world import records as r
from csm_sim.world.build import World

Order = NDArray[np.int64]
NOBODY: Order = np.zeros(0, np.int64)


@dataclass(slots=True)
class Turn:
    """What happens to the customers of one replication at midnights."""

    world: World
    state: State
    ledger: Ledger
    team: Team
    _everyone: Order = field(default_factory=lambda: NOBODY)

    def take(self, day: int) -> bool:
        """The turn at the midnight of a day; whether accounts have moved to another tier."""
        state = self.state
        month = int(self.world.month_of_day[day]) + 1
        moved = 0
        heard = self._hear_news(day, month) if state.control["news"][0] else NOBODY
        if len(self.world.customers.moves):
            if self.world.customers.move_reviews[:, day].any():
                heard = self._in_order()
            if len(heard):
                moved = self._move(heard, day, month)
        if state.life_days[DECISIONS, day] >= 0:
            self._decide(day)
        if state.life_days[PULSES, day] >= 0:
            self._pulse(day, month)
        return moved > 0

    def _in_order(self) -> Order:
        """All accounts, in the order in which they are taken."""
        if len(self._everyone) == 0:
            self._everyone = uid_order(self.state.accounts, np.arange(len(self.state.accounts)))
        return self._everyone

    def _hear_news(self, day: int, month: int) -> Order:
        """Let the news of the day before take effect; returns the accounts that it is about."""
        world, state, ledger = self.world, self.state, self.ledger
        count = int(state.control["news"][0])
        state.control["news"] = 0
        lines = state.news[:count].copy()  # what comes now is for the next midnight
        of_account = lines["account"] >= 0
        programmes, kinds = np.flatnonzero(~of_account), np.flatnonzero(of_account)
        keys = np.zeros(len(kinds), np.uint64)  # a programme has no account, and there may be none at all
        absorb_all(state.accounts["uid"][lines["account"][kinds]], np.uint64(0), keys)
        segment = state.nodes["segment"][lines["node"][programmes]]
        occurrence = lines["occurrence"]
        programmes = programmes[np.lexsort((occurrence[programmes], segment, lines["kind"][programmes]))]
        order = kinds[np.lexsort((occurrence[kinds], lines["kind"][kinds], keys))]
        customers.hear_news(
            np.concatenate([programmes, order]), day, month, state.accounts, state.life, state.segments,
            state.people, state.nodes, state.node_days, state.places, state.tasks, state.cases, world.kinds,
            state.steps, state.care, state.health, world.customers.indicators, state.terms, state.common,
            world.customers.plays, world.supply.rules, state.route, lines, ledger.months, ledger.cohorts,
            state.prefixes, ledger.log, state.control,
        )  # fmt: skip
        if not len(world.customers.moves):
            return NOBODY
        about = lines["account"][order].astype(np.int64)
        return about[np.flatnonzero(np.diff(about, prepend=-1))]

    def _move(self, order: Order, day: int, month: int) -> int:
        world, state, ledger = self.world, self.state, self.ledger
        rules = world.customers
        left = np.empty(len(order), np.int64)
        moved = int(
            moves.make_moves(
                order, day, month, state.accounts, state.life, state.segments, state.roles, state.people,
                state.nodes, state.node_days, state.places, state.tasks, state.cases, world.kinds,
                state.steps, state.care, state.health, rules.indicators, state.terms, state.common,
                rules.plays, rules.moves, rules.move_from, rules.move_shares, rules.move_reviews,
                world.supply.rules, world.supply.hours_weights, state.renewing, state.route,
                state.ticket_roles, world.working.next_working_day, left, ledger.cells, ledger.months,
                state.prefixes, ledger.log, state.control,
            )
        )  # fmt: skip
        for place in np.flatnonzero(left >= 0).tolist():
            self.team.lose_account(int(order[place]), int(left[place]), day)
        return moved

    def _decide(self, day: int) -> None:
        world, state = self.world, self.state
        customers.decide(
            day, state.accounts, state.life, state.life_days, state.segments, state.nodes, state.tasks,
            state.cases, world.kinds, state.steps, state.care, state.health, world.customers.indicators,
            state.terms, state.common, state.prefixes, self.ledger.log, state.control,
        )  # fmt: skip

    def _pulse(self, day: int, month: int) -> None:
        world, state, ledger = self.world, self.state, self.ledger
        due = np.count_nonzero(state.life["pulse_day"] == day)
        while len(state.news) < int(state.control["news"][0]) + due:
            state.news = longer(state.news, 2 * len(state.news))
        customers.pulse(
            day, month, state.accounts, state.life, state.life_days, state.segments, state.people,
            state.nodes, state.node_days, state.places, state.tasks, state.cases, world.kinds, state.steps,
            state.care, state.health, world.customers.indicators, state.terms, state.common,
            world.customers.plays, world.supply.rules, world.supply.hours_weights, state.renewing,
            state.route, world.customers.detection, state.news, ledger.cells, ledger.failures,
            ledger.months, ledger.cohorts, state.prefixes, ledger.log, state.control,
        )  # fmt: skip

    def count_served(self) -> NDArray[np.int64]:
        """(segment,): accounts alive by the segment as which they are served."""
        accounts = self.state.accounts
        alive = accounts["tier"][accounts["status"] == r.ALIVE]
        return np.bincount(alive, minlength=len(self.world.segments))
