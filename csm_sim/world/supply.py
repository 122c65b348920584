"""How people come and go: seats, the rules of each role, and the dated acts of the timeline.

The rules are those of ``docs/explanation/model.md``, section 9. Days are days of the run (0 is the
first day of the warm-up); calendars, roles, steps, kinds and distributions are numbers of the world.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

# what an act does
HIRE: Final = 0
CUT: Final = 1
ABSENCE: Final = 2
FREEZE: Final = 3
SHRINKAGE: Final = 4
TRAIN: Final = 5
AUTOMATE: Final = 6
REORGANISE: Final = 7

# who leaves in a cut
NEWEST: Final = 0
RANDOM: Final = 1
NAMED: Final = 2

# what a book is balanced by
BY_ACCOUNTS: Final = 0
BY_ARR: Final = 1
BY_HOURS: Final = 2
BY_RENEWALS: Final = 3

# what a day off is
HERE: Final = 0
PLANNED: Final = 1
SICK: Final = 2
LONG: Final = 3

FOREVER: Final = 2**30
"""A number of days that ends after every run."""

SEAT = np.dtype(
    [  # one per seat (person index), seats of a role side by side
        ("role", np.uint32),
        ("joins_day", np.int32),  # 0: there from the beginning; -1: waits for a requisition
        ("until_day", np.int32),  # end of the contract (first day not worked), FOREVER without one
        ("calendar", np.uint32),  # of the person's windows
        ("skills", np.uint64),  # bit s - 1 for skill s = 1, 2, ...
        ("own_factor", np.float64),
        ("kept", np.int8),  # for somebody whom ``people`` names: nobody else is put here first
    ],
    align=True,
)

SUPPLY = np.dtype(
    [  # one per role
        ("hire_dist", np.int32),  # days to hire, -1: at once
        ("hazard", np.float64),  # of resigning, a day; 0: nobody resigns
        ("burnout_above", np.float64),
        ("burnout_effect", np.float64),  # multiple of the hazard at satisfaction 0; 1: no burnout
        ("burnout_weight", np.float64),  # w of the running average, a week
        ("notice_days", np.int32),  # 1 or more
        ("backfill", np.int8),
        ("coaching", np.float64),  # share lost by a coach for each one
        ("span_people", np.int32),  # 0: no leads
        ("span_share", np.float64),
        ("planned_days", np.int32),  # of leave in a calendar year
        ("block_days", np.int32),
        ("sick_days", np.float64),  # a year
        ("sick_spell", np.float64),  # mean working days, 1 or more
        ("balance", np.int8),
        ("most", np.int32),  # accounts in a book, FOREVER without a limit
        ("hands_over", np.int8),  # has rules of handover
        ("giving_dist", np.int32),  # effort minutes, -1: none
        ("receiving_dist", np.int32),
        ("within_days", np.int32),  # until receiving is due
        ("orphan_days", np.int32),
        ("handover_points", np.float64),  # of engagement
        ("cover_days", np.int32),  # length of an absence by act that is covered, FOREVER: none
        ("handover_kind", np.int32),  # kind of work with the steps giving, receiving; -1: none
        ("projects_kind", np.int32),  # kind of work with a step for each automation; -1: none
    ],
    align=True,
)


@dataclass(frozen=True, slots=True)
class Act:
    """A dated change of people. What a field means depends on ``what``; -1 and () stand for none."""

    day: int
    what: int
    role: int = -1
    """HIRE, CUT, ABSENCE of a random person, SHRINKAGE, TRAIN, AUTOMATE (who introduces it),
    REORGANISE (the role that people leave); FREEZE: -1 is every role."""
    count: int = 0
    """HIRE, CUT, TRAIN, REORGANISE: how many; 0 in a CUT by share, in REORGANISE everyone."""
    share: float = math.nan
    """CUT: share of the people; SHRINKAGE: the new one; TRAIN: time lost; AUTOMATE: effort removed."""
    who: int = NEWEST
    """CUT."""
    seats: tuple[int, ...] = ()
    """Seats of the people named: CUT (with NAMED), ABSENCE, TRAIN, REORGANISE."""
    rebalance: bool = False
    """HIRE."""
    days: int = 0
    """ABSENCE, FREEZE, TRAIN: how long; AUTOMATE: until it is in force."""
    until_day: int = FOREVER
    """HIRE: end of the contract."""
    calendar: int = -1
    """HIRE: calendar of their own."""
    skills: int = 0
    """HIRE: skills they bring, as the bits of SEAT; TRAIN: the one bit of the skill."""
    own_factor: float = 1.0
    """HIRE."""
    to_role: int = -1
    """REORGANISE."""
    kinds: tuple[int, ...] = ()
    """REORGANISE: kinds of work that go with them."""
    steps: tuple[int, ...] = ()
    """AUTOMATE: steps that need less effort."""
    step: int = -1
    """AUTOMATE: the step of ``projects_kind`` that introducing it is; -1 without effort."""
    effort_minutes: float = 0.0
    """AUTOMATE: to introduce it, of all together."""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A policy: a SimPy process of a user's own, or a built-in one."""

    function: str
    """Name of the function."""
    path: str | None = field(compare=False)
    """The file it stands in, for messages; None: one of :mod:`csm_sim.engine.policies`."""
    arguments: tuple[tuple[str, Any], ...] = ()
    """Keyword arguments, in order of name."""
    source: str = ""
    """What the file says: it is run from here, so that all replications run the same."""
    where: str = field(default="", compare=False)
    """Where it stands, for messages: the file of a policy of one's own as it is called from here, whatever
    folder a worker is in; for a built-in one the line of the scenario, ``plan.yaml:12``."""
    pickled: bytes = b""
    """Functions from Python, pickled together; the other fields say nothing then."""


@dataclass(frozen=True, slots=True)
class Supply:
    """All rules of people's coming and going."""

    seats: Records
    """(seat,), SEAT."""
    rules: Records
    """(role,), SUPPLY."""
    ramp: Floats
    """(role, month of tenure): factor of speed; as wide as the longest ramp, 1 where one is over."""
    ramp_months: Ints
    """(role,): how many months the ramp has."""
    first_year: int
    """Calendar year of day 0."""
    leave_weeks: Ints
    """(role, year, 53): day of the Monday of each week of a calendar year (may be before day 0)."""
    leave_weights: Floats
    """(role, year, 53): cumulative weight of the weeks, the last one 2; all 0 where there is no leave."""
    hours_weights: Floats
    """(segment,): planned minutes a year of an account's owner, for BY_HOURS."""
    acts: tuple[Act, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    skills: tuple[str, ...] = ()
    """Names of the skills 1, 2, ..."""
    date_ordinal: int = 0
    """Date ordinal of day 0."""
    costs: Floats = field(default_factory=lambda: np.zeros(0))
    """(role,): cost of a person a year, nan where the scenario gives none."""
    first_seat: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    """(role + 1,): where the seats of each role begin."""
