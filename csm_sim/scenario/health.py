"""How outcomes become health, who sees it, and when customers decide."""

from __future__ import annotations

from csm_sim.scenario.customer_values import ChangingShare, OnOff, Strength
from csm_sim.scenario.fields import (
    Days,
    HalfLife,
    Model,
    Name,
    Period,
    Points,
    PositiveNumber,
    PositiveShare,
    Share,
    key,
)
from csm_sim.scenario.people_values import DaysFromZero


class Weights(Model):
    """What each component counts in health. They add up to 100%."""

    adoption: Share = key("40%", unit="share", limits="0% to 100%", source="assumption", example="40%")
    """Use of the product."""
    engagement: Share = key("25%", unit="share", limits="0% to 100%", source="assumption", example="25%")
    """Planned touches done on time."""
    support: Share = key("20%", unit="share", limits="0% to 100%", source="assumption", example="20%")
    """Tickets answered and solved in time."""
    onboarding: Share = key("15%", unit="share", limits="0% to 100%", source="assumption", example="15%")
    """First value reached on time."""


class Bands(Model):
    """Where the health bands begin; red is what lies below yellow."""

    green: Points = key(80, unit="points", limits="above yellow, to 100", source="assumption", example="80")
    """Least health of a green account."""
    yellow: Points = key(60, unit="points", limits="above 0", source="assumption", example="60")
    """Least health of a yellow account."""


class StartScores(Model):
    """Components of an account at its beginning."""

    adoption: Points = key(75, unit="points", limits="0 to 100", source="assumption", example="75")
    """Use of the product."""
    engagement: Points = key(85, unit="points", limits="0 to 100", source="assumption", example="85")
    """Planned touches."""
    support: Points = key(85, unit="points", limits="0 to 100", source="assumption", example="85")
    """Tickets."""
    onboarding: Points = key(85, unit="points", limits="0 to 100", source="assumption", example="85")
    """First value."""


class Memory(Model):
    """Weight of a new outcome in a component's running average; 100% forgets everything before."""

    adoption: PositiveShare = key(
        "20%", unit="share", limits="above 0% to 100%", source="assumption", example="20%"
    )
    """A month's use."""
    engagement: PositiveShare = key(
        "25%", unit="share", limits="above 0% to 100%", source="assumption", example="25%"
    )
    """A touch."""
    support: PositiveShare = key(
        "20%", unit="share", limits="above 0% to 100%", source="assumption", example="20%"
    )
    """A ticket."""
    onboarding: PositiveShare = key(
        "100%", unit="share", limits="above 0% to 100%", source="assumption", example="100%"
    )
    """First value."""


class Indicator(Model):
    """One sign of use: log-ins, time in the product, features used."""

    weight: Share = key(unit="share of usage", limits="all add up to 100%", example="50%")
    """What it counts."""
    mean: Points | None = key(None, unit="points", limits="0 to 100", example="75")
    """Mean reading. Without it: as of usage."""
    sd: Points | None = key(None, unit="points", limits="0 to 100", example="10")
    """Spread between readings. Without it: as of usage."""
    before_first_value: Points | None = key(None, unit="points", limits="0 to 100", example="40")
    """Mean reading as long as first value is still to come. Without it: as of usage."""


class Usage(Model):
    """Use of the product as it would be without the team: a new reading each month."""

    mean: Points = key(75, unit="points", limits="0 to 100", source="assumption", example="75")
    """Mean reading."""
    sd: Points = key(10, unit="points", limits="0 to 100", source="assumption", example="10")
    """Spread between readings."""
    before_first_value: Points = key(40, unit="points", limits="0 to 100", source="assumption", example="40")
    """Mean reading as long as first value is still to come."""
    between: Points = key(0, unit="points", limits="0 to 100", source="none: all alike", example="8")
    """Spread between accounts: the standard deviation of an account's own level, which stays."""
    indicators: dict[Name, Indicator] = key(
        {},
        unit="group",
        source="none: one reading",
        example="{log_ins: {weight: 50%, mean: 75}, features: {weight: 50%, sd: 20}}",
    )
    """Signs of use by name, each with a reading of its own."""


class Detection(Model):
    """How well the team sees the health of its accounts. It looks once a pulse."""

    delay: DaysFromZero = key(
        "0d", unit="time", limits="whole days, 0d or more", source="assumption", example="7d"
    )
    """How long after it has seen another band the work begins that follows from it."""
    sensitivity: ChangingShare = key(
        "100%", unit="share", limits="0% to 100%", source="assumption", example="80%"
    )
    """Chance that a worse band is seen, at each look."""
    false_alarms: ChangingShare = key(
        "0%",
        unit="share",
        limits="0% to 100%",
        source="assumption",
        example="{from: 5%, to: 1%, over: 12 months}",
    )
    """Chance that an account seems one band worse than it is, at each look."""


class Decision(Model):
    """The customer decides on a renewal before it comes, and what happens later does not count."""

    min: Days = key(
        "1 month",
        unit="time before the renewal",
        limits="above 0",
        source="small customers 4-8 weeks (ryanconsulting.ai)",
        example="1 month",
    )
    """The latest; evenly distributed between the two."""
    max: Days = key(
        "6 months",
        unit="time before the renewal",
        limits="min or more",
        source="enterprise 3-6 months (ryanconsulting.ai)",
        example="6 months",
    )
    """The earliest."""


class Silence(Model):
    """An account that nobody touches drifts away."""

    after: DaysFromZero = key(
        "90d", unit="time", limits="whole days, 0d or more", source="assumption", example="90d"
    )
    """How long after the last touch engagement begins to fall."""
    to: Points = key(40, unit="points", limits="0 to 100", source="assumption", example="40")
    """Level towards which it falls; lower engagement stays."""
    half_life: HalfLife = key("90d", unit="time", limits="above 0", source="assumption", example="90d")
    """Time in which half of the way there is gone."""


class Health(Model):
    """Health of an account, 0 to 100: a weighted sum of four components."""

    weights: Weights = key({}, unit="group", source="assumption")
    """What each component counts."""
    bands: Bands = key({}, unit="group", source="assumption")
    """Where green and yellow begin."""
    start: StartScores = key({}, unit="group", source="assumption")
    """Components at the beginning."""
    memory: Memory = key({}, unit="group", source="assumption")
    """Weight of a new outcome."""
    late_half_life: HalfLife = key("7d", unit="time", limits="above 0", source="assumption", example="7d")
    """Lateness that halves the score of a touch."""
    slow_half: PositiveNumber = key(
        1.0, unit="multiple of the target", limits="above 0", source="assumption", example="1.0"
    )
    """Overrun of a ticket's target that halves its score; 1.0 means twice the target scores 50."""
    usage: Usage = key({}, unit="group", source="assumption")
    """Use of the product."""
    pulse: Period = key("week", unit="time", limits="a day or more", source="assumption", example="week")
    """How often the health of each account is looked at, where work or early churn follows from it."""
    detection: Detection | None = key(
        None, unit="group", example="{delay: 7d, sensitivity: 80%, false_alarms: 5%}"
    )
    """How well the team sees health. Without it: at the next look, and right."""
    decision: Decision | None = key(None, unit="group", example="{min: 1 month, max: 6 months}")
    """When the customer decides on a renewal. Without it: on its day."""
    silence: Silence | None = key(None, unit="group", example="{after: 90d, to: 40, half_life: 90d}")
    """What becomes of accounts that nobody touches. Without it: nothing."""
    strength: Strength = key("x1", unit="multiple", limits="x0 to x10", source="assumption", example="x2")
    """How many times as far engagement, support and onboarding lie below 100 when health is read, and use
    before first value below that after it: how much staffing matters. x0: not at all."""
    effects: OnOff = key(
        "on", unit="on or off", limits="on or off", source="none is switched off", example="off"
    )
    """Whether staffing has an effect on customers. Off shows what a scenario would be without any."""
