"""People who are known by name: the ``people`` of a scenario."""

from __future__ import annotations

from csm_sim.scenario.fields import Day, Label, Model, Name, key
from csm_sim.scenario.hours import Calendar
from csm_sim.scenario.people_values import AccountNames, HoursShare, OwnSpeed, SkillNames


class Person(Model):
    """Somebody with a name, among the people of a role. The others have none."""

    name: Label = key(unit="text", limits="unique", example="田中")
    """The person's name; an owner in an account list who is called so is the same person."""

    role: Name = key(unit="role", example="csm")
    """The person's role."""

    skills: SkillNames = key([], unit="skills", source="none", example="[ja, api]")
    """Skills that steps or severities ask for."""

    start: Day | None = key(None, unit="date", limits="within the horizon", example="2027-06-01")
    """Day on which the person joins, beyond the headcount.

    Without it: there from the beginning, as one of the headcount."""

    until: Day | None = key(None, unit="date", limits="not before start", example="2028-03-31")
    """Last day that the person works. Without it: there is no such day, but the person may resign."""

    hours: HoursShare = key(
        "100%",
        unit="share of each working window",
        limits="1% to 100%",
        source="none: full time",
        example="60%",
    )
    """Part-time: the share that the person works of each stretch of working time."""

    speed: OwnSpeed = key(
        "100%", unit="share of usual speed", limits="10% to 300%", source="none: as others", example="110%"
    )
    """How fast the person works."""

    calendar: Calendar | None = key(None, unit="group", example="{week: mon-wed}")
    """Working time of the person, or 24x7. Without it: that of the role.

    Country, subdivision and closed days that are not written are those of the role's calendar."""

    accounts: AccountNames = key([], unit="accounts", source="none", example="[acme, globex]")
    """Listed accounts (``accounts: {file: ...}``) that the person owns at the start.

    They are in segments whose owner is the person's role; what is written here beats the list."""
