"""The planned work: the ``playbooks`` of a scenario."""

from __future__ import annotations

from typing import Annotated, Literal

from csm_sim.scenario.fields import (
    AnchorOffset,
    Days,
    Delay,
    Effort,
    Label,
    Model,
    Name,
    Names,
    Period,
    PositiveShare,
    PriorityClass,
    Switch,
    Wait,
    key,
    words,
)
from csm_sim.scenario.learning import Learning

MAX_STEPS = 60


class Step(Model):
    """A piece of work of a playbook. The steps of one occurrence are done one after the other."""

    do: Label = key(unit="text", limits="unique in the playbook", example="prepare")
    """What is done."""

    effort: Effort = key(unit="time (min, h)", limits="above 0", example="1h")
    """Hands-on work: a mean (spread: lognormal with cv 0.5), or a distribution."""

    opens: AnchorOffset | None = key(None, unit="time from the anchor day", example="10d before")
    """When the step can be begun at the earliest. Without it: when the step before is done."""

    due: AnchorOffset | None = key(None, unit="time from the anchor day", example="3d")
    """When it should be done; days count to their end."""

    drop_after: Delay | None = key(None, unit="time after due", limits="0 or more", example="10d")
    """How long after its due time an untouched step is given up."""

    customer_wait: Wait | None = key(None, unit="elapsed time", limits="above 0", example="5d")
    """Time the customer takes before the next step can open."""

    touch: Switch = key(True, unit="true or false", source="assumption", example="false")
    """Whether the customer notices it: whether on time, late and missed count for engagement."""

    priority: PriorityClass | None = key(None, unit="class", limits="1 (most urgent) to 9", example="3")
    """Priority of this step, when it differs from the playbook's."""

    skill: Name | None = key(None, unit="skill", limits="not for work per person", example="api")
    """Skill that it needs. Without it anybody of the role can do it."""

    learning: Learning | None = key(None, unit="group", example="{saves: 10%, floor: 60%, experience: 50}")
    """How its effort falls with the times it is done. Without it: not at all."""


class Playbook(Model):
    """Planned work: a trigger and steps. Write exactly one of every, on, before_renewal."""

    for_: Names = key([], alias="for", unit="segments", limits="names, or all", example="[enterprise, smb]")
    """Segments whose accounts get it."""

    role: Name | None = key(None, unit="role", example="csm")
    """Role that does it. Without it: the account's owner, or the one role that serves the segment."""

    every: Period | None = key(None, unit="time", limits="a day or more", example="quarter")
    """Period of recurring work: week, month, quarter, year, 2 weeks, 90d."""

    on: Annotated[Literal["new_account"], *words("new_account")] | None = key(
        None, unit="event", example="new_account"
    )
    """Event that starts it: new_account."""

    before_renewal: Days | None = key(None, unit="time", limits="at most the contract term", example="90d")
    """How long before each renewal it begins."""

    per: Annotated[Literal["account", "segment", "person"], *words("account", "segment", "person")] = key(
        "account", unit="word", limits="account, segment or person", source="assumption", example="person"
    )
    """Whether each account, the segment as a whole (a webinar) or each person (admin) makes an occurrence."""

    share: PositiveShare = key(
        "100%", unit="share of accounts", limits="above 0% to 100%", source="assumption", example="50%"
    )
    """Share of the accounts that take part."""

    priority: PriorityClass = key(
        5, unit="class", limits="1 (most urgent) to 9", source="assumption", example="5"
    )
    """Priority among all work. Within a class the earliest due comes first."""

    first_value_after: Label | None = key(
        None, unit="step", limits="only with on: new_account", example="train"
    )
    """Step whose end is the customer's first value; its punctuality is the onboarding score."""

    steps: tuple[Step, ...] = key(
        unit="list", limits=f"1 to {MAX_STEPS} steps", example="[{do: call, effort: 30min, due: 3d}]"
    )
    """The steps, in order."""

    @property
    def anchor_default_opening(self) -> float:
        """Minutes from the anchor day at which an occurrence begins."""
        first = self.steps[0].opens
        if first is not None:
            return first.minutes
        return -self.before_renewal.minutes if self.before_renewal else 0.0
