"""The part of the catalogue of metrics that is about work, people and their load."""

from __future__ import annotations

from typing import Final

from csm_sim.analysis.metric import Metric

# By role: whose work it is as planned. Tickets of several roles count by their shares; what overflows, or is
# done by people who help out, stays where it was planned.
_WORK: Final = "all, playbook, tier, playbook and tier, role; each by month"
_ROLE: Final = "all, role"
_TIMES: Final = "role, role and month"
_PERIODS: Final = "role, role and month; where people come and go also by quarter"

CAPACITY_METRICS: Final[tuple[Metric, ...]] = (
    Metric("demand_sum_hours", "hours", "neither", _WORK, "Hands-on work of tasks that opened."),
    Metric("done_sum_hours", "hours", "up", _WORK, "Hands-on work of tasks that were done."),
    Metric(
        "full_demand_sum_hours",
        "hours",
        "neither",
        _WORK,
        "Hands-on work that opens when nothing waits for people (fully staffed twin), and what hand-overs of"
        " tickets and of accounts add: the promise, in hours.",
    ),
    Metric(
        "capacity_sum_hours",
        "hours",
        "neither",
        _PERIODS,
        "Productive hours: hands-on work that those here can do, shrinkage, ramp, coaching, leading, training"
        " and own speed taken off.",
    ),
    Metric(
        "contracted_sum_hours",
        "hours",
        "neither",
        _PERIODS,
        "Working time under contract: of those here, of those away, and of vacant seats.",
    ),
    Metric(
        "present_sum_hours",
        "hours",
        "neither",
        _PERIODS,
        "Working time of those here, shrinkage included; time away is left out.",
    ),
    Metric(
        "away_planned_sum_hours", "hours", "neither", _PERIODS, "Working time of people on planned leave."
    ),
    Metric("away_sick_sum_hours", "hours", "neither", _PERIODS, "Working time of people who are sick."),
    Metric(
        "away_long_sum_hours",
        "hours",
        "neither",
        _PERIODS,
        "Working time of people on an absence of the timeline.",
    ),
    Metric(
        "vacant_sum_hours",
        "hours",
        "down",
        _PERIODS,
        "Working time of vacant seats: under contract, and nobody has joined.",
    ),
    Metric(
        "headcount_end_people",
        "people",
        "neither",
        _TIMES,
        "People employed at a month's end, those away and on notice included; each counts one.",
    ),
    Metric(
        "contracted_mean_people",
        "people",
        "neither",
        _PERIODS,
        "People under contract, vacant seats included, on average; part-time counts as its part.",
    ),
    Metric(
        "present_mean_people",
        "people",
        "neither",
        _PERIODS,
        "People here, on average: who is on leave, sick or absent is left out.",
    ),
    Metric("away_mean_people", "people", "neither", _PERIODS, "People on leave, sick or absent, on average."),
    Metric("vacant_mean_people", "people", "down", _PERIODS, "Vacant seats, on average."),
    Metric(
        "ramped_mean_people",
        "people",
        "neither",
        _PERIODS,
        "People here, those who ramp up counted by the speed of their month.",
    ),
    Metric(
        "available_mean_people",
        "people",
        "neither",
        _PERIODS,
        "People at full speed who could do as much as those here: ramp, coaching, leading, training and own"
        " speed taken into account.",
    ),
    Metric(
        "needed_mean_people",
        "people",
        "neither",
        _PERIODS,
        "People whose working time the whole work fills to 100 %, shrinkage included (bottom-up).",
    ),
    Metric(
        "needed_unshrunk_mean_people",
        "people",
        "neither",
        _PERIODS,
        "The same if all working time could be spent on the work (no shrinkage).",
    ),
    Metric(
        "needed_headroom_mean_people",
        "people",
        "neither",
        _PERIODS,
        "People who would be busy 85 % of their time (or the target utilisation) with the whole work.",
    ),
    Metric(
        "gap_mean_people",
        "people",
        "down",
        _PERIODS,
        "People needed less people available at full speed; positive: too few.",
    ),
    Metric("gap_mean_share", "share", "down", _PERIODS, "The gap as a share of the people needed."),
    Metric(
        "accounts_per_person_mean_accounts",
        "accounts",
        "neither",
        "role",
        "Accounts for each person: owned ones, or all served where the role owns none (top-down ratio).",
    ),
    Metric("arr_per_person_mean_money", "money", "neither", "role", "ARR of those accounts for each person."),
)

LOAD_METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        "utilisation_mean_share",
        "share",
        "neither",
        "all, role, role and month, role and person; where people come and go also by quarter",
        "Share of working time here spent on tasks and on switching between them. A week that lies in two"
        " months counts in both by its working days.",
        True,
    ),
    Metric(
        "utilisation_p90_share",
        "share",
        "down",
        _ROLE,
        "Utilisation that 9 of 10 weeks of a person stay under.",
        True,
    ),
    Metric(
        "utilisation_people_p10_share",
        "share",
        "down",
        _ROLE,
        "Utilisation over the whole time that 1 of 10 people stays under.",
        True,
    ),
    Metric(
        "utilisation_people_p50_share",
        "share",
        "down",
        _ROLE,
        "Utilisation over the whole time that half of the people stay under.",
        True,
    ),
    Metric(
        "utilisation_people_p90_share",
        "share",
        "down",
        _ROLE,
        "Utilisation over the whole time that 9 of 10 people stay under.",
        True,
    ),
    Metric("utilisation_worst_share", "share", "down", _ROLE, "Utilisation of the busiest person.", True),
    Metric("load_mean_hours", "hours", "neither", _ROLE, "Hours a person is busy in a week."),
    Metric("load_p90_hours", "hours", "down", _ROLE, "Hours that 9 of 10 weeks of a person stay under."),
    Metric("load_worst_hours", "hours", "down", _ROLE, "Hours a week of the busiest person."),
    Metric(
        "overload_mean_share",
        "share",
        "down",
        _ROLE,
        "Share of a person's weeks above 85 % utilisation (or the target utilisation).",
        True,
    ),
    Metric(
        "reactive_mean_share",
        "share",
        "neither",
        _ROLE,
        "Share of working time spent on tickets and escalations.",
        True,
    ),
    Metric("switching_sum_hours", "hours", "down", _ROLE, "Time lost between tickets and planned work."),
)

TURNOVER_METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        "requisitions_sum_people",
        "people",
        "neither",
        _TIMES,
        "Requisitions that opened, each for one person; those of people with a start date left out.",
    ),
    Metric("joined_sum_people", "people", "neither", _TIMES, "People who joined."),
    Metric("notices_sum_people", "people", "down", _TIMES, "People who gave notice."),
    Metric("resigned_sum_people", "people", "down", _TIMES, "People who left after giving notice."),
    Metric("cut_sum_people", "people", "neither", _TIMES, "People whose job was cut."),
    Metric("ended_sum_people", "people", "neither", _TIMES, "People whose contract ended."),
    Metric("moved_in_sum_people", "people", "neither", _TIMES, "People who came from another role."),
    Metric("moved_out_sum_people", "people", "neither", _TIMES, "People who went to another role."),
    Metric(
        "handed_over_sum_accounts",
        "accounts",
        "down",
        _TIMES,
        "Accounts that went from one owner to another by the rules of handover.",
    ),
    Metric(
        "orphan_sum_days",
        "days",
        "down",
        _TIMES,
        "Days that accounts had an empty seat for an owner, added up over accounts.",
    ),
    Metric(
        "agent_satisfaction_mean_points",
        "points",
        "up",
        _TIMES,
        "Satisfaction of the people, 0 to 100, at the months' ends (assumed response to overload).",
    ),
    Metric("agent_satisfaction_end_points", "points", "up", "role", "The same at the end."),
)
