"""Which keys of the scenario language are effect sizes, and which say what the work is.

A test holds that every key of the language is of one kind: a new one cannot be forgotten here.
"""

from __future__ import annotations

import re
from typing import Final

NOT_ABOUT_THE_WORLD: Final = ("run.", "name", "currency", "targets.", "sizing.")

EFFECTS: Final = re.compile(
    r"health\.(?!pulse).*|money\.(gross_margin|discount)"
    r"|segments\.\*\.((churn|early_churn|contraction|expansion)(\..*)?|automated|channels)"
    r"|segments\.\*\.new\.(season(\..*)?|(bad_fit|poor_handover)\..*)"
    r"|community\.(members|over|usage|deflects)"
    r"|playbooks\.\*\.(effect(\..*)?|standard\.(saves|free_until|churn_odds)|reach)"
    r"|playbooks\.\*\.steps\[\]\.counts"
    r"|timeline\[\]\.(sales\.(new|bad_fit|poor_handover)|price\.churn_odds)"
    r"|staff\.\*\.(shrinkage|switch)"
    r"|staff\.\*\.(ramp|coaching|time_to_hire|notice|backfill|(attrition|leave|span|handover)(\..*)?)"
    r"|people\[\]\.speed|.*\.learning\..*"
    r"|tickets\.(unequal|growth|holidays|busyness|batch|hand_over|(season|after_start|deflection|satisfaction)\..*)"
    r"|tickets\.severities\.\*\.(patience|escalate|(more|reopen)\..*)"
)
"""Keys whose values are effect sizes: listed also when the author gave them."""

SETTINGS: Final = re.compile(
    r"(?!.*\.learning\.)(playbooks\.(?!\*\.(standard|steps\[\]\.counts)).*"
    r"|tickets\.(severities|escalation|trace)\..*|staff\.\*\.calendar\..*|segments\.\*\.(accounts|term)\b.*"
    r"|calendar\..*|timeline(?!\[\]\.price\.churn_odds).*|people.*|policies.*|staff\.\*\.balance"
    r"|tiering.*|journey.*|health\.pulse)"
)
"""Keys whose defaults say what was promised and when, not how customers and people respond."""

WHOLE: Final = re.compile(
    r"staff\.\*\.(ramp|time_to_hire|leave\.season|handover\.(giving|receiving))"
    r"|segments\.\*\.(channels|automated|new\.(season|(bad_fit|poor_handover)\.by_month))"
)
"""Lists, distributions and tables that are one value however they are written."""

IDLE: Final = (
    (re.compile(r"(staff\..*\.leave)\.(block|holidays|season)"), "planned"),
    (re.compile(r"(staff\..*\.leave)\.spell"), "sick"),
)
"""Keys whose values do nothing where another key of the same group is absent or 0."""
