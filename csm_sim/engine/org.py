"""The organisation as a policy sees it: what it can read, and what it can do.

A policy is a SimPy process ``def policy(env, org): ...`` that waits with ``yield env.timeout(days)``, and
reads and acts through the :class:`Org`: at the midnight at which it wakes, after all else that happens
then, by the rules that acts of the timeline follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from csm_sim.engine import draws as dr
from csm_sim.engine import midnight
from csm_sim.engine.arrays import Floats, Records
from csm_sim.engine.closing import tickets_by_role
from csm_sim.engine.role_view import RoleView, WrongUseError, one_of, whole
from csm_sim.engine.supply import Supply
from csm_sim.world import counts as ct
from csm_sim.world import records as r
from csm_sim.world import supply as s
from csm_sim.world.identity import name_uid

_WHO: Final = {"newest": s.NEWEST, "random": s.RANDOM}

_DRAWS: Final = 0
"""Purpose of the draws of policies: the one number that :mod:`csm_sim.engine.draws` leaves free."""


class Org:
    """The organisation now: the second argument of a policy.

    Money is in the scenario's currency, shares are numbers from 0 to 1, times are days.
    """

    __slots__ = ("_at_start", "_left", "_seen", "_supply")

    def __init__(self, supply: Supply, left: Callable[[], Floats]) -> None:
        self._supply, self._left = supply, left
        self._at_start: float | None = None
        self._seen: dict[tuple[Any, ...], Any] = {}

    def __repr__(self) -> str:
        return f"<org on {self.today}>"

    # reading

    @property
    def today(self) -> date:
        """The date of the midnight at which the policy woke: the day that begins."""
        return self._supply.world.first_day + timedelta(days=self._supply.day)

    @property
    def day(self) -> int:
        """Days since the scenario's start, where it is 0; the same as ``env.now``."""
        return self._supply.day - self._supply.world.warm_days

    @property
    def month(self) -> int:
        """Months of the scenario that are over: 0 in the first one; they begin as in the report."""
        return int(self._supply.world.month_of_day[self._supply.day])

    @property
    def roles(self) -> tuple[str, ...]:
        """Names of the roles, in the order of the scenario."""
        return self._supply.world.names.roles

    def role(self, name: str) -> RoleView:
        """A role by its name, to read from: headcount, backlog, utilisation.

        Parameters
        ----------
        name
            As in ``staff`` of the scenario.

        Raises
        ------
        WrongUseError
            If there is no role of that name.
        """
        return RoleView(self, self._role(name))

    @property
    def accounts(self) -> int:
        """Customers."""
        return int((self._supply.state.accounts["status"] == r.ALIVE).sum())

    @property
    def arr(self) -> float:
        """ARR of all customers, in the scenario's currency a year."""
        accounts = self._supply.state.accounts
        return float(accounts["arr"][accounts["status"] == r.ALIVE].sum())

    @property
    def arr_at_start(self) -> float:
        """ARR at the scenario's start, likewise."""
        return self.arr if self._at_start is None else self._at_start

    @property
    def payroll(self) -> float:
        """What everyone employed costs, in the scenario's currency a year.

        Raises
        ------
        WrongUseError
            If somebody is employed in a role without ``cost``.
        """
        views = [self.role(name) for name in self.roles]
        return sum((view.headcount * view.cost_per_person for view in views if view.headcount), 0.0)

    def draw(self, name: str, index: int = 0) -> float:
        """A random number, for what a policy leaves to chance.

        The same seed, future, name and index give the same number, whatever else happens, so two
        scenarios can be compared future by future. Numbers of Python's own ``random`` cannot.

        Parameters
        ----------
        name
            What is decided: ``"offer accepted"``.
        index
            Number of the decision, 0 or more, such as ``org.day``.

        Returns
        -------
        float
            Above 0 and below 1, every value equally likely.
        """
        if not isinstance(name, str):
            raise WrongUseError(f"{name!r} is not a name", 'write a text, e.g.  org.draw("offer", org.day)')
        key = np.uint64(name_uid(f"policy/{name}"))
        return float(dr.draw(self._supply.state.prefixes[_DRAWS], key, np.uint64(whole(index, "index", 0))))

    # acting

    def hire(self, role: str, count: int = 1, *, rebalance: bool = True, skills: Sequence[str] = ()) -> None:
        """Open requisitions today; people join after the role's ``time_to_hire``, at once without one.

        They work in the role's hours, ramp up as the role does, and stay until they resign or are cut.

        Parameters
        ----------
        role
            Role they join.
        count
            How many, 1 or more.
        rebalance
            Whether they take over accounts from their colleagues, until the books are even.
        skills
            Skills that they bring, of those that some work asks for.

        Raises
        ------
        WrongUseError
            If the role has fewer free seats: ``staff.ROLE.seats`` says how many there can be.
        """
        number, wanted = self._role(role), whole(count, "count", 1)
        if isinstance(skills, str):
            raise WrongUseError(f"skills is the text {skills!r}", f"write a list:  skills=[{skills!r}]")
        known = self._supply.world.supply.skills
        bits = sum(1 << one_of(skill, known, "skill that some work asks for") for skill in set(skills))
        free, seats = self._free_seats(number), int(self._supply.world.roles[number]["slots"])
        if free < wanted:
            more = "one more" if wanted == 1 else f"{wanted} more"
            raise WrongUseError(
                f"{role} has no seat for {more}: {seats - free} of {seats} are taken",
                f"raise  staff.{role}.seats  in the scenario, or let the policy stop earlier",
            )
        self._supply.hire(
            number, wanted, until=s.FOREVER, calendar=int(self._supply.world.roles[number]["calendar"]),
            skills=bits, own_factor=1.0, rebalance=bool(rebalance),
        )  # fmt: skip

    def cut(self, role: str, count: int = 1, *, who: str = "newest") -> int:
        """Let people go, at once and without notice. Open requisitions stay.

        Parameters
        ----------
        role
            Role they leave.
        count
            How many, 1 or more; everyone where there are fewer.
        who
            ``newest``: those who joined last; ``random``: anybody.

        Returns
        -------
        int
            How many have left.
        """
        number = self._role(role)
        whom = list(_WHO.values())[one_of(who, list(_WHO), "way to choose who leaves")]
        leaving = self._supply.team.chosen_to_leave(number, whole(count, "count", 1), float("nan"), whom)
        self._supply.cut(leaving)
        return len(leaving)

    def freeze(self, role: str | None = None, days: int | None = None) -> None:
        """Let no requisition open for some time, backfills included; those that are open go on.

        What should have opened meanwhile opens when the freeze is over.

        Parameters
        ----------
        role
            Role that it holds for; None: all.
        days
            How long from today, whole days, 1 or more; None: to the end. A longer freeze that holds
            already stays.
        """
        roles = range(len(self.roles)) if role is None else (self._role(role),)
        self._supply.freeze(roles, s.FOREVER if days is None else whole(days, "days", 1))

    def automate(self, *steps: str, share: float) -> None:
        """Let steps need less effort: what opens from today on, not what is open.

        Parameters
        ----------
        steps
            ``"playbook.step"``, ``"tickets.severity"``, or a playbook's name or ``"tickets"`` for all of it.
        share
            Part of the effort that falls away, above 0 to 1. It is taken off what earlier ones have left.
        """
        if not steps:
            raise WrongUseError(
                "it is not said which steps need less effort",
                'write them first:  org.automate("qbr.prepare", share=0.3)',
            )
        self._supply.automate(self._steps(steps), _share(share, "share", above=True))

    def set(self, key: str, value: float) -> None:
        """Change a setting of the scenario from today on.

        Parameters
        ----------
        key
            ``"staff.ROLE.shrinkage"``: share of working time that is not spent on this work.
        value
            What it is from now on: 0 to below 1.
        """
        parts = key.split(".") if isinstance(key, str) else []
        if len(parts) != 3 or parts[0] != "staff" or parts[2] != "shrinkage":
            example = f"staff.{self.roles[0]}.shrinkage"
            raise WrongUseError(f"{key!r} cannot be set", f'what can be set is  org.set("{example}", 0.3)')
        self._supply.set_shrinkage(self._role(parts[1]), _share(value, key))

    # inside

    def _begin(self) -> None:
        """The scenario's start has come."""
        self._at_start = self.arr

    def _role(self, name: object) -> int:
        return one_of(name, self.roles, "role")

    def _free_seats(self, role: int) -> int:
        """How many requisitions can still open."""
        team, view = self._supply.team, RoleView(self, role)
        kept = self._supply.world.supply.seats["kept"]
        return sum(
            not team.claimed[seat] and not (team.fresh[seat] and kept[seat])
            for seat in range(view._seats().start, view._seats().stop)
        )

    def _steps(self, names: Sequence[str]) -> list[int]:
        world = self._supply.world
        full: dict[str, list[int]] = {}
        for number, (kind, step) in enumerate(world.names.steps):
            if world.kinds["trigger"][world.steps["kind"][number]] not in (r.ESCALATION, r.INTERNAL):
                full.setdefault(kind, []).append(number)
                full[f"{kind}.{step}"] = [number]
        found = [number for name in names for number in full[list(full)[one_of(name, list(full), "step")]]]
        return list(dict.fromkeys(found))

    def _once(self, key: tuple[Any, ...], find: Callable[[], Any]) -> Any:
        """What has been found already at this instant and since anybody came or went."""
        state = (float(self._supply.env.now), self._supply.team.acts)
        if self._seen.get(("at",)) != state:
            self._seen = {("at",): state}
        if key not in self._seen:
            self._seen[key] = find()
        return self._seen[key]

    def _backlog(self) -> Floats:
        def find() -> Floats:
            state = self._supply.state
            found = np.zeros((len(self.roles), len(ct.BACKLOG_FIELDS)))
            if len(state.steps):
                midnight.look(
                    state.tasks, state.accounts, state.steps, self._supply.day * r.DAY, self._left(), found
                )
            return found

        found: Floats = self._once(("backlog",), find)
        return found

    def _tickets(self) -> Records:
        """(month, role), DESK; month 0 is the warm-up."""
        team = self._supply.team
        found: Records = self._once(("tickets",), lambda: tickets_by_role(team.world, team.ledger))
        return found

    def _week_minutes(self, weeks: int) -> tuple[Floats, Floats]:
        weeks = min(weeks, self.day // 7)
        found: tuple[Floats, Floats] = self._once(
            ("weeks", weeks),
            lambda: self._supply.burnout.week_minutes(self._supply.day - self.day % 7, weeks),
        )
        return found


def _share(value: object, what: str, *, above: bool = False) -> float:
    """A share from 0 to below 1, or one above 0 up to 1."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        number = float(value)
        if 0.0 < number <= 1.0 if above else 0.0 <= number < 1.0:
            return number
    limits = "above 0 and at most 1" if above else "from 0 to below 1"
    raise WrongUseError(f"{what} is {value!r}, not a share {limits}", "write 30 % as  0.3")
