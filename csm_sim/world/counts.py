"""What the engine counts in a replication: records by month, step, segment and role, and names of fields."""

from __future__ import annotations

from typing import Final

import numpy as np

TALLY = np.dtype(
    [  # one per (month, step, segment); month 0 is the warm-up; each field has eight bytes
        ("open_at_start", np.int64),
        ("opened", np.int64),
        ("on_time", np.int64),
        ("late", np.int64),
        ("dropped", np.int64),
        ("cancelled", np.int64),
        ("open_at_end", np.int64),
        ("overdue_at_end", np.int64),  # part of open_at_end
        ("unanswered_at_end", np.int64),  # likewise: never taken up, and past the target for that
        ("never_opened", np.int64),
        ("opened_effort_minutes", np.float64),
        ("done_effort_minutes", np.float64),
        ("open_at_end_minutes", np.float64),  # effort left
        ("taken_up", np.int64),
        ("wait_minutes", np.float64),  # sum over taken_up, working time from opening to taking up
        ("wait_elapsed_minutes", np.float64),
        ("in_response", np.int64),  # taken up within the response target
        ("resolution_minutes", np.float64),  # sum over done, working time from opening to done
        ("resolution_elapsed_minutes", np.float64),
        ("in_resolution", np.int64),
        ("in_targets", np.int64),  # done within both targets
        ("late_minutes", np.float64),  # sum over late, elapsed
        ("deflected", np.int64),  # part of opened
        ("abandoned", np.int64),
        ("overflowed", np.int64),
        ("escalated", np.int64),
        ("touches", np.int64),  # done, of tickets
        ("returned", np.int64),
        ("reopened", np.int64),
        ("touch_taken_up", np.int64),  # touches after the first
        ("touch_wait_minutes", np.float64),  # sum over them, working time from return to taking up
        ("held_elapsed_minutes", np.float64),  # with the customer, of those that came back
        ("hand_overs", np.int64),
        ("hand_over_minutes", np.float64),
        ("faultless", np.int64),  # resolved in time with one touch: full marks
        ("score_sum", np.float64),  # satisfaction 0-100 of tickets resolved or given up
        ("ces_sum", np.float64),
        ("promoters", np.int64),
        ("detractors", np.int64),
    ],
    align=True,
)

DESK = np.dtype(
    [  # one per (month, role): tickets by whose they were at the time; month 0 is the warm-up
        ("opened", np.int64),  # deflected ones left out
        ("taken_up", np.int64),
        ("wait_minutes", np.float64),
        ("in_response", np.int64),
        ("resolved", np.int64),
        ("resolution_minutes", np.float64),
        ("in_targets", np.int64),
        ("abandoned", np.int64),
    ],
    align=True,
)

BACKLOG_FIELDS: Final = ("open", "effort_minutes", "held", "tickets", "age_minutes", "oldest_minutes")
"""Open tasks and the effort left in them, without tickets that the customer has; those; open tickets,
their ages added up, and the greatest."""

HOURS_FIELDS: Final = ("contracted", "here", "planned", "sick", "long", "vacant")
"""Working minutes of a seat: contracted = here + planned + sick + long leave + vacant."""

CAPACITY_FIELDS: Final = (*HOURS_FIELDS, "temporary", "ramped", "productive")
"""Working minutes of a role's seats; ``temporary``: part of contracted - vacant, of people whose contract
has an end; ``ramped``: here times ramp; ``productive``: here times speed."""

REQUISITIONS, JOINS, NOTICES, RESIGNED, CUTS, ENDED, MOVED_IN, MOVED_OUT, HANDED_OVER, ORPHAN_DAYS = range(10)
"""Places in MOVES_FIELDS."""

LATE, MISSED = 0, 1
"""Rows of what is counted against the book that the account was in."""

MOVES_FIELDS: Final = (
    "requisitions", "joined", "notices", "resigned", "cut", "ended", "moved_in", "moved_out", "handed_over",
    "orphan_days",
)  # fmt: skip
"""What happened to a role's people in a month (``resigned``: left after notice), and accounts that went
from one person to another, and days that accounts had an empty seat for an owner."""

MONTH = np.dtype(
    [  # one per (month, segment); month 0 is the warm-up
        ("accounts_start", np.int64),
        ("new", np.int64),
        ("churned", np.int64),
        ("accounts_end", np.int64),
        ("renewals", np.int64),
        ("arr_start", np.float64),
        ("arr_new", np.float64),
        ("arr_churned", np.float64),
        ("arr_end", np.float64),
        ("arr_renewable", np.float64),  # available to renew
        ("arr_churn_expected", np.float64),  # compensator: sum of ARR x probability
        ("churn_expected", np.float64),
        ("first_values", np.int64),
        ("first_value_days", np.float64),
        # what else changes ARR: counted, and expected by the compensator; "churned" has early churn, too
        ("arr_price", np.float64),
        ("arr_expanded", np.float64),  # at renewals
        ("arr_upsold", np.float64),
        ("arr_cross_sold", np.float64),
        ("arr_contracted", np.float64),
        ("arr_churned_early", np.float64),
        ("arr_price_expected", np.float64),
        ("arr_expanded_expected", np.float64),
        ("arr_upsold_expected", np.float64),
        ("arr_cross_sold_expected", np.float64),
        ("arr_contracted_expected", np.float64),
        ("arr_early_expected", np.float64),  # part of arr_churn_expected
        ("early_expected", np.float64),  # part of churn_expected
        ("expanded", np.int64),
        ("contracted", np.int64),
        ("churned_early", np.int64),
        ("upsell_leads", np.int64),
        ("upsold", np.int64),
        ("cross_sell_leads", np.int64),
        ("cross_sold", np.int64),
        ("onboardings", np.int64),  # begun: accounts that started and await first value
        ("stopped", np.int64),  # onboardings given up
        ("bad_fit", np.int64),  # part of new
        ("poor_handover", np.int64),
        ("moved_in", np.int64),  # by the segment as which they are served from then on
        ("moved_out", np.int64),
        ("alarms", np.int64),  # times that a worse band was seen than before
        ("false_alarms", np.int64),
    ],
    align=True,
)
