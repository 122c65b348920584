"""The whole scenario, and who does which of its work."""

from __future__ import annotations

import calendar as month_lengths
from datetime import date, timedelta
from typing import Any

from pydantic import model_validator

from csm_sim.scenario.acts import Act
from csm_sim.scenario.book import AccountFile, Segment
from csm_sim.scenario.fields import Currency, Day, Horizon, Label, Model, Name, WarmUp, key
from csm_sim.scenario.finance import Money
from csm_sim.scenario.health import Health
from csm_sim.scenario.hours import Calendar
from csm_sim.scenario.journey import Community, Journey, TierRule
from csm_sim.scenario.people import Person
from csm_sim.scenario.policies import Policy
from csm_sim.scenario.settings import Run, Targets
from csm_sim.scenario.sizing import Sizing
from csm_sim.scenario.spelling import spell_out
from csm_sim.scenario.team import Role
from csm_sim.scenario.tickets import Tickets, roles_of
from csm_sim.scenario.units import Span, Wrong
from csm_sim.scenario.work import HEALTH_EVENTS, Playbook


def add_span(day: date, span: Span, sign: int = 1) -> date:
    """``day`` moved by days, weeks, calendar months or years; the 31st becomes the last of a month."""
    if span.unit in ("d", "w"):
        return day + sign * timedelta(days=int(span.amount) * (7 if span.unit == "w" else 1))
    months = sign * int(span.amount) * (12 if span.unit == "years" else 1)
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = month_lengths.monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(day.day, last))


def _with_holidays_of(wider: Calendar, own: Calendar) -> Calendar:
    inherited = {"country", "subdivision", "closed"} - own.model_fields_set
    if "country" in own.model_fields_set:
        inherited.discard("subdivision")
    return own.model_copy(update={name: getattr(wider, name) for name in inherited})


class Scenario(Model):
    """What a team promised its customers, who keeps the promise, and what happens on the way."""

    name: Label = key(unit="text", example="My team")
    """Title of the scenario."""

    start: Day = key(unit="date", example="2027-04-01")
    """First day that is counted."""

    horizon: Horizon = key(
        unit="time", limits="whole days, weeks, months or years; at most 20 years", example="24 months"
    )
    """How long is counted from the start."""

    warm_up: WarmUp = key(
        "3 months", unit="time", limits="0d or more", source="assumption", example="3 months"
    )
    """Time simulated before the start, so that queues and calendars are filled; it is not counted."""

    currency: Currency = key("JPY", unit="ISO 4217 code", source="assumption", example="JPY")
    """Currency of all amounts."""

    calendar: Calendar = key({}, unit="group", source="assumption", example="{country: JP}")
    """When people work; 24x7 for every hour of every day."""

    segments: dict[Name, Segment] = key(
        unit="group", limits="1 or more", example="{smb: {touch: low, accounts: 400, arr: 1.5M}}"
    )
    """The customer book: segments by name."""

    staff: dict[Name, Role] = key(unit="group", limits="1 or more", example="{csm: {headcount: 8}}")
    """The people: roles by name."""

    people: tuple[Person, ...] = key(
        [], unit="list", source="none", example="[{name: 田中, role: csm, skills: [ja]}]"
    )
    """People who are known by name, among those of the roles."""

    journey: Journey = key({}, unit="group", source="none", example="{onboarding_limit: 120d}")
    """The phases of an account: onboarding, adoption, expansion."""

    community: Community | None = key(None, unit="group", example="{members: 30%, over: 12 months}")
    """Customers who help each other. Without it none do."""

    tiering: tuple[TierRule, ...] = key(
        [],
        unit="list",
        source="none",
        example="[{from: [trial], to: tail, on: first_value, if: {arr_below: 2M}}]",
    )
    """Accounts that come to be served as another segment. The first rule that holds moves an account."""

    playbooks: dict[Name, Playbook] = key(
        {}, unit="group", source="none", example="{qbr: {for: all, every: quarter, steps: [...]}}"
    )
    """Planned work: playbooks by name."""

    tickets: Tickets | None = key(
        None, unit="group", example="{rate: 0.5 per month, severities: {p2: {effort: 40min}}}"
    )
    """Tickets that customers raise. Without it there are none."""

    health: Health = key({}, unit="group", source="assumption")
    """How outcomes become the health of an account."""

    money: Money = key({}, unit="group", source="assumption", example="{gross_margin: 80%, discount: 8%}")
    """What the plan costs beside its people, and what its revenue is worth. It changes no run."""

    targets: Targets = key({}, unit="group", source="none")
    """What the team aims at."""

    sizing: Sizing = key({}, unit="group", source="assumption", example="{roles: {csm: {min: 4, max: 14}}}")
    """Which headcounts ``csm-sim size`` looks for. It changes no run."""

    timeline: tuple[Act, ...] = key(
        [], unit="list", source="none", example="[{on: 2027-10-01, cut: {role: support, by: 20%}}]"
    )
    """Dated changes."""

    policies: tuple[Policy, ...] = key(
        [], unit="list", source="none", example="[{use: hire_when_overloaded, role: csm}]"
    )
    """Rules that act while the scenario runs: what leaders do when something happens."""

    run: Run = key({}, unit="group", source="assumption")
    """How the simulation is run."""

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        """Replace what rests on another part of the file: ``all`` by segments, ``2bd`` by hours."""
        return spell_out(value) if isinstance(value, dict) else value

    @property
    def sim_start(self) -> date:
        """First day of the warm-up."""
        return add_span(self.start, self.warm_up, -1)

    @property
    def end(self) -> date:
        """First day after the horizon, which is not simulated."""
        return add_span(self.start, self.horizon)

    def calendar_of(self, role: str) -> Calendar:
        """The working time of a role: its own calendar, or the scenario's.

        An own calendar that does not name them has the country, region and closed days of the scenario's;
        a region goes with its country.
        """
        own = self.staff[role].calendar
        return self.calendar if own is None else _with_holidays_of(self.calendar, own)

    def calendar_of_person(self, person: Person) -> Calendar:
        """The working time of a person, part-time aside: an own calendar, or that of the role.

        What an own calendar does not name is as for roles, but taken from the role's.
        """
        of_role = self.calendar_of(person.role)
        return of_role if person.calendar is None else _with_holidays_of(of_role, person.calendar)

    @property
    def acts(self) -> tuple[Act, ...]:
        """The timeline in order of date, as written within a day."""
        return tuple(sorted(self.timeline, key=lambda act: act.on))

    def role_of(self, playbook: str, segment: str | None = None) -> str:
        """The role that does a playbook's work in a segment.

        Raises
        ------
        Wrong
            When none or several would do it; ``load`` has reported that.
        """
        plan = self.playbooks[playbook]
        owner = self.segments[segment].owner if segment is not None else None
        return plan.role or owner or self._serving(segment, f"playbooks.{playbook}.role")

    def ticket_routes(self, segment: str) -> list[tuple[float, str]]:
        """Share and role of each way a segment's tickets may go, in the order of the file.

        The ways of topics come one after the other; a topic that does not say who handles it goes the
        way of all tickets. Raises :class:`Wrong` as :meth:`role_of` does.
        """
        tickets = self.tickets
        topics = list(tickets.topics.values()) if tickets is not None else []
        of_all = roles_of(tickets.handled_by) if tickets is not None else {}
        routes: list[tuple[float, str]] = []
        for share, written in [(topic.share, topic.handled_by) for topic in topics] or [(1.0, None)]:
            roles = roles_of(written) or of_all or {self._default_ticket_role(segment): 1.0}
            routes += [(share * part, role) for role, part in roles.items()]
        return routes

    def _default_ticket_role(self, segment: str) -> str:
        if "support" in self.staff:
            return "support"
        return (
            next(iter(self.staff)) if len(self.staff) == 1 else self._serving(segment, "tickets.handled_by")
        )

    def _serving(self, segment: str | None, named_by: str) -> str:
        roles = [name for name, role in self.staff.items() if segment in role.serves]
        if len(roles) == 1:
            return roles[0]
        if roles:
            raise Wrong(
                f"the roles {' and '.join(roles)} both serve {segment}, so it is open who does this",
                f"name one:  {named_by}: {roles[0]}",
            )
        example = next(iter(self.staff), "csm")
        raise Wrong(
            f"nobody does this work for {segment}",
            f"name who:  {named_by}: {example}  (or  staff.{example}.serves: [{segment}])",
        )

    @property
    def has_costs(self) -> bool:
        """Whether it is said of some role what its people cost; without it there is no money beyond ARR."""
        return any(role.cost is not None for role in self.staff.values())

    @property
    def needs_pulses(self) -> bool:
        """Whether somebody, or something, looks at the accounts from time to time."""
        return (
            self.journey.onboarding_limit is not None
            or any(segment.early_churn is not None for segment in self.segments.values())
            or any(playbook.on in HEALTH_EVENTS for playbook in self.playbooks.values())
        )

    def listed(self, segment: str) -> AccountFile | None:
        """The file that lists a segment's accounts; None when they are generated."""
        accounts = self.segments[segment].accounts
        return accounts if isinstance(accounts, AccountFile) else None
