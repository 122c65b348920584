"""What happens to customers: journey, tiers, what the team sees of their health, revenue.

The rules are those of ``docs/explanation/model.md``, sections 3, 7, 8 and 10. Tables by day have a
column for each day of the run; kinds, steps and segments are numbers of the world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.world import records as r

Records = NDArray[np.void]
Floats = NDArray[np.float64]
Flags = NDArray[np.int8]

# events that begin an occurrence
FIRST_VALUE: Final = 0
STOPPED: Final = 1  # onboarding is given up
SEEN_RED: Final = 2
SEEN_YELLOW: Final = 3
SEEN_GREEN: Final = 4
AFTER: Final = 5  # an occurrence of another playbook was completed
MOVED: Final = 6  # to another tier

# when a rule of tiering looks
ON_FIRST_VALUE: Final = 0
ON_STOPPED: Final = 1
ON_REVIEW: Final = 2

RULES = np.dtype(
    [  # one record
        ("pulse_days", np.float64),  # between pulses; 0: there are none
        ("limit_days", np.float64),  # after which onboarding is given up; nan: never
        ("expansion_days", np.float64),  # after the start; nan: no such phase
        ("decision_low", np.float64),  # days before the renewal; nan: decided at the renewal
        ("decision_high", np.float64),
        ("silence_after", np.float64),  # minutes; nan: silence has no effect
        ("silence_half", np.float64),  # minutes
        ("silence_to", np.float64),
        ("delay_days", np.int32),  # until the team acts on what it sees
        ("detects", np.int8),  # some playbook begins on a health band
        ("usage_between", np.float64),  # sd of the accounts' own levels of usage
        ("community_usage", np.float64),  # points
        ("community_deflects", np.float64),
        ("has_community", np.int8),
    ],
    align=True,
)

INDICATOR = np.dtype(
    [  # of usage, one at least
        ("weight", np.float64),
        ("mean", np.float64),
        ("sd", np.float64),
        ("before", np.float64),  # mean before first value
    ],
    align=True,
)

PLAY = np.dtype(
    [  # one per kind: what its last step brings, and what it comes after
        ("after", np.int32),  # kind, -1 none
        ("again_days", np.float64),  # least days between anchors; 0: none
        ("lift", np.float64, 4),  # points on adoption, engagement, support, onboarding
        ("saves", np.float64),
        ("lead", np.float64, 2),  # upsell, cross-sell
        ("convert", np.float64, (2, 3)),  # in the middle of red, yellow, green
        ("uplift", np.float64, 2),
        ("programme", np.int8),  # per segment, and reaches accounts
        ("standard_shift", np.float64),  # on the log-odds of churn of a new account that gets it
    ],
    align=True,
)

MOVE = np.dtype(
    [  # one per rule of tiering
        ("to", np.int32),
        ("looks", np.int8),  # ON_FIRST_VALUE, ON_STOPPED or ON_REVIEW
        ("arr_low", np.float64),  # at least; -inf: any
        ("arr_high", np.float64),  # below; inf: any
        ("ltv_low", np.float64),
        ("ltv_high", np.float64),
        ("bands", np.int8),  # bit 0 red, 1 yellow, 2 green; 7: any
        ("tenure_days", np.float64),  # at least
    ],
    align=True,
)

LIFE = np.dtype(
    [  # one per account, where some rule needs it
        ("silent_from", np.float64),  # when engagement begins, or goes on, to fall
        ("decided", np.float64),  # log-odds of churn at the coming renewal, prices left out; nan: open
        ("decided_level", np.float64),  # health as read then
        ("saved", np.float64),  # what is left of the chance of churn
        ("pulse", np.int32),  # number of the next one
        ("pulse_day", np.int32),
        ("decision_day", np.int32),
        ("seen", np.int8),  # band as the team sees it: 0 red, 1 yellow, 2 green
        ("stopped", np.int8),  # onboarding was given up
        ("news", np.int8),  # moves look at it this midnight: bit 0 first value, 1 given up
        ("pulse_next", np.int32),  # account after this one in the list of the day of its pulse
        ("decision_next", np.int32),  # likewise of its decision
    ],
    align=True,
)

NEWS = np.dtype(
    [  # what a day brought and the next midnight hears
        ("what", np.int8),  # COMPLETED, REACHED_VALUE or GIVEN_UP
        ("node", np.int32),  # -1: given up
        ("account", np.int32),  # -1 of a programme
        ("kind", np.int32),
        ("occurrence", np.int32),
        ("score", np.float64),
    ],
    align=True,
)

COMPLETED: Final = 0  # the last step of an occurrence was done
REACHED_VALUE: Final = 1  # first value
GIVEN_UP: Final = 2  # onboarding, at the midnight before

CARE = np.dtype(
    [  # one per (step, segment + own work): what a tier does to planned work
        ("effort_left", np.float64),
        ("reach", np.float64),
    ],
    align=True,
)

TERMS = np.dtype(
    [  # one per (segment, day)
        ("members", np.float64),  # share of the accounts in the community
        ("price_index", np.float64),
        ("price_shift", np.float64),
    ],
    align=True,
)


@dataclass(frozen=True, slots=True)
class Customers:
    """The rules for customers of one world."""

    active: bool
    """Whether some rule needs its turn at midnights, and LIFE records."""
    rules: Records
    """RULES, one record."""
    indicators: Records
    plays: Records
    """(kind,), PLAY."""
    effort_left: Floats
    """(kind, segment): of planned work of accounts served there, after tools and standards."""
    reach: Floats
    """(step, segment): share of the accounts that a touch reaches; of a programme's last step, that it
    reaches in all. 1 where nothing is said."""
    detection: Floats
    """(day, 2): sensitivity, false alarms."""
    members: Floats
    """(day,): share of the accounts in the community."""
    trait_shares: Floats
    """(2, segment, day): of new business, bad fit and poor handover."""
    sales: Floats
    """(segment, day): multiple of new business; (segment, 0) where it is always 1."""
    price_index: Floats
    """(segment, day): product of ``1 + by`` over the price acts dated up to the day; (segment, 0) without."""
    price_shift: Floats
    """(segment, day): logs of their churn odds, added up."""
    moves: Records
    """(rule,), MOVE, in the order of the file."""
    move_from: Flags
    """(rule, segment)."""
    move_shares: Floats
    """(rule, day): roll-out, 0 before ``since``."""
    move_reviews: Flags
    """(rule, day): 1 on review days."""
    serves: Flags
    """(segment, segment): 1 where accounts of the first may come to be served as the second; itself."""


NEUTRAL_SEGMENT: Final = {
    "early_logit": np.nan,
    "first_value_due": np.nan,
    "trait_tickets": 1.0,
    "trait_effort": 1.0,
}
"""Fields of SEGMENT that are not 0 where a scenario does not say anything of them."""

PHASES_ALL: Final = r.ONBOARDING + r.ADOPTION + r.EXPANSION
