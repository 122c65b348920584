"""The record types that the engine works on, one dtype per entity, with units.

Names and strings do not appear here: ``world/build.py`` gives every segment, role, playbook
and person a number, and the report gives them back. Times are minutes since midnight at the
beginning of the warm-up; an index of -1 means none; a time of ``NEVER`` means it does not come.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

# Indices that are never -1 are unsigned.

NEVER: Final = 1e300
"""A time that does not come (finite, so that comparisons stay cheap)."""

DAY: Final = 1440.0
"""Minutes in a day."""

MONTH_DAYS: Final = 30.4375
"""Days in a month of a duration: 365.25 / 12."""

TICKS: Final = 1048576.0
"""Ticks in a minute (2**20): every instant is a whole number of ticks, so sums are exact."""

FEW: Final = 24
"""People of a component whose completions are looked through for the first; those of more form a heap."""

ARRIVAL: Final = 1 << 31
"""An event of a day from this number on is a ticket drawn at midnight; below are streams and timers."""

NO_DUE: Final = 33554431.0
"""Stands for 'no due time' in a task's key: the last minute that a key can hold (2**25 - 1)."""

PRIORITY_STEP: Final = 33554432.0
"""A key is ``priority * PRIORITY_STEP + due``: exact in a double for 9 classes and 63 years."""


def tick(minutes: float) -> float:
    """The nearest instant that is a whole number of ticks.

    >>> tick(1 / 3) * TICKS
    349525.0
    """
    return math.floor(minutes * TICKS + 0.5) / TICKS


# trigger of a kind of work
EVERY: Final = 0
ON_NEW_ACCOUNT: Final = 1
BEFORE_RENEWAL: Final = 2
TICKETS: Final = 3
REPLAY: Final = 4
ESCALATION: Final = 5  # comes from tickets, has no streams of its own
INTERNAL: Final = 6  # people's own work that their coming and going makes; likewise
ON_EVENT: Final = 7  # something that happens to the account, see ``world/customers.py``

# whose work it is
PER_ACCOUNT: Final = 0
PER_SEGMENT: Final = 1
PER_PERSON: Final = 2

# form of a distribution
CONSTANT: Final = 0
LOGNORMAL: Final = 1
EXPONENTIAL: Final = 2
TABLE: Final = 3
EMPIRICAL: Final = 4

# what an account is doing
NOT_YET: Final = 0
ALIVE: Final = 1
CHURNED: Final = 2

OF_BACKLOG: Final = -2
"""``running`` of a stream that is one ticket, open at the start."""

# traits of an account
BAD_FIT: Final = 1
POOR_HANDOVER: Final = 2

# phases of an account
ONBOARDING: Final = 1
ADOPTION: Final = 2
EXPANSION: Final = 4

# causes of loss: bits of ``effects``
EFFECT_ONBOARDING: Final = 1  # first value late or never: onboarding score, usage before first value
EFFECT_TOUCHES: Final = 2  # touches late, missed or not there, and what plays do to health and decisions
EFFECT_TICKETS: Final = 4  # slow, given up
EFFECT_HANDOVER: Final = 8  # accounts that change hands
EFFECT_EXPANSION: Final = 16  # leads from plays
ALL_EFFECTS: Final = 31

# what a task is doing
FREE: Final = 0
WAITING: Final = 1
IN_HAND: Final = 2
DEAD: Final = 3  # dropped, given up or moved while it waits; leaves its queue when it comes to the top
HELD: Final = 4  # a ticket that the customer has: in no queue

NOT_LISTED: Final = -2
"""``earlier`` of a task that is in no account's list of open work."""

NO_SKILL: Final = 0
"""``skill`` of a step that anybody in the role can do."""

SEGMENT = np.dtype(
    [
        ("uid", np.uint64),
        ("accounts", np.int64),  # at the scenario's start
        ("arr_dist", np.int32),  # distribution of ARR, -1: listed accounts only
        ("owner_role", np.int32),
        ("term_days", np.float64),
        ("churn_logit", np.float64, 3),  # log-odds of churn in the middle of red, yellow, green
        ("churns", np.int8),
        ("raises_tickets", np.int8),  # its accounts may, as drawn or as recorded
        ("renewal_work", np.int8),  # some playbook works towards renewals
        ("awaits_first_value", np.int8),  # some playbook brings first value to new accounts
        ("new_per_minute", np.float64),
        ("tickets_per_minute", np.float64),  # per account
        ("early_logit", np.float64),  # log-odds of early churn for a green account; nan: none
        ("early_days", np.float64),
        ("contraction", np.float64, 3),  # chance at a renewal in the middle of red, yellow, green
        ("contraction_by", np.float64),
        ("expansion", np.float64, 3),
        ("expansion_uplift", np.float64),
        ("changes", np.int8),  # contracts or expands at renewals
        ("first_value_due", np.float64),  # minutes from the start of an account; nan: none
        ("trait_shift", np.float64, 2),  # log of the churn odds of a bad fit, of a poor handover from sales
        ("trait_tickets", np.float64, 2),  # multiple of the ticket rate, likewise
        ("trait_effort", np.float64, 2),  # multiple of the effort of work on new accounts
        ("trait_usage", np.float64, 2),  # points on the mean usage
    ],
    align=True,
)

ROLE = np.dtype(
    [
        ("uid", np.uint64),
        ("first_slot", np.int32),  # its seats are the persons first_slot .. first_slot + slots - 1
        ("slots", np.int32),  # as many as are ever filled in the run
        ("headcount", np.int32),  # at the beginning
        ("calendar", np.uint32),  # whose windows its people work in, unless they have their own
        ("speed", np.float64),  # 1 - shrinkage: effort minutes done in a minute of working time
        ("switch_minutes", np.float64),
    ],
    align=True,
)

KIND = np.dtype(
    [
        ("uid", np.uint64),
        ("trigger", np.int8),
        ("per", np.int8),
        ("reactive", np.int8),
        ("step0", np.int32),  # steps of the kind are step0 .. step0 + steps - 1 (severities of tickets)
        ("steps", np.int32),
        ("period_days", np.float64),
        ("begins_minutes", np.float64),  # first opening, counted from the anchor's midnight
        ("share", np.float64),
        ("frailty_dist", np.int32),  # of tickets
        ("phases", np.int8),  # ONBOARDING + ADOPTION + EXPANSION: in which of them it begins
        ("event", np.int8),  # ON_EVENT: which one
        ("news", np.int8),  # the end of its last step has consequences at the next midnight
        ("brings_first_value", np.int8),
    ],
    align=True,
)

STEP = np.dtype(
    [
        ("kind", np.uint32),
        ("effort_dist", np.int32),
        ("wait_dist", np.int32),  # customer wait after the step
        ("opens_minutes", np.float64),  # from the anchor's midnight; nan: when the step before is done
        ("due_minutes", np.float64),  # from the anchor's midnight; nan: none
        ("drop_minutes", np.float64),  # after the due time; nan: not dropped by the clock
        ("cumulative_share", np.float64),  # severities
        ("response_minutes", np.float64),  # target; nan: none
        ("resolve_minutes", np.float64),  # target of tickets, due time of escalations
        ("more", np.float64),  # chance of another touch after each
        ("reopen", np.float64),  # chance that it comes back after it was resolved
        ("escalate", np.float64),
        ("patience_dist", np.int32),  # elapsed; -1: none
        ("more_effort_dist", np.int32),
        ("more_wait_dist", np.int32),
        ("reopen_effort_dist", np.int32),
        ("reopen_wait_dist", np.int32),
        ("effort_factor", np.float64),  # what automation and learning have left of the effort
        ("automated", np.float64),  # what automation alone has left of it
        ("learn_power", np.float64),  # log2(1 - saves); 0: nothing is learnt
        ("learn_floor", np.float64),
        ("learn_experience", np.float64),  # times done before the run
        ("times_done", np.int64),  # in the run; counted where something is learnt
        ("priority", np.int32),
        ("skill", np.int32),  # NO_SKILL, or 1, 2, ...
        ("preempts", np.int8),
        ("touch", np.int8),
        ("reactive", np.int8),  # as its kind
        ("replay", np.int8),  # recorded tickets: they do not die with their account
        ("ticket", np.int8),  # a severity
        ("elapsed", np.int8),  # its targets run in elapsed, not in working time
        ("first_value", np.int8),
        ("counts", np.float64),  # weight of a touch, beside that of engagement
        ("flawless", np.int8),  # counts as done on time whatever becomes of it: to see what lateness costs
    ],
    align=True,
)

DIST = np.dtype(
    [
        ("form", np.int32),
        ("a", np.float64),  # CONSTANT: the value; LOGNORMAL: mean of the log; EXPONENTIAL: the mean
        ("b", np.float64),  # LOGNORMAL: sd of the log
        ("offset", np.int32),  # TABLE, EMPIRICAL: first of its numbers in World.values
        ("length", np.int32),
    ],
    align=True,
)

ACCOUNT = np.dtype(
    [
        ("uid", np.uint64),
        ("arr", np.float64),
        ("adoption", np.float64),
        ("engagement", np.float64),
        ("support", np.float64),
        ("onboarding", np.float64),
        ("first_value_at", np.float64),  # NEVER while it is still to come
        ("first_renewal_day", np.float64),  # not rounded: later renewals are counted from it
        ("start_day", np.int32),  # 0 for accounts older than the run
        ("renewal_day", np.int32),
        ("renewals", np.int32),  # passed so far
        ("usage_seen", np.int32),  # monthly usage observations already in adoption
        ("owner", np.int32),  # person
        ("number", np.int32),  # place in the book; the records may be stored in another order
        ("node0", np.int32),  # its streams of work are node0 .. node0 + nodes - 1
        ("nodes", np.int16),
        ("segment", np.uint16),
        ("tier", np.uint16),  # segment as which it is served
        ("status", np.int8),
        ("traits", np.int8),  # BAD_FIT + POOR_HANDOVER
        ("cohort", np.int16),  # 0 the opening book, m + 1 started in month m of the horizon
        ("open_task", np.int32),  # first of its open touches and tickets, -1 none; kept where health is read
        ("churn_shift", np.float64),  # on the log-odds of churn: traits and standardised onboarding
    ],
    align=True,
)

NODE = np.dtype(
    [
        ("uid", np.uint64),  # the entity of its draws: account (or segment, person) and kind
        ("wake", np.float64),  # next thing to happen: an occurrence, an opening or a drop
        ("anchor", np.float64),  # midnight of the running occurrence's anchor day; tickets: ticket clock
        ("begins", np.float64),  # when the next occurrence begins
        ("until", np.float64),  # opening of the next step, or drop of the waiting one
        ("phase_days", np.float64),  # EVERY: origin + phase; tickets: rate per minute
        ("account", np.int32),
        ("person", np.int32),
        ("segment", np.uint32),
        ("kind", np.uint32),
        ("occurrence", np.int32),  # number of the next occurrence (or ticket)
        ("running", np.int32),  # number of the running occurrence, -1 none
        ("step", np.uint32),  # step that waits, is in hand, or opens next
        ("task", np.int32),
    ],
    align=True,
)

TICKET_RULES = np.dtype(
    [  # one record: what all tickets have in common
        ("cell0", np.int32),  # of the first severity and segment in the tallies
        ("plain_clock", np.int8),  # every minute of the run counts one minute: no need to look it up
        ("busyness_dist", np.int32),  # factor of a day, shared by all accounts; -1: always 1
        ("batch", np.float64),  # mean number that come together, 1: each alone
        ("ramp_from", np.float64),  # multiple for an account that has just started
        ("ramp_days", np.float64),  # until it is 1; 0: no ramp
        ("overflow_minutes", np.float64),  # working time until it moves; nan: never
        ("overflow_role", np.int32),
        ("escalation_step", np.int32),  # -1: none
        ("escalation_role", np.int32),
        ("hand_over_minutes", np.float64),  # effort
        ("has_cases", np.int8),  # some ticket can come back, give up, move or change hands
        ("touch_loss", np.float64),  # share of satisfaction lost with a further touch
        ("reopen_loss", np.float64),
        ("csat_best", np.float64),
        ("ces_half", np.float64),
        ("promoter", np.float64),
        ("detractor", np.float64),
        ("backlog_waited", np.float64),  # minutes that the tickets open at the start have waited
    ],
    align=True,
)

CASE = np.dtype(
    [  # what a ticket needs beyond a task, with the same number; only where has_cases
        ("wake", np.float64),  # next timer: patience, overflow or return
        ("patience_at", np.float64),
        ("overflow_at", np.float64),
        ("held_at", np.float64),
        ("held_clock_at", np.float64),
        ("held", np.float64),  # elapsed time with the customer so far
        ("held_clock", np.float64),  # working time, likewise
        ("returned_clock", np.float64),
        ("taken_at", np.float64),  # up, last
        ("previous", np.int32),  # in the list of the day of its timer
        ("next", np.int32),
        ("day", np.int32),  # whose list it is in, -1 none
        ("touches", np.int32),  # done
        ("reopens", np.int32),
        ("reopening", np.int8),  # held because it will come back
        ("person", np.int32),  # who worked on it last, -1 nobody
    ],
    align=True,
)

PLACE = np.dtype(
    [  # of a node in the lists of days: apart from the nodes, to stay in cache
        ("previous", np.int32),
        ("next", np.int32),
        ("day", np.int32),  # whose list it is in, -1 none
    ],
    align=True,
)

DRAWN = np.dtype(
    [  # a ticket of the day, drawn at its midnight
        ("tie", np.uint64),
        ("effort", np.float64),  # minutes
        ("node", np.uint32),
        ("account", np.int32),
        ("number", np.int32),  # among the stream's
        ("step", np.uint32),
        ("cell", np.uint32),  # of step and segment in the tallies
        ("queue", np.uint32),
        ("role", np.int32),  # -1: it was deflected
    ],
    align=True,
)

TASK = np.dtype(
    [
        ("key", np.float64),  # priority and due time, see PRIORITY_STEP
        ("opened", np.float64),
        ("opened_clock", np.float64),  # working time of the run so far, when it opened
        ("tie", np.uint64),
        ("due", np.float64),
        ("left_minutes", np.float64),  # effort
        ("effort_minutes", np.float64),
        ("started", np.float64),  # first taken up, NEVER before
        ("response_clock", np.float64),  # working time from opening to then
        ("account", np.int32),
        ("node", np.uint32),
        ("step", np.uint32),
        ("occurrence", np.int32),
        ("cell", np.uint32),  # of step and segment in the tallies
        ("queue", np.uint32),
        ("child", np.int32),  # in a heap; free records: the next one
        ("sibling", np.int32),  # in a heap, or the next in a list
        ("earlier", np.int32),  # in the list of the account's open touches and tickets, NOT_LISTED
        ("later", np.int32),
        ("role", np.uint16),  # whose work it is
        ("status", np.int8),
    ],
    align=True,
)

PERSON = np.dtype(
    [
        ("uid", np.uint64),
        ("finish", np.float64),  # of the work in hand
        ("took_up", np.float64),
        ("took_up_clock", np.float64),
        ("took_up_week", np.int32),
        ("switch_minutes", np.float64),  # window time that went, or goes, to switching first
        ("idle_since", np.float64),
        ("speed", np.float64),  # effort minutes done in a minute of working time
        ("pace", np.float64),  # speed at which the work in hand was taken up
        ("switch_cost", np.float64),  # minutes
        ("book_load", np.float64),  # what the accounts in the book add up to, by the role's balance
        ("skills", np.uint64),  # bit s - 1 for skill s
        ("role", np.uint32),
        ("group", np.uint32),
        ("task", np.int32),
        ("component", np.uint32),
        ("place", np.uint32),  # in the crew
        ("accounts", np.int32),  # in the book
        ("calendar", np.uint32),
        ("idle_before", np.int32),  # list of the idle of a group, longest idle first
        ("idle_after", np.int32),
        ("last_nature", np.int8),  # -1 nothing yet, 0 proactive, 1 reactive
        ("employed", np.int8),
        ("open_book", np.int8),  # may be given accounts
        ("is_away", np.int8),
        ("is_idle", np.int8),
    ],
    align=True,
)

QUEUE = np.dtype(
    [
        ("first", np.int32),  # task to be done first, -1: there is none
        ("head", np.int32),  # of the tasks that came in order, a list
        ("tail", np.int32),
        ("root", np.int32),  # of the others, a heap
        ("component", np.uint32),
    ],
    align=True,
)

POOL = np.dtype(
    [  # one per (skill, role): number skill x roles + role
        ("used", np.int8),  # some work goes there
        ("servers0", np.int32),  # groups that work from it: servers[servers0] .. + servers_size - 1
        ("servers_size", np.int32),
    ],
    align=True,
)

GROUP = np.dtype(
    [  # people who can stand in for each other: same role, calendar and skills
        ("calendar", np.uint32),
        ("listed", np.int8),  # works from some used pool: the list of the idle is kept
        ("idle_first", np.int32),
        ("idle_last", np.int32),
        ("members0", np.int32),  # its people are members[members0] .. + members_size - 1
        ("members_size", np.int32),
    ],
    align=True,
)

COMPONENT = np.dtype(
    [  # people and queues that can affect each other within a day
        ("crew0", np.int32),  # its people are crew[crew0] .. crew[crew0 + crew_size - 1]
        ("crew_size", np.int32),
        ("pools0", np.int32),  # used pools in it: likewise
        ("pools", np.int32),
        ("waiting", np.int32),  # tasks in its queues, dead ones included
        ("preempting", np.int32),  # those of them that preempt
        ("finishing", np.int32),  # completions to come
        ("first", np.int32),  # the place of the first of them
        ("next_finish", np.float64),  # when it comes; NEVER: there is none
        ("heaped", np.int8),  # they are too many to be looked through
    ],
    align=True,
)

CONTROL = np.dtype(
    [
        ("free", np.int32),  # first free task record, -1 none
        ("free_count", np.int64),
        ("low", np.int64),  # where a component's day goes on after room was made
        ("again", np.int64),
        ("need", np.int64),  # room asked for
        ("next_open", np.float64),
        ("day", np.int64),  # being worked
        ("component", np.int64),  # whose turn it is, -1 before the day begins
        ("resumes", np.int8),  # it goes on after room was made
        ("gathered", np.int8),  # the day has begun; its events are being found
        ("events", np.int64),  # found so far
        ("drawn", np.int64),  # tickets of the day
        ("touches_all", np.int8),  # in the middle of an instant: everybody may have something new
        ("week", np.int64),  # of the horizon, -1 in the warm-up
        ("clock", np.float64),  # working time of the run at the instant being worked
        ("unlimited", np.int8),  # the fully-staffed twin
        ("logged", np.int64),
        ("roles", np.int64),  # how many there are
        ("start_minute", np.float64),
        ("end_minute", np.float64),
        ("done", np.int64),  # tasks, warm-up included
        ("across", np.uint32),  # cells of a step in the tallies: segments and own work
        ("preempts", np.int8),  # some work interrupts other work
        ("watches", np.int8),  # health is read: accounts keep lists of their open work
        ("noted", np.int8),  # what is there at the start has been counted
        ("news", np.int64),  # how many there are for the next midnight
    ],
    align=True,
)

HEALTH = np.dtype(
    [
        ("weight", np.float64, 4),  # adoption, engagement, support, onboarding
        ("memory", np.float64, 4),
        ("start", np.float64, 4),
        ("middle", np.float64, 3),  # of the bands red, yellow, green
        ("late_half_life_minutes", np.float64),
        ("slow_half", np.float64),
        ("usage_mean", np.float64),
        ("usage_sd", np.float64),
        ("usage_before", np.float64),
        ("band", np.float64, 2),  # where yellow and green begin
        ("strength", np.float64),  # multiple of what staffing does to health, 1: as it is
        ("effects", np.int32),  # causes of loss that have their effect, see EFFECTS
    ],
    align=True,
)
