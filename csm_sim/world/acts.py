"""The timeline and the policies of a scenario as what happens on which day to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from csm_sim.errors import short_path
from csm_sim.scenario.people_values import whole_days
from csm_sim.scenario.policies import arguments_of
from csm_sim.scenario.staffing import move_work, step_names, work_holders
from csm_sim.world import supply
from csm_sim.world.calendar import CalendarTable
from csm_sim.world.kinds import project_names
from csm_sim.world.seats import skill_bits
from csm_sim.world.supply import FOREVER, Act, PolicyRule

if TYPE_CHECKING:
    from datetime import date

    from csm_sim.scenario import Loaded, Scenario
    from csm_sim.scenario import acts as written


class _Numbers:
    """What the names of a scenario are in its world."""

    def __init__(
        self,
        scenario: Scenario,
        people: Sequence[str],
        role_of_seat: Sequence[int],
        step_names: Sequence[tuple[str, str]],
        skills: Mapping[str, int],
        calendars: CalendarTable,
    ) -> None:
        self.scenario = scenario
        self.roles = {name: number for number, name in enumerate(scenario.staff)}
        seat_of = {
            (role, name): seat for seat, (name, role) in enumerate(zip(people, role_of_seat, strict=True))
        }
        self.seats = {
            person.name: seat_of[self.roles[person.role], person.name] for person in scenario.people
        }
        self.steps = {name: number for number, name in enumerate(step_names)}
        self.kinds = {
            kind: number for number, kind in enumerate(dict.fromkeys(kind for kind, _ in step_names))
        }
        self.skills, self.calendars = skills, calendars

    def day(self, day: date) -> int:
        """The day of the run that a date is."""
        return (day - self.scenario.sim_start).days

    def seats_of(self, names: Sequence[str]) -> tuple[int, ...]:
        """The seats in which named people sit first."""
        return tuple(self.seats[name] for name in names)

    def role(self, name: str | None) -> int:
        """The number of a role, -1 where none is named."""
        return -1 if name is None else self.roles[name]


def acts_of(
    loaded: Loaded,
    people: Sequence[str],
    role_of_seat: Sequence[int],
    step_names: Sequence[tuple[str, str]],
    skills: Mapping[str, int],
    calendars: CalendarTable,
) -> tuple[Act, ...]:
    """The acts that concern people, in order of date, as written within a day.

    Parameters
    ----------
    people, role_of_seat
        Name of each seat's first person, and the seat's role.
    step_names
        (kind, step) of each step.
    """
    scenario = loaded.scenario
    numbers = _Numbers(scenario, people, role_of_seat, step_names, skills, calendars)
    projects = {
        place: (role, name)
        for role in scenario.staff
        for place, name in project_names(scenario, role).items()
    }
    holders = work_holders(scenario)
    found = []
    for place, act in enumerate(scenario.acts):
        day = numbers.day(act.on)
        if act.hire is not None:
            found.append(_hire(numbers, day, act.hire))
        elif act.cut is not None:
            found.append(_cut(numbers, day, act.cut))
        elif act.absence is not None:
            away = act.absence
            seats = numbers.seats_of([away.person]) if away.person is not None else ()
            found.append(
                Act(day, supply.ABSENCE, numbers.role(away.role), seats=seats, days=whole_days(away.for_))
            )
        elif act.freeze is not None:
            lasts = act.freeze.for_
            days = FOREVER if lasts is None else whole_days(lasts)
            found.append(Act(day, supply.FREEZE, numbers.role(act.freeze.role), days=days))
        elif act.shrinkage is not None:
            role = numbers.role(act.shrinkage.role)
            found.append(Act(day, supply.SHRINKAGE, role, share=act.shrinkage.to))
        elif act.train is not None:
            found.append(_train(numbers, day, act.train))
        elif act.automate is not None:
            found.append(_automate(numbers, day, act.automate, projects.get(place)))
        elif act.reorganise is not None:
            found.append(_reorganise(numbers, day, act.reorganise, holders))
    return tuple(found)


def _hire(numbers: _Numbers, day: int, hire: written.Hire) -> Act:
    scenario = numbers.scenario
    return Act(
        day,
        supply.HIRE,
        numbers.role(hire.role),
        count=hire.count,
        rebalance=hire.rebalance,
        until_day=FOREVER if hire.until is None else numbers.day(hire.until) + 1,
        calendar=(
            -1 if hire.hours == 1.0 else numbers.calendars.add(scenario.calendar_of(hire.role), hire.hours)
        ),
        skills=skill_bits(hire.skills, numbers.skills),
        own_factor=hire.speed,
    )


def _cut(numbers: _Numbers, day: int, cut: written.Cut) -> Act:
    role = numbers.role(cut.role)
    if cut.people:
        return Act(day, supply.CUT, role, who=supply.NAMED, seats=numbers.seats_of(cut.people))
    who = supply.RANDOM if cut.who == "random" else supply.NEWEST
    if cut.by is not None:
        return Act(day, supply.CUT, role, share=cut.by, who=who)
    return Act(day, supply.CUT, role, count=cut.count or 0, who=who)


def _train(numbers: _Numbers, day: int, train: written.Training) -> Act:
    return Act(
        day,
        supply.TRAIN,
        numbers.role(train.role),
        count=train.count or 0,
        share=train.time,
        seats=numbers.seats_of(train.people),
        days=whole_days(train.for_),
        skills=skill_bits((train.skill,), numbers.skills),
    )


def _automate(numbers: _Numbers, day: int, plan: written.Automation, project: tuple[str, str] | None) -> Act:
    steps = [name for text in plan.steps for name in step_names(numbers.scenario, text)]
    step = -1 if project is None else numbers.steps[f"projects {project[0]}", project[1]]
    return Act(
        day,
        supply.AUTOMATE,
        numbers.role(plan.role),
        share=plan.share,
        days=whole_days(plan.over),
        steps=tuple(numbers.steps[name] for name in dict.fromkeys(steps)),
        step=step,
        effort_minutes=plan.effort.minutes if step >= 0 and plan.effort is not None else 0.0,
    )


def _reorganise(
    numbers: _Numbers, day: int, move: written.Reorganisation, holders: dict[str, set[str]]
) -> Act:
    return Act(
        day,
        supply.REORGANISE,
        numbers.role(move.from_),
        count=move.count or 0,
        seats=numbers.seats_of(move.people),
        to_role=numbers.role(move.to),
        kinds=tuple(numbers.kinds[kind] for kind in move_work(holders, move)),
    )


def policies_of(loaded: Loaded) -> tuple[PolicyRule, ...]:
    """The policies, in the order of the file."""
    found = []
    for number, policy in enumerate(loaded.scenario.policies):
        path = loaded.modules.get(number)
        function = policy.use if policy.use is not None else policy.function
        assert function is not None
        arguments = tuple(arguments_of(policy).items())
        source = "" if path is None else path.read_text(encoding="utf-8-sig")
        if path is None:
            origin = loaded.origins.get(f"policies[{number}]")
            where = "" if origin is None else origin.where
        else:
            where = short_path(str(path))
        found.append(PolicyRule(function, None if path is None else str(path), arguments, source, where))
    return tuple(found)
