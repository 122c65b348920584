"""The planned work: the ``playbooks`` of a scenario."""

from __future__ import annotations

from typing import Annotated, Literal

from csm_sim.scenario.customer_values import Channel, PhaseNames
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
    Share,
    Switch,
    Wait,
    key,
    words,
)
from csm_sim.scenario.learning import Learning
from csm_sim.scenario.plays import Effect, Standard

MAX_STEPS = 60

TRIGGERS = ("every", "on", "before_renewal", "after")
"""What can start an occurrence."""

EVENTS = (
    "new_account",
    "first_value",
    "onboarding_stopped",
    "tier_change",
    "health_red",
    "health_yellow",
    "health_green",
)
"""What can happen to an account that starts an occurrence."""

HEALTH_EVENTS = EVENTS[-3:]
"""Those that tell the band of its health as the team sees it."""


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

    channel: Channel | None = key(
        None, unit="word", limits="mail, phone, chat or in_person; only for touches", example="phone"
    )
    """How the customer is reached, as far as the segment's channels go. Without it: everyone is."""

    counts: Share = key(
        "100%", unit="share of a touch", limits="0% to 100%", source="none: in full", example="50%"
    )
    """What it counts for engagement, beside a full touch."""


class Playbook(Model):
    """Planned work: a trigger and steps. Write exactly one of every, on, before_renewal, after."""

    for_: Names = key([], alias="for", unit="segments", limits="names, or all", example="[enterprise, smb]")
    """Segments whose accounts get it."""

    role: Name | None = key(None, unit="role", example="csm")
    """Role that does it. Without it: the account's owner, or the one role that serves the segment."""

    every: Period | None = key(None, unit="time", limits="a day or more", example="quarter")
    """Period of recurring work: week, month, quarter, year, 2 weeks, 90d."""

    on: (
        Annotated[
            Literal[
                "new_account",
                "first_value",
                "onboarding_stopped",
                "tier_change",
                "health_red",
                "health_yellow",
                "health_green",
            ],
            *words(*EVENTS),
        ]
        | None
    ) = key(
        None,
        unit="event",
        limits="new_account, first_value, onboarding_stopped, tier_change, health_red, health_yellow "
        "or health_green",
        example="new_account",
    )
    """Event that starts it. All but new_account are noted at midnight; health is as the team sees it."""

    after: Name | None = key(None, unit="playbook", limits="another one per account", example="qbr")
    """Another playbook: it starts at the midnight after an occurrence of that one is done."""

    again_after: Days | None = key(None, unit="time", limits="only with events and after", example="30d")
    """Least time between the starts of two occurrences for an account; events before that have no effect."""

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

    phase: PhaseNames | None = key(
        None,
        unit="phases",
        limits="some of onboarding, adoption, expansion",
        example="[adoption, expansion]",
    )
    """Phases of an account in which it starts. Without it: all."""

    reach: PositiveShare | None = key(
        None, unit="share of accounts", limits="above 0% to 100%, only per segment", example="40%"
    )
    """Share of the segment's accounts that an occurrence reaches, drawn anew. Without it: none."""

    priority: PriorityClass = key(
        5, unit="class", limits="1 (most urgent) to 9", source="assumption", example="5"
    )
    """Priority among all work. Within a class the earliest due comes first."""

    first_value_after: Label | None = key(
        None, unit="step", limits="only with on: new_account", example="train"
    )
    """Step whose end is the customer's first value; its punctuality is the onboarding score."""

    effect: Effect | None = key(
        None, unit="group", limits="not per person", example="{health: {adoption: 5}, saves: 15%}"
    )
    """What it brings when its last step is done. Without it: only what touches do."""

    standard: Standard | None = key(
        None, unit="group", limits="only with on: new_account", example="{degree: 70%, saves: 50%}"
    )
    """How much of it is done the same way for everybody. Without it: nothing."""

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

    @property
    def triggers(self) -> list[str]:
        """What starts it; one thing, if it is right."""
        return [trigger for trigger in TRIGGERS if getattr(self, trigger) is not None]

    @property
    def on_event(self) -> bool:
        """Whether something that happens to an existing account starts it."""
        return self.after is not None or self.on not in (None, "new_account")
