"""Which role has which work now, and what automation and learning have left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csm_sim.world import records as r
from csm_sim.world import supply as s

if TYPE_CHECKING:
    from reference.model import Run
    from reference.work import Stream


class Routes:
    """Whose work is whose; a reorganisation changes it."""

    def __init__(self, run: Run) -> None:
        world, self.run = run.world, run
        self.triggers = world.kinds["trigger"].tolist()
        self.of_kind: list[list[int]] = world.route_role.tolist()
        """By kind and segment."""
        self.of_tickets: list[list[int]] = world.desk.roles.tolist()
        """By segment and route."""
        self.owner_role: list[int] = world.segments["owner_role"].tolist()
        self.overflow_role = int(world.desk.common[0]["overflow_role"])
        self.escalation_role = int(world.desk.common[0]["escalation_role"])

    def hand(self, before: int, after: int, kinds: set[int]) -> None:
        """Some kinds of work of a role are another's from now on."""
        for kind in kinds:
            self.of_kind[kind] = _instead(self.of_kind[kind], before, after)
            if self.triggers[kind] in (r.TICKETS, r.REPLAY):
                self.of_tickets = [_instead(row, before, after) for row in self.of_tickets]
                (self.overflow_role,) = _instead([self.overflow_role], before, after)
            if self.triggers[kind] == r.ESCALATION:
                (self.escalation_role,) = _instead([self.escalation_role], before, after)
        self.run.desk.goes_to_role(kinds, before, after)

    def hand_segments(self, before: int, after: int) -> None:
        """The ownership of accounts is another role's from now on."""
        self.owner_role = _instead(self.owner_role, before, after)


def _instead(roles: list[int], before: int, after: int) -> list[int]:
    return [after if role == before else role for role in roles]


class Efforts:
    """What is left of the effort of each step."""

    def __init__(self, run: Run) -> None:
        self.run, self.world = run, run.world
        self.automated = [1.0] * len(self.world.steps)
        self.learned = [1.0] * len(self.world.steps)
        self.times_done = [0] * len(self.world.steps)

    def left(self, step: int) -> float:
        return self.automated[step] * self.learned[step]

    def of_account(self, effort: float, stream: Stream) -> float:
        """Of planned work: what tools and standards leave, and what sales has made of it."""
        account = stream.account
        if account is None:
            return effort
        effort *= float(self.world.customers.effort_left[stream.kind, account.served_as])
        if self.world.kinds[stream.kind]["trigger"] == r.ON_NEW_ACCOUNT:
            for multiple in self.run.book.by_trait(account, "trait_effort"):
                effort *= multiple
        return effort

    def done(self, step: int) -> None:
        self.times_done[step] += 1

    def comes_into_force(self, act: s.Act) -> None:
        for step in act.steps:
            self.automated[step] *= 1.0 - act.share

    def learn(self) -> None:
        """At a midnight."""
        for step, of_step in enumerate(self.world.steps):
            if of_step["learn_power"] != 0:
                experience = float(of_step["learn_experience"])
                times = (experience + self.times_done[step]) / experience
                self.learned[step] = max(
                    float(of_step["learn_floor"]), times ** float(of_step["learn_power"])
                )
