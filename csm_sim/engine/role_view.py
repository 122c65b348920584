"""One role as a policy sees it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.engine.arrays import Floats, Ints
from csm_sim.engine.people import NEVER, Stay
from csm_sim.world import counts as ct
from csm_sim.world import records as r
from csm_sim.world import supply as s

if TYPE_CHECKING:
    from csm_sim.engine.org import Org


class WrongUseError(Exception):
    """A policy asked for something that does not exist, or cannot be.

    Whoever runs the policy adds its line, and makes a :class:`csm_sim.errors.PolicyError` of it.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem, fix)
        self.problem, self.fix = problem, fix

    def __str__(self) -> str:
        return f"{self.problem}; {self.fix}"


class RoleView:
    """One role as it is now: ``org.role("csm")``. A view that is kept shows what holds when it is read."""

    __slots__ = ("_number", "_org")

    def __init__(self, org: Org, number: int) -> None:
        self._org, self._number = org, number

    def __repr__(self) -> str:
        return f"<role {self.name}: {self.headcount} people>"

    @property
    def name(self) -> str:
        """The role's name."""
        return self._org.roles[self._number]

    @property
    def headcount(self) -> int:
        """People employed; who is on notice, on leave or still ramping is one of them."""
        return len(self._people())

    @property
    def present(self) -> int:
        """People employed who are not on leave, sick or absent today."""
        away, day = self._org._supply.state.away, self._org._supply.day
        return sum(int(away[stay.seat, day]) == s.HERE for stay in self._people())

    @property
    def ramped(self) -> int:
        """People employed who are past their ramp."""
        team, day = self._org._supply.team, self._org._supply.day
        return sum(not team.ramping(stay, day) for stay in self._people())

    @property
    def on_notice(self) -> int:
        """People who have resigned and work until their last day, or whose contract is about to end."""
        return sum(stay.notice != NEVER for stay in self._people())

    @property
    def hiring(self) -> int:
        """People on the way: open requisitions, those that a freeze holds back, and people known to start."""
        supply = self._org._supply
        waiting = [*supply.hiring, *(vacancy.seat for vacancy in supply.waiting)]
        return sum(supply.team.role_of_seat[seat] == self._number for seat in waiting)

    @property
    def vacancies(self) -> int:
        """Positions under contract that nobody fills: someone has left or is still to come."""
        roster, day = self._org._supply.team.roster, self._org._supply.day
        vacant = roster.contracted[:, day] & ~roster.employed[:, day]
        return int(vacant[self._seats()].sum())

    @property
    def accounts(self) -> int:
        """Customers whose owner is, or should be, one of the role: those of segments with this ``owner``."""
        return int(self._own().sum())

    @property
    def arr(self) -> float:
        """ARR of these customers, in the scenario's currency a year."""
        return float(self._org._supply.state.accounts["arr"][self._own()].sum())

    @property
    def cost_per_person(self) -> float:
        """What one person costs, in the scenario's currency a year (``staff.ROLE.cost``).

        Raises
        ------
        WrongUseError
            If the scenario does not say what the role costs.
        """
        costs = self._org._supply.world.supply.costs
        if self._number >= len(costs) or np.isnan(costs[self._number]):
            raise WrongUseError(
                f"it is not said what a person of {self.name} costs",
                f"write  staff.{self.name}.cost: 9M per year  in the scenario",
            )
        return float(costs[self._number])

    @property
    def shrinkage(self) -> float:
        """Share of working time that is not spent on this work, as it is now: 0 to below 1."""
        return 1.0 - float(self._org._supply.state.roles[self._number]["speed"])

    @property
    def backlog_tasks(self) -> int:
        """Open pieces of work, planned or tickets; tickets that the customer has are left out."""
        return int(self._backlog("open"))

    @property
    def backlog_hours(self) -> float:
        """Hands-on hours left in them, at full speed and without shrinkage."""
        return float(self._backlog("effort_minutes")) / 60.0

    @property
    def backlog_tickets(self) -> int:
        """Tickets among them."""
        return int(self._backlog("tickets"))

    def utilisation(self, weeks: int = 4) -> float:
        """Share of working time spent on work and switching, over the last whole weeks together.

        Weeks are counted from the scenario's start; those before it are never looked at. Working time
        is that of people who are here: leave, sickness and absence do not count.

        Parameters
        ----------
        weeks
            How many weeks, 1 or more; fewer are used while there are fewer.

        Returns
        -------
        float
            0 to 1; nan before the first week is over, and where nobody worked.
        """
        busy, here = self._weeks(weeks)
        total = float(here.sum())
        return float(busy.sum()) / total if total > 0 else float("nan")

    def utilisation_by_week(self, weeks: int = 4) -> list[float]:
        """The same for each of these weeks, the oldest first.

        Parameters
        ----------
        weeks
            How many weeks, 1 or more.

        Returns
        -------
        list
            0 to 1 each; weeks without working time are left out, as are weeks before the start.
        """
        busy, here = self._weeks(weeks)
        return [float(done / there) for done, there in zip(busy, here, strict=True) if there > 0]

    def hours_here(self, weeks: int = 4) -> float:
        """Working hours of the people who were here in the last whole weeks, without leave and absence.

        Parameters
        ----------
        weeks
            How many weeks, 1 or more; fewer are used while there are fewer.
        """
        return float(self._weeks(weeks)[1].sum()) / 60.0

    def headcount_mean(self, weeks: int = 4) -> float:
        """People employed on average over the last whole weeks, leave and absence included.

        Parameters
        ----------
        weeks
            How many weeks, 1 or more; fewer are used while there are fewer.

        Returns
        -------
        float
            Nan before the first week is over.
        """
        days = 7 * min(whole(weeks, "weeks", 1), self._org.day // 7)
        supply = self._org._supply
        end = supply.day - self._org.day % 7
        there = supply.team.roster.employed[self._seats(), end - days : end]
        return float(there.sum()) / days if days else float("nan")

    def tickets_opened(self, months: int = 1) -> int:
        """Tickets that came to the role in the last whole months; deflected ones are left out.

        Parameters
        ----------
        months
            How many months, 1 or more; fewer are counted while there are fewer (see ``org.month``).
        """
        wanted = whole(months, "months", 1)
        opened = self._org._tickets()["opened"][1 : self._org.month + 1, self._number]  # 0 is the warm-up
        return int(opened[-wanted:].sum())

    # inside

    def _people(self) -> list[Stay]:
        return self._org._supply.team.employed(self._number)

    def _seats(self) -> slice:
        role = self._org._supply.world.roles[self._number]
        return slice(int(role["first_slot"]), int(role["first_slot"]) + int(role["slots"]))

    def _own(self) -> Ints:
        """Which accounts the role is to own."""
        state = self._org._supply.state
        accounts = state.accounts
        owners = state.segments["owner_role"][accounts["tier"]]
        return np.asarray((accounts["status"] == r.ALIVE) & (owners == self._number))

    def _backlog(self, field: str) -> float:
        return float(self._org._backlog()[self._number, ct.BACKLOG_FIELDS.index(field)])

    def _weeks(self, weeks: int) -> tuple[Floats, Floats]:
        """Minutes busy and here in each of the last weeks."""
        busy, here = self._org._week_minutes(whole(weeks, "weeks", 1))
        return busy[:, self._seats()].sum(axis=1), here[:, self._seats()].sum(axis=1)


def one_of(name: object, known: Sequence[str], what: str) -> int:
    """The place of a name in a list."""
    if isinstance(name, str) and name in known:
        return list(known).index(name)
    near = get_close_matches(str(name), known, 1)
    fix = f"did you mean  {near[0]!r} ?" if near else f"there are: {', '.join(known) or 'none'}"
    raise WrongUseError(f"{name!r} is not a {what}", fix)


def whole(value: object, what: str, low: int) -> int:
    """A whole number that is not below a limit."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value < 2**31:
        fix = f"write  {what}={low}" if not isinstance(value, float) else f"make it one with  int({what})"
        raise WrongUseError(f"{what} is {value!r}, not a whole number from {low} on", fix)
    return int(value)
