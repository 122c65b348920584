"""The dated acts of the timeline: each waits for its day and its place in that midnight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws as dr
from csm_sim.engine.people import Stay
from csm_sim.engine.supply import Supply
from csm_sim.engine.timeline import Moment, Phase, Process
from csm_sim.world import records as r
from csm_sim.world import supply as s


class Acts:
    """What leaders do in one replication, by plan."""

    def __init__(self, supply: Supply) -> None:
        self.supply, self.env, self.team = supply, supply.env, supply.team
        self.world, self.state = supply.world, supply.state
        self._absences: dict[tuple[int, int], int] = {}

    def begin(self) -> None:
        """Let all acts wait for their days."""
        for number, act in enumerate(self.world.supply.acts):
            self.env.process(self.dated(act, number))

    def dated(self, act: s.Act, number: int) -> Process:
        """An act, on its day."""
        yield Moment(self.env, act.day, Phase.ACTS, number)
        do = {
            s.HIRE: self._hire,
            s.CUT: self._cut,
            s.ABSENCE: self._absence,
            s.FREEZE: self._freeze,
            s.SHRINKAGE: self._shrinkage,
            s.TRAIN: self._train,
            s.AUTOMATE: self._automate,
            s.REORGANISE: self._reorganise,
        }[act.what]
        do(act, number)

    def _hire(self, act: s.Act, number: int) -> None:
        calendar = act.calendar if act.calendar >= 0 else int(self.world.roles[act.role]["calendar"])
        self.supply.hire(
            act.role, act.count, until=act.until_day, calendar=calendar, skills=act.skills,
            own_factor=act.own_factor, rebalance=act.rebalance,
        )  # fmt: skip

    def _cut(self, act: s.Act, number: int) -> None:
        if act.who == s.NAMED:
            self.supply.cut(self.team.those_named(act.seats))
        else:
            self.supply.cut(self.team.chosen_to_leave(act.role, act.count, act.share, act.who))

    def _absence(self, act: s.Act, number: int) -> None:
        if self.team.unlimited:
            return
        if act.seats:
            stay = next(iter(self.team.those_named(act.seats)), None)
        else:
            key = (act.role, self.team.day)
            n = self._absences.get(key, 0)
            self._absences[key] = n + 1
            there = self.team.employed(act.role)
            index = np.uint64(64 * (self.world.supply.date_ordinal + self.team.day) + n)
            uid = np.uint64(self.world.roles[act.role]["uid"])
            u = dr.draw(self.state.prefixes[dr.ABSENT], uid, index)
            stay = there[int(u * len(there))] if there else None
        if stay is None:
            return
        end = self.team.day + act.days
        self.team.take_leave(stay, self.team.day, end)
        rule = self.team.rules[stay.role]
        if rule.hands_over and act.days >= rule.cover_days:
            self.team.cover(stay, self.team.day, end)
            if end < self.world.days:
                self.env.process(self._returns(stay, end))

    def _returns(self, stay: Stay, day: int) -> Process:
        yield Moment(self.env, day, Phase.BOOKS, 2**20 + stay.seat)
        self.team.come_back(stay, day)

    def _freeze(self, act: s.Act, number: int) -> None:
        self.supply.freeze(range(len(self.world.roles)) if act.role < 0 else (act.role,), act.days)

    def _shrinkage(self, act: s.Act, number: int) -> None:
        self.supply.set_shrinkage(act.role, act.share)

    def _train(self, act: s.Act, number: int) -> None:
        if self.team.unlimited:
            return
        team, bit = self.team, np.uint64(act.skills)
        if act.seats:
            found = team.those_named(act.seats)
        else:
            without = [
                stay
                for stay in team.longest(act.role)
                if not np.uint64(self.state.people[stay.seat]["skills"]) & bit
            ]
            found = without[: act.count]
        for stay in found:
            stay.trainings.append(act.share)
        team.speeds_changed = True
        if self.team.day + act.days < self.world.days:
            self.env.process(self._trained(found, act, number))

    def _trained(self, those: list[Stay], act: s.Act, number: int) -> Process:
        yield Moment(self.env, act.day + act.days, Phase.ENDS, 2**20 + number)
        for stay in those:
            if stay.seat >= 0:
                stay.trainings.remove(act.share)
                self.state.people[stay.seat]["skills"] |= np.uint64(act.skills)
        self.team.changed = self.team.regrouped = self.team.speeds_changed = True

    def _automate(self, act: s.Act, number: int) -> None:
        in_force = self.team.day + act.days
        if act.step >= 0 and act.effort_minutes > 0:
            there = self.team.employed(act.role)
            for stay in there:
                self.team.books.open_project(
                    stay.seat, act.step, number, act.effort_minutes / len(there), in_force, self.team.day
                )
            self.team.opened = True
        if act.days == 0:
            self.supply.automate(act.steps, act.share)
        elif in_force < self.world.days:
            self.env.process(self._comes_into_force(act, number))

    def _comes_into_force(self, act: s.Act, number: int) -> Process:
        yield Moment(self.env, act.day + act.days, Phase.ENDS, 2**21 + number)
        self.supply.automate(act.steps, act.share)

    def _reorganise(self, act: s.Act, number: int) -> None:
        team = self.team
        if act.seats:
            movers = [stay for stay in team.those_named(act.seats) if stay.role == act.role]
        else:
            movers = team.newest(act.role)[: act.count or None]
        movers.sort(key=lambda stay: stay.seat)
        everyone = not act.seats and not act.count
        self._reroute(act, everyone)
        left: list[NDArray[np.int64]] = []
        for stay in movers:
            old, new = self.supply.move(stay, act.to_role)
            accounts = team.books.of_seat(old)
            owner_role = self.state.segments["owner_role"][self.state.accounts["tier"][accounts]]
            theirs = owner_role == act.to_role
            team.books.give_away(accounts[theirs], act.to_role, self.team.day, handed=False, to=new)
            left.append(accounts[~theirs])
        if left:
            team.books.give_away(team.books.in_order(np.concatenate(left)), act.role, self.team.day)
        team.settle_in(movers, self.team.day)
        team.changed = True

    def _reroute(self, act: s.Act, everyone: bool) -> None:
        """The work named, and the waiting part of it, is another role's from now on."""
        state, kinds = self.state, [k for k in act.kinds if self.world.kinds[k]["per"] != r.PER_PERSON]
        route = state.route[kinds]
        state.route[kinds] = np.where(route == act.role, act.to_role, route)
        triggers = self.world.kinds["trigger"][kinds]
        if np.isin(triggers, (r.TICKETS, r.REPLAY)).any():
            state.ticket_roles[state.ticket_roles == act.role] = act.to_role
            if state.common["overflow_role"][0] == act.role:
                state.common["overflow_role"] = act.to_role
        if np.any(triggers == r.ESCALATION) and state.common["escalation_role"][0] == act.role:
            state.common["escalation_role"] = act.to_role
        if everyone:
            owned = state.segments["owner_role"] == act.role
            state.segments["owner_role"][owned] = act.to_role
        tasks = state.tasks
        live = np.isin(tasks["status"], (r.WAITING, r.IN_HAND, r.HELD)) & (tasks["role"] == act.role)
        ours = live & np.isin(state.steps["kind"][np.where(live, tasks["step"], 0)], kinds) \
            if len(state.steps) else live  # fmt: skip
        tasks["role"][ours] = act.to_role
        self.team.rerouted = True
