"""The optional log of a replication: who did what when."""

from __future__ import annotations

from typing import Final

import numpy as np

EVENT = np.dtype(
    [  # the optional log: who did what when, for tests and for looking at one replication
        ("time", np.float64),
        ("what", np.int32),
        ("account", np.int32),
        ("person", np.int32),
        ("kind", np.int32),
        ("occurrence", np.int32),
        ("step", np.int32),
        ("value", np.float64),
    ],
    align=True,
)

# what an EVENT tells
OPENED: Final = 0
TAKEN_UP: Final = 1
INTERRUPTED: Final = 2
DONE: Final = 3
DROPPED: Final = 4
NEVER_OPENED: Final = 5
RENEWED: Final = 6
CHURN: Final = 7
STARTED: Final = 8  # an account
FIRST_VALUE: Final = 9
TO_CUSTOMER: Final = 10  # a touch is done, the ticket is held
RETURNED: Final = 11
ABANDONED: Final = 12
DEFLECTED: Final = 13
OVERFLOWED: Final = 14
# of people; the account is -1, the value what is said
JOINED: Final = 15
NOTICE: Final = 16  # resigned
LEFT: Final = 17
AWAY: Final = 18  # from this midnight on; value: PLANNED, SICK or LONG
BACK: Final = 19
OWNED: Final = 20  # an account has been given to the person, after its first owner or back from cover
# of customers; the value is an amount of ARR unless something else is said
PRICED: Final = 21
CONTRACTED: Final = 22
EXPANDED: Final = 23
LEAD: Final = 24  # value: 0 upsell, 1 cross-sell
UPSOLD: Final = 25
CROSS_SOLD: Final = 26
STOPPED: Final = 27  # onboarding is given up
MOVED: Final = 28  # value: the segment as which it is served now
SEEN: Final = 29  # another band than before; value: 0 red, 1 yellow, 2 green
DECIDED: Final = 30  # value: health as read
CHURNED_EARLY: Final = 31  # occurrence: the pulse; value: the chance
